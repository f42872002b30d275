//! `tongband rotate` and `tongband revoke`: another device or encryption key for a city, and the root key's word that an
//! earlier one speaks for it no more. Both open no database; the node takes a new key at its next start.

use std::fs;
use std::path::Path;

use serde_json::json;
use tongban_identity::{
    CertHash, DeviceKey, EncryptionCert, EncryptionKey, Hash32, KdfParams, KeyKind, Revocation,
    RootKey, SignedDeviceCert, SignedEncryptionCert,
};
use tongban_sync::founding::{certify_device, write_revocation};

use crate::args::{RevokeArgs, RootArgs, RotateArgs};
use crate::failure::{Failure, Kind};
use crate::init::now_unix;
use crate::keys::{
    DEVICE_CERT, DEVICE_KEY, ENCRYPTION_CERT, ENCRYPTION_KEY, NewFiles, ROOT_KEY, new_secret,
    open_key, read_passphrase, seal,
};

/// What people read in the device's certificate.
const DEVICE_LABEL: &str = "node";

/// Makes another device key and its certificate, and keeps the earlier files under the serial of their
/// certificate.
///
/// # Errors
/// The folder holds no node, the root key is not at hand, or a file cannot be written.
pub fn rotate(args: &RotateArgs) -> Result<serde_json::Value, Failure> {
    let passphrase = read_passphrase(&args.root.passphrase_file)?;
    let root = root_key(&args.root, &passphrase)?;
    let earlier = certificate(&args.root.dir)?;
    if earlier.city != root.city() {
        let message = "the root key is not of this node's city";
        return Err(Failure::new(Kind::Config, message));
    }
    let params = match args.fast_kdf {
        true => KdfParams::for_tests(),
        false => KdfParams::interactive(),
    };
    if args.encryption {
        return rotate_encryption(&args.root.dir, &root, &passphrase, params);
    }
    let secret = new_secret();
    let device = DeviceKey::from_seed(*secret).public();
    let label = DEVICE_LABEL.to_owned();
    let cert = certify_device(&root, device, label, earlier.serial + 1, now_unix())
        .ok_or_else(|| Failure::new(Kind::Internal, "the new key cannot be certified"))?;
    let sealed = seal(KeyKind::Device, &secret, &passphrase, params);
    let signed = cert.to_root_signed().to_vec();
    let files = [(DEVICE_KEY, sealed), (DEVICE_CERT, signed)];
    exchange(&args.root.dir, &files, earlier.serial)?;
    Ok(json!({
        "city": root.city().to_string(),
        "earlier": earlier.hash.to_string(),
        "device": cert.cert_hash().to_string(),
        "serial": cert.serial,
    }))
}

/// Makes another encryption key; the node announces it and lets the earlier one go by itself.
fn rotate_encryption(
    dir: &Path,
    root: &RootKey,
    passphrase: &[u8],
    params: KdfParams,
) -> Result<serde_json::Value, Failure> {
    let path = dir.join(ENCRYPTION_CERT);
    let bytes = fs::read(&path).map_err(|error| {
        Failure::caused(Kind::NotInitialised, &path.display().to_string(), &error)
    })?;
    let earlier = SignedEncryptionCert::from_slice(&bytes)
        .ok()
        .and_then(|signed| signed.verify().ok())
        .ok_or_else(|| Failure::new(Kind::Damaged, format!("{} is damaged", path.display())))?;
    let secret = new_secret();
    let cert = EncryptionCert {
        city: root.city(),
        x25519: EncryptionKey::from_seed(*secret).public(),
        serial: earlier.serial + 1,
        issued: now_unix(),
    };
    let cert = cert
        .sign(root)
        .map_err(|error| Failure::caused(Kind::Internal, "the new key", &error))?;
    let sealed = seal(KeyKind::Encryption, &secret, passphrase, params);
    let signed = cert.to_root_signed().to_vec();
    let files = [(ENCRYPTION_KEY, sealed), (ENCRYPTION_CERT, signed)];
    exchange(dir, &files, earlier.serial)?;
    Ok(json!({ "city": root.city().to_string(), "serial": cert.serial }))
}

