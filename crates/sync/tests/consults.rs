//! Consults between two nodes: what a node sends on by itself, what a third city learns, what a case may rest on.

use tongban_ledger::answer::ConsultAnswer;
use tongban_ledger::code::Code;
use tongban_ledger::consult::{Stage, Verdict};
use tongban_sync::CommandError;

use crate::world::{World, check};

const HOUR_S: i64 = 3_600;

/// A question of the first city to the second, at ten on a Monday.
fn ask(world: &mut World, text: &str) -> String {
    let to = world.nodes[1].division;
    let args = format!(
        r#"{{"to":"{to}","item":"I-02","officer":"W01","text":"{text}",
            "materials":[{{"requirement":"M1"}},{{"requirement":"M2"}}]}}"#
    );
    let done = world.act(0, "consult.ask", &args).unwrap();
    world.run();
    done.document
}

fn answer(world: &mut World, consult: &str, text: &str) {
    let args =
        format!(r#"{{"consult":"{consult}","verdict":"ok","officer":"L01","text":"{text}"}}"#);
    world.act(1, "consult.answer", &args).unwrap();
    world.run();
}

/// A receipt of the first city for another, which names a consult.
fn receive(world: &mut World, owner: usize, consult: &str) -> Result<String, CommandError> {
    let owner = world.nodes[owner].division;
    let args = format!(
        r#"{{"item":"I-02","owner":"{owner}","officer":"W01","consult":"{consult}","materials":[
            {{"requirement":"M1"}},{{"requirement":"M2"}},{{"requirement":"M3"}}],
            "applicant":{{"name":"程立秋","id_number":"350799199306220024"}}}}"#
    );
    let done = world.act(0, "case.receive", &args)?;
    Ok(done.number.unwrap())
}

