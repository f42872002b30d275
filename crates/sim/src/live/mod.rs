//! The live engine: one real `tongband` process per city on loopback, with a link of its own between each
//! ordered pair.
//!
//! It uses what anyone could use: the program, its signals, its HTTP API and TCP. It looks into no data.

mod binary;
mod drive;
mod error;
mod faults;
mod keys;
mod link;
mod process;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::future::Future;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;
use tongban_client::{Client, ClientError};
use tongban_identity::DivisionCode;

pub use error::{BinaryError, LiveError};

use crate::engine::Seat;
use crate::scenario::{Fault, Moment, Node};
use crate::world::Clock;
use link::Link;
use process::Process;

/// How long one call to a node may take.
const CALL_SECONDS_MAX: u64 = 30;
/// Seals keys that live as long as the run.
const PASSPHRASE: &str = "scenario run";

/// Choices for a live run.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    /// The node's program; found by `TONGBAND_BIN`, or beside the running program, if absent.
    pub program: Option<PathBuf>,
    /// A folder for keys, data and logs that stays after the run; a temporary one if absent.
    pub folder: Option<PathBuf>,
}

/// Real processes on loopback. Dropping it kills them all.
#[derive(Debug)]
pub struct LiveEngine {
    // Processes end before the folder they write to is removed: fields are dropped in this order.
    nodes: BTreeMap<DivisionCode, LiveNode>,
    links: BTreeMap<(DivisionCode, DivisionCode), Link>,
    /// Copies of nodes that run beside them.
    copies: BTreeMap<DivisionCode, LiveCopy>,
    /// Faults that hold, and how many turns they have taken.
    standing: Vec<(Fault, u32)>,
    clock: Option<Moment>,
    program: PathBuf,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

#[derive(Debug)]
struct LiveNode {
    name: String,
    process: Option<Process>,
    paused: bool,
    /// How wrong its civil clock is.
    clock: Clock,
    client: Client,
    /// The address that other cities read in the invitation. It leads nowhere: who dials it instead of the
    /// link it was given would pass by every fault, and so gets no connection at all.
    door: Link,
}

/// A copy of a node that runs beside it.
#[derive(Debug)]
struct LiveCopy {
    process: Process,
    client: Client,
}

impl LiveEngine {
    /// Prepares a folder and finds the program; nothing runs yet.
    ///
    /// # Errors
    /// [`LiveStartError`] when there is no program or no folder.
    pub fn new(options: LiveOptions) -> Result<LiveEngine, LiveStartError> {
        let program = match options.program {
            Some(program) => program,
            None => binary::find()?,
        };
        let (folder, temporary) = match options.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder)?;
                (folder, None)
            }
            None => {
                let temporary = TempDir::with_prefix("tongban-")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        Ok(LiveEngine {
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            copies: BTreeMap::new(),
            standing: Vec::new(),
            clock: None,
            program,
            folder,
            _temporary: temporary,
        })
    }

    /// Returns a city's data directory.
    pub fn data_dir(&self, node: DivisionCode) -> PathBuf {
        self.folder.join(node.to_string())
    }

    /// Returns the client of a city that runs.
    pub fn client(&self, node: DivisionCode) -> Option<&Client> {
        let found = self.nodes.get(&node)?;
        found.process.as_ref().map(|_| &found.client)
    }

    fn log(&self, node: DivisionCode) -> PathBuf {
        self.folder.join(format!("{node}.log"))
    }

    fn passphrase_file(&self) -> PathBuf {
        self.folder.join("passphrase")
    }

    /// Makes keys, links and the door of a city.
    async fn found_node(&mut self, node: &Node, others: &[Node]) -> Result<(), LiveError> {
        for other in others
            .iter()
            .filter(|other| other.division != node.division)
        {
            let link = Link::open().await.map_err(LiveError::Port)?;
            self.links.insert((node.division, other.division), link);
        }
        let door = Link::open().await.map_err(LiveError::Port)?;
        door.cut();
        let arguments = self.arguments(
            "init",
            node.division,
            &[
                ("--division", node.division.to_string()),
                ("--name", node.name.clone()),
                ("--listen", "127.0.0.1:0".to_owned()),
            ],
            &["--fast-kdf"],
        );
        let log = self.log(node.division);
        process::run_once(node.division, &self.program, &arguments, &log).await?;
        let live = LiveNode {
            name: node.name.clone(),
            process: None,
            paused: false,
            clock: Clock::default(),
            client: Client::unix(PathBuf::new()),
            door,
        };
        self.nodes.insert(node.division, live);
        Ok(())
    }

