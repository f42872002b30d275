//! Drawn months of two cities and a third: whatever they post, object to, draw up, sign and take back, with the link cut
//! half of the time, a line and a number stand in at most one final bill.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::bill::Bill;
use tongban_ledger::calendar::Month;
use tongban_ledger::{DocumentKind, EntryId};
use tongban_sync::engine::inspect;

use crate::world::World;

const DAY_S: i64 = 24 * 3_600;
const MONTHS: [&str; 3] = ["2026-09", "2026-10", "2026-11"];
/// Numbers that several parcels share; others have one each.
const NUMBERS: [&str; 6] = [
    "EZ900000019CN",
    "EZ900000022CN",
    "1012345678901",
    "10-12345678901",
    "SF-00000001",
    "SF00000002",
];

/// A parcel's document, who posted it and to whom.
type Posted = (String, [usize; 2]);

/// A number below `below`, from a row that a seed begins.
fn draw(seed: &mut u64, below: usize) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below
}

/// The months that are over on the world's day, and the one that runs.
fn months(world: &World) -> (Vec<&'static str>, &'static str) {
    let days = (world.unix - 1_788_746_400) / DAY_S;
    let over = match days {
        0..24 => 0,
        24..55 => 1,
        _ => 2,
    };
    (MONTHS[..over].to_vec(), MONTHS[over])
}

/// Tries something of parcels; much of it is refused.
fn try_parcel(world: &mut World, seed: &mut u64, at: usize, parcels: &mut Vec<Posted>) {
    let other = (at + 1 + draw(seed, 2)) % 3;
    if parcels.is_empty() || draw(seed, 5) == 0 {
        let (_, month) = months(world);
        let division = world.nodes[other].division;
        let number = match draw(seed, 3) {
            0 => NUMBERS[draw(seed, NUMBERS.len())].to_owned(),
            _ => format!("SF1{:07}", draw(seed, 10_000_000)),
        };
        let day = 1 + draw(seed, 6);
        let post = format!(
            r#"{{"to":"{division}","leg":"L2","tracking":"{number}","pay":"collect","on":"{month}-{day:02}"}}"#
        );
        let done = world.act(at, "parcel.post", &post);
        parcels.extend(done.map(|done| (done.document, [at, other])));
        return;
    }
    // The latest ones: an act on a parcel needs the acts before it.
    let lately = parcels.len().min(3);
    let (parcel, cities) = &parcels[parcels.len() - 1 - draw(seed, lately)];
    let side = draw(seed, 2);
    let (at, across) = (cities[side], cities[1 - side]);
    let parcel = format!(r#""parcel":"{parcel}""#);
    let kind = ["postage", "postage", "redelivery"][draw(seed, 3)];
    let of = format!(r#"{{{parcel},"kind":"{kind}"}}"#);
    let _ = match draw(seed, 12) {
        0..5 => {
            let fen = 100 * (1 + draw(seed, 40));
            let args = format!(r#"{{{parcel},"fen":{fen},"kind":"{kind}"}}"#);
            let _ = world.act(at, "parcel.cost", &args);
            if draw(seed, 2) == 0 {
                return;
            }
            world.run();
            world.act(across, "parcel.confirm", &of)
        }
        5..10 => world.act(at, "parcel.confirm", &of),
        10 => world.act(
            at,
            "parcel.dispute",
            &format!(r#"{{{parcel},"reason":"duplicate"}}"#),
        ),
        _ => world.act(at, "parcel.retract", &of),
    };
}

/// Tries something of a bill of a month that is over.
fn try_bill(world: &mut World, seed: &mut u64, at: usize) {
    let (over, _) = months(world);
    if over.is_empty() {
        return;
    }
    let month = over[draw(seed, over.len())];
    let division = world.nodes[(at + 1 + draw(seed, 2)) % 3].division;
    let args = format!(r#"{{"month":"{month}","with":"{division}"}}"#);
    let what = [
        "bill.draft",
        "bill.sign",
        "bill.sign",
        "bill.sign",
        "bill.retract",
    ];
    let _ = world.act(at, what[draw(seed, what.len())], &args);
}

/// How many lines a node's final bills count: none twice, and no number of a pair in two parcels.
fn counted(world: &World, at: usize, seed: u64) -> usize {
    let store = &world.nodes[at].store;
    let mut lines: BTreeSet<EntryId> = BTreeSet::new();
    let mut numbers = BTreeMap::new();
    for id in inspect::documents(store, DocumentKind::Bill).unwrap() {
        let record = inspect::record(store, &id).unwrap().unwrap();
        let Some(state) = record.state_of::<Bill>() else {
            continue;
        };
        let (one, other) = state.pair();
        for line in state.agreed().into_iter().flat_map(|agreed| agreed.lines) {
            assert!(lines.insert(line.line), "seed {seed}: a line in two bills");
            let pair = (one.min(other), one.max(other));
            let number = (pair, line.tracking.bare().into_owned(), line.kind);
            let parcel = *numbers.entry(number).or_insert(line.parcel);
            assert_eq!(parcel, line.parcel, "seed {seed}: a number of two parcels");
        }
    }
    lines.len()
}

/// R-150: through months, carried lines, bills that both cities open and signatures that are taken back.
#[test]
fn a_line_is_in_at_most_one_final_bill_whatever_is_drawn() {
    let (mut all, mut months_with_bills) = (0, BTreeSet::new());
    for first in 1..=8_u64 {
        let mut seed = first;
        let mut world = World::founded(3);
        let mut parcels = Vec::new();
        for step in 0..540 {
            let at = draw(&mut seed, 3);
            match draw(&mut seed, 10) {
                0..6 => try_parcel(&mut world, &mut seed, at, &mut parcels),
                6..9 => try_bill(&mut world, &mut seed, at),
                _ => world.unix += DAY_S / 2,
            }
            match draw(&mut seed, 6) {
                0 => world.round(),
                1 => world.run(),
                _ => {}
            }
            match draw(&mut seed, 30) {
                0 => world.partition(&[0], &[1, 2]),
                1 => world.partition(&[1], &[0, 2]),
                2..5 => world.heal(),
                5 => world.restart(at),
                _ => {}
            }
            if step % 180 == 179 {
                world.unix += 24 * DAY_S;
            }
        }
        world.heal();
        world.relink();
        world.run();
        for at in 0..3 {
            all += counted(&world, at, first);
            for id in inspect::documents(&world.nodes[at].store, DocumentKind::Bill).unwrap() {
                let record = inspect::record(&world.nodes[at].store, &id)
                    .unwrap()
                    .unwrap();
                let state = record.state_of::<Bill>().unwrap();
                if state.settled().is_some() {
                    let month: Month = state.open.month;
                    months_with_bills.insert(month);
                }
            }
        }
    }
    assert!(
        all > 100,
        "{all} lines in final bills: too little was drawn"
    );
    assert!(months_with_bills.len() > 1, "bills of one month alone");
}
