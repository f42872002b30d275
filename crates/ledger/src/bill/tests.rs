//! Bills: who may sign what and when, what a month counts, and that nothing counts twice.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::calendar::{Day, Month};
use crate::money::{Amount, Fen};
use crate::parcel::fixture::{Fixture, HS, NP, OUTSIDE, QZ, SR, at, day, entry};
use crate::parcel::{CostKind, LineStanding};
use tongban_identity::CityId;

fn september() -> Month {
    Month::new(2026, 9).expect("a month")
}

fn on(city: CityId, day: &str) -> Author {
    let cert = tongban_identity::CertHash(tongban_identity::Hash32(city.0));
    Author {
        city,
        cert,
        time: at(day),
    }
}

/// Numbers that a carrier may give, the check digit included.
const NUMBERS: [&str; 5] = [
    "EZ900000019CN",
    "EZ900000022CN",
    "EZ900000036CN",
    "EZ900000040CN",
    "EZ900000053CN",
];

/// A line of parcel `parcel` between QZ and NP.
fn line(id: u32, parcel: u32, number: usize, posted: &str, fen: i64, payer: CityId) -> Line {
    Line {
        line: entry(id),
        parcel: entry(parcel).into(),
        tracking: NUMBERS[number].parse().expect("a number"),
        kind: CostKind::Postage,
        posted: day(posted),
        amount: Amount::new(Fen::new(fen)).expect("in range"),
        payer,
    }
}

fn counted(line: Line) -> Candidate {
    Candidate {
        line,
        standing: LineStanding::Counted,
        recorded: day("2026-09-20"),
    }
}

fn open_by(city: CityId, with: CityId, view: &View<'_>) -> State {
    let act = Act::Open(Open {
        with,
        month: september(),
    });
    Bill::open(entry(1), &on(city, "2026-10-08"), view, &act).expect("the month is over")
}

/// Applies an act that its author may sign.
fn act(state: &mut State, id: u32, city: CityId, view: &View<'_>, act: &Act) {
    let author = on(city, "2026-10-10");
    assert_eq!(
        Bill::authorize(state, &author, view, act),
        Ok(()),
        "{act:?}"
    );
    force(state, id, city, act);
}

fn force(state: &mut State, id: u32, city: CityId, act: &Act) {
    let author = on(city, "2026-10-10");
    let placed = Placed {
        id: entry(id),
        author,
        act,
    };
    Bill::apply(state, &placed, false);
}

fn drafted(number: u32, lines: &[Line]) -> Act {
    let lines = lines.to_vec();
    Act::Draft(Draft { number, lines })
}

fn signed(state: &State, drafts: &[u32]) -> Act {
    let drafts: Vec<EntryId> = drafts.iter().map(|id| entry(*id)).collect();
    let lines = state.lines_of(&drafts).expect("known drafts");
    Act::Sign(Sign {
        hash: hash(state.pair(), state.open.month, &lines),
        drafts,
    })
}

#[test]
fn a_bill_is_opened_by_one_of_two_members_after_the_month() {
    let fixture = Fixture::effective();
    let check = |city, with, day: &str, expect: Result<(), Code>| {
        let act = Act::Open(Open {
            with,
            month: september(),
        });
        let opened = Bill::open(entry(1), &on(city, day), &fixture.view(), &act);
        assert_eq!(opened.map(|_| ()), expect, "{city:?} {day}");
    };
    check(QZ, NP, "2026-10-01", Ok(()));
    check(QZ, NP, "2026-09-30", Err(Code::NotDue));
    check(QZ, QZ, "2026-10-01", Err(Code::NotMember));
    check(QZ, OUTSIDE, "2026-10-01", Err(Code::NotMember));
    check(OUTSIDE, QZ, "2026-10-01", Err(Code::NotMember));
}

