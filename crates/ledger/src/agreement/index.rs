//! The facts of an agreement, numbered on arrival, with an ancestor bitmap for each entry.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;
use tongban_identity::{CertHash, CityId, Hash32, SignedRevocation};

use super::list::{AdoptBatch, Nominate, Stance, Supplement};
use super::proposal::{Proposal, Refuse};
use super::resolution::{self, Chained, Committed, Motion};
use super::{Act, Bitmap, Found, Grant, Guide, VERSION_STEP_MAX, View, adopt, decide};
use crate::calendar::Calendar;
use crate::code::Code;
use crate::id::{CertificateId, EntryId, MotionId};
use crate::kind::{Author, Status};

/// The most entries that one agreement document holds.
pub const ENTRIES_MAX: usize = 100_000;
/// The most entries of one city that an agreement document takes unless entries of other cities rest on them, so
/// that no member can fill it for all.
pub const CITY_ENTRIES_MAX: usize = 1_000;
/// How many more it takes of what a city says in rounds of votes, and of revocations: these have to be said however
/// much was said before.
pub const CITY_WORDS_MAX: usize = 500;
/// The most heads that a view names.
pub const VIEW_HEADS_MAX: usize = 64;

/// What an allowed act adds to the agreement.
#[derive(Clone, Debug)]
pub(super) enum Fact {
    Ratified(CityId),
    Offered(Grant),
    Taken(EntryId),
    Withdrawn(EntryId, CityId),
    Suspended(CityId, String),
    Resumed(EntryId),
    Published(Guide),
    Proposed(Box<Supplement>),
    Adopted(CityId, AdoptBatch),
    Nominated(CityId, Nominate),
    Said(CityId, Stance),
    /// A proposal beside batches.
    Put(CityId, Box<Proposal>),
    /// A city's signature under one.
    Signed(CityId, EntryId),
    /// An objection to a proposal or a batch.
    Refused(CityId, Refuse),
    /// A proposal or batch that its proposer took back.
    TakenBack(EntryId),
}

impl Fact {
    /// Whether it is about proposals beside batches, or ends one.
    fn is_decisive(&self) -> bool {
        matches!(
            self,
            Fact::Put(..) | Fact::Signed(..) | Fact::Refused(..) | Fact::TakenBack(_)
        )
    }
}

/// Who signed an entry.
#[derive(Clone, Copy, Debug)]
struct Signer {
    /// The city, whichever key signs for it.
    city: CityId,
    /// The root key under which it was signed.
    root: CityId,
    cert: CertHash,
}

impl Signer {
    /// The signer of an entry; the author still has the root key in place of the city.
    fn of(author: &Author, city: CityId) -> Self {
        Self {
            city,
            root: author.city,
            cert: author.cert,
        }
    }
}

/// A device that a root key revoked.
#[derive(Clone, Debug)]
struct Revoked {
    /// The entry that says so.
    number: usize,
    /// The city of the root key.
    city: CityId,
    /// The root key that says so: it speaks for the devices that it certified itself, and for no others.
    root: CityId,
    cert: CertHash,
    /// Heads under which the device's entries stay in this document.
    keeps: Vec<EntryId>,
}

/// A set of entries, and what it says of root keys once somebody asks.
struct Known<'a> {
    bits: &'a Bitmap,
    gone: OnceCell<Vec<CityId>>,
}

impl<'a> Known<'a> {
    fn new(bits: &'a Bitmap) -> Self {
        Self {
            bits,
            gone: OnceCell::new(),
        }
    }
}

/// Why an entry cannot be added to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IndexError {
    /// A parent is not in the index.
    #[error("a parent of the entry is not in the agreement")]
    UnknownParent,
    /// The agreement is full.
    #[error("the agreement holds the most entries it may")]
    Full,
    /// The genesis is not a sound founding act.
    #[error("the founding act is refused: {0}")]
    Founding(Code),
}

