//! A document as stored: heads, sequence numbers, statuses, cached state.
//!
//! When a new entry's parents are the current heads, judging is incremental: the entry sees
//! everything, so nothing can meet it. Otherwise the document is folded again whole. The record is
//! a cache of the entries; `verify` folds without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minicbor::{Decode, Encode};
use tongban_identity::{CertHash, CityId, Hash32, decode_canonical, encode_canonical};
use tongban_ledger::agreement::{Bitmap, Index, RULES_VERSION, View};
use tongban_ledger::bill::{self, Bill};
use tongban_ledger::case::{self, Case};
use tongban_ledger::city::{self, City};
use tongban_ledger::code::Code;
use tongban_ledger::consult::{self, Consult};
use tongban_ledger::meeting::{self, JointMeeting};
use tongban_ledger::parcel::{self, Parcel};
use tongban_ledger::round::{self, Round};
use tongban_ledger::{
    AgreementId, Audience, Author, DocumentId, DocumentKind, EntryId, Kind, Placed, Status,
};

use crate::entry::{Entry, Slot};
use crate::fold::{Fold, Node, Unreadable};
use crate::forks::Forks;

/// The version of the public part's encoding.
pub const ACT_VERSION: u8 = 1;
/// The most entries of one document, agreements apart.
pub const ENTRIES_MAX: u64 = 4_096;
/// Sequence numbers of one device in a document lie below this.
pub const SEQ_MAX: u64 = 65_536;
/// Depths in a document lie below this.
pub const DEPTH_MAX: u32 = 65_536;

