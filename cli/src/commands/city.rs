//! `tongban city`: what this city publishes about itself and which of its items change (事项调整), and what others published.

use tongban_ledger::city::ChangeKind;
use tongban_ledger::code::Code;
use tongban_ledger::command::handover::{ChangeItem, DeleteItem, TakeItem};
use tongban_ledger::command::rehearse::Rehearse;
use tongban_ledger::command::{Announce, Command};

use crate::commands::agreement::Which;
use crate::commands::{Act, act, roster};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;
use crate::{personal, read, words};

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
    /// Announces a change of an item.
    ChangeItem(ChangeArgs),
    /// The department has taken the item.
    TakeItem(TakeArgs),
    /// Deletes an item's old entry.
    DeleteItem(DeleteArgs),
}

/// Raw arguments of `change-item`.
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// The item's base code
    #[arg(long, value_name = "CODE")]
    pub item: String,
    /// What becomes of it
    #[arg(long, value_name = "KIND", value_parser = words::change())]
    pub kind: ChangeKind,
    /// The department that has it, as a code
    #[arg(long, value_name = "DEPT")]
    pub from_dept: Option<String>,
    /// The department that gets it, as a code
    #[arg(long, value_name = "DEPT")]
    pub to_dept: Option<String>,
    /// The planned day
    #[arg(long, value_name = "DAY")]
    pub planned: String,
    /// The document that orders it
    #[arg(long, value_name = "DOCUMENT")]
    pub basis: String,
    /// The staff number of whom to ask
    #[arg(long, value_name = "STAFF-NO")]
    pub contact: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// Raw arguments of `take-item`.
#[derive(Debug, clap::Args)]
pub struct TakeArgs {
    /// The item's base code
    #[arg(long, value_name = "CODE")]
    pub item: String,
    /// It is claimed in the directory of items
    #[arg(long)]
    pub claimed: bool,
    /// The guide's version that is published
    #[arg(long, value_name = "VERSION")]
    pub guide: u32,
    /// The staff number of who approves; may be repeated
    #[arg(long = "approver", value_name = "STAFF-NO", required = true)]
    pub approvers: Vec<String>,
    /// The staff number of a liaison, one or two
    #[arg(long = "liaison", value_name = "STAFF-NO", required = true)]
    pub liaisons: Vec<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// Raw arguments of `delete-item`.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// The item's base code
    #[arg(long, value_name = "CODE")]
    pub item: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl Act for Sub {
    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Announce {
                addresses,
                windows,
                which,
            } => Command::CityAnnounce(Announce {
                addresses,
                windows,
                agreement: which.agreement,
            }),
            Sub::ChangeItem(args) => Command::CityChangeItem(ChangeItem {
                item: args.item,
                kind: args.kind,
                from_dept: args.from_dept,
                to_dept: args.to_dept,
                planned: read::day(&args.planned, "--planned")?,
                basis: personal::guarded(args.basis)?,
                contact: read::staff(args.contact, "--contact")?,
                agreement: args.which.agreement,
            }),
            Sub::TakeItem(args) => Command::CityTakeItem(TakeItem {
                item: args.item,
                claimed: args.claimed,
                guide: args.guide,
                approvers: staff(args.approvers, "--approver")?,
                liaisons: staff(args.liaisons, "--liaison")?,
                agreement: args.which.agreement,
            }),
            Sub::DeleteItem(args) => Command::CityDeleteItem(DeleteItem {
                item: args.item,
                officer: read::officer(args.officer)?,
                agreement: args.which.agreement,
            }),
            Sub::Roster(args) => {
                let dry_run = args.dry_run;
                let roster = Command::CityRoster(args.check(source)?);
                match dry_run {
                    true => Command::Rehearse(Rehearse {
                        commands: vec![roster],
                    }),
                    false => roster,
                }
            }
            Sub::Defects { .. } => return Err(CliError::refused(Code::Argument, "city")),
        })
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
        other => act(other, context).await,
    }
}

fn staff(numbers: Vec<String>, option: &str) -> Result<Vec<String>, CliError> {
    let each = numbers.into_iter();
    each.map(|number| read::staff(number, option)).collect()
}
