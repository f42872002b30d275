//! Steps of joint handling (mode C): who opens, takes, decides and lets go.

use super::{code, in_order, officer, owner_only};
use crate::agreement::View;
use crate::case::act::{
    Act, SubAck, SubDecide, SubOpen, SubProgress, SubRecall, SubRelease, UndoAsk,
};
use crate::case::joint::Sub;
use crate::case::state::State;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// C4: a step whose conditions are met, at the city that the agreement names.
pub(super) fn open(
    state: &State,
    author: &Author,
    view: &View<'_>,
    open: &SubOpen,
) -> Result<(), Code> {
    officer(&open.officer)?;
    owner_only(state, author)?;
    let joint = state.joint(view).ok_or(Code::Mode)?;
    let step = joint.step(&open.step).ok_or(Code::NotFound)?;
    if joint.city(step) != open.to {
        return Err(Code::NoPower);
    }
    if state.accepted().is_none() || state.decided().is_some() {
        return Err(Code::State);
    }
    if state.withdrawal().is_some() && step.undoes.is_none() {
        return Err(Code::State);
    }
    if state.sub_of_step(&step.id).is_some() {
        return Err(Code::Already);
    }
    if open.after != state.releases_of(&step.id) {
        return Err(Code::StaleParent);
    }
    let ready = state.steps_ready(view);
    if ready.iter().any(|ready| ready.id == step.id) {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}

/// The step, for its own city while nobody ended the case.
fn own(state: &State, author: &Author, sub: &EntryId) -> Result<Sub, Code> {
    let found = state.sub(sub).ok_or(Code::NotFound)?;
    if found.city != author.city {
        return Err(Code::NotHolder);
    }
    if state.ending().is_some() {
        return Err(Code::State);
    }
    Ok(found)
}

/// By the node of the step's city, once.
pub(super) fn ack(state: &State, author: &Author, ack: &SubAck) -> Result<(), Code> {
    let sub = own(state, author, &ack.sub)?;
    in_order(sub.open(), sub.taken.is_some())
}

pub(super) fn progress(state: &State, author: &Author, progress: &SubProgress) -> Result<(), Code> {
    officer(&progress.officer)?;
    code(&progress.what)?;
    let sub = own(state, author, &progress.sub)?;
    in_order(sub.taken.is_some(), false)
}

/// C5: what was let go is decided by nobody.
pub(super) fn decide(state: &State, author: &Author, decide: &SubDecide) -> Result<(), Code> {
    officer(&decide.officer)?;
    // Also after the case was withdrawn the reason is that the city itself let go.
    let released = state.sub(&decide.sub).and_then(|sub| sub.released);
    if released.is_some() {
        return Err(Code::StaleParent);
    }
    let sub = own(state, author, &decide.sub)?;
    if author.city == state.receiver && decide.officer == state.receive.officer {
        return Err(Code::SameOfficer);
    }
    in_order(sub.taken.is_some(), sub.decided.is_some())
}

/// E23: before it is decided, for a request that waits.
pub(super) fn release(state: &State, author: &Author, release: &SubRelease) -> Result<(), Code> {
    officer(&release.officer)?;
    let sub = own(state, author, &release.sub)?;
    if state.withdrawal() != Some(release.request) {
        return Err(Code::NotFound);
    }
    if sub.decided.is_some() {
        return Err(Code::State);
    }
    in_order(sub.taken.is_some(), sub.released.is_some())
}

/// By the lead, while the step's city has not taken it; its own steps need nobody's Ack.
pub(super) fn recall(state: &State, author: &Author, recall: &SubRecall) -> Result<(), Code> {
    officer(&recall.officer)?;
    owner_only(state, author)?;
    let sub = state.sub(&recall.sub).ok_or(Code::NotFound)?;
    let waits = sub.taken.is_none() && state.ending().is_none();
    in_order(waits, sub.released.is_some())
}

/// C6: by the co-handling city; the lead then opens the step that undoes, so that both signed.
pub(super) fn undo_ask(
    state: &State,
    author: &Author,
    view: &View<'_>,
    ask: &UndoAsk,
) -> Result<(), Code> {
    officer(&ask.officer)?;
    let joint = state.joint(view).ok_or(Code::Mode)?;
    if author.city != joint.partner {
        return Err(Code::NoPower);
    }
    let step = joint.step(&ask.step).ok_or(Code::NotFound)?;
    let undone = step.undoes.as_deref().ok_or(Code::Argument)?;
    if !state.step_granted(joint, undone) {
        return Err(Code::State);
    }
    let asked = state
        .facts
        .values()
        .any(|fact| matches!(&fact.act, Act::UndoAsk(other) if other.step == ask.step));
    in_order(true, asked)
}
