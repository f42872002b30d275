//! A case from receipt to close between engines: custody, feeds, privacy, restarts, partitions.

use crate::world::{World, check, receive};
use tongban_ledger::code::Code;
use tongban_sync::CommandError;

fn code<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn next(world: &mut World, at: usize, case: &str) -> Vec<String> {
    let case = world.ask(at, |engine, ctx| engine.case(ctx, case)).unwrap();
    case.row.next
}

fn stage(world: &mut World, at: usize, case: &str) -> String {
    world
        .ask(at, |engine, ctx| engine.case(ctx, case))
        .unwrap()
        .row
        .stage
}

fn assert_converged(world: &mut World) {
    let roots: Vec<_> = (0..world.nodes.len())
        .map(|at| world.ask(at, |engine, ctx| engine.roots(ctx)).unwrap())
        .collect();
    for (at, mine) in roots.iter().enumerate() {
        for (document, row) in &mine.documents {
            for (other, theirs) in roots.iter().enumerate() {
                let party = row.audience.contains(&world.nodes[other].division);
                assert_eq!(
                    theirs.documents.get(document),
                    party.then_some(row),
                    "{} {} at {at} and {other}",
                    row.kind,
                    row.label
                );
            }
        }
    }
}

#[test]
fn a_case_goes_from_receipt_to_close() {
    let mut world = World::founded(4);
    let case = receive(&mut world, 0, 1, "程立秋");
    assert_eq!(case, "TB-330800-260907-000001-".to_owned() + &case[24..]);
    check(&mut world, 0, &case);
    assert_eq!(stage(&mut world, 0, &case), "S21");
    let only = format!(r#"{{"case":"{case}"}}"#);
    let officer = format!(r#"{{"case":"{case}","officer":"B07"}}"#);
    world.act(0, "case.push", &only).unwrap();
    assert_eq!(stage(&mut world, 0, &case), "S30");
    world.run();
    assert_eq!(stage(&mut world, 0, &case), "S40");
    assert_eq!(stage(&mut world, 1, &case), "S40");
    world.act(1, "case.first-look", &officer).unwrap();
    world.act(1, "case.accept", &officer).unwrap();
    world.act(1, "case.review", &officer).unwrap();
    world
        .act(
            1,
            "case.decide",
            &format!(r#"{{"case":"{case}","officer":"B07","outcome":"granted"}}"#),
        )
        .unwrap();
    world
        .act(
            1,
            "case.send-result",
            &format!(r#"{{"case":"{case}","delivery":"network"}}"#),
        )
        .unwrap();
    world.run();
    world
        .act(
            0,
            "case.served",
            &format!(r#"{{"case":"{case}","means":"on-the-spot"}}"#),
        )
        .unwrap();
    world.run();
    world.act(1, "case.close", &only).unwrap();
    world.run();
    for at in [0, 1] {
        assert_eq!(stage(&mut world, at, &case), "S90");
        let answer = world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap();
        assert_eq!(answer.applicant.unwrap().name, "程立秋");
        assert!(answer.entries.iter().all(|entry| entry.status == "applied"));
        // Every entry is stored at the other city, and both know it.
        assert!(answer.entries.iter().all(|entry| !entry.stored.is_empty()));
    }
    assert_converged(&mut world);
    for at in [2, 3] {
        let missing = world.ask(at, |engine, ctx| engine.case(ctx, &case));
        assert_eq!(code(missing), Code::NotFound);
    }
    for at in 0..4 {
        let verified = world.ask(at, |engine, ctx| engine.verify(ctx)).unwrap();
        assert!(verified.damaged.is_empty(), "{verified:?}");
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        assert_eq!(status.pending, 0);
        assert!(
            status.agreements[0]
                .members
                .iter()
                .all(|member| member.waiting == 0),
            "{status:?}"
        );
    }
}

/// R-040: partners of a partner are no partners, and a city that is no party has nothing of a case.
#[test]
fn other_cities_get_neither_the_id_nor_the_canary() {
    let canary = "金丝雀七三一九";
    let mut world = World::founded(4);
    let case = receive(&mut world, 0, 1, canary);
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world
        .act(
            0,
            "case.edit",
            &format!(r#"{{"case":"{case}","edits":[{{"edit":"append-note","text":"{canary}"}}]}}"#),
        )
        .unwrap();
    world.run();
    assert_eq!(stage(&mut world, 1, &case), "S40");
    let document = world
        .ask(0, |engine, ctx| engine.case(ctx, &case))
        .unwrap()
        .row
        .document;
    let id: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&document[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let needles: [&[u8]; 4] = [&id, document.as_bytes(), canary.as_bytes(), case.as_bytes()];
    let holds =
        |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    for needle in needles {
        for at in [2, 3] {
            for ((_, key), value) in &world.nodes[at].store.0 {
                assert!(!holds(key, needle) && !holds(value, needle));
            }
        }
        for (_, to, frame) in &world.frames {
            assert!(*to < 2 || !holds(frame, needle));
        }
    }
    // The search itself finds what is there.
    assert!(
        world.nodes[1]
            .store
            .0
            .keys()
            .any(|(_, key)| holds(key, &id))
    );
    assert!(
        world
            .frames
            .iter()
            .any(|(_, to, frame)| *to == 1 && holds(frame, &id))
    );
    // The canary travels sealed even to the party.
    assert!(
        !world
            .frames
            .iter()
            .any(|(_, _, frame)| holds(frame, canary.as_bytes()))
    );
}

/// R-090: what was pushed and decided arrives after a cut, once, without anybody's doing.
#[test]
fn both_sides_of_a_partition_go_on_and_meet_again() {
    let mut world = World::founded(4);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.run();
    world.partition(&[0, 3], &[1, 2]);
    let note = |text: &str, value: &str| {
        format!(
            r#"{{"case":"{case}","edits":[{{"edit":"append-note","text":"{text}"}},
            {{"edit":"set-field","name":"电话","value":"{value}"}}]}}"#
        )
    };
    world
        .act(0, "case.edit", &note("衢州的备注。", "1"))
        .unwrap();
    world
        .act(1, "case.edit", &note("南平的备注。", "2"))
        .unwrap();
    world
        .act(
            1,
            "case.accept",
            &format!(r#"{{"case":"{case}","officer":"B1"}}"#),
        )
        .unwrap();
    let second = receive(&mut world, 2, 1, "饶信远");
    check(&mut world, 2, &second);
    world
        .act(2, "case.push", &format!(r#"{{"case":"{second}"}}"#))
        .unwrap();
    world.run();
    assert_eq!(stage(&mut world, 0, &case), "S40");
    assert_eq!(stage(&mut world, 1, &second), "S40");
    world.heal();
    world.run();
    assert_eq!(stage(&mut world, 0, &case), "S50");
    for at in [0, 1] {
        let file = world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap()
            .file;
        assert!(file.notes.contains("衢州的备注。") && file.notes.contains("南平的备注。"));
        assert_eq!(file.conflicts["电话"], ["1", "2"]);
    }
    assert_converged(&mut world);
}

#[test]
fn a_restart_resumes_and_a_retry_makes_no_second_case() {
    let mut world = World::founded(2);
    let text = r#"{"do":"case.receive","args":{"item":"I-07","owner":"350700","officer":"W1",
        "materials":[{"requirement":"M1"}],
        "applicant":{"name":"程立秋","id_number":"330899198803170010"}}}"#;
    let command = serde_json::from_str(text).unwrap();
    let first = world.command(0, "retry-me", &command).unwrap();
    world.restart(0);
    let again = world.command(0, "retry-me", &command).unwrap();
    assert!(again.repeated && again.document == first.document);
    let other = serde_json::from_str(&text.replace("W1", "W2")).unwrap();
    assert_eq!(
        code(world.command(0, "retry-me", &other)),
        Code::Idempotency
    );
    let filter = tongban_sync::engine::CaseFilter::default();
    let cases = world
        .ask(0, |engine, ctx| engine.cases(ctx, &filter))
        .unwrap();
    assert_eq!(cases.len(), 1);
    let case = first.number.unwrap();
    world
        .act(
            0,
            "case.formal-pass",
            &format!(r#"{{"case":"{case}","officer":"W1"}}"#),
        )
        .unwrap();
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.restart(0);
    world.restart(1);
    world.run();
    assert_eq!(stage(&mut world, 0, &case), "S40");
    world.restart(1);
    world.run();
    assert_converged(&mut world);
}

#[test]
fn a_notice_by_the_owner_goes_back_and_comes_again() {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "苏映雪");
    check(&mut world, 0, &case);
    let only = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &only).unwrap();
    // A second push while one is open.
    assert_eq!(code(world.act(0, "case.push", &only)), Code::PushOpen);
    world.run();
    let notice = |defects: &str| {
        format!(r#"{{"case":"{case}","officer":"B1","text":"请补交","defects":[{defects}]}}"#)
    };
    let m2 = r#"{"requirement":"M2","fault":"wrong-form"}"#;
    let m1 = r#"{"requirement":"M1","fault":"unreadable"}"#;
    assert_eq!(
        code(world.act(
            1,
            "case.notice",
            &notice(r#"{"requirement":"征信","fault":"missing"}"#)
        )),
        Code::NotInGuide
    );
    assert_eq!(
        code(world.act(0, "case.notice", &notice(m2))),
        Code::NotHolder
    );
    world.act(1, "case.notice", &notice(m2)).unwrap();
    assert_eq!(
        code(world.act(1, "case.notice", &notice(m2))),
        Code::NoticeSecond
    );
    world.run();
    assert_eq!(
        next(&mut world, 1, &case)[..2],
        ["case.notice-served", "case.push"]
    );
    assert_eq!(next(&mut world, 0, &case), ["case.notice-served"]);
    world.act(1, "case.push", &only).unwrap();
    world.run();
    assert_eq!(stage(&mut world, 0, &case), "S41");
    assert_eq!(next(&mut world, 0, &case)[0], "case.submit-correction");
    world
        .act(
            0,
            "case.notice-served",
            &format!(r#"{{"case":"{case}","means":"phone"}}"#),
        )
        .unwrap();
    world
        .act(
            0,
            "case.submit-correction",
            &format!(r#"{{"case":"{case}","materials":[{{"requirement":"M2"}}]}}"#),
        )
        .unwrap();
    world
        .act(
            0,
            "case.formal-pass",
            &format!(r#"{{"case":"{case}","officer":"W01"}}"#),
        )
        .unwrap();
    world.act(0, "case.push", &only).unwrap();
    world.run();
    assert_eq!(stage(&mut world, 1, &case), "S42");
    // What was fine in the first submission stays fine.
    assert_eq!(
        code(world.act(1, "case.notice", &notice(m1))),
        Code::NoticeSecond
    );
    world
        .act(
            1,
            "case.accept",
            &format!(r#"{{"case":"{case}","officer":"B1"}}"#),
        )
        .unwrap();
    world.run();
    assert_converged(&mut world);
}
