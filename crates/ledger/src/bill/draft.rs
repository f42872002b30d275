//! Which lines of a pair a month's bill counts, what they amount to, and where two cities differ.
//!
//! Pure functions of sets of lines: the same lines in any order give the same draft (`domain.md` §3.6.5).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;

use super::act::{DRAFTS_MAX, LINES_MAX, Line};
use crate::calendar::{Day, Month};
use crate::id::{DocumentId, EntryId};
use crate::lines::Standing;
use crate::money::{Fen, MoneyError};
use crate::parcel::{CostKind, LineStanding};
use crate::planted::{Bug, planted};

/// The most lines that a bill counts; what is posted later is carried. Half of what a city's drafts of one bill hold, so
/// that the fullest bill can be drawn up once more.
pub const BILL_LINES_MAX: usize = LINES_MAX * DRAFTS_MAX / 2;

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

impl Candidate {
    /// A parcel's line as a bill sees it, with the day on which it was recorded; none where a city pays for itself, which
    /// is no line of a pair (`domain.md` §3.6.4).
    pub fn of(of: Standing, recorded: Day) -> Option<Candidate> {
        let Standing { line, standing } = of;
        (line.liable != line.payer).then_some(Candidate {
            line: Line {
                line: line.line,
                parcel: line.parcel,
                tracking: line.tracking,
                kind: line.kind,
                posted: line.posted,
                amount: line.amount,
                payer: line.payer,
            },
            standing,
            recorded,
        })
    }
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
    /// The bill has [`BILL_LINES_MAX`] lines that were posted earlier.
    Full,
}

impl Why {
    /// The reason's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Why::Standing(standing) => standing.name(),
            Why::Duplicate => "duplicate",
            Why::Late => "late",
            Why::Later => "later",
            Why::Full => "full",
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
    /// By the number as it is compared.
    numbers: BTreeMap<String, BTreeMap<CostKind, DocumentId>>,
}

impl Billed {
    /// Adds the lines of a bill.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.lines.insert(line.line);
            let of = self.numbers.entry(line.tracking.bare().into_owned());
            of.or_default().insert(line.kind, line.parcel);
        }
    }

    /// Says whether a bill counts a line.
    pub fn has(&self, line: &EntryId) -> bool {
        self.lines.contains(line) && !planted(Bug::BillAgain)
    }

    /// Says whether a bill counts the same number for another parcel.
    fn has_number(&self, line: &Line) -> bool {
        let of = self.numbers.get(line.tracking.bare().as_ref());
        of.and_then(|of| of.get(&line.kind))
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
/// last day and recorded up to the day of the draft, that no other bill counts. A number counts once within the pair. Of
/// more than [`BILL_LINES_MAX`] lines those that were posted first are counted.
///
/// `until` is the day of the draft; none where the agreement does not know the working days, and then nothing is late.
/// Time grows with the lines and the logarithm of their count.
pub fn draft(
    candidates: impl IntoIterator<Item = Candidate>,
    month: Month,
    until: Option<Day>,
    billed: &Billed,
) -> Drafting {
    let cut = month.last_day();
    let lines: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| candidate.line.posted <= cut)
        .filter(|candidate| !billed.has(&candidate.line.line))
        .filter(|candidate| !is_replaced(candidate.standing))
        .collect();
    let order = in_order(&lines);
    let twice = numbers_twice(&order);
    let mut drafting = Drafting {
        included: Vec::with_capacity(order.len()),
        carried: Vec::new(),
    };
    for (candidate, twice) in order.into_iter().zip(twice) {
        let (line, standing) = (&candidate.line, candidate.standing);
        let double = || twice || billed.has_number(line);
        let why = if standing != LineStanding::Counted {
            Some(Why::Standing(standing))
        } else if double() && !planted(Bug::CountDuplicates) {
            Some(Why::Duplicate)
        } else if until.is_some_and(|until| candidate.recorded > until) {
            Some(Why::Late)
        } else {
            None
        };
        let line = line.clone();
        match why {
            None => drafting.included.push(line),
            Some(why) => drafting.carried.push(Carried { line, why }),
        }
    }
    drafting.keep_earliest(BILL_LINES_MAX);
    drafting
}

