//! Hooks into a world: a script that speaks for a city on the wire, and a watch that looks on.
//!
//! The engine behind a script is the honest one. A script gets what it wants to send and decides what goes
//! out instead; with the machine's keys it can sign whatever it likes. A watch changes nothing.

use tongban_sync::storage::Batch;
use tongban_sync::{LinkId, Notice};

use super::Disk;

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Virtual milliseconds since the beginning.
    pub now: u64,
    /// The city that sends.
    pub from: usize,
    /// The city that the link leads to.
    pub to: usize,
    /// The sender's end of the link.
    pub link: LinkId,
}

/// Speaks for a city; given to [`super::World::set_script`].
pub trait Script: Send {
    /// Takes a frame that the city's engine sends, and returns what goes out on that link instead, in order.
    fn send(&mut self, sent: Sent, frame: Vec<u8>) -> Vec<Vec<u8>>;

    /// Takes a frame that came in, before the engine does; `false` keeps it from the engine.
    ///
    /// `sent.from` is the other city, `sent.to` this one, `sent.link` this city's end of the link.
    fn receive(&mut self, _sent: Sent, _frame: &[u8]) -> bool {
        true
    }
}

/// Looks on at each event; given to [`super::World::set_watch`]. Meant to be cheap.
pub trait Watch: Send {
    /// A city's batch is on its disk; nothing that rests on it has been sent or answered yet.
    fn committed(&mut self, _now: u64, _at: usize, _batch: &Batch, _disk: &Disk) {}

    /// A frame goes out, as the script of the city, if it has one, left it.
    fn sent(&mut self, _sent: Sent, _frame: &[u8]) {}

    /// A city tells its operator something.
    fn noticed(&mut self, _now: u64, _at: usize, _notice: &Notice) {}

    /// A city's process began; it reads this disk.
    fn started(&mut self, _now: u64, _at: usize, _disk: &Disk) {}
}
