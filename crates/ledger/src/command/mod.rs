//! The command layer: what a clerk, an API call or a scenario step may ask of a node.
//!
//! One set of names and arguments for all three: a scenario step is `do = "case.push"` with the
//! same `args` as the API call and the CLI command. A command is a wish in the clerk's words (case
//! numbers, division codes, dates); the engine turns it into acts and refuses before anything is
//! signed, with the codes of [`crate::code`].

mod args;
pub mod beside;
pub mod consult;
pub mod decide;
pub mod external;
pub mod handover;
pub mod lists;
pub mod meeting;
pub mod money;
pub mod parcel;
pub mod progress;
pub mod rehearse;
pub mod resolution;
mod roster;

use serde::{Deserialize, Serialize};

pub use args::{
    Accept, Announce, Applicant, CalendarTerms, CaseRef, Cost, Decide, Edit, FileEdit, FormalPass,
    FoundAgreement, Founding, GrantRef, GuideTerms, IdCheck, Invite, ItemRef, JointTerms,
    LiveTerms, Material, NotAccept, Notice, NoticeServed, OfferGrant, OpenParcel, OriginalCheck,
    ParcelConfirm, ParcelDay, ParcelRef, PostParcel, Push, Receive, RetainEntries, Review,
    RevokeKey, SendResult, Served, Submit, Terms, TermsGrant,
};
pub use roster::Roster;

