//! A small driver for fuzz targets: it changes the bytes of seed files that code builds, gives them to a
//! target for a time or a count, and prints what reproduces a failure.
//!
//! It is not coverage-guided. What it adds to plain property tests is that its inputs begin as sound
//! files, so that they get past the first byte, and that memory is judged for each input.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::hostile::{INPUT_BYTES_MAX, Random};

/// How many inputs a target gets in the ordinary tests.
const INPUTS: u64 = 3_000;
/// The most rounds of changes on top of each other.
const ROUNDS: usize = 4;

/// For how long a target runs: `TONGBAN_FUZZ_SECONDS`, else a number of inputs.
fn is_over(start: Instant, inputs: u64) -> bool {
    match std::env::var("TONGBAN_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        Some(seconds) => start.elapsed() >= Duration::from_secs(seconds),
        None => inputs >= INPUTS,
    }
}

/// Gives a target changed seeds until its time is over; a seed itself comes first, unchanged.
///
/// `target` says whether it took the input. A panic in it fails the test with the input in hex; so does
/// an input for which more than 16 MiB are allocated, where allocations are counted.
pub fn drive(name: &str, seeds: &[Vec<u8>], target: impl Fn(&[u8]) -> bool) {
    let seed = std::env::var("TONGBAN_FUZZ_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(1);
    let counted = crate::hostile::counts_allocations();
    let mut random = Random(seed);
    let (start, mut inputs, mut taken) = (Instant::now(), 0, 0_u64);
    for honest in seeds {
        assert!(
            one(name, honest, counted, &target),
            "{name}: a seed file is refused"
        );
    }
    while !is_over(start, inputs) {
        let mut bytes = random.pick(seeds).clone();
        for _ in 0..=random.below(ROUNDS) {
            change(&mut random, &mut bytes, seeds);
        }
        taken += u64::from(one(name, &bytes, counted, &target));
        inputs += 1;
    }
    println!("{name}: {inputs} inputs, {taken} taken, seed {seed}");
}

/// Bytes changed, cut, repeated, or put together with those of another seed.
fn change(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    match random.below(10) {
        0 => bytes.truncate(random.below(bytes.len() + 1)),
        1 if !bytes.is_empty() => {
            let from = random.below(bytes.len());
            let to = from + random.below((bytes.len() - from).min(64) + 1);
            let part = bytes[from..to].to_vec();
            let at = random.below(bytes.len());
            bytes.splice(at..at, part);
        }
        2 if !bytes.is_empty() => {
            let other = random.pick(seeds);
            let at = random.below(bytes.len());
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        _ => random.mutate(bytes),
    }
}

fn one(name: &str, bytes: &[u8], counted: bool, target: &impl Fn(&[u8]) -> bool) -> bool {
    PeakAlloc.reset_peak_usage();
    let before = PeakAlloc.current_usage();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    let peak = PeakAlloc.peak_usage().saturating_sub(before);
    let hex = || -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    assert!(outcome.is_ok(), "{name}: the target failed on {}", hex());
    let most = if counted { INPUT_BYTES_MAX } else { usize::MAX };
    assert!(peak < most, "{name}: {peak} bytes for {}", hex());
    outcome.unwrap_or(false)
}
