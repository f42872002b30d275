//! How custody is offered, taken, refused and taken back, and taken over where a case is stuck.

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};

use super::Officer;
use crate::code::Code;
use crate::id::{CertificateId, EntryId};

/// Offers the baton.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Push {
    /// The one recipient.
    #[n(0)]
    pub to: CityId,
    /// The custody act that gave the case to the signer.
    #[n(1)]
    pub baton: EntryId,
    /// Hash of what is handed over ([`super::super::State::manifest`]).
    #[n(2)]
    pub manifest: Hash32,
    /// Declines and recalls of this baton that the signer knew, ascending.
    #[n(3)]
    pub after: Vec<EntryId>,
}

/// An answer to a push: an Ack or a Recall.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Answer {
    /// The push.
    #[n(0)]
    pub push: EntryId,
    /// The push's baton.
    #[n(1)]
    pub baton: EntryId,
}

/// A person's first look at an acknowledged case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FirstLook {
    /// The Ack.
    #[n(0)]
    pub ack: EntryId,
    /// Who looked.
    #[n(1)]
    pub officer: Officer,
}

/// A node's automatic refusal of a push.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decline {
    /// The push.
    #[n(0)]
    pub push: EntryId,
    /// The push's baton.
    #[n(1)]
    pub baton: EntryId,
    /// Why: `E_ITEM_NOT_ACTIVE`, `E_GRANT`, `E_STATE` (recalled).
    #[n(2)]
    pub reason: Code,
}

/// Takes a stuck case by a resolution that names its holder (`design.md` §4).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TakeOver {
    /// The certificate of the resolution.
    #[n(0)]
    pub certificate: CertificateId,
    /// The custody acts by which cities held the case, ascending, as [`super::super::State::held_batons`] gives them.
    #[n(1)]
    pub batons: Vec<EntryId>,
}
