//! Revoked devices and forks: what a node does when it learns of one.
//!
//! A revocation changes the status of entries that are stored already, so every document in which the device
//! signed is folded again. What is held, void or set aside is decided by the fold, not here.

use std::collections::BTreeSet;

use tongban_identity::{CertHash, CityId, SignedRevocation};
use tongban_ledger::agreement::{Act, RULES_VERSION};
use tongban_ledger::{DocumentId, DocumentKind};

use super::{Ctx, Engine, Notice, Output};
use crate::db::{Db, damaged};
use crate::document::read_act;
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// The longest pause before a document that could not be read is judged again, in milliseconds.
const JUDGE_AGAIN_MS: u64 = 10_000;

/// Whether the store remembers that a document is to be judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It does.
    Yes,
    /// It need not yet.
    No,
}

impl Engine {
    /// Says whether a root key revoked one of its devices, by what this node knows of any agreement.
    pub(super) fn revokes(&self, root: &CityId, cert: &CertHash) -> bool {
        self.agreements
            .values()
            .any(|loaded| loaded.current().view().is_revoked(root, cert))
    }

    /// Judges everything again that a device signed, once its city revokes it, and ends its link.
    pub(super) fn heed_revocation(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
    ) -> Result<(), ReadError> {
        let Ok(Act::Revoke(bytes)) = read_act(&entry.public, RULES_VERSION) else {
            return Ok(());
        };
        let signed = SignedRevocation::from_slice(&bytes).ok();
        let Some(revocation) = signed.and_then(|signed| signed.verify().ok()) else {
            return Ok(());
        };
        let city = self.city_of_root(&revocation.city);
        if city == self.own.city && !self.unfollowed.has(&entry.id) {
            // What a thief signed, this city has never seen.
            self.ask_back_anew(None);
        }
        let ended = self.end_links_of(ctx, &city, &revocation.cert);
        for kind in DocumentKind::ALL {
            if kind == DocumentKind::Agreement {
                continue;
            }
            for document in self.documents_of(ctx.store, kind)? {
                let pair = (document, revocation.cert);
                self.to_judge.entry(pair).or_insert(Kept::No);
                if kind == DocumentKind::Case {
                    self.to_answer.insert(document);
                }
                if kind == DocumentKind::Consult {
                    self.consults.look_at(document);
                }
            }
        }
        self.judge_waiting(ctx);
        self.encryption_keys.clear();
        self.transfers = None;
        self.handovers.look_again();
        ended
    }

    /// Folds what a revocation may have changed. What cannot be read is remembered, also for the next start, and tried
    /// again with each step, after a while at the latest.
    pub(super) fn judge_waiting(&mut self, ctx: &mut Ctx<'_>) {
        for ((document, cert), kept) in std::mem::take(&mut self.to_judge) {
            let judged = self.judge_again(ctx.store, &document, &cert);
            let place = keys::to_judge(&document, &cert);
            match (judged, kept) {
                (Ok(()), Kept::No) => {}
                (Ok(()), Kept::Yes) => {
                    self.pending.delete(Family::Feeds, place);
                    self.look_again_at(&document);
                }
                (Err(error), _) => {
                    if kept == Kept::No {
                        self.pending.put(Family::Feeds, place, Vec::new());
                    }
                    self.to_judge.insert((document, cert), Kept::Yes);
                    self.judge_at = ctx.now.monotonic_ms.saturating_add(JUDGE_AGAIN_MS);
                    self.heed_unread(ctx.store, error);
                }
            }
        }
    }

    /// A push or a question of a document may wait for an answer since it was judged.
    fn look_again_at(&mut self, document: &DocumentId) {
        let kind = self.records.get(document).map(|record| record.kind);
        match kind.and_then(DocumentKind::from_number) {
            Some(DocumentKind::Case) => {
                self.to_answer.insert(*document);
            }
            Some(DocumentKind::Consult) => self.consults.look_at(*document),
            _ => {}
        }
    }

    /// Loads what an earlier start could not judge again.
    pub(super) fn load_to_judge(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        for (key, _) in db.scan_all(Family::Feeds, keys::TO_JUDGE)? {
            let pair = keys::read_to_judge(&key).ok_or_else(|| damaged(Family::Feeds, &key))?;
            self.to_judge.insert(pair, Kept::Yes);
        }
        Ok(())
    }

    /// Folds a document whole if a device has signed in it.
    fn judge_again(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        cert: &CertHash,
    ) -> Result<(), ReadError> {
        let agreement = match self.record(store, document)? {
            Some(record) if record.has_signer(cert) => record.agreement,
            _ => return Ok(()),
        };
        self.fold_again(store, &agreement, document)
    }

    fn end_links_of(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
        cert: &CertHash,
    ) -> Result<(), ReadError> {
        let Some(device) = self.cert(ctx.store, cert)?.map(|cert| cert.device) else {
            return Ok(());
        };
        let link = self
            .peers
            .get(city)
            .filter(|peer| peer.device == Some(device))
            .and_then(|peer| peer.link);
        if let Some(link) = link {
            self.end_link(ctx, link, "the device is revoked");
        }
        Ok(())
    }

    /// Remembers a document that has become forked, and says so once.
    pub(super) fn note_fork(&mut self, store: &dyn Reader, entry: &Entry) -> Result<(), ReadError> {
        let record = self.record(store, &entry.document)?;
        if record.is_none_or(|record| !record.forked) {
            return Ok(());
        }
        let place = keys::forked(&entry.document);
        let mut db = Db::new(store, &mut self.pending);
        if db.get(Family::Indexes, &place)?.is_none() {
            db.put(Family::Indexes, place, Vec::new());
            self.outputs.push_back(Output::Notice(Notice::Fork {
                city: self.city_of_root(&entry.header.city),
                document: entry.document,
            }));
        } else if !self.unfollowed.has(&entry.id) {
            return Ok(());
        }
        // Of the twins that came before, the city may not know the one that is not its own node's.
        for twin in self.entries_of(store, &entry.document)? {
            let place = |entry: &Entry| (entry.header.slot(), entry.header.seq);
            if place(&twin) == place(entry) {
                self.offer_to_author(store, &twin)?;
            }
        }
        Ok(())
    }

    /// Tells a city of an entry under its name that its node may not have signed: the document is forked, the device
    /// is revoked, or two nodes with its key were seen. Otherwise a city has what it signed.
    pub(super) fn tell_author(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<(), ReadError> {
        let author = self.city_of_root(&entry.header.city);
        if author == self.own.city {
            return Ok(());
        }
        let two = self
            .peers
            .get(&author)
            .is_some_and(|peer| peer.starts.are_two());
        let forked = self
            .record(store, &entry.document)?
            .is_some_and(|record| record.forked);
        if two || forked || self.revokes(&entry.header.city, &entry.header.cert) {
            self.offer_to_author(store, entry)?;
        }
        Ok(())
    }

    fn offer_to_author(&mut self, store: &dyn Reader, entry: &Entry) -> Result<(), ReadError> {
        let author = BTreeSet::from([self.city_of_root(&entry.header.city)]);
        let nobody = self.own.city;
        self.enqueue(store, &entry.document, &entry.id, &nobody, &author)
    }
}
