//! The side of a comparison that asks: one city at a time, and then what is missing is fetched.

use std::collections::BTreeSet;

use tongban_identity::{CityId, Hash32};
use tongban_ledger::{DocumentId, EntryId};

use super::super::links::LinkId;
use super::super::waiting::Missing;
use super::super::{Ctx, Engine};
use super::gather::Gather;
use super::{FETCH_MAX, FETCH_MS, SETTLE_MS, Verdict};
use crate::db::Db;
use crate::frame::{Audit, AuditEnd, Audited, Frame};
use crate::keys;
use crate::reconcile::{MESSAGE_IDS, Set};
use crate::storage::{Family, ReadError, Reader};

/// How long an answer may take, in milliseconds: the other city may have others to answer.
const PATIENCE_MS: u64 = 60_000;
/// How long one comparison may take, in milliseconds: others are due as well.
const TURN_MS: u64 = 600_000;
/// The most missing entries of one comparison; what is beyond them the next one finds.
const NEED_MAX: usize = 65_536;
/// The most entries that only this city has whose way to the other is looked up.
const HAVE_MAX: usize = 4_096;

/// A comparison that this node asks for.
#[derive(Debug)]
pub(super) struct Asking {
    city: CityId,
    run: u64,
    stage: Stage,
    /// When it is given up, in monotonic milliseconds.
    until: u64,
    /// When it is given up even if answers come, in monotonic milliseconds.
    turn: u64,
}

#[derive(Debug)]
enum Stage {
    Gathering(Gather),
    Comparing(Box<Compared>),
}

/// What has been compared.
#[derive(Debug)]
struct Compared {
    set: Set,
    rounds: usize,
    need: Vec<EntryId>,
    /// The first entries that only this city has.
    have: Vec<EntryId>,
    have_count: usize,
    /// What the other city says of its set.
    there: (u64, Hash32),
}

impl Compared {
    /// The most rounds that two honest cities need: few by the sets, and some for each message that is full.
    fn rounds_max(&self) -> usize {
        64 + 4 * (self.set.count() + NEED_MAX) / MESSAGE_IDS
    }
}

impl Asking {
    /// The city that is asked.
    pub(super) fn city(&self) -> CityId {
        self.city
    }

    /// A document's record changed.
    pub(super) fn forget(&mut self, document: &DocumentId) {
        if let Stage::Gathering(gather) = &mut self.stage {
            gather.forget(document);
        }
    }

    /// When it goes on by itself.
    pub(super) fn timer(&self, now_ms: u64) -> u64 {
        match self.stage {
            Stage::Gathering(_) => now_ms,
            Stage::Comparing(_) => self.until,
        }
    }
}

impl Engine {
    /// Begins the comparison that is due longest, or goes on with the one that is under way.
    pub(super) fn ask_on(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let now = ctx.now.monotonic_ms;
        if let Some(asking) = self.audits.asking.take_if(|asking| asking.until <= now)
            && let Some(peer) = self.peers.get_mut(&asking.city)
        {
            let pause = peer.audit.backed_off(SETTLE_MS / 10);
            peer.audit.wait(now, pause);
        }
        if self.audits.asking.is_none() {
            let due = self.peers.iter().filter_map(|(city, peer)| {
                let due = peer.link.and(peer.audit.due_at())?;
                (due <= now).then_some((due, *city))
            });
            let Some((_, city)) = due.min() else {
                return Ok(());
            };
            self.audits.asking = Some(Asking {
                city,
                run: self.token(),
                stage: Stage::Gathering(Gather::new(city)),
                until: now.saturating_add(PATIENCE_MS),
                turn: now.saturating_add(TURN_MS),
            });
        }
        self.gather_to_ask(ctx)
    }

    fn gather_to_ask(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let Some(mut asking) = self.audits.asking.take() else {
            return Ok(());
        };
        let Stage::Gathering(gather) = &mut asking.stage else {
            self.audits.asking = Some(asking);
            return Ok(());
        };
        asking.until = ctx.now.monotonic_ms.saturating_add(PATIENCE_MS);
        let whole = match self.gather_on(ctx.store, gather) {
            Ok(whole) => whole,
            Err(error) => {
                self.give_up(ctx, &asking.city);
                return Err(error);
            }
        };
        let link = self.peers.get(&asking.city).and_then(|peer| peer.link);
        if let (true, Some(link)) = (whole, link) {
            let set = std::mem::replace(gather, Gather::new(asking.city)).seal();
            if let Ok(message) = set.begin() {
                let run = asking.run;
                self.send(link, &Frame::Audit(Audit { run, message }));
            }
            asking.stage = Stage::Comparing(Box::new(Compared {
                set,
                rounds: 0,
                need: Vec::new(),
                have: Vec::new(),
                have_count: 0,
                there: (0, Hash32([0; 32])),
            }));
        }
        self.audits.asking = Some(asking);
        Ok(())
    }

