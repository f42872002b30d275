//! What a node answers about joint meetings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::{Deadline, EntryRow};
use crate::agreement::Body;
use crate::calendar::Day;
use crate::meeting::Category;

/// The meetings of this city's agreements, with what waits for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingsAnswer {
    /// The meetings, by day and number.
    pub meetings: Vec<MeetingRow>,
    /// What the next meeting finds on its agenda by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agenda: Vec<AgendaRow>,
    /// Action items that are not done, by day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionRow>,
}

/// A meeting in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingRow {
    /// The document id.
    pub document: String,
    /// The agreement's id.
    pub agreement: String,
    /// Its number.
    pub number: String,
    /// The day on which it meets.
    pub on: Day,
    /// The city that hosts it.
    pub host: DivisionCode,
    /// The city that convened it.
    pub by: DivisionCode,
    /// Which body meets.
    pub body: Body,
    /// The cities that came.
    pub attending: Vec<DivisionCode>,
    /// The cities that signed the minutes as they stand.
    pub signed: Vec<DivisionCode>,
    /// The cities that came and have yet to sign the minutes as they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<DivisionCode>,
    /// `open`, `adopted`, `changed` after every city that came had signed, or `apart`.
    pub adoption: String,
    /// The hash of the adopted text, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted_text: Option<String>,
    /// Action items that are not done.
    pub open_actions: u64,
    /// Issues that are not resolved.
    pub open_issues: u64,
}

/// A meeting with its texts and its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingAnswer {
    /// The list row.
    #[serde(flatten)]
    pub row: MeetingRow,
    /// The agenda as members wrote it.
    pub agenda: String,
    /// The minutes.
    pub minutes: String,
    /// The hash of the minutes, which a signature names, lower-case hex.
    pub minutes_hash: String,
    /// Whether every edit could be read here.
    pub whole: bool,
    /// What came on the agenda by itself; none once the minutes are adopted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AgendaRow>,
    /// Who came, by city.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<DivisionCode, Vec<String>>,
    /// Action items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionRow>,
    /// Issues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<IssueRow>,
    /// Every entry, in causal order.
    pub entries: Vec<EntryRow>,
}

/// Something that came on an agenda by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgendaRow {
    /// `guide-conflict`, `disputed-proposals`, `contradiction`, `silent-city`, `dispute`, `issue` or `action`.
    pub kind: String,
    /// What it is about: an item and its version, a slot, a month and a city, a parcel and a reason, a category, a day.
    pub about: String,
    /// The meeting from which it comes, by number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meeting: String,
    /// Entries that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
    /// Words, where there are any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// An action item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRow {
    /// Its entry id.
    pub action: String,
    /// The meeting, by document id.
    pub document: String,
    /// The meeting, by number.
    pub meeting: String,
    /// What is to be done, where this node can read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its clock `meeting_action`.
    pub clock: Deadline,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRow {
    /// Its entry id.
    pub issue: String,
    /// The city that raised it.
    pub by: DivisionCode,
    /// What it is about.
    pub category: Category,
    /// Numbers of the cases that this node holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// How many cases it names that this node does not hold.
    #[serde(default)]
    pub other_cases: u64,
    /// The problem in words, where this node can read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Whether it is resolved.
    pub resolved: bool,
}
