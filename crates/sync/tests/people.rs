//! Windows and people between engines: what a roster forbids, whose work a case is, who is idle.

use serde_json::{Value, json};
use tongban_ledger::answer::{CaseRow, Done, IdleRow};
use tongban_ledger::code::Code;
use tongban_sync::CommandError;
use tongban_sync::engine::CaseFilter;

use crate::world::{World, check, receive};

/// The seconds of an hour and of a day.
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

fn code<T: std::fmt::Debug>(result: Result<T, CommandError>) -> (Code, String) {
    match result {
        Err(CommandError::Refused(refusal)) => (refusal.code, refusal.about),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn publish(world: &mut World, at: usize, rows: &Value) -> Done {
    world.act(at, "city.roster", &rows.to_string()).unwrap()
}

fn window(id: &str, functions: &[&str]) -> Value {
    json!({"id": id, "name": id, "division": "330802100000", "level": 3, "functions": functions,
        "equipment": ["camera"], "from": "2026-01-01"})
}

fn clerk(id: &str, window: &str, trained: &[&str]) -> Value {
    json!({"id": id, "window": window, "role": "window-clerk", "trained": trained, "from": "2026-01-01"})
}

fn receive_at(
    world: &mut World,
    officer: &str,
    window: Option<&str>,
) -> Result<Done, CommandError> {
    let args = json!({
        "item": "I-07", "owner": world.nodes[1].division, "officer": officer, "window": window,
        "materials": [{"requirement": "M1"}],
        "applicant": {"name": "苏映雪", "id_number": "350799199306220024"},
    });
    world.act(0, "case.receive", &args.to_string())
}

fn rows(world: &mut World, at: usize, officer: &str) -> Vec<CaseRow> {
    let filter = CaseFilter {
        officer: Some(officer.to_owned()),
        ..CaseFilter::default()
    };
    world
        .ask(at, |engine, ctx| engine.cases(ctx, &filter))
        .unwrap()
}

fn idle(world: &mut World, at: usize) -> Vec<IdleRow> {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    status.idle
}

/// a window without `receive` registers no case; a clerk who is not trained is warned, and the case
/// records it. Without a roster nothing is asked.
#[test]
fn a_window_receives_by_its_row_and_its_clerk_by_training() {
    let mut world = World::founded(2);
    assert!(receive_at(&mut world, "W01", None).is_ok());
    let roster = json!({
        "windows": [window("QZ-1", &["receive"]), window("QZ-2", &["consult"])],
        "officers": [clerk("W01", "QZ-1", &["I-02"]), clerk("W02", "QZ-2", &["I-07"])],
    });
    publish(&mut world, 0, &roster);
    let again = world.act(0, "city.roster", &roster.to_string());
    assert_eq!(code(again).0, Code::Already);
    let refused = |result| code(result);
    let at = |text: &str| (Code::Window, text.to_owned());
    assert_eq!(
        refused(receive_at(&mut world, "W01", Some("QZ-2"))),
        at("QZ-2")
    );
    assert_eq!(
        refused(receive_at(&mut world, "W01", Some("QZ-9"))),
        at("QZ-9")
    );
    assert_eq!(refused(receive_at(&mut world, "W02", None)), at("QZ-2"));
    let done = receive_at(&mut world, "W02", Some("QZ-1")).unwrap();
    assert_eq!(done.warnings, [""; 0]);
    let done = receive_at(&mut world, "W01", None).unwrap();
    assert_eq!(done.warnings, ["not-trained"]);
    let number = done.number.unwrap();
    let case = world
        .ask(0, |engine, ctx| engine.case(ctx, &number))
        .unwrap();
    let told = &case.entries[0].details;
    assert_eq!(
        (told["window"].as_str(), told["warning"].as_str()),
        ("QZ-1", "not-trained")
    );
    // A window that closes receives nothing from the day after on.
    let mut closed = window("QZ-1", &["receive"]);
    closed["until"] = json!("2026-09-06");
    publish(&mut world, 0, &json!({ "windows": [closed] }));
    assert_eq!(refused(receive_at(&mut world, "W01", None)), at("QZ-1"));
}

/// where the owner publishes letters of delegation, a window elsewhere acts only along a whole chain.
#[test]
fn a_missing_letter_refuses_the_receipt() {
    let mut world = World::founded(2);
    let letter = |item: &str, pass: bool| {
        json!({"letters": [{"department": "市监局", "hall": "市民中心", "items": [item], "powers": ["G1a"],
            "may_subdelegate": pass, "from": "2026-01-01"}]})
    };
    let refused = (Code::NoPower, world.nodes[1].division.to_string());
    publish(&mut world, 1, &letter("I-02", true));
    // What the window has not heard of it cannot heed.
    assert!(receive_at(&mut world, "W01", None).is_ok());
    world.run();
    assert_eq!(code(receive_at(&mut world, "W01", None)), refused);
    publish(&mut world, 1, &letter("I-07", false));
    world.run();
    assert_eq!(code(receive_at(&mut world, "W01", None)), refused);
    publish(&mut world, 1, &letter("I-07", true));
    world.run();
    assert!(receive_at(&mut world, "W01", None).is_ok());
}

/// while A is absent the work is on B's list, and the history says who acted for whom.
#[test]
fn work_of_who_is_absent_is_on_the_list_of_who_stands_in() {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    let only = json!({ "case": case }).to_string();
    world.act(0, "case.push", &only).unwrap();
    world.run();
    let roster = json!({"responsible": [{"domain": "公积金", "section": "提取科", "person": "B01",
        "deputy": "B02", "from": "2026-01-01"}]});
    publish(&mut world, 1, &roster);
    assert_eq!(rows(&mut world, 1, "B01").len(), 1);
    assert_eq!(rows(&mut world, 1, "B02").len(), 0);
    let absent = json!({"absences": [{"officer": "B01", "by": "B02", "from": "2026-09-07",
        "until": "2026-09-08"}]});
    publish(&mut world, 1, &absent);
    assert_eq!(rows(&mut world, 1, "B01").len(), 0);
    let owed = rows(&mut world, 1, "B02");
    assert_eq!(owed[0].instead_of.as_deref(), Some("B01"));
    let by = json!({"case": case, "officer": "B02"}).to_string();
    world.act(1, "case.first-look", &by).unwrap();
    world.run();
    for at in [0, 1] {
        let answer = world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap();
        let look = answer
            .entries
            .iter()
            .find(|entry| entry.act == "first-look");
        let look = look.unwrap();
        assert_eq!(look.officer, "B02");
        assert_eq!(look.details["instead-of"], "B01", "at {at}");
    }
    // The day after, the work is A's again.
    world.unix += 2 * DAY_S;
    assert_eq!(rows(&mut world, 1, "B01").len(), 1);
}

/// nobody looks, nobody goes on, nobody is seen; both cities see the first two, and a city that cannot be
/// reached is told as offline.
#[test]
fn idle_places_are_seen_by_both_cities() {
    let mut world = World::founded(2);
    let roster = json!({"responsible": [{"domain": "公积金", "section": "提取科", "person": "B01",
        "from": "2026-01-01"}]});
    publish(&mut world, 1, &roster);
    let own = json!({"windows": [window("QZ-1", &["receive"])], "officers": [clerk("W01", "QZ-1", &["I-02"])]});
    publish(&mut world, 0, &own);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    let only = json!({ "case": case }).to_string();
    world.act(0, "case.push", &only).unwrap();
    world.run();
    for at in [0, 1] {
        assert_eq!(idle(&mut world, at), []);
    }
    // Ten in the morning and four working hours: half past three.
    world.unix += 6 * HOUR_S;
    for at in [0, 1] {
        let rows = idle(&mut world, at);
        let row = rows.iter().find(|row| row.kind == "view");
        let row = row.unwrap_or_else(|| panic!("{rows:?} at {at}"));
        assert_eq!(
            (row.place.as_str(), row.cases, row.offline),
            ("提取科", 1, false)
        );
        assert_eq!(row.number.as_ref(), Some(&case));
        assert_eq!(row.city, world.nodes[1].division);
    }
    let by = json!({"case": case, "officer": "B01"}).to_string();
    world.act(1, "case.first-look", &by).unwrap();
    world.run();
    assert_eq!(idle(&mut world, 0), []);
    // Seen on Monday, it lies until Wednesday; nobody came to the window either.
    world.unix += 2 * DAY_S;
    let kinds = |world: &mut World, at| {
        let rows = idle(world, at).into_iter();
        rows.map(|row| row.kind).collect::<Vec<String>>()
    };
    assert_eq!(kinds(&mut world, 0), ["handle", "login"]);
    assert_eq!(kinds(&mut world, 1), ["handle"]);
    // Who asks for the list of an officer is there.
    assert_eq!(rows(&mut world, 0, "W01").len(), 0);
    assert_eq!(kinds(&mut world, 0), ["handle"]);
    world.partition(&[0], &[1]);
    let rows = idle(&mut world, 0);
    assert!(rows.iter().all(|row| row.offline), "{rows:?}");
    assert!(idle(&mut world, 1).iter().all(|row| !row.offline));
}

/// nobody is idle from before the node knew of the window, signs of life last over a restart, and no case is
/// read that is not due.
#[test]
fn idleness_begins_when_a_window_is_known_and_reads_few_cases() {
    let mut world = World::founded(2);
    // From the first of January, published today.
    let own = json!({"windows": [window("QZ-1", &["receive"])], "officers": [clerk("W01", "QZ-1", &["I-02"])]});
    publish(&mut world, 0, &own);
    assert_eq!(idle(&mut world, 0), []);
    world.unix += 2 * DAY_S;
    let rows = idle(&mut world, 0);
    assert_eq!((rows.len(), rows[0].kind.as_str()), (1, "login"));
    assert!(rows[0].since >= world.unix - 2 * DAY_S, "{rows:?}");
    // A receipt is a sign of life, also after a restart.
    let case = receive(&mut world, 0, 1, "程立秋");
    assert_eq!(idle(&mut world, 0), []);
    world.restart(0);
    assert_eq!(idle(&mut world, 0), []);
    // A case that nobody has to look at is not read: its record may be damaged.
    let answer = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
    let id: tongban_identity::Hash32 = answer.row.document.parse().unwrap();
    let place = (tongban_sync::storage::Family::Documents, id.0.to_vec());
    assert!(world.nodes[0].store.0.insert(place, vec![0xff]).is_some());
    world.restart(0);
    assert_eq!(idle(&mut world, 0), []);
}

/// partners read the roster, its defects, received cases by division, and how soon a city
/// takes over.
#[test]
fn partners_read_what_a_city_published() {
    let mut world = World::founded(2);
    let rows = json!({"windows": [window("QZ-1", &["receive", "consult"])]});
    publish(&mut world, 0, &rows);
    let args = json!({"liaisons": [{"officer": "L1", "department": "公积金中心", "domain": "公积金",
        "from": "2026-01-01"}]});
    publish(&mut world, 0, &args);
    let done = receive_at(&mut world, "W01", Some("QZ-1")).unwrap();
    let case = done.number.unwrap();
    world
        .act(
            0,
            "case.formal-pass",
            &json!({"case": case, "officer": "W01"}).to_string(),
        )
        .unwrap();
    world
        .act(0, "case.push", &json!({ "case": case }).to_string())
        .unwrap();
    world.run();
    let (own, other) = (world.nodes[0].division, world.nodes[1].division);
    for at in [0, 1] {
        let told = world
            .ask(at, |engine, ctx| engine.roster(ctx, Some(own)))
            .unwrap();
        assert!(told.published);
        assert_eq!(told.video, ["QZ-1"]);
        assert_eq!(told.current.liaisons.len(), 1);
        let received = told.received.iter();
        let received: Vec<(&str, u64)> = received
            .map(|row| (row.division.as_str(), row.cases))
            .collect();
        assert_eq!(received, [("3308", 1), ("330802", 1), ("330802100", 1)]);
        let told = world
            .ask(at, |engine, ctx| engine.roster(ctx, Some(other)))
            .unwrap();
        assert!(!told.published);
        let takeover = told.takeover.unwrap();
        assert_eq!((takeover.pushes, takeover.median_s), (1, 0));
        let defects = world
            .ask(at, |engine, ctx| engine.defects(ctx, Some(own)))
            .unwrap();
        let without = |kind: &str| {
            let rows = defects.defects.iter().filter(|row| row.kind == kind);
            rows.map(|row| row.item.as_str()).collect::<Vec<&str>>()
        };
        assert_eq!(without("no-liaisons"), ["I-07"], "at {at}");
        assert_eq!(without("no-responsible"), ["I-02", "I-07"]);
        assert_eq!(without("no-letter"), [""; 0]);
    }
    let stranger = world.ask(0, |engine, ctx| engine.roster(ctx, "110000".parse().ok()));
    assert_eq!(code(stranger).0, Code::NotMember);
}

/// A rehearsal is judged as the commands would be, each on what those before it left, and leaves nothing behind.
#[test]
fn a_rehearsal_says_what_would_be_refused_and_leaves_nothing() {
    let mut world = World::founded(2);
    let roster = |rows: Value| json!({"do": "city.roster", "args": rows});
    let guide = |version: u32| {
        json!({"do": "agreement.publish-guide", "args": {"guide": {
            "item": "I-07", "version": version, "effective": "2026-09-07",
            "requirements": [{"id": "M1", "name": "申请书", "must": true, "original": false}]}}})
    };
    let rehearse = |world: &mut World, commands: Vec<Value>| {
        let before = world.nodes[0].store.0.clone();
        let args = json!({ "commands": commands }).to_string();
        let done = world.act(0, "rehearse", &args);
        assert!(before == world.nodes[0].store.0, "something was written");
        done.map(|done| done.refused.map(|found| (found.at, found.refusal.code)))
    };
    let sound = json!({"windows": [window("QZ-1", &["receive"])]});
    let unknown = json!({"officers": [clerk("W01", "QZ-1", &["I-98"])]});
    let got = rehearse(&mut world, vec![roster(sound.clone())]);
    assert_eq!(got.unwrap(), None);
    let got = rehearse(&mut world, vec![roster(sound.clone()), roster(unknown)]);
    assert_eq!(got.unwrap(), Some((1, Code::ItemUnknown)));
    let twice = vec![roster(sound.clone()), roster(sound.clone())];
    let got = rehearse(&mut world, twice);
    assert_eq!(
        got.unwrap(),
        Some((1, Code::Already)),
        "on what the first left"
    );
    let got = rehearse(&mut world, vec![guide(2), guide(3)]);
    assert_eq!(got.unwrap(), None);
    let again = rehearse(&mut world, vec![guide(2), guide(2)]).unwrap();
    assert_eq!(again.map(|(at, _)| at), Some(1));
    let push = json!({"do": "case.close", "args": {"case": "TB1"}});
    for bad in [vec![], vec![push]] {
        assert_eq!(code(rehearse(&mut world, bad)).0, Code::Argument);
    }
    let many = vec![roster(sound.clone()); 513];
    assert_eq!(code(rehearse(&mut world, many)).0, Code::TooLarge);
    // And then it is done.
    publish(&mut world, 0, &sound);
    let args = guide(2)["args"].to_string();
    world.act(0, "agreement.publish-guide", &args).unwrap();
    world.run();
    let status = world.ask(1, |engine, ctx| engine.status(ctx)).unwrap();
    let guides = &status.agreements[0].terms.guides;
    assert_eq!(
        guides
            .iter()
            .filter(|guide| guide.item == "I-07" && guide.version > 1)
            .count(),
        1
    );
}

/// A roster that is refused leaves nothing behind, not even an opened page.
#[test]
fn a_refused_roster_leaves_nothing() {
    let mut world = World::founded(2);
    let check = |world: &mut World, rows: Value, expect: Code, about: &str| {
        let refused = world.act(0, "city.roster", &rows.to_string());
        assert_eq!(code(refused), (expect, about.to_owned()));
    };
    check(&mut world, json!({}), Code::Argument, "rows");
    let unknown = json!({"officers": [clerk("W01", "QZ-1", &["I-98"])]});
    check(&mut world, unknown, Code::ItemUnknown, "officer W01");
    let elsewhere = json!({"go_live": [{"item": "I-02", "partner": "110000"}]});
    check(
        &mut world,
        elsewhere,
        Code::NotMember,
        "go-live I-02 110000",
    );
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    assert_eq!(status.documents["city"], 0);
}
