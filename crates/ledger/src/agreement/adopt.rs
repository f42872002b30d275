//! Further batches and the rounds before them, as an author knew them: what may be proposed, adopted and said.
//!
//! A batch holds once every member adopted it, so no outcome depends on an order: a city's own adoptions and
//! stances are known to it, and it can neither adopt what it objects to nor adopt two texts for one item.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;

use super::index::Fact;
use super::list::{
    AdoptBatch, EXCEPT_MAX, Except, Nominate, Stance, StanceKind, Supplement, short,
};
use super::{Activation, Batch, View};
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// How far a list is live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items of all batches, each once, that are live for some pair.
    pub live: usize,
    /// Items of all batches, each once.
    pub total: usize,
    /// The same for each batch, in the order of the batches.
    pub batches: Vec<(String, usize, usize)>,
}

impl<'a> View<'a> {
    /// Proposed batches, ascending by entry.
    pub fn proposals(&self) -> Vec<(EntryId, &'a Supplement)> {
        if !self.index().has_proposals() {
            return Vec::new();
        }
        let facts = self.known_facts();
        let proposed = facts.filter_map(|(id, fact)| match fact {
            Fact::Proposed(supplement) => Some((id, supplement.as_ref())),
            _ => None,
        });
        let mut proposals: Vec<_> = proposed.collect();
        proposals.sort_by_key(|(id, _)| *id);
        proposals
    }

    /// Who adopted a proposal, with reservations, ascending by city.
    pub fn adopters(&self, proposal: &EntryId) -> Vec<(CityId, &'a [Except])> {
        let facts = self.known_facts();
        let adopted = facts.filter_map(|(_, fact)| match fact {
            Fact::Adopted(by, adopt) if adopt.proposal == *proposal => {
                Some((*by, adopt.except.as_slice()))
            }
            _ => None,
        });
        let mut adopters: Vec<_> = adopted.collect();
        adopters.sort_by_key(|(by, _)| *by);
        adopters
    }

    /// Says whether every member adopted a proposal.
    pub fn adopted(&self, proposal: &EntryId) -> bool {
        let adopters = self.adopters(proposal).into_iter();
        let by: BTreeSet<CityId> = adopters.map(|(by, _)| by).collect();
        let signed = self.signed_by_all([(*proposal, &by)].into_iter());
        signed.contains(proposal)
    }

    /// Which of some proposals every city signed whose signature they need, by who signed each.
    pub(super) fn signed_by_all<'b>(
        &self,
        signed: impl Iterator<Item = (EntryId, &'b BTreeSet<CityId>)>,
    ) -> BTreeSet<EntryId> {
        let standing = self.standing();
        let left = standing.left();
        // Every proposer knew a founder that never left. So what a single member puts in numbers is dismissed here,
        // without asking what each proposer knew.
        let founders = &self.terms().founders;
        let members = standing.members.iter().map(|member| member.card.city);
        let lasting = members.filter(|city| {
            let founder = founders.binary_search_by_key(city, |founder| founder.city);
            !standing.split && founder.is_ok()
        });
        let lasting: Vec<CityId> = lasting.collect();
        let all = |cities: &[CityId], by: &BTreeSet<CityId>| {
            !by.is_empty() && cities.iter().all(|city| by.contains(city))
        };
        signed
            .filter(|(id, by)| all(&lasting, by) && all(&self.signers_without(id, &left), by))
            .map(|(id, _)| id)
            .collect()
    }

    /// The cities whose signature an adoption needs: the members that its proposer knew, without those that left
    /// since. Who is admitted later takes over what was adopted.
    pub fn signers_of(&self, proposal: &EntryId) -> Vec<CityId> {
        self.signers_without(proposal, &self.standing().left())
    }

    fn signers_without(&self, proposal: &EntryId, left: &BTreeSet<CityId>) -> Vec<CityId> {
        let known = self.index().history_of(proposal);
        let members = match known {
            Some(bits) if self.index().has_commits() => View::new(self.index(), bits).members(),
            _ => return self.members().map(|member| member.city).collect(),
        };
        let cities = members.map(|member| member.city);
        cities.filter(|city| !left.contains(city)).collect()
    }

