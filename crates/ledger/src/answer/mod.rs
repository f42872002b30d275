//! What a node answers: plain data that the API, the CLI and scenario expectations share.
//!
//! Ids and hashes are lower-case hex, cities are division codes, days are ISO dates, money is
//! integer fen. Fields are added, never renamed.

mod audit;
mod bill;
mod cases;
mod consult;
pub mod decide;
mod external;
mod handover;
pub mod lists;
mod meeting;
mod parcel;
mod progress;
mod receipt;
mod rehearse;
pub mod resolution;
mod roster;
mod round;
mod terms;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::agreement::Mode;
use crate::calendar::{Day, Month};
use crate::case::{Defect, Outcome};
use crate::code::Code;
use crate::parcel::CostKind;

pub use audit::AuditAnswer;
pub use bill::{BillAnswer, BillDifference, BillJourney, BillLine, BillRow, CarriedLine};
pub use cases::{CASE_PAGE, CASE_PAGE_MAX, CaseOrder, CasePage, CaseQuery};
pub use consult::{
    ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow, NamedConsult, ReturnCause, VideoAnswer,
};
pub use external::OutsideAnswer;
pub use handover::ItemChangeAnswer;
pub use meeting::{ActionRow, AgendaRow, IssueRow, MeetingAnswer, MeetingRow, MeetingsAnswer};
pub use parcel::{ClaimRow, ContentRow, CorrectionRow, LineRow, ObjectionRow, ParcelRow};
pub use progress::{AcceptanceAnswer, CourseAnswer, ProgressAnswer, ResultAnswer};
pub use receipt::Receipt;
pub use rehearse::RefusedAt;
pub use roster::{DefectRow, DefectsAnswer, IdleRow, ReceivedRow, RosterAnswer, TakeoverRow};
pub use round::{
    DoubleRow, MonthSteps, Owes, PaymentRow, ProposalRow, RoundAnswer, RoundBill, RoundCarried,
    RoundRow, TransferRow,
};
pub use terms::{GrantAnswer, GuideAnswer, JointAnswer, LiveAnswer, TermsAnswer};

/// The result of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The document that the command opened or changed.
    pub document: String,
    /// The entries it signed, in order.
    pub entries: Vec<String>,
    /// The case number, for a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The 收件凭证, after `case.receive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// How far a case is, after `case.progress`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<ProgressAnswer>,
    /// The founding file, after `agreement.found`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<String>,
    /// What the clerk should know although it was done: `not-trained`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The first command that would be refused, after `rehearse`; none if all would be carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedAt>,
    /// Whether this is the stored outcome of an earlier call with the same idempotency key.
    #[serde(default)]
    pub repeated: bool,
}

/// A refusal or failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// What it was about: an item, a field, a case; never personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// A city by its key and its attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityAnswer {
    /// The root public key.
    pub city: String,
    /// What people compare.
    pub fingerprint: String,
    /// The division code.
    pub division: DivisionCode,
    /// The name.
    pub name: String,
}

/// A node's state at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// This city.
    pub city: CityAnswer,
    /// The software version.
    pub version: String,
    /// Today by this node's clock, in Beijing.
    pub today: Day,
    /// The agreements.
    pub agreements: Vec<AgreementAnswer>,
    /// Documents by kind.
    pub documents: BTreeMap<String, u64>,
    /// Entries stored.
    pub entries: u64,
    /// Entries that wait for something they rest on.
    pub pending: u64,
    /// Cases that are not closed.
    pub open_cases: u64,
    /// Whether this start may be a restore from an older copy.
    pub possible_restore: bool,
    /// Cities that have not returned this city's entries yet, while some may be lost here.
    #[serde(default)]
    pub returning: Vec<DivisionCode>,
    /// Cities that saw another node with this node's key.
    #[serde(default)]
    pub copied: Vec<DivisionCode>,
    /// Cities of which this node saw two nodes with one key.
    #[serde(default)]
    pub doubled: Vec<DivisionCode>,
    /// Documents in which a device signed two entries in one place.
    #[serde(default)]
    pub forks: u64,
    /// Whether this node's own device is revoked.
    #[serde(default)]
    pub revoked: bool,
    /// Stored entries that cannot be read and are asked for again from other cities.
    #[serde(default)]
    pub mending: u64,
    /// How many entries are held, by the number or the id of their document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, u64>,
    /// Windows and sections where nobody is active, in every city as far as its cases are here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle: Vec<IdleRow>,
    /// The scrub of stored records; the driver's to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrub: Option<ScrubAnswer>,
}

