//! The book of a round: bills as totals, nets, who pays whom either way, payments and signatures. No line of any pair.

use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::money::{Fen, MoneyError};

use crate::bill::{City, Signature, fact, mark, signatures};
use crate::book::{Book, Cell, Column, Table};
use crate::words::Say;

/// A bill as a round lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundBill {
    /// The bill's month; an earlier one where it was carried.
    pub month: Month,
    /// The city with the lower division code.
    pub one: City,
    /// The other city.
    pub other: City,
    /// The hash over its lines.
    pub hash: String,
    /// What the first owes the second.
    pub one_owes: Fen,
    /// What the second owes the first.
    pub other_owes: Fen,
}

/// Who pays whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The payer.
    pub from: City,
    /// The payee.
    pub to: City,
    /// How much, above zero.
    pub amount: Fen,
}

/// A payment that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The payer.
    pub from: City,
    /// The payee.
    pub to: City,
    /// How much.
    pub amount: Fen,
    /// The voucher's number.
    pub voucher: String,
    /// The day of payment.
    pub on: Day,
    /// The day on which the payee confirmed it.
    pub received: Option<Day>,
}

/// A round, told as every member sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The agreement's name.
    pub agreement: String,
    /// The month.
    pub month: Month,
    /// The number of the proposal.
    pub number: u32,
    /// The stage's name, as `final`.
    pub stage: String,
    /// The proposal's hash, lower-case hex.
    pub hash: String,
    /// The bills, in any order.
    pub bills: Vec<RoundBill>,
    /// What is due to each city less what it owes, in any order; adds up to zero.
    pub nets: Vec<(City, Fen)>,
    /// The way of netting that the agreement has adopted: `pairwise` or `multilateral`.
    pub netting: String,
    /// Who pays whom that way, in any order.
    pub transfers: Vec<Transfer>,
    /// Who would pay whom the other way.
    pub other_way: Vec<Transfer>,
    /// Payments, in any order.
    pub payments: Vec<Payment>,
    /// Signatures, in any order.
    pub signatures: Vec<Signature>,
}

/// Makes the book of a round; the order in which its parts come changes nothing.
///
/// # Errors
/// [`MoneyError`] when a sum leaves the range of money.
pub fn round(round: &Round, say: Say<'_>) -> Result<Book, MoneyError> {
    let other_way = match round.netting.as_str() {
        "pairwise" => "multilateral",
        _ => "pairwise",
    };
    let gross = Fen::checked_sum(
        round
            .bills
            .iter()
            .flat_map(|of| [of.one_owes, of.other_owes]),
    )?;
    let stage = say(&format!("round-{}", round.stage));
    let way = say(&format!("export-way-{}", round.netting));
    let facts = vec![
        fact(say, "export-agreement", Cell::text(&round.agreement)),
        fact(say, "export-month", Cell::text(round.month.to_string())),
        fact(say, "export-proposal", Cell::Count(u64::from(round.number))),
        fact(say, "export-stage", Cell::text(stage)),
        fact(say, "export-gross", Cell::Amount(gross)),
        fact(say, "export-way", Cell::text(way)),
        fact(say, "export-hash", Cell::text(&round.hash)),
    ];
    let mut tables = vec![
        bills(round, say)?,
        nets(round, say)?,
        transfers(&round.transfers, &round.netting, "export-to-pay", say)?,
        transfers(&round.other_way, other_way, "export-not-to-pay", say)?,
        signatures(&round.signatures, say),
    ];
    if !round.payments.is_empty() {
        tables.push(payments(&round.payments, say));
    }
    Ok(Book {
        title: format!(
            "{} {} {}",
            say("export-round"),
            round.month,
            round.agreement
        ),
        summary: say("export-summary"),
        facts,
        tables,
        mark: mark(&round.hash),
    })
}

fn columns(of: &[(&str, u16)], say: Say<'_>) -> Vec<Column> {
    of.iter()
        .map(|(id, width)| Column::new(say(id), *width))
        .collect()
}

