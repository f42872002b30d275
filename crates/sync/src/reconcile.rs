//! Range-based reconciliation of two sets of entry ids: what one side has and the other lacks.
//!
//! A wrapper around `negentropy`: it knows sets and messages, and nothing of documents, cities or links. Both
//! sides order ids by the hour of their claimed time. Messages come from a peer: none makes it panic, and an
//! answer is never longer than [`MESSAGE_BYTES_MAX`].

use std::fmt;

use negentropy::{Id, Negentropy, NegentropyStorageBase, NegentropyStorageVector};
use thiserror::Error;
use tongban_identity::Hash32;
use tongban_ledger::EntryId;

use crate::frame::FRAME_BYTES_MAX;

/// The longest message, in bytes: a frame less what surrounds it.
pub const MESSAGE_BYTES_MAX: usize = FRAME_BYTES_MAX - 4 * 1024;
/// How many ids fit into a message at least.
pub const MESSAGE_IDS: usize = MESSAGE_BYTES_MAX / 32 - 64;

/// A message that no honest peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a message of set reconciliation that is not well formed")]
pub struct BadMessage;

/// The hour of a claimed time, clamped to what can be ordered: before 1970 is 0.
pub fn hour_of(unix: i64) -> u32 {
    u32::try_from(unix.max(0) / 3_600).unwrap_or(u32::MAX)
}

/// A set that is being gathered.
#[derive(Clone, Default)]
pub struct Gathered(NegentropyStorageVector);

impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gathered(..)")
    }
}

impl Gathered {
    /// Adds an id.
    pub fn add(&mut self, hour: u32, id: &EntryId) {
        self.0
            .insert(u64::from(hour), Id::from_byte_array(id.0.0))
            .expect("a set is gathered until it is sealed");
    }

    /// Orders the set.
    pub fn seal(mut self) -> Set {
        self.0.seal().expect("a set is sealed once");
        let count = self.0.size().unwrap_or(0);
        // As `Hash32::hash` over all ids, without a list of them.
        let mut hasher = blake3::Hasher::new_derive_key("tongban/audit/v1");
        for at in 0..count {
            if let Ok(Some(item)) = self.0.get_item(at) {
                hasher.update(&(item.id.len() as u64).to_le_bytes());
                hasher.update(item.id.as_bytes());
            }
        }
        Set {
            fingerprint: Hash32(*hasher.finalize().as_bytes()),
            count,
            items: self.0,
        }
    }
}

/// A set of entry ids in order.
pub struct Set {
    items: NegentropyStorageVector,
    count: usize,
    fingerprint: Hash32,
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set({}, {})", self.count, self.fingerprint)
    }
}

/// What an answer told the side that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Ids that only this side has.
    pub have: Vec<EntryId>,
    /// Ids that only the other side has.
    pub need: Vec<EntryId>,
    /// What to ask next; none at the end.
    pub next: Option<Vec<u8>>,
}

impl Set {
    /// How many ids there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// A hash over all ids in order. Unlike the sums that travel it stands for the set and no other.
    pub fn fingerprint(&self) -> Hash32 {
        self.fingerprint
    }

    /// The first message of the side that asks.
    ///
    /// # Errors
    /// Never for a set that was sealed.
    pub fn begin(&self) -> Result<Vec<u8>, BadMessage> {
        self.machine()?.initiate().map_err(|_| BadMessage)
    }

