//! Makes the faults of a scenario with what anyone has: signals, links that fail, and copies of folders.

use std::fs;
use std::io;
use std::path::Path;

use tongban_client::BackupRequest;
use tongban_identity::DivisionCode;

use super::link::{Flow, Side};
use super::process::{self, Process};
use super::{LiveCopy, LiveEngine, LiveError};
use crate::faults::FaultKind;
use crate::scenario::Fault;
use crate::timeline::swizzle;
use crate::world::ClockFault;

/// What a folder keeps when a node loses its data: who it is, and how it is set up.
const KEPT: [&str; 6] = [
    "device.key",
    "encryption.key",
    "root.key",
    "device.cert",
    "encryption.cert",
    "config.toml",
];

/// The file beside the database by which a node notices that it runs elsewhere, or on older data.
const WITNESS: &str = "witness";

impl LiveEngine {
    /// Makes a fault begin.
    pub(super) async fn make(&mut self, fault: &Fault) -> Result<(), LiveError> {
        match (fault.kind, fault.node) {
            (FaultKind::Down, Some(node)) => self.take_process(node)?.stop().await?,
            (FaultKind::Kill, Some(node)) => self.take_process(node)?.kill().await?,
            (FaultKind::Pause, Some(node)) => self.set_paused(node, true)?,
            (FaultKind::CrashLoop, Some(node)) => self.bounce(node).await?,
            (FaultKind::RestartAll, _) => {
                for node in fault.groups.concat() {
                    self.take_process(node)?.kill().await?;
                }
            }
            (FaultKind::ClockStep, Some(node)) => {
                self.set_wrong(node, ClockFault::Step(fault.amount)).await?;
            }
            (FaultKind::ClockDrift, Some(node)) => {
                self.set_wrong(node, ClockFault::Drift(fault.amount))
                    .await?;
            }
            (FaultKind::ClockFreeze, Some(node)) => {
                self.set_wrong(node, ClockFault::Freeze).await?
            }
            (FaultKind::ClockAbsurd, Some(node)) => {
                self.set_wrong(node, ClockFault::Absurd(fault.amount))
                    .await?;
            }
            (FaultKind::Restore, Some(node)) => self.back_up(node).await?,
            (FaultKind::Clone, Some(node)) => {
                self.take_process(node)?.stop().await?;
                self.copy_folder(node, "copy")?;
                self.launch(node).await?;
                self.launch_copy(node).await?;
            }
            (FaultKind::Wipe, Some(node)) => {
                self.take_process(node)?.kill().await?;
                let folder = self.data_dir(node);
                let wiped = empty_but_for(&folder, &KEPT);
                wiped.map_err(|source| LiveError::File {
                    path: folder,
                    source,
                })?;
            }
            (FaultKind::HalfOpen, Some(node)) => self.lose_end(node, fault.to),
            (FaultKind::Reset, Some(_)) => {
                let links = self.links.iter();
                for (_, link) in links.filter(|((from, to), _)| fault.concerns(*from, *to)) {
                    link.reset();
                }
            }
            _ => {}
        }
        if fault.until.is_some() {
            self.standing.push((fault.clone(), 0));
        }
        self.arrange_links();
        Ok(())
    }

    /// Lets a fault take its turn.
    pub(super) async fn take_turn(&mut self, fault: &Fault, nth: u32) -> Result<(), LiveError> {
        if let (FaultKind::CrashLoop, Some(node)) = (fault.kind, fault.node) {
            return self.bounce(node).await;
        }
        for (standing, turns) in &mut self.standing {
            if standing == fault {
                *turns = nth;
            }
        }
        self.arrange_links();
        Ok(())
    }

