//! Hostile cities: the honest engine with its real keys, and scripts that sign, withhold and send beside it
//! what no honest city would (`hardening.md` §3.1, B1 to B16).
//!
//! A hostile city takes part in the founding like any other, so that there is something to betray. What it
//! does afterwards is drawn from the seed. It decides nothing about what must hold: the checks do, for the
//! honest cities alone.

mod acts;
mod billing;
mod desk;
mod poison;
mod votes;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::DivisionCode;

use crate::faults::FaultKind;
use crate::scenario::{Fault, Moment};
use crate::world::{Draws, SimError, Stream, World};
use desk::{Chance, Desk};
use wire::{Liar, Manner};

/// What a hostile city does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// B1: signs a second entry under a number that it used, and shows it to some only.
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
    /// B13: forks the membership log: contradicts itself in rounds of votes.
    ForkVotes,
}

impl Kind {
    const ALL: [Kind; 14] = [
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
        Kind::ForkVotes,
    ];

    /// The script of a fault, if it is one of a hostile city.
    const fn of(fault: FaultKind) -> Option<Kind> {
        Some(match fault {
            FaultKind::ByzantineEquivocate => Kind::Equivocate,
            FaultKind::ByzantineWithhold => Kind::Withhold,
            FaultKind::ByzantineReplay => Kind::Replay,
            FaultKind::ByzantinePoison => Kind::Poison,
            FaultKind::ByzantineFlood => Kind::Flood,
            FaultKind::ByzantineFalseFeed => Kind::FalseFeed,
            FaultKind::ByzantineDoubleBill => Kind::DoubleBill,
            FaultKind::ByzantineUsurp => Kind::Usurp,
            FaultKind::ByzantineBackdate => Kind::Backdate,
            FaultKind::ByzantineSpam => Kind::Spam,
            FaultKind::ByzantineForge => Kind::Forge,
            FaultKind::ByzantineSnoop => Kind::Snoop,
            FaultKind::ByzantineMalform => Kind::Malform,
            FaultKind::ByzantineForkVotes => Kind::ForkVotes,
            _ => return None,
        })
    }

