//! `tongban city announce`: what this city publishes about itself.

use tongban_ledger::command::{Announce, Command};

use crate::commands::Act;
use crate::commands::agreement::Which;
use crate::error::CliError;
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
}

impl Act for Sub {
    fn check(self, _source: &mut dyn Source) -> Result<Command, CliError> {
        let Sub::Announce {
            addresses,
            windows,
            which,
        } = self;
        Ok(Command::CityAnnounce(Announce {
            addresses,
            windows,
            agreement: which.agreement,
        }))
    }
}
