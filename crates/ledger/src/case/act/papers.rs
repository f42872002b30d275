//! 材料交接: which papers went where, and whether they arrived as listed.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use super::Officer;
use crate::id::EntryId;

/// One line of a hand-over list (交接单).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// The guide's requirement.
    #[n(0)]
    pub requirement: String,
    /// Copies.
    #[n(1)]
    #[serde(default = "one")]
    pub copies: u16,
    /// Pages of each copy.
    #[n(2)]
    pub pages: u16,
    /// Whether it is an original, which has to come back.
    #[n(3)]
    #[serde(default)]
    pub original: bool,
}

fn one() -> u16 {
    1
}

/// Papers leave a city with a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PapersSent {
    /// To which city; none for the applicant.
    #[n(0)]
    pub to: Option<CityId>,
    /// The tracking number, where they travel by post.
    #[n(1)]
    pub tracking: Option<String>,
    /// The list, ascending.
    #[n(2)]
    pub papers: Vec<Paper>,
    /// Who gave them out.
    #[n(3)]
    pub officer: Officer,
}

/// Papers were counted where they arrived.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PapersTaken {
    /// The [`PapersSent`].
    #[n(0)]
    pub sent: EntryId,
    /// What was found, ascending; a difference from the list blocks acceptance until it is mended.
    #[n(1)]
    pub found: Vec<Paper>,
    /// Who counted.
    #[n(2)]
    pub officer: Officer,
}

/// The sender's word on a difference: what the list should have said. With [`PapersAgreed`] both signed it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PapersMended {
    /// The [`PapersTaken`].
    #[n(0)]
    pub taken: EntryId,
    /// The list as it should have been, ascending.
    #[n(1)]
    pub papers: Vec<Paper>,
    /// Who says so.
    #[n(2)]
    pub officer: Officer,
}

/// The recipient agrees with a mended list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PapersAgreed {
    /// The [`PapersMended`].
    #[n(0)]
    pub mended: EntryId,
    /// Who agrees.
    #[n(1)]
    pub officer: Officer,
}
