//! Another encryption key for a city: what it could read it still can, and the earlier key is let go. And what a city
//! that left a document gets of it afterwards: nothing.

use std::collections::BTreeSet;

use crate::follow::documents;
use crate::world::{Memory, World, check, encryption, receive};
use serde_json::json;
use tongban_identity::ContentKeyId;
use tongban_ledger::DocumentId;
use tongban_ledger::answer::{CaseAnswer, EncryptionRow};
use tongban_sync::bundle::Bundle;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{BootNonce, Entry};
use tongban_sync::frame::{Frame, Wrap};
use tongban_sync::storage::Family;

const NAME: &str = "程立秋";
const LATER: &str = "迟来的一句";

fn case(world: &mut World, at: usize, number: &str) -> CaseAnswer {
    world
        .ask(at, |engine, ctx| engine.case(ctx, number))
        .unwrap()
}

fn reads(world: &mut World, at: usize, number: &str) -> bool {
    let applicant = case(world, at, number).applicant;
    applicant.is_some_and(|applicant| applicant.name == NAME)
}

fn key(world: &mut World, at: usize) -> EncryptionRow {
    let keys = world.ask(at, |engine, ctx| engine.keys(ctx)).unwrap();
    keys.encryption
}

fn push(world: &mut World, from: usize, to: usize) -> String {
    let number = receive(world, from, to, NAME);
    check(world, from, &number);
    let push = json!({ "case": number }).to_string();
    world.act(from, "case.push", &push).unwrap();
    number
}

fn note(world: &mut World, at: usize, number: &str, text: &str) {
    let edit = json!({ "case": number, "edits": [{ "edit": "append-note", "text": text }] });
    world.act(at, "case.edit", &edit.to_string()).unwrap();
}

/// The wraps that a node sent to another since a mark.
fn wraps(world: &World, since: usize, from: usize, to: usize) -> Vec<Wrap> {
    let frames = world.frames[since..].iter();
    let frames = frames.filter(|(one, other, _)| (*one, *other) == (from, to));
    frames
        .filter_map(|(_, _, bytes)| match Frame::from_slice(bytes) {
            Ok(Frame::Feed(feed)) => Some(feed.support.wraps),
            Ok(Frame::Give(give)) => Some(give.support.wraps),
            _ => None,
        })
        .flatten()
        .collect()
}

fn opens(world: &World, at: usize, nth: u8, wrap: &Wrap) -> bool {
    let aad = [b"tongban/wrap/v1".as_slice(), wrap.document.as_bytes()].concat();
    let key = encryption(world.nodes[at].seed, nth);
    key.open_wrap(&aad, &wrap.wrapped).is_ok()
}

fn export(world: &mut World, from: usize, to: usize) -> Vec<u8> {
    let city = world.city(to);
    let written = world
        .ask(from, |engine, ctx| {
            engine.export_bundle(ctx, &city, false, None)
        })
        .unwrap();
    world.commit(from);
    assert_eq!(written.next, None);
    written.bytes
}

fn import(world: &mut World, at: usize, file: &[u8]) {
    let bundle = Bundle::read(file.to_vec()).unwrap();
    let mut intake = world
        .ask(at, |engine, ctx| engine.begin_intake(ctx, &bundle))
        .unwrap();
    for nth in 0..bundle.frames() {
        world
            .ask(at, |engine, ctx| {
                engine.take_frame(ctx, &bundle, &mut intake, nth)
            })
            .unwrap();
        world.commit(at);
    }
    world
        .ask(at, |engine, ctx| engine.end_intake(ctx, &bundle, &intake))
        .unwrap();
    world.commit(at);
}

/// The earlier key is kept until every content key is sealed anew, also where the medium fails on the way.
#[test]
fn the_earlier_key_is_kept_where_sealing_anew_fails_on_the_way() {
    let mut world = World::founded(2);
    let number = push(&mut world, 0, 1);
    note(&mut world, 0, &number, "一句");
    world.run();
    let store = &mut world.nodes[0].store.0;
    let mut kept = store
        .iter_mut()
        .filter(|((family, key), _)| *family == Family::Sealed && key[0] == b'k');
    // No key of this city opens it any more; the other one gives it back.
    let ((_, place), value) = kept.next().unwrap();
    let document = place[1..33].to_vec().leak();
    value.fill(0);
    world.rekey(0, 1, false);
    world.nodes[0].store.1 = Some((Family::Documents, document));
    world.run();
    assert!(key(&mut world, 0).sealing);
    world.nodes[0].store.1 = None;
    world.run();
    world.pass(700_000);
    world.run();
    let row = key(&mut world, 0);
    assert_eq!((row.sealing, row.earlier), (false, 0));
    assert!(reads(&mut world, 0, &number));
}

