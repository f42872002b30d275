//! I7: a case, parcel, consult or bill is nothing to a city that is no party to it, on the wire, in the log and on disk.
//!
//! Who is party is kept here from the acts themselves, in a few maps: who opened, who was pushed to, who
//! declined. Ids are looked for in the raw bytes, so it does not matter in which field one hides.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, ContentKeyId};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::{DocumentId, DocumentKind, EntryId, bill, case, consult, parcel};
use tongban_sync::Notice;
use tongban_sync::document::read_act;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{Entry, Slot};
use tongban_sync::frame::{Frame, Give, Item, Want};

use super::Cast;
use super::bytes::{Patterns, contains};
use crate::swarm::Violation;
use crate::swarm::workload::CANARY;
use crate::world::{Disk, Sent};

/// The kinds that travel to their parties alone.
const PRIVATE: [DocumentKind; 4] = [
    DocumentKind::Case,
    DocumentKind::Parcel,
    DocumentKind::Consult,
    DocumentKind::Bill,
];

/// A push, a Decline, a step or a question, as far as it matters to who is party.
#[derive(Clone, Debug)]
enum Step {
    Pushed {
        to: CityId,
        baton: EntryId,
        after: Vec<EntryId>,
    },
    Declined {
        by: CityId,
        baton: EntryId,
    },
    /// Given a step of joint handling, or asked something.
    Invited {
        to: CityId,
    },
}

/// Who is party to a document.
#[derive(Clone, Debug, Default)]
struct Parties {
    /// For good: who opened it, and who took it over.
    joined: BTreeSet<CityId>,
    /// Pushes, Declines and invitations by entry.
    steps: BTreeMap<EntryId, Step>,
    /// What each city has stored of it.
    stored: BTreeMap<usize, BTreeSet<EntryId>>,
    /// Content keys, and the entries that are sealed under each.
    keys: BTreeMap<ContentKeyId, EntryId>,
    /// Entries by the place that their author signed them in: of two in one place none need count.
    places: BTreeMap<EntryPlace, BTreeSet<EntryId>>,
}

/// The slot and number of an entry.
type EntryPlace = (Slot, u64);

impl Parties {
    /// Every city that ever was to have it.
    fn ever(&self) -> BTreeSet<CityId> {
        let mut ever = self.joined.clone();
        ever.extend(self.steps.values().filter_map(|step| match step {
            Step::Pushed { to, .. } | Step::Invited { to } => Some(*to),
            Step::Declined { .. } => None,
        }));
        ever
    }

    /// Whether an entry shares its place with another one that is stored as well.
    fn has_twin(&self, stored: &BTreeSet<EntryId>, id: &EntryId) -> bool {
        let mut places = self.places.values().filter(|ids| ids.contains(id));
        places.any(|ids| ids.intersection(stored).count() > 1)
    }

    /// Whether a city is party by what another one has stored. A Decline of a city that says something else in the same
    /// place need not count.
    fn now(&self, at: usize, city: &CityId) -> bool {
        let nothing = BTreeSet::new();
        let stored = self.stored.get(&at).unwrap_or(&nothing);
        let known = || self.steps.iter().filter(|(id, _)| stored.contains(id));
        self.joined.contains(city)
            || known().any(|(_, step)| match step {
                Step::Pushed { to, baton, after } if to == city => !known().any(|(id, step)| {
                    matches!(step, Step::Declined { by, baton: of }
                        if by == city && of == baton && !after.contains(id))
                        && !self.has_twin(stored, id)
                }),
                Step::Invited { to } => to == city,
                _ => false,
            })
    }
}

/// What must not be seen by whom.
#[derive(Debug, Default)]
pub(super) struct Privacy {
    patterns: Patterns,
    parties: BTreeMap<DocumentId, Parties>,
    documents: BTreeMap<EntryId, DocumentId>,
    /// Which city has named, given or signed which entry: hearing of it tells that city nothing. What an honest city
    /// names it may know, as frames of honest cities are checked, or has from a hostile one.
    knows: BTreeSet<(usize, EntryId)>,
}

