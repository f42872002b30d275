//! `tongban settle show MONTH`: a month's postage as this city sees it.

use tongban_ledger::answer::{SettlementAnswer, SettlementLine};

use crate::cities::Cities;
use crate::commands::money;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::table::{fields, table};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Shows a month.
    Show {
        /// The month, as 2026-09
        #[arg(value_name = "MONTH")]
        month: String,
    },
}

/// Runs the command.
///
/// # Errors
/// `E_DATE`, or the node refused or does not answer.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let Sub::Show { month } = sub;
    let month = read::month(&month)?;
    let answer = context
        .client
        .settlement(month)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    Ok(Shown::new(&answer, show(&answer, &cities, context)))
}

fn show(answer: &SettlementAnswer, cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let mut text = fields(&[
        (say.t("label-month"), answer.month.to_string()),
        (say.t("label-city"), cities.show(answer.city)),
        (say.t("label-net"), money(answer.net)),
        (say.t("label-self-paid"), money(answer.self_paid)),
    ]);
    let header = [
        say.t("label-debtor"),
        say.t("label-creditor"),
        say.t("label-amount"),
    ];
    let owes: Vec<Vec<String>> = answer
        .owes
        .iter()
        .flat_map(|(debtor, creditors)| {
            creditors.iter().map(|(creditor, fen)| {
                vec![cities.show(*debtor), cities.show(*creditor), money(*fen)]
            })
        })
        .collect();
    if !owes.is_empty() {
        text.push_str(&table(&header, owes, &[2]));
    }
    for (title, list) in [
        (say.t("settle-lines"), &answer.lines),
        (say.t("settle-waiting"), &answer.waiting),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("{title}\n{}", lines(list, cities, context)));
        }
    }
    if !answer.duplicates.is_empty() {
        let numbers = answer.duplicates.join(", ");
        let line = say.tf("settle-duplicates", &[("numbers", &numbers)]);
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn lines(list: &[SettlementLine], cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-tracking"),
        say.t("label-kind"),
        say.t("label-amount"),
        say.t("label-payer"),
        say.t("label-liable"),
    ];
    let rows = list
        .iter()
        .map(|line| {
            vec![
                line.tracking.clone(),
                say.term("cost", line.kind.name()),
                money(line.fen),
                cities.show(line.payer),
                line.liable
                    .map_or_else(|| say.t("label-applicant"), |city| cities.show(city)),
            ]
        })
        .collect();
    table(&header, rows, &[2])
}
