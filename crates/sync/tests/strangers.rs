//! Members that write where they have no place, or far too much: others turn it away alike and go on.

use tongban_identity::DeviceKey;
use tongban_ledger::agreement::{self, CITY_ENTRIES_MAX, VIEW_HEADS_MAX, view_id};
use tongban_ledger::case::Act;
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::document::write_act;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::frame::{Blob, Frame, Give};
use tongban_sync::{CommandError, Input};

use crate::world::{World, pushed};

/// The device key of a city.
fn device(at: u8) -> DeviceKey {
    DeviceKey::from_seed([101 + at; 32])
}

/// A city's entry on another one, under a nonce of its own.
fn on_top(world: &World, at: u8, entry: &Entry, nonce: u64, public: Vec<u8>) -> Entry {
    let city = world.city(usize::from(at));
    let agreement = inspect::documents(&world.nodes[0].store, DocumentKind::Agreement).unwrap()[0];
    let signed = entries_of(world, 0, &agreement);
    let own = signed.iter().find(|entry| entry.header.city == city);
    let mut boot = [7; 16];
    boot[..8].copy_from_slice(&nonce.to_be_bytes());
    let header = Header {
        city,
        cert: own.unwrap().header.cert,
        boot: BootNonce(boot),
        seq: 0,
        prev: None,
        parents: vec![entry.id],
        depth: entry.header.depth + 1,
        nonce: Vec::new(),
        ..entry.header.clone()
    };
    Entry::sign(header, public, Vec::new(), &device(at))
}

/// Gives entries that nobody asked for, over the third city's link.
fn give(world: &mut World, to: usize, entries: &[Entry]) {
    let link = world.link(to, 2);
    for some in entries.chunks(200) {
        let entries = some.iter().map(|entry| Blob(entry.to_wire())).collect();
        let give = Give {
            entries,
            ..Give::default()
        };
        let bytes = Frame::Give(give).to_vec();
        world.input(to, Input::Frame { link, bytes });
    }
}

fn entries_of(world: &World, at: usize, document: &DocumentId) -> Vec<Entry> {
    inspect::entries(&world.nodes[at].store, document).unwrap()
}

#[test]
fn who_is_no_party_writes_nothing_into_a_case() {
    let mut world = World::founded(3);
    pushed(&mut world, 0, 1, "程立秋");
    let document = inspect::documents(&world.nodes[0].store, DocumentKind::Case).unwrap()[0];
    let before = entries_of(&world, 0, &document);
    let last = before.last().unwrap();
    let edit = || write_act(&Act::Edit);
    let foreign =
        [last, &before[2]].map(|entry| on_top(&world, 2, entry, entry.header.depth.into(), edit()));
    for at in [0, 1] {
        give(&mut world, at, &foreign);
        world.run();
        assert_eq!(entries_of(&world, at, &document).len(), before.len());
    }
    // The same of a party is taken.
    let own = on_top(&world, 1, last, 9, edit());
    give(&mut world, 0, &[own]);
    assert_eq!(entries_of(&world, 0, &document).len(), before.len() + 1);
    // The third city went on the same way as before.
    let parcel =
        r#"{"to":"330800","leg":"L2","tracking":"EZ000000014CN","pay":"collect","weight_g":100}"#;
    world.act(2, "parcel.post", parcel).unwrap();
    world.run();
    assert_eq!(
        inspect::documents(&world.nodes[0].store, DocumentKind::Parcel)
            .unwrap()
            .len(),
        1
    );
}

