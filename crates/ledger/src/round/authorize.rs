//! May this act follow from what its author had seen? One function per act, none with work that grows with the bills:
//! whether a proposal is what its reports give is read from the state, and honest members sign no other.

use tongban_identity::CityId;

use super::act::{
    Act, CITIES_MAX, NAMED_MAX, OWED_MAX, PAY_MAX, PAYMENTS_MAX, PROPOSALS_MAX, Pay, Propose,
    REPORTS_MAX, ROWS_MAX, Receive, Report, Sign, VOUCHER_BYTES_MAX,
};
use super::calendar::{Steps, quorum, secretary};
use super::state::State;
use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;
use crate::money::Fen;

/// Opens a round: by the secretary once the month is over, by any member when the secretary is late.
pub(super) fn open(
    id: EntryId,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<State, Code> {
    let Act::Open(open) = act else {
        return Err(Code::State);
    };
    member(view, author)?;
    may_lead(author, view, &Steps::of(open.month, view))?;
    Ok(State::new(id, author.city, open.clone()))
}

/// Judges an act on the state that its author had seen.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    view.may_settle(&author.city)?;
    match act {
        Act::Open(_) => Err(Code::State),
        Act::Report(report) => authorize_report(state, author, view, report),
        Act::Propose(propose) => authorize_proposal(state, author, view, propose),
        Act::Sign(sign) => authorize_signature(state, author, view, sign),
        Act::Pay(pay) => authorize_payment(state, author, view, pay),
        Act::Receive(receive) => authorize_receipt(state, author, receive),
        Act::Retain(retain) => retain.check(author, view),
    }
}

fn member(view: &View<'_>, author: &Author) -> Result<(), Code> {
    if !view.is_member(&author.city) {
        Err(Code::NotMember)
    } else if !view.effective() {
        Err(Code::Agreement)
    } else {
        Ok(())
    }
}

/// The secretary from the day after the cut, any member from the day after that of the draft.
fn may_lead(author: &Author, view: &View<'_>, steps: &Steps) -> Result<(), Code> {
    if author.day() <= steps.cut {
        return Err(Code::NotDue);
    }
    if secretary(view) == Some(author.city) {
        return Ok(());
    }
    let draft = steps.draft.as_ref().map_err(|missing| missing.code())?;
    if author.day() > *draft {
        Ok(())
    } else {
        Err(Code::NotDue)
    }
}

/// Bills with members, or with cities that left, up to the month of the round, each once, with sums that are not below
/// zero.
fn authorize_report(
    state: &State,
    author: &Author,
    view: &View<'_>,
    report: &Report,
) -> Result<(), Code> {
    if report.rows.is_empty() {
        return Err(Code::Argument);
    }
    let own = state.reports.values().filter(|old| old.by == author.city);
    if report.rows.len() > ROWS_MAX || own.count() >= REPORTS_MAX {
        return Err(Code::TooLarge);
    }
    let ascending = report.rows.is_sorted_by(|one, other| {
        (one.with, one.month, one.hash) < (other.with, other.month, other.hash)
    });
    if !ascending {
        return Err(Code::Argument);
    }
    for row in &report.rows {
        if row.with == author.city || !view.shares_money(&row.with) {
            return Err(Code::NotMember);
        }
        if row.month > state.open.month {
            return Err(Code::Date);
        }
        if row.owed.is_negative() || row.due.is_negative() {
            return Err(Code::AmountNegative);
        }
        if row.owed > OWED_MAX || row.due > OWED_MAX {
            return Err(Code::AmountLimit);
        }
    }
    Ok(())
}

