//! Questions to an agreement as an author knew it.
//!
//! A [`View`] pairs the index with a bitmap of the entries that lie under some heads. Every answer
//! depends on that set alone, so all nodes judge an entry alike.

use std::borrow::Cow;

use tongban_identity::{CertHash, CityId, DivisionCode, Hash32};

use super::index::Fact;
use super::{
    Activation, Bitmap, Found, Founder, Grant, Guide, Index, Item, Joint, Limits, PostageRule,
    Power, Supplement, Transfer, adopt,
};
use crate::calendar::{Calendar, Day};
use crate::code::Code;
use crate::id::{EntryId, ViewId};

/// The id of a view: the hash of its sorted heads.
pub fn view_id(heads: &[EntryId]) -> ViewId {
    let parts: Vec<&[u8]> = heads.iter().map(|head| &head.as_bytes()[..]).collect();
    ViewId(Hash32::hash("tongban/view/v1", &parts))
}

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granted {
    /// In the founding terms.
    Founding,
    /// In an offer that was taken.
    Offer(EntryId),
}

/// An agreement as seen under some heads.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    index: &'a Index,
    bits: &'a Bitmap,
}

impl<'a> View<'a> {
    /// Pairs an index with the bitmap of a set of heads.
    pub fn new(index: &'a Index, bits: &'a Bitmap) -> Self {
        Self { index, bits }
    }

