//! The witness: a small file beside the database that remembers the node's own last write.
//!
//! A database restored from an old backup disagrees with it, and so does a machine that was started
//! anew. It decides nothing; the node compares. It holds two slots that are written in turn, so that
//! a power cut during a write leaves the other slot.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk;

const FILE: &str = "witness";
const FILE_NEW: &str = "witness.new";

/// Each slot has a disk page to itself, so that a torn write of one cannot touch the other.
const SLOT_BYTES: usize = 4096;
const SLOTS: usize = 2;

const MAGIC: &[u8; 8] = b"tbwitns1";
/// The longest boot id kept; the kernel's has 36 characters.
const BOOT_ID_BYTES_MAX: usize = 64;
const CHECKSUM_CONTEXT: &str = "tongban witness slot checksum v1";

/// What a node remembers outside its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRecord {
    /// A number that grows with each record stored.
    pub counter: u64,
    /// The kernel's boot id when the record was stored; at most 64 bytes.
    pub boot_id: String,
    /// The hash of the node's last own entry.
    pub last: [u8; 32],
}

/// Why the witness could not be read or written.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The file is there, but neither slot is whole: treat the database as possibly restored.
    #[error("the witness file is damaged in both slots")]
    Damaged,
    /// The record's counter is not above the one stored.
    #[error("the witness holds counter {found}; {given} is not above it")]
    Stale {
        /// The counter stored.
        found: u64,
        /// The counter of the record given.
        given: u64,
    },
    /// The boot id is longer than 64 bytes.
    #[error("a boot id of {0} bytes is too long for the witness")]
    BootIdLength(usize),
    /// The system could not read, write or sync the file, now or at an earlier record. After a
    /// failed write the process must stop.
    #[error("the witness file cannot be read or written")]
    Io(#[from] io::Error),
}

/// The open witness file of a data folder.
#[derive(Debug)]
pub struct Witness {
    file: Option<File>,
    dir: PathBuf,
    last: Option<(usize, WitnessRecord)>,
    failed: bool,
}

impl Witness {
    /// Opens the witness of a data folder; the first record creates the file.
    pub fn open(dir: &Path) -> Result<Witness, WitnessError> {
        let mut witness = Witness {
            file: None,
            dir: dir.to_owned(),
            last: None,
            failed: false,
        };
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .open(dir.join(FILE));
        match opened {
            Ok(mut file) => {
                witness.last = Some(newest(&mut file)?);
                witness.file = Some(file);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        Ok(witness)
    }

    /// Reads the newest record of a data folder, or `None` where there never was one.
    pub fn load(dir: &Path) -> Result<Option<WitnessRecord>, WitnessError> {
        Ok(Witness::open(dir)?.last.map(|(_, record)| record))
    }

    /// Returns the newest record.
    pub fn last(&self) -> Option<&WitnessRecord> {
        self.last.as_ref().map(|(_, record)| record)
    }

    /// Stores a record durably; its counter must be above that of the newest one.
    ///
    /// After an error of the system every later call fails too: what is on disk is uncertain.
    pub fn store(&mut self, record: &WitnessRecord) -> Result<(), WitnessError> {
        if let Some(last) = self.last() {
            let (found, given) = (last.counter, record.counter);
            if given <= found {
                return Err(WitnessError::Stale { found, given });
            }
        }
        let bytes = encode(record)?;
        if self.failed {
            return Err(io::Error::other("an earlier write failed").into());
        }
        let slot = self.last.as_ref().map_or(0, |(slot, _)| (slot + 1) % SLOTS);
        if let Err(error) = self.write(slot, &bytes) {
            self.failed = true;
            return Err(error.into());
        }
        self.last = Some((slot, record.clone()));
        Ok(())
    }

    fn write(&mut self, slot: usize, bytes: &[u8; SLOT_BYTES]) -> io::Result<()> {
        match &self.file {
            Some(file) => {
                file.write_all_at(bytes, (slot * SLOT_BYTES) as u64)?;
                file.sync_all()
            }
            None => {
                self.file = Some(create(&self.dir, bytes)?);
                Ok(())
            }
        }
    }
}

/// Creates the file with its first slot written, under its name only once it is whole, so that a
/// file without any whole slot always means damage.
fn create(dir: &Path, first: &[u8; SLOT_BYTES]) -> io::Result<File> {
    let path_new = dir.join(FILE_NEW);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path_new)?;
    file.write_all(first)?;
    file.write_all(&[0; SLOT_BYTES])?;
    file.sync_all()?;
    fs::rename(&path_new, dir.join(FILE))?;
    disk::sync_dir(dir)?;
    Ok(file)
}

/// Returns the whole slot with the greatest counter.
fn newest(file: &mut File) -> Result<(usize, WitnessRecord), WitnessError> {
    let mut bytes = Vec::with_capacity(SLOTS * SLOT_BYTES);
    file.take((SLOTS * SLOT_BYTES) as u64)
        .read_to_end(&mut bytes)?;
    bytes
        .chunks(SLOT_BYTES)
        .enumerate()
        .filter_map(|(slot, bytes)| Some((slot, decode(bytes)?)))
        .max_by_key(|(_, record)| record.counter)
        .ok_or(WitnessError::Damaged)
}

/// Encodes a slot: magic, counter (big-endian), hash, length of the boot id (one byte), boot id and
/// zeros; the last 32 bytes are the checksum of all before them.
fn encode(record: &WitnessRecord) -> Result<[u8; SLOT_BYTES], WitnessError> {
    let boot_id = record.boot_id.as_bytes();
    let boot_id_len = u8::try_from(boot_id.len())
        .ok()
        .filter(|len| usize::from(*len) <= BOOT_ID_BYTES_MAX)
        .ok_or(WitnessError::BootIdLength(boot_id.len()))?;
    let mut body = Vec::with_capacity(SLOT_BYTES);
    body.extend_from_slice(MAGIC);
    body.extend_from_slice(&record.counter.to_be_bytes());
    body.extend_from_slice(&record.last);
    body.push(boot_id_len);
    body.extend_from_slice(boot_id);
    body.resize(SLOT_BYTES - blake3::OUT_LEN, 0);
    let sum = blake3::derive_key(CHECKSUM_CONTEXT, &body);
    let mut slot = [0; SLOT_BYTES];
    slot[..body.len()].copy_from_slice(&body);
    slot[body.len()..].copy_from_slice(&sum);
    Ok(slot)
}

/// Decodes a slot, or returns `None` where it is empty, torn or damaged.
fn decode(slot: &[u8]) -> Option<WitnessRecord> {
    let (body, sum) = slot.split_last_chunk::<{ blake3::OUT_LEN }>()?;
    if body.len() + sum.len() != SLOT_BYTES || blake3::derive_key(CHECKSUM_CONTEXT, body) != *sum {
        return None;
    }
    let rest = body.strip_prefix(MAGIC)?;
    let (counter, rest) = rest.split_first_chunk()?;
    let (last, rest) = rest.split_first_chunk()?;
    let (boot_id_len, rest) = rest.split_first()?;
    let boot_id = rest.get(..usize::from(*boot_id_len))?;
    Some(WitnessRecord {
        counter: u64::from_be_bytes(*counter),
        boot_id: std::str::from_utf8(boot_id).ok()?.to_owned(),
        last: *last,
    })
}

/// Returns the kernel's boot id, which changes with every start of the machine.
pub fn kernel_boot_id() -> io::Result<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(counter: u64) -> WitnessRecord {
        WitnessRecord {
            counter,
            boot_id: "0b1c2d3e-0000-4000-8000-000000000001".to_owned(),
            last: [counter as u8; 32],
        }
    }

