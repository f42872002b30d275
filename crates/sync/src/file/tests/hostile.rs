//! What a member city can sign to break a file, kind by kind: each is refused with its own reason, the
//! file stays as it was, and honest work goes on.

use std::num::NonZeroU64;

use automerge::legacy::{Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Author, Change, ExpandedChange, ObjType, ScalarValue};

use super::super::{
    CHANGE_BYTES_MAX, COUNTER_MAX, CaseFile, DEPS_MAX, EngineRefusal, FileRefusal, OPS_MAX,
    OTHER_ACTORS_MAX, ScanRefusal, SchemaRefusal,
};
use super::forge::{Body, chunk, compact, content, expand, run, signed, unsigned};
use super::{append, check, delete, id, sample, set, write};

/// Offers a change of actor 9 and expects its refusal, an untouched file, and an honest write after.
fn refused(change: &[u8], expected: impl Into<FileRefusal>) {
    let mut file = sample();
    let before = (file.view(), file.digest(), file.applied().clone());
    assert_eq!(
        file.admit(id(9), id(9), change, &|_| true),
        Err(expected.into())
    );
    assert_eq!((file.view(), file.digest(), file.applied().clone()), before);
    write(
        &mut file,
        10,
        &[set("电话", "002"), append("续"), check("身份证", false)],
    );
    assert!(file.view().notes.ends_with("续"));
    CaseFile::clone(&file).document().save_and_verify().unwrap();
}

/// An honest change of actor 9 on the sample file, taken apart.
fn body(edits: &[super::Edit]) -> Body {
    Body::of(&sample().prepare(edits, id(9)).unwrap())
}

fn expanded(edits: &[super::Edit]) -> ExpandedChange {
    expand(&sample().prepare(edits, id(9)).unwrap())
}

fn edited(edits: &[super::Edit], edit: impl FnOnce(&mut Body)) -> Vec<u8> {
    let mut body = body(edits);
    edit(&mut body);
    body.encode()
}

fn first_op(edits: &[super::Edit], edit: impl FnOnce(&mut Op)) -> Vec<u8> {
    let mut change = expanded(edits);
    edit(&mut change.operations[0]);
    compact(change)
}

fn own(counter: u64) -> OpId {
    OpId::new(counter, &ActorId::from(id::<16>(9)))
}

#[test]
fn taking_apart_and_putting_together_is_exact() {
    let honest = sample()
        .prepare(&[set("甲", "1"), append("二"), delete(0, 1)], id(9))
        .unwrap();
    assert_eq!(Body::of(&honest).encode(), honest);
    assert_eq!(compact(expand(&honest)), honest);
    sample().admit(id(9), id(9), &honest, &|_| true).unwrap();
}

#[test]
fn a1_sequence() {
    for seq in [0, 2, 5, 1 << 32, u64::MAX] {
        refused(
            &edited(&[set("甲", "1")], |body| body.seq = seq),
            ScanRefusal::Sequence(seq),
        );
    }
}

#[test]
fn a2_start_operation() {
    for start in [
        0,
        COUNTER_MAX + 1,
        u64::from(u32::MAX) - 1000,
        u64::from(u32::MAX),
        u64::MAX,
    ] {
        refused(
            &edited(&[set("甲", "1")], |body| body.start_op = start),
            ScanRefusal::StartOp(start),
        );
    }
    let mut change = expanded(&[set("甲", "1")]);
    let expected = change.start_op.get();
    for found in [1, expected - 1, expected + 1, COUNTER_MAX] {
        change.start_op = NonZeroU64::new(found).unwrap();
        refused(
            &compact(change.clone()),
            FileRefusal::StartOp { expected, found },
        );
    }
}

#[test]
fn a3_time() {
    for time in [i64::MIN, -1, 1, i64::MAX] {
        refused(
            &edited(&[set("甲", "1")], |body| body.time = time),
            ScanRefusal::Time,
        );
    }
}

#[test]
fn a4_compression() {
    let honest = sample()
        .prepare(&[append(&"字".repeat(1000))], id(9))
        .unwrap();
    let mut change = Change::try_from(&honest[..]).unwrap();
    let compressed = change.bytes().into_owned();
    assert_eq!(compressed[8], 2);
    refused(&compressed, ScanRefusal::ChunkType(2));
    for kind in [0, 3, 4, 255] {
        refused(
            &chunk(kind, &content(&honest)),
            ScanRefusal::ChunkType(kind),
        );
    }
    let numbers: Vec<u32> = Body::of(&honest)
        .columns
        .iter()
        .map(|(number, _)| *number)
        .collect();
    for number in numbers {
        let deflated = edited(&[append(&"字".repeat(1000))], |body| {
            for column in &mut body.columns {
                if column.0 == number {
                    column.0 |= 8;
                }
            }
        });
        refused(&deflated, ScanRefusal::CompressedColumn(number | 8));
    }
}

