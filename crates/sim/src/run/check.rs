//! Asks cities what an expectation says and compares.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, EntryRow, SettlementAnswer};

use super::check_money::sum_of;
use super::error::RunError;
use super::report::{Checked, Mismatch};
use super::summary::{Roots, differences};
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::label::fill;
use crate::scenario::{CaseExpect, Expect, Query};

/// Asks one expectation.
pub(super) async fn check<E: Engine>(
    runner: &mut Runner<'_, E>,
    expect: &Expect,
) -> Result<Checked, RunError<E::Error>> {
    let (query, about) = named(&expect.query);
    let mut asked = Asked {
        about: about.clone(),
        node: expect.node,
        mismatches: Vec::new(),
    };
    // A label without meaning stays as it stands, and no city knows such a case.
    if let Ok(filled) = fill(&about, &runner.labels) {
        asked.about = filled;
    }
    match &expect.query {
        Query::Converged => asked.converged(runner).await?,
        Query::Case(expected) => asked.case(runner, expected).await?,
        Query::Cases { count } => asked.cases(runner, *count).await?,
        Query::Parcel(expected) => asked.parcel(runner, expected).await?,
        Query::Nets { month, value } => {
            let sum = |told: &SettlementAnswer| told.net;
            asked.sums(runner, *month, value, "net", sum).await?;
        }
        Query::Owes { month, value } => asked.owes(runner, *month, value).await?,
        Query::SelfPaid { month, value } => {
            let sum = |told: &SettlementAnswer| told.self_paid;
            asked.sums(runner, *month, value, "self_paid", sum).await?;
        }
        Query::Paid { month, value } => {
            let sum = |told: &SettlementAnswer| sum_of(told, |line| line.payer == told.city);
            asked.sums(runner, *month, value, "paid", sum).await?;
        }
        Query::Borne { month, value } => {
            let sum = |told: &SettlementAnswer| sum_of(told, |line| line.liable == Some(told.city));
            asked.sums(runner, *month, value, "borne", sum).await?;
        }
        Query::Lines { month, value } => asked.lines(runner, *month, value).await?,
        Query::Consult(expected) => asked.consult(runner, expected).await?,
        Query::Bill(expected) => asked.bill(runner, expected).await?,
        Query::Round(expected) => asked.round(runner, expected).await?,
        Query::Decisions(expected) => asked.decisions(runner, expected).await?,
        Query::Meeting(expected) => asked.meeting(runner, expected).await?,
        Query::Members(expected) => asked.members(runner, expected).await?,
        Query::Absent { .. } => asked.absent(runner).await?,
        Query::Sound => asked.sound(runner).await?,
        Query::Status(expected) => asked.status(runner, expected).await?,
        Query::Fork(expected) => asked.fork(runner, expected).await?,
        Query::Held { count } => asked.held(runner, *count).await?,
        Query::Refused { count } => asked.same(None, "refused", count, &runner.refused),
    }
    Ok(Checked {
        line: expect.line,
        at: runner.clock,
        query,
        about: asked.about,
        ok: asked.mismatches.is_empty(),
        mismatches: asked.mismatches,
    })
}

fn named(query: &Query) -> (&'static str, String) {
    match query {
        Query::Converged => ("converged", String::new()),
        Query::Case(expected) => ("case", expected.case.clone()),
        Query::Cases { .. } => ("cases", String::new()),
        Query::Parcel(expected) => ("parcel", expected.parcel.clone()),
        Query::Nets { month, .. } => ("settlement.net", month.to_string()),
        Query::Owes { month, .. } => ("settlement.owes", month.to_string()),
        Query::SelfPaid { month, .. } => ("settlement.self_paid", month.to_string()),
        Query::Paid { month, .. } => ("settlement.paid", month.to_string()),
        Query::Borne { month, .. } => ("settlement.borne", month.to_string()),
        Query::Lines { month, .. } => ("settlement.lines", month.to_string()),
        Query::Consult(expected) => ("consult", expected.consult.clone()),
        Query::Bill(expected) => ("bill", format!("{} {}", expected.month, expected.with)),
        Query::Round(expected) => ("round", expected.month.to_string()),
        Query::Decisions(_) => ("decisions", String::new()),
        Query::Meeting(expected) => ("meeting", expected.meeting.clone()),
        Query::Members(expected) => ("members", expected.agreement.clone()),
        Query::Absent { case } => ("absent", case.clone()),
        Query::Refused { .. } => ("refused", String::new()),
        Query::Sound => ("sound", String::new()),
        Query::Status(_) => ("status", String::new()),
        Query::Fork(expected) => ("fork", expected.case.clone().unwrap_or_default()),
        Query::Held { .. } => ("held", String::new()),
    }
}

