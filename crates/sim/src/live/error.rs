//! What goes wrong with the processes of the live engine, never a refusal by a node.

use std::io;
use std::path::PathBuf;

use tongban_client::ClientError;
use tongban_identity::DivisionCode;

/// Reports that the node's program was not found.
#[derive(Debug, thiserror::Error)]
#[error("no tongband program at {}; build it, or name it in TONGBAND_BIN", .0.display())]
pub struct BinaryError(pub PathBuf);

/// Reports why the live engine failed.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A file or folder of the run could not be written.
    #[error("cannot write {}", .path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A port on loopback could not be had.
    #[error("cannot open a port on loopback")]
    Port(#[source] io::Error),
    /// The program could not be started.
    #[error("cannot start {} for {node}", .program.display())]
    Spawn {
        /// The city.
        node: DivisionCode,
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The program ended before it was ready, or was not ready in time.
    #[error("the node {node} did not become ready: {}", last_words(.log))]
    NotReady {
        /// The city.
        node: DivisionCode,
        /// The last lines that it wrote to its log.
        log: Vec<String>,
    },
    /// A signal could not be sent.
    #[error("cannot signal the process of {node}")]
    Signal {
        /// The city.
        node: DivisionCode,
        /// The cause.
        source: io::Error,
    },
    /// A call to a node failed.
    #[error("the node {node} did not answer: {}", last_words(.log))]
    Call {
        /// The city.
        node: DivisionCode,
        /// The last lines that it wrote to its log.
        log: Vec<String>,
        /// The cause.
        source: ClientError,
    },
    /// A call to a node took too long.
    #[error("the node {node} did not answer in {seconds} seconds: {}", last_words(.log))]
    Silent {
        /// The city.
        node: DivisionCode,
        /// How long was waited.
        seconds: u64,
        /// The last lines that it wrote to its log.
        log: Vec<String>,
    },
    /// A city was asked that is no node of this run, or that a fault has stopped.
    #[error("the node {0} does not run")]
    NotRunning(DivisionCode),
}

fn last_words(log: &[String]) -> String {
    match log {
        [] => "it logged nothing".to_owned(),
        lines => lines.join(" / "),
    }
}
