//! The virtual network: links that deliver in order, take their time, and can be cut.

use std::collections::{BTreeMap, BTreeSet};

use tongban_sync::LinkId;

use super::random::{Draws, Stream};

/// How long an end takes to notice that a link broke, in milliseconds.
pub const BREAK_MS: u64 = 30;
/// How long a frame travels, in milliseconds.
const LATENCY_MS: (u64, u64) = (1, 20);
/// How long a dial takes, in milliseconds.
const DIAL_MS: (u64, u64) = (2, 40);

/// One end of a link.
#[derive(Clone, Copy, Debug)]
struct End {
    at: usize,
    to: usize,
    there: LinkId,
    /// When the last frame from here arrives.
    last: u64,
    sent: u64,
}

/// Links and cuts.
#[derive(Debug)]
pub struct Network {
    draws: Draws,
    ends: BTreeMap<LinkId, End>,
    cuts: BTreeSet<(usize, usize)>,
    next: u64,
    dials: u64,
}

impl Network {
    pub fn new(draws: Draws) -> Self {
        Self {
            draws,
            ends: BTreeMap::new(),
            cuts: BTreeSet::new(),
            next: 0,
            dials: 0,
        }
    }

    /// Says whether a link is up.
    pub fn knows(&self, link: LinkId) -> bool {
        self.ends.contains_key(&link)
    }

    /// The cities at this and at the other end of a link.
    pub fn between(&self, link: LinkId) -> Option<(usize, usize)> {
        self.ends.get(&link).map(|end| (end.at, end.to))
    }

    /// Makes a link; returns both ends.
    pub fn connect(&mut self, from: usize, to: usize) -> (LinkId, LinkId) {
        let (here, there) = (LinkId(self.next), LinkId(self.next + 1));
        self.next += 2;
        let end = |at, to, there| End {
            at,
            to,
            there,
            last: 0,
            sent: 0,
        };
        self.ends.insert(here, end(from, to, there));
        self.ends.insert(there, end(to, from, here));
        (here, there)
    }

    /// Takes a frame; returns after how long it arrives, where, and on which end.
    pub fn send(&mut self, now: u64, link: LinkId) -> Option<(u64, usize, LinkId)> {
        let end = self.ends.get_mut(&link)?;
        let (low, high) = LATENCY_MS;
        let latency = self
            .draws
            .between(Stream::Latency, link.0, end.sent, low, high);
        end.sent += 1;
        end.last = end.last.max(now + latency);
        Some((end.last - now, end.to, end.there))
    }

    /// How long a dial takes.
    pub fn dial_ms(&mut self, from: usize) -> u64 {
        self.dials += 1;
        let (low, high) = DIAL_MS;
        self.draws
            .between(Stream::Dial, from as u64, self.dials, low, high)
    }

    /// Takes a link away; returns the other end.
    pub fn remove(&mut self, link: LinkId) -> Option<(usize, LinkId)> {
        let end = self.ends.remove(&link)?;
        self.ends.remove(&end.there);
        Some((end.to, end.there))
    }

    /// A city's links: its own end, the other city, the other end.
    pub fn links_of(&self, at: usize) -> Vec<(LinkId, usize, LinkId)> {
        self.ends
            .iter()
            .filter(|(_, end)| end.at == at)
            .map(|(link, end)| (*link, end.to, end.there))
            .collect()
    }

    /// Cuts or heals the way between two cities; returns the links that broke.
    pub fn set_cut(
        &mut self,
        one: usize,
        other: usize,
        cut: bool,
    ) -> Vec<(LinkId, usize, usize, LinkId)> {
        let pair = (one.min(other), one.max(other));
        if !cut {
            self.cuts.remove(&pair);
            return Vec::new();
        }
        self.cuts.insert(pair);
        let broken: Vec<_> = self
            .ends
            .iter()
            .filter(|(_, end)| (end.at, end.to) == pair)
            .map(|(link, end)| (*link, end.at, end.to, end.there))
            .collect();
        for (link, ..) in &broken {
            self.remove(*link);
        }
        broken
    }

    /// Says whether the way between two cities is cut.
    pub fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cuts.contains(&(one.min(other), one.max(other)))
    }
}
