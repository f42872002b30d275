//! Reads what a case should show.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::error::Errors;
use super::expect::{ascending, map, named, texts};
use super::fields::{Fields, Value, as_list, as_text};
use super::step::Defined;
use super::{CaseExpect, CourseExpect, Node};

/// Reads the keys of `query = "case"`.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<CaseExpect> {
    let case = named("case", fields, defined, errors);
    let audience = ascending("audience", fields, nodes, errors);
    let mut expected = CaseExpect {
        stage: fields.text("stage", errors).map(str::to_owned),
        holder: fields.city("holder", nodes, errors),
        holders: ascending("holders", fields, nodes, errors),
        acts: map(fields, "acts", errors, |value, errors| {
            let mut statuses = texts(value, errors);
            statuses.sort();
            Some(statuses)
        }),
        submission: fields.count("submission", errors),
        audience,
        notes_contain: fields.texts("notes_contain", errors),
        course: course(fields, errors),
        ..CaseExpect::default()
    };
    if fields.get("consult").is_some() {
        expected.course.consult = named("consult", fields, defined, errors);
    }
    if let Some(file) = fields.get("file") {
        let file = Fields::of(file, &["fields", "checklist", "conflicts"], errors)?;
        expected.fields = map(&file, "fields", errors, |value, errors| {
            as_text(value, errors).map(str::to_owned)
        });
        expected.checklist = map(&file, "checklist", errors, |value, errors| {
            match value.get_ref() {
                DeValue::Boolean(flag) => Some(*flag),
                _ => {
                    errors.push(value.span().start, "expected true or false", None);
                    None
                }
            }
        });
        expected.conflicts = file.texts("conflicts", errors);
    }
    expected.case = case?;
    Some(expected)
}

/// Clocks, steps and marks.
fn course(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> CourseExpect {
    let words =
        |value: &Value<'_>, errors: &mut Errors<'_>| as_text(value, errors).map(str::to_owned);
    let list = |key: &str, errors: &mut Errors<'_>| {
        fields.get(key)?;
        let mut list = fields.texts(key, errors);
        list.sort();
        Some(list)
    };
    CourseExpect {
        due: map(fields, "due", errors, words),
        used: map(fields, "used", errors, |value, errors| {
            let items = as_list(value, errors);
            Some(
                items
                    .iter()
                    .filter_map(|item| number(item, errors))
                    .collect(),
            )
        }),
        overdue: list("overdue", errors),
        steps: map(fields, "steps", errors, words),
        accepted: fields.text("accepted", errors).map(str::to_owned),
        stale_guide: fields.count("stale_guide", errors),
        deemed: fields.text("deemed", errors).map(str::to_owned),
        withdrawing: fields
            .get("withdrawing")
            .is_some()
            .then(|| fields.flag("withdrawing", false, errors)),
        trips: fields.count("trips", errors),
        returns: fields.count("returns", errors),
        originals_out: list("originals_out", errors),
        ratings: ratings(fields, errors),
        assigned: fields.text("assigned", errors).map(str::to_owned),
        consult: None,
        return_cause: list("return_cause", errors),
    }
}

fn ratings(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> BTreeMap<String, u64> {
    map(fields, "ratings", errors, number)
}

fn number(value: &Value<'_>, errors: &mut Errors<'_>) -> Option<u64> {
    let found = match value.get_ref() {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    if found.is_none() {
        errors.push(value.span().start, "expected a number", None);
    }
    found
}
