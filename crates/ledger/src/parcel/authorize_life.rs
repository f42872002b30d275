//! May this step of a parcel's life follow: dispatch window, carrier, filing, money given back, claims.

use super::act::Act;
use super::authorize::{name, not_before, once, receiver};
use super::life::{
    CLAIMS_MAX, Carried, Claim, ClaimEnd, ClaimOutcome, Dispatch, EVENTS_MAX, Repay, Send,
};
use super::state::State;
use crate::agreement::View;
use crate::calendar::Day;
use crate::code::Code;
use crate::kind::Author;

/// Judges an act that touches no cost line.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    match act {
        Act::Dispatch(dispatch) => dispatched(state, author, dispatch),
        Act::Send(send) => sent(state, author, view, send),
        Act::Carried(event) => carried(state, author, event),
        Act::File(file) => {
            receiver(state, author)?;
            let opened = state.openings.values().map(|open| open.on).min();
            not_before(file.on, opened.ok_or(Code::State)?)?;
            once(state.filings.is_empty())
        }
        Act::Repay(repay) => repaid(state, author, view, repay),
        Act::Claim(claim) => claimed(state, author, claim),
        Act::ClaimEnd(end) => claim_ended(state, author, end),
        _ => Err(Code::State),
    }
}

/// The day on which a parcel that waits to be posted was made ready.
fn waits(state: &State, author: &Author) -> Result<Day, Code> {
    if author.city != state.from {
        return Err(Code::NoPower);
    }
    let prepared = state.prepared.ok_or(Code::State)?;
    once(state.sent.is_empty())?;
    Ok(prepared)
}

fn dispatched(state: &State, author: &Author, dispatch: &Dispatch) -> Result<(), Code> {
    for text in [&dispatch.batch, &dispatch.window, &dispatch.dept] {
        name(Some(text))?;
    }
    not_before(dispatch.on, waits(state, author)?)?;
    once(state.dispatches.is_empty())
}

fn sent(state: &State, author: &Author, view: &View<'_>, send: &Send) -> Result<(), Code> {
    let prepared = waits(state, author)?;
    // Nothing is posted to a city that left meanwhile.
    if state.other().is_some_and(|other| !view.is_member(&other)) {
        return Err(Code::NotMember);
    }
    let dispatched = state.dispatches.values().map(|dispatch| dispatch.on).max();
    not_before(
        send.on,
        dispatched.map_or(prepared, |day| day.max(prepared)),
    )?;
    view.postage(send.on).ok_or(Code::Date).map(drop)
}

fn carried(state: &State, author: &Author, carried: &Carried) -> Result<(), Code> {
    not_before(carried.on, state.posted().ok_or(Code::State)?)?;
    once(!state.events.values().any(|known| known == carried))?;
    let own = state.event_authors.values();
    match own.filter(|city| **city == author.city).count() < EVENTS_MAX {
        true => Ok(()),
        false => Err(Code::TooLarge),
    }
}

fn repaid(state: &State, author: &Author, view: &View<'_>, repay: &Repay) -> Result<(), Code> {
    if !state.collects_wrongly(view) {
        return Err(Code::State);
    }
    if state.bearer(view) != Some(author.city) {
        return Err(Code::NoPower);
    }
    if repay.amount.fen().is_zero() {
        return Err(Code::Argument);
    }
    not_before(repay.on, state.posted().ok_or(Code::State)?)?;
    once(state.repaid.is_empty())
}

fn claimed(state: &State, author: &Author, claim: &Claim) -> Result<(), Code> {
    not_before(claim.on, state.claimable_from().ok_or(Code::State)?)?;
    not_before(claim.due, claim.on)?;
    if claim.amount.fen().is_zero() {
        return Err(Code::Argument);
    }
    let mut claims = state.claims();
    once(!claims.any(|(_, city, _, end)| *city == author.city && end.is_none()))?;
    let own = state
        .claims
        .values()
        .filter(|(city, _)| *city == author.city);
    match own.count() < CLAIMS_MAX {
        true => Ok(()),
        false => Err(Code::TooLarge),
    }
}

fn claim_ended(state: &State, author: &Author, end: &ClaimEnd) -> Result<(), Code> {
    let (city, claim) = state.claims.get(&end.claim).ok_or(Code::NotFound)?;
    if *city != author.city {
        return Err(Code::NotHolder);
    }
    not_before(end.on, claim.on)?;
    let paid = end.amount.is_some_and(|amount| !amount.fen().is_zero());
    if paid != (end.outcome == ClaimOutcome::Paid) {
        return Err(Code::Argument);
    }
    let mut ends = state.claim_ends.values();
    once(!ends.any(|known| known.claim == end.claim))
}
