//! Proposals as an author knew them: who signed, who refused, which hold, and which contradict each other.
//!
//! Nobody is outvoted (`domain.md` Q8). Whoever heard of a refusal or a withdrawal signs no more, so these end a
//! proposal unless every member had signed before hearing of them: then it holds. So nothing that once held is
//! undone by an act that comes late, and an adoption is a fact that grows. Two texts for one slot and version can
//! both be signed by all only where cities changed over from one to the other while links were down: then neither
//! holds, the version in force stays, and the next meeting finds the contradiction on its agenda.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, Hash32};

use super::index::Fact;
use super::list::short;
use super::proposal::{Adopt, OPEN_MAX, Proposal, Reallocation, Refuse, Slot, Subject};
use super::{Guide, Limits, PostageRule, Supplement, VERSION_STEP_MAX, View};
use crate::calendar::{Calendar, Day};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;
use crate::netting::Netting;

/// How a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Members have yet to sign, and none refused.
    Open,
    /// Every member signed it that its proposer knew and that did not leave.
    Adopted,
    /// A member refused it.
    Refused,
    /// Its proposer took it back.
    Withdrawn,
    /// Another text for the same slot was adopted, with this version or a later one.
    Overtaken,
    /// Every member signed it and another text for the same slot and version: neither holds.
    Contradicted,
}

impl Standing {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Adopted => "adopted",
            Standing::Refused => "refused",
            Standing::Withdrawn => "withdrawn",
            Standing::Overtaken => "overtaken",
            Standing::Contradicted => "contradicted",
        }
    }
}

/// How cities ended a proposal or a batch that not every member signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending<'a> {
    /// Who refused it, and why.
    pub refused: BTreeMap<CityId, &'a str>,
    /// Whether its proposer took it back.
    pub withdrawn: bool,
}

/// A proposal with what cities did with it.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The proposal's entry.
    pub id: EntryId,
    /// Who proposed it.
    pub by: CityId,
    /// The text.
    pub proposal: &'a Proposal,
    /// Who signed it.
    pub adopted: BTreeSet<CityId>,
    /// Who ended it, if anybody did.
    pub ending: Ending<'a>,
    /// How it stands.
    pub standing: Standing,
    /// Whether another open text stands for the same slot: cities proposed both without seeing each other's.
    pub disputed: bool,
}

impl Decision<'_> {
    /// What it would replace.
    pub fn slot(&self) -> Slot {
        self.proposal.subject.slot()
    }
}

/// Something that the next meeting finds on its agenda by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Two texts of one guide under one version, or two common guides proposed at once: the earlier one stays.
    Guide {
        /// The item's base code.
        item: String,
        /// The version.
        version: u32,
        /// The owner, where the texts are its own.
        owner: Option<CityId>,
    },
    /// Two open proposals for one slot.
    Proposals(Slot, Vec<EntryId>),
    /// Two adoptions for one slot and version, or of two batches with one id or item.
    Adoptions(Slot, Vec<EntryId>),
}

