//! The virtual network: links that deliver in order, take their time, and suffer what TCP suffers.
//!
//! A link is a reliable ordered stream, as the transport of a node is: a lost, torn or changed byte shows as
//! a link that breaks, with everything on its way. Copies of old frames are beyond what the transport allows
//! at all, since every link has keys of its own; a world makes them only where it is told to.

use std::collections::{BTreeMap, VecDeque};

use tongban_sync::LinkId;

use super::random::{Draws, Stream};

/// How long an end takes to notice that a link broke, in milliseconds.
pub const BREAK_MS: u64 = 30;
/// How long the transport takes to notice that the other end is silent, in milliseconds: four pings.
pub const SILENT_MS: u64 = 18_000;
/// How long a frame travels, in milliseconds.
const LATENCY_MS: (u64, u64) = (1, 20);
/// How long a dial takes, in milliseconds.
const DIAL_MS: (u64, u64) = (2, 40);
/// How many times longer a frame of the tail takes.
const TAIL: u64 = 50;
/// How many old frames of a way are kept for replay.
const OLD_FRAMES_MAX: usize = 64;

/// One end of a link.
#[derive(Clone, Copy, Debug)]
struct End {
    at: usize,
    to: usize,
    there: LinkId,
    /// When the last frame from here arrives.
    last: u64,
}

/// What is wrong with the way from one city to another.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// Nothing arrives; frames wait, as a stream sends them again. Counts faults.
    pub held: u32,
    /// Milliseconds that each frame takes longer, at least and at most.
    pub delay_ms: (u64, u64),
    /// How many of a thousand frames take much longer.
    pub tail: u64,
    /// How many bytes pass in a second; 0 for no limit.
    pub bytes_per_second: u64,
    /// How many of a thousand frames break the link.
    pub breaks: u64,
    /// How many of a thousand frames come twice.
    pub doubled: u64,
    /// Whether old frames come again on a new link.
    pub replayed: bool,
    /// Counts the faults that held the way, so that an old alarm is not taken for a new one.
    pub epoch: u64,
    old: VecDeque<Vec<u8>>,
    waiting: Vec<(LinkId, Vec<u8>)>,
}

/// What becomes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Passage {
    /// It arrives after so many milliseconds, so often.
    Arrives(u64, u32),
    /// It waits until the way is free.
    Waits,
    /// It is lost, and the link with it.
    Breaks,
}

/// Links and ways.
#[derive(Debug)]
pub struct Network {
    draws: Draws,
    ends: BTreeMap<LinkId, End>,
    cuts: BTreeMap<(usize, usize), u32>,
    ways: BTreeMap<(usize, usize), Way>,
    next: u64,
}

impl Network {
    pub fn new(draws: Draws) -> Self {
        Self {
            draws,
            ends: BTreeMap::new(),
            cuts: BTreeMap::new(),
            ways: BTreeMap::new(),
            next: 0,
        }
    }

    /// Says whether an end of a link is up.
    pub fn knows(&self, link: LinkId) -> bool {
        self.ends.contains_key(&link)
    }

    /// The cities at this and at the other end of a link.
    pub fn between(&self, link: LinkId) -> Option<(usize, usize)> {
        self.ends.get(&link).map(|end| (end.at, end.to))
    }

    /// The way from one city to another, to be made worse or better.
    pub fn way(&mut self, from: usize, to: usize) -> &mut Way {
        self.ways.entry((from, to)).or_default()
    }

