//! Chains of facts in which each later one names the one before it.

use std::collections::BTreeMap;

use crate::id::EntryId;

/// The last fact of a chain: of several that no other one follows the one with the most before it, then the greatest
/// id. So one that was signed again after a restore hides none that came later.
pub fn last(before: &BTreeMap<EntryId, Option<EntryId>>) -> Option<EntryId> {
    let depth = |id: &EntryId| {
        let mut steps = 0_usize;
        let mut at = *id;
        while let Some(Some(earlier)) = before.get(&at) {
            at = *earlier;
            steps += 1;
            // An id is a hash over what it names, so no chain is longer than the facts are many.
            if steps > before.len() {
                break;
            }
        }
        steps
    };
    let followed = |id: &EntryId| before.values().any(|earlier| *earlier == Some(*id));
    let tips = before.keys().filter(|id| !followed(id));
    tips.max_by_key(|id| (depth(id), **id)).copied()
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
}
