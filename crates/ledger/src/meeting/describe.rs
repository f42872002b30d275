//! What an act says, in plain words for a history: who answers for it and its particulars.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::Act;
use crate::case::Officer;

impl Act {
    /// The officer who answers for the act, where it names one.
    pub fn officer(&self) -> Option<&Officer> {
        match self {
            Act::Convene(convene) => Some(&convene.officer),
            Act::Sign(sign) => Some(&sign.officer),
            Act::Action(action) => Some(&action.officer),
            Act::Issue(issue) => Some(&issue.officer),
            Act::ActionDone(on) | Act::Resolved(on) => Some(&on.officer),
            Act::Edit(_) | Act::Attend(_) | Act::Retain(_) => None,
        }
    }

    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Convene(convene) => vec![
                ("number", convene.number.clone()),
                ("on", convene.on.to_string()),
                ("host", city(&convene.host)),
                ("body", convene.body.name().into()),
            ],
            Act::Attend(attend) => {
                let people: Vec<&str> = attend.people.iter().map(|one| one.0.as_str()).collect();
                vec![("people", people.join(","))]
            }
            Act::Sign(sign) => vec![("text", sign.text.to_string())],
            Act::Action(action) => vec![
                ("owner", city(&action.owner)),
                ("due", action.due.to_string()),
            ],
            Act::Issue(issue) => vec![("category", issue.category.name().into())],
            Act::Edit(_) | Act::ActionDone(_) | Act::Resolved(_) | Act::Retain(_) => Vec::new(),
        };
        let pairs = pairs.into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
