//! `tongban`: the clerk's and operator's command line. It turns arguments into commands, asks the node over its
//! socket and shows the answers; what may be done is decided by the node.

mod args;
mod catalogue;
mod cities;
mod commands;
mod context;
mod error;
mod evidence;
mod exit;
mod export;
mod files;
mod guides;
mod help;
mod normal;
mod output;
mod personal;
mod read;
mod reason;
mod receipt;
mod refusal;
mod rule;
mod sheet;
mod source;
mod table;
mod usage;
mod words;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use crate::args::Cli;
use crate::catalogue::{Catalogue, Lang};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// How long what runs may take to end after the user interrupted it.
const INTERRUPT_GRACE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let arguments = normal::arguments(std::env::args_os().collect());
    let say = Catalogue::new(Lang::choose(&arguments, |name| std::env::var(name).ok()));
    let json = args::asks_json(&arguments);
    let exit = match start(&arguments, &say) {
        Ok(exit) => exit,
        Err(error) => {
            output::error(&error, &say, json);
            error.exit()
        }
    };
    ExitCode::from(exit.code())
}

fn start(arguments: &[std::ffi::OsString], say: &Catalogue) -> Result<Exit, CliError> {
    personal::refuse_in_arguments(arguments)?;
    let matches = match help::command(say).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::remark(&error.render().to_string());
            return Ok(Exit::Usage);
        }
        Err(error) if error.use_stderr() => return Err(CliError::usage(&error, say)),
        Err(asked) => {
            output::text(&asked.render().to_string());
            return Ok(Exit::Ok);
        }
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| CliError::usage(&error, say))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| CliError::Runtime { source })?;
    let context = Context::new(&cli.global, say)?;
    let json = cli.global.json;
    // A simulation computes without a pause and does not see the request; everything else ends by itself before.
    let said = output::error_said(&CliError::Interrupted, say, json);
    runtime.spawn(async move {
        interrupted().await;
        tokio::time::sleep(INTERRUPT_GRACE).await;
        output::remark(&said);
        std::process::exit(Exit::Interrupted.code().into());
    });
    let shown = runtime.block_on(async {
        // What runs is dropped when the user interrupts it, so that no node of a scenario is left behind.
        tokio::select! {
            biased;
            () = interrupted() => Err(CliError::Interrupted),
            shown = commands::run(cli.command, &context) => shown,
        }
    })?;
    output::shown(&shown, json);
    Ok(shown.exit)
}

/// Ends when the process is asked to stop.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
