//! The loop around the engine: inputs in, batch to disk, outputs out, in this order and no other.
//!
//! One thread owns the engine. A step takes everything that waits, up to a limit, and commits it
//! with one sync; nothing is sent and nobody is answered before. When a commit fails the engine
//! has seen what the disk has not, so the process stops and a restart recovers.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep_until, timeout};
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::Code;
use tongban_mesh::{MeshEvent, MeshHandle};
use tongban_store::Store;
use tongban_sync::{Ctx, Engine, Entropy, Input, Notice, Output};

use crate::backend::refusal;
use crate::clock::Clock;
use crate::dialler::{Dialler, Next};
use crate::failure::{Failure, Kind};
use crate::links::Links;
use crate::pool::{Outcomes, Pool};
use crate::request::{Held, Request, hold};
use crate::witness::Keeper;

/// How many inputs one step takes.
const STEP_INPUTS_MAX: usize = 256;
/// How many signatures may wait for the pool before nothing more is read from the mesh.
const VERIFY_JOBS_MAX: usize = 16 * 1024;
/// The longest sleep; every wake after it finds nothing to do.
const IDLE_MAX: Duration = Duration::from_secs(3_600);
/// The shortest time between two ticks, in milliseconds.
const TICK_MS_MIN: u64 = 1;
/// After how many documents the making of lists says how far it is.
const LISTED_TOLD: u64 = 10_000;
/// How long the mesh may take to close its links.
const MESH_CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Where inputs come from.
pub struct Inbox {
    /// Calls of the local interface.
    pub requests: mpsc::Receiver<Request>,
    /// What happens on the network.
    pub events: mpsc::Receiver<MeshEvent>,
    /// What the pool found.
    pub outcomes: mpsc::UnboundedReceiver<Outcomes>,
    /// Tells the driver to stop, by a word or by going away.
    pub stop: oneshot::Receiver<()>,
}

/// What the driver works with.
pub struct Parts {
    /// The engine, freshly started.
    pub engine: Engine,
    /// Where it reads and where batches go.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// The network.
    pub mesh: MeshHandle,
    /// Addresses.
    pub dialler: Dialler,
    /// Threads that check signatures.
    pub pool: Pool,
    /// The witness beside the database.
    pub witness: Keeper,
    /// Files with earlier encryption keys, deleted once nothing needs them.
    pub earlier_keys: Vec<PathBuf>,
}

/// The engine with its surroundings.
pub struct Driver {
    engine: Engine,
    store: Arc<dyn Store>,
    clock: Clock,
    links: Links<MeshHandle>,
    dialler: Dialler,
    pool: Pool,
    witness: Keeper,
    earlier_keys: Vec<PathBuf>,
    /// Answers of this step.
    held: Vec<Held>,
    /// Inputs that outputs gave rise to, for the next step.
    followups: VecDeque<Input>,
    /// When the engine was last ticked.
    ticked_ms: Option<u64>,
}

/// The system's randomness.
struct SystemRandom;

impl Entropy for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the system has random bytes once it has booted");
    }
}

