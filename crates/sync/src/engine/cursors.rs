//! Cursors: how far a feed is stored at its receiver, on both sides.
//!
//! A cursor is the receipt that a clerk sees, so it moves only over entries that are stored or refused
//! for good, and only as far as the receiver signs for (`design.md` §6).

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32, PublicKey, Signed};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, EntryId};

use super::allowance::Cost;
use super::feeds::WINDOW_ITEMS;
use super::links::LinkId;
use super::{Ctx, Engine};
use crate::db::Db;
use crate::entry::BootNonce;
use crate::frame::{Cursor, Feed, Frame, RefusedItem, chain_next, chain_start, item_tag};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How many refusals of a feed are remembered, to be told again on the next link.
const REFUSED_KEPT: usize = 256;

/// How many starts of a city are remembered, to confirm their feeds in a bundle.
const BOOTS_KEPT: usize = crate::bundle::CURSORS_MAX;

/// How far an incoming feed is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Stored {
    #[n(0)]
    index: u64,
    #[n(1)]
    chain: Hash32,
    /// The last items that the gate refused.
    #[n(2)]
    refused: VecDeque<RefusedItem>,
}

/// What comes from a peer.
#[derive(Debug)]
pub(super) struct Inbox {
    boot: BootNonce,
    stored: Stored,
    /// Items after the stored ones, in order: the entry, none where it was withdrawn, and the chain
    /// after it.
    queue: VecDeque<(Option<EntryId>, Hash32)>,
    /// Items of the queue that are neither stored nor refused yet.
    open: BTreeSet<EntryId>,
    /// The chain after the last item of the queue.
    chain_tail: Hash32,
    /// Refusals that no cursor on this link has told yet.
    untold: Vec<RefusedItem>,
}

impl Inbox {
    /// The boot nonce that names the feed.
    pub(super) fn boot(&self) -> BootNonce {
        self.boot
    }

    /// The index of the next item that has not been seen.
    pub(super) fn expected(&self) -> u64 {
        self.stored.index + self.queue.len() as u64
    }

    /// Says why a stretch does not join on to what was seen.
    pub(super) fn joins(&self, feed: &Feed) -> Result<(), &'static str> {
        let expected = self.expected();
        if feed.boot != self.boot {
            return Err("a feed of another start");
        }
        if feed.start > expected {
            return Err("a gap in the feed");
        }
        if feed.start == expected && feed.chain != self.chain_tail {
            return Err("a feed that contradicts itself");
        }
        let known = usize::try_from(expected - feed.start).unwrap_or(usize::MAX);
        let new = feed.items.len().saturating_sub(known);
        if self.queue.len() + new > WINDOW_ITEMS {
            return Err("more than the window");
        }
        Ok(())
    }

    /// Notes the next item.
    pub(super) fn push(&mut self, id: EntryId) {
        self.open.insert(id);
        self.append(Some(id), &item_tag(&id));
    }

    /// Notes that the next item was withdrawn.
    pub(super) fn pass(&mut self, tag: &Hash32) {
        self.append(None, tag);
    }

    fn append(&mut self, id: Option<EntryId>, tag: &Hash32) {
        self.chain_tail = chain_next(&self.chain_tail, tag);
        self.queue.push_back((id, self.chain_tail));
    }

    /// Says whether an entry is offered and neither stored nor refused yet.
    pub(super) fn offers(&self, id: &EntryId) -> bool {
        self.open.contains(id)
    }

    /// How many items are neither stored nor refused.
    pub(super) fn open_count(&self) -> usize {
        self.queue.len()
    }

    /// Marks an item as stored or refused for good.
    pub(super) fn done(&mut self, id: &EntryId) {
        self.open.remove(id);
    }

    /// Notes an item that the gate refused; its id may not be known.
    pub(super) fn refuse(&mut self, id: EntryId, code: Code) {
        if !self.open.contains(&id) {
            return;
        }
        if let Some(at) = self.queue.iter().position(|(item, _)| *item == Some(id)) {
            let index = self.stored.index + at as u64;
            let item = RefusedItem { index, code };
            if self.stored.refused.len() == REFUSED_KEPT {
                self.stored.refused.pop_front();
            }
            self.stored.refused.push_back(item.clone());
            self.untold.push(item);
        }
        self.done(&id);
    }

    /// Moves the cursor over finished items; says whether it moved.
    fn advance(&mut self) -> bool {
        let before = self.stored.index;
        let open = &self.open;
        let finished = |id: &Option<EntryId>| {
            id.is_none_or(|id| !open.contains(&id)) || planted(Bug::CursorAhead)
        };
        while let Some((_, chain)) = self.queue.pop_front_if(|(id, _)| finished(id)) {
            self.stored.index += 1;
            self.stored.chain = chain;
        }
        self.stored.index != before
    }
}

