//! The set of entries that this city and another should both hold, gathered a little at each step.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::{DocumentId, EntryId};

use super::super::Engine;
use super::super::admit::read_listed;
use crate::db::Db;
use crate::document::Record;
use crate::keys;
use crate::reconcile::{Gathered, Set};
use crate::storage::{Family, ReadError, Reader};

/// How many stored entries one step looks at.
const STEP_MAX: usize = 2_048;

/// A set that is being gathered.
#[derive(Debug)]
pub(super) struct Gather {
    city: CityId,
    /// Where the next step begins.
    from: Vec<u8>,
    set: Gathered,
    /// Whether a document is meant for both cities, as far as it was asked.
    both: BTreeMap<DocumentId, bool>,
}

impl Gather {
    /// Begins a set for a city.
    pub(super) fn new(city: CityId) -> Self {
        Self {
            city,
            from: Vec::new(),
            set: Gathered::default(),
            both: BTreeMap::new(),
        }
    }

    /// A document's record changed.
    pub(super) fn forget(&mut self, document: &DocumentId) {
        self.both.remove(document);
    }

    /// The whole set.
    pub(super) fn seal(self) -> Set {
        self.set.seal()
    }
}

impl Engine {
    /// Looks at the next stored entries; says whether these were the last.
    pub(super) fn gather_on(
        &mut self,
        store: &dyn Reader,
        gather: &mut Gather,
    ) -> Result<bool, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let (records, end) = db.scan_around(Family::Inventory, &[], &gather.from, STEP_MAX)?;
        for (key, value) in &records {
            let (Some(id), Some((document, hour))) = (EntryId::from_slice(key), read_listed(value))
            else {
                continue;
            };
            let both = match gather.both.get(&document) {
                Some(both) => *both,
                None => {
                    let both = self.is_for_both(store, &document, &gather.city)?;
                    gather.both.insert(document, both);
                    both
                }
            };
            if both {
                gather.set.add(hour, &id);
            }
        }
        match end {
            Some(next) => gather.from = next,
            None => return Ok(true),
        }
        Ok(false)
    }

    /// Says whether a document travels to this city and another. The record is not kept in memory: there
    /// may be many.
    fn is_for_both(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        city: &CityId,
    ) -> Result<bool, ReadError> {
        let own = self.own.city;
        if self.records.contains_key(document) {
            return Ok(self.may_see(store, document, &own)? && self.may_see(store, document, city)?);
        }
        let db = Db::new(store, &mut self.pending);
        let record = match db.load::<Record>(Family::Documents, &keys::document(document)) {
            // What cannot be read is compared with nobody.
            Err(ReadError::Damaged { .. }) => None,
            read => read?,
        };
        Ok(record
            .is_some_and(|record| self.travels_to(&record, &own) && self.travels_to(&record, city)))
    }
}
