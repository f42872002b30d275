//! Backups of a running store: RocksDB's backup engine for the records, incremental, and a manifest
//! with the hash of every file, by which any changed byte is found without opening anything.
//!
//! A backup folder holds `records` (the engine's), `node` (small files that the caller adds) and
//! `manifest`, which is written last: what a broken-off backup left behind is not listed in it and
//! counts for nothing. No key is put there unless the caller adds one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};
use rocksdb::{DB, Env};
use thiserror::Error;
use tongban_sync::storage::ReadError;

use crate::disk;
use crate::lock::{DirLock, LockError};
use crate::open::{DATABASE_DIR, OpenError, RocksOptions};
use crate::rocks::RocksStore;
use crate::store::{Store, Verification};
use crate::witness::{Witness, WitnessError, WitnessRecord};

/// The folder of the backup engine.
const RECORDS: &str = "records";
/// The folder of the files that the caller adds.
const NODE: &str = "node";
const MANIFEST: &str = "manifest";
const FIRST_LINE: &str = "tongban-backup-v1";
/// The boot id in the witness of a restored folder: no kernel has it, so the node that starts there
/// knows that it may have been restored.
const RESTORED: &str = "restored from a backup";

/// Why a backup was not made, is not sound, or was not restored.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// RocksDB refused.
    #[error("the backup engine refused")]
    Engine(#[from] rocksdb::Error),
    /// The folder holds no backup of this kind, or its list of files is damaged.
    #[error("`{}` holds no backup, or its manifest is damaged", .0.display())]
    NoBackup(PathBuf),
    /// Files of the backup are damaged; nothing was restored.
    #[error("{} files of the backup are damaged", .0.len())]
    Damaged(Vec<DamagedFile>),
    /// There are records where a backup should be restored to.
    #[error("`{}` holds records already", .0.display())]
    Occupied(PathBuf),
    /// A node runs in the folder.
    #[error("`{}` is in use{}", dir.display(), pid.map(|pid| format!(" by process {pid}")).unwrap_or_default())]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// The process, where its lock file names it.
        pid: Option<u32>,
    },
    /// The witness file of the folder cannot be written.
    #[error("the witness cannot be written")]
    Witness(#[from] WitnessError),
    /// The restored records cannot be opened.
    #[error("the restored records cannot be opened")]
    Open(#[from] OpenError),
    /// This kind of store cannot be backed up.
    #[error("this store keeps nothing that could be backed up")]
    Unsupported,
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    }
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// Its number in the folder, growing.
    pub number: u32,
    /// How many files the folder holds now.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The bytes that were not there before.
    pub new_bytes: u64,
}

/// A file that is not what the manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedFile {
    /// The file within the backup folder.
    pub path: String,
    /// Whether it is missing altogether.
    pub missing: bool,
}

/// What checking a backup came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The newest backup's number.
    pub number: u32,
    /// When it was made, in Unix seconds by the clock of its machine; none while something is damaged.
    pub made: Option<i64>,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What is damaged or missing.
    pub damaged: Vec<DamagedFile>,
    /// Records read in a trial restore; none without one.
    pub records: Option<u64>,
}

/// How far a check has come, in bytes, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Size and hash of each file, by its path, and the newest backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Manifest {
    number: u32,
    files: BTreeMap<String, (u64, [u8; 32])>,
}

/// Makes a backup of an open database.
pub(crate) fn create(
    db: &DB,
    dir: &Path,
    extra: &[(&str, Vec<u8>)],
) -> Result<Backup, BackupError> {
    let before = match Manifest::read(dir) {
        Ok(manifest) => manifest,
        Err(BackupError::NoBackup(_)) if is_free(dir)? => Manifest::default(),
        Err(error) => return Err(error),
    };
    disk::create_private_dir(&dir.join(NODE)).map_err(BackupError::io(dir))?;
    disk::create_private_dir(&dir.join(RECORDS)).map_err(BackupError::io(dir))?;
    let mut engine = engine(dir)?;
    engine.create_new_backup_flush(db, true)?;
    let number = engine
        .get_backup_info()
        .iter()
        .map(|info| info.backup_id)
        .max();
    let number = number.ok_or_else(|| BackupError::NoBackup(dir.to_owned()))?;
    drop(engine);
    for (name, bytes) in extra {
        write_synced(&dir.join(NODE).join(name), bytes)?;
    }
    let mut manifest = Manifest {
        number,
        files: BTreeMap::new(),
    };
    let mut made = Backup {
        number,
        ..Backup::default()
    };
    for path in files_below(dir)? {
        let full = dir.join(&path);
        let size = fs::metadata(&full).map_err(BackupError::io(&full))?.len();
        // Shared table files never change, so those that were listed are not read again.
        let known = before
            .files
            .get(&path)
            .filter(|(known, _)| *known == size && path.starts_with("records/shared"));
        let hash = match known {
            Some((_, hash)) => *hash,
            None => hash_of(&full, &mut |_| {})?,
        };
        if !before.files.contains_key(&path) {
            made.new_bytes += size;
        }
        made.files += 1;
        made.bytes += size;
        manifest.files.insert(path, (size, hash));
    }
    manifest.write(dir)?;
    Ok(made)
}

