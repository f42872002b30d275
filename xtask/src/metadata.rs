//! The part of `cargo metadata` that xtask reads. Not a dependency resolver: cargo resolves, this looks.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::paths;
use crate::step::{self, Failure};

/// What cargo says about the workspace and everything it depends on.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// All packages, those of the workspace included.
    pub packages: Vec<Package>,
    /// Ids of the packages that belong to the workspace.
    pub workspace_members: Vec<String>,
}

/// One package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Package id.
    pub id: String,
    /// Package name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Path of its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// Dependencies as declared, not resolved.
    pub dependencies: Vec<Dependency>,
}

/// One declared dependency.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// Name of the package depended on.
    pub name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Metadata {
    /// The packages of the workspace.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// Asks cargo about the workspace, for the machine that runs it; downloads sources that are missing.
pub fn load() -> Result<Metadata, Failure> {
    let host = step::capture(Command::new("rustc").arg("-vV"))?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_string))
        .ok_or_else(|| Failure::new("`rustc -vV` does not name the host"))?;
    // Standard error stays visible: the first call on a machine downloads several hundred sources.
    let output = Command::new("cargo")
        .current_dir(paths::root())
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            &host,
        ])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::io("cannot start cargo", &error))?;
    if !output.status.success() {
        return Err(Failure::new("`cargo metadata` failed"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Failure::new(format!(
            "cannot read the output of `cargo metadata`: {error}"
        ))
    })
}
