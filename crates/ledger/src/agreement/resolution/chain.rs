//! What the certificates of a view amount to: members, root keys, limits, rules version.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, Hash32};

use super::motion::{Measure, Motion, Override};
use super::rules;
use crate::agreement::{Found, Founder, Limits, View};
use crate::code::Code;
use crate::id::{CertificateId, EntryId, MotionId};
use crate::planted::{Bug, planted};

/// What an allowed act of a round says, beside its entry's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agreement) enum Chained {
    /// A motion was written down.
    Moved(CityId, MotionId),
    /// A city voted.
    Voted(CityId, super::Ballot),
    /// A city committed.
    Committed(CityId, super::Ballot),
    /// A city gave a round up.
    Nullified(CityId, super::Nullify),
}

/// A Commit, kept by the certificate that it builds on.
#[derive(Clone, Copy, Debug)]
pub(in crate::agreement) struct Committed {
    /// The entry's number.
    pub number: usize,
    /// Who committed.
    pub city: CityId,
    /// In which round.
    pub round: u16,
    /// To what.
    pub motion: MotionId,
}

/// A member city with the root key that signs for it now.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The key. It differs from the city's id once a resolution replaced it.
    pub root: CityId,
    /// The city with its attributes.
    pub card: &'a Founder,
    /// With how many certificates it became one; a founder with none.
    pub since: usize,
}

/// A certificate in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The certificate.
    pub certificate: CertificateId,
    /// The one before it.
    pub parent: CertificateId,
    /// What was decided.
    pub motion: MotionId,
}

/// A root key that signs nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The key.
    pub root: CityId,
    /// The city that it signed for.
    pub city: CityId,
    /// Since which certificate.
    pub by: CertificateId,
    /// Whether the city left; otherwise another key took the place of this one.
    pub left: bool,
    /// Whether the city had this key when it left: with it, it still signs about money that it shared before.
    pub settles: bool,
}

/// What a view's certificates amount to.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// The last certificate: what the next motion builds on.
    pub head: CertificateId,
    /// The certificates in order.
    pub links: Vec<Link>,
    /// The members, ascending by id.
    pub members: Vec<Member<'a>>,
    /// Root keys that sign nothing any more.
    pub gone: Vec<Gone>,
    /// Cities that left, as they were called.
    pub former: Vec<&'a Founder>,
    /// The rules version in force.
    pub rules_version: u16,
    /// The limits that the terms or the last resolution about them set.
    pub limits: &'a Limits,
    /// The certificate that set them; none for those of the terms.
    pub limits_by: Option<CertificateId>,
    /// Whether two contradictory certificates build on the head: more members lie than the rules can bear. Neither of
    /// them has effect, and nothing can be decided any more.
    pub split: bool,
}

