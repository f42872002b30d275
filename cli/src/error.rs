//! Why a command failed: a stable code, what it is about, the cause, and the exit code. The words for people
//! are in the catalogue under the code.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tongban_client::ClientError;
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::Code;
use tongban_sim::ScenarioError;

use crate::catalogue::Catalogue;
use crate::exit::Exit;
use crate::rule::Rule;
use crate::usage;

/// The codes that only this program gives; a node never sends them.
pub const OWN_CODES: &[&str] = &[
    "E_NOT_RUNNING",
    "E_SOCKET",
    "E_CONNECTION",
    "E_PROTOCOL",
    "E_USAGE",
    "E_PERSONAL_DATA",
    "E_FILE",
    "E_NO_INPUT",
    "E_PROMPT",
    "E_INTERRUPTED",
    "E_NOT_CONFIRMED",
    "E_RUNTIME",
    "E_TONGBAND",
    "E_SCHEMA",
    "E_SCENARIO",
    "E_ENGINE",
    "E_EVIDENCE",
    "E_UNPINNED",
    "E_EXPECTATION",
    "E_UNKNOWN_CODE",
    "E_NO_KEY",
    "E_OTHER_CITY",
    "E_NO_BACKUP",
    "E_CITY_NAME",
    "E_NO_BUNDLE",
    "E_BUNDLE_CHANGED",
    "E_EXPORT_FORM",
    "E_EXPORT_SIZE",
    "E_FILE_EXISTS",
    "E_FONT",
    "E_NO_FONT",
];

/// What went wrong.
#[derive(Debug, Error)]
pub enum CliError {
    /// The node refused, or could not be asked.
    #[error(transparent)]
    Node(ClientError),
    /// An argument was refused before the node was asked, for the reason the node would give.
    #[error("refused: {code}")]
    Refused {
        /// The code.
        code: Code,
        /// The option or file that it is about; never a value that may be personal.
        about: String,
    },
    /// An argument was refused before the node was asked, by a rule of its form.
    #[error("refused: {code}")]
    Rule {
        /// The code.
        code: Code,
        /// The option or file that it is about; never a value that may be personal.
        about: String,
        /// The rule.
        rule: Rule,
        /// What the rule's wording names; never a value that may be personal.
        given: String,
    },
    /// The node refused a command, with what is known here about the reason.
    #[error("refused: {}", refusal.code)]
    Explained {
        /// What the node said.
        refusal: Refusal,
        /// What it was about, in words.
        about: String,
        /// What can be done, in words; empty for the hint of the code.
        hint: String,
    },
    /// The command line does not parse.
    #[error("{text}")]
    Usage {
        /// What the parser said.
        text: String,
    },
    /// Personal data stand on the command line.
    #[error("personal data on the command line")]
    Personal,
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Something must be asked, and nobody may be.
    #[error("{option}")]
    NoInput {
        /// The option that would answer.
        option: &'static str,
    },
    /// The prompt failed.
    #[error("the prompt failed")]
    Prompt {
        /// The cause.
        source: inquire::InquireError,
    },
    /// The user interrupted the program.
    #[error("interrupted")]
    Interrupted,
    /// The user left a prompt, before anything was sent.
    #[error("interrupted")]
    Left,
    /// Something that only this program refuses.
    #[error("refused: {code}")]
    Own {
        /// One of [`OWN_CODES`].
        code: &'static str,
        /// What it is about; never personal data.
        about: String,
    },
    /// The user did not confirm.
    #[error("not confirmed")]
    NotConfirmed,
    /// The process lacks what it needs to run.
    #[error("runtime")]
    Runtime {
        /// The cause.
        source: io::Error,
    },
    /// `tongband` cannot be started.
    #[error("{}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// `tongband` failed without a code that is known here.
    #[error("{said}")]
    Tongband {
        /// What it wrote.
        said: String,
    },
    /// `tongband` failed with a refusal code.
    #[error("{said}")]
    TongbandRefused {
        /// The code.
        code: Code,
        /// What it wrote.
        said: String,
    },
    /// `tongband` failed with a code of its own.
    #[error("{said}")]
    TongbandOwn {
        /// One of [`OWN_CODES`].
        code: &'static str,
        /// What it wrote.
        said: String,
    },
    /// The scenario file has mistakes.
    #[error("{}", file.display())]
    Scenario {
        /// The file.
        file: PathBuf,
        /// Every mistake with its place.
        mistakes: Vec<ScenarioError>,
    },
    /// The engine failed while it played a scenario.
    #[error("the engine failed")]
    Engine {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The evidence does not hold.
    #[error("{}", file.display())]
    Evidence {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No such error code.
    #[error("{0}")]
    UnknownCode(String),
}

impl CliError {
    /// Refuses an argument with a code of the rules.
    pub fn refused(code: Code, about: impl Into<String>) -> CliError {
        CliError::Refused {
            code,
            about: about.into(),
        }
    }

    /// Refuses an argument by a rule of its form.
    pub fn rule(code: Code, about: impl Into<String>, rule: Rule, given: &str) -> CliError {
        CliError::Rule {
            code,
            about: about.into(),
            rule,
            given: given.to_owned(),
        }
    }

    /// Refuses with a code of this program.
    pub fn own(code: &'static str, about: impl Into<String>) -> CliError {
        CliError::Own {
            code,
            about: about.into(),
        }
    }

    /// Takes over what the argument parser found.
    pub fn usage(error: &clap::Error, say: &Catalogue) -> CliError {
        CliError::Usage {
            text: usage::text(error, say),
        }
    }

    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            CliError::Node(error) => error.code(),
            CliError::Refused { code, .. }
            | CliError::Rule { code, .. }
            | CliError::TongbandRefused { code, .. } => code.as_str(),
            CliError::Explained { refusal, .. } => refusal.code.as_str(),
            CliError::Usage { .. } => "E_USAGE",
            CliError::Personal => "E_PERSONAL_DATA",
            CliError::File { .. } => "E_FILE",
            CliError::NoInput { .. } => "E_NO_INPUT",
            CliError::Prompt { .. } => "E_PROMPT",
            CliError::Interrupted | CliError::Left => "E_INTERRUPTED",
            CliError::Own { code, .. } | CliError::TongbandOwn { code, .. } => code,
            CliError::NotConfirmed => "E_NOT_CONFIRMED",
            CliError::Runtime { .. } => "E_RUNTIME",
            CliError::Start { .. } | CliError::Tongband { .. } => "E_TONGBAND",
            CliError::Scenario { .. } => "E_SCENARIO",
            CliError::Engine { .. } => "E_ENGINE",
            CliError::Evidence { .. } => "E_EVIDENCE",
            CliError::UnknownCode(_) => "E_UNKNOWN_CODE",
        }
    }

