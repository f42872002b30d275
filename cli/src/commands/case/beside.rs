//! The commands beside the straight way of a case: pauses, withdrawal, questions, ratings, papers, steps.

use tongban_ledger::command::Command;
use tongban_ledger::command::handover::HandOver;

use super::{
    ByOfficer, aside, cert, commitment, course, external, papers, rating, steps, withdrawal,
};
use crate::commands::Act;
use crate::error::CliError;
use crate::read;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// 不属本机关.
    Redirect(course::RedirectArgs),
    /// 特别程序 begins.
    SpecialStart(course::SpecialStartArgs),
    /// 特别程序 is over.
    SpecialEnd(course::SpecialEndArgs),
    /// 延长审批.
    Extend(course::ExtendArgs),
    /// The applicant wants to withdraw.
    Withdraw(withdrawal::WithdrawArgs),
    /// 准予撤回.
    GrantWithdrawal(withdrawal::WithdrawArgs),
    /// Too late to withdraw.
    RefuseWithdrawal(withdrawal::WithdrawArgs),
    /// 补正超时办结.
    NoCorrection(withdrawal::AnswerArgs),
    /// 告知承诺.
    Commit(commitment::CommitArgs),
    /// Whether a commitment was kept.
    CheckCommitment(commitment::CheckArgs),
    /// 网上预审.
    PreReview(commitment::PreReviewArgs),
    /// Paper against what was reviewed before.
    Compare(commitment::CompareArgs),
    /// 出证.
    IssueCert(cert::Args),
    /// 撤销.
    Annul(course::AnnulArgs),
    /// 归档.
    Archive(ByOfficer),
    /// Asks another city.
    Ask(aside::AskArgs),
    /// Answers such a question.
    Answer(aside::AnswerArgs),
    /// A call where the network failed.
    Contact(aside::ContactArgs),
    /// 督办.
    Supervise(aside::SuperviseArgs),
    /// 投诉.
    Complain(aside::ComplainArgs),
    /// Answers an order or a complaint.
    Reply(withdrawal::AnswerArgs),
    /// 好差评.
    Rate(rating::RateArgs),
    /// A step after a bad rating.
    FollowUp(rating::FollowUpArgs),
    /// Papers leave with a list.
    SendPapers(papers::SendArgs),
    /// Papers are counted where they arrive.
    TakePapers(papers::CountArgs),
    /// The sender's word on a difference.
    MendPapers(papers::CountArgs),
    /// The recipient agrees with it.
    AgreePapers(papers::AgreeArgs),
    /// Opens a step of joint handling.
    OpenStep(steps::StepArgs),
    /// Something of a step is done.
    StepProgress(steps::ProgressArgs),
    /// Decides a step.
    DecideStep(steps::DecideArgs),
    /// Lets go of a step.
    ReleaseStep(steps::StepArgs),
    /// Takes back a step that its city has not taken.
    RecallStep(steps::StepArgs),
    /// Asks to undo a step.
    AskUndo(steps::StepArgs),
    /// 留痕跳转.
    JumpOut(external::JumpArgs),
    /// 回流.
    BackFlow(external::BackArgs),
    /// The case follows its item to another department.
    HandOver(ByOfficer),
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Redirect(args) => args.to.iter_mut().map(|to| ("--to", to)).collect(),
            Sub::SendPapers(args) => args.to.iter_mut().map(|to| ("--to", to)).collect(),
            Sub::Ask(args) => vec![("--to", &mut args.to)],
            Sub::Supervise(args) => vec![("--to", &mut args.to)],
            Sub::Complain(args) => vec![("--about", &mut args.about)],
            Sub::Rate(args) => args.city.iter_mut().map(|city| ("--city", city)).collect(),
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Redirect(args) => Command::CaseRedirect(args.check(source)?),
            Sub::SpecialStart(args) => Command::CaseSpecialStart(args.check(source)?),
            Sub::SpecialEnd(args) => Command::CaseSpecialEnd(args.check(source)?),
            Sub::Extend(args) => Command::CaseExtend(args.check(source)?),
            Sub::Withdraw(args) => Command::CaseWithdraw(args.check(source)?),
            Sub::GrantWithdrawal(args) => Command::CaseGrantWithdrawal(args.check(source)?),
            Sub::RefuseWithdrawal(args) => {
                Command::CaseRefuseWithdrawal(args.check_refusal(source)?)
            }
            Sub::NoCorrection(args) => Command::CaseNoCorrection(args.check(source)?),
            Sub::Commit(args) => Command::CaseCommit(args.check()?),
            Sub::CheckCommitment(args) => Command::CaseCheckCommitment(args.check(source)?),
            Sub::PreReview(args) => Command::CasePreReview(args.check(source)?),
            Sub::Compare(args) => Command::CaseCompare(args.check()?),
            Sub::IssueCert(args) => Command::CaseIssueCert(args.check(source)?),
            Sub::Annul(args) => Command::CaseAnnul(args.check(source)?),
            Sub::Archive(args) => {
                let text = String::new();
                Command::CaseArchive(withdrawal::plain(args.case, args.officer, text)?)
            }
            Sub::Ask(args) => Command::CaseAsk(args.check(source)?),
            Sub::Answer(args) => Command::CaseAnswer(args.check(source)?),
            Sub::Contact(args) => Command::CaseContact(args.check()?),
            Sub::Supervise(args) => Command::CaseSupervise(args.check(source)?),
            Sub::Complain(args) => Command::CaseComplain(args.check(source)?),
            Sub::Reply(args) => Command::CaseReply(args.check(source)?),
            Sub::Rate(args) => Command::CaseRate(args.check(source)?),
            Sub::FollowUp(args) => Command::CaseFollowUp(args.check(source)?),
            Sub::SendPapers(args) => Command::CaseSendPapers(args.check()?),
            Sub::TakePapers(args) => Command::CaseTakePapers(args.check()?),
            Sub::MendPapers(args) => Command::CaseMendPapers(args.check()?),
            Sub::AgreePapers(args) => Command::CaseAgreePapers(args.check()?),
            Sub::OpenStep(args) => Command::CaseOpenStep(args.check()?),
            Sub::StepProgress(args) => Command::CaseStepProgress(args.check(source)?),
            Sub::DecideStep(args) => Command::CaseDecideStep(args.check(source)?),
            Sub::ReleaseStep(args) => Command::CaseReleaseStep(args.check()?),
            Sub::RecallStep(args) => Command::CaseRecallStep(args.check()?),
            Sub::AskUndo(args) => Command::CaseAskUndo(args.check()?),
            Sub::JumpOut(args) => Command::CaseJumpOut(args.check(source)?),
            Sub::BackFlow(args) => Command::CaseBackFlow(args.check(source)?),
            Sub::HandOver(args) => Command::CaseHandOver(HandOver {
                case: read::case(args.case)?,
                officer: read::officer(args.officer)?,
            }),
        })
    }
}
