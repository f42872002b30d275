//! Which lines of a pair a month's bill counts, what they amount to, and where two cities differ.
//!
//! Pure functions of sets of lines: the same lines in any order give the same draft (`domain.md` §3.6.5).

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;

use super::act::Line;
use crate::calendar::{Day, Month};
use crate::id::{DocumentId, EntryId};
use crate::money::{Fen, MoneyError};
use crate::number::TrackingNo;
use crate::parcel::{CostKind, LineStanding};
use crate::planted::{Bug, planted};

/// A line of the pair as this city's parcels have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The line.
    pub line: Line,
    /// What it is worth at present.
    pub standing: LineStanding,
    /// The day on which it was recorded.
    pub recorded: Day,
}

/// Why a line is not in a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It does not count: unconfirmed, disputed.
    Standing(LineStanding),
    /// Its tracking number and kind stand in another parcel of the pair.
    Duplicate,
    /// It was recorded after the day of the draft.
    Late,
    /// It came after the lines that were signed.
    Later,
}

impl Why {
    /// The reason's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Why::Standing(standing) => standing.name(),
            Why::Duplicate => "duplicate",
            Why::Late => "late",
            Why::Later => "later",
        }
    }
}

/// A line that is carried, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The line.
    pub line: Line,
    /// Why.
    pub why: Why,
}

/// What a city counts in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafting {
    /// The lines, ascending by entry id.
    pub included: Vec<Line>,
    /// Lines up to the cut that it does not count, in the same order; those of earlier bills are not among them.
    pub carried: Vec<Carried>,
}

/// Lines that other bills of the pair count already, or that this city signed there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    lines: BTreeSet<EntryId>,
    numbers: BTreeMap<(TrackingNo, CostKind), DocumentId>,
}

impl Billed {
    /// Adds the lines of a bill.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.lines.insert(line.line);
            self.numbers.insert((line.tracking, line.kind), line.parcel);
        }
    }

    /// Says whether a bill counts a line.
    pub fn has(&self, line: &EntryId) -> bool {
        self.lines.contains(line)
    }

    /// Says whether a bill counts the same number for another parcel.
    fn has_number(&self, line: &Line) -> bool {
        let number = (line.tracking.clone(), line.kind);
        self.numbers
            .get(&number)
            .is_some_and(|parcel| *parcel != line.parcel)
    }
}

/// What lines amount to between the two cities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What the first city owes the second.
    pub owed: Fen,
    /// What the second city owes the first.
    pub due: Fen,
}

impl Totals {
    /// Adds lines up, seen from one city of the pair.
    ///
    /// # Errors
    /// [`MoneyError`] when a sum leaves the range of money.
    pub fn of(lines: &[Line], city: &CityId) -> Result<Totals, MoneyError> {
        let mut totals = Totals::default();
        for line in lines {
            let sum = match owes(line, city) {
                true => &mut totals.owed,
                false => &mut totals.due,
            };
            *sum = sum.checked_add(line.amount.fen())?;
        }
        Ok(totals)
    }
}

/// Says whether a city owes a line's amount: it bears what the other paid, or it got back what the other bears.
pub fn owes(line: &Line, city: &CityId) -> bool {
    (line.payer == *city) == line.kind.comes_back()
}

/// What a bill of the month counts: confirmed and undisputed lines between the two cities, posted up to the month's
/// last day and recorded up to the day of the draft, that no other bill counts. A number counts once within the pair.
///
/// `until` is the day of the draft; none where the agreement does not know the working days, and then nothing is late.
pub fn draft(
    candidates: impl IntoIterator<Item = Candidate>,
    month: Month,
    until: Option<Day>,
    billed: &Billed,
) -> Drafting {
    let cut = month.last_day();
    let mut lines: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| candidate.line.posted <= cut)
        .filter(|candidate| !billed.has(&candidate.line.line) || planted(Bug::BillAgain))
        .filter(|candidate| !is_replaced(candidate.standing))
        .collect();
    lines.sort_by_key(|candidate| candidate.line.line);
    lines.dedup_by_key(|candidate| candidate.line.line);
    let twice = numbers_twice(
        lines
            .iter()
            .filter(|one| one.standing == LineStanding::Counted),
    );
    let mut drafting = Drafting::default();
    for Candidate {
        line,
        standing,
        recorded,
    } in lines
    {
        let number = (line.tracking.clone(), line.kind);
        let double = twice.contains(&number) || billed.has_number(&line);
        let why = if standing != LineStanding::Counted {
            Some(Why::Standing(standing))
        } else if double && !planted(Bug::CountDuplicates) {
            Some(Why::Duplicate)
        } else if until.is_some_and(|until| recorded > until) {
            Some(Why::Late)
        } else {
            None
        };
        match why {
            None => drafting.included.push(line),
            Some(why) => drafting.carried.push(Carried { line, why }),
        }
    }
    drafting
}

