//! A domain-separated, unambiguous BLAKE3 hash, and the newtype macro for ids made of it.

use crate::hex::impl_bytes32;

/// A 32-byte hash. Text: 64 lower-case hex digits. CBOR: a byte string of exactly 32.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Hash32(pub [u8; 32]);

impl_bytes32!(Hash32, "a hash");

impl Hash32 {
    /// Hashes a list of parts for one purpose.
    ///
    /// BLAKE3 in its derive-key mode with `domain` as the context; then for each part its length as
    /// a little-endian `u64` and its bytes. Lists that differ in any border between parts therefore
    /// differ in their hash input, and no plain BLAKE3 hash of anything equals one of these.
    pub fn hash(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(domain);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// Declares an id that is a [`Hash32`] of one particular thing.
///
/// The new type is `Copy` and ordered, shows as 64 lower-case hex digits, parses from them, and is
/// a byte string of exactly 32 in CBOR. The calling crate depends on `minicbor`.
///
/// ```
/// tongban_identity::hash_newtype! {
///     /// Identifies a stamp.
///     pub struct StampId;
/// }
/// let id = StampId(tongban_identity::Hash32::hash("example/stamp/v1", &[b"red"]));
/// assert_eq!(id.to_string().parse::<StampId>(), Ok(id));
/// ```
#[macro_export]
macro_rules! hash_newtype {
    ($(#[$meta:meta])* $vis:vis struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        $vis struct $name(pub $crate::Hash32);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ParseHexError;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl<C> ::minicbor::Encode<C> for $name {
            fn encode<W: ::minicbor::encode::Write>(
                &self,
                e: &mut ::minicbor::Encoder<W>,
                ctx: &mut C,
            ) -> ::std::result::Result<(), ::minicbor::encode::Error<W::Error>> {
                ::minicbor::Encode::encode(&self.0, e, ctx)
            }
        }

        impl<'b, C> ::minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut ::minicbor::Decoder<'b>,
                ctx: &mut C,
            ) -> ::std::result::Result<Self, ::minicbor::decode::Error> {
                ::minicbor::Decode::decode(d, ctx).map(Self)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{decode_canonical, encode_canonical};

    #[test]
    fn borders_between_parts_and_domains_matter() {
        let ab_c = Hash32::hash("d", &[b"ab", b"c"]);
        assert_ne!(ab_c, Hash32::hash("d", &[b"a", b"bc"]));
        assert_ne!(ab_c, Hash32::hash("d", &[b"abc"]));
        assert_ne!(ab_c, Hash32::hash("d", &[b"ab", b"c", b""]));
        assert_ne!(ab_c, Hash32::hash("e", &[b"ab", b"c"]));
        assert_eq!(ab_c, Hash32::hash("d", &[b"ab", b"c"]));
    }

    #[test]
    fn the_definition_is_pinned() {
        // Any change here changes every id ever made.
        let mut input = 2u64.to_le_bytes().to_vec();
        input.extend_from_slice(b"ab");
        assert_eq!(
            Hash32::hash("d", &[b"ab"]).0,
            blake3::derive_key("d", &input)
        );
    }

    #[test]
    fn cbor_takes_exactly_32_bytes() {
        for length in [31u8, 33] {
            let mut bytes = vec![0x58, length];
            bytes.extend(std::iter::repeat_n(0, usize::from(length)));
            assert!(decode_canonical::<Hash32>(&bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn round_trips(bytes: [u8; 32]) {
            let hash = Hash32(bytes);
            prop_assert_eq!(hash.to_string().parse::<Hash32>(), Ok(hash));
            prop_assert_eq!(decode_canonical::<Hash32>(&encode_canonical(&hash)).unwrap(), hash);
        }
    }
}
