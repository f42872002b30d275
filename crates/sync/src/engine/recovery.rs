//! A node that may have lost its last entries: it fetches them back, and waits with custody acts until it has.
//!
//! A store put back from an older copy does not know what its city has signed since. The node asks every
//! peer for the ids of all entries that it may see, fetches what it lacks, and until the cities concerned have
//! answered it signs no custody act on a case that it might have handed on already (`design.md` §7).

use std::collections::BTreeSet;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::case::Case;
use tongban_ledger::{DocumentId, EntryId};

use super::links::LinkId;
use super::waiting::Missing;
use super::{Ctx, Engine};
use crate::db::Db;
use crate::document::{Record, Stored};
use crate::frame::{Frame, LIST_MAX, Listed};
use crate::storage::{Family, ReadError};

/// How far a peer's entries are fetched back.
#[derive(Debug, Default)]
pub(super) struct Return {
    /// The peer has to be asked when a link to it is up.
    due: bool,
    /// Pages are under way.
    begun: bool,
    /// The peer has given everything that it has.
    done: bool,
    /// Ids of the last page that are not stored yet.
    outstanding: BTreeSet<EntryId>,
    /// What to ask next, while pages come in.
    next: Option<Option<EntryId>>,
}

impl Return {
    /// A link is up anew: pages that were under way are asked for again from the beginning.
    pub(super) fn relinked(&mut self) {
        self.due |= self.begun;
        self.outstanding.clear();
        self.next = None;
    }

    /// The peer listed an entry and does not give it.
    pub(super) fn given_up(&mut self, id: &EntryId) {
        self.outstanding.remove(id);
    }

    fn restart(&mut self) {
        *self = Self {
            due: true,
            ..Self::default()
        };
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
            peer.back.restart();
        }
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

    /// Lets every member of an agreement be asked for what it has: this node may be a new one of an old city.
    pub(super) fn ask_members_back(&mut self) {
        for peer in self.peers.values_mut() {
            if !peer.back.done {
                peer.back.due = true;
            }
        }
    }

    /// Lets one peer, or every peer, be asked again for what it has: there are entries under this city's name that
    /// this node did not sign.
    pub(super) fn ask_back_anew(&mut self, only: Option<&CityId>) {
        for (city, peer) in &mut self.peers {
            if only.is_none_or(|only| only == city) {
                peer.back.restart();
            }
        }
    }

    /// Asks a peer for its list, where that is due and a link is up, and goes on where a page is fetched.
    pub(super) fn fetch_back(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let mut requests: Vec<(LinkId, EntryId)> = Vec::new();
        let mut finished = false;
        for peer in self.peers.values_mut() {
            let (Some(link), back) = (peer.link, &mut peer.back) else {
                continue;
            };
            if back.due {
                back.relinked();
                (back.due, back.begun) = (false, true);
                requests.push((link, EntryId::ZERO));
            } else if back.outstanding.is_empty()
                && let Some(next) = back.next.take()
            {
                match next {
                    Some(from) => requests.push((link, from)),
                    None => {
                        (back.begun, back.done) = (false, true);
                        finished = true;
                    }
                }
            }
        }
        for (link, from) in requests {
            self.send(link, &Frame::List(from));
        }
        if finished && self.suspect {
            // What had to wait may be answered now.
            self.find_unanswered(ctx.store)?;
            self.answer_pushes(ctx)?;
        }
        Ok(())
    }

    /// Gives a page of ids that a peer may see.
    pub(super) fn on_list(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: &CityId,
        from: EntryId,
    ) -> Result<(), ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let mut found = db.scan(Family::Inventory, &[], from.as_bytes(), LIST_MAX + 1)?;
        let next = if found.len() > LIST_MAX {
            found.pop().and_then(|(key, _)| EntryId::from_slice(&key))
        } else {
            None
        };
        let mut entries = Vec::new();
        for (key, value) in found {
            let pair = EntryId::from_slice(&key).zip(DocumentId::from_slice(&value));
            if let Some((id, document)) = pair
                && self.may_see(ctx.store, &document, city)?
            {
                entries.push(id);
            }
        }
        self.send(link, &Frame::Listed(Listed { entries, next }));
        Ok(())
    }

    /// Wants what a peer has and this node lacks.
    pub(super) fn on_listed(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        listed: &Listed,
    ) -> Result<(), ReadError> {
        let ascending = listed.entries.windows(2).all(|pair| pair[0] < pair[1]);
        if listed.entries.len() > LIST_MAX || !ascending {
            self.drop_link(ctx, link, "a list that is too long or not in order");
            return Ok(());
        }
        let mut lacking = BTreeSet::new();
        for id in &listed.entries {
            if !self.is_stored(ctx.store, id)? {
                lacking.insert(*id);
            }
        }
        for id in &lacking {
            self.waiting.want(Missing::Entry(*id), city);
        }
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.back.outstanding = lacking;
            peer.back.next = Some(listed.next);
        }
        Ok(())
    }

    /// An entry is stored, refused, or not to be had from a city.
    pub(super) fn came_back(&mut self, id: &EntryId) {
        for peer in self.peers.values_mut() {
            peer.back.outstanding.remove(id);
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

    fn possible_recipients(&self, record: &Record) -> Vec<CityId> {
        let own = self.own.city;
        let Some(state) = record.state_of::<Case>() else {
            return Vec::new();
        };
        if state.receiver != own {
            return Vec::new();
        }
        let receive = &state.receive;
        let owners = |view: &tongban_ledger::agreement::View<'_>| {
            let members = view.terms().founders.iter().map(|member| member.city);
            members
                .filter(|to| view.live(&receive.item, &own, to, receive.received).is_ok())
                .collect()
        };
        self.with_view(&record.agreement, owners)
            .unwrap_or_default()
    }
}
