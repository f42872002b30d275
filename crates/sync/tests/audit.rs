//! Audits: two cities compare what both hold, say so with a fingerprint, and mend what one of them lost.

use std::collections::{BTreeMap, BTreeSet};

use crate::world::{Memory, Withheld, World, check, receive};
use serde_json::json;
use tongban_identity::Hash32;
use tongban_ledger::EntryId;
use tongban_ledger::answer::{AuditAnswer, StatusAnswer};
use tongban_sync::Input;
use tongban_sync::engine::Scrub;
use tongban_sync::frame::{Audit, AuditEnd, Audited, Frame};
use tongban_sync::storage::Family;

const HOUR_MS: u64 = 3_600_000;

fn only(case: &str) -> String {
    json!({ "case": case }).to_string()
}

fn status(world: &mut World, at: usize) -> StatusAnswer {
    world.ask(at, |engine, ctx| engine.status(ctx)).unwrap()
}

/// What a node's last comparison with another found.
fn verdict(world: &mut World, at: usize, with: usize) -> AuditAnswer {
    let division = world.nodes[with].division;
    let status = status(world, at);
    let mut members = status.agreements[0].members.iter();
    let member = members.find(|member| member.city.division == division);
    member.unwrap().audit.clone().unwrap()
}

fn audit(world: &mut World, at: usize) {
    world.nodes[at].engine.audit_now();
    world.run();
}

fn roots(world: &mut World, at: usize) -> BTreeMap<String, (String, String, u64)> {
    let roots = world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap();
    let rows = roots.documents.into_iter();
    rows.map(|(id, row)| (id, (row.root, row.file, row.entries)))
        .collect()
}

/// The entries of the documents that a case's genesis opened, at a node, in causal order, with their keys.
fn entries_of(world: &mut World, at: usize, case: &str) -> Vec<Vec<u8>> {
    let answer = world.ask(at, |engine, ctx| engine.case(ctx, case)).unwrap();
    let document: Hash32 = answer.row.document.parse().unwrap();
    let kept = world.nodes[at].store.0.keys();
    let mut keys: Vec<Vec<u8>> = kept
        .filter(|(family, key)| *family == Family::Entries && key.starts_with(&document.0))
        .map(|(_, key)| key.clone())
        .collect();
    let depth = |world: &World, key: &Vec<u8>| {
        let document = tongban_ledger::DocumentId::from_slice(&key[..32]).unwrap();
        let id = EntryId::from_slice(&key[32..]).unwrap();
        let entry = tongban_sync::engine::inspect::entry(&world.nodes[at].store, &document, &id);
        entry.unwrap().unwrap().header.depth
    };
    keys.sort_by_key(|key| depth(world, key));
    keys
}

/// Deletes every record of an entry.
fn lose(store: &mut Memory, key: &[u8]) {
    store.0.remove(&(Family::Entries, key.to_vec())).unwrap();
    store.0.remove(&(Family::Sealed, key.to_vec()));
    let listed = (Family::Inventory, key[32..].to_vec());
    store.0.remove(&listed).unwrap();
}

fn has(store: &Memory, key: &[u8]) -> bool {
    store.0.contains_key(&(Family::Entries, key.to_vec()))
        && store
            .0
            .contains_key(&(Family::Inventory, key[32..].to_vec()))
}

/// Two cities with a case that was handed over, at rest.
fn two() -> (World, String) {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.act(0, "case.push", &only(&case)).unwrap();
    let note = json!({ "case": case, "edits": [{ "edit": "append-note", "text": "一句" }] });
    world.act(0, "case.edit", &note.to_string()).unwrap();
    world.run();
    (world, case)
}

/// How many frames of audits went from a node to another since a mark.
fn audit_frames(world: &World, since: usize) -> usize {
    let frames = world.frames[since..].iter();
    frames
        .filter(|(_, _, bytes)| {
            matches!(
                Frame::from_slice(bytes),
                Ok(Frame::Audit(_) | Frame::Audited(_) | Frame::AuditEnd(_))
            )
        })
        .count()
}