#[test]
fn a5_runs() {
    for count in [OPS_MAX as i64 + 1, 1_000_000, i64::MAX] {
        // A million empty elements of the notes, in some hundred bytes.
        let bomb = edited(&[append("字")], |body| {
            body.column(0x01, run(count, 1));
            body.column(0x02, run(count, 3));
            body.column(0x34, [unsigned(0), unsigned(count as u64)].concat());
            body.column(0x42, run(count, 1));
            body.column(0x56, run(count, 0));
            body.column(0x70, run(count, 0));
            body.columns.retain(|(number, _)| *number != 0x57);
        });
        assert!(bomb.len() < 250);
        refused(&bomb, ScanRefusal::TooManyOps);
        for number in [0x01, 0x02, 0x11, 0x13, 0x15, 0x42, 0x70] {
            let name = [signed(count), unsigned(1), b"a".to_vec()].concat();
            let data = if number == 0x15 { name } else { run(count, 0) };
            let one = edited(&[append("字")], |body| body.column(number, data));
            refused(&one, ScanRefusal::TooManyOps);
            let nulls = [signed(0), unsigned(count as u64)].concat();
            let one = edited(&[append("字")], |body| body.column(number, nulls));
            refused(&one, ScanRefusal::TooManyOps);
        }
        let one = edited(&[append("字")], |body| {
            body.column(0x34, unsigned(count as u64))
        });
        refused(&one, ScanRefusal::TooManyOps);
    }
    refused(
        &edited(&[append("字")], |body| body.column(0x70, run(1, 8_001))),
        ScanRefusal::ColumnValue(0x70),
    );
    refused(
        &edited(&[append("字"), append("字")], |body| {
            body.column(0x70, run(2, 8_000));
        }),
        ScanRefusal::TooManyPredecessors,
    );
    refused(
        &edited(&[append("字"), append("字")], |body| {
            body.column(0x02, run(3, 3))
        }),
        ScanRefusal::RowCount(0x02),
    );
    for delta in [-1, COUNTER_MAX as i64 + 1, i64::MIN, i64::MAX] {
        for count in [1, 2] {
            let data = [signed(count), signed(delta)].concat();
            refused(
                &edited(&[append("字")], |body| body.column(0x13, data)),
                ScanRefusal::ColumnValue(0x13),
            );
        }
    }
}

#[test]
fn a6_nesting() {
    for levels in [1, 302, OPS_MAX] {
        let mut change = expanded(&[set("甲", "1")]);
        let start = change.start_op.get();
        let template = change.operations[0].clone();
        change.operations = (0..levels)
            .map(|level| Op {
                action: OpType::Make(ObjType::Map),
                obj: if level == 0 {
                    template.obj.clone()
                } else {
                    ObjectId::Id(own(start + level - 1))
                },
                ..template.clone()
            })
            .collect();
        refused(&compact(change), SchemaRefusal::NestedObject);
    }
    for kind in [ObjType::List, ObjType::Text, ObjType::Table] {
        let made = first_op(&[set("甲", "1")], |op| op.action = OpType::Make(kind));
        refused(&made, SchemaRefusal::NestedObject);
    }
}

#[test]
fn a7_unknown_dependencies_are_never_queued() {
    for number in 0..200u64 {
        let unknown = *blake3::hash(&number.to_be_bytes()).as_bytes();
        let orphan = edited(&[set("甲", "1")], |body| {
            body.deps.push(unknown);
            body.deps.sort_unstable();
        });
        let mut file = sample();
        let size = file.document().save().len();
        assert_eq!(
            file.admit(id(9), id(9), &orphan, &|_| true),
            Err(FileRefusal::MissingDependency { change: unknown })
        );
        assert_eq!(file.document().save().len(), size);
    }
    let none = edited(&[set("甲", "1")], |body| body.deps.clear());
    refused(&none, ScanRefusal::DependencyCount);
}

#[test]
fn a11_chunks_around_a_broken_one() {
    let good = sample().prepare(&[set("甲", "1")], id(9)).unwrap();
    let mut broken = good.clone();
    broken[4] ^= 1;
    refused(&broken, ScanRefusal::Checksum);
    refused(
        &[good.clone(), broken, good.clone()].concat(),
        ScanRefusal::Trailing,
    );
    refused(
        &[good.clone(), good.clone()].concat(),
        ScanRefusal::Trailing,
    );
    refused(&good[..good.len() - 1], ScanRefusal::Truncated);
    refused(&good[1..], ScanRefusal::Magic);
    refused(&[], ScanRefusal::Truncated);
}

