//! Jumps to other systems as an answer tells them.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// A jump to another system and its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideAnswer {
    /// The system, as a code.
    pub system: String,
    /// Whether the link signs the applicant on.
    pub sso: bool,
    /// The day of the jump.
    pub jumped: Day,
    /// The last day on which the link was seen to work.
    pub checked: Day,
    /// Whether the link was not verified for thirty days.
    pub stale: bool,
    /// The number in the other system, once the matter came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The day on which it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Day>,
}
