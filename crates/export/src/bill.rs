//! The book of a bill: a pair's lines of a month with their sums and signatures.

use std::cmp::Reverse;

use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::money::{Fen, MoneyError};
use tongban_ledger::parcel::CostKind;

use crate::book::{Book, Cell, Column, Fact, Table};
use crate::words::Say;

/// A city as an export names it. Ordered by its code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct City {
    /// The division code, as `330800`.
    pub code: String,
    /// The name.
    pub name: String,
}

impl City {
    pub(crate) fn cell(&self) -> Cell {
        Cell::text(format!("{} {}", self.name, self.code))
    }
}

/// A city's signature, or its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The city.
    pub city: City,
    /// The fingerprint of its root key.
    pub fingerprint: String,
    /// Whether it signed the hash that the export names.
    pub signed: bool,
}

/// The way of the parcel that a line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// The leg's code, as `L2`.
    pub leg: String,
    /// The sender city.
    pub from: City,
    /// The receiver city; none for the applicant.
    pub to: Option<City>,
    /// The version of the postage rule.
    pub rule: u32,
}

/// What a line comes of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A city recorded what it paid.
    #[default]
    Recorded,
    /// It reverses a line that was corrected.
    Reversal,
    /// It stands instead of a line that was corrected.
    Correction,
}

impl Origin {
    const fn word(self) -> &'static str {
        match self {
            Origin::Recorded => "export-origin-recorded",
            Origin::Reversal => "export-origin-reversal",
            Origin::Correction => "export-origin-correction",
        }
    }
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// The line's entry id.
    pub line: String,
    /// The posting date.
    pub posted: Day,
    /// The tracking number.
    pub tracking: String,
    /// The parcel's way; cells stay empty where it is not known.
    pub journey: Option<Journey>,
    /// What it is for.
    pub kind: CostKind,
    /// How much; what came back from the carrier is positive, too.
    pub amount: Fen,
    /// The city that paid, or that the carrier paid back.
    pub payer: City,
    /// The city that bears it.
    pub liable: City,
    /// What it comes of.
    pub origin: Origin,
    /// The standing's name, as `counted` or `late`.
    pub standing: String,
    /// Whether it is in the sums.
    pub counts: bool,
}

/// A bill of two cities, told as both see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The agreement's name.
    pub agreement: String,
    /// The month.
    pub month: Month,
    /// The two cities, in either order.
    pub cities: [City; 2],
    /// The stage's name, as `agreed`.
    pub stage: String,
    /// The hash over the lines, lower-case hex.
    pub hash: String,
    /// The lines, in any order.
    pub lines: Vec<BillLine>,
    /// The signatures, in any order.
    pub signatures: Vec<Signature>,
}

/// Makes the book of a bill; the order in which lines and signatures come changes nothing.
///
/// # Errors
/// [`MoneyError`] when a sum leaves the range of money.
pub fn bill(bill: &Bill, say: Say<'_>) -> Result<Book, MoneyError> {
    let mut cities = bill.cities.clone();
    cities.sort();
    let [one, other] = &cities;
    let mut lines: Vec<&BillLine> = bill.lines.iter().collect();
    lines.sort_by_key(|line| {
        let amount = (Reverse(line.amount), &line.payer);
        (line.posted, &line.tracking, line.kind, amount, &line.line)
    });
    let counted = || lines.iter().filter(|line| line.counts);
    let owes = |debtor: &City| Fen::checked_sum(counted().filter_map(|line| owed_by(line, debtor)));
    let (one_owes, other_owes) = (owes(one)?, owes(other)?);
    let net = one_owes.checked_sub(other_owes)?;
    let mut facts = vec![
        fact(say, "export-agreement", Cell::text(&bill.agreement)),
        fact(say, "export-month", Cell::text(bill.month.to_string())),
        fact(say, "export-city-one", one.cell()),
        fact(say, "export-city-other", other.cell()),
        fact(say, "export-one-owes", Cell::Amount(one_owes)),
        fact(say, "export-other-owes", Cell::Amount(other_owes)),
    ];
    let (payer, amount) = match net.is_negative() {
        true => (other, net.checked_neg()?),
        false => (one, net),
    };
    if !amount.is_zero() {
        facts.push(fact(say, "export-net-payer", payer.cell()));
    }
    facts.push(fact(say, "export-net", Cell::Amount(amount)));
    let stage = say(&format!("bill-{}", bill.stage));
    facts.push(fact(say, "export-stage", Cell::text(stage)));
    let count = counted().count() as u64;
    facts.push(fact(say, "export-line-count", Cell::Count(count)));
    facts.push(fact(say, "export-hash", Cell::text(&bill.hash)));
    let rows = lines
        .iter()
        .map(|line| line_row(line, [one, other], say))
        .collect();
    let mut table = Table {
        name: say("export-lines"),
        columns: line_columns(say),
        rows,
        sums: Vec::new(),
    };
    // What the cities owe is added up; amounts go both ways.
    let mut sum = vec![Cell::Empty; table.columns.len()];
    let sums = [
        (0, Cell::text(say("export-sum"))),
        (OWED_AT, Cell::Amount(one_owes)),
        (OWED_AT + 1, Cell::Amount(other_owes)),
    ];
    for (at, value) in sums {
        if let Some(cell) = sum.get_mut(at) {
            *cell = value;
        }
    }
    table.sums.push(sum);
    Ok(Book {
        title: format!(
            "{} {} {}—{}",
            say("export-bill"),
            bill.month,
            one.name,
            other.name
        ),
        summary: say("export-summary"),
        facts,
        tables: vec![
            table.numbered(say("export-number")),
            signatures(&bill.signatures, say),
        ],
        mark: mark(&bill.hash),
    })
}

