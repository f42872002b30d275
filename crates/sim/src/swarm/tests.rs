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
fn a_seed_has_one_trace() {
    let twice = SwarmOptions { twice: true, ..FEW };
    assert_eq!(run_seed(9, &twice).violation, None);
}
