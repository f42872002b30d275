//! What comes on the next meeting's agenda by itself (R-141, `domain.md` §3.6.5): contradictions of the agreement, open
//! issues and action items, cities that are silent after the day for signing, and disputes past theirs.
//!
//! Rows about bills and lines stand on the agenda of their two cities alone: no other city knows of them.

use std::collections::BTreeSet;

use tongban_identity::CityId;
use tongban_ledger::agreement::Conflict;
use tongban_ledger::answer::AgendaRow;
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::parcel::Parcel;
use tongban_ledger::round::{self, Holds, Steps, disputed_until};
use tongban_ledger::{AgreementId, DocumentId};

use super::meeting::Held;
use crate::db::Db;
use crate::engine::{Ctx, Engine};
use crate::keys;
use crate::storage::{Family, ReadError};

impl Engine {
    /// What comes on the agenda of a meeting by itself; of meetings after the one given nothing.
    pub(super) fn waiting_items(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        held: &[Held],
        until: Option<(Day, DocumentId)>,
    ) -> Result<Vec<AgendaRow>, ReadError> {
        let conflicts = self.with_view(agreement, |view| view.conflicts());
        let conflicts = conflicts.unwrap_or_default().into_iter();
        let mut items: Vec<AgendaRow> = conflicts.map(|one| self.conflict_row(&one)).collect();
        items.extend(self.silent_items(ctx, agreement)?);
        items.extend(self.disputed_items(ctx, agreement)?);
        for (document, of, state) in held {
            let later = until.is_some_and(|(on, _)| state.convene.on > on);
            if of != agreement || later {
                continue;
            }
            let texts = self.words_of(ctx, document)?;
            let words = |id| texts.get(id).cloned().unwrap_or_default();
            let number = state.convene.number.clone();
            for (id, raised) in state.open_issues() {
                items.push(AgendaRow {
                    kind: "issue".to_owned(),
                    about: raised.issue.category.name().to_owned(),
                    meeting: number.clone(),
                    entries: vec![id.to_string()],
                    text: words(id),
                });
            }
            if until.is_some_and(|(_, meeting)| meeting == *document) {
                continue;
            }
            for (id, entered) in state.open_actions() {
                items.push(AgendaRow {
                    kind: "action".to_owned(),
                    about: entered.action.due.to_string(),
                    meeting: number.clone(),
                    entries: vec![id.to_string()],
                    text: words(id),
                });
            }
        }
        Ok(items)
    }

