//! Reads one `[[fault]]`.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;

use super::error::{Errors, nearest};
use super::fields::{Fields, Value, as_city, as_list};
use super::{Fault, Moment, Node};
use crate::faults::{FaultKind, TABLE};

/// Reads a fault; what is wrong goes to `errors`.
pub(super) fn read(value: &Value<'_>, nodes: &[Node], errors: &mut Errors<'_>) -> Option<Fault> {
    let kind = kind(value, errors)?;
    let keys: &[&str] = match kind {
        FaultKind::Down | FaultKind::Pause => &["kind", "node", "from", "until", "settle", "say"],
        FaultKind::Kill => &["kind", "node", "at", "until", "settle", "say"],
        FaultKind::Partition => &["kind", "groups", "from", "until", "settle", "say"],
    };
    let fields = Fields::of(value, keys, errors)?;
    let from = fields.need_moment(
        if kind == FaultKind::Kill {
            "at"
        } else {
            "from"
        },
        errors,
    );
    let until = if kind == FaultKind::Kill {
        fields.moment("until", errors)
    } else {
        fields.need_moment("until", errors)
    };
    ends_later(&fields, from, until, errors);
    let (node, groups) = if kind.hits_process() {
        (fields.need_city("node", nodes, errors), Vec::new())
    } else {
        (None, groups(&fields, nodes, errors))
    };
    if kind.hits_process() && node.is_none() {
        return None;
    }
    Some(Fault {
        kind,
        node,
        groups,
        from: from?,
        until,
        settle: fields.flag("settle", true, errors),
        say: fields.wording("say", errors),
        line: errors.line(fields.at),
    })
}

/// The kind decides which keys are known, so it is read before them.
fn kind(value: &Value<'_>, errors: &mut Errors<'_>) -> Option<FaultKind> {
    let table = super::fields::expect_table(value, errors)?;
    let Some(kind) = table.get("kind") else {
        errors.push(value.span().start, "`kind` is missing", None);
        return None;
    };
    let name = super::fields::as_text(kind, errors)?;
    let known = FaultKind::from_name(name);
    if known.is_none() {
        let names = TABLE.iter().map(|row| row.kind.as_str());
        let hint = nearest(name, names)
            .unwrap_or_else(|| "known: down, kill, pause, partition".to_owned());
        errors.push(
            kind.span().start,
            format!("unknown fault `{name}`"),
            Some(hint),
        );
    }
    known
}

fn ends_later(
    fields: &Fields<'_, '_>,
    from: Option<Moment>,
    until: Option<Moment>,
    errors: &mut Errors<'_>,
) {
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        let at = fields
            .get("until")
            .map_or(fields.at, |value| value.span().start);
        errors.push(at, "the fault ends before it begins", None);
    }
}

fn groups(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Vec<Vec<DivisionCode>> {
    let Some(value) = fields.need("groups", errors) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for group in as_list(value, errors) {
        let mut cities = Vec::new();
        for item in as_list(group, errors) {
            let Some(city) = as_city(item, nodes, errors) else {
                continue;
            };
            if !seen.insert(city) {
                errors.push(
                    item.span().start,
                    format!("{city} stands in the groups twice"),
                    None,
                );
            }
            cities.push(city);
        }
        groups.push(cities);
    }
    if groups.len() < 2 {
        errors.push(
            value.span().start,
            "a partition needs two groups or more",
            Some("groups = [[\"330800\"], [\"350700\"]]".to_owned()),
        );
    }
    groups
}
