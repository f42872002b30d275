//! `tongban verify`: the node folds everything again and checks what it stores.

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::table::{fields, table};

/// Runs the command; damage ends it with exit code 1.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    let answer = context
        .client
        .verify()
        .await
        .map_err(|error| context.explain(error))?;
    let mut text = fields(&[
        (say.t("label-documents"), answer.documents.to_string()),
        (say.t("label-entries"), answer.entries.to_string()),
    ]);
    if answer.damaged.is_empty() {
        text.push_str(&format!("{}\n", say.t("verify-sound")));
        return Ok(Shown::new(&answer, text));
    }
    let header = [
        say.t("label-document"),
        say.t("label-known-as"),
        say.t("label-damage"),
    ];
    let rows = answer
        .damaged
        .iter()
        .map(|(document, code)| {
            let wording = output::message(code.as_str(), say);
            let name = answer.names.get(document).cloned().unwrap_or_default();
            vec![document.clone(), name, format!("{wording} [{code}]")]
        })
        .collect();
    text.push_str(&format!("{}\n", say.t("verify-damaged")));
    text.push_str(&table(&header, rows, &[]));
    text.push_str(&format!("{}\n", say.t("verify-hint")));
    Ok(Shown::new(&answer, text).with_exit(Exit::Failed))
}
