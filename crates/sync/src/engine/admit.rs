//! The contextual half of the gate, and what storing an entry means.
//!
//! The gate refuses only what every node would refuse at any time: encoding, size, signature,
//! sequence, depth. Rights are statuses, judged by the fold. Nothing is written for an entry that is
//! refused or waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Signature, decode_canonical, encode_canonical};
use tongban_ledger::agreement::{self, CITY_ENTRIES_MAX, RULES_VERSION};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, Status};

use super::agreements::{Loaded, index_of, insert, refusal};
use super::follow::Follows;
use super::waiting::{Missing, Place};
use super::{Ctx, Engine};
use crate::db::{Db, damaged};
use crate::document::{
    AnyState, Basis, DEPTH_MAX, Extended, Record, SEQ_MAX, fold_whole, named_by, open, read_act,
};
use crate::entry::{Entry, read_header};
use crate::keys;
use crate::reconcile::hour_of;
use crate::storage::{Family, ReadError, Reader};

/// What became of an entry at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// It is in the batch now.
    Stored,
    /// It was here before.
    Known,
    /// It waits for something it rests on.
    Waiting,
    /// No node would take it.
    Refused(Code),
}

/// An entry as stored: header, signature and public part; the sealed part lies in its own family.
#[derive(Encode, Decode)]
#[cbor(array)]
struct StoredEntry {
    #[cbor(n(0), with = "minicbor::bytes")]
    header: Vec<u8>,
    #[n(1)]
    signature: Signature,
    #[cbor(n(2), with = "minicbor::bytes")]
    public: Vec<u8>,
}

/// The document of a stored entry.
pub(super) fn document_of(db: &Db<'_>, id: &EntryId) -> Result<Option<DocumentId>, ReadError> {
    let key = keys::inventory(id);
    match db.get(Family::Inventory, &key)? {
        None => Ok(None),
        Some(bytes) => read_listed(&bytes)
            .map(|(document, _)| Some(document))
            .ok_or_else(|| damaged(Family::Inventory, &key)),
    }
}

/// The inventory's record of an entry: its document and the hour of its claimed time.
fn listed(entry: &Entry) -> Vec<u8> {
    let hour = hour_of(entry.header.time).to_be_bytes();
    [entry.document.as_bytes().as_slice(), &hour].concat()
}

/// Reads what [`listed`] wrote.
pub(super) fn read_listed(value: &[u8]) -> Option<(DocumentId, u32)> {
    let (document, hour) = value.split_at_checked(32)?;
    let hour = u32::from_be_bytes(hour.try_into().ok()?);
    Some((DocumentId::from_slice(document)?, hour))
}

/// Loads an entry with its sealed part.
pub(super) fn load_entry(
    db: &Db<'_>,
    document: &DocumentId,
    id: &EntryId,
) -> Result<Option<Entry>, ReadError> {
    let key = keys::entry(document, id);
    match db.get(Family::Entries, &key)? {
        None => Ok(None),
        Some(bytes) => read_stored(db, &key, &bytes).map(Some),
    }
}

/// Reads a stored entry; whatever does not match its own hash is damaged.
pub(super) fn read_stored(db: &Db<'_>, key: &[u8], bytes: &[u8]) -> Result<Entry, ReadError> {
    let broken = || damaged(Family::Entries, key);
    let stored: StoredEntry = decode_canonical(bytes).map_err(|_| broken())?;
    let header = read_header(&stored.header).map_err(|_| broken())?;
    let sealed = if header.sealed_len == 0 {
        Vec::new()
    } else {
        db.get(Family::Sealed, key)?.ok_or_else(broken)?
    };
    let entry = Entry::from_parts(stored.header, stored.signature, stored.public, sealed)
        .map_err(|_| broken())?;
    if key.get(32..) == Some(entry.id.as_bytes().as_slice()) {
        Ok(entry)
    } else {
        Err(broken())
    }
}

