//! The virtual world as the runner of scenarios sees it.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{DeviceKey, DivisionCode};
use tongban_ledger::answer::{
    BillAnswer, CaseAnswer, CaseRow, ConsultRow, Done, KeysAnswer, MeetingAnswer, MeetingsAnswer,
    ParcelRow, Refusal, RootsAnswer, RoundAnswer, SettlementAnswer, StatusAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_sync::engine::{CaseFilter, StartError};
use tongban_sync::storage::ReadError;
use tongban_sync::{CommandError, Ctx, Engine as Node};

use super::{Disk, Draws, SimError, World, refusal_apart};
use crate::byzantine::{self, Hostile};
use crate::engine::{Engine, Seat};
use crate::run::{Clerks, Violation, name_of};
use crate::scenario::{self, EngineName, Fault, Moment};
use crate::swarm::{Cast, Eye};

/// How much virtual time passes between two looks, in milliseconds.
const LOOK_MS: u64 = 50;
/// Looks until a standstill is certain: more than the longest pause between two dials.
const LOOKS_MAX: u32 = 2_000;

/// Cities in one process, on a virtual network, disk and clock.
pub struct SimEngine {
    pub(super) world: World,
    pub(super) cities: Vec<DivisionCode>,
    /// Faults that hold.
    pub(super) standing: Vec<Standing>,
    start: Option<Moment>,
    /// Cities that are gone for good.
    pub(super) gone: BTreeSet<usize>,
    pub(super) hostile: Hostile,
    /// Cities of which nothing is expected.
    distrusted: BTreeSet<DivisionCode>,
    eye: Option<Eye>,
    /// The first thing that was found broken.
    broken: Option<Violation>,
}

/// A fault that holds, and what its end needs to know.
pub(super) struct Standing {
    pub fault: Fault,
    /// A copy of the disk at its beginning.
    pub disk: Option<Disk>,
    /// The place of a second machine.
    pub copy: Option<usize>,
}

impl SimEngine {
    /// A world whose chance comes from a seed; nothing runs yet.
    pub fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed),
            cities: Vec::new(),
            standing: Vec::new(),
            start: None,
            gone: BTreeSet::new(),
            hostile: Hostile::new(Draws::new(seed)),
            distrusted: BTreeSet::new(),
            eye: None,
            broken: None,
        }
    }

    /// The world itself: its time, trace and events.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, to be looked into or changed by a run that draws what happens.
    pub(crate) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// Lets virtual time go on to a moment, and civil time with it.
    pub(crate) fn go_on_to(&mut self, at: Moment) -> Result<(), SimError> {
        self.world.let_time_flow();
        let start = self.start.unwrap_or(at);
        let wait = at.ms_since(start).saturating_sub(self.world.now());
        self.world.advance_by(wait)?;
        self.look();
        Ok(())
    }

    /// What was found broken while the cities worked.
    pub(crate) fn broken(&self) -> Option<&Violation> {
        self.broken.as_ref()
    }

    /// What hostile cities did, by the names of their scripts.
    pub(crate) fn deeds(&self) -> BTreeMap<&'static str, u64> {
        let deeds = self.hostile.deeds();
        deeds
            .map(|(fault, count)| (fault.as_str(), count))
            .collect()
    }

    /// What the honest cities came to, once they were at rest.
    pub(crate) fn reached(&self) -> BTreeMap<&'static str, u64> {
        let eye = self.eye.as_ref();
        eye.map(|eye| eye.seen().reached.clone())
            .unwrap_or_default()
    }

    /// Expects nothing of some cities from the beginning: they will be hostile.
    pub(crate) fn expect_hostile(&mut self, cities: impl IntoIterator<Item = DivisionCode>) {
        self.distrusted.extend(cities);
    }

    /// Expects nothing more of a city that is hostile, or that loses what it cannot bring back by itself.
    pub(super) fn distrust(&mut self, fault: &Fault) {
        let Some(node) = fault.node else {
            return;
        };
        if byzantine::is_hostile(fault.kind) || crate::swarm::LOSS_EXPECTED.contains(&fault.kind) {
            self.distrusted.insert(node);
            if let (Some(eye), Ok(at)) = (&self.eye, self.place(node)) {
                eye.distrust(at);
            }
        }
    }

    /// Takes what the checks found since the last look, and whether engines keep within bounds (I8).
    fn look(&mut self) {
        let (None, Some(eye)) = (&self.broken, &self.eye) else {
            return;
        };
        let cast = eye.cast();
        self.broken = eye.seen().verdict().err();
        for at in cast.honest_places() {
            if self.broken.is_some() || !self.world.answers(at) {
                continue;
            }
            let Ok(gauges) = self.world.ask(at, |engine, _| engine.gauges()) else {
                continue;
            };
            if let Some(gauge) = gauges.above_limit() {
                let what = format!("{}: {gauge}: {gauges:?}", cast.name(at));
                self.broken = Some(Violation::new("I8 memory keeps within bounds", what));
            }
        }
    }

    pub(super) fn place(&self, node: DivisionCode) -> Result<usize, SimError> {
        let place = self.cities.iter().position(|city| *city == node);
        place.ok_or(SimError::Unknown(node))
    }

    /// The place of a city's machine, or of the copy that runs beside it.
    fn seat(&self, seat: Seat) -> Result<usize, SimError> {
        if !seat.copy {
            return self.place(seat.city);
        }
        let mut copies = self.standing.iter().rev().filter_map(|held| {
            let copy = held.copy?;
            (held.fault.node == Some(seat.city)).then_some(copy)
        });
        copies.next().ok_or(SimError::NotRunning(seat.city))
    }

    fn read<T>(
        &mut self,
        node: DivisionCode,
        ask: impl FnOnce(&mut Node, &mut Ctx<'_>) -> Result<T, ReadError>,
    ) -> Result<T, SimError> {
        let place = self.place(node)?;
        self.world
            .ask(place, ask)?
            .map_err(|error| SimError::Read(node, error))
    }
}

