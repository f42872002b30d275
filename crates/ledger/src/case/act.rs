//! What cities sign in a case, mode B 代收代办, and the facts each act carries.
//!
//! Acts hold references, codes, dates and numbers: no personal data and no free text. Those travel
//! in the sealed part of the same entry (`design.md` §3). Event numbers are those of `domain.md`
//! §3.4.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};

use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Retain;
use crate::number::CaseNo;

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
}

/// The genesis: what was received, for whom, by which guide.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receive {
    /// The case number, made without co-ordination.
    #[n(0)]
    pub number: CaseNo,
    /// The item's base code.
    #[n(1)]
    pub item: String,
    /// The city that holds the power (O).
    #[n(2)]
    pub owner: CityId,
    /// The guide version followed.
    #[n(3)]
    pub guide: u32,
    /// The day the papers came in.
    #[n(4)]
    pub received: Day,
    /// What was handed in.
    #[n(5)]
    pub materials: Vec<Material>,
    /// Who received.
    #[n(6)]
    pub officer: Officer,
}

/// One material handed in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// The guide's requirement that it meets.
    #[n(0)]
    pub requirement: String,
    /// Its pages.
    #[n(1)]
    #[serde(default = "one_page")]
    pub pages: u16,
}

fn one_page() -> u16 {
    1
}

/// An officer's staff number: a pseudonym, never a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Officer(#[n(0)] pub String);

/// The person was compared with the identity card.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct IdCheck {
    /// Whether they match.
    #[n(0)]
    pub passed: bool,
    /// Who checked.
    #[n(1)]
    pub officer: Officer,
    /// Failed checks that this one replaces, ascending.
    #[n(2)]
    pub replaces: Vec<EntryId>,
}

/// Originals were compared with the copies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OriginalCheck {
    /// Requirements whose originals were seen.
    #[n(0)]
    pub seen: Vec<String>,
    /// Who checked.
    #[n(1)]
    pub officer: Officer,
}

/// The papers are complete and in the right form.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FormalPass {
    /// The submission that passed, counted from 1.
    #[n(0)]
    pub submission: u32,
    /// Who passed it.
    #[n(1)]
    pub officer: Officer,
}

/// Offers the baton.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Push {
    /// The one recipient.
    #[n(0)]
    pub to: CityId,
    /// The custody act that gave the case to the signer.
    #[n(1)]
    pub baton: EntryId,
    /// Hash of what is handed over ([`super::State::manifest`]).
    #[n(2)]
    pub manifest: Hash32,
    /// Declines and recalls of this baton that the signer knew, ascending.
    #[n(3)]
    pub after: Vec<EntryId>,
}

/// An answer to a push: an Ack or a Recall.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Answer {
    /// The push.
    #[n(0)]
    pub push: EntryId,
    /// The push's baton.
    #[n(1)]
    pub baton: EntryId,
}

/// A person's first look at an acknowledged case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FirstLook {
    /// The Ack.
    #[n(0)]
    pub ack: EntryId,
    /// Who looked.
    #[n(1)]
    pub officer: Officer,
}

/// A node's automatic refusal of a push.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decline {
    /// The push.
    #[n(0)]
    pub push: EntryId,
    /// The push's baton.
    #[n(1)]
    pub baton: EntryId,
    /// Why: `E_ITEM_NOT_ACTIVE`, `E_GRANT`, `E_STATE` (recalled).
    #[n(2)]
    pub reason: Code,
}

/// Legal acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Accept {
    /// The day the complete papers came in at R.
    #[n(0)]
    pub on: Day,
    /// Who accepted.
    #[n(1)]
    pub officer: Officer,
}

/// Refusal to accept; reasons and remedies in words are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NotAccept {
    /// The legal basis, as `行政许可法32`.
    #[n(0)]
    pub basis: String,
    /// Who refused.
    #[n(1)]
    pub officer: Officer,
}

