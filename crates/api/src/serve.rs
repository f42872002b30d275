//! The accept loop: a limited number of connections, each with limited patience, ended in order.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::backend::Backend;
use crate::endpoint::Endpoint;
use crate::routes::router;

/// How many connections are open at once; further ones wait in the socket's backlog.
pub const CONNECTIONS_MAX: usize = 256;

/// The most bytes of a request's head.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long a connection may take to send a request's head, idle time before it included.
pub const HEAD_WAIT: Duration = Duration::from_secs(30);

/// How long a request may take to send its body.
pub const BODY_WAIT: Duration = Duration::from_secs(30);

/// How long open requests may take to end after shutdown.
pub const SHUTDOWN_WAIT: Duration = Duration::from_secs(5);

/// How long to wait when the system has no file handle for another connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves a backend on the endpoint until `shutdown` ends.
///
/// Then the socket file is removed, nothing new is taken, open requests get [`SHUTDOWN_WAIT`] to end, and what
/// is still open is closed. Backend calls that still run by then are tasks of the runtime and go on.
pub async fn serve<B: Backend>(
    endpoint: Endpoint,
    backend: Arc<B>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let router = router(backend);
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = endpoint.listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(converse(stream, router.clone(), stopped.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "could not take a local connection");
                        tokio::time::sleep(ACCEPT_RETRY).await;
                    }
                }
            }
        }
    }
    drop(endpoint);
    stop.send_replace(());
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_WAIT, ended).await.is_err() {
        tracing::warn!("closed local connections with requests that had not ended");
        connections.shutdown().await;
    }
}

/// Speaks HTTP/1.1 on one connection until either side ends it or the node stops.
async fn converse(stream: UnixStream, router: Router, mut stopped: watch::Receiver<()>) {
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WAIT)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a local connection broke off");
    }
}
