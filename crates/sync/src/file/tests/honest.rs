//! What clerks do: edits, their limits, what a file shows, and that what is prepared is admitted.

use std::collections::BTreeMap;

use super::super::{
    CHANGE_BYTES_MAX, CaseFile, EDITS_MAX, Edit, EditError, GENESIS_HASH, NAME_BYTES_MAX, OPS_MAX,
    OTHER_ACTORS_MAX, VALUE_BYTES_MAX, scan,
};
use super::{append, check, delete, id, insert, sample, set, write};

#[test]
fn a_file_shows_what_was_written() {
    let file = sample();
    let view = file.view();
    let fields: BTreeMap<_, _> = [("申请人", "测试甲"), ("电话", "001")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(view.fields, fields);
    assert!(view.conflicts.is_empty());
    let checklist: BTreeMap<_, _> = [("身份证", true), ("户口簿", false)]
        .map(|(item, done)| (item.to_owned(), done))
        .into();
    assert_eq!(view.checklist, checklist);
    assert_eq!(view.notes, "已核对。");
    assert_eq!(file.applied().len(), 3);
    assert_eq!(file.heads(), [file.applied()[&id::<32>(3)]]);
}

#[test]
fn an_empty_file_holds_the_first_change_alone() {
    let file = CaseFile::new();
    assert_eq!(file.heads(), [GENESIS_HASH]);
    assert_eq!(file.view(), Default::default());
    assert_eq!(file.digest(), CaseFile::new().digest());
    assert_ne!(file.digest(), sample().digest());
}

#[test]
fn concurrent_values_are_a_conflict_until_the_next() {
    let base = sample();
    let (mut one, mut two) = (base.clone(), base.clone());
    let first = write(&mut one, 4, &[set("地址", "甲路 1 号")]);
    let second = write(&mut two, 5, &[set("地址", "乙路 2 号")]);
    one.admit(id(5), id(5), &second, &|_| true).unwrap();
    two.admit(id(4), id(4), &first, &|_| true).unwrap();
    assert_eq!(one.view(), two.view());
    assert_eq!(one.digest(), two.digest());
    let view = one.view();
    assert_eq!(view.conflicts["地址"], ["乙路 2 号", "甲路 1 号"]);
    assert!(view.conflicts["地址"].contains(&view.fields["地址"]));
    write(&mut one, 6, &[set("地址", "甲路 1 号")]);
    assert!(one.view().conflicts.is_empty());
    assert_eq!(one.view().fields["地址"], "甲路 1 号");
}

#[test]
fn the_same_value_twice_is_no_conflict() {
    let base = sample();
    let (mut one, mut two) = (base.clone(), base.clone());
    write(&mut one, 4, &[set("地址", "甲路 1 号")]);
    let second = write(&mut two, 5, &[set("地址", "甲路 1 号")]);
    one.admit(id(5), id(5), &second, &|_| true).unwrap();
    assert!(one.view().conflicts.is_empty());
}

#[test]
fn notes_are_counted_in_characters_and_clamped() {
    let mut file = CaseFile::new();
    write(&mut file, 1, &[append("甲乙😀丙")]);
    write(&mut file, 2, &[insert(3, "丁"), insert(usize::MAX, "尾")]);
    assert_eq!(file.view().notes, "甲乙😀丁丙尾");
    write(&mut file, 3, &[delete(1, 2), delete(3, usize::MAX)]);
    assert_eq!(file.view().notes, "甲丁丙");
    write(
        &mut file,
        4,
        &[
            insert(0, "暂"),
            delete(0, 1),
            set("甲", "1"),
            set("甲", "2"),
        ],
    );
    assert_eq!(file.view().notes, "甲丁丙");
    let remove = Edit::RemoveField {
        name: "甲".to_owned(),
    };
    write(&mut file, 5, &[remove.clone(), set("乙", "3")]);
    assert_eq!(file.view().fields.len(), 1);
    assert!(matches!(
        file.prepare(&[remove], id(6)),
        Err(EditError::NoEffect)
    ));
}

#[test]
fn preparing_changes_nothing_and_carries_nothing_but_the_edits() {
    let file = sample();
    let before = (file.view(), file.digest());
    let change = file.prepare(&[append("末")], id(9)).unwrap();
    assert_eq!((file.view(), file.digest()), before);
    let scanned = scan(&change).unwrap();
    assert_eq!((scanned.actor, scanned.ops), (id(9), 1));
    assert_eq!(change, file.prepare(&[append("末")], id(9)).unwrap());
}

#[test]
fn edits_serialise() {
    let edits = [set("甲", "1"), check("乙", true), delete(1, 2)];
    let text = serde_json::to_string(&edits).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Edit>>(&text).unwrap(), edits);
    assert!(
        serde_json::from_str::<Edit>(r#"{"check":{"item":"a","done":true,"by":"b"}}"#).is_err()
    );
}

#[test]
fn limits_are_named() {
    let file = sample();
    let prepare = |edits: &[Edit]| file.prepare(edits, id(9));
    let name = "n".repeat(NAME_BYTES_MAX);
    let value = "v".repeat(VALUE_BYTES_MAX);
    assert!(prepare(&[set(&name, &value)]).is_ok());
    assert!(matches!(prepare(&[]), Err(EditError::NoEdits)));
    assert!(matches!(
        prepare(&vec![check("甲", true); EDITS_MAX + 1]),
        Err(EditError::TooManyEdits(_))
    ));
    assert!(matches!(
        prepare(&[set(&format!("{name}n"), "")]),
        Err(EditError::Name(_))
    ));
    assert!(matches!(
        prepare(&[check("", true)]),
        Err(EditError::Name(_))
    ));
    assert!(matches!(
        prepare(&[set("甲", &format!("{value}v"))]),
        Err(EditError::Value { .. })
    ));
    assert!(prepare(&[append(&"字".repeat(OPS_MAX as usize))]).is_ok());
    assert!(matches!(
        prepare(&[append(&"字".repeat(OPS_MAX as usize)), set("甲", "")]),
        Err(EditError::TooManyOps)
    ));
    let long: Vec<Edit> = (0..=CHANGE_BYTES_MAX / VALUE_BYTES_MAX)
        .map(|place| set(&place.to_string(), &value))
        .collect();
    assert!(matches!(prepare(&long), Err(EditError::TooLong)));
    assert!(matches!(
        prepare(&[set("电话", "001")]),
        Err(EditError::NoEffect)
    ));
    assert!(matches!(
        file.prepare(&[append("末")], id(2)),
        Err(EditError::ActorUsed)
    ));
}

#[test]
fn a_passage_of_too_many_authors_is_deleted_in_parts() {
    let mut file = CaseFile::new();
    let count = OTHER_ACTORS_MAX as usize;
    for number in 0..count {
        let actor = *blake3::hash(&number.to_be_bytes()).as_bytes();
        let short = actor[..16].try_into().unwrap();
        let change = file.prepare(&[append("字")], short).unwrap();
        file.admit(actor, short, &change, &|_| true).unwrap();
    }
    // The first change's actor made the notes, so one place is taken.
    assert!(matches!(
        file.prepare(&[delete(0, count)], id(9)),
        Err(EditError::TooManyAuthors)
    ));
    write(&mut file, 9, &[delete(0, count - 1)]);
    write(&mut file, 10, &[delete(0, 1)]);
    assert_eq!(file.view().notes, "");
}

#[test]
fn a_restored_backup_converges_with_what_it_forgot() {
    // It goes on under fresh actors, since its boot nonce is new (A12).
    let backup = sample();
    let mut live = backup.clone();
    let forgotten = write(&mut live, 4, &[append("遗失")]);
    let mut restored = backup;
    let after = write(&mut restored, 5, &[append("恢复")]);
    live.admit(id(5), id(5), &after, &|_| true).unwrap();
    restored.admit(id(4), id(4), &forgotten, &|_| true).unwrap();
    assert_eq!(live.digest(), restored.digest());
    assert_eq!(live.view(), restored.view());
    assert!(live.view().notes.contains("遗失") && live.view().notes.contains("恢复"));
}
