//! May this objection or correction follow from what its author had seen?

use std::collections::BTreeMap;

use super::act::Act;
use super::authorize::{name, once};
use super::correction::Corrected;
use super::cost::LineStanding;
use super::objection::{
    Agree, CORRECTION_LINES_MAX, Correct, Dispute, OBJECTIONS_MAX, Outcome, Withdraw,
};
use super::state::{Line, State};
use crate::agreement::{View, line_mark};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;
use crate::money::Fen;

/// Judges an objection, its withdrawal, a correction or a signature on one.
pub(super) fn authorize(
    state: &State,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Result<(), Code> {
    match act {
        Act::Dispute(dispute) => object(state, author, dispute),
        Act::Withdraw(withdraw) => withdrawn(state, author, withdraw),
        Act::Correct(correct) => corrected(state, author, view, correct),
        Act::Agree(agree) => agreed(state, author, agree),
        _ => Err(Code::State),
    }
}

/// A line that nobody took back, and that belongs to the sums or may come to.
fn live<'a>(state: &'a State, id: &EntryId) -> Result<&'a Line, Code> {
    let line = state.lines.get(id).ok_or(Code::NotFound)?;
    if state.is_retracted(id) {
        return Err(Code::NotFound);
    }
    if line.instead.is_some() {
        match state.new_line_standing(id, line) {
            Some(LineStanding::Counted) => {}
            Some(LineStanding::Disputed) => return Err(Code::Disputed),
            _ => return Err(Code::State),
        }
    }
    match state.correction_of(id) {
        Corrected::No => Ok(line),
        Corrected::By(_) => Err(Code::Already),
        Corrected::Crossed => Err(Code::Disputed),
    }
}

/// Each city has room of its own, so that neither takes it from the other.
fn bounded(count: usize) -> Result<(), Code> {
    match count < OBJECTIONS_MAX {
        true => Ok(()),
        false => Err(Code::TooLarge),
    }
}

fn object(state: &State, author: &Author, dispute: &Dispute) -> Result<(), Code> {
    // Where no other city bears anything there is nobody to object to.
    if state.other().is_none() {
        return Err(Code::State);
    }
    live(state, &dispute.line)?;
    let mut open = state.objections_to(&dispute.line);
    once(!open.any(|(_, objection)| objection.by == author.city))?;
    let own = state.objections.values();
    bounded(own.filter(|objection| objection.by == author.city).count())
}

fn withdrawn(state: &State, author: &Author, withdraw: &Withdraw) -> Result<(), Code> {
    let objection = state.objections.get(&withdraw.dispute);
    if objection.ok_or(Code::NotFound)?.by != author.city {
        return Err(Code::NotHolder);
    }
    once(!state.withdrawals.values().any(|of| *of == withdraw.dispute))
}

fn corrected(
    state: &State,
    author: &Author,
    view: &View<'_>,
    correct: &Correct,
) -> Result<(), Code> {
    let line = live(state, &correct.line)?;
    if line.disputed || state.has_rival(&correct.line, line) {
        return Err(Code::Disputed);
    }
    let liable = state.liable(line, view).ok_or(Code::State)?;
    let same = (line.kind, line.amount, line.payer, line.rule, liable)
        == (
            correct.kind,
            correct.amount,
            correct.payer,
            correct.rule,
            correct.liable,
        );
    if !same {
        return Err(Code::Argument);
    }
    name(correct.resolution.as_deref())?;
    let lines = new_lines(state, author, view, correct)?;
    consistent(correct, &lines)?;
    ruled(view, correct, &lines)?;
    once(state.proposed(&correct.line, &author.city).is_none())?;
    let own = state.corrections.values();
    bounded(
        own.filter(|correction| correction.mirror.by == author.city)
            .count(),
    )
}

