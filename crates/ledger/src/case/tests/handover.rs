//! Cases that follow their item to another department of the owner (E29).

use super::fixture::{Fixture, acked, meet, who};
use super::*;
use crate::city::Transfer;

fn transfer(change: u32, from: &str, to: &str, on: &str) -> Transfer {
    Transfer {
        change: entry(change),
        item: "I-02".into(),
        from_dept: from.into(),
        to_dept: to.into(),
        on: day(on),
    }
}

/// R-183 (SC-7): the case has one department at any time, the old one until it is handed over, and its clocks stay.
#[test]
fn a_case_that_follows_its_item_keeps_its_clocks() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    play.accept(NP);
    let before = play.state.clocks(&play.view);
    assert!(play.state.handover_due(&[]).is_none());
    let moved = [transfer(900, "D1", "D2", "2026-09-08")];
    let due = play.state.handover_due(&moved).expect("an open case");
    assert_eq!(
        play.state.department(),
        None,
        "until then the owner's page tells"
    );
    play.on("2026-09-08");
    let act = Act::HandoverCase(due);
    assert_eq!(play.refused(QZ, &act), Code::NoPower);
    play.does(NP, &act);
    assert_eq!(play.state.department(), Some("D2"));
    assert_eq!(
        play.state.clocks(&play.view),
        before,
        "no clock starts anew"
    );
    assert_eq!(play.state.stage(), Stage::Accepted);
    assert!(play.state.handover_due(&moved).is_none(), "once");
    assert_eq!(play.refused(NP, &act), Code::Already);
    // No second acceptance by the new department.
    let again = Accept {
        on: play.state.papers_day(),
        officer: who("B09"),
    };
    assert_eq!(play.refused(NP, &Act::Accept(again)), Code::Already);
    // It goes on where the old one stopped.
    play.decide(NP, Outcome::Granted);
}

/// a case follows each transfer in turn, and one that came in later came to the new department.
#[test]
fn a_case_follows_transfers_in_turn() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let moves = [
        transfer(900, "D1", "D2", "2026-09-07"),
        transfer(800, "D2", "D3", "2026-09-09"),
    ];
    play.on("2026-09-09");
    for to in ["D2", "D3"] {
        let due = play.state.handover_due(&moves).expect("a transfer");
        assert_eq!(due.to_dept, to);
        play.does(NP, &Act::HandoverCase(due));
    }
    assert_eq!(play.state.department(), Some("D3"));
    assert!(play.state.handover_due(&moves).is_none());
    let earlier = [transfer(700, "D1", "D2", "2026-09-06")];
    let later = acked(&fixture);
    assert!(later.state.handover_due(&earlier).is_none());
    let mut other = transfer(700, "D1", "D2", "2026-09-08");
    other.item = "I-07".into();
    assert!(later.state.handover_due(&[other]).is_none());
}

/// E29: a hand-over says from whom, follows the last one, and ends with the case.
#[test]
fn a_hand_over_follows_the_last_one() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let hand = |from: &str, to: &str, change: u32, after: Option<EntryId>| {
        Act::HandoverCase(HandoverCase {
            change: entry(change),
            from_dept: from.into(),
            to_dept: to.into(),
            after,
            officer: None,
        })
    };
    assert_eq!(play.refused(NP, &hand("D1", "D1", 1, None)), Code::Argument);
    assert_eq!(
        play.refused(NP, &hand("人社", "D1", 1, None)),
        Code::Argument
    );
    let first = play.does(NP, &hand("D1", "D2", 900, None));
    assert_eq!(
        play.refused(NP, &hand("D2", "D3", 901, None)),
        Code::StaleParent
    );
    let wrong = hand("D1", "D3", 901, Some(first));
    assert_eq!(play.refused(NP, &wrong), Code::Argument);
    let act = hand("D2", "D3", 901, Some(first));
    assert_eq!(meet((NP, &act), (NP, &act)), crate::kind::Meeting::Stand);
    let refusal = NotAccept {
        basis: "行政许可法32".into(),
        officer: who("B01"),
    };
    play.does(NP, &Act::NotAccept(refusal));
    assert_eq!(play.refused(NP, &act), Code::State);
}
