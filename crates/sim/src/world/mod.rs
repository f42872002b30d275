//! A virtual world: cities on one thread, with a network, disks and clocks of its own.
//!
//! The engine and the command layer are those of a real node. Everything around them is a queue of events
//! in virtual time, and chance comes from one seed: the same seed gives the same run, event by event.

mod disk;
mod engine;
mod files;
mod machine;
mod network;
mod random;
mod script;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;
use tongban_identity::{CityId, DeviceKey, DivisionCode, EncryptionKey, Hash32, RootKey};
use tongban_ledger::planted::{Bug, planted};
use tongban_sync::engine::{Job, Outcome, StartError};
use tongban_sync::storage::ReadError;
use tongban_sync::{CommandError, Ctx, Engine, Input, LinkId, Now, Output};

pub use engine::SimEngine;

pub use disk::Disk;
pub use machine::Crash;
pub use random::{Draws, Stream};
pub use script::{Script, Sent, Watch};

use machine::Machine;
use network::Network;

/// How many outcomes of signature checks are remembered for all cities together.
const VERIFIED_CACHED: usize = 200_000;

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

/// Something that will happen.
#[derive(Debug)]
enum Event {
    /// A frame arrives.
    Frame {
        to: usize,
        link: LinkId,
        bytes: Vec<u8>,
    },
    /// A link is up at one end.
    Opened {
        at: usize,
        link: LinkId,
        peer_key: [u8; 32],
        outgoing: bool,
    },
    /// A link is gone at one end.
    Closed { at: usize, link: LinkId },
    /// A dial reaches its city, or finds nobody.
    Dial { from: usize, run: u64, city: CityId },
    /// Work on the curve is done.
    Worked {
        at: usize,
        run: u64,
        token: u64,
        outcomes: Vec<Outcome>,
    },
    /// A timer fires.
    Timer { at: usize, run: u64, due: u64 },
}

impl Event {
    /// The city to which it happens.
    fn at(&self) -> usize {
        match self {
            Event::Frame { to, .. } => *to,
            Event::Dial { from, .. } => *from,
            Event::Opened { at, .. }
            | Event::Closed { at, .. }
            | Event::Worked { at, .. }
            | Event::Timer { at, .. } => *at,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Event::Frame { .. } => "frame",
            Event::Opened { .. } => "opened",
            Event::Closed { .. } => "closed",
            Event::Dial { .. } => "dial",
            Event::Worked { .. } => "worked",
            Event::Timer { .. } => "timer",
        }
    }
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

    /// Makes a city's civil clock wrong by some seconds.
    pub fn set_skew(&mut self, at: usize, seconds: i64) {
        self.machines[at].skew = seconds;
    }

    /// Lets a city's process die in the middle of its next commit.
    pub fn crash_at_commit(&mut self, at: usize, crash: Crash) {
        self.machines[at].crash = Some(crash);
    }

    fn civil(&self, at: usize) -> i64 {
        let gone = if self.flows { self.now / 1_000 } else { 0 };
        self.unix
            .saturating_add(i64::try_from(gone).unwrap_or(i64::MAX))
            .saturating_add(self.machines[at].skew)
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
            watch.started(self.now, at, &self.machines[at].disk);
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

    /// Freezes a city's process; what comes for it waits.
    pub fn pause(&mut self, at: usize) {
        self.machines[at].paused = true;
        self.note("pause", at, &[]);
    }

    /// Lets a frozen process go on.
    pub fn resume(&mut self, at: usize) {
        self.machines[at].paused = false;
        self.note("resume", at, &[]);
        for event in self.frozen.remove(&at).unwrap_or_default() {
            self.plan(0, event);
        }
    }

    /// Cuts or heals the way between two cities; a cut breaks the links between them.
    pub fn set_cut(&mut self, one: usize, other: usize, cut: bool) {
        for (link, here, peer, there) in self.network.set_cut(one, other, cut) {
            self.plan(network::BREAK_MS, Event::Closed { at: here, link });
            self.plan(
                network::BREAK_MS,
                Event::Closed {
                    at: peer,
                    link: there,
                },
            );
        }
    }

    /// Says whether the way between two cities is cut.
    pub fn is_cut(&self, one: usize, other: usize) -> bool {
        self.network.is_cut(one, other)
    }

    /// Lets a city's next commits succeed.
    pub fn forget_crash(&mut self, at: usize) {
        self.machines[at].crash = None;
    }

    /// Says whether a city has a process, frozen or not.
    pub fn runs(&self, at: usize) -> bool {
        self.machines[at].engine.is_some()
    }

    /// Says whether a city's process runs and is not frozen.
    pub fn answers(&self, at: usize) -> bool {
        let machine = &self.machines[at];
        machine.engine.is_some() && !machine.paused
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
            Some(engine) if !machine.paused => engine,
            _ => return Err(SimError::NotRunning(division)),
        };
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
        if self.machines[at].paused {
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
            Event::Dial { run, city, .. } => self.dialled(at, run, city)?,
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
    fn dialled(&mut self, from: usize, run: u64, city: CityId) -> Result<(), SimError> {
        if self.machines[from].run != run {
            return Ok(());
        }
        let to = self
            .machines
            .iter()
            .position(|machine| machine.city == city);
        let reached =
            to.filter(|to| self.machines[*to].engine.is_some() && !self.network.is_cut(from, *to));
        let Some(to) = reached else {
            return self.input(from, Input::DialFailed { city });
        };
        let (here, there) = self.network.connect(from, to);
        let key = |at: usize| self.machines[at].device;
        let (key_from, key_to) = (key(from), key(to));
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
        Ok(())
    }

    /// Gives an input to a city that runs.
    fn input(&mut self, at: usize, input: Input) -> Result<(), SimError> {
        let (now, unix) = (self.now, self.civil(at));
        let machine = &mut self.machines[at];
        let Some(engine) = &mut machine.engine else {
            return Ok(());
        };
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: now,
                unix,
            },
            rng: &mut machine.entropy,
            store: &machine.disk,
        };
        engine
            .handle(&mut ctx, input)
            .map_err(|error| SimError::Read(machine.division, error))?;
        self.settle(at);
        Ok(())
    }