pub(super) struct Asked {
    pub(super) about: String,
    pub(super) node: Option<DivisionCode>,
    pub(super) mismatches: Vec<Mismatch>,
}

impl Asked {
    /// The one city named, or every city; a city that does not answer is a mismatch.
    pub(super) fn cities<E: Engine>(&mut self, runner: &Runner<'_, E>) -> Vec<DivisionCode> {
        let asked = match self.node {
            Some(node) => vec![node],
            None => runner.cities.clone(),
        };
        let (there, away): (Vec<_>, Vec<_>) = asked
            .into_iter()
            .partition(|city| runner.engine.answers(*city));
        for city in away {
            self.differ(Some(city), "answer", "an answer", "none");
        }
        there
    }

    /// The one city named, or every city that is in an agreement from the start. Where the scenario has one agreement
    /// alone, every city is asked.
    pub(super) fn cities_in<E: Engine>(
        &mut self,
        runner: &Runner<'_, E>,
        agreement: Option<&str>,
    ) -> Vec<DivisionCode> {
        let scenario = runner.scenario;
        let cities = self.cities(runner);
        if self.node.is_some() || scenario.also.is_empty() {
            return cities;
        }
        let named = |code: &str| scenario.also.iter().find(|also| also.terms.code == code);
        let founds = |city: &DivisionCode| match agreement.and_then(named) {
            Some(also) => also.nodes.contains(city),
            None => !scenario.outside.contains(city),
        };
        cities.into_iter().filter(founds).collect()
    }

    pub(super) fn differ(
        &mut self,
        node: Option<DivisionCode>,
        what: &str,
        expected: impl ToString,
        found: impl ToString,
    ) {
        self.mismatches.push(Mismatch {
            node,
            what: what.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }

    pub(super) fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        node: Option<DivisionCode>,
        what: &str,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            self.differ(node, what, format!("{expected:?}"), format!("{found:?}"));
        }
    }

