//! Joint handling: steps in order, their clocks, and a withdrawal against an irreversible step.

use super::fixture::{Fixture, Play, meet, on, receive, who};
use super::*;
use crate::agreement::{Feedback, Joint, JointStep};
use crate::kind::Meeting;

fn step(id: &str, partner: bool, after: &[&str], days: u16) -> JointStep {
    JointStep {
        id: id.into(),
        name: id.into(),
        partner,
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        days,
        irreversible: false,
        undoes: None,
        urgent_days: None,
        ..JointStep::default()
    }
}

fn terms(steps: Vec<JointStep>, feedback: Feedback) -> Fixture {
    Fixture::with(|annex| {
        annex.items[0].modes = vec![Mode::C];
        annex.joint.push(Joint {
            item: "I-02".into(),
            lead: NP,
            partner: HS,
            steps,
            feedback,
            days: 45,
        });
    })
}

/// A pension that moves: the new place writes, the old one answers and pays, the new one concludes.
fn pension() -> Fixture {
    let steps = vec![
        step("S1", false, &[], 15),
        step("S2", true, &["S1"], 15),
        step("S3", false, &["S2"], 15),
    ];
    terms(steps, Feedback::Unified)
}

/// A residence that moves: allowed there, given up here, and entered there.
fn residence() -> Fixture {
    let mut gone = step("S2", true, &["S1"], 5);
    gone.irreversible = true;
    gone.urgent_days = Some(1);
    let mut back = step("S9", true, &[], 5);
    back.undoes = Some("S2".into());
    let steps = vec![
        step("S1", false, &[], 5),
        gone,
        step("S3", false, &["S2"], 5),
        back,
    ];
    terms(steps, Feedback::Unified)
}

