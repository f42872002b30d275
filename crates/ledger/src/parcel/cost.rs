//! Which cost lines of a parcel count, and who bears them.
//!
//! Nothing here is stored: an obligation follows from a line that counts and the postage rule that
//! covers its posting date (`domain.md` §3.6.3). Adding up is [`crate::settle`]'s work.

use tongban_identity::CityId;

use super::act::{CostKind, Post};
use super::correction::Corrected;
use super::leg::{Bearer, bearer};
use super::state::{Line, State};
use crate::agreement::{PostageRule, View};
use crate::id::EntryId;
use crate::money::Amount;
use crate::planted::{Bug, planted};

/// The city that bears the postage of a parcel under a rule, by [`bearer`]; none if the applicant does.
///
/// Where the parcel names no approving city the sender is meant: to an applicant nobody else sends.
pub fn liable(post: &Post, from: CityId, rule: &PostageRule) -> Option<CityId> {
    match bearer(post.leg, rule.rule, rule.last_mile) {
        Bearer::Applicant => None,
        Bearer::Sender => Some(from),
        Bearer::Recipient => post.to.city(),
        Bearer::Approver => Some(post.approver.unwrap_or(from)),
    }
}

/// A cost line that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedLine {
    /// The line's entry.
    pub id: EntryId,
    /// What it is for.
    pub kind: CostKind,
    /// How much.
    pub amount: Amount,
    /// The city that paid, or that the carrier paid back.
    pub payer: CityId,
    /// The city that bears it.
    pub liable: CityId,
}

/// What a cost line is worth at present.
///
/// Kept in the index of lines by its place in [`LineStanding::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStanding {
    /// It counts.
    Counted,
    /// It waits for the counterpart's signature.
    Unconfirmed,
    /// It contradicts another standing act, or its confirmation does; someone has to retract.
    Disputed,
    /// The counterpart confirmed another postage line in its place.
    Superseded,
    /// Both cities corrected it before it ever counted: it is in no sum, what replaces it is.
    Reversed,
}

impl LineStanding {
    /// Every standing, in the order of the variants.
    pub const ALL: [LineStanding; 5] = [
        LineStanding::Counted,
        LineStanding::Unconfirmed,
        LineStanding::Disputed,
        LineStanding::Superseded,
        LineStanding::Reversed,
    ];

    /// The standing's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            LineStanding::Counted => "counted",
            LineStanding::Unconfirmed => "unconfirmed",
            LineStanding::Disputed => "disputed",
            LineStanding::Superseded => "superseded",
            LineStanding::Reversed => "reversed",
        }
    }
}

impl State {
    /// The city that bears a line: the one that a correction names, or that of the rule version which the line
    /// names; nothing when the applicant bears it, or the agreement has no such version.
    pub fn liable(&self, line: &Line, view: &View<'_>) -> Option<CityId> {
        match line.instead {
            Some(instead) => Some(instead.liable),
            None => liable(&self.post, self.from, view.postage_version(line.rule)?),
        }
    }

    /// The city that bears what the parcel costs by the rule of its posting date.
    pub(super) fn bearer(&self, view: &View<'_>) -> Option<CityId> {
        liable(&self.post, self.from, view.postage(self.post.posted)?)
    }

    /// The lines that count: confirmed and undisputed, or recorded by the city that both paid and
    /// is liable; of corrections that both cities signed, the new lines and the reversal of what had been signed.
    pub fn counted_lines(&self, view: &View<'_>) -> Vec<CountedLine> {
        self.line_standings(view)
            .filter(|(_, _, standing)| *standing == LineStanding::Counted)
            .filter_map(|(id, line, _)| {
                Some(CountedLine {
                    id,
                    kind: line.kind,
                    amount: line.amount,
                    payer: line.payer,
                    liable: self.liable(line, view)?,
                })
            })
            .collect()
    }

