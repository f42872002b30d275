//! Lists of cases: what they find, in which order, and that they follow every step and are mended when they are lost.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseOrder, CasePage, CaseQuery, CaseRow, ConsultQuery};
use tongban_ledger::code::Code;
use tongban_sync::storage::Family;
use tongban_sync::{CommandError, Input};

use crate::world::{World, check, receive};

/// The applicant of every case that [`receive`] opens.
const APPLICANT: &str = "350799199306220024";
/// Another person.
const ANOTHER: &str = "330899198803170010";

fn page(world: &mut World, at: usize, query: &CaseQuery) -> CasePage {
    world
        .ask(at, |engine, ctx| engine.case_page(ctx, query))
        .unwrap()
}

/// Every page of a question.
fn all(world: &mut World, at: usize, query: &CaseQuery) -> Vec<CaseRow> {
    let mut query = query.clone();
    let mut rows = Vec::new();
    loop {
        let page = page(world, at, &query);
        rows.extend(page.cases);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return rows,
        }
    }
}

fn count(world: &mut World, at: usize, query: &CaseQuery) -> usize {
    all(world, at, query).len()
}

fn stage(code: &str) -> CaseQuery {
    CaseQuery {
        stage: Some(code.to_owned()),
        ..CaseQuery::default()
    }
}

fn applicant(number: &str) -> CaseQuery {
    CaseQuery {
        applicant_id: Some(number.to_owned()),
        ..CaseQuery::default()
    }
}

fn assert_sound(world: &mut World) {
    for at in 0..world.nodes.len() {
        let wrong = world.ask(at, |engine, ctx| engine.check_lists(ctx).unwrap());
        assert_eq!(wrong, Vec::<String>::new(), "at {at}");
        let listing = world.ask(at, |engine, _| engine.is_listing());
        assert!(!listing, "at {at}");
    }
}

/// A case that needs no check, of an item that is a licence.
fn licence(world: &mut World, at: usize, owner: usize, number: &str) -> String {
    let owner = world.nodes[owner].division;
    let args = format!(
        r#"{{"item":"I-07","owner":"{owner}","officer":"W01","materials":[{{"requirement":"M1"}}],
            "applicant":{{"name":"程立秋","id_number":"{number}","phone":"13000000000","address":"某路 1 号"}}}}"#
    );
    let done = world.act(at, "case.receive", &args).unwrap();
    done.number.unwrap()
}

/// The keys of lists, with the records that they rest on.
fn listed(world: &World, at: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let records = world.nodes[at].store.0.iter();
    let records = records.filter(|((family, key), _)| {
        *family == Family::Indexes && b"sihoaumlwxyq".contains(&key[0])
            || *family == Family::Meta && (key == b"tally" || key == b"listed")
    });
    records
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect()
}

