//! Scenarios on the virtual world: they meet their expectations, and a seed gives one run.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tongban_identity::{DivisionCode, Hash32};
use tongban_ledger::command::{Command, FoundAgreement, Founding};
use tongban_sync::storage::{Batch, Reader};

use super::{Disk, Script, Sent, SimEngine, Watch, World};
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

/// windows and people, from a refused receipt to work that lies idle.
#[test]
fn windows_and_people_meet_their_expectations() {
    let scenario = scenario("sc-8.toml");
    for seed in 0..2 {
        let (report, ..) = play(&scenario, seed);
        assert!(report.ok && report.converged, "seed {seed}: {report:#?}");
    }
}

/// a city joins, one leaves, and two agreements of one node see nothing of each other.
#[test]
fn members_come_and_go_and_agreements_stay_apart() {
    for name in ["join.toml", "leave.toml", "two-agreements.toml"] {
        let (report, ..) = play(&scenario(name), 1);
        assert!(report.ok && report.converged, "{name}: {report:#?}");
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

/// Drops every frame but the first two, and counts what its watch sees.
struct Mute(u64);

impl Script for Mute {
    fn send(&mut self, _: Sent, frame: Vec<u8>) -> Vec<Vec<u8>> {
        self.0 += 1;
        if self.0 > 2 { Vec::new() } else { vec![frame] }
    }
}

#[derive(Default)]
struct Counts {
    from_second: u64,
    commits: u64,
}

struct Looking(Arc<Mutex<Counts>>);

impl Watch for Looking {
    fn committed(&mut self, _: u64, _: usize, batch: &Batch, disk: &Disk) {
        let written = batch.writes.iter().all(|write| {
            let there = disk.get(write.family, &write.key).expect("readable");
            there == write.value
        });
        assert!(written, "the watch sees the disk after the commit");
        self.0.lock().expect("one thread").commits += 1;
    }

    fn sent(&mut self, sent: Sent, _: &[u8]) {
        self.0.lock().expect("one thread").from_second += u64::from(sent.from == 1);
    }
}

#[test]
fn a_script_speaks_for_a_city_and_a_watch_sees_what_goes_out() {
    let code = |value| DivisionCode::new(value).expect("a code");
    let counts = Arc::new(Mutex::new(Counts::default()));
    let mut world = World::new(3);
    world.add(code(330_800), "衢州市");
    world.add(code(350_700), "南平市");
    world.set_watch(Box::new(Looking(counts.clone())));
    world.set_script(1, Box::new(Mute(0)));
    for at in 0..2 {
        world.start(at).expect("started");
    }
    let invitation = |world: &mut World, at| {
        let addresses = vec!["there:1".to_owned()];
        let asked = world.ask(at, |engine, _| engine.invitation(addresses));
        asked.expect("running").expect("an invitation")
    };
    let found = Command::AgreementFound(FoundAgreement {
        terms: crate::swarm::terms(),
        invitations: (0..2).map(|at| invitation(&mut world, at)).collect(),
        again: false,
    });
    let done = world
        .ask(0, |engine, ctx| engine.command(ctx, "k", &found))
        .expect("running")
        .expect("founded");
    let accept = Command::AgreementAccept(Founding {
        founding: done.founding.expect("a founding file"),
    });
    world
        .ask(1, |engine, ctx| engine.command(ctx, "k", &accept))
        .expect("running")
        .expect("signed");
    world.advance_by(60_000).expect("readable");
    let counts = counts.lock().expect("one thread");
    assert!(counts.commits > 1);
    assert_eq!(counts.from_second, 2, "the script let two frames out");
}
