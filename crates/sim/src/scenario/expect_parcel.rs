//! Reads what a parcel should show.

use super::ParcelExpect;
use super::error::Errors;
use super::expect::named;
use super::fields::{Fields, as_integer};
use super::step::Defined;

/// Reads the keys of `query = "parcel"`.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    defined: &Defined,
    errors: &mut Errors<'_>,
) -> Option<ParcelExpect> {
    let parcel = named("parcel", fields, defined, errors);
    let word = |key: &str, errors: &mut Errors<'_>| fields.text(key, errors).map(str::to_owned);
    let list = |key: &str, errors: &mut Errors<'_>| {
        fields.get(key)?;
        Some(fields.texts(key, errors))
    };
    let counted = fields
        .get("counted")
        .and_then(|value| as_integer(value, errors));
    let expected = ParcelExpect {
        stage: word("stage", errors),
        place: word("place", errors),
        counted,
        disputed: fields.count("disputed", errors),
        outcomes: list("outcomes", errors),
        exception: word("exception", errors),
        alarms: list("alarms", errors),
        ..ParcelExpect::default()
    };
    Some(ParcelExpect {
        parcel: parcel?,
        ..expected
    })
}
