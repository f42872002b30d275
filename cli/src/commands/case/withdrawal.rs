//! What ends a case before its decision: `tongban case withdraw`, `grant-withdrawal` and `refuse-withdrawal` (撤回),
//! `no-correction` (补正超时办结). `reply` has the same arguments.

use tongban_ledger::command::beside::OnAct;

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;

/// Raw arguments of `withdraw`, `grant-withdrawal` and `refuse-withdrawal`.
#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Why.
    #[command(flatten)]
    pub words: Words,
}

impl WithdrawArgs {
    /// Gets the words, if there are any.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<OnAct, CliError> {
        let text = self.words.check(source)?;
        plain(self.case, self.officer, text)
    }

    /// Gets the words, without which no withdrawal is refused.
    ///
    /// # Errors
    /// As [`WithdrawArgs::check`], and `E_ARGUMENT` if there are none.
    pub fn check_refusal(self, source: &mut dyn Source) -> Result<OnAct, CliError> {
        let text = self.words.required(source)?;
        plain(self.case, self.officer, text)
    }
}

/// Raw arguments of `no-correction` and `reply`: an act that answers an earlier one.
#[derive(Debug, clap::Args)]
pub struct AnswerArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The earlier act by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl AnswerArgs {
    /// Gets the words, if there are any.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<OnAct, CliError> {
        let text = self.words.check(source)?;
        Ok(OnAct {
            of: self.of,
            ..plain(self.case, self.officer, text)?
        })
    }
}

/// Checks an act of an officer that names no earlier act and no day.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn plain(case: String, officer: String, text: String) -> Result<OnAct, CliError> {
    Ok(OnAct {
        case: read::case(case)?,
        officer: read::officer(officer)?,
        of: None,
        on: None,
        text,
    })
}
