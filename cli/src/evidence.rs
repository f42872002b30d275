//! The one place that knows the form of evidence: turns what the checker found into what is shown.

use std::path::Path;

use serde::Serialize;
use tongban_identity::{DivisionCode, Fingerprint};
use tongban_sync::evidence::{self, EvidenceError, EvidenceReport};
use tongban_sync::{forks, resolution};

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

/// Checks an evidence file against the pinned fingerprints, with no node, database or network. A party whose
/// fingerprint is not pinned is no fault of the file: the proof says which one it is.
///
/// # Errors
/// [`CliError::Evidence`]: the file does not hold together.
pub fn check(bytes: &[u8], trusted: &[Fingerprint], file: &Path) -> Result<Proof, CliError> {
    let report = match evidence::verify(bytes, trusted) {
        Err(EvidenceError::Untrusted) => evidence::verify(bytes, &[]),
        other => other,
    };
    match report {
        Ok(report) => Ok(Proof::from(report).pinned(trusted)),
        Err(error) => Err(CliError::Evidence {
            file: file.to_owned(),
            source: Box::new(error),
        }),
    }
}

/// That one device signed two entries in one place.
#[derive(Clone, Debug, Serialize)]
pub struct ForkProof {
    /// The fingerprint of its city's root key.
    pub city: String,
    /// Hash of the device's certificate.
    pub device: String,
    /// The document.
    pub document: String,
    /// The entries with their claimed times, Unix seconds.
    pub entries: Vec<(String, i64)>,
    /// Whether the fingerprint is pinned.
    pub trusted: bool,
}

/// Checks a proof of a fork, with no node, database or network.
///
/// # Errors
/// [`CliError::Evidence`]: the file does not hold together.
pub fn check_fork(
    bytes: &[u8],
    trusted: &[Fingerprint],
    file: &Path,
) -> Result<ForkProof, CliError> {
    let report = forks::verify(bytes).map_err(|error| CliError::Evidence {
        file: file.to_owned(),
        source: Box::new(error),
    })?;
    let entries = report.entries.iter();
    Ok(ForkProof {
        city: report.city.to_string(),
        device: report.cert.to_string(),
        document: report.document.to_string(),
        entries: entries.map(|(id, time)| (id.to_string(), *time)).collect(),
        trusted: trusted.contains(&report.city),
    })
}

/// What a certificate file proves.
#[derive(Clone, Debug, Serialize)]
pub struct ResolutionProof {
    /// The agreement.
    pub agreement: String,
    /// Its name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// The last certificate; none where nothing was decided yet.
    pub certificate: String,
    /// What was decided, in order.
    pub decided: Vec<DecidedProof>,
    /// The members after it.
    pub members: Vec<Party>,
    /// The founders.
    pub founders: Vec<Party>,
    /// Whether every founder is pinned; nothing is proven otherwise.
    pub all_trusted: bool,
}

/// One certificate.
#[derive(Clone, Debug, Serialize)]
pub struct DecidedProof {
    /// The certificate.
    pub certificate: String,
    /// The one before it.
    pub parent: String,
    /// The measure's name.
    pub measure: String,
    /// The city that it brings in, as the text says.
    pub city: Option<String>,
    /// What it rests on.
    pub basis: String,
}

/// That one city contradicted itself in a round of votes.
#[derive(Clone, Debug, Serialize)]
pub struct DoubleProof {
    /// The fingerprint of its root key.
    pub city: String,
    /// The agreement.
    pub agreement: String,
    /// The certificate on which the round builds.
    pub parent: String,
    /// The round.
    pub round: u16,
    /// The entries.
    pub entries: Vec<String>,
    /// Whether the fingerprint is pinned.
    pub trusted: bool,
}

/// Checks a certificate file, with no node, database or network.
///
/// # Errors
/// [`CliError::Evidence`]: the file does not hold together.
pub fn check_resolution(
    bytes: &[u8],
    trusted: &[Fingerprint],
    file: &Path,
) -> Result<ResolutionProof, CliError> {
    let report = match resolution::verify(bytes, trusted) {
        Err(EvidenceError::Untrusted) => resolution::verify(bytes, &[]),
        other => other,
    };
    let report = report.map_err(|error| failed(error, file))?;
    let pinned = |party: evidence::Party| Party {
        trusted: trusted.contains(&party.fingerprint),
        ..party.into()
    };
    let founders: Vec<Party> = report.founders.into_iter().map(pinned).collect();
    let decided = report.chain.iter().map(|decided| DecidedProof {
        certificate: decided.certificate.to_string(),
        parent: decided.parent.to_string(),
        measure: decided.motion.measure.name().to_owned(),
        city: resolution::city_name(&decided.motion.measure).map(str::to_owned),
        basis: decided.motion.basis.clone(),
    });
    let decided: Vec<DecidedProof> = decided.collect();
    let last = decided.last().map(|decided| decided.certificate.clone());
    Ok(ResolutionProof {
        agreement: report.agreement.to_string(),
        name: report.name,
        code: report.code,
        certificate: last.unwrap_or_default(),
        decided,
        members: report.members.into_iter().map(pinned).collect(),
        all_trusted: founders.iter().all(|founder| founder.trusted),
        founders,
    })
}

/// Checks a proof against a city, with no node, database or network.
///
/// # Errors
/// [`CliError::Evidence`]: the file does not hold together.
pub fn check_double(
    bytes: &[u8],
    trusted: &[Fingerprint],
    file: &Path,
) -> Result<DoubleProof, CliError> {
    let report = resolution::verify_double(bytes).map_err(|error| failed(error, file))?;
    Ok(DoubleProof {
        city: report.city.to_string(),
        agreement: report.agreement.to_string(),
        parent: report.parent.to_string(),
        round: report.round,
        entries: report.entries.iter().map(ToString::to_string).collect(),
        trusted: trusted.contains(&report.city),
    })
}

fn failed(error: EvidenceError, file: &Path) -> CliError {
    CliError::Evidence {
        file: file.to_owned(),
        source: Box::new(error),
    }
}

impl Proof {
    /// Marks the parties whose fingerprints are pinned.
    fn pinned(mut self, trusted: &[Fingerprint]) -> Proof {
        let pins: Vec<String> = trusted.iter().map(Fingerprint::to_string).collect();
        let parties = self.founders.iter_mut();
        for party in parties.chain([&mut self.pushed_by, &mut self.acked_by]) {
            party.trusted = pins.contains(&party.fingerprint);
        }
        self.all_trusted = self.pushed_by.trusted && self.acked_by.trusted;
        self
    }

    /// The parties of the hand-over whose fingerprints are not pinned.
    pub fn unpinned(&self) -> impl Iterator<Item = &Party> {
        [&self.pushed_by, &self.acked_by]
            .into_iter()
            .filter(|party| !party.trusted)
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
