//! What the reports of a round amount to: bills, obligations and nets.
//!
//! Pure functions of sets of rows; Σ nets = 0 at each step.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};

use super::act::Row;
use crate::calendar::Month;
use crate::money::{Fen, MoneyError};
use crate::planted::{Bug, planted};

/// A bill as totals. Bills have one order: by pair, month and hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Bill {
    /// The city with the lower root key.
    #[n(0)]
    pub low: CityId,
    /// The other city.
    #[n(1)]
    pub high: CityId,
    /// The bill's month.
    #[n(2)]
    pub month: Month,
    /// The hash over its lines.
    #[n(3)]
    pub hash: Hash32,
    /// What the first city owes the second.
    #[n(4)]
    pub low_owes: Fen,
    /// What the second city owes the first.
    #[n(5)]
    pub high_owes: Fen,
}

impl Bill {
    /// The bill that a city's row reports.
    pub fn of(city: CityId, row: &Row) -> Bill {
        let low_first = city < row.with;
        let (low_owes, high_owes) = match low_first {
            true => (row.owed, row.due),
            false => (row.due, row.owed),
        };
        Bill {
            low: city.min(row.with),
            high: city.max(row.with),
            month: row.month,
            hash: row.hash,
            low_owes,
            high_owes,
        }
    }

    /// Says whether a city is one of the pair.
    pub fn is_of(&self, city: &CityId) -> bool {
        self.low == *city || self.high == *city
    }

    /// What names the bill: whoever reports it.
    pub fn key(&self) -> Key {
        (self.low, self.high, self.month, self.hash)
    }
}

/// What names a bill: pair, month and hash.
pub type Key = (CityId, CityId, Month, Hash32);

/// Why a reported bill is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// One of its cities did not sign the number before in time.
    LeftOut,
    /// One of its cities reported it.
    OneSided,
    /// Its cities reported different totals.
    Differs,
    /// It was reported after the proposal.
    Later,
}

impl Left {
    /// The reason's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Left::LeftOut => "left-out",
            Left::OneSided => "one-sided",
            Left::Differs => "differs",
            Left::Later => "later",
        }
    }
}

/// Reported bills: those that both cities reported alike, and the rest with the reason. Both in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Bills that count.
    pub agreed: Vec<Bill>,
    /// Bills that do not.
    pub rest: Vec<(Bill, Left)>,
}

/// Puts the rows of both cities of each bill together. Time grows with the rows and the logarithm of their count.
pub fn reported<'a>(rows: impl Iterator<Item = (CityId, &'a Row)>) -> Reported {
    let mut said: Vec<(Bill, CityId)> = rows
        .map(|(city, row)| (Bill::of(city, row), city))
        .collect();
    said.sort_unstable();
    let mut reported = Reported::default();
    for of_one in said.chunk_by(|(one, _), (other, _)| one.key() == other.key()) {
        let Some((bill, city)) = of_one.first() else {
            continue;
        };
        let both = of_one.iter().any(|(_, other)| other != city) || planted(Bug::OneSidedBills);
        let alike = of_one.iter().all(|(other, _)| other == bill);
        match (both, alike) {
            (true, true) => reported.agreed.push(bill.clone()),
            (true, false) => reported.rest.push((bill.clone(), Left::Differs)),
            (false, _) => reported.rest.push((bill.clone(), Left::OneSided)),
        }
    }
    reported
}

/// The cities that have a bill among some, ascending.
pub fn cities_of(bills: &[Bill]) -> Vec<CityId> {
    let cities: BTreeSet<CityId> = bills
        .iter()
        .flat_map(|bill| [bill.low, bill.high])
        .collect();
    cities.into_iter().collect()
}

/// What bills amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Who owes whom: (debtor, creditor) to a sum above zero.
    pub obligations: BTreeMap<(CityId, CityId), Fen>,
    /// All obligations added up.
    pub gross: Fen,
    /// What is due to a city less what it owes; adds up to zero.
    pub nets: BTreeMap<CityId, Fen>,
}

impl Figures {
    /// Adds bills up.
    ///
    /// # Errors
    /// [`MoneyError`] when a sum leaves the range of money.
    pub fn of(bills: &[Bill]) -> Result<Figures, MoneyError> {
        let mut figures = Figures::default();
        for bill in bills {
            figures.owe(bill.low, bill.high, bill.low_owes)?;
            figures.owe(bill.high, bill.low, bill.high_owes)?;
        }
        Ok(figures)
    }

    fn owe(&mut self, debtor: CityId, creditor: CityId, amount: Fen) -> Result<(), MoneyError> {
        let debt = self.nets.entry(debtor).or_default();
        *debt = debt.checked_sub(amount)?;
        let credit = self.nets.entry(creditor).or_default();
        *credit = credit.checked_add(amount)?;
        if amount.is_zero() {
            return Ok(());
        }
        self.gross = self.gross.checked_add(amount)?;
        let owes = self.obligations.entry((debtor, creditor)).or_default();
        *owes = owes.checked_add(amount)?;
        Ok(())
    }
}
