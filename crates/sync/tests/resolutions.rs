//! Resolutions between real engines: who joins, leaves or signs under another key, what each node signs by itself, and
//! files that prove it offline.

use tongban_identity::{DivisionCode, Fingerprint, RootKey};
use tongban_ledger::code::Code;
use tongban_sync::entry::BootNonce;
use tongban_sync::evidence::EvidenceError;
use tongban_sync::frame::Frame;
use tongban_sync::storage::Family;
use tongban_sync::{CommandError, Engine, Input, resolution};

use crate::world::{Memory, Withheld, World, check, own, pushed, receive};

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// Puts a motion and lets cities vote for it; their nodes do the rest.
fn decide(world: &mut World, voters: &[usize], args: &str) -> String {
    let done = world.act(voters[0], "resolution.propose", args).unwrap();
    world.run();
    let motion = done.entries[0].clone();
    for at in voters {
        let args = format!(r#"{{"motion":"{motion}"}}"#);
        world.act(*at, "resolution.vote", &args).unwrap();
    }
    world.run();
    motion
}

fn members(world: &mut World, at: usize) -> Vec<DivisionCode> {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    let members = status.agreements[0].members.iter();
    members.map(|member| member.city.division).collect()
}

fn certificates(world: &mut World, at: usize) -> Vec<String> {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    let certificates = status.agreements[0].resolutions.certificates.iter();
    certificates.map(|one| one.certificate.clone()).collect()
}

fn file(world: &mut World, at: usize, reference: &str) -> Vec<u8> {
    let file = world.ask(at, |engine, ctx| engine.resolution_file(ctx, reference));
    file.unwrap()
}

fn pins(count: u8) -> Vec<Fingerprint> {
    let root = |seed| RootKey::from_seed([seed; 32]).city().fingerprint();
    (1..=count).map(root).collect()
}

/// Four cities of which the first three founded the agreement; the fourth only has a key.
fn three_and_one() -> (World, String) {
    let mut world = World::new(4);
    let founding = world.found_by(3);
    world.run();
    (world, founding)
}

/// The first city convenes a meeting and opens the round of a month.
fn meet_and_open(world: &mut World, meeting: &str, month: &str) {
    let host = world.nodes[1].division;
    let on = world.ask(0, |_, ctx| ctx.now.day());
    let convene =
        format!(r#"{{"number":"{meeting}","on":"{on}","host":"{host}","officer":"W01"}}"#);
    world.act(0, "meeting.convene", &convene).unwrap();
    let month = format!(r#"{{"month":"{month}"}}"#);
    world.act(0, "round.open", &month).unwrap();
    world.run();
}

fn kinds(world: &mut World, at: usize, kind: &str) -> usize {
    let roots = world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap();
    let rows = roots.documents.into_values();
    rows.filter(|row| row.kind == kind).count()
}

/// R-144: the newcomer gets the whole agreement, and no case, meeting or round from before; it signs by itself, and
/// works from then on.
#[test]
fn a_newcomer_gets_the_agreement_and_no_earlier_case() {
    let (mut world, founding) = three_and_one();
    meet_and_open(&mut world, "JM-1", "2026-07");
    let case = receive(&mut world, 0, 1, "旧件");
    check(&mut world, 0, &case);
    world.run();
    let args = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &args).unwrap();
    world.run();
    let invitation = world.nodes[3]
        .engine
        .invitation(vec!["127.0.0.1:1".into()])
        .unwrap();
    let invitation = serde_json::to_string(&invitation).unwrap();
    decide(
        &mut world,
        &[0, 1, 2],
        &format!(r#"{{"admit":{invitation}}}"#),
    );
    assert_eq!(members(&mut world, 0).len(), 4);
    let founding = serde_json::to_string(&founding).unwrap();
    let join = format!(r#"{{"founding":{founding}}}"#);
    world.act(3, "agreement.join", &join).unwrap();
    assert_eq!(
        refused(world.act(3, "agreement.join", &join)),
        Code::Already
    );
    world.relink();
    world.run();
    for at in 0..4 {
        assert_eq!(members(&mut world, at).len(), 4, "{at}");
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        assert!(
            status.agreements[0]
                .members
                .iter()
                .all(|member| member.signed),
            "{at}"
        );
    }
    let ids: Vec<Vec<u8>> = world.nodes[0]
        .store
        .0
        .keys()
        .filter(|(family, _)| *family == tongban_sync::storage::Family::Documents)
        .map(|(_, key)| key.clone())
        .collect();
    let case_ids: Vec<&Vec<u8>> = ids
        .iter()
        .filter(|id| {
            !world.nodes[3]
                .store
                .0
                .keys()
                .any(|(_, key)| key.ends_with(id))
        })
        .collect();
    assert_eq!(
        case_ids.len(),
        3,
        "the case, the meeting and the round stay unseen"
    );
    let roots: Vec<String> = (0..4)
        .map(|at| {
            let roots = world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap();
            let mut agreement = roots
                .documents
                .into_values()
                .filter(|row| row.kind == "agreement");
            agreement.next().unwrap().root
        })
        .collect();
    assert!(roots.windows(2).all(|two| two[0] == two[1]));
    // After a restart it is a member still.
    world.restart(3);
    assert_eq!(members(&mut world, 3).len(), 4);
    world.relink();
    meet_and_open(&mut world, "JM-2", "2026-08");
    for (at, seen) in [(0, 2), (1, 2), (3, 1)] {
        assert_eq!(kinds(&mut world, at, "meeting"), seen, "{at}");
        assert_eq!(kinds(&mut world, at, "round"), seen, "{at}");
    }
    // Nobody misses what the other may not see.
    world.restart(0);
    world.nodes[0].engine.audit_now();
    world.relink();
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    let members = status.agreements[0].members.iter();
    let audits = members.filter_map(|member| member.audit.as_ref());
    let even = audits.filter(|audit| audit.fingerprint.is_some());
    assert_eq!(even.count(), 3);
}

/// R-140: a certificate is the same wherever it was made, verifies offline, and no changed byte passes.
#[test]
fn a_certificate_verifies_offline_and_no_changed_byte_passes() {
    let mut world = World::founded(4);
    decide(
        &mut world,
        &[0, 1, 3],
        r#"{"thresholds":{"view_hours":3},"basis":"JM-2026-04"}"#,
    );
    decide(
        &mut world,
        &[1, 2, 3],
        r#"{"remove":"361100"}"#.replace("361100", "330800").as_str(),
    );
    let known = certificates(&mut world, 1);
    assert_eq!(known.len(), 2);
    // Who left knows it, too.
    assert_eq!(certificates(&mut world, 0), known);
    assert_eq!(members(&mut world, 0).len(), 3);
    for at in 0..4 {
        let bytes = file(&mut world, at, &known[1]);
        let report = resolution::verify(&bytes, &pins(4)).unwrap();
        assert!(report.all_trusted);
        assert_eq!(report.chain.len(), 2);
        assert_eq!(report.chain[1].certificate.to_string(), known[1]);
        assert_eq!(report.members.len(), 3);
    }
    let first = file(&mut world, 2, &known[0]);
    assert_eq!(resolution::verify(&first, &[]).unwrap().chain.len(), 1);
    let strangers = [RootKey::from_seed([77; 32]).city().fingerprint()];
    assert_eq!(
        resolution::verify(&first, &strangers),
        Err(EvidenceError::Untrusted)
    );
    for at in (0..first.len()).step_by(7) {
        let mut changed = first.clone();
        changed[at] ^= 0x10;
        assert!(resolution::verify(&changed, &pins(4)).is_err(), "byte {at}");
    }
    for cut in [0, 1, 40, first.len() - 1] {
        assert!(resolution::verify(&first[..cut], &pins(4)).is_err());
    }
}

/// Of a split vote the nodes give the round up by themselves, and the next one decides.
#[test]
fn a_split_vote_is_given_up_and_decided_in_the_next_round() {
    let mut world = World::founded(4);
    let put = |world: &mut World, at: usize, hours: u16| {
        let args = format!(r#"{{"thresholds":{{"view_hours":{hours}}}}}"#);
        let done = world.act(at, "resolution.propose", &args).unwrap();
        world.run();
        done.entries[0].clone()
    };
    let (one, other) = (put(&mut world, 0, 5), put(&mut world, 1, 6));
    for (at, motion) in [(0, &one), (1, &one), (2, &other), (3, &other)] {
        let args = format!(r#"{{"motion":"{motion}"}}"#);
        world.act(at, "resolution.vote", &args).unwrap();
    }
    world.run();
    let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
    assert_eq!(status.agreements[0].resolutions.round, 2);
    for at in [0, 1, 2] {
        let args = format!(r#"{{"motion":"{other}"}}"#);
        world.act(at, "resolution.vote", &args).unwrap();
    }
    world.run();
    let limits = |world: &mut World, at| {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        status.agreements[0].terms.limits.view_hours
    };
    assert!((0..4).all(|at| limits(&mut world, at) == 6));
    let status = world.ask(3, |engine, ctx| engine.status(ctx)).unwrap();
    assert!(status.agreements[0].resolutions.doubled.is_empty());
}

/// R-144: what a city that left held last waits for the word of a remaining party, which takes the case back.
#[test]
fn a_case_comes_back_from_a_city_that_left() {
    let mut world = World::founded(3);
    let case = receive(&mut world, 0, 1, "退出");
    check(&mut world, 0, &case);
    let args = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &args).unwrap();
    world.run();
    decide(&mut world, &[0, 2], r#"{"remove":"350700"}"#);
    assert_eq!(members(&mut world, 1).len(), 2);
    let gone = world.act(
        1,
        "case.first-look",
        &format!(r#"{{"case":"{case}","officer":"L01"}}"#),
    );
    assert_eq!(refused(gone), Code::KeyRevoked);
    world
        .act(0, "key.retain", &format!(r#"{{"document":"{case}"}}"#))
        .unwrap();
    world.run();
    let holder = |world: &mut World| {
        let answer = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
        answer.row.holders.clone()
    };
    assert_eq!(holder(&mut world), [world.nodes[1].division]);
    world.act(0, "case.yield", &args).unwrap();
    assert_eq!(holder(&mut world), [world.nodes[0].division]);
}

/// Nothing of one agreement is in the store of a city of the other, or on the wire to it.
#[test]
fn two_agreements_of_a_node_see_nothing_of_each_other() {
    let mut world = World::new(4);
    let first = world.found_by(3);
    world.run();
    // The first city and the fourth have an agreement of their own.
    let invitation = world.nodes[3]
        .engine
        .invitation(vec!["127.0.0.1:1".into()])
        .unwrap();
    let found = world.founding_with(vec![invitation]);
    let done = world.command(0, "second", &found).unwrap();
    let founding = serde_json::to_string(&done.founding.unwrap()).unwrap();
    world
        .act(
            3,
            "agreement.accept",
            &format!(r#"{{"founding":{founding}}}"#),
        )
        .unwrap();
    world.relink();
    world.run();
    let case = receive(&mut world, 0, 3, "双边");
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    let other = receive(&mut world, 0, 1, "三市");
    check(&mut world, 0, &other);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{other}"}}"#))
        .unwrap();
    world.run();
    let answer = world.ask(3, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(answer.row.holders, [world.nodes[3].division]);
    let four = tongban_sync::founding::read_founding(&first)
        .unwrap()
        .genesis
        .document;
    let two = done.document.clone();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let holds = |world: &World, at: usize, id: &str| {
        let mut records = world.nodes[at].store.0.iter();
        records.any(|((_, key), value)| hex(key).contains(id) || hex(value).contains(id))
    };
    assert!(
        !holds(&world, 3, &four.to_string()),
        "the fourth city holds the first agreement"
    );
    assert!(
        holds(&world, 3, &two) && holds(&world, 0, &two) && holds(&world, 0, &four.to_string())
    );
    for at in [1, 2] {
        assert!(!holds(&world, at, &two), "{at} holds the second agreement");
    }
    for (from, to, frame) in &world.frames {
        let frame = hex(frame);
        let (three, four_to) = (
            [1, 2].contains(to) || [1, 2].contains(from),
            *to == 3 || *from == 3,
        );
        assert!(!(three && frame.contains(&two)), "{from} to {to}");
        assert!(
            !(four_to && frame.contains(&four.to_string())),
            "{from} to {to}"
        );
    }
}

/// A member goes on under another root key as the same city: it holds what it held, says what stays of what the earlier
/// key signed last, and the earlier key signs nothing any more.
#[test]
fn a_city_goes_on_under_another_root_key() {
    let mut world = World::founded(4);
    let case = pushed(&mut world, 0, 2, "换钥");
    let old = world.city(2);
    let renewed = own(50, world.nodes[2].division, "上饶市");
    let empty = Memory::default();
    let engine = Engine::start(renewed, BootNonce([50; 16]), &empty).unwrap();
    let invitation = engine.invitation(vec!["127.0.0.1:9".into()]).unwrap();
    let invitation = serde_json::to_string(&invitation).unwrap();
    decide(
        &mut world,
        &[0, 1, 3],
        &format!(r#"{{"replace":{invitation}}}"#),
    );
    let look = format!(r#"{{"case":"{case}","officer":"L01"}}"#);
    assert_eq!(
        refused(world.act(2, "case.first-look", &look)),
        Code::KeyRevoked
    );
    world.nodes[2].seed = 50;
    world.restart(2);
    world.relink();
    world.run();
    // The same city by its id, another key.
    assert_eq!(world.city(2), old);
    assert_eq!(members(&mut world, 2).len(), 4);
    world
        .act(2, "key.retain", &format!(r#"{{"document":"{case}"}}"#))
        .unwrap();
    world.act(2, "case.first-look", &look).unwrap();
    world.run();
    for at in [0, 2] {
        let answer = world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap();
        assert_eq!(answer.row.holders, [world.nodes[2].division], "{at}");
        let looked = answer
            .entries
            .iter()
            .find(|entry| entry.act == "first-look");
        assert_eq!(looked.unwrap().status, "applied", "{at}");
    }
    // A file of evidence shows by the resolution whose key it is.
    let next = receive(&mut world, 0, 2, "再办");
    check(&mut world, 0, &next);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{next}"}}"#))
        .unwrap();
    world.run();
    for at in [0, 2] {
        let file = world.ask(at, |engine, ctx| engine.evidence(ctx, &next));
        let report = tongban_sync::evidence::verify(&file.unwrap(), &[]).unwrap();
        let renewed = RootKey::from_seed([50; 32]).city().fingerprint();
        assert_eq!(report.acked_by.fingerprint, renewed, "{at}");
        assert_eq!(report.acked_by.division, world.nodes[2].division);
    }
}

/// The members decided while the city was cut off, and its node starts under the new key before it hears so: it
/// takes what the members write to the city by the key that it had.
#[test]
fn a_new_root_key_is_taken_up_before_its_certificate_is_heard() {
    let mut world = World::founded(4);
    let old = world.city(2);
    let renewed = own(50, world.nodes[2].division, "上饶市");
    let engine = Engine::start(renewed, BootNonce([50; 16]), &Memory::default()).unwrap();
    let invitation = engine.invitation(vec!["127.0.0.1:9".into()]).unwrap();
    let invitation = serde_json::to_string(&invitation).unwrap();
    world.partition(&[2], &[0, 1, 3]);
    let motion = format!(r#"{{"replace":{invitation}}}"#);
    decide(&mut world, &[0, 1, 3], &motion);
    assert_eq!(certificates(&mut world, 0).len(), 1);
    assert!(certificates(&mut world, 2).is_empty());
    world.nodes[2].seed = 50;
    world.restart(2);
    world.heal();
    world.relink();
    world.run();
    assert_eq!(world.city(2), old);
    assert_eq!(
        certificates(&mut world, 2),
        certificates(&mut world, 0),
        "the certificate came"
    );
}

/// A member tells another one that a copy of it is about.
fn tell_of_a_copy(world: &mut World, from: usize, to: usize, boot: u8) {
    let link = world.link(to, from);
    let bytes = Frame::Elsewhere(BootNonce([boot; 16])).to_vec();
    world.input(to, Input::Frame { link, bytes });
}

/// A peer that says so once has to give back what it holds, and that is all: the node votes on.
#[test]
fn a_word_about_a_copy_stops_no_vote() {
    let mut world = World::founded(4);
    tell_of_a_copy(&mut world, 3, 0, 99);
    world.run();
    decide(&mut world, &[0, 1, 2], r#"{"thresholds":{"view_hours":3}}"#);
    assert_eq!(certificates(&mut world, 1).len(), 1);
}

/// A peer that says so and gives nothing back holds the votes up for a while.
#[test]
fn a_peer_that_gives_nothing_back_holds_votes_up_for_a_while() {
    let mut world = World::founded(4);
    let is = |bytes: &[u8]| matches!(Frame::from_slice(bytes), Ok(Frame::Audited(_)));
    world.withhold = Some(Withheld { from: 3, to: 0, is });
    tell_of_a_copy(&mut world, 3, 0, 99);
    decide(&mut world, &[0, 1, 2], r#"{"thresholds":{"view_hours":3}}"#);
    assert_eq!(certificates(&mut world, 1).len(), 0);
    world.pass(600_000);
    world.run();
    assert_eq!(certificates(&mut world, 1).len(), 1);
    // It may say so of ever more copies: that is heard a few times.
    for boot in 100..110 {
        tell_of_a_copy(&mut world, 3, 0, boot);
        world.pass(600_000);
        world.run();
    }
    tell_of_a_copy(&mut world, 3, 0, 110);
    decide(&mut world, &[0, 1, 2], r#"{"thresholds":{"view_hours":4}}"#);
    assert_eq!(certificates(&mut world, 1).len(), 2);
}

/// A newcomer that shares another agreement with every member has compared with them all; it gets this one at once.
#[test]
fn a_newcomer_that_is_known_from_elsewhere_gets_the_agreement_at_once() {
    let mut world = World::new(3);
    let founding = world.found_by(2);
    world.run();
    let genesis = tongban_sync::founding::read_founding(&founding)
        .unwrap()
        .genesis;
    let agreement = genesis.document.to_string();
    let invited = |world: &World, at: usize| {
        let invitation = world.nodes[at]
            .engine
            .invitation(vec!["127.0.0.1:1".into()]);
        invitation.unwrap()
    };
    let others = vec![invited(&world, 1), invited(&world, 2)];
    let found = world.founding_with(others);
    let second = world
        .command(0, "second", &found)
        .unwrap()
        .founding
        .unwrap();
    let second = serde_json::json!({ "founding": second }).to_string();
    for at in [1, 2] {
        world.act(at, "agreement.accept", &second).unwrap();
    }
    world.relink();
    world.run();
    let admit = serde_json::json!({ "agreement": agreement, "admit": invited(&world, 2) });
    decide(&mut world, &[0, 1], &admit.to_string());
    let join = serde_json::json!({ "founding": founding }).to_string();
    world.act(2, "agreement.join", &join).unwrap();
    world.run();
    let status = world.ask(2, |engine, ctx| engine.status(ctx)).unwrap();
    let mut joined = status.agreements.into_iter();
    let joined = joined.find(|one| one.agreement == agreement).unwrap();
    assert_eq!(joined.members.len(), 3);
    assert!(joined.members.iter().all(|member| member.signed));
}

/// A member is gone for good, and the vote of a restored city is spent: its people give the round up and vote it out.
#[test]
fn a_restored_city_gives_a_round_up_without_the_one_that_is_gone() {
    let mut world = World::founded(4);
    let limits = r#"{"thresholds":{"view_hours":3}}"#;
    decide(&mut world, &[2], limits);
    world.partition(&[3], &[0, 1, 2]);
    world.nodes[2].engine.suspect_restore();
    world.run();
    assert_eq!(
        refused(world.act(2, "resolution.nullify", "{}")),
        Code::Restoring
    );
    let remove = format!(r#"{{"remove":"{}"}}"#, world.nodes[3].division);
    let motion = decide(&mut world, &[0, 1], &remove);
    // Nobody can win the round: the nodes of the others give it up by themselves.
    world.act(2, "resolution.nullify", "{}").unwrap();
    world.run();
    let vote = format!(r#"{{"motion":"{motion}"}}"#);
    for at in 0..3 {
        world.act(at, "resolution.vote", &vote).unwrap();
    }
    world.run();
    assert_eq!(members(&mut world, 2).len(), 3);
}

/// The motion that gives the third city the root key of seed 50.
fn renewal(world: &World) -> String {
    let renewed = own(50, world.nodes[2].division, "上饶市");
    let engine = Engine::start(renewed, BootNonce([50; 16]), &Memory::default()).unwrap();
    let invitation = engine.invitation(vec!["127.0.0.1:9".into()]).unwrap();
    let invitation = serde_json::to_string(&invitation).unwrap();
    format!(r#"{{"replace":{invitation}}}"#)
}

/// Four cities of which the third has another root key, which its node does not use yet.
fn replaced() -> World {
    let mut world = World::founded(4);
    let motion = renewal(&world);
    decide(&mut world, &[0, 1, 3], &motion);
    world
}

/// A city revokes the devices of its new root key as it did those of the first.
#[test]
fn a_device_is_revoked_under_another_root_key() {
    let mut world = replaced();
    world.nodes[2].seed = 50;
    world.restart(2);
    world.relink();
    world.run();
    world.rotate(2, 1);
    let revocation = world.revocation(2, 0, Vec::new());
    let args = serde_json::json!({ "revocation": revocation }).to_string();
    world.act(2, "key.revoke", &args).unwrap();
    world.run();
    assert_eq!(
        refused(world.act(0, "key.revoke", &args)),
        Code::Already,
        "the others know it"
    );
    let keys = world.ask(2, |engine, ctx| engine.keys(ctx)).unwrap();
    let revoked = keys.devices.iter().filter(|device| device.revoked);
    assert_eq!(revoked.count(), 1);
}

/// Who is linked under the earlier key hears that it was replaced, and nothing that is signed after.
#[test]
fn a_replaced_key_hears_that_it_was_and_nothing_later() {
    let mut world = replaced();
    assert_eq!(certificates(&mut world, 2).len(), 1);
    pushed(&mut world, 0, 2, "换钥");
    let cases = tongban_sync::engine::CaseFilter::default();
    let there = world.ask(2, |engine, ctx| engine.cases(ctx, &cases));
    assert_eq!(there.unwrap(), []);
}

/// One word of the city settles what every device of its earlier root key signed last, however many that key certified.
#[test]
fn one_retain_answers_for_every_device_of_a_replaced_key() {
    let mut world = World::founded(4);
    let case = pushed(&mut world, 0, 2, "换钥");
    world.partition(&[2], &[0, 1, 3]);
    let look = format!(r#"{{"case":"{case}","officer":"L01"}}"#);
    world.act(2, "case.first-look", &look).unwrap();
    world.rotate(2, 1);
    let edit = serde_json::json!({
        "case": case, "edits": [{ "edit": "append-note", "text": "另一句" }]
    });
    world.act(2, "case.edit", &edit.to_string()).unwrap();
    let motion = renewal(&world);
    decide(&mut world, &[0, 1, 3], &motion);
    world.nodes[2].seed = 50;
    world.restart(2);
    world.heal();
    world.relink();
    world.run();
    let held = |world: &mut World, at| {
        let keys = world.ask(at, |engine, ctx| engine.keys(ctx)).unwrap();
        let of_case = keys.held.into_iter().filter(|row| row.kind == "case");
        of_case.count()
    };
    assert!(held(&mut world, 2) >= 2);
    let document = format!(r#"{{"document":"{case}"}}"#);
    let done = world.act(2, "key.retain", &document).unwrap();
    assert_eq!(done.entries.len(), 1);
    world.run();
    for at in [0, 2] {
        assert_eq!(held(&mut world, at), 0, "{at}");
    }
}

/// Two agreements of the same four cities.
fn two_of_four() -> (World, String, String) {
    let mut world = World::new(4);
    let founding = world.found_by(4);
    let first = tongban_sync::founding::read_founding(&founding).unwrap();
    let invitations = world.nodes[1..].iter();
    let invitations = invitations
        .map(|node| node.engine.invitation(vec!["127.0.0.1:1".into()]).unwrap())
        .collect();
    let found = world.founding_with(invitations);
    let done = world.command(0, "second", &found).unwrap();
    let founding = serde_json::json!({ "founding": done.founding.unwrap() }).to_string();
    for at in 1..4 {
        world.act(at, "agreement.accept", &founding).unwrap();
    }
    world.run();
    (world, first.genesis.document.to_string(), done.document)
}

/// As [`two_of_four`]; in the second agreement the third city has another root key.
fn replaced_in_one_of_two() -> (World, String, String) {
    let (mut world, first, second) = two_of_four();
    let named = format!(r#"{{"agreement":"{second}","#);
    let motion = renewal(&world).replacen('{', &named, 1);
    let done = world.act(0, "resolution.propose", &motion).unwrap();
    world.run();
    for at in [0, 1, 3] {
        let vote = format!(r#"{named}"motion":"{}"}}"#, done.entries[0]);
        world.act(at, "resolution.vote", &vote).unwrap();
    }
    world.run();
    (world, first, second)
}

/// An agreement that cannot be read keeps this node from no vote in another one, and gets its turn when it can be.
#[test]
fn an_agreement_that_cannot_be_read_stops_no_vote_in_another() {
    let (mut world, first, second) = two_of_four();
    // In order of id, in which a node takes its turns.
    let (lower, upper) = (first.clone().min(second.clone()), first.max(second));
    let decided = |world: &mut World, agreement: &str| {
        let status = world.ask(0, |engine, ctx| engine.status(ctx)).unwrap();
        let mut agreements = status.agreements.into_iter();
        let found = agreements.find(|one| one.agreement == agreement).unwrap();
        found.resolutions.certificates.len()
    };
    let is = |bytes: &[u8]| matches!(Frame::from_slice(bytes), Ok(Frame::Audited(_)));
    world.withhold = Some(Withheld { from: 3, to: 0, is });
    tell_of_a_copy(&mut world, 3, 0, 99);
    let named = |agreement| format!(r#"{{"agreement":"{agreement}","#);
    let motions = [&lower, &upper].map(|agreement| {
        let motion = format!(r#"{}"thresholds":{{"view_hours":3}}}}"#, named(agreement));
        let done = world.act(0, "resolution.propose", &motion).unwrap();
        let vote = format!(r#"{}"motion":"{}"}}"#, named(agreement), done.entries[0]);
        (agreement, vote)
    });
    world.run();
    for (_, vote) in &motions {
        for at in [0, 1, 2] {
            world.act(at, "resolution.vote", vote).unwrap();
        }
    }
    world.run();
    for (agreement, _) in motions {
        assert_eq!(decided(&mut world, agreement), 0, "its vote is held up");
    }
    let id: tongban_ledger::DocumentId = lower.parse().unwrap();
    world.nodes[0].engine.forget_cached();
    let record: &'static [u8] = id.as_bytes().to_vec().leak();
    world.nodes[0].store.1 = Some((Family::Documents, record));
    world.pass(600_000);
    world.run();
    assert_eq!(decided(&mut world, &lower), 0);
    assert_eq!(decided(&mut world, &upper), 1);
    world.nodes[0].store.1 = None;
    world.run();
    assert_eq!(decided(&mut world, &lower), 1);
}

/// A root key that one agreement replaced and another still takes sees nothing of the first, and no content key of it
/// is wrapped for what the key certifies in the other.
#[test]
fn a_key_that_one_agreement_replaced_sees_nothing_of_it() {
    let (mut world, first, second) = replaced_in_one_of_two();
    let suspend = |world: &mut World, agreement: &str| {
        let args = format!(r#"{{"item":"I-02","agreement":"{agreement}"}}"#);
        let done = world.act(1, "agreement.suspend", &args).unwrap();
        world.run();
        let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
        let mut records = world.nodes[2].store.0.keys();
        records.any(|(_, key)| hex(key).contains(&done.entries[0]))
    };
    // The holder of the earlier key names another encryption key, under a higher serial.
    world.rekey(2, 1, false);
    world.relink();
    world.run();
    assert!(suspend(&mut world, &first));
    assert!(!suspend(&mut world, &second));
    let args = serde_json::json!({
        "item": "I-02", "owner": world.nodes[2].division, "officer": "W01", "agreement": second,
        "materials": [{"requirement": "M1", "pages": 2}, {"requirement": "M2"}, {"requirement": "M3", "pages": 6}],
        "applicant": {"name": "两协议", "id_number": "350799199306220024", "phone": "13000000000", "address": "某路 1 号"}
    });
    let case = world.act(0, "case.receive", &args.to_string()).unwrap();
    let case = case.number.unwrap();
    check(&mut world, 0, &case);
    let push = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &push).unwrap();
    world.run();
    let look = |world: &mut World| world.ask(2, |engine, ctx| engine.case(ctx, &case));
    assert_eq!(refused(look(&mut world)), Code::NotFound);
    world.nodes[2].seed = 50;
    world.rekey(2, 0, false);
    world.relink();
    world.run();
    assert!(look(&mut world).unwrap().applicant.is_some());
}
