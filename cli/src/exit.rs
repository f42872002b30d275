//! Exit codes, which scripts rely on: documented in `--help` and never given another meaning.

use tongban_ledger::code::Code;

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Refused or failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Done in part: the evidence holds, but its keys are not pinned.
    Partial = 3,
    /// This user or key may not do it.
    Auth = 4,
    /// There is no node in this directory yet.
    NotInitialised = 10,
    /// Another process holds the directory.
    Locked = 11,
    /// The passphrase is wrong.
    Passphrase = 12,
    /// The node does not run, or the other city cannot be reached.
    Away = 13,
    /// Materials or checks are missing.
    Incomplete = 14,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl Exit {
    /// Every exit code, ascending.
    pub const ALL: [Exit; 11] = [
        Exit::Ok,
        Exit::Failed,
        Exit::Usage,
        Exit::Partial,
        Exit::Auth,
        Exit::NotInitialised,
        Exit::Locked,
        Exit::Passphrase,
        Exit::Away,
        Exit::Incomplete,
        Exit::Interrupted,
    ];

    /// Returns the number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the exit code of a refusal.
    pub const fn of_refusal(code: Code) -> Exit {
        match code {
            Code::Argument | Code::Config => Exit::Usage,
            Code::KeyRevoked => Exit::Auth,
            Code::NotInitialised => Exit::NotInitialised,
            Code::Locked => Exit::Locked,
            Code::Passphrase => Exit::Passphrase,
            Code::Peer => Exit::Away,
            Code::CheckMissing => Exit::Incomplete,
            _ => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_their_exit_codes() {
        let check = |code: Code, expected: u8| {
            assert_eq!(Exit::of_refusal(code).code(), expected, "{code}");
        };
        check(Code::Argument, 2);
        check(Code::Config, 2);
        check(Code::KeyRevoked, 4);
        check(Code::NotInitialised, 10);
        check(Code::Locked, 11);
        check(Code::Passphrase, 12);
        check(Code::Peer, 13);
        check(Code::CheckMissing, 14);
        check(Code::Grant, 1);
        check(Code::PushOpen, 1);
        check(Code::Damaged, 1);
    }

    #[test]
    fn no_refusal_looks_like_success_or_partial_success() {
        for &code in Code::ALL {
            let exit = Exit::of_refusal(code);
            assert!(!matches!(exit, Exit::Ok | Exit::Partial), "{code}");
        }
    }
}