/// The state of a document of any kind but an agreement.
#[allow(
    clippy::large_enum_variant,
    reason = "a state stands in its record alone, never in a list of states"
)]
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum AnyState {
    /// A case.
    #[n(0)]
    Case(#[n(0)] case::State),
    /// A parcel.
    #[n(1)]
    Parcel(#[n(0)] parcel::State),
    /// A city's page.
    #[n(2)]
    City(#[n(0)] city::State),
    /// A consult.
    #[n(3)]
    Consult(#[n(0)] consult::State),
    /// A bill.
    #[n(5)]
    Bill(#[n(0)] bill::State),
    /// A round.
    #[n(6)]
    Round(#[n(0)] round::State),
    /// A joint meeting.
    #[n(4)]
    Meeting(#[n(0)] meeting::State),
}

/// A kind whose state is part of [`AnyState`].
pub trait Stored: Kind {
    /// Packs a state.
    fn pack(state: Self::State) -> AnyState;
    /// Takes a state out, if it is of this kind.
    fn unpack(state: &AnyState) -> Option<&Self::State>;
    /// Takes a state out to change it, if it is of this kind.
    fn unpack_mut(state: &mut AnyState) -> Option<&mut Self::State>;
    /// The act's stable name.
    fn act_name(act: &Self::Act) -> &'static str;
}

macro_rules! stored {
    ($kind:ty, $variant:ident) => {
        impl Stored for $kind {
            fn pack(state: Self::State) -> AnyState {
                AnyState::$variant(state)
            }

            fn unpack(state: &AnyState) -> Option<&Self::State> {
                match state {
                    AnyState::$variant(state) => Some(state),
                    _ => None,
                }
            }

            fn unpack_mut(state: &mut AnyState) -> Option<&mut Self::State> {
                match state {
                    AnyState::$variant(state) => Some(state),
                    _ => None,
                }
            }

            fn act_name(act: &Self::Act) -> &'static str {
                act.name()
            }
        }
    };
}

stored!(Case, Case);
stored!(Parcel, Parcel);
stored!(City, City);
stored!(Consult, Consult);
stored!(Bill, Bill);
stored!(Round, Round);
stored!(JointMeeting, Meeting);

/// A device's last entry in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Tip {
    /// Its sequence number.
    #[n(0)]
    pub seq: u64,
    /// The entry.
    #[n(1)]
    pub id: EntryId,
}

/// A document's record.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Record {
    /// The document kind's number.
    #[n(0)]
    pub kind: u8,
    /// The agreement.
    #[n(1)]
    pub agreement: AgreementId,
    /// Entries that no other entry has as a parent, with their depth.
    #[n(2)]
    pub heads: BTreeMap<EntryId, u32>,
    /// How many entries there are.
    #[n(3)]
    pub entries: u64,
    /// Each device's last entry under each nonce.
    #[n(4)]
    pub tips: BTreeMap<Slot, Tip>,
    /// Statuses other than `applied`.
    #[n(5)]
    pub irregular: BTreeMap<EntryId, Status>,
    /// Where the document travels.
    #[n(6)]
    pub audience: Audience,
    /// The state; none while the genesis is denied.
    #[n(7)]
    pub state: Option<AnyState>,
    /// Whether some device signed two entries in one place.
    #[n(8)]
    pub forked: bool,
    /// Whether acts on custody and outward acts are held, so that no other of them may follow.
    #[n(9)]
    pub blocked: bool,
    /// How many certificates of the agreement the author of the genesis knew; none as long as there were none.
    #[n(10)]
    pub certificates: Option<u32>,
}

impl Record {
    /// An entry's status.
    pub fn status(&self, id: &EntryId) -> Status {
        self.irregular.get(id).copied().unwrap_or(Status::Applied)
    }

    /// The heads, ascending: the parents of the next entry.
    pub fn head_ids(&self) -> Vec<EntryId> {
        self.heads.keys().copied().collect()
    }

    /// The depth of the next entry on all heads.
    pub fn next_depth(&self) -> u32 {
        self.heads.values().max().map_or(0, |depth| depth + 1)
    }

    /// The state of a kind.
    pub fn state_of<K: Stored>(&self) -> Option<&K::State> {
        self.state.as_ref().and_then(K::unpack)
    }

    /// The state root: a hash of the state and of every status but `applied`. Computed from public
    /// parts alone, and compared under equal agreement heads.
    pub fn root(&self) -> Hash32 {
        Hash32::hash(
            "tongban/state-root/v1",
            &[
                &encode_canonical(&self.state),
                &encode_canonical(&self.irregular),
            ],
        )
    }
}

/// What became of an entry that sees everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extended {
    /// It is in the record.
    Yes,
    /// It may change earlier statuses: it takes an act back, is a twin, or a device is revoked. Nothing is changed;
    /// the document has to be folded whole.
    No,
    /// No node takes it. Nothing is changed.
    Refused(Code),
}

/// Whether a denial says that the author has no place in the document, whatever the act.
fn is_stranger(code: Code) -> bool {
    matches!(code, Code::NotParty | Code::NotMember)
}

/// Reads an act from a public part: a CBOR array of version and act.
pub fn read_act<A>(bytes: &[u8], rules_version: u16) -> Result<A, Unreadable>
where
    A: Encode<()> + for<'b> Decode<'b, ()>,
{
    match decode_canonical::<(u8, A)>(bytes) {
        Ok((ACT_VERSION, act)) => Ok(act),
        _ if rules_version > RULES_VERSION => Err(Unreadable::Newer),
        _ => Err(Unreadable::Never),
    }
}

/// Writes a public part.
pub fn write_act<A: Encode<()>>(act: &A) -> Vec<u8> {
    encode_canonical(&(ACT_VERSION, act))
}

/// Who signed an entry, with its claimed time.
pub fn author(entry: &Entry) -> Author {
    Author {
        city: entry.header.city,
        cert: entry.header.cert,
        time: entry.header.time,
    }
}

/// Who signed an entry, as a view names the city: its id stays where its root key was replaced.
pub fn author_in(signer: Author, view: &View<'_>) -> Author {
    let city = view.speaker(&signer.city);
    Author {
        city: city
            .or_else(|| view.city_of(&signer.city))
            .unwrap_or(signer.city),
        ..signer
    }
}

/// An agreement and what of it an entry's author knew.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The agreement.
    pub index: &'a Index,
    /// The entry's view.
    pub bits: Arc<Bitmap>,
}

impl Basis<'_> {
    /// The view as something to ask.
    pub fn view(&self) -> View<'_> {
        View::new(self.index, &self.bits)
    }
}

