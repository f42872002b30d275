//! A member city's own page: where its node listens, its encryption key, its windows.
//!
//! One document for each city of an agreement, read by every member and signed by that city alone.
//! Two of its desks may announce unseen by each other: both announcements are then current until
//! the next one replaces both.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, DivisionCode};

use crate::agreement::{TEXT_BYTES_MAX, View};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Audience, Author, Kind, Meeting, Placed, Retain};

/// The most addresses of one announcement.
pub const ADDRESSES_MAX: usize = 16;
/// The most windows of one announcement.
pub const WINDOWS_MAX: usize = 256;
/// The longest signed encryption certificate, in bytes.
pub const ENCRYPTION_BYTES_MAX: usize = 1024;

/// An act of a city's page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Opens the page: the genesis.
    #[n(0)]
    Open(#[n(0)] Open),
    /// Announces the city's particulars, whole, in place of the current ones.
    #[n(1)]
    Announce(#[n(0)] Announce),
    /// Says which entries of a revoked device stay.
    #[n(2)]
    Retain(#[n(0)] Retain),
}

impl Act {
    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Open(_) => "open",
            Act::Announce(_) => "announce",
            Act::Retain(_) => "retain",
        }
    }
}

/// The genesis: which member opens its page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Open {
    /// The division code under which the city signed the agreement.
    #[n(0)]
    pub division: DivisionCode,
    /// Its name.
    #[n(1)]
    pub name: String,
}

/// A city's particulars.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Announce {
    /// Where its node listens, as `host:port`; at most [`ADDRESSES_MAX`].
    #[n(0)]
    pub addresses: Vec<String>,
    /// Its signed encryption certificate, as bytes that the reader verifies.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub encryption: Vec<u8>,
    /// Its windows; at most [`WINDOWS_MAX`].
    #[n(2)]
    pub windows: Vec<String>,
    /// The announcements that were current before, ascending.
    #[n(3)]
    pub replaces: Vec<EntryId>,
}

/// A city's page as some set of entries describes it. The map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city whose page it is.
    #[n(1)]
    pub city: CityId,
    /// The genesis act.
    #[n(2)]
    pub open: Open,
    /// Every announcement that stands.
    #[n(3)]
    pub announcements: BTreeMap<EntryId, Announce>,
}

impl State {
    /// The announcements that no other one replaced, ascending by id.
    pub fn current(&self) -> impl Iterator<Item = (EntryId, &Announce)> {
        self.announcements
            .iter()
            .filter(|(id, _)| !self.is_replaced(id))
            .map(|(id, announce)| (*id, announce))
    }

    fn is_replaced(&self, id: &EntryId) -> bool {
        self.announcements
            .values()
            .any(|later| later.replaces.binary_search(id).is_ok())
    }
}

/// The document kind.
#[derive(Clone, Copy, Debug)]
pub struct City;

impl Kind for City {
    type State = State;
    type Act = Act;

    fn open(id: EntryId, author: &Author, view: &View<'_>, act: &Act) -> Result<State, Code> {
        let Act::Open(open) = act else {
            return Err(Code::State);
        };
        if !short(&open.name) {
            return Err(Code::Argument);
        }
        let founder = view.founder(&author.city).ok_or(Code::NotMember)?;
        if !view.effective() {
            return Err(Code::Agreement);
        }
        if founder.division != open.division {
            return Err(Code::Argument);
        }
        Ok(State {
            genesis: id,
            city: author.city,
            open: open.clone(),
            announcements: BTreeMap::new(),
        })
    }

    fn authorize(state: &State, author: &Author, view: &View<'_>, act: &Act) -> Result<(), Code> {
        if let Act::Announce(announce) = act {
            check(announce)?;
        }
        if author.city != state.city {
            return Err(Code::NoPower);
        }
        if !view.is_member(&author.city) {
            return Err(Code::NotMember);
        }
        if !view.effective() {
            return Err(Code::Agreement);
        }
        match act {
            Act::Open(_) => Err(Code::State),
            Act::Retain(retain) => retain.check(author, view),
            Act::Announce(announce) => {
                let current = state.current().map(|(id, _)| id);
                if current.eq(announce.replaces.iter().copied()) {
                    Ok(())
                } else {
                    Err(Code::StaleParent)
                }
            }
        }
    }

    fn apply(state: &mut State, placed: &Placed<'_, Act>, _disputed: bool) {
        if let Act::Announce(announce) = placed.act {
            state.announcements.insert(placed.id, announce.clone());
        }
    }

    fn concurrent(_first: &Placed<'_, Act>, _second: &Placed<'_, Act>) -> Meeting {
        Meeting::Stand
    }

    /// An announcement is whole in itself: it does not fall with those that it replaces.
    fn names(_act: &Act) -> Vec<EntryId> {
        Vec::new()
    }

    fn retracts(_act: &Act) -> Option<EntryId> {
        None
    }

    fn retain(act: &Act) -> Option<&Retain> {
        match act {
            Act::Retain(retain) => Some(retain),
            _ => None,
        }
    }

    fn observe(audience: &mut Audience, _placed: &Placed<'_, Act>) {
        audience.everyone = true;
    }
}

/// Checks what needs no state. How many are replaced needs no limit: they equal the current ones.
fn check(announce: &Announce) -> Result<(), Code> {
    if announce.addresses.len() > ADDRESSES_MAX
        || announce.windows.len() > WINDOWS_MAX
        || announce.encryption.len() > ENCRYPTION_BYTES_MAX
    {
        return Err(Code::TooLarge);
    }
    let mut texts = announce.addresses.iter().chain(&announce.windows);
    if announce.encryption.is_empty() || !texts.all(|text| short(text)) {
        return Err(Code::Argument);
    }
    Ok(())
}

fn short(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use tongban_identity::{decode_canonical, encode_canonical};

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
}
