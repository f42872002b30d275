//! Backups of a running node, through the program that an operator uses.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tongban_tests::{Node, found};

fn cli() -> PathBuf {
    match std::env::var_os("TONGBAN_CLI_BIN") {
        Some(path) => path.into(),
        None => tongban_tests::program().with_file_name("tongban"),
    }
}

fn tongban(node: &Path, arguments: &[&str]) -> Output {
    Command::new(cli())
        .arg("--dir")
        .arg(node)
        .args(["--lang", "en", "--json", "--no-input", "backup"])
        .args(arguments)
        .env("TONGBAND_BIN", tongban_tests::program())
        .output()
        .unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Two cities, a case, a backup of the first, and then another case.
struct Made {
    folder: tempfile::TempDir,
    nodes: Vec<Node>,
    backup: String,
    before: String,
    after: String,
}

async fn made(with_keys: bool) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = vec![
        Node::init(folder.path(), "330800", "衢州市"),
        Node::init(folder.path(), "350700", "南平市"),
    ];
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let before = nodes[0].receive("r1", "350700", "程立秋").await.unwrap();
    let backup = folder.path().join("backup").display().to_string();
    let mut arguments = vec!["create", &backup];
    if with_keys {
        arguments.push("--with-keys");
    }
    let output = tongban(nodes[0].dir(), &arguments);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(answer(&output)["keys"], with_keys);
    let after = nodes[0].receive("r2", "350700", "程立秋").await.unwrap();
    Made {
        folder,
        nodes,
        backup,
        before: before.number.unwrap(),
        after: after.number.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_node_has_what_it_had_and_says_that_it_may_be_restored() {
    let mut made = made(false).await;
    let output = tongban(made.nodes[0].dir(), &["verify", &made.backup, "--trial"]);
    assert!(output.status.success(), "{output:?}");
    let checked = answer(&output);
    assert_eq!(
        (&checked["sound"], &checked["keys"]),
        (&true.into(), &false.into())
    );
    assert_eq!(checked["city"], "衢州市");
    assert!(checked["records"].as_u64().unwrap() > 10);

    let dir = made.nodes[0].dir().to_owned();
    let into = dir.display().to_string();
    let restore = |more: &[&str]| {
        let mut arguments = vec!["restore", &made.backup, "--into", &into];
        arguments.extend(more);
        tongban(&dir, &arguments)
    };
    // A running node, a missing name and a wrong one are refused, and a dry run does nothing.
    let running = restore(&["--replace", "衢州市"]);
    assert_eq!(running.status.code(), Some(11), "{running:?}");
    made.nodes[0].kill();
    assert!(restore(&["--dry-run"]).status.success());
    assert!(!restore(&[]).status.success());
    assert!(!restore(&["--replace", "南平市"]).status.success());
    assert!(made.nodes[0].start());
    assert!(made.nodes[0].client.case(&made.after).await.is_ok());
    assert!(
        !made.nodes[0]
            .client
            .status()
            .await
            .unwrap()
            .possible_restore
    );
    made.nodes[0].kill();

    let output = restore(&["--replace", "衢州市"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(answer(&output)["missing"], serde_json::json!([]));
    assert!(made.nodes[0].start());
    let status = made.nodes[0].client.status().await.unwrap();
    assert!(status.possible_restore);
    assert!(made.nodes[0].client.case(&made.before).await.is_ok());
    drop(made.folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_needs_the_keys_and_a_flipped_byte_is_found() {
    let mut made = made(true).await;
    made.nodes[0].kill();
    let into = made.folder.path().join("new").display().to_string();
    let arguments = ["restore", &made.backup, "--into", &into];
    let output = tongban(Path::new(&into), &arguments);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(answer(&output)["missing"], serde_json::json!([]));
    assert!(!Path::new(&into).join("root.key").exists());

    let table = std::fs::read_dir(Path::new(&made.backup).join("records/shared_checksum"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let output = tongban(Path::new(&into), &["verify", &made.backup]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(answer(&output)["damaged"].as_array().unwrap().len(), 1);
    let other = made.folder.path().join("other").display().to_string();
    let output = tongban(
        Path::new(&into),
        &["restore", &made.backup, "--into", &other],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!Path::new(&other).join("db").exists());
}
