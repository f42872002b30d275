//! Codes of administrative divisions. Whether a code is assigned to anyone is not known here.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A six-digit division code of GB/T 2260 (行政区划代码).
///
/// Text: six ASCII digits, leading zeros kept. CBOR: an unsigned integer of at most 999999.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DivisionCode(u32);

/// Says that a text or number is no six-digit division code.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("a division code has six digits")]
pub struct ParseDivisionCodeError;

impl DivisionCode {
    /// Takes the code as a number.
    ///
    /// # Errors
    /// The number has more than six digits.
    pub const fn new(code: u32) -> Result<Self, ParseDivisionCodeError> {
        if code > 999_999 {
            Err(ParseDivisionCodeError)
        } else {
            Ok(Self(code))
        }
    }

    /// Returns the code as a number.
    pub const fn value(self) -> u32 {
        self.0
    }

    /// Returns the first two digits, which name the province (省级).
    pub const fn province(self) -> u32 {
        self.0 / 10_000
    }

    /// Returns the first four digits, which name the prefecture (地级).
    pub const fn prefecture(self) -> u32 {
        self.0 / 100
    }
}

impl serde::Serialize for DivisionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for DivisionCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl TryFrom<u32> for DivisionCode {
    type Error = ParseDivisionCodeError;

    fn try_from(code: u32) -> Result<Self, Self::Error> {
        Self::new(code)
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DivisionCode {
    type Err = ParseDivisionCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseDivisionCodeError);
        }
        text.parse()
            .map_err(|_| ParseDivisionCodeError)
            .and_then(Self::new)
    }
}

impl<C> minicbor::Encode<C> for DivisionCode {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u32(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for DivisionCode {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let start = d.position();
        Self::new(d.u32()?).map_err(|error| minicbor::decode::Error::custom(error).at(start))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{decode_canonical, encode_canonical};

    #[test]
    fn takes_six_digits_only() {
        for text in [
            "", "12345", "1234567", "+12345", "-12345", "12 345", "12345a", "１２",
        ] {
            assert_eq!(
                text.parse::<DivisionCode>(),
                Err(ParseDivisionCodeError),
                "{text}"
            );
        }
        let code: DivisionCode = "019999".parse().unwrap();
        assert_eq!(
            (code.value(), code.province(), code.prefecture()),
            (19_999, 1, 199)
        );
        assert_eq!(code.to_string(), "019999");
        assert!(decode_canonical::<DivisionCode>(&encode_canonical(&1_000_000u32)).is_err());
    }

    proptest! {
        #[test]
        fn round_trips(value in 0u32..1_000_000) {
            let code = DivisionCode::new(value).unwrap();
            prop_assert_eq!(code.to_string().parse::<DivisionCode>(), Ok(code));
            prop_assert_eq!(
                decode_canonical::<DivisionCode>(&encode_canonical(&code)).unwrap(),
                code
            );
        }
    }
}
