//! 事项调整: items that move from one department of a city to another, begin, end or get another name.
//!
//! A hand-over is an event and not a date: until the new department has taken the item, the old one goes on, and then
//! the new one does. So at any time exactly one department answers for it. Where the new one is early, the item is its
//! own from the planned day on.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::CityId;

use crate::agreement::{TEXT_BYTES_MAX, View};
use crate::calendar::Day;
use crate::case::Officer;
use crate::chain;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::Author;

/// The longest code of a department, in bytes.
pub const DEPT_BYTES_MAX: usize = 64;
/// The most approvers that a department reports with one item.
pub const APPROVERS_MAX: usize = 64;
/// The most liaisons for one item.
pub const LIAISONS_MAX: usize = 2;
/// The most changes that one city announces, so that nobody fills the page of the others; of changes, completions and
/// deletions a page keeps no more, however many devices signed them unseen by each other.
pub const CHANGES_MAX: usize = 4_096;

/// What becomes of an item.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// 划转: another department takes it.
    #[n(0)]
    Transfer,
    /// 新增.
    #[n(1)]
    New,
    /// 取消.
    #[n(2)]
    Delete,
    /// 更名, in the same department.
    #[n(3)]
    Rename,
}

impl ChangeKind {
    /// The kind's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::Transfer => "transfer",
            ChangeKind::New => "new",
            ChangeKind::Delete => "delete",
            ChangeKind::Rename => "rename",
        }
    }
}

/// A change is announced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ItemChange {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// What becomes of it.
    #[n(1)]
    pub kind: ChangeKind,
    /// The department that has it, as a code of letters, digits, dots and dashes; none for a new item.
    #[n(2)]
    pub from_dept: Option<String>,
    /// The department that gets it; none for one that ends.
    #[n(3)]
    pub to_dept: Option<String>,
    /// The planned day.
    #[n(4)]
    pub planned: Day,
    /// The document that orders it.
    #[n(5)]
    pub basis: String,
    /// Whom to ask, by staff number.
    #[n(6)]
    pub contact: Officer,
    /// The item's last change that was completed.
    #[n(7)]
    pub after: Option<EntryId>,
}

impl ItemChange {
    /// The first mistake in what it says, needing no state: the argument with the rule that it breaks, and the code.
    pub fn mistake(&self) -> Option<(&'static str, Code)> {
        if let Err(code) = staff(&self.contact) {
            return Some(("contact-form", code));
        }
        let texts = [("item-form", &self.item), ("basis-form", &self.basis)];
        let long = |text: &String| text.is_empty() || text.len() > TEXT_BYTES_MAX;
        if let Some((about, _)) = texts.into_iter().find(|(_, text)| long(text)) {
            return Some((about, Code::Argument));
        }
        let depts = [
            ("from-dept-form", &self.from_dept),
            ("to-dept-form", &self.to_dept),
        ];
        for (about, dept) in depts {
            if let Some(Err(code)) = dept.as_deref().map(department) {
                return Some((about, code));
            }
        }
        let about = match (self.kind, &self.from_dept, &self.to_dept) {
            (ChangeKind::Transfer, Some(from), Some(to)) if from != to => return None,
            (ChangeKind::Rename, Some(from), Some(to)) if from == to => return None,
            (ChangeKind::New, None, Some(_)) | (ChangeKind::Delete, Some(_), None) => return None,
            (ChangeKind::Transfer, ..) => "depts-transfer",
            (ChangeKind::Rename, ..) => "depts-rename",
            (ChangeKind::New, ..) => "depts-new",
            (ChangeKind::Delete, ..) => "depts-delete",
        };
        Some((about, Code::Argument))
    }
}

