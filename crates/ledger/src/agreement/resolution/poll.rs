//! Voting as an author knew it: what was said on the last certificate, and what a city may say next.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;

use super::chain::{Chained, Standing};
use super::motion::{Measure, Motion};
use super::rules::{self, Poll, Refusal, Said, Voters, Word};
use super::{Ballot, Nullify};
use crate::agreement::{Act, View};
use crate::code::Code;
use crate::id::{CertificateId, EntryId, MotionId};
use crate::kind::Author;
use crate::planted::{Bug, planted};

/// What was said on one certificate.
#[derive(Clone, Debug)]
pub struct Polled<'a> {
    standing: Standing<'a>,
    motions: BTreeMap<MotionId, &'a Motion>,
    proposers: BTreeMap<MotionId, BTreeSet<CityId>>,
    votes: BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>,
    commits: BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>,
    nullifies: BTreeMap<u16, BTreeSet<CityId>>,
}

/// What a node may sign by itself: it follows from words that the city's people gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The motion for which the city voted has the votes.
    Commit(Ballot),
    /// No motion of the round can have the votes any more.
    Nullify(Nullify),
    /// The motion for which the city voted had the votes in every round that was not given up.
    Vote(Ballot),
}

/// Contradicting words of one city: whoever holds both entries holds a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubled {
    /// The city.
    pub city: CityId,
    /// The certificate on which the round builds.
    pub parent: CertificateId,
    /// The round.
    pub round: u16,
    /// The entries, ascending.
    pub entries: [EntryId; 2],
}

impl Poll for Polled<'_> {
    type Text = MotionId;

    fn quorum_of(&self, text: MotionId) -> usize {
        let motion = self.motions.get(&text);
        motion.map_or(usize::MAX, |motion| self.standing.quorum(motion))
    }

    fn quorum_of_all(&self) -> usize {
        let members = self.standing.members.len();
        rules::quorum(members, members)
    }

    fn votes(&self, round: u16, text: MotionId) -> usize {
        self.count(&self.votes, round, text)
    }

    fn commits(&self, round: u16, text: MotionId) -> usize {
        self.count(&self.commits, round, text)
    }

    fn nullifies(&self, round: u16) -> usize {
        self.nullifies.get(&round).map_or(0, BTreeSet::len)
    }

    fn texts(&self, round: u16) -> Vec<MotionId> {
        let votes = self.votes.get(&round);
        votes
            .map(|by| by.keys().copied().collect())
            .unwrap_or_default()
    }
}

impl Voters for Polled<'_> {
    type City = CityId;

    fn said(&self, round: u16, city: CityId) -> Said {
        Polled::said(self, round, &city)
    }

    fn voted(&self, round: u16, city: CityId) -> Option<MotionId> {
        Polled::voted(self, round, &city)
    }

    fn may_vote(&self, city: CityId, text: MotionId) -> bool {
        Polled::may_vote(self, &city, &text)
    }

    fn silent(&self, round: u16, text: Option<MotionId>) -> usize {
        let silent = |city: &CityId| !Polled::said(self, round, city).voted;
        match text {
            None => {
                let members = self.standing.members.iter();
                members.filter(|one| silent(&one.card.city)).count()
            }
            Some(text) => self.motions.get(&text).map_or(0, |motion| {
                self.standing.eligible(motion).filter(silent).count()
            }),
        }
    }
}

impl<'a> Polled<'a> {
    /// What a view knows about the last certificate.
    pub fn of(view: &View<'a>) -> Self {
        let standing = view.standing();
        let mut polled = Self {
            motions: BTreeMap::new(),
            proposers: BTreeMap::new(),
            votes: BTreeMap::new(),
            commits: BTreeMap::new(),
            nullifies: BTreeMap::new(),
            standing,
        };
        let index = view.index();
        let head = polled.standing.head;
        for (_, said) in index.chained().filter(|(number, _)| view.contains(*number)) {
            match said {
                Chained::Moved(city, id) => {
                    polled.proposers.entry(*id).or_default().insert(*city);
                    if let Some(motion) = index.motions().get(id) {
                        polled.motions.insert(*id, motion);
                    }
                }
                Chained::Voted(city, ballot) if ballot.parent == head => {
                    note(&mut polled.votes, *city, ballot);
                }
                Chained::Committed(city, ballot) if ballot.parent == head => {
                    note(&mut polled.commits, *city, ballot);
                }
                Chained::Nullified(city, nullify) if nullify.parent == head => {
                    let of_round = polled.nullifies.entry(nullify.round).or_default();
                    if polled.standing.member(city).is_some() {
                        of_round.insert(*city);
                    }
                }
                _ => {}
            }
        }
        polled
    }

