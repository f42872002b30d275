//! The arguments of each command, in the clerk's words.
//!
//! Cities are division codes, cases are case numbers (or a unique beginning of the document id),
//! dates are ISO days. Personal data stand in [`Applicant`] and in `text` fields only; they go to
//! the sealed part of an entry and are never printed by `Debug`.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::lists::{ImplementingTerms, RecognitionTerms};
use crate::agreement::{
    Batch, Feedback, GuideTexts, Item, JointStep, Limits, Mode, PostageRule, Power, Requirement,
    Transfer,
};
use crate::calendar::{CalendarYear, Day};
pub use crate::case::Material;
use crate::case::{Defect, Delivery, Means, Outcome};
use crate::number::TrackingNo;
use crate::parcel::{CostKind, Leg, PayMethod};

/// What a city tells the others before an agreement: written by `tongban agreement invite`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Where the node is reached, as `host:port`; the configured addresses if empty.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// Terms and invitations for a new agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundAgreement {
    /// The terms.
    pub terms: Terms,
    /// The other founders' invitation files, as text; a node adds its own city's.
    pub invitations: Vec<String>,
    /// Whether to found it although this node has one with the same code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// Terms of an agreement as people write them, cities by division code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The agreement's full name.
    pub name: String,
    /// Its short code, as `AG-4C`.
    pub code: String,
    /// The catalogue.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Operation guides.
    #[serde(default)]
    pub guides: Vec<GuideTerms>,
    /// Live items per ordered pair.
    #[serde(default)]
    pub live: Vec<LiveTerms>,
    /// Delegated powers.
    #[serde(default)]
    pub grants: Vec<TermsGrant>,
    /// Postage rules.
    #[serde(default)]
    pub postage: Vec<PostageRule>,
    /// Joint-handling agreements.
    #[serde(default)]
    pub joint: Vec<JointTerms>,
    /// Limits that differ from the usual ones.
    #[serde(default)]
    pub limits: Limits,
    /// Working days of further years.
    #[serde(default)]
    pub calendars: Vec<CalendarTerms>,
    /// Channels over which papers travel between the cities; any if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Transfer>,
    /// Kinds of e-certs that the cities recognise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognition: Vec<RecognitionTerms>,
    /// Batches of the lists that the catalogue came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<Batch>,
    /// What each city calls an item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implementing: Vec<ImplementingTerms>,
}

/// A joint-handling agreement (联办协议) in the terms, for every pair of lead and partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointTerms {
    /// The item's base code.
    pub item: String,
    /// Lead cities; all members if empty.
    #[serde(default)]
    pub leads: Vec<DivisionCode>,
    /// Co-handling cities; all members if empty.
    #[serde(default)]
    pub partners: Vec<DivisionCode>,
    /// The steps.
    pub steps: Vec<JointStep>,
    /// Who tells the applicant the result.
    #[serde(default)]
    pub feedback: Feedback,
    /// Working days for the whole; none if 0.
    #[serde(default)]
    pub days: u16,
}

/// The working days of a year, as its notice declares them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarTerms {
    /// The year.
    pub year: i16,
    /// Days off.
    pub off: Vec<Day>,
    /// Weekend days that are worked.
    pub work: Vec<Day>,
}

impl CalendarTerms {
    /// The days of a year as people write them.
    pub fn of(year: &CalendarYear) -> Self {
        Self {
            year: year.year(),
            off: year.off().collect(),
            work: year.work().collect(),
        }
    }
}

/// A guide in the terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideTerms {
    /// The item's base code.
    pub item: String,
    /// The owner cities; each publishes the same text. All members if empty.
    #[serde(default)]
    pub owners: Vec<DivisionCode>,
    /// Its version.
    pub version: u32,
    /// The first day in force.
    pub effective: Day,
    /// Whether the window checks the person against the identity card.
    #[serde(default)]
    pub id_check: bool,
    /// What the applicant hands in.
    pub requirements: Vec<Requirement>,
    /// The texts of a whole guide; a short one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<GuideTexts>,
}

/// Live items in the terms: every ordered pair of the lists, but no city with itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveTerms {
    /// The item's base code.
    pub item: String,
    /// Receiving cities; all members if empty.
    #[serde(default)]
    pub receivers: Vec<DivisionCode>,
    /// Owner cities; all members if empty.
    #[serde(default)]
    pub owners: Vec<DivisionCode>,
    /// The guide version.
    pub guide: u32,
    /// The first day of receiving.
    pub effective: Day,
    /// The last day of receiving.
    #[serde(default)]
    pub until: Option<Day>,
    /// The modes for these pairs; those of the item if empty.
    #[serde(default)]
    pub modes: Vec<Mode>,
}

