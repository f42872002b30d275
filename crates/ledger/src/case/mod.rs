//! The case (办件): one applicant, one item, one custodian at a time, in one of the four modes.
//!
//! The state is a set of facts that only grows; custody, stage and what is missing are derived from
//! it. So `apply` commutes, and the concurrency table has to judge only what contradicts in
//! meaning.

mod act;
mod asked;
mod authorize;
mod clock;
mod concurrent;
mod course;
mod custody;
mod describe;
mod external;
mod handover;
mod idle;
mod instant;
mod joint;
mod next;
mod papers;
mod rating;
mod reliance;
mod returns;
mod state;
#[cfg(test)]
mod tests;

pub use act::{
    Accept, Act, Annul, Answer, Archive, BackFlow, CODE_BYTES_MAX, Channel, Class, Commitment,
    CommitmentChecked, Compared, Complain, ConfirmAnswer, ConfirmAsk, Contact, CorrectionNotice,
    CorrectionSubmitted, Decide, Decline, DeemAccept, DeemDue, Defect, Delivery, EXTEND_DAYS_MAX,
    EXTEND_JOINT_DAYS_MAX, Extend, Fault, FirstLook, FollowStep, FollowUp, FormalPass,
    HandoverCase, IdCheck, IssueCert, JumpOut, LIST_MAX, Material, Means, NoCorrection, NotAccept,
    NoticeServed, Officer, OriginalCheck, Outcome, Paper, PapersAgreed, PapersMended, PapersSent,
    PapersTaken, Place, PreReview, Proof, Push, Rate, Receive, Redirect, Reply, SendResult, Served,
    Special, SpecialEnd, SpecialStart, SubAck, SubDecide, SubOpen, SubProgress, SubRecall,
    SubRelease, Supervise, TakeOver, Target, UndoAsk, WithdrawGrant, WithdrawRefuse,
    WithdrawRequest,
};
pub use authorize::code as check_code;
pub use clock::{Clock, ClockName, Due};
pub use course::{Ending, NOTICE_DAYS};
pub use custody::{Claim, PushStanding};
pub use describe::NOT_TRAINED;
pub use external::{LINK_DAYS, Outside};
pub use idle::Spread;
pub use instant::Behind;
pub use joint::Sub;
pub use next::next;
pub use rating::{BAD_LEVEL, WORST_LEVEL};
pub use reliance::{grant_used, power_used, uses_guide};
pub use returns::{Cause, Return};
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
            Act::DeemAccept(accept) => vec![accept.due],
            Act::SpecialEnd(end) => vec![end.start],
            Act::WithdrawGrant(grant) => {
                let mut named = grant.releases.clone();
                named.push(grant.request);
                named
            }
            Act::WithdrawRefuse(refuse) => {
                let mut named = vec![refuse.request];
                named.extend(refuse.because);
                named
            }
            Act::NoCorrection(end) => vec![end.notice],
            Act::CommitmentChecked(check) => vec![check.commitment],
            Act::Compared(compared) => vec![compared.review],
            Act::ConfirmAnswer(answer) => vec![answer.ask],
            Act::Contact(contact) => vec![contact.about],
            Act::Reply(reply) => vec![reply.to],
            Act::FollowUp(follow) => vec![follow.rating],
            Act::PapersTaken(taken) => vec![taken.sent],
            Act::PapersMended(mended) => vec![mended.taken],
            Act::PapersAgreed(agreed) => vec![agreed.mended],
            Act::BackFlow(back) => vec![back.jump],
            Act::HandoverCase(handover) => handover.after.into_iter().collect(),
            Act::SubOpen(open) => open.after.clone(),
            Act::SubAck(ack) => vec![ack.sub],
            Act::SubProgress(progress) => vec![progress.sub],
            Act::SubDecide(decide) => vec![decide.sub],
            Act::SubRelease(release) => vec![release.sub, release.request],
            Act::SubRecall(recall) => vec![recall.sub],
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
        matches!(act.class(), Class::Custody | Class::Outward | Class::Sub)
    }

    /// Pushing again to the owner that the genesis names hands the case to nobody else.
    fn waits_for_return(state: &State, act: &Act) -> bool {
        let again = matches!(act, Act::Push(push) if push.to == state.receive.owner);
        // A node that forgot that it told the applicant must not say that nobody did.
        let lapses = matches!(act, Act::DeemDue(_));
        !again && (lapses || matches!(act.class(), Class::Custody | Class::Outward | Class::Sub))
    }

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        match placed.act {
            Act::Receive(_) | Act::Ack(_) | Act::TakeOver(_) => {
                audience.joined.insert(placed.author.city);
            }
            Act::SubOpen(open) => {
                audience.joined.insert(open.to);
            }
            Act::ConfirmAsk(ask) => {
                audience.joined.insert(ask.to);
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
