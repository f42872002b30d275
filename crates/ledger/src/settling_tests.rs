//! What a city that left an agreement may still sign about money, and what not (`docs/decisions/0023`).

use tongban_identity::{CityId, Hash32};

use crate::agreement::View;
use crate::bill::{self, Bill};
use crate::calendar::Month;
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Author, Kind, Placed};
use crate::money::Fen;
use crate::netting::Netting;
use crate::parcel::fixture::{
    Fixture, HS, NP, OUTSIDE, QZ, SR, at, author, day, entry, fen, posting_of, record,
};
use crate::parcel::{self, CostKind, Parcel, Recipient};
use crate::round::{self, Holds, Round, cities_of};

fn september() -> Month {
    Month::new(2026, 9).expect("a month")
}

fn on(city: CityId, day: &str) -> Author {
    let time = at(day);
    Author {
        time,
        ..author(city)
    }
}

/// What NP and QZ shared before NP left arrives, is counted and disputed; nothing is posted any more.
#[test]
fn a_posted_parcel_is_settled_and_none_is_posted() {
    let (before, after) = (Fixture::effective(), Fixture::left_by(NP));
    let (member, left) = (before.view(), after.view());
    let post = posting_of(Recipient::City(NP), "EZ900000019CN", "2026-09-03");
    let post = parcel::Act::Post(post);
    let opened = |city, view: &View<'_>, act: &parcel::Act| {
        Parcel::open(entry(0), &author(city), view, act).map(drop)
    };
    assert_eq!(opened(QZ, &member, &post), Ok(()));
    assert_eq!(opened(QZ, &left, &post), Err(Code::NotMember));
    let own = posting_of(Recipient::City(QZ), "EZ900000022CN", "2026-09-03");
    let own = parcel::Act::Post(own);
    assert_eq!(opened(NP, &left, &own), Err(Code::NotMember));

    let mut state = Parcel::open(entry(0), &author(QZ), &member, &post).expect("allowed");
    let arrive = parcel::Act::Arrive(parcel::Arrive {
        on: day("2026-09-05"),
        window: None,
    });
    record(&mut state, 1, NP, &left, &arrive);
    record(&mut state, 2, NP, &left, &fen(CostKind::Postage, 2_200, NP));
    let confirm = parcel::Act::Confirm(parcel::Confirm {
        line: entry(2),
        kind: CostKind::Postage,
    });
    record(&mut state, 3, QZ, &left, &confirm);
    assert_eq!(state.counted_lines(&left).len(), 1);
    let dispute = parcel::Act::Dispute(parcel::Dispute {
        line: entry(2),
        reason: parcel::Reason::Weight,
    });
    record(&mut state, 4, NP, &left, &dispute);
    let stranger = Parcel::authorize(&state, &author(OUTSIDE), &left, &confirm);
    assert_eq!(stranger, Err(Code::NotMember));

    // What was only made ready stays where it is, from either side.
    for (city, act) in [(QZ, post), (NP, own)] {
        let parcel::Act::Post(post) = act else {
            panic!("a posting");
        };
        let ready = parcel::Act::Prepare(post);
        let ready = Parcel::open(entry(0), &author(city), &member, &ready).expect("allowed");
        let send = parcel::Act::Send(parcel::Send {
            on: day("2026-09-04"),
            weight_g: 100,
        });
        let judged = |view| Parcel::authorize(&ready, &author(city), view, &send);
        assert_eq!(judged(&member), Ok(()));
        assert_eq!(judged(&left), Err(Code::NotMember));
    }
}

/// The pair bills what it shared, whichever of the two opens the bill.
#[test]
fn a_bill_is_opened_drawn_up_and_signed_by_both() {
    let after = Fixture::left_by(NP);
    let view = after.view();
    let open = |with| {
        bill::Act::Open(bill::Open {
            with,
            month: september(),
        })
    };
    let opens = |city, with| Bill::open(entry(1), &on(city, "2026-10-08"), &view, &open(with));
    assert!(opens(QZ, NP).is_ok());
    assert_eq!(opens(QZ, OUTSIDE).map(drop), Err(Code::NotMember));
    assert_eq!(opens(OUTSIDE, QZ).map(drop), Err(Code::NotMember));
    let mut state = opens(NP, QZ).expect("it has money there");
    let line = bill::Line {
        line: entry(5),
        parcel: entry(4).into(),
        tracking: "EZ900000019CN".parse().expect("a number"),
        kind: CostKind::Postage,
        posted: day("2026-09-03"),
        amount: crate::money::Amount::new(Fen::new(2_200)).expect("in range"),
        payer: NP,
    };
    let hash = bill::hash((NP, QZ), september(), std::slice::from_ref(&line));
    let draft = bill::Act::Draft(bill::Draft {
        number: 1,
        lines: vec![line],
    });
    let sign = bill::Act::Sign(bill::Sign {
        drafts: vec![entry(2)],
        hash,
    });
    for (id, city, act) in [(2, NP, &draft), (3, NP, &sign), (4, QZ, &sign)] {
        let author = on(city, "2026-10-10");
        assert_eq!(Bill::authorize(&state, &author, &view, act), Ok(()));
        let id = entry(id);
        Bill::apply(&mut state, &Placed { id, author, act }, false);
    }
    assert_eq!(state.settled().map(|agreed| agreed.hash), Some(hash));
}

struct Table {
    fixture: Fixture,
    state: round::State,
    last: u32,
}

