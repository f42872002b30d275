//! A city's roster: who sits where, who answers for what, who stands in for whom (`domain.md` §1.D, R-120).
//!
//! The city adds rows and closes them, it deletes none: a row takes the place of the earlier ones of its key from
//! its first day on, and the earlier ones stay readable. Two desks may write one key unseen by each other: both
//! rows are then current until the next one names both. Other nodes read the roster, but no act of another
//! document is judged by it; what it forbids, the city's own node refuses before it signs.

mod defects;
mod page;
mod rows;

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

pub use defects::{Defect, DefectKind, defects};
pub use page::{Assigned, Book, Link};
pub use rows::{
    Absence, Equipment, Function, GoLive, Letter, Liaison, Post, Responsible, Role, Staff, Support,
    Window,
};

use crate::agreement::{TEXT_BYTES_MAX, View};
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;

/// The most rows of one act.
pub const ROWS_MAX: usize = 512;
/// The most rows of a page, closed ones too.
pub const PAGE_ROWS_MAX: usize = 16_384;
/// The most items, functions, domains or the like in one row.
pub const ROW_LIST_MAX: usize = 256;

/// Rows that a city adds to its roster.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Roster {
    /// The rows, each with another key; 1 to [`ROWS_MAX`].
    #[n(0)]
    pub changes: Vec<Change>,
}

/// A row with those that it follows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Change {
    /// The row.
    #[n(0)]
    pub row: Row,
    /// The entries whose rows of this key were current before, ascending; they need no limit of their own.
    #[n(1)]
    pub replaces: Vec<EntryId>,
}