/// R-130: a case stands in the list of its stage, item, holder and openness after every step, at every party.
#[test]
fn lists_follow_every_step() {
    let mut world = World::founded(3);
    assert_sound(&mut world);
    let case = receive(&mut world, 0, 1, "程立秋");
    assert_eq!(count(&mut world, 0, &stage("S20")), 1);
    check(&mut world, 0, &case);
    assert_eq!(count(&mut world, 0, &stage("S20")), 0);
    assert_eq!(count(&mut world, 0, &stage("S21")), 1);
    let held = CaseQuery {
        holder: Some(world.nodes[0].division),
        open: Some(true),
        ..CaseQuery::default()
    };
    assert_eq!(count(&mut world, 0, &held), 1);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.run();
    assert_sound(&mut world);
    for at in 0..2 {
        assert_eq!(count(&mut world, at, &stage("S40")), 1, "at {at}");
        assert_eq!(count(&mut world, at, &held), 0, "at {at}");
        let item = |code: &str| CaseQuery {
            item: Some(code.to_owned()),
            ..CaseQuery::default()
        };
        assert_eq!(count(&mut world, at, &item("I-02")), 1);
        assert_eq!(count(&mut world, at, &item("I-07")), 0);
    }
    assert_eq!(count(&mut world, 2, &CaseQuery::default()), 0);
    let refused = world.act(1, "case.close", &format!(r#"{{"case":"{case}"}}"#));
    assert!(refused.is_err());
    assert_sound(&mut world);
    let nobody = CaseQuery {
        holder: Some(DivisionCode::new(110_000).unwrap()),
        ..CaseQuery::default()
    };
    assert_eq!(count(&mut world, 0, &nobody), 0);
}

/// Pages join without a gap or a repeat, in the order of numbers, whatever is asked and however long they are.
#[test]
fn pages_join() {
    let mut world = World::founded(2);
    let mut numbers = Vec::new();
    for nth in 0..11 {
        numbers.push(match nth % 3 {
            0 => licence(&mut world, 0, 1, ANOTHER),
            _ => receive(&mut world, 0, 1, "程立秋"),
        });
    }
    numbers.sort();
    let mut query = CaseQuery::default();
    for limit in [1, 2, 5, 11, 12, 200] {
        query.limit = Some(limit);
        let rows = all(&mut world, 0, &query);
        let found: Vec<String> = rows.into_iter().map(|row| row.number).collect();
        assert_eq!(found, numbers, "{limit}");
    }
    query.limit = Some(3);
    query.item = Some("I-07".to_owned());
    assert_eq!(count(&mut world, 0, &query), 4);
    query.stage = Some("S20".to_owned());
    assert_eq!(count(&mut world, 0, &query), 4);
    query.stage = Some("S21".to_owned());
    assert_eq!(count(&mut world, 0, &query), 0);
    let code = |world: &mut World, query: &CaseQuery| {
        let asked = world.ask(0, |engine, ctx| engine.case_page(ctx, query));
        match asked {
            Err(CommandError::Refused(refusal)) => refusal.code,
            other => panic!("a refusal, not {other:?}"),
        }
    };
    for (after, limit) in [
        ("zz", 1),
        ("a~b~0a", 1),
        ("a~0a0b0c0g", 1),
        ("", 0),
        ("", 201),
    ] {
        let query = CaseQuery {
            after: Some(after.to_owned()),
            limit: Some(limit),
            ..CaseQuery::default()
        };
        assert_eq!(code(&mut world, &query), Code::Argument, "{after} {limit}");
    }
}

/// R-201: the cases of a person are found by the identity number at every party, and the number stands in no key
/// and no record of the lists.
#[test]
fn an_applicant_is_found_and_the_number_is_kept_nowhere() {
    let mut world = World::founded(3);
    let case = receive(&mut world, 0, 1, "程立秋");
    licence(&mut world, 0, 1, ANOTHER);
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.run();
    for (at, expected) in [(0, 1), (1, 1), (2, 0)] {
        let rows = all(&mut world, at, &applicant(APPLICANT));
        assert_eq!(rows.len(), expected, "at {at}");
        assert!(rows.iter().all(|row| row.number == case));
        for (key, value) in listed(&world, at) {
            for bytes in [key, value] {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("350799"), "at {at}: {text}");
            }
        }
    }
    assert_eq!(count(&mut world, 0, &applicant(ANOTHER)), 1);
    assert_eq!(count(&mut world, 1, &applicant(ANOTHER)), 0);
    // The mark of a person differs from city to city, so that two stores tell nothing together.
    let marks = |at: usize| -> Vec<Vec<u8>> {
        let keys = listed(&world, at).into_iter().map(|(key, _)| key);
        keys.filter(|key| key[0] == b'a')
            .map(|key| key[1..17].to_vec())
            .collect()
    };
    assert!(marks(1).iter().all(|mark| !marks(0).contains(mark)));
    let wrong = world.ask(0, |engine, ctx| {
        engine.case_page(ctx, &applicant("350799199306220025"))
    });
    let Err(CommandError::Refused(refusal)) = wrong else {
        panic!("a number that no person has");
    };
    assert_eq!(refusal.code, Code::IdNumber);
    assert!(!format!("{refusal:?}").contains("350799"));
}

/// R-130: cases are listed by the day of the clock that is over first; a day chooses those that are due before it.
#[test]
fn the_most_urgent_come_first() {
    let mut world = World::founded(2);
    let first = receive(&mut world, 0, 1, "程立秋");
    world.unix += 3 * 86_400;
    let second = receive(&mut world, 0, 1, "程立秋");
    let by_due = CaseQuery {
        order: CaseOrder::Due,
        ..CaseQuery::default()
    };
    let rows = all(&mut world, 0, &by_due);
    let earliest = |row: &CaseRow| row.due.iter().filter_map(|clock| clock.due).min();
    let days: Vec<_> = rows.iter().map(|row| earliest(row).unwrap()).collect();
    assert_eq!(rows[0].number, first);
    assert_eq!(rows[1].number, second);
    assert!(days[0] < days[1], "{days:?}");
    let before = |day| CaseQuery {
        due_before: Some(day),
        ..CaseQuery::default()
    };
    assert_eq!(count(&mut world, 0, &before(days[0])), 0);
    assert_eq!(count(&mut world, 0, &before(days[1])), 1);
    assert_eq!(
        count(&mut world, 0, &before(days[1].tomorrow().unwrap())),
        2
    );
    let filtered = CaseQuery {
        due_before: days[1].tomorrow(),
        applicant_id: Some(ANOTHER.to_owned()),
        ..CaseQuery::default()
    };
    assert_eq!(count(&mut world, 0, &filtered), 0);
    let own = CaseQuery {
        order: CaseOrder::OwnDue,
        limit: Some(1),
        ..CaseQuery::default()
    };
    assert_eq!(count(&mut world, 0, &own), 2);
    assert_sound(&mut world);
}

/// A lost key, a key too many and a wrong count are named once, and mended.
#[test]
fn what_is_lost_of_the_lists_is_named_and_mended() {
    let mut world = World::founded(2);
    for _ in 0..3 {
        receive(&mut world, 0, 1, "程立秋");
    }
    let whole = listed(&world, 0);
    let key = |first: u8| {
        let mut keys = whole.iter().map(|(key, _)| key.clone());
        keys.find(|key| key[0] == first && key.len() > 6).unwrap()
    };
    let store = &mut world.nodes[0].store.0;
    store.remove(&(Family::Indexes, key(b's')));
    store.remove(&(Family::Indexes, key(b'x')));
    let mut stray = key(b'i');
    stray[2] ^= 1;
    store.insert((Family::Indexes, stray), Vec::new());
    store.remove(&(Family::Meta, b"tally".to_vec()));
    let verify = |world: &mut World| {
        let answer = world.ask(0, |engine, ctx| engine.verify(ctx)).unwrap();
        world.commit(0);
        answer.damaged
    };
    let damaged = verify(&mut world);
    assert!(damaged.len() >= 3, "{damaged:?}");
    assert_eq!(verify(&mut world), Vec::new());
    assert_eq!(listed(&world, 0), whole);
}

/// A store that was written before there were lists gets them once, and nothing differs from one that always had
/// them.
#[test]
fn an_older_store_gets_its_lists() {
    let mut world = World::founded(2);
    for nth in 0..5 {
        let case = receive(&mut world, 0, 1, "程立秋");
        if nth > 2 {
            check(&mut world, 0, &case);
            world
                .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
                .unwrap();
        }
    }
    world.run();
    for at in 0..2 {
        let whole = listed(&world, at);
        for (key, _) in &whole {
            let store = &mut world.nodes[at].store.0;
            store.remove(&(Family::Indexes, key.clone()));
            store.remove(&(Family::Meta, key.clone()));
        }
        world.restart(at);
        let mut steps = 0;
        while world
            .ask(at, |engine, ctx| engine.make_lists(ctx).unwrap())
            .is_some()
        {
            world.commit(at);
            steps += 1;
            assert!(steps < 100, "it comes to an end");
        }
        world.commit(at);
        assert_eq!(listed(&world, at), whole, "at {at}");
    }
    world.run();
    assert_sound(&mut world);
}

/// Another device key gives other marks, and the cases of a person are found by the new ones.
#[test]
fn another_device_marks_applicants_anew() {
    let mut world = World::founded(2);
    receive(&mut world, 0, 1, "程立秋");
    let before = listed(&world, 0);
    world.rotate(0, 1);
    world.run();
    assert_sound(&mut world);
    assert_eq!(count(&mut world, 0, &applicant(APPLICANT)), 1);
    let after = listed(&world, 0);
    let marks = |of: &[(Vec<u8>, Vec<u8>)]| -> Vec<Vec<u8>> {
        let keys = of.iter().map(|(key, _)| key.clone());
        keys.filter(|key| key[0] == b'a').collect()
    };
    assert_eq!(marks(&after).len(), 1);
    assert_ne!(marks(&before), marks(&after));
}

/// R-130 (E12): what lapses on a day is noted, however many cases that are, a bounded number at a step.
#[test]
fn every_lapse_of_a_day_is_noted() {
    let mut world = World::founded(2);
    let cases: Vec<String> = (0..300)
        .map(|_| licence(&mut world, 0, 1, ANOTHER))
        .collect();
    world.restart(0);
    world.unix += 20 * 86_400;
    world.run();
    for case in [&cases[0], &cases[255], &cases[256], &cases[299]] {
        let shown = world.ask(0, |engine, ctx| engine.case(ctx, case)).unwrap();
        assert!(shown.entries.iter().any(|row| row.act == "deem-due"));
    }
    assert_sound(&mut world);
}

/// What lapses on a day is noted on it, also where the medium fails when the day begins.
#[test]
fn a_lapse_is_noted_although_the_medium_failed_at_midnight() {
    let mut world = World::founded(2);
    let case = licence(&mut world, 0, 1, ANOTHER);
    world.run();
    // A case that waits for this node, which is looked at first.
    let place = [b"w".as_slice(), &[7; 32]].concat();
    let store = &mut world.nodes[0].store;
    store.0.insert((Family::Indexes, place), Vec::new());
    store.1 = Some((Family::Indexes, b"w"));
    world.unix += 20 * 86_400;
    world.round();
    world.nodes[0].store.1 = None;
    world.run();
    let shown = world.ask(0, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert!(shown.entries.iter().any(|row| row.act == "deem-due"));
}

/// Another guide lists the cases of its item anew and no other case: a listing that is lost elsewhere stays lost.
#[test]
fn a_guide_lists_the_cases_of_its_item_anew() {
    let mut world = World::founded(2);
    let other = receive(&mut world, 0, 1, "程立秋");
    let own = licence(&mut world, 0, 1, ANOTHER);
    world.run();
    let before = listed(&world, 0);
    let document = |world: &mut World, case: &str| {
        let answer = world.ask(0, |engine, ctx| engine.case(ctx, case)).unwrap();
        let id: tongban_identity::Hash32 = answer.row.document.parse().unwrap();
        [b"x".as_slice(), &id.0].concat()
    };
    let places = [&own, &other].map(|case| document(&mut world, case));
    for place in &places {
        let store = &mut world.nodes[0].store.0;
        assert!(store.remove(&(Family::Indexes, place.clone())).is_some());
    }
    let guide = r#"{"guide":{"item":"I-07","version":2,"effective":"2026-09-07",
        "requirements":[{"id":"M1","name":"申请书","must":true,"original":false}]}}"#;
    world.act(1, "agreement.publish-guide", guide).unwrap();
    world.run();
    let there = places.clone().map(|place| {
        let store = &world.nodes[0].store.0;
        store.contains_key(&(Family::Indexes, place))
    });
    assert_eq!(there, [true, false], "of the item, and of another one");
    // What is listed now is kept as such: a restart lists nothing again.
    world.restart(0);
    assert!(!world.ask(0, |engine, _| engine.is_listing()));
    world.run();
    let store = &world.nodes[0].store.0;
    assert!(!store.contains_key(&(Family::Indexes, places[1].clone())));
    let wrong = world.ask(0, |engine, ctx| engine.check_lists(ctx).unwrap());
    assert!(!wrong.is_empty());
    world.commit(0);
    assert_sound(&mut world);
    let without = |of: Vec<(Vec<u8>, Vec<u8>)>| -> Vec<Vec<u8>> {
        let keys = of.into_iter().map(|(key, _)| key);
        keys.filter(|key| key != b"listed").collect()
    };
    assert_eq!(without(listed(&world, 0)), without(before));
}

