//! Civil days, months and the working-day calendar (工作日, with 调休).
//!
//! Working days are official data, not an algorithm: a year whose notice is not loaded gives an error, never a
//! guess. There is no clock here; today always comes as an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use crate::code::Code;

/// Reports that a text or number is not a day or month between 0001-01-01 and 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date: write a day as 2026-09-07 and a month as 2026-09")]
pub struct DateError;

impl DateError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::Date
    }
}

/// Names one civil day in Beijing time, between 0001-01-01 and 9999-12-31.
///
/// Written as `2026-09-07`. Encoded as that string in JSON and as days since 1970-01-01 (i32) in CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

const EPOCH: Date = Date::constant(1970, 1, 1);
const SECONDS_PER_DAY: i64 = 86_400;
/// Beijing time is UTC+8 all year.
const BEIJING_OFFSET_SECONDS: i64 = 8 * 3_600;

impl Day {
    /// The first day that can be named, 0001-01-01.
    pub const MIN: Day = Day(Date::constant(1, 1, 1));
    /// The last day that can be named, 9999-12-31.
    pub const MAX: Day = Day(Date::constant(9999, 12, 31));

    /// Makes a day from year, month and day of the month.
    ///
    /// # Errors
    /// [`DateError`] when there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Day, DateError> {
        Date::new(year, month, day)
            .map_err(|_| DateError)?
            .try_into()
    }

    /// Finds the Beijing day of a moment, in seconds since 1970-01-01 UTC.
    ///
    /// Moments outside the range of days give [`Day::MIN`] or [`Day::MAX`].
    pub fn from_unix_beijing(seconds: i64) -> Day {
        let days = seconds
            .saturating_add(BEIJING_OFFSET_SECONDS)
            .div_euclid(SECONDS_PER_DAY);
        let limit = if seconds < 0 { Day::MIN } else { Day::MAX };
        i32::try_from(days)
            .ok()
            .and_then(|days| Day::from_epoch_days(days).ok())
            .unwrap_or(limit)
    }

    /// Makes a day from the number of days since 1970-01-01.
    ///
    /// # Errors
    /// [`DateError`] outside the range of days.
    pub fn from_epoch_days(days: i32) -> Result<Day, DateError> {
        EPOCH
            .checked_add(SignedDuration::from_secs(i64::from(days) * SECONDS_PER_DAY))
            .map_err(|_| DateError)?
            .try_into()
    }

    /// Returns the number of days since 1970-01-01, negative before it.
    pub fn epoch_days(self) -> i32 {
        let days = self.0.duration_since(EPOCH).as_secs() / SECONDS_PER_DAY;
        i32::try_from(days).expect("ten thousand years are under four million days")
    }

    /// Returns the civil date.
    pub const fn date(self) -> Date {
        self.0
    }

    /// Returns the year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Returns the next day, or nothing after [`Day::MAX`].
    pub fn tomorrow(self) -> Option<Day> {
        self.plus_days(1)
    }

    /// Returns the day that lies a number of calendar days later, or nothing outside the range.
    pub fn plus_days(self, days: i32) -> Option<Day> {
        Day::from_epoch_days(self.epoch_days().checked_add(days)?).ok()
    }

    /// Counts the calendar days from this day to `other`, negative when `other` is earlier.
    pub fn days_until(self, other: Day) -> i32 {
        // Both lie within four million days of the epoch, so the difference fits.
        other.epoch_days() - self.epoch_days()
    }
}

impl TryFrom<Date> for Day {
    type Error = DateError;

