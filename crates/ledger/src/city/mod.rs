//! A member city's own page: where its node listens, its encryption key, its windows and its people.
//!
//! One document for each city of an agreement, read by every member and signed by that city alone.
//! Two of its desks may announce unseen by each other: both announcements are then current until
//! the next one replaces both.

mod act;
mod items;
pub mod roster;

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

pub use act::{Act, Announce, Open};
pub use items::{
    APPROVERS_MAX, CHANGES_MAX, ChangeKind, Completed, DEPT_BYTES_MAX, Done, ItemChange,
    ItemDeleted, ItemTaken, Items, LIAISONS_MAX, Transfer,
};

use crate::agreement::{TEXT_BYTES_MAX, View};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};
use roster::{Book, PAGE_ROWS_MAX, Roster};

/// The most addresses of one announcement.
pub const ADDRESSES_MAX: usize = 16;
/// The most windows of one announcement.
pub const WINDOWS_MAX: usize = 256;
/// The longest signed encryption certificate, in bytes.
pub const ENCRYPTION_BYTES_MAX: usize = 1024;

/// A city's page as some set of entries describes it. The maps only grow.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city whose page it is.
    #[n(1)]
    pub city: CityId,
    /// The genesis act.
    #[n(2)]
    pub open: Open,
    /// Every announcement that stands.
    #[n(3)]
    pub announcements: BTreeMap<EntryId, Announce>,
    /// Every roster that stands.
    #[n(4)]
    pub rosters: BTreeMap<EntryId, Roster>,
    /// Changes of its items.
    #[n(5)]
    pub items: Items,
    /// The smallest roster that the page has no room for: it and every greater one are left out.
    #[n(6)]
    pub full: Option<EntryId>,
}

impl State {
    /// The announcements that no other one replaced, ascending by id.
    pub fn current(&self) -> impl Iterator<Item = (EntryId, &Announce)> {
        self.announcements
            .iter()
            .filter(|(id, _)| !self.is_replaced(id))
            .map(|(id, announce)| (*id, announce))
    }

    /// The rows of its rosters by what they are about.
    pub fn book(&self) -> Book<'_> {
        Book::of(&self.rosters)
    }

    /// Adds a roster. A page keeps rosters in the order of their ids up to [`PAGE_ROWS_MAX`] rows, and nothing from the
    /// first one on that has no room: which ones these are does not depend on the order in which they came, so many
    /// devices of one city that do not see each other get no further than one of them.
    fn add_roster(&mut self, id: EntryId, roster: &Roster) {
        if self.full.is_some_and(|full| id >= full) {
            return;
        }
        self.rosters.insert(id, roster.clone());
        let rows = self.rosters.values().map(|roster| roster.changes.len());
        let mut rows: usize = rows.sum();
        while rows > PAGE_ROWS_MAX {
            let Some((last, roster)) = self.rosters.pop_last() else {
                break;
            };
            rows = rows.saturating_sub(roster.changes.len());
            self.full = Some(last);
        }
    }

    fn is_replaced(&self, id: &EntryId) -> bool {
        self.announcements
            .values()
            .any(|later| later.replaces.binary_search(id).is_ok())
    }
}

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct City;

impl Kind for City {
    type State = State;
    type Act = Act;

    fn open(id: EntryId, author: &Author, view: &View<'_>, act: &Act) -> Result<State, Code> {
        let Act::Open(open) = act else {
            return Err(Code::State);
        };
        if !short(&open.name) {
            return Err(Code::Argument);
        }
        let founder = view.founder(&author.city).ok_or(Code::NotMember)?;
        if !view.effective() {
            return Err(Code::Agreement);
        }
        if founder.division != open.division {
            return Err(Code::Argument);
        }
        Ok(State {
            genesis: id,
            city: author.city,
            open: open.clone(),
            announcements: BTreeMap::new(),
            rosters: BTreeMap::new(),
            items: Items::default(),
            full: None,
        })
    }

    fn authorize(state: &State, author: &Author, view: &View<'_>, act: &Act) -> Result<(), Code> {
        if let Act::Announce(announce) = act {
            check(announce)?;
        }
        if author.city != state.city {
            return Err(Code::NoPower);
        }
        if !view.is_member(&author.city) {
            return Err(Code::NotMember);
        }
        if !view.effective() {
            return Err(Code::Agreement);
        }
        match act {
            Act::Open(_) => Err(Code::State),
            Act::Retain(retain) => retain.check(author, view),
            Act::ItemChange(change) => state.items.may_change(view, change),
            Act::ItemTaken(taken) => state.items.may_take(&state.city, view, taken),
            Act::ItemDeleted(deleted) => state.items.may_delete(author, deleted),
            Act::Announce(announce) => {
                let current = state.current().map(|(id, _)| id);
                if current.eq(announce.replaces.iter().copied()) {
                    Ok(())
                } else {
                    Err(Code::StaleParent)
                }
            }
            Act::Roster(_) if state.full.is_some() => Err(Code::TooLarge),
            Act::Roster(roster) => roster.check(&state.book(), view),
        }
    }

    fn apply(state: &mut State, placed: &Placed<'_, Act>, _disputed: bool) {
        match placed.act {
            Act::Announce(announce) => {
                state.announcements.insert(placed.id, announce.clone());
            }
            Act::Roster(roster) => {
                state.add_roster(placed.id, roster);
            }
            Act::ItemChange(change) => {
                state.items.add_change(placed.id, change);
            }
            Act::ItemTaken(taken) => {
                let completed = Completed {
                    on: placed.author.day(),
                    taken: taken.clone(),
                };
                state.items.add_completed(placed.id, completed);
            }
            Act::ItemDeleted(deleted) => {
                state.items.add_deleted(placed.id, deleted);
            }
            Act::Open(_) | Act::Retain(_) => {}
        }
    }

    fn concurrent(_first: &Placed<'_, Act>, _second: &Placed<'_, Act>) -> Meeting {
        Meeting::Stand
    }

    /// An announcement is whole in itself: it does not fall with those that it replaces. What is said of a change falls
    /// with it.
    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::ItemTaken(taken) => vec![taken.change],
            Act::ItemDeleted(deleted) => vec![deleted.change],
            _ => Vec::new(),
        }
    }

    fn retracts(_act: &Act) -> Option<EntryId> {
        None
    }

    fn retain(act: &Act) -> Option<&Retain> {
        match act {
            Act::Retain(retain) => Some(retain),
            _ => None,
        }
    }

    fn observe(audience: &mut Audience, _placed: &Placed<'_, Act>) {
        audience.everyone = true;
    }
}

/// Checks what needs no state. How many are replaced needs no limit: they equal the current ones.
fn check(announce: &Announce) -> Result<(), Code> {
    if announce.addresses.len() > ADDRESSES_MAX
        || announce.windows.len() > WINDOWS_MAX
        || announce.encryption.len() > ENCRYPTION_BYTES_MAX
    {
        return Err(Code::TooLarge);
    }
    let mut texts = announce.addresses.iter().chain(&announce.windows);
    if announce.encryption.is_empty() || !texts.all(|text| short(text)) {
        return Err(Code::Argument);
    }
    Ok(())
}

fn short(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX
}

#[cfg(test)]
mod items_tests;
#[cfg(test)]
mod tests;