/// Grants in the terms: every ordered pair of the lists, but no city with itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsGrant {
    /// Owner cities; all members if empty.
    #[serde(default)]
    pub grantors: Vec<DivisionCode>,
    /// Receiving cities; all members if empty.
    #[serde(default)]
    pub grantees: Vec<DivisionCode>,
    /// Items; every item if empty.
    #[serde(default)]
    pub items: Vec<String>,
    /// The powers.
    pub powers: Vec<Power>,
    /// The first day.
    #[serde(default)]
    pub from: Option<Day>,
    /// The last day.
    #[serde(default)]
    pub until: Option<Day>,
}

/// A founding file to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// The founding file, as text.
    pub founding: String,
}

/// Powers to offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferGrant {
    /// The city that receives the powers.
    pub to: DivisionCode,
    /// Items; every item if empty.
    #[serde(default)]
    pub items: Vec<String>,
    /// The powers.
    pub powers: Vec<Power>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// A revocation to enter into every agreement of the city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// The revocation file, as text.
    pub revocation: String,
}

/// Which held entries of this city's revoked devices stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetainEntries {
    /// The document by its id, a unique beginning of it, or a case number; every document if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Entries that do not stay, and what the device signed on top of them; ids or unique beginnings.
    #[serde(default)]
    pub without: Vec<String>,
}

/// A grant by its entry id, or a unique beginning of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRef {
    /// The grant; `founding` names all that the founding terms granted in one's own name.
    pub grant: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// An item by its base code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRef {
    /// The base code.
    pub item: String,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// Addresses to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    /// Where the node is reached, as `host:port`.
    pub addresses: Vec<String>,
    /// Dedicated windows (专窗).
    #[serde(default)]
    pub windows: Vec<String>,
    /// The agreement by a unique beginning of its id; the only one, or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// A case by number or by a unique beginning of its document id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRef {
    /// The case.
    pub case: String,
}

/// The person who applies. Goes to the sealed part.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// The name.
    pub name: String,
    /// The resident identity number (GB 11643).
    pub id_number: String,
    /// A telephone number.
    #[serde(default)]
    pub phone: String,
    /// Where post is to go.
    #[serde(default)]
    pub address: String,
}

impl std::fmt::Debug for Applicant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applicant(..)")
    }
}

/// 收件.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// The item's base code.
    pub item: String,
    /// The owner city.
    pub owner: DivisionCode,
    /// Who applies.
    pub applicant: Applicant,
    /// What is handed in.
    pub materials: Vec<Material>,
    /// The window clerk's staff number.
    pub officer: String,
    /// The day of receipt; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// How the case is handled; B if absent. In modes A and D the owner is the city itself.
    #[serde(default)]
    pub mode: Mode,
    /// The city whose window helped to apply online (mode A).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assisted_by: Option<DivisionCode>,
    /// The co-handling city (mode C); the only one of the joint-handling agreement if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<DivisionCode>,
    /// The window's id in the city's roster; the officer's own window if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The consult in which the owner was asked about these papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<String>,
    /// The agreement by a unique beginning of its id; of several the first in which the item is live, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 人证核验.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdCheck {
    /// The case.
    pub case: String,
    /// Whether the person matches the card.
    pub passed: bool,
    /// The clerk's staff number.
    pub officer: String,
}

/// 原件核验.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginalCheck {
    /// The case.
    pub case: String,
    /// Requirements whose originals were seen.
    pub seen: Vec<String>,
    /// The clerk's staff number.
    pub officer: String,
}

/// An act that needs only the case and who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormalPass {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
}

/// 推送.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The case.
    pub case: String,
    /// The recipient; the owner, or back to where the case came from, if absent.
    #[serde(default)]
    pub to: Option<DivisionCode>,
}

/// 受理.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
    /// The date of acceptance; the day the last papers came in if absent.
    #[serde(default)]
    pub on: Option<Day>,
}

/// 不予受理.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotAccept {
    /// The case.
    pub case: String,
    /// The officer's staff number.
    pub officer: String,
    /// The legal basis.
    pub basis: String,
    /// Reasons and remedies for the applicant; sealed.
    pub text: String,
}

/// 一次性告知.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The case.
    pub case: String,
    /// The defects.
    pub defects: Vec<Defect>,
    /// The officer's staff number.
    pub officer: String,
    /// The guide version that backs them; the case's own if absent.
    #[serde(default)]
    pub guide: Option<u32>,
    /// Words for the applicant; sealed.
    #[serde(default)]
    pub text: String,
    /// Why an original that the window saw is wanted again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck: Option<String>,
    /// The legal basis, where the applicant has to go elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    /// The legal basis, where paper is asked for instead of an electronic material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
}