/// An agreement document in memory.
#[derive(Clone, Debug)]
pub struct Index {
    found: Found,
    /// The working days by which acts are judged; they follow from the founding act.
    calendar: Calendar,
    numbers: BTreeMap<EntryId, usize>,
    ids: Vec<EntryId>,
    /// Never changed once they are there, so a copy of the index shares them.
    histories: Vec<Arc<Bitmap>>,
    statuses: Vec<Status>,
    authors: Vec<Signer>,
    /// For each entry the root keys that sign nothing any more by what its author knew, itself included.
    lost: Vec<Vec<CityId>>,
    facts: Vec<(usize, Fact)>,
    revoked: Vec<Revoked>,
    /// What was said in rounds of votes, with its entry. It counts whatever becomes of the key that signed it.
    chained: Vec<(usize, Chained)>,
    /// Commits by the certificate that they build on.
    commits: BTreeMap<CertificateId, Vec<Committed>>,
    /// Motions that were put.
    motions: BTreeMap<MotionId, Motion>,
    /// Cities of which a root key signs nothing any more, by all that is known.
    gone: BTreeSet<CityId>,
    /// Cities that somebody committed to put out or to give another root key: only their keys can be gone.
    ending: BTreeSet<CityId>,
    /// Whether a further batch was ever proposed: most agreements have none, and are asked often.
    proposals: bool,
    /// Places of the facts about proposals beside batches, so that they are found without looking at all others.
    decisive: Vec<usize>,
    /// What was ever proposed so.
    put: BTreeSet<&'static str>,
    heads: Vec<EntryId>,
}

impl Index {
    /// Opens an index with the genesis entry.
    pub fn open(id: EntryId, author: &Author, found: Found) -> Result<Self, IndexError> {
        found.check().map_err(IndexError::Founding)?;
        if !found.founders.iter().any(|city| city.city == author.city) {
            return Err(IndexError::Founding(Code::NotMember));
        }
        let mut history = Bitmap::default();
        history.insert(0);
        let mut calendar = Calendar::official();
        for year in &found.annex.calendars {
            calendar.insert(year.clone());
        }
        Ok(Self {
            found,
            calendar,
            numbers: BTreeMap::from([(id, 0)]),
            ids: vec![id],
            histories: vec![Arc::new(history)],
            statuses: vec![Status::Applied],
            authors: vec![Signer::of(author, author.city)],
            lost: vec![Vec::new()],
            facts: vec![(0, Fact::Ratified(author.city))],
            revoked: Vec::new(),
            chained: Vec::new(),
            commits: BTreeMap::new(),
            motions: BTreeMap::new(),
            gone: BTreeSet::new(),
            ending: BTreeSet::new(),
            proposals: false,
            decisive: Vec::new(),
            put: BTreeSet::new(),
            heads: vec![id],
        })
    }

    /// The founding act.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// The working days by which acts are judged.
    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Says whether anybody proposed a further batch.
    pub(super) fn has_proposals(&self) -> bool {
        self.proposals
    }

    /// Says whether anybody ever proposed something of a kind.
    pub(super) fn put(&self, kind: &str) -> bool {
        self.put.contains(kind)
    }

    /// Who signed an entry.
    pub(super) fn author_of(&self, id: &EntryId) -> Option<CityId> {
        let number = self.numbers.get(id)?;
        self.authors.get(*number).map(|signer| signer.city)
    }

    /// What was said in rounds of votes, with the number of its entry.
    pub(super) fn chained(&self) -> impl Iterator<Item = &(usize, Chained)> {
        self.chained.iter()
    }

    /// Commits that build on a certificate.
    pub(super) fn commits_on(&self, parent: &CertificateId) -> &[Committed] {
        self.commits.get(parent).map_or(&[], Vec::as_slice)
    }

    /// Says whether anybody ever committed to a motion: otherwise the founders are the members.
    pub(super) fn has_commits(&self) -> bool {
        !self.commits.is_empty()
    }

