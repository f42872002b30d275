//! Certificates: what a city's root key says about its devices and its encryption key.
//!
//! A city id *is* the root public key, so a certificate verifies with nothing else at hand. Whether
//! it was revoked since is for the agreement's history to say.

use std::fmt;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::wrap::is_contributory;
use crate::{
    CityId, DecodeError, Hash32, PublicKey, RootKey, SignError, Signable, Signed, Verified,
    VerifyError, decode_canonical, encode_canonical,
};

/// The greatest length of a device label, in bytes of UTF-8.
pub const MAX_LABEL_BYTES: usize = 64;

/// The most heads that a revocation names.
pub const MAX_KEPT_HEADS: usize = 64;

/// The version number that opens every certificate.
const VERSION: u8 = 1;

crate::hash_newtype! {
    /// Identifies a certificate: the hash of its signed bytes, without the signature.
    pub struct CertHash;
}

/// A statement that only the root key of the city it names can sign.
pub trait Certificate: Signable {
    /// Separates hashes of this kind of certificate from all others.
    const HASH_DOMAIN: &'static str;

    /// Returns the city that speaks.
    fn city(&self) -> CityId;
}

/// A city's statement that a key is one of its devices.
///
/// CBOR: `[1, city, device key, label, serial, issued]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceCert {
    /// The city, whose root key signs.
    pub city: CityId,
    /// The device's signing key.
    pub device: PublicKey,
    /// A name for people, at most [`MAX_LABEL_BYTES`] of UTF-8, without control characters.
    pub label: String,
    /// Counts the city's device certificates.
    pub serial: u64,
    /// The claimed time of issue, in Unix seconds.
    pub issued: i64,
}

/// A city's statement of the X25519 key to which content keys are wrapped for it.
///
/// CBOR: `[1, city, x25519 key, serial, issued]`, the key as a byte string of exactly 32.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EncryptionCert {
    /// The city, whose root key signs.
    pub city: CityId,
    /// The public X25519 key (RFC 7748), not of small order.
    pub x25519: [u8; 32],
    /// Counts the city's encryption certificates.
    pub serial: u64,
    /// The claimed time of issue, in Unix seconds.
    pub issued: i64,
}

/// A city's statement that a device certificate no longer speaks for it.
///
/// CBOR: `[1, city, certificate, [kept hash…], issued]`. The kept hashes name heads of an agreement's
/// history: what the device signed there, as far as it lies under one of them, stays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// The city, whose root key signs.
    pub city: CityId,
    /// The certificate that is revoked.
    pub cert: CertHash,
    /// Heads of an agreement under which the device's entries stay, ascending; at most
    /// [`MAX_KEPT_HEADS`].
    pub keeps: Vec<Hash32>,
    /// The claimed time of issue, in Unix seconds.
    pub issued: i64,
}

/// A certificate with a signature that nobody has checked yet. CBOR: as [`Signed`].
pub struct RootSigned<T>(Signed<T>);

/// A device certificate as it travels.
pub type SignedDeviceCert = RootSigned<DeviceCert>;

/// A revocation as it travels.
pub type SignedRevocation = RootSigned<Revocation>;

/// An encryption certificate as it travels.
pub type SignedEncryptionCert = RootSigned<EncryptionCert>;

impl DeviceCert {
    /// Signs the certificate with the city's root key.
    ///
    /// # Errors
    /// The label is not acceptable, or `root` is not the root key of `city`.
    pub fn sign(self, root: &RootKey) -> Result<Verified<Self>, SignError> {
        Signed::sign(self, root)
    }
}

impl EncryptionCert {
    /// Signs the certificate with the city's root key.
    ///
    /// # Errors
    /// The X25519 key is of small order, or `root` is not the root key of `city`.
    pub fn sign(self, root: &RootKey) -> Result<Verified<Self>, SignError> {
        Signed::sign(self, root)
    }
}

impl Revocation {
    /// Signs the revocation with the city's root key.
    ///
    /// # Errors
    /// The heads are not ascending or too many, or `root` is not the root key of `city`.
    pub fn sign(self, root: &RootKey) -> Result<Verified<Self>, SignError> {
        Signed::sign(self, root)
    }
}

