//! Settlement rounds of a month as answers and lists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::EntryRow;
use crate::calendar::{Day, Month};

/// Who owes whom: debtor → creditor → fen.
pub type Owes = BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>>;

/// The days of a month end (`domain.md` §3.6.5); none where the agreement does not know the working days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthSteps {
    /// The last posting day that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Day>,
    /// Until when the secretary proposes; after it any member may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Day>,
    /// Until when lines are objected to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objections: Option<Day>,
    /// Until when members sign; after it the next number may leave out cities that did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Day>,
    /// Until when is paid; none while no number is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Day>,
}

/// A round in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRow {
    /// The document id; none while nobody opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The agreement's document id.
    pub agreement: String,
    /// The month.
    pub month: Month,
    /// `open`, `proposed`, `final`, `settled` (every transfer paid and confirmed) or `disputed` (two proposals of one
    /// number are complete).
    pub stage: String,
    /// The number that holds, else the highest proposed; zero while there is none.
    pub number: u32,
    /// The hash of that proposal, lower-case hex: the same on every node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Members that signed it, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<DivisionCode>,
    /// Cities that must sign it yet because a bill of theirs is in it, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<DivisionCode>,
    /// How many members must sign in all.
    pub quorum: u32,
    /// The days of its steps.
    pub steps: MonthSteps,
    /// The step whose day is over: `draft`, `signatures` or `payments`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub overdue: String,
}

/// A round with its figures, signatures, payments and history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundAnswer {
    /// The list row.
    #[serde(flatten)]
    pub row: RoundRow,
    /// The city that proposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secretary: Option<DivisionCode>,
    /// The bills in the proposal, by pair and month.
    pub bills: Vec<RoundBill>,
    /// Bills that were reported and are not in it, with the reason.
    pub carried: Vec<RoundCarried>,
    /// Who owes whom, before any netting.
    pub owes: Owes,
    /// All of it added up.
    pub gross: i64,
    /// City → what is due to it less what it owes; adds up to zero.
    pub nets: BTreeMap<DivisionCode, i64>,
    /// `pairwise` or `multilateral`: the way that the agreement has adopted.
    pub netting: String,
    /// Who pays whom that way.
    pub transfers: Vec<TransferRow>,
    /// Who would pay whom the other way; not to be paid.
    pub other_way: Vec<TransferRow>,
    /// Every proposal, by number.
    pub proposals: Vec<ProposalRow>,
    /// Payments, by day and voucher.
    pub payments: Vec<PaymentRow>,
    /// Cities that signed two proposals of one number.
    pub doubles: Vec<DoubleRow>,
    /// Cities that a missing signature is asked of beyond the last day, for the joint meeting.
    pub silent: Vec<DivisionCode>,
    /// Every entry, in causal order.
    pub entries: Vec<EntryRow>,
}

/// A bill as a round lists it: totals, never lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundBill {
    /// The month of the bill.
    pub month: Month,
    /// The city with the lower division code.
    pub one: DivisionCode,
    /// The other city.
    pub other: DivisionCode,
    /// The hash over its lines, lower-case hex.
    pub hash: String,
    /// What the first city owes the second.
    pub one_owes: i64,
    /// What the second city owes the first.
    pub other_owes: i64,
}

/// A reported bill that a proposal does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundCarried {
    /// The bill.
    #[serde(flatten)]
    pub bill: RoundBill,
    /// `left-out` (one of its cities did not sign in time), `one-sided` (one city reported it), `differs` (they reported
    /// different figures) or `later` (reported after the proposal).
    pub why: String,
}

/// A payment to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRow {
    /// Who pays.
    pub from: DivisionCode,
    /// Who is paid.
    pub to: DivisionCode,
    /// How much.
    pub fen: i64,
    /// How much of it is recorded as paid.
    #[serde(default)]
    pub paid: i64,
    /// How much of it the payee confirmed.
    #[serde(default)]
    pub confirmed: i64,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// Its entry id.
    pub proposal: String,
    /// Its number.
    pub number: u32,
    /// The member that proposed it.
    pub by: DivisionCode,
    /// Its hash, lower-case hex.
    pub hash: String,
    /// Cities whose bills it leaves out, ascending.
    pub left_out: Vec<DivisionCode>,
    /// Members that signed it, ascending.
    pub signed: Vec<DivisionCode>,
    /// Whether every city with a bill in it, and enough members, signed it.
    pub complete: bool,
}

/// A payment that was recorded; the system moves none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRow {
    /// Its entry id.
    pub payment: String,
    /// Who paid.
    pub from: DivisionCode,
    /// Who was paid.
    pub to: DivisionCode,
    /// How much.
    pub fen: i64,
    /// The voucher's number (凭证号).
    pub voucher: String,
    /// The day of payment.
    pub on: Day,
    /// The day on which the payee says that it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Day>,
}

/// Two signatures of one city under two proposals of one number: proof of double signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubleRow {
    /// The city.
    pub city: DivisionCode,
    /// The number.
    pub number: u32,
    /// The entries that carry its signatures, ascending.
    pub entries: Vec<String>,
}
