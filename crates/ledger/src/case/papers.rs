//! Papers on their way: differences from the list, and originals that have to come back.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::{Act, Paper, PapersSent, PapersTaken};
use super::state::{Fact, State};
use crate::agreement::View;
use crate::calendar::Day;
use crate::id::EntryId;

impl State {
    /// Every hand-over list with its sender.
    pub fn papers_sent(&self) -> impl Iterator<Item = (EntryId, CityId, &PapersSent)> {
        self.picked(|act| match act {
            Act::PapersSent(sent) => Some(sent),
            _ => None,
        })
        .map(|(id, fact, sent)| (id, fact.by, sent))
    }

    /// What was found of a list.
    pub fn papers_taken(&self, sent: &EntryId) -> Option<(EntryId, &PapersTaken)> {
        self.facts.iter().find_map(|(id, fact)| match &fact.act {
            Act::PapersTaken(taken) if taken.sent == *sent => Some((*id, taken)),
            _ => None,
        })
    }

    /// The mended list of a count, and whether the recipient agreed.
    pub fn papers_mended(&self, taken: &EntryId) -> Option<(EntryId, &[Paper], bool)> {
        let mended = self.facts.iter().filter_map(|(id, fact)| match &fact.act {
            Act::PapersMended(mended) if mended.taken == *taken => Some((*id, mended)),
            _ => None,
        });
        mended
            .map(|(id, mended)| {
                let agreed = self.facts.values().any(
                    |fact| matches!(&fact.act, Act::PapersAgreed(agree) if agree.mended == id),
                );
                (id, mended.papers.as_slice(), agreed)
            })
            .max_by_key(|(_, _, agreed)| *agreed)
    }

    /// Counts that differ from their list and that both cities have not settled.
    pub fn differences(&self) -> Vec<EntryId> {
        let mut open = Vec::new();
        for (id, _, sent) in self.papers_sent() {
            let Some((taken, found)) = self.papers_taken(&id) else {
                continue;
            };
            let settled = self
                .papers_mended(&taken)
                .is_some_and(|(_, _, agreed)| agreed);
            if found.found != sent.papers && !settled {
                open.push(taken);
            }
        }
        open
    }

    /// Whether a paper of a requirement was counted at a city.
    pub fn paper_at(&self, city: &CityId, requirement: &str) -> bool {
        self.papers_sent()
            .filter(|(_, _, sent)| sent.to == Some(*city))
            .filter_map(|(id, _, _)| self.papers_taken(&id))
            .any(|(_, taken)| {
                taken
                    .found
                    .iter()
                    .any(|paper| paper.requirement == requirement)
            })
    }

    /// The papers of a list as both cities settled them: what was listed by mistake never left.
    fn settled<'a>(&'a self, id: &EntryId, sent: &'a PapersSent) -> &'a [Paper] {
        let taken = self.papers_taken(id);
        match taken.and_then(|(taken, _)| self.papers_mended(&taken)) {
            Some((_, papers, true)) => papers,
            _ => &sent.papers,
        }
    }

    /// The day on which the papers were complete, which is that of acceptance (E11): when the last of them came in at
    /// the window; where the owner accepts and examines originals itself, when it had counted these as the list
    /// says, or both cities had settled a difference.
    pub fn complete_on(&self, by: &CityId, view: &View<'_>) -> Day {
        let at_window = self.papers_day();
        if *by == self.receiver {
            return at_window;
        }
        let Some(guide) = self.guide(view) else {
            return at_window;
        };
        let handed_in = self.materials();
        let examined = guide
            .requirements
            .iter()
            .filter(|need| need.post && handed_in.iter().any(|here| here.requirement == need.id));
        let counted = examined.filter_map(|need| self.counted_on(by, &need.id));
        counted.fold(at_window, Day::max)
    }

    /// The first day on which a paper of a requirement was at a city by a list that agrees with what was found.
    fn counted_on(&self, city: &CityId, requirement: &str) -> Option<Day> {
        let lists = self
            .papers_sent()
            .filter(|(_, _, sent)| sent.to == Some(*city));
        let days = lists.filter_map(|(id, _, sent)| {
            let (taken, found) = self.papers_taken(&id)?;
            let here = found
                .found
                .iter()
                .any(|paper| paper.requirement == requirement);
            let counted = self.facts.get(&taken)?.day();
            let agreed = self
                .papers_mended(&taken)
                .and_then(|(mended, _, _)| self.agreed_on(&mended));
            match found.found == sent.papers {
                true => here.then_some(counted),
                false => agreed.filter(|_| here),
            }
        });
        days.min()
    }

    fn agreed_on(&self, mended: &EntryId) -> Option<Day> {
        let agreed = self.facts.values().filter(
            |fact| matches!(&fact.act, Act::PapersAgreed(agreed) if agreed.mended == *mended),
        );
        agreed.map(Fact::day).min()
    }

    /// Originals that are away from the applicant, each with a city that has it: more lists took it away than
    /// brought it back.
    pub fn originals_out(&self) -> BTreeMap<String, CityId> {
        let mut away: BTreeMap<String, CityId> = BTreeMap::new();
        let mut balance: BTreeMap<String, i64> = BTreeMap::new();
        for (id, _, list) in self.papers_sent() {
            for paper in self
                .settled(&id, list)
                .iter()
                .filter(|paper| paper.original)
            {
                let count = balance.entry(paper.requirement.clone()).or_default();
                match list.to {
                    Some(city) if city != self.receiver => {
                        *count += 1;
                        away.insert(paper.requirement.clone(), city);
                    }
                    _ => *count -= 1,
                }
            }
        }
        away.retain(|requirement, _| balance.get(requirement).is_some_and(|count| *count > 0));
        away
    }
}
