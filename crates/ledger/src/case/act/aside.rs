//! Facts that everyone concerned may record beside the course of a case.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use super::{Means, Officer};
use crate::calendar::Day;
use crate::id::EntryId;

/// Asks another city what shared data cannot tell (E26, R-028). The question is in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ConfirmAsk {
    /// The city asked, which becomes party to the case.
    #[n(0)]
    pub to: CityId,
    /// Who asks.
    #[n(1)]
    pub officer: Officer,
}

/// The answer (E26).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ConfirmAnswer {
    /// The question.
    #[n(0)]
    pub ask: EntryId,
    /// Whether it is as asked.
    #[n(1)]
    pub confirmed: bool,
    /// How the answer came; by telephone it names who was called.
    #[n(2)]
    pub means: Means,
    /// Who was called, where it was by telephone or fax.
    #[n(3)]
    pub callee: Option<Officer>,
    /// Who recorded it.
    #[n(4)]
    pub officer: Officer,
}

/// A call or fax where the network failed (`ack_wait`).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contact {
    /// The push, or the opening of a sub-case, about which it was.
    #[n(0)]
    pub about: EntryId,
    /// How.
    #[n(1)]
    pub means: Means,
    /// Who was reached.
    #[n(2)]
    pub callee: Officer,
    /// Who called.
    #[n(3)]
    pub officer: Officer,
}

/// 督办: an order of the centre that has to be answered (E28, R-135).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Supervise {
    /// The city that has to answer.
    #[n(0)]
    pub to: CityId,
    /// Why, as a code.
    #[n(1)]
    pub reason: String,
    /// The last day for the answer.
    #[n(2)]
    pub due: Day,
    /// Who ordered.
    #[n(3)]
    pub officer: Officer,
}

/// The answer to a [`Supervise`] or [`Complain`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reply {
    /// What it answers.
    #[n(0)]
    pub to: EntryId,
    /// Who answered.
    #[n(1)]
    pub officer: Officer,
}

/// 投诉. The words are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Complain {
    /// The city that it is about.
    #[n(0)]
    pub about: CityId,
    /// What it is about, as a code: `sent-elsewhere`, `late`, `rude`, `other`.
    #[n(1)]
    pub reason: String,
}

/// 好差评 (E27, R-160). Who rates is not recorded; words are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rate {
    /// How it came.
    #[n(0)]
    pub channel: Channel,
    /// The visit to the window, counted from 1; 0 for a rating online, of which a matter has one.
    #[n(1)]
    pub visit: u16,
    /// 1, very satisfied, to 5, very dissatisfied (GB/T 39046 table 9).
    #[n(2)]
    pub level: u8,
    /// The city that is rated.
    #[n(3)]
    pub city: CityId,
    /// What of it.
    #[n(4)]
    pub target: Target,
}

/// How a rating came.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// 现场评, at the window.
    #[n(1)]
    OnSite,
    /// 在线评.
    #[n(2)]
    Online,
    /// 扫码评.
    #[n(3)]
    Scan,
    /// 短信评.
    #[n(4)]
    Sms,
}

/// What of a city is rated.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Its window.
    #[n(1)]
    Window,
    /// Its department.
    #[n(2)]
    Department,
    /// The delivery.
    #[n(3)]
    Delivery,
}

/// A step in the follow-up of a bad rating, by the rated city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FollowUp {
    /// The rating.
    #[n(0)]
    pub rating: EntryId,
    /// The step.
    #[n(1)]
    pub step: FollowStep,
    /// Who did it.
    #[n(2)]
    pub officer: Officer,
}

/// Steps of a follow-up, in order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum FollowStep {
    /// The person was contacted.
    #[n(1)]
    Contacted,
    /// It was mended.
    #[n(2)]
    Mended,
    /// 回访: the person was told and asked again.
    #[n(3)]
    CalledBack,
}
