//! Questions, calls, orders, complaints, ratings and papers: facts of whoever is concerned.

use tongban_identity::CityId;

use super::{code, in_order, officer, short, window_or_owner};
use crate::agreement::{Transfer, View};
use crate::case::act::{
    Act, Channel, Complain, ConfirmAnswer, ConfirmAsk, Contact, FollowStep, FollowUp, LIST_MAX,
    Means, Paper, PapersAgreed, PapersMended, PapersSent, PapersTaken, Rate, Reply, Supervise,
};
use crate::case::rating::{BAD_LEVEL, WORST_LEVEL};
use crate::case::state::State;
use crate::code::Code;
use crate::kind::Author;

/// E26: by the holder, to a city of the joint-handling agreement; nobody else learns of the case by being asked.
pub(super) fn confirm_ask(
    state: &State,
    author: &Author,
    view: &View<'_>,
    ask: &ConfirmAsk,
) -> Result<(), Code> {
    officer(&ask.officer)?;
    window_or_owner(state, author)?;
    let joint = state.joint(view).ok_or(Code::Mode)?;
    if ask.to == author.city || (ask.to != joint.lead && ask.to != joint.partner) {
        return Err(Code::NotMember);
    }
    if !state.holders().contains(&author.city) {
        return Err(Code::NotHolder);
    }
    if state.decided().is_some() || state.ending().is_some() {
        return Err(Code::State);
    }
    Ok(())
}

/// E26: by the city asked, or by who asked or holds the case when the answer came by telephone, fax or letter; then it
/// says who was called.
pub(super) fn confirm_answer(
    state: &State,
    author: &Author,
    answer: &ConfirmAnswer,
) -> Result<(), Code> {
    officer(&answer.officer)?;
    let Some(fact) = state.facts.get(&answer.ask) else {
        return Err(Code::NotFound);
    };
    let Act::ConfirmAsk(ask) = &fact.act else {
        return Err(Code::NotFound);
    };
    let by_hand = matches!(answer.means, Means::Phone | Means::Fax | Means::Post);
    let ours = author.city == fact.by || state.holders().contains(&author.city);
    if author.city != ask.to && !(by_hand && ours) {
        return Err(Code::NotHolder);
    }
    let called = matches!(answer.means, Means::Phone | Means::Fax);
    match &answer.callee {
        Some(callee) => code(&callee.0)?,
        None if called => return Err(Code::Argument),
        None => {}
    }
    let open = state.unanswered().iter().any(|(id, _)| *id == answer.ask);
    in_order(true, !open)
}

/// A call about a push or a step that nobody answered.
pub(super) fn contact(state: &State, author: &Author, contact: &Contact) -> Result<(), Code> {
    officer(&contact.officer)?;
    code(&contact.callee.0)?;
    match state.facts.get(&contact.about) {
        Some(fact) if !matches!(fact.act, Act::Push(_) | Act::SubOpen(_)) => Err(Code::Argument),
        Some(fact) if fact.by != author.city => Err(Code::NotHolder),
        Some(_) => Ok(()),
        None => Err(Code::NotFound),
    }
}

fn party(state: &State, city: &CityId) -> Result<(), Code> {
    if state.is_party(city) {
        Ok(())
    } else {
        Err(Code::NotParty)
    }
}

/// E28.
pub(super) fn supervise(state: &State, author: &Author, order: &Supervise) -> Result<(), Code> {
    officer(&order.officer)?;
    window_or_owner(state, author)?;
    code(&order.reason)?;
    party(state, &order.to)?;
    if order.due < author.day() {
        return Err(Code::Date);
    }
    Ok(())
}

///
pub(super) fn complain(state: &State, author: &Author, complaint: &Complain) -> Result<(), Code> {
    window_or_owner(state, author)?;
    code(&complaint.reason)?;
    party(state, &complaint.about)
}

/// E28, R-164: by the city that the order or the complaint is about, once.
pub(super) fn reply(state: &State, author: &Author, reply: &Reply) -> Result<(), Code> {
    officer(&reply.officer)?;
    let to = match state.facts.get(&reply.to).map(|fact| &fact.act) {
        Some(Act::Supervise(order)) => order.to,
        Some(Act::Complain(complaint)) => complaint.about,
        _ => return Err(Code::NotFound),
    };
    if to != author.city {
        return Err(Code::NotHolder);
    }
    let answered = state
        .facts
        .values()
        .any(|fact| matches!(&fact.act, Act::Reply(other) if other.to == reply.to));
    in_order(true, answered)
}

