//! Checks that each invariant of `ARCHITECTURE.md` names a check that exists. Whether the check is good enough,
//! people have to judge.

use std::collections::BTreeSet;

use super::markdown::code_spans;
use super::tree::{File, Tree};
use super::{ARCHITECTURE, Finding};

/// How far above a function its `#[test]` may stand, in lines: other attributes and a comment fit between.
const ATTRIBUTE_LINES: usize = 8;

struct Invariant {
    line: usize,
    name: String,
    text: String,
}

pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.file(ARCHITECTURE) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    for invariant in parse(&page.text) {
        let mut report =
            |message| findings.push(Finding::new(ARCHITECTURE, invariant.line, message));
        if !names.insert(invariant.name.clone()) {
            report(format!(
                "invariant {} stands here a second time",
                invariant.name
            ));
        }
        let checks = invariant
            .text
            .split_once("Check:")
            .map(|(_, checks)| code_spans(checks))
            .unwrap_or_default();
        if checks.is_empty() {
            report(format!(
                "invariant {} names no check: end it with Check: and a test in backticks",
                invariant.name
            ));
        }
        for named in checks {
            if !check_exists(tree, named) {
                report(format!(
                    "invariant {} names the check `{named}`, which does not exist",
                    invariant.name
                ));
            }
        }
    }
    findings
}

fn parse(text: &str) -> Vec<Invariant> {
    let mut invariants: Vec<Invariant> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("- **I-") {
            let name = rest
                .split("**")
                .next()
                .unwrap_or_default()
                .trim_end_matches(['.', ':']);
            invariants.push(Invariant {
                line: index + 1,
                name: format!("I-{name}"),
                text: line.to_string(),
            });
            open = true;
        } else if open && line.starts_with([' ', '\t']) {
            if let Some(invariant) = invariants.last_mut() {
                invariant.text.push(' ');
                invariant.text.push_str(line.trim());
            }
        } else {
            open = false;
        }
    }
    invariants
}

fn check_exists(tree: &Tree, named: &str) -> bool {
    if named == "cargo xtask tidy" {
        return true;
    }
    if named.ends_with("clippy.toml") {
        return tree.file(named).is_some();
    }
    match named.rsplit_once("::") {
        Some((path, function)) if path.ends_with(".rs") => {
            tree.file(path).is_some_and(|file| has_test(file, function))
        }
        Some((_, function)) => tree.rust().any(|file| has_test(file, function)),
        None => tree.rust().any(|file| has_test(file, named)),
    }
}

/// Whether the file defines a function of this name under a test attribute.
fn has_test(file: &File, function: &str) -> bool {
    let definition = format!("fn {function}(");
    let lines: Vec<&str> = file.text.lines().collect();
    lines.iter().enumerate().any(|(index, line)| {
        line.contains(&definition)
            && lines[index.saturating_sub(ATTRIBUTE_LINES)..index]
                .iter()
                .rev()
                .take_while(|line| !line.starts_with('}') && !line.contains("fn "))
                .any(|line| line.trim_start().starts_with("#[") && line.contains("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    const CODE: &str = "//! x\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn holds_once() {}\n\n    fn helper() {}\n}\n";

    fn check_page(page: &str) -> Vec<String> {
        let tree = Tree::of(&[
            (ARCHITECTURE, page),
            ("crates/sync/src/gate.rs", CODE),
            ("crates/sync/clippy.toml", ""),
        ]);
        shown(&check(&tree))
    }

    #[test]
    fn named_checks_are_found_in_every_form() {
        assert_eq!(
            check_page(
                "- **I-custody**: one holder of `Case`.\n  Check: `holds_once`,\n  `crates/sync/src/gate.rs::holds_once`, `gate::tests::holds_once`.\n\
                 - **I-pure.** Check: `cargo xtask tidy`, `crates/sync/clippy.toml`\n"
            ),
            [""; 0]
        );
    }

    #[test]
    fn check_that_is_gone_is_found() {
        let expected = "ARCHITECTURE.md:2: invariant I-custody names the check `held_twice`, which does not exist";
        assert_eq!(
            check_page("# A\n- **I-custody**: text. Check: `held_twice`\n"),
            [expected]
        );
        for gone in [
            "helper",
            "crates/sync/src/gone.rs::holds_once",
            "crates/gone/clippy.toml",
        ] {
            assert_eq!(
                check_page(&format!("- **I-x** Check: `{gone}`\n")).len(),
                1,
                "{gone}"
            );
        }
    }

    #[test]
    fn invariant_without_check_is_found() {
        let found = check_page("- **I-custody**: held by `holds_once`.\n\nCheck: `holds_once`\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("names no check"));
    }

    #[test]
    fn double_name_is_found() {
        let found =
            check_page("- **I-a**: x. Check: `holds_once`\n- **I-a**: y. Check: `holds_once`\n");
        assert_eq!(
            found,
            ["ARCHITECTURE.md:2: invariant I-a stands here a second time"]
        );
    }
}
