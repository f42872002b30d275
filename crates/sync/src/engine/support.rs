//! What travels beside entries: certificates and views to check them, content keys to read them.
//!
//! Certificates and views prove themselves and are kept where an entry needs them. A content key is kept once an
//! entry that is stored here needs it; opening a wrap is work for the pool.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CertHash, CityId, ContentKey, ContentKeyId, SignedDeviceCert, wrap};
use tongban_ledger::agreement::{VIEW_HEADS_MAX, view_id};
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, ViewId};

use super::agreements::Loaded;
use super::job::Job;
use super::settling::is_money;
use super::waiting::Missing;
use super::{Ctx, Engine, draw};
use crate::db::Db;
use crate::document::Record;
use crate::entry::Entry;
use crate::frame::{Blob, Support, Wrap};
use crate::keys;
use crate::seal;
use crate::storage::{Family, ReadError, Reader};

impl Engine {
    /// Keeps certificates and views that came beside entries, as far as these entries or earlier
    /// ones need them; a peer cannot fill the disk with others.
    pub(super) fn take_support<'e>(
        &mut self,
        ctx: &mut Ctx<'_>,
        support: &Support,
        entries: impl Iterator<Item = &'e Entry>,
    ) -> Result<(), ReadError> {
        let mut needed = BTreeSet::new();
        for entry in entries {
            needed.insert(Missing::Cert(entry.header.cert));
            needed.insert(Missing::View(entry.header.view));
        }
        for Blob(bytes) in &support.certs {
            let Ok(signed) = SignedDeviceCert::from_slice(bytes) else {
                continue;
            };
            let thing = Missing::Cert(signed.cert_hash());
            if needed.contains(&thing) || self.waiting.is_wanted(&thing) {
                self.keep_cert_bytes(ctx.store, bytes)?;
                self.wake(ctx, thing)?;
            }
        }
        for heads in &support.views {
            let thing = Missing::View(view_id(heads));
            let ascending = heads.windows(2).all(|pair| pair[0] < pair[1]);
            let sound = ascending && !heads.is_empty() && heads.len() <= VIEW_HEADS_MAX;
            if sound && (needed.contains(&thing) || self.waiting.is_wanted(&thing)) {
                self.keep_view(ctx.store, heads)?;
                self.wake(ctx, thing)?;
            }
        }
        Ok(())
    }

    /// Keeps a certificate that proves itself.
    pub(super) fn keep_cert_bytes(
        &mut self,
        store: &dyn Reader,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        let Ok(signed) = SignedDeviceCert::from_slice(bytes) else {
            return Ok(());
        };
        let hash = signed.cert_hash();
        let kept = match self.cert(store, &hash) {
            // This is the same as what is damaged, and takes its place.
            Err(ReadError::Damaged { .. }) => false,
            read => read?.is_some(),
        };
        if kept {
            return Ok(());
        }
        if let Ok(cert) = signed.verify() {
            self.certs.insert(hash, cert.into_inner());
            let mut db = Db::new(store, &mut self.pending);
            db.put(Family::Evidence, keys::certificate(&hash), bytes.to_vec());
        }
        Ok(())
    }

    /// The work of opening a wrap, unless the key is here.
    pub(super) fn unwrap_job(
        &mut self,
        store: &dyn Reader,
        wrap: &Wrap,
    ) -> Result<Option<Job>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        // One that is here and cannot be opened is as good as missing.
        match seal::load_key(&db, &self.own.encryption, &wrap.document, &wrap.key) {
            Ok(None) | Err(ReadError::Damaged { .. }) => {}
            read => return read.map(|_| None),
        }
        Ok(Some(Job::Unwrap {
            own: self.own.encryption.clone(),
            document: wrap.document,
            key: wrap.key,
            wrapped: wrap.wrapped,
        }))
    }

    /// Keeps a content key, and stops asking for it.
    pub(super) fn keep_key(&mut self, ctx: &mut Ctx<'_>, document: &DocumentId, key: &ContentKey) {
        let id = key.id();
        let nonce = draw::<24>(ctx.rng);
        let mut db = Db::new(ctx.store, &mut self.pending);
        seal::store_key(&mut db, &self.own.encryption, nonce, document, key);
        self.waiting.wake(&Missing::Key(*document, id));
        // Who applies may be readable now.
        self.lists.note(*document);
        let mark = keys::missing_key(document, &id);
        if !matches!(db.get(Family::Feeds, &mark), Ok(None)) {
            self.pending.delete(Family::Feeds, mark);
        }
    }

    /// Says whether a stored entry needs a content key that is not here.
    pub(super) fn lacks_key(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        key: &ContentKeyId,
    ) -> Result<bool, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let mark = db.get(Family::Feeds, &keys::missing_key(document, key))?;
        Ok(mark.is_some())
    }

    /// Makes sure that the key of a stored entry's sealed part is here, or asked for.
    pub(super) fn need_key(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
        from: &CityId,
    ) -> Result<(), ReadError> {
        let Some(key) = seal::key_of(&entry.sealed) else {
            return Ok(());
        };
        if planted(Bug::KeyDropped) {
            return Ok(());
        }
        let document = entry.document;
        if let Some(content) = self.opened.get(&(document, key)).cloned() {
            self.keep_key(ctx, &document, &content);
            return Ok(());
        }
        let mut db = Db::new(ctx.store, &mut self.pending);
        let place = keys::content_key(&document, &key);
        if db.get(Family::Sealed, &place)?.is_none() {
            // Remembered, so that it is asked for again after a restart.
            db.put(
                Family::Feeds,
                keys::missing_key(&document, &key),
                Vec::new(),
            );
            self.waiting.want(Missing::Key(document, key), *from);
        }
        Ok(())
    }

    /// Asks every linked city that sees a document for one of its content keys.
    pub(super) fn want_key_of_all(
        &mut self,
        store: &dyn Reader,
        document: DocumentId,
        key: ContentKeyId,
    ) -> Result<(), ReadError> {
        for city in self.audience(store, &document)? {
            let linked = self
                .peers
                .get(&city)
                .is_some_and(|peer| peer.link.is_some());
            if linked {
                self.waiting.want(Missing::Key(document, key), city);
            }
        }
        Ok(())
    }

    /// Asks a city that has just linked for the keys that are missing of documents it sees too.
    pub(super) fn want_missing_keys(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        let mut failed = Ok(());
        for (place, _) in db.scan_all(Family::Feeds, keys::MISSING_KEYS)? {
            if let Some((document, key)) = keys::read_missing_key(&place) {
                match self.may_see(store, &document, city) {
                    Ok(true) => self.waiting.want(Missing::Key(document, key), *city),
                    Ok(false) => {}
                    // Another link would find it damaged again.
                    Err(error @ ReadError::Damaged { .. }) => self.heed_unread(store, error),
                    Err(error) => failed = failed.and(Err(error)),
                }
            }
        }
        failed
    }

    /// Gathers what an entry rests on, and the content key of its sealed part.
    pub(super) fn support(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
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
            self.wrap_for(ctx, city, &entry.document, &key, support)?;
        }
        Ok(())
    }

    /// Wraps a content key for a city of the document's audience, once per link; says whether the
    /// key is here.
    pub(super) fn wrap_for(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: &CityId,
        document: &DocumentId,
        key: &ContentKeyId,
        support: &mut SupportBuilder,
    ) -> Result<bool, ReadError> {
        let known = self
            .peers
            .get(city)
            .is_some_and(|peer| peer.outbox.has_wrapped(key));
        if known {
            return Ok(true);
        }
        let Some(agreement) = self
            .record(ctx.store, document)?
            .map(|record| record.agreement)
        else {
            return Ok(false);
        };
        let Some(recipient) = self.encryption_key_of(ctx.store, &agreement, city)? else {
            return Ok(false);
        };
        let db = Db::new(ctx.store, &mut self.pending);
        let Some(content) = seal::load_key(&db, &self.own.encryption, document, key)? else {
            return Ok(false);
        };
        let seed = draw::<32>(ctx.rng);
        let Ok(wrapped) = wrap(&recipient, seed, &seal::wrap_aad(document), &content) else {
            return Ok(false);
        };
        support.wraps.push(Wrap {
            document: *document,
            key: *key,
            wrapped,
        });
        if let Some(peer) = self.peers.get_mut(city) {
            peer.outbox.note_wrap(*key);
        }
        Ok(true)
    }

    /// Says whether a document travels to a city now.
    pub(super) fn may_see(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        city: &CityId,
    ) -> Result<bool, ReadError> {
        let Some(record) = self.record(store, document)? else {
            return Ok(false);
        };
        let whose = Whose::of(record);
        let named = record.audience.named().contains(city);
        Ok(self.goes_to(&whose, named, city))
    }

    /// Says whether a city left an agreement: then nothing later travels to it but what is about its money.
    fn has_left(&self, agreement: &AgreementId, city: &CityId) -> bool {
        let loaded = self.agreements.get(agreement);
        loaded.is_some_and(|loaded| loaded.has_left(city))
    }

    /// Says whether a document with this record travels to a city now.
    pub(super) fn travels_to(&self, record: &Record, city: &CityId) -> bool {
        let named = record.audience.named().contains(city);
        self.goes_to(&Whose::of(record), named, city)
    }

    /// Says whether a document goes to a city: one that it names, or a member where it is for everyone. One that left
    /// gets what is about its money, and the agreement on which that is judged. Nothing goes over a link under a root key
    /// that is not the city's in the document's agreement.
    fn goes_to(&self, whose: &Whose, named: bool, city: &CityId) -> bool {
        let agreement = &whose.agreement;
        let everyone = whose.everyone || planted(Bug::AudienceEverybody);
        let settles =
            whose.kind == DocumentKind::Agreement as u8 && self.is_settling(agreement, city);
        if self.other_root(agreement, city).is_some() {
            return false;
        }
        let loaded = self.agreements.get(agreement);
        let member = || loaded.is_some_and(|loaded| whose.is_for_member(loaded, city));
        named && (is_money(whose.kind) || !self.has_left(agreement, city))
            || everyone && (settles || member())
    }

    /// Says whether an entry travels to a city now: the document does, or it tells a city that left that it did, or the
    /// holder of a replaced root key that it was replaced.
    pub(super) fn may_see_entry(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        id: &EntryId,
        city: &CityId,
    ) -> Result<bool, ReadError> {
        let agreement = AgreementId::from(*document);
        let loaded = self.agreements.get(&agreement);
        let root = self.other_root(&agreement, city);
        let told = loaded.is_some_and(|loaded| match &root {
            Some(root) => loaded.tells(id, root),
            None => loaded.told(id, city),
        });
        Ok(told || self.may_see(store, document, city)?)
    }

    /// The cities to which a document travels now.
    pub(crate) fn audience(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<BTreeSet<CityId>, ReadError> {
        let Some(record) = self.record(store, document)? else {
            return Ok(BTreeSet::new());
        };
        let whose = Whose::of(record);
        let everyone = whose.everyone || planted(Bug::AudienceEverybody);
        let mut cities = record.audience.named();
        cities.retain(|city| is_money(whose.kind) || !self.has_left(&whose.agreement, city));
        if everyone && let Some(loaded) = self.agreements.get(&whose.agreement) {
            let members = loaded.member_ids().into_iter();
            cities.extend(members.filter(|city| whose.is_for_member(loaded, city)));
            if whose.kind == DocumentKind::Agreement as u8 {
                cities.extend(&loaded.settling);
            }
        }
        Ok(cities)
    }
}

