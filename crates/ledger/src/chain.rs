//! Chains of facts in which each later one names the one before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::EntryId;

/// The last fact of a chain: of several that no other one follows the one with the most before it, then the greatest
/// id. So one that was signed again after a restore hides none that came later.
///
/// Each fact is walked over once, however many chains a hostile city makes of them.
pub fn last(before: &BTreeMap<EntryId, Option<EntryId>>) -> Option<EntryId> {
    let followed: BTreeSet<&EntryId> = before.values().flatten().collect();
    let mut depths: BTreeMap<EntryId, usize> = BTreeMap::new();
    let tips = before.keys().filter(|id| !followed.contains(id));
    tips.max_by_key(|id| (depth(before, &mut depths, **id), **id))
        .copied()
}

/// How many facts come before one. An id is a hash over what it names, so no chain comes back to itself; where a test
/// makes one, the walk ends all the same.
fn depth(
    before: &BTreeMap<EntryId, Option<EntryId>>,
    depths: &mut BTreeMap<EntryId, usize>,
    id: EntryId,
) -> usize {
    let mut way = Vec::new();
    let mut at = Some(id);
    let mut steps = 0;
    while let Some(here) = at {
        if let Some(known) = depths.get(&here) {
            steps = known + 1;
            break;
        }
        if way.len() > before.len() {
            break;
        }
        way.push(here);
        // What a chain begins with may be unknown here: then it counts as a step.
        at = before.get(&here).copied().flatten();
    }
    for (steps, here) in (steps..).zip(way.into_iter().rev()) {
        depths.insert(here, steps);
    }
    depths.get(&id).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::fixture::entry;

    #[test]
    fn what_was_signed_twice_hides_nothing_later() {
        let chain = |pairs: &[(u32, Option<u32>)]| {
            let of = |(id, before): &(u32, Option<u32>)| (entry(*id), before.map(entry));
            last(&pairs.iter().map(of).collect())
        };
        assert_eq!(chain(&[]), None);
        assert_eq!(chain(&[(5, None)]), Some(entry(5)));
        assert_eq!(chain(&[(5, None), (2, Some(5))]), Some(entry(2)));
        assert_eq!(chain(&[(5, None), (2, Some(5)), (9, None)]), Some(entry(2)));
        // What the chain begins with may be unknown here.
        assert_eq!(chain(&[(2, Some(7))]), Some(entry(2)));
    }

    /// A chain as long as one city may make it is walked once and not once for each of its facts.
    #[test]
    fn a_long_chain_with_many_ends_is_walked_once() {
        let long = 40_000;
        let mut before: BTreeMap<EntryId, Option<EntryId>> = (1..long)
            .map(|at| (entry(at), (at > 1).then(|| entry(at - 1))))
            .collect();
        // As many ends as links, each at the end of the whole chain but one.
        for at in long..2 * long {
            before.insert(entry(at), Some(entry(long - 2)));
        }
        let ends = (long - 1..2 * long).map(entry);
        assert_eq!(last(&before), ends.max());
    }
}
