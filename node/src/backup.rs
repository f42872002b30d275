//! Backups from the node's side: what is put beside the records, checking a backup, and restoring one
//! into a folder in which no node runs.
//!
//! A backup holds the configuration and the certificates. It holds no key unless that was asked for, and
//! then only keys that the passphrase seals; the root key it never holds.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tongban_identity::{CityId, SignedDeviceCert, SignedEncryptionCert};
use tongban_store::{
    BackupError, Store, check_backup, holds_records, is_in_use, read_extra, restore_backup,
};

use crate::args::{CheckBackupArgs, RestoreArgs};
use crate::config::{CONFIG_FILE, Config};
use crate::failure::{Failure, Kind, chain, locked};
use crate::keys::{
    DEVICE_CERT, DEVICE_KEY, ENCRYPTION_CERT, ENCRYPTION_KEY, earlier_keys, serial_in,
};
use crate::print_line;

/// What every backup holds of the node's folder.
const PLAIN: [&str; 3] = [CONFIG_FILE, DEVICE_CERT, ENCRYPTION_CERT];
/// What it holds besides when keys were asked for; sealed with the passphrase.
const SEALED: [&str; 2] = [DEVICE_KEY, ENCRYPTION_KEY];
/// In how many steps progress is told.
const STEPS: u64 = 100;

/// Why no backup was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The folder holds backups of another city.
    #[error("`{}` holds backups of another city", .0.display())]
    OtherCity(PathBuf),
    /// The store or the system refused.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Adds a backup of a running node to a backup folder.
///
/// # Errors
/// [`CreateError`]; what was there before stays sound.
pub fn create(
    store: &dyn Store,
    node: &Path,
    dir: &Path,
    with_keys: bool,
) -> Result<tongban_store::Backup, CreateError> {
    let earlier = read_extra(dir).ok().and_then(|extra| id_in(&extra));
    if earlier.is_some() && earlier != id_of(node) {
        return Err(CreateError::OtherCity(dir.to_owned()));
    }
    let sealed = if with_keys { &SEALED[..] } else { &[] };
    let mut files: Vec<PathBuf> = PLAIN
        .iter()
        .chain(sealed)
        .map(|name| node.join(name))
        .collect();
    if with_keys {
        let failed = |source| BackupError::Io {
            path: node.to_owned(),
            source,
        };
        files.extend(earlier_keys(node).map_err(failed)?);
    }
    let mut extra = Vec::new();
    for path in &files {
        let failed = |source| BackupError::Io {
            path: path.clone(),
            source,
        };
        let bytes = fs::read(path).map_err(failed)?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            extra.push((name, bytes));
        }
    }
    Ok(store.backup(dir, &extra)?)
}

/// `tongband check-backup`.
///
/// # Errors
/// There is no backup, or it cannot be read; damage is part of what is printed.
pub fn check(args: &CheckBackupArgs) -> Result<(), Failure> {
    let checked =
        check_backup(&args.from, args.trial, &mut tell()).or_else(|error| match error {
            BackupError::Damaged(damaged) => Ok(tongban_store::Checked {
                damaged,
                ..tongban_store::Checked::default()
            }),
            other => Err(failure(&other)),
        })?;
    let damaged: Vec<Value> = checked
        .damaged
        .iter()
        .map(|file| json!({"path": file.path, "missing": file.missing}))
        .collect();
    let extra = match damaged.is_empty() {
        true => read_extra(&args.from).map_err(|error| failure(&error))?,
        false => Vec::new(),
    };
    print_line(&json!({
        "sound": damaged.is_empty(),
        "number": checked.number,
        "files": checked.files,
        "bytes": checked.bytes,
        "records": checked.records,
        "made": checked.made,
        "city": city_of(&extra),
        "keys": extra.iter().any(|(name, _)| SEALED.contains(&name.as_str())),
        "damaged": damaged,
    }))
}

