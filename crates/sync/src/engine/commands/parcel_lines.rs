//! Commands about cost lines that are in doubt: objections, corrections, and signatures on them.

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::answer::Done;
use tongban_ledger::code::Code;
use tongban_ledger::command::parcel as args;
use tongban_ledger::parcel::{
    Act, Agree, Correct, Corrected, CostKind, CostLine, Dispute, Instead, Line, LineStanding,
    Outcome, Parcel, State, Withdraw,
};
use tongban_ledger::{AgreementId, EntryId};

use super::parcel::{fen, parcel_done};
use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

impl Engine {
    /// 异议.
    pub(super) fn dispute_line(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Dispute,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let line = the_line(&state, args.kind, args.line.as_deref(), |id, _| {
            state.correction_of(id) == Corrected::No
        })?;
        let act = Act::Dispute(Dispute {
            line,
            reason: args.reason,
        });
        let entry = self.sign_act::<Parcel>(ctx, &document, &act, words(&args.text))?;
        Ok(parcel_done(document, entry))
    }

    /// 撤回异议: all that this city's desks raised against the line.
    pub(super) fn withdraw_dispute(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::OfLine,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let own = self.own.city;
        let objected = |id: &EntryId| {
            let mut objections = state.objections_to(id);
            objections.any(|(_, objection)| objection.by == own)
        };
        let line = the_line(&state, args.kind, args.line.as_deref(), |id, _| {
            objected(id)
        })?;
        let mut done = Done {
            document: document.to_string(),
            ..Done::default()
        };
        for (dispute, objection) in state.objections_to(&line) {
            if objection.by == own {
                let act = Act::Withdraw(Withdraw { dispute });
                let entry = self.sign_act::<Parcel>(ctx, &document, &act, Private::default())?;
                done.entries.push(entry.to_string());
            }
        }
        match done.entries.is_empty() {
            true => Err(refuse(Code::NotFound, args.kind.name())),
            false => Ok(done),
        }
    }

    /// 更正: the new lines, then the correction that names them.
    pub(super) fn correct_line(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Correct,
    ) -> Result<Done, CommandError> {
        let (document, agreement, state) = self.parcel_state(ctx, &args.parcel)?;
        let (resolution, ruling) = self.ruling(&agreement, args)?;
        // A number means what was paid for it first: a line that stands instead of another is named.
        let id = the_line(&state, args.kind, args.line.as_deref(), |id, line| {
            line.instead.is_none() && state.correction_of(id) == Corrected::No
        })?;
        let line = state.lines.get(&id).ok_or(Code::NotFound)?;
        let found = self.with_view(&agreement, |view| {
            let standing = state.line_standings(view).find(|(of, _, _)| *of == id);
            let rule = view.postage(state.post.posted).map(|rule| rule.version);
            (
                standing.map(|found| found.2),
                state.liable(line, view),
                rule,
            )
        });
        let (standing, liable, rule) = found.ok_or(Code::Agreement)?;
        if standing == Some(LineStanding::Superseded) {
            return Err(refuse(Code::State, args.kind.name()));
        }
        let liable = liable.ok_or_else(|| refuse(Code::State, args.kind.name()))?;
        let rule = rule.ok_or(Code::Date)?;
        let mut done = Done {
            document: document.to_string(),
            ..Done::default()
        };
        let mut lines = Vec::new();
        for new in &args.lines {
            let payer = new.payer.map(|division| self.party_of(&state, division));
            let bears = new.liable.map(|division| self.party_of(&state, division));
            let act = Act::Cost(CostLine {
                kind: new.kind.unwrap_or(line.kind),
                amount: fen(new.fen)?,
                payer: payer.transpose()?.unwrap_or(line.payer),
                rule,
                bill: None,
                receipt: None,
                instead: Some(Instead {
                    line: id,
                    liable: bears.transpose()?.unwrap_or(liable),
                }),
            });
            let entry = self.sign_act::<Parcel>(ctx, &document, &act, Private::default())?;
            lines.push(entry);
            done.entries.push(entry.to_string());
        }
        lines.sort_unstable();
        let act = Act::Correct(Correct {
            line: id,
            kind: line.kind,
            amount: line.amount,
            payer: line.payer,
            liable,
            rule: line.rule,
            outcome: args.outcome,
            lines,
            resolution,
            ruling,
        });
        let entry = self.sign_act::<Parcel>(ctx, &document, &act, words(&args.text))?;
        done.entries.push(entry.to_string());
        Ok(done)
    }

