//! `Signed<T>`, which anyone may have written, and `Verified<T>`, which only checking can make.
//!
//! Whether the signer was *entitled* to sign is no question of this module, except where the value
//! itself names its only possible signer.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::suite::is_domain;
use crate::{
    DecodeError, KeyError, PublicKey, Signature, SignatureError, Signer, decode_canonical,
    encode_canonical,
};

/// A value that can be signed: it has a domain and one canonical encoding.
///
/// For a type with `minicbor` traits, `encode` is [`encode_canonical`] and `decode` is
/// [`decode_canonical`].
pub trait Signable: Sized {
    /// Keeps signatures of different purposes apart; a constant such as `tongban/entry/v1`, without
    /// zero bytes (checked when compiling).
    const DOMAIN: &'static str;

    /// Returns the canonical encoding.
    fn encode(&self) -> Vec<u8>;

    /// Reads a value from its canonical encoding.
    ///
    /// # Errors
    /// The bytes are not the canonical encoding of a valid value.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;

    /// Tells whether this key may sign this value at all, as far as the value itself says.
    fn accepts_signer(&self, _key: &PublicKey) -> bool {
        true
    }
}

/// An encoded value with a signature that nobody has checked yet.
///
/// CBOR: `[bytes, signature]`, the value's encoding wrapped in a byte string. Equal values may carry
/// different signatures, so things are identified by the hash of `bytes` alone.
pub struct Signed<T> {
    bytes: Vec<u8>,
    signature: Signature,
    value: PhantomData<fn() -> T>,
}

/// A value whose signature was verified, together with the signer and the signed bytes.
///
/// There is no way to one but [`Signed::verify`] and signing oneself with [`Signed::sign`].
pub struct Verified<T> {
    value: T,
    signer: PublicKey,
    signed: Signed<T>,
}

/// Says why a signed value was not accepted.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The bytes are not the canonical encoding of a valid value.
    #[error("the signed value cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// The key that the value names as its signer is not usable.
    #[error("the signer's key is unusable: {0}")]
    Key(#[from] KeyError),
    /// The value names another signer than the given key.
    #[error("the value is not for this key to sign")]
    WrongSigner,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Says why a value cannot be signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// No reader would accept the value: a limit is exceeded or its encoding is not canonical.
    #[error("the value would be refused by every reader: {0}")]
    Invalid(#[from] DecodeError),
    /// The value names another signer than the given key.
    #[error("the value is not for this key to sign")]
    WrongSigner,
}

impl<T> Signed<T> {
    /// Joins bytes and signature as they were received; nothing is checked.
    pub fn from_parts(bytes: Vec<u8>, signature: Signature) -> Self {
        Self {
            bytes,
            signature,
            value: PhantomData,
        }
    }

    /// Returns the signed encoding of the value.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the unchecked signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl<T: Signable> Signed<T> {
    const DOMAIN: &'static [u8] = {
        assert!(is_domain(T::DOMAIN.as_bytes()));
        T::DOMAIN.as_bytes()
    };

    /// Signs a value.
    ///
    /// # Errors
    /// The value would not survive [`Signed::verify`], or names another signer than `key`.
    pub fn sign(value: T, key: &impl Signer) -> Result<Verified<T>, SignError> {
        let bytes = value.encode();
        let value = decode_checked::<T>(&bytes)?;
        let signer = key.public();
        if !value.accepts_signer(&signer) {
            return Err(SignError::WrongSigner);
        }
        let signature = key.sign(Self::DOMAIN, &bytes);
        Ok(Verified {
            value,
            signer,
            signed: Self::from_parts(bytes, signature),
        })
    }

    /// Decodes the value and verifies that `key` signed it.
    ///
    /// # Errors
    /// The bytes are not canonical, the value names another signer, or the signature does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<Verified<T>, VerifyError> {
        self.verify_by(|_| Ok(*key))
    }

    /// Verifies with the key that the decoded, still unverified value names.
    pub(crate) fn verify_by(
        &self,
        signer_of: impl FnOnce(&T) -> Result<PublicKey, KeyError>,
    ) -> Result<Verified<T>, VerifyError> {
        let value = self.peek()?;
        let signer = signer_of(&value)?;
        if !value.accepts_signer(&signer) {
            return Err(VerifyError::WrongSigner);
        }
        signer.verify(Self::DOMAIN, &self.bytes, &self.signature)?;
        Ok(Verified {
            value,
            signer,
            signed: self.clone(),
        })
    }

    /// Decodes the value without verifying anything, to find out which key to verify with.
    ///
    /// # Errors
    /// The bytes are not the canonical encoding of a valid value.
    pub fn peek(&self) -> Result<T, DecodeError> {
        decode_checked(&self.bytes)
    }

    /// Encodes as CBOR `[bytes, signature]`.
    pub fn to_vec(&self) -> Vec<u8> {
        encode_canonical(self)
    }

    /// Decodes the CBOR form `[bytes, signature]`, still without verifying.
    ///
    /// # Errors
    /// The bytes are not the canonical encoding of that array. The value inside is not looked at.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

/// Decodes, and holds every implementation of [`Signable`] to its one encoding.
fn decode_checked<T: Signable>(bytes: &[u8]) -> Result<T, DecodeError> {
    let value = T::decode(bytes)?;
    if value.encode() == bytes {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        Self::from_parts(self.bytes.clone(), self.signature)
    }
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.signature == other.signature
    }
}

impl<T> Eq for Signed<T> {}

