//! Agreements in memory: their index, the views that entries cite, and who their members are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_identity::{CityId, DivisionCode, decode_canonical};
use tongban_ledger::agreement::resolution::Gone;
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
    /// Shared with the state before the command in hand, so that a refusal can go back to it without the store.
    pub index: Arc<Index>,
    views: BTreeMap<ViewId, Arc<Bitmap>>,
    /// The members by all that is known, and who was one.
    chain: Arc<Chain>,
    /// Cities that left and still have money to settle with this node.
    pub settling: BTreeSet<CityId>,
}

/// What is known of an agreement at one time, to go back to.
#[derive(Debug)]
pub(super) struct Known {
    index: Arc<Index>,
    chain: Arc<Chain>,
    settling: BTreeSet<CityId>,
}

/// What the certificates amount to by all that is known.
#[derive(Debug, Default)]
struct Chain {
    /// The members, by id.
    members: BTreeMap<CityId, Founder>,
    /// With how many certificates each of those became one that did not found the agreement.
    since: BTreeMap<CityId, usize>,
    /// Cities that left, with what of the agreement they may see.
    former: BTreeMap<CityId, (Founder, Bitmap)>,
    /// Root keys that differ or differed from the id of their city.
    roots: BTreeMap<CityId, CityId>,
    /// Root keys in whose place another one is, with what of the agreement they may see.
    replaced: BTreeMap<CityId, Bitmap>,
}

impl Loaded {
    pub(super) fn new(index: Index) -> Self {
        let mut loaded = Self {
            index: Arc::new(index),
            views: BTreeMap::new(),
            chain: Arc::default(),
            settling: BTreeSet::new(),
        };
        loaded.follow_chain();
        loaded
    }

    fn known(&self) -> Known {
        Known {
            index: self.index.clone(),
            chain: self.chain.clone(),
            settling: self.settling.clone(),
        }
    }

    /// Goes back to what was known; says whether anything else had come to be.
    fn go_back(&mut self, known: Known) -> bool {
        let changed = !Arc::ptr_eq(&self.index, &known.index);
        if changed {
            // The places of forgotten entries will be those of others.
            self.views.clear();
        }
        (self.index, self.chain) = (known.index, known.chain);
        self.settling = known.settling;
        changed
    }

    /// Works out the members anew: an entry may have made a certificate whole. Says whether that changed anything.
    pub(super) fn follow_chain(&mut self) -> bool {
        let everything = self.index.history(self.index.heads()).unwrap_or_default();
        let standing = View::new(&self.index, &everything).standing();
        let card = |card: &Founder| (card.city, card.clone());
        let seen = |gone: &Gone| self.index.seen_by_leaver(&gone.by);
        let left = |city: &CityId| {
            let mut gone = standing.gone.iter().rev();
            gone.find(|gone| gone.city == *city).map(seen)
        };
        let former = standing.former.iter().map(|card| {
            let seen = left(&card.city).unwrap_or_default();
            (card.city, ((*card).clone(), seen))
        });
        let now = standing
            .members
            .iter()
            .map(|member| (member.root, member.card.city));
        let gone = standing.gone.iter().map(|gone| (gone.root, gone.city));
        let replaced = standing.gone.iter().filter(|gone| !gone.left);
        let admitted = standing.members.iter().filter(|one| one.since > 0);
        let chain = Chain {
            members: standing.members.iter().map(|one| card(one.card)).collect(),
            since: admitted.map(|one| (one.card.city, one.since)).collect(),
            former: former.collect(),
            roots: now
                .chain(gone)
                .filter(|(root, city)| root != city)
                .collect(),
            replaced: replaced.map(|gone| (gone.root, seen(gone))).collect(),
        };
        let changed = chain.members != self.chain.members;
        self.chain = Arc::new(chain);
        changed
    }

    /// The members by all that is known, ascending by id.
    pub(super) fn members(&self) -> impl Iterator<Item = &Founder> {
        self.chain.members.values()
    }

    /// The ids of the members.
    pub(super) fn member_ids(&self) -> Vec<CityId> {
        self.chain.members.keys().copied().collect()
    }

    /// Says whether a city is a member by all that is known.
    pub(super) fn has_member(&self, city: &CityId) -> bool {
        self.chain.members.contains_key(city)
    }

    /// Says whether a member was one already by a number of certificates: whoever knew those knew it.
    pub(super) fn was_member(&self, city: &CityId, certificates: usize) -> bool {
        let since = self.chain.since.get(city);
        since.is_none_or(|since| *since <= certificates)
    }

