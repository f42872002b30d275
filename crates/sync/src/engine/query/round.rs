//! Rounds: figures, transfers both ways, who has signed, what is paid, and whose step is late.

use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::answer::{
    DoubleRow, EntryRow, MonthSteps, Owes, PaymentRow, ProposalRow, RoundAnswer, RoundBill,
    RoundCarried, RoundRow, TransferRow,
};
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::code::Code;
use tongban_ledger::money::Fen;
use tongban_ledger::netting::{Netting, Transfer};
use tongban_ledger::round::{
    self, Act, Bill, Figures, Holds, Propose, Settled, State, Steps, payments_until, secretary,
};
use tongban_ledger::{AgreementId, DocumentId, EntryId};

use crate::document::read_act;
use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};

/// The proposal that an answer is about: the one that holds, else the sound one with the highest number.
struct Shown {
    stage: &'static str,
    proposal: Option<(EntryId, Propose)>,
}

impl Engine {
    /// The rounds of a month, one of each agreement of this node.
    ///
    /// # Errors
    /// A record could not be read, or the sums overflow.
    pub fn rounds(&mut self, ctx: &Ctx<'_>, month: Month) -> Result<Vec<RoundRow>, CommandError> {
        let mut rows = Vec::new();
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            let found = self.round_of(ctx, &agreement, month)?;
            rows.push(self.round_row(ctx, &agreement, month, found.as_ref())?);
        }
        Ok(rows)
    }

    /// The round of a month.
    ///
    /// # Errors
    /// The agreement is not known, a record could not be read, or the sums overflow.
    pub fn round(
        &mut self,
        ctx: &Ctx<'_>,
        month: Month,
        agreement: Option<&str>,
    ) -> Result<RoundAnswer, CommandError> {
        let agreement = self.agreement(agreement)?;
        let found = self.round_of(ctx, &agreement, month)?;
        let row = self.round_row(ctx, &agreement, month, found.as_ref())?;
        let lead = self.with_view(&agreement, secretary).flatten();
        let netting = self.with_view(&agreement, |view| round::netting(month, view));
        let netting = netting.unwrap_or_default();
        let mut answer = RoundAnswer {
            row,
            secretary: lead.map(|city| self.division(&city)),
            bills: Vec::new(),
            carried: Vec::new(),
            owes: Owes::new(),
            gross: 0,
            nets: BTreeMap::new(),
            netting: netting.name().to_owned(),
            transfers: Vec::new(),
            other_way: Vec::new(),
            proposals: Vec::new(),
            payments: Vec::new(),
            doubles: Vec::new(),
            silent: Vec::new(),
            entries: Vec::new(),
        };
        let Some((document, state)) = found else {
            return Ok(answer);
        };
        let shown = shown(&state);
        let bills = match &shown.proposal {
            Some((_, propose)) => {
                answer.carried = self.round_carried(state.carried(propose));
                answer.netting = propose.netting.name().to_owned();
                state.bills_of(propose)
            }
            None => {
                let reported = state.reported();
                answer.carried = self.round_carried(reported.rest);
                reported.agreed
            }
        };
        let netting = shown
            .proposal
            .as_ref()
            .map_or(netting, |(_, propose)| propose.netting);
        self.add_figures(&mut answer, &state, &bills, netting)?;
        answer.proposals = self.round_proposals(&state);
        answer.payments = self.round_payments(&state);
        answer.doubles = self.round_doubles(&state);
        answer.silent = self.silent_cities(ctx, &agreement, &state, &shown);
        answer.entries = self.round_entries(ctx, &document)?;
        Ok(answer)
    }

    /// The transfers of some bills, by division code.
    pub(in crate::engine) fn transfers_of(
        &self,
        bills: &[Bill],
        netting: Netting,
    ) -> Result<Vec<Transfer<DivisionCode>>, CommandError> {
        let figures = Figures::of(bills).map_err(|error| error.code())?;
        let obligations = self.obligations(&figures)?;
        let transfers = netting.transfers(&obligations);
        transfers.map_err(|error| error.code().into())
    }

    /// Who owes whom, by division code: a city that left and one that came under its code are one there.
    fn obligations(
        &self,
        figures: &Figures,
    ) -> Result<BTreeMap<(DivisionCode, DivisionCode), Fen>, CommandError> {
        let mut named: BTreeMap<(DivisionCode, DivisionCode), Fen> = BTreeMap::new();
        for ((debtor, creditor), fen) in &figures.obligations {
            let pair = (self.division(debtor), self.division(creditor));
            if pair.0 != pair.1 {
                let sum = named.entry(pair).or_default();
                *sum = sum.checked_add(*fen).map_err(|error| error.code())?;
            }
        }
        Ok(named)
    }

    /// What was paid and confirmed, by division code of payer and payee.
    fn settled_of(
        &self,
        state: &State,
    ) -> Result<BTreeMap<(DivisionCode, DivisionCode), Settled>, CommandError> {
        let settled = state.settled().map_err(|error| error.code())?;
        let mut named: BTreeMap<(DivisionCode, DivisionCode), Settled> = BTreeMap::new();
        for ((from, to), sums) in settled {
            let all = named
                .entry((self.division(&from), self.division(&to)))
                .or_default();
            let add = |sum: Fen, more: Fen| sum.checked_add(more).map_err(|error| error.code());
            all.paid = add(all.paid, sums.paid)?;
            all.confirmed = add(all.confirmed, sums.confirmed)?;
        }
        Ok(named)
    }

    fn add_figures(
        &self,
        answer: &mut RoundAnswer,
        state: &State,
        bills: &[Bill],
        netting: Netting,
    ) -> Result<(), CommandError> {
        let figures = Figures::of(bills).map_err(|error| error.code())?;
        let settled = self.settled_of(state)?;
        answer.bills = bills.iter().map(|bill| self.round_bill(bill)).collect();
        answer
            .bills
            .sort_by_key(|bill| (bill.one, bill.other, bill.month));
        answer.gross = figures.gross.get();
        for (city, net) in &figures.nets {
            let sum = answer.nets.entry(self.division(city)).or_default();
            *sum = sum.saturating_add(net.get());
        }
        for ((debtor, creditor), fen) in self.obligations(&figures)? {
            answer
                .owes
                .entry(debtor)
                .or_default()
                .insert(creditor, fen.get());
        }
        let rows = |netting: Netting| -> Result<Vec<TransferRow>, CommandError> {
            let transfers = self.transfers_of(bills, netting)?;
            let rows = transfers.into_iter().map(|transfer| {
                let sums = settled.get(&(transfer.from, transfer.to));
                let sums = sums.copied().unwrap_or_default();
                TransferRow {
                    from: transfer.from,
                    to: transfer.to,
                    fen: transfer.amount.get(),
                    paid: sums.paid.get(),
                    confirmed: sums.confirmed.get(),
                }
            });
            Ok(rows.collect())
        };
        answer.transfers = rows(netting)?;
        answer.other_way = rows(netting.other())?;
        for row in &mut answer.other_way {
            (row.paid, row.confirmed) = (0, 0);
        }
        Ok(())
    }

    fn round_row(
        &self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        month: Month,
        found: Option<&(DocumentId, State)>,
    ) -> Result<RoundRow, CommandError> {
        let steps = self.with_view(agreement, |view| Steps::of(month, view));
        let quorum = self.with_view(agreement, |view| round::quorum(view, &[]));
        let quorum = quorum.unwrap_or(0);
        let mut row = RoundRow {
            document: found.map(|(document, _)| document.to_string()),
            agreement: agreement.to_string(),
            month,
            stage: "open".to_owned(),
            number: 0,
            hash: String::new(),
            signed: Vec::new(),
            waits_for: Vec::new(),
            quorum,
            steps: month_steps(steps),
            overdue: String::new(),
        };
        if let Some((_, state)) = found {
            let shown = shown(state);
            row.stage = shown.stage.to_owned();
            if let Some((id, propose)) = &shown.proposal {
                self.add_proposal(&mut row, agreement, state, (id, propose))?;
            }
        }
        row.overdue = late_step(&row, ctx.now.day()).to_owned();
        Ok(row)
    }

    fn add_proposal(
        &self,
        row: &mut RoundRow,
        agreement: &AgreementId,
        state: &State,
        (id, propose): (&EntryId, &Propose),
    ) -> Result<(), CommandError> {
        row.number = propose.number;
        row.hash = propose.hash.to_string();
        row.quorum = propose.quorum;
        let signers = state.signers(id);
        row.signed = self.sorted_divisions(signers.iter());
        let missing = propose.cities.iter().filter(|city| !signers.contains(city));
        row.waits_for = self.sorted_divisions(missing);
        if row.stage != "final" {
            return Ok(());
        }
        let complete = state.completed_on(id);
        let until = complete.and_then(|day| {
            self.with_view(agreement, |view| payments_until(day, view).ok())
                .flatten()
        });
        row.steps.payments = until;
        let settled = self.settled_of(state)?;
        let bills = state.bills_of(propose);
        let transfers = self.transfers_of(&bills, propose.netting)?;
        let confirmed = |transfer: &Transfer<DivisionCode>| {
            let sums = settled.get(&(transfer.from, transfer.to));
            sums.is_some_and(|sums| sums.confirmed >= transfer.amount)
        };
        if transfers.iter().all(confirmed) {
            row.stage = "settled".to_owned();
        }
        Ok(())
    }

    pub(super) fn sorted_divisions<'a>(
        &self,
        cities: impl Iterator<Item = &'a CityId>,
    ) -> Vec<DivisionCode> {
        let mut codes = self.divisions(cities);
        codes.sort_unstable();
        codes
    }

    /// Totals with the lower division code first.
    fn round_bill(&self, bill: &Bill) -> RoundBill {
        let (low, high) = (self.division(&bill.low), self.division(&bill.high));
        let straight = low <= high;
        let (low_owes, high_owes) = (bill.low_owes.get(), bill.high_owes.get());
        RoundBill {
            month: bill.month,
            one: low.min(high),
            other: low.max(high),
            hash: bill.hash.to_string(),
            one_owes: if straight { low_owes } else { high_owes },
            other_owes: if straight { high_owes } else { low_owes },
        }
    }

    fn round_carried(&self, carried: Vec<(Bill, round::Left)>) -> Vec<RoundCarried> {
        let mut rows: Vec<RoundCarried> = carried
            .iter()
            .map(|(bill, why)| RoundCarried {
                bill: self.round_bill(bill),
                why: why.name().to_owned(),
            })
            .collect();
        rows.sort_by_key(|row| (row.bill.one, row.bill.other, row.bill.month));
        rows
    }

    fn round_proposals(&self, state: &State) -> Vec<ProposalRow> {
        let mut rows: Vec<ProposalRow> = state
            .proposals
            .iter()
            .map(|(id, proposed)| ProposalRow {
                proposal: id.to_string(),
                number: proposed.propose.number,
                by: self.division(&proposed.by),
                hash: proposed.propose.hash.to_string(),
                left_out: self.sorted_divisions(proposed.propose.left_out.iter()),
                signed: self.sorted_divisions(state.signers(id).iter()),
                complete: state.is_complete(id) && state.is_sound(&proposed.propose),
            })
            .collect();
        rows.sort_by(|one, other| (one.number, &one.hash).cmp(&(other.number, &other.hash)));
        rows
    }

    fn round_payments(&self, state: &State) -> Vec<PaymentRow> {
        let received = state.received_on();
        let mut rows: Vec<PaymentRow> = state
            .payments
            .iter()
            .map(|(id, paid)| PaymentRow {
                payment: id.to_string(),
                from: self.division(&paid.by),
                to: self.division(&paid.pay.to),
                fen: paid.pay.amount.get(),
                voucher: paid.pay.voucher.clone(),
                on: paid.pay.on,
                received: received.get(id).copied(),
            })
            .collect();
        rows.sort_by(|one, other| {
            let key = |row: &PaymentRow| (row.on, row.from, row.voucher.clone());
            key(one).cmp(&key(other))
        });
        rows
    }

    fn round_doubles(&self, state: &State) -> Vec<DoubleRow> {
        let doubles = state.doubles().into_iter();
        doubles
            .map(|((city, number), entries)| DoubleRow {
                city: self.division(&city),
                number,
                entries: entries.iter().map(ToString::to_string).collect(),
            })
            .collect()
    }

    /// Cities that must sign yet although the day for it is over: reachable or not, their silence is no consent.
    fn silent_cities(
        &self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        state: &State,
        shown: &Shown,
    ) -> Vec<DivisionCode> {
        let steps = self.with_view(agreement, |view| Steps::of(state.open.month, view));
        let until = steps.and_then(|steps| steps.signatures.ok());
        let over = until.is_some_and(|until| ctx.now.day() > until);
        let Some((id, propose)) = shown.proposal.as_ref().filter(|_| over) else {
            return Vec::new();
        };
        let signers = state.signers(id);
        let asked = propose.cities.iter().chain(&propose.left_out);
        self.sorted_divisions(asked.filter(|city| !signers.contains(city)))
    }

    fn round_entries(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<Vec<EntryRow>, CommandError> {
        let record = self.record(ctx.store, document)?.ok_or(Code::NotFound)?;
        let record = record.clone();
        let audience: Vec<_> = self.audience(ctx.store, document)?.into_iter().collect();
        let mut entries = self.entries_of(ctx.store, document)?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let mut rows = Vec::with_capacity(entries.len());
        for entry in &entries {
            let act = read_act::<Act>(&entry.public, RULES_VERSION).ok();
            let details = act
                .map(|act| act.details(|city| self.division(city).to_string()))
                .unwrap_or_default();
            let said = (String::new(), details);
            rows.push(self.entry_row(ctx, &record, entry, &audience, said)?);
        }
        Ok(rows)
    }
}

