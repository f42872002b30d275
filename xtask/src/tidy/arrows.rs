//! Checks that packages depend on each other only as `ARCHITECTURE.md` says. Dependencies of tests are free.

use std::collections::BTreeMap;

use super::tree::Tree;
use super::{ARCHITECTURE, Finding};
use crate::metadata::{Metadata, Package};

/// One line of the `arrows` block.
struct Arrow {
    line: usize,
    allowed: Vec<String>,
}

pub fn check(tree: &Tree, metadata: &Metadata) -> Vec<Finding> {
    let Some(page) = tree.file(ARCHITECTURE) else {
        return vec![Finding::new(
            ARCHITECTURE,
            1,
            "is missing; the arrows between packages stand there",
        )];
    };
    let members: Vec<&Package> = metadata.members().collect();
    let mut findings = Vec::new();
    let arrows = parse(&page.text, &mut findings);
    let names: Vec<&str> = members.iter().map(|package| short(&package.name)).collect();
    for package in &members {
        let Some(arrow) = arrows.get(short(&package.name)) else {
            let message = format!(
                "package `{}` has no line in the arrows block",
                short(&package.name)
            );
            findings.push(Finding::new(ARCHITECTURE, 1, message));
            continue;
        };
        for dependency in &package.dependencies {
            let target = short(&dependency.name);
            let inside = dependency.kind.as_deref() != Some("dev") && names.contains(&target);
            if inside && !arrow.allowed.iter().any(|allowed| allowed == target) {
                let message = format!(
                    "`{}` depends on `{target}`, which its line does not allow",
                    short(&package.name)
                );
                findings.push(Finding::new(ARCHITECTURE, arrow.line, message));
            }
        }
    }
    for (from, arrow) in &arrows {
        for name in std::iter::once(from).chain(&arrow.allowed) {
            if !names.contains(&name.as_str()) {
                findings.push(Finding::new(
                    ARCHITECTURE,
                    arrow.line,
                    format!("there is no package `{name}`"),
                ));
            }
        }
    }
    findings
}

/// Package names without the prefix that all of ours share.
fn short(name: &str) -> &str {
    name.strip_prefix("tongban-").unwrap_or(name)
}

fn parse(text: &str, findings: &mut Vec<Finding>) -> BTreeMap<String, Arrow> {
    let mut arrows = BTreeMap::new();
    let mut inside = false;
    let mut seen = false;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        if line.trim_start().starts_with("```") {
            inside = !inside && line.trim() == "```arrows";
            seen |= inside;
            continue;
        }
        if !inside || line.trim().is_empty() {
            continue;
        }
        let Some((from, to)) = line.split_once(':') else {
            findings.push(Finding::new(
                ARCHITECTURE,
                line_number,
                "an arrow reads `package: dependencies`",
            ));
            continue;
        };
        let arrow = Arrow {
            line: line_number,
            allowed: to.split_whitespace().map(str::to_string).collect(),
        };
        if arrows.insert(from.trim().to_string(), arrow).is_some() {
            let message = format!("package `{}` has a second line", from.trim());
            findings.push(Finding::new(ARCHITECTURE, line_number, message));
        }
    }
    if !seen {
        findings.push(Finding::new(
            ARCHITECTURE,
            1,
            "has no fenced block tagged `arrows`",
        ));
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn metadata() -> Metadata {
        serde_json::from_str(
            r#"{"workspace_members": ["l", "s", "x"], "packages": [
            {"id": "l", "name": "tongban-ledger", "version": "0.1.0", "manifest_path": "/w/l/Cargo.toml", "dependencies": []},
            {"id": "s", "name": "tongban-sync", "version": "0.1.0", "manifest_path": "/w/s/Cargo.toml", "dependencies": [
                {"name": "tongban-ledger", "kind": null}, {"name": "xtask", "kind": "dev"}, {"name": "serde", "kind": null}]},
            {"id": "x", "name": "xtask", "version": "0.1.0", "manifest_path": "/w/x/Cargo.toml", "dependencies": []},
            {"id": "o", "name": "serde", "version": "1.0.0", "manifest_path": "/r/o/Cargo.toml", "dependencies": []}]}"#,
        )
        .unwrap()
    }

    fn check_page(page: &str) -> Vec<String> {
        shown(&check(&Tree::of(&[(ARCHITECTURE, page)]), &metadata()))
    }

    #[test]
    fn allowed_arrows_pass() {
        assert_eq!(
            check_page("# A\n```arrows\nledger:\nsync: ledger\nxtask:\n```\n"),
            [""; 0]
        );
    }

    #[test]
    fn forbidden_arrow_is_found() {
        assert_eq!(
            check_page("```arrows\nledger:\nsync:\nxtask:\n```\n"),
            ["ARCHITECTURE.md:3: `sync` depends on `ledger`, which its line does not allow"]
        );
    }

    #[test]
    fn missing_stale_and_double_lines_are_found() {
        assert_eq!(
            check_page("```arrows\nsync: ledger mesh\nsync: ledger\nxtask\nledger:\n```\n"),
            [
                "ARCHITECTURE.md:3: package `sync` has a second line",
                "ARCHITECTURE.md:4: an arrow reads `package: dependencies`",
                "ARCHITECTURE.md:1: package `xtask` has no line in the arrows block",
            ]
        );
        assert_eq!(
            check_page("```arrows\nsync: ledger mesh\nxtask:\nledger:\n```\n"),
            ["ARCHITECTURE.md:2: there is no package `mesh`"]
        );
    }

    #[test]
    fn page_without_block_is_found() {
        assert_eq!(
            check_page("# A\n")[0],
            "ARCHITECTURE.md:1: has no fenced block tagged `arrows`"
        );
        assert_eq!(check(&Tree::of(&[]), &metadata()).len(), 1);
    }
}
