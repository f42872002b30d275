//! Work on the curve that the driver does on every core: checking signatures, opening key wraps.
//!
//! A job carries all it needs and has no effect; the engine acts on its outcome.

use tongban_identity::{ContentKey, ContentKeyId, PublicKey, Signature, WrappedKey};
use tongban_ledger::DocumentId;
use tongban_ledger::planted::{Bug, planted};

use crate::entry::DOMAIN;
use crate::keyring::Keyring;
use crate::seal;

/// A piece of work.
#[derive(Clone, Debug)]
pub enum Job {
    /// Checks the signature over an entry's header, with `verify_strict`.
    Verify {
        /// The signer.
        key: PublicKey,
        /// The header.
        message: Vec<u8>,
        /// The signature.
        signature: Signature,
    },
    /// Opens a content key that was wrapped for this city.
    Unwrap {
        /// This city's encryption keys.
        own: Keyring,
        /// The document in which the key is used.
        document: DocumentId,
        /// The key that it should be.
        key: ContentKeyId,
        /// The wrap.
        wrapped: WrappedKey,
    },
}

/// What a job came to.
#[derive(Clone, Debug, Default)]
pub enum Outcome {
    /// The signature does not hold, or the wrap does not hold the key that it names.
    #[default]
    Failed,
    /// The signature holds.
    Sound,
    /// The content key.
    Key(ContentKey),
}

impl Outcome {
    /// Says whether a signature holds.
    pub fn is_sound(&self) -> bool {
        matches!(self, Outcome::Sound)
    }
}

impl Job {
    /// Does it.
    pub fn run(&self) -> Outcome {
        match self {
            Job::Verify {
                key,
                message,
                signature,
            } => match key.verify(DOMAIN, message, signature) {
                Ok(()) => Outcome::Sound,
                Err(_) if planted(Bug::SkipVerify) => Outcome::Sound,
                Err(_) => Outcome::Failed,
            },
            Job::Unwrap {
                own,
                document,
                key,
                wrapped,
            } => match own.open_wrap(&seal::wrap_aad(document), wrapped) {
                Some(content) if content.id() == *key => Outcome::Key(content),
                _ => Outcome::Failed,
            },
        }
    }
}
