//! Tables (CSV) for WPS and Excel: UTF-8 with a byte-order mark, one heading row in Chinese or in the words of the
//! protocol, mistakes told by line and column.

pub mod batch;
pub mod guides;
pub mod items;

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tongban_ledger::code::Code;

use crate::error::CliError;
use crate::read::word;
use crate::rule::Rule;

/// The mark by which Excel and WPS know UTF-8.
const MARK: &str = "\u{feff}";

/// A column: its key, and its Chinese heading.
pub type Column = (&'static str, &'static str);

/// Writes a table.
///
/// # Errors
/// `E_INTERNAL` where the cells could not be written, which memory does not refuse.
pub fn write(columns: &[Column], rows: &[Vec<String>]) -> Result<Vec<u8>, CliError> {
    let internal = || CliError::refused(Code::Internal, "csv");
    let mut bytes = MARK.as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(&mut bytes);
    let heading: Vec<String> = columns.iter().map(|(_, zh)| (*zh).to_owned()).collect();
    for row in std::iter::once(&heading).chain(rows) {
        let cells = row.iter().map(|cell| plain(cell));
        writer.write_record(cells).map_err(|_| internal())?;
    }
    writer.flush().map_err(|_| internal())?;
    drop(writer);
    Ok(bytes)
}

/// A cell in which no table program sees a formula: what looks like one gets an apostrophe before it.
fn plain(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\'']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// A row that was read, with the place of its cells.
pub struct Row<'a> {
    file: &'a str,
    line: u64,
    cells: BTreeMap<&'static str, String>,
}

impl Row<'_> {
    /// A cell without spaces around it; empty if the table lacks the column.
    pub fn text(&self, key: &'static str) -> &str {
        self.cells.get(key).map_or("", String::as_str)
    }

    /// A mistake in a cell, by file, line and column.
    pub fn mistake(&self, key: &str, rule: Rule) -> CliError {
        let place = format!("{}:{}:{key}", self.file, self.line);
        CliError::rule(Code::Argument, place, rule, key)
    }

    /// A cell that may not be empty.
    ///
    /// # Errors
    /// `E_ARGUMENT` with the place.
    pub fn needed(&self, key: &'static str) -> Result<String, CliError> {
        match self.text(key) {
            "" => Err(self.mistake(key, Rule::MissingKey)),
            text => Ok(text.to_owned()),
        }
    }

    /// A number, a day or anything else that reads from text.
    ///
    /// # Errors
    /// `E_ARGUMENT` with the place.
    pub fn parsed<T: std::str::FromStr>(&self, key: &'static str) -> Result<Option<T>, CliError> {
        match self.text(key) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| self.mistake(key, Rule::BadValue)),
        }
    }

    /// Yes or no; no if empty.
    ///
    /// # Errors
    /// `E_ARGUMENT` with the place.
    pub fn yes(&self, key: &'static str) -> Result<bool, CliError> {
        match self.text(key) {
            "是" | "yes" | "true" | "1" | "√" => Ok(true),
            "" | "否" | "no" | "false" | "0" => Ok(false),
            _ => Err(self.mistake(key, Rule::BadValue)),
        }
    }

    /// A word of the protocol, or the Chinese for it.
    ///
    /// # Errors
    /// `E_ARGUMENT` with the place.
    pub fn word<T: DeserializeOwned>(
        &self,
        key: &'static str,
        names: &[(&str, &str)],
    ) -> Result<Option<T>, CliError> {
        match self.text(key) {
            "" => Ok(None),
            text => match named(text, names).and_then(word) {
                Some(value) => Ok(Some(value)),
                None => Err(self.mistake(key, Rule::BadValue)),
            },
        }
    }
}

