//! The socket file: who may open it, when it is taken over, when it goes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tongban_client::Client;
use tongban_ledger::code::Code;

use super::fake::{self, Server, socket_in};
use crate::{BindError, Endpoint};

#[tokio::test]
async fn only_the_owner_may_connect() {
    let server = Server::start().await;
    let mode = fs::metadata(server.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[tokio::test]
async fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(folder.path());
    // The standard listener leaves its file behind, as a killed process does.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(fs::symlink_metadata(&socket).is_ok());
    let error = Client::unix(&socket).status().await.unwrap_err();
    assert_eq!(error.code(), "E_NOT_RUNNING");

    let endpoint = Endpoint::bind(&socket).await.unwrap();
    assert_eq!(endpoint.socket(), socket);
    UnixStream::connect(&socket).await.unwrap();
}

#[tokio::test]
async fn a_socket_in_use_is_left_alone() {
    let server = Server::start().await;
    let error = Endpoint::bind(server.socket()).await.unwrap_err();
    assert!(matches!(error, BindError::AddressInUse { .. }), "{error}");
    assert_eq!(error.code(), Code::PortInUse);
    assert_eq!(server.client().status().await.unwrap(), fake::status());
}

#[tokio::test]
async fn another_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = socket_in(folder.path());
    fs::write(&path, "precious").unwrap();
    let error = Endpoint::bind(&path).await.unwrap_err();
    assert!(matches!(error, BindError::NotASocket { .. }), "{error}");
    assert_eq!(error.code(), Code::Config);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

    let missing = folder.path().join("missing/api.sock");
    let error = Endpoint::bind(missing).await.unwrap_err();
    assert!(matches!(error, BindError::Io { .. }), "{error}");
}

#[tokio::test]
async fn an_endpoint_removes_its_own_file_only() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(folder.path());
    let first = Endpoint::bind(&socket).await.unwrap();
    fs::remove_file(&socket).unwrap();
    // The number of the first file is still in use, so that the second gets another one.
    let second = Endpoint::bind(&socket).await.unwrap();
    drop(first);
    UnixStream::connect(&socket).await.unwrap();
    drop(second);
    assert!(fs::symlink_metadata(&socket).is_err());
}

#[tokio::test]
async fn shutdown_ends_idle_connections_and_removes_the_file() {
    let server = Server::start().await;
    let socket = server.socket();
    let mut silent = UnixStream::connect(&socket).await.unwrap();
    let mut idle = UnixStream::connect(&socket).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok\n") {
        assert_ne!(idle.read_buf(&mut answer).await.unwrap(), 0);
    }
    let client = server.client();
    let (_folder, stopped) = server.stop();
    stopped.await.unwrap();
    assert_eq!(idle.read_buf(&mut answer).await.unwrap(), 0);
    assert_eq!(silent.read_buf(&mut answer).await.unwrap(), 0);
    assert!(fs::symlink_metadata(&socket).is_err());
    assert_eq!(client.status().await.unwrap_err().code(), "E_NOT_RUNNING");
}
