//! Strict canonical CBOR: one value, one encoding. Not a codec of its own; `minicbor` does that.
//!
//! Ids are hashes of encodings, so a second accepted encoding of one value would be a second id for
//! it. Bytes are therefore first walked without allocating, then decoded, then compared with what
//! the decoded value encodes to.

use minicbor::decode::Decoder;
use minicbor::encode::{Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

/// The greatest nesting of arrays, maps and tags that decoding accepts.
pub const MAX_DEPTH: usize = 32;

/// Says why bytes are not the canonical encoding of a value.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The bytes end inside an item, or an item claims more content than there are bytes left.
    #[error("the encoding ends early")]
    Truncated,
    /// Bytes follow the one item.
    #[error("{0} bytes follow the encoded item")]
    TrailingBytes(usize),
    /// The bytes decode, but another encoding of the same value is the canonical one.
    #[error("the encoding is not the canonical one")]
    NotCanonical,
    /// A kind of item that canonical encodings do not use: floats, `undefined`, other simple values.
    #[error("an item of a kind that is not used here")]
    UnusedKind,
    /// Items nest deeper than [`MAX_DEPTH`].
    #[error("items nest deeper than {MAX_DEPTH}")]
    TooDeep,
    /// The item is well-formed CBOR but not a value of the expected type.
    #[error("not a value of the expected type: {0}")]
    Unexpected(#[from] minicbor::decode::Error),
}

/// Encodes a value.
///
/// The encoding is canonical when the type's own `Encode` always writes the same bytes for equal
/// values; `minicbor` itself writes shortest integers and definite lengths.
pub fn encode_canonical<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a Vec takes every byte, and no Encode here refuses a value")
}

/// Decodes bytes that must be the canonical encoding of exactly one value.
///
/// Refuses bytes left over, indefinite lengths, integers and lengths longer than needed, floats,
/// nesting beyond [`MAX_DEPTH`], and everything that the decoded value would encode differently
/// (unknown array fields, map keys out of order or twice). A length that claims more items than
/// bytes are left is refused before anything is decoded, so memory stays proportional to the input.
///
/// # Errors
/// Any of the above, or the bytes are no value of `T`.
pub fn decode_canonical<T>(bytes: &[u8]) -> Result<T, DecodeError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    check_shape(bytes)?;
    let value: T = Decoder::new(bytes).decode()?;
    let mut rest = SameBytes(bytes);
    let same = Encoder::new(&mut rest).encode(&value).is_ok();
    if same && rest.0.is_empty() {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

/// A writer that accepts only the bytes it expects, so re-encoding needs no second buffer.
struct SameBytes<'a>(&'a [u8]);

#[derive(Debug)]
struct Different;

impl Write for SameBytes<'_> {
    type Error = Different;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Different> {
        self.0 = self.0.strip_prefix(written).ok_or(Different)?;
        Ok(())
    }
}

/// Walks one item iteratively and checks everything that does not depend on its type.
fn check_shape(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut rest = bytes;
    // How many items each open container still expects; the outermost "container" is the input.
    let mut open = [0u64; MAX_DEPTH + 1];
    let mut depth = 0;
    open[0] = 1;
    loop {
        while open[depth] == 0 {
            if depth == 0 {
                return match rest.len() {
                    0 => Ok(()),
                    left => Err(DecodeError::TrailingBytes(left)),
                };
            }
            depth -= 1;
        }
        open[depth] -= 1;
        let (kind, argument) = read_head(&mut rest)?;
        let children = match kind {
            0 | 1 => 0,
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| DecodeError::Truncated)?;
                rest = rest.get(length..).ok_or(DecodeError::Truncated)?;
                0
            }
            4 => argument,
            5 => argument.checked_mul(2).ok_or(DecodeError::Truncated)?,
            6 => 1,
            // false, true and null.
            _ if (20..=22).contains(&argument) => 0,
            _ => return Err(DecodeError::UnusedKind),
        };
        if children > 0 {
            depth += 1;
            *open.get_mut(depth).ok_or(DecodeError::TooDeep)? = children;
        }
    }
}

