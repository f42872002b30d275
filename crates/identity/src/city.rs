//! The id of a city, which is its root public key. Names and division codes are mere attributes.

use crate::hash::Hash32;
use crate::hex::impl_bytes32;
use crate::{Fingerprint, KeyError, PublicKey, Suite};

/// A city: the 32 bytes of its Ed25519 root public key.
///
/// Text: 64 lower-case hex digits. CBOR: a byte string of exactly 32. The bytes are not checked to
/// be a usable key until [`CityId::public_key`] is asked.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CityId(pub [u8; 32]);

impl_bytes32!(CityId, "a city id");

impl CityId {
    /// Returns the root key, of [`Suite::Ed25519`].
    ///
    /// # Errors
    /// The bytes are no curve point, not the point's one canonical encoding, or of small order.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::new(Suite::Ed25519, self.0)
    }

    /// Returns what two people read to each other to be sure they mean the same city.
    ///
    /// The first 20 bytes of [`Hash32::hash`] with domain `tongban/fingerprint/v1` over the id.
    pub fn fingerprint(&self) -> Fingerprint {
        let hash = Hash32::hash("tongban/fingerprint/v1", &[&self.0]);
        let mut first = [0; 20];
        first.copy_from_slice(&hash.0[..20]);
        Fingerprint(first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{RootKey, decode_canonical, encode_canonical};

    #[test]
    fn is_the_root_public_key() {
        let root = RootKey::from_seed([7; 32]);
        assert_eq!(root.city().public_key(), Ok(root.public()));
        assert_eq!(CityId([0; 32]).public_key(), Err(KeyError::Weak));
    }

    #[test]
    fn fingerprints_tell_cities_apart() {
        let one = CityId([1; 32]);
        let mut other = one;
        other.0[31] ^= 1;
        assert_ne!(one.fingerprint(), other.fingerprint());
    }

    proptest! {
        #[test]
        fn round_trips(bytes: [u8; 32]) {
            let city = CityId(bytes);
            prop_assert_eq!(city.to_string().parse::<CityId>(), Ok(city));
            prop_assert_eq!(decode_canonical::<CityId>(&encode_canonical(&city)).unwrap(), city);
        }
    }
}