    /// What the certificates before it amount to.
    pub fn standing(&self) -> &Standing<'a> {
        &self.standing
    }

    /// The motions that were ever put, with who put them.
    pub fn motions(&self) -> impl Iterator<Item = (MotionId, &'a Motion, &BTreeSet<CityId>)> {
        let none = const { &BTreeSet::new() };
        self.motions
            .iter()
            .map(move |(id, motion)| (*id, *motion, self.proposers.get(id).unwrap_or(none)))
    }

    /// The members that motions concern which are put and not decided.
    pub fn concerned(&self) -> BTreeSet<CityId> {
        let decided = |id: &MotionId| self.standing.links.iter().any(|link| link.motion == *id);
        let open = self.motions.iter().filter(|(id, _)| !decided(id));
        let concerned = open.filter_map(|(_, motion)| motion.concerns());
        let member = |city: &CityId| self.standing.member(city).is_some();
        concerned.filter(member).collect()
    }

    /// A motion by its id.
    pub fn motion(&self, id: &MotionId) -> Option<&'a Motion> {
        self.motions.get(id).copied()
    }

    /// The round in which people vote now.
    pub fn round(&self) -> u16 {
        rules::round(self)
    }

    /// The cities that voted for a motion in a round and may vote on it, ascending.
    pub fn voters(&self, round: u16, motion: &MotionId) -> Vec<CityId> {
        self.among(&self.votes, round, motion)
    }

    /// The cities that committed to a motion in a round, ascending.
    pub fn committers(&self, round: u16, motion: &MotionId) -> Vec<CityId> {
        self.among(&self.commits, round, motion)
    }

    /// The members that gave a round up, ascending.
    pub fn quitters(&self, round: u16) -> Vec<CityId> {
        let quit = self.nullifies.get(&round);
        quit.map(|by| by.iter().copied().collect())
            .unwrap_or_default()
    }

    /// The motion for which a city voted last in a round, if it is one only.
    pub fn voted(&self, round: u16, city: &CityId) -> Option<MotionId> {
        let of_round = self.votes.get(&round)?.iter();
        let mut voted = of_round.filter(|(_, by)| by.contains(city));
        voted.next().map(|(id, _)| *id)
    }

    /// What a city said in a round.
    pub fn said(&self, round: u16, city: &CityId) -> Said {
        let in_any = |said: &BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>| {
            let of_round = said.get(&round);
            of_round.is_some_and(|by| by.values().any(|cities| cities.contains(city)))
        };
        let nullified = self.nullifies.get(&round);
        Said {
            voted: in_any(&self.votes),
            committed: in_any(&self.commits),
            nullified: nullified.is_some_and(|by| by.contains(city)),
        }
    }

    /// What a city's node may sign by itself now, by the words that its people gave.
    pub fn turn(&self, city: &CityId) -> Option<Turn> {
        self.standing.member(city)?;
        if self.standing.split {
            return None;
        }
        let parent = self.standing.head;
        let ballot = |round, motion| Ballot {
            parent,
            round,
            motion,
        };
        Some(match rules::turn(self, *city)? {
            Word::Commit(round, motion) => Turn::Commit(ballot(round, motion)),
            Word::Nullify(round) => Turn::Nullify(Nullify { parent, round }),
            Word::Vote(round, motion) => Turn::Vote(ballot(round, motion)),
        })
    }

    /// Whether a city has a vote on a motion.
    pub fn may_vote(&self, city: &CityId, motion: &MotionId) -> bool {
        let motion = self.motions.get(motion);
        motion.is_some_and(|motion| self.standing.eligible(motion).any(|one| one == *city))
    }

    fn among(
        &self,
        said: &BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>,
        round: u16,
        id: &MotionId,
    ) -> Vec<CityId> {
        let by = said.get(&round).and_then(|by| by.get(id));
        match (by, self.motions.get(id)) {
            (Some(by), Some(motion)) => {
                let eligible = self.standing.eligible(motion);
                eligible.filter(|city| by.contains(city)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn count(
        &self,
        said: &BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>,
        round: u16,
        id: MotionId,
    ) -> usize {
        self.among(said, round, &id).len()
    }
}

fn note(
    said: &mut BTreeMap<u16, BTreeMap<MotionId, BTreeSet<CityId>>>,
    city: CityId,
    ballot: &Ballot,
) {
    let of_round = said.entry(ballot.round).or_default();
    of_round.entry(ballot.motion).or_default().insert(city);
}

impl View<'_> {
    /// Says whether any motion was ever put.
    pub fn puts_motions(&self) -> bool {
        self.index().chained().next().is_some()
    }

    /// The motions that were put, by the entries that put them.
    pub fn motions_put(&self) -> Vec<(EntryId, MotionId)> {
        let index = self.index();
        let put = index.chained().filter_map(|(number, said)| match said {
            Chained::Moved(_, id) if self.contains(*number) => {
                Some((*index.entries().get(*number)?, *id))
            }
            _ => None,
        });
        put.collect()
    }

    /// Cities that contradicted themselves in a round, with the entries that prove it.
    pub fn doubled(&self) -> Vec<Doubled> {
        type Word = (Option<MotionId>, EntryId);
        let mut votes: BTreeMap<(CityId, CertificateId, u16), Vec<Word>> = BTreeMap::new();
        let mut ends = votes.clone();
        let index = self.index();
        for (number, said) in index.chained().filter(|(number, _)| self.contains(*number)) {
            let Some(id) = index.entries().get(*number).copied() else {
                continue;
            };
            match said {
                Chained::Moved(..) => {}
                Chained::Voted(city, on) => {
                    let at = votes.entry((*city, on.parent, on.round)).or_default();
                    at.push((Some(on.motion), id));
                }
                Chained::Committed(city, on) => {
                    let at = ends.entry((*city, on.parent, on.round)).or_default();
                    at.push((Some(on.motion), id));
                }
                Chained::Nullified(city, on) => {
                    let at = ends.entry((*city, on.parent, on.round)).or_default();
                    at.push((None, id));
                }
            }
        }
        let mut doubled = BTreeSet::new();
        for ((city, parent, round), mut words) in votes.into_iter().chain(ends) {
            words.sort_unstable();
            let first = words.first().copied();
            let other = first.and_then(|first| words.iter().find(|word| word.0 != first.0));
            if let (Some((_, one)), Some((_, other))) = (first, other) {
                let entries = [one.min(*other), one.max(*other)];
                doubled.insert(Doubled {
                    city,
                    parent,
                    round,
                    entries,
                });
            }
        }
        doubled.into_iter().collect()
    }
}

/// A member writes a motion down; whoever it concerns may do so, too.
pub(in crate::agreement) fn authorize_propose(
    view: &View<'_>,
    motion: &Motion,
) -> Result<(), Code> {
    motion.check(view)?;
    if matches!(&motion.measure, Measure::Thresholds(limits) if view.limits() == limits) {
        return Err(Code::Already);
    }
    let id = motion.id();
    match Polled::of(view).motions.contains_key(&id) {
        true => Err(Code::Already),
        false => Ok(()),
    }
}

/// A vote or a Commit, by what its author knew.
pub(in crate::agreement) fn authorize_ballot(
    view: &View<'_>,
    author: &Author,
    act: &Act,
    ballot: &Ballot,
) -> Result<(), Code> {
    let polled = Polled::of(view);
    let motion = polled.motion(&ballot.motion).ok_or(Code::NotFound)?;
    on_head(&polled, &ballot.parent)?;
    motion.check(view)?;
    if !polled.may_vote(&author.city, &ballot.motion) {
        return Err(Code::Concerned);
    }
    // Limits that the chain has in force already are not decided once more. That follows from the certificate below, so
    // a motion with votes stays one that cities may vote for.
    if let (Act::Vote(_), Measure::Thresholds(limits)) = (act, &motion.measure)
        && polled.standing().limits == limits
        && view.agreed_limits().is_none()
    {
        return Err(Code::Already);
    }
    let said = polled.said(ballot.round, &author.city);
    let said = match planted(Bug::VoteTwice) {
        true => Said::default(),
        false => said,
    };
    let verdict = match act {
        Act::Vote(_) => rules::vote(&polled, said, ballot.round, ballot.motion),
        _ => rules::commit(&polled, said, ballot.round, ballot.motion),
    };
    verdict.map_err(code)
}

/// A Nullify, by what its author knew.
pub(in crate::agreement) fn authorize_nullify(
    view: &View<'_>,
    author: &Author,
    nullify: &Nullify,
) -> Result<(), Code> {
    let polled = Polled::of(view);
    on_head(&polled, &nullify.parent)?;
    let said = polled.said(nullify.round, &author.city);
    rules::nullify(&polled, said, nullify.round).map_err(code)
}

/// Voting goes on upon the last certificate alone.
fn on_head(polled: &Polled<'_>, parent: &CertificateId) -> Result<(), Code> {
    if polled.standing.split {
        return Err(Code::Disputed);
    }
    match polled.standing.head == *parent {
        true => Ok(()),
        false => Err(Code::StaleParent),
    }
}

fn code(refusal: Refusal) -> Code {
    match refusal {
        Refusal::Already => Code::Already,
        Refusal::Closed => Code::Round,
        Refusal::Fixed => Code::TextFixed,
        Refusal::TooFew => Code::Quorum,
        Refusal::Contrary => Code::Contrary,
    }
}
