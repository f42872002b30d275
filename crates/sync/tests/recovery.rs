//! Nodes that lost their last entries: put back from an older copy, or wiped.

use crate::world::{Memory, World, check, receive};
use serde_json::json;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;
use tongban_sync::entry::BootNonce;
use tongban_sync::storage::Family;

fn only(case: &str) -> String {
    json!({ "case": case }).to_string()
}

fn holders(world: &mut World, at: usize, number: &str) -> Vec<String> {
    let case = world
        .ask(at, |engine, ctx| engine.case(ctx, number))
        .unwrap();
    case.row.holders.iter().map(ToString::to_string).collect()
}

fn code<T>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        Err(CommandError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was carried out"),
    }
}

fn returning(world: &mut World, at: usize) -> usize {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    status.returning.len()
}

fn ids(store: &Memory) -> Vec<Vec<u8>> {
    let kept = store
        .0
        .keys()
        .filter(|(family, _)| *family == Family::Inventory);
    kept.map(|(_, key)| key.clone()).collect()
}

/// A case that node 0 handed to node 1 after its store was copied; the copy is put back. `suspect` is whether the
/// driver saw signs of it.
fn restored(suspect: bool) -> (World, String, Vec<Vec<u8>>) {
    let mut world = World::founded(3);
    let number = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &number);
    world.run();
    let copy = world.nodes[0].store.clone();
    world.act(0, "case.push", &only(&number)).unwrap();
    let note = json!({ "case": number, "edits": [{ "edit": "append-note", "text": "已推送" }] });
    world.act(0, "case.edit", &note.to_string()).unwrap();
    world.run();
    let before = ids(&world.nodes[0].store);
    world.partition(&[0], &[1, 2]);
    world.nodes[0].store = copy;
    world.renew(0, BootNonce([77; 16]));
    if suspect {
        world.nodes[0].engine.suspect_restore();
    }
    (world, number, before)
}

/// A city is asked for what it said it has until that was looked for here, and is not asked all the time.
#[test]
fn a_city_has_not_returned_what_could_not_be_looked_for() {
    let (mut world, _, before) = restored(true);
    let here = ids(&world.nodes[0].store);
    let lost = before.into_iter().filter(|id| !here.contains(id));
    let lost: Vec<Vec<u8>> = lost.collect();
    let looked_for = lost[0].clone().leak();
    world.nodes[0].store.1 = Some((Family::Inventory, looked_for));
    world.heal();
    let sent = world.frames.len();
    world.run();
    assert_eq!(returning(&mut world, 0), 1);
    let sent = world.frames.len() - sent;
    assert!(sent < 1_000, "{sent}");
    world.nodes[0].store.1 = None;
    world.run();
    assert_eq!(returning(&mut world, 0), 0);
    let now = ids(&world.nodes[0].store);
    assert!(lost.iter().all(|id| now.contains(id)));
}

/// One entry that cannot be looked for keeps no other from coming back.
#[test]
fn what_can_be_looked_for_comes_back_although_another_cannot() {
    let (world, _, before) = restored(true);
    let here = ids(&world.nodes[0].store);
    let lost: Vec<Vec<u8>> = before.into_iter().filter(|id| !here.contains(id)).collect();
    let mut back = Vec::new();
    for id in &lost {
        let (mut world, ..) = restored(true);
        world.nodes[0].store.1 = Some((Family::Inventory, id.clone().leak()));
        world.heal();
        world.run();
        let now = ids(&world.nodes[0].store);
        back.push(lost.iter().filter(|id| now.contains(id)).count());
    }
    back.sort_unstable();
    assert_eq!(back, [0, 2, 2], "the others rest on the push alone");
}

#[test]
fn custody_waits_until_every_city_concerned_has_answered() {
    let (mut world, number, before) = restored(true);
    let other = world.nodes[2].division;
    let elsewhere = json!({ "case": number, "to": other.to_string() }).to_string();
    assert_eq!(code(world.act(0, "case.push", &elsewhere)), Code::Restoring);
    assert_eq!(returning(&mut world, 0), 2);
    // A new case and a note need not wait.
    receive(&mut world, 0, 1, "程立冬");
    let note = json!({ "case": number, "edits": [{ "edit": "append-note", "text": "一句" }] });
    world.act(0, "case.edit", &note.to_string()).unwrap();

    world.heal();
    world.run();
    assert_eq!(returning(&mut world, 0), 0);
    let now = ids(&world.nodes[0].store);
    assert!(
        before.iter().all(|id| now.contains(id)),
        "everything came back"
    );
    let division = world.nodes[1].division.to_string();
    for at in [0, 1] {
        assert_eq!(
            holders(&mut world, at, &number),
            std::slice::from_ref(&division)
        );
    }
    assert_eq!(code(world.act(0, "case.push", &elsewhere)), Code::NotHolder);
    let forks = world.ask(1, |engine, ctx| engine.keys(ctx)).unwrap().forks;
    assert_eq!(forks, [], "a restored node contradicts nothing");
}

