//! I1, I5 and I10 on document records as they are stored: the same entries amount to the same, whoever has
//! them and in whatever order they came.

use std::collections::BTreeMap;

use tongban_identity::Hash32;
use tongban_ledger::{DocumentId, DocumentKind, EntryId, Status};
use tongban_sync::document::Record;
use tongban_sync::engine::inspect;
use tongban_sync::storage::Reader;

use super::Cast;
use crate::swarm::Violation;
use crate::world::{Draws, Stream};

/// One record in so many is folded again in an order drawn for it.
const FOLD_AGAIN: u64 = 40;

/// A set of entries, by what nobody has as a parent, under what the agreement said.
type Set = (DocumentId, Vec<EntryId>, Vec<EntryId>);

/// What sets of entries amounted to.
#[derive(Debug)]
pub(super) struct Roots {
    draws: Draws,
    seen: u64,
    /// The root of a set, and the city that had it first.
    roots: BTreeMap<Set, (Hash32, usize)>,
    /// The heads of each city's agreement.
    agreements: BTreeMap<usize, Vec<EntryId>>,
    /// Who wrote an entry.
    authors: BTreeMap<EntryId, bool>,
}

impl Roots {
    pub fn new(draws: Draws) -> Self {
        Self {
            draws,
            seen: 0,
            roots: BTreeMap::new(),
            agreements: BTreeMap::new(),
            authors: BTreeMap::new(),
        }
    }

    /// Notes whether an entry's author is honest.
    pub fn note_author(&mut self, id: EntryId, honest: bool) {
        self.authors.insert(id, honest);
    }

    /// Checks a record that was just stored.
    pub fn check(
        &mut self,
        cast: &Cast,
        at: usize,
        document: DocumentId,
        record: &Record,
        disk: &dyn Reader,
    ) -> Result<(), Violation> {
        // What cities make of one set of entries comes first: where they differ, each of them may deny anything.
        self.alike(cast, at, document, record)?;
        self.seen += 1;
        if record.kind != DocumentKind::Agreement as u8 && self.seen.is_multiple_of(FOLD_AGAIN) {
            self.in_any_order(cast, at, document, record, disk)?;
        }
        self.rightful(cast, at, record)
    }

    /// I1: a node signs nothing that its own rules deny, so nobody denies what an honest city signed.
    fn rightful(&self, cast: &Cast, at: usize, record: &Record) -> Result<(), Violation> {
        let denied = record.irregular.iter().find(|(id, status)| {
            matches!(status, Status::Denied(_) | Status::Unknown)
                && self.authors.get(id) == Some(&true)
        });
        // What the agreement denies is judged by I10.
        match denied {
            Some((id, status)) if record.kind != DocumentKind::Agreement as u8 => {
                let what = format!("{} denies {id}: {status:?}", cast.name(at));
                Err(Violation::new("I1 the author had the right", what))
            }
            _ => Ok(()),
        }
    }

    /// I5 and I10: two cities with the same entries have the same root.
    fn alike(
        &mut self,
        cast: &Cast,
        at: usize,
        document: DocumentId,
        record: &Record,
    ) -> Result<(), Violation> {
        let agreement = record.kind == DocumentKind::Agreement as u8;
        let under = if agreement {
            self.agreements.insert(at, record.head_ids());
            Vec::new()
        } else {
            self.agreements.get(&at).cloned().unwrap_or_default()
        };
        let root = record.root();
        let set = (document, record.head_ids(), under);
        let (first, by) = *self.roots.entry(set).or_insert((root, at));
        if first == root {
            return Ok(());
        }
        let invariant = if agreement {
            "I10 one membership log"
        } else {
            "I5 one fold"
        };
        let (one, other) = (cast.name(by), cast.name(at));
        let what = format!("{one} and {other} make different things of {document}");
        Err(Violation::new(invariant, what))
    }

    /// I5: any causal order gives the same.
    fn in_any_order(
        &mut self,
        cast: &Cast,
        at: usize,
        document: DocumentId,
        record: &Record,
        disk: &dyn Reader,
    ) -> Result<(), Violation> {
        let (draws, seen, mut nth) = (self.draws, self.seen, 0);
        let mut pick = |count: usize| {
            nth += 1;
            let last = count.saturating_sub(1) as u64;
            let drawn = draws.between(Stream::Check, seen, nth, 0, last);
            usize::try_from(drawn).unwrap_or(0)
        };
        let folded = inspect::fold_in_order(disk, &document, &mut pick);
        match folded {
            Ok(Some(folded)) if folded.root() == record.root() => Ok(()),
            other => {
                let how = if other.is_ok() { "another" } else { "no" };
                let what = format!("{}: {how} order of {document}", cast.name(at));
                Err(Violation::new("I5 one fold", what))
            }
        }
    }
}
