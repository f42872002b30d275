//! The entry: the unit of signing, storage and replication.
//!
//! A header in canonical CBOR, a signature over the header, and a payload in two parts whose hashes
//! the header carries. The byte layout is given in `docs/protocol.md`. What an entry *means* is
//! decided by the fold, not here.

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    CertHash, CityId, DecodeError, DeviceCert, DeviceKey, Hash32, PublicKey, Signature, Suite,
    decode_canonical, encode_canonical,
};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, ViewId};

/// The format version of a header.
pub const VERSION: u8 = 1;
/// The domain of an entry's signature.
pub const DOMAIN: &[u8] = b"tongban/entry/v1";
/// The most parents of an entry.
pub const PARENTS_MAX: usize = 512;
/// The longest public part, in bytes; a founding act of many cities is the longest.
pub const PUBLIC_BYTES_MAX: usize = 160 * 1024;
/// The longest sealed part, in bytes.
pub const SEALED_BYTES_MAX: usize = 60 * 1024;
/// The longest encoded header, in bytes.
pub const HEADER_BYTES_MAX: usize = 20 * 1024;

/// A random number drawn at each start of a node (16 bytes).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct BootNonce(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl std::fmt::Debug for BootNonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BootNonce({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// What an entry's signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// The signature suite.
    #[n(1)]
    pub suite: u8,
    /// The agreement; zero in an agreement's own genesis.
    #[n(2)]
    pub agreement: AgreementId,
    /// The document; zero in a genesis.
    #[n(3)]
    pub document: DocumentId,
    /// The signing city.
    #[n(4)]
    pub city: CityId,
    /// Hash of the device certificate.
    #[n(5)]
    pub cert: CertHash,
    /// The device's boot nonce.
    #[n(6)]
    pub boot: BootNonce,
    /// Counts the device's entries in this document under this nonce, from 0.
    #[n(7)]
    pub seq: u64,
    /// The device's previous entry there; none where `seq` is 0.
    #[n(8)]
    pub prev: Option<EntryId>,
    /// The document's heads that the author saw, ascending; `prev` counts as one more.
    #[n(9)]
    pub parents: Vec<EntryId>,
    /// One more than the greatest depth of a parent; 0 in a genesis.
    #[n(10)]
    pub depth: u32,
    /// The claimed time, Unix seconds; information only.
    #[n(11)]
    pub time: i64,
    /// The view of the agreement that the author knew; zero in an agreement document.
    #[n(12)]
    pub view: ViewId,
    /// The document kind.
    #[n(13)]
    pub kind: u8,
    /// Sixteen random bytes in a genesis, none elsewhere.
    #[cbor(n(14), with = "minicbor::bytes")]
    pub nonce: Vec<u8>,
    /// The public part's length in bytes.
    #[n(15)]
    pub public_len: u32,
    /// The public part's hash.
    #[n(16)]
    pub public_hash: Hash32,
    /// The sealed part's length in bytes; 0 where there is none.
    #[n(17)]
    pub sealed_len: u32,
    /// The sealed part's hash.
    #[n(18)]
    pub sealed_hash: Hash32,
}

impl Header {
    /// Says whether the entry opens a document.
    pub fn is_genesis(&self) -> bool {
        self.document == DocumentId::ZERO
    }

    /// The slot in which the device counts.
    pub fn slot(&self) -> Slot {
        Slot {
            cert: self.cert,
            boot: self.boot,
        }
    }
}

/// A device under one boot nonce: where sequence numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Slot {
    /// The device certificate.
    #[n(0)]
    pub cert: CertHash,
    /// The boot nonce.
    #[n(1)]
    pub boot: BootNonce,
}

/// An entry whose hashes hold; its signature is checked by the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The hash of the header.
    pub id: EntryId,
    /// The document: the header's, or the entry itself if it is a genesis.
    pub document: DocumentId,
    /// The agreement: the header's, or the document if it is an agreement's genesis.
    pub agreement: AgreementId,
    /// The decoded header.
    pub header: Header,
    /// The header as signed.
    pub header_bytes: Vec<u8>,
    /// The signature over the header.
    pub signature: Signature,
    /// The act.
    pub public: Vec<u8>,
    /// Ciphertext, empty where there is none.
    pub sealed: Vec<u8>,
}

