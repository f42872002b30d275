//! `tongban case review` (实质审查), `decide` (决定), `send-result` and `served` (送达).

use tongban_ledger::case::{Delivery, Means, Outcome};
use tongban_ledger::command::{Decide, Review, SendResult, Served};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;
use crate::words;

/// Raw arguments of `review`.
#[derive(Debug, clap::Args)]
pub struct ReviewArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Findings.
    #[command(flatten)]
    pub words: Words,
}

impl ReviewArgs {
    /// Gets the findings.
    ///
    /// # Errors
    /// Personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Review, CliError> {
        Ok(Review {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `decide`.
#[derive(Debug, clap::Args)]
pub struct DecideArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The decision
    #[arg(long, value_name = "OUTCOME", value_parser = words::outcome())]
    pub outcome: Outcome,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Reasons and remedies, needed for a refusal.
    #[command(flatten)]
    pub words: Words,
}

impl DecideArgs {
    /// Gets the reasons, without which nothing is refused.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Decide, CliError> {
        Ok(Decide {
            case: read::case(self.case)?,
            outcome: self.outcome,
            officer: read::officer(self.officer)?,
            text: match self.outcome {
                Outcome::Refused => self.words.reasons(source)?,
                _ => self.words.check(source)?,
            },
        })
    }
}

/// Raw arguments of `send-result`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How the result travels
    #[arg(long, value_name = "WAY", value_parser = words::delivery())]
    pub delivery: Delivery,
}

impl SendArgs {
    /// Checks the case number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<SendResult, CliError> {
        Ok(SendResult {
            case: read::case(self.case)?,
            delivery: self.delivery,
        })
    }
}

/// Raw arguments of `served`.
#[derive(Debug, clap::Args)]
pub struct ServedArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How the applicant was reached
    #[arg(long, value_name = "MEANS", value_parser = words::means())]
    pub means: Means,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl ServedArgs {
    /// Checks the day.
    ///
    /// # Errors
    /// `E_DATE`.
    pub fn check(self) -> Result<Served, CliError> {
        Ok(Served {
            case: read::case(self.case)?,
            means: self.means,
            on: read::on(self.on.as_ref())?,
        })
    }
}
