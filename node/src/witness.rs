//! Whether this database is the one that ran here last: a mark in it, and the same mark in the
//! witness file beside it.
//!
//! The file is written after the database, so after a crash the database may be one mark ahead;
//! anything else means that one of the two came from elsewhere. It decides nothing, it tells.

use std::path::Path;

use tongban_identity::Hash32;
use tongban_store::{Witness, WitnessError, WitnessRecord, kernel_boot_id};
use tongban_sync::entry::BootNonce;
use tongban_sync::storage::{Batch, Family, Write};

use crate::failure::{Failure, Kind};

/// Where the database keeps its mark.
const KEY: &[u8] = b"witness";
/// The shortest time between two marks, in milliseconds; a mark costs a sync of its own.
const MARK_MS_MIN: u64 = 1_000;

/// A numbered mark: 8 bytes big-endian, then 32 bytes that no other run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    counter: u64,
    hash: [u8; 32],
}

impl Mark {
    fn to_vec(self) -> Vec<u8> {
        [&self.counter.to_be_bytes()[..], &self.hash].concat()
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (counter, hash) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            counter: u64::from_be_bytes(*counter),
            hash: hash.try_into().ok()?,
        })
    }
}

/// Keeps the marks of database and file together.
#[derive(Debug)]
pub struct Keeper {
    file: Witness,
    boot_id: String,
    nonce: BootNonce,
    counter: u64,
    /// Written to the database, not yet to the file.
    pending: Option<Mark>,
    /// When the last mark was set, and whether something was stored since.
    marked_ms: Option<u64>,
    unmarked: bool,
}

impl Keeper {
    /// Compares the marks and says whether this may be a restored or cloned database.
    ///
    /// # Errors
    /// The database or the file cannot be read.
    pub fn open(
        dir: &Path,
        store: &dyn tongban_sync::storage::Reader,
        nonce: BootNonce,
    ) -> Result<(Self, bool), Failure> {
        let failed = |error: &dyn std::error::Error| {
            Failure::caused(Kind::Internal, "the witness file", error)
        };
        let boot_id = kernel_boot_id().map_err(|error| failed(&error))?;
        let stored = store.get(Family::Meta, KEY);
        let stored = stored.map_err(|error| Failure::caused(Kind::Damaged, "the mark", &error))?;
        let mark = stored.as_deref().and_then(Mark::from_slice);
        let (file, damaged) = match Witness::open(dir) {
            Ok(file) => (file, false),
            Err(WitnessError::Damaged) => (replace_damaged(dir)?, true),
            Err(error) => return Err(failed(&error)),
        };
        let unsure = damaged || disagree(mark, file.last(), &boot_id);
        let counters = [
            mark.map(|mark| mark.counter),
            file.last().map(|last| last.counter),
        ];
        let keeper = Self {
            file,
            boot_id,
            nonce,
            counter: counters.into_iter().flatten().max().unwrap_or(0),
            pending: None,
            marked_ms: None,
            unmarked: true,
        };
        Ok((keeper, unsure))
    }

    /// Adds a mark to a batch, not more than once in a second.
    pub fn mark(&mut self, batch: &mut Batch, now_ms: u64) {
        self.unmarked |= !batch.is_empty();
        if self.deadline().is_some_and(|deadline| deadline <= now_ms) {
            self.mark_now(batch, now_ms);
        }
    }

    /// Adds a mark to a batch.
    pub fn mark_now(&mut self, batch: &mut Batch, now_ms: u64) {
        self.counter += 1;
        let counter = self.counter.to_be_bytes();
        let hash = Hash32::hash("tongban/witness/v1", &[&self.nonce.0, &counter]);
        let mark = Mark {
            counter: self.counter,
            hash: hash.0,
        };
        batch.writes.push(Write {
            family: Family::Meta,
            key: KEY.to_vec(),
            value: Some(mark.to_vec()),
        });
        self.pending = Some(mark);
        self.marked_ms = Some(now_ms);
        self.unmarked = false;
    }

    /// Writes the file, once the batch with the mark is durable.
    ///
    /// # Errors
    /// The file cannot be written; the process must stop.
    pub fn confirm(&mut self) -> Result<(), Failure> {
        let Some(mark) = self.pending.take() else {
            return Ok(());
        };
        let record = WitnessRecord {
            counter: mark.counter,
            boot_id: self.boot_id.clone(),
            last: mark.hash,
        };
        self.file
            .store(&record)
            .map_err(|error| Failure::caused(Kind::Internal, "the witness file", &error))
    }

    /// When the next mark is due, in monotonic milliseconds.
    pub fn deadline(&self) -> Option<u64> {
        self.unmarked.then(|| {
            self.marked_ms
                .map_or(0, |marked| marked.saturating_add(MARK_MS_MIN))
        })
    }
}

