//! Sealed parts: personal data, free text and file changes, under a content key per document.
//!
//! The ciphertext is bound to the slot in which the entry stands (agreement, city, device, boot,
//! sequence), so it cannot be moved into another entry. Content keys lie in the store only wrapped
//! to this city's own encryption key.

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    ContentKey, ContentKeyId, EncryptionKey, OpenError, WrappedKey, decode_canonical,
    encode_canonical, wrap,
};
use tongban_ledger::DocumentId;
use zeroize::Zeroize;

use crate::db::{Db, damaged};
use crate::entry::Header;
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

/// Decrypts a sealed part with a key of the store.
pub fn unseal(
    db: &Db<'_>,
    own: &EncryptionKey,
    header: &Header,
    sealed: &[u8],
) -> Result<Private, UnsealError> {
    let part: SealedPart = decode_canonical(sealed).map_err(|_| UnsealError::Encoding)?;
    let key = load_key(db, own, &part.key)?.ok_or(UnsealError::NoKey)?;
    let plain = key.open(&aad(header), &part.ciphertext)?;
    decode_canonical(&plain).map_err(|_| UnsealError::Encoding)
}

/// What a wrap is bound to.
pub fn wrap_aad(document: &DocumentId) -> Vec<u8> {
    [b"tongban/wrap/v1".as_slice(), document.as_bytes()].concat()
}

const OWN_AAD: &[u8] = b"tongban/own-key/v1";

/// Keeps a content key, wrapped to this city's own encryption key.
pub fn store_key(db: &mut Db<'_>, own: &EncryptionKey, seed: [u8; 32], key: &ContentKey) {
    // Our own public key is sound, so the wrap cannot fail.
    if let Ok(wrapped) = wrap(&own.public(), seed, OWN_AAD, key) {
        db.put(
            Family::Sealed,
            keys::content_key(&key.id()),
            wrapped.0.to_vec(),
        );
    }
}

/// Loads a content key.
pub fn load_key(
    db: &Db<'_>,
    own: &EncryptionKey,
    id: &ContentKeyId,
) -> Result<Option<ContentKey>, ReadError> {
    let place = keys::content_key(id);
    let Some(bytes) = db.get(Family::Sealed, &place)? else {
        return Ok(None);
    };
    let wrapped = bytes
        .try_into()
        .map(WrappedKey)
        .map_err(|_| damaged(Family::Sealed, &place))?;
    match own.open_wrap(OWN_AAD, &wrapped) {
        Ok(key) if key.id() == *id => Ok(Some(key)),
        _ => Err(damaged(Family::Sealed, &place)),
    }
}
