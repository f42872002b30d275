//! Stored entries that cannot be read: they are asked for again from the cities that hold them, and put back.
//!
//! An entry's id is the hash of what it must be, so whatever comes under it, with a signature that holds, is what was
//! lost. The document's record was made when the entry was whole; it is judged again only for what was learnt meanwhile,
//! as it could not be judged without the entry.

use tongban_identity::CityId;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use super::admit::{document_of, load_entry};
use super::revoked::Kept;
use super::waiting::Missing;
use super::{Ctx, Engine, Notice, Output};
use crate::db::{Db, unhex};
use crate::entry::Entry;
use crate::storage::{Family, ReadError, Reader};

/// The most damaged entries that are asked for at a time; others are found again.
const MENDING_MAX: usize = 4_096;

impl Engine {
    /// Asks again for damaged entries that a scrub named, `entries/DOCUMENT/ENTRY` or `sealed/DOCUMENT/ENTRY`; other
    /// places are passed over.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn mend(&mut self, ctx: &mut Ctx<'_>, places: &[String]) -> Result<(), ReadError> {
        for place in places {
            if let Some((document, entry)) = entry_at(place) {
                self.want_damaged(ctx.store, document, entry)?;
            }
        }
        self.settle_or_rest(ctx)
    }

    /// Of the places that a scrub named, those that are damaged still.
    pub fn still_damaged(&mut self, store: &dyn Reader, mut places: Vec<String>) -> Vec<String> {
        places.retain(|place| {
            let Some((document, id)) = entry_at(place) else {
                return true;
            };
            let db = Db::new(store, &mut self.pending);
            !matches!(load_entry(&db, &document, &id), Ok(Some(_)))
        });
        places
    }

    /// Notes what a read found damaged; says whether something is asked for.
    pub(super) fn heed_damage<T>(
        &mut self,
        store: &dyn Reader,
        read: &Result<T, ReadError>,
    ) -> bool {
        match read {
            Err(error) => self.note_unreadable(store, error),
            Ok(_) => false,
        }
    }

    /// Notes a damaged record; says whether it is asked for.
    pub(super) fn note_unreadable(&mut self, store: &dyn Reader, error: &ReadError) -> bool {
        let ReadError::Damaged { family, key } = error else {
            return false;
        };
        let of_entry = *family == Family::Entries.name() || *family == Family::Sealed.name();
        let Some(bytes) = unhex(key).filter(|bytes| of_entry && bytes.len() == 64) else {
            return false;
        };
        let (document, id) = bytes.split_at(32);
        let Some(pair) = DocumentId::from_slice(document).zip(EntryId::from_slice(id)) else {
            return false;
        };
        // Where the document itself cannot be read, nobody knows whom to ask.
        self.want_damaged(store, pair.0, pair.1).is_ok()
    }

    fn want_damaged(
        &mut self,
        store: &dyn Reader,
        document: DocumentId,
        id: EntryId,
    ) -> Result<(), ReadError> {
        let audience = self.audience(store, &document)?;
        if self.mending.len() >= MENDING_MAX || !audience.contains(&self.own.city) {
            return Ok(());
        }
        self.mending.insert(id, document);
        for city in audience {
            let linked = self
                .peers
                .get(&city)
                .is_some_and(|peer| peer.link.is_some());
            if linked {
                self.waiting.want(Missing::Entry(id), city);
            }
        }
        Ok(())
    }

    /// Asks a city that has just linked for damaged entries of documents that it sees too.
    pub(super) fn want_damaged_from(
        &mut self,
        store: &dyn Reader,
        city: &CityId,
    ) -> Result<(), ReadError> {
        let mut failed = Ok(());
        for (id, document) in self.mending.clone() {
            match self.may_see(store, &document, city) {
                Ok(true) => self.waiting.want(Missing::Entry(id), *city),
                // Another link would find it damaged again.
                Ok(false) | Err(ReadError::Damaged { .. }) => {}
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed
    }

    /// Says whether an entry is stored already. What is left of it is put back whole where it cannot be read, or where
    /// a record of it is gone.
    pub(super) fn is_known(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<bool, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let listed = match document_of(&db, &entry.id) {
            Err(ReadError::Damaged { .. }) => None,
            read => Some(read?.is_some()),
        };
        if listed == Some(true) && !self.mending.contains_key(&entry.id) {
            return Ok(true);
        }
        let db = Db::new(store, &mut self.pending);
        let kept = match load_entry(&db, &entry.document, &entry.id) {
            Err(ReadError::Damaged { .. }) => None,
            read => Some(read?.is_some()),
        };
        let folded = entry.header.kind == DocumentKind::Agreement as u8
            && self
                .agreements
                .get(&entry.agreement)
                .is_some_and(|loaded| loaded.index.contains(&entry.id));
        if listed == Some(false) && kept == Some(false) && !folded {
            return Ok(false);
        }
        self.mending.remove(&entry.id);
        if (listed, kept) != (Some(true), Some(true)) {
            self.write_records(store, entry);
            self.files
                .retain(|(document, _), _| *document != entry.document);
            if entry.header.kind != DocumentKind::Agreement as u8 {
                let signed = (entry.document, entry.header.cert);
                self.to_judge.entry(signed).or_insert(Kept::No);
            }
            let (document, entry) = (entry.document, entry.id);
            self.outputs
                .push_back(Output::Notice(Notice::Mended { document, entry }));
        }
        Ok(true)
    }
}

/// The entry that a place of a scrub names, if it is one.
fn entry_at(place: &str) -> Option<(DocumentId, EntryId)> {
    let (family, ids) = place.split_once('/')?;
    if family != Family::Entries.name() && family != Family::Sealed.name() {
        return None;
    }
    let (document, id) = ids.split_once('/')?;
    let document = DocumentId::from_slice(&unhex(document)?)?;
    Some((document, EntryId::from_slice(&unhex(id)?)?))
}