/// Whether another line stands in a line's place for good: no bill will count it.
const fn is_replaced(standing: LineStanding) -> bool {
    matches!(standing, LineStanding::Superseded | LineStanding::Reversed)
}

/// Numbers, each with its kind, that stand in two parcels.
fn numbers_twice<'a>(
    lines: impl Iterator<Item = &'a Candidate>,
) -> BTreeSet<(TrackingNo, CostKind)> {
    let mut first: BTreeMap<(TrackingNo, CostKind), DocumentId> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for Candidate { line, .. } in lines {
        let number = (line.tracking.clone(), line.kind);
        match first.get(&number) {
            Some(parcel) if *parcel != line.parcel => {
                twice.insert(number);
            }
            Some(_) => {}
            None => {
                first.insert(number, line.parcel);
            }
        }
    }
    twice
}

/// Says whether lines may stand in one bill: none twice, and no number in two parcels.
pub fn is_sound(lines: &[Line]) -> bool {
    let ascending = lines.is_sorted_by(|one, other| one.line < other.line);
    let mut numbers: BTreeMap<(&TrackingNo, CostKind), DocumentId> = BTreeMap::new();
    for line in lines {
        let number = (&line.tracking, line.kind);
        if *numbers.entry(number).or_insert(line.parcel) != line.parcel {
            return false;
        }
    }
    ascending
}

/// A line on which two cities do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line as this city has it, if it has it at all.
    pub ours: Option<Line>,
    /// The line as the other city's draft has it, if it does.
    pub theirs: Option<Line>,
    /// Why this city does not count a line of the draft, where it has the line.
    pub why: Option<Why>,
}

impl Difference {
    /// Whether a city may sign in spite of it: the draft leaves out a line of its own, which is carried.
    pub const fn is_omission(&self) -> bool {
        self.theirs.is_none()
    }
}

/// Where another city's draft and what this one counts differ, ascending by line.
///
/// A line that this city calls late may stand in the draft: it was in time where it was recorded.
pub fn differences(ours: &Drafting, theirs: &[Line], billed: &Billed) -> Vec<Difference> {
    let own: BTreeMap<EntryId, &Line> =
        ours.included.iter().map(|line| (line.line, line)).collect();
    let carried: BTreeMap<EntryId, &Carried> = ours
        .carried
        .iter()
        .map(|carried| (carried.line.line, carried))
        .collect();
    let named: BTreeSet<EntryId> = theirs.iter().map(|line| line.line).collect();
    let mut found: BTreeMap<EntryId, Difference> = BTreeMap::new();
    for line in theirs {
        let late = carried
            .get(&line.line)
            .filter(|carried| carried.why == Why::Late);
        let counted = own.get(&line.line).copied();
        let counted = counted.or(late.map(|carried| &carried.line));
        if counted == Some(line) && !billed.has(&line.line) {
            continue;
        }
        let known = carried.get(&line.line);
        let difference = Difference {
            ours: counted.or(known.map(|carried| &carried.line)).cloned(),
            theirs: Some(line.clone()),
            why: match counted {
                Some(_) => None,
                None => known.map(|carried| carried.why),
            },
        };
        found.insert(line.line, difference);
    }
    for line in ours
        .included
        .iter()
        .filter(|line| !named.contains(&line.line))
    {
        let difference = Difference {
            ours: Some(line.clone()),
            theirs: None,
            why: None,
        };
        found.insert(line.line, difference);
    }
    found.into_values().collect()
}
