//! Which cost lines of a parcel count, and who bears them.
//!
//! Nothing here is stored: an obligation follows from a line that counts and the postage rule that
//! covers its posting date (`domain.md` §3.6.3). Adding up is [`crate::settle`]'s work.

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::act::{CostKind, Post};
use super::state::{Line, State};
use crate::agreement::{Postage, View};
use crate::id::EntryId;
use crate::money::Amount;
use crate::planted::{Bug, planted};

/// The city that bears the postage of a parcel under a rule.
///
/// `ORIGIN_PAYS` (寄出地政府买单) names the sender, whatever the leg (`domain.md` §3.6.2).
pub fn liable(_post: &Post, from: CityId, rule: Postage) -> CityId {
    match rule {
        Postage::OriginPays => from,
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
/// Kept in the index of lines, so a number stays with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum LineStanding {
    /// It counts.
    #[n(0)]
    Counted,
    /// It waits for the counterpart's signature.
    #[n(1)]
    Unconfirmed,
    /// It contradicts another standing act, or its confirmation does; someone has to retract.
    #[n(2)]
    Disputed,
    /// The counterpart confirmed another postage line in its place.
    #[n(3)]
    Superseded,
}

impl LineStanding {
    /// The standing's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            LineStanding::Counted => "counted",
            LineStanding::Unconfirmed => "unconfirmed",
            LineStanding::Disputed => "disputed",
            LineStanding::Superseded => "superseded",
        }
    }
}

impl State {
    /// The city that bears a line, by the rule version that the line names; nothing when the
    /// agreement has no such version.
    pub fn liable(&self, line: &Line, view: &View<'_>) -> Option<CityId> {
        let rules = &view.terms().annex.postage;
        let rule = rules.iter().find(|rule| rule.version == line.rule)?;
        Some(liable(&self.post, self.from, rule.rule))
    }

    /// The lines that count: confirmed and undisputed, or recorded by the city that both paid and
    /// is liable.
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

    /// Every line that nobody took back, with what it is worth, in order of id.
    pub fn line_standings<'a>(
        &'a self,
        view: &'a View<'_>,
    ) -> impl Iterator<Item = (EntryId, &'a Line, LineStanding)> {
        self.standing_lines()
            .map(|(id, line)| (id, line, self.line_standing(&id, line, view)))
    }

    /// Says whether a confirmation of the line stands, disputed or not.
    pub fn is_confirmed(&self, line: &EntryId) -> bool {
        self.standing_confirmations().any(|(_, c)| c.line == *line)
    }

    fn line_standing(&self, id: &EntryId, line: &Line, view: &View<'_>) -> LineStanding {
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
            .filter(|(_, line)| line.kind == CostKind::Postage)
            .count()
    }
}
