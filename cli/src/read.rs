//! Turns written arguments into checked ones: dates, cities, amounts, lists of materials and defects. A mistake
//! is named by its option and a stable code.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::case::Defect;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Material, Terms};
use tongban_ledger::money::Fen;
use tongban_ledger::number::TrackingNo;

use crate::error::CliError;
use crate::personal;
use crate::source::Source;

/// Free text for an act, on the command line or in a file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Words {
    /// The text; no personal data (use --text-file for those)
    #[arg(long, value_name = "TEXT", conflicts_with = "text_file")]
    text: Option<String>,
    /// Reads the text from a file, `-` for standard input
    #[arg(long, value_name = "FILE|-")]
    text_file: Option<String>,
}

impl Words {
    /// Gets the text; empty if there is none.
    ///
    /// # Errors
    /// Personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<String, CliError> {
        match (self.text, self.text_file) {
            (Some(text), _) => {
                personal::refuse_in_text(&text)?;
                Ok(text)
            }
            (None, Some(file)) => Ok(source.read(&file)?.trim_end().to_owned()),
            (None, None) => Ok(String::new()),
        }
    }
}

/// Reads an ISO day.
///
/// # Errors
/// `E_DATE`.
pub fn day(text: &str, option: &str) -> Result<Day, CliError> {
    parse(text, Code::Date, option)
}

/// Reads an ISO day that may be absent.
///
/// # Errors
/// `E_DATE`.
pub fn on(text: Option<&String>) -> Result<Option<Day>, CliError> {
    text.map(|text| day(text, "--on")).transpose()
}

/// Reads a month, as `2026-09`.
///
/// # Errors
/// `E_DATE`.
pub fn month(text: &str) -> Result<Month, CliError> {
    parse(text, Code::Date, "MONTH")
}

/// Reads a division code.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn division(text: &str, option: &str) -> Result<DivisionCode, CliError> {
    parse(text, Code::Argument, option)
}

/// Reads a tracking number and its check digit.
///
/// # Errors
/// `E_TRACKING_NUMBER`.
pub fn tracking(text: &str) -> Result<TrackingNo, CliError> {
    parse(text, Code::TrackingNumber, "--tracking")
}

/// Reads an amount in yuan, as `22.50`, into fen. Whether it may be negative or that large the node decides.
///
/// # Errors
/// `E_ARGUMENT` or `E_AMOUNT_LIMIT`.
pub fn yuan(text: &str) -> Result<i64, CliError> {
    let fen: Fen = text
        .parse()
        .map_err(|error: tongban_ledger::money::ParseFenError| {
            CliError::refused(error.code(), "--yuan")
        })?;
    Ok(fen.get())
}

/// Reads a list of materials: `M1:2,M2` is two pages of M1 and one of M2.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn materials(text: &str) -> Result<Vec<Material>, CliError> {
    let bad = || CliError::refused(Code::Argument, "--materials");
    let material = |piece: &str| {
        let (requirement, pages) = match piece.trim().split_once(':') {
            None => (piece.trim(), 1),
            Some((requirement, pages)) => (requirement, pages.parse().map_err(|_| bad())?),
        };
        match requirement.is_empty() || pages == 0 {
            true => Err(bad()),
            false => Ok(Material {
                requirement: requirement.to_owned(),
                pages,
            }),
        }
    };
    text.split(',').map(material).collect()
}

/// Reads a defect: `M2=missing`.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn defect(text: &str) -> Result<Defect, CliError> {
    let bad = || CliError::refused(Code::Argument, "--defect");
    let (requirement, fault) = text.split_once('=').ok_or_else(bad)?;
    match requirement.is_empty() {
        true => Err(bad()),
        false => Ok(Defect {
            requirement: requirement.to_owned(),
            fault: word(fault).ok_or_else(bad)?,
        }),
    }
}

/// Reads a word of the protocol, as `on-the-spot`.
pub fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

/// Reads data from a JSON or TOML file. The words of the readers are dropped, because they quote the file.
///
/// # Errors
/// The file cannot be read, or `E_ARGUMENT` with line and column.
pub fn data<T: DeserializeOwned>(from: &str, source: &mut dyn Source) -> Result<T, CliError> {
    let text = source.read(from)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| {
            let place = format!("{from}:{}:{}", error.line(), error.column());
            CliError::refused(Code::Argument, place)
        });
    }
    toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        CliError::refused(Code::Argument, place(from, &text, at))
    })
}

