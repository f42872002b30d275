//! `tongban case receive` (收件). The applicant comes by prompt, file or standard input, never as an argument.

use tongban_ledger::command::Receive;

use crate::error::CliError;
use crate::files;
use crate::read;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The item's base code
    #[arg(long, value_name = "ITEM")]
    pub item: String,
    /// The city that holds the power
    #[arg(long, value_name = "CITY")]
    pub owner: String,
    /// What is handed in, as M1:2,M2 (requirement and pages)
    #[arg(long, value_name = "LIST")]
    pub materials: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The applicant as JSON or TOML: name, id_number, phone, address; asked for if absent
    #[arg(long, value_name = "FILE|-")]
    pub applicant_file: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl Args {
    /// Checks the arguments and gets the applicant.
    ///
    /// # Errors
    /// A mistake in an argument, or no applicant.
    pub fn check(self, source: &mut dyn Source) -> Result<Receive, CliError> {
        let owner = read::division(&self.owner, "--owner")?;
        let materials = read::materials(&self.materials)?;
        let officer = read::officer(self.officer)?;
        let on = read::on(self.on.as_ref())?;
        // The applicant comes last, so that nobody types one for a command that fails anyway.
        let applicant = match &self.applicant_file {
            Some(file) => files::applicant(file, source)?,
            None => source.applicant()?,
        };
        Ok(Receive {
            item: self.item,
            owner,
            applicant,
            materials,
            officer,
            on,
        })
    }
}
