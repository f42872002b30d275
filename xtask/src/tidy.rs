//! `cargo xtask tidy`: facts about the repository that would otherwise be prose and go stale. Not a linter for
//! Rust code; clippy does that.
//!
//! What it reads in `ARCHITECTURE.md`:
//!
//! - One fenced block tagged `arrows`. Each line is `package: dependencies`, in the short names of the folders
//!   (`sync: identity ledger` means that `tongban-sync` may depend on those two and on no other package of the
//!   workspace; one that depends on none has nothing after the colon). Every package has exactly one line.
//! - Invariants: list items that begin `- **I-name**`. An item goes on over its indented lines and ends with
//!   `Check:` and at least one check in backticks. A check is the name of a test function, a
//!   `path/file.rs::function`, a `module::function`, an existing `…clippy.toml`, or `cargo xtask tidy` itself.
//!
//! The other checks are: paths named in backticks in Markdown exist; each Rust file opens with `//!`, is at most
//! 800 lines long and is part of a crate; each package inherits the workspace's lints; the pure crates depend on
//! no runtime and share one strict `clippy.toml`; the number of packages in `Cargo.lock` stays under a ceiling; no
//! tracked file names a folder of somebody's machine.

mod arrows;
mod invariants;
mod manifests;
mod markdown;
mod sources;
mod tree;

use std::fmt;

use crate::metadata;
use crate::step::{EXIT_USAGE, Failure, say};
use tree::Tree;

/// The page that the arrows and the invariants are read from.
const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// Packages that perform nothing: no clock, no randomness, no files, no network.
const PURE: &[&str] = &["identity", "ledger", "sync"];

/// Something that is not as it should be, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Runs all checks and prints every finding as `file:line: message`.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(
            Failure::new(format!("tidy takes no arguments, got {argument}")).code(EXIT_USAGE),
        );
    }
    let tree = Tree::load()?;
    let metadata = metadata::load()?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&tree, &metadata));
    findings.extend(invariants::check(&tree));
    findings.extend(manifests::check(&tree, &metadata));
    findings.extend(markdown::check(&tree));
    findings.extend(sources::check(&tree));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        say(format_args!(
            "tidy: {} files are in order",
            tree.files().len()
        ));
        Ok(())
    } else {
        Err(Failure::new(format!("tidy: {} findings", findings.len())))
    }
}

#[cfg(test)]
/// Shows findings the way they are printed, for short assertions.
fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
