//! Lists of items as a node answers them: how far they are live, what is proposed, what is said.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::decide::RefusedAnswer;
use crate::agreement::{Difference, Except, ListKind, Row, StanceKind};
use crate::calendar::Day;

/// The lists of an agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListsAnswer {
    /// Items of all batches that are live today, each once.
    #[serde(default)]
    pub live: usize,
    /// Items of all batches, each once.
    #[serde(default)]
    pub total: usize,
    /// The batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<BatchAnswer>,
    /// Further batches that were proposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<ProposalAnswer>,
    /// Nominated items, each round by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nominations: Vec<NominationAnswer>,
    /// What each city calls an item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implementing: Vec<ImplementingAnswer>,
    /// Elements that cities give differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl ListsAnswer {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A batch and how far it is live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// Its id.
    pub id: String,
    /// Whose list it belongs to.
    pub list: ListKind,
    /// Its place in that list.
    pub seq: u16,
    /// The day by which its items are to be live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// Items that are live for some pair today.
    pub live: usize,
    /// Its items.
    pub total: usize,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A further batch that was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalAnswer {
    /// Its id for `agreement.adopt-batch`.
    pub proposal: String,
    /// The id of its batch.
    pub batch: String,
    /// The first day on which any of it is live.
    pub effective: Day,
    /// Its items.
    pub items: usize,
    /// What it would make live: ordered pairs of all items, before reservations.
    pub pairs: usize,
    /// Who adopted it.
    pub adopted: Vec<AdoptedAnswer>,
    /// Who has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<DivisionCode>,
    /// Whether every member did.
    pub in_force: bool,
    /// `open`, `adopted`, `refused`, `withdrawn` or `contradicted`.
    #[serde(default)]
    pub standing: String,
    /// Who proposed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<DivisionCode>,
    /// Who refused it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedAnswer>,
    /// The hash of the text, lower-case hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it makes live, reservations left out: ordered pairs of all items.
    #[serde(default)]
    pub live_pairs: usize,
}

/// A city that adopted a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptedAnswer {
    /// The city.
    pub city: DivisionCode,
    /// Its reservations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Except>,
}

/// A nominated item in one round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NominationAnswer {
    /// The item's base code.
    pub item: String,
    /// Its name.
    pub name: String,
    /// The round.
    pub round: u16,
    /// Who nominated it.
    pub by: DivisionCode,
    /// How often people ask for it in a year.
    pub cases_a_year: u32,
    /// What cities said in that round.
    pub stances: Vec<StanceAnswer>,
    /// Cities whose objection is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<DivisionCode>,
}

/// What a city said to a nominated item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StanceAnswer {
    /// The city.
    pub city: DivisionCode,
    /// Its stance.
    pub stance: StanceKind,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a city calls an item, and who does it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImplementingAnswer {
    /// The item's base code.
    pub item: String,
    /// The city.
    pub city: DivisionCode,
    /// The scheme of its code.
    pub scheme: String,
    /// Its code there.
    pub code: String,
    /// The department.
    pub dept: String,
    /// Its name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its legal basis there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}
