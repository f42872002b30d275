//! The facts of a round and what they amount to.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::act::{Act, Open, Pay, Propose, Row, Sign, hash};
use super::figures::{Bill, Left, Reported, cities_of, reported};
use crate::calendar::Day;
use crate::id::EntryId;
use crate::kind::Author;
use crate::money::{Fen, MoneyError};
use crate::planted::{Bug, planted};

/// A round as some set of entries describes it. Every map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city that opened it.
    #[n(1)]
    pub from: CityId,
    /// The genesis act.
    #[n(2)]
    pub open: Open,
    /// Reports.
    #[n(3)]
    pub reports: BTreeMap<EntryId, Reporting>,
    /// Proposals.
    #[n(4)]
    pub proposals: BTreeMap<EntryId, Proposed>,
    /// Signatures.
    #[n(5)]
    pub signs: BTreeMap<EntryId, Signed>,
    /// Payments.
    #[n(6)]
    pub payments: BTreeMap<EntryId, Paid>,
    /// Receipts.
    #[n(7)]
    pub receipts: BTreeMap<EntryId, Received>,
}

/// A report with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reporting {
    /// The city.
    #[n(0)]
    pub by: CityId,
    /// Its bills.
    #[n(1)]
    pub rows: Vec<Row>,
}

/// A proposal with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposed {
    /// The member that proposed it.
    #[n(0)]
    pub by: CityId,
    /// The proposal.
    #[n(1)]
    pub propose: Propose,
    /// The day of the proposal.
    #[n(2)]
    pub on: Day,
}

/// A signature with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signed {
    /// The city that signed.
    #[n(0)]
    pub by: CityId,
    /// What it signed.
    #[n(1)]
    pub sign: Sign,
    /// The day of the signature.
    #[n(2)]
    pub on: Day,
}

/// A payment with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Paid {
    /// Who paid.
    #[n(0)]
    pub by: CityId,
    /// The payment.
    #[n(1)]
    pub pay: Pay,
}

/// A receipt with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Received {
    /// Who was paid.
    #[n(0)]
    pub by: CityId,
    /// The payment.
    #[n(1)]
    pub payment: EntryId,
    /// The day on which it arrived.
    #[n(2)]
    pub on: Day,
}

/// Which proposal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// None is complete.
    Nothing,
    /// The complete one with the highest number.
    One(EntryId),
    /// Two of one number are complete: more than a third of the members signed both, and people decide.
    Disputed(Vec<EntryId>),
}

/// What was paid and confirmed between two cities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Recorded by the payer.
    pub paid: Fen,
    /// Confirmed by the payee.
    pub confirmed: Fen,
}

impl State {
    /// The state right after the genesis.
    pub fn new(genesis: EntryId, from: CityId, open: Open) -> Self {
        Self {
            genesis,
            from,
            open,
            reports: BTreeMap::new(),
            proposals: BTreeMap::new(),
            signs: BTreeMap::new(),
            payments: BTreeMap::new(),
            receipts: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act) {
        let by = author.city;
        match act {
            Act::Open(_) | Act::Retain(_) => {}
            Act::Report(report) => {
                let rows = report.rows.clone();
                self.reports.insert(id, Reporting { by, rows });
            }
            Act::Propose(propose) => {
                let (propose, on) = (propose.clone(), author.day());
                self.proposals.insert(id, Proposed { by, propose, on });
            }
            Act::Sign(sign) => {
                let (sign, on) = (sign.clone(), author.day());
                self.signs.insert(id, Signed { by, sign, on });
            }
            Act::Pay(pay) => {
                let pay = pay.clone();
                self.payments.insert(id, Paid { by, pay });
            }
            Act::Receive(receive) => {
                let (payment, on) = (receive.payment, receive.on);
                self.receipts.insert(id, Received { by, payment, on });
            }
        }
    }

    /// Every bill that was reported.
    pub fn reported(&self) -> Reported {
        reported(self.rows(self.reports.keys()))
    }

    fn rows<'a>(
        &'a self,
        reports: impl Iterator<Item = &'a EntryId>,
    ) -> impl Iterator<Item = (CityId, &'a Row)> {
        reports
            .filter_map(|id| self.reports.get(id))
            .flat_map(|report| report.rows.iter().map(|row| (report.by, row)))
    }

    /// The bills that a proposal on some reports would count, without those of the cities left out.
    pub fn bills_on(&self, reports: &[EntryId], left_out: &[CityId]) -> Vec<Bill> {
        let mut bills = reported(self.rows(reports.iter())).agreed;
        bills.retain(|bill| !left_out.iter().any(|city| bill.is_of(city)));
        bills
    }

    /// The bills that a proposal counts.
    pub fn bills_of(&self, propose: &Propose) -> Vec<Bill> {
        self.bills_on(&propose.reports, &propose.left_out)
    }

    /// The reported bills that a proposal does not count, with the reason.
    pub fn carried(&self, propose: &Propose) -> Vec<(Bill, Left)> {
        let counted: BTreeSet<_> = self.bills_of(propose).iter().map(Bill::key).collect();
        let known = reported(self.rows(propose.reports.iter()));
        let left: BTreeSet<_> = known.agreed.iter().map(Bill::key).collect();
        let all = self.reported();
        let mut carried = all.rest;
        for bill in all.agreed {
            if counted.contains(&bill.key()) {
                continue;
            }
            let why = match left.contains(&bill.key()) {
                true => Left::LeftOut,
                false => Left::Later,
            };
            carried.push((bill, why));
        }
        carried.sort();
        carried
    }