#[test]
fn two_cities_say_that_they_hold_the_same_entries() {
    let (mut world, _) = two();
    audit(&mut world, 0);
    audit(&mut world, 1);
    let (here, there) = (verdict(&mut world, 0, 1), verdict(&mut world, 1, 0));
    let ids = world.nodes[0].store.0.keys();
    let ids = ids.filter(|(family, _)| *family == Family::Inventory);
    let ids: BTreeSet<&[u8]> = ids.map(|(_, key)| key.as_slice()).collect();
    assert_eq!(here.here, ids.len() as u64);
    // All in one hour, so in the order of their ids.
    let parts: Vec<&[u8]> = ids.into_iter().collect();
    let hash = Hash32::hash("tongban/audit/v1", &parts).to_string();
    for found in [&here, &there] {
        assert_eq!(found.fingerprint.as_ref(), Some(&hash));
        assert_eq!((found.here, found.there), (here.here, here.here));
        assert_eq!((found.lacking_here, found.lacking_there), (0, 0));
        assert_eq!((found.under_way, found.fetching), (0, 0));
    }
    // It is kept over a restart.
    world.restart(0);
    assert_eq!(verdict(&mut world, 0, 1), here);
}

#[test]
fn an_audit_comes_after_hours_of_link_time_and_no_sooner() {
    let (mut world, _) = two();
    audit(&mut world, 0);
    audit(&mut world, 1);
    let mark = world.frames.len();
    world.pass(5 * HOUR_MS);
    world.run();
    assert_eq!(audit_frames(&world, mark), 0);
    // Time without a link does not count.
    world.partition(&[0], &[1]);
    world.pass(5 * HOUR_MS);
    world.run();
    world.heal();
    world.run();
    assert_eq!(audit_frames(&world, mark), 0);
    world.pass(HOUR_MS);
    world.run();
    assert_eq!(
        audit_frames(&world, mark),
        6,
        "a question, an answer and an end for each"
    );
}

#[test]
fn lost_entries_come_back_and_change_nothing() {
    let (world, case) = two();
    let mut whole = world;
    let keys = entries_of(&mut whole, 0, &case);
    let last = keys.len() - 1;
    // The genesis, one in the middle, the head, and many at once.
    for lost in [
        vec![0],
        vec![2],
        vec![last],
        vec![1, 2, last],
        (0..=last).collect(),
    ] {
        let (mut world, again) = two();
        assert_eq!(again, case);
        let before = roots(&mut world, 0);
        for nth in &lost {
            lose(&mut world.nodes[0].store, &keys[*nth]);
        }
        world.restart(0);
        world.relink();
        audit(&mut world, 0);
        for nth in &lost {
            assert!(has(&world.nodes[0].store, &keys[*nth]), "{nth} of {lost:?}");
        }
        world.restart(0);
        world.run();
        assert_eq!(roots(&mut world, 0), before, "{lost:?}");
        let checked = world.ask(0, |engine, ctx| engine.verify(ctx)).unwrap();
        assert!(checked.damaged.is_empty(), "{lost:?}");
        let found = verdict(&mut world, 0, 1);
        assert!(found.fingerprint.is_some(), "{lost:?} {found:?}");
    }
}

#[test]
fn a_city_is_told_that_it_lacks_something_and_asks_for_it() {
    let (mut world, case) = two();
    let keys = entries_of(&mut world, 1, &case);
    lose(&mut world.nodes[1].store, &keys[2]);
    world.restart(1);
    world.run();
    // The other one compares, and what it finds is mended here.
    audit(&mut world, 0);
    assert!(has(&world.nodes[1].store, &keys[2]));
    audit(&mut world, 0);
    assert!(verdict(&mut world, 0, 1).fingerprint.is_some());
}

#[test]
fn what_is_missing_is_counted_while_nobody_can_give_it() {
    let (mut world, case) = two();
    let keys = entries_of(&mut world, 0, &case);
    lose(&mut world.nodes[0].store, &keys[2]);
    world.restart(0);
    world.run();
    // The other city answers comparisons, and no question.
    let is = |bytes: &[u8]| matches!(Frame::from_slice(bytes), Ok(Frame::Give(_)));
    world.withhold = Some(Withheld { from: 1, to: 0, is });
    audit(&mut world, 0);
    let found = verdict(&mut world, 0, 1);
    assert_eq!((found.lacking_here, found.lacking_there), (1, 0));
    assert_eq!((found.here + 1, found.fingerprint), (found.there, None));
    assert_eq!(found.fetching, 1);
    // The other one sees the hole from its side.
    audit(&mut world, 1);
    assert_eq!(verdict(&mut world, 1, 0).lacking_there, 1);
    world.withhold = None;
    world.relink();
    world.run();
    assert!(has(&world.nodes[0].store, &keys[2]));
    assert!(verdict(&mut world, 0, 1).fingerprint.is_some());
}

