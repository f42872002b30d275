//! Plays pairs of concurrent acts: a situation both cities know, what each did since on its own,
//! then one act on each side of a cut link.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: a panic is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::world::{World, check, receive};

/// The acts, in the order of the document, each with its command.
pub const ACTS: [(&str, &str); 20] = [
    ("id-check", "case.id-check"),
    ("original-check", "case.original-check"),
    ("formal-pass", "case.formal-pass"),
    ("push", "case.push"),
    ("ack", "case.ack"),
    ("first-look", "case.first-look"),
    ("recall", "case.recall"),
    ("decline", "case.decline"),
    ("accept", "case.accept"),
    ("not-accept", "case.not-accept"),
    ("correction-notice", "case.notice"),
    ("notice-served", "case.notice-served"),
    ("correction-submitted", "case.submit-correction"),
    ("substantive-review", "case.review"),
    ("decide", "case.decide"),
    ("send-result", "case.send-result"),
    ("served", "case.served"),
    ("close", "case.close"),
    ("edit", "case.edit"),
    ("yield", "case.yield"),
];

/// Outcomes of one ordered pair over every situation in which both acts were possible.
pub type Table = BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>;

/// A situation: what both know, then what each city did alone.
struct Situation {
    shared: &'static [(usize, &'static str)],
    at_receiver: &'static [&'static str],
    at_owner: &'static [&'static str],
    /// Whether the owner has answered the last push but its answer is on its way.
    unheard: bool,
    /// Whether the owner suspended the item, unheard, so that its node declines the push.
    suspended: bool,
}

const PUSHED: &[(usize, &str)] = &[(0, "push")];
const ACCEPTED: &[(usize, &str)] = &[(0, "push"), (1, "accept")];
const REVIEWED: &[(usize, &str)] = &[(0, "push"), (1, "accept"), (1, "substantive-review")];
const DECIDED: &[(usize, &str)] = &[
    (0, "push"),
    (1, "accept"),
    (1, "substantive-review"),
    (1, "decide"),
];
const SENT: &[(usize, &str)] = &[
    (0, "push"),
    (1, "accept"),
    (1, "substantive-review"),
    (1, "decide"),
    (1, "send-result"),
];
const SERVED: &[(usize, &str)] = &[
    (0, "push"),
    (1, "accept"),
    (1, "substantive-review"),
    (1, "decide"),
    (1, "send-result"),
    (0, "served"),
];
const RETURNED: &[(usize, &str)] = &[(0, "push"), (1, "correction-notice"), (1, "push")];

const fn known(shared: &'static [(usize, &'static str)]) -> Situation {
    Situation {
        shared,
        at_receiver: &[],
        at_owner: &[],
        unheard: false,
        suspended: false,
    }
}

const fn unheard(at_owner: &'static [&'static str]) -> Situation {
    Situation {
        shared: PUSHED,
        at_receiver: &[],
        at_owner,
        unheard: true,
        suspended: false,
    }
}

const SITUATIONS: [Situation; 17] = [
    known(PUSHED),
    known(ACCEPTED),
    known(REVIEWED),
    known(DECIDED),
    known(SENT),
    known(SERVED),
    known(RETURNED),
    known(&[(0, "push"), (1, "correction-notice")]),
    unheard(&[]),
    unheard(&["accept"]),
    unheard(&["accept", "substantive-review"]),
    unheard(&["accept", "substantive-review", "decide"]),
    unheard(&["accept", "substantive-review", "decide", "send-result"]),
    unheard(&[
        "accept",
        "substantive-review",
        "decide",
        "send-result",
        "served",
    ]),
    unheard(&["correction-notice"]),
    Situation {
        shared: PUSHED,
        at_receiver: &["correction-submitted"],
        at_owner: &[],
        unheard: true,
        suspended: false,
    },
    Situation {
        shared: PUSHED,
        at_receiver: &[],
        at_owner: &[],
        unheard: true,
        suspended: true,
    },
];

