//! `tongban settle …`: a month's postage as this city sees it, on the screen or in a file.

use std::collections::{BTreeMap, BTreeSet};

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
        let mut shown = export::write(&book(&answer, &cities, context.say)?, &file, context)?;
        if is_empty(&answer) {
            shown
                .text
                .push_str(&format!("{}\n", context.say.t("settle-none")));
        }
        return Ok(shown);
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
    let waiting = |standing: &str, own: Option<bool>| -> Vec<SettlementLine> {
        let of = answer.waiting.iter();
        let of = of.filter(|line| line.standing == standing);
        let of = of.filter(|line| own.is_none_or(|own| own == (line.payer != answer.city)));
        of.cloned().collect()
    };
    for (title, list) in [
        (say.t("settle-lines"), answer.lines.clone()),
        (
            say.t("settle-waiting-own"),
            waiting("unconfirmed", Some(true)),
        ),
        (say.t("settle-waiting"), waiting("unconfirmed", Some(false))),
        (say.t("settle-disputed"), waiting("disputed", None)),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("\n{title}\n{}", lines(&list, cities, say)));
        }
    }
    let numbers: BTreeSet<&str> = answer
        .duplicates
        .iter()
        .map(|line| line.tracking.as_str())
        .collect();
    if !numbers.is_empty() {
        let numbers: Vec<&str> = numbers.into_iter().collect();
        let numbers = numbers.join(&say.t("list-comma"));
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

/// What a line adds to the postage: below zero for what came back from the carrier.
fn fen_of(line: &SettlementLine) -> i64 {
    match line.kind.comes_back() {
        true => line.fen.saturating_neg(),
        false => line.fen,
    }
}

/// What is due to a city by a line, and what it owes; nothing by one that does not count.
fn due_and_owed(line: &SettlementLine, city: DivisionCode) -> [Option<Fen>; 2] {
    let liable = line.liable.unwrap_or(line.payer);
    let (debtor, creditor) = match line.kind.comes_back() {
        true => (line.payer, liable),
        false => (liable, line.payer),
    };
    let counts = line.standing == "counted" && debtor != creditor;
    [creditor, debtor].map(|one| (counts && one == city).then_some(Fen::new(line.fen)))
}

/// The month as tables: every line with its standing, and what each other city is to get and to give.
fn book(answer: &SettlementAnswer, cities: &Cities, say: &Catalogue) -> Result<Book, CliError> {
    let word = export::words(say);
    let fact = |label: String, value: Cell| Fact { label, value };
    let own = cities.show(answer.city);
    let columns = vec![
        Column::new(word("export-posted"), 12),
        Column::new(say.t("label-tracking"), 20),
        Column::new(say.t("label-kind"), 12),
        Column::new(word("export-amount"), 14),
        Column::new(say.t("label-payer"), 18),
        Column::new(say.t("label-liable"), 18),
        Column::new(say.t("label-due-to-us"), 14),
        Column::new(say.t("label-owed-by-us"), 14),
        Column::new(word("export-standing"), 16),
        Column::new(word("export-line"), 20),
    ];
    let listed = || {
        let of = answer.lines.iter().chain(&answer.waiting);
        of.chain(&answer.duplicates)
    };
    let row = |line: &SettlementLine| {
        let [due, owed] = due_and_owed(line, answer.city).map(amount);
        vec![
            Cell::Day(line.posted),
            Cell::text(&line.tracking),
            Cell::text(say.term("cost", line.kind.name())),
            Cell::Amount(Fen::new(fen_of(line))),
            Cell::text(cities.show(line.payer)),
            Cell::text(match line.liable {
                Some(city) => cities.show(city),
                None => say.t("label-applicant"),
            }),
            due,
            owed,
            Cell::text(word(&format!("export-standing-{}", line.standing))),
            // As much of the id as commands take for it.
            Cell::text(line.line.chars().take(16).collect::<String>()),
        ]
    };
    let sides = || listed().map(|line| due_and_owed(line, answer.city));
    let due = Fen::checked_sum(sides().filter_map(|[due, _]| due)).map_err(export::money)?;
    let owed = Fen::checked_sum(sides().filter_map(|[_, owed]| owed)).map_err(export::money)?;
    let sums = vec![
        Cell::text(word("export-sum")),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Amount(due),
        Cell::Amount(owed),
        Cell::Empty,
        Cell::Empty,
    ];
    let lines =
        Table::sorted(word("export-lines"), columns, listed().map(row).collect()).with_sum(sums);
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
            fact(say.t("label-due-to-us"), Cell::Amount(due)),
            fact(say.t("label-owed-by-us"), Cell::Amount(owed)),
            fact(word("export-net-of"), Cell::Amount(Fen::new(answer.net))),
            fact(
                say.t("label-self-paid"),
                Cell::Amount(Fen::new(answer.self_paid)),
            ),
        ],
        tables: vec![
            lines.numbered(word("export-number")),
            Table::sorted(say.t("settle-owes"), columns, owes),
        ],
        mark: String::new(),
    })
}

