//! Case files in memory: built from the changes that stand, and carried forward by new ones.
//!
//! A file follows from the document's entries alone, so what is kept here is a cache: it is dropped
//! whenever going on with it might give another file than building it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_ledger::agreement::Bitmap;
use tongban_ledger::meeting::Part;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId, Status};

use super::Engine;
use super::commands::entry_actor;
use crate::document::act_name;
use crate::entry::Entry;
use crate::file::{CaseFile, FiledChange, Shape};
use crate::storage::{ReadError, Reader};

/// How many case files are kept in memory.
const FILES_CACHED: usize = 64;

/// A file of a document: which of its acts write in it.
pub(super) type FileName = (DocumentId, &'static str);

/// The acts that write in the file of a case.
const CASE_EDIT: &str = "edit";

/// A case file and what it was built from.
#[derive(Debug)]
pub(super) struct CachedFile {
    file: Arc<CaseFile>,
    /// How many entries the document had, and which of them were not plainly applied.
    entries: u64,
    irregular: BTreeMap<EntryId, Status>,
    /// The edits that stood and were tried.
    edits: BTreeSet<EntryId>,
    /// Whether every edit was read and is in the file.
    whole: bool,
    /// Whether every edit was read; what was read and set aside, every node sets aside.
    read: bool,
}

/// A change of the case file, with the entry that carries it.
struct Change {
    entry: EntryId,
    actor: [u8; 16],
    bytes: Vec<u8>,
}

impl Engine {
    /// The case file, built from the changes that this node can read.
    pub(crate) fn case_file(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Arc<CaseFile>, ReadError> {
        let (file, _) = self.file_of(store, document, CASE_EDIT)?;
        Ok(file)
    }

    /// A text of a meeting, and whether every edit of it could be read here.
    pub(crate) fn meeting_file(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        part: Part,
    ) -> Result<(Arc<CaseFile>, bool), ReadError> {
        self.file_of(store, document, part.act_name())
    }

    fn file_of(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        act: &'static str,
    ) -> Result<(Arc<CaseFile>, bool), ReadError> {
        let Some(record) = self.record(store, document)? else {
            return Ok((Arc::new(CaseFile::of(shape_of(act))), true));
        };
        let name = (*document, act);
        let (count, irregular) = (record.entries, record.irregular.clone());
        let fresh = |cached: &CachedFile| {
            cached.whole && cached.entries == count && cached.irregular == irregular
        };
        if let Some(cached) = self.files.get(&name).filter(|cached| fresh(cached)) {
            return Ok((cached.file.clone(), cached.read));
        }
        let mut entries = self.entries_of(store, document)?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let cached = match self.files.remove(&name) {
            Some(cached) => self.carry_on(store, &name, cached, &entries, &irregular)?,
            None => None,
        };
        let mut cached = match cached {
            Some(cached) => cached,
            None => self.build(store, &name, &entries, &irregular)?,
        };
        cached.entries = count;
        cached.irregular = irregular;
        let (file, read) = (cached.file.clone(), cached.read);
        if self.files.len() >= FILES_CACHED {
            self.files.clear();
        }
        self.files.insert(name, cached);
        Ok((file, read))
    }

    /// Adds what is new to a file; none where it has to be built anew.
    fn carry_on(
        &mut self,
        store: &dyn Reader,
        (document, act): &FileName,
        mut cached: CachedFile,
        entries: &[Entry],
        irregular: &BTreeMap<EntryId, Status>,
    ) -> Result<Option<CachedFile>, ReadError> {
        let standing = standing_edits(entries, irregular, act);
        let ids: BTreeSet<EntryId> = standing.iter().map(|entry| entry.id).collect();
        if !cached.whole || !cached.edits.is_subset(&ids) {
            return Ok(None);
        }
        let new: Vec<&Entry> = standing
            .into_iter()
            .filter(|entry| !cached.edits.contains(&entry.id))
            .collect();
        if new.is_empty() || planted(Bug::StaleFile) {
            return Ok(Some(cached));
        }
        let histories = Histories::of(entries);
        let file = Arc::make_mut(&mut cached.file);
        for entry in new {
            let Some(change) = self.change_of(store, document, entry)? else {
                return Ok(None);
            };
            let id = change.entry.as_bytes();
            let ancestors = |other: &[u8; 32]| histories.descends(id, other);
            let admitted = file.admit(*id, change.actor, &change.bytes, &ancestors);
            if admitted.is_err() {
                return Ok(None);
            }
            cached.edits.insert(entry.id);
        }
        Ok(Some(cached))
    }

    fn build(
        &mut self,
        store: &dyn Reader,
        (document, act): &FileName,
        entries: &[Entry],
        irregular: &BTreeMap<EntryId, Status>,
    ) -> Result<CachedFile, ReadError> {
        let standing = standing_edits(entries, irregular, act);
        let mut changes: Vec<Change> = Vec::new();
        for entry in &standing {
            changes.extend(self.change_of(store, document, entry)?);
        }
        let histories = Histories::of(entries);
        let filed = changes.iter().map(|change| FiledChange {
            entry: *change.entry.as_bytes(),
            actor: change.actor,
            change: &change.bytes,
        });
        let (file, aside) = CaseFile::shaped(shape_of(act), filed, &|entry, other| {
            histories.descends(entry, other)
        });
        Ok(CachedFile {
            file: Arc::new(file),
            entries: 0,
            irregular: BTreeMap::new(),
            whole: changes.len() == standing.len() && aside.is_empty(),
            read: changes.len() == standing.len(),
            edits: standing.iter().map(|entry| entry.id).collect(),
        })
    }

    fn change_of(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        entry: &Entry,
    ) -> Result<Option<Change>, ReadError> {
        let private = self.private_of(store, entry)?;
        let bytes = private.and_then(|private| private.change);
        Ok(bytes.map(|bytes| Change {
            entry: entry.id,
            actor: entry_actor(&entry.header, document),
            bytes,
        }))
    }
}

fn shape_of(act: &str) -> Shape {
    match act {
        CASE_EDIT => Shape::Case,
        _ => Shape::Text,
    }
}

/// The entries whose changes count: a change hidden in another act does not.
fn standing_edits<'e>(
    entries: &'e [Entry],
    irregular: &BTreeMap<EntryId, Status>,
    act: &str,
) -> Vec<&'e Entry> {
    let stands = |id: &EntryId| irregular.get(id).is_none_or(|status| status.stands());
    entries
        .iter()
        .filter(|entry| stands(&entry.id) && act_name(entry) == act)
        .collect()
}

/// Who descends from whom in one document.
struct Histories {
    numbers: BTreeMap<[u8; 32], usize>,
    bits: Vec<Bitmap>,
}

impl Histories {
    /// Takes entries in causal order.
    fn of(entries: &[Entry]) -> Self {
        let mut histories = Self {
            numbers: BTreeMap::new(),
            bits: Vec::with_capacity(entries.len()),
        };
        for (number, entry) in entries.iter().enumerate() {
            let mut bits = Bitmap::default();
            for parent in entry.parents() {
                if let Some(at) = histories.numbers.get(parent.as_bytes()) {
                    bits.union(&histories.bits[*at]);
                }
            }
            bits.insert(number);
            histories.numbers.insert(*entry.id.as_bytes(), number);
            histories.bits.push(bits);
        }
        histories
    }

    fn descends(&self, entry: &[u8; 32], other: &[u8; 32]) -> bool {
        match (self.numbers.get(entry), self.numbers.get(other)) {
            (Some(entry), Some(other)) => entry != other && self.bits[*entry].contains(*other),
            _ => false,
        }
    }
}
