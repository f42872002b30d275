//! Turns written arguments into checked ones: dates, cities, amounts, lists of materials and defects. A mistake
//! is named by its option, a stable code and the rule that it breaks. Files are read in `files`.

use serde::de::DeserializeOwned;
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::{Day, Month, WallTime};
use tongban_ledger::case::{Defect, Proof};
use tongban_ledger::code::Code;
use tongban_ledger::command::Material;
use tongban_ledger::money::{Fen, ParseFenError};
use tongban_ledger::number::{
    CaseNo, CaseNoError, CitizenId, CitizenIdError, S10Error, TrackingNo, TrackingNoError,
};

use crate::error::CliError;
use crate::rule::Rule;
use crate::source::Source;
use crate::{normal, personal, words};

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
    /// Whether no text was given, neither on the command line nor by a file.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.text_file.is_none()
    }

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

    /// Gets the reasons of a refusal.
    ///
    /// # Errors
    /// As [`Words::check`], and `E_ARGUMENT` if there are none.
    pub fn reasons(self, source: &mut dyn Source) -> Result<String, CliError> {
        let text = self.check(source)?;
        match text.trim().is_empty() {
            true => Err(CliError::rule(Code::Argument, "--text", Rule::Reasons, "")),
            false => Ok(text),
        }
    }

    /// Gets words that the applicant or the other city must be told.
    ///
    /// # Errors
    /// As [`Words::check`], and `E_ARGUMENT` if there are none.
    pub fn required(self, source: &mut dyn Source) -> Result<String, CliError> {
        let text = self.check(source)?;
        match text.trim().is_empty() {
            true => Err(CliError::rule(Code::Argument, "--text", Rule::Text, "")),
            false => Ok(text),
        }
    }
}

/// Reads an ISO day.
///
/// # Errors
/// `E_DATE`, with the rule that the text breaks.
pub fn day(text: &str, option: &str) -> Result<Day, CliError> {
    let text = text.trim();
    text.parse()
        .map_err(|_| CliError::rule(Code::Date, option, day_rule(text), ""))
}

/// Finds the rule that a text which is no day breaks.
fn day_rule(text: &str) -> Rule {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return Rule::DayForm;
    };
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return Rule::DayForm;
    }
    match month.parse() {
        Ok(1..=12) => Rule::DayNone,
        _ => Rule::DayMonth,
    }
}

/// Reads a minute of Beijing wall time, as 2026-09-21T10:40 or with a space.
///
/// # Errors
/// `E_DATE`, with the form.
pub fn wall_time(text: &str, option: &str) -> Result<WallTime, CliError> {
    let text = text.trim();
    text.parse()
        .map_err(|_| CliError::rule(Code::Date, option, Rule::TimeForm, ""))
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
    let text = normal::narrow(text);
    text.trim().parse().map_err(|_| {
        let rule = match day_rule(&format!("{}-01", text.trim())) {
            Rule::DayMonth => Rule::DayMonth,
            _ => Rule::MonthForm,
        };
        CliError::rule(Code::Date, "MONTH", rule, "")
    })
}

/// Reads a city's division code. Names have been replaced by codes before, where a node knows them.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn division(text: &str, option: &str) -> Result<DivisionCode, CliError> {
    text.trim()
        .parse()
        .map_err(|_| CliError::rule(Code::Argument, option, Rule::City, ""))
}

/// Reads the reference to a case: a case number is checked, the beginning of a document id is not.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn case(text: String) -> Result<String, CliError> {
    let refused = |rule| CliError::rule(Code::Argument, "CASE", rule, "");
    let written = text.trim().to_ascii_uppercase();
    if !written.starts_with("TB-") {
        return Ok(text);
    }
    match written.parse::<CaseNo>() {
        Ok(number) => Ok(number.to_string()),
        Err(CaseNoError::Check) => Err(refused(Rule::CaseCheck)),
        Err(_) => Err(refused(Rule::CaseForm)),
    }
}

