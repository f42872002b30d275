//! Other systems in which an application goes on: `tongban case jump-out` (留痕跳转), `back-flow` (回流).

use tongban_ledger::command::external::{BackFlow, JumpOut};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;

/// Raw arguments of `jump-out`.
#[derive(Debug, clap::Args)]
pub struct JumpArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The other system, as a code
    #[arg(long, value_name = "SYSTEM")]
    pub system: String,
    /// The link signs the applicant on
    #[arg(long)]
    pub sso: bool,
    /// The last day on which the link was seen to work [default: today]
    #[arg(long, value_name = "DAY")]
    pub checked: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The link.
    #[command(flatten)]
    pub words: Words,
}

impl JumpArgs {
    /// Checks the day and gets the link.
    ///
    /// # Errors
    /// `E_DATE`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<JumpOut, CliError> {
        Ok(JumpOut {
            case: read::case(self.case)?,
            system: self.system,
            sso: self.sso,
            checked: read::on(self.checked.as_ref())?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `back-flow`.
#[derive(Debug, clap::Args)]
pub struct BackArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The number of the case in the other system
    #[arg(long, value_name = "NUMBER")]
    pub number: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// The jump by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
    /// What the other system said.
    #[command(flatten)]
    pub words: Words,
}

impl BackArgs {
    /// Checks the day and gets the words.
    ///
    /// # Errors
    /// `E_DATE`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<BackFlow, CliError> {
        Ok(BackFlow {
            case: read::case(self.case)?,
            number: self.number,
            on: read::on(self.on.as_ref())?,
            officer: read::officer(self.officer)?,
            of: self.of,
            text: self.words.check(source)?,
        })
    }
}
