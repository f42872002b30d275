//! Applications that go on in another system.

use super::fixture::{Fixture, Play, receive, who};
use super::*;

fn online(fixture: &Fixture) -> Play<'_> {
    let mut papers = receive("350700", NP, "2026-09-07", &["M1", "M2"]);
    papers.mode = Mode::A;
    Play::open(fixture, NP, "2026-09-07", papers)
}

fn jump(checked: &str) -> Act {
    Act::JumpOut(JumpOut {
        system: "PROV-1".into(),
        sso: true,
        checked: day(checked),
        officer: who("B01"),
    })
}

fn back(jump: EntryId, on: &str) -> Act {
    Act::BackFlow(BackFlow {
        jump,
        number: "2026-0042".into(),
        on: day(on),
        officer: who("B01"),
    })
}

fn with_online() -> Fixture {
    Fixture::with(|annex| annex.items[0].modes = vec![Mode::A, Mode::B])
}

/// a jump that has no back-flow within the promise raises an alarm, which the back-flow ends.
#[test]
fn a_jump_without_back_flow_within_the_promise_is_overdue() {
    let fixture = with_online();
    let mut play = online(&fixture);
    let jumped = play.does(NP, &jump("2026-09-01"));
    assert_eq!(play.due(ClockName::BackFlow), Some(day("2026-09-10")));
    assert!(!play.overdue("2026-09-10").contains(&ClockName::BackFlow));
    assert!(play.overdue("2026-09-11").contains(&ClockName::BackFlow));
    let early = back(jumped, "2026-09-06");
    assert_eq!(play.on("2026-09-09").refused(NP, &early), Code::Date);
    let tomorrow = back(jumped, "2026-09-10");
    assert_eq!(play.refused(NP, &tomorrow), Code::Date);
    let here = back(jumped, "2026-09-09");
    play.does(NP, &here);
    assert!(!play.overdue("2026-12-31").contains(&ClockName::BackFlow));
    assert_eq!(play.refused(NP, &here), Code::Already);
    let other = back(entry(99), "2026-09-09");
    assert_eq!(play.refused(NP, &other), Code::NotFound);
}

/// a link that nobody verified for thirty days is flagged, until the matter is back.
#[test]
fn a_link_that_was_not_verified_for_thirty_days_is_flagged() {
    let fixture = with_online();
    let mut play = online(&fixture);
    let jumped = play.does(NP, &jump("2026-09-01"));
    let stale = |play: &Play<'_>, today: &str| play.state.outside()[0].stale(day(today));
    assert!(!stale(&play, "2026-10-01"));
    assert!(stale(&play, "2026-10-02"));
    play.on("2026-09-20").does(NP, &back(jumped, "2026-09-20"));
    assert!(!stale(&play, "2026-10-02"), "nobody uses it any more");
    let ahead = jump("2026-09-21");
    assert_eq!(play.refused(NP, &ahead), Code::Date);
}

/// only an online application goes on elsewhere, and only its owner says so.
#[test]
fn only_the_owner_of_an_online_case_sends_it_on() {
    let fixture = with_online();
    let mut play = acked_case(&fixture);
    assert_eq!(play.refused(NP, &jump("2026-09-07")), Code::Mode);
    play = online(&fixture);
    assert_eq!(play.refused(QZ, &jump("2026-09-07")), Code::NotParty);
    let words = Act::JumpOut(JumpOut {
        system: "省 系统".into(),
        sso: false,
        checked: day("2026-09-07"),
        officer: who("B01"),
    });
    assert_eq!(play.refused(NP, &words), Code::Argument);
}

fn acked_case(fixture: &Fixture) -> Play<'_> {
    super::fixture::acked(fixture)
}
