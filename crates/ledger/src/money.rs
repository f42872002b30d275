//! Money in integer fen, with checked arithmetic only.
//!
//! There are no floating-point numbers, no rounding and no currencies other than the yuan. Who owes whom is
//! not decided here.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use crate::code::Code;

/// Reports that a sum leaves the range of 64-bit fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the sum is out of range")]
    Overflow,
}

impl MoneyError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        Code::AmountLimit
    }
}

/// Reports why a text is not a sum of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFenError {
    /// The text is not `22`, `22.5` or `22.00`.
    #[error("not a sum of money: write yuan as 22, 22.5 or 22.00")]
    Form,
    /// The number does not fit.
    #[error("the sum is out of range")]
    Overflow,
}

impl ParseFenError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        match self {
            ParseFenError::Form => Code::Argument,
            ParseFenError::Overflow => Code::AmountLimit,
        }
    }
}

/// Counts money in fen (1/100 yuan); may be negative, as nets are.
///
/// Encoded as an integer number of fen in CBOR and JSON.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// No money.
    pub const ZERO: Fen = Fen(0);

    /// Makes a sum from a number of fen.
    pub const fn new(fen: i64) -> Fen {
        Fen(fen)
    }

    /// Returns the number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Says whether the sum is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Says whether the sum is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds two sums.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when the result does not fit.
    pub const fn checked_add(self, other: Fen) -> Result<Fen, MoneyError> {
        match self.0.checked_add(other.0) {
            Some(fen) => Ok(Fen(fen)),
            None => Err(MoneyError::Overflow),
        }
    }

    /// Subtracts `other`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when the result does not fit.
    pub const fn checked_sub(self, other: Fen) -> Result<Fen, MoneyError> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Ok(Fen(fen)),
            None => Err(MoneyError::Overflow),
        }
    }

    /// Turns the sign.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for the least representable sum.
    pub const fn checked_neg(self) -> Result<Fen, MoneyError> {
        match self.0.checked_neg() {
            Some(fen) => Ok(Fen(fen)),
            None => Err(MoneyError::Overflow),
        }
    }

    /// Adds up any number of sums; the outcome does not depend on their order.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when the total does not fit.
    pub fn checked_sum(sums: impl IntoIterator<Item = Fen>) -> Result<Fen, MoneyError> {
        // Wide accumulation, so that an intermediate overflow cannot make one order fail and another pass.
        let total: i128 = sums.into_iter().map(|fen| i128::from(fen.0)).sum();
        i64::try_from(total)
            .map(Fen)
            .map_err(|_| MoneyError::Overflow)
    }

    /// Writes the sum in yuan with two decimals and no sign of currency: `35.50`, `-0.50`.
    pub fn yuan(self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// Writes `¥35.50`, and `-¥0.50` below zero.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yuan = self.yuan();
        match yuan.strip_prefix('-') {
            Some(size) => f.pad(&format!("-¥{size}")),
            None => f.pad(&format!("¥{yuan}")),
        }
    }
}

/// Reads yuan: `22`, `22.5`, `22.00`, `-0.50`; no currency sign, no separators, no superfluous zeros in front.
impl FromStr for Fen {
    type Err = ParseFenError;

    fn from_str(text: &str) -> Result<Fen, ParseFenError> {
        let (negative, size) = match text.strip_prefix('-') {
            Some(size) => (true, size),
            None => (false, text),
        };
        let (whole, fraction) = match size.split_once('.') {
            Some((_, "")) => return Err(ParseFenError::Form),
            Some((whole, fraction)) => (whole, fraction),
            None => (size, ""),
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let padded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || padded || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
            return Err(ParseFenError::Form);
        }
        // Digits only, so nothing but the size of the number can fail; i128 also holds the least i64.
        let fen: i128 = format!("{whole}{fraction:0<2}")
            .parse()
            .map_err(|_| ParseFenError::Overflow)?;
        i64::try_from(if negative { -fen } else { fen })
            .map(Fen)
            .map_err(|_| ParseFenError::Overflow)
    }
}

impl<C> Encode<C> for Fen {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.i64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Fen {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        d.i64().map(Fen)
    }
}

/// Reports why a sum cannot be the amount of a cost line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The sum is below zero.
    #[error("the amount is below zero")]
    Negative,
    /// The sum is above [`Amount::MAX`].
    #[error("the amount is above the limit of ¥1,000,000.00")]
    Limit,
}

impl AmountError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        match self {
            AmountError::Negative => Code::AmountNegative,
            AmountError::Limit => Code::AmountLimit,
        }
    }
}

/// Reports why a text is not the amount of a cost line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAmountError {
    /// The text is not a sum of money.
    #[error(transparent)]
    Fen(#[from] ParseFenError),
    /// The sum is not allowed for a cost line.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl ParseAmountError {
    /// Returns the refusal code.
    pub const fn code(self) -> Code {
        match self {
            ParseAmountError::Fen(error) => error.code(),
            ParseAmountError::Amount(error) => error.code(),
        }
    }
}

/// Holds the amount of one cost line: between zero and ¥1,000,000.00.
///
/// Encoded as an integer number of fen in CBOR and JSON; decoding checks the range.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "Fen", into = "Fen")]
pub struct Amount(Fen);

impl Amount {
    /// The greatest amount of one cost line, ¥1,000,000.00.
    pub const MAX: Amount = Amount(Fen(100_000_000));

