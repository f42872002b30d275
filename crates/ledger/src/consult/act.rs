//! What two cities sign in a consult: the question, its answer, its escalation, and a video consult.
//!
//! Acts hold references, codes and times. The words of a question, of an answer and of a conclusion, and where the
//! recording of a video lies, travel in the sealed part of the same entry.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32};

use crate::calendar::WallTime;
use crate::case::{Defect, Material, Officer};
use crate::id::EntryId;
use crate::kind::Retain;

/// The most people of one city in a video consult.
pub const PARTICIPANTS_MAX: usize = 16;
/// The most video consults that one city records in one consult.
pub const VIDEOS_MAX: usize = 16;
/// The longest video consult, in seconds.
pub const VIDEO_SECONDS_MAX: i64 = 24 * 3_600;

/// An act of a consult.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// 提问 (E24): the genesis, by the window that receives.
    #[n(0)]
    Ask(#[n(0)] Ask),
    /// 答复 (E24), by the city that was asked.
    #[n(1)]
    Answer(#[n(0)] Answer),
    /// Nobody answered in time: by the node that asked.
    #[n(2)]
    Escalate(#[n(0)] Escalate),
    /// 视频会商 (E25): one city's record of it.
    #[n(3)]
    Video(#[n(0)] Video),
    /// The other city signs the conclusion of a video consult (E25).
    #[n(4)]
    VideoSigned(#[n(0)] VideoSigned),
    /// Says which entries of a revoked device stay.
    #[n(5)]
    Retain(#[n(0)] Retain),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Ask(_) => "consult-ask",
            Act::Answer(_) => "consult-answer",
            Act::Escalate(_) => "escalate",
            Act::Video(_) => "video",
            Act::VideoSigned(_) => "video-signed",
            Act::Retain(_) => "retain",
        }
    }
}

/// The genesis: whether these papers do for an item of the city asked. The claimed time of its entry starts the clock.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ask {
    /// The city asked, which owns the item.
    #[n(0)]
    pub to: CityId,
    /// The item's base code.
    #[n(1)]
    pub item: String,
    /// The guide version that the window follows.
    #[n(2)]
    pub guide: u32,
    /// The papers asked about, by requirement of the guide, none twice.
    #[n(3)]
    pub materials: Vec<Material>,
    /// Who asked.
    #[n(4)]
    pub officer: Officer,
}

/// The liaison looked at the papers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Answer {
    /// Whether they do.
    #[n(0)]
    pub verdict: Verdict,
    /// What is wrong, by requirement of the guide; none if they do.
    #[n(1)]
    pub defects: Vec<Defect>,
    /// Who answered.
    #[n(2)]
    pub officer: Officer,
}

/// What a liaison says of the papers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They are what the guide asks for.
    #[n(1)]
    Ok,
    /// They are not.
    #[n(2)]
    NotOk,
}

impl Verdict {
    /// The verdict's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::NotOk => "not-ok",
        }
    }
}

/// A question goes to somebody else, because nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Escalate {
    /// To whom.
    #[n(0)]
    pub stage: Stage,
}

/// To whom an unanswered question goes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// B 岗: who stands in for the liaison, after the agreed working hours.
    #[n(1)]
    PostB,
    /// 中心: the centre of the city asked, after twice as many.
    #[n(2)]
    Centre,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 2] = [Stage::PostB, Stage::Centre];

    /// The stage's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::PostB => "post-b",
            Stage::Centre => "centre",
        }
    }

    /// How many times the agreed working hours pass before a question goes there.
    pub(super) const fn times(self) -> u32 {
        match self {
            Stage::PostB => 1,
            Stage::Centre => 2,
        }
    }
}

/// A video consult, as the city that records it says. The video itself stays outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Video {
    /// When it began.
    #[n(0)]
    pub started: WallTime,
    /// When it ended; at most [`VIDEO_SECONDS_MAX`] later.
    #[n(1)]
    pub ended: WallTime,
    /// Who took part of the city that asked, ascending; at most [`PARTICIPANTS_MAX`].
    #[n(2)]
    pub askers: Vec<Officer>,
    /// Who took part of the city that was asked, ascending; at most [`PARTICIPANTS_MAX`].
    #[n(3)]
    pub asked: Vec<Officer>,
    /// The conclusion: whether the papers are complete and in the right form.
    #[n(4)]
    pub complete: bool,
    /// The requirements examined, ascending.
    #[n(5)]
    pub points: Vec<String>,
    /// Hash of the recording, if there is one; where it lies is sealed.
    #[n(6)]
    pub recording: Option<Hash32>,
    /// Who signs for the city that records it.
    #[n(7)]
    pub officer: Officer,
}

/// The other city's signature under the conclusion of a video consult.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct VideoSigned {
    /// The [`Video`].
    #[n(0)]
    pub video: EntryId,
    /// Who signs.
    #[n(1)]
    pub officer: Officer,
}
