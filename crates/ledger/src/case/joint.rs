//! Steps of joint handling: where each stands, and what a withdrawal waits for (R-027 to R-029, E23).

use std::collections::BTreeSet;

use tongban_identity::CityId;

use super::act::{Act, Outcome, SubOpen};
use super::state::State;
use crate::agreement::{Feedback, Joint, JointStep, Mode, View};
use crate::calendar::Day;
use crate::id::EntryId;

/// A step as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sub {
    /// The act that opened it.
    pub id: EntryId,
    /// The step's id in the agreement.
    pub step: String,
    /// The city that does it.
    pub city: CityId,
    /// The day on which it was opened.
    pub opened: Day,
    /// The day on which its city's node took it; the lead needs none for its own.
    pub taken: Option<Day>,
    /// What was decided, by which act, and when.
    pub decided: Option<(EntryId, Outcome, Day)>,
    /// The act that let go of it: by its city, or by the lead while nobody had taken it.
    pub released: Option<EntryId>,
}

impl Sub {
    /// Whether nobody decided it or let go of it.
    pub fn open(&self) -> bool {
        self.decided.is_none() && self.released.is_none()
    }

    /// Whether it was granted.
    pub fn granted(&self) -> bool {
        matches!(self.decided, Some((_, outcome, _)) if outcome != Outcome::Refused)
    }
}

impl State {
    /// Every step that was opened, in order of id.
    pub fn subs(&self) -> Vec<Sub> {
        let opened = self.picked(|act| match act {
            Act::SubOpen(open) => Some(open),
            _ => None,
        });
        opened
            .map(|(id, fact, open)| self.sub_of(id, fact.by, fact.day(), open))
            .collect()
    }

    /// A step by the act that opened it.
    pub fn sub(&self, id: &EntryId) -> Option<Sub> {
        let fact = self.facts.get(id)?;
        match &fact.act {
            Act::SubOpen(open) => Some(self.sub_of(*id, fact.by, fact.day(), open)),
            _ => None,
        }
    }

    fn sub_of(&self, id: EntryId, lead: CityId, opened: Day, open: &SubOpen) -> Sub {
        let mut sub = Sub {
            id,
            step: open.step.clone(),
            city: open.to,
            opened,
            taken: (open.to == lead).then_some(opened),
            decided: None,
            released: None,
        };
        for (act, fact) in &self.facts {
            match &fact.act {
                Act::SubAck(ack) if ack.sub == id => {
                    let day = fact.day();
                    sub.taken = Some(sub.taken.map_or(day, |first| first.min(day)));
                }
                Act::SubDecide(decide) if decide.sub == id => {
                    sub.decided = Some((*act, decide.outcome, fact.day()));
                }
                Act::SubRelease(release) if release.sub == id => sub.released = Some(*act),
                Act::SubRecall(recall) if recall.sub == id => sub.released = Some(*act),
                _ => {}
            }
        }
        sub
    }

