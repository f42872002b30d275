//! From the clerk's words to ids: cities, cases, parcels, grants.

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::case::{self, Case};
use tongban_ledger::code::Code;
use tongban_ledger::consult::{self, Consult};
use tongban_ledger::meeting::{self, JointMeeting};
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use crate::db::{Db, unhex};
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::keys;
use crate::storage::{Family, Reader};

/// The fewest hex digits of an id that may stand for it.
pub(super) const PREFIX_MIN: usize = 8;
/// How many digits of an id a refusal gives.
const NAMED_DIGITS: usize = 12;
/// How many of several objects a refusal names.
const NAMED_MAX: usize = 4;

impl Engine {
    /// The city with a division code in every agreement that has it as a member, those in force first; never
    /// empty.
    pub(in crate::engine) fn memberships(
        &self,
        division: DivisionCode,
    ) -> Result<Vec<(AgreementId, CityId)>, CommandError> {
        if self.agreements.is_empty() {
            return Err(refuse(Code::Agreement, "no agreement yet"));
        }
        let mut found: Vec<(AgreementId, CityId)> = Vec::new();
        for (id, loaded) in &self.agreements {
            let mut members = loaded.members();
            let member = members.find(|member| member.division == division);
            found.extend(member.map(|member| (*id, member.city)));
        }
        found.sort_by_key(|(id, _)| !self.in_force(id));
        if found.is_empty() {
            return Err(refuse(Code::NotMember, division.to_string()));
        }
        Ok(found)
    }

    /// The city with a division code, in an agreement that has it as a member: one in force where there is any.
    pub(super) fn member(
        &self,
        division: DivisionCode,
    ) -> Result<(AgreementId, CityId), CommandError> {
        Ok(self.memberships(division)?[0])
    }

    /// The city with a division code.
    ///
    /// # Errors
    /// No agreement of this node has such a member.
    pub fn city_of(&self, division: DivisionCode) -> Result<CityId, CommandError> {
        self.member(division).map(|(_, city)| city)
    }

    /// The agreement that a command means: by a unique beginning of its id, else the only one, else the only one
    /// in force.
    pub(in crate::engine) fn agreement(
        &self,
        named: Option<&str>,
    ) -> Result<AgreementId, CommandError> {
        if self.agreements.is_empty() {
            return Err(refuse(Code::Agreement, "no agreement yet"));
        }
        let all: Vec<AgreementId> = self.agreements.keys().copied().collect();
        let in_force = all.iter().filter(|id| self.in_force(id)).copied();
        let in_force: Vec<AgreementId> = in_force.collect();
        let meant = match named.map(|named| named.trim().to_ascii_lowercase()) {
            Some(named) => {
                let fits = |id: &AgreementId| id.to_string().starts_with(&named);
                let fitting: Vec<AgreementId> = all.into_iter().filter(fits).collect();
                if named.len() < PREFIX_MIN || fitting.is_empty() {
                    return Err(refuse(Code::NotFound, named));
                }
                fitting
            }
            None if in_force.len() == 1 => in_force,
            None => all,
        };
        match meant.as_slice() {
            [only] => Ok(*only),
            several => Err(ambiguous(several)),
        }
    }

    /// Says whether every founder signed an agreement.
    pub(super) fn in_force(&self, agreement: &AgreementId) -> bool {
        self.with_view(agreement, |view| view.effective())
            .unwrap_or(false)
    }

    /// A case by its number or by a unique beginning of its document id.
    pub(crate) fn find_case(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let number = reference.trim().to_ascii_uppercase();
        match self.listed(store, &keys::case_numbers(&number))?.as_slice() {
            [] => self.by_prefix(store, DocumentKind::Case, reference),
            [only] => Ok(*only),
            several => Err(ambiguous(several)),
        }
    }

    /// A parcel by its tracking number or by a unique beginning of its document id.
    pub(crate) fn find_parcel(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let number = reference.trim().to_ascii_uppercase();
        let bare = number.replace('-', "");
        match self.listed(store, &keys::trackings(&bare))?.as_slice() {
            [] => self.by_prefix(store, DocumentKind::Parcel, reference),
            [only] => Ok(*only),
            several => Err(ambiguous(several)),
        }
    }

    /// A consult by a unique beginning of its document id.
    pub(crate) fn find_consult(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        self.by_prefix(store, DocumentKind::Consult, reference)
    }

