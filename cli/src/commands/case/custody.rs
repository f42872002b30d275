//! `tongban case push` (推送). The answers to a push need only the case.

use tongban_ledger::command::Push;

use crate::error::CliError;
use crate::read;

/// Raw arguments of `push`.
#[derive(Debug, clap::Args)]
pub struct PushArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The recipient [default: the owner, or back to where the case came from]
    #[arg(long, value_name = "CITY")]
    pub to: Option<String>,
}

impl PushArgs {
    /// Checks the recipient.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Push, CliError> {
        let to = self.to.map(|to| read::division(&to, "--to")).transpose()?;
        Ok(Push {
            case: read::case(self.case)?,
            to,
        })
    }
}
