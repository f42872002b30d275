//! The node's two clocks: monotonic time for timers, civil time for dates. The civil one may be
//! scripted; then it stands still between two settings.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tongban_ledger::code::Code;
use tongban_sync::Now;

/// Tells the engine the time.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    civil: Civil,
}

#[derive(Debug)]
enum Civil {
    System,
    /// Unix seconds, once they were set.
    Scripted(Option<i64>),
}

impl Clock {
    /// Makes a clock that starts its monotonic time now.
    pub fn new(scripted: bool) -> Self {
        Self {
            start: Instant::now(),
            civil: if scripted {
                Civil::Scripted(None)
            } else {
                Civil::System
            },
        }
    }

    /// Reads both clocks.
    pub fn now(&self) -> Now {
        let unix = match self.civil {
            Civil::Scripted(Some(unix)) => unix,
            Civil::System | Civil::Scripted(None) => system_unix(),
        };
        Now {
            monotonic_ms: self.monotonic_ms(),
            unix,
        }
    }

    /// Milliseconds since the start.
    pub fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The instant of a monotonic time; one that cannot be told lies a day ahead.
    pub fn instant(&self, monotonic_ms: u64) -> Instant {
        self.start
            .checked_add(Duration::from_millis(monotonic_ms))
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400))
    }

    /// Says whether the civil time means anything: a scripted clock has none until it is set.
    ///
    /// A node dates what it answers to other cities by itself, so it must not talk to them before.
    pub fn is_set(&self) -> bool {
        !matches!(self.civil, Civil::Scripted(None))
    }

    /// Sets a scripted clock.
    ///
    /// # Errors
    /// `E_MODE`: the clock is the system's.
    pub fn set(&mut self, unix: i64) -> Result<(), Code> {
        match &mut self.civil {
            Civil::System => Err(Code::Mode),
            Civil::Scripted(time) => {
                *time = Some(unix);
                Ok(())
            }
        }
    }
}

fn system_unix() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scripted_clock_stands_where_it_was_set() {
        let mut clock = Clock::new(true);
        assert!(!clock.is_set());
        clock.set(1_750_000_000).unwrap();
        assert!(clock.is_set());
        assert_eq!(clock.now().unix, 1_750_000_000);
        clock.set(-1).unwrap();
        assert_eq!(clock.now().unix, -1);
    }

    #[test]
    fn the_system_clock_is_not_set_by_anyone() {
        let mut clock = Clock::new(false);
        assert!(clock.is_set());
        assert_eq!(clock.set(1), Err(Code::Mode));
        assert_ne!(clock.now().unix, 1);
    }

    #[test]
    fn instants_follow_the_monotonic_time() {
        let clock = Clock::new(false);
        let apart = clock.instant(250).duration_since(clock.instant(0));
        assert_eq!(apart, Duration::from_millis(250));
        assert!(clock.instant(u64::MAX) > Instant::now());
    }
}
