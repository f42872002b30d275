//! The live engine as the runner sees it: each method is a call to a node, a signal, or a cut link.

use std::time::Duration;

use tokio::time::sleep;
use tongban_client::{BundleExport, CaseFilter, ClientError};
use tongban_identity::{DeviceKey, DivisionCode};
use tongban_ledger::answer::{
    BillAnswer, CaseAnswer, CaseRow, ConsultRow, Done, KeysAnswer, MeetingAnswer, MeetingsAnswer,
    ParcelRow, Refusal, RootsAnswer, RoundAnswer, SettlementAnswer, StatusAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use super::process::Process;
use super::{LiveEngine, LiveError, write_secret};
use crate::engine::{Engine, Seat};
use crate::run::{Clerks, Violation};
use crate::scenario::{EngineName, Fault, Moment, Node};

/// The pause between two looks at nodes that are not at rest.
const LOOK_MS: u64 = 15;
/// Looks until a standstill is certain: thirty seconds of pauses, more with the calls between them.
const LOOKS_MAX: u32 = 2_000;

impl Engine for LiveEngine {
    type Error = LiveError;

    fn name(&self) -> EngineName {
        EngineName::Live
    }

    async fn start(&mut self, nodes: &[Node], clock: Moment) -> Result<(), LiveError> {
        self.clock = Some(clock);
        let path = self.passphrase_file();
        write_secret(&path).map_err(|source| LiveError::File { path, source })?;
        for node in nodes {
            self.found_node(node, nodes).await?;
        }
        for node in nodes {
            self.launch(node.division).await?;
        }
        Ok(())
    }

    async fn set_clock(&mut self, at: Moment) -> Result<(), LiveError> {
        self.clock = Some(at);
        let cities: Vec<DivisionCode> = self.nodes.keys().copied().collect();
        for city in cities.into_iter().filter(|city| self.answers(*city)) {
            self.set_clock_of(city, at).await?;
        }
        for city in self.copies.keys() {
            self.set_clock_of_copy(*city).await?;
        }
        Ok(())
    }

    async fn invitation(&mut self, node: DivisionCode) -> Result<String, LiveError> {
        let client = self.running(node)?;
        let invitation = self.call(node, client.invitation(Vec::new())).await?;
        Ok(invitation.invitation)
    }

    async fn execute(
        &mut self,
        seat: Seat,
        key: &str,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, LiveError> {
        let client = self.seated(seat)?;
        refusal_apart(self.call(seat.city, client.command(command, key)).await)
    }

    async fn status(&mut self, seat: Seat) -> Result<StatusAnswer, LiveError> {
        let client = self.seated(seat)?;
        self.call(seat.city, client.status()).await
    }

    async fn cases(&mut self, node: DivisionCode) -> Result<Vec<CaseRow>, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.cases(&CaseFilter::default())).await
    }

    async fn case(
        &mut self,
        node: DivisionCode,
        case: &str,
    ) -> Result<Option<CaseAnswer>, LiveError> {
        let client = self.running(node)?;
        match refusal_apart(self.call(node, client.case(case)).await)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(LiveError::Call {
                node,
                log: Vec::new(),
                source: ClientError::Refused(refusal),
            }),
        }
    }

    async fn consults(&mut self, node: DivisionCode) -> Result<Vec<ConsultRow>, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.consults()).await
    }

    async fn meetings(&mut self, node: DivisionCode) -> Result<MeetingsAnswer, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.meetings()).await
    }

    async fn meeting(
        &mut self,
        node: DivisionCode,
        meeting: &str,
    ) -> Result<Option<MeetingAnswer>, LiveError> {
        let client = self.running(node)?;
        match refusal_apart(self.call(node, client.meeting(meeting)).await)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(LiveError::Call {
                node,
                log: Vec::new(),
                source: ClientError::Refused(refusal),
            }),
        }
    }

    async fn parcels(&mut self, node: DivisionCode) -> Result<Vec<ParcelRow>, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.parcels()).await
    }

    async fn settlement(
        &mut self,
        node: DivisionCode,
        month: Month,
    ) -> Result<SettlementAnswer, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.settlement(month)).await
    }

    async fn bill(
        &mut self,
        node: DivisionCode,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<Option<BillAnswer>, LiveError> {
        let client = self.running(node)?;
        let asked = self.call(node, client.bill(month, with, agreement)).await;
        match refusal_apart(asked)? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.code == Code::NotFound => Ok(None),
            Err(refusal) => Err(LiveError::Call {
                node,
                log: Vec::new(),
                source: ClientError::Refused(refusal),
            }),
        }
    }

    async fn round(
        &mut self,
        node: DivisionCode,
        month: Month,
        agreement: Option<&str>,
    ) -> Result<RoundAnswer, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.round(month, agreement)).await
    }

    async fn roots(&mut self, node: DivisionCode) -> Result<RootsAnswer, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.roots()).await
    }

    async fn keys(&mut self, node: DivisionCode) -> Result<KeysAnswer, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.keys()).await
    }

    async fn fork_proof(
        &mut self,
        node: DivisionCode,
        document: &str,
    ) -> Result<Vec<u8>, LiveError> {
        let client = self.running(node)?;
        self.call(node, client.fork(document)).await
    }

    async fn rotate(&mut self, node: DivisionCode) -> Result<String, LiveError> {
        self.rotate_node(node).await
    }

    async fn new_root(&mut self, node: DivisionCode) -> Result<String, LiveError> {
        self.make_root(node).await
    }

    async fn steal_key(&mut self, node: DivisionCode) -> Result<DeviceKey, LiveError> {
        self.device_key(node)
    }

    async fn write_files(
        &mut self,
        from: Seat,
        to: DivisionCode,
        everything: bool,
    ) -> Result<Vec<Vec<u8>>, LiveError> {
        let mut files = Vec::new();
        let mut next = None;
        loop {
            let client = self.seated(from)?;
            let export = BundleExport {
                to,
                everything,
                next,
            };
            let part = self.call(from.city, client.export_bundle(&export));
            let part = part.await?;
            files.push(part.octets().unwrap_or_default());
            next = part.next;
            if next.is_none() {
                return Ok(files);
            }
        }
    }

    async fn take_files(
        &mut self,
        to: Seat,
        files: Vec<Vec<u8>>,
    ) -> Result<Result<(), Refusal>, LiveError> {
        for file in files {
            let client = self.seated(to)?;
            let taken = self.call(to.city, client.import_bundle(file)).await;
            if let Err(refusal) = refusal_apart(taken)? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(()))
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), LiveError> {
        self.make(fault).await
    }

    async fn turn(&mut self, fault: &Fault, nth: u32) -> Result<(), LiveError> {
        self.take_turn(fault, nth).await
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), LiveError> {
        self.unmake(fault).await
    }

    async fn advance_to(&mut self, at: Moment) -> Result<(), LiveError> {
        self.set_clock(at).await
    }

    fn elapsed_ms(&self) -> u64 {
        0
    }

    async fn sound(&mut self, _: &Clerks) -> Result<Option<Violation>, LiveError> {
        let what = "real nodes keep their disks to themselves";
        Ok(Some(Violation::new("I0 the world goes on", what)))
    }

    fn answers(&self, node: DivisionCode) -> bool {
        self.running(node).is_ok()
    }

    fn connected(&self, a: DivisionCode, b: DivisionCode) -> bool {
        self.is_free(a, b)
    }

    async fn breathe(&mut self) -> Result<(), LiveError> {
        sleep(Duration::from_millis(LOOK_MS)).await;
        Ok(())
    }

    fn patience(&self) -> u32 {
        LOOKS_MAX
    }

    async fn stop(&mut self) -> Result<(), LiveError> {
        let running: Vec<Process> = self
            .nodes
            .values_mut()
            .filter_map(|live| live.process.take())
            .chain(
                std::mem::take(&mut self.copies)
                    .into_values()
                    .map(|copy| copy.process),
            )
            .collect();
        for process in running {
            process.resume()?;
            process.stop().await?;
        }
        Ok(())
    }
}

/// A node's refusal is an answer; everything else is a failure.
fn refusal_apart<T>(answer: Result<T, LiveError>) -> Result<Result<T, Refusal>, LiveError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(LiveError::Call {
            source: ClientError::Refused(refusal),
            ..
        }) => Ok(Err(refusal)),
        Err(error) => Err(error),
    }
}
