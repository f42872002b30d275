//! Devices that are rotated, revoked or stolen, and devices that sign two entries in one place.

use crate::world::{World, check, receive};
use serde_json::json;
use tongban_identity::DeviceKey;
use tongban_ledger::answer::{CaseAnswer, KeysAnswer, MemberAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::{DocumentKind, Status, parcel};
use tongban_sync::document::write_act;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::frame::{Blob, Frame, Give, Support};
use tongban_sync::{CommandError, Input};

fn only(case: &str) -> String {
    json!({ "case": case }).to_string()
}

fn case(world: &mut World, at: usize, number: &str) -> CaseAnswer {
    world
        .ask(at, |engine, ctx| engine.case(ctx, number))
        .unwrap()
}

fn holders(world: &mut World, at: usize, number: &str) -> Vec<String> {
    let row = case(world, at, number).row;
    row.holders.iter().map(ToString::to_string).collect()
}

fn status_of(world: &mut World, at: usize, number: &str, act: &str) -> Vec<String> {
    let rows = case(world, at, number).entries;
    rows.into_iter()
        .filter(|row| row.act == act)
        .map(|row| row.status)
        .collect()
}

fn keys(world: &mut World, at: usize) -> KeysAnswer {
    world.ask(at, |engine, ctx| engine.keys(ctx)).unwrap()
}

fn same_everywhere(world: &mut World) {
    let roots: Vec<_> = (0..world.nodes.len())
        .map(|at| world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap())
        .collect();
    for (at, roots_here) in roots.iter().enumerate() {
        for (document, row) in &roots_here.documents {
            for there in &roots {
                let same = there.documents.get(document);
                assert!(same.is_none_or(|same| same.root == row.root), "{row:?}");
            }
        }
        let folded = world.ask(at, |engine, ctx| engine.verify(ctx)).unwrap();
        assert_eq!(folded.damaged, [], "folding again gives the same");
    }
}

fn code<T>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        Err(CommandError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was carried out"),
    }
}

/// A case ready to be pushed to node 1, at node 0.
fn checked(cities: usize) -> (World, String) {
    let mut world = World::founded(cities);
    let number = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &number);
    world.run();
    (world, number)
}

/// The first device pushes a case while its node has no link; then the city takes another device and revokes
/// the first, and the links come back.
fn pushed_by_a_revoked_device() -> (World, String) {
    let (mut world, number) = checked(3);
    let page = r#"{"addresses":["127.0.0.1:2"],"windows":[]}"#;
    world.act(0, "city.announce", page).unwrap();
    world.run();
    world.partition(&[0], &[1, 2]);
    world.act(0, "case.push", &only(&number)).unwrap();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    world.heal();
    world.run();
    (world, number)
}

fn revoke(world: &mut World, at: usize) {
    let revocation = world.revocation(0, 0, Vec::new());
    let args = json!({ "revocation": revocation }).to_string();
    world.act(at, "key.revoke", &args).unwrap();
}

#[test]
fn a_rotated_device_goes_on_in_the_middle_of_a_case() {
    let (mut world, number) = checked(2);
    world.rotate(0, 1);
    world.act(0, "case.push", &only(&number)).unwrap();
    world.run();
    let division = world.nodes[1].division.to_string();
    for at in [0, 1] {
        assert_eq!(
            holders(&mut world, at, &number),
            std::slice::from_ref(&division)
        );
    }
    assert_eq!(keys(&mut world, 0).devices.len(), 2);
    same_everywhere(&mut world);
}

