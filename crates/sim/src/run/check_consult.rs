//! Compares what cities show of a consult with what an expectation says.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::ConsultRow;
use tongban_ledger::calendar::WallTime;
use tongban_ledger::consult::{Stage, Verdict};

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::ConsultExpect;

impl Asked {
    /// The consult as each of its two cities shows it; no other city knows it.
    pub(super) async fn consult<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &ConsultExpect,
    ) -> Result<(), RunError<E::Error>> {
        let mut rows: BTreeMap<DivisionCode, ConsultRow> = BTreeMap::new();
        for city in self.cities(runner) {
            let consults = engine!(runner, consults, city)?;
            let found = consults
                .into_iter()
                .find(|row| row.document.starts_with(&self.about));
            rows.extend(found.map(|row| (city, row)));
        }
        let parties: Vec<DivisionCode> = match (self.node, rows.values().next()) {
            (Some(node), _) => vec![node],
            (None, Some(row)) => vec![row.from, row.to],
            (None, None) => Vec::new(),
        };
        if parties.is_empty() {
            self.differ(None, "consult", "known to its cities", "known to nobody");
        }
        for city in rows.keys().filter(|city| !parties.contains(city)) {
            self.differ(Some(*city), "consult", "unknown", "known");
        }
        for city in parties {
            match rows.get(&city) {
                Some(row) => self.compare_consult(city, expected, row),
                None => self.differ(Some(city), "consult", "known", "unknown"),
            }
        }
        Ok(())
    }

    fn compare_consult(&mut self, city: DivisionCode, expected: &ConsultExpect, row: &ConsultRow) {
        let node = Some(city);
        if let Some(verdict) = &expected.verdict {
            let found = row.verdict.map_or("none", Verdict::name);
            self.same(node, "verdict", &verdict.as_str(), &found);
        }
        if let Some(escalated) = &expected.escalated {
            let found = row.escalated.map_or("none", Stage::name);
            self.same(node, "escalated", &escalated.as_str(), &found);
        }
        if let Some(minutes) = expected.minutes {
            let found = row.minutes.and_then(|minutes| u64::try_from(minutes).ok());
            self.same(node, "minutes", &Some(minutes), &found);
        }
        if let Some(waits) = &expected.waits_for {
            let mut found = row.waits_for.clone();
            found.sort();
            self.same(node, "waits_for", waits, &found);
        }
        if let Some(due) = &expected.due {
            let found = row.clock.moment.map(WallTime::from_unix);
            let found = found.map(|time| time.to_string());
            self.same(node, "due", &Some(due.clone()), &found);
        }
        let flags = [
            ("overdue", expected.overdue, row.clock.overdue),
            ("reviewed", expected.reviewed, row.reviewed),
        ];
        for (name, expected, found) in flags {
            if let Some(expected) = expected {
                self.same(node, name, &expected, &found);
            }
        }
    }
}
