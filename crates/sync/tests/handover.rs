//! An item moves from one department of the owner to another while cases of it are open (SC-7, E29).

use tongban_ledger::answer::CaseAnswer;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;
use tongban_sync::storage::Family;

use crate::world::{World, check, receive};

const MOVE: &str = r#"{"item":"I-02","kind":"transfer","from_dept":"RS-1","to_dept":"YB-2",
    "planned":"2026-09-07","basis":"南政办〔2026〕7号","contact":"NP-1"}"#;
const TAKE: &str =
    r#"{"item":"I-02","claimed":true,"guide":3,"approvers":["NP-2"],"liaisons":["NP-3"]}"#;

fn case(world: &mut World, at: usize, case: &str) -> CaseAnswer {
    world.ask(at, |engine, ctx| engine.case(ctx, case)).unwrap()
}

fn refused(world: &mut World, at: usize, name: &str, args: &str) -> Code {
    match world.act(at, name, args) {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{name}: {other:?}"),
    }
}

fn accepted(world: &mut World) -> String {
    let case = receive(world, 0, 1, "程立秋");
    check(world, 0, &case);
    let only = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &only).unwrap();
    world.run();
    let officer = format!(r#"{{"case":"{case}","officer":"B01"}}"#);
    world.act(1, "case.accept", &officer).unwrap();
    world.run();
    case
}

