//! The one-time notice and what answers it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Material, Officer};
use crate::calendar::Day;
use crate::id::EntryId;

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
    /// Why an original that the window saw is wanted again; needed for [`Fault::OriginalWanted`].
    #[n(5)]
    pub recheck: Option<String>,
    /// The legal basis, where the applicant has to go to another place.
    #[n(6)]
    pub visit: Option<String>,
    /// The legal basis, where paper is asked for instead of an electronic material; needed for
    /// [`Fault::PaperWanted`].
    #[n(7)]
    pub paper: Option<String>,
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
    /// Its original is wanted.
    #[n(6)]
    OriginalWanted,
    /// It is wanted on paper.
    #[n(7)]
    PaperWanted,
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
    /// By fax.
    #[n(6)]
    Fax,
    /// Between systems.
    #[n(7)]
    System,
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