/// a bill is final once both cities signed the same lines, and not before.
#[test]
fn both_cities_sign_the_same_lines() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = open_by(QZ, NP, &view);
    let lines = [
        line(10, 10, 0, "2026-09-03", 2_600, QZ),
        line(20, 20, 1, "2026-09-09", 1_900, NP),
    ];
    act(&mut state, 2, QZ, &view, &drafted(1, &lines));
    let sign = signed(&state, &[2]);
    act(&mut state, 3, QZ, &view, &sign);
    assert_eq!(state.settled(), None, "one signature is none");
    let refused = |state: &State, city, act: &Act| {
        Bill::authorize(state, &on(city, "2026-10-10"), &view, act).expect_err("refused")
    };
    assert_eq!(refused(&state, QZ, &sign), Code::Already);
    assert_eq!(refused(&state, SR, &sign), Code::NotParty);
    act(&mut state, 4, NP, &view, &sign);
    let agreed = state.settled().expect("both signed");
    assert_eq!(agreed.lines, lines);
    let totals = Totals::of(&agreed.lines, &QZ).expect("small");
    assert_eq!(
        (totals.owed, totals.due),
        (Fen::new(1_900), Fen::new(2_600))
    );
    // What is final stays: no draft, no signature, no retraction.
    let Act::Sign(given) = &sign else {
        panic!("a signature")
    };
    let back = Act::Retract(Retract {
        sign: entry(3),
        hash: given.hash,
    });
    assert_eq!(refused(&state, QZ, &back), Code::State);
    assert_eq!(refused(&state, NP, &drafted(1, &lines[..1])), Code::Already);
}

#[test]
fn drafts_and_signatures_are_bounded_and_in_order() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let state = open_by(QZ, NP, &view);
    let good = line(10, 10, 0, "2026-09-03", 2_600, QZ);
    let other = line(20, 20, 1, "2026-09-09", 1_900, NP);
    let check = |act: Act, expect: Code| {
        let verdict = Bill::authorize(&state, &on(QZ, "2026-10-10"), &view, &act);
        assert_eq!(verdict, Err(expect), "{act:?}");
    };
    check(drafted(1, &[]), Code::Argument);
    check(drafted(1, &[other.clone(), good.clone()]), Code::Argument);
    check(drafted(1, &[good.clone(), good.clone()]), Code::Argument);
    check(drafted(3, std::slice::from_ref(&good)), Code::Argument);
    check(
        drafted(1, &[line(10, 10, 0, "2026-10-01", 1, QZ)]),
        Code::Date,
    );
    check(
        drafted(1, &[line(10, 10, 0, "2026-09-01", 1, SR)]),
        Code::NotParty,
    );
    let many: Vec<Line> = (0..600)
        .map(|id| line(id, id, 0, "2026-09-03", 1, QZ))
        .collect();
    check(drafted(1, &many), Code::TooLarge);
    let hash = tongban_identity::Hash32([7; 32]);
    let drafts = vec![entry(99)];
    check(Act::Sign(Sign { drafts, hash }), Code::NotFound);
    let drafts = Vec::new();
    check(Act::Sign(Sign { drafts, hash }), Code::Argument);
}

/// What the other city signed is not taken back by one who had not seen it.
#[test]
fn a_retraction_meets_the_signature_that_it_had_not_seen() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = open_by(QZ, NP, &view);
    let lines = [line(10, 10, 0, "2026-09-03", 2_600, QZ)];
    act(&mut state, 2, QZ, &view, &drafted(1, &lines));
    let sign = signed(&state, &[2]);
    act(&mut state, 3, QZ, &view, &sign);
    let Act::Sign(given) = &sign else {
        panic!("a signature")
    };
    let back = Act::Retract(Retract {
        sign: entry(3),
        hash: given.hash,
    });
    let (qz, np) = (on(QZ, "2026-10-10"), on(NP, "2026-10-10"));
    let place = |id, author, act| Placed {
        id: entry(id),
        author,
        act,
    };
    let (first, second) = (place(4, qz, &back), place(5, np, &sign));
    assert_eq!(Bill::concurrent(&first, &second), Meeting::FirstVoid);
    assert_eq!(Bill::concurrent(&second, &first), Meeting::SecondVoid);
    let own = place(6, qz, &sign);
    assert_eq!(Bill::concurrent(&first, &own), Meeting::Stand);
    // Seen, it is over: the signature is gone and another one may follow.
    act(&mut state, 4, QZ, &view, &back);
    assert!(state.signature_of(&QZ).is_none());
    act(&mut state, 7, QZ, &view, &sign);
}

