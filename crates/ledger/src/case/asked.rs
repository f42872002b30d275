//! What else waits for a city, beside the usual next step: answers, papers, steps of joint handling, follow-ups.

use super::act::{
    Act, Archive, BackFlow, CommitmentChecked, ConfirmAnswer, FollowStep, FollowUp, Means,
    NoCorrection, Officer, Outcome, PapersAgreed, PapersMended, PapersTaken, Reply, Served,
    SpecialEnd, SubDecide, SubOpen, SubRecall, SubRelease, WithdrawGrant, WithdrawRefuse,
};
use super::rating::BAD_LEVEL;
use super::state::State;
use crate::agreement::View;
use crate::kind::Author;

/// Acts that somebody waits for, with the commands that sign them; those that the rules do not allow are among them.
pub(super) fn asked(state: &State, author: &Author, view: &View<'_>) -> Vec<(&'static str, Act)> {
    let mut acts = Vec::new();
    steps(state, author, view, &mut acts);
    withdrawal(state, &mut acts);
    papers(state, author, &mut acts);
    answers(state, author, &mut acts);
    endings(state, author, &mut acts);
    acts
}

/// Stands for the officer whom the clerk will name.
fn anyone() -> Officer {
    Officer("-".into())
}

type Acts = Vec<(&'static str, Act)>;

fn steps(state: &State, author: &Author, view: &View<'_>, acts: &mut Acts) {
    let officer = anyone;
    if let Some(joint) = state.joint(view) {
        for step in state.steps_ready(view) {
            let open = SubOpen {
                step: step.id.clone(),
                to: joint.city(step),
                officer: officer(),
                after: state.releases_of(&step.id),
            };
            acts.push(("case.open-step", Act::SubOpen(open)));
        }
    }
    for sub in state.subs() {
        if sub.taken.is_none() && sub.open() && state.is_owner(&author.city) {
            let recall = SubRecall {
                sub: sub.id,
                officer: officer(),
            };
            acts.push(("case.recall-step", Act::SubRecall(recall)));
        }
        if sub.city != author.city || !sub.open() {
            continue;
        }
        if let Some(request) = state.withdrawal() {
            let release = SubRelease {
                sub: sub.id,
                request,
                officer: officer(),
            };
            acts.push(("case.release-step", Act::SubRelease(release)));
        }
        let decide = SubDecide {
            sub: sub.id,
            outcome: Outcome::Granted,
            officer: officer(),
        };
        acts.push(("case.decide-step", Act::SubDecide(decide)));
    }
}

fn withdrawal(state: &State, acts: &mut Acts) {
    let Some(request) = state.withdrawal() else {
        return;
    };
    let grant = WithdrawGrant {
        request,
        releases: state.releases(),
        officer: anyone(),
    };
    acts.push(("case.grant-withdrawal", Act::WithdrawGrant(grant)));
    let refuse = WithdrawRefuse {
        request,
        because: None,
        officer: Some(anyone()),
    };
    acts.push(("case.refuse-withdrawal", Act::WithdrawRefuse(refuse)));
}

fn papers(state: &State, author: &Author, acts: &mut Acts) {
    for (sent, _, list) in state.papers_sent() {
        if list.to == Some(author.city) && state.papers_taken(&sent).is_none() {
            let found = list.papers.clone();
            let officer = anyone();
            let taken = PapersTaken {
                sent,
                found,
                officer,
            };
            acts.push(("case.take-papers", Act::PapersTaken(taken)));
        }
    }
    for taken in state.differences() {
        match state.papers_mended(&taken) {
            Some((mended, _, _)) => {
                let officer = anyone();
                let agreed = PapersAgreed { mended, officer };
                acts.push(("case.agree-papers", Act::PapersAgreed(agreed)));
            }
            None => {
                let papers = Vec::new();
                let officer = anyone();
                let mended = PapersMended {
                    taken,
                    papers,
                    officer,
                };
                acts.push(("case.mend-papers", Act::PapersMended(mended)));
            }
        }
    }
}

fn answers(state: &State, author: &Author, acts: &mut Acts) {
    for (ask, to) in state.unanswered() {
        if to == author.city {
            let answer = ConfirmAnswer {
                ask,
                confirmed: true,
                means: Means::System,
                callee: None,
                officer: anyone(),
            };
            acts.push(("case.answer", Act::ConfirmAnswer(answer)));
        }
    }
    for (id, fact) in &state.facts {
        if matches!(fact.act, Act::Supervise(_) | Act::Complain(_)) {
            let officer = anyone();
            let reply = Reply { to: *id, officer };
            acts.push(("case.reply", Act::Reply(reply)));
        }
    }
    for (rating, rate) in state.ratings().into_values() {
        let done = state.followed(&rating);
        let order = [
            FollowStep::Contacted,
            FollowStep::Mended,
            FollowStep::CalledBack,
        ];
        let next = order.into_iter().find(|step| !done.contains_key(step));
        if let (true, Some(step)) = (rate.level >= BAD_LEVEL, next) {
            let follow = FollowUp {
                rating,
                step,
                officer: anyone(),
            };
            acts.push(("case.follow-up", Act::FollowUp(follow)));
        }
    }
}

fn endings(state: &State, author: &Author, acts: &mut Acts) {
    for outside in state.outside() {
        let back = BackFlow {
            jump: outside.id,
            number: "-".into(),
            on: author.day(),
            officer: anyone(),
        };
        acts.push(("case.back-flow", Act::BackFlow(back)));
    }
    if let Some(start) = state.special_open() {
        let end = SpecialEnd {
            start,
            on: author.day(),
            officer: anyone(),
        };
        acts.push(("case.special-end", Act::SpecialEnd(end)));
    }
    for notice in state.open_notices() {
        let officer = anyone();
        let end = NoCorrection { notice, officer };
        acts.push(("case.no-correction", Act::NoCorrection(end)));
    }
    if state.owner() == author.city {
        for (commitment, _) in state.open_commitments() {
            let check = CommitmentChecked {
                commitment,
                kept: true,
                officer: anyone(),
            };
            acts.push(("case.check-commitment", Act::CommitmentChecked(check)));
        }
    }
    if state.second_service_open() {
        let served = Served {
            on: author.day().max(state.receive.received),
            means: Means::Post,
        };
        acts.push(("case.served", Act::Served(served)));
    }
    let package = state.package();
    let officer = anyone();
    acts.push(("case.archive", Act::Archive(Archive { package, officer })));
}
