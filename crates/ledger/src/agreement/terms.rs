//! What the founders of an agreement put their names to: items, guides, activations, grants and
//! the postage rule.
//!
//! The terms are plain data with the checks that need no state. Which of them hold at a given view
//! is answered by [`super::View`].

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, DivisionCode};

use crate::calendar::Day;
use crate::code::Code;

/// The most founders an agreement may name.
pub const FOUNDERS_MAX: usize = 300;
/// The longest name or code in the terms, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// The genesis act of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Found {
    /// The agreement's full name.
    #[n(0)]
    pub name: String,
    /// Its short code, as `AG-4C`.
    #[n(1)]
    pub code: String,
    /// The rules version in force; only a resolution raises it.
    #[n(2)]
    pub rules_version: u16,
    /// The founding cities, ascending by root key.
    #[n(3)]
    pub founders: Vec<Founder>,
    /// The annex that every founder signs with the agreement.
    #[n(4)]
    pub annex: Annex,
}

/// A founding city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Founder {
    /// The city's root key: the city itself.
    #[n(0)]
    pub city: CityId,
    /// Its division code, an attribute (GB/T 2260).
    #[n(1)]
    pub division: DivisionCode,
    /// Its name, an attribute.
    #[n(2)]
    pub name: String,
    /// Its signed encryption certificate, as sent in the invitation.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub encryption: Vec<u8>,
    /// Where its node listens, as `host:port`.
    #[n(4)]
    pub addresses: Vec<String>,
}

/// Items, guides, activations, grants and the postage rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Annex {
    /// The catalogue.
    #[n(0)]
    pub items: Vec<Item>,
    /// Operation guides, each of one owner city.
    #[n(1)]
    pub guides: Vec<Guide>,
    /// What is live for which ordered city pair.
    #[n(2)]
    pub activations: Vec<Activation>,
    /// Delegated powers.
    #[n(3)]
    pub grants: Vec<Grant>,
    /// Who bears the postage between cities.
    #[n(4)]
    pub postage: Vec<PostageRule>,
}

/// A service item (事项) of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its base code.
    #[n(0)]
    pub code: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Its domain, as 公积金.
    #[n(2)]
    pub domain: String,
    /// Whether it is a licence (许可): the five-day rule applies (行政许可法 32).
    #[n(3)]
    pub licence: bool,
    /// The promised working days from acceptance to decision.
    #[n(4)]
    pub promise_days: u16,
}

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
}

/// One live item of an ordered pair: received in `receiver`, owned by `owner`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Activation {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city whose window receives.
    #[n(1)]
    pub receiver: CityId,
    /// The city that holds the power.
    #[n(2)]
    pub owner: CityId,
    /// The guide version that the window follows.
    #[n(3)]
    pub guide: u32,
    /// The first day on which a case may be received.
    #[n(4)]
    pub effective: Day,
}

/// Powers that an owner city delegates to a receiving city for some items.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// The owner city.
    #[n(0)]
    pub grantor: CityId,
    /// The receiving city.
    #[n(1)]
    pub grantee: CityId,
    /// Base codes of the items; empty for every item of the grantor.
    #[n(2)]
    pub items: Vec<String>,
    /// The powers.
    #[n(3)]
    pub powers: Vec<Power>,
}

impl Grant {
    /// Says whether the grant gives a power for an item.
    pub fn covers(&self, item: &str, power: Power) -> bool {
        self.powers.contains(&power)
            && (self.items.is_empty() || self.items.iter().any(|code| code == item))
    }
}

/// The delegable powers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Power {
    /// Receive papers for the owner.
    #[n(1)]
    #[serde(rename = "G1a")]
    Receive,
    /// Accept in the owner's name (受理).
    #[n(2)]
    #[serde(rename = "G1b")]
    Accept,
    /// Give the one-time notice.
    #[n(3)]
    #[serde(rename = "G2")]
    Notice,
    /// Check originals.
    #[n(4)]
    #[serde(rename = "G3")]
    OriginalCheck,
    /// Check the person against the identity card.
    #[n(5)]
    #[serde(rename = "G4")]
    IdCheck,
    /// Hand out or send results.
    #[n(6)]
    #[serde(rename = "G5")]
    Result,
}

