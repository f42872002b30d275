//! Tests of a parcel's life beside its posting, arrival and opening.

use tongban_identity::CityId;

use super::fixture::{Fixture, HS, NP, QZ, SR, author, day, entry, fen, posting_of, record};
use super::*;
use crate::agreement::{LastMile, Postage, PostageRule};
use crate::money::{Amount, Fen};

const TRACKING: &str = "EZ900000138CN";

fn posting() -> Post {
    posting_of(Recipient::City(SR), TRACKING, "2026-09-03")
}

fn opened(act: &Act, view: &View<'_>) -> State {
    Parcel::open(entry(0), &author(QZ), view, act).expect("allowed")
}

fn check(state: &State, city: CityId, view: &View<'_>, act: &Act, expect: Result<(), Code>) {
    let got = Parcel::authorize(state, &author(city), view, act);
    assert_eq!(got, expect, "{act:?}");
}

fn amount(fen: i64) -> Amount {
    Amount::new(Fen::new(fen)).expect("in range")
}

fn carried(event: Event, on: &str) -> Act {
    let on = day(on);
    Act::Carried(Carried { event, on })
}

fn dispatch(on: &str) -> Act {
    Act::Dispatch(Dispatch {
        batch: "QZ-0903-1".to_owned(),
        window: "QZ-SF".to_owned(),
        dept: "公安局".to_owned(),
        on: day(on),
    })
}

fn send(on: &str, weight_g: u32) -> Act {
    let on = day(on);
    Act::Send(Send { on, weight_g })
}

fn arrive(on: &str) -> Act {
    Act::Arrive(Arrive {
        on: day(on),
        window: Some("SR-01".to_owned()),
    })
}

fn open(on: &str) -> Act {
    Act::Open(Open {
        on: day(on),
        outcome: Opening::Ok,
    })
}

fn file(on: &str) -> Act {
    Act::File(File { on: day(on) })
}

/// department, dispatch window, carrier: each step once, by the sender, in order.
#[test]
fn r153_a_parcel_goes_over_the_dispatch_window() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&Act::Prepare(posting()), &view);
    assert_eq!((state.stage(), state.posted()), (Stage::Prepared, None));
    for early in [arrive("2026-09-05"), carried(Event::Lost, "2026-09-05")] {
        let by = if early.name() == "arrive" { SR } else { QZ };
        check(&state, by, &view, &early, Err(Code::State));
    }
    let cost = fen(CostKind::Postage, 2_200, QZ);
    check(&state, QZ, &view, &cost, Err(Code::State));
    check(
        &state,
        SR,
        &view,
        &dispatch("2026-09-03"),
        Err(Code::NoPower),
    );
    check(&state, QZ, &view, &dispatch("2026-09-02"), Err(Code::Date));
    let Act::Dispatch(mut unnamed) = dispatch("2026-09-03") else {
        panic!("a hand-over");
    };
    unnamed.batch.clear();
    check(
        &state,
        QZ,
        &view,
        &Act::Dispatch(unnamed),
        Err(Code::Argument),
    );
    record(&mut state, 1, QZ, &view, &dispatch("2026-09-04"));
    assert_eq!(state.stage(), Stage::Dispatched);
    assert_eq!(state.window_of(&QZ), Some("QZ-SF"));
    assert_eq!(state.batch(), Some("QZ-0903-1"));
    check(
        &state,
        QZ,
        &view,
        &dispatch("2026-09-04"),
        Err(Code::Already),
    );
    check(
        &state,
        SR,
        &view,
        &send("2026-09-04", 0),
        Err(Code::NoPower),
    );
    check(&state, QZ, &view, &send("2026-09-03", 0), Err(Code::Date));
    record(&mut state, 2, QZ, &view, &send("2026-09-05", 520));
    assert_eq!(state.stage(), Stage::Posted);
    assert_eq!(state.posted(), Some(day("2026-09-05")));
    assert_eq!(
        (state.weight_g(), state.post.posted),
        (520, day("2026-09-05"))
    );
    check(
        &state,
        QZ,
        &view,
        &send("2026-09-05", 0),
        Err(Code::Already),
    );
    check(
        &state,
        QZ,
        &view,
        &dispatch("2026-09-05"),
        Err(Code::Already),
    );
    check(&state, SR, &view, &arrive("2026-09-04"), Err(Code::Date));

    // A parcel that was posted at once passes no window any more.
    let at_once = opened(&Act::Post(posting()), &view);
    check(
        &at_once,
        QZ,
        &view,
        &dispatch("2026-09-04"),
        Err(Code::State),
    );
    check(
        &at_once,
        QZ,
        &view,
        &send("2026-09-04", 0),
        Err(Code::State),
    );
}

