//! Guides as a table: for each guide a row for every material, element and other field.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::agreement::{
    ApplyWay, Element, Filed, Form, Guide, GuideTexts, Requirement, Source, Transfer, VerifyBy,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::command::GuideTerms;

use super::items::modes;
use super::{Column, Row, named, shown, tick};
use crate::catalogue::{Catalogue, Lang};
use crate::error::CliError;
use crate::rule::Rule;

const COLUMNS: [Column; 15] = [
    ("item", "事项基本编码"),
    ("version", "指南版本"),
    ("effective", "生效日期"),
    ("kind", "类别"),
    ("key", "编号"),
    ("text", "内容"),
    ("must", "必交"),
    ("original", "验原件"),
    ("post", "寄原件"),
    ("form", "材料形式"),
    ("copies", "份数"),
    ("source", "来源"),
    ("condition", "条件"),
    ("sample_ref", "样本"),
    ("verify_by", "核验方式"),
];

const KINDS: [(&str, &str); 3] = [("material", "材料"), ("element", "要素"), ("field", "其他")];
const FIELDS: [(&str, &str); 8] = [
    ("id-check", "人证核验"),
    ("modes", "办理模式"),
    ("apply-ways", "申请方式"),
    ("channels", "材料传输渠道"),
    ("one-way-because", "只有一种申请方式的理由"),
    ("filed-by", "备案单位"),
    ("filed-on", "备案日期"),
    ("file-no", "备案号"),
];
const FORMS: [(&str, &str); 4] = [
    ("original", "原件"),
    ("copy", "复印件"),
    ("e-file", "电子件"),
    ("form", "表格"),
];
const SOURCES: [(&str, &str); 3] = [
    ("applicant", "申请人"),
    ("government", "政府部门"),
    ("third", "第三方"),
];
const VERIFIES: [(&str, &str); 3] = [
    ("data-share", "数据共享"),
    ("e-cert", "电子证照"),
    ("original", "原件"),
];

/// Writes guides.
///
/// # Errors
/// As [`super::write`].
pub fn write(guides: &[GuideTerms]) -> Result<Vec<u8>, CliError> {
    let zh = Catalogue::new(Lang::Zh);
    let rows: Vec<Vec<String>> = guides.iter().flat_map(|guide| rows(guide, &zh)).collect();
    super::write(&COLUMNS, &rows)
}

fn rows(guide: &GuideTerms, zh: &Catalogue) -> Vec<Vec<String>> {
    let head = |kind: &str, key: &str, text: &str| {
        let version = guide.version.to_string();
        let effective = guide.effective.to_string();
        let kind = KINDS.iter().find(|(word, _)| *word == kind);
        let kind = kind.map_or("", |(_, zh)| zh);
        let cells = [&guide.item, &version, &effective, kind, key, text];
        cells.map(str::to_owned).to_vec()
    };
    let padded = |mut row: Vec<String>| {
        row.resize(COLUMNS.len(), String::new());
        row
    };
    let field = |key: &str, text: &str| head("field", named_field(key), text);
    let mut rows = vec![padded(field("id-check", &tick(guide.id_check)))];
    for need in &guide.requirements {
        let mut row = head("material", &need.id, &need.name);
        row.extend([
            tick(need.must),
            tick(need.original),
            tick(need.post),
            need.form
                .map(|form| shown(&form, &FORMS))
                .unwrap_or_default(),
            need.copies
                .map(|copies| copies.to_string())
                .unwrap_or_default(),
            need.source
                .map(|source| shown(&source, &SOURCES))
                .unwrap_or_default(),
            need.condition.clone().unwrap_or_default(),
            need.sample_ref.clone().unwrap_or_default(),
            need.verify_by
                .map(|by| shown(&by, &VERIFIES))
                .unwrap_or_default(),
        ]);
        rows.push(row);
    }
    let Some(texts) = &guide.texts else {
        return rows;
    };
    for (element, text) in &texts.elements {
        let name = chinese("element", element.name(), zh);
        rows.push(padded(head("element", &name, text)));
    }
    let modes: String = texts.modes.iter().map(|mode| mode.name()).collect();
    let ways = texts.apply_ways.iter();
    let ways: Vec<String> = ways.map(|way| chinese("way", way.name(), zh)).collect();
    let channels = texts.channels.iter();
    let channels: Vec<String> = channels
        .map(|one| chinese("transfer", one.name(), zh))
        .collect();
    let mut fields = vec![
        ("modes", modes),
        ("apply-ways", ways.join("、")),
        ("channels", channels.join("、")),
    ];
    let reason = texts.one_way_because.iter();
    fields.extend(reason.map(|reason| ("one-way-because", reason.clone())));
    if let Some(filed) = &texts.filed {
        fields.push(("filed-by", filed.by.clone()));
        fields.push(("filed-on", filed.on.to_string()));
        fields.push(("file-no", filed.file_no.clone()));
    }
    let fields = fields.into_iter();
    rows.extend(fields.map(|(key, text)| padded(field(key, &text))));
    rows
}

