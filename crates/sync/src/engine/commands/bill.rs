//! Commands of bills: what a city counts, and its signature.

use tongban_identity::CityId;
use tongban_ledger::answer::Done;
use tongban_ledger::bill::{
    Act, Bill, DRAFTS_MAX, Draft, LINES_MAX, Line, Open, Retract, Sign, State, differences, hash,
};
use tongban_ledger::code::Code;
use tongban_ledger::command::money::{BillRef, SignBill};
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use crate::engine::money::{BillDesk, Pairing};
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

/// How many differing lines a refusal names.
const NAMED_MAX: usize = 4;
/// What a clerk should know after signing: lines of this city are not in the bill and are carried.
const CARRIED: &str = "lines-carried";

impl Engine {
    /// 拟账: what this city counts, whatever the other one drew up.
    pub(super) fn draft_bill(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &BillRef,
    ) -> Result<Done, CommandError> {
        let pairing = self.pairing(args.month, args.with, args.agreement.as_deref())?;
        let desk = self.bill_desk(ctx, &pairing)?;
        let mut done = Done::default();
        let (document, state) = self.opened(ctx, &pairing, &desk, &mut done)?;
        let own = state.latest_draft(&self.own.city);
        if !own.is_empty() && state.lines_of(&own).as_ref() == Some(&desk.drafting.included) {
            return Err(refuse(Code::Already, args.month.to_string()));
        }
        self.draw_up(ctx, &document, &state, &desk.drafting.included, &mut done)?;
        Ok(done)
    }

    /// 签账: signs the other city's draft if this node counts its lines too, else a draft of its own.
    pub(super) fn sign_bill(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &SignBill,
    ) -> Result<Done, CommandError> {
        let pairing = self.pairing(args.month, args.with, args.agreement.as_deref())?;
        let desk = self.bill_desk(ctx, &pairing)?;
        let mut done = Done::default();
        let theirs = desk
            .document
            .as_ref()
            .map(|(_, state)| drafted(state, &pairing))
            .filter(|drafts| !drafts.is_empty());
        let (drafts, lines) = match theirs {
            Some(drafts) => {
                let lines = self.check_draft(&desk, &drafts)?;
                (Some(drafts), lines)
            }
            None => (None, self.own_lines(&desk)),
        };
        let (document, state) = self.opened(ctx, &pairing, &desk, &mut done)?;
        let signed = hash(state.pair(), args.month, &lines);
        if let Some(wanted) = &args.hash {
            let wanted = wanted.trim().to_ascii_lowercase();
            if wanted.is_empty() || !signed.to_string().starts_with(&wanted) {
                return Err(refuse(Code::BillDiffers, "hash"));
            }
        }
        let drafts = match drafts {
            Some(drafts) => drafts,
            None => {
                let own = state.latest_draft(&self.own.city);
                match !own.is_empty() && state.lines_of(&own).as_ref() == Some(&lines) {
                    true => own,
                    false => self.draw_up(ctx, &document, &state, &lines, &mut done)?,
                }
            }
        };
        let act = Act::Sign(Sign {
            drafts,
            hash: signed,
        });
        let entry = self.sign_act::<Bill>(ctx, &document, &act, Private::default())?;
        done.entries.push(entry.to_string());
        let omitted = desk.drafting.included.iter().any(|own| {
            lines
                .binary_search_by_key(&own.line, |line| line.line)
                .is_err()
        });
        if omitted {
            done.warnings.push(CARRIED.to_owned());
        }
        Ok(done)
    }

    /// 撤签: takes back this city's signature.
    pub(super) fn retract_bill(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &BillRef,
    ) -> Result<Done, CommandError> {
        let pairing = self.pairing(args.month, args.with, args.agreement.as_deref())?;
        let desk = self.bill_desk(ctx, &pairing)?;
        let own = self.own.city;
        let waits =
            |state: &State| state.signature_of(&own).is_some() && state.hashes_of_both().is_empty();
        // Where both cities opened one, this city may have signed the other document, whose lines would stay bound there
        // for good.
        let bills = self.bills_with(ctx, &pairing)?.into_iter();
        let mut bills = bills.filter(|(_, state)| state.open.month == args.month && waits(state));
        let meant = match desk.document {
            Some(chosen) if waits(&chosen.1) => Some(chosen),
            chosen => bills.next().or(chosen),
        };
        let (document, state) =
            meant.ok_or_else(|| refuse(Code::NotFound, args.month.to_string()))?;
        let (sign, signed) = state
            .signature_of(&own)
            .ok_or_else(|| refuse(Code::NotFound, args.month.to_string()))?;
        let act = Act::Retract(Retract {
            sign,
            hash: signed.hash,
        });
        let entry = self.sign_act::<Bill>(ctx, &document, &act, Private::default())?;
        Ok(Done {
            document: document.to_string(),
            entries: vec![entry.to_string()],
            ..Done::default()
        })
    }

