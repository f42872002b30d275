//! Compares the members and resolutions that cities show with what an expectation says.

use tongban_identity::DivisionCode;

use super::check::Asked;
use super::error::RunError;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::MembersExpect;

impl Asked {
    /// An agreement, as each city asked shows it; a city that must not hold it does not.
    pub(super) async fn members<E: Engine>(
        &mut self,
        runner: &mut Runner<'_, E>,
        expected: &MembersExpect,
    ) -> Result<(), RunError<E::Error>> {
        for city in self.cities(runner) {
            let status = engine!(runner, status, city.into())?;
            let mut held = status.agreements.iter();
            let held = held.find(|one| one.code == expected.agreement);
            let members = held.map(|one| one.members.iter());
            let members = members.into_iter().flatten();
            let mut members: Vec<DivisionCode> =
                members.map(|member| member.city.division).collect();
            members.sort();
            self.same(Some(city), "members", &expected.value, &members);
            let resolutions = held.map(|one| &one.resolutions);
            if let Some(count) = expected.certificates {
                let found = resolutions.map_or(0, |one| one.certificates.len() as u64);
                self.same(Some(city), "certificates", &count, &found);
            }
            if let Some(count) = expected.doubled {
                let found = resolutions.map_or(0, |one| one.doubled.len() as u64);
                self.same(Some(city), "doubled", &count, &found);
            }
            if let Some(round) = expected.round {
                let found = resolutions.map_or(0, |one| u64::from(one.round));
                self.same(Some(city), "round", &round, &found);
            }
        }
        Ok(())
    }
}
