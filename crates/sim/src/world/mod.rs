//! A virtual world: cities on one thread, with a network, disks and clocks of its own.
//!
//! The engine and the command layer are those of a real node. Everything around them is a queue of events
//! in virtual time, and chance comes from one seed: the same seed gives the same run, event by event.

mod clock;
mod disk;
mod effects;
mod engine;
mod event;
mod faults;
mod files;
mod machine;
mod make;
mod network;
mod random;
mod script;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;
use tongban_identity::{
    CityId, DeviceCert, DeviceKey, DivisionCode, EncryptionKey, Hash32, RootKey, Verified,
    remember_signatures,
};
use tongban_ledger::planted::{Bug, planted};
use tongban_sync::engine::StartError;
use tongban_sync::storage::ReadError;
use tongban_sync::{CommandError, Ctx, Engine, Input, LinkId, Now};

pub use engine::SimEngine;

pub(crate) use clock::{Clock, ClockFault};
pub use disk::{Crash, Disk};
pub use random::{Draws, Stream};
pub use script::{Script, Sent, Watch};

use event::{Event, Silence};
use machine::Machine;
use network::Network;

/// What goes wrong with the world itself, never a refusal by a city.
#[derive(Debug, Error)]
pub enum SimError {
    /// A city's engine does not start.
    #[error("{0} does not start")]
    Start(DivisionCode, #[source] StartError),
    /// A city cannot read its disk.
    #[error("{0} cannot read its disk")]
    Read(DivisionCode, #[source] ReadError),
    /// A city that is stopped was asked.
    #[error("{0} is not running")]
    NotRunning(DivisionCode),
    /// A city refused a question that is never refused.
    #[error("{0} refuses to answer: {1}")]
    Refused(DivisionCode, tongban_ledger::code::Code),
    /// There is no such city.
    #[error("there is no city {0}")]
    Unknown(DivisionCode),
}

/// The world.
pub struct World {
    draws: Draws,
    /// Virtual milliseconds since the beginning.
    now: u64,
    /// Civil time at the beginning, or for good while `flows` is not set, in Unix seconds.
    unix: i64,
    /// Whether civil time goes on with virtual time.
    flows: bool,
    /// Orders events of one moment by when they were planned.
    planned: u64,
    queue: BTreeMap<(u64, u64), Event>,
    machines: Vec<Machine>,
    /// What came for a frozen process, in order.
    frozen: BTreeMap<usize, Vec<Event>>,
    network: Network,
    verified: BTreeMap<Hash32, bool>,
    trace: Hash32,
    events: u64,
    frames: u64,
    commits: u64,
    scripts: BTreeMap<usize, Box<dyn Script>>,
    watch: Option<Box<dyn Watch>>,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        remember_signatures();
        let draws = Draws::new(seed);
        Self {
            draws,
            now: 0,
            unix: 0,
            flows: false,
            planned: 0,
            queue: BTreeMap::new(),
            machines: Vec::new(),
            frozen: BTreeMap::new(),
            network: Network::new(draws),
            verified: BTreeMap::new(),
            trace: Hash32::hash("tongban/sim/trace/v1", &[]),
            events: 0,
            frames: 0,
            commits: 0,
            scripts: BTreeMap::new(),
            watch: None,
        }
    }

    /// Adds a city with fresh keys; it does not run yet.
    pub fn add(&mut self, division: DivisionCode, name: &str) -> usize {
        let at = self.machines.len();
        let machine = Machine::new(self.draws, at as u64, division, name.to_owned());
        self.machines.push(machine);
        at
    }

    /// Sets the civil clock of every city.
    pub fn set_clock(&mut self, unix: i64) {
        self.unix = unix;
    }

    /// Lets civil time go on with virtual time from now on.
    pub fn let_time_flow(&mut self) {
        self.flows = true;
    }

    /// Lets a script speak for a city on the wire from now on.
    pub fn set_script(&mut self, at: usize, script: Box<dyn Script>) {
        self.scripts.insert(at, script);
    }

    /// Lets a watch look on from now on, in place of an earlier one.
    pub fn set_watch(&mut self, watch: Box<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// The draws of its seed.
    pub fn draws(&self) -> Draws {
        self.draws
    }

    /// How many cities there are.
    pub fn cities(&self) -> usize {
        self.machines.len()
    }

    /// A city's division code.
    pub fn division(&self, at: usize) -> DivisionCode {
        self.machines[at].division
    }

    /// A city.
    pub fn city(&self, at: usize) -> CityId {
        self.machines[at].city
    }

    /// A city's keys, for a script that signs.
    pub fn keys(&self, at: usize) -> (RootKey, DeviceKey, EncryptionKey) {
        self.machines[at].keys(&self.draws)
    }

    /// The certificate of a city's device key, by its root key.
    pub fn certificate(&self, at: usize) -> Option<Verified<DeviceCert>> {
        self.machines[at].certificate(&self.draws)
    }

    /// A city's links: its own end, and the city that the link leads to.
    pub fn links(&self, at: usize) -> Vec<(LinkId, usize)> {
        let links = self.network.links_of(at).into_iter();
        links.map(|(link, to, _)| (link, to)).collect()
    }

    /// Sends a frame on a city's end of a link, of which its engine knows nothing.
    pub fn inject(&mut self, link: LinkId, frame: Vec<u8>) {
        if let Some((from, _)) = self.network.between(link) {
            self.transmit(from, link, frame);
        }
    }

    /// What a city's civil clock shows, in Unix seconds.
    pub fn civil(&self, at: usize) -> i64 {
        self.machines[at].clock.shows(self.right_time())
    }

    fn right_time(&self) -> i64 {
        let gone = if self.flows { self.now / 1_000 } else { 0 };
        let gone = i64::try_from(gone).unwrap_or(i64::MAX);
        self.unix.saturating_add(gone)
    }

    /// How many frames were sent.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// How many batches that write something were committed.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// What is on a city's disk.
    pub fn disk(&self, at: usize) -> &Disk {
        &self.machines[at].disk
    }

    /// Virtual milliseconds since the beginning.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A hash over every event and every batch so far: equal runs have equal traces.
    pub fn trace(&self) -> Hash32 {
        self.trace
    }

    /// Starts a city's process.
    ///
    /// # Errors
    /// The engine does not start on its disk.
    pub fn start(&mut self, at: usize) -> Result<(), SimError> {
        let draws = self.draws;
        self.machines[at].start(&draws)?;
        self.note("start", at, &[]);
        if let Some(watch) = &mut self.watch {
            let disk = &mut self.machines[at].disk;
            disk.laid_bare(|disk| watch.started(self.now, at, disk));
        }
        self.settle(at);
        Ok(())
    }

    /// Ends a city's process without warning. Its links break; nothing else of it is left but the disk.
    pub fn kill(&mut self, at: usize) {
        self.machines[at].stop();
        self.frozen.remove(&at);
        self.note("kill", at, &[]);
        for (link, other, there) in self.network.links_of(at) {
            self.network.remove(link);
            self.plan(
                network::BREAK_MS,
                Event::Closed {
                    at: other,
                    link: there,
                },
            );
        }
    }

    /// Says whether a city has a process, frozen or not.
    pub fn runs(&self, at: usize) -> bool {
        self.machines[at].engine.is_some()
    }

    /// Says whether a city's process runs and is not frozen.
    pub fn answers(&self, at: usize) -> bool {
        let machine = &self.machines[at];
        machine.engine.is_some() && machine.paused.is_none()
    }

    /// Asks as [`World::ask`] does, for whoever draws what happens next: the question itself must change nothing, as
    /// it is not asked when the run is played again. What a city has read before decides what it can do while its
    /// disk gives out nothing, so then the question neither uses nor leaves anything in memory.
    ///
    /// # Errors
    /// As those of [`World::ask`].
    pub fn look<T>(
        &mut self,
        at: usize,
        ask: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> T,
    ) -> Result<T, SimError> {
        match self.machines[at].disk.is_damaged() {
            true => self.ask(at, |engine, ctx| engine.aside(|engine| ask(engine, ctx))),
            false => self.ask(at, ask),
        }
    }

    /// Says whether a copy of a city's node ran at some time.
    pub fn was_copied(&self, at: usize) -> bool {
        let mut machines = self.machines.iter().enumerate();
        machines.any(|(place, machine)| place != at && machine.origin() == at)
    }

    /// A city forgets what it has read and can read again.
    pub fn forget_cached(&mut self, at: usize) {
        if let Some(engine) = &mut self.machines[at].engine {
            engine.forget_cached();
        }
    }

    /// Asks a city, or gives it a command; whatever follows is planned.
    ///
    /// # Errors
    /// The city is stopped.
    pub fn ask<T>(
        &mut self,
        at: usize,
        ask: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> T,
    ) -> Result<T, SimError> {
        let (now, unix) = (self.now, self.civil(at));
        let machine = &mut self.machines[at];
        let division = machine.division;
        let engine = match &mut machine.engine {
            Some(engine) if machine.paused.is_none() => engine,
            _ => return Err(SimError::NotRunning(division)),
        };
        machine.entropy.at(now);
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: now,
                unix,
            },
            rng: &mut machine.entropy,
            store: &machine.disk,
        };
        let answer = ask(engine, &mut ctx);
        self.settle(at);
        if self.machines[at].engine.is_none() && !planted(Bug::AnswerBeforeCommit) {
            // It died in the commit, so nobody hears the answer.
            return Err(SimError::NotRunning(division));
        }
        Ok(answer)
    }

