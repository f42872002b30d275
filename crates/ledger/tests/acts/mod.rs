//! Every act of a case: its event, its command and a sample; and why two of them meet as they do.
//!
//! The table is written by hand, beside the rules and not from them: a test compares the two, and the document of
//! pairs takes its reasons from here. An act that is new needs one row.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: each program uses its own part, and a panic is a failed test"
)]

use tongban_identity::{CityId, Hash32};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{
    Accept, Act, Annul, Answer, Archive, BackFlow, Channel, Commitment, CommitmentChecked,
    Compared, Complain, ConfirmAnswer, ConfirmAsk, Contact, CorrectionNotice, CorrectionSubmitted,
    Decide, Decline, DeemAccept, DeemDue, Defect, Delivery, Extend, Fault, FirstLook, FollowStep,
    FollowUp, FormalPass, HandoverCase, IdCheck, IssueCert, JumpOut, Material, Means, NoCorrection,
    NotAccept, NoticeServed, Officer, OriginalCheck, Outcome, Paper, PapersAgreed, PapersMended,
    PapersSent, PapersTaken, PreReview, Push, Rate, Receive, Redirect, Reply, SendResult, Served,
    Special, SpecialEnd, SpecialStart, SubAck, SubDecide, SubOpen, SubProgress, SubRecall,
    SubRelease, Supervise, TakeOver, Target, UndoAsk, WithdrawGrant, WithdrawRefuse,
    WithdrawRequest,
};
use tongban_ledger::code::Code;
use tongban_ledger::number::CaseNo;
use tongban_ledger::{CertificateId, EntryId, Meeting, Retain};

/// An act of a case.
pub struct Row {
    /// Its stable name.
    pub name: &'static str,
    /// Its event (`E08`), or where the source texts name none the step, the rule or the group.
    pub event: &'static str,
    /// The command that signs it; empty where only a node does so by itself.
    pub command: &'static str,
    /// One such act. Samples name the same push, step, request and question, so that they can meet.
    pub sample: fn() -> Act,
}

/// The events of the matrix, in order; those without a row of [`ACTS`] are no act of a case that is already open.
pub const EVENTS: [&str; 39] = [
    "E01", "E02", "E03", "E04", "E05", "E06", "E06s", "E07", "E08", "E09", "E10", "E11", "E12",
    "E13", "E14", "E15", "E16", "E17", "E18", "E19", "E20", "E21", "E22", "E23", "E24", "E25",
    "E26", "E27", "E28", "E29", "E30", "E31", "step", "paper", "prior", "call", "other", "file",
    "mend",
];

const fn row(
    name: &'static str,
    event: &'static str,
    command: &'static str,
    sample: fn() -> Act,
) -> Row {
    Row {
        name,
        event,
        command,
        sample,
    }
}

