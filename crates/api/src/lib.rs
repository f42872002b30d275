//! The local HTTP interface of a node: routes on a Unix socket that only the node's user may open.
//!
//! It checks form and size, never rights or rules: what a command may do is decided behind [`Backend`]. The
//! types on the wire and the client are in `tongban-client`.

mod backend;
mod body;
mod endpoint;
mod problem;
mod routes;
mod serve;
#[cfg(test)]
mod tests;

pub use backend::Backend;
pub use endpoint::{BindError, Endpoint};
pub use problem::status_of;
pub use routes::router;
pub use serve::{BODY_WAIT, CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_WAIT, SHUTDOWN_WAIT, serve};