/// `tongband restore`.
///
/// # Errors
/// The backup is damaged or of another city, a node runs in the folder, the name does not fit, or something
/// cannot be written; nothing that was there is overwritten.
pub fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let occupied = holds_records(&args.dir);
    let extra = read_extra(&args.from).map_err(|error| failure(&error))?;
    let of_backup = city_of(&extra);
    let target = Config::load(&args.dir).ok().map(|config| config.name.0);
    let name = target.clone().or_else(|| of_backup.clone());
    let same = match (id_of(&args.dir), id_in(&extra)) {
        (Some(here), Some(there)) => here == there,
        _ => true,
    };
    if args.dry_run {
        let checked =
            check_backup(&args.from, false, &mut tell()).map_err(|error| failure(&error))?;
        let damaged: Vec<&str> = checked.damaged.iter().map(|file| &*file.path).collect();
        return print_line(&json!({
            "dry_run": true,
            "number": checked.number,
            "bytes": checked.bytes,
            "sound": damaged.is_empty(),
            "damaged": damaged,
            "occupied": occupied,
            "city": name,
            "backup_city": of_backup,
            "target_city": target,
            "made": checked.made,
            "same_city": same,
            "running": is_in_use(&args.dir),
        }));
    }
    if !same {
        let said = |name: &Option<String>| name.clone().unwrap_or_default();
        let (backup, target) = (said(&of_backup), said(&target));
        let values = [("backup", backup.as_str()), ("target", target.as_str())];
        return Err(Failure::told(Kind::OtherCity, "backup-other-city", &values));
    }
    if occupied && (name.is_none() || args.replace != name) {
        return Err(Failure::told(Kind::Already, "restore-occupied", &[]));
    }
    let extra = restore_backup(&args.from, &args.dir, occupied, &mut tell())
        .map_err(|error| failure(&error))?;
    for (name, bytes) in &extra {
        add(&args.dir, name, bytes)?;
    }
    keep_key_of_then(&args.dir, &extra)?;
    let missing: Vec<&str> = SEALED
        .iter()
        .chain(&PLAIN)
        .filter(|name| !args.dir.join(name).exists())
        .copied()
        .collect();
    print_line(&json!({
        "restored": true,
        "city": name,
        "set_aside": occupied,
        "missing": missing,
    }))
}

/// Where the folder has another encryption key by now, the one that the records were sealed under goes beside it.
fn keep_key_of_then(dir: &Path, extra: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let of = |wanted: &str| extra.iter().find(|(name, _)| name == wanted);
    let (Some((_, cert)), Some((_, key))) = (of(ENCRYPTION_CERT), of(ENCRYPTION_KEY)) else {
        return Ok(());
    };
    let now = fs::read(dir.join(ENCRYPTION_CERT)).unwrap_or_default();
    let signed = SignedEncryptionCert::from_slice(cert).ok();
    let then = signed.and_then(|signed| signed.verify().ok());
    match then.filter(|_| now != *cert) {
        Some(then) => add(dir, &format!("{ENCRYPTION_KEY}.{}", then.serial), key),
        None => Ok(()),
    }
}

/// Puts a file of the backup into the folder, never over one that is there.
fn add(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let known = PLAIN.iter().chain(&SEALED).any(|known| *known == name);
    if !known && serial_in(name).is_none() {
        return Ok(());
    }
    let path = dir.join(name);
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    let written = match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        Ok(mut file) => file.write_all(bytes).and_then(|()| file.sync_all()),
        Err(error) => Err(error),
    };
    let place = path.display().to_string();
    written.map_err(|error| Failure::caused(Kind::Internal, &place, &error))
}

/// The city whose device certificate lies in a node's folder.
fn id_of(dir: &Path) -> Option<CityId> {
    city_in(&fs::read(dir.join(DEVICE_CERT)).ok()?)
}

/// The city whose device certificate lies in a backup.
fn id_in(extra: &[(String, Vec<u8>)]) -> Option<CityId> {
    let (_, bytes) = extra.iter().find(|(name, _)| name == DEVICE_CERT)?;
    city_in(bytes)
}

fn city_in(cert: &[u8]) -> Option<CityId> {
    let cert = SignedDeviceCert::from_slice(cert).ok()?.verify().ok()?;
    Some(cert.city)
}

fn city_of(extra: &[(String, Vec<u8>)]) -> Option<String> {
    let (_, bytes) = extra.iter().find(|(name, _)| name == CONFIG_FILE)?;
    let text = std::str::from_utf8(bytes).ok()?;
    Config::parse(CONFIG_FILE, text)
        .ok()
        .map(|config| config.name.0)
}

/// Tells progress in lines of JSON, a hundred of them at most.
fn tell() -> impl FnMut(u64, u64) {
    let mut told = 0;
    move |done, total| {
        let step = done
            .saturating_mul(STEPS)
            .checked_div(total)
            .unwrap_or(STEPS);
        if step > told {
            told = step;
            // Who does not read the progress still gets the result.
            let _ = print_line(&json!({"done": done, "total": total}));
        }
    }
}

