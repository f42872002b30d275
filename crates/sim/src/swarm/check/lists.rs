//! Lists of cases at rest: what a node lists under a stage and an item is what the records on its disk say, read
//! without its engine.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::DocumentKind;
use tongban_ledger::answer::CaseQuery;
use tongban_ledger::case::Case;
use tongban_sync::CommandError;
use tongban_sync::engine::inspect;

use super::Cast;
use crate::swarm::{Checked, Violation};
use crate::world::{SimError, World};

const LISTS: &str = "I16 lists name every case";

/// Checks the lists of every honest city.
pub(super) fn name_every_case(world: &mut World, cast: &Cast) -> Checked {
    for at in cast.honest_places() {
        let city = cast.cities[at];
        let unread = |error| SimError::Read(city, error);
        let mut expected: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for document in inspect::documents(world.disk(at), DocumentKind::Case).map_err(unread)? {
            let record = inspect::record(world.disk(at), &document).map_err(unread)?;
            if let Some(state) = record.as_ref().and_then(|record| record.state_of::<Case>()) {
                let stage = ("stage".to_owned(), state.stage().code().to_owned());
                let item = ("item".to_owned(), state.receive.item.clone());
                for list in [stage, item] {
                    let cases = expected.entry(list).or_default();
                    cases.insert(document.to_string());
                }
            }
        }
        for ((list, value), cases) in expected {
            let query = CaseQuery {
                stage: (list == "stage").then(|| value.clone()),
                item: (list == "item").then(|| value.clone()),
                // Short pages, so that they have to be joined.
                limit: Some(3),
                ..CaseQuery::default()
            };
            let found = listed(world, cast, at, query)?;
            if found != cases {
                let (there, here) = (found.len(), cases.len());
                let what = format!("{city} lists {there} cases of {list} {value}, and has {here}");
                return Ok(Err(Violation::new(LISTS, what)));
            }
        }
    }
    Ok(Ok(()))
}

/// The documents that every page of a question names.
fn listed(
    world: &mut World,
    cast: &Cast,
    at: usize,
    mut query: CaseQuery,
) -> Result<BTreeSet<String>, SimError> {
    let mut found = BTreeSet::new();
    loop {
        let page = match world.ask(at, |engine, ctx| engine.case_page(ctx, &query))? {
            Ok(page) => page,
            Err(CommandError::Read(error)) => return Err(SimError::Read(cast.cities[at], error)),
            // A question of this form is not refused: then nothing is found, and that is told.
            Err(CommandError::Refused(_)) => return Ok(BTreeSet::new()),
        };
        found.extend(page.cases.into_iter().map(|row| row.document));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}
