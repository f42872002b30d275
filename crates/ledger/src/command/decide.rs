//! Arguments of the commands about proposals that every member signs.
//!
//! A proposal is named by its code, the id of its batch, its entry id or a unique beginning of it.

use serde::{Deserialize, Serialize};

use super::args::{CalendarTerms, GuideTerms};
use crate::agreement::{Body, Except, Limits, NettingRule, PostageRule};

/// Puts a text to all members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// Its short code, as `JM-2026-03`.
    pub code: String,
    /// The body that puts it.
    #[serde(default)]
    pub body: Body,
    /// The text.
    pub subject: SubjectTerms,
    /// Whether this city signs it at once; it may do so later.
    #[serde(default = "yes")]
    pub sign: bool,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

pub(super) fn yes() -> bool {
    true
}

/// What a proposal is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectTerms {
    /// Who bears the postage from a day on.
    Postage(PostageRule),
    /// The working days of a year.
    Calendar(CalendarTerms),
    /// A guide for every owner named, all members if none.
    Guide(GuideTerms),
    /// The limits.
    Limits(Limits),
    /// How a month's obligations are paid.
    Netting(NettingRule),
}

/// Signs a proposal or a batch for this city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    /// The proposal.
    pub proposal: String,
    /// Items of a batch with which the city does not go along in a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Except>,
    /// The hash of the text that was read, or its beginning; not compared if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Refuses a proposal or a batch: it is not adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// The proposal.
    pub proposal: String,
    /// Why; all members read it.
    pub reason: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Takes back a proposal or a batch of this city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBack {
    /// The proposal.
    pub proposal: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}
