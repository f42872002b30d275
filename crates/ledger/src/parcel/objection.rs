//! Objections to cost lines, and corrections (`domain.md` §3.6.3): never edited, never deleted.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use super::act::CostKind;
use crate::id::EntryId;
use crate::money::Amount;

/// The most lines that a correction puts in the place of one.
pub const CORRECTION_LINES_MAX: usize = 8;
/// The most objections that a parcel holds, and the most corrections; a further one is refused.
pub const OBJECTIONS_MAX: usize = 64;

/// A city objects to a cost line, which then is in no sum. Words about it are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Dispute {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// Why.
    #[n(1)]
    pub reason: Reason,
}

/// Why a city objects to a line.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// 重量不符.
    #[n(0)]
    Weight,
    /// 非本市邮件.
    #[n(1)]
    NotOurs,
    /// 邮路类别有误.
    #[n(2)]
    WrongLeg,
    /// 适用规则有误.
    #[n(3)]
    WrongRule,
    /// 重复计费.
    #[n(4)]
    Duplicate,
    /// 未收到.
    #[n(5)]
    NotReceived,
    /// 对方过错.
    #[n(6)]
    FaultOfOther,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 7] = [
        Reason::Weight,
        Reason::NotOurs,
        Reason::WrongLeg,
        Reason::WrongRule,
        Reason::Duplicate,
        Reason::NotReceived,
        Reason::FaultOfOther,
    ];

    /// The reason's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Weight => "weight",
            Reason::NotOurs => "not-ours",
            Reason::WrongLeg => "wrong-leg",
            Reason::WrongRule => "wrong-rule",
            Reason::Duplicate => "duplicate",
            Reason::NotReceived => "not-received",
            Reason::FaultOfOther => "fault-of-other",
        }
    }
}

/// The city that objected no longer does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Withdraw {
    /// The objection's entry.
    #[n(0)]
    pub dispute: EntryId,
}

/// Reverses a line and puts new lines in its place; it has effect once the other city of the pair agreed.
///
/// What it reverses is repeated, so that the reversal is a line that can be read off this act alone. Of a line
/// that was signed, and so may be in a month that is closed, the reversal counts beside the line itself; a line
/// that was not is out of every sum.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Correct {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// The line's kind.
    #[n(1)]
    pub kind: CostKind,
    /// The line's amount.
    #[n(2)]
    pub amount: Amount,
    /// The line's payer.
    #[n(3)]
    pub payer: CityId,
    /// The city that bears the line.
    #[n(4)]
    pub liable: CityId,
    /// The line's version of the postage rule.
    #[n(5)]
    pub rule: u32,
    /// What comes of it.
    #[n(6)]
    pub outcome: Outcome,
    /// The entries of the new lines, ascending; at most [`CORRECTION_LINES_MAX`].
    #[n(7)]
    pub lines: Vec<EntryId>,
    /// The resolution that decided it, as the minutes name it; at most
    /// [`super::act::NAME_BYTES_MAX`].
    #[n(8)]
    pub resolution: Option<String>,
    /// The proposal, adopted by every member, that says who bears the line: for [`Outcome::Reallocated`] alone, which
    /// takes one.
    #[n(9)]
    pub ruling: Option<EntryId>,
}

/// What comes of a line that is corrected.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 异议成立: the objection was right; the line goes and nothing takes its place.
    #[n(0)]
    Upheld,
    /// 更正: other lines take its place.
    #[n(1)]
    Amended,
    /// 重新分担: the same payer paid the same sum, to the fen, but other cities bear it, as a resolution says.
    #[n(2)]
    Reallocated,
}

impl Outcome {
    /// The outcome's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Upheld => "upheld",
            Outcome::Amended => "amended",
            Outcome::Reallocated => "reallocated",
        }
    }
}

/// The other city of the pair signs a correction.
///
/// The line is repeated so that two signatures can be compared without the corrections they name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Agree {
    /// The correction's entry.
    #[n(0)]
    pub correction: EntryId,
    /// The line that it reverses.
    #[n(1)]
    pub line: EntryId,
}
