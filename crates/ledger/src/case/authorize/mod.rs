//! May this act follow from what its author had seen? One function per act.

mod aside;
mod course;
mod custody;
mod decision;
mod external;
mod handover;
mod intake;
mod joint;
mod notice;

use tongban_identity::CityId;

use super::act::{Act, CODE_BYTES_MAX, Class, LIST_MAX, Material, Officer, Proof};
use super::course::Ending;
use super::custody::Claim;
use super::state::State;
use crate::agreement::{Guide, Power, View};
use crate::calendar::Day;
use crate::code::Code;
use crate::kind::Author;
use crate::planted::{Bug, planted};

pub(super) use intake::open;

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
    match act.class() {
        Class::Genesis => return Err(Code::State),
        Class::Outward => {
            outward(state, author, view)?;
            // What ended otherwise is over; what was closed may still be annulled.
            if !matches!(state.ending(), None | Some(Ending::Closed)) {
                return Err(Code::State);
            }
        }
        Class::Mending => mending(state, author)?,
        Class::Custody | Class::Sub | Class::Fact | Class::Resolving => {}
    }
    match act {
        Act::Receive(_) => Err(Code::State),
        Act::IdCheck(check) => intake::id_check(state, author, view, check),
        Act::OriginalCheck(check) => intake::original_check(state, author, view, check),
        Act::FormalPass(pass) => intake::formal_pass(state, view, pass),
        Act::Push(push) => custody::push(state, author, view, push),
        Act::Ack(answer) => custody::ack(state, author, view, answer),
        Act::FirstLook(look) => custody::first_look(state, author, &look.ack, &look.officer),
        Act::Recall(answer) => custody::recall(state, author, answer),
        Act::Decline(refusal) => custody::decline(state, author, refusal),
        Act::Accept(accept) => {
            officer(&accept.officer)?;
            decision::acceptance(state, author, view)?;
            decision::papers_here(state, author, view)?;
            if accept.on == state.complete_on(&author.city, view) {
                Ok(())
            } else {
                Err(Code::Date)
            }
        }
        Act::NotAccept(refusal) => {
            officer(&refusal.officer)?;
            short(&refusal.basis)?;
            decision::acceptance(state, author, view)
        }
        Act::CorrectionNotice(notice) => notice::correction_notice(state, author, view, notice),
        Act::NoticeServed(served) => notice::notice_served(state, author, served),
        Act::CorrectionSubmitted(submitted) => notice::correction_submitted(state, view, submitted),
        Act::SubstantiveReview(reviewer) => decision::review(state, author, reviewer),
        Act::Decide(decide) => decision::decide(state, author, view, decide),
        Act::SendResult(sent) => decision::send_result(state, author, view, sent),
        Act::Served(served) => decision::served(state, author, view, served),
        Act::Close => decision::close(state, view),
        Act::Edit => Ok(()),
        Act::Yield(baton) => custody::yield_claim(state, author, view, baton),
        Act::Retract(id) => custody::retract(state, author, id),
        Act::Retain(retain) => retain.check(author, view),
        Act::TakeOver(taken) => custody::take_over(state, author, view, taken),
        other => authorize_other(state, author, view, other),
    }
}

