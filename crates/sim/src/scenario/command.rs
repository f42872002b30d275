//! Reads a step's `do` and `args` as the command that API and CLI use, keeping the place of a mistake.

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::de::{Error, ValueDeserializer};
use tongban_ledger::command::Command;

use super::fields::Value;

/// Deserializes the command `name` from the table of its arguments.
///
/// A table with the keys `do` and `args` would do the same, but there `args` sorts first and has to be
/// buffered, which loses the place of every mistake in it.
pub(super) fn read(name: &'static str, args: Value<'_>) -> Result<Command, Error> {
    Command::deserialize(Tagged {
        name: Some(name),
        args: Some(ValueDeserializer::from(args)),
        next: "do",
    })
}

struct Tagged<'de> {
    name: Option<&'static str>,
    args: Option<ValueDeserializer<'de>>,
    next: &'static str,
}

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Tagged<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.next = match (&self.name, &self.args) {
            (Some(_), _) => "do",
            (None, Some(_)) => "args",
            (None, None) => return Ok(None),
        };
        let key: StrDeserializer<'_, Error> = self.next.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        if let Some(name) = self.name.take() {
            let name: StrDeserializer<'_, Error> = name.into_deserializer();
            return seed.deserialize(name);
        }
        match self.args.take() {
            Some(args) => seed.deserialize(args),
            None => Err(serde::de::Error::custom("a value without a key")),
        }
    }
}
