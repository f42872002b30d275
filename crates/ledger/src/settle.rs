//! Month-end between cities (邮费结算): what the parcels of a month amount to.
//!
//! A pure view of parcel states: the same parcels give the same account in any order. It moves no
//! money, signs nothing and finds no transfers; waiting and doubtful lines stay outside the sums
//! and stay visible (`domain.md` §3.6.5).

use std::borrow::Cow;
use std::collections::BTreeMap;

use tongban_identity::CityId;

use crate::agreement::View;
use crate::calendar::{Day, Month};
use crate::id::{DocumentId, EntryId};
use crate::lines::{self, Standing};
use crate::money::{Amount, Fen, MoneyError};
use crate::number::TrackingNo;
use crate::parcel::{CostKind, Leg, LineStanding, Recipient, State};
use crate::planted::{Bug, planted};

/// The account of one month, cut by posting date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthAccount {
    /// The month.
    pub month: Month,
    /// The lines that count, ascending by parcel and line.
    pub included: Vec<Line>,
    /// The lines that are unconfirmed or disputed, in the same order; they are in no sum.
    pub waiting: Vec<Waiting>,
    /// Lines that would count, but two parcels of a pair carry their tracking number and kind; none
    /// of them is in a sum.
    pub duplicates: Vec<Line>,
    /// Who owes whom: (debtor, creditor) to an amount above zero, before any netting.
    pub obligations: BTreeMap<(CityId, CityId), Fen>,
    /// All obligations added up.
    pub gross: Fen,
    /// What cities paid for themselves: in reports, never between cities.
    pub self_paid: Fen,
    /// The sums of every member city, and of every city with an included line.
    pub cities: BTreeMap<CityId, Sums>,
}

/// A cost line with what the account needs of its parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The parcel.
    pub parcel: DocumentId,
    /// The line's entry.
    pub line: EntryId,
    /// The parcel's sender city.
    pub from: CityId,
    /// The city beside the sender: to which it went, or that issued what went to the applicant.
    pub to: Recipient,
    /// The posting date.
    pub posted: Day,
    /// The parcel's tracking number.
    pub tracking: TrackingNo,
    /// The parcel's leg.
    pub leg: Leg,
    /// What the line is for.
    pub kind: CostKind,
    /// How much.
    pub amount: Amount,
    /// The city that paid, or that the carrier paid back.
    pub payer: CityId,
    /// The city that bears it.
    pub liable: CityId,
    /// The version of the postage rule that says so.
    pub rule: u32,
}

/// A line that is in no sum yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The line.
    pub line: Line,
    /// Why it waits: unconfirmed or disputed.
    pub standing: LineStanding,
}

/// The sums of one city in one month. What came back from a carrier is subtracted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What it paid, for itself and for others.
    pub paid: Fen,
    /// What it bears.
    pub liable: Fen,
    /// What it paid for itself.
    pub self_paid: Fen,
    /// What others owe it.
    pub due: Fen,
    /// What it owes others.
    pub owed: Fen,
    /// `due - owed`, which equals `paid - liable`.
    pub net: Fen,
}

impl MonthAccount {
    /// A city's net: what is due to it less what it owes; zero for a city without lines.
    pub fn net_of(&self, city: &CityId) -> Fen {
        self.cities.get(city).map_or(Fen::ZERO, |sums| sums.net)
    }

    /// The nets of all cities; they add up to zero.
    pub fn nets(&self) -> BTreeMap<CityId, Fen> {
        let nets = self.cities.iter().map(|(city, sums)| (*city, sums.net));
        nets.collect()
    }

    /// The account of a month without lines.
    fn empty(month: Month, members: impl Iterator<Item = CityId>) -> Self {
        Self {
            month,
            included: Vec::new(),
            waiting: Vec::new(),
            duplicates: Vec::new(),
            obligations: BTreeMap::new(),
            gross: Fen::ZERO,
            self_paid: Fen::ZERO,
            cities: members.map(|city| (city, Sums::default())).collect(),
        }
    }

