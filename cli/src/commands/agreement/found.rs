//! `tongban agreement found`: an agreement from terms and the other cities' invitations.

use std::path::PathBuf;

use tongban_ledger::command::{Command, FoundAgreement};

use super::accept;
use super::invite::write_file;
use crate::commands::give;
use crate::context::Context;
use crate::error::CliError;
use crate::files;
use crate::output::Shown;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The terms, as TOML or JSON
    #[arg(long, value_name = "FILE|-")]
    pub terms: String,
    /// Another founder's invitation; may be repeated
    #[arg(long = "invitation", value_name = "FILE", required = true, num_args = 1..)]
    pub invitations: Vec<String>,
    /// Where to write the founding file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Founds it although this node has an agreement of the same code
    #[arg(long)]
    pub again: bool,
}

impl Args {
    /// Reads the terms and the invitations.
    ///
    /// # Errors
    /// A file cannot be read or is no terms.
    pub fn check(self, source: &mut dyn Source) -> Result<FoundAgreement, CliError> {
        let terms = files::terms(&self.terms, source)?;
        let mut invitations = Vec::new();
        for file in &self.invitations {
            invitations.push(source.read(file)?.as_str().to_owned());
        }
        Ok(FoundAgreement {
            terms,
            invitations,
            again: self.again,
        })
    }
}

/// Runs the command.
///
/// # Errors
/// A file cannot be used, or the node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let output = args.output.clone();
    let found = Command::AgreementFound(args.check(&mut context.terminal())?);
    let (mut shown, done) = give(&found, context).await?;
    let founding = done.founding.unwrap_or_default();
    match output {
        None => shown.text = founding,
        Some(path) => {
            write_file(&path, founding.as_bytes())?;
            let file = path.display().to_string();
            let next = context.say.tf("found-next", &[("file", &file)]);
            shown
                .text
                .push_str(&accept::preview(&founding, context).await?.0);
            shown.text.push_str(&format!("{next}\n"));
        }
    }
    Ok(shown)
}
