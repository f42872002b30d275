//! `tongban settle show MONTH`: a month's postage as this city sees it.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{SettlementAnswer, SettlementLine};

use crate::catalogue::Catalogue;
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
    let text = show(&answer, &cities, context.say);
    Ok(Shown::new(&answer, text))
}

fn show(answer: &SettlementAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut text = fields(&[
        (say.t("label-month"), answer.month.to_string()),
        (say.t("label-city"), cities.show(answer.city)),
    ]);
    if is_empty(answer) {
        text.push_str(&format!("{}\n", say.t("settle-none")));
        return text;
    }
    let net = signed(answer.net, say);
    text.push_str(&fields(&[
        (say.t("label-net"), net),
        (say.t("label-self-paid"), money(answer.self_paid)),
    ]));
    text.push_str(&balances(answer, cities, say));
    let (ours, theirs): (Vec<SettlementLine>, Vec<SettlementLine>) = answer
        .waiting
        .iter()
        .cloned()
        .partition(|line| line.payer != answer.city);
    for (title, list) in [
        (say.t("settle-lines"), &answer.lines),
        (say.t("settle-waiting-own"), &ours),
        (say.t("settle-waiting"), &theirs),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("\n{title}\n{}", lines(list, cities, say)));
        }
    }
    if !answer.duplicates.is_empty() {
        let numbers = answer.duplicates.join(&say.t("list-comma"));
        let line = say.tf("settle-duplicates", &[("numbers", &numbers)]);
        text.push_str(&format!("{line}\n"));
    }
    text
}

/// Says whether the node knows nothing of the month.
fn is_empty(answer: &SettlementAnswer) -> bool {
    answer.owes.is_empty()
        && answer.lines.is_empty()
        && answer.waiting.is_empty()
        && answer.duplicates.is_empty()
        && answer.self_paid == 0
}

/// Writes a net with its direction.
fn signed(net: i64, say: &Catalogue) -> String {
    let amount = money(net.saturating_abs());
    match net {
        0 => amount,
        1.. => say.tf("settle-due", &[("amount", &amount)]),
        _ => say.tf("settle-owed", &[("amount", &amount)]),
    }
}

/// Writes what each other city is to get and to give.
fn balances(answer: &SettlementAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut by: BTreeMap<DivisionCode, (i64, i64)> = BTreeMap::new();
    for (debtor, creditors) in &answer.owes {
        for (creditor, fen) in creditors {
            if *creditor == answer.city {
                let due = &mut by.entry(*debtor).or_default().0;
                *due = due.saturating_add(*fen);
            } else if *debtor == answer.city {
                let owed = &mut by.entry(*creditor).or_default().1;
                *owed = owed.saturating_add(*fen);
            }
        }
    }
    if by.is_empty() {
        return String::new();
    }
    let header = [
        say.t("label-other-city"),
        say.t("label-due-to-us"),
        say.t("label-owed-by-us"),
        say.t("label-net"),
    ];
    let rows = by
        .into_iter()
        .map(|(city, (due, owed))| {
            let net = signed(due.saturating_sub(owed), say);
            vec![cities.show(city), money(due), money(owed), net]
        })
        .collect();
    format!("\n{}", table(&header, rows, &[1, 2, 3]))
}

fn lines(list: &[SettlementLine], cities: &Cities, say: &Catalogue) -> String {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    fn answer(value: serde_json::Value) -> SettlementAnswer {
        serde_json::from_value(value).expect("a settlement")
    }

    #[test]
    fn a_month_shows_each_city_and_whose_turn_a_line_is() {
        let line = |tracking: &str, payer: &str| {
            json!({
                "tracking": tracking, "kind": "postage", "fen": 2200, "payer": payer,
                "liable": "330800",
            })
        };
        let month = answer(json!({
            "month": "2026-09", "city": "330800", "net": -1700, "self_paid": 0,
            "owes": { "330800": { "350700": 2200 }, "350700": { "330800": 500 } },
            "lines": [], "waiting": [line("EZ1", "350700"), line("EZ2", "330800")],
            "duplicates": [],
        }));
        let text = show(&month, &cities(), &Catalogue::new(Lang::Zh));
        let row = text
            .lines()
            .find(|line| line.contains("南平市") && line.contains("5.00"));
        let row = row.expect("南平 has a row");
        assert!(
            row.contains("22.00") && row.contains("应付 ¥17.00"),
            "{text}"
        );
        let ours = text.find("待本市确认").expect("ours");
        let theirs = text.find("待对方确认").expect("theirs");
        let place = |number: &str| text.find(number).expect(number);
        assert!(ours < place("EZ1") && place("EZ1") < theirs, "{text}");
        assert!(theirs < place("EZ2"), "{text}");
    }

    #[test]
    fn a_month_without_data_is_no_bill() {
        let month = answer(json!({
            "month": "2026-10", "city": "330800", "net": 0, "self_paid": 0, "owes": {},
            "lines": [], "waiting": [], "duplicates": [],
        }));
        let text = show(&month, &cities(), &Catalogue::new(Lang::Zh));
        assert!(
            text.contains("尚无数据") && !text.contains("净额"),
            "{text}"
        );
    }
}