/// A signature under lines that are not what its hash says, or that name a number twice, makes no bill.
#[test]
fn a_false_hash_or_a_number_twice_makes_no_bill() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let check = |lines: &[Line], falsify: bool, agreed: bool| {
        let mut state = open_by(QZ, NP, &view);
        force(&mut state, 2, QZ, &drafted(1, lines));
        let mut sign = signed(&state, &[2]);
        if let Act::Sign(sign) = &mut sign
            && falsify
        {
            sign.hash = tongban_identity::Hash32([7; 32]);
        }
        force(&mut state, 3, QZ, &sign);
        force(&mut state, 4, NP, &sign);
        assert_eq!(state.settled().is_some(), agreed);
    };
    let (one, again) = (
        line(10, 10, 0, "2026-09-03", 2_600, QZ),
        line(20, 20, 0, "2026-09-09", 2_600, QZ),
    );
    check(std::slice::from_ref(&one), false, true);
    check(std::slice::from_ref(&one), true, false);
    check(&[one, again], false, false);
}

/// A hostile city that drafts and signs on other branches afterwards changes nothing of what both signed.
#[test]
fn what_a_city_signs_besides_does_not_undo_a_bill() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = open_by(QZ, NP, &view);
    let lines = [line(10, 10, 0, "2026-09-03", 2_600, QZ)];
    act(&mut state, 2, QZ, &view, &drafted(1, &lines));
    let sign = signed(&state, &[2]);
    act(&mut state, 3, QZ, &view, &sign);
    act(&mut state, 4, NP, &view, &sign);
    let before = state.settled();
    let bogus = [line(11, 11, 1, "2026-09-03", 9, QZ)];
    force(&mut state, 5, NP, &drafted(1, &bogus));
    let other = signed(&state, &[5]);
    force(&mut state, 6, NP, &other);
    assert!(before.is_some());
    assert_eq!(state.settled(), before);
}

/// the table of what a month counts.
#[test]
fn the_cut_the_day_of_the_draft_and_the_number_decide_what_counts() {
    let month = september();
    let until = Some(day("2026-10-10"));
    let check = |candidate: Candidate, expect: Result<(), &str>| {
        let drafting = draft([candidate.clone()], month, until, &Billed::default());
        let found = match drafting.carried.first() {
            Some(carried) => Err(carried.why.name()),
            None if drafting.included.is_empty() => Err("outside"),
            None => Ok(()),
        };
        assert_eq!(found, expect, "{candidate:?}");
    };
    let good = counted(line(10, 10, 0, "2026-09-30", 1_900, NP));
    check(good.clone(), Ok(()));
    let early = counted(line(10, 10, 0, "2026-08-02", 1_900, NP));
    check(early, Ok(()));
    let after = counted(line(10, 10, 0, "2026-10-01", 1_900, NP));
    check(after, Err("outside"));
    let recorded = |recorded: &str| Candidate {
        recorded: day(recorded),
        ..good.clone()
    };
    check(recorded("2026-10-10"), Ok(()));
    check(recorded("2026-10-11"), Err("late"));
    for (standing, why) in [
        (LineStanding::Unconfirmed, "unconfirmed"),
        (LineStanding::Disputed, "disputed"),
    ] {
        let line = Candidate {
            standing,
            ..good.clone()
        };
        check(line, Err(why));
    }
}

/// a bill that is full counts what was posted first; the rest is carried, and the next month counts it.
/// A number that both cities took out of the false parcel counts in the true one, in bills as in the account of a month.
#[test]
fn a_parcel_that_was_taken_out_again_casts_no_doubt() {
    let number = |id, parcel, payer| counted(line(id, parcel, 0, "2026-09-05", 2_200, payer));
    let ids = |drafting: &Drafting| -> Vec<EntryId> {
        drafting.included.iter().map(|line| line.line).collect()
    };
    let draft = |lines: &[Candidate]| draft(lines.to_vec(), september(), None, &Billed::default());
    let both = [number(11, 1, QZ), number(12, 2, QZ)];
    assert_eq!(ids(&draft(&both)), []);
    // The reversal of a line has its number and its amount the other way.
    let [one, other] = both;
    let drafting = draft(&[one, other, number(13, 2, NP)]);
    assert_eq!(ids(&drafting), [entry(11)]);
    assert!(
        drafting
            .carried
            .iter()
            .all(|line| line.why == Why::Duplicate)
    );
    assert_eq!(drafting.carried.len(), 2);
    assert!(is_sound(&drafting.included));
}

