//! Proposals that every member signs, as a node answers them.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::agreement::Body;
use crate::calendar::Day;
use crate::command::decide::SubjectTerms;

/// A proposal beside batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionAnswer {
    /// Its entry id.
    pub proposal: String,
    /// Its short code.
    pub code: String,
    /// `postage`, `calendar`, `guide`, `limits`, `netting` or `reallocation`.
    pub kind: String,
    /// The item of a guide, the year of a calendar, the mark of a cost line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The version that it has once it is adopted.
    pub version: u32,
    /// Who proposed it.
    pub by: DivisionCode,
    /// The body that put it.
    pub body: Body,
    /// The hash of the text, lower-case hex.
    pub text: String,
    /// The text.
    pub subject: SubjectTerms,
    /// Who signed it.
    pub adopted: Vec<DivisionCode>,
    /// Who has yet to sign; none once it is decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<DivisionCode>,
    /// Who refused it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedAnswer>,
    /// `open`, `adopted`, `refused`, `withdrawn`, `overtaken` or `contradicted`.
    pub standing: String,
    /// Whether another open text stands for the same thing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// The first day on which it holds, where the text names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Day>,
}

/// A city that refused a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAnswer {
    /// The city.
    pub city: DivisionCode,
    /// Why.
    pub reason: String,
}
