//! Lapse of time, notices under a newer guide, pauses, withdrawal, and ends other than the usual one.

use super::fixture::{Fixture, Play, acked, meet, need, receive, who};
use super::*;
use crate::agreement::{Act as Founding, Guide};
use crate::kind::Meeting;

/// 南平 publishes a fourth version with one more material after 衢州 received by the first.
fn newer(fixture: &mut Fixture) {
    let guide = Guide {
        item: "I-02".into(),
        owner: NP,
        version: 4,
        effective: day("2026-09-14"),
        requirements: vec![
            need("M1", true, true),
            need("M2", true, false),
            need("M5", true, false),
        ],
        id_check: true,
        texts: None,
    };
    fixture.enact(1_000_010, NP, &Founding::Publish(guide));
}

/// R-078 (SC-2): the owner's newer guide holds, one complete notice cites it, and a second
/// one is refused.
#[test]
fn papers_by_an_older_guide_come_back_once_and_completely() {
    let mut fixture = Fixture::new();
    newer(&mut fixture);
    // The window has not heard of it, so it opens under the agreement that it knows.
    let old = Fixture::new();
    let papers = receive("330800", NP, "2026-09-14", &["M1", "M2"]);
    let mut play = Play::open(&old, QZ, "2026-09-14", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    assert_eq!(play.due(ClockName::Notice), Some(day("2026-09-20")));
    assert_eq!(play.state.stale_guide(&play.view), None);
    play.view = fixture.view();
    assert_eq!(play.state.stale_guide(&play.view), Some(4));
    // A guide that was never in force for this receipt is not cited.
    let wrong = Act::CorrectionNotice(play.a_notice(3, &["M1"]));
    assert_eq!(
        play.on("2026-09-16").refused(NP, &wrong),
        Code::GuideVersion
    );
    let notice = play.notice(NP, 4, &["M5", "M2"]);
    let second = Act::CorrectionNotice(play.a_notice(4, &["M1"]));
    assert_eq!(play.refused(NP, &second), Code::NoticeSecond);
    play.told(QZ, notice);
    assert_eq!(play.used(ClockName::Notice), [2]);
    // A notice by the owner is followed by a push back; the correction goes by the guide that it cites.
    play.hand(NP, QZ);
    play.on("2026-09-18").correct(Some(notice), &["M5", "M2"]);
    play.pass(QZ);
    play.hand(QZ, NP);
    let unknown = Act::CorrectionNotice(play.a_notice(4, &["征信报告"]));
    assert_eq!(
        play.on("2026-09-21").refused(NP, &unknown),
        Code::NotInGuide
    );
    let unchanged = Act::CorrectionNotice(play.a_notice(4, &["M1"]));
    assert_eq!(play.refused(NP, &unchanged), Code::NoticeSecond);
    play.accept(NP);
    assert_eq!(play.state.accepted(), Some(day("2026-09-18")));
    assert_eq!(play.due(ClockName::Decide), Some(day("2026-09-22")));
    play.on("2026-09-22").decide(NP, Outcome::Granted);
    assert!(play.overdue("2026-09-22").is_empty());
    assert_eq!((play.state.trips(), play.state.notices().count()), (2, 1));
}

/// R-008, R-110 (SC-5): of two texts under one version neither holds, and the earlier version stays in force.
#[test]
fn two_texts_under_one_version_leave_the_earlier_one_in_force() {
    let mut fixture = Fixture::new();
    newer(&mut fixture);
    let again = Guide {
        item: "I-02".into(),
        owner: NP,
        version: 4,
        effective: day("2026-09-14"),
        requirements: vec![need("M1", true, true)],
        id_check: true,
        texts: None,
    };
    // Known to its author's desk before the first one was: both stand.
    fixture.enact_unseen(1_000_011, NP, &Founding::Publish(again));
    let view = fixture.view();
    assert_eq!(view.guide_conflicts().len(), 2);
    let guide = view.newest_guide("I-02", &NP, 1, day("2026-09-20"));
    assert_eq!(guide.map(|guide| guide.version), Some(1));
}

fn deemed_terms() -> Fixture {
    Fixture::with(|annex| annex.limits.deemed_all = true)
}

fn deem_due(play: &Play<'_>) -> Act {
    Act::DeemDue(DeemDue {
        submission: play.state.submission(),
        expired: play.state.notice_due(&play.view).unwrap(),
    })
}

/// R-130 (E12, SC-2 variant 2c): nobody was told in five days, so the case counts as accepted from the receipt.
#[test]
fn a_case_that_nobody_answers_counts_as_accepted() {
    let fixture = deemed_terms();
    let papers = receive("330800", NP, "2026-09-14", &["M1", "M2"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-14", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    let due = deem_due(&play);
    assert_eq!(play.on("2026-09-20").refused(QZ, &due), Code::NotDue);
    play.on("2026-09-21");
    assert_eq!(
        play.refused(NP, &due),
        Code::NoPower,
        "only R served notices"
    );
    let said = play.does(QZ, &due);
    assert_eq!(
        (play.state.stage().code(), play.state.deemed()),
        ("S51", Some(false))
    );
    let accept = |on: &str| {
        Act::DeemAccept(DeemAccept {
            due: said,
            on: day(on),
        })
    };
    assert_eq!(play.refused(NP, &accept("2026-09-21")), Code::Date);
    play.does(NP, &accept("2026-09-14"));
    assert_eq!(play.state.accepted(), Some(day("2026-09-14")));
    assert_eq!(play.state.deemed(), Some(true));
    // The promise was over before anybody noticed: red at both cities.
    assert_eq!(play.due(ClockName::Decide), Some(day("2026-09-17")));
    assert!(play.overdue("2026-09-21").contains(&ClockName::Decide));
}

/// E12: who shows that the applicant was told in time contests it, and people decide.
#[test]
fn a_notice_served_in_time_contests_the_lapse() {
    let fixture = deemed_terms();
    let mut play = acked(&fixture);
    let notice = play.notice(NP, 1, &["M1"]);
    play.on("2026-09-15");
    let said = play.does(QZ, &deem_due(&play));
    let told = NoticeServed {
        notice,
        on: day("2026-09-10"),
        means: Means::Phone,
    };
    play.does(NP, &Act::NoticeServed(told.clone()));
    assert!(play.state.deem_contested());
    let accept = DeemAccept {
        due: said,
        on: day("2026-09-07"),
    };
    assert_eq!(play.refused(NP, &Act::DeemAccept(accept)), Code::Disputed);
    // R itself does not say both.
    let due = deem_due(&play);
    let told = Act::NoticeServed(told);
    assert_eq!(meet((QZ, &due), (QZ, &told)), Meeting::Disputed);
    assert_eq!(meet((QZ, &due), (NP, &told)), Meeting::Stand);
}

/// E12: without a licence, and without an agreement that says so, nothing lapses.
#[test]
fn nothing_lapses_for_what_is_no_licence() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let due = deem_due(&play);
    assert_eq!(play.on("2026-09-30").refused(QZ, &due), Code::State);
}

/// R-130, R-131 (E15, E16): a special procedure stops the clock, and the time is extended once by two officers.
#[test]
fn the_decision_pauses_and_is_extended_once() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let start = |on: &str| {
        Act::SpecialStart(SpecialStart {
            kind: Special::Hearing,
            on: day(on),
            days: 10,
            basis: "行政许可法46".into(),
            officer: who("B01"),
        })
    };
    assert_eq!(
        play.refused(NP, &start("2026-09-08")),
        Code::State,
        "not accepted"
    );
    play.accept(NP);
    assert_eq!(play.due(ClockName::Decide), Some(day("2026-09-10")));
    let started = play.on("2026-09-08").does(NP, &start("2026-09-08"));
    assert_eq!(play.refused(NP, &start("2026-09-09")), Code::Already);
    assert_eq!(play.state.stage().code(), "S61");
    let decide = Act::Decide(Decide {
        outcome: Outcome::Granted,
        officer: who("B02"),
    });
    play.does(NP, &Act::SubstantiveReview(who("B01")));
    assert_eq!(play.refused(NP, &decide), Code::State);
    let end = SpecialEnd {
        start: started,
        on: day("2026-09-15"),
        officer: who("B01"),
    };
    play.on("2026-09-15").does(NP, &Act::SpecialEnd(end));
    // One day was used before the pause, two are left after the day on which it ended.
    assert_eq!(play.due(ClockName::Decide), Some(day("2026-09-17")));
    let extend = |days, second: &str| {
        Act::Extend(Extend {
            days,
            basis: "行政许可法42".into(),
            officer: who("B01"),
            second: who(second),
        })
    };
    assert_eq!(play.refused(NP, &extend(10, "B01")), Code::SameOfficer);
    assert_eq!(play.refused(NP, &extend(11, "H01")), Code::TooLarge);
    play.does(NP, &extend(10, "H01"));
    assert_eq!(play.refused(NP, &extend(1, "H01")), Code::Already);
    assert_eq!(play.due(ClockName::Decide), Some(day("2026-10-08")));
    assert_eq!(play.state.stage().code(), "S62");
    play.does(NP, &decide);
    assert_eq!(
        meet((NP, &extend(1, "H01")), (NP, &extend(2, "H01"))),
        Meeting::Disputed
    );
}

/// E14: what belongs to another organ goes on to the member that is competent, or ends here.
#[test]
fn a_case_is_redirected_once_to_whom_it_belongs() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let to = |to| {
        Act::Redirect(Redirect {
            to,
            basis: "许可法32".into(),
            officer: who("B01"),
        })
    };
    assert_eq!(play.refused(QZ, &to(Some(HS))), Code::NotHolder);
    assert_eq!(play.refused(NP, &to(Some(NP))), Code::Argument);
    let mut gone = acked(&fixture);
    gone.does(NP, &to(None));
    assert_eq!(
        (gone.state.stage().code(), gone.state.stage().terminal()),
        ("S53", true)
    );
    let accept = Act::Accept(Accept {
        on: day("2026-09-07"),
        officer: who("B01"),
    });
    assert_eq!(gone.refused(NP, &accept), Code::State);
    play.does(NP, &to(Some(HS)));
    assert_eq!(play.state.owner(), HS);
    // Who said that the case is not its own does not decide it.
    let accept = Act::Accept(Accept {
        on: day("2026-09-07"),
        officer: who("B01"),
    });
    assert_eq!(play.refused(NP, &accept), Code::NoPower);
    play.hand(NP, HS);
    // It does not go round in a circle.
    assert_eq!(play.refused(HS, &to(Some(NP))), Code::Argument);
    play.accept(HS);
    assert_eq!(play.state.accepted(), Some(day("2026-09-07")));
}