    /// Takes what each city owes from what is due to it.
    fn net(&mut self) -> Result<(), MoneyError> {
        for sums in self.cities.values_mut() {
            sums.net = sums.due.checked_sub(sums.owed)?;
            if planted(Bug::NetsRound) {
                sums.net = Fen::new(sums.net.get() / 10 * 10);
            }
        }
        Ok(())
    }

    fn add(&mut self, line: &Line) -> Result<(), MoneyError> {
        let amount = line.amount.fen();
        let comes_back = line.kind.comes_back();
        let signed = match comes_back {
            true => amount.checked_neg()?,
            false => amount,
        };
        let across = line.payer != line.liable;
        let payer = self.cities.entry(line.payer).or_default();
        add(&mut payer.paid, signed)?;
        match (across, comes_back) {
            (false, _) => add(&mut payer.self_paid, signed)?,
            (true, false) => add(&mut payer.due, amount)?,
            (true, true) => add(&mut payer.owed, amount)?,
        }
        let liable = self.cities.entry(line.liable).or_default();
        add(&mut liable.liable, signed)?;
        if !across {
            return add(&mut self.self_paid, signed);
        }
        let (debtor, creditor) = if comes_back {
            add(&mut liable.due, amount)?;
            (line.payer, line.liable)
        } else {
            add(&mut liable.owed, amount)?;
            (line.liable, line.payer)
        };
        add(&mut self.gross, amount)?;
        if amount.is_zero() {
            return Ok(());
        }
        let owes = self.obligations.entry((debtor, creditor)).or_default();
        add(owes, amount)
    }
}

fn add(sum: &mut Fen, more: Fen) -> Result<(), MoneyError> {
    *sum = sum.checked_add(more)?;
    Ok(())
}

/// Adds up the parcels that were posted in a month.
///
/// The outcome does not depend on the order of the parcels; one given twice counts once.
///
/// # Errors
/// [`MoneyError::Overflow`] when a sum leaves the range of [`Fen`].
pub fn month<'a>(
    parcels: impl Iterator<Item = (DocumentId, &'a State)>,
    view: &View<'_>,
    month: Month,
) -> Result<MonthAccount, MoneyError> {
    let parcels = parcels.filter(|(_, state)| {
        let posted = state.posted();
        posted.is_some_and(|day| month.contains(day))
    });
    let lines = parcels.flat_map(|(parcel, state)| lines::of_parcel(parcel, state, view));
    account(lines, view.members().map(|member| member.city), month)
}

/// Adds up lines of one month, or of some pairs in it; tracking numbers are compared within pairs only.
///
/// The outcome does not depend on the order of the lines; one given twice counts once.
///
/// # Errors
/// [`MoneyError::Overflow`] when a sum leaves the range of [`Fen`].
pub fn account(
    lines: impl Iterator<Item = Standing>,
    members: impl Iterator<Item = CityId>,
    month: Month,
) -> Result<MonthAccount, MoneyError> {
    let (mut counted, mut waiting) = (Vec::new(), Vec::new());
    for Standing { line, standing } in lines {
        match standing {
            LineStanding::Counted => counted.push(line),
            LineStanding::Unconfirmed | LineStanding::Disputed => {
                waiting.push(Waiting { line, standing });
            }
            LineStanding::Superseded | LineStanding::Reversed => {}
        }
    }
    let mut counted = in_order(counted);
    counted.dedup_by_key(|line| place(line));
    waiting.sort_unstable_by_key(|waiting| place(&waiting.line));
    waiting.dedup_by_key(|waiting| place(&waiting.line));
    let (included, duplicates) = split_duplicates(counted);

    let mut account = MonthAccount::empty(month, members);
    account.waiting = waiting;
    account.duplicates = duplicates;
    for line in &included {
        account.add(line)?;
        if planted(Bug::BookTwice) {
            account.add(line)?;
        }
    }
    account.included = included;
    account.net()?;
    Ok(account)
}

