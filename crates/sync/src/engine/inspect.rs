//! Reading a node's disk without its engine: for checks and tools that must not rest on what they check.
//!
//! Nothing here writes, and nothing is kept: each call reads what it needs again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_identity::{
    CertHash, ContentKeyId, DeviceCert, EncryptionKey, SignedDeviceCert, decode_canonical,
};
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use super::admit::{load_entry, read_listed, read_stored};
use super::agreements::index_of;
use crate::db::{Db, Pending, damaged};
use crate::document::{Record, fold_whole};
use crate::entry::{Entry, Header};
use crate::keys;
use crate::seal::{self, Private};
use crate::storage::{Family, ReadError, Reader, Write};

/// The entry that a write stores, if it stores one: its document and its id.
pub fn stored_entry(write: &Write) -> Option<(DocumentId, EntryId)> {
    if write.family != Family::Entries || write.value.is_none() {
        return None;
    }
    let (document, id) = write.key.split_at_checked(32)?;
    Some((DocumentId::from_slice(document)?, EntryId::from_slice(id)?))
}

/// The document of an entry, by the inventory's record of it.
pub fn listed_document(value: &[u8]) -> Option<DocumentId> {
    read_listed(value).map(|(document, _)| document)
}

/// The document record that a write stores, if it stores one.
pub fn stored_record(write: &Write) -> Option<(DocumentId, Record)> {
    if write.family != Family::Documents {
        return None;
    }
    let document = DocumentId::from_slice(&write.key)?;
    let record = decode_canonical(write.value.as_ref()?).ok()?;
    Some((document, record))
}

/// Reads an entry with its sealed part; its hashes are checked, its signature is not.
///
/// # Errors
/// The record is damaged or cannot be read.
pub fn entry(
    store: &dyn Reader,
    document: &DocumentId,
    id: &EntryId,
) -> Result<Option<Entry>, ReadError> {
    load_entry(&Db::new(store, &mut Pending::default()), document, id)
}

/// Reads every entry of a document, in order of depth and id.
///
/// # Errors
/// A record is damaged or cannot be read.
pub fn entries(store: &dyn Reader, document: &DocumentId) -> Result<Vec<Entry>, ReadError> {
    let mut pending = Pending::default();
    let db = Db::new(store, &mut pending);
    let mut entries = Vec::new();
    for (key, bytes) in db.scan_all(Family::Entries, &keys::entries(document))? {
        entries.push(read_stored(&db, &key, &bytes)?);
    }
    entries.sort_by_key(|entry| (entry.header.depth, entry.id));
    Ok(entries)
}

/// Every document of a kind.
///
/// # Errors
/// The store cannot be read.
pub fn documents(store: &dyn Reader, kind: DocumentKind) -> Result<Vec<DocumentId>, ReadError> {
    let prefix = keys::kind(kind as u8);
    let mut pending = Pending::default();
    let found = Db::new(store, &mut pending).scan_all(Family::Indexes, &prefix)?;
    Ok(found
        .into_iter()
        .filter_map(|(key, _)| DocumentId::from_slice(&key[prefix.len()..]))
        .collect())
}

/// Reads a device certificate and checks it.
///
/// # Errors
/// The record is damaged or cannot be read.
pub fn certificate(store: &dyn Reader, hash: &CertHash) -> Result<Option<DeviceCert>, ReadError> {
    let key = keys::certificate(hash);
    let Some(bytes) = store.get(Family::Evidence, &key)? else {
        return Ok(None);
    };
    let signed = SignedDeviceCert::from_slice(&bytes).ok();
    let sound = signed.filter(|signed| signed.cert_hash() == *hash);
    let cert = sound.and_then(|signed| signed.verify().ok());
    cert.map(|cert| Some(cert.into_inner()))
        .ok_or_else(|| damaged(Family::Evidence, &key))
}

/// Reads a document's record.
///
/// # Errors
/// The record is damaged or cannot be read.
pub fn record(store: &dyn Reader, document: &DocumentId) -> Result<Option<Record>, ReadError> {
    Db::new(store, &mut Pending::default()).load(Family::Documents, &keys::document(document))
}

/// The content keys that a node holds, with their documents.
///
/// # Errors
/// The store cannot be read.
pub fn content_keys(store: &dyn Reader) -> Result<Vec<(DocumentId, ContentKeyId)>, ReadError> {
    let mut pending = Pending::default();
    let found = Db::new(store, &mut pending).scan_all(Family::Sealed, keys::CONTENT_KEYS)?;
    Ok(found
        .iter()
        .filter_map(|(place, _)| keys::read_content_key(place))
        .collect())
}

/// Seals a file change as the holder of a city's keys can, under some content key of the document.
///
/// # Errors
/// The store cannot be read.
pub fn seal_change(
    store: &dyn Reader,
    own: &EncryptionKey,
    document: &DocumentId,
    header: &Header,
    change: Vec<u8>,
    nonce: [u8; 24],
) -> Result<Option<Vec<u8>>, ReadError> {
    let mut pending = Pending::default();
    let db = Db::new(store, &mut pending);
    let keys = content_keys(store)?;
    let Some((_, id)) = keys.iter().find(|(of, _)| of == document) else {
        return Ok(None);
    };
    let private = Private {
        change: Some(change),
        ..Private::default()
    };
    let key = seal::load_key(&db, own, document, id)?;
    Ok(key.map(|key| seal::seal(&key, nonce, header, &private)))
}

/// The content key that an entry's sealed part needs, if it has one.
pub fn sealed_under(entry: &Entry) -> Option<ContentKeyId> {
    seal::key_of(&entry.sealed)
}

/// Folds a document in an order of the caller's choice: `pick` names one of so many entries that may
/// come next. Nothing where the document is an agreement, or something it rests on is not here.
///
/// # Errors
/// A record is damaged or cannot be read.
pub fn fold_in_order(
    store: &dyn Reader,
    document: &DocumentId,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Result<Option<Record>, ReadError> {
    let entries = entries(store, document)?;
    let Some(agreement) = entries.first().map(|entry| entry.agreement) else {
        return Ok(None);
    };
    let Some(index) = index_of(&self::entries(store, &agreement.into())?) else {
        return Ok(None);
    };
    let mut based = Vec::with_capacity(entries.len());
    for entry in shuffled(entries, pick) {
        let heads = store.get(Family::Evidence, &keys::view(&entry.header.view))?;
        let heads = heads.and_then(|bytes| decode_canonical::<Vec<EntryId>>(&bytes).ok());
        let Some(bits) = heads.and_then(|heads| index.history(&heads)) else {
            return Ok(None);
        };
        based.push((entry, Arc::new(bits)));
    }
    Ok(fold_whole(&based, &index))
}

/// Puts entries into a causal order of the caller's choice.
fn shuffled(entries: Vec<Entry>, pick: &mut dyn FnMut(usize) -> usize) -> Vec<Entry> {
    let mut left: BTreeMap<EntryId, Entry> =
        entries.into_iter().map(|entry| (entry.id, entry)).collect();
    let mut placed: BTreeSet<EntryId> = BTreeSet::new();
    let mut order = Vec::with_capacity(left.len());
    loop {
        let ready: Vec<EntryId> = left
            .values()
            .filter(|entry| entry.parents().all(|parent| placed.contains(&parent)))
            .map(|entry| entry.id)
            .collect();
        if ready.is_empty() {
            return order;
        }
        let id = ready[pick(ready.len()) % ready.len()];
        placed.insert(id);
        order.extend(left.remove(&id));
    }
}