    fn try_from(date: Date) -> Result<Day, DateError> {
        if (Day::MIN.0..=Day::MAX.0).contains(&date) {
            Ok(Day(date))
        } else {
            Err(DateError)
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

/// Reads exactly `2026-09-07`; no other form is a day.
impl FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Day, DateError> {
        let mut parts = text.splitn(3, '-');
        let year = digits(parts.next(), 4)?;
        let month = digits(parts.next(), 2)?;
        let day = digits(parts.next(), 2)?;
        Day::new(year, small(month)?, small(day)?)
    }
}

impl TryFrom<String> for Day {
    type Error = DateError;

    fn try_from(text: String) -> Result<Day, DateError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl<C> Encode<C> for Day {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.i32(self.epoch_days())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Day {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Day::from_epoch_days(d.i32()?).map_err(decode::Error::custom)
    }
}

/// Reads a field of exactly `width` ASCII digits, `width` at most 4.
fn digits(field: Option<&str>, width: usize) -> Result<i16, DateError> {
    match field {
        Some(text) if text.len() == width && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().map_err(|_| DateError)
        }
        _ => Err(DateError),
    }
}

fn small(number: i16) -> Result<i8, DateError> {
    i8::try_from(number).map_err(|_| DateError)
}

/// Names one calendar month.
///
/// Written as `2026-09`. Encoded as that string in JSON and as the number 202609 (u32) in CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    /// Its first day, which fixes year and month and orders as months do.
    first: Day,
}

impl Month {
    /// Makes a month from its year and number, 1 to 12.
    ///
    /// # Errors
    /// [`DateError`] when there is no such month.
    pub fn new(year: i16, month: i8) -> Result<Month, DateError> {
        Day::new(year, month, 1).map(|first| Month { first })
    }

    /// Finds the month of a day.
    pub fn of(day: Day) -> Month {
        Month {
            first: Day(day.0.first_of_month()),
        }
    }

    /// Returns the year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.first.0.year()
    }

    /// Returns the number of the month, 1 to 12.
    pub fn month(self) -> i8 {
        self.first.0.month()
    }

    /// Says whether the day lies in this month.
    pub fn contains(self, day: Day) -> bool {
        Month::of(day) == self
    }

    /// Returns the first day.
    pub const fn first_day(self) -> Day {
        self.first
    }

    /// Returns the last day, working or not.
    pub fn last_day(self) -> Day {
        Day(self.first.0.last_of_month())
    }

    /// Returns the next month, or nothing after 9999-12.
    pub fn next(self) -> Option<Month> {
        self.last_day().tomorrow().map(Month::of)
    }

    /// Returns the month before, or nothing before 0001-01.
    pub fn previous(self) -> Option<Month> {
        self.first.plus_days(-1).map(Month::of)
    }

    /// Returns the number yyyymm, for example 202609.
    pub fn number(self) -> u32 {
        u32::from(self.year().unsigned_abs()) * 100 + u32::from(self.month().unsigned_abs())
    }

    /// Makes a month from the number yyyymm.
    ///
    /// # Errors
    /// [`DateError`] when there is no such month.
    pub fn from_number(number: u32) -> Result<Month, DateError> {
        let year = i16::try_from(number / 100).map_err(|_| DateError)?;
        let month = i8::try_from(number % 100).map_err(|_| DateError)?;
        Month::new(year, month)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year(), self.month()))
    }
}

/// Reads exactly `2026-09`.
impl FromStr for Month {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Month, DateError> {
        let (year, month) = text.split_once('-').ok_or(DateError)?;
        Month::new(digits(Some(year), 4)?, small(digits(Some(month), 2)?)?)
    }
}

impl TryFrom<String> for Month {
    type Error = DateError;

    fn try_from(text: String) -> Result<Month, DateError> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

impl<C> Encode<C> for Month {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.u32(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Month {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Month::from_number(d.u32()?).map_err(decode::Error::custom)
    }
}

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

