//! Opening RocksDB: folders, lock, options, and the schema check. Reads and commits are in
//! `rocks.rs`.

use std::io;
use std::path::{Path, PathBuf};

use rocksdb::statistics::StatsLevel;
use rocksdb::{Cache, DB, DBRecoveryMode, ErrorKind, IteratorMode, Options, WriteOptions};
use thiserror::Error;
use tongban_sync::storage::{Family, ReadError};

use crate::disk;
use crate::families::{self, SCHEMA_KEY, SCHEMA_VERSION};
use crate::lock::{DirLock, LockError};
use crate::record;

/// The folder of RocksDB's own files within a data folder.
pub(crate) const DATABASE_DIR: &str = "db";

/// The disk space that commits leave free by default: 256 MiB.
pub const DEFAULT_RESERVE_BYTES: u64 = 256 << 20;

/// The memory that write buffers of all families may use together.
const WRITE_BUFFERS_BYTES: usize = 16 << 20;

/// The size of the write-ahead logs at which the oldest buffers are written out; it bounds the
/// replay after a crash.
const LOGS_BYTES_MAX: u64 = 32 << 20;

/// How many files RocksDB may hold open.
const OPEN_FILES_MAX: i32 = 256;

/// How a RocksDB store is opened.
#[derive(Clone, Debug)]
pub struct RocksOptions {
    /// The bytes of disk space that every commit must leave free; 0 turns the check off.
    pub reserve_bytes: u64,
    /// Writes without syncing: a planted bug, by which tests show that they would notice it.
    #[doc(hidden)]
    pub unsynced_for_test: bool,
}

impl Default for RocksOptions {
    fn default() -> Self {
        RocksOptions {
            reserve_bytes: DEFAULT_RESERVE_BYTES,
            unsynced_for_test: false,
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process uses the data folder.
    #[error(
        "`{}` is in use by another process{}",
        dir.display(),
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Locked {
        /// The data folder.
        dir: PathBuf,
        /// The other process, where its lock file names it.
        pid: Option<u32>,
    },
    /// The data was written by another version of this program.
    #[error(
        "the data has schema version {}; this program supports version {supported}",
        found.map_or_else(|| "unknown".to_owned(), |found| found.to_string())
    )]
    Schema {
        /// The version found, or `None` where records have no readable version.
        found: Option<u32>,
        /// The version that this program reads and writes.
        supported: u32,
    },
    /// The data has a column family that this program does not know: a newer one wrote it.
    #[error("the data has an unknown family `{name}`: a newer program wrote it")]
    UnknownFamily {
        /// The family's name.
        name: String,
    },
    /// The schema record cannot be read.
    #[error("the schema record cannot be read")]
    Read(#[from] ReadError),
    /// The data folder or its lock file cannot be created.
    #[error("the data folder `{}` cannot be prepared", dir.display())]
    Io {
        /// The data folder.
        dir: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// RocksDB refused to open its files.
    #[error("the database in `{}` cannot be opened", dir.display())]
    Backend {
        /// The data folder.
        dir: PathBuf,
        /// What RocksDB answered.
        source: rocksdb::Error,
    },
}

impl OpenError {
    /// Returns the stable code shown to operators.
    pub const fn code(&self) -> &'static str {
        match self {
            OpenError::Locked { .. } => "E_LOCKED",
            OpenError::Schema { .. } | OpenError::UnknownFamily { .. } => "E_SCHEMA",
            OpenError::Read(_) => "E_STORE_DAMAGED",
            OpenError::Io { .. } | OpenError::Backend { .. } => "E_STORE_OPEN",
        }
    }
}

/// What an opened store consists of. The database is dropped before the lock.
pub(crate) struct Opened {
    pub(crate) db: DB,
    /// Kept because RocksDB's counters are read through the options.
    pub(crate) options: Options,
    pub(crate) path: PathBuf,
    pub(crate) lock: DirLock,
}

/// Prepares the folders, takes the lock, opens the database and checks or writes its schema.
pub(crate) fn open(dir: &Path) -> Result<Opened, OpenError> {
    let path = dir.join(DATABASE_DIR);
    let io = |source| OpenError::Io {
        dir: dir.to_owned(),
        source,
    };
    disk::create_private_dir(&path).map_err(io)?;
    let lock = DirLock::take(dir).map_err(|error| match error {
        LockError::Held(pid) => OpenError::Locked {
            dir: dir.to_owned(),
            pid,
        },
        LockError::Io(source) => io(source),
    })?;
    disk::sync_with_parent(dir).map_err(io)?;

    let options = database_options();
    refuse_unknown_families(&options, dir, &path)?;
    let cache = Cache::new_lru_cache(families::BLOCK_CACHE_BYTES);
    let db = DB::open_cf_descriptors(&options, &path, families::descriptors(&cache))
        .map_err(|source| backend_error(dir, source))?;
    check_schema(&db, dir)?;
    Ok(Opened {
        db,
        options,
        path,
        lock,
    })
}

/// Returns how every commit is written: synced before it returns.
pub(crate) fn write_options(options: &RocksOptions) -> WriteOptions {
    let mut write = WriteOptions::default();
    // RocksDB's default is not to sync.
    write.set_sync(!options.unsynced_for_test);
    write
}

fn database_options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);

    // Replay stops at the first damage, so that what is served is a state that once was; refusing
    // any damage would refuse the torn last write of each power cut. The witness file beside the
    // database tells when acknowledged commits are missing.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    // Without this a missing log file goes unnoticed. It does not cover the log being written.
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);

    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(LOGS_BYTES_MAX);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_background_jobs(2);

    // RocksDB's own counters show whether commits were synced. Timers and histograms cost more.
    options.enable_statistics();
    options.set_statistics_level(StatsLevel::ExceptHistogramOrTimers);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);

    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(1 << 20);
    options
}

