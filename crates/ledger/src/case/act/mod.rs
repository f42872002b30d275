//! What cities sign in a case, in each of the four modes, and the facts each act carries.
//!
//! Acts hold references, codes, dates and numbers: no personal data and no free text. Those travel
//! in the sealed part of the same entry (`design.md` §3). Event numbers are those of `domain.md`
//! §3.4.

mod aside;
mod course;
mod custody;
mod decision;
mod external;
mod handover;
mod intake;
mod joint;
mod notice;
mod papers;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use aside::{
    Channel, Complain, ConfirmAnswer, ConfirmAsk, Contact, FollowStep, FollowUp, Rate, Reply,
    Supervise, Target,
};
pub use course::{
    Annul, Archive, Commitment, CommitmentChecked, Compared, DeemAccept, DeemDue, EXTEND_DAYS_MAX,
    EXTEND_JOINT_DAYS_MAX, Extend, IssueCert, NoCorrection, PreReview, Redirect, Special,
    SpecialEnd, SpecialStart, WithdrawGrant, WithdrawRefuse, WithdrawRequest,
};
pub use custody::{Answer, Decline, FirstLook, Push, TakeOver};
pub use decision::{Accept, Decide, Delivery, NotAccept, Outcome, SendResult, Served};
pub use external::{BackFlow, JumpOut};
pub use handover::HandoverCase;
pub use intake::{FormalPass, IdCheck, Material, OriginalCheck, Place, Proof, Receive};
pub use joint::{SubAck, SubDecide, SubOpen, SubProgress, SubRecall, SubRelease, UndoAsk};
pub use notice::{CorrectionNotice, CorrectionSubmitted, Defect, Fault, Means, NoticeServed};
pub use papers::{Paper, PapersAgreed, PapersMended, PapersSent, PapersTaken};

use crate::id::EntryId;
use crate::kind::Retain;

/// The most materials, defects or references one act may list.
pub const LIST_MAX: usize = 64;
/// The longest code or staff number in an act, in bytes.
pub const CODE_BYTES_MAX: usize = 64;

