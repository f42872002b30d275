//! Lists of consults, kept with their records as the lists of cases are (`listing.rs`).
//!
//! Under which keys a consult stands follows from its record alone, so there is no listing beside it: whatever a step
//! changed in a consult stands under its keys anew, and the other ones go.

use std::collections::BTreeSet;

use tongban_ledger::consult::{Consult, State};
use tongban_ledger::{DocumentId, DocumentKind};

use super::Engine;
use crate::db::Db;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How many keys one read takes while lists are checked.
const CHECK_STEP: usize = 1_024;

/// Whether a city still has to do something in a consult: answer, or sign a video consult.
pub(super) fn waits(state: &State) -> bool {
    let unsigned = |city| state.unsigned_by(city).next().is_some();
    state.answers.is_empty() || unsigned(&state.from) || unsigned(&state.ask.to)
}

/// The keys under which a consult stands, and the one under which it does not.
type ConsultKeys = ([Vec<u8>; 2], Vec<u8>);

impl Engine {
    /// The keys under which a consult stands, and those under which it does not; none if nobody had the right to open
    /// it, or it is none.
    fn consult_keys(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<ConsultKeys>, ReadError> {
        let record = self.record(store, document)?;
        let state = record.and_then(|record| record.state_of::<Consult>());
        Ok(state.map(|state| {
            let (open, time) = (waits(state), state.time);
            let key = |open| keys::consult_asked(open, time, document);
            ([key(None), key(Some(open))], key(Some(!open)))
        }))
    }

    /// Lists a consult anew; writes what differs.
    pub(super) fn list_consult(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<(), ReadError> {
        let keys = match self.consult_keys(store, document) {
            // Verify names a damaged record, and a step that mends it lists it.
            Err(ReadError::Damaged { .. }) => return Ok(()),
            read => read?,
        };
        let Some((here, gone)) = keys else {
            return Ok(());
        };
        let mut db = Db::new(store, &mut self.pending);
        for key in here {
            if !matches!(db.get(Family::Indexes, &key), Ok(Some(_))) {
                db.put(Family::Indexes, key, Vec::new());
            }
        }
        if !matches!(db.get(Family::Indexes, &gone), Ok(None)) {
            self.pending.delete(Family::Indexes, gone);
        }
        Ok(())
    }

    /// Compares the lists of consults with their records, and mends what differs. Names the consults that were not
    /// listed as they should be, and the list if it had keys too many.
    pub(super) fn check_consult_lists(
        &mut self,
        store: &dyn Reader,
    ) -> Result<Vec<String>, ReadError> {
        let mut wrong = Vec::new();
        let mut expected: BTreeSet<Vec<u8>> = BTreeSet::new();
        for document in self.documents_of(store, DocumentKind::Consult)? {
            let keys = match self.consult_keys(store, &document) {
                Err(ReadError::Damaged { .. }) => continue,
                read => read?,
            };
            let Some((here, _)) = keys else {
                continue;
            };
            let db = Db::new(store, &mut self.pending);
            let there = |key: &Vec<u8>| matches!(db.get(Family::Indexes, key), Ok(Some(_)));
            if !here.iter().all(there) {
                wrong.push(format!("{}/{document}", Family::Indexes.name()));
                self.list_consult(store, &document)?;
            }
            expected.extend(here);
        }
        let (mut more, mut from) = (false, Some(Vec::new()));
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Indexes, keys::CONSULTS, &at, CHECK_STEP)?;
            for (key, _) in found {
                if !expected.contains(&key) {
                    more = true;
                    self.pending.delete(Family::Indexes, key);
                }
            }
            from = next;
        }
        if more {
            let list = keys::CONSULTS.first().copied().unwrap_or_default();
            wrong.push(format!("{}/{list:02x}", Family::Indexes.name()));
        }
        Ok(wrong)
    }
}
