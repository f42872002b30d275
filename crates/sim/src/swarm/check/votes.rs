//! I10: one membership log. No two honest cities hold certificates that contradict each other, each certificate has
//! the Commits of a majority, and nobody honest is proven to have said the contrary of what it said.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;
use tongban_ledger::agreement::{Act, RULES_VERSION};
use tongban_ledger::answer::resolution::ResolutionsAnswer;
use tongban_ledger::{DocumentKind, MotionId};
use tongban_sync::document::read_act;
use tongban_sync::engine::inspect;
use tongban_sync::{CommandError, resolution};

use super::Cast;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

/// The cities that committed to a motion, by round.
type Commits = BTreeMap<(MotionId, u16), BTreeSet<CityId>>;

/// Compares the chains of honest cities, and looks behind each certificate.
pub(super) fn one_log(world: &mut World, cast: &Cast) -> Checked {
    let mut chains: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for at in cast.honest_places() {
        let answer = world.ask(at, |engine, ctx| engine.status(ctx))?;
        let answer = answer.map_err(|error| SimError::Read(cast.cities[at], error))?;
        for agreement in &answer.agreements {
            let known = &agreement.resolutions;
            if let Err(violation) = sound(world, cast, at, known)? {
                return Ok(Err(violation));
            }
            let chain = known.certificates.iter();
            chains.insert(at, chain.map(|one| one.certificate.clone()).collect());
        }
    }
    for (one, first) in &chains {
        for (other, second) in chains.range(one + 1..) {
            let both = first.iter().zip(second);
            if both.clone().any(|(first, second)| first != second) {
                let (one, other) = (cast.name(*one), cast.name(*other));
                let what = format!("{one} has {first:?} and {other} has {second:?}");
                return Ok(Err(Violation::new("I10 one membership log", what)));
            }
        }
    }
    Ok(Ok(()))
}

/// What one city holds: a majority behind each certificate, no honest city accused, and files that prove both.
fn sound(world: &mut World, cast: &Cast, at: usize, known: &ResolutionsAnswer) -> Checked {
    if known.split {
        let what = format!("{} holds two certificates on one", cast.name(at));
        return Ok(Err(Violation::new("I10 one membership log", what)));
    }
    let commits = commits(world, cast, at)?;
    // The run admits and removes nobody, so the founders decide.
    let majority = cast.cities.len() * 2 / 3 + 1;
    for certificate in &known.certificates {
        let of_motion = commits
            .iter()
            .filter(|((motion, _), _)| motion.to_string() == certificate.motion);
        let most = of_motion.map(|(_, cities)| cities.len()).max().unwrap_or(0);
        if most < majority {
            let what = format!(
                "{}: {most} of {majority} committed to {}",
                cast.name(at),
                certificate.motion
            );
            return Ok(Err(Violation::new("I10 one membership log", what)));
        }
    }
    for doubled in &known.doubled {
        let by = cast.cities.iter().position(|city| *city == doubled.city);
        // Two nodes with one key may both take their city's turn before they notice each other.
        if by.is_none_or(|by| cast.is_honest(by) && !world.was_copied(by)) {
            let what = format!("{} accuses {}", cast.name(at), doubled.city);
            return Ok(Err(Violation::new("I9 no proof against the honest", what)));
        }
    }
    let entry = known
        .doubled
        .first()
        .and_then(|doubled| doubled.entries.first());
    let last = known.certificates.last().map(|last| &last.certificate);
    for (reference, double) in entry
        .map(|id| (id, true))
        .into_iter()
        .chain(last.map(|id| (id, false)))
    {
        let file = world.ask(at, |engine, ctx| engine.resolution_file(ctx, reference))?;
        let holds = match (file, double) {
            (Ok(file), true) => resolution::verify_double(&file).is_ok(),
            (Ok(file), false) => resolution::verify(&file, &[]).is_ok(),
            (Err(CommandError::Read(error)), _) => {
                return Err(SimError::Read(cast.cities[at], error));
            }
            (Err(CommandError::Refused(_)), _) => false,
        };
        if !holds {
            let what = format!("{}: the file of {reference} does not hold", cast.name(at));
            return Ok(Err(Violation::new("I15 evidence holds offline", what)));
        }
    }
    Ok(Ok(()))
}

/// The Commits on a city's disk.
fn commits(world: &World, cast: &Cast, at: usize) -> Result<Commits, SimError> {
    let failed = |error| SimError::Read(cast.cities[at], error);
    let disk = world.disk(at);
    let mut commits = Commits::new();
    for agreement in inspect::documents(disk, DocumentKind::Agreement).map_err(failed)? {
        for entry in inspect::entries(disk, &agreement).map_err(failed)? {
            if let Ok(Act::Commit(on)) = read_act::<Act>(&entry.public, RULES_VERSION) {
                let by = commits.entry((on.motion, on.round)).or_default();
                by.insert(entry.header.city);
            }
        }
    }
    Ok(commits)
}
