//! The parcel (邮件): one posting between two cities, or from a city to an applicant.
//!
//! Sender and receiver city replicate it and nobody else. Cost lines count once the counterpart
//! signed them; who owes whom is derived, never stored, and added up by [`crate::settle`].

mod act;
mod authorize;
mod authorize_life;
mod authorize_objection;
mod correction;
mod cost;
mod course;
#[cfg(test)]
pub(crate) mod fixture;
mod leg;
mod life;
mod objection;
mod state;

pub use act::{
    Act, Arrive, CARRIER_BYTES_MAX, CASES_MAX, CONTENTS_MAX, Confirm, CostKind, CostLine, Instead,
    LINES_MAX, NAME_BYTES_MAX, Open, Opening, PayMethod, Post, Recipient,
};
pub use correction::Corrected;
pub use cost::{CountedLine, LineStanding, liable};
pub use course::{Place, Stage};
pub use leg::{Bearer, Leg, bearer};
pub use life::{
    CLAIMS_MAX, Carried, Claim, ClaimEnd, ClaimOutcome, Content, Dispatch, EVENTS_MAX, Event, File,
    REQUIREMENT_BYTES_MAX, Repay, Send,
};
pub use objection::{
    Agree, CORRECTION_LINES_MAX, Correct, Dispute, OBJECTIONS_MAX, Outcome, Reason, Withdraw,
};
pub use state::{Agreed, Confirmation, Correction, Line, Objection, State};

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

    /// Two confirmations of different postage lines would let both count, as would signatures on two corrections
    /// of one line; people choose one. What the counterpart signed is not taken back by one who had not seen it.
    fn concurrent(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
        match (first.act, second.act) {
            (Act::Confirm(one), Act::Confirm(other))
                if one.kind == CostKind::Postage
                    && other.kind == CostKind::Postage
                    && one.line != other.line =>
            {
                Meeting::Disputed
            }
            (Act::Agree(one), Act::Agree(other))
                if one.line == other.line && one.correction != other.correction =>
            {
                Meeting::Disputed
            }
            (Act::Retract(of), signed) if signs(signed).contains(&Some(*of)) => Meeting::FirstVoid,
            (signed, Act::Retract(of)) if signs(signed).contains(&Some(*of)) => Meeting::SecondVoid,
            _ => Meeting::Stand,
        }
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::Confirm(confirm) => vec![confirm.line],
            Act::Cost(cost) => cost.instead.iter().map(|instead| instead.line).collect(),
            Act::Dispute(dispute) => vec![dispute.line],
            Act::Withdraw(withdraw) => vec![withdraw.dispute],
            Act::Correct(correct) => {
                let mut names = correct.lines.clone();
                names.push(correct.line);
                names
            }
            Act::Agree(agree) => vec![agree.correction],
            Act::ClaimEnd(end) => vec![end.claim],
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

    /// Nothing is posted any more. What was posted arrives, and what it cost is recorded, signed and disputed.
    fn settles(act: &Act) -> bool {
        !matches!(
            act,
            Act::Post(_) | Act::Prepare(_) | Act::Dispatch(_) | Act::Send(_) | Act::Retain(_)
        )
    }

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        if let Act::Post(post) | Act::Prepare(post) = placed.act {
            audience.joined.insert(placed.author.city);
            audience.joined.extend(post.other());
        }
    }
}

/// What a city puts its name to for another: a line, or a correction with the line that it reverses.
fn signs(act: &Act) -> [Option<EntryId>; 2] {
    match act {
        Act::Confirm(confirm) => [Some(confirm.line), None],
        Act::Agree(agree) => [Some(agree.correction), Some(agree.line)],
        _ => [None; 2],
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_life;
#[cfg(test)]
mod tests_lines;
