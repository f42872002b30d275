//! A small agreement of four cities, and parcels in it, for the tests of this crate.

use tongban_identity::{CityId, DivisionCode, Hash32};

use super::{Act, CostKind, CostLine, Leg, Parcel, PayMethod, Post, Recipient, State};
use crate::agreement::{
    Act as Founding, Adopt, Annex, Ballot, Bitmap, Body, Found, Founder, Index, LastMile, Measure,
    Motion, Postage, PostageRule, Proposal, Reallocation, Share, Subject, View, line_mark,
};
use crate::calendar::Day;
use crate::id::{CertificateId, EntryId};
use crate::kind::{Author, Kind, Placed, Status};
use crate::money::{Amount, Fen};

/// 衢州.
pub(crate) const QZ: CityId = CityId([1; 32]);
/// 南平.
pub(crate) const NP: CityId = CityId([2; 32]);
/// 上饶.
pub(crate) const SR: CityId = CityId([3; 32]);
/// 黄山.
pub(crate) const HS: CityId = CityId([4; 32]);
/// A city outside the agreement.
pub(crate) const OUTSIDE: CityId = CityId([9; 32]);
/// The members.
pub(crate) const MEMBERS: [CityId; 4] = [QZ, NP, SR, HS];

const DIVISIONS: [u32; 4] = [330_800, 350_700, 361_100, 341_000];

/// An agreement with its whole history.
pub(crate) struct Fixture {
    index: Index,
    bits: Bitmap,
}

impl Fixture {
    /// The agreement with every signature.
    pub(crate) fn effective() -> Self {
        Self::signed_by(&MEMBERS[1..])
    }

    /// The agreement that QZ founded and the cities given signed.
    pub(crate) fn signed_by(cities: &[CityId]) -> Self {
        Self::made(cities, |_| {})
    }

    /// The agreement with every signature and a changed annex.
    pub(crate) fn with(change: impl FnOnce(&mut Annex)) -> Self {
        Self::made(&MEMBERS[1..], change)
    }

    /// The agreement, and a text on who bears a line that some cities signed; it stands in [`ruling`] of its version.
    pub(crate) fn ruled(mut self, version: u32, by: &[CityId], shares: &[(CityId, i64)]) -> Self {
        let share = |(city, fen): &(CityId, i64)| Share {
            city: *city,
            amount: Amount::new(Fen::new(*fen)).expect("in range"),
        };
        let mut shares: Vec<Share> = shares.iter().map(share).collect();
        shares.sort_by_key(|share| share.city);
        let proposal = Proposal {
            code: format!("JM-2026-{version}"),
            version,
            subject: Subject::Reallocation(Reallocation {
                line: line_mark(&entry(1)),
                shares,
            }),
            body: Body::Leading,
        };
        let adopt = Adopt {
            proposal: ruling(version),
            text: proposal.text(),
        };
        let put = (by[0], Founding::Propose(proposal));
        let signed = by.iter().map(|city| (*city, Founding::Adopt(adopt)));
        let first = 1_000_200 + version * 10;
        for (at, (by, act)) in (first..).zip(std::iter::once(put).chain(signed)) {
            let heads = self.index.heads().to_vec();
            let status = self.index.insert(entry(at), &heads, &author(by), &act);
            assert_eq!(status, Ok(Status::Applied), "{act:?}");
        }
        let everything = self.index.history(self.index.heads());
        self.bits = everything.expect("own heads");
        self
    }

    /// The agreement with every signature that a city has left since, by the word of the others.
    pub(crate) fn left_by(city: CityId) -> Self {
        let mut fixture = Self::effective();
        let motion = Motion {
            measure: Measure::Remove(city),
            basis: String::new(),
        };
        let ballot = Ballot {
            parent: CertificateId::first(&entry(1_000_000)),
            round: 1,
            motion: motion.id(),
        };
        let others = || MEMBERS.into_iter().filter(|other| *other != city);
        let mover = others().next().expect("others");
        let moved = (mover, Founding::Move(Box::new(motion)));
        let votes = others().map(|other| (other, Founding::Vote(ballot)));
        let commits = others().map(|other| (other, Founding::Commit(ballot)));
        let acts = std::iter::once(moved).chain(votes).chain(commits);
        for (at, (by, act)) in (1_000_100..).zip(acts.take(7)) {
            let heads = fixture.index.heads().to_vec();
            let status = fixture.index.insert(entry(at), &heads, &author(by), &act);
            assert_eq!(status, Ok(Status::Applied), "{act:?}");
        }
        let everything = fixture.index.history(fixture.index.heads());
        fixture.bits = everything.expect("own heads");
        fixture
    }

