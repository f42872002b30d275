//! What the window does: it receives, checks and passes.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, DivisionCode, Hash32};

use super::Officer;
use crate::agreement::Mode;
use crate::calendar::Day;
use crate::consult::Mark;
use crate::id::EntryId;
use crate::number::CaseNo;

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
    /// How the case is handled. In modes A and D the owner is the signer itself.
    #[n(7)]
    pub mode: Mode,
    /// The city whose window helped to apply online (mode A, R-023); it is no party.
    #[n(8)]
    pub assisted_by: Option<CityId>,
    /// The co-handling city of joint handling (mode C).
    #[n(9)]
    pub partner: Option<CityId>,
    /// Where it was received, by the city's own roster; none where the city published none.
    #[n(10)]
    pub place: Option<Place>,
    /// The consult in which the owner was asked about these papers. A reference and no more: no rule looks
    /// into another document.
    #[n(11)]
    pub consult: Option<Mark>,
    /// The hash of the guide followed ([`Guide::hash`](crate::agreement::Guide::hash)): should its owner ever publish
    /// another text under the version, the case keeps to this one.
    #[n(12)]
    pub text: Option<Hash32>,
}

/// Where a case was received, as the receiving city's node found it in its own roster.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Place {
    /// The window's id in the city.
    #[n(0)]
    pub window: Option<String>,
    /// Whether the officer is trained for the item; none where the roster does not know the officer.
    #[n(1)]
    pub trained: Option<bool>,
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
    /// Who vouches for an electronic file; none for paper or a plain copy.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// Who vouches for an electronic material: it then equals paper.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Proof {
    /// The applicant signed the file electronically.
    #[n(1)]
    ESigned,
    /// It is an electronic certificate (电子证照, R-105).
    #[n(2)]
    ECert {
        /// The kind of certificate.
        #[n(0)]
        kind: String,
        /// The place that issued it.
        #[n(1)]
        issuer: DivisionCode,
    },
}

fn one_page() -> u16 {
    1
}

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
    /// The consult whose video, signed by both cities, stands as the formal review; a reference only.
    #[n(2)]
    pub consult: Option<Mark>,
}
