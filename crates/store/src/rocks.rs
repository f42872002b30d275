//! The RocksDB backend: one data folder, one process, every commit synced. Opening is in `open.rs`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rocksdb::statistics::Ticker;
use rocksdb::{
    DB, DBRawIterator, ErrorKind, FlushOptions, Options, PrefixRange, ReadOptions, WriteBatch,
    WriteOptions,
};
use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader, Visit};

use crate::backup::{self, Backup, BackupError};
use crate::disk;
use crate::gate::{CommitGate, Synced};
use crate::lock::DirLock;
use crate::open::{self, OpenError, Opened, RocksOptions, column_family};
use crate::record;
use crate::store::{CommitError, DamagedRecord, FailedCause, Stats, Store, Verification};

#[cfg(test)]
mod tests;

/// Keeps records in RocksDB, in the folder `db` of a data folder.
pub struct RocksStore {
    // The database is the first field, so that it is closed before the lock is released.
    db: DB,
    options: Options,
    write: WriteOptions,
    reserve_bytes: u64,
    /// RocksDB's count of syncs when the store was opened.
    syncs_at_open: u64,
    path: PathBuf,
    gate: CommitGate,
    _lock: DirLock,
}

impl RocksStore {
    /// Opens the store in a data folder, which is created, with mode 0700, when it is missing.
    ///
    /// The folder gets the lock file `tongband.lock` and the folder `db` of RocksDB's files. What
    /// a crash left in the write-ahead log is replayed.
    pub fn open(dir: &Path, options: RocksOptions) -> Result<RocksStore, OpenError> {
        let write = open::write_options(&options);
        let Opened {
            db,
            options: database,
            path,
            lock,
        } = open::open(dir)?;
        let mut store = RocksStore {
            db,
            options: database,
            write,
            reserve_bytes: options.reserve_bytes,
            syncs_at_open: 0,
            path,
            gate: CommitGate::default(),
            _lock: lock,
        };
        store.syncs_at_open = store.wal_syncs();
        tracing::info!(dir = %dir.display(), "the store is open");
        Ok(store)
    }

    /// Returns how often RocksDB synced its write-ahead log since the store was opened, by
    /// RocksDB's own count.
    pub fn wal_syncs(&self) -> u64 {
        let total = self.options.get_ticker_count(Ticker::WalFileSynced);
        total.saturating_sub(self.syncs_at_open)
    }

    fn write(&self, batch: &Batch) -> Result<Synced, CommitError> {
        self.check_reserve(batch)?;
        let mut writes = WriteBatch::default();
        for write in &batch.writes {
            let family = column_family(&self.db, write.family);
            match &write.value {
                Some(value) => {
                    let stored = record::seal(write.family, &write.key, value);
                    writes.put_cf(family, &write.key, stored);
                }
                None => writes.delete_cf(family, &write.key),
            }
        }
        let before = self.wal_syncs();
        self.db.write_opt(writes, &self.write).map_err(failed)?;
        if self.wal_syncs() > before {
            Ok(Synced::Yes)
        } else {
            Ok(Synced::No)
        }
    }

    /// Refuses a batch that would use up the reserve. Asking costs about a microsecond, a commit
    /// a sync, so every commit asks.
    fn check_reserve(&self, batch: &Batch) -> Result<(), CommitError> {
        let reserve_bytes = self.reserve_bytes;
        if reserve_bytes == 0 {
            return Ok(());
        }
        let free_bytes = disk::free_bytes(&self.path)
            .map_err(|error| CommitError::Failed(FailedCause::FreeSpace(Arc::new(error))))?;
        let batch_bytes = batch.byte_len() as u64;
        if free_bytes < reserve_bytes.saturating_add(batch_bytes) {
            return Err(CommitError::DiskReserve {
                free_bytes,
                reserve_bytes,
                batch_bytes,
            });
        }
        Ok(())
    }

