//! Texts of a meeting: the same wall as a case file, with the notes alone behind it.

use super::{append, check, id, set};
use crate::file::{CaseFile, FileRefusal, FiledChange, SchemaRefusal, Shape};

/// a change of a meeting that writes anything but characters is set aside, and what builds on it too; the text
/// is as if it had not come, in any way of building it.
#[test]
fn a_text_takes_characters_and_nothing_else() {
    let mut case = CaseFile::new();
    let odd = case
        .prepare(&[append("甲"), set("申请人", "乙")], id(1))
        .unwrap();
    case.admit(id(1), id(1), &odd, &|_| true).unwrap();
    let upon = case.prepare(&[append("丙")], id(2)).unwrap();
    let mut text = CaseFile::of(Shape::Text);
    let before = text.digest();
    assert_eq!(
        text.admit(id(1), id(1), &odd, &|_| true),
        Err(FileRefusal::Schema(SchemaRefusal::Object))
    );
    assert!(matches!(
        text.admit(id(2), id(2), &upon, &|_| true),
        Err(FileRefusal::MissingDependency { .. })
    ));
    assert_eq!(text.digest(), before);
    let good = text.prepare(&[append("丁")], id(3)).unwrap();
    text.admit(id(3), id(3), &good, &|_| true).unwrap();
    assert_eq!(text.view().notes, "丁");
    let changes = [(1, &odd), (2, &upon), (3, &good)];
    let filed = changes.map(|(number, change)| FiledChange {
        entry: id(number),
        actor: id(number),
        change,
    });
    let (anew, aside) = CaseFile::shaped(Shape::Text, filed, &|_, _| true);
    assert_eq!(anew.digest(), text.digest());
    assert_eq!(aside.len(), 2);
}

/// nobody signs such a change here.
#[test]
fn fields_of_a_text_are_refused_before_anything_is_signed() {
    let text = CaseFile::of(Shape::Text);
    assert!(text.prepare(&[set("名称", "值")], id(1)).is_err());
    assert!(text.prepare(&[check("一项", true)], id(1)).is_err());
    assert!(text.prepare(&[append("字")], id(1)).is_ok());
}
