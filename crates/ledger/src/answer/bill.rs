//! Monthly bills of a pair of cities as answers and lists.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::EntryRow;
use crate::calendar::{Day, Month};
use crate::parcel::{CostKind, Leg};

/// The bill of this city with one other city, in a list. Sums are fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRow {
    /// The document id; none while neither city opened the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The agreement's document id.
    pub agreement: String,
    /// The month; lines posted up to its last day are in it.
    pub month: Month,
    /// The other city.
    pub with: DivisionCode,
    /// `open`: lines, and no draft yet; `drafted`; `signed`: by one city; `agreed`: both signed the same lines;
    /// `disputed`: both signed two different sets.
    pub stage: String,
    /// The hash over the lines, lower-case hex: of the agreed ones, else of those signed, else of what this node counts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// How many lines it has.
    pub lines: u32,
    /// What this city owes the other one.
    pub owed: i64,
    /// What the other city owes this one.
    pub due: i64,
    /// `due - owed`.
    pub net: i64,
    /// Cities that signed these lines, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<DivisionCode>,
    /// Cities that have not, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<DivisionCode>,
    /// The month of the complete round that counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Month>,
    /// The last day for signing; none where the agreement does not know the working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Whether that day is over and a signature is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
}

/// A bill with its lines, with what stays outside, and with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillAnswer {
    /// The list row.
    #[serde(flatten)]
    pub row: BillRow,
    /// The lines that it counts, by posting day and number.
    pub included: Vec<BillLine>,
    /// Lines of the pair up to this month that it does not count, with the reason.
    pub carried: Vec<CarriedLine>,
    /// Where the other city's draft and this node's data differ; empty if they do not.
    pub differences: Vec<BillDifference>,
    /// Every entry, in causal order; none while there is no document.
    pub entries: Vec<EntryRow>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// The line's entry id.
    pub line: String,
    /// The parcel's document id.
    pub parcel: String,
    /// The parcel's tracking number.
    pub tracking: String,
    /// What the line is for.
    pub kind: CostKind,
    /// The posting day.
    pub posted: Day,
    /// How much.
    pub fen: i64,
    /// The city that paid, or that the carrier paid back.
    pub payer: DivisionCode,
    /// The city that bears it.
    pub liable: DivisionCode,
    /// Who owes it to whom.
    pub debtor: DivisionCode,
    /// Whether it was posted before the bill's month.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whether it is the reversal of a line, with payer and bearer exchanged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversal: bool,
    /// Whether it is a line of a correction, recorded instead of another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub correction: bool,
    /// The parcel's way; absent where this node does not have the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<BillJourney>,
}

/// The way of the parcel that a line of a bill is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillJourney {
    /// The leg.
    pub leg: Leg,
    /// The city that sent it.
    pub from: DivisionCode,
    /// The receiver city; absent for the applicant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DivisionCode>,
    /// The version of the postage rule that the line names.
    pub rule: u32,
}

/// A line that a bill does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedLine {
    /// The line.
    #[serde(flatten)]
    pub line: BillLine,
    /// `unconfirmed`, `disputed`, `duplicate` (its number stands in another line of the pair), `late` (recorded after
    /// the day of the draft), `later` (it came after the lines that were signed) or `billed` (an earlier bill counts it).
    pub why: String,
}

/// A line on which the two cities do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDifference {
    /// The line's entry id.
    pub line: String,
    /// The parcel's tracking number.
    pub tracking: String,
    /// What it is for.
    pub kind: CostKind,
    /// The amount at this node; none if it does not count the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<i64>,
    /// The amount in the other city's draft; none if the draft does not count the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<i64>,
    /// `unknown` (this node has no such line), `amount`, `omitted` (theirs leaves it out), or why this node does not
    /// count it, as in [`CarriedLine::why`].
    pub why: String,
}
