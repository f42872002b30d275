//! Rules of custody and of case numbers on small states, act by act.

mod aside;
mod course;
mod external;
mod fixture;
mod guides;
mod handover;
mod idle;
mod joint;
mod modes;
mod returns;
mod taken_over;

use tongban_identity::CityId;

use super::*;
use crate::agreement::Mode;
use crate::calendar::Day;
use crate::number::CaseNo;
use crate::parcel::fixture::{HS, NP, QZ, author, day, entry};
use fixture::{Fixture, material};

fn officer() -> Officer {
    Officer("W01".into())
}

fn receive(division: &str, on: Day, numbered: Day) -> Act {
    Act::Receive(Receive {
        number: CaseNo::make(division, numbered, 1).unwrap(),
        item: "I-02".into(),
        owner: NP,
        guide: 1,
        received: on,
        materials: vec![material("M1")],
        officer: officer(),
        mode: Mode::B,
        assisted_by: None,
        partner: None,
        place: None,
        consult: None,
        text: None,
    })
}

fn monday() -> Day {
    day("2026-09-07")
}

fn opened(view: &View<'_>) -> State {
    Case::open(
        entry(1),
        &author(QZ),
        view,
        &receive("330800", monday(), monday()),
    )
    .unwrap()
}

/// Records an act that must be allowed.
fn record(state: &mut State, id: u32, city: CityId, view: &View<'_>, act: &Act) {
    assert_eq!(
        Case::authorize(state, &author(city), view, act),
        Ok(()),
        "{act:?}"
    );
    force(state, id, city, act);
}

/// Records an act as a fact, as one that was allowed where its author stood.
fn force(state: &mut State, id: u32, city: CityId, act: &Act) {
    let placed = Placed {
        id: entry(id),
        author: author(city),
        act,
    };
    Case::apply(state, &placed, false);
}

fn push(state: &State, to: CityId) -> Act {
    Act::Push(Push {
        to,
        baton: entry(1),
        manifest: state.manifest(),
        after: state.setbacks(&entry(1)),
    })
}

fn answer(push: u32) -> Answer {
    Answer {
        push: entry(push),
        baton: entry(1),
    }
}

/// A case that is checked and ready to be pushed.
fn ready(view: &View<'_>) -> State {
    let mut state = opened(view);
    let check = IdCheck {
        passed: true,
        officer: officer(),
        replaces: Vec::new(),
    };
    record(&mut state, 2, QZ, view, &Act::IdCheck(check));
    let correction = CorrectionSubmitted {
        notice: None,
        materials: vec![material("M2")],
        on: monday(),
    };
    record(
        &mut state,
        3,
        QZ,
        view,
        &Act::CorrectionSubmitted(correction),
    );
    let seen = OriginalCheck {
        seen: vec!["M1".into()],
        officer: officer(),
    };
    record(&mut state, 4, QZ, view, &Act::OriginalCheck(seen));
    let submission = state.submission();
    let pass = FormalPass {
        submission,
        officer: officer(),
        consult: None,
    };
    record(&mut state, 5, QZ, view, &Act::FormalPass(pass));
    state
}

#[test]
fn a_case_number_names_the_city_and_the_day_of_receipt() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let open = |city, act: &Act| Case::open(entry(1), &author(city), &view, act).map(|_| ());
    assert_eq!(open(QZ, &receive("330800", monday(), monday())), Ok(()));
    let foreign = receive("350700", monday(), monday());
    assert_eq!(open(QZ, &foreign), Err(Code::Argument));
    let other_day = receive("330800", monday(), day("2026-09-08"));
    assert_eq!(open(QZ, &other_day), Err(Code::Argument));
}

/// nothing passes the window before the checks that the guide asks for are on record.
#[test]
fn what_is_missing_is_named_until_nothing_is() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let guide = view.guide("I-02", &NP, 1).unwrap();
    assert_eq!(
        opened(&view).missing(guide),
        ["original:M1", "M2", "id-check"]
    );
    assert!(ready(&view).missing(guide).is_empty());
}

/// a case has one holder, also after two pushes that did not see each other.
#[test]
fn a_consumed_baton_is_not_taken_again() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = ready(&view);
    // Two pushes to two cities that did not see one another, and one of them acknowledged.
    let (to_np, to_hs) = (push(&state, NP), push(&state, HS));
    force(&mut state, 6, QZ, &to_np);
    force(&mut state, 7, QZ, &to_hs);
    assert_eq!(state.stage(), Stage::Pushed);
    record(&mut state, 8, NP, &view, &Act::Ack(answer(6)));
    // The other push waits for nobody any more: the case stands as if it had never been made.
    let mut alone = ready(&view);
    force(&mut alone, 6, QZ, &to_np);
    record(&mut alone, 8, NP, &view, &Act::Ack(answer(6)));
    assert_eq!(
        (state.stage(), state.waiting_pushes().count()),
        (alone.stage(), 0)
    );
    assert_ne!(state.stage(), Stage::Pushed);
    let late = Case::authorize(&state, &author(HS), &view, &Act::Ack(answer(7)));
    assert_eq!(late, Err(Code::State));
}

#[test]
fn a_countersigned_handoff_and_a_closed_case_are_not_taken_back() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = ready(&view);
    let offered = push(&state, NP);
    let placed = Placed {
        id: entry(6),
        author: author(QZ),
        act: &offered,
    };
    Case::apply(&mut state, &placed, true);
    let retract = Act::Retract(entry(6));
    assert_eq!(
        Case::authorize(&state, &author(QZ), &view, &retract),
        Ok(())
    );
    let mut taken = state.clone();
    force(&mut taken, 7, NP, &Act::Ack(answer(6)));
    assert_eq!(
        Case::authorize(&taken, &author(QZ), &view, &retract),
        Err(Code::State)
    );
    force(&mut state, 8, QZ, &Act::Close);
    assert_eq!(
        Case::authorize(&state, &author(QZ), &view, &retract),
        Err(Code::State)
    );
}

#[test]
fn the_next_commands_are_those_that_the_rules_allow() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let state = opened(&view);
    assert_eq!(
        next(&state, &author(QZ), &view),
        [
            "case.id-check",
            "case.original-check",
            "case.submit-correction"
        ]
    );
    assert!(next(&state, &author(NP), &view).is_empty(), "no party yet");
    let mut state = ready(&view);
    assert_eq!(next(&state, &author(QZ), &view)[0], "case.push");
    let offered = push(&state, NP);
    record(&mut state, 6, QZ, &view, &offered);
    assert!(next(&state, &author(QZ), &view).contains(&"case.recall"));
    record(&mut state, 7, NP, &view, &Act::Ack(answer(6)));
    let at_owner = next(&state, &author(NP), &view);
    assert_eq!(at_owner[..2], ["case.first-look", "case.accept"]);
    assert!(next(&state, &author(QZ), &view).is_empty());
}
