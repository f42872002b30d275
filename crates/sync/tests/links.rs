//! Links: how often a city dials and is taken again, and what that costs a peer that never behaves.

use crate::world::{World, check, own, receive};
use serde_json::json;
use tongban_sync::frame::Frame;
use tongban_sync::{Input, LinkId};

const STEP_MS: u64 = 100;
const MINUTE_MS: u64 = 60_000;

/// Lets time go by in small steps; every city is told the time, and what is sent arrives.
fn pass(world: &mut World, ms: u64, mut each: impl FnMut(&mut World)) {
    for _ in 0..ms / STEP_MS {
        world.pass(STEP_MS);
        for at in 0..world.nodes.len() {
            world.input(at, Input::Tick);
        }
        world.deliver();
        each(world);
    }
}

/// The greeting of a city, as it sent it last.
fn greeting(world: &World, from: usize) -> Vec<u8> {
    let greets = |frame: &Vec<u8>| matches!(Frame::from_slice(frame), Ok(Frame::Hello(_)));
    let mut sent = world.frames.iter().rev();
    let (_, _, frame) = sent
        .find(|(at, _, frame)| *at == from && greets(frame))
        .unwrap();
    frame.clone()
}

/// Whether a city's status says that another one takes it no more.
fn is_turned_away(world: &mut World, at: usize) -> bool {
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    let mut members = status
        .agreements
        .iter()
        .flat_map(|agreement| &agreement.members);
    members.any(|member| member.turned_away)
}

#[test]
fn a_peer_that_never_behaves_is_taken_once_a_minute() {
    let mut world = World::founded(2);
    world.run();
    let mut dropped = 0;
    pass(&mut world, 10 * MINUTE_MS, |world| {
        if world.is_linked(0, 1) {
            let (link, bytes) = (world.link(0, 1), greeting(world, 1));
            // The first greeting opens the link, a second is never right.
            world.input(
                0,
                Input::Frame {
                    link,
                    bytes: bytes.clone(),
                },
            );
            if world.is_linked(0, 1) {
                world.input(0, Input::Frame { link, bytes });
            }
            dropped += u64::from(!world.is_linked(0, 1));
        }
    });
    assert!(
        (8..=20).contains(&dropped),
        "{dropped} links in ten minutes"
    );

    // A stolen key keeps nobody out: another device of the city is taken at once.
    assert!(!world.is_linked(0, 1));
    world.rotate(1, 1);
    pass(&mut world, 1_000, |_| {});
    assert!(world.is_linked(0, 1));

    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &json!({ "case": case }).to_string())
        .unwrap();
    pass(&mut world, 2 * MINUTE_MS, |_| {});
    assert!(world.is_linked(0, 1));
    assert!(world.ask(1, |engine, ctx| engine.case(ctx, &case)).is_ok());
}

#[test]
fn only_a_long_refusal_is_a_sign_of_a_revocation() {
    let mut world = World::founded(2);
    world.run();
    world.partition(&[0], &[1]);
    let hello = greeting(&world, 0);
    let peer_key = *own(1, world.nodes[0].division, "")
        .device
        .public()
        .as_bytes();
    // The other node greets and closes, every ten seconds.
    let refuse = |world: &mut World, nth: u64| {
        let link = LinkId(9_000 + nth);
        let outgoing = true;
        world.input(
            1,
            Input::Opened {
                link,
                peer_key,
                outgoing,
            },
        );
        world.input(
            1,
            Input::Frame {
                link,
                bytes: hello.clone(),
            },
        );
        world.input(1, Input::Closed { link });
        world.pass(10_000);
    };
    for nth in 0..7 {
        refuse(&mut world, nth);
        assert!(
            !is_turned_away(&mut world, 1),
            "a pause of a minute is no refusal"
        );
    }
    refuse(&mut world, 7);
    assert!(is_turned_away(&mut world, 1));
}

#[test]
fn a_city_that_cannot_be_reached_is_dialled_every_five_seconds() {
    let mut world = World::founded(2);
    world.run();
    world.partition(&[0], &[1]);
    world.dials = 0;
    pass(&mut world, 10 * MINUTE_MS, |_| {});
    // Each of the two dials at most once in five seconds, and a few times more in the beginning.
    let most = 2 * (10 * 60 / 5 + 10);
    assert!(
        (100..=most).contains(&world.dials),
        "{} dials in ten minutes",
        world.dials
    );
}
