//! The catalogue as a table: one row for each item.

use serde::Serialize;
use tongban_ledger::agreement::{Item, Mode, ReviewKind};
use tongban_ledger::code::Code;

use super::{Column, Row, shown, tick};
use crate::error::CliError;
use crate::rule::Rule;

const COLUMNS: [Column; 13] = [
    ("code", "事项基本编码"),
    ("name", "事项名称"),
    ("domain", "领域"),
    ("licence", "行政许可"),
    ("promise_days", "承诺工作日"),
    ("legal_days", "法定工作日"),
    ("category", "事项类型代码"),
    ("modes", "办理模式"),
    ("unbound", "各市均可办理"),
    ("instant", "即办件"),
    ("review", "审查方式"),
    ("reserved", "不可授权"),
    ("classified", "涉密"),
];

const REVIEWS: [(&str, &str); 2] = [("form-only", "形式审查"), ("substantive", "实质审查")];

const MODES: [Mode; 4] = [Mode::A, Mode::B, Mode::C, Mode::D];

/// Writes items.
///
/// # Errors
/// As [`super::write`].
pub fn write(items: &[Item]) -> Result<Vec<u8>, CliError> {
    let optional = |number: Option<String>| number.unwrap_or_default();
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            vec![
                item.code.clone(),
                item.name.clone(),
                item.domain.clone(),
                tick(item.licence),
                item.promise_days.to_string(),
                optional(item.legal_days.map(|days| days.to_string())),
                optional(item.category.map(|code| format!("{code:02}"))),
                item.modes.iter().map(|mode| mode.name()).collect(),
                tick(item.unbound),
                tick(item.instant),
                optional(item.review.map(|review| shown(&review, &REVIEWS))),
                tick(item.reserved),
                tick(item.classified),
            ]
        })
        .collect();
    super::write(&COLUMNS, &rows)
}

/// Reads items.
///
/// # Errors
/// `E_ARGUMENT` with line and column, `E_DUPLICATE` for a code that stands twice.
pub fn read(file: &str, text: &str) -> Result<Vec<Item>, CliError> {
    let mut items: Vec<Item> = Vec::new();
    for row in super::read(file, text, &COLUMNS)? {
        let item = item(&row)?;
        if items.iter().any(|known| known.code == item.code) {
            return Err(row.mistake("code", Rule::BadValue));
        }
        items.push(item);
    }
    Ok(items)
}

fn item(row: &Row<'_>) -> Result<Item, CliError> {
    let promise = row.parsed("promise_days")?;
    let promise_days = promise.ok_or_else(|| row.mistake("promise_days", Rule::MissingKey))?;
    Ok(Item {
        code: row.needed("code")?,
        name: row.needed("name")?,
        domain: row.text("domain").to_owned(),
        licence: row.yes("licence")?,
        promise_days,
        legal_days: row.parsed("legal_days")?,
        category: row.parsed("category")?,
        modes: modes(row, "modes")?,
        unbound: row.yes("unbound")?,
        instant: row.yes("instant")?,
        review: row.word::<ReviewKind>("review", &REVIEWS)?,
        reserved: row.yes("reserved")?,
        classified: row.yes("classified")?,
    })
}

/// Modes by their letters, as `AB`.
pub(super) fn modes(row: &Row<'_>, key: &'static str) -> Result<Vec<Mode>, CliError> {
    let letters = row.text(key).chars();
    let letters = letters.filter(|letter| !" ,，、/".contains(*letter));
    letters
        .map(|letter| {
            let letter = letter.to_ascii_uppercase().to_string();
            let mode = MODES.into_iter().find(|mode| mode.name() == letter);
            mode.ok_or_else(|| row.mistake(key, Rule::BadValue))
        })
        .collect()
}

/// Writes items as the `[[items]]` of terms.
///
/// # Errors
/// `E_INTERNAL` for what TOML cannot hold.
pub fn terms(items: &[Item]) -> Result<String, CliError> {
    #[derive(Serialize)]
    struct Items<'a> {
        items: &'a [Item],
    }
    let text = toml::to_string(&Items { items });
    text.map_err(|_| CliError::refused(Code::Internal, "items"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        vec![
            Item {
                code: "I-02".into(),
                name: "住房公积金, \"异地\"购房提取".into(),
                domain: "公积金".into(),
                promise_days: 3,
                modes: vec![Mode::A, Mode::B],
                review: Some(ReviewKind::Substantive),
                ..Item::default()
            },
            Item {
                code: "-7".into(),
                name: "=1+1\n第二行".into(),
                licence: true,
                instant: true,
                promise_days: 1,
                legal_days: Some(20),
                category: Some(1),
                review: Some(ReviewKind::FormOnly),
                ..Item::default()
            },
        ]
    }

    #[test]
    fn the_catalogue_comes_back_from_its_table() {
        let bytes = write(&items()).expect("memory");
        assert!(
            bytes.starts_with(&[0xef, 0xbb, 0xbf]),
            "Excel wants the mark"
        );
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.contains("'=1+1"), "no formula: {text}");
        assert_eq!(read("t.csv", &text).expect("items"), items());
        let toml = terms(&items()).expect("terms");
        let terms: toml::Table = toml.parse().expect("TOML");
        assert_eq!(terms["items"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn mistakes_are_told_by_line_and_column() {
        let place = |text: &str| read("t.csv", text).expect_err("a mistake").about();
        let head = "code,事项名称,promise_days,licence\n";
        let check = |row: &str, expected: &str| {
            assert_eq!(place(&format!("{head}I-1,甲,3,是\n{row}\n")), expected);
        };
        check("I-2,乙,drei,否", "t.csv:3:promise_days");
        check("I-2,,3,否", "t.csv:3:name");
        check("I-2,乙,3,也许", "t.csv:3:licence");
        check("I-1,乙,3,否", "t.csv:3:code");
        check("I-2,乙,3", "t.csv:3");
        assert_eq!(place("code,颜色\n"), "t.csv:1");
    }
}
