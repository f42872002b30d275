//! `cargo xtask`: everything that is done with the repository besides writing code. This file picks the command
//! and prints failures; the steps stand in `commands.rs`.

mod cargo;
mod commands;
mod deps;
mod metadata;
mod paths;
mod rocksdb;
mod rules;
mod step;
#[cfg(test)]
mod testing;
mod tidy;

use std::process::ExitCode;

use step::{EXIT_USAGE, Failure};

type Run = fn(&[String]) -> Result<(), Failure>;

/// Name, arguments, what it does, and the function.
const COMMANDS: &[(&str, &str, &str, Run)] = &[
    (
        "demo",
        "[ARGS]",
        "build, start four nodes, play the scenario; ARGS go to `tongban scenario run`",
        commands::demo,
    ),
    (
        "test",
        "[FILTER…]",
        "run all tests, or those that match",
        commands::test,
    ),
    (
        "test",
        "kill",
        "run the test that kills a node 200 times",
        commands::test,
    ),
    (
        "test",
        "planted [BUG…]",
        "plant bugs, and play seeds until the checks notice each",
        commands::test,
    ),
    (
        "test",
        "swarm",
        "play 300 short runs of virtual cities with faults, and check them",
        commands::test,
    ),
    (
        "test",
        "rules",
        "print which test shows which rule of the domain; a rule without a test fails",
        commands::test,
    ),
    (
        "test",
        "hostile [--inputs N]",
        "give hostile inputs of every class to the gate, and flood a real node",
        commands::test,
    ),
    (
        "fuzz",
        "[--seconds N] [TARGET]",
        "run the fuzz targets for a time: entry, act, frame, bundle, evidence, founding, scenario, config",
        commands::fuzz,
    ),
    (
        "ci",
        "[--skip STEP]",
        "fmt, tidy, clippy, doc, test, swarm",
        commands::ci,
    ),
    (
        "bench",
        "ingest|latency|cases|settle",
        "measure",
        commands::bench,
    ),
    (
        "tidy",
        "",
        "check the repository against ARCHITECTURE.md and its own rules",
        tidy::run,
    ),
    (
        "docs",
        "",
        "write the generated pages of docs/ anew",
        commands::docs,
    ),
    (
        "rocksdb",
        "",
        "build RocksDB's library into the cache and print its folder",
        commands::rocksdb,
    ),
    (
        "env",
        "",
        "print exports for plain cargo: eval \"$(cargo xtask env)\"",
        commands::env,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Failure::new(format!("which command?\n\n{}", usage())).code(EXIT_USAGE));
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", usage());
        return Ok(());
    }
    match COMMANDS.iter().find(|(command, ..)| command == name) {
        Some((.., run)) => run(rest),
        None => {
            Err(Failure::new(format!("unknown command `{name}`\n\n{}", usage())).code(EXIT_USAGE))
        }
    }
}

fn usage() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [ARGS]\n");
    for (name, arguments, what, _) in COMMANDS {
        let call = format!("{name} {arguments}");
        text.push_str(&format!("\n  {call:<22} {what}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_command_lines_exit_with_usage() {
        for wrong in [vec![], vec!["nothing".to_string()]] {
            let failure = dispatch(&wrong).expect_err("not a command");
            assert_eq!(failure.code, EXIT_USAGE);
            assert!(failure.what.contains("cargo xtask COMMAND"));
        }
    }
}
