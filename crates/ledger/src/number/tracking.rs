//! Tracking numbers of parcels: S10, the numeric postal forms, and other carriers.
//!
//! The numeric forms have no published check digit, so only their shape is known; carriers are not asked.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::s10::{S10Error, check_s10};
use super::text_serde;
use crate::code::Code;

/// The fewest characters of a tracking number.
const LENGTH_MIN: usize = 8;
/// The most.
const LENGTH_MAX: usize = 35;

/// Says which family a tracking number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrackingKind {
    /// A UPU S10 number with a valid check digit, as EMS and registered mail carry.
    S10,
    /// Thirteen digits of EMS, beginning 10, 11, 50, 51, 95 or 97.
    EmsNumeric,
    /// Thirteen digits of a China Post parcel, beginning 96, 98 or 99.
    PostNumeric,
    /// A number of another carrier, known by its characters and length only.
    Other,
}

/// Reports why a text is not a tracking number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackingNoError {
    /// The text has the two-letter postal form but is not a valid S10 number.
    #[error("not a postal number: {0}")]
    S10(#[from] S10Error),
    /// The text is shorter than 8 or longer than 35 characters.
    #[error("a tracking number has 8 to 35 characters")]
    Length,
    /// The text holds something other than letters, digits and hyphens.
    #[error("a tracking number has letters A-Z, digits and hyphens only")]
    Character,
}

impl TrackingNoError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::TrackingNumber
    }
}

/// Holds a tracking number in upper case.
///
/// Two letters, digits and two letters is the postal form and must pass S10, with nine digits: a mistyped
/// postal number must not pass for one of another carrier. Encoded as text in CBOR and JSON.
///
/// The characters lie in the value itself: bills read a million of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingNo {
    /// The characters, and zeros behind them: so numbers are ordered as texts are.
    text: [u8; LENGTH_MAX],
    length: u8,
    kind: TrackingKind,
}

impl TrackingNo {
    /// Reads the written form alone, in upper case, as this type writes it: what was written once is read often.
    ///
    /// # Errors
    /// As reading what a person typed; a lower-case letter is a wrong character.
    pub fn from_written(text: &[u8]) -> Result<TrackingNo, TrackingNoError> {
        if !text.iter().all(|byte| is_written(*byte)) {
            return Err(TrackingNoError::Character);
        }
        let mut number = TrackingNo {
            text: [0; LENGTH_MAX],
            length: u8::try_from(text.len()).map_err(|_| TrackingNoError::Length)?,
            kind: TrackingKind::Other,
        };
        match number.text.get_mut(..text.len()) {
            Some(place) if text.len() >= LENGTH_MIN => place.copy_from_slice(text),
            _ => return Err(TrackingNoError::Length),
        }
        number.kind = kind_of(text)?;
        Ok(number)
    }

    /// Returns the family of the number.
    pub const fn kind(&self) -> TrackingKind {
        self.kind
    }

    /// Returns the written form.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn bytes(&self) -> &[u8] {
        let text = self.text.get(..usize::from(self.length));
        text.unwrap_or_default()
    }

    /// Returns the number as it is compared with others, without hyphens: carriers and people write them at will, and
    /// one number is paid for once however it is written.
    pub fn bare(&self) -> Cow<'_, str> {
        match self.text.contains(&b'-') {
            true => Cow::Owned(self.as_str().replace('-', "")),
            false => Cow::Borrowed(self.as_str()),
        }
    }

    /// A number that equal tracking numbers share (FNV-1a over [`TrackingNo::bare`]), so that a million of them are sorted
    /// as integers. Unequal ones may share it too and are told apart afterwards.
    pub(crate) fn bucket(&self) -> u64 {
        let bytes = self.bytes().iter().filter(|byte| **byte != b'-');
        bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

impl fmt::Display for TrackingNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TrackingNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrackingNo").field(&self.as_str()).finish()
    }
}

/// Reads a number in either case, without spaces.
impl FromStr for TrackingNo {
    type Err = TrackingNoError;

    fn from_str(text: &str) -> Result<TrackingNo, TrackingNoError> {
        TrackingNo::from_written(text.to_ascii_uppercase().as_bytes())
    }
}

text_serde!(TrackingNo);

impl<C> minicbor::Encode<C> for TrackingNo {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

/// Takes the written form alone, so that equal numbers have equal bytes.
impl<'b, C> minicbor::Decode<'b, C> for TrackingNo {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        TrackingNo::from_written(d.str()?.as_bytes()).map_err(minicbor::decode::Error::custom)
    }
}

