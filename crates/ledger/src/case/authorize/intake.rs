//! Opening a case, the checks at the window, and the formal pass.

use super::{case_guide, materials, member, officer, recognised, short, window_power};
use crate::agreement::{Guide, Mode, Power, View};
use crate::case::act::{Act, FormalPass, IdCheck, LIST_MAX, OriginalCheck, Receive};
use crate::case::state::State;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Opens a case (E02): item live, grant G1a, guide in force, materials known to it.
pub(in crate::case) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Receive(receive) = act else {
        return Err(Code::State);
    };
    member(view, &author.city)?;
    if !view.is_member(&receive.owner) {
        return Err(Code::NotMember);
    }
    officer(&receive.officer)?;
    if let Some(window) = receive
        .place
        .as_ref()
        .and_then(|place| place.window.as_ref())
    {
        short(window)?;
    }
    // Numbers need no co-ordination because each names its city and its day.
    let division = view.founder(&author.city).map(|founder| founder.division);
    let own = division.map(|division| division.to_string()) == Some(receive.number.division());
    if !own || receive.number.day() != receive.received {
        return Err(Code::Argument);
    }
    let guide = guide_of(author, view, receive)?;
    let other_text = receive.text.is_some_and(|text| text != guide.hash());
    if guide.version != receive.guide || other_text {
        return Err(Code::GuideVersion);
    }
    materials(&receive.materials, guide)?;
    recognised(&receive.materials, &receive.owner, view, receive.received)?;
    Ok(State::new(id, author.city, receive.clone()))
}

/// The guide that the window follows, if it may open the case in this mode.
fn guide_of<'a>(author: &Author, view: &View<'a>, receive: &Receive) -> Result<&'a Guide, Code> {
    let item = view.listed(&receive.item)?;
    let own = receive.owner == author.city;
    let (from, day) = (&author.city, receive.received);
    if receive.partner.is_some() != (receive.mode == Mode::C) {
        return Err(Code::Mode);
    }
    match receive.mode {
        Mode::A if own => {
            if !item.offers(Mode::A) {
                return Err(Code::Mode);
            }
            // Who helped to apply has an activation for the pair; nobody else is concerned.
            if let Some(helper) = &receive.assisted_by {
                view.live(&receive.item, helper, from, day)?;
            }
            view.own_guide(&receive.item, &receive.owner, day)
        }
        Mode::D if own => {
            if !item.offers(Mode::D) || !item.unbound || receive.assisted_by.is_some() {
                return Err(Code::Mode);
            }
            view.own_guide(&receive.item, &receive.owner, day)
        }
        Mode::C if own => {
            if !item.offers(Mode::C) {
                return Err(Code::Mode);
            }
            joint_here(view, receive)?;
            view.own_guide(&receive.item, &receive.owner, day)
        }
        Mode::B | Mode::C if !own => {
            let live = view.live(&receive.item, from, &receive.owner, day)?;
            let here = live.modes.is_empty() || live.modes.contains(&receive.mode);
            if !here || !item.offers(receive.mode) || receive.assisted_by.is_some() {
                return Err(Code::Mode);
            }
            if receive.mode == Mode::C {
                joint_here(view, receive)?;
            }
            if !view.granted(
                &receive.owner,
                from,
                &receive.item,
                Power::Receive,
                author.day(),
            ) {
                return Err(Code::Grant);
            }
            view.guide_in_force(live, day).ok_or(Code::GuideVersion)
        }
        _ => Err(Code::Mode),
    }
}

/// A case of joint handling needs the agreement that its lead signed.
fn joint_here(view: &View<'_>, receive: &Receive) -> Result<(), Code> {
    let mut joint = view.joint(&receive.item, &receive.owner);
    if joint.any(|joint| Some(joint.partner) == receive.partner) {
        Ok(())
    } else {
        Err(Code::Agreement)
    }
}

pub(super) fn id_check(
    state: &State,
    author: &Author,
    view: &View<'_>,
    check: &IdCheck,
) -> Result<(), Code> {
    officer(&check.officer)?;
    window_power(state, author, view, Power::IdCheck)?;
    let failed = state.failed_id_checks();
    let expected: &[EntryId] = if check.passed { &failed } else { &[] };
    if check.replaces != expected {
        return Err(Code::StaleParent);
    }
    Ok(())
}

pub(super) fn original_check(
    state: &State,
    author: &Author,
    view: &View<'_>,
    check: &OriginalCheck,
) -> Result<(), Code> {
    officer(&check.officer)?;
    window_power(state, author, view, Power::OriginalCheck)?;
    if check.seen.is_empty() || check.seen.len() > LIST_MAX {
        return Err(Code::Argument);
    }
    let handed_in = state.materials();
    let known = |id: &String| handed_in.iter().any(|material| material.requirement == *id);
    if check.seen.iter().all(known) {
        Ok(())
    } else {
        Err(Code::NotInGuide)
    }
}

/// E05: every mandatory material is there, and the checks that the guide asks are done.
pub(super) fn formal_pass(state: &State, view: &View<'_>, pass: &FormalPass) -> Result<(), Code> {
    officer(&pass.officer)?;
    if pass.submission != state.submission() {
        return Err(Code::StaleParent);
    }
    if state.formally_passed() {
        return Err(Code::Already);
    }
    if !state.open_notices().is_empty() {
        return Err(Code::State);
    }
    let guide = case_guide(state, view)?;
    if state.missing(guide).is_empty() {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}