    /// Motions that were put.
    pub(super) fn motions(&self) -> &BTreeMap<MotionId, Motion> {
        &self.motions
    }

    /// The genesis entry.
    pub fn genesis(&self) -> EntryId {
        self.ids[0]
    }

    /// The entries that no other entry has as a parent, ascending.
    pub fn heads(&self) -> &[EntryId] {
        &self.heads
    }

    /// The heads that an entry cites as its view, ascending: all of them, or where a member leaves too many, as many
    /// of each city as there is room for, those that know most.
    pub fn view_heads(&self) -> Vec<EntryId> {
        if self.heads.len() <= VIEW_HEADS_MAX {
            return self.heads.clone();
        }
        let mut by_city: BTreeMap<CityId, Vec<(usize, EntryId)>> = BTreeMap::new();
        for head in &self.heads {
            if let Some(number) = self.numbers.get(head) {
                let heads = by_city.entry(self.authors[*number].city).or_default();
                heads.push((self.histories[*number].count(), *head));
            }
        }
        let room = (VIEW_HEADS_MAX / by_city.len().max(1)).max(1);
        let mut cited = Vec::new();
        for heads in by_city.values_mut() {
            heads.sort_unstable_by(|one, other| other.cmp(one));
            cited.extend(heads.iter().take(room).map(|(_, head)| *head));
        }
        cited.truncate(VIEW_HEADS_MAX);
        cited.sort_unstable();
        cited
    }

    /// How many entries of a city it holds.
    pub fn count_of(&self, city: &CityId) -> usize {
        let authors = self.authors.iter();
        authors.filter(|signer| signer.city == *city).count()
    }

    /// Says whether an entry is in the index.
    pub fn contains(&self, id: &EntryId) -> bool {
        self.numbers.contains_key(id)
    }

    /// The entries in order of arrival.
    pub fn entries(&self) -> &[EntryId] {
        &self.ids
    }

    /// An entry's status, which depends on its ancestors alone: facts of an agreement never meet.
    pub fn status(&self, id: &EntryId) -> Option<Status> {
        self.numbers.get(id).map(|number| self.statuses[*number])
    }

    /// The bitmap of everything under some heads; `None` while one of them is unknown.
    pub fn history(&self, heads: &[EntryId]) -> Option<Bitmap> {
        let mut bits = Bitmap::default();
        for head in heads {
            bits.union(&self.histories[*self.numbers.get(head)?]);
        }
        Some(bits)
    }

    /// Everything that an entry's author knew, and the entry.
    pub(super) fn history_of(&self, id: &EntryId) -> Option<&Bitmap> {
        let history = self.histories.get(*self.numbers.get(id)?)?;
        Some(history)
    }

    /// Judges an act on its ancestors (its parents' histories).
    pub fn authorize(
        &self,
        parents: &[EntryId],
        author: &Author,
        act: &Act,
    ) -> Result<Result<(), Code>, IndexError> {
        let bits = self.history(parents).ok_or(IndexError::UnknownParent)?;
        Ok(authorize(&View::new(self, &bits), author, act))
    }

