//! What only the RocksDB backend can get wrong: locks, schema, syncs, reserve, torn and damaged files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::conformance::{self, Backend, batch};
use crate::families::{SCHEMA_KEY, SCHEMA_VERSION};
use crate::open::DATABASE_DIR;

struct Rocks(TempDir);

impl Rocks {
    fn new() -> Rocks {
        Rocks(tempfile::tempdir().unwrap())
    }

    fn try_open(&self) -> Result<RocksStore, OpenError> {
        RocksStore::open(self.0.path(), RocksOptions::default())
    }

    fn open_with(&self, change: impl FnOnce(&mut RocksOptions)) -> RocksStore {
        let mut options = RocksOptions::default();
        change(&mut options);
        RocksStore::open(self.0.path(), options).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.0.path().join(DATABASE_DIR)
    }

    /// Opens RocksDB beneath the store, without locks and checksums of ours.
    fn beneath(&self) -> DB {
        let names = DB::list_cf(&Options::default(), self.path()).unwrap();
        DB::open_cf(&Options::default(), self.path(), names).unwrap()
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect();
        found.sort();
        found
    }
}

impl Backend for Rocks {
    fn open(&mut self) -> Box<dyn Store> {
        Box::new(self.try_open().unwrap())
    }

    fn raw(&mut self, family: Family, key: &[u8]) -> Vec<u8> {
        let db = self.beneath();
        let stored = db.get_cf(column_family(&db, family), key).unwrap();
        stored.expect("the record exists")
    }

    fn put_raw(&mut self, family: Family, key: &[u8], stored: Vec<u8>) {
        let db = self.beneath();
        db.put_cf(column_family(&db, family), key, stored).unwrap();
    }
}

fn put(key: &[u8], value: &[u8]) -> Batch {
    batch(&[(Family::Entries, key, Some(value))])
}

#[test]
fn conforms() {
    conformance::run(&mut || Box::new(Rocks::new()));
}

#[test]
fn the_data_folder_is_private() {
    let rocks = Rocks::new();
    let dir = rocks.0.path().join("new").join("data");
    RocksStore::open(&dir, RocksOptions::default()).unwrap();
    for path in [dir.clone(), dir.join(DATABASE_DIR)] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
}

#[test]
fn a_second_opening_is_told_who_holds_the_folder() {
    let rocks = Rocks::new();
    let first = rocks.try_open().unwrap();
    let error = rocks.try_open().unwrap_err();
    assert_eq!(error.code(), "E_LOCKED");
    let pid = std::process::id();
    assert!(error.to_string().contains(&format!("(pid {pid})")));
    drop(first);
    rocks.try_open().unwrap();
}

#[test]
fn a_foreign_tool_on_the_database_is_noticed() {
    let rocks = Rocks::new();
    drop(rocks.try_open().unwrap());
    let foreign = rocks.beneath();
    let error = rocks.try_open().unwrap_err();
    assert!(
        matches!(error, OpenError::Locked { pid: None, .. }),
        "{error:?}"
    );
    drop(foreign);
    rocks.try_open().unwrap();
}

#[test]
fn every_commit_is_synced_by_the_count_of_rocksdb_itself() {
    let rocks = Rocks::new();
    let store = rocks.try_open().unwrap();
    for commits in 1..=20 {
        let before = store.wal_syncs();
        store.commit(&put(b"k", b"v")).unwrap();
        assert!(store.wal_syncs() > before, "commit {commits}");
        let synced_commits = commits;
        assert_eq!(
            store.stats(),
            Stats {
                commits,
                synced_commits
            }
        );
    }
}

/// The check above would notice a store that does not sync.
#[test]
fn unsynced_commits_are_noticed() {
    let rocks = Rocks::new();
    let store = rocks.open_with(|options| options.unsynced_for_test = true);
    for _ in 0..20 {
        store.commit(&put(b"k", b"v")).unwrap();
    }
    assert_eq!(store.wal_syncs(), 0);
    let expected = Stats {
        commits: 20,
        synced_commits: 0,
    };
    assert_eq!(store.stats(), expected);
}

