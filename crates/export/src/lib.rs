//! Files for a finance office: a bill or a round as XLSX, CSV or PDF.
//!
//! A [`Bill`] or a [`Round`], told as every city of it sees it, becomes a [`Book`]: plain tables in one order, whatever
//! order the parts came in. The same book gives the same bytes on every machine; a PDF does so with the same font,
//! whose hash it names. Nothing here asks a node or reads a clock.

mod bill;
mod book;
mod csv;
mod font;
mod pdf;
mod round;
mod words;
mod xlsx;

pub use bill::{Bill, BillLine, City, Journey, Origin, Signature, bill};
pub use book::{Book, Cell, Column, Fact, ROWS_MAX, TEXT_BYTES_MAX, Table};
pub use csv::to_csv;
pub use font::{DEBIAN_PACKAGE, Font, FontError, find, folders, read};
pub use pdf::{PDF_ROWS_MAX, Pdf, PdfError, to_pdf};
pub use round::{Payment, Round, RoundBill, Transfer, round};
pub use words::{Say, WORDS};
pub use xlsx::{XlsxError, to_xlsx};

/// Why a book cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// A table has more rows than the format takes.
    #[error("a table has {rows} rows; the most are {most}")]
    Rows {
        /// How many it has.
        rows: usize,
        /// How many it may have.
        most: usize,
    },
    /// A cell holds more than [`TEXT_BYTES_MAX`].
    #[error("a cell holds {0} bytes")]
    Text(usize),
    /// A row has more or fewer cells than the table has columns.
    #[error("row {0} has not one cell for each column")]
    Width(usize),
}
