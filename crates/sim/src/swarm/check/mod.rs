//! What must hold: `hardening.md` §3.2, invariant by invariant.
//!
//! Some are asked at each event, of what was just stored or sent (`eye.rs` and the files it calls); the
//! others when every fault has ended and the cities have had time to come to rest (`rest.rs`). Only honest
//! cities are held to them. No check asks an engine whether it did well, but where the answer is compared
//! with something that the check knows by itself.

mod bytes;
mod chains;
mod eye;
mod forks;
mod lists;
mod modelled;
mod privacy;
mod receipts;
mod rest;
mod roots;
mod settled;
mod votes;

use std::collections::BTreeSet;

use tongban_identity::{CityId, DivisionCode};

pub(crate) use eye::Eye;
pub(super) use rest::at_rest;

use crate::world::{SimError, World};

/// The places of cities that are no members, or never opened the agreement.
pub(super) fn away(world: &mut World, cast: &Cast) -> Result<BTreeSet<usize>, SimError> {
    votes::away(world, cast).map(|(away, _)| away)
}

/// The cities of a run.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    /// Division codes, by place.
    pub cities: Vec<DivisionCode>,
    /// Cities by place: the root keys with which they began.
    pub ids: Vec<CityId>,
    /// The root keys under which they go on if the members decide so, by place.
    pub next_roots: Vec<CityId>,
    /// The places of cities that are held to nothing: those that a script speaks for, and those that lost what
    /// they cannot bring back by themselves.
    pub hostile: BTreeSet<usize>,
    /// At rest: the places of cities that are promised nothing more, as they left, or never opened the agreement.
    pub away: BTreeSet<usize>,
    /// At rest: whether some city left. What it owes is in no account any more.
    pub one_left: bool,
}

impl Cast {
    /// The place of a city, by either of its root keys.
    pub fn place(&self, city: &CityId) -> Option<usize> {
        let place = self.ids.iter().position(|id| id == city);
        place.or_else(|| self.next_roots.iter().position(|id| id == city))
    }

    /// The city of a root key.
    pub fn city(&self, root: &CityId) -> CityId {
        self.place(root).map_or(*root, |at| self.ids[at])
    }

    /// The places of honest cities to which the others owe what they sign.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.honest_places().filter(|at| !self.away.contains(at))
    }

    /// Says whether a machine is that of a city, and not a copy of one.
    pub fn has(&self, at: usize) -> bool {
        at < self.ids.len()
    }

    /// Says whether the city at a place does what it should.
    pub fn is_honest(&self, at: usize) -> bool {
        !self.hostile.contains(&at)
    }

    /// Says whether a city is one of the run and does what it should.
    pub fn honest(&self, city: &CityId) -> bool {
        self.place(city).is_some_and(|at| self.is_honest(at))
    }

    /// The places of honest cities.
    pub fn honest_places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.cities.len()).filter(|at| self.is_honest(*at))
    }

    /// The name of the city at a place, for people.
    pub fn name(&self, at: usize) -> String {
        self.cities
            .get(at)
            .map_or_else(|| at.to_string(), ToString::to_string)
    }
}
