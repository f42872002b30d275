//! Reads the file as a whole: heading, nodes, terms, and the lists of steps, faults and expectations.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::Calendar;
use tongban_ledger::command::Terms;

use super::cities::known_name;
use super::error::{Errors, ScenarioError, nearest};
use super::fields::{Fields, Value, as_list, as_text};
use super::step::Defined;
use super::{
    Also, EngineName, Expect, Fault, Node, Query, Scenario, Step, expect, fault, file, order,
    repeat, step,
};

const KEYS: &[&str] = &[
    "scenario",
    "title",
    "calendar",
    "engines",
    "reason",
    "timing",
    "seed",
    "start",
    "until",
    "node",
    "nodes",
    "outside",
    "agreement",
    "terms",
    "step",
    "fault",
    "file",
    "expect",
];

/// Reads and checks a scenario.
pub(super) fn parse(text: &str, name: &str) -> Result<Scenario, Vec<ScenarioError>> {
    let mut errors = Errors::new(name, text);
    let (table, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        errors.toml(error, &(0..0));
    }
    if !broken.is_empty() {
        // What a half-read table lacks would be reported as missing though it is there.
        return Err(errors.into_sorted());
    }
    let scenario = read(table.get_ref(), name, &mut errors);
    let mistakes = errors.into_sorted();
    match scenario {
        Some(scenario) if mistakes.is_empty() => Ok(scenario),
        _ => Err(mistakes),
    }
}

fn read(table: &DeTable<'_>, file: &str, errors: &mut Errors<'_>) -> Option<Scenario> {
    let fields = Fields::open(table, 0, KEYS, errors);
    let name = fields.need_text("scenario", errors).map(str::to_owned);
    let title = fields.wording("title", errors).unwrap_or_default();
    let calendar = calendar(&fields, errors);
    let engines = engines(&fields, errors);
    let reason = fields.text("reason", errors).map(str::to_owned);
    if engines.len() < EngineName::ALL.len() && reason.is_none() {
        let at = fields.get("engines").map_or(0, |value| value.span().start);
        let hint = "say in `reason` why the other engine cannot play it".to_owned();
        errors.push(at, "not every engine, and no reason", Some(hint));
    }
    let exact = exact(&fields, &engines, errors);
    let nodes = nodes(&fields, errors);
    let terms = terms(&fields, file, &nodes, errors);
    let outside = fields.cities("outside", &nodes, errors);
    let also = also(&fields, file, &nodes, errors);
    let mut defined = Defined::new();
    if let Some(start) = fields.moment("start", errors) {
        let codes = also.iter().map(|also| &also.terms.code);
        for code in codes.chain(terms.iter().map(|terms| &terms.code)) {
            defined.insert(format!("founding-{code}"), start);
            defined.insert(format!("agreement-{code}"), start);
        }
        for city in &outside {
            defined.insert(format!("invitation-{city}"), start);
        }
    }
    let faults = faults(&fields, &nodes, &engines, &mut defined, errors);
    let steps = steps(&fields, &nodes, &mut defined, errors);
    let files: Vec<file::Carried> = list(&fields, "file", errors)
        .iter()
        .filter_map(|value| file::read(value, &nodes, errors))
        .collect();
    let expects = expects(&fields, &nodes, &defined, errors);
    if engines.contains(&EngineName::Live)
        && let Some(expect) = expects.iter().find(|expect| expect.query == Query::Sound)
    {
        let message = format!(
            "line {}: only the virtual engine can be asked `sound`",
            expect.line
        );
        errors.push(
            0,
            message,
            Some("engines = [\"sim\"] and a `reason`".to_owned()),
        );
    }
    let start = fields
        .moment("start", errors)
        .or_else(|| steps.first().map(|(step, _)| step.at));
    if let Some(start) = start {
        order::steps_ascend(start, &steps, errors);
    }
    if !exact {
        order::faults_apart(&faults, errors);
    }
    if !exact {
        order::nodes_run(&steps, &faults, errors);
        order::copies_run(&steps, &files, &faults, errors);
    }
    loaded_years(&steps, errors);
    // A list whose every step has a mistake is not reported as empty on top.
    if list(&fields, "step", errors).is_empty() {
        errors.push(0, "a scenario needs a `[[step]]`", None);
    }
    Some(Scenario {
        name: name?,
        title,
        calendar: calendar?,
        engines,
        reason,
        exact,
        seed: fields.count("seed", errors),
        until: fields.moment("until", errors),
        start: start?,
        nodes,
        outside,
        also,
        terms: terms?,
        steps: steps.into_iter().map(|(step, _)| step).collect(),
        faults: faults.into_iter().map(|(fault, _)| fault).collect(),
        files,
        expects,
    })
}

