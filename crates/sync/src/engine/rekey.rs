//! Another encryption key: what is kept under an earlier one is sealed anew, the members hear of the new one, and then
//! the earlier one is let go.
//!
//! The root key certifies an encryption key, so the operator brings it and the node takes it at a start. The rest it
//! does by itself (`docs/decisions/0012-another-encryption-key.md`).

use tongban_identity::{CityId, SignedEncryptionCert};
use tongban_ledger::agreement::Founder;
use tongban_ledger::city::{self, City};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::agreements::Loaded;
use super::sign::CommandError;
use super::{Ctx, Engine, Notice, Output, draw};
use crate::db::Db;
use crate::keyring::OpensKept;
use crate::keys;
use crate::seal::{self, Private};
use crate::storage::{Family, ReadError, Reader};

/// How many content keys one step seals anew.
const STEP_MAX: usize = 256;
/// The pause between two looks whether earlier keys are still needed, in milliseconds.
const LOOK_MS: u64 = 600_000;
/// How long an earlier key is kept for members that do not answer, in seconds: two months.
const KEPT_S: i64 = 62 * 86_400;

/// An encryption certificate that a city named: serial, public half, and the announcement that has it.
type Named = (u64, [u8; 32], Option<EntryId>);

/// How far the change to another encryption key has come.
#[derive(Debug, Default)]
pub(super) struct Rekey {
    /// Where the next step seals anew; none where everything is under the key in use.
    from: Option<Vec<u8>>,
    /// Whether the members may not have heard of the key in use.
    announce: bool,
    /// When to look again whether earlier keys are needed, in monotonic milliseconds.
    look_ms: u64,
}

impl Rekey {
    /// The agreement changed, so that an announcement may be possible now.
    pub(super) fn announce_again(&mut self) {
        self.announce = true;
    }
}

impl Engine {
    /// Finds out whether content keys are kept under another key than the one in use.
    pub(super) fn load_rekey(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let own = self.own.encryption.current().public();
        let db = Db::new(store, &mut self.pending);
        let under = db.get(Family::Meta, keys::KEPT_UNDER)?;
        if under.as_deref() != Some(own.as_slice()) {
            let kept = db.scan(Family::Sealed, keys::CONTENT_KEYS, &[], 1);
            match kept {
                Ok(kept) if kept.is_empty() => {
                    self.pending
                        .put(Family::Meta, keys::KEPT_UNDER.to_vec(), own.to_vec())
                }
                _ => self.rekey.from = Some(Vec::new()),
            }
        }
        self.rekey.announce = true;
        Ok(())
    }

    /// Says whether content keys are being sealed anew.
    pub(super) fn is_rekeying(&self) -> bool {
        self.rekey.from.is_some()
    }

    /// Goes on with the change to another encryption key.
    pub(super) fn run_rekey(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        // A content key that cannot be dealt with does not keep the others from hearing of the new key.
        let sealed = self.seal_anew(ctx);
        let announced = match std::mem::take(&mut self.rekey.announce) {
            true => self.announce_key(ctx),
            false => Ok(()),
        };
        self.rekey.announce |= announced.is_err();
        sealed.and(announced)?;
        let now = ctx.now.monotonic_ms;
        if self.own.encryption.earlier() > 0 && !self.is_rekeying() && now >= self.rekey.look_ms {
            self.rekey.look_ms = now.saturating_add(LOOK_MS);
            if !self.needs_earlier(ctx)? {
                self.own.encryption.forget_earlier();
                self.outputs
                    .push_back(Output::Notice(Notice::EarlierKeysDone));
            }
        }
        Ok(())
    }

    /// Seals some content keys under the key in use. Where that fails it goes on from the same place: the earlier key is
    /// let go only once all are done.
    fn seal_anew(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let Some(from) = self.rekey.from.clone() else {
            return Ok(());
        };
        self.rekey.from = self.seal_from(ctx, &from)?;
        if self.rekey.from.is_none() {
            let own = self.own.encryption.current().public();
            self.pending
                .put(Family::Meta, keys::KEPT_UNDER.to_vec(), own.to_vec());
        }
        Ok(())
    }

    /// Seals some of them; says where to go on. One that no key opens is asked for like one that is missing, and stays in
    /// its place until it comes. Where the document is damaged that tells whom to ask, it is asked for on the next links.
    fn seal_from(&mut self, ctx: &mut Ctx<'_>, from: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let (records, next) = db.scan_around(Family::Sealed, keys::CONTENT_KEYS, from, STEP_MAX)?;
        let mut failed = Ok(());
        for (place, kept) in records {
            let Some((document, id)) = keys::read_content_key(&place) else {
                continue;
            };
            let aad = seal::keeping_aad(&document);
            if self.own.encryption.current().opened(&aad, &kept).is_some() {
                continue;
            }
            let opened = self.own.encryption.opened(&aad, &kept);
            if let Some(key) = opened.filter(|key| key.id() == id) {
                let nonce = draw::<24>(ctx.rng);
                let mut db = Db::new(ctx.store, &mut self.pending);
                seal::store_key(&mut db, &self.own.encryption, nonce, &document, &key);
            } else {
                let mark = keys::missing_key(&document, &id);
                self.pending.put(Family::Feeds, mark, Vec::new());
                match self.want_key_of_all(ctx.store, document, id) {
                    Err(error @ ReadError::Damaged { .. }) => self.heed_unread(ctx.store, error),
                    wanted => failed = failed.and(wanted),
                }
            }
        }
        failed.map(|()| next)
    }

