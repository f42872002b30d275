//! The UPU S10 check of 13-character postal numbers, `AA NNNNNNNN C CC`.
//!
//! It checks form and check digit; it does not know which service indicators or countries are assigned.

use crate::code::Code;

/// Reports why a text is not an S10 number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S10Error {
    /// The text is not two letters, nine digits and two letters.
    #[error("not two letters, nine digits and two letters")]
    Form,
    /// The ninth digit is not the check digit of the eight before it.
    #[error("the check digit does not fit")]
    Check,
}

impl S10Error {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::TrackingNumber
    }
}

/// Checks a number in upper case.
///
/// # Errors
/// [`S10Error::Form`] when the shape differs, [`S10Error::Check`] when the check digit does not fit.
pub fn check_s10(text: impl AsRef<[u8]>) -> Result<(), S10Error> {
    let bytes: &[u8; 13] = text.as_ref().try_into().map_err(|_| S10Error::Form)?;
    let [a, b, serial @ .., check, c, d] = bytes;
    let serial: &[u8; 8] = serial;
    let letters = [a, b, c, d].iter().all(|l| l.is_ascii_uppercase());
    if !letters || !serial.iter().chain([check]).all(u8::is_ascii_digit) {
        return Err(S10Error::Form);
    }
    if check_digit(serial) == *check {
        Ok(())
    } else {
        Err(S10Error::Check)
    }
}

/// Computes the check digit of eight ASCII digits: 11 less the weighted sum modulo 11, with 10 → 0 and 11 → 5.
fn check_digit(serial: &[u8; 8]) -> u8 {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let sum: u32 = serial
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit & 0x0f) * weight)
        .sum();
    match sum % 11 {
        0 => b'5',
        1 => b'0',
        2 => b'9',
        3 => b'8',
        4 => b'7',
        5 => b'6',
        6 => b'5',
        7 => b'4',
        8 => b'3',
        9 => b'2',
        _ => b'1',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        let check = |serial: &[u8; 8], expect: u8| {
            assert_eq!(check_digit(serial), expect, "{}", serial.escape_ascii());
        };
        check(b"47312482", b'9');
        check(b"00071759", b'5');
        check(b"96633102", b'0');
        check(b"76129403", b'8');
        check(b"47110815", b'1');
    }

    #[test]
    fn forms() {
        let check = |text: &str, expect: Result<(), S10Error>| {
            assert_eq!(check_s10(text), expect, "{text}");
        };
        check("EZ900000019CN", Ok(()));
        check("EE471108151FR", Ok(()));
        check("EZ900000018CN", Err(S10Error::Check));
        check("EZ900000109CN", Err(S10Error::Check));
        for text in [
            "",
            "EZ90000001CN",
            "ez900000019cn",
            "EZ90000001ACN",
            "1Z900000019CN",
            "EZ900000019C1",
            "EZ9000000１CN",
        ] {
            check(text, Err(S10Error::Form));
        }
    }
}
