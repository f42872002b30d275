//! The one place that knows the form of evidence: turns what the checker found into what is shown.

use std::path::Path;

use serde::Serialize;
use tongban_identity::{DivisionCode, Fingerprint};
use tongban_sync::evidence::{self, EvidenceReport};

use crate::error::CliError;

/// Who handed what to whom, as far as signatures prove it.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// The agreement's name.
    pub agreement: String,
    /// The case number.
    pub case_number: String,
    /// The document id of the case.
    pub document: String,
    /// The item's base code.
    pub item: String,
    /// The city that pushed.
    pub pushed_by: Party,
    /// The city that acknowledged.
    pub acked_by: Party,
    /// When the first claims it, in Unix seconds.
    pub pushed_at: i64,
    /// When the second claims it, in Unix seconds.
    pub acked_at: i64,
    /// The push.
    pub push: String,
    /// The Ack.
    pub ack: String,
    /// Every founder of the agreement.
    pub founders: Vec<Party>,
    /// Whether both parties are pinned; nothing is proven otherwise.
    pub all_trusted: bool,
}

/// A city in the evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Party {
    /// Its name, as the file says.
    pub name: String,
    /// Its division code, as the file says.
    pub division: DivisionCode,
    /// The fingerprint of its root key: what the city really is.
    pub fingerprint: String,
    /// Whether the fingerprint is pinned.
    pub trusted: bool,
}

/// Checks an evidence file against the pinned fingerprints, with no node, database or network.
///
/// # Errors
/// [`CliError::Evidence`]: the file does not hold together, or pins are given and a party's is not among them.
pub fn check(bytes: &[u8], trusted: &[Fingerprint], file: &Path) -> Result<Proof, CliError> {
    match evidence::verify(bytes, trusted) {
        Ok(report) => Ok(Proof::from(report)),
        Err(error) => Err(CliError::Evidence {
            file: file.to_owned(),
            source: Box::new(error),
        }),
    }
}

impl From<EvidenceReport> for Proof {
    fn from(report: EvidenceReport) -> Proof {
        Proof {
            agreement: report.agreement,
            case_number: report.case_number,
            document: report.document.to_string(),
            item: report.item,
            pushed_by: report.pushed_by.into(),
            acked_by: report.acked_by.into(),
            pushed_at: report.pushed_at,
            acked_at: report.acked_at,
            push: report.push.to_string(),
            ack: report.ack.to_string(),
            founders: report.founders.into_iter().map(Party::from).collect(),
            all_trusted: report.all_trusted,
        }
    }
}

impl From<evidence::Party> for Party {
    fn from(party: evidence::Party) -> Party {
        Party {
            name: party.name,
            division: party.division,
            fingerprint: party.fingerprint.to_string(),
            trusted: party.trusted,
        }
    }
}
