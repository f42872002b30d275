//! 自建系统跳转: an application that goes on in a system of the owner or of a higher authority, and its way back.

use minicbor::{Decode, Encode};

use super::Officer;
use crate::calendar::Day;
use crate::id::EntryId;

/// 留痕跳转: the applicant is sent on to another system. Its address is in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct JumpOut {
    /// The system, as a code.
    #[n(0)]
    pub system: String,
    /// Whether the link signs the applicant on (单点登录).
    #[n(1)]
    pub sso: bool,
    /// The last day on which the link was seen to work.
    #[n(2)]
    pub checked: Day,
    /// Who answers for the link.
    #[n(3)]
    pub officer: Officer,
}

/// 回流: the other system gave the matter back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BackFlow {
    /// The [`JumpOut`].
    #[n(0)]
    pub jump: EntryId,
    /// The number of the case in the other system, as a code.
    #[n(1)]
    pub number: String,
    /// The day on which it came back.
    #[n(2)]
    pub on: Day,
    /// Who recorded it.
    #[n(3)]
    pub officer: Officer,
}
