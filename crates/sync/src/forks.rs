//! Forks: entries that one device signed in one place of one document.
//!
//! A device counts its entries in a document under a boot nonce. Two different entries with one count are
//! twins, and whoever holds both holds a proof against the device (`design.md` §4, equivocation). What becomes
//! of twins is judged by the fold; this file finds them and proves them.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::{
    CertHash, Fingerprint, Hash32, Signature, SignedDeviceCert, decode_canonical, encode_canonical,
};
use tongban_ledger::{DocumentId, EntryId};

use crate::entry::{DOMAIN, Entry, Slot, entry_id, read_header};
use crate::evidence::EvidenceError;
use crate::frame::Blob;

/// The first bytes of a file that proves a fork.
pub const MAGIC: &[u8] = b"tongban-fork-v1\n";
/// The longest such file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024;

/// Groups of twins among the nodes of a document, by position.
#[derive(Clone, Debug, Default)]
pub struct Forks(Vec<Vec<usize>>);

impl Forks {
    /// Finds every place that more than one node takes.
    pub fn find(places: impl Iterator<Item = (Slot, u64)>) -> Self {
        let mut taken: BTreeMap<(Slot, u64), Vec<usize>> = BTreeMap::new();
        for (at, place) in places.enumerate() {
            taken.entry(place).or_default().push(at);
        }
        Self(taken.into_values().filter(|at| at.len() > 1).collect())
    }

    /// Says whether no two nodes are twins.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The twins that lie in an ascending set of positions, where at least two of a group do.
    pub fn within(&self, set: &[usize]) -> impl Iterator<Item = Vec<usize>> {
        self.0.iter().filter_map(|group| {
            let here: Vec<usize> = group
                .iter()
                .copied()
                .filter(|at| set.binary_search(at).is_ok())
                .collect();
            (here.len() > 1).then_some(here)
        })
    }
}

/// A header with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Twin {
    #[cbor(n(0), with = "minicbor::bytes")]
    header: Vec<u8>,
    #[n(1)]
    signature: Signature,
}

/// What a file holds, before its digest: the device's certificate and two headers, ascending by id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Contents {
    #[n(0)]
    cert: Blob,
    #[n(1)]
    one: Twin,
    #[n(2)]
    other: Twin,
}

/// What a file proves: one device signed two entries in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkReport {
    /// The fingerprint of the root key that certified the device.
    pub city: Fingerprint,
    /// The device's certificate.
    pub cert: CertHash,
    /// The document in which both lie.
    pub document: DocumentId,
    /// What the device counted both times.
    pub seq: u64,
    /// The entries, ascending, with the time that each claims in Unix seconds.
    pub entries: [(EntryId, i64); 2],
}

/// Writes a proof of two twins: magic, contents, and a hash of both.
pub(crate) fn write(cert: Vec<u8>, one: &Entry, other: &Entry) -> Vec<u8> {
    let twin = |entry: &Entry| Twin {
        header: entry.header_bytes.clone(),
        signature: entry.signature,
    };
    let contents = Contents {
        cert: Blob(cert),
        one: twin(one),
        other: twin(other),
    };
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&encode_canonical(&contents));
    let digest = digest(&bytes);
    bytes.extend_from_slice(&digest.0);
    bytes
}

fn digest(bytes: &[u8]) -> Hash32 {
    Hash32::hash("tongban/fork/v1", &[bytes])
}

/// Checks a proof with nothing else at hand; what it proves is about the key of the given fingerprint.
///
/// # Errors
/// The file does not hold together, or the two entries are no twins.
pub fn verify(bytes: &[u8]) -> Result<ForkReport, EvidenceError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(EvidenceError::Format);
    }
    let (signed, sum) = bytes
        .split_last_chunk::<32>()
        .ok_or(EvidenceError::Format)?;
    let body = signed.strip_prefix(MAGIC).ok_or(EvidenceError::Format)?;
    if digest(signed).0 != *sum {
        return Err(EvidenceError::Digest);
    }
    let contents: Contents = decode_canonical(body).map_err(|_| EvidenceError::Encoding)?;
    let cert = SignedDeviceCert::from_slice(&contents.cert.0)
        .map_err(|_| EvidenceError::Encoding)?
        .verify()
        .map_err(|_| EvidenceError::Certificate)?;
    let check = |twin: &Twin| {
        let header = read_header(&twin.header).map_err(|_| EvidenceError::Encoding)?;
        if header.cert != cert.cert_hash() || header.city != cert.city {
            return Err(EvidenceError::Certificate);
        }
        cert.device
            .verify(DOMAIN, &twin.header, &twin.signature)
            .map_err(|_| EvidenceError::Signature)?;
        Ok((entry_id(&twin.header), header))
    };
    let ((one_id, one), (other_id, other)) = (check(&contents.one)?, check(&contents.other)?);
    let twins = one_id < other_id
        && !one.is_genesis()
        && one.document == other.document
        && one.slot() == other.slot()
        && one.seq == other.seq;
    if !twins {
        return Err(EvidenceError::Mismatch);
    }
    Ok(ForkReport {
        city: cert.city.fingerprint(),
        cert: cert.cert_hash(),
        document: one.document,
        seq: one.seq,
        entries: [(one_id, one.time), (other_id, other.time)],
    })
}