/// Opening names every family, so that one RocksDB does not find named would be a vague error.
fn refuse_unknown_families(options: &Options, dir: &Path, path: &Path) -> Result<(), OpenError> {
    // A database without this file is one yet to be created.
    if !path.join("CURRENT").exists() {
        return Ok(());
    }
    let names = DB::list_cf(options, path).map_err(|source| backend_error(dir, source))?;
    match names.into_iter().find(|name| !families::is_known(name)) {
        Some(name) => Err(OpenError::UnknownFamily { name }),
        None => Ok(()),
    }
}

/// Accepts the supported version, stamps an empty database with it, and refuses all else.
fn check_schema(db: &DB, dir: &Path) -> Result<(), OpenError> {
    let backend = |source| backend_error(dir, source);
    let meta = column_family(db, Family::Meta);
    let Some(stored) = db.get_cf(meta, SCHEMA_KEY).map_err(backend)? else {
        if has_records(db).map_err(backend)? {
            return Err(schema_error(None));
        }
        let stored = record::seal(Family::Meta, SCHEMA_KEY, &SCHEMA_VERSION.to_be_bytes());
        let write = write_options(&RocksOptions::default());
        return db
            .put_cf_opt(meta, SCHEMA_KEY, stored, &write)
            .map_err(backend);
    };
    let value = record::unseal(Family::Meta, SCHEMA_KEY, &stored)?;
    match value.try_into().map(u32::from_be_bytes) {
        Ok(SCHEMA_VERSION) => Ok(()),
        Ok(found) => Err(schema_error(Some(found))),
        Err(_) => Err(schema_error(None)),
    }
}

fn schema_error(found: Option<u32>) -> OpenError {
    OpenError::Schema {
        found,
        supported: SCHEMA_VERSION,
    }
}

fn has_records(db: &DB) -> Result<bool, rocksdb::Error> {
    for family in Family::ALL {
        let first = db
            .iterator_cf(column_family(db, family), IteratorMode::Start)
            .next();
        if first.transpose()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the handle of a family.
pub(crate) fn column_family(db: &DB, family: Family) -> &rocksdb::ColumnFamily {
    db.cf_handle(family.name())
        .expect("every family is opened with the database")
}

/// Tells RocksDB's own lock from other failures: a foreign tool may hold it without ours.
fn backend_error(dir: &Path, source: rocksdb::Error) -> OpenError {
    let dir = dir.to_owned();
    let locked = source.kind() == ErrorKind::IOError && source.as_ref().contains("/LOCK:");
    if locked {
        OpenError::Locked { dir, pid: None }
    } else {
        OpenError::Backend { dir, source }
    }
}
