//! A civil day in Beijing time. There is no clock here.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::Date;
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
pub struct Day(pub(super) Date);

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
pub(super) fn digits(field: Option<&str>, width: usize) -> Result<i16, DateError> {
    match field {
        Some(text) if text.len() == width && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().map_err(|_| DateError)
        }
        _ => Err(DateError),
    }
}

pub(super) fn small(number: i16) -> Result<i8, DateError> {
    i8::try_from(number).map_err(|_| DateError)
}