    /// Lets the next event happen; `false` when nothing is planned.
    ///
    /// # Errors
    /// A city cannot read its disk.
    pub fn advance(&mut self) -> Result<bool, SimError> {
        let Some(((due, _), event)) = self.queue.pop_first() else {
            return Ok(false);
        };
        self.now = self.now.max(due);
        let at = event.at();
        if self.machines[at].paused.is_some() && event.waits_for_process() {
            self.frozen.entry(at).or_default().push(event);
            return Ok(true);
        }
        self.events += 1;
        self.note(event.name(), at, &due.to_be_bytes());
        self.happen(at, event)?;
        Ok(true)
    }

    /// Lets everything happen that is due within some milliseconds.
    ///
    /// # Errors
    /// A city cannot read its disk.
    pub fn advance_by(&mut self, ms: u64) -> Result<(), SimError> {
        let until = self.now.saturating_add(ms);
        while self
            .queue
            .first_key_value()
            .is_some_and(|((due, _), _)| *due <= until)
        {
            self.advance()?;
        }
        self.now = until;
        Ok(())
    }

    fn happen(&mut self, at: usize, event: Event) -> Result<(), SimError> {
        match event {
            Event::Frame { link, bytes, .. } => {
                if self.network.knows(link) && self.reaches_engine(at, link, &bytes) {
                    self.input(at, Input::Frame { link, bytes })?;
                }
            }
            Event::Opened {
                link,
                peer_key,
                outgoing,
                ..
            } => {
                if self.network.knows(link) {
                    let opened = Input::Opened {
                        link,
                        peer_key,
                        outgoing,
                    };
                    self.input(at, opened)?;
                }
            }
            Event::Closed { link, .. } => self.input(at, Input::Closed { link })?,
            Event::Silent { link, why, .. } => self.silent(at, link, why),
            Event::Dial {
                run,
                city,
                addresses,
                ..
            } => self.dialled(at, run, city, &addresses)?,
            Event::Worked {
                run,
                token,
                outcomes,
                ..
            } => {
                if self.machines[at].run == run {
                    self.input(at, Input::Worked { token, outcomes })?;
                }
            }
            Event::Timer { run, due, .. } => {
                let machine = &mut self.machines[at];
                if machine.run == run && machine.timer == Some(due) {
                    machine.timer = None;
                    self.input(at, Input::Tick)?;
                }
            }
        }
        Ok(())
    }

