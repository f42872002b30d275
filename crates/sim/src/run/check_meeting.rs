//! Compares what cities show of decisions and of meetings with what an expectation says.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{MeetingAnswer, TermsAnswer};

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::{Engine, Seat};
use crate::scenario::{DecisionsExpect, MeetingExpect};

impl Asked {
    /// Proposals as each city asked shows them: the same texts, by hash, and how each stands.
    pub(super) async fn decisions<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &DecisionsExpect,
    ) -> Result<(), RunError<E::Error>> {
        let mut first: Option<BTreeMap<String, String>> = None;
        let named = expected.agreement.as_deref();
        let code = named.unwrap_or(&runner.scenario.terms.code).to_owned();
        for city in self.cities_in(runner, named) {
            let status = engine!(runner, status, Seat::from(city))?;
            let mut agreements = status.agreements.into_iter();
            let Some(agreement) = agreements.find(|one| one.code == code) else {
                self.differ(Some(city), "agreement", "one", "none");
                continue;
            };
            let told = engine!(runner, meetings, city)?;
            let texts = texts_of(&agreement.terms);
            let known = first.get_or_insert_with(|| texts.clone());
            if *known != texts {
                let (one, other) = (format!("{known:?}"), format!("{texts:?}"));
                self.differ(Some(city), "texts", one, other);
            }
            self.compare_decisions(city, expected, &agreement.terms);
            if let Some(agenda) = &expected.agenda {
                let rows = told.agenda.iter();
                let mut found: Vec<String> = rows.map(|row| row.kind.clone()).collect();
                found.sort();
                self.same(Some(city), "agenda", agenda, &found);
            }
        }
        Ok(())
    }

    fn compare_decisions(
        &mut self,
        city: DivisionCode,
        expected: &DecisionsExpect,
        terms: &TermsAnswer,
    ) {
        let node = Some(city);
        if let Some(live) = expected.live {
            self.same(node, "live", &live, &(terms.live.len() as u64));
        }
        let batches = terms.lists.proposals.iter();
        let standing: BTreeMap<&str, &str> = batches
            .map(|one| (one.batch.as_str(), one.standing.as_str()))
            .chain(
                terms
                    .decisions
                    .iter()
                    .map(|one| (one.code.as_str(), one.standing.as_str())),
            )
            .collect();
        for (code, expected) in &expected.standing {
            let found = standing.get(code.as_str()).copied().unwrap_or("unknown");
            self.same(
                node,
                &format!("standing.{code}"),
                &expected.as_str(),
                &found,
            );
        }
        let batches = terms.lists.proposals.iter();
        let signed: BTreeMap<&str, u64> = batches
            .map(|one| (one.batch.as_str(), one.adopted.len() as u64))
            .chain(
                terms
                    .decisions
                    .iter()
                    .map(|one| (one.code.as_str(), one.adopted.len() as u64)),
            )
            .collect();
        for (code, expected) in &expected.signatures {
            let found = signed.get(code.as_str()).copied().unwrap_or(0);
            self.same(node, &format!("signatures.{code}"), expected, &found);
        }
        if let Some(expected) = expected.reservations {
            let batches = terms.lists.proposals.iter();
            let adopted = batches.flat_map(|one| &one.adopted);
            let found = adopted.map(|one| one.except.len() as u64).sum::<u64>();
            self.same(node, "reservations", &expected, &found);
        }
    }

    /// A meeting as every city shows it.
    pub(super) async fn meeting<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &MeetingExpect,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities_in(runner, expected.agreement.as_deref()) {
            let about = self.about.clone();
            match engine!(runner, meeting, city, &about)? {
                Some(answer) => self.compare_meeting(city, expected, &answer),
                None => self.differ(Some(city), "meeting", "known", "unknown"),
            }
        }
        Ok(())
    }

    fn compare_meeting(
        &mut self,
        city: DivisionCode,
        expected: &MeetingExpect,
        answer: &MeetingAnswer,
    ) {
        let node = Some(city);
        let row = &answer.row;
        if let Some(adoption) = &expected.adoption {
            self.same(node, "adoption", adoption, &row.adoption);
        }
        let lists = [
            ("attending", &expected.attending, &row.attending),
            ("signed", &expected.signed, &row.signed),
            ("waits_for", &expected.waits_for, &row.waits_for),
        ];
        for (name, expected, found) in lists {
            if let Some(expected) = expected {
                self.same(node, name, expected, found);
            }
        }
        if let Some(items) = &expected.items {
            let kinds = answer.items.iter().map(|item| item.kind.clone());
            let mut found: Vec<String> = kinds.collect();
            found.sort();
            self.same(node, "items", items, &found);
        }
        let texts = [
            ("agenda", &expected.agenda_contain, &answer.agenda),
            ("minutes", &expected.minutes_contain, &answer.minutes),
        ];
        for (name, pieces, found) in texts {
            for piece in pieces {
                if !found.contains(piece.as_str()) {
                    self.differ(node, name, piece, found);
                }
            }
        }
        let overdue = answer.actions.iter();
        let overdue = overdue.filter(|one| one.clock.overdue && one.clock.done.is_none());
        let counts = [
            ("open_issues", expected.open_issues, row.open_issues),
            ("open_actions", expected.open_actions, row.open_actions),
            (
                "overdue_actions",
                expected.overdue_actions,
                overdue.count() as u64,
            ),
        ];
        for (name, expected, found) in counts {
            if let Some(expected) = expected {
                self.same(node, name, &expected, &found);
            }
        }
    }
}

/// The hash of each proposal's text, by its entry.
fn texts_of(terms: &TermsAnswer) -> BTreeMap<String, String> {
    let batches = terms.lists.proposals.iter();
    let batches = batches.map(|one| (one.proposal.clone(), one.text.clone()));
    let decisions = terms.decisions.iter();
    batches
        .chain(decisions.map(|one| (one.proposal.clone(), one.text.clone())))
        .collect()
}