/// Why bytes are not an entry that any node would take.
#[derive(Debug, Error)]
pub enum EntryError {
    /// The encoding is not canonical or not an entry.
    #[error("the entry is not well encoded: {0}")]
    Encoding(#[from] DecodeError),
    /// Some part is longer than allowed.
    #[error("the entry's {0} is too long")]
    TooLong(&'static str),
    /// A part does not match the header.
    #[error("the {0} part does not match the header")]
    Hash(&'static str),
    /// The header contradicts itself.
    #[error("the header contradicts itself: {0}")]
    Shape(&'static str),
    /// A version or suite that this software does not know.
    #[error("unknown format version or signature suite")]
    Unknown,
    /// The certificate is not of the city that the header names.
    #[error("the certificate belongs to another city")]
    Certificate,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[cbor(n(0), with = "minicbor::bytes")]
    header: Vec<u8>,
    #[n(1)]
    signature: Signature,
    #[cbor(n(2), with = "minicbor::bytes")]
    public: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// The hash of a header.
pub fn entry_id(header_bytes: &[u8]) -> EntryId {
    EntryId(Hash32::hash("tongban/entry-id/v1", &[header_bytes]))
}

/// The hash of a public part.
pub fn public_hash(bytes: &[u8]) -> Hash32 {
    Hash32::hash("tongban/public-part/v1", &[bytes])
}

/// The hash of a sealed part's ciphertext.
pub fn sealed_hash(bytes: &[u8]) -> Hash32 {
    Hash32::hash("tongban/sealed-part/v1", &[bytes])
}

impl Entry {
    /// Signs a header whose lengths and hashes are filled in from the parts.
    pub fn sign(mut header: Header, public: Vec<u8>, sealed: Vec<u8>, key: &DeviceKey) -> Self {
        header.public_len = u32::try_from(public.len()).unwrap_or(u32::MAX);
        header.public_hash = public_hash(&public);
        header.sealed_len = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        header.sealed_hash = sealed_hash(&sealed);
        let header_bytes = encode_canonical(&header);
        let signature = key.sign(DOMAIN, &header_bytes);
        Self::assemble(header, header_bytes, signature, public, sealed)
    }

    /// Reads the wire form and checks everything that needs neither a key nor other entries.
    pub fn from_wire(bytes: &[u8]) -> Result<Self, EntryError> {
        let limit = HEADER_BYTES_MAX + PUBLIC_BYTES_MAX + SEALED_BYTES_MAX + 128;
        if bytes.len() > limit {
            return Err(EntryError::TooLong("encoding"));
        }
        let wire: Wire = decode_canonical(bytes)?;
        Self::from_parts(wire.header, wire.signature, wire.public, wire.sealed)
    }

    /// The wire form: a CBOR array of header, signature, public part, sealed part.
    pub fn to_wire(&self) -> Vec<u8> {
        encode_canonical(&Wire {
            header: self.header_bytes.clone(),
            signature: self.signature,
            public: self.public.clone(),
            sealed: self.sealed.clone(),
        })
    }

    /// Checks parts against the header; `sealed` may be left empty only where the header says so.
    pub fn from_parts(
        header_bytes: Vec<u8>,
        signature: Signature,
        public: Vec<u8>,
        sealed: Vec<u8>,
    ) -> Result<Self, EntryError> {
        let header = read_header(&header_bytes)?;
        if public.len() > PUBLIC_BYTES_MAX {
            return Err(EntryError::TooLong("public part"));
        }
        if sealed.len() > SEALED_BYTES_MAX {
            return Err(EntryError::TooLong("sealed part"));
        }
        if header.public_len as usize != public.len() || header.public_hash != public_hash(&public)
        {
            return Err(EntryError::Hash("public"));
        }
        if header.sealed_len as usize != sealed.len() || header.sealed_hash != sealed_hash(&sealed)
        {
            return Err(EntryError::Hash("sealed"));
        }
        Ok(Self::assemble(
            header,
            header_bytes,
            signature,
            public,
            sealed,
        ))
    }

    fn assemble(
        header: Header,
        header_bytes: Vec<u8>,
        signature: Signature,
        public: Vec<u8>,
        sealed: Vec<u8>,
    ) -> Self {
        let id = entry_id(&header_bytes);
        let document = if header.is_genesis() {
            id.into()
        } else {
            header.document
        };
        let agreement = if header.agreement == AgreementId::ZERO {
            document.into()
        } else {
            header.agreement
        };
        Self {
            id,
            document,
            agreement,
            header,
            header_bytes,
            signature,
            public,
            sealed,
        }
    }

    /// The key that must have signed, if the certificate is the one that the header names.
    pub fn signer(&self, cert: &DeviceCert) -> Result<PublicKey, EntryError> {
        if cert.city == self.header.city {
            Ok(cert.device)
        } else {
            Err(EntryError::Certificate)
        }
    }

    /// Checks the signature (`verify_strict`).
    pub fn verify(&self, key: &PublicKey) -> bool {
        key.verify(DOMAIN, &self.header_bytes, &self.signature)
            .is_ok()
    }

    /// Every entry that must be known first: `prev` and the parents.
    pub fn parents(&self) -> impl Iterator<Item = EntryId> {
        self.header.parents.iter().copied().chain(self.header.prev)
    }

    /// How many bytes the entry takes on the wire, about.
    pub fn byte_len(&self) -> usize {
        self.header_bytes.len() + self.public.len() + self.sealed.len() + 80
    }
}

/// Reads a header and checks what it says about itself.
pub fn read_header(bytes: &[u8]) -> Result<Header, EntryError> {
    if bytes.len() > HEADER_BYTES_MAX {
        return Err(EntryError::TooLong("header"));
    }
    let header: Header = decode_canonical(bytes)?;
    if header.version != VERSION || Suite::try_from(header.suite).is_err() {
        return Err(EntryError::Unknown);
    }
    if (header.seq == 0) != header.prev.is_none() {
        return Err(EntryError::Shape("sequence and previous entry"));
    }
    if header.parents.len() > PARENTS_MAX {
        return Err(EntryError::TooLong("list of parents"));
    }
    if !header.parents.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(EntryError::Shape("parents are not ascending"));
    }
    let agreement_kind = header.kind == DocumentKind::Agreement as u8;
    if agreement_kind != (header.view == ViewId::ZERO) {
        return Err(EntryError::Shape("view"));
    }
    if header.is_genesis() {
        let sound = header.seq == 0
            && header.parents.is_empty()
            && header.depth == 0
            && header.nonce.len() == 16
            && agreement_kind == (header.agreement == AgreementId::ZERO);
        return if sound {
            Ok(header)
        } else {
            Err(EntryError::Shape("genesis"))
        };
    }
    if header.parents.is_empty() && header.prev.is_none() {
        return Err(EntryError::Shape("no parents"));
    }
    if header.depth == 0 || !header.nonce.is_empty() || header.agreement == AgreementId::ZERO {
        return Err(EntryError::Shape("an entry that is no genesis"));
    }
    if agreement_kind && header.document != DocumentId::from(header.agreement) {
        return Err(EntryError::Shape("agreement entry in another document"));
    }
    Ok(header)
}
