//! `tongban case …`: the life of a case, one subcommand for each act of its rules.

mod acceptance;
mod aside;
mod beside;
mod cert;
mod check_cert;
mod checks;
mod clocks;
mod commitment;
mod course;
mod custody;
mod decision;
mod edit;
mod external;
mod history;
mod inquiry;
mod list;
mod notice;
pub mod pages;
mod papers;
mod progress;
mod rating;
mod receive;
mod show;
mod standing;
mod steps;
mod withdrawal;

pub use clocks::{due_text, name as clock_name};
pub use history::history;
#[cfg(test)]
pub use list::STAGES;
pub use progress::handoff;

use tongban_ledger::command::{CaseRef, Command, FormalPass};

use crate::commands::{Act, act};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// 收件.
    Receive(receive::Args),
    /// 人证核验.
    IdCheck(checks::IdCheckArgs),
    /// 原件核验.
    OriginalCheck(checks::OriginalCheckArgs),
    /// 形式审查通过.
    FormalPass(checks::FormalPassArgs),
    /// 推送.
    Push(custody::PushArgs),
    /// 签收.
    Ack(One),
    /// 首次查看.
    FirstLook(ByOfficer),
    /// 撤回推送.
    Recall(One),
    /// Refuses a push.
    Decline(One),
    /// 受理.
    Accept(acceptance::AcceptArgs),
    /// 不予受理.
    NotAccept(acceptance::NotAcceptArgs),
    /// 一次性告知.
    Notice(notice::NoticeArgs),
    /// 告知送达.
    NoticeServed(notice::ServedArgs),
    /// 补正.
    SubmitCorrection(notice::SubmitArgs),
    /// 实质审查.
    Review(decision::ReviewArgs),
    /// 决定.
    Decide(decision::DecideArgs),
    /// Sends the result.
    SendResult(decision::SendArgs),
    /// 送达.
    Served(decision::ServedArgs),
    /// 办结.
    Close(One),
    /// Edits the case file.
    Edit(edit::Args),
    /// Gives up a claim.
    Yield(One),
    /// Takes a stuck case over, as a resolution says.
    TakeOver(One),
    /// Takes back disputed acts.
    Retract(One),
    /// What happens beside the straight way.
    #[command(flatten)]
    Beside(beside::Sub),
    /// Whether a file is the certificate that a case names.
    CheckCert(check_cert::Args),
    /// 进度查询.
    Progress(inquiry::Args),
    /// Lists cases.
    List(list::Args),
    /// Shows a case with its history and file.
    Show(show::Args),
}

/// Raw arguments of an act that names a case and nothing else.
#[derive(Debug, clap::Args)]
pub struct One {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
}

impl One {
    fn check(self) -> Result<CaseRef, CliError> {
        Ok(CaseRef {
            case: read::case(self.case)?,
        })
    }
}

/// Raw arguments of an act that needs only the case and who did it.
#[derive(Debug, clap::Args)]
pub struct ByOfficer {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl ByOfficer {
    fn check(self) -> Result<FormalPass, CliError> {
        Ok(FormalPass {
            case: read::case(self.case)?,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::List(args) => list::run(args, context).await,
        Sub::Show(args) => show::run(args, context).await,
        Sub::CheckCert(args) => check_cert::run(args, context).await,
        Sub::Progress(args) => inquiry::run(args, context).await,
        Sub::Receive(args) => {
            if args.applicant_file.is_none() {
                // Nobody is to type an applicant in vain.
                context.terminal().may_ask("--applicant-file")?;
                args.foresee(context).await?;
            }
            act(Sub::Receive(args), context).await
        }
        Sub::Beside(beside::Sub::DecideStep(args)) => {
            args.confirm(context).await?;
            act(Sub::Beside(beside::Sub::DecideStep(args)), context).await
        }
        other => act(other, context).await,
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Receive(args) => args.cities(),
            Sub::Beside(sub) => sub.cities(),
            Sub::Push(args) => args.to.iter_mut().map(|to| ("--to", to)).collect(),
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Receive(args) => Command::CaseReceive(args.check(source)?),
            Sub::IdCheck(args) => Command::CaseIdCheck(args.check()?),
            Sub::OriginalCheck(args) => Command::CaseOriginalCheck(args.check()?),
            Sub::FormalPass(args) => Command::CaseFormalPass(args.check()?),
            Sub::Push(args) => Command::CasePush(args.check()?),
            Sub::Ack(args) => Command::CaseAck(args.check()?),
            Sub::FirstLook(args) => Command::CaseFirstLook(args.check()?),
            Sub::Recall(args) => Command::CaseRecall(args.check()?),
            Sub::Decline(args) => Command::CaseDecline(args.check()?),
            Sub::Accept(args) => Command::CaseAccept(args.check()?),
            Sub::NotAccept(args) => Command::CaseNotAccept(args.check(source)?),
            Sub::Beside(sub) => sub.check(source)?,
            Sub::Notice(args) => Command::CaseNotice(args.check(source)?),
            Sub::NoticeServed(args) => Command::CaseNoticeServed(args.check()?),
            Sub::SubmitCorrection(args) => Command::CaseSubmitCorrection(args.check()?),
            Sub::Review(args) => Command::CaseReview(args.check(source)?),
            Sub::Decide(args) => Command::CaseDecide(args.check(source)?),
            Sub::SendResult(args) => Command::CaseSendResult(args.check()?),
            Sub::Served(args) => Command::CaseServed(args.check()?),
            Sub::Close(args) => Command::CaseClose(args.check()?),
            Sub::Edit(args) => Command::CaseEdit(args.check(source)?),
            Sub::Yield(args) => Command::CaseYield(args.check()?),
            Sub::TakeOver(args) => Command::CaseTakeOver(args.check()?),
            Sub::Retract(args) => Command::CaseRetract(args.check()?),
            Sub::Progress(args) => args.check()?,
            Sub::List(_) | Sub::Show(_) | Sub::CheckCert(_) => {
                return Err(CliError::refused(
                    tongban_ledger::code::Code::Argument,
                    "case",
                ));
            }
        })
    }
}