/// The devices of this city, what is held of revoked ones, and forks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysAnswer {
    /// Hash of the certificate with which this node signs.
    pub device: String,
    /// The encryption key of this city.
    #[serde(default)]
    pub encryption: EncryptionRow,
    /// Every certificate of this city that this node has seen.
    pub devices: Vec<DeviceRow>,
    /// Agreements by id, with the heads that a revocation may keep.
    pub heads: BTreeMap<String, Vec<String>>,
    /// Entries of revoked devices that wait for their city's word.
    pub held: Vec<HeldRow>,
    /// Entries that one device signed in one place: proven equivocation.
    pub forks: Vec<ForkRow>,
}

/// The encryption key of this city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionRow {
    /// Counts the city's encryption keys.
    pub serial: u64,
    /// The claimed time of issue, Unix seconds.
    pub issued: i64,
    /// How many earlier private halves are kept, because something may still need them.
    pub earlier: u64,
    /// Whether content keys are still being sealed anew under it.
    pub sealing: bool,
    /// Whether it is older than a month.
    pub due: bool,
}

/// A device of this city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Hash of its certificate.
    pub cert: String,
    /// Its name for people.
    pub label: String,
    /// Counts the city's certificates.
    pub serial: u64,
    /// The claimed time of issue, Unix seconds.
    pub issued: i64,
    /// Whether the city revoked it.
    pub revoked: bool,
    /// Whether this node signs with it now.
    pub current: bool,
}

/// An entry of a revoked device that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRow {
    /// The document.
    pub document: String,
    /// Its kind.
    pub kind: String,
    /// Its case or tracking number, if it has one.
    pub label: String,
    /// The entry.
    pub entry: String,
    /// The act.
    pub act: String,
    /// The city whose device it was.
    pub city: DivisionCode,
    /// The device's certificate.
    pub cert: String,
    /// The claimed time, Unix seconds.
    pub time: i64,
    /// The entries that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
}

/// Two or more entries of one device with one count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkRow {
    /// The document.
    pub document: String,
    /// Its kind.
    pub kind: String,
    /// Its case or tracking number, if it has one.
    pub label: String,
    /// The city whose device signed them.
    pub city: DivisionCode,
    /// The entries, ascending.
    pub entries: Vec<String>,
    /// What became of each.
    pub statuses: Vec<String>,
}

/// How far the scheduled reading of every stored record has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubAnswer {
    /// When the last whole pass ended, Unix seconds; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<i64>,
    /// Records read in that pass.
    pub records: u64,
    /// Entries of it whose hashes and signatures were checked.
    pub entries: u64,
    /// What is damaged: of an entry its document and id, else family and key.
    pub damaged: Vec<String>,
    /// Whether a pass is under way.
    pub running: bool,
}

/// An agreement and its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementAnswer {
    /// The agreement id.
    pub agreement: String,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether every founder signed.
    pub effective: bool,
    /// The members.
    pub members: Vec<MemberAnswer>,
    /// What the members agreed on, as it stands now.
    #[serde(default)]
    pub terms: TermsAnswer,
    /// What was decided by vote, and what is put to it.
    #[serde(default)]
    pub resolutions: resolution::ResolutionsAnswer,
    /// Changes of items that members announced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ItemChangeAnswer>,
}

/// A member city as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAnswer {
    /// The city.
    #[serde(flatten)]
    pub city: CityAnswer,
    /// Whether it signed the agreement.
    pub signed: bool,
    /// Whether this is the node's own city.
    pub own: bool,
    /// Whether a link is up.
    pub online: bool,
    /// Entries for it that it has not confirmed as stored.
    pub waiting: u64,
    /// Entries that it confirmed as stored.
    pub stored: u64,
    /// Unix seconds of the last frame from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<i64>,
    /// What the last comparison with the city found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditAnswer>,
    /// Whether it closes every link after the greeting: it may have been told that this node's device is revoked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub turned_away: bool,
}

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The document id.
    pub document: String,
    /// The case number.
    pub number: String,
    /// The item's base code.
    pub item: String,
    /// The item's name.
    pub item_name: String,
    /// The stage code of `domain.md` §3.3, as `S40`.
    pub stage: String,
    /// The receiving city.
    pub receiver: DivisionCode,
    /// The owner city named at receipt.
    pub owner: DivisionCode,
    /// Who holds the case.
    pub holders: Vec<DivisionCode>,
    /// The day of receipt.
    pub received: Day,
    /// The current submission.
    pub submission: u32,
    /// Deadlines that run.
    pub due: Vec<Deadline>,
    /// Commands that this city may give now, the usual next one first.
    #[serde(default)]
    pub next: Vec<String>,
    /// A push that has no answer yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<HandoffAnswer>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How it is handled.
    #[serde(default)]
    pub mode: Mode,
    /// The day of acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Day>,
    /// The newer guide version that was in force at receipt, where the window followed an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_guide: Option<u32>,
    /// What a form-only case with complete papers waits for that was not closed on its day: `notice`,
    /// `pause`, `hand-over`, `decision` or `result`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// Whether it counts as accepted by lapse of time: false until its holder's node says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deemed: Option<bool>,
    /// Whether somebody shows that the applicant was told before the time lapsed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contested: bool,
    /// Whether a request to withdraw waits for its answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawing: bool,
    /// How often the applicant had to come.
    #[serde(default)]
    pub trips: u32,
    /// How often papers went back with a notice.
    #[serde(default)]
    pub returns: u32,
    /// The staff number of who has to act here, by this city's roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    /// The staff number of who is absent, where the one assigned stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

