//! Frames in: decoding, signature checks outside, items in order, questions and answers.

use std::collections::BTreeSet;

use tongban_identity::{CityId, SignedDeviceCert};
use tongban_ledger::agreement::view_id;
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, EntryId};

use super::admit::Admitted;
use super::feeds::SupportBuilder;
use super::links::LinkId;
use super::waiting::Missing;
use super::{Ctx, Engine, Notice, Output, VerifyJob};
use crate::db::Db;
use crate::entry::Entry;
use crate::frame::{
    Blob, FILL_BYTES, FRAME_BYTES_MAX, Feed, Frame, Give, Item, Support, WANT_MAX, Want, Wrap,
};
use crate::keys;
use crate::seal;
use crate::storage::{Family, ReadError, Reader};

/// A frame whose signatures are being checked.
#[derive(Debug)]
pub(super) struct HeldFrame {
    token: u64,
    verdicts: Option<Vec<bool>>,
    items: Vec<Received>,
}

/// An item of a frame, decoded.
#[derive(Debug)]
enum Received {
    /// An entry; `job` is its place among the signature checks, none while its certificate is
    /// unknown.
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
        }
        match frame {
            Frame::Hello(_) => {
                self.drop_link(ctx, link, "a second greeting");
                Ok(())
            }
            Frame::Feed(feed) => self.on_feed(ctx, link, city, feed),
            Frame::Cursor(cursor) => self.on_cursor(ctx, city, &cursor),
            Frame::Want(want) => self.on_want(ctx, link, city, &want),
            Frame::Give(give) => self.on_give(ctx, link, give),
        }
    }

    fn on_feed(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        feed: Feed,
    ) -> Result<(), ReadError> {
        self.take_support(ctx, &feed.support)?;
        let Some(inbox) = self
            .peers
            .get_mut(&city)
            .and_then(|peer| peer.inbox.as_mut())
        else {
            return Ok(());
        };
        let known = inbox.expected().saturating_sub(feed.start);
        if !inbox.joins(&feed) {
            self.mark_cursor(&city);
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
            if let Some(inbox) = self
                .peers
                .get_mut(&city)
                .and_then(|peer| peer.inbox.as_mut())
            {
                inbox.push(id);
            }
            items.push(received);
        }
        self.check_signatures(ctx, link, items)
    }

    fn on_give(&mut self, ctx: &mut Ctx<'_>, link: LinkId, give: Give) -> Result<(), ReadError> {
        self.take_support(ctx, &give.support)?;
        let items = give
            .entries
            .iter()
            .filter_map(|Blob(bytes)| Entry::from_wire(bytes).ok())
            .map(|entry| Received::Entry {
                entry: Box::new(entry),
                job: None,
                in_feed: false,
            })
            .collect();
        self.check_signatures(ctx, link, items)
    }

    /// Asks for the signature checks of a frame's entries; the frame waits for them in its turn.
    fn check_signatures(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        mut items: Vec<Received>,
    ) -> Result<(), ReadError> {
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
            jobs.push(VerifyJob {
                key,
                message: entry.header_bytes.clone(),
                signature: entry.signature,
            });
        }
        let token = self.token();
        let Some(known) = self.links.get_mut(&link) else {
            return Ok(());
        };
        known.held.push_back(HeldFrame {
            token,
            verdicts: jobs.is_empty().then(Vec::new),
            items,
        });
        if jobs.is_empty() {
            return self.process_held(ctx, link);
        }
        self.outputs.push_back(Output::Verify { token, jobs });
        Ok(())
    }

    /// Takes the verdicts of a check and goes on with the frames that waited for it.
    pub(super) fn on_verified(
        &mut self,
        ctx: &mut Ctx<'_>,
        token: u64,
        verdicts: &[bool],
    ) -> Result<(), ReadError> {
        let mut on = None;
        for (link, known) in &mut self.links {
            if let Some(held) = known.held.iter_mut().find(|held| held.token == token) {
                held.verdicts = Some(verdicts.to_vec());
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
            let ready = known.held.pop_front_if(|held| held.verdicts.is_some());
            let Some(held) = ready else {
                return Ok(());
            };
            let verdicts = held.verdicts.unwrap_or_default();
            for item in held.items {
                self.take_item(ctx, city, item, &verdicts)?;
            }
        }
    }

    fn take_item(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        item: Received,
        verdicts: &[bool],
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
            Some(job) => verdicts.get(job).copied().unwrap_or(false),
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
        } else if !self.waiting.holds(&id) {
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
                self.refused(city, id, code);
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
                Admitted::Refused(code) => self.refused(from, id, code),
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

    fn refused(&mut self, city: CityId, id: EntryId, code: Code) {
        if let Some(inbox) = self
            .peers
            .get_mut(&city)
            .and_then(|peer| peer.inbox.as_mut())
        {
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

    fn mark_cursor(&mut self, city: &CityId) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.cursor_due = true;
        }
    }

    /// Keeps certificates, views and keys that came beside entries.
    fn take_support(&mut self, ctx: &mut Ctx<'_>, support: &Support) -> Result<(), ReadError> {
        for Blob(bytes) in &support.certs {
            self.keep_cert_bytes(ctx.store, bytes)?;
            if let Ok(signed) = SignedDeviceCert::from_slice(bytes) {
                self.wake(ctx, Missing::Cert(signed.cert_hash()))?;
            }
        }
        for heads in &support.views {
            let ascending = heads.windows(2).all(|pair| pair[0] < pair[1]);
            if ascending && !heads.is_empty() {
                self.keep_view(ctx.store, heads)?;
                self.wake(ctx, Missing::View(view_id(heads)))?;
            }
        }
        for wrap in &support.wraps {
            self.keep_wrap(ctx, wrap)?;
        }
        Ok(())
    }

    /// Keeps a certificate that proves itself.
    pub(super) fn keep_cert_bytes(
        &mut self,
        store: &dyn Reader,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        let Ok(signed) = SignedDeviceCert::from_slice(bytes) else {
            return Ok(());
        };
        let hash = signed.cert_hash();
        if self.cert(store, &hash)?.is_some() {
            return Ok(());
        }
        if let Ok(cert) = signed.verify() {
            self.certs.insert(hash, cert.into_inner());
            let mut db = Db::new(store, &mut self.pending);
            db.put(Family::Evidence, keys::certificate(&hash), bytes.to_vec());
        }
        Ok(())
    }

    /// Keeps a content key that opens and is the one it says it is.
    fn keep_wrap(&mut self, ctx: &mut Ctx<'_>, wrap: &Wrap) -> Result<(), ReadError> {
        let aad = seal::wrap_aad(&wrap.document);
        let Ok(key) = self.own.encryption.open_wrap(&aad, &wrap.wrapped) else {
            return Ok(());
        };
        if key.id() != wrap.key {
            return Ok(());
        }
        let mut db = Db::new(ctx.store, &mut self.pending);
        if db
            .get(Family::Sealed, &keys::content_key(&wrap.key))?
            .is_none()
        {
            let seed = super::draw::<32>(ctx.rng);
            seal::store_key(&mut db, &self.own.encryption, seed, &key);
        }
        self.waiting.got_key(wrap.document, wrap.key);
        Ok(())
    }

    /// Asks every linked city for what its entries rest on.
    pub(super) fn send_wants(&mut self, _ctx: &mut Ctx<'_>) {
        let linked: Vec<(CityId, LinkId)> = self
            .peers
            .iter()
            .filter_map(|(city, peer)| Some((*city, peer.link?)))
            .collect();
        for (city, link) in linked {
            let (missing, keys) = self.waiting.wanted_from(&city);
            let mut want = Want::default();
            for thing in missing.into_iter().take(WANT_MAX) {
                match thing {
                    Missing::Entry(id) => want.entries.push(id),
                    Missing::View(id) => want.views.push(id),
                    Missing::Cert(id) => want.certs.push(id),
                }
            }
            want.keys = keys.into_iter().take(WANT_MAX).collect();
            let asked = self.peers.get(&city).and_then(|peer| peer.asked.as_ref());
            if !want.is_empty() && asked != Some(&(link, want.clone())) {
                if let Some(peer) = self.peers.get_mut(&city) {
                    peer.asked = Some((link, want.clone()));
                }
                self.send(link, &Frame::Want(want));
            }
        }
    }

    /// Answers what a city lacks, as far as it may see it.
    fn on_want(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        want: &Want,
    ) -> Result<(), ReadError> {
        if want.count() > 4 * WANT_MAX {
            self.drop_link(ctx, link, "a question that is too long");
            return Ok(());
        }
        let mut support = SupportBuilder::default();
        for hash in &want.certs {
            let db = Db::new(ctx.store, &mut self.pending);
            if let Some(bytes) = db.get(Family::Evidence, &keys::certificate(hash))? {
                support.add_cert(*hash, bytes);
            }
        }
        for view in &want.views {
            let db = Db::new(ctx.store, &mut self.pending);
            if let Some(heads) = db.load::<Vec<EntryId>>(Family::Evidence, &keys::view(view))? {
                support.add_view(*view, heads);
            }
        }
        for (document, key) in &want.keys {
            if self.may_see(ctx.store, document, &city)? {
                if let Some(peer) = self.peers.get_mut(&city) {
                    peer.outbox.forget_wrap(key);
                }
                self.wrap_for(ctx, &city, document, key, &mut support)?;
            }
        }
        let mut entries = Vec::new();
        let mut bytes = 0;
        for id in want.entries.iter().take(WANT_MAX) {
            let Some(entry) = self.visible(ctx.store, id, &city)? else {
                continue;
            };
            bytes += entry.byte_len();
            if bytes > FILL_BYTES && !entries.is_empty() {
                break;
            }
            self.support(ctx, &city, &entry.document, &entry, &mut support)?;
            entries.push(Blob(entry.to_wire()));
        }
        let support = support.finish();
        if !entries.is_empty() || !support.is_empty() {
            self.send(link, &Frame::Give(Give { support, entries }));
        }
        Ok(())
    }

    /// An entry, if it was offered to the city and the city is still in the audience.
    fn visible(
        &mut self,
        store: &dyn Reader,
        id: &EntryId,
        city: &CityId,
    ) -> Result<Option<Entry>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        if db
            .get(Family::Feeds, &keys::outbox_position(city, id))?
            .is_none()
        {
            return Ok(None);
        }
        let Some(document) = super::admit::document_of(&db, id)? else {
            return Ok(None);
        };
        if !self.may_see(store, &document, city)? {
            return Ok(None);
        }
        let db = Db::new(store, &mut self.pending);
        super::admit::load_entry(&db, &document, id)
    }

    /// Says whether a document travels to a city now.
    pub(super) fn may_see(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        city: &CityId,
    ) -> Result<bool, ReadError> {
        Ok(self.audience(store, document)?.contains(city))
    }

    /// The cities to which a document travels now.
    pub(crate) fn audience(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<BTreeSet<CityId>, ReadError> {
        let Some(record) = self.record(store, document)? else {
            return Ok(BTreeSet::new());
        };
        let (everyone, agreement) = (record.audience.everyone, record.agreement);
        let mut cities = record.audience.named();
        if everyone && let Some(loaded) = self.agreements.get(&agreement) {
            cities.extend(
                loaded
                    .index
                    .found()
                    .founders
                    .iter()
                    .map(|member| member.city),
            );
        }
        Ok(cities)
    }
}