/// Reads an officer's staff number: a name is no staff number.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn officer(text: String) -> Result<String, CliError> {
    staff(text, "--officer")
}

/// Reads a staff number of anybody.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn staff(text: String, option: &str) -> Result<String, CliError> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match plain && !text.is_empty() {
        true => Ok(text),
        false => Err(CliError::rule(Code::Argument, option, Rule::Officer, "")),
    }
}

/// Reads a tracking number and its check digit.
///
/// # Errors
/// `E_TRACKING_NUMBER`.
pub fn tracking(text: &str) -> Result<TrackingNo, CliError> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.parse().map_err(|error| {
        let rule = match error {
            TrackingNoError::S10(S10Error::Check) => Rule::TrackingCheck,
            _ => Rule::TrackingForm,
        };
        CliError::rule(Code::TrackingNumber, "--tracking", rule, "")
    })
}

/// Reads an amount in yuan, as `22.50`, into fen. Whether it may be negative or that large the node decides.
///
/// # Errors
/// `E_ARGUMENT` or `E_AMOUNT_LIMIT`.
pub fn yuan(text: &str) -> Result<i64, CliError> {
    match text.trim().parse::<Fen>() {
        Ok(fen) => Ok(fen.get()),
        Err(ParseFenError::Form) => Err(CliError::rule(Code::Argument, "--yuan", Rule::Yuan, "")),
        Err(error) => Err(CliError::refused(error.code(), "--yuan")),
    }
}

/// Reads a list of materials: `M1:2,M2` is two pages of M1 and one of M2. `M1=signed` is an e-signed file,
/// `M2=cert/营业执照/330800` an e-cert of a kind and its issuer.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn materials(text: &str) -> Result<Vec<Material>, CliError> {
    let bad = || CliError::rule(Code::Argument, "--materials", Rule::Materials, "");
    let mut list: Vec<Material> = Vec::new();
    for piece in text.split(',') {
        let (piece, proof) = match piece.split_once('=') {
            None => (piece, None),
            Some((piece, proof)) => (piece, Some(self::proof(proof.trim()).ok_or_else(bad)?)),
        };
        let (requirement, pages) = match piece.trim().split_once(':') {
            None => (piece.trim(), 1),
            Some((requirement, pages)) => {
                let pages = pages.trim().parse().map_err(|_| bad())?;
                (requirement.trim(), pages)
            }
        };
        if requirement.is_empty() || pages == 0 {
            return Err(bad());
        }
        if list.iter().any(|other| other.requirement == requirement) {
            let rule = Rule::MaterialTwice;
            return Err(CliError::rule(
                Code::Argument,
                "--materials",
                rule,
                requirement,
            ));
        }
        list.push(Material {
            requirement: requirement.to_owned(),
            pages,
            proof,
        });
    }
    Ok(list)
}

/// Reads who vouches for an electronic material.
fn proof(text: &str) -> Option<Proof> {
    if ["signed", "电子签名"].contains(&text) {
        return Some(Proof::ESigned);
    }
    let cert = text
        .strip_prefix("cert/")
        .or_else(|| text.strip_prefix("电子证照/"))?;
    let (kind, issuer) = cert.rsplit_once('/')?;
    let kind = kind.trim();
    let issuer = issuer.trim().parse().ok()?;
    (!kind.is_empty()).then(|| Proof::ECert {
        kind: kind.to_owned(),
        issuer,
    })
}

/// Reads a defect: `M2=missing`, or `M2=缺失`.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn defect(text: &str) -> Result<Defect, CliError> {
    let bad = || CliError::rule(Code::Argument, "--defect", Rule::Defect, "");
    let (requirement, fault) = text.split_once('=').ok_or_else(bad)?;
    match requirement.trim() {
        "" => Err(bad()),
        requirement => Ok(Defect {
            requirement: requirement.to_owned(),
            fault: words::fault(fault).ok_or_else(bad)?,
        }),
    }
}