/// A wish that changes something, with an optional agreement to which it applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", content = "args")]
pub enum Command {
    /// Founds an agreement from terms and the other cities' invitations.
    #[serde(rename = "agreement.found")]
    AgreementFound(FoundAgreement),
    /// Signs an agreement that another city founded.
    #[serde(rename = "agreement.accept")]
    AgreementAccept(Founding),
    /// Offers powers to a city.
    #[serde(rename = "agreement.offer-grant")]
    OfferGrant(OfferGrant),
    /// Takes an offered grant.
    #[serde(rename = "agreement.take-grant")]
    TakeGrant(GrantRef),
    /// Withdraws a grant of one's own.
    #[serde(rename = "agreement.withdraw-grant")]
    WithdrawGrant(GrantRef),
    /// Publishes another version of one's own guide.
    #[serde(rename = "agreement.publish-guide")]
    PublishGuide(beside::PublishGuide),
    /// Suspends an item of one's own for new cases.
    #[serde(rename = "agreement.suspend")]
    Suspend(ItemRef),
    /// Ends a suspension.
    #[serde(rename = "agreement.resume")]
    Resume(ItemRef),
    /// Proposes a further batch of the list.
    #[serde(rename = "agreement.propose-batch")]
    ProposeBatch(lists::ProposeBatch),
    /// Adopts a proposed batch.
    #[serde(rename = "agreement.adopt-batch")]
    AdoptBatch(lists::AdoptBatch),
    /// Nominates an item for a list.
    #[serde(rename = "agreement.nominate")]
    Nominate(lists::Nominate),
    /// Says for or against a nominated item.
    #[serde(rename = "agreement.stance")]
    Stance(lists::SayStance),
    /// Enters a revocation of a device.
    #[serde(rename = "key.revoke")]
    KeyRevoke(RevokeKey),
    /// Says which held entries of this city's revoked devices stay.
    #[serde(rename = "key.retain")]
    KeyRetain(RetainEntries),
    /// Publishes this city's addresses.
    #[serde(rename = "city.announce")]
    CityAnnounce(Announce),
    /// Adds rows to this city's roster.
    #[serde(rename = "city.roster")]
    CityRoster(Roster),
    /// 事项调整: announces a change of an item.
    #[serde(rename = "city.change-item")]
    CityChangeItem(handover::ChangeItem),
    /// The department has taken the item.
    #[serde(rename = "city.take-item")]
    CityTakeItem(handover::TakeItem),
    /// Deletes an item's old entry.
    #[serde(rename = "city.delete-item")]
    CityDeleteItem(handover::DeleteItem),
    /// 收件.
    #[serde(rename = "case.receive")]
    CaseReceive(Receive),
    /// 人证核验.
    #[serde(rename = "case.id-check")]
    CaseIdCheck(IdCheck),
    /// 原件核验.
    #[serde(rename = "case.original-check")]
    CaseOriginalCheck(OriginalCheck),
    /// 形式审查通过.
    #[serde(rename = "case.formal-pass")]
    CaseFormalPass(consult::FormalPass),
    /// 推送.
    #[serde(rename = "case.push")]
    CasePush(Push),
    /// 签收 by hand, where the node did not do it by itself.
    #[serde(rename = "case.ack")]
    CaseAck(CaseRef),
    /// 首次查看.
    #[serde(rename = "case.first-look")]
    CaseFirstLook(FormalPass),
    /// 撤回推送.
    #[serde(rename = "case.recall")]
    CaseRecall(CaseRef),
    /// Refuses a push by hand.
    #[serde(rename = "case.decline")]
    CaseDecline(CaseRef),
    /// 受理.
    #[serde(rename = "case.accept")]
    CaseAccept(Accept),
    /// 不予受理.
    #[serde(rename = "case.not-accept")]
    CaseNotAccept(NotAccept),
    /// 一次性告知.
    #[serde(rename = "case.notice")]
    CaseNotice(Notice),
    /// 告知送达.
    #[serde(rename = "case.notice-served")]
    CaseNoticeServed(NoticeServed),
    /// 补正.
    #[serde(rename = "case.submit-correction")]
    CaseSubmitCorrection(Submit),
    /// 实质审查.
    #[serde(rename = "case.review")]
    CaseReview(Review),
    /// 决定.
    #[serde(rename = "case.decide")]
    CaseDecide(Decide),
    /// Sends the result.
    #[serde(rename = "case.send-result")]
    CaseSendResult(SendResult),
    /// 送达.
    #[serde(rename = "case.served")]
    CaseServed(Served),
    /// 办结.
    #[serde(rename = "case.close")]
    CaseClose(CaseRef),
    /// Edits the case file (卷宗).
    #[serde(rename = "case.edit")]
    CaseEdit(Edit),
    /// Gives up a claim where two cities hold one case.
    #[serde(rename = "case.yield")]
    CaseYield(CaseRef),
    /// 接管: takes a stuck case as a resolution says.
    #[serde(rename = "case.take-over")]
    CaseTakeOver(CaseRef),
    /// Takes back disputed acts of one's own city.
    #[serde(rename = "case.retract")]
    CaseRetract(CaseRef),
    /// 不属本机关.
    #[serde(rename = "case.redirect")]
    CaseRedirect(beside::Redirect),
    /// 特别程序 begins.
    #[serde(rename = "case.special-start")]
    CaseSpecialStart(beside::SpecialStart),
    /// 特别程序 is over.
    #[serde(rename = "case.special-end")]
    CaseSpecialEnd(beside::OnAct),
    /// 延长审批.
    #[serde(rename = "case.extend")]
    CaseExtend(beside::Extend),
    /// The applicant wants to withdraw.
    #[serde(rename = "case.withdraw")]
    CaseWithdraw(beside::OnAct),
    /// 准予撤回.
    #[serde(rename = "case.grant-withdrawal")]
    CaseGrantWithdrawal(beside::OnAct),
    /// Too late to withdraw.
    #[serde(rename = "case.refuse-withdrawal")]
    CaseRefuseWithdrawal(beside::OnAct),
    /// 补正超时办结.
    #[serde(rename = "case.no-correction")]
    CaseNoCorrection(beside::OnAct),
    /// 告知承诺.
    #[serde(rename = "case.commit")]
    CaseCommit(beside::Commit),
    /// Whether a commitment was kept.
    #[serde(rename = "case.check-commitment")]
    CaseCheckCommitment(beside::YesNo),
    /// 网上预审.
    #[serde(rename = "case.pre-review")]
    CasePreReview(beside::YesNo),
    /// Paper against what was reviewed before.
    #[serde(rename = "case.compare")]
    CaseCompare(beside::Compare),
    /// 出证.
    #[serde(rename = "case.issue-cert")]
    CaseIssueCert(beside::IssueCert),
    /// 撤销.
    #[serde(rename = "case.annul")]
    CaseAnnul(beside::Annul),
    /// 归档.
    #[serde(rename = "case.archive")]
    CaseArchive(beside::OnAct),
    /// Asks another city.
    #[serde(rename = "case.ask")]
    CaseAsk(beside::Ask),
    /// Answers such a question.
    #[serde(rename = "case.answer")]
    CaseAnswer(beside::Answer),
    /// A call where the network failed.
    #[serde(rename = "case.contact")]
    CaseContact(beside::Contact),
    /// 督办.
    #[serde(rename = "case.supervise")]
    CaseSupervise(beside::Supervise),
    /// 投诉.
    #[serde(rename = "case.complain")]
    CaseComplain(beside::Complain),
    /// Answers an order or a complaint.
    #[serde(rename = "case.reply")]
    CaseReply(beside::OnAct),
    /// 好差评.
    #[serde(rename = "case.rate")]
    CaseRate(beside::Rate),
    /// A step after a bad rating.
    #[serde(rename = "case.follow-up")]
    CaseFollowUp(beside::FollowUp),
    /// Papers leave with a list.
    #[serde(rename = "case.send-papers")]
    CaseSendPapers(beside::SendPapers),
    /// Papers are counted where they arrive.
    #[serde(rename = "case.take-papers")]
    CaseTakePapers(beside::CountPapers),
    /// The sender's word on a difference.
    #[serde(rename = "case.mend-papers")]
    CaseMendPapers(beside::CountPapers),
    /// The recipient agrees with it.
    #[serde(rename = "case.agree-papers")]
    CaseAgreePapers(beside::CountPapers),
    /// Opens a step of joint handling.
    #[serde(rename = "case.open-step")]
    CaseOpenStep(beside::Step),
    /// Something of a step is done.
    #[serde(rename = "case.step-progress")]
    CaseStepProgress(beside::StepProgress),
    /// Decides a step.
    #[serde(rename = "case.decide-step")]
    CaseDecideStep(beside::DecideStep),
    /// Lets go of a step.
    #[serde(rename = "case.release-step")]
    CaseReleaseStep(beside::Step),
    /// Asks to undo a step.
    #[serde(rename = "case.ask-undo")]
    CaseAskUndo(beside::Step),
    /// 留痕跳转 to another system.
    #[serde(rename = "case.jump-out")]
    CaseJumpOut(external::JumpOut),
    /// 回流 from it.
    #[serde(rename = "case.back-flow")]
    CaseBackFlow(external::BackFlow),
    /// A case follows its item to another department.
    #[serde(rename = "case.hand-over")]
    CaseHandOver(handover::HandOver),
    /// 进度查询 by an applicant; signs nothing.
    #[serde(rename = "case.progress")]
    CaseProgress(progress::Progress),
    /// Takes back a step that its city has not taken.
    #[serde(rename = "case.recall-step")]
    CaseRecallStep(beside::Step),
    /// 即时沟通: asks the owner's liaison.
    #[serde(rename = "consult.ask")]
    ConsultAsk(consult::Ask),
    /// The liaison's answer.
    #[serde(rename = "consult.answer")]
    ConsultAnswer(consult::Answer),
    /// 视频会商.
    #[serde(rename = "consult.video")]
    ConsultVideo(consult::Video),
    /// Signs the other city's record of a video consult.
    #[serde(rename = "consult.sign-video")]
    ConsultSignVideo(consult::SignVideo),
    /// 寄出.
    #[serde(rename = "parcel.post")]
    ParcelPost(PostParcel),
    /// 到件.
    #[serde(rename = "parcel.arrive")]
    ParcelArrive(ParcelDay),
    /// 开拆核对.
    #[serde(rename = "parcel.open")]
    ParcelOpen(OpenParcel),
    /// Records a cost line.
    #[serde(rename = "parcel.cost")]
    ParcelCost(Cost),
    /// Confirms the other city's cost line.
    #[serde(rename = "parcel.confirm")]
    ParcelConfirm(ParcelConfirm),
    /// Takes back this city's own cost line that nobody signed, or a disputed one.
    #[serde(rename = "parcel.retract")]
    ParcelRetract(ParcelConfirm),
    /// Judges commands and carries out none.
    #[serde(rename = "rehearse")]
    Rehearse(rehearse::Rehearse),
    /// 备件: makes a parcel ready.
    #[serde(rename = "parcel.prepare")]
    ParcelPrepare(PostParcel),
    /// 交收发件窗口.
    #[serde(rename = "parcel.dispatch")]
    ParcelDispatch(parcel::Dispatch),
    /// 交寄.
    #[serde(rename = "parcel.send")]
    ParcelSend(parcel::Send),
    /// 承运信息.
    #[serde(rename = "parcel.event")]
    ParcelEvent(parcel::Carried),
    /// 归卷.
    #[serde(rename = "parcel.file")]
    ParcelFile(ParcelDay),
    /// 异议 to a cost line.
    #[serde(rename = "parcel.dispute")]
    ParcelDispute(parcel::Dispute),
    /// 撤回异议.
    #[serde(rename = "parcel.withdraw-dispute")]
    ParcelWithdrawDispute(parcel::OfLine),
    /// 更正 of a cost line.
    #[serde(rename = "parcel.correct")]
    ParcelCorrect(parcel::Correct),
    /// 同意更正.
    #[serde(rename = "parcel.agree")]
    ParcelAgree(parcel::OfLine),
    /// 退还申请人.
    #[serde(rename = "parcel.repay")]
    ParcelRepay(parcel::Repay),
    /// 索赔.
    #[serde(rename = "parcel.claim")]
    ParcelClaim(parcel::Claim),
    /// 索赔结果.
    #[serde(rename = "parcel.claim-outcome")]
    ParcelClaimOutcome(parcel::ClaimEnd),
    /// 拟账: draws up this city's bill with another one.
    #[serde(rename = "bill.draft")]
    BillDraft(money::BillRef),
    /// 签账: signs it.
    #[serde(rename = "bill.sign")]
    BillSign(money::SignBill),
    /// 撤签: takes back a signature that the other city has not answered.
    #[serde(rename = "bill.retract")]
    BillRetract(money::BillRef),
    /// 开轮: opens the round of a month.
    #[serde(rename = "round.open")]
    RoundOpen(money::RoundRef),
    /// 报账: reports this city's signed bills to it, as totals.
    #[serde(rename = "round.report")]
    RoundReport(money::RoundRef),
    /// 提案: proposes the next number.
    #[serde(rename = "round.propose")]
    RoundPropose(money::Propose),
    /// 签署: signs a proposal.
    #[serde(rename = "round.sign")]
    RoundSign(money::SignRound),
    /// 付款登记.
    #[serde(rename = "payment.record")]
    PaymentRecord(money::RecordPayment),
    /// 收款确认.
    #[serde(rename = "payment.confirm")]
    PaymentConfirm(money::ConfirmPayment),
    /// 提案: puts a text to all members.
    #[serde(rename = "agreement.propose")]
    Propose(decide::Propose),
    /// Signs a proposal or a batch.
    #[serde(rename = "agreement.adopt")]
    Adopt(decide::Adopt),
    /// Refuses a proposal or a batch.
    #[serde(rename = "agreement.refuse")]
    RefuseProposal(decide::Refuse),
    /// Takes back a proposal or a batch of this city.
    #[serde(rename = "agreement.withdraw-proposal")]
    WithdrawProposal(decide::TakeBack),
    /// 召集: convenes a joint meeting.
    #[serde(rename = "meeting.convene")]
    MeetingConvene(meeting::Convene),
    /// Writes in the agenda or the minutes.
    #[serde(rename = "meeting.write")]
    MeetingWrite(meeting::Write),
    /// 出席.
    #[serde(rename = "meeting.attend")]
    MeetingAttend(meeting::Attend),
    /// Signs the minutes.
    #[serde(rename = "meeting.sign")]
    MeetingSign(meeting::Sign),
    /// 待办.
    #[serde(rename = "meeting.action")]
    MeetingAction(meeting::Action),
    /// An action item is done.
    #[serde(rename = "meeting.action-done")]
    MeetingActionDone(meeting::Finish),
    /// 议题.
    #[serde(rename = "meeting.issue")]
    MeetingIssue(meeting::Issue),
    /// An issue is resolved.
    #[serde(rename = "meeting.resolve")]
    MeetingResolve(meeting::Finish),
    /// Opens an agreement that admits this city.
    #[serde(rename = "agreement.join")]
    AgreementJoin(Founding),
    /// 动议: puts a motion.
    #[serde(rename = "resolution.propose")]
    ResolutionPropose(resolution::Propose),
    /// 表决: votes for a motion.
    #[serde(rename = "resolution.vote")]
    ResolutionVote(resolution::Ballot),
    /// 确认: commits to a motion that has the votes.
    #[serde(rename = "resolution.commit")]
    ResolutionCommit(resolution::Ballot),
    /// 放弃本轮: gives a round up.
    #[serde(rename = "resolution.nullify")]
    ResolutionNullify(resolution::Nullify),
}

