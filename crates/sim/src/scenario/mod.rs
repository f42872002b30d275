//! The scenario language: a multi-city story as a TOML file. It plays nothing; see [`crate::run`].
//!
//! `docs/scenario.md` is the reference. Every mistake is reported with line and column, as many at once as
//! can be found.

pub(crate) mod cities;
mod command;
mod error;
mod expect;
mod expect_case;
mod expect_consult;
mod expect_meeting;
mod expect_members;
mod expect_money;
mod expect_parcel;
mod fault;
mod fields;
mod file;
pub(crate) mod label;
mod moment;
mod order;
mod parse;
mod repeat;
mod step;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tongban_identity::DivisionCode;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Terms};

pub use error::ScenarioError;
pub use file::Carried;
pub use moment::{Moment, MomentError};

use crate::faults::FaultKind;

/// A checked scenario: every name in it is known and every time is in order.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub title: Text,
    /// The working-day calendar, as `CN-2026`.
    pub calendar: String,
    /// The engines that can play it.
    pub engines: Vec<EngineName>,
    /// Why not every engine can, where one is left out.
    pub reason: Option<String>,
    /// Whether each event happens at its very millisecond, whatever the cities are doing. Otherwise the run
    /// waits before each until they are at rest.
    pub exact: bool,
    /// The seed of the virtual world; the caller's choice if absent.
    pub seed: Option<u64>,
    /// When an exact run is over, if later than the last event.
    pub until: Option<Moment>,
    /// When the clock starts: the agreement is founded then.
    pub start: Moment,
    /// The cities, in the order of the file; the first founds the agreement.
    pub nodes: Vec<Node>,
    /// Nodes that found no agreement at the start, and those of further agreements alone.
    pub outside: Vec<DivisionCode>,
    /// Further agreements that are founded at the start.
    pub also: Vec<Also>,
    /// The agreement's terms.
    pub terms: Terms,
    /// What clerks do, in order of time.
    pub steps: Vec<Step>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Files that go from city to city.
    pub files: Vec<Carried>,
    /// What must hold.
    pub expects: Vec<Expect>,
}

/// The engines of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// One real process per city.
    Live,
    /// Every city in one process, on a virtual network, disk and clock.
    Sim,
}

impl EngineName {
    /// Every engine.
    pub const ALL: [EngineName; 2] = [EngineName::Live, EngineName::Sim];

    /// Returns the name in files and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            EngineName::Live => "live",
            EngineName::Sim => "sim",
        }
    }
}

/// Words in Chinese and English; either may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// A city of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its division code.
    pub division: DivisionCode,
    /// Its name.
    pub name: String,
}

/// A further agreement of some of the nodes; the first of them founds it.
#[derive(Clone, Debug)]
pub struct Also {
    /// Its cities.
    pub nodes: Vec<DivisionCode>,
    /// Its terms.
    pub terms: Terms,
}

/// One command of a clerk.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// At which city.
    pub node: DivisionCode,
    /// Who acts.
    pub hand: Hand,
    /// The command's name, as `case.push`.
    pub act: &'static str,
    /// The command; `$label` stands where a label is used.
    pub command: Command,
    /// The idempotency key; one is made from the place in the file if absent.
    pub key: Option<String>,
    /// The label that later steps use for what this one opened or changed.
    pub label: Option<String>,
    /// The code with which the command must be refused.
    pub refused: Option<Code>,
    /// A line for the story.
    pub say: Option<Text>,
    /// Cities that must have the effect before the run goes on.
    pub wait: Vec<DivisionCode>,
    /// Whether the run waits for quiescence before this step.
    pub settle: bool,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// Who acts in a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// A clerk of the city, at its node.
    #[default]
    Clerk,
    /// Somebody at the copy of the node that a `clone` lets run.
    Copy,
    /// A hostile program with the city's device key: it signs the act as a twin of one that the node signed, and
    /// hands it to these cities in files. The node hears nothing.
    Twin(Vec<DivisionCode>),
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The city that it hits; none for one that hits groups or everybody.
    pub node: Option<DivisionCode>,
    /// The city at the other end of the link that it hits; none for every link of the city.
    pub to: Option<DivisionCode>,
    /// The sides of a partition, where a city on no side keeps its links; or one list, the order of cities.
    pub groups: Vec<Vec<DivisionCode>>,
    /// How much, in the unit that the table of faults names; 0 for a kind that has none.
    pub amount: i64,
    /// When it begins.
    pub from: Moment,
    /// When it ends; without an end it is over at once.
    pub until: Option<Moment>,
    /// The label that later steps use for the revocation that a `rotate` leaves.
    pub label: Option<String>,
    /// Whether the run waits for quiescence before the fault begins.
    pub settle: bool,
    /// A line for the story.
    pub say: Option<Text>,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// One expectation.
