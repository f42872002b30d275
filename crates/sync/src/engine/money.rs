//! What bills and rounds of this node rest on: its pairs' lines, the bills that it holds, and what it signed where.
//!
//! A city signs no line in two bills and no bill in two rounds; that is what keeps anything from being counted twice,
//! and it needs one honest city of the pair.

use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::bill::{self, Bill, Billed, Candidate, Drafting};
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::code::Code;
use tongban_ledger::parcel;
use tongban_ledger::round::{self, Holds, Round, Steps};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::admit::load_entry;
use super::sign::{CommandError, refuse};
use super::{Ctx, Engine};
use crate::db::Db;
use crate::storage::ReadError;

/// A bill of this city: which agreement, which other city, which month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pairing {
    pub(super) agreement: AgreementId,
    pub(super) other: CityId,
    pub(super) month: Month,
}

/// What this node counts for a bill, and what it has of it.
#[derive(Debug)]
pub(super) struct BillDesk {
    /// The document, if either city opened one.
    pub(super) document: Option<(DocumentId, bill::State)>,
    /// What this node counts.
    pub(super) drafting: Drafting,
    /// What other bills of the pair count.
    pub(super) billed: Billed,
}

impl Engine {
    /// The agreement and city that a bill's command means: the agreement named, else the first in force that has the
    /// city as a member.
    pub(super) fn pairing(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<Pairing, CommandError> {
        let memberships = self.memberships(with)?;
        let (agreement, other) = match agreement {
            None => memberships[0],
            Some(named) => {
                let wanted = self.agreement(Some(named))?;
                let found = memberships.into_iter().find(|(id, _)| *id == wanted);
                found.ok_or_else(|| refuse(Code::NotMember, with.to_string()))?
            }
        };
        if other == self.own.city {
            return Err(refuse(Code::Argument, with.to_string()));
        }
        Ok(Pairing {
            agreement,
            other,
            month,
        })
    }

    /// The days of a month end in an agreement.
    pub(super) fn month_end(&self, agreement: &AgreementId, month: Month) -> Option<Steps> {
        self.with_view(agreement, |view| Steps::of(month, view))
    }

    /// The lines of this city's pairs in an agreement that were posted up to a month's end, by the other city. What a
    /// city pays for itself is no line of a pair.
    pub(super) fn candidates(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<BTreeMap<CityId, Vec<Candidate>>, ReadError> {
        let own = self.own.city;
        let mut found: BTreeMap<CityId, Vec<Candidate>> = BTreeMap::new();
        for (parcel, of, state) in self.parcel_states(ctx)? {
            let Some(to) = state.post.to.city() else {
                continue;
            };
            if of != *agreement || state.post.posted > month.last_day() {
                continue;
            }
            let other = if to == own { state.from } else { to };
            let lines = self
                .with_view(agreement, |view| lines_of(&parcel, &state, view))
                .unwrap_or_default();
            for (line, standing) in lines {
                let db = Db::new(ctx.store, &mut self.pending);
                let entry = load_entry(&db, &parcel, &line.line)?;
                let recorded = entry.map_or(line.posted, |entry| {
                    Day::from_unix_beijing(entry.header.time)
                });
                found.entry(other).or_default().push(Candidate {
                    line,
                    standing,
                    recorded,
                });
            }
        }
        Ok(found)
    }

    /// The bills of this node in an agreement.
    pub(super) fn bill_states(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<Vec<(DocumentId, bill::State)>, ReadError> {
        let mut states = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Bill)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            if record.agreement != *agreement {
                continue;
            }
            if let Some(state) = record.state_of::<Bill>() {
                states.push((document, state.clone()));
            }
        }
        Ok(states)
    }

    /// The rounds of this node in an agreement.
    pub(super) fn round_states(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<Vec<(DocumentId, round::State)>, ReadError> {
        let mut states = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Round)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            if record.agreement != *agreement {
                continue;
            }
            if let Some(state) = record.state_of::<Round>() {
                states.push((document, state.clone()));
            }
        }
        Ok(states)
    }

    /// What this node counts for a bill: everything of the pair that no other bill of it counts.
    pub(super) fn bill_desk(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
    ) -> Result<BillDesk, CommandError> {
        let bills = self.bill_states(ctx, &pairing.agreement)?;
        let lines = self.candidates(ctx, &pairing.agreement, pairing.month)?;
        let lines = lines.get(&pairing.other).cloned().unwrap_or_default();
        let steps = self.month_end(&pairing.agreement, pairing.month);
        Ok(self.desk_of(pairing, &bills, lines, steps))
    }

