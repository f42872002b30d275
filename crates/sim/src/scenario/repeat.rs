//! `repeat`: one table of a list that stands for many, so that a hundred items need no hundred tables by hand.
//!
//! A table of a list with `repeat = 101` becomes 101 tables, the first with the number `first` (1 if absent). In every
//! text of it `{n}` is that number with three digits.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::error::Errors;
use super::fields::Value;

/// The most tables that one may stand for.
const REPEAT_MAX: u32 = 999;

/// Writes out what is repeated, at any depth.
pub(super) fn expand<'i>(value: &Value<'i>, errors: &mut Errors<'_>) -> Value<'i> {
    let made = match value.get_ref() {
        DeValue::Array(list) => DeValue::Array(array(list, errors)),
        DeValue::Table(fields) => DeValue::Table(table(fields, errors)),
        other => other.clone(),
    };
    Spanned::new(value.span(), made)
}

/// [`expand`] for a whole file.
pub(super) fn table<'i>(fields: &DeTable<'i>, errors: &mut Errors<'_>) -> DeTable<'i> {
    let mut made = DeTable::new();
    for (key, value) in fields {
        made.insert(key.clone(), expand(value, errors));
    }
    made
}

fn array<'i>(list: &DeArray<'i>, errors: &mut Errors<'_>) -> DeArray<'i> {
    let mut made = DeArray::new();
    for item in list.iter() {
        match count(item, errors) {
            None => made.push(expand(item, errors)),
            Some((first, times)) => {
                let item = expand(item, errors);
                for number in first..first.saturating_add(times) {
                    made.push(numbered(&item, &format!("{number:03}")));
                }
            }
        }
    }
    made
}

/// The first number and how many there are, where a table is repeated.
fn count(item: &Value<'_>, errors: &mut Errors<'_>) -> Option<(u32, u32)> {
    let DeValue::Table(fields) = item.get_ref() else {
        return None;
    };
    let mut number = |key: &str, least: u32| {
        let value = fields.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(digits) => digits.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=REPEAT_MAX).contains(number));
        if number.is_none() {
            let hint = format!("a number from {least} to {REPEAT_MAX}");
            errors.push(
                value.span().start,
                format!("`{key}` is no such number"),
                Some(hint),
            );
        }
        number
    };
    let times = number("repeat", 1)?;
    Some((number("first", 0).unwrap_or(1), times))
}

/// A copy with its number in every text, and without what said that it is repeated.
fn numbered<'i>(value: &Value<'i>, number: &str) -> Value<'i> {
    let made = match value.get_ref() {
        DeValue::String(text) if text.contains("{n}") => {
            DeValue::String(Cow::Owned(text.replace("{n}", number)))
        }
        DeValue::Array(list) => {
            let mut made = DeArray::new();
            for item in list.iter() {
                made.push(numbered(item, number));
            }
            DeValue::Array(made)
        }
        DeValue::Table(fields) => {
            let mut made = DeTable::new();
            for (key, value) in fields {
                if !matches!(key.get_ref().as_ref(), "repeat" | "first") {
                    made.insert(key.clone(), numbered(value, number));
                }
            }
            DeValue::Table(made)
        }
        other => other.clone(),
    };
    Spanned::new(value.span(), made)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use toml::de::ValueDeserializer;

    use super::*;

    fn expanded(text: &str) -> (serde_json::Value, usize) {
        let file = DeTable::parse(text).expect("TOML");
        let mut errors = Errors::new("file", text);
        let made = table(file.get_ref(), &mut errors);
        let whole = Spanned::new(file.span(), DeValue::Table(made));
        let value = serde_json::Value::deserialize(ValueDeserializer::from(whole));
        (value.expect("values"), errors.into_sorted().len())
    }

    #[test]
    fn a_table_stands_for_many_with_its_number_in_every_text() {
        let (value, mistakes) = expanded(
            "[[item]]\nrepeat = 3\nfirst = 9\ncode = \"I-{n}\"\nneeds = [{ id = \"M{n}\", must = true }]\n\
             [[item]]\ncode = \"{n}\"\n",
        );
        assert_eq!(mistakes, 0);
        let items = value["item"].as_array().expect("a list");
        let codes: Vec<&str> = items
            .iter()
            .filter_map(|item| item["code"].as_str())
            .collect();
        assert_eq!(codes, ["I-009", "I-010", "I-011", "{n}"]);
        assert_eq!(items[2]["needs"][0]["id"], "M011");
        assert!(
            items
                .iter()
                .all(|item| item.get("repeat").is_none() && item.get("first").is_none())
        );
    }

    #[test]
    fn a_number_out_of_bounds_is_a_mistake() {
        for repeat in ["0", "1000", "-1", "\"3\""] {
            let (_, mistakes) =
                expanded(&format!("item = [{{ repeat = {repeat}, code = \"x\" }}]"));
            assert_eq!(mistakes, 1, "{repeat}");
        }
    }
}
