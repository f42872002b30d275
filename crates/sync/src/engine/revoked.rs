//! Revoked devices and forks: what a node does when it learns of one.
//!
//! A revocation changes the status of entries that are stored already, so every document in which the device
//! signed is folded again. What is held, void or set aside is decided by the fold, not here.

use std::collections::BTreeSet;

use tongban_identity::{CertHash, CityId, SignedRevocation};
use tongban_ledger::agreement::{Act, RULES_VERSION};
use tongban_ledger::{DocumentId, DocumentKind};

use super::{Ctx, Engine, Notice, Output};
use crate::db::Db;
use crate::document::{Record, read_act};
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

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
        for kind in DocumentKind::ALL {
            if kind == DocumentKind::Agreement {
                continue;
            }
            for document in self.documents_of(ctx.store, kind)? {
                self.to_judge.insert((document, revocation.cert));
                if kind == DocumentKind::Case {
                    self.to_answer.insert(document);
                }
                if kind == DocumentKind::Consult {
                    self.consults.look_at(document);
                }
            }
        }
        let judged = self.judge_waiting(ctx.store);
        self.encryption_keys.clear();
        self.transfers = None;
        self.handovers.look_again();
        let city = self.city_of_root(&revocation.city);
        if city == self.own.city {
            // What a thief signed, this city has never seen.
            self.ask_back_anew(None);
        }
        let ended = self.end_links_of(ctx, &city, &revocation.cert);
        judged.and(ended)
    }

    /// Folds what a revocation may have changed. Documents that cannot be read are tried again with the next step.
    pub(super) fn judge_waiting(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let mut failed = Ok(());
        for (document, cert) in std::mem::take(&mut self.to_judge) {
            if let Err(error) = self.judge_again(store, &document, &cert) {
                self.to_judge.insert((document, cert));
                failed = failed.and(Err(error));
            }
        }
        failed
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
        let entries = self.entries_of(store, document)?;
        if let Some(record) = self.fold(store, &agreement, entries)? {
            self.set_record(*document, record);
        }
        Ok(())
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
    pub(super) fn note_fork(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
        record: &Record,
    ) -> Result<(), ReadError> {
        if !record.forked {
            return Ok(());
        }
        let mut db = Db::new(store, &mut self.pending);
        let place = keys::forked(&entry.document);
        if db
            .get(Family::Indexes, &place)
            .is_ok_and(|known| known.is_none())
        {
            db.put(Family::Indexes, place, Vec::new());
            self.outputs.push_back(Output::Notice(Notice::Fork {
                city: self.city_of_root(&entry.header.city),
                document: entry.document,
            }));
            // Of the twins that came before, the city may not know the one that is not its own node's.
            for twin in self.entries_of(store, &entry.document)? {
                let place = |entry: &Entry| (entry.header.slot(), entry.header.seq);
                if place(&twin) == place(entry) {
                    self.offer_to_author(store, &twin)?;
                }
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