/// What the first and the third city have between them alone, and the third one shows the second.
#[test]
fn what_two_cities_have_between_them_a_third_does_not_take() {
    let mut world = World::founded(3);
    let division = |world: &World, at: usize| world.nodes[at].division;
    let ask = format!(
        r#"{{"to":"{}","item":"I-02","officer":"W01","text":"宅基地证明可否代办",
            "materials":[{{"requirement":"M1"}}]}}"#,
        division(&world, 2)
    );
    world.act(0, "consult.ask", &ask).unwrap();
    let post = format!(
        r#"{{"to":"{}","leg":"L2","tracking":"EZ900000019CN","pay":"collect","on":"2026-09-05"}}"#,
        division(&world, 2)
    );
    world.act(0, "parcel.post", &post).unwrap();
    world.run();
    let cost = r#"{"parcel":"EZ900000019CN","fen":2200}"#;
    world.act(2, "parcel.cost", cost).unwrap();
    world.run();
    let confirm = r#"{"parcel":"EZ900000019CN"}"#;
    world.act(0, "parcel.confirm", confirm).unwrap();
    world.unix += 31 * 24 * 3_600;
    world.run();
    let sign = format!(r#"{{"month":"2026-09","with":"{}"}}"#, division(&world, 2));
    world.act(0, "bill.sign", &sign).unwrap();
    world.run();
    for kind in [
        DocumentKind::Parcel,
        DocumentKind::Consult,
        DocumentKind::Bill,
    ] {
        let document = inspect::documents(&world.nodes[2].store, kind).unwrap()[0];
        let shown = entries_of(&world, 2, &document);
        assert!(!shown.is_empty());
        give(&mut world, 1, &shown);
        world.run();
        let held = inspect::documents(&world.nodes[1].store, kind).unwrap();
        assert_eq!(held, [], "{}", kind.name());
        assert!(entries_of(&world, 1, &document).is_empty());
    }
    assert!(
        world.is_linked(1, 2),
        "nothing that costs a member its link"
    );
}