impl Command {
    /// The case that the command is about, as the clerk names it; none for one that opens a case or is
    /// about something else.
    pub fn case(&self) -> Option<&str> {
        match self {
            Command::CaseIdCheck(args) => Some(&args.case),
            Command::CaseOriginalCheck(args) => Some(&args.case),
            Command::CaseFormalPass(args) => Some(&args.case),
            Command::CaseFirstLook(args) => Some(&args.case),
            Command::CasePush(args) => Some(&args.case),
            Command::CaseAck(args)
            | Command::CaseRecall(args)
            | Command::CaseDecline(args)
            | Command::CaseClose(args)
            | Command::CaseYield(args)
            | Command::CaseTakeOver(args)
            | Command::CaseRetract(args) => Some(&args.case),
            Command::CaseAccept(args) => Some(&args.case),
            Command::CaseNotAccept(args) => Some(&args.case),
            Command::CaseNotice(args) => Some(&args.case),
            Command::CaseNoticeServed(args) => Some(&args.case),
            Command::CaseSubmitCorrection(args) => Some(&args.case),
            Command::CaseReview(args) => Some(&args.case),
            Command::CaseDecide(args) => Some(&args.case),
            Command::CaseSendResult(args) => Some(&args.case),
            Command::CaseServed(args) => Some(&args.case),
            Command::CaseEdit(args) => Some(&args.case),
            other => other.case_beside(),
        }
    }

