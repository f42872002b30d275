//! `tongban sim …`: many runs of virtual worlds, each drawn from a seed and checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::json;
use tongban_sim::{
    MILESTONES, SeedReport, SwarmOptions, drawn_faults, run_seed, shrink, swarm_trace,
};

use super::agreement::write_file;
use super::scenario::draw;
use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::table::table;

/// How many seeds a swarm needs before a fault that never came counts as a failure of its own.
const SEEDS_FOR_BREADTH: usize = 300;
/// One seed in so many has to see each fault.
const BREADTH: usize = 100;
/// How many runs the search for a smaller failing run may take.
const SHRINK_RUNS_MAX: u32 = 400;
/// Cells of the bar that shows progress.
const BAR_CELLS: u64 = 30;

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
    /// How many seeds are played at once; as many as there are processors if absent
    #[arg(long, value_name = "COUNT")]
    pub jobs: Option<usize>,
    /// Writes each failing run, made as small as it goes, as a scenario file to this folder
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Draws each failing run, or the only one, as a page to this folder
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
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
/// A file cannot be written. A broken invariant is an answer with exit code 1.
pub fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let Sub::Swarm(args) = sub;
    let options = SwarmOptions {
        from: args.from,
        seeds: args.seeds,
        cities: args.cities,
        hours: args.hours,
        twice: args.twice,
    };
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or_else(processors).max(1);
    let started = Instant::now();
    let reports = play(&options, jobs, context.say);
    let seconds = started.elapsed().as_secs_f64();
    let swarm = Swarm {
        options,
        reports,
        seconds,
    };
    let mut shown = swarm.shown(context.say);
    if let Some(folder) = &args.record {
        swarm.record(folder, context.say, &mut shown.text)?;
    }
    if let Some(folder) = &args.report {
        swarm.picture(folder, context, &mut shown.text)?;
    }
    Ok(shown)
}

/// Plays the seeds; the reports come in the order of the seeds.
fn play(options: &SwarmOptions, jobs: usize, say: &Catalogue) -> Vec<SeedReport> {
    let (next, done) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= options.seeds {
                return;
            }
            let mut report = run_seed(options.from + nth, options);
            if report.violation.is_none() && options.seeds > 1 {
                // Only a failing run is of further use, and a swarm holds many.
                report.report = None;
                report.recording.steps = Vec::new();
                report.recording.faults = Vec::new();
            }
            let mut done = done.lock().unwrap_or_else(|broken| broken.into_inner());
            done.push(report);
            progress(done.len() as u64, options.seeds, say);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    let mut reports = done
        .into_inner()
        .unwrap_or_else(|broken| broken.into_inner());
    reports.sort_by_key(|report: &SeedReport| report.seed);
    reports
}

/// A bar that moves where somebody looks on, and otherwise a line for each tenth.
fn progress(count: u64, of: u64, say: &Catalogue) {
    use std::io::IsTerminal;
    let looks_on = std::io::stderr().is_terminal();
    let tenth = count * 10 / of != (count - 1) * 10 / of;
    if !looks_on && !tenth {
        return;
    }
    let full = count * BAR_CELLS / of;
    let bar: String = (0..BAR_CELLS)
        .map(|cell| if cell < full { '█' } else { '░' })
        .collect();
    let line = say.tf(
        "swarm-progress",
        &[("count", &count.to_string()), ("of", &of.to_string())],
    );
    let end = if looks_on && count < of { "\r" } else { "\n" };
    output::remark(&format!("{bar} {line}{end}"));
}

/// A swarm that was played.
struct Swarm {
    options: SwarmOptions,
    reports: Vec<SeedReport>,
    seconds: f64,
}

impl Swarm {
    fn broken(&self) -> Vec<&SeedReport> {
        let reports = self.reports.iter();
        reports
            .filter(|report| report.violation.is_some())
            .collect()
    }

    /// Each fault: in how many seeds, and how often in all.
    fn faults(&self) -> BTreeMap<&'static str, (usize, u64)> {
        let all = drawn_faults().into_iter();
        let mut faults: BTreeMap<_, _> = all.map(|name| (name, (0, 0))).collect();
        for (name, count) in self.reports.iter().flat_map(|report| &report.faults) {
            let sum = faults.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
        faults
    }

