//! What must hold when every fault has ended and the cities have had time to come to rest.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{RootRow, RootsAnswer, SettlementAnswer};
use tongban_ledger::calendar::Month;
use tongban_sync::storage::Family;

use super::workload::Clerks;
use super::{Checked, Violation};
use crate::world::{SimError, World};

/// The months in which parcels of a run may be posted.
const MONTHS: [&str; 2] = ["2026-09", "2026-10"];

/// Checks every city.
pub(super) fn at_rest(world: &mut World, cities: &[DivisionCode], clerks: &Clerks) -> Checked {
    if let Err(violation) = nothing_is_lost(world, cities, clerks) {
        return Ok(Err(violation));
    }
    if let Err(violation) = nothing_is_doubled(world, cities, clerks)? {
        return Ok(Err(violation));
    }
    let mut roots = BTreeMap::new();
    for (at, city) in cities.iter().enumerate() {
        let answer = world.ask(at, |engine, ctx| engine.roots(ctx))?;
        roots.insert(*city, answer.map_err(|error| SimError::Read(*city, error))?);
    }
    if let Err(violation) = converged(&roots) {
        return Ok(Err(violation));
    }
    if let Err(violation) = folds_again(world, cities)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = books_agree(world, cities)? {
        return Ok(Err(violation));
    }
    Ok(private(world, cities, clerks, &roots))
}

/// I2: what a city acknowledged is on its disk.
fn nothing_is_lost(
    world: &World,
    cities: &[DivisionCode],
    clerks: &Clerks,
) -> Result<(), Violation> {
    let mut stored: Vec<std::collections::BTreeSet<String>> = Vec::new();
    for at in 0..cities.len() {
        let ids = world
            .disk(at)
            .records()
            .filter(|(family, _, _)| **family == Family::Inventory)
            .map(|(_, key, _)| hex(key));
        stored.push(ids.collect());
    }
    for (at, entry) in &clerks.acknowledged {
        if !stored[*at].contains(entry) {
            let what = format!("{} has lost {entry}", cities[*at]);
            return Err(Violation::new("I2 nothing acknowledged is lost", what));
        }
    }
    Ok(())
}

/// A retry makes no second case: a city has as many cases of its own as its clerks opened.
fn nothing_is_doubled(world: &mut World, cities: &[DivisionCode], clerks: &Clerks) -> Checked {
    for (at, city) in cities.iter().enumerate() {
        let filter = tongban_sync::engine::CaseFilter::default();
        let rows = world
            .ask(at, |engine, ctx| engine.cases(ctx, &filter))?
            .map_err(|error| SimError::Read(*city, error))?;
        let here = rows.iter().filter(|row| row.receiver == *city).count();
        let opened = clerks
            .cases
            .values()
            .filter(|(from, _)| *from == at)
            .count();
        if here != opened {
            let what = format!("{city} has {here} cases of its own, its clerks opened {opened}");
            return Ok(Err(Violation::new("I2 a retry takes effect once", what)));
        }
    }
    Ok(Ok(()))
}

/// I11: all cities of a document's audience have it, alike.
fn converged(roots: &BTreeMap<DivisionCode, RootsAnswer>) -> Result<(), Violation> {
    for (city, answer) in roots {
        // A city that has left a document's audience keeps what it had, and is promised nothing more.
        let documents = answer.documents.iter();
        for (document, row) in documents.filter(|(_, row)| row.audience.contains(city)) {
            for other in row.audience.iter().filter(|other| *other != city) {
                let there = roots
                    .get(other)
                    .and_then(|answer| answer.documents.get(document));
                let same = there.is_some_and(|there| {
                    there.root == row.root && there.file == row.file && there.entries == row.entries
                });
                if !same {
                    let (kind, label) = (&row.kind, &row.label);
                    let seen = |row: Option<&RootRow>| {
                        row.map_or("nothing".to_owned(), |row| {
                            format!(
                                "{} entries, root {:.8}, file {:.8}",
                                row.entries, row.root, row.file
                            )
                        })
                    };
                    let (here, there) = (seen(Some(row)), seen(there));
                    let what = format!(
                        "{kind} {label} ({document:.8}) differs: {city} has {here}; {other} has {there}"
                    );
                    return Err(Violation::new("I11 convergence", what));
                }
            }
        }
    }
    Ok(())
}