    fn stored(counters: impl IntoIterator<Item = u64>) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut witness = Witness::open(dir.path()).unwrap();
        for counter in counters {
            witness.store(&record(counter)).unwrap();
        }
        dir
    }

    fn edit(dir: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let path = dir.join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    }

    #[test]
    fn the_newest_record_comes_back() {
        assert_eq!(Witness::load(stored([]).path()).unwrap(), None);
        for count in 1..5 {
            let dir = stored(1..=count);
            assert_eq!(Witness::load(dir.path()).unwrap(), Some(record(count)));
            let mut again = Witness::open(dir.path()).unwrap();
            assert_eq!(again.last(), Some(&record(count)));
            again.store(&record(count + 1)).unwrap();
            assert_eq!(Witness::load(dir.path()).unwrap(), Some(record(count + 1)));
        }
    }

    #[test]
    fn a_torn_or_damaged_newest_slot_leaves_the_one_before() {
        // Record 3 is in slot 0, record 2 in slot 1.
        for offset in [0, 8, 20, 60, 100, 2000, SLOT_BYTES - 1] {
            let dir = stored(1..=3);
            edit(dir.path(), |bytes| bytes[offset] ^= 1);
            assert_eq!(
                Witness::load(dir.path()).unwrap(),
                Some(record(2)),
                "offset {offset}"
            );
            // The damaged slot is the next to be written.
            let mut witness = Witness::open(dir.path()).unwrap();
            witness.store(&record(4)).unwrap();
            assert_eq!(Witness::load(dir.path()).unwrap(), Some(record(4)));
        }
        let dir = stored(1..=2);
        edit(dir.path(), |bytes| bytes.truncate(SLOT_BYTES + 100));
        assert_eq!(Witness::load(dir.path()).unwrap(), Some(record(1)));
    }

    #[test]
    fn damage_in_both_slots_is_not_taken_for_a_fresh_start() {
        let dir = stored(1..=3);
        edit(dir.path(), |bytes| {
            bytes[10] ^= 1;
            bytes[SLOT_BYTES + 10] ^= 1;
        });
        assert!(matches!(
            Witness::load(dir.path()),
            Err(WitnessError::Damaged)
        ));
        edit(dir.path(), Vec::clear);
        assert!(matches!(
            Witness::load(dir.path()),
            Err(WitnessError::Damaged)
        ));
    }

    #[test]
    fn an_interrupted_creation_leaves_no_witness() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE_NEW), b"half").unwrap();
        assert_eq!(Witness::load(dir.path()).unwrap(), None);
        let mut witness = Witness::open(dir.path()).unwrap();
        witness.store(&record(1)).unwrap();
        assert_eq!(Witness::load(dir.path()).unwrap(), Some(record(1)));
    }

    #[test]
    fn a_counter_must_grow_and_a_boot_id_must_fit() {
        let dir = stored([5]);
        let mut witness = Witness::open(dir.path()).unwrap();
        for given in [0, 5] {
            assert!(matches!(
                witness.store(&record(given)),
                Err(WitnessError::Stale { found: 5, .. })
            ));
        }
        for (len, fits) in [(64, true), (65, false), (300, false)] {
            let long = WitnessRecord {
                boot_id: "b".repeat(len),
                ..record(6)
            };
            assert_eq!(witness.store(&long).is_ok(), fits, "length {len}");
        }
    }

    #[test]
    fn the_kernel_names_its_boot() {
        let id = kernel_boot_id().unwrap();
        assert!(!id.is_empty() && id.len() <= BOOT_ID_BYTES_MAX);
        assert_eq!(id, kernel_boot_id().unwrap());
    }
}
