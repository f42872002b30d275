//! Hostile bytes on an admitted link: frames, headers and acts that no honest node writes, entries in
//! wrong places, and floods. Every entry that can be signed properly is.

use tongban_identity::{DeviceKey, Hash32, RootKey, encode_canonical};
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, EntryId, ViewId};
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::founding::certify;
use tongban_sync::frame::{Blob, Feed, Frame, Hello, Item, PROTOCOL, Support, Want, chain_start};

use super::field::{ATTACKER, Field, device};
use super::meter::{Fate, Row, allocated, measure};
use super::random::Random;
use super::victim::Victim;
use crate::world::World;

/// After how many inputs a fresh victim is taken.
const PER_VICTIM: usize = 40;
/// The most memory that everything waiting for one sender may hold, bookkeeping included.
const FLOOD_BYTES_MAX: usize = 48 << 20;

/// An honest edit, to see that honest work goes on.
fn honest(field: &Field, random: &mut Random) -> Entry {
    let boot = Field::boot(random);
    let edits = [tongban_sync::file::Edit::SetField {
        name: "甲一".to_owned(),
        value: "诚实".to_owned(),
    }];
    let change = field.file.prepare(&edits, field.actor(boot, 0)).unwrap();
    field.edit(boot, Some(&change))
}

/// Offers an honest entry after hostile ones, on a new link if need be.
fn goes_on(field: &Field, random: &mut Random, victim: &mut Victim, row: &mut Row) {
    if !victim.open {
        victim.greet(field);
    }
    let entry = honest(field, random);
    victim.feed(field, std::slice::from_ref(&entry));
    row.lost += usize::from(!victim.has(&entry));
    let shown = victim.case(&field.case).is_ok_and(|answer| {
        let written = answer.file.fields.get("甲一");
        written.is_some_and(|value| value == "诚实")
    });
    row.lost += usize::from(!shown);
}

/// Plays inputs of one kind against victims that are renewed from time to time.
fn play(
    field: &Field,
    class: &'static str,
    count: usize,
    seed: u64,
    mut input: impl FnMut(&mut Random, &mut Victim) -> (Fate, super::meter::Cost),
) -> Row {
    let mut row = Row::new(class);
    let mut random = Random(seed);
    while row.inputs < count {
        let mut victim = Victim::new(field);
        for _ in 0..PER_VICTIM {
            if !victim.open {
                victim.greet(field);
            }
            let (fate, cost) = input(&mut random, &mut victim);
            row.note(fate, cost);
        }
        let (_, cost) = measure(|| victim.tick());
        row.cost(cost);
        goes_on(field, &mut random, &mut victim, &mut row);
    }
    row
}

/// Recorded frames with a few bytes changed, cut, or put together.
pub fn frames(field: &Field, count: usize) -> Row {
    let recorded: Vec<&Vec<u8>> = field.frames.iter().map(|(_, _, frame)| frame).collect();
    play(
        field,
        "frames, changed bytes",
        count,
        0xf1,
        |random, victim| {
            // Half are recorded ones, half would be the next of this very link.
            let mut bytes = match random.below(2) {
                0 => (*random.pick(&recorded)).clone(),
                _ => {
                    victim.greet(field);
                    let entry = field.edit(Field::boot(random), None);
                    victim.next_frame(field, &entry)
                }
            };
            match random.below(8) {
                0 => bytes.truncate(random.below(bytes.len())),
                1 => bytes.extend(random.array::<7>()),
                _ => random.mutate(&mut bytes),
            }
            let (_, cost) = measure(|| victim.frame(bytes));
            let fate = if victim.open {
                Fate::Accepted
            } else {
                Fate::Refused
            };
            // What was taken moved the feed on; the next input begins another.
            victim.greet(field);
            (fate, cost)
        },
    )
}

/// Claims of giant lengths, deep nesting and long lists, up to the longest frame.
pub fn bombs(field: &Field, count: usize) -> Row {
    play(field, "CBOR bombs", count, 0xb0, |random, victim| {
        let bytes = bomb(random);
        let (_, cost) = measure(|| victim.frame(bytes));
        let fate = if victim.open {
            Fate::Accepted
        } else {
            Fate::Refused
        };
        (fate, cost)
    })
}

