//! B8: bills one tracking number twice: in two parcels, in two lines of one, in two bills of a month, in the bills of
//! two months. What it has no parcel for it posts first, so that it always has something to do it with.

use tongban_identity::CityId;
use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::number::TrackingNo;
use tongban_ledger::parcel::{self, CostKind, CostLine, Leg, PayMethod, Post, Recipient};
use tongban_ledger::{DocumentId, DocumentKind, bill, round};
use tongban_sync::document::{read_act, write_act};
use tongban_sync::entry::{BootNonce, Entry, Header};

use super::acts::RULES;
use super::desk::Desk;
use crate::swarm::s10;
use crate::world::SimError;

/// The first of the tracking numbers that it makes up: no clerk gets so far.
const OWN_NUMBERS: u64 = 50_000_000;
/// The most lines that it bills at once.
const LINES: usize = 16;

/// Ways to bill something twice.
const WAYS: u64 = 5;

/// Does one of these things; says whether there was anybody to do it to.
pub(super) fn double_bill(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let first = desk.chance.between(0, WAYS - 1);
    for nth in 0..WAYS {
        let done = match (first + nth) % WAYS {
            0 => two_parcels(desk)?,
            1 => two_lines(desk)?,
            2 => two_bills(desk)?,
            3 => two_months(desk)?,
            _ => false_money(desk)?,
        };
        if done {
            return Ok(true);
        }
    }
    two_new_parcels(desk)
}

/// A parcel of this city's, with a city at the other end that has a link.
struct Known {
    document: DocumentId,
    entries: Vec<Entry>,
    post: Post,
    /// The place of the other city.
    to: usize,
}

/// The parcels of which a linked city knows, from a random one on.
fn parcels(desk: &mut Desk<'_>) -> Result<Vec<Known>, SimError> {
    let mut known = Vec::new();
    for document in desk.documents(DocumentKind::Parcel)? {
        let entries = desk.entries(&document)?;
        let post = entries
            .first()
            .and_then(|genesis| match read_act(&genesis.public, RULES) {
                Ok(parcel::Act::Post(post) | parcel::Act::Prepare(post)) => Some(post),
                _ => None,
            });
        let to = desk.linked_parties(&document)?.first().copied();
        if let (Some(post), Some(to)) = (post, to) {
            known.push(Known {
                document,
                entries,
                post,
                to,
            });
        }
    }
    if !known.is_empty() {
        let first = desk.chance.index(known.len());
        known.rotate_left(first);
    }
    Ok(known)
}

fn line(desk: &mut Desk<'_>, kind: CostKind) -> CostLine {
    CostLine {
        kind,
        amount: amount(1_000 + i64::try_from(desk.chance.between(0, 999)).unwrap_or(0)),
        payer: desk.city(),
        rule: 1,
        bill: None,
        receipt: None,
        instead: None,
    }
}

/// A second parcel under the number of one that there is, with the same line.
fn two_parcels(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some(known) = parcels(desk)?.into_iter().next() else {
        return Ok(false);
    };
    let own = known.entries[0].header.city == desk.city();
    let post = match own {
        true => known.post,
        false => Post {
            to: Recipient::City(desk.city_of(known.to)),
            leg: Leg::Return,
            approver: None,
            account: None,
            cases: Vec::new(),
            contents: Vec::new(),
            ..known.post
        },
    };
    let costs = known
        .entries
        .iter()
        .find_map(|entry| match read_act(&entry.public, RULES) {
            Ok(parcel::Act::Cost(cost)) => Some(cost),
            _ => None,
        });
    let billed = line(desk, CostKind::Postage);
    let billed = costs.map_or(billed.clone(), |cost| CostLine {
        instead: None,
        ..cost
    });
    post_anew(desk, &post, &billed, known.to)
}

/// Posts something and records what it cost.
fn post_anew(
    desk: &mut Desk<'_>,
    post: &Post,
    billed: &CostLine,
    to: usize,
) -> Result<bool, SimError> {
    let public = write_act(&parcel::Act::Post(post.clone()));
    let Some(opened) = desk.open(DocumentKind::Parcel, public)? else {
        return Ok(false);
    };
    let cost = write_act(&parcel::Act::Cost(billed.clone()));
    let cost = follow(desk, &opened, cost);
    desk.give(to, &[opened, cost])
}