impl<T> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Signed({} bytes, {:?})",
            self.bytes.len(),
            self.signature
        )
    }
}

impl<T, C> Encode<C> for Signed<T> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?
            .bytes(&self.bytes)?
            .encode_with(self.signature, ctx)?
            .ok()
    }
}

impl<'b, T, C> Decode<'b, C> for Signed<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        if d.array()? != Some(2) {
            return Err(decode::Error::message("expected [bytes, signature]").at(start));
        }
        Ok(Self::from_parts(d.bytes()?.to_vec(), d.decode_with(ctx)?))
    }
}

impl<T> Verified<T> {
    /// Returns the key that signed.
    pub fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// Returns the bytes and signature, for storing and sending on.
    pub fn signed(&self) -> &Signed<T> {
        &self.signed
    }

    /// Takes the value out; that it was verified is then no longer recorded.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Takes the bytes and signature out, for storing and sending on.
    pub fn into_signed(self) -> Signed<T> {
        self.signed
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Clone> Clone for Verified<T> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            signer: self.signer,
            signed: self.signed.clone(),
        }
    }
}

impl<T> PartialEq for Verified<T> {
    fn eq(&self, other: &Self) -> bool {
        // The value is a function of the bytes.
        self.signer == other.signer && self.signed == other.signed
    }
}

impl<T> Eq for Verified<T> {}

impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("value", &self.value)
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::DeviceKey;

    #[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
    struct Note {
        #[n(0)]
        number: u64,
        #[n(1)]
        text: String,
    }

    impl Signable for Note {
        const DOMAIN: &'static str = "tongban/test-note/v1";

        fn encode(&self) -> Vec<u8> {
            encode_canonical(self)
        }

        fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
            decode_canonical(bytes)
        }
    }

    /// Has two encodings, which its own `decode` does not notice.
    #[derive(Debug)]
    struct Sloppy;

    impl Signable for Sloppy {
        const DOMAIN: &'static str = "tongban/test-sloppy/v1";

        fn encode(&self) -> Vec<u8> {
            vec![0]
        }

        fn decode(_: &[u8]) -> Result<Self, DecodeError> {
            Ok(Self)
        }
    }

    /// Encodes to what its own `decode` refuses.
    #[derive(Debug)]
    struct Unreadable;

    impl Signable for Unreadable {
        const DOMAIN: &'static str = "tongban/test-unreadable/v1";

        fn encode(&self) -> Vec<u8> {
            Vec::new()
        }

        fn decode(_: &[u8]) -> Result<Self, DecodeError> {
            Err(DecodeError::Truncated)
        }
    }

    fn note() -> Verified<Note> {
        let note = Note {
            number: 1,
            text: "收件".into(),
        };
        Signed::sign(note, &DeviceKey::from_seed([3; 32])).unwrap()
    }

    #[test]
    fn every_flipped_byte_is_refused() {
        let note = note();
        let wire = note.signed().to_vec();
        let read = Signed::<Note>::from_slice(&wire).unwrap();
        assert_eq!(read.verify(note.signer()).unwrap(), note);
        for at in 0..wire.len() {
            for flip in [1, 0x20, 0x80] {
                let mut bad = wire.clone();
                bad[at] ^= flip;
                let accepted = Signed::<Note>::from_slice(&bad)
                    .is_ok_and(|signed| signed.verify(note.signer()).is_ok());
                assert!(!accepted, "byte {at} flipped by {flip:#x}");
            }
        }
    }

    #[test]
    fn another_key_or_domain_is_refused() {
        let note = note();
        let other = DeviceKey::from_seed([4; 32]).public();
        assert!(matches!(
            note.signed().verify(&other),
            Err(VerifyError::Signature(_))
        ));
        let foreign = Signed::<Sloppy>::from_parts(vec![0], *note.signed().signature());
        assert!(matches!(
            foreign.verify(note.signer()),
            Err(VerifyError::Signature(_))
        ));
    }

    #[test]
    fn a_signature_over_another_encoding_is_refused() {
        let key = DeviceKey::from_seed([3; 32]);
        // The signer itself signed a longer form of the number 1.
        let bytes = vec![0x82, 0x18, 0x01, 0x61, b'a'];
        let signature = key.sign(Note::DOMAIN.as_bytes(), &bytes);
        let signed = Signed::<Note>::from_parts(bytes, signature);
        assert!(matches!(
            signed.verify(&key.public()),
            Err(VerifyError::Decode(DecodeError::NotCanonical))
        ));
        let signature = key.sign(Sloppy::DOMAIN.as_bytes(), &[1]);
        let signed = Signed::<Sloppy>::from_parts(vec![1], signature);
        assert!(matches!(
            signed.verify(&key.public()),
            Err(VerifyError::Decode(DecodeError::NotCanonical))
        ));
    }

    #[test]
    fn what_no_reader_accepts_is_not_signed() {
        let result = Signed::sign(Unreadable, &DeviceKey::from_seed([3; 32]));
        assert!(matches!(result, Err(SignError::Invalid(_))));
    }

    proptest! {
        #[test]
        fn round_trips(seed: [u8; 32], number: u64, text: String) {
            let key = DeviceKey::from_seed(seed);
            let note = Signed::sign(Note { number, text }, &key).unwrap();
            let read = Signed::<Note>::from_slice(&note.signed().to_vec()).unwrap();
            prop_assert_eq!(&read, note.signed());
            let again = read.verify(&key.public()).unwrap();
            prop_assert_eq!(again.into_inner(), note.into_inner());
        }
    }
}
