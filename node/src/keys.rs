//! Key and certificate files of a node: sealed, mode 0600, never written over.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tongban_identity::{
    DeviceCert, DeviceKey, EncryptionKey, KdfParams, KeyKind, OpenSecretError, SignedDeviceCert,
    SignedEncryptionCert, Verified, open_secret, seal_secret,
};
use tongban_sync::keyring::Keyring;
use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};

/// The city's root key, where it lies in the node's folder at all.
pub const ROOT_KEY: &str = "root.key";
/// The device's signing key.
pub const DEVICE_KEY: &str = "device.key";
/// The city's encryption key.
pub const ENCRYPTION_KEY: &str = "encryption.key";
/// The device's certificate.
pub const DEVICE_CERT: &str = "device.cert";
/// The encryption key's certificate.
pub const ENCRYPTION_CERT: &str = "encryption.cert";

/// The longest key, certificate or passphrase file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Draws random bytes from the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random bytes once it has booted");
    bytes
}

/// A secret that never lies around in memory.
pub type Secret = Zeroizing<[u8; 32]>;

/// Draws a new secret.
pub fn new_secret() -> Secret {
    Zeroizing::new(random())
}

/// What a running node signs and opens with.
pub struct Keys {
    /// The seed of the device key, from which the transport makes its identity.
    pub seed: Secret,
    /// The device key.
    pub device: DeviceKey,
    /// Its certificate.
    pub cert: Verified<DeviceCert>,
    /// The encryption key, and earlier ones that are kept in the folder.
    pub encryption: Keyring,
    /// The certificate of the key in use.
    pub encryption_cert: SignedEncryptionCert,
    /// The files of earlier encryption keys.
    pub earlier: Vec<PathBuf>,
}

impl Keys {
    /// Opens the keys of a node's folder and checks that the certificates belong to them.
    ///
    /// # Errors
    /// A file is missing or damaged, or the passphrase does not open it.
    pub fn load(dir: &Path, passphrase: &[u8]) -> Result<Self, Failure> {
        let seed = open_key(&dir.join(DEVICE_KEY), KeyKind::Device, passphrase)?;
        let encryption = open_key(&dir.join(ENCRYPTION_KEY), KeyKind::Encryption, passphrase)?;
        let device = DeviceKey::from_seed(*seed);
        let encryption = EncryptionKey::from_seed(*encryption);
        let cert = SignedDeviceCert::from_slice(&read_file(&dir.join(DEVICE_CERT))?)
            .ok()
            .and_then(|signed| signed.verify().ok())
            .filter(|cert| cert.device == device.public())
            .ok_or_else(|| unfit(DEVICE_CERT, DEVICE_KEY))?;
        let encryption_cert =
            SignedEncryptionCert::from_slice(&read_file(&dir.join(ENCRYPTION_CERT))?)
                .ok()
                .filter(|signed| {
                    signed.verify().is_ok_and(|opened| {
                        opened.x25519 == encryption.public() && opened.city == cert.city
                    })
                })
                .ok_or_else(|| unfit(ENCRYPTION_CERT, ENCRYPTION_KEY))?;
        let listed = |error| Failure::caused(Kind::Config, &dir.display().to_string(), &error);
        let files = earlier_keys(dir).map_err(listed)?;
        let mut earlier = Vec::with_capacity(files.len());
        for file in &files {
            let secret = open_key(file, KeyKind::Encryption, passphrase)?;
            earlier.push(EncryptionKey::from_seed(*secret));
        }
        Ok(Self {
            seed,
            device,
            cert,
            encryption: Keyring::new(encryption, earlier),
            encryption_cert,
            earlier: files,
        })
    }
}

/// The files of earlier encryption keys, the newest first: `encryption.key.SERIAL`.
///
/// # Errors
/// The folder cannot be read.
pub fn earlier_keys(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for file in fs::read_dir(dir)? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(serial) = name.and_then(serial_in) {
            found.push((serial, path));
        }
    }
    found.sort_by_key(|(serial, _)| std::cmp::Reverse(*serial));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The serial in the name of an earlier encryption key's file.
pub fn serial_in(name: &str) -> Option<u64> {
    let serial = name.strip_prefix(ENCRYPTION_KEY)?.strip_prefix('.')?;
    serial.parse().ok()
}

fn unfit(cert: &str, key: &str) -> Failure {
    Failure::new(
        Kind::Damaged,
        format!("{cert} is damaged or does not belong to {key}"),
    )
}

/// Reads a passphrase: the file without its final line break.
///
/// # Errors
/// The file cannot be read, is empty or is no passphrase by its length.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let refused = |what: &str| {
        let message = format!("the passphrase file {} {what}", path.display());
        Failure::new(Kind::Passphrase, message)
    };
    let mut text = read_bounded(path)
        .map_err(|error| refused(&format!("cannot be read: {error}")))?
        .ok_or_else(|| refused("is too long"))?;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    if text.is_empty() {
        return Err(refused("is empty"));
    }
    Ok(text)
}

