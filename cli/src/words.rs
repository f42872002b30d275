//! The words of the protocol as option values, so that a mistyped one is refused with the list of right ones.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::de::DeserializeOwned;
use tongban_ledger::agreement::Power;
use tongban_ledger::case::{Delivery, Means, Outcome};
use tongban_ledger::parcel::{CostKind, Leg, PayMethod};

use crate::read::word;

const MEANS: &[&str] = &["on-the-spot", "phone", "sms", "portal", "post"];
const OUTCOMES: &[&str] = &["granted", "on-commitment", "refused"];
const DELIVERIES: &[&str] = &["network", "post-to-applicant", "post-to-window"];
const LEGS: &[&str] = &["L2", "L3", "L4", "L5", "L6", "L7"];
const PAYMENTS: &[&str] = &["prepaid", "contract", "collect", "return-label"];
const COSTS: &[&str] = &[
    "postage",
    "redelivery",
    "packing",
    "insurance",
    "refund",
    "compensation",
];
const POWERS: &[&str] = &["G1a", "G1b", "G2", "G3", "G4", "G5"];

/// A parser that takes the words of the list.
fn one_of<T>(list: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(list).try_map(|text: String| word::<T>(&text).ok_or(UnknownWord))
}

/// A word that the list has and the protocol has not: a mistake of this file, which a test looks for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("unknown word")]
struct UnknownWord;

/// Means of reaching an applicant.
pub fn means() -> impl TypedValueParser<Value = Means> {
    one_of(MEANS)
}

/// Outcomes of a decision.
pub fn outcome() -> impl TypedValueParser<Value = Outcome> {
    one_of(OUTCOMES)
}

/// Ways of a result.
pub fn delivery() -> impl TypedValueParser<Value = Delivery> {
    one_of(DELIVERIES)
}

/// Legs of a parcel.
pub fn leg() -> impl TypedValueParser<Value = Leg> {
    one_of(LEGS)
}

/// Ways to pay the carrier.
pub fn payment() -> impl TypedValueParser<Value = PayMethod> {
    one_of(PAYMENTS)
}

/// Kinds of cost.
pub fn cost() -> impl TypedValueParser<Value = CostKind> {
    one_of(COSTS)
}

/// Powers that can be delegated.
pub fn power() -> impl TypedValueParser<Value = Power> {
    one_of(POWERS)
}

/// Every word with its kind in the catalogue.
#[cfg(test)]
pub const ALL: &[(&str, &[&str])] = &[
    ("means", MEANS),
    ("outcome", OUTCOMES),
    ("delivery", DELIVERIES),
    ("leg", LEGS),
    ("pay", PAYMENTS),
    ("cost", COSTS),
    ("power", POWERS),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: DeserializeOwned>(list: &[&str]) {
        for text in list {
            assert!(word::<T>(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_protocol_knows_every_word() {
        check::<Means>(MEANS);
        check::<Outcome>(OUTCOMES);
        check::<Delivery>(DELIVERIES);
        check::<Leg>(LEGS);
        check::<PayMethod>(PAYMENTS);
        check::<CostKind>(COSTS);
        check::<Power>(POWERS);
        assert!(word::<Means>("pigeon").is_none());
    }
}