impl<'a> Standing<'a> {
    /// What the founding terms say.
    pub fn founded(genesis: &EntryId, found: &'a Found) -> Self {
        let member = |card: &'a Founder| Member {
            root: card.city,
            card,
            since: 0,
        };
        Self {
            head: CertificateId::first(genesis),
            links: Vec::new(),
            members: found.founders.iter().map(member).collect(),
            gone: Vec::new(),
            former: Vec::new(),
            rules_version: found.rules_version,
            limits: &found.annex.limits,
            limits_by: None,
            split: false,
        }
    }

    /// Cities that were members and are not any more.
    pub fn left(&self) -> BTreeSet<CityId> {
        let left = self.gone.iter().filter(|gone| gone.left);
        left.map(|gone| gone.city).collect()
    }

    /// A member by its id.
    pub fn member(&self, city: &CityId) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.card.city == *city)
    }

    /// The member for which a root key signs.
    pub fn speaks_for(&self, root: &CityId) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.root == *root)
    }

    /// The members that have a vote on a motion.
    pub fn eligible(&self, motion: &Motion) -> impl Iterator<Item = CityId> + use<'_, 'a> {
        let concerned = match rules::keeps_vote(self.members.len()) {
            true => None,
            false => motion.concerns(),
        };
        let members = self.members.iter().map(|member| member.card.city);
        members.filter(move |city| Some(*city) != concerned)
    }

    /// How many have to agree to a motion.
    pub fn quorum(&self, motion: &Motion) -> usize {
        let quorum = rules::quorum(self.members.len(), self.eligible(motion).count());
        match planted(Bug::SmallQuorum) {
            true => (quorum / 2).max(1),
            false => quorum,
        }
    }

    /// Takes a decided motion in.
    pub fn follow(&mut self, id: MotionId, motion: &'a Motion) {
        let certificate = self.head.then(&id);
        self.links.push(Link {
            certificate,
            parent: self.head,
            motion: id,
        });
        self.head = certificate;
        match &motion.measure {
            Measure::Admit(card) => {
                let (root, since) = (card.city, self.links.len());
                self.members.push(Member { root, card, since });
            }
            Measure::Remove(city) => self.leave(city, certificate),
            Measure::Replace(replace) => {
                let city = replace.city.city;
                let member = self.members.iter_mut().find(|one| one.card.city == city);
                if let Some(member) = member {
                    self.gone.push(Gone {
                        root: member.root,
                        city,
                        by: certificate,
                        left: false,
                        settles: false,
                    });
                    member.root = replace.root;
                    member.card = &replace.city;
                }
            }
            Measure::Thresholds(limits) => {
                self.limits = limits;
                self.limits_by = Some(certificate);
            }
            // Read where a case cites it.
            Measure::Override(_) => {}
            Measure::Rules(version) => self.rules_version = *version,
        }
        self.members.sort_by_key(|member| member.card.city);
    }

    fn leave(&mut self, city: &CityId, by: CertificateId) {
        let member = self.member(city).copied();
        self.gone.extend(member.map(|member| Gone {
            root: member.root,
            city: *city,
            by,
            left: true,
            settles: true,
        }));
        self.former.extend(member.map(|member| member.card));
        // Earlier keys of the city spoke for one that is a member no more.
        for gone in self.gone.iter_mut().filter(|gone| gone.city == *city) {
            gone.left = true;
        }
        self.members.retain(|member| member.card.city != *city);
    }

    /// Says whether cities that committed to a motion in one round are enough to decide it.
    pub fn is_enough(&self, motion: &Motion, cities: &BTreeSet<CityId>) -> bool {
        let count = self.eligible(motion).filter(|city| cities.contains(city));
        count.count() >= self.quorum(motion)
    }

    /// The motions that enough members committed to on the head, by Commits that a caller has seen.
    pub(in crate::agreement) fn decided(
        &self,
        commits: impl Iterator<Item = (CityId, u16, MotionId)>,
        motions: &'a BTreeMap<MotionId, Motion>,
    ) -> BTreeSet<MotionId> {
        let mut by: BTreeMap<(MotionId, u16), BTreeSet<CityId>> = BTreeMap::new();
        for (city, round, motion) in commits {
            by.entry((motion, round)).or_default().insert(city);
        }
        let enough = |((id, _), cities): &(&(MotionId, u16), &BTreeSet<CityId>)| {
            let motion = motions.get(id);
            motion.is_some_and(|motion| self.is_enough(motion, cities))
        };
        by.iter().filter(enough).map(|((id, _), _)| *id).collect()
    }
}

