//! A minute of Beijing wall time, as clerks write down when something began and ended.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::Day;

/// Beijing time is UTC+8 all year.
const BEIJING_S: i64 = 8 * 3_600;
const DAY_S: i64 = 86_400;

/// A minute of Beijing wall time, written as `2026-09-21T10:40`.
///
/// Encoded in CBOR as Unix seconds, in JSON as its text.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(try_from = "String", into = "String")]
pub struct WallTime(#[n(0)] i64);

/// Says that a text is no minute of wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Beijing date and time of the form 2026-09-21T10:40")]
pub struct WallTimeError;

impl WallTime {
    /// Makes the minute in which a moment lies, in Unix seconds.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_sub(seconds.rem_euclid(60)))
    }

    /// Returns the Unix seconds at which the minute begins.
    pub const fn unix(self) -> i64 {
        self.0
    }
}

impl FromStr for WallTime {
    type Err = WallTimeError;

    fn from_str(text: &str) -> Result<Self, WallTimeError> {
        let (day, clock) = text.split_once(['T', ' ']).ok_or(WallTimeError)?;
        let day: Day = day.parse().map_err(|_| WallTimeError)?;
        let (hour, minute) = clock.split_once(':').ok_or(WallTimeError)?;
        let seconds = (below(hour, 24)? * 60 + below(minute, 60)?) * 60;
        Ok(Self(
            i64::from(day.epoch_days()) * DAY_S - BEIJING_S + seconds,
        ))
    }
}

/// Two digits below a number.
fn below(text: &str, limit: i64) -> Result<i64, WallTimeError> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| *number < limit);
    number.filter(|_| digits).ok_or(WallTimeError)
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.saturating_add(BEIJING_S).rem_euclid(DAY_S) / 60;
        let day = Day::from_unix_beijing(self.0);
        write!(f, "{day}T{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl TryFrom<String> for WallTime {
    type Error = WallTimeError;

    fn try_from(text: String) -> Result<Self, WallTimeError> {
        text.parse()
    }
}

impl From<WallTime> for String {
    fn from(time: WallTime) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_those_of_beijing() {
        let check = |text: &str, unix: i64| {
            let time: WallTime = text.parse().unwrap();
            assert_eq!((time.unix(), time.to_string()), (unix, text.to_owned()));
            assert_eq!(WallTime::from_unix(unix + 59), time);
        };
        check("1970-01-01T08:00", 0);
        check("2026-09-07T23:59", 1_788_796_740);
        for text in ["2026-09-07", "2026-09-07T24:00", "2026-09-07T9:00", "10:00"] {
            assert_eq!(text.parse::<WallTime>(), Err(WallTimeError), "{text}");
        }
    }
}
