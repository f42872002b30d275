//! The envelope of a stored value: an 8-byte checksum before the bytes.
//!
//! It finds damage and misdirected records; it is no protection against a person who can write to
//! the disk, since anyone can compute it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use tongban_sync::storage::{Family, ReadError};

/// How many bytes of the hash stand before each value.
pub(crate) const CHECKSUM_LEN: usize = 8;

/// From how many bytes on a value is hashed in one piece with its key.
const AT_ONCE_BYTES: usize = 4_096;

/// The key of the checksum, derived once, so that it equals no other hash of the same bytes.
static CHECKSUM_KEY: LazyLock<[u8; 32]> =
    LazyLock::new(|| blake3::derive_key("tongban store record checksum v1", &[]));

/// Returns the stored form of a value.
pub(crate) fn seal(family: Family, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(CHECKSUM_LEN + value.len());
    stored.extend_from_slice(&checksum(family, key, value));
    stored.extend_from_slice(value);
    stored
}

/// Returns the value within its stored form, or reports the record as damaged.
pub(crate) fn unseal<'a>(
    family: Family,
    key: &[u8],
    stored: &'a [u8],
) -> Result<&'a [u8], ReadError> {
    match stored.split_first_chunk::<CHECKSUM_LEN>() {
        Some((sum, value)) if *sum == checksum(family, key, value) => Ok(value),
        _ => Err(damaged(family, key)),
    }
}

/// Returns the error that names a damaged record.
pub(crate) fn damaged(family: Family, key: &[u8]) -> ReadError {
    let mut hex = String::with_capacity(2 * key.len());
    for byte in key {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    ReadError::Damaged {
        family: family.name(),
        key: hex,
    }
}

/// Hashes family, key and value. Family and key are preceded by their lengths, so that no byte can
/// move from one field to the next unnoticed.
fn checksum(family: Family, key: &[u8], value: &[u8]) -> [u8; CHECKSUM_LEN] {
    let name = family.name().as_bytes();
    let [name_length, key_length] = [name, key].map(|field| (field.len() as u64).to_be_bytes());
    let fields = [&name_length[..], name, &key_length, key, value];
    let mut sum = [0; CHECKSUM_LEN];
    if value.len() >= AT_ONCE_BYTES {
        // BLAKE3 hashes the kilobytes of one piece side by side, those of several one after another.
        let whole = blake3::keyed_hash(&CHECKSUM_KEY, &fields.concat());
        sum.copy_from_slice(&whole.as_bytes()[..CHECKSUM_LEN]);
    } else {
        let mut hasher = blake3::Hasher::new_keyed(&CHECKSUM_KEY);
        for field in fields {
            hasher.update(field);
        }
        hasher.finalize_xof().fill(&mut sum);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_comes_back() {
        for value in [&b""[..], b"x", &[0xFF; 300]] {
            let stored = seal(Family::Entries, b"key", value);
            assert_eq!(stored.len(), CHECKSUM_LEN + value.len());
            assert_eq!(unseal(Family::Entries, b"key", &stored), Ok(value));
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let stored = seal(Family::Feeds, b"\x00\xFF", b"a value of some bytes");
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                unseal(Family::Feeds, b"\x00\xFF", &flipped),
                Err(ReadError::Damaged {
                    family: "feeds",
                    key: "00ff".to_owned()
                }),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_record_in_another_place_is_noticed() {
        let stored = seal(Family::Feeds, b"one", b"value");
        assert!(unseal(Family::Feeds, b"two", &stored).is_err());
        assert!(unseal(Family::Entries, b"one", &stored).is_err());
        // A byte that moves from the key to the value keeps the concatenation equal.
        let mut moved = seal(Family::Feeds, b"one", b"value");
        moved.insert(CHECKSUM_LEN, b'e');
        assert!(unseal(Family::Feeds, b"on", &moved).is_err());
    }

    #[test]
    fn a_long_value_has_the_checksum_of_its_fields_one_after_another() {
        for length in [0, 1, AT_ONCE_BYTES - 1, AT_ONCE_BYTES, 100_000] {
            let value: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut hasher = blake3::Hasher::new_keyed(&CHECKSUM_KEY);
            hasher.update(&5_u64.to_be_bytes()).update(b"feeds");
            hasher.update(&3_u64.to_be_bytes()).update(b"key");
            let whole = *hasher.update(&value).finalize().as_bytes();
            let sum = checksum(Family::Feeds, b"key", &value);
            assert_eq!(sum, whole[..CHECKSUM_LEN], "{length}");
        }
    }

    #[test]
    fn a_truncated_record_is_noticed() {
        let stored = seal(Family::Meta, b"k", b"value");
        for len in 0..stored.len() {
            assert!(unseal(Family::Meta, b"k", &stored[..len]).is_err());
        }
    }
}
