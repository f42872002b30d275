//! Lapse of time, redirection, pauses, withdrawal, commitments, and ends other than the usual one.

use tongban_identity::CityId;

use super::{in_order, officer, owner_only, short};
use crate::agreement::Mode;
use crate::agreement::View;
use crate::calendar::{CalendarMissing, Day};
use crate::case::act::{
    Act, Annul, Archive, Commitment, CommitmentChecked, Compared, DeemAccept, DeemDue,
    EXTEND_DAYS_MAX, EXTEND_JOINT_DAYS_MAX, Extend, LIST_MAX, NoCorrection, Officer, PreReview,
    Redirect, SpecialEnd, SpecialStart, WithdrawGrant, WithdrawRefuse, WithdrawRequest,
};
use crate::case::course::Ending;
use crate::case::state::State;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Days after the end of a case in which it may still be rated, so that it is not archived before.
const ARCHIVE_AFTER_DAYS: i32 = 30;

fn calendar(day: Result<Day, CalendarMissing>) -> Result<Day, Code> {
    day.map_err(CalendarMissing::code)
}

/// E12: by R, which alone serves notices, once the five days are over.
pub(super) fn deem_due(
    state: &State,
    author: &Author,
    view: &View<'_>,
    due: &DeemDue,
) -> Result<(), Code> {
    if author.city != state.receiver {
        return Err(Code::NoPower);
    }
    let licence = view
        .item(&state.receive.item)
        .is_some_and(|item| item.licence);
    if !licence && !view.limits().deemed_all {
        return Err(Code::State);
    }
    if due.submission != state.submission() {
        return Err(Code::StaleParent);
    }
    if due.expired != calendar(state.notice_due(view))? {
        return Err(Code::Date);
    }
    if author.day() <= due.expired {
        return Err(Code::NotDue);
    }
    let told = state
        .notices()
        .filter(|(_, notice)| notice.submission == due.submission)
        .filter_map(|(id, _)| state.served_on(&id))
        .any(|on| on <= due.expired);
    if told || state.accepted().is_some() || state.ending().is_some() {
        return Err(Code::State);
    }
    in_order(true, state.deem_due().is_some())
}

/// E12: by the holder's node, unless somebody shows that the applicant was told in time.
pub(super) fn deem_accept(state: &State, accept: &DeemAccept) -> Result<(), Code> {
    let Some((due, _)) = state.deem_due() else {
        return Err(Code::NotFound);
    };
    if accept.due != due {
        return Err(Code::StaleParent);
    }
    if state.deem_contested() {
        return Err(Code::Disputed);
    }
    if accept.on != state.papers_day() {
        return Err(Code::Date);
    }
    in_order(true, state.accepted().is_some())
}

/// E14: by the owner, before acceptance; a member city is competent next, or nobody here.
pub(super) fn redirect(
    state: &State,
    author: &Author,
    view: &View<'_>,
    redirect: &Redirect,
) -> Result<(), Code> {
    officer(&redirect.officer)?;
    short(&redirect.basis)?;
    owner_only(state, author)?;
    if state.accepted().is_some() {
        return Err(Code::State);
    }
    match &redirect.to {
        Some(to) if !view.is_member(to) => Err(Code::NotMember),
        Some(to) if *to == author.city || was_owner(state, to) => Err(Code::Argument),
        _ => Ok(()),
    }
}

/// Whether a city redirected the case away, to which it would come back in a circle.
fn was_owner(state: &State, city: &CityId) -> bool {
    state.receive.owner == *city || state.redirected_by(city).is_some()
}

fn under_review(state: &State) -> Result<(), Code> {
    in_order(state.accepted().is_some(), false)?;
    if state.decided().is_some() {
        return Err(Code::State);
    }
    Ok(())
}