impl BillLine {
    /// What it adds to the postage: below zero for what came back.
    fn signed(&self) -> Fen {
        match self.kind.comes_back() {
            // Amounts of lines are far inside the range.
            true => self.amount.checked_neg().unwrap_or(Fen::ZERO),
            false => self.amount,
        }
    }
}

/// What a city owes by a line, if it owes anything.
fn owed_by(line: &BillLine, debtor: &City) -> Option<Fen> {
    let owes = match line.kind.comes_back() {
        true => &line.payer,
        false => &line.liable,
    };
    (line.payer != line.liable && owes == debtor).then_some(line.amount)
}

/// The place of the two columns that say what each city owes by a line.
const OWED_AT: usize = 9;

fn line_columns(say: Say<'_>) -> Vec<Column> {
    let columns = [
        ("export-posted", 12),
        ("export-tracking", 18),
        ("export-leg", 18),
        ("export-from", 16),
        ("export-to", 16),
        ("export-kind", 10),
        ("export-amount", 12),
        ("export-payer", 16),
        ("export-liable", 16),
        ("export-one-owes", 14),
        ("export-other-owes", 14),
        ("export-rule", 8),
        ("export-origin", 10),
        ("export-standing", 12),
        ("export-line", 20),
    ];
    let columns = columns.into_iter();
    columns
        .map(|(id, width)| Column::new(say(id), width))
        .collect()
}

fn line_row(line: &BillLine, cities: [&City; 2], say: Say<'_>) -> Vec<Cell> {
    let [one_owes, other_owes] = cities.map(|city| match owed_by(line, city) {
        Some(amount) if line.counts => Cell::Amount(amount),
        _ => Cell::Empty,
    });
    let of_journey =
        |cell: &dyn Fn(&Journey) -> Cell| line.journey.as_ref().map_or(Cell::Empty, cell);
    vec![
        Cell::Day(line.posted),
        Cell::text(&line.tracking),
        of_journey(&|of| {
            let leg = say(&format!("leg-{}", of.leg));
            Cell::text(format!("{} {leg}", of.leg))
        }),
        of_journey(&|of| of.from.cell()),
        of_journey(&|of| match &of.to {
            Some(city) => city.cell(),
            None => Cell::text(say("export-applicant")),
        }),
        Cell::text(say(&format!("cost-{}", line.kind.name()))),
        Cell::Amount(line.signed()),
        line.payer.cell(),
        line.liable.cell(),
        one_owes,
        other_owes,
        of_journey(&|of| Cell::Count(u64::from(of.rule))),
        Cell::text(say(line.origin.word())),
        Cell::text(say(&format!("export-standing-{}", line.standing))),
        // As much of the id as commands take for it.
        Cell::text(line.line.chars().take(16).collect::<String>()),
    ]
}

/// The table of signatures, by division code.
pub(crate) fn signatures(of: &[Signature], say: Say<'_>) -> Table {
    let mut of: Vec<&Signature> = of.iter().collect();
    of.sort();
    let columns = [
        ("export-city", 20),
        ("export-fingerprint", 48),
        ("export-signed", 12),
    ];
    let signed = |signed: bool| match signed {
        true => say("export-signed-yes"),
        false => say("export-signed-no"),
    };
    Table {
        name: say("export-signatures"),
        columns: columns
            .into_iter()
            .map(|(id, width)| Column::new(say(id), width))
            .collect(),
        rows: of
            .into_iter()
            .map(|one| {
                vec![
                    one.city.cell(),
                    Cell::text(&one.fingerprint),
                    Cell::text(signed(one.signed)),
                ]
            })
            .collect(),
        sums: Vec::new(),
    }
}

pub(crate) fn fact(say: Say<'_>, id: &str, value: Cell) -> Fact {
    Fact {
        label: say(id),
        value,
    }
}

/// The beginning of a hash, for the foot of a page.
pub(crate) fn mark(hash: &str) -> String {
    hash.chars().take(16).collect()
}
