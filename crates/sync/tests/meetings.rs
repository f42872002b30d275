//! Joint meetings between three nodes: two texts that merge, signatures under what they merge to, issues that come on
//! the next agenda by themselves, cases that other cities do not learn of; and proposals across a partition.

use tongban_ledger::answer::MeetingAnswer;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;

use crate::world::{World, receive};

/// A meeting on a day that has come, hosted by the second city.
fn convene(world: &mut World, number: &str) -> String {
    let host = world.nodes[1].division;
    let on = world.ask(0, |_, ctx| ctx.now.day());
    let args = format!(r#"{{"number":"{number}","on":"{on}","host":"{host}","officer":"W01"}}"#);
    world.act(0, "meeting.convene", &args).unwrap();
    world.run();
    number.to_owned()
}

fn write(world: &mut World, at: usize, meeting: &str, part: &str, text: &str) {
    let args = format!(
        r#"{{"meeting":"{meeting}","part":"{part}","edits":[{{"edit":"append-note","text":"{text}"}}]}}"#
    );
    world.act(at, "meeting.write", &args).unwrap();
}

fn does(world: &mut World, at: usize, act: &str, meeting: &str) -> Result<(), CommandError> {
    let args = match act {
        "meeting.attend" => format!(r#"{{"meeting":"{meeting}","people":["A1"]}}"#),
        _ => format!(r#"{{"meeting":"{meeting}","officer":"A1"}}"#),
    };
    world.act(at, act, &args).map(drop)
}

fn shown(world: &mut World, at: usize, meeting: &str) -> MeetingAnswer {
    let answer = world.ask(at, |engine, ctx| engine.meeting(ctx, meeting));
    answer.unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// R-140: what two cities write at once merges, in each of the two texts by itself, and what was signed before is
/// signed again; the same on every node, also after a restart.
#[test]
fn what_two_cities_write_at_once_merges_and_is_signed_again() {
    let mut world = World::founded(3);
    let meeting = convene(&mut world, "JM-1");
    for at in [0, 1] {
        does(&mut world, at, "meeting.attend", &meeting).unwrap();
    }
    write(&mut world, 0, &meeting, "minutes", "通过第二批。");
    world.run();
    world.partition(&[0], &[1, 2]);
    does(&mut world, 0, "meeting.sign", &meeting).unwrap();
    write(&mut world, 0, &meeting, "agenda", "一");
    write(&mut world, 1, &meeting, "minutes", "邮寄另议。");
    write(&mut world, 2, &meeting, "agenda", "二");
    world.run();
    world.heal();
    world.run();
    world.restart(2);
    world.relink();
    world.run();
    let told: Vec<MeetingAnswer> = (0..3).map(|at| shown(&mut world, at, &meeting)).collect();
    for answer in &told {
        assert!(answer.whole);
        assert_eq!(answer.minutes, "通过第二批。邮寄另议。");
        assert!(answer.agenda.contains('一') && answer.agenda.contains('二'));
        assert_eq!(answer.agenda.chars().count(), 2);
        assert!(answer.row.signed.is_empty(), "the text changed");
        assert_eq!(answer.row.waits_for.len(), 2);
        assert_eq!(answer.minutes_hash, told[0].minutes_hash);
    }
    assert_eq!(
        refused(does(&mut world, 2, "meeting.sign", &meeting)),
        Code::NoPower
    );
    let stale = format!(
        r#"{{"meeting":"{meeting}","officer":"A1","text":"{}"}}"#,
        "00".repeat(32)
    );
    assert_eq!(
        refused(world.act(0, "meeting.sign", &stale)),
        Code::TextChanged
    );
    for at in [0, 1] {
        does(&mut world, at, "meeting.sign", &meeting).unwrap();
        world.run();
    }
    for at in 0..3 {
        let answer = shown(&mut world, at, &meeting);
        assert_eq!(answer.row.adoption, "adopted");
        assert_eq!(answer.row.adopted_text, Some(answer.minutes_hash));
    }
    let roots = |world: &mut World, at: usize| {
        let roots = world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap();
        roots.documents
    };
    let first = roots(&mut world, 0);
    assert!((1..3).all(|at| roots(&mut world, at) == first));
}

/// R-141: an issue that nobody resolved comes on the agenda of the next meeting by itself; a case that it names is
/// known to the cities of the case alone.
#[test]
fn an_open_issue_comes_on_the_next_agenda_and_names_no_case_to_others() {
    let mut world = World::founded(3);
    let first = convene(&mut world, "JM-1");
    let case = receive(&mut world, 0, 1, "程立秋");
    world.run();
    let args = format!(
        r#"{{"meeting":"{first}","category":"standard","cases":["{case}"],"text":"两地标准不一","officer":"A1"}}"#
    );
    world.act(0, "meeting.issue", &args).unwrap();
    world.run();
    let next = convene(&mut world, "JM-2");
    for at in 0..3 {
        let items = shown(&mut world, at, &next).items;
        assert_eq!(items.len(), 1, "{items:?}");
        assert_eq!(
            (items[0].kind.as_str(), items[0].meeting.as_str()),
            ("issue", "JM-1")
        );
        assert_eq!(items[0].text, "两地标准不一");
    }
    assert_eq!(shown(&mut world, 0, &first).issues[0].cases, [case]);
    let other = shown(&mut world, 2, &first);
    assert!(other.issues[0].cases.is_empty());
    assert_eq!(other.issues[0].other_cases, 1);
    let resolve = format!(r#"{{"meeting":"{first}","officer":"A1"}}"#);
    assert_eq!(
        refused(world.act(2, "meeting.resolve", &resolve)),
        Code::NotFound,
        "neither the raiser nor the host"
    );
    world.act(1, "meeting.resolve", &resolve).unwrap();
    world.run();
    assert!(shown(&mut world, 2, &next).items.is_empty());
}

/// R-140: an action item is due by working days, its owner is reminded the day before, and only the owner ends it.
#[test]
fn an_action_item_reminds_its_owner() {
    let mut world = World::founded(2);
    let meeting = convene(&mut world, "JM-1");
    let owner = world.nodes[1].division;
    let args = format!(
        r#"{{"meeting":"{meeting}","owner":"{owner}","within":1,"text":"对接系统","officer":"A1"}}"#
    );
    world.act(0, "meeting.action", &args).unwrap();
    world.run();
    let told = world.ask(1, |engine, ctx| engine.meetings(ctx)).unwrap();
    assert_eq!(told.actions.len(), 1);
    assert!(told.actions[0].clock.amber && !told.actions[0].clock.overdue);
    assert_eq!(told.actions[0].text, "对接系统");
    assert_eq!(
        refused(does(&mut world, 0, "meeting.action-done", &meeting)),
        Code::NotFound
    );
    does(&mut world, 1, "meeting.action-done", &meeting).unwrap();
    world.run();
    let told = world.ask(0, |engine, ctx| engine.meetings(ctx)).unwrap();
    assert!(told.actions.is_empty());
}

/// R-140: a proposal is signed on both sides of a partition; a refusal on one side ends it there and everywhere.
#[test]
fn a_proposal_is_signed_and_refused_across_a_partition() {
    let mut world = World::founded(3);
    let propose =
        r#"{"code":"P-1","subject":{"netting":{"mode":"multilateral","effective":"2026-11-01"}}}"#;
    world.act(0, "agreement.propose", propose).unwrap();
    world.run();
    world.partition(&[0, 1], &[2]);
    let adopt = r#"{"proposal":"P-1"}"#;
    world.act(1, "agreement.adopt", adopt).unwrap();
    let refuse = r#"{"proposal":"P-1","reason":"系统未对接"}"#;
    world.act(2, "agreement.refuse", refuse).unwrap();
    world.run();
    let standing = |world: &mut World, at: usize| {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        status.agreements[0].terms.decisions[0].standing.clone()
    };
    assert_eq!(standing(&mut world, 0), "open");
    assert_eq!(standing(&mut world, 2), "refused");
    world.heal();
    world.run();
    assert!((0..3).all(|at| standing(&mut world, at) == "refused"));
    assert_eq!(
        refused(world.act(2, "agreement.adopt", adopt)),
        Code::ProposalEnded
    );
    let again =
        r#"{"code":"P-1","subject":{"netting":{"mode":"multilateral","effective":"2026-11-01"}}}"#;
    world.act(2, "agreement.propose", again).unwrap();
    world.run();
    for at in [0, 1] {
        world.act(at, "agreement.adopt", adopt).unwrap();
    }
    world.run();
    for at in 0..3 {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        let decisions = &status.agreements[0].terms.decisions;
        let adopted = decisions.iter().filter(|one| one.standing == "adopted");
        assert_eq!(adopted.count(), 1);
        assert!(decisions.iter().all(|one| one.waiting.is_empty()));
    }
}
