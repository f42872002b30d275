//! `tongban case rate` (好差评) and `follow-up` (差评整改). Who rates is recorded nowhere.

use tongban_ledger::case::{Channel, FollowStep, Target};
use tongban_ledger::code::Code;
use tongban_ledger::command::beside::{FollowUp, Rate};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::rule::Rule;
use crate::source::Source;
use crate::words;

/// Raw arguments of `rate`.
#[derive(Debug, clap::Args)]
pub struct RateArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// 1, very satisfied, to 5, very dissatisfied
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub level: u8,
    /// How it came
    #[arg(long, value_name = "WAY", value_parser = words::channel())]
    pub channel: Channel,
    /// What is rated
    #[arg(long, value_name = "TARGET", value_parser = words::target())]
    pub target: Target,
    /// The visit to the window, counted from 1; absent for a rating online
    #[arg(long, value_name = "COUNT")]
    pub visit: Option<u16>,
    /// The city that is rated [default: the owner]
    #[arg(long, value_name = "CITY")]
    pub city: Option<String>,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl RateArgs {
    /// Checks visit and city, and gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Rate, CliError> {
        let visit = self.visit.unwrap_or(0);
        if (self.channel == Channel::OnSite) == (visit == 0) {
            return Err(CliError::rule(Code::Argument, "--visit", Rule::Visit, ""));
        }
        let city = self.city.map(|city| read::division(&city, "--city"));
        Ok(Rate {
            case: read::case(self.case)?,
            level: self.level,
            channel: self.channel,
            visit,
            city: city.transpose()?,
            target: self.target,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `follow-up`.
#[derive(Debug, clap::Args)]
pub struct FollowUpArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What was done
    #[arg(long, value_name = "STEP", value_parser = words::follow())]
    pub step: FollowStep,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The rating by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl FollowUpArgs {
    /// Gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<FollowUp, CliError> {
        Ok(FollowUp {
            case: read::case(self.case)?,
            step: self.step,
            officer: read::officer(self.officer)?,
            of: self.of,
            text: self.words.check(source)?,
        })
    }
}
