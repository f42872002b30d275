//! The parcel (邮件): one posting between two cities, or from a city to an applicant.
//!
//! Sender and receiver city replicate it and nobody else. Cost lines count once the counterpart
//! signed them; who owes whom is derived, never stored, and added up by [`crate::settle`].

mod act;
mod authorize;
mod cost;
#[cfg(test)]
pub(crate) mod fixture;
mod state;

pub use act::{
    Act, Arrive, CARRIER_BYTES_MAX, CASES_MAX, Confirm, CostKind, CostLine, Leg, Open, Opening,
    PayMethod, Post, Recipient,
};
pub use cost::{CountedLine, LineStanding, liable};
pub use state::{Confirmation, Line, Stage, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct Parcel;

impl Kind for Parcel {
    type State = State;
    type Act = Act;

    fn open(id: EntryId, author: &Author, view: &View<'_>, act: &Act) -> Result<State, Code> {
        authorize::open(id, author, view, act)
    }

    fn authorize(state: &State, author: &Author, view: &View<'_>, act: &Act) -> Result<(), Code> {
        authorize::authorize(state, author, view, act)
    }

    fn apply(state: &mut State, placed: &Placed<'_, Act>, disputed: bool) {
        state.add(placed.id, placed.author, placed.act, disputed);
    }

    /// Two confirmations of different postage lines would let both count; people choose one. What the
    /// counterpart signed is not taken back by one who had not seen it.
    fn concurrent(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
        match (first.act, second.act) {
            (Act::Confirm(one), Act::Confirm(other))
                if one.kind == CostKind::Postage
                    && other.kind == CostKind::Postage
                    && one.line != other.line =>
            {
                Meeting::Disputed
            }
            (Act::Retract(of), Act::Confirm(confirm)) if *of == confirm.line => Meeting::FirstVoid,
            (Act::Confirm(confirm), Act::Retract(of)) if *of == confirm.line => Meeting::SecondVoid,
            _ => Meeting::Stand,
        }
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::Confirm(confirm) => vec![confirm.line],
            _ => Vec::new(),
        }
    }

    fn retracts(act: &Act) -> Option<EntryId> {
        match act {
            Act::Retract(id) => Some(*id),
            _ => None,
        }
    }

    fn retain(act: &Act) -> Option<&Retain> {
        match act {
            Act::Retain(retain) => Some(retain),
            _ => None,
        }
    }

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        if let Act::Post(post) = placed.act {
            audience.joined.insert(placed.author.city);
            audience.joined.extend(post.to.city());
        }
    }
}

#[cfg(test)]
mod tests;
