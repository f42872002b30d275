//! The commands of `cargo xtask`, each as a list of steps. What a step does stands in the module it calls.

use std::process::Command;

use crate::cargo::Cargo;
use crate::deps;
use crate::paths;
use crate::rules;
use crate::step::{self, EXIT_USAGE, Failure, say};
use crate::tidy;

const DEMO_SCENARIO: &str = "scenarios/four-border-cities.toml";
const DEMO_RESULT: &str = "target/demo/result.json";

/// Builds everything and plays the four-city scenario on real nodes.
pub fn demo(arguments: &[String]) -> Result<(), Failure> {
    let cargo = Cargo::prepare()?;
    cargo.build_programs()?;
    let result = paths::root().join(DEMO_RESULT);
    if let Some(folder) = result.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder.display(), &error))?;
    }
    let mut command = Command::new(cargo.program("tongban"));
    command
        .current_dir(paths::root())
        .args([
            "--lang",
            "zh",
            "scenario",
            "run",
            DEMO_SCENARIO,
            "--engine",
            "live",
            "--story",
            "--result",
            DEMO_RESULT,
        ])
        .args(arguments);
    cargo.set_env(&mut command);
    step::run("playing the scenario of four border cities", &mut command)
}

/// Runs the tests: all of them, those that match a filter, or the kill test.
pub fn test(arguments: &[String]) -> Result<(), Failure> {
    if arguments.first().is_some_and(|first| first == "rules") {
        return rules::run();
    }
    let cargo = Cargo::prepare()?;
    if arguments.first().is_some_and(|first| first == "planted") {
        return test_planted(&cargo, &arguments[1..]);
    }
    cargo.build_programs()?;
    let nextest = deps::has_nextest();
    if arguments.first().is_some_and(|first| first == "kill") {
        return test_kill(&cargo, &arguments[1..]);
    }
    if arguments.first().is_some_and(|first| first == "swarm") {
        return test_swarm(&cargo);
    }
    if arguments.first().is_some_and(|first| first == "hostile") {
        return run_program(&cargo, "hostile", "hostile inputs", &arguments[1..]);
    }
    if nextest {
        let mut command = cargo.command(["nextest", "run", "--workspace"]);
        step::run("cargo nextest run", command.args(arguments))?;
        // Nextest cannot run documentation tests. A filter asks for particular tests, so they are left out then.
        if arguments.is_empty() {
            let mut command = cargo.command(["test", "--doc", "--workspace"]);
            step::run("cargo test --doc", &mut command)?;
        }
        return Ok(());
    }
    say("cargo-nextest is not installed; using cargo test");
    step::run(
        "cargo test",
        cargo.command(["test", "--workspace"]).args(arguments),
    )
}

/// Kills a node 200 times under writes; takes minutes, so the ordinary run kills it a few times only.
fn test_kill(cargo: &Cargo, arguments: &[String]) -> Result<(), Failure> {
    run_program(cargo, "kill", "the kill test", arguments)
}

/// Plays many short runs of virtual cities; `docs/scenario.md` says how they are drawn.
fn test_swarm(cargo: &Cargo) -> Result<(), Failure> {
    let swarm = [
        "sim", "swarm", "--seeds", "300", "--hours", "2", "--cities", "2..7",
    ];
    run_program(cargo, "tongban", "the swarm", &swarm.map(str::to_owned))
}

/// Plants one bug after the other and plays seeds until a check notices it; names of bugs choose some.
fn test_planted(cargo: &Cargo, arguments: &[String]) -> Result<(), Failure> {
    let feature = "tongban-sim/planted";
    let build = [
        "build",
        "--workspace",
        "--bin",
        "planted",
        "--features",
        feature,
    ];
    let mut command = cargo.command(build);
    step::run("building the simulator with planted bugs", &mut command)?;
    run_program(cargo, "planted", "the hunt for planted bugs", arguments)
}

/// Runs a program of the tests package that `build_programs` built.
fn run_program(
    cargo: &Cargo,
    program: &str,
    name: &str,
    arguments: &[String],
) -> Result<(), Failure> {
    let mut command = Command::new(cargo.program(program));
    command.current_dir(paths::root()).args(arguments);
    cargo.set_env(&mut command);
    step::run(name, &mut command)
}

/// The fuzz targets; each is a test `fuzz_TARGET`.
const FUZZ_TARGETS: &[&str] = &[
    "entry", "act", "frame", "bundle", "evidence", "founding", "scenario", "config",
];
/// How long a fuzz target runs unless the command line says otherwise, in seconds.
const FUZZ_SECONDS: u64 = 60;

/// Runs one fuzz target, or all of them one after another, each for so many seconds.
pub fn fuzz(arguments: &[String]) -> Result<(), Failure> {
    let (seconds, targets) = fuzz_arguments(arguments)?;
    let cargo = Cargo::prepare()?;
    for target in targets {
        let name = format!("fuzz_{target}");
        let mut command =
            cargo.command(["test", "--workspace", "--tests", "--", &name, "--nocapture"]);
        command.env("TONGBAN_FUZZ_SECONDS", seconds.to_string());
        step::run(&format!("fuzzing {target} for {seconds} s"), &mut command)?;
    }
    Ok(())
}

fn fuzz_arguments(arguments: &[String]) -> Result<(u64, Vec<&'static str>), Failure> {
    let wrong = |what: &str| {
        Failure::new(format!("fuzz: {what}"))
            .hint(format!("targets: {}", FUZZ_TARGETS.join(", ")))
            .code(EXIT_USAGE)
    };
    let (mut seconds, mut targets) = (FUZZ_SECONDS, Vec::new());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().and_then(|number| number.parse().ok());
            seconds = number.ok_or_else(|| wrong("--seconds needs a number"))?;
            continue;
        }
        let known = FUZZ_TARGETS.iter().find(|target| *target == argument);
        targets.push(*known.ok_or_else(|| wrong(&format!("no target {argument}")))?);
    }
    if targets.is_empty() {
        targets = FUZZ_TARGETS.to_vec();
    }
    Ok((seconds, targets))
}

