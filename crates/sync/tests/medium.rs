//! A medium that fails for a while costs no link, no entry and no deed; what is damaged for good costs no more than itself.

use serde_json::json;
use tongban_identity::Hash32;
use tongban_ledger::DocumentId;
use tongban_sync::frame::Frame;
use tongban_sync::storage::Family;
use tongban_sync::{Input, Output};

use crate::audit::scrubbed;
use crate::follow::{documents, lasting, row};
use crate::world::{Withheld, World};

fn convene(world: &mut World, at: usize) {
    let host = world.nodes[at].division;
    let on = world.ask(at, |_, ctx| ctx.now.day());
    let args = json!({ "number": "JM-1", "on": on, "host": host, "officer": "W01" });
    world.act(at, "meeting.convene", &args.to_string()).unwrap();
}

/// Notes who comes; returns the id of the entry.
fn attend(world: &mut World, at: usize, people: &str) -> Hash32 {
    let args = json!({ "meeting": "JM-1", "people": [people] }).to_string();
    let done = world.act(at, "meeting.attend", &args).unwrap();
    done.entries[0].parse().unwrap()
}

fn announce(world: &mut World, at: usize) {
    let page = r#"{"addresses":["127.0.0.1:2"],"windows":[]}"#;
    world.act(at, "city.announce", page).unwrap();
    world.run();
}

/// Of two links to a city one is let go; where the other cannot be opened just then, the node dials again.
#[test]
fn a_link_that_gives_way_to_one_that_cannot_be_opened_is_made_again() {
    let mut world = World::founded(2);
    let lower = usize::from(world.city(1) < world.city(0));
    let higher = 1 - lower;
    world.relink();
    world.connect(higher, lower);
    world.deliver();
    assert!(world.is_linked(lower, higher));
    let starts = lasting(&[b"B", &world.city(higher).0]);
    world.nodes[lower].store.1 = Some((Family::Feeds, starts));
    // The one that the lower city dials would stay; what it says there is lost.
    let is = |bytes: &[u8]| matches!(Frame::from_slice(bytes), Ok(Frame::Hello(_)));
    world.withhold = Some(Withheld {
        from: lower,
        to: higher,
        is,
    });
    world.connect(lower, higher);
    world.deliver();
    (world.nodes[lower].store.1, world.withhold) = (None, None);
    world.run();
    announce(&mut world, lower);
    let here = row(&mut world, lower, "city").1;
    assert_eq!(row(&mut world, higher, "city").1.root, here.root);
}

/// An entry that waited for another one, which came while the medium failed, is taken later.
#[test]
fn an_entry_that_waited_is_offered_again() {
    let mut world = World::founded(3);
    convene(&mut world, 0);
    world.run();
    world.partition(&[0], &[1]);
    // What the third city has of others it does not give.
    let is = |bytes: &[u8]| matches!(Frame::from_slice(bytes), Ok(Frame::Give(_)));
    world.withhold = Some(Withheld { from: 2, to: 0, is });
    attend(&mut world, 1, "A1");
    world.round();
    world.partition(&[1], &[2]);
    let second = attend(&mut world, 2, "A2");
    world.round();
    let entries = [0, 1, 2].map(|at| row(&mut world, at, "meeting").1.entries);
    assert_eq!(entries, [1, 2, 3]);
    world.nodes[0].store.1 = Some((Family::Inventory, lasting(&[&second.0])));
    world.heal();
    world.partition(&[1], &[2]);
    world.round();
    world.round();
    assert_eq!(row(&mut world, 0, "meeting").1.entries, 2);
    world.nodes[0].store.1 = None;
    world.run();
    assert_eq!(row(&mut world, 0, "meeting").1.entries, 3);
}

/// What a step could not do is tried again within minutes, though nothing else happens.
#[test]
fn what_could_not_be_sent_is_sent_though_nothing_else_happens() {
    let mut world = World::founded(2);
    announce(&mut world, 0);
    world.partition(&[0], &[1]);
    convene(&mut world, 0);
    let items = lasting(&[b"o", &world.city(1).0]);
    world.nodes[0].store.1 = Some((Family::Feeds, items));
    world.heal();
    world.run();
    assert!(world.is_linked(0, 1));
    let mut waits = Vec::new();
    for failing in [true, true, true, true, true, true, false] {
        if !failing {
            world.nodes[0].store.1 = None;
        }
        let now = world.ask(0, |_, ctx| ctx.now.monotonic_ms);
        let wait = world.nodes[0].engine.poll_timeout().unwrap() - now;
        world.pass(wait);
        world.input(0, Input::Tick);
        world.deliver();
        waits.push(wait);
    }
    assert!(waits.iter().all(|wait| *wait <= 600_000), "{waits:?}");
    assert_eq!(row(&mut world, 1, "meeting").1.entries, 1);
}

