//! A parcel as this city shows it.

use tongban_ledger::agreement::View;
use tongban_ledger::answer::{
    ClaimRow, ContentRow, CorrectionRow, LineRow, ObjectionRow, ParcelRow,
};
use tongban_ledger::parcel::{self, LineStanding};
use tongban_ledger::{AgreementId, DocumentId, EntryId};

use crate::engine::{Ctx, Engine};
use crate::storage::ReadError;

impl Engine {
    /// One row of the list of parcels.
    pub(super) fn parcel_row(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        agreement: &AgreementId,
        state: &parcel::State,
    ) -> Result<ParcelRow, ReadError> {
        let mut contents = Vec::with_capacity(state.post.contents.len());
        for content in &state.post.contents {
            contents.push(ContentRow {
                case: self.label(ctx.store, &content.case)?,
                requirement: content.requirement.clone(),
                pages: content.pages,
                original: content.original,
            });
        }
        let of_view = self.with_view(agreement, |view| {
            (self.line_rows(state, view), self.alarms(ctx, state, view))
        });
        let (lines, alarms) = of_view.unwrap_or_default();
        Ok(ParcelRow {
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
            place: state.place().name().to_owned(),
            window: state.window_of(&self.own.city).map(str::to_owned),
            batch: state.batch().map(str::to_owned),
            approver: state.post.approver.map(|city| self.division(&city)),
            contents,
            exception: state.exception().map(|event| event.name().to_owned()),
            alarms,
            objections: self.objection_rows(state),
            proposals: self.proposal_rows(agreement, state),
            claims: self.claim_rows(state),
        })
    }

    /// The lines of a parcel as people follow them: what was recorded, its reversal, what stands instead.
    fn line_rows(&self, state: &parcel::State, view: &View<'_>) -> Vec<LineRow> {
        let standings = state.line_standings(view);
        let mut rows: Vec<LineRow> = standings
            .map(|(id, line, standing)| LineRow {
                line: id.to_string(),
                kind: line.kind,
                fen: line.amount.fen().get(),
                payer: self.division(&line.payer),
                liable: state.liable(line, view).map(|city| self.division(&city)),
                counts: standing == LineStanding::Counted,
                standing: standing.name().to_owned(),
                reversal: state.corrections.contains_key(&id),
                instead: line.instead.map(|instead| instead.line.to_string()),
            })
            .collect();
        rows.sort_by(|one, other| {
            let key = |row: &LineRow| {
                let step = match (row.reversal, row.instead.is_some()) {
                    (true, _) => 1,
                    (false, instead) => 2 * u8::from(instead),
                };
                (row.kind, step, row.fen, row.payer, row.liable)
            };
            (key(one), &one.line).cmp(&(key(other), &other.line))
        });
        rows
    }

    /// What somebody has to look at: a collect parcel to an applicant, money to give back, a claim that is due.
    fn alarms(&self, ctx: &Ctx<'_>, state: &parcel::State, view: &View<'_>) -> Vec<String> {
        let today = ctx.now.day();
        let mut claims = state.claims();
        let late = claims.any(|(_, _, claim, end)| end.is_none() && claim.due < today);
        let alarms = [
            ("collect-to-applicant", state.collects_wrongly(view)),
            ("refund", state.refund_task(view).is_some()),
            ("claim", late),
        ];
        let raised = alarms.into_iter().filter(|(_, raised)| *raised);
        raised.map(|(name, _)| name.to_owned()).collect()
    }

    fn objection_rows(&self, state: &parcel::State) -> Vec<ObjectionRow> {
        let objections = state.objections.iter();
        objections
            .map(|(id, objection)| ObjectionRow {
                line: objection.line.to_string(),
                by: self.division(&objection.by),
                reason: objection.reason.name().to_owned(),
                on: objection.on,
                outcome: state.outcome_of(id).map(str::to_owned),
            })
            .collect()
    }

    fn proposal_rows(&self, agreement: &AgreementId, state: &parcel::State) -> Vec<CorrectionRow> {
        // What all adopted goes by its code.
        let code = |ruling: &EntryId| {
            let code = self.with_view(agreement, |view| {
                let mut decisions = view.decisions().into_iter();
                let named = decisions.find(|one| one.id == *ruling);
                named.map(|one| one.proposal.code.clone())
            });
            code.flatten().unwrap_or_else(|| ruling.to_string())
        };
        let corrections = state.standing_corrections();
        corrections
            .filter(|(id, _)| !state.is_agreed(id))
            .map(|(_, correction)| CorrectionRow {
                line: correction.act.line.to_string(),
                kind: correction.act.kind,
                by: self.division(&correction.mirror.by),
                outcome: correction.act.outcome.name().to_owned(),
                resolution: match &correction.act.ruling {
                    Some(ruling) => Some(code(ruling)),
                    None => correction.act.resolution.clone(),
                },
            })
            .collect()
    }

    fn claim_rows(&self, state: &parcel::State) -> Vec<ClaimRow> {
        let claims = state.claims();
        claims
            .map(|(_, city, claim, end)| ClaimRow {
                by: self.division(city),
                fen: claim.amount.fen().get(),
                on: claim.on,
                due: claim.due,
                outcome: end.map(|end| end.outcome.name().to_owned()),
                paid: end
                    .and_then(|end| end.amount)
                    .map(|amount| amount.fen().get()),
            })
            .collect()
    }
}
