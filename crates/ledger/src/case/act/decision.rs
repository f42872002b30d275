//! Acceptance, decision and result.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Means, Officer};
use crate::calendar::Day;

/// Legal acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Accept {
    /// The day on which the papers were complete: at R, or at the owner where it examines originals itself.
    #[n(0)]
    pub on: Day,
    /// Who accepted.
    #[n(1)]
    pub officer: Officer,
}

/// Refusal to accept; reasons and remedies in words are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NotAccept {
    /// The legal basis, as `行政许可法32`.
    #[n(0)]
    pub basis: String,
    /// Who refused.
    #[n(1)]
    pub officer: Officer,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decide {
    /// What was decided.
    #[n(0)]
    pub outcome: Outcome,
    /// Who decided.
    #[n(1)]
    pub officer: Officer,
}

/// Decision outcomes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 准予.
    #[n(1)]
    Granted,
    /// 容缺通过.
    #[n(2)]
    OnCommitment,
    /// 不予; reasons and remedies are in the sealed part.
    #[n(3)]
    Refused,
}

/// The result leaves the owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SendResult {
    /// How.
    #[n(0)]
    pub delivery: Delivery,
}

/// How a result travels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// By network, to the applicant or R's window.
    #[n(1)]
    Network,
    /// By post to the applicant.
    #[n(2)]
    PostToApplicant,
    /// By post to R's window.
    #[n(3)]
    PostToWindow,
}

/// The applicant has the result.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Served {
    /// When.
    #[n(0)]
    pub on: Day,
    /// How it is proven.
    #[n(1)]
    pub means: Means,
}
