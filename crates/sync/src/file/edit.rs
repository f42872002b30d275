//! What a clerk may do to a file, and how it becomes one Automerge change.
//!
//! Limits that concern the clerk are checked here; the finished change goes through the same checks
//! as a foreign one (`check.rs`), so nobody signs what her own node would refuse.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, ReadDoc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::genesis;
use super::limits::{CHANGE_BYTES_MAX, EDITS_MAX, NAME_BYTES_MAX, OPS_MAX, VALUE_BYTES_MAX};

/// One edit of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Sets a form field.
    SetField {
        /// The field's name, 1 to [`NAME_BYTES_MAX`] bytes.
        name: String,
        /// Its value, at most [`VALUE_BYTES_MAX`] bytes.
        value: String,
    },
    /// Removes a form field; a field that is not there stays so.
    RemoveField {
        /// The field's name.
        name: String,
    },
    /// Ticks or unticks a checklist item, adding it when new.
    Check {
        /// The item's name, 1 to [`NAME_BYTES_MAX`] bytes.
        item: String,
        /// Whether it is done.
        done: bool,
    },
    /// Inserts text into the notes.
    InsertNote {
        /// The place, in characters (Unicode scalar values) from the start; beyond the end means the
        /// end.
        at: usize,
        /// The text, at most [`OPS_MAX`] characters over all edits of a change.
        text: String,
    },
    /// Deletes text from the notes.
    DeleteNote {
        /// The place, in characters from the start.
        at: usize,
        /// The number of characters; what lies beyond the end is ignored.
        count: usize,
    },
    /// Adds text at the end of the notes.
    AppendNote {
        /// The text.
        text: String,
    },
}

/// Why edits do not become a change.
#[derive(Debug, Error)]
pub enum EditError {
    /// There are no edits.
    #[error("there is nothing to edit")]
    NoEdits,
    /// More edits than one change takes.
    #[error("{0} edits are more than the {EDITS_MAX} that one change takes")]
    TooManyEdits(usize),
    /// A field or item has no name, or one that is too long.
    #[error("the name {0:?} has not between 1 and {NAME_BYTES_MAX} bytes")]
    Name(String),
    /// A field's value is too long.
    #[error("the value of field {name:?} is longer than {VALUE_BYTES_MAX} bytes")]
    Value {
        /// The field.
        name: String,
    },
    /// The edits touch more characters and fields than one change takes.
    #[error("the edits touch more than {OPS_MAX} characters and fields")]
    TooManyOps,
    /// The change would be longer than one entry takes.
    #[error("the change is longer than {CHANGE_BYTES_MAX} bytes")]
    TooLong,
    /// The edits delete text written in too many different entries.
    #[error("the edits touch text of too many different entries")]
    TooManyAuthors,
    /// More concurrent versions are open than one change can join.
    #[error("too many concurrent versions of the file are open")]
    TooManyHeads,
    /// The edits change nothing.
    #[error("the file already says so")]
    NoEffect,
    /// The actor has written in this file before.
    #[error("this entry's actor has written in the file before")]
    ActorUsed,
    /// Automerge refuses the edit.
    #[error("the file's engine refuses the edit")]
    Engine(#[from] AutomergeError),
    /// Automerge panicked; the file is unchanged.
    #[error("the file's engine failed")]
    EngineFailed,
    /// The finished change does not pass this node's own gate.
    #[error("the finished change would be refused")]
    Refused(#[source] Box<super::FileRefusal>),
}

/// Checks the limits that need no file.
pub(super) fn validate(edits: &[Edit]) -> Result<(), EditError> {
    if edits.is_empty() {
        return Err(EditError::NoEdits);
    }
    if edits.len() > EDITS_MAX {
        return Err(EditError::TooManyEdits(edits.len()));
    }
    for edit in edits {
        match edit {
            Edit::SetField { name, value } => {
                validate_name(name)?;
                if value.len() > VALUE_BYTES_MAX {
                    return Err(EditError::Value { name: name.clone() });
                }
            }
            Edit::RemoveField { name } | Edit::Check { item: name, .. } => validate_name(name)?,
            Edit::InsertNote { .. } | Edit::DeleteNote { .. } | Edit::AppendNote { .. } => {}
        }
    }
    Ok(())
}

fn validate_name(name: &str) -> Result<(), EditError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(EditError::Name(name.to_owned()));
    }
    Ok(())
}

/// Writes the edits as one change of `actor` on `doc` and returns its bytes.
///
/// Runs inside the box; `doc` is a copy.
pub(super) fn write(
    mut doc: Automerge,
    edits: &[Edit],
    actor: [u8; 16],
) -> Result<Vec<u8>, EditError> {
    doc.set_actor(ActorId::from(actor));
    let mut transaction = doc.transaction();
    let mut budget = OPS_MAX as usize;
    for edit in edits {
        apply(&mut transaction, edit, &mut budget)?;
    }
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
    let change = hash.and_then(|hash| doc.get_change_by_hash(&hash));
    Ok(change.ok_or(EditError::NoEffect)?.raw_bytes().to_vec())
}

/// Applies one edit; `budget` is how many operations may follow.
fn apply(tx: &mut Transaction<'_>, edit: &Edit, budget: &mut usize) -> Result<(), EditError> {
    let mut spend = |ops: usize| {
        *budget = budget.checked_sub(ops).ok_or(EditError::TooManyOps)?;
        Ok::<(), EditError>(())
    };
    match edit {
        Edit::SetField { name, value } => {
            spend(1)?;
            tx.put(genesis::fields(), name.as_str(), value.as_str())?;
        }
        Edit::RemoveField { name } => {
            if tx.get(genesis::fields(), name.as_str())?.is_some() {
                spend(1)?;
                tx.delete(genesis::fields(), name.as_str())?;
            }
        }
        Edit::Check { item, done } => {
            spend(1)?;
            tx.put(genesis::checklist(), item.as_str(), *done)?;
        }
        Edit::InsertNote { at, text } => {
            spend(text.chars().count())?;
            let at = (*at).min(tx.length(genesis::notes()));
            tx.splice_text(genesis::notes(), at, 0, text)?;
        }
        Edit::DeleteNote { at, count } => {
            let length = tx.length(genesis::notes());
            let at = (*at).min(length);
            let count = (*count).min(length - at);
            spend(count)?;
            // The budget bounds the count far below `isize::MAX`.
            tx.splice_text(genesis::notes(), at, count as isize, "")?;
        }
        Edit::AppendNote { text } => {
            spend(text.chars().count())?;
            let at = tx.length(genesis::notes());
            tx.splice_text(genesis::notes(), at, 0, text)?;
        }
    }
    Ok(())
}
