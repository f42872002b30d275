//! Reads keys of a TOML table one by one and keeps every mistake with its place.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tongban_identity::DivisionCode;

use super::error::{Errors, nearest};
use super::moment::Moment;
use super::{Node, Text};

/// A value with its place in the file.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A table whose keys are known in advance.
pub(super) struct Fields<'a, 'i> {
    table: &'a DeTable<'i>,
    /// Where the table begins, the place of a missing key.
    pub(super) at: usize,
}

impl<'a, 'i> Fields<'a, 'i> {
    /// Opens a table and reports each key that is not among `keys`.
    pub(super) fn open(
        table: &'a DeTable<'i>,
        at: usize,
        keys: &[&str],
        errors: &mut Errors<'_>,
    ) -> Self {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !keys.contains(&name) {
                let hint = nearest(name, keys.iter().copied())
                    .unwrap_or_else(|| format!("known here: {}", keys.join(", ")));
                errors.push(
                    key.span().start,
                    format!("unknown key `{name}`"),
                    Some(hint),
                );
            }
        }
        Self { table, at }
    }

    /// Opens a value as a table.
    pub(super) fn of(value: &'a Value<'i>, keys: &[&str], errors: &mut Errors<'_>) -> Option<Self> {
        let table = expect_table(value, errors)?;
        Some(Self::open(table, value.span().start, keys, errors))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value<'i>> {
        self.table.get(key)
    }

    pub(super) fn need(&self, key: &str, errors: &mut Errors<'_>) -> Option<&'a Value<'i>> {
        let found = self.get(key);
        if found.is_none() {
            errors.push(self.at, format!("`{key}` is missing"), None);
        }
        found
    }

    pub(super) fn text(&self, key: &str, errors: &mut Errors<'_>) -> Option<&'a str> {
        as_text(self.get(key)?, errors)
    }

    pub(super) fn need_text(&self, key: &str, errors: &mut Errors<'_>) -> Option<&'a str> {
        as_text(self.need(key, errors)?, errors)
    }

    pub(super) fn flag(&self, key: &str, otherwise: bool, errors: &mut Errors<'_>) -> bool {
        let Some(value) = self.get(key) else {
            return otherwise;
        };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            _ => {
                errors.push(value.span().start, "expected true or false", None);
                otherwise
            }
        }
    }

    pub(super) fn moment(&self, key: &str, errors: &mut Errors<'_>) -> Option<Moment> {
        as_moment(self.get(key)?, errors)
    }

    pub(super) fn need_moment(&self, key: &str, errors: &mut Errors<'_>) -> Option<Moment> {
        as_moment(self.need(key, errors)?, errors)
    }

    /// An integer that fits `u64`.
    pub(super) fn count(&self, key: &str, errors: &mut Errors<'_>) -> Option<u64> {
        let value = self.get(key)?;
        match as_integer(value, errors).map(u64::try_from) {
            Some(Ok(count)) => Some(count),
            Some(Err(_)) => {
                errors.push(value.span().start, "expected a count of zero or more", None);
                None
            }
            None => None,
        }
    }

    /// One city of the scenario.
    pub(super) fn city(
        &self,
        key: &str,
        nodes: &[Node],
        errors: &mut Errors<'_>,
    ) -> Option<DivisionCode> {
        as_city(self.get(key)?, nodes, errors)
    }

    pub(super) fn need_city(
        &self,
        key: &str,
        nodes: &[Node],
        errors: &mut Errors<'_>,
    ) -> Option<DivisionCode> {
        as_city(self.need(key, errors)?, nodes, errors)
    }

    /// A list of cities; empty when the key is absent.
    pub(super) fn cities(
        &self,
        key: &str,
        nodes: &[Node],
        errors: &mut Errors<'_>,
    ) -> Vec<DivisionCode> {
        self.get(key)
            .map(|value| as_list(value, errors))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| as_city(item, nodes, errors))
            .collect()
    }

    /// A list of texts; empty when the key is absent.
    pub(super) fn texts(&self, key: &str, errors: &mut Errors<'_>) -> Vec<String> {
        self.get(key)
            .map(|value| as_list(value, errors))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| as_text(item, errors).map(str::to_owned))
            .collect()
    }

    /// Wording: a string for every language, or `{ zh = …, en = … }`.
    pub(super) fn wording(&self, key: &str, errors: &mut Errors<'_>) -> Option<Text> {
        let value = self.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(Text {
                zh: Some(text.as_ref().to_owned()),
                en: Some(text.as_ref().to_owned()),
            });
        }
        let fields = Fields::of(value, &["zh", "en"], errors)?;
        Some(Text {
            zh: fields.text("zh", errors).map(str::to_owned),
            en: fields.text("en", errors).map(str::to_owned),
        })
    }

    /// Cities with amounts in fen.
    pub(super) fn amounts(
        value: &Value<'i>,
        nodes: &[Node],
        errors: &mut Errors<'_>,
    ) -> BTreeMap<DivisionCode, i64> {
        let mut amounts = BTreeMap::new();
        for (city, amount) in Self::by_city(value, nodes, errors) {
            if let Some(fen) = as_integer(amount, errors) {
                amounts.insert(city, fen);
            }
        }
        amounts
    }

    /// The entries of a table whose keys are cities of the scenario.
    pub(super) fn by_city<'v>(
        value: &'v Value<'i>,
        nodes: &[Node],
        errors: &mut Errors<'_>,
    ) -> Vec<(DivisionCode, &'v Value<'i>)> {
        let Some(table) = expect_table(value, errors) else {
            return Vec::new();
        };
        table
            .iter()
            .filter_map(|(key, value)| {
                let city = city_named(key.get_ref(), key.span().start, nodes, errors)?;
                Some((city, value))
            })
            .collect()
    }
}

