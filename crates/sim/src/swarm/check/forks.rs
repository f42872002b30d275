//! I13: a fork that one honest party of a document knows is known to all of them.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::answer::RootsAnswer;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::CommandError;
use tongban_sync::engine::inspect;
use tongban_sync::entry::Slot;

use super::Cast;
use super::bytes::hex;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

/// The entries that stand under one number of one device, where there are several.
type Forks = BTreeMap<(Slot, u64), BTreeSet<EntryId>>;

/// Compares the forks that honest parties hold, and what their engines say of them: each is proven, and none
/// is proven against an honest city (I9).
pub(super) fn known_to_all(
    world: &mut World,
    cast: &Cast,
    roots: &BTreeMap<usize, RootsAnswer>,
) -> Checked {
    for (at, answer) in roots {
        for (document, row) in &answer.documents {
            let Some(id) = document_id(document) else {
                continue;
            };
            let forks = forks(world, *at, cast, &id)?;
            for (other, _) in roots.iter().filter(|(other, _)| *other > at) {
                let away = cast.away.contains(at) || cast.away.contains(other);
                let party = !away
                    && row.audience.contains(&cast.cities[*at])
                    && row.audience.contains(&cast.cities[*other]);
                if party && forks != self::forks(world, *other, cast, &id)? {
                    let (one, other) = (cast.name(*at), cast.name(*other));
                    let what = format!("{one} and {other} know different forks of {document}");
                    return Ok(Err(Violation::new("I13 forks are known to all", what)));
                }
            }
        }
    }
    for at in cast.honest_places() {
        if let Err(violation) = proven(world, cast, at)? {
            return Ok(Err(violation));
        }
    }
    Ok(Ok(()))
}

/// I9 and I13: the engine shows the forks that are on its disk, no others, and its proofs hold offline.
fn proven(world: &mut World, cast: &Cast, at: usize) -> Checked {
    let failed = |error| SimError::Read(cast.cities[at], error);
    let mut held: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for kind in DocumentKind::ALL {
        for id in inspect::documents(world.disk(at), kind).map_err(failed)? {
            let forks = forks(world, at, cast, &id)?.into_values();
            held.extend(forks.map(|ids| ids.iter().map(ToString::to_string).collect()));
        }
    }
    let answer = world.ask(at, |engine, ctx| engine.keys(ctx))?;
    let rows = answer.map_err(failed)?.forks;
    let shown: BTreeSet<BTreeSet<String>> = rows
        .iter()
        .map(|row| row.entries.iter().cloned().collect())
        .collect();
    if shown != held {
        let what = format!("{} shows {shown:?} and holds {held:?}", cast.name(at));
        return Ok(Err(Violation::new("I13 forks are known to all", what)));
    }
    for row in rows {
        let by = cast.cities.iter().position(|city| *city == row.city);
        if by.is_none_or(|by| cast.is_honest(by)) {
            let what = format!("{} accuses {}", cast.name(at), row.city);
            return Ok(Err(Violation::new("I9 no proof against the honest", what)));
        }
        let document = &row.document;
        let proof = world.ask(at, |engine, ctx| engine.fork_proof(ctx, document))?;
        let holds = match proof {
            Ok(file) => tongban_sync::forks::verify(&file).is_ok(),
            Err(CommandError::Read(error)) => return Err(failed(error)),
            Err(CommandError::Refused(_)) => false,
        };
        if !holds {
            let what = format!("{}: no proof of the fork in {document}", cast.name(at));
            return Ok(Err(Violation::new("I15 evidence holds offline", what)));
        }
    }
    Ok(Ok(()))
}

fn forks(world: &World, at: usize, cast: &Cast, id: &DocumentId) -> Result<Forks, SimError> {
    let entries = inspect::entries(world.disk(at), id)
        .map_err(|error| SimError::Read(cast.cities[at], error))?;
    let mut used: Forks = BTreeMap::new();
    for entry in entries {
        let place = (entry.header.slot(), entry.header.seq);
        used.entry(place).or_default().insert(entry.id);
    }
    used.retain(|_, ids| ids.len() > 1);
    Ok(used)
}

/// Reads a document's id from its hex.
pub(super) fn document_id(text: &str) -> Option<DocumentId> {
    let bytes: Option<Vec<u8>> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect();
    let id = DocumentId::from_slice(&bytes?)?;
    debug_assert_eq!(hex(id.as_bytes()), text);
    Some(id)
}
