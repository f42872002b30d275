//! Why a case whose form alone is reviewed is not closed on its day.

use super::state::State;
use crate::agreement::{ReviewKind, View};
use crate::calendar::Day;

/// What a form-only case with complete papers waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// The applicant, who was asked for something.
    Notice,
    /// A special procedure.
    Pause,
    /// The city to which it was pushed.
    HandOver,
    /// The owner's decision.
    Decision,
    /// Service of the result.
    Result,
}

impl Behind {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Behind::Notice => "notice",
            Behind::Pause => "pause",
            Behind::HandOver => "hand-over",
            Behind::Decision => "decision",
            Behind::Result => "result",
        }
    }
}

impl State {
    /// Why a case whose form alone is reviewed and whose papers are complete was not closed on the day when they
    /// were (即来即办, R-071); none for other cases, and on that day.
    pub fn behind(&self, view: &View<'_>, today: Day) -> Option<Behind> {
        let item = view.item(&self.receive.item)?;
        if item.review != Some(ReviewKind::FormOnly) || today <= self.papers_day() {
            return None;
        }
        let complete = self
            .guide(view)
            .is_some_and(|guide| self.missing(guide).is_empty());
        if !complete || self.closed() || self.ending().is_some() {
            return None;
        }
        Some(if !self.open_notices().is_empty() {
            Behind::Notice
        } else if self.special_open().is_some() {
            Behind::Pause
        } else if self.decided().is_some() {
            Behind::Result
        } else if self.waiting_pushes().next().is_some() {
            Behind::HandOver
        } else {
            Behind::Decision
        })
    }
}
