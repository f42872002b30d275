//! I13: a fork that one honest party of a document knows is known to all of them.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::answer::RootsAnswer;
use tongban_ledger::{DocumentId, EntryId};
use tongban_sync::engine::inspect;
use tongban_sync::entry::Slot;

use super::Cast;
use super::bytes::hex;
use crate::swarm::Violation;
use crate::world::{SimError, World};

/// The entries that stand under one number of one device, where there are several.
type Forks = BTreeMap<(Slot, u64), BTreeSet<EntryId>>;

/// Compares the forks that honest parties hold.
pub(super) fn known_to_all(
    world: &World,
    cast: &Cast,
    roots: &BTreeMap<usize, RootsAnswer>,
) -> Result<Result<(), Violation>, SimError> {
    for (at, answer) in roots {
        for (document, row) in &answer.documents {
            let Some(id) = document_id(document) else {
                continue;
            };
            let forks = forks(world, *at, cast, &id)?;
            for (other, _) in roots.iter().filter(|(other, _)| *other > at) {
                let party = row.audience.contains(&cast.cities[*at])
                    && row.audience.contains(&cast.cities[*other]);
                if party && forks != self::forks(world, *other, cast, &id)? {
                    let (one, other) = (cast.name(*at), cast.name(*other));
                    let what = format!("{one} and {other} know different forks of {document}");
                    return Ok(Err(Violation::new("I13 forks are known to all", what)));
                }
            }
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
