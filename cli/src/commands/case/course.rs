//! What the law lets happen besides: `tongban case redirect` (不属本机关), `special-start` and `special-end`
//! (特别程序), `extend` (延长审批), `annul` (撤销).

use tongban_ledger::case::Special;
use tongban_ledger::command::beside::{Annul, Extend, OnAct, Redirect, SpecialStart};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;
use crate::words;

/// Raw arguments of `redirect`.
#[derive(Debug, clap::Args)]
pub struct RedirectArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The member city that is competent [default: none, the organ is no member]
    #[arg(long, value_name = "CITY")]
    pub to: Option<String>,
    /// The legal basis, as 行政许可法32
    #[arg(long, value_name = "LAW")]
    pub basis: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Words for the applicant.
    #[command(flatten)]
    pub words: Words,
}

impl RedirectArgs {
    /// Checks the city and gets the words, without which nobody is sent elsewhere.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Redirect, CliError> {
        Ok(Redirect {
            case: read::case(self.case)?,
            to: self.to.map(|to| read::division(&to, "--to")).transpose()?,
            basis: self.basis,
            officer: read::officer(self.officer)?,
            text: self.words.required(source)?,
        })
    }
}

/// Raw arguments of `special-start`.
#[derive(Debug, clap::Args)]
pub struct SpecialStartArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Which procedure
    #[arg(long, value_name = "KIND", value_parser = words::special())]
    pub kind: Special,
    /// Its working days
    #[arg(long, value_name = "COUNT")]
    pub days: u16,
    /// The legal basis, as 行政许可法32
    #[arg(long, value_name = "LAW")]
    pub basis: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// What the applicant was told.
    #[command(flatten)]
    pub words: Words,
}

impl SpecialStartArgs {
    /// Checks the day and gets what the applicant was told.
    ///
    /// # Errors
    /// `E_DATE`, `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<SpecialStart, CliError> {
        Ok(SpecialStart {
            case: read::case(self.case)?,
            kind: self.kind,
            days: self.days,
            basis: self.basis,
            officer: read::officer(self.officer)?,
            on: read::on(self.on.as_ref())?,
            text: self.words.required(source)?,
        })
    }
}

/// Raw arguments of `special-end`.
#[derive(Debug, clap::Args)]
pub struct SpecialEndArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// What was found.
    #[command(flatten)]
    pub words: Words,
}

impl SpecialEndArgs {
    /// Checks the day and gets the words.
    ///
    /// # Errors
    /// `E_DATE`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<OnAct, CliError> {
        Ok(OnAct {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
            of: None,
            on: read::on(self.on.as_ref())?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `extend`.
#[derive(Debug, clap::Args)]
pub struct ExtendArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// By how many working days
    #[arg(long, value_name = "COUNT")]
    pub days: u16,
    /// The legal basis, as 行政许可法32
    #[arg(long, value_name = "LAW")]
    pub basis: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The staff number of the head who approved it
    #[arg(long, value_name = "STAFF-NO")]
    pub second: String,
    /// What the applicant was told.
    #[command(flatten)]
    pub words: Words,
}

impl ExtendArgs {
    /// Checks both officers and gets what the applicant was told.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Extend, CliError> {
        Ok(Extend {
            case: read::case(self.case)?,
            days: self.days,
            basis: self.basis,
            officer: read::officer(self.officer)?,
            second: read::staff(self.second, "--second")?,
            text: self.words.required(source)?,
        })
    }
}

/// Raw arguments of `annul`.
#[derive(Debug, clap::Args)]
pub struct AnnulArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The legal basis, as 行政许可法32
    #[arg(long, value_name = "LAW")]
    pub basis: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The staff number of the head who approved it
    #[arg(long, value_name = "STAFF-NO")]
    pub second: String,
    /// Reasons and remedies.
    #[command(flatten)]
    pub words: Words,
}

impl AnnulArgs {
    /// Checks both officers and gets the reasons.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Annul, CliError> {
        Ok(Annul {
            case: read::case(self.case)?,
            basis: self.basis,
            officer: read::officer(self.officer)?,
            second: read::staff(self.second, "--second")?,
            text: self.words.reasons(source)?,
        })
    }
}
