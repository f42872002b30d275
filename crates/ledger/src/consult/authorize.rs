//! May this act follow from what its author had seen? One function per act.

use std::collections::BTreeSet;

use tongban_identity::CityId;

use super::act::{
    Act, Answer, Ask, Escalate, PARTICIPANTS_MAX, Stage, VIDEO_SECONDS_MAX, VIDEOS_MAX, Verdict,
    Video, VideoSigned,
};
use super::state::State;
use crate::agreement::{Guide, View};
use crate::calendar::Day;
use crate::case::{CODE_BYTES_MAX, LIST_MAX, Material, Officer, Proof};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// Opens a consult (E24): the item is live for the pair, and every paper is one of its guide.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Ask(ask) = act else {
        return Err(Code::State);
    };
    member(view, &author.city)?;
    if ask.to == author.city || !view.is_member(&ask.to) {
        return Err(Code::NotMember);
    }
    officer(&ask.officer)?;
    let live = view.live(&ask.item, &author.city, &ask.to, author.day())?;
    let guide = view
        .guide_in_force(live, author.day())
        .ok_or(Code::GuideVersion)?;
    if guide.version != ask.guide {
        return Err(Code::GuideVersion);
    }
    papers(ask, guide)?;
    Ok(State::new(id, author, ask.clone()))
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
        Act::Ask(_) => Err(Code::State),
        Act::Answer(answer) => authorize_answer(state, author, view, answer),
        Act::Escalate(escalate) => authorize_escalation(state, author, view, escalate),
        Act::Video(video) => authorize_video(state, author, view, video),
        Act::VideoSigned(signed) => authorize_signature(state, author, signed),
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

/// At least one paper, none twice, each a requirement of the guide.
fn papers(ask: &Ask, guide: &Guide) -> Result<(), Code> {
    if ask.materials.is_empty() {
        return Err(Code::Argument);
    }
    if ask.materials.len() > LIST_MAX {
        return Err(Code::TooLarge);
    }
    let named: BTreeSet<&str> = ask
        .materials
        .iter()
        .map(|material| material.requirement.as_str())
        .collect();
    if named.len() != ask.materials.len() {
        return Err(Code::Duplicate);
    }
    let sound = |material: &Material| match &material.proof {
        Some(Proof::ECert { kind, .. }) => !kind.is_empty() && kind.len() <= CODE_BYTES_MAX,
        _ => true,
    };
    if !ask.materials.iter().all(sound) {
        return Err(Code::Argument);
    }
    in_guide(guide, named.into_iter())
}

fn in_guide<'a>(guide: &Guide, mut named: impl Iterator<Item = &'a str>) -> Result<(), Code> {
    let known = |id: &str| guide.requirements.iter().any(|need| need.id == id);
    if named.all(known) {
        Ok(())
    } else {
        Err(Code::NotInGuide)
    }
}

/// The guide of the question.
fn guide_of<'a>(state: &State, view: &View<'a>) -> Result<&'a Guide, Code> {
    let ask = &state.ask;
    view.guide(&ask.item, &ask.to, ask.guide)
        .ok_or(Code::GuideVersion)
}

/// E24: by the city asked, once, with defects of its published guide exactly where it says that the papers do not do.
fn authorize_answer(
    state: &State,
    author: &Author,
    view: &View<'_>,
    answer: &Answer,
) -> Result<(), Code> {
    if state.ask.to != author.city {
        return Err(Code::NoPower);
    }
    if !state.answers.is_empty() {
        return Err(Code::Already);
    }
    officer(&answer.officer)?;
    if answer.defects.is_empty() != (answer.verdict == Verdict::Ok) {
        return Err(Code::Argument);
    }
    if answer.defects.len() > LIST_MAX {
        return Err(Code::TooLarge);
    }
    let defects = answer.defects.iter();
    in_guide(
        guide_of(state, view)?,
        defects.map(|defect| defect.requirement.as_str()),
    )
}

/// by the city that asked, each stage once and in order, and not before its working hours are over.
fn authorize_escalation(
    state: &State,
    author: &Author,
    view: &View<'_>,
    escalate: &Escalate,
) -> Result<(), Code> {
    if state.from != author.city {
        return Err(Code::NoPower);
    }
    match state.next_stage() {
        Some(next) if next == escalate.stage => {}
        Some(next) if next < escalate.stage => return Err(Code::State),
        Some(Stage::PostB | Stage::Centre) | None => return Err(Code::Already),
    }
    let due = state.due(escalate.stage, view);
    let due = due.map_err(|missing| missing.code())?;
    if author.time >= due {
        Ok(())
    } else {
        Err(Code::NotDue)
    }
}

/// people of both cities examined points of the guide, in a time that is over, on the day of the question at the
/// earliest.
fn authorize_video(
    state: &State,
    author: &Author,
    view: &View<'_>,
    video: &Video,
) -> Result<(), Code> {
    officer(&video.officer)?;
    let own = state.videos.values().filter(|old| old.by == author.city);
    if own.count() >= VIDEOS_MAX {
        return Err(Code::TooLarge);
    }
    let (started, ended) = (video.started.unix(), video.ended.unix());
    let longest = started.saturating_add(VIDEO_SECONDS_MAX);
    if ended <= started || ended > longest || ended > author.time || before_question(state, video) {
        return Err(Code::Date);
    }
    for people in [&video.askers, &video.asked] {
        if people.is_empty() || !ascending(people) {
            return Err(Code::Argument);
        }
        if people.len() > PARTICIPANTS_MAX {
            return Err(Code::TooLarge);
        }
        people.iter().try_for_each(officer)?;
    }
    if video.points.is_empty() || !ascending(&video.points) {
        return Err(Code::Argument);
    }
    if video.points.len() > LIST_MAX {
        return Err(Code::TooLarge);
    }
    in_guide(
        guide_of(state, view)?,
        video.points.iter().map(String::as_str),
    )
}

fn ascending<T: Ord>(list: &[T]) -> bool {
    list.windows(2).all(|pair| pair[0] < pair[1])
}

/// Whether a video consult is dated before the day of the question: the clocks of two cities differ by minutes, not by
/// days.
fn before_question(state: &State, video: &Video) -> bool {
    Day::from_unix_beijing(video.started.unix()) < Day::from_unix_beijing(state.time)
}

/// by the city that did not record it, once, and not before the day on which it ended.
fn authorize_signature(state: &State, author: &Author, signed: &VideoSigned) -> Result<(), Code> {
    officer(&signed.officer)?;
    let filmed = state.videos.get(&signed.video).ok_or(Code::NotFound)?;
    if filmed.by == author.city {
        return Err(Code::NoPower);
    }
    if state.is_signed(&signed.video) {
        return Err(Code::Already);
    }
    if Day::from_unix_beijing(filmed.video.ended.unix()) > author.day() {
        return Err(Code::Date);
    }
    Ok(())
}
