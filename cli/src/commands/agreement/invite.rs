//! `tongban agreement invite`: this city's card for the founder of an agreement.

use std::path::PathBuf;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::table::fields;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to write it [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where other cities reach this node, as host:port; may be repeated
    #[arg(long = "address", value_name = "ADDR")]
    pub addresses: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer, or the file cannot be written.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    let invitation = context
        .client
        .invitation(args.addresses)
        .await
        .map_err(|error| context.explain(error))?;
    let Some(path) = args.output else {
        return Ok(Shown::new(&invitation, invitation.invitation.clone()));
    };
    write_file(&path, invitation.invitation.as_bytes())?;
    let mut text = fields(&[
        (say.t("label-file"), path.display().to_string()),
        (say.t("label-fingerprint"), invitation.fingerprint.clone()),
    ]);
    text.push_str(&format!("{}\n", say.t("invite-next")));
    Ok(Shown::new(&invitation, text))
}

/// Writes a file of a command's result.
///
/// # Errors
/// [`CliError::File`].
pub fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })
}
