//! Bundles in: a file's frames taken as if they had come on a link, one at a time.
//!
//! A file may come twice, late, out of order, or never. So its feed joins on where it can; what does
//! not join is taken without being counted, and an old cursor or question changes nothing. Only a
//! file that is sound as a whole gets here (`crates/sync/src/bundle.rs`).

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;
use tongban_ledger::answer::{BundleContents, BundleDocument, BundleTaken};
use tongban_ledger::case::{self, Case};
use tongban_ledger::code::Code;
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use super::frames::{Received, given, receive};
use super::job::{Job, Outcome};
use super::sign::{CommandError, refuse};
use super::waiting::Missing;
use super::wants::things;
use super::{Ctx, Engine};
use crate::bundle::Bundle;
use crate::db::Db;
use crate::document::{Record, read_act};
use crate::entry::Entry;
use crate::frame::{Blob, Feed, Frame, Give, Item, Support, WANT_MAX};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// A bundle that is being taken.
#[derive(Debug)]
pub struct Intake {
    /// Whether no newer bundle of the sender came before.
    newest: bool,
    /// Whether the sender believes that more is stored here than is.
    lost: bool,
    /// Whether an earlier part is missing.
    part_missing: bool,
    entries: u64,
    known: u64,
    /// Entries that were not here before the bundle.
    unknown: BTreeSet<EntryId>,
}

impl Engine {
    /// Begins to take a bundle.
    ///
    /// # Errors
    /// It is for another city (`E_NOT_PARTY`), its sender is not a member of any agreement of this
    /// node (`E_NOT_MEMBER`), or a record could not be read.
    pub fn begin_intake(
        &mut self,
        ctx: &mut Ctx<'_>,
        bundle: &Bundle,
    ) -> Result<Intake, CommandError> {
        let newest = self.admit_bundle(ctx.store, bundle)?;
        let (city, head) = (bundle.sender(), bundle.head());
        self.keep_cert_bytes(ctx.store, &head.cert)?;
        if newest && head.part == 1 {
            let db = Db::new(ctx.store, &mut self.pending);
            let place = keys::asked_in_file(&city);
            if db.get(Family::Feeds, &place)?.is_some() {
                self.pending.delete(Family::Feeds, place);
            }
        }
        let inbox = self.open_inbox(ctx.store, &city, head.boot)?;
        let mut expected = inbox.expected();
        if let Some(peer) = self.peers.get_mut(&city) {
            let linked = peer
                .inbox
                .as_ref()
                .filter(|linked| linked.boot() == head.boot);
            match linked {
                // The link's own inbox may be further than what is stored.
                Some(linked) => expected = linked.expected(),
                None => peer.file = Some(inbox),
            }
            peer.last_seen = Some(ctx.now.unix);
        }
        Ok(Intake {
            newest,
            lost: head.from > expected,
            part_missing: false,
            entries: 0,
            known: 0,
            unknown: BTreeSet::new(),
        })
    }

    /// Whether a bundle is for this city and from a member, and newer than all that came before.
    fn admit_bundle(&mut self, store: &dyn Reader, bundle: &Bundle) -> Result<bool, CommandError> {
        let head = bundle.head();
        if head.recipient != self.own.city {
            return Err(refuse(Code::NotParty, "recipient"));
        }
        if self.admit_cert(&head.cert).is_err() {
            return Err(refuse(
                Code::NotMember,
                bundle.sender().fingerprint().to_string(),
            ));
        }
        let files = self.files_with(store, &bundle.sender())?;
        let newer = |(boot, serial)| boot != head.boot || serial < head.serial;
        Ok(files.seen.is_none_or(newer))
    }

