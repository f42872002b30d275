//! Each route once through the real client: what arrives at the node and what comes back.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tongban_client::{BUNDLE_BYTES_MAX, BackupRequest, BundleExport, CaseFilter, ClientError};
use tongban_ledger::answer::{CaseOrder, CaseQuery, ConsultQuery, Refusal};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use super::fake::{self, Gate, Server};
use super::raw;

fn command() -> Command {
    fake::sample(json!({"do": "case.push", "args": {"case": "330800-2026-000001"}}))
}

#[tokio::test]
async fn a_command_arrives_with_its_key() {
    let server = Server::start().await;
    let command = command();
    let done = server.client().command(&command, "key-1").await.unwrap();
    assert_eq!(done, fake::done());
    assert_eq!(server.fake.calls(), [format!("command key-1 {command:?}")]);
}

#[tokio::test]
async fn every_command_of_the_reference_is_known() {
    let server = Server::start().await;
    for name in Command::NAMES {
        let answer = raw::send(
            &server.socket(),
            "POST /v1/commands",
            &["content-type: application/json", "idempotency-key: k"],
            &json!({"do": name, "args": 7}).to_string(),
        )
        .await;
        let (status, code, about) = answer.problem();
        assert_eq!((status, code.as_str()), (400, "E_ARGUMENT"), "{name}");
        assert!(about.starts_with("args"), "{name}: {about}");
    }
    assert!(server.fake.calls().is_empty());
}

#[tokio::test]
async fn questions_bring_their_answers() {
    let server = Server::start().await;
    let client = server.client();
    client.alive().await.unwrap();
    assert_eq!(client.status().await.unwrap(), fake::status());
    assert_eq!(client.audit().await.unwrap(), fake::status());
    assert_eq!(client.case("d1").await.unwrap(), fake::case());
    assert_eq!(client.consults().await.unwrap(), [fake::consult().row]);
    assert_eq!(client.consult("q1").await.unwrap(), fake::consult());
    let meetings = client.meetings().await.unwrap().meetings;
    assert_eq!(meetings, [fake::meeting().row]);
    assert_eq!(client.meeting("m1").await.unwrap(), fake::meeting());
    assert_eq!(client.parcels().await.unwrap(), [fake::parcel()]);
    assert_eq!(client.parcel("EE47").await.unwrap(), fake::parcel());
    let month = "2026-09".parse().unwrap();
    assert_eq!(client.settlement(month).await.unwrap(), fake::settlement());
    let with = "350700".parse().unwrap();
    assert_eq!(client.bills(month).await.unwrap(), [fake::bill().row]);
    let named = Some("a1b2 c3");
    assert_eq!(client.bill(month, with, named).await.unwrap(), fake::bill());
    assert_eq!(client.rounds(month).await.unwrap(), [fake::round().row]);
    assert_eq!(client.round(month, None).await.unwrap(), fake::round());
    let city = "350700".parse().ok();
    assert_eq!(client.roster(None).await.unwrap(), fake::roster());
    assert_eq!(client.defects(city).await.unwrap(), fake::defects());
    assert_eq!(client.roots().await.unwrap(), fake::roots());
    assert_eq!(client.verify().await.unwrap(), fake::verified());
    assert_eq!(client.evidence("d1").await.unwrap(), fake::evidence());
    assert_eq!(
        server.fake.calls(),
        [
            "status",
            "audit",
            "case d1",
            "consults",
            "consult q1",
            "meetings",
            "meeting m1",
            "parcels",
            "parcel EE47",
            "settlement 2026-09",
            "bills 2026-09",
            "bill 2026-09 350700 Some(\"a1b2 c3\")",
            "rounds 2026-09",
            "round 2026-09 None",
            "roster None",
            "defects Some(350700)",
            "roots",
            "verify",
            "evidence d1"
        ]
    );
}

#[tokio::test]
async fn bundles_go_as_text_and_come_as_bytes() {
    let server = Server::start().await;
    let client = server.client();
    let export: BundleExport = fake::sample(json!({"to": "350700", "next": "a1"}));
    let written = client.export_bundle(&export).await.unwrap();
    assert_eq!(written, fake::bundle_written());
    // More than any other body may have.
    let file = vec![7; BUNDLE_BYTES_MAX];
    let contents = client.bundle_contents(file.clone()).await.unwrap();
    assert_eq!(contents, fake::bundle_contents());
    let taken = client.import_bundle(file.clone()).await.unwrap();
    assert_eq!(taken, fake::bundle_taken());
    assert_eq!(
        server.fake.calls(),
        [
            "export 350700 Some(\"a1\")",
            &format!("contents of {}", file.len()),
            &format!("import of {}", file.len()),
        ]
    );
    let longer = vec![7; BUNDLE_BYTES_MAX + 1];
    let refused = client.import_bundle(longer).await.unwrap_err();
    assert!(matches!(
        refused,
        ClientError::Refused(Refusal {
            code: Code::TooLarge,
            ..
        })
    ));
    let answer = raw::send(
        &server.socket(),
        "POST /v1/bundles/import",
        &["content-type: application/json"],
        "{}",
    )
    .await;
    assert_eq!(answer.problem().0, 415);
}

#[tokio::test]
async fn filters_arrive_as_they_were_given() {
    let server = Server::start().await;
    for filter in [
        CaseFilter::default(),
        CaseFilter {
            stage: Some("S40 & 受理".to_owned()),
            holder: Some("030800".parse().unwrap()),
            open: Some(true),
            officer: Some("QZ-0117".to_owned()),
        },
        CaseFilter {
            open: Some(false),
            ..CaseFilter::default()
        },
    ] {
        let rows = server.client().cases(&filter).await.unwrap();
        assert_eq!(rows, [fake::row()]);
        assert_eq!(server.fake.calls(), [format!("cases {filter:?}")]);
    }
}