impl<'a> View<'a> {
    /// Every proposal beside batches, ascending by entry.
    pub fn decisions(&self) -> Vec<Decision<'a>> {
        let mut found: BTreeMap<EntryId, Decision<'a>> = BTreeMap::new();
        for (id, fact) in self.decisive() {
            if let Fact::Put(by, proposal) = fact {
                let decision = Decision {
                    id,
                    by: *by,
                    proposal: proposal.as_ref(),
                    adopted: BTreeSet::new(),
                    ending: Ending::default(),
                    standing: Standing::Open,
                    disputed: false,
                };
                found.insert(id, decision);
            }
        }
        if found.is_empty() {
            return Vec::new();
        }
        for (_, fact) in self.decisive() {
            match fact {
                Fact::Signed(by, proposal) => {
                    if let Some(decision) = found.get_mut(proposal) {
                        decision.adopted.insert(*by);
                    }
                }
                Fact::Refused(by, refuse) => {
                    if let Some(decision) = found.get_mut(&refuse.proposal) {
                        decision.ending.refused.insert(*by, &refuse.reason);
                    }
                }
                Fact::TakenBack(proposal) => {
                    if let Some(decision) = found.get_mut(proposal) {
                        decision.ending.withdrawn = true;
                    }
                }
                _ => {}
            }
        }
        let mut decisions: Vec<Decision<'a>> = found.into_values().collect();
        self.judge_standing(&mut decisions);
        decisions
    }

    fn judge_standing(&self, decisions: &mut [Decision<'a>]) {
        // Who joins later takes over what was adopted, and who left is not waited for.
        let signed = decisions.iter().map(|one| (one.id, &one.adopted));
        let whole = self.signed_by_all(signed);
        let whole = |decision: &Decision<'_>| whole.contains(&decision.id);
        // The texts that every member signed, by slot and version.
        let mut signed: BTreeMap<Slot, BTreeMap<u32, Vec<&'a Subject>>> = BTreeMap::new();
        for decision in decisions.iter().filter(|decision| whole(decision)) {
            let versions = signed.entry(decision.slot()).or_default();
            let texts = versions.entry(decision.proposal.version).or_default();
            if !texts.contains(&&decision.proposal.subject) {
                texts.push(&decision.proposal.subject);
            }
        }
        let mut open: BTreeMap<Slot, Vec<&'a Subject>> = BTreeMap::new();
        for decision in decisions.iter_mut() {
            let (slot, version) = (decision.slot(), decision.proposal.version);
            let versions = signed.get(&slot);
            let texts = versions.and_then(|versions| versions.get(&version));
            let last = versions.and_then(|versions| versions.keys().next_back());
            decision.standing = if whole(decision) {
                match texts.map_or(0, Vec::len) {
                    0 | 1 => Standing::Adopted,
                    _ => Standing::Contradicted,
                }
            } else if decision.ending.withdrawn {
                Standing::Withdrawn
            } else if !decision.ending.refused.is_empty() {
                Standing::Refused
            } else if last.is_some_and(|last| version <= *last) {
                Standing::Overtaken
            } else {
                let texts = open.entry(slot).or_default();
                if !texts.contains(&&decision.proposal.subject) {
                    texts.push(&decision.proposal.subject);
                }
                Standing::Open
            };
        }
        for decision in decisions.iter_mut() {
            let others = open.get(&decision.slot()).map_or(0, Vec::len);
            decision.disputed = decision.standing == Standing::Open && others > 1;
        }
    }

    /// Proposals that hold, ascending by version.
    fn in_force(&self) -> Vec<&'a Proposal> {
        let decisions = self.decisions().into_iter();
        let adopted = decisions.filter(|decision| decision.standing == Standing::Adopted);
        let mut proposals: Vec<&Proposal> = adopted.map(|decision| decision.proposal).collect();
        proposals.sort_by_key(|proposal| proposal.version);
        proposals
    }

    /// How cities ended proposals and batches, by entry; those that every member signed hold in spite of it.
    pub fn endings(&self) -> BTreeMap<EntryId, Ending<'a>> {
        let mut endings: BTreeMap<EntryId, Ending<'a>> = BTreeMap::new();
        for (_, fact) in self.decisive() {
            match fact {
                Fact::Refused(by, refuse) => {
                    let ending = endings.entry(refuse.proposal).or_default();
                    ending.refused.insert(*by, &refuse.reason);
                }
                Fact::TakenBack(proposal) => {
                    endings.entry(*proposal).or_default().withdrawn = true;
                }
                _ => {}
            }
        }
        endings
    }

    /// How a batch stands.
    pub fn batch_standing(&self, proposal: &EntryId) -> Standing {
        if self.adopted(proposal) {
            let apart = self.batches_apart();
            return match apart.iter().any(|(_, ids)| ids.contains(proposal)) {
                true => Standing::Contradicted,
                false => Standing::Adopted,
            };
        }
        match self.endings().get(proposal) {
            Some(ending) if ending.withdrawn => Standing::Withdrawn,
            Some(_) => Standing::Refused,
            None => Standing::Open,
        }
    }

    /// Adopted batches that share an id or an item with another one.
    pub(super) fn batches_apart(&self) -> Vec<(Slot, Vec<EntryId>)> {
        let mut shared: BTreeMap<Slot, Vec<EntryId>> = BTreeMap::new();
        for (id, supplement) in self.signed_batches() {
            let named = |kind, about: &str| Slot {
                kind,
                about: about.to_owned(),
            };
            let batch = named("batch", &supplement.batch.id);
            let items = supplement.items.iter();
            let items = items.map(|item| named("item", &item.code));
            for slot in items.chain([batch]) {
                shared.entry(slot).or_default().push(id);
            }
        }
        shared
            .into_iter()
            .filter(|(_, ids)| ids.len() > 1)
            .collect()
    }

    /// Postage rules: of the terms, and adopted since.
    pub fn postage_rules(&self) -> Vec<&'a PostageRule> {
        let mut rules: Vec<&PostageRule> = self.terms().annex.postage.iter().collect();
        if self.index().put("postage") {
            rules.extend(
                self.in_force()
                    .into_iter()
                    .filter_map(|one| match &one.subject {
                        Subject::Postage(rule) => Some(rule),
                        _ => None,
                    }),
            );
        }
        rules
    }

    /// Guides that every member signed.
    pub(super) fn agreed_guides(&self) -> Vec<&'a Guide> {
        if !self.index().put("guide") {
            return Vec::new();
        }
        let agreed = self.in_force().into_iter();
        let agreed = agreed.filter_map(|one| match &one.subject {
            Subject::Guides(guides) => Some(guides),
            _ => None,
        });
        agreed.flatten().collect()
    }

    /// The limits that every member signed, unless a resolution set others since: a text holds above the resolutions
    /// that its proposer knew, and a resolution above every text whose proposer did not know it.
    pub(super) fn agreed_limits(&self) -> Option<&'a Limits> {
        let index = self.index();
        if !index.put("limits") {
            return None;
        }
        let voted = self.standing().limits_by;
        let knew = |id: &EntryId| {
            let Some(voted) = voted else {
                return true;
            };
            let known = index.history_of(id).map(|bits| View::new(index, bits));
            let links = known
                .map(|known| known.standing().links)
                .unwrap_or_default();
            links.iter().any(|link| link.certificate == voted)
        };
        let mut agreed: Option<(u32, &'a Limits)> = None;
        for decision in self.decisions() {
            let version = decision.proposal.version;
            if let Subject::Limits(limits) = &decision.proposal.subject
                && decision.standing == Standing::Adopted
                && agreed.is_none_or(|(newest, _)| version >= newest)
                && knew(&decision.id)
            {
                agreed = Some((version, limits));
            }
        }
        agreed.map(|(_, limits)| limits)
    }

    /// The working days with the years that were adopted since; none if there are none.
    pub(super) fn agreed_calendar(&self) -> Option<Calendar> {
        if !self.index().put("calendar") {
            return None;
        }
        let mut calendar = None;
        for one in self.in_force() {
            if let Subject::Calendar(year) = &one.subject {
                let calendar = calendar.get_or_insert_with(|| self.index().calendar().clone());
                calendar.insert(year.clone());
            }
        }
        calendar
    }

    /// How the obligations of a month that begins on a day are paid: pairwise unless all adopted the other (Q9).
    pub fn netting(&self, first: Day) -> Netting {
        if !self.index().put("netting") {
            return Netting::Pairwise;
        }
        let agreed = self.in_force().into_iter();
        let mut agreed = agreed.filter_map(|one| match &one.subject {
            Subject::Netting(rule) if rule.effective <= first => Some(rule.mode),
            _ => None,
        });
        agreed.next_back().unwrap_or_default()
    }

    /// What members decided of who bears a cost line, by the proposal's entry: adopted, and the last word about the line.
    pub fn reallocation(&self, proposal: &EntryId) -> Option<&'a Reallocation> {
        if !self.index().put("reallocation") {
            return None;
        }
        let mut adopted = self.decisions();
        adopted.retain(|one| one.standing == Standing::Adopted);
        let named = adopted.iter().find(|one| one.id == *proposal)?;
        let last = adopted.iter().all(|other| {
            other.slot() != named.slot() || other.proposal.version <= named.proposal.version
        });
        match &named.proposal.subject {
            Subject::Reallocation(of) if last => Some(of),
            _ => None,
        }
    }

    /// What contradicts: guides, open proposals, adoptions; each once, in order.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut conflicts = BTreeSet::new();
        for guide in self.guide_conflicts() {
            conflicts.insert(Conflict::Guide {
                item: guide.item.clone(),
                version: guide.version,
                owner: Some(guide.owner),
            });
        }
        let mut open: BTreeMap<Slot, Vec<EntryId>> = BTreeMap::new();
        let mut apart: BTreeMap<(Slot, u32), Vec<EntryId>> = BTreeMap::new();
        let decisions = self.decisions();
        for decision in &decisions {
            let (slot, version) = (decision.slot(), decision.proposal.version);
            match decision.standing {
                Standing::Open if decision.disputed && slot.kind == "guide" => {
                    conflicts.insert(Conflict::Guide {
                        item: slot.about,
                        version,
                        owner: None,
                    });
                }
                Standing::Open if decision.disputed => {
                    open.entry(slot).or_default().push(decision.id);
                }
                Standing::Contradicted => {
                    apart.entry((slot, version)).or_default().push(decision.id);
                }
                _ => {}
            }
        }
        // A later version that all signed settles what contradicted before.
        let settled = |slot: &Slot, version: u32| {
            decisions.iter().any(|decision| {
                decision.standing == Standing::Adopted
                    && decision.slot() == *slot
                    && decision.proposal.version > version
            })
        };
        let apart = apart.into_iter();
        let apart = apart.filter(|((slot, version), _)| !settled(slot, *version));
        let apart = apart.map(|((slot, _), ids)| (slot, ids));
        conflicts.extend(
            open.into_iter()
                .map(|(slot, ids)| Conflict::Proposals(slot, ids)),
        );
        let all = apart.chain(self.batches_apart());
        conflicts.extend(all.map(|(slot, ids)| Conflict::Adoptions(slot, ids)));
        conflicts.into_iter().collect()
    }

    /// The first version that a proposal for a slot may have: above what is in force there.
    pub fn next_version(&self, subject: &Subject) -> u32 {
        let slot = subject.slot();
        let signed = self.decisions().into_iter().filter(|decision| {
            let whole = matches!(
                decision.standing,
                Standing::Adopted | Standing::Contradicted
            );
            whole && decision.slot() == slot
        });
        let signed = signed.map(|decision| decision.proposal.version).max();
        let terms = match subject {
            Subject::Postage(_) => {
                let rules = self.terms().annex.postage.iter();
                rules.map(|rule| rule.version).max()
            }
            Subject::Guides(guides) => {
                let newest = guides
                    .iter()
                    .map(|guide| self.newest_version(&guide.item, &guide.owner));
                newest.max()
            }
            _ => None,
        };
        signed.max(terms).unwrap_or(0).saturating_add(1)
    }

    fn decision(&self, id: &EntryId) -> Option<Decision<'a>> {
        let mut decisions = self.decisions().into_iter();
        decisions.find(|decision| decision.id == *id)
    }

    fn batch(&self, id: &EntryId) -> Option<&'a Supplement> {
        let mut proposals = self.proposals().into_iter();
        proposals
            .find(|(batch, _)| batch == id)
            .map(|(_, batch)| batch)
    }

    /// Who signed the entry that proposes something.
    pub fn proposer(&self, id: &EntryId) -> Option<CityId> {
        self.index().author_of(id)
    }

    /// The hash of the text of a proposal or a batch.
    pub fn text_of(&self, id: &EntryId) -> Option<Hash32> {
        let decision = self.decision(id).map(|decision| decision.proposal.text());
        decision.or_else(|| self.batch(id).map(Supplement::text))
    }
}

