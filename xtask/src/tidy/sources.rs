//! Checks on files one by one: headers, length, files that no crate contains, folders of somebody's machine.

use super::Finding;
use super::tree::{File, Tree};

/// Longest Rust file, in lines. A file near it holds more than one idea.
const LINES_MAX: usize = 800;

/// Beginnings of paths that exist on one machine only. Put together here, so that this file does not contain them.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
    concat!("/Us", "ers/"),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        findings.extend(header(file));
        findings.extend(length(file));
        findings.extend(dead(tree, file));
    }
    for file in tree.files() {
        findings.extend(machine_paths(file));
    }
    findings
}

fn header(file: &File) -> Option<Finding> {
    (!file.text.starts_with("//!")).then(|| {
        Finding::new(
            &file.path,
            1,
            "does not open with `//!`: what the file is and what it is not",
        )
    })
}

fn length(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    (lines > LINES_MAX).then(|| {
        let message =
            format!("has {lines} lines; at most {LINES_MAX} are allowed, so split it by idea");
        Finding::new(&file.path, LINES_MAX + 1, message)
    })
}

/// Finds a file under `src/` that no `mod` declaration of the file above it names.
fn dead(tree: &Tree, file: &File) -> Option<Finding> {
    let (package, inside) = file.path.split_once("/src/")?;
    let mut folders: Vec<&str> = inside.split('/').collect();
    let name = folders.pop()?;
    // What cargo compiles without being told by a declaration.
    match (folders.as_slice(), name) {
        ([], "main.rs" | "lib.rs") | (["bin"], _) | (["bin", _], "main.rs") => return None,
        _ => {}
    }
    // `a/mod.rs` is declared like `a.rs`, one folder up.
    let module = if name == "mod.rs" {
        folders.pop()?
    } else {
        name.strip_suffix(".rs")?
    };
    let declared = parents(package, &folders)
        .iter()
        .filter_map(|parent| tree.file(parent))
        .any(|parent| declares(&parent.text, module));
    (!declared).then(|| {
        Finding::new(
            &file.path,
            1,
            format!("is dead: no `mod {module}` leads to it"),
        )
    })
}

/// The files that may declare a module which lies in these folders below `src/`.
fn parents(package: &str, folders: &[&str]) -> Vec<String> {
    let folder = folders.join("/");
    if folders.is_empty() {
        return ["main.rs", "lib.rs"]
            .iter()
            .map(|root| format!("{package}/src/{root}"))
            .collect();
    }
    vec![
        format!("{package}/src/{folder}.rs"),
        format!("{package}/src/{folder}/mod.rs"),
        format!("{package}/src/{folder}/main.rs"),
    ]
}

fn declares(text: &str, module: &str) -> bool {
    let declaration = format!("mod {module};");
    text.lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with("//")
            && line.find(&declaration).is_some_and(|at| {
                let before = line[..at].trim_end();
                before.is_empty() || before.ends_with("pub") || before.ends_with([')', ']'])
            })
    })
}

fn machine_paths(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if let Some(found) = MACHINE_PATHS.iter().find(|path| line.contains(*path)) {
            findings.push(Finding::new(
                &file.path,
                index + 1,
                format!("names `{found}`, a folder of one machine"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn check_files(files: &[(&str, &str)]) -> Vec<String> {
        shown(&check(&Tree::of(files)))
    }

    #[test]
    fn missing_header_is_found() {
        let found = check_files(&[("crates/a/src/lib.rs", "// Not a header.\n")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/a/src/lib.rs:1: does not open"));
    }

    #[test]
    fn long_file_is_found() {
        let longest = format!("//! x\n{}", "\n".repeat(LINES_MAX - 1));
        assert_eq!(check_files(&[("node/src/main.rs", &longest)]), [""; 0]);
        let found = check_files(&[("node/src/main.rs", &format!("{longest}\n"))]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("has 801 lines"));
    }

    #[test]
    fn modules_that_are_declared_live() {
        assert_eq!(
            check_files(&[
                (
                    "crates/a/src/lib.rs",
                    "//! x\nmod b;\n#[cfg(test)] mod t;\npub(crate) mod c;\n"
                ),
                ("crates/a/src/b.rs", "//! x\npub mod deep;\n"),
                ("crates/a/src/b/deep.rs", "//! x\n"),
                ("crates/a/src/c/mod.rs", "//! x\nmod d;\n"),
                ("crates/a/src/c/d.rs", "//! x\n"),
                ("crates/a/src/t.rs", "//! x\n"),
                ("crates/a/src/bin/tool.rs", "//! x\n"),
                ("crates/a/src/bin/other/main.rs", "//! x\nmod part;\n"),
                ("crates/a/src/bin/other/part.rs", "//! x\n"),
                ("crates/a/tests/all.rs", "//! x\n"),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn undeclared_module_is_dead() {
        assert_eq!(
            check_files(&[
                ("crates/a/src/lib.rs", "//! x\n// mod b;\nmod bb;\nmod c;\n"),
                ("crates/a/src/b.rs", "//! x\n"),
                ("crates/a/src/bb.rs", "//! x\n"),
                ("crates/a/src/bb/c.rs", "//! x\n"),
                ("crates/a/src/c.rs", "//! x\n"),
            ]),
            [
                "crates/a/src/b.rs:1: is dead: no `mod b` leads to it",
                "crates/a/src/bb/c.rs:1: is dead: no `mod c` leads to it",
            ]
        );
    }

    #[test]
    fn machine_path_is_found() {
        let text = format!("ok\nsee {}alice/notes\n", MACHINE_PATHS[0]);
        let found = check_files(&[("docs/a.md", &text)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("docs/a.md:2: names"));
    }
}
