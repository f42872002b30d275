//! Reads that see the writes which the driver has not committed yet.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::{decode_canonical, encode_canonical};

use crate::storage::{
    Batch, Family, KeyValue, ReadError, Reader, VISIT_STEP, Visit, Write, after, visit_by_scans,
};

/// Writes since the last batch, by place.
#[derive(Debug, Default)]
pub struct Pending {
    writes: BTreeMap<(Family, Vec<u8>), Option<Vec<u8>>>,
}

impl Pending {
    /// Takes the writes as one batch; the next read sees the store alone.
    pub fn take(&mut self) -> Batch {
        let writes = std::mem::take(&mut self.writes)
            .into_iter()
            .map(|((family, key), value)| Write { family, key, value })
            .collect();
        Batch { writes }
    }

    /// Writes a value.
    pub fn put(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert((family, key), Some(value));
    }

    /// Deletes a value.
    pub fn delete(&mut self, family: Family, key: Vec<u8>) {
        self.writes.insert((family, key), None);
    }

    /// Forgets the writes of a command that was refused half-way.
    pub fn restore(&mut self, earlier: Pending) {
        *self = earlier;
    }

    /// Copies the writes, to be able to forget later ones.
    pub fn checkpoint(&self) -> Pending {
        Pending {
            writes: self.writes.clone(),
        }
    }
}

/// A store under the writes that are not committed yet.
pub struct Db<'a> {
    store: &'a dyn Reader,
    pending: &'a mut Pending,
}

impl<'a> Db<'a> {
    /// Lays pending writes over a store.
    pub fn new(store: &'a dyn Reader, pending: &'a mut Pending) -> Self {
        Self { store, pending }
    }

    /// Returns a value.
    pub fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        match self.pending.writes.get(&(family, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(family, key),
        }
    }

    /// Returns a decoded record; one that does not decode is damaged.
    pub fn load<T>(&self, family: Family, key: &[u8]) -> Result<Option<T>, ReadError>
    where
        T: Encode<()> + for<'b> Decode<'b, ()>,
    {
        match self.get(family, key)? {
            None => Ok(None),
            Some(bytes) => match decode_canonical(&bytes) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(damaged(family, key)),
            },
        }
    }

    /// Writes a value.
    pub fn put(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        self.pending.put(family, key, value);
    }

    /// Deletes a value.
    pub fn delete(&mut self, family: Family, key: Vec<u8>) {
        self.pending.delete(family, key);
    }

    /// Writes a record.
    pub fn save<T: Encode<()>>(&mut self, family: Family, key: Vec<u8>, value: &T) {
        self.put(family, key, encode_canonical(value));
    }

    /// Returns up to `limit` records under a prefix, ascending, from a key on.
    pub fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let start = from.max(prefix);
        let mut over = self
            .pending
            .writes
            .range((family, start.to_vec())..)
            .take_while(|((of, key), _)| *of == family && key.starts_with(prefix))
            .map(|((_, key), value)| (key, value))
            .peekable();
        // Deletions hide stored records, so read as many more as there are pending writes here.
        let slack = over.clone().count();
        let mut found = Vec::new();
        for (key, value) in self
            .store
            .scan(family, prefix, from, limit.saturating_add(slack))?
        {
            while let Some((newer, change)) = over.next_if(|(newer, _)| **newer < key) {
                found.extend(change.clone().map(|value| (newer.clone(), value)));
            }
            match over.next_if(|(newer, _)| **newer == key) {
                Some((_, change)) => found.extend(change.clone().map(|value| (key, value))),
                None => found.push((key, value)),
            }
        }
        found.extend(over.filter_map(|(key, change)| change.clone().map(|v| (key.clone(), v))));
        found.truncate(limit);
        Ok(found)
    }

    /// Returns up to `limit` records under a prefix from a key on, and where to go on; goes around records that are
    /// damaged.
    pub fn scan_around(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<(Vec<KeyValue>, Option<Vec<u8>>), ReadError> {
        match self.scan(family, prefix, from, limit) {
            Ok(records) => {
                let last = records.last().filter(|_| records.len() == limit);
                let next = last.map(|(key, _)| after(key));
                Ok((records, next))
            }
            Err(ReadError::Damaged { .. }) => match self.scan(family, prefix, from, 1) {
                Ok(records) => {
                    let next = records.first().map(|(key, _)| after(key));
                    Ok((records, next))
                }
                Err(ReadError::Damaged { family, key }) => match unhex(&key) {
                    Some(bytes) => Ok((Vec::new(), Some(after(&bytes)))),
                    None => Err(ReadError::Damaged { family, key }),
                },
                Err(other) => Err(other),
            },
            Err(other) => Err(other),
        }
    }

    /// Hands over every record under a prefix, ascending, until one is not wanted.
    pub fn visit(
        &self,
        family: Family,
        prefix: &[u8],
        each: &mut Visit<'_>,
    ) -> Result<(), ReadError> {
        let mut over = self.pending.writes.range((family, prefix.to_vec())..);
        let is_below = |(of, key): &(Family, Vec<u8>)| *of == family && key.starts_with(prefix);
        if !over.next().is_some_and(|(place, _)| is_below(place)) {
            return self.store.visit(family, prefix, each);
        }
        visit_by_scans(each, |from| self.scan(family, prefix, from, VISIT_STEP))
    }

    /// Returns every record under a prefix.
    pub fn scan_all(&self, family: Family, prefix: &[u8]) -> Result<Vec<KeyValue>, ReadError> {
        self.scan(family, prefix, &[], usize::MAX)
    }
}

