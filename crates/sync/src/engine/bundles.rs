//! Bundles out: what a link would send to a city, as files.
//!
//! An export begins at what the city confirmed last, not at the last export, so a lost file costs
//! nothing but its size again. Nobody can ask a file for more, so entries of other cities go whole,
//! and questions of the last bundle that came are answered in the next one that goes.

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32, decode_canonical, encode_canonical};
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, DocumentKind};

use super::feeds::{Stretch, WINDOW_ITEMS, Way};
use super::sign::{CommandError, refuse};
use super::support::SupportBuilder;
use super::wants::{add, things};
use super::{Ctx, Engine};
use crate::bundle::{Head, Writer};
use crate::db::Db;
use crate::entry::{BootNonce, Entry};
use crate::frame::{Blob, FILL_BYTES, Frame, Give, WANT_MAX, Want};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// What is remembered of the bundles to and from a city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Files {
    /// How many bundles were written for the city.
    #[n(0)]
    pub written: u64,
    /// Start and serial of the newest bundle that came.
    #[n(1)]
    pub seen: Option<(BootNonce, u64)>,
    /// Whether this node lacks what it once confirmed to the city.
    #[n(2)]
    pub lost: bool,
    /// Whether the city lacks what it once confirmed.
    #[n(3)]
    pub owed: bool,
}

/// Where an export goes on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Resume {
    #[n(0)]
    boot: BootNonce,
    /// The part to be written.
    #[n(1)]
    part: u32,
    #[n(2)]
    from: u64,
    #[n(3)]
    everything: bool,
    #[n(4)]
    place: Place,
}

/// What comes next in an export.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum Place {
    /// The history of documents, by kind, document and number of the entry in causal order.
    #[n(0)]
    History(#[n(0)] u8, #[n(1)] Option<DocumentId>, #[n(2)] u64),
    /// The feed from a position on, with the chain before it; none of them before its beginning.
    #[n(1)]
    Feed(#[n(0)] Option<(u64, Hash32)>),
    /// Nothing.
    #[n(2)]
    End(),
}

/// A part of an export.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its number, from 1.
    pub part: u32,
    /// How many entries it holds.
    pub entries: u64,
    /// Whether it is from the whole history.
    pub everything: bool,
    /// Names the next part; none for the last.
    pub next: Option<String>,
}

/// A `Give` that grows until a frame is full.
#[derive(Default)]
struct Giving {
    support: SupportBuilder,
    entries: Vec<Blob>,
    bytes: usize,
}

impl Giving {
    fn flush(&mut self, writer: &mut Writer) {
        let full = std::mem::take(self);
        if !full.entries.is_empty() {
            writer.add(&Frame::Give(Give {
                support: full.support.finish(),
                entries: full.entries,
                absent: Want::default(),
            }));
        }
    }
}

impl Engine {
    /// Writes what a city has not confirmed, or the whole history, as one file; `resume` names a later
    /// part of an export. A bundle without entries still carries receipts.
    ///
    /// # Errors
    /// The city is no other member, the export cannot go on because the node was restarted since, or
    /// a record could not be read.
    pub fn export_bundle(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        everything: bool,
        resume: Option<&str>,
    ) -> Result<Exported, CommandError> {
        if *to == self.own.city {
            return Err(refuse(Code::Argument, "own city"));
        }
        if !self.peers.contains_key(to) {
            return Err(refuse(Code::NotMember, to.fingerprint().to_string()));
        }
        let mut files = self.files_with(ctx.store, to)?;
        let mut state = match resume {
            Some(text) => self.read_resume(text)?,
            None => self.first_part(to, everything || files.owed),
        };
        self.note_feed_base(ctx.store, to)?;
        let mut writer = Writer::default();
        let on_link = self.swap_wrapped(to, Default::default());
        let filled = self.fill(ctx, to, &mut state, &mut writer);
        self.swap_wrapped(to, on_link);
        let entries = filled?;
        files.written += 1;
        let head = Head {
            cert: self.own.cert.to_root_signed().to_vec(),
            recipient: *to,
            boot: self.boot,
            serial: files.written,
            part: state.part,
            last: state.place == Place::End(),
            from: state.from,
            everything: state.everything,
            again: files.lost,
            written: ctx.now.unix,
        };
        let mut db = Db::new(ctx.store, &mut self.pending);
        db.save(Family::Feeds, keys::bundles(to), &files);
        let bytes = writer
            .finish(&head, &self.own.device)
            .map_err(|_| refuse(Code::Internal, "bundle"))?;
        state.part += 1;
        Ok(Exported {
            bytes,
            part: head.part,
            entries,
            everything: head.everything,
            next: (!head.last).then(|| hex(&encode_canonical(&state))),
        })
    }