    /// The fault that it is.
    const fn fault(self) -> FaultKind {
        match self {
            Kind::Equivocate => FaultKind::ByzantineEquivocate,
            Kind::Withhold => FaultKind::ByzantineWithhold,
            Kind::Replay => FaultKind::ByzantineReplay,
            Kind::Poison => FaultKind::ByzantinePoison,
            Kind::Flood => FaultKind::ByzantineFlood,
            Kind::FalseFeed => FaultKind::ByzantineFalseFeed,
            Kind::DoubleBill => FaultKind::ByzantineDoubleBill,
            Kind::Usurp => FaultKind::ByzantineUsurp,
            Kind::Backdate => FaultKind::ByzantineBackdate,
            Kind::Spam => FaultKind::ByzantineSpam,
            Kind::Forge => FaultKind::ByzantineForge,
            Kind::Snoop => FaultKind::ByzantineSnoop,
            Kind::Malform => FaultKind::ByzantineMalform,
            Kind::ForkVotes => FaultKind::ByzantineForkVotes,
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

/// Seconds between two acts of one script, at least and at most.
const EVERY_S: (u64, u64) = (20, 600);
/// One seed in so many has hostile cities.
const SHARE: u64 = 2;
/// The most scripts that one city follows.
const KINDS_MAX: u64 = 4;

/// The faults of hostile cities: scripts, and that a city is gone.
pub(crate) fn is_hostile(kind: FaultKind) -> bool {
    kind == FaultKind::ByzantineVanish || Kind::of(kind).is_some()
}

/// Draws at most a third of the cities in a share of seeds: what they do between two moments, as faults. At the
/// end they are gone for good, or come to their senses.
pub(crate) fn draw(
    draws: Draws,
    cities: &[DivisionCode],
    (from, until): (Moment, Moment),
) -> Vec<Fault> {
    let mut chance = Chance::new(draws, Stream::Hostile);
    let mut kinds: BTreeMap<usize, BTreeSet<Kind>> = BTreeMap::new();
    let most = cities.len() as u64 / 3;
    if chance.between(1, SHARE) == 1 && most > 0 {
        for _ in 0..chance.between(1, most) {
            let at = chance.index(cities.len());
            let count = chance.between(1, KINDS_MAX);
            let drawn = (0..count).map(|_| Kind::ALL[chance.index(Kind::ALL.len())]);
            kinds.insert(at, drawn.collect());
        }
    }
    let vanish = chance.between(0, 1) == 1;
    let mut faults = Vec::new();
    for (at, drawn) in &kinds {
        for kind in drawn {
            let every = chance.between(EVERY_S.0, EVERY_S.1);
            let kind = kind.fault();
            faults.push(Fault {
                node: Some(cities[*at]),
                until: Some(until),
                amount: if kind.turns() {
                    i64::try_from(every).unwrap_or(0)
                } else {
                    0
                },
                ..Fault::new(kind, from)
            });
        }
    }
    let gone = kinds.keys().filter(|_| vanish).map(|at| Fault {
        node: Some(cities[*at]),
        ..Fault::new(FaultKind::ByzantineVanish, until)
    });
    faults.extend(gone);
    faults
}

/// The hostile cities of a world.
pub(crate) struct Hostile {
    chance: Chance,
    kinds: BTreeMap<usize, Vec<Kind>>,
    /// What was done by each script.
    deeds: BTreeMap<Kind, u64>,
    /// Whether there was a flood: each is thousands of signatures, and one is enough.
    flooded: bool,
}

impl Hostile {
    /// Nobody, yet.
    pub fn new(draws: Draws) -> Self {
        Self {
            chance: Chance::new(draws, Stream::Hostile),
            kinds: BTreeMap::new(),
            deeds: BTreeMap::new(),
            flooded: false,
        }
    }

    /// Lets a city follow a script; `false` for a fault that is none.
    pub fn begin(&mut self, world: &mut World, at: usize, fault: FaultKind) -> bool {
        let Some(kind) = Kind::of(fault) else {
            return false;
        };
        self.kinds.entry(at).or_default().push(kind);
        self.speak(world, at);
        true
    }

    /// Lets a city act by its script.
    ///
    /// # Errors
    /// A disk cannot be read.
    pub fn act(&mut self, world: &mut World, at: usize, fault: FaultKind) -> Result<(), SimError> {
        let Some(kind) = Kind::of(fault) else {
            return Ok(());
        };
        if !world.answers(at) || (kind == Kind::Flood && self.flooded) {
            return Ok(());
        }
        let place = (world.now() << 16) | ((at as u64) << 8) | kind as u64;
        let mut chance = self.chance.apart(place);
        let mut desk = Desk::new(world, at, &mut chance);
        let acted = match acts::act(&mut desk, kind) {
            // A disk that it looks at does not give out what it needs.
            Err(SimError::Read(..)) => false,
            acted => acted?,
        };
        self.flooded |= acted && kind == Kind::Flood;
        *self.deeds.entry(kind).or_default() += u64::from(acted);
        Ok(())
    }

    /// How often each script did what it is for.
    pub fn deeds(&self) -> impl Iterator<Item = (FaultKind, u64)> + '_ {
        let deeds = self.deeds.iter();
        deeds.map(|(kind, count)| (kind.fault(), *count))
    }

    /// Lets a city leave a script; `false` for a fault that is none.
    pub fn end(&mut self, world: &mut World, at: usize, fault: FaultKind) -> bool {
        let Some(kind) = Kind::of(fault) else {
            return false;
        };
        if let Some(kinds) = self.kinds.get_mut(&at)
            && let Some(place) = kinds.iter().position(|held| *held == kind)
        {
            kinds.remove(place);
        }
        self.speak(world, at);
        true
    }

    fn speak(&self, world: &mut World, at: usize) {
        let kinds = self.kinds.get(&at).into_iter().flatten();
        let manners: Vec<Manner> = kinds.filter_map(|kind| kind.manner()).collect();
        if manners.is_empty() {
            world.set_script(at, Box::new(wire::Honest));
        } else {
            let liar = Liar::new(self.chance.apart(at as u64), manners, at);
            world.set_script(at, Box::new(liar));
        }
    }
}
