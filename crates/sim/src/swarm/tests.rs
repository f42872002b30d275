//! A few seeds in every test run; `tongban sim swarm` plays many.

use std::collections::BTreeMap;
use std::path::Path;

use tongban_ledger::command::Command;

use super::beside::{ASKED, BESIDE};
use super::{Beginning, MILESTONES, SwarmOptions, replay, run_seed, shrink};
use crate::faults::FaultKind;
use crate::scenario::Scenario;

const FEW: SwarmOptions = SwarmOptions {
    from: 1,
    seeds: 6,
    cities: (2, 5),
    hours: 2,
    twice: false,
};

#[test]
fn a_few_seeds_break_nothing() {
    for seed in FEW.from..FEW.from + FEW.seeds {
        let report = run_seed(seed, &FEW);
        assert_eq!(report.violation, None, "seed {seed}");
        assert!(report.acts.len() > 5, "seed {seed}: {:?}", report.acts);
    }
}

#[test]
fn hostile_cities_break_nothing_for_the_honest() {
    let hour = SwarmOptions {
        cities: (3, 5),
        hours: 1,
        ..FEW
    };
    let mut hostile = 0;
    for seed in 30..45 {
        let report = run_seed(seed, &hour);
        assert_eq!(report.violation, None, "seed {seed}: {:?}", report.faults);
        let mut scripts = report.faults.keys();
        hostile += u32::from(scripts.any(|name| name.starts_with("byzantine-")));
    }
    assert!(hostile > 2, "hostile cities in {hostile} seeds only");
}

/// Seeds whose hostile cities follow a script.
fn seeds_with(script: FaultKind, options: &SwarmOptions, count: usize) -> Vec<u64> {
    let follows = |seed: &u64| {
        let hostile = Beginning::draw(*seed, options).hostile;
        hostile.iter().any(|fault| fault.kind == script)
    };
    (1..).filter(follows).take(count).collect()
}

/// B8: a tracking number that is billed twice, and what the honest cities pay of it: nothing twice.
#[test]
fn what_is_billed_twice_is_not_paid_twice() {
    let options = SwarmOptions {
        cities: (4, 5),
        ..FEW
    };
    for seed in seeds_with(FaultKind::ByzantineDoubleBill, &options, 4) {
        let report = run_seed(seed, &options);
        assert_eq!(report.violation, None, "seed {seed}: {:?}", report.faults);
        let deeds = report.deeds.get(FaultKind::ByzantineDoubleBill.as_str());
        assert!(deeds > Some(&2), "seed {seed}: {:?}", report.deeds);
    }
}

/// B13: a city that votes for two cities' membership, each before some of the others: nobody holds certificates that
/// contradict each other, and its double vote is proven.
#[test]
fn a_forked_membership_log_is_proven_and_forks_nothing() {
    let options = SwarmOptions {
        cities: (4, 5),
        ..FEW
    };
    let mut proven = 0;
    for seed in seeds_with(FaultKind::ByzantineForkVotes, &options, 4) {
        let report = run_seed(seed, &options);
        assert_eq!(report.violation, None, "seed {seed}: {:?}", report.faults);
        let deeds = report.deeds.get(FaultKind::ByzantineForkVotes.as_str());
        assert!(deeds > Some(&0), "seed {seed}: {:?}", report.deeds);
        proven += u32::from(report.reached.contains_key("double-vote-proven"));
    }
    assert!(proven > 2, "proven in {proven} seeds only");
}

