//! Compares the clocks, steps and marks of a case with what an expectation says.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow, Deadline};

use super::check::Asked;
use crate::scenario::CourseExpect;

impl Asked {
    pub(super) fn compare_course(
        &mut self,
        city: DivisionCode,
        expected: &CourseExpect,
        answer: &CaseAnswer,
    ) {
        self.compare_clocks(city, expected, &answer.clocks);
        self.compare_marks(city, expected, &answer.row);
        let node = Some(city);
        for (step, state) in &expected.steps {
            let found = answer.steps.iter().find(|row| row.step == *step);
            let found = found.map(|row| &row.state);
            self.same(node, &format!("steps.{step}"), &Some(state), &found);
        }
        for (visit, level) in &expected.ratings {
            let key = visit.parse().ok();
            let found = key.and_then(|key: u16| answer.ratings.get(&key));
            let found = found.map(|level| u64::from(*level));
            self.same(node, &format!("ratings.{visit}"), &Some(*level), &found);
        }
        if let Some(causes) = &expected.return_cause {
            let found = answer.return_cause.iter().map(|row| row.cause.clone());
            let found: BTreeSet<String> = found.collect();
            let found: Vec<String> = found.into_iter().collect();
            self.same(node, "return_cause", causes, &found);
        }
        if let Some(away) = &expected.originals_out {
            let found: Vec<String> = answer.originals_out.keys().cloned().collect();
            self.same(node, "originals_out", away, &found);
        }
    }

    /// The consult that a case names, in full or in part, by its document id.
    pub(super) fn names_consult(
        &mut self,
        city: DivisionCode,
        named: Option<&str>,
        answer: &CaseAnswer,
    ) {
        let Some(named) = named else {
            return;
        };
        let consults = answer.consults.iter();
        let found: Vec<&str> = consults.filter_map(|row| row.consult.as_deref()).collect();
        if !found.iter().any(|found| found.starts_with(named)) {
            self.differ(Some(city), "consult", named, format!("{found:?}"));
        }
    }

    fn compare_clocks(&mut self, city: DivisionCode, expected: &CourseExpect, clocks: &[Deadline]) {
        let node = Some(city);
        for (name, due) in &expected.due {
            let running = clocks.iter().filter(|clock| clock.done.is_none());
            let found: Vec<String> = running
                .filter(|clock| is(clock, name))
                .map(due_of)
                .collect();
            self.same(node, &format!("due.{name}"), &vec![due.clone()], &found);
        }
        for (name, used) in &expected.used {
            let stopped = clocks.iter().filter(|clock| is(clock, name));
            let mut stopped: Vec<&Deadline> =
                stopped.filter(|clock| clock.used.is_some()).collect();
            stopped.sort_by_key(|clock| clock.start);
            let found = stopped.iter().filter_map(|clock| clock.used.map(u64::from));
            let found: Vec<u64> = found.collect();
            self.same(node, &format!("used.{name}"), used, &found);
        }
        if let Some(overdue) = &expected.overdue {
            let past = clocks.iter().filter(|clock| clock.overdue);
            let found: BTreeSet<String> = past.map(|clock| clock.clock.clone()).collect();
            let found: Vec<String> = found.into_iter().collect();
            self.same(node, "overdue", overdue, &found);
        }
    }

    fn compare_marks(&mut self, city: DivisionCode, expected: &CourseExpect, row: &CaseRow) {
        let node = Some(city);
        let numbers = [
            (
                "stale_guide",
                expected.stale_guide,
                row.stale_guide.unwrap_or(0),
            ),
            ("trips", expected.trips, row.trips),
            ("returns", expected.returns, row.returns),
        ];
        for (name, expected, found) in numbers {
            if let Some(expected) = expected {
                self.same(node, name, &expected, &u64::from(found));
            }
        }
        if let Some(accepted) = &expected.accepted {
            let found = row.accepted.map(|day| day.to_string());
            self.same(node, "accepted", &Some(accepted.clone()), &found);
        }
        if let Some(deemed) = &expected.deemed {
            let found = match (row.deemed, row.contested) {
                (_, true) => "contested",
                (None, _) => "no",
                (Some(false), _) => "pending",
                (Some(true), _) => "yes",
            };
            self.same(node, "deemed", &deemed.as_str(), &found);
        }
        if let Some(assigned) = &expected.assigned {
            let found = row.assigned.clone().unwrap_or_default();
            self.same(node, "assigned", assigned, &found);
        }
        if let Some(withdrawing) = expected.withdrawing {
            self.same(node, "withdrawing", &withdrawing, &row.withdrawing);
        }
    }
}

/// A clock by its name, or by name and step as `joint_step.S2`.
fn is(clock: &Deadline, name: &str) -> bool {
    match name.split_once('.') {
        Some((name, step)) => clock.clock == name && clock.step == step,
        None => clock.clock == name,
    }
}

fn due_of(clock: &Deadline) -> String {
    clock
        .due
        .map_or_else(|| "paused".to_owned(), |day| day.to_string())
}
