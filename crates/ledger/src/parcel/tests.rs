//! Tests of the parcel kind: who may sign what, what counts, and that order does not matter.

use proptest::prelude::*;
use tongban_identity::{CityId, decode_canonical, encode_canonical};

use super::fixture::{
    Fixture, HS, NP, OUTSIDE, QZ, SR, author, day, entry, fen, posting_of, record,
};
use super::*;
use crate::money::Fen;

const TRACKING: &str = "EZ900000019CN";

fn posting() -> Post {
    posting_of(Recipient::City(SR), TRACKING, "2026-09-03")
}

fn to_applicant() -> Post {
    posting_of(Recipient::Applicant, TRACKING, "2026-09-03")
}

fn opened(post: Post, view: &View<'_>) -> State {
    Parcel::open(entry(0), &author(QZ), view, &Act::Post(post)).expect("allowed")
}

fn arrive(on: &str) -> Act {
    Act::Arrive(Arrive {
        on: day(on),
        window: None,
    })
}

fn open_on(on: &str, outcome: Opening) -> Act {
    let on = day(on);
    Act::Open(Open { on, outcome })
}

fn confirm(line: u32) -> Act {
    confirm_kind(line, CostKind::Postage)
}

fn confirm_kind(line: u32, kind: CostKind) -> Act {
    let line = entry(line);
    Act::Confirm(Confirm { line, kind })
}

/// Applies what a fold found to stand.
fn apply(state: &mut State, id: u32, city: CityId, act: &Act, disputed: bool) {
    let placed = Placed {
        id: entry(id),
        author: author(city),
        act,
    };
    Parcel::apply(state, &placed, disputed);
}

fn standings(state: &State, view: &View<'_>) -> Vec<LineStanding> {
    state
        .line_standings(view)
        .map(|(_, _, standing)| standing)
        .collect()
}

#[test]
fn opening() {
    let fixture = Fixture::effective();
    let check = |city: CityId, change: &dyn Fn(&mut Post), expect: Result<(), Code>| {
        let mut post = posting();
        change(&mut post);
        let act = Act::Post(post);
        let got = Parcel::open(entry(0), &author(city), &fixture.view(), &act);
        assert_eq!(got.map(drop), expect, "{act:?}");
    };
    let is = |to: CityId| move |post: &mut Post| post.to = Recipient::City(to);
    check(QZ, &|_| {}, Ok(()));
    check(OUTSIDE, &|_| {}, Err(Code::NotMember));
    check(QZ, &is(QZ), Err(Code::NotMember));
    check(QZ, &is(OUTSIDE), Err(Code::NotMember));
    check(QZ, &|post| post.carrier.clear(), Err(Code::Argument));
    check(QZ, &|post| post.carrier = "x".repeat(64), Ok(()));
    check(
        QZ,
        &|post| post.carrier = "x".repeat(65),
        Err(Code::TooLarge),
    );
    let cases = |count: u32| {
        move |post: &mut Post| {
            post.cases = (0..count).map(|n| entry(n).into()).collect();
        }
    };
    check(QZ, &cases(0), Ok(()));
    check(QZ, &cases(64), Ok(()));
    check(QZ, &cases(65), Err(Code::TooLarge));
    let twice = |post: &mut Post| post.cases = vec![entry(5).into(); 2];
    check(QZ, &twice, Err(Code::Duplicate));
    let posted = |on: &str| {
        let on = day(on);
        move |post: &mut Post| post.posted = on
    };
    check(QZ, &posted("2026-01-01"), Ok(()));
    check(QZ, &posted("2025-12-31"), Err(Code::Date));
    let leg = |leg: Leg, to: Recipient| move |post: &mut Post| (post.leg, post.to) = (leg, to);
    check(
        QZ,
        &leg(Leg::ResultToApplicant, Recipient::Applicant),
        Ok(()),
    );
    check(QZ, &leg(Leg::Redelivery, Recipient::Applicant), Ok(()));
    check(
        QZ,
        &leg(Leg::Materials, Recipient::Applicant),
        Err(Code::Argument),
    );
    let wrong = leg(Leg::ResultToApplicant, Recipient::City(SR));
    check(QZ, &wrong, Err(Code::Argument));

    let act = arrive("2026-09-03");
    let genesis = Parcel::open(entry(0), &author(QZ), &fixture.view(), &act);
    assert_eq!(genesis, Err(Code::State));
    let unsigned = Fixture::signed_by(&[NP, SR]);
    let act = Act::Post(posting());
    let early = Parcel::open(entry(0), &author(QZ), &unsigned.view(), &act);
    assert_eq!(early, Err(Code::Agreement));
}

