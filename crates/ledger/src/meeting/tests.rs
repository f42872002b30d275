//! Tests of the meeting kind: who may sign what and when, and that the order of arrival does not matter.

use tongban_identity::{CityId, Hash32, decode_canonical, encode_canonical};

use super::*;
use crate::agreement::Body;
use crate::calendar::WallTime;
use crate::case::Officer;
use crate::kind::Placed;
use crate::parcel::fixture::{Fixture, HS, NP, OUTSIDE, QZ, SR, author, day, entry};

fn who(number: &str) -> Officer {
    Officer(number.into())
}

fn by(city: CityId, time: &str) -> Author {
    Author {
        time: time.parse::<WallTime>().unwrap().unix(),
        ..author(city)
    }
}

fn convene() -> Convene {
    Convene {
        number: "JM-2026-2".into(),
        on: day("2026-10-19"),
        host: SR,
        body: Body::Leading,
        officer: who("QZ-0101"),
    }
}

const BEFORE: &str = "2026-10-12T09:00";
const THEN: &str = "2026-10-19T10:00";

fn opened(view: &View<'_>) -> State {
    let act = Act::Convene(convene());
    JointMeeting::open(entry(0), &by(QZ, BEFORE), view, &act).expect("allowed")
}

fn judged(state: &State, view: &View<'_>, city: CityId, time: &str, act: &Act) -> Result<(), Code> {
    JointMeeting::authorize(state, &by(city, time), view, act)
}

fn does(state: &mut State, id: u32, view: &View<'_>, city: CityId, act: &Act) {
    assert_eq!(judged(state, view, city, THEN, act), Ok(()), "{act:?}");
    adds(state, id, city, act);
}

fn adds(state: &mut State, id: u32, city: CityId, act: &Act) {
    let placed = Placed {
        id: entry(id),
        author: by(city, THEN),
        act,
    };
    JointMeeting::apply(state, &placed, false);
}

fn attend(people: &[&str]) -> Act {
    Act::Attend(Attend {
        people: people.iter().map(|one| who(one)).collect(),
    })
}

fn minutes() -> Act {
    Act::Edit(Part::Minutes)
}

fn sign(state: &State, text: &str) -> Act {
    Act::Sign(Sign {
        text: text_hash(text),
        edits: state.draft(),
        officer: who("X-1"),
    })
}

/// a member convenes a meeting that a member hosts; every member reads it.
#[test]
fn a_member_convenes_a_meeting_for_all() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let check = |city: CityId, change: &dyn Fn(&mut Convene), expect: Result<(), Code>| {
        let mut convene = convene();
        change(&mut convene);
        let act = Act::Convene(convene);
        let got = JointMeeting::open(entry(0), &by(city, BEFORE), &view, &act);
        assert_eq!(got.map(drop), expect);
    };
    check(QZ, &|_| {}, Ok(()));
    check(OUTSIDE, &|_| {}, Err(Code::NotMember));
    check(QZ, &|one| one.host = OUTSIDE, Err(Code::NotMember));
    check(QZ, &|one| one.number = " ".into(), Err(Code::Argument));
    let long = "x".repeat(NUMBER_BYTES_MAX + 1);
    check(QZ, &|one| one.number = long.clone(), Err(Code::TooLarge));
    check(QZ, &|one| one.officer = who(""), Err(Code::Argument));
    let mut audience = Audience::default();
    let act = Act::Convene(convene());
    let placed = Placed {
        id: entry(0),
        author: by(QZ, BEFORE),
        act: &act,
    };
    JointMeeting::observe(&mut audience, &placed);
    assert!(audience.everyone && audience.named().is_empty());
}

