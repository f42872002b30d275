//! The round (结算轮): a month's settlement among all members of an agreement (`design.md` §9).
//!
//! Each city reports the bills that it and a counterpart signed, as totals. A numbered proposal is a pure function of
//! reports; it is complete when all cities with a bill in it and ⌊2n/3⌋+1 members signed it, and the complete one with
//! the highest number holds. A city that left signs and pays what has a bill of it, and leads nothing. Silence is not consent, and a silent city blocks nobody else: the next number leaves its
//! bills out. Payments and receipts are recorded, never moved.

mod act;
mod authorize;
mod calendar;
mod describe;
mod figures;
mod state;
#[cfg(test)]
mod tests;

pub use act::{
    Act, CITIES_MAX, NAMED_MAX, OWED_MAX, Open, PAY_MAX, PAYMENTS_MAX, PROPOSALS_MAX, Pay, Propose,
    REPORTS_MAX, ROWS_MAX, Receive, Report, Row, Sign, VOUCHER_BYTES_MAX, hash,
};
pub use calendar::{
    DRAFT_DAYS, OBJECTION_DAYS, PAYMENT_DAYS, SIGNATURE_DAYS, Steps, disputed_until, netting,
    payments_until, quorum, secretary,
};
pub use figures::{Bill, Figures, Key, Left, Reported, cities_of, reported};
pub use state::{Holds, Paid, Proposed, Received, Reporting, Settled, Signed, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct Round;

impl Kind for Round {
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

    /// Every act is a fact. Two signatures of a city under one number both stand, as proof against it: the number of
    /// signatures keeps two proposals of one number from being complete.
    fn concurrent(_first: &Placed<'_, Act>, _second: &Placed<'_, Act>) -> Meeting {
        Meeting::Stand
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::Propose(propose) => propose.reports.clone(),
            Act::Sign(sign) => vec![sign.proposal],
            Act::Pay(pay) => vec![pay.proposal],
            Act::Receive(receive) => vec![receive.payment],
            Act::Open(_) | Act::Report(_) | Act::Retain(_) => Vec::new(),
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

    /// Money signatures of a revoked key always count (`design.md` §5).
    fn outlives_revocation(_act: &Act) -> bool {
        true
    }

    /// Who leads a round is a member.
    fn settles(act: &Act) -> bool {
        matches!(
            act,
            Act::Report(_) | Act::Sign(_) | Act::Pay(_) | Act::Receive(_)
        )
    }

    /// Beside the members a round travels to the cities of its bills, which may have left the agreement.
    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        audience.everyone = true;
        if let Act::Report(report) = placed.act {
            audience.joined.insert(placed.author.city);
            audience
                .joined
                .extend(report.rows.iter().map(|row| row.with));
        }
    }
}