    /// Checks a sum.
    ///
    /// # Errors
    /// [`AmountError::Negative`] below zero, [`AmountError::Limit`] above [`Amount::MAX`].
    pub const fn new(fen: Fen) -> Result<Amount, AmountError> {
        if fen.is_negative() {
            Err(AmountError::Negative)
        } else if fen.0 > Amount::MAX.0.0 {
            Err(AmountError::Limit)
        } else {
            Ok(Amount(fen))
        }
    }

    /// Returns the sum.
    pub const fn fen(self) -> Fen {
        self.0
    }
}

impl TryFrom<Fen> for Amount {
    type Error = AmountError;

    fn try_from(fen: Fen) -> Result<Amount, AmountError> {
        Amount::new(fen)
    }
}

impl From<Amount> for Fen {
    fn from(amount: Amount) -> Fen {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Amount, ParseAmountError> {
        Ok(Amount::new(text.parse()?)?)
    }
}

impl<C> Encode<C> for Amount {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        self.0.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Amount {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        Amount::new(Fen::decode(d, ctx)?).map_err(decode::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_is_read_strictly() {
        let check = |text: &str, expect: Result<i64, ParseFenError>| {
            assert_eq!(text.parse::<Fen>(), expect.map(Fen), "{text}");
        };
        check("22", Ok(2200));
        check("22.5", Ok(2250));
        check("22.00", Ok(2200));
        check("0.05", Ok(5));
        check("-0.50", Ok(-50));
        check("92233720368547758.07", Ok(i64::MAX));
        check("-92233720368547758.08", Ok(i64::MIN));
        check("92233720368547758.08", Err(ParseFenError::Overflow));
        check(&"9".repeat(60), Err(ParseFenError::Overflow));
        for text in [
            "", "-", ".", "22.", ".5", "22.005", "+22", "--1", "1-", "022", "00", "1e3", " 22",
            "22 ", "1,000", "¥22", "２２", "22.0.0", "22.-5", "nan",
        ] {
            check(text, Err(ParseFenError::Form));
        }
    }

    #[test]
    fn yuan_is_written_with_two_decimals() {
        let check = |fen: i64, yuan: &str, shown: &str| {
            assert_eq!(Fen(fen).yuan(), yuan);
            assert_eq!(Fen(fen).to_string(), shown);
            assert_eq!(yuan.parse(), Ok(Fen(fen)));
        };
        check(3550, "35.50", "¥35.50");
        check(0, "0.00", "¥0.00");
        check(-50, "-0.50", "-¥0.50");
        check(-4150, "-41.50", "-¥41.50");
        check(i64::MIN, "-92233720368547758.08", "-¥92233720368547758.08");
    }

    #[test]
    fn arithmetic_reports_overflow() {
        let (min, max, one) = (Fen(i64::MIN), Fen(i64::MAX), Fen(1));
        assert_eq!(Fen(3550).checked_sub(Fen(4150)), Ok(Fen(-600)));
        assert_eq!(Fen(3550).checked_neg(), Ok(Fen(-3550)));
        assert_eq!(max.checked_add(one), Err(MoneyError::Overflow));
        assert_eq!(min.checked_sub(one), Err(MoneyError::Overflow));
        assert_eq!(min.checked_neg(), Err(MoneyError::Overflow));
        assert_eq!(Fen::checked_sum([max, one]), Err(MoneyError::Overflow));
    }

    #[test]
    fn a_sum_does_not_depend_on_order() {
        let (max, one) = (Fen(i64::MAX), Fen(1));
        assert_eq!(Fen::checked_sum([max, one, Fen(-1)]), Ok(max));
        assert_eq!(Fen::checked_sum([Fen(-1), max, one]), Ok(max));
        assert_eq!(Fen::checked_sum([]), Ok(Fen::ZERO));
    }

    #[test]
    fn amounts_have_limits() {
        let check = |text: &str, expect: Result<i64, Code>| {
            let got = text.parse::<Amount>();
            assert_eq!(got.map(|a| a.fen().get()).map_err(|e| e.code()), expect);
        };
        check("0", Ok(0));
        check("1000000.00", Ok(100_000_000));
        check("1000000.01", Err(Code::AmountLimit));
        check("-0.01", Err(Code::AmountNegative));
        check("twenty", Err(Code::Argument));
    }

    #[test]
    fn codecs_are_integers_and_check_the_range() {
        let amount = Amount::new(Fen(2200)).expect("in range");
        assert_eq!(serde_json::to_string(&amount).expect("integer"), "2200");
        assert_eq!(
            serde_json::from_str::<Amount>("2200").expect("in range"),
            amount
        );
        assert!(serde_json::from_str::<Amount>("-1").is_err());
        assert!(serde_json::from_str::<Amount>("22.0").is_err());
        let bytes = minicbor::to_vec(amount).expect("memory write");
        assert_eq!(
            minicbor::decode::<Amount>(&bytes).expect("own bytes"),
            amount
        );
        for fen in [-1_i64, 100_000_001] {
            let bytes = minicbor::to_vec(fen).expect("memory write");
            assert!(minicbor::decode::<Amount>(&bytes).is_err());
            assert_eq!(minicbor::decode::<Fen>(&bytes).expect("any i64").get(), fen);
        }
    }
}
