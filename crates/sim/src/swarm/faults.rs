//! What goes wrong in a seed: each kind is on or off, and comes as often as the seed draws.

use std::collections::BTreeMap;

use crate::world::{Crash, Draws, SimError, Stream, World};

/// Faults that a swarm makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A city's process is killed.
    Kill,
    /// A city's process dies in a commit, of which nothing is on the disk.
    CrashBefore,
    /// A city's process dies in a commit that is on the disk.
    CrashAfter,
    /// A city's process is frozen.
    Pause,
    /// The cities fall into two groups that cannot reach each other.
    Partition,
    /// One city can reach nobody.
    Isolate,
    /// A link breaks and can be made again at once.
    Flap,
    /// A city's civil clock jumps.
    Clock,
}

impl Kind {
    /// Every kind.
    pub(super) const ALL: [Kind; 8] = [
        Kind::Kill,
        Kind::CrashBefore,
        Kind::CrashAfter,
        Kind::Pause,
        Kind::Partition,
        Kind::Isolate,
        Kind::Flap,
        Kind::Clock,
    ];

    /// The kind's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Kill => "kill",
            Kind::CrashBefore => "crash-before-commit",
            Kind::CrashAfter => "crash-after-commit",
            Kind::Pause => "pause",
            Kind::Partition => "partition",
            Kind::Isolate => "isolate",
            Kind::Flap => "flap",
            Kind::Clock => "clock-jump",
        }
    }
}

/// Milliseconds between two faults, at most and at least.
const GAP_MS: (u64, u64) = (20_000, 40 * 60_000);
/// How long a fault lasts, in powers of two of a second: from one second to about two hours.
const LENGTH_POWERS: (u64, u64) = (0, 13);

/// Something that will be as it was.
#[derive(Clone, Debug)]
enum Repair {
    Start(usize),
    Resume(usize),
    Heal(Vec<(usize, usize)>),
}

/// The faults of a run.
pub(super) struct Plan {
    draws: Draws,
    cities: usize,
    kinds: Vec<Kind>,
    drawn: u64,
    next: u64,
    repairs: BTreeMap<(u64, u64), Repair>,
    /// Faults that happened, by name.
    pub happened: BTreeMap<&'static str, u64>,
}

impl Plan {
    /// Draws which kinds a seed has: one seed in ten is calm, one in ten has one kind, in the others each
    /// kind is on with even chance.
    pub(super) fn new(draws: Draws, cities: usize) -> Self {
        let mut plan = Self {
            draws,
            cities,
            kinds: Vec::new(),
            drawn: 0,
            next: 0,
            repairs: BTreeMap::new(),
            happened: BTreeMap::new(),
        };
        plan.kinds = match plan.draw(0, 9) {
            0 => Vec::new(),
            1 => vec![Kind::ALL[plan.index(Kind::ALL.len())]],
            _ => Kind::ALL
                .into_iter()
                .filter(|_| plan.draw(0, 1) == 1)
                .collect(),
        };
        plan.next = plan.draw(GAP_MS.0, GAP_MS.1);
        plan
    }

    fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.drawn += 1;
        self.draws.between(Stream::Fault, 0, self.drawn, low, high)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.draw(0, length as u64 - 1)).unwrap_or(0)
    }

    /// When the next fault begins or ends, in virtual milliseconds.
    pub(super) fn due(&self) -> u64 {
        let repair = self.repairs.first_key_value().map(|((due, _), _)| *due);
        let fault = if self.kinds.is_empty() {
            u64::MAX
        } else {
            self.next
        };
        repair.unwrap_or(u64::MAX).min(fault)
    }

    /// Begins and ends what is due.
    pub(super) fn happen(&mut self, world: &mut World) -> Result<(), SimError> {
        let now = world.now();
        while let Some(entry) = self.repairs.first_entry()
            && entry.key().0 <= now
        {
            let repair = entry.remove();
            self.repair(world, repair)?;
        }
        if !self.kinds.is_empty() && self.next <= now {
            let nth = self.index(self.kinds.len());
            let kind = self.kinds[nth];
            self.begin(world, kind);
            self.next = now + self.draw(GAP_MS.0, GAP_MS.1);
        }
        self.restart_the_dead(world)
    }

    /// Ends every fault.
    pub(super) fn end_all(&mut self, world: &mut World) -> Result<(), SimError> {
        self.kinds.clear();
        for repair in std::mem::take(&mut self.repairs).into_values() {
            self.repair(world, repair)?;
        }
        for at in 0..self.cities {
            world.forget_crash(at);
        }
        self.restart_the_dead(world)
    }

    /// A process that died in a commit is started again by its operator.
    fn restart_the_dead(&mut self, world: &mut World) -> Result<(), SimError> {
        for at in 0..self.cities {
            let planned = self
                .repairs
                .values()
                .any(|repair| matches!(repair, Repair::Start(of) if *of == at));
            if !world.runs(at) && !planned {
                world.start(at)?;
            }
        }
        Ok(())
    }

    fn repair(&mut self, world: &mut World, repair: Repair) -> Result<(), SimError> {
        match repair {
            Repair::Start(at) if world.runs(at) => Ok(()),
            Repair::Start(at) => world.start(at),
            Repair::Resume(at) => {
                world.resume(at);
                Ok(())
            }
            Repair::Heal(pairs) => {
                for (one, other) in pairs {
                    world.set_cut(one, other, false);
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, world: &mut World, kind: Kind) {
        let at = self.index(self.cities);
        let seconds = 1 << self.draw(LENGTH_POWERS.0, LENGTH_POWERS.1);
        let repair = match kind {
            Kind::Kill if world.answers(at) => {
                world.kill(at);
                Some(Repair::Start(at))
            }
            Kind::Pause if world.answers(at) => {
                world.pause(at);
                Some(Repair::Resume(at))
            }
            Kind::CrashBefore | Kind::CrashAfter if world.answers(at) => {
                let crash = if kind == Kind::CrashBefore {
                    Crash::Before
                } else {
                    Crash::After
                };
                world.crash_at_commit(at, crash);
                None
            }
            Kind::Partition | Kind::Isolate | Kind::Flap => {
                let pairs = self.pairs(world, kind, at);
                if pairs.is_empty() {
                    return;
                }
                for (one, other) in &pairs {
                    world.set_cut(*one, *other, true);
                }
                if kind == Kind::Flap {
                    for (one, other) in pairs {
                        world.set_cut(one, other, false);
                    }
                    None
                } else {
                    Some(Repair::Heal(pairs))
                }
            }
            Kind::Clock => {
                let hours = i64::try_from(self.draw(0, 60)).unwrap_or(0) - 30;
                world.set_skew(at, hours * 3_600);
                None
            }
            _ => return,
        };
        *self.happened.entry(kind.name()).or_default() += 1;
        if let Some(repair) = repair {
            let due = world.now() + seconds * 1_000;
            self.drawn += 1;
            self.repairs.insert((due, self.drawn), repair);
        }
    }

    /// The ways that a fault cuts and that are not cut already.
    fn pairs(&mut self, world: &World, kind: Kind, at: usize) -> Vec<(usize, usize)> {
        let sides: Vec<bool> = (0..self.cities)
            .map(|city| match kind {
                Kind::Partition => self.draw(0, 1) == 1,
                _ => city == at,
            })
            .collect();
        let mut pairs = Vec::new();
        for one in 0..self.cities {
            for other in one + 1..self.cities {
                let flaps = kind != Kind::Flap || self.draw(0, 1) == 1;
                if sides[one] != sides[other] && flaps && !world.is_cut(one, other) {
                    pairs.push((one, other));
                }
            }
        }
        pairs
    }
}