impl Engine for SimEngine {
    type Error = SimError;

    fn name(&self) -> EngineName {
        EngineName::Sim
    }

    async fn start(&mut self, nodes: &[scenario::Node], clock: Moment) -> Result<(), SimError> {
        self.start = Some(clock);
        self.world.set_clock(clock.unix());
        for node in nodes {
            self.cities.push(node.division);
            self.world.add(node.division, &node.name);
        }
        let cast = Cast {
            ids: (0..nodes.len()).map(|at| self.world.city(at)).collect(),
            next_roots: (0..nodes.len())
                .map(|at| self.world.next_root(at))
                .collect(),
            away: BTreeSet::new(),
            one_left: false,
            cities: self.cities.clone(),
            hostile: (0..nodes.len())
                .filter(|at| self.distrusted.contains(&self.cities[*at]))
                .collect(),
        };
        let eye = Eye::new(self.world.draws(), cast);
        self.world.set_watch(Box::new(eye.clone()));
        self.eye = Some(eye);
        for place in 0..nodes.len() {
            self.world.start(place)?;
        }
        Ok(())
    }

    async fn set_clock(&mut self, at: Moment) -> Result<(), SimError> {
        self.world.set_clock(at.unix());
        Ok(())
    }

    async fn invitation(&mut self, node: DivisionCode) -> Result<String, SimError> {
        let place = self.place(node)?;
        // Nobody dials an address here; an invitation has to name one.
        let addresses = vec![format!("{node}.sim:1")];
        let invitation = self
            .world
            .ask(place, |engine, _| engine.invitation(addresses))?;
        Ok(invitation.unwrap_or_default())
    }

