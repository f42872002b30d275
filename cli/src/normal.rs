//! Full-width letters, digits and punctuation, as a Chinese keyboard types them, made ASCII in the options that
//! hold numbers, codes and lists. Free text is left as it was written.

use std::ffi::OsString;

/// The options whose values have a form of their own.
const FORMED: &[&str] = &[
    "--about",
    "--address",
    "--advertise",
    "--assisted-by",
    "--callee",
    "--case",
    "--city",
    "--days",
    "--defect",
    "--different",
    "--division",
    "--due",
    "--fen",
    "--from",
    "--guide",
    "--holder",
    "--item",
    "--items",
    "--level",
    "--listen",
    "--materials",
    "--missing",
    "--mode",
    "--of",
    "--officer",
    "--on",
    "--owner",
    "--papers",
    "--partner",
    "--payer",
    "--pieces",
    "--powers",
    "--second",
    "--seen",
    "--stage",
    "--step",
    "--to",
    "--tracking",
    "--trust",
    "--until",
    "--weight-g",
    "--yuan",
];

/// The options of every command that a value follows.
const VALUED: [&str; 4] = ["--dir", "--socket", "--lang", "--idempotency-key"];

/// Rewrites raw arguments.
pub fn arguments(mut raw: Vec<OsString>) -> Vec<OsString> {
    // `tongban help case push` asks what `tongban case push --help` does.
    if let Some(at) = first_word(&raw).filter(|at| raw[*at] == "help") {
        raw.remove(at);
        raw.push("--help".into());
    }
    let mut formed = false;
    raw.into_iter()
        .map(|argument| {
            let Some(text) = argument.to_str() else {
                formed = false;
                return argument;
            };
            let was = std::mem::take(&mut formed);
            match text.split_once('=') {
                _ if FORMED.contains(&text) => {
                    formed = true;
                    argument
                }
                Some((option, value)) if FORMED.contains(&option) => {
                    OsString::from(format!("{option}={}", narrow(value)))
                }
                _ if was => OsString::from(narrow(text)),
                // A case or parcel number that stands by itself.
                _ if is_number(text) => OsString::from(narrow(text)),
                _ => argument,
            }
        })
        .collect()
}

/// Finds where the command stands, behind the options of every command.
fn first_word(raw: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        let text = raw.get(at)?.to_str()?;
        at += match text {
            _ if VALUED.contains(&text) => 2,
            _ if text.starts_with('-') => 1,
            _ => return Some(at),
        };
    }
}

/// Makes full-width characters ASCII, and the enumeration comma a comma.
pub fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(c) - 0xfee0).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            '\u{3000}' => ' ',
            '、' => ',',
            c => c,
        })
        .collect()
}

/// Says whether the text is made of full-width and ASCII letters, digits and dashes only.
fn is_number(text: &str) -> bool {
    !text.is_ascii()
        && narrow(text)
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formed_values_become_ascii_and_free_text_stays() {
        let check = |line: &str, expected: &str| {
            let raw = line.split(' ').map(OsString::from).collect();
            let made: Vec<String> = arguments(raw)
                .into_iter()
                .map(|a| a.to_string_lossy().into_owned())
                .collect();
            assert_eq!(made.join(" "), expected, "{line}");
        };
        check("--materials M1：1，M2：2", "--materials M1:1,M2:2");
        check("--materials=Ｍ１：１、M2", "--materials=M1:1,M2");
        check("--papers M1：18！，M2＝原件", "--papers M1:18!,M2=原件");
        check("--defect M3＝缺失", "--defect M3=缺失");
        check("case show ＴＢ－３３", "case show TB-33");
        check("--text 缺，补：M1", "--text 缺，补：M1");
        check("--note ，", "--note ，");
        check("--set 名＝值", "--set 名＝值");
        check(
            "--on ２０２６-09-07 --text １２，",
            "--on 2026-09-07 --text １２，",
        );
    }

    #[test]
    fn help_is_a_command_too() {
        let check = |line: &str, expected: &str| {
            let made = arguments(line.split(' ').map(OsString::from).collect());
            assert_eq!(made.join(std::ffi::OsStr::new(" ")), expected, "{line}");
        };
        check("tongban help", "tongban --help");
        check("tongban help case push", "tongban case push --help");
        check("tongban explain help", "tongban explain help");
        check("tongban --lang zh help", "tongban --lang zh --help");
        check(
            "tongban --lang=zh --json help case",
            "tongban --lang=zh --json case --help",
        );
        check("tongban --dir help status", "tongban --dir help status");
        check("tongban --lang", "tongban --lang");
    }
}
