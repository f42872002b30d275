//! What a node answers about consults.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::{Deadline, EntryRow};
use crate::calendar::WallTime;
use crate::case::Defect;
use crate::consult::{Stage, Verdict};

/// A consult in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultRow {
    /// The document id.
    pub document: String,
    /// The city that asked.
    pub from: DivisionCode,
    /// The city that was asked.
    pub to: DivisionCode,
    /// The item's base code.
    pub item: String,
    /// The item's name.
    pub item_name: String,
    /// When it was asked, Unix seconds.
    pub time: i64,
    /// Papers asked about: requirement and pages.
    pub materials: Vec<(String, u16)>,
    /// Cities that still have to do something: answer, or sign a video consult.
    pub waits_for: Vec<DivisionCode>,
    /// Cities that still have to sign the other one's record of a video consult.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsigned: Vec<DivisionCode>,
    /// The clock `consult_answer`, running or stopped.
    pub clock: Deadline,
    /// Minutes from the question to its first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// What the city asked said: "not ok" where two of its desks disagree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Whether two desks of the city asked gave different answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contradicts: bool,
    /// To whom the question went because nobody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<Stage>,
    /// Whether a video consult that both cities signed stands as the formal review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
}

/// Chooses a page of consults; an absent field chooses all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsultQuery {
    /// `true` for consults in which a city still has to do something, `false` for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Where the page before ended ([`ConsultPage::next`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many consults, [`CASE_PAGE`](super::CASE_PAGE) if absent and
    /// [`CASE_PAGE_MAX`](super::CASE_PAGE_MAX) at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A page of consults, those that were asked last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultPage {
    /// The consults. A page may have fewer than were asked for, even none, and still not be the last.
    pub consults: Vec<ConsultRow>,
    /// Where the next page begins; absent at the end. It is of use with the same question only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A consult with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultAnswer {
    /// The list row.
    #[serde(flatten)]
    pub row: ConsultRow,
    /// The guide version of the question.
    pub guide: u32,
    /// What the answers call wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
    /// Video consults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub videos: Vec<VideoAnswer>,
    /// Every entry, in causal order.
    pub entries: Vec<EntryRow>,
}

/// A video consult as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoAnswer {
    /// Its entry id.
    pub video: String,
    /// The city that recorded it.
    pub by: DivisionCode,
    /// When it began.
    pub started: WallTime,
    /// When it ended.
    pub ended: WallTime,
    /// Staff numbers of the city that asked.
    pub askers: Vec<String>,
    /// Staff numbers of the city that was asked.
    pub asked: Vec<String>,
    /// The conclusion: whether the papers are complete and in the right form.
    pub complete: bool,
    /// The requirements examined.
    pub points: Vec<String>,
    /// Whether the other city signed; only then is it a conclusion.
    pub signed: bool,
    /// Hash of the recording, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_hash: Option<String>,
    /// Where the recording lies, where this node can read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recording_ref: String,
}

/// A consult that a case names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedConsult {
    /// Its document id; none where it is not this city's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<String>,
    /// The submission for which it speaks, counted from 1.
    pub submission: u32,
    /// What the city asked said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Whether a video consult of it stands as the formal review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
}

/// Points that went back with a notice of another city, for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnCause {
    /// The notice's entry id.
    pub notice: String,
    /// `papers`, `stale-guide`, `vouched` (the owner had said that they do, R-121), or `unknown`.
    pub cause: String,
    /// The city against which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<DivisionCode>,
    /// The requirements.
    pub points: Vec<String>,
}
