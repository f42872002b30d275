//! Plants one bug after the other and plays seeds until a check notices it: `cargo xtask test planted`.
//!
//! Before that some seeds are played without any, which must be clean: `clean=COUNT` says how many. Names of
//! bugs choose some.
//!
//! A bug that no seed shows, or an invariant that catches none, is a hole in the checks, so both fail; so does a seed
//! that breaks something without the bug, too, which finds nothing. Not a test of the product: every program for
//! people is built without these bugs.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tongban_ledger::planted::{Bug, plant};
use tongban_sim::{SwarmOptions, Violation, run_seed};

/// Seeds that a bug may need.
const SEEDS_MAX: u64 = 200;
/// Seeds that must be clean without any bug, before what the others find counts for anything.
const CLEAN_SEEDS: u64 = 10;
/// The invariants of `hardening.md` §3.2.
const INVARIANTS: u32 = 16;

/// Runs of half an office day in small worlds: few bugs need more.
const SHORT: SwarmOptions = SwarmOptions {
    from: 1,
    seeds: SEEDS_MAX,
    cities: (2, 5),
    hours: 4,
    twice: false,
};

/// How a bug was found.
struct Found {
    seeds: u64,
    faults: BTreeMap<&'static str, u64>,
    seconds: f64,
    violation: Option<Violation>,
    /// Seeds that something is wrong in without the bug, too: they show nothing of it.
    unclean: BTreeMap<u64, Violation>,
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let clean = match wanted
        .first()
        .and_then(|first| first.strip_prefix("clean="))
    {
        Some(count) => count.parse().ok(),
        None => Some(CLEAN_SEEDS),
    };
    let Some(clean) = clean else {
        eprintln!("clean= takes a number of seeds");
        return ExitCode::from(2);
    };
    wanted.retain(|name| !name.starts_with("clean="));
    for name in &wanted {
        if !Bug::ALL.iter().any(|bug| bug.name() == *name) {
            eprintln!("no such bug: {name}");
            return ExitCode::from(2);
        }
    }
    let named = |bug: &&Bug| wanted.is_empty() || wanted.iter().any(|name| bug.name() == *name);
    let bugs: Vec<Bug> = Bug::ALL.iter().filter(named).copied().collect();
    if let Some((seed, violation)) = unclean(clean) {
        println!("without any bug, seed {seed} already breaks {violation}");
        return ExitCode::FAILURE;
    }
    let started = Instant::now();
    let found = hunt_all(&bugs);
    let sound = print(&bugs, &found, wanted.is_empty());
    println!("{:.0} s", started.elapsed().as_secs_f64());
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A seed in which something is wrong although nothing was planted.
fn unclean(seeds: u64) -> Option<(u64, Violation)> {
    (1..=seeds).find_map(|seed| Some((seed, run_seed(seed, &SHORT).violation?)))
}

/// Hunts every bug, on as many threads as there are; a planted bug is its thread's own.
fn hunt_all(bugs: &[Bug]) -> BTreeMap<Bug, Found> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = hunt(*bug);
                    let by = outcome.violation.as_ref();
                    let by = by.map_or("not found", |violation| violation.invariant);
                    let (name, seeds) = (bug.name(), outcome.seeds);
                    let mut found = found.lock().unwrap_or_else(|broken| broken.into_inner());
                    found.insert(*bug, outcome);
                    let (nth, of) = (found.len(), bugs.len());
                    eprintln!("{nth}/{of} {name}: {seeds} seeds, {by}");
                }
            });
        }
    });
    found
        .into_inner()
        .unwrap_or_else(|broken| broken.into_inner())
}

fn hunt(bug: Bug) -> Found {
    let started = Instant::now();
    let options = SwarmOptions {
        twice: bug == Bug::Unrepeatable,
        // Of a storm of frames a shorter time is enough.
        hours: if bug == Bug::NeverQuiet {
            1
        } else {
            SHORT.hours
        },
        ..SHORT
    };
    plant(Some(bug));
    let mut outcome = Found {
        seeds: SEEDS_MAX,
        faults: BTreeMap::new(),
        seconds: 0.0,
        violation: None,
        unclean: BTreeMap::new(),
    };
    for seed in 1..=SEEDS_MAX {
        let report = run_seed(seed, &options);
        for (name, times) in report.faults {
            *outcome.faults.entry(name).or_default() += times;
        }
        let Some(violation) = report.violation else {
            continue;
        };
        plant(None);
        let without = run_seed(seed, &options).violation;
        plant(Some(bug));
        match without {
            Some(own) => {
                outcome.unclean.insert(seed, own);
            }
            None => {
                outcome.seeds = seed;
                outcome.violation = Some(violation);
                break;
            }
        }
    }
    plant(None);
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome
}

/// Prints the table; says whether every bug was found and, if all were hunted, every invariant found one.
fn print(bugs: &[Bug], found: &BTreeMap<Bug, Found>, all: bool) -> bool {
    println!("{:<22} {:>5} {:>6}  found by", "bug", "seeds", "s");
    let mut caught: BTreeMap<String, u32> = BTreeMap::new();
    let mut missed = 0;
    for (bug, outcome) in bugs.iter().filter_map(|bug| Some((bug, found.get(bug)?))) {
        let by = match &outcome.violation {
            Some(violation) => {
                let number = violation.invariant.split(' ').next().unwrap_or_default();
                *caught.entry(number.to_owned()).or_default() += 1;
                violation.to_string()
            }
            None => {
                missed += 1;
                "NOT FOUND".to_owned()
            }
        };
        let by: String = by.chars().take(110).collect();
        println!(
            "{:<22} {:>5} {:>6.1}  {by}",
            bug.name(),
            outcome.seeds,
            outcome.seconds
        );
    }
    let idle: Vec<String> = (1..=INVARIANTS)
        .map(|number| format!("I{number}"))
        .filter(|name| !caught.contains_key(name))
        .collect();
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, times) in found.values().flat_map(|outcome| &outcome.faults) {
        *faults.entry(name).or_default() += times;
    }
    let faults: Vec<String> = faults
        .iter()
        .map(|(name, times)| format!("{name} {times}"))
        .collect();
    println!("meanwhile: {}", faults.join(", "));
    println!("{} bugs, {missed} not found", found.len());
    if all && !idle.is_empty() {
        println!("invariants that caught nothing: {}", idle.join(", "));
    }
    let unclean: BTreeMap<&u64, &Violation> = found.values().flat_map(|of| &of.unclean).collect();
    for (seed, violation) in &unclean {
        println!("without any bug, seed {seed} breaks {violation}");
    }
    missed == 0 && unclean.is_empty() && (!all || idle.is_empty())
}
