//! Cases that follow their item to another department of this city (E29, R-183).
//!
//! A case never looks at another document. The owner's node does: once its city's page says that the new department has
//! taken an item, it signs the hand-over in every open case of it.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::answer::ItemChangeAnswer;
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Case, State};
use tongban_ledger::city::{self, ChangeKind, City, Transfer};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::{Ctx, Engine};
use crate::document::act_name;
use crate::entry::Entry;
use crate::storage::{ReadError, Reader};

/// Completed transfers of this city's items, by agreement; none until they are asked for.
pub(super) type Transfers = Option<BTreeMap<AgreementId, Vec<Transfer>>>;

impl Engine {
    /// Completed transfers of this city's items in an agreement.
    pub(super) fn transfers(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
    ) -> Result<Vec<Transfer>, ReadError> {
        if self.transfers.is_none() {
            let mut all: BTreeMap<AgreementId, Vec<Transfer>> = BTreeMap::new();
            let own = self.own.city;
            for document in self.documents_of(store, DocumentKind::City)? {
                let Some(record) = self.record(store, &document)? else {
                    continue;
                };
                let page = record.state_of::<City>().filter(|page| page.city == own);
                if let Some(page) = page {
                    let found = page.items.transfers();
                    all.entry(record.agreement).or_default().extend(found);
                }
            }
            self.transfers = Some(all);
        }
        let of = self.transfers.as_ref().and_then(|all| all.get(agreement));
        Ok(of.cloned().unwrap_or_default())
    }

    /// Notes an entry on a city's page: open cases follow an item that this city's other department has taken.
    pub(super) fn note_page(&mut self, store: &dyn Reader, entry: &Entry) -> Result<(), ReadError> {
        self.transfers = None;
        if entry.header.city != self.own.city || act_name(entry) != "item-taken" {
            return Ok(());
        }
        self.find_handovers(store)
    }

    /// Looks for open cases that have to follow their item.
    pub(super) fn find_handovers(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        for document in self.documents_of(store, DocumentKind::Case)? {
            match self.owes_handover(store, &document) {
                Ok(false) => {}
                // One damaged document does not keep the others from being looked at: it is tried again later.
                Ok(true) | Err(ReadError::Damaged { .. }) => {
                    self.to_answer.insert(document);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a case of this city has to follow its item.
    pub(super) fn owes_handover(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<bool, ReadError> {
        let Some(agreement) = self.record(store, document)?.map(|record| record.agreement) else {
            return Ok(false);
        };
        let transfers = self.transfers(store, &agreement)?;
        if transfers.is_empty() {
            return Ok(false);
        }
        let own = self.own.city;
        let record = self.record(store, document)?;
        let state = record.and_then(|record| record.state_of::<Case>());
        Ok(state.is_some_and(|state| owes(state, &own, &transfers)))
    }

    /// The department of its owner that answers for a case, if the owner's page says anything of its item.
    pub(super) fn holder_dept(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        state: &State,
    ) -> Result<Option<String>, ReadError> {
        if let Some(dept) = state.department() {
            return Ok(Some(dept.to_owned()));
        }
        let (owner, receive) = (state.owner(), &state.receive);
        let dept = |page: &city::State| {
            let items = &page.items;
            let dept = items.department_at(&receive.item, receive.received);
            dept.map(str::to_owned)
        };
        for document in self.documents_of(ctx.store, DocumentKind::City)? {
            let record = self.record(ctx.store, &document)?;
            let record = record.filter(|record| record.agreement == *agreement);
            let page = record.and_then(|record| record.state_of::<City>());
            if let Some(page) = page.filter(|page| page.city == owner) {
                return Ok(dept(page));
            }
        }
        Ok(None)
    }

    /// Changes of items that the members of each agreement announced, by city and planned day.
    pub(super) fn item_changes(
        &mut self,
        ctx: &Ctx<'_>,
    ) -> Result<BTreeMap<String, Vec<ItemChangeAnswer>>, ReadError> {
        let today = ctx.now.day();
        let mut all: BTreeMap<String, Vec<ItemChangeAnswer>> = BTreeMap::new();
        for document in self.documents_of(ctx.store, DocumentKind::City)? {
            let Some(record) = self.record(ctx.store, &document)?.cloned() else {
                continue;
            };
            let Some(page) = record.state_of::<City>() else {
                continue;
            };
            let told = self.changes_of(page, today);
            if !told.is_empty() {
                let of = all.entry(record.agreement.to_string()).or_default();
                of.extend(told);
            }
        }
        for changes in all.values_mut() {
            changes.sort_by(|one, other| {
                let key = |change: &ItemChangeAnswer| (change.city, change.planned);
                key(one)
                    .cmp(&key(other))
                    .then_with(|| one.change.cmp(&other.change))
            });
        }
        Ok(all)
    }

    fn changes_of(&self, page: &city::State, today: Day) -> Vec<ItemChangeAnswer> {
        let items = &page.items;
        let told = items.changes.iter().map(|(id, change)| {
            let completed = items.completed_on(id);
            let deleted = items.is_deleted(id);
            let done = match change.kind {
                ChangeKind::Delete => deleted,
                _ => completed.is_some(),
            };
            ItemChangeAnswer {
                change: id.to_string(),
                city: self.division(&page.city),
                item: change.item.clone(),
                kind: change.kind,
                from_dept: change.from_dept.clone(),
                to_dept: change.to_dept.clone(),
                planned: change.planned,
                basis: change.basis.clone(),
                contact: change.contact.0.clone(),
                completed,
                deleted,
                overdue: !done && today > change.planned,
            }
        });
        told.collect()
    }
}

/// Whether a case of a city has to follow a transfer.
pub(super) fn owes(state: &State, own: &CityId, transfers: &[Transfer]) -> bool {
    state.is_owner(own) && state.handover_due(transfers).is_some()
}