/// R-121: pages of consults join, the last question first; the open ones are a list of their own; what is lost of the
/// lists is mended.
#[test]
fn pages_of_consults_join() {
    let mut world = World::founded(2);
    let to = world.nodes[1].division;
    let ask = |world: &mut World| {
        let args = format!(
            r#"{{"to":"{to}","item":"I-02","officer":"W01","materials":[{{"requirement":"M1"}}]}}"#
        );
        world.act(0, "consult.ask", &args).unwrap().document
    };
    let mut asked = Vec::new();
    for nth in 0..7 {
        // Two in one second, too.
        world.unix += i64::from(nth % 3 != 0) * 60;
        asked.push(ask(&mut world));
    }
    world.run();
    for consult in &asked[..3] {
        let args = format!(r#"{{"consult":"{consult}","verdict":"ok","officer":"L01"}}"#);
        world.act(1, "consult.answer", &args).unwrap();
    }
    world.run();
    let pages = |world: &mut World, at: usize, open: Option<bool>, limit: u32| {
        let mut query = ConsultQuery {
            open,
            limit: Some(limit),
            after: None,
        };
        let mut rows = Vec::new();
        loop {
            let page = world
                .ask(at, |engine, ctx| engine.consult_page(ctx, &query))
                .unwrap();
            assert!(page.consults.len() <= limit as usize);
            rows.extend(page.consults);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return rows,
            }
        }
    };
    for at in [0, 1] {
        let whole = pages(&mut world, at, None, 200);
        let times: Vec<i64> = whole.iter().map(|row| row.time).collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
        assert_eq!(whole.len(), 7);
        for limit in [1, 2, 3, 7] {
            assert_eq!(pages(&mut world, at, None, limit), whole, "{limit}");
        }
        let open = pages(&mut world, at, Some(true), 2);
        let over = pages(&mut world, at, Some(false), 2);
        assert_eq!((open.len(), over.len()), (4, 3));
        assert!(over.iter().all(|row| row.waits_for.is_empty()));
        assert!(open.iter().all(|row| asked[3..].contains(&row.document)));
    }
    let bad = |world: &mut World, after: &str, limit: u32| {
        let query = ConsultQuery {
            after: Some(after.to_owned()),
            limit: Some(limit),
            open: None,
        };
        let answer = world.ask(0, |engine, ctx| engine.consult_page(ctx, &query));
        matches!(answer, Err(CommandError::Refused(refusal)) if refusal.code == Code::Argument)
    };
    for (after, limit) in [
        ("x", 1),
        ("7~0a", 1),
        ("7~0a0b0c0d", 0),
        ("7~0a0b0c0d", 201),
    ] {
        assert!(bad(&mut world, after, limit), "{after} {limit}");
    }
    assert_sound(&mut world);
    let lists = listed(&world, 0);
    let store = &mut world.nodes[0].store.0;
    let keys: Vec<_> = store
        .keys()
        .filter(|(_, key)| key[0] == b'q')
        .cloned()
        .collect();
    store.remove(&keys[0]);
    let mut stray = keys[1].clone();
    stray.1[5] ^= 1;
    store.insert(stray, Vec::new());
    let wrong = world.ask(0, |engine, ctx| engine.check_lists(ctx).unwrap());
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    world.commit(0);
    assert_eq!(listed(&world, 0), lists);
    assert_sound(&mut world);
}