/// A row of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Row {
    /// A window.
    #[n(0)]
    Window(#[n(0)] Window),
    /// An officer.
    #[n(1)]
    Staff(#[n(0)] Staff),
    /// A liaison.
    #[n(2)]
    Liaison(#[n(0)] Liaison),
    /// Who is responsible for an item or a domain.
    #[n(3)]
    Responsible(#[n(0)] Responsible),
    /// A member of the support team.
    #[n(4)]
    Support(#[n(0)] Support),
    /// A is absent, B acts.
    #[n(5)]
    Absence(#[n(0)] Absence),
    /// A go-live checklist.
    #[n(6)]
    GoLive(#[n(0)] GoLive),
    /// A letter of delegation.
    #[n(7)]
    Letter(#[n(0)] Letter),
}

/// What a row is about: rows of one key follow each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The kind of row.
    pub kind: &'static str,
    /// Its first name, as a window's id.
    pub name: String,
    /// Its second name, where one does not suffice.
    pub other: String,
}

impl Row {
    /// What the row is about.
    pub fn key(&self) -> Key {
        let (name, other) = match self {
            Row::Window(row) => (row.id.clone(), String::new()),
            Row::Staff(row) => (row.id.clone(), String::new()),
            Row::Liaison(row) => (row.officer.clone(), row.department.clone()),
            Row::Responsible(row) => (
                row.item.clone().unwrap_or_default(),
                row.domain.clone().unwrap_or_default(),
            ),
            Row::Support(row) => (row.department.clone(), row.officer.clone()),
            Row::Absence(row) => (row.officer.clone(), row.from.to_string()),
            Row::GoLive(row) => (row.item.clone(), row.partner.to_string()),
            Row::Letter(row) => (row.department.clone(), row.hall.clone()),
        };
        Key {
            kind: self.kind(),
            name,
            other,
        }
    }

    /// The kind of row.
    pub const fn kind(&self) -> &'static str {
        match self {
            Row::Window(_) => "window",
            Row::Staff(_) => "officer",
            Row::Liaison(_) => "liaison",
            Row::Responsible(_) => "responsible",
            Row::Support(_) => "support",
            Row::Absence(_) => "absence",
            Row::GoLive(_) => "go-live",
            Row::Letter(_) => "letter",
        }
    }

    /// Its first and its last day. A checklist holds until another one follows it.
    pub fn days(&self) -> (Day, Option<Day>) {
        match self {
            Row::Window(row) => (row.from, row.until),
            Row::Staff(row) => (row.from, row.until),
            Row::Liaison(row) => (row.from, row.until),
            Row::Responsible(row) => (row.from, row.until),
            Row::Support(row) => (row.from, row.until),
            Row::Absence(row) => (row.from, Some(row.until)),
            Row::GoLive(_) => (Day::MIN, None),
            Row::Letter(row) => (row.from, row.until),
        }
    }

    /// Checks what needs no state: limits, texts, days in order, and that named cities are members and named items
    /// are in the catalogue.
    ///
    /// # Errors
    /// [`Code::Argument`], [`Code::TooLarge`], [`Code::ItemUnknown`] or [`Code::NotMember`].
    pub fn check(&self, view: &View<'_>) -> Result<(), Code> {
        let (from, until) = self.days();
        if until.is_some_and(|until| until < from) {
            return Err(Code::Argument);
        }
        match self {
            Row::Window(row) => check_window(row),
            Row::Staff(row) => {
                let place = row.window.iter().chain(&row.department);
                texts(place.chain([&row.id]))?;
                if row.window.is_none() && row.department.is_none() {
                    return Err(Code::Argument);
                }
                items(&row.trained, view)
            }
            Row::Liaison(row) => {
                let more = row.domain.iter().chain(&row.hours).chain(&row.line);
                texts(more.chain([&row.officer, &row.department]))?;
                if row.items.is_empty() && row.domain.is_none() {
                    return Err(Code::Argument);
                }
                items(&row.items, view)
            }
            Row::Responsible(row) => {
                let about = row.item.iter().chain(&row.domain).chain(&row.deputy);
                texts(about.chain([&row.section, &row.person]))?;
                if row.item.is_some() == row.domain.is_some() {
                    return Err(Code::Argument);
                }
                items(row.item.as_slice(), view)
            }
            Row::Support(row) => {
                let more = row.domains.iter().chain(&row.line);
                texts(more.chain([&row.department, &row.officer]))?;
                size(row.domains.len())?;
                let known = row.weekdays.iter().all(|day| (1..=7).contains(day));
                if row.domains.is_empty() || !known || row.weekdays.len() > 7 {
                    return Err(Code::Argument);
                }
                Ok(())
            }
            Row::Absence(row) => {
                texts([&row.officer, &row.by])?;
                if row.officer == row.by {
                    return Err(Code::Argument);
                }
                Ok(())
            }
            Row::GoLive(row) => {
                texts(&row.liaisons)?;
                size(row.liaisons.len())?;
                let hash = row.key_points.iter();
                if !hash.into_iter().all(|text| is_sha256(text)) {
                    return Err(Code::Argument);
                }
                if view.by_division(row.partner).is_none() {
                    return Err(Code::NotMember);
                }
                items([&row.item], view)
            }
            Row::Letter(row) => {
                texts([&row.department, &row.hall])?;
                size(row.powers.len())?;
                if row.items.is_empty() || row.powers.is_empty() {
                    return Err(Code::Argument);
                }
                items(&row.items, view)
            }
        }
    }
}

fn check_window(row: &Window) -> Result<(), Code> {
    let more = row.parent.iter().chain(&row.line);
    let more = more.chain(&row.carriers).chain(&row.pay_channels);
    texts(more.chain([&row.id, &row.name]))?;
    for list in [
        row.functions.len(),
        row.equipment.len(),
        row.carriers.len(),
        row.pay_channels.len(),
    ] {
        size(list)?;
    }
    let digits = row.division.len() == 12 && row.division.bytes().all(|b| b.is_ascii_digit());
    let own_parent = row.parent.as_ref() == Some(&row.id);
    if !digits || !(1..=4).contains(&row.level) || own_parent {
        return Err(Code::Argument);
    }
    Ok(())
}

fn texts<'a>(all: impl IntoIterator<Item = &'a String>) -> Result<(), Code> {
    let short = |text: &String| !text.is_empty() && text.len() <= TEXT_BYTES_MAX;
    if all.into_iter().all(short) {
        Ok(())
    } else {
        Err(Code::Argument)
    }
}

fn size(len: usize) -> Result<(), Code> {
    if len > ROW_LIST_MAX {
        return Err(Code::TooLarge);
    }
    Ok(())
}

fn items<'a>(codes: impl IntoIterator<Item = &'a String>, view: &View<'_>) -> Result<(), Code> {
    for (nth, code) in codes.into_iter().enumerate() {
        size(nth + 1)?;
        if view.item(code).is_none() {
            return Err(Code::ItemUnknown);
        }
    }
    Ok(())
}

fn is_sha256(text: &str) -> bool {
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == 64 && text.bytes().all(lower)
}

impl Roster {
    /// Checks the rows, each against those of its key that are current now.
    ///
    /// # Errors
    /// Those of [`Row::check`]; [`Code::Duplicate`] for two rows of one key; [`Code::StaleParent`] where a row does
    /// not name exactly the current ones.
    pub(super) fn check(&self, book: &Book<'_>, view: &View<'_>) -> Result<(), Code> {
        if self.changes.is_empty() {
            return Err(Code::Argument);
        }
        if self.changes.len() > ROWS_MAX || book.rows() + self.changes.len() > PAGE_ROWS_MAX {
            return Err(Code::TooLarge);
        }
        let mut keys = BTreeSet::new();
        for change in &self.changes {
            change.row.check(view)?;
            let key = change.row.key();
            if book.newest(&key) != change.replaces {
                return Err(Code::StaleParent);
            }
            if !keys.insert(key) {
                return Err(Code::Duplicate);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
