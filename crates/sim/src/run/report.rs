//! What came out of a run: plain data, the form of `result.json`.

use std::collections::BTreeMap;

use serde::Serialize;
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;

use crate::faults::FaultKind;
use crate::scenario::{EngineName, Moment, Text};

/// A month's or a run's obligations: debtor → creditor → fen.
pub type Owes = BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>>;

/// A run, from its first event to what every city said at the end.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// The engine that played it.
    pub engine: EngineName,
    /// Whether every step went as written, every expectation held and the books of each pair agree.
    pub ok: bool,
    /// Whether every document has one state root, and every case file one digest, on all cities of its
    /// audience.
    pub converged: bool,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The expectations with their outcome, in the order in which they were asked.
    pub expectations: Vec<Checked>,
    /// Every case, by number.
    pub cases: Vec<CaseSummary>,
    /// Every parcel, by tracking number.
    pub parcels: Vec<ParcelSummary>,
    /// City → fen due to it less owed by it, over all months of the run.
    pub nets: BTreeMap<DivisionCode, i64>,
    /// The months of the run.
    pub months: Vec<MonthSummary>,
    /// Whether both cities of each pair show the same obligations.
    pub books_agree: bool,
    /// Document → city → state root.
    pub state_roots: BTreeMap<String, BTreeMap<DivisionCode, String>>,
    /// Case document → city → digest of the case file.
    pub file_digests: BTreeMap<String, BTreeMap<DivisionCode, String>>,
    /// Document → its kind, and what people call it.
    pub names: BTreeMap<String, (String, String)>,
    /// Case document → its entries in causal order, as a city that holds it shows them.
    pub histories: BTreeMap<String, Vec<HistoryRow>>,
}

/// An entry of a case; it holds no words of the sealed part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// The entry id.
    pub entry: String,
    /// Who signed.
    pub city: DivisionCode,
    /// The act's name.
    pub act: String,
    /// The claimed time, Unix seconds.
    pub time: i64,
    /// The status's name.
    pub status: String,
    /// The entries that its author had seen last.
    pub parents: Vec<String>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// When, by the scripted clock.
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// The scenario's own words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub say: Option<Text>,
}

/// The kinds of events.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// The agreement is in force in every city.
    Founded {
        /// Its short code.
        agreement: String,
        /// Its members.
        members: Vec<DivisionCode>,
    },
    /// A clerk gave a command.
    Step(Played),
    /// A fault began.
    FaultBegins {
        /// What goes wrong.
        fault: FaultKind,
        /// Which cities are concerned: one process, or the sides of a partition.
        cities: Vec<Vec<DivisionCode>>,
    },
    /// A file was carried from one city to another.
    Carried {
        /// The city that wrote it.
        from: DivisionCode,
        /// The city for which it was.
        to: DivisionCode,
        /// Whether it got lost.
        lost: bool,
        /// The code with which the city refused it.
        #[serde(skip_serializing_if = "Option::is_none")]
        refused: Option<Code>,
    },
    /// Who has a city's device key signed a twin of one of its entries.
    Forged {
        /// The city.
        node: DivisionCode,
        /// The name of the command whose act it is.
        act: &'static str,
        /// The cities to which it was shown.
        shown: Vec<DivisionCode>,
    },
    /// A fault ended.
    FaultEnds {
        /// What went wrong.
        fault: FaultKind,
        /// Which cities were concerned.
        cities: Vec<Vec<DivisionCode>>,
    },
    /// An expectation was asked.
    Asked {
        /// Its place in [`Report::expectations`].
        expectation: usize,
        /// Whether it held.
        ok: bool,
    },
}

/// A command and its answer. It holds no arguments, which may be personal data.
#[derive(Clone, Debug, Serialize)]
pub struct Played {
    /// At which city.
    pub node: DivisionCode,
    /// Whether it was at the copy of its node.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub copy: bool,
    /// The command's name.
    pub act: &'static str,
    /// The case number or tracking number that it was about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The document that it opened or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Another city that the command names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<DivisionCode>,
    /// The code with which the node refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Code>,
    /// What the refusal was about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Whether this is what the scenario says.
    pub ok: bool,
    /// The step's line in the file.
    pub line: usize,
}

/// An expectation with its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The line in the file.
    pub line: usize,
    /// When it was asked.
    pub at: Moment,
    /// The query's name.
    pub query: &'static str,
    /// The case, parcel or month that it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Whether it held.
    pub ok: bool,
    /// What was found instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
}

/// A difference between what was expected and what a city said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<DivisionCode>,
    /// Which part.
    pub what: String,
    /// What should have come back.
    pub expected: String,
    /// What came back.
    pub found: String,
}

/// A case at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseSummary {
    /// The case number.
    pub number: String,
    /// The document id.
    pub document: String,
    /// The item's base code.
    pub item: String,
    /// The item's name.
    pub item_name: String,
    /// The receiving city.
    pub receiver: DivisionCode,
    /// The owner city.
    pub owner: DivisionCode,
    /// The stage code.
    pub stage: String,
    /// Who holds it; several while two cities claim it.
    pub holder: Vec<DivisionCode>,
    /// The cities that know it.
    pub known_to: Vec<DivisionCode>,
}

/// A parcel at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParcelSummary {
    /// The tracking number.
    pub tracking: String,
    /// The posting city.
    pub from: DivisionCode,
    /// The receiving city; absent for the applicant.
    pub to: Option<DivisionCode>,
    /// Its stage.
    pub stage: String,
    /// Fen of its cost lines that count.
    pub counted: i64,
}

/// A month's postage, each city asked for its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthSummary {
    /// The month, by posting date.
    pub month: Month,
    /// Debtor → creditor → fen, as the debtor says.
    pub owes: Owes,
    /// City → fen.
    pub nets: BTreeMap<DivisionCode, i64>,
    /// City → fen that it paid for itself.
    pub self_paid: BTreeMap<DivisionCode, i64>,
}
