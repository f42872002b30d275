//! Entries that are sound but rest on something this node does not have yet, and what to ask for.
//!
//! Bounded by count and bytes per sender. An entry that finds no room is forgotten but for its id, and asked
//! for again when there is room; an entry for which others wait has more room than one that nobody
//! asked for. Nothing waits inside Automerge (`hardening.md` §2.1).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tongban_identity::{CertHash, CityId, ContentKeyId};
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId, ViewId};

use super::feeds::WINDOW_ITEMS;
use crate::entry::Entry;

/// The most entries that wait per sender without others waiting for them.
const QUOTA: usize = 1_000;
/// The most bytes of entries that wait per sender without others waiting for them.
const QUOTA_BYTES: usize = 5 * 1024 * 1024;
/// The most entries that wait per sender, with those for which others wait: a document may have to be
/// mended backwards from its heads.
pub const WAITING_MAX: usize = WINDOW_ITEMS;
/// The most bytes of entries that wait per sender, with those for which others wait.
pub const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most ids per sender of entries that found no room: as many as may be on their way.
const LATER_MAX: usize = WINDOW_ITEMS;
/// How long an entry waits, in milliseconds.
const WAIT_MS_MAX: u64 = 24 * 3_600 * 1_000;

/// Something that a node lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    Entry(EntryId),
    View(ViewId),
    Cert(CertHash),
    Key(DocumentId, ContentKeyId),
}

#[derive(Debug)]
struct Held {
    entry: Entry,
    verified: bool,
    from: CityId,
    missing: Missing,
    /// When it came, in monotonic milliseconds.
    since: u64,
}

/// Whether an entry found a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It waits.
    Held,
    /// It is asked for again when there is room.
    Later,
    /// Its sender has more without a place than it may have on their way.
    TooMany,
}

/// Who may have a thing that is wanted, and who has been asked for it.
#[derive(Debug, Default)]
struct Wanted {
    from: BTreeSet<CityId>,
    asked: Option<CityId>,
}

/// How much one sender's entries take up.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    count: usize,
    bytes: usize,
}

/// The table of entries that wait, and of things to ask for.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    held: BTreeMap<EntryId, Held>,
    rooms: BTreeMap<CityId, Room>,
    by_missing: BTreeMap<Missing, BTreeSet<EntryId>>,
    wanted: BTreeMap<Missing, Wanted>,
    /// What to ask each city next; may name things that are no longer wanted.
    queues: BTreeMap<CityId, VecDeque<Missing>>,
    /// Entries by when they came.
    ages: BTreeSet<(u64, EntryId)>,
    /// Entries that found no room, by sender.
    later: BTreeMap<CityId, BTreeSet<EntryId>>,
    now_ms: u64,
}

impl Waiting {
    /// How many entries wait.
    pub(super) fn count(&self) -> usize {
        self.held.len()
    }

    /// The most entries and the most bytes that wait of one sender.
    pub(super) fn fullest(&self) -> (usize, usize) {
        let rooms = self.rooms.values();
        rooms.fold((0, 0), |(count, bytes), room| {
            (count.max(room.count), bytes.max(room.bytes))
        })
    }

    /// How many entries, views and certificates are wanted; content keys are bounded by what is stored.
    pub(super) fn wanted_count(&self) -> usize {
        let things = self.wanted.keys();
        things
            .filter(|thing| !matches!(thing, Missing::Key(..)))
            .count()
    }

    /// Takes the time, and forgets entries that have waited too long: says which.
    pub(super) fn tick(&mut self, now_ms: u64) -> Vec<EntryId> {
        self.now_ms = now_ms;
        let mut forgotten = Vec::new();
        while let Some((since, id)) = self.ages.first().copied() {
            if now_ms.saturating_sub(since) < WAIT_MS_MAX {
                break;
            }
            self.ages.remove(&(since, id));
            self.release(&id);
            forgotten.push(id);
        }
        forgotten
    }

