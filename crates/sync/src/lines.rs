//! The index of cost lines: what bills and months read instead of parcels.
//!
//! The lines of a parcel stand in a *block*, beside those of other parcels of the same pair and month, so that a
//! month is read in long pieces. A *place* says in which block, with a hash of what stands there; a *head* counts the
//! blocks of a pair and month. Everything is derived from the parcels' records and the agreement, is written in the
//! batch of the step that changes a parcel, and is made anew where it is lost (`crates/sync/src/engine/lines`).
//!
//! Who puts many lines into one parcel, or many parcels into one month, makes no later change dearer: a block takes
//! [`BLOCK_PARCELS`] parcels, and one with more than [`LINES_SHARED`] lines gets a block of its own.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use minicbor::{Decode, Encode};
use tongban_identity::Hash32;
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::lines::{Pair, Standing};
use tongban_ledger::{AgreementId, DocumentId};

use crate::db::{Db, Pending, damaged, unhex};
use crate::keys;
use crate::storage::{Batch, Family, ReadError, Reader};

mod block;

use block::Block;

/// The most parcels of a block.
pub const BLOCK_PARCELS: u32 = 64;
/// The most lines with which a parcel shares a block.
pub const LINES_SHARED: usize = 8;

/// A line with the day of the entry that recorded it: what was recorded late is carried to a later bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The line, and what it is worth.
    pub of: Standing,
    /// The day that its entry claims, in Beijing.
    pub recorded: Day,
}

/// Where the lines of a parcel stand.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Place {
    /// The agreement.
    #[n(0)]
    pub agreement: AgreementId,
    /// The month of the posting date.
    #[n(1)]
    pub month: Month,
    /// The cities.
    #[n(2)]
    pub pair: Pair,
    /// The block.
    #[n(3)]
    pub block: u32,
    /// A hash of the lines.
    #[n(4)]
    pub hash: Hash32,
}

impl Place {
    fn key(&self) -> Vec<u8> {
        keys::line_block(&self.agreement, self.month, &self.pair, self.block)
    }
}

/// How many blocks a pair has in a month, and which one takes the next parcel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Head {
    /// How many blocks there are, and so the number of the next.
    #[n(0)]
    blocks: u32,
    /// The block that takes the next parcel.
    #[n(1)]
    open: u32,
    /// How many parcels it took.
    #[n(2)]
    filled: u32,
}

impl Head {
    /// A block of its own.
    fn own(&mut self) -> u32 {
        let block = self.blocks;
        self.blocks = self.blocks.saturating_add(1);
        block
    }

    /// A place in the open block, or in a new one where that is full.
    fn shared(&mut self) -> u32 {
        if self.blocks == 0 || self.filled >= BLOCK_PARCELS {
            self.open = self.own();
            self.filled = 0;
        }
        self.filled += 1;
        self.open
    }
}

/// The hash of a parcel's lines as they stand.
pub(crate) fn hash(parcel: &DocumentId, lines: &[Recorded]) -> Hash32 {
    let mut block = Block::default();
    block.put(parcel, lines);
    Hash32::hash("tongban/lines/v2", &[&block.bytes()])
}

/// Keeps the lines of a parcel, as they are now; writes what differs.
///
/// # Errors
/// The store cannot be read, or the index does not fit together: then it is to be made anew.
pub(crate) fn keep(
    db: &mut Db<'_>,
    agreement: &AgreementId,
    parcel: &DocumentId,
    lines: &[Recorded],
) -> Result<(), ReadError> {
    let own = keys::line_place(parcel);
    let now = hash(parcel, lines);
    let first = lines.first().map(|line| &line.of.line);
    let new = first.map(|line| Place {
        agreement: *agreement,
        month: Month::of(line.posted),
        pair: Pair::of(line.from, line.to),
        block: 0,
        hash: now,
    });
    let mut stood = db.load::<Place>(Family::Indexes, &own)?;
    if let Some(place) = &stood {
        if place.hash == now {
            return Ok(());
        }
        let mut block = load_block(db, &place.key())?.unwrap_or_default();
        if !block.holds(parcel) && place.hash != hash(parcel, &[]) {
            return Err(damaged(Family::Indexes, &place.key()));
        }
        // The day of posting may become known, and the other city of the pair with it.
        let of = |place: &Place| (place.month, place.pair);
        if new.as_ref().is_some_and(|new| of(new) != of(place)) {
            block.put(parcel, &[]);
            save_block(db, place.key(), &block);
            stood = None;
        }
    }
    let mut place = match (stood, new) {
        (Some(place), _) => place,
        (None, Some(mut new)) => {
            new.block = next_block(db, &new, Head::shared)?;
            new
        }
        (None, None) => return Ok(()),
    };
    let mut block = load_block(db, &place.key())?.unwrap_or_default();
    if lines.len() > LINES_SHARED && !block.is_free_for(parcel) {
        block.put(parcel, &[]);
        save_block(db, place.key(), &block);
        place.block = next_block(db, &place, Head::own)?;
        block = Block::default();
    }
    block.put(parcel, lines);
    save_block(db, place.key(), &block);
    place.hash = now;
    db.save(Family::Indexes, own, &place);
    Ok(())
}