/// The Chinese for a word of the protocol, from the catalogue.
fn chinese(kind: &str, word: &str, zh: &Catalogue) -> String {
    zh.term(kind, word)
}

/// The Chinese name of a field that is neither a material nor an element.
fn named_field(key: &str) -> &'static str {
    let field = FIELDS.iter().find(|(word, _)| *word == key);
    field.map_or("", |(_, zh)| zh)
}

/// The word of the protocol for what was written in a list of words.
fn worded<T: Copy>(
    text: &str,
    kind: &str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
    zh: &Catalogue,
) -> Option<T> {
    let fits = |one: &&T| name(one) == text || chinese(kind, name(one), zh) == text;
    all.iter().find(fits).copied()
}

/// A guide that is being read, and where it begins.
struct Draft<'a> {
    guide: GuideTerms,
    first: Row<'a>,
    fields: BTreeMap<String, Row<'a>>,
}

/// Reads guides, and checks each as the node will.
///
/// # Errors
/// `E_ARGUMENT` with line and column; for a whole guide also the empty element.
pub fn read(file: &str, text: &str) -> Result<Vec<GuideTerms>, CliError> {
    let zh = Catalogue::new(Lang::Zh);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for row in super::read(file, text, &COLUMNS)? {
        let item = row.needed("item")?;
        let version: Option<u32> = row.parsed("version")?;
        let version = version.ok_or_else(|| row.mistake("version", Rule::MissingKey))?;
        let known = |draft: &Draft<'_>| draft.guide.item == item && draft.guide.version == version;
        let at = match drafts.iter().position(known) {
            Some(at) => at,
            None => {
                drafts.push(begin(item, version, &row, file)?);
                drafts.len() - 1
            }
        };
        add(&mut drafts[at], row, &zh)?;
    }
    drafts.into_iter().map(|draft| finish(draft, &zh)).collect()
}

fn begin<'a>(
    item: String,
    version: u32,
    row: &Row<'a>,
    file: &'a str,
) -> Result<Draft<'a>, CliError> {
    let effective: Option<Day> = row.parsed("effective")?;
    let guide = GuideTerms {
        item,
        owners: Vec::new(),
        version,
        effective: effective.ok_or_else(|| row.mistake("effective", Rule::MissingKey))?,
        id_check: false,
        requirements: Vec::new(),
        texts: None,
    };
    let first = Row {
        file,
        line: row.line,
        cells: BTreeMap::new(),
    };
    Ok(Draft {
        guide,
        first,
        fields: BTreeMap::new(),
    })
}

