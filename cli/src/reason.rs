//! What an error is about, why it came and what to do, in the words of the catalogue. The stable code and the
//! exit code are the error's own.

use std::error::Error;
use std::io;

use tongban_sync::evidence::EvidenceError;

use crate::catalogue::Catalogue;
use crate::error::CliError;
use crate::output;

/// Says what an error is about.
pub fn about(error: &CliError, say: &Catalogue) -> String {
    match error {
        CliError::Explained { about, .. } => about.clone(),
        other => named(&other.about(), say),
    }
}

/// Puts the language's words for what the node calls a field or a file.
pub fn named(about: &str, say: &Catalogue) -> String {
    let slug: String = about
        .chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '-',
        })
        .collect();
    say.find(&format!("about-{slug}"), &[])
        .unwrap_or_else(|| about.to_owned())
}

/// Gives the causes, outermost first.
pub fn causes(error: &CliError, say: &Catalogue) -> Vec<String> {
    match error {
        CliError::Rule { rule, given, .. } => vec![rule.say(given, say)],
        CliError::File { source, .. } | CliError::Start { source, .. } => vec![of_io(source, say)],
        CliError::Evidence { source, .. } => match source.downcast_ref::<EvidenceError>() {
            Some(error) => vec![say.term("evidence-error", evidence(error))],
            None => error.causes(),
        },
        CliError::Node(error) => {
            let mut causes = Vec::new();
            let mut next = error.source();
            while let Some(cause) = next {
                causes.push(told(cause, say));
                next = cause.source();
            }
            causes
        }
        CliError::Runtime { source } => vec![of_io(source, say)],
        other => other.causes(),
    }
}

/// Puts the language's words for what the system answered; other causes speak for themselves.
fn told(cause: &(dyn Error + 'static), say: &Catalogue) -> String {
    match cause.downcast_ref::<io::Error>() {
        Some(error) => of_io(error, say),
        None => cause.to_string(),
    }
}

/// Says what can be done.
pub fn hint(error: &CliError, say: &Catalogue) -> String {
    match error {
        CliError::Explained { hint, .. } if !hint.is_empty() => hint.clone(),
        CliError::Left => say.t("prompt-left"),
        CliError::TongbandRefused { code, .. } => say
            .find(&format!("{code}-hint-init"), &[])
            .unwrap_or_else(|| output::hint(code.as_str(), say)),
        other => output::hint(other.code(), say),
    }
}

fn of_io(error: &io::Error, say: &Catalogue) -> String {
    let name = match error.kind() {
        io::ErrorKind::NotFound => "not-found",
        io::ErrorKind::PermissionDenied => "permission",
        io::ErrorKind::IsADirectory => "directory",
        io::ErrorKind::NotADirectory => "no-directory",
        io::ErrorKind::AlreadyExists => "exists",
        io::ErrorKind::StorageFull => "full",
        io::ErrorKind::InvalidData => "text",
        io::ErrorKind::ConnectionRefused => "refused",
        io::ErrorKind::ReadOnlyFilesystem => "read-only",
        io::ErrorKind::DirectoryNotEmpty => "not-empty",
        io::ErrorKind::TimedOut => "timed-out",
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => "broken",
        _ => {
            return match error.raw_os_error() {
                Some(number) => say.tf("os-error", &[("number", &number.to_string())]),
                None => error.to_string(),
            };
        }
    };
    say.term("io", name)
}

const fn evidence(error: &EvidenceError) -> &'static str {
    match error {
        EvidenceError::Format => "format",
        EvidenceError::Digest => "digest",
        EvidenceError::Encoding => "encoding",
        EvidenceError::Certificate => "certificate",
        EvidenceError::Signature => "signature",
        EvidenceError::Agreement => "agreement",
        EvidenceError::Mismatch => "mismatch",
        EvidenceError::Untrusted => "untrusted",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tongban_ledger::code::Code;

    use super::*;
    use crate::catalogue::Lang;
    use crate::rule::Rule;

    #[test]
    fn causes_are_in_the_language() {
        let say = Catalogue::new(Lang::Zh);
        let check = |error: CliError, expected: &str| {
            assert_eq!(causes(&error, &say), [expected]);
        };
        check(
            CliError::File {
                path: PathBuf::from("terms.toml"),
                source: io::Error::from(io::ErrorKind::NotFound),
            },
            "没有这个文件或目录",
        );
        check(
            CliError::Evidence {
                file: PathBuf::from("e.tbe"),
                source: Box::new(EvidenceError::Digest),
            },
            "文件被改动过或不完整",
        );
        check(
            CliError::rule(Code::Date, "--on", Rule::DayMonth, ""),
            "月份只有 01 至 12",
        );
    }

    #[test]
    fn fields_of_the_node_have_names() {
        let say = Catalogue::new(Lang::Zh);
        assert_eq!(named("applicant.id_number", &say), "申请人身份号码");
        assert_eq!(named("I-04", &say), "I-04");
    }

    #[test]
    fn a_second_init_gets_its_own_hint() {
        let say = Catalogue::new(Lang::Zh);
        let error = CliError::TongbandRefused {
            code: Code::Already,
            said: "config.toml exists".to_owned(),
        };
        assert!(hint(&error, &say).contains("tongband run"));
    }
}
