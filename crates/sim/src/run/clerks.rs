//! What clerks did and heard: which commands were carried out, refused, or never answered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{Done, Refusal};
use tongban_ledger::command::Command;

use crate::scenario::Step;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{invariant}: {what}")]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What was seen, and where.
    pub what: String,
}

impl Violation {
    /// Says what was seen that breaks an invariant.
    pub fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self {
            invariant,
            what: what.into(),
        }
    }
}

/// A command that was carried out.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub at: DivisionCode,
    pub key: String,
    pub command: Command,
    pub done: Done,
}

/// A step whose command has no answer yet; its clerk gives it again under the same key.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub step: Step,
    pub key: String,
    pub command: Command,
}

/// The clerks of all cities. Cities are counted in the order of the scenario.
#[derive(Debug, Default)]
pub struct Clerks {
    /// Commands that were carried out, by name.
    pub acts: BTreeMap<String, u64>,
    /// Commands that were refused.
    pub refused: u64,
    /// Entries that a city acknowledged to a clerk: city, entry.
    pub acknowledged: BTreeSet<(usize, String)>,
    /// Cases by number, and who is to have them: opened at, owner.
    pub cases: BTreeMap<String, (usize, usize)>,
    /// What was seen to be broken while clerks worked.
    pub broken: Option<Violation>,
    pub(crate) cities: Vec<DivisionCode>,
    pub(crate) given: Vec<Given>,
    pub(crate) unanswered: Vec<Unanswered>,
    pub(crate) labels: BTreeMap<String, String>,
}

impl Clerks {
    pub(crate) fn of(cities: &[DivisionCode]) -> Self {
        Self {
            cities: cities.to_vec(),
            ..Self::default()
        }
    }

    fn place(&self, city: DivisionCode) -> Option<usize> {
        self.cities.iter().position(|known| *known == city)
    }

    /// Takes note of an answer.
    pub(crate) fn hear(
        &mut self,
        at: DivisionCode,
        key: &str,
        command: &Command,
        answer: &Result<Done, Refusal>,
    ) {
        let done = match answer {
            Ok(done) => done,
            Err(_) => {
                self.refused += 1;
                return;
            }
        };
        *self.acts.entry(name_of(command)).or_default() += 1;
        if let Some(place) = self.place(at) {
            let entries = done.entries.iter();
            self.acknowledged
                .extend(entries.map(|entry| (place, entry.clone())));
            if let (Command::CaseReceive(receive), Some(number)) = (command, &done.number) {
                let owner = self.place(receive.owner).unwrap_or(place);
                self.cases.insert(number.clone(), (place, owner));
            }
        }
        self.given.push(Given {
            at,
            key: key.to_owned(),
            command: command.clone(),
            done: done.clone(),
        });
    }
}

/// The name of a command, as `case.push`.
pub(crate) fn name_of(command: &Command) -> String {
    serde_json::to_value(command)
        .ok()
        .and_then(|value| value.get("do")?.as_str().map(str::to_owned))
        .unwrap_or_default()
}
