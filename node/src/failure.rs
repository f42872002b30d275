//! Why the program ends: one kind with its stable code, exit code and hint, and one line of JSON.
//!
//! Refusals of single commands are not failures; they are answers of the local interface.

use std::error::Error;
use std::path::Path;

use tongban_ledger::code::Code;
use tongban_store::{CommitError, OpenError};

use crate::words::Words;

/// What went wrong, as scripts tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line cannot be read.
    Usage,
    /// A configured value is wrong.
    Config,
    /// The folder holds no node.
    NotInitialised,
    /// The folder holds a node already.
    Already,
    /// Another process uses the folder.
    Locked,
    /// The passphrase is wrong or cannot be read.
    Passphrase,
    /// Another process listens on an address.
    PortInUse,
    /// A stored record, a key file or a certificate is damaged.
    Damaged,
    /// The disk's reserve is used up.
    DiskFull,
    /// Another version of the program wrote the data.
    Schema,
    /// A key that the command needs is not where it is looked for.
    NoKey,
    /// A backup is of another city than the folder.
    OtherCity,
    /// A folder holds no backup.
    NoBackup,
    /// Anything else.
    Internal,
}

impl Kind {
    /// Every kind.
    #[cfg(test)]
    pub const ALL: [Kind; 14] = [
        Kind::Usage,
        Kind::Config,
        Kind::NotInitialised,
        Kind::Already,
        Kind::Locked,
        Kind::Passphrase,
        Kind::PortInUse,
        Kind::Damaged,
        Kind::DiskFull,
        Kind::Schema,
        Kind::NoKey,
        Kind::OtherCity,
        Kind::NoBackup,
        Kind::Internal,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Usage => "E_USAGE",
            Kind::Config => Code::Config.as_str(),
            Kind::NotInitialised => Code::NotInitialised.as_str(),
            Kind::Already => Code::Already.as_str(),
            Kind::Locked => Code::Locked.as_str(),
            Kind::Passphrase => Code::Passphrase.as_str(),
            Kind::PortInUse => Code::PortInUse.as_str(),
            Kind::Damaged => Code::Damaged.as_str(),
            Kind::DiskFull => Code::DiskFull.as_str(),
            Kind::Schema => "E_SCHEMA",
            Kind::NoKey => "E_NO_KEY",
            Kind::OtherCity => "E_OTHER_CITY",
            Kind::NoBackup => "E_NO_BACKUP",
            Kind::Internal => Code::Internal.as_str(),
        }
    }

    /// The exit code of the process.
    pub const fn exit(self) -> u8 {
        match self {
            Kind::Usage | Kind::Config => 2,
            Kind::NotInitialised => 10,
            Kind::Locked => 11,
            Kind::Passphrase => 12,
            Kind::Already
            | Kind::PortInUse
            | Kind::Damaged
            | Kind::DiskFull
            | Kind::Schema
            | Kind::NoKey
            | Kind::OtherCity
            | Kind::NoBackup
            | Kind::Internal => 1,
        }
    }
}

/// The end of the program, with its reason.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
}

impl Failure {
    /// Makes a failure with a message of its own.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    /// Makes a failure whose particulars are told in the language of the environment.
    pub fn told(kind: Kind, id: &str, values: &[(&str, &str)]) -> Self {
        Self::new(kind, Words::of_environment().say(id, values))
    }

    /// Makes a failure from what was tried and the chain of causes.
    pub fn caused(kind: Kind, tried: &str, error: &dyn Error) -> Self {
        Self::new(kind, format!("{tried}: {}", chain(error)))
    }

    /// Takes over why the store does not open.
    pub fn of_open(error: &OpenError) -> Self {
        let text = chain(error);
        let kind = match error {
            OpenError::Locked { dir, pid } => return locked(dir, *pid),
            OpenError::Schema { .. } | OpenError::UnknownFamily { .. } => Kind::Schema,
            OpenError::Read(_) => Kind::Damaged,
            _ if is_disk_full(&text) => Kind::DiskFull,
            OpenError::Backend { .. } if text.contains("Corruption") => Kind::Damaged,
            OpenError::Io { .. } | OpenError::Backend { .. } => Kind::Internal,
        };
        Self::new(kind, text)
    }

