//! How far a seed got: resolutions that were passed, bills that both cities signed, rounds, payments, objections that
//! were settled. It judges nothing; it tells whether a drawn workload comes to what the checks are for.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::DocumentKind;
use tongban_ledger::agreement::{self, RULES_VERSION};
use tongban_ledger::answer::StatusAnswer;
use tongban_ledger::bill::Bill;
use tongban_ledger::parcel::Parcel;
use tongban_ledger::round::Round;
use tongban_sync::document::{Record, read_act};
use tongban_sync::engine::inspect;
use tongban_sync::entry::Entry;

use super::Cast;
use crate::world::{SimError, World};

/// Everything that a seed may come to, by its name in tables.
pub const MILESTONES: [&str; 21] = [
    "admitted",
    "removed",
    "root-key-replaced",
    "limits-set",
    "rules-raised",
    "holder-named",
    "newcomer-signed",
    "second-round",
    "double-vote-proven",
    "bill-agreed",
    "line-carried",
    "bill-carried",
    "round-complete",
    "number-2-proposed",
    "complete-without-the-silent",
    "payment",
    "receipt",
    "objection",
    "objection-settled",
    "correction-agreed",
    "line-reallocated",
];

/// What a seed came to: by milestone, each thing by its id, so that what several cities know counts once.
#[derive(Debug, Default)]
struct Tally(BTreeMap<&'static str, BTreeSet<String>>);

impl Tally {
    fn add(&mut self, milestone: &'static str, id: impl ToString) {
        debug_assert!(MILESTONES.contains(&milestone), "{milestone}");
        self.0.entry(milestone).or_default().insert(id.to_string());
    }

    fn decided(&mut self, status: &StatusAnswer) {
        for agreement in &status.agreements {
            let known = &agreement.resolutions;
            for one in &known.certificates {
                let milestone = match one.measure.name.as_str() {
                    "admit" => "admitted",
                    "remove" => "removed",
                    "replace" => "root-key-replaced",
                    "thresholds" => "limits-set",
                    "rules" => "rules-raised",
                    _ => "holder-named",
                };
                self.add(milestone, &one.certificate);
                let signed = agreement.members.iter().filter(|member| member.signed);
                let mut signed = signed.map(|member| member.city.division);
                if milestone == "admitted" && signed.any(|city| Some(city) == one.measure.city) {
                    self.add("newcomer-signed", &one.certificate);
                }
            }
            for doubled in &known.doubled {
                self.add("double-vote-proven", doubled.entries.concat());
            }
        }
    }

    /// A round of votes after the first that came to Commits.
    fn committed(&mut self, entry: &Entry) {
        if let Ok(agreement::Act::Commit(on)) = read_act(&entry.public, RULES_VERSION)
            && on.round > 1
        {
            self.add("second-round", format!("{}-{}", on.motion, on.round));
        }
    }

    fn settled(&mut self, record: &Record) {
        if let Some(bill) = record.state_of::<Bill>() {
            for agreed in bill.agreed() {
                self.add("bill-agreed", agreed.hash);
                let first = bill.open.month.first_day();
                for line in agreed.lines.iter().filter(|line| line.posted < first) {
                    self.add("line-carried", line.line);
                }
            }
        }
        let Some(round) = record.state_of::<Round>() else {
            return;
        };
        for (id, proposed) in &round.proposals {
            if proposed.propose.number > 1 {
                self.add("number-2-proposed", id);
            }
            if round.is_complete(id) && !proposed.propose.left_out.is_empty() {
                self.add("complete-without-the-silent", id);
            }
        }
        if let Some((id, held)) = round.held() {
            self.add("round-complete", id);
            let bills = round.bills_of(&held.propose).into_iter();
            for bill in bills.filter(|bill| bill.month < round.open.month) {
                self.add("bill-carried", bill.hash);
            }
        }
        round.payments.keys().for_each(|id| self.add("payment", id));
        round.receipts.keys().for_each(|id| self.add("receipt", id));
    }

    fn objected(&mut self, record: &Record) {
        let Some(parcel) = record.state_of::<Parcel>() else {
            return;
        };
        let agreed = parcel.agreed.values();
        let corrected: BTreeSet<_> = agreed
            .inspect(|agreed| {
                self.add("correction-agreed", agreed.correction);
                let correction = parcel.corrections.get(&agreed.correction);
                if correction.is_some_and(|one| one.act.ruling.is_some()) {
                    self.add("line-reallocated", agreed.correction);
                }
            })
            .map(|agreed| agreed.line)
            .collect();
        for (id, objection) in &parcel.objections {
            self.add("objection", id);
            let withdrawn = parcel.withdrawals.values().any(|of| of == id);
            if withdrawn || corrected.contains(&objection.line) {
                self.add("objection-settled", id);
            }
        }
    }
}

/// Counts what the honest cities came to.
///
/// # Errors
/// A city does not answer or its disk cannot be read.
pub(super) fn reached(
    world: &mut World,
    cast: &Cast,
) -> Result<BTreeMap<&'static str, u64>, SimError> {
    let mut tally = Tally::default();
    for at in cast.honest_places() {
        let read = |error| SimError::Read(cast.cities[at], error);
        let status = world.ask(at, |engine, ctx| engine.status(ctx))?;
        tally.decided(&status.map_err(read)?);
        let disk = world.disk(at);
        for agreement in inspect::documents(disk, DocumentKind::Agreement).map_err(read)? {
            let entries = inspect::entries(disk, &agreement).map_err(read)?;
            entries.iter().for_each(|entry| tally.committed(entry));
        }
        for kind in [
            DocumentKind::Bill,
            DocumentKind::Round,
            DocumentKind::Parcel,
        ] {
            for id in inspect::documents(disk, kind).map_err(read)? {
                if let Some(record) = inspect::record(disk, &id).map_err(read)? {
                    tally.settled(&record);
                    tally.objected(&record);
                }
            }
        }
    }
    let counts = tally.0.into_iter();
    Ok(counts.map(|(name, ids)| (name, ids.len() as u64)).collect())
}
