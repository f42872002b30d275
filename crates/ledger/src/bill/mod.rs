//! The bill (对账单): what two cities owe each other for one month, signed by both (`design.md` §9).
//!
//! The two cities replicate it and nobody else. A bill is a pure function of a set of lines: each city draws up the
//! lines that it counts, both sign one hash over them, and a line that is not in it is carried. What was agreed stays as
//! it was signed: later corrections are lines of a later month.

mod act;
mod authorize;
mod describe;
mod draft;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_twice;

pub use act::{Act, DRAFTS_MAX, Draft, LINES_MAX, Line, Open, Retract, SIGNS_MAX, Sign, hash};
pub use draft::{
    BILL_LINES_MAX, Billed, Candidate, Carried, Difference, Drafting, Totals, Why, differences,
    draft, is_sound, owes,
};
pub use state::{Agreed, Drafted, Signed, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct Bill;

impl Kind for Bill {
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

    /// What the other city signed is not taken back by one who had not seen it.
    fn concurrent(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
        let apart = first.author.city != second.author.city;
        match (first.act, second.act) {
            (Act::Retract(back), Act::Sign(sign)) if apart && back.hash == sign.hash => {
                Meeting::FirstVoid
            }
            (Act::Sign(sign), Act::Retract(back)) if apart && back.hash == sign.hash => {
                Meeting::SecondVoid
            }
            _ => Meeting::Stand,
        }
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::Sign(sign) => sign.drafts.clone(),
            _ => Vec::new(),
        }
    }

    /// A signature that is taken back stays a fact of the state: whether it was is read from both.
    fn retracts(_act: &Act) -> Option<EntryId> {
        None
    }

    fn retain(act: &Act) -> Option<&Retain> {
        match act {
            Act::Retain(retain) => Some(retain),
            _ => None,
        }
    }

    /// Money signatures of a revoked key always count (`design.md` §5).
    fn outlives_revocation(_act: &Act) -> bool {
        true
    }

    fn settles(act: &Act) -> bool {
        !matches!(act, Act::Retain(_))
    }

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        if let Act::Open(open) = placed.act {
            audience.joined.extend([placed.author.city, open.with]);
        }
    }
}
