//! Commands about devices: entering a revocation, and retaining what a revoked device signed.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CertHash, CityId};
use tongban_ledger::agreement;
use tongban_ledger::answer::Done;
use tongban_ledger::bill::{self, Bill};
use tongban_ledger::case::{self, Case};
use tongban_ledger::city::{self, City};
use tongban_ledger::code::Code;
use tongban_ledger::command::{RetainEntries, RevokeKey};
use tongban_ledger::consult::{self, Consult};
use tongban_ledger::meeting::{self, JointMeeting};
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::round::{self, Round};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, RETAIN_HEADS_MAX, Retain};

use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::founding::read_revocation;
use crate::seal::Private;

/// What a revoked device signed in one document.
struct Signed {
    /// Its entries in causal order.
    entries: Vec<Entry>,
}

impl Engine {
    /// Enters a revocation into every agreement of its city.
    pub(super) fn revoke_key(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &RevokeKey,
    ) -> Result<Done, CommandError> {
        let revocation = read_revocation(&args.revocation)
            .map_err(|error| refuse(error.code(), error.to_string()))?;
        if revocation.cert == self.own.cert.cert_hash() {
            // What this node signs from now on would be denied: another device enters it.
            return Err(refuse(Code::KeyRevoked, "this node's own device"));
        }
        let act = agreement::Act::Revoke(revocation.to_root_signed().to_vec());
        let mut unsigned = None;
        let mut agreements: Vec<AgreementId> = Vec::new();
        for (id, loaded) in &self.agreements {
            let basis = loaded.current();
            let view = basis.view();
            let enters = view.speaker(&revocation.city).is_some()
                && !view.is_revoked(&revocation.city, &revocation.cert);
            match view.effective() {
                // Nothing is entered into an agreement that is not in force, and nothing counts under it.
                false => unsigned = unsigned.or(enters.then_some(*id)),
                true => agreements.extend(enters.then_some(*id)),
            }
        }
        if agreements.is_empty() {
            let known = self.revokes(&revocation.city, &revocation.cert);
            return Err(match (known, unsigned) {
                (true, _) => Code::Already,
                (false, Some(_)) => Code::Agreement,
                (false, None) => Code::NotMember,
            }
            .into());
        }
        let mut done = Done::default();
        for agreement in agreements {
            let entry = self.sign_in_agreement(ctx, agreement, &act)?;
            done.document = agreement.to_string();
            done.entries.push(entry.to_string());
        }
        Ok(done)
    }

    /// Signs a `Retain` in each document with held entries of this city.
    pub(super) fn retain_entries(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &RetainEntries,
    ) -> Result<Done, CommandError> {
        let documents: BTreeSet<DocumentId> = match &args.document {
            Some(reference) => BTreeSet::from([self.find_document(ctx, reference)?]),
            None => self.held_documents(ctx)?,
        };
        let mut done = Done::default();
        let mut unused: BTreeSet<&str> = args.without.iter().map(String::as_str).collect();
        for document in documents {
            for (cert, signed) in self.held_in(ctx, &document)? {
                let left_out = left_out(&signed.entries, &args.without, &mut unused)?;
                let heads = kept_heads(&signed.entries, &left_out);
                if heads.len() > RETAIN_HEADS_MAX {
                    return Err(refuse(Code::TooLarge, "heads"));
                }
                let entry = self.sign_retain(ctx, &document, Retain { cert, heads })?;
                done.document = document.to_string();
                done.entries.push(entry.to_string());
            }
        }
        if let Some(unknown) = unused.into_iter().next() {
            return Err(refuse(Code::NotFound, unknown));
        }
        if done.entries.is_empty() {
            return Err(refuse(Code::NotFound, "held entries"));
        }
        Ok(done)
    }

