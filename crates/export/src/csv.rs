//! CSV: one file with the facts and every table, for office programs and for readers that know no other form.
//!
//! UTF-8 with a byte order mark, because office programs take a file without one for the system's own encoding and
//! show Chinese as rubbish. Lines end as RFC 4180 says. Tables are apart by an empty line, each under its name.

use crate::BookError;
use crate::book::{Book, Cell, ROWS_MAX};

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";
/// With what a text begins that an office program would take for a formula.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes a book as CSV.
///
/// # Errors
/// [`BookError`].
pub fn to_csv(book: &Book) -> Result<Vec<u8>, BookError> {
    book.check(ROWS_MAX)?;
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(BOM.to_vec());
    let mut rows: Vec<Vec<String>> = vec![vec![safe(&book.title)]];
    for fact in &book.facts {
        rows.push(vec![safe(&fact.label), field(&fact.value)]);
    }
    for table in &book.tables {
        rows.push(vec![String::new()]);
        rows.push(vec![safe(&table.name)]);
        rows.push(table.columns.iter().map(|of| safe(&of.title)).collect());
        rows.extend(table.all_rows().map(|row| row.iter().map(field).collect()));
    }
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(&row);
    }
    Ok(writer.into_inner().unwrap_or_default())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => safe(text),
        other => other.plain(),
    }
}

/// A text that no office program takes for a formula: CSV has no other way to say so than a quote before it.
fn safe(text: &str) -> String {
    match text.starts_with(FORMULA) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