#[test]
fn what_nobody_built_on_is_held_until_it_is_retained() {
    let (mut world, number) = pushed_by_a_revoked_device();
    assert_eq!(status_of(&mut world, 0, &number, "push"), ["held"]);
    assert_eq!(holders(&mut world, 0, &number).len(), 1);
    // What is held offers the case to nobody: the other city has not heard of it.
    let cases = tongban_sync::engine::CaseFilter::default();
    let there = world.ask(1, |engine, ctx| engine.cases(ctx, &cases));
    assert_eq!(there.unwrap(), []);
    let refused = world.act(0, "case.push", &only(&number));
    assert_eq!(code(refused), Code::Held);
    // Nobody else writes on a city's page, so nobody builds on what the device announced there.
    assert!(
        keys(&mut world, 0)
            .held
            .iter()
            .any(|row| row.kind == "city")
    );

    world.act(0, "key.retain", "{}").unwrap();
    world.run();
    for at in [0, 1] {
        assert_eq!(status_of(&mut world, at, &number, "push"), ["applied"]);
        assert_eq!(status_of(&mut world, at, &number, "ack"), ["applied"]);
        let division = world.nodes[1].division.to_string();
        assert_eq!(holders(&mut world, at, &number), [division]);
    }
    assert_eq!(keys(&mut world, 0).held, []);
    same_everywhere(&mut world);
}

/// A parcel that a device posted without a link, and that its city keeps although the device is revoked, arrives.
#[test]
fn a_retained_parcel_comes_to_the_city_that_it_names() {
    let mut world = World::founded(3);
    world.partition(&[0], &[1, 2]);
    let division = world.nodes[1].division;
    let post = format!(
        r#"{{"to":"{division}","leg":"L2","tracking":"EZ900000019CN","pay":"collect","on":"2026-09-05"}}"#
    );
    world.act(0, "parcel.post", &post).unwrap();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    world.heal();
    world.run();
    let parcels = |world: &mut World| -> Vec<usize> {
        (0..3)
            .map(|at| {
                let of = world.ask(at, |engine, ctx| engine.parcels(ctx));
                of.unwrap().len()
            })
            .collect()
    };
    assert_eq!(parcels(&mut world), [1, 0, 0]);
    world.act(0, "key.retain", "{}").unwrap();
    world.run();
    assert_eq!(parcels(&mut world), [1, 1, 0]);
    same_everywhere(&mut world);
}

#[test]
fn what_is_left_out_is_void_and_custody_is_given_back() {
    let (mut world, number) = pushed_by_a_revoked_device();
    let held = keys(&mut world, 0).held;
    let push = held.iter().find(|row| row.act == "push").unwrap();
    let args = json!({ "without": [push.entry] }).to_string();
    world.act(0, "key.retain", &args).unwrap();
    world.run();
    assert_eq!(status_of(&mut world, 0, &number, "push"), ["void"]);
    world.act(0, "case.push", &only(&number)).unwrap();
    world.run();
    let statuses = status_of(&mut world, 1, &number, "push");
    assert_eq!(statuses, ["void", "applied"]);
    assert_eq!(status_of(&mut world, 0, &number, "ack"), ["applied"]);
    same_everywhere(&mut world);
}

#[test]
fn what_another_city_built_on_unaware_stands() {
    let (mut world, number) = checked(3);
    world.act(0, "case.push", &only(&number)).unwrap();
    world.run();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    world.run();
    for at in [0, 1] {
        assert_eq!(status_of(&mut world, at, &number, "push"), ["applied"]);
        let division = world.nodes[1].division.to_string();
        assert_eq!(holders(&mut world, at, &number), [division]);
    }
    same_everywhere(&mut world);
}

