//! Makes a failing run smaller: fewer events, fewer cities, a shorter run, as long as the same invariant is
//! broken (delta debugging: Zeller and Hildebrandt, 2002).

use std::collections::BTreeSet;

use super::replay;
use crate::run::REST_MS;
use crate::scenario::label::label_of;
use crate::scenario::{Fault, Moment, Scenario, Step};

/// A failing run that could not be made smaller.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The run.
    pub scenario: Scenario,
    /// How many events it has: steps and faults.
    pub events: usize,
    /// How many runs it took.
    pub runs: u32,
}

/// An event of a run, by its place in the list of steps or of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Step(usize),
    Fault(usize),
}

/// Makes a failing run smaller, in so many runs at most; nothing if it does not fail.
pub fn shrink(scenario: &Scenario, runs_max: u32) -> Option<Shrunk> {
    let invariant = replay(scenario).violation?.invariant;
    let mut shrinker = Shrinker {
        invariant,
        runs: 1,
        runs_max,
    };
    let mut scenario = scenario.clone();
    loop {
        let before = size(&scenario);
        scenario = shrinker.fewer_events(scenario);
        scenario = shrinker.fewer_cities(scenario);
        scenario = shrinker.shorter(scenario);
        if size(&scenario) >= before || shrinker.spent() {
            break;
        }
    }
    scenario.name = format!("{}-shrunk", scenario.name.trim_end_matches("-shrunk"));
    Some(Shrunk {
        events: scenario.steps.len() + scenario.faults.len(),
        scenario,
        runs: shrinker.runs,
    })
}

fn size(scenario: &Scenario) -> (usize, usize, Moment) {
    let events = scenario.steps.len() + scenario.faults.len();
    (events, scenario.nodes.len(), scenario.end())
}

struct Shrinker {
    invariant: &'static str,
    runs: u32,
    runs_max: u32,
}

impl Shrinker {
    fn spent(&self) -> bool {
        self.runs >= self.runs_max
    }

    /// Whether this breaks the same invariant. A run without a step is no file that can be read again.
    fn fails(&mut self, scenario: &Scenario) -> bool {
        if self.spent() || scenario.steps.is_empty() {
            return false;
        }
        self.runs += 1;
        let found = replay(scenario).violation;
        found.is_some_and(|violation| violation.invariant == self.invariant)
    }

    /// Takes away ever smaller pieces of the list of events.
    fn fewer_events(&mut self, scenario: Scenario) -> Scenario {
        let mut best = scenario;
        let mut pieces = 2;
        loop {
            let parts = parts(&best);
            if parts.is_empty() || self.spent() {
                return best;
            }
            let length = parts.len().div_ceil(pieces);
            let smaller = parts.chunks(length).find_map(|gone| {
                let smaller = without(&best, gone);
                self.fails(&smaller).then_some(smaller)
            });
            match smaller {
                Some(smaller) => {
                    best = smaller;
                    pieces = pieces.saturating_sub(1).max(2);
                }
                None if length == 1 => return best,
                None => pieces = (pieces * 2).min(parts.len()),
            }
        }
    }

    /// Takes away cities with everything that names them. The first city founds and stays.
    fn fewer_cities(&mut self, scenario: Scenario) -> Scenario {
        let mut best = scenario;
        let mut nth = best.nodes.len();
        while nth > 2 && best.nodes.len() > 2 {
            nth -= 1;
            let smaller = without_city(&best, nth);
            if self.fails(&smaller) {
                best = smaller;
            }
        }
        best
    }

    /// Ends the run sooner, and faults with it.
    fn shorter(&mut self, scenario: Scenario) -> Scenario {
        let mut best = scenario;
        loop {
            let length = best.end().ms_since(best.start.after_ms(REST_MS));
            let end = best
                .start
                .after_ms(REST_MS + i64::try_from(length / 2).unwrap_or(0));
            if length < 1_000 || best.steps.iter().any(|step| step.at > end) {
                break;
            }
            let smaller = ended(&best, end);
            if !self.fails(&smaller) {
                break;
            }
            best = smaller;
        }
        let last_step = best.steps.iter().map(|step| step.at);
        let faults = best.faults.iter();
        let last_fault = faults.map(|fault| fault.until.unwrap_or(fault.from));
        let end = last_step.chain(last_fault).max().unwrap_or(best.start);
        let smaller = ended(&best, end);
        if best.until.is_some_and(|until| until > end) && self.fails(&smaller) {
            best = smaller;
        }
        best
    }
}

