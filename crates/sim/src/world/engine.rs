//! The virtual world as the runner of scenarios sees it.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    CaseAnswer, CaseRow, Done, ParcelRow, Refusal, RootsAnswer, SettlementAnswer, StatusAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_sync::engine::CaseFilter;
use tongban_sync::storage::ReadError;
use tongban_sync::{Ctx, Engine as Node};

use super::{SimError, World, refusal_apart};
use crate::engine::Engine;
use crate::faults::FaultKind;
use crate::scenario::{self, EngineName, Fault, Moment};

/// How much virtual time passes between two looks, in milliseconds.
const LOOK_MS: u64 = 50;
/// Looks until a standstill is certain: more than the longest pause between two dials.
const LOOKS_MAX: u32 = 2_000;

/// Cities in one process, on a virtual network, disk and clock.
pub struct SimEngine {
    world: World,
    cities: Vec<DivisionCode>,
    partitions: Vec<Fault>,
}

impl SimEngine {
    /// A world whose chance comes from a seed; nothing runs yet.
    pub fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed),
            cities: Vec::new(),
            partitions: Vec::new(),
        }
    }

    /// The world itself: its time, trace and events.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn place(&self, node: DivisionCode) -> Result<usize, SimError> {
        let place = self.cities.iter().position(|city| *city == node);
        place.ok_or(SimError::Unknown(node))
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

    /// Cuts and heals each way as the partitions of the moment say.
    fn arrange(&mut self) {
        for (one, a) in self.cities.iter().enumerate() {
            for (other, b) in self.cities.iter().enumerate().skip(one + 1) {
                let cut = self.partitions.iter().any(|fault| fault.separates(*a, *b));
                if cut != self.world.is_cut(one, other) {
                    self.world.set_cut(one, other, cut);
                }
            }
        }
    }
}

impl Engine for SimEngine {
    type Error = SimError;

    fn name(&self) -> EngineName {
        EngineName::Sim
    }

    async fn start(&mut self, nodes: &[scenario::Node], clock: Moment) -> Result<(), SimError> {
        self.world.set_clock(clock.unix());
        for node in nodes {
            self.cities.push(node.division);
            self.world.add(node.division, &node.name);
        }
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
        node: DivisionCode,
        key: &str,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, SimError> {
        let place = self.place(node)?;
        let mut command = command.clone();
        if let Command::AgreementFound(found) = &mut command {
            // A real node adds its own invitation as well.
            found.invitations.push(self.invitation(node).await?);
        }
        let done = self
            .world
            .ask(place, |engine, ctx| engine.command(ctx, key, &command))?;
        refusal_apart(node, done)
    }

    async fn status(&mut self, node: DivisionCode) -> Result<StatusAnswer, SimError> {
        self.read(node, |engine, ctx| engine.status(ctx))
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

    async fn roots(&mut self, node: DivisionCode) -> Result<RootsAnswer, SimError> {
        self.read(node, |engine, ctx| engine.roots(ctx))
    }

    async fn write_files(
        &mut self,
        from: DivisionCode,
        to: DivisionCode,
    ) -> Result<Vec<Vec<u8>>, SimError> {
        let place = self.place(from)?;
        self.world.write_files(place, to)
    }

    async fn take_files(
        &mut self,
        node: DivisionCode,
        files: Vec<Vec<u8>>,
    ) -> Result<(), SimError> {
        let place = self.place(node)?;
        for file in files {
            self.world.take_file(place, file)?;
        }
        Ok(())
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), SimError> {
        let place = fault.node.map(|node| self.place(node)).transpose()?;
        match (fault.kind, place) {
            (FaultKind::Down | FaultKind::Kill, Some(place)) => self.world.kill(place),
            (FaultKind::Pause, Some(place)) => self.world.pause(place),
            (FaultKind::Partition, _) => {
                self.partitions.push(fault.clone());
                self.arrange();
            }
            (_, None) => {}
        }
        Ok(())
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), SimError> {
        let place = fault.node.map(|node| self.place(node)).transpose()?;
        match (fault.kind, place) {
            (FaultKind::Down | FaultKind::Kill, Some(place)) => self.world.start(place)?,
            (FaultKind::Pause, Some(place)) => self.world.resume(place),
            (FaultKind::Partition, _) => {
                self.partitions.retain(|standing| standing != fault);
                self.arrange();
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn answers(&self, node: DivisionCode) -> bool {
        self.place(node)
            .is_ok_and(|place| self.world.answers(place))
    }

    fn connected(&self, a: DivisionCode, b: DivisionCode) -> bool {
        match (self.place(a), self.place(b)) {
            (Ok(one), Ok(other)) => !self.world.is_cut(one, other),
            _ => false,
        }
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
