//! The command layer: what a clerk, an API call or a scenario step may ask of a node.
//!
//! One set of names and arguments for all three: a scenario step is `do = "case.push"` with the
//! same `args` as the API call and the CLI command. A command is a wish in the clerk's words (case
//! numbers, division codes, dates); the engine turns it into acts and refuses before anything is
//! signed, with the codes of [`crate::code`].

mod args;

use serde::{Deserialize, Serialize};

pub use args::{
    Accept, Announce, Applicant, CaseRef, Cost, Decide, Edit, FileEdit, FormalPass, FoundAgreement,
    Founding, GrantRef, GuideTerms, IdCheck, Invite, ItemRef, LiveTerms, Material, NotAccept,
    Notice, NoticeServed, OfferGrant, OpenParcel, OriginalCheck, ParcelConfirm, ParcelDay,
    ParcelRef, PostParcel, Push, Receive, RetainEntries, Review, RevokeKey, SendResult, Served,
    Submit, Terms, TermsGrant,
};

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
    /// Suspends an item of one's own for new cases.
    #[serde(rename = "agreement.suspend")]
    Suspend(ItemRef),
    /// Ends a suspension.
    #[serde(rename = "agreement.resume")]
    Resume(ItemRef),
    /// Enters a revocation of a device.
    #[serde(rename = "key.revoke")]
    KeyRevoke(RevokeKey),
    /// Says which held entries of this city's revoked devices stay.
    #[serde(rename = "key.retain")]
    KeyRetain(RetainEntries),
    /// Publishes this city's addresses.
    #[serde(rename = "city.announce")]
    CityAnnounce(Announce),
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
    CaseFormalPass(FormalPass),
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
    /// Takes back disputed acts of one's own city.
    #[serde(rename = "case.retract")]
    CaseRetract(CaseRef),
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
}

impl Command {
    /// The case that the command is about, as the clerk names it; none for one that opens a case or is
    /// about something else.
    pub fn case(&self) -> Option<&str> {
        match self {
            Command::CaseIdCheck(args) => Some(&args.case),
            Command::CaseOriginalCheck(args) => Some(&args.case),
            Command::CaseFormalPass(args) | Command::CaseFirstLook(args) => Some(&args.case),
            Command::CasePush(args) => Some(&args.case),
            Command::CaseAck(args)
            | Command::CaseRecall(args)
            | Command::CaseDecline(args)
            | Command::CaseClose(args)
            | Command::CaseYield(args)
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
            _ => None,
        }
    }

    /// Every command's name, in the order of the reference.
    pub const NAMES: [&'static str; 38] = [
        "agreement.found",
        "agreement.accept",
        "agreement.offer-grant",
        "agreement.take-grant",
        "agreement.withdraw-grant",
        "agreement.suspend",
        "agreement.resume",
        "key.revoke",
        "key.retain",
        "city.announce",
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
        "case.retract",
        "parcel.post",
        "parcel.arrive",
        "parcel.open",
        "parcel.cost",
        "parcel.confirm",
        "parcel.retract",
    ];
}
