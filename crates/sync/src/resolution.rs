//! Certificates of chained resolutions as files, and proofs against a city that contradicted itself in a round.
//!
//! A certificate file holds the agreement's genesis with every founder's signature, and for each certificate up to the
//! last the motion and the Commits of one majority. Whoever holds it knows who is a member, with no node, database or
//! network. It names texts and parents; which majority signed is of no account. Layouts stand in `docs/protocol.md`.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{
    CertHash, CityId, DeviceCert, Fingerprint, Hash32, decode_canonical, encode_canonical,
};
use tongban_ledger::agreement::resolution::{Measure, Motion, Standing, contradict};
use tongban_ledger::agreement::{Act, Found, RULES_VERSION};
use tongban_ledger::{AgreementId, CertificateId, DocumentId, DocumentKind, EntryId, MotionId};

use crate::document::read_act;
use crate::entry::Entry;
use crate::evidence::{
    EvidenceError, Exhibit, Party, certificates, check_agreement, check_exhibit,
};
use crate::frame::Blob;

/// The first bytes of a certificate file.
pub const MAGIC: &[u8] = b"tongban-resolution-v1\n";
/// The first bytes of a proof against a city.
pub const DOUBLE_MAGIC: &[u8] = b"tongban-double-vote-v1\n";
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most certificates in a file.
pub const CHAIN_MAX: usize = 1_024;

/// A decided motion: the entry that put it, and the Commits of a majority in one round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Decided {
    #[n(0)]
    pub motion: Exhibit,
    #[n(1)]
    pub commits: Vec<Exhibit>,
}

/// What a certificate file holds, before its digest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Contents {
    /// The agreement's genesis and the founders' signatures.
    #[n(0)]
    pub agreement: Vec<Exhibit>,
    /// The certificates in order.
    #[n(1)]
    pub chain: Vec<Decided>,
    /// Device certificates, ascending by hash.
    #[n(2)]
    pub certs: Vec<Blob>,
}

/// What a proof holds, before its digest: two entries, ascending by id, and the certificates of their devices.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Double {
    #[n(0)]
    pub one: Exhibit,
    #[n(1)]
    pub other: Exhibit,
    #[n(2)]
    pub certs: Vec<Blob>,
}

/// A certificate that a file proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The certificate.
    pub certificate: CertificateId,
    /// The one before it.
    pub parent: CertificateId,
    /// The motion.
    pub motion: Motion,
}

/// What a certificate file proves, as far as the founders' fingerprints are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolutionReport {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// The founders.
    pub founders: Vec<Party>,
    /// The certificates in order.
    pub chain: Vec<Certified>,
    /// The members after the last, with the fingerprint of the key that signs for each.
    pub members: Vec<Party>,
    /// Whether every founder is trusted. Otherwise nothing is proven: anyone can make keys that call themselves so.
    pub all_trusted: bool,
}

/// What a proof says: two words of one city in one round contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleReport {
    /// The fingerprint of the root key under which both were signed.
    pub city: Fingerprint,
    /// The agreement.
    pub agreement: AgreementId,
    /// The certificate on which the round builds.
    pub parent: CertificateId,
    /// The round.
    pub round: u16,
    /// The entries, ascending.
    pub entries: [EntryId; 2],
}

/// Writes a certificate file.
pub(crate) fn write(contents: &Contents) -> Vec<u8> {
    seal(MAGIC, encode_canonical(contents))
}

/// Writes a proof.
pub(crate) fn write_double(double: &Double) -> Vec<u8> {
    seal(DOUBLE_MAGIC, encode_canonical(double))
}

fn seal(magic: &[u8], body: Vec<u8>) -> Vec<u8> {
    let mut bytes = [magic, &body].concat();
    let digest = digest(&bytes);
    bytes.extend_from_slice(&digest.0);
    bytes
}

fn digest(bytes: &[u8]) -> Hash32 {
    Hash32::hash("tongban/resolution-file/v1", &[bytes])
}

fn body<'b>(magic: &[u8], bytes: &'b [u8]) -> Result<&'b [u8], EvidenceError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(EvidenceError::Format);
    }
    let (signed, sum) = bytes
        .split_last_chunk::<32>()
        .ok_or(EvidenceError::Format)?;
    let body = signed.strip_prefix(magic).ok_or(EvidenceError::Format)?;
    match digest(signed).0 == *sum {
        true => Ok(body),
        false => Err(EvidenceError::Digest),
    }
}

/// Checks a certificate file with nothing but the fingerprints that the caller trusts: those of the founders.
///
/// # Errors
/// The file does not hold together, or some founder is not among the fingerprints given.
pub fn verify(bytes: &[u8], trusted: &[Fingerprint]) -> Result<ResolutionReport, EvidenceError> {
    let contents: Contents =
        decode_canonical(body(MAGIC, bytes)?).map_err(|_| EvidenceError::Encoding)?;
    if contents.chain.len() > CHAIN_MAX {
        return Err(EvidenceError::Encoding);
    }
    let certs = certificates(&contents.certs)?;
    let (genesis, found) = check_agreement(&contents.agreement, &certs)?;
    let document = DocumentId::from(genesis);
    let motions = motions_of(&contents.chain, &document, &certs)?;
    let (standing, chain) = follow(&contents.chain, &motions, (&genesis, &found), &certs)?;
    let party = |name: &str, division, root: &CityId| Party {
        name: name.to_owned(),
        division,
        fingerprint: root.fingerprint(),
        trusted: trusted.contains(&root.fingerprint()),
    };
    let founders = found.founders.iter();
    let founders: Vec<Party> = founders
        .map(|card| party(&card.name, card.division, &card.city))
        .collect();
    let all_trusted = founders.iter().all(|founder| founder.trusted);
    if !trusted.is_empty() && !all_trusted {
        return Err(EvidenceError::Untrusted);
    }
    let members = standing.members.iter();
    let members = members.map(|one| party(&one.card.name, one.card.division, &one.root));
    Ok(ResolutionReport {
        agreement: document.into(),
        name: found.name.clone(),
        code: found.code.clone(),
        members: members.collect(),
        founders,
        chain,
        all_trusted,
    })
}

