//! Tests of cost lines in doubt: objections, corrections, and how they meet.

use proptest::prelude::*;
use tongban_identity::CityId;

use super::fixture::{
    Fixture, HS, MEMBERS, NP, QZ, SR, author, day, entry, fen, posting_of, record, ruling,
};
use super::*;
use crate::calendar::Month;
use crate::money::{Amount, Fen};
use crate::settle;

/// A parcel from NP to SR whose postage of 38.00 SR paid: C12 of `domain.md` §3.6.6.
fn c12(view: &View<'_>) -> State {
    let post = Post {
        leg: Leg::Return,
        ..posting_of(Recipient::City(SR), "EZ900000124CN", "2026-09-23")
    };
    let mut state = Parcel::open(entry(0), &author(NP), view, &Act::Post(post)).expect("allowed");
    record(&mut state, 1, SR, view, &fen(CostKind::Postage, 3_800, SR));
    state
}

/// The same, and NP signed it.
fn signed(view: &View<'_>) -> State {
    let mut state = c12(view);
    record(&mut state, 2, NP, view, &confirm(1));
    state
}

fn confirm(line: u32) -> Act {
    Act::Confirm(Confirm {
        line: entry(line),
        kind: CostKind::Postage,
    })
}

fn dispute(line: u32) -> Act {
    Act::Dispute(Dispute {
        line: entry(line),
        reason: Reason::FaultOfOther,
    })
}

fn new_line(of: u32, amount: i64, payer: CityId, liable: CityId) -> Act {
    let Act::Cost(mut line) = fen(CostKind::Postage, amount, payer) else {
        panic!("a cost line");
    };
    line.instead = Some(Instead {
        line: entry(of),
        liable,
    });
    Act::Cost(line)
}

/// A correction of line 1 as it stands.
fn correct(outcome: Outcome, lines: &[u32]) -> Act {
    Act::Correct(Correct {
        line: entry(1),
        kind: CostKind::Postage,
        amount: Amount::new(Fen::new(3_800)).expect("in range"),
        payer: SR,
        liable: NP,
        rule: 1,
        outcome,
        lines: lines.iter().map(|line| entry(*line)).collect(),
        resolution: None,
        ruling: (outcome == Outcome::Reallocated).then(|| ruling(1)),
    })
}

fn agree(correction: u32) -> Act {
    Act::Agree(Agree {
        correction: entry(correction),
        line: entry(1),
    })
}

fn check(state: &State, city: CityId, view: &View<'_>, act: &Act, expect: Result<(), Code>) {
    let got = Parcel::authorize(state, &author(city), view, act);
    assert_eq!(got, expect, "{act:?}");
}

fn standings(state: &State, view: &View<'_>) -> Vec<(u32, &'static str)> {
    let number = |id: crate::EntryId| {
        (0..200)
            .find(|number| entry(*number) == id)
            .expect("one of ours")
    };
    state
        .line_standings(view)
        .map(|(id, _, standing)| (number(id), standing.name()))
        .collect()
}

/// Debtor, creditor and fen of September.
fn owes(states: &[State], view: &View<'_>) -> Vec<((CityId, CityId), i64)> {
    let month = Month::new(2026, 9).expect("a month");
    let parcels = states.iter().map(|state| (state.genesis.into(), state));
    let account = settle::month(parcels, view, month).expect("small sums");
    let owes = account.obligations.into_iter();
    owes.map(|(pair, fen)| (pair, fen.get())).collect()
}

fn net(states: &[State], view: &View<'_>, city: CityId) -> i64 {
    let month = Month::new(2026, 9).expect("a month");
    let parcels = states.iter().map(|state| (state.genesis.into(), state));
    let account = settle::month(parcels, view, month).expect("small sums");
    account.net_of(&city).get()
}

