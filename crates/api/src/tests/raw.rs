//! HTTP written and read by hand, for what the client never sends.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tongban_client::Problem;

/// An answer taken apart.
pub struct RawAnswer {
    pub status: u16,
    /// The status line and headers, in lower case.
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    /// Reads the body as a refusal and returns its status, code and subject.
    pub fn problem(&self) -> (u16, String, String) {
        assert!(
            self.head.contains("content-type: application/problem+json"),
            "{}",
            self.head
        );
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.kind, format!("urn:tongban:error:{}", problem.code));
        (problem.status, problem.code, problem.about)
    }
}

/// Sends a request line, headers and body; the length is added.
pub async fn send(socket: &Path, line: &str, headers: &[&str], body: &str) -> RawAnswer {
    let mut text = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    exchange(socket, text.as_bytes()).await
}

/// Sends bytes as they are and reads until the server closes.
pub async fn exchange(socket: &Path, bytes: &[u8]) -> RawAnswer {
    let (mut from, mut to) = UnixStream::connect(socket).await.unwrap().into_split();
    // The server may answer and close before it has read everything; that is not an error here.
    let write = async {
        let _ = to.write_all(bytes).await;
    };
    let mut answer = Vec::new();
    let read = async {
        let _ = from.read_to_end(&mut answer).await;
    };
    tokio::join!(write, read);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    RawAnswer {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}
