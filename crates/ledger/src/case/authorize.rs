//! May this act follow from what its author had seen? One function per act.

use tongban_identity::CityId;

use super::act::{
    Act, Answer, CODE_BYTES_MAX, Class, CorrectionNotice, CorrectionSubmitted, Decide, Decline,
    FormalPass, IdCheck, LIST_MAX, Material, NoticeServed, Officer, OriginalCheck, Push, Served,
};
use super::custody::{Claim, PushStanding};
use super::state::State;
use crate::agreement::{Guide, Power, View};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;
use crate::planted::{Bug, planted};

/// Opens a case (E02): item live, grant G1a, guide in force, materials known to it.
pub(super) fn open(
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
    // Numbers need no co-ordination because each names its city and its day.
    let division = view.founder(&author.city).map(|founder| founder.division);
    let own = division.map(|division| division.to_string()) == Some(receive.number.division());
    if !own || receive.number.day() != receive.received {
        return Err(Code::Argument);
    }
    let live = view.live(
        &receive.item,
        &author.city,
        &receive.owner,
        receive.received,
    )?;
    if live.guide != receive.guide {
        return Err(Code::GuideVersion);
    }
    if !view.granted(&receive.owner, &author.city, &receive.item, Power::Receive) {
        return Err(Code::Grant);
    }
    let guide = view
        .guide(&receive.item, &receive.owner, receive.guide)
        .ok_or(Code::GuideVersion)?;
    if guide.effective > receive.received {
        return Err(Code::GuideVersion);
    }
    materials(&receive.materials, guide)?;
    Ok(State::new(id, author.city, receive.clone()))
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
    match act.class() {
        Class::Genesis => return Err(Code::State),
        Class::Outward => outward(state, author)?,
        Class::Mending => mending(state, author)?,
        Class::Custody | Class::Fact | Class::Resolving => {}
    }
    match act {
        Act::Receive(_) => Err(Code::State),
        Act::IdCheck(check) => id_check(state, author, view, check),
        Act::OriginalCheck(check) => original_check(state, author, view, check),
        Act::FormalPass(pass) => formal_pass(state, view, pass),
        Act::Push(push) => authorize_push(state, author, view, push),
        Act::Ack(answer) => ack(state, author, view, answer),
        Act::FirstLook(look) => first_look(state, author, &look.ack, &look.officer),
        Act::Recall(answer) => recall(state, author, answer),
        Act::Decline(refusal) => decline(state, author, refusal),
        Act::Accept(accept) => {
            officer(&accept.officer)?;
            acceptance(state, author, view)?;
            if accept.on == state.papers_day() {
                Ok(())
            } else {
                Err(Code::Date)
            }
        }
        Act::NotAccept(refusal) => {
            officer(&refusal.officer)?;
            short(&refusal.basis)?;
            acceptance(state, author, view)
        }
        Act::CorrectionNotice(notice) => correction_notice(state, author, view, notice),
        Act::NoticeServed(served) => notice_served(state, served),
        Act::CorrectionSubmitted(submitted) => correction_submitted(state, author, view, submitted),
        Act::SubstantiveReview(reviewer) => review(state, author, reviewer),
        Act::Decide(decide) => authorize_decide(state, author, decide),
        Act::SendResult(_) => in_order(state.decided().is_some(), state.result_sent()),
        Act::Served(served) => authorize_served(state, served),
        Act::Close => in_order(state.served(), state.closed()),
        Act::Edit => Ok(()),
        Act::Yield(baton) => yield_claim(state, author, baton),
        Act::Retract(id) => retract(state, author, id),
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

/// The claim by which the author is custodian; refuses everyone else.
fn custodian(state: &State, city: &CityId) -> Result<Claim, Code> {
    match state.sole_claim() {
        None => Err(Code::Disputed),
        Some(claim) if claim.city != *city && !planted(Bug::AnyCustodian) => Err(Code::NotHolder),
        Some(claim) => Ok(claim),
    }
}

/// Outward acts: by the custodian, with no push pending and nothing disputed.
fn outward(state: &State, author: &Author) -> Result<(), Code> {
    let claim = custodian(state, &author.city)?;
    if !state.pending_pushes(&claim).is_empty() {
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
    if state.accepted().is_some() || state.not_accepted() {
        return Err(Code::State);
    }
    Ok(())
}

fn officer(officer: &Officer) -> Result<(), Code> {
    short(&officer.0)
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

fn case_guide<'a>(state: &State, view: &View<'a>) -> Result<&'a Guide, Code> {
    let receive = &state.receive;
    view.guide(&receive.item, &receive.owner, receive.guide)
        .ok_or(Code::GuideVersion)
}

fn window_power(state: &State, view: &View<'_>, power: Power) -> Result<(), Code> {
    let receive = &state.receive;
    if view.granted(&receive.owner, &state.receiver, &receive.item, power) {
        Ok(())
    } else {
        Err(Code::Grant)
    }
}

fn id_check(state: &State, _author: &Author, view: &View<'_>, check: &IdCheck) -> Result<(), Code> {
    officer(&check.officer)?;
    window_power(state, view, Power::IdCheck)?;
    let failed = state.failed_id_checks();
    let expected: &[EntryId] = if check.passed { &failed } else { &[] };
    if check.replaces != expected {
        return Err(Code::StaleParent);
    }
    Ok(())
}

fn original_check(
    state: &State,
    _author: &Author,
    view: &View<'_>,
    check: &OriginalCheck,
) -> Result<(), Code> {
    officer(&check.officer)?;
    window_power(state, view, Power::OriginalCheck)?;
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
fn formal_pass(state: &State, view: &View<'_>, pass: &FormalPass) -> Result<(), Code> {
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

fn authorize_push(
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
    if !claim.batons.contains(&push.baton)
        || push.manifest != state.manifest()
        || push.after != state.setbacks(&push.baton)
    {
        return Err(Code::StaleParent);
    }
    if state.closed() || state.not_accepted() {
        return Err(Code::State);
    }
    for (_, pending, standing) in state.pending_pushes(&claim) {
        let repeats = standing == PushStanding::Open && pending.manifest == push.manifest;
        if (pending.to != push.to || repeats) && !planted(Bug::PushTwice) {
            return Err(Code::PushOpen);
        }
    }
    if author.city == state.receiver {
        push_forward(state, view, push)
    } else {
        push_back(state, &claim, push)
    }
}

/// R to an owner: the item is live for the pair, the grant holds, the window's review passed.
fn push_forward(state: &State, view: &View<'_>, push: &Push) -> Result<(), Code> {
    still_served(state, view, &push.to)?;
    if state.formally_passed() {
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

fn ack(state: &State, author: &Author, view: &View<'_>, answer: &Answer) -> Result<(), Code> {
    let push = addressed(state, author, answer)?;
    match state.standing(&answer.push, push) {
        PushStanding::Open => {}
        PushStanding::Acked if planted(Bug::AckTwice) => {}
        PushStanding::Acked => return Err(Code::Already),
        PushStanding::Recalled | PushStanding::Declined => return Err(Code::State),
    }
    // The first Ack consumes the baton: another city that knows of it takes nothing.
    let consumed = state.facts.values().any(|fact| {
        matches!(&fact.act, Act::Ack(ack) if ack.baton == answer.baton) && fact.by != author.city
    });
    if consumed || state.closed() {
        return Err(Code::State);
    }
    if author.city == state.receiver {
        return Ok(());
    }
    still_served(state, view, &author.city)
}

/// Whether an owner takes cases of this item from R: live for the pair, and granted. Suspensions and
/// withdrawals are for new cases; one that the owner once held comes back to it.
fn still_served(state: &State, view: &View<'_>, owner: &CityId) -> Result<(), Code> {
    if state.ever_held(owner) {
        return Ok(());
    }
    let receive = &state.receive;
    view.live(&receive.item, &state.receiver, owner, receive.received)?;
    if view.granted(owner, &state.receiver, &receive.item, Power::Receive) {
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

fn first_look(state: &State, author: &Author, ack: &EntryId, by: &Officer) -> Result<(), Code> {
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

fn recall(state: &State, author: &Author, answer: &Answer) -> Result<(), Code> {
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
fn decline(state: &State, author: &Author, refusal: &Decline) -> Result<(), Code> {
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

/// Acceptance or its refusal: by an owner that holds, or by R under G1b before any push.
fn acceptance(state: &State, author: &Author, view: &View<'_>) -> Result<(), Code> {
    if author.city == state.receiver {
        if window_power(state, view, Power::Accept).is_err() {
            return Err(Code::NoPower);
        }
        if !state.formally_passed() {
            return Err(Code::CheckMissing);
        }
    }
    if !state.open_notices().is_empty() {
        return Err(Code::State);
    }
    in_order(true, state.accepted().is_some() || state.not_accepted())
}

/// E06: the first notice of a submission, complete, each defect backed by the guide.
fn correction_notice(
    state: &State,
    author: &Author,
    view: &View<'_>,
    notice: &CorrectionNotice,
) -> Result<(), Code> {
    officer(&notice.officer)?;
    if author.city == state.receiver {
        window_power(state, view, Power::Notice)?;
    }
    if state.accepted().is_some() || state.not_accepted() {
        return Err(Code::State);
    }
    if !notice.complete || notice.defects.is_empty() || notice.defects.len() > LIST_MAX {
        return Err(Code::Argument);
    }
    let receive = &state.receive;
    let guide = view
        .guide(&receive.item, &receive.owner, notice.guide)
        .ok_or(Code::GuideVersion)?;
    for defect in &notice.defects {
        if !guide
            .requirements
            .iter()
            .any(|need| need.id == defect.requirement)
        {
            return Err(Code::NotInGuide);
        }
    }
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

fn notice_served(state: &State, served: &NoticeServed) -> Result<(), Code> {
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

fn correction_submitted(
    state: &State,
    _author: &Author,
    view: &View<'_>,
    submitted: &CorrectionSubmitted,
) -> Result<(), Code> {
    if submitted.materials.is_empty() {
        return Err(Code::Argument);
    }
    let guide = case_guide(state, view)?;
    materials(&submitted.materials, guide)?;
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

fn review(state: &State, author: &Author, reviewer: &Officer) -> Result<(), Code> {
    officer(reviewer)?;
    not_the_receiver(state, author, reviewer)?;
    in_order(
        state.accepted().is_some() && state.decided().is_none(),
        state.reviewed(),
    )
}

fn authorize_decide(state: &State, author: &Author, decide: &Decide) -> Result<(), Code> {
    officer(&decide.officer)?;
    not_the_receiver(state, author, &decide.officer)?;
    if author.city == state.receiver {
        return Err(Code::NoPower);
    }
    in_order(state.reviewed(), state.decided().is_some())
}

/// Separation of duties: who received does not review or decide (E17, E18).
fn not_the_receiver(state: &State, author: &Author, officer: &Officer) -> Result<(), Code> {
    if author.city == state.receiver && *officer == state.receive.officer {
        Err(Code::SameOfficer)
    } else {
        Ok(())
    }
}

fn authorize_served(state: &State, served: &Served) -> Result<(), Code> {
    if served.on < state.receive.received {
        return Err(Code::Date);
    }
    in_order(state.result_sent(), state.served())
}

/// Where two cities hold one case, each may give its own claim up.
fn yield_claim(state: &State, author: &Author, baton: &EntryId) -> Result<(), Code> {
    let holding = state.holding();
    if holding.len() < 2 || state.closed() {
        return Err(Code::State);
    }
    match holding.iter().find(|claim| claim.batons.contains(baton)) {
        Some(claim) if claim.city == author.city => Ok(()),
        Some(_) => Err(Code::NotHolder),
        None => Err(Code::NotFound),
    }
}

fn retract(state: &State, author: &Author, id: &EntryId) -> Result<(), Code> {
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
