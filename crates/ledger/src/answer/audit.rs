//! What a comparison with another city found.

use serde::{Deserialize, Serialize};

/// What the last comparison with a city found of the entries that both should hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAnswer {
    /// When it ended, Unix seconds.
    pub time: i64,
    /// How many are here.
    pub here: u64,
    /// How many the other city says are there.
    pub there: u64,
    /// The hash over their ids, where both cities hold the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// How many were missing here.
    pub lacking_here: u64,
    /// How many were missing there.
    pub lacking_there: u64,
    /// Differences that were on their way, or over which of the two may see a document.
    pub under_way: u64,
    /// How many of those missing here are being fetched now.
    pub fetching: u64,
}