/// 告知送达.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeServed {
    /// The case.
    pub case: String,
    /// How.
    pub means: Means,
    /// When; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
}

/// 补正.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The case.
    pub case: String,
    /// What is handed in.
    pub materials: Vec<Material>,
    /// When; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
}

/// 实质审查.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The case.
    pub case: String,
    /// The reviewer's staff number.
    pub officer: String,
    /// Findings; sealed.
    #[serde(default)]
    pub text: String,
}

/// 决定.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The case.
    pub case: String,
    /// The decision.
    pub outcome: Outcome,
    /// The officer's staff number.
    pub officer: String,
    /// Reasons and remedies, needed for a refusal; sealed.
    #[serde(default)]
    pub text: String,
}

/// Sends the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendResult {
    /// The case.
    pub case: String,
    /// How.
    pub delivery: Delivery,
}

/// 送达.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Served {
    /// The case.
    pub case: String,
    /// How it is proven.
    pub means: Means,
    /// When; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
}

/// Edits of the case file, as one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The case.
    pub case: String,
    /// The edits, in order.
    pub edits: Vec<FileEdit>,
}

/// One edit of a case file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FileEdit {
    /// Writes a form field.
    SetField {
        /// The field's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Removes a form field.
    RemoveField {
        /// The field's name.
        name: String,
    },
    /// Ticks or unticks an item of the checklist.
    Check {
        /// The item.
        item: String,
        /// Whether it is done.
        done: bool,
    },
    /// Adds to the end of the notes.
    AppendNote {
        /// The text.
        text: String,
    },
    /// Writes into the notes.
    InsertNote {
        /// Where, in characters.
        at: usize,
        /// The text.
        text: String,
    },
    /// Deletes from the notes.
    DeleteNote {
        /// Where, in characters.
        at: usize,
        /// How many characters.
        count: usize,
    },
}

impl std::fmt::Debug for FileEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileEdit(..)")
    }
}

/// A parcel by tracking number or by a unique beginning of its document id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelRef {
    /// The parcel.
    pub parcel: String,
}

/// 寄出.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostParcel {
    /// The receiving city; absent for a parcel to the applicant.
    #[serde(default)]
    pub to: Option<DivisionCode>,
    /// What kind of journey.
    pub leg: Leg,
    /// The tracking number.
    pub tracking: TrackingNo,
    /// The carrier.
    #[serde(default = "default_carrier")]
    pub carrier: String,
    /// Cases inside.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Pieces of paper inside.
    #[serde(default = "one_piece")]
    pub pieces: u16,
    /// Who pays the carrier, and how.
    pub pay: PayMethod,
    /// Weight in grams.
    #[serde(default)]
    pub weight_g: u32,
    /// The posting date; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// The approving or issuing city, on L10, L7 and L8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<DivisionCode>,
    /// Whose contract account or return label pays, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<DivisionCode>,
    /// The window that posts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The hand-over list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<super::parcel::Row>,
    /// The agreement by a unique beginning of its id; that of the cases inside, else the only one that has the cities,
    /// or the only one in force, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

fn default_carrier() -> String {
    "EMS".to_owned()
}

fn one_piece() -> u16 {
    1
}

/// Something that happened to a parcel on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelDay {
    /// The parcel.
    pub parcel: String,
    /// When; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
    /// The hall or window that takes it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
}

/// 开拆核对.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenParcel {
    /// The parcel.
    pub parcel: String,
    /// Pieces found inside.
    pub pieces: u16,
    /// When; today if absent.
    #[serde(default)]
    pub on: Option<Day>,
}

/// A cost line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The parcel.
    pub parcel: String,
    /// What for.
    #[serde(default = "postage")]
    pub kind: CostKind,
    /// How much, in fen.
    pub fen: i64,
    /// The city that paid; this city if absent.
    #[serde(default)]
    pub payer: Option<DivisionCode>,
    /// The number of the carrier's bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<String>,
    /// SHA-256 of the receipt, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

fn postage() -> CostKind {
    CostKind::Postage
}

/// Names a cost line of a parcel: the other city's to confirm, or one's own to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelConfirm {
    /// The parcel.
    pub parcel: String,
    /// What for.
    #[serde(default = "postage")]
    pub kind: CostKind,
    /// The beginning of the line's entry id, where several lines of the kind wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}
