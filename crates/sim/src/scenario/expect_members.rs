//! Reads what an agreement should show of its members and resolutions.

use super::error::Errors;
use super::expect::ascending;
use super::fields::Fields;
use super::{MembersExpect, Node};

/// Reads the keys of `query = "members"`.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<MembersExpect> {
    let agreement = fields.need_text("agreement", errors).map(str::to_owned);
    let value = ascending("value", fields, nodes, errors);
    Some(MembersExpect {
        value: value.unwrap_or_default(),
        certificates: fields.count("certificates", errors),
        doubled: fields.count("doubled", errors),
        round: fields.count("round", errors),
        agreement: agreement?,
    })
}
