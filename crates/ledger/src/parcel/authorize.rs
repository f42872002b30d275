//! May this act follow from what its author had seen? One function per act.

use std::collections::BTreeSet;

use tongban_identity::CityId;

use super::act::{
    Act, Arrive, CARRIER_BYTES_MAX, CASES_MAX, CONTENTS_MAX, Confirm, CostKind, CostLine,
    LINES_MAX, NAME_BYTES_MAX, Open, PayMethod, Post,
};
use super::correction::Corrected;
use super::leg::{Bearer, Leg, bearer};
use super::life::REQUIREMENT_BYTES_MAX;
use super::state::State;
use super::{Parcel, authorize_life, authorize_objection};
use crate::agreement::{Transfer, View};
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Author, Kind};

/// Opens a parcel: its cities are members, and a postage rule covers the posting date.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let (post, prepared) = match act {
        Act::Post(post) => (post, None),
        Act::Prepare(post) => (post, Some(post.posted)),
        _ => return Err(Code::State),
    };
    check(post)?;
    member(view, &author.city)?;
    for other in post.to.city().into_iter().chain(post.other()) {
        if other == author.city || !view.is_member(&other) {
            return Err(Code::NotMember);
        }
    }
    let parties = [Some(author.city), post.other()];
    named(post, author, &parties)?;
    if post.to.city().is_some() {
        view.allows(Transfer::Post)?;
    }
    let rule = view.postage(post.posted).ok_or(Code::Date)?;
    let needed = bearer(post.leg, rule.rule, rule.last_mile) == Bearer::Approver;
    if needed && post.to.city().is_some() && post.approver.is_none() {
        return Err(Code::Argument);
    }
    let mut state = State::new(id, author.city, post.clone());
    state.prepared = prepared;
    Ok(state)
}

/// The cities that a posting names beside its ends are its own, and named where that means something.
fn named(post: &Post, author: &Author, parties: &[Option<CityId>; 2]) -> Result<(), Code> {
    let sound = match (post.leg, post.approver) {
        (Leg::LastMile, Some(issuer)) => issuer != author.city,
        (Leg::LastMile, None) => false,
        (Leg::Redelivery | Leg::Forward, approver) => {
            approver.is_none() || parties.contains(&approver)
        }
        (_, approver) => approver.is_none(),
    };
    let by_account = matches!(post.pay, PayMethod::Contract | PayMethod::ReturnLabel);
    if !sound || post.account.is_some() && !by_account {
        return Err(Code::Argument);
    }
    match post.account.is_none() || parties.contains(&post.account) {
        true => Ok(()),
        false => Err(Code::NotParty),
    }
}

/// Judges an act on the state that its author had seen.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    match Parcel::settles(act) {
        true => view.may_settle(&author.city)?,
        false => member(view, &author.city)?,
    }
    if !state.is_party(&author.city) {
        return Err(Code::NotParty);
    }
    match act {
        Act::Post(_) | Act::Prepare(_) => Err(Code::State),
        Act::Arrive(arrive) => authorize_arrive(state, author, arrive),
        Act::Open(open) => authorize_open(state, author, open),
        Act::Cost(line) => cost(state, author, view, line),
        Act::Confirm(confirmation) => confirm(state, author, confirmation),
        Act::Retract(id) => retract(state, author, id),
        Act::Retain(retain) => retain.check(author, view),
        Act::Dispute(_) | Act::Withdraw(_) | Act::Correct(_) | Act::Agree(_) => {
            authorize_objection::authorize(state, author, view, act)
        }
        Act::Dispatch(_)
        | Act::Send(_)
        | Act::Carried(_)
        | Act::File(_)
        | Act::Repay(_)
        | Act::Claim(_)
        | Act::ClaimEnd(_) => authorize_life::authorize(state, author, view, act),
    }
}

/// Checks what needs no state.
fn check(post: &Post) -> Result<(), Code> {
    if post.carrier.is_empty() || !post.leg.reaches(&post.to) {
        return Err(Code::Argument);
    }
    if post.carrier.len() > CARRIER_BYTES_MAX
        || post.cases.len() > CASES_MAX
        || post.contents.len() > CONTENTS_MAX
    {
        return Err(Code::TooLarge);
    }
    name(post.window.as_deref())?;
    let cases: BTreeSet<_> = post.cases.iter().collect();
    if cases.len() != post.cases.len() {
        return Err(Code::Duplicate);
    }
    let sound = post.contents.iter().all(|content| {
        let bytes = content.requirement.len();
        cases.contains(&content.case) && (1..=REQUIREMENT_BYTES_MAX).contains(&bytes)
    });
    if sound { Ok(()) } else { Err(Code::Argument) }
}

