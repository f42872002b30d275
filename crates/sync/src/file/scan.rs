//! The scanner: reads a change's bytes within fixed bounds before Automerge sees them.
//!
//! It decides whether the bytes are one uncompressed change of a bounded size whose columns expand to
//! a bounded number of operations. It does not decide whether the operations fit the file: that is
//! `schema.rs`. Its time is linear in the length of the bytes, and it keeps no expanded data.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::columns;
use super::leb::{ReadError, Reader};
use super::limits::{CHANGE_BYTES_MAX, COUNTER_MAX, DEPS_MAX, OTHER_ACTORS_MAX};

/// First bytes of every Automerge chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Chunk type of an uncompressed change.
const CHANGE: u8 = 1;

/// Why bytes are not a change that may be shown to Automerge.
///
/// The reason depends on the bytes alone, so every node gives the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScanRefusal {
    /// The chunk is longer than [`super::CHANGE_BYTES_MAX`].
    #[error("the change is longer than {CHANGE_BYTES_MAX} bytes")]
    TooLong,
    /// The bytes do not start as an Automerge chunk does.
    #[error("the bytes are not an Automerge chunk")]
    Magic,
    /// The chunk is a document, a compressed change, a bundle or unknown.
    #[error("chunk type {0} is not an uncompressed change")]
    ChunkType(u8),
    /// Bytes follow the chunk.
    #[error("bytes follow the change")]
    Trailing,
    /// The checksum does not match the content.
    #[error("the checksum is wrong")]
    Checksum,
    /// The bytes end before the change does.
    #[error("the change ends early")]
    Truncated,
    /// A number is not in its shortest form or exceeds 64 bits.
    #[error("a number is not in its shortest form")]
    Number,
    /// More direct dependencies than [`super::DEPS_MAX`], or none.
    #[error("the number of dependencies is out of bounds")]
    DependencyCount,
    /// The dependencies are not in strictly ascending order.
    #[error("the dependencies are not in ascending order")]
    DependencyOrder,
    /// An actor id is not 16 bytes long.
    #[error("an actor id has the wrong length")]
    ActorLength,
    /// More other actors than [`super::OTHER_ACTORS_MAX`].
    #[error("too many other actors")]
    OtherActorCount,
    /// The other actors repeat, name the author or are out of order.
    #[error("the other actors are not in ascending order")]
    OtherActorOrder,
    /// The sequence number is not one: each entry's change has an actor of its own.
    #[error("the sequence number is {0}, not 1")]
    Sequence(u64),
    /// The first operation's counter is zero or beyond [`super::COUNTER_MAX`].
    #[error("the start operation {0} is out of bounds")]
    StartOp(u64),
    /// The change carries a time; only the entry does.
    #[error("the change carries a time")]
    Time,
    /// The change carries a message.
    #[error("the change carries a message")]
    Message,
    /// Bytes follow the columns inside the chunk.
    #[error("the change carries extra bytes")]
    ExtraBytes,
    /// A column is deflated.
    #[error("column {0} is compressed")]
    CompressedColumn(u32),
    /// A column is none of those that a file change uses.
    #[error("column {0} is not used by files")]
    UnknownColumn(u32),
    /// Columns repeat, are out of order or empty.
    #[error("the columns are not in canonical order")]
    ColumnOrder,
    /// The change has no operation.
    #[error("the change has no operation")]
    Empty,
    /// More operations than [`super::OPS_MAX`].
    #[error("the change has too many operations")]
    TooManyOps,
    /// More overwritten operations than four times [`super::OPS_MAX`].
    #[error("the change overwrites too many operations")]
    TooManyPredecessors,
    /// Columns disagree on the number of rows.
    #[error("column {0} has the wrong number of rows")]
    RowCount(u32),
    /// A run has no length, or a value is out of the bounds of its column.
    #[error("column {0} holds a value out of bounds")]
    ColumnValue(u32),
    /// A name is longer than [`super::NAME_BYTES_MAX`] or not UTF-8.
    #[error("a name is too long or not text")]
    Name,
    /// A value is longer than [`super::VALUE_BYTES_MAX`].
    #[error("a value is too long")]
    ValueLength,
    /// A value is neither text, yes, no nor nothing.
    #[error("value type {0} is not used by files")]
    ValueType(u8),
}