impl Engine {
    /// Says whether an entry is stored.
    pub(super) fn is_stored(
        &mut self,
        store: &dyn Reader,
        id: &EntryId,
    ) -> Result<bool, ReadError> {
        let db = Db::new(store, &mut self.pending);
        Ok(document_of(&db, id)?.is_some())
    }

    /// Says whether an entry is stored; where that cannot be read it is as good as missing.
    pub(super) fn is_listed(
        &mut self,
        store: &dyn Reader,
        id: &EntryId,
    ) -> Result<bool, ReadError> {
        match self.is_stored(store, id) {
            Err(ReadError::Damaged { .. }) => Ok(false),
            read => read,
        }
    }

    /// Takes an entry whose signature holds. `from` is the city that sent it, none for one's own.
    pub(super) fn admit(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: Entry,
        from: Option<CityId>,
    ) -> Result<Admitted, ReadError> {
        let (id, author) = (entry.id, self.city_of_root(&entry.header.city));
        let admitted = self.admit_checked(ctx, entry, from)?;
        if admitted != Admitted::Waiting {
            self.came_back(&id, admitted == Admitted::Stored);
        }
        if admitted == Admitted::Stored && from.is_some() {
            self.heed_own_entry(&author);
        }
        Ok(admitted)
    }

    fn admit_checked(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: Entry,
        from: Option<CityId>,
    ) -> Result<Admitted, ReadError> {
        if self.is_known(ctx.store, &entry)? {
            return Ok(Admitted::Known);
        }
        let Some(kind) = DocumentKind::from_number(entry.header.kind) else {
            return Ok(Admitted::Refused(Code::Argument));
        };
        if !self.agreements.contains_key(&entry.agreement) {
            // Nobody is drawn into an agreement by a peer: `agreement accept` opens it.
            return Ok(Admitted::Refused(Code::NotParty));
        }
        if let Some(missing) = self.missing(ctx.store, &entry)? {
            let Some(from) = from else {
                return Ok(Admitted::Refused(Code::StaleParent));
            };
            if self.waiting.hold(entry, true, from, missing) == Place::TooMany {
                self.too_many_wait(ctx, from);
            }
            return Ok(Admitted::Waiting);
        }
        if let Err(code) = self.check_place(ctx.store, &entry)? {
            return Ok(Admitted::Refused(code));
        }
        let late = entry.header.time.abs_diff(ctx.now.unix) > 86_400;
        if late && from.is_some() && planted(Bug::JudgeByClock) {
            return Ok(Admitted::Refused(Code::Date));
        }
        if kind == DocumentKind::Agreement {
            return self.admit_to_agreement(ctx, &entry);
        }
        self.admit_to_document(ctx, kind, &entry, from)
    }

    /// The first thing an entry rests on that is not here.
    fn missing(&mut self, store: &dyn Reader, entry: &Entry) -> Result<Option<Missing>, ReadError> {
        let heads: BTreeSet<EntryId> = match self.record(store, &entry.document)? {
            Some(record) => record.heads.keys().copied().collect(),
            None => BTreeSet::new(),
        };
        for parent in entry.parents() {
            if !heads.contains(&parent) && !self.is_stored(store, &parent)? {
                return Ok(Some(Missing::Entry(parent)));
            }
        }
        if entry.header.kind == DocumentKind::Agreement as u8 {
            return Ok(None);
        }
        let view = entry.header.view;
        match self.basis_bits(store, &entry.agreement, &view)? {
            Some(_) => Ok(None),
            None => self.missing_of_view(store, entry).map(Some),
        }
    }

    /// Either the view's heads are not known, or one of them is not here.
    fn missing_of_view(&mut self, store: &dyn Reader, entry: &Entry) -> Result<Missing, ReadError> {
        let view = entry.header.view;
        let db = Db::new(store, &mut self.pending);
        let heads = db.load::<Vec<EntryId>>(Family::Evidence, &keys::view(&view))?;
        let index = self
            .agreements
            .get(&entry.agreement)
            .map(|loaded| &loaded.index);
        let absent = heads
            .zip(index)
            .and_then(|(heads, index)| heads.into_iter().find(|head| !index.contains(head)));
        Ok(absent.map_or(Missing::View(view), Missing::Entry))
    }

