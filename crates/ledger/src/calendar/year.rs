//! One year's working days: weekdays, less the days off, with the swapped days (调休).

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::day::Day;
use super::month::Month;
use crate::code::Code;

/// Reports that the working days of a year are not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the working days of {year} are not loaded")]
pub struct CalendarMissing {
    /// The year whose notice is needed.
    pub year: i32,
}

impl CalendarMissing {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::CalendarMissing
    }
}

/// Reports why days do not make the exceptions of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarYearError {
    /// A day lies outside the year.
    #[error("{0} lies outside the year of this calendar")]
    OtherYear(Day),
    /// A day is declared off and working.
    #[error("{0} is declared a holiday and a working day")]
    Both(Day),
    /// A month would have no working day at all, which no notice declares.
    #[error("{0} would have no working day")]
    EmptyMonth(Month),
    /// The year is not between 1 and 9999.
    #[error("no such year")]
    Year,
}

impl CalendarYearError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::Date
    }
}

/// Holds the declared exceptions of one year: days off, and weekend days that are worked (调休上班).
///
/// Every other day follows its weekday. Encoded in CBOR as `[year, [days off], [days worked]]`, both lists
/// strictly ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarYear {
    year: i16,
    off: BTreeSet<Day>,
    work: BTreeSet<Day>,
}

impl CalendarYear {
    /// Checks the exceptions of a year.
    ///
    /// Weekend days may stand among the days off, as they do in the notices.
    ///
    /// # Errors
    /// [`CalendarYearError`] when a day lies in another year or in both lists, or a month has no working day.
    pub fn new(
        year: i16,
        off: impl IntoIterator<Item = Day>,
        work: impl IntoIterator<Item = Day>,
    ) -> Result<CalendarYear, CalendarYearError> {
        let off: BTreeSet<Day> = off.into_iter().collect();
        let work: BTreeSet<Day> = work.into_iter().collect();
        if let Some(&day) = off.union(&work).find(|day| day.year() != year) {
            return Err(CalendarYearError::OtherYear(day));
        }
        if let Some(&day) = off.intersection(&work).next() {
            return Err(CalendarYearError::Both(day));
        }
        let made = CalendarYear { year, off, work };
        for month in 1..=12 {
            let month = Month::new(year, month).map_err(|_| CalendarYearError::Year)?;
            made.last_working_day(month)
                .ok_or(CalendarYearError::EmptyMonth(month))?;
        }
        Ok(made)
    }

    /// Returns the year.
    pub const fn year(&self) -> i16 {
        self.year
    }

    /// Lists the days declared off, ascending.
    pub fn off(&self) -> impl Iterator<Item = Day> + '_ {
        self.off.iter().copied()
    }

    /// Lists the weekend days declared working, ascending.
    pub fn work(&self) -> impl Iterator<Item = Day> + '_ {
        self.work.iter().copied()
    }

    pub(super) fn is_working_day(&self, day: Day) -> bool {
        let weekend = matches!(day.0.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.work.contains(&day) || (!weekend && !self.off.contains(&day))
    }

    pub(super) fn last_working_day(&self, month: Month) -> Option<Day> {
        let mut day = month.last_day();
        while month.contains(day) {
            if self.is_working_day(day) {
                return Some(day);
            }
            day = day.plus_days(-1)?;
        }
        None
    }
}

impl<C> Encode<C> for CalendarYear {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?.i16(self.year)?;
        for days in [&self.off, &self.work] {
            e.array(days.len() as u64)?;
            for day in days {
                day.encode(e, ctx)?;
            }
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for CalendarYear {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(3) {
            return Err(decode::Error::message("a calendar year has three parts"));
        }
        let year = d.i16()?;
        let off = ascending(d, ctx)?;
        let work = ascending(d, ctx)?;
        CalendarYear::new(year, off, work).map_err(decode::Error::custom)
    }
}

/// Reads a strictly ascending list of known length: other orders would encode the same year again.
fn ascending<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<BTreeSet<Day>, decode::Error> {
    let length = d
        .array()?
        .ok_or_else(|| decode::Error::message("the list of days has no length"))?;
    let mut days = BTreeSet::new();
    // The length reserves nothing: it is a stranger's word until the days are there.
    for _ in 0..length {
        let day = Day::decode(d, ctx)?;
        if days.last().is_some_and(|&last| last >= day) {
            return Err(decode::Error::message("the days do not ascend"));
        }
        days.insert(day);
    }
    Ok(days)
}
