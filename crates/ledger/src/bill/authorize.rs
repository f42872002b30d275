//! May this act follow from what its author had seen? One function per act, none with work that grows with the lines
//! of a bill: what one city signs must not cost the other one more than it cost to sign.

use super::act::{Act, DRAFTS_MAX, Draft, LINES_MAX, Retract, SIGNS_MAX, Sign};
use super::state::State;
use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Opens a bill: of two members, or of one and a city that left, for a month that is over.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Open(open) = act else {
        return Err(Code::State);
    };
    view.may_settle(&author.city)?;
    if open.with == author.city || !view.shares_money(&open.with) {
        return Err(Code::NotMember);
    }
    if author.day() <= open.month.last_day() {
        return Err(Code::NotDue);
    }
    Ok(State::new(id, author.city, open.clone()))
}

/// Judges an act on the state that its author had seen.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    view.may_settle(&author.city)?;
    if !state.is_party(&author.city) {
        return Err(Code::NotParty);
    }
    match act {
        Act::Open(_) => Err(Code::State),
        Act::Draft(draft) => authorize_draft(state, author, draft),
        Act::Sign(sign) => authorize_signature(state, author, sign),
        Act::Retract(retract) => authorize_retraction(state, author, retract),
        Act::Retain(retain) => retain.check(author, view),
    }
}

/// Lines of the pair up to the cut, in order; none once both cities signed one set.
fn authorize_draft(state: &State, author: &Author, draft: &Draft) -> Result<(), Code> {
    if draft.lines.is_empty() {
        return Err(Code::Argument);
    }
    let own = state.drafts.values().filter(|old| old.by == author.city);
    if draft.lines.len() > LINES_MAX || own.count() >= DRAFTS_MAX {
        return Err(Code::TooLarge);
    }
    if !draft.lines.is_sorted_by(|one, other| one.line < other.line) {
        return Err(Code::Argument);
    }
    let latest = state.draft_number(&author.city);
    if draft.number != latest.max(1) && draft.number != latest.saturating_add(1) {
        return Err(Code::Argument);
    }
    let cut = state.open.month.last_day();
    if draft.lines.iter().any(|line| line.posted > cut) {
        return Err(Code::Date);
    }
    if draft.lines.iter().any(|line| !state.is_party(&line.payer)) {
        return Err(Code::NotParty);
    }
    once(!state.is_signed_by_both())
}

/// One signature of a city at a time, under drafts that it has seen; none once both cities signed one set.
fn authorize_signature(state: &State, author: &Author, sign: &Sign) -> Result<(), Code> {
    once(!state.is_signed_by_both())?;
    once(state.signature_of(&author.city).is_none())?;
    let own = state.signs.values().filter(|old| old.by == author.city);
    if sign.drafts.len() > DRAFTS_MAX || own.count() >= SIGNS_MAX {
        return Err(Code::TooLarge);
    }
    if sign.drafts.is_empty() || !sign.drafts.is_sorted_by(|one, other| one < other) {
        return Err(Code::Argument);
    }
    if sign.drafts.iter().all(|id| state.drafts.contains_key(id)) {
        Ok(())
    } else {
        Err(Code::NotFound)
    }
}

/// A city takes its own signature back while the other has not signed the same, or where both signed two sets.
fn authorize_retraction(state: &State, author: &Author, retract: &Retract) -> Result<(), Code> {
    let signed = state.signs.get(&retract.sign).ok_or(Code::NotFound)?;
    if signed.by != author.city {
        return Err(Code::NotHolder);
    }
    if signed.hash != retract.hash {
        return Err(Code::Argument);
    }
    once(state.is_live(&retract.sign))?;
    if state.hashes_of_both().len() == 1 {
        return Err(Code::State);
    }
    Ok(())
}

fn once(first: bool) -> Result<(), Code> {
    if first { Ok(()) } else { Err(Code::Already) }
}
