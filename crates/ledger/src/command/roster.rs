//! Arguments of `city.roster`: rows as people write them, each kind in a list of its own.

use serde::{Deserialize, Serialize};

use crate::city::roster::{
    Absence, GoLive, Letter, Liaison, Responsible, Row, Staff, Support, Window,
};

/// Rows of a city's roster. A row takes the place of the current one about the
/// same thing; what a file leaves out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roster {
    /// Windows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Officers by staff number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub officers: Vec<Staff>,
    /// Liaisons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub liaisons: Vec<Liaison>,
    /// Who is responsible for an item or a domain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responsible: Vec<Responsible>,
    /// The support team.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub support: Vec<Support>,
    /// A is absent, B acts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Checklists before a granted item goes live.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub go_live: Vec<GoLive>,
    /// Letters of delegation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<Letter>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

impl Roster {
    /// The rows, kind by kind.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        rows.extend(self.windows.iter().cloned().map(Row::Window));
        rows.extend(self.officers.iter().cloned().map(Row::Staff));
        rows.extend(self.liaisons.iter().cloned().map(Row::Liaison));
        rows.extend(self.responsible.iter().cloned().map(Row::Responsible));
        rows.extend(self.support.iter().cloned().map(Row::Support));
        rows.extend(self.absences.iter().cloned().map(Row::Absence));
        rows.extend(self.go_live.iter().cloned().map(Row::GoLive));
        rows.extend(self.letters.iter().cloned().map(Row::Letter));
        rows
    }

    /// Sorts rows into their lists.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut roster = Self::default();
        for row in rows {
            match row.clone() {
                Row::Window(row) => roster.windows.push(row),
                Row::Staff(row) => roster.officers.push(row),
                Row::Liaison(row) => roster.liaisons.push(row),
                Row::Responsible(row) => roster.responsible.push(row),
                Row::Support(row) => roster.support.push(row),
                Row::Absence(row) => roster.absences.push(row),
                Row::GoLive(row) => roster.go_live.push(row),
                Row::Letter(row) => roster.letters.push(row),
            }
        }
        roster
    }
}
