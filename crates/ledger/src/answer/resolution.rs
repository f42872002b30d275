//! Chained resolutions as a node answers them: certificates, motions, votes.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::agreement::Limits;

/// The resolutions of an agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolutionsAnswer {
    /// What was decided, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateAnswer>,
    /// The last certificate, on which the next motion builds.
    #[serde(default)]
    pub head: String,
    /// Whether two contradictory certificates build on it, so that nothing can be decided any more.
    #[serde(default)]
    pub split: bool,
    /// The round in which people vote now.
    #[serde(default)]
    pub round: u16,
    /// Motions that are not decided, those with words in the last round first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motions: Vec<MotionAnswer>,
    /// The members that gave this round up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nullified: Vec<DivisionCode>,
    /// Cities that contradicted themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubled: Vec<DoubledAnswer>,
    /// Cities that left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<DivisionCode>,
}

/// What a motion decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureAnswer {
    /// `admit`, `remove`, `replace`, `thresholds`, `override` or `rules`.
    pub name: String,
    /// The city that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<DivisionCode>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city_name: Option<String>,
    /// The fingerprint of the root key that it brings in, for people to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// The rules version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<u16>,
    /// What stands for a stuck case, lower-case hex; its parties find the motion beside the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
}

/// A motion about the holder of a case, as a party of the case sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderMotion {
    /// The motion.
    pub motion: String,
    /// The city that is to hold the case.
    pub holder: DivisionCode,
    /// Whether it is decided: then that city takes the case over.
    pub decided: bool,
}

/// A decided motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateAnswer {
    /// The certificate.
    pub certificate: String,
    /// The one before it.
    pub parent: String,
    /// The motion.
    pub motion: String,
    /// What it decided.
    pub measure: MeasureAnswer,
    /// What it rests on.
    pub basis: String,
}

/// A motion that is not decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MotionAnswer {
    /// The motion.
    pub motion: String,
    /// What it decides.
    pub measure: MeasureAnswer,
    /// What it rests on.
    pub basis: String,
    /// Who put it.
    pub by: Vec<DivisionCode>,
    /// How many have to agree.
    pub needed: usize,
    /// Who has a vote on it.
    pub eligible: Vec<DivisionCode>,
    /// Who voted for it in this round.
    pub votes: Vec<DivisionCode>,
    /// Who committed to it in this round.
    pub commits: Vec<DivisionCode>,
    /// Why this city may not vote for it in this round, by code; none where it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<crate::code::Code>,
}

/// A city that contradicted itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubledAnswer {
    /// The city.
    pub city: DivisionCode,
    /// The certificate on which the round builds.
    pub parent: String,
    /// The round.
    pub round: u16,
    /// The entries that prove it.
    pub entries: Vec<String>,
}