/// The entry after another of this city's, in its document.
fn follow(desk: &Desk<'_>, before: &Entry, public: Vec<u8>) -> Entry {
    let header = Header {
        document: before.document,
        seq: before.header.seq + 1,
        prev: Some(before.id),
        parents: vec![before.id],
        depth: before.header.depth + 1,
        nonce: Vec::new(),
        ..before.header.clone()
    };
    desk.sign(header, public, Vec::new())
}

/// A second line for what a parcel cost.
fn two_lines(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some(known) = parcels(desk)?.into_iter().next() else {
        return Ok(false);
    };
    let Some(header) = desk.header(&known.document)? else {
        return Ok(false);
    };
    let cost = write_act(&parcel::Act::Cost(line(desk, CostKind::Postage)));
    let entry = desk.sign(header, cost, Vec::new());
    desk.give_all(&entry)
}

/// Two parcels at once under one number that it made up.
fn two_new_parcels(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let linked = desk.linked();
    let Some(to) = desk.chance.pick(&linked).copied() else {
        return Ok(false);
    };
    let number = OWN_NUMBERS + desk.chance.between(0, 999_999);
    let Ok(tracking) = s10(u32::try_from(number).unwrap_or(0)).parse::<TrackingNo>() else {
        return Ok(false);
    };
    let post = Post {
        to: Recipient::City(desk.city_of(to)),
        leg: Leg::Return,
        carrier: "EMS".into(),
        tracking,
        cases: Vec::new(),
        pieces: 1,
        posted: desk.today(),
        pay: PayMethod::Prepaid,
        weight_g: 100,
        approver: None,
        account: None,
        window: None,
        contents: Vec::new(),
    };
    let billed = line(desk, CostKind::Postage);
    let first = post_anew(desk, &post, &billed, to)?;
    Ok(first && post_anew(desk, &post, &billed, to)?)
}

/// Lines between this city and one that has a link, whether it signed them or not, with that city's place.
fn lines(desk: &mut Desk<'_>) -> Result<Option<(usize, Vec<bill::Line>)>, SimError> {
    let known = parcels(desk)?;
    let Some(to) = known.first().map(|one| one.to) else {
        return Ok(None);
    };
    let mut lines = Vec::new();
    for one in known.iter().filter(|one| one.to == to) {
        for entry in &one.entries {
            if let Ok(parcel::Act::Cost(cost)) = read_act(&entry.public, RULES) {
                lines.push(bill::Line {
                    line: entry.id,
                    parcel: one.document,
                    tracking: one.post.tracking.clone(),
                    kind: cost.kind,
                    posted: one.post.posted,
                    amount: cost.amount,
                    payer: cost.payer,
                });
            }
        }
    }
    lines.sort_by_key(|line| line.line);
    lines.truncate(LINES);
    Ok((!lines.is_empty()).then_some((to, lines)))
}

/// Opens a bill of a month with another city, draws lines up and signs them.
fn bill_anew(
    desk: &mut Desk<'_>,
    to: usize,
    month: Month,
    lines: &[bill::Line],
) -> Result<bool, SimError> {
    let with = desk.city_of(to);
    let lines: Vec<bill::Line> = lines
        .iter()
        .filter(|line| line.posted <= month.last_day())
        .cloned()
        .collect();
    let open = write_act(&bill::Act::Open(bill::Open { with, month }));
    let Some(mut opened) = desk.open(DocumentKind::Bill, open)? else {
        return Ok(false);
    };
    // It says that the month is over, whatever its clock says.
    let over = month.last_day().plus_days(2);
    if desk.today() <= month.last_day()
        && let Some(over) = over
    {
        let header = Header {
            time: i64::from(over.epoch_days()) * 86_400,
            ..opened.header.clone()
        };
        let public = opened.public.clone();
        opened = desk.sign(header, public, Vec::new());
    }
    let hash = bill::hash((desk.city(), with), month, &lines);
    let draft = bill::Act::Draft(bill::Draft { number: 1, lines });
    let draft = follow(desk, &opened, write_act(&draft));
    let sign = bill::Act::Sign(bill::Sign {
        drafts: vec![draft.id],
        hash,
    });
    let sign = follow(desk, &draft, write_act(&sign));
    desk.give(to, &[opened, draft, sign])
}