/// The acts, in the order of the document: one row for each.
pub const ACTS: &[Row] = &[
    row("receive", "E02", "case.receive", a_receipt),
    row("id-check", "E03", "case.id-check", || {
        Act::IdCheck(IdCheck {
            passed: true,
            officer: who(),
            replaces: Vec::new(),
        })
    }),
    row("original-check", "E04", "case.original-check", || {
        let seen = vec!["M1".into()];
        Act::OriginalCheck(OriginalCheck {
            seen,
            officer: who(),
        })
    }),
    row("formal-pass", "E05", "case.formal-pass", || {
        Act::FormalPass(FormalPass {
            submission: 1,
            officer: who(),
            consult: None,
        })
    }),
    row("commitment", "E05", "case.commit", || {
        Act::Commitment(Commitment {
            missing: vec!["M2".into()],
            due: day(),
            officer: who(),
        })
    }),
    row("correction-notice", "E06", "case.notice", || {
        let defect = Defect {
            requirement: "M2".into(),
            fault: Fault::Missing,
        };
        Act::CorrectionNotice(CorrectionNotice {
            submission: 1,
            guide: 1,
            defects: vec![defect],
            complete: true,
            officer: who(),
            recheck: None,
            visit: None,
            paper: None,
        })
    }),
    row("notice-served", "E06s", "case.notice-served", || {
        Act::NoticeServed(NoticeServed {
            notice: id(7),
            on: day(),
            means: Means::Phone,
        })
    }),
    row(
        "correction-submitted",
        "E07",
        "case.submit-correction",
        || {
            let material = Material {
                requirement: "M2".into(),
                pages: 1,
                proof: None,
            };
            Act::CorrectionSubmitted(CorrectionSubmitted {
                notice: Some(id(7)),
                materials: vec![material],
                on: day(),
            })
        },
    ),
    row("no-correction", "E07", "case.no-correction", || {
        Act::NoCorrection(NoCorrection {
            notice: id(7),
            officer: who(),
        })
    }),
    row("push", "E08", "case.push", || {
        Act::Push(Push {
            to: city(2),
            baton: id(1),
            manifest: Hash32([0; 32]),
            after: Vec::new(),
        })
    }),
    row("recall", "E09", "case.recall", || Act::Recall(an_answer())),
    row("ack", "E10", "", || Act::Ack(an_answer())),
    row("first-look", "E10", "case.first-look", || {
        Act::FirstLook(FirstLook {
            ack: id(3),
            officer: who(),
        })
    }),
    row("decline", "E10", "", || {
        Act::Decline(Decline {
            push: id(2),
            baton: id(1),
            reason: Code::Grant,
        })
    }),
    row("accept", "E11", "case.accept", || {
        Act::Accept(Accept {
            on: day(),
            officer: who(),
        })
    }),
    row("deem-due", "E12", "", || {
        Act::DeemDue(DeemDue {
            submission: 1,
            expired: day(),
        })
    }),
    row("deem-accept", "E12", "", || {
        Act::DeemAccept(DeemAccept {
            due: id(8),
            on: day(),
        })
    }),
    row("not-accept", "E13", "case.not-accept", || {
        Act::NotAccept(NotAccept {
            basis: "行政许可法32".into(),
            officer: who(),
        })
    }),
    row("redirect", "E14", "case.redirect", || {
        Act::Redirect(Redirect {
            to: None,
            basis: "行政许可法32".into(),
            officer: who(),
        })
    }),
    row("special-start", "E15", "case.special-start", || {
        Act::SpecialStart(SpecialStart {
            kind: Special::Hearing,
            on: day(),
            days: 5,
            basis: "行政许可法46".into(),
            officer: who(),
        })
    }),
    row("special-end", "E15", "case.special-end", || {
        Act::SpecialEnd(SpecialEnd {
            start: id(9),
            on: day(),
            officer: who(),
        })
    }),
    row("extend", "E16", "case.extend", || {
        Act::Extend(Extend {
            days: 5,
            basis: "行政许可法42".into(),
            officer: who(),
            second: Officer("H01".into()),
        })
    }),
    row("substantive-review", "E17", "case.review", || {
        Act::SubstantiveReview(who())
    }),
    row("decide", "E18", "case.decide", || {
        Act::Decide(Decide {
            outcome: Outcome::Granted,
            officer: who(),
        })
    }),
    row("commitment-checked", "E18", "case.check-commitment", || {
        Act::CommitmentChecked(CommitmentChecked {
            commitment: id(10),
            kept: true,
            officer: who(),
        })
    }),
    row("issue-cert", "E19", "case.issue-cert", || {
        Act::IssueCert(IssueCert {
            kind: "证明".into(),
            electronic: false,
            officer: who(),
        })
    }),
    row("send-result", "E20", "case.send-result", || {
        Act::SendResult(SendResult {
            delivery: Delivery::Network,
        })
    }),
    row("served", "E21", "case.served", || {
        Act::Served(Served {
            on: day(),
            means: Means::Sms,
        })
    }),
    row("close", "E22", "case.close", || Act::Close),
    row("withdraw-request", "E23", "case.withdraw", || {
        Act::WithdrawRequest(WithdrawRequest { officer: who() })
    }),
    row("withdraw-grant", "E23", "case.grant-withdrawal", || {
        Act::WithdrawGrant(WithdrawGrant {
            request: id(6),
            releases: Vec::new(),
            officer: who(),
        })
    }),
    row("withdraw-refuse", "E23", "case.refuse-withdrawal", || {
        Act::WithdrawRefuse(WithdrawRefuse {
            request: id(6),
            because: None,
            officer: Some(who()),
        })
    }),
    row("confirm-ask", "E26", "case.ask", || {
        Act::ConfirmAsk(ConfirmAsk {
            to: city(2),
            officer: who(),
        })
    }),
    row("confirm-answer", "E26", "case.answer", || {
        Act::ConfirmAnswer(ConfirmAnswer {
            ask: id(11),
            confirmed: true,
            means: Means::System,
            callee: None,
            officer: who(),
        })
    }),
    row("rate", "E27", "case.rate", || {
        Act::Rate(Rate {
            channel: Channel::OnSite,
            visit: 1,
            level: 5,
            city: city(2),
            target: Target::Window,
        })
    }),
    row("follow-up", "E27", "case.follow-up", || {
        Act::FollowUp(FollowUp {
            rating: id(12),
            step: FollowStep::Contacted,
            officer: who(),
        })
    }),
    row("supervise", "E28", "case.supervise", || {
        Act::Supervise(Supervise {
            to: city(2),
            reason: "late".into(),
            due: day(),
            officer: who(),
        })
    }),
    row("complain", "E28", "case.complain", || {
        Act::Complain(Complain {
            about: city(2),
            reason: "late".into(),
        })
    }),
    row("reply", "E28", "case.reply", || {
        Act::Reply(Reply {
            to: id(13),
            officer: who(),
        })
    }),
    row("handover-case", "E29", "case.hand-over", || {
        Act::HandoverCase(HandoverCase {
            change: id(19),
            from_dept: "D1".into(),
            to_dept: "D2".into(),
            after: None,
            officer: Some(who()),
        })
    }),
    row("annul", "E30", "case.annul", || {
        Act::Annul(Annul {
            basis: "行政许可法69".into(),
            officer: who(),
            second: Officer("H01".into()),
        })
    }),
    row("archive", "E31", "case.archive", || {
        Act::Archive(Archive {
            package: Hash32([0; 32]),
            officer: who(),
        })
    }),
    row("sub-open", "step", "case.open-step", || {
        Act::SubOpen(SubOpen {
            step: "S1".into(),
            to: city(2),
            officer: who(),
            after: Vec::new(),
        })
    }),
    row("sub-ack", "step", "", || Act::SubAck(SubAck { sub: id(5) })),
    row("sub-progress", "step", "case.step-progress", || {
        Act::SubProgress(SubProgress {
            sub: id(5),
            what: "sent".into(),
            officer: who(),
        })
    }),
    row("sub-decide", "step", "case.decide-step", || {
        Act::SubDecide(SubDecide {
            sub: id(5),
            outcome: Outcome::Granted,
            officer: who(),
        })
    }),
    row("sub-release", "step", "case.release-step", || {
        Act::SubRelease(SubRelease {
            sub: id(5),
            request: id(6),
            officer: who(),
        })
    }),
    row("sub-recall", "step", "case.recall-step", || {
        Act::SubRecall(SubRecall {
            sub: id(5),
            officer: who(),
        })
    }),
    row("undo-ask", "step", "case.ask-undo", || {
        Act::UndoAsk(UndoAsk {
            step: "S9".into(),
            officer: who(),
        })
    }),
    row("papers-sent", "paper", "case.send-papers", || {
        Act::PapersSent(PapersSent {
            to: Some(city(2)),
            tracking: None,
            papers: papers(),
            officer: who(),
        })
    }),
    row("papers-taken", "paper", "case.take-papers", || {
        Act::PapersTaken(PapersTaken {
            sent: id(14),
            found: papers(),
            officer: who(),
        })
    }),
    row("papers-mended", "paper", "case.mend-papers", || {
        Act::PapersMended(PapersMended {
            taken: id(15),
            papers: papers(),
            officer: who(),
        })
    }),
    row("papers-agreed", "paper", "case.agree-papers", || {
        Act::PapersAgreed(PapersAgreed {
            mended: id(16),
            officer: who(),
        })
    }),
    row("pre-review", "prior", "case.pre-review", || {
        Act::PreReview(PreReview {
            passed: true,
            submission: 1,
            officer: who(),
        })
    }),
    row("compared", "prior", "case.compare", || {
        Act::Compared(Compared {
            review: id(17),
            different: Vec::new(),
            officer: who(),
        })
    }),
    row("contact", "call", "case.contact", || {
        Act::Contact(Contact {
            about: id(2),
            means: Means::Fax,
            callee: who(),
            officer: who(),
        })
    }),
    row("jump-out", "other", "case.jump-out", || {
        Act::JumpOut(JumpOut {
            system: "GJJ".into(),
            sso: true,
            checked: day(),
            officer: who(),
        })
    }),
    row("back-flow", "other", "case.back-flow", || {
        Act::BackFlow(BackFlow {
            jump: id(20),
            number: "G-1".into(),
            on: day(),
            officer: who(),
        })
    }),
    row("edit", "file", "case.edit", || Act::Edit),
    row("yield", "mend", "case.yield", || Act::Yield(id(1))),
    row("take-over", "mend", "case.take-over", || {
        Act::TakeOver(TakeOver {
            certificate: CertificateId(Hash32([21; 32])),
            batons: vec![id(1)],
        })
    }),
    row("retract", "mend", "case.retract", || Act::Retract(id(18))),
    row("retain", "mend", "", || {
        Act::Retain(Retain {
            cert: tongban_identity::CertHash(Hash32([0; 32])),
            heads: Vec::new(),
        })
    }),
];

