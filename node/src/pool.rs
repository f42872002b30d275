//! Threads that check signatures. They know nothing but jobs and verdicts.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::mpsc;
use tongban_sync::engine::VerifyJob;

/// How many signatures a thread takes at a time: about 3 ms of work, little beside it to hand over.
const CHUNK: usize = 64;

/// The verdicts of one set of jobs, under the engine's token.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The token.
    pub token: u64,
    /// One verdict per job, in order.
    pub verdicts: Vec<bool>,
}

/// Jobs under one token.
struct Set {
    token: u64,
    jobs: Vec<VerifyJob>,
    state: Mutex<State>,
}

struct State {
    verdicts: Vec<bool>,
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
    results: mpsc::UnboundedSender<Verdicts>,
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
    pub fn start() -> std::io::Result<(Self, mpsc::UnboundedReceiver<Verdicts>)> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let (chunks, queue) = channel::<Chunk>();
        let (results, results_end) = mpsc::unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let outstanding = Arc::new(AtomicUsize::new(0));
        for index in 0..threads {
            let (queue, results) = (queue.clone(), results.clone());
            let outstanding = outstanding.clone();
            thread::Builder::new()
                .name(format!("verify-{index}"))
                .spawn(move || work(&queue, &results, &outstanding))?;
        }
        let pool = Self {
            chunks,
            results,
            outstanding,
        };
        Ok((pool, results_end))
    }

    /// How many signatures were submitted and not yet checked.
    pub fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    /// Has signatures checked.
    pub fn submit(&self, token: u64, jobs: Vec<VerifyJob>) {
        let count = jobs.len();
        if count == 0 {
            let verdicts = Vec::new();
            // Nobody waits for verdicts when the other end is gone.
            let _ = self.results.send(Verdicts { token, verdicts });
            return;
        }
        self.outstanding.fetch_add(count, Ordering::Relaxed);
        let set = Arc::new(Set {
            token,
            jobs,
            state: Mutex::new(State {
                verdicts: vec![false; count],
                missing: count,
            }),
        });
        for first in (0..count).step_by(CHUNK) {
            let set = set.clone();
            if self.chunks.send(Chunk { set, first }).is_err() {
                tracing::error!("no thread is left that checks signatures");
            }
        }
    }
}

fn work(
    queue: &Mutex<Receiver<Chunk>>,
    results: &mpsc::UnboundedSender<Verdicts>,
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
        let verdicts: Vec<bool> = jobs.iter().map(VerifyJob::run).collect();
        outstanding.fetch_sub(verdicts.len(), Ordering::Relaxed);
        if let Some(verdicts) = set.enter(first, &verdicts) {
            let token = set.token;
            let _ = results.send(Verdicts { token, verdicts });
        }
    }
}

impl Set {
    /// Enters the verdicts of a chunk; returns all of them with the last.
    fn enter(&self, first: usize, verdicts: &[bool]) -> Option<Vec<bool>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (slot, verdict) in state.verdicts.iter_mut().skip(first).zip(verdicts) {
            *slot = *verdict;
        }
        state.missing = state.missing.saturating_sub(verdicts.len());
        (state.missing == 0).then(|| std::mem::take(&mut state.verdicts))
    }
}

#[cfg(test)]
mod tests {
    use tongban_identity::DeviceKey;
    use tongban_sync::entry::DOMAIN;

    use super::*;

    fn job(seed: u8, good: bool) -> VerifyJob {
        let key = DeviceKey::from_seed([seed; 32]);
        let signature = key.sign(DOMAIN, b"header");
        let message = if good {
            b"header".to_vec()
        } else {
            b"other".to_vec()
        };
        VerifyJob {
            key: key.public(),
            message,
            signature,
        }
    }

    #[test]
    fn verdicts_come_whole_and_in_order() {
        let (pool, mut results) = Pool::start().unwrap();
        let expect: Vec<bool> = (0..3 * CHUNK + 1).map(|index| index % 7 != 3).collect();
        let jobs = expect.iter().map(|good| job(1, *good)).collect();
        pool.submit(9, jobs);
        pool.submit(10, Vec::new());
        let mut got = [
            results.blocking_recv().unwrap(),
            results.blocking_recv().unwrap(),
        ];
        got.sort_by_key(|verdicts| verdicts.token);
        assert_eq!(got[0].token, 9);
        assert_eq!(got[0].verdicts, expect);
        assert!(got[1].verdicts.is_empty());
        assert_eq!(pool.outstanding(), 0);
    }
}
