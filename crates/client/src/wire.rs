//! Types that exist only between the client and the API. Commands and answers are in the ledger.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::CityAnswer;

/// Chooses cases from the list; an absent field chooses all.
///
/// Sent as the query parameters `stage`, `holder`, `open` and `officer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// The stage code, as `S40`.
    pub stage: Option<String>,
    /// A city that holds the case now.
    pub holder: Option<DivisionCode>,
    /// `true` for cases that are not closed, `false` for closed ones.
    pub open: Option<bool>,
    /// The staff number of who has to act, by the city's roster.
    pub officer: Option<String>,
}

/// What a city hands to the founder of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The invitation file, as text.
    pub invitation: String,
    /// The fingerprint of this city's root key, for people to compare.
    pub fingerprint: String,
}

/// What a founding file says, shown before a city signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundingPreview {
    /// The agreement's full name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// The members, with the fingerprints that people compare.
    pub members: Vec<CityAnswer>,
    /// How many items the catalogue has.
    pub items: u64,
    /// How many items are live, counted per ordered pair of cities.
    pub live: u64,
    /// How many grants the terms give.
    pub grants: u64,
    /// The postage rule's name, if the terms have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postage: Option<String>,
}

/// Asks for a part of an export of file bundles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleExport {
    /// The city for which it is.
    pub to: DivisionCode,
    /// Whether it holds the whole history, also what the city confirmed.
    #[serde(default)]
    pub everything: bool,
    /// What the part before named as the next; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks a running node for a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupRequest {
    /// The backup folder, an absolute path on the node's machine.
    pub dir: String,
    /// Whether the sealed key files are put into it; the root key never is.
    #[serde(default)]
    pub with_keys: bool,
}

/// The backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupAnswer {
    /// The backup folder.
    pub dir: String,
    /// The backup's number in it.
    pub number: u32,
    /// How many files the folder holds now.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The bytes that were not there before.
    pub new_bytes: u64,
    /// Whether sealed key files are in it.
    pub keys: bool,
}

/// Sets the clock of a node that was started with a scripted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetClock {
    /// The new time in Unix seconds.
    pub unix: i64,
}
