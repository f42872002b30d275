//! What one input costs: memory above what was there, time, and panics, in the box and out of it.
//!
//! Memory is counted by `peak_alloc`, which the program that runs the inputs has to install as its
//! global allocator. Times are shown and judged by nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

/// The most bytes that the gate may allocate for one input, above what was there before.
pub const INPUT_BYTES_MAX: usize = 16 << 20;

/// Panics since the start, those that the box caught included.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Whether an input is being given, so that a panic is counted and not shown.
static MEASURING: AtomicBool = AtomicBool::new(false);

/// Counts panics of inputs instead of printing them: the box around Automerge is meant to meet some.
pub fn count_panics() {
    let shown = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if MEASURING.load(Ordering::Relaxed) {
            PANICS.fetch_add(1, Ordering::Relaxed);
        } else {
            shown(info);
        }
    }));
}

/// Says whether the program counts allocations at all.
pub fn counts_allocations() -> bool {
    PeakAlloc.reset_peak_usage();
    let before = PeakAlloc.peak_usage();
    let block = std::hint::black_box(vec![1_u8; 1 << 20]);
    drop(block);
    PeakAlloc.peak_usage() >= before + (1 << 20)
}

/// Bytes allocated now.
pub fn allocated() -> usize {
    PeakAlloc.current_usage()
}

/// What a piece of work cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Bytes above what was allocated before, at the worst moment.
    pub peak: usize,
    /// How long it took.
    pub time: Duration,
    /// Panics on the way, caught inside.
    pub boxed: usize,
    /// Panics that came out.
    pub escaped: usize,
}

/// Does a piece of work and says what it cost; none when a panic came out of it.
pub fn measure<T>(work: impl FnOnce() -> T) -> (Option<T>, Cost) {
    let panics = PANICS.load(Ordering::Relaxed);
    PeakAlloc.reset_peak_usage();
    let before = PeakAlloc.current_usage();
    let start = Instant::now();
    MEASURING.store(true, Ordering::Relaxed);
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    MEASURING.store(false, Ordering::Relaxed);
    let time = start.elapsed();
    let peak = PeakAlloc.peak_usage().saturating_sub(before);
    let all = PANICS.load(Ordering::Relaxed) - panics;
    let escaped = usize::from(done.is_none());
    let cost = Cost {
        peak,
        time,
        boxed: all.saturating_sub(escaped),
        escaped,
    };
    (done, cost)
}

/// What became of the inputs of one class.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The class, as in the list of threats.
    pub class: &'static str,
    /// How many inputs were given.
    pub inputs: usize,
    /// Turned away by the gate, or with the whole frame.
    pub refused: usize,
    /// Stored and without effect: the act is denied or the file change is void.
    pub void: usize,
    /// Taken: harmless after all.
    pub accepted: usize,
    /// The most bytes that one input took.
    pub peak: usize,
    /// The slowest input.
    pub slowest: Duration,
    /// Panics that the box around Automerge caught.
    pub boxed: usize,
    /// Panics that came out of the gate.
    pub escaped: usize,
    /// Honest entries of the same batches that were lost.
    pub lost: usize,
    /// Anything else that should not have happened.
    pub faults: Vec<String>,
}

/// What became of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Turned away.
    Refused,
    /// Stored without effect.
    Void,
    /// Taken.
    Accepted,
}

impl Row {
    /// An empty row.
    pub fn new(class: &'static str) -> Self {
        Self {
            class,
            ..Self::default()
        }
    }

    /// Counts an input with its cost.
    pub fn note(&mut self, fate: Fate, cost: Cost) {
        self.inputs += 1;
        match fate {
            Fate::Refused => self.refused += 1,
            Fate::Void => self.void += 1,
            Fate::Accepted => self.accepted += 1,
        }
        self.cost(cost);
    }

    /// Adds a cost that belongs to no single input.
    pub fn cost(&mut self, cost: Cost) {
        self.peak = self.peak.max(cost.peak);
        self.slowest = self.slowest.max(cost.time);
        self.boxed += cost.boxed;
        self.escaped += cost.escaped;
    }

    /// Notes that something went wrong, a few times at most.
    pub fn fault(&mut self, what: impl Into<String>) {
        if self.faults.len() < 5 {
            self.faults.push(what.into());
        }
    }

    /// Says whether the class did no harm.
    pub fn is_sound(&self) -> bool {
        self.escaped == 0 && self.lost == 0 && self.faults.is_empty() && self.peak < INPUT_BYTES_MAX
    }
}

/// The table of all classes.
pub fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<34} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>6} {:>7} {:>5}\n",
        "class",
        "inputs",
        "refused",
        "void",
        "accepted",
        "peak KiB",
        "slow ms",
        "boxed",
        "escaped",
        "lost"
    );
    for row in rows {
        text.push_str(&format!(
            "{:<34} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9.2} {:>6} {:>7} {:>5}\n",
            row.class,
            row.inputs,
            row.refused,
            row.void,
            row.accepted,
            row.peak >> 10,
            row.slowest.as_secs_f64() * 1000.0,
            row.boxed,
            row.escaped,
            row.lost
        ));
        for fault in &row.faults {
            text.push_str(&format!("    ! {fault}\n"));
        }
    }
    text
}
