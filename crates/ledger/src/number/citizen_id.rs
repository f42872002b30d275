//! Citizen identity numbers (公民身份号码, GB 11643), which never show themselves by accident.
//!
//! Debug, Display and every error hide the number. The division code is not looked up: retired codes stay in
//! numbers for ever.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::calendar::Day;
use crate::code::Code;

/// Reports why a text is not a citizen's number, without repeating any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CitizenIdError {
    /// The text is an old 15-digit number, out of use.
    #[error("15-digit identity numbers are out of use; ask for the 18-character number")]
    FifteenDigits,
    /// The text does not have 18 characters.
    #[error("an identity number has 18 characters")]
    Length,
    /// The text is not 17 digits and a digit or X.
    #[error("an identity number has 17 digits and then a digit or X")]
    Form,
    /// Digits 7 to 14 are not a real date.
    #[error("the birth date in the identity number is not a real date")]
    BirthDate,
    /// The birth date lies after today.
    #[error("the birth date in the identity number lies in the future")]
    BirthInFuture,
    /// The last character is not the check character.
    #[error("the check character of the identity number does not fit")]
    Check,
}

impl CitizenIdError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::IdNumber
    }
}

/// Holds a citizen's number with a valid birth date and check character.
///
/// Debug and Display write it masked (`3308************10`); only [`CitizenId::reveal`] and the codecs give it
/// whole, as text. It is personal data and belongs in sealed parts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenId {
    text: String,
    birth: Day,
}

impl CitizenId {
    /// Checks a number that someone typed; a lower-case x is stored as X.
    ///
    /// # Errors
    /// [`CitizenIdError`] for the first rule of GB 11643 that fails, or when the birth date lies after `today`.
    pub fn parse(text: &str, today: Day) -> Result<CitizenId, CitizenIdError> {
        let read = CitizenId::undated(text)?;
        if read.birth > today {
            return Err(CitizenIdError::BirthInFuture);
        }
        Ok(read)
    }

    /// Returns the whole number.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the birth date.
    pub const fn birth(&self) -> Day {
        self.birth
    }

    /// Checks all but the future: stored numbers are read where today is not known.
    fn undated(text: &str) -> Result<CitizenId, CitizenIdError> {
        let length = text.chars().count();
        if length == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CitizenIdError::FifteenDigits);
        }
        if length != 18 {
            return Err(CitizenIdError::Length);
        }
        let text = text.to_ascii_uppercase();
        let Some((&last, body)) = text.as_bytes().split_last() else {
            return Err(CitizenIdError::Length);
        };
        if !body.iter().all(u8::is_ascii_digit) || !(last.is_ascii_digit() || last == b'X') {
            return Err(CitizenIdError::Form);
        }
        let birth = birth_date(body).ok_or(CitizenIdError::BirthDate)?;
        if check_character(body) != last {
            return Err(CitizenIdError::Check);
        }
        Ok(CitizenId { text, birth })
    }
}

/// Reads digits 7 to 14 as a date.
fn birth_date(digits: &[u8]) -> Option<Day> {
    let number = |from: usize, to: usize| {
        let part = digits.get(from..to)?;
        Some(part.iter().fold(0_i16, |n, b| n * 10 + i16::from(b & 0x0f)))
    };
    let month = i8::try_from(number(10, 12)?).ok()?;
    let day = i8::try_from(number(12, 14)?).ok()?;
    Day::new(number(6, 10)?, month, day).ok()
}

/// Computes the check character of 17 digits (ISO 7064, MOD 11-2).
fn check_character(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit & 0x0f) * weight)
        .sum();
    match sum % 11 {
        0 => b'1',
        1 => b'0',
        2 => b'X',
        3 => b'9',
        4 => b'8',
        5 => b'7',
        6 => b'6',
        7 => b'5',
        8 => b'4',
        9 => b'3',
        _ => b'2',
    }
}

impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: String = self.text.chars().take(4).collect();
        let tail: String = self.text.chars().skip(16).collect();
        f.pad(&format!("{head}************{tail}"))
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The birth date is part of the number and stays hidden too.
        write!(f, "CitizenId({self})")
    }
}

impl Serialize for CitizenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for CitizenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a string, serde_json words its own error, which repeats a bare number; asked for anything,
        // it lets the visitor word it.
        deserializer.deserialize_any(Text)
    }
}

