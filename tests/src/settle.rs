//! `cargo xtask bench settle`: a month's bills and netting of 300 cities from the index of lines.
//!
//! The index is filled by the engine's own writing of lines, without parcels, so that a million of them are there in
//! a minute. What is measured is a fresh process that opens the store and reads the month once. Two shapes, each with
//! every parcel of the size: those of one city with 299 others, as a large city's node holds them, and those of every
//! pair of 300 cities, which no node ever holds, as the upper bound of a round's work.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::lines::{Pair, Standing};
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::netting;
use tongban_ledger::parcel::{CostKind, Leg, LineStanding, Recipient};
use tongban_ledger::settle::{self, Line};
use tongban_ledger::{AgreementId, DocumentId, EntryId};
use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::lines::{self, Recorded};

/// The sizes that are compared.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Cities of the agreement.
const CITIES: u64 = 300;
/// What bills and netting of one shape may take together.
const TIME_MAX: Duration = Duration::from_secs(1);
/// What the process may take of memory, in bytes.
const MEMORY_MAX: u64 = 256 << 20;
/// Parcels whose lines are kept in one batch.
const BATCH: usize = 4_096;

/// Whose parcels they are.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Those of the first city with every other.
    OneCity,
    /// Those of every pair.
    AllPairs,
}

/// What was measured of one shape, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Measured {
    bills: u64,
    lines: u64,
    making_bills: u64,
    matrix: u64,
    pairwise: u64,
    multilateral: u64,
    transfers: u64,
    /// Processor time of all of it: what is left on a machine that does nothing else.
    processor: u64,
    memory: u64,
}

impl Measured {
    fn whole(&self) -> Duration {
        Duration::from_micros(self.making_bills + self.matrix + self.pairwise + self.multilateral)
    }
}

/// Runs the benchmark; fails where time or memory is over its limit.
pub fn run(arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--measure", folder] => {
            let store = RocksStore::open(Path::new(folder), options()).unwrap();
            let measured = [Shape::OneCity, Shape::AllPairs].map(|shape| measure(&store, shape));
            println!("{}", serde_json::to_string(&measured).unwrap());
            ExitCode::SUCCESS
        }
        [] => compare(&SIZES),
        ["--parcels", count] => compare(&[count.parse().unwrap()]),
        _ => {
            eprintln!("bench settle [--parcels COUNT]");
            ExitCode::from(2)
        }
    }
}

fn compare(sizes: &[u64]) -> ExitCode {
    let mut found = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        fill(folder.path(), *size);
        let each = start.elapsed().as_secs_f64() * 1e6 / (*size as f64 * 2.0);
        eprintln!("{size} parcels twice, {each:.1} µs to keep the lines of one");
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["settle", "--measure"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "the measuring process failed");
        let of: [Measured; 2] = serde_json::from_slice(&output.stdout).unwrap();
        found.push((*size, of));
    }
    let mut sound = true;
    for (nth, name) in ["one city and 299 others", "every pair of 300 cities"]
        .iter()
        .enumerate()
    {
        println!("{name}");
        let columns = found.iter().map(|(size, of)| (*size, of[nth]));
        sound &= print(&columns.collect::<Vec<_>>());
    }
    println!(
        "{}",
        match sound {
            true => "bills and netting under 1 s, within 256 MiB",
            false => "OVER THE LIMIT of 1 s or of 256 MiB",
        }
    );
    match sound {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Prints one shape, with the growth from each size to the next, and says whether all is within the limits.
fn print(of: &[(u64, Measured)]) -> bool {
    let row = |name: &str, unit: &str, value: &dyn Fn(&Measured) -> f64| {
        let values: Vec<f64> = of.iter().map(|(_, of)| value(of)).collect();
        print!("  {name:<28}");
        for (at, value) in values.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| values[before].max(0.001));
            match before {
                Some(before) => print!(" {value:>12.2} ×{:<6.2}", value / before),
                None => print!(" {value:>12.2}"),
            }
        }
        println!(" {unit}");
    };
    print!("  {:<28}", "parcels");
    for (at, (size, _)) in of.iter().enumerate() {
        print!(" {size:>12}{}", if at == 0 { "" } else { "        " });
    }
    println!();
    let ms = |micros: u64| micros as f64 / 1_000.0;
    row("lines", "", &|of| of.lines as f64);
    row("bills", "", &|of| of.bills as f64);
    row("making the bills", "ms", &|of| ms(of.making_bills));
    row("adding up who owes whom", "ms", &|of| ms(of.matrix));
    row("netting by pairs", "ms", &|of| ms(of.pairwise));
    row("netting by all", "ms", &|of| ms(of.multilateral));
    row("transfers by all", "", &|of| of.transfers as f64);
    row("together", "ms", &|of| of.whole().as_secs_f64() * 1e3);
    row("processor time of it", "ms", &|of| ms(of.processor));
    row("most memory", "MiB", &|of| {
        of.memory as f64 / f64::from(1 << 20)
    });
    of.iter()
        .all(|(_, of)| of.whole() < TIME_MAX && of.memory < MEMORY_MAX)
}