/// Whether a byte may stand in a written number.
const fn is_written(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'
}

fn kind_of(text: &[u8]) -> Result<TrackingKind, S10Error> {
    if let [a, b, digits @ .., c, d] = text {
        let letters = [a, b, c, d].iter().all(|l| l.is_ascii_uppercase());
        if letters && digits.iter().all(u8::is_ascii_digit) {
            check_s10(text)?;
            return Ok(TrackingKind::S10);
        }
    }
    if text.len() != 13 || !text.iter().all(u8::is_ascii_digit) {
        return Ok(TrackingKind::Other);
    }
    Ok(match text {
        [b'1', b'0' | b'1', ..] | [b'5', b'0' | b'1', ..] | [b'9', b'5' | b'7', ..] => {
            TrackingKind::EmsNumeric
        }
        [b'9', b'6' | b'8' | b'9', ..] => TrackingKind::PostNumeric,
        _ => TrackingKind::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let check = |text: &str, expect: Result<TrackingKind, TrackingNoError>| {
            let got = text.parse::<TrackingNo>();
            assert_eq!(got.as_ref().map(TrackingNo::kind), expect.as_ref().copied());
            if let Ok(number) = got {
                assert_eq!(number.as_str(), text.to_ascii_uppercase());
                assert_eq!(number.to_string().parse(), Ok(number));
            }
        };
        check("EZ900000019CN", Ok(TrackingKind::S10));
        check("ez900000019cn", Ok(TrackingKind::S10));
        check("RR473124829GB", Ok(TrackingKind::S10));
        check("EZ900000018CN", Err(TrackingNoError::S10(S10Error::Check)));
        for text in ["EZ90000001CN", "EZ9000000190CN", "AB1234CD"] {
            check(text, Err(TrackingNoError::S10(S10Error::Form)));
        }
        for start in ["10", "11", "50", "51", "95", "97"] {
            check(&format!("{start}12345678901"), Ok(TrackingKind::EmsNumeric));
            check(&format!("{start}1234567890"), Ok(TrackingKind::Other));
        }
        for start in ["96", "98", "99"] {
            check(
                &format!("{start}12345678901"),
                Ok(TrackingKind::PostNumeric),
            );
        }
        check("9412345678901", Ok(TrackingKind::Other));
        check("SF1234567890123", Ok(TrackingKind::Other));
        check("yt-88-1234", Ok(TrackingKind::Other));
        check(&"7".repeat(8), Ok(TrackingKind::Other));
        check(&"7".repeat(35), Ok(TrackingKind::Other));
        check(&"7".repeat(7), Err(TrackingNoError::Length));
        check(&"7".repeat(36), Err(TrackingNoError::Length));
        check("", Err(TrackingNoError::Length));
        for text in [
            "SF 1234567890",
            "SF１２３４５６７８",
            "SF1234567/8",
            "SF12345678\n",
        ] {
            check(text, Err(TrackingNoError::Character));
        }
    }

    #[test]
    fn numbers_are_ordered_as_their_texts() {
        let mut texts: Vec<String> = ["SF-00001", "SF-000010", "SF000010", "SF-0000Z", "7-7-7-7-7"]
            .map(str::to_owned)
            .into();
        texts.extend((8..=35).map(|length| "7".repeat(length)));
        let read = |text: &String| text.parse::<TrackingNo>().expect("valid");
        let mut numbers: Vec<TrackingNo> = texts.iter().map(read).collect();
        numbers.sort_unstable();
        texts.sort_unstable();
        let written: Vec<&str> = numbers.iter().map(TrackingNo::as_str).collect();
        assert_eq!(written, texts);
    }

    #[test]
    fn codecs_keep_the_written_form() {
        let number: TrackingNo = "EZ900000019CN".parse().expect("valid");
        let bytes = minicbor::to_vec(&number).expect("memory write");
        assert_eq!(
            minicbor::decode::<TrackingNo>(&bytes).expect("own bytes"),
            number
        );
        let json = serde_json::to_string(&number).expect("string");
        assert_eq!(json, "\"EZ900000019CN\"");
        let typed = serde_json::from_str::<TrackingNo>("\"ez900000019cn\"").expect("as typed");
        assert_eq!(typed, number);
        for text in ["ez900000019cn", "EZ900000018CN", "short"] {
            let bytes = minicbor::to_vec(text).expect("memory write");
            assert!(minicbor::decode::<TrackingNo>(&bytes).is_err(), "{text}");
        }
    }
}
