//! What follows from an entry that is stored: which cities get it, which key it needs, what is judged again.
//!
//! That reads more records than the entry's own, and a medium may fail on any of them. The entry stays stored all the
//! same: it was confirmed, or will be. So what could not be done is remembered in the batch of the entry and done later.
//! Otherwise a city that only this one reaches would never hear of it.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::CityId;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use super::admit::load_entry;
use super::settling::is_money;
use super::{Ctx, Engine};
use crate::db::{Db, damaged};
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// The first pause before what a failing medium kept from being done is tried again, in milliseconds.
const AGAIN_MS_MIN: u64 = 10_000;
/// The longest such pause, in milliseconds: some of what follows reads every document.
const AGAIN_MS_MAX: u64 = 600_000;

/// What follows from an entry, as far as the entry alone does not tell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Follows {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The document's audience before the entry, ascending.
    #[n(1)]
    pub before: Vec<CityId>,
    /// The city to ask for the key of a sealed part; none for one's own entry, and where no part is sealed.
    #[n(2)]
    pub from: Option<CityId>,
    /// Whether an entry of an agreement made a resolution whole.
    #[n(3)]
    pub chain: bool,
    /// Whether an entry of an agreement counts.
    #[n(4)]
    pub counts: bool,
}

/// Entries of which something that follows is still to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfollowed {
    entries: BTreeMap<EntryId, Follows>,
    /// When they are tried again, in monotonic milliseconds.
    again_at: u64,
    /// The last pause, in milliseconds.
    pause: u64,
    /// What could not be read, until somebody is told.
    error: Option<ReadError>,
}

impl Unfollowed {
    /// Says whether something that follows from an entry is still to be done.
    pub(super) fn has(&self, id: &EntryId) -> bool {
        self.entries.contains_key(id)
    }

    /// When there is something to try.
    pub(super) fn timer(&self) -> Option<u64> {
        (!self.entries.is_empty()).then_some(self.again_at)
    }

    /// Forgets what could not be read in a command, which was answered.
    pub(super) fn forget_error(&mut self) {
        self.error = None;
    }

    /// What could not be read since the last call. It keeps nothing else from being done.
    pub(super) fn take_error(&mut self) -> Result<(), ReadError> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn add(&mut self, id: EntryId, follows: Follows, now: u64) {
        let soon = now.saturating_add(AGAIN_MS_MIN);
        self.again_at = self.timer().map_or(soon, |again_at| again_at.min(soon));
        self.pause = AGAIN_MS_MIN;
        self.entries.insert(id, follows);
    }

    /// Waits for the next turn: longer each time nothing could be done.
    fn rest(&mut self, now: u64, some_done: bool) {
        let longer = self.pause.saturating_mul(2);
        self.pause = match some_done {
            true => AGAIN_MS_MIN,
            false => longer.clamp(AGAIN_MS_MIN, AGAIN_MS_MAX),
        };
        self.again_at = now.saturating_add(self.pause);
    }
}

impl Engine {
    /// Does what follows from an entry that was just stored. What a record that cannot be read keeps from being done is
    /// done later.
    pub(super) fn follow(&mut self, ctx: &mut Ctx<'_>, entry: &Entry, follows: Follows) {
        let failed = self.do_what_follows(ctx, entry, &follows);
        if failed.is_empty() {
            return;
        }
        let mut db = Db::new(ctx.store, &mut self.pending);
        db.save(Family::Feeds, keys::follows(&entry.id), &follows);
        self.unfollowed.add(entry.id, follows, ctx.now.monotonic_ms);
        for error in failed {
            self.heed_unread(ctx.store, error);
        }
    }

    /// Tries again what could not be done before.
    pub(super) fn follow_again(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now.monotonic_ms;
        if self
            .unfollowed
            .timer()
            .is_none_or(|again_at| again_at > now)
        {
            return;
        }
        let mut some_done = false;
        for (id, follows) in self.unfollowed.entries.clone() {
            let failed = self.follow_late(ctx, &id, &follows);
            if failed.is_empty() {
                some_done = true;
                self.unfollowed.entries.remove(&id);
                let mut db = Db::new(ctx.store, &mut self.pending);
                db.delete(Family::Feeds, keys::follows(&id));
            }
            for error in failed {
                self.heed_unread(ctx.store, error);
            }
        }
        self.unfollowed.rest(now, some_done);
    }

    /// Notes a record that kept something from being done, without keeping the rest of the step from it.
    pub(super) fn heed_unread(&mut self, store: &dyn Reader, error: ReadError) {
        self.note_unreadable(store, &error);
        self.unfollowed.error = Some(error);
    }

    /// Loads what an earlier start could not do.
    pub(super) fn load_unfollowed(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        for (key, _) in db.scan_all(Family::Feeds, keys::FOLLOWS)? {
            let id = EntryId::from_slice(&key[keys::FOLLOWS.len()..]);
            let follows = db.load::<Follows>(Family::Feeds, &key)?;
            let (id, follows) = id
                .zip(follows)
                .ok_or_else(|| damaged(Family::Feeds, &key))?;
            self.unfollowed.entries.insert(id, follows);
        }
        Ok(())
    }

    fn follow_late(
        &mut self,
        ctx: &mut Ctx<'_>,
        id: &EntryId,
        follows: &Follows,
    ) -> Vec<ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        match load_entry(&db, &follows.document, id) {
            Ok(Some(entry)) => self.do_what_follows(ctx, &entry, follows),
            Ok(None) => Vec::new(),
            Err(error) => vec![error],
        }
    }

    /// Each of the parts is begun though another failed, and may be done again; returns what failed.
    fn do_what_follows(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
        follows: &Follows,
    ) -> Vec<ReadError> {
        let before: BTreeSet<CityId> = follows.before.iter().copied().collect();
        let mut done = vec![
            self.note_fork(ctx.store, entry),
            match &follows.from {
                Some(from) => self.need_key(ctx, entry, from),
                None => Ok(()),
            },
            match is_money(entry.header.kind) {
                true => self.note_settling(ctx, entry),
                false => Ok(()),
            },
            self.spread(ctx, entry, &before),
        ];
        if entry.header.kind == DocumentKind::Agreement as u8 {
            if follows.chain {
                done.push(self.heed_chain(ctx, entry, &before));
            }
            self.rekey.announce_again();
            self.turns.insert(entry.agreement);
            if follows.counts {
                done.push(self.heed_revocation(ctx, entry));
            }
            // Last of all, and once: done again it would be sent again.
            if done.iter().all(Result::is_ok) {
                done.push(self.offer_again(ctx.store, entry));
            }
        }
        done.into_iter().filter_map(Result::err).collect()
    }
}
