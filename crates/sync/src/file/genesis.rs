//! The fixed first change of every file, which no entry carries.
//!
//! It makes the three objects that all cities write into. Were each city to make its own, two maps
//! named `fields` would compete and one city's edits would vanish behind the other's.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, TextEncoding};

/// The actor of the first change. A derived actor equals it with probability 2⁻¹²⁸.
pub(super) const ACTOR: [u8; 16] = [0; 16];
/// Hash of the first change: a part of the protocol, the same on every node and for every version.
pub const GENESIS_HASH: [u8; 32] = [
    0x83, 0x59, 0xd6, 0x4a, 0x40, 0x86, 0xb0, 0x01, 0x02, 0xef, 0x6c, 0x56, 0x2b, 0xf0, 0x92, 0x9e,
    0x0a, 0xd2, 0x36, 0x43, 0x15, 0x36, 0x3e, 0x53, 0x35, 0x76, 0x99, 0x87, 0xbe, 0x1f, 0xd3, 0xca,
];
/// Counter of the operation that makes the map of form fields.
pub(super) const FIELDS: u64 = 1;
/// Counter of the operation that makes the map of checklist items.
pub(super) const CHECKLIST: u64 = 2;
/// Counter of the operation that makes the notes; also the last of the first change.
pub(super) const NOTES: u64 = 3;

/// An empty file: a copy of one that is written once, for a list of cases makes one for every row.
pub(super) fn document() -> Automerge {
    static EMPTY: LazyLock<Automerge> =
        LazyLock::new(|| write().expect("the first change is fixed and Automerge writes it"));
    EMPTY.clone()
}

/// Writes an empty file: the first change and nothing else.
///
/// Text positions count Unicode scalar values on every platform. Automerge draws a random actor for
/// the new document; it is replaced before anything is written, so nothing random remains.
fn write() -> Result<Automerge, AutomergeError> {
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
        .with_actor(ActorId::from(ACTOR));
    let mut transaction = doc.transaction();
    transaction.put_object(ROOT, "fields", ObjType::Map)?;
    transaction.put_object(ROOT, "checklist", ObjType::Map)?;
    transaction.put_object(ROOT, "notes", ObjType::Text)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(doc)
}

/// The map of form fields.
pub(super) fn fields() -> ObjId {
    object(FIELDS)
}

/// The map of checklist items.
pub(super) fn checklist() -> ObjId {
    object(CHECKLIST)
}

/// The notes.
pub(super) fn notes() -> ObjId {
    object(NOTES)
}

fn object(counter: u64) -> ObjId {
    // The index is a hint; Automerge looks the actor up where it does not match.
    ObjId::Id(counter, ActorId::from(ACTOR), 0)
}

#[cfg(test)]
mod tests {
    use super::{GENESIS_HASH, document};

    #[test]
    fn the_first_change_is_pinned() {
        let heads = document().get_heads();
        assert_eq!(
            heads.iter().map(|head| head.0).collect::<Vec<_>>(),
            [GENESIS_HASH]
        );
    }
}