/// Opens a record with a genesis.
pub fn open(kind: DocumentKind, entry: &Entry, basis: &Basis<'_>) -> Option<Record> {
    match kind {
        DocumentKind::Agreement => None,
        DocumentKind::Case => Some(open_as::<Case>(entry, basis)),
        DocumentKind::Parcel => Some(open_as::<Parcel>(entry, basis)),
        DocumentKind::City => Some(open_as::<City>(entry, basis)),
        DocumentKind::Consult => Some(open_as::<Consult>(entry, basis)),
        DocumentKind::Bill => Some(open_as::<Bill>(entry, basis)),
        DocumentKind::Round => Some(open_as::<Round>(entry, basis)),
        DocumentKind::Meeting => Some(open_as::<JointMeeting>(entry, basis)),
    }
}

fn open_as<K: Stored>(entry: &Entry, basis: &Basis<'_>) -> Record {
    let node = node::<K>(entry, Vec::new(), basis);
    let folded = Fold::<K>::new(std::slice::from_ref(&node), basis.index).finish();
    let mut record = Record {
        kind: entry.header.kind,
        agreement: entry.agreement,
        heads: BTreeMap::from([(entry.id, 0)]),
        entries: 1,
        tips: BTreeMap::new(),
        irregular: BTreeMap::new(),
        audience: folded.audience,
        state: folded.state.map(K::pack),
        forked: false,
        blocked: folded.blocked,
        certificates: certificates(&basis.view()),
    };
    record.note_tip(entry);
    if folded.statuses[0] != Status::Applied {
        record.irregular.insert(entry.id, folded.statuses[0]);
    }
    record
}

/// The cities that the genesis of a closed document names, whatever becomes of it; `None` for another kind, and for an
/// act that names nobody or that this version cannot read.
pub fn named_by(kind: DocumentKind, genesis: &Entry, author: CityId) -> Option<BTreeSet<CityId>> {
    match kind {
        DocumentKind::Parcel => named_in::<Parcel>(genesis, author),
        DocumentKind::Consult => named_in::<Consult>(genesis, author),
        DocumentKind::Bill => named_in::<Bill>(genesis, author),
        _ => None,
    }
}

fn named_in<K: Kind>(genesis: &Entry, author: CityId) -> Option<BTreeSet<CityId>>
where
    K::Act: Encode<()> + for<'b> Decode<'b, ()>,
{
    let act: K::Act = read_act(&genesis.public, RULES_VERSION).ok()?;
    let mut audience = Audience::default();
    let author = Author {
        city: author,
        ..self::author(genesis)
    };
    let placed = Placed {
        id: genesis.id,
        author,
        act: &act,
    };
    K::observe(&mut audience, &placed);
    Some(audience.named()).filter(|named| !named.is_empty())
}

impl Record {
    /// Says whether an entry's parents are exactly the heads, so that it sees everything.
    pub fn sees_everything(&self, entry: &Entry) -> bool {
        entry.header.parents.len() == self.heads.len()
            && entry
                .header
                .parents
                .iter()
                .all(|id| self.heads.contains_key(id))
    }

    /// Whether nothing that was judged before can change with an entry that sees everything: no twins, and no
    /// device that the agreement revoked, the entry's own included.
    fn is_plain(&self, entry: &Entry, index: &Index) -> bool {
        let signers = self.tips.keys().map(|slot| &slot.cert);
        !self.forked
            && !self.is_twin(entry)
            && !self.touches(index.gone_now())
            && !index.revokes_now(signers.chain([&entry.header.cert]))
    }

    /// Says whether one of some cities may have signed here.
    pub(crate) fn touches(&self, cities: &BTreeSet<CityId>) -> bool {
        let joined = |city: &CityId| {
            let invited = self.audience.invited.values();
            self.audience.joined.contains(city) || invited.into_iter().any(|to| to.city == *city)
        };
        !cities.is_empty() && (self.audience.everyone || cities.iter().any(joined))
    }

    /// Says whether the entry's device has signed another one in its place; entries of a device come in order.
    pub(crate) fn is_twin(&self, entry: &Entry) -> bool {
        self.tips
            .get(&entry.header.slot())
            .is_some_and(|tip| entry.header.seq <= tip.seq)
    }

    /// Says whether a device has signed here.
    pub fn has_signer(&self, cert: &CertHash) -> bool {
        self.tips.keys().any(|slot| slot.cert == *cert)
    }

    /// Says whether entries of a revoked device wait for a `Retain`.
    pub fn is_held(&self) -> bool {
        self.irregular
            .values()
            .any(|status| *status == Status::Held)
    }

