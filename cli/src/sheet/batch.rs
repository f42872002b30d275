//! A batch of a list as a table: one row for each item.

use tongban_ledger::agreement::{Item, Mode, Row as BatchRow};
use tongban_ledger::calendar::Day;

use super::items::modes;
use super::{Column, Row};
use crate::error::CliError;
use crate::rule::Rule;

const COLUMNS: [Column; 9] = [
    ("item", "事项基本编码"),
    ("name", "事项名称"),
    ("application_scenario", "应用场景"),
    ("lead_dept", "牵头单位"),
    ("supporting_depts", "配合单位"),
    ("due_date", "实现时间"),
    ("modes", "实现方式"),
    ("domain", "领域"),
    ("promise_days", "承诺工作日"),
];

/// A row with what the catalogue needs of an item that it does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row of the batch.
    pub row: BatchRow,
    /// The item, where the row says how many working days are promised.
    pub item: Option<Item>,
}

/// Writes the rows of a batch.
///
/// # Errors
/// As [`super::write`].
pub fn write(rows: &[BatchRow], items: &[Item]) -> Result<Vec<u8>, CliError> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let item = items.iter().find(|item| item.code == row.item);
            vec![
                row.item.clone(),
                row.name.clone(),
                row.application_scenario.clone(),
                row.lead_dept.clone(),
                row.supporting_depts.join("、"),
                row.due_date.map(|day| day.to_string()).unwrap_or_default(),
                row.modes.iter().map(|mode| mode.name()).collect(),
                item.map(|item| item.domain.clone()).unwrap_or_default(),
                item.map(|item| item.promise_days.to_string())
                    .unwrap_or_default(),
            ]
        })
        .collect();
    super::write(&COLUMNS, &rows)
}

/// Reads the rows of a batch.
///
/// # Errors
/// `E_ARGUMENT` with line and column, also for an item that stands twice.
pub fn read(file: &str, text: &str) -> Result<Vec<Line>, CliError> {
    let mut lines: Vec<Line> = Vec::new();
    for row in super::read(file, text, &COLUMNS)? {
        let line = line(&row)?;
        if lines.iter().any(|known| known.row.item == line.row.item) {
            return Err(row.mistake("item", Rule::BadValue));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn line(row: &Row<'_>) -> Result<Line, CliError> {
    let due_date: Option<Day> = row.parsed("due_date")?;
    let modes: Vec<Mode> = modes(row, "modes")?;
    let depts = row.text("supporting_depts").split(['、', ',', '，']);
    let depts = depts.map(str::trim).filter(|dept| !dept.is_empty());
    let of = BatchRow {
        item: row.needed("item")?,
        name: row.needed("name")?,
        application_scenario: row.text("application_scenario").to_owned(),
        lead_dept: row.text("lead_dept").to_owned(),
        supporting_depts: depts.map(str::to_owned).collect(),
        due_date,
        modes: modes.clone(),
    };
    let promise_days: Option<u16> = row.parsed("promise_days")?;
    let item = promise_days.map(|promise_days| Item {
        code: of.item.clone(),
        name: of.name.clone(),
        domain: row.text("domain").to_owned(),
        promise_days,
        modes,
        ..Item::default()
    });
    Ok(Line { row: of, item })
}