/// Puts new files in the place of earlier ones, which are kept under their serial.
fn exchange(dir: &Path, new: &[(&str, Vec<u8>)], serial: u64) -> Result<(), Failure> {
    let fresh = |name: &str| dir.join(format!("{name}.new"));
    let mut files = NewFiles::default();
    for (name, bytes) in new {
        // What an attempt that broke off left is of no use to anybody.
        let _ = fs::remove_file(fresh(name));
        files.write(&fresh(name), bytes)?;
    }
    files.keep()?;
    for (name, _) in new {
        replace(&dir.join(name), &dir.join(format!("{name}.{serial}")))?;
        replace(&fresh(name), &dir.join(name))?;
    }
    Ok(())
}

/// Writes a revocation file for a device.
///
/// # Errors
/// The root key is not at hand, a hash is none, or the file exists.
pub fn revoke(args: &RevokeArgs) -> Result<serde_json::Value, Failure> {
    let passphrase = read_passphrase(&args.root.passphrase_file)?;
    let root = root_key(&args.root, &passphrase)?;
    let hash = |text: &String, id: &str| {
        let parsed = text.parse::<Hash32>();
        parsed.map_err(|_| Failure::told(Kind::Usage, id, &[("value", text)]))
    };
    let known = known_certificates(&args.root.dir);
    let named: Vec<&CertHash> = known
        .iter()
        .filter(|cert| args.cert.len() >= 8 && cert.to_string().starts_with(args.cert.as_str()))
        .collect();
    let cert = match named.as_slice() {
        [only] => **only,
        _ if args.force => CertHash(hash(&args.cert, "cert-form")?),
        _ => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            let values = [("value", args.cert.as_str()), ("known", &known.join(", "))];
            return Err(Failure::told(Kind::Usage, "cert-unknown", &values));
        }
    };
    let keep = |text| hash(text, "keep-form");
    let mut keeps = args.keep.iter().map(keep).collect::<Result<Vec<_>, _>>()?;
    keeps.sort_unstable();
    keeps.dedup();
    let revocation = Revocation {
        city: root.city(),
        cert,
        keeps,
        issued: now_unix(),
    };
    let signed = revocation
        .sign(&root)
        .map_err(|error| Failure::caused(Kind::Usage, "--keep", &error))?;
    let mut files = NewFiles::default();
    let text = write_revocation(&signed.to_root_signed());
    files.write(&args.output, text.as_bytes())?;
    files.keep()?;
    Ok(json!({
        "city": root.city().to_string(),
        "revoked": cert.to_string(),
        "file": args.output.display().to_string(),
    }))
}

fn root_key(args: &RootArgs, passphrase: &[u8]) -> Result<RootKey, Failure> {
    let inside = args.dir.join(ROOT_KEY);
    let path = args.root_key.as_ref().unwrap_or(&inside);
    let secret = match &args.root_passphrase_file {
        Some(file) => open_key(path, KeyKind::Root, &read_passphrase(file)?)?,
        None => open_key(path, KeyKind::Root, passphrase)?,
    };
    Ok(RootKey::from_seed(*secret))
}

/// The certificate with which the node signs so far.
struct Earlier {
    city: tongban_identity::CityId,
    serial: u64,
    hash: CertHash,
}

fn certificate(dir: &Path) -> Result<Earlier, Failure> {
    let path = dir.join(DEVICE_CERT);
    let bytes = fs::read(&path).map_err(|error| {
        Failure::caused(Kind::NotInitialised, &path.display().to_string(), &error)
    })?;
    let cert = SignedDeviceCert::from_slice(&bytes)
        .ok()
        .and_then(|signed| signed.verify().ok())
        .ok_or_else(|| Failure::new(Kind::Damaged, format!("{} is damaged", path.display())))?;
    Ok(Earlier {
        city: cert.city,
        serial: cert.serial,
        hash: cert.cert_hash(),
    })
}

/// The certificates that this folder has or had: that in use and those that `rotate` kept.
fn known_certificates(dir: &Path) -> Vec<CertHash> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut known: Vec<CertHash> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str()
                .is_some_and(|name| name.starts_with(DEVICE_CERT))
        })
        .filter_map(|entry| fs::read(entry.path()).ok())
        .filter_map(|bytes| SignedDeviceCert::from_slice(&bytes).ok()?.verify().ok())
        .map(|cert| cert.cert_hash())
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}

