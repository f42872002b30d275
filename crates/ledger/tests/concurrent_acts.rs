//! How any two acts of a case meet, over all ordered pairs: what the rules say, and what the table of reasons says.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

mod acts;

use tongban_identity::{CertHash, Hash32};
use tongban_ledger::case::{Act, Case};
use tongban_ledger::{Author, EntryId, Kind, Placed};

fn placed(number: u8, city: u8, act: &Act) -> Placed<'_, Act> {
    Placed {
        id: EntryId(Hash32([number; 32])),
        author: Author {
            city: acts::city(city),
            cert: CertHash(Hash32([city; 32])),
            time: 1_788_746_400,
        },
        act,
    }
}

#[test]
fn every_act_has_its_row() {
    let written: Vec<&str> = acts::ACTS.iter().map(|row| row.name).collect();
    let mut sorted = written.clone();
    sorted.sort_unstable();
    let mut rules = acts::names();
    rules.sort_unstable();
    assert!(rules.len() >= 58, "{rules:?}");
    assert_eq!(
        sorted, rules,
        "an act without a row, or a row without an act"
    );
    for row in acts::ACTS {
        assert_eq!((row.sample)().name(), row.name);
        assert!(acts::EVENTS.contains(&row.event), "{}", row.event);
    }
}

#[test]
fn every_ordered_pair_meets_as_its_reason_says_and_the_same_from_both_sides() {
    for first in acts::ACTS {
        for second in acts::ACTS {
            for one_city in [true, false] {
                let (one, other) = ((first.sample)(), (second.sample)());
                let one = placed(101, 1, &one);
                let other = placed(102, if one_city { 1 } else { 2 }, &other);
                let met = Case::concurrent(&one, &other);
                let pair = format!("{} and {}, one city: {one_city}", first.name, second.name);
                assert_eq!(Case::concurrent(&other, &one), met.flip(), "{pair}");
                let (expected, _) = acts::meeting(first.name, second.name, one_city);
                assert_eq!(met, expected, "{pair}");
            }
        }
    }
}
