//! The history of a case or consult as a table: who did what, what it says, where it is stored.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::EntryRow;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{short, time};
use crate::output;
use crate::table::{COLUMNS, narrow_table, table};

/// Details whose values are words of the protocol, with their kind in the catalogue.
const WORDS: &[(&str, &str)] = &[
    ("result", "result"),
    ("outcome", "outcome"),
    ("means", "means"),
    ("delivery", "delivery"),
    ("kind", "special"),
    ("electronic", "result"),
    ("reason", "reason"),
    ("target", "target"),
    ("level", "level"),
    ("step", "follow"),
    ("warning", "warning"),
    ("stage", "escalation"),
];

/// Acts that a node signs by itself: without an officer nobody but it did so.
const BY_ITSELF: &[&str] = &["withdraw-refuse", "deem-due", "deem-accept"];

/// Details that only the full history shows: they tell a clerk nothing new.
const FULL_ONLY: &[&str] = &["grant", "guide", "submission"];

/// Writes the history; with `full` whole ids, every detail and no limit of width.
pub fn history(
    entries: &[EntryRow],
    audience: &[DivisionCode],
    cities: &Cities,
    full: bool,
    say: &Catalogue,
) -> String {
    // An entry that another one voids is named by its id, so the ids have to stand there.
    let ids = full || entries.iter().any(|entry| entry.by.is_some());
    let storage: Vec<String> = entries
        .iter()
        .map(|entry| stored(entry, audience, cities, say))
        .collect();
    let alike = !full && storage.windows(2).all(|pair| pair[0] == pair[1]);
    let mut header = vec![
        say.t("label-time"),
        say.t("label-city"),
        say.t("label-officer-short"),
        say.t("label-act"),
        say.t("label-details"),
    ];
    if !alike {
        header.push(say.t("label-stored"));
    }
    if ids {
        header.push(say.t("label-entry"));
    }
    let rows = entries.iter().zip(&storage).map(|(entry, stored)| {
        let mut row = vec![
            time(entry.time),
            cities.name(entry.city),
            officer(entry, say),
            say.term("act", &entry.act),
            content(entry, cities, full, say),
        ];
        if !alike {
            row.push(stored.clone());
        }
        match full {
            true => row.push(entry.entry.clone()),
            false if ids => row.push(short(&entry.entry)),
            false => {}
        }
        row
    });
    let mut text = match full {
        true => table(&header, rows.collect(), &[]),
        false => narrow_table(&header, rows.collect(), &[3, 4, 5], COLUMNS),
    };
    if let (true, Some(stored)) = (alike, storage.first()) {
        let line = say.tf("case-all-stored", &[("stored", stored)]);
        text.push_str(&format!("{line}\n"));
    }
    text
}

/// Names who answers for an entry: nobody but the node itself where the rules let it act.
fn officer(entry: &EntryRow, say: &Catalogue) -> String {
    match entry.officer.is_empty() && BY_ITSELF.contains(&entry.act.as_str()) {
        true => say.t("officer-system"),
        false => entry.officer.clone(),
    }
}

/// Says what an entry states and, if it does not stand, why.
fn content(entry: &EntryRow, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let mut parts = Vec::new();
    if entry.status != "applied" {
        let mut state = say.tf(
            "state-bad",
            &[("state", &say.term("status", &entry.status))],
        );
        if let Some(code) = entry.code {
            let wording = output::message(code.as_str(), say);
            state.push_str(&format!(" {wording} [{code}]"));
        }
        if let Some(by) = &entry.by {
            state.push_str(&format!(" ← {}", short(by)));
        }
        parts.push(state);
    }
    parts.extend(
        entry
            .details
            .iter()
            .filter(|(name, _)| full || !FULL_ONLY.contains(&name.as_str()))
            .filter(|(name, value)| !value.is_empty() || *name == "different")
            .map(|(name, value)| detail(&entry.act, name, value, cities, say)),
    );
    if !entry.text.is_empty() {
        parts.push(entry.text.clone());
    }
    parts.join(&say.t("list-semicolon"))
}

/// Writes one detail of an act, as `送达 2026-09-08` or `问题 M2 过期`.
fn detail(act: &str, name: &str, value: &str, cities: &Cities, say: &Catalogue) -> String {
    let value = match say.find(&format!("result-{act}-{value}"), &[]) {
        Some(word) if name == "result" => word,
        _ => said(name, value, cities, say),
    };
    format!("{} {value}", say.term("detail", name))
}

