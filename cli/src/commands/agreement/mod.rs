//! `tongban agreement …`: from invitations to an agreement in force, and the grants and items in it.

mod accept;
mod batch;
mod changes;
mod found;
mod guide;
mod guides;
mod invite;
mod list_terms;
mod lists;
mod power;
pub mod proposals;
mod show;
mod terms;

pub use guides::page as guide_page;
pub use invite::write_file;
pub use power::{GrantId, ItemCode, Offer, Offered, Which};

use tongban_ledger::command::Command;

use crate::commands::{Act, act};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Writes this city's invitation.
    Invite(invite::Args),
    /// Founds an agreement from terms and invitations.
    Found(found::Args),
    /// Shows what a founding file says and signs it.
    Accept(accept::Args),
    /// Opens an agreement that is going to admit this city.
    Join(accept::Args),
    /// Shows the agreements and their members.
    Show(show::Args),
    /// Offers powers to a city.
    Grant(Offer),
    /// Takes an offered grant.
    TakeGrant(Offered),
    /// Withdraws a grant of one's own.
    WithdrawGrant(GrantId),
    /// Publishes another version of one's own guide.
    PublishGuide(guide::Args),
    /// Shows guides whole, and moves them from and to tables.
    #[command(subcommand)]
    Guide(guides::GuideSub),
    /// Moves the catalogue from and to tables.
    #[command(subcommand)]
    Items(guides::ItemsSub),
    /// Moves batches from and to tables.
    #[command(subcommand)]
    Batch(batch::BatchSub),
    /// Proposes a further batch of the list.
    ProposeBatch(lists::ProposeArgs),
    /// Adopts a proposed batch.
    AdoptBatch(lists::AdoptArgs),
    /// Nominates an item for a list.
    Nominate(lists::NominateArgs),
    /// Says for or against a nominated item.
    Stance(lists::StanceArgs),
    /// Puts a text to all members.
    Propose(proposals::ProposeArgs),
    /// Signs a proposal or a batch.
    Adopt(proposals::AdoptArgs),
    /// Refuses a proposal or a batch.
    Refuse(proposals::RefuseArgs),
    /// Takes back a proposal or a batch of one's own.
    Withdraw(proposals::WithdrawArgs),
    /// Shows the proposals.
    Proposals(proposals::ListArgs),
    /// Suspends an item of one's own for new cases.
    Suspend(ItemCode),
    /// Ends a suspension.
    Resume(ItemCode),
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Invite(args) => invite::run(args, context).await,
        Sub::Found(args) => found::run(args, context).await,
        Sub::Accept(args) => accept::run(args, Command::AgreementAccept, context).await,
        Sub::Join(args) => accept::run(args, Command::AgreementJoin, context).await,
        Sub::Show(args) => show::run(args, context).await,
        Sub::Guide(sub) => guides::run_guide(sub, context).await,
        Sub::Items(sub) => guides::run_items(sub, context).await,
        Sub::Batch(sub) => batch::run(sub, context).await,
        Sub::Adopt(args) => proposals::adopt(args, context).await,
        Sub::Proposals(args) => proposals::list(args, context).await,
        other => act(other, context).await,
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Grant(offer) => vec![("--to", &mut offer.to)],
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        use tongban_ledger::code::Code;
        Ok(match self {
            Sub::Found(args) => Command::AgreementFound(args.check(source)?),
            Sub::Accept(args) => Command::AgreementAccept(args.founding(source)?),
            Sub::Join(args) => Command::AgreementJoin(args.founding(source)?),
            Sub::Grant(args) => Command::OfferGrant(args.check()?),
            Sub::TakeGrant(args) => Command::TakeGrant(args.check()),
            Sub::WithdrawGrant(args) => Command::WithdrawGrant(args.check()),
            Sub::PublishGuide(args) => Command::PublishGuide(args.check(source)?),
            Sub::Suspend(args) => Command::Suspend(args.check()),
            Sub::Resume(args) => Command::Resume(args.check()),
            Sub::ProposeBatch(args) => Command::ProposeBatch(args.check(source)?),
            Sub::AdoptBatch(args) => Command::AdoptBatch(args.check()?),
            Sub::Nominate(args) => Command::Nominate(args.check()),
            Sub::Stance(args) => Command::Stance(args.check()?),
            Sub::Propose(args) => Command::Propose(args.check(source)?),
            Sub::Adopt(args) => Command::Adopt(args.check()?),
            Sub::Refuse(args) => Command::RefuseProposal(args.check()?),
            Sub::Withdraw(args) => Command::WithdrawProposal(args.check()),
            Sub::Invite(_)
            | Sub::Show(_)
            | Sub::Guide(_)
            | Sub::Items(_)
            | Sub::Batch(_)
            | Sub::Proposals(_) => {
                return Err(CliError::refused(Code::Argument, "agreement"));
            }
        })
    }
}
