//! What a city may do next with a case: each command tried on the rules, the usual one first.
//!
//! A list for people. It asks the same rules that judge an act, so it never offers what they deny.

use tongban_identity::CityId;

use super::act::{
    Accept, Act, Answer, CorrectionNotice, CorrectionSubmitted, Decide, Defect, Delivery, Fault,
    FirstLook, FormalPass, IdCheck, Material, Means, NotAccept, NoticeServed, Officer,
    OriginalCheck, Outcome, Push, SendResult, Served, TakeOver,
};
use super::asked::asked;
use super::authorize::authorize;
use super::custody::PushStanding;
use super::state::State;
use crate::agreement::{Guide, View};
use crate::calendar::Day;
use crate::id::EntryId;
use crate::kind::Author;

/// What others wait for, and in joint handling the very course: it stands before the usual steps.
const FIRST: &[&str] = &[
    "case.release-step",
    "case.grant-withdrawal",
    "case.refuse-withdrawal",
    "case.mend-papers",
    "case.agree-papers",
    "case.answer",
    "case.reply",
    "case.open-step",
    "case.decide-step",
];

/// The commands that a city may give now, as `case.push`.
pub fn next(state: &State, author: &Author, view: &View<'_>) -> Vec<&'static str> {
    let receive = &state.receive;
    let guide = state.guide(view);
    let mut commands = Vec::new();
    let mut offer = |command: &'static str, act: Option<Act>| {
        let allowed = act.is_some_and(|act| authorize(state, author, view, &act).is_ok());
        if allowed && !commands.contains(&command) {
            commands.push(command);
        }
    };
    let own = author.city;
    if state.ending().is_some() {
        for (command, act) in asked(state, author, view) {
            offer(command, Some(act));
        }
        return commands;
    }
    for (id, fact) in state.disputed() {
        if fact.by == own {
            offer("case.retract", Some(Act::Retract(id)));
        }
    }
    let ruling = view.override_for(&state.override_mark());
    let take_over = ruling.map(|(certificate, _)| {
        let batons = state.held_batons();
        Act::TakeOver(TakeOver {
            certificate,
            batons,
        })
    });
    offer("case.take-over", take_over);
    offer("case.yield", own_claim(state, &own).map(Act::Yield));
    let waited = asked(state, author, view).into_iter();
    let (first, last): (Vec<_>, Vec<_>) = waited.partition(|(name, _)| FIRST.contains(name));
    for (command, act) in first {
        offer(command, Some(act));
    }
    let (holds, notified) = (holds(state, &own), !state.open_notices().is_empty());
    if holds && !notified && state.accepted().is_none() && !state.not_accepted() {
        offer("case.first-look", unseen(state, &own));
    }
    if notified && own == state.receiver {
        let correction = guide.and_then(|guide| correction(state, guide));
        offer("case.submit-correction", correction);
    }
    if let Some(guide) = guide {
        offer("case.id-check", id_check(state, guide));
        offer("case.original-check", original_check(state, guide));
        offer("case.submit-correction", correction(state, guide));
    }
    offer("case.notice-served", notice_served(state, author.day()));
    let submission = state.submission();
    let pass = FormalPass {
        submission,
        officer: anyone(),
        consult: None,
    };
    offer("case.formal-pass", Some(Act::FormalPass(pass)));
    offer("case.accept", Some(accept(state, &own, view)));
    offer("case.push", push(state, &own));
    if !state.reviewed() {
        offer("case.review", Some(Act::SubstantiveReview(anyone())));
    }
    let decide = Decide {
        outcome: Outcome::Granted,
        officer: anyone(),
    };
    offer("case.decide", Some(Act::Decide(decide)));
    let delivery = Delivery::Network;
    offer(
        "case.send-result",
        Some(Act::SendResult(SendResult { delivery })),
    );
    let served = Served {
        on: author.day().max(receive.received),
        means: Means::Post,
    };
    // What a second certificate still needs is a task for afterwards: the case closes on the first.
    if !state.served() {
        offer("case.served", Some(Act::Served(served)));
    }
    offer("case.close", Some(Act::Close));
    offer("case.notice", guide.and_then(|guide| notice(state, guide)));
    let refusal = NotAccept {
        basis: "-".into(),
        officer: anyone(),
    };
    offer("case.not-accept", Some(Act::NotAccept(refusal)));
    for (command, act) in last {
        offer(command, Some(act));
    }
    offer("case.recall", recall(state, &own));
    commands
}

/// Stands for the officer whom the clerk will name.
fn anyone() -> Officer {
    Officer("-".into())
}

