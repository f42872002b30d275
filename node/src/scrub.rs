//! The scheduled scrub: a thread that reads every stored record at a low rate, again and again.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tongban_ledger::answer::ScrubAnswer;
use tongban_store::Store;
use tongban_sync::engine::Scrub;

use crate::failure::{Failure, Kind};

/// How many records one step reads.
const STEP_RECORDS: usize = 256;
/// The pause between two steps: some five thousand records in a second at most.
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// The scrub of a running node; it ends when this is dropped.
pub struct Scrubbing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Default)]
struct State {
    stop: bool,
    answer: ScrubAnswer,
}

impl Scrubbing {
    /// Begins a first pass, and another so many hours after each; 0 hours is no scrub at all. What is damaged is told
    /// to `found` as it is found.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        store: Arc<dyn Store>,
        hours: u64,
        found: impl Fn(Vec<String>) + Send + 'static,
    ) -> Result<Self, Failure> {
        let shared = Arc::new(Shared::default());
        let thread = if hours == 0 {
            None
        } else {
            let shared = shared.clone();
            let pause = Duration::from_secs(hours.saturating_mul(3_600));
            let thread = thread::Builder::new()
                .name("scrub".to_owned())
                .spawn(move || while shared.pass(&*store, &found) && shared.sleep(pause) {});
            let failed = |error| Failure::caused(Kind::Internal, "the scrub's thread", &error);
            Some(thread.map_err(failed)?)
        };
        Ok(Self { shared, thread })
    }

    /// How far it has come.
    pub fn answer(&self) -> ScrubAnswer {
        self.shared.lock().answer.clone()
    }
}

impl Drop for Scrubbing {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.woken.notify_all();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so by itself.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits; false when told to stop.
    fn sleep(&self, time: Duration) -> bool {
        let waited = self
            .woken
            .wait_timeout_while(self.lock(), time, |state| !state.stop);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.stop
    }

    /// One whole pass; false when told to stop in the middle.
    fn pass(&self, store: &dyn Store, tell: &impl Fn(Vec<String>)) -> bool {
        self.lock().answer.running = true;
        let mut scrub = Scrub::default();
        let mut told = 0;
        loop {
            let ended = scrub.step(store, STEP_RECORDS);
            let damaged = match &ended {
                Some(found) => &found.damaged,
                None => &scrub.so_far().damaged,
            };
            if let Some(new @ [_, ..]) = damaged.get(told..) {
                tell(new.to_vec());
                told = damaged.len();
            }
            if let Some(found) = ended {
                for place in &found.damaged {
                    tracing::error!(%place, "the scrub found a damaged record");
                }
                let damaged = found.damaged.len();
                tracing::info!(found.records, found.entries, damaged, "a scrub ended");
                self.lock().answer = ScrubAnswer {
                    finished: Some(unix()),
                    records: found.records,
                    entries: found.entries,
                    damaged: found.damaged,
                    running: false,
                };
                return true;
            }
            // Damage is shown at once, not at the end of a long pass.
            let new = scrub.so_far().damaged.len() > self.lock().answer.damaged.len();
            if new {
                self.lock()
                    .answer
                    .damaged
                    .clone_from(&scrub.so_far().damaged);
            }
            if !self.sleep(STEP_PAUSE) {
                return false;
            }
        }
    }
}

fn unix() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use tongban_store::MemoryStore;
    use tongban_sync::storage::{Batch, Family, Write};

    use super::*;

    #[test]
    fn a_pass_reads_everything_and_names_what_is_no_entry() {
        let store = Arc::new(MemoryStore::new());
        let put = |family, key: Vec<u8>| Write {
            family,
            key,
            value: Some(vec![1, 2, 3]),
        };
        let writes = (0..600_u32).map(|nth| put(Family::Indexes, nth.to_be_bytes().to_vec()));
        let mut writes: Vec<Write> = writes.collect();
        writes.push(put(Family::Entries, vec![7; 64]));
        store.commit(&Batch { writes }).unwrap();
        let shared = Shared::default();
        let told = Mutex::new(Vec::new());
        let tell = |places: Vec<String>| told.lock().unwrap().extend(places);
        assert!(shared.pass(&*store, &tell));
        let answer = shared.lock().answer.clone();
        assert!(answer.records >= 601, "{answer:?}");
        assert_eq!(answer.entries, 1);
        let seven = "07".repeat(32);
        assert_eq!(answer.damaged, [format!("entries/{seven}/{seven}")]);
        assert!(answer.finished.is_some() && !answer.running);
        assert_eq!(told.into_inner().unwrap(), answer.damaged, "told once");
    }

    #[test]
    fn dropping_it_ends_the_thread() {
        let store = Arc::new(MemoryStore::new());
        let scrubbing = Scrubbing::start(store.clone(), 1, |_| {}).unwrap();
        drop(scrubbing);
        assert_eq!(Arc::strong_count(&store), 1);
    }
}
