//! One city's machine: its keys, its disk, and the engine that runs on it, if any.

use std::sync::Arc;

use tongban_identity::{CityId, DeviceKey, DivisionCode, EncryptionKey, RootKey};
use tongban_sync::engine::{Attributes, StartError};
use tongban_sync::entry::BootNonce;
use tongban_sync::founding::certify;
use tongban_sync::{Engine, Own};

use super::SimError;
use super::disk::Disk;
use super::random::{Draws, NodeEntropy, Stream};

/// The machine of one city.
pub struct Machine {
    /// Its division code.
    pub division: DivisionCode,
    /// The city.
    pub city: CityId,
    /// The device key that a link proves.
    pub device: [u8; 32],
    name: String,
    place: u64,
    /// What is stored.
    pub disk: Disk,
    /// The process; none while it is down.
    pub engine: Option<Engine>,
    /// Whether the process is frozen.
    pub paused: bool,
    /// Counts starts, so that what was meant for an earlier process is not given to a later one.
    pub run: u64,
    /// The randomness of the machine.
    pub entropy: NodeEntropy,
    /// When the engine's timer is set, in virtual milliseconds.
    pub timer: Option<u64>,
    /// By how many seconds the civil clock is wrong.
    pub skew: i64,
    /// What becomes of the next commit, if it is to fail.
    pub crash: Option<Crash>,
}

/// What a crash in the middle of a commit leaves on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Nothing of the batch.
    Before,
    /// The whole batch; but nothing that rests on it was sent or answered.
    After,
}

impl Machine {
    /// A machine with fresh keys and an empty disk; nothing runs yet.
    pub fn new(draws: Draws, place: u64, division: DivisionCode, name: String) -> Self {
        let (root, device, _) = keys(&draws, place);
        Self {
            division,
            city: root.city(),
            device: *device.public().as_bytes(),
            name,
            place,
            disk: Disk::default(),
            engine: None,
            paused: false,
            run: 0,
            entropy: NodeEntropy::new(draws, place),
            timer: None,
            skew: 0,
            crash: None,
        }
    }

    /// Its keys.
    pub fn keys(&self, draws: &Draws) -> (RootKey, DeviceKey, EncryptionKey) {
        keys(draws, self.place)
    }

    /// Starts a process on what the disk holds, under a new boot nonce.
    ///
    /// # Errors
    /// The engine does not start on that disk.
    pub fn start(&mut self, draws: &Draws) -> Result<(), SimError> {
        let (root, device, encryption) = self.keys(draws);
        let failed = SimError::Start(self.division, StartError::Certificate);
        let (cert, encryption_cert) =
            certify(&root, device.public(), encryption.public(), "sim".into(), 0).ok_or(failed)?;
        let own = Own {
            city: root.city(),
            device,
            cert,
            encryption: Arc::new(encryption),
            encryption_cert,
            attributes: Attributes {
                division: self.division,
                name: self.name.clone(),
            },
        };
        self.run += 1;
        let mut boot = [0; 16];
        boot.copy_from_slice(&draws.bytes(Stream::Boot, self.place, self.run)[..16]);
        let engine = Engine::start(own, BootNonce(boot), &self.disk)
            .map_err(|error| SimError::Start(self.division, error))?;
        self.engine = Some(engine);
        self.timer = None;
        Ok(())
    }

    /// Ends the process; what it had not synced is gone.
    pub fn stop(&mut self) {
        self.engine = None;
        self.paused = false;
        self.run += 1;
    }
}

fn keys(draws: &Draws, place: u64) -> (RootKey, DeviceKey, EncryptionKey) {
    let seed = |nth| draws.bytes(Stream::Keys, place, nth);
    (
        RootKey::from_seed(seed(0)),
        DeviceKey::from_seed(seed(1)),
        EncryptionKey::from_seed(seed(2)),
    )
}
