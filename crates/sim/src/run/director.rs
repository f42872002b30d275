//! Who says what happens next in a run: the timeline of a scenario, or whoever draws one.

use crate::engine::Engine;
use crate::scenario::{Carried, EngineName, Expect, Fault, Moment, Scenario, Step};
use crate::timeline::{Moving, Tick, timeline};

use super::clerks::Clerks;

/// Something that happens in a run.
#[derive(Clone, Debug)]
pub(crate) enum Cue {
    Begins(Fault),
    Turns(Fault, u32),
    Ends(Fault),
    /// The number makes the key of a step that names none.
    Step(Box<Step>, usize),
    Carries(Carried),
    Asks(Expect),
}

/// Says what happens next.
pub(crate) trait Director<E: Engine> {
    /// Returns what happens next, and when; nothing when the run is over.
    ///
    /// Whoever has to see the cities first may let time go on to that moment, and not further.
    fn next(&mut self, engine: &mut E, clerks: &Clerks) -> Result<Option<(Moment, Cue)>, E::Error>;

    /// Learns that it happens now, after so many milliseconds of virtual time.
    fn happens(&mut self, _at: Moment, _cue: &Cue, _elapsed_ms: u64) {}

    /// Returns when the run is over, after its last event.
    fn end(&self) -> Moment;
}

/// The timeline of a scenario, which writes down when things really happen.
pub(crate) struct Timeline<'s> {
    scenario: &'s Scenario,
    ticks: std::vec::IntoIter<Tick>,
    moving: Option<Moving>,
    recording: &'s mut Scenario,
    /// When the last thing was written down, and how much virtual time had gone then.
    before: (Moment, u64),
}

impl<'s> Timeline<'s> {
    /// The timeline of a scenario; `recording` becomes what it plays, with exact timing.
    pub(crate) fn of(scenario: &'s Scenario, recording: &'s mut Scenario) -> Self {
        *recording = Scenario {
            engines: vec![EngineName::Sim],
            reason: Some("recorded: every event at its millisecond".to_owned()),
            exact: true,
            steps: Vec::new(),
            faults: Vec::new(),
            files: Vec::new(),
            ..scenario.clone()
        };
        Self {
            scenario,
            ticks: timeline(scenario).into_iter(),
            moving: None,
            recording,
            before: (scenario.start, 0),
        }
    }
}

impl<E: Engine> Director<E> for Timeline<'_> {
    fn next(&mut self, _: &mut E, _: &Clerks) -> Result<Option<(Moment, Cue)>, E::Error> {
        let Some(tick) = self.ticks.next() else {
            return Ok(None);
        };
        self.moving = Some(tick.moving);
        let fault = |index: usize| self.scenario.faults[index].clone();
        let cue = match tick.moving {
            Moving::Begins(index) => Cue::Begins(fault(index)),
            Moving::Turns(index, nth) => Cue::Turns(fault(index), nth),
            Moving::Ends(index) => Cue::Ends(fault(index)),
            Moving::Step(index) => Cue::Step(Box::new(self.scenario.steps[index].clone()), index),
            Moving::File(index) => Cue::Carries(self.scenario.files[index].clone()),
            Moving::Asks(index) => Cue::Asks(self.scenario.expects[index].clone()),
        };
        Ok(Some((tick.at, cue)))
    }

    fn happens(&mut self, at: Moment, cue: &Cue, elapsed_ms: u64) {
        // The clock of the file may stand still while virtual time goes on.
        let (before, gone) = self.before;
        let later = i64::try_from(elapsed_ms.saturating_sub(gone)).unwrap_or(0);
        let at = at.max(before.after_ms(later));
        self.before = (at, elapsed_ms);
        let recording = &mut *self.recording;
        match (cue, self.moving) {
            (Cue::Begins(fault), _) => recording.faults.push(Fault {
                from: at,
                ..fault.clone()
            }),
            (Cue::Ends(fault), _) => {
                let mut begun = recording.faults.iter_mut().rev();
                let begun =
                    begun.find(|begun| begun.line == fault.line && begun.kind == fault.kind);
                if let (Some(begun), Some(_)) = (begun, fault.until) {
                    // A fault lasts a moment at least.
                    begun.until = Some(at.max(begun.from.after_ms(1)));
                }
            }
            (Cue::Step(step, nth), _) => {
                let key = step.key.clone().unwrap_or_else(|| format!("step-{nth}"));
                recording.steps.push(Step {
                    at,
                    key: Some(key),
                    ..(**step).clone()
                });
            }
            (Cue::Carries(file), _) => recording.files.push(Carried { at, ..file.clone() }),
            (Cue::Asks(_), Some(Moving::Asks(index))) => recording.expects[index].at = Some(at),
            (Cue::Turns(..) | Cue::Asks(_), _) => {}
        }
    }

    fn end(&self) -> Moment {
        self.scenario.end()
    }
}
