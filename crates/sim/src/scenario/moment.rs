//! A moment of the scripted clock, written in Beijing wall time. It reads no clock.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use tongban_ledger::calendar::Day;

const BEIJING_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// A millisecond of the scripted clock.
///
/// Written as `2026-09-07T10:12`, with seconds or with `.` and three digits of them, always Beijing time
/// (UTC+8, no summer time); in JSON as `2026-09-07T10:12:00+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

/// Says that a text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Beijing date and time of the form 2026-09-07T10:12")]
pub struct MomentError;

impl Moment {
    /// Makes a moment from Unix seconds.
    pub const fn from_unix(seconds: i64) -> Moment {
        Moment(seconds.saturating_mul(1_000))
    }

    /// Returns the Unix seconds.
    pub const fn unix(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Returns the moment so many milliseconds later.
    pub const fn after_ms(self, ms: i64) -> Moment {
        Moment(self.0.saturating_add(ms))
    }

    /// Returns how many milliseconds lie between an earlier moment and this one; 0 if that is later.
    pub fn ms_since(self, earlier: Moment) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// Returns the Beijing day.
    pub fn day(self) -> Day {
        Day::from_unix_beijing(self.unix())
    }

    /// Returns the Beijing wall time as `10:12`, with seconds and thousandths where they are not zero.
    pub fn clock(self) -> String {
        let of_day = (self.0 + BEIJING_MS).rem_euclid(DAY_MS);
        let (second, ms) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute, rest) = (second / 3_600, second / 60 % 60, second % 60);
        match (rest, ms) {
            (0, 0) => format!("{hour:02}:{minute:02}"),
            (_, 0) => format!("{hour:02}:{minute:02}:{rest:02}"),
            _ => format!("{hour:02}:{minute:02}:{rest:02}.{ms:03}"),
        }
    }

    /// Returns the day of the week, 0 for Sunday.
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        let days = i64::from(self.day().epoch_days()) + 4;
        usize::try_from(days.rem_euclid(7)).unwrap_or_default()
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Moment, MomentError> {
        let (day, clock) = text.split_once(['T', ' ']).ok_or(MomentError)?;
        let day: Day = day.parse().map_err(|_| MomentError)?;
        let mut fields = clock.split(':');
        let hour = two_digits(fields.next(), 24)?;
        let minute = two_digits(fields.next(), 60)?;
        let (second, ms) = match fields.next() {
            None => (0, 0),
            Some(field) => match field.split_once('.') {
                None => (two_digits(Some(field), 60)?, 0),
                Some((second, ms)) => (two_digits(Some(second), 60)?, thousandths(ms)?),
            },
        };
        if fields.next().is_some() {
            return Err(MomentError);
        }
        let midnight = i64::from(day.epoch_days()) * DAY_MS - BEIJING_MS;
        Ok(Moment(
            midnight + (hour * 3_600 + minute * 60 + second) * 1_000 + ms,
        ))
    }
}

fn thousandths(text: &str) -> Result<i64, MomentError> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(MomentError)
}

fn two_digits(field: Option<&str>, below: i64) -> Result<i64, MomentError> {
    match field {
        Some(text) if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) => text
            .parse()
            .ok()
            .filter(|number| *number < below)
            .ok_or(MomentError),
        _ => Err(MomentError),
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.day(), self.clock())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_day = (self.0 + BEIJING_MS).rem_euclid(DAY_MS);
        let (second, ms) = (of_day / 1_000, of_day % 1_000);
        let fraction = match ms {
            0 => String::new(),
            _ => format!(".{ms:03}"),
        };
        serializer.collect_str(&format_args!(
            "{}T{:02}:{:02}:{:02}{fraction}+08:00",
            self.day(),
            second / 3_600,
            second / 60 % 60,
            second % 60
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_beijing() {
        let moment: Moment = "2026-09-07T10:12".parse().expect("a moment");
        assert_eq!(moment.unix(), 1_788_747_120);
        assert_eq!(moment.to_string(), "2026-09-07 10:12");
        assert_eq!(moment.weekday(), 1, "a Monday");
        assert_eq!(
            serde_json::to_string(&moment).expect("a string"),
            "\"2026-09-07T10:12:00+08:00\""
        );
        let early: Moment = "2026-09-07T00:00:05".parse().expect("a moment");
        assert_eq!(early.to_string(), "2026-09-07 00:00:05");
        let exact: Moment = "2026-09-07T10:12:00.250".parse().expect("a moment");
        assert_eq!(exact.ms_since(moment), 250);
        assert_eq!(moment.ms_since(exact), 0);
        assert_eq!(exact.to_string(), "2026-09-07 10:12:00.250");
        assert_eq!(moment.after_ms(250), exact);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "2026-09-07",
            "2026-09-31T10:00",
            "2026-09-07T24:00",
            "2026-09-07T10:60",
            "2026-09-07T1:00",
            "2026-09-07T10:00Z",
            "2026-09-07T10:00:00:00",
            "2026-09-07T10:00:00.25",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(MomentError), "{text}");
        }
    }
}
