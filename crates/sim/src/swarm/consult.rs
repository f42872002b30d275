//! Draws what clerks do with consults: they ask, answer, record a video consult and sign one.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::ConsultRow;
use tongban_ledger::calendar::WallTime;
use tongban_ledger::command::Command;

use super::workload::{CANARY, Workload, command};
use crate::run::Clerks;
use crate::scenario::Moment;
use crate::world::{SimError, World};

/// Milliseconds that a drawn video consult lasts.
const VIDEO_MS: i64 = 600_000;

impl Workload {
    /// A consult's next act, or a new question.
    pub(super) fn consult(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
        at: Moment,
    ) -> Result<Option<Command>, SimError> {
        let rows: Vec<ConsultRow> = match world.look(place, |engine, ctx| engine.consults(ctx))? {
            Ok(rows) => rows,
            // The disk does not give it out at the moment.
            Err(_) => return Ok(None),
        };
        // A question of which nobody has heard yet has no label.
        let known = rows
            .into_iter()
            .filter(|row| clerks.labels.contains_key(&row.document));
        let known: Vec<ConsultRow> = known.collect();
        let here = self.city(place);
        if known.is_empty() || self.level() == 1 {
            return Ok(self.ask_consult(here));
        }
        let Some(row) = self.pick(&known).cloned() else {
            return Ok(None);
        };
        let consult = clerks.labels.get(&row.document);
        let consult = consult.map(|label| format!("${label}"));
        Ok(self.go_on(&row, &consult.unwrap_or_default(), at))
    }

    fn ask_consult(&mut self, here: DivisionCode) -> Option<Command> {
        let to = self.other_city(here)?;
        let (item, materials) = match self.flip() {
            true => (
                "I-02",
                json!([{"requirement": "M1"}, {"requirement": "M2"}]),
            ),
            false => ("I-07", json!([{"requirement": "M1", "pages": 3}])),
        };
        let text = format!("{CANARY}提问{}", self.count());
        command(
            "consult.ask",
            json!({"to": to, "item": item, "materials": materials, "officer": "W01", "text": text}),
        )
    }

    fn go_on(&mut self, row: &ConsultRow, consult: &str, at: Moment) -> Option<Command> {
        let text = format!("{CANARY}答复{}", self.count());
        match self.level() {
            1 | 2 => {
                let ok = self.flip();
                let verdict = if ok { "ok" } else { "not-ok" };
                let defects = json!([{"requirement": "M1", "fault": "wrong-form"}]);
                let defects = if ok { json!([]) } else { defects };
                command(
                    "consult.answer",
                    json!({"consult": consult, "verdict": verdict, "defects": defects, "officer": "L01", "text": text}),
                )
            }
            3 => {
                let ended = WallTime::from_unix(at.after_ms(-VIDEO_MS).unix());
                let started = WallTime::from_unix(at.after_ms(-2 * VIDEO_MS).unix());
                let points: Vec<&String> = row.materials.iter().map(|(id, _)| id).collect();
                command(
                    "consult.video",
                    json!({
                        "consult": consult, "started": started, "ended": ended, "ours": ["W01"], "theirs": ["L01"],
                        "complete": self.flip(), "points": points, "recording_ref": format!("{CANARY}录像"),
                        "officer": "W01", "text": text
                    }),
                )
            }
            _ => command(
                "consult.sign-video",
                json!({"consult": consult, "officer": "L02"}),
            ),
        }
    }
}
