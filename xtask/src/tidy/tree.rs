//! The files that git tracks or would track, read once. Checks look at this and never at the disk, so that tests
//! can hand them a few strings.

use std::fs;
use std::process::Command;

use crate::paths;
use crate::step::{self, Failure};

/// One text file.
pub struct File {
    /// Path from the root of the checkout, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
}

/// All text files of the checkout, sorted by path.
pub struct Tree {
    files: Vec<File>,
    /// Every path, of files that are no text too.
    paths: Vec<String>,
}

impl Tree {
    /// Reads what git tracks, and new files that it does not ignore.
    pub fn load() -> Result<Self, Failure> {
        let listing = step::capture(Command::new("git").current_dir(paths::root()).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut tree = Self {
            files: Vec::new(),
            paths: Vec::new(),
        };
        for path in listing.split('\0').filter(|path| !path.is_empty()) {
            // A tracked file may be deleted in the working folder; files that are no text hold nothing to check.
            let Ok(bytes) = fs::read(paths::root().join(path)) else {
                continue;
            };
            tree.paths.push(path.to_string());
            if let Ok(text) = String::from_utf8(bytes) {
                tree.files.push(File {
                    path: path.to_string(),
                    text,
                });
            }
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree.files.dedup_by(|a, b| a.path == b.path);
        Ok(tree)
    }

    /// Makes a tree of given files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| File {
                    path: (*path).into(),
                    text: (*text).into(),
                })
                .collect(),
            paths: files.iter().map(|(path, _)| (*path).into()).collect(),
        }
    }

    /// All text files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// One file by its path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether the path is a file, or a folder with files in it.
    pub fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.paths.iter().any(|known| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_exist_when_they_hold_files() {
        let tree = Tree::of(&[("crates/sync/src/lib.rs", "")]);
        for path in [
            "crates/sync/src/lib.rs",
            "crates/sync",
            "crates/sync/",
            "crates",
        ] {
            assert!(tree.exists(path), "{path}");
        }
        for path in ["crates/syn", "crates/sync/src/lib", "sync"] {
            assert!(!tree.exists(path), "{path}");
        }
    }
}
