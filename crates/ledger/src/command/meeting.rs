//! Arguments of the commands of a joint meeting.
//!
//! A meeting is named by its number, its document id or a unique beginning of it; an action item or an issue by its
//! entry id likewise.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::args::FileEdit;
use crate::agreement::Body;
use crate::calendar::Day;
use crate::meeting::{Category, Part};

/// 召集: convenes a meeting of all members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convene {
    /// Its number, as `JM-2026-2`.
    pub number: String,
    /// The day on which it meets.
    pub on: Day,
    /// The city that hosts it; this city if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<DivisionCode>,
    /// Which body meets.
    #[serde(default)]
    pub body: Body,
    /// Who convenes it.
    pub officer: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Writes in the agenda or the minutes; what others write at the same time merges.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The meeting.
    pub meeting: String,
    /// The text.
    pub part: Part,
    /// What to do: insert, delete or append text; nothing else.
    pub edits: Vec<FileEdit>,
}

impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Write({}, {:?}, ..)", self.meeting, self.part)
    }
}

/// 出席: who of this city came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attend {
    /// The meeting.
    pub meeting: String,
    /// Their staff numbers.
    pub people: Vec<String>,
}

/// Signs the minutes as they stand here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The meeting.
    pub meeting: String,
    /// The hash of the text that was read, or its beginning; not compared if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who signs.
    pub officer: String,
}

/// 待办: something that a city is to do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The meeting.
    pub meeting: String,
    /// The city that has to act; this city if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<DivisionCode>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// Working days from today, in place of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u16>,
    /// What is to be done; sealed.
    pub text: String,
    /// Who enters it.
    pub officer: String,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({}, ..)", self.meeting)
    }
}

/// Says that an action item is done, or an issue resolved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// The meeting.
    pub meeting: String,
    /// The action item or the issue; the only open one that this city may close if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// How; sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who says so.
    pub officer: String,
}

impl std::fmt::Debug for Finish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Finish({}, ..)", self.meeting)
    }
}

/// 议题: raises an issue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// The meeting; the next one that is convened if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<String>,
    /// What it is about.
    pub category: Category,
    /// Cases in which it showed; they travel as hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// The problem in words; sealed.
    pub text: String,
    /// Who raises it.
    pub officer: String,
}

impl std::fmt::Debug for Issue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issue({:?}, {:?}, ..)", self.meeting, self.category)
    }
}