fn bomb(random: &mut Random) -> Vec<u8> {
    let most = tongban_sync::frame::FRAME_BYTES_MAX;
    let length = *random.pick(&[1, 100, 10_000, most, most + 1]);
    let huge = [0xff_u8; 8];
    match random.below(8) {
        // An array, map, text or byte string that says it has 2^64 - 1 members.
        0 => {
            let head = *random.pick(&[0x9b, 0xbb, 0x5b, 0x7b]);
            [&[0x82, 0x01, head][..], &huge].concat()
        }
        // A frame of each number with a giant list in it.
        1 => {
            let number = random.below(6) as u8;
            [&[0x82, number, 0x81, 0x85, 0x9b][..], &huge].concat()
        }
        // Nesting without end, of arrays, maps, tags.
        2 => vec![*random.pick(&[0x81, 0xa1, 0xc1, 0x9f, 0xd8]); length],
        3 => vec![0; length],
        4 => vec![0xf6; length],
        // The longest list of announcements, wants, certificates.
        5 => {
            let ids = (0..(length / 34)).map(|_| EntryId(Hash32(random.array())));
            let want = Want {
                entries: ids.collect(),
                ..Want::default()
            };
            Frame::Want(want).to_vec()
        }
        6 => {
            let heads: Vec<EntryId> = (0..3).map(|_| EntryId(Hash32(random.array()))).collect();
            let support = Support {
                certs: vec![Blob(vec![0x82; 100]); length / 110],
                views: vec![heads; length / 2_000],
                wraps: Vec::new(),
            };
            let give = tongban_sync::frame::Give {
                support,
                ..Default::default()
            };
            Frame::Give(give).to_vec()
        }
        _ => {
            let give = tongban_sync::frame::Give {
                entries: vec![Blob(Vec::new()); length / 2],
                ..Default::default()
            };
            Frame::Give(give).to_vec()
        }
    }
}

/// Headers that contradict themselves or their place, properly signed.
pub fn headers(field: &Field, count: usize) -> Row {
    let others: Vec<EntryId> = field.entries.iter().map(|entry| entry.id).collect();
    play(field, "headers, signed", count, 0x4ea, |random, victim| {
        let mut header = field.header(Field::boot(random));
        for _ in 0..=random.below(2) {
            bend(random, &mut header, &others);
        }
        let entry = field.edit_under(header, None);
        offer(field, victim, random, entry)
    })
}

fn bend(random: &mut Random, header: &mut Header, others: &[EntryId]) {
    match random.below(16) {
        0 => header.version = random.draw() as u8,
        1 => header.suite = random.draw() as u8,
        2 => header.agreement = DocumentId::from(*random.pick(others)).into(),
        3 => header.document = DocumentId::from(*random.pick(others)),
        4 => header.seq = *random.pick(&[1, 65_535, 65_536, u64::MAX]),
        5 => header.prev = Some(*random.pick(others)),
        6 => header.prev = Some(EntryId(Hash32(random.array()))),
        7 => header.parents.push(*random.pick(others)),
        8 => header.parents.clear(),
        9 => header.depth = *random.pick(&[0, 1, 65_535, 65_536, u32::MAX - 1, u32::MAX]),
        10 => {
            header.time =
                *random.pick(&[i64::MIN, i64::MAX, -1, 0, 253_402_300_800, -11_644_473_600])
        }
        11 => header.view = ViewId(Hash32(random.array())),
        12 => header.kind = *random.pick(&[0, 1, 2, 4, 5, 255]),
        13 => header.nonce = vec![9; *random.pick(&[1, 15, 16, 17, 10_000])],
        14 => {
            let many = 1 + random.below(600);
            header.parents = (0..many).map(|_| EntryId(Hash32(random.array()))).collect();
            header.parents.sort_unstable();
        }
        _ => header.cert = tongban_identity::CertHash(Hash32(random.array())),
    }
}