/// A push on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffAnswer {
    /// Who pushed.
    pub from: DivisionCode,
    /// To whom.
    pub to: DivisionCode,
    /// Whether the recipient's node has stored it; always so at the recipient.
    pub stored: bool,
}

/// A clock of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The clock of `domain.md` §3.2, as `notice_5wd`.
    pub clock: String,
    /// Its last day; absent while it is paused, and when the agreement does not know the working days of a year.
    pub due: Option<Day>,
    /// Whether it stands still.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The moment in Unix seconds, for a clock of working hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<i64>,
    /// Who must act.
    pub holder: DivisionCode,
    /// Whether it is past, or was when it stopped.
    pub overdue: bool,
    /// Whether four fifths of its working days are used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub amber: bool,
    /// The step of joint handling, if it is one's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// The day on which it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Day>,
    /// The day on which it stopped; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Day>,
    /// The working days that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u32>,
}

/// A step of joint handling as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepAnswer {
    /// Its id in the agreement.
    pub step: String,
    /// Its name.
    pub name: String,
    /// The city that does it.
    pub city: DivisionCode,
    /// `waiting`, `ready`, `opened`, `taken`, `granted`, `refused` or `released`.
    pub state: String,
    /// Whether its grant cannot be undone by withdrawing the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    /// The step that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
}

/// A case with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseAnswer {
    /// The list row.
    #[serde(flatten)]
    pub row: CaseRow,
    /// The cities to which the case travels.
    pub audience: Vec<DivisionCode>,
    /// The applicant, if this node can read the sealed part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<ApplicantAnswer>,
    /// Materials handed in: requirement and pages.
    pub materials: Vec<(String, u16)>,
    /// What the formal pass still lacks: requirement ids, `original:` and a requirement id,
    /// `id-check`, `formal-pass`; and `papers` while a count differs from its list, so that nobody accepts.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Defects of notices that no correction has answered.
    #[serde(default)]
    pub defects: Vec<Defect>,
    /// Every clock, running or stopped.
    #[serde(default)]
    pub clocks: Vec<Deadline>,
    /// Steps of joint handling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepAnswer>,
    /// Originals that are away from the applicant, with the city that has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub originals_out: BTreeMap<String, DivisionCode>,
    /// Ratings that count: the visit (0 online) and the level.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ratings: BTreeMap<u16, u8>,
    /// Jumps to other systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<OutsideAnswer>,
    /// The department of the owner that answers for the case, as a code, if the owner's page tells it (E29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_dept: Option<String>,
    /// Tracking numbers of parcels that carry something of this case.
    #[serde(default)]
    pub parcels: Vec<String>,
    /// Consults that the case names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consults: Vec<NamedConsult>,
    /// Why papers went back, and against whom that counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub return_cause: Vec<ReturnCause>,
    /// Motions about who holds the case, as it is held now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holder_motions: Vec<resolution::HolderMotion>,
    /// Every entry, in causal order.
    pub entries: Vec<EntryRow>,
    /// The case file.
    pub file: FileAnswer,
    /// The state root.
    pub state_root: String,
}

/// An applicant as a clerk of a party city sees them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicantAnswer {
    /// The name.
    pub name: String,
    /// The masked identity number.
    pub id_number: String,
    /// The telephone number.
    pub phone: String,
    /// The address.
    pub address: String,
}

impl std::fmt::Debug for ApplicantAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApplicantAnswer(..)")
    }
}

/// An entry in a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// The entry id.
    pub entry: String,
    /// Who signed.
    pub city: DivisionCode,
    /// The act's name.
    pub act: String,
    /// The claimed time, Unix seconds.
    pub time: i64,
    /// The staff number of the officer who answers for it, where the act names one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub officer: String,
    /// What the act says besides, by name: `result`, `outcome`, `to`, `on`, `means`, `delivery`,
    /// `defects`, `materials`, `seen`, `basis`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// The status's name.
    pub status: String,
    /// The refusal code of a denied entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The entry that voids or contradicts this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Words from the sealed part, where this node can read them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Other cities of the audience that confirmed it as stored.
    pub stored: Vec<DivisionCode>,
    /// The entries that its author had seen last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
}

