//! Tests of a city's page.

use tongban_identity::{DivisionCode, decode_canonical, encode_canonical};

use super::*;
use crate::parcel::fixture::{Fixture, NP, OUTSIDE, QZ, SR, author, entry};

fn opening(division: u32) -> Act {
    Act::Open(Open {
        division: DivisionCode::new(division).expect("six digits"),
        name: "衢州".to_owned(),
    })
}

fn page(fixture: &Fixture) -> State {
    City::open(entry(0), &author(QZ), &fixture.view(), &opening(330_800)).expect("allowed")
}

fn announce(replaces: &[u32]) -> Announce {
    Announce {
        addresses: vec!["node.example:7700".to_owned()],
        encryption: vec![1, 2, 3],
        windows: vec!["市民中心".to_owned()],
        replaces: replaces.iter().map(|id| entry(*id)).collect(),
    }
}

fn apply(state: &mut State, id: u32, announce: Announce) {
    let placed = Placed {
        id: entry(id),
        author: author(QZ),
        act: &Act::Announce(announce),
    };
    City::apply(state, &placed, false);
}

#[test]
fn a_member_opens_its_own_page() {
    let fixture = Fixture::effective();
    let check = |fixture: &Fixture, city, act: &Act, expect: Result<(), Code>| {
        let got = City::open(entry(0), &author(city), &fixture.view(), act);
        assert_eq!(got.map(drop), expect);
    };
    check(&fixture, QZ, &opening(330_800), Ok(()));
    check(&fixture, NP, &opening(330_800), Err(Code::Argument));
    check(&fixture, OUTSIDE, &opening(330_800), Err(Code::NotMember));
    let early = Fixture::signed_by(&[NP, SR]);
    check(&early, QZ, &opening(330_800), Err(Code::Agreement));
    let act = Act::Announce(announce(&[]));
    check(&fixture, QZ, &act, Err(Code::State));
}

#[test]
fn an_announcement_replaces_exactly_the_current_ones() {
    let fixture = Fixture::effective();
    let mut state = page(&fixture);
    let check = |state: &State, city, replaces: &[u32], expect: Result<(), Code>| {
        let act = Act::Announce(announce(replaces));
        let got = City::authorize(state, &author(city), &fixture.view(), &act);
        assert_eq!(got, expect, "{replaces:?}");
    };
    check(&state, QZ, &[], Ok(()));
    check(&state, NP, &[], Err(Code::NoPower));
    check(&state, QZ, &[5], Err(Code::StaleParent));
    apply(&mut state, 5, announce(&[]));
    apply(&mut state, 3, announce(&[]));
    let current = |state: &State| state.current().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(current(&state), [entry(3), entry(5)]);
    check(&state, QZ, &[3, 5], Ok(()));
    for stale in [&[][..], &[3], &[5, 3], &[3, 3, 5], &[3, 5, 7]] {
        check(&state, QZ, stale, Err(Code::StaleParent));
    }
    apply(&mut state, 4, announce(&[3, 5]));
    assert_eq!(current(&state), [entry(4)]);
    check(&state, QZ, &[4], Ok(()));

    let mut other = page(&fixture);
    apply(&mut other, 4, announce(&[3, 5]));
    apply(&mut other, 3, announce(&[]));
    apply(&mut other, 5, announce(&[]));
    assert_eq!(other, state);
    let bytes = encode_canonical(&state);
    assert_eq!(decode_canonical::<State>(&bytes).expect("own bytes"), state);
}

#[test]
fn announcements_have_limits() {
    let fixture = Fixture::effective();
    let state = page(&fixture);
    let check = |change: &dyn Fn(&mut Announce), expect: Result<(), Code>| {
        let mut announce = announce(&[]);
        change(&mut announce);
        let act = Act::Announce(announce);
        let got = City::authorize(&state, &author(QZ), &fixture.view(), &act);
        assert_eq!(got, expect);
    };
    let text = |count| vec!["x".to_owned(); count];
    check(&|a| a.addresses = text(ADDRESSES_MAX), Ok(()));
    check(
        &|a| a.addresses = text(ADDRESSES_MAX + 1),
        Err(Code::TooLarge),
    );
    check(&|a| a.windows = text(WINDOWS_MAX + 1), Err(Code::TooLarge));
    let key = |count| vec![0; count];
    check(&|a| a.encryption = key(ENCRYPTION_BYTES_MAX), Ok(()));
    check(
        &|a| a.encryption = key(ENCRYPTION_BYTES_MAX + 1),
        Err(Code::TooLarge),
    );
    check(&|a| a.encryption.clear(), Err(Code::Argument));
    check(&|a| a.windows.push(String::new()), Err(Code::Argument));
    check(&|a| a.addresses.push("x".repeat(257)), Err(Code::Argument));
    let reopened = City::authorize(&state, &author(QZ), &fixture.view(), &opening(330_800));
    assert_eq!(reopened, Err(Code::State));
}

#[test]
fn every_member_reads_it() {
    let mut audience = Audience::default();
    let act = opening(330_800);
    let placed = Placed {
        id: entry(0),
        author: author(QZ),
        act: &act,
    };
    City::observe(&mut audience, &placed);
    assert!(audience.everyone && audience.named().is_empty());
    assert_eq!(
        (City::names(&act), City::retracts(&act)),
        (Vec::new(), None)
    );
    assert_eq!(act.name(), "open");
}
