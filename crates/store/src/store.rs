//! The store trait: durable commits on top of the engine's reads. Not a backend.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;
use tongban_sync::storage::{Batch, Family, ReadError, Reader};

use crate::backup::{Backup, BackupError};

/// Keeps a node's records and commits batches durably.
///
/// Reads see every commit that returned `Ok` and no part of one that did not. Handles are shared
/// between threads behind an `Arc`.
pub trait Store: Reader + Send + Sync {
    /// Commits a batch: all of its writes, in order, or none.
    ///
    /// When this returns `Ok`, the batch is on disk and survives a power cut. An empty batch
    /// commits nothing and is not counted. After [`CommitError::Failed`] the store takes no
    /// further batch and the process must stop; after [`CommitError::DiskReserve`] nothing was
    /// written and a later commit may succeed.
    fn commit(&self, batch: &Batch) -> Result<(), CommitError>;

    /// Moves what only the write-ahead log holds into table files, so that the next open replays
    /// nothing. It adds no durability: a commit is durable when it returns.
    fn flush(&self) -> Result<(), CommitError>;

    /// Flushes and refuses every later batch with [`FailedCause::Closed`]; reads still work.
    ///
    /// Closing twice is no error. Files and locks are released when the last handle is dropped.
    fn close(&self) -> Result<(), CommitError>;

    /// Returns the counts of commits since the store was opened.
    fn stats(&self) -> Stats;

    /// Reads every record of every family and compares it with its checksum.
    ///
    /// It reports each damaged record and each family whose scan broke off, and changes nothing.
    /// A record that is missing altogether cannot be noticed here.
    fn verify_checksums(&self) -> Verification;

    /// Adds a backup of this moment to a backup folder, with small files of the caller beside the
    /// records; commits go on meanwhile.
    ///
    /// The folder is made if it is missing. Only what the folder does not hold yet is copied.
    fn backup(&self, dir: &Path, extra: &[(&str, Vec<u8>)]) -> Result<Backup, BackupError>;
}

/// Why a batch was not committed.
#[derive(Clone, Debug, Error)]
pub enum CommitError {
    /// The batch was refused before anything was written, to keep the disk's reserve.
    #[error(
        "the disk has {free_bytes} bytes free; a batch of {batch_bytes} bytes would use up the \
         reserve of {reserve_bytes}"
    )]
    DiskReserve {
        /// The bytes free for this user on the file system.
        free_bytes: u64,
        /// The configured reserve in bytes.
        reserve_bytes: u64,
        /// The key and value bytes of the batch.
        batch_bytes: u64,
    },
    /// The write or its sync failed, now or earlier: what is on disk is uncertain, and the process
    /// must stop. A restart recovers the last durable state.
    #[error("the store cannot commit")]
    Failed(#[source] FailedCause),
}

impl CommitError {
    /// Returns the stable code shown to operators.
    pub const fn code(&self) -> &'static str {
        match self {
            CommitError::DiskReserve { .. } => "E_DISK_FULL",
            CommitError::Failed(_) => "E_STORE_FAILED",
        }
    }
}

/// What made a commit fail.
#[derive(Clone, Debug, Error)]
pub enum FailedCause {
    /// The backend could not write or sync.
    #[error("the write or its sync failed")]
    Backend(#[source] Arc<dyn Error + Send + Sync>),
    /// The file system would not say how much space is free.
    #[error("the free space of the disk cannot be read")]
    FreeSpace(#[source] Arc<io::Error>),
    /// An earlier commit failed; nothing is written after that.
    #[error("an earlier commit failed, so no later one is tried")]
    Poisoned,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A test asked for this failure.
    #[error("a test made this commit fail")]
    Injected,
}

/// Counts of commits since a store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Batches committed; empty ones are not counted.
    pub commits: u64,
    /// Those of them during which the backend itself counted a sync of its log. A healthy store
    /// has as many as `commits`.
    pub synced_commits: u64,
}

/// The outcome of [`Store::verify_checksums`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many records were read, damaged ones included.
    pub records: u64,
    /// The records that do not match their checksum, by family and key.
    pub damaged: Vec<DamagedRecord>,
    /// Families whose scan broke off, with the error; records after that point were not read.
    pub unreadable: Vec<(Family, ReadError)>,
}

impl Verification {
    /// Says whether every record was read and matches its checksum.
    pub fn is_clean(&self) -> bool {
        self.damaged.is_empty() && self.unreadable.is_empty()
    }
}

/// Names a record that does not match its checksum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DamagedRecord {
    /// The family that holds the record.
    pub family: Family,
    /// The record's key.
    pub key: Vec<u8>,
}
