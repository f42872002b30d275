//! Compares what cities show of bills and rounds with what an expectation says.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{RoundAnswer, TransferRow};
use tongban_ledger::calendar::Day;

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::{BillExpect, RoundExpect};

impl Asked {
    /// The bill of the city named with another one.
    pub(super) async fn bill<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &BillExpect,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let node = Some(city);
            let Some(bill) = engine!(runner, bill, city, expected.month, expected.with)? else {
                self.differ(node, "bill", "known", "unknown");
                continue;
            };
            if let Some(stage) = &expected.stage {
                self.same(node, "stage", stage, &bill.row.stage);
            }
            let sums = [
                ("lines", expected.lines, i64::from(bill.row.lines)),
                ("owed", expected.owed, bill.row.owed),
                ("due", expected.due, bill.row.due),
            ];
            for (name, expected, found) in sums {
                if let Some(expected) = expected {
                    self.same(node, name, &Some(expected), &u64::try_from(found).ok());
                }
            }
            if let Some(carried) = &expected.carried {
                let rows = bill.carried.iter();
                let found = rows.map(|row| format!("{} {}", row.line.tracking, row.why));
                self.same(node, "carried", carried, &in_order(found));
            }
            if let Some(differences) = &expected.differences {
                let rows = bill.differences.iter();
                let found = rows.map(|row| format!("{} {}", row.tracking, row.why));
                self.same(node, "differences", differences, &in_order(found));
            }
            if let Some(round) = &expected.round {
                let found = bill.row.round.map(|month| month.to_string());
                self.same(node, "round", round, &found.unwrap_or_default());
            }
        }
        Ok(())
    }

    /// The round as each city shows it; all of them show one hash and one list of transfers.
    pub(super) async fn round<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &RoundExpect,
    ) -> Result<(), RunError<E::Error>> {
        let mut first: Option<(DivisionCode, RoundAnswer)> = None;
        for city in self.cities(runner) {
            let round = engine!(runner, round, city, expected.month)?;
            self.compare_round(city, expected, &round);
            match &first {
                None => first = Some((city, round)),
                Some((other, known)) => {
                    let what = format!("hash as at {other}");
                    self.same(Some(city), &what, &known.row.hash, &round.row.hash);
                    let what = format!("transfers as at {other}");
                    self.same(Some(city), &what, &known.transfers, &round.transfers);
                }
            }
        }
        Ok(())
    }

    fn compare_round(&mut self, city: DivisionCode, expected: &RoundExpect, round: &RoundAnswer) {
        let node = Some(city);
        let row = &round.row;
        if let Some(stage) = &expected.stage {
            self.same(node, "stage", stage, &row.stage);
        }
        if let Some(number) = expected.number {
            self.same(node, "number", &number, &u64::from(row.number));
        }
        if let Some(overdue) = &expected.overdue {
            self.same(node, "overdue", overdue, &row.overdue);
        }
        if let Some(gross) = expected.gross {
            self.same(
                node,
                "gross",
                &Some(gross),
                &u64::try_from(round.gross).ok(),
            );
        }
        let doubles: Vec<DivisionCode> = round.doubles.iter().map(|double| double.city).collect();
        for (name, expected, found) in [
            ("signed", &expected.signed, &row.signed),
            ("waits_for", &expected.waits_for, &row.waits_for),
            ("silent", &expected.silent, &round.silent),
            ("doubles", &expected.doubles, &doubles),
        ] {
            if let Some(expected) = expected {
                self.same(node, name, expected, found);
            }
        }
        if let Some(nets) = &expected.nets {
            self.same(node, "nets", nets, &round.nets);
        }
        if let Some(owes) = &expected.owes {
            self.same(node, "owes", owes, &round.owes);
        }
        for (name, expected, found) in [
            ("transfers", &expected.transfers, &round.transfers),
            ("other_way", &expected.other_way, &round.other_way),
        ] {
            if let Some(expected) = expected {
                self.same(node, name, expected, &in_order(found.iter().map(transfer)));
            }
        }
        if let Some(carried) = &expected.carried {
            let rows = round.carried.iter().map(|row| {
                let bill = &row.bill;
                format!("{} {} {} {}", bill.one, bill.other, bill.month, row.why)
            });
            self.same(node, "carried", carried, &in_order(rows));
        }
        if let Some(due) = &expected.due {
            let steps: BTreeMap<&str, Option<Day>> = BTreeMap::from([
                ("draft", row.steps.draft),
                ("objections", row.steps.objections),
                ("signatures", row.steps.signatures),
                ("payments", row.steps.payments),
            ]);
            let found = steps.into_iter().filter_map(|(name, day)| {
                let day = day?;
                Some(format!("{name} {day}"))
            });
            self.same(node, "due", due, &in_order(found));
        }
    }
}

fn transfer(row: &TransferRow) -> String {
    format!("{} {} {}", row.from, row.to, row.fen)
}

fn in_order(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}
