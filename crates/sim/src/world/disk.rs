//! A virtual disk: a log of batches with sync marks, and what a crash, a lie or a fault leaves of it.
//!
//! It behaves as the store does: a batch is one record of a log under one checksum, so that a crash in the
//! middle of it leaves all or nothing of it; and where the log has a hole, what follows is gone as well.

use std::collections::{BTreeMap, BTreeSet};

use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader};

/// The unit in which a disk writes, in bytes: a crash keeps or loses whole ones, or tears one.
const SECTOR_BYTES: usize = 512;

/// What becomes of the next commit, if it is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The process dies; nothing of the batch is there.
    Before,
    /// The process dies; the whole batch is there, but nothing that rests on it was sent or answered.
    After,
    /// The power goes: what was not synced is there up to some sector.
    Prefix,
    /// The power goes: some sectors of what was not synced are there, others are not.
    Subset,
    /// The power goes in the middle of a sector.
    Torn,
    /// The sync reports an error, and nobody knows what is there; the process has to stop.
    SyncError,
}

/// Why a batch is not on the disk for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The process or the machine died in the commit.
    Died,
    /// The disk reported an error, or took no more: the process has to stop by itself.
    Reported,
}

/// A batch that was written and not synced, so that it can be undone.
#[derive(Clone, Debug)]
struct Unsynced {
    /// What stood there before, latest write first.
    undo: Vec<(Family, Vec<u8>, Option<Vec<u8>>)>,
    sectors: usize,
}

/// The disk of one city.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    records: [BTreeMap<Vec<u8>, Vec<u8>>; Family::ALL.len()],
    unsynced: Vec<Unsynced>,
    /// Batches that are in the records.
    commits: u64,
    rotten: BTreeSet<(Family, Vec<u8>)>,
    /// What becomes of the next commit, if it is to fail.
    pub crash: Option<Crash>,
    /// A sync reports success and has done nothing.
    pub lies: bool,
    /// There is no room.
    pub full: bool,
    /// Nothing can be written.
    pub read_only: bool,
    /// How many records of a thousand cannot be read.
    pub unreadable: u16,
    /// How much longer a commit takes, in milliseconds.
    pub slow_ms: u64,
}

fn place(family: Family) -> usize {
    family as usize
}

impl Disk {
    /// Writes a batch and syncs it. `draw` decides what a crash keeps.
    ///
    /// # Errors
    /// The batch is not there for certain; the process must not go on.
    pub fn commit(&mut self, batch: &Batch, draw: impl FnMut() -> u64) -> Result<(), Failed> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.full || self.read_only {
            return Err(Failed::Reported);
        }
        match self.crash.take() {
            None => {
                self.write(batch);
                if !self.lies {
                    self.unsynced.clear();
                }
                Ok(())
            }
            Some(Crash::Before) => Err(Failed::Died),
            Some(crash) => {
                self.write(batch);
                if crash == Crash::After && !self.lies {
                    self.unsynced.clear();
                } else {
                    self.power_cut(crash, draw);
                }
                Err(match crash {
                    Crash::SyncError => Failed::Reported,
                    _ => Failed::Died,
                })
            }
        }
    }

    fn write(&mut self, batch: &Batch) {
        let mut undo = Vec::with_capacity(batch.writes.len());
        for write in &batch.writes {
            let records = &mut self.records[place(write.family)];
            let before = match &write.value {
                Some(value) => records.insert(write.key.clone(), value.clone()),
                None => records.remove(&write.key),
            };
            undo.push((write.family, write.key.clone(), before));
            if !self.rotten.is_empty() {
                self.rotten.remove(&(write.family, write.key.clone()));
            }
        }
        undo.reverse();
        self.commits += 1;
        self.unsynced.push(Unsynced {
            undo,
            sectors: batch.byte_len() / SECTOR_BYTES + 1,
        });
    }

    /// Loses what a power cut loses of the batches that are not synced.
    pub fn power_cut(&mut self, crash: Crash, mut draw: impl FnMut() -> u64) {
        let sectors: usize = self.unsynced.iter().map(|batch| batch.sectors).sum();
        // A log is read up to its first hole: this many sectors from its beginning are whole.
        let whole = match crash {
            Crash::Subset => (0..sectors)
                .take_while(|_| draw().is_multiple_of(2))
                .count(),
            Crash::Torn => remainder(draw(), sectors),
            Crash::After => sectors,
            Crash::Before => 0,
            Crash::Prefix | Crash::SyncError => remainder(draw(), sectors + 1),
        };
        let mut end = 0;
        let kept = self
            .unsynced
            .iter()
            .take_while(|batch| {
                end += batch.sectors;
                end <= whole
            })
            .count();
        for lost in self.unsynced.drain(kept..).rev() {
            self.commits -= 1;
            for (family, key, before) in lost.undo {
                match before {
                    Some(value) => self.records[place(family)].insert(key, value),
                    None => self.records[place(family)].remove(&key),
                };
            }
        }
        self.unsynced.clear();
    }

    /// How many batches are there; the witness beside the database counts the same.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// Lets the medium lose a bit of a record that lies there; says whether there is one.
    pub fn rot(&mut self, nth: u64) -> bool {
        const COLD: [Family; 3] = [Family::Entries, Family::Sealed, Family::Evidence];
        let count: usize = COLD
            .iter()
            .map(|family| self.records[place(*family)].len())
            .sum();
        let mut nth = remainder(nth, count);
        for family in COLD {
            let records = &self.records[place(family)];
            if let Some((key, _)) = records.iter().nth(nth) {
                self.rotten.insert((family, key.clone()));
                return true;
            }
            nth -= records.len();
        }
        false
    }

    /// Says whether a record may be unreadable through no fault of the engine.
    pub fn is_damaged(&self) -> bool {
        !self.rotten.is_empty() || self.unreadable > 0
    }

    /// Shows what lies on the medium as if every record could be read.
    pub fn laid_bare<T>(&mut self, look: impl FnOnce(&Disk) -> T) -> T {
        let rotten = std::mem::take(&mut self.rotten);
        let unreadable = std::mem::take(&mut self.unreadable);
        let seen = look(self);
        (self.rotten, self.unreadable) = (rotten, unreadable);
        seen
    }

    /// Every record: family, key, value.
    pub fn records(&self) -> impl Iterator<Item = (&Family, &[u8], &[u8])> {
        Family::ALL.iter().flat_map(|family| {
            self.records[place(*family)]
                .iter()
                .map(move |(key, value)| (family, key.as_slice(), value.as_slice()))
        })
    }

    /// Fails where a record is rotten, or the medium does not give it out.
    fn check(&self, family: Family, key: &[u8]) -> Result<(), ReadError> {
        if !self.rotten.is_empty() && self.rotten.contains(&(family, key.to_vec())) {
            return Err(ReadError::Damaged {
                family: family.name(),
                key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
        }
        if self.unreadable > 0 {
            let sum = key.iter().fold(7_u32, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
            });
            if sum % 1_000 < u32::from(self.unreadable) {
                return Err(ReadError::Backend("input/output error".into()));
            }
        }
        Ok(())
    }
}