#[test]
fn the_reserve_refuses_before_writing() {
    let rocks = Rocks::new();
    let store = rocks.open_with(|options| options.reserve_bytes = u64::MAX);
    let refused = store.commit(&put(b"k", b"v")).unwrap_err();
    assert_eq!(refused.code(), "E_DISK_FULL");
    match refused {
        CommitError::DiskReserve {
            free_bytes,
            reserve_bytes,
            batch_bytes,
        } => {
            assert!(free_bytes > 0);
            assert_eq!((reserve_bytes, batch_bytes), (u64::MAX, 2));
        }
        other => panic!("expected the reserve to refuse, got {other:?}"),
    }
    // It refuses each time, and neither writes nor poisons.
    assert_eq!(
        store.commit(&put(b"k", b"v")).unwrap_err().code(),
        "E_DISK_FULL"
    );
    assert_eq!((store.wal_syncs(), store.stats()), (0, Stats::default()));
    assert_eq!(store.get(Family::Entries, b"k"), Ok(None));
    drop(store);

    let store = rocks.open_with(|options| options.reserve_bytes = 1);
    store.commit(&put(b"k", b"v")).unwrap();
    drop(store);
    let store = rocks.open_with(|options| options.reserve_bytes = 0);
    store.commit(&put(b"k", b"w")).unwrap();
    assert_eq!(store.get(Family::Entries, b"k"), Ok(Some(b"w".to_vec())));
}

#[test]
fn nothing_is_committed_after_a_failure() {
    let rocks = Rocks::new();
    let store = rocks.try_open().unwrap();
    store.commit(&put(b"k", b"v")).unwrap();
    // The disk cannot be asked for its free space while the folder is gone.
    let aside = rocks.0.path().join("aside");
    fs::rename(rocks.path(), &aside).unwrap();
    let failed = store.commit(&put(b"k", b"w")).unwrap_err();
    assert!(matches!(
        failed,
        CommitError::Failed(FailedCause::FreeSpace(_))
    ));
    fs::rename(&aside, rocks.path()).unwrap();

    let later = store.commit(&put(b"k", b"w")).unwrap_err();
    assert!(matches!(later, CommitError::Failed(FailedCause::Poisoned)));
    assert!(store.flush().is_err() && store.close().is_err());
    assert_eq!(store.stats().commits, 1);
    drop(store);
    let store = rocks.try_open().unwrap();
    assert_eq!(store.get(Family::Entries, b"k"), Ok(Some(b"v".to_vec())));
    store.commit(&put(b"k", b"w")).unwrap();
}

#[test]
fn another_schema_is_refused() {
    let mut rocks = Rocks::new();
    drop(rocks.try_open().unwrap());
    let newer = SCHEMA_VERSION + 1;
    for (value, found) in [
        (&newer.to_be_bytes()[..], Some(newer)),
        (&0u32.to_be_bytes()[..], Some(0)),
        (b"not a version", None),
    ] {
        let stored = record::seal(Family::Meta, SCHEMA_KEY, value);
        rocks.put_raw(Family::Meta, SCHEMA_KEY, stored);
        match rocks.try_open() {
            Err(OpenError::Schema {
                found: seen,
                supported,
            }) => {
                assert_eq!((seen, supported), (found, SCHEMA_VERSION));
            }
            other => panic!("expected the schema to be refused, got {other:?}"),
        }
    }
    rocks.put_raw(Family::Meta, SCHEMA_KEY, b"no checksum at all".to_vec());
    assert_eq!(rocks.try_open().unwrap_err().code(), "E_STORE_DAMAGED");
}

#[test]
fn records_without_a_schema_are_refused_and_an_empty_database_is_stamped() {
    let rocks = Rocks::new();
    let store = rocks.try_open().unwrap();
    store.commit(&put(b"k", b"v")).unwrap();
    drop(store);
    let delete = |family: Family, key: &[u8]| {
        let db = rocks.beneath();
        db.delete_cf(column_family(&db, family), key).unwrap();
    };
    delete(Family::Meta, SCHEMA_KEY);
    assert!(matches!(
        rocks.try_open(),
        Err(OpenError::Schema { found: None, .. })
    ));
    delete(Family::Entries, b"k");
    let store = rocks.try_open().unwrap();
    let stamped = store.get(Family::Meta, SCHEMA_KEY);
    assert_eq!(stamped, Ok(Some(SCHEMA_VERSION.to_be_bytes().to_vec())));
}

#[test]
fn a_family_of_a_newer_program_is_refused() {
    let rocks = Rocks::new();
    drop(rocks.try_open().unwrap());
    let mut db = rocks.beneath();
    db.create_cf("from-the-future", &Options::default())
        .unwrap();
    drop(db);
    let error = rocks.try_open().unwrap_err();
    assert_eq!(error.code(), "E_SCHEMA");
    assert!(error.to_string().contains("from-the-future"));
}

