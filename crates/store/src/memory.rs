//! The memory backend: the simulator's disk, with faults on demand. It keeps nothing on a real disk.
//!
//! A [`MemoryStore`] is one process's opening of a disk. [`MemoryStore::reopen`] is the next
//! process on the same disk; [`MemoryStore::fork`] is a copy of the disk.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader};

use crate::backup::{Backup, BackupError};
use crate::families::{SCHEMA_KEY, SCHEMA_VERSION};
use crate::gate::{CommitGate, Synced};
use crate::record;
use crate::store::{CommitError, DamagedRecord, FailedCause, Stats, Store, Verification};

/// Keeps records in memory, in the same stored form as a disk backend.
#[derive(Debug)]
pub struct MemoryStore {
    disk: Arc<Mutex<Disk>>,
    gate: CommitGate,
    faults: Mutex<Faults>,
}

/// What becomes of a batch whose commit is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedCommit {
    /// Nothing of the batch reached the disk.
    Lost,
    /// The batch reached the disk although its sync reported an error: it is there after
    /// [`MemoryStore::reopen`].
    Kept,
}

#[derive(Clone, Debug, Default)]
struct Disk {
    families: BTreeMap<Family, BTreeMap<Vec<u8>, Vec<u8>>>,
    /// Batches that a failed sync left in the log, to be replayed at the next opening.
    replay: Vec<Batch>,
}

#[derive(Debug, Default)]
struct Faults {
    fail_next: Option<FailedCommit>,
    disk_full: bool,
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::new()
    }
}

impl MemoryStore {
    /// Makes a store on an empty disk, with the schema record that every store holds.
    pub fn new() -> MemoryStore {
        let mut disk = Disk::default();
        disk.put(Family::Meta, SCHEMA_KEY, &SCHEMA_VERSION.to_be_bytes());
        MemoryStore::on(Arc::new(Mutex::new(disk)))
    }

    /// Opens the same disk again, as after a crash or an orderly stop: failures, faults and counts
    /// of this opening are gone, and what a failed sync left in the log is replayed.
    ///
    /// The earlier opening should be dropped; unlike on a real disk nothing enforces it.
    pub fn reopen(&self) -> MemoryStore {
        let mut disk = lock(&self.disk);
        for batch in std::mem::take(&mut disk.replay) {
            disk.apply(&batch);
        }
        MemoryStore::on(Arc::clone(&self.disk))
    }

    /// Opens a copy of the disk as it is now: a backup, or a cloned machine.
    pub fn fork(&self) -> MemoryStore {
        let copy = lock(&self.disk).clone();
        MemoryStore::on(Arc::new(Mutex::new(copy))).reopen()
    }

    /// Makes the next commit fail with [`CommitError::Failed`]; then the store is poisoned.
    pub fn fail_next(&self, outcome: FailedCommit) {
        lock(&self.faults).fail_next = Some(outcome);
    }

    /// Makes the disk full, or gives it space again: commits are refused with
    /// [`CommitError::DiskReserve`] while it is full.
    pub fn set_disk_full(&self, full: bool) {
        lock(&self.faults).disk_full = full;
    }

    /// Flips one bit of a stored record, checksum included, counted from its first byte and taken
    /// modulo its length; says whether there is such a record.
    pub fn flip_bit(&self, family: Family, key: &[u8], bit: usize) -> bool {
        let mut disk = lock(&self.disk);
        let Some(stored) = disk.families.entry(family).or_default().get_mut(key) else {
            return false;
        };
        // A stored record is never empty: its checksum comes first.
        let bit = bit % (stored.len() * 8);
        stored[bit / 8] ^= 1 << (bit % 8);
        true
    }

    fn on(disk: Arc<Mutex<Disk>>) -> MemoryStore {
        MemoryStore {
            disk,
            gate: CommitGate::default(),
            faults: Mutex::default(),
        }
    }

    fn write(&self, batch: &Batch) -> Result<Synced, CommitError> {
        let mut faults = lock(&self.faults);
        if faults.disk_full {
            return Err(CommitError::DiskReserve {
                free_bytes: 0,
                reserve_bytes: 0,
                batch_bytes: batch.byte_len() as u64,
            });
        }
        let mut disk = lock(&self.disk);
        match faults.fail_next.take() {
            None => {
                disk.apply(batch);
                Ok(Synced::Yes)
            }
            Some(outcome) => {
                if outcome == FailedCommit::Kept {
                    disk.replay.push(batch.clone());
                }
                Err(CommitError::Failed(FailedCause::Injected))
            }
        }
    }

    /// Stores bytes as they are, without sealing them.
    #[cfg(test)]
    pub(crate) fn put_raw(&self, family: Family, key: &[u8], stored: Vec<u8>) {
        let mut disk = lock(&self.disk);
        let records = disk.families.entry(family).or_default();
        records.insert(key.to_vec(), stored);
    }

    /// Returns the stored form of a record.
    #[cfg(test)]
    pub(crate) fn raw(&self, family: Family, key: &[u8]) -> Option<Vec<u8>> {
        lock(&self.disk).families.get(&family)?.get(key).cloned()
    }
}

impl Disk {
    fn apply(&mut self, batch: &Batch) {
        for write in &batch.writes {
            match &write.value {
                Some(value) => self.put(write.family, &write.key, value),
                None => {
                    self.families
                        .entry(write.family)
                        .or_default()
                        .remove(&write.key);
                }
            }
        }
    }