/// Says whether a city alone holds the case.
fn holds(state: &State, own: &CityId) -> bool {
    state.sole_claim().is_some_and(|claim| claim.city == *own)
}

fn own_claim(state: &State, own: &CityId) -> Option<EntryId> {
    let claims = state.holding();
    let claim = claims.iter().find(|claim| claim.city == *own)?;
    claim.batons.first().copied()
}

fn unseen(state: &State, own: &CityId) -> Option<Act> {
    let seen = |ack: &EntryId| {
        let mut facts = state.facts.values();
        facts.any(|fact| matches!(&fact.act, Act::FirstLook(look) if look.ack == *ack))
    };
    let mut facts = state.facts.iter();
    let (ack, _) =
        facts.find(|(id, fact)| matches!(fact.act, Act::Ack(_)) && fact.by == *own && !seen(id))?;
    Some(Act::FirstLook(FirstLook {
        ack: *ack,
        officer: anyone(),
    }))
}

fn id_check(state: &State, guide: &Guide) -> Option<Act> {
    (guide.id_check && !state.id_checked()).then(|| {
        Act::IdCheck(IdCheck {
            passed: true,
            officer: anyone(),
            replaces: state.failed_id_checks(),
        })
    })
}

fn original_check(state: &State, guide: &Guide) -> Option<Act> {
    let handed_in = state.materials();
    let unseen: Vec<String> = guide
        .requirements
        .iter()
        .filter(|need| need.original && !state.original_seen(&need.id))
        .filter(|need| handed_in.iter().any(|here| here.requirement == need.id))
        .map(|need| need.id.clone())
        .collect();
    (!unseen.is_empty()).then(|| {
        Act::OriginalCheck(OriginalCheck {
            seen: unseen,
            officer: anyone(),
        })
    })
}

/// A correction that answers the open notice, or a supplement of a material that is missing.
fn correction(state: &State, guide: &Guide) -> Option<Act> {
    let notice = state.open_notices().first().copied();
    let wanted: Vec<String> = match notice {
        Some(notice) => state
            .notices()
            .filter(|(id, _)| *id == notice)
            .flat_map(|(_, asked)| asked.defects.iter())
            .map(|defect| defect.requirement.clone())
            .collect(),
        None => state
            .missing(guide)
            .into_iter()
            .filter(|need| !need.contains(':'))
            .collect(),
    };
    let materials: Vec<Material> = wanted
        .into_iter()
        .filter(|id| guide.requirements.iter().any(|need| need.id == *id))
        .map(|requirement| Material {
            requirement,
            pages: 1,
            proof: None,
        })
        .collect();
    (!materials.is_empty()).then(|| {
        Act::CorrectionSubmitted(CorrectionSubmitted {
            notice,
            materials,
            on: state.papers_day(),
        })
    })
}

fn notice_served(state: &State, today: Day) -> Option<Act> {
    let (notice, _) = state.notices().find(|(id, _)| !state.notice_served(id))?;
    Some(Act::NoticeServed(NoticeServed {
        notice,
        on: today.max(state.receive.received),
        means: Means::Phone,
    }))
}

fn accept(state: &State, own: &CityId, view: &View<'_>) -> Act {
    Act::Accept(Accept {
        on: state.complete_on(own, view),
        officer: anyone(),
    })
}

fn push(state: &State, own: &CityId) -> Option<Act> {
    let claim = state.sole_claim()?;
    let baton = claim.batons.first().copied()?;
    let back = || {
        let claims = state.claims();
        claims.get(claim.parent?).map(|claim| claim.city)
    };
    let to = if *own == state.receiver {
        state.receive.owner
    } else {
        back()?
    };
    Some(Act::Push(Push {
        to,
        baton,
        manifest: state.manifest(),
        after: state.setbacks(&baton),
    }))
}

fn notice(state: &State, guide: &Guide) -> Option<Act> {
    let need = guide
        .requirements
        .iter()
        .find(|need| state.submission() == 1 || state.resubmitted(&need.id))?;
    Some(Act::CorrectionNotice(CorrectionNotice {
        submission: state.submission(),
        guide: guide.version,
        defects: vec![Defect {
            requirement: need.id.clone(),
            fault: Fault::Unreadable,
        }],
        complete: true,
        officer: anyone(),
        recheck: None,
        visit: None,
        paper: None,
    }))
}

fn recall(state: &State, own: &CityId) -> Option<Act> {
    let (push, _, offered) = state
        .pushes()
        .filter(|(_, by, _)| by == own)
        .find(|(id, _, push)| state.standing(id, push) == PushStanding::Open)?;
    Some(Act::Recall(Answer {
        push,
        baton: offered.baton,
    }))
}
