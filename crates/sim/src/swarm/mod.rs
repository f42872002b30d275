//! Many seeds: each draws cities, what their clerks do and what goes wrong, and is checked.
//!
//! A seed is a whole run of a virtual world. During the run every act that a city acknowledged is kept in
//! mind; then faults end, the cities come to rest, and the invariants of `hardening.md` §3.2 are asked of
//! every one of them. What was drawn is a scenario, which plays the same run again and can be made smaller.

mod beside;
mod check;
mod consult;
mod draw;
mod faults;
mod habits;
mod meeting;
mod members;
mod month_end;
mod parcel;
mod people;
mod reached;
mod season;
mod shrink;
mod votes;
mod workload;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::Serialize;
use tongban_identity::{DivisionCode, Hash32};

pub use crate::run::Violation;
pub(crate) use check::{Cast, Eye};
pub(crate) use faults::LOSS_EXPECTED;
pub(crate) use parcel::s10;
pub use reached::MILESTONES;
pub use shrink::{Shrunk, shrink};
#[cfg(test)]
pub(crate) use workload::terms;

use crate::byzantine;
use crate::run::{self, Clerks, Director, Report, Timeline};
use crate::scenario::{EngineName, Expect, Fault, Node, Query, Scenario, Text};
use crate::world::{Draws, SimEngine, SimError, Stream, World};
use draw::Drawn;
use faults::Plan;
use season::Season;
use workload::Workload;

/// Milliseconds of one hour.
const HOUR_MS: u64 = 3_600_000;
/// How long nothing may move once the cities are at rest, in virtual milliseconds.
const QUIET_MS: u64 = 60_000;
/// How many of these minutes may bring a question on to its next stage: cities do not open at one time.
const SENT_ON_MAX: usize = 2;

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
    /// Deeds of hostile cities, by script.
    pub deeds: BTreeMap<&'static str, u64>,
    /// What the honest cities came to, by milestone; nothing where something was found wrong before.
    pub reached: BTreeMap<&'static str, u64>,
    /// Events of the world.
    pub events: u64,
    /// The trace in hex.
    pub trace: String,
    /// What was found wrong, if anything.
    pub violation: Option<Violation>,
    /// The run as a scenario, which plays it again.
    #[serde(skip)]
    pub recording: Scenario,
    /// What happened, for a picture of it; nothing where the world did not get to its end.
    #[serde(skip)]
    pub report: Option<Box<Report>>,
}

/// The names of the faults that a swarm draws.
pub fn drawn_faults() -> Vec<&'static str> {
    let drawn = faults::drawn_kinds();
    let rows = crate::faults::TABLE.iter().map(|row| row.kind);
    rows.filter(|kind| drawn.contains(kind) || byzantine::is_hostile(*kind))
        .map(|kind| kind.as_str())
        .collect()
}

/// Runs one seed; a failure of the world itself is a violation too.
pub fn run_seed(seed: u64, options: &SwarmOptions) -> SeedReport {
    let mut report = draw_and_play(seed, options);
    if options.twice && report.violation.is_none() {
        let again = replay(&report.recording);
        if again.trace != report.trace {
            let what = format!("{} and {}", report.trace, again.trace);
            report.violation = Some(Violation::new("I16 one seed, one trace", what));
        }
    }
    report
}

/// Plays a recorded run again.
pub fn replay(recording: &Scenario) -> SeedReport {
    let mut again = recording.clone();
    let mut timeline = Timeline::of(recording, &mut again);
    let mut report = play(recording, &recording.faults, &mut timeline);
    report.recording = recording.clone();
    report
}

/// What is drawn of a seed before anything happens.
struct Beginning {
    draws: Draws,
    cities: Vec<DivisionCode>,
    season: Season,
    empty: Scenario,
    hostile: Vec<Fault>,
}

impl Beginning {
    fn draw(seed: u64, options: &SwarmOptions) -> Self {
        let draws = Draws::new(seed);
        let (low, high) = options.cities;
        let count = draws.between(Stream::Workload, 0, 0, low, high.max(low));
        let cities = workload::divisions(count);
        let season = Season::draw(draws, &cities);
        let empty = nothing_yet(seed, &cities, &season, options.hours);
        let begin = empty.start.after_ms(run::REST_MS);
        let span = (begin, empty.end().after_ms(-1));
        let hostile = byzantine::draw(draws, &cities, span);
        Self {
            draws,
            cities,
            season,
            empty,
            hostile,
        }
    }
}

