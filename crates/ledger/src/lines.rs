//! The cost lines of a parcel as bills and months read them, and the pair of cities that they lie between.
//!
//! The one place that goes from a parcel's state to lines. Whoever adds up reads lines, from here or from an index
//! that keeps what this says; adding up is [`crate::settle`]'s work.

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use crate::agreement::View;
use crate::id::DocumentId;
use crate::parcel::{LineStanding, Recipient, State};
use crate::settle::Line;

/// The two cities that see a parcel; a city with itself where the parcel went to an applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Pair {
    /// The city with the lower id.
    #[n(0)]
    pub low: CityId,
    /// The other one; the same one where the parcel went to an applicant.
    #[n(1)]
    pub high: CityId,
}

impl Pair {
    /// The pair of a parcel's sender and recipient.
    pub fn of(from: CityId, to: Recipient) -> Self {
        Self::between(from, to.city().unwrap_or(from))
    }

    /// The pair of two cities, in either order.
    pub fn between(one: CityId, other: CityId) -> Self {
        Self {
            low: one.min(other),
            high: one.max(other),
        }
    }

    /// Says whether these are two cities, and so whether they may owe each other.
    pub fn is_across(&self) -> bool {
        self.low != self.high
    }
}

/// A cost line that nobody took back, with what it is worth at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The line.
    pub line: Line,
    /// Whether it counts, waits, or is set aside.
    pub standing: LineStanding,
}

/// Every line of a parcel that nobody took back, ascending by entry.
///
/// A line whose rule version the agreement does not have is left out: `authorize` lets none such in.
/// A parcel that is only made ready has none that is of any month.
pub fn of_parcel(parcel: DocumentId, state: &State, view: &View<'_>) -> Vec<Standing> {
    let Some(posted) = state.posted() else {
        return Vec::new();
    };
    let to = state.other().map_or(Recipient::Applicant, Recipient::City);
    let lines = state
        .line_standings(view)
        .filter_map(|(id, recorded, standing)| {
            let line = Line {
                parcel,
                line: id,
                from: state.from,
                to,
                posted,
                tracking: state.post.tracking.clone(),
                leg: state.post.leg,
                kind: recorded.kind,
                amount: recorded.amount,
                payer: recorded.payer,
                liable: state.liable(recorded, view)?,
                rule: recorded.rule,
            };
            Some(Standing { line, standing })
        });
    lines.collect()
}
