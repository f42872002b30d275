//! The four modes: who may open a case in which, and whose powers it needs.

use super::fixture::{Fixture, Play, on, receive, who};
use super::*;
use crate::agreement::{Feedback, Joint, JointStep, Power};

fn step(id: &str) -> JointStep {
    JointStep {
        id: id.into(),
        name: id.into(),
        partner: false,
        after: Vec::new(),
        days: 5,
        irreversible: false,
        undoes: None,
        urgent_days: None,
        ..JointStep::default()
    }
}

fn refusal(fixture: &Fixture, city: CityId, papers: Receive) -> Code {
    let act = Act::Receive(papers);
    let opened = Case::open(entry(1), &on(city, "2026-09-07"), &fixture.view(), &act);
    opened.map(|_| ()).expect_err("a refusal")
}

/// a case opens in a mode that its item offers, and in no other.
#[test]
fn a_case_opens_in_a_mode_that_its_item_offers() {
    let fixture = Fixture::new();
    let papers = receive("330800", NP, "2026-09-07", &["M1"]);
    for mode in [Mode::A, Mode::C, Mode::D] {
        let partner = (mode == Mode::C).then_some(HS);
        let other = Receive {
            mode,
            partner,
            ..papers.clone()
        };
        assert_eq!(refusal(&fixture, QZ, other), Code::Mode);
    }
    Play::open(&fixture, QZ, "2026-09-07", papers);
}

