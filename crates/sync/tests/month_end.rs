//! A month end of 300 cities, small: what `cargo xtask bench settle` measures is what the node of a city answers.

use std::collections::BTreeMap;
use std::time::Duration;

use tongban_ledger::money::Fen;

use crate::settle::{Disk, Meter, Shape, fill, found, month_end};
use crate::world::Memory;
use tongban_sync::storage::{Batch, Reader};

impl Disk for Memory {
    fn reader(&self) -> &dyn Reader {
        self
    }

    fn commit(&mut self, batch: Batch) {
        Memory::commit(self, batch);
    }
}

/// the node's own list has the hashes and sums of the steps that are measured, and its nets are those of the round.
#[test]
fn what_is_measured_is_what_a_node_answers() {
    let zero = || Duration::ZERO;
    let meter = Meter {
        clock: &zero,
        processor: &zero,
    };
    let mut store = Memory::default();
    let office = found(&mut store);
    fill(&mut store, &office, Shape::OneCity, 3_000);
    let (measured, month) = month_end(&store, Shape::OneCity, &office, meter);
    assert!(measured.lines > 3_000 && measured.counted > 1_500);
    assert!(measured.carried > 50, "some are in doubt, some are late");
    let own = office.city(0);
    let steps: BTreeMap<_, _> = month
        .bills
        .iter()
        .map(|bill| {
            let (other, owed, due) = match bill.pair.low == own {
                true => (bill.pair.high, bill.totals.owed, bill.totals.due),
                false => (bill.pair.low, bill.totals.due, bill.totals.owed),
            };
            let sums = (bill.hash.to_string(), owed.get(), due.get());
            (office.division(&other), sums)
        })
        .collect();
    let rows = office.list(&store);
    let listed: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (row.with, (row.hash.clone(), row.owed, row.due)))
        .collect();
    assert_eq!(listed, steps);
    let net: i64 = rows.iter().map(|row| row.net).sum();
    assert_eq!(month.nets[&own], Fen::new(net));
}
