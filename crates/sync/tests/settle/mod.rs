//! A month end of 300 cities on an index of lines: the data, and the steps of the product that make bills and a round of
//! it. Support for `cargo xtask bench settle`, for its form in memory (the example `settle` of `tongban-sim`), and for one
//! test.
//!
//! The index is filled by the engine's own writing of lines, without parcels. Every figure comes from the product: lines
//! from the index, `bill::draft`, the hash that cities sign, `round::Figures`, netting, and the node's own list of bills.
//! Two shapes: the parcels of one city with 299 others, as a large city's node holds them, and those of every pair, which
//! no node ever holds, as the upper bound of a round's work.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "support of tests and benchmarks: a panic is a failed run"
)]

mod data;
mod office;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, DivisionCode, Hash32};
use tongban_ledger::bill::{self, Billed, Candidate, Totals};
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::lines::Pair;
use tongban_ledger::money::Fen;
use tongban_ledger::netting::{Netting, Transfer};
use tongban_ledger::round::{self, Figures, Row, reported};
use tongban_sync::lines::{self, Recorded};
use tongban_sync::storage::{Batch, Reader};

pub use data::fill;
pub use office::{Office, found};

/// Cities of the agreement.
pub const CITIES: u64 = 300;

/// A store as the benchmark needs it.
pub trait Disk {
    fn reader(&self) -> &dyn Reader;
    fn commit(&mut self, batch: Batch);
}

/// Whose parcels they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Those of the first city with every other.
    OneCity,
    /// Those of every pair.
    AllPairs,
}

impl Shape {
    pub const ALL: [Shape; 2] = [Shape::OneCity, Shape::AllPairs];

    pub const fn name(self) -> &'static str {
        match self {
            Shape::OneCity => "one city and 299 others",
            Shape::AllPairs => "every pair of 300 cities",
        }
    }
}

/// What the measuring program says of time and memory.
#[derive(Clone, Copy)]
pub struct Meter<'a> {
    /// Time since some start.
    pub clock: &'a dyn Fn() -> Duration,
    /// Processor time of this thread since some start.
    pub processor: &'a dyn Fn() -> Duration,
}

/// What was measured of one shape, in microseconds; memory in bytes, filled in by the program.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    pub lines: u64,
    pub counted: u64,
    pub carried: u64,
    pub bills: u64,
    pub reading: u64,
    pub drafting: u64,
    pub hashing: u64,
    pub figures: u64,
    pub pairwise: u64,
    pub multilateral: u64,
    pub transfers: u64,
    /// Processor time of all of it: what is left on a machine that does nothing else.
    pub processor: u64,
    /// The node's own list of the month's bills, which makes all of them anew; zero where no node holds them.
    pub list: u64,
    pub memory: u64,
}

impl Measured {
    /// Bills and netting together, without the node's list.
    pub fn whole(&self) -> Duration {
        let bills = self.reading + self.drafting + self.hashing;
        Duration::from_micros(bills + self.figures + self.pairwise + self.multilateral)
    }
}

/// A bill of the month as two cities would sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    pub pair: Pair,
    pub hash: Hash32,
    pub totals: Totals,
}

/// What the steps found, for a test.
#[derive(Clone, Debug, Default)]
pub struct Month300 {
    pub bills: Vec<Signed>,
    pub nets: BTreeMap<CityId, Fen>,
    pub pairwise: Vec<Transfer<DivisionCode>>,
    pub multilateral: Vec<Transfer<DivisionCode>>,
}

pub fn september() -> Month {
    Month::new(2026, 9).unwrap()
}

/// The day of September's draft (`domain.md` §3.6.5).
pub fn draft_day() -> Day {
    "2026-10-10".parse().unwrap()
}

