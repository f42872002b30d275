//! What an applicant may learn with number and query code: no officer, no telephone number, no person.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::case::Outcome;

/// How far a case is: 受理情况, 办理进度, 办理结果.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressAnswer {
    /// The case number.
    pub number: String,
    /// The item's name.
    pub item: String,
    /// 受理情况.
    pub acceptance: AcceptanceAnswer,
    /// 办理进度.
    pub progress: CourseAnswer,
    /// 办理结果.
    pub result: ResultAnswer,
}

/// 受理情况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptanceAnswer {
    /// The day of receipt.
    pub received: Day,
    /// The day of acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Day>,
    /// Whether acceptance was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// Whether materials are to be mended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub correcting: bool,
}

/// 办理进度.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseAnswer {
    /// The stage code, as `S40`.
    pub stage: String,
    /// The name of the city that holds the case.
    pub holder: String,
    /// The last day for the decision; none before acceptance and while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// Whether the time for the decision stands still.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// 办理结果.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultAnswer {
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether it was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sent: bool,
    /// The day on which it was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Day>,
}