impl Drafting {
    /// Carries what is more than so many lines: those posted last, of one day those with the higher id.
    fn keep_earliest(&mut self, most: usize) {
        if self.included.len() <= most {
            return;
        }
        let place = |line: &Line| (line.posted, line.line);
        let mut places: Vec<(Day, EntryId)> = self.included.iter().map(place).collect();
        let (_, first_left, _) = places.select_nth_unstable(most);
        let first_left = *first_left;
        let left = self
            .included
            .extract_if(.., |line| place(line) >= first_left);
        self.carried.extend(left.map(|line| Carried {
            line,
            why: Why::Full,
        }));
        self.carried.sort_by_key(|carried| carried.line.line);
    }
}

/// Lines in order of their ids, each once. Lines are long, so that what is sorted is the beginnings of their ids.
fn in_order(lines: &[Candidate]) -> Vec<&Candidate> {
    let beginning = |id: &EntryId| {
        let beginning = id.as_bytes().first_chunk::<8>();
        beginning.map_or(0, |bytes| u64::from_be_bytes(*bytes))
    };
    let mut order: Vec<(u64, &Candidate)> = lines
        .iter()
        .map(|candidate| (beginning(&candidate.line.line), candidate))
        .collect();
    order.sort_by(|(one, of_one), (other, of_other)| {
        let whole = || of_one.line.line.cmp(&of_other.line.line);
        one.cmp(other).then_with(whole)
    });
    order.dedup_by_key(|(_, candidate)| candidate.line.line);
    order.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Whether another line stands in a line's place for good: no bill will count it.
const fn is_replaced(standing: LineStanding) -> bool {
    matches!(standing, LineStanding::Superseded | LineStanding::Reversed)
}

/// Which of some lines count with a number and a kind that stand in two parcels.
fn numbers_twice(lines: &[&Candidate]) -> Vec<bool> {
    let mut order: Vec<(u64, usize)> = lines
        .iter()
        .zip(0..)
        .filter(|(one, _)| one.standing == LineStanding::Counted)
        .map(|(one, at)| (one.line.tracking.bucket(), at))
        .collect();
    order.sort_unstable();
    let number = |at: usize| {
        let line = lines.get(at).map(|one| &one.line);
        line.map(|line| (line.tracking.bare(), line.kind))
    };
    let mut twice = vec![false; lines.len()];
    // Few numbers share a bucket, and those that do are compared.
    for bucket in order.chunk_by_mut(|one, other| one.0 == other.0) {
        if bucket.len() == 1 {
            continue;
        }
        bucket.sort_by_cached_key(|(_, at)| number(*at));
        for same in bucket.chunk_by(|one, other| number(one.1) == number(other.1)) {
            let places = same.iter().map(|(_, at)| *at);
            for at in doubtful(lines, places) {
                if let Some(twice) = twice.get_mut(at) {
                    *twice = true;
                }
            }
        }
    }
    twice
}

/// Which of some lines of one number and kind are in doubt: none if they are of one parcel. A parcel whose lines cancel,
/// since both cities took it out again, is the one that should not be; it casts no doubt on the other.
fn doubtful(lines: &[&Candidate], places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut of: BTreeMap<DocumentId, (i128, Vec<usize>)> = BTreeMap::new();
    let mut first = None;
    for at in places {
        let Some(Candidate { line, .. }) = lines.get(at) else {
            continue;
        };
        let city = *first.get_or_insert(line.payer);
        let fen = i128::from(line.amount.fen().get());
        let (sum, places) = of.entry(line.parcel).or_default();
        *sum += if owes(line, &city) { fen } else { -fen };
        places.push(at);
    }
    let standing = of.values().filter(|(sum, _)| *sum != 0).count();
    if of.len() < 2 {
        return Vec::new();
    }
    let in_doubt = of
        .into_values()
        .filter(|(sum, _)| standing != 1 || *sum == 0);
    in_doubt.flat_map(|(_, places)| places).collect()
}

/// Says whether lines may stand in one bill: none twice, and no number in two parcels.
pub fn is_sound(lines: &[Line]) -> bool {
    let ascending = lines.is_sorted_by(|one, other| one.line < other.line);
    let mut numbers: BTreeMap<(Cow<'_, str>, CostKind), DocumentId> = BTreeMap::new();
    for line in lines {
        let number = (line.tracking.bare(), line.kind);
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
/// A line that this city calls late may stand in the draft: it was in time where it was recorded. So may one for which
/// this city found no room: the other one may know fewer lines.
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
        let good = carried
            .get(&line.line)
            .filter(|carried| matches!(carried.why, Why::Late | Why::Full));
        let counted = own.get(&line.line).copied();
        let counted = counted.or(good.map(|carried| &carried.line));
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