#[test]
fn the_receiver_arrives_then_opens_once() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(posting(), &view);
    let check = |state: &State, city: CityId, act: &Act, expect: Result<(), Code>| {
        let got = Parcel::authorize(state, &author(city), &view, act);
        assert_eq!(got, expect, "{act:?}");
    };
    let opening = open_on("2026-09-05", Opening::Ok);
    assert_eq!(state.stage(), Stage::Posted);
    check(&state, QZ, &arrive("2026-09-05"), Err(Code::NoPower));
    check(&state, HS, &arrive("2026-09-05"), Err(Code::NotParty));
    check(&state, SR, &arrive("2026-09-02"), Err(Code::Date));
    check(&state, SR, &opening, Err(Code::State));
    check(&state, SR, &Act::Post(posting()), Err(Code::State));
    record(&mut state, 1, SR, &view, &arrive("2026-09-05"));
    assert_eq!(state.stage(), Stage::Arrived);
    check(&state, SR, &arrive("2026-09-05"), Err(Code::Already));
    check(&state, QZ, &opening, Err(Code::NoPower));
    check(
        &state,
        SR,
        &open_on("2026-09-04", Opening::Ok),
        Err(Code::Date),
    );
    record(&mut state, 2, SR, &view, &opening);
    assert_eq!(state.stage(), Stage::Opened(Opening::Ok));
    check(&state, SR, &opening, Err(Code::Already));

    // Two desks opened it unseen by each other: the poorer count is the one to look into.
    for (id, pieces) in [(3, 2), (4, 1)] {
        let less = open_on("2026-09-06", Opening::Discrepancy { pieces });
        apply(&mut state, id, SR, &less, false);
    }
    let found = Opening::Discrepancy { pieces: 1 };
    assert_eq!(state.stage(), Stage::Opened(found));
    check(
        &opened(to_applicant(), &view),
        QZ,
        &arrive("2026-09-05"),
        Err(Code::NoPower),
    );
}

#[test]
fn cost_lines() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(posting(), &view);
    let check = |state: &State, city: CityId, act: &Act, expect: Result<(), Code>| {
        let got = Parcel::authorize(state, &author(city), &view, act);
        assert_eq!(got, expect, "{act:?}");
    };
    check(
        &state,
        NP,
        &fen(CostKind::Postage, 2_200, SR),
        Err(Code::NotParty),
    );
    check(
        &state,
        SR,
        &fen(CostKind::Postage, 2_200, NP),
        Err(Code::NotParty),
    );
    let Act::Cost(mut line) = fen(CostKind::Postage, 2_200, SR) else {
        panic!("a cost line");
    };
    line.rule = 2;
    check(&state, SR, &Act::Cost(line), Err(Code::Argument));
    record(&mut state, 1, SR, &view, &fen(CostKind::Postage, 2_200, SR));
    check(
        &state,
        QZ,
        &fen(CostKind::Postage, 2_200, QZ),
        Err(Code::Duplicate),
    );
    check(&state, SR, &fen(CostKind::Redelivery, 500, SR), Ok(()));

    check(&state, QZ, &confirm(2), Err(Code::NotFound));
    check(&state, SR, &confirm(1), Err(Code::NoPower));
    check(&state, NP, &confirm(1), Err(Code::NotParty));
    check(
        &state,
        QZ,
        &confirm_kind(1, CostKind::Packing),
        Err(Code::Argument),
    );
    assert_eq!(state.counted_lines(&view), []);
    record(&mut state, 3, QZ, &view, &confirm(1));
    check(&state, QZ, &confirm(1), Err(Code::Already));
    check(&state, QZ, &Act::Retract(entry(3)), Err(Code::State));
    let counted = state.counted_lines(&view);
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].payer, counted[0].liable), (SR, QZ));
    assert_eq!(counted[0].amount.fen(), Fen::new(2_200));
    // A twin's dispute over the line itself takes it out again, and nobody may sign it.
    let mut unsigned = opened(posting(), &view);
    apply(
        &mut unsigned,
        1,
        SR,
        &fen(CostKind::Postage, 2_200, SR),
        true,
    );
    check(&unsigned, QZ, &confirm(1), Err(Code::Disputed));
    apply(&mut state, 1, SR, &fen(CostKind::Postage, 2_200, SR), true);
    assert_eq!(standings(&state, &view), [LineStanding::Disputed]);
}

