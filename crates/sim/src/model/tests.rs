//! The model against stories told by hand.

use std::collections::BTreeSet;

use super::custody::{Deed, What};
use super::money::{Paid, Slip, Sum};
use super::{Book, Case, Id, Outcome, month};

fn id(number: u8) -> Id {
    [number; 32]
}

fn deed(number: u8, by: u8, parents: &[u8], what: What) -> Deed {
    Deed {
        id: id(number),
        by: id(by),
        parents: parents.iter().map(|parent| id(*parent)).collect(),
        place: (id(by), [0; 16], u64::from(number)),
        what: Some(what),
        on_paper: false,
    }
}

fn push(to: u8) -> What {
    What::Push {
        to: id(to),
        baton: id(1),
        after: Vec::new(),
        manifest: id(0),
    }
}

fn ack(push: u8) -> What {
    What::Ack {
        push: id(push),
        baton: id(1),
    }
}

#[test]
fn an_ack_moves_the_case_and_voids_a_recall_that_had_not_seen_it() {
    let recall = What::Recall {
        push: id(2),
        baton: id(1),
    };
    let case = Case::new(vec![
        deed(1, 10, &[], What::Receive { own: false }),
        deed(2, 10, &[1], push(20)),
        deed(3, 20, &[2], ack(2)),
        deed(4, 10, &[2], recall),
        deed(5, 10, &[3, 4], What::Close),
    ]);
    assert_eq!(case.holders(), BTreeSet::from([id(20)]));
    let outcomes = case.outcomes();
    assert_eq!(outcomes[&id(4)], Outcome::Void);
    assert_eq!(outcomes[&id(5)], Outcome::Denied);
}

#[test]
fn a_double_push_leaves_two_holders_until_one_yields() {
    let mut deeds = vec![
        deed(1, 10, &[], What::Receive { own: false }),
        deed(2, 10, &[1], push(20)),
        deed(3, 10, &[1], push(30)),
        deed(4, 20, &[2], ack(2)),
        deed(5, 30, &[3], ack(3)),
        deed(6, 30, &[4, 5], What::Yield(id(5))),
    ];
    let both = Case::new(deeds[..5].to_vec());
    assert_eq!(both.holders(), BTreeSet::from([id(20), id(30)]));
    let one = Case::new(deeds.clone());
    assert_eq!(one.holders(), BTreeSet::from([id(20)]));
    deeds.push(deed(7, 20, &[4, 5], What::Yield(id(4))));
    assert_eq!(Case::new(deeds).holders(), BTreeSet::from([id(10)]));
}

#[test]
fn a_twin_counts_once_another_city_built_on_it_alone() {
    let twin = |number, what| Deed {
        place: (id(20), [0; 16], 7),
        ..deed(number, 20, &[3], what)
    };
    let mut deeds = vec![
        deed(1, 10, &[], What::Receive { own: false }),
        deed(2, 10, &[1], push(20)),
        deed(3, 20, &[2], ack(2)),
        twin(4, What::Accept("on".into())),
        twin(5, What::NotAccept("-".into())),
    ];
    let of = |deeds: &[Deed]| {
        let outcomes = Case::new(deeds.to_vec()).outcomes();
        (outcomes[&id(4)], outcomes[&id(5)])
    };
    assert_eq!(of(&deeds), (Outcome::Void, Outcome::Void));
    deeds.push(deed(6, 10, &[4], What::Edit));
    assert_eq!(of(&deeds), (Outcome::Stands, Outcome::Void));
    deeds.push(deed(7, 10, &[5], What::Edit));
    assert_eq!(of(&deeds), (Outcome::Disputed, Outcome::Disputed));
}

#[test]
fn a_line_counts_once_it_is_signed_and_a_number_once_for_a_pair() {
    let slip = |number, by, parents: &[u8], paid| Slip {
        id: id(number),
        by: id(by),
        parents: parents.iter().map(|parent| id(*parent)).collect(),
        place: (id(by), [0; 16], u64::from(number)),
        paid,
        allowed: true,
        held: false,
    };
    let sum = |fen, payer| Sum {
        kind: "postage",
        back: false,
        fen,
        payer: id(payer),
    };
    let cost = |fen| Paid::Cost {
        sum: sum(fen, 20),
        instead: None,
    };
    let confirm = |line| Paid::Confirm {
        line: id(line),
        kind: "postage",
    };
    let book = |first, slips: &[Slip]| {
        let mut all = vec![slip(first, 10, &[], Paid::Other)];
        all.extend_from_slice(slips);
        Book {
            tracking: "EZ1".into(),
            posted: Some("2026-09-03".into()),
            from: id(10),
            to: Some(id(20)),
            slips: all,
        }
    };
    let line = slip(2, 20, &[1], cost(700));
    let signed = slip(3, 10, &[2], confirm(2));
    let waiting = month(&[book(1, std::slice::from_ref(&line))], "2026-09");
    assert_eq!(waiting.lines, 0);
    let counted = month(&[book(1, &[line.clone(), signed.clone()])], "2026-09");
    assert_eq!(counted.owes[&(id(10), id(20))], 700);
    assert_eq!(counted.net(&id(20)) + counted.net(&id(10)), 0);
    let twin = [slip(5, 20, &[4], cost(700)), slip(6, 10, &[5], confirm(5))];
    let pair = [line.clone(), signed.clone()];
    let both = month(&[book(1, &pair), book(4, &twin)], "2026-09");
    assert_eq!(both.lines, 0);

    // Half is borne by the payer once both cities signed that; the line stays, its reverse beside it.
    let half = |number, liable| {
        let paid = Paid::Cost {
            sum: sum(350, 20),
            instead: Some((id(2), id(liable))),
        };
        slip(number, 20, &[number - 1], paid)
    };
    let correct = Paid::Correct {
        line: id(2),
        sum: sum(700, 20),
        liable: id(10),
        lines: vec![id(4), id(5)],
    };
    let agree = Paid::Agree {
        correction: id(6),
        line: id(2),
    };
    let mut slips = vec![line, signed, half(4, 10), half(5, 20)];
    slips.push(slip(6, 20, &[5], correct));
    assert_eq!(month(&[book(1, &slips)], "2026-09").lines, 1);
    slips.push(slip(7, 10, &[6], agree));
    let settled = month(&[book(1, &slips)], "2026-09");
    assert_eq!((settled.lines, settled.net(&id(20))), (4, 350));
    // Half a correction is none: while a new line is in dispute the old one is not given back.
    slips.push(slip(8, 10, &[7], Paid::Dispute(id(4))));
    let disputed = month(&[book(1, &slips)], "2026-09");
    assert_eq!((disputed.lines, disputed.net(&id(20))), (2, 700));
}
