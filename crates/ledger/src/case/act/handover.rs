//! 职能划转: the department of the owner that answers for a case changes (E29).

use minicbor::{Decode, Encode};

use super::Officer;
use crate::id::EntryId;

/// The case follows its item to another department of the owner (E29, R-183). Its clocks and notices stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HandoverCase {
    /// The change on the owner's page, which says that the new department has taken the item.
    #[n(0)]
    pub change: EntryId,
    /// The old department, as a code.
    #[n(1)]
    pub from_dept: String,
    /// The new department, as a code.
    #[n(2)]
    pub to_dept: String,
    /// The hand-over before this one.
    #[n(3)]
    pub after: Option<EntryId>,
    /// Who handed it over; none if the owner's node did.
    #[n(4)]
    pub officer: Option<Officer>,
}
