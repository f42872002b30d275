//! Two changes of one actor, as only a dishonest or broken device signs them (A8 to A10).

use super::super::{CaseFile, EditError, FileRefusal, FiledChange};
use super::{append, id, sample, set, write};

fn filed<const N: usize>(changes: [(u8, u8, &[u8]); N]) -> [FiledChange<'_>; N] {
    changes.map(|(entry, actor, change)| FiledChange {
        entry: id(entry),
        actor: id(actor),
        change,
    })
}

fn twin(other: u8, rebuild: bool) -> FileRefusal {
    FileRefusal::Twin {
        other_entry: id(other),
        rebuild,
    }
}

#[test]
fn the_lower_entry_applies_in_either_order() {
    let base = CaseFile::new();
    let low = base.prepare(&[set("价格", "100")], id(9)).unwrap();
    let high = base.prepare(&[set("价格", "1")], id(9)).unwrap();

    let mut one = CaseFile::new();
    one.admit(id(20), id(9), &low, &|_| true).unwrap();
    let before = one.digest();
    assert_eq!(
        one.admit(id(21), id(9), &high, &|_| true),
        Err(twin(20, false))
    );
    assert_eq!(one.digest(), before);

    let mut two = CaseFile::new();
    two.admit(id(21), id(9), &high, &|_| true).unwrap();
    let honest = write(&mut two, 30, &[append("依赖")]);
    let independent = base.prepare(&[append("独立")], id(31)).unwrap();
    two.admit(id(31), id(31), &independent, &|_| true).unwrap();
    let before = two.digest();
    assert_eq!(
        two.admit(id(20), id(9), &low, &|_| true),
        Err(twin(21, true))
    );
    assert_eq!(two.digest(), before);

    let changes = filed([
        (21, 9, &high),
        (30, 30, &honest),
        (31, 31, &independent),
        (20, 9, &low),
    ]);
    let (two, aside) = CaseFile::from_changes(changes, &|_, _| true);
    assert_eq!(aside.len(), 2);
    assert_eq!(aside[&id::<32>(21)], twin(20, false));
    assert!(matches!(
        aside[&id::<32>(30)],
        FileRefusal::MissingDependency { .. }
    ));
    one.admit(id(31), id(31), &independent, &|_| true).unwrap();
    assert_eq!(one.digest(), two.digest());
    assert_eq!(two.view().fields["价格"], "100");
    assert_eq!(two.view().notes, "独立");
    assert!(matches!(
        two.prepare(&[append("再")], id(9)),
        Err(EditError::ActorUsed)
    ));
}

#[test]
fn equal_bytes_in_two_entries_belong_to_the_lower() {
    let base = CaseFile::new();
    let change = base.prepare(&[set("价格", "100")], id(9)).unwrap();
    let mut file = CaseFile::new();
    file.admit(id(21), id(9), &change, &|_| true).unwrap();
    let honest = file.prepare(&[append("依赖")], id(30)).unwrap();
    // Entry 30 descends from 21 alone, so the change of 20 is not below it in any order.
    let ancestors = |entry: &[u8; 32], other: &[u8; 32]| *entry == id(30) && *other == id(21);
    let orders = [
        filed([(21, 9, &change), (30, 30, &honest), (20, 9, &change)]),
        filed([(20, 9, &change), (21, 9, &change), (30, 30, &honest)]),
    ];
    let built = orders.map(|order| CaseFile::from_changes(order, &ancestors));
    assert_eq!(built[0].1, built[1].1);
    assert_eq!(built[0].0.digest(), built[1].0.digest());
    assert_eq!(built[0].0.applied(), built[1].0.applied());
    assert_eq!(built[0].0.applied().len(), 1);
}

#[test]
fn a_refused_twin_still_keeps_the_other_out() {
    let base = sample();
    let mut ahead = base.clone();
    write(&mut ahead, 5, &[append("前")]);
    let low = ahead.prepare(&[append("低")], id(9)).unwrap();
    let high = base.prepare(&[append("高")], id(9)).unwrap();
    let mut file = base.clone();
    // The lower twin builds on entry 5, which is not here.
    assert!(matches!(
        file.admit(id(20), id(9), &low, &|_| true),
        Err(FileRefusal::MissingDependency { .. })
    ));
    assert_eq!(
        file.admit(id(21), id(9), &high, &|_| true),
        Err(twin(20, false))
    );
    assert_eq!(file.digest(), base.digest());
}

#[test]
fn twins_that_build_on_each_other_crosswise_have_one_answer() {
    let base = CaseFile::new();
    let p_high = base.prepare(&[append("甲")], id(8)).unwrap();
    let q_high = base.prepare(&[append("乙")], id(9)).unwrap();
    let mut with_q = base.clone();
    with_q.admit(id(31), id(9), &q_high, &|_| true).unwrap();
    let p_low = with_q.prepare(&[append("丙")], id(8)).unwrap();
    let mut with_p = base.clone();
    with_p.admit(id(30), id(8), &p_high, &|_| true).unwrap();
    let q_low = with_p.prepare(&[append("丁")], id(9)).unwrap();
    let changes = filed([
        (30, 8, &p_high),
        (31, 9, &q_high),
        (10, 8, &p_low),
        (11, 9, &q_low),
    ]);
    let forward = CaseFile::from_changes(changes, &|_, _| true);
    let backward =
        CaseFile::from_changes([changes[1], changes[0], changes[3], changes[2]], &|_, _| {
            true
        });
    assert_eq!(forward.1, backward.1);
    assert_eq!(forward.1.len(), 4);
    assert_eq!(forward.0.digest(), base.digest());
    assert_eq!(backward.0.digest(), base.digest());
}

#[test]
fn the_actor_of_the_first_change_is_taken() {
    let base = CaseFile::new();
    let honest = base.prepare(&[append("甲")], id(9)).unwrap();
    let mut body = super::forge::Body::of(&honest);
    body.actor = id::<16>(0).to_vec();
    body.others.clear();
    body.column(0x01, super::forge::run(-1, 0));
    let mut file = CaseFile::new();
    assert_eq!(
        file.admit(id(9), id(0), &body.encode(), &|_| true),
        Err(twin(0, false))
    );
}