/// The department has taken the item: claimed it, published its guide, reported who approves and whom to ask.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ItemTaken {
    /// The [`ItemChange`].
    #[n(0)]
    pub change: EntryId,
    /// Whether it is claimed in the directory of items.
    #[n(1)]
    pub claimed: bool,
    /// The guide's version that is published.
    #[n(2)]
    pub guide: u32,
    /// Who approves, by staff number; at least one, at most [`APPROVERS_MAX`].
    #[n(3)]
    pub approvers: Vec<Officer>,
    /// Liaisons by staff number; at least one, at most [`LIAISONS_MAX`].
    #[n(4)]
    pub liaisons: Vec<Officer>,
}

/// The old entry of an item leaves the directory.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ItemDeleted {
    /// The [`ItemChange`].
    #[n(0)]
    pub change: EntryId,
    /// Who deleted it.
    #[n(1)]
    pub officer: Officer,
}

/// When a department took an item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Completed {
    /// The signed day; the change counts from the planned one where that is later.
    #[n(0)]
    pub on: Day,
    /// The act.
    #[n(1)]
    pub taken: ItemTaken,
}

/// A transfer that is completed, for the cases that follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The [`ItemChange`].
    pub change: EntryId,
    /// The item.
    pub item: String,
    /// The old department.
    pub from_dept: String,
    /// The new department.
    pub to_dept: String,
    /// The day from which the new one answers.
    pub on: Day,
}

/// The changes of a city's items. The maps only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Items {
    /// Every announced change.
    #[n(0)]
    pub changes: BTreeMap<EntryId, ItemChange>,
    /// Every completion.
    #[n(1)]
    pub completed: BTreeMap<EntryId, Completed>,
    /// Every deletion.
    #[n(2)]
    pub deleted: BTreeMap<EntryId, ItemDeleted>,
}

/// What of the changes is done, sorted once for all questions about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The day from which each completed change counts: the day on which its department took the item (of two
    /// completions that did not see each other the earlier), and not before the planned one or the day from which the
    /// change counts that it follows.
    pub completed: BTreeMap<EntryId, Day>,
    /// The changes whose old entry left the directory.
    pub deleted: BTreeSet<EntryId>,
}

impl Items {
    /// What of the changes is done.
    pub fn done(&self) -> Done {
        let mut taken: BTreeMap<EntryId, Day> = BTreeMap::new();
        for of in self.completed.values() {
            let day = taken.entry(of.taken.change).or_insert(of.on);
            *day = of.on.min(*day);
        }
        let mut completed: BTreeMap<EntryId, Day> = BTreeMap::new();
        for id in taken.keys() {
            let (mut way, mut at) = (Vec::new(), Some(*id));
            let mut from = None;
            while let Some(change) = at {
                if let Some(known) = completed.get(&change) {
                    from = Some(*known);
                    break;
                }
                let Some(on) = taken.get(&change) else {
                    break;
                };
                if way.len() > taken.len() {
                    break;
                }
                way.push((change, *on));
                at = self.changes.get(&change).and_then(|change| change.after);
            }
            for (change, on) in way.into_iter().rev() {
                // An item may be taken early, and is then the new department's from the planned day on.
                let planned = self.changes.get(&change).map(|change| change.planned);
                let counts = from.into_iter().chain(planned).fold(on, Day::max);
                completed.insert(change, counts);
                from = Some(counts);
            }
        }
        let deleted = self.deleted.values().map(|of| of.change).collect();
        Done { completed, deleted }
    }

    fn is_completed(&self, change: &EntryId) -> bool {
        let mut of = self.completed.values();
        of.any(|completed| completed.taken.change == *change)
    }

    /// Whether the old entry of a change left the directory.
    pub fn is_deleted(&self, change: &EntryId) -> bool {
        let mut deleted = self.deleted.values();
        deleted.any(|deleted| deleted.change == *change)
    }

    /// The change of an item that nobody completed yet.
    pub fn open(&self, item: &str) -> Option<EntryId> {
        self.open_of(&self.done(), item)
    }