    fn sign_retain(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: &DocumentId,
        retain: Retain,
    ) -> Result<EntryId, CommandError> {
        let kind = self
            .record(ctx.store, document)?
            .and_then(|record| DocumentKind::from_number(record.kind));
        let none = Private::default();
        match kind {
            Some(DocumentKind::Case) => {
                self.sign_act::<Case>(ctx, document, &case::Act::Retain(retain), none)
            }
            Some(DocumentKind::Parcel) => {
                self.sign_act::<Parcel>(ctx, document, &parcel::Act::Retain(retain), none)
            }
            Some(DocumentKind::City) => {
                self.sign_act::<City>(ctx, document, &city::Act::Retain(retain), none)
            }
            Some(DocumentKind::Consult) => {
                self.sign_act::<Consult>(ctx, document, &consult::Act::Retain(retain), none)
            }
            Some(DocumentKind::Bill) => {
                self.sign_act::<Bill>(ctx, document, &bill::Act::Retain(retain), none)
            }
            Some(DocumentKind::Round) => {
                self.sign_act::<Round>(ctx, document, &round::Act::Retain(retain), none)
            }
            Some(DocumentKind::Meeting) => {
                self.sign_act::<JointMeeting>(ctx, document, &meeting::Act::Retain(retain), none)
            }
            Some(DocumentKind::Agreement) | None => Err(Code::NotFound.into()),
        }
    }

    /// Documents with entries of this city's revoked devices that are held.
    fn held_documents(&mut self, ctx: &Ctx<'_>) -> Result<BTreeSet<DocumentId>, CommandError> {
        let held = self.held_entries(ctx)?;
        Ok(held
            .iter()
            .filter(|entry| self.speaks_for(entry))
            .map(|entry| entry.document)
            .collect())
    }

    /// Held entries of this city in a document, by device, or by one device of a root key that is gone.
    fn held_in(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<BTreeMap<CertHash, Signed>, CommandError> {
        let Some(record) = self.record(ctx.store, document)?.cloned() else {
            return Err(Code::NotFound.into());
        };
        let mut entries = self.entries_of(ctx.store, document)?;
        entries.retain(|entry| {
            self.speaks_for(entry) && record.status(&entry.id) == tongban_ledger::Status::Held
        });
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let mut by_cert: BTreeMap<CertHash, Signed> = BTreeMap::new();
        let mut of_root: BTreeMap<CityId, CertHash> = BTreeMap::new();
        for entry in entries {
            let (root, cert) = (entry.header.city, entry.header.cert);
            let gone = self.with_view(&record.agreement, |view| view.is_gone(&root));
            // One word answers for every device of a root key that is gone.
            let cert = match gone.unwrap_or_default() {
                true => *of_root.entry(root).or_insert(cert),
                false => cert,
            };
            let signed = by_cert.entry(cert).or_insert(Signed {
                entries: Vec::new(),
            });
            signed.entries.push(entry);
        }
        Ok(by_cert)
    }
}

/// The entries that a person leaves out, with what the device signed on top of them.
fn left_out<'a>(
    entries: &[Entry],
    without: &'a [String],
    unused: &mut BTreeSet<&'a str>,
) -> Result<BTreeSet<EntryId>, CommandError> {
    let mut out = BTreeSet::new();
    for entry in entries {
        let name = entry.id.to_string();
        let named = without
            .iter()
            .find(|prefix| prefix.len() >= PREFIX_MIN && name.starts_with(prefix.as_str()));
        if let Some(named) = named {
            unused.remove(named.as_str());
        }
        if named.is_some() || entry.parents().any(|parent| out.contains(&parent)) {
            out.insert(entry.id);
        }
    }
    Ok(out)
}

/// The last entries that stay, ascending.
fn kept_heads(entries: &[Entry], left_out: &BTreeSet<EntryId>) -> Vec<EntryId> {
    let kept = || entries.iter().filter(|entry| !left_out.contains(&entry.id));
    let below: BTreeSet<EntryId> = kept().flat_map(Entry::parents).collect();
    let mut heads: Vec<EntryId> = kept()
        .map(|entry| entry.id)
        .filter(|id| !below.contains(id))
        .collect();
    heads.sort_unstable();
    heads
}