/// R-027 (E23): the holder answers a request to withdraw, once, and before the decision.
#[test]
fn a_case_is_withdrawn_before_it_is_decided() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    play.accept(NP);
    let ask = Act::WithdrawRequest(WithdrawRequest {
        officer: who("W01"),
    });
    let request = play.does(QZ, &ask);
    assert_eq!(play.refused(QZ, &ask), Code::Already);
    // While the request waits nothing is decided.
    play.does(NP, &Act::SubstantiveReview(who("B01")));
    let decide = Act::Decide(Decide {
        outcome: Outcome::Granted,
        officer: who("B02"),
    });
    assert_eq!(play.refused(NP, &decide), Code::State);
    let grant = Act::WithdrawGrant(WithdrawGrant {
        request,
        releases: Vec::new(),
        officer: who("B01"),
    });
    assert_eq!(play.refused(QZ, &grant), Code::NotHolder);
    let refuse = |request, officer: Option<&str>| {
        Act::WithdrawRefuse(WithdrawRefuse {
            request,
            because: None,
            officer: officer.map(who),
        })
    };
    assert_eq!(
        play.refused(NP, &refuse(request, None)),
        Code::NotFound,
        "no node refuses by itself"
    );
    let mut refused = acked(&fixture);
    let other = refused.does(QZ, &ask);
    refused.does(NP, &refuse(other, Some("B01")));
    assert_eq!(refused.state.withdrawal(), None);
    play.does(NP, &grant);
    assert_eq!(
        (play.state.stage().code(), play.state.stage().terminal()),
        ("S91", true)
    );
    assert_eq!(play.refused(NP, &decide), Code::State);
    assert_eq!(meet((NP, &grant), (NP, &decide)), Meeting::Disputed);
    assert_eq!(
        meet((NP, &grant), (NP, &refuse(request, Some("B01")))),
        Meeting::Disputed
    );
}

