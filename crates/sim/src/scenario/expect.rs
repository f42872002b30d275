//! Reads one `[[expect]]`.

use std::collections::BTreeMap;

use toml::de::DeValue;
use tongban_ledger::calendar::Month;

use super::error::{Errors, nearest};
use super::fields::{Fields, Value, as_list, as_text, expect_table};
use super::label::label_of;
use super::step::{Defined, check_use};
use super::{Expect, ForkExpect, Moment, Node, Query, StatusExpect};

/// Each query with its keys beside `at`, `node` and `query`.
const QUERIES: &[(&str, &[&str])] = &[
    ("converged", &[]),
    (
        "case",
        &[
            "case",
            "stage",
            "holder",
            "holders",
            "acts",
            "submission",
            "audience",
            "file",
            "notes_contain",
            "due",
            "used",
            "overdue",
            "steps",
            "accepted",
            "stale_guide",
            "deemed",
            "withdrawing",
            "trips",
            "returns",
            "originals_out",
            "ratings",
            "assigned",
            "consult",
            "return_cause",
        ],
    ),
    (
        "consult",
        &[
            "consult",
            "verdict",
            "minutes",
            "escalated",
            "waits_for",
            "due",
            "overdue",
            "reviewed",
        ],
    ),
    (
        "decisions",
        &[
            "agreement",
            "live",
            "standing",
            "signatures",
            "reservations",
            "agenda",
        ],
    ),
    (
        "meeting",
        &[
            "meeting",
            "agreement",
            "adoption",
            "attending",
            "signed",
            "waits_for",
            "items",
            "agenda_contain",
            "minutes_contain",
            "open_issues",
            "open_actions",
            "overdue_actions",
        ],
    ),
    ("cases", &["count"]),
    (
        "parcel",
        &[
            "parcel",
            "stage",
            "place",
            "counted",
            "disputed",
            "outcomes",
            "exception",
            "alarms",
        ],
    ),
    ("settlement.net", &["month", "value"]),
    ("settlement.owes", &["month", "value"]),
    ("settlement.self_paid", &["month", "value"]),
    ("settlement.paid", &["month", "value"]),
    ("settlement.borne", &["month", "value"]),
    ("settlement.lines", &["month", "value"]),
    ("bill", super::expect_money::BILL),
    ("round", super::expect_money::ROUND),
    ("absent", &["case"]),
    ("refused", &["count"]),
    ("sound", &[]),
    (
        "status",
        &[
            "copy",
            "possible_restore",
            "returning",
            "copied",
            "doubled",
            "forks",
            "documents",
            "revoked",
            "idle",
        ],
    ),
    ("fork", &["city", "case", "statuses"]),
    ("held", &["count"]),
    (
        "members",
        &["agreement", "value", "certificates", "doubled", "round"],
    ),
];

/// Queries about the whole run, which cannot be put to one city.
const OF_THE_RUN: &[&str] = &["converged", "refused", "sound"];

/// Reads an expectation; what is wrong goes to `errors`.
pub(super) fn read(
    value: &Value<'_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<Expect> {
    let (name, keys) = query_name(value, errors)?;
    let mut known = vec!["query", "at"];
    if !OF_THE_RUN.contains(&name) {
        known.push("node");
    }
    known.extend_from_slice(keys);
    let fields = Fields::of(value, &known, errors)?;
    let at = when(&fields, errors);
    let node = fields.city("node", nodes, errors);
    let query = query(name, &fields, nodes, defined, errors);
    let query = query?;
    if let Some(Some(at)) = at {
        defined_by(&fields, at, defined, errors);
    }
    Some(Expect {
        at: at?,
        node,
        query,
        line: errors.line(fields.at),
    })
}