/// Checks every file of a backup against its hash, and the newest backup as the engine sees it.
///
/// With `trial` the newest backup is also restored into a folder beside it, which is removed again,
/// and each of its records is read.
///
/// # Errors
/// There is no backup, or something cannot be read at all; damage is part of the answer.
pub fn check_backup(
    dir: &Path,
    trial: bool,
    progress: Progress<'_>,
) -> Result<Checked, BackupError> {
    let manifest = Manifest::read(dir)?;
    let mut checked = Checked {
        number: manifest.number,
        ..Checked::default()
    };
    let total = manifest.files.values().map(|(size, _)| size).sum();
    for (path, (size, hash)) in &manifest.files {
        let full = dir.join(path);
        let missing = !full.exists();
        let done = checked.bytes;
        let found = if missing {
            None
        } else {
            Some(hash_of(&full, &mut |read| progress(done + read, total))?)
        };
        if found.as_ref() != Some(hash) {
            let path = path.clone();
            checked.damaged.push(DamagedFile { path, missing });
        }
        checked.files += 1;
        checked.bytes += size;
        progress(checked.bytes, total);
    }
    if checked.damaged.is_empty() {
        let engine = engine(dir)?;
        engine.verify_backup(manifest.number)?;
        let infos = engine.get_backup_info();
        let newest = infos.iter().find(|info| info.backup_id == manifest.number);
        checked.made = newest.map(|info| info.timestamp);
        drop(engine);
        if trial {
            checked.records = Some(try_out(dir, manifest.number)?);
        }
    }
    Ok(checked)
}

/// Restores the newest backup into a data folder and returns the files that the caller had added.
///
/// Records that are there are refused, or set aside under another name where the caller says so;
/// nothing is deleted. The folder's witness is marked, so that the node that starts there treats
/// itself as possibly restored.
///
/// # Errors
/// The backup is damaged, the folder is in use or holds records, or something cannot be written.
pub fn restore_backup(
    dir: &Path,
    data: &Path,
    set_aside: bool,
    progress: Progress<'_>,
) -> Result<Vec<(String, Vec<u8>)>, BackupError> {
    let checked = check_backup(dir, false, progress)?;
    if !checked.damaged.is_empty() {
        return Err(BackupError::Damaged(checked.damaged));
    }
    disk::create_private_dir(data).map_err(BackupError::io(data))?;
    let lock = DirLock::take(data).map_err(|error| match error {
        LockError::Held(pid) => BackupError::Locked {
            dir: data.to_owned(),
            pid,
        },
        LockError::Io(source) => BackupError::Io {
            path: data.to_owned(),
            source,
        },
    })?;
    let database = data.join(DATABASE_DIR);
    if holds_records(data) && !set_aside {
        return Err(BackupError::Occupied(data.to_owned()));
    }
    let fresh = data.join("db.restoring");
    remove_all(&fresh)?;
    engine(dir)?.restore_from_backup(&fresh, &fresh, &RestoreOptions::default(), checked.number)?;
    if database.exists() {
        let aside = free_name(data);
        fs::rename(&database, &aside).map_err(BackupError::io(&database))?;
    }
    mark_restored(data)?;
    fs::rename(&fresh, &database).map_err(BackupError::io(&fresh))?;
    disk::sync_dir(data).map_err(BackupError::io(data))?;
    drop(lock);
    read_extra(dir)
}

/// Says whether a data folder holds records.
pub fn holds_records(data: &Path) -> bool {
    data.join(DATABASE_DIR).join("CURRENT").exists()
}

/// Says whether a process uses a data folder. It changes nothing there.
pub fn is_in_use(data: &Path) -> bool {
    DirLock::is_held(data)
}

