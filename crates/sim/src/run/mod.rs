//! Plays a scenario on an engine: one timeline, a scripted clock, and questions to every city.
//!
//! It knows no engine in particular and prints nothing; [`crate::story`] tells what happened.

mod check;
mod check_consult;
mod check_course;
mod check_keys;
mod check_meeting;
mod check_members;
mod check_money;
mod check_parcel;
mod clerks;
mod director;
mod error;
mod hands;
mod quiet;
mod report;
mod summary;
#[cfg(test)]
mod tests;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{Done, Refusal};
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, FoundAgreement, Founding, Terms};

pub(crate) use clerks::name_of;
pub use clerks::{Clerks, Violation};
pub(crate) use director::{Cue, Director, Timeline};
pub use error::{Gap, RunError};
pub use report::{
    CaseSummary, Checked, Event, HistoryRow, Mismatch, MonthSummary, Owes, ParcelSummary, Played,
    Report, What,
};

use crate::engine::{Engine, Seat};
use crate::faults::FaultKind;
use crate::scenario::label::{ENTRY, HASH, LabelError, Labels, fill_command};
use crate::scenario::{Carried, Expect, Fault, Hand, Moment, Scenario, Step, Text};
use clerks::Unanswered;

/// How long the cities of an exact run have to found the agreement, and to come to rest at its end, in
/// milliseconds.
pub(crate) const REST_MS: i64 = 120_000;

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
    let mut recording = scenario.clone();
    record(scenario, engine, observer, &mut recording).await
}

/// Plays a scenario, and writes down when each thing happened: `recording` then plays on a virtual engine
/// with exact timing. It is of use also when the run breaks off.
///
/// # Errors
/// As [`run`].
pub async fn record<E: Engine>(
    scenario: &Scenario,
    engine: &mut E,
    observer: Observer<'_>,
    recording: &mut Scenario,
) -> Result<Report, RunError<E::Error>> {
    let mut timeline = Timeline::of(scenario, recording);
    let mut clerks = Clerks::default();
    direct(scenario, engine, observer, &mut timeline, &mut clerks).await
}

