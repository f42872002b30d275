//! How soon a case is taken over, and whether anybody goes on with it.

use super::fixture::{Fixture, acked};
use crate::case::Spread;
use crate::parcel::fixture::{NP, QZ, at};

/// the time from push to Ack, its median and its 90th percentile by nearest rank.
#[test]
fn take_over_is_summed_up() {
    assert_eq!(Spread::of(Vec::new()), None);
    let check = |waits: Vec<i64>, median_s: i64, p90_s: i64| {
        let count = waits.len() as u64;
        let expected = Spread {
            count,
            median_s,
            p90_s,
        };
        assert_eq!(Spread::of(waits), Some(expected));
    };
    check(vec![7], 7, 7);
    check((1..=10).rev().collect(), 5, 9);
    check((1..=11).collect(), 6, 10);
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    assert_eq!(play.state.takeovers(&NP), [0]);
    assert_eq!(play.state.takeovers(&QZ), [0; 0]);
    // Two working days later the owner gives the case back, and the window takes it at once.
    play.on("2026-09-09").hand(NP, QZ);
    assert_eq!(play.state.takeovers(&QZ), [0]);
}

/// a case that somebody saw and nobody went on with lies untouched since that look.
#[test]
fn a_case_that_was_seen_lies_untouched_until_somebody_acts() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let seen = at("2026-09-07");
    assert_eq!(play.state.untouched_since(&NP), Some(seen));
    assert_eq!(play.state.untouched_since(&QZ), None);
    play.on("2026-09-08").accept(NP);
    assert_eq!(play.state.untouched_since(&NP), None);
}