    /// Takes one frame of a bundle, and does what follows from it.
    ///
    /// # Errors
    /// The frame contradicts the bundle or itself, or a record could not be read.
    pub fn take_frame(
        &mut self,
        ctx: &mut Ctx<'_>,
        bundle: &Bundle,
        intake: &mut Intake,
        nth: usize,
    ) -> Result<(), CommandError> {
        let city = bundle.sender();
        match bundle.frame(nth) {
            Some(Frame::Cursor(cursor)) => {
                let again = bundle.head().again && intake.newest;
                if !self.on_receipt(ctx, city, &bundle.device(), &cursor, again)? {
                    return Err(refuse(Code::Damaged, "cursor"));
                }
            }
            Some(Frame::Want(want)) if want.count() <= WANT_MAX => {
                if intake.newest {
                    let mut db = Db::new(ctx.store, &mut self.pending);
                    db.save(Family::Feeds, keys::asked_in_file(&city), &want);
                }
            }
            Some(Frame::Give(give)) => self.take_give(ctx, city, &give, intake)?,
            Some(Frame::Feed(feed)) if feed.boot == bundle.head().boot => {
                self.take_feed(ctx, city, feed, intake)?;
            }
            _ => return Err(refuse(Code::Damaged, "frame")),
        }
        Ok(self.settle_or_rest(ctx)?)
    }

    fn take_give(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        give: &Give,
        intake: &mut Intake,
    ) -> Result<(), ReadError> {
        let (items, _) = given(give);
        self.take_now(ctx, city, items, &give.support, intake)?;
        for thing in things(&give.absent) {
            self.waiting.not_from(thing, city);
            if let Missing::Entry(id) = thing {
                self.withdrawn(&city, &id);
            }
        }
        Ok(())
    }

    fn take_feed(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        feed: Feed,
        intake: &mut Intake,
    ) -> Result<(), CommandError> {
        let inbox = self
            .peers
            .get_mut(&city)
            .and_then(|peer| peer.inboxes().find(|inbox| inbox.boot() == feed.boot));
        let joined = inbox.filter(|inbox| feed.start <= inbox.expected());
        intake.part_missing |= joined.is_none();
        if let Some(inbox) = &joined
            && let Err(reason) = inbox.joins(&feed)
        {
            return Err(refuse(Code::State, reason));
        }
        // What was taken before is passed over, and counts as known.
        let passed = joined
            .as_ref()
            .map_or(0, |inbox| inbox.expected() - feed.start);
        let passed = usize::try_from(passed).unwrap_or(usize::MAX);
        let entry = |item: &&Item| matches!(item, Item::Entry(_));
        let passed = feed.items.iter().take(passed).filter(entry).count() as u64;
        (intake.entries, intake.known) = (intake.entries + passed, intake.known + passed);
        let items = receive(joined, feed.start, feed.items)
            .map_err(|reason| refuse(Code::Damaged, reason))?;
        self.take_now(ctx, city, items, &feed.support, intake)?;
        Ok(())
    }

    /// Takes the items of a frame, with the work done here: a file is read one frame after the other. Where something
    /// cannot be read, the file or the next link brings them again.
    fn take_now(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        items: Vec<Received>,
        support: &Support,
        intake: &mut Intake,
    ) -> Result<(), ReadError> {
        let taken = self.take_all(ctx, city, items, support, intake);
        if taken.is_err() {
            self.reread_from(ctx, &city);
            if let Some(peer) = self.peers.get_mut(&city) {
                peer.file = None;
            }
        }
        taken
    }

    fn take_all(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        mut items: Vec<Received>,
        support: &Support,
        intake: &mut Intake,
    ) -> Result<(), ReadError> {
        for item in &items {
            let Received::Entry { entry, .. } = item else {
                continue;
            };
            intake.entries += 1;
            if self.is_stored(ctx.store, &entry.id)? {
                intake.known += u64::from(!intake.unknown.contains(&entry.id));
            } else {
                intake.unknown.insert(entry.id);
            }
        }
        let (jobs, wraps) = self.work_of(ctx, &mut items, support)?;
        let outcomes: Vec<Outcome> = jobs.iter().map(Job::run).collect();
        self.take_items(ctx, city, items, &wraps, &outcomes)
    }