/// a text above what is in force, of members' own concern, and no second one while one is open.
pub(super) fn put(view: &View<'_>, author: &Author, proposal: &Proposal) -> Result<(), Code> {
    proposal.check()?;
    if let Subject::Guides(guides) = &proposal.subject {
        for guide in guides {
            if !view.is_member(&guide.owner) {
                return Err(Code::NotMember);
            }
            if view.item(&guide.item).is_none() {
                return Err(Code::ItemUnknown);
            }
        }
    }
    if let Subject::Reallocation(of) = &proposal.subject
        && !of.shares.iter().all(|share| view.shares_money(&share.city))
    {
        return Err(Code::NotMember);
    }
    let next = view.next_version(&proposal.subject);
    if proposal.version < next {
        return Err(Code::StaleParent);
    }
    if proposal.version - next > VERSION_STEP_MAX {
        return Err(Code::TooLarge);
    }
    let slot = proposal.subject.slot();
    let decisions = view.decisions();
    let mut open = decisions
        .iter()
        .filter(|decision| decision.standing == Standing::Open);
    if open.clone().any(|decision| decision.slot() == slot) {
        return Err(Code::ProposalOpen);
    }
    if open.clone().any(|one| one.proposal.code == proposal.code) {
        return Err(Code::Duplicate);
    }
    if open.by_ref().filter(|one| one.by == author.city).count() >= OPEN_MAX {
        return Err(Code::TooLarge);
    }
    Ok(())
}

