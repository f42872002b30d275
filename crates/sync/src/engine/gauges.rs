//! How much of its memory a running engine uses, against what it may use.
//!
//! For operators and for checks that nothing a peer sends can make it grow. It is not a count of what is
//! stored: that grows for good.

use super::feeds::WINDOW_ITEMS;
use super::waiting::{WAITING_BYTES_MAX, WAITING_MAX};
use super::{CERTS_CACHED, Engine, RECORDS_CACHED};

/// What an engine holds in memory now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Other member cities.
    pub peers: usize,
    /// Entries that wait for something they rest on.
    pub waiting: usize,
    /// The most that wait of one sender.
    pub waiting_of_one: usize,
    /// The most bytes that wait of one sender.
    pub waiting_bytes_of_one: usize,
    /// Entries, views and certificates that are asked for or about to be.
    pub wanted: usize,
    /// The most items that are on their way to one city.
    pub flying_to_one: usize,
    /// The most items of one incoming feed that are neither stored nor refused.
    pub open_from_one: usize,
    /// The most frames of one link that wait for work.
    pub held_of_one: usize,
    /// Document records in memory.
    pub records: usize,
    /// Device certificates in memory.
    pub certs: usize,
}

impl Gauges {
    /// The first gauge that stands above its limit, by name.
    pub fn above_limit(&self) -> Option<&'static str> {
        // A step may add to a cache before it is emptied.
        let step = WINDOW_ITEMS;
        let per_peer = WAITING_MAX + WINDOW_ITEMS;
        let limits = [
            ("waiting", self.waiting, self.peers * WAITING_MAX),
            ("waiting of one", self.waiting_of_one, WAITING_MAX),
            (
                "bytes waiting of one",
                self.waiting_bytes_of_one,
                WAITING_BYTES_MAX,
            ),
            ("wanted", self.wanted, (self.peers + 1) * per_peer),
            ("flying to one", self.flying_to_one, WINDOW_ITEMS),
            ("open from one", self.open_from_one, WINDOW_ITEMS),
            ("records", self.records, RECORDS_CACHED + step),
            ("certificates", self.certs, CERTS_CACHED + step),
        ];
        limits
            .into_iter()
            .find(|(_, now, most)| now > most)
            .map(|(name, _, _)| name)
    }
}

impl Engine {
    /// Reads the gauges.
    pub fn gauges(&self) -> Gauges {
        let (waiting_of_one, waiting_bytes_of_one) = self.waiting.fullest();
        Gauges {
            peers: self.peers.len(),
            waiting: self.waiting.count(),
            waiting_of_one,
            waiting_bytes_of_one,
            wanted: self.waiting.wanted_count(),
            flying_to_one: most(self.peers.values().map(|peer| peer.outbox.flying_count())),
            open_from_one: most(
                self.peers
                    .values()
                    .filter_map(|peer| peer.inbox.as_ref())
                    .map(super::cursors::Inbox::open_count),
            ),
            held_of_one: most(self.links.values().map(|link| link.held.len())),
            records: self.records.len(),
            certs: self.certs.len(),
        }
    }
}

fn most(counts: impl Iterator<Item = usize>) -> usize {
    counts.max().unwrap_or(0)
}
