//! Signing keys of cities and their devices. How they are stored is `sealed_file`'s business.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroize;

use crate::suite::signing_bytes;
use crate::{CityId, PublicKey, Signature, Suite, memo};

/// A holder of a secret key that signs.
pub trait Signer {
    /// Returns the public half.
    fn public(&self) -> PublicKey;

    /// Signs `domain || 0x00 || message`.
    fn sign(&self, domain: &[u8], message: &[u8]) -> Signature;
}

macro_rules! signing_key {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// Suite 1 (Ed25519). The secret is overwritten when the key is dropped and never shown.
        pub struct $name {
            key: SigningKey,
            public: PublicKey,
        }

        impl $name {
            /// Makes the key of a 32-byte secret seed, which must come from a good random source.
            pub fn from_seed(mut seed: [u8; 32]) -> Self {
                let key = SigningKey::from_bytes(&seed);
                seed.zeroize();
                let public = PublicKey::new(Suite::Ed25519, key.verifying_key().to_bytes())
                    .expect("a clamped secret never gives a point of small order");
                Self { key, public }
            }

            /// Returns the public half.
            pub fn public(&self) -> PublicKey {
                self.public
            }

            /// Signs `domain || 0x00 || message`. A domain is a constant without zero bytes.
            pub fn sign(&self, domain: &[u8], message: &[u8]) -> Signature {
                let signed = signing_bytes(domain, message);
                let name = memo::name(self.public.as_bytes(), &signed);
                if let Some(signature) = memo::made(name) {
                    return signature;
                }
                let bytes = self.key.sign(&signed).to_bytes();
                let signature = Signature { suite: Suite::Ed25519, bytes };
                memo::note_made(name, signature);
                signature
            }
        }

        impl Signer for $name {
            fn public(&self) -> PublicKey {
                Self::public(self)
            }

            fn sign(&self, domain: &[u8], message: &[u8]) -> Signature {
                Self::sign(self, domain, message)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

signing_key! {
    /// A city's root key, which certifies and revokes its devices and is otherwise kept offline.
    RootKey
}

signing_key! {
    /// The key of one device of a city, which signs entries.
    DeviceKey
}

impl RootKey {
    /// Returns the id of the city that this key *is*.
    pub fn city(&self) -> CityId {
        CityId(self.key.verifying_key().to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(
            format!("{:?}", RootKey::from_seed([0x5a; 32])),
            "RootKey(..)"
        );
        assert_eq!(
            format!("{:?}", DeviceKey::from_seed([0x5a; 32])),
            "DeviceKey(..)"
        );
    }

    #[test]
    fn secrets_are_wiped_on_drop() {
        fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        wiped(&RootKey::from_seed([1; 32]).key);
    }

    proptest! {
        #[test]
        fn signatures_verify(seed: [u8; 32], message: Vec<u8>) {
            let key = DeviceKey::from_seed(seed);
            let signature = key.sign(b"tongban/test/v1", &message);
            prop_assert_eq!(key.public().verify(b"tongban/test/v1", &message, &signature), Ok(()));
            prop_assert!(key.public().verify(b"tongban/test/v2", &message, &signature).is_err());
        }
    }
}
