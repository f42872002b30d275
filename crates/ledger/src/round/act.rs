//! What members sign in a settlement round: the totals of their bills, proposals, signatures and payments.
//!
//! Totals, never lines: what two cities sent each other is theirs alone.

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32, encode_canonical};

use crate::calendar::{Day, Month};
use crate::id::EntryId;
use crate::kind::Retain;
use crate::money::Fen;
use crate::netting::Netting;

use super::figures::Bill;

/// The most bills of one report.
pub const ROWS_MAX: usize = 512;
/// The most that one city may owe another in a bill: every line that both may draw up, each at the greatest amount. All
/// that members may report together then stays in the range of money, and nobody's figures stop a round.
pub const OWED_MAX: Fen = Fen::new(6_553_600_000_000);
/// The most reports of one city in a round.
pub const REPORTS_MAX: usize = 8;
/// The most reports that a proposal rests on.
pub const NAMED_MAX: usize = 2_400;
/// The most cities that a proposal names.
pub const CITIES_MAX: usize = 300;
/// The most proposals of one member in a round.
pub const PROPOSALS_MAX: usize = 16;
/// The most payments, and receipts, of one city in a round.
pub const PAYMENTS_MAX: usize = 1_024;
/// The most that one payment may be, in fen: all that a city may record add up within [`Fen`]. A greater transfer is paid
/// in parts.
pub const PAY_MAX: Fen = OWED_MAX;
/// The longest number of a voucher, in bytes.
pub const VOUCHER_BYTES_MAX: usize = 64;

/// An act of a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 开轮: the genesis, by the secretary, or by any member when the secretary is late.
    #[n(0)]
    Open(#[n(0)] Open),
    /// 报账: the totals of bills that a city and its counterparts signed.
    #[n(1)]
    Report(#[n(0)] Report),
    /// 提案: which bills are settled, under a number.
    #[n(2)]
    Propose(#[n(0)] Propose),
    /// 签署: a member signs a proposal.
    #[n(3)]
    Sign(#[n(0)] Sign),
    /// 付款登记: a payment made outside the system.
    #[n(4)]
    Pay(#[n(0)] Pay),
    /// 收款确认: the payee says that it arrived.
    #[n(5)]
    Receive(#[n(0)] Receive),
    /// Says which entries of a revoked device stay.
    #[n(6)]
    Retain(#[n(0)] Retain),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Open(_) => "round-open",
            Act::Report(_) => "round-report",
            Act::Propose(_) => "round-propose",
            Act::Sign(_) => "round-sign",
            Act::Pay(_) => "pay",
            Act::Receive(_) => "receive-payment",
            Act::Retain(_) => "retain",
        }
    }
}

/// The genesis: which month.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// The month.
    #[n(0)]
    pub month: Month,
}

/// Bills of a city with others, as totals. A bill counts once both of its cities reported the same of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Report {
    /// The bills, ascending by city, month and hash; at least one and at most [`ROWS_MAX`].
    #[n(0)]
    pub rows: Vec<Row>,
}

/// A bill as one of its cities reports it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Row {
    /// The other city.
    #[n(0)]
    pub with: CityId,
    /// The month of the bill, which is not after that of the round.
    #[n(1)]
    pub month: Month,
    /// The hash over its lines that both signed.
    #[n(2)]
    pub hash: Hash32,
    /// What the reporting city owes the other one: not below zero.
    #[n(3)]
    pub owed: Fen,
    /// What the other city owes it: not below zero.
    #[n(4)]
    pub due: Fen,
}

/// A numbered proposal: a pure function of the reports that it names, less the bills of the cities left out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Propose {
    /// Its number, from 1: one more than the highest that its author knew.
    #[n(0)]
    pub number: u32,
    /// The reports, ascending; at most [`NAMED_MAX`].
    #[n(1)]
    pub reports: Vec<EntryId>,
    /// Cities whose bills are left out because they did not sign the number before, ascending.
    #[n(2)]
    pub left_out: Vec<CityId>,
    /// Cities that have a bill in it, ascending: each of them must sign.
    #[n(3)]
    pub cities: Vec<CityId>,
    /// How many cities must sign in all: ⌊2n/3⌋+1 members, and each of the cities above that left the agreement.
    #[n(4)]
    pub quorum: u32,
    /// How the transfers are found, as the agreement has adopted.
    #[n(5)]
    pub netting: Netting,
    /// The hash over all of it, as [`hash`] gives it.
    #[n(6)]
    pub hash: Hash32,
}

/// A member's signature under a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sign {
    /// The proposal.
    #[n(0)]
    pub proposal: EntryId,
    /// Its number: a city signs one proposal of each.
    #[n(1)]
    pub number: u32,
    /// Its hash, which makes the entry a proof by itself.
    #[n(2)]
    pub hash: Hash32,
}

/// A payment of the author's city, made outside the system.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pay {
    /// The complete proposal that asks for it.
    #[n(0)]
    pub proposal: EntryId,
    /// Who was paid.
    #[n(1)]
    pub to: CityId,
    /// How much: above zero.
    #[n(2)]
    pub amount: Fen,
    /// The voucher's number (凭证号): at least one byte and at most [`VOUCHER_BYTES_MAX`]; one city's number counts once.
    #[n(3)]
    pub voucher: String,
    /// The day of payment.
    #[n(4)]
    pub on: Day,
}

/// The payee's word that a payment arrived.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receive {
    /// The payment.
    #[n(0)]
    pub payment: EntryId,
    /// The day on which it arrived.
    #[n(1)]
    pub on: Day,
}

/// The hash that members sign: over month, number, netting, quorum and the bills in order. It is the same on every
/// node, in whatever order entries came.
pub fn hash(month: Month, number: u32, netting: Netting, quorum: u32, bills: &[Bill]) -> Hash32 {
    Hash32::hash(
        "tongban/round/v1",
        &[
            &month.number().to_be_bytes(),
            &number.to_be_bytes(),
            &encode_canonical(&netting),
            &quorum.to_be_bytes(),
            &encode_canonical(&bills),
        ],
    )
}