#[test]
fn an_old_view_gives_a_revoked_device_nothing_where_it_never_signed() {
    let (mut world, _) = checked(3);
    let case = inspect::documents(&world.nodes[0].store, DocumentKind::Case).unwrap()[0];
    let signed = inspect::entries(&world.nodes[0].store, &case).unwrap();
    let old = signed.last().unwrap().header.clone();
    let agreement = inspect::documents(&world.nodes[0].store, DocumentKind::Agreement).unwrap()[0];
    let record = inspect::record(&world.nodes[0].store, &agreement).unwrap();
    let known = record.unwrap().head_ids();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    let post = json!({ "to": "350700", "leg": "L2", "tracking": "EZ000000014CN", "pay": "collect",
        "weight_g": 100 });
    world.act(0, "parcel.post", &post.to_string()).unwrap();
    world.run();
    let document = inspect::documents(&world.nodes[1].store, DocumentKind::Parcel).unwrap()[0];
    let before = inspect::entries(&world.nodes[1].store, &document).unwrap();
    let last = before.last().unwrap();
    let line = parcel::CostLine {
        kind: parcel::CostKind::Postage,
        amount: Amount::new(Fen::new(9_900)).unwrap(),
        payer: world.city(0),
        rule: 1,
        bill: None,
        receipt: None,
        instead: None,
    };
    // The thief has the old key, and says that it has not heard of anything.
    let header = Header {
        document,
        kind: DocumentKind::Parcel as u8,
        boot: BootNonce([5; 16]),
        seq: 0,
        prev: None,
        parents: vec![last.id],
        depth: last.header.depth + 1,
        ..old
    };
    let stolen = DeviceKey::from_seed([101; 32]);
    let cost = Entry::sign(
        header,
        write_act(&parcel::Act::Cost(line)),
        Vec::new(),
        &stolen,
    );
    let give = Give {
        entries: vec![Blob(cost.to_wire())],
        support: Support {
            views: vec![known],
            ..Support::default()
        },
        ..Give::default()
    };
    let link = world.link(1, 2);
    let bytes = Frame::Give(give).to_vec();
    world.input(1, Input::Frame { link, bytes });
    let stored = inspect::entries(&world.nodes[1].store, &document).unwrap();
    assert_eq!(stored.len(), before.len() + 1);
    let record = inspect::record(&world.nodes[1].store, &document)
        .unwrap()
        .unwrap();
    assert_eq!(record.status(&cost.id), Status::Held);
    let verified = world.ask(1, |engine, ctx| engine.verify(ctx)).unwrap();
    assert_eq!(verified.damaged, []);
}

#[test]
fn a_revoked_device_is_refused_on_links_and_in_commands() {
    let (mut world, number) = checked(3);
    // Another member enters the city's word; the city's node has not heard of it.
    world.partition(&[0], &[1, 2]);
    revoke(&mut world, 2);
    world.run();
    world.act(0, "case.push", &only(&number)).unwrap();
    world.heal();
    world.run();
    assert!(
        world
            .ask(1, |engine, ctx| engine.case(ctx, &number))
            .is_err()
    );
    let status = world.ask(1, |engine, ctx| engine.status(ctx)).unwrap();
    let member = |at: usize| &status.agreements[0].members[at];
    let online = (0..3).filter(|at| member(*at).online).count();
    assert_eq!(online, 1, "the city with the revoked device is not let in");

    // With another device it is, and learns of the revocation; the earlier one signs nothing any more.
    world.rotate(0, 1);
    world.run();
    assert!(
        keys(&mut world, 0)
            .devices
            .iter()
            .any(|device| device.revoked)
    );
    assert_eq!(status_of(&mut world, 0, &number, "push"), ["held"]);
    world.rotate(0, 0);
    let edit = json!({ "case": number, "edits": [{ "edit": "append-note", "text": "一句" }] });
    let refused = world.act(0, "case.edit", &edit.to_string());
    assert_eq!(code(refused), Code::KeyRevoked);
    let refused = world.act(
        0,
        "case.receive",
        r#"{"item":"I-02","owner":"350700","officer":"W01","materials":[],
            "applicant":{"name":"程立秋","id_number":"350799199306220024","phone":"13000000000","address":"某路 1 号"}}"#,
    );
    assert_eq!(code(refused), Code::KeyRevoked);
}

#[test]
fn in_the_agreement_only_what_is_kept_or_built_on_counts() {
    let suspended = |world: &mut World, at: usize| {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        let live = &status.agreements[0].terms.live;
        live.iter().any(|live| live.suspended)
    };
    for kept in [false, true] {
        let mut world = World::founded(3);
        world.partition(&[0], &[1, 2]);
        let args = r#"{"item":"I-02"}"#;
        let done = world.act(0, "agreement.suspend", args).unwrap();
        assert!(suspended(&mut world, 0));
        world.rotate(0, 1);
        let keeps = match kept {
            true => vec![done.entries[0].parse().unwrap()],
            false => Vec::new(),
        };
        let revocation = world.revocation(0, 0, keeps);
        let args = json!({ "revocation": revocation }).to_string();
        world.act(0, "key.revoke", &args).unwrap();
        world.heal();
        world.run();
        for at in 0..3 {
            assert_eq!(suspended(&mut world, at), kept, "node {at}");
        }
        let again = world.act(0, "key.revoke", &args);
        assert_eq!(code(again), Code::Already);
        same_everywhere(&mut world);
    }
}

