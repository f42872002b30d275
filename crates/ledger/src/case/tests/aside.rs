//! Ratings, orders, complaints, and papers on their way.

use super::fixture::{Fixture, Play, acked, meet, who};
use super::*;
use crate::kind::Meeting;

/// A case whose applicant has the result.
fn served(fixture: &Fixture) -> Play<'_> {
    let mut play = acked(fixture);
    play.accept(NP);
    play.decide(NP, Outcome::Granted);
    play.does(
        NP,
        &Act::SendResult(SendResult {
            delivery: Delivery::Network,
        }),
    );
    let on = day("2026-09-07");
    play.does(
        QZ,
        &Act::Served(Served {
            on,
            means: Means::Post,
        }),
    );
    play.does(NP, &Act::Close);
    play
}

fn rate(visit: u16, level: u8) -> Act {
    Act::Rate(Rate {
        channel: if visit == 0 {
            Channel::Online
        } else {
            Channel::OnSite
        },
        visit,
        level,
        city: NP,
        target: Target::Delivery,
    })
}

/// one rating for a matter online and one for each visit; of two that did not see each other the worse
/// counts, on every node.
#[test]
fn a_matter_is_rated_once_online_and_once_for_each_visit() {
    let fixture = Fixture::new();
    let mut early = acked(&fixture);
    assert_eq!(early.refused(QZ, &rate(0, 1)), Code::State, "no result yet");
    assert_eq!(
        early.refused(QZ, &rate(2, 1)),
        Code::Argument,
        "no second visit"
    );
    early.does(QZ, &rate(1, 1));
    assert_eq!(early.refused(QZ, &rate(1, 2)), Code::RatingExists);
    let mut play = served(&fixture);
    assert_eq!(play.refused(QZ, &rate(0, 0)), Code::Argument);
    assert_eq!(play.refused(QZ, &rate(0, 6)), Code::Argument);
    let first = play.does(QZ, &rate(0, 2));
    assert_eq!(play.refused(NP, &rate(0, 1)), Code::RatingExists);
    // Two nodes took one each.
    assert_eq!(meet((QZ, &rate(0, 2)), (NP, &rate(0, 4))), Meeting::Stand);
    force(&mut play.state, 90, NP, &rate(0, 4));
    let ratings = play.state.ratings();
    let (counted, rating) = ratings[&0];
    assert_eq!((ratings.len(), rating.level), (1, 4));
    assert_ne!(counted, first);
}

/// R-162 (SC-3): a bad rating is followed up in order, by the rated city, with its clocks; a good one is not.
#[test]
fn a_bad_rating_is_followed_up() {
    let fixture = Fixture::new();
    let mut play = served(&fixture);
    let rating = play.on("2026-09-26").does(QZ, &rate(0, 4));
    let step = |step| {
        Act::FollowUp(FollowUp {
            rating,
            step,
            officer: who("S01"),
        })
    };
    assert_eq!(play.due(ClockName::RatingContact), Some(day("2026-09-28")));
    assert_eq!(play.due(ClockName::RatingMend), Some(day("2026-10-22")));
    assert_eq!(
        play.refused(QZ, &step(FollowStep::Contacted)),
        Code::NotHolder
    );
    assert_eq!(play.refused(NP, &step(FollowStep::Mended)), Code::State);
    play.on("2026-09-28").does(NP, &step(FollowStep::Contacted));
    play.on("2026-10-15").does(NP, &step(FollowStep::Mended));
    assert_eq!(play.refused(NP, &step(FollowStep::Mended)), Code::Already);
    play.does(NP, &step(FollowStep::CalledBack));
    assert!(play.overdue("2026-10-30").is_empty());
    let mut good = served(&fixture);
    let rating = good.does(QZ, &rate(0, 3));
    let step = FollowUp {
        rating,
        step: FollowStep::Contacted,
        officer: who("S01"),
    };
    assert_eq!(good.refused(NP, &Act::FollowUp(step)), Code::State);
    assert_eq!(good.due(ClockName::RatingContact), None);
}

/// nothing in a rating says who rated.
#[test]
fn a_rating_names_nobody() {
    assert_eq!(rate(0, 5).officer(), None);
    let names = rate(0, 5).details(|_| "350700".into());
    let names: Vec<&str> = names.keys().map(String::as_str).collect();
    assert_eq!(names, ["about", "level", "target", "visit"]);
}

