//! Backups that are made, checked, damaged and restored.

use tongban_sync::storage::{Batch, Family, Reader, Write as Put};

use super::*;

fn open(dir: &Path) -> RocksStore {
    let options = RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    };
    RocksStore::open(dir, options).unwrap()
}

fn put(store: &RocksStore, key: &str, value: &str) {
    let batch = Batch {
        writes: vec![Put {
            family: Family::Entries,
            key: key.as_bytes().to_vec(),
            value: Some(value.as_bytes().to_vec()),
        }],
    };
    store.commit(&batch).unwrap();
}

fn get(dir: &Path, key: &str) -> Option<Vec<u8>> {
    open(dir).get(Family::Entries, key.as_bytes()).unwrap()
}

fn quiet() -> impl FnMut(u64, u64) {
    |_, _| {}
}

/// A store with a record, a backup of it, and the folders.
fn made() -> (tempfile::TempDir, RocksStore, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let store = open(&root.path().join("data"));
    put(&store, "one", "first");
    let dir = root.path().join("backup");
    let extra = [("config.toml", b"name = 1".to_vec())];
    store.backup(&dir, &extra).unwrap();
    (root, store, dir)
}

#[test]
fn a_backup_of_a_running_store_is_restored_elsewhere() {
    let (root, store, dir) = made();
    put(&store, "two", "later");
    let checked = check_backup(&dir, true, &mut quiet()).unwrap();
    assert_eq!(checked.damaged, []);
    assert!(checked.records.unwrap() >= 1);
    let data = root.path().join("other");
    let extra = restore_backup(&dir, &data, false, &mut quiet()).unwrap();
    assert_eq!(extra, [("config.toml".to_owned(), b"name = 1".to_vec())]);
    assert_eq!(get(&data, "one").unwrap(), b"first");
    assert_eq!(get(&data, "two"), None);
}

#[test]
fn a_second_backup_adds_only_what_is_new() {
    let (root, store, dir) = made();
    for nth in 0..2_000 {
        put(&store, &format!("k{nth}"), &"x".repeat(500));
    }
    let second = store.backup(&dir, &[]).unwrap();
    put(&store, "two", "later");
    let third = store.backup(&dir, &[]).unwrap();
    assert!(third.number > second.number);
    assert!(second.new_bytes > 1_000_000, "{second:?}");
    assert!(third.new_bytes < second.new_bytes / 10, "{third:?}");
    let data = root.path().join("other");
    restore_backup(&dir, &data, false, &mut quiet()).unwrap();
    assert_eq!(get(&data, "two").unwrap(), b"later");
}

#[test]
fn every_flipped_byte_and_missing_file_is_found_and_nothing_is_restored() {
    let (root, _store, dir) = made();
    for path in files_below(&dir).unwrap() {
        let full = dir.join(&path);
        let honest = fs::read(&full).unwrap();
        let last = honest.len().saturating_sub(1);
        for at in [0, honest.len() / 2, last] {
            let mut bytes = honest.clone();
            match bytes.get_mut(at) {
                Some(byte) => *byte ^= 1,
                // An empty file can only grow.
                None => bytes.push(1),
            }
            fs::write(&full, &bytes).unwrap();
            let checked = check_backup(&dir, false, &mut quiet()).unwrap();
            let damaged: Vec<_> = checked.damaged.iter().map(|file| &file.path).collect();
            assert_eq!(damaged, [&path]);
        }
        fs::remove_file(&full).unwrap();
        let checked = check_backup(&dir, false, &mut quiet()).unwrap();
        assert!(checked.damaged[0].missing, "{path}");
        let data = root.path().join("other");
        let refused = restore_backup(&dir, &data, false, &mut quiet());
        assert!(matches!(refused, Err(BackupError::Damaged(_))));
        assert!(!holds_records(&data));
        fs::write(&full, &honest).unwrap();
    }
    let manifest = dir.join(MANIFEST);
    let mut bytes = fs::read(&manifest).unwrap();
    bytes[30] ^= 1;
    fs::write(&manifest, &bytes).unwrap();
    let refused = check_backup(&dir, false, &mut quiet());
    assert!(matches!(refused, Err(BackupError::NoBackup(_))));
}

#[test]
fn records_are_never_overwritten_and_a_running_node_is_left_alone() {
    let (root, store, dir) = made();
    let data = root.path().join("data");
    let refused = restore_backup(&dir, &data, true, &mut quiet());
    assert!(matches!(refused, Err(BackupError::Locked { .. })));
    put(&store, "two", "later");
    drop(store);
    let refused = restore_backup(&dir, &data, false, &mut quiet());
    assert!(matches!(refused, Err(BackupError::Occupied(_))));
    assert_eq!(get(&data, "two").unwrap(), b"later");
    restore_backup(&dir, &data, true, &mut quiet()).unwrap();
    assert_eq!(get(&data, "two"), None);
    let aside = data.join("db.before-restore-1");
    assert!(aside.join("CURRENT").exists());
}

#[test]
fn a_restored_folder_has_a_witness_that_fits_no_database() {
    let (root, _store, dir) = made();
    let data = root.path().join("other");
    for counter in 1..3 {
        restore_backup(&dir, &data, true, &mut quiet()).unwrap();
        let witness = Witness::load(&data).unwrap().unwrap();
        assert_eq!((witness.counter, &*witness.boot_id), (counter, RESTORED));
    }
}

#[test]
fn a_folder_with_other_things_in_it_is_no_place_for_a_backup() {
    let (root, store, _) = made();
    let dir = root.path().join("photos");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("cat.jpg"), b"cat").unwrap();
    let refused = store.backup(&dir, &[]);
    assert!(matches!(refused, Err(BackupError::NoBackup(_))));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
}

#[test]
fn a_backup_that_broke_off_leaves_the_one_before() {
    let (root, store, dir) = made();
    let manifest = fs::read(dir.join(MANIFEST)).unwrap();
    put(&store, "two", "later");
    store.backup(&dir, &[]).unwrap();
    // Without its manifest the second backup has not happened.
    fs::write(dir.join(MANIFEST), manifest).unwrap();
    assert_eq!(check_backup(&dir, true, &mut quiet()).unwrap().damaged, []);
    let data = root.path().join("other");
    restore_backup(&dir, &data, false, &mut quiet()).unwrap();
    assert_eq!(get(&data, "two"), None);
    store.backup(&dir, &[]).unwrap();
    assert_eq!(check_backup(&dir, true, &mut quiet()).unwrap().damaged, []);
}