    /// Cities that have not signed a month although the day for it is over: a round with a bill of theirs that no round
    /// has settled since, or a bill of this city that the other of the pair signed.
    fn silent_items(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<Vec<AgendaRow>, ReadError> {
        let today = ctx.now.day();
        let mut silent: BTreeSet<(Month, CityId)> = BTreeSet::new();
        let mut settled: BTreeSet<round::Key> = BTreeSet::new();
        self.each_round(ctx, agreement, &mut |_, state| {
            note_settled(state, &mut settled)
        })?;
        self.each_round(ctx, agreement, &mut |_, state| {
            let cities = waited_for(state, &settled).into_iter();
            silent.extend(cities.map(|city| (state.open.month, city)));
        })?;
        let own = self.own.city;
        self.each_bill(ctx, agreement, &mut |_, state| {
            let other = state.other(&own);
            let signed = |city| state.signature_of(city).is_some();
            match (signed(&own), signed(&other)) {
                (true, false) => silent.insert((state.open.month, other)),
                (false, true) => silent.insert((state.open.month, own)),
                _ => false,
            };
        })?;
        silent.retain(|(month, _)| !self.may_sign(agreement, *month, today));
        let row = |(month, city): (Month, CityId)| AgendaRow {
            kind: "silent-city".to_owned(),
            about: format!("{month} {}", self.division(&city)),
            meeting: String::new(),
            entries: Vec::new(),
            text: String::new(),
        };
        Ok(silent.into_iter().map(row).collect())
    }

    /// Says whether the day for signing a month is not over, as far as the working days are known.
    fn may_sign(&self, agreement: &AgreementId, month: Month, today: Day) -> bool {
        let steps = self.with_view(agreement, |view| Steps::of(month, view));
        let until = steps.and_then(|steps| steps.signatures.ok());
        until.is_none_or(|until| today <= until)
    }

    /// Objections to lines of this city's parcels that are open past their day.
    fn disputed_items(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<Vec<AgendaRow>, ReadError> {
        let today = ctx.now.day();
        let prefix = keys::objected_in(agreement);
        let db = Db::new(ctx.store, &mut self.pending);
        let marks = db.scan_all(Family::Indexes, &prefix)?;
        let parcels = marks.into_iter();
        let parcels = parcels.filter_map(|(key, _)| DocumentId::from_slice(&key[prefix.len()..]));
        let mut items = Vec::new();
        for document in parcels.collect::<Vec<_>>() {
            let record = self.record(ctx.store, &document)?;
            let state = record.and_then(|record| record.state_of::<Parcel>());
            let Some(state) = state.cloned() else {
                continue;
            };
            let posted = state.posted().unwrap_or(state.post.posted);
            for (id, objection) in state.open_objections() {
                let raised = objection.on;
                let until = self.with_view(agreement, |view| disputed_until(posted, raised, view));
                let over = until
                    .and_then(Result::ok)
                    .is_some_and(|until| today > until);
                if over {
                    let tracking = state.post.tracking.as_str();
                    items.push(AgendaRow {
                        kind: "dispute".to_owned(),
                        about: format!("{tracking} {}", objection.reason.name()),
                        meeting: String::new(),
                        entries: vec![id.to_string()],
                        text: String::new(),
                    });
                }
            }
        }
        items.sort();
        Ok(items)
    }

    fn conflict_row(&self, conflict: &Conflict) -> AgendaRow {
        let ids = |ids: &[tongban_ledger::EntryId]| ids.iter().map(ToString::to_string).collect();
        let (kind, about, entries) = match conflict {
            Conflict::Guide {
                item,
                version,
                owner,
            } => {
                let owner = owner.map(|owner| format!(" {}", self.division(&owner)));
                let about = format!("{item} v{version}{}", owner.unwrap_or_default());
                ("guide-conflict", about, Vec::new())
            }
            Conflict::Proposals(slot, entries) => (
                "disputed-proposals",
                format!("{} {}", slot.kind, slot.about),
                ids(entries),
            ),
            Conflict::Adoptions(slot, entries) => (
                "contradiction",
                format!("{} {}", slot.kind, slot.about),
                ids(entries),
            ),
        };
        AgendaRow {
            kind: kind.to_owned(),
            about: about.trim_end().to_owned(),
            meeting: String::new(),
            entries,
            text: String::new(),
        }
    }
}

/// The bills that some round settled.
fn note_settled(state: &round::State, settled: &mut BTreeSet<round::Key>) {
    if let Some((_, proposed)) = state.held() {
        let bills = state.bills_of(&proposed.propose).into_iter();
        settled.extend(bills.map(|bill| bill.key()));
    }
}

/// The cities whose signature a round's highest number waits for, or that it left out, while a bill of theirs in it is
/// settled nowhere.
fn waited_for(state: &round::State, settled: &BTreeSet<round::Key>) -> BTreeSet<CityId> {
    let meant = match state.holds() {
        Holds::One(id) => state.proposals.get(&id).map(|proposed| (id, proposed)),
        Holds::Disputed(_) => None,
        Holds::Nothing => {
            let sound = state.proposals.iter();
            let sound = sound.filter(|(_, proposed)| state.is_sound(&proposed.propose));
            let last = sound.max_by_key(|(id, proposed)| (proposed.propose.number, **id));
            last.map(|(id, proposed)| (*id, proposed))
        }
    };
    let Some((id, proposed)) = meant else {
        return BTreeSet::new();
    };
    let propose = &proposed.propose;
    let signers = state.signers(&id);
    let open: Vec<round::Bill> = state.bills_on(&propose.reports, &[]);
    let open = open.iter().filter(|bill| !settled.contains(&bill.key()));
    let open: Vec<&round::Bill> = open.collect();
    let asked = propose.cities.iter().chain(&propose.left_out);
    let silent = asked.filter(|city| !signers.contains(city));
    silent
        .filter(|city| open.iter().any(|bill| bill.is_of(city)))
        .copied()
        .collect()
}
