//! Commands of rounds: reports, proposals, signatures, payments and receipts.

use std::collections::BTreeSet;

use tongban_identity::CityId;
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::code::Code;
use tongban_ledger::command::money::{
    ConfirmPayment, Propose as ProposeArgs, RecordPayment, RoundRef, SignRound,
};
use tongban_ledger::money::Fen;
use tongban_ledger::round::{
    self, Act, Figures, Open, Pay, Propose, ROWS_MAX, Receive, Report, Round, Row, Sign, State,
    cities_of, hash,
};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

/// The fewest digits of a hash that may stand for it.
const HASH_DIGITS_MIN: usize = 8;

impl Engine {
    /// 开轮.
    pub(super) fn open_round(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &RoundRef,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        if self.round_of(ctx, &agreement, args.month)?.is_some() {
            return Err(refuse(Code::Already, args.month.to_string()));
        }
        let act = Act::Open(Open { month: args.month });
        let private = Private::default();
        let entry =
            self.sign_genesis::<Round>(ctx, agreement, DocumentKind::Round, &act, private)?;
        Ok(round_done(entry.into(), entry))
    }

    /// 报账: every bill of this city that it and a counterpart signed, that no other round has, and that is not
    /// reported yet.
    pub(super) fn report_bills(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &RoundRef,
    ) -> Result<Done, CommandError> {
        let (agreement, document, state) = self.round_meant(ctx, args.month, &args.agreement)?;
        let own = self.own.city;
        let known: BTreeSet<(CityId, Month, tongban_identity::Hash32)> = state
            .reports
            .values()
            .filter(|report| report.by == own)
            .flat_map(|report| {
                report
                    .rows
                    .iter()
                    .map(|row| (row.with, row.month, row.hash))
            })
            .collect();
        let bound = self.bound_in(ctx, &agreement, &document)?;
        let barred = self.barred(ctx, &agreement, &bound, &reported_by(&state, &own))?;
        let mut rows: Vec<Row> = self.own_rows(ctx, &agreement, args.month)?;
        rows.retain(|row| {
            let key = round::Bill::of(own, row).key();
            let free = !bound.contains_key(&key) && !barred.contains(&key);
            !known.contains(&(row.with, row.month, row.hash)) && free
        });
        if rows.is_empty() {
            return Err(refuse(Code::NotFound, args.month.to_string()));
        }
        let mut done = Done {
            document: document.to_string(),
            ..Done::default()
        };
        for rows in rows.chunks(ROWS_MAX) {
            let rows = rows.to_vec();
            let act = Act::Report(Report { rows });
            let entry = self.sign_act::<Round>(ctx, &document, &act, Private::default())?;
            done.entries.push(entry.to_string());
        }
        Ok(done)
    }

