//! Changes of items as an answer tells them.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::calendar::Day;
use crate::city::ChangeKind;

/// A change of an item of some city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemChangeAnswer {
    /// The entry that announced it.
    pub change: String,
    /// The city.
    pub city: DivisionCode,
    /// The item's base code.
    pub item: String,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// The department that had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_dept: Option<String>,
    /// The department that gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_dept: Option<String>,
    /// The planned day.
    pub planned: Day,
    /// The document that orders it.
    pub basis: String,
    /// The staff number of whom to ask.
    pub contact: String,
    /// The day on which it was completed; until then the old department goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Day>,
    /// Whether the old entry left the directory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Whether the planned day is over and nothing is completed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
}