    /// Commits what an engine wrote, then does what it asks for.
    fn settle(&mut self, at: usize) {
        let machine = &mut self.machines[at];
        let Some(engine) = &mut machine.engine else {
            return;
        };
        let batch = engine.take_batch();
        let mut outputs = Vec::new();
        while let Some(output) = engine.poll_output() {
            outputs.push(output);
        }
        let timer = engine.poll_timeout();
        let written = batch.byte_len() as u64;
        if let Some(crash) = machine.crash.take_if(|_| !batch.is_empty()) {
            if crash == Crash::After {
                machine.disk.commit(batch);
            }
            if planted(Bug::AnswerBeforeCommit) {
                outputs
                    .into_iter()
                    .for_each(|output| self.perform(at, output));
            }
            self.kill(at);
            return;
        }
        match &mut self.watch {
            Some(watch) if written > 0 => {
                machine.disk.commit(batch.clone());
                watch.committed(self.now, at, &batch, &machine.disk);
            }
            _ => machine.disk.commit(batch),
        }
        if written > 0 {
            self.commits += 1;
            self.note("commit", at, &written.to_be_bytes());
        }
        for output in outputs {
            self.perform(at, output);
        }
        self.set_timer(at, timer);
    }

    fn set_timer(&mut self, at: usize, timer: Option<u64>) {
        let machine = &mut self.machines[at];
        if machine.timer == timer {
            return;
        }
        machine.timer = timer;
        if let Some(due) = timer {
            let run = machine.run;
            let wait = due.saturating_sub(self.now);
            self.plan(wait, Event::Timer { at, run, due });
        }
    }

    fn perform(&mut self, at: usize, output: Output) {
        match output {
            Output::Send { link, frame } => {
                let Some((from, to)) = self.network.between(link) else {
                    return;
                };
                let now = self.now;
                match self.scripts.get_mut(&at) {
                    Some(script) => {
                        let sent = Sent {
                            now,
                            from,
                            to,
                            link,
                        };
                        for frame in script.send(sent, frame) {
                            self.transmit(at, link, frame);
                        }
                    }
                    None => self.transmit(at, link, frame),
                }
            }
            Output::Close { link } => {
                if let Some((other, there)) = self.network.remove(link) {
                    self.plan(0, Event::Closed { at, link });
                    self.plan(
                        network::BREAK_MS,
                        Event::Closed {
                            at: other,
                            link: there,
                        },
                    );
                }
            }
            Output::Dial { city, .. } => {
                let run = self.machines[at].run;
                let wait = self.network.dial_ms(at);
                self.plan(
                    wait,
                    Event::Dial {
                        from: at,
                        run,
                        city,
                    },
                );
            }
            Output::Work { token, jobs } => {
                let run = self.machines[at].run;
                let outcomes: Vec<Outcome> = jobs.iter().map(|job| self.work(job)).collect();
                let wait = 1 + outcomes.len() as u64 / 20;
                let worked = Event::Worked {
                    at,
                    run,
                    token,
                    outcomes,
                };
                self.plan(wait, worked);
            }
            Output::Notice(notice) => {
                if let Some(watch) = &mut self.watch {
                    watch.noticed(self.now, at, &notice);
                }
            }
            Output::Admit { .. } => {}
        }
    }

    /// Puts a frame on a link.
    fn transmit(&mut self, from: usize, link: LinkId, frame: Vec<u8>) {
        self.note("send", from, &frame);
        self.frames += 1;
        let Some((wait, to, there)) = self.network.send(self.now, link) else {
            return;
        };
        if let Some(watch) = &mut self.watch {
            let now = self.now;
            let sent = Sent {
                now,
                from,
                to,
                link,
            };
            watch.sent(sent, &frame);
        }
        let (link, bytes) = (there, frame);
        self.plan(wait, Event::Frame { to, link, bytes });
    }

    /// Shows a frame that came in to the city's script, if it has one.
    fn reaches_engine(&mut self, at: usize, link: LinkId, frame: &[u8]) -> bool {
        let now = self.now;
        match (self.scripts.get_mut(&at), self.network.between(link)) {
            (Some(script), Some((to, from))) => {
                let sent = Sent {
                    now,
                    from,
                    to,
                    link,
                };
                script.receive(sent, frame)
            }
            _ => true,
        }
    }

    /// Does a job; a signature that some city checked is not checked by the next.
    fn work(&mut self, job: &Job) -> Outcome {
        let Job::Verify {
            key,
            message,
            signature,
        } = job
        else {
            return job.run();
        };
        let parts: [&[u8]; 3] = [key.as_bytes(), message, &signature.bytes];
        let id = Hash32::hash("tongban/sim/verified/v1", &parts);
        if self.verified.len() > VERIFIED_CACHED {
            self.verified.clear();
        }
        let sound = *self
            .verified
            .entry(id)
            .or_insert_with(|| job.run().is_sound());
        if sound {
            Outcome::Sound
        } else {
            Outcome::Failed
        }
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
