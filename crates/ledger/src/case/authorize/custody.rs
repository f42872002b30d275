//! Pushing, answering, yielding, taking back and taking over.

use tongban_identity::CityId;

use super::{custodian, officer, undisputed};
use crate::agreement::resolution::case_mark;
use crate::agreement::{Power, Transfer, View};
use crate::case::act::{Act, Answer, Decline, Officer, Push, TakeOver};
use crate::case::custody::{Claim, PushStanding};
use crate::case::state::State;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;
use crate::planted::{Bug, planted};

pub(super) fn push(
    state: &State,
    author: &Author,
    view: &View<'_>,
    push: &Push,
) -> Result<(), Code> {
    let claim = custodian(state, &author.city)?;
    undisputed(state)?;
    if !view.is_member(&push.to) || push.to == author.city {
        return Err(Code::NotMember);
    }
    view.allows(Transfer::Platform)?;
    if !claim.batons.contains(&push.baton)
        || push.manifest != state.manifest()
        || push.after != state.setbacks(&push.baton)
    {
        return Err(Code::StaleParent);
    }
    if state.ending().is_some() {
        return Err(Code::State);
    }
    for (_, pending, standing) in state.pending_pushes(&claim) {
        let repeats = standing == PushStanding::Open && pending.manifest == push.manifest;
        if view.has_left(&pending.to) {
            continue;
        }
        if (pending.to != push.to || repeats) && !planted(Bug::PushTwice) {
            return Err(Code::PushOpen);
        }
    }
    let redirected = state.redirected_by(&author.city) == Some(push.to);
    // Who holds the power itself has nobody to hand the case to.
    if author.city == state.receiver && state.own_power() && !redirected {
        return Err(Code::Mode);
    }
    if author.city == state.receiver && !redirected {
        push_forward(state, author, view, push)
    } else if redirected {
        still_served(state, author, view, &push.to)
    } else {
        push_back(state, &claim, push)
    }
}

/// R to an owner: the item is live for the pair, the grant holds, the window's review passed.
fn push_forward(state: &State, author: &Author, view: &View<'_>, push: &Push) -> Result<(), Code> {
    still_served(state, author, view, &push.to)?;
    // What counts as accepted by lapse of time is the owner's, passed or not.
    if state.formally_passed() || state.deemed() == Some(true) {
        Ok(())
    } else {
        Err(Code::CheckMissing)
    }
}

/// An owner back to where the case came from, while nothing is decided.
fn push_back(state: &State, claim: &Claim, push: &Push) -> Result<(), Code> {
    let from = claim
        .parent
        .and_then(|parent| state.claims().get(parent).map(|claim| claim.city));
    if from != Some(push.to) {
        return Err(Code::NotHolder);
    }
    if state.accepted().is_some() {
        return Err(Code::State);
    }
    Ok(())
}

pub(super) fn ack(
    state: &State,
    author: &Author,
    view: &View<'_>,
    answer: &Answer,
) -> Result<(), Code> {
    let push = addressed(state, author, answer)?;
    match state.standing(&answer.push, push) {
        PushStanding::Open => {}
        PushStanding::Acked if planted(Bug::AckTwice) => {}
        PushStanding::Acked => return Err(Code::Already),
        PushStanding::Recalled | PushStanding::Declined => return Err(Code::State),
    }
    if state.is_overridden(&answer.baton) {
        return Err(Code::State);
    }
    // The first Ack consumes the baton: another city that knows of it takes nothing.
    let consumed = state.facts.values().any(|fact| {
        matches!(&fact.act, Act::Ack(ack) if ack.baton == answer.baton) && fact.by != author.city
    });
    if consumed || state.ending().is_some() {
        return Err(Code::State);
    }
    if author.city == state.receiver {
        return Ok(());
    }
    still_served(state, author, view, &author.city)
}

/// Whether an owner takes cases of this item from R: live for the pair, and granted. Suspensions and
/// withdrawals are for new cases; one that the owner once held comes back to it.
fn still_served(
    state: &State,
    author: &Author,
    view: &View<'_>,
    owner: &CityId,
) -> Result<(), Code> {
    if state.ever_held(owner) {
        return Ok(());
    }
    let receive = &state.receive;
    view.live(&receive.item, &state.receiver, owner, receive.received)?;
    if view.granted(
        owner,
        &state.receiver,
        &receive.item,
        Power::Receive,
        author.day(),
    ) {
        Ok(())
    } else {
        Err(Code::Grant)
    }
}