/// I5: folding everything again from the entries gives the same.
fn folds_again(world: &mut World, cities: &[DivisionCode]) -> Checked {
    for (at, city) in cities.iter().enumerate() {
        let answer = world
            .ask(at, |engine, ctx| engine.verify(ctx))?
            .map_err(|error| SimError::Read(*city, error))?;
        if let Some((document, code)) = answer.damaged.first() {
            let what = format!("{city} folds {document} to something else: {code}");
            return Ok(Err(Violation::new("I5 one fold", what)));
        }
    }
    Ok(Ok(()))
}

/// I6: each pair keeps the same account, and all nets add up to nothing.
fn books_agree(world: &mut World, cities: &[DivisionCode]) -> Checked {
    for month in MONTHS {
        let Ok(month) = month.parse::<Month>() else {
            continue;
        };
        let mut books: BTreeMap<DivisionCode, SettlementAnswer> = BTreeMap::new();
        for (at, city) in cities.iter().enumerate() {
            let answer = world.ask(at, |engine, ctx| engine.settlement(ctx, month))?;
            match answer {
                Ok(answer) => books.insert(*city, answer),
                Err(_) => {
                    let what = format!("{city} has no account of {month}");
                    return Ok(Err(Violation::new("I6 money", what)));
                }
            };
        }
        let sum: i64 = books.values().map(|book| book.net).sum();
        if sum != 0 {
            let what = format!("the nets of {month} add up to {sum} fen");
            return Ok(Err(Violation::new("I6 money", what)));
        }
        if let Err(violation) = pairs_agree(&books) {
            return Ok(Err(violation));
        }
    }
    Ok(Ok(()))
}

fn pairs_agree(books: &BTreeMap<DivisionCode, SettlementAnswer>) -> Result<(), Violation> {
    let owed = |book: &SettlementAnswer, debtor, creditor| {
        let creditors = book.owes.get(&debtor);
        creditors
            .and_then(|list| list.get(&creditor))
            .copied()
            .unwrap_or(0)
    };
    for (city, book) in books {
        for (debtor, creditors) in &book.owes {
            for (creditor, fen) in creditors {
                let other = if debtor == city { creditor } else { debtor };
                let there = books.get(other).map(|book| owed(book, *debtor, *creditor));
                if there.is_some_and(|there| there != *fen) {
                    let what =
                        format!("{city}: {debtor} owes {creditor} {fen} fen; {other}: {there:?}");
                    return Err(Violation::new("I6 money", what));
                }
            }
        }
    }
    Ok(())
}

/// I7: no disk holds the id of a document that its city was never to have. For a case that is what its
/// clerks did: a city that declined has left the audience, and keeps what it was sent before.
fn private(
    world: &World,
    cities: &[DivisionCode],
    clerks: &Clerks,
    roots: &BTreeMap<DivisionCode, RootsAnswer>,
) -> Result<(), Violation> {
    let mut audiences: BTreeMap<&str, Vec<DivisionCode>> = BTreeMap::new();
    for answer in roots.values() {
        for (document, row) in &answer.documents {
            let audience = match clerks.cases.get(&row.label) {
                Some((from, owner)) => vec![cities[*from], cities[*owner]],
                None => row.audience.clone(),
            };
            audiences.insert(document, audience);
        }
    }
    for (at, city) in cities.iter().enumerate() {
        let foreign: Vec<Vec<u8>> = audiences
            .iter()
            .filter(|(_, audience)| !audience.contains(city))
            .filter_map(|(document, _)| unhex(document))
            .collect();
        for (family, key, value) in world.disk(at).records() {
            for id in &foreign {
                if contains(key, id) || contains(value, id) {
                    let what = format!("{city} has {} in {}", hex(id), family.name());
                    return Err(Violation::new("I7 privacy", what));
                }
            }
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], id: &[u8]) -> bool {
    let Some(first) = id.first() else {
        return false;
    };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        if bytes[from + at..].starts_with(id) {
            return true;
        }
        from += at + 1;
    }
    false
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