/// Reads the terms of an agreement, with the reader's words: nothing in them is personal.
///
/// # Errors
/// The file cannot be read, or `E_ARGUMENT` with line, column and what is wrong.
pub fn terms(from: &str, source: &mut dyn Source) -> Result<Terms, CliError> {
    let text = source.read(from)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text)
            .map_err(|error| CliError::refused(Code::Argument, format!("{from}: {error}")));
    }
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let place = place(from, &text, at);
        CliError::refused(Code::Argument, format!("{place}: {}", error.message()))
    })
}

fn place(from: &str, text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    format!("{from}:{line}:{column}")
}

fn parse<T: FromStr>(text: &str, code: Code, option: &str) -> Result<T, CliError> {
    text.parse().map_err(|_| CliError::refused(code, option))
}

#[cfg(test)]
mod tests {
    use tongban_ledger::case::Fault;
    use tongban_ledger::command::Applicant;

    use super::*;
    use crate::tests::Given;

    #[test]
    fn lists_of_materials() {
        let pairs = |text: &str| {
            materials(text).map(|list| {
                let pair = |m: Material| (m.requirement, m.pages);
                list.into_iter().map(pair).collect::<Vec<_>>()
            })
        };
        let expected = [("M1".to_owned(), 2), ("M2".to_owned(), 1)];
        assert_eq!(pairs("M1:2, M2").expect("a list"), expected);
        for bad in ["", "M1:", "M1:x", ":2", "M1:0", "M1,,M2", "M1:99999"] {
            let error = materials(bad).expect_err(bad);
            assert_eq!(
                (error.code(), error.about()),
                ("E_ARGUMENT", "--materials".to_owned())
            );
        }
    }

    #[test]
    fn defects() {
        let one = defect("M2=wrong-form").expect("a defect");
        assert_eq!(
            (one.requirement.as_str(), one.fault),
            ("M2", Fault::WrongForm)
        );
        for bad in ["M2", "=missing", "M2=lost", "M2="] {
            assert!(defect(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mistakes_carry_their_codes() {
        let check = |result: Result<(), CliError>, code: &str| {
            assert_eq!(result.expect_err(code).code(), code);
        };
        check(day("2026-02-30", "--on").map(drop), "E_DATE");
        check(month("2026-13").map(drop), "E_DATE");
        check(division("33080", "--to").map(drop), "E_ARGUMENT");
        check(tracking("EZ900000018CN").map(drop), "E_TRACKING_NUMBER");
        check(yuan("22,5").map(drop), "E_ARGUMENT");
        assert_eq!(yuan("-0.50").expect("an amount"), -50);
    }

    #[test]
    fn applicants_come_as_json_or_toml_and_mistakes_quote_nothing() {
        let json = r#"{"name":"程立秋","id_number":"330899198803170010"}"#;
        let toml = "name = \"程立秋\"\nid_number = \"330899198803170010\"\n";
        for text in [json, toml] {
            let applicant: Applicant = data("-", &mut Given::text(text)).expect("an applicant");
            assert_eq!(applicant.name, "程立秋");
        }
        for (text, place) in [
            (
                "{\"name\":\"程立秋\",\n\"id\":\"330899198803170010\"}",
                "-:2:4",
            ),
            (
                "name = \"程立秋\"\nid_number = 330899198803170010\n",
                "-:2:13",
            ),
        ] {
            let error = data::<Applicant>("-", &mut Given::text(text)).expect_err("a mistake");
            assert_eq!(
                (error.code(), error.about().as_str()),
                ("E_ARGUMENT", place)
            );
            assert!(!format!("{error:?}").contains("3308991988"));
        }
    }

    #[test]
    fn text_is_read_from_files_and_guarded_on_the_command_line() {
        let words = |text: Option<&str>, file: Option<&str>| Words {
            text: text.map(str::to_owned),
            text_file: file.map(str::to_owned),
        };
        let mut given = Given::text("致 330899198803170010\n");
        let text = words(None, Some("-")).check(&mut given).expect("a text");
        assert_eq!(text, "致 330899198803170010");
        let error = words(Some("致 330899198803170010"), None).check(&mut given);
        assert_eq!(error.expect_err("personal").code(), "E_PERSONAL_DATA");
        let text = words(Some("缺 M1"), None).check(&mut given);
        assert_eq!(text.expect("plain"), "缺 M1");
    }
}
