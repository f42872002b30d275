//! Cases that follow their item to another department of this city (E29, R-183).
//!
//! A case never looks at another document. The owner's node does: once its city's page says that the new department has
//! taken an item, and the planned day has come, it goes through the list of that item's cases, some in each step, and
//! signs the hand-over in every open one. How far it has come stands in the store, so no start reads them again.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::CityId;
use tongban_ledger::answer::ItemChangeAnswer;
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Case, State};
use tongban_ledger::city::{self, ChangeKind, City, Transfer};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::react::until_midnight_ms;
use super::{Ctx, Engine};
use crate::db::Db;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How many cases of an item a step looks at.
pub const HANDOVER_STEP: usize = 256;

/// Completed transfers of this city's items, by agreement; none until they are asked for.
pub(super) type Transfers = Option<BTreeMap<AgreementId, Vec<Transfer>>>;

/// Whether completed transfers of this city's items have to be looked through.
#[derive(Debug, Default)]
pub(super) struct Handovers {
    /// The civil day up to which nothing is left to be done; none if that has to be looked at.
    done: Option<Day>,
    /// When this node looks next, on the monotonic clock; none while no transfer waits for its day.
    pub(super) due: Option<u64>,
}

impl Handovers {
    /// Has every transfer looked at again with the next step.
    pub(super) fn look_again(&mut self) {
        self.done = None;
    }
}

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

    /// Notes an entry on a city's page: open cases may have to follow an item.
    pub(super) fn note_page(&mut self) {
        self.transfers = None;
        self.handovers.look_again();
    }

    /// Goes on with the transfers whose cases were not gone through yet: finds those that have to follow their item,
    /// so that they are handed over in this step.
    pub(super) fn run_handovers(&mut self, ctx: &Ctx<'_>) -> Result<(), ReadError> {
        let today = ctx.now.day();
        let midnight = || {
            let left = until_midnight_ms(ctx.now.unix);
            ctx.now.monotonic_ms.saturating_add(left)
        };
        if self.handovers.done == Some(today) {
            // The civil clock was set back: its midnight is later than it was.
            if self
                .handovers
                .due
                .is_some_and(|due| due <= ctx.now.monotonic_ms)
            {
                self.handovers.due = Some(midnight());
            }
            return Ok(());
        }
        // Until the lists are made again they may lack cases.
        if self.is_listing() {
            return Ok(());
        }
        // Where something cannot be read it stays due.
        self.handovers.due = Some(ctx.now.monotonic_ms);
        let mut to_come = false;
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            for transfer in self.transfers(ctx.store, &agreement)? {
                if transfer.on > today {
                    to_come = true;
                    continue;
                }
                let place = keys::handed_over(&agreement, &transfer.change);
                let db = Db::new(ctx.store, &mut self.pending);
                // How far it came cannot be read: it begins anew, and hands nothing over twice.
                let from = match db.load::<Option<Progress>>(Family::Meta, &place) {
                    Err(ReadError::Damaged { .. }) => Some(Progress::default()),
                    read => read?.unwrap_or_else(|| Some(Progress::default())),
                };
                let Some(from) = from else {
                    continue;
                };
                if from.rests == Some(today) {
                    to_come = true;
                    continue;
                }
                let next = self.hand_over_from(ctx, &transfer.item, &from)?;
                let mut db = Db::new(ctx.store, &mut self.pending);
                db.save(Family::Meta, place, &next);
                self.handovers.due = Some(ctx.now.monotonic_ms);
                return Ok(());
            }
        }
        self.handovers.done = Some(today);
        self.handovers.due = to_come.then(midnight);
        Ok(())
    }

    /// Looks at the next cases of an item; says where to go on. A transfer is over once a whole pass found nothing
    /// that has to follow; else another one begins on the next day, for a hand-over may have been refused.
    fn hand_over_from(
        &mut self,
        ctx: &Ctx<'_>,
        item: &str,
        from: &Progress,
    ) -> Result<Option<Progress>, ReadError> {
        let list = keys::of_item(item);
        let db = Db::new(ctx.store, &mut self.pending);
        let (found, next) = db.scan_around(Family::Indexes, &list, &from.from, HANDOVER_STEP)?;
        let mut owing = from.owing;
        for (key, _) in found {
            let Some(document) = keys::read_listed_last(&key) else {
                continue;
            };
            match self.owes_handover(ctx, &document) {
                Ok(false) => {}
                Ok(true) => {
                    owing = true;
                    self.to_answer.insert(document);
                }
                // One damaged document does not keep the others from being looked at.
                Err(ReadError::Damaged { .. }) => owing = true,
                Err(error) => return Err(error),
            }
        }
        Ok(match next {
            Some(from) => Some(Progress {
                from,
                owing,
                rests: None,
            }),
            None if owing => Some(Progress {
                rests: Some(ctx.now.day()),
                ..Progress::default()
            }),
            None => None,
        })
    }

    /// Whether a case of this city has to follow its item.
    fn owes_handover(&mut self, ctx: &Ctx<'_>, document: &DocumentId) -> Result<bool, ReadError> {
        let record = self.record(ctx.store, document)?;
        let Some(agreement) = record.map(|record| record.agreement) else {
            return Ok(false);
        };
        let transfers = begun(&self.transfers(ctx.store, &agreement)?, ctx.now.day());
        let own = self.own.city;
        let record = self.record(ctx.store, document)?;
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
        let done = page.items.done();
        let told = page.items.changes.iter().map(|(id, change)| {
            let completed = done.completed.get(id).copied();
            let deleted = done.deleted.contains(id);
            let over = match change.kind {
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
                overdue: !over && today > change.planned,
            }
        });
        told.collect()
    }
}

/// How far the cases of an item were gone through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Progress {
    /// The key of the list at which it goes on; the beginning if empty.
    #[cbor(n(0), with = "minicbor::bytes")]
    from: Vec<u8>,
    /// Whether a case of this pass had to follow, or could not be read.
    #[n(1)]
    owing: bool,
    /// The day on which no other pass begins. Only a day that is known to come may be waited for: a clock may stand at
    /// the end of the calendar, and be set back.
    #[n(2)]
    rests: Option<Day>,
}

/// The transfers whose day has come. No transfer counts before the one that it follows, so none of a chain is left out
/// between two others.
pub(super) fn begun(transfers: &[Transfer], today: Day) -> Vec<Transfer> {
    let begun = transfers.iter().filter(|transfer| transfer.on <= today);
    begun.cloned().collect()
}

/// Whether a case of a city has to follow a transfer.
fn owes(state: &State, own: &CityId, transfers: &[Transfer]) -> bool {
    state.is_owner(own) && state.handover_due(transfers).is_some()
}