/// An act of a case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 收件 (E02): the genesis, by the receiving city R.
    #[n(0)]
    Receive(#[n(0)] Receive),
    /// 人证核验 (E03).
    #[n(1)]
    IdCheck(#[n(0)] IdCheck),
    /// 原件核验 (E04).
    #[n(2)]
    OriginalCheck(#[n(0)] OriginalCheck),
    /// 形式审查通过 (E05).
    #[n(3)]
    FormalPass(#[n(0)] FormalPass),
    /// 推送 (E08): offers the baton to one city.
    #[n(4)]
    Push(#[n(0)] Push),
    /// 签收 (E10): takes the baton, by the recipient's node.
    #[n(5)]
    Ack(#[n(0)] Answer),
    /// A person at the recipient saw the case (E10).
    #[n(6)]
    FirstLook(#[n(0)] FirstLook),
    /// 撤回推送 (E09).
    #[n(7)]
    Recall(#[n(0)] Answer),
    /// The recipient's node refuses the baton.
    #[n(8)]
    Decline(#[n(0)] Decline),
    /// 受理 (E11).
    #[n(9)]
    Accept(#[n(0)] Accept),
    /// 不予受理 (E13).
    #[n(10)]
    NotAccept(#[n(0)] NotAccept),
    /// 一次性告知 (E06).
    #[n(11)]
    CorrectionNotice(#[n(0)] CorrectionNotice),
    /// 告知送达 (E06s): a fact, by the city that told the applicant.
    #[n(12)]
    NoticeServed(#[n(0)] NoticeServed),
    /// 补正 (E07).
    #[n(13)]
    CorrectionSubmitted(#[n(0)] CorrectionSubmitted),
    /// 实质审查 (E17).
    #[n(14)]
    SubstantiveReview(#[n(0)] Officer),
    /// 决定 (E18).
    #[n(15)]
    Decide(#[n(0)] Decide),
    /// Result sent (E20).
    #[n(16)]
    SendResult(#[n(0)] SendResult),
    /// 送达 (E21): a fact, by the city that served it.
    #[n(17)]
    Served(#[n(0)] Served),
    /// 办结 (E22).
    #[n(18)]
    Close,
    /// An edit of the case file (卷宗); the change is in the sealed part.
    #[n(19)]
    Edit,
    /// Gives up a claim where two cities hold one case.
    #[n(20)]
    Yield(#[n(0)] EntryId),
    /// Takes back an act of one's own city that is disputed.
    #[n(21)]
    Retract(#[n(0)] EntryId),
    /// Says which entries of a revoked device stay.
    #[n(22)]
    Retain(#[n(0)] Retain),
    /// Nobody was told in five days (E12): R, which serves notices, says so.
    #[n(23)]
    DeemDue(#[n(0)] DeemDue),
    /// 视为受理 (E12), by the holder's node.
    #[n(24)]
    DeemAccept(#[n(0)] DeemAccept),
    /// 不属本机关 (E14).
    #[n(25)]
    Redirect(#[n(0)] Redirect),
    /// 特别程序 begins (E15).
    #[n(26)]
    SpecialStart(#[n(0)] SpecialStart),
    /// 特别程序 is over (E15).
    #[n(27)]
    SpecialEnd(#[n(0)] SpecialEnd),
    /// 延长审批 (E16).
    #[n(28)]
    Extend(#[n(0)] Extend),
    /// The applicant wants to withdraw (E23).
    #[n(29)]
    WithdrawRequest(#[n(0)] WithdrawRequest),
    /// 准予撤回 (E23).
    #[n(30)]
    WithdrawGrant(#[n(0)] WithdrawGrant),
    /// Too late to withdraw (E23).
    #[n(31)]
    WithdrawRefuse(#[n(0)] WithdrawRefuse),
    /// 补正超时办结 (S92).
    #[n(32)]
    NoCorrection(#[n(0)] NoCorrection),
    /// 告知承诺.
    #[n(33)]
    Commitment(#[n(0)] Commitment),
    /// Whether a commitment was kept.
    #[n(34)]
    CommitmentChecked(#[n(0)] CommitmentChecked),
    /// 网上预审.
    #[n(35)]
    PreReview(#[n(0)] PreReview),
    /// Paper compared with what was reviewed before.
    #[n(36)]
    Compared(#[n(0)] Compared),
    /// 出证 (E19).
    #[n(37)]
    IssueCert(#[n(0)] IssueCert),
    /// 撤销 (E30).
    #[n(38)]
    Annul(#[n(0)] Annul),
    /// 归档 (E31).
    #[n(39)]
    Archive(#[n(0)] Archive),
    /// Asks another city (E26).
    #[n(40)]
    ConfirmAsk(#[n(0)] ConfirmAsk),
    /// Answers such a question (E26).
    #[n(41)]
    ConfirmAnswer(#[n(0)] ConfirmAnswer),
    /// A call where the network failed.
    #[n(42)]
    Contact(#[n(0)] Contact),
    /// 督办 (E28).
    #[n(43)]
    Supervise(#[n(0)] Supervise),
    /// Answers an order or a complaint.
    #[n(44)]
    Reply(#[n(0)] Reply),
    /// 投诉.
    #[n(45)]
    Complain(#[n(0)] Complain),
    /// 好差评 (E27).
    #[n(46)]
    Rate(#[n(0)] Rate),
    /// A step after a bad rating.
    #[n(47)]
    FollowUp(#[n(0)] FollowUp),
    /// Papers leave with a list.
    #[n(48)]
    PapersSent(#[n(0)] PapersSent),
    /// Papers were counted where they arrived.
    #[n(49)]
    PapersTaken(#[n(0)] PapersTaken),
    /// The sender's word on a difference.
    #[n(50)]
    PapersMended(#[n(0)] PapersMended),
    /// The recipient agrees with it.
    #[n(51)]
    PapersAgreed(#[n(0)] PapersAgreed),
    /// Opens a step of joint handling (C4).
    #[n(52)]
    SubOpen(#[n(0)] SubOpen),
    /// Takes a step, by its city's node.
    #[n(53)]
    SubAck(#[n(0)] SubAck),
    /// Something of a step is done.
    #[n(54)]
    SubProgress(#[n(0)] SubProgress),
    /// Decides a step (C5).
    #[n(55)]
    SubDecide(#[n(0)] SubDecide),
    /// Lets go of a step, so that the case may be withdrawn (E23).
    #[n(56)]
    SubRelease(#[n(0)] SubRelease),
    /// Asks to undo a step (C6).
    #[n(57)]
    UndoAsk(#[n(0)] UndoAsk),
    /// 留痕跳转 to another system.
    #[n(58)]
    JumpOut(#[n(0)] JumpOut),
    /// 回流 from it.
    #[n(59)]
    BackFlow(#[n(0)] BackFlow),
    /// The case follows its item to another department (E29).
    #[n(60)]
    HandoverCase(#[n(0)] HandoverCase),
    /// Takes back a step that its city has not taken.
    #[n(61)]
    SubRecall(#[n(0)] SubRecall),
    /// 接管: takes a stuck case by a resolution of the members.
    #[n(62)]
    TakeOver(#[n(0)] TakeOver),
}

/// An officer's staff number: a pseudonym, never a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Officer(#[n(0)] pub String);

/// Where an act belongs in the rules of custody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Opens the case.
    Genesis,
    /// Mending: checks and supplements, also while a push is open.
    Mending,
    /// Moves or offers custody.
    Custody,
    /// Speaks to the applicant or decides: only the custodian, with no push open.
    Outward,
    /// Moves or decides a step of joint handling: only its city.
    Sub,
    /// A fact that any party records.
    Fact,
    /// Ends a conflict.
    Resolving,
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Receive(_) => "receive",
            Act::IdCheck(_) => "id-check",
            Act::OriginalCheck(_) => "original-check",
            Act::FormalPass(_) => "formal-pass",
            Act::Push(_) => "push",
            Act::Ack(_) => "ack",
            Act::FirstLook(_) => "first-look",
            Act::Recall(_) => "recall",
            Act::Decline(_) => "decline",
            Act::Accept(_) => "accept",
            Act::NotAccept(_) => "not-accept",
            Act::CorrectionNotice(_) => "correction-notice",
            Act::NoticeServed(_) => "notice-served",
            Act::CorrectionSubmitted(_) => "correction-submitted",
            Act::SubstantiveReview(_) => "substantive-review",
            Act::Decide(_) => "decide",
            Act::SendResult(_) => "send-result",
            Act::Served(_) => "served",
            Act::Close => "close",
            Act::Edit => "edit",
            Act::Yield(_) => "yield",
            Act::Retract(_) => "retract",
            Act::Retain(_) => "retain",
            Act::DeemDue(_) => "deem-due",
            Act::DeemAccept(_) => "deem-accept",
            Act::Redirect(_) => "redirect",
            Act::SpecialStart(_) => "special-start",
            Act::SpecialEnd(_) => "special-end",
            Act::Extend(_) => "extend",
            Act::WithdrawRequest(_) => "withdraw-request",
            Act::WithdrawGrant(_) => "withdraw-grant",
            Act::WithdrawRefuse(_) => "withdraw-refuse",
            Act::NoCorrection(_) => "no-correction",
            Act::Commitment(_) => "commitment",
            Act::CommitmentChecked(_) => "commitment-checked",
            Act::PreReview(_) => "pre-review",
            Act::Compared(_) => "compared",
            Act::IssueCert(_) => "issue-cert",
            Act::Annul(_) => "annul",
            Act::Archive(_) => "archive",
            Act::ConfirmAsk(_) => "confirm-ask",
            Act::ConfirmAnswer(_) => "confirm-answer",
            Act::Contact(_) => "contact",
            Act::Supervise(_) => "supervise",
            Act::Reply(_) => "reply",
            Act::Complain(_) => "complain",
            Act::Rate(_) => "rate",
            Act::FollowUp(_) => "follow-up",
            Act::PapersSent(_) => "papers-sent",
            Act::PapersTaken(_) => "papers-taken",
            Act::PapersMended(_) => "papers-mended",
            Act::PapersAgreed(_) => "papers-agreed",
            Act::SubOpen(_) => "sub-open",
            Act::SubAck(_) => "sub-ack",
            Act::SubProgress(_) => "sub-progress",
            Act::SubDecide(_) => "sub-decide",
            Act::SubRelease(_) => "sub-release",
            Act::UndoAsk(_) => "undo-ask",
            Act::JumpOut(_) => "jump-out",
            Act::BackFlow(_) => "back-flow",
            Act::HandoverCase(_) => "handover-case",
            Act::SubRecall(_) => "sub-recall",
            Act::TakeOver(_) => "take-over",
        }
    }

    /// Where the act belongs in the rules of custody (`design.md` §4).
    pub const fn class(&self) -> Class {
        match self {
            Act::Receive(_) => Class::Genesis,
            Act::IdCheck(_)
            | Act::OriginalCheck(_)
            | Act::FormalPass(_)
            | Act::CorrectionSubmitted(_)
            | Act::Commitment(_)
            | Act::Compared(_) => Class::Mending,
            Act::Push(_) | Act::Ack(_) | Act::Recall(_) | Act::Decline(_) => Class::Custody,
            Act::Accept(_)
            | Act::NotAccept(_)
            | Act::CorrectionNotice(_)
            | Act::SubstantiveReview(_)
            | Act::Decide(_)
            | Act::SendResult(_)
            | Act::Close
            | Act::DeemAccept(_)
            | Act::Redirect(_)
            | Act::SpecialStart(_)
            | Act::SpecialEnd(_)
            | Act::Extend(_)
            | Act::WithdrawGrant(_)
            | Act::WithdrawRefuse(_)
            | Act::NoCorrection(_)
            | Act::CommitmentChecked(_)
            | Act::PreReview(_)
            | Act::IssueCert(_)
            | Act::Annul(_)
            | Act::SubOpen(_) => Class::Outward,
            Act::SubAck(_)
            | Act::SubProgress(_)
            | Act::SubDecide(_)
            | Act::SubRelease(_)
            | Act::SubRecall(_) => Class::Sub,
            Act::FirstLook(_)
            | Act::NoticeServed(_)
            | Act::Served(_)
            | Act::Edit
            | Act::DeemDue(_)
            | Act::WithdrawRequest(_)
            | Act::Archive(_)
            | Act::ConfirmAsk(_)
            | Act::ConfirmAnswer(_)
            | Act::Contact(_)
            | Act::Supervise(_)
            | Act::Reply(_)
            | Act::Complain(_)
            | Act::Rate(_)
            | Act::FollowUp(_)
            | Act::PapersSent(_)
            | Act::PapersTaken(_)
            | Act::PapersMended(_)
            | Act::PapersAgreed(_)
            | Act::UndoAsk(_)
            | Act::JumpOut(_)
            | Act::BackFlow(_)
            | Act::HandoverCase(_) => Class::Fact,
            Act::Yield(_) | Act::Retract(_) | Act::Retain(_) | Act::TakeOver(_) => Class::Resolving,
        }
    }
}