/// The lines that a correction puts in another's place, each with the city that bears it.
fn new_lines<'a>(
    state: &'a State,
    author: &Author,
    view: &View<'_>,
    correct: &Correct,
) -> Result<Vec<(&'a Line, tongban_identity::CityId)>, Code> {
    let ascending = correct.lines.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || correct.lines.len() > CORRECTION_LINES_MAX {
        return Err(Code::Argument);
    }
    let new_line = |id: &EntryId| {
        let line = state.lines.get(id).ok_or(Code::NotFound)?;
        let instead = line.instead.ok_or(Code::Argument)?;
        let own = line.by == author.city && instead.line == correct.line && !line.disputed;
        if !own || state.is_retracted(id) || state.brought_by(id).is_some() {
            return Err(Code::Argument);
        }
        Ok((line, state.liable(line, view).ok_or(Code::State)?))
    };
    correct.lines.iter().map(new_line).collect()
}

/// The new lines are what the outcome says: none; others; or the same sum of the same payer, borne otherwise.
fn consistent(correct: &Correct, lines: &[(&Line, tongban_identity::CityId)]) -> Result<(), Code> {
    let paid_alike = |line: &Line| line.kind == correct.kind && line.payer == correct.payer;
    let borne_alike = lines
        .iter()
        .all(|(line, liable)| paid_alike(line) && *liable == correct.liable);
    let sum = Fen::checked_sum(lines.iter().map(|(line, _)| line.amount.fen()))
        .map_err(|error| error.code())?;
    let same_sum = sum == correct.amount.fen();
    let sound = match correct.outcome {
        Outcome::Upheld => lines.is_empty(),
        Outcome::Amended => !(lines.is_empty() || borne_alike && same_sum),
        Outcome::Reallocated => {
            same_sum && !borne_alike && lines.iter().all(|(line, _)| paid_alike(line))
        }
    };
    if sound { Ok(()) } else { Err(Code::Argument) }
}

/// who bears a line by fault, members decided; the new lines say just that.
fn ruled(
    view: &View<'_>,
    correct: &Correct,
    lines: &[(&Line, tongban_identity::CityId)],
) -> Result<(), Code> {
    let ruling = match (correct.outcome, correct.ruling) {
        (Outcome::Reallocated, Some(ruling)) => view.reallocation(&ruling),
        (Outcome::Reallocated, None) => None,
        (_, Some(_)) => return Err(Code::Argument),
        (_, None) => return Ok(()),
    };
    let ruling = ruling.filter(|ruling| ruling.line == line_mark(&correct.line));
    let ruling = ruling.ok_or(Code::Resolution)?;
    let mut borne: BTreeMap<tongban_identity::CityId, Fen> = BTreeMap::new();
    for (line, liable) in lines {
        let sum = borne.entry(*liable).or_default();
        let more = sum.checked_add(line.amount.fen());
        *sum = more.map_err(|error| error.code())?;
    }
    borne.retain(|_, sum| !sum.is_zero());
    let shares = ruling.shares.iter();
    let shares: BTreeMap<_, _> = shares
        .map(|share| (share.city, share.amount.fen()))
        .collect();
    match borne == shares {
        true => Ok(()),
        false => Err(Code::Argument),
    }
}

fn agreed(state: &State, author: &Author, agree: &Agree) -> Result<(), Code> {
    let correction = state.corrections.get(&agree.correction);
    let correction = correction.ok_or(Code::NotFound)?;
    if state.is_retracted(&agree.correction) {
        return Err(Code::NotFound);
    }
    if correction.mirror.by == author.city {
        return Err(Code::NoPower);
    }
    if correction.act.line != agree.line {
        return Err(Code::Argument);
    }
    once(!state.is_agreed(&agree.correction))?;
    if state.correction_of(&agree.line) != Corrected::No {
        return Err(Code::Duplicate);
    }
    // Its own proposal for the same line is taken back first: only one of the two is meant.
    if state.proposed(&agree.line, &author.city).is_some() {
        return Err(Code::State);
    }
    match correction.mirror.disputed {
        true => Err(Code::Disputed),
        false => Ok(()),
    }
}
