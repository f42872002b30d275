//! What hostile cities sign.

use tongban_identity::{CityId, Hash32};
use tongban_ledger::case::{
    Accept, Act, Answer, Decide, FirstLook, NotAccept, Officer, Outcome, Push,
};
use tongban_ledger::{DocumentId, DocumentKind, EntryId, agreement};
use tongban_sync::document::{read_act, write_act};
use tongban_sync::engine::inspect;
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::frame::{Frame, Want};

use super::Kind;
use super::desk::Desk;
use super::poison::poisoned;
use crate::world::SimError;

/// The rules version of every agreement in a run.
pub(super) const RULES: u16 = agreement::RULES_VERSION;
/// More entries than may wait for one sender.
const FLOOD: u64 = 4_300;

/// Does one hostile thing; says whether there was anything to do it with.
pub(super) fn act(desk: &mut Desk<'_>, kind: Kind) -> Result<bool, SimError> {
    match kind {
        Kind::Equivocate => equivocate(desk),
        Kind::Poison => poison(desk),
        Kind::Flood => flood(desk),
        Kind::DoubleBill => super::billing::double_bill(desk),
        Kind::Usurp => usurp(desk),
        Kind::Backdate => backdate(desk),
        Kind::Spam => spam(desk),
        Kind::Forge => forge(desk),
        Kind::Snoop => snoop(desk),
        Kind::Malform => malform(desk),
        Kind::ForkVotes => super::votes::fork(desk),
        Kind::Withhold | Kind::Replay | Kind::FalseFeed => Ok(false),
    }
}

fn officer() -> Officer {
    Officer("X66".into())
}

fn kind_drawn(desk: &mut Desk<'_>) -> DocumentKind {
    match desk.chance.between(0, 7) {
        0 => DocumentKind::Agreement,
        1 => DocumentKind::Parcel,
        2 => DocumentKind::Consult,
        3 => DocumentKind::Meeting,
        _ => DocumentKind::Case,
    }
}

/// A twin of an entry that its engine signed, and of its own file changes above all: shown to some.
fn equivocate(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    if desk.chance.between(0, 1) == 0 {
        return fresh_twins(desk);
    }
    let kind = kind_drawn(desk);
    let Some((document, entries)) = desk.some(kind)? else {
        return Ok(false);
    };
    let city = desk.city();
    let own: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.header.city == city && !entry.header.is_genesis())
        .collect();
    let Some(entry) = desk.chance.pick(&own).copied() else {
        return Ok(false);
    };
    let header = Header {
        time: entry.header.time.saturating_add(1),
        ..entry.header.clone()
    };
    let edits = matches!(read_act::<Act>(&entry.public, RULES), Ok(Act::Edit));
    let (public, sealed) = if kind == DocumentKind::Case && edits {
        let change = desk.change(&header, &document);
        let sealed = match change {
            Some(change) => desk.seal(&header, &document, change)?,
            None => None,
        };
        (entry.public.clone(), sealed.unwrap_or_default())
    } else if kind == DocumentKind::Case && desk.chance.between(0, 1) == 0 {
        (usurping(desk, &document, &entries), Vec::new())
    } else {
        (entry.public.clone(), entry.sealed.clone())
    };
    let twin = desk.sign(header, public, sealed);
    let parties = desk.linked_parties(&document)?;
    let Some(to) = desk.chance.pick(&parties).copied() else {
        return Ok(false);
    };
    desk.give(to, &[twin])
}

/// Two new entries of the agreement under one number: one for some members, the other for the others.
fn fresh_twins(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Agreement)? else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let suspend = |item: &str| write_act(&agreement::Act::Suspend(item.to_owned()));
    let twins = [
        desk.sign(header.clone(), suspend("I-02"), Vec::new()),
        desk.sign(header, suspend("I-07"), Vec::new()),
    ];
    let mut given = false;
    for (nth, to) in desk.linked().into_iter().enumerate() {
        given |= desk.give(to, std::slice::from_ref(&twins[nth % 2]))?;
    }
    Ok(given)
}

/// An edit whose change is built to hurt.
fn poison(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let Some(honest) = desk.change(&header, &document) else {
        return Ok(false);
    };
    let change = poisoned(&honest, desk.chance);
    let Some(sealed) = desk.seal(&header, &document, change)? else {
        return Ok(false);
    };
    let entry = desk.sign(header, write_act(&Act::Edit), sealed);
    desk.give_all(&entry)
}