fn query_name(
    value: &Value<'_>,
    errors: &mut Errors<'_>,
) -> Option<(&'static str, &'static [&'static str])> {
    let table = expect_table(value, errors)?;
    let Some(query) = table.get("query") else {
        errors.push(value.span().start, "`query` is missing", None);
        return None;
    };
    let name = as_text(query, errors)?;
    let known = QUERIES.iter().copied().find(|(known, _)| *known == name);
    if known.is_none() {
        let names: Vec<&str> = QUERIES.iter().map(|(name, _)| *name).collect();
        let hint = nearest(name, names.iter().copied())
            .unwrap_or_else(|| format!("known: {}", names.join(", ")));
        errors.push(
            query.span().start,
            format!("unknown query `{name}`"),
            Some(hint),
        );
    }
    known
}

/// `at = "end"`, a moment, or nothing for the end; the outer `None` is a mistake.
fn when(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<Option<Moment>> {
    match fields.get("at").map(|value| value.get_ref()) {
        None => Some(None),
        Some(DeValue::String(text)) if text == "end" => Some(None),
        Some(_) => fields.moment("at", errors).map(Some),
    }
}

fn query(
    name: &str,
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<Query> {
    match name {
        "converged" => Some(Query::Converged),
        "sound" => Some(Query::Sound),
        "case" => super::expect_case::read(fields, nodes, defined, errors)
            .map(|case| Query::Case(Box::new(case))),
        "cases" => count(fields, errors).map(|count| Query::Cases { count }),
        "parcel" => super::expect_parcel::read(fields, defined, errors).map(Query::Parcel),
        "settlement.net"
        | "settlement.self_paid"
        | "settlement.paid"
        | "settlement.borne"
        | "settlement.lines" => super::expect_money::account(name, fields, nodes, errors),
        "settlement.owes" => {
            let month = month(fields, errors);
            let value = owes(fields, nodes, errors)?;
            month.map(|month| Query::Owes { month, value })
        }
        "consult" => {
            super::expect_consult::read(fields, nodes, defined, errors).map(Query::Consult)
        }
        "bill" => super::expect_money::bill(fields, nodes, errors).map(Query::Bill),
        "round" => super::expect_money::round(fields, nodes, errors)
            .map(|round| Query::Round(Box::new(round))),
        "decisions" => {
            let expected = super::expect_meeting::decisions(fields, errors);
            Some(Query::Decisions(Box::new(expected)))
        }
        "meeting" => super::expect_meeting::meeting(fields, nodes, defined, errors)
            .map(|meeting| Query::Meeting(Box::new(meeting))),
        "members" => super::expect_members::read(fields, nodes, errors).map(Query::Members),
        "absent" => named("case", fields, defined, errors).map(|case| Query::Absent { case }),
        "status" => Some(Query::Status(status(fields, nodes, errors))),
        "fork" => fork(fields, nodes, defined, errors).map(Query::Fork),
        "held" => count(fields, errors).map(|count| Query::Held { count }),
        _ => count(fields, errors).map(|count| Query::Refused { count }),
    }
}

/// What a node says of itself.
fn status(fields: &Fields<'_, '_>, nodes: &[Node], errors: &mut Errors<'_>) -> StatusExpect {
    let flag = |key, errors: &mut Errors<'_>| {
        fields
            .get(key)
            .is_some()
            .then(|| fields.flag(key, false, errors))
    };
    StatusExpect {
        copy: fields.flag("copy", false, errors),
        possible_restore: flag("possible_restore", errors),
        revoked: flag("revoked", errors),
        returning: ascending("returning", fields, nodes, errors),
        copied: ascending("copied", fields, nodes, errors),
        doubled: ascending("doubled", fields, nodes, errors),
        forks: fields.count("forks", errors),
        documents: fields
            .get("documents")
            .map(|_| counts(fields, "documents", errors)),
        idle: fields.get("idle").is_some().then(|| {
            let mut idle = fields.texts("idle", errors);
            idle.sort();
            idle
        }),
    }
}

fn fork(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<ForkExpect> {
    let city = fields.need_city("city", nodes, errors);
    let case = match fields.get("case") {
        Some(_) => Some(named("case", fields, defined, errors)?),
        None => None,
    };
    fields.need("statuses", errors)?;
    let mut statuses = fields.texts("statuses", errors);
    statuses.sort();
    Some(ForkExpect {
        city: city?,
        case,
        statuses,
    })
}

/// A list of cities, sorted, if the key is there.
pub(super) fn ascending(
    key: &str,
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<Vec<tongban_identity::DivisionCode>> {
    fields.get(key)?;
    let mut cities = fields.cities(key, nodes, errors);
    cities.sort();
    Some(cities)
}

pub(super) fn texts(value: &Value<'_>, errors: &mut Errors<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for item in as_list(value, errors) {
        texts.extend(as_text(item, errors).map(str::to_owned));
    }
    texts
}

pub(super) fn map<'i, T>(
    fields: &Fields<'_, 'i>,
    key: &str,
    errors: &mut Errors<'_>,
    read: impl Fn(&Value<'i>, &mut Errors<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let Some(table) = fields
        .get(key)
        .and_then(|value| expect_table(value, errors))
    else {
        return BTreeMap::new();
    };
    table
        .iter()
        .filter_map(|(key, value)| Some((key.get_ref().to_string(), read(value, errors)?)))
        .collect()
}

/// Counts by name.
pub(super) fn counts(
    fields: &Fields<'_, '_>,
    key: &str,
    errors: &mut Errors<'_>,
) -> BTreeMap<String, u64> {
    map(fields, key, errors, |value, errors| {
        let DeValue::Integer(digits) = value.get_ref() else {
            errors.push(value.span().start, "not a number", None);
            return None;
        };
        digits.as_str().parse().ok()
    })
}

/// A case or parcel by label or number.
pub(super) fn named(
    key: &str,
    fields: &Fields<'_, '_>,
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<String> {
    let value = fields.need(key, errors)?;
    let text = as_text(value, errors)?;
    check_use(text, value.span().start, defined, errors);
    Some(text.to_owned())
}

/// A timed expectation can only use labels that are defined by then.
fn defined_by(fields: &Fields<'_, '_>, at: Moment, defined: &Defined, errors: &mut Errors<'_>) {
    for value in ["case", "parcel", "consult", "meeting"]
        .iter()
        .filter_map(|key| fields.get(key))
    {
        let DeValue::String(text) = value.get_ref() else {
            continue;
        };
        if let Some(label) = label_of(text)
            && defined.get(label).is_some_and(|later| *later > at)
        {
            errors.push(
                value.span().start,
                format!("the label `${label}` is defined only after this expectation"),
                None,
            );
        }
    }
}

fn count(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<u64> {
    fields.need("count", errors)?;
    fields.count("count", errors)
}

pub(super) fn month(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<Month> {
    let value = fields.need("month", errors)?;
    let month = as_text(value, errors)?.parse().ok();
    if month.is_none() {
        let hint = "write it as \"2026-09\"".to_owned();
        errors.push(value.span().start, "not a month", Some(hint));
    }
    month
}

fn owes(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<BTreeMap<tongban_identity::DivisionCode, BTreeMap<tongban_identity::DivisionCode, i64>>>
{
    let value = fields.need("value", errors)?;
    Some(owes_of(value, nodes, errors))
}

/// Debtor → creditor → fen.
pub(super) fn owes_of(
    value: &Value<'_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> BTreeMap<tongban_identity::DivisionCode, BTreeMap<tongban_identity::DivisionCode, i64>> {
    let mut owes = BTreeMap::new();
    for (debtor, amounts) in Fields::by_city(value, nodes, errors) {
        owes.insert(debtor, Fields::amounts(amounts, nodes, errors));
    }
    owes
}
