//! Real nodes for tests and benchmarks: processes on loopback, driven through their local API.
//!
//! Scenarios have their own runner in `tongban-sim`; this is for what no scenario says: kills in the
//! middle of writes, and times.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "test support: a panic is a failed test"
)]

pub mod cases;
pub mod fuzz;
pub mod hostile;
pub mod kill;
pub mod settle;
// What hostile changes are taken apart with: the reader of the gate itself.
#[allow(dead_code, reason = "only a part of the reader is used here")]
#[path = "../../crates/sync/src/file/leb.rs"]
mod leb;
#[path = "../../crates/sync/tests/settle/mod.rs"]
pub mod month_end;
#[path = "../../crates/sync/tests/world/mod.rs"]
pub mod world;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tongban_client::Client;
use tongban_ledger::answer::Done;

/// Terms of the tests: one item that needs no checks, every pair live.
pub const TERMS: &str = r#"{
    "name": "测试协议", "code": "AG-T",
    "items": [{"code": "I-07", "name": "工业产品生产许可证", "domain": "市场监管", "licence": true, "promise_days": 10}],
    "guides": [{"item": "I-07", "version": 1, "effective": "2025-01-01", "requirements": [
        {"id": "M1", "name": "申请书", "must": true, "original": false}]}],
    "live": [{"item": "I-07", "guide": 1, "effective": "2025-01-01"}],
    "grants": [{"powers": ["G1a", "G2", "G3", "G4", "G5"]}],
    "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2025-01-01"}]
}"#;

/// 2026-09-07 10:00 in Beijing.
pub const MONDAY: i64 = 1_788_746_400;

/// The program `tongband`, which is built before the tests.
pub fn program() -> PathBuf {
    built("TONGBAN_NODE_BIN", "tongband")
}

/// The program `tongban`, which is built before the tests.
pub fn command_line() -> PathBuf {
    built("TONGBAN_CLI_BIN", "tongban")
}

fn built(variable: &str, name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let here = std::env::current_exe().expect("a test has a path");
    here.ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .expect("the programs are built: cargo build --workspace --bins")
}

/// A city's node: a data directory, and a process while it runs.
pub struct Node {
    dir: PathBuf,
    child: Option<Child>,
    /// Where it listens.
    pub listen: String,
    /// Talks to it.
    pub client: Client,
}

impl Node {
    /// Makes keys and a data directory.
    pub fn init(root: &Path, division: &str, name: &str) -> Self {
        let passphrase = root.join("passphrase");
        std::fs::write(&passphrase, "a long enough phrase\n").expect("a temporary folder");
        let dir = root.join(division);
        let done = Command::new(program())
            .args(["init", "--division", division, "--name", name])
            .args(["--listen", "127.0.0.1:0", "--fast-kdf"])
            .arg("--dir")
            .arg(&dir)
            .arg("--passphrase-file")
            .arg(&passphrase)
            .stdout(Stdio::null())
            .status()
            .expect("tongband starts");
        assert!(done.success(), "init of {name}");
        Self {
            client: Client::unix(dir.join("api.sock")),
            dir,
            child: None,
            listen: "127.0.0.1:0".to_owned(),
        }
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts the process and waits until it is ready; `false` when it ends instead.
    pub fn start(&mut self) -> bool {
        let passphrase = self.dir.with_file_name("passphrase");
        let mut child = Command::new(program())
            .args(["run", "--listen", &self.listen, "--reserve-bytes", "0"])
            .arg("--dir")
            .arg(&self.dir)
            .arg("--passphrase-file")
            .arg(passphrase)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("tongband starts");
        let out = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        self.child = Some(child);
        if read.is_err() || !line.contains("\"ready\":true") {
            return false;
        }
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the ready line is JSON");
        if let Some(address) = ready["listen"][0].as_str() {
            self.listen = address.to_owned();
        }
        true
    }

    /// The process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// SIGKILL, in the middle of whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child of ours");
            child.wait().expect("a child of ours");
        }
    }

    /// A command as a scenario writes it.
    pub async fn act(
        &self,
        key: &str,
        name: &str,
        args: serde_json::Value,
    ) -> Result<Done, tongban_client::ClientError> {
        let command = serde_json::from_value(serde_json::json!({"do": name, "args": args}))
            .expect("a command of the test");
        self.client.command(&command, key).await
    }

    /// 收件 of a case for another city.
    pub async fn receive(
        &self,
        key: &str,
        owner: &str,
        applicant: &str,
    ) -> Result<Done, tongban_client::ClientError> {
        let args = serde_json::json!({
            "item": "I-07", "owner": owner, "officer": "W01",
            "materials": [{"requirement": "M1", "pages": 2}],
            "applicant": {"name": applicant, "id_number": "330899198803170010"},
            "on": "2026-09-07"
        });
        self.act(key, "case.receive", args).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Founds an agreement among running nodes and waits until all see it in force.
pub async fn found(nodes: &[Node]) {
    let mut invitations = Vec::new();
    for node in nodes {
        let addresses = vec![node.listen.clone()];
        invitations.push(
            node.client
                .invitation(addresses)
                .await
                .expect("invitation")
                .invitation,
        );
    }
    let terms: serde_json::Value = serde_json::from_str(TERMS).expect("the terms are JSON");
    let args = serde_json::json!({"terms": terms, "invitations": invitations});
    let done = nodes[0]
        .act("found", "agreement.found", args)
        .await
        .expect("found");
    let founding = done.founding.expect("a founding file");
    for node in &nodes[1..] {
        let args = serde_json::json!({"founding": founding});
        node.act("accept", "agreement.accept", args)
            .await
            .expect("accept");
    }
    for node in nodes {
        while !node.client.status().await.expect("status").agreements[0].effective {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}