    /// Says whether entries wait for an entry.
    pub(super) fn is_awaited(&self, id: &EntryId) -> bool {
        self.by_missing.contains_key(&Missing::Entry(*id))
    }

    /// Says whether some entry waits for an entry, by itself or through others that wait.
    pub(super) fn rests_on(&self, id: &EntryId, some: impl Fn(&Entry) -> bool) -> bool {
        let mut below = vec![*id];
        while let Some(id) = below.pop() {
            let waiting = self.by_missing.get(&Missing::Entry(id));
            for id in waiting.into_iter().flatten() {
                let held = self.held.get(id);
                if held.is_some_and(|held| held.verified && some(&held.entry)) {
                    return true;
                }
                below.push(*id);
            }
        }
        false
    }

    /// Puts an entry to wait, if its sender has room for it.
    pub(super) fn hold(
        &mut self,
        entry: Entry,
        verified: bool,
        from: CityId,
        missing: Missing,
    ) -> Place {
        let earlier = self.held.get(&entry.id).filter(|held| held.from == from);
        let known = self.rooms.get(&from).copied().unwrap_or_default();
        let count = known.count - usize::from(earlier.is_some());
        let bytes = known.bytes - earlier.map_or(0, |held| held.entry.byte_len());
        let awaited = self.is_awaited(&entry.id);
        let (most, most_bytes) = match awaited {
            true => (WAITING_MAX, WAITING_BYTES_MAX),
            false => (QUOTA, QUOTA_BYTES),
        };
        let full = count >= most || bytes + entry.byte_len() > most_bytes;
        if full && !planted(Bug::UnboundedWaiting) {
            return self.put_off(entry.id, from);
        }
        self.release(&entry.id);
        let room = self.rooms.entry(from).or_default();
        room.count += 1;
        room.bytes += entry.byte_len();
        self.by_missing.entry(missing).or_default().insert(entry.id);
        // It is here, only not in its place yet.
        self.wanted.remove(&Missing::Entry(entry.id));
        let held = Held {
            entry,
            verified,
            from,
            missing,
            since: self.now_ms,
        };
        self.ages.insert((held.since, held.entry.id));
        self.held.insert(held.entry.id, held);
        self.want(missing, from);
        Place::Held
    }

    /// Remembers an entry that found no room.
    fn put_off(&mut self, id: EntryId, from: CityId) -> Place {
        let later = self.later.entry(from).or_default();
        if later.len() >= LATER_MAX && !later.contains(&id) {
            return Place::TooMany;
        }
        later.insert(id);
        // It was asked for and came, and is asked for again when there is room. Another city that should have it
        // has room of its own.
        self.not_from(Missing::Entry(id), from);
        Place::Later
    }

    /// Asks again for entries that found no room, once half of it is free.
    fn ask_later(&mut self, from: &CityId) {
        let room = self.rooms.get(from).copied().unwrap_or_default();
        if room.count > QUOTA / 2 || room.bytes > QUOTA_BYTES / 2 {
            return;
        }
        for _ in 0..QUOTA / 2 {
            let later = self.later.get_mut(from).and_then(BTreeSet::pop_first);
            let Some(id) = later else {
                self.later.remove(from);
                return;
            };
            self.want(Missing::Entry(id), *from);
        }
        self.later.retain(|_, ids| !ids.is_empty());
    }

    fn release(&mut self, id: &EntryId) -> Option<Held> {
        let held = self.held.remove(id)?;
        self.ages.remove(&(held.since, *id));
        if let Some(resting) = self.by_missing.get_mut(&held.missing) {
            resting.remove(id);
            if resting.is_empty() {
                self.by_missing.remove(&held.missing);
            }
        }
        if let Some(room) = self.rooms.get_mut(&held.from) {
            room.count = room.count.saturating_sub(1);
            room.bytes = room.bytes.saturating_sub(held.entry.byte_len());
        }
        Some(held)
    }

