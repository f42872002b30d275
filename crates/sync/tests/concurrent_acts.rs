//! Every pair of case acts made concurrently in two cities, played on engines in both arrival
//! orders; the table in `docs/concurrent-acts.md` is what they say.

use crate::pairs;

#[test]
fn every_pair_plays_the_same_in_both_orders_and_as_documented() {
    let table = pairs::play_all();
    let documented = include_str!("../../../docs/concurrent-acts.md");
    assert_eq!(
        documented,
        pairs::document(&table),
        "run `cargo xtask docs` and read what changed"
    );
}
