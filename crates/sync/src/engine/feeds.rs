//! Feeds: what goes to each member city, in order, and how far it is stored there.
//!
//! An outbox is a persistent, growing list per receiver; a feed under one boot nonce is the outbox
//! from the receiver's last cursor on. So a restart resumes where the receiver stands, and cost is
//! proportional to what is new (`design.md` §6).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, ContentKeyId, Hash32};
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId};

use super::support::SupportBuilder;
use super::{Ctx, Engine};
use crate::db::{Db, Pending, damaged};
use crate::entry::Entry;
use crate::frame::{Blob, FILL_BYTES, Feed, Frame, Item, chain_next, chain_start, item_tag};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How many items may be on their way to one city.
pub(super) const WINDOW_ITEMS: usize = 4_096;
/// How many bytes of items may be on their way to one city.
const WINDOW_BYTES: usize = 2 * 1024 * 1024;
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

/// An item on its way.
#[derive(Debug)]
pub(super) struct Flying {
    position: u64,
    /// The chain after it.
    chain: Hash32,
    bytes: usize,
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
    /// Items on their way.
    flying: VecDeque<Flying>,
    /// How many bytes they are together.
    flying_bytes: usize,
    /// Content keys that were already wrapped for the peer on this link.
    wrapped: BTreeSet<ContentKeyId>,
    dirty: bool,
}

impl Outbox {
    /// Begins again from the receiver's cursor.
    pub(super) fn rewind(&mut self) {
        self.sent = self.marks.acked;
        self.chain_sent = self.chain_acked;
        self.land_all();
        self.wrapped.clear();
    }

    /// The position at which this boot's feed began.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// Says whether nothing of this boot's feed is confirmed or on its way.
    pub(super) fn is_untouched(&self) -> bool {
        self.marks.acked == self.base && self.chain_acked.is_none() && self.flying.is_empty()
    }

    /// Lets this boot's feed begin later: what is before was confirmed under an earlier boot.
    pub(super) fn rebase(&mut self, position: u64) {
        self.base = position;
        self.marks.acked = position;
        self.sent = position;
        self.chain_sent = None;
        self.dirty = true;
    }

    /// Takes out which content keys were wrapped, so that another transport wraps its own.
    pub(super) fn swap_wrapped(
        &mut self,
        wrapped: BTreeSet<ContentKeyId>,
    ) -> BTreeSet<ContentKeyId> {
        std::mem::replace(&mut self.wrapped, wrapped)
    }

    /// Notes a content key as wrapped for the peer.
    pub(super) fn note_wrap(&mut self, key: ContentKeyId) {
        self.wrapped.insert(key);
    }

    /// Says whether a content key was wrapped for the peer on this link.
    pub(super) fn has_wrapped(&self, key: &ContentKeyId) -> bool {
        self.wrapped.contains(key)
    }

    /// Lets a content key be wrapped again, because the peer asked for it.
    pub(super) fn forget_wrap(&mut self, key: &ContentKeyId) {
        self.wrapped.remove(key);
    }

    /// The position of an index of this boot's feed, if it is one.
    pub(super) fn position(&self, index: u64) -> Option<u64> {
        let position = self.base.checked_add(index)?;
        (position <= self.marks.next).then_some(position)
    }

    /// The chain before a position, if it is the confirmed one or was sent on this link.
    pub(super) fn chain_before(&self, position: u64) -> Option<Hash32> {
        if position == self.marks.acked {
            return self.chain_acked;
        }
        let first = self.flying.front()?.position;
        let at = usize::try_from(position.checked_sub(1)?.checked_sub(first)?).ok()?;
        self.flying.get(at).map(|item| item.chain)
    }

    fn land_all(&mut self) {
        self.flying.clear();
        self.flying_bytes = 0;
    }

    /// Says whether as much is on its way as may be.
    fn is_full(&self) -> bool {
        self.flying.len() >= WINDOW_ITEMS || self.flying_bytes >= WINDOW_BYTES
    }

    /// The chain at the receiver's last cursor; none at the beginning of the feed.
    pub(super) fn chain_acked(&self) -> Option<Hash32> {
        self.chain_acked
    }

    /// Everything before a position is stored at the receiver.
    pub(super) fn confirm(&mut self, position: u64, chain: Hash32) {
        while let Some(landed) = self.flying.pop_front_if(|item| item.position < position) {
            self.flying_bytes -= landed.bytes;
        }
        self.dirty |= self.marks.acked != position;
        self.marks.acked = position;
        self.chain_acked = Some(chain);
        if self.sent < position {
            self.sent = position;
            self.chain_sent = Some(chain);
        }
    }

    /// The receiver stands before what it had confirmed: this boot's feed begins again.
    pub(super) fn forget_acked(&mut self) {
        self.marks.acked = self.base;
        self.chain_acked = None;
        self.dirty = true;
        self.rewind();
    }

    /// How many items are on their way.
    pub(super) fn flying_count(&self) -> usize {
        self.flying.len()
    }

    /// Items that the receiver has not confirmed.
    pub(super) fn waiting(&self) -> u64 {
        self.marks.next - self.marks.acked
    }
}

/// How an item of an outbox travels.
#[derive(Debug)]
enum Picked {
    /// Whole: an entry of this city.
    Own(Box<Entry>),
    /// By id: an entry of another city; whole beside the feed where nobody can ask for it.
    Other(Option<Box<Entry>>),
    /// As a tag: the receiver has left the audience.
    Withdrawn,
}

impl Picked {
    fn byte_len(&self) -> usize {
        match self {
            Picked::Own(entry) | Picked::Other(Some(entry)) => entry.byte_len(),
            Picked::Other(None) | Picked::Withdrawn => 40,
        }
    }
}

