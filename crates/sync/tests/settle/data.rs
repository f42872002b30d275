//! Lines of a month, as many as are wanted; the same on every run.

use tongban_identity::{CityId, Hash32};
use tongban_ledger::calendar::Day;
use tongban_ledger::lines::Standing;
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::parcel::{CostKind, Leg, LineStanding, Recipient};
use tongban_ledger::settle::Line;
use tongban_ledger::{DocumentId, EntryId};
use tongban_sync::lines::{self, Recorded};

use super::{CITIES, Disk, Office, Shape, draft_day, september};

/// Parcels whose lines are kept in one batch.
const BATCH: usize = 4_096;

/// Keeps the lines of so many parcels of a shape, as a node does.
pub fn fill(disk: &mut dyn Disk, office: &Office, shape: Shape, size: u64) {
    let first = september().first_day();
    let pairs = pairs(shape);
    let count = pairs.len() as u64;
    let mut nth = 0;
    let mut open = Vec::new();
    for (at, (one, other)) in (0..).zip(pairs) {
        let share = size / count + u64::from(at < size % count);
        let (one, other) = (office.city(one), office.city(other));
        for _ in 0..share {
            open.push(parcel(nth + (shape as u64) * size, one, other, first));
            nth += 1;
            if open.len() == BATCH {
                keep(disk, office, shape, &mut open);
            }
        }
    }
    keep(disk, office, shape, &mut open);
}

fn keep(disk: &mut dyn Disk, office: &Office, shape: Shape, open: &mut Vec<Vec<Recorded>>) {
    let parcels = open.iter().map(Vec::as_slice);
    let batch = lines::fill(disk.reader(), &office.agreement(shape), parcels).unwrap();
    disk.commit(batch);
    open.clear();
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

/// An id that looks like any other: hashes are spread over all values.
fn id(of: &str, nth: u64) -> Hash32 {
    Hash32::hash(of, &[&nth.to_be_bytes()])
}

/// The lines of one parcel: most have one, some a second; most count; a few numbers are another parcel's.
fn parcel(nth: u64, one: CityId, other: CityId, first: Day) -> Vec<Recorded> {
    let (from, to) = match nth % 2 {
        0 => (one, other),
        _ => (other, one),
    };
    let mixed = u64::from_be_bytes(id("mix", nth).0[..8].try_into().unwrap());
    let payer = if mixed % 10 < 7 { to } else { from };
    let number = if mixed % 997 == 0 { nth / 2 } else { nth };
    let lines = 1 + u64::from(mixed % 11 == 0);
    let posted = first.plus_days(i32::try_from(mixed % 30).unwrap()).unwrap();
    let late = mixed % 89 == 0;
    (0..lines)
        .map(|line| Standing {
            line: Line {
                parcel: DocumentId(id("parcel", nth)),
                line: EntryId(id("line", nth * 2 + line)),
                from,
                to: Recipient::City(to),
                posted,
                tracking: format!("SF{number:010}").parse().unwrap(),
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
            recorded: match late {
                true => draft_day().plus_days(2).unwrap(),
                false => posted,
            },
        })
        .collect()
}