fn parts(scenario: &Scenario) -> Vec<Part> {
    let steps = scenario.steps.iter().enumerate();
    let steps = steps.map(|(nth, step)| (step.at, Part::Step(nth)));
    let faults = scenario.faults.iter().enumerate();
    let faults = faults.map(|(nth, fault)| (fault.from, Part::Fault(nth)));
    let mut parts: Vec<(Moment, Part)> = steps.chain(faults).collect();
    parts.sort();
    parts.into_iter().map(|(_, part)| part).collect()
}

/// The scenario without some events, and without the steps that use a label which is then undefined.
fn without(scenario: &Scenario, gone: &[Part]) -> Scenario {
    let gone: BTreeSet<&Part> = gone.iter().collect();
    let mut smaller = scenario.clone();
    let mut nth = 0;
    let mut defined = BTreeSet::new();
    // The founding and invitations have labels that no step defines.
    let by_steps: BTreeSet<String> = scenario
        .steps
        .iter()
        .filter_map(|step| step.label.clone())
        .collect();
    smaller.steps.retain(|step| {
        let mut used = uses(step)
            .into_iter()
            .filter(|label| by_steps.contains(label));
        let stays = !gone.contains(&Part::Step(nth)) && used.all(|label| defined.contains(&label));
        nth += 1;
        if stays {
            defined.extend(step.label.clone());
        }
        stays
    });
    nth = 0;
    smaller.faults.retain(|_| {
        nth += 1;
        !gone.contains(&Part::Fault(nth - 1))
    });
    smaller
}

/// The labels that a step uses.
fn uses(step: &Step) -> BTreeSet<String> {
    fn collect(value: &serde_json::Value, labels: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::String(text) => labels.extend(label_of(text).map(str::to_owned)),
            serde_json::Value::Array(list) => list.iter().for_each(|item| collect(item, labels)),
            serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, labels)),
            _ => {}
        }
    }
    let mut labels = BTreeSet::new();
    if let Ok(value) = serde_json::to_value(&step.command) {
        collect(&value, &mut labels);
    }
    labels
}

fn without_city(scenario: &Scenario, nth: usize) -> Scenario {
    let city = scenario.nodes[nth].division;
    let named = serde_json::json!(city);
    let mut smaller = scenario.clone();
    smaller.nodes.remove(nth);
    smaller.outside.retain(|other| *other != city);
    for fault in &mut smaller.faults {
        for group in &mut fault.groups {
            group.retain(|other| *other != city);
        }
    }
    let empty = |fault: &Fault| fault.groups.iter().any(Vec::is_empty);
    let hit = |fault: &Fault| fault.node == Some(city) || fault.to == Some(city);
    smaller.faults.retain(|fault| !hit(fault) && !empty(fault));
    let acts = |step: &Step| {
        let names = serde_json::to_value(&step.command).is_ok_and(|value| mentions(&value, &named));
        step.node == city || names
    };
    let steps = smaller.steps.iter().enumerate();
    let gone: Vec<Part> = steps
        .filter(|(_, step)| acts(step))
        .map(|(nth, _)| Part::Step(nth))
        .collect();
    without(&smaller, &gone)
}

fn mentions(value: &serde_json::Value, named: &serde_json::Value) -> bool {
    value == named
        || match value {
            serde_json::Value::Array(list) => list.iter().any(|item| mentions(item, named)),
            serde_json::Value::Object(map) => map.values().any(|item| mentions(item, named)),
            _ => false,
        }
}

/// The scenario with its end moved forward; faults that last longer end then.
fn ended(scenario: &Scenario, end: Moment) -> Scenario {
    let mut smaller = scenario.clone();
    smaller.until = Some(end);
    smaller.faults.retain(|fault| fault.from < end);
    for fault in &mut smaller.faults {
        fault.until = fault.until.map(|until| until.min(end));
    }
    smaller
}
