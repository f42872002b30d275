//! One city's machine: its keys, its disk, and the engine that runs on it, if any.

use tongban_identity::{
    CityId, DeviceCert, DeviceKey, DivisionCode, EncryptionKey, RootKey, Verified,
};
use tongban_sync::engine::{Attributes, StartError};
use tongban_sync::entry::BootNonce;
use tongban_sync::founding::{Card, certify, certify_device, write_invitation};
use tongban_sync::frame::Blob;
use tongban_sync::{Engine, Own};

use super::SimError;
use super::clock::Clock;
use super::disk::Disk;
use super::random::{Draws, NodeEntropy, Stream};

/// The machine of one city.
pub struct Machine {
    /// Its division code.
    pub division: DivisionCode,
    /// The city; a clone has the city of another machine.
    pub city: CityId,
    /// The device key that a link proves.
    pub device: [u8; 32],
    /// Where other cities reach it, if that is not where its invitation said.
    pub moved: Option<String>,
    /// Whether it is a copy of another machine: nobody dials it.
    pub copied: bool,
    name: String,
    /// Whose keys it has.
    place: u64,
    /// Tells its boots and draws from those of another machine with the same keys.
    body: u64,
    /// How often it got another device key.
    keyed: u64,
    /// How often it got another root key.
    rooted: u64,
    /// What is stored.
    pub disk: Disk,
    /// The process; none while it is down.
    pub engine: Option<Engine>,
    /// Since when the process is frozen.
    pub paused: Option<u64>,
    /// Counts starts, so that what was meant for an earlier process is not given to a later one.
    pub run: u64,
    /// The randomness of the machine.
    pub entropy: NodeEntropy,
    /// When the engine's timer is set, in virtual milliseconds.
    pub timer: Option<u64>,
    /// The civil clock.
    pub clock: Clock,
    /// How many batches the file beside the database says there were.
    pub witness: u64,
    /// Whether the database was behind its witness at the last start.
    pub possible_restore: bool,
    /// Inputs that were dropped because a record could not be read.
    pub unread: u64,
}

impl Machine {
    /// A machine with fresh keys and an empty disk; nothing runs yet.
    pub fn new(draws: Draws, place: u64, division: DivisionCode, name: String) -> Self {
        let (root, device, _) = keys(&draws, place, 0, 0);
        Self {
            division,
            city: root.city(),
            device: *device.public().as_bytes(),
            moved: None,
            copied: false,
            name,
            place,
            body: place,
            keyed: 0,
            rooted: 0,
            disk: Disk::default(),
            engine: None,
            paused: None,
            run: 0,
            entropy: NodeEntropy::new(draws, place),
            timer: None,
            clock: Clock::default(),
            witness: 0,
            possible_restore: false,
            unread: 0,
        }
    }

    /// Another machine with the same keys and a copy of the disk; nothing runs on it yet.
    pub fn copy(&self, draws: Draws, body: u64) -> Self {
        let mut copy = Self::new(draws, self.place, self.division, self.name.clone());
        copy.copied = true;
        copy.keyed = self.keyed;
        copy.rooted = self.rooted;
        copy.device = self.device;
        copy.body = body;
        copy.entropy = NodeEntropy::new(draws, body);
        copy.disk = self.disk.clone();
        copy.witness = self.witness;
        copy
    }

    /// Its keys.
    pub fn keys(&self, draws: &Draws) -> (RootKey, DeviceKey, EncryptionKey) {
        keys(draws, self.place, self.keyed, self.rooted)
    }

    /// The place of the machine whose keys it has: its own, unless it is a copy.
    pub fn origin(&self) -> usize {
        usize::try_from(self.place).unwrap_or(usize::MAX)
    }

    /// Gives it another device key, from its next start on.
    pub fn rekey(&mut self, draws: &Draws) {
        self.keyed += 1;
        self.device = *self.keys(draws).1.public().as_bytes();
    }

    /// Gives it its next root key, and another device key with it, from its next start on. The city stays the same
    /// city once its members have decided so.
    pub fn reroot(&mut self, draws: &Draws) {
        self.rooted += 1;
        self.rekey(draws);
    }

    /// The root key that it is given next.
    pub fn next_root(&self, draws: &Draws) -> CityId {
        keys(draws, self.place, 0, self.rooted + 1).0.city()
    }

    /// The invitation of the city under its next root key, for the members to decide on.
    pub fn renewal(&self, draws: &Draws, address: String) -> Option<String> {
        let (root, device, encryption) = keys(draws, self.place, self.keyed + 1, self.rooted + 1);
        let (cert, encryption) =
            certify(&root, device.public(), encryption.public(), "sim".into(), 0)?;
        let card = Card {
            city: root.city(),
            division: self.division,
            name: self.name.clone(),
            addresses: vec![address],
            encryption: Blob(encryption.to_vec()),
        };
        write_invitation(&cert.to_root_signed(), card, &device)
    }

    /// The certificate of its device key, by its root key.
    pub fn certificate(&self, draws: &Draws) -> Option<Verified<DeviceCert>> {
        let (root, device, _) = self.keys(draws);
        certify_device(&root, device.public(), "sim".into(), self.keyed + 1, 0)
    }

    /// Starts a process on what the disk holds, under a new boot nonce.
    ///
    /// # Errors
    /// The engine does not start on that disk.
    pub fn start(&mut self, draws: &Draws) -> Result<(), SimError> {
        let (root, device, encryption) = self.keys(draws);
        let failed = || SimError::Start(self.division, StartError::Certificate);
        let (_, encryption_cert) =
            certify(&root, device.public(), encryption.public(), "sim".into(), 0)
                .ok_or_else(failed)?;
        let cert = self.certificate(draws).ok_or_else(failed)?;
        let own = Own {
            city: root.city(),
            device,
            cert,
            encryption: encryption.into(),
            encryption_cert,
            attributes: Attributes {
                division: self.division,
                name: self.name.clone(),
            },
        };
        self.run += 1;
        self.possible_restore |= self.witness != self.disk.commits();
        self.witness = self.disk.commits();
        let mut boot = [0; 16];
        boot.copy_from_slice(&draws.bytes(Stream::Boot, self.body, self.run)[..16]);
        let mut engine = Engine::start(own, BootNonce(boot), &self.disk)
            .map_err(|error| SimError::Start(self.division, error))?;
        if self.possible_restore || self.copied {
            engine.suspect_restore();
        }
        self.engine = Some(engine);
        self.timer = None;
        Ok(())
    }

    /// Ends the process; what it had not synced is gone.
    pub fn stop(&mut self) {
        self.engine = None;
        self.paused = None;
        self.run += 1;
    }
}

fn keys(draws: &Draws, place: u64, keyed: u64, rooted: u64) -> (RootKey, DeviceKey, EncryptionKey) {
    let seed = |nth| draws.bytes(Stream::Keys, place, nth);
    // Later root keys are out of the way of later device keys.
    let root = if rooted == 0 { 0 } else { u64::MAX - rooted };
    // Later device keys come after the three with which a city begins.
    let device = if keyed == 0 { 1 } else { 2 + keyed };
    (
        RootKey::from_seed(seed(root)),
        DeviceKey::from_seed(seed(device)),
        EncryptionKey::from_seed(seed(2)),
    )
}