    /// A consult with its state.
    pub(super) fn consult_state(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<(DocumentId, consult::State), CommandError> {
        let document = self.find_consult(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let state = record.state_of::<Consult>().ok_or(Code::State)?;
        Ok((document, state.clone()))
    }

    /// A meeting by its number or by a unique beginning of its document id.
    pub(crate) fn find_meeting(
        &mut self,
        store: &dyn Reader,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let mut named = Vec::new();
        for document in self.documents_of(store, DocumentKind::Meeting)? {
            let record = self.record(store, &document)?;
            let state = record.and_then(|record| record.state_of::<JointMeeting>());
            if state.is_some_and(|state| state.convene.number == reference.trim()) {
                named.push(document);
            }
        }
        match named.as_slice() {
            [] => self.by_prefix(store, DocumentKind::Meeting, reference),
            [only] => Ok(*only),
            several => Err(ambiguous(several)),
        }
    }

    /// A meeting with its state.
    pub(super) fn meeting_state(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<(DocumentId, meeting::State), CommandError> {
        let document = self.find_meeting(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let state = record.state_of::<JointMeeting>().ok_or(Code::State)?;
        Ok((document, state.clone()))
    }

    /// The documents that an index lists under a prefix, a few at most.
    fn listed(
        &mut self,
        store: &dyn Reader,
        prefix: &[u8],
    ) -> Result<Vec<DocumentId>, CommandError> {
        let db = Db::new(store, &mut self.pending);
        let hits = db.scan(Family::Indexes, prefix, &[], NAMED_MAX)?;
        hits.iter()
            .map(|(key, _)| DocumentId::from_slice(&key[prefix.len()..]))
            .map(|document| document.ok_or_else(|| Code::Damaged.into()))
            .collect()
    }

    /// A case, a parcel, a consult, a city's page or an agreement: by number, or by a unique beginning of its document id.
    pub(crate) fn find_document(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<DocumentId, CommandError> {
        let found = self.find_case(ctx.store, reference);
        if let Err(CommandError::Refused(refusal)) = &found
            && refusal.code == Code::Ambiguous
        {
            return found;
        }
        let found = found.or_else(|_| self.find_parcel(ctx.store, reference));
        let found = found.or_else(|_| self.find_consult(ctx.store, reference));
        let found = found.or_else(|_| self.find_meeting(ctx.store, reference));
        let found = found.or_else(|_| self.by_prefix(ctx.store, DocumentKind::City, reference));
        let found = found.or_else(|_| self.by_prefix(ctx.store, DocumentKind::Bill, reference));
        let found = found.or_else(|_| self.by_prefix(ctx.store, DocumentKind::Round, reference));
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
        let all = keys::kind(kind as u8);
        let bytes = |digits: &str| [all.clone(), unhex(digits).unwrap_or_default()].concat();
        let prefix = bytes(&wanted[..wanted.len() & !1]);
        // An odd last digit is the upper half of one more byte.
        let from = match wanted.len() % 2 {
            0 => prefix.clone(),
            _ => bytes(&format!("{wanted}0")),
        };
        let db = Db::new(store, &mut self.pending);
        let hits: Vec<DocumentId> = db
            .scan(Family::Indexes, &prefix, &from, NAMED_MAX)?
            .iter()
            .filter_map(|(key, _)| DocumentId::from_slice(&key[all.len()..]))
            .filter(|document| document.to_string().starts_with(&wanted))
            .collect();
        match hits.as_slice() {
            [] => Err(refuse(Code::NotFound, reference)),
            [only] => Ok(*only),
            several => Err(ambiguous(several)),
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
        let agreement = record.agreement;
        let state = record.state_of::<Case>().ok_or(Code::State)?.clone();
        // Whatever else is wrong with its act, a city that left signs none.
        let root = self.own.cert.city;
        if self.with_view(&agreement, |view| view.is_gone(&root)) == Some(true) {
            return Err(Code::KeyRevoked.into());
        }
        Ok((document, state))
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

/// Names what a reference may mean, by beginnings of ids that can be given instead.
fn ambiguous<T: ToString>(several: &[T]) -> CommandError {
    let ids = several.iter().take(NAMED_MAX).map(ToString::to_string);
    let ids: Vec<String> = ids
        .map(|id| id.chars().take(NAMED_DIGITS).collect())
        .collect();
    refuse(Code::Ambiguous, ids.join(", "))
}
