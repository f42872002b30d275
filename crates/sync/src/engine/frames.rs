//! Frames in: decoding, work on the curve outside, items in order.

use std::collections::BTreeMap;

use tongban_identity::{CityId, ContentKey, ContentKeyId};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId};

use super::admit::Admitted;
use super::allowance::{Cost, LATE_BYTES_MAX};
use super::cursors::Inbox;
use super::job::{Job, Outcome};
use super::links::LinkId;
use super::waiting::{Missing, Place};
use super::{Ctx, Engine, Notice, Output};
use crate::entry::Entry;
use crate::frame::{Blob, FRAME_BYTES_MAX, Feed, Frame, Give, Item, Support};
use crate::storage::ReadError;

/// A content key that came with a frame, and its place among the frame's jobs.
pub(super) type WrapJob = (DocumentId, ContentKeyId, usize);

/// A frame that waits for work.
#[derive(Debug)]
pub(super) struct HeldFrame {
    token: u64,
    outcomes: Option<Vec<Outcome>>,
    items: Vec<Received>,
    /// Content keys that came with the items; each has its place among the jobs.
    wraps: Vec<WrapJob>,
}

/// An item of a frame, decoded.
#[derive(Debug)]
pub(super) enum Received {
    /// An entry; `job` is its place among the jobs, none while its certificate is unknown.
    Entry {
        entry: Box<Entry>,
        job: Option<usize>,
        in_feed: bool,
    },
    /// An id of a feed.
    Announce(EntryId),
}

impl Received {
    fn id(&self) -> EntryId {
        match self {
            Received::Announce(id) => *id,
            Received::Entry { entry, .. } => entry.id,
        }
    }
}

/// Decodes the items of a feed and notes those that are new. Without an inbox all are taken and none
/// is counted.
pub(super) fn receive(
    mut inbox: Option<&mut Inbox>,
    start: u64,
    items: Vec<Item>,
) -> Result<Vec<Received>, &'static str> {
    let known = inbox
        .as_ref()
        .map_or(0, |inbox| inbox.expected().saturating_sub(start));
    let mut received = Vec::with_capacity(items.len());
    for item in items
        .into_iter()
        .skip(usize::try_from(known).unwrap_or(usize::MAX))
    {
        let item = match item {
            Item::Withdrawn(tag) => {
                if let Some(inbox) = &mut inbox {
                    inbox.pass(&tag);
                }
                continue;
            }
            Item::Announce(id) => Received::Announce(id),
            // The chain binds ids, and bytes without one make the stretch worthless.
            Item::Entry(Blob(bytes)) => Received::Entry {
                entry: Entry::from_wire(&bytes)
                    .map(Box::new)
                    .map_err(|_| "an entry that is not well encoded")?,
                job: None,
                in_feed: true,
            },
        };
        if let Some(inbox) = &mut inbox {
            inbox.push(item.id());
        }
        received.push(item);
    }
    Ok(received)
}

/// The entries of an answer, as far as they are well encoded, and their ids.
pub(super) fn given(give: &Give) -> (Vec<Received>, Vec<EntryId>) {
    let entries = give
        .entries
        .iter()
        .filter_map(|Blob(bytes)| Entry::from_wire(bytes).ok());
    let items: Vec<Received> = entries
        .map(|entry| Received::Entry {
            entry: Box::new(entry),
            job: None,
            in_feed: false,
        })
        .collect();
    let ids = items.iter().map(Received::id).collect();
    (items, ids)
}

impl Engine {
    /// Takes a frame.
    pub(super) fn on_frame(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        let Some(city) = self.links.get(&link).map(|link| link.city) else {
            return Ok(());
        };
        if bytes.len() > FRAME_BYTES_MAX {
            self.drop_link(ctx, link, "a frame that is too long");
            return Ok(());
        }
        if let Some(city) = city
            && !self.is_allowed(ctx, link, &city, bytes)
        {
            return Ok(());
        }
        let taken = self.read_frame(ctx, link, city, bytes);
        self.reread(ctx, link, taken)
    }

