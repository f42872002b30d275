//! Signing an act of one's own: authorised first, sealed, signed, then through the same gate as
//! everyone else's.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, ContentKey, ContentKeyId};
use tongban_ledger::agreement::View;
use tongban_ledger::answer::Refusal;
use tongban_ledger::city::{Announce, City};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, Author, DocumentId, DocumentKind, EntryId, ViewId};

use super::admit::Admitted;
use super::{Ctx, Engine, draw};
use crate::db::Db;
use crate::document::{ENTRIES_MAX, Stored, author_in, write_act};
use crate::entry::{Entry, Header, PARENTS_MAX, VERSION};
use crate::keys;
use crate::seal::{self, Private};
use crate::storage::{Family, ReadError, Reader};

/// Why a command was not carried out.
#[derive(Debug)]
pub enum CommandError {
    /// It was refused; nothing was signed.
    Refused(Refusal),
    /// A record could not be read.
    Read(ReadError),
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        CommandError::Read(error)
    }
}

/// A refusal with what it is about.
pub(super) fn refuse(code: Code, about: impl Into<String>) -> CommandError {
    CommandError::Refused(Refusal {
        code,
        about: about.into(),
    })
}

impl From<Code> for CommandError {
    fn from(code: Code) -> Self {
        refuse(code, "")
    }
}

/// The content key with which this node seals in a document, and for whom it was made.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
struct CurrentKey {
    #[n(0)]
    key: ContentKeyId,
    #[n(1)]
    audience: BTreeSet<CityId>,
}

/// The content key of a part that was just sealed.
enum UsedKey {
    /// It is in the store.
    Kept(ContentKey),
    /// It was made for this part.
    New(ContentKey),
}

impl UsedKey {
    fn key(&self) -> &ContentKey {
        match self {
            UsedKey::Kept(key) | UsedKey::New(key) => key,
        }
    }
}

/// Says whether a root key signs such an act no more: its city left or has another key, and the act settles nothing.
fn signs_no_more<K: Stored>(view: &View<'_>, root: &CityId, act: &K::Act) -> bool {
    view.is_gone(root) && !(K::settles(act) && view.settles_by(root))
}

fn sorted(parents: Vec<(u32, EntryId)>) -> Vec<EntryId> {
    let mut ids: Vec<EntryId> = parents.into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    ids
}

impl Engine {
    /// Who acts when this node signs now.
    pub(super) fn author_now(&self, ctx: &Ctx<'_>) -> Author {
        Author {
            city: self.own.cert.city,
            cert: self.own.cert.cert_hash(),
            time: ctx.now.unix,
        }
    }

    /// Opens a document of a kind; refused before anything is signed.
    pub(super) fn sign_genesis<K: Stored>(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        kind: DocumentKind,
        act: &K::Act,
        private: Private,
    ) -> Result<EntryId, CommandError> {
        let author = self.author_now(ctx);
        self.with_view(&agreement, |view| {
            let gone = signs_no_more::<K>(view, &author.city, act);
            if gone || view.is_revoked(&author.city, &author.cert) {
                return Err(Code::KeyRevoked);
            }
            let author = author_in(author, view);
            K::open(EntryId::ZERO, &author, view, act).map(|_| ())
        })
        .ok_or(Code::Agreement)??;
        let header = Header {
            document: DocumentId::ZERO,
            seq: 0,
            prev: None,
            parents: Vec::new(),
            depth: 0,
            nonce: draw::<16>(ctx.rng).to_vec(),
            ..self.header(ctx, agreement, kind)?
        };
        let sealed = self.sealed_part(ctx, None, &header, &private)?;
        let entry = Entry::sign(header, write_act(act), sealed.0, &self.own.device);
        if let Some(used) = sealed.1 {
            self.set_current_key(ctx, &entry.document, &used, BTreeSet::from([self.own.city]));
        }
        self.admit_own(ctx, entry)
    }

    /// Signs an act in a document on all its heads; refused before anything is signed.
    pub(super) fn sign_act<K: Stored>(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
        act: &K::Act,
        private: Private,
    ) -> Result<EntryId, CommandError> {
        let author = self.author_now(ctx);
        let record = self
            .record(ctx.store, document)?
            .ok_or(Code::NotFound)?
            .clone();
        self.with_view(&record.agreement, |view| {
            if signs_no_more::<K>(view, &author.city, act) {
                return Err(Code::KeyRevoked);
            }
            record.authorize::<K>(&author, view, act)
        })
        .ok_or(Code::Agreement)??;
        let waits = self.waits_for::<K>(ctx, document, &record, act)?;
        if !waits.is_empty() {
            let cities: Vec<String> = waits.iter().map(ToString::to_string).collect();
            return Err(refuse(Code::Restoring, cities.join(" ")));
        }
        let kind = DocumentKind::from_number(record.kind).ok_or(Code::State)?;
        let header = self.next_header(ctx, document, &record, kind)?;
        let sealed = self.sealed_part(ctx, Some(document), &header, &private)?;
        if planted(Bug::SignTwice) && header.seq % 3 == 1 {
            let header = Header {
                time: header.time.saturating_add(1),
                ..header.clone()
            };
            let twin = Entry::sign(header, write_act(act), sealed.0.clone(), &self.own.device);
            self.admit_own(ctx, twin)?;
        }
        let entry = Entry::sign(header, write_act(act), sealed.0, &self.own.device);
        if let Some(used) = sealed.1 {
            let audience = self.audience(ctx.store, document)?;
            self.set_current_key(ctx, document, &used, audience);
        }
        self.admit_own(ctx, entry)
    }

