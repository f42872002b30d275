//! A node that may have lost its last entries: it fetches them back, and waits with custody acts until it has.
//!
//! A store put back from an older copy does not know what its city has signed since. The node compares with
//! every peer what both should hold (`audit/mod.rs`), fetches what it lacks, and until the cities concerned have
//! returned it signs no custody act on a case that it might have handed on already (`design.md` §7).

use std::collections::BTreeSet;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::case::Case;
use tongban_ledger::{DocumentId, EntryId};

use super::{Ctx, Engine};
use crate::db::Db;
use crate::document::{Record, Stored};
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// Whether a peer has returned what may be lost here.
#[derive(Debug, Default)]
pub(super) struct Return {
    /// Everything that the peer has for this city was compared, and what was missing is here.
    done: bool,
}

impl Return {
    /// A comparison is over and what it found missing is here; `whole` is whether everything was compared.
    pub(super) fn returned(&mut self, whole: bool) {
        self.done |= whole;
    }
}

impl Engine {
    /// Says that the store may be older than what this city has signed: the driver has seen signs of a restore, a
    /// copy or a power cut.
    pub fn suspect_restore(&mut self) {
        if std::mem::replace(&mut self.suspect, true) {
            return;
        }
        for peer in self.peers.values_mut() {
            peer.back = Return::default();
            peer.audit.hurry();
        }
        self.note_returning();
    }

    /// Keeps who has returned what, so that another start goes on waiting for the rest.
    fn note_returning(&mut self) {
        let place = keys::RETURNING.to_vec();
        let returned = self.peers.iter().filter(|(_, peer)| peer.back.done);
        let returned: Vec<CityId> = returned.map(|(city, _)| *city).collect();
        if returned.len() == self.peers.len() && !returned.is_empty() {
            self.pending.delete(Family::Meta, place);
        } else {
            let bytes = tongban_identity::encode_canonical(&returned);
            self.pending.put(Family::Meta, place, bytes);
        }
    }

    /// Goes on waiting where an earlier start had to.
    pub(super) fn load_returning(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        let returned = db.load::<Vec<CityId>>(Family::Meta, keys::RETURNING)?;
        if let Some(returned) = returned {
            self.suspect = true;
            for (city, peer) in &mut self.peers {
                peer.back.done = returned.contains(city);
                if !peer.back.done {
                    peer.audit.hurry();
                }
            }
        }
        Ok(())
    }

    /// The cities that have not returned their entries yet, while this node may have lost some.
    pub(super) fn not_returned(&self) -> Vec<DivisionCode> {
        let peers = self.peers.iter();
        peers
            .filter(|(_, peer)| self.suspect && !peer.back.done)
            .map(|(city, _)| self.division(city))
            .collect()
    }

    /// Entries of one's own that come from a peer were lost here.
    pub(super) fn heed_own_entry(&mut self, author: &CityId) {
        if *author == self.own.city {
            self.suspect_restore();
        }
    }

    /// Lets one peer, or every peer, be asked again for what it has: there are entries under this city's name that
    /// this node did not sign, or an agreement was opened here of which the peer gave nothing so far, however much
    /// else was compared.
    pub(super) fn ask_back_anew(&mut self, only: Option<&CityId>) {
        for (city, peer) in &mut self.peers {
            if only.is_none_or(|only| only == city) {
                peer.audit.hurry();
            }
        }
    }

    /// A city has returned everything: what had to wait may be answered now.
    pub(super) fn heed_returned(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        // What a copy may have said is here, too.
        self.turns.extend(self.agreements.keys());
        if !self.suspect {
            return Ok(());
        }
        self.note_returning();
        self.find_unanswered(ctx.store)?;
        self.answer_pushes(ctx)
    }

    /// An entry is stored, or refused.
    pub(super) fn came_back(&mut self, id: &EntryId, stored: bool) {
        for peer in self.peers.values_mut() {
            peer.audit.settled(id, stored);
        }
    }

    /// The cities whose word an act has to wait for: every other party, and every city to which this one may have
    /// handed the case without remembering it.
    pub(super) fn waits_for<K: Stored>(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        record: &Record,
        act: &K::Act,
    ) -> Result<Vec<DivisionCode>, ReadError> {
        let waits = record
            .state_of::<K>()
            .is_some_and(|state| K::waits_for_return(state, act));
        if !self.suspect || !waits {
            return Ok(Vec::new());
        }
        let mut cities = self.audience(ctx.store, document)?;
        cities.extend(self.possible_recipients(record));
        Ok(cities
            .iter()
            .filter(|city| self.peers.get(city).is_some_and(|peer| !peer.back.done))
            .map(|city| self.division(city))
            .collect())
    }

    /// The members whose word an act in a round of votes has to wait for, so that this city does not say the contrary of
    /// what it has forgotten: all but those that motions concern, which may be gone for good.
    pub(super) fn votes_wait_for(
        &self,
        agreement: &tongban_ledger::AgreementId,
        concerned: &BTreeSet<CityId>,
    ) -> Vec<DivisionCode> {
        let loaded = self.agreements.get(agreement).filter(|_| self.suspect);
        let members = loaded.map(|loaded| loaded.member_ids()).unwrap_or_default();
        let waits = |city: &&CityId| self.peers.get(city).is_some_and(|peer| !peer.back.done);
        let members = members.iter().filter(|city| !concerned.contains(*city));
        members
            .filter(waits)
            .map(|city| self.division(city))
            .collect()
    }

    fn possible_recipients(&self, record: &Record) -> Vec<CityId> {
        let own = self.own.city;
        let Some(state) = record.state_of::<Case>() else {
            return Vec::new();
        };
        if state.receiver != own {
            return Vec::new();
        }
        let item = &state.receive.item;
        // Also those that have suspended the item since: they may have taken the case before.
        let owners = |view: &tongban_ledger::agreement::View<'_>| {
            let activations = view.activations().into_iter();
            let live = activations.filter(|live| live.item == *item && live.receiver == own);
            live.map(|live| live.owner).collect()
        };
        self.with_view(&record.agreement, owners)
            .unwrap_or_default()
    }
}
