//! Entries that are sound but rest on something this node does not have yet, and what to ask for.
//!
//! Bounded by count and bytes per sender; an entry that finds no room is simply not covered by the
//! cursor, so its sender offers it again. Nothing waits inside Automerge (`hardening.md` §2.1).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tongban_identity::{CertHash, CityId, ContentKeyId};
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId, ViewId};

use super::feeds::WINDOW_ITEMS;
use crate::entry::Entry;

/// The most entries that wait per sender: as many as it may have on their way, all of which may rest on
/// one thing that another city has.
pub const WAITING_MAX: usize = WINDOW_ITEMS;
/// The most bytes of entries that wait per sender.
pub const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

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

    /// Puts an entry to wait; `false` when its sender has too many.
    pub(super) fn hold(
        &mut self,
        entry: Entry,
        verified: bool,
        from: CityId,
        missing: Missing,
    ) -> bool {
        let earlier = self.held.get(&entry.id).filter(|held| held.from == from);
        let known = self.rooms.get(&from).copied().unwrap_or_default();
        let count = known.count - usize::from(earlier.is_some());
        let bytes = known.bytes - earlier.map_or(0, |held| held.entry.byte_len());
        let full = count >= WAITING_MAX || bytes + entry.byte_len() > WAITING_BYTES_MAX;
        if full && !planted(Bug::UnboundedWaiting) {
            return false;
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
        };
        self.held.insert(held.entry.id, held);
        self.want(missing, from);
        true
    }

    fn release(&mut self, id: &EntryId) -> Option<Held> {
        let held = self.held.remove(id)?;
        if let Some(room) = self.rooms.get_mut(&held.from) {
            room.count = room.count.saturating_sub(1);
            room.bytes = room.bytes.saturating_sub(held.entry.byte_len());
        }
        Some(held)
    }

    /// Takes out the entries that waited for something that is here now.
    pub(super) fn wake(&mut self, missing: &Missing) -> Vec<(Entry, bool, CityId)> {
        self.wanted.remove(missing);
        let Some(ids) = self.by_missing.remove(missing) else {
            return Vec::new();
        };
        ids.iter()
            .filter_map(|id| self.release(id))
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
                if !things.is_empty() && planted(Bug::AskOneOnly) {
                    continue;
                }
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
