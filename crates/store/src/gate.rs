//! The one door through which a backend's commits pass: one at a time, none after a failure.
//!
//! It does not write; each backend hands it the write as a closure.

use std::sync::{Mutex, MutexGuard};

use crate::store::{CommitError, FailedCause, Stats};

/// Serialises commits, remembers a failure for good, and counts.
///
/// Commits are serialised so that none can slip through between a failed sync and its being
/// noticed: after a failed fsync the kernel may report the next one as successful although the
/// pages are lost, so the only honest answer is to stop.
#[derive(Debug, Default)]
pub(crate) struct CommitGate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    standing: Standing,
    stats: Stats,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Open,
    Poisoned,
    Closed,
}

/// Says whether a backend noticed its log being synced during a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    Yes,
    No,
}

impl CommitGate {
    /// Runs a write of one batch and counts it; poisons the gate when it failed.
    pub(crate) fn commit(
        &self,
        write: impl FnOnce() -> Result<Synced, CommitError>,
    ) -> Result<(), CommitError> {
        let mut state = self.enter()?;
        let synced = note(&mut state, write())?;
        state.stats.commits += 1;
        state.stats.synced_commits += u64::from(synced == Synced::Yes);
        Ok(())
    }

    /// Runs upkeep that may fail like a commit, such as a flush, without counting it.
    pub(crate) fn maintain(
        &self,
        work: impl FnOnce() -> Result<(), CommitError>,
    ) -> Result<(), CommitError> {
        note(&mut *self.enter()?, work())
    }

    /// Runs the last upkeep and closes the gate; does nothing when it is closed already.
    pub(crate) fn close(
        &self,
        work: impl FnOnce() -> Result<(), CommitError>,
    ) -> Result<(), CommitError> {
        match self.enter() {
            Ok(mut state) => {
                note(&mut state, work())?;
                state.standing = Standing::Closed;
                Ok(())
            }
            Err(CommitError::Failed(FailedCause::Closed)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Returns the counts so far.
    pub(crate) fn stats(&self) -> Stats {
        match self.state.lock() {
            Ok(state) => state.stats,
            Err(panicked) => panicked.into_inner().stats,
        }
    }

    fn enter(&self) -> Result<MutexGuard<'_, State>, CommitError> {
        // A writer that panicked leaves the disk as uncertain as one that failed.
        let state = self
            .state
            .lock()
            .map_err(|_| CommitError::Failed(FailedCause::Poisoned))?;
        match state.standing {
            Standing::Open => Ok(state),
            Standing::Poisoned => Err(CommitError::Failed(FailedCause::Poisoned)),
            Standing::Closed => Err(CommitError::Failed(FailedCause::Closed)),
        }
    }
}

/// Poisons the gate when the outcome leaves the disk uncertain.
fn note<T>(state: &mut State, outcome: Result<T, CommitError>) -> Result<T, CommitError> {
    if let Err(CommitError::Failed(cause)) = &outcome {
        tracing::error!(error = %cause, "the store failed and takes no further commit");
        state.standing = Standing::Poisoned;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: CommitError = CommitError::DiskReserve {
        free_bytes: 0,
        reserve_bytes: 1,
        batch_bytes: 1,
    };

    fn cause(outcome: Result<(), CommitError>) -> FailedCause {
        match outcome {
            Err(CommitError::Failed(cause)) => cause,
            other => panic!("expected a failure, got {other:?}"),
        }
    }

    #[test]
    fn counts_commits_and_those_that_were_synced() {
        let gate = CommitGate::default();
        gate.commit(|| Ok(Synced::Yes)).unwrap();
        gate.commit(|| Ok(Synced::No)).unwrap();
        gate.maintain(|| Ok(())).unwrap();
        assert_eq!(
            gate.stats(),
            Stats {
                commits: 2,
                synced_commits: 1
            }
        );
    }

    #[test]
    fn nothing_passes_after_a_failure() {
        let gate = CommitGate::default();
        let failed = || Err(CommitError::Failed(FailedCause::Injected));
        assert!(matches!(cause(gate.commit(failed)), FailedCause::Injected));
        let later = gate.commit(|| panic!("the write must not be tried"));
        assert!(matches!(cause(later), FailedCause::Poisoned));
        let closing = gate.close(|| panic!("the flush must not be tried"));
        assert!(matches!(cause(closing), FailedCause::Poisoned));
        assert_eq!(gate.stats(), Stats::default());
    }

    #[test]
    fn a_refusal_before_writing_does_not_poison() {
        let gate = CommitGate::default();
        assert!(gate.commit(|| Err(REFUSED)).is_err());
        gate.commit(|| Ok(Synced::Yes)).unwrap();
        assert_eq!(gate.stats().commits, 1);
    }

    #[test]
    fn a_closed_gate_stays_closed() {
        let gate = CommitGate::default();
        gate.close(|| Ok(())).unwrap();
        gate.close(|| panic!("closing again must do nothing"))
            .unwrap();
        let later = gate.commit(|| panic!("the write must not be tried"));
        assert!(matches!(cause(later), FailedCause::Closed));
    }

    #[test]
    fn a_panicking_write_poisons() {
        let gate = CommitGate::default();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = gate.commit(|| panic!("a write that breaks"));
        }));
        assert!(panicked.is_err());
        assert!(matches!(
            cause(gate.commit(|| Ok(Synced::Yes))),
            FailedCause::Poisoned
        ));
    }
}
