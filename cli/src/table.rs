//! Tables and labelled lines that stay aligned with wide (CJK) characters.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

/// The columns of a terminal that every table for clerks fits.
pub const COLUMNS: u16 = 80;

/// Draws a table; the columns in `right` are aligned to the right, as amounts are.
pub fn table(header: &[String], rows: Vec<Vec<String>>, right: &[usize]) -> String {
    let table = made(header, rows, right);
    format!("{}\n", table.trim_fmt())
}

/// Draws a table of limited width; the columns in `wrapped` give way, the others keep numbers and dates whole.
pub fn narrow_table(
    header: &[String],
    rows: Vec<Vec<String>>,
    wrapped: &[usize],
    columns: u16,
) -> String {
    let mut table = made(header, rows, &[]);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(columns);
    for index in 0..header.len() {
        if let Some(column) = table.column_mut(index)
            && !wrapped.contains(&index)
        {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!("{}\n", table.trim_fmt())
}

fn made(header: &[String], rows: Vec<Vec<String>>, right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header.iter().map(|cell| clean(cell)));
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell)));
    }
    for &index in right {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Writes labels and values in two columns.
pub fn fields(rows: &[(String, String)]) -> String {
    let widest = rows
        .iter()
        .map(|(label, _)| label.width())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (label, value) in rows {
        let gap = " ".repeat(widest - label.width() + 2);
        out.push_str(&format!("{label}{gap}{}\n", clean(value)));
    }
    out
}

/// Indents every line by two columns.
pub fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Replaces control characters: names and words come from other cities and must not steer the terminal or
/// break a line of the table.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_keep_the_columns() {
        let header = ["城市".to_owned(), "city".to_owned(), "分".to_owned()];
        let row = |a: &str, b: &str, c: &str| vec![a.to_owned(), b.to_owned(), c.to_owned()];
        let drawn = table(
            &header,
            vec![
                row("衢州市", "Quzhou", "1"),
                row("南平", "Nanping ✓✓ 黄山", "22000"),
            ],
            &[2],
        );
        let widths: Vec<usize> = drawn.lines().map(UnicodeWidthStr::width).collect();
        assert_eq!(widths.len(), 6);
        assert!(widths.iter().all(|w| *w == widths[0]), "{drawn}");
        let column = |line: &str| {
            let at = line.rfind('┆').or_else(|| line.rfind('╪'));
            at.map(|at| line[..at].width())
        };
        let places: Vec<_> = drawn.lines().skip(1).take(4).map(column).collect();
        assert!(places.iter().all(|place| *place == places[0]), "{drawn}");
        assert!(drawn.contains("     1 │"), "{drawn}");
    }

    #[test]
    fn a_narrow_table_keeps_its_limit_and_its_numbers() {
        let header = ["办件编号".to_owned(), "事项".to_owned()];
        let number = "TB-330800-260907-000123-2".to_owned();
        let long = "住房公积金异地购房提取".repeat(6);
        let drawn = narrow_table(&header, vec![vec![number.clone(), long]], &[1], 60);
        assert!(drawn.lines().all(|line| line.width() <= 60), "{drawn}");
        assert!(drawn.contains(&number), "{drawn}");
    }

    #[test]
    fn labels_are_padded_by_their_width() {
        let row = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let drawn = fields(&[row("办件编号", "x"), row("item", "y")]);
        let values: Vec<usize> = drawn
            .lines()
            .map(|line| line[..line.len() - 1].width())
            .collect();
        assert_eq!(values, [10, 10]);
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        let drawn = table(
            &["a".to_owned()],
            vec![vec!["\u{1b}[2Jx\ny".to_owned()]],
            &[],
        );
        assert!(!drawn.contains('\u{1b}'));
        assert!(drawn.contains("x y"));
    }
}
