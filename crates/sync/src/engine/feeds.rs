//! Feeds: what goes to each member city, in order, and how far it is stored there.
//!
//! An outbox is a persistent, growing list per receiver; a feed under one boot nonce is the outbox
//! from the receiver's last cursor on. So a restart resumes where the receiver stands, and cost is
//! proportional to what is new (`design.md` §6).

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, ContentKeyId, Hash32, Signed, wrap};
use tongban_ledger::{DocumentId, EntryId};

use super::{Ctx, Engine, draw};
use crate::db::{Db, Pending};
use crate::entry::{BootNonce, Entry};
use crate::frame::{
    Blob, Cursor, FILL_BYTES, Feed, Frame, Item, Support, Wrap, chain_next, chain_start,
};
use crate::keys;
use crate::seal;
use crate::storage::{Family, ReadError, Reader};

/// How many items may be on their way to one city.
const WINDOW_ITEMS: usize = 4_096;
/// How many frames one step queues for one city.
const FRAMES_PER_STEP: usize = 8;

/// The persistent counters of an outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Marks {
    /// The position of the next item to be added.
    #[n(0)]
    pub next: u64,
    /// Items before this position are stored at the receiver.
    #[n(1)]
    pub acked: u64,
}

/// What goes to a peer.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub marks: Marks,
    /// The position at which this boot's feed began.
    base: u64,
    /// The chain after the last acknowledged item of this boot; none at the base.
    chain_acked: Option<Hash32>,
    /// The position to send next.
    sent: u64,
    /// The chain after the last item sent.
    chain_sent: Option<Hash32>,
    /// Positions on their way, each with the chain after it.
    flying: VecDeque<(u64, Hash32)>,
    /// Content keys that this boot has already wrapped for the peer.
    wrapped: BTreeSet<ContentKeyId>,
    /// Entries that the peer's gate refused.
    pub refused: BTreeSet<EntryId>,
    dirty: bool,
}

impl Outbox {
    /// Begins again from the receiver's cursor.
    pub(super) fn rewind(&mut self) {
        self.sent = self.marks.acked;
        self.chain_sent = self.chain_acked;
        self.flying.clear();
        self.wrapped.clear();
    }

    /// Lets a content key be wrapped again, because the peer asked for it.
    pub(super) fn forget_wrap(&mut self, key: &ContentKeyId) {
        self.wrapped.remove(key);
    }

    /// Items that the receiver has not confirmed.
    pub(super) fn waiting(&self) -> u64 {
        self.marks.next - self.marks.acked
    }
}

/// How far an incoming feed is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Stored {
    #[n(0)]
    index: u64,
    #[n(1)]
    chain: Hash32,
}

/// What comes from a peer.
#[derive(Debug)]
pub(super) struct Inbox {
    boot: BootNonce,
    stored: Stored,
    /// Items after the stored ones, in order.
    queue: VecDeque<Incoming>,
    /// The chain after the last item of the queue.
    chain_tail: Hash32,
    /// Refusals since the last cursor.
    refused: Vec<crate::frame::RefusedItem>,
}

#[derive(Debug)]
struct Incoming {
    id: EntryId,
    chain: Hash32,
    done: bool,
}

impl Inbox {
    /// The index of the next item that has not been seen.
    pub(super) fn expected(&self) -> u64 {
        self.stored.index + self.queue.len() as u64
    }

    /// Says whether a stretch joins on to what was seen.
    pub(super) fn joins(&self, feed: &Feed) -> bool {
        feed.boot == self.boot
            && feed.start <= self.expected()
            && (feed.start < self.expected() || feed.chain == self.chain_tail)
    }

    /// Notes the next item.
    pub(super) fn push(&mut self, id: EntryId) {
        self.chain_tail = chain_next(&self.chain_tail, &id);
        self.queue.push_back(Incoming {
            id,
            chain: self.chain_tail,
            done: false,
        });
    }

    /// Marks an item as stored or refused for good.
    pub(super) fn done(&mut self, id: &EntryId) {
        for item in &mut self.queue {
            item.done |= item.id == *id;
        }
    }

    /// Notes an item that the gate refused; its id may not be known.
    pub(super) fn refuse(&mut self, id: EntryId, code: tongban_ledger::code::Code) {
        if let Some(at) = self.queue.iter().position(|item| item.id == id) {
            let index = self.stored.index + at as u64;
            self.refused.push(crate::frame::RefusedItem { index, code });
        }
        self.done(&id);
    }

    /// Moves the cursor over finished items; says whether it moved.
    fn advance(&mut self) -> bool {
        let before = self.stored.index;
        while let Some(item) = self.queue.pop_front_if(|item| item.done) {
            self.stored.index += 1;
            self.stored.chain = item.chain;
        }
        self.stored.index != before
    }
}