/// The others hear of another key although the document of a content key that no key opens cannot be read; and where that
/// document is damaged, no link ends for it and everything else is sealed anew.
#[test]
fn an_unreadable_document_keeps_no_key_from_being_announced() {
    for damaged in [false, true] {
        let mut world = World::founded(2);
        let _number = push(&mut world, 0, 1);
        world.run();
        let store = &mut world.nodes[0].store;
        let mut kept = (store.0)
            .iter_mut()
            .filter(|((family, key), _)| *family == Family::Sealed && key[0] == b'k');
        let ((_, place), value) = kept.next().unwrap();
        value.fill(0);
        let document = place[1..33].to_vec();
        let mut unreadable: &[u8] = document.clone().leak();
        if damaged {
            let record = store.0.get_mut(&(Family::Documents, document)).unwrap();
            record.fill(0xff);
            // No place: what is damaged may be told.
            unreadable = &[0; 32];
        }
        store.1 = Some((Family::Documents, unreadable));
        assert_eq!(documents(&mut world, 1, "city"), []);
        world.rekey(0, 1, false);
        world.run();
        assert_eq!(documents(&mut world, 1, "city").len(), 1);
        assert_eq!(key(&mut world, 0).sealing, !damaged);
        let mark = world.frames.len();
        for _ in 0..10 {
            world.pass(60_000);
            world.run();
        }
        let sent = world.frames[mark..].iter();
        let hellos =
            sent.filter(|(_, _, bytes)| matches!(Frame::from_slice(bytes), Ok(Frame::Hello(_))));
        let hellos = hellos.count();
        assert!(!damaged || hellos == 0, "{hellos}");
    }
}

#[test]
fn another_key_takes_over_and_the_earlier_one_is_let_go() {
    let mut world = World::founded(2);
    let number = push(&mut world, 0, 1);
    note(&mut world, 0, &number, "一句");
    world.run();
    let mark = world.frames.len();
    world.rekey(0, 1, false);
    assert!(
        reads(&mut world, 0, &number),
        "before anything is sealed anew"
    );
    assert_eq!(
        (key(&mut world, 0).serial, key(&mut world, 0).earlier),
        (2, 1)
    );
    world.run();
    world.pass(700_000);
    world.run();
    assert_eq!(key(&mut world, 0).earlier, 0, "everyone has heard");
    assert!(!key(&mut world, 0).sealing);
    // With the new key alone everything can be read, old and new.
    let officer = json!({ "case": number, "officer": "B1" }).to_string();
    world.act(1, "case.first-look", &officer).unwrap();
    note(&mut world, 1, &number, LATER);
    world.run();
    world.rekey(0, 1, true);
    assert!(reads(&mut world, 0, &number));
    assert!(case(&mut world, 0, &number).file.notes.contains(LATER));
    let sent = wraps(&world, mark, 1, 0);
    assert!(!sent.is_empty());
    for wrap in &sent {
        assert!(opens(&world, 0, 1, wrap) && !opens(&world, 0, 0, wrap));
    }
}

#[test]
fn an_earlier_key_is_kept_for_a_member_that_has_not_heard_but_not_for_ever() {
    let mut world = World::founded(3);
    let number = push(&mut world, 0, 1);
    world.run();
    world.partition(&[2], &[0, 1]);
    world.rekey(0, 1, false);
    world.run();
    world.pass(700_000);
    world.run();
    assert_eq!(key(&mut world, 0).earlier, 1, "one has not heard of it");
    world.unix += 70 * 86_400;
    world.pass(700_000);
    world.run();
    assert_eq!(key(&mut world, 0).earlier, 0, "two months are enough");
    assert!(reads(&mut world, 0, &number));
}

#[test]
fn a_city_that_changed_its_key_unheard_reads_what_was_wrapped_to_the_earlier_one() {
    let mut world = World::founded(2);
    world.partition(&[0], &[1]);
    world.rekey(1, 1, false);
    let number = push(&mut world, 0, 1);
    world.heal();
    // The feed with its wraps goes out before the announcement comes in.
    let mark = world.frames.len();
    world.run();
    let sent = wraps(&world, mark, 0, 1);
    assert!(
        sent.iter().any(|wrap| opens(&world, 1, 0, wrap)),
        "to the earlier key"
    );
    assert!(reads(&mut world, 1, &number));
    // Without the earlier key it asks again, and gets a wrap for the one that it announced.
    let mut world = World::founded(2);
    world.partition(&[0], &[1]);
    world.rekey(1, 1, true);
    let number = push(&mut world, 0, 1);
    world.heal();
    world.run();
    world.relink();
    world.run();
    assert!(reads(&mut world, 1, &number));
}

#[test]
fn who_joins_a_document_late_reads_what_was_sealed_under_earlier_keys() {
    let mut world = World::founded(3);
    let number = receive(&mut world, 0, 1, NAME);
    check(&mut world, 0, &number);
    note(&mut world, 0, &number, "一句");
    world.rekey(0, 1, false);
    world.run();
    world.rekey(0, 2, false);
    world.rekey(1, 1, false);
    world.run();
    assert!(reads(&mut world, 0, &number));
    let push = json!({ "case": number }).to_string();
    world.act(0, "case.push", &push).unwrap();
    world.run();
    assert!(reads(&mut world, 1, &number));
    assert!(case(&mut world, 1, &number).file.notes.contains("一句"));
}

