//! Draws a run while it is played: what clerks do next depends on what their cities show.
//!
//! All that is drawn is written down as steps and faults of a scenario, which then plays the same run.

use std::collections::BTreeMap;

use super::faults::Plan;
use super::workload::Workload;
use crate::run::{Clerks, Cue, Director};
use crate::scenario::{Fault, Moment, Scenario};
use crate::timeline::turns;
use crate::world::{SimEngine, SimError};

/// Something of a fault that is to come: its turn, or its end.
#[derive(Clone, Copy, Debug)]
enum Later {
    Ends,
    Turns(u32),
}

/// Draws a run.
pub(super) struct Drawn {
    faults: Plan,
    work: Workload,
    next_act: Moment,
    end: Moment,
    /// Ordered as a timeline orders things of one moment: ends first, then by fault and turn.
    later: BTreeMap<(Moment, u8, usize, u32), Later>,
    standing: Vec<usize>,
    /// What was drawn so far.
    pub(super) recording: Scenario,
}

impl Drawn {
    /// Draws a run of the cities of `recording`, which has no steps yet, up to its end.
    pub(super) fn new(
        faults: Plan,
        mut work: Workload,
        begin: Moment,
        recording: Scenario,
    ) -> Self {
        Self {
            faults,
            next_act: work.after(begin),
            work,
            end: recording.end(),
            later: BTreeMap::new(),
            standing: Vec::new(),
            recording,
        }
    }

    fn begins(&mut self) -> Option<(Moment, Cue)> {
        let faults = &self.recording.faults;
        let standing: Vec<Fault> = self
            .standing
            .iter()
            .map(|nth| faults[*nth].clone())
            .collect();
        let fault = self.faults.take(&standing)?;
        let (from, index) = (fault.from, faults.len());
        match fault.until {
            // It is over right after it began.
            None => {
                self.later.insert((from, 1, index, u32::MAX), Later::Ends);
            }
            Some(until) => {
                self.later.insert((until, 0, index, 0), Later::Ends);
                for (nth, at) in turns(&fault, until) {
                    self.later.insert((at, 1, index, nth), Later::Turns(nth));
                }
                self.standing.push(index);
            }
        }
        self.recording.faults.push(fault.clone());
        Some((from, Cue::Begins(fault)))
    }

    fn goes_on(&mut self) -> Option<(Moment, Cue)> {
        let ((at, _, index, _), later) = self.later.pop_first()?;
        let fault = self.recording.faults[index].clone();
        Some((
            at,
            match later {
                Later::Turns(nth) => Cue::Turns(fault, nth),
                Later::Ends => {
                    self.standing.retain(|standing| *standing != index);
                    Cue::Ends(fault)
                }
            },
        ))
    }
}

impl Director<SimEngine> for Drawn {
    fn next(
        &mut self,
        engine: &mut SimEngine,
        clerks: &Clerks,
    ) -> Result<Option<(Moment, Cue)>, SimError> {
        loop {
            if engine.broken().is_some() {
                return Ok(None);
            }
            let later = self.later.first_key_value().map(|((at, ..), _)| *at);
            let fault = self.faults.due().filter(|due| *due < self.end);
            let act = Some(self.next_act).filter(|due| *due < self.end);
            let Some(at) = [later, fault, act].into_iter().flatten().min() else {
                return Ok(None);
            };
            if later == Some(at) {
                return Ok(self.goes_on());
            }
            if fault == Some(at) {
                if let Some(begins) = self.begins() {
                    return Ok(Some(begins));
                }
                continue;
            }
            engine.go_on_to(at)?;
            self.next_act = self.work.after(at);
            let step = self.work.act(engine.world_mut(), clerks, at)?;
            for fault in self.work.follows.drain(..) {
                self.faults.add(fault);
            }
            if let Some(step) = step {
                self.recording.steps.push(step.clone());
                return Ok(Some((
                    at,
                    Cue::Step(Box::new(step), self.recording.steps.len()),
                )));
            }
        }
    }

    fn end(&self) -> Moment {
        self.end
    }
}
