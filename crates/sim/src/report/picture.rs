//! What the page draws, as plain data. Names are those of `page.js`.

use std::collections::BTreeMap;

use serde::Serialize;
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::Day;

use crate::byzantine::is_hostile;
use crate::faults::FaultKind;
use crate::run::{CaseSummary, Event, Report, What};
use crate::scenario::Scenario;
use crate::story::Story;
use crate::texts::Language;

/// How far from the run, in seconds, a signed time may lie before the page says so: clocks differ.
const SKEW: i64 = 600;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Both {
    zh: String,
    en: String,
}

impl Both {
    fn of(make: impl Fn(Language) -> String) -> Self {
        Self {
            zh: make(Language::Zh),
            en: make(Language::En),
        }
    }
}

/// Everything on the page.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    lang: &'static str,
    title: Both,
    ok: bool,
    converged: bool,
    from: i64,
    until: i64,
    cities: Vec<City>,
    events: Vec<Act>,
    faults: Vec<Shade>,
    docs: Vec<Document>,
    asked: Vec<Asked>,
}

#[derive(Debug, Serialize)]
struct City {
    code: DivisionCode,
    #[serde(flatten)]
    name: Both,
}

/// What a clerk did.
#[derive(Debug, Serialize)]
struct Act {
    t: i64,
    city: DivisionCode,
    act: &'static str,
    #[serde(flatten)]
    told: Both,
    doc: Option<String>,
    number: Option<String>,
    ok: bool,
    refused: Option<&'static str>,
    say: Option<Both>,
}

/// A fault from its beginning to its end.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Shade {
    kind: Look,
    from: i64,
    until: i64,
    cities: Vec<Vec<DivisionCode>>,
    #[serde(flatten)]
    told: Both,
}

/// How a fault is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Look {
    /// The city is down, or goes down with its next commit.
    Down,
    /// The city does not reach the others, or some of them.
    Cut,
    /// One link of the city is cut, or one way of it.
    Link,
    /// The city lies, for as long as the run lasts as a rule.
    Hostile,
    /// Something about the city is worse than it should be.
    Worse,
}

impl Look {
    /// How a fault is drawn that hits so many cities; one link is told as its two ends.
    pub(super) fn of(fault: FaultKind, cities: &[Vec<DivisionCode>]) -> Self {
        let one_link = cities.len() == 1 && cities[0].len() == 2;
        match fault {
            FaultKind::OneWay => Self::Link,
            FaultKind::Flap | FaultKind::HalfOpen if one_link => Self::Link,
            FaultKind::Partition | FaultKind::HubOff | FaultKind::Flap | FaultKind::Swizzle => {
                Self::Cut
            }
            FaultKind::RestartAll | FaultKind::ByzantineVanish => Self::Down,
            hostile if is_hostile(hostile) => Self::Hostile,
            process if process.hits_process() => Self::Down,
            _ => Self::Worse,
        }
    }
}

