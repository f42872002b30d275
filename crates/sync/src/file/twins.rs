//! Building a file anew from all changes of a case, twins included.
//!
//! Of the changes of one actor only one may enter, the same on every node. It is that of the lowest
//! entry id among those that are well-formed by their bytes alone. Whether its dependencies are in the
//! file plays no part: then two pairs of twins that build on each other crosswise would have two
//! answers. So it may happen that the chosen change is refused; then none of that actor enters.

use std::collections::BTreeMap;

use super::casefile::{CaseFile, Shape};
use super::check::{Checked, FileRefusal, check};

/// The file change of one entry.
#[derive(Clone, Copy, Debug)]
pub struct FiledChange<'a> {
    /// The entry that carries it.
    pub entry: [u8; 32],
    /// The actor derived from the entry's header.
    pub actor: [u8; 16],
    /// The change.
    pub change: &'a [u8],
}

impl CaseFile {
    /// Builds a file from all changes of a case, in any order in which an entry follows its ancestors.
    ///
    /// `ancestors(entry, other)` tells whether `other` is an ancestor of `entry`.
    /// Returns the file and what is set aside: for each entry whose change is not in the file, why.
    /// The result is the same for every permitted order.
    pub fn from_changes<'a>(
        changes: impl IntoIterator<Item = FiledChange<'a>>,
        ancestors: &dyn Fn(&[u8; 32], &[u8; 32]) -> bool,
    ) -> (CaseFile, BTreeMap<[u8; 32], FileRefusal>) {
        Self::shaped(Shape::Case, changes, ancestors)
    }

    /// [`CaseFile::from_changes`] for a file of another shape.
    pub fn shaped<'a>(
        shape: Shape,
        changes: impl IntoIterator<Item = FiledChange<'a>>,
        ancestors: &dyn Fn(&[u8; 32], &[u8; 32]) -> bool,
    ) -> (CaseFile, BTreeMap<[u8; 32], FileRefusal>) {
        let mut aside = BTreeMap::new();
        let mut formed: Vec<([u8; 32], Checked)> = Vec::new();
        let mut winners: BTreeMap<[u8; 16], [u8; 32]> = BTreeMap::new();
        for filed in changes {
            match check(shape, &filed.actor, filed.change) {
                Ok(checked) => {
                    let winner = winners.entry(checked.actor).or_insert(filed.entry);
                    *winner = filed.entry.min(*winner);
                    formed.push((filed.entry, checked));
                }
                Err(refusal) => {
                    aside.insert(filed.entry, refusal);
                }
            }
        }
        let mut file = CaseFile::of(shape);
        file.claim_all(&winners);
        for (entry, checked) in formed {
            if let Err(refusal) =
                file.admit_checked(entry, checked, &|other| ancestors(&entry, other))
            {
                aside.insert(entry, refusal);
            }
        }
        (file, aside)
    }
}