#[derive(Clone, Debug)]
pub struct Expect {
    /// When it is asked; none for the end.
    pub at: Option<Moment>,
    /// The one city asked; none for every city concerned.
    pub node: Option<DivisionCode>,
    /// What is asked, and what must come back.
    pub query: Query,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// What a parcel should show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParcelExpect {
    /// The parcel: a label or a tracking number.
    pub parcel: String,
    /// Its stage, as `opened`.
    pub stage: Option<String>,
    /// Where it is: `out`, `carrier` or `in`.
    pub place: Option<String>,
    /// The sum of its lines that count, in fen, what came back subtracted.
    pub counted: Option<i64>,
    /// How many objections to its lines are open.
    pub disputed: Option<u64>,
    /// What came of its objections, in order of entry id.
    pub outcomes: Option<Vec<String>>,
    /// The last exception that the carrier reported, or `none`.
    pub exception: Option<String>,
    /// What somebody has to look at.
    pub alarms: Option<Vec<String>>,
}

/// What an expectation asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Every document has one state root, and every case file one digest, on all cities of its audience.
    Converged,
    /// A case as each party city shows it.
    Case(Box<CaseExpect>),
    /// How many cases a city knows.
    Cases {
        /// The number.
        count: u64,
    },
    /// A parcel as each of its cities shows it.
    Parcel(ParcelExpect),
    /// Each city's own net of a month.
    Nets {
        /// The month, by posting date.
        month: Month,
        /// City → fen.
        value: BTreeMap<DivisionCode, i64>,
    },
    /// A month's obligations, for the pairs of each city asked.
    Owes {
        /// The month, by posting date.
        month: Month,
        /// Debtor → creditor → fen; a pair that is absent owes nothing.
        value: BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>>,
    },
    /// What each city paid for itself in a month.
    SelfPaid {
        /// The month, by posting date.
        month: Month,
        /// City → fen.
        value: BTreeMap<DivisionCode, i64>,
    },
    /// What each city paid in a month, for itself and for others, added up from the lines.
    Paid {
        /// The month, by posting date.
        month: Month,
        /// City → fen.
        value: BTreeMap<DivisionCode, i64>,
    },
    /// What each city bears of a month, whoever paid it, added up from the lines.
    Borne {
        /// The month, by posting date.
        month: Month,
        /// City → fen.
        value: BTreeMap<DivisionCode, i64>,
    },
    /// The lines that each city counts in a month.
    Lines {
        /// The month, by posting date.
        month: Month,
        /// City → lines, each as number, fen and kind, ascending; postage has no kind.
        value: BTreeMap<DivisionCode, Vec<String>>,
    },
    /// A consult as both of its cities show it.
    Consult(ConsultExpect),
    /// A bill as one city shows it.
    Bill(BillExpect),
    /// A month's round as each city shows it.
    Round(Box<RoundExpect>),
    /// Proposals and what they made live, as every city shows them.
    Decisions(Box<DecisionsExpect>),
    /// A meeting as every city shows it.
    Meeting(Box<MeetingExpect>),
    /// An agreement as each city asked shows it.
    Members(MembersExpect),
    /// The case is unknown to a city; without `node`, to every city that is no party.
    Absent {
        /// The case: a label or a case number.
        case: String,
    },
    /// How many commands were refused so far.
    Refused {
        /// The number.
        count: u64,
    },
    /// Nothing that must always hold is broken; only a virtual world can look into every disk.
    Sound,
    /// What a node says of itself.
    Status(StatusExpect),
    /// A proven fork as every other city that has the document shows it, and as anyone may verify it.
    Fork(ForkExpect),
    /// How many entries of revoked devices a city holds.
    Held {
        /// The number.
        count: u64,
    },
}

