//! I1, I3, I4 and I9, entry by entry as they are stored: signatures, chains, handoffs, forks.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, Signature};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::case::Act;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::document::read_act;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{Entry, Slot};
use tongban_sync::storage::Reader;

use super::Cast;
use crate::swarm::Violation;

/// What is remembered of an entry that some honest city stored.
#[derive(Clone, Debug)]
struct Known {
    document: DocumentId,
    slot: Slot,
    seq: u64,
    depth: u32,
    /// The signature that was checked last.
    signature: Signature,
}

/// A handoff that was countersigned.
#[derive(Clone, Copy, Debug)]
struct Handoff {
    by: CityId,
    push: EntryId,
}

/// Everything that honest cities stored.
#[derive(Debug, Default)]
pub(super) struct Chains {
    known: BTreeMap<EntryId, Known>,
    /// By city: what it has stored.
    stored: BTreeMap<usize, BTreeSet<EntryId>>,
    /// Who used a sequence number.
    used: BTreeMap<(DocumentId, Slot, u64), EntryId>,
    /// Who signed a push.
    pushed: BTreeMap<EntryId, CityId>,
    /// Countersigned handoffs by case and baton.
    acked: BTreeMap<(DocumentId, EntryId), Vec<Handoff>>,
}

impl Chains {
    /// Says whether a city has stored an entry.
    pub fn has(&self, at: usize, id: &EntryId) -> bool {
        self.stored.get(&at).is_some_and(|ids| ids.contains(id))
    }

    /// A city began anew with what its disk holds.
    pub fn restarted(&mut self, at: usize, ids: BTreeSet<EntryId>) {
        self.stored.insert(at, ids);
    }

    /// Notes an entry as stored, before any of its batch is checked.
    pub fn note(&mut self, at: usize, id: EntryId) {
        self.stored.entry(at).or_default().insert(id);
    }

    /// Checks an entry that was just stored.
    pub fn check(
        &mut self,
        cast: &Cast,
        at: usize,
        entry: &Entry,
        disk: &dyn Reader,
    ) -> Result<(), Violation> {
        self.signed(cast, at, entry, disk)?;
        self.joined(cast, at, entry)?;
        self.single(cast, entry)?;
        if entry.header.kind == DocumentKind::Case as u8 {
            self.held_once(cast, entry)?;
        }
        Ok(())
    }

    /// I1: the certificate that the header names is on the disk, certified by the city's root key, and the
    /// signature holds under it.
    fn signed(
        &mut self,
        cast: &Cast,
        at: usize,
        entry: &Entry,
        disk: &dyn Reader,
    ) -> Result<(), Violation> {
        let known = self.known.get(&entry.id);
        if known.is_none_or(|known| known.signature != entry.signature) {
            let cert = inspect::certificate(disk, &entry.header.cert)
                .ok()
                .flatten();
            let sound = cert
                .filter(|cert| cert.city == entry.header.city)
                .is_some_and(|cert| entry.verify(&cert.device));
            if !sound {
                let what = format!("{} stores {} unsigned", cast.name(at), entry.id);
                return Err(Violation::new("I1 every entry is signed", what));
            }
        }
        let known = Known {
            document: entry.document,
            slot: entry.header.slot(),
            seq: entry.header.seq,
            depth: entry.header.depth,
            signature: entry.signature,
        };
        self.known.insert(entry.id, known);
        Ok(())
    }

    /// I3: what an entry rests on is stored with it, and its device's chain has no hole.
    fn joined(&self, cast: &Cast, at: usize, entry: &Entry) -> Result<(), Violation> {
        let broken = |what: &str| {
            let what = format!("{} stores {} {what}", cast.name(at), entry.id);
            Err(Violation::new("I3 chains have no hole", what))
        };
        let mut deepest = None;
        for parent in entry.parents() {
            if !self.has(at, &parent) {
                return broken("without what it rests on");
            }
            deepest = deepest.max(self.known.get(&parent).map(|known| known.depth));
        }
        if entry.header.depth != deepest.map_or(0, |depth| depth + 1) {
            return broken("at a wrong depth");
        }
        let Some(prev) = entry.header.prev else {
            return Ok(());
        };
        let follows = self.known.get(&prev).is_some_and(|prev| {
            prev.document == entry.document
                && prev.slot == entry.header.slot()
                && prev.seq + 1 == entry.header.seq
        });
        if follows {
            Ok(())
        } else {
            broken("beyond a hole")
        }
    }

    /// I9: no honest city ever signs two entries with one sequence number, so nothing proves a fork.
    fn single(&mut self, cast: &Cast, entry: &Entry) -> Result<(), Violation> {
        let header = &entry.header;
        let place = (entry.document, header.slot(), header.seq);
        let first = *self.used.entry(place).or_insert(entry.id);
        if first == entry.id || !cast.honest(&header.city) {
            return Ok(());
        }
        let what = format!("{first} and {} have one number of one device", entry.id);
        Err(Violation::new("I9 no proof against the honest", what))
    }

    /// I4: of one baton two honest cities never both take the case, unless a hostile one offered it twice.
    fn held_once(&mut self, cast: &Cast, entry: &Entry) -> Result<(), Violation> {
        let by = entry.header.city;
        match read_act::<Act>(&entry.public, RULES_VERSION) {
            Ok(Act::Push(_)) => {
                self.pushed.insert(entry.id, by);
            }
            Ok(Act::Ack(answer)) if cast.honest(&by) => {
                let push = answer.push;
                let acks = self
                    .acked
                    .entry((entry.document, answer.baton))
                    .or_default();
                acks.push(Handoff { by, push });
                let offered_twice = |push: &EntryId| {
                    let by = self.pushed.get(push);
                    by.is_none_or(|by| !cast.honest(by))
                };
                let second = acks
                    .iter()
                    .find(|other| other.by != by && !offered_twice(&other.push));
                if let Some(other) = second
                    && !offered_twice(&push)
                {
                    let what = format!(
                        "case {}: push {} and push {push} both took one baton",
                        entry.document, other.push
                    );
                    return Err(Violation::new("I4 one holder", what));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
