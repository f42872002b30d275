//! Why papers went back with a notice, and against whom that counts.

use tongban_identity::CityId;

use super::act::Act;
use super::state::State;
use crate::agreement::View;
use crate::consult::Mark;
use crate::id::EntryId;

/// Why points of a notice went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The window took papers that the guide does not ask for so: counts against it.
    Papers,
    /// A newer guide was in force that the window could not know: counts against nobody.
    StaleGuide,
    /// The owner had told the window that the point is in order: counts against the owner.
    Vouched,
    /// The case names a consult that is not here, so that nobody is blamed.
    Unknown,
}

impl Cause {
    /// The cause's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Papers => "papers",
            Cause::StaleGuide => "stale-guide",
            Cause::Vouched => "vouched",
            Cause::Unknown => "unknown",
        }
    }
}

/// Points of a notice that went back for one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// The notice.
    pub notice: EntryId,
    /// Why.
    pub cause: Cause,
    /// The city against which it counts.
    pub against: Option<CityId>,
    /// The requirements, in the order of the notice.
    pub points: Vec<String>,
}

impl State {
    /// Consults that the case names, with the submission for which each speaks: the question of the receipt for
    /// the first, the review that a formal pass rests on for its own.
    pub fn consults(&self) -> Vec<(u32, Mark)> {
        let asked = self.receive.consult.map(|mark| (1, mark));
        let passed = self.picked(|act| match act {
            Act::FormalPass(pass) => Some((pass.submission, pass.consult?)),
            _ => None,
        });
        let mut all: Vec<(u32, Mark)> = passed.map(|(_, _, named)| named).collect();
        all.extend(asked);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What went back from another city with each notice, and why. `vouched` says whether a consult had the owner's
    /// word for a requirement by the signed time of the notice, and nothing where the consult is not here.
    pub fn return_causes(
        &self,
        view: &View<'_>,
        vouched: impl Fn(&Mark, &str, i64) -> Option<bool>,
    ) -> Vec<Return> {
        let named = self.consults();
        let newer = self.stale_guide(view);
        let mut causes: Vec<Return> = Vec::new();
        for (id, notice) in self.notices() {
            let Some((by, time)) = self.facts.get(&id).map(|fact| (fact.by, fact.time)) else {
                continue;
            };
            if by == self.receiver {
                continue;
            }
            let words = named.iter().filter(|(of, _)| *of == notice.submission);
            let words: Vec<&Mark> = words.map(|(_, mark)| mark).collect();
            for defect in &notice.defects {
                let said = words
                    .iter()
                    .map(|mark| vouched(mark, &defect.requirement, time));
                let said: Vec<Option<bool>> = said.collect();
                let own_word = by == self.receive.owner && said.contains(&Some(true));
                let (cause, against) = if own_word {
                    (Cause::Vouched, Some(by))
                } else if said.contains(&None) {
                    (Cause::Unknown, None)
                } else if newer == Some(notice.guide) {
                    (Cause::StaleGuide, None)
                } else {
                    (Cause::Papers, Some(self.receiver))
                };
                let point = defect.requirement.clone();
                let same = causes.iter_mut();
                match same
                    .into_iter()
                    .find(|row| row.notice == id && row.cause == cause)
                {
                    Some(row) => row.points.push(point),
                    None => causes.push(Return {
                        notice: id,
                        cause,
                        against,
                        points: vec![point],
                    }),
                }
            }
        }
        causes
    }
}
