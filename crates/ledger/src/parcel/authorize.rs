//! May this act follow from what its author had seen? One function per act.

use std::collections::BTreeSet;

use tongban_identity::CityId;

use super::act::{
    Act, CARRIER_BYTES_MAX, CASES_MAX, Confirm, CostKind, CostLine, Open, Post, Recipient,
};
use super::state::State;
use crate::agreement::{Transfer, View};
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Opens a parcel: both cities are members, and a postage rule covers the posting date.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Post(post) = act else {
        return Err(Code::State);
    };
    check(post)?;
    member(view, &author.city)?;
    if let Recipient::City(to) = &post.to
        && (*to == author.city || !view.is_member(to))
    {
        return Err(Code::NotMember);
    }
    if matches!(post.to, Recipient::City(_)) {
        view.allows(Transfer::Post)?;
    }
    view.postage(post.posted).ok_or(Code::Date)?;
    Ok(State::new(id, author.city, post.clone()))
}

/// Judges an act on the state that its author had seen.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    member(view, &author.city)?;
    if !state.is_party(&author.city) {
        return Err(Code::NotParty);
    }
    match act {
        Act::Post(_) => Err(Code::State),
        Act::Arrive(arrive) => {
            receiver(state, author)?;
            not_before(arrive.on, state.post.posted)?;
            once(state.arrivals.is_empty())
        }
        Act::Open(open) => authorize_open(state, author, open),
        Act::Cost(line) => cost(state, view, line),
        Act::Confirm(confirmation) => confirm(state, author, confirmation),
        Act::Retract(id) => retract(state, author, id),
        Act::Retain(retain) => retain.check(author, view),
    }
}

/// Checks what needs no state.
fn check(post: &Post) -> Result<(), Code> {
    if post.carrier.is_empty() || !post.leg.reaches(&post.to) {
        return Err(Code::Argument);
    }
    if post.carrier.len() > CARRIER_BYTES_MAX || post.cases.len() > CASES_MAX {
        return Err(Code::TooLarge);
    }
    let cases: BTreeSet<_> = post.cases.iter().collect();
    if cases.len() != post.cases.len() {
        return Err(Code::Duplicate);
    }
    Ok(())
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

fn receiver(state: &State, author: &Author) -> Result<(), Code> {
    if state.post.to.city() == Some(author.city) {
        Ok(())
    } else {
        Err(Code::NoPower)
    }
}

fn not_before(day: Day, earliest: Day) -> Result<(), Code> {
    if day < earliest {
        Err(Code::Date)
    } else {
        Ok(())
    }
}

fn once(first: bool) -> Result<(), Code> {
    if first { Ok(()) } else { Err(Code::Already) }
}

fn authorize_open(state: &State, author: &Author, open: &Open) -> Result<(), Code> {
    receiver(state, author)?;
    let arrived = state.arrivals.values().min().ok_or(Code::State)?;
    not_before(open.on, *arrived)?;
    once(state.openings.is_empty())
}

fn cost(state: &State, view: &View<'_>, line: &CostLine) -> Result<(), Code> {
    if !state.is_party(&line.payer) {
        return Err(Code::NotParty);
    }
    let rule = view.postage(state.post.posted).ok_or(Code::Date)?;
    if line.rule != rule.version {
        return Err(Code::Argument);
    }
    let second = line.kind == CostKind::Postage
        && state
            .standing_lines()
            .any(|(_, other)| other.kind == CostKind::Postage);
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
    once(!state.is_confirmed(&confirm.line))?;
    if state.is_crossed(line.kind, &confirm.line) {
        return Err(Code::Duplicate);
    }
    if line.disputed {
        return Err(Code::Disputed);
    }
    Ok(())
}

fn retract(state: &State, author: &Author, id: &EntryId) -> Result<(), Code> {
    let line = state.lines.get(id).map(|line| line.by);
    let confirmation = state.confirmations.get(id).map(|confirm| confirm.by);
    let by = line.or(confirmation).ok_or(Code::NotFound)?;
    if by != author.city {
        return Err(Code::NotHolder);
    }
    if state.is_retracted(id) {
        return Err(Code::Already);
    }
    // A line that the counterpart has not signed is still its author's.
    let unsigned = line.is_some() && !state.is_confirmed(id);
    if unsigned || state.disputed().any(|(disputed, _)| disputed == *id) {
        Ok(())
    } else {
        Err(Code::State)
    }
}
