//! A stuck case goes to the city that a resolution names (`design.md` §4), and what happens where it was not stuck.

use tongban_identity::{CityId, Hash32};

use super::fixture::{Fixture, who};
use super::{force, opened, push};
use crate::agreement::resolution::{Measure, Motion, Override};
use crate::agreement::{Act as Founding, Ballot, View};
use crate::case::{Act, Answer, Case, Decide, Outcome, Push, State, TakeOver};
use crate::code::Code;
use crate::id::CertificateId;
use crate::kind::{Kind, Meeting, Placed};
use crate::parcel::fixture::{HS, NP, QZ, author, entry};

/// The members decide who holds the case that a mark stands for.
fn decide(fixture: &mut Fixture, from: u32, case: Hash32, holder: CityId) -> CertificateId {
    let motion = Motion {
        measure: Measure::Override(Override { case, holder }),
        basis: "JM-2026-06".into(),
    };
    let ballot = Ballot {
        parent: fixture.view().standing().head,
        round: 1,
        motion: motion.id(),
    };
    fixture.enact(from, QZ, &Founding::Move(Box::new(motion)));
    for (at, city) in (from + 1..).zip([QZ, NP, HS]) {
        fixture.enact(at, city, &Founding::Vote(ballot));
    }
    for (at, city) in (from + 4..).zip([QZ, NP, HS]) {
        fixture.enact(at, city, &Founding::Commit(ballot));
    }
    ballot.parent.then(&ballot.motion)
}

fn take(state: &State, certificate: CertificateId) -> Act {
    Act::TakeOver(TakeOver {
        certificate,
        batons: state.held_batons(),
    })
}

fn judge(state: &State, city: CityId, view: &View<'_>, act: &Act) -> Result<(), Code> {
    Case::authorize(state, &author(city), view, act)
}

fn ack() -> Act {
    Act::Ack(Answer {
        push: entry(5),
        baton: entry(1),
    })
}

/// A case that QZ pushed to NP, which never answers.
fn stuck(view: &View<'_>) -> State {
    let mut state = opened(view);
    let push = push(&state, NP);
    force(&mut state, 5, QZ, &push);
    state
}

fn disputed(state: &mut State, id: u32, city: CityId, act: &Act) {
    let placed = Placed {
        id: entry(id),
        author: author(city),
        act,
    };
    Case::apply(state, &placed, true);
}

#[test]
fn only_the_named_city_takes_the_case_that_was_decided_about() {
    let mut fixture = Fixture::new();
    let mut state = stuck(&fixture.view());
    let mut other = state.clone();
    other.genesis = entry(900);
    let unknown = CertificateId(Hash32([9; 32]));
    let judged = judge(&state, QZ, &fixture.view(), &take(&state, unknown));
    assert_eq!(judged, Err(Code::Resolution), "nothing is certified");
    let outward = Act::Close;
    assert_eq!(
        judge(&state, QZ, &fixture.view(), &outward),
        Err(Code::PushOpen)
    );

    let certificate = decide(&mut fixture, 1_000_100, state.override_mark(), QZ);
    let view = fixture.view();
    let taken = take(&state, certificate);
    assert_eq!(judge(&state, NP, &view, &taken), Err(Code::NotHolder));
    assert_eq!(judge(&state, HS, &view, &taken), Err(Code::NotParty));
    let elsewhere = judge(&other, QZ, &view, &take(&other, certificate));
    assert_eq!(elsewhere, Err(Code::Resolution), "another case");
    let Act::TakeOver(mut stale) = taken.clone() else {
        panic!("a taking over");
    };
    stale.batons = vec![entry(77)];
    let stale = judge(&state, QZ, &view, &Act::TakeOver(stale));
    assert_eq!(stale, Err(Code::StaleParent));
    assert_eq!(judge(&state, QZ, &view, &taken), Ok(()));
    force(&mut state, 20, QZ, &taken);

    assert_eq!(state.holders(), [QZ]);
    let claim = state.sole_claim().unwrap();
    assert!(state.pending_pushes(&claim).is_empty());
    assert!(state.is_overridden(&entry(1)));
    assert_eq!(
        judge(&state, NP, &view, &ack()),
        Err(Code::State),
        "NP heard of it first"
    );
    let again = judge(&state, QZ, &view, &take(&state, certificate));
    assert_eq!(again, Err(Code::Resolution), "the case has moved since");
    // A case of which nothing was decided goes on as before.
    assert_eq!(other.holders(), [QZ]);
    assert!(!other.is_overridden(&entry(1)));
    assert_eq!(judge(&other, NP, &view, &ack()), Ok(()));
}

