//! Who owes whom for a month's postage (`design.md` §9, `domain.md` §3.6): the sender bears it, and a line
//! counts once the counterpart signed it, or at once where it is nobody else's money.

use std::collections::{BTreeMap, BTreeSet};

use super::custody::{Place, twins_aside};
use super::{City, Id};

/// What a parcel's entry does.
#[derive(Clone, Debug)]
pub(crate) enum Paid {
    Cost {
        postage: bool,
        fen: i64,
        payer: City,
    },
    Confirm {
        line: Id,
        postage: bool,
    },
    Retract(Id),
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
}

/// A parcel: who sent it to whom, and its entries in causal order.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub tracking: String,
    pub month: String,
    pub from: City,
    pub to: Option<City>,
    pub slips: Vec<Slip>,
}

/// A line that counts.
#[derive(Clone, Debug)]
struct Line {
    postage: bool,
    fen: i64,
    payer: City,
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
    for book in books.iter().filter(|book| book.month == month) {
        counted.extend(lines(book).into_iter().map(|line| (book, line)));
    }
    // A number that two parcels of one pair carry proves neither.
    let pair = |book: &Book| BTreeSet::from([Some(book.from), book.to]);
    let doubtful = |book: &Book, line: &Line| {
        counted.iter().any(|(other, twin)| {
            other.slips[0].id != book.slips[0].id
                && other.tracking == book.tracking
                && pair(other) == pair(book)
                && twin.postage == line.postage
        })
    };
    let mut account = Account::default();
    for (book, line) in &counted {
        if doubtful(book, line) {
            continue;
        }
        account.lines += 1;
        if line.payer == book.from {
            *account.self_paid.entry(line.payer).or_default() += line.fen;
        } else if line.fen != 0 {
            *account.owes.entry((book.from, line.payer)).or_default() += line.fen;
        }
    }
    account
}

/// The lines of a parcel that the counterpart signed at some time, whatever became of them since, with their amounts:
/// a bill may count no other.
pub(crate) fn signed(book: &Book) -> BTreeMap<Id, i64> {
    let allowed = || book.slips.iter().filter(|slip| slip.allowed);
    let confirmed: BTreeSet<Id> = allowed()
        .filter_map(|slip| match slip.paid {
            Paid::Confirm { line, .. } => Some(line),
            _ => None,
        })
        .collect();
    allowed()
        .filter(|slip| confirmed.contains(&slip.id))
        .filter_map(|slip| match slip.paid {
            Paid::Cost { fen, .. } => Some((slip.id, fen)),
            _ => None,
        })
        .collect()
}

/// The lines of a parcel that count.
fn lines(book: &Book) -> Vec<Line> {
    let standing = standing(book);
    let costs: Vec<(&Slip, Line)> = standing
        .iter()
        .filter_map(|slip| match slip.paid {
            Paid::Cost {
                postage,
                fen,
                payer,
            } => Some((
                *slip,
                Line {
                    postage,
                    fen,
                    payer,
                },
            )),
            _ => None,
        })
        .collect();
    let signed: Vec<(Id, bool)> = standing
        .iter()
        .filter_map(|slip| match slip.paid {
            Paid::Confirm { line, postage } => Some((line, postage)),
            _ => None,
        })
        .collect();
    let postage = costs.iter().filter(|(_, line)| line.postage).count();
    let counts = |slip: &Slip, line: &Line| {
        let crossed = line.postage
            && signed
                .iter()
                .any(|(of, postage)| *postage && *of != slip.id);
        let rivals = line.postage && postage > 1;
        if crossed || rivals && book.to.is_none() {
            return false;
        }
        let confirmed = signed.iter().any(|(of, _)| *of == slip.id);
        confirmed || !rivals && slip.by == line.payer && line.payer == book.from
    };
    costs
        .iter()
        .filter(|(slip, line)| counts(slip, line))
        .map(|(_, line)| line.clone())
        .collect()
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
        all.filter(|(at, slip)| slip.allowed && !aside.contains(at))
    };
    let set_aside: BTreeSet<Id> = aside.iter().map(|at| book.slips[*at].id).collect();
    // What the counterpart signed is not taken back by one who had not seen it.
    let fails = |at: usize, of: &Id| {
        slips().any(|(other, slip)| {
            matches!(slip.paid, Paid::Confirm { line, .. } if line == *of) && unordered(at, other)
        })
    };
    let gone: BTreeSet<Id> = slips()
        .filter_map(|(at, slip)| match slip.paid {
            Paid::Retract(of) if !fails(at, &of) => Some(of),
            _ => None,
        })
        .collect();
    slips()
        .map(|(_, slip)| slip)
        .filter(|slip| {
            let rests = match slip.paid {
                Paid::Confirm { line, .. } => gone.contains(&line) || set_aside.contains(&line),
                _ => false,
            };
            !gone.contains(&slip.id) && !rests
        })
        .collect()
}
