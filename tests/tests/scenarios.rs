//! Every file in `scenarios/`, played on each engine that it allows: expectations are met on both.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tongban_tests::{command_line, program};

/// Files that leave the live engine out, with a reason in them.
const VIRTUAL: [&str; 1] = ["sc-3b.toml"];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 15, "{files:?}");
    files
}

fn play(file: &Path, engine: &[&str]) {
    let output = Command::new(command_line())
        .args(["scenario", "run"])
        .arg(file)
        .args(["--json", "--engine"])
        .args(engine)
        .env("TONGBAND_BIN", program())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&said).unwrap_or_default();
    let unmet: Vec<&Value> = report["expectations"]
        .as_array()
        .map(|list| list.iter().filter(|row| row["ok"] != true).collect())
        .unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    let name = file.file_name().unwrap();
    assert!(unmet.is_empty(), "{name:?} on {engine:?}: {unmet:#?}");
    assert!(
        output.status.success() && report["ok"] == true,
        "{name:?} on {engine:?}: {errors}{said}"
    );
}

#[test]
fn every_scenario_meets_its_expectations_in_the_virtual_world() {
    for file in files() {
        for seed in ["1", "2"] {
            play(&file, &["sim", "--seed", seed]);
        }
    }
}

#[test]
fn every_scenario_meets_its_expectations_on_real_nodes() {
    let virtual_alone = |file: &PathBuf| VIRTUAL.iter().any(|name| file.ends_with(name));
    for file in files().iter().filter(|file| !virtual_alone(file)) {
        play(file, &["live"]);
    }
}
