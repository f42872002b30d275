//! What two cities sign in a monthly bill: what each counts, and that it signs a set of lines.

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32, encode_canonical};

use crate::calendar::{Day, Month};
use crate::id::{DocumentId, EntryId};
use crate::kind::Retain;
use crate::money::Amount;
use crate::number::TrackingNo;
use crate::parcel::CostKind;

/// The most lines of one draft entry; a longer draft goes on in the next entry.
pub const LINES_MAX: usize = 512;
/// The most draft entries of one city in one bill.
pub const DRAFTS_MAX: usize = 64;
/// The most signatures of one city in one bill, those taken back included.
pub const SIGNS_MAX: usize = 16;

/// An act of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 建账: the genesis, by either city of the pair once the month is over.
    #[n(0)]
    Open(#[n(0)] Open),
    /// 拟账: lines that a city counts.
    #[n(1)]
    Draft(#[n(0)] Draft),
    /// 签账: a city signs the lines of some drafts.
    #[n(2)]
    Sign(#[n(0)] Sign),
    /// 撤签: takes back a signature that the other city has not answered with its own.
    #[n(3)]
    Retract(#[n(0)] Retract),
    /// Says which entries of a revoked device stay.
    #[n(4)]
    Retain(#[n(0)] Retain),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Open(_) => "bill-open",
            Act::Draft(_) => "bill-draft",
            Act::Sign(_) => "bill-sign",
            Act::Retract(_) => "bill-retract",
            Act::Retain(_) => "retain",
        }
    }
}

/// The genesis: which pair and which month.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// The other city.
    #[n(0)]
    pub with: CityId,
    /// The month; the cut is its last day, 24:00 in Beijing.
    #[n(1)]
    pub month: Month,
}

/// Lines that a city counts, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Draft {
    /// Which draft of this city it is, from 1; the parts of one draft share it.
    #[n(0)]
    pub number: u32,
    /// The lines, ascending by entry id, none twice; at least one and at most [`LINES_MAX`].
    #[n(1)]
    pub lines: Vec<Line>,
}

/// A cost line as a bill counts it: copied from the parcel, so that a bill stays what it was when it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Line {
    /// The line's entry in its parcel.
    #[n(0)]
    pub line: EntryId,
    /// The parcel.
    #[n(1)]
    pub parcel: DocumentId,
    /// The parcel's tracking number.
    #[n(2)]
    pub tracking: TrackingNo,
    /// What it is for.
    #[n(3)]
    pub kind: CostKind,
    /// The posting day, which is not after the cut.
    #[n(4)]
    pub posted: Day,
    /// How much.
    #[n(5)]
    pub amount: Amount,
    /// The city of the pair that paid, or that the carrier paid back; the other one bears it.
    #[n(6)]
    pub payer: CityId,
}

/// A city's signature under a set of lines.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sign {
    /// The drafts, of either city, that have the lines; ascending, at least one and at most [`DRAFTS_MAX`].
    #[n(0)]
    pub drafts: Vec<EntryId>,
    /// The hash over the lines, as [`hash`] gives it.
    #[n(1)]
    pub hash: Hash32,
}

/// Takes a signature back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Retract {
    /// The signature of one's own city.
    #[n(0)]
    pub sign: EntryId,
    /// Its hash: an answer of the other city that this one had not seen is found by it.
    #[n(1)]
    pub hash: Hash32,
}

/// The hash that both cities sign: over the pair, the month and the lines in order of their ids.
pub fn hash(pair: (CityId, CityId), month: Month, lines: &[Line]) -> Hash32 {
    let (low, high) = (pair.0.min(pair.1), pair.0.max(pair.1));
    Hash32::hash(
        "tongban/bill/v1",
        &[
            &low.0,
            &high.0,
            &month.number().to_be_bytes(),
            &encode_canonical(&lines),
        ],
    )
}