impl<'a> View<'a> {
    /// What the certificates amount to.
    pub fn standing(&self) -> Standing<'a> {
        let index = self.index();
        let mut standing = Standing::founded(&index.genesis(), index.found());
        while !standing.split {
            let here = index.commits_on(&standing.head).iter();
            let here = here.filter(|commit| self.contains(commit.number));
            let here = here.map(|commit| (commit.city, commit.round, commit.motion));
            let decided = standing.decided(here, index.motions());
            let mut decided = decided.into_iter();
            match (decided.next(), decided.next()) {
                (None, _) => break,
                (Some(_), Some(_)) => standing.split = true,
                (Some(id), None) => match index.motions().get(&id) {
                    Some(motion) => standing.follow(id, motion),
                    None => break,
                },
            }
        }
        standing
    }

    /// The member for which a root key signs: the city's id, which outlives its keys.
    pub fn speaker(&self, root: &CityId) -> Option<CityId> {
        if !self.index().has_commits() {
            return self.is_member(root).then_some(*root);
        }
        let standing = self.standing();
        standing.speaks_for(root).map(|member| member.card.city)
    }

    /// The member for which a root key signs or signed, whoever signs for it now.
    pub fn city_of(&self, root: &CityId) -> Option<CityId> {
        if !self.index().has_commits() {
            return self.is_member(root).then_some(*root);
        }
        let standing = self.standing();
        let gone = standing.gone.iter().find(|gone| gone.root == *root);
        let now = standing.speaks_for(root).map(|member| member.card.city);
        now.or(gone.map(|gone| gone.city))
    }

    /// Says whether a root key signs nothing any more: its city left, or has another one.
    pub fn is_gone(&self, root: &CityId) -> bool {
        self.index().has_commits() && self.standing().gone.iter().any(|gone| gone.root == *root)
    }

    /// Says whether a city was a member and is not any more.
    pub fn has_left(&self, city: &CityId) -> bool {
        let left = |gone: &Gone| gone.left && gone.city == *city;
        self.index().has_commits() && self.standing().gone.iter().any(left)
    }

    /// Says whether a root key still signs about money for a city that left: what was shared before is settled.
    pub fn settles_by(&self, root: &CityId) -> bool {
        let settles = |gone: &Gone| gone.settles && gone.root == *root;
        self.index().has_commits() && self.standing().gone.iter().any(settles)
    }

    /// Says whether members may have money to settle with a city: it is a member, or was one.
    pub fn shares_money(&self, city: &CityId) -> bool {
        self.is_member(city) || self.has_left(city)
    }

    /// Refuses who has no money to settle: neither a member nor a city that left.
    ///
    /// # Errors
    /// [`Code::NotMember`], or [`Code::Agreement`] while not every founder signed.
    pub fn may_settle(&self, city: &CityId) -> Result<(), Code> {
        if !self.shares_money(city) {
            Err(Code::NotMember)
        } else if !self.effective() {
            Err(Code::Agreement)
        } else {
            Ok(())
        }
    }

    /// Who holds a case by a certificate, if that is the last word about the case as it was held.
    pub fn override_of(&self, certificate: &CertificateId) -> Option<&'a Override> {
        let overrides = self.overrides();
        let (_, named) = overrides.iter().find(|(of, _)| of == certificate)?;
        let mut same = overrides.iter().rev();
        let last = same.find(|(_, other)| other.case == named.case)?;
        (last.0 == *certificate).then_some(*named)
    }

    /// The last resolution about a case as it is held: its certificate and what it says.
    pub fn override_for(&self, mark: &Hash32) -> Option<(CertificateId, &'a Override)> {
        let mut overrides = self.overrides().into_iter().rev();
        overrides.find(|(_, named)| named.case == *mark)
    }

    /// The resolutions that name the holder of a case, in the order of the chain.
    fn overrides(&self) -> Vec<(CertificateId, &'a Override)> {
        let index = self.index();
        if !index.has_commits() {
            return Vec::new();
        }
        let named = |link: &Link| match &index.motions().get(&link.motion)?.measure {
            Measure::Override(named) => Some((link.certificate, named)),
            _ => None,
        };
        self.standing().links.iter().filter_map(named).collect()
    }

    /// Some cities without those that left.
    pub fn remaining(&self, mut cities: BTreeSet<CityId>) -> BTreeSet<CityId> {
        if self.index().has_commits() {
            let left = self.standing().left();
            cities.retain(|city| !left.contains(city));
        }
        cities
    }

    /// Says whether some root key signs nothing any more.
    pub fn anyone_gone(&self) -> bool {
        self.index().has_commits() && !self.standing().gone.is_empty()
    }

    /// Says whether a key was ever a member's root key.
    pub(super) fn was_root(&self, root: &CityId) -> bool {
        let standing = self.standing();
        let now = standing.members.iter().any(|member| member.root == *root);
        now || standing
            .gone
            .iter()
            .any(|gone| gone.root == *root || gone.city == *root)
    }
}