    /// What is remembered of the bundles to and from a city.
    pub(super) fn files_with(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<Files, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let files = db.load(Family::Feeds, &keys::bundles(city))?;
        Ok(files.unwrap_or_default())
    }

    fn read_resume(&self, text: &str) -> Result<Resume, CommandError> {
        let bytes = from_hex(text).ok_or_else(|| refuse(Code::Argument, "resume"))?;
        let resume: Resume =
            decode_canonical(&bytes).map_err(|_| refuse(Code::Argument, "resume"))?;
        if resume.boot != self.boot {
            return Err(refuse(Code::State, "resume"));
        }
        Ok(resume)
    }

    fn first_part(&self, to: &CityId, everything: bool) -> Resume {
        let outbox = self.peers.get(to).map(|peer| &peer.outbox);
        let from = outbox.map_or(0, |outbox| outbox.marks.acked - outbox.base());
        Resume {
            boot: self.boot,
            part: 1,
            from,
            everything,
            place: if everything {
                Place::History(0, None, 0)
            } else {
                Place::Feed(None)
            },
        }
    }

    /// Remembers where this start's feed begins, for receipts that come after the next start.
    fn note_feed_base(&mut self, store: &dyn Reader, to: &CityId) -> Result<(), ReadError> {
        let base = self.peers.get(to).map_or(0, |peer| peer.outbox.base());
        let place = keys::feed_base(to, &self.boot);
        let mut db = Db::new(store, &mut self.pending);
        if db.get(Family::Feeds, &place)?.is_none() {
            db.save(Family::Feeds, place, &base);
        }
        Ok(())
    }

    fn swap_wrapped(
        &mut self,
        to: &CityId,
        wrapped: std::collections::BTreeSet<tongban_identity::ContentKeyId>,
    ) -> std::collections::BTreeSet<tongban_identity::ContentKeyId> {
        match self.peers.get_mut(to) {
            Some(peer) => peer.outbox.swap_wrapped(wrapped),
            None => wrapped,
        }
    }

    /// Fills one part; says how many entries it holds.
    fn fill(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        state: &mut Resume,
        writer: &mut Writer,
    ) -> Result<u64, ReadError> {
        let mut entries = 0;
        if state.part == 1 {
            for frame in self.receipts(ctx.store, to)? {
                writer.add(&frame);
            }
            self.ask_in_file(ctx, to, writer)?;
            entries += self.answer_in_file(ctx, to, writer)?;
        }
        if let Place::History(kind, document, entry) = state.place {
            let from = (kind, document, entry);
            let (count, next) = self.write_history(ctx, to, from, writer)?;
            entries += count;
            state.place = next;
        }
        if let Place::Feed(at) = state.place {
            let (count, next) = self.write_feed(ctx, to, at, writer)?;
            entries += count;
            state.place = next;
        }
        Ok(entries)
    }

    /// Asks for what is missing here; the city answers in its next bundle.
    fn ask_in_file(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        writer: &mut Writer,
    ) -> Result<(), ReadError> {
        self.want_missing_keys(ctx.store, to)?;
        let mut want = Want::default();
        for thing in self.waiting.wanted_from(to, WANT_MAX) {
            add(&mut want, thing);
        }
        if !want.is_empty() {
            writer.add(&Frame::Want(want));
        }
        Ok(())
    }