#[test]
fn lengths() {
    refused(&vec![0; CHANGE_BYTES_MAX + 1], ScanRefusal::TooLong);
    let one = [set("甲", "1")];
    refused(
        &edited(&one, |body| body.extra = vec![0; 1 << 20]),
        ScanRefusal::TooLong,
    );
    refused(
        &edited(&one, |body| body.extra = vec![0]),
        ScanRefusal::ExtraBytes,
    );
    refused(
        &edited(&one, |body| body.message = b"m".to_vec()),
        ScanRefusal::Message,
    );
    for length in [0, 15, 17, 40_000] {
        let actor = edited(&one, |body| body.actor = vec![1; length]);
        refused(&actor, ScanRefusal::ActorLength);
        let other = edited(&one, |body| body.others.push(vec![0xff; length]));
        refused(&other, ScanRefusal::ActorLength);
    }
    let actors = |count: u64| (0..count).map(|n| [[0xee; 8], n.to_be_bytes()].concat());
    refused(
        &edited(&one, |body| body.others.extend(actors(OTHER_ACTORS_MAX))),
        ScanRefusal::OtherActorCount,
    );
    refused(
        &edited(&one, |body| {
            body.deps = (0..=DEPS_MAX as u8).map(id).collect();
        }),
        ScanRefusal::DependencyCount,
    );
    let mut change = expanded(&one);
    change.extra_bytes = [&[1, 1], Author::from(vec![7u8]).as_bytes()].concat();
    refused(&compact(change), ScanRefusal::ExtraBytes);
}

#[test]
fn values_and_names() {
    let value = |text: String| {
        first_op(&[set("甲", "1")], |op| {
            op.action = OpType::Put(ScalarValue::Str(text.into()));
        })
    };
    refused(&value("v".repeat(16 * 1024 + 1)), ScanRefusal::ValueLength);
    for scalar in [
        ScalarValue::Int(1),
        ScalarValue::Uint(1),
        ScalarValue::F64(1.0),
        ScalarValue::Bytes(vec![1]),
        ScalarValue::counter(1),
        ScalarValue::Timestamp(1),
        ScalarValue::Unknown {
            type_code: 10,
            bytes: vec![1],
        },
    ] {
        let change = first_op(&[set("甲", "1")], |op| op.action = OpType::Put(scalar));
        let mut file = sample();
        assert!(matches!(
            file.admit(id(9), id(9), &change, &|_| true),
            Err(FileRefusal::Scan(ScanRefusal::ValueType(3..=10)))
        ));
    }
    let named = |name: String| first_op(&[set("甲", "1")], |op| op.key = Key::Map(name.into()));
    refused(&named("n".repeat(129)), ScanRefusal::Name);
    refused(&named(String::new()), SchemaRefusal::Name);
    let not_text = edited(&[set("ab", "1")], |body| {
        body.column(0x15, [signed(-1), unsigned(2), vec![0xff, 0xfe]].concat());
    });
    refused(&not_text, ScanRefusal::Name);
    // Automerge refuses text that is not UTF-8 by itself, in the box.
    let not_text = edited(&[set("ab", "12")], |body| {
        body.column(0x57, vec![0xff, 0xfe])
    });
    refused(&not_text, EngineRefusal::Unreadable);
    refused(
        &edited(&[set("甲", "1")], |body| body.column(0x57, b"12".to_vec())),
        ScanRefusal::RowCount(0x57),
    );
}