/// The files that were added to a backup, by name; nothing of them is checked.
///
/// # Errors
/// They cannot be read.
pub fn read_extra(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, BackupError> {
    let manifest = Manifest::read(dir)?;
    let mut files = Vec::new();
    for path in manifest.files.keys() {
        if let Some(name) = path.strip_prefix("node/") {
            let full = dir.join(path);
            let bytes = fs::read(&full).map_err(BackupError::io(&full))?;
            files.push((name.to_owned(), bytes));
        }
    }
    Ok(files)
}

/// A record in the witness that fits no database and no boot of a kernel.
fn mark_restored(data: &Path) -> Result<(), BackupError> {
    let mut witness = match Witness::open(data) {
        Ok(witness) => witness,
        // A damaged witness already says what this mark would say.
        Err(WitnessError::Damaged) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let counter = witness.last().map_or(0, |last| last.counter);
    witness.store(&WitnessRecord {
        counter: counter.saturating_add(1),
        boot_id: RESTORED.to_owned(),
        last: [0; 32],
    })?;
    Ok(())
}

/// Restores into a folder of its own and reads every record there.
fn try_out(dir: &Path, number: u32) -> Result<u64, BackupError> {
    let trial = dir.join(".trial");
    remove_all(&trial)?;
    let database = trial.join(DATABASE_DIR);
    disk::create_private_dir(&database).map_err(BackupError::io(&trial))?;
    engine(dir)?.restore_from_backup(&database, &database, &RestoreOptions::default(), number)?;
    let options = RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    };
    let store = RocksStore::open(&trial, options)?;
    let Verification {
        records,
        damaged,
        unreadable,
    } = store.verify_checksums();
    drop(store);
    remove_all(&trial)?;
    if damaged.is_empty() && unreadable.is_empty() {
        return Ok(records);
    }
    let of_record = |record: &crate::store::DamagedRecord| DamagedFile {
        path: format!("{}/{}", record.family.name(), hex(&record.key)),
        missing: false,
    };
    let of_family = |(family, _): &(tongban_sync::storage::Family, ReadError)| DamagedFile {
        path: family.name().to_owned(),
        missing: false,
    };
    let damaged = damaged.iter().map(of_record);
    Err(BackupError::Damaged(
        damaged.chain(unreadable.iter().map(of_family)).collect(),
    ))
}

impl Manifest {
    fn read(dir: &Path) -> Result<Self, BackupError> {
        let none = || BackupError::NoBackup(dir.to_owned());
        let path = dir.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(BackupError::io(&path)(error));
            }
            Err(_) => return Err(none()),
        };
        Self::parse(&text).ok_or_else(none)
    }

    /// One line of format and number, one for each file, and the hash of all these lines.
    fn parse(text: &str) -> Option<Self> {
        let (body, sum) = text.trim_end_matches('\n').rsplit_once('\n')?;
        if blake3::hash(body.as_bytes()).to_hex().as_str() != sum {
            return None;
        }
        let mut lines = body.lines();
        let number = lines
            .next()?
            .strip_prefix(FIRST_LINE)?
            .trim()
            .parse()
            .ok()?;
        let mut files = BTreeMap::new();
        for line in lines {
            let mut parts = line.splitn(3, ' ');
            let hash = blake3::Hash::from_hex(parts.next()?).ok()?;
            let size = parts.next()?.parse().ok()?;
            let path = parts.next()?;
            // Only what lies in the folder itself is ever read.
            let inside = Path::new(path)
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
            if !inside {
                return None;
            }
            files.insert(path.to_owned(), (size, *hash.as_bytes()));
        }
        Some(Self { number, files })
    }

    fn write(&self, dir: &Path) -> Result<(), BackupError> {
        let mut body = format!("{FIRST_LINE} {}", self.number);
        for (path, (size, hash)) in &self.files {
            body.push_str(&format!("\n{} {size} {path}", hex(hash)));
        }
        let sum = blake3::hash(body.as_bytes()).to_hex();
        let fresh = dir.join("manifest.new");
        write_synced(&fresh, format!("{body}\n{sum}\n").as_bytes())?;
        fs::rename(&fresh, dir.join(MANIFEST)).map_err(BackupError::io(&fresh))?;
        disk::sync_with_parent(dir).map_err(BackupError::io(dir))
    }
}

fn engine(dir: &Path) -> Result<BackupEngine, BackupError> {
    let mut options = BackupEngineOptions::new(dir.join(RECORDS))?;
    options.set_sync(true);
    Ok(BackupEngine::open(&options, &Env::new()?)?)
}

/// Says whether a folder is missing or empty, or holds what a broken-off first backup left.
fn is_free(dir: &Path) -> Result<bool, BackupError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(BackupError::io(dir)(error)),
    };
    let own = [RECORDS, NODE, "manifest.new"];
    for entry in entries {
        let entry = entry.map_err(BackupError::io(dir))?;
        if !own.iter().any(|name| entry.file_name() == *name) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The files of a backup, as paths within it, the manifest and trials left out.
fn files_below(dir: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Vec::new();
    let mut open = vec![RECORDS.to_owned(), NODE.to_owned()];
    while let Some(folder) = open.pop() {
        let full = dir.join(&folder);
        for entry in fs::read_dir(&full).map_err(BackupError::io(&full))? {
            let entry = entry.map_err(BackupError::io(&full))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                continue;
            };
            let path = format!("{folder}/{name}");
            match entry.file_type().map_err(BackupError::io(&full))? {
                kind if kind.is_dir() => open.push(path),
                _ => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hash_of(path: &Path, read: &mut dyn FnMut(u64)) -> Result<[u8; 32], BackupError> {
    let mut file = File::open(path).map_err(BackupError::io(path))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        let count = file.read(&mut buffer).map_err(BackupError::io(path))?;
        if count == 0 {
            return Ok(*hasher.finalize().as_bytes());
        }
        hasher.update(&buffer[..count]);
        total += count as u64;
        read(total);
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    use std::os::unix::fs::OpenOptionsExt;
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.map_err(BackupError::io(path))
}

fn remove_all(path: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path)(error)),
        _ => Ok(()),
    }
}

/// A name for records that make room for others.
fn free_name(data: &Path) -> PathBuf {
    let name = |nth: u32| data.join(format!("db.before-restore-{nth}"));
    (1..)
        .map(name)
        .find(|path| !path.exists())
        .unwrap_or_else(|| name(0))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
