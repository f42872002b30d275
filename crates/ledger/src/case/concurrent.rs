//! How two allowed acts of a case meet when neither saw the other.
//!
//! Custody needs no table beyond Ack against Recall and Decline: the claim tree shows a double push
//! for what it is. What the table judges is contradiction in meaning between outward acts.

use super::act::Act;
use crate::kind::{Meeting, Placed};
use crate::planted::{Bug, planted};

/// Judges a pair; symmetric up to [`Meeting::flip`].
pub(super) fn meet(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
    let forward = one_way(first, second);
    if forward != Meeting::Stand {
        return forward;
    }
    let backward = one_way(second, first);
    if backward != Meeting::Stand {
        return backward.flip();
    }
    if contradicts(first, second) && !planted(Bug::ContradictionsStand) {
        Meeting::Disputed
    } else {
        Meeting::Stand
    }
}

/// Pairs in which one act voids the other, written with the survivor first.
fn one_way(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> Meeting {
    match (first.act, second.act) {
        (Act::Ack(ack), Act::Recall(recall))
            if ack.baton == recall.baton && !planted(Bug::RecallWins) =>
        {
            Meeting::SecondVoid
        }
        (Act::Ack(ack), Act::Decline(decline))
            if ack.baton == decline.baton && first.author.city == second.author.city =>
        {
            Meeting::SecondVoid
        }
        _ => Meeting::Stand,
    }
}

/// Acts that say different things about the same question to the same applicant.
fn contradicts(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> bool {
    let one_city = first.author.city == second.author.city;
    match (answers(first.act), answers(second.act)) {
        (true, true) => !(one_city && first.act == second.act),
        // One city's two desks: one offers the baton away while the other speaks outward.
        (true, false) => one_city && matches!(second.act, Act::Push(_)),
        (false, true) => one_city && matches!(first.act, Act::Push(_)),
        (false, false) => false,
    }
}

/// The outward acts whose answers exclude each other.
fn answers(act: &Act) -> bool {
    matches!(
        act,
        Act::Accept(_)
            | Act::NotAccept(_)
            | Act::CorrectionNotice(_)
            | Act::Decide(_)
            | Act::SendResult(_)
            | Act::Close
    )
}
