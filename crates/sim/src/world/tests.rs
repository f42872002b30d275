//! Scenarios on the virtual world: they meet their expectations, and a seed gives one run.

use std::path::Path;

use tongban_identity::Hash32;

use super::SimEngine;
use crate::run::{Report, run};
use crate::scenario::Scenario;

fn scenario(name: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    Scenario::load(&folder.join(name)).expect("a sound scenario")
}

fn play(scenario: &Scenario, seed: u64) -> (Report, Hash32, u64) {
    let mut engine = SimEngine::new(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let report = runtime
        .block_on(run(scenario, &mut engine, &mut |_| {}))
        .expect("a run to the end");
    let world = engine.world();
    (report, world.trace(), world.events())
}

#[test]
fn the_demo_meets_its_expectations_under_every_seed() {
    let scenario = scenario("four-border-cities.toml");
    for seed in 0..4 {
        let (report, _, events) = play(&scenario, seed);
        assert!(report.ok && report.converged, "seed {seed}: {report:?}");
        assert!(events > 100, "seed {seed}: only {events} events");
    }
}

#[test]
fn two_cities_without_a_network_get_along_with_files() {
    let scenario = scenario("files-only.toml");
    for seed in 0..2 {
        let (report, ..) = play(&scenario, seed);
        assert!(report.ok && report.converged, "seed {seed}: {report:?}");
    }
}

#[test]
fn a_seed_gives_one_run() {
    let scenario = scenario("four-border-cities.toml");
    let (_, one, _) = play(&scenario, 5);
    let (_, again, _) = play(&scenario, 5);
    let (_, other, _) = play(&scenario, 6);
    assert_eq!(one, again);
    assert_ne!(one, other);
}