    /// The case of a command beside the straight way.
    fn case_beside(&self) -> Option<&str> {
        match self {
            Command::CaseRedirect(args) => Some(&args.case),
            Command::CaseSpecialStart(args) => Some(&args.case),
            Command::CaseSpecialEnd(args) => Some(&args.case),
            Command::CaseExtend(args) => Some(&args.case),
            Command::CaseWithdraw(args) => Some(&args.case),
            Command::CaseGrantWithdrawal(args) => Some(&args.case),
            Command::CaseRefuseWithdrawal(args) => Some(&args.case),
            Command::CaseNoCorrection(args) => Some(&args.case),
            Command::CaseCommit(args) => Some(&args.case),
            Command::CaseCheckCommitment(args) => Some(&args.case),
            Command::CasePreReview(args) => Some(&args.case),
            Command::CaseCompare(args) => Some(&args.case),
            Command::CaseIssueCert(args) => Some(&args.case),
            Command::CaseAnnul(args) => Some(&args.case),
            Command::CaseArchive(args) => Some(&args.case),
            Command::CaseAsk(args) => Some(&args.case),
            Command::CaseAnswer(args) => Some(&args.case),
            Command::CaseContact(args) => Some(&args.case),
            Command::CaseSupervise(args) => Some(&args.case),
            Command::CaseComplain(args) => Some(&args.case),
            Command::CaseReply(args) => Some(&args.case),
            Command::CaseRate(args) => Some(&args.case),
            Command::CaseFollowUp(args) => Some(&args.case),
            Command::CaseSendPapers(args) => Some(&args.case),
            Command::CaseTakePapers(args) => Some(&args.case),
            Command::CaseMendPapers(args) => Some(&args.case),
            Command::CaseAgreePapers(args) => Some(&args.case),
            Command::CaseOpenStep(args) => Some(&args.case),
            Command::CaseStepProgress(args) => Some(&args.case),
            Command::CaseDecideStep(args) => Some(&args.case),
            Command::CaseReleaseStep(args) => Some(&args.case),
            Command::CaseAskUndo(args) => Some(&args.case),
            Command::CaseJumpOut(args) => Some(&args.case),
            Command::CaseBackFlow(args) => Some(&args.case),
            Command::CaseHandOver(args) => Some(&args.case),
            Command::CaseProgress(args) => Some(&args.case),
            Command::CaseRecallStep(args) => Some(&args.case),
            _ => None,
        }
    }

