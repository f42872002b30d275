//! Audits: two cities compare which entries they hold that both should hold, and fetch what is missing.
//!
//! Each city asks every other on first contact, after signs of a restore, and again after hours of link time. The
//! set that it compares with a city is made for that city: the entries of documents whose audience, as far as this
//! node knows, has both. So no id reaches a city that is not meant to know it; where the two differ over an
//! audience they differ over entries, and say so. Nothing is given here: what is missing is asked for like
//! anything else (`wants.rs`). How sets are compared stands in `reconcile.rs`.

mod answer;
mod ask;
mod gather;

use std::collections::{BTreeSet, VecDeque};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};
use tongban_ledger::answer::AuditAnswer;
use tongban_ledger::{DocumentId, EntryId};

use super::Engine;
use super::links::Peer;
use crate::db::Db;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};
use answer::{Answering, Question};
use ask::Asking;

/// How much link time passes between two comparisons with a city that came out even, in milliseconds.
const PERIOD_MS: u64 = 6 * 3_600 * 1_000;
/// The first pause before a city is compared with again that differs, in milliseconds.
const RETRY_MS: u64 = 1_000;
/// The first pause where all that differs is on its way, or an answer did not come, in milliseconds.
const SETTLE_MS: u64 = 600_000;
/// The first pause after all that differs is on its way, in milliseconds: mostly it comes within seconds, and nobody is
/// to read for ten minutes that it is still coming.
const SOON_MS: u64 = 10_000;
/// How long missing entries are waited for, in milliseconds.
const FETCH_MS: u64 = 600_000;
/// The most entries that are fetched at a time after a comparison.
const FETCH_MAX: usize = 2_048;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Verdict {
    /// Unix seconds.
    #[n(0)]
    time: i64,
    /// Entries here that both cities should hold.
    #[n(1)]
    here: u64,
    /// As many the other city says it holds.
    #[n(2)]
    there: u64,
    /// The hash over the ids, where both hold the same.
    #[n(3)]
    same: Option<Hash32>,
    /// Entries that were missing here.
    #[n(4)]
    lacking_here: u64,
    /// Entries that were missing there.
    #[n(5)]
    lacking_there: u64,
    /// Differences that were on their way, or over which of the two may see a document.
    #[n(6)]
    under_way: u64,
}

/// When a city is compared with next, and what is fetched after the last comparison.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Link time left until the next comparison; none at first contact.
    left_ms: u64,
    /// Since when link time runs, in monotonic milliseconds.
    since: Option<u64>,
    /// Comparisons one after the other that found differences and fetched nothing.
    failures: u32,
    /// Missing entries that are not asked for yet, about in causal order.
    needs: VecDeque<EntryId>,
    /// Missing entries that are asked for.
    outstanding: BTreeSet<EntryId>,
    /// Whether missing entries are being fetched.
    fetching: bool,
    /// When waiting for them is given up, in monotonic milliseconds.
    fetch_until: u64,
    /// Whether one of them came.
    progress: bool,
    /// How often the city said since that something is missing here.
    hints: u32,
    /// Whether the comparison broke off before everything was compared.
    partial: bool,
    verdict: Option<Verdict>,
}

impl Schedule {
    /// When the next comparison is due, in monotonic milliseconds.
    fn due_at(&self) -> Option<u64> {
        let since = self.since.filter(|_| !self.fetching)?;
        Some(since.saturating_add(self.left_ms))
    }

    /// Lets so much link time pass before the next comparison.
    fn wait(&mut self, now_ms: u64, ms: u64) {
        self.left_ms = ms;
        self.since = self.since.map(|_| now_ms);
    }

    /// Makes the next comparison due.
    pub(super) fn hurry(&mut self) {
        self.left_ms = 0;
    }

    /// A link is up.
    pub(super) fn linked(&mut self, now_ms: u64) {
        self.unlinked(now_ms);
        self.since = Some(now_ms);
    }

    /// The link is gone; what was being fetched is compared again on the next.
    pub(super) fn unlinked(&mut self, now_ms: u64) {
        let since = self.since.take().unwrap_or(now_ms);
        self.left_ms = match std::mem::take(&mut self.fetching) {
            true => 0,
            false => self.left_ms.saturating_sub(now_ms.saturating_sub(since)),
        };
        self.needs.clear();
        self.outstanding.clear();
    }

    /// An entry that was asked for is here, or is not to be had.
    pub(super) fn settled(&mut self, id: &EntryId, stored: bool) {
        self.progress |= self.outstanding.remove(id) && stored;
    }

    /// The pause before the next comparison.
    fn pause(&mut self) -> u64 {
        let Some(verdict) = self.verdict else {
            return PERIOD_MS;
        };
        if verdict.same.is_some() {
            self.failures = 0;
            return PERIOD_MS;
        }
        if self.progress {
            (self.failures, self.hints) = (0, 0);
            return RETRY_MS;
        }
        let explained = verdict.lacking_here == 0 && verdict.lacking_there == 0 && !self.partial;
        if !explained {
            return self.backed_off(RETRY_MS);
        }
        if self.failures == 0 {
            self.failures = 1;
            return SOON_MS;
        }
        self.backed_off(SETTLE_MS / 2)
    }

