//! How two allowed acts of a case meet when neither saw the other.
//!
//! Custody needs no table beyond Ack against Recall and Decline, and a resolution against an Ack that
//! it had not heard of: the claim tree shows a double push for what it is. What the table judges is contradiction in meaning between outward acts.

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
        // The city took the step before it heard that the lead had waited long enough.
        (Act::SubAck(ack), Act::SubRecall(recall)) if ack.sub == recall.sub => Meeting::SecondVoid,
        // What was decided before the city knew of its own release stands, and nobody relies on the release.
        (Act::SubDecide(decide), Act::SubRelease(release)) if decide.sub == release.sub => {
            Meeting::SecondVoid
        }
        // Nothing is withdrawn while a step of it is decided.
        (Act::SubDecide(_), Act::WithdrawGrant(_)) => Meeting::SecondVoid,
        _ => Meeting::Stand,
    }
}

/// Acts that say different things about the same question to the same applicant.
fn contradicts(first: &Placed<'_, Act>, second: &Placed<'_, Act>) -> bool {
    let one_city = first.author.city == second.author.city;
    if overrides(first.act, second.act, one_city) || overrides(second.act, first.act, one_city) {
        return true;
    }
    match (answers(first.act), answers(second.act)) {
        (true, true) => !(one_city && first.act == second.act),
        // One city's two desks: one offers the case away while the other speaks outward.
        (true, false) if offers_away(second.act) => one_city,
        (false, true) if offers_away(first.act) => one_city,
        _ => one_city && repeats(first.act, second.act),
    }
}

/// What members decided of who holds the case, and what they had not heard of: another city took it, or another
/// resolution was followed.
fn overrides(first: &Act, second: &Act, one_city: bool) -> bool {
    match (first, second) {
        (Act::TakeOver(_), Act::Ack(_)) => !one_city,
        (Act::TakeOver(one), Act::TakeOver(other)) => one.certificate != other.certificate,
        _ => false,
    }
}

/// Acts that give something of the case to another city.
fn offers_away(act: &Act) -> bool {
    matches!(act, Act::Push(_) | Act::SubOpen(_))
}

/// Two desks of one city that do once each what may be done once only.
fn repeats(first: &Act, second: &Act) -> bool {
    match (first, second) {
        (Act::SubOpen(one), Act::SubOpen(other)) => one.step == other.step,
        (Act::SubDecide(one), Act::SubDecide(other)) => {
            one.sub == other.sub && one.outcome != other.outcome
        }
        (Act::Extend(_), Act::Extend(_)) => true,
        (Act::WithdrawRefuse(_), Act::WithdrawGrant(_))
        | (Act::WithdrawGrant(_), Act::WithdrawRefuse(_)) => true,
        // R alone can say that nobody was told, so it does not say both.
        (Act::DeemDue(_), Act::NoticeServed(_)) | (Act::NoticeServed(_), Act::DeemDue(_)) => true,
        _ => false,
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
            | Act::DeemAccept(_)
            | Act::Redirect(_)
            | Act::SpecialStart(_)
            | Act::WithdrawGrant(_)
            | Act::NoCorrection(_)
            | Act::Annul(_)
    )
}
