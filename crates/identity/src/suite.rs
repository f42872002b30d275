//! Signature suites, public keys, signatures, and the one place where a signature is verified.
//!
//! Every replica must accept the same set of signatures, or a hostile member could split them. For
//! suite 1 that set is what `verify_strict` accepts; nothing here or elsewhere verifies otherwise. (A simulator
//! may remember an answer, and what it signed itself: `memo`.)

use std::fmt;

use ed25519_dalek::VerifyingKey;
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::memo;

/// An algorithm for signatures and its hash. CBOR: its number.
///
/// Number 2 is kept for SM2 with SM3.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
#[repr(u8)]
pub enum Suite {
    /// Ed25519 (RFC 8032), verified strictly: no small-order points, no non-canonical scalar.
    Ed25519 = 1,
}

/// Names a suite number that this version does not know.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("signature suite {0} is unknown")]
pub struct UnknownSuite(pub u8);

impl Suite {
    /// Returns the number that stands for this suite in encodings.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u8> for Suite {
    type Error = UnknownSuite;

    fn try_from(number: u8) -> Result<Self, UnknownSuite> {
        match number {
            1 => Ok(Self::Ed25519),
            other => Err(UnknownSuite(other)),
        }
    }
}

/// A public key that is fit to verify with.
///
/// It exists only as a valid curve point in its one canonical encoding and not of small order.
/// CBOR: `[suite, bytes]` with a byte string of exactly 32.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicKey {
    suite: Suite,
    bytes: [u8; 32],
}

/// Says why bytes are not a usable public key.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum KeyError {
    /// The bytes are no point of the curve, or not that point's canonical encoding.
    #[error("not a public key")]
    NotAKey,
    /// The point has small order: anyone could sign for it.
    #[error("a weak public key, for which anyone could sign")]
    Weak,
}

/// Says why a signature does not hold.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum SignatureError {
    /// The key and the signature are of different suites.
    #[error("the signature is of suite {signature:?}, the key of suite {key:?}")]
    Suite {
        /// The suite of the key.
        key: Suite,
        /// The suite of the signature.
        signature: Suite,
    },
    /// This key did not sign this message for this domain.
    #[error("the signature does not verify")]
    Invalid,
}

impl PublicKey {
    /// Takes the bytes of a key after checking them.
    ///
    /// # Errors
    /// The bytes are no curve point, not its canonical encoding, or a point of small order.
    pub fn new(suite: Suite, bytes: [u8; 32]) -> Result<Self, KeyError> {
        let Suite::Ed25519 = suite;
        if memo::is_key(&bytes) {
            return Ok(Self { suite, bytes });
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAKey)?;
        // Weakness first: the small-order points have most of the non-canonical encodings.
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        if key.to_edwards().compress().to_bytes() != bytes {
            return Err(KeyError::NotAKey);
        }
        memo::note_key(bytes);
        Ok(Self { suite, bytes })
    }

    /// Returns the key's suite.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Returns the 32 bytes of the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Checks that the holder of this key signed `message` for `domain`.
    ///
    /// The signed bytes are `domain || 0x00 || message`; a domain has no zero byte.
    ///
    /// # Errors
    /// The signature is of another suite, or does not hold.
    pub fn verify(
        &self,
        domain: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        if self.suite != signature.suite {
            return Err(SignatureError::Suite {
                key: self.suite,
                signature: signature.suite,
            });
        }
        let Suite::Ed25519 = self.suite;
        let signed = signing_bytes(domain, message);
        let name = memo::name(&self.bytes, &signed);
        if memo::holds(name, signature) {
            return Ok(());
        }
        VerifyingKey::from_bytes(&self.bytes)
            .and_then(|key| {
                let claimed = ed25519_dalek::Signature::from_bytes(&signature.bytes);
                key.verify_strict(&signed, &claimed)
            })
            .map_err(|_| SignatureError::Invalid)?;
        memo::note_verified(name, signature);
        Ok(())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:", self.suite)?;
        crate::hex::write(&self.bytes, f)
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?
            .u8(self.suite.number())?
            .bytes(&self.bytes)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        let (suite, bytes) = decode_pair(d)?;
        Self::new(suite, bytes).map_err(|error| decode::Error::custom(error).at(start))
    }
}

/// A signature of one suite; whether it holds is known only after verifying.
///
/// CBOR: `[suite, bytes]` with a byte string of exactly 64. Suite 1: `R || S` of RFC 8032.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Signature {
    /// The suite that made the signature.
    pub suite: Suite,
    /// The signature itself.
    pub bytes: [u8; 64],
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:", self.suite)?;
        crate::hex::write(&self.bytes, f)
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?
            .u8(self.suite.number())?
            .bytes(&self.bytes)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let (suite, bytes) = decode_pair(d)?;
        Ok(Self { suite, bytes })
    }
}

/// Reads `[suite, bytes]` with exactly `N` bytes.
fn decode_pair<const N: usize>(d: &mut Decoder<'_>) -> Result<(Suite, [u8; N]), decode::Error> {
    let start = d.position();
    if d.array()? != Some(2) {
        return Err(decode::Error::message("expected [suite, bytes]").at(start));
    }
    let suite = Suite::try_from(d.u8()?).map_err(|error| decode::Error::custom(error).at(start))?;
    let bytes = d
        .bytes()?
        .try_into()
        .map_err(|_| decode::Error::message("wrong number of bytes for this suite").at(start))?;
    Ok((suite, bytes))
}