impl Privacy {
    /// Notes an entry of a city that was stored.
    pub fn note(&mut self, at: usize, by: CityId, entry: &Entry) {
        let parties = match entry.header.kind {
            kind if PRIVATE.iter().any(|private| kind == *private as u8) => {
                self.parties.entry(entry.document).or_default()
            }
            _ => return,
        };
        parties.stored.entry(at).or_default().insert(entry.id);
        if self.documents.insert(entry.id, entry.document).is_some() {
            return;
        }
        self.patterns.add(entry.id);
        let place = (entry.header.slot(), entry.header.seq);
        parties.places.entry(place).or_default().insert(entry.id);
        if entry.header.is_genesis() {
            parties.joined.insert(by);
        }
        if let Some(key) = inspect::sealed_under(entry) {
            parties.keys.entry(key).or_insert(entry.id);
        }
        if entry.header.kind == DocumentKind::Parcel as u8 {
            if let Ok(parcel::Act::Post(post) | parcel::Act::Prepare(post)) =
                read_act(&entry.public, RULES_VERSION)
            {
                parties
                    .joined
                    .extend(post.to.city().into_iter().chain(post.approver));
            }
            return;
        }
        if entry.header.kind == DocumentKind::Bill as u8 {
            if let Ok(bill::Act::Open(open)) = read_act(&entry.public, RULES_VERSION) {
                parties.joined.insert(open.with);
            }
            return;
        }
        if entry.header.kind == DocumentKind::Consult as u8 {
            if let Ok(consult::Act::Ask(ask)) = read_act(&entry.public, RULES_VERSION) {
                parties.joined.insert(ask.to);
            }
            return;
        }
        let step = match read_act(&entry.public, RULES_VERSION) {
            Ok(case::Act::Push(push)) => Step::Pushed {
                to: push.to,
                baton: push.baton,
                after: push.after,
            },
            Ok(case::Act::Decline(decline)) => Step::Declined {
                by,
                baton: decline.baton,
            },
            Ok(case::Act::SubOpen(open)) => Step::Invited { to: open.to },
            Ok(case::Act::ConfirmAsk(ask)) => Step::Invited { to: ask.to },
            Ok(case::Act::Ack(_)) => {
                parties.joined.insert(by);
                return;
            }
            _ => return,
        };
        parties.steps.insert(entry.id, step);
    }

    /// Checks an entry of an honest city that was just stored there: after a city declined, nothing more is
    /// sealed under a key that it has.
    pub fn sealed(&self, cast: &Cast, at: usize, entry: &Entry) -> Result<(), Violation> {
        let own = cast.place(&entry.header.city) == Some(at);
        let (Some(parties), Some(key), true) = (
            self.parties.get(&entry.document),
            inspect::sealed_under(entry),
            own,
        ) else {
            return Ok(());
        };
        let gone = parties.ever().into_iter().find(|city| {
            !parties.now(at, city)
                && parties.keys.get(&key).is_some_and(|first| {
                    *first != entry.id
                        && cast
                            .place(city)
                            .and_then(|place| parties.stored.get(&place))
                            .is_some_and(|ids| ids.contains(first))
                })
        });
        match gone.and_then(|city| cast.place(&city)) {
            Some(place) => {
                let what = format!(
                    "{} seals {} under a key that {} was given before it left",
                    cast.name(at),
                    entry.id,
                    cast.name(place)
                );
                Err(Violation::new("I7 privacy", what))
            }
            None => Ok(()),
        }
    }

    /// Notes what a frame names or gives, of whatever city.
    pub fn spoken(&mut self, from: usize, bytes: &[u8], frame: Option<&Frame>) {
        let given = frame.into_iter().flat_map(carried);
        let ids = self.patterns.found_in(bytes).chain(given);
        self.knows.extend(ids.map(|id| (from, id)));
    }

    /// Notes that a city signed an entry.
    pub fn signed(&mut self, by: usize, id: EntryId) {
        self.knows.insert((by, id));
    }

    /// Checks a frame of an honest city.
    pub fn sent(
        &self,
        cast: &Cast,
        sent: Sent,
        bytes: &[u8],
        frame: Option<&Frame>,
    ) -> Result<(), Violation> {
        let (from, to) = (cast.name(sent.from), cast.name(sent.to));
        if contains(bytes, CANARY.as_bytes()) {
            return Err(Violation::new("I7 privacy", format!("{from} sends a name")));
        }
        let Some(city) = cast.ids.get(sent.to) else {
            return Ok(());
        };
        // What is named as absent was named by who asked: it learns nothing from it.
        let spoken = match frame {
            Some(Frame::Give(give)) if !give.absent.is_empty() => {
                let absent = Want::default();
                Frame::Give(Give {
                    absent,
                    ..give.clone()
                })
                .to_vec()
            }
            _ => bytes.to_vec(),
        };
        for id in self.patterns.found_in(&spoken) {
            let Some((document, parties)) = self.of(&id) else {
                continue;
            };
            if !parties.ever().contains(city) && !self.knows.contains(&(sent.to, id)) {
                let frame = frame.map_or("bytes", called);
                let what = format!("{from} names {id} of {document} to {to} in its {frame}");
                return Err(Violation::new("I7 privacy", what));
            }
        }
        for id in frame.into_iter().flat_map(carried) {
            if let Some((document, parties)) = self.of(&id)
                && !parties.now(sent.from, city)
            {
                let what = format!("{from} gives {id} of {document} to {to}, which has left");
                return Err(Violation::new("I7 privacy", what));
            }
        }
        Ok(())
    }

