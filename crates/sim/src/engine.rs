//! What an engine must offer so that scenarios can be played on it. It knows nothing of files or stories.

use std::future::Future;

use tongban_identity::{DeviceKey, DivisionCode};
use tongban_ledger::answer::{
    BillAnswer, CaseAnswer, CaseRow, ConsultRow, Done, KeysAnswer, MeetingAnswer, MeetingsAnswer,
    ParcelRow, Refusal, RootsAnswer, RoundAnswer, SettlementAnswer, StatusAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::command::Command;

use crate::run::{Clerks, Violation};
use crate::scenario::{EngineName, Fault, Moment, Node};

/// A node that is asked: a city's own, or the copy of it that a fault lets run beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The city.
    pub city: DivisionCode,
    /// Whether the copy is meant.
    pub copy: bool,
}

impl From<DivisionCode> for Seat {
    fn from(city: DivisionCode) -> Self {
        Self { city, copy: false }
    }
}

/// A set of cities under one scripted clock.
///
/// The runner calls one method at a time. A city that a fault stopped is left alone until the fault ended;
/// asking it is an error of the engine. Times only grow.
pub trait Engine {
    /// What goes wrong with the engine itself, never a refusal by a node.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns which engine this is.
    fn name(&self) -> EngineName;

    /// Starts a node for each city, with fresh keys and no agreement.
    fn start(
        &mut self,
        nodes: &[Node],
        clock: Moment,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Sets the clock of every city; one that is stopped takes it over when it comes back.
    fn set_clock(&mut self, at: Moment) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Asks a city for its invitation to an agreement.
    fn invitation(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<String, Self::Error>> + Send;

    /// Gives a command to a node; the inner result is its answer.
    fn execute(
        &mut self,
        seat: Seat,
        key: &str,
        command: &Command,
    ) -> impl Future<Output = Result<Result<Done, Refusal>, Self::Error>> + Send;

    /// Asks a node for its state at a glance.
    fn status(
        &mut self,
        seat: Seat,
    ) -> impl Future<Output = Result<StatusAnswer, Self::Error>> + Send;

    /// Asks a city for its cases.
    fn cases(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<Vec<CaseRow>, Self::Error>> + Send;

    /// Asks a city for a case; nothing when it does not know it.
    fn case(
        &mut self,
        node: DivisionCode,
        case: &str,
    ) -> impl Future<Output = Result<Option<CaseAnswer>, Self::Error>> + Send;

    /// Asks a city for its consults.
    fn consults(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<Vec<ConsultRow>, Self::Error>> + Send;

    /// Asks a city for its meetings, and what waits for the next one.
    fn meetings(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<MeetingsAnswer, Self::Error>> + Send;

    /// Asks a city for a meeting; nothing when it does not know it.
    fn meeting(
        &mut self,
        node: DivisionCode,
        meeting: &str,
    ) -> impl Future<Output = Result<Option<MeetingAnswer>, Self::Error>> + Send;

    /// Asks a city for its parcels.
    fn parcels(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<Vec<ParcelRow>, Self::Error>> + Send;

    /// Asks a city for a month's postage.
    fn settlement(
        &mut self,
        node: DivisionCode,
        month: Month,
    ) -> impl Future<Output = Result<SettlementAnswer, Self::Error>> + Send;

    /// Asks a city for its bill of a month with another one; nothing when there is none. The agreement, by its id,
    /// is named where the two have several.
    fn bill(
        &mut self,
        node: DivisionCode,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> impl Future<Output = Result<Option<BillAnswer>, Self::Error>> + Send;

    /// Asks a city for the round of a month; the agreement, by its id, is named where it has several.
    fn round(
        &mut self,
        node: DivisionCode,
        month: Month,
        agreement: Option<&str>,
    ) -> impl Future<Output = Result<RoundAnswer, Self::Error>> + Send;

    /// Asks a city for its state roots.
    fn roots(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<RootsAnswer, Self::Error>> + Send;

    /// Asks a city for its devices, what is held of revoked ones, and forks.
    fn keys(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<KeysAnswer, Self::Error>> + Send;

    /// Asks a city for the proof of a fork in a document.
    fn fork_proof(
        &mut self,
        node: DivisionCode,
        document: &str,
    ) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;

    /// Gives a city's node another device key and starts it again; returns the revocation file of the old key,
    /// which keeps what the device signed in the agreement so far.
    fn rotate(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<String, Self::Error>> + Send;

    /// Makes another root key for a city, with device and encryption keys of its own, as `tongband init` in a new folder
    /// does; returns the invitation file under it. The node takes them when a `new-root` ends.
    fn new_root(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<String, Self::Error>> + Send;

    /// Takes a city's device key, as who broke into its machine can.
    fn steal_key(
        &mut self,
        node: DivisionCode,
    ) -> impl Future<Output = Result<DeviceKey, Self::Error>> + Send;

    /// Lets a node write file bundles of what a city has not confirmed, or of the whole history.
    fn write_files(
        &mut self,
        from: Seat,
        to: DivisionCode,
        everything: bool,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Self::Error>> + Send;

    /// Lets a city take file bundles; the inner result is its answer.
    fn take_files(
        &mut self,
        to: Seat,
        files: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<Result<(), Refusal>, Self::Error>> + Send;

    /// Makes a fault begin.
    fn begin(&mut self, fault: &Fault) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Makes a fault end.
    fn end(&mut self, fault: &Fault) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Lets a fault that takes turns take its next one, counted from 1.
    fn turn(
        &mut self,
        fault: &Fault,
        nth: u32,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Lets time go on to a moment, whatever the cities are doing.
    ///
    /// An engine without a virtual clock sets the scripted one.
    fn advance_to(&mut self, at: Moment) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns how many milliseconds of virtual time have gone; 0 where there is none.
    fn elapsed_ms(&self) -> u64;

    /// Looks for something that must always hold and does not, where an engine can look into every city.
    fn sound(
        &mut self,
        clerks: &Clerks,
    ) -> impl Future<Output = Result<Option<Violation>, Self::Error>> + Send;

    /// Says whether a city answers: no fault has stopped it.
    fn answers(&self, node: DivisionCode) -> bool;

    /// Says whether a city may fail to answer a question because its disk was damaged for good.
    fn is_excused(&self, node: DivisionCode) -> bool {
        self.is_distrusted(node) && self.is_unreadable(node)
    }

    /// Says whether nothing is expected of a city any more: it is hostile, or a fault took what it had.
    fn is_distrusted(&self, _node: DivisionCode) -> bool {
        false
    }

    /// Says whether a city may fail to answer a question now because its disk cannot be read.
    fn is_unreadable(&self, _node: DivisionCode) -> bool {
        false
    }

    /// Says whether two cities can reach each other now.
    fn connected(&self, a: DivisionCode, b: DivisionCode) -> bool;

    /// Lets the cities work on for a moment; a virtual engine advances to its next event.
    ///
    /// The runner calls this between two looks while it waits for quiescence, and gives up after a number
    /// of looks that [`Engine::patience`] names.
    fn breathe(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns how many looks without an end are taken for a standstill.
    fn patience(&self) -> u32;

    /// Stops every city.
    fn stop(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
