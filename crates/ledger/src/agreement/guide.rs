//! Operation guides (操作指南) and the materials that they demand.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use crate::calendar::Day;
use crate::code::Code;

/// An operation guide (操作指南) by the city that owns the item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Guide {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city that owns the item and published the guide.
    #[n(1)]
    pub owner: CityId,
    /// Its version, counted from 1.
    #[n(2)]
    pub version: u32,
    /// The first day on which it is in force.
    #[n(3)]
    pub effective: Day,
    /// What the applicant must hand in.
    #[n(4)]
    pub requirements: Vec<Requirement>,
    /// Whether the window must check the person against the identity card.
    #[n(5)]
    pub id_check: bool,
}

impl Guide {
    /// Says whether it is an owner's guide for an item.
    pub fn of(&self, item: &str, owner: &CityId) -> bool {
        self.item == item && self.owner == *owner
    }

    /// Checks what needs no state: ids are unique, versions count from 1.
    pub(super) fn check(&self) -> Result<(), Code> {
        let ids: BTreeSet<_> = self.requirements.iter().map(|need| &need.id).collect();
        if ids.len() != self.requirements.len() || self.version == 0 {
            return Err(Code::Duplicate);
        }
        if self.requirements.len() > REQUIREMENTS_MAX {
            return Err(Code::TooLarge);
        }
        Ok(())
    }
}

/// The most materials of a guide.
pub const REQUIREMENTS_MAX: usize = 64;

/// One material that a guide demands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its id inside the guide, as `M1`.
    #[n(0)]
    pub id: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Whether a case without it is incomplete.
    #[n(2)]
    pub must: bool,
    /// Whether the window must see the original.
    #[n(3)]
    pub original: bool,
    /// Whether the owner examines the original itself, so that it is posted.
    #[n(4)]
    #[serde(default)]
    pub post: bool,
}
