//! Deterministic samples of what travels and what is handed to others.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: a panic is a failed test"
)]

use tongban_sync::frame::{Blob, Frame, Item};

use crate::world::{World, check, receive};

/// Name and text of each golden file, in order.
pub fn samples() -> Vec<(&'static str, String)> {
    let mut world = World::founded(2);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.run();
    // The feed frame that carries the case, from its genesis on.
    let (entry, frame) = world
        .frames
        .iter()
        .filter(|(from, _, _)| *from == 0)
        .find_map(|(_, _, bytes)| match Frame::from_slice(bytes) {
            Ok(Frame::Feed(feed)) => feed.items.into_iter().find_map(|item| match item {
                Item::Entry(Blob(wire)) => {
                    let entry = tongban_sync::entry::Entry::from_wire(&wire).unwrap();
                    (entry.header.kind == 3).then(|| (wire, bytes.clone()))
                }
                Item::Announce(_) | Item::Withdrawn(_) => None,
            }),
            _ => None,
        })
        .unwrap();
    let evidence = world
        .ask(0, |engine, ctx| engine.evidence(ctx, &case))
        .unwrap();
    let (owner, everything) = (world.city(1), true);
    let bundle = world
        .ask(0, |engine, ctx| {
            engine.export_bundle(ctx, &owner, everything, None)
        })
        .unwrap();
    let invitation = world.nodes[0]
        .engine
        .invitation(vec!["192.0.2.8:7330".into()])
        .unwrap();
    vec![
        ("entry", hex(&entry)),
        ("frame", hex(&frame)),
        ("evidence", hex(&evidence)),
        ("invitation", invitation),
        ("bundle", hex(&bundle.bytes)),
    ]
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
        text.push('\n');
    }
    text
}

/// Reads a golden file.
#[allow(dead_code, reason = "the generator only writes")]
pub fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|d| u8::try_from(d).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
