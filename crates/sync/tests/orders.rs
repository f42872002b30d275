//! Any order, duplication and interleaving of a document's entries gives the same state.

use std::collections::BTreeSet;

use crate::world::{World, check, receive};
use proptest::prelude::*;
use tongban_identity::{DeviceKey, DivisionCode};
use tongban_sync::entry::BootNonce;
use tongban_sync::frame::{Blob, Frame, Give, Item, Support};
use tongban_sync::{Input, LinkId};

/// Everything that two nodes told each other: entries and what they rest on.
fn overheard(world: &World) -> (Support, Vec<Blob>) {
    let mut support = Support::default();
    let mut entries = BTreeSet::new();
    for (_, _, bytes) in &world.frames {
        let (from, wires) = match Frame::from_slice(bytes).unwrap() {
            Frame::Feed(feed) => {
                let wires = feed.items.into_iter().filter_map(|item| match item {
                    Item::Entry(Blob(wire)) => Some(wire),
                    Item::Announce(_) | Item::Withdrawn(_) => None,
                });
                (feed.support, wires.collect::<Vec<_>>())
            }
            Frame::Give(give) => (
                give.support,
                give.entries.into_iter().map(|Blob(wire)| wire).collect(),
            ),
            _ => continue,
        };
        support.certs.extend(from.certs);
        support.views.extend(from.views);
        entries.extend(wires);
    }
    (support, entries.into_iter().map(Blob).collect())
}

/// A fresh node of a third city that is told everything in some order. It is no party, so it folds
/// what it hears and answers nothing.
fn told(world: &World, founding: &str, support: &Support, entries: &[Blob]) -> String {
    let mut fresh = World::new(3);
    let accept =
        tongban_ledger::command::Command::AgreementAccept(tongban_ledger::command::Founding {
            founding: founding.to_owned(),
        });
    // The fresh node signs under a boot nonce of its own, so its signature is one more entry.
    fresh.renew(2, BootNonce([77; 16]));
    fresh.command(2, "accept", &accept).unwrap();
    let link = LinkId(1_000_000);
    let peer_key = *DeviceKey::from_seed([101; 32]).public().as_bytes();
    fresh.input(
        2,
        Input::Opened {
            link,
            peer_key,
            outgoing: false,
        },
    );
    let hello = world
        .frames
        .iter()
        .find(|(from, _, bytes)| {
            *from == 0 && matches!(Frame::from_slice(bytes), Ok(Frame::Hello(_)))
        })
        .map(|(_, _, bytes)| bytes.clone())
        .unwrap();
    fresh.input(2, Input::Frame { link, bytes: hello });
    for entry in entries {
        let give = Give {
            support: support.clone(),
            entries: vec![entry.clone()],
            ..Give::default()
        };
        let bytes = Frame::Give(give).to_vec();
        fresh.input(2, Input::Frame { link, bytes });
    }
    let pending = fresh
        .ask(2, |engine, ctx| engine.status(ctx))
        .unwrap()
        .pending;
    assert_eq!(pending, 0, "nothing may be left waiting");
    summary(&mut fresh, 2)
}

/// The state and every status of each case, as text.
fn summary(world: &mut World, at: usize) -> String {
    let filter = tongban_sync::engine::CaseFilter::default();
    let rows = world
        .ask(at, |engine, ctx| engine.cases(ctx, &filter))
        .unwrap();
    let mut text = String::new();
    for row in rows {
        let case = world
            .ask(at, |engine, ctx| engine.case(ctx, &row.number))
            .unwrap();
        text += &format!("{} {} {}\n", row.number, row.stage, case.state_root);
        for entry in case.entries {
            text += &format!(
                "  {} {} {:?}\n",
                entry.entry,
                entry.status,
                (entry.code, entry.by)
            );
        }
    }
    text
}

/// The lines of a [`summary`] that tell an entry and its status.
fn verdicts(summary: &str) -> BTreeSet<&str> {
    summary
        .lines()
        .filter(|line| line.starts_with("  "))
        .collect()
}

/// Whether the first city's case is a city's business when all is said.
fn in_audience(world: &mut World, city: DivisionCode) -> bool {
    let filter = tongban_sync::engine::CaseFilter::default();
    let rows = world
        .ask(0, |engine, ctx| engine.cases(ctx, &filter))
        .unwrap();
    rows.iter().any(|row| {
        let case = world
            .ask(0, |engine, ctx| engine.case(ctx, &row.number))
            .unwrap();
        case.audience.contains(&city)
    })
}