    /// Adds an entry under its parents; an act that may not follow stays, denied.
    pub fn insert(
        &mut self,
        id: EntryId,
        parents: &[EntryId],
        author: &Author,
        act: &Act,
    ) -> Result<Status, IndexError> {
        if let Some(number) = self.numbers.get(&id) {
            return Ok(self.statuses[*number]);
        }
        if self.ids.len() >= ENTRIES_MAX {
            return Err(IndexError::Full);
        }
        let mut history = self.history(parents).ok_or(IndexError::UnknownParent)?;
        let view = View::new(self, &history);
        let verdict = authorize(&view, author, act);
        // What is kept names the city, whichever key signs for it.
        let city = view.speaker(&author.city).unwrap_or(author.city);
        let signer = Signer::of(author, city);
        let author = &Author { city, ..*author };
        let revokes = revoked(&view, self.ids.len(), act);
        let number = self.ids.len();
        history.insert(number);
        let status = match verdict {
            Ok(()) => {
                self.revoked.extend(revokes);
                self.note_chained(number, author, act);
                if let Some(fact) = fact(author, act) {
                    self.proposals |= matches!(fact, Fact::Proposed(_));
                    if let Fact::Put(_, proposal) = &fact {
                        self.put.insert(proposal.subject.slot().kind);
                    }
                    if fact.is_decisive() {
                        self.decisive.push(self.facts.len());
                    }
                    self.facts.push((number, fact));
                }
                Status::Applied
            }
            Err(code) => Status::Denied(code),
        };
        self.numbers.insert(id, number);
        self.ids.push(id);
        self.authors.push(signer);
        self.lost.push(self.gone_roots(&history));
        self.histories.push(Arc::new(history));
        self.statuses.push(status);
        self.heads.retain(|head| !parents.contains(head));
        let at = self.heads.binary_search(&id).unwrap_or_else(|at| at);
        self.heads.insert(at, id);
        if matches!(act, Act::Commit(_)) && status == Status::Applied {
            let everything = self.history(&self.heads).unwrap_or_default();
            let gone = View::new(self, &everything).standing().gone;
            self.gone = gone.into_iter().map(|gone| gone.city).collect();
        }
        Ok(status)
    }

    /// Cities of which a root key signs nothing any more, by all that is known.
    pub fn gone_now(&self) -> &BTreeSet<CityId> {
        &self.gone
    }

    /// Says whether an entry lies in a set of entries.
    pub fn lies_in(&self, id: &EntryId, bits: &Bitmap) -> bool {
        let number = self.numbers.get(id);
        number.is_some_and(|number| bits.contains(*number))
    }

    /// Everything that the Commits of a certificate's motion rest on, and these Commits: what a city that left may
    /// still see, so that it learns of it.
    pub fn seen_by_leaver(&self, by: &CertificateId) -> Bitmap {
        let mut seen = Bitmap::default();
        for (parent, commits) in &self.commits {
            for commit in commits {
                if parent.then(&commit.motion) == *by {
                    seen.union(&self.histories[commit.number]);
                }
            }
        }
        seen
    }

    fn note_chained(&mut self, number: usize, author: &Author, act: &Act) {
        let city = author.city;
        let said = match act {
            Act::Move(motion) => {
                let id = motion.id();
                self.motions.entry(id).or_insert_with(|| (**motion).clone());
                Chained::Moved(city, id)
            }
            Act::Vote(ballot) => Chained::Voted(city, *ballot),
            Act::Commit(ballot) => {
                let motion = self.motions.get(&ballot.motion);
                self.ending.extend(motion.and_then(Motion::concerns));
                let of_parent = self.commits.entry(ballot.parent).or_default();
                of_parent.push(Committed {
                    number,
                    city,
                    round: ballot.round,
                    motion: ballot.motion,
                });
                Chained::Committed(city, *ballot)
            }
            Act::Nullify(nullify) => Chained::Nullified(city, *nullify),
            _ => return,
        };
        self.chained.push((number, said));
    }

    /// An entry's status under everything that is known: `held` while its device is revoked or its root key signs no
    /// more, and nobody keeps it.
    pub fn status_now(&self, id: &EntryId) -> Option<Status> {
        let number = *self.numbers.get(id)?;
        let everything = self.history(&self.heads).unwrap_or_default();
        Some(self.status_in(number, &Known::new(&everything)))
    }

    fn status_in(&self, number: usize, known: &Known<'_>) -> Status {
        match self.statuses[number] {
            Status::Applied if !self.counts(number, known) => Status::Held,
            status => status,
        }
    }

