//! Reads what a consult should show.

use super::error::Errors;
use super::expect::{ascending, named};
use super::fields::Fields;
use super::step::Defined;
use super::{ConsultExpect, Node};

/// Reads the keys of `query = "consult"`.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<ConsultExpect> {
    let consult = named("consult", fields, defined, errors);
    let words = |key: &str, errors: &mut Errors<'_>| fields.text(key, errors).map(str::to_owned);
    let flag = |key: &str, errors: &mut Errors<'_>| {
        fields.get(key)?;
        Some(fields.flag(key, false, errors))
    };
    let expected = ConsultExpect {
        verdict: words("verdict", errors),
        escalated: words("escalated", errors),
        minutes: fields.count("minutes", errors),
        waits_for: ascending("waits_for", fields, nodes, errors),
        due: words("due", errors),
        overdue: flag("overdue", errors),
        reviewed: flag("reviewed", errors),
        ..ConsultExpect::default()
    };
    Some(ConsultExpect {
        consult: consult?,
        ..expected
    })
}
