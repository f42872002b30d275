//! Our own case numbers, `TB-{city 6}-{yymmdd}-{serial 6}-{check}`.
//!
//! A city gives them without asking anyone; a city with several nodes keeps their serial ranges apart itself.

use std::fmt;
use std::str::FromStr;

use super::{gb32100_check, text_codec};
use crate::calendar::Day;
use crate::code::Code;

/// Reports why parts or a text do not make a case number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseNoError {
    /// The text is not `TB-330800-260907-000123-2`.
    #[error("not a case number of the form TB-330800-260907-000123-2")]
    Form,
    /// The division code is not six digits.
    #[error("a division code has six digits")]
    Division,
    /// The day is not real, or not between 2000 and 2099.
    #[error("the case number holds no day between 2000 and 2099")]
    Day,
    /// The serial is above 999999.
    #[error("the serial of a case number is above 999999")]
    Serial,
    /// The check character does not fit.
    #[error("the check character of the case number does not fit")]
    Check,
}

impl CaseNoError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::Argument
    }
}

/// Holds a case number: receiving city, day of receipt and serial.
///
/// Orders by city, day and serial. Encoded as text in CBOR and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNo {
    division: u32,
    day: Day,
    serial: u32,
}

impl CaseNo {
    /// The greatest serial of a city and day.
    pub const SERIAL_MAX: u32 = 999_999;

    /// Makes a number from a six-digit division code, a day between 2000 and 2099, and a serial.
    ///
    /// # Errors
    /// [`CaseNoError::Division`], [`CaseNoError::Day`] or [`CaseNoError::Serial`] for the part that does not fit.
    pub fn make(division: &str, day: Day, serial: u32) -> Result<CaseNo, CaseNoError> {
        let division = six_digits(division).ok_or(CaseNoError::Division)?;
        if !(2000..=2099).contains(&day.year()) {
            return Err(CaseNoError::Day);
        }
        if serial > CaseNo::SERIAL_MAX {
            return Err(CaseNoError::Serial);
        }
        Ok(CaseNo {
            division,
            day,
            serial,
        })
    }

    /// Returns the six digits of the receiving city's division code.
    pub fn division(self) -> String {
        format!("{:06}", self.division)
    }

    /// Returns the day of receipt.
    pub const fn day(self) -> Day {
        self.day
    }

    /// Returns the serial within the city and day.
    pub const fn serial(self) -> u32 {
        self.serial
    }

    /// Writes the day as yymmdd.
    fn yymmdd(self) -> String {
        let date = self.day.date();
        let year = date.year() % 100;
        format!("{year:02}{:02}{:02}", date.month(), date.day())
    }

    fn check(self) -> char {
        let body = format!("{:06}{}{:06}", self.division, self.yymmdd(), self.serial);
        gb32100_check(body.as_bytes()).expect("digits lie in the alphabet")
    }
}

impl fmt::Display for CaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (division, day, serial) = (self.division, self.yymmdd(), self.serial);
        let check = self.check();
        f.pad(&format!("TB-{division:06}-{day}-{serial:06}-{check}"))
    }
}

/// Reads a number in either case, without spaces.
impl FromStr for CaseNo {
    type Err = CaseNoError;

    fn from_str(text: &str) -> Result<CaseNo, CaseNoError> {
        let text = text.to_ascii_uppercase();
        let parts: Vec<&str> = text.splitn(6, '-').collect();
        let [mark, division, date, serial, check] = parts[..] else {
            return Err(CaseNoError::Form);
        };
        let date = six_digits(date).ok_or(CaseNoError::Form)?;
        let serial = six_digits(serial).ok_or(CaseNoError::Form)?;
        if mark != "TB" || check.chars().count() != 1 || six_digits(division).is_none() {
            return Err(CaseNoError::Form);
        }
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        let day = format!("20{year:02}-{month:02}-{day:02}")
            .parse()
            .map_err(|_| CaseNoError::Day)?;
        let read = CaseNo::make(division, day, serial)?;
        if check.starts_with(read.check()) {
            Ok(read)
        } else {
            Err(CaseNoError::Check)
        }
    }
}

text_codec!(CaseNo);

fn six_digits(text: &str) -> Option<u32> {
    let fits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |text: &str, expect: Result<(), CaseNoError>| {
            let got = text.parse::<CaseNo>();
            assert_eq!(got.map(|_| ()), expect, "{text}");
            if let Ok(number) = got {
                assert_eq!(number.to_string(), text.to_ascii_uppercase());
            }
        };
        check("TB-330800-260907-000123-2", Ok(()));
        check("TB-341000-260907-000001-T", Ok(()));
        check("tb-341000-260907-000001-t", Ok(()));
        check("TB-330800-260907-000123-3", Err(CaseNoError::Check));
        check("TB-330800-260907-000132-2", Err(CaseNoError::Check));
        check("TB-330800-260931-000123-2", Err(CaseNoError::Day));
        for text in [
            "",
            "TB",
            "TC-330800-260907-000123-2",
            "TB-330800-260907-000123-",
            "TB-330800-260907-000123-22",
            "TB-330800-260907-000123-2-",
            "TB-33080-260907-000123-2",
            "TB-330800-2609-000123-2",
            "TB-330800-260907-+00123-2",
            "TB330800260907000123-2",
            " TB-330800-260907-000123-2",
            "TB-330800-260907-000123-２2",
        ] {
            check(text, Err(CaseNoError::Form));
        }
    }

    #[test]
    fn parts() {
        let check = |division: &str, day: &str, serial: u32, expect: Result<&str, CaseNoError>| {
            let day = day.parse().expect("a date of the test");
            let got = CaseNo::make(division, day, serial);
            assert_eq!(got.map(|n| n.to_string()), expect.map(str::to_owned));
            if let Ok(number) = got {
                assert_eq!(number.to_string().parse(), Ok(number));
                assert_eq!(
                    (number.division(), number.day(), number.serial()),
                    (division.to_owned(), day, serial)
                );
            }
        };
        check("361100", "2026-09-21", 12, Ok("TB-361100-260921-000012-2"));
        check("000000", "2000-01-01", 0, Ok("TB-000000-000101-000000-L"));
        check("36110", "2026-09-21", 12, Err(CaseNoError::Division));
        check("36110x", "2026-09-21", 12, Err(CaseNoError::Division));
        check("361100", "1999-12-31", 12, Err(CaseNoError::Day));
        check("361100", "2100-01-01", 12, Err(CaseNoError::Day));
        check("361100", "2026-09-21", 1_000_000, Err(CaseNoError::Serial));
    }

    #[test]
    fn codecs_keep_the_written_form() {
        let number: CaseNo = "TB-341000-260907-000001-T".parse().expect("valid");
        let bytes = minicbor::to_vec(number).expect("memory write");
        assert_eq!(
            minicbor::decode::<CaseNo>(&bytes).expect("own bytes"),
            number
        );
        let json = serde_json::to_string(&number).expect("string");
        assert_eq!(
            serde_json::from_str::<CaseNo>(&json).expect("own text"),
            number
        );
        let lower = minicbor::to_vec("tb-341000-260907-000001-t").expect("memory write");
        assert!(minicbor::decode::<CaseNo>(&lower).is_err());
    }
}