/// E15.
pub(super) fn special_start(
    state: &State,
    author: &Author,
    start: &SpecialStart,
) -> Result<(), Code> {
    owner_only(state, author)?;
    officer(&start.officer)?;
    short(&start.basis)?;
    under_review(state)?;
    if state.accepted().is_some_and(|accepted| start.on < accepted) {
        return Err(Code::Date);
    }
    in_order(true, state.special_open().is_some())
}

/// E15.
pub(super) fn special_end(state: &State, end: &SpecialEnd) -> Result<(), Code> {
    officer(&end.officer)?;
    under_review(state)?;
    if state.special_open() != Some(end.start) {
        return Err(Code::NotFound);
    }
    let started = state.pauses().into_iter().map(|(from, _)| from).max();
    if started.is_some_and(|from| end.on < from) {
        return Err(Code::Date);
    }
    Ok(())
}

/// E16: once, by two officers.
pub(super) fn extend(state: &State, author: &Author, extend: &Extend) -> Result<(), Code> {
    owner_only(state, author)?;
    two(&extend.officer, &extend.second)?;
    short(&extend.basis)?;
    under_review(state)?;
    let most = if state.receive.mode == Mode::C {
        EXTEND_JOINT_DAYS_MAX
    } else {
        EXTEND_DAYS_MAX
    };
    if extend.days == 0 || extend.days > most {
        return Err(Code::TooLarge);
    }
    in_order(true, state.extended().is_some())
}

fn two(first: &Officer, second: &Officer) -> Result<(), Code> {
    officer(first)?;
    officer(second)?;
    if first == second {
        return Err(Code::SameOfficer);
    }
    Ok(())
}

/// The most requests to withdraw one case: each holds up the decision until it is answered.
const REQUESTS_MAX: usize = 3;

/// E23: by the window, before the decision.
pub(super) fn withdraw_request(
    state: &State,
    author: &Author,
    request: &WithdrawRequest,
) -> Result<(), Code> {
    officer(&request.officer)?;
    if author.city != state.receiver {
        return Err(Code::NoPower);
    }
    if state.decided().is_some() || state.ending().is_some() {
        return Err(Code::State);
    }
    let asked = |act: &Act| matches!(act, Act::WithdrawRequest(_));
    let earlier = state.facts.values().filter(|fact| asked(&fact.act)).count();
    if earlier >= REQUESTS_MAX {
        return Err(Code::TooLarge);
    }
    in_order(true, state.withdrawal().is_some())
}

/// E23: nothing irreversible stands, and every other city let go of its step.
pub(super) fn withdraw_grant(
    state: &State,
    author: &Author,
    view: &View<'_>,
    grant: &WithdrawGrant,
) -> Result<(), Code> {
    officer(&grant.officer)?;
    answers_request(state, &grant.request)?;
    if state.decided().is_some() {
        return Err(Code::State);
    }
    if state.irreversible(view).is_some() {
        return Err(Code::Irreversible);
    }
    if !state.unreleased(&author.city).is_empty() {
        return Err(Code::SubOpen);
    }
    if grant.releases != state.releases() {
        return Err(Code::StaleParent);
    }
    Ok(())
}

/// E23: an officer may refuse for reasons; the node alone only because of an irreversible decision.
pub(super) fn withdraw_refuse(
    state: &State,
    view: &View<'_>,
    refuse: &WithdrawRefuse,
) -> Result<(), Code> {
    answers_request(state, &refuse.request)?;
    match (&refuse.officer, refuse.because) {
        (Some(who), None) => officer(who),
        (who, Some(because)) if state.irreversible(view) == Some(because) => match who {
            Some(who) => officer(who),
            None => Ok(()),
        },
        _ => Err(Code::NotFound),
    }
}

fn answers_request(state: &State, request: &EntryId) -> Result<(), Code> {
    if state.ending().is_some() {
        return Err(Code::State);
    }
    match state.withdrawal() {
        Some(open) if open == *request => Ok(()),
        Some(_) => Err(Code::StaleParent),
        None => Err(Code::NotFound),
    }
}

