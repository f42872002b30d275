//! What every city has at the end, gathered and compared.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow, ParcelRow, RootsAnswer, SettlementAnswer};
use tongban_ledger::calendar::Month;

use super::check_parcel::counted_fen;
use super::error::RunError;
use super::report::{CaseSummary, HistoryRow, Mismatch, MonthSummary, Owes, ParcelSummary};
use super::{Runner, engine};
use crate::engine::Engine;
use crate::scenario::{Query, Scenario};

/// The state roots of every city asked.
pub(super) type Roots = BTreeMap<DivisionCode, RootsAnswer>;

/// What stands in the report beside events and expectations.
pub(super) struct Summary {
    pub(super) converged: bool,
    pub(super) cases: Vec<CaseSummary>,
    pub(super) parcels: Vec<ParcelSummary>,
    pub(super) nets: BTreeMap<DivisionCode, i64>,
    pub(super) months: Vec<MonthSummary>,
    pub(super) books_agree: bool,
    pub(super) state_roots: BTreeMap<String, BTreeMap<DivisionCode, String>>,
    pub(super) file_digests: BTreeMap<String, BTreeMap<DivisionCode, String>>,
    pub(super) names: BTreeMap<String, (String, String)>,
    pub(super) histories: BTreeMap<String, Vec<HistoryRow>>,
}

impl Summary {
    /// Asks every city that answers.
    pub(super) async fn take<E: Engine>(
        runner: &mut Runner<'_, E>,
    ) -> Result<Summary, RunError<E::Error>> {
        let everybody = runner.cities.clone();
        let mut cities = Vec::new();
        let (mut roots, mut cases, mut parcels) = (Roots::new(), Vec::new(), Vec::new());
        let months = months_of(runner.scenario);
        let mut books: BTreeMap<Month, BTreeMap<DivisionCode, SettlementAnswer>> = months
            .into_iter()
            .map(|month| (month, BTreeMap::new()))
            .collect();
        for city in everybody.iter().copied() {
            if !runner.engine.answers(city) {
                continue;
            }
            let answers = Answers::of(runner, city, books.keys().copied()).await;
            let Some(answers) = unless_excused(runner, city, answers)? else {
                continue;
            };
            cities.push(city);
            roots.insert(city, answers.roots);
            cases.push((city, answers.cases));
            parcels.push(answers.parcels);
            for (book, answer) in books.values_mut().zip(answers.settlements) {
                book.insert(city, answer);
            }
        }
        let books_agree = books.values().all(agree);
        let months: Vec<MonthSummary> = books
            .iter()
            .map(|(month, answers)| month_summary(*month, answers))
            .collect();
        let mut histories = BTreeMap::new();
        for (city, rows) in &cases {
            for row in rows {
                if histories.contains_key(&row.document) {
                    continue;
                }
                let case = ask(runner, *city, &row.document).await;
                let Some(case) = unless_excused(runner, *city, case)? else {
                    continue;
                };
                histories.insert(row.document.clone(), case.map(history).unwrap_or_default());
            }
        }
        Ok(Summary {
            converged: cities == everybody && differences(&roots).is_empty(),
            cases: case_summaries(&cases),
            parcels: parcel_summaries(parcels),
            nets: add_up(&months),
            months,
            books_agree,
            state_roots: by_document(&roots, |row| row.root.clone()),
            file_digests: by_document(&roots, |row| row.file.clone()),
            names: names(&roots),
            histories,
        })
    }
}

/// What one city says of everything it has.
struct Answers {
    roots: RootsAnswer,
    cases: Vec<CaseRow>,
    parcels: Vec<ParcelRow>,
    settlements: Vec<SettlementAnswer>,
}

impl Answers {
    async fn of<E: Engine>(
        runner: &mut Runner<'_, E>,
        city: DivisionCode,
        months: impl Iterator<Item = Month>,
    ) -> Result<Self, RunError<E::Error>> {
        let mut settlements = Vec::new();
        for month in months {
            settlements.push(engine!(runner, settlement, city, month)?);
        }
        Ok(Self {
            roots: engine!(runner, roots, city)?,
            cases: engine!(runner, cases, city)?,
            parcels: engine!(runner, parcels, city)?,
            settlements,
        })
    }
}

async fn ask<E: Engine>(
    runner: &mut Runner<'_, E>,
    city: DivisionCode,
    document: &str,
) -> Result<Option<CaseAnswer>, RunError<E::Error>> {
    engine!(runner, case, city, document)
}

/// An answer; nothing where a city's damaged disk excuses that it has none.
fn unless_excused<T, E: Engine>(
    runner: &Runner<'_, E>,
    city: DivisionCode,
    answer: Result<T, RunError<E::Error>>,
) -> Result<Option<T>, RunError<E::Error>> {
    match answer {
        Err(_) if runner.engine.is_excused(city) => Ok(None),
        answer => answer.map(Some),
    }
}

/// What the documents are called, as the first city that has one says.
fn names(roots: &Roots) -> BTreeMap<String, (String, String)> {
    let mut names = BTreeMap::new();
    for (document, row) in roots.values().flat_map(|answer| &answer.documents) {
        let name = || (row.kind.clone(), row.label.clone());
        names.entry(document.clone()).or_insert_with(name);
    }
    names
}

fn history(case: CaseAnswer) -> Vec<HistoryRow> {
    let rows = case.entries.into_iter().map(|entry| HistoryRow {
        entry: entry.entry,
        city: entry.city,
        act: entry.act,
        time: entry.time,
        status: entry.status,
        parents: entry.parents,
    });
    rows.collect()
}

