//! Which department of the owner answers for a case (E29, R-183).

use super::act::{Act, HandoverCase};
use super::state::State;
use crate::chain;
use crate::city::Transfer;
use crate::id::EntryId;

impl State {
    /// The last hand-over between departments.
    pub fn handed_over(&self) -> Option<(EntryId, &HandoverCase)> {
        let last = chain::last(
            &self
                .handovers()
                .map(|(id, handover)| (id, handover.after))
                .collect(),
        )?;
        self.handovers().find(|(id, _)| *id == last)
    }

    /// The department that answers for the case since its last hand-over; none before the first, when the owner's page
    /// says which one it is.
    pub fn department(&self) -> Option<&str> {
        let (_, handover) = self.handed_over()?;
        Some(&handover.to_dept)
    }

    /// Whether the case followed a change.
    pub fn followed_change(&self, change: &EntryId) -> bool {
        self.handovers()
            .any(|(_, handover)| handover.change == *change)
    }

    /// The hand-over that an open case owes to completed transfers of the owner's items, the earliest first; none if it
    /// follows them all. A case that came in after a transfer came to the new department.
    pub fn handover_due(&self, transfers: &[Transfer]) -> Option<HandoverCase> {
        if self.ending().is_some() {
            return None;
        }
        let last = self.handed_over();
        let due = transfers.iter().find(|transfer| {
            let here = match last {
                Some((_, handover)) => handover.to_dept == transfer.from_dept,
                None => self.receive.received <= transfer.on,
            };
            here && transfer.item == self.receive.item && !self.followed_change(&transfer.change)
        })?;
        Some(HandoverCase {
            change: due.change,
            from_dept: due.from_dept.clone(),
            to_dept: due.to_dept.clone(),
            after: last.map(|(id, _)| id),
            officer: None,
        })
    }

    fn handovers(&self) -> impl Iterator<Item = (EntryId, &HandoverCase)> {
        self.facts.iter().filter_map(|(id, fact)| match &fact.act {
            // What a former owner did before a redirect is about its own departments.
            Act::HandoverCase(handover) if fact.by == self.owner() => Some((*id, handover)),
            _ => None,
        })
    }
}
