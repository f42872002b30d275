//! Vectors and edges of days, months and working days.

use super::*;

fn day(text: &str) -> Day {
    text.parse().expect("a date of the test")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month of the test")
}

#[test]
fn days_have_one_written_form() {
    let check = |text: &str, real: bool| {
        let got = text.parse::<Day>();
        assert_eq!(got.is_ok(), real, "{text}");
        if let Ok(day) = got {
            assert_eq!(day.to_string(), text);
            assert_eq!(Day::from_epoch_days(day.epoch_days()), Ok(day));
        }
    };
    for text in ["2026-09-07", "2024-02-29", "0001-01-01", "9999-12-31"] {
        check(text, true);
    }
    for text in [
        "",
        "2026-9-7",
        "2026-02-29",
        "2026-13-01",
        "0000-12-31",
        "10000-01-01",
        "-001-01-01",
        "2026-09-07 ",
        "2026-09-+7",
        "20260907",
        "2026-09-07-1",
        "２０２６-09-07",
    ] {
        check(text, false);
    }
}

#[test]
fn days_follow_the_beijing_clock() {
    let check = |seconds: i64, expect: &str| {
        assert_eq!(
            Day::from_unix_beijing(seconds),
            day(expect),
            "{seconds} seconds"
        );
    };
    check(0, "1970-01-01");
    check(57_599, "1970-01-01");
    check(57_600, "1970-01-02");
    check(-28_800, "1970-01-01");
    check(-28_801, "1969-12-31");
    check(1_788_710_400, "2026-09-07");
    check(1_788_710_399, "2026-09-06");
    check(i64::MAX, "9999-12-31");
    check(i64::MIN, "0001-01-01");
    check(253_402_300_800, "9999-12-31");
    check(-62_135_625_600, "0001-01-01");
}

#[test]
fn day_arithmetic_stays_in_range() {
    assert_eq!(Day::MAX.tomorrow(), None);
    assert_eq!(Day::MIN.plus_days(-1), None);
    assert_eq!(Day::MAX.plus_days(i32::MAX), None);
    assert_eq!(day("2026-02-28").plus_days(10), Some(day("2026-03-10")));
    assert_eq!(day("2026-09-07").days_until(day("2026-08-31")), -7);
    assert_eq!(Day::MIN.days_until(Day::MAX), 3_652_058);
}

#[test]
fn days_and_months_survive_their_codecs() {
    let some = day("2026-09-07");
    let bytes = minicbor::to_vec(some).expect("memory write");
    assert_eq!(minicbor::decode::<i32>(&bytes).expect("an integer"), 20_703);
    assert_eq!(minicbor::decode::<Day>(&bytes).expect("own bytes"), some);
    assert_eq!(
        serde_json::to_string(&some).expect("string"),
        "\"2026-09-07\""
    );
    assert!(serde_json::from_str::<Day>("\"2026-09-31\"").is_err());
    for number in [i32::MIN, -719_163, 2_932_897, i32::MAX] {
        let bytes = minicbor::to_vec(number).expect("memory write");
        assert!(minicbor::decode::<Day>(&bytes).is_err(), "{number}");
    }
    let september = month("2026-09");
    let bytes = minicbor::to_vec(september).expect("memory write");
    assert_eq!(
        minicbor::decode::<u32>(&bytes).expect("an integer"),
        202_609
    );
    assert_eq!(
        minicbor::decode::<Month>(&bytes).expect("own bytes"),
        september
    );
    for number in [0, 202_600, 202_613, 1_000_001, u32::MAX] {
        let bytes = minicbor::to_vec(number).expect("memory write");
        assert!(minicbor::decode::<Month>(&bytes).is_err(), "{number}");
    }
}

#[test]
fn months_know_their_days() {
    let february = month("2024-02");
    assert_eq!(february.last_day(), day("2024-02-29"));
    assert!(february.contains(day("2024-02-01")));
    assert!(!february.contains(day("2025-02-01")));
    assert_eq!(Month::of(day("2026-12-31")).next(), Some(month("2027-01")));
    assert_eq!(month("2026-01").previous(), Some(month("2025-12")));
    assert_eq!(month("9999-12").next(), None);
    assert_eq!(month("0001-01").previous(), None);
    assert_eq!(february.to_string(), "2024-02");
    for text in ["2026-9", "2026-13", "2026-00", "202609", "2026-09-01"] {
        assert_eq!(text.parse::<Month>(), Err(DateError), "{text}");
    }
}