/// the posting date fixes the rule, also of a parcel that was made ready under an earlier one.
#[test]
fn r150_the_posting_date_fixes_the_rule() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut post = posting();
    post.posted = day("2026-11-30");
    let mut state = opened(&Act::Prepare(post.clone()), &view);
    record(&mut state, 1, QZ, &view, &send("2026-12-01", 0));
    // The fixture's lines name version 1.
    let cost = fen(CostKind::Postage, 2_200, QZ);
    check(&state, QZ, &view, &cost, Err(Code::Argument));
    let mut state = opened(&Act::Prepare(post), &view);
    record(&mut state, 1, QZ, &view, &send("2026-11-30", 0));
    check(&state, QZ, &view, &cost, Ok(()));
}

/// the four rules on real parcels, with the city that each names.
#[test]
fn r150_rules_name_cities() {
    let rule = |rule, last_mile| PostageRule {
        version: 1,
        rule,
        effective: day("2026-01-01"),
        last_mile,
    };
    let with = |leg, to, approver| Post {
        leg,
        approver,
        ..posting_of(to, TRACKING, "2026-09-03")
    };
    let there = Recipient::City(SR);
    let check = |post: &Post, origin, approver: Option<CityId>| {
        for (name, last_mile, expect) in [
            (Postage::OriginPays, LastMile::Origin, Some(QZ)),
            (Postage::OriginPays, LastMile::Issuer, origin),
            (Postage::SenderDeptPays, LastMile::Origin, Some(QZ)),
            (Postage::ApproverPaysBoth, LastMile::Origin, approver),
            (Postage::ApplicantCollect, LastMile::Origin, None),
        ] {
            let got = liable(post, QZ, &rule(name, last_mile));
            assert_eq!(got, expect, "{name:?} {post:?}");
        }
    };
    check(&with(Leg::Materials, there, None), Some(QZ), Some(SR));
    check(&with(Leg::ResultToWindow, there, None), Some(QZ), Some(QZ));
    check(&with(Leg::Supplement, there, None), Some(QZ), Some(SR));
    check(&with(Leg::Redelivery, there, Some(SR)), Some(QZ), Some(SR));
    check(&with(Leg::Forward, there, Some(QZ)), Some(QZ), Some(QZ));
    check(&with(Leg::Joint, there, None), Some(QZ), Some(SR));
    let last = with(Leg::LastMile, Recipient::Applicant, Some(NP));
    check(&last, Some(NP), Some(NP));
    let direct = with(Leg::ResultToApplicant, Recipient::Applicant, None);
    check(&direct, Some(QZ), Some(QZ));
}