#[test]
fn a_disputed_line_is_in_no_sum_until_it_is_settled() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = signed(&view);
    assert_eq!(
        owes(std::slice::from_ref(&state), &view),
        [((NP, SR), 3_800)]
    );
    check(&state, HS, &view, &dispute(1), Err(Code::NotParty));
    check(&state, NP, &view, &dispute(9), Err(Code::NotFound));
    record(&mut state, 3, NP, &view, &dispute(1));
    assert_eq!(standings(&state, &view), [(1, "disputed")]);
    assert_eq!(owes(std::slice::from_ref(&state), &view), []);
    check(&state, NP, &view, &dispute(1), Err(Code::Already));
    check(&state, SR, &view, &dispute(1), Ok(()));
    let mut unsigned = c12(&view);
    record(&mut unsigned, 3, NP, &view, &dispute(1));
    check(&unsigned, NP, &view, &confirm(1), Err(Code::Disputed));
    check(&unsigned, SR, &view, &Act::Retract(entry(1)), Ok(()));

    let withdraw = Act::Withdraw(Withdraw { dispute: entry(3) });
    check(&state, SR, &view, &withdraw, Err(Code::NotHolder));
    record(&mut state, 4, NP, &view, &withdraw);
    check(&state, NP, &view, &withdraw, Err(Code::Already));
    assert_eq!(standings(&state, &view), [(1, "counted")]);
    assert_eq!(state.outcome_of(&entry(3)), Some("withdrawn"));
    check(&state, NP, &view, &dispute(1), Ok(()));
}

/// C12 of the worked example, 38.00 borne half by each: NP owes SR 19.00.
#[test]
fn r150_a_reallocation_to_the_fen() {
    let fixture = Fixture::effective().ruled(1, &MEMBERS, &[(NP, 1_900), (SR, 1_900)]);
    let view = fixture.view();
    let mut state = c12(&view);
    record(&mut state, 2, NP, &view, &dispute(1));
    record(&mut state, 3, SR, &view, &new_line(1, 1_900, SR, NP));
    record(&mut state, 4, SR, &view, &new_line(1, 1_900, SR, SR));
    assert_eq!(
        standings(&state, &view),
        [(1, "disputed")],
        "nothing names the new lines yet"
    );
    record(
        &mut state,
        5,
        SR,
        &view,
        &correct(Outcome::Reallocated, &[3, 4]),
    );
    assert_eq!(
        standings(&state, &view),
        [(1, "disputed"), (3, "unconfirmed"), (4, "unconfirmed")]
    );
    assert_eq!(owes(std::slice::from_ref(&state), &view), []);
    record(&mut state, 6, NP, &view, &agree(5));
    assert_eq!(
        standings(&state, &view),
        [(1, "reversed"), (3, "counted"), (4, "counted")]
    );
    assert_eq!(
        owes(std::slice::from_ref(&state), &view),
        [((NP, SR), 1_900)]
    );
    assert_eq!(state.outcome_of(&entry(2)), Some("reallocated"));
    check(&state, NP, &view, &dispute(1), Err(Code::Already));
    check(&state, NP, &view, &confirm(1), Err(Code::State));
    check(&state, NP, &view, &confirm(3), Err(Code::State));
    check(&state, SR, &view, &Act::Retract(entry(1)), Err(Code::State));
    check(&state, SR, &view, &Act::Retract(entry(3)), Err(Code::State));
    check(&state, SR, &view, &Act::Retract(entry(5)), Err(Code::State));

    // A line of a correction may itself be corrected.
    record(&mut state, 7, NP, &view, &dispute(3));
    assert_eq!(owes(std::slice::from_ref(&state), &view), []);
    let Act::Correct(again) = correct(Outcome::Upheld, &[]) else {
        panic!("a correction");
    };
    let again = Act::Correct(Correct {
        line: entry(3),
        amount: Amount::new(Fen::new(1_900)).expect("in range"),
        ..again
    });
    record(&mut state, 8, NP, &view, &again);
    let agreed = Act::Agree(Agree {
        correction: entry(8),
        line: entry(3),
    });
    record(&mut state, 9, SR, &view, &agreed);
    assert_eq!(net(std::slice::from_ref(&state), &view, SR), 0);
}

