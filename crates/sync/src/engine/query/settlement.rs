//! Parcels, and a month's postage as this city sees it.

use std::collections::BTreeMap;

use tongban_ledger::answer::{LineRow, ParcelRow, SettlementAnswer, SettlementLine};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::settle;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};
use crate::storage::ReadError;

impl Engine {
    /// The parcels of this node, by posting date and number.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn parcels(&mut self, ctx: &Ctx<'_>) -> Result<Vec<ParcelRow>, ReadError> {
        let mut rows = Vec::new();
        for (document, agreement, state) in self.parcel_states(ctx)? {
            rows.push(self.parcel_row(&document, &agreement, &state));
        }
        rows.sort_by(|one, other| {
            (one.posted, &one.tracking).cmp(&(other.posted, &other.tracking))
        });
        Ok(rows)
    }

    /// One parcel.
    ///
    /// # Errors
    /// The parcel is not here, or a record could not be read.
    pub fn parcel(&mut self, ctx: &Ctx<'_>, reference: &str) -> Result<ParcelRow, CommandError> {
        let document = self.find_parcel(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let state = record.state_of::<Parcel>().ok_or(Code::State)?.clone();
        Ok(self.parcel_row(&document, &agreement, &state))
    }

    pub(in crate::engine) fn parcel_states(
        &mut self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<(DocumentId, AgreementId, parcel::State)>, ReadError> {
        let mut states = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Parcel)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            if let Some(state) = record.state_of::<Parcel>() {
                states.push((document, record.agreement, state.clone()));
            }
        }
        Ok(states)
    }

    fn parcel_row(
        &self,
        document: &DocumentId,
        agreement: &AgreementId,
        state: &parcel::State,
    ) -> ParcelRow {
        let lines = self
            .with_view(agreement, |view| {
                let counted: Vec<_> = state.counted_lines(view);
                state
                    .standing_lines()
                    .map(|(id, line)| LineRow {
                        line: id.to_string(),
                        kind: line.kind,
                        fen: line.amount.fen().get(),
                        payer: self.division(&line.payer),
                        liable: state.liable(line, view).map(|city| self.division(&city)),
                        counts: counted.iter().any(|counted| counted.id == id),
                    })
                    .collect()
            })
            .unwrap_or_default();
        ParcelRow {
            document: document.to_string(),
            tracking: state.post.tracking.as_str().to_owned(),
            from: self.division(&state.from),
            to: state.post.to.city().map(|city| self.division(&city)),
            leg: state.post.leg,
            pay: state.post.pay,
            posted: state.post.posted,
            stage: state.stage().name().to_owned(),
            pieces: state.post.pieces,
            found: match state.stage() {
                parcel::Stage::Opened(parcel::Opening::Discrepancy { pieces }) => Some(pieces),
                _ => None,
            },
            lines,
        }
    }

    /// A month's postage, by posting date, in the pairs of this city.
    ///
    /// # Errors
    /// A record could not be read, or the sums overflow.
    pub fn settlement(
        &mut self,
        ctx: &Ctx<'_>,
        month: Month,
    ) -> Result<SettlementAnswer, CommandError> {
        let mut answer = SettlementAnswer {
            month,
            city: self.own.attributes.division,
            owes: BTreeMap::new(),
            net: 0,
            self_paid: 0,
            lines: Vec::new(),
            waiting: Vec::new(),
            duplicates: Vec::new(),
        };
        let states = self.parcel_states(ctx)?;
        let agreements: Vec<AgreementId> = self.agreements.keys().copied().collect();
        for agreement in agreements {
            let of_agreement = states
                .iter()
                .filter(|(_, of, _)| *of == agreement)
                .map(|(document, _, state)| (*document, state));
            let account = self
                .with_view(&agreement, |view| settle::month(of_agreement, view, month))
                .ok_or(Code::Agreement)?
                .map_err(|error| error.code())?;
            self.add_account(&mut answer, &account)?;
        }
        Ok(answer)
    }

    fn add_account(
        &self,
        answer: &mut SettlementAnswer,
        account: &settle::MonthAccount,
    ) -> Result<(), CommandError> {
        for ((debtor, creditor), fen) in &account.obligations {
            let sum = answer
                .owes
                .entry(self.division(debtor))
                .or_default()
                .entry(self.division(creditor))
                .or_default();
            *sum = sum.checked_add(fen.get()).ok_or(Code::AmountLimit)?;
        }
        answer.net = answer
            .net
            .checked_add(account.net_of(&self.own.city).get())
            .ok_or(Code::AmountLimit)?;
        let self_paid = account.cities.get(&self.own.city);
        answer.self_paid = answer
            .self_paid
            .checked_add(self_paid.map_or(0, |sums| sums.self_paid.get()))
            .ok_or(Code::AmountLimit)?;
        answer
            .lines
            .extend(account.included.iter().map(|line| self.line(line)));
        answer.waiting.extend(
            account
                .waiting
                .iter()
                .map(|waiting| self.line(&waiting.line)),
        );
        answer.duplicates.extend(
            account
                .duplicates
                .iter()
                .map(|line| line.tracking.as_str().to_owned()),
        );
        answer.duplicates.dedup();
        Ok(())
    }

    fn line(&self, line: &settle::Line) -> SettlementLine {
        SettlementLine {
            tracking: line.tracking.as_str().to_owned(),
            kind: line.kind,
            fen: line.amount.fen().get(),
            payer: self.division(&line.payer),
            liable: Some(self.division(&line.liable)),
        }
    }
}
