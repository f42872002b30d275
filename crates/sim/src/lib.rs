//! Multi-city scenarios: the language, the runner, the engines that play them, and the story of a run.

mod byzantine;
mod engine;
mod faults;
#[cfg(test)]
mod fixture;
mod forge;
mod live;
mod model;
mod report;
mod run;
mod scenario;
mod story;
mod swarm;
mod texts;
mod timeline;
mod world;

pub use engine::{Engine, Seat};
pub use faults::{Aim, Amount, FaultKind, FaultRow, Span, TABLE as FAULTS};
pub use live::{BinaryError, LiveEngine, LiveError, LiveOptions, LiveStartError};
pub use report::page;
pub use run::{
    CaseSummary, Checked, Clerks, Event, Gap, HistoryRow, Mismatch, MonthSummary, Observer, Owes,
    ParcelSummary, Played, Report, RunError, What, record, run,
};
pub use scenario::{
    CaseExpect, EngineName, Expect, Fault, ForkExpect, Hand, LoadError, Moment, MomentError, Node,
    Query, Scenario, ScenarioError, StatusExpect, Step, Text,
};
pub use story::Story;
pub use swarm::{
    MILESTONES, SeedReport, Shrunk, SwarmOptions, Violation, drawn_faults, replay, run_seed,
    shrink, swarm_trace,
};
pub use texts::Language;
pub use timeline::{Moving, Tick, timeline};
pub use world::{SimEngine, SimError, World};
