//! Draws what cities decide together: proposals with their signatures, objections and withdrawals, and meetings with
//! their texts, attendance, action items and issues.

use serde_json::json;
use tongban_ledger::answer::{MeetingRow, MeetingsAnswer};
use tongban_ledger::command::Command;

use super::workload::{CANARY, Workload, command};
use crate::run::Clerks;
use crate::scenario::Moment;
use crate::world::{SimError, World};

/// Codes of the proposals that are drawn: few, so that cities meet in them.
const CODES: [&str; 4] = ["P-1", "P-2", "P-3", "B2"];

impl Workload {
    /// A step of a proposal beside batches, or what ends a batch.
    pub(super) fn decision(
        &mut self,
        world: &mut World,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        if let Some(adopt) = self.adopt_ruling(world, place)? {
            return Ok(Some(adopt));
        }
        let code = self.pick(&CODES).copied().unwrap_or("P-1");
        Ok(match self.draw(0, 9) {
            0..=2 => self.propose(code),
            3..=6 => command("agreement.adopt", json!({ "proposal": code })),
            7 => command(
                "agreement.refuse",
                json!({"proposal": code, "reason": "尚未对接"}),
            ),
            _ => command("agreement.withdraw-proposal", json!({ "proposal": code })),
        })
    }

    /// A line goes elsewhere only once every member signed the text on it: a city signs what waits for it.
    pub(super) fn adopt_ruling(
        &mut self,
        world: &mut World,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        if self.rulings.is_empty() {
            return Ok(None);
        }
        let here = self.city(place);
        let status = world.look(place, |engine, ctx| engine.status(ctx))?;
        // Otherwise the disk does not give it out at the moment.
        let agreements = status.into_iter().flat_map(|status| status.agreements);
        let mut adopt = None;
        for text in agreements.flat_map(|agreement| agreement.terms.decisions) {
            if let Some(adopted) = self.rulings.get_mut(&text.code) {
                *adopted |= text.standing == "adopted";
                if text.waiting.contains(&here) {
                    adopt = command("agreement.adopt", json!({"proposal": text.code}));
                }
            }
        }
        Ok(adopt)
    }

    fn propose(&mut self, code: &str) -> Option<Command> {
        let subject = match self.draw(0, 3) {
            0 => {
                let mode = if self.flip() {
                    "pairwise"
                } else {
                    "multilateral"
                };
                json!({"netting": {"mode": mode, "effective": "2026-11-01"}})
            }
            1 => json!({"limits": {"push_days": self.level(), "ack_days": 1}}),
            2 => json!({"calendar": {"year": 2027, "off": ["2027-01-01"], "work": []}}),
            _ => json!({"guide": {
                "item": "I-10", "version": u32::from(self.level()) + 1, "effective": "2026-01-01",
                "requirements": [{"id": "M1", "name": "申请表", "must": true, "original": false}],
            }}),
        };
        command(
            "agreement.propose",
            json!({"code": code, "subject": subject, "sign": self.flip()}),
        )
    }

    /// A step of a meeting, or another meeting.
    pub(super) fn meeting(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
        at: Moment,
    ) -> Result<Option<Command>, SimError> {
        let told: MeetingsAnswer = match world.look(place, |engine, ctx| engine.meetings(ctx))? {
            Ok(told) => told,
            // The disk does not give it out at the moment.
            Err(_) => return Ok(None),
        };
        let rows = told.meetings.into_iter();
        let known: Vec<MeetingRow> = rows
            .filter(|row| clerks.labels.contains_key(&row.number))
            .collect();
        if known.is_empty() || (known.len() < 3 && self.level() == 1) {
            let number = format!("JM-{}", self.count());
            let host = self.any_city();
            return Ok(command(
                "meeting.convene",
                json!({"number": number, "on": at.day(), "host": host, "officer": "W01"}),
            ));
        }
        let Some(row) = self.pick(&known).cloned() else {
            return Ok(None);
        };
        let meeting = clerks.labels.get(&row.number);
        let meeting = meeting.map(|label| format!("${label}"));
        Ok(self.sit(&meeting.unwrap_or_default(), at))
    }

    fn sit(&mut self, meeting: &str, at: Moment) -> Option<Command> {
        let text = format!("{CANARY}会{}", self.count());
        let part = if self.flip() { "minutes" } else { "agenda" };
        match self.draw(0, 11) {
            0..=1 => command(
                "meeting.write",
                json!({"meeting": meeting, "part": part, "edits": [{"edit": "append-note", "text": text}]}),
            ),
            2 => command(
                "meeting.write",
                json!({"meeting": meeting, "part": part, "edits": [
                    {"edit": "insert-note", "at": 0, "text": text}, {"edit": "delete-note", "at": 3, "count": 2},
                ]}),
            ),
            3..=4 => command(
                "meeting.attend",
                json!({"meeting": meeting, "people": ["W01", "W02"]}),
            ),
            5..=7 => command(
                "meeting.sign",
                json!({"meeting": meeting, "officer": "W01"}),
            ),
            8 => {
                let owner = self.any_city();
                command(
                    "meeting.action",
                    json!({"meeting": meeting, "owner": owner, "due": at.day(), "text": text, "officer": "W01"}),
                )
            }
            9 => command(
                "meeting.action-done",
                json!({"meeting": meeting, "officer": "W01"}),
            ),
            10 => command(
                "meeting.issue",
                json!({"meeting": meeting, "category": "process", "text": text, "officer": "W01"}),
            ),
            _ => command(
                "meeting.resolve",
                json!({"meeting": meeting, "officer": "W01"}),
            ),
        }
    }
}
