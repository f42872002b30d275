//! How a case names a consult without giving its id to a third city.

use std::fmt;

use minicbor::{Decode, Encode};
use tongban_identity::Hash32;

use crate::id::DocumentId;

/// A hash over a consult's document id.
///
/// A case may come to cities that were not asked, and they are to learn no id of a document that is not theirs. The
/// id comes from a random nonce, so the mark says nothing to a city that does not hold the consult.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Mark(#[n(0)] pub Hash32);

impl Mark {
    /// The mark of a consult.
    pub fn of(document: &DocumentId) -> Self {
        Self(Hash32::hash(
            "tongban/consult-mark/v1",
            &[document.as_bytes()],
        ))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({})", &self.0.to_string()[..8])
    }
}
