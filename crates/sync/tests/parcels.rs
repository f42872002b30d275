//! Parcels between nodes: the dispatch window, who learns of what, and cost lines in doubt across a partition.

use tongban_ledger::answer::ParcelRow;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;

use crate::world::World;

const NUMBER: &str = "EZ900000019CN";

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn rows(world: &mut World, at: usize) -> Vec<ParcelRow> {
    let rows = world.ask(at, |engine, ctx| engine.parcels(ctx));
    rows.expect("readable")
}

fn only(world: &mut World, at: usize) -> ParcelRow {
    let mut rows = rows(world, at);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// What the city shows of its lines: fen, and what each is worth, in order of fen.
fn lines(world: &mut World, at: usize) -> Vec<(i64, String)> {
    let rows = only(world, at).lines.into_iter();
    let mut lines: Vec<_> = rows.map(|line| (line.fen, line.standing)).collect();
    lines.sort();
    lines
}

fn net(world: &mut World, at: usize) -> i64 {
    let month: Month = "2026-09".parse().expect("a month");
    let answer = world.ask(at, |engine, ctx| engine.settlement(ctx, month));
    answer.expect("small sums").net
}

/// A collect parcel of the first city to the second, which paid 38.00 for it.
fn paid(world: &mut World) {
    let to = world.nodes[1].division;
    let post = format!(
        r#"{{"to":"{to}","leg":"L2","tracking":"{NUMBER}","pay":"collect","on":"2026-09-03"}}"#
    );
    world.act(0, "parcel.post", &post).unwrap();
    world.run();
    let cost = format!(r#"{{"parcel":"{NUMBER}","fen":3800}}"#);
    world.act(1, "parcel.cost", &cost).unwrap();
    world.run();
}

fn named(more: &str) -> String {
    format!(r#"{{"parcel":"{NUMBER}"{more}}}"#)
}

/// R-153: where the city has a dispatch window by its roster, a result is posted through it and not otherwise.
#[test]
fn r153_a_result_goes_over_the_dispatch_window() {
    let mut world = World::founded(2);
    let to = world.nodes[1].division;
    let post = |leg: &str, number: &str| {
        format!(r#"{{"to":"{to}","leg":"{leg}","tracking":"{number}","pay":"contract"}}"#)
    };
    let first = post("L3", "EZ900000022CN");
    world
        .act(0, "parcel.post", &first)
        .expect("no window does dispatch yet");
    let windows = r#"{"windows":[
        {"id":"W1","name":"专窗","division":"330800000000","level":1,"functions":["receive"],"from":"2026-01-01"},
        {"id":"SF","name":"收发件窗口","division":"330800000000","level":1,"functions":["dispatch"],"from":"2026-01-01"}]}"#;
    world.act(0, "city.roster", windows).unwrap();
    let result = post("L3", NUMBER);
    assert_eq!(refused(world.act(0, "parcel.post", &result)), Code::Window);
    world
        .act(0, "parcel.post", &post("L2", "EZ900000036CN"))
        .expect("materials go as before");
    world.act(0, "parcel.prepare", &result).unwrap();
    let send = named("");
    assert_eq!(refused(world.act(0, "parcel.send", &send)), Code::Window);
    let hand_over = |window: &str| {
        format!(r#"{{"parcels":["{NUMBER}"],"batch":"B1","window":"{window}","dept":"人社局"}}"#)
    };
    let dispatch = world.act(0, "parcel.dispatch", &hand_over("W1"));
    assert_eq!(refused(dispatch), Code::Window);
    world.act(0, "parcel.dispatch", &hand_over("SF")).unwrap();
    let none = world.act(0, "parcel.send", r#"{"batch":"B2"}"#);
    assert_eq!(refused(none), Code::NotFound);
    let batch = r#"{"batch":"B1"}"#;
    let sent = world.act(0, "parcel.send", batch).unwrap();
    assert_eq!(sent.entries.len(), 1);
    assert_eq!(refused(world.act(0, "parcel.send", batch)), Code::NotFound);
    world.run();
    let rows = rows(&mut world, 1);
    let there = rows.iter().find(|row| row.tracking == NUMBER).unwrap();
    assert_eq!(
        (there.stage.as_str(), there.place.as_str()),
        ("posted", "carrier")
    );
    assert_eq!(there.batch.as_deref(), Some("B1"));
}

/// R-151: both cities show each parcel in one place, and in whose window it is in its own hands.
#[test]
fn r151_both_cities_show_one_place() {
    let mut world = World::founded(2);
    paid(&mut world);
    let places = |world: &mut World| [0, 1].map(|at| only(world, at).place);
    assert_eq!(places(&mut world), ["carrier", "carrier"]);
    let arrive = named(r#","window":"NP-01""#);
    world.act(1, "parcel.arrive", &arrive).unwrap();
    world.run();
    assert_eq!(places(&mut world), ["in", "in"]);
    assert_eq!(only(&mut world, 1).window.as_deref(), Some("NP-01"));
    assert_eq!(only(&mut world, 0).window, None);
}

/// The city that issued what another one posts on has the parcel; a third one has not.
#[test]
fn the_issuing_city_has_a_parcel_of_the_last_mile() {
    let mut world = World::founded(3);
    let issuer = world.nodes[1].division;
    let post =
        format!(r#"{{"leg":"L10","tracking":"{NUMBER}","pay":"prepaid","approver":"{issuer}"}}"#);
    world.act(0, "parcel.post", &post).unwrap();
    world.run();
    assert_eq!(only(&mut world, 1).approver, Some(issuer));
    assert!(rows(&mut world, 2).is_empty());
}

/// R-152: the warning at the posting, the alarm, the task, and its end.
#[test]
fn r152_a_collect_parcel_to_an_applicant_is_told() {
    let mut world = World::founded(2);
    let post = format!(r#"{{"leg":"L4","tracking":"{NUMBER}","pay":"collect"}}"#);
    let done = world.act(0, "parcel.post", &post).unwrap();
    assert_eq!(done.warnings, ["collect-to-applicant"]);
    let alarms = only(&mut world, 0).alarms;
    assert_eq!(alarms, ["collect-to-applicant", "refund"]);
    let repay = named(r#","fen":2000"#);
    world.act(0, "parcel.repay", &repay).unwrap();
    assert_eq!(only(&mut world, 0).alarms, ["collect-to-applicant"]);
    assert_eq!(refused(world.act(0, "parcel.repay", &repay)), Code::Already);
}

#[test]
fn a_refused_correction_leaves_no_line() {
    let mut world = World::founded(2);
    paid(&mut world);
    let halves =
        r#","outcome":"reallocated","lines":[{"fen":1900},{"fen":1900,"liable":"350700"}]"#;
    let nobody = world.act(1, "parcel.correct", &named(halves));
    assert_eq!(refused(nobody), Code::Resolution);
    // R-150: who bears it by fault, both members sign first.
    let of = named(r#","shares":{"330800":1900,"350700":1900}"#);
    let part = of.replace(r#""330800":1900"#, r#""330800":1800"#);
    let put = |of: &str| format!(r#"{{"code":"JM-2026-03","subject":{{"reallocation":{of}}}}}"#);
    let not_all = world.act(1, "agreement.propose", &put(&part));
    assert_eq!(refused(not_all), Code::Argument);
    world.act(1, "agreement.propose", &put(&of)).unwrap();
    world.run();
    let ruled = |lines: &str| named(&format!(r#"{lines},"resolution":"JM-2026-03""#));
    let early = world.act(1, "parcel.correct", &ruled(halves));
    assert_eq!(refused(early), Code::Resolution);
    let adopt = r#"{"proposal":"JM-2026-03"}"#;
    world.act(0, "agreement.adopt", adopt).unwrap();
    world.run();
    let short = halves.replace(r#""fen":1900,"#, r#""fen":1899,"#);
    let refusal = world.act(1, "parcel.correct", &ruled(&short));
    assert_eq!(refused(refusal), Code::Argument);
    assert_eq!(lines(&mut world, 1), [(3_800, "unconfirmed".to_owned())]);
    let unsigned = world.act(0, "parcel.agree", &named(""));
    assert_eq!(refused(unsigned), Code::NotFound);
    world.act(1, "parcel.correct", &ruled(halves)).unwrap();
    world.run();
    let proposal = only(&mut world, 0).proposals[0].clone();
    assert_eq!(proposal.resolution.as_deref(), Some("JM-2026-03"));
    world.act(0, "parcel.agree", &named("")).unwrap();
    world.run();
    for (at, sign) in [(0, -1), (1, 1)] {
        assert_eq!(net(&mut world, at), sign * 1_900);
    }
}

/// One city objects while the other, across a cut, corrects: both see the same once they meet.
#[test]
fn objections_and_corrections_meet_across_a_cut() {
    let mut world = World::founded(2);
    paid(&mut world);
    world.partition(&[0], &[1]);
    let dispute = named(r#","reason":"weight","text":"称重不符""#);
    world.act(0, "parcel.dispute", &dispute).unwrap();
    let correct = named(r#","outcome":"amended","lines":[{"fen":3000}]"#);
    world.act(1, "parcel.correct", &correct).unwrap();
    world.heal();
    world.relink();
    world.run();
    for at in [0, 1] {
        let row = only(&mut world, at);
        assert_eq!(row.objections.len(), 1, "{at}");
        assert_eq!(row.proposals.len(), 1, "{at}");
        assert_eq!(
            lines(&mut world, at),
            [
                (3_000, "unconfirmed".to_owned()),
                (3_800, "disputed".to_owned())
            ]
        );
        assert_eq!(net(&mut world, at), 0);
    }
    world.act(0, "parcel.agree", &named("")).unwrap();
    world.run();
    for (at, sign) in [(0, -1), (1, 1)] {
        assert_eq!(
            lines(&mut world, at),
            [
                (3_000, "counted".to_owned()),
                (3_800, "reversed".to_owned())
            ]
        );
        assert_eq!(net(&mut world, at), sign * 3_000);
        let outcome = only(&mut world, at).objections[0].outcome.clone();
        assert_eq!(outcome.as_deref(), Some("amended"));
    }
}

/// Both cities correct the same line across a cut, and each signs the other's proposal across another: nothing of it
/// counts until one of them takes its signature back, and then the same thing counts for both.
#[test]
fn corrections_signed_across_a_cut_wait_for_a_retraction() {
    let mut world = World::founded(2);
    paid(&mut world);
    world.act(0, "parcel.confirm", &named("")).unwrap();
    world.run();
    world.partition(&[0], &[1]);
    let less = named(r#","outcome":"amended","lines":[{"fen":3000}]"#);
    world.act(1, "parcel.correct", &less).unwrap();
    let nothing = named(r#","outcome":"upheld""#);
    world.act(0, "parcel.correct", &nothing).unwrap();
    world.heal();
    world.relink();
    world.run();
    let agree = named("");
    for at in [0, 1] {
        assert_eq!(refused(world.act(at, "parcel.agree", &agree)), Code::State);
    }
    // The first takes its own back and signs the other's.
    world.act(0, "parcel.retract", &named("")).unwrap();
    world.act(0, "parcel.agree", &agree).unwrap();
    world.run();
    for (at, sign) in [(0, -1), (1, 1)] {
        assert_eq!(net(&mut world, at), sign * 3_000);
        let again = world.act(at, "parcel.correct", &nothing);
        assert_eq!(refused(again), Code::Already);
    }
}

/// The node of a city that wrote nothing about a line has the same lines after a restart.
#[test]
fn corrections_survive_a_restart() {
    let mut world = World::founded(2);
    paid(&mut world);
    world.act(0, "parcel.confirm", &named("")).unwrap();
    world.run();
    let less = named(r#","outcome":"amended","lines":[{"fen":3000}]"#);
    world.act(1, "parcel.correct", &less).unwrap();
    world.run();
    world.act(0, "parcel.agree", &named("")).unwrap();
    world.run();
    let before = (lines(&mut world, 0), net(&mut world, 0));
    assert_eq!(before.0.len(), 3, "the line, its reversal, the new one");
    world.restart(0);
    world.relink();
    world.run();
    assert_eq!((lines(&mut world, 0), net(&mut world, 0)), before);
}
