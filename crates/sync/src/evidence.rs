//! Evidence: one file that proves a handoff to anyone, with no node, database or network.
//!
//! The file holds the agreement's genesis and every founder's signature under it, the resolutions
//! that admitted a party or gave it another key, the case's genesis header, the signed push, the countersigning Ack, and the certificates of their signers.
//! It proves who handed which case to whom, and when each claims it; not what is in the case. The
//! layout is given in `docs/protocol.md`.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    CertHash, CityId, DeviceCert, DivisionCode, Fingerprint, Hash32, Signature, SignedDeviceCert,
    decode_canonical, encode_canonical,
};
use tongban_ledger::agreement::resolution::{Measure, Motion, Standing};
use tongban_ledger::agreement::{self, Found};
use tongban_ledger::case;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use crate::document::read_act;
use crate::entry::{DOMAIN, Entry, Header, entry_id, public_hash, read_header};
use crate::frame::Blob;
use crate::resolution::{CHAIN_MAX, Decided, follow, motions_of};

/// The first bytes of an evidence file.
pub const MAGIC: &[u8] = b"tongban-evidence-v1\n";
/// The longest evidence file, in bytes.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most entries and certificates in a file.
const LIST_MAX: usize = 1_024;

/// An entry without its sealed part: header, signature, public part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Exhibit {
    #[cbor(n(0), with = "minicbor::bytes")]
    header: Vec<u8>,
    #[n(1)]
    signature: Signature,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) public: Vec<u8>,
}

impl Exhibit {
    /// The header's bytes.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            header: entry.header_bytes.clone(),
            signature: entry.signature,
            public: entry.public.clone(),
        }
    }
}

/// What a file holds, before its digest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Contents {
    /// The agreement's genesis and the founders' signatures.
    #[n(0)]
    pub agreement: Vec<Exhibit>,
    /// The case's genesis.
    #[n(1)]
    pub genesis: Exhibit,
    /// The push.
    #[n(2)]
    pub push: Exhibit,
    /// The Ack.
    #[n(3)]
    pub ack: Exhibit,
    /// Device certificates, ascending by hash.
    #[n(4)]
    pub certs: Vec<Blob>,
    /// The agreement's resolutions in order, where a party is no founder or signs under another key; else none.
    #[n(5)]
    pub chain: Vec<Decided>,
}

/// Writes a file: magic, contents, and a hash of both.
pub(crate) fn write(contents: &Contents) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&encode_canonical(contents));
    let digest = Hash32::hash("tongban/evidence/v1", &[&bytes]);
    bytes.extend_from_slice(&digest.0);
    bytes
}

/// A city in a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name in the agreement.
    pub name: String,
    /// Its division code in the agreement.
    pub division: DivisionCode,
    /// The fingerprint of its root key: what the city really is.
    pub fingerprint: Fingerprint,
    /// Whether the caller trusts that fingerprint.
    pub trusted: bool,
}

/// What a file proves, as far as the fingerprints are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceReport {
    /// The agreement's name.
    pub agreement: String,
    /// The case number.
    pub case_number: String,
    /// The document id of the case.
    pub document: DocumentId,
    /// The item's base code.
    pub item: String,
    /// Who handed the case over.
    pub pushed_by: Party,
    /// Who took it.
    pub acked_by: Party,
    /// When the sender claims it, Unix seconds.
    pub pushed_at: i64,
    /// When the receiver claims it, Unix seconds.
    pub acked_at: i64,
    /// The push.
    pub push: EntryId,
    /// The Ack.
    pub ack: EntryId,
    /// Every founder of the agreement.
    pub founders: Vec<Party>,
    /// Whether both parties are trusted. Otherwise nothing is proven: anyone can make keys that call
    /// themselves by these names.
    pub all_trusted: bool,
}

/// Why a file proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// It is not an evidence file of this version.
    #[error("this is not an evidence file")]
    Format,
    /// Its digest does not hold: it was changed or cut.
    #[error("the file was changed or is incomplete")]
    Digest,
    /// Its content is not well encoded.
    #[error("the content is not well encoded")]
    Encoding,
    /// A certificate does not hold.
    #[error("a certificate does not hold")]
    Certificate,
    /// A signature does not hold.
    #[error("a signature does not hold")]
    Signature,
    /// The agreement is not signed by every founder.
    #[error("the agreement is not signed by every founder")]
    Agreement,
    /// The entries do not belong together.
    #[error("the entries do not belong together")]
    Mismatch,
    /// Fingerprints were given, and a party's is not among them.
    #[error("a party's fingerprint is not among the trusted ones")]
    Untrusted,
}