    /// Judges an act that sees everything; its signer still has the root key in place of the city.
    ///
    /// # Errors
    /// Why it may not follow.
    pub fn authorize<K: Stored>(
        &self,
        signer: &Author,
        view: &View<'_>,
        act: &K::Act,
    ) -> Result<(), Code> {
        if view.is_revoked(&signer.city, &signer.cert) {
            return Err(Code::KeyRevoked);
        }
        if K::waits_for_held(act) && self.blocked {
            return Err(Code::Held);
        }
        let state = self.state_of::<K>().ok_or(Code::State)?;
        K::authorize(state, &author_in(*signer, view), view, act)
    }

    /// Adds an entry that sees everything, if that changes no earlier status.
    pub(crate) fn extend(&mut self, entry: &Entry, basis: &Basis<'_>) -> Extended {
        if !self.is_plain(entry, basis.index) {
            return Extended::No;
        }
        let extended = match DocumentKind::from_number(self.kind) {
            Some(DocumentKind::Case) => self.extend_as::<Case>(entry, basis),
            Some(DocumentKind::Parcel) => self.extend_as::<Parcel>(entry, basis),
            Some(DocumentKind::City) => self.extend_as::<City>(entry, basis),
            Some(DocumentKind::Consult) => self.extend_as::<Consult>(entry, basis),
            Some(DocumentKind::Bill) => self.extend_as::<Bill>(entry, basis),
            Some(DocumentKind::Round) => self.extend_as::<Round>(entry, basis),
            Some(DocumentKind::Meeting) => self.extend_as::<JointMeeting>(entry, basis),
            Some(DocumentKind::Agreement) | None => Extended::No,
        };
        if extended == Extended::Yes {
            self.heads = BTreeMap::from([(entry.id, entry.header.depth)]);
            self.entries += 1;
            self.note_tip(entry);
        }
        extended
    }

    /// The record, unless an entry in it is of somebody who may not write there at all. That is judged on the
    /// entry's ancestors, so every node turns it away, and no stranger can fill a document.
    pub(crate) fn with(self, entry: &Entry) -> Result<Self, Code> {
        match self.status(&entry.id) {
            Status::Denied(code) if is_stranger(code) => Err(code),
            _ => Ok(self),
        }
    }

    fn extend_as<K: Stored>(&mut self, entry: &Entry, basis: &Basis<'_>) -> Extended {
        let view = basis.view();
        let signer = author(entry);
        let author = author_in(signer, &view);
        let act = match read_act::<K::Act>(&entry.public, basis.view().rules_version()) {
            Ok(act) => act,
            Err(Unreadable::Newer) => {
                self.irregular.insert(entry.id, Status::Unknown);
                return Extended::Yes;
            }
            Err(Unreadable::Never) => {
                self.deny(entry, Code::Argument);
                return Extended::Yes;
            }
        };
        if K::retracts(&act).is_some() {
            return Extended::No;
        }
        let verdict = match self.state {
            Some(_) => self.authorize::<K>(&signer, &view, &act),
            None => Err(self.opening_refusal(&entry.document)),
        };
        match verdict {
            Err(code) if is_stranger(code) => return Extended::Refused(code),
            Err(code) => self.deny(entry, code),
            Ok(()) => {
                let placed = Placed {
                    id: entry.id,
                    author,
                    act: &act,
                };
                K::observe(&mut self.audience, &placed);
                if let Some(state) = self.state.as_mut().and_then(K::unpack_mut) {
                    K::apply(state, &placed, false);
                }
            }
        }
        Extended::Yes
    }

    /// Why the genesis was denied, which is why everything on it is.
    fn opening_refusal(&self, document: &DocumentId) -> Code {
        match self.irregular.get(&EntryId(document.0)) {
            Some(Status::Denied(code)) => *code,
            _ => Code::State,
        }
    }

    fn deny(&mut self, entry: &Entry, code: Code) {
        self.irregular.insert(entry.id, Status::Denied(code));
    }

    pub(crate) fn note_tip(&mut self, entry: &Entry) {
        let tip = Tip {
            seq: entry.header.seq,
            id: entry.id,
        };
        let known = self.tips.entry(entry.header.slot()).or_insert(tip);
        if known.seq < tip.seq {
            *known = tip;
        }
    }
}

