//! Compares what cities show of months, bills and rounds with what an expectation says.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{RoundAnswer, SettlementAnswer, SettlementLine, TransferRow};
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::parcel::CostKind;

use super::check::Asked;
use super::error::RunError;
use super::report::Owes;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::{BillExpect, RoundExpect};

impl Asked {
    /// A sum of each city's month by name; cities that are not named are not asked.
    pub(super) async fn sums<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        month: Month,
        value: &BTreeMap<DivisionCode, i64>,
        name: &'static str,
        sum: fn(&SettlementAnswer) -> i64,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let Some(expected) = value.get(&city) else {
                continue;
            };
            let found = sum(&engine!(runner, settlement, city, month)?);
            self.same(Some(city), name, expected, &found);
        }
        Ok(())
    }

    /// Each city shows the pairs of its own, so the table is cut to those before it is compared.
    pub(super) async fn owes<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        month: Month,
        value: &Owes,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let found = engine!(runner, settlement, city, month)?.owes;
            let expected = pairs_of(city, value);
            let found = pairs_of(city, &found);
            self.same(Some(city), "owes", &expected, &found);
        }
        Ok(())
    }

    /// The lines that cities count, by name; cities that are not named are not asked.
    pub(super) async fn lines<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        month: Month,
        value: &BTreeMap<DivisionCode, Vec<String>>,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let Some(expected) = value.get(&city) else {
                continue;
            };
            let told = engine!(runner, settlement, city, month)?;
            let lines = told.lines.iter();
            let found = in_order(lines.map(|line| line_text(&line.tracking, line.fen, line.kind)));
            self.same(Some(city), "lines", expected, &found);
        }
        Ok(())
    }

    /// The bill of the city named with another one.
    pub(super) async fn bill<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &BillExpect,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let node = Some(city);
            let agreement = runner.agreement_id(expected.agreement.as_deref());
            let agreement = agreement
                .as_deref()
                .filter(|_| expected.agreement.is_some());
            let (month, with) = (expected.month, expected.with);
            let Some(bill) = engine!(runner, bill, city, month, with, agreement)? else {
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
            if let Some(included) = &expected.included {
                let rows = bill.included.iter();
                let found = rows.map(|row| line_text(&row.tracking, row.fen, row.kind));
                self.same(node, "included", included, &in_order(found));
            }
            if let Some(carried) = &expected.carried {
                let rows = bill.carried.iter();
                let found = rows.map(|row| format!("{} {}", row.line.tracking, row.why));
                self.same(node, "carried", carried, &in_order(found));
            }
            if let Some(same_hash) = &expected.same_hash {
                let there = engine!(runner, bill, with, month, city, agreement)?;
                let there = there.is_some_and(|there| there.row.hash == bill.row.hash);
                self.same(node, "same_hash", same_hash, &there);
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
        let named = expected.agreement.as_deref();
        let agreement = runner.agreement_id(named);
        for city in self.cities_in(runner, named) {
            let round = engine!(runner, round, city, expected.month, agreement.as_deref())?;
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
        if let Some(netting) = &expected.netting {
            self.same(node, "netting", netting, &round.netting);
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

/// The obligations above zero in which a city takes part, flat.
fn pairs_of(city: DivisionCode, owes: &Owes) -> BTreeMap<(DivisionCode, DivisionCode), i64> {
    let mut pairs = BTreeMap::new();
    for (debtor, creditors) in owes {
        for (creditor, fen) in creditors {
            if *fen != 0 && (*debtor == city || *creditor == city) {
                pairs.insert((*debtor, *creditor), *fen);
            }
        }
    }
    pairs
}

/// Adds up the lines of a month that are of some kind; what came back from the carrier is subtracted.
pub(super) fn sum_of(told: &SettlementAnswer, of: impl Fn(&SettlementLine) -> bool) -> i64 {
    let lines = told.lines.iter().filter(|line| of(line));
    lines.fold(0, |sum: i64, line| match line.kind.comes_back() {
        true => sum.saturating_sub(line.fen),
        false => sum.saturating_add(line.fen),
    })
}

/// A line as expectations write it: number, fen, and its kind unless that is postage.
fn line_text(tracking: &str, fen: i64, kind: CostKind) -> String {
    match kind {
        CostKind::Postage => format!("{tracking} {fen}"),
        kind => format!("{tracking} {fen} {}", kind.name()),
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
