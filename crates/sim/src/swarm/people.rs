//! Draws what the centre of a city writes on its roster: windows, officers, who stands in for whom.

use serde_json::{Value, json};
use tongban_ledger::command::Command;

use super::workload::{Workload, command};

impl Workload {
    /// Some rows of a roster. Two windows open and close, and officers come, go and stand in, so that rows follow
    /// each other and two desks may write the same ones at once. Every letter covers every item, since without one
    /// partners could open no case any more.
    pub(super) fn roster(&mut self) -> Option<Command> {
        let days = ["2026-01-01", "2026-09-07", "2026-09-08"];
        let from = days[usize::from(self.level()) % days.len()];
        let until: Option<&str> = (self.level() == 1).then_some("2026-12-31");
        let window = if self.flip() { "W-1" } else { "W-2" };
        let functions: &[&str] = match self.level() {
            1 => &["consult"],
            _ => &["consult", "receive", "issue"],
        };
        let trained: &[&str] = if self.flip() { &["I-02", "I-07"] } else { &[] };
        let items = ["I-02", "I-05", "I-07", "I-10"];
        let powers = ["G1a", "G2", "G3", "G4", "G5"];
        let mut rows: Vec<(&str, Value)> = vec![(
            "windows",
            json!([{"id": window, "name": format!("专窗{}", self.count()), "division": "330800000000", "level": 1,
                "functions": functions, "equipment": ["camera"], "from": from, "until": until}]),
        )];
        if self.flip() {
            rows.push((
                "officers",
                json!([{"id": "W01", "window": window, "role": "window-clerk", "trained": trained, "from": from}]),
            ));
        }
        if self.flip() {
            rows.push((
                "responsible",
                json!([{"domain": "公积金", "section": "业务科", "person": "B01", "deputy": "B02", "from": from}]),
            ));
            rows.push((
                "absences",
                json!([{"officer": "B01", "by": "B02", "from": from, "until": "2026-09-30"}]),
            ));
        }
        if self.flip() {
            rows.push((
                "letters",
                json!([{"department": "公积金中心", "hall": "市民中心", "items": items, "powers": powers,
                    "may_subdelegate": true, "from": "2026-01-01"}]),
            ));
        }
        let args: serde_json::Map<String, Value> = rows
            .into_iter()
            .map(|(kind, list)| (kind.to_owned(), list))
            .collect();
        command("city.roster", Value::Object(args))
    }
}
