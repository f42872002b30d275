//! Where a node keeps its records: the store trait, its backends, and the witness beside them.
//!
//! The engine's side of the boundary (families, batches, reads) is in `tongban_sync::storage`.
//! This crate knows no entries and no rules; it keeps bytes under keys and says when it cannot.

mod backup;
mod disk;
mod families;
mod gate;
mod lock;
mod memory;
mod open;
mod record;
mod rocks;
mod store;
mod witness;

#[cfg(test)]
mod conformance;

pub use backup::{
    Backup, BackupError, Checked, DamagedFile, check_backup, holds_records, is_in_use, read_extra,
    restore_backup,
};
pub use families::{SCHEMA_KEY, SCHEMA_VERSION};
pub use memory::{FailedCommit, MemoryStore};
pub use open::{DEFAULT_RESERVE_BYTES, OpenError, RocksOptions};
pub use rocks::RocksStore;
pub use store::{CommitError, DamagedRecord, FailedCause, Stats, Store, Verification};
pub use witness::{Witness, WitnessError, WitnessRecord, kernel_boot_id};