    /// Starts the process of a city, leads every link to where it listens now, and sets its clock.
    async fn launch(&mut self, node: DivisionCode) -> Result<(), LiveError> {
        let door = match self.nodes.get(&node) {
            Some(live) => live.door.address().to_string(),
            None => return Err(LiveError::NotRunning(node)),
        };
        let arguments = self.arguments_to_run(node, door);
        let log = self.log(node);
        let (process, ready) = Process::start(node, &self.program, &arguments, &log).await?;
        let Some(listen) = ready.listen.first() else {
            return Err(LiveError::NotReady {
                node,
                log: process::tail(&log),
            });
        };
        for (_, link) in self.links.iter().filter(|((_, to), _)| *to == node) {
            link.lead(*listen);
        }
        if let Some(live) = self.nodes.get_mut(&node) {
            live.process = Some(process);
            live.paused = false;
            live.client = Client::unix(ready.api);
        }
        match self.clock {
            Some(clock) => self.set_clock_of(node, clock).await,
            None => Ok(()),
        }
    }

    fn arguments_to_run(&self, node: DivisionCode, door: String) -> Vec<String> {
        let mut options = vec![
            ("--listen", "127.0.0.1:0".to_owned()),
            ("--advertise", door),
        ];
        for ((_, to), link) in self.links.iter().filter(|((from, _), _)| *from == node) {
            options.push(("--peer", format!("{to}={}", link.address())));
        }
        self.arguments("run", node, &options, &["--scripted-clock"])
    }

    fn arguments(
        &self,
        verb: &str,
        node: DivisionCode,
        options: &[(&str, String)],
        flags: &[&str],
    ) -> Vec<String> {
        let mut arguments = vec![verb.to_owned()];
        let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        option("--dir", self.data_dir(node).display().to_string());
        option(
            "--passphrase-file",
            self.passphrase_file().display().to_string(),
        );
        for (name, value) in options {
            option(name, value.clone());
        }
        arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
        arguments
    }

    async fn set_clock_of(&self, node: DivisionCode, at: Moment) -> Result<(), LiveError> {
        let client = self.running(node)?.clone();
        let clock = self.nodes.get(&node).map(|live| live.clock);
        let shown = clock.unwrap_or_default().shows(at.unix());
        self.call(node, client.set_clock(shown)).await
    }

    /// The client of a city that answers.
    fn running(&self, node: DivisionCode) -> Result<&Client, LiveError> {
        self.nodes
            .get(&node)
            .filter(|live| live.process.is_some() && !live.paused)
            .map(|live| &live.client)
            .ok_or(LiveError::NotRunning(node))
    }

    /// The client of a city that answers, or of the copy that runs beside its node.
    fn seated(&self, seat: Seat) -> Result<&Client, LiveError> {
        if !seat.copy {
            return self.running(seat.city);
        }
        let copy = self.copies.get(&seat.city).map(|copy| &copy.client);
        copy.ok_or(LiveError::NotRunning(seat.city))
    }

    /// Waits for an answer, but not for ever.
    async fn call<T>(
        &self,
        node: DivisionCode,
        call: impl Future<Output = Result<T, ClientError>> + Send,
    ) -> Result<T, LiveError> {
        match timeout(Duration::from_secs(CALL_SECONDS_MAX), call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(source)) => Err(LiveError::Call {
                node,
                log: process::tail(&self.log(node)),
                source,
            }),
            Err(_) => Err(LiveError::Silent {
                node,
                seconds: CALL_SECONDS_MAX,
                log: process::tail(&self.log(node)),
            }),
        }
    }

    fn take_process(&mut self, node: DivisionCode) -> Result<Process, LiveError> {
        self.nodes
            .get_mut(&node)
            .and_then(|live| live.process.take())
            .ok_or(LiveError::NotRunning(node))
    }

    fn set_paused(&mut self, node: DivisionCode, paused: bool) -> Result<(), LiveError> {
        let live = self
            .nodes
            .get_mut(&node)
            .ok_or(LiveError::NotRunning(node))?;
        let process = live.process.as_ref().ok_or(LiveError::NotRunning(node))?;
        match paused {
            true => process.pause()?,
            false => process.resume()?,
        }
        live.paused = paused;
        Ok(())
    }
}

/// Reports why a live run cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum LiveStartError {
    /// There is no program.
    #[error(transparent)]
    Binary(#[from] BinaryError),
    /// There is no folder to write to.
    #[error("cannot make a folder for the run")]
    Folder(#[from] std::io::Error),
}

fn write_secret(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{PASSPHRASE}")
}