/// A command that ended a link and was then refused leaves the link closed at both ends.
#[test]
fn a_link_that_a_refused_revocation_ended_is_closed() {
    let mut world = World::founded(2);
    let found = world.founding_of_all(true);
    let founding = world.command(0, "again", &found).unwrap().founding;
    let args = json!({ "founding": founding.unwrap() }).to_string();
    world.act(1, "agreement.accept", &args).unwrap();
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    let ids: Vec<&String> = status.agreements.iter().map(|row| &row.agreement).collect();
    let last: DocumentId = ids.iter().max().unwrap().parse().unwrap();
    assert_eq!(ids.len(), 2);
    world.nodes[0].engine.forget_cached();
    world.nodes[0].store.1 = Some((Family::Documents, lasting(&[last.as_bytes()])));
    let revocation = world.revocation(1, 0, Vec::new());
    let args = json!({ "revocation": revocation }).to_string();
    world.act(0, "key.revoke", &args).unwrap_err();
    world.nodes[0].store.1 = None;
    let heads = world.ask(0, |engine, ctx| engine.keys(ctx)).unwrap();
    assert!(heads.devices.iter().all(|row| !row.revoked));
    world.run();
    let page =
        json!({ "agreement": last.to_string(), "addresses": ["127.0.0.1:2"], "windows": [] });
    world.act(0, "city.announce", &page.to_string()).unwrap();
    world.run();
    let here = row(&mut world, 0, "city").1;
    assert_eq!(row(&mut world, 1, "city").1.root, here.root);
}

/// A certificate that is damaged here is put back by the greeting of whoever holds it.
#[test]
fn a_damaged_certificate_keeps_no_city_away() {
    let mut world = World::founded(2);
    let store = &mut world.nodes[0].store.0;
    let certs = store
        .iter_mut()
        .filter(|((family, key), _)| *family == Family::Evidence && key[0] == b'c');
    let damaged: Vec<_> = certs
        .map(|(place, value)| (place.clone(), std::mem::take(value)))
        .collect();
    assert!(damaged.len() >= 2);
    world.restart(0);
    announce(&mut world, 0);
    assert!(world.is_linked(0, 1));
    let here = row(&mut world, 0, "city").1;
    assert_eq!(row(&mut world, 1, "city").1.root, here.root);
    for (place, value) in damaged {
        assert!(world.nodes[0].store.0[&place] == value, "{place:?}");
    }
}

/// A city whose page cannot be read is dialled where it was when it became a member, and the others where they are.
#[test]
fn a_page_that_cannot_be_read_cuts_no_city_off() {
    let mut world = World::founded(3);
    announce(&mut world, 1);
    announce(&mut world, 2);
    let first = documents(&mut world, 0, "city").into_iter().min().unwrap();
    world.restart(0);
    world.nodes[0].store.1 = Some((Family::Documents, lasting(&[first.as_bytes()])));
    world.pass(60_000);
    let dialled = world.ask(0, |engine, ctx| {
        assert!(engine.handle(ctx, Input::Tick).is_err());
        engine.take_batch();
        let outputs = std::iter::from_fn(|| engine.poll_output());
        let dials = outputs.filter_map(|output| match output {
            Output::Dial { addresses, .. } => Some(addresses),
            _ => None,
        });
        dials.collect::<Vec<_>>()
    });
    let moved = |addresses: &&Vec<String>| **addresses == ["127.0.0.1:2"];
    assert_eq!(
        (dialled.len(), dialled.iter().filter(moved).count()),
        (2, 1)
    );
    assert!(dialled.iter().all(|addresses| !addresses.is_empty()));
}

/// What a revocation says of an entry that is lost just then is judged once the entry is back.
#[test]
fn an_entry_that_is_put_back_is_judged_by_what_came_meanwhile() {
    let mut world = World::founded(2);
    announce(&mut world, 0);
    let (page, before) = row(&mut world, 1, "city");
    let page: DocumentId = page.parse().unwrap();
    let store = &mut world.nodes[1].store.0;
    store
        .retain(|(family, key), _| *family != Family::Entries || !key.starts_with(page.as_bytes()));
    world.restart(1);
    world.rotate(0, 1);
    let revocation = world.revocation(0, 0, Vec::new());
    let args = json!({ "revocation": revocation }).to_string();
    world.act(0, "key.revoke", &args).unwrap();
    world.run();
    let named = scrubbed(&world.nodes[1].store);
    assert!(!named.is_empty());
    world
        .ask(1, |engine, ctx| engine.mend(ctx, &named))
        .unwrap();
    world.commit(1);
    world.run();
    let here = row(&mut world, 0, "city").1.root;
    assert_ne!(here, before.root, "it is held");
    assert_eq!(row(&mut world, 1, "city").1.root, here);
}
