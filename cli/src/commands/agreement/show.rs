//! `tongban agreement show`: the agreements, their members with the fingerprints of their root keys, their terms.

use super::{changes, terms};
use crate::cities::{Cities, members};
use crate::commands::status;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::table::table;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whole ids
    #[arg(long)]
    pub full: bool,
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    let answer = context
        .client
        .status()
        .await
        .map_err(|error| context.explain(error))?;
    let cities = Cities::of(&answer);
    let mut text = String::new();
    if answer.agreements.is_empty() {
        text.push_str(&format!("{}\n", say.t("status-no-agreement")));
    }
    for agreement in &answer.agreements {
        text.push_str(&status::members(agreement, context));
        let header = [say.t("label-city"), say.t("label-fingerprint")];
        let rows = members(agreement)
            .into_iter()
            .map(|member| vec![member.city.name.clone(), member.city.fingerprint.clone()])
            .collect();
        text.push_str(&table(&header, rows, &[]));
        text.push_str(&terms::show(&agreement.terms, &cities, args.full, say));
        text.push_str(&changes::show(&agreement.changes, &cities, say));
    }
    Ok(Shown::new(&answer.agreements, text))
}