    /// Sequence, depth and document of an entry whose parents are here.
    fn check_place(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<Result<(), Code>, ReadError> {
        if entry.header.is_genesis() {
            return Ok(Ok(()));
        }
        // Limits that no order of arrival changes; every node refuses the same entries.
        if entry.header.seq >= SEQ_MAX || entry.header.depth >= DEPTH_MAX {
            return Ok(Err(Code::TooLarge));
        }
        let Some(record) = self.record(store, &entry.document)? else {
            return Ok(Err(Code::StaleParent));
        };
        if record.kind != entry.header.kind || record.agreement != entry.agreement {
            return Ok(Err(Code::Argument));
        }
        let known_depths = record.heads.clone();
        let tip = record.tips.get(&entry.header.slot()).copied();
        if planted(Bug::RefuseTwin) && tip.is_some_and(|tip| tip.seq >= entry.header.seq) {
            return Ok(Err(Code::Duplicate));
        }
        let mut deepest = 0;
        for parent in entry.parents() {
            let depth = match known_depths.get(&parent) {
                Some(depth) => *depth,
                None => match self.header_in(store, &entry.document, &parent)? {
                    Some(header) => header.depth,
                    None => return Ok(Err(Code::Argument)),
                },
            };
            deepest = deepest.max(depth);
        }
        if entry.header.depth != deepest.saturating_add(1) {
            return Ok(Err(Code::Argument));
        }
        let Some(prev) = entry.header.prev else {
            return Ok(Ok(()));
        };
        let before = entry.header.seq - 1;
        if tip.is_some_and(|tip| tip.id == prev && tip.seq == before) {
            return Ok(Ok(()));
        }
        let sound = self
            .header_in(store, &entry.document, &prev)?
            .is_some_and(|header| header.seq == before && header.slot() == entry.header.slot());
        let sound = sound || planted(Bug::HoleInChain);
        Ok(if sound { Ok(()) } else { Err(Code::Argument) })
    }

    /// The header of an entry, if it lies in this document.
    fn header_in(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        id: &EntryId,
    ) -> Result<Option<crate::entry::Header>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        Ok(load_entry(&db, document, id)?.map(|entry| entry.header))
    }

