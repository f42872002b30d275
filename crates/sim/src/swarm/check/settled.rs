//! I6: bills and rounds count what their cities signed, nothing twice, and add up to zero.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::bill::{self, Bill};
use tongban_ledger::round::{self, Round};
use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::document::read_act;
use tongban_sync::engine::inspect;
use tongban_sync::entry::Entry;

use super::Cast;
use crate::model;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

const INVARIANT: &str = "I6 final rounds count signed bills once";

/// What a city's bills came to: what both cities of a pair signed, by pair, month and hash.
type Agreed = BTreeMap<round::Key, bill::Agreed>;

/// Checks the bills and rounds of every honest city.
pub(super) fn money_adds_up(world: &World, cast: &Cast) -> Checked {
    for at in cast.honest_places() {
        let own = cast.ids[at];
        let agreed = match bills(world, cast, at, &own)? {
            Ok(agreed) => agreed,
            Err(violation) => return Ok(Err(violation)),
        };
        if let Err(violation) = rounds(world, cast, at, &own, &agreed)? {
            return Ok(Err(violation));
        }
    }
    Ok(Ok(()))
}

fn broken(what: String) -> Violation {
    Violation::new(INVARIANT, what)
}

/// No line stands in two final bills, and no number of a pair in two parcels; each line is one that its parcel has and
/// that both cities signed.
fn bills(
    world: &World,
    cast: &Cast,
    at: usize,
    own: &CityId,
) -> Result<Result<Agreed, Violation>, SimError> {
    let read = |error| SimError::Read(cast.cities[at], error);
    let disk = world.disk(at);
    let signed = signed_lines(world, cast, at)?;
    let (mut lines, mut numbers) = (BTreeSet::new(), BTreeMap::new());
    let mut agreed = Agreed::new();
    for id in inspect::documents(disk, DocumentKind::Bill).map_err(read)? {
        let record = inspect::record(disk, &id).map_err(read)?;
        let Some(state) = record.as_ref().and_then(|record| record.state_of::<Bill>()) else {
            continue;
        };
        if !state.is_party(own) {
            return Ok(Err(broken(format!(
                "{} holds a foreign bill",
                cast.name(at)
            ))));
        }
        let (one, other) = state.pair();
        for found in state.agreed() {
            for line in &found.lines {
                if !lines.insert(line.line) {
                    return Ok(Err(broken(format!("{} is in two final bills", line.line))));
                }
                let number = (
                    one.min(other),
                    one.max(other),
                    line.tracking.clone(),
                    line.kind,
                );
                if *numbers.entry(number).or_insert(line.parcel) != line.parcel {
                    let what = format!("{} counts for two parcels", line.tracking.as_str());
                    return Ok(Err(broken(what)));
                }
                let known = signed.get(line.line.as_bytes());
                if known != Some(&line.amount.fen().get()) {
                    let what = format!("{} was not signed as {}", line.line, line.amount);
                    return Ok(Err(broken(what)));
                }
            }
            let key = (one.min(other), one.max(other), state.open.month, found.hash);
            agreed.insert(key, found);
        }
    }
    Ok(Ok(agreed))
}

/// Cost lines of a city's parcels that the counterpart signed at some time, with their amounts, as the model reads them.
fn signed_lines(
    world: &World,
    cast: &Cast,
    at: usize,
) -> Result<BTreeMap<model::Id, i64>, SimError> {
    let read = |error| SimError::Read(cast.cities[at], error);
    let disk = world.disk(at);
    let mut signed = BTreeMap::new();
    for id in inspect::documents(disk, DocumentKind::Parcel).map_err(read)? {
        let entries = inspect::entries(disk, &id).map_err(read)?;
        let Some(record) = inspect::record(disk, &id).map_err(read)? else {
            continue;
        };
        if let Some(book) = model::book(&entries, &record.irregular) {
            signed.extend(model::signed(&book));
        }
    }
    Ok(signed)
}

/// Which city reported which bill, as the named entries say themselves.
fn reported(cast: &Cast, entries: &[Entry], named: &[EntryId]) -> BTreeSet<(CityId, round::Key)> {
    let mut said = BTreeSet::new();
    for entry in entries.iter().filter(|entry| named.contains(&entry.id)) {
        if let Ok(round::Act::Report(report)) = read_act(&entry.public, RULES_VERSION) {
            let city = cast.city(&entry.header.city);
            let rows = report.rows.iter();
            said.extend(rows.map(|row| (city, round::Bill::of(city, row).key())));
        }
    }
    said
}

/// A final round is signed by every city with a bill in it, adds up to zero, counts of this city's bills exactly what it
/// signed, and no bill that one of its cities did not report; no bill stands in two final rounds.
fn rounds(world: &World, cast: &Cast, at: usize, own: &CityId, agreed: &Agreed) -> Checked {
    let read = |error| SimError::Read(cast.cities[at], error);
    let disk = world.disk(at);
    let mut counted: BTreeMap<round::Key, DocumentId> = BTreeMap::new();
    for id in inspect::documents(disk, DocumentKind::Round).map_err(read)? {
        let record = inspect::record(disk, &id).map_err(read)?;
        let Some(state) = record
            .as_ref()
            .and_then(|record| record.state_of::<Round>())
        else {
            continue;
        };
        let Some((proposal, held)) = state.held() else {
            continue;
        };
        let signers = state.signers(&proposal);
        let bills = state.bills_of(&held.propose);
        let entries = inspect::entries(disk, &id).map_err(read)?;
        let said = reported(cast, &entries, &held.propose.reports);
        let mut nets: BTreeMap<CityId, i64> = BTreeMap::new();
        for bill in &bills {
            let (low, high) = (bill.low_owes.get(), bill.high_owes.get());
            *nets.entry(bill.low).or_default() += high - low;
            *nets.entry(bill.high).or_default() += low - high;
            if !signers.contains(&bill.low) || !signers.contains(&bill.high) {
                return Ok(Err(broken(format!(
                    "{id} holds unsigned by a city of a bill"
                ))));
            }
            if counted.insert(bill.key(), id).is_some() {
                return Ok(Err(broken(format!(
                    "a bill stands in two final rounds: {id}"
                ))));
            }
            for city in [bill.low, bill.high] {
                if !said.contains(&(cast.city(&city), bill.key())) {
                    let what = format!("{id} counts a bill that one of its cities did not report");
                    return Ok(Err(broken(what)));
                }
            }
            if !bill.is_of(own) {
                continue;
            }
            let Some(own_bill) = agreed.get(&bill.key()) else {
                let what = format!("{id} counts a bill that {} did not sign", cast.name(at));
                return Ok(Err(broken(what)));
            };
            let ours = bill::Totals::of(&own_bill.lines, &bill.low);
            let ours = ours.map(|totals| (totals.owed.get(), totals.due.get()));
            if ours != Ok((low, high)) {
                let what = format!("{id} counts another sum than {} signed", cast.name(at));
                return Ok(Err(broken(what)));
            }
        }
        let sum: i64 = nets.values().sum();
        let figures = round::Figures::of(&bills);
        let same = figures.is_ok_and(|figures| {
            let told = figures.nets.iter();
            told.map(|(city, fen)| (*city, fen.get()))
                .collect::<BTreeMap<_, _>>()
                == nets
        });
        if sum != 0 || !same {
            return Ok(Err(broken(format!("the nets of {id} add up to {sum}"))));
        }
    }
    Ok(Ok(()))
}
