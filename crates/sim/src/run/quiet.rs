//! When cities are at rest: everyone who can be reached has everything, and nothing moves any more.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{RootsAnswer, StatusAnswer};

use super::error::Gap;
use crate::engine::Engine;

/// One look at every city that answers.
pub(super) struct Look {
    statuses: BTreeMap<DivisionCode, StatusAnswer>,
    roots: BTreeMap<DivisionCode, RootsAnswer>,
}

/// What two looks must have in common for the cities to be at rest.
pub(super) type Mark = BTreeMap<DivisionCode, (u64, RootsAnswer)>;

impl Look {
    /// Asks every city that answers.
    pub(super) async fn take<E: Engine>(
        engine: &mut E,
        cities: &[DivisionCode],
    ) -> Result<Look, E::Error> {
        let mut look = Look {
            statuses: BTreeMap::new(),
            roots: BTreeMap::new(),
        };
        for city in cities {
            if !engine.answers(*city) {
                continue;
            }
            let status = engine.status((*city).into()).await;
            let roots = match status.is_ok() {
                true => engine.roots(*city).await.map(Some),
                false => Ok(None),
            };
            match (status, roots) {
                (Ok(status), Ok(Some(roots))) => {
                    look.statuses.insert(*city, status);
                    look.roots.insert(*city, roots);
                }
                _ if engine.is_excused(*city) => {}
                (status, roots) => {
                    status?;
                    roots?;
                }
            }
        }
        Ok(look)
    }

    /// Finds what is open between cities that can reach each other.
    pub(super) fn gap<E: Engine>(&self, engine: &E) -> Option<Gap> {
        // Who has opened no agreement yet takes no link: `not_effective` says who may be without.
        let takes_part = |city: &DivisionCode| {
            let status = self.statuses.get(city);
            status.is_some_and(|status| !status.agreements.is_empty())
        };
        let reaches =
            |a: DivisionCode, b: DivisionCode| a != b && takes_part(&b) && engine.connected(a, b);
        for (node, status) in &self.statuses {
            if let Some(gap) = of_status(*node, status, &reaches) {
                return Some(gap);
            }
        }
        for (node, roots) in &self.roots {
            // A city that has left a document's audience keeps what it had, and is promised nothing more.
            let documents = roots.documents.iter();
            for (document, row) in documents.filter(|(_, row)| row.audience.contains(node)) {
                for other in row.audience.iter().filter(|other| reaches(*node, **other)) {
                    let there = self
                        .roots
                        .get(other)
                        .and_then(|o| o.documents.get(document));
                    let same =
                        there.is_some_and(|there| there.root == row.root && there.file == row.file);
                    if !same {
                        return Some(Gap::Differs {
                            document: document.clone(),
                            a: *node,
                            b: *other,
                        });
                    }
                }
            }
        }
        None
    }

    /// Says whether some agreement is in force in every city that has to have one, or where not.
    pub(super) fn not_effective(&self, outside: &[DivisionCode]) -> Option<Gap> {
        self.statuses
            .iter()
            .find(|(city, status)| {
                let without = status.agreements.is_empty() && outside.contains(city);
                !without
                    && !status
                        .agreements
                        .iter()
                        .any(|agreement| agreement.effective)
            })
            .map(|(node, _)| Gap::Agreement(*node))
    }

    pub(super) fn into_mark(self) -> Mark {
        let Look { statuses, roots } = self;
        roots
            .into_iter()
            .map(|(city, roots)| {
                let entries = statuses.get(&city).map_or(0, |status| status.entries);
                (city, (entries, roots))
            })
            .collect()
    }
}

fn of_status(
    node: DivisionCode,
    status: &StatusAnswer,
    reaches: &impl Fn(DivisionCode, DivisionCode) -> bool,
) -> Option<Gap> {
    let members = status
        .agreements
        .iter()
        .flat_map(|agreement| &agreement.members);
    for member in members.filter(|member| reaches(node, member.city.division)) {
        let to = member.city.division;
        if !member.online {
            return Some(Gap::Offline { from: node, to });
        }
        if member.waiting > 0 {
            return Some(Gap::Waiting {
                from: node,
                to,
                entries: member.waiting,
            });
        }
    }
    (status.pending > 0).then_some(Gap::Pending {
        node,
        entries: status.pending,
    })
}