/// What a node is expected to say of itself; what is absent is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusExpect {
    /// Whether the copy of the node is asked, which a `clone` lets run.
    pub copy: bool,
    /// Whether its database may be older than what it signed.
    pub possible_restore: Option<bool>,
    /// Cities that have not returned its entries yet, ascending.
    pub returning: Option<Vec<DivisionCode>>,
    /// Cities that told it of another node with its key, ascending.
    pub copied: Option<Vec<DivisionCode>>,
    /// Cities of which it saw two nodes with one key, ascending.
    pub doubled: Option<Vec<DivisionCode>>,
    /// Documents in which it knows a fork.
    pub forks: Option<u64>,
    /// How many documents of each kind it has, and no other.
    pub documents: Option<BTreeMap<String, u64>>,
    /// Idle places, each as kind and place (`view 社保科`), or `offline` and place, ascending.
    pub idle: Option<Vec<String>>,
    /// Whether its own device is revoked.
    pub revoked: Option<bool>,
}

/// What is expected of a bill; what is absent is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillExpect {
    /// The month.
    pub month: Month,
    /// The other city.
    pub with: DivisionCode,
    /// The agreement by its short code, where the two have several.
    pub agreement: Option<String>,
    /// Its stage, as `agreed`.
    pub stage: Option<String>,
    /// How many lines it counts.
    pub lines: Option<u64>,
    /// What the city asked owes, in fen.
    pub owed: Option<u64>,
    /// What is due to it, in fen.
    pub due: Option<u64>,
    /// Lines that it counts, each as number, fen and kind, ascending; postage has no kind.
    pub included: Option<Vec<String>>,
    /// Lines that it does not count, each as number and reason, ascending.
    pub carried: Option<Vec<String>>,
    /// Whether the other city shows the same hash.
    pub same_hash: Option<bool>,
    /// Lines on which the cities differ, each as number and reason, ascending.
    pub differences: Option<Vec<String>>,
    /// The month of the round that counts it; empty for none.
    pub round: Option<String>,
}

/// What is expected of a round; what is absent is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundExpect {
    /// The month.
    pub month: Month,
    /// The agreement by its short code; that of the scenario's terms if absent.
    pub agreement: Option<String>,
    /// `pairwise` or `multilateral`.
    pub netting: Option<String>,
    /// Its stage, as `final`.
    pub stage: Option<String>,
    /// The number shown.
    pub number: Option<u64>,
    /// Members that signed it, ascending.
    pub signed: Option<Vec<DivisionCode>>,
    /// Cities that must sign yet, ascending.
    pub waits_for: Option<Vec<DivisionCode>>,
    /// City → fen.
    pub nets: Option<BTreeMap<DivisionCode, i64>>,
    /// Debtor → creditor → fen.
    pub owes: Option<BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>>>,
    /// All obligations added up, in fen.
    pub gross: Option<u64>,
    /// Transfers, each as payer, payee and fen, ascending.
    pub transfers: Option<Vec<String>>,
    /// Transfers of the way that was not adopted, likewise.
    pub other_way: Option<Vec<String>>,
    /// Bills that it does not count, each as pair, month and reason, ascending.
    pub carried: Option<Vec<String>>,
    /// Cities that signed two proposals of one number, ascending.
    pub doubles: Option<Vec<DivisionCode>>,
    /// Cities that did not sign in time, ascending.
    pub silent: Option<Vec<DivisionCode>>,
    /// The step that is late; empty for none.
    pub overdue: Option<String>,
    /// The days of its steps, each as name and day, ascending.
    pub due: Option<Vec<String>>,
}

/// What is expected of a fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkExpect {
    /// The city whose device signed twice.
    pub city: DivisionCode,
    /// The case, by label or number; the agreement if absent.
    pub case: Option<String>,
    /// The statuses of the twins, ascending by name.
    pub statuses: Vec<String>,
}

