//! The short form of a city id that people compare by voice or on paper. Not an id: never stored.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Crockford's base 32: no I, L, O or U, so that nothing is misread or spells a word.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Symbols in a whole fingerprint: 160 bits at 5 bits each.
const SYMBOLS: usize = 32;

/// A 160-bit fingerprint of a city.
///
/// Text: 32 symbols of Crockford's base 32, most significant bits first, in 8 groups of 4 joined by
/// `-`. Reading accepts either case, `O` for `0`, `I` and `L` for `1`, and dashes or spaces
/// anywhere or nowhere.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint(pub [u8; 20]);

/// Says why a text is not a fingerprint.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum ParseFingerprintError {
    /// This character is in no fingerprint.
    #[error("{0:?} does not occur in a fingerprint")]
    Symbol(char),
    /// The number of symbols is not 32.
    #[error("a fingerprint has 32 symbols, found {0}")]
    Length(usize),
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group_index, group) in self.0.chunks(5).enumerate() {
            // Five bytes are eight symbols: two groups of four.
            let bits = group
                .iter()
                .fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for symbol_index in 0..8 {
                if symbol_index == 4 || (symbol_index == 0 && group_index > 0) {
                    f.write_str("-")?;
                }
                let symbol = (bits >> (35 - 5 * symbol_index)) & 31;
                write!(f, "{}", char::from(ALPHABET[symbol as usize]))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut symbols = Vec::with_capacity(SYMBOLS);
        for character in text.trim().chars().filter(|c| !matches!(c, '-' | ' ')) {
            symbols.push(symbol_value(character)?);
        }
        if symbols.len() != SYMBOLS {
            return Err(ParseFingerprintError::Length(symbols.len()));
        }
        let mut out = [0; 20];
        for (group, target) in symbols.chunks(8).zip(out.chunks_mut(5)) {
            let bits = group
                .iter()
                .fold(0u64, |bits, value| (bits << 5) | u64::from(*value));
            target.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self(out))
    }
}

fn symbol_value(character: char) -> Result<u8, ParseFingerprintError> {
    let plain = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|symbol| char::from(*symbol) == plain)
        .map(|value| value as u8)
        .ok_or(ParseFingerprintError::Symbol(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_form_is_pinned() {
        let mut bytes = [0; 20];
        bytes[0] = 0b0000_1000;
        bytes[19] = 0xff;
        assert_eq!(
            Fingerprint(bytes).to_string(),
            "1000-0000-0000-0000-0000-0000-0000-007Z"
        );
    }

    #[test]
    fn forgives_what_people_write() {
        let expect: Fingerprint = "1000-0000-0000-0000-0000-0000-0000-01AZ".parse().unwrap();
        for text in [
            "1000000000000000000000000000O1AZ",
            "looo-0000-0000-0000-0000-0000-0000-0iaz",
            "  IOOO 0000 0000 0000 0000 0000 0000 0LaZ ",
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Ok(expect), "{text}");
        }
        assert_eq!(
            "1000".parse::<Fingerprint>(),
            Err(ParseFingerprintError::Length(4))
        );
        assert_eq!(
            "u".parse::<Fingerprint>(),
            Err(ParseFingerprintError::Symbol('u'))
        );
        assert_eq!(
            "市".parse::<Fingerprint>(),
            Err(ParseFingerprintError::Symbol('市'))
        );
    }

    proptest! {
        #[test]
        fn round_trips(bytes: [u8; 20]) {
            let fingerprint = Fingerprint(bytes);
            let text = fingerprint.to_string();
            prop_assert_eq!(text.len(), 39);
            prop_assert_eq!(text.parse::<Fingerprint>(), Ok(fingerprint));
            let bare = text.to_lowercase().replace('-', "").replace('0', "o").replace('1', "l");
            prop_assert_eq!(bare.parse::<Fingerprint>(), Ok(fingerprint));
        }
    }
}