/// What a clerk types for an act.
fn arguments(act: &str, at: usize, case: &str) -> String {
    let more = match act {
        "id-check" => r#","passed":true,"officer":"W9""#,
        "original-check" => r#","seen":["M3"],"officer":"W9""#,
        "not-accept" => r#","basis":"行政许可法32","text":"理由","officer":"W9""#,
        "correction-notice" => {
            r#","defects":[{"requirement":"M2","fault":"expired"}],"officer":"W9""#
        }
        "notice-served" => r#","means":"phone""#,
        "served" => r#","means":"sms""#,
        "correction-submitted" => r#","materials":[{"requirement":"M2","pages":9}]"#,
        "decide" => r#","outcome":"granted","officer":"W9""#,
        "send-result" => r#","delivery":"network""#,
        "edit" => {
            return format!(
                r#"{{"case":"{case}","edits":[{{"edit":"append-note","text":"由{at}写"}}]}}"#
            );
        }
        "formal-pass" | "first-look" | "accept" | "substantive-review" => r#","officer":"W9""#,
        _ => "",
    };
    format!(r#"{{"case":"{case}"{more}}}"#)
}

/// Makes an act, or finds the one that a node made by itself.
fn act(world: &mut World, at: usize, name: &str, case: &str) -> Option<String> {
    if at == 1 && (name == "ack" || name == "decline") {
        let answer = world.ask(at, |engine, ctx| engine.case(ctx, case)).ok()?;
        let last = answer.entries.last()?;
        return (last.act == name).then(|| last.entry.clone());
    }
    let (_, command) = ACTS.iter().find(|(act, _)| *act == name)?;
    let done = world.act(at, command, &arguments(name, at, case)).ok()?;
    done.entries.last().cloned()
}

/// Brings a world into a situation, with the link cut.
fn bring(situation: &Situation) -> (World, String) {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    let (last, first) = situation.shared.split_last().unwrap();
    for (at, name) in first {
        act(&mut world, *at, name, &case).unwrap();
        world.run();
    }
    if situation.unheard {
        world.drop_frames(1, 0);
    }
    if situation.suspended {
        world
            .act(1, "agreement.suspend", r#"{"item":"I-02"}"#)
            .unwrap();
    }
    act(&mut world, last.0, last.1, &case).unwrap();
    if situation.unheard {
        world.deliver();
    } else {
        world.run();
    }
    world.partition(&[0], &[1]);
    for name in situation.at_receiver {
        act(&mut world, 0, name, &case).unwrap();
    }
    for name in situation.at_owner {
        act(&mut world, 1, name, &case).unwrap();
    }
    (world, case)
}

fn outcome(world: &mut World, at: usize, case: &str, entry: &str) -> &'static str {
    let answer = world.ask(at, |engine, ctx| engine.case(ctx, case)).unwrap();
    let row = answer
        .entries
        .iter()
        .find(|row| row.entry == entry)
        .unwrap();
    match row.status.as_str() {
        "applied" => "stands",
        "void" => "void",
        "disputed" => "disputed",
        other => panic!("an allowed act became {other}"),
    }
}

/// Both acts, then the link heals; who speaks first decides who hears what when.
fn play(situation: &Situation, ours: &str, theirs: &str, first: usize) -> (String, &'static str) {
    let (mut world, case) = bring(situation);
    let mine = act(&mut world, 0, ours, &case).unwrap();
    let other = act(&mut world, 1, theirs, &case).unwrap();
    world.heal();
    // The side that is silenced hears the other's acts before its own are heard.
    world.drop_frames(first, 1 - first);
    world.run();
    world.heal();
    world.relink();
    world.run();
    let here = (
        outcome(&mut world, 0, &case, &mine),
        outcome(&mut world, 0, &case, &other),
    );
    let there = (
        outcome(&mut world, 1, &case, &mine),
        outcome(&mut world, 1, &case, &other),
    );
    assert_eq!(here, there, "{ours} and {theirs}");
    let root = |world: &mut World, at: usize| {
        world
            .ask(at, |engine, ctx| engine.case(ctx, &case))
            .unwrap()
            .state_root
    };
    let roots = (root(&mut world, 0), root(&mut world, 1));
    assert_eq!(roots.0, roots.1, "{ours} and {theirs}");
    let text = match here {
        ("stands", "stands") => "both stand",
        ("void", "stands") => "R's is void",
        ("stands", "void") => "O's is void",
        ("disputed", "disputed") => "disputed",
        other => panic!("{ours} and {theirs}: {other:?}"),
    };
    (format!("{mine} {other} {}", roots.0), text)
}

/// Plays every pair in every situation, in both arrival orders.
pub fn play_all() -> Table {
    let mut table = Table::new();
    for situation in &SITUATIONS {
        let possible = |at: usize| -> Vec<&'static str> {
            ACTS.iter()
                .map(|(name, _)| *name)
                .filter(|name| {
                    let answers = at == 1 && ["ack", "decline"].contains(name);
                    let (mut world, case) = bring(situation);
                    // Only an answer that R has not heard is concurrent with what R does.
                    (situation.unheard || !answers) && act(&mut world, at, name, &case).is_some()
                })
                .collect()
        };
        let (receiver, owner) = (possible(0), possible(1));
        for ours in &receiver {
            for theirs in &owner {
                let (one, first) = play(situation, ours, theirs, 0);
                let (other, second) = play(situation, ours, theirs, 1);
                assert_eq!((one, first), (other, second), "{ours} and {theirs}");
                table.entry((ours, theirs)).or_default().insert(first);
            }
        }
    }
    table
}

/// The document.
pub fn document(table: &Table) -> String {
    let mut text = String::from(
        "# Concurrent acts of a case\n\n\
         Generated by `cargo xtask docs` from engines that played every pair; a test plays them again.\n\n\
         R is the receiving city, O the owner. A row is an act of R and an act of O of which neither saw\n\
         the other, in every situation of mode B in which both were possible: after a push, with the\n\
         answer (an Ack, or a Decline) heard or still on its way, during review, after the decision, after a return for\n\
         correction. Pairs that are not listed cannot meet: only the custodian signs outward acts, and\n\
         one of the two cities would be refused (`E_NOT_HOLDER`, `E_PUSH_OPEN`, `E_STATE`) before it\n\
         signs.\n\n\
         - **both stand**: the acts do not contradict each other.\n\
         - **R's is void**, **O's is void**: the other act decides; the void one stays visible.\n\
         - **disputed**: both stay, marked, until a city takes its own back (`case retract`).\n\n\
         | act of R | act of O | outcome |\n| --- | --- | --- |\n",
    );
    let order = |name: &str| ACTS.iter().position(|(act, _)| *act == name);
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|((ours, theirs), _)| (order(ours), order(theirs)));
    for ((ours, theirs), outcomes) in rows {
        let outcomes: Vec<&str> = outcomes.iter().copied().collect();
        text += &format!("| {ours} | {theirs} | {} |\n", outcomes.join(", or "));
    }
    let listed = table.len();
    let voids = table
        .values()
        .filter(|outcomes| outcomes.iter().any(|o| o.contains("void")));
    text += &format!(
        "\n{listed} pairs can meet; in {} of them an act is void.\n",
        voids.count()
    );
    text
}
