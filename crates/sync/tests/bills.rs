//! Bills and rounds between whole nodes: both sign the same lines, a difference names its line, no third city sees a bill,
//! and what one round has no other counts.

use std::collections::BTreeSet;

use tongban_ledger::answer::{BillAnswer, BillJourney, RoundAnswer};
use tongban_ledger::bill::DRAFTS_MAX;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::parcel::Leg;
use tongban_sync::CommandError;

use crate::world::World;

const DAY_S: i64 = 24 * 3_600;

/// From the Monday on which a world begins until the working days after the month.
const MONTH_OVER_S: i64 = 31 * DAY_S;

fn september() -> Month {
    Month::new(2026, 9).unwrap()
}

/// The month is over, and the day of its draft is not.
fn month_over(world: &mut World) {
    world.unix += MONTH_OVER_S;
    world.run();
}

/// A parcel of September from one city to another, which paid for it; confirmed if it is said so.
fn line(world: &mut World, from: usize, to: usize, tracking: &str, fen: i64, confirmed: bool) {
    let division = world.nodes[to].division;
    let post = format!(
        r#"{{"to":"{division}","leg":"L2","tracking":"{tracking}","pay":"collect","on":"2026-09-05"}}"#
    );
    world.act(from, "parcel.post", &post).unwrap();
    world.run();
    let cost = format!(r#"{{"parcel":"{tracking}","fen":{fen}}}"#);
    world.act(to, "parcel.cost", &cost).unwrap();
    world.run();
    if confirmed {
        confirm(world, from, tracking);
    }
}

fn confirm(world: &mut World, at: usize, tracking: &str) {
    let args = format!(r#"{{"parcel":"{tracking}"}}"#);
    world.act(at, "parcel.confirm", &args).unwrap();
    world.run();
}

fn with(world: &World, other: usize) -> String {
    let division = world.nodes[other].division;
    format!(r#"{{"month":"2026-09","with":"{division}"}}"#)
}

fn sign(world: &mut World, at: usize, other: usize) -> Result<(), CommandError> {
    let args = with(world, other);
    let done = world.act(at, "bill.sign", &args).map(drop);
    world.run();
    done
}

fn bill(world: &mut World, at: usize, other: usize) -> BillAnswer {
    let division = world.nodes[other].division;
    let answer = world.ask(at, |engine, ctx| {
        engine.bill(ctx, september(), division, None)
    });
    answer.unwrap()
}

fn round(world: &mut World, at: usize) -> RoundAnswer {
    let answer = world.ask(at, |engine, ctx| engine.round(ctx, september(), None));
    answer.unwrap()
}

fn month(world: &mut World, at: usize, name: &str) -> Result<(), CommandError> {
    let done = world.act(at, name, r#"{"month":"2026-09"}"#).map(drop);
    world.run();
    done
}

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// R-150: from the first line to the last receipt, and no third city holds the bill.
#[test]
fn two_cities_agree_and_all_settle() {
    let mut world = World::founded(3);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    line(&mut world, 1, 0, "EZ900000022CN", 900, true);
    line(&mut world, 0, 1, "EZ900000036CN", 500, false);
    assert_eq!(refused(sign(&mut world, 0, 1)), Code::NotDue);
    month_over(&mut world);
    sign(&mut world, 0, 1).unwrap();
    let waiting = bill(&mut world, 1, 0);
    assert_eq!(waiting.row.stage, "signed");
    assert_eq!((waiting.row.due, waiting.row.owed), (2_200, 900));
    assert_eq!(waiting.carried[0].why, "unconfirmed");
    sign(&mut world, 1, 0).unwrap();
    for (at, other) in [(0, 1), (1, 0)] {
        let agreed = bill(&mut world, at, other);
        assert_eq!(agreed.row.stage, "agreed");
        assert_eq!(agreed.row.hash, waiting.row.hash);
    }
    let roots = world.ask(2, |engine, ctx| engine.roots(ctx)).unwrap();
    let kinds = roots.documents.values().map(|row| row.kind.as_str());
    assert_eq!(kinds.filter(|kind| *kind == "bill").count(), 0);

    assert_eq!(
        refused(month(&mut world, 1, "round.report")),
        Code::NotFound
    );
    month(&mut world, 0, "round.open").unwrap();
    month(&mut world, 0, "round.report").unwrap();
    month(&mut world, 1, "round.report").unwrap();
    assert_eq!(
        refused(month(&mut world, 2, "round.report")),
        Code::NotFound
    );
    month(&mut world, 0, "round.propose").unwrap();
    month(&mut world, 0, "round.sign").unwrap();
    month(&mut world, 1, "round.sign").unwrap();
    let open = round(&mut world, 2);
    assert_eq!((open.row.stage.as_str(), open.row.quorum), ("proposed", 3));
    month(&mut world, 2, "round.sign").unwrap();
    let held: Vec<RoundAnswer> = (0..3).map(|at| round(&mut world, at)).collect();
    assert!(held.iter().all(|one| one.row.stage == "final"));
    assert!(held.iter().all(|one| one.row.hash == held[0].row.hash));
    assert_eq!(held[0].nets.values().sum::<i64>(), 0);
    assert_eq!(
        (held[0].transfers.len(), held[0].transfers[0].fen),
        (1, 1_300)
    );

    let (payer, payee) = (world.nodes[0].division, world.nodes[1].division);
    let pay = format!(r#"{{"month":"2026-09","to":"{payee}","voucher":"V1"}}"#);
    world.act(0, "payment.record", &pay).unwrap();
    world.run();
    let again = pay.replace("V1", "V2");
    let twice = world.act(0, "payment.record", &again);
    assert_eq!(refused(twice), Code::Overpaid);
    let got = format!(r#"{{"month":"2026-09","from":"{payer}"}}"#);
    world.act(1, "payment.confirm", &got).unwrap();
    world.run();
    assert_eq!(round(&mut world, 2).row.stage, "settled");
}

/// A line that one of them does not count any more is named, and nothing is signed.
#[test]
fn a_difference_names_its_line_and_stops_the_signature() {
    let mut world = World::founded(2);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    // The other city draws up a month in which one of its lines is not confirmed at this node yet.
    line(&mut world, 0, 1, "EZ900000022CN", 700, false);
    month_over(&mut world);
    world.partition(&[0], &[1]);
    let args = r#"{"parcel":"EZ900000022CN"}"#;
    world.act(0, "parcel.confirm", args).unwrap();
    let ours = with(&world, 1);
    world.act(0, "bill.draft", &ours).unwrap();
    assert_eq!(bill(&mut world, 0, 1).row.lines, 2);
    sign(&mut world, 1, 0).unwrap();
    world.heal();
    world.run();
    // Both opened one: the signed one is the bill, and the line that it leaves out is carried.
    let differing = bill(&mut world, 0, 1);
    assert_eq!(differing.row.stage, "signed");
    assert_eq!(differing.row.lines, 1);
    assert_eq!(differing.differences.len(), 1);
    assert_eq!(differing.differences[0].why, "omitted");
    assert_eq!(differing.differences[0].tracking, "EZ900000022CN");
    sign(&mut world, 0, 1).unwrap();
    let agreed = bill(&mut world, 1, 0);
    assert_eq!((agreed.row.stage.as_str(), agreed.row.lines), ("agreed", 1));
    assert_eq!(agreed.carried[0].why, "later");
}

/// Both opened and signed a bill unseen by each other: who signed the one that is not meant takes that back and signs
/// the other, and no line is lost.
#[test]
fn a_signature_in_the_other_document_is_taken_back() {
    let mut world = World::founded(2);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    month_over(&mut world);
    world.partition(&[0], &[1]);
    sign(&mut world, 0, 1).unwrap();
    sign(&mut world, 1, 0).unwrap();
    world.heal();
    world.run();
    let (first, second) = match world.nodes[0].division < world.nodes[1].division {
        true => (0, 1),
        false => (1, 0),
    };
    let twice = sign(&mut world, second, first);
    assert_eq!(refused(twice), Code::BillDiffers);
    let args = with(&world, first);
    world.act(second, "bill.retract", &args).unwrap();
    world.run();
    sign(&mut world, second, first).unwrap();
    for (at, other) in [(0, 1), (1, 0)] {
        let agreed = bill(&mut world, at, other);
        assert_eq!((agreed.row.stage.as_str(), agreed.row.lines), ("agreed", 1));
    }
}

/// R-150: a line says on which way its parcel went and what a correction made of it, alike in both cities.
#[test]
fn a_bill_tells_reversals_and_the_ways_of_its_parcels() {
    let mut world = World::founded(2);
    line(&mut world, 0, 1, "EZ900000019CN", 3_800, true);
    let correct = r#"{"parcel":"EZ900000019CN","outcome":"amended","lines":[{"fen":3000}]}"#;
    world.act(1, "parcel.correct", correct).unwrap();
    world.run();
    let agree = r#"{"parcel":"EZ900000019CN"}"#;
    world.act(0, "parcel.agree", agree).unwrap();
    month_over(&mut world);
    let way = Some(BillJourney {
        leg: Leg::Materials,
        from: world.nodes[0].division,
        to: Some(world.nodes[1].division),
        rule: 1,
    });
    for (at, other) in [(0, 1), (1, 0)] {
        let lines = bill(&mut world, at, other).included;
        assert!(lines.iter().all(|line| line.journey == way), "{lines:?}");
        let told: BTreeSet<_> = lines
            .iter()
            .map(|line| (line.fen, line.reversal, line.correction))
            .collect();
        let expected = [
            (3_000, false, true),
            (3_800, false, false),
            (3_800, true, false),
        ];
        assert_eq!(told, BTreeSet::from(expected));
    }
}

/// The first city signs its bills with the second and the third, all three report them, and a number is proposed.
fn proposed(world: &mut World) {
    for (one, other) in [(0, 1), (0, 2)] {
        sign(world, one, other).unwrap();
        sign(world, other, one).unwrap();
    }
    month(world, 0, "round.open").unwrap();
    for at in 0..3 {
        month(world, at, "round.report").unwrap();
    }
    month(world, 0, "round.propose").unwrap();
}

/// Silence is not consent, and a silent city blocks nobody else: the next number leaves its bills out, and they may go to
/// the next month's round.
#[test]
fn a_silent_city_is_left_out_and_its_bills_are_free_again() {
    let mut world = World::founded(4);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    line(&mut world, 2, 0, "EZ900000022CN", 900, true);
    month_over(&mut world);
    proposed(&mut world);
    for at in [0, 1, 3] {
        month(&mut world, at, "round.sign").unwrap();
    }
    assert_eq!(round(&mut world, 1).row.stage, "proposed");
    let leave = r#"{"month":"2026-09","leave_out":true}"#;
    let early = world.act(0, "round.propose", leave);
    assert_eq!(refused(early), Code::NotDue);
    world.unix += 14 * DAY_S;
    world.run();
    let silent = round(&mut world, 1).silent;
    assert_eq!(silent, [world.nodes[2].division]);
    world.act(0, "round.propose", leave).unwrap();
    world.run();
    for at in [0, 1, 3] {
        month(&mut world, at, "round.sign").unwrap();
    }
    let held = round(&mut world, 2);
    assert_eq!((held.row.stage.as_str(), held.row.number), ("final", 2));
    assert_eq!(
        (held.bills.len(), held.carried[0].why.as_str()),
        (1, "left-out")
    );
    // October's round counts it.
    world.unix += 14 * DAY_S;
    world.run();
    let next = r#"{"month":"2026-10"}"#;
    world.act(0, "round.open", next).unwrap();
    world.run();
    for at in [0, 2] {
        world.act(at, "round.report", next).unwrap();
        world.run();
    }
    assert_eq!(refused(world.act(1, "round.report", next)), Code::NotFound);
    let later = world.ask(1, |engine, ctx| {
        engine.round(ctx, september().next().unwrap(), None)
    });
    let later = later.unwrap();
    assert_eq!((later.bills.len(), later.bills[0].month), (1, september()));
}

/// A city that has used its drafts of a bill up signs its latest one, and what that leaves out is carried: nobody is stuck.
#[test]
fn a_city_without_drafts_left_signs_its_latest() {
    let mut world = World::founded(2);
    let number = |nth: usize| format!("SF{nth:010}");
    for nth in 0..=DRAFTS_MAX {
        line(&mut world, 0, 1, &number(nth), 1_000, false);
    }
    month_over(&mut world);
    let args = with(&world, 1);
    for nth in 0..DRAFTS_MAX {
        confirm(&mut world, 0, &number(nth));
        world.act(0, "bill.draft", &args).unwrap();
    }
    confirm(&mut world, 0, &number(DRAFTS_MAX));
    let more = world.act(0, "bill.draft", &args);
    assert_eq!(refused(more), Code::TooLarge);
    sign(&mut world, 0, 1).unwrap();
    sign(&mut world, 1, 0).unwrap();
    let agreed = bill(&mut world, 1, 0);
    assert_eq!(agreed.row.stage, "agreed");
    assert_eq!(agreed.row.lines as usize, DRAFTS_MAX);
    world.unix += MONTH_OVER_S;
    world.run();
    let next = r#"{"month":"2026-10","with":"DIVISION"}"#;
    for (at, other) in [(0, 1), (1, 0)] {
        let next = next.replace("DIVISION", &world.nodes[other].division.to_string());
        world.act(at, "bill.sign", &next).unwrap();
        world.run();
    }
    let division = world.nodes[1].division;
    let october = september().next().unwrap();
    let carried = world.ask(0, |engine, ctx| engine.bill(ctx, october, division, None));
    let carried = carried.unwrap();
    assert_eq!(
        (carried.row.stage.as_str(), carried.row.lines),
        ("agreed", 1)
    );
    assert_eq!(carried.included[0].tracking, number(DRAFTS_MAX));
}

fn in_month(world: &mut World, at: usize, name: &str, month: &str) -> Result<(), CommandError> {
    let args = format!(r#"{{"month":"{month}"}}"#);
    let done = world.act(at, name, &args).map(drop);
    world.run();
    done
}

/// A signature that was taken back stands after all, once it turns out that the other city had signed without having
/// seen that. Its lines are in a later bill by then, and are not paid twice.
#[test]
fn a_signature_that_comes_back_pays_nothing_twice() {
    let mut world = World::founded(2);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    month_over(&mut world);
    sign(&mut world, 0, 1).unwrap();
    // The other city has a second machine, which knows the signature and not what came after it.
    let mut apart = world.fork();
    let september = with(&world, 1);
    world.act(0, "bill.retract", &september).unwrap();
    world.unix += MONTH_OVER_S;
    world.run();
    for (at, other) in [(0, 1), (1, 0)] {
        let october = with(&world, other).replace("2026-09", "2026-10");
        world.act(at, "bill.sign", &october).unwrap();
        world.run();
    }
    in_month(&mut world, 0, "round.open", "2026-10").unwrap();
    for step in ["round.report", "round.propose", "round.sign"] {
        let cities: &[usize] = if step == "round.propose" {
            &[0]
        } else {
            &[0, 1]
        };
        for at in cities {
            in_month(&mut world, *at, step, "2026-10").unwrap();
        }
    }
    sign(&mut apart, 1, 0).unwrap();
    let now = world.unix;
    world.copy_node(1, &apart);
    world.unix = now;
    world.run();
    assert_eq!(bill(&mut world, 0, 1).row.stage, "agreed");
    in_month(&mut world, 0, "round.open", "2026-09").unwrap();
    let again = in_month(&mut world, 0, "round.report", "2026-09");
    assert_eq!(refused(again), Code::NotFound);
}

/// Two rounds of a month: the one in which a proposal holds is meant, whoever opened the other.
#[test]
fn a_round_that_is_final_stays_in_reach() {
    let mut world = World::founded(4);
    let mut order: Vec<usize> = (0..4).collect();
    order.sort_by_key(|at| world.nodes[*at].division);
    let [first, second, third, fourth] = order[..] else {
        panic!("four cities")
    };
    line(&mut world, second, third, "EZ900000019CN", 2_200, true);
    month_over(&mut world);
    world.unix += 7 * DAY_S;
    world.run();
    sign(&mut world, second, third).unwrap();
    sign(&mut world, third, second).unwrap();
    world.partition(&[first], &[second, third, fourth]);
    month(&mut world, first, "round.open").unwrap();
    month(&mut world, second, "round.open").unwrap();
    for at in [second, third] {
        month(&mut world, at, "round.report").unwrap();
    }
    month(&mut world, second, "round.propose").unwrap();
    for at in [second, third, fourth] {
        month(&mut world, at, "round.sign").unwrap();
    }
    world.heal();
    world.run();
    for at in 0..4 {
        assert_eq!(round(&mut world, at).row.stage, "final", "{at}");
    }
}

/// Who has had no day to sign a number is not silent yet.
#[test]
fn nobody_is_left_out_on_the_day_of_the_proposal() {
    let mut world = World::founded(4);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    line(&mut world, 2, 0, "EZ900000022CN", 900, true);
    month_over(&mut world);
    world.unix += 14 * DAY_S;
    world.run();
    proposed(&mut world);
    let leave = r#"{"month":"2026-09","leave_out":true}"#;
    assert_eq!(refused(world.act(0, "round.propose", leave)), Code::NotDue);
    world.unix += DAY_S;
    world.run();
    month(&mut world, 1, "round.sign").unwrap();
    month(&mut world, 0, "round.sign").unwrap();
    world.act(0, "round.propose", leave).unwrap();
    world.run();
    assert_eq!(refused(world.act(0, "round.propose", leave)), Code::NotDue);
}

/// R-150: what is signed becomes a debt, so that of two lines of a kind the clerk says which.
#[test]
fn of_two_lines_the_one_named_is_signed() {
    let mut world = World::founded(2);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200, true);
    let mut lines = Vec::new();
    for fen in [1_200, 120_000] {
        let cost = format!(r#"{{"parcel":"EZ900000019CN","kind":"redelivery","fen":{fen}}}"#);
        lines.push(world.act(1, "parcel.cost", &cost).unwrap().entries[0].clone());
        world.run();
    }
    let confirm = |line: &str| format!(r#"{{"parcel":"EZ900000019CN","kind":"redelivery"{line}}}"#);
    let unnamed = world.act(0, "parcel.confirm", &confirm(""));
    assert_eq!(refused(unnamed), Code::Ambiguous);
    let named = confirm(&format!(r#","line":"{}""#, &lines[0][..12]));
    world.act(0, "parcel.confirm", &named).unwrap();
    world.run();
    month_over(&mut world);
    assert_eq!(bill(&mut world, 0, 1).row.owed, 3_400);
    // A hyphen makes no other number of it.
    let again = r#"{"to":"350700","leg":"L2","tracking":"EZ-900000019-CN","pay":"collect","on":"2026-09-05"}"#;
    let division = world.nodes[1].division.to_string();
    let again = again.replace("350700", &division);
    assert_eq!(
        refused(world.act(0, "parcel.post", &again)),
        Code::Duplicate
    );
}