/// E27: once online after service, once for each visit at a window.
pub(super) fn rate(state: &State, author: &Author, rate: &Rate) -> Result<(), Code> {
    window_or_owner(state, author)?;
    if rate.level == 0 || rate.level > WORST_LEVEL {
        return Err(Code::Argument);
    }
    party(state, &rate.city)?;
    let online = rate.visit == 0;
    // By code or message a person rates the matter or a visit; at the window a visit, online the matter.
    let fits = match rate.channel {
        Channel::OnSite => !online,
        Channel::Online => online,
        Channel::Scan | Channel::Sms => true,
    };
    if !fits || rate.visit > state.visits() {
        return Err(Code::Argument);
    }
    if online && !state.served() && state.ending().is_none() {
        return Err(Code::State);
    }
    match state.ratings().get(&rate.visit) {
        Some(_) => Err(Code::RatingExists),
        None => Ok(()),
    }
}

/// by the rated city, step after step.
pub(super) fn follow_up(state: &State, author: &Author, follow: &FollowUp) -> Result<(), Code> {
    officer(&follow.officer)?;
    let rate = state.rating(&follow.rating).ok_or(Code::NotFound)?;
    if rate.city != author.city {
        return Err(Code::NotHolder);
    }
    if rate.level < BAD_LEVEL {
        return Err(Code::State);
    }
    let done = state.followed(&follow.rating);
    let before = match follow.step {
        FollowStep::Contacted => true,
        FollowStep::Mended => done.contains_key(&FollowStep::Contacted),
        FollowStep::CalledBack => done.contains_key(&FollowStep::Mended),
    };
    in_order(before, done.contains_key(&follow.step))
}

fn list(papers: &[Paper]) -> Result<(), Code> {
    let ascending = papers.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || papers.len() > LIST_MAX {
        return Err(Code::Argument);
    }
    papers
        .iter()
        .try_for_each(|paper| short(&paper.requirement))
}

/// by any party, to another one or back to the applicant.
pub(super) fn papers_sent(
    state: &State,
    author: &Author,
    view: &View<'_>,
    sent: &PapersSent,
) -> Result<(), Code> {
    officer(&sent.officer)?;
    list(&sent.papers)?;
    if sent.papers.is_empty() {
        return Err(Code::Argument);
    }
    sent.tracking.iter().try_for_each(|number| code(number))?;
    if sent.to.is_some() {
        // between cities papers go as was agreed.
        view.allows(match sent.tracking {
            Some(_) => Transfer::Post,
            None => Transfer::Hand,
        })?;
    }
    match &sent.to {
        Some(to) if *to == author.city => Err(Code::Argument),
        Some(to) if *to != state.owner() => party(state, to),
        _ => Ok(()),
    }
}

/// by the city to which they were sent, once.
pub(super) fn papers_taken(
    state: &State,
    author: &Author,
    taken: &PapersTaken,
) -> Result<(), Code> {
    officer(&taken.officer)?;
    list(&taken.found)?;
    match state.facts.get(&taken.sent).map(|fact| &fact.act) {
        Some(Act::PapersSent(sent)) if sent.to == Some(author.city) => {}
        Some(Act::PapersSent(_)) => return Err(Code::NotHolder),
        _ => return Err(Code::NotFound),
    }
    in_order(true, state.papers_taken(&taken.sent).is_some())
}

/// by the sender of the list.
pub(super) fn papers_mended(
    state: &State,
    author: &Author,
    mended: &PapersMended,
) -> Result<(), Code> {
    officer(&mended.officer)?;
    list(&mended.papers)?;
    let Some(Act::PapersTaken(taken)) = state.facts.get(&mended.taken).map(|fact| &fact.act) else {
        return Err(Code::NotFound);
    };
    if state.facts.get(&taken.sent).map(|fact| fact.by) != Some(author.city) {
        return Err(Code::NotHolder);
    }
    in_order(true, !state.differences().contains(&mended.taken))
}

/// by who counted; both signed then.
pub(super) fn papers_agreed(
    state: &State,
    author: &Author,
    agreed: &PapersAgreed,
) -> Result<(), Code> {
    officer(&agreed.officer)?;
    let Some(Act::PapersMended(mended)) = state.facts.get(&agreed.mended).map(|fact| &fact.act)
    else {
        return Err(Code::NotFound);
    };
    if state.facts.get(&mended.taken).map(|fact| fact.by) != Some(author.city) {
        return Err(Code::NotHolder);
    }
    in_order(true, !state.differences().contains(&mended.taken))
}
