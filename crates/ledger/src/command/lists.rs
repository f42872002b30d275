//! The arguments about lists of items, and what cities agreed on beside them.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::args::{GuideTerms, LiveTerms};
use crate::agreement::{Batch, Except, Item, StanceKind};
use crate::calendar::Day;

/// A kind of e-cert that cities recognise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecognitionTerms {
    /// The kind of certificate.
    pub cert_type: String,
    /// The place that issues it; it need not be a member.
    pub issuer: DivisionCode,
    /// The cities that accept it; all members if empty.
    #[serde(default)]
    pub accepted_by: Vec<DivisionCode>,
    /// The first day.
    pub from: Day,
}

/// What a city calls an item, and who does it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImplementingTerms {
    /// The item's base code.
    pub item: String,
    /// The cities; all members if empty.
    #[serde(default)]
    pub cities: Vec<DivisionCode>,
    /// The scheme of its code.
    pub scheme: String,
    /// Its code there.
    pub code: String,
    /// The department.
    pub dept: String,
    /// Its name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its legal basis there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// A further batch for all members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeBatch {
    /// The batch with its rows.
    pub batch: Batch,
    /// Items that it adds to the catalogue.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Guides of these items.
    #[serde(default)]
    pub guides: Vec<GuideTerms>,
    /// What becomes live.
    #[serde(default)]
    pub live: Vec<LiveTerms>,
    /// The first day on which any of it is live.
    pub effective: Day,
    /// Whether this city adopts it at once; it may do so later.
    #[serde(default = "super::decide::yes")]
    pub sign: bool,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Adopts a proposed batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptBatch {
    /// The proposal by its id, a unique beginning of it, or the id of its batch.
    pub proposal: String,
    /// Items with which the city does not go along in a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Except>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Nominates an item for a list, for another round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nominate {
    /// The item's base code.
    pub item: String,
    /// Its name.
    pub name: String,
    /// How often people ask for it in a year.
    #[serde(default)]
    pub cases_a_year: u32,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Says for or against a nominated item, in its last round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayStance {
    /// The item's base code.
    pub item: String,
    /// The stance.
    pub stance: StanceKind,
    /// Why; all members read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}