impl Engine {
    /// The feed of a peer under its boot nonce, as far as it is stored here.
    pub(super) fn open_inbox(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        boot: BootNonce,
    ) -> Result<Inbox, ReadError> {
        self.note_boot(store, city, boot)?;
        let stored = self.stored(store, city, &boot)?;
        Ok(Inbox {
            boot,
            queue: VecDeque::new(),
            open: BTreeSet::new(),
            chain_tail: stored.chain,
            untold: stored.refused.iter().cloned().collect(),
            stored,
        })
    }

    /// How far a city's feed under a boot nonce is stored.
    fn stored(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        boot: &BootNonce,
    ) -> Result<Stored, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let stored = db.load::<Stored>(Family::Feeds, &keys::inbox(city, boot))?;
        Ok(stored.unwrap_or(Stored {
            index: 0,
            chain: chain_start(city, &self.own.city, boot),
            refused: VecDeque::new(),
        }))
    }

    /// Remembers a city's start as its last.
    fn note_boot(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        boot: BootNonce,
    ) -> Result<(), ReadError> {
        let mut db = Db::new(store, &mut self.pending);
        let place = keys::boots(city);
        let mut boots: Vec<BootNonce> = db.load(Family::Feeds, &place)?.unwrap_or_default();
        if boots.first() != Some(&boot) {
            boots.retain(|known| *known != boot);
            boots.insert(0, boot);
            boots.truncate(BOOTS_KEPT);
            db.save(Family::Feeds, place, &boots);
        }
        Ok(())
    }

    /// Signed cursors over the feeds of a city's last starts: what a bundle carries instead of the
    /// cursors of a link.
    pub(super) fn receipts(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<Vec<Frame>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let boots: Vec<BootNonce> = db
            .load(Family::Feeds, &keys::boots(city))?
            .unwrap_or_default();
        let mut frames = Vec::new();
        for boot in boots {
            let stored = self.stored(store, city, &boot)?;
            if stored.index == 0 {
                continue;
            }
            let cursor = Cursor {
                sender: *city,
                receiver: self.own.city,
                boot,
                index: stored.index,
                chain: stored.chain,
                refused: stored.refused.into(),
            };
            if let Ok(signed) = Signed::sign(cursor, &self.own.device) {
                frames.push(Frame::Cursor(signed.into_signed()));
            }
        }
        Ok(frames)
    }

    /// Moves cursors over what is stored now, and sends those that moved on a link.
    pub(super) fn send_cursors(&mut self) {
        let mut frames = Vec::new();
        for (city, peer) in &mut self.peers {
            for (inbox, linked) in [(&mut peer.inbox, true), (&mut peer.file, false)] {
                let Some(inbox) = inbox else {
                    continue;
                };
                if inbox.advance() {
                    let bytes = tongban_identity::encode_canonical(&inbox.stored);
                    let place = keys::inbox(city, &inbox.boot);
                    self.pending.put(Family::Feeds, place, bytes);
                    peer.cursor_due |= linked;
                }
            }
            let (Some(link), Some(inbox)) = (peer.link, peer.inbox.as_mut()) else {
                continue;
            };
            if !std::mem::take(&mut peer.cursor_due) {
                continue;
            }
            let cursor = Cursor {
                sender: *city,
                receiver: self.own.city,
                boot: inbox.boot,
                index: inbox.stored.index,
                chain: inbox.stored.chain,
                refused: std::mem::take(&mut inbox.untold),
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
        link: LinkId,
        city: CityId,
        signed: &Signed<Cursor>,
    ) -> Result<(), ReadError> {
        let Some(device) = self.peers.get(&city).and_then(|peer| peer.device) else {
            return Ok(());
        };
        let own = self.own.city;
        let cursor = match signed.verify(&device) {
            Ok(cursor) if cursor.sender == own && cursor.receiver == city => cursor,
            _ => {
                self.drop_link(ctx, link, "a cursor that does not hold");
                return Ok(());
            }
        };
        // A cursor of an earlier start of ours may still be on its way.
        if cursor.boot != self.boot {
            return Ok(());
        }
        let Some(peer) = self.peers.get_mut(&city) else {
            return Ok(());
        };
        peer.allowance.charge(Cost {
            entries: cursor.refused.len(),
            ..Cost::default()
        });
        let base = peer.outbox.base();
        self.note_refused(ctx.store, city, base, &cursor)?;
        let Some(peer) = self.peers.get_mut(&city) else {
            return Ok(());
        };
        let Some(position) = peer.outbox.position(cursor.index) else {
            self.drop_link(ctx, link, "a cursor beyond the feed");
            return Ok(());
        };
        if position < peer.outbox.marks.acked {
            // The receiver lost what it had confirmed: what it holds no longer counts as stored.
            peer.outbox.forget_acked();
            return Ok(());
        }
        if self.chain_at(ctx.store, &city, position)? != cursor.chain {
            self.drop_link(ctx, link, "a cursor on another feed");
            return Ok(());
        }
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.outbox.confirm(position, cursor.chain);
        }
        Ok(())
    }

    /// Takes the receiver's word that came in a bundle. One that is behind what was confirmed is old,
    /// unless the receiver says itself that it lost something (`again`).
    ///
    /// Says `false` where the cursor does not hold.
    pub(super) fn on_receipt(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        device: &PublicKey,
        signed: &Signed<Cursor>,
        again: bool,
    ) -> Result<bool, ReadError> {
        let own = self.own.city;
        let cursor = match signed.verify(device) {
            Ok(cursor) if cursor.sender == own && cursor.receiver == city => cursor,
            _ => return Ok(false),
        };
        let Some((base, fresh)) = self.base_under(ctx.store, &city, &cursor.boot)? else {
            return Ok(true);
        };
        let Some(peer) = self.peers.get(&city) else {
            return Ok(true);
        };
        let (acked, next) = (peer.outbox.marks.acked, peer.outbox.marks.next);
        let position = base.checked_add(cursor.index).filter(|at| *at <= next);
        let Some(position) = position else {
            return Ok(true);
        };
        self.note_refused(ctx.store, city, base, &cursor)?;
        let ours = cursor.boot == self.boot;
        if position <= acked {
            if again && ours && position < acked {
                self.forget_acked(&city);
            }
            return Ok(true);
        }
        let begin = chain_start(&own, &city, &cursor.boot);
        let chain = if ours {
            self.chain_at(ctx.store, &city, position)?
        } else {
            self.chain_over(ctx.store, &city, begin, base..position)?
        };
        if chain != cursor.chain {
            return Ok(true);
        }
        if let Some(peer) = self.peers.get_mut(&city) {
            if ours {
                peer.outbox.confirm(position, chain);
            } else if fresh {
                peer.outbox.rebase(position);
            }
        }
        Ok(true)
    }

    /// Where our feed began under a boot nonce, and whether the feed of the present start can still
    /// begin elsewhere because nothing of it has been sent.
    fn base_under(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        boot: &BootNonce,
    ) -> Result<Option<(u64, bool)>, ReadError> {
        let Some(peer) = self.peers.get(city) else {
            return Ok(None);
        };
        if *boot == self.boot {
            return Ok(Some((peer.outbox.base(), false)));
        }
        let untouched = peer.link.is_none() && peer.outbox.is_untouched();
        let db = Db::new(store, &mut self.pending);
        let begun = db.get(Family::Feeds, &keys::feed_base(city, &self.boot))?;
        let base = db.load::<u64>(Family::Feeds, &keys::feed_base(city, boot))?;
        Ok(base.map(|base| (base, untouched && begun.is_none())))
    }

    fn forget_acked(&mut self, city: &CityId) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.outbox.forget_acked();
        }
    }

    /// The chain of our feed before a position that is not confirmed yet.
    pub(super) fn chain_at(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        position: u64,
    ) -> Result<Hash32, ReadError> {
        let begin = chain_start(&self.own.city, city, &self.boot);
        let Some(peer) = self.peers.get(city) else {
            return Ok(begin);
        };
        if let Some(chain) = peer.outbox.chain_before(position) {
            return Ok(chain);
        }
        // Sent on an earlier link: the receiver stands further than this link's sending.
        let (acked, chain) = (peer.outbox.marks.acked, peer.outbox.chain_acked());
        self.chain_over(store, city, chain.unwrap_or(begin), acked..position)
    }

    /// Carries a chain on over a stretch of our feed.
    fn chain_over(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
        mut chain: Hash32,
        positions: Range<u64>,
    ) -> Result<Hash32, ReadError> {
        let db = Db::new(store, &mut self.pending);
        for at in positions {
            let place = keys::outbox_item(city, at);
            if let Some((_, id)) = db.load::<(DocumentId, EntryId)>(Family::Feeds, &place)? {
                chain = chain_next(&chain, &item_tag(&id));
            }
        }
        Ok(chain)
    }

    fn note_refused(
        &mut self,
        store: &dyn Reader,
        city: CityId,
        base: u64,
        cursor: &Cursor,
    ) -> Result<(), ReadError> {
        for item in &cursor.refused {
            let Some(position) = base.checked_add(item.index) else {
                continue;
            };
            let mut db = Db::new(store, &mut self.pending);
            let place = keys::outbox_item(&city, position);
            if let Some((_, id)) = db.load::<(DocumentId, EntryId)>(Family::Feeds, &place)? {
                db.save(Family::Feeds, keys::refused_by(&city, &id), &item.code);
            }
        }
        Ok(())
    }
}
