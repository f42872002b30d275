//! Requests that are refused for their form: nothing reaches the node, and no value comes back.

use serde_json::json;
use tongban_client::{BODY_BYTES_MAX, ClientError};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use super::fake::{self, Server};
use super::raw;

const JSON: &str = "content-type: application/json";
const KEY: &str = "idempotency-key: k";

#[tokio::test]
async fn a_command_needs_one_well_formed_key() {
    let server = Server::start().await;
    let body = json!({"do": "case.close", "args": {"case": "1"}}).to_string();
    let long = format!("idempotency-key: {}", "k".repeat(129));
    for headers in [
        &[JSON][..],
        &[JSON, "idempotency-key:"],
        &[JSON, "idempotency-key: two words"],
        &[JSON, "idempotency-key: 键"],
        &[JSON, &long],
        &[JSON, KEY, KEY],
    ] {
        let answer = raw::send(&server.socket(), "POST /v1/commands", headers, &body).await;
        let expected = (400, "E_ARGUMENT".to_owned(), "idempotency-key".to_owned());
        assert_eq!(answer.problem(), expected, "{headers:?}");
    }
    let command: Command = serde_json::from_str(&body).unwrap();
    let error = server.client().command(&command, "two words").await;
    assert_eq!(error.unwrap_err().code(), "E_ARGUMENT");
    assert!(server.fake.calls().is_empty());

    let longest = format!("idempotency-key: {}", "k".repeat(128));
    let headers = [JSON, &longest];
    let answer = raw::send(&server.socket(), "POST /v1/commands", &headers, &body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = Server::start().await;
    let expected = (413, "E_TOO_LARGE".to_owned(), "body".to_owned());

    // A declared length is refused before the body is awaited.
    let head = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{JSON}\r\n{KEY}\r\n\
         content-length: {}\r\n\r\n",
        BODY_BYTES_MAX + 1
    );
    let answer = raw::exchange(&server.socket(), head.as_bytes()).await;
    assert_eq!(answer.problem(), expected);

    // A chunked body is counted while it comes.
    let chunked = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{JSON}\r\n{KEY}\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        BODY_BYTES_MAX + 1,
        " ".repeat(BODY_BYTES_MAX + 1)
    );
    let answer = raw::exchange(&server.socket(), chunked.as_bytes()).await;
    assert_eq!(answer.problem(), expected);

    // The client does not even connect.
    let error = server
        .client()
        .founding_preview("f".repeat(BODY_BYTES_MAX))
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::Refused(refusal) if refusal.code == Code::TooLarge));
    assert!(server.fake.calls().is_empty());

    let fits = "f".repeat(BODY_BYTES_MAX - r#"{"founding":""}"#.len());
    server.client().founding_preview(fits).await.unwrap();
}

#[tokio::test]
async fn heads_are_bounded() {
    let server = Server::start().await;
    let line = format!("GET /v1/cases/{}", "x".repeat(crate::HEAD_BYTES_MAX));
    let answer = raw::send(&server.socket(), &line, &[], "").await;
    assert!((400..500).contains(&answer.status), "{}", answer.head);
    assert!(server.fake.calls().is_empty());
}