/// `timing = "exact"`: every event at its millisecond, which only a virtual clock can do.
fn exact(fields: &Fields<'_, '_>, engines: &[EngineName], errors: &mut Errors<'_>) -> bool {
    let exact = match fields.text("timing", errors) {
        None | Some("at-rest") => false,
        Some("exact") => true,
        Some(other) => {
            let hint = "known: at-rest, exact".to_owned();
            errors.push(0, format!("unknown timing `{other}`"), Some(hint));
            false
        }
    };
    if exact && engines.contains(&EngineName::Live) {
        let hint = "engines = [\"sim\"] and a `reason`".to_owned();
        let message = "only the virtual engine has a clock for exact timing";
        errors.push(0, message, Some(hint));
    }
    exact
}

/// `CN-2026`: the official calendar of a year that is loaded.
fn calendar(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<String> {
    let value = fields.need("calendar", errors)?;
    let text = as_text(value, errors)?;
    let year = text.strip_prefix("CN-").and_then(|year| year.parse().ok());
    let loaded = year.is_some_and(|year: i16| Calendar::official().year(year).is_some());
    if !loaded {
        let hint = "known: CN-2025, CN-2026".to_owned();
        errors.push(
            value.span().start,
            format!("unknown calendar `{text}`"),
            Some(hint),
        );
    }
    Some(text.to_owned())
}

/// Deadlines are counted over years that are loaded; a step elsewhere could only fail.
fn loaded_years(steps: &[order::Placed<Step>], errors: &mut Errors<'_>) {
    let calendar = Calendar::official();
    for (step, at) in steps {
        let year = step.at.day().year();
        if calendar.year(year).is_none() {
            errors.push(
                *at,
                format!("the working days of {year} are not loaded"),
                None,
            );
        }
    }
}

fn engines(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Vec<EngineName> {
    let Some(value) = fields.get("engines") else {
        return EngineName::ALL.to_vec();
    };
    let mut engines = Vec::new();
    for item in as_list(value, errors) {
        let Some(text) = as_text(item, errors) else {
            continue;
        };
        let at = item.span().start;
        match EngineName::ALL.iter().find(|known| known.as_str() == text) {
            Some(engine) if engines.contains(engine) => {
                errors.push(at, format!("`{text}` stands twice"), None);
            }
            Some(engine) => engines.push(*engine),
            None => {
                let known = EngineName::ALL.iter().map(|engine| engine.as_str());
                let hint = nearest(text, known).unwrap_or_else(|| "known: live, sim".to_owned());
                errors.push(at, format!("unknown engine `{text}`"), Some(hint));
            }
        }
    }
    if engines.is_empty() {
        errors.push(value.span().start, "no engine is named", None);
    }
    engines
}

/// `nodes = ["330800", …]` for known cities, or a `[[node]]` each.
fn nodes(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut add = |node: Option<(Node, usize)>, errors: &mut Errors<'_>| {
        let Some((node, at)) = node else { return };
        if nodes.iter().any(|other| other.division == node.division) {
            errors.push(at, format!("the node {} stands twice", node.division), None);
        } else {
            nodes.push(node);
        }
    };
    if let Some(list) = fields.get("nodes") {
        for item in as_list(list, errors) {
            let node =
                as_text(item, errors).and_then(|text| node(text, None, item.span().start, errors));
            add(node, errors);
        }
    }
    if let Some(list) = fields.get("node") {
        for item in as_list(list, errors) {
            let node = Fields::of(item, &["division", "name"], errors).and_then(|fields| {
                let division = fields.need_text("division", errors)?;
                let name = fields.text("name", errors);
                node(division, name, fields.at, errors)
            });
            add(node, errors);
        }
    }
    if nodes.len() < 2 {
        let hint = "nodes = [\"330800\", \"350700\"]".to_owned();
        errors.push(0, "a scenario needs two nodes or more", Some(hint));
    }
    nodes
}

fn node(
    division: &str,
    name: Option<&str>,
    at: usize,
    errors: &mut Errors<'_>,
) -> Option<(Node, usize)> {
    let Ok(division) = division.parse::<DivisionCode>() else {
        let message = format!("`{division}` is no division code of six digits");
        errors.push(at, message, None);
        return None;
    };
    let Some(name) = name.or_else(|| known_name(division)) else {
        let hint = format!("[[node]] division = \"{division}\", name = \"…\"");
        errors.push(
            at,
            format!("the city {division} has no known name"),
            Some(hint),
        );
        return None;
    };
    let name = name.to_owned();
    Some((Node { division, name }, at))
}

/// `[[agreement]]`: further agreements, each with its nodes and its terms.
fn also(fields: &Fields<'_, '_>, file: &str, nodes: &[Node], errors: &mut Errors<'_>) -> Vec<Also> {
    let mut also = Vec::new();
    for item in list(fields, "agreement", errors) {
        let Some(fields) = Fields::of(item, &["nodes", "terms"], errors) else {
            continue;
        };
        let cities = fields.cities("nodes", nodes, errors);
        if cities.len() < 2 {
            errors.push(fields.at, "an agreement needs two nodes or more", None);
        }
        if let Some(terms) = terms(&fields, file, nodes, errors) {
            also.push(Also {
                nodes: cities,
                terms,
            });
        }
    }
    also
}

/// Inline terms, or the name of a file that holds them.
fn terms(
    fields: &Fields<'_, '_>,
    file: &str,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<Terms> {
    let value = fields.need("terms", errors)?;
    let terms = match value.get_ref() {
        DeValue::String(name) => terms_file(name, file, value.span().start, errors)?,
        _ => Terms::deserialize(ValueDeserializer::from(repeat::expand(value, errors)))
            .map_err(|error| errors.toml(&error, &value.span()))
            .ok()?,
    };
    for city in strangers(&terms, nodes) {
        errors.push(
            value.span().start,
            format!("the terms name {city}, which is no node of this scenario"),
            None,
        );
    }
    Some(terms)
}

fn terms_file(name: &str, file: &str, at: usize, errors: &mut Errors<'_>) -> Option<Terms> {
    let path = Path::new(file).parent().unwrap_or(Path::new("")).join(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot read the terms {}: {error}", path.display());
            errors.push(at, message, None);
            return None;
        }
    };
    let mut there = Errors::new(&path.display().to_string(), &text);
    let terms = match DeTable::parse(&text) {
        Ok(table) => {
            let whole = repeat::table(table.get_ref(), &mut there);
            let whole = Spanned::new(table.span(), DeValue::Table(whole));
            Terms::deserialize(ValueDeserializer::from(whole))
        }
        Err(error) => Err(error),
    };
    let terms = terms.map_err(|error| there.toml(&error, &(0..0)));
    let mistakes = there.into_sorted();
    if mistakes.is_empty() {
        return terms.ok();
    }
    errors.absorb(mistakes);
    None
}

/// Cities in the terms that are not nodes, once each.
fn strangers(terms: &Terms, nodes: &[Node]) -> BTreeSet<DivisionCode> {
    let guides = terms.guides.iter().flat_map(|guide| &guide.owners);
    let live = terms
        .live
        .iter()
        .flat_map(|live| live.receivers.iter().chain(&live.owners));
    let grants = terms
        .grants
        .iter()
        .flat_map(|grant| grant.grantors.iter().chain(&grant.grantees));
    guides
        .chain(live)
        .chain(grants)
        .copied()
        .filter(|city| nodes.iter().all(|node| node.division != *city))
        .collect()
}

fn steps(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Vec<order::Placed<Step>> {
    let mut steps = Vec::new();
    for item in list(fields, "step", errors) {
        if let Some(step) = step::read(item, nodes, defined, errors) {
            steps.push((step, place_of(item, &["at"])));
        }
    }
    steps
}

fn faults(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    engines: &[EngineName],
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Vec<order::Placed<Fault>> {
    let mut faults = Vec::new();
    for item in list(fields, "fault", errors) {
        if let Some(fault) = fault::read(item, nodes, engines, defined, errors) {
            faults.push((fault, place_of(item, &["from", "at"])));
        }
    }
    faults
}

fn expects(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Vec<Expect> {
    let list = list(fields, "expect", errors);
    list.iter()
        .filter_map(|item| expect::read(item, nodes, defined, errors))
        .collect()
}

fn list<'a, 'i>(fields: &Fields<'a, 'i>, key: &str, errors: &mut Errors<'_>) -> &'a [Value<'i>] {
    match fields.get(key) {
        Some(value) => as_list(value, errors),
        None => &[],
    }
}

/// Where the first of these keys has its value, or the table itself.
fn place_of(item: &Value<'_>, keys: &[&str]) -> usize {
    let of_key = match item.get_ref() {
        DeValue::Table(table) => keys.iter().find_map(|key| table.get(*key)),
        _ => None,
    };
    of_key.map_or(item.span().start, |value: &Spanned<_>| value.span().start)
}
