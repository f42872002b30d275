//! A calendar month: what a settlement covers.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use super::day::{DateError, Day, digits, small};

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