    /// Answers a message of the side that asks.
    ///
    /// # Errors
    /// The message is not well formed.
    pub fn answer(&self, message: &[u8]) -> Result<Vec<u8>, BadMessage> {
        self.machine()?.reconcile(message).map_err(|_| BadMessage)
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// The answer is not well formed.
    pub fn take(&self, answer: &[u8]) -> Result<Step, BadMessage> {
        let mut machine = self.machine()?;
        machine.set_initiator();
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next = machine
            .reconcile_with_ids(answer, &mut have, &mut need)
            .map_err(|_| BadMessage)?;
        let ids = |list: Vec<Id>| list.into_iter().map(|id| EntryId(Hash32(id.to_bytes())));
        Ok(Step {
            have: ids(have).collect(),
            need: ids(need).collect(),
            next,
        })
    }

    /// The library keeps nothing between two messages but who began.
    fn machine(&self) -> Result<Negentropy<'_, NegentropyStorageVector>, BadMessage> {
        Negentropy::borrowed(&self.items, MESSAGE_BYTES_MAX as u64).map_err(|_| BadMessage)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn id(nth: u64) -> EntryId {
        EntryId(Hash32::hash("test", &[&nth.to_be_bytes()]))
    }

    fn set(ids: impl Iterator<Item = u64>) -> Set {
        let mut gathered = Gathered::default();
        for nth in ids {
            gathered.add(u32::try_from(nth / 100).unwrap(), &id(nth));
        }
        gathered.seal()
    }

    /// Reconciles two sets; what only either has, and how many rounds it took.
    fn reconcile(here: &Set, there: &Set) -> (BTreeSet<EntryId>, BTreeSet<EntryId>, usize) {
        let (mut have, mut need) = (BTreeSet::new(), BTreeSet::new());
        let mut message = here.begin().unwrap();
        for round in 1.. {
            assert!(message.len() <= MESSAGE_BYTES_MAX);
            let answer = there.answer(&message).unwrap();
            assert!(answer.len() <= MESSAGE_BYTES_MAX);
            let step = here.take(&answer).unwrap();
            have.extend(step.have);
            need.extend(step.need);
            match step.next {
                Some(next) => message = next,
                None => return (have, need, round),
            }
        }
        unreachable!()
    }

    #[test]
    fn every_difference_is_found_and_nothing_else() {
        let here = set((0..3_000).filter(|nth| nth % 7 != 0));
        let there = set((0..3_300).filter(|nth| nth % 11 != 0));
        let (have, need, _) = reconcile(&here, &there);
        let only_here = (0..3_000).filter(|nth| nth % 7 != 0 && nth % 11 == 0);
        assert_eq!(have, only_here.map(id).collect());
        let only_there = (0..3_300).filter(|nth| nth % 11 != 0 && (nth % 7 == 0 || *nth >= 3_000));
        assert_eq!(need, only_there.map(id).collect());
        assert_ne!(here.fingerprint(), there.fingerprint());
    }

    #[test]
    fn a_fingerprint_is_the_hash_over_all_ids_in_order() {
        let parts = [id(5), id(150)];
        let parts: Vec<&[u8]> = parts.iter().map(|id| id.as_bytes().as_slice()).collect();
        let hash = Hash32::hash("tongban/audit/v1", &parts);
        assert_eq!(set([150, 5].into_iter()).fingerprint(), hash);
    }

    #[test]
    fn equal_sets_need_one_short_round() {
        let (here, there) = (set(0..5_000), set((0..5_000).rev()));
        assert_eq!(here.fingerprint(), there.fingerprint());
        assert!(here.begin().unwrap().len() < 1_024);
        let (have, need, rounds) = reconcile(&here, &there);
        assert_eq!((have.len(), need.len(), rounds), (0, 0, 1));
    }

    #[test]
    fn a_set_that_one_side_lost_comes_back_over_many_messages() {
        let (here, there) = (set(0..1), set(0..40_000));
        let (have, need, rounds) = reconcile(&here, &there);
        assert_eq!((have.len(), need.len()), (0, 39_999));
        assert!(rounds <= 40_000 / MESSAGE_IDS + 8, "{rounds}");
        let (have, need, _) = reconcile(&there, &here);
        assert_eq!((have.len(), need.len()), (39_999, 0));
    }

    #[test]
    fn times_beyond_the_order_are_clamped() {
        assert_eq!(hour_of(i64::MIN), 0);
        assert_eq!(hour_of(-1), 0);
        assert_eq!(hour_of(7_200), 2);
        assert_eq!(hour_of(i64::MAX), u32::MAX);
    }

    /// Bytes that differ from call to call and repeat from run to run.
    fn noise(nth: u64, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in 0u64.. {
            if bytes.len() >= len {
                break;
            }
            let hash = Hash32::hash("noise", &[&nth.to_be_bytes(), &part.to_be_bytes()]);
            bytes.extend(hash.0);
        }
        bytes.truncate(len);
        bytes
    }

    #[test]
    fn no_message_makes_it_panic_or_answer_at_length() {
        let (here, there) = (set(0..2_000), set(1_000..2_500));
        let sound = here.begin().unwrap();
        let answer = there.answer(&sound).unwrap();
        for nth in 0..20_000u64 {
            let base = if nth % 2 == 0 { &sound } else { &answer };
            let mut bytes = match nth % 5 {
                0 => noise(nth, usize::try_from(nth % 300).unwrap()),
                _ => base.clone(),
            };
            for change in noise(nth + 1_000_000, 4).chunks(2) {
                if !bytes.is_empty() {
                    let at = usize::from(change[0]) * 7 % bytes.len();
                    bytes[at] ^= change[1] | 1;
                }
            }
            if nth % 3 == 0 {
                bytes.truncate(bytes.len() / 2);
            }
            if nth % 5 == 0 {
                bytes.insert(0, 0x61);
            }
            if let Ok(said) = here.answer(&bytes) {
                assert!(said.len() <= MESSAGE_BYTES_MAX);
            }
            if let Ok(step) = here.take(&bytes) {
                assert!(step.have.len() <= here.count());
                assert!(step.need.len() * 32 <= bytes.len());
                assert!(step.next.is_none_or(|next| next.len() <= MESSAGE_BYTES_MAX));
            }
        }
    }

    #[test]
    fn claims_of_many_ids_and_ranges_cost_no_more_than_their_bytes() {
        let set = set(0..20_000);
        // Two to the 34th ids, none of which follows.
        let ids = [0x61, 0, 0, 2, 0xc0, 0x80, 0x80, 0x80, 0];
        assert_eq!(set.answer(&ids), Err(BadMessage));
        // As many ranges as a message holds, each asking for a split of what comes after it.
        let mut ranges = vec![0x61];
        while ranges.len() + 20 < MESSAGE_BYTES_MAX {
            ranges.extend([2, 0, 1]);
            ranges.extend([7; 16]);
        }
        let said = set.answer(&ranges).unwrap();
        assert!(said.len() <= MESSAGE_BYTES_MAX);
        // Everything is asked for at once: the answer is a frame, and the rest comes in later ones.
        let said = set.answer(&[0x61, 0, 0, 2, 0]).unwrap();
        assert!(said.len() <= MESSAGE_BYTES_MAX);
        assert!(said.len() > MESSAGE_IDS * 32);
    }
}