    /// The bill's document, opened now if neither city did. A month without lines has no bill.
    fn opened(
        &mut self,
        ctx: &mut Ctx<'_>,
        pairing: &Pairing,
        desk: &BillDesk,
        done: &mut Done,
    ) -> Result<(DocumentId, State), CommandError> {
        if let Some((document, state)) = &desk.document {
            done.document = document.to_string();
            return Ok((*document, state.clone()));
        }
        if desk.drafting.included.is_empty() {
            return Err(refuse(Code::NotFound, pairing.month.to_string()));
        }
        let act = Act::Open(Open {
            with: pairing.other,
            month: pairing.month,
        });
        let entry = self.sign_genesis::<Bill>(
            ctx,
            pairing.agreement,
            DocumentKind::Bill,
            &act,
            Private::default(),
        )?;
        let document = DocumentId::from(entry);
        done.document = document.to_string();
        done.entries.push(entry.to_string());
        let record = self.record(ctx.store, &document)?.ok_or(Code::Internal)?;
        let state = record.state_of::<Bill>().ok_or(Code::Internal)?;
        Ok((document, state.clone()))
    }

    /// What this city signs where the other one drew up nothing: what it counts. Where it cannot draw that up any more,
    /// its latest draft, if it still counts each line of it; what that leaves out is carried.
    fn own_lines(&self, desk: &BillDesk) -> Vec<Line> {
        let own = self.own.city;
        let counted = &desk.drafting.included;
        if let Some((_, state)) = &desk.document
            && room(state, &own) < counted.len()
        {
            let latest = state.lines_of(&state.latest_draft(&own));
            let latest = latest.unwrap_or_default();
            let still = |line: &Line| {
                let at = counted.binary_search_by_key(&line.line, |counted| counted.line);
                at.ok().and_then(|at| counted.get(at)) == Some(line)
            };
            if !latest.is_empty() && latest.iter().all(still) {
                return latest;
            }
        }
        counted.clone()
    }

    /// Signs a draft of this city, in as many parts as it needs.
    fn draw_up(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
        state: &State,
        lines: &[Line],
        done: &mut Done,
    ) -> Result<Vec<EntryId>, CommandError> {
        if lines.is_empty() {
            return Err(refuse(Code::NotFound, state.open.month.to_string()));
        }
        // What does not fit into this bill any more goes into the next month's.
        if lines.len() > room(state, &self.own.city) {
            return Err(refuse(Code::TooLarge, "drafts"));
        }
        let number = state.draft_number(&self.own.city).saturating_add(1);
        let mut drafts = Vec::new();
        for lines in lines.chunks(LINES_MAX) {
            let act = Act::Draft(Draft {
                number,
                lines: lines.to_vec(),
            });
            let entry = self.sign_act::<Bill>(ctx, document, &act, Private::default())?;
            done.entries.push(entry.to_string());
            drafts.push(entry);
        }
        drafts.sort_unstable();
        Ok(drafts)
    }

    /// The lines of the other city's draft, if this node counts each of them as the draft does.
    fn check_draft(&self, desk: &BillDesk, drafts: &[EntryId]) -> Result<Vec<Line>, CommandError> {
        let (_, state) = desk.document.as_ref().ok_or(Code::NotFound)?;
        let lines = state.lines_of(drafts).ok_or(Code::NotFound)?;
        let mut differing: Vec<String> = differences(&desk.drafting, &lines, &desk.billed)
            .into_iter()
            .filter(|one| !one.is_omission())
            .filter_map(|one| one.theirs.or(one.ours))
            .map(|line| line.tracking.as_str().to_owned())
            .collect();
        differing.dedup();
        if !differing.is_empty() {
            differing.truncate(NAMED_MAX);
            return Err(refuse(Code::BillDiffers, differing.join(", ")));
        }
        if !tongban_ledger::bill::is_sound(&lines) {
            return Err(refuse(Code::BillDiffers, "lines"));
        }
        Ok(lines)
    }
}

/// How many lines a city may still draw up in a bill.
fn room(state: &State, city: &CityId) -> usize {
    let drawn = state.drafts.values().filter(|draft| draft.by == *city);
    DRAFTS_MAX.saturating_sub(drawn.count()) * LINES_MAX
}

/// The other city's draft that waits for an answer: the one that it signed, else its latest.
fn drafted(state: &State, pairing: &Pairing) -> Vec<EntryId> {
    match state.signature_of(&pairing.other) {
        Some((_, signed)) => signed.drafts.clone(),
        None => state.latest_draft(&pairing.other),
    }
}
