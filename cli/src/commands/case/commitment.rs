//! Papers that come later or came before: `tongban case commit` and `check-commitment` (告知承诺), `pre-review`
//! (网上预审) and `compare`.

use tongban_ledger::command::beside::{Commit, Compare, YesNo};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;

/// Raw arguments of `commit`.
#[derive(Debug, clap::Args)]
pub struct CommitArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Requirements that come later, as M3,M4
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub missing: Vec<String>,
    /// The last day for them
    #[arg(long, value_name = "DAY")]
    pub due: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl CommitArgs {
    /// Checks the day.
    ///
    /// # Errors
    /// `E_DATE` or `E_ARGUMENT`.
    pub fn check(self) -> Result<Commit, CliError> {
        Ok(Commit {
            case: read::case(self.case)?,
            missing: self.missing,
            due: read::day(&self.due, "--due")?,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Raw arguments of `check-commitment`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The papers did not come
    #[arg(long)]
    pub broken: bool,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The commitment by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
    /// What was found.
    #[command(flatten)]
    pub words: Words,
}

impl CheckArgs {
    /// Gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<YesNo, CliError> {
        Ok(YesNo {
            case: read::case(self.case)?,
            yes: !self.broken,
            officer: read::officer(self.officer)?,
            of: self.of,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `pre-review`.
#[derive(Debug, clap::Args)]
pub struct PreReviewArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The papers will not do
    #[arg(long)]
    pub failed: bool,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// What was found.
    #[command(flatten)]
    pub words: Words,
}

impl PreReviewArgs {
    /// Gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<YesNo, CliError> {
        Ok(YesNo {
            case: read::case(self.case)?,
            yes: !self.failed,
            officer: read::officer(self.officer)?,
            of: None,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Requirements whose paper differs, as M1,M2 [default: none]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub different: Vec<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl CompareArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Compare, CliError> {
        Ok(Compare {
            case: read::case(self.case)?,
            different: self.different,
            officer: read::officer(self.officer)?,
        })
    }
}