    /// The batches that hold, ascending by proposal: every member adopted them, and none of them shares an id or an
    /// item with another one that every member adopted too.
    pub fn supplements(&self) -> Vec<(EntryId, &'a Supplement)> {
        let mut signed = self.signed_batches();
        let mut seen = BTreeSet::new();
        // A look at the names first: batches that share one are rare, and lists are asked often.
        let shares = signed.iter().any(|(_, one)| {
            let items = one.items.iter().map(|item| (false, item.code.as_str()));
            let mut names = items.chain([(true, one.batch.id.as_str())]);
            names.any(|name| !seen.insert(name))
        });
        if shares {
            let apart: BTreeSet<EntryId> = self
                .batches_apart()
                .into_iter()
                .flat_map(|(_, ids)| ids)
                .collect();
            signed.retain(|(id, _)| !apart.contains(id));
        }
        signed
    }

    /// The batches that every member adopted, ascending by proposal. One pass over the facts, whatever was proposed.
    pub(super) fn signed_batches(&self) -> Vec<(EntryId, &'a Supplement)> {
        let mut proposals = self.proposals();
        if proposals.is_empty() {
            return proposals;
        }
        let mut adopters: BTreeMap<EntryId, BTreeSet<CityId>> = BTreeMap::new();
        for (_, fact) in self.known_facts() {
            if let Fact::Adopted(by, adopt) = fact {
                adopters.entry(adopt.proposal).or_default().insert(*by);
            }
        }
        let whole = self.signed_by_all(adopters.iter().map(|(id, by)| (*id, by)));
        proposals.retain(|(id, _)| whole.contains(id));
        proposals
    }

    /// What adopted batches made live, without what cities kept out.
    pub(super) fn supplemented(&self) -> Vec<&'a Activation> {
        let mut live = Vec::new();
        for (id, supplement) in self.supplements() {
            let adopters = self.adopters(&id);
            let kept_out = |row: &Activation| {
                let mut excepts = adopters.iter();
                excepts.any(|(by, list)| list.iter().any(|except| except.keeps_out(by, row)))
            };
            live.extend(supplement.activations.iter().filter(|row| !kept_out(row)));
        }
        live
    }

    /// The batches of the terms, and those adopted since.
    pub fn batches(&self) -> Vec<&'a Batch> {
        let terms = self.terms().annex.batches.iter();
        let since = self.supplements();
        let since = since.iter().map(|(_, supplement)| &supplement.batch);
        terms.chain(since).collect()
    }

    /// How far the lists are live on a day; an item of several lists counts once.
    pub fn progress(&self, day: Day) -> Progress {
        let live: BTreeSet<&str> = self
            .activations()
            .into_iter()
            .filter(|row| row.effective <= day && row.until.is_none_or(|until| day <= until))
            .filter(|row| !self.suspended(&row.item, &row.owner))
            .map(|row| row.item.as_str())
            .collect();
        let count = |items: &BTreeSet<&str>| items.intersection(&live).count();
        let mut all = BTreeSet::new();
        let mut batches = Vec::new();
        for batch in self.batches() {
            let items: BTreeSet<&str> = batch.rows.iter().map(|row| row.item.as_str()).collect();
            batches.push((batch.id.clone(), count(&items), items.len()));
            all.extend(items);
        }
        Progress {
            live: count(&all),
            total: all.len(),
            batches,
        }
    }

    /// Nominations with their proposers, by item and round.
    pub fn nominations(&self) -> Vec<(CityId, &'a Nominate)> {
        let facts = self.known_facts();
        let nominated = facts.filter_map(|(_, fact)| match fact {
            Fact::Nominated(by, nominate) => Some((*by, nominate)),
            _ => None,
        });
        let mut all: Vec<_> = nominated.collect();
        all.sort_by(|(one, first), (other, second)| {
            (&first.item, first.round, one).cmp(&(&second.item, second.round, other))
        });
        all
    }

    /// What cities said to an item, by round and city.
    pub fn stances(&self, item: &str) -> Vec<(CityId, &'a Stance)> {
        let facts = self.known_facts();
        let said = facts.filter_map(|(_, fact)| match fact {
            Fact::Said(by, stance) if stance.item == item => Some((*by, stance)),
            _ => None,
        });
        let mut all: Vec<_> = said.collect();
        all.sort_by_key(|(by, stance)| (stance.round, *by));
        all
    }

    /// The last round of an item; 0 if nobody nominated it.
    pub fn round(&self, item: &str) -> u16 {
        let nominations = self.nominations();
        let of = nominations.iter().filter(|(_, one)| one.item == item);
        of.map(|(_, nominate)| nominate.round).max().unwrap_or(0)
    }

    /// Members that object to an item: in the last round in which they spoke.
    pub fn objections(&self, item: &str) -> BTreeSet<CityId> {
        let stances = self.stances(item);
        let last = |city: &CityId| {
            let of = stances.iter().filter(|(by, _)| by == city);
            of.map(|(_, stance)| stance.round).max()
        };
        let open = stances.iter().filter(|(by, stance)| {
            stance.stance == StanceKind::Object && Some(stance.round) == last(by)
        });
        self.remaining(open.map(|(by, _)| *by).collect())
    }

    /// Items to which a member objects in the last round in which it spoke. One pass over the facts.
    fn objected(&self) -> BTreeSet<&'a str> {
        let mut last: BTreeMap<(&str, &CityId), (u16, bool)> = BTreeMap::new();
        for (_, fact) in self.known_facts() {
            if let Fact::Said(by, stance) = fact {
                let objects = stance.stance == StanceKind::Object;
                let said = last.entry((&stance.item, by)).or_default();
                *said = match stance.round.cmp(&said.0) {
                    Ordering::Less => *said,
                    Ordering::Equal => (stance.round, objects || said.1),
                    Ordering::Greater => (stance.round, objects),
                };
            }
        }
        let left = match self.index().has_commits() {
            true => self.standing().left(),
            false => BTreeSet::new(),
        };
        let open = last.into_iter();
        let open = open.filter(|((_, by), (_, objects))| *objects && !left.contains(*by));
        open.map(|((item, _), _)| item).collect()
    }

    /// Proposals that a city adopted and that nobody ended: one that was refused or withdrawn frees its items and id.
    fn adopted_by(&self, city: &CityId) -> Vec<(EntryId, &'a Supplement)> {
        let endings = self.endings();
        let mut proposals = self.proposals();
        proposals.retain(|(id, _)| {
            let ended = endings.contains_key(id) && !self.adopted(id);
            !ended && self.adopters(id).iter().any(|(by, _)| by == city)
        });
        proposals
    }
}