#[tokio::test]
async fn a_question_for_a_page_arrives_as_it_was_given() {
    let server = Server::start().await;
    let query = CaseQuery {
        item: Some("I-02".to_owned()),
        due_before: "2026-10-01".parse().ok(),
        applicant_id: Some("330899198803170010".to_owned()),
        order: CaseOrder::OwnDue,
        after: Some("0a".to_owned()),
        limit: Some(7),
        ..CaseQuery::default()
    };
    let page = server.client().case_page(&query).await.unwrap();
    assert_eq!(
        (page.cases, page.next),
        (vec![fake::row()], query.after.clone())
    );
    assert_eq!(server.fake.calls(), [format!("case_page {query:?}")]);
}

#[tokio::test]
async fn a_question_for_a_page_of_consults_arrives_as_it_was_given() {
    let server = Server::start().await;
    let query = ConsultQuery {
        open: Some(true),
        after: Some("7~0a0b0c0d".to_owned()),
        limit: Some(3),
    };
    let page = server.client().consult_page(&query).await.unwrap();
    assert_eq!(
        (page.consults, page.next),
        (vec![fake::consult().row], query.after.clone())
    );
    assert_eq!(server.fake.calls(), [format!("consult_page {query:?}")]);
}

#[tokio::test]
async fn references_keep_every_character() {
    let server = Server::start().await;
    for reference in ["a/b", "..", "50%25", "衢 1?x#y", "+"] {
        server.client().case(reference).await.unwrap();
        assert_eq!(server.fake.calls(), [format!("case {reference}")]);
    }
    let error = server.client().case("").await.unwrap_err();
    assert_eq!(error.code(), "E_NOT_FOUND");
}

#[tokio::test]
async fn agreements_are_prepared_and_read() {
    let server = Server::start().await;
    let client = server.client();
    let invitation = client
        .invitation(vec!["10.0.0.1:7001".to_owned()])
        .await
        .unwrap();
    assert_eq!(invitation.invitation, "text");
    assert_eq!(invitation.fingerprint, "1111-2222");
    assert_eq!(
        client.founding_preview("founding").await.unwrap(),
        fake::preview()
    );
    client.set_clock(-1).await.unwrap();
    let wanted = BackupRequest {
        dir: "/backup".to_owned(),
        with_keys: true,
    };
    let made = client.backup(&wanted).await.unwrap();
    assert_eq!((&*made.dir, made.number, made.keys), ("/backup", 3, true));
    assert_eq!(
        server.fake.calls(),
        [
            r#"invitation ["10.0.0.1:7001"]"#,
            "preview founding",
            "clock -1",
            "backup /backup true"
        ]
    );
}

#[tokio::test]
async fn every_refusal_reaches_the_caller() {
    let server = Server::start().await;
    for &code in Code::ALL {
        let case = format!("{}{code}", fake::REFUSE);
        let error = server.client().case(&case).await.unwrap_err();
        let expected = Refusal {
            code,
            about: "case".to_owned(),
        };
        assert_eq!(error.refusal(), Some(&expected));
        assert_eq!(error.code(), code.as_str());
    }
}

#[tokio::test]
async fn statuses_follow_the_code() {
    let server = Server::start().await;
    for (code, status) in [
        ("E_NOT_FOUND", 404),
        ("E_ARGUMENT", 400),
        ("E_ID_NUMBER", 400),
        ("E_AMOUNT_LIMIT", 400),
        ("E_DATE", 400),
        ("E_TOO_LARGE", 413),
        ("E_IDEMPOTENCY", 422),
        ("E_PUSH_OPEN", 409),
        ("E_MODE", 409),
        ("E_DAMAGED", 500),
        ("E_DISK_FULL", 507),
    ] {
        let line = format!("GET /v1/cases/{}{code}", fake::REFUSE);
        let answer = raw::send(&server.socket(), &line, &[], "").await;
        let about = "case".to_owned();
        assert_eq!(answer.problem(), (status, code.to_owned(), about));
        assert!(answer.head.contains("cache-control: no-store"));
    }
}

#[tokio::test]
async fn a_panic_in_the_node_is_one_failed_call() {
    let server = Server::start().await;
    let error = server.client().case(fake::PANIC).await.unwrap_err();
    assert_eq!(error.code(), "E_INTERNAL");
    assert_eq!(server.client().status().await.unwrap(), fake::status());
}

#[tokio::test]
async fn a_call_runs_to_its_end_without_its_caller() {
    let server = Server::start().await;
    let (begun, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    *server.fake.gate.lock().unwrap() = Some(Gate {
        begun,
        go_on: may_go_on,
        ended,
    });
    let client = server.client();
    let caller = tokio::spawn(async move { client.status().await });
    has_begun.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    // Once shutdown has run, the server has closed the connection and dropped its request.
    let (_folder, stopped) = server.stop();
    stopped.await.unwrap();
    go_on.send(()).unwrap();
    has_ended.await.unwrap();
}

#[tokio::test]
async fn an_answer_of_another_kind_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let socket = fake::socket_in(folder.path());
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    let answer = async |text: &str| {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        stream.write_all(text.as_bytes()).await.unwrap();
    };
    let client = tongban_client::Client::unix(&socket);
    for (text, expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}",
            "E_PROTOCOL",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "E_PROTOCOL",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{}",
            "E_CONNECTION",
        ),
        ("", "E_CONNECTION"),
    ] {
        let (outcome, ()) = tokio::join!(client.status(), answer(text));
        let error: ClientError = outcome.unwrap_err();
        assert_eq!(error.code(), expected, "{text}");
    }
}
