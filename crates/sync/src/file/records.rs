//! The file's own records of what was admitted: who wrote which operations, upon what.
//!
//! Automerge is not asked such questions. It answers some of them with a panic, and others by what
//! has arrived so far, which differs from node to node.

use std::collections::BTreeMap;

use super::genesis;
use super::schema::{FileOp, Target};

/// An admitted change.
#[derive(Clone, Debug)]
struct Record {
    entry: [u8; 32],
    start_op: u64,
    /// What each operation made, if later ones may refer to it.
    made: Vec<Option<Target>>,
    /// Bitmap over record numbers: the change itself and everything below it.
    below: Bits,
}

/// A set of record numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    fn contains(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn join(&mut self, other: &Bits) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }
}

/// All admitted changes of a file, the first one included.
#[derive(Clone, Debug)]
pub(super) struct Records {
    records: Vec<Record>,
    by_hash: BTreeMap<[u8; 32], usize>,
    by_actor: BTreeMap<[u8; 16], usize>,
}

impl Records {
    /// The records of an empty file.
    pub(super) fn new() -> Self {
        let mut below = Bits::default();
        below.insert(0);
        Self {
            records: vec![Record {
                entry: [0; 32],
                start_op: genesis::FIELDS,
                made: vec![None; genesis::NOTES as usize],
                below,
            }],
            by_hash: BTreeMap::from([(genesis::GENESIS_HASH, 0)]),
            by_actor: BTreeMap::from([(genesis::ACTOR, 0)]),
        }
    }

    /// The entry that brought the change of this hash.
    pub(super) fn entry_of(&self, hash: &[u8; 32]) -> Option<&[u8; 32]> {
        let record = self.records.get(*self.by_hash.get(hash)?)?;
        Some(&record.entry)
    }

    pub(super) fn has_actor(&self, actor: &[u8; 16]) -> bool {
        self.by_actor.contains_key(actor)
    }

    /// What lies below a change with these dependencies, and the counter at which it must start.
    ///
    /// Unknown dependencies count for nothing; the caller has looked for them.
    pub(super) fn below<'a>(&self, deps: impl IntoIterator<Item = &'a [u8; 32]>) -> (Bits, u64) {
        let mut below = Bits::default();
        let mut last = 0;
        for record in deps
            .into_iter()
            .filter_map(|dep| self.records.get(*self.by_hash.get(dep)?))
        {
            below.join(&record.below);
            last = last.max(record.start_op + record.made.len() as u64 - 1);
        }
        (below, last + 1)
    }

    /// The first operation that refers to something which is not below it or not about its target.
    pub(super) fn unresolved(
        &self,
        below: &Bits,
        actor: &[u8; 16],
        start_op: u64,
        ops: &[FileOp],
    ) -> Option<usize> {
        ops.iter().enumerate().position(|(index, op)| {
            op.refers.iter().any(|(counter, by)| {
                let made = if by == actor {
                    counter
                        .checked_sub(start_op)
                        .filter(|place| *place < index as u64)
                        .and_then(|place| ops.get(place as usize))
                        .filter(|earlier| earlier.makes)
                        .map(|earlier| &earlier.target)
                } else {
                    self.made(below, by, *counter)
                };
                made != Some(&op.target)
            })
        })
    }

    fn made(&self, below: &Bits, actor: &[u8; 16], counter: u64) -> Option<&Target> {
        let number = *self.by_actor.get(actor)?;
        let record = self.records.get(number)?;
        let place = counter.checked_sub(record.start_op)?;
        if !below.contains(number) {
            return None;
        }
        record.made.get(usize::try_from(place).ok()?)?.as_ref()
    }

    /// Records an admitted change.
    pub(super) fn insert(
        &mut self,
        hash: [u8; 32],
        entry: [u8; 32],
        actor: [u8; 16],
        start_op: u64,
        mut below: Bits,
        ops: Vec<FileOp>,
    ) {
        let number = self.records.len();
        below.insert(number);
        self.records.push(Record {
            entry,
            start_op,
            made: ops
                .into_iter()
                .map(|op| op.makes.then_some(op.target))
                .collect(),
            below,
        });
        self.by_hash.insert(hash, number);
        self.by_actor.insert(actor, number);
    }
}