    fn put(&mut self, family: Family, key: &[u8], value: &[u8]) {
        let stored = record::seal(family, key, value);
        let records = self.families.entry(family).or_default();
        records.insert(key.to_vec(), stored);
    }
}

impl Reader for MemoryStore {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let disk = lock(&self.disk);
        let stored = disk
            .families
            .get(&family)
            .and_then(|records| records.get(key));
        stored
            .map(|stored| record::unseal(family, key, stored).map(<[u8]>::to_vec))
            .transpose()
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let disk = lock(&self.disk);
        let Some(records) = disk.families.get(&family) else {
            return Ok(Vec::new());
        };
        let start = prefix.max(from);
        records
            .range::<[u8], _>((Bound::Included(start), Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, stored)| {
                let value = record::unseal(family, key, stored)?;
                Ok((key.clone(), value.to_vec()))
            })
            .collect()
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.gate.commit(|| self.write(batch))
    }

    fn flush(&self) -> Result<(), CommitError> {
        self.gate.maintain(|| Ok(()))
    }

    fn close(&self) -> Result<(), CommitError> {
        self.gate.close(|| Ok(()))
    }

    fn stats(&self) -> Stats {
        self.gate.stats()
    }

    fn verify_checksums(&self) -> Verification {
        let disk = lock(&self.disk);
        let mut found = Verification::default();
        for (&family, records) in &disk.families {
            for (key, stored) in records {
                found.records += 1;
                if record::unseal(family, key, stored).is_err() {
                    let key = key.clone();
                    found.damaged.push(DamagedRecord { family, key });
                }
            }
        }
        found
    }

    fn backup(&self, _: &Path, _: &[(&str, Vec<u8>)]) -> Result<Backup, BackupError> {
        Err(BackupError::Unsupported)
    }
}

/// Locks without regard to panics: each change under these locks is whole or is a fault that the
/// gate has recorded.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Backend, batch};

    #[derive(Default)]
    struct Memory(MemoryStore);

    impl Backend for Memory {
        fn open(&mut self) -> Box<dyn Store> {
            Box::new(self.0.reopen())
        }

        fn raw(&mut self, family: Family, key: &[u8]) -> Vec<u8> {
            self.0.raw(family, key).expect("the record exists")
        }

        fn put_raw(&mut self, family: Family, key: &[u8], stored: Vec<u8>) {
            self.0.put_raw(family, key, stored);
        }
    }

    #[test]
    fn conforms() {
        conformance::run(&mut || Box::<Memory>::default());
    }

    #[test]
    fn a_failed_commit_is_invisible_and_poisons_until_reopened() {
        for (outcome, afterwards) in [
            (FailedCommit::Lost, None),
            (FailedCommit::Kept, Some(b"new".to_vec())),
        ] {
            let store = MemoryStore::new();
            store.fail_next(outcome);
            let put = batch(&[(Family::Entries, b"k", Some(b"new"))]);
            assert_eq!(store.commit(&put).unwrap_err().code(), "E_STORE_FAILED");
            assert_eq!(store.get(Family::Entries, b"k"), Ok(None));
            assert!(matches!(
                store.commit(&put),
                Err(CommitError::Failed(FailedCause::Poisoned))
            ));

            let store = store.reopen();
            assert_eq!(store.get(Family::Entries, b"k"), Ok(afterwards));
            store.commit(&put).unwrap();
        }
    }

    #[test]
    fn a_full_disk_refuses_and_may_get_space_again() {
        let store = MemoryStore::new();
        store.set_disk_full(true);
        let put = batch(&[(Family::Entries, b"k", Some(b"v"))]);
        assert_eq!(store.commit(&put).unwrap_err().code(), "E_DISK_FULL");
        assert_eq!(store.get(Family::Entries, b"k"), Ok(None));
        store.set_disk_full(false);
        store.commit(&put).unwrap();
        assert_eq!(store.get(Family::Entries, b"k"), Ok(Some(b"v".to_vec())));
    }

    #[test]
    fn a_fork_goes_its_own_way() {
        let store = MemoryStore::new();
        let put = |value: &[u8]| batch(&[(Family::Entries, b"k", Some(value))]);
        store.commit(&put(b"before")).unwrap();
        let fork = store.fork();
        store.commit(&put(b"after")).unwrap();
        assert_eq!(
            fork.get(Family::Entries, b"k"),
            Ok(Some(b"before".to_vec()))
        );
        fork.commit(&put(b"elsewhere")).unwrap();
        assert_eq!(
            store.get(Family::Entries, b"k"),
            Ok(Some(b"after".to_vec()))
        );
    }

    #[test]
    fn any_flipped_bit_is_reported() {
        let store = MemoryStore::new();
        let put = batch(&[(Family::Sealed, b"k", Some(b"v"))]);
        store.commit(&put).unwrap();
        for bit in 0..(record::CHECKSUM_LEN + 1) * 8 {
            assert!(store.flip_bit(Family::Sealed, b"k", bit));
            assert!(store.get(Family::Sealed, b"k").is_err(), "bit {bit}");
            assert!(store.flip_bit(Family::Sealed, b"k", bit));
        }
        assert_eq!(store.get(Family::Sealed, b"k"), Ok(Some(b"v".to_vec())));
        assert!(!store.flip_bit(Family::Sealed, b"other", 0));
    }
}