/// Two bills of one month with the same lines.
fn two_bills(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((to, lines)) = lines(desk)? else {
        return Ok(false);
    };
    let Some(month) = Month::of(desk.today()).previous() else {
        return Ok(false);
    };
    let first = bill_anew(desk, to, month, &lines)?;
    Ok(first && bill_anew(desk, to, month, &lines)?)
}

/// The same lines in the bills of two months.
fn two_months(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((to, lines)) = lines(desk)? else {
        return Ok(false);
    };
    let month = Month::of(desk.today());
    let Some(before) = month.previous() else {
        return Ok(false);
    };
    let first = bill_anew(desk, to, before, &lines)?;
    Ok(first && bill_anew(desk, to, month, &lines)?)
}

/// A bill with another amount than the parcel has, signed at once, or a signature under every proposal of a round.
fn false_money(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let kind = match desk.chance.between(0, 1) {
        0 => DocumentKind::Bill,
        _ => DocumentKind::Round,
    };
    let Some((document, entries)) = desk.some(kind)? else {
        return Ok(false);
    };
    let mut given = false;
    for entry in &entries {
        let act = match kind {
            DocumentKind::Bill => false_lines(entry),
            _ => false_signature(entry),
        };
        let Some(act) = act else {
            continue;
        };
        let Some(header) = desk.header(&document)? else {
            return Ok(given);
        };
        let entry = desk.sign(header, act, Vec::new());
        given |= desk.give_all(&entry)?;
    }
    Ok(given)
}

/// The draft of an entry with one fen more in each line.
fn false_lines(entry: &Entry) -> Option<Vec<u8>> {
    let Ok(bill::Act::Draft(mut draft)) = read_act(&entry.public, RULES) else {
        return None;
    };
    draft.number += 1;
    for line in &mut draft.lines {
        line.amount = amount(line.amount.fen().get().saturating_add(1).min(9_000));
    }
    Some(write_act(&bill::Act::Draft(draft)))
}

/// A signature under the proposal of an entry.
fn false_signature(entry: &Entry) -> Option<Vec<u8>> {
    let Ok(round::Act::Propose(propose)) = read_act(&entry.public, RULES) else {
        return None;
    };
    Some(write_act(&round::Act::Sign(round::Sign {
        proposal: entry.id,
        number: propose.number,
        hash: propose.hash,
    })))
}

fn amount(fen: i64) -> Amount {
    Amount::new(Fen::new(fen)).expect("a small amount")
}

impl Desk<'_> {
    /// Today by the city's clock.
    fn today(&self) -> Day {
        Day::from_unix_beijing(self.world.civil(self.at))
    }

    /// Signs the genesis of a new document; nothing where the city has no document of its agreement to go by.
    fn open(&mut self, kind: DocumentKind, public: Vec<u8>) -> Result<Option<Entry>, SimError> {
        let Some((_, entries)) = self.some(DocumentKind::City)? else {
            return Ok(None);
        };
        let Some(page) = entries.first() else {
            return Ok(None);
        };
        let view = entries
            .last()
            .map_or(page.header.view, |last| last.header.view);
        let mut boot = [0; 16];
        boot.copy_from_slice(&self.chance.bytes()[..16]);
        let own: CityId = self.certified().0;
        let header = Header {
            city: own,
            cert: self.certificate().0,
            boot: BootNonce(boot),
            nonce: boot.to_vec(),
            view,
            kind: kind as u8,
            time: self.world.civil(self.at),
            ..page.header.clone()
        };
        Ok(Some(self.sign(header, public, Vec::new())))
    }
}