fn amount(of: Option<Fen>) -> Cell {
    of.map_or(Cell::Empty, Cell::Amount)
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
                money(fen_of(line)),
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

    fn line(tracking: &str, kind: &str, payer: &str, standing: &str) -> serde_json::Value {
        let liable = if payer == "330800" {
            "350700"
        } else {
            "330800"
        };
        json!({
            "line": "ab".repeat(32), "posted": "2026-09-07", "tracking": tracking, "kind": kind,
            "fen": 2200, "payer": payer, "liable": liable, "standing": standing,
        })
    }

    /// 衢州's month: what it owes and is owed by lines that count, refunds the other way round.
    #[test]
    fn a_month_in_a_file_adds_up_what_counts() {
        let month = answer(json!({
            "month": "2026-09", "city": "330800", "net": -2200, "self_paid": 0,
            "owes": { "330800": { "350700": 4400 }, "350700": { "330800": 2200 } },
            "lines": [
                line("EZ1", "postage", "350700", "counted"),
                line("EZ2", "postage", "330800", "counted"),
                line("EZ3", "refund", "330800", "counted"),
            ],
            "waiting": [
                line("EZ4", "postage", "350700", "disputed"),
                line("EZ5", "postage", "350700", "unconfirmed"),
            ],
            "duplicates": [
                line("EZ6", "postage", "350700", "duplicate"),
                line("EZ6", "postage", "350700", "duplicate"),
            ],
        }));
        let say = Catalogue::new(Lang::Zh);
        let book = book(&month, &cities(), &say).expect("a book");
        let yuan = |fen: i64| Cell::Amount(Fen::new(fen));
        let facts: Vec<&Cell> = book.facts.iter().map(|fact| &fact.value).collect();
        assert_eq!(facts[2..5], [&yuan(2_200), &yuan(4_400), &yuan(-2_200)]);
        let lines = &book.tables[0];
        let told = |number: &str| -> Vec<Cell> {
            let number = Cell::text(number);
            let row = lines
                .rows
                .iter()
                .find(|row| row[2] == number)
                .expect("a row");
            [4, 7, 8, 9].map(|at| row[at].clone()).to_vec()
        };
        let word = |id: &str| Cell::text(export::words(&say)(id));
        let counted = || word("export-standing-counted");
        assert_eq!(
            told("EZ1"),
            [yuan(2_200), Cell::Empty, yuan(2_200), counted()]
        );
        assert_eq!(
            told("EZ2"),
            [yuan(2_200), yuan(2_200), Cell::Empty, counted()]
        );
        assert_eq!(
            told("EZ3"),
            [yuan(-2_200), Cell::Empty, yuan(2_200), counted()]
        );
        for (number, standing) in [
            ("EZ4", "disputed"),
            ("EZ5", "unconfirmed"),
            ("EZ6", "duplicate"),
        ] {
            let standing = word(&format!("export-standing-{standing}"));
            assert_eq!(
                told(number),
                [yuan(2_200), Cell::Empty, Cell::Empty, standing]
            );
        }
        assert_eq!(lines.rows.len(), 7);
        assert_eq!(lines.sums[0][7..9], [yuan(2_200), yuan(4_400)]);
        let text = show(&month, &cities(), &say);
        let place = |text: &str, of: &str| text.find(of).expect(of);
        assert!(place(&text, "有争议的费用") < place(&text, "EZ4"), "{text}");
        assert!(place(&text, "EZ5") < place(&text, "有争议的费用"), "{text}");
        assert_eq!(text.matches("EZ6").count(), 1, "{text}");
        assert!(text.contains("-¥22.00"), "{text}");
    }

    #[test]
    fn a_month_shows_each_city_and_whose_turn_a_line_is() {
        let line = |tracking: &str, payer: &str| line(tracking, "postage", payer, "unconfirmed");
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
