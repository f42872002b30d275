//! A secret key sealed with a passphrase, as the contents of a file. Reading, writing and the file's
//! mode (0600) are the caller's work.
//!
//! ```text
//! file   = "tongban-key-v1\n" CBOR [header, ciphertext]
//! header = CBOR [kind, m (KiB), t, p, salt (16), nonce (24)], as a byte string
//! ```
//!
//! The passphrase gives a key by Argon2id (RFC 9106, version 0x13); XChaCha20-Poly1305 encrypts the
//! 32 secret bytes, with the opening line and the header as associated data.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{decode_canonical, encode_canonical};

/// The opening line, with its version.
const MAGIC: &[u8] = b"tongban-key-v1\n";

/// The start of the opening line in every version.
const MAGIC_ANY_VERSION: &[u8] = b"tongban-key-v";

const SECRET_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

const M_KIB_MAX: u32 = 1024 * 1024;
const T_MAX: u32 = 16;
const P_MAX: u32 = 4;

/// What a sealed secret is the key of. CBOR: its number.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, Hash, PartialEq)]
#[cbor(index_only)]
pub enum KeyKind {
    /// The seed of a [`RootKey`](crate::RootKey).
    #[n(1)]
    Root,
    /// The seed of a [`DeviceKey`](crate::DeviceKey).
    #[n(2)]
    Device,
    /// The seed of an [`EncryptionKey`](crate::EncryptionKey).
    #[n(3)]
    Encryption,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Device => "device",
            Self::Encryption => "encryption",
        })
    }
}

/// How much work a guess at the passphrase costs (Argon2id).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KdfParams {
    m_kib: u32,
    t: u32,
    p: u32,
}

/// Says why Argon2id parameters are not acceptable.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum KdfParamsError {
    /// Above 1 GiB of memory, 16 passes or 4 lanes.
    #[error("the key derivation would take more than 1 GiB, 16 passes or 4 lanes")]
    TooLarge,
    /// Below 8 KiB of memory per lane, one pass or one lane, where Argon2 is not defined.
    #[error("the key derivation has less than 8 KiB per lane, one pass or one lane")]
    TooSmall,
}

impl KdfParams {
    /// Takes memory in KiB, passes, and lanes.
    ///
    /// # Errors
    /// A value is outside of what Argon2 defines, or above 1 GiB, 16 passes, 4 lanes.
    pub const fn new(m_kib: u32, t: u32, p: u32) -> Result<Self, KdfParamsError> {
        if m_kib > M_KIB_MAX || t > T_MAX || p > P_MAX {
            return Err(KdfParamsError::TooLarge);
        }
        if t == 0 || p == 0 || m_kib < 8 * p {
            return Err(KdfParamsError::TooSmall);
        }
        Ok(Self { m_kib, t, p })
    }

    /// Returns what suits a person waiting for one key: 64 MiB, 3 passes, 1 lane.
    pub const fn interactive() -> Self {
        Self {
            m_kib: 64 * 1024,
            t: 3,
            p: 1,
        }
    }

    /// Returns the cheapest parameters. They protect nothing; tests alone use them.
    pub const fn for_tests() -> Self {
        Self {
            m_kib: 8,
            t: 1,
            p: 1,
        }
    }
}

impl Default for KdfParams {
    fn default() -> Self {
        Self::interactive()
    }
}

/// Says why a sealed secret did not open.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum OpenSecretError {
    /// The passphrase is wrong, or the file was altered; the two cannot be told apart.
    #[error("wrong passphrase, or the key file was altered")]
    WrongPassphrase,
    /// The bytes are no key file.
    #[error("not a key file")]
    NotAKeyFile,
    /// The file holds a key of another kind.
    #[error("expected a key file of kind {expected}, found {found}")]
    WrongKind {
        /// The kind that the caller asked for.
        expected: KeyKind,
        /// The kind that the file names.
        found: KeyKind,
    },
    /// The file was written by a newer version.
    #[error("the key file was written by a newer version")]
    UnsupportedVersion,
    /// Opening would take more memory or time than any sound key file asks for.
    #[error("the key file asks for more memory or time than is allowed")]
    ParamsTooLarge,
}

#[derive(Decode, Encode)]
struct Header {
    #[n(0)]
    kind: KeyKind,
    #[n(1)]
    m_kib: u32,
    #[n(2)]
    t: u32,
    #[n(3)]
    p: u32,
    #[n(4)]
    salt: ByteArray<16>,
    #[n(5)]
    nonce: ByteArray<24>,
}

#[derive(Decode, Encode)]
struct Body {
    #[n(0)]
    header: ByteVec,
    #[n(1)]
    ciphertext: ByteArray<{ SECRET_BYTES + TAG_BYTES }>,
}

