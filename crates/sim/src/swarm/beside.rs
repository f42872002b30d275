//! Draws what clerks do beside the usual way of a case: pauses, withdrawals, questions, ratings, papers, steps.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow};
use tongban_ledger::command::Command;

use super::workload::{CANARY, Workload, command};

/// Commands that no list of next steps offers.
pub(super) const BESIDE: [&str; 24] = [
    "case.ack",
    "case.withdraw",
    "case.special-start",
    "case.extend",
    "case.redirect",
    "case.ask",
    "case.contact",
    "case.supervise",
    "case.complain",
    "case.rate",
    "case.send-papers",
    "case.commit",
    "case.pre-review",
    "case.compare",
    "case.issue-cert",
    "case.annul",
    "case.ask-undo",
    "case.step-progress",
    "case.jump-out",
    "case.hand-over",
    "case.progress",
    "city.change-item",
    "city.take-item",
    "city.delete-item",
];

/// Commands that a list of next steps offers when somebody waits for them.
pub(super) const ASKED: [&str; 17] = [
    "case.open-step",
    "case.decide-step",
    "case.release-step",
    "case.recall-step",
    "case.grant-withdrawal",
    "case.refuse-withdrawal",
    "case.take-papers",
    "case.mend-papers",
    "case.agree-papers",
    "case.answer",
    "case.reply",
    "case.follow-up",
    "case.special-end",
    "case.no-correction",
    "case.check-commitment",
    "case.archive",
    "case.back-flow",
];

/// A city that has a step of the case.
fn step_city(detail: &CaseAnswer) -> Option<DivisionCode> {
    detail.steps.iter().map(|step| step.city).next_back()
}

impl Workload {
    /// One of these commands for a case; what the rules refuse is refused before anything is signed.
    pub(super) fn beside(
        &mut self,
        name: &str,
        case: &str,
        row: &CaseRow,
        detail: &CaseAnswer,
    ) -> Option<Command> {
        let text = format!("{CANARY}说明{}", self.count());
        let other = if self.flip() { row.owner } else { row.receiver };
        let day = row.received.plus_days(20)?;
        let papers =
            json!([{"requirement": "M1", "pages": 1 + u32::from(self.flip()), "original": true}]);
        let step = |wanted: &[&str]| {
            let mut steps = detail.steps.iter();
            let found = steps.find(|step| wanted.contains(&step.state.as_str()));
            found.map(|step| step.step.clone())
        };
        let args = match name {
            "case.ack" => json!({"case": case}),
            "case.special-start" => {
                json!({"case": case, "kind": "hearing", "days": 5, "basis": "行政许可法46", "officer": "B01", "text": text})
            }
            "case.extend" => {
                json!({"case": case, "days": 5, "basis": "行政许可法42", "officer": "B01", "second": "H01", "text": text})
            }
            "case.redirect" => {
                let to = self.flip().then(|| self.any_city());
                json!({"case": case, "to": to, "basis": "行政许可法32", "officer": "B01", "text": text})
            }
            "case.annul" => {
                json!({"case": case, "basis": "行政许可法69", "officer": "B01", "second": "H01", "text": text})
            }
            "case.ask" => {
                json!({"case": case, "to": step_city(detail)?, "officer": "B01", "text": text})
            }
            "case.answer" => {
                json!({"case": case, "yes": true, "means": "system", "officer": "C01", "text": text})
            }
            "case.contact" => {
                json!({"case": case, "means": "fax", "callee": "L01", "officer": "B01"})
            }
            "case.supervise" => {
                json!({"case": case, "to": other, "reason": "late", "due": day, "officer": "SV1", "text": text})
            }
            "case.complain" => {
                json!({"case": case, "about": other, "reason": "late", "text": text})
            }
            "case.rate" => {
                let online = self.flip();
                let (channel, visit) = if online {
                    ("online", 0)
                } else {
                    ("on-site", 1)
                };
                let level = self.level();
                json!({"case": case, "level": level, "channel": channel, "visit": visit, "city": other, "target": "window", "text": text})
            }
            "case.follow-up" => {
                let steps = ["contacted", "mended", "called-back"];
                json!({"case": case, "step": steps[usize::from(self.level()) % 3], "officer": "B01", "text": text})
            }
            "case.send-papers" => {
                json!({"case": case, "to": other, "papers": papers, "officer": "D01"})
            }
            "case.take-papers" => json!({"case": case, "papers": papers, "officer": "D01"}),
            "case.commit" => {
                json!({"case": case, "missing": ["M1"], "due": day, "officer": "W01"})
            }
            "case.pre-review" | "case.check-commitment" => {
                json!({"case": case, "yes": self.flip(), "officer": "B01", "text": text})
            }
            "case.compare" => json!({"case": case, "different": [], "officer": "W01"}),
            "case.issue-cert" => {
                let electronic = self.flip();
                let (sha256, seal) = if electronic {
                    ("ab".repeat(32), format!("{CANARY}专用章"))
                } else {
                    (String::new(), String::new())
                };
                json!({"case": case, "kind": "证明", "electronic": electronic, "number": format!("{CANARY}1"), "issuer": "机关", "sha256": sha256, "seal": seal, "officer": "B01"})
            }
            "case.open-step" => {
                json!({"case": case, "step": step(&["ready"])?, "officer": "B01"})
            }
            "case.decide-step" => {
                let outcome = if self.level() == 1 {
                    "refused"
                } else {
                    "granted"
                };
                json!({"case": case, "step": step(&["taken"])?, "outcome": outcome, "officer": "B03", "text": text})
            }
            "case.release-step" => {
                json!({"case": case, "step": step(&["taken"])?, "officer": "B03"})
            }
            "case.recall-step" => {
                json!({"case": case, "step": step(&["opened"])?, "officer": "B03"})
            }
            "case.step-progress" => {
                json!({"case": case, "step": step(&["taken"])?, "what": "sent", "officer": "B03"})
            }
            "case.jump-out" => {
                json!({"case": case, "system": "SYS-1", "sso": true, "officer": "B01", "text": text})
            }
            "case.back-flow" => {
                json!({"case": case, "number": "X-1", "officer": "B01", "text": text})
            }
            "case.progress" => json!({"case": case, "code": "00000000"}),
            "case.hand-over" => json!({"case": case, "officer": "B01"}),
            // Departments of the drawn items are few, so that one item moves on from where it came.
            "city.change-item" => {
                let (from, to) = if self.flip() {
                    ("D1", "D2")
                } else {
                    ("D2", "D1")
                };
                json!({"item": row.item, "kind": "transfer", "from_dept": from, "to_dept": to, "planned": day, "basis": "D-1", "contact": "B01"})
            }
            "city.take-item" => {
                json!({"item": row.item, "claimed": true, "guide": 1, "approvers": ["B02"], "liaisons": ["L01"]})
            }
            "city.delete-item" => json!({"item": row.item, "officer": "B01"}),
            "case.ask-undo" => json!({"case": case, "step": "S9", "officer": "B03"}),
            _ => json!({"case": case, "officer": "B01", "text": text}),
        };
        // Commands differ in whether they take words.
        command(name, args.clone()).or_else(|| {
            let mut args = args;
            args.as_object_mut()?.remove("text");
            command(name, args)
        })
    }
}
