//! `tongban settle …`: a month's postage as this city sees it, on the screen or in a file.

use std::collections::BTreeMap;

use tongban_export::{Book, Cell, Column, Fact, Table};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{SettlementAnswer, SettlementLine};
use tongban_ledger::money::Fen;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::money;
use crate::context::Context;
use crate::error::CliError;
use crate::export::{self, FileArgs};
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
    /// Writes a month's lines to a file.
    Export {
        /// The month, as 2026-09
        #[arg(value_name = "MONTH")]
        month: String,
        /// Where to, and how
        #[command(flatten)]
        file: FileArgs,
    },
}

/// Runs the command.
///
/// # Errors
/// `E_DATE`, or the node refused or does not answer.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let (month, file) = match sub {
        Sub::Show { month } => (month, None),
        Sub::Export { month, file } => (month, Some(file)),
    };
    let month = read::month(&month)?;
    let answer = context
        .client
        .settlement(month)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    if let Some(file) = file {
        return export::write(&book(&answer, &cities, context.say)?, &file, context);
    }
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

/// The month as tables: every line with its standing, and what each other city is to get and to give.
fn book(answer: &SettlementAnswer, cities: &Cities, say: &Catalogue) -> Result<Book, CliError> {
    let word = export::words(say);
    let fact = |label: String, value: Cell| Fact { label, value };
    let own = cities.show(answer.city);
    let columns = vec![
        Column::new(say.t("label-tracking"), 20),
        Column::new(say.t("label-kind"), 12),
        Column::new(say.t("label-amount"), 14),
        Column::new(say.t("label-payer"), 18),
        Column::new(say.t("label-liable"), 18),
        Column::new(word("export-standing"), 16),
    ];
    let row = |line: &SettlementLine, standing: &str| {
        vec![
            Cell::text(&line.tracking),
            Cell::text(say.term("cost", line.kind.name())),
            Cell::Amount(Fen::new(line.fen)),
            Cell::text(cities.show(line.payer)),
            Cell::text(match line.liable {
                Some(city) => cities.show(city),
                None => say.t("label-applicant"),
            }),
            Cell::text(word(&format!("export-standing-{standing}"))),
        ]
    };
    let counted = answer.lines.iter().map(|line| row(line, "counted"));
    let waiting = answer.waiting.iter().map(|line| row(line, "unconfirmed"));
    let lines = Table::sorted(
        word("export-lines"),
        columns,
        counted.chain(waiting).collect(),
    );
    let mut owes = Vec::new();
    for (debtor, creditors) in &answer.owes {
        for (creditor, fen) in creditors {
            owes.push(vec![
                Cell::text(cities.show(*debtor)),
                Cell::text(cities.show(*creditor)),
                Cell::Amount(Fen::new(*fen)),
            ]);
        }
    }
    let gross = answer.owes.values().flat_map(|of| of.values());
    let gross = Fen::checked_sum(gross.map(|fen| Fen::new(*fen))).map_err(export::money)?;
    let columns = vec![
        Column::new(say.t("label-debtor"), 20),
        Column::new(say.t("label-creditor"), 20),
        Column::new(say.t("label-amount"), 14),
    ];
    Ok(Book {
        title: format!("{} {} {own}", say.t("settle-book"), answer.month),
        summary: word("export-summary"),
        facts: vec![
            fact(say.t("label-month"), Cell::text(answer.month.to_string())),
            fact(say.t("label-city"), Cell::text(own)),
            fact(say.t("label-net"), Cell::Amount(Fen::new(answer.net))),
            fact(
                say.t("label-self-paid"),
                Cell::Amount(Fen::new(answer.self_paid)),
            ),
            fact(word("export-gross"), Cell::Amount(gross)),
        ],
        tables: vec![
            lines.numbered(word("export-number")),
            Table::sorted(say.t("settle-owes"), columns, owes),
        ],
        mark: String::new(),
    })
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