/// A line that both signed may be in a month that is closed: it stays, and its reversal counts beside it.
#[test]
fn a_signed_line_stays_beside_its_reversal() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = signed(&view);
    record(&mut state, 3, SR, &view, &new_line(1, 3_000, SR, NP));
    record(&mut state, 4, SR, &view, &correct(Outcome::Amended, &[3]));
    assert_eq!(
        standings(&state, &view),
        [(1, "counted"), (3, "unconfirmed")]
    );
    record(&mut state, 5, NP, &view, &agree(4));
    assert_eq!(
        standings(&state, &view),
        [(1, "counted"), (3, "counted"), (4, "counted")]
    );
    let reversal = state.counted_lines(&view);
    let reversal = reversal.iter().find(|line| line.id == entry(4));
    let reversal = reversal.expect("it counts");
    assert_eq!((reversal.payer, reversal.liable), (NP, SR));
    assert_eq!(reversal.amount.fen(), Fen::new(3_800));
    assert_eq!(net(std::slice::from_ref(&state), &view, SR), 3_000);
    assert_eq!(state.lines[&entry(3)].recorded, day("2026-09-10"));

    // Half a correction is none: while the new line is disputed, nothing of the old one is given back.
    let mut disputed = state.clone();
    record(&mut disputed, 6, NP, &view, &dispute(3));
    assert_eq!(
        standings(&disputed, &view),
        [(1, "counted"), (3, "disputed"), (4, "disputed")]
    );
    assert_eq!(net(std::slice::from_ref(&disputed), &view, SR), 3_800);

    // The confirmation that comes late, to a line struck before, changes no net.
    let mut late = c12(&view);
    record(&mut late, 3, SR, &view, &new_line(1, 3_000, SR, NP));
    record(&mut late, 4, SR, &view, &correct(Outcome::Amended, &[3]));
    let mut after = late.clone();
    record(&mut after, 5, NP, &view, &agree(4));
    assert_eq!(net(std::slice::from_ref(&after), &view, SR), 3_000);
    let act = confirm(1);
    let placed = Placed {
        id: entry(6),
        author: author(NP),
        act: &act,
    };
    Parcel::apply(&mut after, &placed, false);
    assert_eq!(net(std::slice::from_ref(&after), &view, SR), 3_000);
}

/// other cities bear a line only as every member decided, for this line and to the fen.
#[test]
fn a_reallocation_takes_a_resolution_in_force() {
    let check = |fixture: Fixture, ruled: Option<u32>, outcome: Outcome, expect| {
        let view = fixture.view();
        let mut state = c12(&view);
        record(&mut state, 3, SR, &view, &new_line(1, 1_900, SR, NP));
        record(&mut state, 4, SR, &view, &new_line(1, 1_900, SR, SR));
        let Act::Correct(mut correct) = correct(outcome, &[3, 4]) else {
            panic!("a correction");
        };
        correct.ruling = ruled.map(ruling);
        let got = Parcel::authorize(&state, &author(SR), &view, &Act::Correct(correct));
        assert_eq!(got, expect, "{ruled:?}");
    };
    let halves = [(NP, 1_900), (SR, 1_900)];
    let all = || Fixture::effective().ruled(1, &MEMBERS, &halves);
    let moved = Outcome::Reallocated;
    check(all(), Some(1), moved, Ok(()));
    check(all(), None, moved, Err(Code::Resolution));
    check(all(), Some(2), moved, Err(Code::Resolution));
    check(all(), Some(1), Outcome::Amended, Err(Code::Argument));
    let three = Fixture::effective().ruled(1, &[QZ, NP, SR], &halves);
    check(three, Some(1), moved, Err(Code::Resolution));
    let thirds = Fixture::effective().ruled(1, &MEMBERS, &[(NP, 2_800), (SR, 1_000)]);
    check(thirds, Some(1), moved, Err(Code::Argument));
    // The last word holds.
    let again = || all().ruled(2, &MEMBERS, &halves);
    check(again(), Some(1), moved, Err(Code::Resolution));
    check(again(), Some(2), moved, Ok(()));

    // A text about another line says nothing of this one.
    let fixture = all();
    let view = fixture.view();
    let mut state = c12(&view);
    let packing = |amount, liable: Option<CityId>| {
        let Act::Cost(mut line) = fen(CostKind::Packing, amount, SR) else {
            panic!("a cost line");
        };
        let of = entry(2);
        line.instead = liable.map(|liable| Instead { line: of, liable });
        Act::Cost(line)
    };
    record(&mut state, 2, SR, &view, &packing(3_800, None));
    record(&mut state, 3, SR, &view, &packing(1_900, Some(NP)));
    record(&mut state, 4, SR, &view, &packing(1_900, Some(SR)));
    let Act::Correct(other) = correct(moved, &[3, 4]) else {
        panic!("a correction");
    };
    let other = Correct {
        line: entry(2),
        kind: CostKind::Packing,
        ..other
    };
    let got = Parcel::authorize(&state, &author(SR), &view, &Act::Correct(other));
    assert_eq!(got, Err(Code::Resolution));
}

