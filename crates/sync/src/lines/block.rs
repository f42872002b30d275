//! A block of the index of lines as bytes: laid out so that a month of a million parcels is read in place.
//!
//! A block is the byte [`FORMAT`], the count of its cities (2 bytes), their ids (32 each), and parcel after parcel. Numbers
//! are big-endian; a city is its place in the list; a day counts from 1970-01-01; kinds, legs and standings are
//! their places in `ALL`, whose order is another `LISTS_VERSION`.
//!
//! - a parcel: id 32, sender 2, recipient 2 ([`APPLICANT`] for an applicant), day of posting 4, leg 1, length of its
//!   tracking number 1, count of its lines 4, the tracking number, its lines;
//! - a line: entry 32, kind 1, standing 1, payer 2, liable city 2, version of the postage rule 4, fen 8, day of its
//!   entry 4.

use tongban_identity::{CityId, Hash32};
use tongban_ledger::calendar::Day;
use tongban_ledger::lines::Standing;
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::number::TrackingNo;
use tongban_ledger::parcel::{CostKind, Leg, LineStanding, Recipient};
use tongban_ledger::settle::Line;
use tongban_ledger::{DocumentId, EntryId};

use super::Recorded;

/// The first byte. Earlier blocks were CBOR, which never begins with it.
const FORMAT: u8 = 1;
/// The recipient of what went to an applicant; no place in a list of cities.
const APPLICANT: u16 = u16::MAX;
/// How many bytes a line takes.
const LINE_BYTES: usize = 54;

/// The lines of some parcels of one pair and month, as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The cities that its parcels name, each once.
    cities: Vec<CityId>,
    /// Parcel after parcel.
    parcels: Vec<u8>,
}

impl Block {
    /// Reads a block to change it; nothing where it was not written by [`Block::bytes`].
    pub fn read(bytes: &[u8]) -> Option<Block> {
        let (cities, parcels) = parts(bytes)?;
        let mut rest = parcels;
        while !rest.is_empty() {
            Parcel::next(&mut rest)?;
        }
        Some(Block {
            cities: cities.iter().copied().map(city_of).collect(),
            parcels: parcels.to_vec(),
        })
    }

    /// The block as it is written.
    pub fn bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.cities.len()).unwrap_or(u16::MAX);
        let mut bytes = Vec::with_capacity(3 + self.cities.len() * 32 + self.parcels.len());
        bytes.push(FORMAT);
        bytes.extend(count.to_be_bytes());
        for city in &self.cities {
            bytes.extend(city.0);
        }
        bytes.extend(&self.parcels);
        bytes
    }

    /// Says whether no parcel stands here.
    pub const fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// Says whether a parcel stands here.
    pub fn holds(&self, parcel: &DocumentId) -> bool {
        self.places().any(|(one, _)| one == *parcel)
    }

    /// Says whether no other parcel stands here.
    pub fn is_free_for(&self, parcel: &DocumentId) -> bool {
        self.places().all(|(one, _)| one == *parcel)
    }

    /// Puts the lines of a parcel in the place of those that stand here; without lines it stands here no more.
    pub fn put(&mut self, parcel: &DocumentId, lines: &[Recorded]) {
        let stands = self.places().find(|(one, _)| one == parcel);
        if let Some((_, range)) = stands {
            self.parcels.drain(range);
        }
        let Some(first) = lines.first().map(|line| &line.of.line) else {
            return;
        };
        let from = self.place_of(first.from);
        let to = first
            .to
            .city()
            .map_or(APPLICANT, |city| self.place_of(city));
        let tracking = first.tracking.as_str().as_bytes();
        let length = u8::try_from(tracking.len()).unwrap_or(u8::MAX);
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(128 + lines.len() * LINE_BYTES);
        bytes.extend(parcel.0.0);
        bytes.extend(from.to_be_bytes());
        bytes.extend(to.to_be_bytes());
        bytes.extend(first.posted.epoch_days().to_be_bytes());
        bytes.extend([first.leg as u8, length]);
        bytes.extend(count.to_be_bytes());
        bytes.extend(tracking);
        for Recorded { of, recorded } in lines {
            let line = &of.line;
            bytes.extend(line.line.0.0);
            bytes.extend([line.kind as u8, of.standing as u8]);
            bytes.extend(self.place_of(line.payer).to_be_bytes());
            bytes.extend(self.place_of(line.liable).to_be_bytes());
            bytes.extend(line.rule.to_be_bytes());
            bytes.extend(line.amount.fen().get().to_be_bytes());
            bytes.extend(recorded.epoch_days().to_be_bytes());
        }
        self.parcels.extend(bytes);
    }

    /// A city's place in the list. Parcels name members alone, and there are no 65,535.
    fn place_of(&mut self, city: CityId) -> u16 {
        let at = self.cities.iter().position(|known| *known == city);
        let at = at.unwrap_or_else(|| {
            self.cities.push(city);
            self.cities.len() - 1
        });
        u16::try_from(at).unwrap_or(APPLICANT)
    }

    /// The parcels, and where each stands.
    fn places(&self) -> impl Iterator<Item = (DocumentId, std::ops::Range<usize>)> {
        let whole = self.parcels.as_slice();
        let mut rest = whole;
        std::iter::from_fn(move || {
            let start = whole.len() - rest.len();
            let parcel = Parcel::next(&mut rest)?;
            Some((parcel.id(), start..whole.len() - rest.len()))
        })
    }
}