/// the minutes are adopted once every city that came signed one text; who did not come does not sign.
#[test]
fn minutes_are_adopted_by_every_city_that_came() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&view);
    let early = attend(&["QZ-1"]);
    assert_eq!(
        judged(&state, &view, QZ, BEFORE, &early),
        Err(Code::NotDue),
        "nobody came before the day"
    );
    does(&mut state, 1, &view, QZ, &attend(&["QZ-1", "QZ-2"]));
    does(&mut state, 2, &view, NP, &attend(&["NP-1"]));
    assert_eq!(
        judged(&state, &view, QZ, THEN, &sign(&state, "")),
        Err(Code::State)
    );
    does(&mut state, 3, &view, SR, &minutes());
    assert_eq!(
        judged(&state, &view, SR, THEN, &sign(&state, "一")),
        Err(Code::NoPower)
    );
    let signed = sign(&state, "一");
    does(&mut state, 4, &view, QZ, &signed);
    assert_eq!(judged(&state, &view, QZ, THEN, &signed), Err(Code::Already));
    assert_eq!(state.adoption(), Adoption::Open);
    assert_eq!(state.unsigned().into_iter().collect::<Vec<_>>(), [NP]);
    // A city that left the agreement does not keep the minutes open.
    let remaining = std::collections::BTreeSet::from([QZ]);
    assert_eq!(state.adoption_by(&remaining), Adoption::Adopted);
    does(&mut state, 5, &view, NP, &signed);
    assert_eq!(state.adoption(), Adoption::Adopted);
    assert_eq!(state.adopted_text(), Some(text_hash("一")));
    for act in [minutes(), Act::Edit(Part::Agenda), attend(&["HS-1"])] {
        assert_eq!(judged(&state, &view, HS, THEN, &act), Err(Code::Already));
    }
    let bytes = encode_canonical(&state);
    assert_eq!(decode_canonical::<State>(&bytes).unwrap(), state);
}

/// a text that changes after a signature has to be signed again, whichever of the two is heard first.
#[test]
fn a_changed_text_is_signed_again() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut base = opened(&view);
    does(&mut base, 1, &view, QZ, &attend(&["QZ-1"]));
    does(&mut base, 2, &view, NP, &attend(&["NP-1"]));
    does(&mut base, 3, &view, QZ, &minutes());
    let first = sign(&base, "一");
    let acts: [(u32, CityId, Act); 3] =
        [(4, QZ, first.clone()), (5, NP, first), (6, HS, minutes())];
    let mut states = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let mut state = base.clone();
        for at in order {
            let (id, city, act) = &acts[at];
            adds(&mut state, *id, *city, act);
        }
        assert_eq!(state.adoption(), Adoption::Changed);
        assert_eq!(state.adopted_text(), None);
        assert_eq!(state.unsigned().into_iter().collect::<Vec<_>>(), [QZ, NP]);
        states.push(state);
    }
    assert!(states.iter().all(|state| *state == states[0]));
    let mut state = states.remove(0);
    let stale = Act::Sign(Sign {
        text: text_hash("一"),
        edits: base.draft(),
        officer: who("X-1"),
    });
    assert_eq!(
        judged(&state, &view, QZ, THEN, &stale),
        Err(Code::TextChanged)
    );
    let again = sign(&state, "一二");
    does(&mut state, 7, &view, QZ, &again);
    does(&mut state, 8, &view, NP, &again);
    assert_eq!(state.adopted_text(), Some(text_hash("一二")));
}

/// a city that comes to be among those who came has to sign too; two texts for the same edits are no adoption.
#[test]
fn all_who_came_sign_one_text() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&view);
    does(&mut state, 1, &view, QZ, &attend(&["QZ-1"]));
    does(&mut state, 2, &view, QZ, &minutes());
    let signed = sign(&state, "一");
    adds(&mut state, 3, HS, &attend(&["HS-1"]));
    adds(&mut state, 4, QZ, &signed);
    assert_eq!(state.adoption(), Adoption::Open);
    let mut other = state.clone();
    adds(&mut state, 5, HS, &signed);
    assert_eq!(state.adoption(), Adoption::Adopted);
    let apart = sign(&other, "二");
    adds(&mut other, 5, HS, &apart);
    assert_eq!(other.adoption(), Adoption::Apart);
    assert_eq!(other.adopted_text(), None);
}

/// a text that a city signed that left since is not set against what the others adopt.
#[test]
fn who_left_keeps_no_minutes_apart() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&view);
    for (id, city) in [(1, QZ), (2, NP), (3, HS)] {
        does(&mut state, id, &view, city, &attend(&["A-1"]));
    }
    does(&mut state, 4, &view, QZ, &minutes());
    let (other, one) = (sign(&state, "二"), sign(&state, "一"));
    for (id, city, act) in [(5, HS, other), (6, QZ, one.clone()), (7, NP, one)] {
        adds(&mut state, id, city, &act);
    }
    assert_eq!(state.adoption(), Adoption::Apart);
    let remaining = std::collections::BTreeSet::from([QZ, NP]);
    assert_eq!(state.adoption_by(&remaining), Adoption::Adopted);
    assert_eq!(state.signed_text(&remaining), Some(text_hash("一")));
}

