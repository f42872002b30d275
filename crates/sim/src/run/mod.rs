//! Plays a scenario on an engine: one timeline, a scripted clock, and questions to every city.
//!
//! It knows no engine in particular and prints nothing; [`crate::story`] tells what happened.

mod check;
mod error;
mod quiet;
mod report;
mod summary;
#[cfg(test)]
mod tests;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{Done, Refusal};
use tongban_ledger::command::{Command, FoundAgreement, Founding};

pub use error::{Gap, RunError};
pub use report::{
    CaseSummary, Checked, Event, HistoryRow, Mismatch, MonthSummary, Owes, ParcelSummary, Played,
    Report, What,
};

use crate::engine::Engine;
use crate::scenario::label::{LabelError, Labels, fill_command};
use crate::scenario::{Fault, Moment, Scenario, Step, Text};
use crate::timeline::{Moving, timeline};

/// Told of each event as it happens, so that a long run shows where it is.
pub type Observer<'o> = &'o mut (dyn FnMut(&Event) + Send);

/// Plays a scenario from founding to its last expectation and stops the engine.
///
/// A step that goes otherwise than written ends the playing, because the rest rests on it; the report then
/// says so and shows what the cities have. The engine must be fresh.
///
/// # Errors
/// [`RunError`]: the engine failed, the agreement could not be founded, or the cities did not come to rest.
pub async fn run<E: Engine>(
    scenario: &Scenario,
    engine: &mut E,
    observer: Observer<'_>,
) -> Result<Report, RunError<E::Error>> {
    if !scenario.engines.contains(&engine.name()) {
        return Err(RunError::OtherEngine {
            engine: engine.name().as_str(),
            reason: scenario.reason.clone(),
        });
    }
    let mut runner = Runner {
        scenario,
        cities: scenario.nodes.iter().map(|node| node.division).collect(),
        engine,
        observer,
        clock: scenario.start,
        labels: Labels::new(),
        refused: 0,
        failed: false,
        events: Vec::new(),
        expectations: Vec::new(),
    };
    runner.found().await?;
    runner.play().await?;
    let report = runner.finish().await?;
    Ok(report)
}

struct Runner<'r, E: Engine> {
    scenario: &'r Scenario,
    cities: Vec<DivisionCode>,
    engine: &'r mut E,
    observer: Observer<'r>,
    clock: Moment,
    labels: Labels,
    refused: u64,
    failed: bool,
    events: Vec<Event>,
    expectations: Vec<Checked>,
}

/// Names the scripted time in an engine's failure.
macro_rules! engine {
    ($runner:expr, $call:ident $(, $argument:expr)*) => {
        $runner
            .engine
            .$call($($argument),*)
            .await
            .map_err(|source| RunError::Engine { at: $runner.clock, source })
    };
}
use engine;

