//! The facts of a consult and what they amount to.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::act::{Act, Answer, Ask, Stage, Verdict, Video};
use crate::agreement::View;
use crate::calendar::CalendarMissing;
use crate::case::Officer;
use crate::id::EntryId;
use crate::kind::Author;

/// A consult as some set of entries describes it. Every map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city that asked.
    #[n(1)]
    pub from: CityId,
    /// The claimed time of the question, Unix seconds.
    #[n(2)]
    pub time: i64,
    /// The genesis act.
    #[n(3)]
    pub ask: Ask,
    /// Answers; more than one only if two desks gave them unseen.
    #[n(4)]
    pub answers: BTreeMap<EntryId, Answered>,
    /// Escalations with their signed times, Unix seconds.
    #[n(5)]
    pub escalations: BTreeMap<EntryId, (Stage, i64)>,
    /// Video consults.
    #[n(6)]
    pub videos: BTreeMap<EntryId, Filmed>,
    /// Signatures under video consults of the other city.
    #[n(7)]
    pub signatures: BTreeMap<EntryId, Signed>,
}

/// An answer with its signed time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Answered {
    /// Its signed time, Unix seconds.
    #[n(0)]
    pub time: i64,
    /// The answer.
    #[n(1)]
    pub answer: Answer,
}

/// A video consult with who recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Filmed {
    /// The city that signed first.
    #[n(0)]
    pub by: CityId,
    /// The record.
    #[n(1)]
    pub video: Video,
}

/// A signature under a video consult.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signed {
    /// The [`Video`].
    #[n(0)]
    pub video: EntryId,
    /// Who signed.
    #[n(1)]
    pub officer: Officer,
}

impl State {
    /// The state right after the genesis.
    pub(super) fn new(genesis: EntryId, author: &Author, ask: Ask) -> Self {
        Self {
            genesis,
            from: author.city,
            time: author.time,
            ask,
            answers: BTreeMap::new(),
            escalations: BTreeMap::new(),
            videos: BTreeMap::new(),
            signatures: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act) {
        match act {
            Act::Ask(_) | Act::Retain(_) => {}
            Act::Answer(answer) => {
                let answered = Answered {
                    time: author.time,
                    answer: answer.clone(),
                };
                self.answers.insert(id, answered);
            }
            Act::Escalate(escalate) => {
                self.escalations.insert(id, (escalate.stage, author.time));
            }
            Act::Video(video) => {
                let filmed = Filmed {
                    by: author.city,
                    video: video.clone(),
                };
                self.videos.insert(id, filmed);
            }
            Act::VideoSigned(signed) => {
                let signature = Signed {
                    video: signed.video,
                    officer: signed.officer.clone(),
                };
                self.signatures.insert(id, signature);
            }
        }
    }

    /// Says whether a city asked or was asked.
    pub fn is_party(&self, city: &CityId) -> bool {
        self.from == *city || self.ask.to == *city
    }

    /// Says whether the consult is between two cities, whoever of them asked.
    pub fn is_between(&self, one: &CityId, other: &CityId) -> bool {
        one != other && self.is_party(one) && self.is_party(other)
    }

    /// What the city asked says: its verdict, and "not ok" where two desks of it disagree; none without an answer.
    pub fn verdict(&self) -> Option<Verdict> {
        let verdicts = self.answers.values().map(|given| given.answer.verdict);
        verdicts.max()
    }

    /// Whether two desks of the city asked gave different answers.
    pub fn contradicts(&self) -> bool {
        let mut answers = self.answers.values().map(|given| &given.answer);
        let first = answers.next();
        answers.any(|answer| Some(answer.verdict) != first.map(|first| first.verdict))
    }

    /// The signed time of the first answer, Unix seconds.
    pub fn answered(&self) -> Option<i64> {
        self.answers.values().map(|given| given.time).min()
    }

    /// Whole minutes from the question to its first answer.
    pub fn minutes(&self) -> Option<i64> {
        let seconds = self.answered()?.saturating_sub(self.time);
        Some(seconds.max(0) / 60)
    }

    /// When a question goes to a stage unless it is answered before, Unix seconds: after working hours of the
    /// agreement's calendar, which is that of the city asked.
    ///
    /// # Errors
    /// The working days of a year are not known.
    pub fn due(&self, stage: Stage, view: &View<'_>) -> Result<i64, CalendarMissing> {
        let hours = u32::from(view.limits().consult_hours);
        let minutes = hours * 60 * stage.times();
        view.calendar().due_minutes(self.time, minutes)
    }

    /// The furthest stage to which the question went.
    pub fn escalated(&self) -> Option<Stage> {
        self.escalations.values().map(|(stage, _)| *stage).max()
    }

    /// The next stage to which an unanswered question goes.
    pub fn next_stage(&self) -> Option<Stage> {
        if !self.answers.is_empty() {
            return None;
        }
        Stage::ALL.into_iter().find(|stage| {
            self.escalations
                .values()
                .all(|(reached, _)| reached != stage)
        })
    }

    /// Says whether the other city signed a video consult.
    pub fn is_signed(&self, video: &EntryId) -> bool {
        self.signatures.values().any(|sign| sign.video == *video)
    }

    /// Video consults that wait for a city's signature, in order of id.
    pub fn unsigned_by<'a>(&'a self, city: &'a CityId) -> impl Iterator<Item = EntryId> + 'a {
        let open = |id: &EntryId, filmed: &Filmed| filmed.by != *city && !self.is_signed(id);
        let videos = self.videos.iter();
        videos
            .filter(move |(id, filmed)| self.is_party(city) && open(id, filmed))
            .map(|(id, _)| *id)
    }

    /// Video consults that both cities signed, in order of id: only these are conclusions.
    pub fn concluded(&self) -> impl Iterator<Item = (EntryId, &Video)> {
        self.videos
            .iter()
            .filter(|(id, _)| self.is_signed(id))
            .map(|(id, filmed)| (*id, &filmed.video))
    }

    /// Says whether a video consult stands as a formal review: both cities signed that the papers are complete, and
    /// none that they are not.
    pub fn stands_as_review(&self) -> bool {
        let mut concluded = self.concluded().peekable();
        concluded.peek().is_some() && concluded.all(|(_, video)| video.complete)
    }

    /// Says whether the city asked had told by a signed time (Unix seconds) that a formal point is in order: it
    /// answered "ok" about papers for that requirement, or both signed so after a video consult that examined it.
    pub fn vouched(&self, requirement: &str, by: i64) -> bool {
        let mut asked = self.ask.materials.iter();
        let answered = self.verdict() == Some(Verdict::Ok)
            && self.answered().is_some_and(|time| time <= by)
            && asked.any(|material| material.requirement == requirement);
        let examined = self.stands_as_review()
            && self
                .concluded()
                .filter(|(_, video)| video.ended.unix() <= by)
                .any(|(_, video)| video.points.iter().any(|point| point == requirement));
        answered || examined
    }
}
