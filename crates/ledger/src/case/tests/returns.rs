//! Tests of why papers went back, and against whom that counts.

use super::fixture::{Fixture, Play, receive, who};
use crate::case::{Act, Cause, CorrectionNotice, Defect, Fault, Return};
use crate::consult::Mark;
use crate::parcel::fixture::{NP, QZ, entry};

fn notice(of: &[&str]) -> Act {
    let defects = of.iter().map(|id| Defect {
        requirement: (*id).to_owned(),
        fault: Fault::WrongForm,
    });
    Act::CorrectionNotice(CorrectionNotice {
        submission: 1,
        guide: 1,
        defects: defects.collect(),
        complete: true,
        officer: who("W09"),
        recheck: None,
        visit: None,
        paper: None,
    })
}

/// what the owner had called in order in the consult that a case names counts against the owner when it goes
/// back, the other points against the window; where the consult is not here, nobody is blamed.
#[test]
fn what_the_owner_vouched_for_counts_against_the_owner() {
    let fixture = Fixture::new();
    let mark = Mark::of(&entry(77).into());
    let check = |consult, vouched: &dyn Fn(&Mark, &str, i64) -> Option<bool>, expect: &[Return]| {
        let mut papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
        papers.consult = consult;
        let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
        play.check(QZ, &["M1"]);
        play.hand(QZ, NP);
        let notice = play.does(NP, &notice(&["M1", "M2"]));
        let found = play.state.return_causes(&fixture.view(), vouched);
        let expect = expect.iter().map(|row| Return {
            notice,
            ..row.clone()
        });
        assert_eq!(found, expect.collect::<Vec<_>>());
    };
    let row = |cause, against, points: &[&str]| Return {
        notice: entry(0),
        cause,
        against,
        points: points.iter().map(|id| (*id).to_owned()).collect(),
    };
    let of_m1 = |named: &Mark, id: &str, _by: i64| Some(*named == mark && id == "M1");
    check(
        Some(mark),
        &of_m1,
        &[
            row(Cause::Vouched, Some(NP), &["M1"]),
            row(Cause::Papers, Some(QZ), &["M2"]),
        ],
    );
    check(None, &of_m1, &[row(Cause::Papers, Some(QZ), &["M1", "M2"])]);
    check(
        Some(mark),
        &|_, _, _| None,
        &[row(Cause::Unknown, None, &["M1", "M2"])],
    );
}