/// The push that an answer names, if it is addressed to the author.
fn addressed<'a>(state: &'a State, author: &Author, answer: &Answer) -> Result<&'a Push, Code> {
    let (_, push) = state.push(&answer.push).ok_or(Code::NotFound)?;
    if push.to != author.city {
        return Err(Code::NotHolder);
    }
    if push.baton != answer.baton {
        return Err(Code::StaleParent);
    }
    Ok(push)
}

pub(super) fn first_look(
    state: &State,
    author: &Author,
    ack: &EntryId,
    by: &Officer,
) -> Result<(), Code> {
    officer(by)?;
    match state.facts.get(ack) {
        Some(fact) if matches!(fact.act, Act::Ack(_)) && fact.by == author.city => {}
        Some(fact) if matches!(fact.act, Act::Ack(_)) => return Err(Code::NotHolder),
        _ => return Err(Code::NotFound),
    }
    let seen = state
        .facts
        .values()
        .any(|fact| matches!(&fact.act, Act::FirstLook(look) if look.ack == *ack));
    if seen { Err(Code::Already) } else { Ok(()) }
}

pub(super) fn recall(state: &State, author: &Author, answer: &Answer) -> Result<(), Code> {
    let (by, push) = state.push(&answer.push).ok_or(Code::NotFound)?;
    if by != author.city {
        return Err(Code::NotHolder);
    }
    if push.baton != answer.baton {
        return Err(Code::StaleParent);
    }
    match state.standing(&answer.push, push) {
        PushStanding::Open => Ok(()),
        PushStanding::Recalled => Err(Code::Already),
        PushStanding::Acked | PushStanding::Declined => Err(Code::State),
    }
}

/// By a city that never held the case; a refusal of one's own earlier claim would be a return.
pub(super) fn decline(state: &State, author: &Author, refusal: &Decline) -> Result<(), Code> {
    let answer = Answer {
        push: refusal.push,
        baton: refusal.baton,
    };
    let push = addressed(state, author, &answer)?;
    if state.ever_held(&author.city) {
        return Err(Code::State);
    }
    if !matches!(
        refusal.reason,
        Code::ItemNotActive | Code::Grant | Code::State
    ) {
        return Err(Code::Argument);
    }
    match state.standing(&refusal.push, push) {
        PushStanding::Open | PushStanding::Recalled => Ok(()),
        PushStanding::Declined => Err(Code::Already),
        PushStanding::Acked => Err(Code::State),
    }
}

/// Where two cities hold one case, each may give its own claim up.
/// A claimant of several gives its claim up. For a city that left the agreement whoever it had the case from says so:
/// then the case is back.
pub(super) fn yield_claim(
    state: &State,
    author: &Author,
    view: &View<'_>,
    baton: &EntryId,
) -> Result<(), Code> {
    let holding = state.holding();
    let left = holding.iter().find(|claim| {
        claim.batons.contains(baton) && view.has_left(&claim.city) && !state.closed()
    });
    if let Some(claim) = left {
        let claims = state.claims();
        let from = claim.parent.and_then(|parent| claims.get(parent));
        return match from {
            Some(from) if from.city == author.city => Ok(()),
            _ => Err(Code::NotHolder),
        };
    }
    if holding.len() < 2 || state.closed() {
        return Err(Code::State);
    }
    match holding.iter().find(|claim| claim.batons.contains(baton)) {
        Some(claim) if claim.city == author.city => Ok(()),
        Some(_) => Err(Code::NotHolder),
        None => Err(Code::NotFound),
    }
}

/// `design.md` §4: the city that a certified resolution names takes the case from whoever held it, as the members knew it.
pub(super) fn take_over(
    state: &State,
    author: &Author,
    view: &View<'_>,
    taken: &TakeOver,
) -> Result<(), Code> {
    if state.ending().is_some() {
        return Err(Code::State);
    }
    let named = view.override_of(&taken.certificate);
    let named = named.ok_or(Code::Resolution)?;
    if taken.batons != state.held_batons() {
        return Err(Code::StaleParent);
    }
    if named.case != case_mark(&state.genesis, &taken.batons) {
        return Err(Code::Resolution);
    }
    match named.holder == author.city {
        true => Ok(()),
        false => Err(Code::NotHolder),
    }
}

pub(super) fn retract(state: &State, author: &Author, id: &EntryId) -> Result<(), Code> {
    match state.facts.get(id) {
        None => Err(Code::NotFound),
        Some(_) if planted(Bug::RetractOthers) => Ok(()),
        Some(fact) if fact.by != author.city => Err(Code::NotHolder),
        Some(fact) if !fact.disputed || state.closed() => Err(Code::State),
        // A countersigned handoff is not undone by one side.
        Some(fact) => match &fact.act {
            Act::Push(push) if state.standing(id, push) == PushStanding::Acked => Err(Code::State),
            _ => Ok(()),
        },
    }
}
