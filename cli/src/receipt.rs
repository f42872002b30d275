//! The 收件凭证 that the applicant takes home, as text. Of the applicant it shows the family name alone.

use tongban_ledger::answer::Receipt;
use unicode_width::UnicodeWidthStr;

use crate::catalogue::Catalogue;
use crate::commands::short;
use crate::table::{fields, indent};

/// The width of the receipt in columns.
const COLUMNS: usize = 60;

/// What stands on a receipt.
pub struct Slip<'a> {
    /// What the node says.
    pub paper: &'a Receipt,
    /// The applicant's name, as this window took it; shown masked.
    pub applicant: &'a str,
    /// Materials that the guide asks for and that were not handed in.
    pub missing: &'a [String],
}

/// Writes the receipt.
pub fn receipt(slip: &Slip<'_>, say: &Catalogue) -> String {
    let receipt = slip.paper;
    let title = say.t("receipt-title");
    let margin = " ".repeat(COLUMNS.saturating_sub(title.width()) / 2);
    let rule = format!("{}\n", "─".repeat(COLUMNS));
    let head = fields(&[
        (say.t("label-number"), receipt.number.clone()),
        (say.t("label-applicant"), masked(slip.applicant)),
        (say.t("label-item"), receipt.item.clone()),
        (say.t("label-receiver"), receipt.receiver.clone()),
        (say.t("label-owner"), receipt.owner.clone()),
        (say.t("label-received"), receipt.received.to_string()),
    ]);
    let mut materials = format!("{}\n", say.t("label-materials"));
    for (index, (name, pages)) in receipt.materials.iter().enumerate() {
        let pages = pages.to_string();
        let line = say.tf("receipt-material", &[("name", name), ("pages", &pages)]);
        materials.push_str(&format!("  {}. {line}\n", index + 1));
    }
    if !slip.missing.is_empty() {
        materials.push_str(&format!("{}\n", say.t("receipt-missing")));
        for (index, name) in slip.missing.iter().enumerate() {
            materials.push_str(&format!("  {}. {name}\n", index + 1));
        }
    }
    let days = receipt.promise_days.to_string();
    let promise = say.tf("receipt-promise-days", &[("days", &days)]);
    let foot = fields(&[
        (say.t("receipt-notice-due"), receipt.notice_due.to_string()),
        (say.t("receipt-promise"), promise),
        (say.t("label-officer"), receipt.officer.clone()),
        (say.t("label-guide"), guide(receipt, say)),
        (say.t("receipt-query-code"), receipt.query_code.clone()),
    ]);
    let note = say.t("receipt-note");
    let sign = say.t("receipt-sign");
    format!(
        "{rule}{margin}{title}\n{rule}{}{}{}{rule}{}{}",
        indent(&head),
        indent(&materials),
        indent(&foot),
        indent(&note),
        indent(&sign),
    )
}

/// Names the guide that the window follows: its version, and how the hash of its text begins.
fn guide(receipt: &Receipt, say: &Catalogue) -> String {
    let (version, hash) = (receipt.guide.to_string(), short(&receipt.guide_hash));
    let values = [("version", version.as_str()), ("hash", hash.as_str())];
    say.tf("receipt-guide", &values).trim_end().to_owned()
}

/// Keeps the first character of a name.
fn masked(name: &str) -> String {
    name.trim()
        .chars()
        .enumerate()
        .map(|(at, c)| if at == 0 { c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    fn written(missing: &[String], lang: Lang) -> String {
        let paper = sample();
        let slip = Slip {
            paper: &paper,
            applicant: "程立秋",
            missing,
        };
        receipt(&slip, &Catalogue::new(lang))
    }

    fn sample() -> Receipt {
        Receipt {
            number: "TB-330800-260907-000123-2".to_owned(),
            item: "住房公积金提取".to_owned(),
            receiver: "衢州市".to_owned(),
            owner: "南平市".to_owned(),
            received: "2026-09-07".parse().expect("a day"),
            materials: vec![("身份证".to_owned(), 2), ("购房合同".to_owned(), 12)],
            officer: "QZ-017".to_owned(),
            notice_due: "2026-09-14".parse().expect("a day"),
            promise_days: 5,
            guide: 3,
            guide_hash: "0a1b".repeat(16),
            query_code: "0471-1815-7KQX-2M9D".to_owned(),
        }
    }

    #[test]
    fn the_receipt_says_all_that_it_must() {
        let text = written(&["M3 近期免冠照片".to_owned()], Lang::Zh);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1].trim(), "收 件 凭 证");
        for expected in [
            "TB-330800-260907-000123-2",
            "住房公积金提取",
            "衢州市",
            "南平市",
            "2026-09-07",
            "1. 身份证（2 页）",
            "2. 购房合同（12 页）",
            "2026-09-14",
            "5 个工作日",
            "QZ-017",
            "程**",
            "尚缺材料",
            "1. M3 近期免冠照片",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(!text.contains("立秋"), "{text}");
        assert!(!written(&[], Lang::Zh).contains("尚缺"));
        assert!(lines.iter().all(|line| line.width() <= COLUMNS), "{text}");
    }

    #[test]
    fn values_stand_in_one_column() {
        for lang in [Lang::Zh, Lang::En] {
            let text = written(&[], lang);
            let places: Vec<usize> = text
                .lines()
                .filter_map(|line| {
                    let value = ["TB-330800", "住房公积金提取", "衢州市", "南平市"]
                        .iter()
                        .find(|value| line.ends_with(**value) || line.contains("TB-330800"))?;
                    let at = line.find(*value).or_else(|| line.find("TB-"))?;
                    Some(line[..at].width())
                })
                .collect();
            assert_eq!(places.len(), 4, "{text}");
            assert!(places.iter().all(|place| *place == places[0]), "{text}");
        }
    }
}