/// Entries by the thousand that rest on nothing.
fn flood(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let public = write_act(&Act::Close);
    let mut orphans = Vec::new();
    for nth in 0..FLOOD {
        let header = Header {
            parents: vec![desk.nobody()],
            time: header.time.saturating_add_unsigned(nth),
            ..header.clone()
        };
        orphans.push(desk.sign(header, public.clone(), Vec::new()));
    }
    let linked = desk.linked();
    match desk.chance.pick(&linked).copied() {
        Some(to) => desk.give(to, &orphans),
        None => Ok(false),
    }
}

/// An act that the city's standing does not allow, or a second push of one baton to a third city.
fn usurp(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, entries)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    match desk.chance.between(0, 3) {
        0 => return push_twice(desk, &document, entries),
        1 => return two_desks(desk, &document),
        _ => {}
    }
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let public = usurping(desk, &document, &entries);
    let entry = desk.sign(header, public, Vec::new());
    desk.give_all(&entry)
}

/// Two desks that do not see each other turn one case away for different reasons.
fn two_desks(desk: &mut Desk<'_>, document: &DocumentId) -> Result<bool, SimError> {
    let mut given = false;
    let mut desks = Vec::new();
    for basis in ["-", "+"] {
        let Some(header) = desk.header(document)? else {
            return Ok(false);
        };
        let refusal = NotAccept {
            basis: basis.into(),
            officer: officer(),
        };
        let public = write_act(&Act::NotAccept(refusal));
        desks.push(desk.sign(header, public, Vec::new()));
    }
    for to in desk.linked_parties(document)? {
        given |= desk.give(to, &desks)?;
    }
    Ok(given)
}

/// The public part of something that the city may not do.
fn usurping(desk: &mut Desk<'_>, document: &DocumentId, entries: &[Entry]) -> Vec<u8> {
    let acts: Vec<(EntryId, CityId, Act)> = entries
        .iter()
        .filter_map(|entry| {
            let act = read_act::<Act>(&entry.public, RULES).ok()?;
            Some((entry.id, entry.header.city, act))
        })
        .collect();
    let pushes: Vec<(EntryId, Push)> = acts
        .iter()
        .filter_map(|(id, _, act)| match act {
            Act::Push(push) => Some((*id, push.clone())),
            _ => None,
        })
        .collect();
    let (own, genesis) = (desk.city(), EntryId(document.0));
    let of_others = acts
        .iter()
        .filter(|(id, by, _)| *by != own && *id != genesis);
    let of_others: Vec<EntryId> = of_others.map(|(id, _, _)| *id).collect();
    let foreign = desk.chance.pick(&of_others).copied().unwrap_or(genesis);
    let some = desk.chance.pick(&acts).map(|(id, _, _)| *id);
    let some = some.unwrap_or(genesis);
    let push = desk.chance.pick(&pushes).cloned();
    let answer = |push: &(EntryId, Push)| Answer {
        push: push.0,
        baton: push.1.baton,
    };
    let act = match (desk.chance.between(0, 10), &push) {
        (0 | 1, Some(push)) => Act::Ack(answer(push)),
        (2, Some(push)) => Act::Recall(answer(push)),
        (3, _) => Act::Retract(some),
        (9 | 10, _) => Act::Retract(foreign),
        (4, _) => Act::Decide(Decide {
            outcome: Outcome::Refused,
            officer: officer(),
        }),
        (5, _) => Act::NotAccept(NotAccept {
            basis: "-".into(),
            officer: officer(),
        }),
        (6, _) => Act::Yield(some),
        (7, _) => Act::FirstLook(FirstLook {
            ack: some,
            officer: officer(),
        }),
        _ => Act::Accept(Accept {
            on: tongban_ledger::calendar::Day::from_unix_beijing(0),
            officer: officer(),
        }),
    };
    write_act(&act)
}

/// Offers the baton of a push that is out to another city as well, with all that it needs to take it.
fn push_twice(
    desk: &mut Desk<'_>,
    document: &DocumentId,
    entries: Vec<Entry>,
) -> Result<bool, SimError> {
    let city = desk.city();
    let push = entries
        .iter()
        .find_map(|entry| match read_act::<Act>(&entry.public, RULES) {
            Ok(Act::Push(push)) if entry.header.city == city => Some((entry.clone(), push)),
            _ => None,
        });
    let Some((first, push)) = push else {
        return Ok(false);
    };
    let others: Vec<usize> = desk
        .linked()
        .into_iter()
        .filter(|to| desk.city_of(*to) != push.to)
        .collect();
    let Some(to) = desk.chance.pick(&others).copied() else {
        return Ok(false);
    };
    let mut boot = [0; 16];
    boot.copy_from_slice(&desk.chance.bytes()[..16]);
    let header = Header {
        boot: BootNonce(boot),
        seq: 0,
        prev: None,
        parents: first
            .parents()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        ..first.header.clone()
    };
    let second = Push {
        to: desk.city_of(to),
        ..push
    };
    let entry = desk.sign(header, write_act(&Act::Push(second)), Vec::new());
    // What the first push rests on, and nothing that came after it.
    let mut history: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| entry.header.depth < first.header.depth)
        .collect();
    history.push(entry);
    debug_assert!(history.iter().all(|entry| entry.document == *document));
    desk.give(to, &history)
}