    fn admit_to_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
    ) -> Result<Admitted, ReadError> {
        let author = self.city_of_root(&entry.header.city);
        let before = self.audience(ctx.store, &entry.document)?;
        let Some(loaded) = self.agreements.get(&entry.agreement) else {
            return Ok(Admitted::Refused(Code::NotParty));
        };
        if let Some(code) = refusal(&loaded.index, entry) {
            return Ok(Admitted::Refused(code));
        }
        if author != self.own.city && self.is_crowded(loaded, entry, &author) {
            return Ok(Admitted::Refused(Code::TooLarge));
        }
        // What is in the index has to be written: nothing is read any more from here on.
        let record = self.record(ctx.store, &entry.document)?.cloned();
        let Some(loaded) = self.agreements.get_mut(&entry.agreement) else {
            return Ok(Admitted::Refused(Code::NotParty));
        };
        let Some(status) = insert(Arc::make_mut(&mut loaded.index), entry) else {
            return Ok(Admitted::Refused(Code::TooLarge));
        };
        let changed = status == Status::Applied && loaded.follow_chain();
        let mut record = record.unwrap_or_else(|| agreement_record(entry));
        record.forked |= record.is_twin(entry);
        note_entry(&mut record, entry, status);
        let late = entry.header.time.abs_diff(ctx.now.unix) > 86_400;
        if late && planted(Bug::AgreementByClock) {
            record
                .irregular
                .insert(entry.id, Status::Denied(Code::Date));
        }
        self.set_record(entry.document, record);
        self.write_entry(ctx.store, entry);
        let follows = Follows {
            document: entry.document,
            before: before.into_iter().collect(),
            from: None,
            chain: changed,
            counts: status == Status::Applied,
        };
        self.follow(ctx, entry, follows);
        Ok(Admitted::Stored)
    }

    /// Says whether a city has entered as much as it may. What an entry of another member rests on is taken, so that no
    /// two nodes differ over what a third one signed.
    fn is_crowded(&self, loaded: &Loaded, entry: &Entry, author: &CityId) -> bool {
        let act = read_act(&entry.public, RULES_VERSION);
        let most = act.map_or(CITY_ENTRIES_MAX, |act: agreement::Act| {
            act.city_entries_max()
        });
        let other = |waiting: &Entry| {
            let city = self.city_of_root(&waiting.header.city);
            waiting.agreement == entry.agreement && city != *author && loaded.has_member(&city)
        };
        loaded.index.count_of(author) >= most && !self.waiting.rests_on(&entry.id, other)
    }

    /// A founder that signs only now has refused what was sent before: it gets it again.
    pub(super) fn offer_again(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<(), ReadError> {
        let author = self.city_of_root(&entry.header.city);
        let signs = matches!(
            read_act(&entry.public, RULES_VERSION),
            Ok(agreement::Act::Ratify)
        );
        if !signs || author == self.own.city {
            return Ok(());
        }
        let mut history = self.entries_of(store, &entry.document)?;
        history.sort_by_key(|entry| (entry.header.depth, entry.id));
        for earlier in history {
            if self.city_of_root(&earlier.header.city) != author {
                self.enqueue_again(store, &entry.document, &earlier.id, &author);
            }
        }
        Ok(())
    }

    /// Opens an agreement with its genesis: founding, or accepting another city's founding file.
    pub(super) fn open_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        genesis: &Entry,
    ) -> Result<Result<(), Code>, ReadError> {
        if self.agreements.contains_key(&genesis.agreement) {
            return Ok(Err(Code::Already));
        }
        let Some(index) = index_of(std::slice::from_ref(genesis)) else {
            return Ok(Err(Code::Argument));
        };
        let heads = index.heads().to_vec();
        self.agreements
            .insert(genesis.agreement, Loaded::new(index));
        self.note_members();
        self.set_record(genesis.document, agreement_record(genesis));
        self.keep_view(ctx.store, &heads)?;
        let mut db = Db::new(ctx.store, &mut self.pending);
        let key = keys::of_kind(DocumentKind::Agreement as u8, &genesis.document);
        db.put(Family::Indexes, key, Vec::new());
        self.write_entry(ctx.store, genesis);
        self.spread(ctx, genesis, &BTreeSet::new())?;
        Ok(Ok(()))
    }

    fn admit_to_document(
        &mut self,
        ctx: &mut Ctx<'_>,
        kind: DocumentKind,
        entry: &Entry,
        from: Option<CityId>,
    ) -> Result<Admitted, ReadError> {
        let genesis = entry.header.is_genesis();
        if genesis && self.is_of_others(kind, entry) {
            return Ok(Admitted::Refused(Code::NotParty));
        }
        let before = self.audience(ctx.store, &entry.document)?;
        let record = match self.judged(ctx.store, kind, entry)? {
            Some(Ok(record)) => record,
            Some(Err(code)) => return Ok(Admitted::Refused(code)),
            None => return Ok(Admitted::Refused(Code::Argument)),
        };
        self.set_record(entry.document, record);
        self.write_entry(ctx.store, entry);
        if genesis {
            self.index_document(ctx.store, kind, entry);
        }
        self.note_signs(kind, &entry.document, entry);
        if kind == DocumentKind::Case {
            self.to_answer.insert(entry.document);
        }
        if kind == DocumentKind::Consult {
            self.consults.look_at(entry.document);
        }
        if kind == DocumentKind::City {
            // A city may have announced another encryption key.
            self.encryption_keys.clear();
            if entry.header.city == self.own.city {
                self.note_page();
            }
        }
        let follows = Follows {
            document: entry.document,
            before: before.into_iter().collect(),
            from,
            chain: false,
            counts: false,
        };
        self.follow(ctx, entry, follows);
        Ok(Admitted::Stored)
    }

    /// Says whether a genesis opens what other cities have between them, which one of them shows around: whatever comes
    /// of it there, it never travels to this city.
    fn is_of_others(&self, kind: DocumentKind, genesis: &Entry) -> bool {
        let author = self.city_of_root(&genesis.header.city);
        let named = named_by(kind, genesis, author);
        named.is_some_and(|named| !named.contains(&self.own.city))
    }

    /// The document's record with the entry in it, or why no node takes the entry.
    fn judged(
        &mut self,
        store: &dyn Reader,
        kind: DocumentKind,
        entry: &Entry,
    ) -> Result<Option<Result<Record, Code>>, ReadError> {
        self.record(store, &entry.document)?;
        let view = entry.header.view;
        let Some(bits) = self.basis_bits(store, &entry.agreement, &view)? else {
            return Ok(None);
        };
        let Some(loaded) = self.agreements.get(&entry.agreement) else {
            return Ok(None);
        };
        let basis = Basis {
            index: &loaded.index,
            bits,
        };
        // The record is taken out rather than copied: whoever judges puts it back.
        let Some(mut record) = self.records.remove(&entry.document) else {
            let genesis = entry.header.is_genesis();
            let record = genesis.then(|| open(kind, entry, &basis)).flatten();
            return Ok(record.map(|record| record.with(entry)));
        };
        let sees = record.sees_everything(entry) || planted(Bug::FoldByArrival);
        let extended = match sees {
            true => record.extend(entry, &basis),
            false => Extended::No,
        };
        if extended == Extended::Yes {
            return Ok(Some(Ok(record)));
        }
        self.records.insert(entry.document, record);
        if let Extended::Refused(code) = extended {
            return Ok(Some(Err(code)));
        }
        let mut entries = self.entries_of(store, &entry.document)?;
        entries.push(entry.clone());
        let known = self.record(store, &entry.document)?.cloned();
        if let Some(known) = known
            && !is_whole(&entries, &known)
        {
            // Some entries are lost and come back one by one: nothing is judged on half of them.
            return Ok(Some(Ok(known)));
        }
        let record = self.fold(store, &entry.agreement, entries)?;
        Ok(record.map(|record| record.with(entry)))
    }

    /// Folds a document again from what is stored, as something else is known of who may sign in it. Where some entries
    /// are lost it stays as it is until they are back: then it is folded whole anyway.
    pub(super) fn fold_again(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        document: &DocumentId,
    ) -> Result<(), ReadError> {
        let entries = self.entries_of(store, document)?;
        let known = self.record(store, document)?;
        if known.is_some_and(|known| !is_whole(&entries, known)) {
            return Ok(());
        }
        if let Some(record) = self.fold(store, agreement, entries)? {
            self.set_record(*document, record);
        }
        Ok(())
    }

    /// Folds entries of one document whole.
    pub(crate) fn fold(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        mut entries: Vec<Entry>,
    ) -> Result<Option<Record>, ReadError> {
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let mut based = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(bits) = self.basis_bits(store, agreement, &entry.header.view)? else {
                return Ok(None);
            };
            based.push((entry, bits));
        }
        Ok(self
            .agreements
            .get(agreement)
            .and_then(|loaded| fold_whole(&based, &loaded.index)))
    }

    fn write_entry(&mut self, store: &dyn Reader, entry: &Entry) {
        self.counts.entries += 1;
        self.counts_dirty = true;
        self.write_records(store, entry);
    }

    /// Writes the records of an entry, new or put back.
    pub(super) fn write_records(&mut self, store: &dyn Reader, entry: &Entry) {
        let stored = StoredEntry {
            header: entry.header_bytes.clone(),
            signature: entry.signature,
            public: entry.public.clone(),
        };
        let key = keys::entry(&entry.document, &entry.id);
        let mut db = Db::new(store, &mut self.pending);
        db.put(Family::Entries, key.clone(), encode_canonical(&stored));
        if !entry.sealed.is_empty() {
            db.put(Family::Sealed, key, entry.sealed.clone());
        }
        db.put(Family::Inventory, keys::inventory(&entry.id), listed(entry));
    }

    /// Indexes a new document by kind and by its number.
    fn index_document(&mut self, store: &dyn Reader, kind: DocumentKind, entry: &Entry) {
        let state = self
            .records
            .get(&entry.document)
            .and_then(|record| record.state.clone());
        let mut db = Db::new(store, &mut self.pending);
        db.put(
            Family::Indexes,
            keys::of_kind(kind as u8, &entry.document),
            Vec::new(),
        );
        match state {
            Some(AnyState::Case(state)) => db.put(
                Family::Indexes,
                keys::case_number(&state.receive.number.to_string(), &entry.document),
                Vec::new(),
            ),
            Some(AnyState::Parcel(state)) => {
                db.put(
                    Family::Indexes,
                    keys::tracking(&state.post.tracking.bare(), &entry.document),
                    Vec::new(),
                );
                for case in &state.post.cases {
                    let key = keys::parcel_of(case, &entry.document);
                    db.put(Family::Indexes, key, Vec::new());
                }
            }
            _ => {}
        }
    }

    /// Queues an entry for the cities that may see it; a city that is new to the document gets its
    /// whole history first.
    pub(super) fn spread(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
        before: &BTreeSet<CityId>,
    ) -> Result<(), ReadError> {
        let mut now = self.audience(ctx.store, &entry.document)?;
        if planted(Bug::ForgetRecipient) && !entry.header.is_genesis() {
            now.clone_from(before);
        }
        let new: BTreeSet<CityId> = now
            .difference(before)
            .filter(|city| **city != self.own.city)
            .copied()
            .collect();
        if !new.is_empty() && !entry.header.is_genesis() {
            self.shares_key(ctx.store, &entry.document, &new)?;
            let mut history = self.entries_of(ctx.store, &entry.document)?;
            history.sort_by_key(|entry| (entry.header.depth, entry.id));
            for earlier in &history {
                let author = self.city_of_root(&earlier.header.city);
                self.enqueue(ctx.store, &entry.document, &earlier.id, &author, &new)?;
            }
        }
        let author = self.city_of_root(&entry.header.city);
        self.enqueue(ctx.store, &entry.document, &entry.id, &author, &now)?;
        self.tell_author(ctx.store, entry)
    }
}