/// The motions of a chain, in order.
pub(crate) fn motions_of(
    chain: &[Decided],
    document: &DocumentId,
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<Vec<Motion>, EvidenceError> {
    let motions = chain.iter();
    let motions = motions.map(|decided| motion_of(&decided.motion, document, certs));
    motions.collect()
}

/// What a chain on an agreement amounts to, if a majority committed to each of its motions.
pub(crate) fn follow<'m>(
    decided: &[Decided],
    motions: &'m [Motion],
    (genesis, found): (&EntryId, &'m Found),
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<(Standing<'m>, Vec<Certified>), EvidenceError> {
    let document = DocumentId::from(*genesis);
    let mut standing = Standing::founded(genesis, found);
    let mut chain = Vec::new();
    for (decided, motion) in decided.iter().zip(motions) {
        let (id, parent) = (motion.id(), standing.head);
        let cities = committed(decided, &document, certs, &standing, &id)?;
        if !standing.is_enough(motion, &cities) {
            return Err(EvidenceError::Agreement);
        }
        standing.follow(id, motion);
        chain.push(Certified {
            certificate: standing.head,
            parent,
            motion: motion.clone(),
        });
    }
    Ok((standing, chain))
}

/// The motion that an entry of the agreement puts.
fn motion_of(
    exhibit: &Exhibit,
    document: &DocumentId,
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<Motion, EvidenceError> {
    match act_of(exhibit, document, certs)? {
        (Act::Move(motion), _, _) => Ok(*motion),
        _ => Err(EvidenceError::Mismatch),
    }
}

/// The cities that committed, by the ids that they have at the certificate before; all in one round.
fn committed(
    decided: &Decided,
    document: &DocumentId,
    certs: &BTreeMap<CertHash, DeviceCert>,
    standing: &Standing<'_>,
    motion: &MotionId,
) -> Result<BTreeSet<CityId>, EvidenceError> {
    let mut cities = BTreeSet::new();
    let mut rounds = BTreeSet::new();
    for exhibit in &decided.commits {
        let (Act::Commit(commit), root, _) = act_of(exhibit, document, certs)? else {
            return Err(EvidenceError::Mismatch);
        };
        let city = standing.speaks_for(&root).ok_or(EvidenceError::Agreement)?;
        let named = commit.parent == standing.head && commit.motion == *motion;
        rounds.insert(commit.round);
        if !named || rounds.len() > 1 || !cities.insert(city.card.city) {
            return Err(EvidenceError::Mismatch);
        }
    }
    Ok(cities)
}

/// The act of an entry of the agreement, with the root key of its signer and its id.
fn act_of(
    exhibit: &Exhibit,
    document: &DocumentId,
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<(Act, CityId, EntryId), EvidenceError> {
    let checked = check_exhibit(exhibit, certs)?;
    let header = &checked.header;
    if header.document != *document || header.kind != DocumentKind::Agreement as u8 {
        return Err(EvidenceError::Mismatch);
    }
    let act = read_act(&exhibit.public, RULES_VERSION).map_err(|_| EvidenceError::Encoding)?;
    Ok((act, header.city, checked.id))
}

/// Checks a proof against a city with nothing else at hand; it is about the key of the given fingerprint.
///
/// # Errors
/// The file does not hold together, or the two words do not contradict each other.
pub fn verify_double(bytes: &[u8]) -> Result<DoubleReport, EvidenceError> {
    let double: Double =
        decode_canonical(body(DOUBLE_MAGIC, bytes)?).map_err(|_| EvidenceError::Encoding)?;
    let certs = certificates(&double.certs)?;
    let header =
        crate::entry::read_header(double.one.header()).map_err(|_| EvidenceError::Encoding)?;
    let document = header.document;
    let (one, root, one_id) = act_of(&double.one, &document, &certs)?;
    let (other, other_root, other_id) = act_of(&double.other, &document, &certs)?;
    if root != other_root || one_id >= other_id || !contradict(&one, &other) {
        return Err(EvidenceError::Mismatch);
    }
    let (parent, round) = match &one {
        Act::Vote(on) | Act::Commit(on) => (on.parent, on.round),
        Act::Nullify(on) => (on.parent, on.round),
        _ => return Err(EvidenceError::Mismatch),
    };
    Ok(DoubleReport {
        city: root.fingerprint(),
        agreement: document.into(),
        parent,
        round,
        entries: [one_id, other_id],
    })
}

/// The name of the city that a measure is about, where the text has it.
pub fn city_name(measure: &Measure) -> Option<&str> {
    match measure {
        Measure::Admit(card) => Some(&card.name),
        Measure::Replace(replace) => Some(&replace.city.name),
        _ => None,
    }
}

/// Writes down two contradicting entries of a city.
pub(crate) fn double_of(one: &Entry, other: &Entry, certs: Vec<Blob>) -> Vec<u8> {
    write_double(&Double {
        one: Exhibit::of(one),
        other: Exhibit::of(other),
        certs,
    })
}
