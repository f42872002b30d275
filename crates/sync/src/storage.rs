//! What the engine asks of a store: families of keys, reads, and batches of writes.
//!
//! The engine performs no I/O. It reads through [`Reader`] and returns a [`Batch`] that the driver
//! commits, synced, before anything that depends on it is sent. Backends live in `tongban-store`.

use thiserror::Error;

/// A column family: the kinds of records a node keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Headers, signatures and public parts, by document and entry id.
    Entries,
    /// Sealed parts (ciphertext), content keys and key wraps.
    Sealed,
    /// Heads, statuses and cached state of each document.
    Documents,
    /// Outgoing feeds and the cursors of both directions.
    Feeds,
    /// Entry id → document, for every entry stored.
    Inventory,
    /// State, item, deadline, tracking number, blind index of identity numbers.
    Indexes,
    /// Certificates and views that entries cite.
    Evidence,
    /// Idempotency keys with the outcome of their command.
    Idempotency,
    /// Schema version, own identity, counters.
    Meta,
}

impl Family {
    /// Every family, in the order in which a store creates them.
    pub const ALL: [Family; 9] = [
        Family::Entries,
        Family::Sealed,
        Family::Documents,
        Family::Feeds,
        Family::Inventory,
        Family::Indexes,
        Family::Evidence,
        Family::Idempotency,
        Family::Meta,
    ];

    /// The family's stable name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Entries => "entries",
            Family::Sealed => "sealed",
            Family::Documents => "documents",
            Family::Feeds => "feeds",
            Family::Inventory => "inventory",
            Family::Indexes => "indexes",
            Family::Evidence => "evidence",
            Family::Idempotency => "idempotency",
            Family::Meta => "meta",
        }
    }
}

/// One write: a value to put, or `None` to delete the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where the key lives.
    pub family: Family,
    /// The key; built only by `keys`.
    pub key: Vec<u8>,
    /// The new value, or `None` for a deletion.
    pub value: Option<Vec<u8>>,
}

/// Writes that take effect together or not at all, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The writes; a later one to the same key wins.
    pub writes: Vec<Write>,
}

impl Batch {
    /// Says whether the batch writes nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Returns the number of key and value bytes, for the check of the disk reserve.
    pub fn byte_len(&self) -> usize {
        self.writes
            .iter()
            .map(|write| write.key.len() + write.value.as_ref().map_or(0, Vec::len))
            .sum()
    }
}

/// Why a read failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// A stored record does not match its checksum: reported, never served.
    #[error("a record in `{family}` is damaged (key {key})")]
    Damaged {
        /// The family that holds the record.
        family: &'static str,
        /// The key in lower-case hex.
        key: String,
    },
    /// The backend could not read.
    #[error("the store cannot be read: {0}")]
    Backend(std::sync::Arc<str>),
}

/// A key with its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);
/// What is done with a record, key and value; says whether the next one is wanted.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> bool + 'v;

/// How many records [`Reader::visit`] takes at once where a backend does not hand them over in place.
pub(crate) const VISIT_STEP: usize = 128;

/// Reads of committed records.
pub trait Reader {
    /// Returns the value of a key.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError>;

    /// Returns up to `limit` records whose keys start with `prefix` and are at or after `from`,
    /// in ascending order of keys. `from` may be empty: then the scan begins at the prefix.
    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError>;

    /// Hands over every record whose key starts with `prefix`, in ascending order of keys, until one is not wanted.
    ///
    /// For long reads: a backend that can hands records over where they lie, and none holds more than a few.
    fn visit(&self, family: Family, prefix: &[u8], each: &mut Visit<'_>) -> Result<(), ReadError> {
        visit_by_scans(each, |from| self.scan(family, prefix, from, VISIT_STEP))
    }
}

/// Hands over what scans of [`VISIT_STEP`] records find, each from a key on.
pub(crate) fn visit_by_scans(
    each: &mut Visit<'_>,
    scan: impl Fn(&[u8]) -> Result<Vec<KeyValue>, ReadError>,
) -> Result<(), ReadError> {
    let mut from = Vec::new();
    loop {
        let found = scan(&from)?;
        if !found.iter().all(|(key, value)| each(key, value)) {
            return Ok(());
        }
        match found.last() {
            Some((key, _)) if found.len() == VISIT_STEP => from = after(key),
            _ => return Ok(()),
        }
    }
}

/// The least key after one.
pub(crate) fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}