/// What of a document's record says where it goes, beside the cities that it names.
struct Whose {
    kind: u8,
    agreement: AgreementId,
    everyone: bool,
    certificates: usize,
}

impl Whose {
    fn of(record: &Record) -> Self {
        Self {
            kind: record.kind,
            agreement: record.agreement,
            everyone: record.audience.everyone,
            certificates: record.certificates.unwrap_or(0) as usize,
        }
    }

    /// Says whether a document for everyone is for a city: a member that was one to whoever opened the document. A
    /// newcomer sees nothing from before but the agreement and the members' pages.
    fn is_for_member(&self, loaded: &Loaded, city: &CityId) -> bool {
        let lasting = [DocumentKind::Agreement, DocumentKind::City];
        let lasting = lasting.iter().any(|kind| self.kind == *kind as u8);
        loaded.has_member(city) && (lasting || loaded.was_member(city, self.certificates))
    }
}

/// Collects support without repeats.
#[derive(Debug, Default)]
pub(super) struct SupportBuilder {
    certs: BTreeMap<CertHash, Blob>,
    views: BTreeMap<ViewId, Vec<EntryId>>,
    wraps: Vec<Wrap>,
}

impl SupportBuilder {
    pub(super) fn add_cert(&mut self, hash: CertHash, bytes: Vec<u8>) {
        self.certs.insert(hash, Blob(bytes));
    }

    pub(super) fn add_view(&mut self, id: ViewId, heads: Vec<EntryId>) {
        self.views.insert(id, heads);
    }

    /// About how long it is in a frame, in bytes.
    pub(super) fn byte_len(&self) -> usize {
        let certs: usize = self.certs.values().map(|blob| blob.0.len() + 5).sum();
        let views: usize = self.views.values().map(|heads| heads.len() * 34 + 5).sum();
        certs + views + self.wraps.len() * 160
    }

    pub(super) fn finish(self) -> Support {
        Support {
            certs: self.certs.into_values().collect(),
            views: self.views.into_values().collect(),
            wraps: self.wraps,
        }
    }
}
