//! I1, I4 and I6 against the reference model: who holds each case, what became of each deed, who owes whom.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::calendar::Month;
use tongban_ledger::{DocumentId, DocumentKind, EntryId, Status};
use tongban_sync::document::Record;
use tongban_sync::engine::{CaseFilter, inspect};
use tongban_sync::entry::Entry;
use tongban_sync::storage::ReadError;

use super::bytes::contains;
use super::rest::MONTHS;
use super::{Cast, votes};
use crate::model::{self, Outcome};
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

/// Compares every honest city's answers with the model's.
pub(super) fn agrees(world: &mut World, cast: &Cast) -> Checked {
    let mut judged = BTreeSet::new();
    for at in cast.present() {
        if let Err(violation) = cases(world, cast, at, &mut judged)? {
            return Ok(Err(violation));
        }
        if let Err(violation) = money(world, cast, at)? {
            return Ok(Err(violation));
        }
    }
    Ok(Ok(()))
}

/// A document's entries in causal order, and its record.
fn document(
    world: &World,
    at: usize,
    id: &DocumentId,
) -> Result<Option<(Vec<Entry>, Record)>, ReadError> {
    let disk = world.disk(at);
    let entries = inspect::entries(disk, id)?;
    Ok(inspect::record(disk, id)?.map(|record| (entries, record)))
}

fn documents(
    world: &World,
    cast: &Cast,
    at: usize,
    kind: DocumentKind,
) -> Result<Vec<(DocumentId, Vec<Entry>, Record)>, SimError> {
    let read = |error| SimError::Read(cast.cities[at], error);
    let mut list = Vec::new();
    for id in inspect::documents(world.disk(at), kind).map_err(read)? {
        let found = document(world, at, &id).map_err(read)?;
        list.extend(found.map(|(mut entries, record)| {
            // A city is the same under another root key.
            for entry in &mut entries {
                entry.header.city = cast.city(&entry.header.city);
            }
            (id, entries, record)
        }));
    }
    Ok(list)
}

/// I1 and I4: each deed came to what the model says, and the city names the model's holders.
fn cases(
    world: &mut World,
    cast: &Cast,
    at: usize,
    judged: &mut BTreeSet<Vec<EntryId>>,
) -> Checked {
    let filter = CaseFilter::default();
    let rows = world
        .ask(at, |engine, ctx| engine.cases(ctx, &filter))?
        .map_err(|error| SimError::Read(cast.cities[at], error))?;
    let holders: BTreeMap<String, Vec<DivisionCode>> = rows
        .into_iter()
        .map(|row| (row.document, row.holders))
        .collect();
    let gone = votes::gone(world, cast, at)?;
    for (id, entries, record) in documents(world, cast, at, DocumentKind::Case)? {
        if record.state.is_none() || !judged.insert(record.head_ids()) {
            continue;
        }
        // The model knows nothing of cities that leave, and of keys that sign no more.
        if !gone.is_empty() && entries.iter().any(|entry| concerns(&gone, entry)) {
            continue;
        }
        let case = model::case(&entries, &record.irregular);
        let expected: BTreeSet<DivisionCode> = case
            .holders()
            .into_iter()
            .filter_map(|city| cast.place(&CityId(city)))
            .map(|place| cast.cities[place])
            .collect();
        let said = holders.get(&id.to_string());
        let said: BTreeSet<DivisionCode> = said.into_iter().flatten().copied().collect();
        if said != expected {
            let what = format!(
                "{id}: {} names {said:?}, the model {expected:?}",
                cast.name(at)
            );
            return Ok(Err(Violation::new("I4 the holders are the model's", what)));
        }
        let outcomes = case.outcomes();
        for entry in &entries {
            let status = record.status(&entry.id);
            let expected = outcomes.get(entry.id.as_bytes()).copied();
            if expected != outcome(status) {
                let what = format!(
                    "{} in {id}: {} makes of it {status:?}, the model {expected:?}",
                    entry.id,
                    cast.name(at)
                );
                return Ok(Err(Violation::new("I1 the author had the right", what)));
            }
        }
    }
    Ok(Ok(()))
}

/// Whether an entry is signed by one of some cities or names one.
fn concerns(cities: &BTreeSet<CityId>, entry: &Entry) -> bool {
    let named = |city: &CityId| contains(&entry.public, &city.0);
    cities.contains(&entry.header.city) || cities.iter().any(named)
}

fn outcome(status: Status) -> Option<Outcome> {
    match status {
        Status::Applied => Some(Outcome::Stands),
        Status::Void(_) => Some(Outcome::Void),
        Status::Disputed(_) => Some(Outcome::Disputed),
        Status::Denied(_) | Status::Unknown => Some(Outcome::Denied),
        Status::Held => None,
    }
}

/// I6: what each pair owes, what counts and what the city paid for itself.
fn money(world: &mut World, cast: &Cast, at: usize) -> Checked {
    let parcels = documents(world, cast, at, DocumentKind::Parcel)?;
    let books: Vec<model::Book> = parcels
        .iter()
        .filter_map(|(_, entries, record)| model::book(entries, &record.irregular))
        .collect();
    for text in MONTHS {
        let Ok(month) = text.parse::<Month>() else {
            continue;
        };
        let Ok(answer) = world.ask(at, |engine, ctx| engine.settlement(ctx, month))? else {
            continue;
        };
        let account = model::month(&books, text);
        let division = |city: &model::City| {
            let place = cast.place(&CityId(*city));
            place.map(|place| cast.cities[place])
        };
        // What is owed to or by a city that went away is not the model's to say.
        if cast.one_left {
            continue;
        }
        let mut owes: BTreeMap<DivisionCode, BTreeMap<DivisionCode, i64>> = BTreeMap::new();
        for ((debtor, creditor), fen) in &account.owes {
            if let (Some(debtor), Some(creditor)) = (division(debtor), division(creditor)) {
                owes.entry(debtor).or_default().insert(creditor, *fen);
            }
        }
        let net = account.net(&cast.ids[at].0);
        let self_paid = account.self_paid.get(&cast.ids[at].0).copied();
        let expected = (&owes, net, self_paid.unwrap_or(0), account.lines);
        let said = (
            &answer.owes,
            answer.net,
            answer.self_paid,
            answer.lines.len(),
        );
        if said != expected {
            let what = format!(
                "{text}: {} says {said:?}, the model {expected:?}",
                cast.name(at)
            );
            return Ok(Err(Violation::new("I6 the books are the model's", what)));
        }
    }
    Ok(Ok(()))
}