/// R-130 (S92): no correction in time ends the case, not a day before.
#[test]
fn a_correction_that_never_comes_ends_the_case() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let notice = play.notice(NP, 1, &["M1"]);
    let end = Act::NoCorrection(NoCorrection {
        notice,
        officer: who("B01"),
    });
    assert_eq!(
        play.on("2026-12-01").refused(NP, &end),
        Code::CheckMissing,
        "never told"
    );
    play.on("2026-09-08").told(QZ, notice);
    assert_eq!(play.due(ClockName::Correction), Some(day("2026-09-29")));
    assert_eq!(play.on("2026-09-29").refused(NP, &end), Code::NotDue);
    play.on("2026-09-30").does(NP, &end);
    assert_eq!(
        (play.state.stage().code(), play.state.stage().terminal()),
        ("S92", true)
    );
}

/// papers that the applicant commits to do not hold up the window, and the decision says so.
#[test]
fn a_commitment_lets_the_case_go_on_and_is_followed_up() {
    let fixture = Fixture::new();
    let papers = receive("330800", NP, "2026-09-07", &["M1"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    let commit = |due: &str, id: &str| {
        Act::Commitment(Commitment {
            missing: vec![id.into()],
            due: day(due),
            officer: who("W01"),
        })
    };
    assert_eq!(play.refused(QZ, &commit("2026-09-07", "M2")), Code::Date);
    assert_eq!(
        play.refused(QZ, &commit("2026-09-30", "M9")),
        Code::NotInGuide
    );
    let commitment = play.does(QZ, &commit("2026-09-30", "M2"));
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    play.accept(NP);
    play.does(NP, &Act::SubstantiveReview(who("B01")));
    let decide = |outcome| {
        Act::Decide(Decide {
            outcome,
            officer: who("B02"),
        })
    };
    assert_eq!(
        play.refused(NP, &decide(Outcome::Granted)),
        Code::CheckMissing
    );
    play.does(NP, &decide(Outcome::OnCommitment));
    assert_eq!(play.state.stage().code(), "S71");
    // The day passes: a task for the owner and a mark, and no revocation.
    assert_eq!(play.due(ClockName::Commitment), Some(day("2026-09-30")));
    assert!(play.overdue("2026-10-09").contains(&ClockName::Commitment));
    assert_eq!(play.state.stage().code(), "S71");
    let kept = CommitmentChecked {
        commitment,
        kept: true,
        officer: who("B01"),
    };
    play.on("2026-09-29")
        .does(NP, &Act::CommitmentChecked(kept.clone()));
    assert_eq!(
        play.refused(NP, &Act::CommitmentChecked(kept)),
        Code::NotFound
    );
    assert!(play.state.open_commitments().is_empty());
}

/// what was reviewed online is issued on the spot when all paper is the same; one officer may
/// then do both, and otherwise never.
#[test]
fn the_same_paper_is_decided_on_the_spot() {
    let fixture = Fixture::with(|annex| {
        annex.items[0].modes = vec![Mode::A];
        annex.items[0].instant = true;
    });
    let papers = Receive {
        mode: Mode::A,
        ..receive("350700", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(&fixture, NP, "2026-09-07", papers);
    let reviewed = PreReview {
        passed: true,
        submission: 1,
        officer: who("B01"),
    };
    let review = play.does(NP, &Act::PreReview(reviewed));
    let compared = |different: Vec<String>| {
        Act::Compared(Compared {
            review,
            different,
            officer: who("W01"),
        })
    };
    play.check(NP, &["M1"]);
    let mut other = play.clone_at();
    other.does(NP, &compared(vec!["M2".into()]));
    other.accept(NP);
    assert_eq!(
        other.refused(NP, &Act::SubstantiveReview(who("W01"))),
        Code::SameOfficer
    );
    play.does(NP, &compared(Vec::new()));
    play.accept(NP);
    play.does(NP, &Act::SubstantiveReview(who("W01")));
    let decide = Decide {
        outcome: Outcome::Granted,
        officer: who("W01"),
    };
    play.does(NP, &Act::Decide(decide));
    assert_eq!(play.state.stage().code(), "S70");
}

/// R decides nothing that is another city's, and no decision stands without the owner's review.
#[test]
fn the_window_decides_nothing_and_nothing_is_decided_without_review() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let accept = Act::Accept(Accept {
        on: day("2026-09-07"),
        officer: who("W02"),
    });
    assert_eq!(play.refused(QZ, &accept), Code::NotHolder);
    play.accept(NP);
    let decide = Act::Decide(Decide {
        outcome: Outcome::Granted,
        officer: who("B02"),
    });
    assert_eq!(play.refused(NP, &decide), Code::State);
    // Even while R holds it, it may not.
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut held = Play::open(&fixture, QZ, "2026-09-07", papers);
    held.check(QZ, &["M1"]);
    assert_eq!(held.refused(QZ, &accept), Code::NoPower);
    assert_eq!(held.refused(QZ, &decide), Code::NoPower);
}

/// what the window saw is relied on, and nobody is sent elsewhere without a basis.
#[test]
fn an_original_that_the_window_saw_is_not_asked_for_again() {
    let fixture = Fixture::new();
    let play = acked(&fixture);
    let again = |recheck: Option<&str>, visit: Option<&str>| {
        let mut notice = play.a_notice(1, &["M1"]);
        notice.defects[0].fault = Fault::OriginalWanted;
        notice.recheck = recheck.map(str::to_owned);
        notice.visit = visit.map(str::to_owned);
        Act::CorrectionNotice(notice)
    };
    assert_eq!(play.refused(NP, &again(None, None)), Code::Argument);
    assert_eq!(play.judge(NP, &again(Some("sample"), None)), Ok(()));
    assert_eq!(
        play.refused(NP, &again(Some("sample"), Some(""))),
        Code::Argument
    );
}

/// R-106 (E30, E31): a decision is annulled by two officers, and what nobody rated is archived after a month.
#[test]
fn a_case_is_annulled_by_law_and_archived_in_time() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    play.accept(NP);
    let annul = |second: &str| {
        Act::Annul(Annul {
            basis: "许可法69".into(),
            officer: who("B01"),
            second: who(second),
        })
    };
    play.decide(NP, Outcome::Granted);
    assert_eq!(play.refused(NP, &annul("H01")), Code::State, "not closed");
    play.does(
        NP,
        &Act::SendResult(SendResult {
            delivery: Delivery::Network,
        }),
    );
    let on_day = day("2026-09-07");
    play.does(
        QZ,
        &Act::Served(Served {
            on: on_day,
            means: Means::Portal,
        }),
    );
    play.does(NP, &Act::Close);
    let package = play.state.package();
    let archive = |package| {
        Act::Archive(Archive {
            package,
            officer: who("A01"),
        })
    };
    assert_eq!(
        play.on("2026-10-06").refused(NP, &archive(package)),
        Code::NotDue
    );
    assert_eq!(
        play.on("2026-10-07").refused(HS, &archive(package)),
        Code::NotParty
    );
    let other = tongban_identity::Hash32([7; 32]);
    assert_eq!(play.refused(NP, &archive(other)), Code::StaleParent);
    play.does(NP, &archive(package));
    assert_eq!(play.refused(NP, &archive(package)), Code::Already);
    assert_eq!(play.state.stage().code(), "S90");
    assert_eq!(play.state.package(), package, "made again it is the same");
    play.does(QZ, &archive(package));
    assert_eq!(play.state.stage().code(), "S99");
    let mut annulled = play.clone_at();
    assert_eq!(annulled.refused(NP, &annul("B01")), Code::SameOfficer);
    annulled.does(NP, &annul("H01"));
    assert_eq!(annulled.state.ending(), Some(Ending::Annulled));
}

/// a result goes through the window only where the owner lets it hand results out.
#[test]
fn a_window_hands_results_out_under_a_grant() {
    let send = |fixture: &Fixture| {
        let mut play = acked(fixture);
        play.accept(NP);
        play.decide(NP, Outcome::Granted);
        let sent = |delivery| Act::SendResult(SendResult { delivery });
        assert_eq!(play.judge(NP, &sent(Delivery::PostToApplicant)), Ok(()));
        play.judge(NP, &sent(Delivery::PostToWindow))
    };
    assert_eq!(send(&Fixture::new()), Err(Code::Grant));
    let granted = Fixture::with(|annex| {
        for grant in &mut annex.grants {
            grant.powers.push(crate::agreement::Power::Result);
        }
    });
    assert_eq!(send(&granted), Ok(()));
}

/// each power alone lets the window do its act, which rests on the grant that gives it; without it the act
/// is refused.
#[test]
fn each_power_is_for_its_act_alone() {
    use crate::agreement::Power;
    let acts = |play: &Play<'_>| {
        let check = IdCheck {
            passed: true,
            officer: who("W01"),
            replaces: Vec::new(),
        };
        let seen = OriginalCheck {
            seen: vec!["M1".into()],
            officer: who("W01"),
        };
        vec![
            (Power::IdCheck, Act::IdCheck(check)),
            (Power::OriginalCheck, Act::OriginalCheck(seen)),
            (
                Power::Notice,
                Act::CorrectionNotice(play.a_notice(1, &["M1"])),
            ),
        ]
    };
    for given in [Power::IdCheck, Power::OriginalCheck, Power::Notice] {
        let fixture = Fixture::with(|annex| {
            for grant in &mut annex.grants {
                grant.powers = vec![Power::Receive, given];
            }
        });
        let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
        let play = Play::open(&fixture, QZ, "2026-09-07", papers);
        for (power, act) in acts(&play) {
            let expected = if power == given {
                Ok(())
            } else {
                Err(Code::Grant)
            };
            assert_eq!(play.judge(QZ, &act), expected, "{given:?} {act:?}");
            let grant = grant_of(&play, QZ, &act);
            assert_eq!(grant.is_some(), power == given, "{given:?} {act:?}");
        }
    }
    // Acceptance by the window needs G1b, and a complete submission.
    let fixture = Fixture::with(|annex| {
        for grant in &mut annex.grants {
            grant.powers.push(Power::Accept);
        }
    });
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    play.accept(QZ);
    // Without G1a no case is opened at all.
    let none = Fixture::with(|annex| annex.grants.clear());
    let papers = receive("330800", NP, "2026-09-07", &["M1"]);
    let opened = Case::open(
        entry(1),
        &super::fixture::on(QZ, "2026-09-07"),
        &none.view(),
        &Act::Receive(papers),
    );
    assert_eq!(opened.map(|_| ()), Err(Code::Grant));
}

fn grant_of(play: &Play<'_>, by: CityId, act: &Act) -> Option<crate::agreement::Granted> {
    let (receiver, receive) = (&play.state.receiver, &play.state.receive);
    let author = super::fixture::on(by, "2026-09-07");
    grant_used(receiver, receive, &author, &play.view, act)
}

/// the grant is named by the view that the author cited: first the founding terms, then the taken offer.
#[test]
fn an_act_rests_on_the_grant_that_its_author_knew() {
    use crate::agreement::{Grant, Granted, Power};
    let pass = Act::IdCheck(IdCheck {
        passed: true,
        officer: who("W01"),
        replaces: Vec::new(),
    });
    let founding = Fixture::new();
    let papers = || receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let play = Play::open(&founding, QZ, "2026-09-07", papers());
    assert_eq!(grant_of(&play, QZ, &pass), Some(Granted::Founding));
    assert_eq!(grant_of(&play, NP, &pass), None, "the owner needs none");
    let mut later = Fixture::with(|annex| {
        for grant in &mut annex.grants {
            grant.powers = vec![Power::Receive];
        }
    });
    let offer = Grant {
        grantor: NP,
        grantee: QZ,
        items: Vec::new(),
        powers: vec![Power::IdCheck],
        from: None,
        until: None,
    };
    later.enact(1_000_010, NP, &Founding::Offer(offer));
    let play = Play::open(&later, QZ, "2026-09-07", papers());
    assert_eq!(grant_of(&play, QZ, &pass), None, "nobody has taken it");
    later.enact(1_000_011, QZ, &Founding::Take(entry(1_000_010)));
    let play = Play::open(&later, QZ, "2026-09-07", papers());
    let taken = Granted::Offer(entry(1_000_010));
    assert_eq!(grant_of(&play, QZ, &pass), Some(taken));
    assert_eq!(grant_of(&play, QZ, &Act::Close), None);
}

/// E12: what lapsed while it still lay at the window goes on to the owner, passed or not.
#[test]
fn what_lapsed_at_the_window_goes_on_to_the_owner() {
    let fixture = deemed_terms();
    let papers = receive("330800", NP, "2026-09-14", &["M1", "M2"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-14", papers);
    play.on("2026-09-21");
    let said = deem_due(&play);
    let due = play.does(QZ, &said);
    let on = day("2026-09-14");
    play.does(QZ, &Act::DeemAccept(DeemAccept { due, on }));
    play.hand(QZ, NP);
    play.decide(NP, Outcome::Granted);
    assert_eq!(play.state.stage().code(), "S70");
}

/// one officer alone decides nothing, whatever was reviewed before.
#[test]
fn one_officer_alone_decides_nothing() {
    let fixture = Fixture::with(|annex| annex.items[0].modes = vec![Mode::A]);
    let papers = Receive {
        mode: Mode::A,
        ..receive("350700", NP, "2026-09-07", &["M1", "M2"])
    };
    let mut play = Play::open(&fixture, NP, "2026-09-07", papers);
    let review = play.does(
        NP,
        &Act::PreReview(PreReview {
            passed: true,
            submission: 1,
            officer: who("W01"),
        }),
    );
    play.check(NP, &["M1"]);
    let different = Vec::new();
    let officer = who("W01");
    play.does(
        NP,
        &Act::Compared(Compared {
            review,
            different,
            officer,
        }),
    );
    play.accept(NP);
    let alone = Act::SubstantiveReview(who("W01"));
    assert_eq!(play.refused(NP, &alone), Code::SameOfficer);
}
