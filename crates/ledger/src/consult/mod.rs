//! The consult (沟通): a question of one city's window to the liaison of the city that owns an item, at receiving
//! time and often before there is a case (即时响应, R-121), and the video consult of both (视频会商, R-077).
//!
//! The two cities replicate it and nobody else. A case names it by a [`Mark`], which tells a third city nothing. No
//! act here contradicts another one: two answers that did not see each other both stand, and both are shown.

mod act;
mod authorize;
mod describe;
mod mark;
mod state;
#[cfg(test)]
mod tests;

pub use act::{
    Act, Answer, Ask, Escalate, PARTICIPANTS_MAX, Stage, VIDEO_SECONDS_MAX, VIDEOS_MAX, Verdict,
    Video, VideoSigned,
};
pub use mark::Mark;
pub use state::{Answered, Filmed, Signed, State};

use crate::agreement::View;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct Consult;

impl Kind for Consult {
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

    /// Answers, escalations and conclusions are facts; what they amount to is read from all of them.
    fn concurrent(_first: &Placed<'_, Act>, _second: &Placed<'_, Act>) -> Meeting {
        Meeting::Stand
    }

    fn names(act: &Act) -> Vec<EntryId> {
        match act {
            Act::VideoSigned(signed) => vec![signed.video],
            _ => Vec::new(),
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

    fn observe(audience: &mut Audience, placed: &Placed<'_, Act>) {
        if let Act::Ask(ask) = placed.act {
            audience.joined.extend([placed.author.city, ask.to]);
        }
    }
}
