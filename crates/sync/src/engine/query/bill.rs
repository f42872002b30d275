//! Bills: what this city counts with another one, where the two differ, and who has signed.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode, Hash32};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::answer::{
    BillAnswer, BillDifference, BillJourney, BillLine, BillRow, CarriedLine, EntryRow,
};
use tongban_ledger::bill::{
    self, Act, Agreed, Carried, Difference, Line, Totals, Why, differences, hash, owes,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::round::{self, Steps};
use tongban_ledger::{AgreementId, DocumentId};

use crate::db::Db;
use crate::document::read_act;
use crate::engine::admit::load_entry;
use crate::engine::lines::Walked;
use crate::engine::money::{BillDesk, Pairing};
use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};
use crate::storage::ReadError;

/// What of a bill is shown: lines, who signed them, how far it is.
struct View {
    stage: &'static str,
    lines: Vec<Line>,
    hash: String,
    signed: Vec<CityId>,
}

impl Engine {
    /// The bills of a month with every city that has lines or a draft, by agreement and city.
    ///
    /// # Errors
    /// A record could not be read, or the sums overflow.
    pub fn bills(&mut self, ctx: &Ctx<'_>, month: Month) -> Result<Vec<BillRow>, CommandError> {
        let mut rows = Vec::new();
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            let mut documents = self.bill_documents(ctx, &agreement)?;
            let counted = self.counted_in(ctx, &agreement)?;
            let mut walked = Walked::default();
            let steps = self.month_end(&agreement, month);
            for other in self.counterparts(&agreement) {
                let pairing = Pairing {
                    agreement,
                    other,
                    month,
                };
                let of_pair = documents.remove(&other).unwrap_or_default();
                let bills = self.read_bills(ctx, &of_pair)?;
                let lines = self.candidates(ctx, &pairing, &mut walked)?;
                let elsewhere = self.billed_elsewhere(ctx, &pairing)?;
                let desk = self.desk_of(&pairing, bills, lines, steps, elsewhere);
                if desk.document.is_none() && desk.drafting.included.is_empty() {
                    continue;
                }
                let view = self.bill_view(&pairing, &desk);
                rows.push(self.bill_row(ctx, &pairing, &desk, &view, &counted, steps)?);
            }
        }
        rows.sort_by(|one, other| (&one.agreement, one.with).cmp(&(&other.agreement, other.with)));
        Ok(rows)
    }

    /// One bill with its lines.
    ///
    /// # Errors
    /// There is no such city or bill, a record could not be read, or the sums overflow.
    pub fn bill(
        &mut self,
        ctx: &Ctx<'_>,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<BillAnswer, CommandError> {
        let pairing = self.pairing(month, with, agreement)?;
        let desk = self.bill_desk(ctx, &pairing)?;
        if desk.document.is_none()
            && desk.drafting.included.is_empty()
            && desk.drafting.carried.is_empty()
        {
            return Err(Code::NotFound.into());
        }
        let steps = self.month_end(&pairing.agreement, month);
        let view = self.bill_view(&pairing, &desk);
        let counted = self.counted_in(ctx, &pairing.agreement)?;
        let row = self.bill_row(ctx, &pairing, &desk, &view, &counted, steps)?;
        let mut included = Vec::with_capacity(view.lines.len());
        for line in &view.lines {
            included.push(self.bill_line(ctx, &pairing, line)?);
        }
        included.sort_by(in_order);
        let entries = match &desk.document {
            Some((document, _)) => self.bill_entries(ctx, document)?,
            None => Vec::new(),
        };
        Ok(BillAnswer {
            row,
            included,
            carried: self.bill_carried(ctx, &pairing, &desk, &view)?,
            differences: self.bill_differences(&pairing, &desk, &view),
            entries,
        })
    }

    /// The cities with which this one has bills: the members, and those that left and have money to settle.
    fn counterparts(&self, agreement: &AgreementId) -> Vec<CityId> {
        let Some(loaded) = self.agreements.get(agreement) else {
            return Vec::new();
        };
        let mut others = loaded.member_ids();
        others.extend(&loaded.settling);
        others.retain(|city| *city != self.own.city);
        others
    }

    /// What is agreed; else what one city signed, the other one's first; else the other's draft; else what this node
    /// counts.
    fn bill_view(&self, pairing: &Pairing, desk: &BillDesk) -> View {
        let own = self.own.city;
        if let Some((_, state)) = &desk.document {
            let agreed = state.agreed();
            let disputed = agreed.len() > 1;
            if let Some(Agreed { hash, lines, .. }) = agreed.into_iter().next() {
                return View {
                    stage: if disputed { "disputed" } else { "agreed" },
                    lines,
                    hash: hash.to_string(),
                    signed: vec![own, pairing.other],
                };
            }
            for city in [pairing.other, own] {
                let signed = state.signature_of(&city);
                let lines = signed.and_then(|(_, signed)| state.signed_lines(signed));
                if let (Some((_, signed)), Some(lines)) = (signed, lines) {
                    return View {
                        stage: "signed",
                        lines,
                        hash: signed.hash.to_string(),
                        signed: vec![city],
                    };
                }
            }
            for city in [pairing.other, own] {
                let draft = state.latest_draft(&city);
                let lines = state.lines_of(&draft).filter(|lines| !lines.is_empty());
                if let Some(lines) = lines {
                    return self.unsigned_view("drafted", pairing, lines);
                }
            }
        }
        self.unsigned_view("open", pairing, desk.drafting.included.clone())
    }

    fn unsigned_view(&self, stage: &'static str, pairing: &Pairing, lines: Vec<Line>) -> View {
        let pair = (self.own.city, pairing.other);
        View {
            stage,
            hash: hash(pair, pairing.month, &lines).to_string(),
            lines,
            signed: Vec::new(),
        }
    }

    fn bill_row(
        &self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
        desk: &BillDesk,
        view: &View,
        counted: &BTreeMap<round::Key, Month>,
        steps: Option<Steps>,
    ) -> Result<BillRow, CommandError> {
        let own = self.own.city;
        let totals = Totals::of(&view.lines, &own).map_err(|error| error.code())?;
        let net = totals.due.checked_sub(totals.owed);
        let net = net.map_err(|error| error.code())?;
        let mut signed: Vec<DivisionCode> = self.divisions(view.signed.iter());
        signed.sort();
        let waiting = [own, pairing.other]
            .into_iter()
            .filter(|city| !view.signed.contains(city));
        let mut waits_for: Vec<DivisionCode> = waiting.map(|city| self.division(&city)).collect();
        waits_for.sort();
        let until = steps.and_then(|steps| steps.signatures.ok());
        let (low, high) = (own.min(pairing.other), own.max(pairing.other));
        let round = match (view.stage, view.hash.parse::<Hash32>()) {
            ("agreed", Ok(hash)) => counted.get(&(low, high, pairing.month, hash)).copied(),
            _ => None,
        };
        Ok(BillRow {
            document: desk.document.as_ref().map(|(id, _)| id.to_string()),
            agreement: pairing.agreement.to_string(),
            month: pairing.month,
            with: self.division(&pairing.other),
            stage: view.stage.to_owned(),
            hash: view.hash.clone(),
            lines: u32::try_from(view.lines.len()).unwrap_or(u32::MAX),
            owed: totals.owed.get(),
            due: totals.due.get(),
            net: net.get(),
            overdue: !waits_for.is_empty() && until.is_some_and(|until| ctx.now.day() > until),
            signed,
            waits_for,
            round,
            until,
        })
    }

    /// The bills of this city that complete rounds count, each with the round's month.
    fn counted_in(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<BTreeMap<round::Key, Month>, CommandError> {
        let own = self.own.city;
        let mut counted = BTreeMap::new();
        self.each_round(ctx, agreement, &mut |_, state| {
            let bills = state.held().map(|(_, held)| state.bills_of(&held.propose));
            let bills = bills.unwrap_or_default().into_iter();
            for bill in bills.filter(|bill| bill.is_of(&own)) {
                counted.entry(bill.key()).or_insert(state.open.month);
            }
        })?;
        Ok(counted)
    }

    fn bill_line(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
        line: &Line,
    ) -> Result<BillLine, ReadError> {
        let own = self.own.city;
        let liable = match line.payer == own {
            true => pairing.other,
            false => own,
        };
        let debtor = match owes(line, &own) {
            true => own,
            false => pairing.other,
        };
        let mut row = BillLine {
            line: line.line.to_string(),
            parcel: line.parcel.to_string(),
            tracking: line.tracking.as_str().to_owned(),
            kind: line.kind,
            posted: line.posted,
            fen: line.amount.fen().get(),
            payer: self.division(&line.payer),
            liable: self.division(&liable),
            debtor: self.division(&debtor),
            late: line.posted < pairing.month.first_day(),
            reversal: false,
            correction: false,
            journey: None,
        };
        self.note_parcel(ctx, &mut row, line)?;
        Ok(row)
    }

    /// Adds what the line's entry says of it, which nothing changes, and on which way its parcel went. A row stays without
    /// them where the parcel is not here whole.
    fn note_parcel(
        &mut self,
        ctx: &Ctx<'_>,
        row: &mut BillLine,
        line: &Line,
    ) -> Result<(), ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let entry = match load_entry(&db, &line.parcel, &line.line) {
            Err(ReadError::Damaged { .. }) => None,
            read => read?,
        };
        let act = entry.and_then(|entry| read_act(&entry.public, RULES_VERSION).ok());
        let rule = match act {
            Some(parcel::Act::Cost(cost)) => {
                row.correction = cost.instead.is_some();
                cost.rule
            }
            Some(parcel::Act::Correct(correct)) => {
                row.reversal = true;
                correct.rule
            }
            _ => return Ok(()),
        };
        let record = match self.record(ctx.store, &line.parcel) {
            Err(ReadError::Damaged { .. }) => None,
            read => read?,
        };
        let state = record.and_then(|record| record.state_of::<Parcel>());
        let way = state.map(|state| (state.post.leg, state.from, state.post.to.city()));
        row.journey = way.map(|(leg, from, to)| BillJourney {
            leg,
            from: self.division(&from),
            to: to.map(|city| self.division(&city)),
            rule,
        });
        Ok(())
    }

    fn bill_carried(
        &mut self,
        ctx: &Ctx<'_>,
        pairing: &Pairing,
        desk: &BillDesk,
        view: &View,
    ) -> Result<Vec<CarriedLine>, ReadError> {
        let stands = |line: &Line| {
            view.lines
                .binary_search_by_key(&line.line, |counted| counted.line)
                .is_ok()
        };
        // Own lines that the lines shown leave out came later, or the other city left them out.
        let later = desk.drafting.included.iter().map(|line| Carried {
            line: line.clone(),
            why: Why::Later,
        });
        let all = desk.drafting.carried.iter().cloned().chain(later);
        let mut carried = Vec::new();
        for one in all.filter(|carried| !stands(&carried.line)) {
            carried.push(CarriedLine {
                line: self.bill_line(ctx, pairing, &one.line)?,
                why: one.why.name().to_owned(),
            });
        }
        carried.sort_by(|one, other| in_order(&one.line, &other.line));
        Ok(carried)
    }

    /// Where the other city's draft and this node's data differ; nothing once both signed.
    fn bill_differences(
        &self,
        pairing: &Pairing,
        desk: &BillDesk,
        view: &View,
    ) -> Vec<BillDifference> {
        let Some((_, state)) = &desk.document else {
            return Vec::new();
        };
        let theirs = match state.signature_of(&pairing.other) {
            Some((_, signed)) => signed.drafts.clone(),
            None => state.latest_draft(&pairing.other),
        };
        if theirs.is_empty() || matches!(view.stage, "agreed" | "disputed") {
            return Vec::new();
        }
        let lines = state.lines_of(&theirs).unwrap_or_default();
        let found = differences(&desk.drafting, &lines, &desk.billed);
        found
            .into_iter()
            .filter_map(|one| difference(one, desk))
            .collect()
    }

    fn bill_entries(
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

/// The order of a bill's lines for people: by posting date, number and kind, the greater amount first. It says nothing
/// by chance where it need not, so that the same month shows alike wherever it is played.
fn in_order(one: &BillLine, other: &BillLine) -> Ordering {
    let posting = |line: &BillLine| (line.posted, line.tracking.clone(), line.kind);
    let amount = |line: &BillLine| (Reverse(line.fen), line.payer);
    posting(one)
        .cmp(&posting(other))
        .then_with(|| amount(one).cmp(&amount(other)))
        .then_with(|| one.line.cmp(&other.line))
}

fn difference(found: Difference, desk: &BillDesk) -> Option<BillDifference> {
    let line = found.theirs.as_ref().or(found.ours.as_ref())?;
    let fen = |line: &bill::Line| line.amount.fen().get();
    let why = match (&found.ours, &found.theirs, found.why) {
        (_, _, Some(why)) => why.name(),
        (Some(_), None, None) => "omitted",
        (None, Some(theirs), None) if desk.billed.has(&theirs.line) => "billed",
        (None, _, None) => "unknown",
        (Some(ours), Some(theirs), None) if ours.amount != theirs.amount => "amount",
        (Some(_), Some(_), None) => "other",
    };
    Some(BillDifference {
        line: line.line.to_string(),
        tracking: line.tracking.as_str().to_owned(),
        kind: line.kind,
        // A line that this node has and does not count has no amount on its side.
        ours: found.ours.as_ref().filter(|_| found.why.is_none()).map(fen),
        theirs: found.theirs.as_ref().map(fen),
        why: why.to_owned(),
    })
}
