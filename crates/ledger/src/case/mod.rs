//! The case (办件): one applicant, one item, one custodian at a time.
//!
//! The state is a set of facts that only grows; custody, stage and what is missing are derived from
//! it. So `apply` commutes, and the concurrency table has to judge only what contradicts in
//! meaning.

mod act;
mod authorize;
mod concurrent;
mod custody;
mod describe;
mod next;
mod state;
#[cfg(test)]
mod tests;

pub use act::{
    Accept, Act, Answer, CODE_BYTES_MAX, Class, CorrectionNotice, CorrectionSubmitted, Decide,
    Decline, Defect, Delivery, Fault, FirstLook, FormalPass, IdCheck, LIST_MAX, Material, Means,
    NotAccept, NoticeServed, Officer, OriginalCheck, Outcome, Push, Receive, SendResult, Served,
};
pub use custody::{Claim, PushStanding};
pub use next::next;
pub use state::{Fact, Stage, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Invited, Kind, Meeting, Placed, Refused, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct Case;

impl Kind for Case {
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

    fn concurrent(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
        concurrent::meet(first, second)
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::Push(push) => vec![push.baton],
            Act::Ack(answer) | Act::Recall(answer) => vec![answer.push],
            Act::Decline(decline) => vec![decline.push],
            Act::FirstLook(look) => vec![look.ack],
            Act::NoticeServed(served) => vec![served.notice],
            Act::CorrectionSubmitted(submitted) => submitted.notice.into_iter().collect(),
            Act::Yield(baton) => vec![*baton],
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

    fn waits_for_held(act: &Act) -> bool {
        matches!(act.class(), Class::Custody | Class::Outward)
    }

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        match placed.act {
            Act::Receive(_) | Act::Ack(_) => {
                audience.joined.insert(placed.author.city);
            }
            Act::Push(push) => {
                let invited = Invited {
                    city: push.to,
                    baton: push.baton,
                    after: push.after.clone(),
                };
                audience.invited.insert(placed.id, invited);
            }
            Act::Decline(decline) => {
                let refused = Refused {
                    city: placed.author.city,
                    baton: decline.baton,
                };
                audience.refused.insert(placed.id, refused);
            }
            _ => {}
        }
    }
}