    /// Takes out the entries that waited for something that is here now.
    pub(super) fn wake(&mut self, missing: &Missing) -> Vec<(Entry, bool, CityId)> {
        self.wanted.remove(missing);
        if let Missing::Entry(id) = missing {
            self.later.values_mut().for_each(|later| {
                later.remove(id);
            });
        }
        let Some(ids) = self.by_missing.remove(missing) else {
            return Vec::new();
        };
        let woken: Vec<Held> = ids.iter().filter_map(|id| self.release(id)).collect();
        let senders: BTreeSet<CityId> = woken.iter().map(|held| held.from).collect();
        senders.iter().for_each(|from| self.ask_later(from));
        woken
            .into_iter()
            .map(|held| (held.entry, held.verified, held.from))
            .collect()
    }

    /// Notes that a thing is wanted and that a city should have it.
    pub(super) fn want(&mut self, thing: Missing, from: CityId) {
        let wanted = self.wanted.entry(thing).or_default();
        if wanted.from.insert(from) && wanted.asked.is_none() {
            self.queues.entry(from).or_default().push_back(thing);
        }
    }

    /// Says whether a thing is wanted.
    pub(super) fn is_wanted(&self, thing: &Missing) -> bool {
        self.wanted.contains_key(thing)
    }

    /// What is wanted and a city should have, at most so many things, whoever was asked already.
    pub(super) fn wanted_from(&self, city: &CityId, most: usize) -> Vec<Missing> {
        let wanted = self.wanted.iter();
        wanted
            .filter(|(_, wanted)| wanted.from.contains(city))
            .map(|(thing, _)| *thing)
            .take(most)
            .collect()
    }

    /// What to ask a city now, at most so many things; they count as asked.
    pub(super) fn ask(&mut self, city: &CityId, most: usize) -> Vec<Missing> {
        let mut things = Vec::new();
        if planted(Bug::NeverAsk) {
            return things;
        }
        let Some(queue) = self.queues.get_mut(city) else {
            return things;
        };
        while things.len() < most {
            let Some(thing) = queue.pop_front() else {
                break;
            };
            let Some(wanted) = self.wanted.get_mut(&thing) else {
                continue;
            };
            if wanted.asked.is_none() && wanted.from.contains(city) {
                wanted.asked = Some(*city);
                things.push(thing);
            }
        }
        things
    }

    /// A city that was asked did not get to a thing: it is asked again.
    pub(super) fn ask_again(&mut self, thing: Missing, city: CityId) {
        if let Some(wanted) = self.wanted.get_mut(&thing)
            && wanted.asked == Some(city)
        {
            wanted.asked = None;
            self.queues.entry(city).or_default().push_back(thing);
        }
    }

    /// A city does not have a thing, or gives a false one: the others are asked.
    pub(super) fn not_from(&mut self, thing: Missing, city: CityId) {
        if let Some(wanted) = self.wanted.get_mut(&thing) {
            wanted.from.remove(&city);
            self.move_on(thing, city);
        }
    }

    /// A city is silent: whatever others should have as well, they are asked.
    pub(super) fn silent(&mut self, things: &[Missing], city: CityId) {
        for thing in things {
            if self
                .wanted
                .get(thing)
                .is_some_and(|wanted| wanted.from.iter().any(|other| *other != city))
            {
                self.move_on(*thing, city);
            }
        }
    }

    /// A city is gone: nothing is wanted from it until it offers it again.
    pub(super) fn gone(&mut self, city: &CityId) {
        self.queues.remove(city);
        self.later.remove(city);
        let things: Vec<Missing> = self
            .wanted
            .iter()
            .filter(|(_, wanted)| wanted.from.contains(city))
            .map(|(thing, _)| *thing)
            .collect();
        for thing in things {
            self.not_from(thing, *city);
        }
    }

