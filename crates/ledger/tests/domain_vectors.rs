//! Checks calendar and numbers against the vectors of `tests/data/domain_vectors.json`.
//!
//! The settlement and netting vectors belong to the tests of bills and rounds and are not read here.

use serde_json::Value;
use tongban_ledger::calendar::{Calendar, Day, Month, Pause};
use tongban_ledger::money::Fen;
use tongban_ledger::number::{
    CaseNo, CitizenId, TrackingKind, TrackingNo, Uscc, UsccCheck, check_s10,
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/domain_vectors.json")).expect("the vectors are JSON")
}

/// Returns a non-empty list, so that a renamed key cannot make a test pass idly.
fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    let list = of[key].as_array().expect("a list of vectors");
    assert!(!list.is_empty(), "{key} is empty");
    list
}

fn texts<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    list(of, key).iter().map(text)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn day(value: &Value) -> Day {
    text(value).parse().expect("a date")
}

fn count(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a count")).expect("a small count")
}

/// A day after every birth date in the vectors.
fn today() -> Day {
    "2026-09-07".parse().expect("a date")
}

#[test]
fn calendar() {
    let vectors = vectors();
    let calendar = Calendar::official();
    let years = vectors["calendar"].as_object().expect("years");
    assert_eq!(years.len(), 2);
    for (number, year) in years {
        let number: i16 = number.parse().expect("a year");
        let held = calendar.year(number).expect("loaded");
        let off: Vec<Day> = list(year, "off").iter().map(day).collect();
        let work: Vec<Day> = list(year, "work").iter().map(day).collect();
        assert_eq!(held.off().collect::<Vec<_>>(), off);
        assert_eq!(held.work().collect::<Vec<_>>(), work);
        for &day in &off {
            assert_eq!(calendar.is_working_day(day), Ok(false), "{day}");
        }
        for &day in &work {
            assert_eq!(calendar.is_working_day(day), Ok(true), "{day}");
        }
        let mut next = Day::new(number, 1, 1).ok();
        let mut working = 0;
        while let Some(day) = next.filter(|day| day.year() == number) {
            working += u32::from(calendar.is_working_day(day).expect("loaded"));
            next = day.tomorrow();
        }
        assert_eq!(working, count(&year["working_days"]), "{number}");
    }
}

#[test]
fn due() {
    let calendar = Calendar::official();
    for vector in list(&vectors(), "due") {
        let (start, n) = (day(&vector["start"]), count(&vector["n"]));
        assert_eq!(calendar.due(start, n), Ok(day(&vector["due"])), "{vector}");
    }
}

#[test]
fn due_missing_calendar() {
    let vector = &vectors()["due_missing_calendar"];
    let (start, n) = (day(&vector["start"]), count(&vector["n"]));
    let error = Calendar::official()
        .due(start, n)
        .expect_err("the next year is not loaded");
    assert_eq!(error.code().as_str(), text(&vector["error"]));
}

/// The vector gives the due day of 20 working days without its pause; with it, seven days more are needed.
#[test]
fn due_paused() {
    let vector = &vectors()["due_paused"];
    let calendar = Calendar::official();
    let start = day(&vector["start"]);
    let pause: Pause = (day(&vector["pause"][0]), Some(day(&vector["pause"][1])));
    let unpaused = day(&vector["unpaused"]);
    assert_eq!(calendar.due_with_pauses(start, 20, &[]), Ok(Some(unpaused)));
    let paused: Day = "2026-10-21".parse().expect("a date");
    assert_eq!(
        calendar.due_with_pauses(start, 20, &[pause]),
        Ok(Some(paused))
    );
    let counted = |pauses: &[Pause]| calendar.working_days_between(start, unpaused, pauses);
    assert_eq!((counted(&[]), counted(&[pause])), (Ok(20), Ok(13)));
}

#[test]
fn last_working_day() {
    let vectors = vectors();
    let days = list(&vectors, "last_working_day_2026");
    assert_eq!(days.len(), 12);
    for (number, expect) in (1..=12).zip(days) {
        let month = Month::new(2026, number).expect("a month");
        let got = Calendar::official().last_working_day(month);
        assert_eq!(got, Ok(day(expect)), "{month}");
    }
}

#[test]
fn citizen_id() {
    let vectors = vectors();
    for text in texts(&vectors, "citizen_id_valid") {
        let id = CitizenId::parse(text, today()).expect(text);
        assert_eq!(id.reveal(), text);
    }
    for text in texts(&vectors, "citizen_id_invalid") {
        let error = CitizenId::parse(text, today()).expect_err(text);
        assert_eq!(error.code().as_str(), "E_ID_NUMBER");
        assert!(!format!("{error} {error:?}").contains(text));
    }
}

#[test]
fn uscc() {
    let vectors = vectors();
    for text in texts(&vectors, "uscc_valid") {
        let code: Uscc = text.parse().expect(text);
        assert_eq!(code.check(), UsccCheck::Fits, "{text}");
    }
    for text in texts(&vectors, "uscc_check_fails_but_real") {
        let code: Uscc = text.parse().expect(text);
        assert!(matches!(code.check(), UsccCheck::Differs { .. }), "{text}");
        assert_eq!(code.as_str(), text);
    }
}

#[test]
fn s10() {
    let vectors = vectors();
    for text in texts(&vectors, "s10_valid") {
        assert_eq!(check_s10(text), Ok(()), "{text}");
        let number: TrackingNo = text.parse().expect(text);
        assert_eq!(number.kind(), TrackingKind::S10);
    }
    for text in texts(&vectors, "s10_invalid") {
        assert!(check_s10(text).is_err(), "{text}");
        assert!(text.parse::<TrackingNo>().is_err(), "{text}");
    }
}

#[test]
fn case_no() {
    for text in texts(&vectors(), "case_no") {
        let number: CaseNo = text.parse().expect(text);
        assert_eq!(number.to_string(), text);
        let made = CaseNo::make(&number.division(), number.day(), number.serial());
        assert_eq!(made, Ok(number));
    }
}

/// The nets of the settlement vectors add up to zero, and each is written and read as yuan.
#[test]
fn money() {
    let vectors = vectors();
    let nets: Vec<Fen> = vectors["settlement_2026_09"]["net"]
        .as_object()
        .expect("nets by city")
        .values()
        .map(|fen| Fen::new(fen.as_i64().expect("an integer")))
        .collect();
    assert_eq!(nets.len(), 4);
    assert_eq!(Fen::checked_sum(nets.iter().copied()), Ok(Fen::ZERO));
    for fen in nets {
        assert_eq!(fen.yuan().parse(), Ok(fen));
    }
}