fn draw_and_play(seed: u64, options: &SwarmOptions) -> SeedReport {
    let Beginning {
        draws,
        cities,
        season,
        empty,
        hostile,
    } = Beginning::draw(seed, options);
    let (begin, end) = (empty.start.after_ms(run::REST_MS), empty.end());
    let mut before = hostile.clone();
    before.extend(season.jumps(&cities, end));
    let plan = Plan::new(draws, &cities, (begin, end), before);
    let work = Workload::new(draws, cities, options.hours, season, end);
    let mut drawn = Drawn::new(plan, work, begin, empty.clone());
    let mut report = play(&empty, &hostile, &mut drawn);
    report.recording = drawn.recording;
    for fault in &report.recording.faults {
        *report.faults.entry(fault.kind.as_str()).or_default() += 1;
    }
    report
}

/// A scenario in which nothing happens.
fn nothing_yet(seed: u64, cities: &[DivisionCode], season: &Season, hours: u64) -> Scenario {
    let start = season.start;
    let length = i64::try_from(hours * HOUR_MS).unwrap_or(i64::MAX);
    Scenario {
        name: format!("seed-{seed}"),
        title: Text::default(),
        calendar: "CN-2026".to_owned(),
        engines: vec![EngineName::Sim],
        reason: Some("recorded: every event at its millisecond".to_owned()),
        exact: true,
        seed: Some(seed),
        start,
        until: Some(start.after_ms(run::REST_MS + length)),
        nodes: cities
            .iter()
            .map(|division| Node {
                division: *division,
                name: division.to_string(),
            })
            .collect(),
        outside: season.outside.into_iter().collect(),
        also: Vec::new(),
        terms: workload::terms(),
        steps: Vec::new(),
        faults: Vec::new(),
        files: Vec::new(),
        expects: vec![Expect {
            at: None,
            node: None,
            query: Query::Sound,
            line: 0,
        }],
    }
}

/// Plays a run, in which the cities that some of the faults make hostile are held to nothing from the beginning.
fn play(
    scenario: &Scenario,
    faults: &[Fault],
    director: &mut (impl Director<SimEngine> + Send),
) -> SeedReport {
    let mut engine = SimEngine::new(scenario.seed.unwrap_or_default());
    let hostile = faults
        .iter()
        .filter(|fault| byzantine::is_hostile(fault.kind));
    engine.expect_hostile(hostile.filter_map(|fault| fault.node));
    let mut clerks = Clerks::default();
    // A panic is the worst a node can do, and must not cost the other seeds.
    let played = catch_unwind(AssertUnwindSafe(|| {
        at_once(run::direct(
            scenario,
            &mut engine,
            &mut |_| {},
            director,
            &mut clerks,
        ))
    }));
    let found = clerks.broken.as_ref().or(engine.broken()).cloned();
    let ended = |what| Violation::new("I0 the world goes on", what);
    let (violation, report) = match played {
        Ok(Ok(report)) => (found, Some(Box::new(report))),
        Ok(Err(error)) => (found.or_else(|| Some(ended(chain(&error)))), None),
        Err(panic) => (Some(ended(panicked(&*panic))), None),
    };
    SeedReport {
        seed: scenario.seed.unwrap_or_default(),
        cities: scenario.nodes.len() as u64,
        violation,
        acts: clerks.acts,
        refused: clerks.refused,
        faults: BTreeMap::new(),
        deeds: engine.deeds(),
        reached: engine.reached(),
        events: engine.world().events(),
        trace: engine.world().trace().to_string(),
        recording: scenario.clone(),
        report,
    }
}

/// What a panic says of itself.
fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a word"))
}

/// Drives a future that waits for nothing, as a virtual world does.
fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
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

/// Checks every city of a world that has come to rest, and that it stays at rest.
pub(crate) fn at_rest(world: &mut World, eye: &Eye, clerks: &Clerks) -> Checked {
    if let Err(violation) = check::at_rest(world, &eye.cast(), clerks, eye)? {
        return Ok(Err(violation));
    }
    let found = reached::reached(world, &eye.cast())?;
    let away = check::away(world, &eye.cast())?;
    let mut seen = eye.seen();
    (seen.reached, seen.away) = (found, away);
    drop(seen);
    // A question that nobody answered is sent on by its node when its hours are over, once for each stage: that is
    // work of its own, after which there has to be silence again.
    let mut more = 0;
    for _ in 0..=SENT_ON_MAX {
        let sent = eye.seen().frames();
        world.advance_by(QUIET_MS)?;
        more = eye.seen().frames() - sent;
        if more == 0 {
            return Ok(Ok(()));
        }
    }
    Ok(Err(Violation::new(
        "I14 quiet",
        format!("{more} frames after everything had come to rest"),
    )))
}

/// A trace over the traces of many seeds, to compare two swarms.
pub fn swarm_trace(reports: &[SeedReport]) -> Hash32 {
    let parts: Vec<&[u8]> = reports
        .iter()
        .map(|report| report.trace.as_bytes())
        .collect();
    Hash32::hash("tongban/sim/swarm/v1", &parts)
}
