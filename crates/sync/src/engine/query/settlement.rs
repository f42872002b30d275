//! Parcels, and a month's postage as this city sees it.

use std::collections::BTreeMap;
use std::iter;

use tongban_ledger::answer::{ParcelRow, SettlementAnswer, SettlementLine};
use tongban_ledger::bill::Why;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::money::MoneyError;
use tongban_ledger::parcel::{self, LineStanding, Parcel};
use tongban_ledger::settle;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};
use crate::storage::{ReadError, Reader};

impl Engine {
    /// The parcels of this node, by posting date and number.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn parcels(&mut self, ctx: &Ctx<'_>) -> Result<Vec<ParcelRow>, ReadError> {
        let mut rows = Vec::new();
        for (document, agreement, state) in self.parcel_states(ctx)? {
            rows.push(self.parcel_row(ctx, &document, &agreement, &state)?);
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
        Ok(self.parcel_row(ctx, &document, &agreement, &state)?)
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
        let agreements: Vec<AgreementId> = self.agreements.keys().copied().collect();
        for agreement in agreements {
            let account = self.account(ctx.store, &agreement, month)?;
            self.add_account(&mut answer, &account)?;
        }
        Ok(answer)
    }

    /// The account of a month in one agreement, from the lines that are kept.
    ///
    /// # Errors
    /// A record could not be read, or the sums overflow.
    pub(crate) fn account(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<settle::MonthAccount, CommandError> {
        let members = self.with_view(agreement, |view| {
            let members = view.members().map(|member| member.city);
            members.collect::<Vec<_>>()
        });
        let members = members.ok_or(Code::Agreement)?;
        let mut pairs = Vec::new();
        self.each_pair(store, agreement, month, &mut |_, lines| {
            let lines = lines.into_iter().map(|line| line.of);
            pairs.push(settle::account(lines, iter::empty(), month));
        })?;
        let pairs: Result<Vec<_>, MoneyError> = pairs.into_iter().collect();
        let account =
            pairs.and_then(|pairs| settle::join(pairs.into_iter(), members.into_iter(), month));
        Ok(account.map_err(|error| error.code())?)
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
        answer.lines.extend(
            account
                .included
                .iter()
                .map(|line| self.line(line, LineStanding::Counted.name())),
        );
        let waiting = account.waiting.iter();
        answer
            .waiting
            .extend(waiting.map(|waiting| self.line(&waiting.line, waiting.standing.name())));
        let duplicates = account.duplicates.iter();
        answer
            .duplicates
            .extend(duplicates.map(|line| self.line(line, Why::Duplicate.name())));
        Ok(())
    }

    fn line(&self, line: &settle::Line, standing: &str) -> SettlementLine {
        SettlementLine {
            line: line.line.to_string(),
            posted: line.posted,
            standing: standing.to_owned(),
            tracking: line.tracking.as_str().to_owned(),
            kind: line.kind,
            fen: line.amount.fen().get(),
            payer: self.division(&line.payer),
            liable: Some(self.division(&line.liable)),
        }
    }
}
