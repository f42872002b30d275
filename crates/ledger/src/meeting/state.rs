//! The facts of a meeting and what they amount to.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};

use super::act::{Act, Action, Convene, Issue, Part};
use crate::calendar::Day;
use crate::case::Officer;
use crate::id::EntryId;
use crate::kind::Author;

/// A meeting as some set of entries describes it. Every map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city that convened it.
    #[n(1)]
    pub by: CityId,
    /// The claimed time of the genesis, Unix seconds.
    #[n(2)]
    pub time: i64,
    /// The genesis act.
    #[n(3)]
    pub convene: Convene,
    /// Edits of both texts.
    #[n(4)]
    pub edits: BTreeMap<EntryId, Edited>,
    /// Records of attendance.
    #[n(5)]
    pub attendance: BTreeMap<EntryId, Attended>,
    /// Signatures under the minutes.
    #[n(6)]
    pub signatures: BTreeMap<EntryId, Signature>,
    /// Action items.
    #[n(7)]
    pub actions: BTreeMap<EntryId, Entered>,
    /// What says that an action item is done: the item, and when, Unix seconds.
    #[n(8)]
    pub done: BTreeMap<EntryId, (EntryId, i64)>,
    /// Issues.
    #[n(9)]
    pub issues: BTreeMap<EntryId, Raised>,
    /// What says that an issue is resolved.
    #[n(10)]
    pub resolved: BTreeMap<EntryId, EntryId>,
}

/// An edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Edited {
    /// The city that wrote.
    #[n(0)]
    pub by: CityId,
    /// The text that it changed.
    #[n(1)]
    pub part: Part,
}

/// Who of a city came.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Attended {
    /// The city.
    #[n(0)]
    pub by: CityId,
    /// Their staff numbers.
    #[n(1)]
    pub people: Vec<Officer>,
}

/// A signature under the minutes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signature {
    /// The city.
    #[n(0)]
    pub by: CityId,
    /// The hash of the text.
    #[n(1)]
    pub text: Hash32,
    /// The hash of the edits from which it comes.
    #[n(2)]
    pub edits: Hash32,
    /// Who signed.
    #[n(3)]
    pub officer: Officer,
}

/// An action item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entered {
    /// The city that entered it.
    #[n(0)]
    pub by: CityId,
    /// When, Unix seconds.
    #[n(1)]
    pub time: i64,
    /// The item.
    #[n(2)]
    pub action: Action,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Raised {
    /// The city that raised it.
    #[n(0)]
    pub by: CityId,
    /// When, Unix seconds.
    #[n(1)]
    pub time: i64,
    /// The issue.
    #[n(2)]
    pub issue: Issue,
}

/// How far the minutes are adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adoption {
    /// Nobody wrote minutes, or not every city that came signed any text.
    Open,
    /// Every city that came signed the text as it stands.
    Adopted,
    /// Every city that came signed an earlier text, and it was changed since.
    Changed,
    /// Cities signed different texts for the same edits: one of them shows its people another text.
    Apart,
}

impl Adoption {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Adoption::Open => "open",
            Adoption::Adopted => "adopted",
            Adoption::Changed => "changed",
            Adoption::Apart => "apart",
        }
    }
}