    fn is_working_day(&self, day: Day) -> bool {
        let weekend = matches!(day.0.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.work.contains(&day) || (!weekend && !self.off.contains(&day))
    }

    fn last_working_day(&self, month: Month) -> Option<Day> {
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
        self.years.insert(year.year, year);
    }

    /// Returns the exceptions of a loaded year.
    pub fn year(&self, year: i16) -> Option<&CalendarYear> {
        self.years.get(&year)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date of the test")
    }

    fn month(text: &str) -> Month {
        text.parse().expect("a month of the test")
    }

    #[test]
    fn days_have_one_written_form() {
        let check = |text: &str, real: bool| {
            let got = text.parse::<Day>();
            assert_eq!(got.is_ok(), real, "{text}");
            if let Ok(day) = got {
                assert_eq!(day.to_string(), text);
                assert_eq!(Day::from_epoch_days(day.epoch_days()), Ok(day));
            }
        };
        for text in ["2026-09-07", "2024-02-29", "0001-01-01", "9999-12-31"] {
            check(text, true);
        }
        for text in [
            "",
            "2026-9-7",
            "2026-02-29",
            "2026-13-01",
            "0000-12-31",
            "10000-01-01",
            "-001-01-01",
            "2026-09-07 ",
            "2026-09-+7",
            "20260907",
            "2026-09-07-1",
            "２０２６-09-07",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn days_follow_the_beijing_clock() {
        let check = |seconds: i64, expect: &str| {
            assert_eq!(
                Day::from_unix_beijing(seconds),
                day(expect),
                "{seconds} seconds"
            );
        };
        check(0, "1970-01-01");
        check(57_599, "1970-01-01");
        check(57_600, "1970-01-02");
        check(-28_800, "1970-01-01");
        check(-28_801, "1969-12-31");
        check(1_788_710_400, "2026-09-07");
        check(1_788_710_399, "2026-09-06");
        check(i64::MAX, "9999-12-31");
        check(i64::MIN, "0001-01-01");
        check(253_402_300_800, "9999-12-31");
        check(-62_135_625_600, "0001-01-01");
    }

    #[test]
    fn day_arithmetic_stays_in_range() {
        assert_eq!(Day::MAX.tomorrow(), None);
        assert_eq!(Day::MIN.plus_days(-1), None);
        assert_eq!(Day::MAX.plus_days(i32::MAX), None);
        assert_eq!(day("2026-02-28").plus_days(10), Some(day("2026-03-10")));
        assert_eq!(day("2026-09-07").days_until(day("2026-08-31")), -7);
        assert_eq!(Day::MIN.days_until(Day::MAX), 3_652_058);
    }

    #[test]
    fn days_and_months_survive_their_codecs() {
        let some = day("2026-09-07");
        let bytes = minicbor::to_vec(some).expect("memory write");
        assert_eq!(minicbor::decode::<i32>(&bytes).expect("an integer"), 20_703);
        assert_eq!(minicbor::decode::<Day>(&bytes).expect("own bytes"), some);
        assert_eq!(
            serde_json::to_string(&some).expect("string"),
            "\"2026-09-07\""
        );
        assert!(serde_json::from_str::<Day>("\"2026-09-31\"").is_err());
        for number in [i32::MIN, -719_163, 2_932_897, i32::MAX] {
            let bytes = minicbor::to_vec(number).expect("memory write");
            assert!(minicbor::decode::<Day>(&bytes).is_err(), "{number}");
        }
        let september = month("2026-09");
        let bytes = minicbor::to_vec(september).expect("memory write");
        assert_eq!(
            minicbor::decode::<u32>(&bytes).expect("an integer"),
            202_609
        );
        assert_eq!(
            minicbor::decode::<Month>(&bytes).expect("own bytes"),
            september
        );
        for number in [0, 202_600, 202_613, 1_000_001, u32::MAX] {
            let bytes = minicbor::to_vec(number).expect("memory write");
            assert!(minicbor::decode::<Month>(&bytes).is_err(), "{number}");
        }
    }

    #[test]
    fn months_know_their_days() {
        let february = month("2024-02");
        assert_eq!(february.last_day(), day("2024-02-29"));
        assert!(february.contains(day("2024-02-01")));
        assert!(!february.contains(day("2025-02-01")));
        assert_eq!(Month::of(day("2026-12-31")).next(), Some(month("2027-01")));
        assert_eq!(month("2026-01").previous(), Some(month("2025-12")));
        assert_eq!(month("9999-12").next(), None);
        assert_eq!(month("0001-01").previous(), None);
        assert_eq!(february.to_string(), "2024-02");
        for text in ["2026-9", "2026-13", "2026-00", "202609", "2026-09-01"] {
            assert_eq!(text.parse::<Month>(), Err(DateError), "{text}");
        }
    }

    /// The table of the working-day rules, with the swapped days that make each row interesting.
    #[test]
    fn due_days() {
        let calendar = Calendar::official();
        let check = |start: &str, n: u32, expect: &str| {
            assert_eq!(calendar.due(day(start), n), Ok(day(expect)), "{start} {n}");
            assert_eq!(
                calendar.due_with_pauses(day(start), n, &[]),
                Ok(Some(day(expect)))
            );
            let counted = calendar.working_days_between(day(start), day(expect), &[]);
            assert_eq!(counted, Ok(n));
        };
        check("2026-02-12", 5, "2026-02-26");
        check("2026-02-14", 1, "2026-02-24");
        check("2026-09-18", 5, "2026-09-24");
        check("2026-09-24", 10, "2026-10-15");
        check("2026-09-30", 1, "2026-10-08");
        check("2026-10-09", 1, "2026-10-10");
        check("2026-01-03", 1, "2026-01-04");
        check("2026-09-07", 20, "2026-10-10");
        check("2026-09-07", 45, "2026-11-13");
        check("2025-09-30", 5, "2025-10-14");
        check("2025-12-31", 1, "2026-01-04");
        check("2024-12-31", 1, "2025-01-02");
        check("2026-09-12", 0, "2026-09-12");
    }

    #[test]
    fn an_unknown_year_is_an_error() {
        let calendar = Calendar::official();
        let missing = |year| CalendarMissing { year };
        assert_eq!(calendar.due(day("2026-12-30"), 3), Err(missing(2027)));
        assert_eq!(calendar.due(day("2026-12-30"), 1), Ok(day("2026-12-31")));
        assert_eq!(calendar.due(Day::MIN, u32::MAX), Err(missing(1)));
        assert_eq!(calendar.due(Day::MAX, 1), Err(missing(10_000)));
        assert_eq!(
            calendar.is_working_day(day("2024-12-31")),
            Err(missing(2024))
        );
        assert_eq!(
            calendar.last_working_day(month("2027-01")),
            Err(missing(2027))
        );
        let counted = calendar.working_days_between(day("2026-12-30"), day("2027-01-04"), &[]);
        assert_eq!(counted, Err(missing(2027)));
        assert_eq!(missing(2027).code().as_str(), "E_CALENDAR_MISSING");
    }

    #[test]
    fn pauses_move_the_due_day() {
        let calendar = Calendar::official();
        let start = day("2026-09-08");
        let check = |pauses: &[(&str, &str)], expect: Option<&str>| {
            let pauses: Vec<Pause> = pauses
                .iter()
                .map(|&(from, until)| (day(from), (!until.is_empty()).then(|| day(until))))
                .collect();
            let due = calendar.due_with_pauses(start, 20, &pauses);
            assert_eq!(due, Ok(expect.map(day)));
            if let Some(expect) = expect {
                let counted = calendar.working_days_between(start, day(expect), &pauses);
                assert_eq!(counted, Ok(20));
            }
        };
        check(&[], Some("2026-10-12"));
        check(&[("2026-09-14", "2026-09-22")], Some("2026-10-21"));
        // Overlapping and nested pauses exclude a day once.
        check(
            &[
                ("2026-09-14", "2026-09-18"),
                ("2026-09-16", "2026-09-22"),
                ("2026-09-15", "2026-09-16"),
            ],
            Some("2026-10-21"),
        );
        // One of a single day excludes the day it ends, a Tuesday here.
        check(&[("2026-09-14", "2026-09-15")], Some("2026-10-13"));
        // A pause of no length, and one that ends before it begins, exclude nothing.
        check(
            &[("2026-09-14", "2026-09-14"), ("2026-09-22", "2026-09-14")],
            Some("2026-10-12"),
        );
        // The day a pause begins counts, so an open one on the due day itself comes too late.
        check(&[("2026-10-12", "")], Some("2026-10-12"));
        check(&[("2026-10-11", "")], None);
        check(&[("2026-09-14", "2026-09-22"), ("2026-09-20", "")], None);
    }

    #[test]
    fn paused_days_need_no_calendar() {
        let calendar = Calendar::official();
        let start = day("2026-12-28");
        let open = [(day("2026-12-31"), None)];
        let now = day("2030-01-01");
        assert_eq!(calendar.working_days_between(start, now, &open), Ok(3));
        let ended = [(day("2026-12-31"), Some(Day::MAX))];
        assert_eq!(calendar.working_days_between(start, now, &ended), Ok(3));
        assert_eq!(
            calendar.due_with_pauses(start, 4, &ended),
            Err(CalendarMissing { year: 10_000 })
        );
        assert_eq!(calendar.working_days_between(now, start, &[]), Ok(0));
    }

    #[test]
    fn months_have_their_working_days() {
        let calendar = Calendar::official();
        let expect = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23];
        for (number, expect) in (1..=12).zip(expect) {
            let month = Month::new(2026, number).expect("a month");
            let before = month.first_day().plus_days(-1).expect("in range");
            let counted = calendar.working_days_between(before, month.last_day(), &[]);
            assert_eq!(counted, Ok(expect), "{month}");
        }
        let last = calendar.last_working_day(month("2026-02"));
        assert_eq!(last, Ok(day("2026-02-28")));
    }

    #[test]
    fn a_year_is_checked() {
        let check = |off: &[&str], work: &[&str], expect: Option<CalendarYearError>| {
            let days = |list: &[&str]| list.iter().map(|text| day(text)).collect::<Vec<_>>();
            let got = CalendarYear::new(2027, days(off), days(work));
            assert_eq!(got.err(), expect);
        };
        check(&["2027-01-01"], &["2027-01-02"], None);
        let other = day("2026-12-31");
        check(
            &["2026-12-31"],
            &[],
            Some(CalendarYearError::OtherYear(other)),
        );
        let both = day("2027-01-01");
        check(
            &["2027-01-01"],
            &["2027-01-01"],
            Some(CalendarYearError::Both(both)),
        );
        let february: Vec<Day> = (1..=28)
            .map(|d| Day::new(2027, 2, d).expect("in February"))
            .collect();
        assert_eq!(
            CalendarYear::new(2027, february, []),
            Err(CalendarYearError::EmptyMonth(month("2027-02")))
        );
        assert_eq!(CalendarYear::new(0, [], []), Err(CalendarYearError::Year));
    }

    #[test]
    fn a_loaded_year_counts() {
        let mut calendar = Calendar::official();
        let year = CalendarYear::new(2027, [day("2027-01-01")], []).expect("consistent");
        let bytes = minicbor::to_vec(&year).expect("memory write");
        let read: CalendarYear = minicbor::decode(&bytes).expect("own bytes");
        assert_eq!(read, year);
        calendar.insert(read);
        assert_eq!(calendar.due(day("2026-12-30"), 3), Ok(day("2027-01-05")));
    }

    #[test]
    fn a_year_has_one_encoding() {
        let check = |off: &[i32], fits: bool| {
            let bytes = minicbor::to_vec((2026, off, [0_i32; 0])).expect("memory write");
            let read = minicbor::decode::<CalendarYear>(&bytes);
            assert_eq!(read.is_ok(), fits, "{off:?}");
        };
        let first = day("2026-01-01").epoch_days();
        check(&[first, first + 1], true);
        check(&[first + 1, first], false);
        check(&[first, first], false);
        check(&[first - 1], false);
        // An empty year: with lists of length zero, of no stated length, and of a length that never comes.
        let raw = |tail: &[u8]| {
            let bytes = [&[0x83, 0x19, 0x07, 0xea], tail].concat();
            minicbor::decode::<CalendarYear>(&bytes).is_ok()
        };
        assert!(raw(&[0x80, 0x80]));
        assert!(!raw(&[0x9f, 0xff, 0x80]));
        assert!(!raw(&[
            0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
        ]));
        check(&(first..first + 365).collect::<Vec<_>>(), false);
    }
}