    /// The state root: a hash of the entries with their statuses, in order of id.
    pub fn state_root(&self) -> Hash32 {
        let everything = self.history(&self.heads).unwrap_or_default();
        let known = Known::new(&everything);
        let mut lines = Vec::new();
        for (id, number) in &self.numbers {
            lines.extend_from_slice(id.as_bytes());
            match self.status_in(*number, &known) {
                Status::Held => lines.extend_from_slice(&Code::Held.number().to_be_bytes()),
                Status::Denied(code) => lines.extend_from_slice(&code.number().to_be_bytes()),
                _ => lines.extend_from_slice(&[0, 0]),
            }
        }
        Hash32::hash("tongban/agreement-root/v1", &[&lines])
    }

    /// Says whether a root key revoked one of its certificates, as far as a set of entries says.
    pub(super) fn is_revoked(&self, root: &CityId, cert: &CertHash, bits: &Bitmap) -> bool {
        self.revocations(root, cert, bits).next().is_some()
    }

    /// Says whether one of some certificates is revoked by anything that is known.
    pub fn revokes_now<'a>(&self, mut certs: impl Iterator<Item = &'a CertHash>) -> bool {
        !self.revoked.is_empty()
            && certs.any(|cert| self.revoked.iter().any(|revoked| revoked.cert == *cert))
    }

    /// Whether any device is revoked in a set of entries.
    pub(super) fn revokes_any(&self, bits: &Bitmap) -> bool {
        self.revoked
            .iter()
            .any(|revoked| bits.contains(revoked.number))
    }

    fn revocations<'a>(
        &'a self,
        root: &'a CityId,
        cert: &'a CertHash,
        bits: &'a Bitmap,
    ) -> impl Iterator<Item = &'a Revoked> {
        // A root key speaks for its own devices only, whatever hash it names.
        self.revoked.iter().filter(move |revoked| {
            revoked.root == *root && revoked.cert == *cert && bits.contains(revoked.number)
        })
    }

    /// The root keys that sign nothing any more, as far as a set of entries says.
    fn gone_roots(&self, bits: &Bitmap) -> Vec<CityId> {
        if self.ending.is_empty() {
            return Vec::new();
        }
        let gone = View::new(self, bits).standing().gone.into_iter();
        gone.map(|gone| gone.root).collect()
    }

    /// Whether an entry of this document counts in a set of entries although its device may be revoked there, or its
    /// root key be gone: the revocation keeps it, or a member that had not heard of that built on it.
    fn counts(&self, number: usize, known: &Known<'_>) -> bool {
        let (signer, bits) = (self.authors[number], known.bits);
        let gone = || known.gone.get_or_init(|| self.gone_roots(bits));
        let is_gone = self.ending.contains(&signer.city) && gone().contains(&signer.root);
        if !is_gone && !self.is_revoked(&signer.root, &signer.cert, bits) {
            return true;
        }
        let kept = |head: &EntryId| {
            let head = self.numbers.get(head);
            head.is_some_and(|head| bits.contains(*head) && self.histories[*head].contains(number))
        };
        let knew = |other: usize| self.lost[other].contains(&signer.root);
        // What is entered in the name of a key that is gone keeps nothing, unless a member knew it before.
        let holds = |revoked: &&Revoked| {
            !is_gone || self.attested(revoked.number, revoked.city, bits, knew)
        };
        let mut kept_by = self.revocations(&signer.root, &signer.cert, bits);
        kept_by.any(|revoked| revoked.keeps.iter().any(kept) && holds(&revoked))
            || self.attested(number, signer.city, bits, |other| {
                knew(other) || self.is_revoked(&signer.root, &signer.cert, &self.histories[other])
            })
    }

    /// Whether a city that may write here built on an entry of another before it knew something.
    fn attested(
        &self,
        number: usize,
        city: CityId,
        bits: &Bitmap,
        knew: impl Fn(usize) -> bool,
    ) -> bool {
        (number..self.ids.len()).any(|other| {
            bits.contains(other)
                && self.statuses[other] == Status::Applied
                && self.authors[other].city != city
                && self.histories[other].contains(number)
                && !knew(other)
        })
    }

    pub(super) fn facts<'a>(
        &'a self,
        wanted: impl Fn(&Fact) -> bool + 'a,
        bits: &'a Bitmap,
    ) -> impl Iterator<Item = &'a Fact> {
        let known = Known::new(bits);
        self.facts
            .iter()
            .filter(move |(number, fact)| {
                bits.contains(*number) && wanted(fact) && self.counts(*number, &known)
            })
            .map(|(_, fact)| fact)
    }

    pub(super) fn facts_with_id<'a>(
        &'a self,
        bits: &'a Bitmap,
    ) -> impl Iterator<Item = (EntryId, &'a Fact)> {
        let known = Known::new(bits);
        self.facts
            .iter()
            .filter(move |(number, _)| bits.contains(*number) && self.counts(*number, &known))
            .map(|(number, fact)| (self.ids[*number], fact))
    }

    /// The facts about proposals beside batches, with their entries.
    pub(super) fn decisive<'a>(
        &'a self,
        bits: &'a Bitmap,
    ) -> impl Iterator<Item = (EntryId, &'a Fact)> {
        let known = Known::new(bits);
        self.decisive
            .iter()
            .filter_map(|place| self.facts.get(*place))
            .filter(move |(number, _)| bits.contains(*number) && self.counts(*number, &known))
            .map(|(number, fact)| (self.ids[*number], fact))
    }
}