    fn open_of(&self, done: &Done, item: &str) -> Option<EntryId> {
        let mut of = self.of(item);
        of.find(|(id, change)| match change.kind {
            ChangeKind::Delete => !done.deleted.contains(id),
            _ => !done.completed.contains_key(id),
        })
        .map(|(id, _)| *id)
    }

    /// The last change of an item that was completed.
    pub fn last(&self, item: &str) -> Option<EntryId> {
        self.last_of(&self.done(), item, |_| true)
    }

    fn last_of(&self, done: &Done, item: &str, counts: impl Fn(Day) -> bool) -> Option<EntryId> {
        let of = self.of(item);
        let of = of.filter(|(id, _)| done.completed.get(id).is_some_and(|on| counts(*on)));
        chain::last(&of.map(|(id, change)| (*id, change.after)).collect())
    }

    /// The department to which an item goes by all that is completed: exactly one, once anything was announced.
    /// Before the planned day of the last change it is the one that gets it then.
    pub fn department(&self, item: &str) -> Option<&str> {
        self.department_of(item, self.last(item))
    }

    /// The department to which a case of an item came that was received on a day, before it followed any transfer.
    pub fn department_at(&self, item: &str, received: Day) -> Option<&str> {
        let last = self.last_of(&self.done(), item, |on| on < received);
        self.department_of(item, last)
    }

    fn department_of(&self, item: &str, last: Option<EntryId>) -> Option<&str> {
        match last {
            Some(last) => self.changes.get(&last)?.to_dept.as_deref(),
            None => self.first_of(item),
        }
    }

    /// The department that had an item before anything changed; for a new one the one that gets it.
    fn first_of(&self, item: &str) -> Option<&str> {
        let first = self.of(item).find(|(_, change)| change.after.is_none());
        let (_, change) = first?;
        change.from_dept.as_deref().or(change.to_dept.as_deref())
    }

    /// Completed transfers between departments, each after the one that it followed; also those whose day is to come.
    pub fn transfers(&self) -> Vec<Transfer> {
        let done = self.done();
        let mut all: Vec<Transfer> = Vec::new();
        for (id, change) in &self.changes {
            let (Some(from), Some(to)) = (&change.from_dept, &change.to_dept) else {
                continue;
            };
            if let (ChangeKind::Transfer, Some(on)) = (change.kind, done.completed.get(id)) {
                all.push(Transfer {
                    change: *id,
                    item: change.item.clone(),
                    from_dept: from.clone(),
                    to_dept: to.clone(),
                    on: *on,
                });
            }
        }
        // By place in the chain and not by day: an item may go there and back on one day.
        let mut places: BTreeMap<EntryId, usize> = BTreeMap::new();
        for transfer in &all {
            let mut way = Vec::new();
            let mut at = Some(transfer.change);
            while let Some(change) = at.filter(|change| !places.contains_key(change)) {
                way.push(change);
                at = self.changes.get(&change).and_then(|change| change.after);
            }
            let first = at
                .and_then(|at| places.get(&at))
                .map_or(0, |place| place + 1);
            places.extend(way.into_iter().rev().zip(first..));
        }
        all.sort_by_key(|transfer| (places.get(&transfer.change).copied(), transfer.change));
        all
    }

    fn of(&self, item: &str) -> impl Iterator<Item = (&EntryId, &ItemChange)> {
        let changes = self.changes.iter();
        changes.filter(move |(_, change)| change.item == item)
    }

    /// Adds a change. Of more than [`CHANGES_MAX`] those with the smallest ids are kept, whatever order they came in:
    /// devices of one city that do not see each other get no further than one of them.
    pub(super) fn add_change(&mut self, id: EntryId, change: &ItemChange) {
        self.changes.insert(id, change.clone());
        keep_smallest(&mut self.changes);
    }

    /// Adds a completion, as [`Items::add_change`] adds a change.
    pub(super) fn add_completed(&mut self, id: EntryId, completed: Completed) {
        self.completed.insert(id, completed);
        keep_smallest(&mut self.completed);
    }

