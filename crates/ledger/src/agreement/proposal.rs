//! What cities put to each other beside batches: postage rules, calendar years, common guides, limits, netting.
//!
//! A proposal is decided by everybody: it holds once every member signed its text, and a refusal ends it.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32, encode_canonical};

use super::list::short;
use super::{Guide, Limits, PostageRule, Supplement};
use crate::calendar::{CalendarYear, Day};
use crate::code::Code;
use crate::id::EntryId;
use crate::money::Amount;
use crate::netting::Netting;

/// The most owners whose guides one proposal holds.
pub const OWNERS_MAX: usize = 300;
/// The most cities among which a cost line is shared: the two that see it.
pub const SHARES_MAX: usize = 2;
/// The most proposals of one city that are open at once.
pub const OPEN_MAX: usize = 32;

/// A text put to all members.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposal {
    /// Its short code, as `JM-2026-03`.
    #[n(0)]
    pub code: String,
    /// The version that the subject has once it is adopted, above every version in force.
    #[n(1)]
    pub version: u32,
    /// The text.
    #[n(2)]
    pub subject: Subject,
    /// The body that puts it: the working group puts guides alone.
    #[n(3)]
    pub body: Body,
}

/// The two bodies of the joint meeting.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// 领导小组: decides on members, lists and mail rules.
    #[default]
    #[n(1)]
    Leading,
    /// 工作小组: prepares, and may put technical guides to all.
    #[n(2)]
    Working,
}

impl Body {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Body::Leading => "leading",
            Body::Working => "working",
        }
    }
}

/// What a proposal is about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Subject {
    /// Who bears the postage, from a posting day on.
    #[n(0)]
    Postage(#[n(0)] PostageRule),
    /// Working days of a year: from the adoption on, as each author knew it.
    #[n(1)]
    Calendar(#[n(0)] CalendarYear),
    /// One guide for each owner named, of one item and one version (R-140: what the working group prepared).
    #[n(2)]
    Guides(#[n(0)] Vec<Guide>),
    /// Limits: from the adoption on, as each author knew it.
    #[n(3)]
    Limits(#[n(0)] Limits),
    /// How a month's obligations are paid, from a day on.
    #[n(4)]
    Netting(#[n(0)] NettingRule),
    /// Who bears a cost line that two cities dispute.
    #[n(5)]
    Reallocation(#[n(0)] Reallocation),
}

/// Who bears a cost line: by fault, and not by the rule (R-150, `domain.md` §5.1 Q3).
///
/// Every member reads whose money it is and how much. Which line it is, the pair alone can tell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reallocation {
    /// [`line_mark`] of the line.
    #[n(0)]
    pub line: Hash32,
    /// What each city bears, ascending by city: at least one and at most [`SHARES_MAX`].
    #[n(1)]
    pub shares: Vec<Share>,
}

/// The part of a cost line that a city bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Share {
    /// The city.
    #[n(0)]
    pub city: CityId,
    /// Its part, above zero.
    #[n(1)]
    pub amount: Amount,
}

/// What stands for a cost line in a [`Reallocation`]: a hash of its entry's id, which its pair alone knows.
pub fn line_mark(line: &EntryId) -> Hash32 {
    Hash32::hash("tongban/line-mark/v1", &[line.as_bytes()])
}

/// How a month's obligations between cities are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct NettingRule {
    /// The mode.
    #[n(0)]
    pub mode: Netting,
    /// The first day of the first month that is paid so.
    #[n(1)]
    pub effective: Day,
}

/// Signs a proposed text for one's own city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Adopt {
    /// The proposal.
    #[n(0)]
    pub proposal: EntryId,
    /// The hash of the text that the city read.
    #[n(1)]
    pub text: Hash32,
}

/// Refuses a proposal or a batch: with one objection it is not adopted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refuse {
    /// The proposal.
    #[n(0)]
    pub proposal: EntryId,
    /// Why; without personal data, for all members to read.
    #[n(1)]
    pub reason: String,
}

/// What a proposal would replace: of two proposals with one slot and one version at most one may hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The subject's stable name.
    pub kind: &'static str,
    /// The item of guides, the year of a calendar, the mark of a cost line, else empty.
    pub about: String,
}

impl Subject {
    /// What it would replace.
    pub fn slot(&self) -> Slot {
        let (kind, about) = match self {
            Subject::Postage(_) => ("postage", String::new()),
            Subject::Calendar(year) => ("calendar", year.year().to_string()),
            Subject::Guides(guides) => {
                let item = guides.first().map(|guide| guide.item.clone());
                ("guide", item.unwrap_or_default())
            }
            Subject::Limits(_) => ("limits", String::new()),
            Subject::Netting(_) => ("netting", String::new()),
            Subject::Reallocation(of) => ("reallocation", of.line.to_string()),
        };
        Slot { kind, about }
    }

    /// The first day on which it holds, where it names one.
    pub fn effective(&self) -> Option<Day> {
        match self {
            Subject::Postage(rule) => Some(rule.effective),
            Subject::Guides(guides) => guides.iter().map(|guide| guide.effective).min(),
            Subject::Netting(rule) => Some(rule.effective),
            Subject::Calendar(_) | Subject::Limits(_) | Subject::Reallocation(_) => None,
        }
    }

    /// Checks what needs no state: one item, one version, one guide of each owner, and versions as the proposal says.
    fn check(&self, version: u32) -> Result<(), Code> {
        match self {
            Subject::Postage(rule) if rule.version != version => Err(Code::Argument),
            Subject::Guides(guides) => {
                let owners: BTreeSet<CityId> = guides.iter().map(|guide| guide.owner).collect();
                let item = guides.first().map(|guide| guide.item.as_str());
                let sound = |guide: &Guide| {
                    Some(guide.item.as_str()) == item && guide.version == version && guide.filed()
                };
                if guides.is_empty() || owners.len() != guides.len() || !guides.iter().all(sound) {
                    return Err(Code::Argument);
                }
                if guides.len() > OWNERS_MAX {
                    return Err(Code::TooLarge);
                }
                let faults = guides.iter().map(Guide::check);
                faults
                    .collect::<Result<(), _>>()
                    .map_err(|fault| fault.code)
            }
            Subject::Reallocation(of) => {
                let ascending = of.shares.is_sorted_by(|one, other| one.city < other.city);
                let some = of.shares.iter().all(|share| !share.amount.fen().is_zero());
                match ascending && some && (1..=SHARES_MAX).contains(&of.shares.len()) {
                    true => Ok(()),
                    false => Err(Code::Argument),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Proposal {
    /// Checks what needs no state.
    pub(super) fn check(&self) -> Result<(), Code> {
        if !short(&self.code) || self.version == 0 {
            return Err(Code::Argument);
        }
        if self.body == Body::Working && !matches!(self.subject, Subject::Guides(_)) {
            return Err(Code::NoPower);
        }
        self.subject.check(self.version)
    }

    /// The hash of the text that every member signs.
    pub fn text(&self) -> Hash32 {
        Hash32::hash("tongban/proposal/v1", &[&encode_canonical(self)])
    }
}

impl Supplement {
    /// The hash of the text that every member adopts.
    pub fn text(&self) -> Hash32 {
        Hash32::hash("tongban/proposal/v1", &[&encode_canonical(self)])
    }
}
