//! The lock file of a data folder: one process at a time, named by its pid.
//!
//! RocksDB has a lock of its own, but it cannot say who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The lock file's name in the data folder.
pub(crate) const LOCK_FILE: &str = "tongband.lock";

/// Holds the lock of a data folder until it is dropped.
///
/// The file is never deleted: a process that still has it open would then hold a lock on a file
/// that no other process can see.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process, or another opening in this one, holds it; its pid if the file tells.
    Held(Option<u32>),
    /// The file cannot be opened or written.
    Io(io::Error),
}

impl DirLock {
    /// Takes the lock at once or fails.
    pub(crate) fn take(dir: &Path) -> Result<DirLock, LockError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(dir.join(LOCK_FILE))
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_pid(&mut file))),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(LockError::Io)?;
        Ok(DirLock { _file: file })
    }

    /// Says whether somebody holds the lock, without taking it for longer than the question needs.
    pub(crate) fn is_held(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(LOCK_FILE)) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Reads the holder's pid. It may be missing: the holder writes it just after taking the lock.
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    // The limit bounds what a damaged file makes us read; no pid is longer.
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_learns_the_pid_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = DirLock::take(dir.path()).unwrap();
        match DirLock::take(dir.path()) {
            Err(LockError::Held(Some(pid))) => assert_eq!(pid, std::process::id()),
            other => panic!("expected the lock to be held, got {other:?}"),
        }
        drop(first);
        DirLock::take(dir.path()).unwrap();
    }

    #[test]
    fn an_unreadable_pid_still_counts_as_held() {
        let dir = tempfile::tempdir().unwrap();
        let _first = DirLock::take(dir.path()).unwrap();
        std::fs::write(dir.path().join(LOCK_FILE), [0xFF; 100]).unwrap();
        assert!(matches!(
            DirLock::take(dir.path()),
            Err(LockError::Held(None))
        ));
    }
}