    /// Adds a deletion, as [`Items::add_change`] adds a change.
    pub(super) fn add_deleted(&mut self, id: EntryId, deleted: &ItemDeleted) {
        self.deleted.insert(id, deleted.clone());
        keep_smallest(&mut self.deleted);
    }

    /// May a change be announced?
    pub(super) fn may_change(&self, view: &View<'_>, change: &ItemChange) -> Result<(), Code> {
        if let Some((_, code)) = change.mistake() {
            return Err(code);
        }
        if view.item(&change.item).is_none() && change.kind != ChangeKind::New {
            return Err(Code::ItemUnknown);
        }
        let done = self.done();
        if self.open_of(&done, &change.item).is_some() {
            return Err(Code::HandoverOpen);
        }
        if self.changes.len() >= CHANGES_MAX {
            return Err(Code::TooLarge);
        }
        let last = self.last_of(&done, &change.item, |_| true);
        if change.after != last {
            return Err(Code::StaleParent);
        }
        // Who hands it over is who has it.
        match (&change.from_dept, self.department_of(&change.item, last)) {
            (Some(from), Some(has)) if from != has => Err(Code::Argument),
            _ => Ok(()),
        }
    }

    /// May a department say that it has taken an item?
    pub(super) fn may_take(
        &self,
        city: &CityId,
        view: &View<'_>,
        taken: &ItemTaken,
    ) -> Result<(), Code> {
        let change = self.changes.get(&taken.change).ok_or(Code::NotFound)?;
        if change.kind == ChangeKind::Delete {
            return Err(Code::State);
        }
        if taken.approvers.len() > APPROVERS_MAX || taken.liaisons.len() > LIAISONS_MAX {
            return Err(Code::TooLarge);
        }
        taken
            .approvers
            .iter()
            .chain(&taken.liaisons)
            .try_for_each(staff)?;
        if !taken.claimed || taken.approvers.is_empty() || taken.liaisons.is_empty() {
            return Err(Code::CheckMissing);
        }
        if view.guide(&change.item, city, taken.guide).is_none() {
            return Err(Code::GuideVersion);
        }
        match self.is_completed(&taken.change) {
            true => Err(Code::Already),
            false => Ok(()),
        }
    }

    /// May the old entry leave the directory?
    pub(super) fn may_delete(&self, author: &Author, deleted: &ItemDeleted) -> Result<(), Code> {
        staff(&deleted.officer)?;
        let change = self.changes.get(&deleted.change).ok_or(Code::NotFound)?;
        if self.is_deleted(&deleted.change) {
            return Err(Code::Already);
        }
        match change.kind {
            ChangeKind::Transfer if !self.is_completed(&deleted.change) => Err(Code::HandoverOpen),
            ChangeKind::Delete if author.day() < change.planned => Err(Code::NotDue),
            ChangeKind::Transfer | ChangeKind::Delete => Ok(()),
            ChangeKind::New | ChangeKind::Rename => Err(Code::State),
        }
    }
}

/// Keeps as many facts as one city may have, those with the smallest ids. The rest is the same in whatever order they
/// came: what was dropped once is greater than all that are kept.
fn keep_smallest<T>(facts: &mut BTreeMap<EntryId, T>) {
    while facts.len() > CHANGES_MAX {
        facts.pop_last();
    }
}

fn staff(officer: &Officer) -> Result<(), Code> {
    match officer.0.len() {
        0 => Err(Code::Argument),
        1..=DEPT_BYTES_MAX => Ok(()),
        _ => Err(Code::TooLarge),
    }
}

/// A department by its code: what cases carry, which are never erased, holds no words.
fn department(code: &str) -> Result<(), Code> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    match code.len() {
        0 => Err(Code::Argument),
        1..=DEPT_BYTES_MAX if code.bytes().all(plain) => Ok(()),
        1..=DEPT_BYTES_MAX => Err(Code::Argument),
        _ => Err(Code::TooLarge),
    }
}