/// Says whether entries are all that a document's record was made of, or more.
fn is_whole(entries: &[Entry], record: &Record) -> bool {
    let ids: BTreeSet<EntryId> = entries.iter().map(|entry| entry.id).collect();
    let mut needed = entries.iter().flat_map(Entry::parents);
    record.heads.keys().all(|head| ids.contains(head)) && needed.all(|id| ids.contains(&id))
}

fn agreement_record(genesis: &Entry) -> Record {
    let mut record = Record {
        kind: genesis.header.kind,
        agreement: genesis.agreement,
        heads: BTreeMap::new(),
        entries: 0,
        tips: BTreeMap::new(),
        irregular: BTreeMap::new(),
        audience: tongban_ledger::Audience {
            everyone: true,
            ..Default::default()
        },
        state: None,
        forked: false,
        blocked: false,
        certificates: None,
    };
    note_entry(&mut record, genesis, Status::Applied);
    record
}

fn note_entry(record: &mut Record, entry: &Entry, status: Status) {
    for parent in entry.parents() {
        record.heads.remove(&parent);
    }
    record.heads.insert(entry.id, entry.header.depth);
    record.entries += 1;
    record.note_tip(entry);
    if status != Status::Applied {
        record.irregular.insert(entry.id, status);
    }
}