#[test]
fn what_a_posting_may_name() {
    let both = |rule| {
        Fixture::with(|annex| {
            annex.postage = vec![PostageRule {
                version: 1,
                rule,
                effective: day("2026-01-01"),
                last_mile: LastMile::Origin,
            }];
        })
    };
    let origin = both(Postage::OriginPays);
    let approver = both(Postage::ApproverPaysBoth);
    let check = |fixture: &Fixture, change: &dyn Fn(&mut Post), expect: Result<(), Code>| {
        let mut post = posting();
        change(&mut post);
        let act = Act::Post(post);
        let got = Parcel::open(entry(0), &author(QZ), &fixture.view(), &act);
        assert_eq!(got.map(drop), expect, "{act:?}");
    };
    let leg = |leg, approver: Option<CityId>| {
        move |post: &mut Post| {
            (post.leg, post.approver) = (leg, approver);
            if leg == Leg::LastMile {
                post.to = Recipient::Applicant;
            }
        }
    };
    check(&origin, &leg(Leg::LastMile, Some(NP)), Ok(()));
    check(&origin, &leg(Leg::LastMile, None), Err(Code::Argument));
    check(&origin, &leg(Leg::LastMile, Some(QZ)), Err(Code::NotMember));
    check(&origin, &leg(Leg::Materials, Some(SR)), Err(Code::Argument));
    check(
        &origin,
        &leg(Leg::Redelivery, Some(HS)),
        Err(Code::Argument),
    );
    check(&origin, &leg(Leg::Redelivery, None), Ok(()));
    check(&approver, &leg(Leg::Redelivery, None), Err(Code::Argument));
    check(&approver, &leg(Leg::Forward, Some(SR)), Ok(()));
    let account =
        |pay, city: Option<CityId>| move |post: &mut Post| (post.pay, post.account) = (pay, city);
    check(&origin, &account(PayMethod::Contract, Some(SR)), Ok(()));
    check(
        &origin,
        &account(PayMethod::Contract, Some(HS)),
        Err(Code::NotParty),
    );
    check(
        &origin,
        &account(PayMethod::Collect, Some(SR)),
        Err(Code::Argument),
    );
    let row = |case: u32, requirement: &str| {
        let requirement = requirement.to_owned();
        move |post: &mut Post| {
            post.contents = vec![Content {
                case: entry(case).into(),
                requirement: requirement.clone(),
                pages: 2,
                original: true,
            }];
        }
    };
    check(&origin, &row(77, "M1"), Ok(()));
    check(&origin, &row(78, "M1"), Err(Code::Argument));
    check(&origin, &row(77, ""), Err(Code::Argument));
    check(&origin, &row(77, &"x".repeat(33)), Err(Code::Argument));
}

/// the city that issued what the sender posts on is party to the parcel.
#[test]
fn r150_the_issuing_city_of_the_last_mile_is_party() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let post = Post {
        leg: Leg::LastMile,
        approver: Some(NP),
        ..posting_of(Recipient::Applicant, TRACKING, "2026-09-03")
    };
    let act = Act::Post(post);
    let mut audience = Audience::default();
    let placed = Placed {
        id: entry(0),
        author: author(QZ),
        act: &act,
    };
    Parcel::observe(&mut audience, &placed);
    assert_eq!(audience.named(), [QZ, NP].into_iter().collect());
    let mut state = opened(&act, &view);
    assert!(state.is_party(&NP) && !state.is_party(&SR));
    record(&mut state, 1, NP, &view, &fen(CostKind::Postage, 1_500, QZ));
    let waits = state.counted_lines(&view);
    assert_eq!(
        waits,
        [],
        "the sender paid, and has to sign what the other city wrote"
    );
    check(&state, NP, &view, &arrive("2026-09-05"), Err(Code::NoPower));
}