fn replace(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::rename(from, to)
        .map_err(|error| Failure::caused(Kind::Config, &from.display().to_string(), &error))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};
    use crate::keys::Keys;

    fn verb(line: &str) -> Verb {
        Cli::try_parse_from(line.split_whitespace()).unwrap().verb
    }

    #[test]
    fn a_rotated_folder_opens_with_the_new_key_and_keeps_the_earlier_one() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name).display().to_string();
        fs::write(at("p"), "a long passphrase\n").unwrap();
        let (dir, p) = (at("node"), at("p"));
        let init = format!(
            "tongband init --dir {dir} --division 330800 --name 衢州市 --passphrase-file {p} --fast-kdf"
        );
        let Verb::Init(args) = verb(&init) else {
            panic!("init");
        };
        crate::init::init(&args).unwrap();
        let load = || Keys::load(Path::new(&dir), b"a long passphrase").unwrap();
        let first = load();
        let rotate_line = format!("tongband rotate --dir {dir} --passphrase-file {p} --fast-kdf");
        let Verb::Rotate(args) = verb(&rotate_line) else {
            panic!("rotate");
        };
        let said = rotate(&args).unwrap();
        let second = load();
        assert_eq!(second.cert.serial, 2);
        assert_eq!(second.cert.city, first.cert.city);
        assert_ne!(second.cert.device, first.cert.device);
        assert_eq!(said["earlier"], first.cert.cert_hash().to_string());
        assert!(Path::new(&dir).join("device.key.1").exists());

        let Verb::Rotate(args) = verb(&format!("{rotate_line} --encryption")) else {
            panic!("rotate");
        };
        assert_eq!(rotate(&args).unwrap()["serial"], 2);
        assert_eq!(rotate(&args).unwrap()["serial"], 3);
        let third = load();
        let kept = ["encryption.key.2", "encryption.key.1"].map(|name| Path::new(&dir).join(name));
        assert_eq!(third.earlier, kept);
        assert_eq!(third.encryption.earlier(), 2);
        assert_eq!(third.cert, second.cert, "the device stays");
        assert_ne!(third.encryption_cert, first.encryption_cert);

        let output = at("revocation");
        let line = format!(
            "tongband revoke --dir {dir} --passphrase-file {p} --cert {} --output {output}",
            first.cert.cert_hash()
        );
        let Verb::Revoke(args) = verb(&line) else {
            panic!("revoke");
        };
        revoke(&args).unwrap();
        let text = fs::read_to_string(&output).unwrap();
        let read = tongban_sync::founding::read_revocation(&text).unwrap();
        assert_eq!(read.cert, first.cert.cert_hash());
        assert_eq!(revoke(&args).unwrap_err().kind(), Kind::Already);

        let refused = |more: &str| {
            let line = format!(
                "tongband revoke --dir {dir} --passphrase-file {p} --output {} {more}",
                at("other")
            );
            let Verb::Revoke(args) = verb(&line) else {
                panic!("revoke");
            };
            revoke(&args).map_err(|failure| failure.kind()).err()
        };
        let first = first.cert.cert_hash().to_string();
        let mut typo = first.clone();
        typo.replace_range(..1, if first.starts_with('0') { "1" } else { "0" });
        assert_eq!(refused(&format!("--cert {typo}")), Some(Kind::Usage));
        let keep = format!("--cert {first} --keep {}", &first[..12]);
        assert_eq!(refused(&keep), Some(Kind::Usage));
        assert_eq!(refused(&format!("--cert {}", &first[..12])), None);
        fs::remove_file(at("other")).unwrap();
        assert_eq!(refused(&format!("--cert {typo} --force")), None);
        fs::remove_file(Path::new(&dir).join(ROOT_KEY)).unwrap();
        let Verb::Rotate(args) = verb(&rotate_line) else {
            panic!("rotate");
        };
        assert_eq!(rotate(&args).unwrap_err().kind(), Kind::NoKey);
    }
}