/// The one-time, complete notice of all defects.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CorrectionNotice {
    /// The submission that it answers.
    #[n(0)]
    pub submission: u32,
    /// The guide version that backs the defects.
    #[n(1)]
    pub guide: u32,
    /// The defects.
    #[n(2)]
    pub defects: Vec<Defect>,
    /// The signer vouches that these are all.
    #[n(3)]
    pub complete: bool,
    /// Who gave it.
    #[n(4)]
    pub officer: Officer,
}

/// One defect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// The requirement of the guide.
    #[n(0)]
    pub requirement: String,
    /// What is wrong.
    #[n(1)]
    pub fault: Fault,
}

/// What can be wrong with a material.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It was not handed in.
    #[n(1)]
    Missing,
    /// It is on an old or wrong form.
    #[n(2)]
    WrongForm,
    /// It cannot be read.
    #[n(3)]
    Unreadable,
    /// It has expired.
    #[n(4)]
    Expired,
    /// It contradicts another material.
    #[n(5)]
    Inconsistent,
}

/// The applicant was told.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NoticeServed {
    /// The notice.
    #[n(0)]
    pub notice: EntryId,
    /// When.
    #[n(1)]
    pub on: Day,
    /// How.
    #[n(2)]
    pub means: Means,
}

/// How an applicant was reached.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// In person, on the spot.
    #[n(1)]
    OnTheSpot,
    /// By telephone.
    #[n(2)]
    Phone,
    /// By short message.
    #[n(3)]
    Sms,
    /// By the portal.
    #[n(4)]
    Portal,
    /// By post.
    #[n(5)]
    Post,
}

/// New materials after a notice, or a supplement of the applicant's own accord.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CorrectionSubmitted {
    /// The notice answered; none for a supplement.
    #[n(0)]
    pub notice: Option<EntryId>,
    /// The materials.
    #[n(1)]
    pub materials: Vec<Material>,
    /// The day they came in at R.
    #[n(2)]
    pub on: Day,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decide {
    /// What was decided.
    #[n(0)]
    pub outcome: Outcome,
    /// Who decided.
    #[n(1)]
    pub officer: Officer,
}

/// Decision outcomes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 准予.
    #[n(1)]
    Granted,
    /// 容缺通过.
    #[n(2)]
    OnCommitment,
    /// 不予; reasons and remedies are in the sealed part.
    #[n(3)]
    Refused,
}

/// The result leaves the owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SendResult {
    /// How.
    #[n(0)]
    pub delivery: Delivery,
}

/// How a result travels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// By network, to the applicant or R's window.
    #[n(1)]
    Network,
    /// By post to the applicant.
    #[n(2)]
    PostToApplicant,
    /// By post to R's window.
    #[n(3)]
    PostToWindow,
}

/// The applicant has the result.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Served {
    /// When.
    #[n(0)]
    pub on: Day,
    /// How it is proven.
    #[n(1)]
    pub means: Means,
}

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
        }
    }

    /// Where the act belongs in the rules of custody (`design.md` §4).
    pub const fn class(&self) -> Class {
        match self {
            Act::Receive(_) => Class::Genesis,
            Act::IdCheck(_)
            | Act::OriginalCheck(_)
            | Act::FormalPass(_)
            | Act::CorrectionSubmitted(_) => Class::Mending,
            Act::Push(_) | Act::Ack(_) | Act::Recall(_) | Act::Decline(_) => Class::Custody,
            Act::Accept(_)
            | Act::NotAccept(_)
            | Act::CorrectionNotice(_)
            | Act::SubstantiveReview(_)
            | Act::Decide(_)
            | Act::SendResult(_)
            | Act::Close => Class::Outward,
            Act::FirstLook(_) | Act::NoticeServed(_) | Act::Served(_) | Act::Edit => Class::Fact,
            Act::Yield(_) | Act::Retract(_) | Act::Retain(_) => Class::Resolving,
        }
    }
}
