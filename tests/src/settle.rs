//! `cargo xtask bench settle`: a month's bills and netting of 300 cities from the index of lines, on RocksDB.
//!
//! The data and the steps stand in `crates/sync/tests/settle/mod.rs`. The index is filled beforehand; what is measured is a
//! fresh process that opens the store and reads the month once.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::storage::{Batch, Reader};

use crate::month_end::{Disk, Measured, Meter, Office, Shape, fill, found, month_end, print};

/// The sizes that are compared.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// What bills and netting of one shape may take together.
const TIME_MAX: Duration = Duration::from_secs(1);
/// What the process may take of memory, in bytes.
const MEMORY_MAX: u64 = 256 << 20;

impl Disk for RocksStore {
    fn reader(&self) -> &dyn Reader {
        self
    }

    fn commit(&mut self, batch: Batch) {
        Store::commit(self, &batch).unwrap();
    }
}

/// Runs the benchmark; fails where time or memory is over its limit.
pub fn run(arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--measure", folder, agreement] => {
            let store = RocksStore::open(Path::new(folder), options()).unwrap();
            let office = Office::again(agreement);
            let measured = Shape::ALL.map(|shape| measure(&store, &office, shape));
            println!("{}", serde_json::to_string(&measured).unwrap());
            ExitCode::SUCCESS
        }
        [] => compare(&SIZES),
        ["--parcels", count] => compare(&[count.parse().unwrap()]),
        _ => {
            eprintln!("bench settle [--parcels COUNT]");
            ExitCode::from(2)
        }
    }
}

fn compare(sizes: &[u64]) -> ExitCode {
    let mut measured = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let mut store = RocksStore::open(folder.path(), options()).unwrap();
        let office = found(&mut store);
        for shape in Shape::ALL {
            fill(&mut store, &office, shape, *size);
        }
        store.close().unwrap();
        drop(store);
        let each = start.elapsed().as_secs_f64() * 1e6 / (*size as f64 * 2.0);
        eprintln!("{size} parcels twice, {each:.1} µs to keep the lines of one");
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["settle", "--measure"])
            .arg(folder.path())
            .arg(office.founded().to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the measuring process: {said}");
        let of: [Measured; 2] = serde_json::from_slice(&output.stdout).unwrap();
        measured.push((*size, of));
    }
    let mut sound = true;
    for (nth, shape) in Shape::ALL.into_iter().enumerate() {
        let columns = measured.iter().map(|(size, of)| (*size, of[nth]));
        let columns: Vec<(u64, Measured)> = columns.collect();
        print(shape, &columns);
        sound &= columns.iter().all(|(_, of)| {
            let list = Duration::from_micros(of.list);
            of.whole() < TIME_MAX && list < TIME_MAX && of.memory < MEMORY_MAX
        });
    }
    println!(
        "{}",
        match sound {
            true => "bills and netting under 1 s, within 256 MiB",
            false => "OVER THE LIMIT of 1 s or of 256 MiB",
        }
    );
    match sound {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn options() -> RocksOptions {
    RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    }
}

fn measure(store: &RocksStore, office: &Office, shape: Shape) -> Measured {
    let start = Instant::now();
    let clock = || start.elapsed();
    let meter = Meter {
        clock: &clock,
        processor: &processor,
    };
    let (mut measured, month) = month_end(store, shape, office, meter);
    if shape == Shape::OneCity {
        let start = Instant::now();
        let listed = office.list(store).len();
        measured.list = u64::try_from(start.elapsed().as_micros()).unwrap();
        assert_eq!(listed, month.bills.len(), "the node lists the same bills");
    }
    measured.memory = peak();
    measured
}

/// The processor time of this thread.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// The most memory that the process took so far, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|word| word.parse().ok())
        .unwrap();
    kib * 1_024
}