/// Checks a file with nothing but the fingerprints that the caller trusts.
///
/// Without any trusted fingerprint the report says `all_trusted: false` and proves nothing yet; with
/// some, both parties must be among them.
///
/// # Errors
/// The file does not hold together, or a party is not trusted.
pub fn verify(bytes: &[u8], trusted: &[Fingerprint]) -> Result<EvidenceReport, EvidenceError> {
    let contents = read(bytes)?;
    let certs = certificates(&contents.certs)?;
    let (agreement, found) = check_agreement(&contents.agreement, &certs)?;
    let motions = motions_of(&contents.chain, &DocumentId::from(agreement), &certs)?;
    let (standing, _) = follow(&contents.chain, &motions, (&agreement, &found), &certs)?;
    let genesis = check_exhibit(&contents.genesis, &certs)?;
    let push = check_exhibit(&contents.push, &certs)?;
    let ack = check_exhibit(&contents.ack, &certs)?;
    let case::Act::Receive(receive) = act(&contents.genesis, &genesis)? else {
        return Err(EvidenceError::Mismatch);
    };
    let case::Act::Push(pushed) = act(&contents.push, &push)? else {
        return Err(EvidenceError::Mismatch);
    };
    let case::Act::Ack(acked) = act(&contents.ack, &ack)? else {
        return Err(EvidenceError::Mismatch);
    };
    let document = DocumentId::from(genesis.id);
    let belongs = genesis.header.is_genesis()
        && [&push, &ack]
            .iter()
            .all(|entry| entry.header.document == document)
        && [&genesis, &push, &ack]
            .iter()
            .all(|entry| DocumentId::from(entry.header.agreement) == DocumentId::from(agreement))
        && acked.push == push.id
        && acked.baton == pushed.baton
        && pushed.to == city_of(&standing, &ack.header.city);
    if !belongs {
        return Err(EvidenceError::Mismatch);
    }
    let party = |root: &CityId| party(&found, &motions, root, trusted);
    let (pushed_by, acked_by) = (party(&push.header.city)?, party(&ack.header.city)?);
    let all_trusted = pushed_by.trusted && acked_by.trusted;
    if !trusted.is_empty() && !all_trusted {
        return Err(EvidenceError::Untrusted);
    }
    let founders = found
        .founders
        .iter()
        .map(|founder| party(&founder.city))
        .collect::<Result<_, _>>()?;
    Ok(EvidenceReport {
        agreement: found.name.clone(),
        case_number: receive.number.to_string(),
        document,
        item: receive.item.clone(),
        pushed_by,
        acked_by,
        pushed_at: push.header.time,
        acked_at: ack.header.time,
        push: push.id,
        ack: ack.id,
        founders,
        all_trusted,
    })
}

fn read(bytes: &[u8]) -> Result<Contents, EvidenceError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(EvidenceError::Format);
    }
    let (signed, digest) = bytes
        .split_last_chunk::<32>()
        .ok_or(EvidenceError::Format)?;
    let body = signed.strip_prefix(MAGIC).ok_or(EvidenceError::Format)?;
    if Hash32::hash("tongban/evidence/v1", &[signed]).0 != *digest {
        return Err(EvidenceError::Digest);
    }
    let contents: Contents = decode_canonical(body).map_err(|_| EvidenceError::Encoding)?;
    let lists = contents.agreement.len().max(contents.certs.len());
    if lists > LIST_MAX || contents.chain.len() > CHAIN_MAX {
        return Err(EvidenceError::Encoding);
    }
    Ok(contents)
}

pub(crate) fn certificates(
    blobs: &[Blob],
) -> Result<BTreeMap<CertHash, DeviceCert>, EvidenceError> {
    let mut certs = BTreeMap::new();
    let mut last = None;
    for Blob(bytes) in blobs {
        let cert = SignedDeviceCert::from_slice(bytes)
            .map_err(|_| EvidenceError::Encoding)?
            .verify()
            .map_err(|_| EvidenceError::Certificate)?;
        let hash = cert.cert_hash();
        if last >= Some(hash) {
            return Err(EvidenceError::Encoding);
        }
        last = Some(hash);
        certs.insert(hash, cert.into_inner());
    }
    Ok(certs)
}