/// Acts with changed bytes and their extremes, properly signed, in each kind of document.
pub fn acts(field: &Field, count: usize) -> Row {
    let samples: Vec<&Entry> = field.entries.iter().collect();
    play(field, "acts, signed", count, 0xac7, |random, victim| {
        let sample = *random.pick(&samples);
        let mut public = sample.public.clone();
        match random.below(6) {
            0 => public = random_number_act(random),
            1 => public.truncate(random.below(public.len())),
            _ => random.mutate(&mut public),
        }
        let mut header = field.header(Field::boot(random));
        // Sometimes as a new document of the sample's kind, sometimes within the case.
        if random.below(2) == 0 {
            header.kind = sample.header.kind;
            header.document = DocumentId::ZERO;
            header.parents.clear();
            header.depth = 0;
            header.nonce = random.array::<16>().to_vec();
            if header.kind == 1 {
                header.view = ViewId::ZERO;
                header.agreement = tongban_ledger::AgreementId::ZERO;
            }
        }
        let entry = Entry::sign(header, public, Vec::new(), &device(ATTACKER));
        offer(field, victim, random, entry)
    })
}

/// An act of any number with extreme numbers in its fields.
fn random_number_act(random: &mut Random) -> Vec<u8> {
    let number = random.below(24) as u8;
    let extremes = [
        encode_canonical(&i64::MAX),
        encode_canonical(&i64::MIN),
        encode_canonical(&u64::MAX),
        encode_canonical(&0_u8),
        encode_canonical(&Option::<u8>::None),
        encode_canonical(&vec![0_u8; 40]),
        encode_canonical(&"字".repeat(40)),
        encode_canonical(&Hash32([7; 32])),
    ];
    let fields = random.below(12);
    let mut bytes = vec![0x82, 0x01, 0x82];
    bytes.extend(encode_canonical(&number));
    bytes.extend([0x81, 0x80 | fields as u8]);
    for _ in 0..fields {
        bytes.extend(random.pick(&extremes));
    }
    bytes
}

/// Offers one entry in a feed or as something given, and looks what became of it.
fn offer(
    field: &Field,
    victim: &mut Victim,
    random: &mut Random,
    entry: Entry,
) -> (Fate, super::meter::Cost) {
    let given = random.below(3) == 0;
    let (_, cost) = measure(|| {
        if given {
            victim.give(field.support(), vec![Blob(entry.to_wire())]);
        } else {
            victim.feed(field, std::slice::from_ref(&entry));
        }
        victim.case(&field.case).is_ok()
    });
    let fate = match victim.has(&entry) {
        true => Fate::Void,
        false => Fate::Refused,
    };
    (fate, cost)
}

/// Cursors, wants and gifts that fit nothing.
pub fn talk(field: &Field, count: usize) -> Row {
    let ids: Vec<EntryId> = field.entries.iter().map(|entry| entry.id).collect();
    play(
        field,
        "cursors, wants, gifts",
        count,
        0x7a1,
        |random, victim| {
            let (_, cost) = match random.below(4) {
                0 => {
                    let index = *random.pick(&[0, 1, 5, 1 << 20, u64::MAX - 1, u64::MAX]);
                    let index_refused = *random.pick(&[0, 1, u64::MAX]);
                    let refused = vec![(index_refused, Code::Argument); random.below(2_000)];
                    let chain = random.array();
                    measure(|| victim.cursor(index, chain, refused))
                }
                1 => {
                    let want = Want {
                        entries: (0..random.below(512)).map(|_| *random.pick(&ids)).collect(),
                        views: vec![field.view; random.below(20)],
                        certs: vec![field.cert_hash(); random.below(20)],
                        keys: Vec::new(),
                    };
                    measure(|| victim.frame(Frame::Want(want).to_vec()))
                }
                2 => {
                    let mut support = field.support();
                    support.wraps[0].wrapped.0[random.below(80)] ^= 1;
                    support.wraps = vec![support.wraps[0].clone(); 1 + random.below(500)];
                    measure(|| victim.give(support, Vec::new()))
                }
                _ => {
                    let items =
                        (0..1 + random.below(4_000)).map(|_| EntryId(Hash32(random.array())));
                    let items = items.map(|id| (id, Item::Announce(id))).collect();
                    measure(|| victim.items(Support::default(), items))
                }
            };
            let fate = if victim.open {
                Fate::Accepted
            } else {
                Fate::Refused
            };
            (fate, cost)
        },
    )
}