/// R-135, R-164 (E28): orders and complaints are answered by the city that they are about, once, in time.
#[test]
fn orders_and_complaints_are_answered_by_whom_they_are_about() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let order = |to, due: &str| {
        Act::Supervise(Supervise {
            to,
            reason: "idle".into(),
            due: day(due),
            officer: who("SV1"),
        })
    };
    assert_eq!(play.refused(QZ, &order(HS, "2026-09-10")), Code::NotParty);
    assert_eq!(play.refused(QZ, &order(NP, "2026-09-06")), Code::Date);
    let order = play.does(QZ, &order(NP, "2026-09-10"));
    let complaint = play.does(
        QZ,
        &Act::Complain(Complain {
            about: NP,
            reason: "sent-elsewhere".into(),
        }),
    );
    assert_eq!(play.due(ClockName::Supervision), Some(day("2026-09-10")));
    assert_eq!(play.due(ClockName::Complaint), Some(day("2026-09-20")));
    for to in [order, complaint] {
        let reply = Act::Reply(Reply {
            to,
            officer: who("SV2"),
        });
        assert_eq!(play.refused(QZ, &reply), Code::NotHolder);
        play.does(NP, &reply);
        assert_eq!(play.refused(NP, &reply), Code::Already);
    }
}

fn paper(requirement: &str, pages: u16) -> Paper {
    Paper {
        requirement: requirement.into(),
        copies: 1,
        pages,
        original: true,
    }
}

/// R-085, R-087 (SC-3): a list that does not agree with what arrived blocks acceptance until both cities signed; and
/// originals are away until they are sent back.
#[test]
fn a_difference_blocks_acceptance_until_both_signed() {
    let fixture = Fixture::with(|annex| annex.guides[0].requirements[0].post = true);
    let mut play = acked(&fixture);
    let accept = Act::Accept(Accept {
        on: day("2026-09-07"),
        officer: who("B01"),
    });
    assert_eq!(
        play.refused(NP, &accept),
        Code::CheckMissing,
        "the original is not here"
    );
    assert_eq!(play.due(ClockName::OriginalsPost), Some(day("2026-09-09")));
    let send = |to, pages| {
        Act::PapersSent(PapersSent {
            to,
            tracking: Some("EZ900000155CN".into()),
            papers: vec![paper("M1", pages)],
            officer: who("D01"),
        })
    };
    let sent = play.does(QZ, &send(Some(NP), 18));
    assert_eq!(play.state.originals_out().get("M1"), Some(&NP));
    let take = |city, pages| {
        let found = vec![paper("M1", pages)];
        (
            city,
            Act::PapersTaken(PapersTaken {
                sent,
                found,
                officer: who("W07"),
            }),
        )
    };
    let (_, taken) = take(NP, 17);
    assert_eq!(play.refused(QZ, &taken), Code::NotHolder);
    let taken = play.does(NP, &taken);
    assert_eq!(play.state.differences(), [taken]);
    assert_eq!(play.refused(NP, &accept), Code::CheckMissing);
    let mend = Act::PapersMended(PapersMended {
        taken,
        papers: vec![paper("M1", 17)],
        officer: who("D01"),
    });
    assert_eq!(play.refused(NP, &mend), Code::NotHolder);
    let mended = play.does(QZ, &mend);
    assert_eq!(
        play.refused(NP, &accept),
        Code::CheckMissing,
        "one signature"
    );
    let agree = Act::PapersAgreed(PapersAgreed {
        mended,
        officer: who("W07"),
    });
    assert_eq!(play.refused(QZ, &agree), Code::NotHolder);
    play.does(NP, &agree);
    assert!(play.state.differences().is_empty());
    // Papers that the owner examines are complete once they are there as the list says.
    let mut later = play.clone_at();
    later
        .state
        .facts
        .retain(|_, fact| !matches!(fact.act, Act::PapersAgreed(_)));
    later.on("2026-09-09").does(NP, &agree);
    assert_eq!(later.refused(NP, &accept), Code::Date);
    let then = Act::Accept(Accept {
        on: day("2026-09-09"),
        officer: who("B01"),
    });
    later.does(NP, &then);
    play.does(NP, &accept);
    play.does(NP, &send(None, 17));
    assert!(play.state.originals_out().is_empty());
}

