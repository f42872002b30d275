//! Ids of entries, documents, agreements and views: 32-byte hashes that cannot be mixed up.
//!
//! This file does not say how the hashes are made: `tongban-sync` hashes headers, the agreement
//! module hashes views.

use tongban_identity::Hash32;

macro_rules! hash_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub Hash32);

        impl $name {
            /// The id of nothing: 32 zero bytes.
            pub const ZERO: Self = Self(Hash32([0; 32]));

            /// Returns the 32 bytes of the hash.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0.0
            }

            /// Builds an id from 32 bytes; `None` for any other length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(Self(Hash32(bytes.try_into().ok()?)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let hex = self.0.to_string();
                write!(f, "{}({})", stringify!($name), &hex[..8])
            }
        }

        impl std::str::FromStr for $name {
            type Err = <Hash32 as std::str::FromStr>::Err;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

hash_id! {
    /// The hash of an entry's header: what every reference to an act means.
    EntryId
}
hash_id! {
    /// The hash of a document's genesis header.
    DocumentId
}
hash_id! {
    /// The document id of a co-operation agreement (合作协议).
    AgreementId
}
hash_id! {
    /// The hash of a motion; votes name it.
    MotionId
}
hash_id! {
    /// A decided motion on the certificate before it. It names the two and no signature, so that any of the majorities
    /// that signed gives the same one.
    CertificateId
}
hash_id! {
    /// The hash of the sorted agreement heads that an entry's author knew.
    ViewId
}

impl From<EntryId> for DocumentId {
    fn from(id: EntryId) -> Self {
        Self(id.0)
    }
}

impl From<DocumentId> for AgreementId {
    fn from(id: DocumentId) -> Self {
        Self(id.0)
    }
}

impl From<AgreementId> for DocumentId {
    fn from(id: AgreementId) -> Self {
        Self(id.0)
    }
}