/// Finds an act's row.
pub fn find(name: &str) -> &'static Row {
    let found = ACTS.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("{name} has no row"))
}

/// The names of every act as the rules write them.
pub fn names() -> Vec<&'static str> {
    let source = include_str!("../../src/case/act/mod.rs");
    let arms = source.lines().filter_map(|line| {
        let (act, name) = line.trim().split_once(" => \"")?;
        act.starts_with("Act::").then_some(name)
    });
    arms.filter_map(|name| name.strip_suffix("\",")).collect()
}

/// Why two acts of which neither saw the other meet as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    AckWins,
    UnderAck,
    FallsWithRecall,
    AckOverDecline,
    TakenBeforeRecall,
    DecidedBeforeRelease,
    DecidedBeforeWithdrawal,
    Override,
    Answers,
    OtherAnswer,
    OffersAway,
    Twice,
    OneWord,
    Fact,
    Mending,
    Custody,
    Step,
    Alone,
}

impl Why {
    /// Every reason, in the order of the document.
    pub const ALL: [Why; 18] = [
        Why::AckWins,
        Why::UnderAck,
        Why::FallsWithRecall,
        Why::AckOverDecline,
        Why::TakenBeforeRecall,
        Why::DecidedBeforeRelease,
        Why::DecidedBeforeWithdrawal,
        Why::Override,
        Why::Answers,
        Why::OtherAnswer,
        Why::OffersAway,
        Why::Twice,
        Why::OneWord,
        Why::Fact,
        Why::Mending,
        Why::Custody,
        Why::Step,
        Why::Alone,
    ];

