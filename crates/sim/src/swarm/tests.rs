//! A few seeds in every test run; `tongban sim swarm` plays many.

use super::{SwarmOptions, run_seed};

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

#[test]
fn a_seed_has_one_trace() {
    let twice = SwarmOptions { twice: true, ..FEW };
    assert_eq!(run_seed(9, &twice).violation, None);
}