/// The papers go back to the window and the power does not: the window decides no more than before, and who
/// takes the case from there holds what it would have held without the resolution.
#[test]
fn a_case_that_comes_back_to_the_window_keeps_its_owner() {
    let mut fixture = Fixture::new();
    let mut state = stuck(&fixture.view());
    let certificate = decide(&mut fixture, 1_000_100, state.override_mark(), QZ);
    let taken = take(&state, certificate);
    force(&mut state, 20, QZ, &taken);
    assert_eq!(state.holders(), [QZ]);
    assert_eq!(state.owner(), NP);
    assert!(!state.is_owner(&QZ) && !state.own_power());
    let grant = Act::Decide(Decide {
        outcome: Outcome::Granted,
        officer: who("W01"),
    });
    let judged = judge(&state, QZ, &fixture.view(), &grant);
    assert_eq!(judged, Err(Code::NoPower));

    let Act::Push(of_window) = push(&state, HS) else {
        panic!("a push");
    };
    let again = Act::Push(Push {
        baton: entry(20),
        ..of_window
    });
    force(&mut state, 21, QZ, &again);
    let answer = Answer {
        push: entry(21),
        baton: entry(20),
    };
    force(&mut state, 22, HS, &Act::Ack(answer));
    assert_eq!(state.holders(), [HS]);
    assert_eq!(state.owner(), HS);
}

/// A city that held the case and is gone for good loses it, and gets it back if the new holder gives it up.
#[test]
fn a_case_is_taken_from_a_holder_that_does_not_answer() {
    let mut fixture = Fixture::new();
    let mut state = stuck(&fixture.view());
    force(&mut state, 6, NP, &ack());
    assert_eq!(state.holders(), [NP]);
    let certificate = decide(&mut fixture, 1_000_100, state.override_mark(), QZ);
    let taken = take(&state, certificate);
    assert_eq!(judge(&state, QZ, &fixture.view(), &taken), Ok(()));
    force(&mut state, 20, QZ, &taken);
    // The same word from another desk of the city gives no second claim.
    force(&mut state, 21, QZ, &taken);
    assert_eq!(state.holders(), [QZ]);
    let claim = state.sole_claim().unwrap();
    assert_eq!(
        claim.batons.into_iter().collect::<Vec<_>>(),
        [entry(20), entry(21)]
    );
    force(&mut state, 22, QZ, &Act::Yield(entry(20)));
    assert_eq!(state.holders(), [NP]);
    assert!(!state.is_overridden(&entry(6)));
}

/// An acknowledgement that the members had not heard of contradicts their word: both are disputed, and a second word ends
/// it.
#[test]
fn an_unseen_acknowledgement_makes_both_disputed() {
    let mut fixture = Fixture::new();
    let mut state = stuck(&fixture.view());
    let certificate = decide(&mut fixture, 1_000_100, state.override_mark(), QZ);
    let taken = take(&state, certificate);
    let meets = |one: &Act, by: CityId, other: &Act, of: CityId| {
        let placed = |id, city, act| Placed {
            id: entry(id),
            author: author(city),
            act,
        };
        let (one, other) = (placed(20, by, one), placed(21, of, other));
        assert_eq!(
            Case::concurrent(&other, &one),
            Case::concurrent(&one, &other).flip()
        );
        Case::concurrent(&one, &other)
    };
    assert_eq!(meets(&taken, QZ, &ack(), NP), Meeting::Disputed);
    assert_eq!(meets(&taken, NP, &ack(), NP), Meeting::Stand);
    assert_eq!(meets(&taken, QZ, &taken, QZ), Meeting::Stand);
    let other = take(&state, CertificateId(Hash32([8; 32])));
    assert_eq!(meets(&taken, QZ, &other, HS), Meeting::Disputed);

    disputed(&mut state, 20, QZ, &taken);
    disputed(&mut state, 21, NP, &ack());
    let mut holders = state.holders();
    holders.sort();
    assert_eq!(holders, [QZ, NP]);
    let view = fixture.view();
    let blocked = judge(&state, QZ, &view, &Act::Close);
    assert_eq!(blocked, Err(Code::Disputed));
    let retract = Act::Retract(entry(21));
    assert_eq!(judge(&state, NP, &view, &retract), Ok(()));

    let certificate = decide(&mut fixture, 1_000_200, state.override_mark(), NP);
    let taken = take(&state, certificate);
    assert_eq!(judge(&state, NP, &fixture.view(), &taken), Ok(()));
    force(&mut state, 30, NP, &taken);
    assert_eq!(state.holders(), [NP]);
    assert_eq!(state.disputed().count(), 0);
}

/// Of two resolutions about one situation the last one holds.
#[test]
fn the_last_resolution_holds() {
    let mut fixture = Fixture::new();
    let state = stuck(&fixture.view());
    let mark = state.override_mark();
    let first = decide(&mut fixture, 1_000_100, mark, QZ);
    let second = decide(&mut fixture, 1_000_200, mark, NP);
    let view = fixture.view();
    let judged = |city, certificate| judge(&state, city, &view, &take(&state, certificate));
    assert_eq!(judged(QZ, first), Err(Code::Resolution));
    assert_eq!(judged(NP, second), Ok(()));
    let (last, named) = view.override_for(&mark).unwrap();
    assert_eq!((last, named.holder), (second, NP));
}
