//! Lists of items in batches (清单, R-001 to R-005): rows, what each city calls an item, a further batch that all
//! members adopt, and the rounds in which a list is made.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use super::{Activation, Guide, Item, Mode, TEXT_BYTES_MAX};
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;

/// The most batches of an agreement's terms.
pub const BATCHES_MAX: usize = 64;
/// The most rows of a batch.
pub const ROWS_MAX: usize = 512;
/// The most departments of a row or a step.
pub const DEPTS_MAX: usize = 16;
/// The most reservations of one adoption.
pub const EXCEPT_MAX: usize = 512;

/// What is refused of a list: the code, and the part that it is about, as `batches B1 I-04 lead-dept`.
pub(super) type ListFault = (Code, String);

/// Whose list a batch belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum ListKind {
    /// The national list (国务院规定的事项).
    #[n(1)]
    National,
    /// The cities' own list.
    #[default]
    #[n(2)]
    Regional,
}

impl ListKind {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            ListKind::National => "national",
            ListKind::Regional => "regional",
        }
    }
}

/// A batch of a list, with the day by which its items are to be live.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Its id, as `2026-1`.
    #[n(0)]
    pub id: String,
    /// Whose list it belongs to.
    #[n(1)]
    #[serde(default)]
    pub list: ListKind,
    /// Its place in that list, counted from 1.
    #[n(2)]
    pub seq: u16,
    /// The day by which its items are to be live, where a row says nothing else.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// Its rows.
    #[n(4)]
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The item's name (事项名称).
    #[n(1)]
    #[serde(default)]
    pub name: String,
    /// When people need it (应用场景).
    #[n(2)]
    #[serde(default)]
    pub application_scenario: String,
    /// The department that leads (牵头单位).
    #[n(3)]
    #[serde(default)]
    pub lead_dept: String,
    /// Departments that help (配合单位).
    #[n(4)]
    #[serde(default)]
    pub supporting_depts: Vec<String>,
    /// When it is to be live (实现时间), where not with its batch.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Day>,
    /// How it is handled (实现方式).
    #[n(6)]
    #[serde(default)]
    pub modes: Vec<Mode>,
}

impl Batch {
    /// Every row has the five elements, and no item stands twice.
    pub(super) fn check(&self) -> Result<(), ListFault> {
        let refused = |code, about: &str| Err((code, format!("batches {} {about}", self.id)));
        if !short(&self.id) || self.seq == 0 || self.rows.is_empty() {
            return refused(Code::Argument, "");
        }
        if self.rows.len() > ROWS_MAX {
            return refused(Code::TooLarge, "");
        }
        let mut seen = BTreeSet::new();
        for row in &self.rows {
            if let Some(field) = self.lacks(row) {
                return refused(Code::Argument, &format!("{} {field}", row.item));
            }
            if !seen.insert(&row.item) {
                return refused(Code::Duplicate, &row.item);
            }
            let names = [&row.name, &row.application_scenario, &row.lead_dept];
            let mut texts = names.into_iter().chain(&row.supporting_depts);
            if row.supporting_depts.len() > DEPTS_MAX || !texts.all(|text| short(text)) {
                return refused(Code::TooLarge, &row.item);
            }
        }
        Ok(())
    }

    /// The first of the five elements that a row lacks.
    fn lacks(&self, row: &Row) -> Option<&'static str> {
        let empty = |text: &str| text.trim().is_empty();
        [
            ("item", empty(&row.item)),
            ("name", empty(&row.name)),
            ("application-scenario", empty(&row.application_scenario)),
            ("lead-dept", empty(&row.lead_dept)),
            ("due-date", self.due.is_none() && row.due_date.is_none()),
            ("modes", row.modes.is_empty()),
        ]
        .into_iter()
        .find_map(|(field, lacks)| lacks.then_some(field))
    }
}