    /// Says whether a proposal is what its reports give: honest members sign no other.
    pub fn is_sound(&self, propose: &Propose) -> bool {
        let bills = self.bills_of(propose);
        let (month, number) = (self.open.month, propose.number);
        propose.cities == cities_of(&bills)
            && propose.hash == hash(month, number, propose.netting, propose.quorum, &bills)
    }

    /// The members that signed a proposal.
    pub fn signers(&self, proposal: &EntryId) -> BTreeSet<CityId> {
        let signs = self.signs.values();
        signs
            .filter(|signed| signed.sign.proposal == *proposal)
            .map(|signed| signed.by)
            .collect()
    }

    /// Says whether every city with a bill in a proposal, and enough members, signed it.
    pub fn is_complete(&self, proposal: &EntryId) -> bool {
        let Some(proposed) = self.proposals.get(proposal) else {
            return false;
        };
        self.is_completed_by(&proposed.propose, &self.signers(proposal))
    }

    fn is_completed_by(&self, propose: &Propose, signers: &BTreeSet<CityId>) -> bool {
        let enough = signers.len() >= propose.quorum as usize;
        let all = propose.cities.iter().all(|city| signers.contains(city));
        enough && (all || planted(Bug::SilenceConsents))
    }

    /// The highest number that somebody proposed; zero while nobody did.
    pub fn highest(&self) -> u32 {
        let numbers = self.proposals.values().map(|one| one.propose.number);
        numbers.max().unwrap_or(0)
    }

    /// The highest number of a proposal that a city signed; zero if it signed none.
    pub fn signed_up_to(&self, city: &CityId) -> u32 {
        let own = self.signs.values().filter(|signed| signed.by == *city);
        own.map(|signed| signed.sign.number).max().unwrap_or(0)
    }

    /// The proposal that holds: the complete one with the highest number.
    pub fn holds(&self) -> Holds {
        let mut complete: BTreeMap<u32, Vec<EntryId>> = BTreeMap::new();
        for (id, proposed) in &self.proposals {
            if self.is_complete(id) && self.is_sound(&proposed.propose) {
                let of = complete.entry(proposed.propose.number).or_default();
                of.push(*id);
            }
        }
        match complete.pop_last() {
            None => Holds::Nothing,
            Some((_, ids)) => match ids.as_slice() {
                [only] => Holds::One(*only),
                _ => Holds::Disputed(ids),
            },
        }
    }

    /// The proposal that holds, if one does.
    pub fn held(&self) -> Option<(EntryId, &Proposed)> {
        match self.holds() {
            Holds::One(id) => self.proposals.get(&id).map(|proposed| (id, proposed)),
            Holds::Nothing | Holds::Disputed(_) => None,
        }
    }

    /// The day on which a complete proposal became so: the earliest by which enough had signed.
    pub fn completed_on(&self, proposal: &EntryId) -> Option<Day> {
        let proposed = self.proposals.get(proposal)?;
        let mut signs: Vec<(Day, CityId)> = self
            .signs
            .values()
            .filter(|signed| signed.sign.proposal == *proposal)
            .map(|signed| (signed.on, signed.by))
            .collect();
        signs.sort_unstable();
        let mut signers = BTreeSet::new();
        signs.into_iter().find_map(|(day, city)| {
            signers.insert(city);
            self.is_completed_by(&proposed.propose, &signers)
                .then_some(day)
        })
    }

    /// Cities that signed two proposals of one number, with the entries that prove it.
    pub fn doubles(&self) -> BTreeMap<(CityId, u32), BTreeSet<EntryId>> {
        let mut of: BTreeMap<(CityId, u32), BTreeMap<EntryId, EntryId>> = BTreeMap::new();
        for (id, signed) in &self.signs {
            let place = (signed.by, signed.sign.number);
            let texts = of.entry(place).or_default();
            texts.entry(signed.sign.proposal).or_insert(*id);
        }
        of.into_iter()
            .filter(|(_, texts)| texts.len() > 1)
            .map(|(place, texts)| (place, texts.into_values().collect()))
            .collect()
    }

    /// What was paid and confirmed, by payer and payee. A voucher number of one city counts once.
    ///
    /// # Errors
    /// [`MoneyError`] when a sum leaves the range of money.
    pub fn settled(&self) -> Result<BTreeMap<(CityId, CityId), Settled>, MoneyError> {
        let received = self.received_on();
        let mut vouchers: BTreeSet<(CityId, &str)> = BTreeSet::new();
        let mut settled: BTreeMap<(CityId, CityId), Settled> = BTreeMap::new();
        for (id, Paid { by, pay }) in &self.payments {
            if !vouchers.insert((*by, &pay.voucher)) {
                continue;
            }
            let sums = settled.entry((*by, pay.to)).or_default();
            sums.paid = sums.paid.checked_add(pay.amount)?;
            if received.contains_key(id) {
                sums.confirmed = sums.confirmed.checked_add(pay.amount)?;
            }
        }
        Ok(settled)
    }

    /// The days on which payees say that payments arrived, by payment; of several the first.
    pub fn received_on(&self) -> BTreeMap<EntryId, Day> {
        let mut days: BTreeMap<EntryId, Day> = BTreeMap::new();
        for one in self.receipts.values() {
            let day = days.entry(one.payment).or_insert(one.on);
            *day = one.on.min(*day);
        }
        days
    }

    /// The day on which the payee says that a payment arrived; of several the first.
    pub fn received(&self, payment: &EntryId) -> Option<Day> {
        let of = self.receipts.values().filter(|one| one.payment == *payment);
        of.map(|one| one.on).min()
    }
}
