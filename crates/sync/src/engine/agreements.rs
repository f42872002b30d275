//! Agreements in memory: their index, the views that entries cite, and who their members are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_identity::{CityId, decode_canonical};
use tongban_ledger::agreement::{self, Bitmap, Found, Founder, Index, View, view_id};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, ViewId};

use super::{Engine, StartError};
use crate::db::Db;
use crate::document::{Basis, author, read_act};
use crate::entry::Entry;
use crate::founding::{FoundingError, read_founding};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How many views of an agreement are kept in memory.
const VIEWS_CACHED: usize = 4_096;

/// An agreement in memory.
#[derive(Debug)]
pub(super) struct Loaded {
    pub index: Index,
    views: BTreeMap<ViewId, Arc<Bitmap>>,
}

impl Loaded {
    pub(super) fn new(index: Index) -> Self {
        Self {
            index,
            views: BTreeMap::new(),
        }
    }

    /// The view that an entry signed now cites.
    pub(super) fn current(&self) -> Basis<'_> {
        let heads = self.index.view_heads();
        let bits = self.index.history(&heads).unwrap_or_default();
        Basis {
            index: &self.index,
            bits: Arc::new(bits),
        }
    }

    /// The id of that view.
    pub(super) fn current_id(&self) -> ViewId {
        view_id(&self.index.view_heads())
    }
}

/// Reads a founding file for people to compare, without taking anything from it.
pub fn founding_preview(text: &str) -> Result<Found, FoundingError> {
    Ok(read_founding(text)?.found)
}

impl Engine {
    /// Loads every agreement of the store.
    pub(super) fn load_agreements(&mut self, store: &dyn Reader) -> Result<(), StartError> {
        let db = Db::new(store, &mut self.pending);
        let prefix = keys::kind(DocumentKind::Agreement as u8);
        let mut ids = Vec::new();
        for (key, _) in db.scan_all(Family::Indexes, &prefix)? {
            ids.extend(DocumentId::from_slice(&key[prefix.len()..]));
        }
        for document in ids {
            let mut entries = self.entries_of(store, &document)?;
            entries.sort_by_key(|entry| (entry.header.depth, entry.id));
            let index = index_of(&entries).ok_or(StartError::Agreement(document.into()))?;
            self.agreements.insert(document.into(), Loaded::new(index));
        }
        self.note_members();
        Ok(())
    }

    /// How many entries each agreement has in memory.
    pub(super) fn agreement_sizes(&self) -> BTreeMap<AgreementId, usize> {
        self.agreements
            .iter()
            .map(|(id, loaded)| (*id, loaded.index.entries().len()))
            .collect()
    }

    /// Every entry of a document, in no particular order.
    pub(crate) fn entries_of(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Vec<Entry>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let mut entries = Vec::new();
        for (key, bytes) in db.scan_all(Family::Entries, &keys::entries(document))? {
            entries.push(super::admit::read_stored(&db, &key, &bytes)?);
        }
        Ok(entries)
    }

    /// The members of every agreement are peers.
    pub(super) fn note_members(&mut self) {
        let members: BTreeSet<CityId> = self
            .agreements
            .values()
            .flat_map(|loaded| {
                loaded
                    .index
                    .found()
                    .founders
                    .iter()
                    .map(|member| member.city)
            })
            .collect();
        for city in members {
            if city != self.own.city {
                self.peers.entry(city).or_default();
            }
        }
    }

    /// Peers that are members of no agreement are forgotten.
    pub(super) fn forget_strangers(&mut self) {
        let strangers: Vec<CityId> = self
            .peers
            .keys()
            .filter(|city| self.founder(city).is_none())
            .copied()
            .collect();
        for city in strangers {
            self.peers.remove(&city);
        }
    }

    /// A member's attributes in some agreement.
    pub(crate) fn founder(&self, city: &CityId) -> Option<&Founder> {
        self.agreements.values().find_map(|loaded| {
            loaded
                .index
                .found()
                .founders
                .iter()
                .find(|founder| founder.city == *city)
        })
    }

    /// The view that an entry cites; `None` while something of it is unknown.
    pub(super) fn basis_bits(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        view: &ViewId,
    ) -> Result<Option<Arc<Bitmap>>, ReadError> {
        let Some(loaded) = self.agreements.get_mut(agreement) else {
            return Ok(None);
        };
        if planted(Bug::ViewOfToday) {
            return Ok(Some(loaded.current().bits));
        }
        if let Some(bits) = loaded.views.get(view) {
            return Ok(Some(bits.clone()));
        }
        let db = Db::new(store, &mut self.pending);
        let kept = db.load::<Vec<EntryId>>(Family::Evidence, &keys::view(view))?;
        let current = || Some(loaded.index.view_heads()).filter(|heads| view_id(heads) == *view);
        let Some(heads) = kept.or_else(current) else {
            return Ok(None);
        };
        let Some(bits) = loaded.index.history(&heads) else {
            return Ok(None);
        };
        if loaded.views.len() >= VIEWS_CACHED {
            loaded.views.clear();
        }
        let bits = Arc::new(bits);
        loaded.views.insert(*view, bits.clone());
        Ok(Some(bits))
    }

    /// Keeps the heads that a view names, once.
    pub(super) fn keep_view(
        &mut self,
        store: &dyn Reader,
        heads: &[EntryId],
    ) -> Result<(), ReadError> {
        let mut db = Db::new(store, &mut self.pending);
        let key = keys::view(&view_id(heads));
        if db.get(Family::Evidence, &key)?.is_none() {
            db.save(Family::Evidence, key, &heads.to_vec());
        }
        Ok(())
    }

    /// Runs a question on an agreement as this node knows it now.
    pub(crate) fn with_view<T>(
        &self,
        agreement: &AgreementId,
        ask: impl FnOnce(&View<'_>) -> T,
    ) -> Option<T> {
        let loaded = self.agreements.get(agreement)?;
        let basis = loaded.current();
        Some(ask(&basis.view()))
    }
}

/// Builds an index from an agreement's entries in causal order.
pub(super) fn index_of(entries: &[Entry]) -> Option<Index> {
    let (genesis, rest) = entries.split_first()?;
    let (_, act) = decode_canonical::<(u8, agreement::Act)>(&genesis.public).ok()?;
    let agreement::Act::Found(found) = act else {
        return None;
    };
    let mut index = Index::open(genesis.id, &author(genesis), found).ok()?;
    for entry in rest {
        insert(&mut index, entry)?;
    }
    Some(index)
}

/// Adds an entry to an index; an act that cannot be read is added as one that is never allowed.
pub(super) fn insert(index: &mut Index, entry: &Entry) -> Option<tongban_ledger::Status> {
    let parents: Vec<EntryId> = entry.parents().collect();
    let act = read_act(&entry.public, index.found().rules_version)
        // A second genesis is never allowed, so it stands for whatever cannot be read.
        .unwrap_or_else(|_| agreement::Act::Found(index.found().clone()));
    index.insert(entry.id, &parents, &author(entry), &act).ok()
}

/// Why an entry that can be read may not follow from its ancestors; all nodes find the same.
pub(super) fn refusal(index: &Index, entry: &Entry) -> Option<Code> {
    let parents: Vec<EntryId> = entry.parents().collect();
    let act = read_act(&entry.public, index.found().rules_version).ok()?;
    let verdict = index.authorize(&parents, &author(entry), &act).ok()?;
    verdict.err()
}
