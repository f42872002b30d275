//! What cities agreed on about papers: the channels over which they travel, and whose e-certs count.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, DivisionCode};

use crate::calendar::Day;

/// The most recognised kinds of e-certs of an agreement.
pub const RECOGNITION_MAX: usize = 512;

/// A channel over which papers of a case travel between cities (资料传输方式, R-086).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Transfer {
    /// This platform: a push.
    #[n(1)]
    Platform,
    /// By post (线下邮寄).
    #[n(2)]
    Post,
    /// Another system on the network that both cities accepted (双方认定的线上渠道).
    #[n(3)]
    Online,
    /// Carried by hand, without a tracking number.
    #[n(4)]
    Hand,
}

impl Transfer {
    /// Every channel.
    pub const ALL: [Transfer; 4] = [
        Transfer::Platform,
        Transfer::Post,
        Transfer::Online,
        Transfer::Hand,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Transfer::Platform => "platform",
            Transfer::Post => "post",
            Transfer::Online => "online",
            Transfer::Hand => "hand",
        }
    }
}

/// A kind of e-cert (电子证照) that cities recognise (互认, R-105).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Recognition {
    /// The kind of certificate.
    #[n(0)]
    pub cert_type: String,
    /// The place that issues it; it need not be a member.
    #[n(1)]
    pub issuer: DivisionCode,
    /// The cities that accept it for items of their own.
    #[n(2)]
    pub accepted_by: Vec<CityId>,
    /// The first day.
    #[n(3)]
    pub from: Day,
}