    /// Every command's name, in the order of the reference.
    pub const NAMES: [&'static str; 128] = [
        "agreement.found",
        "agreement.accept",
        "agreement.offer-grant",
        "agreement.take-grant",
        "agreement.withdraw-grant",
        "agreement.publish-guide",
        "agreement.suspend",
        "agreement.resume",
        "agreement.propose-batch",
        "agreement.adopt-batch",
        "agreement.nominate",
        "agreement.stance",
        "key.revoke",
        "key.retain",
        "city.announce",
        "city.roster",
        "city.change-item",
        "city.take-item",
        "city.delete-item",
        "case.receive",
        "case.id-check",
        "case.original-check",
        "case.formal-pass",
        "case.push",
        "case.ack",
        "case.first-look",
        "case.recall",
        "case.decline",
        "case.accept",
        "case.not-accept",
        "case.notice",
        "case.notice-served",
        "case.submit-correction",
        "case.review",
        "case.decide",
        "case.send-result",
        "case.served",
        "case.close",
        "case.edit",
        "case.yield",
        "case.take-over",
        "case.retract",
        "case.redirect",
        "case.special-start",
        "case.special-end",
        "case.extend",
        "case.withdraw",
        "case.grant-withdrawal",
        "case.refuse-withdrawal",
        "case.no-correction",
        "case.commit",
        "case.check-commitment",
        "case.pre-review",
        "case.compare",
        "case.issue-cert",
        "case.annul",
        "case.archive",
        "case.ask",
        "case.answer",
        "case.contact",
        "case.supervise",
        "case.complain",
        "case.reply",
        "case.rate",
        "case.follow-up",
        "case.send-papers",
        "case.take-papers",
        "case.mend-papers",
        "case.agree-papers",
        "case.open-step",
        "case.step-progress",
        "case.decide-step",
        "case.release-step",
        "case.ask-undo",
        "case.jump-out",
        "case.back-flow",
        "case.hand-over",
        "case.progress",
        "case.recall-step",
        "consult.ask",
        "consult.answer",
        "consult.video",
        "consult.sign-video",
        "parcel.post",
        "parcel.arrive",
        "parcel.open",
        "parcel.cost",
        "parcel.confirm",
        "parcel.retract",
        "rehearse",
        "parcel.prepare",
        "parcel.dispatch",
        "parcel.send",
        "parcel.event",
        "parcel.file",
        "parcel.dispute",
        "parcel.withdraw-dispute",
        "parcel.correct",
        "parcel.agree",
        "parcel.repay",
        "parcel.claim",
        "parcel.claim-outcome",
        "bill.draft",
        "bill.sign",
        "bill.retract",
        "round.open",
        "round.report",
        "round.propose",
        "round.sign",
        "payment.record",
        "payment.confirm",
        "agreement.propose",
        "agreement.adopt",
        "agreement.refuse",
        "agreement.withdraw-proposal",
        "meeting.convene",
        "meeting.write",
        "meeting.attend",
        "meeting.sign",
        "meeting.action",
        "meeting.action-done",
        "meeting.issue",
        "meeting.resolve",
        "agreement.join",
        "resolution.propose",
        "resolution.vote",
        "resolution.commit",
        "resolution.nullify",
    ];
}
