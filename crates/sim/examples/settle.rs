//! The month end of 300 cities in memory: what `cargo xtask bench settle` measures on RocksDB, for who changes bills,
//! rounds or the index of lines and has no RocksDB at hand. `cargo run -p tongban-sim --example settle [PARCELS…]`.
#![allow(clippy::unwrap_used, reason = "a panic is a failed run")]

#[path = "../../sync/tests/settle/mod.rs"]
mod settle;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use settle::{Disk, Measured, Meter, Shape, fill, found, month_end, print};
use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader};

/// The sizes that are compared unless others are named.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

/// A store in memory.
#[derive(Default)]
struct Memory(BTreeMap<(Family, Vec<u8>), Vec<u8>>);

impl Reader for Memory {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.0.get(&(family, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let start = from.max(prefix).to_vec();
        Ok(self
            .0
            .range((family, start)..)
            .take_while(|((of, key), _)| *of == family && key.starts_with(prefix))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }
}

impl Disk for Memory {
    fn reader(&self) -> &dyn Reader {
        self
    }

    fn commit(&mut self, batch: Batch) {
        for write in batch.writes {
            let place = (write.family, write.key);
            match write.value {
                Some(value) => self.0.insert(place, value),
                None => self.0.remove(&place),
            };
        }
    }
}

fn main() {
    let sizes: Vec<u64> = std::env::args()
        .skip(1)
        .map(|size| size.parse().unwrap())
        .collect();
    let sizes = if sizes.is_empty() {
        SIZES.to_vec()
    } else {
        sizes
    };
    let start = Instant::now();
    let clock = || start.elapsed();
    let meter = Meter {
        clock: &clock,
        processor: &processor,
    };
    for shape in Shape::ALL {
        let mut columns = Vec::new();
        for size in &sizes {
            columns.push((*size, measure(shape, *size, meter)));
        }
        print(shape, &columns);
    }
}

fn measure(shape: Shape, size: u64, meter: Meter<'_>) -> Measured {
    let mut store = Memory::default();
    let office = found(&mut store);
    fill(&mut store, &office, shape, size);
    // What the store itself takes is no part of the figure.
    let before = memory("VmRSS:");
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (mut measured, month) = month_end(&store, shape, &office, meter);
    measured.memory = memory("VmHWM:").saturating_sub(before);
    if shape == Shape::OneCity {
        let start = (meter.clock)();
        let listed = office.list(&store).len();
        measured.list = u64::try_from(((meter.clock)() - start).as_micros()).unwrap();
        assert_eq!(listed, month.bills.len());
        measured.memory = memory("VmHWM:").saturating_sub(before);
    }
    measured
}

/// The processor time of this thread.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// A figure of this process's memory, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1_024
}
