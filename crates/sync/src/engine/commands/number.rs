//! Case numbers: a city gives them without asking anyone, and never one twice.
//!
//! A store put back from an older copy does not know the last numbers that it gave. A number that an applicant
//! holds on paper must not be another applicant's, so the first number of such a day skips ahead by whole blocks.

use tongban_ledger::calendar::Day;
use tongban_ledger::code::Code;
use tongban_ledger::number::CaseNo;
use tongban_ledger::planted::{Bug, planted};

use crate::db::Db;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::BootNonce;
use crate::keys;
use crate::storage::{Family, ReadError};

/// Serials of one block: more than a city gives between two backups on one day.
const BLOCK: u32 = 10_000;
/// Out of how many next blocks one is chosen. The choice rests on the boot nonce, so that two restores of one
/// copy hardly take the same.
const BLOCKS: u32 = 10;

impl Engine {
    /// The next case number of a day: above every number of this city that is known here, and past those that a
    /// restore may have lost.
    pub(super) fn next_number(&mut self, ctx: &Ctx<'_>, day: Day) -> Result<CaseNo, CommandError> {
        let division = self.own.attributes.division.to_string();
        let make = |serial| {
            CaseNo::make(&division, day, serial).map_err(|_| refuse(Code::Argument, "case number"))
        };
        let place = keys::serial(&day.to_string());
        let db = Db::new(ctx.store, &mut self.pending);
        let given = db.load::<u32>(Family::Meta, &place)?.unwrap_or(0);
        if planted(Bug::StaleSerial) {
            return make(given + 1);
        }
        let given = last_known(&db, make(given)?)?;
        let serial = if self.skips(ctx, day)? {
            match next_block(given, self.boot) {
                Some(serial) => serial,
                None if self.not_returned().is_empty() => given + 1,
                None => return Err(Code::Restoring.into()),
            }
        } else {
            given + 1
        };
        let number = make(serial)?;
        Db::new(ctx.store, &mut self.pending).save(Family::Meta, place, &serial);
        Ok(number)
    }

    /// Says whether numbers of a day may be lost that this start has not skipped yet, and notes that it has now.
    /// What was lost was given before this start, so later days skip nothing.
    fn skips(&mut self, ctx: &Ctx<'_>, day: Day) -> Result<bool, ReadError> {
        if !self.suspect {
            return Ok(false);
        }
        let boot = self.boot;
        let mut db = Db::new(ctx.store, &mut self.pending);
        let doubted = db.load::<Doubted>(Family::Meta, keys::SERIALS_DOUBTED)?;
        let until = match doubted {
            Some((of, until)) if of == boot => until,
            _ => {
                let today = ctx.now.day();
                db.save(Family::Meta, keys::SERIALS_DOUBTED.to_vec(), &(boot, today));
                today
            }
        };
        let place = keys::serials_skipped(&day.to_string());
        if day > until || db.load::<BootNonce>(Family::Meta, &place)? == Some(boot) {
            return Ok(false);
        }
        db.save(Family::Meta, place, &boot);
        Ok(true)
    }
}

/// A start that may have lost entries, and the day of its first case number.
type Doubted = (BootNonce, Day);

/// The greatest serial of a number's city and day that is known here; at least its own.
fn last_known(db: &Db<'_>, number: CaseNo) -> Result<u32, ReadError> {
    let text = number.to_string();
    // The serial and the check character follow the city and the day.
    let beginning = text.rsplitn(3, '-').last().unwrap_or(&text);
    let prefix = keys::case_numbers_from(&format!("{beginning}-"));
    let from = keys::case_numbers_from(&format!("{beginning}-{:06}", number.serial()));
    let later = db.scan(Family::Indexes, &prefix, &from, usize::MAX)?;
    let last = later.last().and_then(|(key, _)| {
        let digits = key.get(prefix.len()..prefix.len() + 6)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    });
    Ok(number.serial().max(last.unwrap_or(0)))
}

/// The first serial of a later block, chosen by a boot nonce; none where a day has no block left.
fn next_block(given: u32, boot: BootNonce) -> Option<u32> {
    let first = given / BLOCK + 1;
    let left = (CaseNo::SERIAL_MAX / BLOCK).checked_sub(first)?.min(BLOCKS);
    let drawn = u32::from_be_bytes([boot.0[0], boot.0[1], boot.0[2], boot.0[3]]);
    Some((first + drawn.checked_rem(left)?) * BLOCK + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_block_is_drawn_until_none_is_left() {
        let check = |given, boot: [u8; 4], expect| {
            let mut nonce = [7; 16];
            nonce[..4].copy_from_slice(&boot);
            assert_eq!(next_block(given, BootNonce(nonce)), expect, "{given}");
        };
        check(0, [0; 4], Some(10_001));
        check(123, [0, 0, 0, 6], Some(70_001));
        check(10_001, [0; 4], Some(20_001));
        check(989_999, [0, 0, 0, 9], None);
        check(999_999, [0; 4], None);
        let mut given = 0;
        while let Some(serial) = next_block(given, BootNonce([9; 16])) {
            assert!(serial > given && serial < CaseNo::SERIAL_MAX);
            given = serial;
        }
    }
}