/// an action item has an owner and a day; only the owner says that it is done, once.
#[test]
fn an_action_item_runs_until_its_owner_says_that_it_is_done() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&view);
    let action = |owner, due: &str| {
        Act::Action(Action {
            owner,
            due: day(due),
            officer: who("SR-1"),
        })
    };
    let check = |state: &State, city, act: &Act, expect| {
        assert_eq!(judged(state, &view, city, THEN, act), expect, "{act:?}");
    };
    check(
        &state,
        SR,
        &action(OUTSIDE, "2026-10-30"),
        Err(Code::NotMember),
    );
    check(&state, SR, &action(HS, "2026-10-18"), Err(Code::Date));
    does(&mut state, 1, &view, SR, &action(HS, "2026-10-30"));
    let done = |of| {
        Act::ActionDone(OnEntry {
            entry: entry(of),
            officer: who("HS-1"),
        })
    };
    check(&state, SR, &done(1), Err(Code::NoPower));
    check(&state, HS, &done(9), Err(Code::NotFound));
    assert!(!state.is_overdue(&entry(1), day("2026-10-30")));
    assert!(state.is_overdue(&entry(1), day("2026-10-31")));
    assert_eq!(state.open_actions().count(), 1);
    does(&mut state, 2, &view, HS, &done(1));
    check(&state, HS, &done(1), Err(Code::Already));
    assert!(!state.is_overdue(&entry(1), day("2026-10-31")));
    assert_eq!(state.open_actions().count(), 0);
    assert_eq!(JointMeeting::names(&done(1)), vec![entry(1)]);
}

/// an issue stays open until the city that raised it, or the host, says that it is resolved.
#[test]
fn an_issue_stays_open_until_it_is_resolved() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&view);
    let mark = |nth| CaseMark::of(&entry(nth).into());
    let issue = |cases: Vec<CaseMark>| {
        Act::Issue(Issue {
            category: Category::Standard,
            cases,
            officer: who("NP-1"),
        })
    };
    let mut marks = vec![mark(1), mark(2)];
    marks.sort();
    let check = |state: &State, city, act: &Act, expect| {
        assert_eq!(judged(state, &view, city, THEN, act), expect, "{act:?}");
    };
    check(
        &state,
        NP,
        &issue(vec![marks[1], marks[0]]),
        Err(Code::Argument),
    );
    check(&state, OUTSIDE, &issue(Vec::new()), Err(Code::NotMember));
    let mut crowd: Vec<CaseMark> = (0..17).map(mark).collect();
    crowd.sort();
    check(&state, NP, &issue(crowd), Err(Code::TooLarge));
    does(&mut state, 1, &view, NP, &issue(marks));
    assert_ne!(mark(1).0, entry(1).0, "a mark is not the id");
    let resolved = Act::Resolved(OnEntry {
        entry: entry(1),
        officer: who("SR-1"),
    });
    check(&state, HS, &resolved, Err(Code::NoPower));
    assert_eq!(state.open_issues().count(), 1);
    // The host speaks for the meeting.
    does(&mut state, 2, &view, SR, &resolved);
    check(&state, NP, &resolved, Err(Code::Already));
    assert_eq!(state.open_issues().count(), 0);
}

/// nobody fills a meeting for the others.
#[test]
fn a_city_enters_so_much_of_each() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let base = opened(&view);
    let issue = Act::Issue(Issue {
        category: Category::Other,
        cases: Vec::new(),
        officer: who("X-1"),
    });
    let action = Act::Action(Action {
        owner: HS,
        due: day("2026-10-30"),
        officer: who("X-1"),
    });
    let rows = [
        (minutes(), EDITS_MAX),
        (attend(&["QZ-1"]), ATTENDANCE_MAX),
        (action, ACTIONS_MAX),
        (issue, ISSUES_MAX),
    ];
    for (act, max) in rows {
        let mut state = base.clone();
        for id in 1..=u32::try_from(max).unwrap() {
            adds(&mut state, id, QZ, &act);
        }
        let more = judged(&state, &view, QZ, THEN, &act);
        assert_eq!(more, Err(Code::TooLarge), "{act:?}");
        assert_eq!(judged(&state, &view, NP, THEN, &act), Ok(()));
    }
    let crowd: Vec<String> = (0..=PEOPLE_MAX).map(|nth| format!("{nth:03}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    let check = |people: &[&str], expect| {
        assert_eq!(judged(&base, &view, QZ, THEN, &attend(people)), expect);
    };
    check(&crowd, Err(Code::TooLarge));
    check(&[], Err(Code::Argument));
    check(&["B", "A"], Err(Code::Argument));
    let unknown = Act::Sign(Sign {
        text: Hash32([0; 32]),
        edits: base.draft(),
        officer: who(""),
    });
    assert_eq!(
        judged(&base, &view, QZ, THEN, &unknown),
        Err(Code::Argument)
    );
}
