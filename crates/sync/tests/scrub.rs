//! The scrub over the records of a real engine, whole and damaged.

use std::collections::BTreeMap;

use crate::world::{Memory, World, receive};
use tongban_sync::engine::{Scrub, Scrubbed};
use tongban_sync::storage::{Family, KeyValue, ReadError, Reader};

/// A store that knows which of its records are damaged, as one with checksums does.
struct Damaged<'a> {
    inner: &'a Memory,
    key: Vec<u8>,
    family: Family,
}

impl Damaged<'_> {
    fn error(&self) -> ReadError {
        ReadError::Damaged {
            family: self.family.name(),
            key: self.key.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl Reader for Damaged<'_> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        if (family, key) == (self.family, &self.key[..]) {
            return Err(self.error());
        }
        self.inner.get(family, key)
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let records = self.inner.scan(family, prefix, from, limit)?;
        if family == self.family && records.iter().any(|(key, _)| *key == self.key) {
            return Err(self.error());
        }
        Ok(records)
    }
}

fn whole(store: &dyn Reader) -> Scrubbed {
    let mut scrub = Scrub::default();
    loop {
        if let Some(found) = scrub.step(store, 5) {
            return found;
        }
    }
}

fn filled() -> Memory {
    let mut world = World::founded(2);
    receive(&mut world, 0, 1, "程立秋");
    world.run();
    world.nodes[0].store.clone()
}

fn entries(store: &Memory) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let of_entries = store
        .0
        .iter()
        .filter(|((family, _), _)| *family == Family::Entries);
    of_entries
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect()
}

#[test]
fn a_sound_store_is_read_whole() {
    let store = filled();
    let found = whole(&store);
    assert_eq!(found.records, store.0.len() as u64);
    assert_eq!(found.entries, entries(&store).len() as u64);
    assert_eq!(found.damaged, Vec::<String>::new());
}

#[test]
fn a_changed_byte_of_any_entry_is_named_also_where_no_checksum_tells() {
    let honest = filled();
    for (key, value) in entries(&honest) {
        for at in [0, value.len() / 3, value.len() / 2, value.len() - 1] {
            let mut store = honest.clone();
            let mut changed = value.clone();
            changed[at] ^= 1;
            store.0.insert((Family::Entries, key.clone()), changed);
            let found = whole(&store);
            let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = format!("entries/{}/{}", &hex[..64], &hex[64..]);
            assert_eq!(found.damaged, [name], "byte {at}");
        }
    }
}

#[test]
fn a_record_that_its_checksum_gives_away_is_named_and_the_rest_is_read() {
    let honest = filled();
    for (family, key) in honest.0.keys() {
        let store = Damaged {
            inner: &honest,
            key: key.clone(),
            family: *family,
        };
        let found = whole(&store);
        assert_eq!(found.records, honest.0.len() as u64);
        let named = found
            .damaged
            .iter()
            .any(|place| place.starts_with(family.name()));
        assert!(named, "{family:?} {found:?}");
    }
}
