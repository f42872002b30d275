//! Chance in a virtual world: every draw has a place and a number of its own, so that leaving out one
//! event moves no other.

use tongban_identity::Hash32;
use tongban_sync::Entropy;

/// What a draw decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// How long a frame travels.
    Latency,
    /// How long a dial takes.
    Dial,
    /// The keys of a city.
    Keys,
    /// Bytes for an engine.
    Entropy,
    /// Boot nonces.
    Boot,
    /// What clerks do.
    Workload,
    /// What goes wrong.
    Fault,
    /// What a check looks at.
    Check,
    /// What a hostile city does.
    Hostile,
    /// What a crash leaves on a disk.
    Disk,
}

/// The draws of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// The draws of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 32 bytes: the draw of a number at a place of a stream.
    pub fn bytes(&self, stream: Stream, place: u64, nth: u64) -> [u8; 32] {
        let parts = [self.seed, stream as u64, place, nth].map(u64::to_be_bytes);
        Hash32::hash(
            "tongban/sim/draw/v1",
            &parts.each_ref().map(<[u8; 8]>::as_slice),
        )
        .0
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, stream: Stream, place: u64, nth: u64, low: u64, high: u64) -> u64 {
        let bytes = self.bytes(stream, place, nth);
        let number = bytes[..8]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        low + number % (high - low + 1)
    }
}

/// The randomness of one engine.
#[derive(Clone, Debug)]
pub struct NodeEntropy {
    draws: Draws,
    place: u64,
    now: u64,
    drawn: u64,
}

/// How many draws of an engine fit in one millisecond, as a power of two.
const DRAWS_PER_MS_BITS: u32 = 20;

impl NodeEntropy {
    /// The randomness of the engine at a place.
    pub const fn new(draws: Draws, place: u64) -> Self {
        Self {
            draws,
            place,
            now: 0,
            drawn: 0,
        }
    }

    /// Sets the moment to which the next draws belong, so that those of other moments do not move them.
    pub fn at(&mut self, now: u64) {
        if self.now != now {
            (self.now, self.drawn) = (now, 0);
        }
    }
}

impl Entropy for NodeEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let nth = (self.now << DRAWS_PER_MS_BITS) + self.drawn;
            let bytes = self.draws.bytes(Stream::Entropy, self.place, nth);
            self.drawn += 1;
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_place_alone() {
        let draws = Draws::new(7);
        let one = draws.bytes(Stream::Latency, 3, 4);
        assert_eq!(one, Draws::new(7).bytes(Stream::Latency, 3, 4));
        assert_ne!(one, Draws::new(8).bytes(Stream::Latency, 3, 4));
        assert_ne!(one, draws.bytes(Stream::Dial, 3, 4));
        assert_ne!(one, draws.bytes(Stream::Latency, 4, 3));
    }

    #[test]
    fn a_range_is_kept_and_filled() {
        let draws = Draws::new(1);
        let drawn: std::collections::BTreeSet<u64> = (0..200)
            .map(|nth| draws.between(Stream::Dial, 0, nth, 5, 9))
            .collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
    }
}
