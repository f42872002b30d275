//! What follows from a resolution, and what a node signs by itself in a round of votes.
//!
//! People vote. Their node commits once the motion for which they voted has the votes, gives a round up that no motion
//! can win any more, votes again for the same motion where nothing else may be put, and signs for a city that joins
//! (`docs/decisions/0021-chained-resolutions.md`).

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;
use tongban_ledger::agreement::Act;
use tongban_ledger::agreement::resolution::{Polled, Turn};
use tongban_ledger::{AgreementId, DocumentKind};

use super::sign::CommandError;
use super::{Ctx, Engine};
use crate::entry::Entry;
use crate::storage::ReadError;

/// How many acts of its own one step signs in one agreement.
const TURNS_MAX: usize = 64;

impl Engine {
    /// The id of this city may be an earlier root key of it.
    pub(super) fn note_own_city(&mut self) {
        let root = self.own.cert.city;
        self.own.city = self.member_of(&root, self.own.attributes.division);
        self.peers.remove(&self.own.city);
    }

    /// Whether this city may say what stays of an entry that is held: it is its own, or that of a city that left.
    pub(super) fn speaks_for(&self, entry: &Entry) -> bool {
        let city = self.city_of_root(&entry.header.city);
        let left = self.with_view(&entry.agreement, |view| view.has_left(&city));
        city == self.own.city || left.unwrap_or(false)
    }

    /// Does what follows from a certificate that an entry made whole: a newcomer gets the pages of the members, and
    /// what was signed under a root key that signs no more is judged again.
    pub(super) fn heed_chain(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
        before: &BTreeSet<CityId>,
    ) -> Result<(), ReadError> {
        self.note_members();
        self.note_own_city();
        self.end_replaced(ctx);
        self.compare_under_new_roots(&entry.agreement);
        self.encryption_keys.clear();
        self.transfers = None;
        // One document that cannot be read keeps nothing else from being done.
        let mut failed = self.find_settling(ctx.store);
        let now = self.audience(ctx.store, &entry.document)?;
        // Who leaves hears that it does, whether or not it settles money here.
        let author = self.city_of_root(&entry.header.city);
        self.enqueue(ctx.store, &entry.document, &entry.id, &author, before)?;
        let new: BTreeSet<CityId> = now.difference(before).copied().collect();
        failed = failed.and(self.give_pages(ctx, entry.agreement, &new));
        let loaded = self.agreements.get(&entry.agreement);
        let gone = loaded.map(|loaded| loaded.index.gone_now().clone());
        for kind in DocumentKind::ALL {
            if kind == DocumentKind::Agreement {
                continue;
            }
            for document in self.documents_of(ctx.store, kind)? {
                let touched = match (self.record(ctx.store, &document), &gone) {
                    (Err(error), _) => {
                        failed = failed.and(Err(error));
                        continue;
                    }
                    (Ok(read), Some(gone)) => read.is_some_and(|record| {
                        record.agreement == entry.agreement && record.touches(gone)
                    }),
                    _ => false,
                };
                if !touched {
                    continue;
                }
                if let Err(error) = self.fold_again(ctx.store, &entry.agreement, &document) {
                    failed = failed.and(Err(error));
                    continue;
                }
                if kind == DocumentKind::Case {
                    self.to_answer.insert(document);
                }
            }
        }
        failed
    }

    /// Under its new key a city may see what did not travel to it before.
    fn compare_under_new_roots(&mut self, agreement: &AgreementId) {
        let renewed = self.peers.iter().filter(|(city, peer)| {
            let root = peer.root.filter(|root| root != *city);
            root.is_some_and(|root| self.root_of(agreement, city) == root)
        });
        for city in renewed.map(|(city, _)| *city).collect::<Vec<_>>() {
            self.ask_back_anew(Some(&city));
        }
    }

    /// Gives cities that join the pages of the members: without them they could neither reach nor read anybody.
    fn give_pages(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        new: &BTreeSet<CityId>,
    ) -> Result<(), ReadError> {
        if new.is_empty() {
            return Ok(());
        }
        for document in self.documents_of(ctx.store, DocumentKind::City)? {
            let record = self.record(ctx.store, &document)?;
            if record.is_none_or(|record| record.agreement != agreement) {
                continue;
            }
            let mut history = self.entries_of(ctx.store, &document)?;
            history.sort_by_key(|entry| (entry.header.depth, entry.id));
            for entry in history {
                let author = self.city_of_root(&entry.header.city);
                self.enqueue(ctx.store, &document, &entry.id, &author, new)?;
            }
        }
        Ok(())
    }

    /// Signs what follows from the words of this city's people.
    pub(super) fn take_turns(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        self.drop_words(ctx.now.monotonic_ms);
        let mut unread = BTreeMap::new();
        for agreement in std::mem::take(&mut self.turns) {
            for _ in 0..TURNS_MAX {
                let Some(act) = self.own_turn(&agreement) else {
                    break;
                };
                match self.sign_in_agreement(ctx, agreement, &act) {
                    Ok(_) => {}
                    Err(CommandError::Refused(_)) => break,
                    Err(CommandError::Read(error)) => {
                        self.note_unreadable(ctx.store, &error);
                        unread.insert(agreement, error);
                        break;
                    }
                }
            }
            // What it signed itself is no reason to look again.
            self.turns.remove(&agreement);
        }
        // What could not be read stops no other agreement, and is tried again.
        self.turns.extend(unread.keys());
        unread.into_values().next().map_or(Ok(()), Err)
    }

    fn own_turn(&self, agreement: &AgreementId) -> Option<Act> {
        let (own, root) = (self.own.city, self.own.cert.city);
        let (act, concerned): (Act, Option<CityId>) = self.with_view(agreement, |view| {
            if view.speaker(&root) != Some(own) || !view.effective() {
                return None;
            }
            if !view.ratified(&own) {
                return Some((Act::Ratify, None));
            }
            if !view.puts_motions() {
                return None;
            }
            let polled = Polled::of(view);
            let concerned = |motion| polled.motion(motion).and_then(|motion| motion.concerns());
            Some(match polled.turn(&own)? {
                Turn::Commit(on) => (Act::Commit(on), concerned(&on.motion)),
                Turn::Vote(on) => (Act::Vote(on), concerned(&on.motion)),
                Turn::Nullify(on) => (Act::Nullify(on), None),
            })
        })??;
        let concerned = concerned.into_iter().collect();
        // Another node with this key may have said the contrary, or this one before a restore.
        let waits = self.copy_may_have_voted(agreement)
            || !self.votes_wait_for(agreement, &concerned).is_empty();
        (act == Act::Ratify || !waits).then_some(act)
    }
}