    fn move_on(&mut self, thing: Missing, city: CityId) {
        let Some(wanted) = self.wanted.get_mut(&thing) else {
            return;
        };
        if wanted.from.is_empty() {
            self.wanted.remove(&thing);
            return;
        }
        if wanted.asked.is_none() || wanted.asked == Some(city) {
            wanted.asked = None;
            for other in wanted.from.iter().filter(|other| **other != city) {
                let queue = self.queues.entry(*other).or_default();
                if !queue.contains(&thing) {
                    queue.push_back(thing);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city(byte: u8) -> CityId {
        CityId([byte; 32])
    }

    fn thing(byte: u8) -> Missing {
        Missing::Entry(EntryId::from_slice(&[byte; 32]).unwrap())
    }

    #[test]
    fn another_city_is_asked_when_the_first_has_it_not() {
        let mut waiting = Waiting::default();
        waiting.want(thing(1), city(1));
        assert_eq!(waiting.ask(&city(1), 9), [thing(1)]);
        waiting.want(thing(1), city(2));
        assert!(
            waiting.ask(&city(2), 9).is_empty(),
            "it is asked for already"
        );
        waiting.not_from(thing(1), city(1));
        assert!(waiting.ask(&city(1), 9).is_empty());
        assert_eq!(waiting.ask(&city(2), 9), [thing(1)]);
        waiting.not_from(thing(1), city(2));
        assert!(!waiting.is_wanted(&thing(1)), "nobody is left to ask");
    }

    #[test]
    fn another_city_is_asked_when_the_first_is_silent_or_gone() {
        for leave in [
            (|waiting, from| waiting.gone(from)) as fn(&mut Waiting, &CityId),
            |waiting, from| waiting.silent(&[thing(1)], *from),
        ] {
            let mut waiting = Waiting::default();
            waiting.want(thing(1), city(1));
            waiting.want(thing(1), city(2));
            assert_eq!(waiting.ask(&city(1), 9), [thing(1)]);
            assert!(waiting.ask(&city(2), 9).is_empty());
            leave(&mut waiting, &city(1));
            assert_eq!(waiting.ask(&city(2), 9), [thing(1)]);
        }
    }

    #[test]
    fn a_silent_city_is_not_asked_twice_when_nobody_else_has_it() {
        let mut waiting = Waiting::default();
        waiting.want(thing(1), city(1));
        assert_eq!(waiting.ask(&city(1), 9), [thing(1)]);
        waiting.silent(&[thing(1)], city(1));
        assert!(waiting.ask(&city(1), 9).is_empty());
        // Who comes later is asked at once.
        waiting.want(thing(1), city(2));
        waiting.silent(&[thing(1)], city(1));
        assert_eq!(waiting.ask(&city(2), 9), [thing(1)]);
    }

    fn entry(nth: u64) -> Entry {
        let hash = tongban_identity::Hash32([0; 32]);
        let header = crate::entry::Header {
            version: 1,
            suite: 1,
            agreement: tongban_ledger::AgreementId::ZERO,
            document: DocumentId::ZERO,
            city: city(1),
            cert: CertHash(hash),
            boot: crate::entry::BootNonce([0; 16]),
            seq: 0,
            prev: None,
            parents: vec![orphan(nth + 1)],
            depth: 1,
            time: 0,
            view: ViewId::ZERO,
            kind: 3,
            nonce: Vec::new(),
            public_len: 0,
            public_hash: hash,
            sealed_len: 0,
            sealed_hash: hash,
        };
        let key = tongban_identity::DeviceKey::from_seed([1; 32]);
        let mut entry = Entry::sign(header, vec![1], Vec::new(), &key);
        entry.id = orphan(nth);
        entry
    }

    fn orphan(nth: u64) -> EntryId {
        EntryId(tongban_identity::Hash32::hash(
            "test/orphan",
            &[&nth.to_be_bytes()],
        ))
    }

    #[test]
    fn a_flood_of_orphans_keeps_within_its_quota_and_out_of_others() {
        let (hostile, honest) = (city(1), city(2));
        let mut waiting = Waiting::default();
        let sample = entry(0);
        let mut places = BTreeMap::new();
        for nth in 0..100_000 {
            let mut entry = sample.clone();
            entry.id = orphan(nth);
            let place = waiting.hold(
                entry,
                true,
                hostile,
                Missing::Entry(orphan(nth + 1_000_000)),
            );
            *places.entry(format!("{place:?}")).or_insert(0) += 1;
        }
        assert_eq!(places["Held"], QUOTA);
        assert_eq!(places["Later"], LATER_MAX);
        assert_eq!(waiting.count(), QUOTA);
        // Nothing grows with what is refused.
        let sizes = [
            waiting.by_missing.len(),
            waiting.wanted.len(),
            waiting.ages.len(),
            waiting.queues.values().map(VecDeque::len).sum(),
        ];
        assert_eq!(sizes, [QUOTA; 4]);
        // Another city has room of its own, and what rests on its entries goes on.
        assert_eq!(
            waiting.hold(entry(7_000_000), true, honest, thing(9)),
            Place::Held
        );
        assert_eq!(waiting.wake(&thing(9)).len(), 1);
    }

    #[test]
    fn bytes_count_as_well() {
        let mut waiting = Waiting::default();
        let mut big = entry(0);
        big.sealed = vec![0; 50_000];
        for nth in 0..200 {
            big.id = orphan(nth);
            waiting.hold(big.clone(), true, city(1), thing(1));
        }
        let bytes: usize = waiting
            .held
            .values()
            .map(|held| held.entry.byte_len())
            .sum();
        assert!(
            bytes <= QUOTA_BYTES && bytes > QUOTA_BYTES - 60_000,
            "{bytes}"
        );
        assert_eq!(waiting.rooms[&city(1)].bytes, bytes);
    }

    #[test]
    fn what_found_no_room_is_asked_for_when_there_is_some() {
        let mut waiting = Waiting::default();
        for nth in 0..1_500 {
            waiting.hold(entry(nth), true, city(1), thing(1));
        }
        waiting.ask(&city(1), 9);
        assert!(waiting.ask(&city(1), 9).is_empty());
        assert_eq!(waiting.wake(&thing(1)).len(), QUOTA);
        let again = waiting.ask(&city(1), 9_999);
        assert_eq!(again.len(), 500);
        assert!(again.contains(&Missing::Entry(orphan(1_200))));
        assert!(waiting.later.is_empty());
    }

    #[test]
    fn an_entry_for_which_others_wait_finds_room() {
        let mut waiting = Waiting::default();
        for nth in 0..2_000 {
            waiting.hold(entry(nth), true, city(1), Missing::Entry(orphan(9_000)));
        }
        let parent = waiting.hold(entry(9_000), true, city(1), thing(1));
        assert_eq!(parent, Place::Held);
    }

    #[test]
    fn a_day_is_the_longest_wait() {
        let mut waiting = Waiting::default();
        waiting.tick(1_000);
        waiting.hold(entry(1), true, city(1), thing(1));
        waiting.tick(1_000 + WAIT_MS_MAX - 1);
        assert_eq!(waiting.count(), 1);
        waiting.tick(1_000 + WAIT_MS_MAX);
        assert_eq!((waiting.count(), waiting.by_missing.len()), (0, 0));
        assert_eq!(waiting.rooms[&city(1)].bytes, 0);
    }

    #[test]
    fn what_did_not_fit_is_asked_again() {
        let mut waiting = Waiting::default();
        for byte in 0..5 {
            waiting.want(thing(byte), city(1));
        }
        assert_eq!(waiting.ask(&city(1), 3).len(), 3);
        waiting.ask_again(thing(0), city(1));
        assert_eq!(waiting.ask(&city(1), 9), [thing(3), thing(4), thing(0)]);
    }
}