/// Puts a file that nobody can read out of the way, where an operator finds it.
fn replace_damaged(dir: &Path) -> Result<Witness, Failure> {
    let aside = dir.join("witness.damaged");
    std::fs::rename(dir.join("witness"), &aside)
        .map_err(|error| Failure::caused(Kind::Internal, &aside.display().to_string(), &error))?;
    tracing::warn!("the witness file was damaged; it is kept as witness.damaged");
    Witness::open(dir).map_err(|error| Failure::caused(Kind::Internal, "the witness file", &error))
}

/// Says whether database and file are not of one line, or the machine was started since.
fn disagree(mark: Option<Mark>, last: Option<&WitnessRecord>, boot_id: &str) -> bool {
    match (mark, last) {
        (None, None) => false,
        // A crash before the very first writing of the file.
        (Some(mark), None) => mark.counter > 1,
        (None, Some(_)) => true,
        (Some(mark), Some(last)) => {
            let same = mark.counter == last.counter && mark.hash == last.last;
            let ahead = last.counter.checked_add(1) == Some(mark.counter);
            !(same || ahead) || last.boot_id != boot_id
        }
    }
}

#[cfg(test)]
mod tests {
    use tongban_store::{MemoryStore, Store};

    use super::*;

    fn mark(counter: u64) -> Option<Mark> {
        let hash = [counter as u8; 32];
        Some(Mark { counter, hash })
    }

    fn record(counter: u64) -> WitnessRecord {
        WitnessRecord {
            counter,
            boot_id: "b".to_owned(),
            last: [counter as u8; 32],
        }
    }

    #[test]
    fn database_and_file_are_compared() {
        let check = |mark: Option<Mark>, last: Option<WitnessRecord>, expect: bool| {
            assert_eq!(
                disagree(mark, last.as_ref(), "b"),
                expect,
                "{mark:?} {last:?}"
            );
        };
        check(None, None, false);
        check(mark(1), None, false);
        check(mark(2), None, true);
        check(None, Some(record(1)), true);
        check(mark(3), Some(record(3)), false);
        check(mark(4), Some(record(3)), false);
        check(mark(5), Some(record(3)), true);
        check(mark(2), Some(record(3)), true);
        let mut clone = record(3);
        clone.last = [9; 32];
        check(mark(3), Some(clone), true);
        assert!(disagree(mark(3), Some(&record(3)), "another boot"));
    }

    /// Marks once and says what the start told.
    fn run(dir: &Path, store: &MemoryStore, nonce: u8) -> bool {
        let (mut keeper, unsure) = Keeper::open(dir, store, BootNonce([nonce; 16])).unwrap();
        let mut batch = Batch::default();
        keeper.mark(&mut batch, 5);
        assert_eq!(batch.writes.len(), 1);
        store.commit(&batch).unwrap();
        keeper.confirm().unwrap();
        unsure
    }

    #[test]
    fn an_older_database_is_noticed_and_the_same_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = MemoryStore::new();
        assert!(!run(dir.path(), &store, 1));
        let backup = store.fork();
        assert!(!run(dir.path(), &store, 2));
        assert!(!run(dir.path(), &store, 3));
        assert!(run(dir.path(), &backup, 4));
    }

    #[test]
    fn a_damaged_file_is_told_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let store = MemoryStore::default();
        run(dir.path(), &store, 1);
        std::fs::write(dir.path().join("witness"), [7; 100]).unwrap();
        assert!(run(dir.path(), &store, 2));
        assert!(!run(dir.path(), &store, 3));
    }

    #[test]
    fn marks_are_rare_but_never_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = MemoryStore::default();
        let (mut keeper, _) = Keeper::open(dir.path(), &store, BootNonce([1; 16])).unwrap();
        let marked = |keeper: &mut Keeper, writes: bool, now_ms: u64| {
            let write = Write {
                family: Family::Meta,
                key: b"x".to_vec(),
                value: None,
            };
            let mut batch = Batch {
                writes: if writes { vec![write] } else { Vec::new() },
            };
            keeper.mark(&mut batch, now_ms);
            let marked = batch.writes.iter().any(|write| write.key == KEY);
            keeper.confirm().unwrap();
            marked
        };
        assert!(marked(&mut keeper, false, 0));
        assert!(!marked(&mut keeper, false, 5_000));
        assert!(marked(&mut keeper, true, 5_000));
        assert!(!marked(&mut keeper, true, 5_999));
        assert_eq!(keeper.deadline(), Some(6_000));
        assert!(marked(&mut keeper, false, 6_000));
        assert_eq!(keeper.deadline(), None);
    }
}