/// Reads an item's head: its major type (RFC 8949 §3) and its argument in shortest form.
fn read_head(rest: &mut &[u8]) -> Result<(u8, u64), DecodeError> {
    let (&first, after) = rest.split_first().ok_or(DecodeError::Truncated)?;
    let (kind, info) = (first >> 5, first & 0x1f);
    let (width, least) = match info {
        0..=23 => (0, 0),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return Err(DecodeError::NotCanonical),
    };
    if kind == 7 && width > 0 {
        return Err(DecodeError::UnusedKind);
    }
    let (argument, after) = after
        .split_at_checked(width)
        .ok_or(DecodeError::Truncated)?;
    *rest = after;
    if width == 0 {
        return Ok((kind, u64::from(info)));
    }
    let value = argument
        .iter()
        .fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
    if value < least {
        return Err(DecodeError::NotCanonical);
    }
    Ok((kind, value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Sample = (u64, i64, String, Vec<Option<u32>>, BTreeMap<u8, bool>);

    fn refused<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> DecodeError {
        decode_canonical::<T>(bytes).err().expect("must be refused")
    }

    #[test]
    fn trailing_bytes_are_refused() {
        assert_eq!(decode_canonical::<u32>(&[0x05]).unwrap(), 5);
        assert!(matches!(
            refused::<u32>(&[0x05, 0x05]),
            DecodeError::TrailingBytes(1)
        ));
        assert!(matches!(refused::<u32>(&[]), DecodeError::Truncated));
    }

    #[test]
    fn longer_integers_than_needed_are_refused() {
        for bytes in [
            &[0x18, 0x17][..],
            &[0x19, 0x00, 0xff],
            &[0x1a, 0x00, 0x00, 0xff, 0xff],
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        ] {
            // Already the walk refuses, not only the comparison after decoding.
            assert!(
                matches!(check_shape(bytes), Err(DecodeError::NotCanonical)),
                "{bytes:x?}"
            );
            assert!(
                matches!(refused::<u64>(bytes), DecodeError::NotCanonical),
                "{bytes:x?}"
            );
        }
        assert_eq!(decode_canonical::<u64>(&[0x18, 0x18]).unwrap(), 24);
        // The length of a text, and of an array, in a longer form.
        assert!(matches!(
            refused::<String>(&[0x78, 0x01, b'a']),
            DecodeError::NotCanonical
        ));
        assert!(matches!(
            refused::<Vec<u8>>(&[0x98, 0x01, 0x00]),
            DecodeError::NotCanonical
        ));
    }

    #[test]
    fn indefinite_lengths_are_refused() {
        assert!(matches!(
            refused::<Vec<u8>>(&[0x9f, 0x01, 0xff]),
            DecodeError::NotCanonical
        ));
        assert!(matches!(
            refused::<BTreeMap<u8, u8>>(&[0xbf, 0x01, 0x01, 0xff]),
            DecodeError::NotCanonical
        ));
        assert!(matches!(
            refused::<String>(&[0x7f, 0x61, b'a', 0xff]),
            DecodeError::NotCanonical
        ));
    }

    #[test]
    fn unordered_or_double_map_keys_are_refused() {
        assert!(decode_canonical::<BTreeMap<u8, u8>>(&[0xa2, 1, 0, 2, 0]).is_ok());
        for bytes in [[0xa2, 2, 0, 1, 0], [0xa2, 1, 0, 1, 0]] {
            assert!(matches!(
                refused::<BTreeMap<u8, u8>>(&bytes),
                DecodeError::NotCanonical
            ));
        }
    }

    #[test]
    fn huge_claims_are_refused_before_decoding() {
        let eight_ff = [0xff; 8];
        for head in [0x5b, 0x7b, 0x9b, 0xbb] {
            let mut bytes = vec![head];
            bytes.extend_from_slice(&eight_ff);
            assert!(
                matches!(check_shape(&bytes), Err(DecodeError::Truncated)),
                "{head:x}"
            );
        }
        // One element too few for the claim.
        assert!(matches!(
            check_shape(&[0x83, 1, 1]),
            Err(DecodeError::Truncated)
        ));
        assert!(matches!(
            check_shape(&[0xa2, 1, 1, 1]),
            Err(DecodeError::Truncated)
        ));
        assert!(matches!(
            check_shape(&[0x43, 1, 1]),
            Err(DecodeError::Truncated)
        ));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let mut bytes = vec![0x81; depth];
            bytes.push(0);
            bytes
        };
        assert!(check_shape(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(
            check_shape(&nested(MAX_DEPTH + 1)),
            Err(DecodeError::TooDeep)
        ));
        assert!(matches!(
            check_shape(&nested(1_000_000)),
            Err(DecodeError::TooDeep)
        ));
    }

    #[test]
    fn floats_and_odd_simple_values_are_refused() {
        for bytes in [
            &[0xf9, 0, 0][..],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xf7],
            &[0xe0],
            &[0xf8, 20],
        ] {
            assert!(
                matches!(check_shape(bytes), Err(DecodeError::UnusedKind)),
                "{bytes:x?}"
            );
        }
        assert!(decode_canonical::<bool>(&[0xf5]).is_ok());
    }

    #[derive(Debug, Decode, Encode)]
    struct OneField {
        #[n(0)]
        value: u8,
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert_eq!(decode_canonical::<OneField>(&[0x81, 1]).unwrap().value, 1);
        assert!(matches!(
            refused::<OneField>(&[0x82, 1, 2]),
            DecodeError::NotCanonical
        ));
        assert!(matches!(
            refused::<OneField>(&[0x80]),
            DecodeError::Unexpected(_)
        ));
    }

    proptest! {
        #[test]
        fn values_round_trip(sample: Sample) {
            let bytes = encode_canonical(&sample);
            prop_assert_eq!(decode_canonical::<Sample>(&bytes).unwrap(), sample);
        }

        #[test]
        fn accepted_bytes_are_the_encoding(bytes: Vec<u8>) {
            if let Ok(value) = decode_canonical::<Vec<Option<i32>>>(&bytes) {
                prop_assert_eq!(encode_canonical(&value), bytes);
            }
        }

        #[test]
        fn every_changed_byte_changes_the_value_or_is_refused(
            sample: Sample, at: prop::sample::Index, flip in 1u8..,
        ) {
            let mut bytes = encode_canonical(&sample);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Ok(other) = decode_canonical::<Sample>(&bytes) {
                prop_assert_ne!(other, sample);
            }
        }
    }
}
