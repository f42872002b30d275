//! Compares what cities show of a parcel with what an expectation says.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::ParcelRow;

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::ParcelExpect;

impl Asked {
    /// The parcel as each of its cities shows it.
    pub(super) async fn parcel<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &ParcelExpect,
    ) -> Result<(), RunError<E::Error>> {
        let mut rows: BTreeMap<DivisionCode, ParcelRow> = BTreeMap::new();
        for city in self.cities(runner) {
            let parcels = engine!(runner, parcels, city)?;
            let found = parcels.into_iter().find(|row| row.tracking == self.about);
            rows.extend(found.map(|row| (city, row)));
        }
        let mut parties: Vec<DivisionCode> = match (self.node, rows.values().next()) {
            (Some(node), _) => vec![node],
            (None, Some(row)) => {
                let others = row.to.into_iter().chain(row.approver);
                std::iter::once(row.from).chain(others).collect()
            }
            (None, None) => Vec::new(),
        };
        parties.sort();
        parties.dedup();
        if parties.is_empty() {
            self.differ(None, "parcel", "known to its cities", "known to nobody");
        }
        for city in parties {
            match rows.get(&city) {
                Some(row) => self.compare_parcel(city, expected, row),
                None => self.differ(Some(city), "parcel", "known", "unknown"),
            }
        }
        Ok(())
    }

    fn compare_parcel(&mut self, city: DivisionCode, expected: &ParcelExpect, row: &ParcelRow) {
        let node = Some(city);
        if let Some(stage) = &expected.stage {
            self.same(node, "stage", &stage.as_str(), &row.stage.as_str());
        }
        if let Some(place) = &expected.place {
            self.same(node, "place", &place.as_str(), &row.place.as_str());
        }
        if let Some(counted) = &expected.counted {
            self.same(node, "counted", counted, &counted_fen(row));
        }
        let outcomes = row.objections.iter().map(|row| row.outcome.clone());
        if let Some(disputed) = &expected.disputed {
            let open = outcomes.clone().filter(Option::is_none).count() as u64;
            self.same(node, "disputed", disputed, &open);
        }
        if let Some(wanted) = &expected.outcomes {
            let found: Vec<String> = outcomes.flatten().collect();
            self.same(node, "outcomes", wanted, &found);
        }
        if let Some(exception) = &expected.exception {
            let found = row.exception.as_deref().unwrap_or("none");
            self.same(node, "exception", &exception.as_str(), &found);
        }
        if let Some(alarms) = &expected.alarms {
            self.same(node, "alarms", alarms, &row.alarms);
        }
    }
}

/// What the lines that count come to for those who bear them; a reversal and what came back are subtracted.
pub(super) fn counted_fen(row: &ParcelRow) -> i64 {
    let lines = row.lines.iter().filter(|line| line.counts);
    lines.fold(0, |sum: i64, line| {
        let minus = line.kind.comes_back() != line.reversal;
        let fen = if minus {
            line.fen.saturating_neg()
        } else {
            line.fen
        };
        sum.saturating_add(fen)
    })
}
