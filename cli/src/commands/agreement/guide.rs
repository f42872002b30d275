//! `tongban agreement publish-guide`: another version of one of this city's own guides.

use tongban_ledger::command::beside::PublishGuide;

use super::Which;
use crate::error::CliError;
use crate::files;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The guide, as TOML or JSON, with the keys of a guide in the terms
    #[arg(value_name = "FILE|-")]
    pub guide_file: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl Args {
    /// Reads the guide.
    ///
    /// # Errors
    /// The file cannot be read or is no guide.
    pub fn check(self, source: &mut dyn Source) -> Result<PublishGuide, CliError> {
        Ok(PublishGuide {
            guide: files::guide(&self.guide_file, source)?,
            agreement: self.which.agreement,
        })
    }
}