/// First frames of people who are no members, or who show another's certificate.
pub fn strangers(field: &Field, count: usize) -> Row {
    let mut row = Row::new("T8 greetings of strangers");
    let mut random = Random(0x57a);
    let mut victim = Victim::new(field);
    while row.inputs < count {
        let mut protocol = PROTOCOL;
        let mut key = random.array();
        let root = RootKey::from_seed(random.array());
        let own = DeviceKey::from_seed(random.array());
        let x25519 = tongban_identity::EncryptionKey::from_seed(random.array()).public();
        let (cert, _) = certify(&root, own.public(), x25519, "node".into(), 0).unwrap();
        let mut cert = cert.to_root_signed().to_vec();
        match random.below(5) {
            // A sound certificate of a city that nobody knows.
            0 => key = *own.public().as_bytes(),
            // A member's certificate, and a link that its key did not make.
            1 => cert = field.cert.to_vec(),
            2 => {
                cert = field.cert.to_vec();
                random.mutate(&mut cert);
                key = *device(ATTACKER).public().as_bytes();
            }
            3 => {
                cert = field.cert.to_vec();
                key = *device(ATTACKER).public().as_bytes();
                protocol = PROTOCOL + 1 + random.draw() as u16 % 9;
            }
            _ => cert = vec![0x82; random.below(10_000)],
        }
        let hello = Frame::Hello(Hello {
            protocol,
            cert,
            boot: BootNonce(random.array()),
        });
        let first = match random.below(5) {
            0 => Frame::Want(Want::default()).to_vec(),
            _ => hello.to_vec(),
        };
        let (admitted, cost) = measure(|| victim.stranger(key, first));
        if admitted == Some(true) {
            row.fault("a stranger was admitted");
        }
        row.note(Fate::Refused, cost);
    }
    goes_on(field, &mut random, &mut victim, &mut row);
    row
}

/// Every entry in every other document, under another agreement, and every frame to another city (T4).
pub fn replay(field: &Field) -> Row {
    let mut row = Row::new("T4 replay");
    let mut random = Random(0x7e91);
    let documents: std::collections::BTreeSet<DocumentId> =
        field.entries.iter().map(|entry| entry.document).collect();
    let mut victim = Victim::new(field);
    let records = victim.store().0.len();
    for entry in &field.entries {
        for document in &documents {
            let mut moved = entry.header.clone();
            if moved.document == *document {
                continue;
            }
            moved.document = *document;
            // The signature is the old one: the attacker has not the author's key.
            let header = encode_canonical(&moved);
            let wire = encode_canonical(&(
                minicbor::bytes::ByteVec::from(header),
                entry.signature,
                minicbor::bytes::ByteVec::from(entry.public.clone()),
                minicbor::bytes::ByteVec::from(entry.sealed.clone()),
            ));
            if !victim.open {
                victim.greet(field);
            }
            let (_, cost) = measure(|| victim.give(field.support(), vec![Blob(wire)]));
            row.note(Fate::Refused, cost);
        }
    }
    if victim.store().0.len() != records {
        row.fault("a moved entry left something in the store");
    }
    goes_on(field, &mut random, &mut victim, &mut row);
    replay_elsewhere(field, &mut row);
    row
}

/// The same entries and frames at a city of another agreement of other keys.
fn replay_elsewhere(field: &Field, row: &mut Row) {
    let mut other = World::forged(2);
    let at = 1;
    let before = other.ask(at, |engine, ctx| engine.status(ctx).unwrap().entries);
    for (_, _, frame) in &field.frames {
        if let Ok(Frame::Hello(_)) = Frame::from_slice(frame) {
            continue;
        }
        if !other.is_linked(at, 0) {
            other.run();
        }
        let input = tongban_sync::Input::Frame {
            link: other.link(at, 0),
            bytes: frame.clone(),
        };
        let (_, cost) = measure(|| other.input(at, input));
        row.note(Fate::Refused, cost);
    }
    for entry in &field.entries {
        if !other.is_linked(at, 0) {
            other.run();
        }
        let give = tongban_sync::frame::Give {
            support: field.support(),
            entries: vec![Blob(entry.to_wire())],
            ..Default::default()
        };
        let input = tongban_sync::Input::Frame {
            link: other.link(at, 0),
            bytes: Frame::Give(give).to_vec(),
        };
        let (_, cost) = measure(|| other.input(at, input));
        row.note(Fate::Refused, cost);
    }
    let after = other.ask(at, |engine, ctx| engine.status(ctx).unwrap().entries);
    if after != before {
        row.fault("another agreement took an entry");
    }
}