fn options() -> RocksOptions {
    RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    }
}

fn september() -> Month {
    Month::new(2026, 9).unwrap()
}

fn agreement(shape: Shape) -> AgreementId {
    AgreementId(Hash32([1 + shape as u8; 32]))
}

/// An id that looks like any other: hashes are spread over all values.
fn id(of: &str, nth: u64) -> Hash32 {
    Hash32::hash(of, &[&nth.to_be_bytes()])
}

fn city(nth: u64) -> CityId {
    CityId(id("city", nth).0)
}

/// The two cities of a parcel, in the order of the index, so that a batch fills a block.
fn pairs(shape: Shape) -> Vec<(u64, u64)> {
    match shape {
        Shape::OneCity => (1..CITIES).map(|other| (0, other)).collect(),
        Shape::AllPairs => (0..CITIES)
            .flat_map(|one| (one + 1..CITIES).map(move |other| (one, other)))
            .collect(),
    }
}

/// The lines of one parcel: most have one, some a second; most count.
fn parcel(nth: u64, one: u64, other: u64, first: Day) -> Vec<Recorded> {
    let (from, to) = match nth % 2 {
        0 => (city(one), city(other)),
        _ => (city(other), city(one)),
    };
    let mixed = u64::from_be_bytes(id("mix", nth).0[..8].try_into().unwrap());
    let payer = if mixed % 10 < 7 { to } else { from };
    let lines = 1 + u64::from(mixed % 11 == 0);
    let posted = first.plus_days(i32::try_from(mixed % 30).unwrap()).unwrap();
    (0..lines)
        .map(|line| Standing {
            line: Line {
                parcel: DocumentId(id("parcel", nth)),
                line: EntryId(id("line", nth * 2 + line)),
                from,
                to: Recipient::City(to),
                posted,
                tracking: format!("SF{nth:010}").parse().unwrap(),
                leg: Leg::Materials,
                kind: match line {
                    0 => CostKind::Postage,
                    _ => CostKind::Redelivery,
                },
                amount: Amount::new(Fen::new(i64::try_from(800 + mixed % 4_000).unwrap())).unwrap(),
                payer,
                liable: from,
                rule: 1,
            },
            standing: match mixed % 100 {
                0 => LineStanding::Disputed,
                1 | 2 => LineStanding::Unconfirmed,
                _ => LineStanding::Counted,
            },
        })
        .map(|of| Recorded {
            of,
            recorded: posted,
        })
        .collect()
}

