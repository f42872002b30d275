//! `tongband init`: makes a city's root key, the node's keys, their certificates and the
//! configuration. It opens no database and no connection.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tongban_identity::{DeviceKey, EncryptionKey, KdfParams, KeyKind, RootKey};
use tongban_sync::founding::certify;

use crate::args::InitArgs;
use crate::config::{Address, CONFIG_FILE, CityName, Config};
use crate::failure::{Failure, Kind};
use crate::keys::{
    DEVICE_CERT, DEVICE_KEY, ENCRYPTION_CERT, ENCRYPTION_KEY, NewFiles, ROOT_KEY, Secret,
    new_secret, open_key, prepare_dir, read_passphrase, seal,
};

/// What people read in the device's certificate.
const DEVICE_LABEL: &str = "node";

/// Files whose presence means that the folder holds a node, or half of one.
const FILES: [&str; 6] = [
    CONFIG_FILE,
    ROOT_KEY,
    DEVICE_KEY,
    ENCRYPTION_KEY,
    DEVICE_CERT,
    ENCRYPTION_CERT,
];

/// Makes a new node and says who it is.
///
/// # Errors
/// The folder holds a node already, or something cannot be read or written; then nothing is left
/// behind.
pub fn init(args: &InitArgs) -> Result<serde_json::Value, Failure> {
    refuse_existing(&args.dir)?;
    let config = config_text(args)?;
    let passphrase = read_passphrase(&args.passphrase_file)?;
    let params = if args.fast_kdf {
        KdfParams::for_tests()
    } else {
        KdfParams::interactive()
    };
    let root_secret = root_secret(args, &passphrase)?;
    prepare_dir(&args.dir)?;

    let root = RootKey::from_seed(*root_secret);
    let (device_secret, encryption_secret) = (new_secret(), new_secret());
    let (cert, encryption_cert) = certify(
        &root,
        DeviceKey::from_seed(*device_secret).public(),
        EncryptionKey::from_seed(*encryption_secret).public(),
        DEVICE_LABEL.to_owned(),
        now_unix(),
    )
    .ok_or_else(|| Failure::new(Kind::Internal, "the new keys cannot be certified"))?;

    let mut files = NewFiles::default();
    if args.root_key.is_none() {
        let inside = args.dir.join(ROOT_KEY);
        let path = args.root_key_out.as_ref().unwrap_or(&inside);
        files.write(
            path,
            &seal(KeyKind::Root, &root_secret, &passphrase, params),
        )?;
    }
    let sealed = |kind, secret: &Secret| seal(kind, secret, &passphrase, params);
    let device = sealed(KeyKind::Device, &device_secret);
    let encryption = sealed(KeyKind::Encryption, &encryption_secret);
    files.write(&args.dir.join(DEVICE_KEY), &device)?;
    files.write(&args.dir.join(ENCRYPTION_KEY), &encryption)?;
    files.write(&args.dir.join(DEVICE_CERT), &cert.to_root_signed().to_vec())?;
    files.write(&args.dir.join(ENCRYPTION_CERT), &encryption_cert.to_vec())?;
    files.write(&args.dir.join(CONFIG_FILE), config.as_bytes())?;
    files.keep()?;

    let city = root.city();
    Ok(json!({
        "city": city.to_string(),
        "fingerprint": city.fingerprint().to_string(),
        "division": args.division,
        "name": args.name,
        "dir": args.dir.display().to_string(),
    }))
}

fn refuse_existing(dir: &Path) -> Result<(), Failure> {
    match FILES.iter().find(|file| dir.join(file).exists()) {
        None => Ok(()),
        Some(file) => {
            let values = [("dir", &*dir.display().to_string()), ("file", *file)];
            Err(Failure::told(Kind::Already, "holds-node", &values))
        }
    }
}

fn config_text(args: &InitArgs) -> Result<String, Failure> {
    let name = CityName::try_from(args.name.clone())
        .map_err(|error| Failure::caused(Kind::Config, "--name", &error))?;
    let listen = if args.listen.is_empty() {
        vec!["0.0.0.0:7330".parse::<Address>().expect("an address")]
    } else {
        args.listen.clone()
    };
    let config = Config {
        division: args.division,
        name,
        listen,
        advertise: args.advertise.clone(),
        reserve_bytes: None,
        scrub_hours: None,
        log: None,
        peers: Default::default(),
    };
    toml::to_string(&config)
        .map_err(|error| Failure::caused(Kind::Internal, "the configuration", &error))
}

