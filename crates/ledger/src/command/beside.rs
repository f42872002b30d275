//! Arguments of the commands beside the straight way: pauses, withdrawal, questions, ratings, papers, steps.
//!
//! Where a command names an earlier act, `of` is the beginning of its entry id; it may be left out while only one act
//! fits.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::args::GuideTerms;
use crate::calendar::Day;
use crate::case::{Channel, FollowStep, Means, Outcome, Paper, Special, Target};

/// 不属本机关 (E14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The case.
    pub case: String,
    /// The member city that is competent; none if it is no member.
    #[serde(default)]
    pub to: Option<DivisionCode>,
    /// The legal basis.
    pub basis: String,
    /// The officer's staff number.
    pub officer: String,
    /// Words for the applicant; sealed.
    pub text: String,
}

/// 特别程序 begins (E15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialStart {
    /// The case.
    pub case: String,
    /// Which procedure.
    pub kind: Special,
    /// Its working days.
    pub days: u16,
    /// The legal basis.
    pub basis: String,
    /// The officer's staff number.
    pub officer: String,
    /// Its first day; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// What the applicant was told; sealed.
    pub text: String,
}

/// An act of an officer about an earlier act, on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnAct {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
    /// The earlier act.
    #[serde(default)]
    pub of: Option<String>,
    /// The day; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// 延长审批 (E16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// The case.
    pub case: String,
    /// By how many working days.
    pub days: u16,
    /// The legal basis.
    pub basis: String,
    /// The officer's staff number.
    pub officer: String,
    /// The head's staff number.
    pub second: String,
    /// What the applicant was told; sealed.
    pub text: String,
}

/// 撤销 (E30).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annul {
    /// The case.
    pub case: String,
    /// The legal basis.
    pub basis: String,
    /// The officer's staff number.
    pub officer: String,
    /// The head's staff number.
    pub second: String,
    /// Reasons and remedies; sealed.
    pub text: String,
}

/// 告知承诺.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The case.
    pub case: String,
    /// Requirements that come later.
    pub missing: Vec<String>,
    /// The last day for them.
    pub due: Day,
    /// The officer's staff number.
    pub officer: String,
}

/// An act of an officer that says yes or no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YesNo {
    /// The case.
    pub case: String,
    /// Whether it is so.
    pub yes: bool,
    /// The officer's staff number.
    pub officer: String,
    /// The earlier act, where there is one.
    #[serde(default)]
    pub of: Option<String>,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// Paper against what was reviewed before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// The case.
    pub case: String,
    /// Requirements whose paper differs.
    #[serde(default)]
    pub different: Vec<String>,
    /// The officer's staff number.
    pub officer: String,
}

/// 出证 (E19): the reference of a certificate. All but the type and whether it is electronic is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCert {
    /// The case.
    pub case: String,
    /// The type of certificate.
    pub kind: String,
    /// Whether it is electronic.
    #[serde(default)]
    pub electronic: bool,
    /// Its number.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// SHA-256 of its file, lower-case hex, for an electronic one.
    #[serde(default)]
    pub sha256: String,
    /// The name of the official seal on it (GB/T 39046 table 13).
    #[serde(default)]
    pub seal: String,
    /// The officer's staff number.
    pub officer: String,
}

impl std::fmt::Debug for IssueCert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssueCert({}, {}, ..)", self.case, self.kind)
    }
}

/// A question to another city (E26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The case.
    pub case: String,
    /// The city asked.
    pub to: DivisionCode,
    /// The question; sealed.
    pub text: String,
    /// The officer's staff number.
    pub officer: String,
}

/// The answer (E26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The case.
    pub case: String,
    /// Whether it is as asked.
    pub yes: bool,
    /// How the answer came.
    pub means: Means,
    /// Who was called.
    #[serde(default)]
    pub callee: Option<String>,
    /// The officer's staff number.
    pub officer: String,
    /// The question.
    #[serde(default)]
    pub of: Option<String>,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// A call where the network failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The case.
    pub case: String,
    /// How.
    pub means: Means,
    /// Who was reached.
    pub callee: String,
    /// The officer's staff number.
    pub officer: String,
    /// The push or the step.
    #[serde(default)]
    pub of: Option<String>,
}

/// 督办 (E28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supervise {
    /// The case.
    pub case: String,
    /// The city that has to answer.
    pub to: DivisionCode,
    /// Why, as a code.
    pub reason: String,
    /// The last day for the answer.
    pub due: Day,
    /// The officer's staff number.
    pub officer: String,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// 投诉.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complain {
    /// The case.
    pub case: String,
    /// The city that it is about.
    pub about: DivisionCode,
    /// What it is about, as a code.
    pub reason: String,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// 好差评 (E27).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The case.
    pub case: String,
    /// 1, very satisfied, to 5, very dissatisfied.
    pub level: u8,
    /// How it came.
    pub channel: Channel,
    /// The visit; 0, or absent, for a rating online.
    #[serde(default)]
    pub visit: u16,
    /// The city that is rated; the owner if absent.
    #[serde(default)]
    pub city: Option<DivisionCode>,
    /// What of it.
    pub target: Target,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// A step after a bad rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// The case.
    pub case: String,
    /// The step.
    pub step: FollowStep,
    /// The officer's staff number.
    pub officer: String,
    /// The rating.
    #[serde(default)]
    pub of: Option<String>,
    /// What was found or done; sealed.
    #[serde(default)]
    pub text: String,
}

/// Papers leave with a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendPapers {
    /// The case.
    pub case: String,
    /// To which city; to the applicant if absent.
    #[serde(default)]
    pub to: Option<DivisionCode>,
    /// The tracking number.
    #[serde(default)]
    pub tracking: Option<String>,
    /// The list.
    pub papers: Vec<Paper>,
    /// The officer's staff number.
    pub officer: String,
}

/// Papers as counted, or as they should have been listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountPapers {
    /// The case.
    pub case: String,
    /// The list; as sent, or as counted, if absent.
    #[serde(default)]
    pub papers: Option<Vec<Paper>>,
    /// The officer's staff number.
    pub officer: String,
    /// The list that it is about.
    #[serde(default)]
    pub of: Option<String>,
}

/// A step of joint handling by its id in the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The case.
    pub case: String,
    /// The step, as `S1`.
    pub step: String,
    /// The officer's staff number.
    pub officer: String,
}

/// Something of a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepProgress {
    /// The case.
    pub case: String,
    /// The step.
    pub step: String,
    /// What, as a code.
    pub what: String,
    /// The officer's staff number.
    pub officer: String,
    /// Words; sealed.
    #[serde(default)]
    pub text: String,
}

/// A step is decided (C5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecideStep {
    /// The case.
    pub case: String,
    /// The step.
    pub step: String,
    /// What was decided.
    pub outcome: Outcome,
    /// The officer's staff number.
    pub officer: String,
    /// Reasons; sealed, and needed for a refusal.
    #[serde(default)]
    pub text: String,
}

/// Another version of a guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishGuide {
    /// The guide; `owners` stays empty, since a city publishes its own.
    pub guide: GuideTerms,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}