/// Resolutions of each kind, disputes and month ends are not only drawn: they come to their end.
#[test]
fn what_is_drawn_comes_to_its_end() {
    let options = SwarmOptions {
        cities: (3, 5),
        ..FEW
    };
    let mut seen: BTreeMap<&str, (u32, u64)> =
        MILESTONES.iter().map(|name| (*name, (0, 0))).collect();
    for seed in 1..=60 {
        let report = run_seed(seed, &options);
        assert_eq!(report.violation, None, "seed {seed}: {:?}", report.faults);
        for (name, count) in report.reached {
            let sum = seen.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
    }
    for (name, (seeds, times)) in &seen {
        println!("{name:<28} {seeds:>3} seeds {times:>4} times");
    }
    for (name, (seeds, _)) in seen {
        assert!(seeds > 0, "{name} in no seed");
    }
}

#[test]
fn a_seed_has_one_trace() {
    let twice = SwarmOptions { twice: true, ..FEW };
    assert_eq!(run_seed(9, &twice).violation, None);
}

#[test]
fn what_a_seed_drew_is_a_file_that_plays_the_same_run() {
    for seed in [3, 8] {
        let report = run_seed(seed, &FEW);
        let text = report.recording.to_toml();
        let read = Scenario::parse(&text, "recorded.toml")
            .unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        assert_eq!(read.steps.len(), report.recording.steps.len());
        assert_eq!(read.faults.len(), report.recording.faults.len());
        assert_eq!(read.to_toml(), text);
        let again = replay(&read);
        assert_eq!(again.trace, report.trace, "seed {seed}");
        assert_eq!(again.violation, report.violation);
    }
}

#[test]
fn an_event_that_is_left_out_moves_no_other() {
    let report = run_seed(8, &FEW);
    let mut less = report.recording.clone();
    // The last steps, so that every event before them stands in the same world; one that was refused leaves no trace.
    let mut again = replay(&less);
    while again.trace == report.trace && report.recording.steps.len() - less.steps.len() < 5 {
        less.steps.pop();
        again = replay(&less);
    }
    assert_ne!(again.trace, report.trace);
    assert_eq!(again.violation, None);
}

#[test]
fn a_run_that_breaks_nothing_is_not_made_smaller() {
    let short = SwarmOptions { hours: 1, ..FEW };
    assert!(shrink(&run_seed(2, &short).recording, 10).is_none());
}

#[test]
fn every_run_that_once_failed_holds_now() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/regress");
    let files = std::fs::read_dir(folder).expect("a folder");
    let mut played = 0;
    for file in files.map(|entry| entry.expect("readable").path()) {
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let scenario = Scenario::load(&file).expect("a sound scenario");
            let report = replay(&scenario);
            assert_eq!(report.violation, None, "{}", file.display());
            played += 1;
        }
    }
    assert!(played > 0, "no file was played");
}

/// Commands of a case that no clerk of the swarm is given, with the reason.
const NOT_DRAWN: [(&str, &str); 1] = [("case.decline", "a node refuses a push by itself")];

#[test]
fn every_command_of_a_case_is_drawn() {
    // What the lists of next steps offer: the workload draws from them.
    let lists = [
        include_str!("../../../ledger/src/case/next.rs"),
        include_str!("../../../ledger/src/case/asked.rs"),
    ];
    let offered = |name: &str| {
        let quoted = format!("\"{name}\"");
        lists.iter().any(|list| list.contains(&quoted))
    };
    for name in Command::NAMES {
        if !name.starts_with("case.") {
            continue;
        }
        let opens_or_edits = ["case.receive", "case.edit"].contains(&name);
        let drawn = opens_or_edits || BESIDE.contains(&name) || offered(name);
        let excepted = NOT_DRAWN.iter().any(|(not, _)| *not == name);
        assert!(
            drawn != excepted,
            "{name}: drawn {drawn}, excepted {excepted}"
        );
    }
    // What the workload answers with words of its own is offered.
    assert!(ASKED.iter().all(|name| offered(name)), "{ASKED:?}");
}

#[test]
fn every_command_of_a_parcel_is_drawn() {
    let source = include_str!("parcel.rs");
    for name in Command::NAMES {
        let drawn = source.contains(&format!("\"{name}\""));
        assert!(drawn || !name.starts_with("parcel."), "{name}");
    }
}

/// Commands of agreements and money that no clerk of the swarm is given, with the reason.
const NOT_DRAWN_BESIDE: [(&str, &str); 2] = [
    ("agreement.found", "a run begins with it"),
    ("agreement.accept", "a run begins with it"),
];

#[test]
fn every_command_of_members_and_money_is_drawn() {
    let sources = [
        include_str!("votes.rs"),
        include_str!("members.rs"),
        include_str!("month_end.rs"),
        include_str!("meeting.rs"),
        include_str!("workload.rs"),
    ];
    let kinds = [
        "agreement",
        "resolution",
        "bill",
        "round",
        "payment",
        "meeting",
    ];
    for name in Command::NAMES {
        let kind = name.split('.').next().unwrap_or_default();
        if !kinds.contains(&kind) {
            continue;
        }
        let quoted = format!("\"{name}\"");
        let drawn = sources.iter().any(|source| source.contains(&quoted));
        let excepted = NOT_DRAWN_BESIDE.iter().any(|(not, _)| *not == name);
        assert!(
            drawn != excepted,
            "{name}: drawn {drawn}, excepted {excepted}"
        );
    }
}