/// online the owner has the case from the beginning, and who helped to apply is no party.
#[test]
fn online_the_owner_holds_and_a_helper_is_no_party() {
    let fixture = Fixture::with(|annex| annex.items[0].modes = vec![Mode::A, Mode::B]);
    let papers = Receive {
        mode: Mode::A,
        assisted_by: Some(QZ),
        ..receive("350700", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(&fixture, NP, "2026-09-07", papers.clone());
    assert_eq!((play.state.stage().code(), play.state.trips()), ("S10", 0));
    assert!(!play.state.is_party(&QZ));
    assert_eq!(play.refused(QZ, &Act::Edit), Code::NotParty);
    play.check(NP, &["M1"]);
    assert_eq!(play.state.stage().code(), "S40");
    // It needs nobody's grant, and its own two officers.
    play.accept(NP);
    assert_eq!(
        play.refused(NP, &Act::SubstantiveReview(who("W01"))),
        Code::SameOfficer
    );
    play.decide(NP, Outcome::Granted);
    assert_eq!(play.state.stage().code(), "S70");
    // Who has no activation for the pair did not help.
    let stranger = Receive {
        assisted_by: Some(HS),
        ..papers
    };
    assert_eq!(refusal(&fixture, NP, stranger), Code::ItemNotActive);
}

/// the city of the window decides itself what is bound to no territory.
#[test]
fn direct_handling_needs_an_item_that_is_bound_to_no_territory() {
    let fixture = Fixture::with(|annex| {
        annex.items[0].modes = vec![Mode::D];
        annex.items[0].unbound = true;
    });
    let papers = Receive {
        mode: Mode::D,
        ..receive("350700", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(&fixture, NP, "2026-09-07", papers.clone());
    play.check(NP, &["M1"]);
    assert_eq!(play.state.stage().code(), "S21");
    play.accept(NP);
    play.decide(NP, Outcome::Granted);
    // For another city's power it is the wrong mode.
    let foreign = Receive {
        mode: Mode::D,
        ..receive("330800", NP, "2026-09-07", &["M1"])
    };
    assert_eq!(refusal(&fixture, QZ, foreign), Code::Mode);
    // Terms that would allow it for a bound item are not founded on.
    let found = |unbound| {
        let mut annex = crate::agreement::Annex::default();
        let item = crate::agreement::Item {
            code: "I-08".into(),
            name: "换证".into(),
            modes: vec![Mode::D],
            unbound,
            ..Default::default()
        };
        annex.items.push(item);
        annex.check(&[NP, QZ]).map_err(|(code, _)| code)
    };
    assert_eq!((found(true), found(false)), (Ok(()), Err(Code::Mode)));
}

/// joint handling needs the agreement that every city of its steps signed.
#[test]
fn joint_handling_needs_its_agreement() {
    let terms = |with: bool| {
        Fixture::with(|annex| {
            annex.items[0].modes = vec![Mode::C];
            if with {
                annex.joint.push(Joint {
                    item: "I-02".into(),
                    lead: NP,
                    partner: HS,
                    steps: vec![step("S1")],
                    feedback: Feedback::Unified,
                    days: 45,
                });
            }
        })
    };
    let papers = Receive {
        mode: Mode::C,
        partner: Some(HS),
        ..receive("330800", NP, "2026-09-07", &["M1"])
    };
    assert_eq!(refusal(&terms(false), QZ, papers.clone()), Code::Agreement);
    Play::open(&terms(true), QZ, "2026-09-07", papers);
}

/// an item is live for an ordered pair, from a day and to a day; open cases go on.
#[test]
fn an_item_that_ended_takes_no_new_case() {
    let fixture = Fixture::with(|annex| annex.activations[0].until = Some(day("2026-09-07")));
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    play.on("2026-09-08").check(QZ, &["M1"]);
    play.hand(QZ, NP);
    let late = receive("330800", NP, "2026-09-08", &["M1"]);
    let act = Act::Receive(late);
    let opened = Case::open(entry(1), &on(QZ, "2026-09-08"), &fixture.view(), &act);
    assert_eq!(opened.map(|_| ()), Err(Code::ItemNotActive));
}

/// a grant counts from a day to a day, and none counts for what may not be delegated.
#[test]
fn a_grant_counts_on_its_days_and_for_what_may_be_delegated() {
    let limited = Fixture::with(|annex| annex.grants[0].until = Some(day("2026-09-08")));
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(&limited, QZ, "2026-09-07", papers.clone());
    let check = Act::IdCheck(IdCheck {
        passed: true,
        officer: who("W01"),
        replaces: Vec::new(),
    });
    assert_eq!(play.on("2026-09-08").judge(QZ, &check), Ok(()));
    assert_eq!(play.on("2026-09-09").refused(QZ, &check), Code::Grant);
    let reserved = Fixture::with(|annex| annex.items[0].reserved = true);
    assert_eq!(refusal(&reserved, QZ, papers), Code::Grant);
    let mut annex = crate::agreement::Annex::default();
    annex.items.push(crate::agreement::Item {
        code: "I-12".into(),
        name: "登记".into(),
        reserved: true,
        ..Default::default()
    });
    annex.grants.push(crate::agreement::Grant {
        grantor: NP,
        grantee: QZ,
        items: vec!["I-12".into()],
        powers: vec![Power::Receive],
        from: None,
        until: None,
    });
    let mut members = [NP, QZ];
    members.sort_unstable();
    let founded = annex.check(&members).map_err(|(code, _)| code);
    assert_eq!(founded, Err(Code::NoPower));
}

/// what nobody applies for, what is secret, and a promise beyond the law stay out.
#[test]
fn items_that_must_stay_out_stay_out() {
    let checked = |item: crate::agreement::Item| {
        let mut annex = crate::agreement::Annex::default();
        annex.items.push(crate::agreement::Item {
            code: "I-01".into(),
            name: "事项".into(),
            ..item
        });
        annex.check(&[NP, QZ]).map_err(|(code, _)| code)
    };
    let item = crate::agreement::Item::default;
    assert_eq!(checked(item()), Ok(()));
    for category in [2, 3, 99] {
        let other = crate::agreement::Item {
            category: Some(category),
            ..item()
        };
        assert_eq!(checked(other), Err(Code::Argument));
    }
    let secret = crate::agreement::Item {
        classified: true,
        ..item()
    };
    assert_eq!(checked(secret), Err(Code::Classified));
    let slow = crate::agreement::Item {
        promise_days: 21,
        ..item()
    };
    assert_eq!(checked(slow), Err(Code::Argument));
}