impl Table {
    fn judge(&self, city: CityId, act: &round::Act) -> Result<(), Code> {
        Round::authorize(
            &self.state,
            &on(city, "2026-10-12"),
            &self.fixture.view(),
            act,
        )
    }

    fn act(&mut self, city: CityId, act: &round::Act) -> EntryId {
        assert_eq!(self.judge(city, act), Ok(()), "{act:?}");
        self.last += 1;
        let placed = Placed {
            id: entry(self.last),
            author: on(city, "2026-10-12"),
            act,
        };
        Round::apply(&mut self.state, &placed, false);
        placed.id
    }

    fn sign(&self, proposal: EntryId) -> round::Act {
        let propose = &self.state.proposals[&proposal].propose;
        round::Act::Sign(round::Sign {
            proposal,
            number: propose.number,
            hash: propose.hash,
        })
    }

    /// The next number on every report, with a quorum.
    fn next(&self, quorum: u32) -> round::Act {
        let reports: Vec<EntryId> = self.state.reports.keys().copied().collect();
        let bills = self.state.bills_on(&reports, &[]);
        let (number, netting) = (self.state.highest() + 1, Netting::Pairwise);
        round::Act::Propose(round::Propose {
            number,
            reports,
            left_out: Vec::new(),
            cities: cities_of(&bills),
            quorum,
            netting,
            hash: round::hash(september(), number, netting, quorum, &bills),
        })
    }
}

/// A round with one bill, of NP, which left, and QZ.
fn table() -> Table {
    let fixture = Fixture::left_by(NP);
    let open = round::Act::Open(round::Open { month: september() });
    let author = on(QZ, "2026-10-08");
    let state = Round::open(entry(1), &author, &fixture.view(), &open).expect("the secretary");
    let mut table = Table {
        fixture,
        state,
        last: 1,
    };
    for (city, with, owed) in [(QZ, NP, 2_200), (NP, QZ, 0)] {
        let row = round::Row {
            with,
            month: september(),
            hash: Hash32([7; 32]),
            owed: Fen::new(owed),
            due: Fen::new(2_200 - owed),
        };
        table.act(city, &round::Act::Report(round::Report { rows: vec![row] }));
    }
    table
}

/// Who left signs beside the members' majority and never in it, and leads nothing.
#[test]
fn a_round_needs_the_city_that_left_beside_a_majority_of_the_members() {
    let mut table = table();
    let open = round::Act::Open(round::Open { month: september() });
    let left = Round::open(
        entry(9),
        &on(NP, "2026-10-12"),
        &table.fixture.view(),
        &open,
    );
    assert_eq!(left.map(drop), Err(Code::NotMember));
    assert_eq!(table.judge(NP, &table.next(4)), Err(Code::NotMember));
    // Three members remain, and all three are their majority: NP does not stand for one of them.
    assert_eq!(table.judge(QZ, &table.next(3)), Err(Code::Argument));
    let proposal = table.act(QZ, &table.next(4));
    for city in [QZ, NP, SR] {
        let sign = table.sign(proposal);
        table.act(city, &sign);
    }
    assert_eq!(table.state.holds(), Holds::Nothing);
    let sign = table.sign(proposal);
    table.act(HS, &sign);
    assert_eq!(table.state.holds(), Holds::One(proposal));

    let pay = |to| {
        round::Act::Pay(round::Pay {
            proposal,
            to,
            amount: Fen::new(2_200),
            voucher: "V1".to_owned(),
            on: day("2026-10-12"),
        })
    };
    assert_eq!(table.judge(QZ, &pay(OUTSIDE)), Err(Code::NotMember));
    let payment = table.act(QZ, &pay(NP));
    let received = round::Act::Receive(round::Receive {
        payment,
        on: day("2026-10-12"),
    });
    table.act(NP, &received);
    assert!(table.state.received(&payment).is_some());
}

/// A city that left has no word about bills of others.
#[test]
fn a_city_that_left_signs_no_round_without_a_bill_of_it() {
    let mut table = table();
    table.state.reports.clear();
    for (city, with) in [(SR, HS), (HS, SR)] {
        let row = round::Row {
            with,
            month: september(),
            hash: Hash32([8; 32]),
            owed: Fen::ZERO,
            due: Fen::ZERO,
        };
        table.act(city, &round::Act::Report(round::Report { rows: vec![row] }));
    }
    let proposal = table.act(QZ, &table.next(3));
    let sign = table.sign(proposal);
    assert_eq!(table.judge(NP, &sign), Err(Code::NotMember));
    assert_eq!(table.judge(QZ, &sign), Ok(()));
}

/// What a city signs beside money waits for a `Retain` once it left; what it signed about money does not.
#[test]
fn only_what_settles_outlives_the_leaving() {
    let retain = || crate::kind::Retain {
        cert: author(NP).cert,
        heads: Vec::new(),
    };
    assert!(!Bill::settles(&bill::Act::Retain(retain())));
    assert!(!Round::settles(&round::Act::Retain(retain())));
    assert!(!Parcel::settles(&parcel::Act::Retain(retain())));
    assert!(!crate::case::Case::settles(&crate::case::Act::Close));
    let fixture = Fixture::left_by(NP);
    let view = fixture.view();
    assert!(view.settles_by(&NP) && view.is_gone(&NP));
    assert!(!view.settles_by(&QZ) && !view.settles_by(&OUTSIDE));
}
