//! How far a case is, for an applicant with number and query code (R-107).

use tongban_ledger::answer::Done;
use tongban_ledger::code::Code;
use tongban_sync::CommandError;

use crate::world::{World, check, receive};

fn ask(world: &mut World, at: usize, case: &str, code: &str) -> Result<Done, Code> {
    let args = format!(r#"{{"case":"{case}","code":"{code}"}}"#);
    match world.act(at, "case.progress", &args) {
        Ok(done) => Ok(done),
        Err(CommandError::Refused(refusal)) => Err(refusal.code),
        Err(CommandError::Read(error)) => panic!("{error}"),
    }
}

/// A case with the code that stood on its slip.
fn received(world: &mut World) -> (String, String) {
    let args = format!(
        r#"{{"item":"I-02","owner":"{}","officer":"W01","materials":[{{"requirement":"M1"}}],
            "applicant":{{"name":"程立秋","id_number":"350799199306220024","phone":"13000000000","address":"某路 1 号"}}}}"#,
        world.nodes[1].division
    );
    let done = world.act(0, "case.receive", &args).unwrap();
    let slip = done.receipt.unwrap();
    // 80 bits in four groups: the other cities hold a hash of it.
    let groups: Vec<&str> = slip.query_code.split('-').collect();
    assert_eq!(groups.len(), 4, "{}", slip.query_code);
    assert!(groups.iter().all(|group| group.len() == 4));
    (done.number.unwrap(), slip.query_code)
}

/// R-107: three blocks without officers, telephone numbers and persons, at each city that has the case; a wrong code
/// says nothing, and after five of them not even the right one is answered that day.
#[test]
fn an_applicant_asks_with_the_code_of_the_slip() {
    let mut world = World::founded(2);
    let (case, code) = received(&mut world);
    let typed = code
        .to_lowercase()
        .replace('-', " ")
        .replace('0', "o")
        .replace('1', "l");
    ask(&mut world, 0, &case, &typed).unwrap();
    let done = ask(&mut world, 0, &case, &code).unwrap();
    assert!(done.entries.is_empty(), "nothing is signed");
    let answer = done.progress.unwrap();
    assert_eq!(answer.acceptance.accepted, None);
    assert_eq!(
        (answer.progress.stage.as_str(), answer.result.sent),
        ("S20", false)
    );
    let text = serde_json::to_string(&answer).unwrap();
    for private in ["程立秋", "13000000000", "350799199306220024", "某路", "W01"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    let other = receive(&mut world, 0, 1, "林知夏");
    check(&mut world, 0, &other);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{other}"}}"#))
        .unwrap();
    world.run();
    assert_eq!(ask(&mut world, 1, &other, &code), Err(Code::QueryCode));
    assert_eq!(
        ask(&mut world, 0, "TB-unknown", &code),
        Err(Code::QueryCode)
    );
    for _ in 0..5 {
        assert_eq!(ask(&mut world, 0, &case, "00000000"), Err(Code::QueryCode));
    }
    assert_eq!(ask(&mut world, 0, &case, &code), Err(Code::QueryLocked));
    world.commit(0);
    world.restart(0);
    let locked = ask(&mut world, 0, &case, &code);
    assert_eq!(locked, Err(Code::QueryLocked), "a restart unlocks nothing");
    assert_eq!(
        ask(&mut world, 0, &other, &code),
        Err(Code::QueryCode),
        "others are not locked"
    );
    world.unix += 24 * 3_600;
    assert!(ask(&mut world, 0, &case, &code).is_ok(), "the next day");
    world.commit(0);
    let kept = world.nodes[0].store.0.keys();
    let kept = kept.filter(|(_, key)| key.starts_with(b"tries/"));
    assert_eq!(kept.count(), 0, "counts of a day that is over are gone");
}

/// R-107: the city that holds the case answers too, from what is sealed beside the applicant's data.
#[test]
fn the_owner_answers_with_the_same_code() {
    let mut world = World::founded(2);
    let (case, code) = received(&mut world);
    for (name, args) in [
        (
            "case.submit-correction",
            r#","materials":[{"requirement":"M2"},{"requirement":"M3"}]"#,
        ),
        ("case.id-check", r#","passed":true,"officer":"W01""#),
        (
            "case.original-check",
            r#","seen":["M1","M3"],"officer":"W01""#,
        ),
        ("case.formal-pass", r#","officer":"W01""#),
        ("case.push", ""),
    ] {
        let args = format!(r#"{{"case":"{case}"{args}}}"#);
        world.act(0, name, &args).unwrap();
    }
    world.run();
    let answer = ask(&mut world, 1, &case, &code).unwrap().progress.unwrap();
    assert_eq!(answer.progress.stage, "S42");
    let holder = answer.progress.holder;
    assert_eq!(holder, "南平市");
}