    /// This city's agreed bills up to a month, as totals; ascending as a report has them.
    pub(in crate::engine) fn own_rows(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<Vec<Row>, CommandError> {
        let own = self.own.city;
        let mut rows = Vec::new();
        self.each_bill(ctx, agreement, &mut |_, state| {
            let Some(agreed) = state.settled().filter(|_| state.open.month <= month) else {
                return;
            };
            let seen_from = agreed.totals;
            let (owed, due) = match state.from == own {
                true => (seen_from.owed, seen_from.due),
                false => (seen_from.due, seen_from.owed),
            };
            rows.push(Row {
                with: state.other(&own),
                month: state.open.month,
                hash: agreed.hash,
                owed,
                due,
            });
        })?;
        rows.sort_by_key(|row| (row.with, row.month, row.hash));
        // Of two documents that both cities opened, each may have the same signatures.
        rows.dedup_by_key(|row| (row.with, row.month, row.hash));
        Ok(rows)
    }

    /// 提案: the next number, on every report that is here.
    pub(super) fn propose_round(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ProposeArgs,
    ) -> Result<Done, CommandError> {
        let (agreement, document, state) = self.round_meant(ctx, args.month, &args.agreement)?;
        let highest = state.highest();
        let sound = sound_number(&state);
        let left_out = match args.leave_out {
            // Who has had no day to sign a number is not silent yet.
            true if proposed_on(&state, sound) >= Some(ctx.now.day()) => {
                return Err(refuse(Code::NotDue, sound.to_string()));
            }
            true => silent(&state, sound),
            false => Vec::new(),
        };
        let reports: Vec<EntryId> = state.reports.keys().copied().collect();
        let bills = state.bills_on(&reports, &left_out);
        let cities = cities_of(&bills);
        let (netting, quorum) = self
            .with_view(&agreement, |view| {
                let netting = round::netting(args.month, view);
                (netting, round::quorum(view, &cities))
            })
            .ok_or(Code::Agreement)?;
        let number = highest.saturating_add(1);
        let act = Act::Propose(Propose {
            number,
            reports,
            left_out,
            cities,
            quorum,
            netting,
            hash: hash(args.month, number, netting, quorum, &bills),
        });
        let entry = self.sign_act::<Round>(ctx, &document, &act, Private::default())?;
        Ok(round_done(document, entry))
    }

    /// 签署: a proposal that this city has checked against the bills that it signed.
    pub(super) fn sign_round(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &SignRound,
    ) -> Result<Done, CommandError> {
        let (agreement, document, state) = self.round_meant(ctx, args.month, &args.agreement)?;
        let proposal = proposal_meant(&state, args.hash.as_deref())?;
        let propose = match state.proposals.get(&proposal) {
            Some(proposed) => &proposed.propose,
            None => return Err(Code::NotFound.into()),
        };
        self.check_proposal(ctx, &agreement, &document, &state, propose)?;
        let act = Act::Sign(Sign {
            proposal,
            number: propose.number,
            hash: propose.hash,
        });
        let entry = self.sign_act::<Round>(ctx, &document, &act, Private::default())?;
        Ok(round_done(document, entry))
    }

    /// A proposal is what its reports give, counts something, asks for enough signatures and leaves out nobody who signed
    /// the sound number before. Each bill of this city in it is one that it signed, that no other round has, and that
    /// shares no line with one that counts.
    fn check_proposal(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        document: &DocumentId,
        state: &State,
        propose: &Propose,
    ) -> Result<(), CommandError> {
        if !state.is_sound(propose) {
            return Err(refuse(Code::RoundDiffers, propose.number.to_string()));
        }
        let enough = self.with_view(agreement, |view| round::quorum(view, &propose.cities));
        let before = signers_of(state, sound_below(state, propose.number));
        let drops = propose.left_out.iter().any(|city| before.contains(city));
        if propose.cities.is_empty() || Some(propose.quorum) < enough || drops {
            return Err(refuse(Code::RoundDiffers, propose.number.to_string()));
        }
        let own = self.own.city;
        let rows = self.own_rows(ctx, agreement, state.open.month)?;
        let agreed: BTreeSet<round::Bill> =
            rows.iter().map(|row| round::Bill::of(own, row)).collect();
        let bound = self.bound_in(ctx, agreement, document)?;
        let barred = self.barred(ctx, agreement, &bound, &reported_by(state, &own))?;
        let bills = state.bills_of(propose);
        for bill in bills.iter().filter(|bill| bill.is_of(&own)) {
            let other = match bill.low == own {
                true => bill.high,
                false => bill.low,
            };
            let about = format!("{} {}", self.division(&other), bill.month);
            if !agreed.contains(bill) {
                return Err(refuse(Code::RoundDiffers, about));
            }
            if bound.contains_key(&bill.key()) || barred.contains(&bill.key()) {
                return Err(refuse(Code::Signed, about));
            }
        }
        Figures::of(&bills).map_err(|error| refuse(error.code(), "nets"))?;
        Ok(())
    }

    /// 付款登记: for a transfer of the number that holds, and no more than is open of it.
    pub(super) fn record_payment(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &RecordPayment,
    ) -> Result<Done, CommandError> {
        let (agreement, document, state) = self.round_meant(ctx, args.month, &args.agreement)?;
        let to = self.payee_of(&agreement, args.to)?;
        let (proposal, propose) = state
            .held()
            .map(|(id, proposed)| (id, proposed.propose.clone()))
            .ok_or_else(|| refuse(Code::State, args.month.to_string()))?;
        let open = self.open_transfer(&state, &propose, &to)?;
        let amount = args.fen.map_or(open, Fen::new);
        if amount > open || open <= Fen::ZERO {
            return Err(refuse(Code::Overpaid, args.to.to_string()));
        }
        let act = Act::Pay(Pay {
            proposal,
            to,
            amount,
            voucher: args.voucher.trim().to_owned(),
            on: args.on.unwrap_or_else(|| ctx.now.day()),
        });
        let entry = self.sign_act::<Round>(ctx, &document, &act, Private::default())?;
        Ok(round_done(document, entry))
    }

    /// What is open of this city's transfer to another one.
    fn open_transfer(
        &self,
        state: &State,
        propose: &Propose,
        to: &CityId,
    ) -> Result<Fen, CommandError> {
        let own = self.own.city;
        let transfers = self.transfers_of(&state.bills_of(propose), propose.netting)?;
        let (from, payee) = (self.division(&own), self.division(to));
        let asked = transfers
            .iter()
            .find(|one| (one.from, one.to) == (from, payee))
            .ok_or_else(|| refuse(Code::NotFound, payee.to_string()))?;
        let settled = state
            .settled()
            .map_err(|error| refuse(error.code(), "paid"))?;
        let paid = settled.get(&(own, *to)).map_or(Fen::ZERO, |sums| sums.paid);
        let open = asked.amount.checked_sub(paid);
        open.map_err(|error| refuse(error.code(), "paid"))
    }

    /// 收款确认.
    pub(super) fn confirm_payment(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ConfirmPayment,
    ) -> Result<Done, CommandError> {
        let (agreement, document, state) = self.round_meant(ctx, args.month, &args.agreement)?;
        let from = self.payee_of(&agreement, args.from)?;
        let own = self.own.city;
        let voucher = args.voucher.as_deref().map(str::trim);
        let mut waiting = state.payments.iter().filter(|(id, paid)| {
            let named = voucher.is_none_or(|voucher| paid.pay.voucher == voucher);
            let open = state.received(id).is_none() || voucher.is_some();
            paid.by == from && paid.pay.to == own && named && open
        });
        let about = || args.from.to_string();
        let (payment, _) = waiting
            .next()
            .ok_or_else(|| refuse(Code::NotFound, about()))?;
        if waiting.next().is_some() {
            return Err(refuse(Code::Ambiguous, about()));
        }
        let act = Act::Receive(Receive {
            payment: *payment,
            on: args.on.unwrap_or_else(|| ctx.now.day()),
        });
        let entry = self.sign_act::<Round>(ctx, &document, &act, Private::default())?;
        Ok(round_done(document, entry))
    }

    fn round_meant(
        &mut self,
        ctx: &Ctx<'_>,
        month: Month,
        agreement: &Option<String>,
    ) -> Result<(AgreementId, DocumentId, State), CommandError> {
        let agreement = self.agreement(agreement.as_deref())?;
        let (document, state) = self
            .round_of(ctx, &agreement, month)?
            .ok_or_else(|| refuse(Code::NotFound, month.to_string()))?;
        Ok((agreement, document, state))
    }
}

/// The proposal with a hash, else the only sound one with the highest number.
fn proposal_meant(state: &State, named: Option<&str>) -> Result<EntryId, CommandError> {
    let named = named.map(|named| named.trim().to_ascii_lowercase());
    if named
        .as_ref()
        .is_some_and(|named| named.len() < HASH_DIGITS_MIN)
    {
        return Err(refuse(Code::NotFound, "hash"));
    }
    let of = |fits: &dyn Fn(&Propose) -> bool| -> Vec<EntryId> {
        let all = state.proposals.iter();
        all.filter(|(_, proposed)| fits(&proposed.propose))
            .map(|(id, _)| *id)
            .collect()
    };
    let ids = match &named {
        Some(named) => of(&|propose| propose.hash.to_string().starts_with(named)),
        // A member may propose what its reports do not give; that keeps nobody from signing the number below.
        None => {
            let numbers = state.proposals.values().map(|one| one.propose.number);
            let numbers: BTreeSet<u32> = numbers.collect();
            let mut sound = numbers
                .into_iter()
                .rev()
                .map(|number| of(&|propose| propose.number == number && state.is_sound(propose)));
            sound.find(|ids| !ids.is_empty()).unwrap_or_default()
        }
    };
    let mut ids = ids.into_iter();
    match (ids.next(), ids.next()) {
        (None, _) => Err(refuse(Code::NotFound, "proposal")),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(refuse(Code::Ambiguous, "hash")),
    }
}

/// The highest number of which somebody proposed what its reports give; zero while nobody did. A member may propose
/// anything else, and that says nothing about who is silent.
fn sound_number(state: &State) -> u32 {
    sound_below(state, u32::MAX)
}

fn sound_below(state: &State, number: u32) -> u32 {
    let all = state.proposals.values().map(|one| &one.propose);
    let below = all.filter(|propose| propose.number < number && !propose.cities.is_empty());
    let mut below: Vec<&Propose> = below.collect();
    below.sort_by_key(|propose| std::cmp::Reverse(propose.number));
    let sound = below.into_iter().find(|propose| state.is_sound(propose));
    sound.map_or(0, |propose| propose.number)
}

/// The day on which a number was first proposed.
fn proposed_on(state: &State, number: u32) -> Option<Day> {
    let all = state.proposals.values();
    let of = all.filter(|one| one.propose.number == number);
    of.map(|one| one.on).min()
}

/// Who signed a proposal of a number.
fn signers_of(state: &State, number: u32) -> BTreeSet<CityId> {
    let all = state.proposals.iter();
    let of = all.filter(|(_, one)| one.propose.number == number);
    of.flat_map(|(id, _)| state.signers(id)).collect()
}

/// Cities with a bill in the proposals of a number that signed none of them, ascending; those that the number left
/// out before are among them if they have not signed it either.
fn silent(state: &State, number: u32) -> Vec<CityId> {
    let all = state.proposals.values().map(|one| &one.propose);
    let named = all
        .filter(|propose| propose.number == number)
        .flat_map(|propose| propose.cities.iter().chain(&propose.left_out).copied());
    let signers = signers_of(state, number);
    let silent: BTreeSet<CityId> = named.filter(|city| !signers.contains(city)).collect();
    silent.into_iter().collect()
}

/// The bills that a city reported in a round.
fn reported_by(state: &State, city: &CityId) -> BTreeSet<round::Key> {
    let own = state.reports.values().filter(|report| report.by == *city);
    let rows = own.flat_map(|report| report.rows.iter());
    rows.map(|row| round::Bill::of(*city, row).key()).collect()
}

fn round_done(document: DocumentId, entry: EntryId) -> Done {
    Done {
        document: document.to_string(),
        entries: vec![entry.to_string()],
        ..Done::default()
    }
}