    /// The founding act.
    pub fn terms(&self) -> &'a Found {
        self.index.found()
    }

    /// The rules version in force.
    pub fn rules_version(&self) -> u16 {
        match self.index.has_commits() {
            true => self.standing().rules_version,
            false => self.terms().rules_version,
        }
    }

    /// Says whether every founder signed: only then does the agreement have effect.
    pub fn effective(&self) -> bool {
        let founders = self.terms().founders.iter();
        let mut founders = founders.map(|founder| founder.city);
        founders.all(|city| self.ratified(&city))
    }

    /// Says whether a root key revoked one of the device certificates that it signed.
    pub fn is_revoked(&self, root: &CityId, cert: &CertHash) -> bool {
        self.index.is_revoked(root, cert, self.bits)
    }

    /// Says whether any device is revoked.
    pub fn revokes_any(&self) -> bool {
        self.index.revokes_any(self.bits) || self.anyone_gone()
    }

    /// The member cities with their attributes, ascending by id: the founders, and whom resolutions admitted since
    /// without those that left.
    pub fn members(&self) -> impl Iterator<Item = &'a Founder> + use<'a> {
        let members = self.standing().members.into_iter();
        members.map(|member| member.card)
    }

    /// Says whether a city is a member.
    pub fn is_member(&self, city: &CityId) -> bool {
        self.founder(city).is_some()
    }

    /// Says whether a founder's signature is in the view.
    pub fn ratified(&self, city: &CityId) -> bool {
        self.index
            .facts(
                |fact| matches!(fact, Fact::Ratified(by) if by == city),
                self.bits,
            )
            .next()
            .is_some()
    }

    /// A member's attributes.
    pub fn founder(&self, city: &CityId) -> Option<&'a Founder> {
        if self.index.has_commits() {
            return self.members().find(|member| member.city == *city);
        }
        let founders = &self.terms().founders;
        founders.iter().find(|founder| founder.city == *city)
    }

    /// The member with a division code.
    pub fn by_division(&self, division: DivisionCode) -> Option<&'a Founder> {
        self.members().find(|member| member.division == division)
    }

    /// An item of the catalogue.
    pub fn item(&self, code: &str) -> Option<&'a Item> {
        let mut terms = self.terms().annex.items.iter();
        terms.find(|item| item.code == code).or_else(|| {
            let since = self.supplements();
            let mut since = since.into_iter().flat_map(|(_, batch)| &batch.items);
            since.find(|item| item.code == code)
        })
    }

    /// An item of the catalogue; one that stands in a proposed batch only is not live yet.
    ///
    /// # Errors
    /// `E_ITEM_NOT_ACTIVE` or `E_ITEM_UNKNOWN`.
    pub fn listed(&self, code: &str) -> Result<&'a Item, Code> {
        let proposed = || {
            let endings = self.endings();
            let mut proposals = self.proposals();
            proposals.retain(|(id, _)| !endings.contains_key(id));
            let mut rows = proposals.iter().flat_map(|(_, batch)| &batch.batch.rows);
            rows.any(|row| row.item == code)
        };
        match self.item(code) {
            Some(item) => Ok(item),
            None if proposed() => Err(Code::ItemNotActive),
            None => Err(Code::ItemUnknown),
        }
    }

    /// The catalogue: of the terms, and of batches adopted since.
    pub fn items(&self) -> Vec<&'a Item> {
        let mut items: Vec<&Item> = self.terms().annex.items.iter().collect();
        for (_, supplement) in self.supplements() {
            items.extend(&supplement.items);
        }
        items
    }

    /// What is live for which pair: of the terms, and of batches adopted since.
    pub fn activations(&self) -> Vec<&'a Activation> {
        let mut live: Vec<&Activation> = self.terms().annex.activations.iter().collect();
        live.extend(self.supplemented());
        live
    }

    /// The activation of an item for an ordered pair on a day: refuses an unknown item, one that is
    /// not live for the pair, and one that its owner suspended.
    pub fn live(
        &self,
        item: &str,
        receiver: &CityId,
        owner: &CityId,
        day: Day,
    ) -> Result<&'a Activation, Code> {
        self.listed(item)?;
        let terms = self.terms().annex.activations.iter();
        let live = terms
            .chain(self.supplemented())
            .filter(|live| {
                live.item == item
                    && live.receiver == *receiver
                    && live.owner == *owner
                    && live.effective <= day
                    && live.until.is_none_or(|until| day <= until)
            })
            .max_by_key(|live| live.guide)
            .ok_or(Code::ItemNotActive)?;
        let members = self.is_member(receiver) && self.is_member(owner);
        if !members || self.suspended(item, owner) {
            return Err(Code::ItemNotActive);
        }
        Ok(live)
    }

    /// A guide by item, owner and version; none while two texts stand under one version (R-074, SC-5).
    pub fn guide(&self, item: &str, owner: &CityId, version: u32) -> Option<&'a Guide> {
        let mut texts = self
            .guides()
            .filter(|guide| guide.of(item, owner) && guide.version == version);
        let first = texts.next()?;
        texts.all(|other| other == first).then_some(first)
    }

    /// A guide by item, owner and version, and by the hash of its text where that is known: then also while another
    /// text stands under the version.
    pub fn guide_text(
        &self,
        item: &str,
        owner: &CityId,
        version: u32,
        text: Option<&Hash32>,
    ) -> Option<&'a Guide> {
        let only = self.guide(item, owner, version);
        let Some(text) = text.filter(|_| only.is_none()) else {
            return only;
        };
        let mut texts = self
            .guides()
            .filter(|guide| guide.of(item, owner) && guide.version == version);
        texts.find(|guide| guide.hash() == *text)
    }

    /// Every guide: of the annex, of adopted batches, published since by its owner, and signed by all.
    pub fn guides(&self) -> impl Iterator<Item = &'a Guide> {
        let published = self.index.facts_with_id(self.bits);
        let published = published.filter_map(|(_, fact)| match fact {
            Fact::Published(guide) => Some(guide),
            _ => None,
        });
        let adopted = self.supplements().into_iter();
        let adopted = adopted.flat_map(|(_, supplement)| &supplement.guides);
        let terms = self.terms().annex.guides.iter();
        let agreed = self.agreed_guides().into_iter();
        terms.chain(adopted).chain(published).chain(agreed)
    }

    /// Guides of which two texts stand under one version: the earlier one stays in force.
    pub fn guide_conflicts(&self) -> Vec<&'a Guide> {
        let apart = |guide: &&'a Guide| {
            let (item, owner) = (guide.item.as_str(), &guide.owner);
            self.guide(item, owner, guide.version).is_none()
                && !self
                    .guides()
                    .any(|later| later.of(item, owner) && later.version > guide.version)
        };
        self.guides().filter(apart).collect()
    }

    /// The guide that a window follows on a day: the newest that its owner published and that is in force, else the
    /// one that the activation names.
    pub fn guide_in_force(&self, live: &Activation, day: Day) -> Option<&'a Guide> {
        self.newest_guide(&live.item, &live.owner, live.guide, day)
    }

    /// The newest guide from a version on that is in force on a day.
    pub fn newest_guide(
        &self,
        item: &str,
        owner: &CityId,
        from: u32,
        day: Day,
    ) -> Option<&'a Guide> {
        let published = self.index.facts_with_id(self.bits);
        published
            .filter_map(|(_, fact)| match fact {
                Fact::Published(guide) => Some(guide),
                _ => None,
            })
            .chain(self.agreed_guides())
            .filter(|guide| guide.of(item, owner) && guide.version > from && guide.effective <= day)
            .filter(|guide| guide.filed() && self.guide(item, owner, guide.version).is_some())
            .max_by_key(|guide| guide.version)
            .or_else(|| self.guide(item, owner, from))
            .filter(|guide| guide.effective <= day)
    }

    /// A city's own guide that is in force on a day, for cases that it decides itself.
    ///
    /// # Errors
    /// The item is unknown, suspended, or the city has no guide for it.
    pub fn own_guide(&self, item: &str, owner: &CityId, day: Day) -> Result<&'a Guide, Code> {
        if self.item(item).is_none() {
            return Err(Code::ItemUnknown);
        }
        if self.suspended(item, owner) {
            return Err(Code::ItemNotActive);
        }
        self.guides()
            .filter(|guide| guide.of(item, owner) && guide.effective <= day)
            .filter(|guide| guide.filed() && self.guide(item, owner, guide.version).is_some())
            .max_by_key(|guide| guide.version)
            .ok_or(Code::ItemNotActive)
    }

    /// The newest version of a guide that anybody published.
    pub fn newest_version(&self, item: &str, owner: &CityId) -> u32 {
        let of = self.guides().filter(|guide| guide.of(item, owner));
        of.map(|guide| guide.version).max().unwrap_or(0)
    }

    /// The joint-handling agreement of an item under a lead city; with several partners, of each.
    pub fn joint<'b>(
        &self,
        item: &'b str,
        lead: &'b CityId,
    ) -> impl Iterator<Item = &'a Joint> + use<'a, 'b> {
        let joint = self.terms().annex.joint.iter();
        joint.filter(move |joint| joint.item == item && joint.lead == *lead)
    }

    /// The limits in force: of the last text that all signed or the last resolution, whichever knew the other.
    pub fn limits(&self) -> &'a Limits {
        if let Some(agreed) = self.agreed_limits() {
            return agreed;
        }
        match self.index.has_commits() {
            true => self.standing().limits,
            false => &self.terms().annex.limits,
        }
    }

    /// Refuses a channel over which the cities did not agree to send papers.
    pub fn allows(&self, channel: Transfer) -> Result<(), Code> {
        let agreed = &self.terms().annex.channels;
        if agreed.is_empty() || agreed.contains(&channel) {
            Ok(())
        } else {
            Err(Code::Channel)
        }
    }

    /// Says whether a city recognises a kind of e-cert of an issuer on a day.
    pub fn recognises(
        &self,
        city: &CityId,
        cert_type: &str,
        issuer: DivisionCode,
        day: Day,
    ) -> bool {
        self.terms().annex.recognition.iter().any(|known| {
            known.cert_type == cert_type
                && known.issuer == issuer
                && known.from <= day
                && known.accepted_by.contains(city)
        })
    }

    /// The working days by which acts of this agreement are judged: the official notices of the rules version,
    /// and the years that the agreement adds or replaces, in its terms and by what all adopted since.
    pub fn calendar(&self) -> Cow<'a, Calendar> {
        match self.agreed_calendar() {
            Some(calendar) => Cow::Owned(calendar),
            None => Cow::Borrowed(self.index.calendar()),
        }
    }

    /// Says whether a grant in force gives a power for an item on a day.
    pub fn granted(
        &self,
        grantor: &CityId,
        grantee: &CityId,
        item: &str,
        power: Power,
        day: Day,
    ) -> bool {
        let grant = self.grant_of(grantor, grantee, item, power, day);
        grant.is_some()
    }

    /// The grant in force that gives a power for an item on a day: the founding terms where they do, else the offer with
    /// the lowest id, so that every node names the same one.
    pub fn grant_of(
        &self,
        grantor: &CityId,
        grantee: &CityId,
        item: &str,
        power: Power,
        day: Day,
    ) -> Option<Granted> {
        let covers = |grant: &Grant| {
            grant.grantor == *grantor
                && grant.grantee == *grantee
                && grant.covers(item, power, day)
                && !self.item(item).is_some_and(|item| item.reserved)
        };
        let founding = self.terms().annex.grants.iter().any(covers)
            && !self.withdrawn(&self.index.genesis(), grantor);
        if founding {
            return Some(Granted::Founding);
        }
        let given = self
            .offers()
            .filter(|(id, grant)| covers(grant) && self.taken(id) && !self.withdrawn(id, grantor));
        given.map(|(id, _)| Granted::Offer(id)).min()
    }

    /// An offered grant, whether taken or not.
    pub fn offer(&self, id: &EntryId) -> Option<&'a Grant> {
        self.offers()
            .find(|(offer, _)| offer == id)
            .map(|(_, grant)| grant)
    }

    /// Every grant: of the annex (without an id) and offered since; whether it is in force, and whether
    /// it was withdrawn.
    pub fn grants(&self) -> Vec<(Option<EntryId>, &'a Grant, bool, bool)> {
        let genesis = self.index.genesis();
        let founding = self.terms().annex.grants.iter().map(|grant| {
            let withdrawn = self.withdrawn(&genesis, &grant.grantor);
            (None, grant, !withdrawn, withdrawn)
        });
        let offered = self.offers().map(|(id, grant)| {
            let withdrawn = self.withdrawn(&id, &grant.grantor);
            (Some(id), grant, self.taken(&id) && !withdrawn, withdrawn)
        });
        founding.chain(offered).collect()
    }

    /// The postage rule that covers parcels posted on a day.
    pub fn postage(&self, posted: Day) -> Option<&'a PostageRule> {
        let rules = self.postage_rules().into_iter();
        rules
            .filter(|rule| rule.effective <= posted)
            .max_by_key(|rule| rule.version)
    }

    /// The postage rule of a version; a line names the one that covered its posting date.
    pub fn postage_version(&self, version: u32) -> Option<&'a PostageRule> {
        let mut terms = self.terms().annex.postage.iter();
        let of_terms = terms.find(|rule| rule.version == version);
        of_terms.or_else(|| {
            let mut rules = self.postage_rules().into_iter();
            rules.find(|rule| rule.version == version)
        })
    }

    /// Says whether an item is suspended by its owner.
    pub fn suspended(&self, item: &str, owner: &CityId) -> bool {
        let of_item = self.index.facts_with_id(self.bits).filter(
            |(_, fact)| matches!(fact, Fact::Suspended(by, code) if by == owner && code == item),
        );
        // Whether one was ended is looked up last: a member may sign any number for other items.
        of_item.map(|(id, _)| id).any(|id| !self.resumed(&id))
    }

    /// Suspensions that nobody ended: entry, owner city, item code.
    pub fn suspensions(&self) -> impl Iterator<Item = (EntryId, &'a CityId, &'a str)> {
        let view = *self;
        self.index
            .facts_with_id(self.bits)
            .filter_map(move |(id, fact)| match fact {
                Fact::Suspended(city, item) if !view.resumed(&id) => {
                    Some((id, city, item.as_str()))
                }
                _ => None,
            })
    }

    fn resumed(&self, suspension: &EntryId) -> bool {
        self.index
            .facts(
                |fact| matches!(fact, Fact::Resumed(of) if of == suspension),
                self.bits,
            )
            .next()
            .is_some()
    }

    fn offers(&self) -> impl Iterator<Item = (EntryId, &'a Grant)> {
        self.index
            .facts_with_id(self.bits)
            .filter_map(|(id, fact)| match fact {
                Fact::Offered(grant) => Some((id, grant)),
                _ => None,
            })
    }

    fn taken(&self, offer: &EntryId) -> bool {
        self.index
            .facts(
                |fact| matches!(fact, Fact::Taken(of) if of == offer),
                self.bits,
            )
            .next()
            .is_some()
    }

    /// A withdrawal names an offer, or the genesis: then it ends everything that the founding
    /// terms granted in its signer's name.
    fn withdrawn(&self, grant: &EntryId, grantor: &CityId) -> bool {
        self.index
            .facts(
                |fact| matches!(fact, Fact::Withdrawn(of, by) if of == grant && by == grantor),
                self.bits,
            )
            .next()
            .is_some()
    }

    /// The index that the view looks into.
    pub(super) fn index(&self) -> &'a Index {
        self.index
    }

    /// Says whether an entry lies in the view, by its number.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.bits.contains(number)
    }

    /// Every fact of the view with its entry.
    pub(super) fn known_facts(&self) -> impl Iterator<Item = (EntryId, &'a Fact)> {
        self.index.facts_with_id(self.bits)
    }

    /// The facts about proposals beside batches, and what ended a batch.
    pub(super) fn decisive(&self) -> impl Iterator<Item = (EntryId, &'a Fact)> {
        self.index.decisive(self.bits)
    }

    /// Why a further batch would be refused, and which part of it; for people who wrote it.
    pub fn batch_fault(&self, supplement: &Supplement) -> Option<(Code, String)> {
        adopt::fault(self, supplement).err()
    }

    /// Says whether an entry is the agreement's genesis.
    pub(super) fn is_genesis(&self, id: &EntryId) -> bool {
        self.index.genesis() == *id
    }

    /// Says whether a city owns an item for some pair.
    pub(super) fn owns(&self, item: &str, city: &CityId) -> bool {
        let terms = self.terms().annex.activations.iter();
        let mut live = terms.chain(self.supplemented());
        live.any(|live| live.item == item && live.owner == *city)
    }
}