/// Plays what a director says on the cities of a scenario; `clerks` becomes what they did.
pub(crate) async fn direct<E: Engine>(
    scenario: &Scenario,
    engine: &mut E,
    observer: Observer<'_>,
    director: &mut (impl Director<E> + Send),
    clerks: &mut Clerks,
) -> Result<Report, RunError<E::Error>> {
    if !scenario.engines.contains(&engine.name()) {
        return Err(RunError::OtherEngine {
            engine: engine.name().as_str(),
            reason: scenario.reason.clone(),
        });
    }
    let cities: Vec<DivisionCode> = scenario.nodes.iter().map(|node| node.division).collect();
    *clerks = Clerks::of(&cities);
    let mut runner = Runner {
        scenario,
        clerks,
        cities,
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
    runner.play(director).await?;
    let report = runner.finish(director).await?;
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
    clerks: &'r mut Clerks,
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
        let scenario = self.scenario;
        let inside = |city: &DivisionCode| !scenario.outside.contains(city);
        let cities: Vec<DivisionCode> = self.cities.iter().copied().filter(inside).collect();
        self.found_one(&cities, &scenario.terms, "founding").await?;
        for also in &scenario.also {
            let key = format!("founding-{}", also.terms.code);
            self.found_one(&also.nodes, &also.terms, &key).await?;
        }
        for outside in &scenario.outside {
            let invitation = engine!(self, invitation, *outside)?;
            self.labels
                .insert(format!("invitation-{outside}"), invitation);
        }
        if self.scenario.exact {
            engine!(self, advance_to, self.scenario.start.after_ms(REST_MS))?;
        } else {
            self.settle(true).await?;
        }
        let what = What::Founded {
            agreement: self.scenario.terms.code.clone(),
            members: cities.clone(),
        };
        self.happened(what, None);
        Ok(())
    }

    /// Lets the first of some cities found an agreement, and the others sign it.
    async fn found_one(
        &mut self,
        cities: &[DivisionCode],
        terms: &Terms,
        key: &str,
    ) -> Result<(), RunError<E::Error>> {
        let Some((founder, others)) = cities.split_first() else {
            return Ok(());
        };
        let mut invitations = Vec::new();
        for other in others {
            invitations.push(engine!(self, invitation, *other)?);
        }
        let found = Command::AgreementFound(FoundAgreement {
            terms: terms.clone(),
            invitations,
            again: false,
        });
        let done = self.sign(*founder, key, &found).await?;
        let founding = done.founding.unwrap_or_default();
        self.labels
            .insert(format!("founding-{}", terms.code), founding.clone());
        self.labels
            .insert(format!("agreement-{}", terms.code), done.document);
        let accept = Command::AgreementAccept(Founding { founding });
        for other in others {
            self.sign(*other, key, &accept).await?;
        }
        Ok(())
    }

    async fn sign(
        &mut self,
        node: DivisionCode,
        key: &str,
        command: &Command,
    ) -> Result<Done, RunError<E::Error>> {
        let answer = engine!(self, execute, node.into(), key, command)?;
        self.clerks.hear(node, key, command, &answer);
        answer.map_err(|refusal| RunError::Founding { node, refusal })
    }

    async fn play(
        &mut self,
        director: &mut (impl Director<E> + Send),
    ) -> Result<(), RunError<E::Error>> {
        while !self.failed {
            let next = director.next(self.engine, self.clerks);
            let next = next.map_err(|source| RunError::Engine {
                at: self.clock,
                source,
            })?;
            let Some((at, cue)) = next else {
                return Ok(());
            };
            if self.scenario.exact {
                self.clock = at;
                engine!(self, advance_to, at)?;
            } else {
                if settles(&cue) {
                    self.settle(false).await?;
                }
                self.clock = at;
                engine!(self, set_clock, at)?;
            }
            director.happens(at, &cue, self.engine.elapsed_ms());
            match cue {
                Cue::Begins(fault) => self.begin(&fault).await?,
                Cue::Turns(fault, nth) => engine!(self, turn, &fault, nth)?,
                Cue::Ends(fault) => self.end(&fault).await?,
                Cue::Step(step, nth) => self.step(&step, nth).await?,
                Cue::Carries(file) => self.carry(&file).await?,
                Cue::Asks(expect) => self.ask(&expect).await?,
            }
        }
        Ok(())
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), RunError<E::Error>> {
        match (fault.kind, fault.node) {
            (FaultKind::Repeat, Some(node)) => self.repeat(node).await?,
            (FaultKind::Rotate, Some(node)) => self.rotate(fault, node).await?,
            (FaultKind::NewRoot, Some(node)) => self.new_root(fault, node).await?,
            _ => engine!(self, begin, fault)?,
        }
        let what = What::FaultBegins {
            fault: fault.kind,
            cities: concerned(fault),
        };
        self.happened(what, fault.say.clone());
        Ok(())
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), RunError<E::Error>> {
        engine!(self, end, fault)?;
        if fault.kind == FaultKind::NewRoot {
            // Another folder knows nothing of what the one before was asked.
            let before = |given: &clerks::Given| Some(given.at) != fault.node;
            self.clerks.given.retain(before);
        }
        let what = What::FaultEnds {
            fault: fault.kind,
            cities: concerned(fault),
        };
        self.happened(what, None);
        Ok(())
    }

    /// Carries a file from one city to another. In an exact run nobody waits for a city that is down.
    async fn carry(&mut self, file: &Carried) -> Result<(), RunError<E::Error>> {
        let away = [file.from, file.to].map(|city| !self.engine.answers(city));
        if self.scenario.exact && away.contains(&true) {
            return Ok(());
        }
        let from = Seat {
            city: file.from,
            copy: file.copy,
        };
        let to = Seat {
            city: file.to,
            copy: file.to_copy,
        };
        let parts = engine!(self, write_files, from, file.to, file.to_copy)?;
        let mut refused = None;
        if !file.lost {
            let taken = engine!(self, take_files, to, parts)?;
            refused = taken.err().map(|refusal| refusal.code);
            self.failed |= !self.scenario.exact && refused != file.refused;
        }
        let what = What::Carried {
            from: file.from,
            to: file.to,
            lost: file.lost,
            refused,
        };
        self.happened(what, file.say.clone());
        Ok(())
    }

    /// Gives every command of a city again under its key: it must be answered as before.
    async fn repeat(&mut self, node: DivisionCode) -> Result<(), RunError<E::Error>> {
        if !self.engine.answers(node) || self.engine.is_distrusted(node) {
            return Ok(());
        }
        let given = self.clerks.given.iter().filter(|given| given.at == node);
        for given in given.cloned().collect::<Vec<_>>() {
            let answer = engine!(self, execute, node.into(), &given.key, &given.command)?;
            let unreadable = [Code::Damaged, Code::Internal];
            if let Err(refusal) = &answer
                && unreadable.contains(&refusal.code)
                && self.engine.is_unreadable(node)
            {
                continue;
            }
            let done = answer.unwrap_or_default();
            let before = (
                &given.done.document,
                &given.done.entries,
                &given.done.number,
            );
            if (&done.document, &done.entries, &done.number) != before {
                let what = format!("{node} answers {} otherwise than before", given.key);
                let broken = Violation::new("I2 a retry takes effect once", what);
                self.clerks.broken.get_or_insert(broken);
                self.failed = !self.scenario.exact;
            }
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step, nth: usize) -> Result<(), RunError<E::Error>> {
        if self.scenario.exact {
            self.try_again().await?;
        }
        let command = match fill_command(&step.command, &self.labels) {
            Ok(command) => command,
            Err(error) => {
                self.unfilled(step, &error);
                return Ok(());
            }
        };
        if let Hand::Twin(shown) = &step.hand {
            return self.forge(step, &command, shown).await;
        }
        let key = step.key.clone().unwrap_or_else(|| format!("step-{nth}"));
        self.give(Unanswered {
            step: step.clone(),
            key,
            command,
        })
        .await
    }

    /// Gives a command; in an exact run one that nobody answers is given again later.
    async fn give(&mut self, unanswered: Unanswered) -> Result<(), RunError<E::Error>> {
        let Unanswered { step, key, command } = &unanswered;
        let exact = self.scenario.exact;
        if exact && !self.engine.answers(step.node) {
            self.clerks.unanswered.push(unanswered);
            return Ok(());
        }
        let seat = Seat {
            city: step.node,
            copy: step.hand == Hand::Copy,
        };
        let answer = match self.engine.execute(seat, key, command).await {
            Err(_) if exact && !self.engine.answers(step.node) => {
                self.clerks.unanswered.push(unanswered);
                return Ok(());
            }
            answer => answer.map_err(|source| RunError::Engine {
                at: self.clock,
                source,
            })?,
        };
        if !seat.copy {
            self.clerks.hear(step.node, key, command, &answer);
        }
        let played = self.played(step, command, &answer);
        self.failed |= !played.ok;
        self.happened(What::Step(played), step.say.clone());
        match answer {
            Err(_) => self.refused += 1,
            Ok(done) => {
                if let Some(label) = &step.label {
                    let meaning = stands_for(command, &done);
                    self.clerks.labels.insert(meaning.clone(), label.clone());
                    self.labels.insert(label.clone(), meaning);
                    if let Some(entry) = done.entries.last() {
                        self.labels.insert(format!("{label}{ENTRY}"), entry.clone());
                        self.label_hash(step, label, command, entry).await?;
                    }
                }
                if !exact {
                    self.wait(step, &done.document).await?;
                }
            }
        }
        Ok(())
    }

    /// Lets a label stand for the hash of a proposal as well, which people read before they sign it.
    async fn label_hash(
        &mut self,
        step: &Step,
        label: &str,
        command: &Command,
        entry: &str,
    ) -> Result<(), RunError<E::Error>> {
        let Command::RoundPropose(proposed) = command else {
            return Ok(());
        };
        let agreement = proposed.agreement.as_deref();
        let round = engine!(self, round, step.node, proposed.month, agreement)?;
        let mut proposals = round.proposals.into_iter();
        if let Some(found) = proposals.find(|row| row.proposal == entry) {
            self.labels.insert(format!("{label}{HASH}"), found.hash);
        }
        Ok(())
    }

    /// Gives the commands again that nobody answered, where somebody answers now.
    async fn try_again(&mut self) -> Result<(), RunError<E::Error>> {
        for unanswered in std::mem::take(&mut self.clerks.unanswered) {
            self.give(unanswered).await?;
        }
        Ok(())
    }

    fn played(&self, step: &Step, command: &Command, answer: &Result<Done, Refusal>) -> Played {
        let done = answer.as_ref().ok();
        let refusal = answer.as_ref().err();
        Played {
            node: step.node,
            copy: step.hand == Hand::Copy,
            act: step.act,
            number: done
                .and_then(|done| done.number.clone())
                .or_else(|| subject(command)),
            document: done.map(|done| done.document.clone()),
            to: other_city(command),
            refused: refusal.map(|refusal| refusal.code),
            about: refusal.map_or_else(String::new, |refusal| refusal.about.clone()),
            // What an exact run was recorded for decides, and not how each step went.
            ok: self.scenario.exact || refusal.map(|refusal| refusal.code) == step.refused,
            line: step.line,
        }
    }

    /// A step whose label has no meaning, because the step that defines it had no effect.
    fn unfilled(&mut self, step: &Step, error: &LabelError) {
        self.failed |= !self.scenario.exact;
        let played = Played {
            node: step.node,
            copy: step.hand == Hand::Copy,
            act: step.act,
            number: None,
            document: None,
            to: None,
            refused: None,
            about: error.to_string(),
            ok: self.scenario.exact,
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

    async fn ask(&mut self, expect: &Expect) -> Result<(), RunError<E::Error>> {
        let checked = check::check(self, expect).await?;
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
                look.not_effective(&self.scenario.outside)
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
    async fn finish(
        &mut self,
        director: &mut (impl Director<E> + Send),
    ) -> Result<Report, RunError<E::Error>> {
        if self.scenario.exact {
            let end = director.end();
            engine!(self, advance_to, end)?;
            self.try_again().await?;
            self.clock = end.after_ms(REST_MS);
            engine!(self, advance_to, self.clock)?;
        } else if !self.failed {
            self.settle(false).await?;
        }
        let last = self.scenario.expects.iter();
        for expect in last.filter(|expect| expect.at.is_none()) {
            self.ask(expect).await?;
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

    /// The id of an agreement by its short code, of the scenario's terms if none is named; none where a scenario
    /// without further agreements need not say which.
    fn agreement_id(&self, code: Option<&str>) -> Option<String> {
        if code.is_none() && self.scenario.also.is_empty() {
            return None;
        }
        let code = code.unwrap_or(&self.scenario.terms.code);
        self.labels.get(&format!("agreement-{code}")).cloned()
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

/// Whether the cities come to rest before this happens.
fn settles(cue: &Cue) -> bool {
    match cue {
        Cue::Begins(fault) => fault.settle,
        // What the fault leaves undone is its point; the end must not wait for it.
        Cue::Ends(fault) => fault.until.is_some(),
        Cue::Turns(..) => false,
        Cue::Step(step, _) => step.settle,
        Cue::Carries(_) | Cue::Asks(_) => true,
    }
}

fn concerned(fault: &Fault) -> Vec<Vec<DivisionCode>> {
    match fault.node {
        Some(node) => vec![std::iter::once(node).chain(fault.to).collect()],
        None => fault.groups.clone(),
    }
}

/// What a label stands for after its step.
fn stands_for(command: &Command, done: &Done) -> String {
    match command {
        Command::ParcelPost(post) | Command::ParcelPrepare(post) => post.tracking.to_string(),
        _ => done.number.clone().unwrap_or_else(|| done.document.clone()),
    }
}

/// The case, parcel or consult that a command is about.
fn subject(command: &Command) -> Option<String> {
    let value = serde_json::to_value(command).ok()?;
    let args = value.get("args")?;
    [
        "case", "parcel", "tracking", "consult", "meeting", "proposal",
    ]
    .iter()
    .find_map(|key| args.get(key)?.as_str().map(str::to_owned))
}

/// Another city that a command names.
fn other_city(command: &Command) -> Option<DivisionCode> {
    match command {
        Command::CaseReceive(receive) => Some(receive.owner),
        Command::CasePush(push) => push.to,
        Command::ConsultAsk(ask) => Some(ask.to),
        Command::ParcelPost(post) | Command::ParcelPrepare(post) => post.to.or(post.approver),
        Command::ParcelCost(cost) => cost.payer,
        Command::OfferGrant(offer) => Some(offer.to),
        _ => None,
    }
}
