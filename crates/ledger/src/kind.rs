//! What every document kind has in common: who acted, how acts meet, what an entry's status is.
//!
//! A kind is five parts: `State`, `Act`, `authorize`, `apply` and `concurrent`. The fold that uses
//! them lives in `tongban-sync`; nothing here knows of entries on a wire or on disk.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CertHash, CityId};

use crate::agreement::View;
use crate::calendar::Day;
use crate::code::Code;
use crate::id::EntryId;
use crate::planted::{Bug, planted};

/// The document kinds of an agreement; the number is the header's `kind` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A co-operation agreement (合作协议).
    Agreement = 1,
    /// A member city's own page: addresses, encryption key.
    City = 2,
    /// A case (办件).
    Case = 3,
    /// A parcel (邮件).
    Parcel = 4,
    /// A consult (沟通).
    Consult = 5,
    /// A monthly bill of two cities (对账单).
    Bill = 7,
    /// The settlement of a month among all members (结算轮).
    Round = 8,
    /// A joint meeting (联席会议).
    Meeting = 6,
}

impl DocumentKind {
    /// Every kind of this version.
    pub const ALL: [DocumentKind; 8] = [
        DocumentKind::Agreement,
        DocumentKind::City,
        DocumentKind::Case,
        DocumentKind::Parcel,
        DocumentKind::Consult,
        DocumentKind::Bill,
        DocumentKind::Round,
        DocumentKind::Meeting,
    ];

    /// Reads the number of a header; `None` for a kind of a newer version.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The kind's name in commands and answers.
    pub const fn name(self) -> &'static str {
        match self {
            DocumentKind::Agreement => "agreement",
            DocumentKind::City => "city",
            DocumentKind::Case => "case",
            DocumentKind::Parcel => "parcel",
            DocumentKind::Consult => "consult",
            DocumentKind::Bill => "bill",
            DocumentKind::Round => "round",
            DocumentKind::Meeting => "meeting",
        }
    }
}

/// Who signs an act, and the day its signed time names in Beijing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// The city whose device signed.
    pub city: CityId,
    /// The device's certificate.
    pub cert: CertHash,
    /// The claimed time, Unix seconds; dated rules use its day, order never does.
    pub time: i64,
}

impl Author {
    /// The civil day of the claimed time (UTC+8).
    pub fn day(&self) -> Day {
        Day::from_unix_beijing(self.time)
    }
}

/// An allowed act with its place in the document.
#[derive(Debug)]
pub struct Placed<'a, A> {
    /// The entry that carries the act.
    pub id: EntryId,
    /// Its signer.
    pub author: Author,
    /// The act.
    pub act: &'a A,
}

/// Says which entries of a revoked device stay in a document (`design.md` §5). A device of a root key that was replaced,
/// or of a city that left, counts as revoked, and one such device stands for every one of that key.
///
/// The heads and whatever of that device lies under them stay; what a `Retain` of the device's city leaves
/// out is void.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Retain {
    /// The revoked certificate.
    #[n(0)]
    pub cert: CertHash,
    /// Entries of this document, ascending; at most [`RETAIN_HEADS_MAX`], none if nothing stays.
    #[n(1)]
    pub heads: Vec<EntryId>,
}

/// The most heads of a [`Retain`].
pub const RETAIN_HEADS_MAX: usize = 64;

impl Retain {
    /// Checks what needs no entries: the certificate is one of the author's own city and revoked, and the
    /// list is in order.
    ///
    /// # Errors
    /// [`Code::NoPower`] for a certificate that its city has not revoked; [`Code::Argument`] for the list.
    pub fn check(&self, author: &Author, view: &View<'_>) -> Result<(), Code> {
        // For a city that left any remaining party speaks; which devices were its own, the fold knows. Where no root key
        // is gone, a city's id is its root key.
        if !view.is_revoked(&author.city, &self.cert) && !view.anyone_gone() {
            return Err(Code::NoPower);
        }
        let ascending = self.heads.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.heads.len() > RETAIN_HEADS_MAX {
            return Err(Code::Argument);
        }
        Ok(())
    }
}

/// How two allowed acts meet when neither saw the other (`design.md` §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Both stand.
    Stand,
    /// The second voids the first.
    FirstVoid,
    /// The first voids the second.
    SecondVoid,
    /// Both are disputed until a person resolves it by another act.
    Disputed,
}

impl Meeting {
    /// The same meeting seen from the other act.
    pub fn flip(self) -> Self {
        match self {
            Meeting::FirstVoid => Meeting::SecondVoid,
            Meeting::SecondVoid => Meeting::FirstVoid,
            other => other,
        }
    }
}

/// What became of an entry. Every status stays visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Status {
    /// The act stands.
    #[n(0)]
    Applied,
    /// Another act voids it.
    #[n(1)]
    Void(#[n(0)] EntryId),
    /// It did not follow from what its author had seen.
    #[n(2)]
    Denied(#[n(0)] Code),
    /// It rests on a revoked key and waits for a `Retain`.
    #[n(3)]
    Held,
    /// It contradicts another standing act.
    #[n(4)]
    Disputed(#[n(0)] EntryId),
    /// It belongs to a newer rules version than this node knows.
    #[n(5)]
    Unknown,
}

impl Status {
    /// Says whether the act is part of the state: applied, or applied under dispute.
    pub fn stands(self) -> bool {
        matches!(self, Status::Applied | Status::Disputed(_))
    }

    /// The status's stable name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Applied => "applied",
            Status::Void(_) => "void",
            Status::Denied(_) => "denied",
            Status::Held => "held",
            Status::Disputed(_) => "disputed",
            Status::Unknown => "unknown",
        }
    }
}

