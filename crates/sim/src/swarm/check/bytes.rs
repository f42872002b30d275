//! Finding many ids in many bytes, once through.

use std::collections::BTreeMap;

use tongban_ledger::EntryId;

/// How many bits the filter has, one for each beginning of three bytes: of thousands of ids, which a city that spams
/// makes, few bytes get past it by chance.
const FILTER_BITS: usize = 1 << 24;

/// Ids to look for.
#[derive(Debug)]
pub(super) struct Patterns {
    filter: Vec<u64>,
    ids: BTreeMap<[u8; 32], EntryId>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            filter: vec![0; FILTER_BITS / 64],
            ids: BTreeMap::new(),
        }
    }
}

/// Where the bit of some bytes stands: which word, and the bit in it.
fn slot(bytes: &[u8]) -> (usize, u64) {
    let beginning = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
    ((beginning >> 6) as usize, 1 << (beginning & 63))
}

impl Patterns {
    /// Adds an id.
    pub fn add(&mut self, id: EntryId) {
        let (word, bit) = slot(id.as_bytes());
        self.filter[word] |= bit;
        self.ids.insert(*id.as_bytes(), id);
    }

    /// The ids that occur in some bytes, in order of place.
    pub fn found_in<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = EntryId> + 'a {
        bytes
            .windows(32)
            .filter(|window| {
                let (word, bit) = slot(window);
                self.filter[word] & bit != 0
            })
            .filter_map(|window| self.ids.get(window).copied())
    }
}

/// Says whether some bytes contain a text.
pub(super) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let id = |byte| EntryId::from_slice(&[byte; 32]).expect("32 bytes");
        let mut patterns = Patterns::default();
        patterns.add(id(7));
        patterns.add(id(9));
        let bytes = [&[1, 2, 3][..], &[9; 32], &[4], &[8; 32], &[7; 32]].concat();
        assert_eq!(
            patterns.found_in(&bytes).collect::<Vec<_>>(),
            [id(9), id(7)]
        );
        assert_eq!(patterns.found_in(&bytes[..34]).count(), 0);
        assert!(contains("在金丝雀里".as_bytes(), "金丝雀".as_bytes()));
        assert!(!contains(b"abc", b"abd"));
    }
}
