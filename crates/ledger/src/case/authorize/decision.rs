//! Acceptance, review, decision and service.

use super::{in_order, officer, owner_only, short, window_or_owner, window_power};
use crate::agreement::{Power, Transfer, View};
use crate::case::act::{Decide, Delivery, IssueCert, Officer, Outcome, SendResult, Served};
use crate::case::state::State;
use crate::code::Code;
use crate::kind::Author;

/// Acceptance or its refusal: by an owner that holds, or by R under G1b before any push.
pub(super) fn acceptance(state: &State, author: &Author, view: &View<'_>) -> Result<(), Code> {
    if author.city == state.receiver {
        if window_power(state, author, view, Power::Accept).is_err() {
            return Err(Code::NoPower);
        }
        if !state.formally_passed() {
            return Err(Code::CheckMissing);
        }
    } else {
        owner_only(state, author)?;
    }
    if !state.open_notices().is_empty() {
        return Err(Code::State);
    }
    in_order(true, state.accepted().is_some() || state.not_accepted())
}

/// originals that the owner examines itself are here before it accepts, and what arrived is what the list
/// says, or both cities settled it.
pub(super) fn papers_here(state: &State, author: &Author, view: &View<'_>) -> Result<(), Code> {
    if !state.differences().is_empty() {
        return Err(Code::CheckMissing);
    }
    if author.city == state.receiver {
        return Ok(());
    }
    let Some(guide) = state.guide(view) else {
        return Err(Code::GuideVersion);
    };
    let posted = guide.requirements.iter().filter(|need| need.post);
    let handed_in = state.materials();
    let mut wanted = posted.filter(|need| handed_in.iter().any(|here| here.requirement == need.id));
    if wanted.all(|need| state.paper_at(&author.city, &need.id)) {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}

pub(super) fn review(state: &State, author: &Author, reviewer: &Officer) -> Result<(), Code> {
    officer(reviewer)?;
    owner_only(state, author)?;
    not_the_receiver(state, author, reviewer)?;
    in_order(
        state.accepted().is_some() && state.decided().is_none(),
        state.reviewed(),
    )
}

pub(super) fn decide(
    state: &State,
    author: &Author,
    view: &View<'_>,
    decide: &Decide,
) -> Result<(), Code> {
    officer(&decide.officer)?;
    owner_only(state, author)?;
    not_the_receiver(state, author, &decide.officer)?;
    in_order(state.reviewed(), state.decided().is_some())?;
    if state.special_open().is_some() || state.withdrawal().is_some() {
        return Err(Code::State);
    }
    if !state.unanswered().is_empty() {
        return Err(Code::CheckMissing);
    }
    if state.joint(view).is_some() {
        match state.steps_done(view) {
            None => return Err(Code::SubOpen),
            Some(Outcome::Refused) if decide.outcome != Outcome::Refused => {
                return Err(Code::CheckMissing);
            }
            Some(_) => {}
        }
    }
    // what rests on a commitment says so.
    let committed = !state.open_commitments().is_empty();
    match decide.outcome {
        Outcome::OnCommitment if !committed => Err(Code::CheckMissing),
        Outcome::Granted if committed => Err(Code::CheckMissing),
        _ => Ok(()),
    }
}

/// E20: through the other city's window only where it may hand results out.
pub(super) fn send_result(
    state: &State,
    author: &Author,
    view: &View<'_>,
    sent: &SendResult,
) -> Result<(), Code> {
    if sent.delivery == Delivery::PostToWindow {
        window_power(state, author, view, Power::Result)?;
        view.allows(Transfer::Post)?;
    }
    in_order(state.decided().is_some(), state.result_sent())
}

/// E19: after a decision that grants.
pub(super) fn issue_cert(state: &State, author: &Author, cert: &IssueCert) -> Result<(), Code> {
    owner_only(state, author)?;
    officer(&cert.officer)?;
    short(&cert.kind)?;
    let granted = state
        .decided()
        .is_some_and(|decide| decide.outcome != Outcome::Refused);
    in_order(granted, false)
}

/// E22: the applicant has the result, from every city that has to tell it.
pub(super) fn close(state: &State, view: &View<'_>) -> Result<(), Code> {
    in_order(state.served(), state.closed())?;
    if state.feedback_missing(view).is_empty() {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}

/// Separation of duties: who received does not review or decide (R-059, E17, E18); but on the spot, where all paper
/// is the same as what another officer reviewed before.
fn not_the_receiver(state: &State, author: &Author, officer: &Officer) -> Result<(), Code> {
    let same = author.city == state.receiver && *officer == state.receive.officer;
    if same && !(state.own_power() && state.compared_same()) {
        Err(Code::SameOfficer)
    } else {
        Ok(())
    }
}

/// E21: once, and in joint handling with separate feedback once by each city; a second time where an electronic
/// certificate is followed by paper.
pub(super) fn served(
    state: &State,
    author: &Author,
    view: &View<'_>,
    served: &Served,
) -> Result<(), Code> {
    if served.on < state.receive.received {
        return Err(Code::Date);
    }
    let missing = state.feedback_missing(view);
    let own = missing.contains(&author.city);
    if !own {
        window_or_owner(state, author)?;
    }
    let done = state.served() && !own && !state.second_service_open();
    in_order(state.result_sent(), done)
}