impl State {
    /// The state right after the genesis.
    pub(super) fn new(genesis: EntryId, author: &Author, convene: Convene) -> Self {
        Self {
            genesis,
            by: author.city,
            time: author.time,
            convene,
            edits: BTreeMap::new(),
            attendance: BTreeMap::new(),
            signatures: BTreeMap::new(),
            actions: BTreeMap::new(),
            done: BTreeMap::new(),
            issues: BTreeMap::new(),
            resolved: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act) {
        let by = author.city;
        match act {
            Act::Convene(_) | Act::Retain(_) => {}
            Act::Edit(part) => {
                self.edits.insert(id, Edited { by, part: *part });
            }
            Act::Attend(attend) => {
                let people = attend.people.clone();
                self.attendance.insert(id, Attended { by, people });
            }
            Act::Sign(sign) => {
                let signature = Signature {
                    by,
                    text: sign.text,
                    edits: sign.edits,
                    officer: sign.officer.clone(),
                };
                self.signatures.insert(id, signature);
            }
            Act::Action(action) => {
                let entered = Entered {
                    by,
                    time: author.time,
                    action: action.clone(),
                };
                self.actions.insert(id, entered);
            }
            Act::ActionDone(on) => {
                self.done.insert(id, (on.entry, author.time));
            }
            Act::Issue(issue) => {
                let raised = Raised {
                    by,
                    time: author.time,
                    issue: issue.clone(),
                };
                self.issues.insert(id, raised);
            }
            Act::Resolved(on) => {
                self.resolved.insert(id, on.entry);
            }
        }
    }

    /// The cities that came, ascending.
    pub fn attending(&self) -> BTreeSet<CityId> {
        self.attendance.values().map(|record| record.by).collect()
    }

    /// The people of a city that came, each once, ascending.
    pub fn people_of(&self, city: &CityId) -> BTreeSet<&Officer> {
        let records = self.attendance.values().filter(|one| one.by == *city);
        records.flat_map(|record| &record.people).collect()
    }

    /// The hash of the edits of the minutes: of the same edits the same text comes on every node.
    pub fn draft(&self) -> Hash32 {
        let edits = self.edits.iter();
        let edits = edits.filter(|(_, edit)| edit.part == Part::Minutes);
        let ids: Vec<&[u8]> = edits.map(|(id, _)| &id.as_bytes()[..]).collect();
        Hash32::hash("tongban/minutes-edits/v1", &ids)
    }

    /// Whether anybody wrote minutes.
    pub fn has_minutes(&self) -> bool {
        let mut edits = self.edits.values();
        edits.any(|edit| edit.part == Part::Minutes)
    }

    /// The cities that signed the minutes as they stand, ascending.
    pub fn signed(&self) -> BTreeSet<CityId> {
        let draft = self.draft();
        let of = self.signatures.values().filter(|one| one.edits == draft);
        of.map(|signature| signature.by).collect()
    }

    /// The cities that came and have yet to sign the minutes as they stand, ascending; none while nobody wrote any.
    pub fn unsigned(&self) -> BTreeSet<CityId> {
        if !self.has_minutes() {
            return BTreeSet::new();
        }
        let signed = self.signed();
        let came = self.attending().into_iter();
        came.filter(|city| !signed.contains(city)).collect()
    }

    /// How far the minutes are adopted: by every city that came, each on the hash of one text.
    pub fn adoption(&self) -> Adoption {
        self.adoption_by(&self.attending())
    }

    /// How far the minutes are adopted by some cities: those that came and did not leave the agreement since.
    pub fn adoption_by(&self, came: &BTreeSet<CityId>) -> Adoption {
        if came.is_empty() || !self.has_minutes() {
            return Adoption::Open;
        }
        let draft = self.draft();
        let mut texts: BTreeMap<(Hash32, Hash32), BTreeSet<CityId>> = BTreeMap::new();
        // Whoever left neither adopts a text nor sets another one against it.
        let signatures = self.signatures.values();
        for signature in signatures.filter(|one| came.contains(&one.by)) {
            let of = texts.entry((signature.edits, signature.text)).or_default();
            of.insert(signature.by);
        }
        let whole = |by: &BTreeSet<CityId>| came.is_subset(by);
        let now = texts.iter().filter(|((edits, _), _)| *edits == draft);
        if now.clone().count() > 1 {
            return Adoption::Apart;
        }
        if now.clone().any(|(_, by)| whole(by)) {
            return Adoption::Adopted;
        }
        match texts.values().any(whole) {
            true => Adoption::Changed,
            false => Adoption::Open,
        }
    }

    /// The hash of the text as it stands, where signatures of some cities name one.
    pub fn signed_text(&self, by: &BTreeSet<CityId>) -> Option<Hash32> {
        let draft = self.draft();
        let mut signatures = self.signatures.values();
        let of = signatures.find(|one| one.edits == draft && by.contains(&one.by));
        of.map(|signature| signature.text)
    }

    /// The hash of the adopted text.
    pub fn adopted_text(&self) -> Option<Hash32> {
        match self.adoption() {
            Adoption::Adopted => self.signed_text(&self.attending()),
            _ => None,
        }
    }

    /// Whether an action item is done.
    pub fn is_done(&self, action: &EntryId) -> bool {
        self.done.values().any(|(of, _)| of == action)
    }

    /// When an action item was done, Unix seconds: the earliest word that says so.
    pub fn done_at(&self, action: &EntryId) -> Option<i64> {
        let done = self.done.values().filter(|(of, _)| of == action);
        done.map(|(_, time)| *time).min()
    }

    /// Action items that are not done, in order of id.
    pub fn open_actions(&self) -> impl Iterator<Item = (&EntryId, &Entered)> {
        let actions = self.actions.iter();
        actions.filter(|(id, _)| !self.is_done(id))
    }

    /// Whether an issue is resolved.
    pub fn is_resolved(&self, issue: &EntryId) -> bool {
        self.resolved.values().any(|of| of == issue)
    }

    /// Issues that nobody resolved, in order of id: they come on the next agenda.
    pub fn open_issues(&self) -> impl Iterator<Item = (&EntryId, &Raised)> {
        let issues = self.issues.iter();
        issues.filter(|(id, _)| !self.is_resolved(id))
    }

    /// Whether an action item is past its day.
    pub fn is_overdue(&self, action: &EntryId, today: Day) -> bool {
        let due = self.actions.get(action).map(|entered| entered.action.due);
        let until = self.done_at(action).map(Day::from_unix_beijing);
        due.is_some_and(|due| until.unwrap_or(today) > due)
    }
}
