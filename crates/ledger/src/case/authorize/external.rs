//! Jumps to another system and their way back.

use super::{code, in_order, officer, owner_only};
use crate::agreement::Mode;
use crate::case::act::{Act, BackFlow, JumpOut, LIST_MAX};
use crate::case::state::State;
use crate::code::Code;
use crate::kind::Author;

/// online alone, by the owner, while nothing is decided; to one system once until it came back.
pub(super) fn jump_out(state: &State, author: &Author, jump: &JumpOut) -> Result<(), Code> {
    officer(&jump.officer)?;
    code(&jump.system)?;
    if state.receive.mode != Mode::A {
        return Err(Code::Mode);
    }
    owner_only(state, author)?;
    if jump.checked > author.day() {
        return Err(Code::Date);
    }
    let outside = state.outside();
    if outside.len() >= LIST_MAX {
        return Err(Code::TooLarge);
    }
    let mut open = outside.iter().filter(|outside| outside.back.is_none());
    let already = open.any(|outside| outside.jump.system == jump.system);
    in_order(
        state.decided().is_none() && state.ending().is_none(),
        already,
    )
}

/// by the owner, once for each jump, also after the case ended.
pub(super) fn back_flow(state: &State, author: &Author, back: &BackFlow) -> Result<(), Code> {
    officer(&back.officer)?;
    code(&back.number)?;
    owner_only(state, author)?;
    let jumped = match state.facts.get(&back.jump) {
        Some(fact) if matches!(fact.act, Act::JumpOut(_)) => fact.day(),
        _ => return Err(Code::NotFound),
    };
    if back.on < jumped || back.on > author.day() {
        return Err(Code::Date);
    }
    in_order(true, state.back_flow(&back.jump).is_some())
}