    /// Takes over why a batch was not committed.
    pub fn of_commit(error: &CommitError) -> Self {
        let text = chain(error);
        let kind = match error {
            CommitError::DiskReserve { .. } => Kind::DiskFull,
            CommitError::Failed(_) if is_disk_full(&text) => Kind::DiskFull,
            CommitError::Failed(_) => Kind::Internal,
        };
        Self::new(kind, text)
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The code with which commands are refused that this failure cuts short.
    pub fn refusal_code(&self) -> Code {
        match self.kind {
            Kind::DiskFull => Code::DiskFull,
            Kind::Damaged => Code::Damaged,
            _ => Code::Internal,
        }
    }

    /// The one line for scripts and people, in the language of the environment.
    pub fn to_json(&self) -> String {
        self.line(&Words::of_environment())
    }

    fn line(&self, words: &Words) -> String {
        let code = self.kind.code();
        let summary = words.say(code, &[]);
        // A mistake on the command line is told in the language already.
        let message = match self.kind {
            Kind::Usage => self.message.clone(),
            _ => words.say(
                "message",
                &[("summary", &summary), ("detail", &self.message)],
            ),
        };
        serde_json::json!({
            "error": {
                "code": code,
                "message": message,
                "hint": words.say(&format!("{code}-hint"), &[]),
            }
        })
        .to_string()
    }
}

/// Takes over that another process uses a folder.
pub fn locked(dir: &Path, pid: Option<u32>) -> Failure {
    let (dir, pid) = (dir.display().to_string(), pid.map(|pid| pid.to_string()));
    let (id, pid) = match &pid {
        Some(pid) => ("in-use-by", pid.as_str()),
        None => ("in-use", ""),
    };
    Failure::told(Kind::Locked, id, &[("dir", &dir), ("pid", pid)])
}

/// Joins an error and its causes.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        // Transparent errors repeat the words of their cause.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = cause.source();
    }
    text
}

fn is_disk_full(text: &str) -> bool {
    text.contains("No space left on device") || text.contains("Disk quota exceeded")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use tongban_store::FailedCause;

    use super::*;
    use crate::words::Lang;

    #[test]
    fn exit_codes_are_as_documented() {
        let check = |kind: Kind, code: &str, exit: u8| {
            assert_eq!((kind.code(), kind.exit()), (code, exit));
        };
        check(Kind::Usage, "E_USAGE", 2);
        check(Kind::Config, "E_CONFIG", 2);
        check(Kind::NotInitialised, "E_NOT_INITIALISED", 10);
        check(Kind::Locked, "E_LOCKED", 11);
        check(Kind::Passphrase, "E_PASSPHRASE", 12);
        check(Kind::Already, "E_ALREADY", 1);
        check(Kind::PortInUse, "E_PORT_IN_USE", 1);
        check(Kind::Damaged, "E_DAMAGED", 1);
        check(Kind::DiskFull, "E_DISK_FULL", 1);
        check(Kind::Schema, "E_SCHEMA", 1);
        check(Kind::NoKey, "E_NO_KEY", 1);
        check(Kind::OtherCity, "E_OTHER_CITY", 1);
        check(Kind::NoBackup, "E_NO_BACKUP", 1);
        check(Kind::Internal, "E_INTERNAL", 1);
    }

    #[test]
    fn the_line_is_one_line_with_code_message_and_hint() {
        let failure = Failure::new(Kind::Locked, "in use\nby 7");
        let line = failure.line(&Words::new(Lang::En));
        assert_eq!(line.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["error"]["code"], "E_LOCKED");
        assert_eq!(value["error"]["message"], "in use\nby 7");
        let hint = value["error"]["hint"].as_str().unwrap();
        assert!(hint.starts_with("stop the other process"), "{hint}");
        let line = failure.line(&Words::new(Lang::Zh));
        assert!(line.contains("目录正被另一进程占用：in use"), "{line}");
    }

    #[test]
    fn store_errors_keep_their_meaning() {
        let locked = OpenError::Locked {
            dir: PathBuf::from("d"),
            pid: Some(7),
        };
        assert_eq!(Failure::of_open(&locked).kind(), Kind::Locked);
        let full = CommitError::DiskReserve {
            free_bytes: 1,
            reserve_bytes: 2,
            batch_bytes: 3,
        };
        assert_eq!(Failure::of_commit(&full).kind(), Kind::DiskFull);
        let cause = |text: &str| {
            let source = std::io::Error::other(text.to_owned());
            Failure::of_commit(&CommitError::Failed(FailedCause::Backend(Arc::new(source)))).kind()
        };
        assert_eq!(
            cause("No space left on device (os error 28)"),
            Kind::DiskFull
        );
        assert_eq!(cause("Input/output error"), Kind::Internal);
    }
}
