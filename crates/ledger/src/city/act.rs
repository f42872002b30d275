//! What a city signs on its own page.

use minicbor::{Decode, Encode};
use tongban_identity::DivisionCode;

use super::items::{ItemChange, ItemDeleted, ItemTaken};
use super::roster::Roster;
use crate::id::EntryId;
use crate::kind::Retain;

/// An act of a city's page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Opens the page: the genesis.
    #[n(0)]
    Open(#[n(0)] Open),
    /// Announces the city's particulars, whole, in place of the current ones.
    #[n(1)]
    Announce(#[n(0)] Announce),
    /// Says which entries of a revoked device stay.
    #[n(2)]
    Retain(#[n(0)] Retain),
    /// Adds rows to the city's roster: windows, officers, liaisons, who stands in for whom.
    #[n(3)]
    Roster(#[n(0)] Roster),
    /// 事项调整 is announced.
    #[n(10)]
    ItemChange(#[n(0)] ItemChange),
    /// The department has taken the item.
    #[n(11)]
    ItemTaken(#[n(0)] ItemTaken),
    /// The item's old entry is deleted.
    #[n(12)]
    ItemDeleted(#[n(0)] ItemDeleted),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Open(_) => "open",
            Act::Announce(_) => "announce",
            Act::Retain(_) => "retain",
            Act::Roster(_) => "roster",
            Act::ItemChange(_) => "item-change",
            Act::ItemTaken(_) => "item-taken",
            Act::ItemDeleted(_) => "item-deleted",
        }
    }
}

/// The genesis: which member opens its page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// The division code under which the city signed the agreement.
    #[n(0)]
    pub division: DivisionCode,
    /// Its name.
    #[n(1)]
    pub name: String,
}

/// A city's particulars.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Announce {
    /// Where its node listens, as `host:port`; at most [`ADDRESSES_MAX`](super::ADDRESSES_MAX).
    #[n(0)]
    pub addresses: Vec<String>,
    /// Its signed encryption certificate, as bytes that the reader verifies.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub encryption: Vec<u8>,
    /// Its windows; at most [`WINDOWS_MAX`](super::WINDOWS_MAX).
    #[n(2)]
    pub windows: Vec<String>,
    /// The announcements that were current before, ascending.
    #[n(3)]
    pub replaces: Vec<EntryId>,
}