/// Seals a secret with a passphrase and returns the contents of the key file.
///
/// `salt` and `nonce` are random and used once.
pub fn seal_secret(
    kind: KeyKind,
    secret: &[u8; 32],
    passphrase: &[u8],
    salt: [u8; 16],
    nonce: [u8; 24],
    params: KdfParams,
) -> Vec<u8> {
    let header = encode_canonical(&Header {
        kind,
        m_kib: params.m_kib,
        t: params.t,
        p: params.p,
        salt: salt.into(),
        nonce: nonce.into(),
    });
    let mut ciphertext = [0; SECRET_BYTES + TAG_BYTES];
    ciphertext[..SECRET_BYTES].copy_from_slice(secret);
    let tag = passphrase_cipher(passphrase, &salt, params)
        .encrypt_inout_detached(
            &nonce.into(),
            &associated_data(&header),
            (&mut ciphertext[..SECRET_BYTES]).into(),
        )
        .expect("32 bytes are far below the cipher's limit");
    ciphertext[SECRET_BYTES..].copy_from_slice(&tag);

    let mut file = MAGIC.to_vec();
    file.extend(encode_canonical(&Body {
        header: header.into(),
        ciphertext: ciphertext.into(),
    }));
    file
}

/// Opens the contents of a key file.
///
/// Bounds on the parameters are checked before any memory is taken.
///
/// # Errors
/// See [`OpenSecretError`]; kind, version and parameters are reported before the passphrase is tried.
pub fn open_secret(
    expected: KeyKind,
    file: &[u8],
    passphrase: &[u8],
) -> Result<Zeroizing<[u8; 32]>, OpenSecretError> {
    let body = file
        .strip_prefix(MAGIC)
        .ok_or_else(|| foreign_opening(file))?;
    let body: Body = decode_canonical(body).map_err(|_| OpenSecretError::NotAKeyFile)?;
    let header: Header =
        decode_canonical(&body.header).map_err(|_| OpenSecretError::NotAKeyFile)?;
    if header.kind != expected {
        return Err(OpenSecretError::WrongKind {
            expected,
            found: header.kind,
        });
    }
    let params = KdfParams::new(header.m_kib, header.t, header.p).map_err(|error| match error {
        KdfParamsError::TooLarge => OpenSecretError::ParamsTooLarge,
        KdfParamsError::TooSmall => OpenSecretError::NotAKeyFile,
    })?;
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    let (sealed, tag) = body
        .ciphertext
        .split_first_chunk::<SECRET_BYTES>()
        .expect("48 bytes have 32 at their start");
    secret.copy_from_slice(sealed);
    let mut expected_tag = [0; TAG_BYTES];
    expected_tag.copy_from_slice(tag);
    passphrase_cipher(passphrase, &header.salt, params)
        .decrypt_inout_detached(
            &(*header.nonce).into(),
            &associated_data(&body.header),
            secret.as_mut_slice().into(),
            &expected_tag.into(),
        )
        .map_err(|_| OpenSecretError::WrongPassphrase)?;
    Ok(secret)
}

/// Tells a key file of another version from something else.
fn foreign_opening(file: &[u8]) -> OpenSecretError {
    let version = file.strip_prefix(MAGIC_ANY_VERSION).unwrap_or_default();
    let digits = version
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits > 0 && version.get(digits) == Some(&b'\n') {
        OpenSecretError::UnsupportedVersion
    } else {
        OpenSecretError::NotAKeyFile
    }
}

fn associated_data(header: &[u8]) -> Vec<u8> {
    [MAGIC, header].concat()
}

