//! Frames in: decoding, work on the curve outside, items in order.

use std::collections::BTreeMap;

use tongban_identity::{CityId, ContentKey, ContentKeyId};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId};

use super::admit::Admitted;
use super::cursors::Inbox;
use super::job::{Job, Outcome};
use super::links::LinkId;
use super::waiting::Missing;
use super::{Ctx, Engine, Notice, Output};
use crate::entry::Entry;
use crate::frame::{Blob, FRAME_BYTES_MAX, Feed, Frame, Give, Item, Support};
use crate::storage::ReadError;

/// A frame that waits for work.
#[derive(Debug)]
pub(super) struct HeldFrame {
    token: u64,
    outcomes: Option<Vec<Outcome>>,
    items: Vec<Received>,
    /// Content keys that came with the items; each has its place among the jobs.
    wraps: Vec<(DocumentId, ContentKeyId, usize)>,
}

/// An item of a frame, decoded.
#[derive(Debug)]
enum Received {
    /// An entry; `job` is its place among the jobs, none while its certificate is unknown.
    Entry {
        entry: Box<Entry>,
        job: Option<usize>,
        in_feed: bool,
    },
    /// An id of a feed.
    Announce(EntryId),
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
            // From the second hour on: frames that breed frames make a run long.
            let late = ctx.now.monotonic_ms > 3_600_000;
            peer.cursor_due |= late && planted(Bug::NeverQuiet);
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
            Frame::Elsewhere(boot) => {
                self.on_elsewhere(city, boot);
                Ok(())
            }
        }
    }

    fn on_feed(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        feed: Feed,
    ) -> Result<(), ReadError> {
        let Some(inbox) = self.inbox(&city) else {
            return Ok(());
        };
        let known = inbox.expected().saturating_sub(feed.start);
        if let Err(reason) = inbox.joins(&feed) {
            self.drop_link(ctx, link, reason);
            return Ok(());
        }
        self.mark_cursor(&city);
        let mut items = Vec::with_capacity(feed.items.len());
        for item in feed
            .items
            .into_iter()
            .skip(usize::try_from(known).unwrap_or(usize::MAX))
        {
            let received = match item {
                Item::Withdrawn(tag) => {
                    if let Some(inbox) = self.inbox(&city) {
                        inbox.pass(&tag);
                    }
                    continue;
                }
                Item::Announce(id) => Received::Announce(id),
                Item::Entry(Blob(bytes)) => match Entry::from_wire(&bytes) {
                    Ok(entry) => Received::Entry {
                        entry: Box::new(entry),
                        job: None,
                        in_feed: true,
                    },
                    Err(_) => {
                        // The chain binds ids, and these bytes have none: the stretch is worthless.
                        self.drop_link(ctx, link, "an entry that is not well encoded");
                        return Ok(());
                    }
                },
            };
            let id = match &received {
                Received::Announce(id) => *id,
                Received::Entry { entry, .. } => entry.id,
            };
            if let Some(inbox) = self.inbox(&city) {
                inbox.push(id);
            }
            items.push(received);
        }
        if items.len() > 2
            && planted(Bug::DropLastOfBatch)
            && let Some(Received::Entry { entry, .. }) = items.pop()
            && let Some(inbox) = self.inbox(&city)
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
        let entries: Vec<Entry> = give
            .entries
            .iter()
            .filter_map(|Blob(bytes)| Entry::from_wire(bytes).ok())
            .collect();
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
        let items = entries
            .into_iter()
            .map(|entry| Received::Entry {
                entry: Box::new(entry),
                job: None,
                in_feed: false,
            })
            .collect();
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
        let entries = items.iter().filter_map(|item| match item {
            Received::Entry { entry, .. } => Some(entry.as_ref()),
            Received::Announce(_) => None,
        });
        self.take_support(ctx, support, entries)?;
        let mut jobs = Vec::new();
        for item in &mut items {
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
            Some(link) => self.process_held(ctx, link),
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
            self.opened = self.take_opened(city, &held.wraps, &outcomes);
            let mut failed = None;
            for item in held.items {
                // An item that meets a damaged record stays open; the others go on.
                let taken = self.take_item(ctx, city, item, &outcomes);
                failed = failed.or(taken.err());
            }
            for ((document, key), content) in std::mem::take(&mut self.opened) {
                if self.lacks_key(ctx.store, &document, &key)? {
                    self.keep_key(ctx, &document, &content);
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }

    /// The content keys of a frame that opened; for another the next city is asked.
    fn take_opened(
        &mut self,
        city: CityId,
        wraps: &[(DocumentId, ContentKeyId, usize)],
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
                    if !self.waiting.hold(entry, false, city, missing) {
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
        if in_feed && entry.header.city != city {
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
        while let Some((entry, verified, from)) = ready.pop() {
            let id = entry.id;
            let sound = verified
                || match self.cert(ctx.store, &entry.header.cert)? {
                    Some(cert) => entry.signer(&cert).is_ok_and(|key| entry.verify(&key)),
                    None => false,
                };
            if !sound {
                self.refused(from, id, Code::Argument);
                continue;
            }
            match self.admit(ctx, entry, Some(from))? {
                Admitted::Stored | Admitted::Known => {
                    self.mark_done(&id);
                    ready.extend(self.waiting.wake(&Missing::Entry(id)));
                }
                Admitted::Refused(code) => self.refused_for_good(from, id, code),
                Admitted::Waiting => {}
            }
        }
        Ok(())
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
            let offering: Vec<CityId> = self
                .peers
                .iter()
                .filter(|(_, peer)| peer.inbox.as_ref().is_some_and(|inbox| inbox.offers(&id)))
                .map(|(city, _)| *city)
                .collect();
            for city in offering {
                self.refused(city, id, code);
            }
            self.refused(from, id, code);
        }
    }

    fn refused(&mut self, city: CityId, id: EntryId, code: Code) {
        self.waiting.not_from(Missing::Entry(id), city);
        if let Some(inbox) = self.inbox(&city) {
            inbox.refuse(id, code);
        }
        self.mark_cursor(&city);
        self.outputs
            .push_back(Output::Notice(Notice::EntryRefused { city, code }));
    }

    /// An entry is stored: every feed that offers it may move on.
    pub(super) fn mark_done(&mut self, id: &EntryId) {
        for peer in self.peers.values_mut() {
            if let Some(inbox) = peer.inbox.as_mut() {
                inbox.done(id);
            }
        }
    }

    fn inbox(&mut self, city: &CityId) -> Option<&mut Inbox> {
        self.peers.get_mut(city)?.inbox.as_mut()
    }

    fn mark_cursor(&mut self, city: &CityId) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.cursor_due = true;
        }
    }
}
