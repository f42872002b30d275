//! How much work a peer may cause: bytes to read, entries to place, signatures and wraps to check.
//!
//! Three buckets of tokens that fill with monotonic time. A frame is taken while no bucket is in debt, and
//! what it costs is known only afterwards, so a bucket may go below zero once. A peer in debt waits;
//! nobody else does. An honest catch-up stays far below (`hardening.md` §2.1).

/// How many bytes of frames a peer may send in a second, for long.
const BYTES_PER_S: u64 = 16 * 1024 * 1024;
/// How many entries a peer may bring in a second, for long.
const ENTRIES_PER_S: u64 = 20_000;
/// How many signatures and wraps may be checked for a peer in a second, for long.
const CHECKS_PER_S: u64 = 20_000;
/// How many seconds' worth may be saved up.
const SAVED_S: u64 = 4;
/// The most bytes of frames that wait for a peer's allowance before its link is closed.
pub(super) const LATE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a frame costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Bytes of the frame.
    pub bytes: usize,
    /// Entries in it.
    pub entries: usize,
    /// Signatures and wraps to be checked.
    pub checks: usize,
}

/// A bucket of thousandths of tokens.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    per_s: u64,
    balance: i128,
}

impl Bucket {
    const fn full(per_s: u64) -> Self {
        Self {
            per_s,
            balance: Self::most(per_s),
        }
    }

    const fn most(per_s: u64) -> i128 {
        per_s as i128 * SAVED_S as i128 * 1_000
    }

    fn fill(&mut self, ms: u64) {
        let more = i128::from(ms) * i128::from(self.per_s);
        self.balance = (self.balance + more).min(Self::most(self.per_s));
    }

    fn take(&mut self, tokens: usize) {
        self.balance -= i128::try_from(tokens).unwrap_or(i128::MAX / 2_000) * 1_000;
    }

    /// Milliseconds until it is out of debt.
    fn wait_ms(&self) -> u64 {
        let debt = (-self.balance).max(0).unsigned_abs();
        u64::try_from(debt.div_ceil(u128::from(self.per_s))).unwrap_or(u64::MAX)
    }
}

/// What a peer may still cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    buckets: [Bucket; 3],
    /// When the buckets were filled last, in monotonic milliseconds.
    at_ms: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        let per_s = [BYTES_PER_S, ENTRIES_PER_S, CHECKS_PER_S];
        Self {
            buckets: per_s.map(Bucket::full),
            at_ms: 0,
        }
    }
}

impl Allowance {
    /// When the peer's next frame may be taken, in monotonic milliseconds; now or earlier if it may be
    /// taken at once.
    pub(super) fn ready_at(&mut self, now_ms: u64) -> u64 {
        let gone = now_ms.saturating_sub(self.at_ms);
        self.at_ms = self.at_ms.max(now_ms);
        self.buckets.iter_mut().for_each(|bucket| bucket.fill(gone));
        self.ready()
    }

    /// When the peer's next frame may be taken, as known when it was asked last.
    pub(super) fn ready(&self) -> u64 {
        let wait = self.buckets.iter().map(Bucket::wait_ms).max();
        self.at_ms.saturating_add(wait.unwrap_or(0))
    }

    /// Takes what something cost.
    pub(super) fn charge(&mut self, cost: Cost) {
        let costs = [cost.bytes, cost.entries, cost.checks];
        for (bucket, tokens) in self.buckets.iter_mut().zip(costs) {
            bucket.take(tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(checks: usize) -> Cost {
        Cost {
            checks,
            ..Cost::default()
        }
    }

    #[test]
    fn a_burst_passes_and_a_flood_waits_its_time() {
        let mut allowance = Allowance::default();
        let burst = usize::try_from(CHECKS_PER_S * SAVED_S).unwrap();
        allowance.charge(checks(burst));
        assert_eq!(allowance.ready_at(0), 0);
        allowance.charge(checks(20_000));
        assert_eq!(allowance.ready_at(0), 1_000);
        assert_eq!(allowance.ready_at(400), 1_000, "asking costs nothing");
        assert_eq!(allowance.ready_at(1_000), 1_000);
        // Whatever is slowest decides.
        allowance.charge(Cost {
            bytes: 6 * 16 * 1024 * 1024,
            entries: 1,
            checks: 1,
        });
        assert_eq!(allowance.ready_at(1_000), 3_000);
    }

    #[test]
    fn nothing_is_saved_beyond_the_burst_and_time_never_goes_back() {
        let mut allowance = Allowance::default();
        assert_eq!(allowance.ready_at(1_000_000_000), 1_000_000_000);
        let burst = usize::try_from(CHECKS_PER_S * SAVED_S).unwrap();
        allowance.charge(checks(burst + 20_000));
        assert_eq!(allowance.ready_at(1_000_000_000), 1_000_001_000);
        assert_eq!(allowance.ready_at(5), 1_000_001_000, "a debt is a debt");
    }
}