    /// Announces the key in use in every agreement whose members know an earlier one.
    fn announce_key(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let own = self.own_serial();
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            let city = self.own.city;
            let known = self.known_cert(ctx.store, &agreement, &city)?;
            if known.is_some_and(|(serial, _)| serial >= own) || own == 0 {
                continue;
            }
            match self.announce_in(ctx, agreement) {
                // Not yet possible, for instance before every founder has signed: tried again when the agreement changes.
                Ok(_) | Err(CommandError::Refused(_)) => {}
                Err(CommandError::Read(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn announce_in(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
    ) -> Result<EntryId, CommandError> {
        let own = self.own.city;
        let page = self.pages_in(ctx.store, &agreement, &own)?.pop();
        let founder = self.founder_in(&agreement, &own).cloned();
        let current = page.as_ref().and_then(|(_, state)| {
            let newest = state.current().last();
            newest.map(|(_, said)| (said.addresses.clone(), said.windows.clone()))
        });
        let (addresses, windows) = current.unwrap_or_else(|| {
            let addresses = founder.map(|founder| founder.addresses);
            (addresses.unwrap_or_default(), Vec::new())
        });
        let replaces = page
            .as_ref()
            .map(|(_, state)| state.current().map(|(id, _)| id).collect())
            .unwrap_or_default();
        let document = match page {
            Some((document, _)) => document,
            None => self.open_page(ctx, agreement)?.into(),
        };
        let act = city::Act::Announce(city::Announce {
            addresses,
            encryption: self.own.encryption_cert.to_vec(),
            windows,
            replaces,
        });
        self.sign_act::<City>(ctx, &document, &act, Private::default())
    }

    /// Whether something may still have to be opened with an earlier key: a member has not confirmed that it heard of
    /// the key in use, and the change is not two months old.
    fn needs_earlier(&mut self, ctx: &Ctx<'_>) -> Result<bool, ReadError> {
        let issued = self.own.encryption_cert.verify();
        let old = issued.is_ok_and(|cert| ctx.now.unix.saturating_sub(cert.issued) > KEPT_S);
        if old {
            return Ok(false);
        }
        let own = self.own.city;
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            let entry = match self.known_cert(ctx.store, &agreement, &own)? {
                Some((serial, entry)) if serial >= self.own_serial() => entry,
                // Nobody could be told yet.
                _ => return Ok(true),
            };
            // The founding file itself may name it.
            let Some(entry) = entry else {
                continue;
            };
            for city in self.members_of(&agreement) {
                let mut pending = std::mem::take(&mut self.pending);
                let stored = self.stored_at(ctx.store, &mut pending, &city, &entry);
                self.pending = pending;
                if city != own && !stored? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The serial of the certificate of the key in use.
    pub(super) fn own_serial(&self) -> u64 {
        let cert = self.own.encryption_cert.verify();
        cert.map_or(0, |cert| cert.serial)
    }

    /// The newest encryption certificate of a city in an agreement, by serial, and the announcement that has it; none
    /// where the founding terms do.
    fn known_cert(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Option<(u64, Option<EntryId>)>, ReadError> {
        let certs = self.certs_in(store, agreement, city)?;
        let newest = certs.into_iter().max_by_key(|(serial, _, _)| *serial);
        Ok(newest.map(|(serial, _, entry)| (serial, entry)))
    }

    /// The public half of a city's newest encryption key in an agreement. Another agreement may still take the word of
    /// a root key that this one replaced.
    pub(super) fn newest_key_of(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Option<[u8; 32]>, ReadError> {
        let certs = self.certs_in(store, agreement, city)?;
        let newest = certs.into_iter().max_by_key(|(serial, _, _)| *serial);
        Ok(newest.map(|(_, key, _)| key))
    }

    /// Every encryption certificate that a city named in an agreement.
    fn certs_in(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Vec<Named>, ReadError> {
        let mut named: Vec<(Vec<u8>, Option<EntryId>)> = Vec::new();
        if let Some(founder) = self.founder_in(agreement, city) {
            named.push((founder.encryption.clone(), None));
        }
        for (_, state) in self.pages_in(store, agreement, city)? {
            let said = state.announcements.iter();
            named.extend(said.map(|(id, said)| (said.encryption.clone(), Some(*id))));
        }
        let root = self.root_of(agreement, city);
        let mut certs = Vec::new();
        for (bytes, entry) in named {
            let signed = SignedEncryptionCert::from_slice(&bytes).ok();
            let cert = signed.and_then(|signed| signed.verify().ok());
            if let Some(cert) = cert.filter(|cert| cert.city == root) {
                certs.push((cert.serial, cert.x25519, entry));
            }
        }
        Ok(certs)
    }

    fn founder_in(&self, agreement: &AgreementId, city: &CityId) -> Option<&Founder> {
        self.agreements.get(agreement)?.card(city)
    }

    fn members_of(&self, agreement: &AgreementId) -> Vec<CityId> {
        let loaded = self.agreements.get(agreement);
        loaded.map(Loaded::member_ids).unwrap_or_default()
    }

    /// A city's pages in an agreement.
    fn pages_in(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Vec<(DocumentId, city::State)>, ReadError> {
        let mut pages = Vec::new();
        for document in self.documents_of(store, DocumentKind::City)? {
            let record = self.record(store, &document)?;
            let record = record.filter(|record| record.agreement == *agreement);
            let state = record.and_then(|record| record.state_of::<City>());
            if let Some(state) = state.filter(|state| state.city == *city) {
                pages.push((document, state.clone()));
            }
        }
        Ok(pages)
    }
}
