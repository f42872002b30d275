//! Arguments of what happens to a parcel beside its posting: the dispatch window, the carrier, objections,
//! corrections, money given back, claims.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::calendar::Day;
use crate::parcel::{ClaimOutcome, CostKind, Event, Outcome, Reason};

/// A row of a hand-over list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The case; one of the parcel's.
    pub case: String,
    /// The requirement of the guide, or `result`.
    pub requirement: String,
    /// How many pages.
    #[serde(default = "one_page")]
    pub pages: u16,
    /// Whether it is an original that goes back to the applicant.
    #[serde(default)]
    pub original: bool,
}

fn one_page() -> u16 {
    1
}

/// 交收发件窗口.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// The parcels, at most 64.
    pub parcels: Vec<String>,
    /// The batch.
    pub batch: String,
    /// The dispatch window.
    pub window: String,
    /// The department that hands them over.
    pub dept: String,
    /// When; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// 交寄: a parcel that was made ready, or all of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The weight of one parcel in grams, if it was weighed again.
    #[serde(default)]
    pub weight_g: u32,
    /// The posting date; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// What the carrier says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The parcel.
    pub parcel: String,
    /// What happened.
    pub event: Event,
    /// When; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// An objection to a cost line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// The parcel.
    pub parcel: String,
    /// What the line is for.
    #[serde(default = "postage")]
    pub kind: CostKind,
    /// The line by a beginning of its entry id; the only one of the kind if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Why.
    pub reason: Reason,
    /// Words about it; sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl std::fmt::Debug for Dispute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dispute(..)")
    }
}

/// Names a cost line of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfLine {
    /// The parcel.
    pub parcel: String,
    /// What the line is for.
    #[serde(default = "postage")]
    pub kind: CostKind,
    /// The line by a beginning of its entry id; the only one of the kind if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

/// 更正 of a cost line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// The parcel.
    pub parcel: String,
    /// What the line is for.
    #[serde(default = "postage")]
    pub kind: CostKind,
    /// The line by a beginning of its entry id; the only one of the kind if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// What comes of it.
    pub outcome: Outcome,
    /// What takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<NewLine>,
    /// The resolution that decided it, as `JM-2026-03`: for `reallocated` the proposal that every member adopted, by its
    /// code or the beginning of its entry id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Words about it; sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl std::fmt::Debug for Correct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Correct(..)")
    }
}

/// A line that takes another's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// How much, in fen.
    pub fen: i64,
    /// What for; as the line that is corrected if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CostKind>,
    /// The city that paid; as before if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<DivisionCode>,
    /// The city that bears it; as before if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liable: Option<DivisionCode>,
}

/// 退还申请人.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repay {
    /// The parcel.
    pub parcel: String,
    /// How much, in fen.
    pub fen: i64,
    /// When; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// 索赔.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The parcel.
    pub parcel: String,
    /// What is claimed, in fen.
    pub fen: i64,
    /// The insured value in fen, where it was insured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insured_fen: Option<i64>,
    /// By when the carrier has to answer; thirty days after the claim if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// When; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

/// 索赔结果.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimEnd {
    /// The parcel.
    pub parcel: String,
    /// How it ended.
    pub outcome: ClaimOutcome,
    /// What was paid, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fen: Option<i64>,
    /// When; today if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
}

fn postage() -> CostKind {
    CostKind::Postage
}
