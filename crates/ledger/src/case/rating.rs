//! 好差评: which rating counts, and what a bad one asks for.

use std::collections::BTreeMap;

use super::act::{Act, FollowStep, Rate};
use super::state::State;
use crate::id::EntryId;

/// Levels from this one on are bad and open a follow-up.
pub const BAD_LEVEL: u8 = 4;
/// The worst level (GB/T 39046 table 9; 1 is the best).
pub const WORST_LEVEL: u8 = 5;

impl State {
    /// The rating of each key (0: the matter online; else the visit), with those that two nodes took for one key
    /// unseen by each other: the worse counts, the other is a duplicate.
    pub fn ratings(&self) -> BTreeMap<u16, (EntryId, &Rate)> {
        let mut counted: BTreeMap<u16, (EntryId, &Rate)> = BTreeMap::new();
        for (id, _, rate) in self.picked(|act| match act {
            Act::Rate(rate) => Some(rate),
            _ => None,
        }) {
            let worse = counted
                .get(&rate.visit)
                .is_none_or(|(_, other)| rate.level > other.level);
            if worse {
                counted.insert(rate.visit, (id, rate));
            }
        }
        counted
    }

    /// A rating by its id.
    pub fn rating(&self, id: &EntryId) -> Option<&Rate> {
        match &self.facts.get(id)?.act {
            Act::Rate(rate) => Some(rate),
            _ => None,
        }
    }

    /// The steps of a rating's follow-up that were done, with their days.
    pub fn followed(&self, rating: &EntryId) -> BTreeMap<FollowStep, crate::calendar::Day> {
        self.picked(|act| match act {
            Act::FollowUp(follow) if follow.rating == *rating => Some(follow.step),
            _ => None,
        })
        .map(|(_, fact, step)| (step, fact.day()))
        .collect()
    }

    /// How often the applicant came to the window, which bounds the visits that may be rated.
    pub fn visits(&self) -> u16 {
        let served_here = self.facts.values().any(
            |fact| matches!(&fact.act, Act::Served(served) if served.means == super::Means::OnTheSpot),
        );
        let visits = self.trips() + u32::from(served_here);
        u16::try_from(visits).unwrap_or(u16::MAX)
    }
}