impl<T: Certificate> RootSigned<T> {
    /// Verifies the certificate with the root key that its city id is.
    ///
    /// # Errors
    /// The bytes are not canonical, the city id is no usable key, or the signature does not hold.
    pub fn verify(&self) -> Result<Verified<T>, VerifyError> {
        self.0.verify_by(|cert| cert.city().public_key())
    }

    /// Returns the certificate's id. Known before verifying: other signatures do not change it.
    pub fn cert_hash(&self) -> CertHash {
        CertHash(Hash32::hash(T::HASH_DOMAIN, &[self.0.bytes()]))
    }

    /// Encodes as CBOR `[bytes, signature]`.
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Decodes CBOR `[bytes, signature]`, without verifying.
    ///
    /// # Errors
    /// The bytes are not the canonical encoding of that array.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

impl<T: Certificate> Verified<T> {
    /// Returns the certificate's id.
    pub fn cert_hash(&self) -> CertHash {
        CertHash(Hash32::hash(T::HASH_DOMAIN, &[self.signed().bytes()]))
    }

    /// Returns the certificate as it travels.
    pub fn to_root_signed(&self) -> RootSigned<T> {
        RootSigned(self.signed().clone())
    }
}

impl<T> From<Signed<T>> for RootSigned<T> {
    fn from(signed: Signed<T>) -> Self {
        Self(signed)
    }
}

impl<T> AsRef<Signed<T>> for RootSigned<T> {
    fn as_ref(&self) -> &Signed<T> {
        &self.0
    }
}

impl<T> Clone for RootSigned<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for RootSigned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for RootSigned<T> {}

impl<T> fmt::Debug for RootSigned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RootSigned").field(&self.0).finish()
    }
}

impl<T, C> Encode<C> for RootSigned<T> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        self.0.encode(e, ctx)
    }
}

impl<'b, T, C> Decode<'b, C> for RootSigned<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        Signed::decode(d, ctx).map(Self)
    }
}

macro_rules! impl_certificate {
    ($name:ident, $domain:literal, $hash_domain:literal) => {
        impl Certificate for $name {
            const HASH_DOMAIN: &'static str = $hash_domain;

            fn city(&self) -> CityId {
                self.city
            }
        }

        impl Signable for $name {
            const DOMAIN: &'static str = $domain;

            fn encode(&self) -> Vec<u8> {
                encode_canonical(self)
            }

            fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                decode_canonical(bytes)
            }

            fn accepts_signer(&self, key: &PublicKey) -> bool {
                self.city.public_key().as_ref() == Ok(key)
            }
        }
    };
}

impl_certificate!(
    DeviceCert,
    "tongban/device-cert/v1",
    "tongban/device-cert-hash/v1"
);
impl_certificate!(
    EncryptionCert,
    "tongban/encryption-cert/v1",
    "tongban/encryption-cert-hash/v1"
);

impl_certificate!(
    Revocation,
    "tongban/revocation/v1",
    "tongban/revocation-hash/v1"
);

/// Says which rule a certificate of well-formed CBOR breaks; travels inside `DecodeError`.
#[derive(Debug, Error)]
enum CertRule {
    #[error("a certificate of this kind has {0} fields")]
    Fields(u64),
    #[error("certificate version {0} is unknown")]
    Version(u8),
    #[error("the label exceeds {MAX_LABEL_BYTES} bytes or has control characters")]
    Label,
    #[error("the kept heads are not ascending, or more than {MAX_KEPT_HEADS}")]
    KeptHeads,
    #[error("a weak X25519 key, for which anyone could unwrap")]
    WeakEncryptionKey,
}

impl CertRule {
    fn at(self, position: usize) -> decode::Error {
        decode::Error::custom(self).at(position)
    }
}

fn decode_opening(d: &mut Decoder<'_>, fields: u64) -> Result<(), decode::Error> {
    let start = d.position();
    if d.array()? != Some(fields) {
        return Err(CertRule::Fields(fields).at(start));
    }
    match d.u8()? {
        VERSION => Ok(()),
        other => Err(CertRule::Version(other).at(start)),
    }
}