impl Engine {
    pub(super) fn load_outboxes(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        for (key, _) in db.scan_all(Family::Feeds, keys::OUTBOXES)? {
            let Some(city) = key[1..].try_into().ok().map(CityId) else {
                continue;
            };
            let marks: Marks = db.load(Family::Feeds, &key)?.unwrap_or_default();
            let outbox = &mut self.peers.entry(city).or_default().outbox;
            outbox.marks = marks;
            outbox.base = marks.acked;
            outbox.sent = marks.acked;
        }
        Ok(())
    }

    /// The counters of every outbox, to be able to forget later changes.
    pub(super) fn outbox_marks(&self) -> BTreeMap<CityId, Marks> {
        self.peers
            .iter()
            .map(|(city, peer)| (*city, peer.outbox.marks))
            .collect()
    }

    /// Forgets what a refused command added to the outboxes.
    pub(super) fn restore_marks(&mut self, marks: &BTreeMap<CityId, Marks>) {
        for (city, peer) in &mut self.peers {
            peer.outbox.marks = marks.get(city).copied().unwrap_or_default();
            peer.outbox.dirty = false;
        }
    }

    pub(super) fn save_outboxes(&mut self) {
        for (city, peer) in &mut self.peers {
            if std::mem::take(&mut peer.outbox.dirty) {
                let bytes = tongban_identity::encode_canonical(&peer.outbox.marks);
                self.pending.put(Family::Feeds, keys::outbox(city), bytes);
            }
        }
    }

    /// Adds an entry to the outboxes of the cities that may see it, its author apart.
    pub(super) fn enqueue(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        entry: &EntryId,
        author: &CityId,
        cities: &BTreeSet<CityId>,
    ) -> Result<(), ReadError> {
        for city in cities {
            if *city == self.own.city || city == author {
                continue;
            }
            let db = Db::new(store, &mut self.pending);
            let queued = db.get(Family::Feeds, &keys::outbox_position(city, entry))?;
            if queued.is_none() {
                self.enqueue_again(store, document, entry, city);
            }
        }
        Ok(())
    }

    /// Adds an entry to one city's outbox, whether it stood there before or not.
    pub(super) fn enqueue_again(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        entry: &EntryId,
        city: &CityId,
    ) {
        let outbox = &mut self.peers.entry(*city).or_default().outbox;
        let position = outbox.marks.next;
        outbox.marks.next += 1;
        outbox.dirty = true;
        let mut db = Db::new(store, &mut self.pending);
        db.save(
            Family::Feeds,
            keys::outbox_item(city, position),
            &(*document, *entry),
        );
        db.put(
            Family::Feeds,
            keys::outbox_position(city, entry),
            position.to_be_bytes().to_vec(),
        );
    }

    /// Says whether a city confirmed an entry as stored.
    pub(crate) fn stored_at(
        &self,
        store: &dyn Reader,
        pending: &mut Pending,
        city: &CityId,
        entry: &EntryId,
    ) -> Result<bool, ReadError> {
        let Some(peer) = self.peers.get(city) else {
            return Ok(false);
        };
        let db = Db::new(store, pending);
        let position = db
            .get(Family::Feeds, &keys::outbox_position(city, entry))?
            .and_then(|bytes| bytes.try_into().ok().map(u64::from_be_bytes));
        Ok(
            position.is_some_and(|position| position < peer.outbox.marks.acked)
                && !peer.outbox.refused.contains(entry),
        )
    }