/// A sound act at a time that makes no sense.
fn backdate(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let times = [
        i64::MIN,
        i64::MAX,
        0,
        -1,
        -11_676_096_000,
        9_999_999_999_999,
    ];
    let header = Header {
        time: desk.chance.pick(&times).copied().unwrap_or_default(),
        ..header
    };
    let entry = desk.sign(header, write_act(&Act::Edit), Vec::new());
    desk.give_all(&entry)
}

/// Cases that nobody asked for and that open with nothing.
fn spam(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((_, entries)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    let own = entries[0].header.city == desk.city();
    let mut cases = Vec::new();
    for _ in 0..30 {
        let nonce = desk.chance.bytes()[..16].to_vec();
        let header = Header {
            nonce,
            ..entries[0].header.clone()
        };
        let public = match own {
            true => entries[0].public.clone(),
            false => write_act(&Act::Close),
        };
        let header = Header {
            city: desk.city(),
            cert: desk.certificate().0,
            ..header
        };
        cases.push(desk.sign(header, public, Vec::new()));
    }
    let linked = desk.linked();
    match desk.chance.pick(&linked).copied() {
        Some(to) => desk.give(to, &cases),
        None => Ok(false),
    }
}

/// Entries in the name of another city: under its certificate, or under one's own.
fn forge(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let kind = kind_drawn(desk);
    let Some((document, entries)) = desk.some(kind)? else {
        return Ok(false);
    };
    let city = desk.city();
    let others: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.header.city != city)
        .collect();
    let Some(other) = desk.chance.pick(&others).copied() else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let cert = match desk.chance.between(0, 1) {
        0 => other.header.cert,
        _ => header.cert,
    };
    let header = Header {
        city: other.header.city,
        cert,
        ..header
    };
    let entry = desk.sign(header, other.public.clone(), Vec::new());
    desk.give_all(&entry)
}

/// Asks every linked city for documents and keys that it never was to see.
fn snoop(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let mut want = Want::default();
    for other in 0..desk.world.cities() {
        let disk = desk.world.disk(other);
        for kind in [
            DocumentKind::Case,
            DocumentKind::Parcel,
            DocumentKind::Consult,
            DocumentKind::Bill,
        ] {
            let foreign = desk.read(inspect::documents(disk, kind))?;
            want.entries
                .extend(foreign.iter().map(|document| EntryId(document.0)));
        }
        want.keys.extend(desk.read(inspect::content_keys(disk))?);
    }
    want.entries.truncate(200);
    want.keys.truncate(200);
    let frame = Frame::Want(want).to_vec();
    let links = desk.world.links(desk.at);
    for (link, _) in &links {
        desk.world.inject(*link, frame.clone());
    }
    Ok(!links.is_empty())
}

/// Entries that hold by themselves and do not fit where they say they belong.
fn malform(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, entries)) = desk.some(DocumentKind::Case)? else {
        return Ok(false);
    };
    let Some(header) = desk.header(&document)? else {
        return Ok(false);
    };
    let edit = write_act(&Act::Edit);
    let first = desk.sign(header.clone(), edit.clone(), Vec::new());
    let next = Header {
        seq: 1,
        prev: Some(first.id),
        parents: vec![first.id],
        depth: first.header.depth + 1,
        ..header.clone()
    };
    let odd = match desk.chance.between(0, 3) {
        // A number is left out.
        0 => Header { seq: 7, ..next },
        1 => Header {
            depth: next.depth + 9,
            ..next
        },
        // The previous entry is another device's.
        2 => Header {
            prev: Some(entries[0].id),
            ..next
        },
        _ => Header {
            view: tongban_ledger::ViewId(Hash32(desk.chance.bytes())),
            ..next
        },
    };
    let odd = desk.sign(odd, edit, Vec::new());
    let mut given = false;
    for to in desk.linked_parties(&document)? {
        given |= desk.give(to, &[first.clone(), odd.clone()])?;
    }
    Ok(given)
}
