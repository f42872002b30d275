//! Which grant and which guide each entry of a case rests on, for its history.

use std::collections::BTreeMap;

use tongban_ledger::agreement::{Granted, RULES_VERSION, View};
use tongban_ledger::answer::EntryRow;
use tongban_ledger::case::{Act, State, grant_used, uses_guide};
use tongban_ledger::{EntryId, Status};

use crate::document::{Record, author, read_act};
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::storage::ReadError;

/// The word for grants of the founding terms, which have no entry of their own.
const FOUNDING: &str = "founding";

impl Engine {
    /// Adds to each row of a history the grant and the version of the guide that its act rests on. Entries come in
    /// causal order, each with its row.
    pub(super) fn tell_reliance(
        &mut self,
        ctx: &Ctx<'_>,
        record: &Record,
        state: &State,
        entries: &[Entry],
        rows: &mut [EntryRow],
    ) -> Result<(), ReadError> {
        let mut guides: BTreeMap<EntryId, u32> = BTreeMap::new();
        for (entry, row) in entries.iter().zip(rows) {
            let seen = entry.parents().filter_map(|id| guides.get(&id).copied());
            let seen = seen.max().unwrap_or(state.receive.guide);
            let act = read_act::<Act>(&entry.public, RULES_VERSION).ok();
            // A notice by a newer guide goes on with that one.
            let cited = match &act {
                Some(Act::CorrectionNotice(notice)) => notice.guide,
                _ => 0,
            };
            let guide = seen.max(cited);
            let stands = record.status(&entry.id) == Status::Applied;
            guides.insert(entry.id, if stands { guide } else { seen });
            let Some(act) = act else { continue };
            if uses_guide(&act) {
                row.details.insert("guide".to_owned(), guide.to_string());
            }
            if let Some(grant) = self.grant_of_entry(ctx, record, state, entry, &act)? {
                let told = match grant {
                    Granted::Founding => FOUNDING.to_owned(),
                    Granted::Offer(id) => id.to_string(),
                };
                row.details.insert("grant".to_owned(), told);
            }
        }
        Ok(())
    }

    fn grant_of_entry(
        &mut self,
        ctx: &Ctx<'_>,
        record: &Record,
        state: &State,
        entry: &Entry,
        act: &Act,
    ) -> Result<Option<Granted>, ReadError> {
        let view = entry.header.view;
        let Some(bits) = self.basis_bits(ctx.store, &record.agreement, &view)? else {
            return Ok(None);
        };
        let Some(loaded) = self.agreements.get(&record.agreement) else {
            return Ok(None);
        };
        let view = View::new(&loaded.index, &bits);
        Ok(grant_used(
            &state.receiver,
            &state.receive,
            &author(entry),
            &view,
            act,
        ))
    }
}