/// The next number, on reports that its author has seen. It leaves out only cities that did not sign the number before,
/// and those only once the day for signing is over.
fn authorize_proposal(
    state: &State,
    author: &Author,
    view: &View<'_>,
    propose: &Propose,
) -> Result<(), Code> {
    let steps = Steps::of(state.open.month, view);
    member(view, author)?;
    may_lead(author, view, &steps)?;
    let enough = |propose: &Propose| propose.quorum >= quorum(view, &propose.cities);
    if any_complete(state, &enough) {
        return Err(Code::Complete);
    }
    let own = state.proposals.values().filter(|old| old.by == author.city);
    let lists = propose.left_out.len().max(propose.cities.len());
    if own.count() >= PROPOSALS_MAX || propose.reports.len() > NAMED_MAX || lists > CITIES_MAX {
        return Err(Code::TooLarge);
    }
    let reports = propose.reports.is_sorted_by(|one, other| one < other);
    if !reports || !ascending(&propose.left_out) || !ascending(&propose.cities) {
        return Err(Code::Argument);
    }
    if !propose
        .reports
        .iter()
        .all(|id| state.reports.contains_key(id))
    {
        return Err(Code::NotFound);
    }
    let highest = state.highest();
    if propose.number != highest.saturating_add(1)
        || propose.quorum != quorum(view, &propose.cities)
        || propose.netting != super::calendar::netting(state.open.month, view)
    {
        return Err(Code::Argument);
    }
    if propose.left_out.is_empty() {
        return Ok(());
    }
    let until = steps.signatures.as_ref();
    let until = until.map_err(|missing| missing.code())?;
    if author.day() <= *until {
        return Err(Code::NotDue);
    }
    let mut signs = state.signs.values();
    let signed = signs.any(|signed| {
        signed.sign.number == highest && propose.left_out.binary_search(&signed.by).is_ok()
    });
    match signed || highest == 0 {
        true => Err(Code::State),
        false => Ok(()),
    }
}

/// One proposal of each number, numbers ascending, and none above a complete one. A city that left signs only what has a
/// bill of it, so that it never stands for a member in the quorum.
fn authorize_signature(
    state: &State,
    author: &Author,
    view: &View<'_>,
    sign: &Sign,
) -> Result<(), Code> {
    let proposed = state.proposals.get(&sign.proposal).ok_or(Code::NotFound)?;
    let propose = &proposed.propose;
    if propose.cities.binary_search(&author.city).is_err() {
        member(view, author)?;
    }
    let enough = |propose: &Propose| propose.quorum >= quorum(view, &propose.cities);
    if propose.number != sign.number || propose.hash != sign.hash || !enough(propose) {
        return Err(Code::Argument);
    }
    let mut own = state.signs.values().filter(|old| old.by == author.city);
    if own.any(|old| old.sign.proposal == sign.proposal) {
        return Err(Code::Already);
    }
    if state.signed_up_to(&author.city) >= sign.number {
        return Err(Code::Signed);
    }
    let mut lower = state.proposals.iter();
    let below = lower.any(|(id, other)| {
        other.propose.number < sign.number && enough(&other.propose) && state.is_complete(id)
    });
    if below { Err(Code::Complete) } else { Ok(()) }
}

/// A payment for a complete proposal; whether it fits a transfer is read from the state.
fn authorize_payment(
    state: &State,
    author: &Author,
    view: &View<'_>,
    pay: &Pay,
) -> Result<(), Code> {
    if !state.is_complete(&pay.proposal) {
        return Err(Code::State);
    }
    if pay.to == author.city || !view.shares_money(&pay.to) {
        return Err(Code::NotMember);
    }
    if pay.amount <= Fen::ZERO {
        return Err(Code::AmountNegative);
    }
    if pay.amount > PAY_MAX {
        return Err(Code::AmountLimit);
    }
    if pay.voucher.is_empty() {
        return Err(Code::Argument);
    }
    let own = || state.payments.values().filter(|old| old.by == author.city);
    if pay.voucher.len() > VOUCHER_BYTES_MAX || own().count() >= PAYMENTS_MAX {
        return Err(Code::TooLarge);
    }
    if own().any(|old| old.pay.voucher == pay.voucher) {
        return Err(Code::Duplicate);
    }
    if pay.on > author.day() {
        return Err(Code::Date);
    }
    Ok(())
}

/// The payee confirms a payment once.
fn authorize_receipt(state: &State, author: &Author, receive: &Receive) -> Result<(), Code> {
    let paid = state.payments.get(&receive.payment).ok_or(Code::NotFound)?;
    if paid.pay.to != author.city {
        return Err(Code::NoPower);
    }
    if state.received(&receive.payment).is_some() {
        return Err(Code::Already);
    }
    let own = state.receipts.values().filter(|old| old.by == author.city);
    if own.count() >= PAYMENTS_MAX {
        return Err(Code::TooLarge);
    }
    if receive.on < paid.pay.on || receive.on > author.day() {
        return Err(Code::Date);
    }
    Ok(())
}

/// Whether a proposal is complete. One whose author knew fewer members than are known now, and so asked for fewer
/// signatures, keeps nobody from proposing the next number.
fn any_complete(state: &State, enough: &dyn Fn(&Propose) -> bool) -> bool {
    let mut proposals = state.proposals.iter();
    proposals.any(|(id, proposed)| enough(&proposed.propose) && state.is_complete(id))
}

fn ascending(cities: &[CityId]) -> bool {
    cities.is_sorted_by(|one, other| one < other)
}