    /// Every line that nobody took back, with what it is worth, in order of id. A reversal is among them where it
    /// has to count, under the id of its correction.
    pub fn line_standings<'a>(
        &'a self,
        view: &'a View<'_>,
    ) -> impl Iterator<Item = (EntryId, &'a Line, LineStanding)> {
        let own = self
            .standing_lines()
            .filter_map(|(id, line)| Some((id, line, self.line_standing(&id, line, view)?)));
        let mut all: Vec<_> = own.chain(self.reversals(view)).collect();
        all.sort_unstable_by_key(|(id, _, _)| *id);
        all.into_iter()
    }

    /// Says whether a confirmation of the line stands, disputed or not.
    pub fn is_confirmed(&self, line: &EntryId) -> bool {
        self.standing_confirmations().any(|(_, c)| c.line == *line)
    }

    /// What a line is worth; nothing for a line of a correction that was taken back or never made.
    fn line_standing(&self, id: &EntryId, line: &Line, view: &View<'_>) -> Option<LineStanding> {
        let before = match line.instead {
            None => self.plain_standing(id, line, view),
            Some(_) => self.new_line_standing(id, line)?,
        };
        Some(match self.correction_of(id) {
            Corrected::Crossed => LineStanding::Disputed,
            Corrected::By(_) if before == LineStanding::Counted => {
                match self.is_signed(id, line) && self.liable(line, view) != Some(line.payer) {
                    // It may be in a month that is closed; its reversal counts beside it.
                    true => LineStanding::Counted,
                    false => LineStanding::Reversed,
                }
            }
            Corrected::By(_) if before == LineStanding::Unconfirmed => LineStanding::Reversed,
            Corrected::No if self.is_objected(id) => LineStanding::Disputed,
            _ => before,
        })
    }

    /// The reversals that count, or would if their line were undisputed.
    fn reversals<'a>(
        &'a self,
        view: &'a View<'_>,
    ) -> impl Iterator<Item = (EntryId, &'a Line, LineStanding)> {
        self.standing_corrections()
            .filter_map(move |(id, correction)| {
                let of = &correction.act.line;
                match self.correction_of(of) {
                    Corrected::By(by) if by == id => {}
                    _ => return None,
                }
                let standing = self.line_standing(of, self.lines.get(of)?, view)?;
                let disputed = correction.act.lines.iter().any(|new| {
                    let line = self.lines.get(new);
                    let of_new = line.and_then(|line| self.line_standing(new, line, view));
                    of_new == Some(LineStanding::Disputed)
                });
                // Half a correction is none: while a new line is disputed, what it replaces is not given back.
                let now = match disputed {
                    true => LineStanding::Disputed,
                    false => standing,
                };
                (standing == LineStanding::Counted).then_some((id, &correction.mirror, now))
            })
    }

    fn plain_standing(&self, id: &EntryId, line: &Line, view: &View<'_>) -> LineStanding {
        if line.disputed || self.has_rival(id, line) {
            return LineStanding::Disputed;
        }
        let crossed = self.is_crossed(line.kind, id);
        if self.is_confirmed(id) {
            let agreed = self
                .standing_confirmations()
                .any(|(_, c)| c.line == *id && !c.disputed);
            return match agreed && !crossed {
                true => LineStanding::Counted,
                false => LineStanding::Disputed,
            };
        }
        if crossed {
            return LineStanding::Superseded;
        }
        // Nobody else's money is touched, so nobody else signs; but only the payer may say so, and
        // of two unordered postage lines of one parcel neither is the true one by itself.
        let own = line.by == line.payer && self.liable(line, view) == Some(line.payer);
        let only = line.kind != CostKind::Postage || self.postage_lines() == 1;
        match own && only || planted(Bug::CountUnconfirmed) {
            true => LineStanding::Counted,
            false => LineStanding::Unconfirmed,
        }
    }

    fn postage_lines(&self) -> usize {
        self.standing_lines()
            .filter(|(_, line)| line.is_plain_postage())
            .count()
    }
}
