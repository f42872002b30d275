//! Checks that what the pages name exists: paths in backticks. Links and prose are not looked at.

use super::Finding;
use super::tree::Tree;

/// A span in backticks that starts with one of these is a path of the repository.
const ROOTS: &[&str] = &[
    "crates/",
    "node/",
    "cli/",
    "tests/",
    "xtask/",
    "docs/",
    "scenarios/",
    ".ci/",
    ".cargo/",
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        if !is_page(&file.path) {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for path in code_spans(line).into_iter().filter_map(named_path) {
                if !tree.exists(path) {
                    findings.push(Finding::new(
                        &file.path,
                        index + 1,
                        format!("`{path}` does not exist"),
                    ));
                }
            }
        }
    }
    findings
}

fn is_page(path: &str) -> bool {
    path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/"))
}

/// The path that a span names, without a line number or the name of an item in it; `None` for patterns, commands
/// and everything else.
fn named_path(span: &str) -> Option<&str> {
    let path = span.split("::").next().unwrap_or(span);
    let path = path.split([':', '#']).next().unwrap_or(path);
    let literal = !path.contains(['*', '<', '{', '…', ' ']);
    (literal && ROOTS.iter().any(|root| path.starts_with(root))).then_some(path)
}

/// The texts between single backticks in one line.
pub fn code_spans(line: &str) -> Vec<&str> {
    if line.trim_start().starts_with("```") {
        return Vec::new();
    }
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| !span.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn check_page(text: &str) -> Vec<String> {
        shown(&check(&Tree::of(&[
            ("README.md", text),
            ("crates/sync/src/gate.rs", ""),
        ])))
    }

    #[test]
    fn existing_paths_pass() {
        assert_eq!(
            check_page(
                "`crates/sync/src/gate.rs`, `crates/sync`, `crates/sync/src/gate.rs:12`, `crates/sync/src/gate.rs::admit`\n"
            ),
            [""; 0]
        );
    }

    #[test]
    fn missing_path_is_found_with_its_line() {
        assert_eq!(
            check_page("text\nsee `crates/sync/src/gone.rs`\n"),
            ["README.md:2: `crates/sync/src/gone.rs` does not exist"]
        );
    }

    #[test]
    fn patterns_and_commands_are_no_paths() {
        assert_eq!(
            check_page("`crates/*`, `cargo test`, `docs/<name>.md`, `scenarios/a b`\n"),
            [""; 0]
        );
    }

    #[test]
    fn only_our_pages_are_read() {
        let tree = Tree::of(&[
            ("crates/sync/README.md", "`docs/gone.md`"),
            ("docs/a.md", "`docs/gone.md`"),
        ]);
        assert_eq!(
            shown(&check(&tree)),
            ["docs/a.md:1: `docs/gone.md` does not exist"]
        );
    }
}