fn root_secret(args: &InitArgs, passphrase: &[u8]) -> Result<Secret, Failure> {
    let Some(path) = &args.root_key else {
        return Ok(new_secret());
    };
    match &args.root_passphrase_file {
        Some(file) => open_key(path, KeyKind::Root, &read_passphrase(file)?),
        None => open_key(path, KeyKind::Root, passphrase),
    }
}

/// The system's civil time, Unix seconds.
pub fn now_unix() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};
    use crate::keys::Keys;

    /// Runs init in a folder beside a passphrase file; `more` is appended to the command line.
    fn init_in(base: &Path, node: &str, more: &[&str]) -> Result<serde_json::Value, Failure> {
        let passphrase = base.join("passphrase");
        fs::write(&passphrase, "a long passphrase\n").unwrap();
        let (dir, passphrase) = (base.join(node), passphrase.display().to_string());
        let dir = dir.display().to_string();
        let mut line = vec![
            "tongband",
            "init",
            "--dir",
            &dir,
            "--passphrase-file",
            &passphrase,
        ];
        line.extend(["--division", "330800", "--name", "衢州市", "--fast-kdf"]);
        line.extend(["--listen", "127.0.0.1:0"]);
        line.extend(more);
        match Cli::try_parse_from(line).unwrap().verb {
            Verb::Init(args) => init(&args),
            _ => panic!("not init"),
        }
    }

    #[test]
    fn a_new_node_has_private_files_and_fitting_keys() {
        let base = tempfile::tempdir().unwrap();
        let said = init_in(base.path(), "node", &[]).unwrap();
        let dir = base.path().join("node");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        for file in FILES {
            assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
        }
        let keys = Keys::load(&dir, b"a long passphrase").unwrap();
        assert_eq!(said["city"], keys.cert.city.to_string());
        assert_eq!(
            said["fingerprint"],
            keys.cert.city.fingerprint().to_string()
        );
        let config = Config::load(&dir).unwrap();
        assert_eq!(said["division"], config.division.to_string());
        assert_eq!(said["name"], config.name.to_string());
    }

    #[test]
    fn a_wrong_passphrase_is_told_apart_from_damage() {
        let base = tempfile::tempdir().unwrap();
        init_in(base.path(), "node", &[]).unwrap();
        let dir = base.path().join("node");
        let refused = |passphrase: &[u8]| Keys::load(&dir, passphrase).err().map(|f| f.kind());
        assert_eq!(refused(b"another passphrase"), Some(Kind::Passphrase));
        fs::write(dir.join(DEVICE_CERT), b"x").unwrap();
        assert_eq!(refused(b"a long passphrase"), Some(Kind::Damaged));
    }

    #[test]
    fn a_certificate_of_another_device_is_refused() {
        let base = tempfile::tempdir().unwrap();
        init_in(base.path(), "one", &[]).unwrap();
        init_in(base.path(), "two", &[]).unwrap();
        let (one, two) = (base.path().join("one"), base.path().join("two"));
        for file in [DEVICE_CERT, ENCRYPTION_CERT] {
            let own = fs::read(two.join(file)).unwrap();
            fs::copy(one.join(file), two.join(file)).unwrap();
            let failure = Keys::load(&two, b"a long passphrase").err().unwrap();
            assert_eq!(failure.kind(), Kind::Damaged, "{file}");
            fs::write(two.join(file), own).unwrap();
        }
        assert!(Keys::load(&two, b"a long passphrase").is_ok());
    }

    #[test]
    fn a_second_init_is_refused_and_changes_nothing() {
        let base = tempfile::tempdir().unwrap();
        init_in(base.path(), "node", &[]).unwrap();
        let dir = base.path().join("node");
        let before = FILES.map(|file| fs::read(dir.join(file)).unwrap());
        let failure = init_in(base.path(), "node", &[]).unwrap_err();
        assert_eq!(failure.kind(), Kind::Already);
        assert_eq!(before, FILES.map(|file| fs::read(dir.join(file)).unwrap()));
    }

    #[test]
    fn a_root_key_may_live_outside_and_come_back() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("offline.key").display().to_string();
        let first = init_in(base.path(), "one", &["--root-key-out", &root]).unwrap();
        assert!(!base.path().join("one").join(ROOT_KEY).exists());
        // The second node is another device of the same city.
        let second = init_in(base.path(), "two", &["--root-key", &root]).unwrap();
        assert_eq!(first["city"], second["city"]);
        assert!(!base.path().join("two").join(ROOT_KEY).exists());
        // An existing file is never replaced, and nothing is left of the attempt.
        let failure = init_in(base.path(), "three", &["--root-key-out", &root]).unwrap_err();
        assert_eq!(failure.kind(), Kind::Already);
        assert_eq!(fs::read_dir(base.path().join("three")).unwrap().count(), 0);
    }
}
