//! Numbers that people type: identity numbers, credit codes, tracking numbers and case numbers.
//!
//! Each type is made only by checking and has one written form. Here is no registry: a well-formed number may
//! still belong to nobody.

mod case_no;
mod citizen_id;
mod s10;
mod tracking;
mod uscc;

pub use case_no::{CaseNo, CaseNoError};
pub use citizen_id::{CitizenId, CitizenIdError};
pub use s10::{S10Error, check_s10};
pub use tracking::{TrackingKind, TrackingNo, TrackingNoError};
pub use uscc::{Uscc, UsccCheck, UsccError};

/// Gives a type with `FromStr` and `Display` its codecs: a string in JSON, a text in CBOR.
///
/// JSON accepts what a person may type; CBOR accepts the written form only, so that signed bytes have one form.
macro_rules! text_codec {
    ($name:ident) => {
        $crate::number::text_serde!($name);

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.to_string())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let text = d.str()?;
                let read: $name = text.parse().map_err(minicbor::decode::Error::custom)?;
                if read.to_string() == text {
                    Ok(read)
                } else {
                    Err(minicbor::decode::Error::message(
                        "the number is not in its written form",
                    ))
                }
            }
        }
    };
}

/// The same for JSON alone.
macro_rules! text_serde {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use text_codec;
use text_serde;

/// The alphabet of GB 32100, without I, O, S, V and Z; a character's value is its place.
const GB32100_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Computes the GB 32100 check character: weights 3^i mod 31, complement to 31.
///
/// Returns nothing when a character lies outside the alphabet.
fn gb32100_check(body: &[u8]) -> Option<char> {
    let mut sum = 0;
    let mut weight = 1;
    for byte in body {
        let value = GB32100_ALPHABET.iter().position(|c| c == byte)?;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    // The outer remainder matters: a sum of zero gives 31, which is no place of the alphabet.
    let place = (31 - sum) % 31;
    GB32100_ALPHABET.get(place).map(|&c| char::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_wraps_at_zero() {
        let check = |body: &str, expect: Option<char>| {
            assert_eq!(gb32100_check(body.as_bytes()), expect, "{body}");
        };
        check("00000000000000000", Some('0'));
        check("91110106697694187", Some('2'));
        check("91350100M000100Y4", Some('3'));
        check("330800260907000123", Some('2'));
        check("9111010669769418I", None);
        check("9111010669769418a", None);
    }
}
