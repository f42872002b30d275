//! The devices of this city, what is held of revoked ones, and forks.

use std::collections::BTreeMap;

use tongban_identity::SignedDeviceCert;
use tongban_ledger::answer::{DeviceRow, EncryptionRow, ForkRow, HeldRow, KeysAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{DocumentId, DocumentKind, Status};

use crate::db::Db;
use crate::document::{Record, act_name};
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::{Entry, Slot};
use crate::forks;
use crate::keys;
use crate::storage::{Family, ReadError};

/// How old an encryption key should get, in seconds: a month.
const ENCRYPTION_S_MAX: i64 = 31 * 86_400;

impl Engine {
    /// The devices of this city, what is held, and forks.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn keys(&mut self, ctx: &Ctx<'_>) -> Result<KeysAnswer, ReadError> {
        let mut held = Vec::new();
        for entry in self.held_entries(ctx)? {
            let Some(record) = self.record(ctx.store, &entry.document)?.cloned() else {
                continue;
            };
            held.push(HeldRow {
                document: entry.document.to_string(),
                kind: kind_name(&record).to_owned(),
                label: self.label(ctx.store, &entry.document)?,
                entry: entry.id.to_string(),
                act: act_name(&entry).to_owned(),
                city: self.division(&entry.header.city),
                cert: entry.header.cert.to_string(),
                time: entry.header.time,
                parents: entry.parents().map(|parent| parent.to_string()).collect(),
            });
        }
        Ok(KeysAnswer {
            device: self.own.cert.cert_hash().to_string(),
            encryption: self.encryption_row(ctx),
            devices: self.device_rows(ctx)?,
            heads: self
                .agreements
                .iter()
                .map(|(id, loaded)| {
                    let heads = loaded.index.heads().iter();
                    (id.to_string(), heads.map(ToString::to_string).collect())
                })
                .collect(),
            held,
            forks: self.fork_rows(ctx)?,
        })
    }

    fn encryption_row(&self, ctx: &Ctx<'_>) -> EncryptionRow {
        let issued = self.own.encryption_cert.verify();
        let issued = issued.map_or(0, |cert| cert.issued);
        EncryptionRow {
            serial: self.own_serial(),
            issued,
            earlier: self.own.encryption.earlier() as u64,
            sealing: self.is_rekeying(),
            due: ctx.now.unix.saturating_sub(issued) > ENCRYPTION_S_MAX,
        }
    }

    /// How many entries are held in each document, by its number, or by its id where it has none.
    pub(super) fn held_counts(
        &mut self,
        ctx: &Ctx<'_>,
    ) -> Result<BTreeMap<String, u64>, ReadError> {
        let mut counts = BTreeMap::new();
        for entry in self.held_entries(ctx)? {
            let mut label = self.label(ctx.store, &entry.document)?;
            if label.is_empty() {
                label = entry.document.to_string();
            }
            *counts.entry(label).or_default() += 1;
        }
        Ok(counts)
    }

    fn device_rows(&mut self, ctx: &Ctx<'_>) -> Result<Vec<DeviceRow>, ReadError> {
        let (own, current) = (self.own.city, self.own.cert.cert_hash());
        let db = Db::new(ctx.store, &mut self.pending);
        let known = db.scan_all(Family::Evidence, keys::CERTIFICATES)?;
        let mut rows: Vec<DeviceRow> = known
            .into_iter()
            .filter_map(|(_, bytes)| SignedDeviceCert::from_slice(&bytes).ok()?.verify().ok())
            .filter(|cert| self.city_of_root(&cert.city) == own)
            .map(|cert| DeviceRow {
                cert: cert.cert_hash().to_string(),
                label: cert.label.clone(),
                serial: cert.serial,
                issued: cert.issued,
                revoked: self.revokes(&cert.city, &cert.cert_hash()),
                current: cert.cert_hash() == current,
            })
            .collect();
        rows.sort_by_key(|row| (row.serial, row.issued));
        Ok(rows)
    }

    /// Every entry that is held, of any city, in causal order within its document.
    pub(crate) fn held_entries(&mut self, ctx: &Ctx<'_>) -> Result<Vec<Entry>, ReadError> {
        let revoked = self.agreements.values().any(|loaded| {
            let basis = loaded.current();
            basis.view().revokes_any()
        });
        let mut held = Vec::new();
        if !revoked {
            return Ok(held);
        }
        for kind in DocumentKind::ALL {
            for document in self.documents_of(ctx.store, kind)? {
                let Some(record) = self.record(ctx.store, &document)?.cloned() else {
                    continue;
                };
                if !record.is_held() {
                    continue;
                }
                let mut entries = self.entries_of(ctx.store, &document)?;
                entries.retain(|entry| record.status(&entry.id) == Status::Held);
                entries.sort_by_key(|entry| (entry.header.depth, entry.id));
                held.extend(entries);
            }
        }
        Ok(held)
    }

    fn fork_rows(&mut self, ctx: &Ctx<'_>) -> Result<Vec<ForkRow>, ReadError> {
        let mut rows = Vec::new();
        if planted(Bug::HideForks) {
            return Ok(rows);
        }
        for document in self.forked_documents(ctx)? {
            let Some(record) = self.record(ctx.store, &document)?.cloned() else {
                continue;
            };
            for twins in self.twins_of(ctx, &document)? {
                let city = twins[0].header.city;
                rows.push(ForkRow {
                    document: document.to_string(),
                    kind: kind_name(&record).to_owned(),
                    label: self.label(ctx.store, &document)?,
                    city: self.division(&city),
                    entries: twins.iter().map(|twin| twin.id.to_string()).collect(),
                    statuses: twins
                        .iter()
                        .map(|twin| record.status(&twin.id).name().to_owned())
                        .collect(),
                });
            }
        }
        Ok(rows)
    }

    /// Documents in which some device signed two entries in one place.
    pub(super) fn forked_documents(&mut self, ctx: &Ctx<'_>) -> Result<Vec<DocumentId>, ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let found = db.scan_all(Family::Indexes, keys::FORKED)?;
        Ok(found
            .into_iter()
            .filter_map(|(key, _)| DocumentId::from_slice(&key[keys::FORKED.len()..]))
            .collect())
    }

    /// Writes the proof that a device signed two entries of a document in one place.
    ///
    /// # Errors
    /// There are no such entries (`E_NOT_FOUND`), or a record could not be read.
    pub fn fork_proof(&mut self, ctx: &Ctx<'_>, reference: &str) -> Result<Vec<u8>, CommandError> {
        let document = self.find_document(ctx, reference)?;
        let groups = self.twins_of(ctx, &document)?;
        let Some([one, other, ..]) = groups.first().map(Vec::as_slice) else {
            return Err(refuse(Code::NotFound, "no fork"));
        };
        let db = Db::new(ctx.store, &mut self.pending);
        let cert = db.get(Family::Evidence, &keys::certificate(&one.header.cert))?;
        Ok(forks::write(cert.ok_or(Code::Damaged)?, one, other))
    }

    /// Groups of twins in a document, each ascending by id.
    pub(crate) fn twins_of(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<Vec<Vec<Entry>>, ReadError> {
        let mut places: BTreeMap<(Slot, u64), Vec<Entry>> = BTreeMap::new();
        for entry in self.entries_of(ctx.store, document)? {
            let place = (entry.header.slot(), entry.header.seq);
            places.entry(place).or_default().push(entry);
        }
        let mut groups: Vec<Vec<Entry>> = places
            .into_values()
            .filter(|twins| twins.len() > 1)
            .collect();
        for twins in &mut groups {
            twins.sort_by_key(|twin| twin.id);
        }
        Ok(groups)
    }
}

fn kind_name(record: &Record) -> &'static str {
    DocumentKind::from_number(record.kind).map_or("unknown", DocumentKind::name)
}
