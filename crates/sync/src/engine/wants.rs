//! Questions and answers: what a node lacks, from whom, and what it gives to others.
//!
//! One question per city is open at a time. Every question is answered, with what there is and with
//! the names of what there is not; a city that is silent, or has nothing, never keeps another that
//! has the thing from being asked.

use tongban_identity::CityId;
use tongban_ledger::EntryId;
use tongban_ledger::planted::{Bug, planted};

use super::allowance::Cost;
use super::links::LinkId;
use super::support::SupportBuilder;
use super::waiting::Missing;
use super::{Ctx, Engine};
use crate::db::Db;
use crate::entry::Entry;
use crate::frame::{Blob, FILL_BYTES, Frame, Give, WANT_MAX, Want};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// How long an answer may take before others are asked as well, in milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// How many checks of signatures a content key that is wrapped costs the city that asks.
const WRAP_CHECKS: usize = 8;

/// A question that is open.
#[derive(Debug)]
pub(super) struct Asked {
    things: Vec<Missing>,
    /// When others are asked, in monotonic milliseconds.
    pub until: u64,
}

pub(super) fn add(want: &mut Want, thing: Missing) {
    match thing {
        Missing::Entry(id) => want.entries.push(id),
        Missing::View(id) => want.views.push(id),
        Missing::Cert(id) => want.certs.push(id),
        Missing::Key(document, key) => want.keys.push((document, key)),
    }
}

pub(super) fn things(want: &Want) -> impl Iterator<Item = Missing> + '_ {
    let entries = want.entries.iter().copied().map(Missing::Entry);
    let views = want.views.iter().copied().map(Missing::View);
    let certs = want.certs.iter().copied().map(Missing::Cert);
    let keys = want
        .keys
        .iter()
        .map(|(document, key)| Missing::Key(*document, *key));
    entries.chain(views).chain(certs).chain(keys)
}

impl Engine {
    /// Asks every linked city that has answered the last question.
    pub(super) fn send_wants(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now.monotonic_ms;
        for (city, peer) in &mut self.peers {
            if let Some(asked) = &mut peer.asked
                && now >= asked.until
            {
                self.waiting.silent(&asked.things, *city);
                asked.until = now.saturating_add(PATIENCE_MS);
            }
        }
        let mut questions = Vec::new();
        for (city, peer) in &mut self.peers {
            let (Some(link), None) = (peer.link, &peer.asked) else {
                continue;
            };
            let things = self.waiting.ask(city, WANT_MAX);
            if things.is_empty() {
                continue;
            }
            let mut want = Want::default();
            things.iter().for_each(|thing| add(&mut want, *thing));
            let until = now.saturating_add(PATIENCE_MS);
            peer.asked = Some(Asked { things, until });
            questions.push((link, want));
        }
        for (link, want) in questions {
            self.send(link, &Frame::Want(want));
        }
    }

