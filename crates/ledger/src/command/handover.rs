//! Arguments of the commands about items that change their department (R-180 to R-183, E29).

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::city::ChangeKind;

/// Announces a change of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeItem {
    /// The item's base code.
    pub item: String,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// The department that has it, as a code.
    #[serde(default)]
    pub from_dept: Option<String>,
    /// The department that gets it, as a code.
    #[serde(default)]
    pub to_dept: Option<String>,
    /// The planned day.
    pub planned: Day,
    /// The document that orders it.
    pub basis: String,
    /// The staff number of whom to ask.
    pub contact: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// The department has taken the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeItem {
    /// The item's base code.
    pub item: String,
    /// Whether it is claimed in the directory of items.
    #[serde(default)]
    pub claimed: bool,
    /// The guide's version that is published.
    pub guide: u32,
    /// Staff numbers of who approves.
    pub approvers: Vec<String>,
    /// Staff numbers of liaisons, one or two.
    pub liaisons: Vec<String>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Deletes an item's old entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteItem {
    /// The item's base code.
    pub item: String,
    /// The officer's staff number.
    pub officer: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// A case follows its item by hand, where the node did not do it by itself (E29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
}