/// Who bears the postage of parcels posted from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct PostageRule {
    /// Its version, counted from 1.
    #[n(0)]
    pub version: u32,
    /// The rule.
    #[n(1)]
    pub rule: Postage,
    /// The first posting day that it covers.
    #[n(2)]
    pub effective: Day,
}

/// The liability rules of `domain.md` §3.6.1 that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
pub enum Postage {
    /// The government of the place of posting pays (寄出地政府买单).
    #[n(1)]
    #[serde(rename = "ORIGIN_PAYS")]
    OriginPays,
}

impl Found {
    /// Checks what needs no state: limits, order, and that every city named is a founder.
    pub fn check(&self) -> Result<(), Code> {
        let founders: Vec<CityId> = self.founders.iter().map(|founder| founder.city).collect();
        let ascending = founders.windows(2).all(|pair| pair[0] < pair[1]);
        let divisions: BTreeSet<_> = self.founders.iter().map(|f| f.division).collect();
        if founders.len() < 2
            || founders.len() > FOUNDERS_MAX
            || !ascending
            || divisions.len() != founders.len()
            || !short(&self.name)
            || !short(&self.code)
            || self.rules_version == 0
        {
            return Err(Code::Argument);
        }
        self.annex.check(&founders).map_err(|(code, _)| code)
    }

    /// Names the part of the terms that [`Found::check`] refuses, as `live I-04`; for people who wrote them.
    pub fn fault(&self) -> Option<String> {
        let mut founders: Vec<CityId> = self.founders.iter().map(|founder| founder.city).collect();
        founders.sort_unstable();
        self.annex.check(&founders).err().map(|(_, part)| part)
    }
}

impl Annex {
    /// The code, and the part that it is about.
    fn check(&self, members: &[CityId]) -> Result<(), (Code, String)> {
        let refused = |code, part: &str, item: &str| Err((code, format!("{part} {item}")));
        let member = |city: &CityId| members.binary_search(city).is_ok();
        let item = |code: &str| self.items.iter().any(|item| item.code == code);
        let mut codes = BTreeSet::new();
        if let Some(twice) = self.items.iter().find(|item| !codes.insert(&item.code)) {
            return refused(Code::Duplicate, "items", &twice.code);
        }
        for guide in &self.guides {
            let ids: BTreeSet<_> = guide.requirements.iter().map(|need| &need.id).collect();
            if ids.len() != guide.requirements.len() || guide.version == 0 {
                return refused(Code::Duplicate, "guides", &guide.item);
            }
            if !item(&guide.item) {
                return refused(Code::ItemUnknown, "guides", &guide.item);
            }
            if !member(&guide.owner) {
                return refused(Code::NotMember, "guides", &guide.item);
            }
        }
        for live in &self.activations {
            if !item(&live.item) {
                return refused(Code::ItemUnknown, "live", &live.item);
            }
            if !member(&live.receiver) || !member(&live.owner) || live.receiver == live.owner {
                return refused(Code::NotMember, "live", &live.item);
            }
            if !self.guides.iter().any(|guide| {
                guide.item == live.item && guide.owner == live.owner && guide.version == live.guide
            }) {
                return refused(Code::GuideVersion, "live", &live.item);
            }
        }
        for grant in &self.grants {
            if !member(&grant.grantor) || !member(&grant.grantee) {
                return refused(Code::NotMember, "grants", "");
            }
            if let Some(unknown) = grant.items.iter().find(|code| !item(code)) {
                return refused(Code::ItemUnknown, "grants", unknown);
            }
        }
        let long = |item: &&Item| !short(&item.code) || !short(&item.name);
        match self.items.iter().find(long) {
            Some(item) => refused(Code::TooLarge, "items", &item.code),
            None => Ok(()),
        }
    }
}

fn short(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX
}
