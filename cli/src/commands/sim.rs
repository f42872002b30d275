//! `tongban sim …`: many runs of virtual worlds, each drawn from a seed and checked.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::json;
use tongban_sim::{SeedReport, SwarmOptions, run_seed, swarm_trace};

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::table::table;

/// How many seeds pass between two lines of progress.
const PROGRESS_SEEDS: u64 = 10;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Plays many seeds and checks the invariants.
    Swarm(SwarmArgs),
}

/// Raw arguments of `swarm`.
#[derive(Debug, clap::Args)]
pub struct SwarmArgs {
    /// How many seeds
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub seeds: u64,
    /// The first seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub from: u64,
    /// The fewest and the most cities, as 2..7
    #[arg(long, value_name = "RANGE", default_value = "2..7", value_parser = cities)]
    pub cities: (u64, u64),
    /// Virtual hours of one run
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub hours: u64,
    /// Plays each seed twice and compares the traces
    #[arg(long)]
    pub twice: bool,
}

fn cities(text: &str) -> Result<(u64, u64), String> {
    let range = text.split_once("..").unwrap_or((text, text));
    match (range.0.parse(), range.1.parse()) {
        (Ok(low), Ok(high)) if low >= 2 && low <= high && high <= 25 => Ok((low, high)),
        _ => Err("2..25".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
/// None: a broken invariant is an answer with exit code 1.
pub fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let Sub::Swarm(args) = sub;
    let options = SwarmOptions {
        from: args.from,
        seeds: args.seeds,
        cities: args.cities,
        hours: args.hours,
        twice: args.twice,
    };
    let started = Instant::now();
    let reports = play(&options, context.say);
    let seconds = started.elapsed().as_secs_f64();
    Ok(shown(&options, &reports, seconds, context.say))
}

/// Plays the seeds on every core; the reports come in the order of the seeds.
fn play(options: &SwarmOptions, say: &Catalogue) -> Vec<SeedReport> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= options.seeds {
                return;
            }
            let report = run_seed(options.from + nth, options);
            let mut done = done.lock().unwrap_or_else(|broken| broken.into_inner());
            done.push(report);
            if (done.len() as u64).is_multiple_of(PROGRESS_SEEDS) {
                let (count, of) = (done.len().to_string(), options.seeds.to_string());
                let line = say.tf("swarm-progress", &[("count", &count), ("of", &of)]);
                output::remark(&format!("{line}\n"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut reports = done
        .into_inner()
        .unwrap_or_else(|broken| broken.into_inner());
    reports.sort_by_key(|report: &SeedReport| report.seed);
    reports
}

fn shown(options: &SwarmOptions, reports: &[SeedReport], seconds: f64, say: &Catalogue) -> Shown {
    let runs = if options.twice { 2 } else { 1 };
    let city_hours: u64 = reports
        .iter()
        .map(|report| report.cities * options.hours * runs)
        .sum();
    let speed = city_hours as f64 / seconds.max(f64::MIN_POSITIVE);
    let mut faults: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for report in reports {
        for (name, count) in &report.faults {
            let sum = faults.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
    }
    let broken: Vec<&SeedReport> = reports
        .iter()
        .filter(|report| report.violation.is_some())
        .collect();
    let trace = swarm_trace(reports).to_string();
    let json = json!({
        "seeds": reports.len(),
        "violations": broken,
        "faults": faults.iter().map(|(name, (seeds, times))| json!({"fault": name, "seeds": seeds, "times": times})).collect::<Vec<_>>(),
        "events": reports.iter().map(|report| report.events).sum::<u64>(),
        "trace": trace,
        "city_hours_per_second": speed,
    });
    let header = [
        say.t("label-fault"),
        say.t("label-seeds"),
        say.t("label-times"),
    ];
    let rows = faults
        .iter()
        .map(|(name, (seeds, times))| {
            vec![(*name).to_owned(), seeds.to_string(), times.to_string()]
        })
        .collect();
    let mut text = table(&header, rows, &[1, 2]);
    for report in &broken {
        if let Some(violation) = &report.violation {
            let replay = format!(
                "tongban sim swarm --seeds 1 --from {} --cities {}..{} --hours {}",
                report.seed, options.cities.0, options.cities.1, options.hours
            );
            text.push_str(&format!("✗ {violation}\n  {replay}\n"));
        }
    }
    let summary = say.tf(
        "swarm-summary",
        &[
            ("seeds", &reports.len().to_string()),
            ("violations", &broken.len().to_string()),
            ("speed", &format!("{speed:.1}")),
            ("trace", &trace[..16]),
        ],
    );
    text.push_str(&format!("{summary}\n"));
    let exit = if broken.is_empty() {
        Exit::Ok
    } else {
        Exit::Failed
    };
    Shown::new(json, text).with_exit(exit)
}
