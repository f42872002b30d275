//! Under what a case is listed: the keys by which a page of cases is found without reading all of them.
//!
//! A listing is derived from the case's record, the agreement and, for the applicant, the sealed part of the
//! genesis. It is written in the batch of the record, and made anew from the entries where it is lost. The keys
//! hold no personal data: an identity number stands in them only as a keyed hash (`crates/sync/src/engine/listing`).

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};
use tongban_ledger::{AgreementId, DocumentId};

use crate::keys;

/// The version of keys and records of the lists; another one has them made anew.
pub const LISTS_VERSION: u16 = 3;
/// The day under which a case stands whose clocks all stand still, in days since 1970-01-01.
pub const NO_DAY: i32 = i32::MAX;
/// The length of an applicant's mark in bytes.
pub const MARK_BYTES: usize = 16;

/// The keyed hash of an identity number, cut to [`MARK_BYTES`]: two people share one by accident only once in
/// 2⁶⁴ people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Mark(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; MARK_BYTES]);

/// Under what a case is listed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Listing {
    /// The case number.
    #[n(0)]
    pub number: String,
    /// The stage's code, as `S40`.
    #[n(1)]
    pub stage: String,
    /// Whether it is not closed.
    #[n(2)]
    pub open: bool,
    /// The item's base code.
    #[n(3)]
    pub item: String,
    /// Who holds it.
    #[n(4)]
    pub holders: BTreeSet<CityId>,
    /// The day of the clock that is over first, in days since 1970-01-01, or [`NO_DAY`]; none while no clock runs.
    #[n(5)]
    pub due: Option<i32>,
    /// The same of the clocks that this city has to stop.
    #[n(6)]
    pub own_due: Option<i32>,
    /// The last day on which this window may tell the applicant what is missing (E12), while nobody did.
    #[n(7)]
    pub lapse: Option<i32>,
    /// Whether it waits for something that this node signs by itself.
    #[n(8)]
    pub waits: bool,
    /// The applicant, where this node can read who that is.
    #[n(9)]
    pub applicant: Option<Mark>,
    /// The day from which it may count as idle, in days since 1970-01-01, while it is open.
    #[n(10)]
    pub idle: Option<i32>,
}

impl Listing {
    /// The keys under which the case stands, ascending.
    pub fn keys(&self, document: &DocumentId) -> BTreeSet<Vec<u8>> {
        let last = keys::listed_last(&self.number, document);
        let mut found = BTreeSet::from([
            [keys::of_stage(&self.stage), last.clone()].concat(),
            [keys::of_item(&self.item), last.clone()].concat(),
            [keys::of_open(self.open), last.clone()].concat(),
        ]);
        for holder in &self.holders {
            found.insert([keys::of_holder(holder), last.clone()].concat());
        }
        let due = self.due.map(|day| keys::due_on(keys::DUE, day));
        let own = self.own_due.map(|day| keys::due_on(keys::OWN_DUE, day));
        let applicant = self.applicant.map(|mark| keys::of_applicant(&mark.0));
        let idle = self.idle.map(|day| keys::due_on(keys::IDLE, day));
        for first in [due, own, applicant, idle].into_iter().flatten() {
            found.insert([first, last.clone()].concat());
        }
        if let Some(day) = self.lapse {
            found.insert(keys::lapses_on(day, document));
        }
        if self.waits {
            found.insert(keys::waits(document));
        }
        found
    }
}

/// How many cases there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Tally {
    /// All of them, those included that nobody had the right to open.
    #[n(0)]
    pub cases: u64,
    /// Those that are not closed.
    #[n(1)]
    pub open: u64,
}

impl Tally {
    /// Counts a case whose listing changed; none where there was, or is, no record.
    pub fn note(&mut self, before: Option<&Option<Listing>>, now: Option<&Option<Listing>>) {
        let count = |of: Option<&Option<Listing>>| {
            let open = of.and_then(Option::as_ref).is_some_and(|of| of.open);
            (u64::from(of.is_some()), u64::from(open))
        };
        let ((had, was_open), (has, is_open)) = (count(before), count(now));
        self.cases = self.cases.saturating_add(has).saturating_sub(had);
        self.open = self.open.saturating_add(is_open).saturating_sub(was_open);
    }
}

/// From what the lists were made; where it is something else now, they are made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Basis {
    /// [`LISTS_VERSION`].
    #[n(0)]
    pub version: u16,
    /// A hash of the key of applicants' marks.
    #[n(1)]
    pub marks: Option<Hash32>,
    /// A hash of what clocks and lapses of all cases follow from, by agreement.
    #[n(2)]
    pub terms: BTreeMap<AgreementId, Hash32>,
    /// A hash of the guides of each item, from which the clocks of its cases follow, by agreement and base code.
    #[n(3)]
    pub guides: BTreeMap<AgreementId, BTreeMap<String, Hash32>>,
}

impl Basis {
    /// The items whose guides differ; none if more than guides does, and every case has to be listed anew.
    pub fn items_apart(&self, other: &Self) -> Option<BTreeSet<String>> {
        let alike =
            self.version == other.version && self.marks == other.marks && self.terms == other.terms;
        if !alike {
            return None;
        }
        let mut items = BTreeSet::new();
        let none = BTreeMap::new();
        for (one, two) in [(self, other), (other, self)] {
            for (agreement, guides) in &one.guides {
                let there = two.guides.get(agreement).unwrap_or(&none);
                let apart = guides
                    .iter()
                    .filter(|(item, hash)| there.get(*item) != Some(*hash));
                items.extend(apart.map(|(item, _)| item.clone()));
            }
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        Listing {
            number: "TB-330800-260907-000001-8".to_owned(),
            stage: "S40".to_owned(),
            open: true,
            item: "I-02".to_owned(),
            holders: BTreeSet::from([CityId([7; 32])]),
            due: Some(20_700),
            own_due: None,
            lapse: None,
            waits: false,
            applicant: Some(Mark([9; MARK_BYTES])),
            idle: None,
        }
    }

    /// A case stands once in each list that it belongs to, and in no other.
    #[test]
    fn a_case_stands_in_the_lists_it_belongs_to() {
        let document = DocumentId(Hash32([1; 32]));
        let all = listing().keys(&document);
        assert_eq!(all.len(), 6, "{all:?}");
        let closed = Listing {
            open: false,
            holders: BTreeSet::new(),
            due: None,
            applicant: None,
            ..listing()
        };
        let fewer = closed.keys(&document);
        assert_eq!(fewer.len(), 3, "{fewer:?}");
        assert_eq!(all.intersection(&fewer).count(), 2);
    }

    /// Keys of earlier days come first, and those without a day last, so that a list by day is a walk.
    #[test]
    fn days_are_in_order() {
        let days = [-1, 0, 20_700, 20_701, NO_DAY].map(|day| keys::due_on(keys::DUE, day));
        assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{days:?}");
        assert_eq!(keys::read_due(&days[2]), Some(20_700));
    }

    /// Counts go up and down with what is listed.
    #[test]
    fn the_tally_follows_what_is_listed() {
        let (open, refused) = (Some(listing()), None);
        let closed = Some(Listing {
            open: false,
            ..listing()
        });
        let mut tally = Tally::default();
        let mut check = |before, now, expected: (u64, u64)| {
            tally.note(before, now);
            assert_eq!((tally.cases, tally.open), expected);
        };
        check(None, Some(&open), (1, 1));
        check(None, Some(&refused), (2, 1));
        check(Some(&open), Some(&closed), (2, 0));
        check(Some(&closed), None, (1, 0));
    }
}
