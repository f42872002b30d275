//! The one-time notice, its service, and the correction.

use super::{
    case_guide, code, materials, officer, recognised, short, window_or_owner, window_power,
};
use crate::agreement::{Power, View};
use crate::case::act::{CorrectionNotice, CorrectionSubmitted, Fault, LIST_MAX, NoticeServed};
use crate::case::state::State;
use crate::code::Code;
use crate::kind::Author;

/// E06: the first notice of a submission, complete, each defect backed by the guide.
pub(super) fn correction_notice(
    state: &State,
    author: &Author,
    view: &View<'_>,
    notice: &CorrectionNotice,
) -> Result<(), Code> {
    officer(&notice.officer)?;
    if author.city == state.receiver {
        window_power(state, author, view, Power::Notice)?;
    }
    if state.accepted().is_some() || state.ending().is_some() {
        return Err(Code::State);
    }
    if !notice.complete || notice.defects.is_empty() || notice.defects.len() > LIST_MAX {
        return Err(Code::Argument);
    }
    // The guide of the receipt, or a newer one that was in force on that day.
    let receive = &state.receive;
    let stale = state.stale_guide(view);
    if notice.guide != state.guide_version() && Some(notice.guide) != stale {
        return Err(Code::GuideVersion);
    }
    let guide = view
        .guide(&receive.item, &receive.owner, notice.guide)
        .ok_or(Code::GuideVersion)?;
    recheck(state, notice)?;
    for defect in &notice.defects {
        let need = guide.requirement(&defect.requirement);
        let need = need.ok_or(Code::NotInGuide)?;
        // nobody brings the original of what shared data or an e-cert verify.
        if defect.fault == Fault::OriginalWanted && need.verified_elsewhere() {
            return Err(Code::SharedData);
        }
    }
    paper(state, notice)?;
    let current = state.submission();
    if state
        .notices()
        .any(|(_, earlier)| earlier.submission == current)
    {
        return Err(Code::NoticeSecond);
    }
    // A later submission is judged on what it brought: what was fine before stays fine.
    if current > 1
        && !notice
            .defects
            .iter()
            .all(|defect| state.resubmitted(&defect.requirement))
    {
        return Err(Code::NoticeSecond);
    }
    if notice.submission == current {
        Ok(())
    } else {
        Err(Code::StaleParent)
    }
}

/// what the window checked is relied on; asking for it again needs a reason. R-058: sending people to
/// another place needs a legal basis.
fn recheck(state: &State, notice: &CorrectionNotice) -> Result<(), Code> {
    let again = notice.defects.iter().any(|defect| {
        defect.fault == Fault::OriginalWanted && state.original_seen(&defect.requirement)
    });
    if again && notice.recheck.is_none() {
        return Err(Code::Argument);
    }
    notice.recheck.iter().try_for_each(|reason| code(reason))?;
    notice.visit.iter().try_for_each(|basis| short(basis))
}

/// an e-signed file or an e-cert equals paper; asking for paper needs a legal basis.
fn paper(state: &State, notice: &CorrectionNotice) -> Result<(), Code> {
    let handed_in = state.materials();
    let vouched = |requirement: &str| {
        let mut of = handed_in.iter();
        of.any(|material| material.requirement == requirement && material.proof.is_some())
    };
    let defects = notice.defects.iter();
    let mut paper = defects.filter(|defect| defect.fault == Fault::PaperWanted);
    if notice.paper.is_none() && paper.any(|defect| vouched(&defect.requirement)) {
        return Err(Code::PaperEqual);
    }
    notice.paper.iter().try_for_each(|basis| short(basis))
}

/// E06s: by the window that told the applicant, or by the city that gave the notice.
pub(super) fn notice_served(
    state: &State,
    author: &Author,
    served: &NoticeServed,
) -> Result<(), Code> {
    let gave = state.facts.get(&served.notice).map(|fact| fact.by);
    if gave != Some(author.city) {
        window_or_owner(state, author)?;
    }
    if !state.notices().any(|(id, _)| id == served.notice) {
        return Err(Code::NotFound);
    }
    if state.notice_served(&served.notice) {
        return Err(Code::Already);
    }
    if served.on < state.receive.received {
        return Err(Code::Date);
    }
    Ok(())
}

pub(super) fn correction_submitted(
    state: &State,
    view: &View<'_>,
    submitted: &CorrectionSubmitted,
) -> Result<(), Code> {
    if submitted.materials.is_empty() {
        return Err(Code::Argument);
    }
    let guide = case_guide(state, view)?;
    materials(&submitted.materials, guide)?;
    recognised(&submitted.materials, &state.owner(), view, submitted.on)?;
    if submitted.on < state.papers_day() {
        return Err(Code::Date);
    }
    let Some(notice) = submitted.notice else {
        return Ok(());
    };
    let Some((_, asked)) = state.notices().find(|(id, _)| *id == notice) else {
        return Err(Code::NotFound);
    };
    if !state.open_notices().contains(&notice) {
        return Err(Code::Already);
    }
    let covered = |requirement: &str| {
        submitted
            .materials
            .iter()
            .any(|material| material.requirement == requirement)
    };
    if asked
        .defects
        .iter()
        .all(|defect| covered(&defect.requirement))
    {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}