/// S92: the applicant was told and the days for the correction are over.
pub(super) fn no_correction(
    state: &State,
    author: &Author,
    view: &View<'_>,
    end: &NoCorrection,
) -> Result<(), Code> {
    officer(&end.officer)?;
    if state.accepted().is_some() {
        return Err(Code::State);
    }
    if !state.open_notices().contains(&end.notice) {
        return Err(Code::NotFound);
    }
    let served = state.served_on(&end.notice).ok_or(Code::CheckMissing)?;
    let days = u32::from(view.limits().correction_days);
    let due = calendar(view.calendar().due(served, days))?;
    if author.day() <= due {
        return Err(Code::NotDue);
    }
    Ok(())
}

/// before the formal pass, for materials of the guide.
pub(super) fn commitment(
    state: &State,
    author: &Author,
    view: &View<'_>,
    commitment: &Commitment,
) -> Result<(), Code> {
    officer(&commitment.officer)?;
    if commitment.missing.is_empty() || commitment.missing.len() > LIST_MAX {
        return Err(Code::Argument);
    }
    if commitment.due <= author.day() {
        return Err(Code::Date);
    }
    let guide = state.guide(view).ok_or(Code::GuideVersion)?;
    let known = |id: &String| guide.requirements.iter().any(|need| need.id == *id);
    if !commitment.missing.iter().all(known) {
        return Err(Code::NotInGuide);
    }
    in_order(!state.formally_passed(), false)
}

/// by the holder, at any time until it was kept.
pub(super) fn commitment_checked(state: &State, check: &CommitmentChecked) -> Result<(), Code> {
    officer(&check.officer)?;
    let open = state.open_commitments();
    if open.iter().any(|(id, _)| *id == check.commitment) {
        Ok(())
    } else {
        Err(Code::NotFound)
    }
}

/// by an owner, of the papers that came online.
pub(super) fn pre_review(state: &State, author: &Author, review: &PreReview) -> Result<(), Code> {
    officer(&review.officer)?;
    owner_only(state, author)?;
    if review.submission != state.submission() {
        return Err(Code::StaleParent);
    }
    if state.accepted().is_some() {
        return Err(Code::State);
    }
    in_order(true, matches!(state.pre_review(), Some((_, true))))
}

/// the paper at the window, against what passed.
pub(super) fn compared(state: &State, compared: &Compared) -> Result<(), Code> {
    officer(&compared.officer)?;
    match state.pre_review() {
        Some((review, true)) if review == compared.review => {}
        Some(_) => return Err(Code::StaleParent),
        None => return Err(Code::NotFound),
    }
    let handed_in = state.materials();
    let known = |id: &String| handed_in.iter().any(|material| material.requirement == *id);
    if compared.different.len() <= LIST_MAX && compared.different.iter().all(known) {
        Ok(())
    } else {
        Err(Code::NotInGuide)
    }
}

/// E30: after the decision, by the owner, two officers.
pub(super) fn annul(state: &State, author: &Author, annul: &Annul) -> Result<(), Code> {
    owner_only(state, author)?;
    two(&annul.officer, &annul.second)?;
    short(&annul.basis)?;
    in_order(state.closed(), state.ending() == Some(Ending::Annulled))
}

/// E31: by R and by the owner, each once, when nothing more is to come.
pub(super) fn archive(state: &State, author: &Author, archive: &Archive) -> Result<(), Code> {
    officer(&archive.officer)?;
    if author.city != state.receiver && !state.is_owner(&author.city) {
        return Err(Code::NoPower);
    }
    let Some(ended) = state.ended_on() else {
        return Err(Code::State);
    };
    let wait = ended.plus_days(ARCHIVE_AFTER_DAYS).unwrap_or(Day::MAX);
    if state.ratings().is_empty() && author.day() < wait {
        return Err(Code::NotDue);
    }
    if archive.package != state.package() {
        return Err(Code::StaleParent);
    }
    in_order(true, state.archived(&author.city))
}
