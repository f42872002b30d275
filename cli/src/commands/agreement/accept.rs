//! `tongban agreement accept`: shows what a founding file says, every founder with the fingerprint that people
//! compare, and signs it once they said yes.

use tongban_client::FoundingPreview;
use tongban_ledger::command::{Command, Founding};
use tongban_sync::founding::read_founding;

use super::terms;
use crate::catalogue::Catalogue;
use crate::commands::give;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, Shown};
use crate::source::Source;
use crate::table::{fields, table};

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The founding file
    #[arg(value_name = "FILE|-")]
    pub file: String,
    /// Signs without asking: the fingerprints have been compared
    #[arg(long, short)]
    pub yes: bool,
}

impl Args {
    /// Reads the founding file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn founding(&self, source: &mut dyn Source) -> Result<Founding, CliError> {
        Ok(Founding {
            founding: source.read(&self.file)?.as_str().to_owned(),
        })
    }
}

/// Runs the command.
///
/// # Errors
/// The file cannot be used, nobody confirmed, or the node refused or does not answer.
pub async fn run(
    args: Args,
    sign: fn(Founding) -> Command,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let say = context.say;
    let founding = args.founding(&mut context.terminal())?;
    let (text, preview) = preview(&founding.founding, context).await?;
    if !args.yes {
        output::remark(&text);
        context.terminal().confirm(&say.t("ask-accept"))?;
    }
    let (mut shown, _) = give(&sign(founding), context).await?;
    if args.yes {
        shown.text.insert_str(0, &text);
    }
    if let Some(object) = shown.json.as_object_mut()
        && let Ok(preview) = serde_json::to_value(&preview)
    {
        object.insert("preview".to_owned(), preview);
    }
    Ok(shown)
}

/// Asks the node what a founding file says, as text and as data.
///
/// # Errors
/// The node refused or does not answer.
pub async fn preview(
    founding: &str,
    context: &Context<'_>,
) -> Result<(String, FoundingPreview), CliError> {
    let preview = context
        .client
        .founding_preview(founding)
        .await
        .map_err(|error| context.explain(error))?;
    let say = context.say;
    let mut text = fields(&[(
        say.t("label-agreement"),
        format!("{} {}", preview.code, preview.name),
    )]);
    let header = [say.t("label-city"), say.t("label-fingerprint")];
    let rows = preview
        .members
        .iter()
        .map(|city| {
            vec![
                format!("{} {}", city.name, city.division),
                city.fingerprint.clone(),
            ]
        })
        .collect();
    text.push_str(&table(&header, rows, &[]));
    text.push_str(&terms_of(founding, &preview, say));
    text.push_str(&format!("{}\n", say.t("accept-compare")));
    Ok((text, preview))
}

/// Writes the terms in a founding file; what the node counted, where this version cannot read the file.
fn terms_of(founding: &str, preview: &FoundingPreview, say: &Catalogue) -> String {
    match read_founding(founding) {
        Ok(read) => {
            let (terms, cities) = terms::of_found(&read.found);
            terms::show(&terms, &cities, true, say)
        }
        Err(_) => fields(&[
            (say.t("label-items"), preview.items.to_string()),
            (say.t("label-live"), preview.live.to_string()),
            (say.t("label-grants"), preview.grants.to_string()),
        ]),
    }
}
