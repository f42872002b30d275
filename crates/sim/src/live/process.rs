//! One `tongband` process: started, watched until ready, signalled, and never left behind.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use tongban_identity::DivisionCode;

use super::error::LiveError;

/// How long a node may take until it is ready or has stopped.
const READY_MAX: Duration = Duration::from_secs(60);
/// How many lines of a log an error shows.
const LOG_LINES_MAX: usize = 6;

/// A running node; dropping it kills the process.
#[derive(Debug)]
pub(super) struct Process {
    node: DivisionCode,
    child: Child,
}

/// What a node says when it is ready.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    #[serde(default)]
    ready: bool,
    /// Where it listens for other cities.
    #[serde(default)]
    pub(super) listen: Vec<SocketAddr>,
    /// Its API's socket.
    #[serde(default)]
    pub(super) api: PathBuf,
}

impl Process {
    /// Starts the program and waits for its ready line.
    pub(super) async fn start(
        node: DivisionCode,
        program: &Path,
        arguments: &[String],
        log: &Path,
    ) -> Result<(Process, Ready), LiveError> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(append(log)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| LiveError::Spawn {
                node,
                program: program.to_owned(),
                source,
            })?;
        let stdout = child.stdout.take();
        let process = Process { node, child };
        let mut lines = match stdout {
            Some(stdout) => BufReader::new(stdout).lines(),
            None => return Err(process.not_ready(log)),
        };
        let Ok(Some(ready)) = timeout(READY_MAX, ready_line(&mut lines)).await else {
            return Err(process.not_ready(log));
        };
        // Whoever writes to a closed pipe is killed by it, so the rest is read and forgotten.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((process, ready))
    }

    fn not_ready(&self, log: &Path) -> LiveError {
        LiveError::NotReady {
            node: self.node,
            log: tail(log),
        }
    }

    /// Kills the process without warning and waits until it is gone.
    pub(super) async fn kill(mut self) -> Result<(), LiveError> {
        let node = self.node;
        self.child
            .kill()
            .await
            .map_err(|source| LiveError::Signal { node, source })
    }

    /// Asks the process to stop; one that does not is killed.
    pub(super) async fn stop(mut self) -> Result<(), LiveError> {
        self.signal(Signal::TERM)?;
        match timeout(READY_MAX, self.child.wait()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(source)) => Err(LiveError::Signal {
                node: self.node,
                source,
            }),
            Err(_) => self.kill().await,
        }
    }

    /// Freezes the process.
    pub(super) fn pause(&self) -> Result<(), LiveError> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen process go on.
    pub(super) fn resume(&self) -> Result<(), LiveError> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), LiveError> {
        let node = self.node;
        // Without an id the process has ended and was waited for: its number may be another's by now.
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or(LiveError::NotRunning(node))?;
        kill_process(pid, signal).map_err(|error| LiveError::Signal {
            node,
            source: error.into(),
        })
    }
}

/// Runs the program to its end, for `init`.
pub(super) async fn run_once(
    node: DivisionCode,
    program: &Path,
    arguments: &[String],
    log: &Path,
) -> Result<(), LiveError> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(append(log)?)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| LiveError::Spawn {
            node,
            program: program.to_owned(),
            source,
        })?;
    match timeout(READY_MAX, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        _ => Err(LiveError::NotReady {
            node,
            log: tail(log),
        }),
    }
}

/// Reads until the line that says ready; lines of another kind are passed over.
async fn ready_line(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<Ready> {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(ready) = serde_json::from_str::<Ready>(&line)
            && ready.ready
        {
            return Some(ready);
        }
    }
    None
}

fn append(log: &Path) -> Result<File, LiveError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .map_err(|source| LiveError::File {
            path: log.to_owned(),
            source,
        })
}

/// The last lines of a log.
pub(super) fn tail(log: &Path) -> Vec<String> {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let first = lines.len().saturating_sub(LOG_LINES_MAX);
    lines[first..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}
