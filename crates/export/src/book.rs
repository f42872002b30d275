//! What is exported: facts and tables, with every text in the reader's language already.

use tongban_ledger::calendar::Day;
use tongban_ledger::money::Fen;

use crate::BookError;

/// The most rows of a table: what a sheet of an office program holds below its header, sums included.
pub const ROWS_MAX: usize = 1_048_000;
/// The most bytes of a text: no more than the characters that a cell of an office program holds.
pub const TEXT_BYTES_MAX: usize = 32_767;

/// A bill or a round, ready to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// The heading, as `邮费对账单 2026-09 衢州市—上饶市`.
    pub title: String,
    /// The name of the sheet of facts, as `概要`.
    pub summary: String,
    /// What stands above the tables: cities, sums, hash, signatures.
    pub facts: Vec<Fact>,
    /// The tables, in order.
    pub tables: Vec<Table>,
    /// A short mark for the foot of every page, as the beginning of a hash.
    pub mark: String,
}

/// A labelled value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value.
    pub value: Cell,
}

/// Rows under a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The heading, and the sheet's name: at most 31 characters, none of `[]:*?/\`.
    pub name: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, in their order.
    pub rows: Vec<Vec<Cell>>,
    /// Rows of sums under them; may be none.
    pub sums: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header.
    pub title: String,
    /// How wide it is, in Latin letters.
    pub width: u16,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A whole number.
    Count(u64),
    /// A day.
    Day(Day),
    /// A sum of money.
    Amount(Fen),
    /// A text; whatever it looks like, it is never a formula.
    Text(String),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    /// The value as a person reads it: sums as `-0.50`, days as `2026-09-03`.
    pub fn plain(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Count(count) => count.to_string(),
            Cell::Day(day) => day.to_string(),
            Cell::Amount(fen) => fen.yuan(),
            Cell::Text(text) => text.clone(),
        }
    }

    /// Says whether it stands at the right edge of its column, as numbers do.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Cell::Count(_) | Cell::Amount(_))
    }
}

impl Column {
    /// A column so many Latin letters wide.
    pub fn new(title: impl Into<String>, width: u16) -> Self {
        Self {
            title: title.into(),
            width,
        }
    }
}

impl Table {
    /// A table whose rows stand in the order of their cells, from the first column on, whatever order they came in.
    pub fn sorted(name: impl Into<String>, columns: Vec<Column>, mut rows: Vec<Vec<Cell>>) -> Self {
        rows.sort();
        Self {
            name: name.into(),
            columns,
            rows,
            sums: Vec::new(),
        }
    }

    /// Puts a column of running numbers, from 1, before the others.
    #[must_use]
    pub fn numbered(mut self, title: impl Into<String>) -> Self {
        self.columns.insert(0, Column::new(title, 6));
        for (row, number) in self.rows.iter_mut().zip(1..) {
            row.insert(0, Cell::Count(number));
        }
        for row in &mut self.sums {
            row.insert(0, Cell::Empty);
        }
        self
    }

    /// Adds a row of sums.
    #[must_use]
    pub fn with_sum(mut self, row: Vec<Cell>) -> Self {
        self.sums.push(row);
        self
    }

    /// The rows, those of sums last.
    pub(crate) fn all_rows(&self) -> impl Iterator<Item = &Vec<Cell>> {
        self.rows.iter().chain(&self.sums)
    }
}

impl Book {
    /// Checks what every format needs: each row as wide as its table, and nothing longer than it may be.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn check(&self, rows_max: usize) -> Result<(), BookError> {
        let facts = self.facts.iter();
        let mut cells: Vec<&Cell> = facts.map(|fact| &fact.value).collect();
        for table in &self.tables {
            let rows = table.rows.len() + table.sums.len();
            if rows > rows_max {
                let most = rows_max;
                return Err(BookError::Rows { rows, most });
            }
            for (row, number) in table.all_rows().zip(1..) {
                if row.len() != table.columns.len() {
                    return Err(BookError::Width(number));
                }
                cells.extend(row);
            }
        }
        for cell in cells {
            if let Cell::Text(text) = cell
                && text.len() > TEXT_BYTES_MAX
            {
                return Err(BookError::Text(text.len()));
            }
        }
        Ok(())
    }
}
