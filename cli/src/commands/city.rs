//! `tongban city`: what this city publishes about itself, and what others published.

use tongban_ledger::code::Code;
use tongban_ledger::command::{Announce, Command};

use crate::commands::agreement::Which;
use crate::commands::{Act, act, roster};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Publishes addresses and windows.
    Announce {
        /// Where the node is reached, as host:port; may be repeated
        #[arg(long = "address", value_name = "ADDR", required = true)]
        addresses: Vec<String>,
        /// A dedicated window (专窗); may be repeated
        #[arg(long = "window", value_name = "NAME")]
        windows: Vec<String>,
        /// Which agreement, where there are several
        #[command(flatten)]
        which: Which,
    },
    /// Publishes windows, officers and liaisons, or shows them.
    Roster(roster::Args),
    /// Shows what is amiss in a roster today.
    Defects {
        /// The city [default: this one]
        #[arg(value_name = "CITY")]
        city: Option<String>,
    },
}

impl Act for Sub {
    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        match self {
            Sub::Announce {
                addresses,
                windows,
                which,
            } => Ok(Command::CityAnnounce(Announce {
                addresses,
                windows,
                agreement: which.agreement,
            })),
            Sub::Roster(args) => args.check(source).map(Command::CityRoster),
            Sub::Defects { .. } => Err(CliError::refused(Code::Argument, "city")),
        }
    }
}

/// Runs a command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Roster(args) => roster::run(args, context).await,
        Sub::Defects { city } => roster::defects(city, context).await,
        Sub::Announce { .. } => act(sub, context).await,
    }
}
