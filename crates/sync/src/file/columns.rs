//! The scanner's second half: sums the run lengths of each column without expanding one.
//!
//! A change stores its operations by column, and a run of a million equal rows takes a few bytes. Here
//! every run is counted, and every value bounded, before a decoder that expands runs is called.

use super::leb::Reader;
use super::limits::{COUNTER_MAX, NAME_BYTES_MAX, OPS_MAX, PREDECESSORS_MAX, VALUE_BYTES_MAX};
use super::scan::ScanRefusal;

/// Bit of a column's number that says that its data is deflated.
const DEFLATED: u32 = 0b1000;

const OBJECT_ACTOR: u32 = 0x01;
const OBJECT_COUNTER: u32 = 0x02;
const KEY_ACTOR: u32 = 0x11;
const KEY_COUNTER: u32 = 0x13;
const KEY_NAME: u32 = 0x15;
const INSERT: u32 = 0x34;
const ACTION: u32 = 0x42;
const VALUE_META: u32 = 0x56;
const VALUE: u32 = 0x57;
const PREDECESSOR_COUNT: u32 = 0x70;
const PREDECESSOR_ACTOR: u32 = 0x71;
const PREDECESSOR_COUNTER: u32 = 0x73;
/// The columns of a file change. Those for marks (0x94, 0xa5) are missing on purpose.
const COLUMNS: [u32; 12] = [
    OBJECT_ACTOR,
    OBJECT_COUNTER,
    KEY_ACTOR,
    KEY_COUNTER,
    KEY_NAME,
    INSERT,
    ACTION,
    VALUE_META,
    VALUE,
    PREDECESSOR_COUNT,
    PREDECESSOR_ACTOR,
    PREDECESSOR_COUNTER,
];
/// The greatest action number that Automerge knows.
const ACTION_MAX: u64 = 7;

/// Scans the column list and the column data; returns the number of operations.
pub(super) fn scan(body: &mut Reader<'_>, actors: u64) -> Result<u64, ScanRefusal> {
    let mut data = [Reader::new(&[]); COLUMNS.len()];
    for (slot, length) in lengths(body)? {
        data[slot] = Reader::new(body.take(length)?);
    }
    let column = |number: u32| Column {
        number,
        data: COLUMNS
            .iter()
            .position(|known| *known == number)
            .map_or(Reader::new(&[]), |slot| data[slot]),
    };
    let ops = column(ACTION).unsigned_runs(OPS_MAX, ScanRefusal::TooManyOps, |action, _| {
        action <= ACTION_MAX
    })?;
    if ops == 0 {
        return Err(ScanRefusal::Empty);
    }
    let overflow = ScanRefusal::TooManyOps;
    column(OBJECT_ACTOR)
        .unsigned_runs(OPS_MAX, overflow, |actor, _| actor < actors)
        .and_then(|rows| same_rows(OBJECT_ACTOR, rows, ops))?;
    column(OBJECT_COUNTER)
        .unsigned_runs(OPS_MAX, overflow, |counter, _| counter <= COUNTER_MAX)
        .and_then(|rows| same_rows(OBJECT_COUNTER, rows, ops))?;
    column(KEY_ACTOR)
        .unsigned_runs(OPS_MAX, overflow, |actor, _| actor < actors)
        .and_then(|rows| same_rows(KEY_ACTOR, rows, ops))?;
    column(KEY_COUNTER)
        .delta_runs(OPS_MAX, overflow)
        .and_then(|rows| same_rows(KEY_COUNTER, rows, ops))?;
    column(KEY_NAME)
        .name_runs()
        .and_then(|rows| same_rows(KEY_NAME, rows, ops))?;
    column(INSERT)
        .boolean_runs()
        .and_then(|rows| same_rows(INSERT, rows, ops))?;
    values(column(VALUE_META), column(VALUE), ops)?;
    predecessors(&column, actors, ops)?;
    Ok(ops)
}

/// Reads the list of columns: their slots in [`COLUMNS`] and lengths in bytes.
fn lengths(body: &mut Reader<'_>) -> Result<Vec<(usize, usize)>, ScanRefusal> {
    let count = body.unsigned()?;
    let mut lengths = Vec::with_capacity(COLUMNS.len());
    let mut before = None;
    for _ in 0..count {
        let number = u32::try_from(body.unsigned()?).map_err(|_| ScanRefusal::Number)?;
        let length = usize::try_from(body.unsigned()?).map_err(|_| ScanRefusal::Truncated)?;
        if number & DEFLATED != 0 {
            return Err(ScanRefusal::CompressedColumn(number));
        }
        let slot = COLUMNS
            .iter()
            .position(|known| *known == number)
            .ok_or(ScanRefusal::UnknownColumn(number))?;
        if length == 0 || before.is_some_and(|before| before >= slot) {
            return Err(ScanRefusal::ColumnOrder);
        }
        before = Some(slot);
        lengths.push((slot, length));
    }
    Ok(lengths)
}

/// A column that is present has one row for each operation; an absent one stands for no value at all.
fn same_rows(number: u32, rows: u64, expected: u64) -> Result<(), ScanRefusal> {
    if rows == 0 || rows == expected {
        Ok(())
    } else {
        Err(ScanRefusal::RowCount(number))
    }
}