/// A step of `ci`: its name for `--skip`, and what it runs.
type CiStep = (&'static str, fn() -> Result<(), Failure>);

/// The steps of `ci`, cheapest first.
const CI_STEPS: &[CiStep] = &[
    ("fmt", ci_fmt),
    ("tidy", ci_tidy),
    ("clippy", ci_clippy),
    ("doc", ci_doc),
    ("test", ci_test),
    ("swarm", ci_swarm),
];

/// Runs all checks and stops at the first that fails; `--skip NAME` leaves one out.
pub fn ci(arguments: &[String]) -> Result<(), Failure> {
    let skipped = skipped_steps(arguments)?;
    for (name, run) in CI_STEPS {
        if skipped.contains(name) {
            say(format_args!("ci: {name} skipped"));
            continue;
        }
        run().map_err(|mut failure| {
            failure.what = format!("ci stopped at `{name}`: {}", failure.what);
            failure
        })?;
    }
    say("ci: all checks passed");
    Ok(())
}

fn skipped_steps(arguments: &[String]) -> Result<Vec<&'static str>, Failure> {
    let mut skipped = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let name = (argument == "--skip").then(|| rest.next()).flatten();
        let step = name.and_then(|name| CI_STEPS.iter().find(|(step, _)| step == name));
        let Some((step, _)) = step else {
            let names: Vec<&str> = CI_STEPS.iter().map(|(step, _)| *step).collect();
            return Err(Failure::new(format!("unknown argument of ci: {argument}"))
                .hint(format!("--skip takes one of {}", names.join(", ")))
                .code(EXIT_USAGE));
        };
        skipped.push(*step);
    }
    Ok(skipped)
}

fn ci_fmt() -> Result<(), Failure> {
    let mut command = Cargo::without_library()?.command(["fmt", "--all", "--check"]);
    step::run("cargo fmt --check", &mut command)
}

fn ci_tidy() -> Result<(), Failure> {
    tidy::run(&[])
}

fn ci_clippy() -> Result<(), Failure> {
    let mut command = Cargo::prepare()?.command([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    step::run("cargo clippy", &mut command)
}

fn ci_doc() -> Result<(), Failure> {
    let mut command = Cargo::prepare()?.command(["doc", "--no-deps", "--workspace"]);
    step::run("cargo doc", command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn ci_test() -> Result<(), Failure> {
    test(&[])
}

fn ci_swarm() -> Result<(), Failure> {
    test(&["swarm".to_owned()])
}

/// Runs a benchmark of the tests package; which ones exist, it says itself.
pub fn bench(arguments: &[String]) -> Result<(), Failure> {
    let Some(name) = arguments.first() else {
        let names = "bench needs a name: ingest, latency, cases or settle";
        return Err(Failure::new(names).code(EXIT_USAGE));
    };
    let cargo = Cargo::prepare()?;
    cargo.build_programs()?;
    run_program(&cargo, "bench", &format!("bench {name}"), arguments)
}

/// Writes the generated pages of `docs/` anew.
pub fn docs(arguments: &[String]) -> Result<(), Failure> {
    let cargo = Cargo::prepare()?;
    cargo.build_programs()?;
    run_program(&cargo, "gendocs", "generating docs", arguments)?;
    // A page of a day is a test that writes what it otherwise compares.
    for (page, test) in [
        ("clerk_day", "the_clerks_day"),
        ("month_end", "the_month_end"),
    ] {
        let mut command = cargo.command(["test", "--workspace", "--test", page, test]);
        let title = format!("playing {page}");
        step::run(&title, command.env("TONGBAN_WRITE_DOCS", "1"))?;
    }
    Ok(())
}

/// Prints what a shell has to export so that plain cargo builds like xtask does.
pub fn env(_: &[String]) -> Result<(), Failure> {
    println!("{}", Cargo::prepare()?.exports());
    Ok(())
}

/// Builds RocksDB's library if it is not cached, trying again where an earlier try failed.
pub fn rocksdb(_: &[String]) -> Result<(), Failure> {
    deps::ensure()?;
    crate::rocksdb::forget_failures()?;
    match crate::rocksdb::ensure()? {
        crate::rocksdb::Library::Ready(folder) => println!("{}", folder.display()),
        crate::rocksdb::Library::BuiltByCrate => say("cargo will build RocksDB itself"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn fuzz_takes_a_time_and_targets() {
        let all = fuzz_arguments(&[]).unwrap();
        assert_eq!(all, (FUZZ_SECONDS, FUZZ_TARGETS.to_vec()));
        let some = fuzz_arguments(&words("--seconds 5 frame act")).unwrap();
        assert_eq!(some, (5, vec!["frame", "act"]));
        for wrong in ["--seconds", "--seconds x", "nothing"] {
            let failure = fuzz_arguments(&words(wrong)).expect_err("no such target");
            assert_eq!(failure.code, EXIT_USAGE, "{wrong}");
        }
    }

    #[test]
    fn skip_names_a_step() {
        assert_eq!(
            skipped_steps(&words("--skip test --skip doc")).unwrap(),
            ["test", "doc"]
        );
        assert!(skipped_steps(&[]).unwrap().is_empty());
        for wrong in ["--skip", "--skip nothing", "test"] {
            let failure = skipped_steps(&words(wrong)).expect_err("not a step");
            assert_eq!(failure.code, EXIT_USAGE, "{wrong}");
        }
    }
}
