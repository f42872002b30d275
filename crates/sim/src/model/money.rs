//! Who owes whom for a month's postage (`design.md` §9, `domain.md` §3.6): the sender bears it unless both cities
//! said otherwise, and a line counts once the counterpart signed it, or at once where it is nobody else's money.

use std::collections::{BTreeMap, BTreeSet};

use super::custody::{Place, twins_aside};
use super::{City, Id};

/// A sum for something: what for, whether the carrier gave it, who paid or got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub kind: &'static str,
    pub back: bool,
    pub fen: i64,
    pub payer: City,
}

/// What a parcel's entry does.
#[derive(Clone, Debug)]
pub(crate) enum Paid {
    Cost {
        sum: Sum,
        /// The line that it replaces, and who bears it, in a correction.
        instead: Option<(Id, City)>,
    },
    Confirm {
        line: Id,
        kind: &'static str,
    },
    Retract(Id),
    /// The posting of a parcel that was made ready, by its day.
    Send(String),
    Dispute(Id),
    Withdraw(Id),
    Correct {
        line: Id,
        sum: Sum,
        /// Who bears the line that is reversed.
        liable: City,
        lines: Vec<Id>,
    },
    Agree {
        correction: Id,
        line: Id,
    },
    Other,
}

/// An entry of a parcel that its author was allowed.
#[derive(Clone, Debug)]
pub(crate) struct Slip {
    pub id: Id,
    pub by: City,
    pub parents: Vec<Id>,
    pub place: Place,
    pub paid: Paid,
    pub allowed: bool,
    /// Signed under a key that signs no more, and nobody said yet that it stays.
    pub held: bool,
}

/// A parcel: who sent it to whom, and its entries in causal order.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub tracking: String,
    /// The posting date; none for one that was made ready.
    pub posted: Option<String>,
    pub from: City,
    /// The other city, to which it goes or which issued what it holds.
    pub to: Option<City>,
    pub slips: Vec<Slip>,
}

/// A line that counts.
#[derive(Clone, Debug)]
struct Line {
    sum: Sum,
    liable: City,
}

/// What a month comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Debtor, creditor, fen.
    pub owes: BTreeMap<(City, City), i64>,
    /// How many lines are in the sums.
    pub lines: usize,
    /// What each city paid for itself; it concerns no other city.
    pub self_paid: BTreeMap<City, i64>,
}

impl Account {
    /// What is due to a city less what it owes.
    pub fn net(&self, city: &City) -> i64 {
        let owes = self.owes.iter();
        owes.map(
            |((debtor, creditor), fen)| match (debtor == city, creditor == city) {
                (true, _) => -fen,
                (_, true) => *fen,
                _ => 0,
            },
        )
        .sum()
    }
}

/// Adds a month up.
pub(crate) fn month(books: &[Book], month: &str) -> Account {
    let mut counted: Vec<(&Book, Line)> = Vec::new();
    for book in books {
        let standing = standing(book);
        let sent = standing.iter().filter_map(|slip| match &slip.paid {
            Paid::Send(day) => Some(day),
            _ => None,
        });
        let posted = sent.min().or(book.posted.as_ref());
        if posted.is_some_and(|day| day.starts_with(month)) {
            let lines = Lines::of(book, standing).counted();
            counted.extend(lines.into_iter().map(|line| (book, line)));
        }
    }
    // A number that two parcels of one pair carry proves neither, however it is written. What a city pays for itself is
    // no claim on the other.
    let pair = |book: &Book| BTreeSet::from([Some(book.from), book.to]);
    let number = |book: &Book| book.tracking.replace('-', "");
    let claims = |line: &Line| line.sum.payer != line.liable;
    let doubtful = |book: &Book, line: &Line| {
        counted.iter().any(|(other, twin)| {
            other.slips[0].id != book.slips[0].id
                && number(other) == number(book)
                && pair(other) == pair(book)
                && twin.sum.kind == line.sum.kind
                && claims(twin) == claims(line)
        })
    };
    let mut account = Account::default();
    for (book, line) in &counted {
        if doubtful(book, line) {
            continue;
        }
        account.lines += 1;
        let (payer, fen) = (line.sum.payer, line.sum.fen);
        if payer == line.liable {
            let signed = if line.sum.back { -fen } else { fen };
            *account.self_paid.entry(payer).or_default() += signed;
        } else if fen != 0 {
            let pair = match line.sum.back {
                true => (payer, line.liable),
                false => (line.liable, payer),
            };
            *account.owes.entry(pair).or_default() += fen;
        }
    }
    account
}

