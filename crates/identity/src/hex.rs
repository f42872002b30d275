//! Lower-case hexadecimal for 32-byte values, shared by the id types. Not a general hex codec.

use std::fmt;

use thiserror::Error;

/// Says why a text is not the hexadecimal form of a 32-byte id.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum ParseHexError {
    /// The text does not have exactly 64 characters.
    #[error("expected 64 hexadecimal digits, found {0} bytes of text")]
    Length(usize),
    /// The text has a character other than 0-9, a-f, A-F at this byte offset.
    #[error("not a hexadecimal digit at offset {0}")]
    Digit(usize),
}

/// Writes bytes as lower-case hexadecimal.
pub(crate) fn write(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads exactly 64 hexadecimal digits of either case.
pub(crate) fn parse32(text: &str) -> Result<[u8; 32], ParseHexError> {
    if text.len() != 64 {
        return Err(ParseHexError::Length(text.len()));
    }
    let mut out = [0; 32];
    for (offset, byte) in text.bytes().enumerate() {
        let digit = char::from(byte)
            .to_digit(16)
            .ok_or(ParseHexError::Digit(offset))?;
        // A digit is below 16, so two of them fill one byte exactly.
        out[offset / 2] = (out[offset / 2] << 4) | digit as u8;
    }
    Ok(out)
}

/// Gives a newtype over 32 bytes its text and CBOR forms: lower-case hex, and a byte string of 32.
macro_rules! impl_bytes32 {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Returns the 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::hex::write(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ParseHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::hex::parse32(text).map(Self)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let start = d.position();
                let bytes = d.bytes()?;
                bytes.try_into().map(Self).map_err(|_| {
                    minicbor::decode::Error::message(concat!($what, " has 32 bytes")).at(start)
                })
            }
        }
    };
}
pub(crate) use impl_bytes32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_cases_and_names_the_fault() {
        assert_eq!(parse32(&"aF".repeat(32)), Ok([0xaf; 32]));
        assert_eq!(parse32("af"), Err(ParseHexError::Length(2)));
        let bad = format!("{}g0", "0".repeat(62));
        assert_eq!(parse32(&bad), Err(ParseHexError::Digit(62)));
        // A sign is no digit, and neither is a multi-byte character of fitting length.
        assert_eq!(
            parse32(&format!("+{}", "0".repeat(63))),
            Err(ParseHexError::Digit(0))
        );
        assert_eq!(
            parse32(&format!("市{}", "0".repeat(61))),
            Err(ParseHexError::Digit(0))
        );
    }
}