#[test]
fn the_schema_is_closed() {
    let field = |edit: &dyn Fn(&mut Op)| first_op(&[set("甲", "1")], |op| edit(op));
    let item = |edit: &dyn Fn(&mut Op)| first_op(&[check("甲", true)], |op| edit(op));
    let note = |edit: &dyn Fn(&mut Op)| first_op(&[append("字")], |op| edit(op));
    let put = |value: ScalarValue| move |op: &mut Op| op.action = OpType::Put(value.clone());
    let object = |counter, actor| {
        move |op: &mut Op| {
            op.obj = ObjectId::Id(OpId::new(counter, &ActorId::from(id::<16>(actor))))
        }
    };
    refused(&field(&|op| op.obj = ObjectId::Root), SchemaRefusal::Root);
    for (counter, actor) in [(4, 0), (1, 1), (1, 9)] {
        refused(&field(&object(counter, actor)), SchemaRefusal::Object);
    }
    refused(
        &field(&put(ScalarValue::Boolean(true))),
        SchemaRefusal::FieldValue,
    );
    refused(&field(&put(ScalarValue::Null)), SchemaRefusal::FieldValue);
    refused(&field(&object(2, 0)), SchemaRefusal::ItemValue);
    refused(&item(&object(1, 0)), SchemaRefusal::FieldValue);
    refused(&item(&put(ScalarValue::Null)), SchemaRefusal::ItemValue);
    refused(
        &item(&|op| op.action = OpType::Delete),
        SchemaRefusal::ItemRemoved,
    );
    refused(
        &field(&|op| op.action = OpType::Delete),
        SchemaRefusal::Overwritten,
    );
    refused(&field(&|op| op.key = Key::head()), SchemaRefusal::Key);
    refused(&field(&|op| op.insert = true), SchemaRefusal::Key);
    refused(&field(&object(3, 0)), SchemaRefusal::Key);
    refused(&note(&object(1, 0)), SchemaRefusal::Key);
    refused(
        &note(&put(ScalarValue::Str("二字".into()))),
        SchemaRefusal::Character,
    );
    refused(
        &note(&put(ScalarValue::Str("".into()))),
        SchemaRefusal::Character,
    );
    refused(
        &note(&put(ScalarValue::Boolean(true))),
        SchemaRefusal::Character,
    );
    refused(
        &note(&|op| op.insert = false),
        SchemaRefusal::CharacterReplaced,
    );
    refused(
        &note(&|op| op.pred = vec![own(1)].into()),
        SchemaRefusal::Overwritten,
    );
    refused(&note(&|op| op.action = OpType::Delete), SchemaRefusal::Key);
    refused(
        &note(&|op| op.action = OpType::MarkEnd(false)),
        SchemaRefusal::Mark,
    );
    refused(
        &note(&|op| op.action = OpType::MarkEnd(true)),
        ScanRefusal::UnknownColumn(0x94),
    );
    refused(
        &note(&|op| {
            op.action = OpType::MarkBegin(MarkData {
                name: "b".into(),
                value: ScalarValue::Boolean(true),
                expand: false,
            });
        }),
        ScanRefusal::UnknownColumn(0xa5),
    );
    refused(
        &field(&|op| op.action = OpType::Increment(1)),
        ScanRefusal::ValueType(4),
    );
    refused(
        &edited(&[set("甲", "1")], |body| body.column(0x42, run(-1, 5))),
        EngineRefusal::Unreadable,
    );
    refused(
        &edited(&[set("甲", "1")], |body| body.column(0x42, run(-1, 8))),
        ScanRefusal::ColumnValue(0x42),
    );
}

#[test]
fn other_encodings_of_the_same_change() {
    let one = [set("甲", "1"), append("字")];
    let honest = sample().prepare(&one, id(9)).unwrap();
    // The number of dependencies in two bytes instead of one.
    let mut longer = content(&honest);
    longer[0] |= 0x80;
    longer.insert(1, 0);
    refused(&chunk(1, &longer), ScanRefusal::Number);
    refused(
        &edited(&one, |body| body.deps = vec![id(7), id(6)]),
        ScanRefusal::DependencyOrder,
    );
    refused(
        &edited(&one, |body| body.deps = vec![body.deps[0]; 2]),
        ScanRefusal::DependencyOrder,
    );
    refused(
        &edited(&one, |body| body.others.push(id::<16>(0xaa).to_vec())),
        EngineRefusal::NotCanonical,
    );
    refused(
        &edited(&one, |body| body.others = vec![body.actor.clone()]),
        ScanRefusal::OtherActorOrder,
    );
    refused(
        &edited(&one[..1], |body| body.column(0x42, run(1, 1))),
        EngineRefusal::NotCanonical,
    );
    refused(
        &edited(&one, |body| body.columns.reverse()),
        ScanRefusal::ColumnOrder,
    );
    refused(
        &edited(&one, |body| body.column(0x71, Vec::new())),
        ScanRefusal::ColumnOrder,
    );
    refused(
        &edited(&one, |body| body.column(0x22, vec![1])),
        ScanRefusal::UnknownColumn(0x22),
    );
    refused(
        &edited(&one, |body| body.columns.clear()),
        ScanRefusal::Empty,
    );
}

#[test]
fn another_actor_than_the_entry_derives() {
    let stolen = sample().prepare(&[set("甲", "1")], id(8)).unwrap();
    refused(&stolen, FileRefusal::Actor);
}