#[test]
fn a_member_cannot_fill_the_agreement_for_the_others() {
    let mut world = World::founded(3);
    // An entry that sees every signature under the terms.
    let item = r#"{"item":"I-07"}"#;
    world.act(1, "agreement.suspend", item).unwrap();
    world.run();
    world.act(1, "agreement.resume", item).unwrap();
    world.run();
    let document = inspect::documents(&world.nodes[0].store, DocumentKind::Agreement).unwrap()[0];
    let known = entries_of(&world, 0, &document);
    let last = known.last().unwrap();
    let suspend = write_act(&agreement::Act::Suspend("I-07".to_owned()));
    let flood: Vec<Entry> = (0..CITY_ENTRIES_MAX as u64 + 300)
        .map(|nonce| on_top(&world, 2, last, nonce, suspend.clone()))
        .collect();
    // Each of the others hears of another part first.
    give(&mut world, 0, &flood);
    let backwards: Vec<Entry> = flood.iter().rev().cloned().collect();
    give(&mut world, 1, &backwards);
    world.run();
    for at in [0, 1] {
        let held = entries_of(&world, at, &document).len();
        let most = known.len() + CITY_ENTRIES_MAX;
        assert!((most / 2..=most).contains(&held), "node {at} holds {held}");
    }
    // Both go on, cite what fits, and take what the other cites.
    let case = pushed(&mut world, 0, 1, "程立秋");
    let id = inspect::documents(&world.nodes[0].store, DocumentKind::Case).unwrap()[0];
    let views = entries_of(&world, 0, &id);
    let newest = views.last().unwrap().header.view;
    let heads: Vec<EntryId> = heads_of(&world, &newest);
    assert!(heads.len() <= VIEW_HEADS_MAX, "{} heads", heads.len());
    assert_eq!(view_id(&heads), newest);
    assert_eq!(entries_of(&world, 1, &id).len(), views.len());
    let there = world.ask(1, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(there.row.stage, "S40");
}

/// Entries of the third city, each on the one before: it suspends an item again and again.
fn chain(world: &World, last: &Entry, count: usize) -> Vec<Entry> {
    let mut entries = vec![last.clone()];
    for nonce in 0..count as u64 {
        let parent = entries.last().unwrap();
        let act = match nonce % 2 {
            0 => agreement::Act::Suspend("I-07".to_owned()),
            _ => agreement::Act::Resume(parent.id),
        };
        let next = on_top(world, 2, parent, nonce, write_act(&act));
        entries.push(next);
    }
    entries.split_off(1)
}

/// Three cities, and how many entries of the third their agreement holds, with its last entry.
fn world_with_last() -> (World, DocumentId, usize, Entry) {
    let mut world = World::founded(3);
    // An entry that sees every signature under the terms.
    for act in ["agreement.suspend", "agreement.resume"] {
        world.act(1, act, r#"{"item":"I-07"}"#).unwrap();
        world.run();
    }
    let document = inspect::documents(&world.nodes[0].store, DocumentKind::Agreement).unwrap()[0];
    let known = entries_of(&world, 0, &document);
    let third = world.city(2);
    let own = known.iter().filter(|entry| entry.header.city == third);
    let (own, last) = (own.count(), known.last().unwrap().clone());
    (world, document, own, last)
}

#[test]
fn a_chain_that_comes_backwards_has_no_more_room() {
    let (mut world, document, own, last) = world_with_last();
    let held = entries_of(&world, 0, &document).len();
    let mut flood = chain(&world, &last, CITY_ENTRIES_MAX + 300);
    flood.reverse();
    give(&mut world, 0, &flood);
    world.run();
    let now = entries_of(&world, 0, &document).len();
    assert_eq!(now, held + CITY_ENTRIES_MAX - own);
    // What another member built on is taken all the same.
    flood.reverse();
    let suspend = write_act(&agreement::Act::Suspend("I-07".to_owned()));
    let built = on_top(&world, 1, flood.last().unwrap(), 9, suspend);
    give(&mut world, 0, &[built]);
    flood.reverse();
    give(&mut world, 0, &flood);
    let now = entries_of(&world, 0, &document).len();
    assert_eq!(now, held + flood.len() + 1);
}

#[test]
fn a_city_hears_that_it_entered_too_much_and_votes_on() {
    let (mut world, document, own, last) = world_with_last();
    let entered = chain(&world, &last, CITY_ENTRIES_MAX - own);
    for at in [0, 1] {
        give(&mut world, at, &entered);
    }
    let link = world.link(2, 0);
    for some in entered.chunks(200) {
        let entries = some.iter().map(|entry| Blob(entry.to_wire())).collect();
        let give = Give {
            entries,
            ..Give::default()
        };
        let bytes = Frame::Give(give).to_vec();
        world.input(2, Input::Frame { link, bytes });
    }
    world.run();
    let full = entries_of(&world, 2, &document).len();
    assert_eq!(full, entries_of(&world, 0, &document).len());
    let limits = r#"{"thresholds":{"view_hours":3}}"#;
    match world.act(2, "resolution.propose", limits) {
        Err(CommandError::Refused(refusal)) => assert_eq!(refusal.code, Code::TooLarge),
        other => panic!("{other:?}"),
    }
    let motion = world.act(0, "resolution.propose", limits).unwrap();
    let vote = format!(r#"{{"motion":"{}"}}"#, motion.entries[0]);
    world.run();
    for at in 0..3 {
        world.act(at, "resolution.vote", &vote).unwrap();
    }
    world.run();
    for at in 0..3 {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        let certificates = status.agreements[0].resolutions.certificates.len();
        assert_eq!(certificates, 1, "{at}");
    }
}

/// The heads that a view names, as the second city has them.
fn heads_of(world: &World, view: &tongban_ledger::ViewId) -> Vec<EntryId> {
    use tongban_sync::storage::{Family, Reader};
    let mut key = vec![];
    key.extend_from_slice(&view.0.0);
    let records = world.nodes[1]
        .store
        .scan(Family::Evidence, &[], &[], 100_000);
    let records = records.unwrap();
    let found = records.iter().find(|(place, _)| place.ends_with(&key));
    let (_, value) = found.unwrap();
    tongban_identity::decode_canonical(value).unwrap()
}
