//! I10: one membership log. No two honest cities hold certificates that contradict each other, each certificate has
//! the Commits of a majority, and nobody honest is proven to have said the contrary of what it said.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::agreement::{Act, Ballot, RULES_VERSION};
use tongban_ledger::answer::resolution::{CertificateAnswer, ResolutionsAnswer};
use tongban_ledger::{CertificateId, DocumentKind, MotionId};
use tongban_sync::document::read_act;
use tongban_sync::engine::inspect;
use tongban_sync::{CommandError, resolution};

use super::Cast;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

/// The cities that committed to a motion on a certificate, by round.
type Commits = BTreeMap<(CertificateId, MotionId, u16), BTreeSet<CityId>>;

/// Members by division code.
type Members = BTreeSet<DivisionCode>;

/// Compares the chains of honest cities, and looks behind each certificate.
pub(super) fn one_log(world: &mut World, cast: &Cast) -> Checked {
    let mut chains: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for at in cast.honest_places() {
        let answer = world.ask(at, |engine, ctx| engine.status(ctx))?;
        let answer = answer.map_err(|error| SimError::Read(cast.cities[at], error))?;
        for agreement in &answer.agreements {
            let known = &agreement.resolutions;
            let members = agreement.members.iter();
            let now: Members = members.map(|member| member.city.division).collect();
            if let Err(violation) = sound(world, cast, at, known, &now)? {
                return Ok(Err(violation));
            }
            if outvoted(cast, known, &now) {
                continue;
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
fn sound(
    world: &mut World,
    cast: &Cast,
    at: usize,
    known: &ResolutionsAnswer,
    now: &Members,
) -> Checked {
    if known.split && !outvoted(cast, known, now) {
        let what = format!("{} holds two certificates on one", cast.name(at));
        return Ok(Err(Violation::new("I10 one membership log", what)));
    }
    if let Err(violation) = decided(world, cast, at, known, now)? {
        return Ok(Err(violation));
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

/// Behind each certificate stand the Commits, in one round, of enough of those who were members then and had a vote.
fn decided(
    world: &World,
    cast: &Cast,
    at: usize,
    known: &ResolutionsAnswer,
    now: &Members,
) -> Checked {
    let commits = commits(world, cast, at)?;
    let mut members = founders(known, now);
    for certificate in &known.certificates {
        let measure = &certificate.measure;
        let concerned = match measure.name.as_str() {
            "remove" | "replace" if members.len() > 2 => measure.city,
            _ => None,
        };
        let eligible = |city: &DivisionCode| members.contains(city) && Some(*city) != concerned;
        let count = members.iter().filter(|city| eligible(city)).count();
        let majority = (members.len() * 2 / 3 + 1).min(count);
        let rounds = behind(&commits, certificate).map(|cities| {
            let places = cities.iter().filter_map(|city| cast.place(city));
            let voters: Members = places.map(|place| cast.cities[place]).collect();
            voters.iter().filter(|city| eligible(city)).count()
        });
        let most = rounds.max().unwrap_or(0);
        if most < majority {
            let what = format!(
                "{}: {most} of {majority} committed to {}",
                cast.name(at),
                certificate.motion
            );
            return Ok(Err(Violation::new("I10 one membership log", what)));
        }
        match (measure.name.as_str(), measure.city) {
            ("admit", Some(city)) => members.insert(city),
            ("remove", Some(city)) => members.remove(&city),
            _ => false,
        };
    }
    match members == *now {
        true => Ok(Ok(())),
        false => {
            let what = format!("{}: {now:?} do not follow", cast.name(at));
            Ok(Err(Violation::new("I10 one membership log", what)))
        }
    }
}

/// The members before any certificate, by those of today.
fn founders(known: &ResolutionsAnswer, now: &Members) -> Members {
    let mut members = now.clone();
    for certificate in known.certificates.iter().rev() {
        let measure = &certificate.measure;
        match (measure.name.as_str(), measure.city) {
            ("admit", Some(city)) => members.remove(&city),
            ("remove", Some(city)) => members.insert(city),
            _ => false,
        };
    }
    members
}

/// Whether at some time a third or more of the members were held to nothing: then they can make two certificates.
fn outvoted(cast: &Cast, known: &ResolutionsAnswer, now: &Members) -> bool {
    let lies = |city: &DivisionCode| {
        let place = cast.cities.iter().position(|one| one == city);
        // Who stands for a city of whom nobody here knows has no node, and keeps silent.
        place.is_some_and(|place| !cast.is_honest(place))
    };
    let too_many =
        |members: &Members| members.iter().filter(|city| lies(city)).count() * 3 >= members.len();
    let mut members = now.clone();
    let mut found = too_many(&members);
    for certificate in known.certificates.iter().rev() {
        let measure = &certificate.measure;
        match (measure.name.as_str(), measure.city) {
            ("admit", Some(city)) => members.remove(&city),
            ("remove", Some(city)) => members.insert(city),
            _ => false,
        };
        found |= too_many(&members);
    }
    found
}

/// Cities to which the others owe nothing more, as they left, did not open the agreement or have a root key that signs
/// no more; and whether any city
/// left at all.
pub(super) fn away(world: &mut World, cast: &Cast) -> Result<(BTreeSet<usize>, bool), SimError> {
    let mut away = BTreeSet::new();
    let mut longest: Option<(ResolutionsAnswer, Members)> = None;
    for at in cast.honest_places() {
        let answer = world.ask(at, |engine, ctx| engine.status(ctx))?;
        let answer = answer.map_err(|error| SimError::Read(cast.cities[at], error))?;
        let Some(agreement) = answer.agreements.first() else {
            away.insert(at);
            continue;
        };
        let members = agreement.members.iter();
        let members: Members = members.map(|member| member.city.division).collect();
        let known = &agreement.resolutions;
        let length = |known: &ResolutionsAnswer| known.certificates.len();
        if longest
            .as_ref()
            .is_none_or(|(before, _)| length(known) > length(before))
        {
            longest = Some((known.clone(), members));
        }
    }
    let (known, members) = longest.unwrap_or_default();
    let left = cast.honest_places();
    away.extend(left.filter(|at| !members.contains(&cast.cities[*at])));
    let measures = known.certificates.iter().map(|one| &one.measure);
    let replaced: BTreeSet<DivisionCode> = measures
        .filter(|measure| measure.name == "replace")
        .filter_map(|measure| measure.city)
        .collect();
    for at in cast.honest_places() {
        // A city is there under the key that the members know: it has taken the new one up if they decided so.
        let taken_up = world.next_root(at) != cast.next_roots[at];
        if taken_up != replaced.contains(&cast.cities[at]) {
            away.insert(at);
        }
    }
    Ok((away, !known.former.is_empty()))
}

/// Cities that left, and those whose root key was replaced, as a city knows it.
pub(super) fn gone(
    world: &mut World,
    cast: &Cast,
    at: usize,
) -> Result<BTreeSet<CityId>, SimError> {
    let answer = world.ask(at, |engine, ctx| engine.status(ctx))?;
    let answer = answer.map_err(|error| SimError::Read(cast.cities[at], error))?;
    let certificates = answer.agreements.iter();
    let certificates = certificates.flat_map(|agreement| &agreement.resolutions.certificates);
    let measures = certificates.map(|certificate| &certificate.measure);
    let gone = measures.filter(|measure| ["remove", "replace"].contains(&measure.name.as_str()));
    let places = gone.filter_map(|measure| {
        let city = measure.city?;
        cast.cities.iter().position(|one| *one == city)
    });
    Ok(places.map(|place| cast.ids[place]).collect())
}

/// The Commits on a city's disk.
fn commits(world: &World, cast: &Cast, at: usize) -> Result<Commits, SimError> {
    let failed = |error| SimError::Read(cast.cities[at], error);
    let disk = world.disk(at);
    let mut commits = Commits::new();
    for agreement in inspect::documents(disk, DocumentKind::Agreement).map_err(failed)? {
        for entry in inspect::entries(disk, &agreement).map_err(failed)? {
            if let Ok(Act::Commit(on)) = read_act::<Act>(&entry.public, RULES_VERSION) {
                note(&mut commits, &on, entry.header.city);
            }
        }
    }
    Ok(commits)
}

fn note(commits: &mut Commits, on: &Ballot, city: CityId) {
    let by = commits.entry((on.parent, on.motion, on.round)).or_default();
    by.insert(city);
}

/// The cities that committed to what a certificate decides, on the one before it: of each round by themselves.
fn behind<'c>(
    commits: &'c Commits,
    certificate: &'c CertificateAnswer,
) -> impl Iterator<Item = &'c BTreeSet<CityId>> {
    let named = |parent: &CertificateId, motion: &MotionId| {
        parent.to_string() == certificate.parent && motion.to_string() == certificate.motion
    };
    let of_both = commits.iter();
    let of_both = of_both.filter(move |((parent, motion, _), _)| named(parent, motion));
    of_both.map(|(_, cities)| cities)
}

#[cfg(test)]
mod tests {
    use tongban_identity::Hash32;
    use tongban_ledger::EntryId;
    use tongban_ledger::answer::resolution::MeasureAnswer;

    use super::*;

    /// A motion may be decided on one certificate and fail on another: its Commits on both make no majority.
    #[test]
    fn commits_on_another_certificate_do_not_count() {
        let motion = MotionId(Hash32([7; 32]));
        let parents = [1, 2].map(|seed| CertificateId::first(&EntryId(Hash32([seed; 32]))));
        let mut commits = Commits::new();
        for (parent, round, city) in [(0, 1, 1), (0, 1, 2), (1, 1, 3), (1, 1, 1), (0, 2, 4)] {
            let parent = parents[parent];
            let on = Ballot {
                parent,
                round,
                motion,
            };
            note(&mut commits, &on, CityId([city; 32]));
        }
        let certificate = CertificateAnswer {
            certificate: parents[0].then(&motion).to_string(),
            parent: parents[0].to_string(),
            motion: motion.to_string(),
            measure: MeasureAnswer {
                name: "rules".into(),
                city: None,
                city_name: None,
                fingerprint: None,
                limits: None,
                rules: Some(2),
                case: None,
            },
            basis: String::new(),
        };
        let counts: Vec<usize> = behind(&commits, &certificate).map(BTreeSet::len).collect();
        assert_eq!(counts, [2, 1]);
    }
}