/// Lists where cities of a document's audience do not show the same root and the same file.
pub(super) fn differences(roots: &Roots) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let documents: BTreeSet<&String> = roots
        .values()
        .flat_map(|answer| answer.documents.keys())
        .collect();
    for document in documents {
        let rows: BTreeMap<DivisionCode, _> = roots
            .iter()
            .filter_map(|(city, answer)| Some((*city, answer.documents.get(document)?)))
            .collect();
        let audience: BTreeSet<DivisionCode> = rows
            .values()
            .flat_map(|row| row.audience.iter().copied())
            .filter(|city| roots.contains_key(city))
            .collect();
        // The first city of the audience that has it is the measure; one without it differs anyway.
        let Some(measure) = audience.iter().find_map(|city| rows.get(city)) else {
            continue;
        };
        for city in audience {
            let mut differ = |what: &str, expected: &str, found_there: &str| {
                if expected != found_there {
                    found.push(Mismatch {
                        node: Some(city),
                        what: format!("{what} of {} {document}", measure.kind),
                        expected: expected.to_owned(),
                        found: found_there.to_owned(),
                    });
                }
            };
            match rows.get(&city) {
                Some(row) => {
                    differ("state root", &measure.root, &row.root);
                    differ("file digest", &measure.file, &row.file);
                }
                None => differ("state root", &measure.root, "none"),
            }
        }
    }
    found
}

fn by_document(
    roots: &Roots,
    pick: impl Fn(&tongban_ledger::answer::RootRow) -> String,
) -> BTreeMap<String, BTreeMap<DivisionCode, String>> {
    let mut table: BTreeMap<String, BTreeMap<DivisionCode, String>> = BTreeMap::new();
    for (city, answer) in roots {
        for (document, row) in &answer.documents {
            let value = pick(row);
            if !value.is_empty() {
                table
                    .entry(document.clone())
                    .or_default()
                    .insert(*city, value);
            }
        }
    }
    table
}

/// The months from start to end of the scenario, and those that expectations name.
fn months_of(scenario: &Scenario) -> BTreeSet<Month> {
    let last = Month::of(scenario.end().day());
    let first = Month::of(scenario.start.day());
    let run = std::iter::successors(Some(first), |month| month.next());
    let named = scenario
        .expects
        .iter()
        .filter_map(|expect| match &expect.query {
            Query::Nets { month, .. } | Query::Owes { month, .. } => Some(*month),
            _ => None,
        });
    run.take_while(|month| *month <= last)
        .chain(named)
        .collect()
}

/// Both cities of a pair say the same of it, and no city says anything of another pair.
fn agree(answers: &BTreeMap<DivisionCode, SettlementAnswer>) -> bool {
    let owes = |teller: DivisionCode, debtor: DivisionCode, creditor: DivisionCode| {
        answers
            .get(&teller)
            .and_then(|answer| answer.owes.get(&debtor)?.get(&creditor).copied())
            .unwrap_or(0)
    };
    answers.keys().all(|a| {
        answers
            .keys()
            .all(|b| owes(*a, *a, *b) == owes(*b, *a, *b) && owes(*a, *b, *a) == owes(*b, *b, *a))
    })
}

fn month_summary(month: Month, answers: &BTreeMap<DivisionCode, SettlementAnswer>) -> MonthSummary {
    let mut owes = Owes::new();
    for (city, answer) in answers {
        if let Some(own) = answer.owes.get(city) {
            let own: BTreeMap<_, _> = own.iter().map(|(to, fen)| (*to, *fen)).collect();
            if !own.is_empty() {
                owes.insert(*city, own);
            }
        }
    }
    let of = |pick: fn(&SettlementAnswer) -> i64| {
        answers
            .iter()
            .map(|(city, answer)| (*city, pick(answer)))
            .collect()
    };
    MonthSummary {
        month,
        owes,
        nets: of(|answer| answer.net),
        self_paid: of(|answer| answer.self_paid),
    }
}

/// Adds the months up; a sum outside the range of money cannot come from nodes that check theirs.
fn add_up(months: &[MonthSummary]) -> BTreeMap<DivisionCode, i64> {
    let mut nets = BTreeMap::new();
    for month in months {
        for (city, fen) in &month.nets {
            let sum: &mut i64 = nets.entry(*city).or_default();
            *sum = sum.saturating_add(*fen);
        }
    }
    nets
}

fn case_summaries(answers: &[(DivisionCode, Vec<CaseRow>)]) -> Vec<CaseSummary> {
    let mut cases: BTreeMap<(String, String), CaseSummary> = BTreeMap::new();
    for (city, rows) in answers {
        for row in rows {
            let key = (row.number.clone(), row.document.clone());
            let summary = cases.entry(key).or_insert_with(|| CaseSummary {
                number: row.number.clone(),
                document: row.document.clone(),
                item: row.item.clone(),
                item_name: row.item_name.clone(),
                receiver: row.receiver,
                owner: row.owner,
                stage: row.stage.clone(),
                holder: row.holders.clone(),
                known_to: Vec::new(),
            });
            summary.known_to.push(*city);
        }
    }
    cases.into_values().collect()
}

fn parcel_summaries(answers: Vec<Vec<ParcelRow>>) -> Vec<ParcelSummary> {
    let mut parcels = BTreeMap::new();
    for row in answers.into_iter().flatten() {
        let counted = counted_fen(&row);
        parcels
            .entry((row.tracking.clone(), row.document.clone()))
            .or_insert(ParcelSummary {
                tracking: row.tracking,
                from: row.from,
                to: row.to,
                stage: row.stage,
                counted,
            });
    }
    parcels.into_values().collect()
}
