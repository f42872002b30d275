//! XLSX: a sheet of facts, and a sheet for each table.
//!
//! A sheet's cells are numbers in binary floating point, whatever the program. A sum of up to fifteen digits comes
//! out of that as it went in; a longer one is written as text, so that no digit is ever another.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::money::Fen;

use crate::BookError;
use crate::book::{Book, Cell, ROWS_MAX, Table};

/// The most fen that a cell holds as a number: fifteen digits.
const FEN_MAX: u64 = 999_999_999_999_999;
/// The first day that means the same to every office program, in days since 1970-01-01: 1900-03-01.
const FIRST_DAY: i32 = -25_508;
/// The number of 1970-01-01 in a sheet.
const EPOCH: i32 = 25_569;

/// Why a book cannot be written as XLSX.
#[derive(Debug, thiserror::Error)]
pub enum XlsxError {
    /// The book is no such book.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A sheet's name, or something else that the format does not take.
    #[error("the workbook cannot be written")]
    Format(#[from] rust_xlsxwriter::XlsxError),
}

/// How cells look.
struct Looks {
    title: Format,
    label: Format,
    header: Format,
    text: Format,
    amount: Format,
    count: Format,
    day: Format,
    sum_text: Format,
    sum_amount: Format,
}

impl Looks {
    fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin);
        let bold = || cell().set_bold().set_background_color(0x00F2_F2F2);
        let amount = "#,##0.00";
        Self {
            title: Format::new().set_bold().set_font_size(14),
            label: Format::new().set_bold(),
            header: bold().set_text_wrap().set_align(FormatAlign::Center),
            text: cell().set_num_format("@"),
            amount: cell().set_num_format(amount),
            count: cell().set_num_format("0"),
            day: cell().set_num_format("yyyy-mm-dd"),
            sum_text: bold().set_num_format("@"),
            sum_amount: bold().set_num_format(amount),
        }
    }
}

/// Writes a book as XLSX. No time, name or program of this machine is in it.
///
/// # Errors
/// [`XlsxError`].
pub fn to_xlsx(book: &Book) -> Result<Vec<u8>, XlsxError> {
    book.check(ROWS_MAX)?;
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let properties = DocProperties::new()
        .set_title(&book.title)
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    let looks = Looks::new();
    facts(workbook.add_worksheet(), book, &looks)?;
    for of in &book.tables {
        table(workbook.add_worksheet(), of, &looks)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn facts(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(&book.summary)?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 72)?;
    sheet.write_string_with_format(0, 0, &book.title, &looks.title)?;
    for (fact, row) in book.facts.iter().zip(2..) {
        sheet.write_string_with_format(row, 0, &fact.label, &looks.label)?;
        let left = Format::new().set_align(FormatAlign::Left);
        let look = match fact.value {
            Cell::Amount(_) => left.set_num_format("#,##0.00"),
            Cell::Day(_) => left.set_num_format("yyyy-mm-dd"),
            Cell::Text(_) => left.set_num_format("@").set_text_wrap(),
            Cell::Count(_) | Cell::Empty => left,
        };
        write(sheet, row, 1, &fact.value, &look)?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, table: &Table, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(&table.name)?;
    sheet.set_landscape().set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, at) in table.columns.iter().zip(0..) {
        sheet.set_column_width(at, f64::from(column.width))?;
        sheet.write_string_with_format(0, at, &column.title, &looks.header)?;
    }
    let mut row = 0;
    for cells in &table.rows {
        row += 1;
        for (cell, at) in cells.iter().zip(0..) {
            let look = match cell {
                Cell::Amount(_) => &looks.amount,
                Cell::Count(_) => &looks.count,
                Cell::Day(_) => &looks.day,
                Cell::Text(_) | Cell::Empty => &looks.text,
            };
            write(sheet, row, at, cell, look)?;
        }
    }
    if let (1.., Some(last)) = (row, table.columns.len().checked_sub(1)) {
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, row, last)?;
    }
    for cells in &table.sums {
        row += 1;
        for (cell, at) in cells.iter().zip(0..) {
            let look = match cell {
                Cell::Amount(_) => &looks.sum_amount,
                _ => &looks.sum_text,
            };
            write(sheet, row, at, cell, look)?;
        }
    }
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    look: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, column, look)?,
        Cell::Text(text) => sheet.write_string_with_format(row, column, text, look)?,
        Cell::Count(count) => match u32::try_from(*count) {
            Ok(count) => sheet.write_number_with_format(row, column, count, look)?,
            Err(_) => sheet.write_string_with_format(row, column, cell.plain(), look)?,
        },
        Cell::Amount(fen) => match yuan(*fen) {
            Some(number) => sheet.write_number_with_format(row, column, number, look)?,
            None => sheet.write_string_with_format(row, column, fen.yuan(), look)?,
        },
        Cell::Day(day) => match serial(*day) {
            Some(number) => sheet.write_number_with_format(row, column, number, look)?,
            None => sheet.write_string_with_format(row, column, day.to_string(), look)?,
        },
    };
    Ok(())
}

/// The sum as the number that is nearest to it; none where that would not be read back as the same sum.
fn yuan(fen: Fen) -> Option<f64> {
    // From the decimal digits: a division of binary numbers might be off by one in the last place.
    let exact = fen.get().unsigned_abs() <= FEN_MAX;
    exact.then(|| fen.yuan().parse().ok()).flatten()
}

/// A day's number in a sheet; none before March 1900, where office programs differ.
fn serial(day: Day) -> Option<i32> {
    let days = day.epoch_days();
    (days >= FIRST_DAY)
        .then(|| days.checked_add(EPOCH))
        .flatten()
}
