//! The checks of a change that need nothing but its bytes: scan, parse, actor, schema.
//!
//! Since they need nothing else, every node agrees on them whatever has arrived. That makes them the
//! right measure for twins: see `twins.rs`.

use automerge::Change;
use thiserror::Error;

use super::boxed::{self, EngineRefusal};
use super::casefile::Shape;
use super::scan::{ScanRefusal, scan};
use super::schema::{self, FileOp, SchemaRefusal, Target};

/// Why a file change is void. The entry that carries it stays.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileRefusal {
    /// The bytes are out of bounds; Automerge has not seen them.
    #[error("the file change is out of bounds")]
    Scan(#[from] ScanRefusal),
    /// Automerge cannot take the change.
    #[error("the file change cannot be applied")]
    Engine(#[from] EngineRefusal),
    /// The change does not name the actor that its entry's header derives.
    #[error("the file change names another actor than its entry")]
    Actor,
    /// An operation does not fit a file.
    #[error("the file change does not fit a file")]
    Schema(#[from] SchemaRefusal),
    /// Another entry carries a change of the same actor; the lower entry id applies.
    #[error("another entry carries a file change of the same actor")]
    Twin {
        /// The other entry.
        other_entry: [u8; 32],
        /// The other entry's change is in the file and must leave it: the caller builds the file again
        /// with [`super::CaseFile::from_changes`].
        rebuild: bool,
    },
    /// The change builds on one that is not in the file, or whose entry is not an ancestor of its own.
    ///
    /// The two are one reason on purpose: which of them a node would see depends on what has arrived.
    #[error("the file change builds on one that is not in the file among its entry's ancestors")]
    MissingDependency {
        /// Hash of that change.
        change: [u8; 32],
    },
    /// The first operation does not follow those that the change builds on.
    #[error("the file change starts at operation {found} instead of {expected}")]
    StartOp {
        /// One more than the last operation of all dependencies.
        expected: u64,
        /// What the change says.
        found: u64,
    },
    /// An operation refers to one that is not among those below it, or that is about something else.
    #[error("operation {op} of the file change refers to what is not there")]
    Reference {
        /// Place of the operation in the change, from zero.
        op: usize,
    },
}

/// A change that passed all checks that its bytes decide.
pub(super) struct Checked {
    pub(super) hash: [u8; 32],
    pub(super) actor: [u8; 16],
    pub(super) start_op: u64,
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) ops: Vec<FileOp>,
    pub(super) change: Change,
}

/// Runs the checks, cheapest first.
pub(super) fn check(shape: Shape, actor: &[u8; 16], bytes: &[u8]) -> Result<Checked, FileRefusal> {
    let scanned = scan(bytes)?;
    if scanned.actor != *actor {
        return Err(FileRefusal::Actor);
    }
    let (change, expanded) = boxed::parse(bytes, &scanned.hash)?;
    let ops = schema::check(&expanded)?;
    let text = |op: &FileOp| op.target == Target::Character;
    if shape == Shape::Text && !ops.iter().all(text) {
        return Err(SchemaRefusal::Object.into());
    }
    Ok(Checked {
        hash: scanned.hash,
        actor: scanned.actor,
        start_op: scanned.start_op,
        deps: change.deps().iter().map(|dep| dep.0).collect(),
        ops,
        change,
    })
}