    fn give_up(&mut self, ctx: &Ctx<'_>, city: &CityId) {
        if let Some(peer) = self.peers.get_mut(city) {
            let pause = peer.audit.backed_off(SETTLE_MS / 10);
            peer.audit.wait(ctx.now.monotonic_ms, pause);
        }
    }

    /// Takes an answer.
    pub(in super::super) fn on_audited(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        audited: &Audited,
    ) -> Result<(), ReadError> {
        let of_run = |asking: &mut Asking| asking.city == city && asking.run == audited.run;
        let Some(mut asking) = self.audits.asking.take_if(of_run) else {
            // Given up meanwhile.
            return Ok(());
        };
        let Stage::Comparing(compared) = &mut asking.stage else {
            self.audits.asking = Some(asking);
            return Ok(());
        };
        let Ok(step) = compared.set.take(&audited.message) else {
            self.give_up(ctx, &city);
            self.drop_link(ctx, link, "a comparison that is not well formed");
            return Ok(());
        };
        compared.rounds += 1;
        compared.there = (audited.count, audited.fingerprint);
        compared.need.extend(step.need);
        compared.have_count += step.have.len();
        let room = HAVE_MAX - compared.have.len();
        compared.have.extend(step.have.into_iter().take(room));
        let full = compared.need.len() > NEED_MAX || compared.rounds > compared.rounds_max();
        match step.next {
            Some(message) if !full => {
                let run = asking.run;
                self.send(link, &Frame::Audit(Audit { run, message }));
                let patience = ctx.now.monotonic_ms.saturating_add(PATIENCE_MS);
                asking.until = patience.min(asking.turn);
                self.audits.asking = Some(asking);
                Ok(())
            }
            next => {
                let partial = next.is_some();
                let Stage::Comparing(compared) = asking.stage else {
                    return Ok(());
                };
                let ended = self.end_comparison(ctx, link, (city, asking.run), *compared, partial);
                if ended.is_err() {
                    // Without a pause it would be begun again with the next step, and so on.
                    self.give_up(ctx, &city);
                }
                ended
            }
        }
    }

    fn end_comparison(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        (city, run): (CityId, u64),
        compared: Compared,
        mut partial: bool,
    ) -> Result<(), ReadError> {
        let (lacking_there, coming_there) = self.only_here(ctx, &city, &compared)?;
        let mut needs = Vec::new();
        let (mut lacking_here, mut coming_here) = (0, 0);
        let mut seen = BTreeSet::new();
        for id in compared.need {
            if !seen.insert(id) {
                continue;
            }
            match self.is_listed(ctx.store, &id) {
                Ok(false) => {}
                Ok(true) => {
                    // Here, but not for both as far as this node knows.
                    coming_here += 1;
                    continue;
                }
                Err(error) => {
                    // Whether it is here cannot be told: the others are fetched, and this comparison says nothing.
                    partial = true;
                    self.heed_unread(ctx.store, error);
                    continue;
                }
            }
            needs.push(id);
            let offered = self
                .peers
                .get(&city)
                .is_some_and(|peer| peer.is_offering(&id));
            match offered {
                true => coming_here += 1,
                false => lacking_here += 1,
            }
        }
        let ours = (compared.set.count() as u64, compared.set.fingerprint());
        let differs = partial || !needs.is_empty() || compared.have_count > 0;
        let same = !differs && coming_here == 0 && compared.there == ours;
        let verdict = Verdict {
            time: ctx.now.unix,
            here: ours.0,
            there: compared.there.0,
            same: same.then_some(ours.1),
            lacking_here,
            lacking_there,
            under_way: coming_here + coming_there,
        };
        let mut db = Db::new(ctx.store, &mut self.pending);
        db.save(Family::Feeds, keys::audit(&city), &verdict);
        if let Some(peer) = self.peers.get_mut(&city) {
            let schedule = &mut peer.audit;
            schedule.verdict = Some(verdict);
            (schedule.partial, schedule.progress) = (partial, false);
            schedule.fetching = true;
            schedule.needs = needs.into();
            schedule.outstanding.clear();
        }
        let end = AuditEnd {
            run,
            lacking: lacking_there,
        };
        self.send(link, &Frame::AuditEnd(end));
        // Another city's entries that cannot be looked up are not this comparison's matter.
        if let Err(error) = self.fetch_missing(ctx) {
            self.heed_unread(ctx.store, error);
        }
        Ok(())
    }

