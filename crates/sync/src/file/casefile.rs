//! The case file (卷宗): one Automerge document behind a gate of our own.
//!
//! Every entry brings at most one change, under an actor of its own. A change enters only when all
//! that it builds on is in the file, so Automerge never queues one. The status of a change is the
//! file's alone: it touches neither its entry's status nor the case's state.

use std::collections::BTreeMap;

use automerge::Automerge;

use super::boxed;
use super::check::{Checked, FileRefusal, check};
use super::edit::{self, Edit, EditError};
use super::genesis;
use super::limits::DEPS_MAX;
use super::records::Records;
use super::scan::ScanRefusal;
use super::view::FileView;

/// Domain separation of [`CaseFile::digest`].
const DIGEST_CONTEXT: &[u8] = b"tongban/file/heads/v1";

/// A case file and what it knows of the changes in it.
#[derive(Clone, Debug)]
pub struct CaseFile {
    doc: Automerge,
    records: Records,
    applied: BTreeMap<[u8; 32], [u8; 32]>,
    /// The lowest entry that offered a well-formed change of each actor, applied or not.
    claims: BTreeMap<[u8; 16], [u8; 32]>,
    shape: Shape,
}

/// What changes of a file may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Fields, checklist and notes: the file of a case.
    #[default]
    Case,
    /// The notes alone: a text of a meeting.
    Text,
}

impl Default for CaseFile {
    fn default() -> Self {
        Self::new()
    }
}

impl CaseFile {
    /// Makes an empty file of a case.
    pub fn new() -> Self {
        Self::of(Shape::Case)
    }

    /// Makes an empty file.
    pub fn of(shape: Shape) -> Self {
        Self {
            shape,
            doc: genesis::document(),
            records: Records::new(),
            applied: BTreeMap::new(),
            claims: BTreeMap::from([(genesis::ACTOR, [0; 32])]),
        }
    }

    /// Makes the change that the edits amount to, without applying it.
    ///
    /// The result is one uncompressed Automerge change of `actor` (see [`super::actor_id`]), at most
    /// [`super::CHANGE_BYTES_MAX`] bytes, that builds on everything now in the file. It has been
    /// admitted on a copy.
    ///
    /// # Errors
    ///
    /// Names the limit that the edits exceed, or [`EditError::NoEffect`] when they change nothing.
    pub fn prepare(&self, edits: &[Edit], actor: [u8; 16]) -> Result<Vec<u8>, EditError> {
        edit::validate(edits)?;
        if self.claims.contains_key(&actor) {
            return Err(EditError::ActorUsed);
        }
        if self.doc.get_heads().len() as u64 > DEPS_MAX {
            return Err(EditError::TooManyHeads);
        }
        let bytes = boxed::write(&self.doc, edits, actor)?;
        match self.clone().admit([0xff; 32], actor, &bytes, &|_| true) {
            Ok(()) => Ok(bytes),
            Err(FileRefusal::Scan(ScanRefusal::TooLong)) => Err(EditError::TooLong),
            Err(FileRefusal::Scan(ScanRefusal::OtherActorCount)) => Err(EditError::TooManyAuthors),
            Err(FileRefusal::Scan(ScanRefusal::TooManyOps | ScanRefusal::TooManyPredecessors)) => {
                Err(EditError::TooManyOps)
            }
            Err(refusal) => Err(EditError::Refused(Box::new(refusal))),
        }
    }

    /// Admits the change that an entry carries.
    ///
    /// `actor` is the one derived from the entry's header, and `ancestors` tells whether the entry
    /// of that id is an ancestor of this one. Changes come in causal order: an entry after all its
    /// ancestors. Admitting a change again does nothing.
    ///
    /// # Errors
    ///
    /// The reason for which the change is void; view, heads, digest and applied changes are as before.
    /// After [`FileRefusal::Twin`] with `rebuild` the caller builds the file again.
    pub fn admit(
        &mut self,
        entry: [u8; 32],
        actor: [u8; 16],
        change: &[u8],
        ancestors: &dyn Fn(&[u8; 32]) -> bool,
    ) -> Result<(), FileRefusal> {
        self.admit_checked(entry, check(self.shape, &actor, change)?, ancestors)
    }

    /// The part of [`Self::admit`] that depends on what is in the file.
    pub(super) fn admit_checked(
        &mut self,
        entry: [u8; 32],
        checked: Checked,
        ancestors: &dyn Fn(&[u8; 32]) -> bool,
    ) -> Result<(), FileRefusal> {
        if self.applied.get(&entry) == Some(&checked.hash) {
            return Ok(());
        }
        self.claim(entry, &checked.actor)?;
        for dep in &checked.deps {
            let known =
                *dep == genesis::GENESIS_HASH || self.records.entry_of(dep).is_some_and(ancestors);
            if !known {
                return Err(FileRefusal::MissingDependency { change: *dep });
            }
        }
        let (below, expected) = self.records.below(&checked.deps);
        if checked.start_op != expected {
            return Err(FileRefusal::StartOp {
                expected,
                found: checked.start_op,
            });
        }
        if let Some(op) =
            self.records
                .unresolved(&below, &checked.actor, checked.start_op, &checked.ops)
        {
            return Err(FileRefusal::Reference { op });
        }
        self.doc = boxed::apply(&self.doc, checked.change)?;
        self.records.insert(
            checked.hash,
            entry,
            checked.actor,
            checked.start_op,
            below,
            checked.ops,
        );
        self.applied.insert(entry, checked.hash);
        Ok(())
    }

    /// Claims the actor for the entry unless a lower entry has it.
    ///
    /// A claim stands even if the change is refused afterwards: who wins may not depend on what the
    /// twins build on, or a ring of twins would have two answers.
    fn claim(&mut self, entry: [u8; 32], actor: &[u8; 16]) -> Result<(), FileRefusal> {
        let other_entry = *self.claims.get(actor).unwrap_or(&entry);
        let in_file = self.records.has_actor(actor);
        if other_entry < entry || in_file {
            return Err(FileRefusal::Twin {
                other_entry,
                rebuild: entry < other_entry && in_file,
            });
        }
        self.claims.insert(*actor, entry);
        Ok(())
    }

    /// Claims actors for the entries that win them, before any change is admitted.
    pub(super) fn claim_all(&mut self, winners: &BTreeMap<[u8; 16], [u8; 32]>) {
        for (actor, entry) in winners {
            self.claims.entry(*actor).or_insert(*entry);
        }
    }

    /// Reads the file.
    pub fn view(&self) -> FileView {
        boxed::read(&self.doc)
    }

    /// Hashes of the changes on which nothing builds yet, sorted.
    pub fn heads(&self) -> Vec<[u8; 32]> {
        let mut heads: Vec<_> = self.doc.get_heads().iter().map(|head| head.0).collect();
        heads.sort_unstable();
        heads
    }

    /// A hash of the sorted heads: equal exactly for files that hold equal sets of changes.
    ///
    /// BLAKE3 over `tongban/file/heads/v1` and the heads, 32 bytes each.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DIGEST_CONTEXT);
        for head in self.heads() {
            hasher.update(&head);
        }
        *hasher.finalize().as_bytes()
    }

    /// Each entry whose change is in the file, with the change's hash.
    pub fn applied(&self) -> &BTreeMap<[u8; 32], [u8; 32]> {
        &self.applied
    }

    /// The document itself, for tests that save and load it.
    #[cfg(test)]
    pub(super) fn document(&self) -> &Automerge {
        &self.doc
    }
}