/// A name that is given at all is not empty and not too long.
pub(super) fn name(name: Option<&str>) -> Result<(), Code> {
    match name.map(str::len) {
        None | Some(1..=NAME_BYTES_MAX) => Ok(()),
        Some(0) => Err(Code::Argument),
        Some(_) => Err(Code::TooLarge),
    }
}

fn member(view: &View<'_>, city: &CityId) -> Result<(), Code> {
    if !view.is_member(city) {
        Err(Code::NotMember)
    } else if !view.effective() {
        Err(Code::Agreement)
    } else {
        Ok(())
    }
}

pub(super) fn receiver(state: &State, author: &Author) -> Result<(), Code> {
    if state.post.to.city() == Some(author.city) {
        Ok(())
    } else {
        Err(Code::NoPower)
    }
}

pub(super) fn not_before(day: Day, earliest: Day) -> Result<(), Code> {
    if day < earliest {
        Err(Code::Date)
    } else {
        Ok(())
    }
}

pub(super) fn once(first: bool) -> Result<(), Code> {
    if first { Ok(()) } else { Err(Code::Already) }
}

fn authorize_open(state: &State, author: &Author, open: &Open) -> Result<(), Code> {
    receiver(state, author)?;
    let arrived = state.arrivals.values().map(|arrive| arrive.on).min();
    not_before(open.on, arrived.ok_or(Code::State)?)?;
    once(state.openings.is_empty())
}

fn authorize_arrive(state: &State, author: &Author, arrive: &Arrive) -> Result<(), Code> {
    receiver(state, author)?;
    name(arrive.window.as_deref())?;
    not_before(arrive.on, state.posted().ok_or(Code::State)?)?;
    once(state.arrivals.is_empty())
}

fn cost(state: &State, author: &Author, view: &View<'_>, line: &CostLine) -> Result<(), Code> {
    if !state.is_party(&line.payer) {
        return Err(Code::NotParty);
    }
    let rule = view.postage(state.posted().ok_or(Code::State)?);
    if line.rule != rule.ok_or(Code::Date)?.version {
        return Err(Code::Argument);
    }
    name(line.bill.as_deref())?;
    let own = state.lines.values().filter(|line| line.by == author.city);
    if own.count() >= LINES_MAX {
        return Err(Code::TooLarge);
    }
    if let Some(instead) = line.instead {
        if !state.is_party(&instead.liable) {
            return Err(Code::NotParty);
        }
        let target = state.standing_lines().any(|(id, _)| id == instead.line);
        return if target { Ok(()) } else { Err(Code::NotFound) };
    }
    let second = line.kind == CostKind::Postage
        && state
            .standing_lines()
            .any(|(_, other)| other.is_plain_postage());
    if second {
        return Err(Code::Duplicate);
    }
    Ok(())
}

fn confirm(state: &State, author: &Author, confirm: &Confirm) -> Result<(), Code> {
    let line = state.lines.get(&confirm.line).ok_or(Code::NotFound)?;
    if state.is_retracted(&confirm.line) {
        return Err(Code::NotFound);
    }
    if line.by == author.city {
        return Err(Code::NoPower);
    }
    if line.kind != confirm.kind {
        return Err(Code::Argument);
    }
    // A line of a correction is signed with the correction.
    if line.instead.is_some() || state.correction_of(&confirm.line) != Corrected::No {
        return Err(Code::State);
    }
    once(!state.is_confirmed(&confirm.line))?;
    if state.is_crossed(line.kind, &confirm.line) {
        return Err(Code::Duplicate);
    }
    if line.disputed || state.is_objected(&confirm.line) {
        return Err(Code::Disputed);
    }
    Ok(())
}

fn retract(state: &State, author: &Author, id: &EntryId) -> Result<(), Code> {
    let line = state.lines.get(id);
    let correction = state.corrections.get(id);
    let by = line
        .map(|line| line.by)
        .or(state.confirmations.get(id).map(|confirm| confirm.by))
        .or(correction.map(|correction| correction.mirror.by))
        .or(state.agreed.get(id).map(|agreed| agreed.by))
        .ok_or(Code::NotFound)?;
    if by != author.city {
        return Err(Code::NotHolder);
    }
    if state.is_retracted(id) {
        return Err(Code::Already);
    }
    // What the counterpart has not signed is still its author's; a line of a correction goes with that.
    let unsigned = line.is_some_and(|line| line.instead.is_none())
        && !state.is_confirmed(id)
        && state.correction_of(id) == Corrected::No
        || correction.is_some() && !state.is_agreed(id);
    if unsigned || state.disputed().any(|(disputed, _)| disputed == *id) {
        Ok(())
    } else {
        Err(Code::State)
    }
}