/// Checks the types and lengths of values, and that the value data has exactly their sum.
fn values(meta: Column<'_>, data: Column<'_>, ops: u64) -> Result<(), ScanRefusal> {
    let mut bytes = 0u64;
    let mut refusal = None;
    let rows = meta.unsigned_runs(OPS_MAX, ScanRefusal::TooManyOps, |meta, count| {
        let kind = (meta & 0x0f) as u8;
        let length = meta >> 4;
        match kind {
            0..=2 if length == 0 => {}
            6 if length <= VALUE_BYTES_MAX as u64 => bytes += length * count,
            6 => refusal = Some(ScanRefusal::ValueLength),
            _ => refusal = Some(ScanRefusal::ValueType(kind)),
        }
        refusal.is_none()
    });
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    if rows? != ops {
        return Err(ScanRefusal::RowCount(VALUE_META));
    }
    if bytes == data.data.len() as u64 {
        Ok(())
    } else {
        Err(ScanRefusal::RowCount(VALUE))
    }
}

/// Checks the lists of overwritten operations.
fn predecessors<'a>(
    column: &impl Fn(u32) -> Column<'a>,
    actors: u64,
    ops: u64,
) -> Result<(), ScanRefusal> {
    let overflow = ScanRefusal::TooManyPredecessors;
    let mut total = 0u64;
    let rows = column(PREDECESSOR_COUNT).unsigned_runs(
        OPS_MAX,
        ScanRefusal::TooManyOps,
        |length, count| {
            // Both factors are bounded: a longer list is refused before it is multiplied.
            length <= PREDECESSORS_MAX && {
                total += length * count;
                true
            }
        },
    )?;
    if rows != ops {
        return Err(ScanRefusal::RowCount(PREDECESSOR_COUNT));
    }
    if total > PREDECESSORS_MAX {
        return Err(overflow);
    }
    let rows =
        column(PREDECESSOR_ACTOR)
            .unsigned_runs(PREDECESSORS_MAX, overflow, |actor, _| actor < actors)?;
    if rows != total {
        return Err(ScanRefusal::RowCount(PREDECESSOR_ACTOR));
    }
    let rows = column(PREDECESSOR_COUNTER).delta_runs(PREDECESSORS_MAX, overflow)?;
    if rows != total {
        return Err(ScanRefusal::RowCount(PREDECESSOR_COUNTER));
    }
    Ok(())
}

/// One column's data.
struct Column<'a> {
    number: u32,
    data: Reader<'a>,
}

impl<'a> Column<'a> {
    /// Sums the runs of a column and shows each value with its count to `each`.
    ///
    /// `value` reads one value. A refusal of `each` ends the scan.
    fn runs<T>(
        mut self,
        rows_max: u64,
        overflow: ScanRefusal,
        value: impl Fn(&mut Reader<'a>) -> Result<T, ScanRefusal>,
        mut each: impl FnMut(T, u64) -> Result<(), ScanRefusal>,
    ) -> Result<u64, ScanRefusal> {
        let mut rows = 0u64;
        while !self.data.is_empty() {
            let run = self.data.signed()?;
            let count = if run == 0 {
                self.data.unsigned()?
            } else {
                run.unsigned_abs()
            };
            if count == 0 {
                return Err(ScanRefusal::ColumnValue(self.number));
            }
            rows = rows
                .checked_add(count)
                .filter(|rows| *rows <= rows_max)
                .ok_or(overflow)?;
            if run > 0 {
                each(value(&mut self.data)?, count)?;
            } else if run < 0 {
                for _ in 0..count {
                    each(value(&mut self.data)?, 1)?;
                }
            }
        }
        Ok(rows)
    }

    fn unsigned_runs(
        self,
        rows_max: u64,
        overflow: ScanRefusal,
        mut allowed: impl FnMut(u64, u64) -> bool,
    ) -> Result<u64, ScanRefusal> {
        let refusal = ScanRefusal::ColumnValue(self.number);
        self.runs(
            rows_max,
            overflow,
            |data| Ok(data.unsigned()?),
            |value, count| allowed(value, count).then_some(()).ok_or(refusal),
        )
    }

    /// Counters stored as differences: the running sum stays between zero and the greatest counter.
    fn delta_runs(self, rows_max: u64, overflow: ScanRefusal) -> Result<u64, ScanRefusal> {
        let refusal = ScanRefusal::ColumnValue(self.number);
        let mut counter = 0i64;
        self.runs(
            rows_max,
            overflow,
            |data| Ok(data.signed()?),
            |delta, count| {
                // A run repeats one difference: when its first and last sums are in bounds, so are all.
                counter = i64::try_from(count)
                    .ok()
                    .and_then(|count| delta.checked_mul(count))
                    .and_then(|sum| counter.checked_add(sum))
                    .filter(|sum| (0..=COUNTER_MAX as i64).contains(sum))
                    .ok_or(refusal)?;
                Ok(())
            },
        )
    }

    fn name_runs(self) -> Result<u64, ScanRefusal> {
        self.runs(
            OPS_MAX,
            ScanRefusal::TooManyOps,
            |data| {
                let length = usize::try_from(data.unsigned()?).map_err(|_| ScanRefusal::Name)?;
                if length > NAME_BYTES_MAX {
                    return Err(ScanRefusal::Name);
                }
                std::str::from_utf8(data.take(length)?).map_err(|_| ScanRefusal::Name)
            },
            |_, _| Ok(()),
        )
    }

    /// Runs of no and yes in turn; only the first may be empty.
    fn boolean_runs(mut self) -> Result<u64, ScanRefusal> {
        let mut rows = 0u64;
        let mut first = true;
        while !self.data.is_empty() {
            let count = self.data.unsigned()?;
            if count == 0 && !first {
                return Err(ScanRefusal::ColumnValue(self.number));
            }
            first = false;
            rows = rows
                .checked_add(count)
                .filter(|rows| *rows <= OPS_MAX)
                .ok_or(ScanRefusal::TooManyOps)?;
        }
        Ok(rows)
    }
}