    async fn sound<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
    ) -> Result<(), RunError<E::Error>> {
        let broken = match &runner.clerks.broken {
            Some(broken) => Some(broken.clone()),
            None => {
                let looked = runner.engine.sound(runner.clerks).await;
                looked.map_err(|source| RunError::Engine {
                    at: runner.clock,
                    source,
                })?
            }
        };
        if let Some(broken) = broken {
            self.differ(None, broken.invariant, "holds", &broken.what);
            runner.clerks.broken = Some(broken);
        }
        Ok(())
    }

    async fn converged<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
    ) -> Result<(), RunError<E::Error>> {
        let mut roots = Roots::new();
        for city in self.cities(runner) {
            roots.insert(city, engine!(runner, roots, city)?);
        }
        self.mismatches.extend(differences(&roots));
        Ok(())
    }

    async fn case<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &CaseExpect,
    ) -> Result<(), RunError<E::Error>> {
        // A label without meaning stays as it stands, and no case names it.
        let named = expected.course.consult.as_ref();
        let named =
            named.map(|named| fill(named, &runner.labels).unwrap_or_else(|_| named.clone()));
        let mut answers = BTreeMap::new();
        for city in self.cities(runner) {
            if let Some(answer) = engine!(runner, case, city, &self.about)? {
                answers.insert(city, answer);
            }
        }
        let parties: Vec<DivisionCode> = match self.node {
            Some(node) => vec![node],
            None => answers
                .values()
                .flat_map(|answer| answer.audience.iter().copied())
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect(),
        };
        if parties.is_empty() {
            self.differ(None, "case", "known to its parties", "known to nobody");
        }
        for city in parties {
            match answers.get(&city) {
                Some(answer) => {
                    self.compare_case(city, expected, answer);
                    self.names_consult(city, named.as_deref(), answer);
                }
                None => self.differ(Some(city), "case", "known", "unknown"),
            }
        }
        Ok(())
    }

    fn compare_case(&mut self, city: DivisionCode, expected: &CaseExpect, answer: &CaseAnswer) {
        let node = Some(city);
        if let Some(stage) = &expected.stage {
            self.same(node, "stage", stage, &answer.row.stage);
        }
        if let Some(holder) = expected.holder {
            self.same(node, "holder", &vec![holder], &answer.row.holders);
        }
        if let Some(holders) = &expected.holders {
            let mut found = answer.row.holders.clone();
            found.sort();
            self.same(node, "holders", holders, &found);
        }
        for (act, statuses) in &expected.acts {
            let rows = answer.entries.iter().filter(|row| row.act == *act);
            let mut found: Vec<String> = rows.map(status_of).collect();
            found.sort();
            self.same(node, &format!("acts.{act}"), statuses, &found);
        }
        if let Some(submission) = expected.submission {
            self.same(
                node,
                "submission",
                &submission,
                &u64::from(answer.row.submission),
            );
        }
        if let Some(audience) = &expected.audience {
            let mut found = answer.audience.clone();
            found.sort();
            self.same(node, "audience", audience, &found);
        }
        for (field, value) in &expected.fields {
            let found = answer.file.fields.get(field);
            self.same(node, &format!("file.fields.{field}"), &Some(value), &found);
        }
        for (item, tick) in &expected.checklist {
            let found = answer.file.checklist.get(item);
            self.same(node, &format!("file.checklist.{item}"), &Some(tick), &found);
        }
        for field in &expected.conflicts {
            let values = answer.file.conflicts.get(field).map_or(0, Vec::len);
            if values < 2 {
                let what = format!("file.conflicts.{field}");
                self.differ(node, &what, "two values or more", values);
            }
        }
        self.compare_course(city, &expected.course, answer);
        for text in &expected.notes_contain {
            if !answer.file.notes.contains(text.as_str()) {
                self.differ(node, "notes", text, &answer.file.notes);
            }
        }
    }

    async fn cases<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        count: u64,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let found = engine!(runner, cases, city)?.len() as u64;
            self.same(Some(city), "cases", &count, &found);
        }
        Ok(())
    }

    async fn absent<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
    ) -> Result<(), RunError<E::Error>> {
        let mut known = BTreeMap::new();
        for city in runner.cities.clone() {
            if !runner.engine.answers(city) {
                continue;
            }
            let answer = engine!(runner, case, city, &self.about)?;
            known.insert(city, answer.map(|answer| answer.audience));
        }
        let parties: Vec<DivisionCode> = known.values().flatten().flatten().copied().collect();
        let strangers: Vec<DivisionCode> = self
            .cities(runner)
            .into_iter()
            .filter(|city| self.node.is_some() || !parties.contains(city))
            .collect();
        if parties.is_empty() {
            self.differ(None, "case", "known to its parties", "known to nobody");
        }
        for city in strangers {
            if known.get(&city).is_some_and(Option::is_some) {
                self.differ(Some(city), "case", "unknown", "known");
            }
        }
        Ok(())
    }
}

/// The status of an entry, with the code of a denied one.
fn status_of(row: &EntryRow) -> String {
    match row.code {
        Some(code) => format!("{} {code}", row.status),
        None => row.status.clone(),
    }
}
