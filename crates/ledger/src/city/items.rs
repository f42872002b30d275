//! 事项调整: items that move from one department of a city to another, begin, end or get another name.
//!
//! A hand-over is an event and not a date: until the new department has taken the item, the old one goes on, and then
//! the new one does. So at any time exactly one department answers for it.

use std::collections::BTreeMap;

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
/// The most changes that one city announces, so that nobody fills the page of the others.
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
    /// The signed day.
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

impl Items {
    /// The day on which a change was completed; of two completions that did not see each other the earlier.
    pub fn completed_on(&self, change: &EntryId) -> Option<Day> {
        let of = self.completed.values();
        let of = of.filter(|completed| completed.taken.change == *change);
        of.map(|completed| completed.on).min()
    }

    /// Whether the old entry of a change left the directory.
    pub fn is_deleted(&self, change: &EntryId) -> bool {
        let mut deleted = self.deleted.values();
        deleted.any(|deleted| deleted.change == *change)
    }

    /// The change of an item that nobody completed yet.
    pub fn open(&self, item: &str) -> Option<EntryId> {
        let mut of = self.of(item);
        of.find(|(id, change)| match change.kind {
            ChangeKind::Delete => !self.is_deleted(id),
            _ => self.completed_on(id).is_none(),
        })
        .map(|(id, _)| *id)
    }

    /// The last change of an item that was completed.
    pub fn last(&self, item: &str) -> Option<EntryId> {
        let done = self.of(item);
        let done = done.filter(|(id, _)| self.completed_on(id).is_some());
        chain::last(&done.map(|(id, change)| (*id, change.after)).collect())
    }

    /// The department that answers for an item now: exactly one, once anything was announced.
    pub fn department(&self, item: &str) -> Option<&str> {
        match self.last(item) {
            Some(last) => self.changes.get(&last)?.to_dept.as_deref(),
            None => self.first_of(item),
        }
    }

    /// The department to which a case of an item came that was received on a day, before it followed any transfer.
    pub fn department_at(&self, item: &str, received: Day) -> Option<&str> {
        let before = self.of(item).filter(|(id, _)| {
            let on = self.completed_on(id);
            on.is_some_and(|on| on < received)
        });
        let last = chain::last(&before.map(|(id, change)| (*id, change.after)).collect());
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

    /// Completed transfers between departments, each after the one that it followed.
    pub fn transfers(&self) -> Vec<Transfer> {
        let mut all: Vec<Transfer> = Vec::new();
        for (id, change) in &self.changes {
            let (Some(from), Some(to)) = (&change.from_dept, &change.to_dept) else {
                continue;
            };
            if let (ChangeKind::Transfer, Some(on)) = (change.kind, self.completed_on(id)) {
                all.push(Transfer {
                    change: *id,
                    item: change.item.clone(),
                    from_dept: from.clone(),
                    to_dept: to.clone(),
                    on,
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

    /// May a change be announced?
    pub(super) fn may_change(&self, view: &View<'_>, change: &ItemChange) -> Result<(), Code> {
        staff(&change.contact)?;
        for text in [&change.item, &change.basis] {
            if text.is_empty() || text.len() > TEXT_BYTES_MAX {
                return Err(Code::Argument);
            }
        }
        for dept in [&change.from_dept, &change.to_dept].into_iter().flatten() {
            department(dept)?;
        }
        let fits = match (change.kind, &change.from_dept, &change.to_dept) {
            (ChangeKind::Transfer, Some(from), Some(to)) => from != to,
            (ChangeKind::Rename, Some(from), Some(to)) => from == to,
            (ChangeKind::New, None, Some(_)) | (ChangeKind::Delete, Some(_), None) => true,
            _ => false,
        };
        if !fits {
            return Err(Code::Argument);
        }
        if view.item(&change.item).is_none() && change.kind != ChangeKind::New {
            return Err(Code::ItemUnknown);
        }
        if self.open(&change.item).is_some() {
            return Err(Code::HandoverOpen);
        }
        if self.changes.len() >= CHANGES_MAX {
            return Err(Code::TooLarge);
        }
        if change.after != self.last(&change.item) {
            return Err(Code::StaleParent);
        }
        // Who hands it over is who has it.
        match (&change.from_dept, self.department(&change.item)) {
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
        match self.completed_on(&taken.change) {
            Some(_) => Err(Code::Already),
            None => Ok(()),
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
            ChangeKind::Transfer if self.completed_on(&deleted.change).is_none() => {
                Err(Code::HandoverOpen)
            }
            ChangeKind::Delete if author.day() < change.planned => Err(Code::NotDue),
            ChangeKind::Transfer | ChangeKind::Delete => Ok(()),
            ChangeKind::New | ChangeKind::Rename => Err(Code::State),
        }
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
