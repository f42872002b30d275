//! What bills and rounds of this node rest on: its pairs' lines, the bills that it holds, and what it signed where.
//!
//! A city signs no line in two bills and no bill in two rounds; that is what keeps anything from being counted twice,
//! and it needs one honest city of the pair.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::bill::{self, Bill, Billed, Candidate, Drafting};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::lines::Pair;
use tongban_ledger::round::{self, Holds, Round, Steps};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::sign::{CommandError, refuse};
use super::{Ctx, Engine};
use crate::lines::Recorded;
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
    /// city as a member, or had it.
    pub(super) fn pairing(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<Pairing, CommandError> {
        let memberships = self.settles_with(with)?;
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

    /// The lines between this city and another in an agreement that were posted up to a month's end, from the index of
    /// lines. What a city pays for itself is no line of a pair.
    pub(super) fn candidates(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
    ) -> Result<Vec<Candidate>, ReadError> {
        let pair = Pair::between(self.own.city, pairing.other);
        // The index begins with its own first month.
        let first = Month::new(1, 1).unwrap_or(pairing.month);
        let months = first..=pairing.month;
        let lines = self.pair_lines(ctx.store, &pairing.agreement, &pair, months)?;
        Ok(lines.into_iter().filter_map(owed).collect())
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
        let lines = self.candidates(ctx, pairing)?;
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
        // Two cities may have opened one each: the one that both signed, else the one that one of them signed, else the
        // one of the lower division code. However often a city signs, it counts once.
        let chosen = of_month.min_by_key(|(document, state)| {
            let agreed = !state.hashes_of_both().is_empty();
            let signers: BTreeSet<CityId> = state.live().map(|(_, signed)| signed.by).collect();
            let opener = self.division(&state.from);
            (Reverse(agreed), Reverse(signers.len()), opener, *document)
        });
        let mut billed = Billed::default();
        for (document, state) in pair {
            if Some(document) == chosen.map(|(chosen, _)| chosen) {
                continue;
            }
            for agreed in state.agreed() {
                billed.extend(agreed.lines);
            }
            // Two desks may have signed two sets: the other city may answer either.
            let signed = state.live().filter(|(_, signed)| signed.by == own);
            for lines in signed.filter_map(|(_, signed)| state.signed_lines(signed)) {
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

    /// The bills of this city that are bound, each with the month of the round: one that counts it, or in which this
    /// city signed a proposal with it that may yet be complete. The round given is not looked at.
    pub(super) fn bound_in(
        &self,
        rounds: &[(DocumentId, round::State)],
        but: Option<&DocumentId>,
    ) -> BTreeMap<round::Key, Month> {
        let own = self.own.city;
        let mut bound = BTreeMap::new();
        let others = rounds.iter().filter(|(document, _)| Some(document) != but);
        for (_, state) in others {
            let (floor, mut proposals) = match state.holds() {
                Holds::Nothing => (0, Vec::new()),
                Holds::One(id) => {
                    let held = state.proposals.get(&id);
                    (held.map_or(0, |held| held.propose.number), vec![id])
                }
                Holds::Disputed(ids) => (0, ids),
            };
            let signed = state.signs.values().filter(|one| one.by == own);
            let pending = signed.filter(|one| one.sign.number > floor);
            proposals.extend(pending.map(|one| one.sign.proposal));
            for proposed in proposals.iter().filter_map(|id| state.proposals.get(id)) {
                let bills = state.bills_of(&proposed.propose).into_iter();
                for bill in bills.filter(|bill| bill.is_of(&own)) {
                    bound.entry(bill.key()).or_insert(state.open.month);
                }
            }
        }
        bound
    }
}

/// A line of a bill, where one of the two cities owes it to the other.
fn owed(Recorded { of, recorded }: Recorded) -> Option<Candidate> {
    let (line, standing) = (of.line, of.standing);
    (line.liable != line.payer).then(|| Candidate {
        line: bill::Line {
            line: line.line,
            parcel: line.parcel,
            tracking: line.tracking,
            kind: line.kind,
            posted: line.posted,
            amount: line.amount,
            payer: line.payer,
        },
        standing,
        recorded,
    })
}
