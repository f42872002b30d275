//! Nodes that learned the same entries in different orders write the same files of a bill and of a round.

use tongban_export::{Book, to_csv, to_pdf, to_xlsx};
use tongban_ledger::calendar::Month;

use super::settlement;
use crate::catalogue::{Catalogue, Lang};

#[path = "../../../crates/sync/tests/world/mod.rs"]
mod world;

use world::World;

const DAY_S: i64 = 24 * 3_600;

fn september() -> Month {
    "2026-09".parse().expect("a month")
}

/// A parcel from one city to another.
fn post(world: &mut World, from: usize, to: usize, tracking: &str) {
    let division = world.nodes[to].division;
    let args = format!(
        r#"{{"to":"{division}","leg":"L2","tracking":"{tracking}","pay":"collect","on":"2026-09-05"}}"#
    );
    world.act(from, "parcel.post", &args).expect("posted");
}

/// What its receiver paid, and its sender confirmed.
fn pay(world: &mut World, from: usize, to: usize, tracking: &str, fen: u32) {
    let cost = format!(r#"{{"parcel":"{tracking}","fen":{fen}}}"#);
    world.act(to, "parcel.cost", &cost).expect("recorded");
    world.run();
    let confirm = format!(r#"{{"parcel":"{tracking}"}}"#);
    world.act(from, "parcel.confirm", &confirm).expect("signed");
}

fn month(world: &mut World, at: usize, name: &str) {
    let done = world.act(at, name, r#"{"month":"2026-09"}"#);
    done.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    world.run();
}

fn sign(world: &mut World, at: usize, other: usize) {
    let with = world.nodes[other].division;
    let args = format!(r#"{{"month":"2026-09","with":"{with}"}}"#);
    world.act(at, "bill.sign", &args).expect("signed");
    world.run();
}

/// September of four cities: parcels of two pairs, posted while their cities did not see each other.
fn settled() -> World {
    let mut world = World::founded(4);
    let parcels = [
        (0, 1, "EZ900000019CN", 2_200),
        (1, 0, "EZ900000022CN", 900),
        (0, 1, "EZ900000036CN", 1_950),
        (1, 0, "EZ900000040CN", 3_150),
        (2, 0, "EZ900000053CN", 2_400),
        (0, 2, "1012345678901", 1_800),
    ];
    world.partition(&[0], &[1, 2, 3]);
    world.partition(&[1], &[2]);
    for (from, to, tracking, _) in parcels {
        post(&mut world, from, to, tracking);
    }
    world.run();
    world.heal();
    world.run();
    for (from, to, tracking, fen) in parcels {
        pay(&mut world, from, to, tracking, fen);
    }
    world.unix += 31 * DAY_S;
    world.run();
    for (one, other) in [(0, 1), (2, 0)] {
        sign(&mut world, one, other);
        sign(&mut world, other, one);
    }
    month(&mut world, 0, "round.open");
    // Two report without seeing each other, and the fourth city learns everything at the end, from one of them.
    world.partition(&[3], &[0, 1, 2]);
    world.partition(&[1], &[0, 2]);
    let report = r#"{"month":"2026-09"}"#;
    for at in [1, 0, 2] {
        world.act(at, "round.report", report).expect("reported");
    }
    world.heal();
    world.partition(&[3], &[0, 1]);
    world.run();
    month(&mut world, 0, "round.propose");
    for at in 0..3 {
        month(&mut world, at, "round.sign");
    }
    world.heal();
    world.run();
    month(&mut world, 3, "round.sign");
    let payee = world.nodes[1].division;
    let pay = format!(r#"{{"month":"2026-09","to":"{payee}","voucher":"=2026-1107"}}"#);
    let other = world.nodes[2].division;
    let other = format!(r#"{{"month":"2026-09","to":"{other}","voucher":"V2"}}"#);
    // Whoever owes: one of the two directions is a transfer.
    let _ = world.act(0, "payment.record", &pay);
    let _ = world.act(0, "payment.record", &other);
    world.run();
    world
}

fn bill_of(world: &mut World, at: usize, other: usize, say: &Catalogue) -> Book {
    let with = world.nodes[other].division;
    let (answer, status) = world.ask(at, |engine, ctx| {
        let answer = engine.bill(ctx, september(), with, None);
        (
            answer.expect("a bill"),
            engine.status(ctx).expect("a state"),
        )
    });
    assert_eq!(answer.row.stage, "agreed");
    settlement::bill(&answer, &status, say).expect("a book")
}

fn round_of(world: &mut World, at: usize, say: &Catalogue) -> Book {
    let (answer, status) = world.ask(at, |engine, ctx| {
        let answer = engine.round(ctx, september(), None);
        (
            answer.expect("a round"),
            engine.status(ctx).expect("a state"),
        )
    });
    assert_eq!(answer.row.stage, "final");
    assert_eq!((answer.bills.len(), answer.payments.len()), (2, 1));
    settlement::round(&answer, &status, say).expect("a book")
}

/// Byte by byte, in every form; pages where this machine has a Chinese font.
fn assert_same_files(books: &[Book]) {
    let first = &books[0];
    let font = tongban_export::find(&tongban_export::folders()).ok();
    for other in &books[1..] {
        let csv = to_csv(other).expect("a file");
        assert_eq!(to_csv(first).expect("a file"), csv);
        let xlsx = to_xlsx(other).expect("a file");
        assert!(to_xlsx(first).expect("a file") == xlsx, "{}", first.title);
        if let Some(font) = &font {
            let of = |book| to_pdf(book, font, &mut |_| {}).expect("pages");
            assert!(of(first).bytes == of(other).bytes, "{}", first.title);
        }
    }
}

/// R-150: both cities of a bill, and every city of a round, write the same bytes, whatever they learned first.
#[test]
fn nodes_write_the_same_files_whatever_they_learned_first() {
    let mut world = settled();
    for lang in [Lang::Zh, Lang::En] {
        let say = Catalogue::new(lang);
        for (one, other) in [(0, 1), (0, 2)] {
            let books = [
                bill_of(&mut world, one, other, &say),
                bill_of(&mut world, other, one, &say),
            ];
            assert_same_files(&books);
        }
        let books: Vec<Book> = (0..4).map(|at| round_of(&mut world, at, &say)).collect();
        assert_same_files(&books);
        let text = String::from_utf8(to_csv(&books[3]).expect("a file")).expect("text");
        // What 衢州 owes 南平 and the other way round, in yuan.
        assert!(text.contains("41.50") && text.contains("40.50"), "{text}");
        assert!(
            text.contains("'=2026-1107") || text.contains("V2"),
            "{text}"
        );
    }
}
