//! From the clerk's words to ids: cities, cases, parcels, grants.

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::case::{self, Case};
use tongban_ledger::code::Code;
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use crate::db::Db;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::keys;
use crate::storage::{Family, Reader};

/// The fewest hex digits of a document id that may stand for it.
const PREFIX_MIN: usize = 8;

impl Engine {
    /// The city with a division code, in the first agreement that has it as a member.
    pub(super) fn member(
        &self,
        division: DivisionCode,
    ) -> Result<(AgreementId, CityId), CommandError> {
        if self.agreements.is_empty() {
            return Err(refuse(Code::Agreement, "no agreement yet"));
        }
        let found = self.agreements.iter().find_map(|(id, loaded)| {
            let member = loaded
                .index
                .found()
                .founders
                .iter()
                .find(|member| member.division == division)?;
            Some((*id, member.city))
        });
        found.ok_or_else(|| refuse(Code::NotMember, division.to_string()))
    }

    /// The city with a division code.
    ///
    /// # Errors
    /// No agreement of this node has such a member.
    pub fn city_of(&self, division: DivisionCode) -> Result<CityId, CommandError> {
        self.member(division).map(|(_, city)| city)
    }

    /// The agreement for a command that names no other city.
    pub(super) fn only_agreement(&self) -> Result<AgreementId, CommandError> {
        let mut ids = self.agreements.keys();
        match (ids.next(), ids.next()) {
            (None, _) => Err(refuse(Code::Agreement, "no agreement yet")),
            (Some(only), None) => Ok(*only),
            (Some(_), Some(_)) => Err(refuse(Code::Ambiguous, "agreement")),
        }
    }

    /// A case by its number or by a unique beginning of its document id.
    pub(crate) fn find_case(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let db = Db::new(store, &mut self.pending);
        let number = reference.trim().to_ascii_uppercase();
        if let Some(bytes) = db.get(Family::Indexes, &keys::case_number(&number))? {
            return DocumentId::from_slice(&bytes).ok_or_else(|| Code::Damaged.into());
        }
        self.by_prefix(store, DocumentKind::Case, reference)
    }

    /// A parcel by its tracking number or by a unique beginning of its document id.
    pub(crate) fn find_parcel(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let db = Db::new(store, &mut self.pending);
        let number = reference.trim().to_ascii_uppercase();
        let prefix = keys::trackings(&number);
        let hits = db.scan(Family::Indexes, &prefix, &[], 2)?;
        match hits.as_slice() {
            [] => self.by_prefix(store, DocumentKind::Parcel, reference),
            [(key, _)] => {
                DocumentId::from_slice(&key[prefix.len()..]).ok_or_else(|| Code::Damaged.into())
            }
            _ => Err(refuse(Code::Ambiguous, number)),
        }
    }

    /// A case, a parcel, a city's page or an agreement: by number, or by a unique beginning of its document id.
    pub(crate) fn find_document(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let found = self.find_case(ctx.store, reference);
        let found = found.or_else(|_| self.find_parcel(ctx.store, reference));
        let found = found.or_else(|_| self.by_prefix(ctx.store, DocumentKind::City, reference));
        found.or_else(|_| self.by_prefix(ctx.store, DocumentKind::Agreement, reference))
    }

    fn by_prefix(
        &mut self,
        store: &dyn Reader,
        kind: DocumentKind,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let wanted = reference.trim().to_ascii_lowercase();
        let hex = wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
        if wanted.len() < PREFIX_MIN || !hex {
            return Err(refuse(Code::NotFound, reference));
        }
        let mut hits = self
            .documents_of(store, kind)?
            .into_iter()
            .filter(|document| document.to_string().starts_with(&wanted));
        match (hits.next(), hits.next()) {
            (None, _) => Err(refuse(Code::NotFound, reference)),
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(refuse(Code::Ambiguous, reference)),
        }
    }

    /// A case with its state.
    pub(super) fn case_state(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<(DocumentId, case::State), CommandError> {
        let document = self.find_case(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let state = record.state_of::<Case>().ok_or(Code::State)?;
        Ok((document, state.clone()))
    }

    /// A parcel with its state and agreement.
    pub(super) fn parcel_state(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<(DocumentId, AgreementId, parcel::State), CommandError> {
        let document = self.find_parcel(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let state = record.state_of::<Parcel>().ok_or(Code::State)?;
        Ok((document, record.agreement, state.clone()))
    }
}