/// How a stretch of a feed travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On a link: the receiver asks for entries of other cities that it lacks.
    Link,
    /// In a file, which answers no question: entries of other cities travel beside the feed.
    File,
}

/// A frame of a feed with what belongs to it.
#[derive(Debug)]
pub(super) struct Stretch {
    pub feed: Feed,
    /// Entries of other cities, for a file.
    pub beside: Vec<Entry>,
    /// The chain after the last item.
    pub chain: Hash32,
    flying: Vec<Flying>,
}

impl Stretch {
    /// How many items it has.
    pub(super) fn items(&self) -> u64 {
        self.flying.len() as u64
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
            if std::mem::take(&mut peer.outbox.dirty) && !planted(Bug::ForgetOutboxMarks) {
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
        let refused = db.get(Family::Feeds, &keys::refused_by(city, entry))?;
        Ok(
            refused.is_none()
                && position.is_some_and(|position| position < peer.outbox.marks.acked),
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
        // A damaged record stops the feed that has to read it and no other.
        let mut failed = None;
        for city in linked {
            for _ in 0..FRAMES_PER_STEP {
                match self.send_stretch(ctx, city) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        failed = failed.or(Some(error));
                        break;
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Sends one frame of a feed; says whether there was something to send.
    fn send_stretch(&mut self, ctx: &mut Ctx<'_>, city: CityId) -> Result<bool, ReadError> {
        let Some(peer) = self.peers.get(&city) else {
            return Ok(false);
        };
        let (Some(link), outbox) = (peer.link, &peer.outbox) else {
            return Ok(false);
        };
        if outbox.sent >= outbox.marks.next || outbox.is_full() {
            return Ok(false);
        }
        let room = WINDOW_ITEMS - outbox.flying.len();
        let first = outbox.sent;
        let begin = chain_start(&self.own.city, &city, &self.boot);
        let chain = outbox.chain_sent.unwrap_or(begin);
        let Some(stretch) = self.stretch(ctx, city, (first, chain), room, Way::Link)? else {
            return Ok(false);
        };
        let Stretch {
            feed,
            flying,
            chain,
            ..
        } = stretch;
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.outbox.sent = first + flying.len() as u64;
            peer.outbox.chain_sent = Some(chain);
            peer.outbox.flying_bytes += flying.iter().map(|item| item.bytes).sum::<usize>();
            peer.outbox.flying.extend(flying);
        }
        self.send(link, &Frame::Feed(feed));
        Ok(true)
    }

    /// The next frame of a feed from a position on, where the chain has this value.
    pub(super) fn stretch(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        (first, start_chain): (u64, Hash32),
        room: usize,
        way: Way,
    ) -> Result<Option<Stretch>, ReadError> {
        let base = self.peers.get(&city).map_or(0, |peer| peer.outbox.base);
        let picked = self.pick(ctx.store, city, first, room, way)?;
        if picked.is_empty() {
            return Ok(None);
        }
        let mut chain = start_chain;
        let mut support = SupportBuilder::default();
        let mut items = Vec::with_capacity(picked.len());
        let mut flying = Vec::with_capacity(picked.len());
        let mut beside = Vec::new();
        for (nth, (id, what)) in picked.into_iter().enumerate() {
            let tag = item_tag(&id);
            chain = chain_next(&chain, &tag);
            flying.push(Flying {
                position: first + nth as u64,
                chain,
                bytes: what.byte_len(),
            });
            if matches!(what, Picked::Withdrawn) {
                // Should the city come back, it is offered again.
                let place = keys::outbox_position(&city, &id);
                self.pending.delete(Family::Feeds, place);
            }
            items.push(match what {
                Picked::Own(entry) => {
                    self.support(ctx, &city, &entry, &mut support)?;
                    Item::Entry(Blob(entry.to_wire()))
                }
                Picked::Other(entry) => {
                    beside.extend(entry.map(|entry| *entry));
                    Item::Announce(id)
                }
                Picked::Withdrawn => Item::Withdrawn(tag),
            });
        }
        let feed = Feed {
            boot: self.boot,
            start: first - base,
            chain: start_chain,
            support: support.finish(),
            items,
        };
        Ok(Some(Stretch {
            feed,
            beside,
            chain,
            flying,
        }))
    }

    /// The next items of an outbox that fit into a frame.
    fn pick(
        &mut self,
        store: &dyn Reader,
        city: CityId,
        first: u64,
        room: usize,
        way: Way,
    ) -> Result<Vec<(EntryId, Picked)>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let prefix = keys::outbox_items(&city);
        let from = keys::outbox_item(&city, first);
        let mut picked = Vec::new();
        let mut bytes = 0;
        for (place, value) in db.scan(Family::Feeds, &prefix, &from, room.min(512))? {
            let (document, id) =
                tongban_identity::decode_canonical::<(DocumentId, EntryId)>(&value)
                    .map_err(|_| damaged(Family::Feeds, &place))?;
            // The audience may have shrunk since the entry was queued.
            let what = if self.may_see_entry(store, &document, &id, &city)? {
                let db = Db::new(store, &mut self.pending);
                let entry = match super::admit::load_entry(&db, &document, &id) {
                    Err(error @ ReadError::Damaged { .. }) => {
                        self.note_unreadable(store, &error);
                        None
                    }
                    read => read?,
                };
                match entry {
                    Some(entry) if entry.header.city == self.own.cert.city => {
                        Picked::Own(Box::new(entry))
                    }
                    entry => Picked::Other(entry.filter(|_| way == Way::File).map(Box::new)),
                }
            } else {
                Picked::Withdrawn
            };
            bytes += what.byte_len();
            if bytes > FILL_BYTES && !picked.is_empty() {
                break;
            }
            picked.push((id, what));
        }
        Ok(picked)
    }
}