fn passphrase_cipher(passphrase: &[u8], salt: &[u8; 16], params: KdfParams) -> XChaCha20Poly1305 {
    let params = Params::new(params.m_kib, params.t, params.p, Some(32))
        .expect("`KdfParams` exist only within Argon2's bounds");
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .expect("salt and output have lengths that Argon2 takes, a passphrase is below 4 GiB");
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed(kind: KeyKind) -> Vec<u8> {
        let params = KdfParams::for_tests();
        seal_secret(kind, &[7; 32], "口令".as_bytes(), [1; 16], [2; 24], params)
    }

    fn open(file: &[u8]) -> Result<[u8; 32], OpenSecretError> {
        open_secret(KeyKind::Root, file, "口令".as_bytes()).map(|secret| *secret)
    }

    /// Writes a file with arbitrary parameters and a ciphertext that cannot be right.
    fn with_params(m_kib: u32, t: u32, p: u32) -> Vec<u8> {
        let (salt, nonce) = ([1; 16].into(), [2; 24].into());
        let header = Header {
            kind: KeyKind::Root,
            m_kib,
            t,
            p,
            salt,
            nonce,
        };
        let header = encode_canonical(&header).into();
        let body = Body {
            header,
            ciphertext: [0; 48].into(),
        };
        [MAGIC, &encode_canonical(&body)].concat()
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let file = sealed(KeyKind::Root);
        assert!(file.starts_with(b"tongban-key-v1\n"));
        assert_eq!(open(&file), Ok([7; 32]));
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut bad = file.clone();
                bad[at] ^= 1 << bit;
                assert!(open(&bad).is_err(), "byte {at}, bit {bit}");
            }
        }
        for length in 0..file.len() {
            assert_eq!(
                open(&file[..length]),
                Err(OpenSecretError::NotAKeyFile),
                "{length}"
            );
        }
        assert_eq!(
            open(&[&file[..], b"\n"].concat()),
            Err(OpenSecretError::NotAKeyFile)
        );
    }

    #[test]
    fn a_wrong_passphrase_is_refused() {
        let file = sealed(KeyKind::Root);
        for passphrase in ["", "口", "口令 "] {
            assert_eq!(
                open_secret(KeyKind::Root, &file, passphrase.as_bytes()),
                Err(OpenSecretError::WrongPassphrase)
            );
        }
    }

    #[test]
    fn kinds_are_not_interchangeable() {
        let error = OpenSecretError::WrongKind {
            expected: KeyKind::Root,
            found: KeyKind::Device,
        };
        assert_eq!(open(&sealed(KeyKind::Device)), Err(error));
        // Changing the kind in the header breaks the seal instead.
        let file = sealed(KeyKind::Device);
        let at = MAGIC.len() + 1 + 2 + 1;
        assert_eq!(file[at], 2);
        let mut relabelled = file;
        relabelled[at] = 1;
        assert_eq!(open(&relabelled), Err(OpenSecretError::WrongPassphrase));
    }

    #[test]
    fn other_files_and_versions_are_named() {
        let check = |file: &[u8], expect| assert_eq!(open(file), Err(expect), "{file:?}");
        check(b"", OpenSecretError::NotAKeyFile);
        check(
            b"-----BEGIN PRIVATE KEY-----\n",
            OpenSecretError::NotAKeyFile,
        );
        check(b"tongban-key-v\n", OpenSecretError::NotAKeyFile);
        check(b"tongban-key-v1", OpenSecretError::NotAKeyFile);
        check(b"tongban-key-v1\n", OpenSecretError::NotAKeyFile);
        check(
            b"tongban-key-v2\nanything",
            OpenSecretError::UnsupportedVersion,
        );
        check(b"tongban-key-v10\n", OpenSecretError::UnsupportedVersion);
    }

    #[test]
    fn costly_parameters_are_refused_before_work() {
        for (m_kib, t, p) in [
            (M_KIB_MAX + 1, 1, 1),
            (8, T_MAX + 1, 1),
            (64, 1, P_MAX + 1),
            (u32::MAX, 1, 1),
        ] {
            assert_eq!(KdfParams::new(m_kib, t, p), Err(KdfParamsError::TooLarge));
            assert_eq!(
                open(&with_params(m_kib, t, p)),
                Err(OpenSecretError::ParamsTooLarge)
            );
        }
        for (m_kib, t, p) in [(7, 1, 1), (8, 0, 1), (8, 1, 0), (31, 1, 4), (0, 0, 0)] {
            assert_eq!(KdfParams::new(m_kib, t, p), Err(KdfParamsError::TooSmall));
            assert_eq!(
                open(&with_params(m_kib, t, p)),
                Err(OpenSecretError::NotAKeyFile)
            );
        }
        assert_eq!(
            open(&with_params(32, 1, 4)),
            Err(OpenSecretError::WrongPassphrase)
        );
        assert!(KdfParams::new(M_KIB_MAX, T_MAX, P_MAX).is_ok());
    }

    #[test]
    fn named_parameters_are_within_bounds() {
        for params in [
            KdfParams::interactive(),
            KdfParams::for_tests(),
            KdfParams::default(),
        ] {
            assert_eq!(KdfParams::new(params.m_kib, params.t, params.p), Ok(params));
        }
        let params = KdfParams::interactive();
        let file = seal_secret(
            KeyKind::Root,
            &[7; 32],
            "口令".as_bytes(),
            [1; 16],
            [2; 24],
            params,
        );
        assert_eq!(open(&file), Ok([7; 32]));
    }

    proptest! {
        #[test]
        fn round_trips(
            secret: [u8; 32], passphrase: Vec<u8>, salt: [u8; 16], nonce: [u8; 24],
            m_kib in 32u32..64, t in 1u32..3, p in 1u32..=4,
        ) {
            let params = KdfParams::new(m_kib, t, p).unwrap();
            for kind in [KeyKind::Root, KeyKind::Device, KeyKind::Encryption] {
                let file = seal_secret(kind, &secret, &passphrase, salt, nonce, params);
                let opened = open_secret(kind, &file, &passphrase).unwrap();
                prop_assert_eq!(&*opened, &secret);
            }
        }

        #[test]
        fn foreign_bytes_never_open(bytes: Vec<u8>) {
            prop_assert!(open(&[MAGIC, &bytes].concat()).is_err());
        }
    }
}