/// a city signs a text that it read and that nobody ended, once, and no second one for the same slot.
pub(super) fn sign(view: &View<'_>, author: &Author, adopt: &Adopt) -> Result<(), Code> {
    let decisions = view.decisions();
    let of = |decision: &&Decision<'_>| decision.id == adopt.proposal;
    let decision = decisions.iter().find(of).ok_or(Code::NotFound)?;
    if decision.adopted.contains(&author.city) {
        return Err(Code::Already);
    }
    if decision.standing != Standing::Open {
        return Err(Code::ProposalEnded);
    }
    if decision.proposal.text() != adopt.text {
        return Err(Code::TextChanged);
    }
    let slot = decision.slot();
    let second = decisions.iter().any(|other| {
        other.id != decision.id
            && other.standing == Standing::Open
            && other.adopted.contains(&author.city)
            && other.slot() == slot
    });
    match second {
        true => Err(Code::ProposalOpen),
        false => Ok(()),
    }
}

/// Whether a proposal or a batch is open, and whether a city signed it.
fn open(view: &View<'_>, id: &EntryId, city: &CityId) -> Result<(CityId, bool), Code> {
    if let Some(decision) = view.decision(id) {
        return match decision.standing {
            Standing::Open => Ok((decision.by, decision.adopted.contains(city))),
            _ => Err(Code::ProposalEnded),
        };
    }
    view.batch(id).ok_or(Code::NotFound)?;
    if view.batch_standing(id) != Standing::Open {
        return Err(Code::ProposalEnded);
    }
    let by = view.index().author_of(id).ok_or(Code::NotFound)?;
    let adopters = view.adopters(id);
    Ok((by, adopters.iter().any(|(by, _)| by == city)))
}

/// one objection ends a proposal; a city that signed it does not object.
pub(super) fn refuse(view: &View<'_>, author: &Author, refuse: &Refuse) -> Result<(), Code> {
    if !short(&refuse.reason) {
        return Err(Code::Argument);
    }
    match open(view, &refuse.proposal, &author.city)? {
        (_, true) => Err(Code::Already),
        // Who joined since takes over what the members decide of it; nobody asked it.
        (_, false) if !view.signers_of(&refuse.proposal).contains(&author.city) => {
            Err(Code::NoPower)
        }
        (_, false) => Ok(()),
    }
}

/// A proposer takes back what not every member has signed, as far as it knows.
pub(super) fn take_back(view: &View<'_>, author: &Author, id: &EntryId) -> Result<(), Code> {
    match open(view, id, &author.city)? {
        (by, _) if by != author.city => Err(Code::NoPower),
        _ => Ok(()),
    }
}