    /// The reason in one line.
    pub const fn text(self) -> &'static str {
        match self {
            Why::AckWins => {
                "The Ack that names the push wins: a Recall of the same push is void (E09, E10)."
            }
            Why::UnderAck => {
                "The other city took the case before this act, and that Ack voids the Recall (E09)."
            }
            Why::FallsWithRecall => "It names a Recall that an Ack voids, and falls with it.",
            Why::AckOverDecline => {
                "One city's two devices: its Ack of a baton voids its Decline of the same baton."
            }
            Why::TakenBeforeRecall => {
                "The city took the step before it heard that the lead no longer waits: the recall is void (C4)."
            }
            Why::DecidedBeforeRelease => {
                "What a city decided before it knew of its own release stands; the release is void (E23)."
            }
            Why::DecidedBeforeWithdrawal => {
                "Nothing is withdrawn while a step of it is decided: the grant is void (E23)."
            }
            Why::Override => {
                "Members named the holder of a stuck case, and another city took it unheard: people decide."
            }
            Why::Answers => {
                "Both tell the applicant something, and the two exclude each other: people decide."
            }
            Why::OtherAnswer => "It contradicts another answer that the other city gave meanwhile.",
            Why::OffersAway => {
                "One city's two desks: one gives the case or a step away while the other answers the applicant."
            }
            Why::Twice => "One city's two desks do, differently, what is done once.",
            Why::OneWord => "One city's two desks say the same: it was said.",
            Why::Fact => "A fact of one's own, or an edit, contradicts nothing.",
            Why::Mending => {
                "A check or a supplement adds to the papers and takes nothing away; who decided without it sees it now."
            }
            Why::Custody => {
                "One baton, one holder: only its Ack moves the case, and what is offered beside it moves nothing."
            }
            Why::Step => "A step belongs to one city, and no other one decides or answers in it.",
            Why::Alone => {
                "Only one of the two answers the applicant; the other one moves a clock or prepares an answer."
            }
        }
    }
}