#[test]
fn what_does_not_fit_into_a_bill_is_carried_to_the_next() {
    let more = 700;
    let count = u32::try_from(BILL_LINES_MAX).expect("small") + more;
    // Ids ascend against the days, so that the order of ids does not decide.
    let candidates: Vec<Candidate> = (1..=count)
        .map(|id| {
            let posted = if id <= more {
                "2026-09-20"
            } else {
                "2026-09-10"
            };
            let mut line = line(id, id, 0, posted, 100, NP);
            line.tracking = format!("X{id:011}").parse().expect("a number");
            counted(line)
        })
        .collect();
    let mut billed = Billed::default();
    let month = september();
    let first = draft(candidates.clone(), month, None, &billed);
    assert_eq!(first.included.len(), BILL_LINES_MAX);
    assert!(
        first
            .included
            .iter()
            .all(|line| line.posted == day("2026-09-10"))
    );
    assert!(first.included.is_sorted_by_key(|line| line.line));
    assert_eq!(first.carried.len(), more as usize);
    assert!(first.carried.iter().all(|carried| carried.why == Why::Full));
    assert!(first.carried.is_sorted_by_key(|carried| carried.line.line));
    let mut turned = candidates.clone();
    turned.reverse();
    assert_eq!(draft(turned, month, None, &billed), first);
    // It fits twice into what a city may draw up.
    assert!(BILL_LINES_MAX.div_ceil(LINES_MAX) * 2 <= DRAFTS_MAX);
    // A city that knows fewer lines has room for one that this city carries, and this one may sign it.
    let mut theirs = first.included[1..].to_vec();
    theirs.insert(0, first.carried[0].line.clone());
    let found = differences(&first, &theirs, &billed);
    assert!(found.len() == 1 && found[0].is_omission(), "{found:?}");

    billed.extend(first.included);
    let second = draft(candidates, month.next().expect("a month"), None, &billed);
    assert_eq!(
        (second.included.len(), second.carried.len()),
        (more as usize, 0)
    );
}

/// A tampered amount on one node is named, and so is a line that one of them lacks.
#[test]
fn differences_name_the_line() {
    let one = line(10, 10, 0, "2026-09-03", 2_600, QZ);
    let two = line(20, 20, 1, "2026-09-09", 1_900, NP);
    let ours = draft(
        [counted(one.clone()), counted(two.clone())],
        september(),
        None,
        &Billed::default(),
    );
    let nothing = Billed::default();
    assert_eq!(differences(&ours, &ours.included, &nothing), []);
    let mut tampered = two.clone();
    tampered.amount = Amount::new(Fen::new(9_100)).expect("in range");
    let found = differences(&ours, &[one.clone(), tampered.clone()], &nothing);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ours.as_ref(), Some(&two));
    assert_eq!(found[0].theirs, Some(tampered));
    assert!(!found[0].is_omission());
    let found = differences(&ours, std::slice::from_ref(&one), &nothing);
    assert!(found.len() == 1 && found[0].is_omission());
    // A line of an earlier bill is refused although this node has it.
    let mut billed = Billed::default();
    billed.extend([one.clone()]);
    let found = differences(&ours, &[one.clone(), two], &billed);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].theirs, Some(one));
}

prop_compose! {
    fn any_candidate()(
        id in 0..40_u32,
        number in 0..5_usize,
        posted in 0..70_i32,
        recorded in 0..80_i32,
        fen in 0..100_000_000_i64,
        qz_pays in any::<bool>(),
        standing in 0..4_u8,
    ) -> Candidate {
        let base = day("2026-08-01");
        let plus = |days: i32| base.plus_days(days).expect("a date");
        // A parcel has one number and one posting day, so both follow from the parcel.
        let parcel = id % 10;
        let line = Line {
            posted: plus(posted / 7 * 7),
            ..line(id, parcel, number, "2026-09-01", fen, if qz_pays { QZ } else { NP })
        };
        let standing = match standing {
            0 => LineStanding::Unconfirmed,
            1 => LineStanding::Disputed,
            _ => LineStanding::Counted,
        };
        Candidate { line, standing, recorded: plus(recorded) }
    }
}

fn distinct(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|one| one.line.line);
    candidates.dedup_by_key(|one| one.line.line);
    candidates
}