/// A power cut tears the log somewhere: the last batch is there whole or not at all, and those
/// before it are there.
#[test]
fn a_torn_log_keeps_whole_batches() {
    let rocks = Rocks::new();
    let store = rocks.try_open().unwrap();
    store.commit(&put(b"first", b"v")).unwrap();
    let log = rocks.files("log").pop().unwrap();
    let whole_first = fs::metadata(&log).unwrap().len();
    let keys: Vec<[u8; 1]> = (0..50).map(|key| [key]).collect();
    let writes: Vec<_> = keys
        .iter()
        .map(|key| (Family::Feeds, &key[..], Some(&b"some value"[..])))
        .collect();
    store.commit(&batch(&writes)).unwrap();
    drop(store);
    let whole = fs::metadata(&log).unwrap().len();
    assert!(whole > whole_first);

    for cut in [0, 1, 7, 100, 500, whole - whole_first] {
        let copy = Rocks::new();
        fs::create_dir(copy.path()).unwrap();
        for entry in fs::read_dir(rocks.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        let log = copy.path().join(log.file_name().unwrap());
        let file = fs::OpenOptions::new().write(true).open(log).unwrap();
        file.set_len(whole - cut).unwrap();
        drop(file);

        let store = copy.try_open().unwrap();
        let first = store.get(Family::Entries, b"first");
        assert_eq!(first, Ok(Some(b"v".to_vec())), "cut {cut}");
        let seen = store.scan(Family::Feeds, b"", b"", 100).unwrap().len();
        assert_eq!(seen, if cut == 0 { 50 } else { 0 }, "cut {cut}");
    }
}

#[test]
fn a_damaged_table_file_is_reported_and_the_rest_is_served() {
    let rocks = Rocks::new();
    let store = rocks.try_open().unwrap();
    let large = vec![0x5A; 1 << 20];
    let sealed = batch(&[(Family::Sealed, b"k", Some(&large))]);
    store.commit(&sealed).unwrap();
    store.commit(&put(b"k", b"v")).unwrap();
    store.close().unwrap();
    drop(store);
    let table = rocks
        .files("sst")
        .into_iter()
        .find(|path| fs::metadata(path).unwrap().len() > 1 << 20)
        .unwrap();
    let mut bytes = fs::read(&table).unwrap();
    bytes[500_000] ^= 1;
    fs::write(&table, bytes).unwrap();

    let store = rocks.try_open().unwrap();
    assert_eq!(
        store.get(Family::Sealed, b"k"),
        Err(record::damaged(Family::Sealed, b"k"))
    );
    assert!(matches!(
        store.scan(Family::Sealed, b"", b"", 10),
        Err(ReadError::Backend(_))
    ));
    let found = store.verify_checksums();
    assert!(matches!(
        &found.unreadable[..],
        [(Family::Sealed, ReadError::Backend(_))]
    ));
    assert_eq!(store.get(Family::Entries, b"k"), Ok(Some(b"v".to_vec())));
}

#[test]
fn tables_of_an_earlier_form_are_read() {
    let rocks = Rocks::new();
    drop(rocks.open_with(|_| {}));
    let key = |nth: u32| [b"key".as_slice(), &nth.to_be_bytes()].concat();
    let value = |nth: u32| vec![nth.to_be_bytes()[3]; 300];
    let count = 5_000;
    {
        // RocksDB's own choice: one index for a table, no filters.
        let db = rocks.beneath();
        for family in [Family::Documents, Family::Indexes] {
            let handle = column_family(&db, family);
            for nth in 0..count {
                let stored = record::seal(family, &key(nth), &value(nth));
                db.put_cf(handle, key(nth), stored).unwrap();
            }
            db.flush_cf(handle).unwrap();
        }
    }
    let store = rocks.open_with(|_| {});
    for family in [Family::Documents, Family::Indexes] {
        assert_eq!(store.get(family, &key(4_321)), Ok(Some(value(4_321))));
        assert_eq!(store.get(family, &key(count)), Ok(None));
        let mut nth = 0;
        store
            .visit(family, b"key", &mut |found, stored| {
                assert_eq!((found, stored), (&*key(nth), &*value(nth)));
                nth += 1;
                true
            })
            .unwrap();
        assert_eq!(nth, count);
    }
}