/// A bad entry at each place of a batch of fifty, of each kind of badness (T14).
pub fn batches(field: &Field) -> Row {
    const SIZE: usize = 50;
    let mut row = Row::new("T14 batch of fifty");
    let mut random = Random(0xba7);
    let good: Vec<Entry> = (0..SIZE)
        .map(|_| field.edit(Field::boot(&mut random), None))
        .collect();
    for bad in 0..5 {
        for place in 0..SIZE {
            let mut blobs: Vec<Blob> = good.iter().map(|entry| Blob(entry.to_wire())).collect();
            blobs[place] = Blob(spoiled(field, &good[place], bad));
            let mut victim = Victim::new(field);
            // What has no id ends a feed; it is passed over in a gift.
            let in_feed = bad >= 2 && random.below(2) == 0;
            let (_, cost) = measure(|| {
                if in_feed {
                    let items = blobs.iter().map(|Blob(bytes)| {
                        let id = Entry::from_wire(bytes).unwrap().id;
                        (id, Item::Entry(Blob(bytes.clone())))
                    });
                    victim.items(field.support(), items.collect());
                } else {
                    victim.give(field.support(), blobs.clone());
                }
            });
            row.note(Fate::Refused, cost);
            for (at, entry) in good.iter().enumerate() {
                if at != place {
                    row.lost += usize::from(!victim.has(entry));
                } else if victim.has(entry) {
                    row.fault("the bad entry is there");
                }
            }
        }
    }
    row
}

/// An entry spoiled in one way; the first two are no entries at all.
fn spoiled(field: &Field, entry: &Entry, way: usize) -> Vec<u8> {
    let mut entry = entry.clone();
    match way {
        0 => entry.public.push(0),
        1 => {
            let mut bytes = entry.to_wire();
            bytes.truncate(bytes.len() / 2);
            return bytes;
        }
        2 => entry.signature.bytes[10] ^= 1,
        3 => {
            let mut header = entry.header.clone();
            header.depth += 1;
            entry = field.edit_under(header, None);
        }
        _ => {
            let mut header = entry.header.clone();
            header.city = field.victim().city;
            entry = field.edit_under(header, None);
        }
    }
    entry.to_wire()
}

/// Entries whose parents exist nowhere (T15): what waits is bounded, and time is linear.
pub fn orphans(field: &Field, count: usize) -> Row {
    let mut row = Row::new("T15 orphans");
    let mut random = Random(0x0f);
    let mut victim = Victim::new(field);
    let before = allocated();
    let mut most = 0;
    while row.inputs < count {
        if !victim.open {
            victim.greet(field);
        }
        let mut entries = Vec::new();
        for _ in 0..64 {
            let mut header = field.header(Field::boot(&mut random));
            header.parents = vec![EntryId(Hash32(random.array()))];
            entries.push(field.edit_under(header, None));
        }
        let blobs: Vec<Blob> = entries.iter().map(|entry| Blob(entry.to_wire())).collect();
        let (_, cost) = measure(|| victim.give(field.support(), blobs));
        row.cost(cost);
        row.inputs += entries.len();
        row.refused += entries.len();
        drop(entries);
        most = most.max(allocated().saturating_sub(before));
    }
    if most > FLOOD_BYTES_MAX {
        row.fault(format!("what waits takes {} MiB", most >> 20));
    }
    goes_on(field, &mut random, &mut victim, &mut row);
    row
}

/// A feed that does not join on to itself, is of another start, or of another receiver.
pub fn feeds(field: &Field, count: usize) -> Row {
    play(
        field,
        "feeds that do not join",
        count,
        0xfee,
        |random, victim| {
            let entry = field.edit(Field::boot(random), None);
            let feed = Feed {
                boot: *random.pick(&[BootNonce([0xa7; 16]), BootNonce([1; 16])]),
                start: *random.pick(&[0, 1, 4_096, u64::MAX, u64::MAX - 1]),
                chain: *random.pick(&[
                    Hash32([0; 32]),
                    chain_start(&field.attacker(), &field.attacker(), &BootNonce([1; 16])),
                ]),
                support: field.support(),
                items: vec![Item::Entry(Blob(entry.to_wire())); 1 + random.below(3)],
            };
            let (_, cost) = measure(|| victim.frame(Frame::Feed(feed).to_vec()));
            let fate = if victim.has(&entry) {
                Fate::Accepted
            } else {
                Fate::Refused
            };
            (fate, cost)
        },
    )
}