fn fact(author: &Author, act: &Act) -> Option<Fact> {
    match act {
        Act::Found(_) => None,
        Act::Ratify => Some(Fact::Ratified(author.city)),
        Act::Offer(grant) => Some(Fact::Offered(grant.clone())),
        Act::Take(offer) => Some(Fact::Taken(*offer)),
        Act::Withdraw(grant) => Some(Fact::Withdrawn(*grant, author.city)),
        Act::Suspend(item) => Some(Fact::Suspended(author.city, item.clone())),
        Act::Resume(suspension) => Some(Fact::Resumed(*suspension)),
        Act::Revoke(_) => None,
        Act::Publish(guide) => Some(Fact::Published(guide.clone())),
        Act::ProposeBatch(supplement) => Some(Fact::Proposed(Box::new(supplement.clone()))),
        Act::AdoptBatch(adopt) => Some(Fact::Adopted(author.city, adopt.clone())),
        Act::Nominate(nominate) => Some(Fact::Nominated(author.city, nominate.clone())),
        Act::Stance(stance) => Some(Fact::Said(author.city, stance.clone())),
        Act::Propose(proposal) => Some(Fact::Put(author.city, Box::new(proposal.clone()))),
        Act::Adopt(adopt) => Some(Fact::Signed(author.city, adopt.proposal)),
        Act::Refuse(refuse) => Some(Fact::Refused(author.city, refuse.clone())),
        Act::WithdrawProposal(proposal) => Some(Fact::TakenBack(*proposal)),
        Act::Move(_) | Act::Vote(_) | Act::Commit(_) | Act::Nullify(_) => None,
    }
}

/// What a revocation that was allowed says; its signature was checked then.
fn revoked(view: &View<'_>, number: usize, act: &Act) -> Option<Revoked> {
    let Act::Revoke(bytes) = act else {
        return None;
    };
    let revocation = SignedRevocation::from_slice(bytes).ok()?.verify().ok()?;
    Some(Revoked {
        number,
        city: view.speaker(&revocation.city)?,
        root: revocation.city,
        cert: revocation.cert,
        keeps: revocation.keeps.iter().copied().map(EntryId).collect(),
    })
}

/// Any member may enter what a member's root key signed, once.
fn authorize_revoke(view: &View<'_>, bytes: &[u8]) -> Result<(), Code> {
    let revocation = SignedRevocation::from_slice(bytes)
        .ok()
        .and_then(|signed| signed.verify().ok())
        .ok_or(Code::Argument)?;
    view.speaker(&revocation.city).ok_or(Code::NotMember)?;
    if view.is_revoked(&revocation.city, &revocation.cert) {
        return Err(Code::Already);
    }
    Ok(())
}

