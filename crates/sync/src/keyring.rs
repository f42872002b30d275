//! A city's encryption keys: the one in use, and earlier ones for as long as something may need them.
//!
//! Only the first ever seals or is announced. An earlier one opens what was sealed or wrapped before the change.

use std::sync::Arc;

use tongban_identity::{ContentKey, EncryptionKey, WrappedKey};

/// The private halves of a city's encryption keys; never empty.
#[derive(Clone, Debug)]
pub struct Keyring {
    current: Arc<EncryptionKey>,
    earlier: Arc<[EncryptionKey]>,
}

/// Opens content keys as a city keeps them.
pub trait OpensKept {
    /// Opens what was sealed with the same `aad`, under whichever key.
    fn opened(&self, aad: &[u8], kept: &[u8]) -> Option<ContentKey>;
}

impl OpensKept for EncryptionKey {
    fn opened(&self, aad: &[u8], kept: &[u8]) -> Option<ContentKey> {
        self.open_kept(aad, kept).ok()
    }
}

impl OpensKept for Keyring {
    fn opened(&self, aad: &[u8], kept: &[u8]) -> Option<ContentKey> {
        self.keys().find_map(|key| key.opened(aad, kept))
    }
}

impl From<EncryptionKey> for Keyring {
    fn from(current: EncryptionKey) -> Self {
        Self::new(current, Vec::new())
    }
}

impl Keyring {
    /// Puts the key in use before earlier ones.
    pub fn new(current: EncryptionKey, earlier: Vec<EncryptionKey>) -> Self {
        Self {
            current: Arc::new(current),
            earlier: earlier.into(),
        }
    }

    /// The key in use.
    pub fn current(&self) -> &EncryptionKey {
        &self.current
    }

    /// How many earlier keys there are.
    pub fn earlier(&self) -> usize {
        self.earlier.len()
    }

    /// Forgets the earlier keys.
    pub fn forget_earlier(&mut self) {
        self.earlier = Vec::new().into();
    }

    /// Opens a wrap for any of the keys.
    pub fn open_wrap(&self, aad: &[u8], wrapped: &WrappedKey) -> Option<ContentKey> {
        self.keys().find_map(|key| key.open_wrap(aad, wrapped).ok())
    }

    /// Every key, the one in use first.
    fn keys(&self) -> impl Iterator<Item = &EncryptionKey> {
        std::iter::once(&*self.current).chain(self.earlier.iter())
    }
}