    /// Returns what it is about: an option, a file, a field; never personal data.
    pub fn about(&self) -> String {
        match self {
            CliError::Node(ClientError::Refused(refusal)) => refusal.about.clone(),
            CliError::Node(
                ClientError::NotRunning { socket, .. } | ClientError::Socket { socket, .. },
            ) => socket.display().to_string(),
            CliError::Refused { about, .. }
            | CliError::Rule { about, .. }
            | CliError::Own { about, .. } => about.clone(),
            CliError::Explained { refusal, .. } => refusal.about.clone(),
            CliError::File { .. }
            | CliError::NoInput { .. }
            | CliError::Start { .. }
            | CliError::Scenario { .. }
            | CliError::Evidence { .. }
            | CliError::UnknownCode(_) => self.to_string(),
            _ => String::new(),
        }
    }

    /// Returns the causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = match self {
            CliError::Usage { text } => vec![text.trim_end().to_owned()],
            CliError::Tongband { said }
            | CliError::TongbandRefused { said, .. }
            | CliError::TongbandOwn { said, .. } => {
                vec![said.trim_end().to_owned()]
            }
            CliError::Scenario { mistakes, .. } => mistakes.iter().map(mistake).collect(),
            _ => Vec::new(),
        };
        let mut source = match self {
            CliError::Node(error) => error.source(),
            other => other.source(),
        };
        while let Some(error) = source {
            causes.push(error.to_string());
            source = error.source();
        }
        causes
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        match self {
            CliError::Node(ClientError::Refused(refusal)) => Exit::of_refusal(refusal.code),
            CliError::Node(ClientError::NotRunning { .. }) => Exit::Away,
            CliError::Node(ClientError::Socket { .. }) => Exit::Auth,
            CliError::Refused { code, .. }
            | CliError::Rule { code, .. }
            | CliError::TongbandRefused { code, .. } => Exit::of_refusal(*code),
            CliError::Explained { refusal, .. } => Exit::of_refusal(refusal.code),
            CliError::Usage { .. }
            | CliError::Personal
            | CliError::NoInput { .. }
            | CliError::UnknownCode(_) => Exit::Usage,
            CliError::Interrupted | CliError::Left => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> CliError {
        CliError::Node(error)
    }
}

fn mistake(error: &ScenarioError) -> String {
    match &error.hint {
        None => error.to_string(),
        Some(hint) => format!("{error} ({hint})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io() -> io::Error {
        io::Error::from(io::ErrorKind::NotFound)
    }

    #[test]
    fn exit_codes_follow_the_error() {
        let check = |error: CliError, code: &str, exit: u8| {
            assert_eq!((error.code(), error.exit().code()), (code, exit));
        };
        let refusal = |code| {
            CliError::from(ClientError::Refused(Refusal {
                code,
                about: String::new(),
            }))
        };
        let socket = PathBuf::from("api.sock");
        check(refusal(Code::CheckMissing), "E_CHECK_MISSING", 14);
        check(refusal(Code::Grant), "E_GRANT", 1);
        check(
            CliError::from(ClientError::NotRunning {
                socket: socket.clone(),
                source: io(),
            }),
            "E_NOT_RUNNING",
            13,
        );
        check(
            CliError::from(ClientError::Socket {
                socket,
                source: io(),
            }),
            "E_SOCKET",
            4,
        );
        check(
            CliError::refused(Code::NotInitialised, ""),
            "E_NOT_INITIALISED",
            10,
        );
        check(CliError::refused(Code::Passphrase, ""), "E_PASSPHRASE", 12);
        check(CliError::Personal, "E_PERSONAL_DATA", 2);
        check(CliError::NoInput { option: "--yes" }, "E_NO_INPUT", 2);
        check(CliError::Interrupted, "E_INTERRUPTED", 130);
    }

    #[test]
    fn own_codes_are_not_refusal_codes() {
        for code in OWN_CODES {
            assert!(code.parse::<Code>().is_err(), "{code}");
        }
    }

    #[test]
    fn the_cause_of_a_file_error_is_told() {
        let error = CliError::File {
            path: PathBuf::from("terms.toml"),
            source: io(),
        };
        assert_eq!(error.about(), "terms.toml");
        assert_eq!(error.causes(), [io().to_string()]);
    }
}
