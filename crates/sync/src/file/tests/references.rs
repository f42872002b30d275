//! Operations that refer to what is not there, is not below them, or is about something else.
//!
//! Such a change would apply on a node where the referenced operation has arrived by chance, and fail
//! on another: the file looks at what lies below the change, never at what has arrived.

use automerge::ActorId;
use automerge::legacy::{ElementId, Key, OpId};

use super::super::{CaseFile, FileRefusal, SchemaRefusal};
use super::forge::{compact, expand};
use super::{Edit, append, delete, id, insert, sample, set, write};

fn forged(
    file: &CaseFile,
    edits: &[Edit],
    edit: impl FnOnce(&mut automerge::ExpandedChange),
) -> Vec<u8> {
    let mut change = expand(&file.prepare(edits, id(9)).unwrap());
    edit(&mut change);
    compact(change)
}

fn refused(file: &CaseFile, change: &[u8], expected: impl Into<FileRefusal>) {
    let mut file = file.clone();
    let before = file.digest();
    assert_eq!(
        file.admit(id(9), id(9), change, &|_| true),
        Err(expected.into())
    );
    assert_eq!(file.digest(), before);
    write(&mut file, 10, &[append("续")]);
}

fn op(counter: u64, actor: u8) -> OpId {
    OpId::new(counter, &ActorId::from(id::<16>(actor)))
}

#[test]
fn overwriting_what_is_not_there() {
    let file = sample();
    let edits = [set("电话", "002")];
    // Unknown actor; known actor without this operation; the first change; the change itself.
    for target in [op(4, 77), op(400, 3), op(1, 0), op(1, 9)] {
        let change = forged(&file, &edits, |change| {
            change.operations[0].pred = vec![target].into();
        });
        refused(&file, &change, FileRefusal::Reference { op: 0 });
    }
    let itself = forged(&file, &edits, |change| {
        change.operations[0].pred = vec![op(change.start_op.get(), 9)].into();
    });
    refused(&file, &itself, FileRefusal::Reference { op: 0 });
}

#[test]
fn overwriting_another_field() {
    let file = sample();
    // Entry 1 set 申请人 with its first operation, number 4.
    let change = forged(&file, &[set("电话", "002")], |change| {
        change.operations[0].pred = vec![op(4, 1)].into();
    });
    refused(&file, &change, FileRefusal::Reference { op: 0 });
}

#[test]
fn a_place_that_is_no_character() {
    let file = sample();
    for place in [op(4, 1), op(3, 0), op(9, 77)] {
        let change = forged(&file, &[append("字")], |change| {
            change.operations[0].key = Key::Seq(ElementId::Id(place));
        });
        refused(&file, &change, FileRefusal::Reference { op: 0 });
    }
    let later = forged(&file, &[insert(0, "甲"), insert(0, "乙")], |change| {
        change.operations[0].key = Key::Seq(ElementId::Id(op(change.start_op.get() + 1, 9)));
    });
    refused(&file, &later, FileRefusal::Reference { op: 0 });
}

#[test]
fn what_is_concurrent_is_out_of_reach_even_when_it_has_arrived() {
    let base = sample();
    let mut knows = base.clone();
    write(&mut knows, 4, &[append("并行"), set("电话", "003")]);
    let character = expand(&knows.prepare(&[append("后")], id(9)).unwrap());
    let Key::Seq(place) = character.operations[0].key.clone() else {
        unreachable!("notes are addressed by element");
    };
    let change = forged(&base, &[append("字")], |change| {
        change.operations[0].key = Key::Seq(place);
    });
    refused(&knows, &change, FileRefusal::Reference { op: 0 });
    refused(&base, &change, FileRefusal::Reference { op: 0 });
    let seen = expand(&knows.prepare(&[set("电话", "004")], id(9)).unwrap());
    let change = forged(&base, &[set("电话", "004")], |change| {
        change.operations[0].pred = seen.operations[0].pred.clone();
    });
    refused(&knows, &change, FileRefusal::Reference { op: 0 });
}

#[test]
fn one_operation_is_overwritten_once() {
    let file = sample();
    let change = forged(
        &file,
        &[set("电话", "002"), set("电话", "003")],
        |change| {
            change.operations[1].pred = change.operations[0].pred.clone();
        },
    );
    refused(&file, &change, SchemaRefusal::OverwrittenTwice);
    let change = forged(&file, &[delete(0, 2)], |change| {
        change.operations[1] = change.operations[0].clone();
    });
    refused(&file, &change, SchemaRefusal::OverwrittenTwice);
    let change = forged(&file, &[delete(0, 2)], |change| {
        change.operations[1].pred = change.operations[0].pred.clone();
    });
    refused(&file, &change, SchemaRefusal::Overwritten);
}

#[test]
fn a_dependency_outside_the_ancestors() {
    let mut file = sample();
    let change = file.prepare(&[append("字")], id(9)).unwrap();
    let head = file.heads()[0];
    assert_eq!(
        file.admit(id(9), id(9), &change, &|entry| *entry != id(3)),
        Err(FileRefusal::MissingDependency { change: head })
    );
    file.admit(id(9), id(9), &change, &|entry| *entry == id(3))
        .unwrap();
}
