//! Handing a content key to one city: ephemeral-static X25519 and an AEAD.
//!
//! A wrap says nothing about who made it; who may wrap for whom is decided elsewhere.

use std::fmt;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;
use x25519_dalek::{PublicKey as X25519PublicKey, StaticSecret};
use zeroize::{Zeroize, Zeroizing};

use crate::{CONTENT_OVERHEAD_BYTES, ContentKey};

/// The length of a wrap: ephemeral public key 32, wrapped key 32, tag 16.
pub const WRAPPED_KEY_BYTES: usize = 80;

/// The length of a content key as its holder keeps it: the key 32 and [`CONTENT_OVERHEAD_BYTES`].
pub const KEPT_KEY_BYTES: usize = 32 + CONTENT_OVERHEAD_BYTES;

/// The private half of a city's encryption key (X25519, RFC 7748). Overwritten when dropped.
pub struct EncryptionKey {
    secret: StaticSecret,
    public: [u8; 32],
    /// Seals what only the holder of the private half keeps for itself.
    keeping: ContentKey,
}

/// A content key wrapped for one recipient.
///
/// `ephemeral public key (32) || XChaCha20-Poly1305 ciphertext of the key with tag (48)`. CBOR: a
/// byte string of exactly 80.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct WrappedKey(pub [u8; WRAPPED_KEY_BYTES]);

/// Says why a key cannot be wrapped.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum WrapError {
    /// The recipient's public key is of small order: anyone could unwrap.
    #[error("a weak recipient key, for which anyone could unwrap")]
    WeakRecipient,
}

/// Says why a wrap did not open.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum OpenWrapError {
    /// The ephemeral key is of small order, so no secret is shared.
    #[error("a weak ephemeral key")]
    WeakEphemeral,
    /// The wrap is for another key or context, or was altered.
    #[error("not a wrap for this key and context")]
    Refused,
}