/// a further batch is sound by itself and nobody objects to an item of it.
pub(super) fn propose(view: &View<'_>, supplement: &Supplement) -> Result<(), Code> {
    fault(view, supplement).map_err(|(code, _)| code)
}

/// Why a further batch is refused, and which part of it.
pub(super) fn fault(view: &View<'_>, supplement: &Supplement) -> Result<(), (Code, String)> {
    supplement.batch.check()?;
    let refused = |code, part: &str, item: &str| Err((code, format!("{part} {item}")));
    if view
        .batches()
        .iter()
        .any(|known| known.id == supplement.batch.id)
    {
        return refused(Code::Duplicate, "batches", &supplement.batch.id);
    }
    let catalogue: BTreeSet<&str> = view.items().iter().map(|item| item.code.as_str()).collect();
    let objected = view.objected();
    let mut codes = BTreeSet::new();
    for item in &supplement.items {
        if !codes.insert(item.code.as_str()) || catalogue.contains(item.code.as_str()) {
            return refused(Code::Duplicate, "items", &item.code);
        }
        if !short(&item.code) || !short(&item.name) {
            return refused(Code::Argument, "items", &item.code);
        }
        if let Some(code) = item.fault() {
            return refused(code, "items", &item.code);
        }
    }
    let known = |item: &str| codes.contains(item) || catalogue.contains(item);
    for row in &supplement.batch.rows {
        if !known(&row.item) {
            return refused(Code::ItemUnknown, "batches", &row.item);
        }
        if objected.contains(row.item.as_str()) {
            return refused(Code::Disputed, "batches", &row.item);
        }
    }
    for guide in &supplement.guides {
        if let Err(fault) = guide.check() {
            let about = format!("{} {}", guide.item, fault.part);
            return refused(fault.code, "guides", about.trim_end());
        }
        if !codes.contains(guide.item.as_str()) {
            return refused(Code::ItemUnknown, "guides", &guide.item);
        }
        if !view.is_member(&guide.owner) {
            return refused(Code::NotMember, "guides", &guide.item);
        }
    }
    for live in &supplement.activations {
        let listed = supplement
            .batch
            .rows
            .iter()
            .any(|row| row.item == live.item);
        if !listed {
            return refused(Code::ItemUnknown, "live", &live.item);
        }
        let members = view.is_member(&live.receiver) && view.is_member(&live.owner);
        if !members || live.receiver == live.owner {
            return refused(Code::NotMember, "live", &live.item);
        }
        if live.effective < supplement.effective {
            return refused(Code::Date, "live", &live.item);
        }
        let own = supplement.guides.iter();
        let mut own = own.filter(|guide| guide.of(&live.item, &live.owner));
        let own = own.any(|guide| guide.version == live.guide && guide.filed());
        let earlier = || view.guide(&live.item, &live.owner, live.guide);
        if !own && !earlier().is_some_and(super::Guide::filed) {
            return refused(Code::GuideVersion, "live", &live.item);
        }
    }
    Ok(())
}