/// What a city calls an item, and who does it there (实施清单, R-002).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Implementing {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city.
    #[n(1)]
    pub city: CityId,
    /// The scheme of its code: provinces code differently.
    #[n(2)]
    pub scheme: String,
    /// Its code there, as it stands in that scheme.
    #[n(3)]
    pub code: String,
    /// The department.
    #[n(4)]
    pub dept: String,
    /// Its name there, where the record gives one.
    #[n(5)]
    pub name: Option<String>,
    /// Its legal basis there.
    #[n(6)]
    pub basis: Option<String>,
}

/// An element of an item that cities give differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The item's base code.
    pub item: String,
    /// `name` or `legal-basis`.
    pub field: String,
    /// The values, each once.
    pub values: Vec<String>,
}

/// What cities call one item differently; the catalogue's name counts as one of the values.
pub fn differences(items: &[Item], records: &[Implementing]) -> Vec<Difference> {
    let mut found = Vec::new();
    for item in items {
        let of = || records.iter().filter(|record| record.item == item.code);
        let names = of().filter_map(|record| record.name.as_ref());
        let names: BTreeSet<&String> = names.collect();
        let bases: BTreeSet<&String> = of().filter_map(|record| record.basis.as_ref()).collect();
        let mut names = names;
        if !names.is_empty() {
            names.insert(&item.name);
        }
        for (field, values) in [("name", names), ("legal-basis", bases)] {
            if values.len() > 1 {
                found.push(Difference {
                    item: item.code.clone(),
                    field: field.to_owned(),
                    values: values.into_iter().cloned().collect(),
                });
            }
        }
    }
    found
}

/// A further batch, proposed to all members: in force from its day on, once every member adopted it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Supplement {
    /// The batch.
    #[n(0)]
    pub batch: Batch,
    /// Items that it adds to the catalogue.
    #[n(1)]
    pub items: Vec<Item>,
    /// Guides of these items.
    #[n(2)]
    pub guides: Vec<Guide>,
    /// What becomes live.
    #[n(3)]
    pub activations: Vec<Activation>,
    /// The first day on which any of it is live.
    #[n(4)]
    pub effective: Day,
}

/// Adopts a proposed batch, for one's own city; its id is the hash of what is adopted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AdoptBatch {
    /// The proposal.
    #[n(0)]
    pub proposal: EntryId,
    /// Items with which the city does not go along in a role (保留意见).
    #[n(1)]
    pub except: Vec<Except>,
}

/// A reservation: the rest of the batch holds without it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// In which role.
    #[n(1)]
    pub role: Role,
}

/// In which role a city takes part in an item.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It holds the power.
    #[n(1)]
    Owner,
    /// Its window receives.
    #[n(2)]
    Receiver,
    /// Both.
    #[n(3)]
    Both,
}

impl Except {
    /// Says whether a city's reservation keeps an activation out.
    pub fn keeps_out(&self, city: &CityId, live: &Activation) -> bool {
        let owner = self.role != Role::Receiver && live.owner == *city;
        let receiver = self.role != Role::Owner && live.receiver == *city;
        self.item == live.item && (owner || receiver)
    }
}

/// Proposes an item for a list, for one more round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Nominate {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// The round, counted from 1.
    #[n(2)]
    pub round: u16,
    /// How often people ask for it in a year, as the proposer counted.
    #[n(3)]
    pub cases_a_year: u32,
}

/// What a city says to a nominated item in a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stance {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The round.
    #[n(1)]
    pub round: u16,
    /// The stance.
    #[n(2)]
    pub stance: StanceKind,
    /// Why, where it is no plain agreement; without personal data, for all members to read.
    #[n(3)]
    pub reason: String,
}

/// For or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum StanceKind {
    /// 同意.
    #[n(1)]
    Agree,
    /// 保留.
    #[n(2)]
    Reserve,
    /// 反对: no batch with the item is adopted before the city says otherwise in a later round.
    #[n(3)]
    Object,
}

impl StanceKind {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            StanceKind::Agree => "agree",
            StanceKind::Reserve => "reserve",
            StanceKind::Object => "object",
        }
    }
}

/// Whether a text is there and short.
pub(super) fn short(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX
}