fn shown(state: &State) -> Shown {
    let of = |id: &EntryId| {
        let proposed = state.proposals.get(id);
        proposed.map(|proposed| (*id, proposed.propose.clone()))
    };
    match state.holds() {
        Holds::One(id) => Shown {
            stage: "final",
            proposal: of(&id),
        },
        Holds::Disputed(ids) => Shown {
            stage: "disputed",
            proposal: ids.first().and_then(of),
        },
        Holds::Nothing => {
            let mut latest: Vec<(u32, usize, EntryId)> = state
                .proposals
                .iter()
                .map(|(id, proposed)| (proposed.propose.number, state.signers(id).len(), *id))
                .collect();
            latest.sort_unstable();
            // The latest comes first, and no more of them are checked than are needed.
            let mut latest = latest.iter().rev().filter_map(|(_, _, id)| of(id));
            let sound = latest.find(|(_, propose)| state.is_sound(propose));
            Shown {
                stage: if sound.is_some() { "proposed" } else { "open" },
                proposal: sound,
            }
        }
    }
}

fn month_steps(steps: Option<Steps>) -> MonthSteps {
    steps.map_or_else(MonthSteps::default, |steps| MonthSteps {
        cut: Some(steps.cut),
        draft: steps.draft.ok(),
        objections: steps.objections.ok(),
        signatures: steps.signatures.ok(),
        payments: None,
    })
}

/// The step that is late on a day, by its name; empty if none is.
fn late_step(row: &RoundRow, today: Day) -> &'static str {
    let over = |until: Option<Day>| until.is_some_and(|until| today > until);
    match row.stage.as_str() {
        "open" if over(row.steps.draft) => "draft",
        "proposed" | "disputed" if over(row.steps.signatures) => "signatures",
        "final" if over(row.steps.payments) => "payments",
        _ => "",
    }
}