/// What a case is about, its outcome, the new lines (fen, payer, liable), and the verdict.
type Corrected<'c> = (
    &'c str,
    Outcome,
    &'c [(i64, CityId, CityId)],
    Result<(), Code>,
);

#[test]
fn a_correction_adds_up() {
    let cases: [Corrected<'_>; 13] = [
        ("upheld", Outcome::Upheld, &[], Ok(())),
        (
            "upheld, with a line",
            Outcome::Upheld,
            &[(3_800, SR, SR)],
            Err(Code::Argument),
        ),
        (
            "halves",
            Outcome::Reallocated,
            &[(1_900, SR, NP), (1_900, SR, SR)],
            Ok(()),
        ),
        (
            "thirds",
            Outcome::Reallocated,
            &[(1_267, SR, NP), (2_533, SR, SR)],
            Ok(()),
        ),
        (
            "a fen short",
            Outcome::Reallocated,
            &[(1_900, SR, NP), (1_899, SR, SR)],
            Err(Code::Argument),
        ),
        (
            "a fen over",
            Outcome::Reallocated,
            &[(1_900, SR, NP), (1_901, SR, SR)],
            Err(Code::Argument),
        ),
        (
            "another payer",
            Outcome::Reallocated,
            &[(1_900, SR, NP), (1_900, NP, SR)],
            Err(Code::Argument),
        ),
        (
            "borne as before",
            Outcome::Reallocated,
            &[(1_900, SR, NP), (1_900, SR, NP)],
            Err(Code::Argument),
        ),
        ("no line", Outcome::Reallocated, &[], Err(Code::Argument)),
        ("less", Outcome::Amended, &[(3_000, SR, NP)], Ok(())),
        (
            "another payer paid",
            Outcome::Amended,
            &[(3_800, NP, NP)],
            Ok(()),
        ),
        (
            "nothing new",
            Outcome::Amended,
            &[(3_800, SR, NP)],
            Err(Code::Argument),
        ),
        ("no line", Outcome::Amended, &[], Err(Code::Argument)),
    ];
    for (name, outcome, lines, expect) in cases {
        let mut shares: Vec<(CityId, i64)> = Vec::new();
        for city in [NP, SR] {
            let borne = lines.iter().filter(|(_, _, liable)| *liable == city);
            let sum: i64 = borne.map(|(amount, _, _)| amount).sum();
            shares.extend((sum > 0).then_some((city, sum)));
        }
        // Whatever the members decided, a correction adds up.
        let fixture = match shares.is_empty() {
            true => Fixture::effective(),
            false => Fixture::effective().ruled(1, &MEMBERS, &shares),
        };
        let view = fixture.view();
        let mut state = c12(&view);
        let mut ids = Vec::new();
        for (id, (amount, payer, liable)) in (10..).zip(lines) {
            record(
                &mut state,
                id,
                SR,
                &view,
                &new_line(1, *amount, *payer, *liable),
            );
            ids.push(id);
        }
        let got = Parcel::authorize(&state, &author(SR), &view, &correct(outcome, &ids));
        assert_eq!(got, expect, "{name}");
    }
}