#[test]
fn an_entry_that_only_its_list_lost_is_put_back() {
    let (mut world, case) = two();
    let keys = entries_of(&mut world, 0, &case);
    let before = roots(&mut world, 0);
    let listed = (Family::Inventory, keys[1][32..].to_vec());
    world.nodes[0].store.0.remove(&listed).unwrap();
    audit(&mut world, 0);
    assert!(has(&world.nodes[0].store, &keys[1]));
    assert_eq!(roots(&mut world, 0), before);
}

fn contains(bytes: &[u8], id: &[u8]) -> bool {
    bytes.windows(id.len()).any(|part| part == id)
}

#[test]
fn no_id_reaches_a_city_outside_the_audience() {
    let mut world = World::founded(3);
    let mut secret: BTreeSet<Vec<u8>> = BTreeSet::new();
    for _ in 0..5 {
        let case = receive(&mut world, 0, 1, "程立秋");
        check(&mut world, 0, &case);
        world.act(0, "case.push", &only(&case)).unwrap();
        world.run();
        let keys = entries_of(&mut world, 0, &case);
        secret.extend(keys.iter().map(|key| key[32..].to_vec()));
    }
    assert!(secret.len() >= 30);
    for at in 0..3 {
        audit(&mut world, at);
    }
    assert!(verdict(&mut world, 2, 0).fingerprint.is_some());
    assert!(verdict(&mut world, 0, 1).here > verdict(&mut world, 0, 2).here);
    // What a hostile member can ask: everything by ids, everything by sums that never match.
    let all = vec![0x61, 0, 0, 2, 0];
    let mut sums = vec![0x61, 0, 0, 1];
    sums.extend([7; 16]);
    for (run, message) in [(77, all), (78, sums)] {
        let link = world.link(0, 2);
        let bytes = Frame::Audit(Audit { run, message }).to_vec();
        world.input(0, Input::Frame { link, bytes });
        world.deliver();
    }
    let (mut audits, mut named) = (0, 0);
    for (from, to, bytes) in &world.frames {
        if *from == 2 || *to == 2 {
            audits += usize::from(matches!(Frame::from_slice(bytes), Ok(Frame::Audited(_))));
            assert!(
                !secret.iter().any(|id| contains(bytes, id)),
                "{from} to {to}"
            );
        } else {
            named += usize::from(secret.iter().any(|id| contains(bytes, id)));
        }
    }
    assert!(audits >= 4 && named > 0);
}

