//! Draws what people do with resolutions: they put motions, vote, commit by hand and give rounds up.

use serde_json::json;
use tongban_ledger::answer::resolution::ResolutionsAnswer;
use tongban_ledger::command::Command;

use super::workload::{Workload, command};
use crate::world::{SimError, World};

impl Workload {
    /// Something in the round of votes that a city sees, or another motion.
    pub(super) fn resolution(
        &mut self,
        world: &mut World,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        let Ok(status) = world.look(place, |engine, ctx| engine.status(ctx))? else {
            // The disk does not give it out at the moment.
            return Ok(None);
        };
        let known = status.agreements.into_iter().next();
        let known: ResolutionsAnswer = known.map(|one| one.resolutions).unwrap_or_default();
        if known.motions.len() < 2 || self.level() == 1 {
            let hours = 2 + self.level();
            let motion = json!({"thresholds": {"view_hours": hours}, "basis": "JM-2026-04"});
            return Ok(command("resolution.propose", motion));
        }
        let Some(motion) = self.pick(&known.motions).map(|one| one.motion.clone()) else {
            return Ok(None);
        };
        let ballot = json!({ "motion": motion });
        Ok(match self.level() {
            1 => command("resolution.nullify", json!({})),
            2 => command("resolution.commit", ballot),
            _ => command("resolution.vote", ballot),
        })
    }
}