/// Opens a sealed key file.
pub fn open_key(path: &Path, kind: KeyKind, passphrase: &[u8]) -> Result<Secret, Failure> {
    let sealed = read_file(path)?;
    open_secret(kind, &sealed, passphrase).map_err(|error| {
        let kind = match error {
            OpenSecretError::WrongPassphrase => Kind::Passphrase,
            _ => Kind::Damaged,
        };
        Failure::new(kind, format!("{}: {error}", path.display()))
    })
}

/// Seals a secret for a new key file.
pub fn seal(kind: KeyKind, secret: &Secret, passphrase: &[u8], params: KdfParams) -> Vec<u8> {
    seal_secret(kind, secret, passphrase, random(), random(), params)
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let said = |what: &str| Failure::new(Kind::Damaged, format!("{} {what}", path.display()));
    read_bounded(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(path),
            _ => said(&format!("cannot be read: {error}")),
        })?
        .ok_or_else(|| said("is longer than any key file"))
}

/// A key that is not there: the root key lies offline, and a restored folder has its own keys put in.
fn missing(path: &Path) -> Failure {
    let name = path.file_name().and_then(|name| name.to_str());
    let id = match name {
        Some(DEVICE_KEY | ENCRYPTION_KEY | DEVICE_CERT | ENCRYPTION_CERT) => "no-device-key",
        _ => "no-root-key",
    };
    Failure::told(Kind::NoKey, id, &[("path", &path.display().to_string())])
}

/// Reads a file, or `None` where it is longer than allowed. The buffer never grows, so that no
/// copy of a secret stays behind.
fn read_bounded(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let room = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() < room).then_some(bytes))
}

/// Makes a node's folder with mode 0700, or takes an existing one that nobody else may enter.
///
/// # Errors
/// The folder cannot be made, or it has contents and is open to others.
pub fn prepare_dir(dir: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::caused(
            Kind::Config,
            &format!("the folder {}", dir.display()),
            &error,
        )
    };
    if !dir.exists() {
        let mut builder = DirBuilder::new();
        return builder
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(failed);
    }
    let mode = fs::metadata(dir).map_err(failed)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    if fs::read_dir(dir).map_err(failed)?.next().is_some() {
        let message = format!(
            "the folder {} is open to other users; close it with chmod 700 first",
            dir.display()
        );
        return Err(Failure::new(Kind::Config, message));
    }
    fs::set_permissions(dir, PermissionsExt::from_mode(0o700)).map_err(failed)
}

/// Files that were made and are removed again unless all of them are.
#[derive(Debug, Default)]
pub struct NewFiles {
    made: Vec<PathBuf>,
}

impl NewFiles {
    /// Writes a new file of mode 0600, durably. An existing one is left alone.
    ///
    /// # Errors
    /// The file exists, or the system does not write it.
    pub fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let path = path.display().to_string();
                Failure::told(Kind::Already, "exists-already", &[("path", &path)])
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Failure::caused(Kind::DiskFull, &path.display().to_string(), &error)
            }
            _ => Failure::caused(
                Kind::Config,
                &format!("cannot write {}", path.display()),
                &error,
            ),
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        self.made.push(path.to_owned());
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }

    /// Keeps the files and makes their names durable.
    ///
    /// # Errors
    /// The system does not sync a folder; the files are removed then.
    pub fn keep(mut self) -> Result<(), Failure> {
        for path in &self.made {
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            File::open(parent)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| {
                    Failure::caused(Kind::Internal, &parent.display().to_string(), &error)
                })?;
        }
        self.made.clear();
        Ok(())
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        for path in &self.made {
            // What cannot be removed is named by the next attempt, as existing already.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase_of(text: &str) -> Result<Vec<u8>, Kind> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        fs::write(&path, text).unwrap();
        let read = read_passphrase(&path);
        read.map(|text| text.to_vec())
            .map_err(|failure| failure.kind())
    }

    #[test]
    fn a_passphrase_is_the_file_without_its_last_line_break() {
        assert_eq!(passphrase_of("secret\n").unwrap(), b"secret");
        assert_eq!(passphrase_of("secret\r\n").unwrap(), b"secret");
        assert_eq!(passphrase_of(" two words \n\n").unwrap(), b" two words \n");
        assert_eq!(passphrase_of("\n"), Err(Kind::Passphrase));
        assert_eq!(passphrase_of(&"x".repeat(20_000)), Err(Kind::Passphrase));
    }

    #[test]
    fn new_files_are_private_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        let mut files = NewFiles::default();
        files.write(&path, b"one").unwrap();
        files.keep().unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let mut files = NewFiles::default();
        assert_eq!(
            files.write(&path, b"two").unwrap_err().kind(),
            Kind::Already
        );
        drop(files);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn files_of_a_broken_off_attempt_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        let mut files = NewFiles::default();
        files.write(&path, b"one").unwrap();
        drop(files);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_with_contents_that_others_may_enter_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, PermissionsExt::from_mode(0o755)).unwrap();
        fs::write(open.join("x"), b"").unwrap();
        assert_eq!(prepare_dir(&open).unwrap_err().kind(), Kind::Config);
        fs::remove_file(open.join("x")).unwrap();
        prepare_dir(&open).unwrap();
        let made = dir.path().join("made");
        prepare_dir(&made).unwrap();
        for folder in [open, made] {
            let mode = fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