/// Joins domain and message into the bytes that are signed.
pub(crate) fn signing_bytes(domain: &[u8], message: &[u8]) -> Vec<u8> {
    debug_assert!(
        is_domain(domain),
        "a domain is a constant without zero bytes"
    );
    let mut bytes = Vec::with_capacity(domain.len() + 1 + message.len());
    bytes.extend_from_slice(domain);
    bytes.push(0);
    bytes.extend_from_slice(message);
    bytes
}

/// Tells whether a domain leaves no doubt where it ends before the separating zero byte.
pub(crate) const fn is_domain(domain: &[u8]) -> bool {
    let mut at = 0;
    while at < domain.len() {
        if domain[at] == 0 {
            return false;
        }
        at += 1;
    }
    !domain.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceKey, decode_canonical, encode_canonical};

    const DOMAIN: &[u8] = b"tongban/test/v1";

    /// The eight points of small order, then other encodings of some of them.
    const SMALL_ORDER: [&str; 12] = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    /// The order of the base point, little-endian (RFC 8032 §5.1).
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

    fn bytes32(hex: &str) -> [u8; 32] {
        crate::hex::parse32(hex).unwrap()
    }

    #[test]
    fn small_order_keys_are_refused() {
        for hex in SMALL_ORDER {
            let result = PublicKey::new(Suite::Ed25519, bytes32(hex));
            // Depending on the curve library an odd encoding is weak or no key at all.
            assert!(result.is_err(), "{hex}");
            let mut cbor = vec![0x82, 1, 0x58, 32];
            cbor.extend(bytes32(hex));
            assert!(decode_canonical::<PublicKey>(&cbor).is_err(), "{hex}");
        }
        for hex in &SMALL_ORDER[..8] {
            assert_eq!(
                PublicKey::new(Suite::Ed25519, bytes32(hex)),
                Err(KeyError::Weak),
                "{hex}"
            );
        }
    }

    #[test]
    fn second_encodings_of_a_key_are_refused() {
        // y = 3 + p is another writing of y = 3, which is on the curve and not of small order.
        let mut canonical = [0; 32];
        canonical[0] = 3;
        assert!(PublicKey::new(Suite::Ed25519, canonical).is_ok());
        let mut other = [0xff; 32];
        other[0] = 0xed + 3;
        other[31] = 0x7f;
        assert_eq!(
            PublicKey::new(Suite::Ed25519, other),
            Err(KeyError::NotAKey)
        );
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        // With A the identity and S = 1, R = B satisfies the equation for every message; only the
        // strict check refuses it. The key is built past `new`, which would not let it exist.
        let weak = PublicKey {
            suite: Suite::Ed25519,
            bytes: bytes32(SMALL_ORDER[0]),
        };
        let mut bytes = [0x66; 64];
        bytes[0] = 0x58;
        bytes[32..].fill(0);
        bytes[32] = 1;
        let signature = Signature {
            suite: Suite::Ed25519,
            bytes,
        };
        assert_eq!(
            weak.verify(DOMAIN, b"any", &signature),
            Err(SignatureError::Invalid)
        );
    }

    #[test]
    fn a_second_writing_of_s_is_refused() {
        let key = DeviceKey::from_seed([9; 32]);
        let good = key.sign(DOMAIN, b"message");
        assert_eq!(key.public().verify(DOMAIN, b"message", &good), Ok(()));
        // S + L equals S modulo the order of the group.
        let mut bad = good;
        let mut carry = 0u16;
        for (byte, order) in bad.bytes[32..].iter_mut().zip(bytes32(ORDER)) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert_eq!(carry, 0);
        assert_ne!(good, bad);
        let result = key.public().verify(DOMAIN, b"message", &bad);
        assert_eq!(result, Err(SignatureError::Invalid));
    }

    #[test]
    fn every_flipped_byte_of_a_signature_is_refused() {
        let key = DeviceKey::from_seed([9; 32]);
        let good = key.sign(DOMAIN, b"message");
        for at in 0..64 {
            let mut bad = good;
            bad.bytes[at] ^= 0x40;
            assert!(
                key.public().verify(DOMAIN, b"message", &bad).is_err(),
                "{at}"
            );
        }
        assert!(
            key.public()
                .verify(b"tongban/other/v1", b"message", &good)
                .is_err()
        );
        assert!(key.public().verify(DOMAIN, b"massage", &good).is_err());
        let other = DeviceKey::from_seed([8; 32]).public();
        assert!(other.verify(DOMAIN, b"message", &good).is_err());
    }

    #[test]
    fn unknown_suites_are_refused() {
        let signature = DeviceKey::from_seed([9; 32]).sign(DOMAIN, b"");
        let mut bytes = encode_canonical(&signature);
        assert_eq!(decode_canonical::<Signature>(&bytes).unwrap(), signature);
        bytes[1] = 2;
        assert!(decode_canonical::<Signature>(&bytes).is_err());
        assert_eq!(Suite::try_from(2), Err(UnknownSuite(2)));
        assert_eq!(Suite::try_from(Suite::Ed25519.number()), Ok(Suite::Ed25519));
    }

    #[test]
    fn agrees_with_rfc_8032() {
        // RFC 8032 §7.1, test 1: the key of this seed.
        let seed = bytes32("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let expect = bytes32("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(DeviceKey::from_seed(seed).public().as_bytes(), &expect);
    }

    #[test]
    fn a_domain_has_no_zero_byte() {
        assert!(is_domain(DOMAIN));
        assert!(!is_domain(b"a\0b"));
        assert!(!is_domain(b""));
        assert_eq!(signing_bytes(b"d", b"m"), b"d\0m");
    }
}