/// Hands over every line of a block; nothing where it was not written by [`Block::bytes`], and then some lines may have
/// been handed over.
pub(super) fn each_line(bytes: &[u8], mut each: impl FnMut(Recorded)) -> Option<()> {
    let (cities, mut rest) = parts(bytes)?;
    let city = |at: u16| cities.get(usize::from(at)).copied().map(city_of);
    while !rest.is_empty() {
        let parcel = Parcel::next(&mut rest)?;
        let id = parcel.id();
        let from = city(parcel.from)?;
        let to = match parcel.to {
            APPLICANT => Recipient::Applicant,
            at => Recipient::City(city(at)?),
        };
        let posted = Day::from_epoch_days(parcel.posted).ok()?;
        let tracking = TrackingNo::from_written(parcel.tracking).ok()?;
        let leg = *Leg::ALL.get(usize::from(parcel.leg))?;
        for line in parcel.lines {
            let mut line = line.as_slice();
            let entry = EntryId(Hash32(*take(&mut line)?));
            let [kind, standing] = *take(&mut line)?;
            let payer = city(u16::from_be_bytes(*take(&mut line)?))?;
            let liable = city(u16::from_be_bytes(*take(&mut line)?))?;
            let rule = u32::from_be_bytes(*take(&mut line)?);
            let fen = Fen::new(i64::from_be_bytes(*take(&mut line)?));
            let recorded = i32::from_be_bytes(*take(&mut line)?);
            let line = Line {
                parcel: id,
                line: entry,
                from,
                to,
                posted,
                tracking: tracking.clone(),
                leg,
                kind: *CostKind::ALL.get(usize::from(kind))?,
                amount: Amount::new(fen).ok()?,
                payer,
                liable,
                rule,
            };
            let standing = *LineStanding::ALL.get(usize::from(standing))?;
            each(Recorded {
                of: Standing { line, standing },
                recorded: match recorded == parcel.posted {
                    true => posted,
                    false => Day::from_epoch_days(recorded).ok()?,
                },
            });
        }
    }
    Some(())
}

/// A parcel as it is written.
struct Parcel<'b> {
    id: &'b [u8; 32],
    from: u16,
    to: u16,
    posted: i32,
    leg: u8,
    tracking: &'b [u8],
    lines: &'b [[u8; LINE_BYTES]],
}

impl<'b> Parcel<'b> {
    /// The first parcel of some bytes, and the bytes without it.
    fn next(rest: &mut &'b [u8]) -> Option<Self> {
        let id = take(rest)?;
        let from = u16::from_be_bytes(*take(rest)?);
        let to = u16::from_be_bytes(*take(rest)?);
        let posted = i32::from_be_bytes(*take(rest)?);
        let [leg, length] = *take(rest)?;
        let count = usize::try_from(u32::from_be_bytes(*take(rest)?)).ok()?;
        let tracking = take_slice(rest, usize::from(length))?;
        let lines = take_slice(rest, count.checked_mul(LINE_BYTES)?)?;
        Some(Parcel {
            id,
            from,
            to,
            posted,
            leg,
            tracking,
            lines: lines.as_chunks().0,
        })
    }

    const fn id(&self) -> DocumentId {
        DocumentId(Hash32(*self.id))
    }
}

/// The ids of a block's cities, and its parcels.
fn parts(bytes: &[u8]) -> Option<(&[[u8; 32]], &[u8])> {
    let mut rest = bytes;
    let [format] = *take(&mut rest)?;
    let count = usize::from(u16::from_be_bytes(*take(&mut rest)?));
    let cities = take_slice(&mut rest, count.checked_mul(32)?)?;
    (format == FORMAT).then_some((cities.as_chunks().0, rest))
}

fn city_of(bytes: [u8; 32]) -> CityId {
    CityId(bytes)
}

/// Takes so many bytes off the front.
fn take<'b, const N: usize>(rest: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (first, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(first)
}