/// Makes every bill of a shape, adds up who owes whom, and nets both ways, as nodes do.
pub fn month_end(
    store: &dyn Reader,
    shape: Shape,
    office: &Office,
    meter: Meter<'_>,
) -> (Measured, Month300) {
    let agreement = &office.agreement(shape);
    let month = september();
    let months = month..=month;
    let mut measured = Measured::default();
    let mut found = Month300::default();
    let worked = (meter.processor)();
    let micros = |since: Duration| u64::try_from(((meter.clock)() - since).as_micros()).unwrap();

    // Every member reports its bills of the month, as it and the other city signed them.
    let mut rows: Vec<(CityId, Row)> = Vec::new();
    let mut draw = |pair: Pair, candidates: Vec<Candidate>, measured: &mut Measured| {
        let start = (meter.clock)();
        let drafting = bill::draft(candidates, month, Some(draft_day()), &Billed::default());
        measured.drafting += micros(start);
        measured.counted += drafting.included.len() as u64;
        measured.carried += drafting.carried.len() as u64;
        if drafting.included.is_empty() {
            return;
        }

        let start = (meter.clock)();
        let hash = bill::hash((pair.low, pair.high), month, &drafting.included);
        let totals = Totals::of(&drafting.included, &pair.low).unwrap();
        measured.hashing += micros(start);
        found.bills.push(Signed { pair, hash, totals });
        let row = |with, owed, due| Row {
            with,
            month,
            hash,
            owed,
            due,
        };
        rows.push((pair.low, row(pair.high, totals.owed, totals.due)));
        rows.push((pair.high, row(pair.low, totals.due, totals.owed)));
    };
    let candidate = |line: Recorded| Candidate::of(line.of, line.recorded);
    match shape {
        // As a node reads for its bills: pair by pair.
        Shape::OneCity => {
            let start = (meter.clock)();
            let pairs = lines::read_pairs(store, agreement, month).unwrap();
            measured.reading += micros(start);
            for pair in pairs {
                let start = (meter.clock)();
                let (mut read, mut candidates) = (0, Vec::new());
                let each = |line| {
                    read += 1;
                    candidates.extend(candidate(line));
                };
                lines::read_lines(store, agreement, &pair, &months, each).unwrap();
                measured.lines += read;
                measured.reading += micros(start);
                draw(pair, candidates, &mut measured);
            }
        }
        // As a node reads for an account: a month in one walk.
        Shape::AllPairs => {
            let start = (meter.clock)();
            let mut drawing = 0;
            let mut each = |pair, lines: Vec<Recorded>| {
                measured.lines += lines.len() as u64;
                let candidates = lines.into_iter().filter_map(candidate).collect();
                let start = (meter.clock)();
                draw(pair, candidates, &mut measured);
                drawing += micros(start);
            };
            lines::read_month(store, agreement, month, &mut each).unwrap();
            measured.reading = micros(start) - drawing;
        }
    }
    measured.bills = found.bills.len() as u64;

    let start = (meter.clock)();
    let bills = reported(rows.iter().map(|(city, row)| (*city, row))).agreed;
    let figures = Figures::of(&bills).unwrap();
    let quorum = u32::try_from(CITIES * 2 / 3 + 1).unwrap();
    let hash = round::hash(month, 1, Netting::Multilateral, quorum, &bills);
    let obligations: BTreeMap<(DivisionCode, DivisionCode), Fen> = figures
        .obligations
        .iter()
        .map(|((debtor, creditor), fen)| {
            ((office.division(debtor), office.division(creditor)), *fen)
        })
        .collect();
    measured.figures = micros(start);
    assert_ne!(hash, Hash32([0; 32]));
    assert_eq!(bills.len(), found.bills.len(), "a bill is a bill of both");

    let start = (meter.clock)();
    found.pairwise = Netting::Pairwise.transfers(&obligations).unwrap();
    measured.pairwise = micros(start);
    let start = (meter.clock)();
    found.multilateral = Netting::Multilateral.transfers(&obligations).unwrap();
    measured.multilateral = micros(start);
    measured.transfers = found.multilateral.len() as u64;
    let worked = (meter.processor)() - worked;
    measured.processor = u64::try_from(worked.as_micros()).unwrap();
    found.nets = figures.nets;
    found.check(office);
    (measured, found)
}

impl Month300 {
    /// What was measured is a round: both lists of transfers give the nets, which add up to zero.
    fn check(&self, office: &Office) {
        let sum = Fen::checked_sum(self.nets.values().copied());
        assert_eq!(sum, Ok(Fen::ZERO), "nets");
        for transfers in [&self.pairwise, &self.multilateral] {
            let mut left: BTreeMap<DivisionCode, i64> = BTreeMap::new();
            for (city, net) in &self.nets {
                left.insert(office.division(city), net.get());
            }
            for one in transfers {
                *left.get_mut(&one.from).unwrap() += one.amount.get();
                *left.get_mut(&one.to).unwrap() -= one.amount.get();
            }
            assert!(left.values().all(|left| *left == 0), "transfers");
        }
        assert!(self.multilateral.len() < self.nets.len().max(1));
    }
}

/// Prints one shape, with the growth from each size to the next.
pub fn print(shape: Shape, of: &[(u64, Measured)]) {
    println!("{}", shape.name());
    let row = |name: &str, unit: &str, value: &dyn Fn(&Measured) -> f64| {
        let values: Vec<f64> = of.iter().map(|(_, of)| value(of)).collect();
        print!("  {name:<34}");
        for (at, value) in values.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| values[before].max(0.001));
            match before {
                Some(before) => print!(" {value:>12.2} ×{:<6.2}", value / before),
                None => print!(" {value:>12.2}"),
            }
        }
        println!(" {unit}");
    };
    print!("  {:<34}", "parcels");
    for (at, (size, _)) in of.iter().enumerate() {
        print!(" {size:>12}{}", if at == 0 { "" } else { "        " });
    }
    println!();
    let ms = |micros: u64| micros as f64 / 1_000.0;
    row("lines", "", &|of| of.lines as f64);
    row("lines that bills count", "", &|of| of.counted as f64);
    row("lines that are carried", "", &|of| of.carried as f64);
    row("bills", "", &|of| of.bills as f64);
    row("reading lines", "ms", &|of| ms(of.reading));
    row("drawing up bills", "ms", &|of| ms(of.drafting));
    row("hashes and sums of bills", "ms", &|of| ms(of.hashing));
    row("figures and hash of the round", "ms", &|of| ms(of.figures));
    row("netting by pairs", "ms", &|of| ms(of.pairwise));
    row("netting by all", "ms", &|of| ms(of.multilateral));
    row("transfers by all", "", &|of| of.transfers as f64);
    row("together", "ms", &|of| of.whole().as_secs_f64() * 1e3);
    row("processor time of it", "ms", &|of| ms(of.processor));
    if shape == Shape::OneCity {
        row("the node's own list of its bills", "ms", &|of| ms(of.list));
    }
    row("most memory", "MiB", &|of| {
        of.memory as f64 / f64::from(1 << 20)
    });
}
