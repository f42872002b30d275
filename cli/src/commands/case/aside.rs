//! Between cities, beside the course of a case: `tongban case ask` and `answer` (核实), `contact`, `supervise` (督办),
//! `complain` (投诉).

use tongban_ledger::case::Means;
use tongban_ledger::command::beside::{Answer, Ask, Complain, Contact, Supervise};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;
use crate::{personal, words};

/// Raw arguments of `ask`.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The city asked
    #[arg(long, value_name = "CITY")]
    pub to: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The question.
    #[command(flatten)]
    pub words: Words,
}

impl AskArgs {
    /// Checks the city and gets the question.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Ask, CliError> {
        Ok(Ask {
            case: read::case(self.case)?,
            to: read::division(&self.to, "--to")?,
            officer: read::officer(self.officer)?,
            text: self.words.required(source)?,
        })
    }
}

/// Raw arguments of `answer`.
#[derive(Debug, clap::Args)]
pub struct AnswerArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// It is not as asked
    #[arg(long)]
    pub no: bool,
    /// How the answer came
    #[arg(long, value_name = "MEANS", value_parser = words::means())]
    pub means: Means,
    /// The staff number of who was called, needed for telephone and fax
    #[arg(long, value_name = "STAFF-NO")]
    pub callee: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The question by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl AnswerArgs {
    /// Checks the officers and gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Answer, CliError> {
        let callee = self.callee.map(|callee| read::staff(callee, "--callee"));
        Ok(Answer {
            case: read::case(self.case)?,
            yes: !self.no,
            means: self.means,
            callee: callee.transpose()?,
            officer: read::officer(self.officer)?,
            of: self.of,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `contact`.
#[derive(Debug, clap::Args)]
pub struct ContactArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How the city was reached
    #[arg(long, value_name = "MEANS", value_parser = words::means())]
    pub means: Means,
    /// The staff number of who was reached
    #[arg(long, value_name = "STAFF-NO")]
    pub callee: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The push or the step by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
}

impl ContactArgs {
    /// Checks both officers.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Contact, CliError> {
        Ok(Contact {
            case: read::case(self.case)?,
            means: self.means,
            callee: read::staff(self.callee, "--callee")?,
            officer: read::officer(self.officer)?,
            of: self.of,
        })
    }
}

/// Raw arguments of `supervise`.
#[derive(Debug, clap::Args)]
pub struct SuperviseArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The city that has to answer
    #[arg(long, value_name = "CITY")]
    pub to: String,
    /// Why, in one word
    #[arg(long, value_name = "REASON")]
    pub reason: String,
    /// The last day for the answer
    #[arg(long, value_name = "DAY")]
    pub due: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl SuperviseArgs {
    /// Checks city, reason and day, and gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, `E_DATE`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Supervise, CliError> {
        Ok(Supervise {
            case: read::case(self.case)?,
            to: read::division(&self.to, "--to")?,
            reason: words::reason_or_code(&personal::guarded(self.reason)?),
            due: read::day(&self.due, "--due")?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `complain`.
#[derive(Debug, clap::Args)]
pub struct ComplainArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The city that it is about
    #[arg(long, value_name = "CITY")]
    pub about: String,
    /// What it is about
    #[arg(long, value_name = "REASON", value_parser = words::reason())]
    pub reason: String,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl ComplainArgs {
    /// Checks the city and gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Complain, CliError> {
        Ok(Complain {
            case: read::case(self.case)?,
            about: read::division(&self.about, "--about")?,
            reason: self.reason,
            text: self.words.check(source)?,
        })
    }
}