/// whatever happened, a parcel is in exactly one place, and both cities say the same one.
#[test]
fn r151_every_parcel_is_in_one_place() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&Act::Prepare(posting()), &view);
    assert_eq!(state.place(), Place::Out);
    let course: [(CityId, Act, Stage, Place); 8] = [
        (QZ, dispatch("2026-09-03"), Stage::Dispatched, Place::Out),
        (QZ, send("2026-09-03", 0), Stage::Posted, Place::Carrier),
        (
            QZ,
            carried(Event::InTransit, "2026-09-04"),
            Stage::Carried(Event::InTransit),
            Place::Carrier,
        ),
        (
            SR,
            carried(Event::Refused, "2026-09-04"),
            Stage::Carried(Event::Refused),
            Place::Carrier,
        ),
        (
            QZ,
            carried(Event::Redelivered, "2026-09-05"),
            Stage::Carried(Event::Redelivered),
            Place::Carrier,
        ),
        (SR, arrive("2026-09-06"), Stage::Arrived, Place::In),
        (
            SR,
            open("2026-09-06"),
            Stage::Opened(Opening::Ok),
            Place::In,
        ),
        (SR, file("2026-09-07"), Stage::Filed, Place::In),
    ];
    for (id, (city, act, stage, place)) in (1..).zip(course) {
        record(&mut state, id, city, &view, &act);
        assert_eq!((state.stage(), state.place()), (stage, place), "{act:?}");
    }
    assert_eq!(state.exception(), Some(Event::Redelivered));
    assert_eq!(state.window_of(&SR), Some("SR-01"));

    let mut back = opened(&Act::Post(posting()), &view);
    record(&mut back, 1, QZ, &view, &carried(Event::Lost, "2026-09-05"));
    assert_eq!(
        back.place(),
        Place::Carrier,
        "the carrier answers for a lost parcel"
    );
    record(
        &mut back,
        2,
        QZ,
        &view,
        &carried(Event::Returned, "2026-09-09"),
    );
    assert_eq!(back.place(), Place::Out);
}

#[test]
fn the_carrier_is_heard_once_and_papers_are_filed_after_the_opening() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&Act::Post(posting()), &view);
    let moved = carried(Event::InTransit, "2026-09-04");
    check(
        &state,
        QZ,
        &view,
        &carried(Event::Lost, "2026-09-02"),
        Err(Code::Date),
    );
    check(&state, HS, &view, &moved, Err(Code::NotParty));
    record(&mut state, 1, SR, &view, &moved);
    check(&state, QZ, &view, &moved, Err(Code::Already));
    check(
        &state,
        QZ,
        &view,
        &carried(Event::InTransit, "2026-09-05"),
        Ok(()),
    );
    for nth in 2..=u32::try_from(EVENTS_MAX).expect("small") + 1 {
        let on = day("2026-09-04").plus_days(i32::try_from(nth).expect("small"));
        let on = on.expect("a date");
        record(
            &mut state,
            nth,
            QZ,
            &view,
            &Act::Carried(Carried {
                event: Event::InTransit,
                on,
            }),
        );
    }
    check(
        &state,
        QZ,
        &view,
        &carried(Event::Lost, "2026-09-05"),
        Err(Code::TooLarge),
    );
    // What one city recorded takes no room from the other.
    let by_the_other = carried(Event::Lost, "2026-09-05");
    check(&state, SR, &view, &by_the_other, Ok(()));
    check(&state, SR, &view, &file("2026-09-06"), Err(Code::State));
    record(&mut state, 101, SR, &view, &arrive("2026-09-06"));
    record(&mut state, 102, SR, &view, &open("2026-09-06"));
    check(&state, QZ, &view, &file("2026-09-06"), Err(Code::NoPower));
    check(&state, SR, &view, &file("2026-09-05"), Err(Code::Date));
    record(&mut state, 103, SR, &view, &file("2026-09-06"));
    check(&state, SR, &view, &file("2026-09-06"), Err(Code::Already));
}

fn repay(fen: i64, on: &str) -> Act {
    Act::Repay(Repay {
        amount: amount(fen),
        on: day(on),
    })
}