/// Writes the value of a detail.
fn said(name: &str, value: &str, cities: &Cities, say: &Catalogue) -> String {
    let kind = WORDS.iter().find(|(known, _)| *known == name);
    match (kind, name) {
        (Some((_, kind)), _) => match say.term(kind, value) {
            // A push is declined for a code of the rules.
            same if same == value && value.starts_with("E_") => output::message(value, say),
            word => word,
        },
        (None, "to" | "about") => value
            .parse()
            .map_or_else(|_| say.term("detail", value), |city| cities.name(city)),
        (None, "defects") => {
            let each: Vec<String> = value
                .split(',')
                .map(|piece| match piece.split_once('=') {
                    Some((requirement, fault)) => {
                        format!("{requirement} {}", say.term("fault", fault))
                    }
                    None => piece.to_owned(),
                })
                .collect();
            each.join(&say.t("list-comma"))
        }
        (None, "materials") => materials(value, say),
        (None, "different") if value.is_empty() => say.t("details-same"),
        (None, "seen" | "points" | "different") => value.replace(',', &say.t("list-comma")),
        (None, "papers") => papers(value, say),
        (None, "visit") if value == "0" => say.t("rating-online"),
        (None, "grant") if value == "founding" => say.t("grant-founding"),
        _ if value == "yes" => say.t("yes"),
        _ if value == "no" => say.t("no"),
        _ => value.to_owned(),
    }
}

/// Writes materials with their pages, as `M1×2`, and who vouches for an electronic one.
fn materials(value: &str, say: &Catalogue) -> String {
    let each = value.split(',').map(|piece| {
        let (counted, proof) = piece.split_once('=').unwrap_or((piece, ""));
        let counted = counted.replace(':', "×");
        let mut parts = proof.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("signed"), ..) => say.tf("material-signed", &[("material", &counted)]),
            (Some("cert"), Some(kind), Some(issuer)) => {
                let values = [("material", &*counted), ("kind", kind), ("issuer", issuer)];
                say.tf("material-cert", &values)
            }
            _ => counted,
        }
    });
    let each: Vec<String> = each.collect();
    each.join(&say.t("list-comma"))
}

/// Writes a hand-over list: of `M1:2x18` two copies of 18 pages, of `M2:1x1!` an original.
fn papers(value: &str, say: &Catalogue) -> String {
    let each: Vec<String> = value
        .split(',')
        .map(|piece| paper(piece, say).unwrap_or_else(|| piece.to_owned()))
        .collect();
    each.join(&say.t("list-comma"))
}

fn paper(piece: &str, say: &Catalogue) -> Option<String> {
    let plain = piece.strip_suffix('!');
    let (requirement, counts) = plain.unwrap_or(piece).rsplit_once(':')?;
    let (copies, pages) = counts.split_once('x')?;
    let values = [
        ("requirement", requirement),
        ("copies", copies),
        ("pages", pages),
    ];
    Some(match plain {
        Some(_) => say.tf("paper-line-original", &values),
        None => say.tf("paper-line", &values),
    })
}

/// Says in words which cities have an entry: this one always, the others once they confirmed it.
fn stored(entry: &EntryRow, audience: &[DivisionCode], cities: &Cities, say: &Catalogue) -> String {
    let there: BTreeSet<DivisionCode> = entry.stored.iter().copied().collect();
    let has = |city: &DivisionCode| cities.is_own(*city) || there.contains(city);
    let lacking: Vec<DivisionCode> = audience.iter().copied().filter(|c| !has(c)).collect();
    match (lacking.len(), audience.len()) {
        (0, 0 | 1) => say.t("stored-own"),
        (0, 2) => say.t("stored-both"),
        (0, _) => say.t("stored-all"),
        _ => say.tf(
            "stored-lacking",
            &[("cities", &cities.names(&lacking, say))],
        ),
    }
}

#[cfg(test)]
mod tests {
    use tongban_ledger::code::Code;
    use unicode_width::UnicodeWidthStr;

    use tongban_ledger::answer::CaseAnswer;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{case, cities};

    fn entry() -> EntryRow {
        case().entries[0].clone()
    }

    fn drawn(case: &CaseAnswer, full: bool, say: &Catalogue) -> String {
        history(&case.entries, &case.audience, &cities(), full, say)
    }

    #[test]
    fn storage_is_told_in_words() {
        let say = Catalogue::new(Lang::Zh);
        let city = |code: &str| code.parse::<DivisionCode>().expect("a code");
        let check = |there: &[&str], audience: &[&str], expected: &str| {
            let entry = EntryRow {
                stored: there.iter().map(|code| city(code)).collect(),
                ..entry()
            };
            let audience: Vec<_> = audience.iter().map(|code| city(code)).collect();
            assert_eq!(stored(&entry, &audience, &cities(), &say), expected);
        };
        check(&["350700"], &["330800", "350700"], "两市均已存");
        check(&[], &["330800", "350700"], "待存：南平市");
        check(&[], &["330800"], "本市已存");
        check(
            &["350700", "341000"],
            &["330800", "350700", "341000"],
            "各市均已存",
        );
    }