    /// The faults that hold the way from one city to another, counted from the beginning.
    pub fn held(&self, from: usize, to: usize) -> Option<u64> {
        let way = self.ways.get(&(from, to))?;
        (way.held > 0).then_some(way.epoch)
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
        };
        self.ends.insert(here, end(from, to, there));
        self.ends.insert(there, end(to, from, here));
        (here, there)
    }

    /// Says what becomes of a frame; returns the other end as well, where the link is still there.
    pub fn send(
        &mut self,
        now: u64,
        link: LinkId,
        frame: &[u8],
    ) -> Option<(Passage, usize, LinkId)> {
        let draws = self.draws;
        let end = self.ends.get_mut(&link)?;
        let (to, there) = (end.to, end.there);
        let pair = (end.at as u64) << 32 | to as u64;
        // A draw belongs to its way and its moment, so that no other frame moves it.
        let draw =
            |nth: u64, low, high| draws.between(Stream::Latency, pair, now << 3 | nth, low, high);
        let mut wait = draw(0, LATENCY_MS.0, LATENCY_MS.1);
        let mut copies = 1;
        if let Some(way) = self.ways.get_mut(&(end.at, to)) {
            if way.breaks > 0 && draw(1, 0, 999) < way.breaks {
                return Some((Passage::Breaks, to, there));
            }
            way.keep(frame);
            if way.held > 0 {
                way.waiting.push((link, frame.to_vec()));
                return Some((Passage::Waits, to, there));
            }
            wait += draw(2, way.delay_ms.0, way.delay_ms.1.max(way.delay_ms.0));
            if way.tail > 0 && draw(3, 0, 999) < way.tail {
                wait *= TAIL;
            }
            copies += u32::from(way.doubled > 0 && draw(4, 0, 999) < way.doubled);
            let bytes = frame.len() as u64 * 1_000;
            if let Some(passing) = bytes.checked_div(way.bytes_per_second) {
                // The frame has to get through behind the one before it.
                let begin = end.last.max(now);
                wait += begin - now + passing;
            }
            if wait > SILENT_MS {
                // So long without an answer, and the transport gives up.
                return Some((Passage::Breaks, to, there));
            }
        }
        end.last = end.last.max(now + wait);
        Some((Passage::Arrives(end.last - now, copies), to, there))
    }

    /// Frees a way; returns what waited on it for links that are still there, in order.
    pub fn release(&mut self, from: usize, to: usize) -> Vec<(LinkId, Vec<u8>)> {
        let Some(way) = self.ways.get_mut(&(from, to)) else {
            return Vec::new();
        };
        way.held = way.held.saturating_sub(1);
        if way.held > 0 {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut way.waiting);
        let known = |link: &LinkId| self.ends.contains_key(link);
        waiting
            .into_iter()
            .filter(|(link, _)| known(link))
            .collect()
    }

    /// Old frames of a way, which come again on a new link.
    pub fn replay(&self, from: usize, to: usize) -> Vec<Vec<u8>> {
        match self.ways.get(&(from, to)) {
            Some(way) if way.replayed => way.old.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// How long a dial takes.
    pub fn dial_ms(&self, now: u64, from: usize) -> u64 {
        let (low, high) = DIAL_MS;
        self.draws
            .between(Stream::Dial, from as u64, now, low, high)
    }

    /// Takes a link away; returns the other end.
    pub fn remove(&mut self, link: LinkId) -> Option<(usize, LinkId)> {
        let end = self.ends.remove(&link)?;
        self.ends.remove(&end.there);
        Some((end.to, end.there))
    }

    /// Takes one end of a link away: the other end does not know.
    pub fn remove_end(&mut self, link: LinkId) {
        self.ends.remove(&link);
    }

    /// A city's links: its own end, the other city, the other end.
    pub fn links_of(&self, at: usize) -> Vec<(LinkId, usize, LinkId)> {
        self.ends
            .iter()
            .filter(|(_, end)| end.at == at)
            .map(|(link, end)| (*link, end.to, end.there))
            .collect()
    }

    /// Cuts the way between two cities; returns the links that broke: ends at the first, at the second.
    pub fn cut(&mut self, one: usize, other: usize) -> Vec<(LinkId, LinkId)> {
        *self.cuts.entry(pair(one, other)).or_default() += 1;
        self.reset(one, other)
    }

    /// Heals one cut.
    pub fn heal(&mut self, one: usize, other: usize) {
        if let Some(count) = self.cuts.get_mut(&pair(one, other)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Breaks the links between two cities; returns their ends at the first and at the second.
    pub fn reset(&mut self, one: usize, other: usize) -> Vec<(LinkId, LinkId)> {
        let links = self.links_of(one);
        let between = links.into_iter().filter(|(_, to, _)| *to == other);
        let broken: Vec<_> = between.map(|(here, _, there)| (here, there)).collect();
        for (here, _) in &broken {
            self.remove(*here);
        }
        broken
    }

    /// Says whether the way between two cities is cut.
    pub fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cuts
            .get(&pair(one, other))
            .is_some_and(|count| *count > 0)
    }

    /// Forgets every fault.
    pub fn mend(&mut self) -> Vec<(usize, usize)> {
        self.cuts.clear();
        let held = self.ways.iter_mut().filter(|(_, way)| way.held > 0);
        let held = held.map(|(pair, way)| {
            way.held = 1;
            *pair
        });
        let held = held.collect();
        for way in self.ways.values_mut() {
            let (epoch, held) = (way.epoch, way.held);
            let waiting = std::mem::take(&mut way.waiting);
            *way = Way {
                held,
                epoch,
                waiting,
                ..Way::default()
            };
        }
        held
    }
}

fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

impl Way {
    fn keep(&mut self, frame: &[u8]) {
        if self.replayed {
            if self.old.len() == OLD_FRAMES_MAX {
                self.old.pop_front();
            }
            self.old.push_back(frame.to_vec());
        }
    }
}