/// What happens beside the straight way.
fn authorize_other(state: &State, author: &Author, view: &View<'_>, act: &Act) -> Result<(), Code> {
    repeated(state, author, act)?;
    match act {
        Act::DeemDue(due) => course::deem_due(state, author, view, due),
        Act::DeemAccept(accept) => course::deem_accept(state, accept),
        Act::Redirect(redirect) => course::redirect(state, author, view, redirect),
        Act::SpecialStart(start) => course::special_start(state, author, start),
        Act::SpecialEnd(end) => course::special_end(state, end),
        Act::Extend(extend) => course::extend(state, author, extend),
        Act::WithdrawRequest(request) => course::withdraw_request(state, author, request),
        Act::WithdrawGrant(grant) => course::withdraw_grant(state, author, view, grant),
        Act::WithdrawRefuse(refuse) => course::withdraw_refuse(state, view, refuse),
        Act::NoCorrection(end) => course::no_correction(state, author, view, end),
        Act::Commitment(commitment) => course::commitment(state, author, view, commitment),
        Act::CommitmentChecked(check) => course::commitment_checked(state, check),
        Act::PreReview(review) => course::pre_review(state, author, review),
        Act::Compared(compared) => course::compared(state, compared),
        Act::IssueCert(cert) => decision::issue_cert(state, author, cert),
        Act::Annul(annul) => course::annul(state, author, annul),
        Act::Archive(archive) => course::archive(state, author, archive),
        Act::ConfirmAsk(ask) => aside::confirm_ask(state, author, view, ask),
        Act::ConfirmAnswer(answer) => aside::confirm_answer(state, author, answer),
        Act::Contact(contact) => aside::contact(state, author, contact),
        Act::Supervise(order) => aside::supervise(state, author, order),
        Act::Reply(reply) => aside::reply(state, author, reply),
        Act::Complain(complaint) => aside::complain(state, author, complaint),
        Act::Rate(rate) => aside::rate(state, author, rate),
        Act::FollowUp(follow) => aside::follow_up(state, author, follow),
        Act::PapersSent(sent) => aside::papers_sent(state, author, view, sent),
        Act::PapersTaken(taken) => aside::papers_taken(state, author, taken),
        Act::PapersMended(mended) => aside::papers_mended(state, author, mended),
        Act::PapersAgreed(agreed) => aside::papers_agreed(state, author, agreed),
        Act::SubOpen(open) => joint::open(state, author, view, open),
        Act::SubAck(ack) => joint::ack(state, author, ack),
        Act::SubProgress(progress) => joint::progress(state, author, progress),
        Act::SubDecide(decide) => joint::decide(state, author, decide),
        Act::SubRelease(release) => joint::release(state, author, release),
        Act::SubRecall(recall) => joint::recall(state, author, recall),
        Act::UndoAsk(ask) => joint::undo_ask(state, author, view, ask),
        Act::JumpOut(jump) => external::jump_out(state, author, jump),
        Act::BackFlow(back) => external::back_flow(state, author, back),
        Act::HandoverCase(handover) => handover::handover(state, author, handover),
        _ => Err(Code::State),
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

/// The claim by which the author is custodian; refuses everyone else.
fn custodian(state: &State, city: &CityId) -> Result<Claim, Code> {
    match state.sole_claim() {
        None => Err(Code::Disputed),
        Some(claim) if claim.city != *city && !planted(Bug::AnyCustodian) => Err(Code::NotHolder),
        Some(claim) => Ok(claim),
    }
}

/// Outward acts: by the custodian, with no push pending and nothing disputed.
fn outward(state: &State, author: &Author, view: &View<'_>) -> Result<(), Code> {
    let claim = custodian(state, &author.city)?;
    // A city that left answers nothing any more.
    let mut pending = state.pending_pushes(&claim).into_iter();
    if pending.any(|(_, push, _)| !view.has_left(&push.to)) {
        return Err(Code::PushOpen);
    }
    undisputed(state)
}

fn undisputed(state: &State) -> Result<(), Code> {
    match state.disputed().next() {
        Some(_) => Err(Code::Disputed),
        None => Ok(()),
    }
}

/// Mending: by the custodian at R, before or after a push.
fn mending(state: &State, author: &Author) -> Result<(), Code> {
    custodian(state, &author.city)?;
    if author.city != state.receiver {
        return Err(Code::NoPower);
    }
    if state.accepted().is_some() || state.ending().is_some() {
        return Err(Code::State);
    }
    Ok(())
}

fn officer(officer: &Officer) -> Result<(), Code> {
    short(&officer.0)
}

/// What only the city does that holds the power over the case (E15 to E19, E30, C4).
fn owner_only(state: &State, author: &Author) -> Result<(), Code> {
    if state.is_owner(&author.city) {
        Ok(())
    } else {
        Err(Code::NoPower)
    }
}

/// What the window or the owner does, and no city that was only asked or given a step.
fn window_or_owner(state: &State, author: &Author) -> Result<(), Code> {
    if author.city == state.receiver {
        Ok(())
    } else {
        owner_only(state, author)
    }
}

/// The most facts of one kind that one city records in a case, so that nobody fills it.
const REPEATS_MAX: usize = 32;

fn repeated(state: &State, author: &Author, act: &Act) -> Result<(), Code> {
    let same = state
        .facts
        .values()
        .filter(|fact| fact.by == author.city && fact.act.name() == act.name());
    if same.count() < REPEATS_MAX {
        Ok(())
    } else {
        Err(Code::TooLarge)
    }
}

/// A code in an act: letters, digits, dots and dashes, so that no words and no names stand in what is never erased.
///
/// # Errors
/// [`Code::Argument`] or [`Code::TooLarge`].
pub fn code(text: &str) -> Result<(), Code> {
    short(text)?;
    if text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    {
        Ok(())
    } else {
        Err(Code::Argument)
    }
}

fn short(text: &str) -> Result<(), Code> {
    if text.is_empty() {
        Err(Code::Argument)
    } else if text.len() > CODE_BYTES_MAX {
        Err(Code::TooLarge)
    } else {
        Ok(())
    }
}

fn in_order(before: bool, already: bool) -> Result<(), Code> {
    match (before, already) {
        (false, _) => Err(Code::State),
        (true, true) if !planted(Bug::DecideTwice) => Err(Code::Already),
        (true, _) => Ok(()),
    }
}

fn materials(list: &[Material], guide: &Guide) -> Result<(), Code> {
    if list.len() > LIST_MAX {
        return Err(Code::TooLarge);
    }
    let known = |id: &str| guide.requirements.iter().any(|need| need.id == id);
    if list.iter().any(|material| !known(&material.requirement)) {
        return Err(Code::NotInGuide);
    }
    Ok(())
}

/// an e-cert counts where the city that decides recognises its kind; people are asked for another proof else.
fn recognised(list: &[Material], owner: &CityId, view: &View<'_>, day: Day) -> Result<(), Code> {
    for material in list {
        if let Some(Proof::ECert { kind, issuer }) = &material.proof {
            short(kind)?;
            if !view.recognises(owner, kind, *issuer, day) {
                return Err(Code::NotRecognised);
            }
        }
    }
    Ok(())
}

fn case_guide<'a>(state: &State, view: &View<'a>) -> Result<&'a Guide, Code> {
    state.guide(view).ok_or(Code::GuideVersion)
}

/// A power that the window uses: its own in modes A and D, else granted on the day of the act.
fn window_power(state: &State, author: &Author, view: &View<'_>, power: Power) -> Result<(), Code> {
    let receive = &state.receive;
    let day = author.day();
    if state.own_power() || view.granted(&receive.owner, &state.receiver, &receive.item, power, day)
    {
        Ok(())
    } else {
        Err(Code::Grant)
    }
}