#[test]
fn a_second_start_goes_on_waiting() {
    let (mut world, number, before) = restored(true);
    let other = world.nodes[2].division;
    let elsewhere = json!({ "case": number, "to": other.to_string() }).to_string();
    world.commit(0);
    world.restart(0);
    assert_eq!(code(world.act(0, "case.push", &elsewhere)), Code::Restoring);
    assert_eq!(returning(&mut world, 0), 2);
    // One city has returned everything, and the node starts again.
    world.partition(&[0], &[2]);
    world.heal();
    world.partition(&[0], &[2]);
    world.run();
    assert_eq!(returning(&mut world, 0), 1);
    world.restart(0);
    assert_eq!(returning(&mut world, 0), 1);
    world.heal();
    world.run();
    assert_eq!(returning(&mut world, 0), 0);
    world.restart(0);
    assert_eq!(returning(&mut world, 0), 0);
    let now = ids(&world.nodes[0].store);
    assert!(before.iter().all(|id| now.contains(id)));
}

#[test]
fn the_owner_of_the_genesis_may_be_pushed_to_at_once() {
    let (mut world, number, _) = restored(true);
    world.act(0, "case.push", &only(&number)).unwrap();
    world.heal();
    world.run();
    let division = world.nodes[1].division.to_string();
    for at in [0, 1] {
        assert_eq!(
            holders(&mut world, at, &number),
            std::slice::from_ref(&division)
        );
    }
}

#[test]
fn a_city_that_stays_away_is_waited_for() {
    let (mut world, number, _) = restored(true);
    let other = world.nodes[2].division;
    let elsewhere = json!({ "case": number, "to": other.to_string() }).to_string();
    world.heal();
    world.partition(&[0], &[1]);
    world.run();
    assert_eq!(returning(&mut world, 0), 1);
    let refused = world.act(0, "case.push", &elsewhere);
    assert_eq!(
        code(refused),
        Code::Restoring,
        "the case may lie with the city that is away"
    );
}

#[test]
fn an_unsuspected_restore_is_noticed_by_the_first_entry_that_comes_back() {
    let (mut world, number, before) = restored(false);
    world.heal();
    world.run();
    let now = ids(&world.nodes[0].store);
    assert!(before.iter().all(|id| now.contains(id)), "{number}");
}

#[test]
fn a_wiped_node_gets_everything_back_once_it_accepts_the_agreement_again() {
    let mut world = World::new(3);
    let founding = world.found_text();
    let number = receive(&mut world, 1, 0, "程立秋");
    check(&mut world, 1, &number);
    world.act(1, "case.push", &only(&number)).unwrap();
    world.run();
    let before = ids(&world.nodes[1].store);
    world.nodes[1].store = Memory::default();
    world.renew(1, BootNonce([78; 16]));
    world.relink();
    world.run();
    let accept = json!({ "founding": founding }).to_string();
    world.act(1, "agreement.accept", &accept).unwrap();
    world.run();
    let now = ids(&world.nodes[1].store);
    let missing = before.iter().filter(|id| !now.contains(id)).count();
    assert_eq!(missing, 0, "everything came back");
    let division = world.nodes[0].division.to_string();
    for at in [0, 1] {
        assert_eq!(
            holders(&mut world, at, &number),
            std::slice::from_ref(&division)
        );
    }
}

fn refusal<T>(result: Result<T, CommandError>) -> (Code, String) {
    match result {
        Err(CommandError::Refused(refusal)) => (refusal.code, refusal.about),
        Err(CommandError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was carried out"),
    }
}

fn serial(number: &str) -> u32 {
    number.split('-').nth(3).unwrap().parse().unwrap()
}

/// Node 0 pushed a case that its store, put back from an older copy, does not know.
fn one_case_lost(suspect: bool) -> (World, String) {
    let mut world = World::founded(2);
    receive(&mut world, 0, 1, "程立春");
    let copy = world.nodes[0].store.clone();
    let lost = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &lost);
    world.act(0, "case.push", &only(&lost)).unwrap();
    world.run();
    world.partition(&[0], &[1]);
    world.nodes[0].store = copy;
    world.renew(0, BootNonce([77; 16]));
    if suspect {
        world.nodes[0].engine.suspect_restore();
    }
    (world, lost)
}

#[test]
fn a_restored_node_gives_no_number_a_second_time() {
    let (mut world, lost) = one_case_lost(true);
    let first = receive(&mut world, 0, 1, "程立冬");
    assert!(serial(&first) > serial(&lost) + 1_000, "{first}");
    let second = receive(&mut world, 0, 1, "程小雪");
    assert_eq!(serial(&second), serial(&first) + 1, "one skip is enough");
    world.heal();
    world.run();
    let third = receive(&mut world, 0, 1, "程大雪");
    assert_eq!(serial(&third), serial(&second) + 1);
    world.unix += 86_400;
    let morning = receive(&mut world, 0, 1, "程小寒");
    assert_eq!(serial(&morning), 1, "nothing of a later day was lost");
}

#[test]
fn two_cases_of_one_number_are_both_named() {
    let (mut world, lost) = one_case_lost(false);
    let twin = receive(&mut world, 0, 1, "程立冬");
    assert_eq!(twin, lost, "nobody told the node of its restore");
    world.heal();
    world.run();
    let asked = world.ask(0, |engine, ctx| engine.case(ctx, &lost));
    let (code, about) = refusal(asked);
    assert_eq!(code, Code::Ambiguous);
    let ids: Vec<&str> = about.split(", ").collect();
    assert_eq!(ids.len(), 2, "{about}");
    for id in ids {
        let case = world.ask(0, |engine, ctx| engine.case(ctx, id)).unwrap();
        assert_eq!(case.row.number, lost);
    }
    let next = receive(&mut world, 0, 1, "程小雪");
    assert!(serial(&next) > serial(&lost), "{next}");
}
