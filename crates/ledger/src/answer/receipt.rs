//! The slip of a receipt as an answer tells it.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// 收件凭证: what the applicant takes home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The case number.
    pub number: String,
    /// The item's name.
    pub item: String,
    /// The receiving city's name.
    pub receiver: String,
    /// The owner city's name.
    pub owner: String,
    /// The day of receipt.
    pub received: Day,
    /// Materials by name, with pages.
    pub materials: Vec<(String, u16)>,
    /// The window clerk's staff number.
    pub officer: String,
    /// The last day for the one-time notice.
    pub notice_due: Day,
    /// The promised working days after acceptance.
    pub promise_days: u16,
    /// The guide's version that the window follows.
    #[serde(default)]
    pub guide: u32,
    /// The hash of its text, which tells two texts of one version apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guide_hash: String,
    /// The code with which the applicant asks how far the case is; not in stored outcomes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query_code: String,
}
