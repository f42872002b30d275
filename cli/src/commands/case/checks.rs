//! `tongban case id-check` (人证核验) and `original-check` (原件核验).

use tongban_ledger::command::{IdCheck, OriginalCheck};

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
    /// Takes the arguments over.
    pub fn check(self) -> IdCheck {
        IdCheck {
            case: self.case,
            passed: !self.failed,
            officer: self.officer,
        }
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
    /// Takes the arguments over.
    pub fn check(self) -> OriginalCheck {
        OriginalCheck {
            case: self.case,
            seen: self.seen,
            officer: self.officer,
        }
    }
}
