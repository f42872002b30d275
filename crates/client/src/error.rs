//! Why a call to the node did not bring its answer.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tongban_ledger::answer::Refusal;

/// Says why a call failed.
///
/// After any but [`ClientError::Refused`] and [`ClientError::NotRunning`] a command may or may not have taken
/// effect; the same command with the same idempotency key tells.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The node refused; nothing changed.
    #[error("the node refused: {}{}", .0.code, about(.0))]
    Refused(Refusal),
    /// Nobody answers on the socket. Start `tongband`, or name the socket of the one that runs.
    #[error("no tongband answers on {}", socket.display())]
    NotRunning {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The socket is there but this user may not use it, or it is no socket.
    #[error("cannot use the socket {}", socket.display())]
    Socket {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection ended before the answer was complete.
    #[error("the connection to tongband broke off before its answer was complete")]
    Broken {
        /// What the connection said.
        source: hyper::Error,
    },
    /// The answer is not one that this version can read.
    #[error("tongband answered with status {status} in a way that this version cannot read")]
    Answer {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        source: AnswerFault,
    },
}

/// Says what is wrong with an answer. It never quotes the answer, which may hold personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerFault {
    /// It has another content type than the route promises.
    #[error("unexpected content type")]
    ContentType,
    /// It is longer than 1 GiB.
    #[error("longer than the limit")]
    TooLarge,
    /// It is not the JSON that the route promises.
    #[error("malformed at line {line}, column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It refuses with a code that this version does not know.
    #[error("unknown refusal code {0}")]
    Code(String),
}

impl ClientError {
    /// Returns the stable code: that of the refusal, or one of the client's own.
    ///
    /// The client's own are `E_NOT_RUNNING`, `E_SOCKET`, `E_CONNECTION` and `E_PROTOCOL`; no node sends them.
    pub fn code(&self) -> &'static str {
        match self {
            ClientError::Refused(refusal) => refusal.code.as_str(),
            ClientError::NotRunning { .. } => "E_NOT_RUNNING",
            ClientError::Socket { .. } => "E_SOCKET",
            ClientError::Broken { .. } => "E_CONNECTION",
            ClientError::Answer { .. } => "E_PROTOCOL",
        }
    }

    /// Returns the node's refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ClientError::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl AnswerFault {
    /// Keeps the place of a JSON error and drops its words, which may quote the answer.
    pub(crate) fn json(error: &serde_json::Error) -> AnswerFault {
        AnswerFault::Json {
            line: error.line(),
            column: error.column(),
        }
    }

    /// Keeps an unknown code only where it has the form of one.
    pub(crate) fn code(text: &str) -> AnswerFault {
        let plain = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        AnswerFault::Code(if plain { text } else { "?" }.to_owned())
    }
}

fn about(refusal: &Refusal) -> String {
    match refusal.about.as_str() {
        "" => String::new(),
        about => format!(" ({about})"),
    }
}

#[cfg(test)]
mod tests {
    use tongban_ledger::code::Code;

    use super::*;

    #[test]
    fn own_codes_are_no_refusal_codes() {
        let io = || io::Error::from(io::ErrorKind::NotFound);
        let socket = PathBuf::from("api.sock");
        for (error, expected) in [
            (
                ClientError::NotRunning {
                    socket: socket.clone(),
                    source: io(),
                },
                "E_NOT_RUNNING",
            ),
            (
                ClientError::Socket {
                    socket,
                    source: io(),
                },
                "E_SOCKET",
            ),
            (
                ClientError::Answer {
                    status: 200,
                    source: AnswerFault::TooLarge,
                },
                "E_PROTOCOL",
            ),
        ] {
            assert_eq!(error.code(), expected);
            assert_eq!(error.refusal(), None);
            assert!(expected.parse::<Code>().is_err(), "{expected} is taken");
        }
    }

    #[test]
    fn faults_quote_nothing() {
        let error = serde_json::from_str::<u32>("\n\"110101\"").expect_err("not a number");
        let fault = AnswerFault::json(&error);
        assert_eq!(fault, AnswerFault::Json { line: 2, column: 8 });
        assert!(!fault.to_string().contains("110101"));
        assert_eq!(
            AnswerFault::code("E_NEW"),
            AnswerFault::Code("E_NEW".to_owned())
        );
        assert_eq!(AnswerFault::code("张三"), AnswerFault::Code("?".to_owned()));
    }
}