    /// Sends what each linked city has not got yet, within its window.
    pub(super) fn pump_feeds(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let linked: Vec<CityId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.link.is_some())
            .map(|(city, _)| *city)
            .collect();
        for city in linked {
            for _ in 0..FRAMES_PER_STEP {
                if !self.send_stretch(ctx, city)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sends one frame of a feed; says whether there was something to send.
    fn send_stretch(&mut self, ctx: &mut Ctx<'_>, city: CityId) -> Result<bool, ReadError> {
        let Some(peer) = self.peers.get(&city) else {
            return Ok(false);
        };
        let (Some(link), outbox) = (peer.link, &peer.outbox) else {
            return Ok(false);
        };
        if outbox.sent >= outbox.marks.next || outbox.flying.len() >= WINDOW_ITEMS {
            return Ok(false);
        }
        let room = WINDOW_ITEMS - outbox.flying.len();
        let (first, base) = (outbox.sent, outbox.base);
        let begin = chain_start(&self.own.city, &city, &self.boot);
        let mut chain = outbox.chain_sent.unwrap_or(begin);
        let start_chain = chain;
        let picked = self.pick(ctx.store, city, first, room)?;
        if picked.is_empty() {
            return Ok(false);
        }
        let mut support = SupportBuilder::default();
        let mut items = Vec::with_capacity(picked.len());
        let mut flying = Vec::with_capacity(picked.len());
        for (nth, (document, id, entry)) in picked.into_iter().enumerate() {
            chain = chain_next(&chain, &id);
            flying.push((first + nth as u64, chain));
            match entry {
                Some(entry) => {
                    self.support(ctx, &city, &document, &entry, &mut support)?;
                    items.push(Item::Entry(Blob(entry.to_wire())));
                }
                None => items.push(Item::Announce(id)),
            }
        }
        let frame = Frame::Feed(Feed {
            boot: self.boot,
            start: first - base,
            chain: start_chain,
            support: support.finish(),
            items,
        });
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.outbox.sent = first + flying.len() as u64;
            peer.outbox.chain_sent = Some(chain);
            peer.outbox.flying.extend(flying);
        }
        self.send(link, &frame);
        Ok(true)
    }

    /// The next items of an outbox that fit into a frame; own entries whole, others by id.
    fn pick(
        &mut self,
        store: &dyn Reader,
        city: CityId,
        first: u64,
        room: usize,
    ) -> Result<Vec<(DocumentId, EntryId, Option<Entry>)>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let prefix = keys::outbox_items(&city);
        let from = keys::outbox_item(&city, first);
        let mut picked = Vec::new();
        let mut bytes = 0;
        for (_, value) in db.scan(Family::Feeds, &prefix, &from, room.min(512))? {
            let Ok((document, id)) =
                tongban_identity::decode_canonical::<(DocumentId, EntryId)>(&value)
            else {
                continue;
            };
            let entry = super::admit::load_entry(&db, &document, &id)?;
            let own = entry.filter(|entry| entry.header.city == self.own.city);
            bytes += own.as_ref().map_or(40, Entry::byte_len);
            if bytes > FILL_BYTES && !picked.is_empty() {
                break;
            }
            picked.push((document, id, own));
        }
        Ok(picked)
    }