#[test]
fn only_the_liable_payer_spares_the_confirmation() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let check = |post: Post, by: CityId, payer: CityId, expect: LineStanding| {
        let mut state = opened(post, &view);
        record(
            &mut state,
            1,
            by,
            &view,
            &fen(CostKind::Postage, 2_000, payer),
        );
        assert_eq!(standings(&state, &view), [expect]);
    };
    check(posting(), QZ, QZ, LineStanding::Counted);
    check(posting(), SR, QZ, LineStanding::Unconfirmed);
    check(posting(), QZ, SR, LineStanding::Unconfirmed);
    check(posting(), SR, SR, LineStanding::Unconfirmed);
    check(to_applicant(), QZ, QZ, LineStanding::Counted);
}

/// Sender and receiver recorded the postage unseen by each other.
fn two_lines(view: &View<'_>) -> State {
    let mut state = opened(posting(), view);
    apply(&mut state, 1, QZ, &fen(CostKind::Postage, 2_200, QZ), false);
    apply(&mut state, 2, SR, &fen(CostKind::Postage, 2_300, SR), false);
    state
}

#[test]
fn a_confirmation_chooses_between_two_postage_lines() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = two_lines(&view);
    assert_eq!(standings(&state, &view), [LineStanding::Unconfirmed; 2]);
    record(&mut state, 3, QZ, &view, &confirm(2));
    assert_eq!(
        standings(&state, &view),
        [LineStanding::Superseded, LineStanding::Counted]
    );
    let second = Parcel::authorize(&state, &author(SR), &view, &confirm(1));
    assert_eq!(second, Err(Code::Duplicate));
}

#[test]
fn crossed_confirmations_wait_for_a_retraction() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let (ours, theirs) = (confirm(2), confirm(1));
    let place = |id, city, act| Placed {
        id: entry(id),
        author: author(city),
        act,
    };
    let (first, second) = (place(3, QZ, &ours), place(4, SR, &theirs));
    assert_eq!(Parcel::concurrent(&first, &second), Meeting::Disputed);
    assert_eq!(Parcel::concurrent(&second, &first), Meeting::Disputed);

    let mut state = two_lines(&view);
    Parcel::apply(&mut state, &first, true);
    Parcel::apply(&mut state, &second, true);
    assert_eq!(standings(&state, &view), [LineStanding::Disputed; 2]);
    assert_eq!(
        state.disputed().collect::<Vec<_>>(),
        [(entry(3), QZ), (entry(4), SR)]
    );
    let check = |city: CityId, id: u32, expect: Result<(), Code>| {
        let act = Act::Retract(entry(id));
        assert_eq!(
            Parcel::authorize(&state, &author(city), &view, &act),
            expect
        );
    };
    check(QZ, 3, Ok(()));
    check(SR, 3, Err(Code::NotHolder));
    check(QZ, 1, Err(Code::State));
    check(QZ, 9, Err(Code::NotFound));

    // The fold gives what is left: SR's confirmation, no longer contradicted.
    let mut left = two_lines(&view);
    Parcel::apply(&mut left, &second, false);
    apply(&mut left, 5, QZ, &Act::Retract(entry(3)), false);
    assert_eq!(
        standings(&left, &view),
        [LineStanding::Counted, LineStanding::Superseded]
    );
}

#[test]
fn other_meetings_stand() {
    let check = |one: &Act, other: &Act| {
        let place = |id, city, act| Placed {
            id: entry(id),
            author: author(city),
            act,
        };
        let (one, other) = (place(1, QZ, one), place(2, SR, other));
        assert_eq!(Parcel::concurrent(&one, &other), Meeting::Stand);
    };
    check(&confirm(7), &confirm(7));
    let packing = confirm_kind(8, CostKind::Packing);
    check(&packing, &confirm_kind(9, CostKind::Packing));
    check(&confirm(7), &packing);
    let line = fen(CostKind::Postage, 100, QZ);
    check(&line, &fen(CostKind::Postage, 100, SR));
    check(&line, &confirm(7));
    check(&Act::Retract(entry(7)), &confirm(8));
}

#[test]
fn a_signature_that_was_not_seen_stops_a_retraction() {
    let (retract, confirm) = (Act::Retract(entry(7)), confirm(7));
    let place = |id, city, act| Placed {
        id: entry(id),
        author: author(city),
        act,
    };
    let (one, other) = (place(1, SR, &retract), place(2, QZ, &confirm));
    assert_eq!(Parcel::concurrent(&one, &other), Meeting::FirstVoid);
    assert_eq!(Parcel::concurrent(&other, &one), Meeting::SecondVoid);
}