#[test]
fn a_city_speaks_for_its_own_devices_alone() {
    let (mut world, number) = checked(2);
    // The second city signs a revocation that names the first one's device.
    let first = world.revocation(0, 0, Vec::new());
    let first = tongban_sync::founding::read_revocation(&first).unwrap();
    let root = tongban_identity::RootKey::from_seed([2; 32]);
    let forged = tongban_identity::Revocation {
        city: root.city(),
        ..first.into_inner()
    };
    let forged = forged.sign(&root).unwrap().to_root_signed();
    let text = tongban_sync::founding::write_revocation(&forged);
    let args = json!({ "revocation": text }).to_string();
    world.act(1, "key.revoke", &args).unwrap();
    world.run();
    world.act(0, "case.push", &only(&number)).unwrap();
    world.run();
    assert_eq!(status_of(&mut world, 1, &number, "ack"), ["applied"]);
    let mut changed = text.trim_end().to_owned();
    let last = changed.pop().unwrap();
    changed.push(if last == '0' { '1' } else { '0' });
    let args = json!({ "revocation": changed }).to_string();
    assert_eq!(code(world.act(1, "key.revoke", &args)), Code::Argument);
}

/// Node 0 signs a push to node 1, is put back, and signs another act in the same place; each is heard by one city.
fn forked(second: &str) -> (World, String) {
    let (mut world, number) = checked(3);
    world.renew(0, BootNonce([77; 16]));
    world.relink();
    world.run();
    let before = world.nodes[0].store.clone();
    world.partition(&[0], &[1, 2]);
    world.act(0, "case.push", &only(&number)).unwrap();
    let pushed = world.nodes[0].store.clone();
    world.nodes[0].store = before;
    world.renew(0, BootNonce([77; 16]));
    world.act(0, "case.edit", second).unwrap();
    let second = world.nodes[0].store.clone();
    // What was signed last comes back with the store in which it lies.
    world.nodes[0].store = pushed;
    world.renew(0, BootNonce([77; 16]));
    world.heal();
    world.run();
    world.nodes[0].store = second;
    world.renew(0, BootNonce([78; 16]));
    world.relink();
    world.run();
    (world, number)
}

#[test]
fn of_twins_the_one_that_was_built_on_counts() {
    let edits = |number: &str| {
        json!({ "case": number, "edits": [{ "edit": "append-note", "text": "另一句" }] })
            .to_string()
    };
    // The number of a case does not depend on what follows.
    let number = checked(3).1;
    let (mut world, number) = forked(&edits(&number));
    for at in [0, 1] {
        let keys = keys(&mut world, at);
        assert_eq!(keys.forks.len(), 1, "node {at} holds the proof");
        let mut statuses = keys.forks[0].statuses.clone();
        statuses.sort();
        assert_eq!(statuses, ["applied", "void"], "node {at}");
        assert_eq!(status_of(&mut world, at, &number, "push"), ["applied"]);
        assert_eq!(status_of(&mut world, at, &number, "ack"), ["applied"]);
    }
    assert_eq!(keys(&mut world, 2).forks, []);
    same_everywhere(&mut world);
}

