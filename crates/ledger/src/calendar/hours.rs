//! Working hours (工作时): minutes of office time on working days.

use super::{Calendar, CalendarMissing, Day};

/// When offices are open, in minutes of the day: 09:00 to 12:00 and 13:30 to 17:00 (`domain.md` §3.2).
pub const OFFICE: [(u32, u32); 2] = [(9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60)];

/// Beijing time is UTC+8 all year.
const BEIJING_S: i64 = 8 * 3_600;
const DAY_S: i64 = 86_400;

impl Calendar {
    /// Finds the moment at which so many working minutes after a moment are over; both in Unix seconds.
    ///
    /// # Errors
    /// [`CalendarMissing`] when the count enters a year that is not loaded.
    pub fn due_minutes(&self, start: i64, minutes: u32) -> Result<i64, CalendarMissing> {
        let mut day = Day::from_unix_beijing(start);
        let mut left = minutes;
        let mut from = minute_of(start);
        loop {
            if self.is_working_day(day)? {
                for (opens, closes) in OFFICE {
                    let begin = opens.max(from);
                    if begin >= closes {
                        continue;
                    }
                    if left <= closes - begin {
                        return Ok(moment(day, begin + left));
                    }
                    left -= closes - begin;
                }
            }
            from = 0;
            day = day.tomorrow().ok_or(CalendarMissing { year: 10_000 })?;
        }
    }
}

fn minute_of(time: i64) -> u32 {
    let second = time.saturating_add(BEIJING_S).rem_euclid(DAY_S);
    u32::try_from(second / 60).unwrap_or(0)
}

fn moment(day: Day, minute: u32) -> i64 {
    i64::from(day.epoch_days()) * DAY_S - BEIJING_S + i64::from(minute) * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str, hour: u32, minute: u32) -> i64 {
        moment(day.parse().unwrap(), hour * 60 + minute)
    }

    #[test]
    fn hours_run_in_office_time_alone() {
        let calendar = Calendar::official();
        let due = |start, hours: u32| calendar.due_minutes(start, hours * 60).unwrap();
        // The morning is enough; over noon; over night; over a week-end of which the Sunday is worked.
        assert_eq!(due(at("2026-09-21", 10, 5), 1), at("2026-09-21", 11, 5));
        assert_eq!(due(at("2026-09-21", 11, 0), 2), at("2026-09-21", 14, 30));
        assert_eq!(due(at("2026-09-21", 16, 0), 2), at("2026-09-22", 10, 0));
        assert_eq!(due(at("2026-09-19", 12, 0), 1), at("2026-09-20", 10, 0));
        assert_eq!(due(at("2026-09-30", 17, 0), 4), at("2026-10-08", 14, 30));
        assert_eq!(due(at("2026-09-21", 3, 0), 0), at("2026-09-21", 9, 0));
        assert!(calendar.due_minutes(at("2027-09-21", 3, 0), 1).is_err());
    }
}
