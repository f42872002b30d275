//! Draws what people do with resolutions: they put motions, vote, commit by hand and give rounds up.

use serde_json::json;
use tongban_ledger::answer::resolution::{MeasureAnswer, MotionAnswer, ResolutionsAnswer};
use tongban_ledger::command::Command;

use super::season::{Matter, Theme};
use super::workload::{Workload, command};
use crate::run::Clerks;
use crate::world::{SimError, World};

/// The fewest members for somebody to move, without a cause, that one of them goes.
const MEMBERS_MIN: usize = 4;

impl Matter {
    /// Whether a measure is this one.
    fn is(&self, measure: &MeasureAnswer) -> bool {
        let (name, city) = (measure.name.as_str(), measure.city);
        match self {
            Matter::Admit(of) => name == "admit" && city == Some(*of),
            Matter::Remove(of) => name == "remove" && city == Some(*of),
            Matter::Replace(of) => name == "replace" && city == Some(*of),
            Matter::Thresholds(_) => name == "thresholds",
            Matter::Rules(version) => name == "rules" && measure.rules == Some(*version),
            Matter::Override => name == "override",
        }
    }
}

impl Workload {
    /// Something in the round of votes that a city sees, or another motion.
    pub(super) fn resolution(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        let Some(known) = self.resolutions(world, place)? else {
            return Ok(None);
        };
        if known.motions.len() < 2 || self.level() == 1 {
            let matter = self.any_matter();
            return Ok(self.motion(world, clerks, &matter));
        }
        let Some(motion) = self.pick(&known.motions).map(|one| one.motion.clone()) else {
            return Ok(None);
        };
        Ok(match self.level() {
            1 => command("resolution.nullify", json!({})),
            2 => command("resolution.commit", json!({ "motion": motion })),
            _ => command("resolution.vote", json!({ "motion": motion })),
        })
    }

    /// The next step of what the members have set out to decide; nothing where it is for others, or all is done.
    pub(super) fn decide(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        let Theme::Resolutions(matters) = self.season.theme.clone() else {
            return Ok(None);
        };
        let Some(known) = self.resolutions(world, place)? else {
            return Ok(None);
        };
        let here = self.city(place);
        let first = known.certificates.is_empty() && known.round == 1;
        if self.season.gives_up && first && !known.motions.is_empty() {
            let said = known.nullified.contains(&here);
            return Ok((!said)
                .then(|| command("resolution.nullify", json!({})))
                .flatten());
        }
        for matter in &matters {
            let decided = |one: &MeasureAnswer| matter.is(one);
            if known.certificates.iter().any(|one| decided(&one.measure)) {
                continue;
            }
            // A hostile city moves what it likes, and people cannot tell.
            let open: Vec<&MotionAnswer> = known
                .motions
                .iter()
                .filter(|one| decided(&one.measure))
                .collect();
            let Some(motion) = open.first() else {
                match self.motion(world, clerks, matter) {
                    None => continue,
                    motion => return Ok(motion),
                }
            };
            let (eligible, voted) = (
                motion.eligible.contains(&here),
                motion.votes.contains(&here),
            );
            let ballot = json!({ "motion": motion.motion });
            return Ok(match (eligible, motion.closed) {
                (true, None) if !voted => command("resolution.vote", ballot),
                _ if self.level() > 1 => None,
                // What nobody's node does by itself: who did not vote commits, or the round is given up.
                (true, _) if self.flip() => command("resolution.commit", ballot),
                _ => command("resolution.nullify", json!({})),
            });
        }
        Ok(None)
    }

    /// The resolutions as a city sees them; nothing where it knows no agreement.
    pub(super) fn resolutions(
        &mut self,
        world: &mut World,
        place: usize,
    ) -> Result<Option<ResolutionsAnswer>, SimError> {
        let status = world.look(place, |engine, ctx| engine.status(ctx))?;
        // Otherwise the disk does not give it out at the moment.
        let first = status
            .ok()
            .and_then(|one| one.agreements.into_iter().next());
        Ok(first.map(|one| one.resolutions))
    }

    /// What somebody may want to have decided, most often something small.
    fn any_matter(&mut self) -> Matter {
        let city = self.any_member();
        match (self.draw(0, 9), city) {
            (0, Some(city)) if self.members() >= MEMBERS_MIN => Matter::Remove(city),
            (1, Some(city)) => Matter::Replace(city),
            (2, _) => Matter::Rules(1 + u16::from(self.level())),
            (3, _) => Matter::Override,
            (4, _) if self.season.outside.is_some() => {
                Matter::Admit(self.season.outside.unwrap_or(self.city(0)))
            }
            _ => Matter::Thresholds(2 + u16::from(self.level())),
        }
    }

    fn motion(&mut self, world: &World, clerks: &Clerks, matter: &Matter) -> Option<Command> {
        let basis = "JM-2026-04";
        let args = match matter {
            Matter::Admit(city) => json!({"admit": format!("$invitation-{city}"), "basis": basis}),
            Matter::Remove(city) => json!({"remove": city, "basis": basis}),
            // Once is enough for one run.
            Matter::Replace(city) if self.renewed.contains(city) => return None,
            Matter::Replace(city) => {
                let place = self.place(*city)?;
                json!({"replace": world.renewal(place)?, "basis": basis})
            }
            Matter::Thresholds(hours) => {
                json!({"thresholds": {"view_hours": hours}, "basis": basis})
            }
            Matter::Rules(version) => json!({"rules": version, "basis": basis}),
            Matter::Override => {
                let cases: Vec<&String> = clerks.cases.keys().collect();
                let case = self.pick(&cases)?.to_string();
                let holder = self.any_member()?;
                json!({"override": {"case": case, "holder": holder}, "basis": basis})
            }
        };
        command("resolution.propose", args)
    }
}