impl Driver {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self {
            engine: parts.engine,
            store: parts.store,
            clock: parts.clock,
            links: Links::new(parts.mesh),
            dialler: parts.dialler,
            pool: parts.pool,
            witness: parts.witness,
            earlier_keys: parts.earlier_keys,
            held: Vec::new(),
            followups: VecDeque::new(),
            ticked_ms: None,
        }
    }

    /// Makes what the start of the engine changed durable, and marks the database as ours.
    ///
    /// # Errors
    /// The disk did not take it.
    pub fn begin(&mut self) -> Result<(), Failure> {
        self.finish_step()?;
        if !self.engine.is_listing() {
            return Ok(());
        }
        // A store of an earlier version, or another device key: nobody is served from half a list.
        let mut told = 0;
        while let Some(listed) = self.make_lists()? {
            self.finish_step()?;
            if listed >= told + LISTED_TOLD {
                told = listed;
                tracing::info!(listed, "making the lists of cases");
            }
        }
        tracing::info!("the lists of cases are made");
        self.finish_step()
    }

    fn make_lists(&mut self) -> Result<Option<u64>, Failure> {
        let mut ctx = Ctx {
            now: self.clock.now(),
            rng: &mut SystemRandom,
            store: &*self.store,
        };
        let made = self.engine.make_lists(&mut ctx);
        made.map_err(|error| Failure::caused(Kind::Damaged, "the lists of cases", &error))
    }

    /// Runs until told to stop.
    ///
    /// # Errors
    /// A commit failed, or the mesh ended by itself. Every call that waits is refused.
    pub async fn run(mut self, mut inbox: Inbox) -> Result<(), Failure> {
        let outcome = match self.work(&mut inbox).await {
            Ok(()) => self.close(&mut inbox).await,
            Err(failure) => Err(failure),
        };
        inbox.requests.close();
        let code = outcome.as_ref().err().map(Failure::refusal_code);
        let code = code.unwrap_or(Code::Internal);
        while let Ok(request) = inbox.requests.try_recv() {
            request.refuse(refusal(code, "the node is stopping"));
        }
        outcome
    }

    async fn work(&mut self, inbox: &mut Inbox) -> Result<(), Failure> {
        loop {
            let wake = self.wake();
            tokio::select! {
                biased;
                _ = &mut inbox.stop => return Ok(()),
                Some(request) = inbox.requests.recv() => self.on_request(request),
                Some(outcomes) = inbox.outcomes.recv() => self.on_outcomes(outcomes),
                event = inbox.events.recv(), if self.takes_events() => match event {
                    Some(event) => self.on_event(event),
                    None => return Err(Failure::new(Kind::Internal, "the mesh ended by itself")),
                },
                () = sleep_until(wake.into()) => {}
            }
            self.take_waiting(inbox);
            self.finish_step()?;
        }
    }

    /// Takes what waits in every queue, in turn, up to the limit of a step.
    fn take_waiting(&mut self, inbox: &mut Inbox) {
        for _ in 0..STEP_INPUTS_MAX {
            let mut empty = true;
            if let Some(input) = self.followups.pop_front() {
                self.feed(input);
                empty = false;
            }
            if let Ok(request) = inbox.requests.try_recv() {
                self.on_request(request);
                empty = false;
            }
            if let Ok(outcomes) = inbox.outcomes.try_recv() {
                self.on_outcomes(outcomes);
                empty = false;
            }
            if self.takes_events()
                && let Ok(event) = inbox.events.try_recv()
            {
                self.on_event(event);
                empty = false;
            }
            if empty {
                break;
            }
        }
        let now = self.clock.monotonic_ms();
        if self.tick_at().is_some_and(|at| at <= now) {
            self.ticked_ms = Some(now);
            self.feed(Input::Tick);
        }
    }

    /// The network waits while the pool is behind, and until the civil time means something.
    fn takes_events(&self) -> bool {
        self.clock.is_set() && self.pool.outstanding() < VERIFY_JOBS_MAX
    }

    fn tick_at(&self) -> Option<u64> {
        let asked = self.engine.poll_timeout().filter(|_| self.clock.is_set())?;
        Some(asked.max(self.ticked_ms.map_or(0, |last| last + TICK_MS_MIN)))
    }

    /// When there is something to do without any input.
    fn wake(&self) -> Instant {
        if !self.followups.is_empty() {
            return Instant::now();
        }
        let times = [self.tick_at(), self.witness.deadline()];
        let next = times.into_iter().flatten().min();
        let latest = Instant::now() + IDLE_MAX;
        next.map_or(latest, |at| self.clock.instant(at).min(latest))
    }

    fn feed(&mut self, input: Input) {
        let mut ctx = Ctx {
            now: self.clock.now(),
            rng: &mut SystemRandom,
            store: &*self.store,
        };
        if let Err(error) = self.engine.handle(&mut ctx, input) {
            tracing::error!(%error, "a record cannot be read; what came in is dropped");
        }
    }

    fn on_request(&mut self, request: Request) {
        let held = match request {
            Request::Engine(work) => {
                let mut ctx = Ctx {
                    now: self.clock.now(),
                    rng: &mut SystemRandom,
                    store: &*self.store,
                };
                work.run(&mut self.engine, &mut ctx)
            }
            Request::SetClock(unix, reply) => {
                let set = self.clock.set(unix);
                hold(reply, set.map_err(|code| refusal(code, "clock")))
            }
        };
        self.held.push(held);
    }

    fn on_outcomes(&mut self, Outcomes { token, outcomes }: Outcomes) {
        self.feed(Input::Worked { token, outcomes });
    }

    fn on_event(&mut self, event: MeshEvent) {
        match event {
            MeshEvent::Opened {
                link,
                peer_key,
                outgoing,
                address,
            } => {
                let link = self.links.opened(link);
                if outgoing {
                    self.dialler.opened(link, &address);
                }
                self.feed(Input::Opened {
                    link,
                    peer_key,
                    outgoing,
                });
            }
            MeshEvent::Frame { link, bytes } => {
                if let Some(link) = self.links.name(link) {
                    self.feed(Input::Frame { link, bytes });
                }
            }
            MeshEvent::Drained { link, .. } => self.links.drained(link),
            MeshEvent::Closed { link, reason } => {
                if let Some(link) = self.links.closed(link) {
                    tracing::info!(link = link.0, %reason, "a link ended");
                    self.feed(Input::Closed { link });
                    let next = self.dialler.closed(link);
                    self.follow(next);
                }
            }
            MeshEvent::DialFailed { address, reason } => {
                tracing::debug!(address, %reason, "a dial failed");
                let next = self.dialler.failed(&address);
                self.follow(next);
            }
            MeshEvent::Listening { address } => tracing::info!(address, "listening"),
            MeshEvent::ListenerLost { addresses, source } => {
                tracing::error!(?addresses, ?source, "a listener ended; restart the node");
            }
            _ => tracing::debug!("an event of the mesh that this node does not know"),
        }
    }

    fn follow(&mut self, next: Option<Next>) {
        match next {
            Some(Next::Dial(address)) => self.links.carrier().dial(address),
            Some(Next::Failed(city)) => self.followups.push_back(Input::DialFailed { city }),
            None => {}
        }
    }

    /// Commits what the step changed, and only then sends and answers.
    fn finish_step(&mut self) -> Result<(), Failure> {
        let mut batch = self.engine.take_batch();
        self.witness.mark(&mut batch, self.clock.monotonic_ms());
        if let Err(error) = self.store.commit(&batch) {
            let failure = Failure::of_commit(&error);
            tracing::error!(
                code = failure.kind().code(),
                "a commit failed; the node stops"
            );
            let refused = refusal(failure.refusal_code(), "");
            self.answer(Some(&refused));
            return Err(failure);
        }
        while let Some(output) = self.engine.poll_output() {
            self.act(output);
        }
        self.answer(None);
        // Last, because nobody waits for it and it costs a sync.
        self.witness.confirm()
    }

    fn answer(&mut self, refused: Option<&Refusal>) {
        for held in self.held.drain(..) {
            held(refused.cloned());
        }
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::Send { link, frame } => self.links.send(link, frame),
            Output::Admit { link } => {
                self.dialler.admitted(link);
                self.links.admit(link);
            }
            Output::Close { link } => self.links.close(link),
            Output::Dial { city, addresses } => {
                let division = self.engine.division_of(&city);
                let next = self.dialler.dial(city, division, addresses);
                self.follow(next);
            }
            Output::Work { token, jobs } => self.pool.submit(token, jobs),
            Output::Notice(Notice::EarlierKeysDone) => self.delete_earlier_keys(),
            Output::Notice(notice) => log_notice(&notice),
        }
    }

    /// Deletes the private halves that nothing needs any more.
    fn delete_earlier_keys(&mut self) {
        for file in std::mem::take(&mut self.earlier_keys) {
            match std::fs::remove_file(&file) {
                Ok(()) => {
                    tracing::info!(file = %file.display(), "an earlier encryption key was deleted")
                }
                Err(error) => {
                    tracing::error!(file = %file.display(), %error, "an earlier encryption key cannot be deleted");
                }
            }
        }
    }

    /// Ends in order: what was taken is durable, the witness agrees, the peers see the end.
    async fn close(&mut self, inbox: &mut Inbox) -> Result<(), Failure> {
        self.finish_step()?;
        let mut batch = self.engine.take_batch();
        self.witness.mark_now(&mut batch, self.clock.monotonic_ms());
        let closed = self.store.commit(&batch).and_then(|()| self.store.close());
        closed.map_err(|error| Failure::of_commit(&error))?;
        self.witness.confirm()?;
        self.links.carrier().shutdown();
        let ended = async { while inbox.events.recv().await.is_some() {} };
        if timeout(MESH_CLOSE_WAIT, ended).await.is_err() {
            tracing::warn!("some links did not close in time");
        }
        Ok(())
    }
}

/// Notices name cities, documents and codes, and nothing that a person wrote.
fn log_notice(notice: &Notice) {
    match notice {
        Notice::Copies { city } => {
            tracing::error!(%city, "two processes run with one device key of this city");
        }
        Notice::Fork { city, document } => {
            tracing::error!(%city, %document, "a device signed two entries in one place");
        }
        Notice::EarlierKeysDone => {}
        Notice::Mended { document, entry } => {
            tracing::warn!(%document, %entry, "a damaged entry was put back from another city");
        }
        Notice::PeerRefused { reason } => tracing::warn!(reason, "a peer was turned away"),
        Notice::PeerAdmitted { city } => {
            tracing::info!(city = %city.fingerprint(), "a city is connected");
        }
        Notice::EntryRefused { city, code } => {
            tracing::warn!(city = %city.fingerprint(), %code, "a peer sent an entry that no node takes");
        }
        Notice::CaseAcked { document } => tracing::info!(%document, "a case came in"),
        Notice::CaseDeclined { document, code } => {
            tracing::info!(%document, %code, "a pushed case was refused");
        }
    }
}

#[cfg(test)]
mod tests;
