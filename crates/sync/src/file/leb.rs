//! A reader over a change's bytes that accepts canonical LEB128 numbers only.
//!
//! It allocates nothing and never reads past its slice. It knows nothing of changes or columns.

use thiserror::Error;

/// A number or a slice that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum ReadError {
    /// The bytes end before the value does.
    #[error("the bytes end early")]
    End,
    /// The number has a needless last byte or exceeds 64 bits.
    #[error("a number is not in its shortest form")]
    Number,
}

/// A cursor over borrowed bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Takes exactly `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(ReadError::End)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes an array of `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(ReadError::End)?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Reads an unsigned number.
    pub(super) fn unsigned(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u64;
        for index in 0..10u32 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds bit 63 alone.
            if index == 9 && bits > 1 {
                return Err(ReadError::Number);
            }
            value |= bits << (7 * index);
            if byte & 0x80 == 0 {
                return if byte == 0 && index > 0 {
                    Err(ReadError::Number)
                } else {
                    Ok(value)
                };
            }
        }
        Err(ReadError::Number)
    }

    /// Reads a signed number (two's complement, sign bit in the last byte).
    pub(super) fn signed(&mut self) -> Result<i64, ReadError> {
        let mut value = 0i64;
        let mut before = 0u8;
        for index in 0..10u32 {
            let byte = self.byte()?;
            // The tenth byte holds bit 63 and its sign extension: all zeros or all ones.
            if index == 9 && byte != 0 && byte != 0x7f {
                return Err(ReadError::Number);
            }
            value |= i64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                let shift = 7 * (index + 1);
                if negative && shift < 64 {
                    value |= -1i64 << shift;
                }
                let before_negative = before & 0x40 != 0;
                let needless = index > 0
                    && ((byte == 0 && !before_negative) || (byte == 0x7f && before_negative));
                return if needless {
                    Err(ReadError::Number)
                } else {
                    Ok(value)
                };
            }
            before = byte;
        }
        Err(ReadError::Number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ReadError, Reader};

    fn unsigned(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }

    fn signed(mut value: i64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            let sign = byte & 0x40 != 0;
            if (value == 0 && !sign) || (value == -1 && sign) {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }

    proptest! {
        #[test]
        fn numbers_survive(value: u64, shift in 0u32..64, other: i64) {
            for value in [value, value >> shift] {
                prop_assert_eq!(Reader::new(&unsigned(value)).unsigned(), Ok(value));
            }
            for value in [other, other >> shift] {
                prop_assert_eq!(Reader::new(&signed(value)).signed(), Ok(value));
            }
        }

        #[test]
        fn what_is_read_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.unsigned() {
                prop_assert_eq!(unsigned(value), &bytes[..bytes.len() - reader.len()]);
            }
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.signed() {
                prop_assert_eq!(signed(value), &bytes[..bytes.len() - reader.len()]);
            }
        }
    }

    #[test]
    fn needless_bytes_are_refused() {
        for bytes in [&[0x80, 0x00][..], &[0x85, 0x80, 0x00]] {
            assert_eq!(Reader::new(bytes).unsigned(), Err(ReadError::Number));
            assert_eq!(Reader::new(bytes).signed(), Err(ReadError::Number));
        }
        assert_eq!(Reader::new(&[0xff, 0x7f]).signed(), Err(ReadError::Number));
        assert_eq!(Reader::new(&[0x80]).unsigned(), Err(ReadError::End));
        assert_eq!(Reader::new(&[0xff; 11]).unsigned(), Err(ReadError::Number));
    }
}