    /// Gathers what an entry rests on, and the content key of its sealed part.
    pub(super) fn support(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
        document: &DocumentId,
        entry: &Entry,
        support: &mut SupportBuilder,
    ) -> Result<(), ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        if let Slot::Vacant(free) = support.certs.entry(entry.header.cert) {
            let key = keys::certificate(&entry.header.cert);
            if let Some(bytes) = db.get(Family::Evidence, &key)? {
                free.insert(Blob(bytes));
            }
        }
        if let Slot::Vacant(free) = support.views.entry(entry.header.view) {
            let key = keys::view(&entry.header.view);
            if let Some(heads) = db.load::<Vec<EntryId>>(Family::Evidence, &key)? {
                free.insert(heads);
            }
        }
        if let Some(key) = seal::key_of(&entry.sealed) {
            self.wrap_for(ctx, city, document, &key, support)?;
        }
        Ok(())
    }

    /// Wraps a content key for a city of the document's audience, once per boot.
    pub(super) fn wrap_for(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
        document: &DocumentId,
        key: &ContentKeyId,
        support: &mut SupportBuilder,
    ) -> Result<(), ReadError> {
        let known = self
            .peers
            .get(city)
            .is_some_and(|peer| peer.outbox.wrapped.contains(key));
        if known {
            return Ok(());
        }
        let Some(recipient) = self.encryption_key_of(ctx.store, city)? else {
            return Ok(());
        };
        let db = Db::new(ctx.store, &mut self.pending);
        let Some(content) = seal::load_key(&db, &self.own.encryption, key)? else {
            return Ok(());
        };
        let seed = draw::<32>(ctx.rng);
        if let Ok(wrapped) = wrap(&recipient, seed, &seal::wrap_aad(document), &content) {
            support.wraps.push(Wrap {
                document: *document,
                key: *key,
                wrapped,
            });
            if let Some(peer) = self.peers.get_mut(city) {
                peer.outbox.wrapped.insert(*key);
            }
        }
        Ok(())
    }

    /// The feed of a peer under its boot nonce, as far as it is stored here.
    pub(super) fn open_inbox(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        boot: BootNonce,
    ) -> Result<Inbox, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let stored = db
            .load::<Stored>(Family::Feeds, &keys::inbox(city, &boot))?
            .unwrap_or(Stored {
                index: 0,
                chain: chain_start(city, &self.own.city, &boot),
            });
        Ok(Inbox {
            boot,
            stored,
            queue: VecDeque::new(),
            chain_tail: stored.chain,
            refused: Vec::new(),
        })
    }

    /// Moves cursors over what is stored now, and sends those that moved.
    pub(super) fn send_cursors(&mut self) {
        let mut frames = Vec::new();
        for (city, peer) in &mut self.peers {
            let (Some(link), Some(inbox)) = (peer.link, peer.inbox.as_mut()) else {
                continue;
            };
            if inbox.advance() {
                let bytes = tongban_identity::encode_canonical(&inbox.stored);
                self.pending
                    .put(Family::Feeds, keys::inbox(city, &inbox.boot), bytes);
                peer.cursor_due = true;
            }
            if !std::mem::take(&mut peer.cursor_due) && inbox.refused.is_empty() {
                continue;
            }
            let cursor = Cursor {
                sender: *city,
                receiver: self.own.city,
                boot: inbox.boot,
                index: inbox.stored.index,
                chain: inbox.stored.chain,
                refused: std::mem::take(&mut inbox.refused),
            };
            if let Ok(signed) = Signed::sign(cursor, &self.own.device) {
                frames.push((link, Frame::Cursor(signed.into_signed())));
            }
        }
        for (link, frame) in frames {
            self.send(link, &frame);
        }
    }

    /// Takes the receiver's word on how far our feed is stored.
    pub(super) fn on_cursor(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        signed: &Signed<Cursor>,
    ) -> Result<(), ReadError> {
        let own = self.own.city;
        let Some(device) = self.peers.get(&city).and_then(|peer| peer.device) else {
            return Ok(());
        };
        let Ok(cursor) = signed.verify(&device) else {
            return Ok(());
        };
        if cursor.sender != own || cursor.receiver != city || cursor.boot != self.boot {
            return Ok(());
        }
        self.note_refused(ctx.store, city, &cursor)?;
        let boot = self.boot;
        let Some(peer) = self.peers.get_mut(&city) else {
            return Ok(());
        };
        let outbox = &mut peer.outbox;
        let position = outbox.base.saturating_add(cursor.index);
        if position < outbox.marks.acked {
            // The receiver lost what it had confirmed: what it holds no longer counts as stored.
            outbox.marks.acked = outbox.base;
            outbox.chain_acked = None;
            outbox.dirty = true;
            outbox.rewind();
            return Ok(());
        }
        let mut chain = outbox
            .chain_acked
            .unwrap_or_else(|| chain_start(&own, &city, &boot));
        let mut landed = 0;
        for (at, after) in &outbox.flying {
            if *at >= position {
                break;
            }
            chain = *after;
            landed += 1;
        }
        let reached = outbox.marks.acked + landed as u64;
        if reached != position || chain != cursor.chain {
            // The receiver stands behind what we sent on this link, or elsewhere: send again.
            outbox.rewind();
            return Ok(());
        }
        outbox.flying.drain(..landed);
        if landed > 0 {
            outbox.marks.acked = position;
            outbox.chain_acked = Some(chain);
            outbox.dirty = true;
        }
        Ok(())
    }

    fn note_refused(
        &mut self,
        store: &dyn Reader,
        city: CityId,
        cursor: &Cursor,
    ) -> Result<(), ReadError> {
        let Some(base) = self.peers.get(&city).map(|peer| peer.outbox.base) else {
            return Ok(());
        };
        for item in &cursor.refused {
            let db = Db::new(store, &mut self.pending);
            let place = keys::outbox_item(&city, base.saturating_add(item.index));
            let Some((_, id)) = db.load::<(DocumentId, EntryId)>(Family::Feeds, &place)? else {
                continue;
            };
            if let Some(peer) = self.peers.get_mut(&city) {
                peer.outbox.refused.insert(id);
            }
        }
        Ok(())
    }
}

/// Collects support without repeats.
#[derive(Debug, Default)]
pub(super) struct SupportBuilder {
    certs: BTreeMap<tongban_identity::CertHash, Blob>,
    views: BTreeMap<tongban_ledger::ViewId, Vec<EntryId>>,
    pub(super) wraps: Vec<Wrap>,
}

impl SupportBuilder {
    pub(super) fn add_cert(&mut self, hash: tongban_identity::CertHash, bytes: Vec<u8>) {
        self.certs.insert(hash, Blob(bytes));
    }

    pub(super) fn add_view(&mut self, id: tongban_ledger::ViewId, heads: Vec<EntryId>) {
        self.views.insert(id, heads);
    }

    pub(super) fn finish(self) -> Support {
        Support {
            certs: self.certs.into_values().collect(),
            views: self.views.into_values().collect(),
            wraps: self.wraps,
        }
    }
}
