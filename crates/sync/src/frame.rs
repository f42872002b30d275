//! What two nodes say to each other: a few frames in canonical CBOR, each at most 256 KiB.
//!
//! A frame carries entries together with what is needed to check them (certificates, views) and to
//! read them (key wraps). The layout is given in `docs/protocol.md`. Frames are transport-free: a
//! file bundle holds the same bytes as a link.

use minicbor::{Decode, Encode};
use tongban_identity::{
    CertHash, CityId, ContentKeyId, DecodeError, Hash32, Signable, Signed, WrappedKey,
    decode_canonical, encode_canonical,
};
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, EntryId, ViewId};

use crate::entry::BootNonce;

/// The longest frame, in bytes.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
/// How many bytes of entries a frame is filled with before the next is begun.
pub const FILL_BYTES: usize = 150 * 1024;
/// The protocol version.
pub const PROTOCOL: u16 = 1;
/// The most things one `Want` asks for.
pub const WANT_MAX: usize = 512;

/// A message between two nodes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Frame {
    /// The first frame of a link, both ways: who is speaking.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// A stretch of the sender's feed for this receiver.
    #[n(1)]
    Feed(#[n(0)] Feed),
    /// The receiver's signed word on how far a feed is stored.
    #[n(2)]
    Cursor(#[n(0)] Signed<Cursor>),
    /// What a node lacks.
    #[n(3)]
    Want(#[n(0)] Want),
    /// What was asked for.
    #[n(4)]
    Give(#[n(0)] Give),
    /// Another process speaks with the receiver's device key, under this boot nonce.
    #[n(9)]
    Elsewhere(#[n(0)] BootNonce),
    /// Compares what both cities hold: a message of the one that asks.
    #[n(10)]
    Audit(#[n(0)] Audit),
    /// The answer to such a message.
    #[n(11)]
    Audited(#[n(0)] Audited),
    /// A comparison is over.
    #[n(12)]
    AuditEnd(#[n(0)] AuditEnd),
}

/// A message of set reconciliation over the entries that both cities should hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Audit {
    /// Names the comparison among those of the asker.
    #[n(0)]
    pub run: u64,
    /// The message, at most 4 KiB shorter than a frame may be.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub message: Vec<u8>,
}

/// The answer to an [`Audit`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Audited {
    /// The comparison.
    #[n(0)]
    pub run: u64,
    /// The message.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub message: Vec<u8>,
    /// How many entries the answering city holds that both should hold.
    #[n(2)]
    pub count: u64,
    /// The hash over their ids in order.
    #[n(3)]
    pub fingerprint: Hash32,
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AuditEnd {
    /// The comparison.
    #[n(0)]
    pub run: u64,
    /// How many entries the receiver of this frame lacks.
    #[n(1)]
    pub lacking: u64,
}

/// The first frame of a link.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    /// [`PROTOCOL`].
    #[n(0)]
    pub protocol: u16,
    /// The signed device certificate; its device key is the link's own.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub cert: Vec<u8>,
    /// The sender's boot nonce: names its feed.
    #[n(2)]
    pub boot: BootNonce,
}

/// A stretch of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Feed {
    /// The sender's boot nonce.
    #[n(0)]
    pub boot: BootNonce,
    /// The index of the first item.
    #[n(1)]
    pub start: u64,
    /// The chain's value before the first item.
    #[n(2)]
    pub chain: Hash32,
    /// What the items rest on.
    #[n(3)]
    pub support: Support,
    /// The items, in order.
    #[n(4)]
    pub items: Vec<Item>,
}

/// Certificates, views and key wraps that travel beside entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Support {
    /// Signed device certificates.
    #[n(0)]
    pub certs: Vec<Blob>,
    /// Views by their heads.
    #[n(1)]
    pub views: Vec<Vec<EntryId>>,
    /// Content keys wrapped to the receiver.
    #[n(2)]
    pub wraps: Vec<Wrap>,
}

impl Support {
    /// Says whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.certs.is_empty() && self.views.is_empty() && self.wraps.is_empty()
    }
}

/// Bytes that keep their own encoding.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Blob(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// A content key for one city; proves itself, since a key's id is its hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Wrap {
    /// The document in which the key is used; bound into the wrap.
    #[n(0)]
    pub document: DocumentId,
    /// The key.
    #[n(1)]
    pub key: ContentKeyId,
    /// The wrapped key.
    #[n(2)]
    pub wrapped: WrappedKey,
}

/// An item of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Item {
    /// An entry of the sender's own, whole.
    #[n(0)]
    Entry(#[n(0)] Blob),
    /// An entry of another city, by id: the receiver asks if it lacks it.
    #[n(1)]
    Announce(#[n(0)] EntryId),
    /// In the place of an entry that the receiver may no longer see: its tag, which says nothing
    /// about it but joins the chain.
    #[n(2)]
    Withdrawn(#[n(0)] Hash32),
}

/// How far a feed is stored at its receiver.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    /// The feed's sender.
    #[n(0)]
    pub sender: CityId,
    /// The feed's receiver, which signs.
    #[n(1)]
    pub receiver: CityId,
    /// The sender's boot nonce.
    #[n(2)]
    pub boot: BootNonce,
    /// How many items are stored with their sealed parts, or refused for good.
    #[n(3)]
    pub index: u64,
    /// The chain's value there.
    #[n(4)]
    pub chain: Hash32,
    /// Items that the gate refused: the last of them in the first cursor of a link, else those
    /// since the last cursor.
    #[n(5)]
    pub refused: Vec<RefusedItem>,
}

impl Signable for Cursor {
    const DOMAIN: &'static str = "tongban/cursor/v1";

    fn encode(&self) -> Vec<u8> {
        encode_canonical(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

/// An item that the receiver's gate refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RefusedItem {
    /// The item's index in the feed.
    #[n(0)]
    pub index: u64,
    /// Why.
    #[n(1)]
    pub code: Code,
}

/// What a node lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Want {
    /// Entries.
    #[n(0)]
    pub entries: Vec<EntryId>,
    /// Views.
    #[n(1)]
    pub views: Vec<ViewId>,
    /// Device certificates.
    #[n(2)]
    pub certs: Vec<CertHash>,
    /// Content keys, by document.
    #[n(3)]
    pub keys: Vec<(DocumentId, ContentKeyId)>,
}

impl Want {
    /// Says whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.views.is_empty()
            && self.certs.is_empty()
            && self.keys.is_empty()
    }

    /// How many things it asks for.
    pub fn count(&self) -> usize {
        self.entries.len() + self.views.len() + self.certs.len() + self.keys.len()
    }
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Give {
    /// What the entries rest on.
    #[n(0)]
    pub support: Support,
    /// Entries in wire form.
    #[n(1)]
    pub entries: Vec<Blob>,
    /// What the giver does not have, or the asker may not see. What is named nowhere did not fit
    /// and may be asked for again.
    #[n(2)]
    pub absent: Want,
}

impl Frame {
    /// Encodes the frame.
    pub fn to_vec(&self) -> Vec<u8> {
        encode_canonical(self)
    }

    /// Decodes a frame; anything but the canonical encoding is refused.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

/// The value of a feed's chain before its first item.
pub fn chain_start(sender: &CityId, receiver: &CityId, boot: &BootNonce) -> Hash32 {
    Hash32::hash("tongban/feed/v1", &[&sender.0, &receiver.0, &boot.0])
}

/// What stands for an entry in a feed's chain.
pub fn item_tag(entry: &EntryId) -> Hash32 {
    Hash32::hash("tongban/feed-tag/v1", &[entry.as_bytes()])
}

/// The value of a feed's chain after one more item.
pub fn chain_next(chain: &Hash32, tag: &Hash32) -> Hash32 {
    Hash32::hash("tongban/feed-item/v1", &[&chain.0, &tag.0])
}