/// Joins the accounts of pairs to one: the account of all their lines, if no pair is given twice.
///
/// # Errors
/// [`MoneyError::Overflow`] when a sum leaves the range of [`Fen`].
pub fn join(
    pairs: impl Iterator<Item = MonthAccount>,
    members: impl Iterator<Item = CityId>,
    month: Month,
) -> Result<MonthAccount, MoneyError> {
    let mut account = MonthAccount::empty(month, members);
    for pair in pairs {
        account.included.extend(pair.included);
        account.waiting.extend(pair.waiting);
        account.duplicates.extend(pair.duplicates);
        for (who, fen) in pair.obligations {
            add(account.obligations.entry(who).or_default(), fen)?;
        }
        add(&mut account.gross, pair.gross)?;
        add(&mut account.self_paid, pair.self_paid)?;
        for (city, more) in pair.cities {
            let sums = account.cities.entry(city).or_default();
            add(&mut sums.paid, more.paid)?;
            add(&mut sums.liable, more.liable)?;
            add(&mut sums.self_paid, more.self_paid)?;
            add(&mut sums.due, more.due)?;
            add(&mut sums.owed, more.owed)?;
        }
    }
    account.included = in_order(account.included);
    account.duplicates.sort_unstable_by_key(place);
    account
        .waiting
        .sort_unstable_by_key(|waiting| place(&waiting.line));
    account.net()?;
    Ok(account)
}

/// The line's place in every list: lines have one order, whoever lists them.
fn place(line: &Line) -> (DocumentId, EntryId) {
    (line.parcel, line.line)
}

/// Puts lines in their order. Lines are long, so that their places are sorted, and each line is moved once.
fn in_order(lines: Vec<Line>) -> Vec<Line> {
    let mut order: Vec<([u8; 8], usize)> = lines
        .iter()
        .zip(0..)
        .map(|(line, at)| {
            let mut first = [0; 8];
            first.copy_from_slice(&line.parcel.as_bytes()[..8]);
            (first, at)
        })
        .collect();
    order.sort_unstable_by(|one, other| {
        let places = || place(&lines[one.1]).cmp(&place(&lines[other.1]));
        one.0.cmp(&other.0).then_with(places)
    });
    let mut taken: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|(_, at)| taken.get_mut(at).and_then(Option::take))
        .collect()
}

/// Takes out lines of one kind that two parcels of a pair carry under one tracking number: at most
/// one of them is true, and nothing here can tell which.
fn split_duplicates(mut lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let mut order: Vec<(u64, usize)> = (0..)
        .zip(&lines)
        .map(|(at, line)| (line.tracking.bucket(), at))
        .collect();
    order.sort_unstable();
    let mut doubtful = vec![false; lines.len()];
    for bucket in order.chunk_by_mut(|a, b| a.0 == b.0) {
        bucket.sort_unstable_by(|a, b| posting(&lines[a.1]).cmp(&posting(&lines[b.1])));
        if planted(Bug::CountDuplicates) {
            continue;
        }
        for same in bucket.chunk_by(|a, b| posting(&lines[a.1]) == posting(&lines[b.1])) {
            for at in in_doubt(&lines, same) {
                doubtful[at] = true;
            }
        }
    }
    let mut doubtful = doubtful.into_iter();
    let duplicates = lines
        .extract_if(.., |_| doubtful.next() == Some(true))
        .collect();
    (lines, duplicates)
}

/// Which of some lines with one number and kind are in doubt: none if they are of one parcel. A parcel whose lines
/// cancel, since both cities took it out again, is the one that should not be; it casts no doubt on the other.
fn in_doubt(lines: &[Line], same: &[(u64, usize)]) -> Vec<usize> {
    let mut sums: BTreeMap<DocumentId, i128> = BTreeMap::new();
    let Some((_, first)) = same.first() else {
        return Vec::new();
    };
    let city = lines[*first].payer;
    for (_, at) in same {
        let line = &lines[*at];
        let fen = i128::from(line.amount.fen().get());
        let paid = (line.payer == city) != line.kind.comes_back();
        *sums.entry(line.parcel).or_default() += if paid { fen } else { -fen };
    }
    if sums.len() < 2 {
        return Vec::new();
    }
    let standing = sums.values().filter(|sum| **sum != 0).count();
    let places = same.iter().map(|(_, at)| *at);
    places
        .filter(|at| standing != 1 || sums[&lines[*at].parcel] == 0)
        .collect()
}

