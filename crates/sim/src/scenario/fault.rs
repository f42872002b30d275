//! Reads one `[[fault]]` as the table of faults says.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;

use super::error::{Errors, nearest};
use super::fields::{Fields, Value, as_city, as_integer, as_list};
use super::step::{Defined, define};
use super::{EngineName, Fault, Moment, Node};
use crate::faults::{Aim, Amount, FaultRow, Span, TABLE};

/// Reads a fault; what is wrong goes to `errors`.
pub(super) fn read(
    value: &Value<'_>,
    nodes: &[Node],
    engines: &[EngineName],
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Option<Fault> {
    let row = row(value, engines, errors)?;
    let fields = Fields::of(value, &row.keys(), errors)?;
    let begins = if row.span == Span::FromUntil {
        "from"
    } else {
        "at"
    };
    let from = fields.need_moment(begins, errors);
    let until = match row.span {
        Span::FromUntil => fields.need_moment("until", errors),
        Span::AtUntil => fields.moment("until", errors),
        Span::At => None,
    };
    ends_later(&fields, from, until, errors);
    let amount = row
        .amount
        .map(|amount| read_amount(&fields, amount, errors));
    let mut fault = Fault {
        from: from?,
        until,
        settle: fields.flag("settle", true, errors),
        say: fields.wording("say", errors),
        line: errors.line(fields.at),
        ..Fault::new(row.kind, from?)
    };
    aim(row, &fields, nodes, &mut fault, errors)?;
    if row.kind.is_labelled()
        && let Some(value) = fields.get("as")
    {
        let name = super::fields::as_text(value, errors)?;
        fault.label = define(name, value.span().start, from, defined, errors);
    }
    fault.amount = amount.unwrap_or(Some(0))?;
    Some(fault)
}

/// Whom it hits.
fn aim(
    row: &FaultRow,
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    fault: &mut Fault,
    errors: &mut Errors<'_>,
) -> Option<()> {
    match row.aim {
        Aim::Process | Aim::City => fault.node = Some(fields.need_city("node", nodes, errors)?),
        Aim::Link | Aim::Links => {
            fault.node = Some(fields.need_city("node", nodes, errors)?);
            fault.to = match row.aim {
                Aim::Link => Some(fields.need_city("to", nodes, errors)?),
                _ => fields.city("to", nodes, errors),
            };
            if fault.to == fault.node {
                errors.push(fields.at, "a city has no link to itself", None);
            }
        }
        Aim::Groups => fault.groups = groups(fields, nodes, errors),
        Aim::Everybody => fault.groups = vec![order(fields, nodes, errors)?],
    }
    Some(())
}

/// The kind decides which keys are known, so it is read before them.
fn row(
    value: &Value<'_>,
    engines: &[EngineName],
    errors: &mut Errors<'_>,
) -> Option<&'static FaultRow> {
    let table = super::fields::expect_table(value, errors)?;
    let Some(kind) = table.get("kind") else {
        errors.push(value.span().start, "`kind` is missing", None);
        return None;
    };
    let name = super::fields::as_text(kind, errors)?;
    let at = kind.span().start;
    let Some(row) = TABLE.iter().find(|row| row.name == name) else {
        let names = || TABLE.iter().map(|row| row.name);
        let hint = nearest(name, names())
            .unwrap_or_else(|| format!("known: {}", names().collect::<Vec<_>>().join(", ")));
        errors.push(at, format!("unknown fault `{name}`"), Some(hint));
        return None;
    };
    for engine in engines.iter().filter(|engine| !row.runs_on(**engine)) {
        let message = format!(
            "the engine `{}` cannot make `{name}`: {}",
            engine.as_str(),
            row.reason
        );
        let names: Vec<String> = row
            .engines
            .iter()
            .map(|engine| format!("{:?}", engine.as_str()))
            .collect();
        let hint = format!("engines = [{}] and a `reason`", names.join(", "));
        errors.push(at, message, Some(hint));
    }
    Some(row)
}

fn read_amount(fields: &Fields<'_, '_>, amount: Amount, errors: &mut Errors<'_>) -> Option<i64> {
    let Some(value) = fields.get(amount.key) else {
        if amount.otherwise.is_none() {
            fields.need(amount.key, errors);
        }
        return amount.otherwise;
    };
    let number = as_integer(value, errors)?;
    if number < amount.min || number > amount.max {
        let message = format!("expected a number from {} to {}", amount.min, amount.max);
        errors.push(value.span().start, message, None);
        return None;
    }
    Some(number)
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

/// Every city of the scenario, once.
fn order(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<Vec<DivisionCode>> {
    let value = fields.need("order", errors)?;
    let order = fields.cities("order", nodes, errors);
    let named: BTreeSet<&DivisionCode> = order.iter().collect();
    if named.len() != nodes.len() || order.len() != nodes.len() {
        let message = "the order names every node once";
        errors.push(value.span().start, message, None);
        return None;
    }
    Some(order)
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
