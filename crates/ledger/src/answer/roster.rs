//! What a node answers about windows and people: the roster, its defects, and who is idle.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::calendar::Day;
use crate::command::Roster;

/// A city's roster as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterAnswer {
    /// The city whose roster it is.
    pub city: DivisionCode,
    /// The day for which it is told.
    pub day: Day,
    /// Whether the city ever published one.
    pub published: bool,
    /// Rows in force on the day.
    pub current: Roster,
    /// Rows that are over, to come, or that others took the place of.
    pub apart: Roster,
    /// Windows where a video consult can be held.
    #[serde(default)]
    pub video: Vec<String>,
    /// Received cases by division; a township counts under its county and its city.
    #[serde(default)]
    pub received: Vec<ReceivedRow>,
    /// How soon the city takes over what is pushed to it, as far as this node knows its cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takeover: Option<TakeoverRow>,
}

/// Received cases of a division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedRow {
    /// The first 4, 6, 9 or 12 digits of its code: city, county, township, village.
    pub division: String,
    /// How many.
    pub cases: u64,
}

/// How soon a city takes over cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeoverRow {
    /// How many pushes it acknowledged.
    pub pushes: u64,
    /// The median of the seconds from push to acknowledgement, by the signed times.
    pub median_s: i64,
    /// The 90th percentile of them.
    pub p90_s: i64,
}

/// The daily list of what is amiss in a city's roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefectsAnswer {
    /// The city.
    pub city: DivisionCode,
    /// The day.
    pub day: Day,
    /// Whether the city ever published a roster.
    pub published: bool,
    /// What is amiss.
    pub defects: Vec<DefectRow>,
}

/// One thing that is amiss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefectRow {
    /// What: `no-responsible`, `no-liaisons`, `not-ready`, `no-support`, `no-letter`, `no-subdelegation` or
    /// `unknown-officer`.
    pub kind: String,
    /// The item's base code; empty where it is about an officer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// The partner city, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<DivisionCode>,
    /// The officer's staff number, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// What is missing, as codes; of an unknown officer the kinds of rows that name one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
}

/// A window or section where nobody is active. A city whose node is offline is told as offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleRow {
    /// What: `login` nobody was seen, `view` nobody looked at a case, `handle` a case that was seen lies untouched.
    pub kind: String,
    /// The city.
    pub city: DivisionCode,
    /// The window's id, or the section; empty where the city's roster names none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Since when, Unix seconds.
    pub since: i64,
    /// The number of the oldest such case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How many such cases there are; 0 for a login.
    pub cases: u64,
    /// Whether the city's node cannot be reached: then nobody can say that its people are idle.
    #[serde(default)]
    pub offline: bool,
}