    /// The same from what was read before, for a list of bills.
    pub(super) fn desk_of(
        &self,
        pairing: &Pairing,
        bills: &[(DocumentId, bill::State)],
        lines: Vec<Candidate>,
        steps: Option<Steps>,
    ) -> BillDesk {
        let own = self.own.city;
        let of_pair = |state: &bill::State| {
            let (one, other) = state.pair();
            (one, other) == (own, pairing.other) || (other, one) == (own, pairing.other)
        };
        let pair = bills.iter().filter(|(_, state)| of_pair(state));
        let of_month = pair
            .clone()
            .filter(|(_, state)| state.open.month == pairing.month);
        // Two cities may have opened one each: the one that is signed, else the one of the lower division code.
        let chosen = of_month.min_by_key(|(document, state)| {
            let signed = state.live().count();
            let opener = self.division(&state.from);
            (std::cmp::Reverse(signed), opener, *document)
        });
        let mut billed = Billed::default();
        for (document, state) in pair {
            if Some(document) == chosen.map(|(chosen, _)| chosen) {
                continue;
            }
            for agreed in state.agreed() {
                billed.extend(agreed.lines);
            }
            let own = state.signature_of(&own);
            if let Some(lines) = own.and_then(|(_, signed)| state.signed_lines(signed)) {
                billed.extend(lines);
            }
        }
        let until = steps.and_then(|steps| steps.draft.ok());
        BillDesk {
            drafting: bill::draft(lines, pairing.month, until, &billed),
            document: chosen.cloned(),
            billed,
        }
    }

    /// The round that a month's command means: of several, the one of the secretary, else of the lowest division code.
    pub(super) fn round_of(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<Option<(DocumentId, round::State)>, ReadError> {
        let rounds = self.round_states(ctx, agreement)?.into_iter();
        let of_month = rounds.filter(|(_, state)| state.open.month == month);
        Ok(of_month.min_by_key(|(document, state)| (self.division(&state.from), *document)))
    }

    /// Where a bill is bound: the month of a round that counts it, or in which this city signed a proposal with it that
    /// may yet be complete. The round given is not looked at.
    pub(super) fn bound_in(
        &self,
        rounds: &[(DocumentId, round::State)],
        but: Option<&DocumentId>,
        bill: &round::Key,
    ) -> Option<Month> {
        let own = self.own.city;
        let has = |state: &round::State, propose: &round::Propose| {
            state.bills_of(propose).iter().any(|one| one.key() == *bill)
        };
        let others = rounds.iter().filter(|(document, _)| Some(document) != but);
        for (_, state) in others {
            let floor = match state.holds() {
                Holds::Nothing => 0,
                Holds::One(id) => match state.proposals.get(&id) {
                    Some(held) if has(state, &held.propose) => return Some(state.open.month),
                    Some(held) => held.propose.number,
                    None => 0,
                },
                Holds::Disputed(ids) => {
                    let mut disputed = ids.iter().filter_map(|id| state.proposals.get(id));
                    if disputed.any(|one| has(state, &one.propose)) {
                        return Some(state.open.month);
                    }
                    0
                }
            };
            let mut signed = state.signs.values().filter(|one| one.by == own);
            let pending = signed.any(|one| {
                let proposed = state.proposals.get(&one.sign.proposal);
                one.sign.number > floor
                    && proposed.is_some_and(|proposed| has(state, &proposed.propose))
            });
            if pending {
                return Some(state.open.month);
            }
        }
        None
    }
}

/// The lines of a parcel that one of its cities owes the other, with what they are worth.
fn lines_of(
    parcel: &DocumentId,
    state: &parcel::State,
    view: &tongban_ledger::agreement::View<'_>,
) -> Vec<(bill::Line, parcel::LineStanding)> {
    let across = state.line_standings(view).filter(|(_, line, _)| {
        let liable = state.liable(line, view);
        liable.is_some_and(|liable| liable != line.payer)
    });
    let lines = across.map(|(id, line, standing)| {
        let line = bill::Line {
            line: id,
            parcel: *parcel,
            tracking: state.post.tracking.clone(),
            kind: line.kind,
            posted: state.post.posted,
            amount: line.amount,
            payer: line.payer,
        };
        (line, standing)
    });
    lines.collect()
}
