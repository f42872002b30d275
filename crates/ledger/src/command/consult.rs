//! Arguments of the commands of a consult, and of the formal pass that may rest on one.
//!
//! A consult is named by its document id or a unique beginning of it, a video consult of it by its entry id likewise.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::args::Material;
use crate::calendar::WallTime;
use crate::case::Defect;
use crate::consult::Verdict;

/// 提问: asks the liaison of a city whether papers do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The city asked, which owns the item.
    pub to: DivisionCode,
    /// The item's base code.
    pub item: String,
    /// The papers.
    pub materials: Vec<Material>,
    /// The window clerk's staff number.
    pub officer: String,
    /// The question; sealed.
    #[serde(default)]
    pub text: String,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({}, {}, ..)", self.to, self.item)
    }
}

/// 答复: what the liaison says of the papers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The consult.
    pub consult: String,
    /// Whether the papers do.
    pub verdict: Verdict,
    /// What is wrong, if they do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
    /// The liaison's staff number.
    pub officer: String,
    /// The answer in words; sealed.
    #[serde(default)]
    pub text: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, ..)", self.consult)
    }
}

/// 视频会商: the record of a video consult.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Video {
    /// The consult.
    pub consult: String,
    /// When it began, in Beijing.
    pub started: WallTime,
    /// When it ended, in Beijing.
    pub ended: WallTime,
    /// Staff numbers of those who took part here.
    pub ours: Vec<String>,
    /// Staff numbers of those who took part in the other city.
    pub theirs: Vec<String>,
    /// Whether the papers are complete and in the right form.
    pub complete: bool,
    /// The requirements examined.
    pub points: Vec<String>,
    /// Hash of the recording's file, as 64 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_hash: Option<String>,
    /// Where the recording lies; sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recording_ref: String,
    /// Who signs.
    pub officer: String,
    /// The conclusion in words; sealed.
    #[serde(default)]
    pub text: String,
}

impl std::fmt::Debug for Video {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Video({}, ..)", self.consult)
    }
}

/// Signs the conclusion that the other city recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignVideo {
    /// The consult.
    pub consult: String,
    /// The video consult, where several wait for this city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// Who signs.
    pub officer: String,
}

/// 形式审查通过, at the window or by a video consult of both cities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormalPass {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
    /// The consult whose signed video stands as the formal review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<String>,
}