/// The word of the protocol for what was written.
pub fn named<'n>(text: &'n str, names: &[(&'n str, &str)]) -> Option<&'n str> {
    let found = names.iter().find(|(word, zh)| *word == text || *zh == text);
    found.map(|(word, _)| *word)
}

/// The Chinese for a word of the protocol.
pub fn shown<T: Serialize>(value: &T, names: &[(&str, &str)]) -> String {
    let value = serde_json::to_value(value).ok();
    let text = value
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    let found = names.iter().find(|(word, _)| *word == text);
    found.map_or_else(|| text.to_owned(), |(_, zh)| (*zh).to_owned())
}

/// `是` or nothing.
pub fn tick(yes: bool) -> String {
    if yes { "是".to_owned() } else { String::new() }
}

/// Reads a table whose heading names some of the columns.
///
/// # Errors
/// `E_ARGUMENT` with the line for a heading that is unknown or twice, or a row of another length.
pub fn read<'a>(file: &'a str, text: &str, columns: &[Column]) -> Result<Vec<Row<'a>>, CliError> {
    let wrong = |line: u64, rule, given: &str| {
        Err(CliError::rule(
            Code::Argument,
            format!("{file}:{line}"),
            rule,
            given,
        ))
    };
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let records = match records(text) {
        Ok(records) => records,
        Err(line) => return wrong(line, Rule::BadValue, ""),
    };
    let mut keys: Vec<&'static str> = Vec::new();
    let mut rows = Vec::new();
    for (line, record) in &records {
        let line = *line;
        let cells = record.iter().map(|cell| cell.trim());
        if keys.is_empty() {
            for cell in cells {
                let known = columns.iter().find(|(key, zh)| *key == cell || *zh == cell);
                match known {
                    Some((key, _)) if !keys.contains(key) => keys.push(*key),
                    _ => return wrong(line, Rule::UnknownKey, cell),
                }
            }
            continue;
        }
        if cells.clone().all(str::is_empty) {
            continue;
        }
        if record.len() != keys.len() {
            return wrong(line, Rule::BadValue, "");
        }
        let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        let cells = keys.iter().copied().zip(cells.map(plain)).collect();
        rows.push(Row { file, line, cells });
    }
    Ok(rows)
}

/// Splits a table into rows of cells as RFC 4180 has it, each with the line on which it begins. Empty lines are none.
///
/// # Errors
/// The line of a row in which a quotation mark is not closed, or which cannot be read.
fn records(text: &str) -> Result<Vec<(u64, Vec<String>)>, u64> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records: Vec<(u64, Vec<String>)> = Vec::new();
    // The reader says where a row begins before it has skipped what ends the line before.
    let (mut line, mut seen) = (1, 0);
    let mut line_at = |position: Option<&csv::Position>| {
        let begin = position.and_then(|position| usize::try_from(position.byte()).ok());
        let rest = begin.and_then(|begin| text.get(begin..)).unwrap_or("");
        let begin = text.len() - rest.trim_start_matches(['\r', '\n']).len();
        let passed = text.get(seen..begin).unwrap_or("");
        line += passed
            .bytes()
            .map(|byte| u64::from(byte == b'\n'))
            .sum::<u64>();
        seen = seen.max(begin);
        line
    };
    for record in reader.records() {
        let record = record.map_err(|error| line_at(error.position()))?;
        let line = line_at(record.position());
        records.push((line, record.iter().map(str::to_owned).collect()));
    }
    // The reader takes all that follows an open quotation for one cell.
    match (text.matches('"').count() % 2, records.last()) {
        (1, Some((line, _))) => Err(*line),
        _ => Ok(records),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_as_rfc_4180_has_it() {
        let check = |text: &str, expected: &[(u64, &[&str])]| {
            let read = records(text).expect(text);
            let read: Vec<(u64, Vec<&str>)> = read
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect()))
                .collect();
            let expected: Vec<(u64, Vec<&str>)> = expected
                .iter()
                .map(|(line, cells)| (*line, cells.to_vec()))
                .collect();
            assert_eq!(read, expected, "{text}");
        };
        check("a,b\r\nc,\r\n", &[(1, &["a", "b"]), (2, &["c", ""])]);
        check(
            "\"a\nb\",\"\"\"c\"\"\"\nd,e",
            &[(1, &["a\nb", "\"c\""]), (3, &["d", "e"])],
        );
        check("\"\",x\n", &[(1, &["", "x"])]);
        check("a\n\nb\n", &[(1, &["a"]), (3, &["b"])]);
        for (text, line) in [("a\n\"b\n", 2), ("a\"b\n", 1)] {
            assert_eq!(records(text), Err(line), "{text}");
        }
    }
}