    /// Checks what a city tells its operator.
    pub fn noticed(&self, cast: &Cast, at: usize, notice: &Notice) -> Result<(), Violation> {
        let text = format!("{notice:?}");
        if contains(text.as_bytes(), CANARY.as_bytes()) {
            let what = format!("{} logs a name", cast.name(at));
            return Err(Violation::new("I7 privacy", what));
        }
        if !text.contains("document") {
            return Ok(());
        }
        for (document, parties) in &self.parties {
            let foreign = cast
                .ids
                .get(at)
                .is_some_and(|city| !parties.ever().contains(city));
            if foreign && text.contains(&document.to_string()) {
                let what = format!("{} logs {document}", cast.name(at));
                return Err(Violation::new("I7 privacy", what));
            }
        }
        Ok(())
    }

    /// Checks a disk at rest. What a hostile party gave away is not on the honest cities' account.
    pub fn at_rest(&self, cast: &Cast, at: usize, disk: &Disk) -> Result<(), Violation> {
        let Some(city) = cast.ids.get(at) else {
            return Ok(());
        };
        for (family, key, value) in disk.records() {
            let named = contains(value, CANARY.as_bytes()) || contains(key, CANARY.as_bytes());
            if named {
                let what = format!("{} has a name in {}", cast.name(at), family.name());
                return Err(Violation::new("I7 privacy", what));
            }
            let ids = self
                .patterns
                .found_in(key)
                .chain(self.patterns.found_in(value));
            for id in ids {
                let Some((document, parties)) = self.of(&id) else {
                    continue;
                };
                let ever = parties.ever();
                let trusted = ever.iter().all(|city| cast.honest(city));
                if trusted && !ever.contains(city) {
                    let what = format!(
                        "{} has {id} of {document} in {}",
                        cast.name(at),
                        family.name()
                    );
                    return Err(Violation::new("I7 privacy", what));
                }
            }
        }
        Ok(())
    }

    fn of(&self, id: &EntryId) -> Option<(DocumentId, &Parties)> {
        let document = self.documents.get(id)?;
        Some((*document, self.parties.get(document)?))
    }
}

/// What a frame is called.
fn called(frame: &Frame) -> &'static str {
    match frame {
        Frame::Hello(_) => "greeting",
        Frame::Feed(_) => "feed",
        Frame::Cursor(_) => "cursor",
        Frame::Want(_) => "question",
        Frame::Give(_) => "answer",
        Frame::Audit(_) | Frame::Audited(_) | Frame::AuditEnd(_) => "comparison",
        Frame::Elsewhere(_) => "word of a copy",
    }
}

/// The entries and wraps' documents that a frame hands over, as opposed to asks for.
fn carried(frame: &Frame) -> Vec<EntryId> {
    let whole = |bytes: &[u8]| Entry::from_wire(bytes).ok().map(|entry| entry.id);
    let (entries, support): (Vec<EntryId>, _) = match frame {
        Frame::Feed(feed) => {
            let items = feed.items.iter().filter_map(|item| match item {
                Item::Entry(bytes) => whole(&bytes.0),
                Item::Announce(id) => Some(*id),
                Item::Withdrawn(_) => None,
            });
            (items.collect(), &feed.support)
        }
        Frame::Give(give) => {
            let entries = give.entries.iter().filter_map(|bytes| whole(&bytes.0));
            (entries.collect(), &give.support)
        }
        Frame::Hello(_)
        | Frame::Cursor(_)
        | Frame::Want(_)
        | Frame::Audit(_)
        | Frame::Audited(_)
        | Frame::AuditEnd(_)
        | Frame::Elsewhere(_) => return Vec::new(),
    };
    let wraps = support.wraps.iter().map(|wrap| EntryId(wrap.document.0));
    entries.into_iter().chain(wraps).collect()
}
