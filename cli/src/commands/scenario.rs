//! `tongban scenario …`: checks and plays scenario files.

use std::path::{Path, PathBuf};

use serde_json::json;
use tongban_sim::{
    Engine, FAULTS, Language, LiveEngine, LiveOptions, LoadError, Moment, Report, Scenario,
    SimEngine, Story, record,
};

use super::agreement::write_file;
use crate::catalogue::{Catalogue, Lang};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::table::table;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Checks a scenario file; every mistake has line and column.
    Check {
        /// The scenario file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Plays a scenario file.
    Run(RunArgs),
    /// Lists the faults that a scenario may name.
    Faults,
}

/// Raw arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The scenario file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The engine: `live` starts one real node for each city, `sim` plays on a virtual world
    #[arg(long, value_name = "ENGINE", default_value = "live", value_parser = ["live", "sim"])]
    pub engine: String,
    /// The seed of the virtual world, if not the file's: the same seed gives the same run
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Tells the story on standard error while it plays, also with --json
    #[arg(long)]
    pub story: bool,
    /// Writes the report as JSON to a file
    #[arg(long, value_name = "FILE")]
    pub result: Option<PathBuf>,
    /// Draws the run as one HTML file in this folder
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Writes the run as a scenario file in which every event has its millisecond
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Keeps the cities' data and logs in this folder
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// The file has mistakes, or the engine failed.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Check { file } => check(&file, context.say),
        Sub::Run(args) if args.engine == "sim" => {
            let mut scenario = load(&args.file)?;
            let seed = args.seed.or(scenario.seed).unwrap_or_default();
            scenario.seed = Some(seed);
            play_on(SimEngine::new(seed), scenario, args, context).await
        }
        Sub::Run(args) => {
            let scenario = load(&args.file)?;
            let options = LiveOptions {
                folder: args.keep.clone(),
                ..LiveOptions::default()
            };
            let engine = LiveEngine::new(options).map_err(|error| failed(Box::new(error)))?;
            play_on(engine, scenario, args, context).await
        }
        Sub::Faults => Ok(faults(context.say)),
    }
}

fn load(file: &Path) -> Result<Scenario, CliError> {
    Scenario::load(file).map_err(|error| match error {
        LoadError::Read { source, .. } => CliError::File {
            path: file.to_owned(),
            source,
        },
        LoadError::Mistakes(mistakes) => CliError::Scenario {
            file: file.to_owned(),
            mistakes,
        },
    })
}

