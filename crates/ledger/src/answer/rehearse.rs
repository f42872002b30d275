//! What a rehearsal found.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// The first command of a rehearsal that would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAt {
    /// Which of the commands, from 0.
    pub at: usize,
    /// What the node would say.
    pub refusal: Refusal,
}