fn take_slice<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (first, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn city(nth: u8) -> CityId {
        CityId([nth; 32])
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// Lines of a parcel, one of each kind, in every standing.
    fn lines(nth: u8, to: Recipient, tracking: &str, leg: Leg) -> Vec<Recorded> {
        let kinds = CostKind::ALL.iter().zip(LineStanding::ALL.iter().cycle());
        let lines = kinds.zip(1..).map(|((kind, standing), at)| Recorded {
            of: Standing {
                line: Line {
                    parcel: DocumentId(Hash32([nth; 32])),
                    line: EntryId(Hash32([at; 32])),
                    from: city(1),
                    to,
                    posted: day("2026-09-30"),
                    tracking: tracking.parse().unwrap(),
                    leg,
                    kind: *kind,
                    amount: Amount::new(Fen::new(i64::from(at) * 1_000_000)).unwrap(),
                    payer: city(1 + at % 2),
                    liable: city(3 - at % 3),
                    rule: u32::from(at) << 24,
                },
                standing: *standing,
            },
            recorded: day("2026-09-28").plus_days(i32::from(at)).unwrap(),
        });
        lines.collect()
    }

    fn read(bytes: &[u8]) -> Option<Vec<Recorded>> {
        let mut found = Vec::new();
        each_line(bytes, |line| found.push(line)).map(|()| found)
    }

    #[test]
    fn what_is_put_is_read() {
        let parcels = Leg::ALL.iter().zip(1..).map(|(leg, nth)| match nth % 2 {
            0 => lines(nth, Recipient::Applicant, "EZ900000019CN", *leg),
            _ => lines(nth, Recipient::City(city(2)), "SF-12345678", *leg),
        });
        let parcels: Vec<Vec<Recorded>> = parcels.collect();
        let id = |lines: &[Recorded]| lines[0].of.line.parcel;
        let mut block = Block::default();
        for lines in &parcels {
            block.put(&id(lines), lines);
        }
        assert_eq!(read(&block.bytes()), Some(parcels.concat()));
        assert_eq!(Block::read(&block.bytes()).as_ref(), Some(&block));

        // One is replaced by fewer lines and stands at the end, one goes.
        let (first, second) = (&parcels[0], &parcels[1]);
        block.put(&id(first), &first[..2]);
        block.put(&id(second), &[]);
        let left = [parcels[2..].concat(), first[..2].to_vec()].concat();
        assert_eq!(read(&block.bytes()), Some(left));
        assert!(block.holds(&id(first)) && !block.holds(&id(second)));
        assert!(!block.is_free_for(&id(first)));
        for lines in &parcels[1..] {
            block.put(&id(lines), &[]);
        }
        assert!(block.is_free_for(&id(first)) && !block.is_empty());
        block.put(&id(first), &[]);
        assert!(block.is_empty());
    }

    #[test]
    fn a_block_that_is_cut_is_not_read() {
        let lines = lines(7, Recipient::City(city(2)), "EZ900000019CN", Leg::Materials);
        let mut block = Block::default();
        block.put(&lines[0].of.line.parcel, &lines);
        let bytes = block.bytes();
        let empty = bytes.len() - block.parcels.len();
        for length in (0..bytes.len()).filter(|length| *length != empty) {
            assert_eq!(read(&bytes[..length]), None, "{length}");
            assert_eq!(Block::read(&bytes[..length]), None, "{length}");
        }
        let mut other = bytes;
        other[0] = 0x82;
        assert_eq!(read(&other), None);
        assert_eq!(Block::read(&other), None);
    }

    #[test]
    fn numbers_stay_with_their_meaning() {
        let kinds = CostKind::ALL.map(|kind| (kind as u8, kind.name()));
        let expected = [
            (0, "postage"),
            (1, "redelivery"),
            (2, "packing"),
            (3, "insurance"),
            (4, "refund"),
            (5, "compensation"),
        ];
        assert_eq!(kinds, expected);
        let standings = LineStanding::ALL.map(|standing| (standing as u8, standing.name()));
        let expected = [
            (0, "counted"),
            (1, "unconfirmed"),
            (2, "disputed"),
            (3, "superseded"),
            (4, "reversed"),
        ];
        assert_eq!(standings, expected);
        for (leg, nth) in Leg::ALL.iter().zip(0..) {
            assert_eq!(*leg as u8, nth);
            assert_eq!(leg.code(), format!("L{}", nth + 1));
        }
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_nothing_panics(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut block = Block::default();
            for nth in [1, 2] {
                let of = lines(nth, Recipient::City(city(2)), "EZ900000019CN", Leg::Materials);
                block.put(&of[0].of.line.parcel, &of);
            }
            let mut bytes = block.bytes();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            for length in [bytes.len(), cut.index(bytes.len())] {
                let bytes = &bytes[..length];
                match Block::read(bytes) {
                    // Its parcels are whole, but a field of one may say nothing.
                    Some(block) => prop_assert_eq!(block.bytes(), bytes),
                    None => prop_assert_eq!(read(bytes), None),
                }
            }
        }
    }
}