    /// Makes a fault end.
    pub(super) async fn unmake(&mut self, fault: &Fault) -> Result<(), LiveError> {
        self.standing.retain(|(standing, _)| standing != fault);
        self.arrange_links();
        match (fault.kind, fault.node) {
            (FaultKind::Down | FaultKind::Kill | FaultKind::Wipe, Some(node)) => {
                self.launch(node).await
            }
            (FaultKind::Pause, Some(node)) => {
                self.set_paused(node, false)?;
                match self.clock {
                    Some(clock) => self.set_clock_of(node, clock).await,
                    None => Ok(()),
                }
            }
            (FaultKind::RestartAll, _) => {
                for node in fault.groups.concat() {
                    self.launch(node).await?;
                }
                Ok(())
            }
            (
                FaultKind::ClockStep
                | FaultKind::ClockDrift
                | FaultKind::ClockFreeze
                | FaultKind::ClockAbsurd,
                Some(node),
            ) if fault.until.is_some() => self.set_wrong(node, ClockFault::Right).await,
            (FaultKind::Restore, Some(node)) => self.put_back(node).await,
            (FaultKind::NewRoot, Some(node)) => self.take_root(node).await,
            (FaultKind::Clone, Some(node)) => match self.copies.remove(&node) {
                Some(copy) => copy.process.kill().await,
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    async fn bounce(&mut self, node: DivisionCode) -> Result<(), LiveError> {
        self.take_process(node)?.kill().await?;
        self.launch(node).await
    }

    /// Makes a city's clock wrong; a process that does not answer now takes it over when it does.
    async fn set_wrong(&mut self, node: DivisionCode, fault: ClockFault) -> Result<(), LiveError> {
        let Some(clock) = self.clock else {
            return Ok(());
        };
        if let Some(live) = self.nodes.get_mut(&node) {
            live.clock.make(fault, clock.unix());
        }
        match self.running(node) {
            Ok(_) => self.set_clock_of(node, clock).await,
            Err(_) => Ok(()),
        }
    }

    /// Lets a running node write a backup.
    async fn back_up(&self, node: DivisionCode) -> Result<(), LiveError> {
        let client = self.running(node)?;
        let request = BackupRequest {
            dir: self.backup_of(node),
            with_keys: false,
        };
        self.call(node, client.backup(&request)).await.map(drop)
    }

    /// Stops a node, restores its backup with `tongband restore`, and starts it again.
    async fn put_back(&mut self, node: DivisionCode) -> Result<(), LiveError> {
        self.take_process(node)?.stop().await?;
        let name = self.nodes.get(&node).map(|live| live.name.clone());
        let options = [
            ("--from", self.backup_of(node)),
            ("--dir", self.data_dir(node).display().to_string()),
            ("--replace", name.unwrap_or_default()),
        ];
        let options = options.into_iter();
        let options = options.flat_map(|(option, value)| [option.to_owned(), value]);
        let arguments: Vec<String> = std::iter::once("restore".to_owned())
            .chain(options)
            .collect();
        process::run_once(node, &self.program, &arguments, &self.log(node)).await?;
        self.launch(node).await
    }

    fn backup_of(&self, node: DivisionCode) -> String {
        let folder = self.folder.join(format!("{node}.backup"));
        folder.display().to_string()
    }

    fn copy_folder(&self, node: DivisionCode, name: &str) -> Result<(), LiveError> {
        let to = self.folder.join(format!("{node}.{name}"));
        copy_all(&self.data_dir(node), &to).map_err(|source| LiveError::File { path: to, source })
    }

    /// Starts the copy of a city's folder as a second process, which nobody dials.
    ///
    /// It is to be a machine of its own, with another kernel, which the file `witness` would tell; here it is
    /// taken away instead.
    async fn launch_copy(&mut self, node: DivisionCode) -> Result<(), LiveError> {
        let Some(live) = self.nodes.get(&node) else {
            return Err(LiveError::NotRunning(node));
        };
        let mut arguments = self.arguments_to_run(node, live.door.address().to_string());
        let path = self.folder.join(format!("{node}.copy")).join(WITNESS);
        fs::remove_file(&path).map_err(|source| LiveError::File { path, source })?;
        let folder = self.data_dir(node).display().to_string();
        for argument in arguments.iter_mut().filter(|argument| **argument == folder) {
            *argument = self
                .folder
                .join(format!("{node}.copy"))
                .display()
                .to_string();
        }
        let log = self.log(node);
        let (copy, ready) = Process::start(node, &self.program, &arguments, &log).await?;
        let copy = LiveCopy {
            process: copy,
            client: tongban_client::Client::unix(ready.api),
        };
        self.copies.insert(node, copy);
        self.set_clock_of_copy(node).await
    }

    /// Lets the copy of a node show the time, if there is one.
    pub(super) async fn set_clock_of_copy(&self, node: DivisionCode) -> Result<(), LiveError> {
        match (self.clock, self.copies.get(&node)) {
            (Some(clock), Some(copy)) => self.call(node, copy.client.set_clock(clock.unix())).await,
            _ => Ok(()),
        }
    }

    /// Closes the other city's end of every link between two cities.
    fn lose_end(&self, node: DivisionCode, other: Option<DivisionCode>) {
        for ((from, to), link) in &self.links {
            if *from == node && Some(*to) == other {
                link.lose(Side::Far);
            } else if Some(*from) == other && *to == node {
                link.lose(Side::Near);
            }
        }
    }

    /// Says whether no fault keeps two cities apart, or may at any time.
    pub(super) fn is_free(&self, a: DivisionCode, b: DivisionCode) -> bool {
        let apart = |fault: &Fault| {
            matches!(
                fault.kind,
                FaultKind::Clone
                    | FaultKind::Partition
                    | FaultKind::HubOff
                    | FaultKind::OneWay
                    | FaultKind::Flap
                    | FaultKind::Swizzle
                    | FaultKind::Slow
            ) && fault.concerns(a, b)
        };
        !self.standing.iter().any(|(fault, _)| apart(fault))
    }

    /// Says whether the way between two cities is cut at this moment.
    fn is_cut(&self, a: DivisionCode, b: DivisionCode) -> bool {
        let cut = |(fault, turns): &(Fault, u32)| match fault.kind {
            FaultKind::Partition | FaultKind::HubOff => fault.concerns(a, b),
            FaultKind::Flap => turns % 2 == 0 && fault.concerns(a, b),
            FaultKind::Swizzle => fault.concerns(a, b) && self.swizzled(fault, *turns, a, b),
            _ => false,
        };
        self.standing.iter().any(cut)
    }

    fn swizzled(&self, fault: &Fault, turns: u32, a: DivisionCode, b: DivisionCode) -> bool {
        let cities: Vec<DivisionCode> = self.nodes.keys().copied().collect();
        let place = |city| cities.iter().position(|known| *known == city);
        let other = if fault.node == Some(a) { b } else { a };
        let Some(at) = fault.node.and_then(place) else {
            return false;
        };
        (1..=turns)
            .rev()
            .filter_map(|nth| swizzle(cities.len(), at, nth))
            .find(|(turned, _)| place(other) == Some(*turned))
            .is_some_and(|(_, cut)| cut)
    }

    /// How bytes pass from one city to another at this moment.
    fn flow(&self, from: DivisionCode, to: DivisionCode) -> Flow {
        let mut flow = Flow::default();
        for (fault, _) in &self.standing {
            let number = u64::try_from(fault.amount).unwrap_or(0);
            match fault.kind {
                FaultKind::OneWay => {
                    flow.held |= (fault.node, fault.to) == (Some(from), Some(to));
                }
                FaultKind::Delay if fault.concerns(from, to) => flow.delay_ms = number,
                FaultKind::Slow if fault.concerns(from, to) => flow.bytes_per_second = number,
                _ => {}
            }
        }
        flow
    }

    /// Cuts, heals and shapes each link as the faults of the moment say.
    fn arrange_links(&self) {
        for ((from, to), link) in &self.links {
            match self.is_cut(*from, *to) {
                true => link.cut(),
                false => link.heal(),
            }
            link.shape(self.flow(*from, *to), self.flow(*to, *from));
        }
    }
}

/// Copies a folder with everything in it.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Removes what is in a folder, but for some names.
fn empty_but_for(folder: &Path, kept: &[&str]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if kept.iter().any(|kept| name == *kept) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
