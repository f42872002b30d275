//! Hostile file changes (A1 to A13): signed and sealed as a member's are, so that nothing but the gate
//! around the case file stands between them and Automerge.

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ObjType};
use tongban_sync::entry::{BootNonce, Entry};
use tongban_sync::file::{CaseFile, Edit};

use super::field::Field;
use super::forge::{Body, chunk, compact, content, expand, run, signed, unsigned};
use super::meter::{Fate, Row, measure};
use super::random::Random;
use super::victim::Victim;

/// How many hostile entries stand in one batch, between two honest ones.
const BATCH: usize = 14;

/// Makes a hostile change for an actor on the field's file.
type Make = fn(&Field, &mut Random, [u8; 16]) -> Vec<u8>;

/// The classes by name, with what makes an input of each.
pub const CLASSES: &[(&str, Make)] = &[
    ("A1 sequence", a1_sequence),
    ("A2 start operation", a2_start),
    ("A3 time", a3_time),
    ("A4 compressed", a4_compressed),
    ("A5 runs", a5_runs),
    ("A6 nesting", a6_nesting),
    ("A7 unknown dependencies", a7_orphans),
    ("A11 broken chunks", a11_chunks),
    ("A12 another's actor", a12_actor),
    ("A13 repaired checksum", a13_mutation),
    ("T7 lengths", t7_lengths),
];