/// a city adopts once, nothing that somebody objects to, and no second text for an item.
pub(super) fn adopt(view: &View<'_>, author: &Author, adopt: &AdoptBatch) -> Result<(), Code> {
    let proposals = view.proposals();
    let found = proposals.iter().find(|(id, _)| *id == adopt.proposal);
    let (_, supplement) = found.ok_or(Code::NotFound)?;
    let adopters = view.adopters(&adopt.proposal);
    if adopters.iter().any(|(by, _)| *by == author.city) {
        return Err(Code::Already);
    }
    if view.endings().contains_key(&adopt.proposal) {
        return Err(Code::ProposalEnded);
    }
    let earlier = view.adopted_by(&author.city);
    if adopt.except.len() > EXCEPT_MAX || !adopt.except.windows(2).all(|two| two[0] < two[1]) {
        return Err(Code::Argument);
    }
    let row = |item: &str| supplement.batch.rows.iter().any(|row| row.item == item);
    if !adopt.except.iter().all(|except| row(&except.item)) {
        return Err(Code::ItemUnknown);
    }
    for item in &supplement.items {
        let mut others = earlier.iter().flat_map(|(_, other)| &other.items);
        if view.item(&item.code).is_some() || others.any(|other| other.code == item.code) {
            return Err(Code::Duplicate);
        }
    }
    let mut rounds = earlier.iter().map(|(_, other)| &other.batch.id);
    if rounds.any(|id| *id == supplement.batch.id) {
        return Err(Code::Duplicate);
    }
    let objected = view.objected();
    let mut rows = supplement.batch.rows.iter();
    if rows.any(|row| objected.contains(row.item.as_str())) {
        return Err(Code::Disputed);
    }
    Ok(())
}

/// an item that is in no catalogue is nominated, round after round.
pub(super) fn nominate(view: &View<'_>, nominate: &Nominate) -> Result<(), Code> {
    if !short(&nominate.item) || !short(&nominate.name) {
        return Err(Code::Argument);
    }
    if view.item(&nominate.item).is_some() {
        return Err(Code::Already);
    }
    let next = view.round(&nominate.item).checked_add(1);
    if next == Some(nominate.round) {
        Ok(())
    } else {
        Err(Code::StaleParent)
    }
}

/// a city speaks once in a round, and not after it adopted the item.
pub(super) fn stance(view: &View<'_>, author: &Author, said: &Stance) -> Result<(), Code> {
    let round = view.round(&said.item);
    if round == 0 {
        return Err(Code::NotFound);
    }
    if said.round != round {
        return Err(Code::StaleParent);
    }
    let plain = said.stance == StanceKind::Agree && said.reason.is_empty();
    if !plain && !short(&said.reason) {
        return Err(Code::Argument);
    }
    let spoke = |(by, stance): &(CityId, &Stance)| *by == author.city && stance.round == round;
    if view.stances(&said.item).iter().any(spoke) {
        return Err(Code::Already);
    }
    let adopted = view.adopted_by(&author.city);
    let mut rows = adopted.iter().flat_map(|(_, batch)| &batch.batch.rows);
    match rows.any(|row| row.item == said.item) {
        true => Err(Code::Already),
        false => Ok(()),
    }
}