fn check(file: &Path, say: &Catalogue) -> Result<Shown, CliError> {
    let scenario = load(file)?;
    let counts = [
        scenario.nodes.len(),
        scenario.steps.len(),
        scenario.faults.len(),
        scenario.expects.len(),
    ];
    let [nodes, steps, faults, expects] = counts.map(|count| count.to_string());
    let line = say.tf(
        "scenario-sound",
        &[
            ("name", &scenario.name),
            ("nodes", &nodes),
            ("steps", &steps),
            ("faults", &faults),
            ("expects", &expects),
        ],
    );
    let [nodes, steps, faults, expects] = counts;
    let json = json!({
        "scenario": scenario.name,
        "nodes": nodes,
        "steps": steps,
        "faults": faults,
        "expectations": expects,
        "engines": scenario.engines,
    });
    Ok(Shown::new(json, format!("{line}\n")))
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> CliError {
    CliError::Engine { source }
}

async fn play_on<E: Engine>(
    mut engine: E,
    scenario: Scenario,
    args: RunArgs,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let story = Story::new(&scenario, language(context.say));
    let teller = Teller {
        to_error: context.json,
        quiet: context.json && !args.story,
    };
    teller.tell(&story.heading(&args.engine));
    let mut before: Option<Moment> = None;
    let mut recording = scenario.clone();
    let mut tell = |event: &tongban_sim::Event| {
        teller.tell(&story.event(event, before));
        before = Some(event.at);
    };
    let played = record(&scenario, &mut engine, &mut tell, &mut recording).await;
    if let Some(path) = &args.record {
        write_file(path, recording.to_toml().as_bytes())?;
    }
    let report = played.map_err(|error| failed(Box::new(error)))?;
    teller.tell(&story.ending(&report));
    if let Some(path) = &args.result {
        let text = format!("{:#}\n", json!(report));
        write_file(path, text.as_bytes())?;
    }
    if let Some(folder) = &args.report {
        let path = draw(folder, "report", &scenario, &report, context)?;
        let said = context
            .say
            .tf("scenario-drawn", &[("file", &path.display().to_string())]);
        teller.tell(&[said]);
    }
    Ok(verdict(&report, context.say))
}

/// Writes the picture of a run under a name and returns where.
pub(super) fn draw(
    folder: &Path,
    name: &str,
    scenario: &Scenario,
    report: &Report,
    context: &Context<'_>,
) -> Result<PathBuf, CliError> {
    let failed = |source| CliError::File {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(format!("{name}.html"));
    let page = tongban_sim::page(scenario, report, language(context.say));
    write_file(&path, page.as_bytes())?;
    Ok(path)
}

/// Where the story is told while it plays.
struct Teller {
    /// With `--json` standard output belongs to the data.
    to_error: bool,
    quiet: bool,
}

impl Teller {
    fn tell(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        match (self.quiet, self.to_error) {
            (true, _) => {}
            (false, true) => output::remark(&text),
            (false, false) => output::text(&text),
        }
    }
}

/// Ends with 0 only if every step and expectation went as written.
fn verdict(report: &Report, say: &Catalogue) -> Shown {
    if report.ok {
        return Shown::new(report, String::new());
    }
    let wording = output::message("E_EXPECTATION", say);
    Shown::new(report, format!("{wording} [E_EXPECTATION]\n")).with_exit(Exit::Failed)
}

fn faults(say: &Catalogue) -> Shown {
    let listed: Vec<serde_json::Value> = FAULTS
        .iter()
        .map(|row| {
            let mut value = json!(row);
            value["kind"] = row.name.into();
            value["arguments"] = row.arguments().into();
            value
        })
        .collect();
    let header = [
        say.t("label-fault"),
        say.t("label-fault-id"),
        say.t("label-engines"),
        say.t("label-arguments"),
        say.t("label-meaning"),
    ];
    let rows = FAULTS
        .iter()
        .map(|row| {
            let engines: Vec<&str> = row.engines.iter().map(|engine| engine.as_str()).collect();
            vec![
                row.name.to_owned(),
                row.ids.join(" "),
                engines.join(", "),
                row.arguments(),
                match say.lang() {
                    Lang::Zh => row.zh.to_owned(),
                    Lang::En => row.en.to_owned(),
                },
            ]
        })
        .collect();
    Shown::new(&listed, table(&header, rows, &[]))
}

fn language(say: &Catalogue) -> Language {
    match say.lang() {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_a_file_have_their_places() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("bad.toml");
        std::fs::write(&file, "nam = \"x\"\n").expect("written");
        let error = check(&file, &Catalogue::new(Lang::En)).expect_err("mistakes");
        assert_eq!((error.code(), error.exit()), ("E_SCENARIO", Exit::Failed));
        assert!(
            error
                .causes()
                .iter()
                .any(|cause| cause.contains("bad.toml:1:1"))
        );
        let error = check(&dir.path().join("none"), &Catalogue::new(Lang::En));
        assert_eq!(error.expect_err("absent").code(), "E_FILE");
    }

    #[test]
    fn every_fault_is_listed_in_both_forms() {
        for lang in [Lang::Zh, Lang::En] {
            let shown = faults(&Catalogue::new(lang));
            for row in FAULTS {
                assert!(shown.text.contains(row.name));
            }
            assert_eq!(shown.json.as_array().map(Vec::len), Some(FAULTS.len()));
        }
    }
}
