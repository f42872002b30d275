//! Rounds: reports, numbers, who must sign, what holds, and that money adds up.

use proptest::prelude::*;
use tongban_identity::{CityId, Hash32};

use super::*;
use crate::calendar::{Day, Month};
use crate::money::Fen;
use crate::netting::Netting;
use crate::parcel::fixture::{Fixture, HS, MEMBERS, NP, OUTSIDE, QZ, SR, at, day, entry};

fn september() -> Month {
    Month::new(2026, 9).expect("a month")
}

fn on(city: CityId, day: &str) -> Author {
    let cert = tongban_identity::CertHash(Hash32(city.0));
    Author {
        city,
        cert,
        time: at(day),
    }
}

fn hash_of(number: u8) -> Hash32 {
    Hash32([number; 32])
}

/// Bills of September, by pair: what the first owes the second, and the second the first (`domain.md` §3.6.6).
const BILLS: [(CityId, CityId, i64, i64); 6] = [
    (QZ, NP, 0, 2_600),
    (QZ, SR, 2_200, 6_100),
    (QZ, HS, 4_500, 1_550),
    (NP, SR, 0, 1_800),
    (NP, HS, 2_400, 3_150),
    (SR, HS, 1_200, 2_750),
];

/// The rows that a city reports of some bills.
fn rows(city: CityId, bills: &[(CityId, CityId, i64, i64)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (nth, (one, other, one_owes, other_owes)) in (1..).zip(bills) {
        let (with, owed, due) = match () {
            () if *one == city => (*other, *one_owes, *other_owes),
            () if *other == city => (*one, *other_owes, *one_owes),
            () => continue,
        };
        rows.push(Row {
            with,
            month: september(),
            hash: hash_of(nth),
            owed: Fen::new(owed),
            due: Fen::new(due),
        });
    }
    rows.sort_by_key(|row| (row.with, row.month, row.hash));
    rows
}

struct Table {
    fixture: Fixture,
    state: State,
    next: u32,
}

impl Table {
    /// A round of September, opened by QZ, with every city's report.
    fn reported() -> Self {
        let fixture = Fixture::effective();
        let act = Act::Open(Open { month: september() });
        let state = Round::open(entry(1), &on(QZ, "2026-10-08"), &fixture.view(), &act);
        let state = state.expect("the secretary may open");
        let mut table = Self {
            fixture,
            state,
            next: 1,
        };
        for city in MEMBERS {
            let rows = rows(city, &BILLS);
            table.act(city, "2026-10-09", &Act::Report(Report { rows }));
        }
        table
    }

    fn judge(&self, city: CityId, day: &str, act: &Act) -> Result<(), Code> {
        Round::authorize(&self.state, &on(city, day), &self.fixture.view(), act)
    }

    fn act(&mut self, city: CityId, day: &str, act: &Act) -> EntryId {
        assert_eq!(self.judge(city, day, act), Ok(()), "{city:?} {act:?}");
        self.force(city, day, act)
    }

    fn force(&mut self, city: CityId, day: &str, act: &Act) -> EntryId {
        self.next += 1;
        let id = entry(self.next);
        let placed = Placed {
            id,
            author: on(city, day),
            act,
        };
        Round::apply(&mut self.state, &placed, false);
        id
    }

    /// The next number on every report, without the bills of some cities.
    fn next_number(&self, left_out: &[CityId]) -> Propose {
        let reports: Vec<EntryId> = self.state.reports.keys().copied().collect();
        let bills = self.state.bills_on(&reports, left_out);
        let number = self.state.highest() + 1;
        let netting = Netting::Pairwise;
        Propose {
            number,
            reports,
            left_out: left_out.to_vec(),
            cities: cities_of(&bills),
            quorum: 3,
            netting,
            hash: hash(september(), number, netting, 3, &bills),
        }
    }

    fn sign(&self, proposal: EntryId) -> Act {
        let propose = &self.state.proposals[&proposal].propose;
        Act::Sign(Sign {
            proposal,
            number: propose.number,
            hash: propose.hash,
        })
    }
}

/// `domain.md` §3.6.5: cut 09-30, draft 10-10 (a Saturday that is worked), objections 10-16, signatures 10-20.
#[test]
fn the_calendar_of_a_month_end() {
    let fixture = Fixture::effective();
    let view = fixture.view();
    let steps = Steps::of(september(), &view);
    assert_eq!(steps.cut, day("2026-09-30"));
    assert_eq!(steps.draft, Ok(day("2026-10-10")));
    assert_eq!(steps.objections, Ok(day("2026-10-16")));
    assert_eq!(steps.signatures, Ok(day("2026-10-20")));
    let paid = payments_until(day("2026-10-16"), &view);
    assert_eq!(paid, Ok(day("2026-11-13")));
    assert_eq!(secretary(&view), Some(QZ));
    assert_eq!(quorum(&view, &[]), 3);
    let december = Month::new(2026, 12).expect("a month");
    assert!(
        Steps::of(december, &view).draft.is_err(),
        "2027 is not known"
    );
}

/// The secretary leads, and any member once the secretary is late.
#[test]
fn any_member_leads_when_the_secretary_is_late() {
    let fixture = Fixture::effective();
    let check = |city, on_day: &str, expect: Result<(), Code>| {
        let act = Act::Open(Open { month: september() });
        let opened = Round::open(entry(1), &on(city, on_day), &fixture.view(), &act);
        assert_eq!(opened.map(|_| ()), expect, "{city:?} {on_day}");
    };
    check(QZ, "2026-09-30", Err(Code::NotDue));
    check(QZ, "2026-10-01", Ok(()));
    check(NP, "2026-10-10", Err(Code::NotDue));
    check(NP, "2026-10-11", Ok(()));
    check(OUTSIDE, "2026-10-11", Err(Code::NotMember));
    let table = Table::reported();
    let next = Act::Propose(table.next_number(&[]));
    assert_eq!(table.judge(NP, "2026-10-10", &next), Err(Code::NotDue));
    assert_eq!(table.judge(NP, "2026-10-11", &next), Ok(()));
    assert_eq!(table.judge(QZ, "2026-10-10", &next), Ok(()));
}

/// R-150, SC-6: nets of September, and both ways of paying them.
#[test]
fn the_figures_of_september() {
    let table = Table::reported();
    let propose = table.next_number(&[]);
    let bills = table.state.bills_of(&propose);
    assert_eq!(bills.len(), 6);
    let figures = Figures::of(&bills).expect("small sums");
    let nets: Vec<i64> = MEMBERS
        .iter()
        .map(|city| figures.nets[city].get())
        .collect();
    assert_eq!(nets, [3_550, -50, -4_150, 650]);
    assert_eq!(figures.gross, Fen::new(28_250));
    let pairwise = Netting::Pairwise.transfers(&figures.obligations);
    assert_eq!(pairwise.expect("small").len(), 6);
    let fewest = Netting::Multilateral.transfers(&figures.obligations);
    let fewest = fewest.expect("small");
    let sums: Vec<i64> = fewest.iter().map(|one| one.amount.get()).collect();
    assert_eq!((fewest.len(), sums.iter().sum::<i64>()), (3, 4_200));
}

/// Silence is not consent: without a city that has a bill in it, a number is not complete, whoever else signed.
#[test]
fn a_number_waits_for_every_city_with_a_bill_and_the_next_leaves_the_silent_one_out() {
    let mut table = Table::reported();
    let first = table.act(QZ, "2026-10-10", &Act::Propose(table.next_number(&[])));
    for city in [QZ, NP, HS] {
        table.act(city, "2026-10-12", &table.sign(first));
    }
    assert_eq!(table.state.holds(), Holds::Nothing, "3 of 4 are not final");
    let leave_out = Act::Propose(table.next_number(&[SR]));
    assert_eq!(table.judge(QZ, "2026-10-20", &leave_out), Err(Code::NotDue));
    let signed = Act::Propose(table.next_number(&[NP]));
    assert_eq!(table.judge(QZ, "2026-10-21", &signed), Err(Code::State));
    let second = table.act(QZ, "2026-10-21", &leave_out);
    for city in [QZ, NP, HS] {
        table.act(city, "2026-10-21", &table.sign(second));
    }
    assert_eq!(table.state.holds(), Holds::One(second));
    let propose = table.state.proposals[&second].propose.clone();
    assert_eq!(table.state.bills_of(&propose).len(), 3);
    let carried = table.state.carried(&propose);
    let left: Vec<Left> = carried.iter().map(|(_, why)| *why).collect();
    assert_eq!(left, [Left::LeftOut; 3]);
    // The late signature completes the lower number; the higher one still holds.
    table.act(SR, "2026-10-22", &table.sign(first));
    assert!(table.state.is_complete(&first));
    assert_eq!(table.state.holds(), Holds::One(second));
    let third = Act::Propose(table.next_number(&[]));
    assert_eq!(table.judge(QZ, "2026-10-22", &third), Err(Code::Complete));
}

/// One proposal of each number, numbers ascending, none above a complete one; two are proof.
#[test]
fn a_city_signs_one_proposal_of_a_number() {
    let mut table = Table::reported();
    let propose = table.next_number(&[]);
    let other = Propose {
        reports: propose.reports[..3].to_vec(),
        ..propose.clone()
    };
    let bills = table.state.bills_on(&other.reports, &[]);
    let other = Propose {
        cities: cities_of(&bills),
        hash: hash(september(), 1, Netting::Pairwise, 3, &bills),
        ..other
    };
    let first = table.act(QZ, "2026-10-12", &Act::Propose(propose));
    // A member that had not seen it proposes the same number.
    let rival = table.force(NP, "2026-10-12", &Act::Propose(other));
    table.act(SR, "2026-10-12", &table.sign(first));
    let again = table.sign(first);
    assert_eq!(table.judge(SR, "2026-10-12", &again), Err(Code::Already));
    let twice = table.sign(rival);
    assert_eq!(table.judge(SR, "2026-10-12", &twice), Err(Code::Signed));
    assert!(table.state.doubles().is_empty());
    table.force(SR, "2026-10-12", &twice);
    let doubles = table.state.doubles();
    assert_eq!(doubles[&(SR, 1)].len(), 2, "both signatures are the proof");
    for city in [QZ, NP, HS] {
        table.act(city, "2026-10-12", &table.sign(first));
    }
    assert_eq!(table.state.holds(), Holds::One(first));
    let above = Propose {
        number: 2,
        ..table.next_number(&[])
    };
    let above = table.force(HS, "2026-10-12", &Act::Propose(above));
    let sign = table.sign(above);
    assert_eq!(table.judge(HS, "2026-10-12", &sign), Err(Code::Complete));
}

/// A proposal that is not what its reports give holds nothing, whoever signed it.
#[test]
fn a_false_proposal_never_holds() {
    let mut table = Table::reported();
    let honest = table.next_number(&[]);
    let false_cities = Propose {
        cities: vec![QZ],
        ..honest.clone()
    };
    let proposal = table.act(QZ, "2026-10-12", &Act::Propose(false_cities));
    for city in MEMBERS {
        table.act(city, "2026-10-12", &table.sign(proposal));
    }
    assert!(table.state.is_complete(&proposal));
    assert_eq!(table.state.holds(), Holds::Nothing);
}

/// A bill counts only as both of its cities reported it.
#[test]
fn one_city_alone_reports_no_bill() {
    let of = |reports: &[(CityId, i64)]| {
        let rows: Vec<(CityId, Row)> = reports
            .iter()
            .map(|(city, owed)| {
                let with = if *city == QZ { NP } else { QZ };
                let (owed, due) = match *city == QZ {
                    true => (*owed, 0),
                    false => (0, *owed),
                };
                let row = Row {
                    with,
                    month: september(),
                    hash: hash_of(1),
                    owed: Fen::new(owed),
                    due: Fen::new(due),
                };
                (*city, row)
            })
            .collect();
        let reported = reported(rows.iter().map(|(city, row)| (*city, row)));
        (
            reported.agreed.len(),
            reported.rest.first().map(|one| one.1),
        )
    };
    assert_eq!(of(&[(QZ, 5), (NP, 5)]), (1, None));
    assert_eq!(of(&[(NP, 5), (QZ, 5), (NP, 5)]), (1, None));
    assert_eq!(of(&[(QZ, 5)]), (0, Some(Left::OneSided)));
    assert_eq!(of(&[(QZ, 5), (QZ, 5)]), (0, Some(Left::OneSided)));
    assert_eq!(of(&[(QZ, 5), (QZ, 6)]), (0, Some(Left::OneSided)));
    assert_eq!(of(&[(QZ, 5), (NP, 6)]), (0, Some(Left::Differs)));
    assert_eq!(of(&[(QZ, 5), (NP, 5), (NP, 6)]), (0, Some(Left::Differs)));
}

/// A bill as large as two cities can make it may be reported, and the largest that all may report add up.
#[test]
fn no_report_leaves_the_range_of_money() {
    let lines = 2 * crate::bill::DRAFTS_MAX * crate::bill::LINES_MAX;
    let lines = i64::try_from(lines).expect("small");
    let most = crate::money::Amount::MAX.fen().get() * lines;
    assert_eq!(OWED_MAX.get(), most);
    let bills = CITIES_MAX * REPORTS_MAX * ROWS_MAX / 2;
    let bills = i64::try_from(bills).expect("small");
    assert!(most.checked_mul(2 * bills).is_some());
}

#[test]
fn reports_and_proposals_are_checked() {
    let table = Table::reported();
    let check = |city, act: Act, expect: Code| {
        assert_eq!(
            table.judge(city, "2026-10-12", &act),
            Err(expect),
            "{act:?}"
        );
    };
    let report = |change: fn(&mut Vec<Row>)| {
        let mut rows = rows(QZ, &BILLS);
        change(&mut rows);
        Act::Report(Report { rows })
    };
    check(QZ, report(Vec::clear), Code::Argument);
    check(QZ, report(|rows| rows.reverse()), Code::Argument);
    check(QZ, report(|rows| rows[0].with = QZ), Code::NotMember);
    check(OUTSIDE, report(|_| {}), Code::NotMember);
    check(
        QZ,
        report(|rows| rows[0].owed = Fen::new(-1)),
        Code::AmountNegative,
    );
    check(
        QZ,
        report(|rows| rows[0].due = Fen::new(OWED_MAX.get() + 1)),
        Code::AmountLimit,
    );
    check(
        QZ,
        report(|rows| rows[0].month = Month::new(2026, 10).expect("a month")),
        Code::Date,
    );
    let propose = |change: fn(&mut Propose)| {
        let mut propose = table.next_number(&[]);
        change(&mut propose);
        Act::Propose(propose)
    };
    check(QZ, propose(|one| one.number = 2), Code::Argument);
    check(QZ, propose(|one| one.quorum = 1), Code::Argument);
    check(QZ, propose(|one| one.reports.reverse()), Code::Argument);
    check(
        QZ,
        propose(|one| one.netting = Netting::Multilateral),
        Code::Argument,
    );
    check(
        QZ,
        propose(|one| one.reports = vec![entry(999)]),
        Code::NotFound,
    );
}

/// A proposal whose author knew fewer members asks for too few signatures: nobody who knows more signs it, and it keeps
/// nobody from the next number.
#[test]
fn a_proposal_of_too_few_holds_nobody_up() {
    let mut table = Table::reported();
    let few = Propose {
        quorum: 1,
        ..table.next_number(&[])
    };
    let few = table.force(QZ, "2026-10-10", &Act::Propose(few));
    let sign = table.sign(few);
    assert_eq!(table.judge(NP, "2026-10-12", &sign), Err(Code::Argument));
    for city in MEMBERS {
        table.force(city, "2026-10-12", &sign);
    }
    assert!(table.state.is_complete(&few));
    let next = Act::Propose(table.next_number(&[]));
    let next = table.act(QZ, "2026-10-13", &next);
    let sign = table.sign(next);
    assert_eq!(table.judge(NP, "2026-10-13", &sign), Ok(()));
}

/// Payments are facts of the payer, receipts of the payee; a voucher counts once.
#[test]
fn payments_and_receipts_are_recorded() {
    let mut table = Table::reported();
    let proposal = table.act(QZ, "2026-10-10", &Act::Propose(table.next_number(&[])));
    let pay = |voucher: &str, amount: i64, on: &str| {
        Act::Pay(Pay {
            proposal,
            to: QZ,
            amount: Fen::new(amount),
            voucher: voucher.to_owned(),
            on: day(on),
        })
    };
    let early = pay("V1", 3_900, "2026-10-16");
    assert_eq!(table.judge(SR, "2026-10-16", &early), Err(Code::State));
    for (city, day) in [(QZ, "2026-10-12"), (NP, "2026-10-13"), (HS, "2026-10-13")] {
        table.act(city, day, &table.sign(proposal));
    }
    table.act(SR, "2026-10-16", &table.sign(proposal));
    assert_eq!(table.state.completed_on(&proposal), Some(day("2026-10-16")));
    let paid = table.act(SR, "2026-10-19", &pay("V1", 3_900, "2026-10-19"));
    let check = |city, act: &Act, expect: Code| {
        assert_eq!(table.judge(city, "2026-10-20", act), Err(expect), "{act:?}");
    };
    check(SR, &pay("V1", 1, "2026-10-19"), Code::Duplicate);
    check(SR, &pay("V2", 0, "2026-10-19"), Code::AmountNegative);
    let most = PAY_MAX.get();
    assert!(most.checked_mul(PAYMENTS_MAX as i64).is_some());
    let more = pay("V2", most + 1, "2026-10-19");
    check(SR, &more, Code::AmountLimit);
    assert_eq!(
        table.judge(SR, "2026-10-20", &pay("V2", most, "2026-10-19")),
        Ok(())
    );
    check(SR, &pay("", 1, "2026-10-19"), Code::Argument);
    check(SR, &pay("V2", 1, "2026-10-21"), Code::Date);
    check(QZ, &pay("V2", 1, "2026-10-19"), Code::NotMember);
    let received = |on: &str| {
        Act::Receive(Receive {
            payment: paid,
            on: day(on),
        })
    };
    check(NP, &received("2026-10-20"), Code::NoPower);
    check(QZ, &received("2026-10-18"), Code::Date);
    let settled = table.state.settled().expect("small")[&(SR, QZ)];
    assert_eq!((settled.paid.get(), settled.confirmed.get()), (3_900, 0));
    table.act(QZ, "2026-10-20", &received("2026-10-20"));
    let again = table.judge(QZ, "2026-10-20", &received("2026-10-20"));
    assert_eq!(again, Err(Code::Already));
    // The same voucher on another branch is the same money.
    table.force(SR, "2026-10-19", &pay("V1", 3_900, "2026-10-19"));
    let settled = table.state.settled().expect("small")[&(SR, QZ)];
    assert_eq!(
        (settled.paid.get(), settled.confirmed.get()),
        (3_900, 3_900)
    );
}

#[test]
fn acts_have_one_encoding() {
    let table = Table::reported();
    let propose = table.next_number(&[SR]);
    let acts = [
        Act::Open(Open { month: september() }),
        Act::Report(Report {
            rows: rows(QZ, &BILLS),
        }),
        Act::Propose(propose.clone()),
        Act::Sign(Sign {
            proposal: entry(9),
            number: 1,
            hash: propose.hash,
        }),
        Act::Pay(Pay {
            proposal: entry(9),
            to: QZ,
            amount: Fen::new(1),
            voucher: "V1".to_owned(),
            on: day("2026-10-19"),
        }),
        Act::Receive(Receive {
            payment: entry(9),
            on: day("2026-10-19"),
        }),
    ];
    for act in acts {
        let bytes = tongban_identity::encode_canonical(&act);
        let again: Act = tongban_identity::decode_canonical(&bytes).expect("own bytes");
        assert_eq!(again, act);
    }
}

prop_compose! {
    fn any_bills()(
        drawn in prop::collection::vec((0..4_usize, 1..4_usize, 0..1_000_000_i64, 0..1_000_000_i64), 0..12),
    ) -> Vec<(CityId, CityId, i64, i64)> {
        drawn
            .into_iter()
            .map(|(one, step, owes, due)| (MEMBERS[one], MEMBERS[(one + step) % 4], owes, due))
            .collect()
    }
}

proptest! {
    /// Σ nets = 0, nets are what is due less what is owed, both ways of transfers reproduce them, and the order of
    /// arrival changes no hash.
    #[test]
    fn money_adds_up(bills in any_bills(), turn in any::<prop::sample::Index>()) {
        let mut table = Table::reported();
        table.state.reports.clear();
        let mut reports: Vec<(CityId, Vec<Row>)> =
            MEMBERS.iter().map(|city| (*city, rows(*city, &bills))).collect();
        reports.retain(|(_, rows)| !rows.is_empty());
        let act = |(nth, (city, rows)): (u32, &(CityId, Vec<Row>))| {
            let report = Reporting { by: *city, rows: rows.clone() };
            (entry(100 + nth), report)
        };
        table.state.reports = (0..).zip(&reports).map(act).collect();
        let propose = table.next_number(&[]);
        let found = table.state.bills_of(&propose);
        prop_assert_eq!(found.len(), bills.len());
        let figures = Figures::of(&found).expect("small sums");
        prop_assert_eq!(Fen::checked_sum(figures.nets.values().copied()), Ok(Fen::ZERO));
        for (city, net) in &figures.nets {
            let sum = |wanted: fn(&(CityId, CityId)) -> CityId| {
                let of = figures.obligations.iter().filter(|(pair, _)| wanted(pair) == *city);
                Fen::checked_sum(of.map(|(_, fen)| *fen)).expect("small")
            };
            prop_assert_eq!(sum(|pair| pair.1).checked_sub(sum(|pair| pair.0)), Ok(*net));
        }
        for netting in [Netting::Pairwise, Netting::Multilateral] {
            let mut left = figures.nets.clone();
            for transfer in netting.transfers(&figures.obligations).expect("small") {
                prop_assert!(transfer.amount > Fen::ZERO);
                let payer = left.entry(transfer.from).or_default();
                *payer = payer.checked_add(transfer.amount).expect("small");
                let payee = left.entry(transfer.to).or_default();
                *payee = payee.checked_sub(transfer.amount).expect("small");
            }
            prop_assert!(left.values().all(|net| net.is_zero()));
        }
        if !reports.is_empty() {
            let at = turn.index(reports.len());
            reports.rotate_left(at);
        }
        table.state.reports = (0..).zip(&reports).map(act).collect();
        prop_assert_eq!(table.next_number(&[]).hash, propose.hash);
    }

    /// A line and its reversal leave every net as it was.
    #[test]
    fn adding_and_reversing_leaves_the_nets(bills in any_bills(), fen in 0..1_000_000_i64) {
        let nets = |bills: &[(CityId, CityId, i64, i64)]| {
            let of = |city: &CityId| rows(*city, bills).into_iter().map(|row| (*city, row)).collect::<Vec<_>>();
            let rows: Vec<(CityId, Row)> = MEMBERS.iter().flat_map(of).collect();
            let bills = reported(rows.iter().map(|(city, row)| (*city, row))).agreed;
            let mut nets = Figures::of(&bills).expect("small").nets;
            nets.retain(|_, net| !net.is_zero());
            nets
        };
        let mut more = bills.clone();
        more.push((QZ, SR, fen, 0));
        more.push((QZ, SR, 0, fen));
        prop_assert_eq!(nets(&more), nets(&bills));
    }

    /// Whoever signs what in whatever order: no number holds without every city that has a bill in it, and at most one
    /// proposal holds.
    #[test]
    fn nothing_holds_without_those_who_pay(
        signs in prop::collection::vec((0..4_usize, 0..3_usize), 0..16),
    ) {
        let mut table = Table::reported();
        let mut proposals = Vec::new();
        for left_out in [&[][..], &[SR][..], &[SR, HS][..]] {
            let propose = table.next_number(left_out);
            proposals.push(table.force(QZ, "2026-10-21", &Act::Propose(propose)));
        }
        for (city, proposal) in signs {
            let sign = table.sign(proposals[proposal]);
            if table.judge(MEMBERS[city], "2026-10-22", &sign).is_ok() {
                table.force(MEMBERS[city], "2026-10-22", &sign);
            }
        }
        if let Some((id, held)) = table.state.held() {
            let signers = table.state.signers(&id);
            prop_assert!(signers.len() >= 3);
            for bill in table.state.bills_of(&held.propose) {
                prop_assert!(signers.contains(&bill.low) && signers.contains(&bill.high));
            }
        }
        let until: Option<Day> = table.state.held().and_then(|(id, _)| table.state.completed_on(&id));
        prop_assert_eq!(until.is_some(), table.state.held().is_some());
    }
}
