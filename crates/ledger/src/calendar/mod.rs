//! Civil days, months and the working-day calendar (工作日, with 调休).
//!
//! Working days are official data, not an algorithm: a year whose notice is not loaded gives an error, never a
//! guess. There is no clock here; today always comes as an argument.

mod day;
mod hours;
mod month;
#[cfg(test)]
mod tests;
mod wall;
mod year;

use std::collections::BTreeMap;

pub use day::{DateError, Day};
pub use hours::OFFICE;
pub use month::Month;
pub use wall::{WallTime, WallTimeError};
pub use year::{CalendarMissing, CalendarYear, CalendarYearError};

/// A pause of a period: from the first day to the second, or still open.
///
/// The day a pause begins counts, the day it ends does not.
pub type Pause = (Day, Option<Day>);

/// Knows the working days of some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i16, CalendarYear>,
}

impl Calendar {
    /// Makes the calendar of 2025 and 2026.
    ///
    /// Sources: State Council General Office notices on holidays, 国办发明电〔2024〕12号 (2024-11-12) for 2025
    /// and 国办发明电〔2025〕7号 (2025-11-04) for 2026. Each year has 248 working days.
    pub fn official() -> Calendar {
        let mut calendar = Calendar::default();
        for year in [official_2025(), official_2026()] {
            calendar.insert(year);
        }
        calendar
    }

    /// Loads a year, and replaces it when it was loaded before.
    pub fn insert(&mut self, year: CalendarYear) {
        self.years.insert(year.year(), year);
    }

    /// Returns the exceptions of a loaded year.
    pub fn year(&self, year: i16) -> Option<&CalendarYear> {
        self.years.get(&year)
    }

    /// The years that it knows, ascending.
    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values()
    }

    /// Says whether work is done on this day.
    ///
    /// # Errors
    /// [`CalendarMissing`] when the year is not loaded.
    pub fn is_working_day(&self, day: Day) -> Result<bool, CalendarMissing> {
        Ok(self.loaded(day.year())?.is_working_day(day))
    }

    /// Finds the `n`-th working day strictly after `start`; with `n` zero, `start` itself.
    ///
    /// A period ends with that day, at 24:00 Beijing time.
    ///
    /// # Errors
    /// [`CalendarMissing`] when the count enters a year that is not loaded.
    pub fn due(&self, start: Day, n: u32) -> Result<Day, CalendarMissing> {
        let mut day = start;
        let mut left = n;
        while left > 0 {
            day = day.tomorrow().ok_or(AFTER_LAST_YEAR)?;
            left -= u32::from(self.is_working_day(day)?);
        }
        Ok(day)
    }

    /// Finds the day on which `n` counted working days are over, or nothing while an open pause stands before it.
    ///
    /// A day d counts when it is a working day after `start` and no pause (p, r] has p < d ≤ r. Days inside a
    /// pause need no calendar. A pause that ends before it begins excludes nothing.
    ///
    /// # Errors
    /// [`CalendarMissing`] when a day outside all pauses lies in a year that is not loaded.
    pub fn due_with_pauses(
        &self,
        start: Day,
        n: u32,
        pauses: &[Pause],
    ) -> Result<Option<Day>, CalendarMissing> {
        let mut day = start;
        let mut left = n;
        while left > 0 {
            day = day.tomorrow().ok_or(AFTER_LAST_YEAR)?;
            match pause_over(day, pauses) {
                Paused::No => left -= u32::from(self.is_working_day(day)?),
                Paused::Until(end) => day = end,
                Paused::Open => return Ok(None),
            }
        }
        Ok(Some(day))
    }

    /// Counts the working days d with `start` < d ≤ `now` that lie in no pause; zero when `now` is not after `start`.
    ///
    /// # Errors
    /// [`CalendarMissing`] when a day outside all pauses lies in a year that is not loaded.
    pub fn working_days_between(
        &self,
        start: Day,
        now: Day,
        pauses: &[Pause],
    ) -> Result<u32, CalendarMissing> {
        let mut count = 0;
        let mut day = start;
        while day < now {
            day = day.tomorrow().ok_or(AFTER_LAST_YEAR)?;
            match pause_over(day, pauses) {
                Paused::No => count += u32::from(self.is_working_day(day)?),
                Paused::Until(end) => day = end,
                Paused::Open => break,
            }
        }
        Ok(count)
    }

    /// Finds the last working day of a month.
    ///
    /// # Errors
    /// [`CalendarMissing`] when the year is not loaded.
    pub fn last_working_day(&self, month: Month) -> Result<Day, CalendarMissing> {
        let missing = CalendarMissing {
            year: month.year().into(),
        };
        // A loaded year has a working day in each month, see `CalendarYear::new`.
        self.loaded(month.year())?
            .last_working_day(month)
            .ok_or(missing)
    }

    fn loaded(&self, year: i16) -> Result<&CalendarYear, CalendarMissing> {
        self.years
            .get(&year)
            .ok_or(CalendarMissing { year: year.into() })
    }
}

/// No calendar reaches beyond [`Day::MAX`].
const AFTER_LAST_YEAR: CalendarMissing = CalendarMissing { year: 10_000 };

/// Says what pauses do to one day.
enum Paused {
    No,
    /// The day and all after it up to this one are excluded.
    Until(Day),
    /// The day and all after it are excluded.
    Open,
}

fn pause_over(day: Day, pauses: &[Pause]) -> Paused {
    let mut found = Paused::No;
    for &(from, until) in pauses {
        match until {
            None if from < day => return Paused::Open,
            Some(until) if from < day && day <= until => found = Paused::Until(until),
            _ => {}
        }
    }
    found
}

/// A run of days in one month: month, first day, last day.
type Run = (i8, i8, i8);

fn official_2025() -> CalendarYear {
    let off: [Run; 7] = [
        (1, 1, 1),
        (1, 28, 31),
        (2, 1, 4),
        (4, 4, 6),
        (5, 1, 5),
        (5, 31, 31),
        (6, 1, 2),
    ];
    let october: [Run; 1] = [(10, 1, 8)];
    let work: [Run; 5] = [
        (1, 26, 26),
        (2, 8, 8),
        (4, 27, 27),
        (9, 28, 28),
        (10, 11, 11),
    ];
    table(2025, off.into_iter().chain(october), work)
}

fn official_2026() -> CalendarYear {
    let off: [Run; 7] = [
        (1, 1, 3),
        (2, 15, 23),
        (4, 4, 6),
        (5, 1, 5),
        (6, 19, 21),
        (9, 25, 27),
        (10, 1, 7),
    ];
    let work: [Run; 6] = [
        (1, 4, 4),
        (2, 14, 14),
        (2, 28, 28),
        (5, 9, 9),
        (9, 20, 20),
        (10, 10, 10),
    ];
    table(2026, off, work)
}

fn table(
    year: i16,
    off: impl IntoIterator<Item = Run>,
    work: impl IntoIterator<Item = Run>,
) -> CalendarYear {
    let days = |(month, first, last): Run| {
        (first..=last).map(move |day| Day::new(year, month, day).expect("a printed date is real"))
    };
    CalendarYear::new(
        year,
        off.into_iter().flat_map(days),
        work.into_iter().flat_map(days),
    )
    .expect("the printed notice is consistent")
}