/// How many certificates a view knows, if any.
fn certificates(view: &View<'_>) -> Option<u32> {
    let known = u32::try_from(view.standing().links.len()).unwrap_or(u32::MAX);
    (known > 0).then_some(known)
}

fn node<K: Stored>(entry: &Entry, parents: Vec<usize>, basis: &Basis<'_>) -> Node<K::Act> {
    Node {
        id: entry.id,
        depth: entry.header.depth,
        parents,
        author: author_in(author(entry), &basis.view()),
        root: entry.header.city,
        act: read_act::<K::Act>(&entry.public, basis.view().rules_version()),
        view: basis.bits.clone(),
        place: (entry.header.slot(), entry.header.seq),
    }
}

/// Folds a whole document: entries in causal order, each with its basis.
pub fn fold_whole(entries: &[(Entry, Arc<Bitmap>)], index: &Index) -> Option<Record> {
    let kind = DocumentKind::from_number(entries.first()?.0.header.kind)?;
    match kind {
        DocumentKind::Agreement => None,
        DocumentKind::Case => fold_as::<Case>(entries, index),
        DocumentKind::Parcel => fold_as::<Parcel>(entries, index),
        DocumentKind::City => fold_as::<City>(entries, index),
        DocumentKind::Consult => fold_as::<Consult>(entries, index),
        DocumentKind::Bill => fold_as::<Bill>(entries, index),
        DocumentKind::Round => fold_as::<Round>(entries, index),
        DocumentKind::Meeting => fold_as::<JointMeeting>(entries, index),
    }
}

fn fold_as<K: Stored>(entries: &[(Entry, Arc<Bitmap>)], index: &Index) -> Option<Record> {
    let positions: BTreeMap<EntryId, usize> = entries
        .iter()
        .enumerate()
        .map(|(at, (entry, _))| (entry.id, at))
        .collect();
    let mut nodes = Vec::with_capacity(entries.len());
    for (entry, bits) in entries {
        let parents: Option<Vec<usize>> = entry
            .parents()
            .map(|id| positions.get(&id).copied())
            .collect();
        let basis = Basis {
            index,
            bits: bits.clone(),
        };
        nodes.push(node::<K>(entry, parents?, &basis));
    }
    let folded = Fold::<K>::new(&nodes, index).finish();
    let (first, bits) = entries.first()?;
    let mut record = Record {
        kind: first.header.kind,
        agreement: first.agreement,
        heads: BTreeMap::new(),
        entries: entries.len() as u64,
        tips: BTreeMap::new(),
        irregular: BTreeMap::new(),
        audience: folded.audience,
        state: folded.state.map(K::pack),
        forked: !Forks::find(nodes.iter().map(|node| node.place)).is_empty(),
        blocked: folded.blocked,
        certificates: certificates(&View::new(index, bits)),
    };
    for ((entry, _), status) in entries.iter().zip(folded.statuses) {
        for parent in entry.parents() {
            record.heads.remove(&parent);
        }
        record.heads.insert(entry.id, entry.header.depth);
        record.note_tip(entry);
        if status != Status::Applied {
            record.irregular.insert(entry.id, status);
        }
    }
    Some(record)
}

/// The name of an entry's act, for histories.
pub fn act_name(entry: &Entry) -> &'static str {
    fn name<K: Stored>(entry: &Entry) -> &'static str {
        read_act::<K::Act>(&entry.public, RULES_VERSION)
            .map_or("unreadable", |act| K::act_name(&act))
    }
    match DocumentKind::from_number(entry.header.kind) {
        Some(DocumentKind::Case) => name::<Case>(entry),
        Some(DocumentKind::Parcel) => name::<Parcel>(entry),
        Some(DocumentKind::City) => name::<City>(entry),
        Some(DocumentKind::Consult) => name::<Consult>(entry),
        Some(DocumentKind::Bill) => name::<Bill>(entry),
        Some(DocumentKind::Round) => name::<Round>(entry),
        Some(DocumentKind::Meeting) => name::<JointMeeting>(entry),
        Some(DocumentKind::Agreement) => {
            read_act::<tongban_ledger::agreement::Act>(&entry.public, RULES_VERSION)
                .map_or("unreadable", |act| act.name())
        }
        None => "unreadable",
    }
}
