//! The program as a process: exit codes, where it writes, both languages. Nothing here needs a node's engine; a
//! scripted socket stands for one.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

fn tongban(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongban"));
    command
        .args(arguments)
        .env("TONGBAN_DIR", dir)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C")
        .stdin(Stdio::null());
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    tongban(dir, arguments).output().expect("the program runs")
}

fn exit(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Answers one request on a node's socket and hands back what was asked.
fn node(dir: &Path, status: &str, kind: &str, body: &Value) -> JoinHandle<String> {
    let asked = nodes(dir, &[(status, kind, body.clone())]);
    thread::spawn(move || asked.join().expect("the calls").remove(0))
}

/// Answers requests on a node's socket, one after the other, and hands back what was asked.
fn nodes(dir: &Path, answers: &[(&str, &str, Value)]) -> JoinHandle<Vec<String>> {
    let listener = UnixListener::bind(dir.join("api.sock")).expect("a socket");
    let answers: Vec<String> = answers
        .iter()
        .map(|(status, kind, body)| {
            let body = body.to_string();
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
        })
        .collect();
    thread::spawn(move || {
        let mut all = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a call");
            let mut asked = Vec::new();
            let mut piece = [0; 4096];
            while !complete(&asked) {
                let read = stream.read(&mut piece).expect("a request");
                asked.extend_from_slice(&piece[..read]);
            }
            stream.write_all(answer.as_bytes()).expect("an answer");
            all.push(String::from_utf8(asked).expect("text"));
        }
        all
    })
}

/// Says whether head and body of a request are there.
fn complete(asked: &[u8]) -> bool {
    let text = String::from_utf8_lossy(asked).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    body.len() >= length
}

#[test]
fn usage_errors_end_with_2_and_write_to_standard_error() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = run(dir.path(), &["case", "push"]);
    assert_eq!(exit(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("[E_USAGE]"));
    let output = run(dir.path(), &["case"]);
    assert_eq!(exit(&output), 2);
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("formal-pass"));
    let output = run(dir.path(), &["--json", "case", "push"]);
    assert_eq!(exit(&output), 2);
    let error: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!(error["error"]["code"], "E_USAGE");
}

#[test]
fn a_directory_without_a_node_and_a_node_that_is_down_differ() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = run(dir.path(), &["status"]);
    assert_eq!(exit(&output), 10);
    assert!(text(&output.stderr).contains("[E_NOT_INITIALISED]"));
    std::fs::write(dir.path().join("config.toml"), "").expect("written");
    let output = run(dir.path(), &["status"]);
    assert_eq!(exit(&output), 13);
    let said = text(&output.stderr);
    assert!(
        said.contains("[E_NOT_RUNNING]") && said.contains("Hint: "),
        "{said}"
    );
    let output = run(dir.path(), &["--lang", "zh", "status"]);
    let said = text(&output.stderr);
    assert!(
        said.starts_with("错误：") && said.contains("提示："),
        "{said}"
    );
}

#[test]
fn an_identity_number_is_refused_and_never_printed() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = run(dir.path(), &["case", "receive", "--id=330899198803170010"]);
    assert_eq!(exit(&output), 2);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(
        said.contains("[E_PERSONAL_DATA]") && !said.contains("3308991988"),
        "{said}"
    );
}

#[test]
fn what_must_be_asked_is_an_error_without_a_terminal() {
    let dir = tempfile::tempdir().expect("a directory");
    let line = ["case", "receive", "--item", "I", "--owner", "350700"];
    let rest = ["--materials", "M1", "--officer", "A1"];
    let output = run(dir.path(), &[&line[..], &rest[..]].concat());
    assert_eq!(exit(&output), 2);
    let said = text(&output.stderr);
    assert!(
        said.contains("--applicant-file") && said.contains("[E_NO_INPUT]"),
        "{said}"
    );
    let output = run(dir.path(), &["init", "--no-input"]);
    assert_eq!(exit(&output), 2);
    assert!(text(&output.stderr).contains("--division"));
}