    /// The city says that this one lacks something: it is compared with soon, ever less soon while nothing is found.
    fn hint(&mut self, now_ms: u64) {
        let pause = RETRY_MS.saturating_mul(1 << self.hints.min(30));
        if self
            .due_at()
            .is_some_and(|due| due > now_ms.saturating_add(pause))
        {
            self.hints = self.hints.saturating_add(1);
            self.wait(now_ms, pause);
        }
    }

    fn backed_off(&mut self, first: u64) -> u64 {
        let pause = first.saturating_mul(1 << self.failures.min(30));
        self.failures = self.failures.saturating_add(1);
        pause.min(PERIOD_MS)
    }

    /// What the last comparison found, for people.
    pub(super) fn answer(&self) -> Option<AuditAnswer> {
        let verdict = self.verdict?;
        Some(AuditAnswer {
            time: verdict.time,
            here: verdict.here,
            there: verdict.there,
            fingerprint: verdict.same.map(|hash| hash.to_string()),
            lacking_here: verdict.lacking_here,
            lacking_there: verdict.lacking_there,
            under_way: verdict.under_way,
            fetching: (self.needs.len() + self.outstanding.len()) as u64,
        })
    }
}

/// Comparisons that are under way: at most one that this node asks for and one that it answers.
#[derive(Debug, Default)]
pub(super) struct Audits {
    asking: Option<Asking>,
    answering: Option<Answering>,
    /// Cities that wait for their answer, each with its last question.
    queue: VecDeque<Question>,
    /// Whether a city has returned everything of which what follows is still to be done.
    unheeded: bool,
    /// The time of the last step, in monotonic milliseconds.
    now_ms: u64,
}

impl Audits {
    /// A document's record changed: whether it travels to a city is asked again.
    pub(super) fn forget(&mut self, document: &DocumentId) {
        if let Some(asking) = &mut self.asking {
            asking.forget(document);
        }
        if let Some(answering) = &mut self.answering {
            answering.forget(document);
        }
    }

    /// A city's link is gone.
    pub(super) fn gone(&mut self, city: &CityId) {
        self.asking.take_if(|asking| asking.city() == *city);
        self.answering
            .take_if(|answering| answering.city() == *city);
        self.queue.retain(|question| question.city != *city);
    }
}

impl Engine {
    /// Loads what earlier comparisons found; a city without any is compared with at once.
    pub(super) fn load_verdicts(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        for (city, peer) in &mut self.peers {
            if let Some(verdict) = db.load::<Verdict>(Family::Feeds, &keys::audit(city))? {
                peer.audit.verdict = Some(verdict);
                peer.audit.left_ms = PERIOD_MS;
            }
        }
        Ok(())
    }

    /// Compares with every city as soon as a link to it is up.
    pub fn audit_now(&mut self) {
        for peer in self.peers.values_mut() {
            peer.audit.hurry();
            peer.audit.failures = 0;
        }
    }

    /// Says whether a comparison with a linked city is due or under way, or its missing entries are being fetched.
    pub fn is_auditing(&self) -> bool {
        let now = self.audits.now_ms;
        let busy = |peer: &Peer| {
            let due = peer.audit.due_at().is_some_and(|due| due <= now);
            peer.link.is_some() && (due || peer.audit.fetching)
        };
        self.audits.asking.is_some() || self.peers.values().any(busy)
    }

    /// Goes on with comparisons, and with fetching what they found missing.
    pub(super) fn run_audits(&mut self, ctx: &mut super::Ctx<'_>) -> Result<(), ReadError> {
        self.audits.now_ms = ctx.now.monotonic_ms;
        let fetched = self.fetch_missing(ctx);
        let asked = self.ask_on(ctx);
        let answered = self.answer_on(ctx);
        fetched.and(asked).and(answered)
    }

    /// When [`Engine::run_audits`] has something to do by itself.
    pub(super) fn audit_timer(&self) -> Option<u64> {
        let asking = match &self.audits.asking {
            Some(asking) => Some(asking.timer(self.audits.now_ms)),
            None => {
                let linked = self.peers.values().filter(|peer| peer.link.is_some());
                linked.filter_map(|peer| peer.audit.due_at()).min()
            }
        };
        let fetching = self.peers.values().filter(|peer| peer.audit.fetching);
        let fetching = fetching.map(|peer| peer.audit.fetch_until);
        let answering = self.audits.answering.as_ref();
        let answering = answering.map(|answering| answering.timer(self.audits.now_ms));
        fetching.chain(asking).chain(answering).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where all that differs is on its way, the cities compare again within seconds, and then ever less soon.
    #[test]
    fn what_was_on_its_way_is_compared_again_soon() {
        let coming = Verdict {
            time: 0,
            here: 5,
            there: 4,
            same: None,
            lacking_here: 0,
            lacking_there: 0,
            under_way: 1,
        };
        let mut schedule = Schedule {
            verdict: Some(coming),
            ..Schedule::default()
        };
        let pauses: Vec<u64> = (0..4).map(|_| schedule.pause()).collect();
        assert_eq!(pauses, [SOON_MS, SETTLE_MS, 2 * SETTLE_MS, 4 * SETTLE_MS]);
        assert!((0..9).all(|_| schedule.pause() <= PERIOD_MS));
        schedule.verdict = Some(Verdict {
            same: Some(Hash32([1; 32])),
            ..coming
        });
        assert_eq!(schedule.pause(), PERIOD_MS);
        schedule.verdict = Some(coming);
        assert_eq!(schedule.pause(), SOON_MS);
    }
}
