//! What the manuals print is true: their terms are terms, their commands parse.

use std::ffi::OsString;
use std::path::Path;

use tongban_ledger::command::decide::SubjectTerms;
use tongban_ledger::number::CaseNo;

use super::Given;
use crate::catalogue::{Catalogue, Lang};
use crate::{files, help};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name);
    std::fs::read_to_string(path).expect(name)
}

#[test]
fn the_terms_in_the_manuals_are_terms() {
    for name in ["operations.md", "operations.zh-CN.md"] {
        let text = page(name);
        let block = text.split("```toml\n").nth(1).expect(name);
        let block = block.split("```").next().expect(name);
        let terms = files::terms("terms.toml", &mut Given::text(block)).expect(name);
        assert_eq!(
            (terms.items.len(), terms.guides[0].requirements.len()),
            (1, 3)
        );
    }
}

#[test]
fn the_reallocations_in_the_manuals_are_proposals() {
    let pages = ["operations.md", "operations.zh-CN.md", "month-end.zh-CN.md"];
    for name in pages {
        let text = page(name);
        let mut blocks = text.split("```toml").skip(1);
        let block = blocks.find(|block| block.contains("\n[subject.reallocation]\n"));
        let block = block.and_then(|block| block.split("```").next());
        let (_, block) = block.and_then(|block| block.split_once('\n')).expect(name);
        let proposal = files::proposal("p.toml", &mut Given::text(block)).expect(name);
        let SubjectTerms::Reallocation(of) = &proposal.subject else {
            panic!("{name}: {proposal:?}");
        };
        assert_eq!(of.shares.values().sum::<i64>(), 3_800, "{name}");
    }
}

#[test]
fn the_commands_in_the_manuals_parse() {
    let say = Catalogue::new(Lang::Zh);
    let mut count = 0;
    for word in page("clerk.zh-CN.md").split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        if word.starts_with("TB-") {
            word.parse::<CaseNo>().expect(word);
        }
    }
    for name in ["clerk.zh-CN.md", "operations.zh-CN.md"] {
        let text = page(name).replace("\\\n", " ");
        for line in text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("$ tongban "))
        {
            let line = line.split('#').next().expect("a part");
            let arguments: Vec<OsString> = std::iter::once("tongban")
                .chain(line.split_whitespace())
                .map(OsString::from)
                .collect();
            let parsed = help::command(&say).try_get_matches_from(arguments);
            assert!(parsed.is_ok(), "{name}: {line}: {:?}", parsed.err());
            count += 1;
        }
    }
    assert!(count > 20, "only {count} commands were found");
}

#[test]
fn the_commands_of_a_day_and_of_a_month_end_parse() {
    let say = Catalogue::new(Lang::Zh);
    let mut count = 0;
    for name in ["clerk-day.zh-CN.md", "month-end.zh-CN.md"] {
        let text = page(name);
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some((city, line)) = line.split_once("$ tongban ") else {
                continue;
            };
            // What the program does not know is typed on purpose, and shows the hint.
            if lines.peek().is_some_and(|said| said.contains("[E_USAGE]")) {
                continue;
            }
            assert!(!city.contains(' '), "{name}: {line}");
            let arguments = std::iter::once("tongban").chain(line.split_whitespace());
            let parsed = help::command(&say).try_get_matches_from(arguments);
            assert!(parsed.is_ok(), "{name}: {line}: {:?}", parsed.err());
            count += 1;
        }
    }
    assert!(count > 80, "only {count} commands were found");
}
