//! Bad input: a stable code, and nothing signed or written.

use crate::world::{World, check, receive};
use tongban_ledger::code::Code;
use tongban_sync::CommandError;

/// Makes a command that must be refused with a code and leave the store as it was.
fn refused(world: &mut World, at: usize, name: &str, args: &str, expect: Code) -> String {
    let before = world.nodes[at].store.0.clone();
    let result = world.act(at, name, args);
    let Err(CommandError::Refused(refusal)) = result else {
        panic!("{name} {args}: expected {expect}, got {result:?}");
    };
    assert_eq!(
        refusal.code, expect,
        "{name} {args}: about {}",
        refusal.about
    );
    assert!(
        before == world.nodes[at].store.0,
        "{name} {args}: something was written"
    );
    refusal.about
}

fn receiving(item: &str, owner: &str, id_number: &str, on: &str) -> String {
    format!(
        r#"{{"item":"{item}","owner":"{owner}","officer":"W1","on":"{on}",
        "materials":[{{"requirement":"M1"}}],
        "applicant":{{"name":"程立秋","id_number":"{id_number}"}}}}"#
    )
}

const GOOD_ID: &str = "330899198803170010";
const DAY: &str = "2026-09-07";

#[test]
fn receiving_is_refused_for_what_the_terms_do_not_allow() {
    let mut world = World::founded(2);
    let cases = [
        (receiving("I-00", "350700", GOOD_ID, DAY), Code::ItemUnknown),
        (
            receiving("I-99", "350700", GOOD_ID, DAY),
            Code::ItemNotActive,
        ),
        (
            receiving("I-07", "350700", GOOD_ID, "2025-12-31"),
            Code::ItemNotActive,
        ),
        (receiving("I-07", "361100", GOOD_ID, DAY), Code::NotMember),
        (
            receiving("I-07", "350700", GOOD_ID, "2026-12-30"),
            Code::CalendarMissing,
        ),
        (
            receiving("I-07", "350700", GOOD_ID, "2027-03-01"),
            Code::CalendarMissing,
        ),
        (
            receiving("I-07", "350700", GOOD_ID, DAY).replace("M1", "M9"),
            Code::NotInGuide,
        ),
        (
            receiving("I-07", "350700", GOOD_ID, DAY).replace("程立秋", " "),
            Code::Argument,
        ),
    ];
    for (args, expect) in cases {
        refused(&mut world, 0, "case.receive", &args, expect);
    }
    // A suspended item takes no new case, and a grant that was withdrawn gives no power.
    world
        .act(1, "agreement.suspend", r#"{"item":"I-07"}"#)
        .unwrap();
    world.run();
    let good = receiving("I-07", "350700", GOOD_ID, DAY);
    refused(&mut world, 0, "case.receive", &good, Code::ItemNotActive);
    world
        .act(1, "agreement.resume", r#"{"item":"I-07"}"#)
        .unwrap();
    world
        .act(1, "agreement.withdraw-grant", r#"{"grant":"founding"}"#)
        .unwrap();
    world.run();
    refused(&mut world, 0, "case.receive", &good, Code::Grant);
}

#[test]
fn a_wrong_identity_number_is_refused_and_never_repeated() {
    let mut world = World::founded(2);
    for wrong in [
        "330899198803170011",
        "330899880317001",
        "33089919881317001X",
    ] {
        let args = receiving("I-07", "350700", wrong, DAY);
        let about = refused(&mut world, 0, "case.receive", &args, Code::IdNumber);
        assert!(!about.contains(&wrong[..6]), "{about}");
    }
}

#[test]
fn custody_is_the_custodians() {
    let mut world = World::founded(3);
    let case = receive(&mut world, 0, 1, "程立秋");
    let only = format!(r#"{{"case":"{case}"}}"#);
    let officer = format!(r#"{{"case":"{case}","officer":"B1"}}"#);
    // The guide asks for checks before the push.
    refused(&mut world, 0, "case.push", &only, Code::CheckMissing);
    refused(
        &mut world,
        0,
        "case.formal-pass",
        &officer,
        Code::CheckMissing,
    );
    // R has no power to accept, and nothing to decide.
    refused(&mut world, 0, "case.accept", &officer, Code::NoPower);
    check(&mut world, 0, &case);
    let outsider = format!(r#"{{"case":"{case}","to":"341000"}}"#);
    refused(&mut world, 0, "case.push", &outsider, Code::NotMember);
    world.act(0, "case.push", &only).unwrap();
    refused(&mut world, 0, "case.push", &only, Code::PushOpen);
    let elsewhere = format!(r#"{{"case":"{case}","to":"361100"}}"#);
    refused(&mut world, 0, "case.push", &elsewhere, Code::PushOpen);
    let notice = format!(
        r#"{{"case":"{case}","officer":"W1","defects":[{{"requirement":"M2","fault":"expired"}}]}}"#
    );
    refused(&mut world, 0, "case.notice", &notice, Code::PushOpen);
    world.run();
    refused(&mut world, 0, "case.accept", &officer, Code::NotHolder);
    refused(&mut world, 0, "case.push", &only, Code::NotHolder);
    refused(&mut world, 0, "case.recall", &only, Code::State);
    let early = format!(r#"{{"case":"{case}","officer":"B1","outcome":"granted"}}"#);
    refused(&mut world, 1, "case.decide", &early, Code::State);
    let wrong_day = format!(r#"{{"case":"{case}","officer":"B1","on":"2026-09-08"}}"#);
    refused(&mut world, 1, "case.accept", &wrong_day, Code::Date);
    refused(&mut world, 2, "case.push", &only, Code::NotFound);
    refused(
        &mut world,
        0,
        "case.push",
        r#"{"case":"TB-330800-260907-000009-9"}"#,
        Code::NotFound,
    );
}

#[test]
fn parcels_and_money_are_checked() {
    let mut world = World::founded(2);
    let post = |tracking: &str, to: &str| {
        format!(r#"{{"to":"{to}","leg":"L2","tracking":"{tracking}","pay":"collect"}}"#)
    };
    // A wrong check digit does not even become a command.
    let wrong = format!(
        r#"{{"do":"parcel.post","args":{}}}"#,
        post("EZ900000018CN", "350700")
    );
    assert!(serde_json::from_str::<tongban_ledger::command::Command>(&wrong).is_err());
    refused(
        &mut world,
        0,
        "parcel.post",
        &post("EZ900000019CN", "361100"),
        Code::NotMember,
    );
    world
        .act(0, "parcel.post", &post("EZ900000019CN", "350700"))
        .unwrap();
    refused(
        &mut world,
        0,
        "parcel.post",
        &post("EZ900000019CN", "350700"),
        Code::Duplicate,
    );
    world.run();
    let cost = |fen: i64| format!(r#"{{"parcel":"EZ900000019CN","fen":{fen}}}"#);
    refused(
        &mut world,
        1,
        "parcel.cost",
        &cost(-1),
        Code::AmountNegative,
    );
    refused(
        &mut world,
        1,
        "parcel.cost",
        &cost(100_000_001),
        Code::AmountLimit,
    );
    world.act(1, "parcel.cost", &cost(2200)).unwrap();
    refused(&mut world, 1, "parcel.cost", &cost(2200), Code::Duplicate);
    let confirm = r#"{"parcel":"EZ900000019CN"}"#;
    refused(&mut world, 1, "parcel.confirm", confirm, Code::NotFound);
    world.run();
    world.act(0, "parcel.confirm", confirm).unwrap();
    world.run();
    let month = "2026-09".parse().unwrap();
    let nets: Vec<i64> = (0..2)
        .map(|at| {
            world
                .ask(at, |engine, ctx| engine.settlement(ctx, month))
                .unwrap()
                .net
        })
        .collect();
    assert_eq!(nets, [-2200, 2200]);
}

#[test]
fn a_changed_record_is_reported_and_never_served() {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    let place = world.nodes[0]
        .store
        .0
        .keys()
        .filter(|(family, _)| family.name() == "sealed")
        .find(|(_, key)| key.len() == 64)
        .cloned()
        .unwrap();
    world.nodes[0].store.0.get_mut(&place).unwrap()[40] ^= 1;
    let answer = world.ask(0, |engine, ctx| engine.case(ctx, &case));
    assert!(matches!(answer, Err(CommandError::Read(_))), "{answer:?}");
    let verified = world.ask(0, |engine, ctx| engine.verify(ctx)).unwrap();
    assert_eq!(verified.damaged.len(), 1);
}

#[test]
fn a_document_is_found_by_any_beginning_of_its_id_from_eight_digits_on() {
    let mut world = World::founded(2);
    let cases: Vec<String> = (0..40)
        .map(|_| receive(&mut world, 0, 1, "程立秋"))
        .collect();
    let mut found = |reference: &str| {
        let answer = world.ask(0, |engine, ctx| engine.case(ctx, reference));
        answer.map(|answer| answer.row.document).ok()
    };
    for case in &cases {
        let id = found(case).unwrap();
        for digits in [8, 9, 15, 16, 63, 64] {
            assert_eq!(found(&id[..digits]).as_ref(), Some(&id), "{digits} digits");
        }
        assert_eq!(found(&id.to_ascii_uppercase()).as_ref(), Some(&id));
        // The ninth digit is half a byte, the last one the end of the id.
        let otherwise = |digits: usize| {
            let last = if id[..digits].ends_with('0') {
                '1'
            } else {
                '0'
            };
            format!("{}{last}", &id[..digits - 1])
        };
        for other in [
            format!("{id}0"),
            id[..7].to_owned(),
            otherwise(9),
            otherwise(64),
        ] {
            assert_eq!(found(&other), None, "{other}");
        }
    }
    assert_eq!(found("程程程程程程程程"), None);
}