    fn flush_all(&self) -> Result<(), CommitError> {
        let families = Family::ALL.map(|family| column_family(&self.db, family));
        let families: Vec<_> = families.iter().collect();
        self.db
            .flush_cfs_opt(&families, &FlushOptions::default())
            .map_err(failed)
    }

    fn visit_from(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        each: &mut Visit<'_>,
    ) -> Result<(), ReadError> {
        // A start beyond the prefix, but outside it, is beyond every key of the prefix.
        let start = prefix.max(from);
        if !start.starts_with(prefix) {
            return Ok(());
        }
        let mut options = ReadOptions::default();
        // The bound keeps the iterator from reading on through deletions after the prefix.
        options.set_iterate_range(PrefixRange(prefix));
        let handle = column_family(&self.db, family);
        let mut records: DBRawIterator<'_> = self.db.raw_iterator_cf_opt(handle, options);
        records.seek(start);
        while let Some((key, stored)) = records.item() {
            if !each(key, record::unseal(family, key, stored)?) {
                break;
            }
            records.next();
        }
        records.status().map_err(unreadable)
    }

    fn verify_family(&self, family: Family, found: &mut Verification) -> Result<(), ReadError> {
        let mut options = ReadOptions::default();
        // One pass over everything must not push the useful blocks out of the cache.
        options.fill_cache(false);
        let handle = column_family(&self.db, family);
        let mut records = self.db.raw_iterator_cf_opt(handle, options);
        records.seek_to_first();
        while let Some((key, stored)) = records.item() {
            found.records += 1;
            if record::unseal(family, key, stored).is_err() {
                let key = key.to_vec();
                found.damaged.push(DamagedRecord { family, key });
            }
            records.next();
        }
        records.status().map_err(unreadable)
    }
}

impl Reader for RocksStore {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let handle = column_family(&self.db, family);
        match self.db.get_pinned_cf(handle, key) {
            Ok(None) => Ok(None),
            Ok(Some(stored)) => record::unseal(family, key, &stored).map(|v| Some(v.to_vec())),
            // A block that fails RocksDB's checksum damages all of its records, this one with them.
            Err(error) if error.kind() == ErrorKind::Corruption => {
                tracing::error!(%error, "a block of the database is damaged");
                Err(record::damaged(family, key))
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let mut found = Vec::new();
        if limit > 0 {
            self.visit_from(family, prefix, from, &mut |key, value| {
                found.push((key.to_vec(), value.to_vec()));
                found.len() < limit
            })?;
        }
        Ok(found)
    }

    fn visit(&self, family: Family, prefix: &[u8], each: &mut Visit<'_>) -> Result<(), ReadError> {
        self.visit_from(family, prefix, &[], each)
    }
}

impl Store for RocksStore {
    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.gate.commit(|| self.write(batch))
    }

    fn flush(&self) -> Result<(), CommitError> {
        self.gate.maintain(|| self.flush_all())
    }

    fn close(&self) -> Result<(), CommitError> {
        self.gate.close(|| self.flush_all())
    }

    fn stats(&self) -> Stats {
        self.gate.stats()
    }

    fn verify_checksums(&self) -> Verification {
        let mut found = Verification::default();
        for family in Family::ALL {
            if let Err(error) = self.verify_family(family, &mut found) {
                found.unreadable.push((family, error));
            }
        }
        found
    }

    fn backup(&self, dir: &Path, extra: &[(&str, Vec<u8>)]) -> Result<Backup, BackupError> {
        backup::create(&self.db, dir, extra)
    }
}

impl fmt::Debug for RocksStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RocksStore")
            .field("path", &self.path)
            .field("reserve_bytes", &self.reserve_bytes)
            .finish_non_exhaustive()
    }
}

fn failed(error: rocksdb::Error) -> CommitError {
    CommitError::Failed(FailedCause::Backend(Arc::new(error)))
}

fn unreadable(error: rocksdb::Error) -> ReadError {
    ReadError::Backend(Arc::from(error.as_ref()))
}