impl EncryptionKey {
    /// Makes the key of a 32-byte secret seed, which must come from a good random source.
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let secret = StaticSecret::from(seed);
        let keeping = blake3::derive_key("tongban/key-keeping/v1", &seed);
        seed.zeroize();
        Self {
            public: X25519PublicKey::from(&secret).to_bytes(),
            secret,
            keeping: ContentKey::from_bytes(keeping),
        }
    }

    /// Returns the public half, as an [`EncryptionCert`](crate::EncryptionCert) carries it.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Opens what [`wrap`] made for this key with the same `aad`.
    ///
    /// Anyone can wrap any key for this recipient: the caller compares [`ContentKey::id`] with the
    /// id it expects.
    ///
    /// # Errors
    /// The wrap is for another key or `aad`, was altered, or has a weak ephemeral key.
    pub fn open_wrap(&self, aad: &[u8], wrapped: &WrappedKey) -> Result<ContentKey, OpenWrapError> {
        let (ephemeral, sealed) = wrapped
            .0
            .split_first_chunk::<32>()
            .expect("80 bytes have 32 at their start");
        let cipher = shared_cipher(&self.secret, ephemeral, ephemeral, &self.public)
            .ok_or(OpenWrapError::WeakEphemeral)?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&sealed[..32]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&sealed[32..]);
        cipher
            .decrypt_inout_detached(
                &XNonce::default(),
                aad,
                key.as_mut_slice().into(),
                &tag.into(),
            )
            .map_err(|_| OpenWrapError::Refused)?;
        Ok(ContentKey::from_bytes(*key))
    }

    /// Seals a content key for this node's own store: [`ContentKey::seal`] under a key derived from
    /// the private half, so that reading it back costs no work on the curve.
    ///
    /// Returns [`KEPT_KEY_BYTES`] bytes. The `nonce` must be random and used once; `aad` is
    /// authenticated and not stored.
    pub fn keep(&self, nonce: [u8; 24], aad: &[u8], key: &ContentKey) -> Vec<u8> {
        self.keeping.seal(nonce, aad, key.expose_bytes())
    }

    /// Opens what [`EncryptionKey::keep`] made with the same `aad`.
    ///
    /// # Errors
    /// It was made under another key or `aad`, or was altered.
    pub fn open_kept(&self, aad: &[u8], kept: &[u8]) -> Result<ContentKey, OpenWrapError> {
        let plain = self
            .keeping
            .open(aad, kept)
            .map_err(|_| OpenWrapError::Refused)?;
        <[u8; 32]>::try_from(plain.as_slice())
            .map(ContentKey::from_bytes)
            .map_err(|_| OpenWrapError::Refused)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

/// Wraps a content key for the holder of an X25519 key.
///
/// The cipher key is BLAKE3 key derivation over `shared secret || ephemeral public || recipient
/// public`; since it serves one wrap only, the nonce is zero. `aad` is authenticated, not stored.
///
/// `ephemeral_seed` is 32 bytes from a good random source. The ephemeral secret is derived from the
/// seed *and* everything that is wrapped, so that a seed that comes twice (a cloned machine) never
/// gives one cipher key to two different wraps.
///
/// # Errors
/// The recipient's key is of small order.
pub fn wrap(
    recipient: &[u8; 32],
    ephemeral_seed: [u8; 32],
    aad: &[u8],
    key: &ContentKey,
) -> Result<WrappedKey, WrapError> {
    let seed = Zeroizing::new(ephemeral_seed);
    let mut hasher = blake3::Hasher::new_derive_key("tongban/key-wrap-ephemeral/v1");
    // Only the last part has no fixed length, so the borders are certain.
    hasher
        .update(&*seed)
        .update(recipient)
        .update(key.expose_bytes())
        .update(aad);
    let ephemeral = StaticSecret::from(*hasher.finalize().as_bytes());
    hasher.zeroize();
    let ephemeral_public = X25519PublicKey::from(&ephemeral).to_bytes();
    let cipher = shared_cipher(&ephemeral, recipient, &ephemeral_public, recipient)
        .ok_or(WrapError::WeakRecipient)?;

    let mut out = [0; WRAPPED_KEY_BYTES];
    out[..32].copy_from_slice(&ephemeral_public);
    out[32..64].copy_from_slice(key.expose_bytes());
    let tag = cipher
        .encrypt_inout_detached(&XNonce::default(), aad, (&mut out[32..64]).into())
        .expect("32 bytes are far below the cipher's limit");
    out[64..].copy_from_slice(&tag);
    Ok(WrappedKey(out))
}

/// Tells whether a public X25519 key gives a shared secret that depends on both sides.
pub(crate) fn is_contributory(public: &[u8; 32]) -> bool {
    // Every clamped scalar is a multiple of the cofactor, so any one of them finds a weak point.
    let any = StaticSecret::from([1; 32]);
    any.diffie_hellman(&X25519PublicKey::from(*public))
        .was_contributory()
}

/// Derives the cipher of one wrap; `None` when the other side's key is of small order.
fn shared_cipher(
    ours: &StaticSecret,
    theirs: &[u8; 32],
    ephemeral_public: &[u8; 32],
    recipient_public: &[u8; 32],
) -> Option<XChaCha20Poly1305> {
    let shared = ours.diffie_hellman(&X25519PublicKey::from(*theirs));
    if !shared.was_contributory() {
        return None;
    }
    let mut material = Zeroizing::new([0; 96]);
    material[..32].copy_from_slice(shared.as_bytes());
    material[32..64].copy_from_slice(ephemeral_public);
    material[64..].copy_from_slice(recipient_public);
    let key = Zeroizing::new(blake3::derive_key(
        "tongban/key-wrap/v1",
        material.as_slice(),
    ));
    Some(XChaCha20Poly1305::new((&*key).into()))
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappedKey(")?;
        crate::hex::write(&self.0[..8], f)?;
        f.write_str("..)")
    }
}

impl<C> Encode<C> for WrappedKey {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for WrappedKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        d.bytes()?
            .try_into()
            .map(Self)
            .map_err(|_| decode::Error::message("a wrapped key has 80 bytes").at(start))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{decode_canonical, encode_canonical};

    fn recipient() -> EncryptionKey {
        EncryptionKey::from_seed([4; 32])
    }

    fn content_key() -> ContentKey {
        ContentKey::from_bytes([5; 32])
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let wrapped = wrap(&recipient().public(), [6; 32], b"case", &content_key()).unwrap();
        let opened = recipient().open_wrap(b"case", &wrapped).unwrap();
        assert_eq!(opened.id(), content_key().id());
        for at in 0..WRAPPED_KEY_BYTES {
            for bit in 0..8 {
                let mut bad = wrapped;
                bad.0[at] ^= 1 << bit;
                assert!(
                    recipient().open_wrap(b"case", &bad).is_err(),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn another_recipient_or_context_is_refused() {
        let wrapped = wrap(&recipient().public(), [6; 32], b"case", &content_key()).unwrap();
        let result = recipient().open_wrap(b"cast", &wrapped).map(|key| key.id());
        assert_eq!(result, Err(OpenWrapError::Refused));
        let other = EncryptionKey::from_seed([7; 32]);
        let result = other.open_wrap(b"case", &wrapped).map(|key| key.id());
        assert_eq!(result, Err(OpenWrapError::Refused));
    }

    #[test]
    fn a_kept_key_opens_for_its_holder_and_context_alone() {
        let kept = recipient().keep([8; 24], b"case", &content_key());
        assert_eq!(kept.len(), KEPT_KEY_BYTES);
        let opened = recipient().open_kept(b"case", &kept).unwrap();
        assert_eq!(opened.id(), content_key().id());
        let other = EncryptionKey::from_seed([7; 32]);
        assert!(other.open_kept(b"case", &kept).is_err());
        assert!(recipient().open_kept(b"cast", &kept).is_err());
        for at in 0..kept.len() {
            let mut bad = kept.clone();
            bad[at] ^= 1;
            assert!(recipient().open_kept(b"case", &bad).is_err(), "byte {at}");
        }
        assert!(recipient().open_kept(b"case", &[]).is_err());
    }

    #[test]
    fn weak_points_are_refused() {
        // The points of small order that RFC 7748 §6.1 and §7 warn of, in some of their writings.
        let mut weak = vec![[0; 32]];
        weak.push([0; 32]);
        weak[1][0] = 1;
        for hex in [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            weak.push(crate::hex::parse32(hex).unwrap());
        }
        for point in weak {
            let result = wrap(&point, [6; 32], b"", &content_key());
            assert_eq!(result, Err(WrapError::WeakRecipient), "{point:x?}");
            assert!(!is_contributory(&point));
            let mut wrapped = WrappedKey([0; WRAPPED_KEY_BYTES]);
            wrapped.0[..32].copy_from_slice(&point);
            let result = recipient().open_wrap(b"", &wrapped).map(|key| key.id());
            assert_eq!(result, Err(OpenWrapError::WeakEphemeral), "{point:x?}");
        }
        assert!(is_contributory(&recipient().public()));
    }

    #[test]
    fn a_repeated_seed_never_repeats_a_cipher_key() {
        let ephemeral = |aad: &[u8], key: [u8; 32]| {
            let key = ContentKey::from_bytes(key);
            let wrapped = wrap(&recipient().public(), [6; 32], aad, &key).unwrap();
            wrapped.0[..32].to_vec()
        };
        assert_ne!(ephemeral(b"", [1; 32]), ephemeral(b"", [2; 32]));
        assert_ne!(ephemeral(b"a", [1; 32]), ephemeral(b"b", [1; 32]));
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", recipient()), "EncryptionKey(..)");
    }

    proptest! {
        #[test]
        fn round_trips(seed: [u8; 32], ephemeral: [u8; 32], key: [u8; 32], aad: Vec<u8>) {
            let recipient = EncryptionKey::from_seed(seed);
            let key = ContentKey::from_bytes(key);
            let wrapped = wrap(&recipient.public(), ephemeral, &aad, &key).unwrap();
            let read: WrappedKey = decode_canonical(&encode_canonical(&wrapped)).unwrap();
            prop_assert_eq!(read, wrapped);
            let opened = recipient.open_wrap(&aad, &read).unwrap();
            prop_assert_eq!(opened.expose_bytes(), key.expose_bytes());
        }
    }
}