/// A document with what every city has of it.
#[derive(Debug, Serialize)]
struct Document {
    id: String,
    kind: String,
    name: String,
    number: String,
    stage: Both,
    holder: Vec<DivisionCode>,
    roots: BTreeMap<DivisionCode, String>,
    equal: bool,
    history: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    city: DivisionCode,
    act: String,
    #[serde(flatten)]
    told: Both,
    time: i64,
    /// The time that the city signed in Unix seconds, as text, where it lies outside the run; `time` is then the nearest
    /// one in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    status: String,
    /// Places of the parents in the history.
    parents: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct Asked {
    line: usize,
    ok: bool,
    text: String,
}

impl Picture {
    pub(super) fn of(scenario: &Scenario, report: &Report, language: Language) -> Self {
        let told = |make: &dyn Fn(&Story<'_>) -> String| {
            Both::of(|language| make(&Story::new(scenario, language)))
        };
        let cities = scenario.nodes.iter().map(|node| City {
            code: node.division,
            name: told(&|story| story.city(node.division)),
        });
        let ends = |event: Option<&Event>| event.map_or(scenario.end(), |event| event.at).unix();
        let run = (ends(report.events.first()), ends(report.events.last()));
        Self {
            lang: match language {
                Language::Zh => "zh",
                Language::En => "en",
            },
            title: told(&|story| story.title().to_owned()),
            ok: report.ok,
            converged: report.converged,
            from: run.0,
            until: run.1,
            cities: cities.collect(),
            events: acts(report, &told),
            faults: shades(&report.events, run.1, &told),
            docs: documents(report, run, &told),
            asked: asked(report),
        }
    }
}

type Told<'t> = &'t dyn Fn(&dyn Fn(&Story<'_>) -> String) -> Both;

fn acts(report: &Report, told: Told<'_>) -> Vec<Act> {
    let acts = report.events.iter().filter_map(|event| {
        let What::Step(played) = &event.what else {
            return None;
        };
        Some(Act {
            t: event.at.unix(),
            city: played.node,
            act: played.act,
            told: told(&|story| story.step(played)),
            doc: played.document.clone(),
            number: played.number.clone(),
            ok: played.ok,
            refused: played.refused.map(|code| code.as_str()),
            say: event
                .say
                .as_ref()
                .map(|say| told(&|story| story.text(say).unwrap_or_default().to_owned())),
        })
    });
    acts.collect()
}

/// Joins beginnings with their ends; a city that is gone for good is so until the end of the run.
fn shades(events: &[Event], end: i64, told: Told<'_>) -> Vec<Shade> {
    let mut shades: Vec<Shade> = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    for event in events {
        match &event.what {
            What::FaultBegins { fault, cities } => {
                open.push((shades.len(), format!("{fault:?}{cities:?}")));
                shades.push(Shade {
                    kind: Look::of(*fault, cities),
                    from: event.at.unix(),
                    until: end,
                    cities: cities.clone(),
                    told: told(&|story| story.fault_begins(*fault, cities)),
                });
            }
            What::FaultEnds { fault, cities } => {
                let name = format!("{fault:?}{cities:?}");
                if let Some(at) = open.iter().position(|(_, of)| *of == name) {
                    let (shade, _) = open.remove(at);
                    if *fault != FaultKind::ByzantineVanish {
                        shades[shade].until = event.at.unix();
                    }
                }
            }
            _ => {}
        }
    }
    shades
}

fn documents(report: &Report, run: (i64, i64), told: Told<'_>) -> Vec<Document> {
    let cases: BTreeMap<&str, &CaseSummary> = report
        .cases
        .iter()
        .map(|case| (case.document.as_str(), case))
        .collect();
    let documents = report.state_roots.iter().map(|(id, roots)| {
        let case = cases.get(id.as_str());
        let named = report.names.get(id).cloned().unwrap_or_default();
        let files = report.file_digests.get(id);
        let same = |table: &BTreeMap<DivisionCode, String>| {
            let mut values = table.values();
            let first = values.next();
            values.all(|other| Some(other) == first)
        };
        let known =
            case.is_none_or(|case| case.known_to.iter().all(|city| roots.contains_key(city)));
        Document {
            id: id.clone(),
            kind: named.0,
            name: named.1,
            number: case.map(|case| case.number.clone()).unwrap_or_default(),
            stage: case.map_or_else(Both::default, |case| {
                told(&|story| format!("{} {}", case.stage, story.stage(&case.stage)))
            }),
            holder: case.map(|case| case.holder.clone()).unwrap_or_default(),
            roots: roots.clone(),
            equal: known && same(roots) && files.is_none_or(same),
            history: history(report, id, run, told),
        }
    });
    let mut documents: Vec<Document> = documents.collect();
    // Cases by number first; what has no number stands after them.
    documents.sort_by_key(|document| (document.number.is_empty(), document.number.clone()));
    documents
}

fn history(report: &Report, id: &str, (from, until): (i64, i64), told: Told<'_>) -> Vec<Entry> {
    let rows = report.histories.get(id).map_or(&[][..], Vec::as_slice);
    let places: BTreeMap<&str, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.entry.as_str(), at))
        .collect();
    let entries = rows.iter().map(|row| Entry {
        id: row.entry.clone(),
        city: row.city,
        act: row.act.clone(),
        told: told(&|story| story.entry_act(&row.act)),
        time: row.time.clamp(from, until.max(from)),
        signed: (!(from - SKEW..=until + SKEW).contains(&row.time)).then(|| told_time(row.time)),
        status: row.status.clone(),
        parents: row
            .parents
            .iter()
            .filter_map(|parent| places.get(parent.as_str()).copied())
            .collect(),
    });
    entries.collect()
}

/// A moment in Beijing for people, or the bare seconds where no calendar reaches.
fn told_time(seconds: i64) -> String {
    let day = Day::from_unix_beijing(seconds);
    if day == Day::MIN || day == Day::MAX {
        return format!("{seconds} s");
    }
    let of_day = seconds.saturating_add(8 * 3_600).rem_euclid(86_400) / 60;
    format!("{day} {:02}:{:02}", of_day / 60, of_day % 60)
}

fn asked(report: &Report) -> Vec<Asked> {
    let asked = report.expectations.iter().map(|checked| {
        let mismatches = checked.mismatches.iter();
        let mismatches =
            mismatches.map(|found| format!("{}: {} ≠ {}", found.what, found.expected, found.found));
        let text: Vec<String> = mismatches.collect();
        Asked {
            line: checked.line,
            ok: checked.ok,
            text: format!("{} {} {}", checked.query, checked.about, text.join("; ")),
        }
    });
    asked.collect()
}