/// Checks an applicant's identity number by its form and check character; the node knows today's date and checks
/// the rest.
pub fn identity_number(text: &str) -> Result<(), Rule> {
    match CitizenId::parse(text, Day::MAX) {
        Ok(_) | Err(CitizenIdError::BirthInFuture) => Ok(()),
        Err(CitizenIdError::FifteenDigits) => Err(Rule::IdOld),
        Err(CitizenIdError::Length) => Err(Rule::IdLength),
        Err(CitizenIdError::Form) => Err(Rule::IdForm),
        Err(CitizenIdError::BirthDate) => Err(Rule::IdBirth),
        Err(CitizenIdError::Check) => Err(Rule::IdCheck),
    }
}

/// Reads a word of the protocol, as `on-the-spot`.
pub fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

#[cfg(test)]
mod tests {
    use tongban_ledger::case::Fault;

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
        for bad in [
            "",
            "M1:",
            "M1:x",
            ":2",
            "M1:0",
            "M1,,M2",
            "M1:99999",
            "M1:1,M1:2",
        ] {
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
        let one = defect("M2=缺失").expect("a defect");
        assert_eq!(one.fault, Fault::Missing);
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
    fn a_mistake_names_its_rule() {
        let check = |result: Result<(), CliError>, expected: Rule| match result {
            Err(CliError::Rule { rule, .. }) => assert_eq!(rule, expected),
            other => panic!("{expected:?}: {other:?}"),
        };
        for text in ["20260907", "2026-9-7", "07-09-2026", "2026/09/07"] {
            check(day(text, "--on").map(drop), Rule::DayForm);
        }
        check(day("2026-13-01", "--on").map(drop), Rule::DayMonth);
        check(day("2026-02-30", "--on").map(drop), Rule::DayNone);
        check(month("2026-13").map(drop), Rule::DayMonth);
        check(month("202609").map(drop), Rule::MonthForm);
        check(yuan("22,50").map(drop), Rule::Yuan);
        check(materials("M1:1,M1:2").map(drop), Rule::MaterialTwice);
        check(tracking("EZ900000018CN").map(drop), Rule::TrackingCheck);
        check(tracking("EZ9").map(drop), Rule::TrackingForm);
        for name in ["程立秋", "Cheng Liqiu", ""] {
            check(officer(name.to_owned()).map(drop), Rule::Officer);
        }
        assert_eq!(officer("QZ-0117".to_owned()).expect("a number"), "QZ-0117");
    }

    #[test]
    fn a_case_number_is_checked_and_a_beginning_is_not() {
        let number: CaseNo =
            CaseNo::make("330800", day("2026-09-07", "").expect("a day"), 123).expect("a number");
        let good = number.to_string();
        assert_eq!(case(good.to_lowercase()).expect("good"), good);
        assert_eq!(case("ab12cd".to_owned()).expect("a beginning"), "ab12cd");
        let rule = |text: String| match case(text) {
            Err(CliError::Rule { rule, .. }) => rule,
            other => panic!("{other:?}"),
        };
        let last = good.chars().last().expect("a character");
        let other = if last == '0' { '1' } else { '0' };
        assert_eq!(
            rule(format!("{}{other}", &good[..good.len() - 1])),
            Rule::CaseCheck
        );
        assert_eq!(rule("TB-330800-260907".to_owned()), Rule::CaseForm);
    }

    #[test]
    fn identity_numbers_break_one_rule_each() {
        let check = |text: &str, expected: Result<(), Rule>| {
            assert_eq!(identity_number(text), expected, "{text}");
        };
        check("330899198803170010", Ok(()));
        check("330899198803170011", Err(Rule::IdCheck));
        check("33089919880317001", Err(Rule::IdLength));
        check("330899880317001", Err(Rule::IdOld));
        check("33089919881317001X", Err(Rule::IdBirth));
        check("3308991988O3170010", Err(Rule::IdForm));
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
