//! What will happen in a world, to whom.

use tongban_identity::CityId;
use tongban_sync::LinkId;
use tongban_sync::engine::Outcome;

/// Something that will happen.
#[derive(Debug)]
pub enum Event {
    /// A frame arrives.
    Frame {
        to: usize,
        link: LinkId,
        bytes: Vec<u8>,
    },
    /// A link is up at one end.
    Opened {
        at: usize,
        link: LinkId,
        peer_key: [u8; 32],
        outgoing: bool,
    },
    /// A link is gone at one end.
    Closed { at: usize, link: LinkId },
    /// The transport notices that the other end has been silent, if it still is.
    Silent {
        at: usize,
        link: LinkId,
        why: Silence,
    },
    /// A dial reaches its city, or finds nobody.
    Dial {
        from: usize,
        run: u64,
        city: CityId,
        addresses: Vec<String>,
    },
    /// Work on the curve is done.
    Worked {
        at: usize,
        run: u64,
        token: u64,
        outcomes: Vec<Outcome>,
    },
    /// A timer fires.
    Timer { at: usize, run: u64, due: u64 },
}

/// Why nothing came from the other end.
#[derive(Clone, Copy, Debug)]
pub enum Silence {
    /// The way from there is held since this fault.
    Held(u64),
    /// The process there is frozen since then.
    Frozen(u64),
    /// There is no other end any more.
    Gone,
}

impl Event {
    /// The city to which it happens.
    pub fn at(&self) -> usize {
        match self {
            Event::Frame { to, .. } => *to,
            Event::Dial { from, .. } => *from,
            Event::Opened { at, .. }
            | Event::Closed { at, .. }
            | Event::Silent { at, .. }
            | Event::Worked { at, .. }
            | Event::Timer { at, .. } => *at,
        }
    }

    /// Whether it happens to the process, which takes it later if it is frozen now.
    pub fn waits_for_process(&self) -> bool {
        !matches!(self, Event::Silent { .. })
    }

    /// Its name in the trace.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Frame { .. } => "frame",
            Event::Opened { .. } => "opened",
            Event::Closed { .. } => "closed",
            Event::Silent { .. } => "silent",
            Event::Dial { .. } => "dial",
            Event::Worked { .. } => "worked",
            Event::Timer { .. } => "timer",
        }
    }
}