/// Why a backup failed, as the program's end.
pub fn failure(error: &BackupError) -> Failure {
    let kind = match error {
        BackupError::Damaged(_) => Kind::Damaged,
        BackupError::Occupied(_) => Kind::Already,
        BackupError::NoBackup(dir) => {
            let dir = dir.display().to_string();
            return Failure::told(Kind::NoBackup, "no-backup", &[("dir", &dir)]);
        }
        BackupError::Locked { dir, pid } => return locked(dir, *pid),
        _ => Kind::Internal,
    };
    let mut text = chain(error);
    if let BackupError::Damaged(files) = error {
        let names: Vec<&str> = files.iter().take(5).map(|file| &*file.path).collect();
        text.push_str(&format!(": {}", names.join(", ")));
    }
    Failure::new(kind, text)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tongban_store::{RocksOptions, RocksStore};

    use super::*;
    use crate::args::{Cli, Verb};
    use crate::keys::Keys;

    #[test]
    fn the_encryption_key_of_a_backup_goes_beside_a_later_one() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name).display().to_string();
        fs::write(at("p"), "a long passphrase\n").unwrap();
        let (dir, p) = (at("node"), at("p"));
        let verb = |line: &str| Cli::try_parse_from(line.split_whitespace()).unwrap().verb;
        let init = format!(
            "tongband init --dir {dir} --division 330800 --name 衢州市 --passphrase-file {p} --fast-kdf"
        );
        let Verb::Init(args) = verb(&init) else {
            panic!("init");
        };
        crate::init::init(&args).unwrap();
        let folder = Path::new(&dir);
        let names = [ENCRYPTION_CERT, ENCRYPTION_KEY];
        let extra = names.map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap()));
        keep_key_of_then(folder, &extra).unwrap();
        assert!(earlier_keys(folder).unwrap().is_empty(), "it is in use");

        let line =
            format!("tongband rotate --dir {dir} --passphrase-file {p} --fast-kdf --encryption");
        let Verb::Rotate(args) = verb(&line) else {
            panic!("rotate");
        };
        crate::rotate::rotate(&args).unwrap();
        // Nothing needed it any more.
        fs::remove_file(folder.join("encryption.key.1")).unwrap();
        keep_key_of_then(folder, &extra).unwrap();
        let keys = Keys::load(folder, b"a long passphrase").unwrap();
        assert_eq!(keys.encryption.earlier(), 1);
    }

    /// A folder with a node's keys and records.
    fn node(base: &Path, name: &str, city: &str) -> (PathBuf, RocksStore) {
        let (dir, p) = (base.join(name), base.join("p"));
        fs::write(&p, "a long passphrase\n").unwrap();
        let line = format!(
            "tongband init --dir {} --division 330800 --name {city} --passphrase-file {} --fast-kdf",
            dir.display(),
            p.display()
        );
        let Verb::Init(args) = Cli::try_parse_from(line.split_whitespace()).unwrap().verb else {
            panic!("init");
        };
        crate::init::init(&args).unwrap();
        let store = RocksStore::open(&dir, RocksOptions::default()).unwrap();
        (dir, store)
    }

    #[test]
    fn a_backup_of_another_city_is_neither_added_to_nor_restored() {
        let base = tempfile::tempdir().unwrap();
        let (one, store) = node(base.path(), "one", "衢州市");
        let (other, foreign) = node(base.path(), "other", "南平市");
        let backup = base.path().join("backup");
        create(&store, &one, &backup, false).unwrap();
        let refused = create(&foreign, &other, &backup, false);
        assert!(
            matches!(refused, Err(CreateError::OtherCity(_))),
            "{refused:?}"
        );
        create(&store, &one, &backup, false).unwrap();
        assert!(is_in_use(&one));
        drop((store, foreign));
        assert!(!is_in_use(&one));
        let restored = |into: &Path, name: &str| {
            let args = RestoreArgs {
                from: backup.clone(),
                dir: into.to_owned(),
                replace: Some(name.to_owned()),
                dry_run: false,
            };
            restore(&args).map_err(|failure| failure.kind()).err()
        };
        assert_eq!(restored(&other, "南平市"), Some(Kind::OtherCity));
        assert_eq!(restored(&one, "南平市"), Some(Kind::Already));
        assert_eq!(restored(&one, "衢州市"), None);
    }
}