#[test]
fn a_command_carries_its_key_and_its_refusal_has_code_and_exit() {
    let dir = tempfile::tempdir().expect("a directory");
    let problem = json!({
        "type": "urn:tongban:error:E_CHECK_MISSING", "title": "E_CHECK_MISSING", "status": 409,
        "code": "E_CHECK_MISSING", "about": "M2",
    });
    let node = node(
        dir.path(),
        "409 Conflict",
        "application/problem+json",
        &problem,
    );
    let arguments = ["case", "formal-pass", "TB1", "--officer", "A1"];
    let key = ["--idempotency-key", "key-1", "--json"];
    let output = run(dir.path(), &[&arguments[..], &key[..]].concat());
    assert_eq!(exit(&output), 14);
    let error: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!(error["error"]["code"], "E_CHECK_MISSING");
    assert_eq!(error["error"]["about"], "M2");
    let asked = node.join().expect("the call");
    assert!(
        asked.to_lowercase().contains("idempotency-key: key-1"),
        "{asked}"
    );
    assert!(asked.contains(r#""do":"case.formal-pass""#), "{asked}");
}

#[test]
fn receive_takes_the_applicant_from_standard_input_and_prints_the_receipt() {
    let dir = tempfile::tempdir().expect("a directory");
    let done = json!({
        "document": "ab", "entries": ["ab"], "number": "TB-330800-260907-000123-2",
        "receipt": {
            "number": "TB-330800-260907-000123-2", "item": "住房公积金提取", "receiver": "衢州市",
            "owner": "南平市", "received": "2026-09-07", "materials": [["身份证", 2]],
            "officer": "QZ-017", "notice_due": "2026-09-14", "promise_days": 5,
        },
    });
    let node = node(dir.path(), "200 OK", "application/json", &done);
    let mut child = tongban(
        dir.path(),
        &[
            "--lang",
            "zh",
            "case",
            "receive",
            "--item",
            "GJJ-01",
            "--owner",
            "350700",
            "--materials",
            "M1:2",
            "--officer",
            "QZ-017",
            "--applicant-file",
            "-",
        ],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("the program runs");
    let applicant = r#"{"name":"程立秋","id_number":"330899198803170010"}"#;
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(applicant.as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(exit(&output), 0, "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(
        said.contains("收 件 凭 证") && said.contains("身份证（2 页）"),
        "{said}"
    );
    assert!(said.contains("程**"), "{said}");
    assert!(
        !said.contains("程立秋") && !said.contains("330899198803170010"),
        "{said}"
    );
    assert!(
        node.join()
            .expect("the call")
            .contains("330899198803170010")
    );
}

#[test]
fn explain_needs_no_node() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = run(dir.path(), &["explain", "E_PUSH_OPEN", "--json"]);
    assert_eq!(exit(&output), 0);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&answer["code"], &answer["number"]),
        (&json!("E_PUSH_OPEN"), &json!(17))
    );
    assert_eq!(exit(&run(dir.path(), &["explain", "E_NONE"])), 2);
}

#[test]
fn init_hands_the_wizards_answers_to_tongband() {
    let dir = tempfile::tempdir().expect("a directory");
    let script = dir.path().join("tongband");
    let said = dir.path().join("said");
    let pass = dir.path().join("pass").display().to_string();
    std::fs::write(&pass, "a long passphrase\n").expect("written");
    let body = format!(
        "#!/bin/sh\necho \"$@\" > {}\necho '{{\"city\":\"c1\",\"fingerprint\":\"1000-0000\"}}'\n",
        said.display()
    );
    make_script(&script, &body);
    let arguments = [
        "init",
        "--no-input",
        "--division",
        "330800",
        "--name",
        "衢州市",
        "--listen",
        "127.0.0.1:0",
        "--passphrase-file",
        &pass,
        "--root-key-out",
        "root.key",
        "--fast-kdf",
    ];
    let output = tongban(dir.path(), &arguments)
        .env("TONGBAND_BIN", &script)
        .output()
        .expect("the program runs");
    assert_eq!(exit(&output), 0, "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.contains("1000-0000"), "{shown}");
    assert_eq!(
        shown
            .lines()
            .filter(|line| line.starts_with("  tongban"))
            .count(),
        3,
        "{shown}"
    );
    let expected = format!(
        "init --dir {} --division 330800 --name 衢州市 --listen 127.0.0.1:0 --passphrase-file {pass} \
         --root-key-out root.key --fast-kdf\n",
        dir.path().display()
    );
    assert_eq!(std::fs::read_to_string(&said).expect("said"), expected);
    make_script(
        &script,
        "#!/bin/sh\necho '{\"error\":{\"code\":\"E_LOCKED\",\"message\":\"by 7\"}}' >&2\nexit 11\n",
    );
    let output = tongban(dir.path(), &arguments)
        .env("TONGBAND_BIN", &script)
        .output()
        .expect("the program runs");
    assert_eq!(exit(&output), 11);
}

#[test]
fn init_checks_what_it_is_given_before_anything_is_made() {
    let dir = tempfile::tempdir().expect("a directory");
    let pass = dir.path().join("pass").display().to_string();
    let check = |changed: &str, value: &str, code: &str, word: &str| {
        let mut arguments = vec!["init", "--no-input", "--lang", "zh"];
        for (option, usual) in [
            ("--division", "330800"),
            ("--name", "衢州市"),
            ("--listen", "127.0.0.1:0"),
            ("--passphrase-file", pass.as_str()),
        ] {
            let value = if option == changed { value } else { usual };
            arguments.extend([option, value]);
        }
        let output = tongban(dir.path(), &arguments)
            .env("TONGBAND_BIN", "/nonexistent/tongband")
            .output()
            .expect("the program runs");
        let said = text(&output.stderr);
        assert!(said.contains(code) && said.contains(word), "{said}");
        exit(&output)
    };
    let none = dir.path().join("none").display().to_string();
    assert_eq!(
        check("--passphrase-file", &none, "E_FILE", "没有这个文件"),
        1
    );
    std::fs::write(&pass, "short\n").expect("written");
    assert_eq!(check("", "", "E_ARGUMENT", "至少 8 个字符"), 2);
    std::fs::write(&pass, "long enough\n").expect("written");
    assert_eq!(check("--listen", "127.0.0.1", "E_ARGUMENT", "主机:端口"), 2);
    assert_eq!(check("--division", "999999", "E_ARGUMENT", "11 至 65"), 2);
    // A file that others can read is warned of; what fails then is the program that is not there.
    let mode = |bits| {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(bits);
        std::fs::set_permissions(&pass, mode).expect("changed");
    };
    mode(0o644);
    assert_eq!(check("", "", "E_TONGBAND", "chmod 600"), 1);
}

fn make_script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, body).expect("written");
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(path, mode).expect("executable");
}

