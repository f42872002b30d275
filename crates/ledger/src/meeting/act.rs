//! What cities sign in a joint meeting: when it is, who came, what was said, what follows.
//!
//! Acts hold codes, days and hashes. The words of agenda and minutes are file changes, and the words of action items
//! and issues are free text: both travel in the sealed part of the same entry.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};

use crate::agreement::Body;
use crate::calendar::Day;
use crate::case::Officer;
use crate::id::{DocumentId, EntryId};
use crate::kind::Retain;

/// The longest number of a meeting, in bytes.
pub const NUMBER_BYTES_MAX: usize = 64;
/// The most people of one city in one record of attendance.
pub const PEOPLE_MAX: usize = 32;
/// The most edits, records of attendance, signatures, action items and issues of one city, each by itself.
pub const EDITS_MAX: usize = 1_024;
/// The most records of attendance of one city.
pub const ATTENDANCE_MAX: usize = 16;
/// The most signatures of one city under minutes that changed again and again.
pub const SIGNATURES_MAX: usize = 64;
/// The most action items that one city enters.
pub const ACTIONS_MAX: usize = 64;
/// The most issues that one city raises in one meeting.
pub const ISSUES_MAX: usize = 64;
/// The most cases that one issue names.
pub const CASES_MAX: usize = 16;

/// An act of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 召集: the genesis.
    #[n(0)]
    Convene(#[n(0)] Convene),
    /// A change of the agenda or of the minutes; its words are a file change.
    #[n(1)]
    Edit(#[n(0)] Part),
    /// 出席: who of the city came.
    #[n(2)]
    Attend(#[n(0)] Attend),
    /// Signs the minutes as they stand.
    #[n(3)]
    Sign(#[n(0)] Sign),
    /// 待办: something that a city is to do by a day.
    #[n(4)]
    Action(#[n(0)] Action),
    /// It is done.
    #[n(5)]
    ActionDone(#[n(0)] OnEntry),
    /// 议题: a problem for the meeting.
    #[n(6)]
    Issue(#[n(0)] Issue),
    /// It is resolved.
    #[n(7)]
    Resolved(#[n(0)] OnEntry),
    /// Says which entries of a revoked device stay.
    #[n(8)]
    Retain(#[n(0)] Retain),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Convene(_) => "meeting-convene",
            Act::Edit(part) => part.act_name(),
            Act::Attend(_) => "meeting-attend",
            Act::Sign(_) => "meeting-sign",
            Act::Action(_) => "meeting-action",
            Act::ActionDone(_) => "meeting-action-done",
            Act::Issue(_) => "meeting-issue",
            Act::Resolved(_) => "meeting-issue-resolved",
            Act::Retain(_) => "retain",
        }
    }
}

/// The genesis.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Convene {
    /// Its number, as `JM-2026-2`.
    #[n(0)]
    pub number: String,
    /// The day on which it meets.
    #[n(1)]
    pub on: Day,
    /// The city that hosts it.
    #[n(2)]
    pub host: CityId,
    /// Which body meets.
    #[n(3)]
    pub body: Body,
    /// Who convened it.
    #[n(4)]
    pub officer: Officer,
}

/// One of the two texts of a meeting.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// 议程.
    #[n(1)]
    Agenda,
    /// 纪要.
    #[n(2)]
    Minutes,
}

impl Part {
    /// Both parts.
    pub const ALL: [Part; 2] = [Part::Agenda, Part::Minutes];

    /// The stable name of an edit of this part; a file takes the changes of its own edits alone.
    pub const fn act_name(self) -> &'static str {
        match self {
            Part::Agenda => "meeting-agenda",
            Part::Minutes => "meeting-minutes",
        }
    }
}

/// Who of the author's city came.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Attend {
    /// Their staff numbers, ascending, none twice.
    #[n(0)]
    pub people: Vec<Officer>,
}

/// A signature under the minutes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sign {
    /// The hash of the text as the author's node showed it ([`text_hash`]).
    #[n(0)]
    pub text: Hash32,
    /// The hash of the edits from which that text comes ([`super::State::draft`]).
    #[n(1)]
    pub edits: Hash32,
    /// Who signs.
    #[n(2)]
    pub officer: Officer,
}

/// What a city is to do; the words are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Action {
    /// The city that has to act.
    #[n(0)]
    pub owner: CityId,
    /// The last day.
    #[n(1)]
    pub due: Day,
    /// Who entered it.
    #[n(2)]
    pub officer: Officer,
}

/// An act about an earlier entry of the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OnEntry {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// Who says so.
    #[n(1)]
    pub officer: Officer,
}

/// A problem for the meeting; the words are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Issue {
    /// What it is about.
    #[n(0)]
    pub category: Category,
    /// Cases in which it showed, ascending: hashes, since a meeting is read by cities that have no part in them.
    #[n(1)]
    pub cases: Vec<CaseMark>,
    /// Who raised it.
    #[n(2)]
    pub officer: Officer,
}

/// What an issue is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 标准不一: standards that differ.
    #[n(1)]
    Standard,
    /// 流程.
    #[n(2)]
    Process,
    /// 系统.
    #[n(3)]
    System,
    /// 邮寄.
    #[n(4)]
    Mail,
    /// 时限.
    #[n(5)]
    Deadline,
    /// 其他.
    #[n(6)]
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 6] = [
        Category::Standard,
        Category::Process,
        Category::System,
        Category::Mail,
        Category::Deadline,
        Category::Other,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Category::Standard => "standard",
            Category::Process => "process",
            Category::System => "system",
            Category::Mail => "mail",
            Category::Deadline => "deadline",
            Category::Other => "other",
        }
    }
}

/// A hash over a case's document id. The id comes from a random nonce, so the mark says nothing to a city that does
/// not hold the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct CaseMark(#[n(0)] pub Hash32);

impl CaseMark {
    /// The mark of a case.
    pub fn of(document: &DocumentId) -> Self {
        let parts: [&[u8]; 1] = [document.as_bytes()];
        Self(Hash32::hash("tongban/meeting-case/v1", &parts))
    }
}

/// The hash of minutes, which cities sign.
pub fn text_hash(text: &str) -> Hash32 {
    Hash32::hash("tongban/minutes/v1", &[text.as_bytes()])
}
