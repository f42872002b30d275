//! Reads what an agreement's decisions and a meeting should show.

use std::collections::BTreeMap;

use super::error::Errors;
use super::expect::{ascending, counts, map, named, texts};
use super::fields::{Fields, as_text};
use super::step::Defined;
use super::{DecisionsExpect, MeetingExpect, Node};

/// Reads the keys of `query = "decisions"`.
pub(super) fn decisions(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> DecisionsExpect {
    let standing: BTreeMap<String, String> = map(fields, "standing", errors, |value, errors| {
        as_text(value, errors).map(str::to_owned)
    });
    let signatures = counts(fields, "signatures", errors);
    DecisionsExpect {
        agreement: fields.text("agreement", errors).map(str::to_owned),
        live: fields.count("live", errors),
        standing,
        signatures,
        reservations: fields.count("reservations", errors),
        agenda: fields.get("agenda").map(|value| {
            let mut kinds = texts(value, errors);
            kinds.sort();
            kinds
        }),
    }
}

/// Reads the keys of `query = "meeting"`.
pub(super) fn meeting(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<MeetingExpect> {
    let meeting = named("meeting", fields, defined, errors);
    let listed = |key: &str, errors: &mut Errors<'_>| {
        let value = fields.get(key)?;
        let mut kinds = texts(value, errors);
        kinds.sort();
        Some(kinds)
    };
    let expected = MeetingExpect {
        agreement: fields.text("agreement", errors).map(str::to_owned),
        adoption: fields.text("adoption", errors).map(str::to_owned),
        attending: ascending("attending", fields, nodes, errors),
        signed: ascending("signed", fields, nodes, errors),
        waits_for: ascending("waits_for", fields, nodes, errors),
        items: listed("items", errors),
        agenda_contain: listed("agenda_contain", errors).unwrap_or_default(),
        minutes_contain: listed("minutes_contain", errors).unwrap_or_default(),
        open_issues: fields.count("open_issues", errors),
        open_actions: fields.count("open_actions", errors),
        overdue_actions: fields.count("overdue_actions", errors),
        ..MeetingExpect::default()
    };
    Some(MeetingExpect {
        meeting: meeting?,
        ..expected
    })
}