    /// The header of this node's next entry in a document, parts aside.
    pub(super) fn next_header(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
        record: &crate::document::Record,
        kind: DocumentKind,
    ) -> Result<Header, CommandError> {
        let base = self.header(ctx, record.agreement, kind)?;
        // What other cities wrote, however much, keeps nobody from going on.
        let own = record
            .tips
            .iter()
            .filter(|(slot, _)| slot.cert == base.cert);
        let own: u64 = own.map(|(_, tip)| tip.seq + 1).sum();
        if own >= ENTRIES_MAX && kind != DocumentKind::Agreement {
            return Err(refuse(Code::TooLarge, "entries"));
        }
        let tip = record.tips.get(&base.slot());
        // More heads than an entry may name are merged over several entries, the deepest first.
        let mut parents: Vec<(u32, EntryId)> = record
            .heads
            .iter()
            .map(|(id, depth)| (*depth, *id))
            .collect();
        parents.sort_unstable_by(|one, other| other.cmp(one));
        parents.truncate(PARENTS_MAX);
        Ok(Header {
            document: *document,
            seq: tip.map_or(0, |tip| tip.seq + 1),
            prev: tip.map(|tip| tip.id),
            depth: parents
                .iter()
                .map(|(depth, _)| depth + 1)
                .max()
                .unwrap_or(0),
            parents: sorted(parents),
            ..base
        })
    }

    fn header(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        kind: DocumentKind,
    ) -> Result<Header, CommandError> {
        let loaded = self.agreements.get(&agreement).ok_or(Code::Agreement)?;
        let heads = loaded.index.view_heads();
        let view = if kind == DocumentKind::Agreement {
            ViewId::ZERO
        } else {
            loaded.current_id()
        };
        self.keep_view(ctx.store, &heads)?;
        Ok(Header {
            version: VERSION,
            suite: self.own.device.public().suite().number(),
            agreement,
            document: DocumentId::ZERO,
            city: self.own.cert.city,
            cert: self.own.cert.cert_hash(),
            boot: self.boot,
            seq: 0,
            prev: None,
            parents: Vec::new(),
            depth: 0,
            time: ctx.now.unix,
            view,
            kind: kind as u8,
            nonce: Vec::new(),
            public_len: 0,
            public_hash: tongban_identity::Hash32([0; 32]),
            sealed_len: 0,
            sealed_hash: tongban_identity::Hash32([0; 32]),
        })
    }

