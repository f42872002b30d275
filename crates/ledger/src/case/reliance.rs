//! Under which grant and by which guide an act was done.
//!
//! Acts do not name the grant. Each entry cites the view of the agreement in which its author signed, and that view with
//! the act and its signed day tells the grant: every node finds the same one, and no signer can name another. An act
//! that repeated it could only contradict what it was judged by.

use tongban_identity::CityId;

use super::act::{Act, Delivery, Receive};
use crate::agreement::{Granted, Power, View};
use crate::kind::Author;

/// The power of the owner that an act of the window uses, if it is one that has to be granted.
pub fn power_used(act: &Act) -> Option<Power> {
    match act {
        Act::Receive(_) => Some(Power::Receive),
        Act::IdCheck(_) => Some(Power::IdCheck),
        Act::OriginalCheck(_) => Some(Power::OriginalCheck),
        Act::CorrectionNotice(_) => Some(Power::Notice),
        Act::Accept(_) | Act::NotAccept(_) => Some(Power::Accept),
        Act::SendResult(sent) if sent.delivery == Delivery::PostToWindow => Some(Power::Result),
        Act::Served(_) => Some(Power::Result),
        _ => None,
    }
}

/// The grant of the owner under which an act was done, in the view that its entry cites; none where the city used a power
/// of its own. A result that goes through the window rests on what the owner let the window do, whoever sends it.
pub fn grant_used(
    receiver: &CityId,
    receive: &Receive,
    author: &Author,
    view: &View<'_>,
    act: &Act,
) -> Option<Granted> {
    let power = power_used(act)?;
    let by_window = author.city == *receiver || matches!(act, Act::SendResult(_));
    if !by_window || receive.owner == *receiver {
        return None;
    }
    view.grant_of(&receive.owner, receiver, &receive.item, power, author.day())
}

/// Whether an act is judged by the owner's guide, so that its history names the version.
pub fn uses_guide(act: &Act) -> bool {
    power_used(act).is_some()
        || matches!(
            act,
            Act::FormalPass(_) | Act::CorrectionSubmitted(_) | Act::Push(_) | Act::Decide(_)
        )
}
