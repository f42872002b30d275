//! Unified social credit codes (统一社会信用代码, GB 32100).
//!
//! The shape is a rule, the check character only a warning: codes that fail it are in real use. Whether an
//! organisation exists is not decided here.

use std::fmt;
use std::str::FromStr;

use super::{GB32100_ALPHABET, gb32100_check, text_codec};
use crate::code::Code;

const LENGTH: usize = 18;

/// Reports why a text is not a credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// The text does not have 18 characters.
    #[error("a credit code has 18 characters")]
    Length,
    /// The text holds a character outside the alphabet, such as I, O, S, V or Z.
    #[error("a credit code has digits and capital letters without I, O, S, V and Z")]
    Character,
}

impl UsccError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::IdNumber
    }
}

/// Says whether the check character fits; a misfit asks a person to confirm and refuses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsccCheck {
    /// The check character fits.
    Fits,
    /// The check character differs from the computed one.
    Differs {
        /// The character that the first seventeen give.
        computed: char,
    },
}

/// Holds a credit code in upper case.
///
/// Encoded as text in CBOR and JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc {
    text: String,
    computed: char,
}

impl Uscc {
    /// Returns the written form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Compares the check character with the computed one.
    pub fn check(&self) -> UsccCheck {
        if self.text.ends_with(self.computed) {
            UsccCheck::Fits
        } else {
            UsccCheck::Differs {
                computed: self.computed,
            }
        }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Reads a code in either case, without spaces.
impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Uscc, UsccError> {
        if text.chars().count() != LENGTH {
            return Err(UsccError::Length);
        }
        let text = text.to_ascii_uppercase();
        let Some((last, body)) = text.as_bytes().split_last() else {
            return Err(UsccError::Length);
        };
        if !GB32100_ALPHABET.contains(last) {
            return Err(UsccError::Character);
        }
        let computed = gb32100_check(body).ok_or(UsccError::Character)?;
        Ok(Uscc { text, computed })
    }
}

text_codec!(Uscc);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let check = |text: &str, expect: Result<UsccCheck, UsccError>| {
            let got = text.parse::<Uscc>();
            assert_eq!(got.as_ref().map(Uscc::check), expect.as_ref().copied());
            if let Ok(code) = got {
                assert_eq!(code.as_str(), text.to_ascii_uppercase());
                assert_eq!(code.to_string().parse(), Ok(code));
            }
        };
        for text in [
            "91330899MA00000011",
            "113308990000000016",
            "11361199000000002X",
            "11361199000000002x",
            "12350799400000001K",
            "000000000000000000",
        ] {
            check(text, Ok(UsccCheck::Fits));
        }
        check(
            "91350211M0000XUF46",
            Ok(UsccCheck::Differs { computed: 'R' }),
        );
        check("", Err(UsccError::Length));
        check("9133089900000001", Err(UsccError::Length));
        check("91330899MA000000110", Err(UsccError::Length));
        check("9I330899MA00000011", Err(UsccError::Character));
        check("91330899MA0000001S", Err(UsccError::Character));
        check("91330899MA0000001１", Err(UsccError::Character));
    }

    #[test]
    fn codecs_keep_the_written_form() {
        let code: Uscc = "11361199000000002X".parse().expect("valid");
        let bytes = minicbor::to_vec(&code).expect("memory write");
        assert_eq!(minicbor::decode::<Uscc>(&bytes).expect("own bytes"), code);
        let lower = minicbor::to_vec("11361199000000002x").expect("memory write");
        assert!(minicbor::decode::<Uscc>(&lower).is_err());
        let typed = serde_json::from_str::<Uscc>("\"11361199000000002x\"").expect("as typed");
        assert_eq!(typed, code);
    }
}