fn add<'a>(draft: &mut Draft<'a>, row: Row<'a>, zh: &Catalogue) -> Result<(), CliError> {
    let key = row.needed("key")?;
    match named(row.text("kind"), &KINDS) {
        Some("material") => draft.guide.requirements.push(Requirement {
            id: key,
            name: row.needed("text")?,
            must: row.yes("must")?,
            original: row.yes("original")?,
            post: row.yes("post")?,
            form: row.word::<Form>("form", &FORMS)?,
            copies: row.parsed("copies")?,
            source: row.word::<Source>("source", &SOURCES)?,
            condition: optional(row.text("condition")),
            sample_ref: optional(row.text("sample_ref")),
            verify_by: row.word::<VerifyBy>("verify_by", &VERIFIES)?,
        }),
        Some("element") => {
            let element = Element::ALL.iter().find(|element| {
                element.name() == key || chinese("element", element.name(), zh) == key
            });
            let element = element.ok_or_else(|| row.mistake("key", Rule::BadValue))?;
            let texts = draft.guide.texts.get_or_insert_with(GuideTexts::default);
            let text = row.text("text").to_owned();
            if texts.elements.insert(*element, text).is_some() {
                return Err(row.mistake("key", Rule::BadValue));
            }
        }
        Some("field") => {
            let Some(word) = named(&key, &FIELDS).filter(|word| !draft.fields.contains_key(*word))
            else {
                return Err(row.mistake("key", Rule::BadValue));
            };
            draft.fields.insert(word.to_owned(), row);
        }
        _ => return Err(row.mistake("kind", Rule::BadValue)),
    }
    Ok(())
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn finish(draft: Draft<'_>, zh: &Catalogue) -> Result<GuideTerms, CliError> {
    let Draft {
        mut guide,
        first,
        fields,
    } = draft;
    let mut filed = BTreeMap::new();
    for (key, row) in &fields {
        let bad = || row.mistake("text", Rule::BadValue);
        let list = || {
            row.text("text")
                .split(['、', ',', '，', ' '])
                .filter(|word| !word.is_empty())
        };
        if key == "id-check" {
            guide.id_check = row.yes("text")?;
            continue;
        }
        let texts = guide.texts.get_or_insert_with(GuideTexts::default);
        match key.as_str() {
            "modes" => texts.modes = modes(row, "text")?,
            "apply-ways" => {
                let way = |text| worded(text, "way", &ApplyWay::ALL, |way| way.name(), zh);
                let ways: Option<Vec<ApplyWay>> = list().map(way).collect();
                texts.apply_ways = ways.ok_or_else(bad)?;
            }
            "channels" => {
                let one = |text| worded(text, "transfer", &Transfer::ALL, |one| one.name(), zh);
                let channels: Option<Vec<Transfer>> = list().map(one).collect();
                texts.channels = channels.ok_or_else(bad)?;
            }
            "one-way-because" => texts.one_way_because = optional(row.text("text")),
            "filed-by" | "filed-on" | "file-no" => {
                filed.insert(key.as_str(), row);
            }
            _ => return Err(row.mistake("key", Rule::BadValue)),
        }
    }
    if let (Some(texts), Some(by)) = (&mut guide.texts, filed.get("filed-by")) {
        let on = filed
            .get("filed-on")
            .map(|row| row.parsed("text"))
            .transpose()?;
        let number = filed
            .get("file-no")
            .map(|row| row.needed("text"))
            .transpose()?;
        texts.filed = Some(Filed {
            by: by.needed("text")?,
            on: on
                .flatten()
                .ok_or_else(|| first.mistake("filed-on", Rule::MissingKey))?,
            file_no: number.ok_or_else(|| first.mistake("file-no", Rule::MissingKey))?,
        });
    }
    let whole = Guide {
        item: guide.item.clone(),
        owner: CityId([0; 32]),
        version: guide.version,
        effective: guide.effective,
        requirements: guide.requirements.clone(),
        id_check: guide.id_check,
        texts: guide.texts.clone(),
    };
    match whole.check() {
        Ok(()) => Ok(guide),
        Err(fault) => Err(first.mistake(&fault.part, Rule::MissingKey)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::whole_guide;

    fn terms() -> GuideTerms {
        let guide = whole_guide();
        GuideTerms {
            item: guide.item,
            owners: Vec::new(),
            version: guide.version,
            effective: guide.effective,
            id_check: guide.id_check,
            requirements: guide.requirements,
            texts: guide.texts,
        }
    }

    fn written(guides: &[GuideTerms]) -> String {
        String::from_utf8(write(guides).expect("memory")).expect("UTF-8")
    }

    /// No word of the protocol stands in a table for people; those of earlier tables are still read.
    #[test]
    fn a_table_has_chinese_words_and_reads_both() {
        let guide = terms();
        let text = written(std::slice::from_ref(&guide));
        for word in [
            "fees",
            "apply-ways",
            "modes",
            "id-check",
            "online",
            "platform",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        assert!(
            text.contains("收费情况") && text.contains("申请方式"),
            "{text}"
        );
        let old = text
            .replace("收费情况", "fees")
            .replace("申请方式", "apply-ways");
        assert_eq!(read("g.csv", &old).expect("guides"), [guide]);
    }

    #[test]
    fn guides_come_back_from_their_table() {
        let short = GuideTerms {
            version: 9,
            texts: None,
            ..terms()
        };
        let text = written(&[terms(), short.clone()]);
        assert_eq!(read("g.csv", &text).expect("guides"), [terms(), short]);
    }

    /// importing a guide with an empty mandatory element fails and names the element and the line.
    #[test]
    fn an_empty_element_is_named_by_line() {
        let mut guide = terms();
        let texts = guide.texts.as_mut().expect("a whole guide");
        texts.elements.remove(&Element::Fees);
        let text = written(&[guide]);
        let error = read("g.csv", &text).expect_err("a mistake");
        assert_eq!(error.about(), "g.csv:2:fees");
    }

    #[test]
    fn mistakes_are_told_by_line_and_column() {
        let head = "item,version,effective,kind,key,text,must,form\n";
        let place = |row: &str| {
            let text = format!("{head}{row}\n");
            read("g.csv", &text).expect_err("a mistake").about()
        };
        assert_eq!(place("I-1,x,2026-01-01,材料,M1,表,是,"), "g.csv:2:version");
        assert_eq!(
            place("I-1,1,2026-13-01,材料,M1,表,是,"),
            "g.csv:2:effective"
        );
        assert_eq!(place("I-1,1,2026-01-01,东西,M1,表,是,"), "g.csv:2:kind");
        assert_eq!(place("I-1,1,2026-01-01,要素,颜色,表,,"), "g.csv:2:key");
        assert_eq!(place("I-1,1,2026-01-01,材料,M1,表,是,石碑"), "g.csv:2:form");
    }
}
