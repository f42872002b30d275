//! Money of a city that left: what it shared is billed, signed and paid; nothing else travels to it
//! (`docs/decisions/0023-money-of-a-city-that-left.md`).

use std::collections::BTreeSet;

use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;
use tongban_sync::storage::Family;

use crate::world::World;

const DAY_S: i64 = 24 * 3_600;

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn does(world: &mut World, at: usize, name: &str, args: &str) {
    let done = world.act(at, name, args);
    done.unwrap_or_else(|error| panic!("{at} {name} {args}: {error:?}"));
    world.run();
}

/// A parcel of September that its receiver paid for.
fn line(world: &mut World, from: usize, to: usize, tracking: &str, fen: i64) {
    let division = world.nodes[to].division;
    let post = format!(
        r#"{{"to":"{division}","leg":"L2","tracking":"{tracking}","pay":"collect","on":"2026-09-05"}}"#
    );
    does(world, from, "parcel.post", &post);
    let cost = format!(r#"{{"parcel":"{tracking}","fen":{fen}}}"#);
    does(world, to, "parcel.cost", &cost);
}

fn confirm(world: &mut World, at: usize, tracking: &str) {
    does(
        world,
        at,
        "parcel.confirm",
        &format!(r#"{{"parcel":"{tracking}"}}"#),
    );
}

/// Puts a motion and lets cities vote for it; their nodes do the rest.
fn decide(world: &mut World, voters: &[usize], args: &str) {
    let done = world.act(voters[0], "resolution.propose", args).unwrap();
    world.run();
    let vote = format!(r#"{{"motion":"{}"}}"#, done.entries[0]);
    for at in voters {
        world.act(*at, "resolution.vote", &vote).unwrap();
    }
    world.run();
}

fn certificates(world: &mut World, at: usize) -> usize {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    status.agreements[0].resolutions.certificates.len()
}

fn kinds(world: &mut World, at: usize) -> Vec<String> {
    let roots = world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap();
    roots.documents.into_values().map(|row| row.kind).collect()
}

fn stage(world: &mut World, at: usize) -> String {
    let month = Month::new(2026, 9).unwrap();
    let answer = world.ask(at, |engine, ctx| engine.round(ctx, month, None));
    answer.unwrap().row.stage
}

const MONTH: &str = r#"{"month":"2026-09"}"#;

fn bill_with(world: &World, other: usize) -> String {
    let division = world.nodes[other].division;
    format!(r#"{{"month":"2026-09","with":"{division}"}}"#)
}

/// The second city leaves with two lines: one that it signed last of all, one that it signs only then.
fn left_with_money() -> World {
    let mut world = World::founded(4);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200);
    line(&mut world, 1, 0, "EZ900000022CN", 900);
    confirm(&mut world, 1, "EZ900000022CN");
    let remove = format!(r#"{{"remove":"{}"}}"#, world.nodes[1].division);
    decide(&mut world, &[0, 2, 3], &remove);
    assert_eq!(certificates(&mut world, 1), 1);
    confirm(&mut world, 0, "EZ900000019CN");
    world
}

/// A month later both sign their bill, and the first city opens the round.
fn sign_and_open(world: &mut World) {
    world.unix += 31 * DAY_S;
    world.run();
    for (one, other) in [(1, 0), (0, 1)] {
        let args = bill_with(world, other);
        does(world, one, "bill.sign", &args);
    }
    does(world, 0, "round.open", MONTH);
}

/// R-150: the lines of a city that left are billed by the pair, and a round that counts its bill needs its signature, pays
/// it and is confirmed by it.
#[test]
fn a_city_that_left_is_paid_what_it_is_owed() {
    let mut world = left_with_money();
    let post = format!(
        r#"{{"to":"{}","leg":"L2","tracking":"EZ900000036CN","pay":"collect","on":"2026-09-09"}}"#,
        world.nodes[1].division
    );
    let posted = world.act(0, "parcel.post", &post);
    assert_eq!(refused(posted), Code::NotMember);
    let back = post.replace(
        &world.nodes[1].division.to_string(),
        &world.nodes[0].division.to_string(),
    );
    assert_eq!(
        refused(world.act(1, "parcel.post", &back)),
        Code::KeyRevoked
    );
    sign_and_open(&mut world);
    // It learns of the round from the report that names it, and not before.
    assert!(!kinds(&mut world, 1).contains(&"round".to_owned()));
    does(&mut world, 0, "round.report", MONTH);
    does(&mut world, 1, "round.report", MONTH);
    assert_eq!(
        refused(world.act(1, "round.propose", MONTH)),
        Code::KeyRevoked
    );
    does(&mut world, 0, "round.propose", MONTH);
    for at in [0, 1, 2] {
        does(&mut world, at, "round.sign", MONTH);
    }
    assert_eq!(stage(&mut world, 0), "proposed", "all three members sign");
    does(&mut world, 3, "round.sign", MONTH);
    for at in 0..4 {
        assert_eq!(stage(&mut world, at), "final", "{at}");
    }
    let (payer, payee) = (world.nodes[0].division, world.nodes[1].division);
    let pay = format!(r#"{{"month":"2026-09","to":"{payee}","voucher":"V1"}}"#);
    does(&mut world, 0, "payment.record", &pay);
    let got = format!(r#"{{"month":"2026-09","from":"{payer}"}}"#);
    does(&mut world, 1, "payment.confirm", &got);
    for at in 0..4 {
        assert_eq!(stage(&mut world, at), "settled", "{at}");
    }
    // What it settles is judged on the agreement, which goes on; after a restart as well.
    world.restart(0);
    world.relink();
    world.run();
    decide(
        &mut world,
        &[0, 2, 3],
        r#"{"thresholds":{"view_hours":3},"basis":"JM-2026-05"}"#,
    );
    assert_eq!(certificates(&mut world, 1), 2);
    let dispute = r#"{"parcel":"EZ900000019CN","reason":"weight"}"#;
    does(&mut world, 0, "parcel.dispute", dispute);
    let row = world.ask(1, |engine, ctx| engine.parcel(ctx, "EZ900000019CN"));
    assert_eq!(row.unwrap().lines[0].standing, "disputed");
}

/// A rehearsal leaves everything as it was, also which cities that left have something to settle.
#[test]
fn a_city_that_left_gets_the_agreement_after_a_rehearsal_as_well() {
    let mut world = left_with_money();
    let guide = r#"{"commands":[{"do":"agreement.publish-guide","args":{"guide":{
        "item":"I-07","version":2,"effective":"2026-09-07",
        "requirements":[{"id":"M1","name":"申请书","must":true,"original":false}]}}}]}"#;
    let done = world.act(0, "rehearse", guide).unwrap();
    assert_eq!(done.refused, None);
    decide(
        &mut world,
        &[0, 2, 3],
        r#"{"thresholds":{"view_hours":3},"basis":"JM-2026-05"}"#,
    );
    assert_eq!(certificates(&mut world, 1), 2);
}

/// Nothing but money: no meeting, and to a city without any money nothing of the agreement.
#[test]
fn nothing_else_travels_to_a_city_that_left() {
    let mut world = left_with_money();
    let remove = format!(r#"{{"remove":"{}"}}"#, world.nodes[3].division);
    decide(&mut world, &[0, 2], &remove);
    assert_eq!(certificates(&mut world, 3), 2);
    decide(
        &mut world,
        &[0, 2],
        r#"{"thresholds":{"view_hours":3},"basis":"JM-2026-05"}"#,
    );
    assert_eq!(
        certificates(&mut world, 3),
        2,
        "it has nothing to settle with anybody"
    );
    assert_eq!(certificates(&mut world, 1), 3);
    let meeting = r#"{"number":"JM-2026-05","on":"2026-10-19","officer":"QZ-0001"}"#;
    does(&mut world, 0, "meeting.convene", meeting);
    assert!(kinds(&mut world, 2).contains(&"meeting".to_owned()));
    for at in [1, 3] {
        assert!(
            !kinds(&mut world, at).contains(&"meeting".to_owned()),
            "{at}"
        );
    }
}

/// Who hears of a city's money for the first time while the medium fails gives that city the agreement later, also after a
/// restart.
#[test]
fn a_city_that_left_gets_the_agreement_although_the_medium_failed() {
    let given = |fails: bool, restarts: bool| {
        let mut world = left_with_money();
        sign_and_open(&mut world);
        world.partition(&[1], &[2]);
        let city = world.city(1).0;
        let of_feed = |letter: &[u8]| -> &'static [u8] { [letter, &city].concat().leak() };
        if fails {
            world.nodes[2].store.1 = Some((Family::Feeds, of_feed(b"p")));
        }
        does(&mut world, 0, "round.report", MONTH);
        world.nodes[2].store.1 = None;
        if restarts {
            world.restart(2);
        }
        world.run();
        world.run();
        let items = of_feed(b"o");
        let feeds = world.nodes[2].store.0.iter();
        let feed =
            feeds.filter(|((family, key), _)| *family == Family::Feeds && key.starts_with(items));
        feed.map(|(_, item)| item.clone())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let all = given(false, false);
    assert!(all > 5, "{all}");
    assert_eq!(given(true, false), all);
    assert_eq!(given(true, true), all);
}
