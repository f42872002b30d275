//! Exporting evidence of a case's handoff.

use std::collections::BTreeMap;

use tongban_ledger::agreement::{self, RULES_VERSION};
use tongban_ledger::case::{Act, Case};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId, EntryId, Status};

use super::resolution::{Found, decided};
use crate::db::Db;
use crate::document::read_act;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::evidence::{Contents, Exhibit, write};
use crate::frame::Blob;
use crate::keys;
use crate::storage::Family;

impl Engine {
    /// Writes the evidence file of a case's last countersigned handoff.
    ///
    /// # Errors
    /// The case is not here, nobody took it yet (`E_STATE`), or a record could not be read.
    pub fn evidence(&mut self, ctx: &Ctx<'_>, reference: &str) -> Result<Vec<u8>, CommandError> {
        let document = self.find_case(ctx.store, reference)?;
        let record = self
            .record(ctx.store, &document)?
            .ok_or(Code::NotFound)?
            .clone();
        let state = record.state_of::<Case>().ok_or(Code::State)?;
        let entries = self.entries_of(ctx.store, &document)?;
        let find = |id: &EntryId| entries.iter().find(|entry| entry.id == *id);
        let ack = entries
            .iter()
            .filter(|entry| matches!(state.facts.get(&entry.id), Some(fact) if matches!(fact.act, Act::Ack(_))))
            .max_by_key(|entry| (entry.header.depth, entry.id))
            .ok_or_else(|| refuse(Code::State, "no handoff yet"))?;
        let Some(Act::Ack(answer)) = state.facts.get(&ack.id).map(|fact| &fact.act) else {
            return Err(Code::State.into());
        };
        let push = find(&answer.push).ok_or(Code::Damaged)?;
        let genesis = find(&state.genesis).ok_or(Code::Damaged)?;
        let agreement = self.signatures(ctx, &record.agreement.into())?;
        let chain = self.chain_of_parties(ctx, record.agreement, [push, ack])?;
        let cited = chain
            .iter()
            .flat_map(|(put, commits)| commits.iter().chain([put]));
        let mut certs = BTreeMap::new();
        for entry in agreement.iter().chain([genesis, push, ack]).chain(cited) {
            let db = Db::new(ctx.store, &mut self.pending);
            let key = keys::certificate(&entry.header.cert);
            let bytes = db.get(Family::Evidence, &key)?.ok_or(Code::Damaged)?;
            certs.insert(entry.header.cert, Blob(bytes));
        }
        if planted(Bug::EvidenceShort) {
            certs.pop_last();
        }
        Ok(write(&Contents {
            agreement: agreement.iter().map(Exhibit::of).collect(),
            genesis: Exhibit::of(genesis),
            push: Exhibit::of(push),
            ack: Exhibit::of(ack),
            certs: certs.into_values().collect(),
            chain: chain.iter().map(decided).collect(),
        }))
    }

    /// The resolutions of an agreement, where one of some entries is signed by no founder under its first key.
    fn chain_of_parties(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: AgreementId,
        entries: [&Entry; 2],
    ) -> Result<Vec<Found>, CommandError> {
        let wanted = self.with_view(&agreement, |view| {
            let founders = &view.terms().founders;
            let founder = |entry: &&Entry| {
                let mut founders = founders.iter();
                founders.any(|one| one.city == entry.header.city)
            };
            (!entries.iter().all(founder)).then(|| view.standing().head)
        });
        match wanted.flatten() {
            Some(last) => self.chain_to(ctx, agreement, last),
            None => Ok(Vec::new()),
        }
    }

    /// The agreement's genesis, then one signature of each other founder.
    pub(super) fn signatures(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &DocumentId,
    ) -> Result<Vec<Entry>, CommandError> {
        let mut entries = self.entries_of(ctx.store, agreement)?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let loaded = self
            .agreements
            .get(&(*agreement).into())
            .ok_or(Code::Agreement)?;
        let mut signed = std::collections::BTreeSet::new();
        entries.retain(|entry| {
            let applied = loaded.index.status(&entry.id) == Some(Status::Applied);
            // Who joined later signed, too; the agreement stands by its founders.
            let founders = &loaded.index.found().founders;
            let founder = founders.iter().any(|one| one.city == entry.header.city);
            let signs = entry.header.is_genesis()
                || founder
                    && matches!(
                        read_act(&entry.public, RULES_VERSION),
                        Ok(agreement::Act::Ratify)
                    );
            applied && signs && signed.insert(entry.header.city)
        });
        Ok(entries)
    }
}