#[test]
fn nothing_later_is_named_to_a_city_that_declined() {
    let mut world = World::founded(2);
    world.partition(&[0], &[1]);
    world
        .act(1, "agreement.withdraw-grant", r#"{"grant":"founding"}"#)
        .unwrap();
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.act(0, "case.push", &only(&case)).unwrap();
    world.heal();
    world.run();
    let earlier = entries_of(&mut world, 0, &case).len();
    let note = json!({ "case": case, "edits": [{ "edit": "append-note", "text": "内部" }] });
    world.act(0, "case.edit", &note.to_string()).unwrap();
    let later = entries_of(&mut world, 0, &case);
    assert_eq!(later.len(), earlier + 1);
    let mark = world.frames.len();
    audit(&mut world, 0);
    audit(&mut world, 1);
    let found = verdict(&mut world, 1, 0);
    assert!(
        found.fingerprint.is_some(),
        "both know that it left: {found:?}"
    );
    for (_, _, bytes) in &world.frames[mark..] {
        assert!(!later.iter().any(|key| contains(bytes, &key[32..])));
    }
}

#[test]
fn messages_that_no_honest_city_sends_end_the_link_and_nothing_else() {
    let (mut world, _) = two();
    let bad: [Vec<u8>; 6] = [
        vec![],
        vec![0x60],
        vec![0x61, 0, 5, 1],
        vec![0x61, 0, 0, 9],
        vec![0x61, 0, 0, 2, 0xc0, 0x80, 0x80, 0x80, 0],
        vec![0x61, 0, 33],
    ];
    for message in bad {
        let link = world.link(0, 1);
        let run = 5;
        let bytes = Frame::Audit(Audit {
            run,
            message: message.clone(),
        })
        .to_vec();
        world.input(0, Input::Frame { link, bytes });
        let dropped = !world.is_linked(0, 1);
        // A version that nobody speaks is answered with the own one.
        assert_eq!(dropped, message != [0x60], "{message:?}");
        world.run();
    }
    // Answers to questions that nobody asked, and an end of nothing.
    let link = world.link(0, 1);
    let answer = Audited {
        run: 99,
        message: vec![1, 2],
        count: 3,
        fingerprint: Hash32([1; 32]),
    };
    for frame in [
        Frame::Audited(answer),
        Frame::AuditEnd(AuditEnd {
            run: 99,
            lacking: 0,
        }),
    ] {
        world.input(
            0,
            Input::Frame {
                link,
                bytes: frame.to_vec(),
            },
        );
    }
    assert!(world.is_linked(0, 1));
    audit(&mut world, 0);
    assert!(verdict(&mut world, 0, 1).fingerprint.is_some());
}

/// The questions that a node sent to another.
fn asked(world: &World, from: usize, to: usize) -> Vec<Audit> {
    let frames = world.frames.iter();
    let frames = frames.filter(|(one, other, _)| (*one, *other) == (from, to));
    let audits = frames.filter_map(|(_, _, bytes)| match Frame::from_slice(bytes) {
        Ok(Frame::Audit(audit)) => Some(audit),
        _ => None,
    });
    audits.collect()
}

#[test]
fn a_city_that_names_entries_for_ever_is_left_alone_and_the_others_are_heard() {
    let mut world = World::founded(3);
    world.run();
    world.drop_frames(1, 0);
    world.nodes[0].engine.audit_now();
    world.input(0, Input::Tick);
    let mut rounds = 0;
    let mut heard = asked(&world, 0, 1).len() - 1;
    // City 1 answers each question with thousands of ids and a sum that differs, so it is asked on.
    while let Some(audit) = asked(&world, 0, 1).get(heard).cloned() {
        let mut message = vec![0x61, 2, 0, 2, 0xbc, 0];
        for nth in 0u32..7_680 {
            let id = Hash32::hash("bogus", &[&nth.to_be_bytes(), &[rounds]]);
            message.extend(id.0);
        }
        message.extend([0, 0, 1]);
        message.extend([rounds; 16]);
        let (count, fingerprint) = (9_999_999, Hash32([2; 32]));
        let answer = Audited {
            run: audit.run,
            message,
            count,
            fingerprint,
        };
        let bytes = Frame::Audited(answer).to_vec();
        heard += 1;
        let link = world.link(0, 1);
        world.input(0, Input::Frame { link, bytes });
        rounds += 1;
        assert!(rounds < 20, "it is asked for ever");
    }
    assert!(rounds > 5, "{rounds}");
    let gauges = world.nodes[0].engine.gauges();
    assert_eq!(gauges.above_limit(), None);
    world.run();
    assert!(verdict(&mut world, 0, 1).lacking_here > 60_000);
    assert!(verdict(&mut world, 0, 2).fingerprint.is_some());
}

#[test]
fn a_city_that_never_ends_its_comparison_keeps_the_others_waiting_for_a_while_only() {
    let mut world = World::founded(3);
    world.run();
    audit(&mut world, 2);
    let first = verdict(&mut world, 2, 0).time;
    // City 1 asks and asks, each time within the time for which its set is kept.
    let message = vec![0x61, 0, 0, 2, 0];
    let frame = Frame::Audit(Audit { run: 7, message }).to_vec();
    world.unix += 1_000;
    world.nodes[2].engine.audit_now();
    for second in 0..30 {
        let link = world.link(0, 1);
        world.input(
            0,
            Input::Frame {
                link,
                bytes: frame.clone(),
            },
        );
        world.pass(1_000);
        for at in [0, 2] {
            world.input(at, Input::Tick);
        }
        world.deliver();
        let heard = verdict(&mut world, 2, 0).time > first;
        assert_eq!(heard, second >= 19, "after {second} s");
    }
}

#[test]
fn hints_of_missing_entries_that_come_to_nothing_are_heeded_ever_less() {
    let (mut world, _) = two();
    audit(&mut world, 0);
    audit(&mut world, 1);
    let mark = world.frames.len();
    for _ in 0..200 {
        let link = world.link(0, 1);
        let bytes = Frame::AuditEnd(AuditEnd { run: 1, lacking: 9 }).to_vec();
        world.input(0, Input::Frame { link, bytes });
        world.pass(2_000);
        world.input(0, Input::Tick);
        world.deliver();
    }
    let audits = audit_frames(&world, mark) / 3;
    assert!((2..10).contains(&audits), "{audits}");
}

/// The places that a scrub names.
pub fn scrubbed(store: &Memory) -> Vec<String> {
    let mut scrub = Scrub::default();
    loop {
        if let Some(found) = scrub.step(store, 100) {
            return found.damaged;
        }
    }
}

#[test]
fn a_damaged_entry_that_the_scrub_names_is_put_back_by_another_city() {
    let (whole, case) = two();
    let mut whole = whole;
    for key in entries_of(&mut whole, 0, &case) {
        let sealed = whole.nodes[0]
            .store
            .0
            .contains_key(&(Family::Sealed, key.clone()));
        for family in [Family::Entries, Family::Sealed] {
            if family == Family::Sealed && !sealed {
                continue;
            }
            let (mut world, _) = two();
            let honest = world.nodes[0].store.clone();
            let before = roots(&mut world, 0);
            let place = (family, key.clone());
            world.nodes[0].store.0.get_mut(&place).unwrap()[40] ^= 1;
            let named = scrubbed(&world.nodes[0].store);
            assert_eq!(named.len(), 1);
            world.partition(&[0], &[1]);
            world
                .ask(0, |engine, ctx| engine.mend(ctx, &named))
                .unwrap();
            world.commit(0);
            world.run();
            assert_eq!(status(&mut world, 0).mending, 1, "nobody is there to ask");
            world.heal();
            world.run();
            assert_eq!(status(&mut world, 0).mending, 0);
            assert_eq!(world.nodes[0].store.0.get(&place), honest.0.get(&place));
            assert_eq!(scrubbed(&world.nodes[0].store), Vec::<String>::new());
            assert_eq!(roots(&mut world, 0), before);
        }
    }
}

#[test]
fn an_entry_whose_record_is_gone_while_it_is_listed_is_found_and_put_back() {
    let (mut world, case) = two();
    let keys = entries_of(&mut world, 0, &case);
    let place = (Family::Entries, keys[2].clone());
    world.nodes[0].store.0.remove(&place).unwrap();
    let named = scrubbed(&world.nodes[0].store);
    assert_eq!(named.len(), 1);
    world
        .ask(0, |engine, ctx| engine.mend(ctx, &named))
        .unwrap();
    world.commit(0);
    world.run();
    assert_eq!(scrubbed(&world.nodes[0].store), Vec::<String>::new());
}

#[test]
fn a_damaged_entry_that_another_city_asks_for_is_mended_for_both() {
    let mut world = World::founded(3);
    let page = json!({ "addresses": ["127.0.0.1:2"] });
    world.act(2, "city.announce", &page.to_string()).unwrap();
    world.run();
    let is_page = |key: &&(Family, Vec<u8>)| {
        let document = tongban_ledger::DocumentId::from_slice(key.1.get(..32).unwrap_or_default());
        let entry = document.and_then(|document| {
            let id = EntryId::from_slice(&key.1[32..])?;
            tongban_sync::engine::inspect::entry(&world.nodes[0].store, &document, &id).ok()?
        });
        key.0 == Family::Entries && entry.is_some_and(|entry| entry.header.kind == 2)
    };
    let place = world.nodes[0].store.0.keys().find(is_page).unwrap().clone();
    let honest = world.nodes[0].store.0.get(&place).cloned();
    // City 1 lost it, city 0 cannot read it, and city 2 is away for a while.
    world.partition(&[2], &[0, 1]);
    lose(&mut world.nodes[1].store, &place.1);
    world.restart(1);
    world.nodes[0].store.0.get_mut(&place).unwrap()[50] ^= 1;
    audit(&mut world, 1);
    assert_eq!(status(&mut world, 0).mending, 1);
    world.heal();
    world.run();
    audit(&mut world, 1);
    for at in 0..2 {
        assert_eq!(status(&mut world, at).mending, 0);
        assert_eq!(world.nodes[at].store.0.get(&place).cloned(), honest, "{at}");
    }
}
