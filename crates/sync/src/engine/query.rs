//! Answers: what a clerk, an operator or a scenario asks of a node.

mod agenda;
mod bill;
mod case;
mod consult;
mod decide;
mod evidence;
mod keys;
mod meeting;
mod pages;
mod parcels;
mod people;
mod reliance;
mod resolution;
mod round;
mod settlement;
mod status;
mod terms;

use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::answer::{RootRow, RootsAnswer, VerifyAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::meeting::Part;
use tongban_ledger::{DocumentId, DocumentKind};

use super::{Ctx, Engine};
use crate::db::Db;
use crate::keys as places;
use crate::storage::{Family, ReadError};

pub use case::CaseFilter;
pub(super) use case::running;
pub(super) use people::start_of;

impl Engine {
    /// A member's division code; zeros for a city that is no member of any agreement.
    pub fn division_of(&self, city: &CityId) -> Option<DivisionCode> {
        self.founder(city).map(|founder| founder.division)
    }

    pub(super) fn division(&self, city: &CityId) -> DivisionCode {
        self.division_of(city)
            .unwrap_or(self.own.attributes.division)
    }

    /// The state root of every document.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn roots(&mut self, ctx: &Ctx<'_>) -> Result<RootsAnswer, ReadError> {
        let mut documents = BTreeMap::new();
        for kind in DocumentKind::ALL {
            for document in self.documents_of(ctx.store, kind)? {
                documents.insert(document.to_string(), self.root_row(ctx, kind, &document)?);
            }
        }
        Ok(RootsAnswer { documents })
    }

    fn root_row(
        &mut self,
        ctx: &Ctx<'_>,
        kind: DocumentKind,
        document: &DocumentId,
    ) -> Result<RootRow, ReadError> {
        let label = match kind {
            DocumentKind::Agreement => self
                .agreements
                .get(&(*document).into())
                .map(|loaded| loaded.index.found().code.clone())
                .unwrap_or_default(),
            _ => self.label(ctx.store, document)?,
        };
        let file = match kind {
            DocumentKind::Case => hex(&self.case_file(ctx.store, document)?.digest()),
            DocumentKind::Meeting => {
                let mut digests = String::new();
                for part in Part::ALL {
                    let (file, _) = self.meeting_file(ctx.store, document, part)?;
                    digests.push_str(&hex(&file.digest()));
                }
                digests
            }
            _ => String::new(),
        };
        let audience = self
            .audience(ctx.store, document)?
            .iter()
            .map(|city| self.division(city))
            .collect();
        let (root, entries) = match self.record(ctx.store, document)? {
            Some(record) => (record.root(), record.entries),
            None => (tongban_identity::Hash32([0; 32]), 0),
        };
        let root = match self.agreements.get(&(*document).into()) {
            Some(loaded) => loaded.index.state_root(),
            None => root,
        };
        Ok(RootRow {
            kind: kind.name().to_owned(),
            label,
            root: root.to_string(),
            file,
            audience,
            entries,
        })
    }

    /// Folds every document again from its entries, checks every hash and signature, and compares
    /// with the cached records.
    ///
    /// # Errors
    /// The store cannot be read at all; damage of single records is part of the answer.
    pub fn verify(&mut self, ctx: &Ctx<'_>) -> Result<VerifyAnswer, ReadError> {
        let mut answer = VerifyAnswer::default();
        for kind in DocumentKind::ALL {
            for document in self.documents_of(ctx.store, kind)? {
                answer.documents += 1;
                match self.verify_document(ctx, kind, &document) {
                    Ok(Ok(entries)) => answer.entries += entries,
                    Ok(Err(code)) => self.note_damage(ctx, kind, &document, code, &mut answer),
                    Err(ReadError::Damaged { .. }) => {
                        self.note_damage(ctx, kind, &document, Code::Damaged, &mut answer);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        // Lists are made from the rest, so what is wrong with them is mended at once.
        for place in self.check_lists(ctx)? {
            answer.damaged.push((place, Code::Damaged));
        }
        Ok(answer)
    }

    /// Notes damage, with the name under which people know the document.
    fn note_damage(
        &mut self,
        ctx: &Ctx<'_>,
        kind: DocumentKind,
        document: &DocumentId,
        code: Code,
        answer: &mut VerifyAnswer,
    ) {
        let name = document.to_string();
        // The number stands in the record or the genesis; either may be what is damaged.
        let label = self.label(ctx.store, document).unwrap_or_default();
        let known = format!("{} {label}", kind.name()).trim_end().to_owned();
        answer.names.insert(name.clone(), known);
        answer.damaged.push((name, code));
    }

    fn verify_document(
        &mut self,
        ctx: &Ctx<'_>,
        kind: DocumentKind,
        document: &DocumentId,
    ) -> Result<Result<u64, Code>, ReadError> {
        let entries = self.entries_of(ctx.store, document)?;
        let count = entries.len() as u64;
        for entry in &entries {
            let cert = self.cert(ctx.store, &entry.header.cert)?;
            let sound = cert
                .and_then(|cert| entry.signer(&cert).ok())
                .is_some_and(|key| entry.verify(&key));
            if !sound || entry.document != *document {
                return Ok(Err(Code::Damaged));
            }
        }
        let db = Db::new(ctx.store, &mut self.pending);
        let stored: Option<crate::document::Record> =
            db.load(Family::Documents, &places::document(document))?;
        if kind == DocumentKind::Agreement {
            let same = stored.is_some_and(|record| record.entries == count);
            return Ok(if same { Ok(count) } else { Err(Code::Damaged) });
        }
        let Some(agreement) = entries.first().map(|entry| entry.agreement) else {
            return Ok(Err(Code::Damaged));
        };
        let folded = self.fold(ctx.store, &agreement, entries)?;
        Ok(if folded.is_some() && folded == stored {
            Ok(count)
        } else {
            Err(Code::Damaged)
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
