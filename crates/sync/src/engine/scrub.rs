//! The scrub: every stored record is read, and every entry's hashes and signature are checked, a little
//! at a time. It reads only, beside the engine, and repairs nothing.

use std::collections::BTreeMap;

use tongban_identity::{CertHash, DeviceCert, SignedDeviceCert};
use tongban_ledger::EntryId;

use super::admit::{read_listed, read_stored};
use crate::db::{Db, Pending, unhex};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// The most damage that is named; more is counted by nobody.
pub const DAMAGED_MAX: usize = 100;
/// How many certificates are kept between steps.
const CERTS_KEPT: usize = 1_024;

/// A pass over every record of a store, in steps.
#[derive(Debug, Default)]
pub struct Scrub {
    family: usize,
    from: Vec<u8>,
    certs: BTreeMap<CertHash, DeviceCert>,
    found: Scrubbed,
}

/// What a pass found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Records read.
    pub records: u64,
    /// Entries among them whose hashes and signature were checked.
    pub entries: u64,
    /// Damaged places: `entries/DOCUMENT/ENTRY`, else `family/key`; a family alone where reading broke off.
    pub damaged: Vec<String>,
}

impl Scrub {
    /// Reads the next records, about `limit` of them; the outcome when the pass is at its end.
    pub fn step(&mut self, store: &dyn Reader, limit: usize) -> Option<Scrubbed> {
        let Some(family) = Family::ALL.get(self.family).copied() else {
            return Some(std::mem::take(&mut self.found));
        };
        match store.scan(family, &[], &self.from, limit) {
            Ok(records) => {
                let end = records.len() < limit;
                for (key, value) in records {
                    self.check(store, family, &key, &value);
                    self.pass(&key);
                }
                if end {
                    self.next_family();
                }
            }
            Err(ReadError::Damaged { .. }) => self.around_damage(store, family, limit),
            Err(ReadError::Backend(_)) => {
                self.note(family.name().to_owned());
                self.next_family();
            }
        }
        None
    }

    /// What was found up to now.
    pub fn so_far(&self) -> &Scrubbed {
        &self.found
    }

    /// One record after another, up to the damaged one and past it.
    fn around_damage(&mut self, store: &dyn Reader, family: Family, limit: usize) {
        for _ in 0..=limit {
            match store.scan(family, &[], &self.from, 1) {
                Ok(records) => match records.first() {
                    Some((key, value)) => {
                        self.check(store, family, key, value);
                        self.pass(key);
                    }
                    None => return self.next_family(),
                },
                Err(ReadError::Damaged { key, .. }) => {
                    self.found.records += 1;
                    let Some(bytes) = unhex(&key) else {
                        self.note(family.name().to_owned());
                        return self.next_family();
                    };
                    self.note(place(family, &bytes));
                    return self.pass(&bytes);
                }
                Err(ReadError::Backend(_)) => {
                    self.note(family.name().to_owned());
                    return self.next_family();
                }
            }
        }
    }

    fn check(&mut self, store: &dyn Reader, family: Family, key: &[u8], value: &[u8]) {
        self.found.records += 1;
        if family == Family::Inventory {
            return self.check_listed(store, key, value);
        }
        if family != Family::Entries {
            return;
        }
        self.found.entries += 1;
        if !self.is_sound(store, key, value) {
            self.note(place(family, key));
        }
    }

    /// Whether an entry that is listed has a record; what the record holds is checked in its turn.
    fn check_listed(&mut self, store: &dyn Reader, key: &[u8], value: &[u8]) {
        let listed = EntryId::from_slice(key).zip(read_listed(value));
        let Some((id, (document, _))) = listed else {
            return self.note(place(Family::Inventory, key));
        };
        let entry = keys::entry(&document, &id);
        if matches!(store.get(Family::Entries, &entry), Ok(None)) {
            self.note(place(Family::Entries, &entry));
        }
    }

    /// Hashes, place and signature of a stored entry.
    fn is_sound(&mut self, store: &dyn Reader, key: &[u8], value: &[u8]) -> bool {
        let mut nothing = Pending::default();
        let db = Db::new(store, &mut nothing);
        let Ok(entry) = read_stored(&db, key, value) else {
            return false;
        };
        if key.get(..32) != Some(entry.document.as_bytes().as_slice()) {
            return false;
        }
        let hash = entry.header.cert;
        if !self.certs.contains_key(&hash) {
            let cert = db
                .get(Family::Evidence, &keys::certificate(&hash))
                .ok()
                .flatten()
                .and_then(|bytes| SignedDeviceCert::from_slice(&bytes).ok())
                .and_then(|signed| signed.verify().ok());
            let Some(cert) = cert else {
                return false;
            };
            if self.certs.len() >= CERTS_KEPT {
                self.certs.clear();
            }
            self.certs.insert(hash, cert.into_inner());
        }
        let signer = self
            .certs
            .get(&hash)
            .and_then(|cert| entry.signer(cert).ok());
        signer.is_some_and(|key| entry.verify(&key))
    }

    /// Goes on after a key.
    fn pass(&mut self, key: &[u8]) {
        self.from = key.to_vec();
        self.from.push(0);
    }

    fn next_family(&mut self) {
        self.family += 1;
        self.from.clear();
    }

    fn note(&mut self, place: String) {
        if self.found.damaged.len() < DAMAGED_MAX {
            self.found.damaged.push(place);
        }
    }
}

/// Names a record; an entry by its document and id.
fn place(family: Family, key: &[u8]) -> String {
    match (family, key.split_at_checked(32)) {
        (Family::Entries | Family::Sealed, Some((document, rest))) if !rest.is_empty() => {
            format!("{}/{}/{}", family.name(), hex(document), hex(rest))
        }
        _ => format!("{}/{}", family.name(), hex(key)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