    /// Signs an act of an agreement document.
    pub(super) fn sign_in_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        act: &tongban_ledger::agreement::Act,
    ) -> Result<EntryId, CommandError> {
        let author = self.author_now(ctx);
        let loaded = self.agreements.get(&agreement).ok_or(Code::Agreement)?;
        loaded
            .index
            .authorize(loaded.index.heads(), &author, act)
            .map_err(|_| Code::Internal)??;
        // The other cities would not take it.
        if loaded.index.count_of(&self.own.city) >= act.city_entries_max() {
            return Err(refuse(Code::TooLarge, "entries"));
        }
        let document = DocumentId::from(agreement);
        let record = self
            .record(ctx.store, &document)?
            .ok_or(Code::NotFound)?
            .clone();
        let header = self.next_header(ctx, &document, &record, DocumentKind::Agreement)?;
        let entry = Entry::sign(header, write_act(act), Vec::new(), &self.own.device);
        self.admit_own(ctx, entry)
    }

    /// Signs the genesis of an agreement.
    pub(super) fn sign_founding(
        &mut self,
        ctx: &mut Ctx<'_>,
        found: tongban_ledger::agreement::Found,
    ) -> Result<Entry, CommandError> {
        found.check()?;
        let header = Header {
            version: VERSION,
            suite: self.own.device.public().suite().number(),
            agreement: AgreementId::ZERO,
            document: DocumentId::ZERO,
            city: self.own.cert.city,
            cert: self.own.cert.cert_hash(),
            boot: self.boot,
            seq: 0,
            prev: None,
            parents: Vec::new(),
            depth: 0,
            time: ctx.now.unix,
            view: ViewId::ZERO,
            kind: DocumentKind::Agreement as u8,
            nonce: draw::<16>(ctx.rng).to_vec(),
            public_len: 0,
            public_hash: tongban_identity::Hash32([0; 32]),
            sealed_len: 0,
            sealed_hash: tongban_identity::Hash32([0; 32]),
        };
        let act = tongban_ledger::agreement::Act::Found(found);
        let public = write_act(&act);
        if public.len() > crate::entry::PUBLIC_BYTES_MAX {
            return Err(refuse(Code::TooLarge, "terms"));
        }
        Ok(Entry::sign(header, public, Vec::new(), &self.own.device))
    }

    fn admit_own(&mut self, ctx: &mut Ctx<'_>, entry: Entry) -> Result<EntryId, CommandError> {
        let id = entry.id;
        match self.admit(ctx, entry, None)? {
            Admitted::Stored => {
                self.wake(ctx, super::waiting::Missing::Entry(id))?;
                Ok(id)
            }
            Admitted::Refused(code) => Err(refuse(code, "own entry")),
            Admitted::Known | Admitted::Waiting => Err(refuse(Code::Internal, "own entry")),
        }
    }

    /// Seals a private part; returns the key, to note for whom it is used.
    fn sealed_part(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: Option<&DocumentId>,
        header: &Header,
        private: &Private,
    ) -> Result<(Vec<u8>, Option<UsedKey>), CommandError> {
        if *private == Private::default() {
            return Ok((Vec::new(), None));
        }
        let used = match document {
            None => UsedKey::New(ContentKey::from_bytes(draw::<32>(ctx.rng))),
            Some(document) => self.current_or_new_key(ctx, document)?,
        };
        let sealed = seal::seal(used.key(), draw::<24>(ctx.rng), header, private);
        if sealed.len() > crate::entry::SEALED_BYTES_MAX {
            return Err(refuse(Code::TooLarge, "text"));
        }
        Ok((sealed, Some(used)))
    }

    /// The key of this node's last sealed part here, unless a city left the audience since.
    fn current_or_new_key(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
    ) -> Result<UsedKey, CommandError> {
        let audience = self.audience(ctx.store, document)?;
        let db = Db::new(ctx.store, &mut self.pending);
        let current = db.load::<CurrentKey>(Family::Sealed, &keys::current_key(document))?;
        if let Some(current) = current
            && (current.audience.is_subset(&audience) || planted(Bug::KeyKept))
            && let Some(key) = seal::load_key(&db, &self.own.encryption, document, &current.key)?
        {
            return Ok(UsedKey::Kept(key));
        }
        Ok(UsedKey::New(ContentKey::from_bytes(draw::<32>(ctx.rng))))
    }

    fn set_current_key(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
        used: &UsedKey,
        audience: BTreeSet<CityId>,
    ) {
        if let UsedKey::New(key) = used {
            self.keep_key(ctx, document, key);
        }
        let current = CurrentKey {
            key: used.key().id(),
            audience,
        };
        let mut db = Db::new(ctx.store, &mut self.pending);
        db.save(Family::Sealed, keys::current_key(document), &current);
    }

    /// Cities that join a document get the key in use, so that it is renewed when they leave.
    pub(super) fn shares_key(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        new: &BTreeSet<CityId>,
    ) -> Result<(), ReadError> {
        let mut db = Db::new(store, &mut self.pending);
        let place = keys::current_key(document);
        if let Some(mut current) = db.load::<CurrentKey>(Family::Sealed, &place)? {
            current.audience.extend(new);
            db.save(Family::Sealed, place, &current);
        }
        Ok(())
    }

    /// A city's encryption key: the newest that its own page or the founding terms name.
    pub(super) fn encryption_key_of(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Option<[u8; 32]>, ReadError> {
        let place = (*agreement, *city);
        if let Some(known) = self.encryption_keys.get(&place) {
            return Ok(Some(*known));
        }
        let key = self.newest_key_of(store, agreement, city)?;
        if let Some(key) = key {
            self.encryption_keys.insert(place, key);
        }
        Ok(key)
    }

    /// What a city says of itself on its own page. Another city's page that cannot be read does not hide it.
    pub(super) fn page(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<Option<Announce>, ReadError> {
        let mut failed = Ok(None);
        for document in self.documents_of(store, DocumentKind::City)? {
            let record = match self.record(store, &document) {
                Ok(record) => record,
                Err(error) => {
                    failed = failed.and(Err(error));
                    continue;
                }
            };
            let Some(state) = record.and_then(|record| record.state_of::<City>()) else {
                continue;
            };
            if state.city == *city {
                return Ok(state.current().last().map(|(_, page)| page.clone()));
            }
        }
        failed
    }

    /// Every document of a kind.
    pub(crate) fn documents_of(
        &mut self,
        store: &dyn Reader,
        kind: DocumentKind,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let prefix = keys::kind(kind as u8);
        let db = Db::new(store, &mut self.pending);
        Ok(db
            .scan_all(Family::Indexes, &prefix)?
            .into_iter()
            .filter_map(|(key, _)| DocumentId::from_slice(&key[prefix.len()..]))
            .collect())
    }
}
