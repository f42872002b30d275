//! Sealed parts: personal data, free text and file changes, under a content key per document.
//!
//! The ciphertext is bound to the slot in which the entry stands (agreement, city, device, boot,
//! sequence), so it cannot be moved into another entry. Content keys lie in the store only sealed
//! under this city's own encryption key, each under the document in which it is used.

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    ContentKey, ContentKeyId, Hash32, OpenError, decode_canonical, encode_canonical,
};
use tongban_ledger::DocumentId;
use zeroize::Zeroize;

use crate::db::{Db, damaged};
use crate::entry::{Entry, Header};
use crate::keyring::{Keyring, OpensKept};
use crate::keys;
use crate::storage::{Family, ReadError};

/// The plaintext of a sealed part.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Private {
    /// Who applies, in a case's genesis.
    #[n(0)]
    pub applicant: Option<Person>,
    /// Words of an act: reasons, remedies, findings.
    #[n(1)]
    pub text: Option<String>,
    /// A change of the case file.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub change: Option<Vec<u8>>,
    /// What identifies an issued certificate.
    #[n(3)]
    pub cert: Option<Certificate>,
    /// What is kept of an applicant's query code, in a case's genesis.
    #[n(4)]
    pub query: Option<QueryHash>,
    /// Where the recording of a video consult lies.
    #[n(5)]
    pub recording: Option<String>,
}

/// A query code, salted and hashed: the code itself stands on the slip alone.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct QueryHash {
    /// The salt.
    #[n(0)]
    pub salt: Hash32,
    /// The hash.
    #[n(1)]
    pub hash: Hash32,
}

/// The reference of a certificate: never a copy of it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Certificate {
    /// Its number.
    #[n(0)]
    pub number: String,
    /// Who issued it.
    #[n(1)]
    pub issuer: String,
    /// SHA-256 of its file, lower-case hex; empty for paper.
    #[n(2)]
    pub sha256: String,
    /// The name of the official seal on it (GB/T 39046 table 13).
    #[n(3)]
    pub seal: String,
}

/// A person's data.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Person {
    /// The name.
    #[n(0)]
    pub name: String,
    /// The identity number.
    #[n(1)]
    pub id_number: String,
    /// A telephone number.
    #[n(2)]
    pub phone: String,
    /// An address.
    #[n(3)]
    pub address: String,
}

impl Drop for Person {
    fn drop(&mut self) {
        self.name.zeroize();
        self.id_number.zeroize();
        self.phone.zeroize();
        self.address.zeroize();
    }
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Private(..)")
    }
}

/// A sealed part on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SealedPart {
    /// The content key.
    #[n(0)]
    pub key: ContentKeyId,
    /// The ciphertext (`ContentKey::seal`).
    #[cbor(n(1), with = "minicbor::bytes")]
    pub ciphertext: Vec<u8>,
}

/// Why a sealed part cannot be read.
#[derive(Debug, Error)]
pub enum UnsealError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The part is not well encoded.
    #[error("the sealed part is not well encoded")]
    Encoding,
    /// This node does not hold the content key (yet).
    #[error("this node does not hold the content key")]
    NoKey,
    /// The ciphertext was not made with this key for this entry.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// What a sealed part is bound to.
fn aad(header: &Header) -> Vec<u8> {
    encode_canonical(&(
        "tongban/sealed/v1",
        &header.agreement,
        &header.city,
        &header.slot(),
        header.seq,
    ))
}

/// Encrypts the private part of an entry whose header is complete but for the parts.
pub fn seal(key: &ContentKey, nonce: [u8; 24], header: &Header, private: &Private) -> Vec<u8> {
    let mut plain = encode_canonical(private);
    let part = SealedPart {
        key: key.id(),
        ciphertext: key.seal(nonce, &aad(header), &plain),
    };
    plain.zeroize();
    encode_canonical(&part)
}

/// The content key that a sealed part needs.
pub fn key_of(sealed: &[u8]) -> Option<ContentKeyId> {
    decode_canonical::<SealedPart>(sealed)
        .ok()
        .map(|part| part.key)
}

/// Decrypts an entry's sealed part with a key of the store.
pub fn unseal(db: &Db<'_>, own: &Keyring, entry: &Entry) -> Result<Private, UnsealError> {
    let part: SealedPart = decode_canonical(&entry.sealed).map_err(|_| UnsealError::Encoding)?;
    let key = load_key(db, own, &entry.document, &part.key)?.ok_or(UnsealError::NoKey)?;
    let plain = key.open(&aad(&entry.header), &part.ciphertext)?;
    decode_canonical(&plain).map_err(|_| UnsealError::Encoding)
}

/// What a wrap is bound to.
pub fn wrap_aad(document: &DocumentId) -> Vec<u8> {
    [b"tongban/wrap/v1".as_slice(), document.as_bytes()].concat()
}

/// What a content key is bound to where it is kept.
pub fn keeping_aad(document: &DocumentId) -> Vec<u8> {
    [b"tongban/own-key/v1".as_slice(), document.as_bytes()].concat()
}

/// Keeps a content key of a document, sealed under this city's own encryption key.
pub fn store_key(
    db: &mut Db<'_>,
    own: &Keyring,
    nonce: [u8; 24],
    document: &DocumentId,
    key: &ContentKey,
) {
    let kept = own.current().keep(nonce, &keeping_aad(document), key);
    db.put(Family::Sealed, keys::content_key(document, &key.id()), kept);
}

/// Loads a content key of a document.
pub fn load_key(
    db: &Db<'_>,
    own: &impl OpensKept,
    document: &DocumentId,
    id: &ContentKeyId,
) -> Result<Option<ContentKey>, ReadError> {
    let place = keys::content_key(document, id);
    let Some(bytes) = db.get(Family::Sealed, &place)? else {
        return Ok(None);
    };
    match own.opened(&keeping_aad(document), &bytes) {
        Some(key) if key.id() == *id => Ok(Some(key)),
        _ => Err(damaged(Family::Sealed, &place)),
    }
}
