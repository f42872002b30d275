//! What follows from an entry that came while the medium failed is done once it works again.

use serde_json::json;
use tongban_ledger::DocumentId;
use tongban_ledger::answer::{RootRow, RootsAnswer};
use tongban_sync::storage::Family;

use crate::world::World;

/// A key for as long as the tests run.
pub fn lasting(parts: &[&[u8]]) -> &'static [u8] {
    parts.concat().leak()
}

fn roots(world: &mut World, at: usize) -> RootsAnswer {
    world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap()
}

/// The documents of a kind.
pub fn documents(world: &mut World, at: usize, kind: &str) -> Vec<DocumentId> {
    let found = roots(world, at).documents.into_iter();
    let found = found.filter(|(_, row)| row.kind == kind);
    found.map(|(id, _)| id.parse().unwrap()).collect()
}

/// The document of a kind in which most was written.
pub fn row(world: &mut World, at: usize, kind: &str) -> (String, RootRow) {
    let documents = roots(world, at).documents.into_iter();
    let found = documents.filter(|(_, row)| row.kind == kind);
    found.max_by_key(|(_, row)| row.entries).unwrap()
}

/// The node tries again by itself within minutes, and does not spend all its time on it.
fn assert_soon(world: &mut World, at: usize) {
    let now = world.ask(at, |_, ctx| ctx.now.monotonic_ms);
    world.input(at, tongban_sync::Input::Tick);
    let next = world.nodes[at].engine.poll_timeout();
    let soon = next.is_some_and(|next| next > now && next <= now + 600_000);
    assert!(soon, "{next:?}");
}

/// A city that only this node reaches gets what came here while this node could not read how far that city's feed is.
#[test]
fn an_entry_that_came_while_the_medium_failed_goes_on_to_the_others() {
    for restarts in [false, true] {
        let mut world = World::founded(3);
        let host = world.nodes[1].division;
        let on = world.ask(0, |_, ctx| ctx.now.day());
        let convene = format!(r#"{{"number":"JM-1","on":"{on}","host":"{host}","officer":"W01"}}"#);
        world.act(0, "meeting.convene", &convene).unwrap();
        world.run();
        world.partition(&[0], &[2]);
        let feed = lasting(&[b"p", &world.city(2).0]);
        world.nodes[1].store.1 = Some((Family::Feeds, feed));
        let attend = json!({ "meeting": "JM-1", "people": ["A1"] }).to_string();
        world.act(0, "meeting.attend", &attend).unwrap();
        world.run();
        let entries = [0, 1, 2].map(|at| row(&mut world, at, "meeting").1.entries);
        assert_eq!(entries, [2, 2, 1], "it is here and goes nowhere");
        assert_soon(&mut world, 1);
        world.nodes[1].store.1 = None;
        if restarts {
            world.restart(1);
        }
        world.run();
        assert_eq!(row(&mut world, 2, "meeting").1.entries, 2);
        let left = world.nodes[1].store.0.keys();
        let left = left.filter(|(family, key)| *family == Family::Feeds && key[0] == b'N');
        assert_eq!(left.count(), 0, "nothing is left to do");
    }
}

/// A revocation that came while a document could not be read holds what its device signed there, also after a restart.
#[test]
fn a_revocation_that_came_while_the_medium_failed_is_heeded_later() {
    for restarts in [false, true] {
        let mut world = World::founded(2);
        let page = r#"{"addresses":["127.0.0.1:2"],"windows":[]}"#;
        world.act(0, "city.announce", page).unwrap();
        world.run();
        let (document, before) = row(&mut world, 1, "city");
        let id: DocumentId = document.parse().unwrap();
        world.nodes[1].engine.forget_cached();
        world.nodes[1].store.1 = Some((Family::Documents, lasting(&[id.as_bytes()])));
        world.rotate(0, 1);
        let revocation = world.revocation(0, 0, Vec::new());
        let args = json!({ "revocation": revocation }).to_string();
        world.act(0, "key.revoke", &args).unwrap();
        world.run();
        assert_soon(&mut world, 1);
        world.nodes[1].store.1 = None;
        if restarts {
            world.restart(1);
        }
        world.run();
        let here = row(&mut world, 0, "city").1.root;
        assert_ne!(here, before.root, "it is held");
        assert_eq!(row(&mut world, 1, "city").1.root, here);
    }
}

/// What a rehearsal added to the agreement is forgotten without the store, which may fail just then: a node that was without
/// its agreement would refuse for good what came next.
#[test]
fn a_node_keeps_its_agreement_although_the_medium_failed_after_a_rehearsal() {
    let mut world = World::founded(2);
    let (agreement, _) = row(&mut world, 1, "agreement");
    let id: DocumentId = agreement.parse().unwrap();
    world.nodes[1].store.1 = Some((Family::Entries, lasting(&[id.as_bytes(), id.as_bytes()])));
    let guide = json!({"do": "agreement.publish-guide", "args": {"guide": {
        "item": "I-07", "version": 2, "effective": "2026-09-07",
        "requirements": [{"id": "M1", "name": "申请书", "must": true, "original": false}]}}});
    let rehearsed = json!({ "commands": [guide] }).to_string();
    let done = world.act(1, "rehearse", &rehearsed).unwrap();
    assert_eq!(done.refused, None);
    let page = r#"{"addresses":["127.0.0.1:2"],"windows":[]}"#;
    world.act(0, "city.announce", page).unwrap();
    world.run();
    world.nodes[1].store.1 = None;
    world.run();
    let here = row(&mut world, 0, "city").1;
    let there = row(&mut world, 1, "city").1;
    assert_eq!((there.root, there.entries), (here.root, here.entries));
    // Of the guide nothing is left: it is judged as the first time.
    let again = world.act(1, "rehearse", &rehearsed).unwrap();
    assert_eq!(again.refused, None);
}