/// under `APPLICANT_COLLECT` a collect parcel is the rule; under `ORIGIN_PAYS` it is an alarm, and a task
/// until the sender gave the money back.
#[test]
fn r152_a_collect_parcel_to_the_applicant() {
    let ruled = |rule| {
        Fixture::with(move |annex| {
            annex.postage = vec![PostageRule {
                version: 1,
                rule,
                effective: day("2026-01-01"),
                last_mile: LastMile::Origin,
            }];
        })
    };
    let origin = ruled(Postage::OriginPays);
    let view = origin.view();
    let post = posting_of(Recipient::Applicant, TRACKING, "2026-09-03");
    let mut state = opened(&Act::Post(post.clone()), &view);
    assert!(state.collects_wrongly(&view));
    assert_eq!(state.refund_task(&view), Some(QZ));
    check(
        &state,
        QZ,
        &view,
        &repay(0, "2026-09-08"),
        Err(Code::Argument),
    );
    check(
        &state,
        QZ,
        &view,
        &repay(2_000, "2026-09-02"),
        Err(Code::Date),
    );
    record(&mut state, 1, QZ, &view, &repay(2_000, "2026-09-08"));
    assert_eq!(state.refund_task(&view), None);
    assert!(state.collects_wrongly(&view), "the alarm stays");
    check(
        &state,
        QZ,
        &view,
        &repay(2_000, "2026-09-09"),
        Err(Code::Already),
    );
    assert_eq!(state.counted_lines(&view), [], "no money between cities");

    let paid = Post {
        pay: PayMethod::Prepaid,
        ..post.clone()
    };
    let state = opened(&Act::Post(paid), &view);
    assert!(!state.collects_wrongly(&view));
    check(
        &state,
        QZ,
        &view,
        &repay(2_000, "2026-09-08"),
        Err(Code::State),
    );

    let applicant = ruled(Postage::ApplicantCollect);
    let view = applicant.view();
    let mut state = opened(&Act::Post(post), &view);
    assert!(!state.collects_wrongly(&view));
    record(&mut state, 1, QZ, &view, &fen(CostKind::Postage, 2_000, QZ));
    assert_eq!(state.counted_lines(&view), [], "the applicant bears it");
}

fn claim(fen: i64, on: &str, due: &str) -> Act {
    Act::Claim(Claim {
        amount: amount(fen),
        insured: None,
        on: day(on),
        due: day(due),
    })
}

fn end(of: u32, outcome: ClaimOutcome, paid: Option<i64>, on: &str) -> Act {
    Act::ClaimEnd(ClaimEnd {
        claim: entry(of),
        outcome,
        amount: paid.map(amount),
        on: day(on),
    })
}

/// a lost parcel opens a claim with dates and amounts; its city ends it, once.
#[test]
fn r154_a_lost_parcel_is_claimed_for() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let mut state = opened(&Act::Post(posting()), &view);
    let sound = claim(15_000, "2026-09-10", "2026-10-10");
    check(&state, QZ, &view, &sound, Err(Code::State));
    record(
        &mut state,
        1,
        QZ,
        &view,
        &carried(Event::Lost, "2026-09-09"),
    );
    check(
        &state,
        QZ,
        &view,
        &claim(15_000, "2026-09-08", "2026-10-10"),
        Err(Code::Date),
    );
    check(
        &state,
        QZ,
        &view,
        &claim(15_000, "2026-09-10", "2026-09-09"),
        Err(Code::Date),
    );
    check(
        &state,
        QZ,
        &view,
        &claim(0, "2026-09-10", "2026-10-10"),
        Err(Code::Argument),
    );
    record(&mut state, 2, QZ, &view, &sound);
    check(&state, QZ, &view, &sound, Err(Code::Already));
    check(&state, SR, &view, &sound, Ok(()));
    let paid = end(2, ClaimOutcome::Paid, Some(6_000), "2026-09-30");
    check(&state, SR, &view, &paid, Err(Code::NotHolder));
    check(
        &state,
        QZ,
        &view,
        &end(3, ClaimOutcome::Refused, None, "2026-09-30"),
        Err(Code::NotFound),
    );
    check(
        &state,
        QZ,
        &view,
        &end(2, ClaimOutcome::Paid, None, "2026-09-30"),
        Err(Code::Argument),
    );
    let unpaid = end(2, ClaimOutcome::Refused, Some(1), "2026-09-30");
    check(&state, QZ, &view, &unpaid, Err(Code::Argument));
    check(
        &state,
        QZ,
        &view,
        &end(2, ClaimOutcome::Refused, None, "2026-09-09"),
        Err(Code::Date),
    );
    record(&mut state, 3, QZ, &view, &paid);
    check(&state, QZ, &view, &paid, Err(Code::Already));
    check(&state, QZ, &view, &sound, Ok(()));
    let claims: Vec<_> = state.claims().collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].3.map(|end| end.outcome), Some(ClaimOutcome::Paid));
}