/// An owner publishes the next version of its own guide.
fn publish(view: &View<'_>, author: &Author, guide: &Guide) -> Result<(), Code> {
    guide.check().map_err(|fault| fault.code)?;
    if view.item(&guide.item).is_none() {
        return Err(Code::ItemUnknown);
    }
    if guide.owner != author.city {
        return Err(Code::NoPower);
    }
    let newest = view.newest_version(&guide.item, &guide.owner);
    if guide.version <= newest {
        return Err(Code::GuideVersion);
    }
    match guide.version - newest > VERSION_STEP_MAX {
        true => Err(Code::TooLarge),
        false => Ok(()),
    }
}

/// May this act follow from what its author had seen?
fn authorize(view: &View<'_>, author: &Author, act: &Act) -> Result<(), Code> {
    let city = view.speaker(&author.city).ok_or(Code::NotMember)?;
    if view.is_revoked(&author.city, &author.cert) {
        return Err(Code::KeyRevoked);
    }
    let author = &Author { city, ..*author };
    if !matches!(act, Act::Ratify) && !view.effective() {
        return Err(Code::Agreement);
    }
    match act {
        Act::Found(_) => Err(Code::State),
        Act::Ratify if view.ratified(&author.city) => Err(Code::Already),
        Act::Ratify => Ok(()),
        Act::Offer(grant) => {
            if grant.grantor != author.city {
                return Err(Code::NoPower);
            }
            if !view.is_member(&grant.grantee) || grant.grantee == grant.grantor {
                return Err(Code::NotMember);
            }
            match grant.items.iter().find(|item| view.item(item).is_none()) {
                Some(_) => Err(Code::ItemUnknown),
                None => Ok(()),
            }
        }
        Act::Take(offer) => match view.offer(offer) {
            None => Err(Code::NotFound),
            Some(grant) if grant.grantee != author.city => Err(Code::NoPower),
            Some(_) => Ok(()),
        },
        Act::Withdraw(grant) => match view.offer(grant) {
            Some(offer) if offer.grantor != author.city => Err(Code::NoPower),
            Some(_) => Ok(()),
            None if view.is_genesis(grant) => Ok(()),
            None => Err(Code::NotFound),
        },
        Act::Suspend(item) if view.item(item).is_none() => Err(Code::ItemUnknown),
        Act::Suspend(item) if !view.owns(item, &author.city) => Err(Code::NoPower),
        Act::Suspend(item) if view.suspended(item, &author.city) => Err(Code::Already),
        Act::Suspend(_) => Ok(()),
        Act::Resume(suspension) => match view.suspensions().find(|(id, _, _)| id == suspension) {
            None => Err(Code::NotFound),
            Some((_, by, _)) if *by != author.city => Err(Code::NoPower),
            Some(_) => Ok(()),
        },
        Act::Revoke(bytes) => authorize_revoke(view, bytes),
        Act::Publish(guide) => publish(view, author, guide),
        Act::ProposeBatch(supplement) => adopt::propose(view, supplement),
        Act::AdoptBatch(adopted) => adopt::adopt(view, author, adopted),
        Act::Nominate(nominate) => adopt::nominate(view, nominate),
        Act::Stance(said) => adopt::stance(view, author, said),
        Act::Propose(proposal) => decide::put(view, author, proposal),
        Act::Adopt(adopt) => decide::sign(view, author, adopt),
        Act::Refuse(refuse) => decide::refuse(view, author, refuse),
        Act::WithdrawProposal(proposal) => decide::take_back(view, author, proposal),
        Act::Move(motion) => resolution::authorize_propose(view, motion),
        Act::Vote(ballot) | Act::Commit(ballot) => {
            resolution::authorize_ballot(view, author, act, ballot)
        }
        Act::Nullify(nullify) => resolution::authorize_nullify(view, author, nullify),
    }
}
