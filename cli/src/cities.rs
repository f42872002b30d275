//! Names for division codes, as the agreements give them.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::StatusAnswer;

/// The cities that the node knows by name.
#[derive(Debug, Default)]
pub struct Cities(BTreeMap<DivisionCode, String>);

impl Cities {
    /// Takes the names from a node's status.
    pub fn of(status: &StatusAnswer) -> Cities {
        let members = status
            .agreements
            .iter()
            .flat_map(|agreement| &agreement.members)
            .map(|member| &member.city);
        let names = members
            .chain([&status.city])
            .map(|city| (city.division, city.name.clone()));
        Cities(names.collect())
    }

    /// Writes name and code, as `衢州市 330800`; the code alone where no name is known.
    pub fn show(&self, division: DivisionCode) -> String {
        match self.0.get(&division) {
            Some(name) => format!("{name} {division}"),
            None => division.to_string(),
        }
    }

    /// Writes the name; the code where no name is known.
    pub fn name(&self, division: DivisionCode) -> String {
        self.0
            .get(&division)
            .cloned()
            .unwrap_or_else(|| division.to_string())
    }

    /// Writes several cities.
    pub fn list(&self, divisions: &[DivisionCode]) -> String {
        let shown: Vec<String> = divisions.iter().map(|city| self.show(*city)).collect();
        shown.join(", ")
    }
}