#[test]
fn a_node_that_lost_its_key_gets_every_content_key_back_under_another() {
    let mut world = World::new(2);
    let founding = world.found_text();
    let older = world.nodes[1].store.clone();
    let number = push(&mut world, 0, 1);
    world.run();
    note(&mut world, 1, &number, LATER);
    world.run();
    let whole = world.nodes[1].store.clone();
    // The records are whole, an older copy, or gone; the earlier private half is gone in any case.
    for store in [whole, older, Memory::default()] {
        let wiped = store.0.is_empty();
        world.nodes[1].store = store;
        world.rekey(1, 1, true);
        world.nodes[1].engine.suspect_restore();
        world.relink();
        world.run();
        if wiped {
            let accept = json!({ "founding": founding }).to_string();
            world.act(1, "agreement.accept", &accept).unwrap();
            world.run();
        }
        world.relink();
        world.run();
        assert!(reads(&mut world, 1, &number), "wiped {wiped}");
        assert!(case(&mut world, 1, &number).file.notes.contains(LATER));
    }
}

#[test]
fn files_bring_the_new_key_and_wraps_for_it() {
    let mut world = World::founded(2);
    let number = push(&mut world, 0, 1);
    world.run();
    world.partition(&[0], &[1]);
    world.rekey(0, 1, false);
    world.run();
    let file = export(&mut world, 0, 1);
    import(&mut world, 1, &file);
    note(&mut world, 1, &number, LATER);
    let file = export(&mut world, 1, 0);
    // Only the new key is there when the file comes.
    world.rekey(0, 1, true);
    import(&mut world, 0, &file);
    assert!(case(&mut world, 0, &number).file.notes.contains(LATER));
}

/// The content keys of a document that lie in a store.
fn keys_in(store: &Memory, document: &DocumentId) -> BTreeSet<ContentKeyId> {
    let keys = inspect::content_keys(store).unwrap().into_iter();
    keys.filter(|(of, _)| of == document)
        .map(|(_, key)| key)
        .collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_city_that_left_gets_no_later_byte_on_links_or_in_files() {
    let mut world = World::founded(2);
    world.partition(&[0], &[1]);
    world
        .act(1, "agreement.withdraw-grant", r#"{"grant":"founding"}"#)
        .unwrap();
    let number = receive(&mut world, 0, 1, NAME);
    check(&mut world, 0, &number);
    note(&mut world, 0, &number, "推送之前");
    let push = json!({ "case": number }).to_string();
    world.act(0, "case.push", &push).unwrap();
    world.heal();
    world.run();
    let document: DocumentId = case(&mut world, 0, &number).row.document.parse().unwrap();
    let before = inspect::entries(&world.nodes[0].store, &document).unwrap();
    let known = keys_in(&world.nodes[1].store, &document);
    assert!(!known.is_empty(), "it was given what came before");

    let mark = world.frames.len();
    note(&mut world, 0, &number, LATER);
    note(&mut world, 0, &number, "又一句");
    world.run();
    world.nodes[0].engine.audit_now();
    world.nodes[1].engine.audit_now();
    world.relink();
    world.run();
    let mut files = export(&mut world, 0, 1);
    let city = world.city(1);
    let everything = world
        .ask(0, |engine, ctx| {
            engine.export_bundle(ctx, &city, true, None)
        })
        .unwrap();
    files.extend(everything.bytes);

    let all = inspect::entries(&world.nodes[0].store, &document).unwrap();
    let later: Vec<Entry> = all.into_iter().skip(before.len()).collect();
    assert_eq!(later.len(), 2);
    let sent = world.frames[mark..].iter();
    let sent = sent.filter(|(from, _, _)| *from == 0);
    let told: Vec<&[u8]> = sent.map(|(_, _, bytes)| bytes.as_slice()).collect();
    assert!(told.len() > 3, "they talked meanwhile");
    for entry in &later {
        let parts = [
            entry.id.as_bytes().to_vec(),
            entry.header_bytes.clone(),
            entry.sealed[40..72].to_vec(),
        ];
        for part in &parts {
            assert!(!told.iter().any(|bytes| contains(bytes, part)));
            assert!(!contains(&files, part));
            let stored = world.nodes[1].store.0.iter();
            let mut stored =
                stored.filter(|((_, key), value)| contains(key, part) || contains(value, part));
            assert_eq!(stored.next(), None);
        }
        // And were it given the bytes all the same, it has no key for them.
        let under = inspect::sealed_under(entry).unwrap();
        assert!(!known.contains(&under));
        assert!(!keys_in(&world.nodes[1].store, &document).contains(&under));
    }
    let stored = world.nodes[1].store.0.iter();
    let leaked = stored.filter(|((family, _), value)| {
        *family != Family::Idempotency && contains(value, LATER.as_bytes())
    });
    assert_eq!(leaked.count(), 0);
    // A restart forgets nothing of this.
    world.renew(0, BootNonce([99; 16]));
    world.relink();
    world.run();
    assert_eq!(keys_in(&world.nodes[1].store, &document), known);
}
