//! The command line as it is written. What the words mean is checked in `commands`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    agreement, backup, bill, board, bundle, case, city, consult, evidence, explain, init, key,
    meeting, parcel, payment, public, resolution, round, scenario, settle, sim, status,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "tongban")]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Sub,
}

/// Options of every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// The node's directory [default: $TONGBAN_DIR or ~/.local/share/tongban]
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The node's socket [default: DIR/api.sock]
    #[arg(long, global = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Prints data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// The language of messages [default: from the locale]
    #[arg(long, global = true, value_name = "LANG", value_parser = ["zh", "en"])]
    pub lang: Option<String>,
    /// Makes a repeated command take effect once [default: random]
    #[arg(long, global = true, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    /// Asks nothing; what is missing is an error
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Says more on standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Sub {
    /// Sets up a node: keys, directory, configuration.
    Init(init::Args),
    /// Shows the node, its peers and what waits.
    Status(status::Args),
    /// Agreements between cities.
    #[command(subcommand)]
    Agreement(agreement::Sub),
    /// What this city publishes about itself.
    #[command(subcommand)]
    City(city::Sub),
    /// This city's devices.
    #[command(subcommand)]
    Key(key::Sub),
    /// Cases.
    #[command(subcommand)]
    Case(case::Sub),
    /// Shows what is due, and who must act.
    Board(board::Args),
    /// Shows what the public may see.
    Public(public::Args),
    /// Questions to an owner's liaison, and video consults.
    #[command(subcommand)]
    Consult(consult::Sub),
    /// Joint meetings.
    #[command(subcommand)]
    Meeting(meeting::Sub),
    /// Parcels.
    #[command(subcommand)]
    Parcel(parcel::Sub),
    /// Postage settlement.
    #[command(subcommand)]
    Settle(settle::Sub),
    /// Monthly bills with another city.
    #[command(subcommand)]
    Bill(bill::Sub),
    /// A month's settlement among all members.
    #[command(subcommand)]
    Round(round::Sub),
    /// Payments and receipts, as records.
    #[command(subcommand)]
    Payment(payment::Sub),
    /// Resolutions by vote: who is a member, keys, limits, rules.
    #[command(subcommand)]
    Resolution(resolution::Sub),
    /// Evidence of a hand-over.
    #[command(subcommand)]
    Evidence(evidence::Sub),
    /// Files that carry what a connection would.
    #[command(subcommand)]
    Bundle(bundle::Sub),
    /// Checks everything that the node stores.
    Verify,
    /// Backups of the node.
    #[command(subcommand)]
    Backup(backup::Sub),
    /// Scenario files.
    #[command(subcommand)]
    Scenario(scenario::Sub),
    /// Many runs of virtual worlds.
    #[command(subcommand)]
    Sim(sim::Sub),
    /// Explains an error code.
    Explain(explain::Args),
}

/// Says whether raw arguments ask for JSON, for errors that come before they are parsed.
pub fn asks_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}
