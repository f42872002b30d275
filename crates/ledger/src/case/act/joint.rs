//! 多地联办: sub-cases, one for each step of a joint-handling agreement.

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::{Officer, Outcome};
use crate::id::EntryId;

/// The lead opens a step at the city that does it, which becomes party to the case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubOpen {
    /// The step's id in the joint-handling agreement.
    #[n(0)]
    pub step: String,
    /// The city.
    #[n(1)]
    pub to: CityId,
    /// Who opened it.
    #[n(2)]
    pub officer: Officer,
    /// Earlier sub-cases of the step that were let go: their releases, ascending. It falls with them.
    #[n(3)]
    pub after: Vec<EntryId>,
}

/// The node of the step's city takes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubAck {
    /// The [`SubOpen`].
    #[n(0)]
    pub sub: EntryId,
}

/// Something of a step is done: a letter sent, money transferred (a reference only).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubProgress {
    /// The [`SubOpen`].
    #[n(0)]
    pub sub: EntryId,
    /// What, as a code.
    #[n(1)]
    pub what: String,
    /// Who did it.
    #[n(2)]
    pub officer: Officer,
}

/// A step is decided. Whether it can be undone says the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubDecide {
    /// The [`SubOpen`].
    #[n(0)]
    pub sub: EntryId,
    /// What was decided.
    #[n(1)]
    pub outcome: Outcome,
    /// Who decided.
    #[n(2)]
    pub officer: Officer,
}

/// The step's city lets go of it, so that the case may be withdrawn. It decides nothing in it any more.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubRelease {
    /// The [`SubOpen`].
    #[n(0)]
    pub sub: EntryId,
    /// The request to withdraw.
    #[n(1)]
    pub request: EntryId,
    /// Who released it.
    #[n(2)]
    pub officer: Officer,
}

/// The lead takes back a step that its city has not taken, so that a silent partner holds up nobody. An [`SubAck`] that
/// had not seen it wins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SubRecall {
    /// The [`SubOpen`].
    #[n(0)]
    pub sub: EntryId,
    /// Who took it back.
    #[n(1)]
    pub officer: Officer,
}

/// The city of a step asks to undo it; the lead opens the step that does so.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UndoAsk {
    /// The step that undoes, by its id in the agreement.
    #[n(0)]
    pub step: String,
    /// Who asks.
    #[n(1)]
    pub officer: Officer,
}