impl From<ReadError> for ScanRefusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::End => ScanRefusal::Truncated,
            ReadError::Number => ScanRefusal::Number,
        }
    }
}

/// What the scanner learnt of a change that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The change's hash: SHA-256 over type, length and content.
    pub hash: [u8; 32],
    /// The actor that the change names.
    pub actor: [u8; 16],
    /// The counter of its first operation.
    pub start_op: u64,
    /// The number of its operations.
    pub ops: u64,
}

/// Scans the bytes of one change.
///
/// # Errors
///
/// Names the first bound or rule that the bytes break.
pub fn scan(bytes: &[u8]) -> Result<Scanned, ScanRefusal> {
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(ScanRefusal::TooLong);
    }
    let (hash, mut body) = chunk(bytes)?;
    let deps = body.unsigned()?;
    if deps == 0 || deps > DEPS_MAX {
        return Err(ScanRefusal::DependencyCount);
    }
    let mut before: Option<[u8; 32]> = None;
    for _ in 0..deps {
        let dep = body.array()?;
        if before.is_some_and(|before| before >= dep) {
            return Err(ScanRefusal::DependencyOrder);
        }
        before = Some(dep);
    }
    let actor = actor(&mut body)?;
    let start_op = fixed_fields(&mut body)?;
    let others = other_actors(&mut body, &actor)?;
    let ops = columns::scan(&mut body, others + 1)?;
    if !body.is_empty() {
        return Err(ScanRefusal::ExtraBytes);
    }
    Ok(Scanned {
        hash,
        actor,
        start_op,
        ops,
    })
}

/// Reads the chunk's header and verifies its checksum.
fn chunk(bytes: &[u8]) -> Result<([u8; 32], Reader<'_>), ScanRefusal> {
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(ScanRefusal::Magic);
    }
    let checksum: [u8; 4] = reader.array()?;
    let [kind] = reader.array()?;
    if kind != CHANGE {
        return Err(ScanRefusal::ChunkType(kind));
    }
    let hashed_from = bytes.len() - reader.len() - 1;
    let length = usize::try_from(reader.unsigned()?).map_err(|_| ScanRefusal::Truncated)?;
    if length < reader.len() {
        return Err(ScanRefusal::Trailing);
    }
    let body = Reader::new(reader.take(length)?);
    let hash: [u8; 32] = Sha256::digest(&bytes[hashed_from..]).into();
    if hash[..4] != checksum {
        return Err(ScanRefusal::Checksum);
    }
    Ok((hash, body))
}

/// Reads sequence, start operation, time and message; returns the start operation.
fn fixed_fields(body: &mut Reader<'_>) -> Result<u64, ScanRefusal> {
    let seq = body.unsigned()?;
    if seq != 1 {
        return Err(ScanRefusal::Sequence(seq));
    }
    let start_op = body.unsigned()?;
    if start_op == 0 || start_op > COUNTER_MAX {
        return Err(ScanRefusal::StartOp(start_op));
    }
    if body.signed()? != 0 {
        return Err(ScanRefusal::Time);
    }
    if body.unsigned()? != 0 {
        return Err(ScanRefusal::Message);
    }
    Ok(start_op)
}

fn actor(body: &mut Reader<'_>) -> Result<[u8; 16], ScanRefusal> {
    if body.unsigned()? != 16 {
        return Err(ScanRefusal::ActorLength);
    }
    Ok(body.array()?)
}

/// Reads the other actors and returns their number.
fn other_actors(body: &mut Reader<'_>, author: &[u8; 16]) -> Result<u64, ScanRefusal> {
    let count = body.unsigned()?;
    if count > OTHER_ACTORS_MAX {
        return Err(ScanRefusal::OtherActorCount);
    }
    let mut before: Option<[u8; 16]> = None;
    for _ in 0..count {
        let other = actor(body)?;
        if other == *author || before.is_some_and(|before| before >= other) {
            return Err(ScanRefusal::OtherActorOrder);
        }
        before = Some(other);
    }
    Ok(count)
}