#[test]
fn who_corrects_what() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = c12(&view);
    let upheld = correct(Outcome::Upheld, &[]);
    check(&state, HS, &view, &upheld, Err(Code::NotParty));
    check(
        &state,
        SR,
        &view,
        &correct(Outcome::Amended, &[9]),
        Err(Code::NotFound),
    );
    check(
        &state,
        SR,
        &view,
        &correct(Outcome::Amended, &[1]),
        Err(Code::Argument),
    );
    let with = |change: &dyn Fn(&mut Correct)| {
        let Act::Correct(mut correct) = correct(Outcome::Upheld, &[]) else {
            panic!("a correction");
        };
        change(&mut correct);
        Act::Correct(correct)
    };
    let less =
        |correct: &mut Correct| correct.amount = Amount::new(Fen::new(3_799)).expect("in range");
    check(&state, SR, &view, &with(&less), Err(Code::Argument));
    check(
        &state,
        SR,
        &view,
        &with(&|correct| correct.liable = SR),
        Err(Code::Argument),
    );
    check(
        &state,
        SR,
        &view,
        &with(&|correct| correct.line = entry(9)),
        Err(Code::NotFound),
    );
    let long = |correct: &mut Correct| correct.resolution = Some("x".repeat(65));
    check(&state, SR, &view, &with(&long), Err(Code::TooLarge));
    // A new line may be borne by the two cities alone, and belongs to who made it.
    check(
        &state,
        SR,
        &view,
        &new_line(1, 100, SR, HS),
        Err(Code::NotParty),
    );
    check(
        &state,
        SR,
        &view,
        &new_line(9, 100, SR, NP),
        Err(Code::NotFound),
    );
    record(&mut state, 2, SR, &view, &new_line(1, 100, SR, NP));
    check(
        &state,
        NP,
        &view,
        &correct(Outcome::Amended, &[2]),
        Err(Code::Argument),
    );
    record(&mut state, 3, SR, &view, &correct(Outcome::Amended, &[2]));
    check(&state, SR, &view, &upheld, Err(Code::Already));
    check(&state, NP, &view, &upheld, Ok(()));
    check(&state, SR, &view, &agree(3), Err(Code::NoPower));
    check(&state, HS, &view, &agree(3), Err(Code::NotParty));
    check(&state, NP, &view, &agree(9), Err(Code::NotFound));
    let other = Act::Agree(Agree {
        correction: entry(3),
        line: entry(2),
    });
    check(&state, NP, &view, &other, Err(Code::Argument));
    // Who proposes something else takes that back before signing.
    let mut rival = state.clone();
    record(&mut rival, 4, NP, &view, &upheld);
    check(&rival, NP, &view, &agree(3), Err(Code::State));
    record(&mut rival, 5, NP, &view, &Act::Retract(entry(4)));
    record(&mut rival, 6, NP, &view, &agree(3));
    check(&rival, NP, &view, &agree(3), Err(Code::Already));
    check(&rival, NP, &view, &upheld, Err(Code::Already));
    record(&mut state, 7, SR, &view, &Act::Retract(entry(3)));
    check(&state, NP, &view, &agree(3), Err(Code::NotFound));
    assert_eq!(standings(&state, &view), [(1, "unconfirmed")]);
}

