//! Many seeds: each draws cities, what their clerks do and what goes wrong, and is checked.
//!
//! A seed is a whole run of a virtual world. During the run every act that a city acknowledged is kept in
//! mind; then faults end, the cities come to rest, and the invariants of `hardening.md` §3.2 are asked of
//! every one of them.

mod check;
mod faults;
mod workload;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;
use tongban_identity::{DivisionCode, Hash32};
use tongban_ledger::command::{Command, FoundAgreement, Founding};

use crate::byzantine;
use crate::world::{Draws, SimError, Stream, World};
use check::{Cast, Eye};
use faults::Plan;
use workload::Clerks;
#[cfg(test)]
pub(crate) use workload::terms;

/// 2026-09-07 09:00 in Beijing, a Monday.
const MONDAY: i64 = 1_788_742_800;
/// Milliseconds of one hour.
const HOUR_MS: u64 = 3_600_000;
/// How long the cities have to come to rest after the last fault, in virtual milliseconds.
const REST_MS: u64 = 120_000;
/// How long nothing may move once they are at rest, in virtual milliseconds.
const QUIET_MS: u64 = 60_000;

/// What a swarm draws from.
#[derive(Clone, Copy, Debug)]
pub struct SwarmOptions {
    /// The first seed.
    pub from: u64,
    /// How many seeds.
    pub seeds: u64,
    /// The fewest and the most cities.
    pub cities: (u64, u64),
    /// Virtual hours of one run.
    pub hours: u64,
    /// Runs each seed twice and compares the traces.
    pub twice: bool,
}

/// One seed's run.
#[derive(Clone, Debug, Serialize)]
pub struct SeedReport {
    /// The seed.
    pub seed: u64,
    /// How many cities it had.
    pub cities: u64,
    /// Commands that were carried out, by name.
    pub acts: BTreeMap<String, u64>,
    /// Commands that were refused.
    pub refused: u64,
    /// Faults that happened, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Events of the world.
    pub events: u64,
    /// The trace in hex.
    pub trace: String,
    /// What was found wrong, if anything.
    pub violation: Option<Violation>,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Error)]
#[error("{invariant}: {what}")]
pub struct Violation {
    /// Its name in `hardening.md` §3.2.
    pub invariant: &'static str,
    /// What was seen, and where.
    pub what: String,
}

impl Violation {
    fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self {
            invariant,
            what: what.into(),
        }
    }
}

/// Runs one seed; a failure of the world itself is a violation too.
pub fn run_seed(seed: u64, options: &SwarmOptions) -> SeedReport {
    let mut report = play(seed, options);
    if options.twice && report.violation.is_none() {
        let again = play(seed, options);
        if again.trace != report.trace {
            let what = format!("{} and {}", report.trace, again.trace);
            report.violation = Some(Violation::new("I16 one seed, one trace", what));
        }
    }
    report
}

