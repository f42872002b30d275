//! Parcels and their cost lines, as a node shows them.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::calendar::Day;
use crate::parcel::{CostKind, Leg, PayMethod};

/// A parcel in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelRow {
    /// The document id.
    pub document: String,
    /// The tracking number.
    pub tracking: String,
    /// The posting city.
    pub from: DivisionCode,
    /// The receiving city; absent for the applicant.
    pub to: Option<DivisionCode>,
    /// The journey.
    pub leg: Leg,
    /// Who pays the carrier, and how.
    pub pay: PayMethod,
    /// The posting date.
    pub posted: Day,
    /// `prepared`, `dispatched`, `posted`, `arrived`, `opened`, `discrepancy`, `filed`, or what the carrier
    /// said last: `in-transit`, `redelivered`, `refused`, `damaged`, `returned`, `lost`.
    pub stage: String,
    /// Pieces by the sender's count.
    #[serde(default)]
    pub pieces: u16,
    /// Pieces by the receiver's count, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<u16>,
    /// Cost lines.
    pub lines: Vec<LineRow>,
    /// Where it is: `out`, `carrier` or `in`.
    #[serde(default)]
    pub place: String,
    /// This city's window that has or had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The batch of the dispatch window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The approving or issuing city, where the parcel names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<DivisionCode>,
    /// The hand-over list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ContentRow>,
    /// The last exception that the carrier reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// What somebody has to look at: `collect-to-applicant`, `refund`, `claim`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// Objections to its lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<ObjectionRow>,
    /// Corrections of its lines that wait for a signature: the reversed line, by which city.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<CorrectionRow>,
    /// Claims against the carrier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimRow>,
}

/// A row of a hand-over list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRow {
    /// The case's number; empty where it is not here.
    pub case: String,
    /// The requirement, or `result`.
    pub requirement: String,
    /// Pages.
    pub pages: u16,
    /// Whether it is an original.
    pub original: bool,
}

/// An objection to a cost line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionRow {
    /// The line's entry id.
    pub line: String,
    /// The city that objects.
    pub by: DivisionCode,
    /// Why: the reason's stable name.
    pub reason: String,
    /// Since when.
    pub on: Day,
    /// What came of it; nothing while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// A correction that the other city has not signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRow {
    /// The line that it reverses, by its entry id.
    pub line: String,
    /// That line's kind.
    pub kind: CostKind,
    /// The city that proposes it.
    pub by: DivisionCode,
    /// `upheld`, `amended` or `reallocated`.
    pub outcome: String,
    /// The resolution that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
}

/// A claim against the carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// The city that claims.
    pub by: DivisionCode,
    /// How much.
    pub fen: i64,
    /// Since when.
    pub on: Day,
    /// By when the carrier has to answer.
    pub due: Day,
    /// How it ended; nothing while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<i64>,
}

/// A cost line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRow {
    /// The entry id.
    pub line: String,
    /// What for.
    pub kind: CostKind,
    /// How much.
    pub fen: i64,
    /// Who paid.
    pub payer: DivisionCode,
    /// Who bears it by the rule; absent for the applicant.
    pub liable: Option<DivisionCode>,
    /// Whether it counts: confirmed by the counterpart, or paid by who bears it.
    pub counts: bool,
    /// What it is worth: `counted`, `unconfirmed`, `disputed`, `superseded` or `reversed`.
    #[serde(default)]
    pub standing: String,
    /// Whether it is the reversal of a line, with payer and bearer exchanged.
    #[serde(default)]
    pub reversal: bool,
    /// The line that it replaces or reverses, in a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}