#[test]
fn a_mistyped_line_is_taken_back_until_it_is_signed() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(posting(), &view);
    record(&mut state, 1, SR, &view, &fen(CostKind::Postage, 22, SR));
    check_in(
        &state,
        QZ,
        &view,
        &Act::Retract(entry(1)),
        Err(Code::NotHolder),
    );
    check_in(&state, SR, &view, &Act::Retract(entry(1)), Ok(()));
    let mut signed = state.clone();
    record(&mut signed, 2, QZ, &view, &confirm(1));
    check_in(
        &signed,
        SR,
        &view,
        &Act::Retract(entry(1)),
        Err(Code::State),
    );
    record(&mut state, 2, SR, &view, &Act::Retract(entry(1)));
    check_in(
        &state,
        SR,
        &view,
        &Act::Retract(entry(1)),
        Err(Code::Already),
    );
    check_in(&state, QZ, &view, &confirm(1), Err(Code::NotFound));
    let right = fen(CostKind::Postage, 2_200, SR);
    check_in(&state, SR, &view, &right, Ok(()));
}

fn check_in(
    state: &State,
    city: CityId,
    view: &crate::agreement::View<'_>,
    act: &Act,
    expect: Result<(), Code>,
) {
    assert_eq!(Parcel::authorize(state, &author(city), view, act), expect);
}

#[test]
fn rival_lines_to_an_applicant_wait_for_the_sender() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(to_applicant(), &view);
    apply(&mut state, 1, QZ, &fen(CostKind::Postage, 2_000, QZ), false);
    apply(&mut state, 2, QZ, &fen(CostKind::Postage, 2_000, QZ), false);
    assert_eq!(standings(&state, &view), [LineStanding::Disputed; 2]);
    record(&mut state, 3, QZ, &view, &Act::Retract(entry(1)));
    assert_eq!(standings(&state, &view), [LineStanding::Counted]);
    assert_eq!(state.counted_lines(&view)[0].id, entry(2));
}

#[test]
fn names_retractions_and_audience() {
    assert_eq!(Parcel::names(&confirm(7)), [entry(7)]);
    assert_eq!(Parcel::names(&Act::Retract(entry(7))), []);
    assert_eq!(Parcel::retracts(&Act::Retract(entry(7))), Some(entry(7)));
    assert_eq!(Parcel::retracts(&confirm(7)), None);
    let check = |post: Post, joined: &[CityId]| {
        let mut audience = Audience::default();
        let act = Act::Post(post);
        let placed = Placed {
            id: entry(0),
            author: author(QZ),
            act: &act,
        };
        Parcel::observe(&mut audience, &placed);
        assert_eq!(audience.named(), joined.iter().copied().collect());
        assert!(!audience.includes(&HS));
    };
    check(posting(), &[QZ, SR]);
    check(to_applicant(), &[QZ]);
}

/// The kind of the line that an entry would carry, so that confirmations name it rightly.
fn kind_of(id: u32) -> CostKind {
    match id % 3 {
        0 => CostKind::Refund,
        _ => CostKind::Postage,
    }
}

/// Any act about lines in doubt. A line of a correction is one that names another line.
fn any_line_act() -> impl Strategy<Value = Act> {
    let id = 1..16_u32;
    prop_oneof![
        id.clone().prop_map(|line| Act::Dispute(Dispute {
            line: entry(line),
            reason: Reason::Weight,
        })),
        id.clone()
            .prop_map(|of| Act::Withdraw(Withdraw { dispute: entry(of) })),
        (id.clone(), id.clone(), 0..100_000_000_i64).prop_map(|(line, new, amount)| {
            let Act::Cost(line_of) = fen(CostKind::Postage, amount, SR) else {
                panic!("a cost line");
            };
            Act::Correct(Correct {
                line: entry(line),
                kind: CostKind::Postage,
                amount: line_of.amount,
                payer: SR,
                liable: QZ,
                rule: 1,
                outcome: Outcome::Amended,
                lines: vec![entry(new)],
                resolution: None,
                ruling: None,
            })
        }),
        (id.clone(), id.clone()).prop_map(|(correction, line)| Act::Agree(Agree {
            correction: entry(correction),
            line: entry(line),
        })),
        (id, 0..100_000_000_i64, any::<bool>()).prop_map(|(line, amount, sender)| {
            let Act::Cost(mut new) = fen(CostKind::Postage, amount, SR) else {
                panic!("a cost line");
            };
            new.instead = Some(Instead {
                line: entry(line),
                liable: if sender { QZ } else { SR },
            });
            Act::Cost(new)
        }),
    ]
}

