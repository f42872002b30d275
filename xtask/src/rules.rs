//! `cargo xtask test rules`: which test shows which rule of the domain.
//!
//! `docs/rules.csv` lists the rules that this software keeps, by number and priority. A test names the rules that it
//! shows in the doc comment right above it, as `/// R-075, R-076: …`. A rule that no test names fails the run.
//!
//! The rules of reports, of attachments and of erasure are not in the list yet: they come with
//! the parts that they are about.

use std::collections::BTreeMap;
use std::path::Path;

use crate::paths;
use crate::step::{Failure, say};

const RULES: &str = "docs/rules.csv";
/// Folders with Rust sources.
const SOURCES: [&str; 5] = ["crates", "node", "cli", "tests", "xtask"];

/// A row of the list.
struct Rule {
    number: String,
    priority: String,
    title: String,
}

/// Prints each rule with its tests.
pub fn run() -> Result<(), Failure> {
    let root = paths::root();
    let path = root.join(RULES);
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failure::io(path.display(), &error))?;
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in SOURCES {
        walk(&root.join(folder), &mut named)?;
    }
    let mut missing = Vec::new();
    for rule in rules(&text) {
        let tests = named.get(&rule.number).map(|tests| tests.join(", "));
        if tests.is_none() {
            missing.push(rule.number.clone());
        }
        let tests = tests.unwrap_or_else(|| "—".to_owned());
        println!("{} {} {}: {tests}", rule.number, rule.priority, rule.title);
    }
    if missing.is_empty() {
        say("every rule has a test that names it");
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} rules have no test that names them: {}",
        missing.len(),
        missing.join(" ")
    )))
}

fn rules(text: &str) -> Vec<Rule> {
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut fields = line.splitn(4, ',');
        let number = fields.next()?.to_owned();
        let priority = fields.next()?.to_owned();
        let title = fields.nth(1)?.trim_matches('"').to_owned();
        Some(Rule {
            number,
            priority,
            title,
        })
    });
    rows.collect()
}

fn walk(folder: &Path, named: &mut BTreeMap<String, Vec<String>>) -> Result<(), Failure> {
    let listed =
        std::fs::read_dir(folder).map_err(|error| Failure::io(folder.display(), &error))?;
    let mut paths: Vec<_> = listed
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, named)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::io(path.display(), &error))?;
            for (rule, test) in tests_of(&text) {
                named.entry(rule).or_default().push(test);
            }
        }
    }
    Ok(())
}

/// The rules that tests of a file name, each with the test.
fn tests_of(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        if let Some(words) = line.strip_prefix("///") {
            comment.push_str(words);
        } else if line.starts_with("#[") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
        } else {
            let name = line
                .strip_prefix("fn ")
                .or_else(|| line.strip_prefix("async fn "));
            if let (Some(name), true) = (name, is_test) {
                let name = name.split('(').next().unwrap_or(name);
                found.extend(numbers(&comment).map(|rule| (rule, name.to_owned())));
            }
            comment.clear();
            is_test = false;
        }
    }
    found
}

/// The rule numbers in some words; `R-006 to R-009` names the two ends alone.
fn numbers(words: &str) -> impl Iterator<Item = String> {
    let pieces = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let rule = |piece: &&str| {
        piece.len() == 5
            && piece.starts_with("R-")
            && piece[2..].bytes().all(|digit| digit.is_ascii_digit())
    };
    pieces.filter(rule).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_above_tests_alone() {
        let text = "/// R-075, R-076 (SC-2): told once.\n#[test]\nfn told_once() {}\n\
                    /// R-099: no test.\nfn helper() {}\n\
                    /// R-100: one more.\n#[tokio::test]\nasync fn served() {}\n";
        let found: Vec<(String, String)> = tests_of(text);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(rule, test)| (rule.as_str(), test.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("R-075", "told_once"),
                ("R-076", "told_once"),
                ("R-100", "served")
            ]
        );
    }

    #[test]
    fn the_list_of_rules_can_be_read() {
        let text = std::fs::read_to_string(paths::root().join(RULES)).expect("the list");
        let rules = rules(&text);
        assert_eq!(rules.len(), 87);
        let sound = |rule: &Rule| {
            rule.number.len() == 5
                && ["P1", "P2", "P3"].contains(&rule.priority.as_str())
                && !rule.title.is_empty()
        };
        assert!(rules.iter().all(sound));
        assert!(rules.is_sorted_by(|one, other| one.number < other.number));
    }
}