fn next_block(
    db: &mut Db<'_>,
    place: &Place,
    take: impl FnOnce(&mut Head) -> u32,
) -> Result<u32, ReadError> {
    let key = keys::line_head(&place.agreement, place.month, &place.pair);
    let mut head: Head = db.load(Family::Indexes, &key)?.unwrap_or_default();
    let block = take(&mut head);
    db.save(Family::Indexes, key, &head);
    Ok(block)
}

fn load_block(db: &Db<'_>, key: &[u8]) -> Result<Option<Block>, ReadError> {
    let Some(bytes) = db.get(Family::Indexes, key)? else {
        return Ok(None);
    };
    let block = Block::read(&bytes);
    block.map(Some).ok_or_else(|| damaged(Family::Indexes, key))
}

fn save_block(db: &mut Db<'_>, key: Vec<u8>, block: &Block) {
    if block.is_empty() {
        db.delete(Family::Indexes, key);
    } else {
        db.put(Family::Indexes, key, block.bytes());
    }
}

/// Hands over the lines of a block.
fn read_block(key: &[u8], bytes: &[u8], each: impl FnMut(Recorded)) -> Result<(), ReadError> {
    block::each_line(bytes, each).ok_or_else(|| damaged(Family::Indexes, key))
}

/// Hands over the lines of a month, pair by pair, ascending; inside a pair in no promised order.
///
/// Memory holds the lines of one pair.
///
/// # Errors
/// The store cannot be read, or a block is damaged.
pub(crate) fn each_pair(
    db: &Db<'_>,
    agreement: &AgreementId,
    month: Month,
    each: &mut dyn FnMut(Pair, Vec<Recorded>),
) -> Result<(), ReadError> {
    let prefix = keys::line_blocks(agreement, month);
    let mut lines = Vec::new();
    let mut last = None;
    each_block(db, &prefix, &mut |key, bytes| {
        let (_, pair) = keys::read_line_pair(key).ok_or_else(|| damaged(Family::Indexes, key))?;
        if let Some(before) = last.replace(pair)
            && before != pair
        {
            each(before, std::mem::take(&mut lines));
        }
        read_block(key, bytes, |line| lines.push(line))
    })?;
    if let Some(pair) = last {
        each(pair, lines);
    }
    Ok(())
}

/// Hands over the lines of a pair in one month, in no promised order.
///
/// # Errors
/// As [`each_pair`].
pub(crate) fn of_pair(
    db: &Db<'_>,
    agreement: &AgreementId,
    month: Month,
    pair: &Pair,
    each: &mut impl FnMut(Recorded),
) -> Result<(), ReadError> {
    let prefix = keys::line_blocks_of(agreement, month, pair);
    each_block(db, &prefix, &mut |key, bytes| {
        read_block(key, bytes, &mut *each)
    })
}

/// Hands over the lines of a pair in some months, in no promised order.
///
/// # Errors
/// As [`each_pair`].
pub(crate) fn of_months(
    db: &Db<'_>,
    agreement: &AgreementId,
    pair: &Pair,
    months: &RangeInclusive<Month>,
    each: &mut impl FnMut(Recorded),
) -> Result<(), ReadError> {
    let Some(first) = first_month(db, agreement)? else {
        return Ok(());
    };
    let mut month = Some(first.max(*months.start()));
    while let Some(at) = month.filter(|at| at <= months.end()) {
        of_pair(db, agreement, at, pair, each)?;
        month = at.next();
    }
    Ok(())
}

/// What is done with a block: its key and its bytes.
type EachBlock<'e> = dyn FnMut(&[u8], &[u8]) -> Result<(), ReadError> + 'e;

fn each_block(db: &Db<'_>, prefix: &[u8], each: &mut EachBlock<'_>) -> Result<(), ReadError> {
    let mut failed = None;
    db.visit(Family::Indexes, prefix, &mut |key, bytes| {
        failed = each(key, bytes).err();
        failed.is_none()
    })?;
    failed.map_or(Ok(()), Err)
}

/// The pairs that have lines in a month, ascending.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn pairs(
    db: &Db<'_>,
    agreement: &AgreementId,
    month: Month,
) -> Result<Vec<Pair>, ReadError> {
    let prefix = keys::line_heads_of(agreement, month);
    let heads = db.scan_all(Family::Indexes, &prefix)?;
    let pairs = heads
        .iter()
        .filter_map(|(key, _)| keys::read_line_pair(key));
    Ok(pairs.map(|(_, pair)| pair).collect())
}