    /// Answers what a city lacks, as far as it may see it.
    pub(super) fn on_want(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        want: &Want,
    ) -> Result<(), ReadError> {
        if want.count() > WANT_MAX {
            self.drop_link(ctx, link, "a question that is too long");
            return Ok(());
        }
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.allowance.charge(Cost {
                entries: want.count(),
                checks: want.keys.len() * WRAP_CHECKS,
                ..Cost::default()
            });
        }
        let things: Vec<Missing> = things(want).collect();
        let (give, _) = self.answer_want(ctx, city, &things)?;
        self.send(link, &Frame::Give(give));
        Ok(())
    }

    /// An answer of one frame, and how many of the things it is about.
    pub(super) fn answer_want(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        things: &[Missing],
    ) -> Result<(Give, usize), ReadError> {
        let mut support = SupportBuilder::default();
        let mut give = Give::default();
        let mut entry_bytes = 0;
        let mut settled = 0;
        for thing in things.iter().copied() {
            let filled = entry_bytes + support.byte_len();
            let found = match thing {
                Missing::Entry(id) => match self.visible(ctx.store, &id, &city) {
                    // What is neither given nor named as absent is asked for again.
                    Ok(Some(entry)) if filled > 0 && filled + entry.byte_len() > FILL_BYTES => {
                        break;
                    }
                    Ok(Some(entry)) => {
                        entry_bytes += entry.byte_len();
                        give.entries.push(Blob(entry.to_wire()));
                        self.support(ctx, &city, &entry, &mut support)
                            .map(|()| true)
                    }
                    Ok(None) => Ok(false),
                    Err(error) => Err(error),
                },
                _ if filled > FILL_BYTES => break,
                other => self.give_support(ctx, &city, other, &mut support),
            };
            match found {
                Ok(true) => {}
                Ok(false) => add(&mut give.absent, thing),
                // What is damaged here is as good as absent.
                Err(error @ ReadError::Damaged { .. }) => {
                    add(&mut give.absent, thing);
                    self.note_unreadable(ctx.store, &error);
                }
                Err(error) => return Err(error),
            }
            settled += 1;
        }
        give.support = support.finish();
        Ok((give, settled))
    }

    /// Adds a certificate, a view or a content key to an answer; says whether it is here to give.
    fn give_support(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
        thing: Missing,
        support: &mut SupportBuilder,
    ) -> Result<bool, ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        match thing {
            Missing::Entry(_) => Ok(false),
            Missing::Cert(hash) => {
                let bytes = db.get(Family::Evidence, &keys::certificate(&hash))?;
                Ok(bytes.map(|bytes| support.add_cert(hash, bytes)).is_some())
            }
            Missing::View(view) => {
                let heads = db.load::<Vec<EntryId>>(Family::Evidence, &keys::view(&view))?;
                Ok(heads.map(|heads| support.add_view(view, heads)).is_some())
            }
            Missing::Key(document, key) => {
                if let Some(peer) = self.peers.get_mut(city) {
                    peer.outbox.forget_wrap(&key);
                }
                let sees = self.may_see(ctx.store, &document, city)?;
                Ok((sees || planted(Bug::WrapForAnyone))
                    && self.wrap_for(ctx, city, &document, &key, support)?)
            }
        }
    }

    /// Settles what an answer leaves open; `entries` are those that it gave.
    pub(super) fn answered(&mut self, city: CityId, give: &Give, entries: &[EntryId]) {
        let Some(asked) = self.peers.get_mut(&city).and_then(|peer| peer.asked.take()) else {
            return;
        };
        let progress = !give.entries.is_empty() || !give.support.is_empty();
        let progress = progress || !give.absent.is_empty();
        let mut absent: Vec<Missing> = things(&give.absent).collect();
        absent.sort_unstable();
        for thing in asked.things {
            let coming = match thing {
                Missing::Entry(id) => entries.contains(&id),
                Missing::Key(document, key) => give
                    .support
                    .wraps
                    .iter()
                    .any(|wrap| wrap.document == document && wrap.key == key),
                Missing::View(_) | Missing::Cert(_) => false,
            };
            if coming || !self.waiting.is_wanted(&thing) {
                continue;
            }
            if progress && absent.binary_search(&thing).is_err() {
                self.waiting.ask_again(thing, city);
                continue;
            }
            self.waiting.not_from(thing, city);
            if let Missing::Entry(id) = thing {
                self.withdrawn(&city, &id);
            }
        }
    }

    /// A city offered an entry and does not give it: its own feed goes on without.
    pub(super) fn withdrawn(&mut self, city: &CityId, id: &EntryId) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.audit.settled(id, false);
            peer.cursor_due |= peer.inbox.is_some();
            peer.inboxes().for_each(|inbox| inbox.done(id));
        }
    }

    /// An entry, if the city is in the document's audience, its own or not.
    fn visible(
        &mut self,
        store: &dyn Reader,
        id: &EntryId,
        city: &CityId,
    ) -> Result<Option<Entry>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let Some(document) = super::admit::document_of(&db, id)? else {
            return Ok(None);
        };
        let sees = self.may_see_entry(store, &document, id, city)?;
        if !planted(Bug::GiveToAnyone) && !sees {
            return Ok(None);
        }
        let db = Db::new(store, &mut self.pending);
        super::admit::load_entry(&db, &document, id)
    }
}
