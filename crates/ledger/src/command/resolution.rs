//! The arguments of the commands of chained resolutions (`design.md` §5, R-140, R-144).

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::agreement::Limits;

/// 动议: puts a motion. Exactly one of the measures is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The agreement; the only one in force if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// Admits a city: its invitation file, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admit: Option<String>,
    /// Removes a member, or lets it leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<DivisionCode>,
    /// Gives a member another root key: the invitation file under the new key, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// Sets the limits; those that are not given are the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Limits>,
    /// Raises the rules version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<u16>,
    /// Names who holds a case that is stuck.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub stuck: Option<Stuck>,
    /// What it rests on: the meeting, the letter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
}

/// A case that is stuck, and the city that is to hold it. The members read neither its number nor its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stuck {
    /// The case; a city that is party to it puts the motion.
    pub case: String,
    /// The city, which is party to it as well.
    pub holder: DivisionCode,
}

/// 表决: a motion in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The agreement; the only one in force if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// The motion, or the entry that put it, or a unique beginning of either.
    pub motion: String,
    /// The round; the last open one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u16>,
}

/// 放弃本轮: gives a round up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nullify {
    /// The agreement; the only one in force if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// The round; the last open one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u16>,
}