    /// What a correction rests on: the name in the minutes, or for a line that others bear the proposal that all adopted.
    fn ruling(
        &self,
        agreement: &AgreementId,
        args: &args::Correct,
    ) -> Result<(Option<String>, Option<EntryId>), CommandError> {
        if args.outcome != Outcome::Reallocated {
            return Ok((args.resolution.clone(), None));
        }
        let named = args.resolution.as_deref();
        let named = named.ok_or_else(|| refuse(Code::Resolution, args.outcome.name()))?;
        match self.proposal(agreement, named)? {
            (proposal, false) => Ok((None, Some(proposal))),
            (_, true) => Err(refuse(Code::Resolution, named)),
        }
    }

    /// The city of a parcel with a division code, which may have left the agreement; else any member with it.
    pub(super) fn party_of(
        &self,
        state: &State,
        division: DivisionCode,
    ) -> Result<CityId, CommandError> {
        let mut parties = [Some(state.from), state.other()].into_iter().flatten();
        let party = parties.find(|city| self.division_of(city) == Some(division));
        party.map_or_else(|| self.city_of(division), Ok)
    }

    /// 同意更正: signs the other city's correction of a line.
    pub(super) fn agree_to_correction(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::OfLine,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let own = self.own.city;
        let waiting = |id: &EntryId| {
            state.standing_corrections().find(|(by, correction)| {
                correction.act.line == *id && correction.mirror.by != own && !state.is_agreed(by)
            })
        };
        let line = the_line(&state, args.kind, args.line.as_deref(), |id, _| {
            waiting(id).is_some()
        });
        let line = match line {
            Ok(line) => line,
            Err(error) if args.line.is_some() => return Err(error),
            Err(error) => {
                // What is signed already is told apart from what never was.
                let mut all = state.standing_corrections();
                let signed = all.any(|(by, correction)| {
                    correction.act.kind == args.kind
                        && correction.mirror.by != own
                        && state.is_agreed(&by)
                });
                return Err(match signed {
                    true => refuse(Code::Already, args.kind.name()),
                    false => error,
                });
            }
        };
        let correction = waiting(&line).map(|(id, _)| id);
        let correction = correction.ok_or_else(|| refuse(Code::NotFound, args.kind.name()))?;
        let act = Act::Agree(Agree { correction, line });
        self.parcel_act(ctx, document, &act)
    }
}

/// The line that a clerk means: by a beginning of its entry id, else the only fitting one of the kind.
pub(super) fn the_line(
    state: &State,
    kind: CostKind,
    named: Option<&str>,
    fits: impl Fn(&EntryId, &Line) -> bool,
) -> Result<EntryId, CommandError> {
    let named = named.map(|named| named.trim().to_ascii_lowercase());
    let found: Vec<EntryId> = state
        .standing_lines()
        .filter(|(id, line)| match &named {
            Some(named) => named.len() >= PREFIX_MIN && id.to_string().starts_with(named.as_str()),
            None => line.kind == kind && fits(id, line),
        })
        .map(|(id, _)| id)
        .collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => {
            let corrected = named.is_none()
                && state.standing_lines().any(|(id, line)| {
                    line.kind == kind && state.correction_of(&id) != Corrected::No
                });
            let code = match corrected {
                true => Code::Already,
                false => Code::NotFound,
            };
            Err(refuse(code, kind.name()))
        }
        several => {
            let ids = several.iter().map(|id| id.to_string());
            let ids: Vec<String> = ids.map(|id| id.chars().take(12).collect()).collect();
            Err(refuse(Code::Ambiguous, ids.join(", ")))
        }
    }
}

fn words(text: &str) -> Private {
    Private {
        text: (!text.trim().is_empty()).then(|| text.to_owned()),
        ..Private::default()
    }
}
