//! What happens to a parcel beside its posting, arrival and opening: the dispatch window, the carrier's word,
//! papers put to their cases, money given back to an applicant, and claims against the carrier.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::id::{DocumentId, EntryId};
use crate::money::Amount;

/// The most events of the carrier that a parcel holds; a further one is refused.
pub const EVENTS_MAX: usize = 64;
/// The longest code of a requirement in a hand-over list, in bytes.
pub const REQUIREMENT_BYTES_MAX: usize = 32;
/// The most claims of a parcel.
pub const CLAIMS_MAX: usize = 8;

/// A row of the hand-over list (交接单): one paper of one case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Content {
    /// The case; one of the parcel's.
    #[n(0)]
    pub case: DocumentId,
    /// The requirement of the guide, or `result`; at most [`REQUIREMENT_BYTES_MAX`].
    #[n(1)]
    pub requirement: String,
    /// How many pages.
    #[n(2)]
    pub pages: u16,
    /// Whether it is an original, which goes back to the applicant.
    #[n(3)]
    pub original: bool,
}

/// A department hands a parcel to the dispatch window (统一收发件窗口, R-153).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Dispatch {
    /// The batch; parcels of one window with one batch go to the carrier together.
    #[n(0)]
    pub batch: String,
    /// The dispatch window.
    #[n(1)]
    pub window: String,
    /// The department.
    #[n(2)]
    pub dept: String,
    /// The day.
    #[n(3)]
    pub on: Day,
}

/// A parcel that was made ready is posted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Send {
    /// The posting date (收寄日期).
    #[n(0)]
    pub on: Day,
    /// The weight in grams; zero when it was not weighed again.
    #[n(1)]
    pub weight_g: u32,
}

/// What the carrier says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Carried {
    /// What happened.
    #[n(0)]
    pub event: Event,
    /// The day.
    #[n(1)]
    pub on: Day,
}

/// What may happen to a parcel on its way. Of events of one day the later one here is the later one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// 运输中.
    #[n(0)]
    InTransit,
    /// 改投.
    #[n(1)]
    Redelivered,
    /// 拒收.
    #[n(2)]
    Refused,
    /// 破损.
    #[n(3)]
    Damaged,
    /// 退回: back at the sender.
    #[n(4)]
    Returned,
    /// 丢失.
    #[n(5)]
    Lost,
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 6] = [
        Event::InTransit,
        Event::Redelivered,
        Event::Refused,
        Event::Damaged,
        Event::Returned,
        Event::Lost,
    ];

    /// The event's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Event::InTransit => "in-transit",
            Event::Redelivered => "redelivered",
            Event::Refused => "refused",
            Event::Damaged => "damaged",
            Event::Returned => "returned",
            Event::Lost => "lost",
        }
    }
}

/// The receiver city put the papers to their cases.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct File {
    /// The day.
    #[n(0)]
    pub on: Day,
}

/// What the applicant paid for a collect parcel was given back: outside every settlement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Repay {
    /// How much.
    #[n(0)]
    pub amount: Amount,
    /// The day.
    #[n(1)]
    pub on: Day,
}

/// A claim against the carrier for a parcel that is lost or damaged.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Claim {
    /// What is claimed.
    #[n(0)]
    pub amount: Amount,
    /// The insured value, where it was insured.
    #[n(1)]
    pub insured: Option<Amount>,
    /// The day of the claim.
    #[n(2)]
    pub on: Day,
    /// By when the carrier has to answer.
    #[n(3)]
    pub due: Day,
}

/// How a claim ended. What was paid is a cost line of the kind compensation as well.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClaimEnd {
    /// The claim's entry.
    #[n(0)]
    pub claim: EntryId,
    /// How.
    #[n(1)]
    pub outcome: ClaimOutcome,
    /// What was paid, if something was.
    #[n(2)]
    pub amount: Option<Amount>,
    /// The day.
    #[n(3)]
    pub on: Day,
}

/// How a claim ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimOutcome {
    /// 已赔付.
    #[n(0)]
    Paid,
    /// 拒赔.
    #[n(1)]
    Refused,
    /// 撤回.
    #[n(2)]
    Withdrawn,
}

impl ClaimOutcome {
    /// The outcome's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            ClaimOutcome::Paid => "paid",
            ClaimOutcome::Refused => "refused",
            ClaimOutcome::Withdrawn => "withdrawn",
        }
    }
}
