//! `tongban case id-check` (人证核验), `original-check` (原件核验) and `formal-pass` (形式审查通过).

use tongban_ledger::command::consult::FormalPass;
use tongban_ledger::command::{IdCheck, OriginalCheck};

use crate::error::CliError;
use crate::read;

/// Raw arguments of `id-check`.
#[derive(Debug, clap::Args)]
pub struct IdCheckArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The person does not match the card
    #[arg(long)]
    pub failed: bool,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl IdCheckArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<IdCheck, CliError> {
        Ok(IdCheck {
            case: read::case(self.case)?,
            passed: !self.failed,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Raw arguments of `original-check`.
#[derive(Debug, clap::Args)]
pub struct OriginalCheckArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Requirements whose originals were seen, as M1,M2
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub seen: Vec<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl OriginalCheckArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<OriginalCheck, CliError> {
        Ok(OriginalCheck {
            case: read::case(self.case)?,
            seen: self.seen,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Raw arguments of `formal-pass`.
#[derive(Debug, clap::Args)]
pub struct FormalPassArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The consult whose video, signed by both cities, stands as the formal review
    #[arg(long, value_name = "CONSULT")]
    pub consult: Option<String>,
}

impl FormalPassArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<FormalPass, CliError> {
        Ok(FormalPass {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
            consult: self.consult,
        })
    }
}
