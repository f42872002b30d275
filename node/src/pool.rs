//! Threads for work on the curve. They know nothing but jobs and outcomes.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::mpsc;
use tongban_sync::engine::{Job, Outcome};

/// How many jobs a thread takes at a time: about 3 ms of work, little beside it to hand over.
const CHUNK: usize = 64;

/// The outcomes of one set of jobs, under the engine's token.
#[derive(Debug)]
pub struct Outcomes {
    /// The token.
    pub token: u64,
    /// One outcome per job, in order.
    pub outcomes: Vec<Outcome>,
}

/// Jobs under one token.
struct Set {
    token: u64,
    jobs: Vec<Job>,
    state: Mutex<State>,
}

struct State {
    outcomes: Vec<Outcome>,
    missing: usize,
}

/// A part of a set.
struct Chunk {
    set: Arc<Set>,
    first: usize,
}

/// As many threads as the machine has cores.
#[derive(Debug)]
pub struct Pool {
    chunks: Sender<Chunk>,
    results: mpsc::UnboundedSender<Outcomes>,
    outstanding: Arc<AtomicUsize>,
}

impl Pool {
    /// Starts the threads; they end when the pool is dropped.
    ///
    /// The channel of results is not bounded; what is in it is bounded by what was submitted, and
    /// the submitter looks at [`Pool::outstanding`].
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> std::io::Result<(Self, mpsc::UnboundedReceiver<Outcomes>)> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let (chunks, queue) = channel::<Chunk>();
        let (results, results_end) = mpsc::unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let outstanding = Arc::new(AtomicUsize::new(0));
        for index in 0..threads {
            let (queue, results) = (queue.clone(), results.clone());
            let outstanding = outstanding.clone();
            thread::Builder::new()
                .name(format!("work-{index}"))
                .spawn(move || work(&queue, &results, &outstanding))?;
        }
        let pool = Self {
            chunks,
            results,
            outstanding,
        };
        Ok((pool, results_end))
    }

    /// How many jobs were submitted and are not done.
    pub fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    /// Has jobs done.
    pub fn submit(&self, token: u64, jobs: Vec<Job>) {
        let count = jobs.len();
        if count == 0 {
            let outcomes = Vec::new();
            // Nobody waits for outcomes when the other end is gone.
            let _ = self.results.send(Outcomes { token, outcomes });
            return;
        }
        self.outstanding.fetch_add(count, Ordering::Relaxed);
        let set = Arc::new(Set {
            token,
            jobs,
            state: Mutex::new(State {
                outcomes: vec![Outcome::default(); count],
                missing: count,
            }),
        });
        for first in (0..count).step_by(CHUNK) {
            let set = set.clone();
            if self.chunks.send(Chunk { set, first }).is_err() {
                tracing::error!("no thread is left that does jobs");
            }
        }
    }
}

fn work(
    queue: &Mutex<Receiver<Chunk>>,
    results: &mpsc::UnboundedSender<Outcomes>,
    outstanding: &AtomicUsize,
) {
    loop {
        // The lock is held while waiting: one thread waits for the channel, the others for it.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Chunk { set, first }) = next else {
            return;
        };
        let jobs = set.jobs.get(first..).unwrap_or_default();
        let jobs = jobs.get(..CHUNK).unwrap_or(jobs);
        let outcomes: Vec<Outcome> = jobs.iter().map(Job::run).collect();
        outstanding.fetch_sub(outcomes.len(), Ordering::Relaxed);
        if let Some(outcomes) = set.enter(first, &outcomes) {
            let token = set.token;
            let _ = results.send(Outcomes { token, outcomes });
        }
    }
}

impl Set {
    /// Enters the outcomes of a chunk; returns all of them with the last.
    fn enter(&self, first: usize, outcomes: &[Outcome]) -> Option<Vec<Outcome>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (slot, outcome) in state.outcomes.iter_mut().skip(first).zip(outcomes) {
            *slot = outcome.clone();
        }
        state.missing = state.missing.saturating_sub(outcomes.len());
        (state.missing == 0).then(|| std::mem::take(&mut state.outcomes))
    }
}

#[cfg(test)]
mod tests {
    use tongban_identity::DeviceKey;
    use tongban_sync::entry::DOMAIN;

    use super::*;

    fn job(seed: u8, good: bool) -> Job {
        let key = DeviceKey::from_seed([seed; 32]);
        let signature = key.sign(DOMAIN, b"header");
        let message = if good {
            b"header".to_vec()
        } else {
            b"other".to_vec()
        };
        Job::Verify {
            key: key.public(),
            message,
            signature,
        }
    }

    #[test]
    fn outcomes_come_whole_and_in_order() {
        let (pool, mut results) = Pool::start().unwrap();
        let expect: Vec<bool> = (0..3 * CHUNK + 1).map(|index| index % 7 != 3).collect();
        let jobs = expect.iter().map(|good| job(1, *good)).collect();
        pool.submit(9, jobs);
        pool.submit(10, Vec::new());
        let mut got = [
            results.blocking_recv().unwrap(),
            results.blocking_recv().unwrap(),
        ];
        got.sort_by_key(|outcomes| outcomes.token);
        assert_eq!(got[0].token, 9);
        let sound: Vec<bool> = got[0].outcomes.iter().map(Outcome::is_sound).collect();
        assert_eq!(sound, expect);
        assert!(got[1].outcomes.is_empty());
        assert_eq!(pool.outstanding(), 0);
    }
}
