//! Writes a scenario as the text that reads as the same scenario.

use std::fmt::Write;

use serde_json::Value;

use super::{Carried, Expect, Fault, Hand, Moment, Query, Scenario, Step, Text};
use crate::faults::{Aim, Span};

impl Scenario {
    /// Writes the scenario as a file. Expectations other than `converged`, `sound`, `cases` and `refused` are
    /// left out, since a recorded run is judged by the rules that always hold.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let names: Vec<&str> = self.engines.iter().map(|engine| engine.as_str()).collect();
        line(&mut text, "scenario", &self.name.as_str().into());
        wording(&mut text, "title", Some(&self.title));
        line(&mut text, "calendar", &self.calendar.as_str().into());
        line(&mut text, "engines", &names.into());
        if let Some(reason) = &self.reason {
            line(&mut text, "reason", &reason.as_str().into());
        }
        if self.exact {
            line(&mut text, "timing", &"exact".into());
        }
        if let Some(seed) = self.seed.and_then(|seed| i64::try_from(seed).ok()) {
            line(&mut text, "seed", &seed.into());
        }
        line(&mut text, "start", &time(self.start));
        if let Some(until) = self.until {
            line(&mut text, "until", &time(until));
        }
        let terms = serde_json::to_value(&self.terms).unwrap_or_default();
        line(&mut text, "terms", &terms);
        if !self.outside.is_empty() {
            let outside: Vec<String> = self.outside.iter().map(ToString::to_string).collect();
            line(&mut text, "outside", &outside.into());
        }
        for also in &self.also {
            text.push_str("\n[[agreement]]\n");
            let nodes: Vec<String> = also.nodes.iter().map(ToString::to_string).collect();
            line(&mut text, "nodes", &nodes.into());
            let terms = serde_json::to_value(&also.terms).unwrap_or_default();
            line(&mut text, "terms", &terms);
        }
        for node in &self.nodes {
            text.push_str("\n[[node]]\n");
            line(&mut text, "division", &node.division.to_string().into());
            line(&mut text, "name", &node.name.as_str().into());
        }
        self.steps.iter().for_each(|one| step(&mut text, one));
        self.faults.iter().for_each(|one| fault(&mut text, one));
        self.files.iter().for_each(|one| file(&mut text, one));
        self.expects.iter().for_each(|one| expect(&mut text, one));
        text
    }
}

fn step(text: &mut String, step: &Step) {
    text.push_str("\n[[step]]\n");
    line(text, "at", &time(step.at));
    line(text, "node", &step.node.to_string().into());
    match &step.hand {
        Hand::Clerk => {}
        Hand::Copy => line(text, "copy", &true.into()),
        Hand::Twin(shown) => {
            let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
            line(text, "twin", &shown.into());
        }
    }
    line(text, "do", &step.act.into());
    let command = serde_json::to_value(&step.command).unwrap_or_default();
    if let Some(args) = command.get("args") {
        line(text, "args", args);
    }
    if let Some(key) = &step.key {
        line(text, "key", &key.as_str().into());
    }
    if let Some(label) = &step.label {
        line(text, "as", &label.as_str().into());
    }
    if let Some(code) = step.refused {
        line(text, "refused", &code.as_str().into());
    }
    if !step.settle {
        line(text, "settle", &false.into());
    }
    wording(text, "say", step.say.as_ref());
}

fn fault(text: &mut String, fault: &Fault) {
    let row = fault.kind.row();
    text.push_str("\n[[fault]]\n");
    line(text, "kind", &row.name.into());
    let groups: Vec<Vec<String>> = fault
        .groups
        .iter()
        .map(|group| group.iter().map(ToString::to_string).collect())
        .collect();
    match row.aim {
        Aim::Groups => line(text, "groups", &serde_json::json!(groups)),
        Aim::Everybody => line(text, "order", &serde_json::json!(groups.concat())),
        _ => {
            for (key, city) in [("node", fault.node), ("to", fault.to)] {
                if let Some(city) = city {
                    line(text, key, &city.to_string().into());
                }
            }
        }
    }
    let begins = if row.span == Span::FromUntil {
        "from"
    } else {
        "at"
    };
    line(text, begins, &time(fault.from));
    if let Some(until) = fault.until {
        line(text, "until", &time(until));
    }
    if let Some(amount) = row.amount {
        line(text, amount.key, &fault.amount.into());
    }
    if let Some(label) = &fault.label {
        line(text, "as", &label.as_str().into());
    }
    if !fault.settle {
        line(text, "settle", &false.into());
    }
    wording(text, "say", fault.say.as_ref());
}

fn file(text: &mut String, file: &Carried) {
    text.push_str("\n[[file]]\n");
    line(text, "at", &time(file.at));
    line(text, "from", &file.from.to_string().into());
    line(text, "to", &file.to.to_string().into());
    if file.copy {
        line(text, "copy", &true.into());
    }
    if file.to_copy {
        line(text, "to_copy", &true.into());
    }
    if file.lost {
        line(text, "lost", &true.into());
    }
    if let Some(code) = file.refused {
        line(text, "refused", &code.as_str().into());
    }
    wording(text, "say", file.say.as_ref());
}

fn expect(text: &mut String, expect: &Expect) {
    let (query, count) = match expect.query {
        Query::Converged => ("converged", None),
        Query::Sound => ("sound", None),
        Query::Cases { count } => ("cases", Some(count)),
        Query::Refused { count } => ("refused", Some(count)),
        _ => return,
    };
    text.push_str("\n[[expect]]\n");
    line(text, "query", &query.into());
    if let Some(at) = expect.at {
        line(text, "at", &time(at));
    }
    if let Some(node) = expect.node {
        line(text, "node", &node.to_string().into());
    }
    if let Some(count) = count {
        line(text, "count", &count.into());
    }
}

fn wording(text: &mut String, key: &str, words: Option<&Text>) {
    let words = words.map(|words| serde_json::to_value(words).unwrap_or_default());
    if let Some(words) = words.filter(|words| words.as_object().is_some_and(|map| !map.is_empty()))
    {
        line(text, key, &words);
    }
}

fn time(moment: Moment) -> Value {
    Value::String(format!("{}T{}", moment.day(), moment.clock()))
}

fn line(text: &mut String, key: &str, value: &Value) {
    let _ = write!(text, "{key} = ");
    inline(text, value);
    text.push('\n');
}

/// A value in one line; TOML has no null, so what is null is left out.
fn inline(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("\"\""),
        Value::Bool(flag) => {
            let _ = write!(text, "{flag}");
        }
        Value::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Value::String(words) => quoted(text, words),
        Value::Array(list) => {
            text.push('[');
            for (nth, item) in list.iter().filter(|item| !item.is_null()).enumerate() {
                text.push_str(if nth == 0 { "" } else { ", " });
                inline(text, item);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push_str("{ ");
            for (nth, (key, item)) in map.iter().filter(|(_, item)| !item.is_null()).enumerate() {
                text.push_str(if nth == 0 { "" } else { ", " });
                quoted(text, key);
                text.push_str(" = ");
                inline(text, item);
            }
            text.push_str(" }");
        }
    }
}

/// A basic string of TOML.
fn quoted(text: &mut String, words: &str) {
    text.push('"');
    for letter in words.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            letter if letter.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text.push('"');
}