/// One wish of a clerk, by number; refusals are part of life.
fn wish(world: &mut World, at: usize, case: &str, number: u8) {
    let only = format!(r#"{{"case":"{case}"}}"#);
    let officer = format!(r#"{{"case":"{case}","officer":"B{at}"}}"#);
    let (name, args) = match number % 16 {
        0 => ("case.push", only),
        1 => ("case.recall", only),
        2 => ("case.accept", officer),
        3 => ("case.review", officer),
        4 => (
            "case.decide",
            format!(r#"{{"case":"{case}","officer":"B","outcome":"granted"}}"#),
        ),
        5 => (
            "case.send-result",
            format!(r#"{{"case":"{case}","delivery":"network"}}"#),
        ),
        6 => (
            "case.served",
            format!(r#"{{"case":"{case}","means":"sms"}}"#),
        ),
        7 => ("case.close", only),
        8 => (
            "case.notice",
            format!(
                r#"{{"case":"{case}","officer":"B","defects":[{{"requirement":"M2","fault":"expired"}}]}}"#
            ),
        ),
        9 => (
            "case.notice-served",
            format!(r#"{{"case":"{case}","means":"phone"}}"#),
        ),
        10 => (
            "case.submit-correction",
            format!(
                r#"{{"case":"{case}","materials":[{{"requirement":"M2","pages":{}}}]}}"#,
                number / 16 + 1
            ),
        ),
        11 => ("case.formal-pass", officer),
        12 => (
            "case.original-check",
            format!(r#"{{"case":"{case}","seen":["M1"],"officer":"W{at}"}}"#),
        ),
        13 => (
            "case.id-check",
            format!(
                r#"{{"case":"{case}","passed":{},"officer":"W{at}"}}"#,
                number < 200
            ),
        ),
        14 => ("case.first-look", officer),
        _ => (
            "case.edit",
            format!(
                r#"{{"case":"{case}","edits":[{{"edit":"append-note","text":"第{number}条"}}]}}"#
            ),
        ),
    };
    drop(world.act(at, name, &args));
}

/// Plays random wishes in two cities whose link comes and goes.
fn play(steps: &[(bool, u8, u8)]) -> (World, String) {
    let mut world = World::new(3);
    let founding = world.found_text();
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    for (at, number, link) in steps {
        wish(&mut world, usize::from(*at), &case, *number);
        match link % 6 {
            0 => world.partition(&[0], &[1]),
            1 | 2 => {
                world.heal();
                world.run();
            }
            _ => world.deliver(),
        }
    }
    world.heal();
    world.run();
    (world, founding)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_gives_the_same_state(
        steps in prop::collection::vec((any::<bool>(), any::<u8>(), any::<u8>()), 1..40),
        keys in prop::collection::vec(any::<u32>(), 200),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut world, founding) = play(&steps);
        let expected = summary(&mut world, 0);
        let known = summary(&mut world, 1);
        let second = world.nodes[1].division;
        if in_audience(&mut world, second) {
            prop_assert_eq!(&known, &expected);
        } else {
            // It never heard of the case, or declined it and hears nothing later: what it knows, the
            // first city knows with the same statuses.
            prop_assert!(
                verdicts(&known).is_subset(&verdicts(&expected)),
                "{known}\n{expected}"
            );
        }
        let (support, entries) = overheard(&world);
        let mut order: Vec<(u32, Blob)> = keys.iter().copied().cycle().zip(entries.clone()).collect();
        order.sort_by_key(|(key, _)| *key);
        let mut shuffled: Vec<Blob> = order.into_iter().map(|(_, entry)| entry).collect();
        for index in again {
            if !entries.is_empty() {
                shuffled.insert(index.index(shuffled.len()), index.get(&entries).clone());
            }
        }
        prop_assert_eq!(told(&world, &founding, &support, &shuffled), known);
    }
}

#[test]
fn a_shallow_entry_a_week_late_changes_no_verdict() {
    let mut world = World::new(2);
    world.found_text();
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    let only = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &only).unwrap();
    // The push reaches the second city; its answer does not come back.
    world.drop_frames(1, 0);
    world.deliver();
    world.partition(&[0], &[1]);
    world.act(0, "case.recall", &only).unwrap();
    let officer = format!(r#"{{"case":"{case}","officer":"B1"}}"#);
    world.act(1, "case.accept", &officer).unwrap();
    world.act(1, "case.review", &officer).unwrap();
    world
        .act(
            1,
            "case.decide",
            &format!(r#"{{"case":"{case}","officer":"B1","outcome":"granted"}}"#),
        )
        .unwrap();
    let before = world.ask(1, |engine, ctx| engine.case(ctx, &case)).unwrap();
    world.unix += 7 * 24 * 3600;
    world.heal();
    world.run();
    let after = world.ask(1, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(after.row.stage, "S70");
    for entry in &before.entries {
        let now = after
            .entries
            .iter()
            .find(|row| row.entry == entry.entry)
            .unwrap();
        assert_eq!((&now.status, now.code), (&entry.status, entry.code));
    }
    let recall = after
        .entries
        .iter()
        .find(|row| row.act == "recall")
        .unwrap();
    assert_eq!(recall.status, "void");
    assert_eq!(summary(&mut world, 0), summary(&mut world, 1));
}

#[test]
fn a_city_that_declined_hears_nothing_later() {
    // Pushed and recalled across a cut, declined in answer to the recall, then a notice.
    let (mut world, _) = play(&[
        (false, 0, 30),
        (false, 0, 27),
        (false, 49, 0),
        (false, 1, 163),
        (false, 8, 0),
    ]);
    let (mine, theirs) = (summary(&mut world, 0), summary(&mut world, 1));
    let second = world.nodes[1].division;
    assert!(!in_audience(&mut world, second));
    assert!(mine.contains("S41") && theirs.contains("S21"));
    assert_eq!(verdicts(&mine).len(), verdicts(&theirs).len() + 1);
    assert!(verdicts(&theirs).is_subset(&verdicts(&mine)));
}