/// Reads a string and hides every value that is none: the stock messages would repeat a bare number.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = CitizenId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identity number as a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CitizenId, E> {
        CitizenId::undated(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<CitizenId, E> {
        Err(E::invalid_type(de::Unexpected::Other("a number"), &self))
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<CitizenId, E> {
        self.visit_i64(0)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<CitizenId, E> {
        self.visit_i64(0)
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<CitizenId, E> {
        self.visit_i64(0)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<CitizenId, E> {
        self.visit_i64(0)
    }
}

impl<C> Encode<C> for CitizenId {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.text)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for CitizenId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let text = d.str()?;
        let read = CitizenId::undated(text).map_err(decode::Error::custom)?;
        if read.text == text {
            Ok(read)
        } else {
            Err(decode::Error::custom(CitizenIdError::Form))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Day {
        "2026-09-07".parse().expect("a date")
    }

    #[test]
    fn numbers() {
        let check = |text: &str, expect: Result<&str, CitizenIdError>| {
            let got = CitizenId::parse(text, today());
            assert_eq!(
                got.as_ref().map(CitizenId::reveal),
                expect.as_ref().copied()
            );
        };
        // Made of the unassigned county 99, so no real person has them.
        check("330899198803170010", Ok("330899198803170010"));
        check("350799199306220024", Ok("350799199306220024"));
        check("34109919950101004X", Ok("34109919950101004X"));
        check("34109919950101004x", Ok("34109919950101004X"));
        check("33089920140304006X", Ok("33089920140304006X"));
        check("330899198803170011", Err(CitizenIdError::Check));
        check("33089919880317001X", Err(CitizenIdError::Check));
        check("330899198803710010", Err(CitizenIdError::BirthDate));
        check("330899198813170010", Err(CitizenIdError::BirthDate));
        check("330899198902290010", Err(CitizenIdError::BirthDate));
        check("330899000003170010", Err(CitizenIdError::BirthDate));
        check("330899880317001", Err(CitizenIdError::FifteenDigits));
        check("33089988031700X", Err(CitizenIdError::Length));
        check("33089919880317001", Err(CitizenIdError::Length));
        check("3308991988031700100", Err(CitizenIdError::Length));
        check("", Err(CitizenIdError::Length));
        check("33089919880317O010", Err(CitizenIdError::Form));
        check("33089919880317001Y", Err(CitizenIdError::Form));
        check("X30899198803170010", Err(CitizenIdError::Form));
        check("３30899198803170010", Err(CitizenIdError::Form));
    }

    #[test]
    fn a_birth_date_is_at_most_today() {
        let check = |today: &str, expect: Result<(), CitizenIdError>| {
            let today = today.parse().expect("a date of the test");
            let got = CitizenId::parse("330899198803170010", today);
            assert_eq!(got.map(|_| ()), expect);
        };
        check("1988-03-16", Err(CitizenIdError::BirthInFuture));
        check("1988-03-17", Ok(()));
    }

    #[test]
    fn the_number_hides_itself() {
        let id = CitizenId::parse("330899198803170010", today()).expect("valid");
        assert_eq!(id.to_string(), "3308************10");
        assert_eq!(format!("{id:?}"), "CitizenId(3308************10)");
        assert_eq!(id.birth().to_string(), "1988-03-17");
    }

    #[test]
    fn errors_hide_the_number() {
        let check = |json: &str| {
            let error = serde_json::from_str::<CitizenId>(json).expect_err("not a number");
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.replace('.', "").contains("3308"), "{shown}");
            }
        };
        check("\"330899198803170011\"");
        check("\"330899880317001\"");
        check("330899198803170010");
        check("-330899198803170010");
        check("330899198803170010.5");
        check("330899198803170010330899198803170010");
        check("[\"330899198803170010\"]");
        check("{\"330899198803170010\": 1}");
        for bytes in [
            minicbor::to_vec("330899198803170011").expect("memory write"),
            minicbor::to_vec(330_899_198_803_170_010_u64).expect("memory write"),
        ] {
            let error = minicbor::decode::<CitizenId>(&bytes).expect_err("not a number");
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.replace('.', "").contains("3308"), "{shown}");
            }
        }
    }

    #[test]
    fn codecs_keep_the_whole_number() {
        let id = CitizenId::parse("34109919950101004x", today()).expect("valid");
        let bytes = minicbor::to_vec(&id).expect("memory write");
        assert_eq!(
            minicbor::decode::<CitizenId>(&bytes).expect("own bytes"),
            id
        );
        let json = serde_json::to_string(&id).expect("string");
        assert_eq!(json, "\"34109919950101004X\"");
        assert_eq!(
            serde_json::from_str::<CitizenId>(&json).expect("own text"),
            id
        );
        let lower = minicbor::to_vec("34109919950101004x").expect("memory write");
        assert!(minicbor::decode::<CitizenId>(&lower).is_err());
    }
}
