//! Keeps personal data off the command line, which other users of a machine can read and shells remember.
//!
//! It knows identity numbers (GB 11643, by check digit) and mobile numbers. A name it cannot know: the options
//! for applicants take files and prompts only.

use std::ffi::OsString;

use crate::error::CliError;

/// Refuses arguments in which an identity number stands, before anything could print them.
///
/// # Errors
/// [`CliError::Personal`], which does not repeat the number.
pub fn refuse_in_arguments(arguments: &[OsString]) -> Result<(), CliError> {
    let found = arguments
        .iter()
        .any(|argument| holds_identity_number(&argument.to_string_lossy()));
    match found {
        true => Err(CliError::Personal),
        false => Ok(()),
    }
}

/// Refuses free text from the command line in which an identity or mobile number stands.
///
/// # Errors
/// [`CliError::Personal`], which does not repeat the number.
pub fn refuse_in_text(text: &str) -> Result<(), CliError> {
    match holds_identity_number(text) || holds_mobile_number(text) {
        true => Err(CliError::Personal),
        false => Ok(()),
    }
}

fn holds_identity_number(text: &str) -> bool {
    runs(text, |b| b.is_ascii_alphanumeric()).any(is_identity_number)
}

fn holds_mobile_number(text: &str) -> bool {
    runs(text, |b| b.is_ascii_digit()).any(|run| {
        let national = match run.len() {
            13 => run.strip_prefix(b"86").unwrap_or(run),
            _ => run,
        };
        matches!(national, [b'1', b'3'..=b'9', ..] if national.len() == 11)
    })
}

fn is_identity_number(run: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let [digits @ .., last] = run else {
        return false;
    };
    if digits.len() != WEIGHTS.len() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = WEIGHTS
        .iter()
        .zip(digits)
        .map(|(weight, digit)| weight * u32::from(digit - b'0'))
        .sum();
    b"10X98765432"[(sum % 11) as usize] == last.to_ascii_uppercase()
}

/// The longest pieces of the text whose bytes all satisfy the condition.
fn runs(text: &str, of: impl Fn(u8) -> bool + Copy) -> impl Iterator<Item = &[u8]> {
    text.as_bytes()
        .split(move |byte| !of(*byte))
        .filter(|run| !run.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_and_mobile_numbers_are_found() {
        let check = |text: &str, expected: bool| {
            assert_eq!(refuse_in_text(text).is_err(), expected, "{text}");
        };
        check("请 330899198803170010 补正", true);
        check("身份证34109919950101004x", true);
        check("电话13900000000。", true);
        check("+8613900000000", true);
        check("330899198803170011", false);
        check("EZ900000019CN", false);
        check("1100000000000", false);
        check("TB-330800-260907-000123-2", false);
        check("材料 M1 缺失", false);
    }

    #[test]
    fn an_identity_number_is_refused_wherever_it_stands() {
        let check = |argument: &str, expected: bool| {
            let arguments = [OsString::from("tongban"), OsString::from(argument)];
            assert_eq!(
                refuse_in_arguments(&arguments).is_err(),
                expected,
                "{argument}"
            );
        };
        check("--id-number=330899198803170010", true);
        check("330899198803170010", true);
        check(&"ab".repeat(32), false);
        // A document id may begin like a mobile number.
        check("13900000000", false);
    }

    #[test]
    fn the_refusal_does_not_repeat_the_number() {
        let error = refuse_in_text("330899198803170010").expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("3308991988"));
    }
}
