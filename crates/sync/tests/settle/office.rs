//! The node of one of 300 cities, whose agreement they founded.

use std::collections::BTreeMap;

use tongban_identity::{CityId, DeviceKey, DivisionCode, EncryptionKey, Hash32, RootKey};
use tongban_ledger::AgreementId;
use tongban_ledger::answer::BillRow;
use tongban_ledger::command::{Command, FoundAgreement, Terms};
use tongban_sync::engine::Attributes;
use tongban_sync::entry::BootNonce;
use tongban_sync::founding::certify;
use tongban_sync::storage::{Family, KeyValue, ReadError, Reader};
use tongban_sync::{Ctx, Engine, Entropy, Now, Own};

use super::{CITIES, Disk, Shape, september};

/// 2026-10-09 10:00 in Beijing: September is over, its draft is not due.
const OCTOBER: i64 = 1_791_511_200;
/// The least division code; the cities have those that follow.
const FIRST_DIVISION: u32 = 330_100;

/// The cities and what they founded.
#[derive(Clone, Debug)]
pub struct Office {
    cities: Vec<CityId>,
    divisions: BTreeMap<CityId, DivisionCode>,
    agreement: AgreementId,
}

impl Office {
    fn of(agreement: AgreementId) -> Self {
        let cities: Vec<CityId> = (0..CITIES).map(|nth| root(nth).city()).collect();
        let divisions = cities.iter().copied().zip((0..).map(division)).collect();
        Self {
            cities,
            divisions,
            agreement,
        }
    }

    pub fn city(&self, nth: u64) -> CityId {
        self.cities[usize::try_from(nth).unwrap()]
    }

    pub fn division(&self, city: &CityId) -> DivisionCode {
        self.divisions[city]
    }

    /// The agreement that was founded.
    pub fn founded(&self) -> AgreementId {
        self.agreement
    }

    /// The agreement of a shape. That of every pair is no agreement of the node.
    pub fn agreement(&self, shape: Shape) -> AgreementId {
        match shape {
            Shape::OneCity => self.agreement,
            Shape::AllPairs => AgreementId(Hash32([7; 32])),
        }
    }

    /// The same in another process.
    pub fn again(agreement: &str) -> Self {
        Self::of(agreement.parse().unwrap())
    }

    /// Starts the first city's node and lets it list the month's bills.
    pub fn list(&self, store: &dyn Reader) -> Vec<BillRow> {
        let mut rng = Counter(1 << 40);
        let mut engine = Engine::start(own(0), BootNonce([9; 16]), store).unwrap();
        assert!(!engine.is_listing(), "the index is as it was filled");
        let ctx = Ctx {
            now: Now {
                monotonic_ms: 0,
                unix: OCTOBER,
            },
            rng: &mut rng,
            store,
        };
        engine.bills(&ctx, september()).unwrap()
    }
}

/// Founds the agreement of 300 cities on a store; the first city's node has it.
pub fn found(disk: &mut dyn Disk) -> Office {
    let invitations = (0..CITIES).map(|nth| {
        let engine = Engine::start(own(nth), BootNonce([1; 16]), &Nothing).unwrap();
        engine.invitation(vec!["127.0.0.1:1".into()]).unwrap()
    });
    let found = Command::AgreementFound(FoundAgreement {
        terms: terms(),
        invitations: invitations.collect(),
        again: false,
    });
    let mut rng = Counter(0);
    let now = Now {
        monotonic_ms: 0,
        unix: OCTOBER,
    };
    let mut engine = Engine::start(own(0), BootNonce([2; 16]), disk.reader()).unwrap();
    let mut ctx = Ctx {
        now,
        rng: &mut rng,
        store: disk.reader(),
    };
    let done = engine.command(&mut ctx, "found", &found).unwrap();
    disk.commit(engine.take_batch());
    loop {
        let mut ctx = Ctx {
            now,
            rng: &mut rng,
            store: disk.reader(),
        };
        let left = engine.make_lists(&mut ctx).unwrap();
        disk.commit(engine.take_batch());
        if left.is_none() {
            break;
        }
    }
    Office::again(&done.document)
}

fn terms() -> Terms {
    let text = r#"{"name": "三百市跨省通办合作协议", "code": "AG-300",
        "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01"}]}"#;
    serde_json::from_str(text).unwrap()
}

fn division(nth: u32) -> DivisionCode {
    DivisionCode::new(FIRST_DIVISION + nth).unwrap()
}

fn seed(of: &str, nth: u64) -> [u8; 32] {
    Hash32::hash(of, &[&nth.to_be_bytes()]).0
}

fn root(nth: u64) -> RootKey {
    RootKey::from_seed(seed("root", nth))
}

fn own(nth: u64) -> Own {
    let root = root(nth);
    let device = DeviceKey::from_seed(seed("device", nth));
    let encryption = EncryptionKey::from_seed(seed("encryption", nth));
    let (cert, encryption_cert) = certify(
        &root,
        device.public(),
        encryption.public(),
        "node".into(),
        0,
    )
    .unwrap();
    Own {
        city: root.city(),
        device,
        cert,
        encryption: encryption.into(),
        encryption_cert,
        attributes: Attributes {
            division: division(u32::try_from(nth).unwrap()),
            name: format!("第{nth}市"),
        },
    }
}

/// Bytes that differ from call to call and repeat from run to run.
struct Counter(u64);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            let bytes = seed("entropy", self.0);
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// A store with nothing in it.
struct Nothing;

impl Reader for Nothing {
    fn get(&self, _: Family, _: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(None)
    }

    fn scan(&self, _: Family, _: &[u8], _: &[u8], _: usize) -> Result<Vec<KeyValue>, ReadError> {
        Ok(Vec::new())
    }
}