    fn made(cities: &[CityId], change: impl FnOnce(&mut Annex)) -> Self {
        let founders = MEMBERS
            .iter()
            .zip(DIVISIONS)
            .map(|(city, division)| Founder {
                city: *city,
                division: DivisionCode::new(division).expect("six digits"),
                name: division.to_string(),
                encryption: Vec::new(),
                addresses: Vec::new(),
            });
        let rule = |version, effective| PostageRule {
            version,
            rule: Postage::OriginPays,
            effective: day(effective),
            last_mile: LastMile::Origin,
        };
        let mut annex = Annex {
            postage: vec![rule(1, "2026-01-01"), rule(2, "2026-12-01")],
            ..Annex::default()
        };
        change(&mut annex);
        let found = Found {
            name: "四省边际城市跨省通办合作协议".to_owned(),
            code: "AG-4C".to_owned(),
            rules_version: 1,
            founders: founders.collect(),
            annex,
        };
        let genesis = entry(1_000_000);
        let mut index = Index::open(genesis, &author(QZ), found).expect("sound terms");
        for (at, city) in (1_000_001..).zip(cities) {
            index
                .insert(entry(at), &[genesis], &author(*city), &Founding::Ratify)
                .expect("known parent");
        }
        let bits = index.history(index.heads()).expect("own heads");
        Self { index, bits }
    }

    /// The agreement as seen under all of its heads.
    pub(crate) fn view(&self) -> View<'_> {
        View::new(&self.index, &self.bits)
    }
}

/// The entry id that stands for a number; ids ascend with numbers.
pub(crate) fn entry(number: u32) -> EntryId {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    EntryId(Hash32(bytes))
}

/// The entry of [`Fixture::ruled`].
pub(crate) fn ruling(version: u32) -> EntryId {
    entry(1_000_200 + version * 10)
}

/// A date.
pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

/// Ten in the morning of a day in Beijing, as Unix seconds.
pub(crate) fn at(text: &str) -> i64 {
    i64::from(day(text).epoch_days()) * 86_400 + 2 * 3_600
}

/// A city that signs on some day.
pub(crate) fn author(city: CityId) -> Author {
    let time = at("2026-09-10");
    let cert = tongban_identity::CertHash(tongban_identity::Hash32(city.0));
    Author { city, cert, time }
}

/// The member with a division code.
pub(crate) fn city_of(division: &str) -> CityId {
    let at = DIVISIONS
        .iter()
        .position(|code| code.to_string() == division);
    MEMBERS[at.expect("a member's code")]
}

/// A posting to a recipient.
pub(crate) fn posting_of(to: Recipient, tracking: &str, posted: &str) -> Post {
    Post {
        to,
        leg: match to {
            Recipient::City(_) => Leg::Materials,
            Recipient::Applicant => Leg::ResultToApplicant,
        },
        carrier: "EMS".to_owned(),
        tracking: tracking.parse().expect("a tracking number"),
        cases: vec![entry(77).into()],
        pieces: 3,
        posted: day(posted),
        pay: PayMethod::Collect,
        weight_g: 450,
        approver: None,
        account: None,
        window: None,
        contents: Vec::new(),
    }
}

/// A cost line under rule version 1.
pub(crate) fn fen(kind: CostKind, amount: i64, payer: CityId) -> Act {
    Act::Cost(CostLine {
        kind,
        amount: Amount::new(Fen::new(amount)).expect("in range"),
        payer,
        rule: 1,
        bill: None,
        receipt: None,
        instead: None,
    })
}

/// Applies an act that its author may sign.
pub(crate) fn record(state: &mut State, id: u32, city: CityId, view: &View<'_>, act: &Act) {
    let author = author(city);
    assert_eq!(
        Parcel::authorize(state, &author, view, act),
        Ok(()),
        "{act:?}"
    );
    let placed = Placed {
        id: entry(id),
        author,
        act,
    };
    Parcel::apply(state, &placed, false);
}