impl<C> Encode<C> for DeviceCert {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(6)?
            .u8(VERSION)?
            .encode_with(self.city, ctx)?
            .encode_with(self.device, ctx)?;
        e.str(&self.label)?.u64(self.serial)?.i64(self.issued)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DeviceCert {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        decode_opening(d, 6)?;
        let city = d.decode_with(ctx)?;
        let device = d.decode_with(ctx)?;
        let start = d.position();
        let label = d.str()?;
        if label.len() > MAX_LABEL_BYTES || label.chars().any(char::is_control) {
            return Err(CertRule::Label.at(start));
        }
        Ok(Self {
            city,
            device,
            label: label.to_owned(),
            serial: d.u64()?,
            issued: d.i64()?,
        })
    }
}

impl<C> Encode<C> for EncryptionCert {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?.u8(VERSION)?.encode_with(self.city, ctx)?;
        e.bytes(&self.x25519)?
            .u64(self.serial)?
            .i64(self.issued)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for EncryptionCert {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        decode_opening(d, 5)?;
        let city = d.decode_with(ctx)?;
        let start = d.position();
        let x25519: [u8; 32] = d
            .bytes()?
            .try_into()
            .map_err(|_| decode::Error::message("an X25519 key has 32 bytes").at(start))?;
        if !is_contributory(&x25519) {
            return Err(CertRule::WeakEncryptionKey.at(start));
        }
        Ok(Self {
            city,
            x25519,
            serial: d.u64()?,
            issued: d.i64()?,
        })
    }
}

