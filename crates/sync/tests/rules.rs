//! Rules of the engine that no single command shows: what a refused command leaves behind, what travels
//! after a refusal, very many heads, whom a node asks.

use std::collections::BTreeSet;

use crate::world::{World, check, receive};
use tongban_identity::DeviceKey;
use tongban_ledger::DocumentId;
use tongban_ledger::code::Code;
use tongban_sync::entry::{BootNonce, Entry, PARENTS_MAX};
use tongban_sync::frame::{Blob, Frame, Give, Item};
use tongban_sync::storage::Family;
use tongban_sync::{CommandError, Input};

/// Edits that are queued for a city while it is away: more than may be on their way at once.
const EDITS: usize = 70;

fn only(case: &str) -> String {
    format!(r#"{{"case":"{case}"}}"#)
}

fn note(case: &str, text: &str) -> String {
    format!(r#"{{"case":"{case}","edits":[{{"edit":"append-note","text":"{text}"}}]}}"#)
}

fn document(world: &mut World, at: usize, case: &str) -> DocumentId {
    let answer = world.ask(at, |engine, ctx| engine.case(ctx, case)).unwrap();
    answer.row.document.parse().unwrap()
}

/// The entries of a document at a node, whole.
fn entries(world: &World, at: usize, document: &DocumentId) -> Vec<Entry> {
    let mut found = BTreeSet::new();
    let mut entries = Vec::new();
    for (_, _, bytes) in &world.frames {
        let wires = match Frame::from_slice(bytes).unwrap() {
            Frame::Feed(feed) => feed
                .items
                .into_iter()
                .filter_map(|item| match item {
                    Item::Entry(Blob(wire)) => Some(wire),
                    Item::Announce(_) | Item::Withdrawn(_) => None,
                })
                .collect(),
            Frame::Give(give) => give.entries.into_iter().map(|Blob(wire)| wire).collect(),
            _ => Vec::new(),
        };
        for wire in wires {
            let entry = Entry::from_wire(&wire).unwrap();
            let key = (Family::Inventory, entry.id.as_bytes().to_vec());
            if entry.document == *document
                && world.nodes[at].store.0.contains_key(&key)
                && found.insert(entry.id)
            {
                entries.push(entry);
            }
        }
    }
    entries
}

/// A case that was pushed to a city whose node declines it, because it withdrew its grants unheard.
fn declined() -> (World, String) {
    let mut world = World::founded(2);
    world.partition(&[0], &[1]);
    world
        .act(1, "agreement.withdraw-grant", r#"{"grant":"founding"}"#)
        .unwrap();
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.act(0, "case.edit", &note(&case, "推送之前")).unwrap();
    world.act(0, "case.push", &only(&case)).unwrap();
    (world, case)
}

#[test]
fn nothing_later_travels_to_a_city_that_declined() {
    let (mut world, case) = declined();
    // More than one step sends, so that part of it is still queued when the Decline comes in.
    for number in 0..EDITS {
        let sets: Vec<String> = (0..3)
            .map(|field| {
                let value = format!("{number}{}", "密".repeat(5_200));
                format!(r#"{{"edit":"set-field","name":"f{field}","value":"{value}"}}"#)
            })
            .collect();
        let edit = format!(r#"{{"case":"{case}","edits":[{}]}}"#, sets.join(","));
        world.act(0, "case.edit", &edit).unwrap();
    }
    world.heal();
    world.run();
    let id = document(&mut world, 0, &case);
    let answer = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(answer.row.stage, "S21", "declined");
    let (mut whole, mut withdrawn) = (0, 0);
    for (from, _, bytes) in &world.frames {
        if let (0, Ok(Frame::Feed(feed))) = (from, Frame::from_slice(bytes)) {
            for item in feed.items {
                match item {
                    Item::Withdrawn(_) => withdrawn += 1,
                    Item::Entry(_) => whole += 1,
                    Item::Announce(_) => {}
                }
            }
        }
    }
    assert!(withdrawn > 0, "{whole} whole, none withdrawn");
    let there = world.nodes[1].store.0.keys();
    let there =
        there.filter(|(family, key)| *family == Family::Entries && key.starts_with(id.as_bytes()));
    assert!(there.count() < EDITS);
    // The feed goes on behind the gap, and nothing of the case is in it any more.
    world.frames.clear();
    world.act(0, "case.edit", &note(&case, "推送之后")).unwrap();
    world
        .act(0, "city.announce", r#"{"addresses":["127.0.0.1:2"]}"#)
        .unwrap();
    world.run();
    let sent: Vec<Entry> = world
        .frames
        .iter()
        .filter(|(from, _, _)| *from == 0)
        .filter_map(|(_, _, bytes)| match Frame::from_slice(bytes) {
            Ok(Frame::Feed(feed)) => Some(feed.items),
            _ => None,
        })
        .flatten()
        .filter_map(|item| match item {
            Item::Entry(Blob(wire)) => Entry::from_wire(&wire).ok(),
            _ => None,
        })
        .collect();
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|entry| entry.document != id));
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    let member = status.agreements[0]
        .members
        .iter()
        .find(|m| !m.own)
        .unwrap();
    assert_eq!(member.waiting, 0, "the cursor passed what was withdrawn");
}

/// The content key that a sealed part names: `[bytes(32), ciphertext]`.
fn key_id(sealed: &[u8]) -> Vec<u8> {
    sealed[3..35].to_vec()
}

#[test]
fn the_content_key_is_renewed_when_a_city_leaves() {
    let (mut world, case) = declined();
    world.heal();
    world.run();
    let id = document(&mut world, 0, &case);
    let key = |world: &mut World| -> Vec<u8> {
        let before: BTreeSet<Vec<u8>> = sealed(world);
        world.act(0, "case.edit", &note(&case, "之后")).unwrap();
        let after = sealed(world);
        let new = after.difference(&before).next().unwrap();
        key_id(&world.nodes[0].store.0[&(Family::Sealed, new.clone())])
    };
    fn sealed(world: &World) -> BTreeSet<Vec<u8>> {
        let keys = world.nodes[0].store.0.keys();
        keys.filter(|(family, key)| *family == Family::Sealed && key.len() == 64)
            .map(|(_, key)| key.clone())
            .collect()
    }
    let known: BTreeSet<Vec<u8>> = sealed(&world)
        .iter()
        .filter(|key| key.starts_with(id.as_bytes()))
        .map(|key| key_id(&world.nodes[0].store.0[&(Family::Sealed, key.clone())]))
        .collect();
    let renewed = key(&mut world);
    assert!(!known.contains(&renewed), "the declined city has that key");
    assert_eq!(key(&mut world), renewed, "one renewal is enough");
}

#[test]
fn a_refused_command_leaves_nothing_in_memory() {
    let mut world = World::new(2);
    let founding = {
        let mut founded = World::new(2);
        founded.found_text()
    };
    let text = format!(
        r#"{{"do":"agreement.accept","args":{{"founding":{}}}}}"#,
        serde_json::to_string(&founding).unwrap()
    );
    let accept = serde_json::from_str(&text).unwrap();
    world.command(1, "accept", &accept).unwrap();
    let before = world.nodes[1].store.0.clone();
    let again = world.command(1, "accept again", &accept);
    assert!(matches!(
        again,
        Err(CommandError::Refused(refusal)) if refusal.code == Code::Already
    ));
    assert!(before == world.nodes[1].store.0);
    // An announcement that is refused after the page was written takes the page back.
    let bad = format!(r#"{{"addresses":["{}"]}}"#, "x".repeat(5_000));
    let refused = world.act(1, "city.announce", &bad);
    assert!(refused.is_err());
    assert!(before == world.nodes[1].store.0);
    let entries = world
        .ask(1, |engine, ctx| engine.status(ctx))
        .unwrap()
        .entries;
    world.restart(1);
    let after = world
        .ask(1, |engine, ctx| engine.status(ctx))
        .unwrap()
        .entries;
    assert_eq!(entries, after, "memory and store agree");
}

/// A case that the second city holds and edited, and that edit, to craft others after it.
fn edited_by_the_owner() -> (World, String, Entry) {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.act(0, "case.push", &only(&case)).unwrap();
    world.run();
    world.act(1, "case.edit", &note(&case, "一")).unwrap();
    world.run();
    let id = document(&mut world, 0, &case);
    let edit = entries(&world, 0, &id)
        .into_iter()
        .find(|entry| entry.header.city == world.city(1) && !entry.sealed.is_empty())
        .unwrap();
    (world, case, edit)
}

#[test]
fn more_heads_than_an_entry_may_name_are_merged_over_several() {
    let (mut world, case, template) = edited_by_the_owner();
    let id = template.document;
    let device = DeviceKey::from_seed([102; 32]);
    // One device under 600 boots, each writing beside the others.
    let mut wires = Vec::new();
    for nth in 0..600_u16 {
        let mut boot = [7; 16];
        boot[..2].copy_from_slice(&nth.to_be_bytes());
        let mut header = template.header.clone();
        header.boot = BootNonce(boot);
        header.seq = 0;
        header.prev = None;
        let entry = Entry::sign(header, template.public.clone(), Vec::new(), &device);
        wires.push(Blob(entry.to_wire()));
    }
    let link = world.link(0, 1);
    for part in wires.chunks(100) {
        let give = Give {
            entries: part.to_vec(),
            ..Give::default()
        };
        let bytes = Frame::Give(give).to_vec();
        world.input(0, Input::Frame { link, bytes });
    }
    let here = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert!(here.entries.len() > 600, "the entries came in");
    world.frames.clear();
    world.act(0, "case.edit", &note(&case, "二")).unwrap();
    world.act(0, "case.edit", &note(&case, "三")).unwrap();
    world.run();
    let named: Vec<usize> = entries(&world, 0, &id)
        .iter()
        .filter(|entry| entry.header.city == world.city(0))
        .map(|entry| entry.header.parents.len())
        .collect();
    // The newest edit, the ninety heads that were left over, and the one before it.
    assert_eq!(named[0], PARENTS_MAX);
    assert!(named[1] > 80 && named[1] < PARENTS_MAX, "{named:?}");
}

#[test]
fn what_rests_on_a_refused_entry_is_refused_with_it() {
    let (mut world, _, template) = edited_by_the_owner();
    let device = DeviceKey::from_seed([102; 32]);
    let craft = |boot: u8, parent: Option<&Entry>, deeper: u32| {
        let mut header = template.header.clone();
        header.boot = BootNonce([boot; 16]);
        header.seq = 0;
        header.prev = None;
        header.depth += deeper;
        if let Some(parent) = parent {
            header.parents = vec![parent.id];
        }
        Entry::sign(header, template.public.clone(), Vec::new(), &device)
    };
    // A depth that its parents do not give, which no node takes, and what was built on it.
    let wrong = craft(8, None, 5);
    let child = craft(9, Some(&wrong), 6);
    let pending = |world: &mut World| {
        let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
        status.pending
    };
    let link = world.link(0, 1);
    let give = |world: &mut World, entry: &Entry| {
        let give = Give {
            entries: vec![Blob(entry.to_wire())],
            ..Give::default()
        };
        let bytes = Frame::Give(give).to_vec();
        world.input(0, Input::Frame { link, bytes });
    };
    give(&mut world, &child);
    assert_eq!(pending(&mut world), 1, "it waits for its parent");
    give(&mut world, &wrong);
    assert_eq!(pending(&mut world), 0, "it can never have its place");
}

#[test]
fn a_city_that_lost_its_own_entries_has_them_back_from_others() {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.act(0, "case.push", &only(&case)).unwrap();
    world.run();
    let backup = world.nodes[1].store.clone();
    world.act(1, "case.edit", &note(&case, "备份之后")).unwrap();
    world.run();
    world.nodes[1].store = backup;
    // A boot nonce of its own, as every start has.
    world.restart(1);
    world
        .act(0, "case.edit", &note(&case, "建立在其上"))
        .unwrap();
    world.run();
    let here = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
    let there = world.ask(1, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(here.entries.len(), there.entries.len());
    assert_eq!(here.file.notes, there.file.notes);
    assert_eq!(here.state_root, there.state_root);
}