    /// How many entries the other city lacks, and how many of those that it has not are on their way to it.
    fn only_here(
        &mut self,
        ctx: &Ctx<'_>,
        city: &CityId,
        compared: &Compared,
    ) -> Result<(u64, u64), ReadError> {
        let (mut lacking, mut coming) = (0, 0);
        let (acked, waiting) = self.peers.get(city).map_or((0, 0), |peer| {
            (peer.outbox.marks.acked, peer.outbox.waiting())
        });
        let db = Db::new(ctx.store, &mut self.pending);
        for id in &compared.have {
            let place = keys::outbox_position(city, id);
            let position = db.get(Family::Feeds, &place)?;
            let position = position.and_then(|bytes| bytes.try_into().ok().map(u64::from_be_bytes));
            match position {
                Some(position) if position >= acked => coming += 1,
                _ => lacking += 1,
            }
        }
        let rest = (compared.have_count - compared.have.len()) as u64;
        let more = rest.min(waiting.saturating_sub(coming));
        Ok((lacking + rest - more, coming + more))
    }

    /// Asks for missing entries, some at a time; when none is left the comparison is done with.
    pub(super) fn fetch_missing(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let now = ctx.now.monotonic_ms;
        let mut ready = Vec::new();
        for (city, peer) in &mut self.peers {
            let schedule = &mut peer.audit;
            if schedule.fetching && schedule.fetch_until <= now && !schedule.outstanding.is_empty()
            {
                schedule.partial = true;
                schedule.outstanding.clear();
                schedule.needs.clear();
            }
            if schedule.fetching && schedule.outstanding.is_empty() {
                ready.push(*city);
            }
        }
        let mut finished = false;
        let mut failed = Ok(());
        for city in ready {
            let some = match self.some_needs(ctx.store, &city) {
                Ok(some) => some,
                Err(error) => {
                    failed = failed.and(Err(error));
                    continue;
                }
            };
            let Some(peer) = self.peers.get_mut(&city) else {
                continue;
            };
            for id in &some {
                if !peer.is_offering(id) {
                    self.waiting.want(Missing::Entry(*id), city);
                }
            }
            if some.is_empty() {
                peer.audit.fetching = false;
                finished |= !peer.audit.partial;
                peer.back.returned(!peer.audit.partial);
                peer.starts.returned(!peer.audit.partial);
                let pause = peer.audit.pause();
                peer.audit.wait(now, pause);
            }
            peer.audit.outstanding = some;
            peer.audit.fetch_until = now.saturating_add(FETCH_MS);
        }
        self.audits.unheeded |= finished;
        if self.audits.unheeded {
            let heeded = self.heed_returned(ctx);
            self.audits.unheeded = heeded.is_err();
            failed = failed.and(heeded);
        }
        failed
    }

    /// The next missing entries of a comparison that have not come meanwhile. One of which that cannot be read is looked
    /// up again after the others: a city is not done with returning what it was never asked for.
    fn some_needs(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<BTreeSet<EntryId>, ReadError> {
        let (mut some, mut unread) = (BTreeSet::new(), Vec::new());
        let mut failed = Ok(());
        while some.len() < FETCH_MAX
            && let Some(id) = self.next_need(city)
        {
            match self.is_listed(store, &id) {
                Ok(true) => {}
                Ok(false) => {
                    some.insert(id);
                }
                Err(error) => {
                    unread.push(id);
                    failed = failed.and(Err(error));
                }
            }
        }
        if let Some(peer) = self.peers.get_mut(city) {
            peer.audit.needs.extend(unread);
        }
        match some.is_empty() {
            true => failed.map(|()| some),
            false => Ok(some),
        }
    }

    fn next_need(&mut self, city: &CityId) -> Option<EntryId> {
        self.peers.get_mut(city)?.audit.needs.pop_front()
    }
}
