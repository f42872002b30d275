//! What an act says, in plain words for a history.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::Act;

impl Act {
    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Open(open) => vec![("to", city(&open.with)), ("month", open.month.to_string())],
            Act::Draft(draft) => vec![
                ("number", draft.number.to_string()),
                ("lines", draft.lines.len().to_string()),
            ],
            Act::Sign(sign) => vec![("hash", sign.hash.to_string())],
            Act::Retract(retract) => vec![("hash", retract.hash.to_string())],
            Act::Retain(_) => Vec::new(),
        };
        let pairs = pairs.into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