/// A document kind whose acts are folded to a state.
///
/// `State` must be a set of facts that grows: applying standing acts in any causal order gives the
/// same state. That is what makes a hash-ordered fold independent of arrival.
pub trait Kind {
    /// What the standing acts amount to.
    type State: Clone + Encode<()> + for<'b> Decode<'b, ()>;
    /// What may be signed.
    type Act: Clone + PartialEq + Encode<()> + for<'b> Decode<'b, ()>;

    /// Says whether a genesis may open a document of this kind, and gives the state before it.
    fn open(
        id: EntryId,
        author: &Author,
        view: &View<'_>,
        act: &Self::Act,
    ) -> Result<Self::State, Code>;

    /// Judges whether the act may follow from the state that its author had seen.
    fn authorize(
        state: &Self::State,
        author: &Author,
        view: &View<'_>,
        act: &Self::Act,
    ) -> Result<(), Code>;

    /// Adds a standing act to the state; total, never fails.
    fn apply(state: &mut Self::State, placed: &Placed<'_, Self::Act>, disputed: bool);

    /// Says how two allowed, concurrent acts meet.
    fn concurrent(first: &Placed<'_, Self::Act>, second: &Placed<'_, Self::Act>) -> Meeting;

    /// The acts that this one names and falls with (its baton, push, notice, line).
    fn names(act: &Self::Act) -> Vec<EntryId>;

    /// The disputed act of its own city that this act takes back, if it is such an act.
    fn retracts(act: &Self::Act) -> Option<EntryId>;

    /// The device whose entries this act retains, if it is such an act.
    fn retain(act: &Self::Act) -> Option<&Retain>;

    /// Says whether the act moves custody or commits the custodian: such acts wait while entries of a revoked
    /// device are held. No act of a kind without custody does: what names a held act is held with it.
    fn waits_for_held(_act: &Self::Act) -> bool {
        false
    }

    /// Says whether the act counts although its device was revoked, if its author had not seen the revocation: a
    /// signature under money (`design.md` §5).
    fn outlives_revocation(_act: &Self::Act) -> bool {
        false
    }

    /// Says whether a city that left the agreement may still sign the act, and whether what it signed before stands
    /// without anybody's word: it settles money that the city shared as a member. Everything else of such a city waits
    /// for a `Retain`.
    fn settles(_act: &Self::Act) -> bool {
        false
    }

    /// Says whether the act might contradict one that its signer has forgotten: a custody act on a case that it
    /// may have handed on (`design.md` §7).
    fn waits_for_return(_state: &Self::State, _act: &Self::Act) -> bool {
        false
    }

    /// Notes what an allowed act, void or not, means for the document's audience.
    fn observe(audience: &mut Audience, placed: &Placed<'_, Self::Act>);
}

/// The cities to which a document travels, as facts that only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Audience {
    /// Every member city of the agreement.
    #[n(0)]
    pub everyone: bool,
    /// Cities that are party for good: founders of the document, and whoever took it over.
    #[n(1)]
    pub joined: BTreeSet<CityId>,
    /// Pushes: recipient, baton, and the refusals that the push already knew.
    #[n(2)]
    pub invited: BTreeMap<EntryId, Invited>,
    /// Declines: who refused which baton.
    #[n(3)]
    pub refused: BTreeMap<EntryId, Refused>,
}

/// A push as the audience sees it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invited {
    /// The recipient.
    #[n(0)]
    pub city: CityId,
    /// The custody act whose baton is offered.
    #[n(1)]
    pub baton: EntryId,
    /// Declines that lie among the push's ancestors.
    #[n(2)]
    pub after: Vec<EntryId>,
}

/// A decline as the audience sees it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refused {
    /// The city that declined.
    #[n(0)]
    pub city: CityId,
    /// The baton it refused.
    #[n(1)]
    pub baton: EntryId,
}

impl Audience {
    /// Says whether the document travels to a city (a member, where `everyone` is set).
    pub fn includes(&self, city: &CityId) -> bool {
        self.everyone || self.joined.contains(city) || self.is_invited(city)
    }

    /// The cities named one by one, in order; empty when `everyone` is set and nobody is named.
    pub fn named(&self) -> BTreeSet<CityId> {
        let mut cities = self.joined.clone();
        cities.extend(
            self.invited
                .values()
                .map(|push| push.city)
                .filter(|city| self.is_invited(city)),
        );
        cities
    }

    fn is_invited(&self, city: &CityId) -> bool {
        self.invited
            .values()
            .any(|push| push.city == *city && !self.is_refused(push))
    }

    fn is_refused(&self, push: &Invited) -> bool {
        self.refused.iter().any(|(id, decline)| {
            decline.city == push.city && decline.baton == push.baton && !push.after.contains(id)
        }) && !planted(Bug::LeaveNever)
    }
}
