//! Applications that went on in another system, and which of them came back.

use super::act::{Act, BackFlow, JumpOut};
use super::state::State;
use crate::calendar::Day;
use crate::id::EntryId;

/// Days for which a link counts as verified.
pub const LINK_DAYS: i32 = 30;

/// A jump to another system, with its way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside<'a> {
    /// The jump.
    pub id: EntryId,
    /// The day on which it was signed.
    pub on: Day,
    /// The act.
    pub jump: &'a JumpOut,
    /// The first back-flow.
    pub back: Option<&'a BackFlow>,
}

impl Outside<'_> {
    /// Whether the link was not verified for [`LINK_DAYS`] on a day; once the matter is back, on the day of that.
    pub fn stale(&self, today: Day) -> bool {
        let until = self.back.map_or(today, |back| back.on);
        let last = self.jump.checked.plus_days(LINK_DAYS);
        last.is_some_and(|last| until > last)
    }
}

impl State {
    /// Every jump to another system, by the day on which it was signed.
    pub fn outside(&self) -> Vec<Outside<'_>> {
        let jumps = self.picked(|act| match act {
            Act::JumpOut(jump) => Some(jump),
            _ => None,
        });
        let mut all: Vec<Outside<'_>> = jumps
            .map(|(id, fact, jump)| Outside {
                id,
                on: fact.day(),
                jump,
                back: self.back_flow(&id),
            })
            .collect();
        all.sort_by_key(|outside| (outside.on, outside.id));
        all
    }

    /// The earliest back-flow of a jump.
    pub fn back_flow(&self, jump: &EntryId) -> Option<&BackFlow> {
        let backs = self.facts.iter().filter_map(|(id, fact)| match &fact.act {
            Act::BackFlow(back) if back.jump == *jump => Some((id, back)),
            _ => None,
        });
        let first = backs.min_by_key(|(id, back)| (back.on, **id));
        first.map(|(_, back)| back)
    }
}
