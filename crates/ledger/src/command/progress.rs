//! Arguments of an applicant's question how far a case is.

use serde::{Deserialize, Serialize};

/// How far a case is, for whoever has its number and the query code of the slip.
///
/// A command and not a plain question, because the node counts wrong codes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The case number.
    pub case: String,
    /// The query code.
    pub code: String,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Progress({}, ..)", self.case)
    }
}
