//! The box: the one place in the pure crates where a panic is caught.
//!
//! Automerge 0.12 panics at some twenty places on changes that carry a correct checksum, and a city
//! of the agreement can send such a change. The scanner and the schema keep out every kind we know;
//! this box keeps one that we do not know from stopping a node. All work inside it happens on a copy
//! that is thrown away when it panics, so no half-changed value is seen afterwards: that is what makes
//! `AssertUnwindSafe` right. The process-wide panic hook is left alone; it still reports the panic,
//! and an operator should see it. Nothing else in these crates may catch a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash, ExpandedChange};
use thiserror::Error;

use super::edit::{self, Edit, EditError};
use super::view::{self, FileView};

#[cfg(panic = "abort")]
compile_error!("the box around Automerge needs `panic = \"unwind\"`");

/// Why work in the box gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EngineRefusal {
    /// Automerge cannot read the change.
    #[error("the engine cannot read the change")]
    Unreadable,
    /// Encoding the change again gives other bytes.
    #[error("the change is not in its canonical encoding")]
    NotCanonical,
    /// Automerge does not apply the change.
    #[error("the engine does not apply the change")]
    NotApplied,
    /// Automerge panicked.
    #[error("the engine failed on the change")]
    Panicked,
}

/// Parses scanned bytes, and encodes them again to see that the bytes are the only ones.
pub(super) fn parse(
    bytes: &[u8],
    hash: &[u8; 32],
) -> Result<(Change, ExpandedChange), EngineRefusal> {
    contain(|| {
        let change = Change::try_from(bytes).map_err(|_| EngineRefusal::Unreadable)?;
        let expanded = change.decode();
        let again = Change::from(expanded.clone());
        if again.raw_bytes() != bytes || change.hash() != ChangeHash(*hash) {
            return Err(EngineRefusal::NotCanonical);
        }
        Ok((change, expanded))
    })?
}

/// Applies a checked change to a copy of `doc`, reads the result once, and returns the copy.
pub(super) fn apply(doc: &Automerge, change: Change) -> Result<Automerge, EngineRefusal> {
    contain(|| {
        let mut copy = doc.clone();
        let hash = change.hash();
        copy.apply_changes([change])
            .map_err(|_| EngineRefusal::NotApplied)?;
        // A change that Automerge only queued is not among the heads.
        if !copy.get_heads().contains(&hash) || view::read(&copy).is_err() {
            return Err(EngineRefusal::NotApplied);
        }
        Ok(copy)
    })?
}

/// Writes a local change on a copy of `doc` and returns the change's bytes.
pub(super) fn write(
    doc: &Automerge,
    edits: &[Edit],
    actor: [u8; 16],
) -> Result<Vec<u8>, EditError> {
    contain(|| edit::write(doc.clone(), edits, actor)).unwrap_or(Err(EditError::EngineFailed))
}

/// Reads the file. A document that went through [`apply`] was read there already.
pub(super) fn read(doc: &Automerge) -> FileView {
    contain(|| view::read(doc).unwrap_or_default()).unwrap_or_default()
}

fn contain<T>(work: impl FnOnce() -> T) -> Result<T, EngineRefusal> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| EngineRefusal::Panicked)
}

#[cfg(test)]
mod tests {
    use super::{EngineRefusal, contain};

    #[test]
    fn a_panic_stays_in_the_box() {
        let empty: Vec<u8> = Vec::new();
        let index = empty.len();
        assert_eq!(contain(|| empty[index]), Err(EngineRefusal::Panicked));
        assert_eq!(contain(|| 7), Ok(7));
    }
}
