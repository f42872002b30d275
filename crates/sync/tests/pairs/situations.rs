//! The situations in which pairs are played.
//!
//! City 0 is R, which received the case, city 1 is O: the owner in mode B, the lead or the partner in mode C, the city to
//! which the case was redirected in modes A and D.

/// What both know, and what each did alone.
pub struct Situation {
    /// What it is.
    pub about: &'static str,
    /// The item.
    pub item: &'static str,
    /// The mode.
    pub mode: &'static str,
    /// The owner, or the lead.
    pub owner: usize,
    /// Whether the window's formal review passed before.
    pub checked: bool,
    /// Acts by city, each heard by both, in order. From `silent` on nothing that a city says is heard, from `cut` on nobody
    /// hears anything; `suspend` suspends the item.
    pub script: &'static [(usize, &'static str)],
}

const fn by_window(about: &'static str, script: &'static [(usize, &'static str)]) -> Situation {
    Situation {
        about,
        item: "I-02",
        mode: "B",
        owner: 1,
        checked: true,
        script,
    }
}

const fn licence(about: &'static str, script: &'static [(usize, &'static str)]) -> Situation {
    Situation {
        item: "I-07",
        ..by_window(about, script)
    }
}

const fn own(
    mode: &'static str,
    about: &'static str,
    script: &'static [(usize, &'static str)],
) -> Situation {
    Situation {
        mode,
        owner: 0,
        ..by_window(about, script)
    }
}

const fn joint(
    owner: usize,
    about: &'static str,
    script: &'static [(usize, &'static str)],
) -> Situation {
    Situation {
        item: "I-05",
        mode: "C",
        owner,
        ..by_window(about, script)
    }
}

const P: (usize, &str) = (0, "push");
const ACCEPT: (usize, &str) = (1, "accept");
const REVIEW: (usize, &str) = (1, "substantive-review");
const DECIDE: (usize, &str) = (1, "decide");
const SENT: (usize, &str) = (1, "send-result");
const SERVED: (usize, &str) = (0, "served");
const DEAF: (usize, &str) = (1, "silent");
const CUT: (usize, &str) = (0, "cut");
const NOTICE: (usize, &str) = (1, "correction-notice");
const BACK: (usize, &str) = (1, "push");
const REQUEST: (usize, &str) = (0, "withdraw-request");
const LEAD: (usize, &str) = (0, "accept");