    #[test]
    fn an_entry_that_does_not_stand_says_why() {
        let say = Catalogue::new(Lang::Zh);
        let denied = EntryRow {
            status: "denied".to_owned(),
            code: Some(Code::Grant),
            by: Some("cd".repeat(32)),
            text: String::new(),
            details: Default::default(),
            ..entry()
        };
        let text = content(&denied, &cities(), false, &say);
        assert!(text.starts_with("✗ 不予认可 "), "{text}");
        assert!(text.ends_with("[E_GRANT] ← cdcdcdcdcdcd"), "{text}");
    }

    #[test]
    fn details_are_in_words() {
        let say = Catalogue::new(Lang::Zh);
        let check = |name: &str, value: &str, expected: &str| {
            assert_eq!(detail("decide", name, value, &cities(), &say), expected);
        };
        check("result", "failed", "结果 不符");
        check("sso", "yes", "单点登录 是");
        check("electronic", "no", "电子证照 否");
        check("outcome", "refused", "决定 不予");
        check("to", "350700", "送至 南平市");
        check("defects", "M1=expired,M2=missing", "问题 M1 过期、M2 缺失");
        check("materials", "M1:1,M2:2", "材料 M1×1、M2×2");
        let proven = "M1:1=signed,M2:2=cert/营业执照/330800";
        check(
            "materials",
            proven,
            "材料 M1×1（电子签名）、M2×2（电子证照 营业执照，330800）",
        );
        check("means", "phone", "方式 电话");
        check(
            "result",
            "E_GRANT",
            &format!("结果 {}", output::message("E_GRANT", &say)),
        );
        check("colour", "red", "colour red");
        check("about", "350700", "对象 南平市");
        check("to", "applicant", "送至 申请人");
        check("kind", "expert-review", "种类 专家评审");
        check("kind", "社会保障卡", "种类 社会保障卡");
        check("step", "called-back", "环节 已回访");
        check("step", "S2", "环节 S2");
        check("level", "5", "评价 非常不满意");
        check("visit", "0", "到窗口次数 网上");
        check("different", "", "不一致 无");
        check(
            "papers",
            "M1:2x18,M2:1x1",
            "清单 M1 2 份×18 页、M2 1 份×1 页",
        );
        check("papers", "M2:1x2!", "清单 M2 原件 1 份×2 页");
    }

    #[test]
    fn what_the_node_did_by_itself_is_said() {
        let say = Catalogue::new(Lang::Zh);
        let mut refused = entry();
        refused.act = "withdraw-refuse".to_owned();
        assert_eq!(officer(&refused, &say), "QZ-0117");
        refused.officer = String::new();
        assert_eq!(officer(&refused, &say), "系统");
    }

    #[test]
    fn a_result_is_told_in_the_words_of_its_act() {
        let say = Catalogue::new(Lang::Zh);
        let check = |act: &str, value: &str, expected: &str| {
            assert_eq!(detail(act, "result", value, &cities(), &say), expected);
        };
        check("id-check", "passed", "结果 相符");
        check("pre-review", "passed", "结果 通过");
        check("confirm-answer", "no", "结果 不属实");
        check("commitment-checked", "broken", "结果 未补交");
    }

    #[test]
    fn the_table_fits_the_terminal_and_has_officers() {
        let say = Catalogue::new(Lang::Zh);
        let text = drawn(&case(), false, &say);
        assert!(
            text.lines()
                .all(|line| line.width() <= usize::from(COLUMNS)),
            "{text}"
        );
        assert!(
            text.contains("经办人") && text.contains("QZ-0117"),
            "{text}"
        );
        assert!(
            !text.contains("abababab") && !text.contains("指南版本"),
            "{text}"
        );
        assert!(text.ends_with("存储：两市均已存\n"), "{text}");
        let mut late = case();
        late.entries.push(EntryRow {
            stored: Vec::new(),
            ..entry()
        });
        let both = drawn(&late, false, &say);
        assert!(
            both.contains("待存：南平市") && both.contains("两市均已存"),
            "{both}"
        );
        let text = drawn(&case(), true, &say);
        assert!(text.contains(&"ab".repeat(32)), "{text}");
    }
}
