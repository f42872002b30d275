//! Asks nodes about themselves: copies, restores, held entries, and forks with their proofs.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{ForkRow, StatusAnswer};
use tongban_sync::forks;

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::{Engine, Seat};
use crate::scenario::{ForkExpect, StatusExpect};

impl Asked {
    /// What each node says of itself. Copies are noticed in their own time, so the question is put again until
    /// the answer is right, as long as cities may take to come to rest.
    pub(super) async fn status<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &StatusExpect,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let seat = Seat {
                city,
                copy: expected.copy,
            };
            let mut looks = if runner.scenario.exact {
                0
            } else {
                runner.engine.patience()
            };
            loop {
                let found = said(expected, &engine!(runner, status, seat)?);
                if found == *expected || looks == 0 {
                    self.same(Some(city), "status", expected, &found);
                    break;
                }
                looks -= 1;
                engine!(runner, breathe)?;
            }
        }
        Ok(())
    }

    /// How many entries of revoked devices are held.
    pub(super) async fn held<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        count: u64,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let found = engine!(runner, keys, city)?.held.len() as u64;
            self.same(Some(city), "held", &count, &found);
        }
        Ok(())
    }

    /// One fork, which every other city that has the document shows alike, each with a proof that holds.
    pub(super) async fn fork<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &ForkExpect,
    ) -> Result<(), RunError<E::Error>> {
        let mut shown = BTreeSet::new();
        for city in self.cities(runner) {
            if city == expected.city && self.node.is_none() {
                continue;
            }
            if expected.case.is_some() && engine!(runner, case, city, &self.about)?.is_none() {
                continue;
            }
            let forks = engine!(runner, keys, city)?.forks;
            let about = |row: &&ForkRow| match expected.case {
                Some(_) => row.label == self.about,
                None => row.kind == "agreement",
            };
            let found: Vec<&ForkRow> = forks.iter().filter(about).collect();
            let [fork] = found.as_slice() else {
                self.differ(Some(city), "forks", 1, found.len());
                continue;
            };
            let mut statuses = fork.statuses.clone();
            statuses.sort();
            self.same(Some(city), "city", &expected.city, &fork.city);
            self.same(Some(city), "statuses", &expected.statuses, &statuses);
            self.proof(runner, city, fork).await?;
            shown.insert(fork.entries.clone());
        }
        if shown.len() != 1 {
            self.differ(None, "fork", "shown alike", format!("{shown:?}"));
        }
        Ok(())
    }

    /// A city's proof of a fork names its entries, and is about the root key that people compared.
    async fn proof<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        city: DivisionCode,
        fork: &ForkRow,
    ) -> Result<(), RunError<E::Error>> {
        let file = engine!(runner, fork_proof, city, &fork.document)?;
        let status = engine!(runner, status, city.into())?;
        let report = match forks::verify(&file) {
            Ok(report) => report,
            Err(error) => {
                self.differ(Some(city), "proof", "holds", error);
                return Ok(());
            }
        };
        let mut members = status.agreements.iter().flat_map(|one| &one.members);
        let root = members.find(|member| member.city.division == fork.city);
        let root = root.map(|member| member.city.fingerprint.clone());
        self.same(
            Some(city),
            "proof: city",
            &root,
            &Some(report.city.to_string()),
        );
        let proven = report.entries.map(|(entry, _)| entry.to_string()).to_vec();
        self.same(Some(city), "proof: entries", &fork.entries, &proven);
        Ok(())
    }
}

/// What a status says about what is expected, and about nothing else.
fn said(expected: &StatusExpect, status: &StatusAnswer) -> StatusExpect {
    let list = |asked: &Option<Vec<DivisionCode>>, found: &[DivisionCode]| {
        asked.as_ref().map(|_| {
            let mut found = found.to_vec();
            found.sort();
            found
        })
    };
    StatusExpect {
        copy: expected.copy,
        possible_restore: expected.possible_restore.map(|_| status.possible_restore),
        returning: list(&expected.returning, &status.returning),
        copied: list(&expected.copied, &status.copied),
        doubled: list(&expected.doubled, &status.doubled),
        forks: expected.forks.map(|_| status.forks),
        documents: expected.documents.as_ref().map(|_| {
            let kinds = status.documents.clone().into_iter();
            kinds.filter(|(_, count)| *count > 0).collect()
        }),
        idle: expected.idle.as_ref().map(|_| idle(status)),
        revoked: expected.revoked.map(|_| status.revoked),
    }
}

/// Idle places as an expectation names them.
fn idle(status: &StatusAnswer) -> Vec<String> {
    let named = |row: &tongban_ledger::answer::IdleRow| {
        let kind = match row.offline {
            true => "offline",
            false => row.kind.as_str(),
        };
        format!("{kind} {}", row.place).trim_end().to_owned()
    };
    let mut found: Vec<String> = status.idle.iter().map(named).collect();
    found.sort();
    found
}
