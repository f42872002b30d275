//! What the argument parser found, in the words of the catalogue. The parser's own text is English and is not
//! shown.

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::catalogue::Catalogue;
use crate::words::{gloss, kind_of};

/// How the command that signs bills is written.
const BILL_SIGN: &str = "tongban bill sign ";

/// Says what is wrong with the command line, what may be meant, and how the command is written.
pub fn text(error: &clap::Error, say: &Catalogue) -> String {
    let mut lines = vec![what(error, say)];
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .map(|kind| words(error, kind, say))
    .find(|text| !text.is_empty());
    if let Some(words) = suggested {
        lines.push(say.tf("usage-suggest", &[("words", &words)]));
    }
    if let Some(usage) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        // Either of two options does, of which the parser names one.
        if error.kind() == ErrorKind::MissingRequiredArgument && usage.contains(BILL_SIGN) {
            lines.push(say.t("usage-bill-sign"));
        }
        // The parser's heading is English; the rest is written by `help`.
        let written = usage.trim().trim_start_matches("Usage:").trim();
        if !written.is_empty() {
            lines.push(format!("{} {written}", say.t("help-heading-usage")));
        }
    }
    lines.join("\n")
}

fn what(error: &clap::Error, say: &Catalogue) -> String {
    let of = |kind| words(error, kind, say);
    let arg = of(ContextKind::InvalidArg);
    let value = of(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = of(ContextKind::InvalidSubcommand);
            say.tf("usage-subcommand", &[("word", &word)])
        }
        ErrorKind::UnknownArgument => say.tf("usage-argument", &[("arg", &arg)]),
        ErrorKind::InvalidValue if value.is_empty() => {
            say.tf("usage-value-missing", &[("arg", &arg)])
        }
        ErrorKind::InvalidValue => {
            let valid = valid(error, say);
            let values = [("arg", &*arg), ("value", &*value), ("valid", &*valid)];
            say.tf("usage-value", &values)
        }
        ErrorKind::MissingRequiredArgument => say.tf("usage-missing", &[("args", &arg)]),
        ErrorKind::MissingSubcommand => say.t("usage-no-subcommand"),
        ErrorKind::ArgumentConflict => {
            let prior = of(ContextKind::PriorArg);
            match prior == arg || prior.is_empty() {
                true => say.tf("usage-twice", &[("arg", &arg)]),
                false => say.tf("usage-conflict", &[("arg", &arg), ("prior", &prior)]),
            }
        }
        ErrorKind::ValueValidation => say.tf("usage-form", &[("arg", &arg), ("value", &value)]),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say.tf("usage-count", &[("arg", &arg)])
        }
        ErrorKind::InvalidUtf8 => say.t("usage-utf8"),
        _ => say.t("usage-other"),
    }
}

/// Lists what an option takes, with the meaning of each word where it has one.
fn valid(error: &clap::Error, say: &Catalogue) -> String {
    let Some(ContextValue::Strings(list)) = error.get(ContextKind::ValidValue) else {
        return words(error, ContextKind::ValidValue, say);
    };
    let values: Vec<PossibleValue> = list
        .iter()
        .map(|word| PossibleValue::new(word.clone()))
        .collect();
    match kind_of(&values) {
        Some(kind) => gloss(kind, say),
        None => list.join(&say.t("list-comma")),
    }
}

/// Writes what the parser noted under a kind, several words with commas of the language.
fn words(error: &clap::Error, kind: ContextKind, say: &Catalogue) -> String {
    match error.get(kind) {
        Some(ContextValue::Strings(list)) => list.join(&say.t("list-comma")),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::help;

    fn said(line: &str, lang: Lang) -> String {
        let say = Catalogue::new(lang);
        let arguments = std::iter::once("tongban").chain(line.split(' '));
        let error = help::command(&say).try_get_matches_from(arguments);
        text(&error.expect_err(line), &say)
    }

    #[test]
    fn mistakes_are_told_in_chinese_with_what_may_be_meant() {
        let check = |line: &str, expected: &[&str]| {
            let text = said(line, Lang::Zh);
            for word in expected {
                assert!(text.contains(word), "{line}: {text}");
            }
            for english in [
                "tip", "error", "possible", "OPTIONS", "COMMAND", "Usage", "value",
            ] {
                assert!(!text.contains(english), "{line}: {text}");
            }
        };
        check("statsu", &["没有“statsu”这个命令", "status"]);
        check("case push", &["缺少", "<办件>", "用法： tongban case push"]);
        check(
            "case decide TB1 --officer A --outcome maybe",
            &[
                "“maybe”",
                "granted（准予）、on-commitment（容缺通过）、refused（不予）",
            ],
        );
        check("case push TB1 --form", &["没有“--form”这个选项"]);
        check("parcel cost P --fen 1 --yuan 1", &["不能同时"]);
        check("bill sign 2026-09", &["缺少 --with", "--all"]);
        check("case push TB1 --to", &["--to", "后面要写"]);
        check(
            "case notice TB1 --defect M1=missing --officer A --guide x",
            &["--guide"],
        );
        assert!(said("statsu", Lang::En).contains("there is no command `statsu`"));
    }
}