/// The lines of a parcel that the counterpart signed at some time, whatever became of them since, with their amounts, and
/// the reversals of those that both corrected: a bill may count no other.
pub(crate) fn signed(book: &Book) -> BTreeMap<Id, i64> {
    let allowed = || book.slips.iter().filter(|slip| slip.allowed);
    let agreed: BTreeSet<Id> = allowed()
        .filter_map(|slip| match slip.paid {
            Paid::Agree { correction, .. } => Some(correction),
            _ => None,
        })
        .collect();
    let mut confirmed: BTreeSet<Id> = BTreeSet::new();
    for slip in allowed() {
        match &slip.paid {
            Paid::Confirm { line, .. } => {
                confirmed.insert(*line);
            }
            Paid::Correct { lines, .. } if agreed.contains(&slip.id) => confirmed.extend(lines),
            _ => {}
        }
    }
    // What was billed before it was corrected comes back: a line of the same sum under the correction's id.
    let reversals = allowed().filter_map(|slip| match &slip.paid {
        Paid::Correct { line, sum, .. } if agreed.contains(&slip.id) => {
            confirmed.contains(line).then_some((slip.id, sum.fen))
        }
        _ => None,
    });
    allowed()
        .filter(|slip| confirmed.contains(&slip.id))
        .filter_map(|slip| match &slip.paid {
            Paid::Cost { sum, .. } => Some((slip.id, sum.fen)),
            _ => None,
        })
        .chain(reversals)
        .collect()
}

/// What a line comes to by itself, before anybody objected or corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Counts,
    Waits,
    Out,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Untouched,
    Replaced(Id),
    Contradicted,
}

/// A cost with who recorded it, and the line that it stands for with who bears it then.
type Cost<'b> = (City, &'b Sum, Option<(Id, City)>);

/// The slips of a parcel that stand, sorted by what they do.
struct Lines<'b> {
    book: &'b Book,
    costs: BTreeMap<Id, Cost<'b>>,
    signed: Vec<(Id, &'static str)>,
    corrections: BTreeMap<Id, (Id, &'b Sum, City, &'b [Id])>,
    agreed: BTreeSet<Id>,
    objections: Vec<Id>,
}

impl<'b> Lines<'b> {
    fn of(book: &'b Book, standing: Vec<&'b Slip>) -> Self {
        let mut lines = Self {
            book,
            costs: BTreeMap::new(),
            signed: Vec::new(),
            corrections: BTreeMap::new(),
            agreed: BTreeSet::new(),
            objections: Vec::new(),
        };
        let withdrawn: BTreeSet<Id> = standing
            .iter()
            .filter_map(|slip| match slip.paid {
                Paid::Withdraw(of) => Some(of),
                _ => None,
            })
            .collect();
        for slip in standing {
            match &slip.paid {
                Paid::Cost { sum, instead } => {
                    lines.costs.insert(slip.id, (slip.by, sum, *instead));
                }
                Paid::Confirm { line, kind } => lines.signed.push((*line, kind)),
                Paid::Correct {
                    line,
                    sum,
                    liable,
                    lines: new,
                } => {
                    let correction = (*line, sum, *liable, new.as_slice());
                    lines.corrections.insert(slip.id, correction);
                }
                Paid::Agree { correction, .. } => {
                    lines.agreed.insert(*correction);
                }
                Paid::Dispute(line) if !withdrawn.contains(&slip.id) => {
                    lines.objections.push(*line);
                }
                _ => {}
            }
        }
        lines
    }

    fn counted(&self) -> Vec<Line> {
        let mut counted = Vec::new();
        for (id, (_, sum, instead)) in &self.costs {
            if !self.counts(id) {
                continue;
            }
            counted.push(Line {
                sum: (*sum).clone(),
                liable: instead.map_or(self.book.from, |(_, city)| city),
            });
            // What both had signed is not struck out: its reverse counts beside it, unless what replaces it is in dispute.
            if let Fate::Replaced(by) = self.fate(id)
                && let Some((_, sum, liable, new)) = self.corrections.get(&by)
                && !new.iter().any(|line| self.in_dispute(line))
            {
                let payer = *liable;
                counted.push(Line {
                    sum: Sum {
                        payer,
                        ..(*sum).clone()
                    },
                    liable: sum.payer,
                });
            }
        }
        counted
    }

    fn counts(&self, id: &Id) -> bool {
        let Some((_, sum, instead)) = self.costs.get(id) else {
            return false;
        };
        let worth = match instead {
            None => self.plain(id),
            Some(_) => self.new_line(id),
        };
        let liable = instead.map_or(self.book.from, |(_, city)| city);
        let signed = instead.is_some() || self.signed.iter().any(|(of, _)| of == id);
        worth == Worth::Counts
            && match self.fate(id) {
                Fate::Contradicted => false,
                Fate::Replaced(_) => signed && liable != sum.payer,
                Fate::Untouched => !self.objections.contains(id),
            }
    }

