//! What an act says, in plain words for a history: who answers for it and its particulars.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::Act;
use crate::case::Officer;

impl Act {
    /// The officer who answers for the act, where it names one.
    pub fn officer(&self) -> Option<&Officer> {
        match self {
            Act::Ask(ask) => Some(&ask.officer),
            Act::Answer(answer) => Some(&answer.officer),
            Act::Video(video) => Some(&video.officer),
            Act::VideoSigned(signed) => Some(&signed.officer),
            Act::Escalate(_) | Act::Retain(_) => None,
        }
    }

    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Ask(ask) => vec![("to", city(&ask.to)), ("guide", ask.guide.to_string())],
            Act::Answer(answer) => vec![("result", answer.verdict.name().into())],
            Act::Escalate(escalate) => vec![("stage", escalate.stage.name().into())],
            Act::Video(video) => {
                let result = if video.complete { "passed" } else { "failed" };
                vec![
                    ("result", result.into()),
                    ("points", video.points.join(",")),
                ]
            }
            Act::VideoSigned(_) | Act::Retain(_) => Vec::new(),
        };
        let pairs = pairs.into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
