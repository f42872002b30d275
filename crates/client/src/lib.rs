//! The local HTTP interface seen from outside: the types that exist only on the wire, and a typed client that
//! speaks to a node over its Unix socket.
//!
//! Commands and answers themselves are the ledger's; nothing here decides anything. The routes that answer
//! are in `tongban-api`.

mod client;
mod connection;
mod error;
mod limits;
mod problem;
mod uri;
mod wire;

pub use client::Client;
pub use error::{AnswerFault, ClientError};
pub use limits::{
    BODY_BYTES_MAX, BUNDLE_BYTES_MAX, CASES_LISTED_MAX, IDEMPOTENCY_KEY, KEY_BYTES_MAX,
    PROBLEM_JSON, is_idempotency_key,
};
pub use problem::Problem;
pub use wire::{
    BackupAnswer, BackupRequest, BundleExport, CaseFilter, FoundingPreview, Invitation, SetClock,
};