/// A case file as it reads now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// Form fields.
    pub fields: BTreeMap<String, String>,
    /// Fields that two clerks wrote at once, with every value.
    pub conflicts: BTreeMap<String, Vec<String>>,
    /// The checklist.
    pub checklist: BTreeMap<String, bool>,
    /// The notes.
    pub notes: String,
    /// Equal on nodes that applied the same changes.
    pub digest: String,
}

/// A month's postage as this city sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementAnswer {
    /// The month, by posting date.
    pub month: Month,
    /// This city.
    pub city: DivisionCode,
    /// Debtor → creditor → fen, for the pairs of this city.
    pub owes: BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>>,
    /// This city's net: due to it less owed by it.
    pub net: i64,
    /// Postage that this city paid for itself.
    pub self_paid: i64,
    /// Lines that count: tracking number, kind, fen, payer, liable.
    pub lines: Vec<SettlementLine>,
    /// Lines that wait for the counterpart's signature, or are in dispute.
    pub waiting: Vec<SettlementLine>,
    /// Lines whose tracking number stands in two parcels of one pair: none of them counts.
    pub duplicates: Vec<SettlementLine>,
}

/// A line of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementLine {
    /// The line's entry id.
    pub line: String,
    /// The posting date.
    pub posted: Day,
    /// The parcel's tracking number.
    pub tracking: String,
    /// What for.
    pub kind: CostKind,
    /// How much.
    pub fen: i64,
    /// Who paid.
    pub payer: DivisionCode,
    /// Who bears it.
    pub liable: Option<DivisionCode>,
    /// The standing's name: `counted`, `unconfirmed`, `disputed`, `duplicate`.
    pub standing: String,
}

/// State roots of the documents that a node holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootsAnswer {
    /// Document id → its root.
    pub documents: BTreeMap<String, RootRow>,
}

/// A document's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRow {
    /// The document kind.
    pub kind: String,
    /// The case number or tracking number, where there is one.
    pub label: String,
    /// The state root.
    pub root: String,
    /// The digest of the case file, for a case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The cities to which it travels.
    pub audience: Vec<DivisionCode>,
    /// How many entries it has.
    pub entries: u64,
}

/// What `verify` found: everything folded again from the entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// Documents folded again.
    pub documents: u64,
    /// Entries whose hash and signature were checked again.
    pub entries: u64,
    /// Damage, by document: id and what is wrong.
    pub damaged: Vec<(String, Code)>,
    /// What damaged documents are called, by id: the kind and the number, as far as it can be read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

/// A part of an export of file bundles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleWritten {
    /// The file, as hex digits.
    pub bundle: String,
    /// Its number in the export, from 1.
    pub part: u32,
    /// How many entries it holds; none where there is nothing but receipts.
    pub entries: u64,
    /// Whether the export holds the whole history.
    pub everything: bool,
    /// Names the next part; none for the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl BundleWritten {
    /// The file's bytes; none if the text is not hex digits in pairs.
    pub fn octets(&self) -> Option<Vec<u8>> {
        let pairs = self.bundle.as_bytes().chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        pairs
            .map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok())
            .collect()
    }
}

/// What came of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleTaken {
    /// The city that wrote it.
    pub from: DivisionCode,
    /// Counts that city's bundles for this one.
    pub serial: u64,
    /// Its number in the export, from 1.
    pub part: u32,
    /// Whether it is the last part.
    pub last: bool,
    /// How many entries it holds.
    pub entries: u64,
    /// Entries that are stored since.
    pub new: u64,
    /// Entries that were here before.
    pub known: u64,
    /// Entries that are not stored: they wait for others, or were refused.
    pub open: u64,
    /// Whether an earlier part should be taken first.
    pub part_missing: bool,
    /// Whether the next bundle to that city asks for the whole history.
    pub again: bool,
}

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleContents {
    /// The city that wrote it.
    pub from: DivisionCode,
    /// What people compare.
    pub fingerprint: String,
    /// Counts that city's bundles for this one.
    pub serial: u64,
    /// Its number in the export, from 1.
    pub part: u32,
    /// Whether it is the last part.
    pub last: bool,
    /// Whether the export holds the whole history.
    pub everything: bool,
    /// When it was written, as its writer claims, in Unix seconds.
    pub written: i64,
    /// Whether no newer bundle of that city was taken before.
    pub newest: bool,
    /// How many entries it holds.
    pub entries: u64,
    /// Entries that are not here yet.
    pub new: u64,
    /// How many receipts it holds.
    pub receipts: u64,
    /// The documents with entries in it.
    pub documents: Vec<BundleDocument>,
}

/// A document with entries in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleDocument {
    /// The document.
    pub document: String,
    /// Its kind.
    pub kind: String,
    /// The case or tracking number, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How many of its entries the bundle holds.
    pub entries: u64,
    /// How many of them are not here yet.
    pub new: u64,
}