    /// The joint-handling agreement by which the case goes: that of its lead with the partner of the receipt.
    pub fn joint<'a>(&self, view: &View<'a>) -> Option<&'a Joint> {
        let partner = self
            .receive
            .partner
            .filter(|_| self.receive.mode == Mode::C)?;
        let owner = self.owner();
        view.joint(&self.receive.item, &owner)
            .find(|joint| joint.partner == partner)
    }

    /// The latest sub-case of a step that was not let go.
    pub fn sub_of_step(&self, step: &str) -> Option<Sub> {
        let mut subs = self.subs().into_iter();
        subs.find(|sub| sub.step == step && sub.released.is_none())
    }

    /// Whether a step was granted and nothing undid it.
    pub fn step_granted(&self, joint: &Joint, step: &str) -> bool {
        let undone = joint.steps.iter().any(|other| {
            other.undoes.as_deref() == Some(step)
                && self.sub_of_step(&other.id).is_some_and(|sub| sub.granted())
        });
        !undone && self.sub_of_step(step).is_some_and(|sub| sub.granted())
    }

    /// The granted step that cannot be undone by withdrawing, with the act that decided it.
    pub fn irreversible(&self, view: &View<'_>) -> Option<EntryId> {
        let joint = self.joint(view)?;
        joint
            .steps
            .iter()
            .filter(|step| step.irreversible && self.step_granted(joint, &step.id))
            .find_map(|step| Some(self.sub_of_step(&step.id)?.decided?.0))
    }

    /// Steps that may be opened now.
    pub fn steps_ready<'a>(&self, view: &View<'a>) -> Vec<&'a JointStep> {
        let Some(joint) = self.joint(view) else {
            return Vec::new();
        };
        let refused = joint.steps.iter().any(|step| {
            self.sub_of_step(&step.id)
                .is_some_and(|sub| sub.decided.is_some() && !sub.granted())
        });
        joint
            .steps
            .iter()
            .filter(|step| self.sub_of_step(&step.id).is_none())
            .filter(|step| match &step.undoes {
                Some(undone) => {
                    self.step_granted(joint, undone) && self.undo_asked(&step.id, joint)
                }
                None => !refused && step.after.iter().all(|id| self.step_granted(joint, id)),
            })
            .collect()
    }

    /// Whether the city whose decision would be undone asked for it.
    pub fn undo_asked(&self, step: &str, joint: &Joint) -> bool {
        self.facts.values().any(|fact| {
            matches!(&fact.act, Act::UndoAsk(ask) if ask.step == step) && fact.by == joint.partner
        })
    }

    /// Whether every step that the agreement demands was granted, or one was refused and none is open.
    pub fn steps_done(&self, view: &View<'_>) -> Option<Outcome> {
        let joint = self.joint(view)?;
        let subs = self.subs();
        if subs.iter().any(Sub::open) {
            return None;
        }
        let demanded = || joint.steps.iter().filter(|step| step.undoes.is_none());
        let refused = |step: &JointStep| {
            let sub = self.sub_of_step(&step.id);
            sub.is_some_and(|sub| sub.decided.is_some() && !sub.granted())
        };
        if demanded().any(refused) {
            return Some(Outcome::Refused);
        }
        demanded()
            .all(|step| self.step_granted(joint, &step.id))
            .then_some(Outcome::Granted)
    }

    /// Sub-cases that another city holds and has not let go of.
    pub fn unreleased(&self, holder: &CityId) -> Vec<Sub> {
        let subs = self.subs().into_iter();
        subs.filter(|sub| sub.open() && sub.city != *holder)
            .collect()
    }

    /// The releases of a step, ascending.
    pub fn releases_of(&self, step: &str) -> Vec<EntryId> {
        let subs = self.subs().into_iter().filter(|sub| sub.step == step);
        let mut all: Vec<EntryId> = subs.filter_map(|sub| sub.released).collect();
        all.sort_unstable();
        all
    }

    /// The releases on which a withdrawal rests, ascending.
    pub fn releases(&self) -> Vec<EntryId> {
        let mut all: Vec<EntryId> = self.subs().iter().filter_map(|sub| sub.released).collect();
        all.sort_unstable();
        all
    }

    /// Cities that have to tell the applicant the result before the case may be closed.
    pub fn feedback_missing(&self, view: &View<'_>) -> Vec<CityId> {
        let Some(joint) = self.joint(view) else {
            return Vec::new();
        };
        if joint.feedback == Feedback::Unified {
            return Vec::new();
        }
        let told: BTreeSet<CityId> = self
            .facts
            .values()
            .filter(|fact| matches!(fact.act, Act::Served(_)))
            .map(|fact| fact.by)
            .collect();
        let subs = self.subs().into_iter();
        let kept = subs.filter(|sub| sub.released.is_none());
        let cities: BTreeSet<CityId> = kept.map(|sub| sub.city).collect();
        cities.difference(&told).copied().collect()
    }

    /// Confirmation questions without an answer.
    pub fn unanswered(&self) -> Vec<(EntryId, CityId)> {
        self.picked(|act| match act {
            Act::ConfirmAsk(ask) => Some(ask.to),
            _ => None,
        })
        .map(|(id, _, to)| (id, to))
        .filter(|(id, _)| {
            !self
                .facts
                .values()
                .any(|fact| matches!(&fact.act, Act::ConfirmAnswer(answer) if answer.ask == *id))
        })
        .collect()
    }
}