#[test]
fn a_fork_is_proven_by_one_file_and_no_changed_byte_passes() {
    let number = checked(3).1;
    let text = serde_json::json!({ "case": number, "edits": [{ "edit": "append-note", "text": "另一句" }] });
    let (mut world, number) = forked(&text.to_string());
    let proof = world
        .ask(1, |engine, ctx| engine.fork_proof(ctx, &number))
        .unwrap();
    let report = tongban_sync::forks::verify(&proof).unwrap();
    assert_eq!(report.city, world.city(0).fingerprint());
    let forks = keys(&mut world, 1).forks;
    let named: Vec<String> = report
        .entries
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(forks[0].entries, named);
    for at in 0..proof.len() {
        let mut changed = proof.clone();
        changed[at] ^= 1;
        assert!(tongban_sync::forks::verify(&changed).is_err(), "byte {at}");
    }
    let honest = world.ask(2, |engine, ctx| engine.fork_proof(ctx, &number));
    assert!(honest.is_err());
}

#[test]
fn two_live_nodes_with_one_key_hear_of_each_other() {
    let mut world = World::founded(2);
    // The folder of node 0 is copied, and both copies run; each has a link to node 1 in turn.
    let swap = |world: &mut World, engine: &mut Option<tongban_sync::Engine>| {
        let other = engine.take().unwrap();
        *engine = Some(std::mem::replace(&mut world.nodes[0].engine, other));
        world.relink();
        world.run();
    };
    let mut other = Some(world.another(0, BootNonce([99; 16])));
    swap(&mut world, &mut other);
    assert_eq!(
        status(&mut world, 1).doubled,
        [],
        "an ordinary restart is no copy"
    );
    swap(&mut world, &mut other);
    let division = world.nodes[0].division;
    assert_eq!(status(&mut world, 1).doubled, [division]);
    let peer = world.nodes[1].division;
    assert_eq!(status(&mut world, 0).copied, [peer]);
    swap(&mut world, &mut other);
    assert_eq!(
        status(&mut world, 0).copied,
        [peer],
        "the copy hears of it too"
    );
}

fn status(world: &mut World, at: usize) -> tongban_ledger::answer::StatusAnswer {
    world.ask(at, |engine, ctx| engine.status(ctx)).unwrap()
}

/// Founds an agreement of the same two cities that only the founder ever signs.
fn found_another(world: &mut World, again: bool) -> Result<String, CommandError> {
    let found = world.founding_of_all(again);
    let done = world.command(0, &format!("again {again}"), &found)?;
    Ok(done.document)
}

#[test]
fn a_second_agreement_that_nobody_signed_is_in_nobodys_way() {
    let mut world = World::founded(2);
    assert_eq!(code(found_another(&mut world, false)), Code::Duplicate);
    let second = found_another(&mut world, true).unwrap();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    let offer = json!({ "to": world.nodes[1].division.to_string(), "powers": ["G1b"] });
    let grant = world.act(0, "agreement.offer-grant", &offer.to_string());
    let grant = grant.unwrap();
    assert_ne!(grant.document, second, "the one in force is meant");
    world.run();
    let take = json!({ "grant": grant.entries[0] }).to_string();
    world.act(1, "agreement.take-grant", &take).unwrap();
    let suspend = |agreement: &str| json!({ "item": "I-02", "agreement": agreement }).to_string();
    let refused = world.act(0, "agreement.suspend", &suspend(&second[..12]));
    assert_eq!(code(refused), Code::Agreement, "it is not in force");
    let first = suspend(&grant.document[..12]);
    world.act(0, "agreement.suspend", &first).unwrap();
    let unknown = world.act(0, "agreement.suspend", &suspend("00000000"));
    assert_eq!(code(unknown), Code::NotFound);
}

#[test]
fn a_device_that_does_not_know_that_it_is_revoked_is_told() {
    let mut world = World::founded(2);
    let before = world.nodes[0].store.clone();
    world.rotate(0, 1);
    revoke(&mut world, 0);
    world.run();
    world.nodes[0].store = before;
    world.rotate(0, 0);
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    assert!(!status.revoked, "nobody could tell it");
    let other = |member: &&MemberAnswer| !member.own;
    let members = &status.agreements[0].members;
    assert!(members.iter().find(other).unwrap().turned_away);
    world.rotate(0, 1);
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    assert!(!status.agreements[0].members.iter().any(|m| m.turned_away));
}