/// Keeps the lines of so many parcels of each shape.
fn fill(folder: &Path, size: u64) {
    let store = RocksStore::open(folder, options()).unwrap();
    let first = september().first_day();
    for shape in [Shape::OneCity, Shape::AllPairs] {
        let pairs = pairs(shape);
        let count = pairs.len() as u64;
        let mut nth = 0;
        let mut open = Vec::new();
        for (at, (one, other)) in (0..).zip(pairs) {
            let share = size / count + u64::from(at < size % count);
            for _ in 0..share {
                open.push(parcel(nth + (shape as u64) * size, one, other, first));
                nth += 1;
                if open.len() == BATCH {
                    keep(&store, shape, &mut open);
                }
            }
        }
        keep(&store, shape, &mut open);
    }
    store.close().unwrap();
}

fn keep(store: &RocksStore, shape: Shape, open: &mut Vec<Vec<Recorded>>) {
    let parcels = open.iter().map(Vec::as_slice);
    let batch = lines::fill(store, &agreement(shape), parcels).unwrap();
    store.commit(&batch).unwrap();
    open.clear();
}

/// Makes every bill of a shape once, adds up who owes whom, and nets both ways.
fn measure(store: &RocksStore, shape: Shape) -> Measured {
    let mut found = Measured::default();
    let month = september();
    let micros = |start: Instant| u64::try_from(start.elapsed().as_micros()).unwrap();

    let worked = processor();
    let start = Instant::now();
    let mut bills = Vec::new();
    lines::read_pairs(store, &agreement(shape), month, &mut |pair, lines| {
        found.lines += lines.len() as u64;
        bills.push(bill(pair, lines, month));
    })
    .unwrap();
    found.making_bills = micros(start);
    found.bills = bills.len() as u64;

    let start = Instant::now();
    let mut owes: BTreeMap<(CityId, CityId), Fen> = BTreeMap::new();
    let mut nets: BTreeMap<CityId, Fen> = (0..CITIES).map(|nth| (city(nth), Fen::ZERO)).collect();
    for (_, _, obligations) in &bills {
        for ((debtor, creditor), fen) in obligations {
            let sum = owes.entry((*debtor, *creditor)).or_default();
            *sum = sum.checked_add(*fen).unwrap();
            let net = nets.entry(*creditor).or_default();
            *net = net.checked_add(*fen).unwrap();
            let net = nets.entry(*debtor).or_default();
            *net = net.checked_sub(*fen).unwrap();
        }
    }
    found.matrix = micros(start);

    let start = Instant::now();
    let by_pairs = netting::pairwise(&owes).unwrap();
    found.pairwise = micros(start);
    let start = Instant::now();
    let by_all = netting::multilateral(&nets).unwrap();
    found.multilateral = micros(start);
    found.transfers = by_all.len() as u64;
    found.processor = processor() - worked;
    // What was measured is what a round would say.
    for transfer in by_pairs {
        let net = nets.entry(transfer.to).or_default();
        *net = net.checked_sub(transfer.amount).unwrap();
        let net = nets.entry(transfer.from).or_default();
        *net = net.checked_add(transfer.amount).unwrap();
    }
    assert!(nets.values().all(|net| net.is_zero()), "netting by pairs");
    found.memory = peak();
    found
}

/// A bill as a round sees it: the pair, the hash of its lines, and who owes whom.
type Bill = (Pair, Hash32, BTreeMap<(CityId, CityId), Fen>);

fn bill(pair: Pair, lines: Vec<Recorded>, month: Month) -> Bill {
    let members = [pair.low, pair.high];
    let account = settle::account(
        lines.into_iter().map(|line| line.of),
        members.into_iter(),
        month,
    )
    .unwrap();
    let mut bytes = Vec::new();
    for line in &account.included {
        bytes.extend_from_slice(line.line.as_bytes());
        bytes.extend_from_slice(&line.amount.fen().get().to_be_bytes());
        bytes.extend_from_slice(&line.payer.0);
        bytes.extend_from_slice(&line.liable.0);
    }
    let hash = Hash32::hash("tongban/bench-bill", &[&bytes]);
    (pair, hash, account.obligations)
}

/// The processor time of this thread, in microseconds.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u64 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1_000
}

/// The most memory that the process took so far, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|word| word.parse().ok())
        .unwrap();
    kib * 1_024
}