    async fn execute(
        &mut self,
        seat: Seat,
        key: &str,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, SimError> {
        let (node, place) = (seat.city, self.seat(seat)?);
        let mut command = command.clone();
        if let Command::AgreementFound(found) = &mut command {
            // A real node adds its own invitation as well.
            found.invitations.push(self.invitation(node).await?);
        }
        let commits = self.world.commits();
        let done = self
            .world
            .ask(place, |engine, ctx| engine.command(ctx, key, &command))?;
        // A wrong query code is counted, also over a restart; nothing else of a refusal is kept.
        let counted = matches!(command, Command::CaseProgress(_));
        let refused = matches!(done, Err(CommandError::Refused(_)));
        if refused && !counted && self.world.commits() > commits {
            let what = format!("{node}: {}", name_of(&command));
            let trace = Violation::new("I2 a refused command leaves nothing", what);
            self.broken.get_or_insert(trace);
        }
        match done {
            // A disk that a fault spoiled is not the end of the world: a node answers so, too.
            Err(CommandError::Read(error)) if self.world.disk(place).is_damaged() => {
                let code = match error {
                    ReadError::Damaged { .. } => Code::Damaged,
                    ReadError::Backend(_) => Code::Internal,
                };
                let about = String::new();
                Ok(Err(Refusal { code, about }))
            }
            done => refusal_apart(node, done),
        }
    }

    async fn status(&mut self, seat: Seat) -> Result<StatusAnswer, SimError> {
        let place = self.seat(seat)?;
        let status = self.world.ask(place, |engine, ctx| engine.status(ctx))?;
        let mut status = status.map_err(|error| SimError::Read(seat.city, error))?;
        status.possible_restore = self.world.possible_restore(place);
        Ok(status)
    }

    async fn cases(&mut self, node: DivisionCode) -> Result<Vec<CaseRow>, SimError> {
        self.read(node, |engine, ctx| {
            engine.cases(ctx, &CaseFilter::default())
        })
    }

    async fn case(
        &mut self,
        node: DivisionCode,
        case: &str,
    ) -> Result<Option<CaseAnswer>, SimError> {
        let place = self.place(node)?;
        let answer = self
            .world
            .ask(place, |engine, ctx| engine.case(ctx, case))?;
        match refusal_apart(node, answer)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(SimError::Refused(node, refusal.code)),
        }
    }

    async fn consults(&mut self, node: DivisionCode) -> Result<Vec<ConsultRow>, SimError> {
        self.read(node, |engine, ctx| engine.consults(ctx))
    }

    async fn meetings(&mut self, node: DivisionCode) -> Result<MeetingsAnswer, SimError> {
        self.read(node, |engine, ctx| engine.meetings(ctx))
    }