proptest! {
    /// Arrival order changes neither lines nor hash, and a bill that is drawn up may be signed.
    #[test]
    fn order_changes_no_hash(
        candidates in prop::collection::vec(any_candidate(), 0..40),
        turn in any::<prop::sample::Index>(),
    ) {
        let candidates = distinct(candidates);
        let nothing = Billed::default();
        let month = september();
        let until: Option<Day> = Some(day("2026-10-10"));
        let one = draft(candidates.clone(), month, until, &nothing);
        prop_assert!(is_sound(&one.included));
        let mut turned = candidates;
        turned.reverse();
        if !turned.is_empty() {
            let at = turn.index(turned.len());
            turned.rotate_left(at);
            turned.push(turned[at].clone());
        }
        let other = draft(turned, month, until, &nothing);
        prop_assert_eq!(&other, &one);
        prop_assert_eq!(
            hash((QZ, NP), month, &one.included),
            hash((NP, QZ), month, &other.included)
        );
        let totals = Totals::of(&one.included, &QZ).expect("small");
        let seen = Totals::of(&one.included, &NP).expect("small");
        prop_assert_eq!((totals.owed, totals.due), (seen.due, seen.owed));
    }

    /// Month after month, a line and a number stand in at most one final bill.
    #[test]
    fn a_line_is_in_at_most_one_final_bill(
        months in prop::collection::vec(prop::collection::vec(any_candidate(), 0..40), 1..4),
    ) {
        let mut billed = Billed::default();
        let mut lines = BTreeSet::new();
        let mut numbers = std::collections::BTreeMap::new();
        let mut month = september();
        for candidates in months {
            let drafting = draft(distinct(candidates), month, None, &billed);
            for line in &drafting.included {
                prop_assert!(lines.insert(line.line), "a line twice");
                let number = (line.tracking.clone(), line.kind);
                let parcel = *numbers.entry(number).or_insert(line.parcel);
                prop_assert_eq!(parcel, line.parcel, "a number for two parcels");
            }
            billed.extend(drafting.included);
            month = month.next().expect("a month");
        }
    }
}

/// 100,000 attempts to bill something twice within a pair: the line again, its number for another parcel, in the same
/// month or a later one. None is paid twice, and what is honest is paid.
#[test]
fn none_of_100_000_double_billings_is_paid_twice() {
    const ATTEMPTS: u32 = 100_000;
    const MONTH: u32 = 500;
    let mut billed = Billed::default();
    let mut month = september();
    let (mut paid, mut attempts, mut next) = (0_u64, 0, 1_u32);
    let mut lines = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    let mut earlier: Vec<Line> = Vec::new();
    while attempts < ATTEMPTS {
        let mut candidates = Vec::new();
        for _ in 0..MONTH {
            let mut honest = line(next, next, 0, "2026-08-01", 100, NP);
            honest.tracking = format!("X{next:011}").parse().expect("another number");
            candidates.push(counted(honest.clone()));
            // The attempt: a line of an earlier month again, or its number in a parcel of this one.
            let victim = match earlier.is_empty() {
                true => honest.clone(),
                false => earlier[next as usize % earlier.len()].clone(),
            };
            let attempt = match next % 3 {
                0 => victim,
                1 => Line {
                    line: entry(1_000_000_000 + next),
                    parcel: entry(1_000_000_000 + next).into(),
                    ..victim
                },
                _ => honest.clone(),
            };
            candidates.push(counted(attempt));
            attempts += 1;
            next += 1;
        }
        let drafting = draft(candidates, month, None, &billed);
        for line in &drafting.included {
            assert!(lines.insert(line.line), "a line is paid twice");
            let number = (line.tracking.clone(), line.kind);
            assert!(numbers.insert(number), "a number is paid twice");
            paid += u64::from(line.amount.fen() == Fen::new(100));
        }
        earlier = drafting.included.clone();
        billed.extend(drafting.included);
        month = month.next().expect("a month");
    }
    assert!(paid >= u64::from(ATTEMPTS) * 3 / 4, "{paid} of {ATTEMPTS}");
}

/// Every act survives its encoding, and one with an unknown field is refused.
#[test]
fn acts_have_one_encoding() {
    let state = open_by(QZ, HS, &Fixture::effective().view());
    let lines = [line(10, 10, 0, "2026-09-03", 2_600, QZ)];
    let hash = tongban_identity::Hash32([7; 32]);
    let acts = [
        Act::Open(state.open),
        drafted(1, &lines),
        Act::Sign(Sign {
            drafts: vec![entry(2)],
            hash,
        }),
        Act::Retract(Retract {
            sign: entry(3),
            hash,
        }),
    ];
    for act in acts {
        let bytes = tongban_identity::encode_canonical(&act);
        let again: Act = tongban_identity::decode_canonical(&bytes).expect("own bytes");
        assert_eq!(again, act);
    }
}