impl<E: Engine> Runner<'_, E> {
    /// Starts the nodes; the first city founds, the others sign.
    async fn found(&mut self) -> Result<(), RunError<E::Error>> {
        engine!(self, start, &self.scenario.nodes, self.clock)?;
        let cities = self.cities.clone();
        let Some((founder, others)) = cities.split_first() else {
            return Ok(());
        };
        let mut invitations = Vec::new();
        for other in others {
            invitations.push(engine!(self, invitation, *other)?);
        }
        let found = Command::AgreementFound(FoundAgreement {
            terms: self.scenario.terms.clone(),
            invitations,
        });
        let done = self.sign(*founder, &found).await?;
        let accept = Command::AgreementAccept(Founding {
            founding: done.founding.unwrap_or_default(),
        });
        for other in others {
            self.sign(*other, &accept).await?;
        }
        self.settle(true).await?;
        let what = What::Founded {
            agreement: self.scenario.terms.code.clone(),
            members: cities.clone(),
        };
        self.happened(what, None);
        Ok(())
    }

    async fn sign(
        &mut self,
        node: DivisionCode,
        command: &Command,
    ) -> Result<Done, RunError<E::Error>> {
        engine!(self, execute, node, "founding", command)?
            .map_err(|refusal| RunError::Founding { node, refusal })
    }

    async fn play(&mut self) -> Result<(), RunError<E::Error>> {
        for tick in timeline(self.scenario) {
            if self.failed {
                break;
            }
            if self.settles(tick.moving) {
                self.settle(false).await?;
            }
            self.clock = tick.at;
            engine!(self, set_clock, tick.at)?;
            match tick.moving {
                Moving::Begins(index) => self.begin(&self.scenario.faults[index]).await?,
                Moving::Ends(index) => self.end(&self.scenario.faults[index]).await?,
                Moving::Step(index) => self.step(index).await?,
                Moving::File(index) => self.carry(index).await?,
                Moving::Asks(index) => self.ask(index).await?,
            }
        }
        Ok(())
    }

    /// Whether the cities come to rest before this happens.
    fn settles(&self, moving: Moving) -> bool {
        match moving {
            Moving::Begins(index) => self.scenario.faults[index].settle,
            // What the fault leaves undone is its point; the end must not wait for it.
            Moving::Ends(index) => self.scenario.faults[index].until.is_some(),
            Moving::Step(index) => self.scenario.steps[index].settle,
            Moving::File(_) | Moving::Asks(_) => true,
        }
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), RunError<E::Error>> {
        engine!(self, begin, fault)?;
        let what = What::FaultBegins {
            fault: fault.kind,
            cities: concerned(fault),
        };
        self.happened(what, fault.say.clone());
        Ok(())
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), RunError<E::Error>> {
        engine!(self, end, fault)?;
        let what = What::FaultEnds {
            fault: fault.kind,
            cities: concerned(fault),
        };
        self.happened(what, None);
        Ok(())
    }

    async fn carry(&mut self, index: usize) -> Result<(), RunError<E::Error>> {
        let file = &self.scenario.files[index];
        let parts = engine!(self, write_files, file.from, file.to)?;
        if !file.lost {
            engine!(self, take_files, file.to, parts)?;
        }
        let what = What::Carried {
            from: file.from,
            to: file.to,
            lost: file.lost,
        };
        self.happened(what, file.say.clone());
        Ok(())
    }

    async fn step(&mut self, index: usize) -> Result<(), RunError<E::Error>> {
        let step = &self.scenario.steps[index];
        let command = match fill_command(&step.command, &self.labels) {
            Ok(command) => command,
            Err(error) => {
                self.unfilled(step, &error);
                return Ok(());
            }
        };
        let key = format!("step-{index}");
        let answer = engine!(self, execute, step.node, &key, &command)?;
        let played = self.played(step, &command, &answer);
        self.failed |= !played.ok;
        self.happened(What::Step(played), step.say.clone());
        match answer {
            Err(_) => self.refused += 1,
            Ok(done) => {
                if let Some(label) = &step.label {
                    self.labels
                        .insert(label.clone(), stands_for(&command, &done));
                }
                self.wait(step, &done.document).await?;
            }
        }
        Ok(())
    }

    fn played(&self, step: &Step, command: &Command, answer: &Result<Done, Refusal>) -> Played {
        let done = answer.as_ref().ok();
        let refusal = answer.as_ref().err();
        Played {
            node: step.node,
            act: step.act,
            number: done
                .and_then(|done| done.number.clone())
                .or_else(|| subject(command)),
            document: done.map(|done| done.document.clone()),
            to: other_city(command),
            refused: refusal.map(|refusal| refusal.code),
            about: refusal.map_or_else(String::new, |refusal| refusal.about.clone()),
            ok: refusal.map(|refusal| refusal.code) == step.refused,
            line: step.line,
        }
    }

    /// A step whose label has no meaning, because the step that defines it had no effect.
    fn unfilled(&mut self, step: &Step, error: &LabelError) {
        self.failed = true;
        let played = Played {
            node: step.node,
            act: step.act,
            number: None,
            document: None,
            to: None,
            refused: None,
            about: error.to_string(),
            ok: false,
            line: step.line,
        };
        self.happened(What::Step(played), step.say.clone());
    }

    /// Waits until the cities of `wait` show the document as the acting city does.
    async fn wait(&mut self, step: &Step, document: &str) -> Result<(), RunError<E::Error>> {
        for city in &step.wait {
            let mut looks = self.engine.patience();
            loop {
                let here = engine!(self, roots, step.node)?;
                let there = engine!(self, roots, *city)?;
                let row = |roots: &tongban_ledger::answer::RootsAnswer| {
                    roots.documents.get(document).map(|row| row.root.clone())
                };
                if row(&there).is_some() && row(&there) == row(&here) {
                    break;
                }
                if looks == 0 {
                    let gap = Gap::Differs {
                        document: document.to_owned(),
                        a: step.node,
                        b: *city,
                    };
                    return Err(RunError::Standstill {
                        at: self.clock,
                        gap,
                    });
                }
                looks -= 1;
                engine!(self, breathe)?;
            }
        }
        Ok(())
    }

    async fn ask(&mut self, index: usize) -> Result<(), RunError<E::Error>> {
        let checked = check::check(self, &self.scenario.expects[index]).await?;
        let what = What::Asked {
            expectation: self.expectations.len(),
            ok: checked.ok,
        };
        self.expectations.push(checked);
        self.happened(what, None);
        Ok(())
    }

    /// Waits until two looks in a row find nothing open and nothing new.
    async fn settle(&mut self, effective: bool) -> Result<(), RunError<E::Error>> {
        let mut before = None;
        let mut gap = Gap::Moving;
        for _ in 0..self.engine.patience() {
            let look = quiet::Look::take(self.engine, &self.cities)
                .await
                .map_err(|source| RunError::Engine {
                    at: self.clock,
                    source,
                })?;
            let not_effective = if effective {
                look.not_effective()
            } else {
                None
            };
            match not_effective.or_else(|| look.gap(self.engine)) {
                Some(found) => {
                    gap = found;
                    before = None;
                }
                None => {
                    let mark = Some(look.into_mark());
                    if mark == before {
                        return Ok(());
                    }
                    gap = Gap::Moving;
                    before = mark;
                }
            }
            engine!(self, breathe)?;
        }
        Err(RunError::Standstill {
            at: self.clock,
            gap,
        })
    }

    /// Asks what is to hold at the end, and what every city has.
    async fn finish(&mut self) -> Result<Report, RunError<E::Error>> {
        if !self.failed {
            self.settle(false).await?;
        }
        for index in 0..self.scenario.expects.len() {
            if self.scenario.expects[index].at.is_none() {
                self.ask(index).await?;
            }
        }
        let summary = summary::Summary::take(self).await?;
        engine!(self, stop)?;
        let held = self.expectations.iter().all(|checked| checked.ok);
        Ok(Report {
            scenario: self.scenario.name.clone(),
            engine: self.engine.name(),
            ok: !self.failed && held && summary.books_agree,
            converged: summary.converged,
            events: std::mem::take(&mut self.events),
            expectations: std::mem::take(&mut self.expectations),
            cases: summary.cases,
            parcels: summary.parcels,
            nets: summary.nets,
            months: summary.months,
            books_agree: summary.books_agree,
            state_roots: summary.state_roots,
            file_digests: summary.file_digests,
            names: summary.names,
            histories: summary.histories,
        })
    }

    fn happened(&mut self, what: What, say: Option<Text>) {
        let event = Event {
            at: self.clock,
            what,
            say,
        };
        (self.observer)(&event);
        self.events.push(event);
    }
}

fn concerned(fault: &Fault) -> Vec<Vec<DivisionCode>> {
    match fault.node {
        Some(node) => vec![vec![node]],
        None => fault.groups.clone(),
    }
}

/// What a label stands for after its step.
fn stands_for(command: &Command, done: &Done) -> String {
    match command {
        Command::ParcelPost(post) => post.tracking.to_string(),
        _ => done.number.clone().unwrap_or_else(|| done.document.clone()),
    }
}

/// The case or parcel that a command is about.
fn subject(command: &Command) -> Option<String> {
    let value = serde_json::to_value(command).ok()?;
    let args = value.get("args")?;
    ["case", "parcel", "tracking"]
        .iter()
        .find_map(|key| args.get(key)?.as_str().map(str::to_owned))
}

/// Another city that a command names.
fn other_city(command: &Command) -> Option<DivisionCode> {
    match command {
        Command::CaseReceive(receive) => Some(receive.owner),
        Command::CasePush(push) => push.to,
        Command::ParcelPost(post) => post.to,
        Command::ParcelCost(cost) => cost.payer,
        Command::OfferGrant(offer) => Some(offer.to),
        _ => None,
    }
}