impl<C> Encode<C> for Revocation {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?
            .u8(VERSION)?
            .encode_with(self.city, ctx)?
            .encode_with(self.cert, ctx)?
            .encode_with(&self.keeps, ctx)?
            .i64(self.issued)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for Revocation {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        decode_opening(d, 5)?;
        let city = d.decode_with(ctx)?;
        let cert = d.decode_with(ctx)?;
        let start = d.position();
        let keeps: Vec<Hash32> = d.decode_with(ctx)?;
        let ascending = keeps.windows(2).all(|pair| pair[0] < pair[1]);
        if keeps.len() > MAX_KEPT_HEADS || !ascending {
            return Err(CertRule::KeptHeads.at(start));
        }
        Ok(Self {
            city,
            cert,
            keeps,
            issued: d.i64()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{DeviceKey, EncryptionKey};

    fn root() -> RootKey {
        RootKey::from_seed([1; 32])
    }

    fn device_cert() -> DeviceCert {
        DeviceCert {
            city: root().city(),
            device: DeviceKey::from_seed([2; 32]).public(),
            label: "窗口 3".into(),
            serial: 1,
            issued: 1_750_000_000,
        }
    }

    fn encryption_cert() -> EncryptionCert {
        EncryptionCert {
            city: root().city(),
            x25519: EncryptionKey::from_seed([3; 32]).public(),
            serial: 1,
            issued: -1,
        }
    }

    fn every_flip_is_refused<T: Certificate>(cert: &Verified<T>) {
        let wire = cert.signed().to_vec();
        assert!(RootSigned::<T>::from_slice(&wire).unwrap().verify().is_ok());
        for at in 0..wire.len() {
            for bit in 0..8 {
                let mut bad = wire.clone();
                bad[at] ^= 1 << bit;
                let accepted =
                    RootSigned::<T>::from_slice(&bad).is_ok_and(|cert| cert.verify().is_ok());
                assert!(!accepted, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        every_flip_is_refused(&device_cert().sign(&root()).unwrap());
        every_flip_is_refused(&encryption_cert().sign(&root()).unwrap());
    }

    #[test]
    fn only_the_named_city_can_sign() {
        let other = RootKey::from_seed([9; 32]);
        assert!(matches!(
            device_cert().sign(&other),
            Err(SignError::WrongSigner)
        ));
        assert!(matches!(
            encryption_cert().sign(&other),
            Err(SignError::WrongSigner)
        ));
        let device = DeviceKey::from_seed([2; 32]);
        assert!(matches!(
            Signed::sign(device_cert(), &device),
            Err(SignError::WrongSigner)
        ));
        // A hand-made signature by another key, offered together with that key.
        let bytes = Signable::encode(&device_cert());
        let signature = device.sign(DeviceCert::DOMAIN.as_bytes(), &bytes);
        let signed = Signed::<DeviceCert>::from_parts(bytes, signature);
        assert!(matches!(
            signed.verify(&device.public()),
            Err(VerifyError::WrongSigner)
        ));
        assert!(matches!(
            RootSigned(signed).verify(),
            Err(VerifyError::Signature(_))
        ));
    }

    #[test]
    fn labels_have_limits() {
        let labelled = |label: String| {
            DeviceCert {
                label,
                ..device_cert()
            }
            .sign(&root())
        };
        assert!(labelled("a".repeat(MAX_LABEL_BYTES)).is_ok());
        assert!(labelled(String::new()).is_ok());
        for label in [
            "a".repeat(MAX_LABEL_BYTES + 1),
            "窗".repeat(22),
            "a\u{1b}[2J".into(),
        ] {
            assert!(matches!(labelled(label), Err(SignError::Invalid(_))));
        }
    }

    #[test]
    fn weak_keys_are_refused() {
        // The city id is a point of small order: anyone could sign for it.
        let mut cert = device_cert();
        cert.city = CityId([0; 32]);
        let bytes = Signable::encode(&cert);
        let signature = root().sign(DeviceCert::DOMAIN.as_bytes(), &bytes);
        let result = RootSigned(Signed::<DeviceCert>::from_parts(bytes, signature)).verify();
        assert!(matches!(result, Err(VerifyError::Key(_))));
        // The device key is one: its 32 bytes follow the version, the city and a pair's head.
        let mut bytes = Signable::encode(&device_cert());
        let start = 1 + 1 + 34 + 4;
        assert_eq!(&bytes[start..start + 32], device_cert().device.as_bytes());
        bytes[start..start + 32].fill(0);
        let signature = root().sign(DeviceCert::DOMAIN.as_bytes(), &bytes);
        let result = RootSigned(Signed::<DeviceCert>::from_parts(bytes, signature)).verify();
        assert!(matches!(
            result,
            Err(VerifyError::Decode(DecodeError::Unexpected(_)))
        ));
        // The encryption key is one.
        for first in [0, 1] {
            let mut cert = encryption_cert();
            cert.x25519 = [0; 32];
            cert.x25519[0] = first;
            assert!(matches!(cert.sign(&root()), Err(SignError::Invalid(_))));
        }
    }

    #[test]
    fn unknown_versions_are_refused() {
        let mut bytes = Signable::encode(&device_cert());
        assert_eq!(bytes[1], VERSION);
        bytes[1] = 2;
        let error = <DeviceCert as Signable>::decode(&bytes).unwrap_err();
        assert!(matches!(error, DecodeError::Unexpected(_)));
        assert!(error.to_string().contains("expected type"), "{error}");
    }

    #[test]
    fn the_signature_is_no_part_of_the_id() {
        let cert = device_cert().sign(&root()).unwrap();
        let mut signature = *cert.signed().signature();
        signature.bytes[0] ^= 1;
        let bytes = cert.signed().bytes().to_vec();
        let other = SignedDeviceCert::from(Signed::from_parts(bytes, signature));
        assert_ne!(other, cert.to_root_signed());
        assert_eq!(other.cert_hash(), cert.cert_hash());
        let next = DeviceCert {
            serial: 2,
            ..device_cert()
        }
        .sign(&root())
        .unwrap();
        assert_ne!(next.cert_hash(), cert.cert_hash());
    }

    proptest! {
        #[test]
        fn device_certs_round_trip(
            seed: [u8; 32], label in "[^\\p{Cc}]{0,16}", serial: u64, issued: i64,
        ) {
            let root = RootKey::from_seed(seed);
            let device = DeviceKey::from_seed([2; 32]).public();
            let cert = DeviceCert { city: root.city(), device, label, serial, issued };
            let signed = cert.clone().sign(&root).unwrap().to_root_signed();
            let read = SignedDeviceCert::from_slice(&signed.to_vec()).unwrap();
            prop_assert_eq!(read.verify().unwrap().into_inner(), cert);
        }

        #[test]
        fn encryption_certs_round_trip(seed: [u8; 32], serial: u64, issued: i64) {
            let root = RootKey::from_seed(seed);
            let x25519 = EncryptionKey::from_seed(seed).public();
            let cert = EncryptionCert { city: root.city(), x25519, serial, issued };
            let signed = cert.clone().sign(&root).unwrap().to_root_signed();
            let read = SignedEncryptionCert::from_slice(&signed.to_vec()).unwrap();
            prop_assert_eq!(read.verify().unwrap().into_inner(), cert);
        }
    }
}
