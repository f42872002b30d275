//! Two cities as processes: nodes with a clock that the page sets, and their clerks.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tongban_client::{CaseFilter, Client};
use tongban_ledger::answer::StatusAnswer;

/// How long the cities may take until nothing more travels between them.
const QUIET_MAX: Duration = Duration::from_secs(30);
/// How many times in a row nothing may have changed before nothing travels.
const QUIET_POLLS: u32 = 4;
/// How long between two looks.
const POLL: Duration = Duration::from_millis(25);

/// A running node and the desk of its clerk.
pub struct City {
    /// What the prompt shows, as `衢州`.
    pub prompt: &'static str,
    program: PathBuf,
    dir: PathBuf,
    client: Client,
    child: Child,
    /// Kept open: whoever writes to a closed pipe is killed by it.
    _out: BufReader<ChildStdout>,
    listen: String,
}

impl City {
    /// Makes keys and a directory, and starts the node.
    pub fn start(program: &Path, root: &Path, division: &str, name: &'static str) -> Self {
        let passphrase = root.join("口令");
        std::fs::write(&passphrase, "a long enough phrase\n").expect("written");
        let dir = root.join(division);
        let made = Command::new(program)
            .args(["init", "--division", division])
            .args(["--name", &format!("{name}市")])
            .args(["--listen", "127.0.0.1:0", "--fast-kdf", "--dir"])
            .arg(&dir)
            .arg("--passphrase-file")
            .arg(&passphrase)
            .stdout(Stdio::null())
            .status()
            .expect("tongband starts");
        assert!(made.success(), "init of {name}");
        let mut child = Command::new(program)
            .args(["run", "--reserve-bytes", "0", "--scripted-clock", "--dir"])
            .arg(&dir)
            .arg("--passphrase-file")
            .arg(&passphrase)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("tongband starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the ready line");
        let listen = ready["listen"][0].as_str().expect("an address").to_owned();
        Self {
            prompt: name,
            program: program.to_owned(),
            client: Client::unix(dir.join("api.sock")),
            dir,
            child,
            _out: out,
            listen,
        }
    }

    /// Types a command at the desk of the clerk and gives all that it printed.
    pub fn types(&self, line: &str, desk: &Path) -> String {
        let done = Command::new(env!("CARGO_BIN_EXE_tongban"))
            .args(line.split_whitespace())
            .current_dir(desk)
            .env("TONGBAN_DIR", &self.dir)
            .env("TONGBAND_BIN", &self.program)
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", "zh_CN.UTF-8")
            .stdin(Stdio::null())
            .output()
            .expect("tongban starts");
        let said = [done.stdout, done.stderr].concat();
        String::from_utf8(said).expect("text")
    }

    async fn act(&self, name: &str, args: serde_json::Value) -> Option<String> {
        let command = serde_json::from_value(json!({ "do": name, "args": args }));
        let command = command.expect("a command");
        let done = self.client.command(&command, name).await;
        done.expect(name).founding
    }

    async fn status(&self) -> StatusAnswer {
        self.client.status().await.expect("a status")
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Founds an agreement: the first city asks, the others accept.
pub async fn found(cities: &[City], terms: serde_json::Value) {
    let mut invitations = Vec::new();
    for city in cities {
        let address = vec![city.listen.clone()];
        let made = city
            .client
            .invitation(address)
            .await
            .expect("an invitation");
        invitations.push(made.invitation);
    }
    let args = json!({ "terms": terms, "invitations": invitations });
    let founding = cities[0].act("agreement.found", args).await;
    for city in &cities[1..] {
        let args = json!({ "founding": founding });
        city.act("agreement.accept", args).await;
    }
}

/// Sets the clocks of all nodes to a Unix time.
pub async fn set_clocks(cities: &[City], unix: i64) {
    for city in cities {
        city.client
            .set_clock(unix)
            .await
            .expect("the clock is scripted");
    }
}

/// Waits until nothing travels between the cities: all are connected, nothing waits, every push is answered, and for
/// some looks nothing changed.
pub async fn quiet(cities: &[City]) {
    let begun = Instant::now();
    let (mut before, mut same) = (Vec::new(), 0);
    while same < QUIET_POLLS {
        assert!(
            begun.elapsed() < QUIET_MAX,
            "something always travels: {before:?}"
        );
        let mut now = Vec::new();
        let mut settled = true;
        for city in cities {
            let status = city.status().await;
            let members = || {
                status
                    .agreements
                    .iter()
                    .flat_map(|agreement| &agreement.members)
            };
            let others = || members().filter(|member| !member.own);
            settled &= status.pending == 0;
            settled &= status
                .agreements
                .iter()
                .all(|agreement| agreement.effective);
            settled &= others().count() + 1 == cities.len();
            settled &= others().all(|member| member.online && member.waiting == 0);
            let cases = city
                .client
                .cases(&CaseFilter::default())
                .await
                .expect("cases");
            settled &= cases.iter().all(|case| case.handoff.is_none());
            let stored: Vec<u64> = others().map(|member| member.stored).collect();
            now.push((status.entries, stored));
        }
        same = match settled && now == before {
            true => same + 1,
            false => 0,
        };
        before = now;
        tokio::time::sleep(POLL).await;
    }
}
