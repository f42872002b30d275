//! Checks on packages: inherited lints, purity, the shared clippy rules of the pure crates, the number of
//! dependencies. What depends on what inside the workspace stands in `arrows.rs`.

use super::tree::Tree;
use super::{Finding, PURE};
use crate::metadata::{Metadata, Package};

/// Most packages that `Cargo.lock` may list, those of the workspace included. A ratchet: lower it when the count
/// falls; raise it only in the commit that says why a dependency is worth it.
const LOCKED_PACKAGES_MAX: usize = 535;

/// Packages that a pure crate must not name as a dependency: runtimes, networks, databases, clocks, randomness.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "crossbeam",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "hyper-util",
    "libp2p",
    "mio",
    "parking_lot",
    "rand",
    "rand_chacha",
    "rand_core",
    "rayon",
    "reqwest",
    "rocksdb",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "tracing-subscriber",
    "walkdir",
];

pub fn check(tree: &Tree, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = lint_inheritance(tree);
    findings.extend(metadata.members().flat_map(purity));
    findings.extend(clippy_rules(tree));
    findings.extend(lock_ceiling(tree));
    findings
}

fn lint_inheritance(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .iter()
        .filter(|file| file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml"))
        .filter(|file| file.text.lines().any(|line| line.trim() == "[package]"))
        .filter(|file| !inherits_lints(&file.text))
        .map(|file| {
            Finding::new(
                &file.path,
                1,
                "does not inherit the lints: `[lints]` with `workspace = true`",
            )
        })
        .collect()
}

fn inherits_lints(manifest: &str) -> bool {
    let mut section = "";
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let words: String = line.split_whitespace().collect();
        section == "[lints]" && words == "workspace=true" || words == "lints.workspace=true"
    })
}

fn purity(package: &Package) -> Vec<Finding> {
    let Some(name) = package
        .name
        .strip_prefix("tongban-")
        .filter(|name| PURE.contains(name))
    else {
        return Vec::new();
    };
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        .filter(|dependency| IMPURE.contains(&dependency.name.as_str()))
        .map(|dependency| {
            let message = format!(
                "`{name}` is pure and must not depend on `{}`",
                dependency.name
            );
            Finding::new(&format!("crates/{name}/Cargo.toml"), 1, message)
        })
        .collect()
}

/// Clippy reads only the nearest `clippy.toml`, so the strict one repeats the rules of the root and stands in each
/// pure crate.
fn clippy_rules(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let text = |path: &str| {
        tree.file(path)
            .map(|file| file.text.as_str())
            .unwrap_or_default()
    };
    let root = text("clippy.toml");
    let first_path = format!("crates/{}/clippy.toml", PURE[0]);
    let first = text(&first_path);
    for pure in &PURE[1..] {
        let path = format!("crates/{pure}/clippy.toml");
        if text(&path) != first {
            findings.push(Finding::new(&path, 1, format!("differs from {first_path}")));
        }
    }
    let rules = root
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    for (index, rule) in rules {
        if !first.lines().any(|line| line == rule) {
            let message = format!("this rule is not repeated in {first_path}");
            findings.push(Finding::new("clippy.toml", index + 1, message));
        }
    }
    findings
}

fn lock_ceiling(tree: &Tree) -> Option<Finding> {
    let lock = tree.file("Cargo.lock")?;
    let count = lock
        .text
        .lines()
        .filter(|line| *line == "[[package]]")
        .count();
    (count > LOCKED_PACKAGES_MAX).then(|| {
        let message =
            format!("lists {count} packages; the ceiling in xtask is {LOCKED_PACKAGES_MAX}");
        Finding::new("Cargo.lock", 1, message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn lints_are_inherited_in_either_spelling() {
        assert!(inherits_lints(
            "[package]\nname = \"a\"\n[lints]\nworkspace = true\n"
        ));
        assert!(inherits_lints("lints.workspace = true\n[package]\n"));
        assert!(!inherits_lints(
            "[package]\nversion.workspace = true\n[dependencies]\nworkspace = true\n"
        ));
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\n"),
            ("node/Cargo.toml", "[package]\nname = \"node\"\n"),
        ]);
        assert_eq!(lint_inheritance(&tree).len(), 1);
    }

    #[test]
    fn impure_dependency_is_found_except_for_tests() {
        let package = |name: &str, kind: &str| -> Package {
            serde_json::from_str(&format!(
                r#"{{"id": "x", "name": "{name}", "version": "0.1.0", "manifest_path": "/x/Cargo.toml",
                "dependencies": [{{"name": "tokio", "kind": {kind}}}, {{"name": "blake3", "kind": null}}]}}"#
            ))
            .unwrap()
        };
        assert_eq!(
            shown(&purity(&package("tongban-sync", "null"))),
            ["crates/sync/Cargo.toml:1: `sync` is pure and must not depend on `tokio`"]
        );
        assert_eq!(purity(&package("tongban-sync", "\"build\"")).len(), 1);
        assert!(purity(&package("tongban-sync", "\"dev\"")).is_empty());
        assert!(purity(&package("tongban-mesh", "null")).is_empty());
    }

    #[test]
    fn clippy_rules_are_the_same_and_complete() {
        let tree = |root: &str, identity: &str, ledger: &str| {
            let tree = Tree::of(&[
                ("clippy.toml", root),
                ("crates/identity/clippy.toml", identity),
                ("crates/ledger/clippy.toml", ledger),
                ("crates/sync/clippy.toml", identity),
            ]);
            shown(&clippy_rules(&tree))
        };
        assert_eq!(
            tree("# why\nrule-a\n", "rule-a\nrule-b\n", "rule-a\nrule-b\n"),
            [""; 0]
        );
        assert_eq!(
            tree("rule-a\n", "rule-a\n", "rule-a \n"),
            ["crates/ledger/clippy.toml:1: differs from crates/identity/clippy.toml"]
        );
        assert_eq!(
            tree("rule-a\nrule-c\n", "rule-a\n", "rule-a\n"),
            ["clippy.toml:2: this rule is not repeated in crates/identity/clippy.toml"]
        );
    }

    #[test]
    fn too_many_packages_are_found() {
        let lock = |count: usize| {
            let text = "[[package]]\nname = \"x\"\n".repeat(count);
            lock_ceiling(&Tree::of(&[("Cargo.lock", &text)]))
        };
        assert_eq!(lock(LOCKED_PACKAGES_MAX), None);
        assert!(lock(LOCKED_PACKAGES_MAX + 1).is_some());
    }
}