    /// Whether a line of a correction is objected to, or corrected in two ways.
    fn in_dispute(&self, line: &Id) -> bool {
        match self.fate(line) {
            Fate::Untouched => self.objections.contains(line),
            Fate::Replaced(_) => false,
            Fate::Contradicted => true,
        }
    }

    fn fate(&self, line: &Id) -> Fate {
        let both = self.corrections.iter().filter(|(id, (of, ..))| {
            of == line && (self.book.to.is_none() || self.agreed.contains(*id))
        });
        let both: Vec<Id> = both.map(|(id, _)| *id).collect();
        match both.as_slice() {
            [] => Fate::Untouched,
            [only] => Fate::Replaced(*only),
            _ => Fate::Contradicted,
        }
    }

    /// A line of a correction counts with it.
    fn new_line(&self, id: &Id) -> Worth {
        let mut corrections = self.corrections.iter();
        let by = corrections.find(|(_, (.., new))| new.contains(id));
        match by.map(|(by, (of, ..))| (by, self.fate(of))) {
            Some((by, Fate::Replaced(agreed))) if agreed == *by => Worth::Counts,
            Some((_, Fate::Contradicted)) => Worth::Out,
            _ => Worth::Waits,
        }
    }

    fn plain(&self, id: &Id) -> Worth {
        let Some((by, sum, _)) = self.costs.get(id) else {
            return Worth::Out;
        };
        let postage = sum.kind == "postage";
        let plain = self.costs.values();
        let rivals = plain
            .filter(|(_, other, instead)| other.kind == "postage" && instead.is_none())
            .count();
        let rivals = postage && rivals > 1;
        let crossed = postage
            && self
                .signed
                .iter()
                .any(|(of, kind)| *kind == "postage" && of != id);
        if crossed || rivals && self.book.to.is_none() {
            return Worth::Out;
        }
        let confirmed = self.signed.iter().any(|(of, _)| of == id);
        let own = !rivals && *by == sum.payer && sum.payer == self.book.from;
        match confirmed || own {
            true => Worth::Counts,
            false => Worth::Waits,
        }
    }
}

/// What a slip puts its city's name to, for the other city.
fn signs(paid: &Paid) -> Vec<Id> {
    match paid {
        Paid::Confirm { line, .. } => vec![*line],
        Paid::Agree { correction, line } => vec![*correction, *line],
        _ => Vec::new(),
    }
}

/// What a slip falls with.
fn rests_on(paid: &Paid) -> Vec<Id> {
    match paid {
        Paid::Cost { instead, .. } => instead.iter().map(|(line, _)| *line).collect(),
        Paid::Confirm { line, .. } => vec![*line],
        Paid::Dispute(line) => vec![*line],
        Paid::Withdraw(of) => vec![*of],
        Paid::Correct { line, lines, .. } => lines.iter().copied().chain([*line]).collect(),
        Paid::Agree { correction, .. } => vec![*correction],
        Paid::Retract(_) | Paid::Send(_) | Paid::Other => Vec::new(),
    }
}

/// The slips that nobody took back.
fn standing(book: &Book) -> Vec<&Slip> {
    let places: BTreeMap<Id, usize> = book
        .slips
        .iter()
        .enumerate()
        .map(|(at, slip)| (slip.id, at))
        .collect();
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    for slip in &book.slips {
        let mut all = BTreeSet::new();
        for parent in slip.parents.iter().filter_map(|id| places.get(id)) {
            all.insert(*parent);
            all.extend(before[*parent].iter().copied());
        }
        before.push(all);
    }
    let unordered = |one: usize, other: usize| {
        one != other && !before[one].contains(&other) && !before[other].contains(&one)
    };
    let everything: BTreeSet<usize> = (0..book.slips.len()).collect();
    let place = |at: usize| (book.slips[at].place, book.slips[at].by);
    let aside = twins_aside(&everything, &place, &before);
    let slips = || {
        let all = book.slips.iter().enumerate();
        all.filter(|(at, slip)| slip.allowed && !slip.held && !aside.contains(at))
    };
    // What the counterpart signed is not taken back by one who had not seen it.
    let fails = |at: usize, of: &Id| {
        slips().any(|(other, slip)| signs(&slip.paid).contains(of) && unordered(at, other))
    };
    let taken_back = slips().filter_map(|(at, slip)| match slip.paid {
        Paid::Retract(of) if !fails(at, &of) => Some(of),
        _ => None,
    });
    let mut gone: BTreeSet<Id> = aside.iter().map(|at| book.slips[*at].id).collect();
    gone.extend(taken_back);
    let mut left = Vec::new();
    // What a slip names comes before it.
    for (_, slip) in slips() {
        let falls = rests_on(&slip.paid).iter().any(|id| gone.contains(id));
        match falls || gone.contains(&slip.id) {
            true => {
                gone.insert(slip.id);
            }
            false => left.push(slip),
        }
    }
    left
}