fn set(name: &str, value: &str) -> Edit {
    Edit::SetField {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn append(text: &str) -> Edit {
    Edit::AppendNote {
        text: text.to_owned(),
    }
}

/// An honest change of some kind.
fn honest(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let kinds: [&[Edit]; 4] = [
        &[set("电话", "011"), set("新栏", "值")],
        &[
            Edit::InsertNote {
                at: 1,
                text: "插入一段".to_owned(),
            },
            Edit::DeleteNote { at: 3, count: 1 },
            append("完"),
        ],
        &[
            Edit::RemoveField {
                name: "电话".to_owned(),
            },
            append("甲"),
            Edit::Check {
                item: "新项".to_owned(),
                done: true,
            },
        ],
        &[set("甲", "1"), append("字")],
    ];
    let edits = kinds[random.below(kinds.len())];
    field.file.prepare(edits, actor).unwrap()
}

fn edited(
    field: &Field,
    random: &mut Random,
    actor: [u8; 16],
    edit: impl FnOnce(&mut Body, &mut Random),
) -> Vec<u8> {
    let mut body = Body::of(&honest(field, random, actor));
    edit(&mut body, random);
    body.encode()
}

fn a1_sequence(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    edited(field, random, actor, |body, random| {
        let near = 2 + random.draw() % 100;
        body.seq = *random.pick(&[0, 2, 5, 1 << 31, 1 << 32, u64::MAX, u64::MAX - 1, near]);
    })
}

fn a2_start(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    if random.below(4) == 0 {
        let mut change = expand(&honest(field, random, actor));
        let start = change.start_op.get() + 1 + random.draw() % 1000;
        change.start_op = NonZeroU64::new(start).unwrap();
        return compact(change);
    }
    edited(field, random, actor, |body, random| {
        let top = u64::from(u32::MAX);
        let near = top - random.draw() % 5000;
        body.start_op =
            *random.pick(&[0, 1, 1 << 31, top, near, top + 1, u64::MAX, i64::MAX as u64]);
    })
}

fn a3_time(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    edited(field, random, actor, |body, random| {
        let any = (random.draw() as i64) | 1;
        body.time = *random.pick(&[i64::MIN, i64::MIN + 1, -1, 1, i64::MAX, any]);
    })
}

fn a4_compressed(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let long = field
        .file
        .prepare(&[append(&"字".repeat(1 + random.below(1000)))], actor)
        .unwrap();
    match random.below(3) {
        // A chunk of the compressed kind around rubbish, or around what deflates to a giant.
        0 => chunk(2, &zeros_deflated(random)),
        1 => {
            let kind = *random.pick(&[0, 2, 3, 4, 255]);
            chunk(kind, &content(&long))
        }
        _ => {
            let mut body = Body::of(&long);
            let at = random.below(body.columns.len());
            body.columns[at].0 |= 8;
            if random.below(2) == 0 {
                body.columns[at].1 = zeros_deflated(random);
            }
            body.encode()
        }
    }
}

/// A deflate stream of zeros, up to some 40 MB from 40 KB: blocks of one literal and long repeats.
fn zeros_deflated(random: &mut Random) -> Vec<u8> {
    // Fixed Huffman: literal 0 is 00110000, the longest repeat (258 bytes, distance 1) is 11000101 00000.
    let mut bits: Vec<bool> = vec![true, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    let repeats = 1 + random.below(24_000);
    for _ in 0..repeats {
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    bits.chunks(8)
        .map(|byte| {
            (0..8).fold(0_u8, |all, at| {
                all | (u8::from(byte.get(at).copied().unwrap_or(false)) << at)
            })
        })
        .collect()
}

fn a5_runs(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let count = *random.pick(&[2_001, 8_001, 1_000_000, 10_000_000, i64::MAX]);
    let single = random.below(2) == 0;
    edited(field, random, actor, |body, random| {
        if single {
            let number = *random.pick(&[0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x70]);
            let nulls = [signed(0), unsigned(count as u64)].concat();
            let data = if random.below(2) == 0 {
                run(count, 0)
            } else {
                nulls
            };
            body.column(number, data);
            return;
        }
        body.column(0x01, run(count, 1));
        body.column(0x02, run(count, 3));
        body.column(0x34, [unsigned(0), unsigned(count as u64)].concat());
        body.column(0x42, run(count, 1));
        body.column(0x56, run(count, 0));
        body.column(0x70, run(count, 0));
        body.columns.retain(|(number, _)| *number != 0x57);
    })
}

fn a6_nesting(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let one = field.file.prepare(&[set("甲", "1")], actor).unwrap();
    let mut change = expand(&one);
    let start = change.start_op.get();
    let levels = *random.pick(&[1, 2, 9, 302, 2_000, 5_000]);
    let kind = *random.pick(&[ObjType::Map, ObjType::List, ObjType::Text, ObjType::Table]);
    let template = change.operations[0].clone();
    let key = |level| match (kind, level) {
        (ObjType::Map | ObjType::Table, _) | (_, 0) => Key::Map("a".into()),
        _ => Key::head(),
    };
    change.operations = (0..levels)
        .map(|level| Op {
            action: OpType::Make(kind),
            obj: match level {
                0 => template.obj.clone(),
                _ => ObjectId::Id(OpId::new(start + level - 1, &ActorId::from(actor))),
            },
            key: key(level),
            insert: level > 0 && matches!(kind, ObjType::List | ObjType::Text),
            ..template.clone()
        })
        .collect();
    compact(change)
}

fn a7_orphans(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    edited(field, random, actor, |body, random| {
        for _ in 0..=random.below(80) {
            body.deps.push(random.array());
        }
        body.deps.sort_unstable();
        if random.below(8) == 0 {
            body.deps.clear();
        }
    })
}

fn a11_chunks(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let good = honest(field, random, actor);
    let mut broken = good.clone();
    let place = random.below(broken.len());
    broken[place] ^= 1 << random.below(8);
    match random.below(6) {
        0 => [good.clone(), broken, good].concat(),
        1 => [good.clone(), good].concat(),
        2 => good[..random.below(good.len())].to_vec(),
        3 => [broken, good].concat(),
        4 => good[1..].to_vec(),
        _ => broken,
    }
}

fn a12_actor(field: &Field, random: &mut Random, _: [u8; 16]) -> Vec<u8> {
    // The actor of another entry, of the file's first change, or of nobody.
    let used = field.actor(BootNonce([0xd0; 16]), 0);
    let other = random.array();
    let mut body = Body::of(&honest(field, random, other));
    body.actor = random.pick(&[used, [0; 16], other]).to_vec();
    body.encode()
}

fn a13_mutation(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let change = honest(field, random, actor);
    let mut bytes = content(&change);
    // The front is dependencies and the actor, where every mutation ends alike.
    let skipped = random.below(2) * bytes.len() / 2;
    let mut tail = bytes.split_off(skipped);
    random.mutate(&mut tail);
    bytes.extend(tail);
    chunk(1, &bytes)
}

fn t7_lengths(field: &Field, random: &mut Random, actor: [u8; 16]) -> Vec<u8> {
    let kind = random.below(6);
    edited(field, random, actor, |body, random| match kind {
        0 => body.actor = vec![1; *random.pick(&[0, 15, 17, 40_000])],
        1 => body
            .others
            .push(vec![0xff; *random.pick(&[0, 1, 15, 17, 40_000])]),
        2 => body.extra = vec![0; *random.pick(&[1, 1_000, 40_000, 50_000])],
        3 => body.message = vec![b'm'; *random.pick(&[1, 128, 40_000])],
        4 => {
            body.others = (0..1 + random.below(1_000))
                .map(|_| random.array::<16>().to_vec())
                .collect()
        }
        _ => {
            body.deps = (0..1 + random.below(1_400))
                .map(|_| random.array())
                .collect()
        }
    })
}

/// A batch in the making: entries, and the changes in them.
struct Offered {
    entry: Entry,
    actor: [u8; 16],
    change: Vec<u8>,
}

fn offered(field: &Field, boot: BootNonce, change: Vec<u8>) -> Offered {
    Offered {
        entry: field.edit(boot, Some(&change)),
        actor: field.actor(boot, 0),
        change,
    }
}

/// Gives `count` inputs of a class, in batches between honest entries.
pub fn run_class(field: &Field, name: &'static str, make: Make, count: usize) -> Row {
    let mut row = Row::new(name);
    let mut random = Random(0x746f_6e67_6261_6e02 ^ name.len() as u64);
    while row.inputs < count {
        let mut batch = Vec::with_capacity(BATCH + 2);
        let first = honest_one(field, &mut random, "甲一");
        batch.push(first);
        for _ in 0..BATCH {
            let boot = Field::boot(&mut random);
            let change = make(field, &mut random, field.actor(boot, 0));
            // What is longer than a sealed part may be does not get as far as the file.
            batch.push(offered(field, boot, change));
        }
        batch.push(honest_one(field, &mut random, "乙二"));
        play(field, &batch, &mut row);
    }
    row
}

fn honest_one(field: &Field, random: &mut Random, name: &str) -> Offered {
    let boot = Field::boot(random);
    let change = field
        .file
        .prepare(&[set(name, "诚实")], field.actor(boot, 0))
        .unwrap();
    offered(field, boot, change)
}

/// Offers a batch one by one, then asks whether the honest work stands and goes on.
fn play(field: &Field, batch: &[Offered], row: &mut Row) {
    let mut victim = Victim::new(field);
    let mut mirror = field.file.clone();
    let last = batch.len() - 1;
    for (at, offered) in batch.iter().enumerate() {
        if !victim.open {
            victim.greet(field);
        }
        let hostile = at != 0 && at != last;
        let entry = std::slice::from_ref(&offered.entry);
        let (_, cost) = measure(|| {
            victim.feed(field, entry);
            victim.case(&field.case).is_ok()
        });
        let stored = victim.has(&offered.entry);
        let id = *offered.entry.id.as_bytes();
        let (base, ancestors) = (field.file.applied(), |other: &[u8; 32]| *other != id);
        let in_base = |other: &[u8; 32]| ancestors(other) && base.contains_key(other);
        let taken = stored
            && mirror
                .admit(id, offered.actor, &offered.change, &in_base)
                .is_ok();
        if !hostile {
            row.cost(cost);
            row.lost += usize::from(!taken);
            continue;
        }
        let fate = match (stored, taken) {
            (false, _) => Fate::Refused,
            (true, false) => Fate::Void,
            (true, true) => Fate::Accepted,
        };
        row.note(fate, cost);
    }
    check_after(field, victim, &mirror, row);
}

/// The file is what the honest changes make it, a clerk can write on, and a restart reads the same.
fn check_after(field: &Field, mut victim: Victim, mirror: &CaseFile, row: &mut Row) {
    let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
    let file = victim.case(&field.case).map(|answer| answer.file);
    let Ok(file) = file else {
        row.fault("the case cannot be read");
        return;
    };
    let honest = |name: &str| file.fields.get(name).is_some_and(|value| value == "诚实");
    row.lost += usize::from(!honest("甲一")) + usize::from(!honest("乙二"));
    if file.digest != hex(mirror.digest()) {
        row.fault("the file is not what its changes make it");
    }
    let args = format!(
        r#"{{"case":"{}","edits":[{{"edit":"set-field","name":"之后","value":"可写"}}]}}"#,
        field.case
    );
    let (done, cost) = measure(|| victim.act("after", "case.edit", &args).is_ok());
    row.cost(cost);
    if done != Some(true) {
        row.fault("a clerk cannot write any more");
    }
    let before = victim.case(&field.case).map(|answer| answer.file).ok();
    let mut again = Victim::on(field, victim.into_store());
    let after = again.case(&field.case).map(|answer| answer.file).ok();
    if before != after {
        row.fault("a restart reads another file");
    }
}

/// Two changes under one actor (A8 to A10): the same boot nonce and sequence twice, an honest entry in
/// between and one that builds upon a twin, to two victims in two orders.
pub fn twins(field: &Field, count: usize) -> Row {
    let mut row = Row::new("A8-A10 twins");
    let mut random = Random(0x8a);
    while row.inputs < count {
        let boot = Field::boot(&mut random);
        let actor = field.actor(boot, 0);
        let text = format!("{}", random.below(1_000_000));
        let one = field.file.prepare(&[set("价", &text)], actor).unwrap();
        let two = field.file.prepare(&[append(&text)], actor).unwrap();
        let (one, two) = (offered(field, boot, one), offered(field, boot, two));
        let honest = honest_one(field, &mut random, "甲一");
        let rests = resting(field, &mut random, &one);
        let mut digests = Vec::new();
        for order in [[&one, &honest, &rests, &two], [&two, &honest, &one, &rests]] {
            let mut victim = Victim::new(field);
            for offered in order {
                let (_, cost) = measure(|| {
                    victim.feed(field, std::slice::from_ref(&offered.entry));
                    victim.case(&field.case).is_ok()
                });
                row.cost(cost);
            }
            row.lost +=
                usize::from(!victim.has(&honest.entry)) + usize::from(!victim.has(&rests.entry));
            match victim.case(&field.case) {
                Ok(answer) => {
                    let kept = answer.file.fields.get("甲一");
                    row.lost += usize::from(kept.is_none_or(|value| value != "诚实"));
                    digests.push(answer.file.digest);
                }
                Err(_) => row.fault("the case cannot be read"),
            }
        }
        if digests.windows(2).any(|pair| pair[0] != pair[1]) {
            row.fault("two orders give two files");
        }
        // Exactly one twin is in the file.
        row.inputs += 2;
        row.accepted += 1;
        row.void += 1;
    }
    row
}

/// An honest entry that saw a twin and builds upon it.
fn resting(field: &Field, random: &mut Random, twin: &Offered) -> Offered {
    let boot = Field::boot(random);
    let mut header = field.header(boot);
    header.parents = vec![twin.entry.id];
    header.depth += 1;
    let base = field.file.applied().clone();
    let mut seen = field.file.clone();
    let id = *twin.entry.id.as_bytes();
    seen.admit(id, twin.actor, &twin.change, &|other| {
        base.contains_key(other)
    })
    .unwrap();
    let actor = field.actor(boot, 0);
    let change = seen.prepare(&[append("后")], actor).unwrap();
    Offered {
        entry: field.edit_under(header, Some(&change)),
        actor,
        change,
    }
}

/// Plaintexts of sealed parts that are no such thing, and ciphertexts that do not open.
pub fn sealed(field: &Field, count: usize) -> Row {
    let mut row = Row::new("sealed parts");
    let mut random = Random(0x5ea1);
    while row.inputs < count {
        let mut victim = Victim::new(field);
        for _ in 0..BATCH {
            let header = field.header(Field::boot(&mut random));
            let honest = field.edit_under(header.clone(), Some(&[1, 2, 3]));
            let public = honest.public.clone();
            let mut bytes = honest.sealed.clone();
            let entry = if random.below(2) == 0 {
                let mut plain = vec![0x83, 0xf6, 0xf6, 0xf6];
                random.mutate(&mut plain);
                field.sealed_under(header, public, &plain)
            } else {
                random.mutate(&mut bytes);
                Entry::sign(
                    header,
                    public,
                    bytes,
                    &super::field::device(super::field::ATTACKER),
                )
            };
            let (_, cost) = measure(|| {
                victim.feed(field, std::slice::from_ref(&entry));
                victim.case(&field.case).is_ok()
            });
            let fate = if victim.has(&entry) {
                Fate::Void
            } else {
                Fate::Refused
            };
            row.note(fate, cost);
            if !victim.open {
                victim.greet(field);
            }
        }
        check_file(field, &mut victim, &mut row);
    }
    row
}

/// The case reads, and its file is the honest one.
fn check_file(field: &Field, victim: &mut Victim, row: &mut Row) {
    let changes = field.file.applied().len();
    match victim.case(&field.case) {
        Ok(answer) if answer.file.fields.len() == field.file.view().fields.len() => {}
        Ok(_) => row.fault(format!("the file of {changes} changes reads otherwise")),
        Err(_) => row.fault("the case cannot be read"),
    }
}