    /// A city's attributes, also those of one that left.
    pub(super) fn card(&self, city: &CityId) -> Option<&Founder> {
        let left = || self.chain.former.get(city).map(|(card, _)| card);
        self.chain.members.get(city).or_else(left)
    }

    /// Says whether a city was a member and is none any more.
    pub(super) fn has_left(&self, city: &CityId) -> bool {
        self.chain.former.contains_key(city)
    }

    /// The ids of the cities that left.
    pub(super) fn former_ids(&self) -> BTreeSet<CityId> {
        self.chain.former.keys().copied().collect()
    }

    /// Says whether an entry of this agreement tells a city that left that it did.
    pub(super) fn told(&self, id: &EntryId, city: &CityId) -> bool {
        let left = self.chain.former.get(city);
        left.is_some_and(|(_, seen)| self.index.lies_in(id, seen))
    }

    /// Says whether an entry of this agreement tells who has a replaced root key that it was replaced.
    pub(super) fn tells(&self, id: &EntryId, root: &CityId) -> bool {
        let seen = self.chain.replaced.get(root);
        seen.is_some_and(|seen| self.index.lies_in(id, seen))
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

    /// What is known of each agreement, to be able to go back to it.
    pub(super) fn known_agreements(&self) -> BTreeMap<AgreementId, Known> {
        self.agreements
            .iter()
            .map(|(id, loaded)| (*id, loaded.known()))
            .collect()
    }

    /// Goes back to what was known of each agreement. Nothing is read from the store for it, which may fail just now: a
    /// node that is without an agreement refuses for good what its members send.
    pub(super) fn go_back_to(&mut self, known: BTreeMap<AgreementId, Known>) {
        let before = self.agreements.len();
        self.agreements.retain(|id, _| known.contains_key(id));
        let mut changed = self.agreements.len() != before;
        for (id, known) in known {
            if let Some(loaded) = self.agreements.get_mut(&id) {
                changed |= loaded.go_back(known);
            }
        }
        if changed {
            self.certs.clear();
            self.forget_strangers();
        }
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
            // Whoever left may have open cases here, and obligations.
            .flat_map(|loaded| {
                let former = loaded.chain.former.keys().copied();
                loaded.member_ids().into_iter().chain(former)
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
        self.agreements
            .values()
            .find_map(|loaded| loaded.card(city))
    }

    /// The city for which a root key signs or signed: the key itself, unless a resolution replaced it.
    pub(crate) fn city_of_root(&self, root: &CityId) -> CityId {
        let mut all = self.agreements.values();
        let city = all.find_map(|loaded| loaded.chain.roots.get(root));
        city.copied().unwrap_or(*root)
    }

    /// The member that a root key with a division signs for: what the agreements say of the key, else the member with
    /// that division, as the key may be up before this node hears that it took the place of another.
    pub(super) fn member_of(&self, root: &CityId, division: DivisionCode) -> CityId {
        let chains = || self.agreements.values().map(|loaded| &loaded.chain);
        if chains().any(|chain| chain.members.contains_key(root) || chain.roots.contains_key(root))
        {
            return self.city_of_root(root);
        }
        let mut members = chains().flat_map(|chain| chain.members.values());
        let same = members.find(|member| member.division == division);
        same.map_or(*root, |member| member.city)
    }

    /// Says whether another root key is in the place of this one, and no agreement takes it any more.
    pub(super) fn is_replaced(&self, root: &CityId) -> bool {
        let taken = |loaded: &Loaded| {
            let chain = &loaded.chain;
            let now = chain.members.contains_key(root) || chain.roots.contains_key(root);
            now && !chain.replaced.contains_key(root)
        };
        let mut all = self.agreements.values();
        let replaced = all.any(|loaded| loaded.chain.replaced.contains_key(root));
        replaced && !self.agreements.values().any(taken)
    }

    /// The root key that signs for a city in an agreement.
    pub(super) fn root_of(&self, agreement: &AgreementId, city: &CityId) -> CityId {
        let chain = self.agreements.get(agreement).map(|loaded| &loaded.chain);
        let roots = chain.map(|chain| chain.roots.iter());
        let mut now = roots.into_iter().flatten().filter(|(root, of)| {
            *of == city && !chain.is_some_and(|chain| chain.replaced.contains_key(*root))
        });
        now.next().map_or(*city, |(root, _)| *root)
    }

    /// The root key under which a city's link came up, where an agreement has another one for the city.
    pub(super) fn other_root(&self, agreement: &AgreementId, city: &CityId) -> Option<CityId> {
        let peer = self.peers.get(city).filter(|peer| peer.link.is_some())?;
        let root = peer.root?;
        (self.root_of(agreement, city) != root).then_some(root)
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