/// The table of the working-day rules, with the swapped days that make each row interesting.
#[test]
fn due_days() {
    let calendar = Calendar::official();
    let check = |start: &str, n: u32, expect: &str| {
        assert_eq!(calendar.due(day(start), n), Ok(day(expect)), "{start} {n}");
        assert_eq!(
            calendar.due_with_pauses(day(start), n, &[]),
            Ok(Some(day(expect)))
        );
        let counted = calendar.working_days_between(day(start), day(expect), &[]);
        assert_eq!(counted, Ok(n));
    };
    check("2026-02-12", 5, "2026-02-26");
    check("2026-02-14", 1, "2026-02-24");
    check("2026-09-18", 5, "2026-09-24");
    check("2026-09-24", 10, "2026-10-15");
    check("2026-09-30", 1, "2026-10-08");
    check("2026-10-09", 1, "2026-10-10");
    check("2026-01-03", 1, "2026-01-04");
    check("2026-09-07", 20, "2026-10-10");
    check("2026-09-07", 45, "2026-11-13");
    check("2025-09-30", 5, "2025-10-14");
    check("2025-12-31", 1, "2026-01-04");
    check("2024-12-31", 1, "2025-01-02");
    check("2026-09-12", 0, "2026-09-12");
}

#[test]
fn an_unknown_year_is_an_error() {
    let calendar = Calendar::official();
    let missing = |year| CalendarMissing { year };
    assert_eq!(calendar.due(day("2026-12-30"), 3), Err(missing(2027)));
    assert_eq!(calendar.due(day("2026-12-30"), 1), Ok(day("2026-12-31")));
    assert_eq!(calendar.due(Day::MIN, u32::MAX), Err(missing(1)));
    assert_eq!(calendar.due(Day::MAX, 1), Err(missing(10_000)));
    assert_eq!(
        calendar.is_working_day(day("2024-12-31")),
        Err(missing(2024))
    );
    assert_eq!(
        calendar.last_working_day(month("2027-01")),
        Err(missing(2027))
    );
    let counted = calendar.working_days_between(day("2026-12-30"), day("2027-01-04"), &[]);
    assert_eq!(counted, Err(missing(2027)));
    assert_eq!(missing(2027).code().as_str(), "E_CALENDAR_MISSING");
}

#[test]
fn pauses_move_the_due_day() {
    let calendar = Calendar::official();
    let start = day("2026-09-08");
    let check = |pauses: &[(&str, &str)], expect: Option<&str>| {
        let pauses: Vec<Pause> = pauses
            .iter()
            .map(|&(from, until)| (day(from), (!until.is_empty()).then(|| day(until))))
            .collect();
        let due = calendar.due_with_pauses(start, 20, &pauses);
        assert_eq!(due, Ok(expect.map(day)));
        if let Some(expect) = expect {
            let counted = calendar.working_days_between(start, day(expect), &pauses);
            assert_eq!(counted, Ok(20));
        }
    };
    check(&[], Some("2026-10-12"));
    check(&[("2026-09-14", "2026-09-22")], Some("2026-10-21"));
    // Overlapping and nested pauses exclude a day once.
    check(
        &[
            ("2026-09-14", "2026-09-18"),
            ("2026-09-16", "2026-09-22"),
            ("2026-09-15", "2026-09-16"),
        ],
        Some("2026-10-21"),
    );
    // One of a single day excludes the day it ends, a Tuesday here.
    check(&[("2026-09-14", "2026-09-15")], Some("2026-10-13"));
    // A pause of no length, and one that ends before it begins, exclude nothing.
    check(
        &[("2026-09-14", "2026-09-14"), ("2026-09-22", "2026-09-14")],
        Some("2026-10-12"),
    );
    // The day a pause begins counts, so an open one on the due day itself comes too late.
    check(&[("2026-10-12", "")], Some("2026-10-12"));
    check(&[("2026-10-11", "")], None);
    check(&[("2026-09-14", "2026-09-22"), ("2026-09-20", "")], None);
}