/// Any act but the genesis, for the entry it is placed in.
fn any_act() -> impl Strategy<Value = Act> {
    let on = (0..30_i32).prop_map(|n| day("2026-09-03").plus_days(n).expect("a date"));
    prop_oneof![
        1 => on.clone().prop_map(|on| Act::Arrive(Arrive { on, window: None })),
        1 => (on.clone(), any::<u16>()).prop_map(|(on, pieces)| {
            let outcome = Opening::Discrepancy { pieces };
            Act::Open(Open { on, outcome })
        }),
        1 => on.prop_map(|on| Act::Open(Open {
            on,
            outcome: Opening::Ok
        })),
        4 => (0..100_000_000_i64, any::<bool>()).prop_map(|(amount, sender)| {
            fen(CostKind::Postage, amount, if sender { QZ } else { SR })
        }),
        4 => (1..10_u32).prop_map(|line| confirm_kind(line, kind_of(line))),
        1 => (1..16_u32).prop_map(|id| Act::Retract(entry(id))),
        6 => any_line_act(),
        1 => (0..30_i32, 0..6_usize).prop_map(|(n, at)| Act::Carried(Carried {
            event: Event::ALL[at],
            on: day("2026-09-03").plus_days(n).expect("a date"),
        })),
        1 => (0..30_i32, 0..900_u32).prop_map(|(n, weight_g)| Act::Send(Send {
            on: day("2026-09-03").plus_days(n).expect("a date"),
            weight_g,
        })),
    ]
}

/// Numbers the acts and gives each cost line the kind of its entry.
fn numbered(acts: Vec<(Act, bool, bool)>) -> Vec<(u32, (Act, bool, bool))> {
    let mut acts: Vec<_> = (1..).zip(acts).collect();
    for (id, (act, ..)) in &mut acts {
        if let Act::Cost(line) = act
            && line.instead.is_none()
        {
            line.kind = kind_of(*id);
        }
    }
    acts
}

proptest! {
    #[test]
    fn apply_commutes_and_states_have_one_encoding(
        (placed, shuffled) in prop::collection::vec((any_act(), any::<bool>(), any::<bool>()), 0..16)
            .prop_map(numbered)
            .prop_flat_map(|acts| (Just(acts.clone()), Just(acts).prop_shuffle())),
    ) {
        let fixture = Fixture::effective();
        let view = fixture.view();
        let fold = |acts: &[(u32, (Act, bool, bool))]| {
            let mut state = opened(posting(), &view);
            for (id, (act, sender, disputed)) in acts {
                apply(&mut state, *id, if *sender { QZ } else { SR }, act, *disputed);
            }
            state
        };
        let one = fold(&placed);
        let other = fold(&shuffled);
        let bytes = encode_canonical(&one);
        prop_assert_eq!(&bytes, &encode_canonical(&other));
        prop_assert_eq!(decode_canonical::<State>(&bytes).expect("own bytes"), one.clone());
        prop_assert_eq!(one.counted_lines(&view), other.counted_lines(&view));
        for (_, (act, ..)) in &placed {
            let bytes = encode_canonical(act);
            prop_assert_eq!(&decode_canonical::<Act>(&bytes).expect("own bytes"), act);
        }
        let plain = |id: &EntryId| one.lines.get(id).is_some_and(|line| line.instead.is_none());
        let mut counted = one.counted_lines(&view);
        counted.retain(|line| line.kind == CostKind::Postage && plain(&line.id));
        prop_assert!(counted.len() <= 1, "postage counts once: {:?}", counted);
    }
}

#[test]
fn names_are_stable() {
    let acts = [
        Act::Post(posting()),
        arrive("2026-09-05"),
        open_on("2026-09-05", Opening::Ok),
        fen(CostKind::Postage, 1, QZ),
        confirm(1),
        Act::Retract(entry(1)),
    ];
    let names: Vec<_> = acts.iter().map(Act::name).collect();
    assert_eq!(
        names,
        ["post", "arrive", "open", "cost", "confirm", "retract"]
    );
    let json = |value: &str| format!("\"{value}\"");
    for pay in [PayMethod::Prepaid, PayMethod::ReturnLabel] {
        assert_eq!(serde_json::to_string(&pay).expect("text"), json(pay.name()));
    }
    for kind in [CostKind::Postage, CostKind::Compensation] {
        assert_eq!(
            serde_json::to_string(&kind).expect("text"),
            json(kind.name())
        );
    }
    for leg in [Leg::Materials, Leg::Redelivery] {
        assert_eq!(serde_json::to_string(&leg).expect("text"), json(leg.code()));
    }
}