    /// Answers what the city asked for in its newest bundle.
    fn answer_in_file(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        writer: &mut Writer,
    ) -> Result<u64, ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let want: Want = db
            .load(Family::Feeds, &keys::asked_in_file(to))?
            .unwrap_or_default();
        let asked: Vec<_> = things(&want).collect();
        let mut open = asked.as_slice();
        let mut entries = 0;
        while !open.is_empty() && !writer.is_full() {
            let (give, settled) = self.answer_want(ctx, *to, open)?;
            entries += give.entries.len() as u64;
            writer.add(&Frame::Give(give));
            open = &open[settled.min(open.len())..];
            if settled == 0 {
                break;
            }
        }
        Ok(entries)
    }

    /// Writes the history of every document that the city may see, as far as it is not in the feed
    /// that follows.
    fn write_history(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        (from_kind, from_document, from_entry): (u8, Option<DocumentId>, u64),
        writer: &mut Writer,
    ) -> Result<(u64, Place), ReadError> {
        let mut count = 0;
        let mut giving = Giving::default();
        for kind in DocumentKind::ALL {
            let number = kind as u8;
            if number < from_kind {
                continue;
            }
            for document in self.documents_of(ctx.store, kind)? {
                let resumed = number == from_kind;
                if resumed && from_document.is_some_and(|from| document < from) {
                    continue;
                }
                if !self.may_see(ctx.store, &document, to)? {
                    continue;
                }
                let skip = if resumed && from_document == Some(document) {
                    from_entry
                } else {
                    0
                };
                let mut history = self.entries_of(ctx.store, &document)?;
                history.sort_by_key(|entry| (entry.header.depth, entry.id));
                for (nth, entry) in (0u64..).zip(history).skip_while(|(nth, _)| *nth < skip) {
                    if !self.is_of_history(ctx.store, to, &entry)? {
                        continue;
                    }
                    if self.give_in_file(ctx, to, entry, &mut giving, writer)? {
                        count += 1;
                        continue;
                    }
                    return Ok((count, Place::History(number, Some(document), nth)));
                }
            }
        }
        giving.flush(writer);
        Ok((count, Place::Feed(None)))
    }

    /// Whether an entry was offered to a city and is not in the feed that follows, or is its own.
    fn is_of_history(
        &mut self,
        store: &dyn Reader,
        to: &CityId,
        entry: &Entry,
    ) -> Result<bool, ReadError> {
        if self.city_of_root(&entry.header.city) == *to {
            return Ok(true);
        }
        let acked = self.peers.get(to).map_or(0, |peer| peer.outbox.marks.acked);
        let db = Db::new(store, &mut self.pending);
        let position = db.get(Family::Feeds, &keys::outbox_position(to, &entry.id))?;
        let position = position.and_then(|bytes| bytes.try_into().ok().map(u64::from_be_bytes));
        Ok(position.is_some_and(|position| position < acked))
    }

    /// Adds an entry to the growing answer; `false`, with everything before it written, where the part
    /// is full.
    fn give_in_file(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        entry: Entry,
        giving: &mut Giving,
        writer: &mut Writer,
    ) -> Result<bool, ReadError> {
        let filled = giving.bytes + giving.support.byte_len();
        if filled > 0 && filled + entry.byte_len() > FILL_BYTES {
            giving.flush(writer);
        }
        if writer.is_full() {
            giving.flush(writer);
            return Ok(false);
        }
        self.support(ctx, to, &entry, &mut giving.support)?;
        giving.bytes += entry.byte_len();
        giving.entries.push(Blob(entry.to_wire()));
        Ok(true)
    }

    /// Writes the feed from a position on.
    fn write_feed(
        &mut self,
        ctx: &mut Ctx<'_>,
        to: &CityId,
        at: Option<(u64, Hash32)>,
        writer: &mut Writer,
    ) -> Result<(u64, Place), ReadError> {
        let mut count = 0;
        let mut at = match at {
            Some(at) => at,
            None => {
                let acked = self.peers.get(to).map_or(0, |peer| peer.outbox.marks.acked);
                (acked, self.chain_at(ctx.store, to, acked)?)
            }
        };
        loop {
            if writer.is_full() {
                return Ok((count, Place::Feed(Some(at))));
            }
            let stretch = self.stretch(ctx, *to, at, WINDOW_ITEMS, Way::File)?;
            let Some(stretch) = stretch else {
                return Ok((count, Place::End()));
            };
            at = (at.0 + stretch.items(), stretch.chain);
            let Stretch { feed, beside, .. } = stretch;
            count += feed.items.len() as u64;
            // Beside the feed and before it, so that what it announces is here when it is read.
            let mut giving = Giving::default();
            for entry in beside {
                self.support(ctx, to, &entry, &mut giving.support)?;
                giving.entries.push(Blob(entry.to_wire()));
            }
            giving.flush(writer);
            writer.add(&Frame::Feed(feed));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the digits that [`hex`] wrote.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    let whole = pairs.remainder().is_empty();
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok())
        .collect();
    bytes.filter(|_| whole)
}
