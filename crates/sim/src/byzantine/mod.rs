//! Hostile cities: the honest engine with its real keys, and scripts that sign, withhold and send beside it
//! what no honest city would (`hardening.md` §3.1, B1 to B16).
//!
//! A hostile city takes part in the founding like any other, so that there is something to betray. What it
//! does afterwards is drawn from the seed. It decides nothing about what must hold: the checks do, for the
//! honest cities alone.

mod acts;
mod desk;
mod poison;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use crate::world::{Draws, SimError, Stream, World};
use desk::{Chance, Desk};
use wire::{Liar, Manner};

/// What a hostile city does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// B1, B13: signs a second entry under a number that it used, and shows it to some only.
    Equivocate,
    /// B2: leaves its entries out of what it sends to some cities.
    Withhold,
    /// B3: sends old frames again.
    Replay,
    /// B4, B5: seals file changes that hurt an Automerge document.
    Poison,
    /// B6: sends thousands of entries that rest on nothing.
    Flood,
    /// B7: announces entries that do not exist.
    FalseFeed,
    /// B8: bills one tracking number twice.
    DoubleBill,
    /// B9, B15, B16: signs acts that its standing does not allow, and pushes one case to two cities.
    Usurp,
    /// B10: signs at absurd times.
    Backdate,
    /// B11: opens cases by the dozen.
    Spam,
    /// B12: signs in the name of other cities.
    Forge,
    /// B14: asks for documents and keys that are not its own.
    Snoop,
    /// Entries that skip numbers or depths, or lie in the wrong document.
    Malform,
}

impl Kind {
    const ALL: [Kind; 13] = [
        Kind::Equivocate,
        Kind::Withhold,
        Kind::Replay,
        Kind::Poison,
        Kind::Flood,
        Kind::FalseFeed,
        Kind::DoubleBill,
        Kind::Usurp,
        Kind::Backdate,
        Kind::Spam,
        Kind::Forge,
        Kind::Snoop,
        Kind::Malform,
    ];

    /// The script's name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Equivocate => "byzantine-equivocate",
            Kind::Withhold => "byzantine-withhold",
            Kind::Replay => "byzantine-replay",
            Kind::Poison => "byzantine-poison",
            Kind::Flood => "byzantine-flood",
            Kind::FalseFeed => "byzantine-false-feed",
            Kind::DoubleBill => "byzantine-double-bill",
            Kind::Usurp => "byzantine-usurp",
            Kind::Backdate => "byzantine-backdate",
            Kind::Spam => "byzantine-spam",
            Kind::Forge => "byzantine-forge",
            Kind::Snoop => "byzantine-snoop",
            Kind::Malform => "byzantine-malform",
        }
    }

    /// How the city lies on the wire, if it does so all the time.
    const fn manner(self) -> Option<Manner> {
        match self {
            Kind::Withhold => Some(Manner::Withhold),
            Kind::Replay => Some(Manner::Replay),
            Kind::FalseFeed => Some(Manner::Invent),
            _ => None,
        }
    }
}

/// Milliseconds between two hostile acts, at least and at most.
const GAP_MS: (u64, u64) = (10_000, 240_000);
/// One seed in so many has hostile cities.
const SHARE: u64 = 2;
/// The most floods of one run: each is thousands of signatures.
const FLOODS_MAX: u64 = 1;
/// The most scripts that one city follows.
const KINDS_MAX: u64 = 4;

/// The hostile cities of a run and what they do when.
pub(crate) struct Plan {
    chance: Chance,
    kinds: BTreeMap<usize, Vec<Kind>>,
    next: u64,
    /// Whether the hostile cities are gone for good at the end, or come to their senses.
    pub die: bool,
    /// What was done, by name.
    pub happened: BTreeMap<&'static str, u64>,
}

impl Plan {
    /// Draws at most a third of the cities in a share of seeds.
    pub fn new(draws: Draws, cities: usize) -> Self {
        let mut chance = Chance::new(draws, Stream::Hostile);
        let mut kinds = BTreeMap::new();
        let most = cities as u64 / 3;
        if chance.between(1, SHARE) == 1 && most > 0 {
            for _ in 0..chance.between(1, most) {
                let at = chance.index(cities);
                let count = chance.between(1, KINDS_MAX);
                let drawn: BTreeSet<Kind> = (0..count)
                    .map(|_| Kind::ALL[chance.index(Kind::ALL.len())])
                    .collect();
                kinds.insert(at, drawn.into_iter().collect());
            }
        }
        Self {
            die: chance.between(0, 1) == 1,
            chance,
            kinds,
            next: 0,
            happened: BTreeMap::new(),
        }
    }

    /// The places of hostile cities.
    pub fn places(&self) -> BTreeSet<usize> {
        self.kinds.keys().copied().collect()
    }

    /// Lets the hostile cities begin.
    pub fn begin(&mut self, world: &mut World) {
        self.next = world.now() + self.chance.between(GAP_MS.0, GAP_MS.1);
        for (at, kinds) in &self.kinds {
            let manners: Vec<Manner> = kinds.iter().filter_map(|kind| kind.manner()).collect();
            for kind in kinds.iter().filter(|kind| kind.manner().is_some()) {
                *self.happened.entry(kind.name()).or_default() += 1;
            }
            if !manners.is_empty() {
                let liar = Liar::new(self.chance.apart(*at as u64), manners, *at);
                world.set_script(*at, Box::new(liar));
            }
        }
    }

    /// When a hostile city acts next, in virtual milliseconds.
    pub fn due(&self) -> u64 {
        if self.kinds.is_empty() {
            u64::MAX
        } else {
            self.next
        }
    }

    /// Does what is due.
    ///
    /// # Errors
    /// A disk cannot be read.
    pub fn happen(&mut self, world: &mut World) -> Result<(), SimError> {
        if world.now() < self.due() {
            return Ok(());
        }
        self.next = world.now() + self.chance.between(GAP_MS.0, GAP_MS.1);
        let places: Vec<usize> = self.kinds.keys().copied().collect();
        let at = places[self.chance.index(places.len())];
        let active: Vec<Kind> = self.kinds[&at]
            .iter()
            .filter(|kind| kind.manner().is_none())
            .copied()
            .collect();
        if active.is_empty() || !world.answers(at) {
            return Ok(());
        }
        let kind = active[self.chance.index(active.len())];
        let floods = self.happened.get(Kind::Flood.name());
        if kind == Kind::Flood && floods.is_some_and(|times| *times >= FLOODS_MAX) {
            return Ok(());
        }
        let mut desk = Desk::new(world, at, &mut self.chance);
        if acts::act(&mut desk, kind)? {
            *self.happened.entry(kind.name()).or_default() += 1;
        }
        Ok(())
    }

    /// Ends all hostility.
    pub fn end(&mut self, world: &mut World) {
        for at in std::mem::take(&mut self.kinds).into_keys() {
            world.set_script(at, Box::new(wire::Honest));
            if self.die {
                world.kill(at);
            }
        }
    }
}