/// Reports a record that is there but cannot be what was written.
pub fn damaged(family: Family, key: &[u8]) -> ReadError {
    let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
    ReadError::Damaged {
        family: family.name(),
        key,
    }
}

/// Reads a key as [`damaged`] and stores write it.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records of one family.
    struct Few(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Reader for Few {
        fn get(&self, _: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
            Ok(self.0.get(key).cloned())
        }

        fn scan(
            &self,
            _: Family,
            prefix: &[u8],
            from: &[u8],
            limit: usize,
        ) -> Result<Vec<KeyValue>, ReadError> {
            let found = self.0.range(from.max(prefix).to_vec()..);
            let found = found.take_while(|(key, _)| key.starts_with(prefix));
            let found = found.map(|(key, value)| (key.clone(), value.clone()));
            Ok(found.take(limit).collect())
        }
    }

    #[test]
    fn a_visit_sees_what_is_not_committed_yet() {
        let key = |nth: u16| [&b"k"[..], &nth.to_be_bytes()].concat();
        // Every second one is stored, of three times what one scan takes.
        let end = u16::try_from(VISIT_STEP * 3).unwrap();
        let stored = (0..end).filter(|nth| nth % 2 == 0);
        let store = Few(stored.map(|nth| (key(nth), vec![1])).collect());
        let mut pending = Pending::default();
        // Some are deleted, some come between, some are written anew, on both sides of where scans end.
        for nth in (0..end).filter(|nth| nth % 5 == 0) {
            match nth % 3 {
                0 => pending.delete(Family::Indexes, key(nth)),
                _ => pending.put(Family::Indexes, key(nth), vec![2]),
            }
        }
        pending.put(Family::Indexes, b"a".to_vec(), vec![3]);
        pending.put(Family::Indexes, b"l".to_vec(), vec![3]);
        let expected: Vec<KeyValue> = (0..end)
            .filter_map(|nth| match (nth % 5, nth % 3, nth % 2) {
                (0, 0, _) => None,
                (0, _, _) => Some((key(nth), vec![2])),
                (_, _, 0) => Some((key(nth), vec![1])),
                _ => None,
            })
            .collect();
        let db = Db::new(&store, &mut pending);
        for wanted in [1, VISIT_STEP, VISIT_STEP + 1, expected.len(), usize::MAX] {
            let mut seen = Vec::new();
            db.visit(Family::Indexes, b"k", &mut |key, value| {
                seen.push((key.to_vec(), value.to_vec()));
                seen.len() < wanted
            })
            .unwrap();
            assert_eq!(seen, expected[..wanted.min(expected.len())]);
        }
    }
}