    /// A dial that finds its city running and the way free becomes a link.
    fn dialled(
        &mut self,
        from: usize,
        run: u64,
        city: CityId,
        addresses: &[String],
    ) -> Result<(), SimError> {
        if self.machines[from].run != run {
            return Ok(());
        }
        let found = |machine: &Machine| {
            let moved = machine.moved.as_ref();
            machine.city == city
                && !machine.copied
                && moved.is_none_or(|address| addresses.contains(address))
        };
        let to = self.machines.iter().position(found);
        let free = |to: &usize| self.answers(*to) && self.is_free(from, *to);
        let Some(to) = to.filter(free) else {
            return self.input(from, Input::DialFailed { city });
        };
        let (here, there) = self.network.connect(from, to);
        let (key_from, key_to) = (self.machines[from].device, self.machines[to].device);
        self.plan(
            0,
            Event::Opened {
                at: from,
                link: here,
                peer_key: key_to,
                outgoing: true,
            },
        );
        self.plan(
            0,
            Event::Opened {
                at: to,
                link: there,
                peer_key: key_from,
                outgoing: false,
            },
        );
        for (link, (from, to)) in [(here, (from, to)), (there, (to, from))] {
            for frame in self.network.replay(from, to) {
                self.transmit_again(from, link, frame);
            }
        }
        Ok(())
    }

    /// Gives an input to a city that runs.
    fn input(&mut self, at: usize, input: Input) -> Result<(), SimError> {
        let (now, unix) = (self.now, self.civil(at));
        let machine = &mut self.machines[at];
        let Some(engine) = &mut machine.engine else {
            return Ok(());
        };
        machine.entropy.at(now);
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: now,
                unix,
            },
            rng: &mut machine.entropy,
            store: &machine.disk,
        };
        if let Err(error) = engine.handle(&mut ctx, input) {
            // As the driver of a node does: what came in is dropped, and the rest goes on.
            if !machine.disk.is_damaged() {
                return Err(SimError::Read(machine.division, error));
            }
            machine.unread += 1;
        }
        self.settle(at);
        Ok(())
    }

    fn plan(&mut self, wait: u64, event: Event) {
        let due = self.now.saturating_add(wait);
        self.planned += 1;
        self.queue.insert((due, self.planned), event);
    }

    fn note(&mut self, what: &str, at: usize, bytes: &[u8]) {
        let place = [self.now, at as u64].map(u64::to_be_bytes);
        let parts: [&[u8]; 5] = [&self.trace.0, what.as_bytes(), &place[0], &place[1], bytes];
        self.trace = Hash32::hash("tongban/sim/trace/v1", &parts);
    }
}

/// Tells a refusal by a city from a failure of the world.
fn refusal_apart<T>(
    division: DivisionCode,
    result: Result<T, CommandError>,
) -> Result<Result<T, tongban_ledger::answer::Refusal>, SimError> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(CommandError::Refused(refusal)) => Ok(Err(refusal)),
        Err(CommandError::Read(error)) => Err(SimError::Read(division, error)),
    }
}