/// What is unique within a pair of parties: the tracking number, for each kind of cost. What a city pays for itself is
/// apart: it needs nobody's signature, so that it must not cast doubt on what both signed.
fn posting(line: &Line) -> (Cow<'_, str>, CostKind, bool, Recipient, Recipient) {
    let from = Recipient::City(line.from);
    (
        line.tracking.bare(),
        line.kind,
        line.payer != line.liable,
        from.min(line.to),
        from.max(line.to),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::Kind;
    use crate::lines::Pair;
    use crate::parcel::fixture::{
        Fixture, MEMBERS, NP, QZ, SR, author, city_of, day, entry, fen, posting_of, record,
    };
    use crate::parcel::{Act, Agree, Confirm, Correct, Outcome, Parcel, PayMethod, Post};

    fn september() -> Month {
        Month::new(2026, 9).expect("a month")
    }

    fn account(fixture: &Fixture, states: &[State]) -> MonthAccount {
        let parcels = states.iter().map(|state| (state.genesis.into(), state));
        month(parcels, &fixture.view(), september()).expect("small sums")
    }

    /// Posting date, tracking number, leg and pay method of C01 to C14 (`domain.md` §3.6.6).
    const POSTINGS: [(&str, &str, Leg, PayMethod); 14] = {
        use Leg::{Materials, Redelivery, ResultToApplicant, ResultToWindow, Return};
        use PayMethod::{Collect, Contract, Prepaid, ReturnLabel};
        [
            ("2026-09-03", "EZ900000019CN", Materials, Collect),
            ("2026-09-08", "EZ900000022CN", ResultToWindow, Contract),
            ("2026-09-09", "EZ900000036CN", Materials, Collect),
            ("2026-09-10", "EZ900000040CN", Materials, Collect),
            ("2026-09-11", "EZ900000053CN", ResultToWindow, ReturnLabel),
            ("2026-09-15", "EZ900000067CN", Materials, Collect),
            ("2026-09-16", "EZ900000075CN", Materials, Collect),
            ("2026-09-17", "EZ900000084CN", Materials, Collect),
            ("2026-09-18", "EZ900000098CN", Redelivery, Prepaid),
            ("2026-09-21", "EZ900000107CN", Materials, Contract),
            ("2026-09-22", "EZ900000115CN", ResultToWindow, Contract),
            ("2026-09-23", "EZ900000124CN", Return, Collect),
            ("2026-09-24", "EZ900000138CN", ResultToApplicant, Contract),
            ("2026-09-28", "EZ900000141CN", Materials, Collect),
        ]
    };

    /// Builds one parcel with one line, recorded by its payer and confirmed by the counterpart
    /// unless it is disputed.
    fn parcel(number: u32, line: &Value, view: &View<'_>) -> State {
        let (posted, tracking, leg, pay) = POSTINGS[number as usize];
        let city = |key: &str| city_of(line[key].as_str().expect("a division code"));
        let to = match line["to"].as_str() {
            Some("applicant") => Recipient::Applicant,
            _ => Recipient::City(city("to")),
        };
        let post = Post {
            leg,
            pay,
            ..posting_of(to, tracking, posted)
        };
        let (id, from, payer) = (number * 10, city("from"), city("payer"));
        let mut state =
            Parcel::open(entry(id), &author(from), view, &Act::Post(post)).expect("allowed");
        let kind = match leg {
            Leg::Redelivery => CostKind::Redelivery,
            _ => CostKind::Postage,
        };
        let amount = line["fen"].as_i64().expect("an amount");
        let cost = fen(kind, amount, payer);
        record(&mut state, id + 1, payer, view, &cost);
        let disputed = line["disputed"].as_bool().expect("a flag");
        if payer != from && !disputed {
            let line = entry(id + 1);
            let confirm = Act::Confirm(Confirm { line, kind });
            record(&mut state, id + 2, from, view, &confirm);
        }
        state
    }

    #[test]
    fn september_of_four_cities() {
        let all: Value = serde_json::from_str(include_str!("../tests/data/domain_vectors.json"))
            .expect("the vectors are JSON");
        let vectors = &all["settlement_2026_09"];
        let lines = vectors["lines"].as_array().expect("lines");
        assert_eq!(lines.len(), 14);
        let fixture = Fixture::effective();
        let states: Vec<State> = (0..14)
            .map(|number| parcel(number, &lines[number as usize], &fixture.view()))
            .collect();
        let account = account(&fixture, &states);

        let waiting: Vec<_> = account.waiting.iter().map(|w| w.line.line).collect();
        assert_eq!(waiting, [entry(111)], "C12 waits");
        assert_eq!(account.waiting[0].standing, LineStanding::Unconfirmed);
        assert_eq!((account.included.len(), account.duplicates.len()), (13, 0));
        assert_eq!(account.gross.get(), vectors["gross"].as_i64().unwrap());
        assert_eq!(account.self_paid.get(), 4_000);

        let mut owes = BTreeMap::new();
        for (debtor, creditors) in vectors["owes"].as_object().unwrap() {
            for (creditor, sum) in creditors.as_object().unwrap() {
                let pair = (city_of(debtor), city_of(creditor));
                owes.insert(pair, Fen::new(sum.as_i64().unwrap()));
            }
        }
        assert_eq!(account.obligations, owes);
        for division in ["330800", "350700", "361100", "341000"] {
            let city = city_of(division);
            let expect = |key: &str| Fen::new(vectors[key][division].as_i64().unwrap());
            let sums = account.cities[&city];
            assert_eq!(sums.paid, expect("paid"), "{division}");
            assert_eq!(sums.liable, expect("liable"), "{division}");
            assert_eq!(account.net_of(&city), expect("net"), "{division}");
            assert_eq!(account.nets()[&city], expect("net"), "{division}");
        }
    }

    /// A parcel from QZ whose receiver paid and which the sender confirmed.
    fn collected(id: u32, to: CityId, tracking: &str, posted: &str, view: &View<'_>) -> State {
        let post = posting_of(Recipient::City(to), tracking, posted);
        let mut state =
            Parcel::open(entry(id), &author(QZ), view, &Act::Post(post)).expect("allowed");
        let cost = fen(CostKind::Postage, 2_000, to);
        record(&mut state, id + 1, to, view, &cost);
        let confirm = Confirm {
            line: entry(id + 1),
            kind: CostKind::Postage,
        };
        record(&mut state, id + 2, QZ, view, &Act::Confirm(confirm));
        state
    }

    #[test]
    fn the_posting_date_cuts_the_month() {
        let fixture = Fixture::effective();
        let check = |posted: &str, lines: usize| {
            let state = collected(1, NP, "EZ900000019CN", posted, &fixture.view());
            let account = account(&fixture, &[state]);
            assert_eq!(account.included.len(), lines, "{posted}");
            assert_eq!(account.obligations.len(), lines, "{posted}");
            assert_eq!(account.cities.len(), MEMBERS.len());
        };
        check("2026-08-31", 0);
        check("2026-09-01", 1);
        check("2026-09-30", 1);
        check("2026-10-01", 0);
    }

    #[test]
    fn a_tracking_number_counts_once_within_a_pair() {
        let fixture = Fixture::effective();
        let view = fixture.view();
        let sent = |id, to, tracking| collected(id, to, tracking, "2026-09-08", &view);
        let first = sent(10, NP, "EZ900000019CN");
        let check = |second: State, included: usize, duplicates: usize| {
            let account = account(&fixture, &[first.clone(), second]);
            assert_eq!(account.included.len(), included);
            assert_eq!(account.duplicates.len(), duplicates);
        };
        check(sent(20, NP, "EZ900000019CN"), 0, 2);
        check(sent(20, NP, "EZ900000022CN"), 2, 0);
        check(sent(20, SR, "EZ900000019CN"), 2, 0);
        check(first.clone(), 1, 0);
        // A hyphen makes no other number.
        check(sent(20, NP, "EZ-900000019-CN"), 0, 2);
        // The way back belongs to the same pair; another kind of cost is no second claim.
        let back = |kind, payer| {
            let post = posting_of(Recipient::City(QZ), "EZ900000019CN", "2026-09-20");
            let mut state =
                Parcel::open(entry(30), &author(NP), &view, &Act::Post(post)).expect("allowed");
            record(&mut state, 31, payer, &view, &fen(kind, 900, payer));
            if payer != NP {
                let line = entry(31);
                let confirm = Act::Confirm(Confirm { line, kind });
                record(&mut state, 32, NP, &view, &confirm);
            }
            state
        };
        check(back(CostKind::Postage, QZ), 0, 2);
        check(back(CostKind::Redelivery, QZ), 2, 0);
        // A line that both cities took out again casts no doubt on the other.
        let mut struck = sent(20, NP, "EZ900000019CN");
        let (id, line) = struck.standing_lines().next().expect("a line");
        let correct = Act::Correct(Correct {
            line: id,
            kind: line.kind,
            amount: line.amount,
            payer: line.payer,
            liable: struck.liable(line, &view).expect("a city"),
            rule: line.rule,
            outcome: Outcome::Upheld,
            lines: Vec::new(),
            resolution: None,
            ruling: None,
        });
        record(&mut struck, 28, NP, &view, &correct);
        let agree = Act::Agree(Agree {
            correction: entry(28),
            line: id,
        });
        record(&mut struck, 29, QZ, &view, &agree);
        check(struck, 1, 2);
        // What a city pays for itself needs no other signature, and takes nothing out of what both signed.
        check(back(CostKind::Postage, NP), 2, 0);
    }

    #[test]
    fn a_refund_is_owed_by_who_got_it() {
        let fixture = Fixture::effective();
        let view = fixture.view();
        let mut state = collected(1, NP, "EZ900000084CN", "2026-09-17", &view);
        let before = account(&fixture, std::slice::from_ref(&state));
        record(&mut state, 4, NP, &view, &fen(CostKind::Refund, 2_000, NP));
        assert_eq!(
            account(&fixture, std::slice::from_ref(&state)).nets(),
            before.nets(),
            "an unconfirmed line changes nothing"
        );
        let confirm = Confirm {
            line: entry(4),
            kind: CostKind::Refund,
        };
        record(&mut state, 5, QZ, &view, &Act::Confirm(confirm));
        let after = account(&fixture, &[state]);
        assert_eq!(before.net_of(&NP), Fen::new(2_000));
        assert_eq!(after.net_of(&NP), Fen::ZERO);
        assert_eq!(after.cities[&NP].paid, Fen::ZERO);
        assert_eq!(after.obligations[&(NP, QZ)], Fen::new(2_000));
        assert_eq!(after.obligations[&(QZ, NP)], Fen::new(2_000));
    }

    prop_compose! {
        /// A parcel of few tracking numbers and days, with a few lines of any kind.
        fn any_parcel()(
            from in 0..4_usize,
            to in 0..4_usize,
            tracking in 0..6_usize,
            posted in 0..40_i32,
            lines in prop::collection::vec(
                (0..6_usize, 0..100_000_000_i64, any::<bool>(), any::<bool>(), 0..4_u8),
                0..4,
            ),
        ) -> (usize, usize, usize, i32, Vec<(usize, i64, bool, bool, u8)>) {
            (from, to, tracking, posted, lines)
        }
    }

    type Drawn = (usize, usize, usize, i32, Vec<(usize, i64, bool, bool, u8)>);

    /// Turns drawn numbers into a state; equal ends stand for a parcel to an applicant.
    fn drawn(id: u32, drawn: &Drawn, view: &View<'_>) -> State {
        let (from, to, tracking, posted, lines) = drawn;
        let sender = MEMBERS[*from];
        let to = match from == to {
            true => Recipient::Applicant,
            false => Recipient::City(MEMBERS[*to]),
        };
        let other = to.city().unwrap_or(sender);
        let posted = day("2026-08-27").plus_days(*posted).expect("a date");
        let post = Post {
            posted,
            ..posting_of(to, POSTINGS[*tracking].1, "2026-08-27")
        };
        let mut state =
            Parcel::open(entry(id), &author(sender), view, &Act::Post(post)).expect("allowed");
        for (at, (kind, amount, by_sender, paid_by_sender, fate)) in (1..).zip(lines) {
            let pick = |sender_does: bool| if sender_does { sender } else { other };
            let act = fen(CostKind::ALL[*kind], *amount, pick(*paid_by_sender));
            let placed = crate::Placed {
                id: entry(id + at * 2),
                author: author(pick(*by_sender)),
                act: &act,
            };
            Parcel::apply(&mut state, &placed, *fate == 0);
            let confirm = Act::Confirm(Confirm {
                line: placed.id,
                kind: CostKind::ALL[*kind],
            });
            let confirmed = crate::Placed {
                id: entry(id + at * 2 + 1),
                author: author(pick(!*by_sender)),
                act: &confirm,
            };
            if *fate > 1 {
                Parcel::apply(&mut state, &confirmed, *fate == 3);
            }
        }
        state
    }

    proptest! {
        /// A pair's account needs no other pair, and the accounts of all pairs are the account of the month.
        #[test]
        fn accounts_of_pairs_join_to_that_of_the_month(
            drawn in prop::collection::vec(any_parcel(), 0..12),
        ) {
            let fixture = Fixture::effective();
            let view = fixture.view();
            let states: Vec<State> = (0..)
                .zip(&drawn)
                .map(|(at, drawn)| self::drawn(at * 100, drawn, &view))
                .collect();
            let mut pairs: BTreeMap<Pair, Vec<Standing>> = BTreeMap::new();
            for state in &states {
                for line in lines::of_parcel(state.genesis.into(), state, &view) {
                    if september().contains(line.line.posted) {
                        let pair = Pair::of(line.line.from, line.line.to);
                        pairs.entry(pair).or_default().push(line);
                    }
                }
            }
            let accounts: Vec<MonthAccount> = pairs
                .into_values()
                .rev()
                .map(|lines| super::account(lines.into_iter(), std::iter::empty(), september()))
                .collect::<Result<_, _>>()
                .expect("small sums");
            let members = view.members().map(|member| member.city);
            let joined = join(accounts.into_iter(), members, september()).expect("small sums");
            prop_assert_eq!(joined, account(&fixture, &states));
        }

        #[test]
        fn nets_add_up_to_zero_in_any_order(
            parcels in prop::collection::vec(any_parcel(), 0..24),
            turn in any::<prop::sample::Index>(),
        ) {
            let fixture = Fixture::effective();
            let view = fixture.view();
            let mut states: Vec<State> = (0..)
                .zip(&parcels)
                .map(|(at, parcel)| drawn(at * 100, parcel, &view))
                .collect();
            let one = account(&fixture, &states);
            prop_assert_eq!(Fen::checked_sum(one.nets().into_values()), Ok(Fen::ZERO));
            for (city, sums) in &one.cities {
                prop_assert_eq!(sums.paid.checked_sub(sums.liable), Ok(sums.net));
                let sum = |wanted: fn(&(CityId, CityId)) -> CityId| {
                    let owed = one.obligations.iter().filter(|(pair, _)| wanted(pair) == *city);
                    Fen::checked_sum(owed.map(|(_, sum)| *sum))
                };
                prop_assert_eq!(sum(|pair| pair.0), Ok(sums.owed));
                prop_assert_eq!(sum(|pair| pair.1), Ok(sums.due));
            }
            let lines = one.included.iter().map(|line| line.line);
            prop_assert!(lines.is_sorted());

            states.reverse();
            if !states.is_empty() {
                let at = turn.index(states.len());
                states.rotate_left(at);
                states.push(states[at].clone());
            }
            prop_assert_eq!(account(&fixture, &states), one);
        }
    }
}