/// What is expected of a case; what is absent is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseExpect {
    /// The case: a label or a case number.
    pub case: String,
    /// The stage, as `S90`.
    pub stage: Option<String>,
    /// The only holder.
    pub holder: Option<DivisionCode>,
    /// Every holder, ascending, where two cities claim the case.
    pub holders: Option<Vec<DivisionCode>>,
    /// The statuses of all entries of an act, ascending; a denied one with its code.
    pub acts: BTreeMap<String, Vec<String>>,
    /// The current submission.
    pub submission: Option<u64>,
    /// The cities to which the case travels, ascending.
    pub audience: Option<Vec<DivisionCode>>,
    /// Form fields of the case file.
    pub fields: BTreeMap<String, String>,
    /// Ticks of the checklist.
    pub checklist: BTreeMap<String, bool>,
    /// Form fields that two clerks wrote at once.
    pub conflicts: Vec<String>,
    /// Pieces of text that stand in the notes.
    pub notes_contain: Vec<String>,
    /// Clocks, steps and marks.
    pub course: CourseExpect,
}

/// What a case should show of its clocks, steps and marks; what is not said is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CourseExpect {
    /// The last day of clocks that run, or `paused`; a step's clock is `joint_step.S2`.
    pub due: BTreeMap<String, String>,
    /// Working days that stopped clocks of a name took, ascending by their start.
    pub used: BTreeMap<String, Vec<u64>>,
    /// The names of all clocks that are past, or were when they stopped, each once, ascending.
    pub overdue: Option<Vec<String>>,
    /// How steps of joint handling stand.
    pub steps: BTreeMap<String, String>,
    /// The day of acceptance.
    pub accepted: Option<String>,
    /// The newer guide version of a case that was received by an older one; 0 for none.
    pub stale_guide: Option<u64>,
    /// Whether it counts as accepted by lapse of time (`no`, `pending`, `yes`, `contested`).
    pub deemed: Option<String>,
    /// Whether a request to withdraw waits.
    pub withdrawing: Option<bool>,
    /// How often the applicant had to come.
    pub trips: Option<u64>,
    /// How often papers went back with a notice.
    pub returns: Option<u64>,
    /// Originals that are away from the applicant.
    pub originals_out: Option<Vec<String>>,
    /// Ratings that count, by visit.
    pub ratings: BTreeMap<String, u64>,
    /// The staff number of who has to act at the city; empty for nobody.
    pub assigned: Option<String>,
    /// The consult that the case names: a label or a document id.
    pub consult: Option<String>,
    /// Why papers went back, each cause once, ascending.
    pub return_cause: Option<Vec<String>>,
}

/// What an agreement should show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersExpect {
    /// Its short code.
    pub agreement: String,
    /// The members, ascending; none where the city must not hold the agreement.
    pub value: Vec<DivisionCode>,
    /// How many certificates its chain has.
    pub certificates: Option<u64>,
    /// Of how many contradictions there is proof.
    pub doubled: Option<u64>,
    /// The round in which people vote now.
    pub round: Option<u64>,
}

/// What a consult should show; what is not said is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsultExpect {
    /// The consult: a label or a document id.
    pub consult: String,
    /// `ok`, `not-ok` or `none`.
    pub verdict: Option<String>,
    /// Minutes from the question to its first answer.
    pub minutes: Option<u64>,
    /// `post-b`, `centre` or `none`.
    pub escalated: Option<String>,
    /// Cities that still have to answer or to sign, ascending.
    pub waits_for: Option<Vec<DivisionCode>>,
    /// When the answer is due, as `2026-09-21T13:35`.
    pub due: Option<String>,
    /// Whether it is past, or was when it was answered.
    pub overdue: Option<bool>,
    /// Whether a video consult of both cities stands as the formal review.
    pub reviewed: Option<bool>,
}

/// What of proposals is expected; what is not said is not compared. The texts of all are compared by hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionsExpect {
    /// The agreement by its short code; that of the scenario's terms if absent.
    pub agreement: Option<String>,
    /// How many ordered pairs are live, over all items.
    pub live: Option<u64>,
    /// How proposals stand, by code or batch.
    pub standing: BTreeMap<String, String>,
    /// How many cities signed, by code or batch.
    pub signatures: BTreeMap<String, u64>,
    /// Reservations of all adoptions of batches.
    pub reservations: Option<u64>,
    /// The kinds of what waits for the next meeting, ascending.
    pub agenda: Option<Vec<String>>,
}