    fn acts(&self) -> BTreeMap<&str, (usize, u64)> {
        let mut acts: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
        for (name, count) in self.reports.iter().flat_map(|report| &report.acts) {
            let sum = acts.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
        acts
    }

    /// Each milestone: how many seeds came to it, and how often in all.
    fn reached(&self) -> BTreeMap<&str, (usize, u64)> {
        let mut reached: BTreeMap<_, _> = MILESTONES.iter().map(|name| (*name, (0, 0))).collect();
        for (name, count) in self.reports.iter().flat_map(|report| &report.reached) {
            let sum = reached.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
        reached
    }

    /// Each script of hostile cities that did what it is for.
    fn deeds(&self) -> BTreeMap<&str, (usize, u64)> {
        let mut deeds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
        for (name, count) in self.reports.iter().flat_map(|report| &report.deeds) {
            let sum = deeds.entry(name).or_default();
            *sum = (sum.0 + usize::from(*count > 0), sum.1 + count);
        }
        deeds
    }

    /// Faults that too few seeds have seen, where there are enough seeds to tell.
    fn rare(&self) -> Vec<&'static str> {
        let seeds = self.reports.len();
        if seeds < SEEDS_FOR_BREADTH {
            return Vec::new();
        }
        let faults = self.faults().into_iter();
        faults
            .filter(|(_, (seen, _))| seen * BREADTH < seeds)
            .map(|(name, _)| name)
            .collect()
    }

    fn shown(&self, say: &Catalogue) -> Shown {
        let runs = if self.options.twice { 2 } else { 1 };
        let hours = self.options.hours * runs;
        let seconds = self.seconds.max(f64::MIN_POSITIVE);
        let city_hours: u64 = self
            .reports
            .iter()
            .map(|report| report.cities * hours)
            .sum();
        let speed = city_hours as f64 / seconds;
        let times_real = self.reports.len() as f64 * hours as f64 * 3_600.0 / seconds;
        let trace = swarm_trace(&self.reports).to_string();
        let (broken, rare) = (self.broken(), self.rare());
        let listed = |what: &str, counts: &BTreeMap<&str, (usize, u64)>| {
            let rows = counts.iter();
            let rows = rows
                .map(|(name, (seeds, times))| json!({what: name, "seeds": seeds, "times": times}));
            rows.collect::<Vec<_>>()
        };
        let json = json!({
            "seeds": self.reports.len(),
            "violations": broken,
            "faults": listed("fault", &self.faults()),
            "acts": listed("act", &self.acts()),
            "deeds": listed("deed", &self.deeds()),
            "reached": listed("reached", &self.reached()),
            "rare": rare,
            "events": self.reports.iter().map(|report| report.events).sum::<u64>(),
            "trace": trace,
            "city_hours_per_second": speed,
            "times_real_time": times_real,
        });
        let mut text = counted(say.t("label-fault"), &self.faults(), say);
        text.push_str(&counted(say.t("label-act"), &self.acts(), say));
        text.push_str(&counted(say.t("label-deed"), &self.deeds(), say));
        text.push_str(&counted(say.t("label-reached"), &self.reached(), say));
        for report in &broken {
            if let Some(violation) = &report.violation {
                text.push_str(&format!("✗ {violation}\n  {}\n", self.replay(report)));
            }
        }
        if !rare.is_empty() {
            let line = say.tf("swarm-rare", &[("faults", &rare.join(", "))]);
            text.push_str(&format!("✗ {line}\n"));
        }
        let summary = say.tf(
            "swarm-summary",
            &[
                ("seeds", &self.reports.len().to_string()),
                ("violations", &broken.len().to_string()),
                ("speed", &format!("{speed:.1}")),
                ("times", &format!("{times_real:.0}")),
                ("trace", &trace[..16]),
            ],
        );
        text.push_str(&format!("{summary}\n"));
        let exit = match broken.is_empty() && rare.is_empty() {
            true => Exit::Ok,
            false => Exit::Failed,
        };
        Shown::new(json, text).with_exit(exit)
    }

    /// The command that plays a seed again.
    fn replay(&self, report: &SeedReport) -> String {
        let (low, high) = self.options.cities;
        format!(
            "tongban sim swarm --seeds 1 --from {} --cities {low}..{high} --hours {}",
            report.seed, self.options.hours
        )
    }

    /// Writes each failing run, made smaller, to a folder.
    fn record(&self, folder: &Path, say: &Catalogue, text: &mut String) -> Result<(), CliError> {
        let failed = |source| CliError::File {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        for report in self.broken() {
            let small = shrink(&report.recording, SHRINK_RUNS_MAX);
            let scenario = small
                .as_ref()
                .map_or(&report.recording, |small| &small.scenario);
            let path = folder.join(format!("{}.toml", scenario.name));
            write_file(&path, scenario.to_toml().as_bytes())?;
            let events = scenario.steps.len() + scenario.faults.len();
            let line = say.tf("swarm-recorded", &[("events", &events.to_string())]);
            text.push_str(&format!(
                "{line}\n  tongban scenario run {} --engine sim\n",
                path.display()
            ));
        }
        Ok(())
    }

    /// Draws each failing run, or the only one, to a folder.
    fn picture(
        &self,
        folder: &Path,
        context: &Context<'_>,
        text: &mut String,
    ) -> Result<(), CliError> {
        let wanted = |seed: &&SeedReport| seed.violation.is_some() || self.options.seeds == 1;
        for seed in self.reports.iter().filter(wanted) {
            let Some(report) = seed.report.as_deref() else {
                let line = context
                    .say
                    .tf("swarm-not-drawn", &[("seed", &seed.seed.to_string())]);
                text.push_str(&format!("{line}\n"));
                continue;
            };
            let name = format!("seed-{}", seed.seed);
            let path = draw(folder, &name, &seed.recording, report, context)?;
            let path = path.display().to_string();
            let line = context.say.tf("scenario-drawn", &[("file", &path)]);
            text.push_str(&format!("{line}\n"));
        }
        Ok(())
    }
}

fn counted(label: String, counts: &BTreeMap<&str, (usize, u64)>, say: &Catalogue) -> String {
    let header = [label, say.t("label-seeds"), say.t("label-times")];
    let rows = counts
        .iter()
        .map(|(name, (seeds, times))| {
            vec![(*name).to_owned(), seeds.to_string(), times.to_string()]
        })
        .collect();
    table(&header, rows, &[1, 2])
}
