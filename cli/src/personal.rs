//! Keeps personal data off the command line, which other users of a machine can read and shells remember.
//!
//! It knows identity numbers (GB 11643, by check digit) and mobile numbers. A name it cannot know: the options
//! for applicants take files and prompts only.

use std::ffi::OsString;

use crate::error::CliError;
use crate::normal;

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

/// Takes a short text from the command line in which no personal data stand.
///
/// # Errors
/// [`CliError::Personal`].
pub fn guarded(text: String) -> Result<String, CliError> {
    refuse_in_text(&text)?;
    Ok(text)
}

fn holds_identity_number(text: &str) -> bool {
    holds(text, is_identity_number)
}

fn holds_mobile_number(text: &str) -> bool {
    holds(text, |groups| {
        let joined = groups.concat();
        let national = match joined.len() {
            13 => joined.strip_prefix("86").unwrap_or(&joined),
            _ => &joined,
        };
        let written =
            groups.len() == 1 || matches!(groups, [.., a, b] if a.len() == 4 && b.len() == 4);
        let digits = national.len() == 11 && national.bytes().all(|b| b.is_ascii_digit());
        written && digits && matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..])
    })
}

/// Says whether neighbouring groups of letters and digits fit, where spaces and dashes may part them.
fn holds(text: &str, fits: impl Fn(&[&str]) -> bool) -> bool {
    const GROUPS_MAX: usize = 18;
    let text = normal::narrow(text);
    let breaks = |c: char| !c.is_ascii_alphanumeric() && !is_separator(c);
    text.split(breaks).any(|piece| {
        let groups: Vec<&str> = piece
            .split(is_separator)
            .filter(|group| !group.is_empty())
            .collect();
        (0..groups.len()).any(|from| {
            let last = groups.len().min(from + GROUPS_MAX);
            (from + 1..=last).any(|to| fits(&groups[from..to]))
        })
    })
}

/// What people put between the groups of a number.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | '·' | '‐'..='―' | '/')
}

/// Checks length, check character and, where the number is written in groups, a birth year that people have.
fn is_identity_number(groups: &[&str]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if groups.iter().map(|group| group.len()).sum::<usize>() != WEIGHTS.len() + 1 {
        return false;
    }
    let joined = groups.concat();
    let [digits @ .., last] = joined.as_bytes() else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // A case number in groups is as long, but holds no such year there.
    let century = &joined[6..8];
    if groups.len() > 1 && !matches!(century, "18" | "19" | "20") {
        return false;
    }
    let sum: u32 = WEIGHTS
        .iter()
        .zip(digits)
        .map(|(weight, digit)| weight * u32::from(digit - b'0'))
        .sum();
    b"10X98765432"[(sum % 11) as usize] == last.to_ascii_uppercase()
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
        check("330899 19880317 0010", true);
        check("330899-19880317-0010", true);
        check("330899 1988 03 17 001 0", true);
        check("３３０８９９１９８８０３１７００１０", true);
        check("2026-09-07 330899 19880317 0010", true);
        check("139 0000 0000", true);
        check("139-0000-0000", true);
        check("+86 139 0000 0000", true);
        check("330899 19880317 0011", false);
        check("金额 155 2026-09-07", false);
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
        check("--note=330899 19880317 0010", true);
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