/// What a meeting should show; what is not said is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingExpect {
    /// The meeting: a label, its number or its document id.
    pub meeting: String,
    /// Its agreement by its short code; that of the scenario's terms if absent.
    pub agreement: Option<String>,
    /// `open`, `adopted`, `changed` or `apart`.
    pub adoption: Option<String>,
    /// The cities that came, ascending.
    pub attending: Option<Vec<DivisionCode>>,
    /// The cities that signed the minutes as they stand, ascending.
    pub signed: Option<Vec<DivisionCode>>,
    /// The cities that came and have yet to sign, ascending.
    pub waits_for: Option<Vec<DivisionCode>>,
    /// The kinds of what came on the agenda by itself, ascending.
    pub items: Option<Vec<String>>,
    /// Pieces of text in the agenda.
    pub agenda_contain: Vec<String>,
    /// Pieces of text in the minutes.
    pub minutes_contain: Vec<String>,
    /// Issues that are not resolved.
    pub open_issues: Option<u64>,
    /// Action items that are not done.
    pub open_actions: Option<u64>,
    /// Those of them that are past their day.
    pub overdue_actions: Option<u64>,
}

impl Fault {
    /// A fault that hits nobody yet and is over at once.
    pub fn new(kind: FaultKind, from: Moment) -> Fault {
        Fault {
            kind,
            node: None,
            to: None,
            groups: Vec::new(),
            amount: 0,
            from,
            until: None,
            label: None,
            settle: true,
            say: None,
            line: 0,
        }
    }

    /// Says whether this fault hits the link between two cities.
    pub fn concerns(&self, a: DivisionCode, b: DivisionCode) -> bool {
        match (self.node, self.to) {
            (Some(node), Some(to)) => (node, to) == (a, b) || (node, to) == (b, a),
            (Some(node), None) => node == a || node == b,
            (None, _) => self.separates(a, b),
        }
    }

    /// Says whether this fault is a partition that cuts the link between two cities.
    pub fn separates(&self, a: DivisionCode, b: DivisionCode) -> bool {
        let side = |city| self.groups.iter().position(|group| group.contains(&city));
        match (side(a), side(b)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        }
    }
}

/// Reports why a scenario file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The file has mistakes.
    #[error("{} mistake(s) in the scenario file", .0.len())]
    Mistakes(Vec<ScenarioError>),
}

impl Scenario {
    /// Reads a scenario file and checks it whole.
    ///
    /// # Errors
    /// [`LoadError`]: the file cannot be read, or has mistakes, all of which are listed.
    pub fn load(path: &Path) -> Result<Scenario, LoadError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read {
            file: file.clone(),
            source,
        })?;
        Scenario::parse(&text, &file).map_err(LoadError::Mistakes)
    }

    /// Checks the text of a scenario; `name` is its file name, which errors show and from whose folder a
    /// file of terms is read.
    ///
    /// # Errors
    /// Every mistake that was found, in the order of the text.
    pub fn parse(text: &str, name: &str) -> Result<Scenario, Vec<ScenarioError>> {
        parse::parse(text, name)
    }

    /// Finds a city's name.
    pub fn city_name(&self, division: DivisionCode) -> &str {
        self.nodes
            .iter()
            .find(|node| node.division == division)
            .map_or("", |node| &node.name)
    }

    /// Returns the moment of the last step, fault edge or timed expectation.
    pub fn end(&self) -> Moment {
        let steps = self.steps.iter().map(|step| step.at);
        let faults = self
            .faults
            .iter()
            .map(|fault| fault.until.unwrap_or(fault.from));
        let expects = self.expects.iter().filter_map(|expect| expect.at);
        let files = self.files.iter().map(|file| file.at);
        steps
            .chain(files)
            .chain(faults)
            .chain(expects)
            .chain(self.until)
            .fold(self.start, Moment::max)
    }
}
