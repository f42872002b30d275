//! What the law lets happen between receipt and archive, beside the straight way.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};

use super::Officer;
use crate::calendar::Day;
use crate::id::EntryId;

/// The five days are over, and R, which serves notices, served none (E12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeemDue {
    /// The submission that nobody answered.
    #[n(0)]
    pub submission: u32,
    /// The last day for the notice.
    #[n(1)]
    pub expired: Day,
}

/// 视为受理: the holder's node takes note that the case counts as accepted (E12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeemAccept {
    /// The [`DeemDue`].
    #[n(0)]
    pub due: EntryId,
    /// The day of acceptance: that of receipt.
    #[n(1)]
    pub on: Day,
}

/// 不属本机关: the case belongs to another organ (E14). Words for the applicant are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Redirect {
    /// The member city that is competent, to which the case is pushed next; none if it is no member.
    #[n(0)]
    pub to: Option<CityId>,
    /// The legal basis.
    #[n(1)]
    pub basis: String,
    /// Who says so.
    #[n(2)]
    pub officer: Officer,
}

/// 特别程序 begins: the clock of the decision stands still (E15).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpecialStart {
    /// Which procedure.
    #[n(0)]
    pub kind: Special,
    /// Its first day.
    #[n(1)]
    pub on: Day,
    /// Its working days.
    #[n(2)]
    pub days: u16,
    /// The legal basis.
    #[n(3)]
    pub basis: String,
    /// Who ordered it.
    #[n(4)]
    pub officer: Officer,
}

/// A procedure whose time does not count for the decision (行政许可法 45; GB/T 39046 table A.7).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Special {
    /// 听证.
    #[n(1)]
    Hearing,
    /// 检验.
    #[n(2)]
    Inspection,
    /// 检测.
    #[n(3)]
    Testing,
    /// 检疫.
    #[n(4)]
    Quarantine,
    /// 鉴定.
    #[n(5)]
    Appraisal,
    /// 专家评审.
    #[n(6)]
    ExpertReview,
    /// 招标、拍卖 and others.
    #[n(7)]
    Other,
}

/// 特别程序 is over (E15).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpecialEnd {
    /// The [`SpecialStart`].
    #[n(0)]
    pub start: EntryId,
    /// The day from which the clock runs again.
    #[n(1)]
    pub on: Day,
    /// Who ended it.
    #[n(2)]
    pub officer: Officer,
}

/// 延长审批 (E16): once, signed by two.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Extend {
    /// By how many working days; at most [`EXTEND_DAYS_MAX`], in joint handling [`EXTEND_JOINT_DAYS_MAX`].
    #[n(0)]
    pub days: u16,
    /// The legal basis.
    #[n(1)]
    pub basis: String,
    /// Who asked for it.
    #[n(2)]
    pub officer: Officer,
    /// The head who approved it.
    #[n(3)]
    pub second: Officer,
}

/// The most working days of an extension (行政许可法 42).
pub const EXTEND_DAYS_MAX: u16 = 10;
/// The most working days of an extension of joint handling (行政许可法 42).
pub const EXTEND_JOINT_DAYS_MAX: u16 = 15;

/// The applicant wants to withdraw (E23).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WithdrawRequest {
    /// Who took the request and identified the applicant.
    #[n(0)]
    pub officer: Officer,
}

/// 准予撤回 (E23).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WithdrawGrant {
    /// The request.
    #[n(0)]
    pub request: EntryId,
    /// Releases of the sub-cases that other cities held, ascending: the grant falls with them.
    #[n(1)]
    pub releases: Vec<EntryId>,
    /// Who granted it.
    #[n(2)]
    pub officer: Officer,
}

/// Too late to withdraw (E23).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WithdrawRefuse {
    /// The request.
    #[n(0)]
    pub request: EntryId,
    /// The irreversible decision of a sub-case that stands against it, if that is why.
    #[n(1)]
    pub because: Option<EntryId>,
    /// Who refused; none if the holder's node did, because of such a decision.
    #[n(2)]
    pub officer: Option<Officer>,
}

/// 补正超时办结: no correction came in time (S92).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NoCorrection {
    /// The notice.
    #[n(0)]
    pub notice: EntryId,
    /// Who closed.
    #[n(1)]
    pub officer: Officer,
}

/// 告知承诺: the applicant commits in writing to hand in later what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Commitment {
    /// Requirements of the guide that come later.
    #[n(0)]
    pub missing: Vec<String>,
    /// The last day for them.
    #[n(1)]
    pub due: Day,
    /// Who took it.
    #[n(2)]
    pub officer: Officer,
}

/// Whether a commitment was kept. A broken one is a task for the owner, never a revocation by itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CommitmentChecked {
    /// The [`Commitment`].
    #[n(0)]
    pub commitment: EntryId,
    /// Whether the papers came.
    #[n(1)]
    pub kept: bool,
    /// Who checked.
    #[n(2)]
    pub officer: Officer,
}

/// 网上预审: the owner looked at the electronic papers before the applicant comes to the window.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PreReview {
    /// Whether they will do.
    #[n(0)]
    pub passed: bool,
    /// The submission that was looked at.
    #[n(1)]
    pub submission: u32,
    /// Who looked.
    #[n(2)]
    pub officer: Officer,
}

/// The paper that the applicant brought, compared with what was reviewed before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Compared {
    /// The [`PreReview`].
    #[n(0)]
    pub review: EntryId,
    /// Requirements whose paper differs; none if all are the same.
    #[n(1)]
    pub different: Vec<String>,
    /// Who compared.
    #[n(2)]
    pub officer: Officer,
}

/// 出证 (E19). Number, issuer, hash and seal data are in the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct IssueCert {
    /// The type of certificate, by code or name.
    #[n(0)]
    pub kind: String,
    /// Whether it is electronic.
    #[n(1)]
    pub electronic: bool,
    /// Who issued it.
    #[n(2)]
    pub officer: Officer,
}

/// 撤销 after the decision, by law (E30): signed by two.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Annul {
    /// The legal basis.
    #[n(0)]
    pub basis: String,
    /// Who annulled.
    #[n(1)]
    pub officer: Officer,
    /// The head who approved it.
    #[n(2)]
    pub second: Officer,
}

/// 归档 (E31).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Archive {
    /// Hash of what was archived ([`super::super::State::package`]).
    #[n(0)]
    pub package: Hash32,
    /// Who archived.
    #[n(1)]
    pub officer: Officer,
}