/// A case at 衢州 for 南平, accepted there.
fn accepted<'f>(fixture: &'f Fixture, today: &str) -> Play<'f> {
    let papers = Receive {
        mode: Mode::C,
        partner: Some(HS),
        ..receive("330800", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(fixture, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    play.on(today);
    let on = day("2026-09-07");
    play.does(
        NP,
        &Act::Accept(Accept {
            on,
            officer: who("B01"),
        }),
    );
    play
}

fn open(step: &str, to: CityId) -> Act {
    Act::SubOpen(SubOpen {
        step: step.into(),
        to,
        officer: who("B01"),
        after: Vec::new(),
    })
}

fn granted(sub: EntryId) -> Act {
    Act::SubDecide(SubDecide {
        sub,
        outcome: Outcome::Granted,
        officer: who("B02"),
    })
}

/// R-130 (SC-1): the steps follow each other, each with its own clock at its own city, and a node
/// that is down is waited for by name.
#[test]
fn steps_follow_each_other_and_each_city_has_its_clock() {
    let fixture = pension();
    let mut play = accepted(&fixture, "2026-09-08");
    assert_eq!(play.refused(NP, &open("S2", HS)), Code::CheckMissing);
    assert_eq!(play.refused(NP, &open("S1", HS)), Code::NoPower);
    assert_eq!(play.refused(HS, &open("S1", NP)), Code::NotParty);
    let first = play.does(NP, &open("S1", NP));
    assert_eq!(play.due(ClockName::JointStep), Some(day("2026-09-29")));
    play.on("2026-09-16").does(NP, &granted(first));
    assert_eq!(play.used(ClockName::JointStep), [6]);
    let second = play.does(NP, &open("S2", HS));
    assert!(play.state.is_party(&HS));
    assert_eq!(
        play.refused(HS, &granted(second)),
        Code::State,
        "not taken yet"
    );
    // One working day without an Ack is the lead's to notice.
    assert!(!play.overdue("2026-09-17").contains(&ClockName::AckWait));
    assert!(play.overdue("2026-09-18").contains(&ClockName::AckWait));
    let call = Contact {
        about: second,
        means: Means::Fax,
        callee: who("SR-01"),
        officer: who("B01"),
    };
    play.on("2026-09-18").does(NP, &Act::Contact(call));
    play.on("2026-09-21")
        .does(HS, &Act::SubAck(SubAck { sub: second }));
    assert_eq!(play.used(ClockName::AckWait).last(), Some(&4));
    assert_eq!(play.due(ClockName::JointStep), Some(day("2026-10-19")));
    let sent = SubProgress {
        sub: second,
        what: "info-sent".into(),
        officer: who("C01"),
    };
    play.on("2026-10-12").does(HS, &Act::SubProgress(sent));
    play.on("2026-10-14").does(HS, &granted(second));
    let third = play.does(NP, &open("S3", NP));
    assert_eq!(play.due(ClockName::JointStep), Some(day("2026-11-04")));
    play.does(NP, &Act::SubstantiveReview(who("B01")));
    let decide = Act::Decide(Decide {
        outcome: Outcome::Granted,
        officer: who("B02"),
    });
    assert_eq!(play.refused(NP, &decide), Code::SubOpen);
    play.on("2026-10-20").does(NP, &granted(third));
    play.does(NP, &decide);
    assert_eq!(play.used(ClockName::JointStep), [6, 12, 4]);
    // The applicant came once.
    assert_eq!(play.state.trips(), 1);
    let red: Vec<ClockName> = play.overdue("2026-10-20");
    assert_eq!(red, [ClockName::AckWait]);
}

/// R-027 (C6): a refusal stops what depends on it, and the whole is refused.
#[test]
fn a_refused_step_stops_what_depends_on_it() {
    let fixture = pension();
    let mut play = accepted(&fixture, "2026-09-08");
    let first = play.does(NP, &open("S1", NP));
    let refused = SubDecide {
        sub: first,
        outcome: Outcome::Refused,
        officer: who("B02"),
    };
    play.does(NP, &Act::SubDecide(refused));
    assert_eq!(play.refused(NP, &open("S2", HS)), Code::CheckMissing);
    play.does(NP, &Act::SubstantiveReview(who("B01")));
    let decide = |outcome| {
        Act::Decide(Decide {
            outcome,
            officer: who("B02"),
        })
    };
    assert_eq!(
        play.refused(NP, &decide(Outcome::Granted)),
        Code::CheckMissing
    );
    play.does(NP, &decide(Outcome::Refused));
}

/// with separate feedback every city tells the applicant before the case is closed.
#[test]
fn separate_feedback_comes_from_every_city() {
    let steps = vec![step("S1", false, &[], 5), step("S2", true, &["S1"], 5)];
    let fixture = terms(steps, Feedback::Separate);
    let mut play = accepted(&fixture, "2026-09-08");
    let first = play.does(NP, &open("S1", NP));
    play.does(NP, &granted(first));
    let second = play.does(NP, &open("S2", HS));
    play.does(HS, &Act::SubAck(SubAck { sub: second }));
    play.does(HS, &granted(second));
    play.decide(NP, Outcome::Granted);
    play.does(
        NP,
        &Act::SendResult(SendResult {
            delivery: Delivery::Network,
        }),
    );
    let told = Act::Served(Served {
        on: day("2026-09-08"),
        means: Means::Portal,
    });
    play.does(NP, &told);
    assert_eq!(play.refused(NP, &told), Code::Already);
    assert_eq!(play.refused(NP, &Act::Close), Code::CheckMissing);
    play.does(HS, &told);
    play.does(NP, &Act::Close);
}

/// The residence case after the permit, with the step of giving up at 黄山.
fn moving(fixture: &Fixture) -> (Play<'_>, EntryId) {
    let mut play = accepted(fixture, "2026-09-28");
    let first = play.does(NP, &open("S1", NP));
    play.on("2026-09-29").does(NP, &granted(first));
    let second = play.does(NP, &open("S2", HS));
    play.does(HS, &Act::SubAck(SubAck { sub: second }));
    (play, second)
}

fn ask() -> Act {
    Act::WithdrawRequest(WithdrawRequest {
        officer: who("W01"),
    })
}

fn grant(request: EntryId, releases: Vec<EntryId>) -> Act {
    Act::WithdrawGrant(WithdrawGrant {
        request,
        releases,
        officer: who("B01"),
    })
}

/// R-027 (E23, SC-4): an irreversible step prevails over a withdrawal, whenever either was written, because its
/// city had not let go of it.
#[test]
fn an_irreversible_step_prevails_over_a_withdrawal() {
    let fixture = residence();
    let (mut play, second) = moving(&fixture);
    let request = play.on("2026-09-30").does(QZ, &ask());
    // A provisional receipt is all there is while the step lies elsewhere.
    assert_eq!(play.refused(NP, &grant(request, Vec::new())), Code::SubOpen);
    let given_up = play.does(HS, &granted(second));
    play.on("2026-10-08");
    assert_eq!(
        play.refused(NP, &grant(request, Vec::new())),
        Code::Irreversible
    );
    let refuse = |because| {
        let refuse = WithdrawRefuse {
            request,
            because: Some(because),
            officer: None,
        };
        Act::WithdrawRefuse(refuse)
    };
    assert_eq!(play.refused(NP, &refuse(second)), Code::NotFound);
    play.does(NP, &refuse(given_up));
    // The person has no residence now: the next step is urgent.
    assert_eq!(play.due(ClockName::Urgent), Some(day("2026-10-09")));
    assert_eq!(play.state.steps_ready(&play.view)[0].id, "S3");
    let third = play.does(NP, &open("S3", NP));
    play.does(NP, &granted(third));
    play.decide(NP, Outcome::Granted);
    assert!(!play.overdue("2026-10-12").contains(&ClockName::Urgent));
}

/// steps that are ready, and a withdrawal that waits, stand before everything else that is possible.
#[test]
fn what_joint_handling_waits_for_is_offered_first() {
    let fixture = residence();
    let mut play = accepted(&fixture, "2026-09-28");
    let offered = |play: &Play<'_>, city| next(&play.state, &on(city, "2026-09-30"), &play.view);
    assert_eq!(offered(&play, NP)[0], "case.open-step");
    let first = play.does(NP, &open("S1", NP));
    assert_eq!(offered(&play, NP)[0], "case.decide-step");
    play.on("2026-09-29").does(NP, &granted(first));
    let second = play.does(NP, &open("S2", HS));
    play.does(HS, &Act::SubAck(SubAck { sub: second }));
    play.on("2026-09-30").does(QZ, &ask());
    // Nothing is granted while the step lies elsewhere, and its city may let go of it or decide it.
    assert_eq!(offered(&play, NP)[0], "case.refuse-withdrawal");
    assert_eq!(
        offered(&play, HS)[..2],
        ["case.release-step", "case.decide-step"]
    );
}

/// R-027 (E23, SC-4 variant 4c): what its city let go of is decided by nobody, and the withdrawal is granted.
#[test]
fn a_step_that_was_let_go_is_decided_by_nobody() {
    let fixture = residence();
    let (mut play, second) = moving(&fixture);
    let request = play.on("2026-09-30").does(QZ, &ask());
    let release = Act::SubRelease(SubRelease {
        sub: second,
        request,
        officer: who("C01"),
    });
    let released = play.does(HS, &release);
    assert_eq!(play.refused(HS, &granted(second)), Code::StaleParent);
    assert_eq!(
        play.refused(NP, &grant(request, Vec::new())),
        Code::StaleParent
    );
    play.does(NP, &grant(request, vec![released]));
    assert_eq!(play.state.stage().code(), "S91");
    // Two desks of the city, neither of which saw the other: the decision stands, and what rests on the release falls.
    assert_eq!(
        meet((HS, &granted(second)), (HS, &release)),
        Meeting::SecondVoid
    );
    assert_eq!(
        Case::names(&grant(request, vec![released])),
        [released, request]
    );
    // Nor is a case withdrawn beside a decision of the lead's own step.
    let decided = granted(second);
    let withdrawn = grant(request, vec![released]);
    assert_eq!(meet((NP, &decided), (NP, &withdrawn)), Meeting::SecondVoid);
    // A city that was given a step asks for no withdrawal.
    let (other, _) = moving(&fixture);
    assert_eq!(other.refused(HS, &ask()), Code::NoPower);
}

/// R-027 (C6, SC-4 variant 4d): an irreversible step is undone by a step that both cities asked for.
#[test]
fn undoing_needs_both_cities() {
    let fixture = residence();
    let (mut play, second) = moving(&fixture);
    let undo = Act::UndoAsk(UndoAsk {
        step: "S9".into(),
        officer: who("C01"),
    });
    assert_eq!(play.refused(HS, &undo), Code::State, "nothing to undo");
    play.on("2026-10-08").does(HS, &granted(second));
    assert_eq!(play.refused(NP, &open("S9", HS)), Code::CheckMissing);
    assert_eq!(play.refused(NP, &undo), Code::NoPower);
    play.does(HS, &undo);
    let back = play.does(NP, &open("S9", HS));
    play.does(HS, &Act::SubAck(SubAck { sub: back }));
    play.does(HS, &granted(back));
    assert_eq!(play.state.irreversible(&play.view), None);
    let request = play.does(QZ, &ask());
    play.does(NP, &grant(request, Vec::new()));
    assert_eq!(play.state.stage().code(), "S91");
}

/// R-028 (E26): nothing is decided before an answer; by telephone it says who was called.
#[test]
fn nothing_is_decided_before_a_question_is_answered() {
    let fixture = pension();
    let papers = Receive {
        mode: Mode::C,
        partner: Some(HS),
        ..receive("330800", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    let asks = Act::ConfirmAsk(ConfirmAsk {
        to: HS,
        officer: who("B01"),
    });
    assert_eq!(play.refused(QZ, &asks), Code::NotHolder);
    let question = play.does(NP, &asks);
    assert!(play.state.is_party(&HS), "who is asked may read");
    assert_eq!(play.due(ClockName::Confirm), Some(day("2026-09-08")));
    let answer = |means, callee: Option<&str>| {
        Act::ConfirmAnswer(ConfirmAnswer {
            ask: question,
            confirmed: true,
            means,
            callee: callee.map(who),
            officer: who("C01"),
        })
    };
    assert_eq!(
        play.refused(NP, &answer(Means::System, None)),
        Code::NotHolder
    );
    assert_eq!(
        play.refused(NP, &answer(Means::Phone, None)),
        Code::Argument
    );
    play.does(NP, &answer(Means::Phone, Some("HS-07")));
    assert_eq!(
        play.refused(HS, &answer(Means::System, None)),
        Code::Already
    );
    assert!(play.state.unanswered().is_empty());
}

/// R-027, E23: a step that nobody takes is taken back by the lead, so that a silent partner holds up no withdrawal; who
/// took it before hearing of that keeps it.
#[test]
fn a_silent_partner_is_let_go() {
    let fixture = residence();
    let mut play = accepted(&fixture, "2026-09-08");
    let first = play.does(NP, &open("S1", NP));
    play.does(NP, &granted(first));
    let second = play.does(NP, &open("S2", HS));
    let recall = |sub| {
        Act::SubRecall(SubRecall {
            sub,
            officer: who("B03"),
        })
    };
    assert_eq!(
        play.refused(NP, &recall(first)),
        Code::State,
        "it is decided"
    );
    assert_eq!(play.refused(HS, &recall(second)), Code::NoPower);
    let taken = Act::SubAck(SubAck { sub: second });
    assert_eq!(
        meet((HS, &taken), (NP, &recall(second))),
        Meeting::SecondVoid
    );
    let mut other = play.clone_at();
    other.does(HS, &taken);
    assert_eq!(
        other.refused(NP, &recall(second)),
        Code::State,
        "it is taken"
    );
    let wish = WithdrawRequest {
        officer: who("W01"),
    };
    let request = play.does(QZ, &Act::WithdrawRequest(wish));
    let grant = |play: &Play<'_>| {
        Act::WithdrawGrant(WithdrawGrant {
            request,
            releases: play.state.releases(),
            officer: who("B01"),
        })
    };
    assert_eq!(play.refused(NP, &grant(&play)), Code::SubOpen);
    let back = play.does(NP, &recall(second));
    assert_eq!(play.refused(NP, &recall(second)), Code::Already);
    assert_eq!(play.refused(HS, &taken), Code::State, "it came too late");
    let withdrawn = grant(&play);
    assert_eq!(
        Case::names(&withdrawn),
        [back, request],
        "it falls with the recall"
    );
    play.does(NP, &withdrawn);
    assert_eq!(play.state.stage(), Stage::Withdrawn);
}

/// A clerk of the lead sees first what the applicant and the other cities wait for.
#[test]
fn what_others_wait_for_comes_first() {
    let fixture = residence();
    let mut play = accepted(&fixture, "2026-09-08");
    let first = |play: &Play<'_>| {
        let author = super::fixture::on(NP, "2026-09-08");
        next(&play.state, &author, &play.view)[0]
    };
    assert_eq!(first(&play), "case.open-step");
    let wish = WithdrawRequest {
        officer: who("W01"),
    };
    play.does(QZ, &Act::WithdrawRequest(wish));
    assert_eq!(first(&play), "case.grant-withdrawal");
}
