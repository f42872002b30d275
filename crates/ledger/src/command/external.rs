//! Arguments of the commands about other systems in which an application goes on.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// 留痕跳转.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JumpOut {
    /// The case.
    pub case: String,
    /// The system, as a code.
    pub system: String,
    /// Whether the link signs the applicant on.
    #[serde(default)]
    pub sso: bool,
    /// The last day on which the link was seen to work; today if absent.
    #[serde(default)]
    pub checked: Option<Day>,
    /// The officer's staff number.
    pub officer: String,
    /// The link; sealed.
    #[serde(default)]
    pub text: String,
}

/// 回流.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackFlow {
    /// The case.
    pub case: String,
    /// The number of the case in the other system.
    pub number: String,
    /// The day on which it came back; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// The officer's staff number.
    pub officer: String,
    /// The jump.
    #[serde(default)]
    pub of: Option<String>,
    /// What the other system said; sealed.
    #[serde(default)]
    pub text: String,
}