#[test]
fn one_city_alone_corrects_what_it_posts_to_an_applicant() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let post = posting_of(Recipient::Applicant, "EZ900000124CN", "2026-09-23");
    let mut state = Parcel::open(entry(0), &author(NP), &view, &Act::Post(post)).expect("allowed");
    record(&mut state, 1, NP, &view, &fen(CostKind::Postage, 3_800, NP));
    check(&state, NP, &view, &dispute(1), Err(Code::State));
    record(&mut state, 2, NP, &view, &new_line(1, 3_000, NP, NP));
    let Act::Correct(act) = correct(Outcome::Amended, &[2]) else {
        panic!("a correction");
    };
    let act = Act::Correct(Correct { payer: NP, ..act });
    record(&mut state, 3, NP, &view, &act);
    assert_eq!(standings(&state, &view), [(1, "reversed"), (2, "counted")]);
    // Another desk did so too, unseen: somebody takes one back.
    let placed = Placed {
        id: entry(4),
        author: author(NP),
        act: &act,
    };
    Parcel::apply(&mut state, &placed, false);
    assert_eq!(state.disputed().count(), 2);
    record(&mut state, 5, NP, &view, &Act::Retract(entry(4)));
    assert_eq!(standings(&state, &view), [(1, "reversed"), (2, "counted")]);
}

/// How two acts meet, whichever comes first.
#[test]
fn meetings_in_both_orders() {
    let meet = |one: &Act, other: &Act, expect: Meeting| {
        let place = |id, city, act| Placed {
            id: entry(id),
            author: author(city),
            act,
        };
        let (one, other) = (place(50, NP, one), place(51, SR, other));
        assert_eq!(
            Parcel::concurrent(&one, &other),
            expect,
            "{one:?} {other:?}"
        );
        assert_eq!(Parcel::concurrent(&other, &one), expect.flip());
    };
    let retract = |of| Act::Retract(entry(of));
    // Signatures on two corrections of one line are a contradiction; on one and the same they are not.
    meet(&agree(3), &agree(4), Meeting::Disputed);
    meet(&agree(3), &agree(3), Meeting::Stand);
    let elsewhere = Act::Agree(Agree {
        correction: entry(4),
        line: entry(2),
    });
    meet(&agree(3), &elsewhere, Meeting::Stand);
    // What the other city signed is not taken back by one who had not seen it.
    meet(&retract(3), &agree(3), Meeting::FirstVoid);
    meet(&retract(1), &agree(3), Meeting::FirstVoid);
    meet(&retract(4), &agree(3), Meeting::Stand);
    meet(&retract(1), &confirm(1), Meeting::FirstVoid);
    // All else stands; what it amounts to is read off the state.
    let upheld = correct(Outcome::Upheld, &[]);
    let withdraw = Act::Withdraw(Withdraw { dispute: entry(3) });
    let line = new_line(1, 100, SR, NP);
    let acts = [dispute(1), withdraw, upheld, confirm(1), line, agree(3)];
    for (at, one) in acts.iter().enumerate() {
        for other in &acts[at + 1..] {
            meet(one, other, Meeting::Stand);
        }
    }
}