/// A header whose signature and public part hold.
pub(crate) struct Checked {
    pub id: EntryId,
    pub header: Header,
}

pub(crate) fn check_exhibit(
    exhibit: &Exhibit,
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<Checked, EvidenceError> {
    let header = read_header(&exhibit.header).map_err(|_| EvidenceError::Encoding)?;
    let cert = certs
        .get(&header.cert)
        .filter(|cert| cert.city == header.city)
        .ok_or(EvidenceError::Certificate)?;
    cert.device
        .verify(DOMAIN, &exhibit.header, &exhibit.signature)
        .map_err(|_| EvidenceError::Signature)?;
    if header.public_hash != public_hash(&exhibit.public)
        || header.public_len as usize != exhibit.public.len()
    {
        return Err(EvidenceError::Mismatch);
    }
    Ok(Checked {
        id: entry_id(&exhibit.header),
        header,
    })
}

fn act(exhibit: &Exhibit, checked: &Checked) -> Result<case::Act, EvidenceError> {
    if checked.header.kind != DocumentKind::Case as u8 {
        return Err(EvidenceError::Mismatch);
    }
    read_act(&exhibit.public, agreement::RULES_VERSION).map_err(|_| EvidenceError::Encoding)
}

/// The agreement's id and terms, if its genesis and every founder's signature are there.
pub(crate) fn check_agreement(
    exhibits: &[Exhibit],
    certs: &BTreeMap<CertHash, DeviceCert>,
) -> Result<(EntryId, Found), EvidenceError> {
    let (first, rest) = exhibits.split_first().ok_or(EvidenceError::Agreement)?;
    let genesis = check_exhibit(first, certs)?;
    let act =
        read_act(&first.public, agreement::RULES_VERSION).map_err(|_| EvidenceError::Encoding)?;
    let agreement::Act::Found(found) = act else {
        return Err(EvidenceError::Agreement);
    };
    found.check().map_err(|_| EvidenceError::Agreement)?;
    let sound = genesis.header.is_genesis() && genesis.header.kind == DocumentKind::Agreement as u8;
    let mut signed = BTreeSet::from([genesis.header.city]);
    for exhibit in rest {
        let entry = check_exhibit(exhibit, certs)?;
        let act: agreement::Act = read_act(&exhibit.public, agreement::RULES_VERSION)
            .map_err(|_| EvidenceError::Encoding)?;
        if entry.header.document != DocumentId::from(genesis.id) || act != agreement::Act::Ratify {
            return Err(EvidenceError::Mismatch);
        }
        signed.insert(entry.header.city);
    }
    let all = found
        .founders
        .iter()
        .all(|founder| signed.contains(&founder.city));
    if sound && all && signed.len() == found.founders.len() {
        Ok((genesis.id, found))
    } else {
        Err(EvidenceError::Agreement)
    }
}

/// The city for which a root key signs or signed: its id outlives its keys.
fn city_of(standing: &Standing<'_>, root: &CityId) -> CityId {
    let now = standing.speaks_for(root).map(|member| member.card.city);
    let gone = standing.gone.iter().find(|gone| gone.root == *root);
    now.or(gone.map(|gone| gone.city)).unwrap_or(*root)
}

/// The city that signs under a root key: a founder, or one that a resolution brought in.
fn party(
    found: &Found,
    motions: &[Motion],
    root: &CityId,
    trusted: &[Fingerprint],
) -> Result<Party, EvidenceError> {
    let brought = motions.iter().filter_map(|motion| match &motion.measure {
        Measure::Admit(card) => Some((card.city, card)),
        Measure::Replace(replace) => Some((replace.root, &replace.city)),
        _ => None,
    });
    let founders = found.founders.iter().map(|card| (card.city, card));
    let mut known = founders.chain(brought);
    let card = known.find(|(key, _)| key == root).map(|(_, card)| card);
    let card = card.ok_or(EvidenceError::Mismatch)?;
    let fingerprint = root.fingerprint();
    Ok(Party {
        name: card.name.clone(),
        division: card.division,
        trusted: trusted.contains(&fingerprint),
        fingerprint,
    })
}