fn bills(round: &Round, say: Say<'_>) -> Result<Table, MoneyError> {
    let mut of: Vec<&RoundBill> = round.bills.iter().collect();
    of.sort_by_key(|bill| (bill.month, &bill.one, &bill.other, &bill.hash));
    let mut rows = Vec::new();
    for bill in &of {
        rows.push(vec![
            Cell::text(bill.month.to_string()),
            bill.one.cell(),
            bill.other.cell(),
            Cell::Amount(bill.one_owes),
            Cell::Amount(bill.other_owes),
            Cell::Amount(bill.other_owes.checked_sub(bill.one_owes)?),
            Cell::text(&bill.hash),
        ]);
    }
    let sum = |owes: fn(&RoundBill) -> Fen| Fen::checked_sum(of.iter().map(|bill| owes(bill)));
    let table = Table {
        name: say("export-bills"),
        columns: columns(
            &[
                ("export-month", 10),
                ("export-city-one", 18),
                ("export-city-other", 18),
                ("export-one-owes", 16),
                ("export-other-owes", 16),
                ("export-one-net", 16),
                ("export-hash", 66),
            ],
            say,
        ),
        rows,
        sums: vec![vec![
            Cell::text(say("export-sum")),
            Cell::Empty,
            Cell::Empty,
            Cell::Amount(sum(|bill| bill.one_owes)?),
            Cell::Amount(sum(|bill| bill.other_owes)?),
            Cell::Empty,
            Cell::Empty,
        ]],
    };
    Ok(table.numbered(say("export-number")))
}

fn nets(round: &Round, say: Say<'_>) -> Result<Table, MoneyError> {
    let mut of: Vec<&(City, Fen)> = round.nets.iter().collect();
    of.sort();
    let total = Fen::checked_sum(of.iter().map(|(_, net)| *net))?;
    let row = |(city, net): &&(City, Fen)| vec![city.cell(), Cell::Amount(*net)];
    Ok(Table {
        name: say("export-nets"),
        columns: columns(&[("export-city", 20), ("export-net-of", 18)], say),
        rows: of.iter().map(row).collect(),
        sums: vec![vec![Cell::text(say("export-sum")), Cell::Amount(total)]],
    })
}

fn transfers(of: &[Transfer], way: &str, purpose: &str, say: Say<'_>) -> Result<Table, MoneyError> {
    let mut of: Vec<&Transfer> = of.iter().collect();
    of.sort_by_key(|one| (&one.from, &one.to, one.amount));
    let total = Fen::checked_sum(of.iter().map(|one| one.amount))?;
    let row = |one: &&Transfer| vec![one.from.cell(), one.to.cell(), Cell::Amount(one.amount)];
    let way = say(&format!("export-way-{way}"));
    let table = Table {
        name: format!("{}-{way}", say(purpose)),
        columns: columns(
            &[
                ("export-pays", 20),
                ("export-is-paid", 20),
                ("export-amount", 16),
            ],
            say,
        ),
        rows: of.iter().map(row).collect(),
        sums: vec![vec![
            Cell::text(say("export-sum")),
            Cell::Empty,
            Cell::Amount(total),
        ]],
    };
    Ok(table.numbered(say("export-number")))
}

fn payments(of: &[Payment], say: Say<'_>) -> Table {
    let mut of: Vec<&Payment> = of.iter().collect();
    of.sort_by_key(|one| (one.on, &one.from, &one.to, &one.voucher, one.amount));
    let row = |one: &&Payment| {
        vec![
            Cell::Day(one.on),
            one.from.cell(),
            one.to.cell(),
            Cell::Amount(one.amount),
            Cell::text(&one.voucher),
            one.received.map_or(Cell::Empty, Cell::Day),
        ]
    };
    Table {
        name: say("export-payments"),
        columns: columns(
            &[
                ("export-paid-on", 12),
                ("export-pays", 20),
                ("export-is-paid", 20),
                ("export-amount", 16),
                ("export-voucher", 24),
                ("export-received-on", 12),
            ],
            say,
        ),
        rows: of.iter().map(row).collect(),
        sums: Vec::new(),
    }
}
