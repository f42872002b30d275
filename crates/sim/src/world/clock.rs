//! A city's civil clock, and how wrong it is. It has nothing to do with the order of events.

/// The civil clock of one machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// By how many seconds it is wrong.
    skew: i64,
    /// By how many parts of a million it runs fast, and since which right time.
    drift: Option<(i64, i64)>,
    /// Where it stands.
    stands: Option<i64>,
}

/// What is wrong with a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFault {
    /// It is wrong by some seconds more than before.
    Step(i64),
    /// It runs fast by so many parts of a million, or slow where the number is negative.
    Drift(i64),
    /// It stands still.
    Freeze,
    /// It shows one time only, in Unix seconds.
    Absurd(i64),
    /// It is right again.
    Right,
}

impl Clock {
    /// What the clock shows when the right time is `right`, in Unix seconds.
    pub fn shows(&self, right: i64) -> i64 {
        if let Some(stands) = self.stands {
            return stands;
        }
        let drifted = self.drift.map_or(0, |(parts, since)| {
            let gone = right.saturating_sub(since);
            gone.saturating_mul(parts) / 1_000_000
        });
        right.saturating_add(self.skew).saturating_add(drifted)
    }

    /// Makes it wrong, or right again.
    pub fn make(&mut self, fault: ClockFault, right: i64) {
        match fault {
            ClockFault::Step(seconds) => self.skew = self.skew.saturating_add(seconds),
            ClockFault::Drift(parts) => self.drift = Some((parts, right)),
            ClockFault::Freeze => self.stands = Some(self.shows(right)),
            ClockFault::Absurd(unix) => self.stands = Some(unix),
            ClockFault::Right => *self = Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_as_it_was_made_and_right_again() {
        let mut clock = Clock::default();
        assert_eq!(clock.shows(1_000), 1_000);
        clock.make(ClockFault::Step(-300), 1_000);
        assert_eq!(clock.shows(1_100), 800);
        clock.make(ClockFault::Drift(500_000), 1_100);
        assert_eq!(clock.shows(1_300), 1_100);
        clock.make(ClockFault::Freeze, 1_300);
        assert_eq!(clock.shows(9_999), 1_100);
        clock.make(ClockFault::Absurd(i64::MIN), 9_999);
        assert_eq!(clock.shows(10_000), i64::MIN);
        clock.make(ClockFault::Right, 10_000);
        assert_eq!(clock.shows(10_001), 10_001);
    }

    #[test]
    fn no_clock_runs_over() {
        for start in [i64::MIN, i64::MAX] {
            let mut clock = Clock::default();
            clock.make(ClockFault::Step(start), 0);
            clock.make(ClockFault::Drift(start), i64::MIN);
            clock.shows(i64::MAX);
        }
    }
}
