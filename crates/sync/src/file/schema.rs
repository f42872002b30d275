//! Which operations a file change may hold: fields take text, checklist items yes or no, and notes
//! take and lose single characters.
//!
//! The verdict depends on the change alone. Whether the operations that it refers to exist, and
//! whether the author could know them, is decided in `records.rs`.

use std::collections::BTreeSet;

use automerge::ExpandedChange;
use automerge::ObjType;
use automerge::ScalarValue;
use automerge::legacy::{ElementId, Key, ObjectId, Op as RawOp, OpId, OpType};
use thiserror::Error;

use super::genesis;
use super::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};

/// Why an operation does not fit a file.
///
/// The reason depends on the bytes alone, so every node gives the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SchemaRefusal {
    /// The root map has fixed keys, and no change writes to it.
    #[error("the change writes to the root")]
    Root,
    /// The object is none of the three that every file has.
    #[error("the change writes to an object that files do not have")]
    Object,
    /// The change makes a map, list, table or text.
    #[error("the change makes an object")]
    NestedObject,
    /// The change increments a counter.
    #[error("the change increments a counter")]
    Counter,
    /// The change marks text.
    #[error("the change marks text")]
    Mark,
    /// A map is addressed by position, the notes by name, or an insertion goes to a map.
    #[error("an operation addresses its object in a wrong way")]
    Key,
    /// A name is empty or too long.
    #[error("a field or item has no valid name")]
    Name,
    /// A field's value is not text of a permitted length.
    #[error("the value of a field is not text")]
    FieldValue,
    /// A checklist item's value is not yes or no.
    #[error("the value of a checklist item is not yes or no")]
    ItemValue,
    /// Checklist items stay; they are unticked.
    #[error("the change removes a checklist item")]
    ItemRemoved,
    /// An element of the notes is not one character.
    #[error("an element of the notes is not one character")]
    Character,
    /// Characters are inserted and deleted, never replaced.
    #[error("the change replaces a character")]
    CharacterReplaced,
    /// An operation overwrites nothing, or something else than what it addresses.
    #[error("an operation overwrites what it does not address")]
    Overwritten,
    /// One operation is overwritten twice by the change.
    #[error("the change overwrites one operation twice")]
    OverwrittenTwice,
}

/// What an operation is about, and what an operation that it refers to must be about too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A form field.
    Field(Box<str>),
    /// A checklist item.
    Item(Box<str>),
    /// A character of the notes.
    Character,
}

/// An operation that fits the schema.
#[derive(Clone, Debug)]
pub(super) struct FileOp {
    pub(super) target: Target,
    /// Whether a later operation may refer to this one: it made a value.
    pub(super) makes: bool,
    /// Operations that must exist and be about the same target: counter and actor.
    pub(super) refers: Vec<(u64, [u8; 16])>,
}

/// Checks every operation of a change.
pub(super) fn check(change: &ExpandedChange) -> Result<Vec<FileOp>, SchemaRefusal> {
    let mut ops = Vec::with_capacity(change.operations.len());
    let mut overwritten = BTreeSet::new();
    for raw in &change.operations {
        let op = operation(raw)?;
        if !raw.insert {
            for id in &op.refers {
                if !overwritten.insert(*id) {
                    return Err(SchemaRefusal::OverwrittenTwice);
                }
            }
        }
        ops.push(op);
    }
    Ok(ops)
}

fn operation(raw: &RawOp) -> Result<FileOp, SchemaRefusal> {
    match raw.action {
        OpType::Make(ObjType::Map | ObjType::List | ObjType::Text | ObjType::Table) => {
            return Err(SchemaRefusal::NestedObject);
        }
        OpType::Increment(_) => return Err(SchemaRefusal::Counter),
        OpType::MarkBegin(_) | OpType::MarkEnd(_) => return Err(SchemaRefusal::Mark),
        OpType::Put(_) | OpType::Delete => {}
    }
    let ObjectId::Id(object) = &raw.obj else {
        return Err(SchemaRefusal::Root);
    };
    match plain(object)? {
        (genesis::FIELDS, genesis::ACTOR) => map_op(raw, Target::Field, field_value),
        (genesis::CHECKLIST, genesis::ACTOR) => map_op(raw, Target::Item, item_value),
        (genesis::NOTES, genesis::ACTOR) => note_op(raw),
        _ => Err(SchemaRefusal::Object),
    }
}

fn field_value(action: &OpType) -> Result<(), SchemaRefusal> {
    match action {
        OpType::Put(ScalarValue::Str(text)) if text.len() <= VALUE_BYTES_MAX => Ok(()),
        OpType::Delete => Ok(()),
        _ => Err(SchemaRefusal::FieldValue),
    }
}

fn item_value(action: &OpType) -> Result<(), SchemaRefusal> {
    match action {
        OpType::Put(ScalarValue::Boolean(_)) => Ok(()),
        OpType::Delete => Err(SchemaRefusal::ItemRemoved),
        _ => Err(SchemaRefusal::ItemValue),
    }
}

fn map_op(
    raw: &RawOp,
    target: fn(Box<str>) -> Target,
    value: fn(&OpType) -> Result<(), SchemaRefusal>,
) -> Result<FileOp, SchemaRefusal> {
    let Key::Map(name) = &raw.key else {
        return Err(SchemaRefusal::Key);
    };
    if raw.insert {
        return Err(SchemaRefusal::Key);
    }
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(SchemaRefusal::Name);
    }
    value(&raw.action)?;
    let refers = overwrites(raw)?;
    let makes = matches!(raw.action, OpType::Put(_));
    if !makes && refers.is_empty() {
        return Err(SchemaRefusal::Overwritten);
    }
    Ok(FileOp {
        target: target(name.as_str().into()),
        makes,
        refers,
    })
}

fn note_op(raw: &RawOp) -> Result<FileOp, SchemaRefusal> {
    let Key::Seq(element) = &raw.key else {
        return Err(SchemaRefusal::Key);
    };
    let place = match element {
        ElementId::Head => None,
        ElementId::Id(id) => Some(plain(id)?),
    };
    let overwritten = overwrites(raw)?;
    match (&raw.action, raw.insert) {
        (OpType::Put(ScalarValue::Str(text)), true) => {
            if text.chars().count() != 1 {
                return Err(SchemaRefusal::Character);
            }
            if !overwritten.is_empty() {
                return Err(SchemaRefusal::Overwritten);
            }
        }
        (OpType::Put(_), true) => return Err(SchemaRefusal::Character),
        (OpType::Delete, false) => {
            // A character is never replaced, so its deletion overwrites its insertion alone.
            if place.is_none() || overwritten.as_slice() != place.as_slice() {
                return Err(SchemaRefusal::Overwritten);
            }
        }
        (OpType::Delete, true) => return Err(SchemaRefusal::Key),
        _ => return Err(SchemaRefusal::CharacterReplaced),
    }
    Ok(FileOp {
        target: Target::Character,
        makes: raw.insert,
        refers: place.into_iter().collect(),
    })
}

fn overwrites(raw: &RawOp) -> Result<Vec<(u64, [u8; 16])>, SchemaRefusal> {
    raw.pred.iter().map(plain).collect()
}

/// An operation id with the actor as an array. The scanner let only 16-byte actors through.
fn plain(id: &OpId) -> Result<(u64, [u8; 16]), SchemaRefusal> {
    let actor = id.actor().to_bytes();
    let actor = actor.try_into().map_err(|_| SchemaRefusal::Object)?;
    Ok((id.counter(), actor))
}
