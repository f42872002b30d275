//! Money of cities that left an agreement: with which of them this node still has something to settle.
//!
//! Such a city gets the parcels, bills and rounds that name it, and the agreement on which they are judged; nothing else
//! (`docs/decisions/0023-money-of-a-city-that-left.md`).

use std::collections::BTreeSet;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::code::Code;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::sign::{CommandError, refuse};
use super::{Ctx, Engine};
use crate::db::Db;
use crate::document::Record;
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// The kinds of documents that are about money between cities.
const MONEY: [DocumentKind; 3] = [
    DocumentKind::Round,
    DocumentKind::Bill,
    DocumentKind::Parcel,
];

/// Says whether documents of a kind travel to cities that left, where they name them.
pub(super) fn is_money(kind: u8) -> bool {
    MONEY.iter().any(|money| *money as u8 == kind)
}

impl Engine {
    /// Finds the cities that left an agreement and are named in a document about money here.
    pub(super) fn find_settling(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        for agreement in self.agreements.keys().copied().collect::<Vec<_>>() {
            let former = self.former(&agreement);
            let mut found = BTreeSet::new();
            for kind in MONEY.into_iter().filter(|_| !former.is_empty()) {
                for document in self.documents_of(store, kind)? {
                    if found == former {
                        break;
                    }
                    let named = self.named_in(store, &agreement, &document)?;
                    found.extend(named.intersection(&former));
                }
            }
            if let Some(loaded) = self.agreements.get_mut(&agreement) {
                loaded.settling = found;
            }
        }
        Ok(())
    }

    /// A document about money may name a city that left for the first time: then it gets the agreement as well.
    pub(super) fn note_settling(
        &mut self,
        ctx: &mut Ctx<'_>,
        entry: &Entry,
    ) -> Result<(), ReadError> {
        let agreement = &entry.agreement;
        let former = self.former(agreement);
        if former.is_empty() {
            return Ok(());
        }
        // Where it failed before, the city may stand among those that settle and have nothing yet.
        let again = self.unfollowed.has(&entry.id);
        let mut new = self.named_in(ctx.store, agreement, &entry.document)?;
        new.retain(|city| former.contains(city) && (again || !self.is_settling(agreement, city)));
        if new.is_empty() {
            return Ok(());
        }
        let terms = DocumentId::from(*agreement);
        let mut history = self.entries_of(ctx.store, &terms)?;
        history.sort_by_key(|entry| (entry.header.depth, entry.id));
        for entry in history {
            let author = self.city_of_root(&entry.header.city);
            self.enqueue(ctx.store, &terms, &entry.id, &author, &new)?;
        }
        if let Some(loaded) = self.agreements.get_mut(agreement) {
            loaded.settling.extend(new);
        }
        Ok(())
    }

    /// Says whether a city left an agreement and still settles money with this node.
    pub(super) fn is_settling(&self, agreement: &AgreementId, city: &CityId) -> bool {
        let loaded = self.agreements.get(agreement);
        loaded.is_some_and(|loaded| loaded.settling.contains(city))
    }

    /// The city with a division code in each agreement of this node, as [`Engine::memberships`]; where no member has it,
    /// one that left and has money to settle.
    pub(super) fn settles_with(
        &self,
        division: DivisionCode,
    ) -> Result<Vec<(AgreementId, CityId)>, CommandError> {
        let members = self.memberships(division);
        if members.is_ok() {
            return members;
        }
        let left = self.agreements.keys().filter_map(|agreement| {
            let city = self.settling_city(agreement, division)?;
            Some((*agreement, city))
        });
        let left: Vec<(AgreementId, CityId)> = left.collect();
        match left.is_empty() {
            true => members,
            false => Ok(left),
        }
    }

    /// The member of an agreement with a division code, else the city that had it when it left.
    ///
    /// # Errors
    /// There is neither.
    pub(super) fn payee_of(
        &self,
        agreement: &AgreementId,
        division: DivisionCode,
    ) -> Result<CityId, CommandError> {
        let member = self.with_view(agreement, |view| {
            view.by_division(division).map(|member| member.city)
        });
        let left = || self.settling_city(agreement, division);
        let city = member.flatten().or_else(left);
        city.ok_or_else(|| refuse(Code::NotMember, division.to_string()))
    }

    fn settling_city(&self, agreement: &AgreementId, division: DivisionCode) -> Option<CityId> {
        let loaded = self.agreements.get(agreement)?;
        let mut left = loaded.settling.iter();
        let named = |city: &&CityId| {
            let card = loaded.card(city);
            card.is_some_and(|card| card.division == division)
        };
        left.find(named).copied()
    }

    fn former(&self, agreement: &AgreementId) -> BTreeSet<CityId> {
        let loaded = self.agreements.get(agreement);
        loaded.map(|loaded| loaded.former_ids()).unwrap_or_default()
    }

    /// The cities that a document of an agreement names. Its record is not kept in memory: there may be many.
    fn named_in(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        document: &DocumentId,
    ) -> Result<BTreeSet<CityId>, ReadError> {
        let named = |record: &Record| match record.agreement == *agreement {
            true => record.audience.named(),
            false => BTreeSet::new(),
        };
        if let Some(record) = self.records.get(document) {
            return Ok(named(record));
        }
        let db = Db::new(store, &mut self.pending);
        match db.load::<Record>(Family::Documents, &keys::document(document)) {
            // Nothing is sent to anybody on the word of a record that cannot be read.
            Err(ReadError::Damaged { .. }) => Ok(BTreeSet::new()),
            read => Ok(read?.as_ref().map(named).unwrap_or_default()),
        }
    }
}