/// R-101, R-104 (E19): a certificate is issued after a decision that grants, and no other.
#[test]
fn a_certificate_follows_a_decision_that_grants() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let cert = Act::IssueCert(IssueCert {
        kind: "营业执照".into(),
        electronic: true,
        officer: who("B01"),
    });
    play.accept(NP);
    assert_eq!(play.refused(NP, &cert), Code::State);
    let mut refused = play.clone_at();
    refused.decide(NP, Outcome::Refused);
    assert_eq!(refused.refused(NP, &cert), Code::State);
    play.decide(NP, Outcome::Granted);
    play.does(NP, &cert);
    // It is served only with a proof, once.
    assert_eq!(play.refused(NP, &Act::Close), Code::State);
}

/// with an electronic certificate and paper the case closes on the first service, and the second is a task for
/// afterwards.
#[test]
fn a_case_with_two_certificates_closes_on_the_first_service() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    play.accept(NP);
    play.decide(NP, Outcome::Granted);
    let cert = |electronic| {
        Act::IssueCert(IssueCert {
            kind: "证明".into(),
            electronic,
            officer: who("B01"),
        })
    };
    let served = |on: &str, means| Act::Served(Served { on: day(on), means });
    let first = served("2026-09-07", Means::Portal);
    let second = served("2026-09-09", Means::Post);
    play.does(NP, &cert(true));
    let delivery = Delivery::Network;
    play.does(NP, &Act::SendResult(SendResult { delivery }));
    let mut single = play.clone_at();
    single.does(NP, &first);
    assert_eq!(
        single.refused(NP, &second),
        Code::Already,
        "there is one form"
    );
    play.does(NP, &cert(false));
    play.does(NP, &first);
    let offered = next(
        &play.state,
        &super::fixture::on(NP, "2026-09-07"),
        &play.view,
    );
    let place = |name: &str| offered.iter().position(|command| *command == name);
    assert!(place("case.close") < place("case.served"), "{offered:?}");
    play.does(NP, &Act::Close);
    assert_eq!(play.state.stage(), Stage::Closed);
    assert_eq!(play.due(ClockName::SecondServe), Some(day("2026-09-17")));
    assert!(play.overdue("2026-09-18").contains(&ClockName::SecondServe));
    let author = super::fixture::on(NP, "2026-09-09");
    assert!(next(&play.state, &author, &play.view).contains(&"case.served"));
    play.on("2026-09-09").does(NP, &second);
    assert!(!play.overdue("2026-12-31").contains(&ClockName::SecondServe));
    assert_eq!(play.refused(NP, &second), Code::Already);
}

/// an original that was listed and never sent, as both cities agree, is away from nobody.
#[test]
fn an_original_that_both_agree_never_left_is_not_away() {
    let fixture = Fixture::new();
    let mut play = acked(&fixture);
    let paper = |requirement: &str, original| Paper {
        requirement: requirement.into(),
        copies: 1,
        pages: 1,
        original,
    };
    let sent = PapersSent {
        to: Some(NP),
        tracking: None,
        papers: vec![paper("M1", true), paper("M2", false)],
        officer: who("D01"),
    };
    let sent = play.does(QZ, &Act::PapersSent(sent));
    let found = || vec![paper("M2", false)];
    let taken = PapersTaken {
        sent,
        found: found(),
        officer: who("D02"),
    };
    let taken = play.does(NP, &Act::PapersTaken(taken));
    assert_eq!(
        play.state.originals_out().len(),
        1,
        "until both have settled it"
    );
    let mended = PapersMended {
        taken,
        papers: found(),
        officer: who("D01"),
    };
    let mended = play.does(QZ, &Act::PapersMended(mended));
    assert_eq!(
        play.state.originals_out().len(),
        1,
        "one city's word is not enough"
    );
    let officer = who("D02");
    play.does(NP, &Act::PapersAgreed(PapersAgreed { mended, officer }));
    assert!(play.state.originals_out().is_empty());
}