#[tokio::test]
async fn only_json_is_read() {
    let server = Server::start().await;
    let send = async |headers: &[&str]| {
        let body = r#"{"addresses":[]}"#;
        raw::send(&server.socket(), "POST /v1/invitation", headers, body).await
    };
    for headers in [
        &[][..],
        &["content-type: text/plain"],
        &["content-type: application/x-www-form-urlencoded"],
        &["content-type: application/jsonp"],
    ] {
        let expected = (415, "E_ARGUMENT".to_owned(), "content-type".to_owned());
        assert_eq!(send(headers).await.problem(), expected);
    }
    assert!(server.fake.calls().is_empty());
    let answer = send(&["content-type: Application/JSON; charset=utf-8"]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn unknown_commands_and_fields_are_named_and_refused() {
    let server = Server::start().await;
    let check = async |body: &str, about: &str| {
        let headers = [JSON, KEY];
        let answer = raw::send(&server.socket(), "POST /v1/commands", &headers, body).await;
        let (status, code, said) = answer.problem();
        assert_eq!((status, code.as_str()), (400, "E_ARGUMENT"), "{body:.99}");
        let field = said.split(" (").next().unwrap();
        assert_eq!(field, about, "{body:.99}");
    };
    check(r#"{"do":"case.destroy","args":{}}"#, "do").await;
    check(r#"{"do":7,"args":{}}"#, "do").await;
    check(r#"{"do":"case.close"}"#, "args").await;
    check(r#"{"args":{"case":"1"}}"#, "do").await;
    check(
        r#"{"do":"case.close","args":{"case":"1"},"force":true}"#,
        "force",
    )
    .await;
    check(
        r#"{"do":"case.close","args":{"case":"1","force":true}}"#,
        "args.force",
    )
    .await;
    check(
        r#"{"do":"case.close","args":{"case":"1","case":"2"}}"#,
        "args.case",
    )
    .await;
    check(
        r#"{"do":"case.close","args":{"case":"1"}}{}"#,
        "line 1, column 40",
    )
    .await;
    check("nonsense", "line 1, column 2").await;
    // So deep that a recursive reader would run out of stack.
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let deep = format!(r#"{{"do":"case.close","args":{{"case":{open}{close}}}}}"#);
    check(&deep, "args.case").await;
    assert!(server.fake.calls().is_empty());
}

/// A fictional name and a number of an unassigned county.
const PERSONAL: [&str; 3] = ["330899199001010014", "王小明", "wangxiaoming"];

#[tokio::test]
async fn personal_data_never_come_back() {
    let server = Server::start().await;
    for (place, canary) in [
        ("id_number", json!(330899199001010014_u64)),
        ("id_number", json!(["330899199001010014"])),
        ("id_number", json!({"330899199001010014": "王小明"})),
        ("name", json!({"wangxiaoming": true})),
        ("330899199001010014", json!("王小明")),
        ("王小明", json!("330899199001010014")),
    ] {
        let mut applicant = json!({"name": "王小明", "id_number": "330899199001010014"});
        applicant[place] = canary;
        let body = json!({"do": "case.receive", "args": {
            "applicant": applicant, "item": "I", "owner": "350700", "materials": [], "officer": "1",
        }});
        refused_without_echo(&server, "POST /v1/commands", &body.to_string()).await;
    }
    for body in PERSONAL {
        let quoted = format!("\"{body}\"");
        let command = json!({"do": body, "args": {}}).to_string();
        let enumeration = json!({"do": "case.served", "args": {"case": "1", "means": body}});
        let day = json!({"do": "case.served",
            "args": {"case": "1", "means": "portal", "on": body}});
        for body in [
            &quoted,
            body,
            &command,
            &enumeration.to_string(),
            &day.to_string(),
        ] {
            refused_without_echo(&server, "POST /v1/commands", body).await;
        }
        refused_without_echo(&server, "POST /v1/invitation", &quoted).await;
        refused_without_echo(&server, "PUT /v1/test/clock", &quoted).await;
    }
    for path in [
        "/v1/settlement/330899199001010014",
        "/v1/cases?holder=wangxiaoming",
        "/v1/cases?open=330899199001010014",
        "/v1/cases?wangxiaoming=1",
        "/v1/cases?stage=wangxiaoming&stage=wangxiaoming",
        "/v1/cases/%FFwangxiaoming",
        "/v2/330899199001010014",
    ] {
        refused_without_echo(&server, &format!("GET {path}"), "").await;
    }
    assert!(server.fake.calls().is_empty());
}

async fn refused_without_echo(server: &Server, line: &str, body: &str) {
    let answer = raw::send(&server.socket(), line, &[JSON, KEY], body).await;
    assert!((400..500).contains(&answer.status), "{line} {body}");
    answer.problem();
    for canary in PERSONAL {
        assert!(!answer.head.contains(canary), "{line} {body}");
        assert!(!answer.body.contains(canary), "{}", answer.body);
    }
}

#[tokio::test]
async fn other_methods_are_refused_as_problems() {
    let server = Server::start().await;
    for (line, allowed) in [
        ("GET /v1/commands", "allow: post"),
        ("DELETE /v1/cases/1", "allow: get,head"),
        ("PATCH /v1/status", "allow: get,head"),
        ("TRACE /livez", "allow: get,head"),
        ("OPTIONS /v1/roots", "allow: get,head"),
        ("POST /v1/test/clock", "allow: put"),
        ("BREW /v1/status", "allow: get,head"),
    ] {
        let answer = raw::send(&server.socket(), line, &[], "").await;
        let expected = (405, "E_ARGUMENT".to_owned(), "method".to_owned());
        assert_eq!(answer.problem(), expected, "{line}");
        assert!(answer.head.contains(allowed), "{line}: {}", answer.head);
    }
    let answer = raw::send(&server.socket(), "GET /v1/cases/1/entries", &[], "").await;
    let expected = (404, "E_NOT_FOUND".to_owned(), "path".to_owned());
    assert_eq!(answer.problem(), expected);
    assert!(server.fake.calls().is_empty());
    assert_eq!(server.client().status().await.unwrap(), fake::status());
}
