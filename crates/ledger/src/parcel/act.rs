//! What cities sign in a parcel: its posting, what became of it on the way, and what it cost.
//!
//! Acts hold references, numbers and dates: no personal data and no free text, which travel in the
//! sealed part of the same entry. What an act amounts to is said by [`super::State`].

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use crate::calendar::Day;
use crate::id::{DocumentId, EntryId};
use crate::kind::Retain;
use crate::money::Amount;
use crate::number::TrackingNo;

/// The longest carrier name, in bytes.
pub const CARRIER_BYTES_MAX: usize = 64;
/// The most cases whose papers one parcel may hold.
pub const CASES_MAX: usize = 64;

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
    /// The posting date (收寄日期): it fixes the postage rule and the month.
    #[n(6)]
    pub posted: Day,
    /// How the carrier is paid.
    #[n(7)]
    pub pay: PayMethod,
    /// The weight in grams; zero when it was not weighed.
    #[n(8)]
    pub weight_g: u32,
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

/// The legs of `domain.md` §3.6.2 that a city posts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Leg {
    /// L2: materials or originals from the receiving city to the owner.
    #[n(2)]
    #[serde(rename = "L2")]
    Materials,
    /// L3: results from the owner to the window that hands them out.
    #[n(3)]
    #[serde(rename = "L3")]
    ResultToWindow,
    /// L4: a certificate from the owner to the applicant.
    #[n(4)]
    #[serde(rename = "L4")]
    ResultToApplicant,
    /// L5: originals or wrongly collected papers back to the receiving city.
    #[n(5)]
    #[serde(rename = "L5")]
    Return,
    /// L6: a supplement after a notice.
    #[n(6)]
    #[serde(rename = "L6")]
    Supplement,
    /// L7: a second delivery, or the surcharge of a returned parcel.
    #[n(7)]
    #[serde(rename = "L7")]
    Redelivery,
}

impl Leg {
    /// The leg's code in `domain.md` §3.6.2.
    pub const fn code(self) -> &'static str {
        match self {
            Leg::Materials => "L2",
            Leg::ResultToWindow => "L3",
            Leg::ResultToApplicant => "L4",
            Leg::Return => "L5",
            Leg::Supplement => "L6",
            Leg::Redelivery => "L7",
        }
    }

    /// Says whether a parcel of this leg may go to the recipient: L4 ends at the applicant, L7 at
    /// either, every other leg at a city.
    pub const fn reaches(self, to: &Recipient) -> bool {
        matches!(
            (self, to),
            (Leg::Redelivery, _)
                | (Leg::ResultToApplicant, Recipient::Applicant)
                | (
                    Leg::Materials | Leg::ResultToWindow | Leg::Return | Leg::Supplement,
                    Recipient::City(_)
                )
        )
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
