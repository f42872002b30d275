//! Reads what a month's account, a bill or a round should show.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;

use super::error::Errors;
use super::expect::{ascending, month, owes_of, texts};
use super::fields::Fields;
use super::{BillExpect, Node, Query, RoundExpect};

/// The keys of `query = "bill"`.
pub(super) const BILL: &[&str] = &[
    "month",
    "with",
    "agreement",
    "stage",
    "lines",
    "owed",
    "due",
    "included",
    "carried",
    "same_hash",
    "differences",
    "round",
];

/// The keys of `query = "round"`.
pub(super) const ROUND: &[&str] = &[
    "month",
    "agreement",
    "netting",
    "stage",
    "number",
    "signed",
    "waits_for",
    "nets",
    "owes",
    "gross",
    "transfers",
    "other_way",
    "carried",
    "doubles",
    "silent",
    "overdue",
    "due",
];

/// Reads the keys of a query about a month's account: sums of cities, or their lines.
pub(super) fn account(
    name: &str,
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<Query> {
    let month = month(fields, errors);
    let value = fields.need("value", errors)?;
    if name == "settlement.lines" {
        let mut lines: BTreeMap<DivisionCode, Vec<String>> = BTreeMap::new();
        for (city, value) in Fields::by_city(value, nodes, errors) {
            let mut listed = texts(value, errors);
            listed.sort();
            lines.insert(city, listed);
        }
        return month.map(|month| Query::Lines {
            month,
            value: lines,
        });
    }
    let value = Fields::amounts(value, nodes, errors);
    let month = month?;
    Some(match name {
        "settlement.net" => Query::Nets { month, value },
        "settlement.paid" => Query::Paid { month, value },
        "settlement.borne" => Query::Borne { month, value },
        _ => Query::SelfPaid { month, value },
    })
}

/// Reads the keys of `query = "bill"`.
pub(super) fn bill(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<BillExpect> {
    let month = month(fields, errors);
    let with = fields.need_city("with", nodes, errors);
    fields.need("node", errors)?;
    let same_hash = fields
        .get("same_hash")
        .map(|_| fields.flag("same_hash", true, errors));
    Some(BillExpect {
        agreement: fields.text("agreement", errors).map(str::to_owned),
        included: sorted("included", fields, errors),
        same_hash,
        stage: fields.text("stage", errors).map(str::to_owned),
        lines: fields.count("lines", errors),
        owed: fields.count("owed", errors),
        due: fields.count("due", errors),
        carried: sorted("carried", fields, errors),
        differences: sorted("differences", fields, errors),
        round: fields.text("round", errors).map(str::to_owned),
        month: month?,
        with: with?,
    })
}

/// Reads the keys of `query = "round"`.
pub(super) fn round(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<RoundExpect> {
    let month = month(fields, errors);
    let nets = fields
        .get("nets")
        .map(|value| Fields::amounts(value, nodes, errors));
    let owes = fields
        .get("owes")
        .map(|value| owes_of(value, nodes, errors));
    Some(RoundExpect {
        agreement: fields.text("agreement", errors).map(str::to_owned),
        netting: fields.text("netting", errors).map(str::to_owned),
        stage: fields.text("stage", errors).map(str::to_owned),
        number: fields.count("number", errors),
        signed: ascending("signed", fields, nodes, errors),
        waits_for: ascending("waits_for", fields, nodes, errors),
        nets,
        owes,
        gross: fields.count("gross", errors),
        transfers: sorted("transfers", fields, errors),
        other_way: sorted("other_way", fields, errors),
        carried: sorted("carried", fields, errors),
        doubles: ascending("doubles", fields, nodes, errors),
        silent: ascending("silent", fields, nodes, errors),
        overdue: fields.text("overdue", errors).map(str::to_owned),
        due: sorted("due", fields, errors),
        month: month?,
    })
}

/// A list of texts, sorted, if the key is there.
fn sorted(key: &str, fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<Vec<String>> {
    fields.get(key)?;
    let mut texts = fields.texts(key, errors);
    texts.sort();
    Some(texts)
}
