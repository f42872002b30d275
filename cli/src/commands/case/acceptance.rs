//! `tongban case accept` (受理) and `not-accept` (不予受理).

use tongban_ledger::command::{Accept, NotAccept};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;

/// Raw arguments of `accept`.
#[derive(Debug, clap::Args)]
pub struct AcceptArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The day [default: the day the last papers came in]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl AcceptArgs {
    /// Checks the day.
    ///
    /// # Errors
    /// `E_DATE`.
    pub fn check(self) -> Result<Accept, CliError> {
        Ok(Accept {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
            on: read::on(self.on.as_ref())?,
        })
    }
}

/// Raw arguments of `not-accept`.
#[derive(Debug, clap::Args)]
pub struct NotAcceptArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The legal basis, as 行政许可法32
    #[arg(long, value_name = "LAW")]
    pub basis: String,
    /// Reasons and remedies for the applicant.
    #[command(flatten)]
    pub words: Words,
}

impl NotAcceptArgs {
    /// Gets the reasons.
    ///
    /// # Errors
    /// Personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<NotAccept, CliError> {
        Ok(NotAccept {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
            basis: self.basis,
            text: self.words.reasons(source)?,
        })
    }
}