fn shown(world: &mut World, at: usize, consult: &str) -> ConsultAnswer {
    let answer = world.ask(at, |engine, ctx| engine.consult(ctx, consult));
    answer.unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Code {
    match result {
        Err(CommandError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// R-121: the node that asked sends an unanswered question on by itself, each stage once, whatever restarts come
/// between, and both cities show it.
#[test]
fn a_question_that_nobody_answers_goes_on_by_itself() {
    let mut world = World::founded(2);
    let consult = ask(&mut world, "可以吗");
    let stages = |world: &mut World| {
        let here = shown(world, 0, &consult);
        let there = shown(world, 1, &consult);
        assert_eq!(here.row.escalated, there.row.escalated);
        assert_eq!(here.entries.len(), there.entries.len());
        (here.row.escalated, here.entries.len())
    };
    world.unix += 2 * HOUR_S - 1;
    world.run();
    assert_eq!(stages(&mut world), (None, 1));
    world.unix += 1;
    world.run();
    assert_eq!(stages(&mut world), (Some(Stage::PostB), 2));
    world.restart(0);
    world.run();
    assert_eq!(stages(&mut world), (Some(Stage::PostB), 2));
    // Noon is no working time: the four hours are over at half past three.
    world.unix += 3 * HOUR_S + 1_800;
    world.run();
    assert_eq!(stages(&mut world), (Some(Stage::Centre), 3));
    world.unix += 24 * HOUR_S;
    world.restart(0);
    world.run();
    assert_eq!(stages(&mut world), (Some(Stage::Centre), 3));
    answer(&mut world, &consult, "可以");
    let row = shown(&mut world, 0, &consult).row;
    assert!(row.clock.overdue && row.waits_for.is_empty());
}

/// R-121: a node that was off while both periods passed notes both at its next start.
#[test]
fn a_node_that_was_off_sends_on_what_is_due() {
    let mut world = World::founded(2);
    let consult = ask(&mut world, "可以吗");
    world.unix += 24 * HOUR_S;
    world.restart(0);
    world.run();
    let row = shown(&mut world, 1, &consult);
    assert_eq!(row.row.escalated, Some(Stage::Centre));
    assert_eq!(row.entries.len(), 3);
}

/// R-121: what was answered in time is not sent on, and both cities read the words.
#[test]
fn an_answer_in_time_ends_the_clock() {
    let mut world = World::founded(2);
    let consult = ask(&mut world, "可以吗");
    world.unix += 26 * 60;
    answer(&mut world, &consult, "可以");
    world.unix += 24 * HOUR_S;
    world.run();
    for at in [0, 1] {
        let shown = shown(&mut world, at, &consult);
        assert_eq!(shown.row.verdict, Some(Verdict::Ok));
        assert_eq!(shown.row.minutes, Some(26));
        assert_eq!(shown.row.escalated, None);
        let words: Vec<&str> = shown.entries.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(words, ["可以吗", "可以"]);
    }
}

/// R-121: a case names a consult by a mark, so a third city that comes to the case learns neither id nor content, and
/// blames nobody.
#[test]
fn a_third_city_learns_nothing_of_a_consult_that_a_case_names() {
    let canary = "金丝雀七三二一";
    let mut world = World::founded(3);
    let consult = ask(&mut world, canary);
    answer(&mut world, &consult, canary);
    let case = receive(&mut world, 1, &consult).unwrap();
    check(&mut world, 0, &case);
    // It goes to a city that was not asked, comes back, and then to the owner.
    let third = world.nodes[2].division;
    let to_third = format!(r#"{{"case":"{case}","to":"{third}"}}"#);
    let only = format!(r#"{{"case":"{case}"}}"#);
    for (at, args) in [(0, &to_third), (2, &only), (0, &only)] {
        world.act(at, "case.push", args).unwrap();
        world.run();
    }
    let defects =
        r#"[{"requirement":"M1","fault":"expired"},{"requirement":"M3","fault":"missing"}]"#;
    let args = format!(r#"{{"case":"{case}","officer":"B01","defects":{defects}}}"#);
    world.act(1, "case.notice", &args).unwrap();
    world.run();
    let cause = |world: &mut World, at: usize| {
        let answer = world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap();
        let named = answer.consults[0].consult.clone();
        let causes: Vec<String> = answer
            .return_cause
            .iter()
            .map(|row| format!("{} {:?} {}", row.cause, row.against, row.points.join(",")))
            .collect();
        (named, causes)
    };
    let (receiver, owner) = (world.nodes[0].division, world.nodes[1].division);
    let told = vec![
        format!("vouched {:?} M1", Some(owner)),
        format!("papers {:?} M3", Some(receiver)),
    ];
    assert_eq!(cause(&mut world, 0), (Some(consult.clone()), told.clone()));
    assert_eq!(cause(&mut world, 1), (Some(consult.clone()), told));
    let unknown = vec!["unknown None M1,M3".to_owned()];
    assert_eq!(cause(&mut world, 2), (None, unknown));
    let id: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&consult[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let holds =
        |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    for needle in [id.as_slice(), consult.as_bytes(), canary.as_bytes()] {
        for ((_, key), value) in &world.nodes[2].store.0 {
            assert!(!holds(key, needle) && !holds(value, needle));
        }
        for (_, to, frame) in &world.frames {
            assert!(*to < 2 || !holds(frame, needle));
        }
    }
    // The search itself finds what is there.
    let mut keys = world.nodes[1].store.0.keys();
    assert!(keys.any(|(_, key)| holds(key, &id)));
}

/// R-077: where a city published its officers, only one of them in a role that speaks with other cities signs a video
/// consult, and nobody dates one before the day of the question.
#[test]
fn a_video_consult_is_signed_by_an_officer_of_the_roster_and_not_dated_back() {
    let mut world = World::founded(2);
    let roster = |officer: &str, role: &str| {
        format!(
            r#"{{"officers":[{{"id":"{officer}","role":"{role}","department":"R","from":"2026-01-01"}}]}}"#
        )
    };
    for (at, officer, role) in [
        (0, "W01", "window-clerk"),
        (0, "F01", "finance"),
        (1, "L01", "liaison"),
        (1, "F02", "finance"),
    ] {
        world
            .act(at, "city.roster", &roster(officer, role))
            .unwrap();
    }
    let consult = ask(&mut world, "可以吗");
    let video = |world: &mut World, officer: &str, day: &str| {
        let args = format!(
            r#"{{"consult":"{consult}","started":"{day}T09:10","ended":"{day}T09:30","ours":["L01"],
                "theirs":["W01"],"complete":true,"points":["M1"],"officer":"{officer}"}}"#
        );
        world.act(1, "consult.video", &args)
    };
    for officer in ["X99", "F02", "W01"] {
        let got = refused(video(&mut world, officer, "2026-09-07"));
        assert_eq!(got, Code::Officer, "{officer}");
    }
    assert_eq!(refused(video(&mut world, "L01", "2026-09-06")), Code::Date);
    video(&mut world, "L01", "2026-09-07").unwrap();
    world.run();
    let sign = |officer: &str| format!(r#"{{"consult":"{consult}","officer":"{officer}"}}"#);
    for officer in ["X99", "F01"] {
        let got = refused(world.act(0, "consult.sign-video", &sign(officer)));
        assert_eq!(got, Code::Officer, "{officer}");
    }
    world.act(0, "consult.sign-video", &sign("W01")).unwrap();
}

/// R-077: a formal pass rests on a video consult that both cities signed and on no other, and a receipt names only a
/// consult with its owner about its item.
#[test]
fn a_case_rests_only_on_a_consult_that_is_about_it() {
    let mut world = World::founded(3);
    let consult = ask(&mut world, "可以吗");
    assert_eq!(
        refused(receive(&mut world, 2, &consult)),
        Code::Consult,
        "another owner"
    );
    let case = receive(&mut world, 1, &consult).unwrap();
    let pass = format!(r#"{{"case":"{case}","officer":"W01","consult":"{consult}"}}"#);
    let done = |world: &mut World, name: &str, args: &str| {
        let args = format!(r#"{{"case":"{case}","officer":"W01",{args}}}"#);
        world.act(0, name, &args).unwrap();
    };
    done(&mut world, "case.id-check", r#""passed":true"#);
    done(&mut world, "case.original-check", r#""seen":["M1","M3"]"#);
    assert_eq!(
        refused(world.act(0, "case.formal-pass", &pass)),
        Code::Consult,
        "no video"
    );
    let video = format!(
        r#"{{"consult":"{consult}","started":"2026-09-07T09:10","ended":"2026-09-07T09:30","ours":["L01"],
            "theirs":["W01"],"complete":true,"points":["M1","M2","M3"],"recording_ref":"柜3","officer":"L01"}}"#
    );
    world.act(1, "consult.video", &video).unwrap();
    world.run();
    assert_eq!(
        refused(world.act(0, "case.formal-pass", &pass)),
        Code::Consult,
        "one signature"
    );
    let sign = format!(r#"{{"consult":"{consult}","officer":"W02"}}"#);
    assert_eq!(
        refused(world.act(1, "consult.sign-video", &sign)),
        Code::NotFound
    );
    world.act(0, "consult.sign-video", &sign).unwrap();
    world.act(0, "case.formal-pass", &pass).unwrap();
    world.run();
    let shown = shown(&mut world, 0, &consult);
    assert!(shown.row.reviewed && shown.videos[0].signed);
    assert_eq!(shown.videos[0].recording_ref, "柜3");
    assert_eq!(shown.videos[0].askers, ["W01"]);
}