    async fn meeting(
        &mut self,
        node: DivisionCode,
        meeting: &str,
    ) -> Result<Option<MeetingAnswer>, SimError> {
        let place = self.place(node)?;
        let answer = self
            .world
            .ask(place, |engine, ctx| engine.meeting(ctx, meeting))?;
        match refusal_apart(node, answer)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(SimError::Refused(node, refusal.code)),
        }
    }

    async fn parcels(&mut self, node: DivisionCode) -> Result<Vec<ParcelRow>, SimError> {
        self.read(node, |engine, ctx| engine.parcels(ctx))
    }

    async fn settlement(
        &mut self,
        node: DivisionCode,
        month: Month,
    ) -> Result<SettlementAnswer, SimError> {
        let place = self.place(node)?;
        let answer = self
            .world
            .ask(place, |engine, ctx| engine.settlement(ctx, month))?;
        refusal_apart(node, answer)?.map_err(|refusal| SimError::Refused(node, refusal.code))
    }

    async fn bill(
        &mut self,
        node: DivisionCode,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<Option<BillAnswer>, SimError> {
        let place = self.place(node)?;
        let answer = self.world.ask(place, |engine, ctx| {
            engine.bill(ctx, month, with, agreement)
        })?;
        match refusal_apart(node, answer)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(SimError::Refused(node, refusal.code)),
        }
    }

    async fn round(
        &mut self,
        node: DivisionCode,
        month: Month,
        agreement: Option<&str>,
    ) -> Result<RoundAnswer, SimError> {
        let place = self.place(node)?;
        let answer = self
            .world
            .ask(place, |engine, ctx| engine.round(ctx, month, agreement))?;
        refusal_apart(node, answer)?.map_err(|refusal| SimError::Refused(node, refusal.code))
    }

    async fn roots(&mut self, node: DivisionCode) -> Result<RootsAnswer, SimError> {
        self.read(node, |engine, ctx| engine.roots(ctx))
    }

    async fn keys(&mut self, node: DivisionCode) -> Result<KeysAnswer, SimError> {
        self.read(node, |engine, ctx| engine.keys(ctx))
    }

    async fn fork_proof(
        &mut self,
        node: DivisionCode,
        document: &str,
    ) -> Result<Vec<u8>, SimError> {
        let place = self.place(node)?;
        let proof = self
            .world
            .ask(place, |engine, ctx| engine.fork_proof(ctx, document))?;
        refusal_apart(node, proof)?.map_err(|refusal| SimError::Refused(node, refusal.code))
    }

    async fn rotate(&mut self, node: DivisionCode) -> Result<String, SimError> {
        self.rotate_at(node)
    }

    async fn new_root(&mut self, node: DivisionCode) -> Result<String, SimError> {
        let place = self.place(node)?;
        let invitation = self.world.renewal(place);
        invitation.ok_or(SimError::Start(node, StartError::Certificate))
    }

    async fn steal_key(&mut self, node: DivisionCode) -> Result<DeviceKey, SimError> {
        // Nothing is expected of a city in whose name somebody else signs.
        self.distrusted.insert(node);
        let place = self.place(node)?;
        if let Some(eye) = &self.eye {
            eye.distrust(place);
        }
        Ok(self.world.keys(place).1)
    }

    async fn write_files(
        &mut self,
        from: Seat,
        to: DivisionCode,
        everything: bool,
    ) -> Result<Vec<Vec<u8>>, SimError> {
        let place = self.seat(from)?;
        self.world.write_files(place, to, everything)
    }

    async fn take_files(
        &mut self,
        to: Seat,
        files: Vec<Vec<u8>>,
    ) -> Result<Result<(), Refusal>, SimError> {
        let place = self.seat(to)?;
        for file in files {
            match self.world.take_file(place, file) {
                Err(SimError::Refused(_, code)) => {
                    let about = String::new();
                    return Ok(Err(Refusal { code, about }));
                }
                taken => taken.map(|_| ())?,
            }
        }
        Ok(Ok(()))
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), SimError> {
        self.make(fault)
    }

    async fn turn(&mut self, fault: &Fault, nth: u32) -> Result<(), SimError> {
        self.take_turn(fault, nth)
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), SimError> {
        self.unmake(fault)
    }

    async fn advance_to(&mut self, at: Moment) -> Result<(), SimError> {
        self.go_on_to(at)
    }

    fn elapsed_ms(&self) -> u64 {
        self.world.now()
    }

    async fn sound(&mut self, clerks: &Clerks) -> Result<Option<Violation>, SimError> {
        self.look();
        if let (None, Some(eye)) = (&self.broken, &self.eye) {
            let found = crate::swarm::at_rest(&mut self.world, eye, clerks)?;
            self.broken = found.err();
        }
        Ok(self.broken.clone())
    }

    fn answers(&self, node: DivisionCode) -> bool {
        self.place(node)
            .is_ok_and(|place| self.world.answers(place))
    }

    fn is_distrusted(&self, node: DivisionCode) -> bool {
        self.distrusted.contains(&node)
    }

    fn is_unreadable(&self, node: DivisionCode) -> bool {
        self.place(node)
            .is_ok_and(|place| self.world.disk(place).is_damaged())
    }

    fn connected(&self, a: DivisionCode, b: DivisionCode) -> bool {
        let (Ok(one), Ok(other)) = (self.place(a), self.place(b)) else {
            return false;
        };
        let unsteady = self.standing.iter().map(|standing| &standing.fault);
        self.world.is_free(one, other)
            && !unsteady
                .filter(|fault| super::make::is_unsteady(fault.kind))
                .any(|fault| fault.concerns(a, b))
    }

    async fn breathe(&mut self) -> Result<(), SimError> {
        self.world.advance_by(LOOK_MS)
    }

    fn patience(&self) -> u32 {
        LOOKS_MAX
    }

    async fn stop(&mut self) -> Result<(), SimError> {
        for place in 0..self.cities.len() {
            self.world.kill(place);
        }
        Ok(())
    }
}