#[test]
fn an_interrupted_command_ends_with_130() {
    let dir = tempfile::tempdir().expect("a directory");
    let listener = UnixListener::bind(dir.path().join("api.sock")).expect("a socket");
    let mut child = tongban(dir.path(), &["status"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // The call is there, so the program waits for its answer.
    let (mut stream, _) = listener.accept().expect("a call");
    let mut first = [0; 1];
    stream.read_exact(&mut first).expect("a request");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    let code = child.wait().expect("it ends").code();
    assert_eq!(code, Some(130));
}

/// R-151, R-154: a carrier's table goes to the node row by row under keys of its own, and every row is told of.
#[test]
fn a_carriers_table_is_taken_row_by_row() {
    let dir = tempfile::tempdir().expect("a directory");
    let table = "\u{feff}邮件号码,状态,日期,备注\r\n\
        EZ900000019CN,运输中,2026-09-04,到达南平\r\n\
        1012345678901,丢失,2026-09-05,\r\n\
        EZ900000022CN,退回,2026-09-05,不是本市的\r\n\
        EZ900000018CN,运输中,2026-09-05,号码错\r\n\
        9712345678901,拒收,2026-08-01,早于收寄\r\n";
    std::fs::write(dir.path().join("承运.csv"), table).expect("written");
    let file = dir.path().join("承运.csv").display().to_string();
    let parcel = |document: &str, tracking: &str| {
        json!({
            "document": document, "tracking": tracking, "from": "330800", "to": "350700", "leg": "L2",
            "pay": "contract", "posted": "2026-09-03", "stage": "posted", "lines": [],
        })
    };
    let parcels = json!([
        parcel("aa", "EZ900000019CN"),
        parcel("bb", "1012345678901"),
        parcel("cc", "9712345678901"),
    ]);
    let json_kind = "application/json";
    let problem = |code: &str| {
        let body = json!({
            "type": format!("urn:tongban:error:{code}"), "title": code, "status": 409, "code": code, "about": "",
        });
        ("409 Conflict", "application/problem+json", body)
    };
    let answers = [
        ("200 OK", json_kind, parcels),
        (
            "200 OK",
            json_kind,
            json!({ "document": "aa", "entries": ["01"] }),
        ),
        problem("E_ALREADY"),
        problem("E_DATE"),
    ];
    let asked = nodes(dir.path(), &answers);
    let arguments = ["--json", "--idempotency-key", "day-1", "parcel", "import"];
    let output = run(dir.path(), &[&arguments[..], &[file.as_str()]].concat());
    assert_eq!(exit(&output), 0, "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let fates: Vec<(&str, &str)> = told
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let fate = row["fate"].as_str().expect("a fate");
            (row["tracking"].as_str().expect("a number"), fate)
        })
        .collect();
    assert_eq!(
        fates,
        [
            ("EZ900000019CN", "recorded"),
            ("1012345678901", "known"),
            ("EZ900000022CN", "unknown-number"),
            ("EZ900000018CN", "bad-number"),
            ("9712345678901", "refused"),
        ]
    );
    assert_eq!(told[4]["code"], "E_DATE");
    let asked = asked.join().expect("the calls");
    let sent = [
        ("day-1-1", "aa", "in-transit", "2026-09-04"),
        ("day-1-2", "bb", "lost", "2026-09-05"),
        ("day-1-5", "cc", "refused", "2026-08-01"),
    ];
    assert_eq!(asked.len(), 1 + sent.len());
    for (asked, (key, document, event, on)) in asked[1..].iter().zip(sent) {
        let head = asked.to_lowercase();
        assert!(
            head.contains(&format!("idempotency-key: {key}\r\n")),
            "{asked}"
        );
        let (_, body) = asked.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("a command");
        assert_eq!(body["do"], "parcel.event");
        assert_eq!(
            body["args"],
            json!({ "parcel": document, "event": event, "on": on })
        );
    }
}