    /// Ends the taking of a bundle after its last frame, or after one that was refused.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn end_intake(
        &mut self,
        ctx: &mut Ctx<'_>,
        bundle: &Bundle,
        intake: &Intake,
    ) -> Result<BundleTaken, CommandError> {
        let (city, head) = (bundle.sender(), bundle.head());
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.file = None;
        }
        let mut stored = 0;
        for id in &intake.unknown {
            stored += u64::from(self.is_stored(ctx.store, id)?);
        }
        let wanting = !self.waiting.wanted_from(&city, 1).is_empty();
        let mut files = self.files_with(ctx.store, &city)?;
        let before = files.clone();
        if intake.newest {
            files.seen = Some((head.boot, head.serial));
            files.owed = head.again;
        }
        if intake.lost || head.last && wanting && !intake.part_missing {
            files.lost = true;
        } else if head.everything && head.last && !wanting {
            files.lost = false;
        }
        if files != before {
            let mut db = Db::new(ctx.store, &mut self.pending);
            db.save(Family::Feeds, keys::bundles(&city), &files);
        }
        Ok(BundleTaken {
            from: self.division(&city),
            serial: head.serial,
            part: head.part,
            last: head.last,
            entries: intake.entries,
            new: stored,
            known: intake.known,
            open: intake.unknown.len() as u64 - stored,
            part_missing: intake.part_missing && !intake.lost,
            again: files.lost,
        })
    }

    /// Says what a bundle holds, without taking anything from it.
    ///
    /// # Errors
    /// As for [`Engine::begin_intake`].
    pub fn bundle_contents(
        &mut self,
        ctx: &Ctx<'_>,
        bundle: &Bundle,
    ) -> Result<BundleContents, CommandError> {
        let newest = self.admit_bundle(ctx.store, bundle)?;
        let (city, head) = (bundle.sender(), bundle.head());
        let mut documents: BTreeMap<DocumentId, BundleDocument> = BTreeMap::new();
        let (mut entries, mut new, mut receipts) = (0, 0, 0);
        for nth in 0..bundle.frames() {
            let blobs = match bundle.frame(nth) {
                Some(Frame::Feed(feed)) => whole(feed),
                Some(Frame::Give(give)) => give.entries,
                Some(Frame::Cursor(_)) => {
                    receipts += 1;
                    continue;
                }
                _ => continue,
            };
            for Blob(bytes) in blobs {
                let Ok(entry) = Entry::from_wire(&bytes) else {
                    continue;
                };
                let unknown = !self.is_stored(ctx.store, &entry.id)?;
                entries += 1;
                new += u64::from(unknown);
                let row = match documents.entry(entry.document) {
                    Slot::Occupied(row) => row.into_mut(),
                    Slot::Vacant(free) => free.insert(self.bundle_document(ctx.store, &entry)?),
                };
                row.entries += 1;
                row.new += u64::from(unknown);
            }
        }
        Ok(BundleContents {
            from: self.division(&city),
            fingerprint: city.fingerprint().to_string(),
            serial: head.serial,
            part: head.part,
            last: head.last,
            everything: head.everything,
            written: head.written,
            newest,
            entries,
            new,
            receipts,
            documents: documents.into_values().collect(),
        })
    }

    /// A document's row, named as clerks name it where that is known.
    fn bundle_document(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<BundleDocument, ReadError> {
        let kind = DocumentKind::from_number(entry.header.kind);
        let known = self.record(store, &entry.document)?;
        let reference = known.and_then(number_in).or_else(|| number_of(entry));
        Ok(BundleDocument {
            document: entry.document.to_string(),
            kind: kind.map_or("unknown", DocumentKind::name).to_owned(),
            reference,
            entries: 0,
            new: 0,
        })
    }
}

/// The entries that a stretch of a feed carries whole.
fn whole(feed: Feed) -> Vec<Blob> {
    let items = feed.items.into_iter();
    items
        .filter_map(|item| match item {
            Item::Entry(blob) => Some(blob),
            Item::Announce(_) | Item::Withdrawn(_) => None,
        })
        .collect()
}

/// The number under which a document is known here.
fn number_in(record: &Record) -> Option<String> {
    let case = record.state_of::<Case>();
    let parcel = record.state_of::<Parcel>();
    case.map(|state| state.receive.number.to_string())
        .or_else(|| parcel.map(|state| state.post.tracking.to_string()))
}

/// The number that a genesis gives its document.
fn number_of(entry: &Entry) -> Option<String> {
    let rules = tongban_ledger::agreement::RULES_VERSION;
    if let Ok(case::Act::Receive(receive)) = read_act(&entry.public, rules)
        && entry.header.kind == DocumentKind::Case as u8
    {
        return Some(receive.number.to_string());
    }
    if let Ok(parcel::Act::Post(post) | parcel::Act::Prepare(post)) = read_act(&entry.public, rules)
        && entry.header.kind == DocumentKind::Parcel as u8
    {
        return Some(post.tracking.to_string());
    }
    None
}
