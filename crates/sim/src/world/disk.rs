//! A virtual disk: what a store keeps, what a crash leaves of it.

use std::collections::BTreeMap;

use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader};

/// The disk of one city.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    records: BTreeMap<(Family, Vec<u8>), Vec<u8>>,
}

impl Disk {
    /// Writes a batch and syncs it.
    pub fn commit(&mut self, batch: Batch) {
        for write in batch.writes {
            let place = (write.family, write.key);
            match write.value {
                Some(value) => self.records.insert(place, value),
                None => self.records.remove(&place),
            };
        }
    }
}

impl Disk {
    /// Every record: family, key, value.
    pub fn records(&self) -> impl Iterator<Item = (&Family, &[u8], &[u8])> {
        self.records
            .iter()
            .map(|((family, key), value)| (family, key.as_slice(), value.as_slice()))
    }
}

impl Reader for Disk {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.records.get(&(family, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let start = from.max(prefix).to_vec();
        Ok(self
            .records
            .range((family, start)..)
            .take_while(|((of, key), _)| *of == family && key.starts_with(prefix))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }
}
