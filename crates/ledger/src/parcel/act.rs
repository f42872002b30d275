//! What cities sign in a parcel: its posting, what became of it on the way, and what it cost.
//!
//! Acts hold references, numbers and dates: no personal data and no free text, which travel in the
//! sealed part of the same entry. What an act amounts to is said by [`super::State`].

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};

use super::leg::Leg;
use super::life::{Carried, Claim, ClaimEnd, Content, Dispatch, File, Repay, Send};
use super::objection::{Agree, Correct, Dispute, Withdraw};
use crate::calendar::Day;
use crate::id::{DocumentId, EntryId};
use crate::kind::Retain;
use crate::money::Amount;
use crate::number::TrackingNo;

/// The longest carrier name, in bytes.
pub const CARRIER_BYTES_MAX: usize = 64;
/// The most cases whose papers one parcel may hold.
pub const CASES_MAX: usize = 64;
/// The longest name of a window, a department, a batch, a bill or a resolution, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// The most rows of a hand-over list.
pub const CONTENTS_MAX: usize = 128;
/// The most cost lines of a parcel; a further one is refused.
pub const LINES_MAX: usize = 64;

/// An act of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 寄出: the genesis, by the sender city.
    #[n(0)]
    Post(#[n(0)] Post),
    /// 到达: the parcel reached the receiver city.
    #[n(1)]
    Arrive(#[n(0)] Arrive),
    /// 开拆: the receiver city opened and counted it.
    #[n(2)]
    Open(#[n(0)] Open),
    /// 费用: what a city paid for it.
    #[n(3)]
    Cost(#[n(0)] CostLine),
    /// 确认: the counterpart of a line's author signs the line.
    #[n(4)]
    Confirm(#[n(0)] Confirm),
    /// Takes back a contradicted act of one's own city.
    #[n(5)]
    Retract(#[n(0)] EntryId),
    /// Says which entries of a revoked device stay.
    #[n(6)]
    Retain(#[n(0)] Retain),
    /// 备件: the genesis of a parcel that is not posted yet, by the sender city; its posting date is the
    /// day on which it was made ready.
    #[n(7)]
    Prepare(#[n(0)] Post),
    /// 交收发件窗口: a department hands it to the dispatch window.
    #[n(8)]
    Dispatch(#[n(0)] Dispatch),
    /// 交寄: a parcel that was made ready is posted.
    #[n(9)]
    Send(#[n(0)] Send),
    /// 承运信息: what the carrier says became of it.
    #[n(10)]
    Carried(#[n(0)] Carried),
    /// 归卷: the receiver city put the papers to their cases.
    #[n(11)]
    File(#[n(0)] File),
    /// 异议: a city objects to a cost line.
    #[n(12)]
    Dispute(#[n(0)] Dispute),
    /// 撤回异议.
    #[n(13)]
    Withdraw(#[n(0)] Withdraw),
    /// 更正: reverses a line and puts new ones in its place, once the other city agreed.
    #[n(14)]
    Correct(#[n(0)] Correct),
    /// 同意更正: the other city signs a correction.
    #[n(15)]
    Agree(#[n(0)] Agree),
    /// 退还申请人: what an applicant paid for a collect parcel was given back.
    #[n(16)]
    Repay(#[n(0)] Repay),
    /// 索赔: a claim against the carrier.
    #[n(17)]
    Claim(#[n(0)] Claim),
    /// 索赔结果.
    #[n(18)]
    ClaimEnd(#[n(0)] ClaimEnd),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Post(_) => "post",
            Act::Arrive(_) => "arrive",
            Act::Open(_) => "open",
            Act::Cost(_) => "cost",
            Act::Confirm(_) => "confirm",
            Act::Retract(_) => "retract",
            Act::Retain(_) => "retain",
            Act::Prepare(_) => "prepare",
            Act::Dispatch(_) => "dispatch",
            Act::Send(_) => "send",
            Act::Carried(_) => "carried",
            Act::File(_) => "file",
            Act::Dispute(_) => "dispute",
            Act::Withdraw(_) => "withdraw",
            Act::Correct(_) => "correct",
            Act::Agree(_) => "agree",
            Act::Repay(_) => "repay",
            Act::Claim(_) => "claim",
            Act::ClaimEnd(_) => "claim-end",
        }
    }
}

/// The genesis: what was posted, to whom, and how it is paid for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Post {
    /// To whom it goes.
    #[n(0)]
    pub to: Recipient,
    /// The leg of `domain.md` §3.6.2.
    #[n(1)]
    pub leg: Leg,
    /// The carrier's name, at most [`CARRIER_BYTES_MAX`].
    #[n(2)]
    pub carrier: String,
    /// The carrier's number for it.
    #[n(3)]
    pub tracking: TrackingNo,
    /// The contents, by case; at most [`CASES_MAX`], none twice.
    #[n(4)]
    pub cases: Vec<DocumentId>,
    /// How many pieces of paper documents it holds, by the hand-over list.
    #[n(5)]
    pub pieces: u16,
    /// The posting date (收寄日期): it fixes the postage rule and the month. While a parcel is made ready,
    /// the day on which it was.
    #[n(6)]
    pub posted: Day,
    /// How the carrier is paid.
    #[n(7)]
    pub pay: PayMethod,
    /// The weight in grams; zero when it was not weighed.
    #[n(8)]
    pub weight_g: u32,
    /// The city that decides or issued (审批市): always on [`Leg::LastMile`], where it is another city than
    /// the sender and party to the parcel; on [`Leg::Redelivery`] and [`Leg::Forward`] one of the two cities.
    #[n(9)]
    pub approver: Option<CityId>,
    /// Whose contract account or return label pays, where it is not the usual one.
    #[n(10)]
    pub account: Option<CityId>,
    /// The window that posts it, at most [`NAME_BYTES_MAX`].
    #[n(11)]
    pub window: Option<String>,
    /// The hand-over list (交接单); at most [`CONTENTS_MAX`] rows, of the cases above.
    #[n(12)]
    pub contents: Vec<Content>,
}

impl Post {
    /// The city beside the sender: the receiver, or the one that issued what the sender posts on.
    pub fn other(&self) -> Option<CityId> {
        match self.leg {
            Leg::LastMile => self.approver,
            _ => self.to.city(),
        }
    }

    /// The city whose account or label pays the carrier; none where the payer stands at the counter.
    pub fn account(&self, from: CityId) -> Option<CityId> {
        match self.pay {
            PayMethod::Contract => Some(self.account.unwrap_or(from)),
            PayMethod::ReturnLabel => self.account.or(self.to.city()),
            PayMethod::Prepaid | PayMethod::Collect => None,
        }
    }
}

/// To whom a parcel goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Recipient {
    /// A member city.
    #[n(0)]
    City(#[n(0)] CityId),
    /// The applicant of the cases; no second city sees the parcel.
    #[n(1)]
    Applicant,
}

impl Recipient {
    /// The receiver city, if it is one.
    pub const fn city(&self) -> Option<CityId> {
        match self {
            Recipient::City(city) => Some(*city),
            Recipient::Applicant => None,
        }
    }
}

/// How the carrier is paid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum PayMethod {
    /// 现付: at the counter.
    #[n(0)]
    Prepaid,
    /// 协议账户: on a contract account.
    #[n(1)]
    Contract,
    /// 到付: by the receiver.
    #[n(2)]
    Collect,
    /// By the other city's return label.
    #[n(3)]
    ReturnLabel,
}

impl PayMethod {
    /// The method's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            PayMethod::Prepaid => "prepaid",
            PayMethod::Contract => "contract",
            PayMethod::Collect => "collect",
            PayMethod::ReturnLabel => "return-label",
        }
    }
}

/// The parcel reached the receiver city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Arrive {
    /// The day it came in.
    #[n(0)]
    pub on: Day,
    /// The hall or window that took it in, at most [`NAME_BYTES_MAX`].
    #[n(1)]
    pub window: Option<String>,
}

/// The receiver city opened the parcel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// The day it was opened.
    #[n(0)]
    pub on: Day,
    /// What was found.
    #[n(1)]
    pub outcome: Opening,
}

/// What the receiver city found in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// The contents are those of the hand-over list.
    #[n(0)]
    Ok,
    /// The contents differ from the list.
    #[n(1)]
    Discrepancy {
        /// The pieces counted.
        #[n(0)]
        pieces: u16,
    },
}

/// What a city paid for a parcel, or got back for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CostLine {
    /// What it was paid for.
    #[n(0)]
    pub kind: CostKind,
    /// How much; what comes back is an amount too, its direction lies in the kind.
    #[n(1)]
    pub amount: Amount,
    /// The city that paid the carrier, or that the carrier paid.
    #[n(2)]
    pub payer: CityId,
    /// The version of the postage rule that covers the posting date.
    #[n(3)]
    pub rule: u32,
    /// The carrier's bill, at most [`NAME_BYTES_MAX`].
    #[n(4)]
    pub bill: Option<String>,
    /// SHA-256 of the receipt.
    #[n(5)]
    pub receipt: Option<Hash32>,
    /// The line that this one is to replace, and the city that bears this one: a line of a correction.
    #[n(6)]
    pub instead: Option<Instead>,
}

/// What makes a cost line one of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Instead {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// The city that bears the new line, whatever the rule says.
    #[n(1)]
    pub liable: CityId,
}

/// What a cost line is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum CostKind {
    /// 邮费: at most one for a parcel.
    #[n(0)]
    Postage,
    /// 改投费: a second delivery or storage.
    #[n(1)]
    Redelivery,
    /// 包装费.
    #[n(2)]
    Packing,
    /// 保价费.
    #[n(3)]
    Insurance,
    /// 退费: the carrier gave back part of a payment.
    #[n(4)]
    Refund,
    /// 赔偿: the carrier compensated a loss.
    #[n(5)]
    Compensation,
}

impl CostKind {
    /// Every kind, in the order of the variants.
    pub const ALL: [CostKind; 6] = [
        CostKind::Postage,
        CostKind::Redelivery,
        CostKind::Packing,
        CostKind::Insurance,
        CostKind::Refund,
        CostKind::Compensation,
    ];

    /// The kind's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            CostKind::Postage => "postage",
            CostKind::Redelivery => "redelivery",
            CostKind::Packing => "packing",
            CostKind::Insurance => "insurance",
            CostKind::Refund => "refund",
            CostKind::Compensation => "compensation",
        }
    }

    /// Says whether the money came from the carrier: then the payer owes the liable city.
    pub const fn comes_back(self) -> bool {
        matches!(self, CostKind::Refund | CostKind::Compensation)
    }
}

/// Signs another city's cost line.
///
/// The kind is repeated so that two confirmations can be compared without the lines they name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Confirm {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// The line's kind.
    #[n(1)]
    pub kind: CostKind,
}