/// Every situation, in the order in which they are played.
pub const SITUATIONS: &[Situation] = &[
    by_window("pushed, the answer unheard", &[DEAF, P]),
    by_window("pushed", &[P]),
    by_window("accepted", &[P, ACCEPT]),
    by_window("reviewed", &[P, ACCEPT, REVIEW]),
    by_window("decided", &[P, ACCEPT, REVIEW, DECIDE]),
    by_window("result sent", &[P, ACCEPT, REVIEW, DECIDE, SENT]),
    by_window("served", &[P, ACCEPT, REVIEW, DECIDE, SENT, SERVED]),
    by_window(
        "closed and rated badly",
        &[
            P,
            ACCEPT,
            REVIEW,
            DECIDE,
            SENT,
            SERVED,
            (1, "close"),
            (0, "rate"),
        ],
    ),
    by_window("notice given", &[P, NOTICE]),
    by_window("notice served", &[P, NOTICE, (0, "notice-served")]),
    by_window(
        "returned for correction",
        &[P, NOTICE, (0, "notice-served"), BACK],
    ),
    by_window(
        "returned, R's answer unheard",
        &[P, NOTICE, (0, "silent"), BACK],
    ),
    by_window(
        "corrected after a return",
        &[P, NOTICE, BACK, (0, "correction-submitted")],
    ),
    by_window("pushed, accepted unheard", &[DEAF, P, CUT, ACCEPT]),
    by_window("pushed, reviewed unheard", &[DEAF, P, CUT, ACCEPT, REVIEW]),
    by_window(
        "pushed, decided unheard",
        &[DEAF, P, CUT, ACCEPT, REVIEW, DECIDE],
    ),
    by_window(
        "pushed, result sent unheard",
        &[DEAF, P, CUT, ACCEPT, REVIEW, DECIDE, SENT],
    ),
    by_window(
        "pushed, served unheard",
        &[DEAF, P, CUT, ACCEPT, REVIEW, DECIDE, SENT, (1, "served")],
    ),
    by_window("pushed, noticed unheard", &[DEAF, P, CUT, NOTICE]),
    by_window(
        "supplemented while the answer is unheard",
        &[DEAF, P, CUT, (0, "correction-submitted")],
    ),
    by_window("declined unheard", &[DEAF, (1, "suspend"), P]),
    by_window(
        "recalled while the answer is unheard",
        &[DEAF, P, CUT, (0, "recall")],
    ),
    by_window(
        "recalled and to be withdrawn while the answer is unheard",
        &[DEAF, P, CUT, (0, "recall"), REQUEST],
    ),
    by_window("to be withdrawn", &[P, ACCEPT, REQUEST]),
    by_window("in a special procedure", &[P, ACCEPT, (1, "special-start")]),
    by_window("redirected to R", &[P, (1, "redirect")]),
    by_window("redirected and pushed to R", &[P, (1, "redirect"), BACK]),
    by_window(
        "ordered, complained about, papers on their way",
        &[
            P,
            (0, "supervise"),
            (1, "supervise"),
            (0, "papers-sent"),
            (1, "papers-sent"),
        ],
    ),
    by_window(
        "papers counted otherwise",
        &[
            P,
            (0, "papers-sent"),
            (1, "papers-sent"),
            (1, "papers-taken"),
            (0, "papers-taken"),
        ],
    ),
    by_window(
        "lists mended",
        &[
            P,
            (0, "papers-sent"),
            (1, "papers-sent"),
            (1, "papers-taken"),
            (0, "papers-taken"),
            (0, "papers-mended"),
            (1, "papers-mended"),
        ],
    ),
    by_window(
        "reviewed before, then returned",
        &[P, (1, "pre-review"), NOTICE, BACK],
    ),
    Situation {
        checked: false,
        ..by_window(
            "accepted on a commitment",
            &[(0, "commitment"), (0, "formal-pass"), P, ACCEPT],
        )
    },
    licence("a licence, pushed", &[P]),
    licence(
        "a licence that counts as accepted, unheard",
        &[P, DEAF, (0, "deem-due")],
    ),
    licence("a licence, returned without a notice", &[P, BACK]),
    licence(
        "a licence, returned without a notice, R's answer unheard",
        &[P, (0, "silent"), BACK],
    ),
    own(
        "A",
        "online, redirected and pushed, the answer unheard",
        &[(0, "redirect"), DEAF, P],
    ),
    own(
        "A",
        "online, redirected and accepted",
        &[(0, "redirect"), P, ACCEPT],
    ),
    own(
        "A",
        "online, redirected, accepted, gone on in another system",
        &[(0, "redirect"), P, ACCEPT, (1, "jump-out")],
    ),
    own(
        "D",
        "direct, redirected and pushed, the answer unheard",
        &[(0, "redirect"), DEAF, P],
    ),
    joint(
        0,
        "R leads, a step opened, its taking unheard",
        &[LEAD, DEAF, (0, "sub-open:S1")],
    ),
    joint(
        0,
        "R leads, a question asked, a step taken, in a special procedure",
        &[
            LEAD,
            (0, "confirm-ask"),
            (0, "sub-open:S1"),
            (0, "special-start"),
        ],
    ),
    joint(
        0,
        "R leads, to be withdrawn",
        &[LEAD, (0, "sub-open:S1"), REQUEST],
    ),
    joint(
        0,
        "R leads, an irreversible step, to be withdrawn",
        &[LEAD, (0, "sub-open:S2"), REQUEST],
    ),
    joint(
        0,
        "R leads, a step let go",
        &[LEAD, (0, "sub-open:S1"), REQUEST, (1, "sub-release:S1")],
    ),
    joint(
        0,
        "R leads, a step decided",
        &[LEAD, (0, "sub-open:S1"), (1, "sub-decide:S1")],
    ),
    joint(
        0,
        "R leads, every step decided",
        &[
            LEAD,
            (0, "sub-open:S1"),
            (0, "sub-open:S2"),
            (0, "sub-open:S3"),
            (1, "sub-decide:S1"),
            (1, "sub-decide:S2"),
            (0, "sub-decide:S3"),
            (0, "substantive-review"),
        ],
    ),
    joint(
        0,
        "R leads, decided",
        &[
            LEAD,
            (0, "sub-open:S1"),
            (0, "sub-open:S2"),
            (0, "sub-open:S3"),
            (1, "sub-decide:S1"),
            (1, "sub-decide:S2"),
            (0, "sub-decide:S3"),
            (0, "substantive-review"),
            (0, "decide"),
        ],
    ),
    joint(
        0,
        "R leads, closed and rated badly",
        &[
            LEAD,
            (0, "sub-open:S1"),
            (0, "sub-open:S2"),
            (0, "sub-open:S3"),
            (1, "sub-decide:S1"),
            (1, "sub-decide:S2"),
            (0, "sub-decide:S3"),
            (0, "substantive-review"),
            (0, "decide"),
            (0, "send-result"),
            (0, "served"),
            (0, "close"),
            (0, "rate"),
        ],
    ),
    joint(1, "O leads, pushed, the answer unheard", &[DEAF, P]),
    joint(
        1,
        "O leads, R's taking of a step unheard",
        &[P, ACCEPT, (0, "silent"), (1, "sub-open:S1")],
    ),
    joint(
        1,
        "O leads, R has a step",
        &[P, ACCEPT, (1, "confirm-ask"), (1, "sub-open:S1")],
    ),
    joint(
        1,
        "O leads, R has a step, to be withdrawn",
        &[P, ACCEPT, (1, "sub-open:S1"), REQUEST],
    ),
    joint(
        1,
        "O leads, R let go of its step",
        &[
            P,
            ACCEPT,
            (1, "sub-open:S1"),
            REQUEST,
            (0, "sub-release:S1"),
        ],
    ),
    joint(
        1,
        "O leads, R decided its step",
        &[P, ACCEPT, (1, "sub-open:S1"), (0, "sub-decide:S1")],
    ),
];