/// R-180, R-182, R-183 (SC-7, E29): the other city sees the change at once; nothing is deleted or handed over before the
/// new department has taken the item; then the owner's node hands the open case over, and its clocks stay.
#[test]
fn open_cases_follow_their_item_when_it_is_taken_and_keep_their_clocks() {
    let mut world = World::founded(2);
    let open = accepted(&mut world);
    assert_eq!(case(&mut world, 0, &open).holder_dept, None);
    world.act(1, "city.change-item", MOVE).unwrap();
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    let changes = &status.agreements[0].changes;
    assert_eq!(changes.len(), 1, "a partner city sees it");
    assert_eq!((changes[0].completed, changes[0].overdue), (None, false));
    let hand = format!(r#"{{"case":"{open}","officer":"NP-4"}}"#);
    let delete = r#"{"item":"I-02","officer":"NP-4"}"#;
    for (name, args) in [
        ("case.hand-over", hand.as_str()),
        ("city.delete-item", delete),
    ] {
        assert_eq!(refused(&mut world, 1, name, args), Code::HandoverOpen);
    }
    // Until then the old department goes on, also with new cases.
    let later = accepted(&mut world);
    let before = case(&mut world, 1, &open);
    assert_eq!(before.holder_dept.as_deref(), Some("RS-1"));
    world.act(1, "city.take-item", TAKE).unwrap();
    world.run();
    for at in [0, 1] {
        for number in [&open, &later] {
            let answer = case(&mut world, at, number);
            assert_eq!(answer.holder_dept.as_deref(), Some("YB-2"), "{at}");
            let handed = answer.entries.iter();
            let handed = handed.filter(|row| row.act == "handover-case");
            assert_eq!(handed.count(), 1, "once, by the owner's node");
        }
    }
    let after = case(&mut world, 1, &open);
    assert_eq!(after.clocks, before.clocks);
    assert_eq!(after.row.stage, before.row.stage);
    assert_eq!(
        refused(&mut world, 1, "case.hand-over", &hand),
        Code::HandoverOpen
    );
    world.act(1, "city.delete-item", delete).unwrap();
    world.restart(1);
    world.relink();
    world.run();
    let again = case(&mut world, 1, &open);
    assert_eq!(
        again.entries.len(),
        after.entries.len(),
        "a restart signs nothing"
    );
}

/// R-180, R-183: an item that is taken before its planned day goes on in the old department, and its cases follow on
/// that day, whatever restarts come between.
#[test]
fn cases_follow_an_item_taken_early_on_the_planned_day() {
    let mut world = World::founded(2);
    let open = accepted(&mut world);
    let early = MOVE.replace("2026-09-07", "2026-09-09");
    world.act(1, "city.change-item", &early).unwrap();
    world.act(1, "city.take-item", TAKE).unwrap();
    world.run();
    let dept = |world: &mut World| {
        let answer = case(world, 1, &open);
        let handed = answer.entries.iter();
        let handed = handed.filter(|row| row.act == "handover-case").count();
        (answer.holder_dept.unwrap_or_default(), handed)
    };
    assert_eq!(dept(&mut world), ("RS-1".to_owned(), 0));
    let hand = format!(r#"{{"case":"{open}","officer":"NP-4"}}"#);
    let got = refused(&mut world, 1, "case.hand-over", &hand);
    assert_eq!(got, Code::HandoverOpen, "nor by hand");
    world.unix += 24 * 3_600;
    world.restart(1);
    world.run();
    assert_eq!(dept(&mut world), ("RS-1".to_owned(), 0));
    world.unix += 24 * 3_600;
    world.run();
    assert_eq!(dept(&mut world), ("YB-2".to_owned(), 1));
    world.restart(1);
    world.run();
    assert_eq!(dept(&mut world), ("YB-2".to_owned(), 1));
}

/// R-183: a start after a hand-over that is over reads no case, and one that is not over goes on where it was.
#[test]
fn how_far_a_hand_over_came_stands_in_the_store() {
    let mut world = World::founded(2);
    let open = accepted(&mut world);
    world.act(1, "city.change-item", MOVE).unwrap();
    world.act(1, "city.take-item", TAKE).unwrap();
    world.run();
    let places = |world: &World| {
        let keys = world.nodes[1].store.0.keys();
        let of = keys.filter(|(_, key)| key.starts_with(b"handed/"));
        of.cloned().collect::<Vec<_>>()
    };
    let place = places(&world);
    assert_eq!(place.len(), 1);
    // The record of the case cannot be read: nothing asks for it.
    world.partition(&[0], &[1]);
    let documents = tongban_sync::storage::Family::Documents;
    let records: Vec<_> = world.nodes[1].store.0.keys().cloned().collect();
    let before = world.nodes[1].store.clone();
    for (family, key) in records {
        let cases = before.0.keys().filter(|(_, of)| of.first() == Some(&b'x'));
        let case = cases.into_iter().any(|(_, of)| of[1..] == key[..]);
        if family == documents && case {
            world.nodes[1].store.0.insert((family, key), vec![0xff]);
        }
    }
    world.restart(1);
    world.run();
    world.nodes[1].store = before;
    // What was not gone through to the end is gone on with.
    world.nodes[1].store.0.remove(&place[0]);
    world.restart(1);
    world.run();
    assert_eq!(places(&world), place);
    assert_eq!(
        case(&mut world, 1, &open).holder_dept.as_deref(),
        Some("YB-2")
    );
}

/// The place of a case's record at the second city.
fn record_of(world: &mut World, number: &str) -> (Family, Vec<u8>) {
    let document = case(world, 1, number).row.document;
    let place = |key: &[u8]| {
        key.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let keys = world.nodes[1].store.0.keys();
    let mut keys =
        keys.filter(|(family, key)| *family == Family::Documents && place(key) == document);
    keys.next().cloned().expect("the case's record")
}

/// An accepted case at the second city, which has announced that its item moves and hears nothing any more; with the
/// case's number and the place of its record.
fn announced() -> (World, String, (Family, Vec<u8>)) {
    let mut world = World::founded(2);
    let open = accepted(&mut world);
    world.act(1, "city.change-item", MOVE).unwrap();
    world.run();
    world.partition(&[0], &[1]);
    let record = record_of(&mut world, &open);
    (world, open, record)
}

/// R-183: a case whose record cannot be read on the day of the transfer follows its item on a later day, once it can be.
#[test]
fn a_case_that_could_not_follow_follows_on_a_later_day() {
    let (mut world, open, record) = announced();
    let whole = world.nodes[1].store.0.insert(record.clone(), vec![0xff]);
    world.restart(1);
    let taken = world.act(1, "city.take-item", TAKE);
    assert!(taken.is_ok(), "{taken:?}");
    world.run();
    world.nodes[1]
        .store
        .0
        .insert(record, whole.expect("it was there"));
    world.restart(1);
    world.run();
    let dept = |world: &mut World| case(world, 1, &open).holder_dept.unwrap_or_default();
    assert_eq!(dept(&mut world), "RS-1", "not on the same day again");
    world.unix += 24 * 3_600;
    world.run();
    assert_eq!(dept(&mut world), "YB-2");
}

/// A clock at the end of the calendar has no next day: a pass that left something rests on that day all the same.
#[test]
fn a_node_at_the_end_of_the_calendar_does_not_look_without_end() {
    let (mut world, _, record) = announced();
    world.nodes[1].store.0.insert(record, vec![0xff]);
    world.unix = i64::MAX / 2;
    world.restart(1);
    let taken = world.act(1, "city.take-item", TAKE);
    assert!(taken.is_ok(), "{taken:?}");
    world.run();
    let now = world.ask(1, |_, ctx| ctx.now.monotonic_ms);
    let next = world.nodes[1].engine.poll_timeout();
    assert!(next.is_none_or(|next| next > now), "{next:?} at {now}");
}

/// R-180, R-022: a refusal of bad words names the argument and the rule.
#[test]
fn a_refusal_names_the_argument() {
    let mut world = World::founded(2);
    let about = |world: &mut World, name: &str, args: &str| match world.act(1, name, args) {
        Err(CommandError::Refused(refusal)) => (refusal.code, refusal.about),
        other => panic!("{name}: {other:?}"),
    };
    for (old, new, expect) in [
        (r#""contact":"NP-1""#, r#""contact":"""#, "contact-form"),
        ("南政办〔2026〕7号", "", "basis-form"),
        ("RS-1", "人社局", "from-dept-form"),
        ("YB-2", "医保 局", "to-dept-form"),
        ("YB-2", "RS-1", "depts-transfer"),
        ("transfer", "rename", "depts-rename"),
        ("transfer", "new", "depts-new"),
        ("transfer", "delete", "depts-delete"),
    ] {
        let args = MOVE.replace(old, new);
        let got = about(&mut world, "city.change-item", &args);
        assert_eq!(got, (Code::Argument, expect.to_owned()), "{args}");
    }
    world.act(1, "city.change-item", MOVE).unwrap();
    world.act(1, "city.take-item", TAKE).unwrap();
    let got = about(&mut world, "city.change-item", MOVE);
    assert_eq!(got, (Code::Argument, "from-dept-other".to_owned()));
    let case = accepted(&mut world);
    let jump = format!(r#"{{"case":"{case}","system":"省统一系统","officer":"NP-4"}}"#);
    let got = about(&mut world, "case.jump-out", &jump);
    assert_eq!(got, (Code::Argument, "system-form".to_owned()));
}

/// R-042, R-170: the history names the grant and the guide that each act of the window rests on, the same at both cities.
#[test]
fn a_history_names_grant_and_guide() {
    let mut world = World::founded(2);
    let open = accepted(&mut world);
    let told = |world: &mut World, at: usize| {
        let rows = case(world, at, &open).entries.into_iter();
        let told = rows.map(|row| {
            let detail = |name: &str| row.details.get(name).cloned().unwrap_or_default();
            (row.act.clone(), detail("grant"), detail("guide"))
        });
        told.collect::<Vec<_>>()
    };
    let here = told(&mut world, 0);
    assert_eq!(here, told(&mut world, 1));
    let of = |act: &str| here.iter().find(|row| row.0 == act).cloned().unwrap();
    for (act, grant) in [
        ("receive", "founding"),
        ("id-check", "founding"),
        ("original-check", "founding"),
        ("formal-pass", ""),
        // The owner accepts in its own right.
        ("accept", ""),
    ] {
        assert_eq!(of(act), (act.into(), grant.into(), "3".into()), "{act}");
    }
}