pub(super) fn expect_table<'a, 'i>(
    value: &'a Value<'i>,
    errors: &mut Errors<'_>,
) -> Option<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => {
            errors.push(value.span().start, "expected a table", None);
            None
        }
    }
}

/// The items of a list; anything else is reported and reads as empty.
pub(super) fn as_list<'a, 'i>(value: &'a Value<'i>, errors: &mut Errors<'_>) -> &'a [Value<'i>] {
    match value.get_ref() {
        DeValue::Array(list) => list,
        _ => {
            errors.push(value.span().start, "expected a list", None);
            &[]
        }
    }
}

pub(super) fn as_text<'a>(value: &'a Value<'_>, errors: &mut Errors<'_>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => {
            errors.push(value.span().start, "expected a string", None);
            None
        }
    }
}

pub(super) fn as_integer(value: &Value<'_>, errors: &mut Errors<'_>) -> Option<i64> {
    if let DeValue::Integer(integer) = value.get_ref()
        && let Ok(number) = i64::from_str_radix(integer.as_str(), integer.radix())
    {
        return Some(number);
    }
    errors.push(value.span().start, "expected an integer", None);
    None
}

fn as_moment(value: &Value<'_>, errors: &mut Errors<'_>) -> Option<Moment> {
    let parsed = match value.get_ref() {
        DeValue::String(text) => text.parse().ok(),
        // TOML's own local date-time reads as the same wall time.
        DeValue::Datetime(datetime) if datetime.offset.is_none() => {
            datetime.to_string().parse().ok()
        }
        _ => None,
    };
    if parsed.is_none() {
        errors.push(
            value.span().start,
            "not a date and time",
            Some("write Beijing wall time as \"2026-09-07T10:12\"".to_owned()),
        );
    }
    parsed
}

pub(super) fn as_city(
    value: &Value<'_>,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<DivisionCode> {
    let text = as_text(value, errors)?;
    city_named(text, value.span().start, nodes, errors)
}

fn city_named(
    text: &str,
    at: usize,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Option<DivisionCode> {
    let division = text.parse::<DivisionCode>().ok();
    let known = division.filter(|code| nodes.iter().any(|node| node.division == *code));
    if known.is_none() {
        let names: Vec<String> = nodes
            .iter()
            .map(|node| format!("{} {}", node.division, node.name))
            .collect();
        errors.push(
            at,
            format!("`{text}` is no node of this scenario"),
            Some(format!("nodes: {}", names.join(", "))),
        );
    }
    known
}
