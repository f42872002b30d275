//! Entries that are sound but rest on something this node does not have yet.
//!
//! Bounded by count and bytes per sender; an evicted entry is simply not covered by the cursor, so
//! its sender offers it again. Nothing waits inside Automerge (`hardening.md` §2.1).

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CertHash, CityId, ContentKeyId};
use tongban_ledger::{DocumentId, EntryId, ViewId};

use crate::entry::Entry;

/// The most entries that wait per sender.
pub const WAITING_MAX: usize = 1_000;
/// The most bytes of entries that wait per sender.
pub const WAITING_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Something that an entry rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    Entry(EntryId),
    View(ViewId),
    Cert(CertHash),
}

#[derive(Debug)]
struct Held {
    entry: Entry,
    verified: bool,
    from: CityId,
}

/// The table of entries that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    held: BTreeMap<EntryId, Held>,
    by_missing: BTreeMap<Missing, BTreeSet<EntryId>>,
    /// What to ask for, and whom.
    wanted: BTreeMap<Missing, CityId>,
    keys_wanted: BTreeMap<(DocumentId, ContentKeyId), CityId>,
}

impl Waiting {
    /// How many entries wait.
    pub(super) fn count(&self) -> usize {
        self.held.len()
    }

    /// Says whether an entry waits.
    pub(super) fn holds(&self, id: &EntryId) -> bool {
        self.held.contains_key(id)
    }

    /// Puts an entry to wait; `false` when its sender has too many.
    pub(super) fn hold(
        &mut self,
        entry: Entry,
        verified: bool,
        from: CityId,
        missing: Missing,
    ) -> bool {
        let (count, bytes) = self
            .held
            .values()
            .filter(|held| held.from == from)
            .fold((0, 0), |(count, bytes), held| {
                (count + 1, bytes + held.entry.byte_len())
            });
        if count >= WAITING_MAX || bytes + entry.byte_len() > WAITING_BYTES_MAX {
            return false;
        }
        self.by_missing.entry(missing).or_default().insert(entry.id);
        self.wanted.insert(missing, from);
        let held = Held {
            entry,
            verified,
            from,
        };
        self.held.insert(held.entry.id, held);
        true
    }

    /// Takes out the entries that waited for something that is here now.
    pub(super) fn wake(&mut self, missing: &Missing) -> Vec<(Entry, bool, CityId)> {
        self.wanted.remove(missing);
        let Some(ids) = self.by_missing.remove(missing) else {
            return Vec::new();
        };
        ids.iter()
            .filter_map(|id| self.held.remove(id))
            .map(|held| (held.entry, held.verified, held.from))
            .collect()
    }

    /// Notes that an announced entry is wanted from a city.
    pub(super) fn want(&mut self, missing: Missing, from: CityId) {
        self.wanted.entry(missing).or_insert(from);
    }

    /// Notes that a content key is wanted.
    pub(super) fn want_key(&mut self, document: DocumentId, key: ContentKeyId, from: CityId) {
        self.keys_wanted.entry((document, key)).or_insert(from);
    }

    /// A content key is here.
    pub(super) fn got_key(&mut self, document: DocumentId, key: ContentKeyId) {
        self.keys_wanted.remove(&(document, key));
    }

    /// Everything wanted from a city.
    pub(super) fn wanted_from(
        &self,
        city: &CityId,
    ) -> (Vec<Missing>, Vec<(DocumentId, ContentKeyId)>) {
        let things = self
            .wanted
            .iter()
            .filter(|(_, from)| *from == city)
            .map(|(missing, _)| *missing)
            .collect();
        let keys = self
            .keys_wanted
            .iter()
            .filter(|(_, from)| *from == city)
            .map(|(key, _)| *key)
            .collect();
        (things, keys)
    }
}
