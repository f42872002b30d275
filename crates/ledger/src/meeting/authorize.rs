//! May this act follow from what its author had seen? One function per act.

use tongban_identity::CityId;

use super::act::{
    ACTIONS_MAX, ATTENDANCE_MAX, Act, Action, Attend, CASES_MAX, EDITS_MAX, ISSUES_MAX, Issue,
    NUMBER_BYTES_MAX, OnEntry, PEOPLE_MAX, Part, SIGNATURES_MAX, Sign,
};
use super::state::{Adoption, State};
use crate::agreement::View;
use crate::case::{CODE_BYTES_MAX, Officer};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Opens a meeting: a member convenes it, and a member hosts it.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Convene(convene) = act else {
        return Err(Code::State);
    };
    member(view, &author.city)?;
    if !view.is_member(&convene.host) {
        return Err(Code::NotMember);
    }
    if convene.number.trim().is_empty() {
        return Err(Code::Argument);
    }
    if convene.number.len() > NUMBER_BYTES_MAX {
        return Err(Code::TooLarge);
    }
    officer(&convene.officer)?;
    Ok(State::new(id, author, convene.clone()))
}

/// Judges an act on the state that its author had seen.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    member(view, &author.city)?;
    match act {
        Act::Convene(_) => Err(Code::State),
        Act::Edit(part) => authorize_edit(state, author, view, *part),
        Act::Attend(attend) => authorize_attendance(state, author, view, attend),
        Act::Sign(sign) => authorize_signature(state, author, sign),
        Act::Action(action) => authorize_action(state, author, view, action),
        Act::ActionDone(on) => authorize_done(state, author, on),
        Act::Issue(issue) => authorize_issue(state, author, issue),
        Act::Resolved(on) => authorize_resolved(state, author, on),
        Act::Retain(retain) => retain.check(author, view),
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

fn officer(officer: &Officer) -> Result<(), Code> {
    match officer.0.len() {
        0 => Err(Code::Argument),
        1..=CODE_BYTES_MAX => Ok(()),
        _ => Err(Code::TooLarge),
    }
}

/// Refuses what comes after minutes that every city that came signed as they stand.
fn not_adopted(state: &State, view: &View<'_>) -> Result<(), Code> {
    match state.adoption_by(&view.remaining(state.attending())) {
        Adoption::Adopted => Err(Code::Already),
        _ => Ok(()),
    }
}

/// Refuses more of one thing than one city may enter.
fn room<'a>(
    own: impl Iterator<Item = &'a CityId>,
    author: &Author,
    max: usize,
) -> Result<(), Code> {
    match own.filter(|by| **by == author.city).count() < max {
        true => Ok(()),
        false => Err(Code::TooLarge),
    }
}

/// Any member writes, until the minutes are adopted.
fn authorize_edit(
    state: &State,
    author: &Author,
    view: &View<'_>,
    _part: Part,
) -> Result<(), Code> {
    not_adopted(state, view)?;
    room(state.edits.values().map(|edit| &edit.by), author, EDITS_MAX)
}

/// A city says who of its own came, on the day of the meeting or later.
fn authorize_attendance(
    state: &State,
    author: &Author,
    view: &View<'_>,
    attend: &Attend,
) -> Result<(), Code> {
    if author.day() < state.convene.on {
        return Err(Code::NotDue);
    }
    not_adopted(state, view)?;
    if attend.people.is_empty() || !attend.people.windows(2).all(|two| two[0] < two[1]) {
        return Err(Code::Argument);
    }
    if attend.people.len() > PEOPLE_MAX {
        return Err(Code::TooLarge);
    }
    attend.people.iter().try_for_each(officer)?;
    let records = state.attendance.values();
    room(records.map(|record| &record.by), author, ATTENDANCE_MAX)
}

/// A city that came signs the minutes as it saw them, once.
fn authorize_signature(state: &State, author: &Author, sign: &Sign) -> Result<(), Code> {
    officer(&sign.officer)?;
    if !state.attending().contains(&author.city) {
        return Err(Code::NoPower);
    }
    if !state.has_minutes() {
        return Err(Code::State);
    }
    if sign.edits != state.draft() {
        return Err(Code::TextChanged);
    }
    let mut own = state.signatures.values();
    if own.any(|one| one.by == author.city && one.edits == sign.edits) {
        return Err(Code::Already);
    }
    let signatures = state.signatures.values();
    room(signatures.map(|one| &one.by), author, SIGNATURES_MAX)
}

fn authorize_action(
    state: &State,
    author: &Author,
    view: &View<'_>,
    action: &Action,
) -> Result<(), Code> {
    officer(&action.officer)?;
    if !view.is_member(&action.owner) {
        return Err(Code::NotMember);
    }
    if action.due < author.day() {
        return Err(Code::Date);
    }
    room(
        state.actions.values().map(|one| &one.by),
        author,
        ACTIONS_MAX,
    )
}

/// The city that has to act says that it did, once.
fn authorize_done(state: &State, author: &Author, on: &OnEntry) -> Result<(), Code> {
    officer(&on.officer)?;
    let entered = state.actions.get(&on.entry).ok_or(Code::NotFound)?;
    if entered.action.owner != author.city {
        return Err(Code::NoPower);
    }
    match state.is_done(&on.entry) {
        true => Err(Code::Already),
        false => Ok(()),
    }
}

/// any member raises what it met.
fn authorize_issue(state: &State, author: &Author, issue: &Issue) -> Result<(), Code> {
    officer(&issue.officer)?;
    if issue.cases.len() > CASES_MAX {
        return Err(Code::TooLarge);
    }
    if !issue.cases.windows(2).all(|two| two[0] < two[1]) {
        return Err(Code::Argument);
    }
    room(state.issues.values().map(|one| &one.by), author, ISSUES_MAX)
}

/// The city that raised an issue says that it is resolved, or the host for the meeting; once.
fn authorize_resolved(state: &State, author: &Author, on: &OnEntry) -> Result<(), Code> {
    officer(&on.officer)?;
    let raised = state.issues.get(&on.entry).ok_or(Code::NotFound)?;
    if raised.by != author.city && state.convene.host != author.city {
        return Err(Code::NoPower);
    }
    match state.is_resolved(&on.entry) {
        true => Err(Code::Already),
        false => Ok(()),
    }
}
