//! Encryption of sealed parts and attachments with a key that the ciphertext commits to.
//!
//! A plain AEAD lets one ciphertext open to different plaintexts under different keys, so two
//! cities could be shown two texts behind one signature. Here only one key opens a ciphertext.
//! Handing keys to cities is the business of `wrap`.

use std::fmt;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Hash32;

/// By how much a ciphertext is longer than its plaintext: nonce 24, commitment 32, tag 16.
pub const CONTENT_OVERHEAD_BYTES: usize = NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES;

const NONCE_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

crate::hash_newtype! {
    /// Names a content key without revealing it: its hash.
    pub struct ContentKeyId;
}

/// A random 256-bit key for the sealed parts of one document. Overwritten when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ContentKey([u8; 32]);

/// Says why a ciphertext did not open.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum OpenError {
    /// The bytes are shorter than [`CONTENT_OVERHEAD_BYTES`].
    #[error("too short to be a ciphertext")]
    TooShort,
    /// The ciphertext was made with another key, or its nonce or commitment was altered.
    #[error("sealed with another key")]
    OtherKey,
    /// The ciphertext or the associated data was altered.
    #[error("the ciphertext or its context was altered")]
    Altered,
}

impl ContentKey {
    /// Takes 32 bytes from a good random source, or from an opened wrap or a key store.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(bytes);
        bytes.zeroize();
        key
    }

    /// Reveals the secret bytes, for storing or wrapping them.
    pub fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the key's name.
    ///
    /// [`Hash32::hash`] with domain `tongban/content-key-id/v1` over the 32 bytes.
    pub fn id(&self) -> ContentKeyId {
        ContentKeyId(Hash32::hash("tongban/content-key-id/v1", &[&self.0]))
    }

    /// Encrypts a plaintext.
    ///
    /// Returns `nonce (24) || commitment (32) || XChaCha20-Poly1305 ciphertext with tag`. Cipher key
    /// and commitment come from BLAKE3 key derivation over `key || nonce`. The `nonce` must be
    /// random and used once; `aad` is authenticated and not stored.
    pub fn seal(&self, nonce: [u8; 24], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let (cipher, commitment) = self.derive(&nonce);
        let mut out = Vec::with_capacity(CONTENT_OVERHEAD_BYTES + plaintext.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(commitment.as_bytes());
        out.extend_from_slice(plaintext);
        let tag = cipher
            .encrypt_inout_detached(
                &nonce.into(),
                aad,
                (&mut out[NONCE_BYTES + COMMITMENT_BYTES..]).into(),
            )
            .expect("a plaintext in memory is far below the cipher's limit of 256 GiB");
        out.extend_from_slice(&tag);
        out
    }

    /// Decrypts what [`ContentKey::seal`] made with the same key and `aad`.
    ///
    /// # Errors
    /// The bytes are too short, were sealed with another key, or anything was altered.
    pub fn open(&self, aad: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (nonce, rest) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(OpenError::TooShort)?;
        let (commitment, sealed) = rest
            .split_first_chunk::<COMMITMENT_BYTES>()
            .ok_or(OpenError::TooShort)?;
        if sealed.len() < TAG_BYTES {
            return Err(OpenError::TooShort);
        }
        let (cipher, expected) = self.derive(nonce);
        // `blake3::Hash` compares in constant time.
        if expected != *commitment {
            return Err(OpenError::OtherKey);
        }
        let mut plaintext = Zeroizing::new(sealed.to_vec());
        cipher
            .decrypt_in_place(&(*nonce).into(), aad, &mut *plaintext)
            .map_err(|_| OpenError::Altered)?;
        Ok(plaintext)
    }

    fn derive(&self, nonce: &[u8; 24]) -> (XChaCha20Poly1305, blake3::Hash) {
        let mut material = Zeroizing::new([0; 56]);
        material[..32].copy_from_slice(&self.0);
        material[32..].copy_from_slice(nonce);
        let key = Zeroizing::new(blake3::derive_key(
            "tongban/content-cipher/v1",
            material.as_slice(),
        ));
        let commitment = blake3::derive_key("tongban/content-commitment/v1", material.as_slice());
        (XChaCha20Poly1305::new((&*key).into()), commitment.into())
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> ContentKey {
        ContentKey::from_bytes([5; 32])
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let sealed = key().seal([1; 24], b"case", b"a name");
        assert_eq!(sealed.len(), 6 + CONTENT_OVERHEAD_BYTES);
        assert_eq!(key().open(b"case", &sealed).unwrap().as_slice(), b"a name");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut bad = sealed.clone();
                bad[at] ^= 1 << bit;
                assert!(key().open(b"case", &bad).is_err(), "byte {at}, bit {bit}");
            }
        }
        assert_eq!(key().open(b"cast", &sealed), Err(OpenError::Altered));
        for length in 0..sealed.len() {
            assert!(key().open(b"case", &sealed[..length]).is_err(), "{length}");
        }
        assert_eq!(key().open(b"", &sealed[..71]), Err(OpenError::TooShort));
    }

    #[test]
    fn a_ciphertext_commits_to_its_key() {
        // The attack on plain AEADs needs a ciphertext whose tag fits under two keys. Take a body
        // with a tag that does fit under the second key, and the header of the first: the second
        // key refuses by the commitment alone.
        let (one, two) = (key(), ContentKey::from_bytes([6; 32]));
        let body = two.seal([1; 24], b"", b"text");
        let mut forged = one.seal([1; 24], b"", b"text")[..56].to_vec();
        forged.extend_from_slice(&body[56..]);
        assert_eq!(two.open(b"", &forged), Err(OpenError::OtherKey));
        assert_eq!(one.open(b"", &forged), Err(OpenError::Altered));
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn the_commitment_is_not_the_cipher_key_or_the_id() {
        let sealed = key().seal([1; 24], b"", b"");
        assert_ne!(&sealed[24..56], key().id().0.as_bytes());
        assert_ne!(&sealed[24..56], key().expose_bytes());
        // A commitment that ignored the nonce would link all ciphertexts of one key.
        assert_ne!(sealed[24..56], key().seal([2; 24], b"", b"")[24..56]);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", key()), "ContentKey(..)");
    }

    proptest! {
        #[test]
        fn round_trips(key: [u8; 32], nonce: [u8; 24], aad: Vec<u8>, text: Vec<u8>) {
            let key = ContentKey::from_bytes(key);
            let sealed = key.seal(nonce, &aad, &text);
            let opened = key.open(&aad, &sealed).unwrap();
            prop_assert_eq!(&*opened, &text);
        }

        #[test]
        fn foreign_bytes_never_open(bytes: Vec<u8>) {
            prop_assert!(key().open(b"", &bytes).is_err());
        }
    }
}