    fn read_frame(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: Option<CityId>,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        let Ok(frame) = Frame::from_slice(bytes) else {
            self.drop_link(ctx, link, "a frame that is not well encoded");
            return Ok(());
        };
        let Some(city) = city else {
            return match frame {
                Frame::Hello(hello) => self.on_hello(ctx, link, &hello),
                _ => {
                    self.drop_link(ctx, link, "a first frame that is no greeting");
                    Ok(())
                }
            };
        };
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.last_seen = Some(ctx.now.unix);
            peer.has_spoken();
            // From the second hour on: frames that breed frames make a run long.
            let late = ctx.now.monotonic_ms > 3_600_000;
            peer.cursor_due |= late && planted(Bug::NeverQuiet);
        }
        if let Some(link) = self.links.get_mut(&link) {
            link.spoken = true;
        }
        self.heed_copy(link, &city);
        match frame {
            Frame::Hello(_) => {
                self.drop_link(ctx, link, "a second greeting");
                Ok(())
            }
            Frame::Feed(feed) => self.on_feed(ctx, link, city, feed),
            Frame::Cursor(cursor) => self.on_cursor(ctx, link, city, &cursor),
            Frame::Want(want) => self.on_want(ctx, link, city, &want),
            Frame::Give(give) => self.on_give(ctx, link, city, give),
            Frame::Audit(audit) => self.on_audit(ctx, link, city, audit),
            Frame::Audited(audited) => self.on_audited(ctx, link, city, &audited),
            Frame::AuditEnd(end) => {
                self.on_audit_end(ctx, city, &end);
                Ok(())
            }
            Frame::Elsewhere(boot) => {
                self.on_elsewhere(ctx, city, boot);
                Ok(())
            }
        }
    }

    /// Says whether a frame may be taken now; otherwise it waits for its sender's allowance.
    fn is_allowed(&mut self, ctx: &mut Ctx<'_>, link: LinkId, city: &CityId, bytes: &[u8]) -> bool {
        let now = ctx.now.monotonic_ms;
        let (Some(peer), Some(known)) = (self.peers.get_mut(city), self.links.get_mut(&link))
        else {
            return true;
        };
        if known.late.is_empty() && peer.allowance.ready_at(now) <= now {
            let bytes = bytes.len();
            peer.allowance.charge(Cost {
                bytes,
                ..Cost::default()
            });
            return true;
        }
        known.late_bytes += bytes.len();
        known.late.push_back(bytes.to_vec());
        if known.late_bytes > LATE_BYTES_MAX {
            self.drop_link(ctx, link, "more than the allowance");
        }
        false
    }

    /// Takes frames that waited for their sender's allowance, as far as it goes now.
    pub(super) fn take_late(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let late = self.links.iter().filter(|(_, link)| !link.late.is_empty());
        let links: Vec<LinkId> = late.map(|(id, _)| *id).collect();
        for link in links {
            while let Some((city, bytes)) = self.next_late(ctx.now.monotonic_ms, link) {
                let taken = self.read_frame(ctx, link, Some(city), &bytes);
                self.reread(ctx, link, taken)?;
            }
        }
        Ok(())
    }

    /// The next frame of a link that may be taken now, and whose it is.
    fn next_late(&mut self, now: u64, link: LinkId) -> Option<(CityId, Vec<u8>)> {
        let known = self.links.get_mut(&link)?;
        let city = known.city?;
        let peer = self.peers.get_mut(&city)?;
        if known.late.is_empty() || peer.allowance.ready_at(now) > now {
            return None;
        }
        let frame = known.late.pop_front()?;
        let bytes = frame.len();
        known.late_bytes -= bytes;
        peer.allowance.charge(Cost {
            bytes,
            ..Cost::default()
        });
        Some((city, frame))
    }

    fn on_feed(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        feed: Feed,
    ) -> Result<(), ReadError> {
        let Some(inbox) = self.linked_inbox(&city) else {
            return Ok(());
        };
        let received = match inbox.joins(&feed) {
            Ok(()) => receive(Some(inbox), feed.start, feed.items),
            Err(reason) => Err(reason),
        };
        let mut items = match received {
            Ok(items) => items,
            Err(reason) => {
                self.drop_link(ctx, link, reason);
                return Ok(());
            }
        };
        self.mark_cursor(&city);
        if items.len() > 2
            && planted(Bug::DropLastOfBatch)
            && let Some(Received::Entry { entry, .. }) = items.pop()
            && let Some(inbox) = self.linked_inbox(&city)
        {
            inbox.done(&entry.id);
        }
        self.begin_work(ctx, link, items, &feed.support)
    }

    fn on_give(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        give: Give,
    ) -> Result<(), ReadError> {
        let (items, ids) = given(&give);
        self.begin_work(ctx, link, items, &give.support)?;
        self.answered(city, &give, &ids);
        Ok(())
    }

    /// Hands out the work that a frame's entries and wraps need; the frame waits for it in its turn.
    fn begin_work(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        mut items: Vec<Received>,
        support: &Support,
    ) -> Result<(), ReadError> {
        let (jobs, wraps) = self.work_of(ctx, &mut items, support)?;
        let city = self.links.get(&link).and_then(|link| link.city);
        if let Some(peer) = city.and_then(|city| self.peers.get_mut(&city)) {
            peer.allowance.charge(Cost {
                bytes: 0,
                entries: items.len(),
                checks: jobs.len(),
            });
        }
        let token = self.token();
        let Some(known) = self.links.get_mut(&link) else {
            return Ok(());
        };
        known.held.push_back(HeldFrame {
            token,
            outcomes: jobs.is_empty().then(Vec::new),
            items,
            wraps,
        });
        if jobs.is_empty() {
            return self.process_held(ctx, link);
        }
        self.outputs.push_back(Output::Work { token, jobs });
        Ok(())
    }

    /// The work that a frame's entries and wraps need; keeps what they rest on.
    pub(super) fn work_of(
        &mut self,
        ctx: &mut Ctx<'_>,
        items: &mut [Received],
        support: &Support,
    ) -> Result<(Vec<Job>, Vec<WrapJob>), ReadError> {
        let entries = items.iter().filter_map(|item| match item {
            Received::Entry { entry, .. } => Some(entry.as_ref()),
            Received::Announce(_) => None,
        });
        self.take_support(ctx, support, entries)?;
        let mut jobs = Vec::new();
        for item in items.iter_mut() {
            let Received::Entry { entry, job, .. } = item else {
                continue;
            };
            let Some(cert) = self.cert(ctx.store, &entry.header.cert)? else {
                continue;
            };
            // A certificate of another city is as bad as a false signature.
            let Ok(key) = entry.signer(&cert) else {
                continue;
            };
            *job = Some(jobs.len());
            jobs.push(Job::Verify {
                key,
                message: entry.header_bytes.clone(),
                signature: entry.signature,
            });
        }
        let mut wraps = Vec::new();
        for wrap in &support.wraps {
            if let Some(job) = self.unwrap_job(ctx.store, wrap)? {
                wraps.push((wrap.document, wrap.key, jobs.len()));
                jobs.push(job);
            }
        }
        Ok((jobs, wraps))
    }

    /// Takes what work came to and goes on with the frames that waited for it.
    pub(super) fn on_worked(
        &mut self,
        ctx: &mut Ctx<'_>,
        token: u64,
        outcomes: &[Outcome],
    ) -> Result<(), ReadError> {
        let mut on = None;
        for (link, known) in &mut self.links {
            if let Some(held) = known.held.iter_mut().find(|held| held.token == token) {
                held.outcomes = Some(outcomes.to_vec());
                on = Some(*link);
            }
        }
        match on {
            Some(link) => {
                let taken = self.process_held(ctx, link);
                self.reread(ctx, link, taken)
            }
            None => Ok(()),
        }
    }

    fn process_held(&mut self, ctx: &mut Ctx<'_>, link: LinkId) -> Result<(), ReadError> {
        loop {
            let Some(known) = self.links.get_mut(&link) else {
                return Ok(());
            };
            let Some(city) = known.city else {
                return Ok(());
            };
            let ready = known.held.pop_front_if(|held| held.outcomes.is_some());
            let Some(held) = ready else {
                return Ok(());
            };
            let outcomes = held.outcomes.unwrap_or_default();
            self.take_items(ctx, city, held.items, &held.wraps, &outcomes)?;
        }
    }

    /// Takes the items of a frame whose work is done.
    pub(super) fn take_items(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        items: Vec<Received>,
        wraps: &[WrapJob],
        outcomes: &[Outcome],
    ) -> Result<(), ReadError> {
        self.opened = self.take_opened(city, wraps, outcomes);
        let mut failed = None;
        for item in items {
            // An item that meets a damaged record stays open; the others go on.
            let taken = self.take_item(ctx, city, item, outcomes);
            failed = failed.or(taken.err());
        }
        for ((document, key), content) in std::mem::take(&mut self.opened) {
            if self.lacks_key(ctx.store, &document, &key)? {
                self.keep_key(ctx, &document, &content);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The content keys of a frame that opened; for another the next city is asked.
    fn take_opened(
        &mut self,
        city: CityId,
        wraps: &[WrapJob],
        outcomes: &[Outcome],
    ) -> BTreeMap<(DocumentId, ContentKeyId), ContentKey> {
        let mut opened = BTreeMap::new();
        for (document, key, job) in wraps {
            match outcomes.get(*job) {
                Some(Outcome::Key(content)) => {
                    opened.insert((*document, *key), content.clone());
                }
                _ => self.waiting.not_from(Missing::Key(*document, *key), city),
            }
        }
        opened
    }

    fn take_item(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        item: Received,
        outcomes: &[Outcome],
    ) -> Result<(), ReadError> {
        let (entry, job, in_feed) = match item {
            Received::Announce(id) => return self.take_announced(ctx, city, id),
            Received::Entry {
                entry,
                job,
                in_feed,
            } => (*entry, job, in_feed),
        };
        let id = entry.id;
        let verified = match job {
            None => match self.cert(ctx.store, &entry.header.cert)? {
                // The certificate came meanwhile, or belongs to another city.
                Some(cert) => match entry.signer(&cert) {
                    Ok(key) => entry.verify(&key),
                    Err(_) => false,
                },
                None => {
                    let missing = Missing::Cert(entry.header.cert);
                    if self.waiting.hold(entry, false, city, missing) == Place::TooMany {
                        self.too_many_wait(ctx, city);
                    }
                    return Ok(());
                }
            },
            Some(job) => outcomes.get(job).is_some_and(Outcome::is_sound),
        };
        if !verified {
            self.refused(city, id, Code::Argument);
            return Ok(());
        }
        // A feed carries its sender's own entries; others come by request.
        if in_feed && self.city_of_root(&entry.header.city) != city {
            self.refused(city, id, Code::NotParty);
            return Ok(());
        }
        let admitted = self.admit(ctx, entry, Some(city))?;
        self.after_admission(ctx, city, id, admitted)
    }

    fn take_announced(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        id: EntryId,
    ) -> Result<(), ReadError> {
        if self.is_stored(ctx.store, &id)? {
            self.mark_done(&id);
        } else {
            // Also where it is here and waits: this city may have what it waits for.
            self.waiting.want(Missing::Entry(id), city);
        }
        Ok(())
    }

    /// What an admission means for cursors and for entries that waited.
    pub(super) fn after_admission(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        id: EntryId,
        admitted: Admitted,
    ) -> Result<(), ReadError> {
        match admitted {
            Admitted::Stored | Admitted::Known => {
                self.mark_done(&id);
                self.wake(ctx, Missing::Entry(id))
            }
            Admitted::Refused(code) => {
                self.refused_for_good(city, id, code);
                Ok(())
            }
            Admitted::Waiting => Ok(()),
        }
    }

    /// Goes on with entries that waited for something that is here now.
    pub(super) fn wake(&mut self, ctx: &mut Ctx<'_>, missing: Missing) -> Result<(), ReadError> {
        let mut ready = self.waiting.wake(&missing);
        let mut failed = Ok(());
        while let Some((entry, verified, from)) = ready.pop() {
            let id = entry.id;
            match self.take_woken(ctx, entry, verified, from) {
                Ok(more) => ready.extend(more),
                Err(error) => {
                    // It waits no more, and whoever sent or offers it does so again on the next link.
                    for city in self.offering(&id).into_iter().chain([from]) {
                        self.reread_from(ctx, &city);
                    }
                    failed = failed.and(Err(error));
                }
            }
        }
        failed
    }

    /// Takes an entry that waited; returns those that waited for it.
    fn take_woken(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: Entry,
        verified: bool,
        from: CityId,
    ) -> Result<Vec<(Entry, bool, CityId)>, ReadError> {
        let id = entry.id;
        let sound = verified
            || match self.cert(ctx.store, &entry.header.cert)? {
                Some(cert) => entry.signer(&cert).is_ok_and(|key| entry.verify(&key)),
                None => false,
            };
        if !sound {
            self.refused(from, id, Code::Argument);
            return Ok(Vec::new());
        }
        match self.admit(ctx, entry, Some(from))? {
            Admitted::Stored | Admitted::Known => {
                self.mark_done(&id);
                return Ok(self.waiting.wake(&Missing::Entry(id)));
            }
            Admitted::Refused(code) => self.refused_for_good(from, id, code),
            Admitted::Waiting => {}
        }
        Ok(Vec::new())
    }

    /// A sender whose entries rest on too much that it did not send: the link is closed, and on the
    /// next one it offers everything from our cursor again.
    pub(super) fn too_many_wait(&mut self, ctx: &mut Ctx<'_>, city: CityId) {
        if let Some(link) = self.peers.get(&city).and_then(|peer| peer.link) {
            self.drop_link(ctx, link, "too many entries that wait for others");
        }
    }

    /// No node would take the entry, whoever sends it: what rests on it is refused with it, in every
    /// feed that offers it.
    fn refused_for_good(&mut self, city: CityId, id: EntryId, code: Code) {
        let mut fallen = vec![(city, id)];
        while let Some((from, id)) = fallen.pop() {
            let resting = self.waiting.wake(&Missing::Entry(id)).into_iter();
            fallen.extend(resting.map(|(entry, _, from)| (from, entry.id)));
            for city in self.offering(&id) {
                self.refused(city, id, code);
            }
            self.refused(from, id, code);
        }
    }

    /// The cities whose feeds offer an entry that is not here.
    fn offering(&self, id: &EntryId) -> Vec<CityId> {
        let peers = self.peers.iter();
        let offering = peers.filter(|(_, peer)| peer.is_offering(id));
        offering.map(|(city, _)| *city).collect()
    }

    /// An entry waited in vain and was forgotten: whoever still offers it is asked anew.
    pub(super) fn want_offered(&mut self, id: &EntryId) {
        for city in self.offering(id) {
            self.waiting.want(Missing::Entry(*id), city);
        }
    }

    fn refused(&mut self, city: CityId, id: EntryId, code: Code) {
        self.waiting.not_from(Missing::Entry(id), city);
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.inboxes().for_each(|inbox| inbox.refuse(id, code));
        }
        self.mark_cursor(&city);
        self.outputs
            .push_back(Output::Notice(Notice::EntryRefused { city, code }));
    }

    /// An entry is stored: every feed that offers it may move on.
    pub(super) fn mark_done(&mut self, id: &EntryId) {
        for peer in self.peers.values_mut() {
            peer.inboxes().for_each(|inbox| inbox.done(id));
        }
    }

    fn linked_inbox(&mut self, city: &CityId) -> Option<&mut Inbox> {
        self.peers.get_mut(city)?.inbox.as_mut()
    }

    fn mark_cursor(&mut self, city: &CityId) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.cursor_due = true;
        }
    }
}
