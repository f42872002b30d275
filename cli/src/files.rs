//! Reads what stands in files: applicants, edits, the terms of an agreement, as JSON or TOML. A mistake is told
//! by its place, and never by a value that may be personal.

use serde::de::DeserializeOwned;
use tongban_ledger::code::Code;
use tongban_ledger::command::decide::Propose;
use tongban_ledger::command::lists::ProposeBatch;
use tongban_ledger::command::{Applicant, GuideTerms, Roster, Terms};

use crate::error::CliError;
use crate::read::identity_number;
use crate::rule::Rule;
use crate::source::Source;

/// Checks an applicant from a file.
///
/// # Errors
/// `E_ARGUMENT` without a name, `E_ID_NUMBER` for a number that cannot be; neither repeats it.
pub fn applicant(from: &str, source: &mut dyn Source) -> Result<Applicant, CliError> {
    let applicant: Applicant = data(from, source)?;
    if applicant.name.trim().is_empty() {
        let rule = Rule::ApplicantName;
        return Err(CliError::rule(Code::Argument, "applicant.name", rule, ""));
    }
    identity_number(&applicant.id_number)
        .map_err(|rule| CliError::rule(Code::IdNumber, "applicant.id_number", rule, ""))?;
    Ok(applicant)
}

/// Reads data from a JSON or TOML file. Of the readers' words only the names of keys are kept, because the rest
/// quotes the file.
///
/// # Errors
/// The file cannot be read, or `E_ARGUMENT` with line and column.
pub fn data<T: DeserializeOwned>(from: &str, source: &mut dyn Source) -> Result<T, CliError> {
    let text = source.read(from)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| {
            let place = format!("{from}:{}:{}", error.line(), error.column());
            mistake(place, &error.to_string())
        });
    }
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        mistake(place(from, &text, at), error.message())
    })
}

/// Tells a mistake in a file by its place and kind. A key that the file lacks is named; one that it has too much
/// is named if it is a plain word, since anything else may be a value.
fn mistake(place: String, said: &str) -> CliError {
    let quoted = |start: &str| {
        let name = said.strip_prefix(start)?.split('`').next()?;
        let plain = name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        Some(if plain { name } else { "" })
    };
    let (rule, name) = match (quoted("unknown field `"), quoted("missing field `")) {
        (Some(name), _) => (Rule::UnknownKey, name),
        (None, Some(name)) => (Rule::MissingKey, name),
        (None, None) => (Rule::BadValue, ""),
    };
    CliError::rule(Code::Argument, place, rule, name)
}

/// Reads the terms of an agreement. Nothing in them is personal, so unknown words are named too.
///
/// # Errors
/// As [`data`].
pub fn terms(from: &str, source: &mut dyn Source) -> Result<Terms, CliError> {
    agreed(from, source)
}

/// Reads a guide, as it stands in the terms of an agreement.
///
/// # Errors
/// As [`terms`].
pub fn guide(from: &str, source: &mut dyn Source) -> Result<GuideTerms, CliError> {
    agreed(from, source)
}

/// Reads the rows of a roster.
///
/// # Errors
/// As [`terms`].
pub fn roster(from: &str, source: &mut dyn Source) -> Result<Roster, CliError> {
    agreed(from, source)
}

/// Reads a further batch of the list.
///
/// # Errors
/// As [`terms`].
pub fn batch(from: &str, source: &mut dyn Source) -> Result<ProposeBatch, CliError> {
    agreed(from, source)
}

/// Reads a proposal.
///
/// # Errors
/// The file cannot be read or is no proposal.
pub fn proposal(from: &str, source: &mut dyn Source) -> Result<Propose, CliError> {
    agreed(from, source)
}

fn agreed<T: DeserializeOwned>(from: &str, source: &mut dyn Source) -> Result<T, CliError> {
    let text = source.read(from)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| {
            let place = format!("{from}:{}:{}", error.line(), error.column());
            mistake_in_terms(place, &error.to_string())
        });
    }
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        mistake_in_terms(place(from, &text, at), error.message())
    })
}

fn mistake_in_terms(place: String, said: &str) -> CliError {
    let word = said
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.split('`').next());
    match word {
        Some(word) => CliError::rule(Code::Argument, place, Rule::UnknownWord, word),
        None => mistake(place, said),
    }
}

fn place(from: &str, text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    format!("{from}:{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Given;

    #[test]
    fn mistakes_in_files_name_the_key_and_never_a_value() {
        let given = |text: &str| match data::<Applicant>("a", &mut Given::text(text)) {
            Err(CliError::Rule { rule, given, .. }) => (rule, given),
            other => panic!("{:?}", other.err()),
        };
        let pair = |rule, name: &str| (rule, name.to_owned());
        assert_eq!(given("colour = 1\n"), pair(Rule::UnknownKey, "colour"));
        assert_eq!(given("name = \"x\"\n"), pair(Rule::MissingKey, "id_number"));
        assert_eq!(given("name = 3\n"), pair(Rule::BadValue, ""));
        assert_eq!(given("\"程立秋\" = 3\n"), pair(Rule::UnknownKey, ""));
        let text = r#"{"name":" ","id_number":"330899198803170010"}"#;
        let error = applicant("-", &mut Given::text(text)).expect_err("no name");
        assert_eq!(error.about(), "applicant.name");
        let text = r#"{"name":"程立秋","id_number":"330899198803170011"}"#;
        let error = applicant("-", &mut Given::text(text)).expect_err("a wrong number");
        assert_eq!(error.code(), "E_ID_NUMBER");
        assert!(!format!("{error:?}").contains("3308991988"));
    }

    #[test]
    fn mistakes_in_terms_name_the_key_and_the_word() {
        let given = |text: &str| match terms("t.toml", &mut Given::text(text)) {
            Err(CliError::Rule {
                rule, given, about, ..
            }) => (rule, given, about),
            other => panic!("{:?}", other.err()),
        };
        let head = "name = \"n\"\ncode = \"c\"\n";
        let (rule, name, place) = given(&format!("{head}colour = 1\n"));
        assert_eq!((rule, name.as_str()), (Rule::UnknownKey, "colour"));
        assert_eq!(place, "t.toml:3:1");
        let (rule, name, _) = given(&format!("{head}[[grants]]\npowers = [\"G9\"]\n"));
        assert_eq!((rule, name.as_str()), (Rule::UnknownWord, "G9"));
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
}
