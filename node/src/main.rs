//! `tongband`, a city's node: wires keys, store, engine, mesh and local interface together.
//!
//! It decides nothing about cases or agreements; that is the engine's. Clerks use `tongban`.

mod args;
mod backend;
mod clock;
mod config;
mod dialler;
mod driver;
mod failure;
mod init;
mod keys;
mod links;
mod pool;
mod request;
mod rotate;
mod startup;
mod witness;
mod words;

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Verb};
use failure::{Failure, Kind};
use words::Words;

fn main() -> ExitCode {
    match parse().and_then(|cli| cli.map_or(Ok(()), carry_out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The line goes out at once and whole; where nobody reads it, the exit code remains.
            let _ = writeln!(std::io::stderr().lock(), "{}", failure.to_json());
            ExitCode::from(failure.kind().exit())
        }
    }
}

/// Reads the command line; nothing is left to do after help and version.
fn parse() -> Result<Option<Cli>, Failure> {
    let words = Words::of_environment();
    let parsed = words
        .command(Cli::command())
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => Ok(Some(cli)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            let _ = error.print();
            Ok(None)
        }
        Err(error) => Err(Failure::new(Kind::Usage, words.usage(&error))),
    }
}

fn carry_out(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Init(args) => print_line(&init::init(&args)?),
        Verb::Run(args) => startup::run(&args),
        Verb::Rotate(args) => print_line(&rotate::rotate(&args)?),
        Verb::Revoke(args) => print_line(&rotate::revoke(&args)?),
    }
}

/// Prints a JSON line for the caller of this program.
fn print_line(line: &serde_json::Value) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::caused(Kind::Internal, "cannot write to standard output", &error))
}