pub const ANSWERS: [&str; 12] = [
    "accept",
    "not-accept",
    "correction-notice",
    "decide",
    "send-result",
    "close",
    "deem-accept",
    "redirect",
    "special-start",
    "withdraw-grant",
    "no-correction",
    "annul",
];
const AWAY: [&str; 2] = ["push", "sub-open"];
/// What one city does once: both names, and whether doing the very same twice counts.
const ONCE: [(&str, &str); 4] = [
    ("extend", "extend"),
    ("sub-open", "sub-open"),
    ("withdraw-grant", "withdraw-refuse"),
    ("deem-due", "notice-served"),
];
pub const STEPS: [&str; 5] = [
    "sub-ack",
    "sub-progress",
    "sub-decide",
    "sub-release",
    "sub-recall",
];
pub const CUSTODY: [&str; 4] = ["push", "ack", "recall", "decline"];
const MENDING: [&str; 6] = [
    "id-check",
    "original-check",
    "formal-pass",
    "correction-submitted",
    "commitment",
    "compared",
];
const OUTWARD_BESIDE: [&str; 7] = [
    "substantive-review",
    "special-end",
    "extend",
    "withdraw-refuse",
    "commitment-checked",
    "pre-review",
    "issue-cert",
];

/// Whether an act says something that excludes what another act says.
pub fn speaks(name: &str) -> bool {
    ANSWERS.contains(&name)
        || CUSTODY.contains(&name)
        || STEPS.contains(&name)
        || name == "sub-open"
}

/// How two samples of these names meet, by one city's two desks or by two cities, and why.
pub fn meeting(first: &str, second: &str, one_city: bool) -> (Meeting, Why) {
    let both = |one: &str, other: &str| {
        (first == one && second == other) || (first == other && second == one)
    };
    let won = |winner: &str, why| {
        if first == winner {
            (Meeting::SecondVoid, why)
        } else {
            (Meeting::FirstVoid, why)
        }
    };
    let any = |list: &[&str]| list.contains(&first) || list.contains(&second);
    let answers = (ANSWERS.contains(&first), ANSWERS.contains(&second));
    let away = AWAY.contains(&first) || AWAY.contains(&second);
    if both("ack", "recall") {
        return won("ack", Why::AckWins);
    }
    if both("ack", "decline") && one_city {
        return won("ack", Why::AckOverDecline);
    }
    if both("sub-ack", "sub-recall") {
        return won("sub-ack", Why::TakenBeforeRecall);
    }
    if both("sub-decide", "sub-release") {
        return won("sub-decide", Why::DecidedBeforeRelease);
    }
    if both("sub-decide", "withdraw-grant") {
        return won("sub-decide", Why::DecidedBeforeWithdrawal);
    }
    if both("take-over", "ack") && !one_city {
        return (Meeting::Disputed, Why::Override);
    }
    if answers == (true, true) {
        return if one_city && first == second {
            (Meeting::Stand, Why::OneWord)
        } else {
            (Meeting::Disputed, Why::Answers)
        };
    }
    if one_city && away && answers != (false, false) {
        return (Meeting::Disputed, Why::OffersAway);
    }
    if one_city && ONCE.iter().any(|(one, other)| both(one, other)) {
        return (Meeting::Disputed, Why::Twice);
    }
    let commits = |name: &str| {
        ANSWERS.contains(&name)
            || OUTWARD_BESIDE.contains(&name)
            || CUSTODY.contains(&name)
            || name == "sub-open"
    };
    let why = if any(&STEPS) {
        Why::Step
    } else if any(&MENDING) {
        Why::Mending
    } else if !commits(first) || !commits(second) {
        Why::Fact
    } else if any(&CUSTODY) {
        Why::Custody
    } else {
        Why::Alone
    };
    (Meeting::Stand, why)
}

fn a_receipt() -> Act {
    Act::Receive(Receive {
        number: CaseNo::make("330800", day(), 1).unwrap(),
        item: "I-02".into(),
        owner: city(2),
        guide: 1,
        received: day(),
        materials: Vec::new(),
        officer: who(),
        mode: tongban_ledger::agreement::Mode::B,
        assisted_by: None,
        partner: None,
        place: None,
        consult: None,
        text: Some(Hash32([7; 32])),
    })
}

fn an_answer() -> Answer {
    Answer {
        push: id(2),
        baton: id(1),
    }
}

fn papers() -> Vec<Paper> {
    vec![Paper {
        requirement: "M1".into(),
        copies: 1,
        pages: 2,
        original: true,
    }]
}

fn who() -> Officer {
    Officer("B01".into())
}

fn day() -> Day {
    "2026-09-07".parse().unwrap()
}

fn id(number: u8) -> EntryId {
    EntryId(Hash32([number; 32]))
}

/// A city that signs.
pub fn city(number: u8) -> CityId {
    tongban_identity::RootKey::from_seed([number; 32]).city()
}