fn remainder(number: u64, of: usize) -> usize {
    usize::try_from(number % (of.max(1) as u64)).unwrap_or(0)
}

impl Reader for Disk {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        self.check(family, key)?;
        Ok(self.records[place(family)].get(key).cloned())
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let start = (
            std::ops::Bound::Included(from.max(prefix)),
            std::ops::Bound::Unbounded,
        );
        self.records[place(family)]
            .range::<[u8], _>(start)
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| {
                self.check(family, key)?;
                Ok((key.clone(), value.clone()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use tongban_sync::storage::Write;

    use super::*;

    fn batch(key: u8, bytes: usize) -> Batch {
        let value = Some(vec![key; bytes]);
        let (family, key) = (Family::Entries, vec![key]);
        Batch {
            writes: vec![Write { family, key, value }],
        }
    }

    fn there(disk: &Disk) -> Vec<u8> {
        disk.records().map(|(_, key, _)| key[0]).collect()
    }

    #[test]
    fn a_crash_leaves_all_or_nothing_of_a_batch_and_nothing_behind_a_hole() {
        for crash in [Crash::Prefix, Crash::Subset, Crash::Torn, Crash::SyncError] {
            let mut seen = BTreeSet::new();
            for seed in 0..200_u64 {
                let mut disk = Disk::default();
                let mut n = seed;
                let mut draw = move || {
                    n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                    n >> 33
                };
                disk.commit(&batch(0, 9), || 0).expect("synced");
                disk.lies = true;
                disk.commit(&batch(1, 700), || 0).expect("so it says");
                disk.commit(&batch(2, 9), || 0).expect("so it says");
                disk.crash = Some(crash);
                assert!(disk.commit(&batch(3, 9), &mut draw).is_err());
                let left = there(&disk);
                assert_eq!(left, (0..=left.len() as u8 - 1).collect::<Vec<_>>());
                assert_eq!(disk.commits(), left.len() as u64);
                seen.insert(left.len());
            }
            let most = if crash == Crash::Torn { 3 } else { 4 };
            assert_eq!(seen, (1..=most).collect(), "{crash:?}");
        }
    }

    #[test]
    fn what_was_synced_survives_every_crash() {
        for crash in [Crash::Before, Crash::Prefix, Crash::Subset, Crash::Torn] {
            let mut disk = Disk::default();
            disk.commit(&batch(1, 2_000), || 0).expect("synced");
            disk.crash = Some(crash);
            disk.commit(&batch(2, 2_000), || 0).expect_err("died");
            assert!(there(&disk).contains(&1));
            disk.commit(&batch(3, 9), || 0)
                .expect("the next process writes");
        }
    }

    #[test]
    fn a_full_disk_keeps_what_it_has_and_takes_nothing() {
        let mut disk = Disk::default();
        disk.commit(&batch(1, 9), || 0).expect("synced");
        disk.full = true;
        assert_eq!(disk.commit(&batch(2, 9), || 0), Err(Failed::Reported));
        assert_eq!(there(&disk), [1]);
        disk.commit(&Batch::default(), || 0)
            .expect("an empty batch needs no room");
    }

    #[test]
    fn a_rotten_record_is_reported_until_it_is_written_again() {
        let mut disk = Disk::default();
        disk.commit(&batch(1, 9), || 0).expect("synced");
        assert!(disk.rot(0));
        let read = disk.get(Family::Entries, &[1]);
        assert!(matches!(read, Err(ReadError::Damaged { .. })));
        assert!(disk.scan(Family::Entries, &[], &[], 9).is_err());
        disk.commit(&batch(1, 9), || 0).expect("synced");
        assert!(disk.get(Family::Entries, &[1]).is_ok());
        disk.unreadable = 1_000;
        assert!(matches!(
            disk.get(Family::Entries, &[1]),
            Err(ReadError::Backend(_))
        ));
    }
}
