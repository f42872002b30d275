//! Draws what follows from resolutions: a city that was admitted opens the agreement and gets to work, one goes on
//! under another root key, and what a city that is gone signed last is said to stay.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::resolution::ResolutionsAnswer;
use tongban_ledger::command::Command;

use super::workload::{Workload, command, terms};
use crate::faults::FaultKind;
use crate::run::Clerks;
use crate::scenario::{Fault, Moment};
use crate::world::{SimError, World};

impl Workload {
    /// What a city does about who came, who left, and who signs with another key.
    pub(super) fn heed_members(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
        at: Moment,
    ) -> Result<Option<Command>, SimError> {
        let Some(known) = self.resolutions(world, place)? else {
            return Ok(self.join(place));
        };
        self.renew(world, &known, at);
        let came = self.season.outside.filter(|city| {
            let certificates = known.certificates.iter();
            let mut measures = certificates.map(|one| &one.measure);
            measures.any(|measure| measure.name == "admit" && measure.city == Some(*city))
        });
        match (came, self.draw(0, 2)) {
            (Some(city), 0..=1) => Ok(self.welcome(clerks, place, city)),
            _ => self.retain(world, place),
        }
    }

    /// The city outside opens the agreement, whether it is admitted yet or not; its node signs once it is.
    fn join(&mut self, place: usize) -> Option<Command> {
        let outside = self.season.outside == Some(self.city(place));
        let founding = format!("$founding-{}", terms().code);
        outside.then(|| command("agreement.join", json!({ "founding": founding })))?
    }

    /// Grants between a city that came in and the others, and its own guides.
    fn welcome(
        &mut self,
        clerks: &Clerks,
        place: usize,
        newcomer: DivisionCode,
    ) -> Option<Command> {
        let here = self.city(place);
        let offered = clerks
            .given
            .iter()
            .filter_map(|given| match &given.command {
                Command::OfferGrant(offer) if offer.to == here => {
                    given.done.entries.last().cloned()
                }
                _ => None,
            });
        let offered: Vec<String> = offered.collect();
        let to = match here == newcomer {
            true => self.other_city(here)?,
            false => newcomer,
        };
        match self.draw(0, 5) {
            0..=1 => command(
                "agreement.offer-grant",
                json!({"to": to, "powers": ["G1a", "G2", "G3", "G4", "G5"]}),
            ),
            2..=4 => {
                let grant = self.pick(&offered).cloned()?;
                command("agreement.take-grant", json!({ "grant": grant }))
            }
            _ => {
                let version = u32::from(self.level()) + 1;
                command(
                    "agreement.publish-guide",
                    json!({"guide": {
                        "item": "I-02", "version": version, "effective": "2026-01-01", "id_check": true,
                        "requirements": [{"id": "M1", "name": "身份证", "must": true, "original": true}],
                    }}),
                )
            }
        }
    }

    /// Says that something stays which a key signed that signs no more.
    fn retain(&mut self, world: &mut World, place: usize) -> Result<Option<Command>, SimError> {
        let Ok(keys) = world.look(place, |engine, ctx| engine.keys(ctx))? else {
            return Ok(None);
        };
        let held: Vec<String> = keys.held.into_iter().map(|row| row.document).collect();
        let document = self.pick(&held).cloned();
        Ok(document.and_then(|document| command("key.retain", json!({ "document": document }))))
    }

    /// A city whose new root key the members decided on goes on under it.
    fn renew(&mut self, world: &World, known: &ResolutionsAnswer, at: Moment) {
        for certificate in &known.certificates {
            let measure = &certificate.measure;
            let Some(city) = measure.city.filter(|_| measure.name == "replace") else {
                continue;
            };
            let copied = self.place(city).is_none_or(|place| world.was_copied(place));
            if !copied && self.renewed.insert(city) {
                self.follows.push(Fault {
                    node: Some(city),
                    until: Some(at.after_ms(2)),
                    ..Fault::new(FaultKind::NewRoot, at.after_ms(1))
                });
            }
        }
    }
}