fn play(seed: u64, options: &SwarmOptions) -> SeedReport {
    let draws = Draws::new(seed);
    let (low, high) = options.cities;
    let count = draws.between(Stream::Workload, 0, 0, low, high.max(low));
    let mut run = Run::new(draws, count);
    let violation = match run.whole(options.hours * HOUR_MS) {
        Ok(Ok(())) => None,
        Ok(Err(violation)) => Some(violation),
        Err(error) => Some(Violation::new("I0 the world goes on", chain(&error))),
    };
    SeedReport {
        seed,
        cities: count,
        acts: run.clerks.acts.clone(),
        refused: run.clerks.refused,
        faults: run
            .faults
            .happened
            .iter()
            .chain(&run.hostile.happened)
            .map(|(name, times)| (*name, *times))
            .collect(),
        events: run.world.events(),
        trace: run.world.trace().to_string(),
        violation,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What a check finds, if the world goes on.
type Checked = Result<Result<(), Violation>, SimError>;

/// A run under way.
struct Run {
    world: World,
    cities: Vec<DivisionCode>,
    clerks: Clerks,
    faults: Plan,
    hostile: byzantine::Plan,
    cast: Cast,
    eye: Eye,
}

impl Run {
    fn new(draws: Draws, count: u64) -> Self {
        let mut world = World::new(draws.seed());
        world.set_clock(MONDAY);
        world.let_time_flow();
        let cities = workload::divisions(count);
        for division in &cities {
            world.add(*division, &division.to_string());
        }
        let hostile = byzantine::Plan::new(draws, cities.len());
        let cast = Cast {
            ids: (0..cities.len()).map(|at| world.city(at)).collect(),
            cities: cities.clone(),
            hostile: hostile.places(),
        };
        let eye = Eye::new(draws, cast.clone());
        world.set_watch(Box::new(eye.clone()));
        Self {
            world,
            clerks: Clerks::new(draws, cities.clone()),
            faults: Plan::new(draws, cities.len()),
            cities,
            hostile,
            cast,
            eye,
        }
    }

    /// Founding, hours of work and faults, rest, checks.
    fn whole(&mut self, length: u64) -> Checked {
        for at in 0..self.cities.len() {
            self.world.start(at)?;
        }
        if let Err(violation) = self.found()? {
            return Ok(Err(violation));
        }
        self.hostile.begin(&mut self.world);
        let end = self.world.now() + length;
        while self.world.now() < end {
            let next = self.clerks.due().min(self.faults.due()).min(end);
            let next = next.min(self.hostile.due());
            self.world
                .advance_by(next.saturating_sub(self.world.now()))?;
            self.faults.happen(&mut self.world)?;
            self.hostile.happen(&mut self.world)?;
            self.clerks.work(&mut self.world)?;
            if let Err(violation) = self.look()? {
                return Ok(Err(violation));
            }
        }
        self.faults.end_all(&mut self.world)?;
        self.hostile.end(&mut self.world);
        self.clerks.finish(&mut self.world)?;
        self.world.advance_by(REST_MS)?;
        let rest = check::at_rest(&mut self.world, &self.cast, &self.clerks, &self.eye)?;
        if let Err(violation) = rest {
            return Ok(Err(violation));
        }
        let sent = self.eye.seen().frames();
        self.world.advance_by(QUIET_MS)?;
        let more = self.eye.seen().frames() - sent;
        Ok(match more {
            0 => Ok(()),
            more => Err(Violation::new(
                "I14 quiet",
                format!("{more} frames after everything had come to rest"),
            )),
        })
    }

    /// What the checks found since the last look, and whether engines keep within bounds (I8).
    fn look(&mut self) -> Checked {
        if let Err(violation) = self.eye.seen().verdict() {
            return Ok(Err(violation));
        }
        for at in self.cast.honest_places() {
            if !self.world.answers(at) {
                continue;
            }
            let gauges = self.world.ask(at, |engine, _| engine.gauges())?;
            if let Some(gauge) = gauges.above_limit() {
                let what = format!("{}: {gauge}: {gauges:?}", self.cast.name(at));
                return Ok(Err(Violation::new("I8 memory keeps within bounds", what)));
            }
        }
        Ok(Ok(()))
    }

    /// The first city founds, the others sign.
    fn found(&mut self) -> Checked {
        let mut invitations = Vec::new();
        for (at, division) in self.cities.iter().enumerate() {
            let addresses = vec![format!("{division}.sim:1")];
            let invitation = self
                .world
                .ask(at, |engine, _| engine.invitation(addresses))?;
            invitations.extend(invitation);
        }
        let found = Command::AgreementFound(FoundAgreement {
            terms: workload::terms(),
            invitations,
        });
        let founding = match self.clerks.give(&mut self.world, 0, "founding", &found)? {
            Some(done) => done.founding.unwrap_or_default(),
            None => return Ok(Err(Violation::new("I0 the world goes on", "no founding"))),
        };
        let accept = Command::AgreementAccept(Founding { founding });
        for at in 1..self.cities.len() {
            self.clerks.give(&mut self.world, at, "founding", &accept)?;
        }
        self.world.advance_by(REST_MS)?;
        Ok(Ok(()))
    }
}

/// A trace over the traces of many seeds, to compare two swarms.
pub fn swarm_trace(reports: &[SeedReport]) -> Hash32 {
    let parts: Vec<&[u8]> = reports
        .iter()
        .map(|report| report.trace.as_bytes())
        .collect();
    Hash32::hash("tongban/sim/swarm/v1", &parts)
}
