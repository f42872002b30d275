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
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::lines::Walked;
use super::sign::{CommandError, refuse};
use super::{Ctx, Engine};
use crate::db::Db;
use crate::document::{Record, Stored};
use crate::keys;
use crate::lines::Recorded;
use crate::storage::{Family, ReadError};

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
    /// lines; `walked` as [`Engine::next_pair`] has it.
    pub(super) fn candidates(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
        walked: &mut Walked,
    ) -> Result<Vec<Candidate>, ReadError> {
        let pair = Pair::between(self.own.city, pairing.other);
        // The index begins with its own first month.
        let first = Month::new(1, 1).unwrap_or(pairing.month);
        let months = first..=pairing.month;
        let take = |line: Recorded| Candidate::of(line.of, line.recorded);
        self.next_pair(ctx.store, &pairing.agreement, &pair, &months, walked, take)
    }

    /// Looks at a document's state. Bills and rounds are long: one that is not in memory is read and let go again.
    fn look<K: Stored, T>(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        look: impl FnOnce(&AgreementId, &K::State) -> T,
    ) -> Result<Option<T>, ReadError> {
        let read: Option<Record>;
        let record = match self.records.get(document) {
            Some(record) => Some(record),
            None => {
                let db = Db::new(ctx.store, &mut self.pending);
                read = db.load(Family::Documents, &keys::document(document))?;
                read.as_ref()
            }
        };
        Ok(record.and_then(|record| Some(look(&record.agreement, record.state_of::<K>()?))))
    }

    /// Looks at the states of a kind in an agreement, one after another.
    fn each_state<K: Stored>(
        &mut self,
        ctx: &Ctx<'_>,
        kind: DocumentKind,
        agreement: &AgreementId,
        each: &mut dyn FnMut(DocumentId, &K::State),
    ) -> Result<(), ReadError> {
        for document in self.documents_of(ctx.store, kind)? {
            self.look::<K, ()>(ctx, &document, |of, state| {
                if of == agreement {
                    each(document, state);
                }
            })?;
        }
        Ok(())
    }

    /// Looks at the bills of this node in an agreement, one after another.
    pub(super) fn each_bill(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        each: &mut dyn FnMut(DocumentId, &bill::State),
    ) -> Result<(), ReadError> {
        self.each_state::<Bill>(ctx, DocumentKind::Bill, agreement, each)
    }

    /// Looks at the rounds of this node in an agreement, one after another.
    pub(super) fn each_round(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        each: &mut dyn FnMut(DocumentId, &round::State),
    ) -> Result<(), ReadError> {
        self.each_state::<Round>(ctx, DocumentKind::Round, agreement, each)
    }

    /// The bills of this city in an agreement, by the other city.
    pub(super) fn bill_documents(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<BTreeMap<CityId, Vec<DocumentId>>, ReadError> {
        let own = self.own.city;
        let mut found: BTreeMap<CityId, Vec<DocumentId>> = BTreeMap::new();
        for document in self.documents_of(ctx.store, DocumentKind::Bill)? {
            let mut pair = self.bill_pairs.get(&document).copied();
            if pair.is_none() {
                pair = self.look::<Bill, _>(ctx, &document, |of, state| (*of, state.pair()))?;
                // A bill has its agreement and its cities for good.
                self.bill_pairs.extend(pair.map(|pair| (document, pair)));
            }
            match pair {
                Some((of, (one, other))) if of == *agreement && one == own => {
                    found.entry(other).or_default().push(document);
                }
                Some((of, (one, other))) if of == *agreement && other == own => {
                    found.entry(one).or_default().push(document);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The bills with another city.
    pub(super) fn bills_with(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
    ) -> Result<Vec<(DocumentId, bill::State)>, ReadError> {
        let mut documents = self.bill_documents(ctx, &pairing.agreement)?;
        let documents = documents.remove(&pairing.other).unwrap_or_default();
        self.read_bills(ctx, &documents)
    }

    /// The states of some bills; those of one pair, so that memory holds no more.
    pub(super) fn read_bills(
        &mut self,
        ctx: &Ctx<'_>,
        documents: &[DocumentId],
    ) -> Result<Vec<(DocumentId, bill::State)>, ReadError> {
        let mut states = Vec::with_capacity(documents.len());
        for document in documents {
            let state = self.look::<Bill, _>(ctx, document, |_, state| state.clone())?;
            states.extend(state.map(|state| (*document, state)));
        }
        Ok(states)
    }

    /// What this node counts for a bill: everything of the pair that no other bill of it counts.
    pub(super) fn bill_desk(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
    ) -> Result<BillDesk, CommandError> {
        let bills = self.bills_with(ctx, pairing)?;
        let lines = self.candidates(ctx, pairing, &mut Walked::default())?;
        let steps = self.month_end(&pairing.agreement, pairing.month);
        let elsewhere = self.billed_elsewhere(ctx, pairing)?;
        Ok(self.desk_of(pairing, bills, lines, steps, elsewhere))
    }

    /// What bills with the same city under other agreements count: a number counts once within a pair, whatever
    /// agreement it was posted under.
    pub(super) fn billed_elsewhere(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
    ) -> Result<Billed, ReadError> {
        let mut billed = Billed::default();
        let shared: Vec<AgreementId> = self.agreements.keys().copied().collect();
        for agreement in shared.into_iter().filter(|id| *id != pairing.agreement) {
            let elsewhere = Pairing {
                agreement,
                ..*pairing
            };
            for (_, state) in self.bills_with(ctx, &elsewhere)? {
                self.count_lines(&mut billed, &state);
            }
        }
        Ok(billed)
    }

    /// Adds the lines of a bill that both cities signed, or this one.
    fn count_lines(&self, billed: &mut Billed, state: &bill::State) {
        for agreed in state.agreed() {
            billed.extend(agreed.lines);
        }
        // Two desks may have signed two sets: the other city may answer either.
        let signed = state
            .live()
            .filter(|(_, signed)| signed.by == self.own.city);
        for lines in signed.filter_map(|(_, signed)| state.signed_lines(signed)) {
            billed.extend(lines);
        }
    }

    /// The same from what was read before, for a list of bills; `bills` are those of the pair, and `elsewhere` is what
    /// its bills under other agreements count.
    pub(super) fn desk_of(
        &self,
        pairing: &Pairing,
        mut bills: Vec<(DocumentId, bill::State)>,
        lines: Vec<Candidate>,
        steps: Option<Steps>,
        elsewhere: Billed,
    ) -> BillDesk {
        let of_month = bills.iter().enumerate();
        let of_month = of_month.filter(|(_, (_, state))| state.open.month == pairing.month);
        // Two cities may have opened one each: the one that both signed, else the one that one of them signed, else the
        // one of the lower division code. However often a city signs, it counts once.
        let chosen = of_month.min_by_key(|(_, (document, state))| {
            let agreed = !state.hashes_of_both().is_empty();
            let signers: BTreeSet<CityId> = state.live().map(|(_, signed)| signed.by).collect();
            let opener = self.division(&state.from);
            (Reverse(agreed), Reverse(signers.len()), opener, *document)
        });
        let chosen = chosen.map(|(at, _)| at);
        let document = chosen.map(|at| bills.swap_remove(at));
        let mut billed = elsewhere;
        for (_, state) in &bills {
            self.count_lines(&mut billed, state);
        }
        let until = steps.and_then(|steps| steps.draft.ok());
        BillDesk {
            drafting: bill::draft(lines, pairing.month, until, &billed),
            document,
            billed,
        }
    }

    /// The round that a month's command means: of several one in which a proposal holds that asked for enough members,
    /// else the one of the lowest division code, which the secretary has.
    pub(super) fn round_of(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<Option<(DocumentId, round::State)>, ReadError> {
        let mut of_month = Vec::new();
        self.each_round(ctx, agreement, &mut |document, state| {
            if state.open.month == month {
                let held = state.held().map(|(_, held)| held.propose.clone());
                of_month.push((state.from, document, held));
            }
        })?;
        let meant = of_month.into_iter().min_by_key(|(from, document, held)| {
            let holds = held.as_ref().is_some_and(|propose| {
                let least = self.with_view(agreement, |view| round::quorum(view, &propose.cities));
                Some(propose.quorum) >= least
            });
            (Reverse(holds), self.division(from), *document)
        });
        let Some((_, document, _)) = meant else {
            return Ok(None);
        };
        let state = self.look::<Round, _>(ctx, &document, |_, state| state.clone())?;
        Ok(state.map(|state| (document, state)))
    }

    /// The bills of this city that are bound, each with the month of the round: one that counts it, or in which this
    /// city signed a proposal with it that may yet be complete. The round given is not looked at.
    pub(super) fn bound_in(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        but: &DocumentId,
    ) -> Result<BTreeMap<round::Key, Month>, ReadError> {
        let own = self.own.city;
        let mut bound = BTreeMap::new();
        self.each_round(ctx, agreement, &mut |document, state| {
            if document == *but {
                return;
            }
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
        })?;
        Ok(bound)
    }

    /// The agreed bills of this city that share a line with another one of the pair which counts before them: one that a
    /// round has bound, else one that this city has reported, else the first by month and hash.
    ///
    /// A signature that was taken back may turn out to stand: the other city had signed without having seen that. Its
    /// lines may stand in another bill by then, and are not to be paid twice.
    pub(super) fn barred(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        bound: &BTreeMap<round::Key, Month>,
        reported: &BTreeSet<round::Key>,
    ) -> Result<BTreeSet<round::Key>, ReadError> {
        let own = self.own.city;
        let mut barred = BTreeSet::new();
        for (other, documents) in self.bill_documents(ctx, agreement)? {
            if documents.len() < 2 && bound.is_empty() {
                continue;
            }
            // Every set that was signed, with its place among those that share a line.
            let mut sets = BTreeMap::new();
            for (_, state) in self.read_bills(ctx, &documents)? {
                let agreed = state.hashes_of_both();
                for signed in state.signs.values() {
                    let (low, high) = (own.min(other), own.max(other));
                    let key = (low, high, state.open.month, signed.hash);
                    let (is_bound, told) = (bound.contains_key(&key), reported.contains(&key));
                    if !is_bound && !agreed.contains(&signed.hash) || sets.contains_key(&key) {
                        continue;
                    }
                    let lines = state.signed_lines(signed).into_iter().flatten();
                    let lines: Vec<EntryId> = lines.map(|line| line.line).collect();
                    sets.insert(key, ((Reverse(is_bound), Reverse(told)), lines));
                }
            }
            let mut order: Vec<_> = sets.into_iter().collect();
            order.sort_by_key(|(key, (place, _))| (*place, *key));
            let mut counted = BTreeSet::new();
            for (key, (_, lines)) in order {
                match lines.iter().any(|line| counted.contains(line)) {
                    true => {
                        barred.insert(key);
                    }
                    false => counted.extend(lines),
                }
            }
        }
        Ok(barred)
    }
}