#[test]
fn corrections_signed_unseen_of_each_other_wait_for_a_retraction() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = signed(&view);
    // Each city proposes; each signs the other's.
    record(&mut state, 3, SR, &view, &new_line(1, 3_000, SR, NP));
    let apply = |state: &mut State, id: u32, city, act: &Act, disputed| {
        let placed = Placed {
            id: entry(id),
            author: author(city),
            act,
        };
        Parcel::apply(state, &placed, disputed);
    };
    let upheld = correct(Outcome::Upheld, &[]);
    apply(&mut state, 4, SR, &correct(Outcome::Amended, &[3]), false);
    apply(&mut state, 5, NP, &upheld, false);
    apply(&mut state, 6, NP, &agree(4), true);
    apply(&mut state, 7, SR, &agree(5), true);
    assert_eq!(standings(&state, &view), [(1, "disputed"), (3, "disputed")]);
    assert_eq!(owes(std::slice::from_ref(&state), &view), []);
    let waiting: Vec<_> = state.disputed().map(|(id, _)| id).collect();
    assert_eq!(waiting, [entry(6), entry(7)]);
    check(
        &state,
        SR,
        &view,
        &Act::Retract(entry(6)),
        Err(Code::NotHolder),
    );
    check(&state, NP, &view, &Act::Retract(entry(6)), Ok(()));
    check(&state, SR, &view, &dispute(1), Err(Code::Disputed));

    // The fold gives what is left once NP took its signature back.
    let mut left = signed(&view);
    record(&mut left, 3, SR, &view, &new_line(1, 3_000, SR, NP));
    apply(&mut left, 4, SR, &correct(Outcome::Amended, &[3]), false);
    apply(&mut left, 5, NP, &upheld, false);
    apply(&mut left, 7, SR, &agree(5), false);
    apply(&mut left, 8, NP, &Act::Retract(entry(6)), false);
    assert_eq!(
        standings(&left, &view),
        [(1, "counted"), (3, "unconfirmed"), (5, "counted")]
    );
    assert_eq!(net(std::slice::from_ref(&left), &view, SR), 0);
}

#[test]
fn lines_objections_and_corrections_are_bounded() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = c12(&view);
    let many = u32::try_from(LINES_MAX).expect("small");
    for id in 2..=many {
        record(&mut state, id, SR, &view, &fen(CostKind::Packing, 1, SR));
    }
    check(
        &state,
        SR,
        &view,
        &fen(CostKind::Packing, 1, SR),
        Err(Code::TooLarge),
    );
    let nine: Vec<u32> = (100..109).collect();
    let too_many = correct(Outcome::Amended, &nine);
    check(&state, SR, &view, &too_many, Err(Code::Argument));
}

proptest! {
    /// Any chain of corrections that both sign leaves the pair with what its last lines say, whether the first
    /// line had been signed or not.
    #[test]
    fn adding_and_reversing_leaves_nets(
        first_signed in any::<bool>(),
        chain in prop::collection::vec((1..100_000_i64, any::<bool>(), any::<bool>()), 0..6),
    ) {
        let fixture = Fixture::effective();
        let view = fixture.view();
        let mut state = if first_signed { signed(&view) } else { c12(&view) };
        let (mut of, mut amount, mut payer, mut liable) = (1_u32, 3_800_i64, SR, NP);
        let mut id = 10;
        let pick = |one: bool| if one { NP } else { SR };
        for (next, pays, bears) in &chain {
            let (next_payer, next_liable) = (pick(*pays), pick(*bears));
            if (*next, next_payer, next_liable) == (amount, payer, liable) {
                continue;
            }
            record(&mut state, id, SR, &view, &new_line(of, *next, next_payer, next_liable));
            let correction = Act::Correct(Correct {
                line: entry(of),
                kind: CostKind::Postage,
                amount: Amount::new(Fen::new(amount)).expect("in range"),
                payer,
                liable,
                rule: 1,
                outcome: Outcome::Amended,
                lines: vec![entry(id)],
                resolution: None,
                ruling: None,
            });
            record(&mut state, id + 1, SR, &view, &correction);
            let agreed = Act::Agree(Agree { correction: entry(id + 1), line: entry(of) });
            record(&mut state, id + 2, NP, &view, &agreed);
            (of, amount, payer, liable) = (id, *next, next_payer, next_liable);
            id += 3;
        }
        let counts = first_signed || of != 1;
        let expect = match (counts, payer == liable, payer == SR) {
            (false, _, _) | (_, true, _) => 0,
            (true, false, true) => amount,
            (true, false, false) => -amount,
        };
        prop_assert_eq!(net(std::slice::from_ref(&state), &view, SR), expect);
        prop_assert_eq!(net(std::slice::from_ref(&state), &view, NP), -expect);
    }
}