/// A case that comes while the medium fails is listed once it works again, also after a restart; and meanwhile the
/// node does not spend all its time on trying.
#[test]
fn what_a_failing_medium_withheld_is_listed_later() {
    for restarts in [false, true] {
        let mut world = World::founded(2);
        world.nodes[1].store.1 = Some((Family::Meta, b"tally"));
        let case = receive(&mut world, 0, 1, "程立秋");
        check(&mut world, 0, &case);
        let push = format!(r#"{{"case":"{case}"}}"#);
        world.act(0, "case.push", &push).unwrap();
        world.run();
        let now = world.ask(1, |_, ctx| ctx.now.monotonic_ms);
        world.input(1, Input::Tick);
        let next = world.nodes[1].engine.poll_timeout();
        assert!(next.is_some_and(|next| next > now + 1_000), "{next:?}");
        let listings = listed(&world, 1)
            .into_iter()
            .filter(|(key, _)| key[0] == b'x');
        assert_eq!(listings.count(), 0, "it could not be listed");
        if restarts {
            world.restart(1);
        }
        world.nodes[1].store.1 = None;
        for _ in 0..3 {
            world.round();
        }
        assert_sound(&mut world);
        assert_eq!(count(&mut world, 1, &CaseQuery::default()), 1);
    }
}

/// A command that took effect is answered as such though the medium fails in what follows: a clerk who is told of an
/// error would open the case a second time. The rest is done later.
#[test]
fn a_command_is_answered_though_the_medium_fails_after_it() {
    let mut world = World::founded(2);
    world.nodes[0].store.1 = Some((Family::Meta, b"tally"));
    let case = receive(&mut world, 0, 1, "程立秋");
    let now = world.ask(0, |_, ctx| ctx.now.monotonic_ms);
    let next = world.nodes[0].engine.poll_timeout();
    assert!(next.is_some_and(|next| next > now + 1_000), "{next:?}");
    check(&mut world, 0, &case);
    world.nodes[0].store.1 = None;
    for _ in 0..3 {
        world.round();
    }
    assert_sound(&mut world);
    assert_eq!(count(&mut world, 0, &CaseQuery::default()), 1);
}
