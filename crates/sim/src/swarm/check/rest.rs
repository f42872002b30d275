//! What must hold when every fault has ended and the cities have had time to come to rest.

use std::collections::BTreeMap;

use tongban_identity::{DivisionCode, Fingerprint};
use tongban_ledger::answer::{RootRow, RootsAnswer, SettlementAnswer};
use tongban_ledger::calendar::Month;
use tongban_sync::engine::{CaseFilter, inspect};
use tongban_sync::storage::Family;
use tongban_sync::{CommandError, evidence};

use super::bytes::hex;
use super::{Cast, Eye, forks, lists, modelled, settled, votes};
use crate::run::Clerks;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

/// The months in which parcels of a run may be posted.
pub(super) const MONTHS: [&str; 3] = ["2026-08", "2026-09", "2026-10"];

/// Checks every honest city.
pub(crate) fn at_rest(world: &mut World, cast: &Cast, clerks: &Clerks, eye: &Eye) -> Checked {
    if let Err(violation) = eye.seen().verdict() {
        return Ok(Err(violation));
    }
    let (away, one_left) = votes::away(world, cast)?;
    let cast = &Cast {
        away,
        one_left,
        ..cast.clone()
    };
    let roots = roots(world, cast)?;
    let stored = stored(world, cast);
    if let Err(violation) = nothing_is_lost(cast, clerks, &stored) {
        return Ok(Err(violation));
    }
    if let Err(violation) = nothing_is_doubled(world, cast, clerks)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = everybody_has_it(cast, clerks, &stored, &roots) {
        return Ok(Err(violation));
    }
    if let Err(violation) = forks::known_to_all(world, cast, &roots)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = votes::one_log(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = converged(cast, &roots) {
        return Ok(Err(violation));
    }
    if let Err(violation) = folds_again(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = lists::name_every_case(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = modelled::agrees(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = settled::money_adds_up(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = books_agree(world, cast)? {
        return Ok(Err(violation));
    }
    if let Err(violation) = evidence_holds(world, cast)? {
        return Ok(Err(violation));
    }
    for at in cast.honest_places() {
        if let Err(violation) = eye.seen().private_at_rest(at, world.disk(at)) {
            return Ok(Err(violation));
        }
    }
    Ok(Ok(()))
}

/// The roots that honest cities answer, by place.
fn roots(world: &mut World, cast: &Cast) -> Result<BTreeMap<usize, RootsAnswer>, SimError> {
    let mut roots = BTreeMap::new();
    for at in cast.honest_places() {
        let answer = world.ask(at, |engine, ctx| engine.roots(ctx))?;
        let answer = answer.map_err(|error| SimError::Read(cast.cities[at], error))?;
        roots.insert(at, answer);
    }
    Ok(roots)
}

/// The entries on the disks of honest cities, with their documents, by place.
type Stored = BTreeMap<usize, BTreeMap<String, String>>;

fn stored(world: &World, cast: &Cast) -> Stored {
    let of = |at: usize| {
        let inventory = world.disk(at).records();
        let inventory = inventory.filter(|(family, _, _)| **family == Family::Inventory);
        inventory
            .filter_map(|(_, key, value)| {
                let document = inspect::listed_document(value)?;
                Some((hex(key), hex(document.as_bytes())))
            })
            .collect()
    };
    cast.honest_places().map(|at| (at, of(at))).collect()
}

/// I2: what a city acknowledged is on its disk.
fn nothing_is_lost(cast: &Cast, clerks: &Clerks, stored: &Stored) -> Result<(), Violation> {
    for (at, entry) in &clerks.acknowledged {
        let lost = stored.get(at).is_some_and(|ids| !ids.contains_key(entry));
        if lost {
            let what = format!("{} has lost {entry}", cast.name(*at));
            return Err(Violation::new("I2 nothing acknowledged is lost", what));
        }
    }
    Ok(())
}

/// I12: what an honest city acknowledged is at every honest city to which its document travels.
fn everybody_has_it(
    cast: &Cast,
    clerks: &Clerks,
    stored: &Stored,
    roots: &BTreeMap<usize, RootsAnswer>,
) -> Result<(), Violation> {
    let owed = clerks.acknowledged.iter();
    for (at, entry) in owed.filter(|(at, _)| !cast.away.contains(at)) {
        let document = stored.get(at).and_then(|ids| ids.get(entry));
        let row = document.and_then(|document| roots.get(at)?.documents.get(document));
        for city in row.into_iter().flat_map(|row| &row.audience) {
            let place = cast.cities.iter().position(|other| other == city);
            let place = place.filter(|place| !cast.away.contains(place));
            let there = place.and_then(|place| stored.get(&place));
            if there.is_some_and(|ids| !ids.contains_key(entry)) {
                let (kind, label) = row.map_or(("", ""), |row| (&row.kind, &row.label));
                let what = format!(
                    "{entry} of {} is not at {city}: {kind} {label}",
                    cast.name(*at)
                );
                return Err(Violation::new("I12 every party has what was done", what));
            }
        }
    }
    Ok(())
}

/// I15: what a city exports of a handoff holds for someone who has nothing but fingerprints, and no longer
/// once a byte of it is changed.
fn evidence_holds(world: &mut World, cast: &Cast) -> Checked {
    let ids = cast.ids.iter().chain(&cast.next_roots);
    let trusted: Vec<Fingerprint> = ids.map(|id| id.fingerprint()).collect();
    for at in cast.honest_places() {
        let filter = CaseFilter::default();
        let rows = world
            .ask(at, |engine, ctx| engine.cases(ctx, &filter))?
            .map_err(|error| SimError::Read(cast.cities[at], error))?;
        for row in rows {
            let mut file = match world.ask(at, |engine, ctx| engine.evidence(ctx, &row.document))? {
                Ok(file) => file,
                // Nobody took it over yet.
                Err(CommandError::Refused(_)) => continue,
                Err(CommandError::Read(error)) => {
                    return Err(SimError::Read(cast.cities[at], error));
                }
            };
            let broken = match evidence::verify(&file, &trusted) {
                Ok(report) if report.all_trusted && report.case_number == row.number => None,
                Ok(_) => Some("it proves something else".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            let middle = file.len() / 2;
            file[middle] ^= 1;
            let forged = evidence::verify(&file, &trusted).is_ok();
            if let Some(why) = broken.or(forged.then(|| "a changed byte passes".to_owned())) {
                let what = format!("{}: evidence of {}: {why}", cast.name(at), row.number);
                return Ok(Err(Violation::new("I15 evidence holds offline", what)));
            }
        }
    }
    Ok(Ok(()))
}

/// A retry makes no second case: a city has as many cases of its own as its clerks opened.
fn nothing_is_doubled(world: &mut World, cast: &Cast, clerks: &Clerks) -> Checked {
    for at in cast.present() {
        let city = &cast.cities[at];
        let filter = CaseFilter::default();
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
fn converged(cast: &Cast, roots: &BTreeMap<usize, RootsAnswer>) -> Result<(), Violation> {
    for (at, answer) in roots.iter().filter(|(at, _)| !cast.away.contains(at)) {
        let city = &cast.cities[*at];
        // A city that has left a document's audience keeps what it had, and is promised nothing more.
        let documents = answer.documents.iter();
        for (document, row) in documents.filter(|(_, row)| row.audience.contains(city)) {
            for other in row.audience.iter().filter(|other| *other != city) {
                let place = cast.cities.iter().position(|division| division == other);
                let place = place.filter(|place| !cast.away.contains(place));
                let Some(there) = place.and_then(|place| roots.get(&place)) else {
                    continue;
                };
                let there = there.documents.get(document);
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
fn folds_again(world: &mut World, cast: &Cast) -> Checked {
    for at in cast.honest_places() {
        let city = &cast.cities[at];
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

/// I6: each pair keeps the same account, and all nets add up to nothing, as far as all are honest.
fn books_agree(world: &mut World, cast: &Cast) -> Checked {
    for month in MONTHS {
        let Ok(month) = month.parse::<Month>() else {
            continue;
        };
        let mut books: BTreeMap<DivisionCode, SettlementAnswer> = BTreeMap::new();
        for at in cast.present() {
            let city = &cast.cities[at];
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
        // What a city owes that went away stands in one account alone.
        if sum != 0 && cast.hostile.is_empty() && !cast.one_left {
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
