//! Objections and corrections: what is open, what both cities signed, and what contradicts itself.

use tongban_identity::CityId;

use super::cost::LineStanding;
use super::objection::Outcome;
use super::state::{Correction, Line, Objection, State};
use crate::id::EntryId;

/// Whether a line was corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// By nothing that both cities signed.
    No,
    /// By a correction that both cities signed.
    By(EntryId),
    /// By two of them, unseen by each other; somebody has to take one back.
    Crossed,
}

impl State {
    /// The corrections that nobody took back, signed by the other city or not, in order of id.
    pub fn standing_corrections(&self) -> impl Iterator<Item = (EntryId, &Correction)> {
        self.corrections
            .iter()
            .filter(|(id, _)| !self.is_retracted(id))
            .map(|(id, correction)| (*id, correction))
    }

    /// Says whether the other city signed a correction; where there is none, the sender alone decides.
    pub fn is_agreed(&self, correction: &EntryId) -> bool {
        self.other().is_none() || self.signatures(correction).next().is_some()
    }

    /// What became of a line.
    pub fn correction_of(&self, line: &EntryId) -> Corrected {
        let mut agreed = self
            .standing_corrections()
            .filter(|(id, correction)| correction.act.line == *line && self.is_agreed(id));
        match (agreed.next(), agreed.next()) {
            (None, _) => Corrected::No,
            (Some((id, _)), None) => Corrected::By(id),
            (Some(_), Some(_)) => Corrected::Crossed,
        }
    }

    /// The correction of a line that waits for the other city's signature, by who made it.
    pub fn proposed(&self, line: &EntryId, by: &CityId) -> Option<EntryId> {
        let mut corrections = self.standing_corrections();
        let open = corrections.find(|(id, correction)| {
            correction.act.line == *line && correction.mirror.by == *by && !self.is_agreed(id)
        });
        open.map(|(id, _)| id)
    }

    /// The standing correction that puts this line in another's place.
    pub(super) fn brought_by(&self, line: &EntryId) -> Option<EntryId> {
        let mut corrections = self.standing_corrections();
        let by = corrections.find(|(_, correction)| correction.act.lines.contains(line));
        by.map(|(id, _)| id)
    }

    /// The objections to a line that nobody withdrew, in order of id.
    pub fn objections_to(&self, line: &EntryId) -> impl Iterator<Item = (EntryId, &Objection)> {
        self.objections
            .iter()
            .filter(move |(id, objection)| {
                objection.line == *line && !self.withdrawals.values().any(|of| of == *id)
            })
            .map(|(id, objection)| (*id, objection))
    }

    /// The objections that are open: nobody withdrew them, and no correction of the line is signed by both.
    pub fn open_objections(&self) -> impl Iterator<Item = (EntryId, &Objection)> {
        let open = |id: &EntryId, objection: &Objection| {
            self.outcome_of(id).is_none() && !self.is_retracted(&objection.line)
        };
        let all = self.objections.iter();
        all.filter(move |(id, objection)| open(id, objection))
            .map(|(id, objection)| (*id, objection))
    }

    /// Says whether a city objects to a line.
    pub fn is_objected(&self, line: &EntryId) -> bool {
        self.objections_to(line).next().is_some()
    }

    /// What came of an objection: a stable name, or nothing while it is open.
    pub fn outcome_of(&self, objection: &EntryId) -> Option<&'static str> {
        if self.withdrawals.values().any(|of| of == objection) {
            return Some("withdrawn");
        }
        let line = &self.objections.get(objection)?.line;
        match self.correction_of(line) {
            Corrected::By(id) => {
                let correction = self.corrections.get(&id);
                correction.map(|correction| Outcome::name(correction.act.outcome))
            }
            Corrected::No | Corrected::Crossed => None,
        }
    }

    /// What a line of a correction is worth; nothing where no standing correction brings it in.
    pub(super) fn new_line_standing(&self, id: &EntryId, line: &Line) -> Option<LineStanding> {
        let by = self.brought_by(id)?;
        let reversed = &self.corrections.get(&by)?.act.line;
        let disputed = line.disputed || self.is_doubtful(&by);
        Some(match self.correction_of(reversed) {
            Corrected::Crossed => LineStanding::Disputed,
            Corrected::By(agreed) if agreed == by && disputed => LineStanding::Disputed,
            Corrected::By(agreed) if agreed == by => LineStanding::Counted,
            Corrected::By(_) | Corrected::No => LineStanding::Unconfirmed,
        })
    }

    /// Says whether both cities signed a line: its counterpart alone, or the correction that brought it in.
    pub(super) fn is_signed(&self, id: &EntryId, line: &Line) -> bool {
        match line.instead {
            None => self.is_confirmed(id),
            Some(_) => true,
        }
    }

    /// Signatures on two corrections of one line; where one city alone decides, the corrections themselves.
    pub(super) fn crossed_corrections(&self) -> impl Iterator<Item = (EntryId, CityId)> {
        let crossed = |line: &EntryId| self.correction_of(line) == Corrected::Crossed;
        let alone = self.other().is_none();
        let corrections = self
            .standing_corrections()
            .filter(move |(_, correction)| alone && crossed(&correction.act.line))
            .map(|(id, correction)| (id, correction.mirror.by));
        let signatures = self
            .agreed
            .iter()
            .filter(|(id, _)| !self.is_retracted(id))
            .filter(move |(_, agreed)| agreed.disputed || crossed(&agreed.line))
            .map(|(id, agreed)| (*id, agreed.by));
        corrections.chain(signatures)
    }

    /// Says whether only doubtful signatures stand under a correction.
    fn is_doubtful(&self, correction: &EntryId) -> bool {
        self.other().is_some() && self.signatures(correction).all(|disputed| disputed)
    }

    /// The standing signatures under a correction: whether each is disputed.
    fn signatures(&self, correction: &EntryId) -> impl Iterator<Item = bool> {
        self.agreed
            .iter()
            .filter(|(id, agreed)| agreed.correction == *correction && !self.is_retracted(id))
            .map(|(_, agreed)| agreed.disputed)
    }
}