/// The first month in which an agreement has lines.
///
/// # Errors
/// The store cannot be read.
fn first_month(db: &Db<'_>, agreement: &AgreementId) -> Result<Option<Month>, ReadError> {
    let heads = db.scan(Family::Indexes, &keys::line_heads(agreement), &[], 1)?;
    let first = heads.first();
    Ok(first.and_then(|(key, _)| Some(keys::read_line_pair(key)?.0)))
}

/// Compares the blocks with the places that point into them; says how many lines of parcels stand in blocks, and
/// whether each stands where its place says, as its place says.
///
/// # Errors
/// The store cannot be read; a damaged block is a place that does not fit.
pub(crate) fn compare(db: &Db<'_>) -> Result<(u64, bool), ReadError> {
    let (mut count, mut sound) = (0, true);
    let read = each_block(db, keys::LINE_BLOCKS, &mut |key, bytes| {
        let mut lines = Vec::new();
        sound &= block::each_line(bytes, |line| lines.push(line)).is_some();
        let mut parcels: BTreeMap<DocumentId, Vec<Recorded>> = BTreeMap::new();
        for line in lines {
            parcels.entry(line.of.line.parcel).or_default().push(line);
        }
        for (parcel, lines) in parcels {
            count += 1;
            let place = db.load::<Place>(Family::Indexes, &keys::line_place(&parcel))?;
            let fits = |place: Place| place.key() == *key && place.hash == hash(&parcel, &lines);
            sound &= place.is_some_and(fits);
        }
        Ok(())
    });
    match read {
        Err(ReadError::Damaged { .. }) => Ok((count, false)),
        read => read.map(|()| (count, sound)),
    }
}

/// Deletes up to `limit` keys of the index, damaged ones too; says whether there were any.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn sweep(db: &mut Db<'_>, limit: usize) -> Result<bool, ReadError> {
    for list in [keys::LINE_HEADS, keys::LINE_BLOCKS, keys::LINE_PLACES] {
        let keys: Vec<Vec<u8>> = match db.scan(Family::Indexes, list, &[], limit) {
            Ok(found) => found.into_iter().map(|(key, _)| key).collect(),
            // What cannot be read goes by its name: it would stand in the way of what is made anew.
            Err(ReadError::Damaged { family, key }) => match unhex(&key) {
                Some(key) => vec![key],
                None => return Err(ReadError::Damaged { family, key }),
            },
            Err(error) => return Err(error),
        };
        if !keys.is_empty() {
            for key in keys {
                db.delete(Family::Indexes, key);
            }
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps lines as a node does, for a store that is filled without parcels: a benchmark.
///
/// # Errors
/// The store cannot be read, or its index does not fit together.
pub fn fill<'a>(
    store: &dyn Reader,
    agreement: &AgreementId,
    parcels: impl Iterator<Item = &'a [Recorded]>,
) -> Result<Batch, ReadError> {
    let mut pending = Pending::default();
    let mut db = Db::new(store, &mut pending);
    for lines in parcels {
        if let Some(first) = lines.first() {
            keep(&mut db, agreement, &first.of.line.parcel, lines)?;
        }
    }
    Ok(pending.take())
}

/// The pairs of which [`fill`] kept lines in a month, as a node reads them: ascending.
///
/// # Errors
/// The store cannot be read.
pub fn read_pairs(
    store: &dyn Reader,
    agreement: &AgreementId,
    month: Month,
) -> Result<Vec<Pair>, ReadError> {
    let mut pending = Pending::default();
    pairs(&Db::new(store, &mut pending), agreement, month)
}

/// Hands over the lines that [`fill`] kept of a pair in some months, as a node reads them for a bill; in no promised
/// order.
///
/// # Errors
/// The store cannot be read, or a block is damaged.
pub fn read_lines(
    store: &dyn Reader,
    agreement: &AgreementId,
    pair: &Pair,
    months: &RangeInclusive<Month>,
    mut each: impl FnMut(Recorded),
) -> Result<(), ReadError> {
    let mut pending = Pending::default();
    let db = Db::new(store, &mut pending);
    of_months(&db, agreement, pair, months, &mut each)
}

/// Hands over the lines that [`fill`] kept of a month, pair by pair, in one walk, as a node reads them for an account.
///
/// # Errors
/// As [`read_lines`].
pub fn read_month(
    store: &dyn Reader,
    agreement: &AgreementId,
    month: Month,
    each: &mut dyn FnMut(Pair, Vec<Recorded>),
) -> Result<(), ReadError> {
    let mut pending = Pending::default();
    each_pair(&Db::new(store, &mut pending), agreement, month, each)
}
