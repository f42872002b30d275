//! The joint meeting (联席会议, R-140, R-141): convened by a member, written together by all, signed by those who came.
//!
//! Every member replicates it. Agenda and minutes are texts that merge; what a city commits to is its signature under
//! the hash of the minutes, and a text that changes afterwards has to be signed again. Acts here contradict nothing:
//! a change that did not see a signature leaves both standing, and the signature then speaks for an earlier text.

mod act;
mod authorize;
mod describe;
mod state;
#[cfg(test)]
mod tests;

pub use act::{
    ACTIONS_MAX, ATTENDANCE_MAX, Act, Action, Attend, CASES_MAX, CaseMark, Category, Convene,
    EDITS_MAX, ISSUES_MAX, Issue, NUMBER_BYTES_MAX, OnEntry, PEOPLE_MAX, Part, SIGNATURES_MAX,
    Sign, text_hash,
};
pub use state::{Adoption, Attended, Edited, Entered, Raised, Signature, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct JointMeeting;

impl Kind for JointMeeting {
    type State = State;
    type Act = Act;

    fn open(id: EntryId, author: &Author, view: &View<'_>, act: &Act) -> Result<State, Code> {
        authorize::open(id, author, view, act)
    }

    fn authorize(state: &State, author: &Author, view: &View<'_>, act: &Act) -> Result<(), Code> {
        authorize::authorize(state, author, view, act)
    }

    fn apply(state: &mut State, placed: &Placed<'_, Act>, _disputed: bool) {
        state.add(placed.id, placed.author, placed.act);
    }

    /// Every act is a fact; whether the minutes are adopted is read from all of them.
    fn concurrent(_first: &Placed<'_, Act>, _second: &Placed<'_, Act>) -> Meeting {
        Meeting::Stand
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::ActionDone(on) | Act::Resolved(on) => vec![on.entry],
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

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        if let Act::Convene(_) = placed.act {
            audience.everyone = true;
        }
    }
}