#[test]
fn paused_days_need_no_calendar() {
    let calendar = Calendar::official();
    let start = day("2026-12-28");
    let open = [(day("2026-12-31"), None)];
    let now = day("2030-01-01");
    assert_eq!(calendar.working_days_between(start, now, &open), Ok(3));
    let ended = [(day("2026-12-31"), Some(Day::MAX))];
    assert_eq!(calendar.working_days_between(start, now, &ended), Ok(3));
    assert_eq!(
        calendar.due_with_pauses(start, 4, &ended),
        Err(CalendarMissing { year: 10_000 })
    );
    assert_eq!(calendar.working_days_between(now, start, &[]), Ok(0));
}

#[test]
fn months_have_their_working_days() {
    let calendar = Calendar::official();
    let expect = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23];
    for (number, expect) in (1..=12).zip(expect) {
        let month = Month::new(2026, number).expect("a month");
        let before = month.first_day().plus_days(-1).expect("in range");
        let counted = calendar.working_days_between(before, month.last_day(), &[]);
        assert_eq!(counted, Ok(expect), "{month}");
    }
    let last = calendar.last_working_day(month("2026-02"));
    assert_eq!(last, Ok(day("2026-02-28")));
}

#[test]
fn a_year_is_checked() {
    let check = |off: &[&str], work: &[&str], expect: Option<CalendarYearError>| {
        let days = |list: &[&str]| list.iter().map(|text| day(text)).collect::<Vec<_>>();
        let got = CalendarYear::new(2027, days(off), days(work));
        assert_eq!(got.err(), expect);
    };
    check(&["2027-01-01"], &["2027-01-02"], None);
    let other = day("2026-12-31");
    check(
        &["2026-12-31"],
        &[],
        Some(CalendarYearError::OtherYear(other)),
    );
    let both = day("2027-01-01");
    check(
        &["2027-01-01"],
        &["2027-01-01"],
        Some(CalendarYearError::Both(both)),
    );
    let february: Vec<Day> = (1..=28)
        .map(|d| Day::new(2027, 2, d).expect("in February"))
        .collect();
    assert_eq!(
        CalendarYear::new(2027, february, []),
        Err(CalendarYearError::EmptyMonth(month("2027-02")))
    );
    assert_eq!(CalendarYear::new(0, [], []), Err(CalendarYearError::Year));
}

#[test]
fn a_loaded_year_counts() {
    let mut calendar = Calendar::official();
    let year = CalendarYear::new(2027, [day("2027-01-01")], []).expect("consistent");
    let bytes = minicbor::to_vec(&year).expect("memory write");
    let read: CalendarYear = minicbor::decode(&bytes).expect("own bytes");
    assert_eq!(read, year);
    calendar.insert(read);
    assert_eq!(calendar.due(day("2026-12-30"), 3), Ok(day("2027-01-05")));
}

#[test]
fn a_year_has_one_encoding() {
    let check = |off: &[i32], fits: bool| {
        let bytes = minicbor::to_vec((2026, off, [0_i32; 0])).expect("memory write");
        let read = minicbor::decode::<CalendarYear>(&bytes);
        assert_eq!(read.is_ok(), fits, "{off:?}");
    };
    let first = day("2026-01-01").epoch_days();
    check(&[first, first + 1], true);
    check(&[first + 1, first], false);
    check(&[first, first], false);
    check(&[first - 1], false);
    // An empty year: with lists of length zero, of no stated length, and of a length that never comes.
    let raw = |tail: &[u8]| {
        let bytes = [&[0x83, 0x19, 0x07, 0xea], tail].concat();
        minicbor::decode::<CalendarYear>(&bytes).is_ok()
    };
    assert!(raw(&[0x80, 0x80]));
    assert!(!raw(&[0x9f, 0xff, 0x80]));
    assert!(!raw(&[
        0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    ]));
    check(&(first..first + 365).collect::<Vec<_>>(), false);
}
