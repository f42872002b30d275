//! Every pair of case acts made concurrently in two cities, played on engines in both arrival
//! orders; the table in `docs/concurrent-acts.md` is what they say.

use std::collections::BTreeSet;

use crate::pairs::{self, acts};

#[test]
fn every_pair_plays_the_same_in_both_orders_and_as_documented() {
    let table = pairs::play_all();
    assert!(
        table.unexplained.is_empty(),
        "no reason explains:\n{}",
        table.unexplained.join("\n")
    );
    let aside: BTreeSet<&str> = pairs::SET_ASIDE.iter().map(|(name, _)| *name).collect();
    let unsigned: Vec<&str> = acts::names()
        .into_iter()
        .filter(|name| !table.signed.iter().any(|signed| signed.contains(name)))
        .filter(|name| !aside.contains(name))
        .collect();
    assert!(
        unsigned.is_empty(),
        "in no situation anybody signs {unsigned:?}"
    );
    let documented = include_str!("../../../docs/concurrent-acts.md");
    assert_eq!(
        documented,
        pairs::document(&table),
        "run `cargo xtask docs` and read what changed"
    );
}
