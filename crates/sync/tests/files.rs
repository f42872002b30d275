//! Two cities that never connect: every round is a file, and files are lost, repeated and come late.

use crate::world::{Memory, World, check, receive};
use tongban_ledger::answer::{BundleTaken, CaseAnswer};
use tongban_ledger::code::Code;
use tongban_sync::bundle::{Bundle, BundleError};
use tongban_sync::storage::Family;
use tongban_sync::{CommandError, engine::Exported};

/// Writes one part.
fn part(
    world: &mut World,
    from: usize,
    to: usize,
    everything: bool,
    resume: Option<&str>,
) -> Exported {
    let city = world.city(to);
    world
        .ask(from, |engine, ctx| {
            engine.export_bundle(ctx, &city, everything, resume)
        })
        .unwrap()
}

/// Writes an export that fits into one file.
fn export(world: &mut World, from: usize, to: usize, everything: bool) -> Vec<u8> {
    let written = part(world, from, to, everything, None);
    world.commit(from);
    assert_eq!(written.next, None);
    written.bytes
}

/// Takes a file, step by step as a node does.
fn import(world: &mut World, at: usize, file: &[u8]) -> BundleTaken {
    let bundle = Bundle::read(file.to_vec()).unwrap();
    let mut intake = world
        .ask(at, |engine, ctx| engine.begin_intake(ctx, &bundle))
        .unwrap();
    world.commit(at);
    for nth in 0..bundle.frames() {
        world
            .ask(at, |engine, ctx| {
                engine.take_frame(ctx, &bundle, &mut intake, nth)
            })
            .unwrap();
        world.commit(at);
    }
    let taken = world
        .ask(at, |engine, ctx| engine.end_intake(ctx, &bundle, &intake))
        .unwrap();
    world.commit(at);
    taken
}

/// One file each way.
fn exchange(world: &mut World, one: usize, other: usize) {
    let file = export(world, one, other, false);
    import(world, other, &file);
    let file = export(world, other, one, false);
    import(world, one, &file);
}

/// A case of one city that it pushes to another.
fn push(world: &mut World, from: usize, to: usize) -> String {
    let number = receive(world, from, to, "程立秋");
    check(world, from, &number);
    let push = format!(r#"{{"case":"{number}"}}"#);
    world.act(from, "case.push", &push).unwrap();
    number
}

fn case(world: &mut World, at: usize, number: &str) -> CaseAnswer {
    world
        .ask(at, |engine, ctx| engine.case(ctx, number))
        .unwrap()
}

fn alike(world: &mut World, one: usize, other: usize) {
    let here = world.ask(one, |engine, ctx| engine.roots(ctx)).unwrap();
    let there = world.ask(other, |engine, ctx| engine.roots(ctx)).unwrap();
    assert_eq!(here, there);
}

fn waiting(world: &mut World, at: usize, to: usize) -> u64 {
    let division = world.nodes[to].division;
    let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
    let members = status.agreements.into_iter().flat_map(|of| of.members);
    let mut of = members.filter(|member| member.city.division == division);
    of.next().unwrap().waiting
}

/// Cities that founded an agreement with no connection between them.
fn apart(count: usize) -> World {
    let mut world = World::new(count);
    for one in 0..count {
        for other in one + 1..count {
            world.partition(&[one], &[other]);
        }
    }
    world.found_apart();
    for _ in 0..2 {
        for other in 1..count {
            exchange(&mut world, 0, other);
        }
    }
    world
}

#[test]
fn two_cities_found_and_handle_a_case_with_files_alone() {
    let mut world = apart(2);
    for at in 0..2 {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        assert!(status.agreements[0].effective);
    }
    let number = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &number);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{number}"}}"#))
        .unwrap();
    assert!(waiting(&mut world, 0, 1) > 0);
    exchange(&mut world, 0, 1);
    // The receipt and the Ack came in one file.
    assert_eq!(waiting(&mut world, 0, 1), 0);
    let at_home = case(&mut world, 0, &number);
    assert!(at_home.entries.iter().any(|entry| entry.act == "ack"));
    let there = case(&mut world, 1, &number);
    assert_eq!(there.applicant.unwrap().name, "程立秋");
    for act in ["accept", "review"] {
        let args = format!(r#"{{"case":"{number}","officer":"W9"}}"#);
        world.act(1, &format!("case.{act}"), &args).unwrap();
    }
    let decide = format!(r#"{{"case":"{number}","outcome":"granted","officer":"W7"}}"#);
    world.act(1, "case.decide", &decide).unwrap();
    exchange(&mut world, 1, 0);
    alike(&mut world, 0, 1);
    assert_eq!(waiting(&mut world, 1, 0), 0);
    // Nothing new: a receipt and no entry.
    let last = part(&mut world, 0, 1, false, None);
    assert_eq!((last.entries, last.next), (0, None));
    world.commit(0);
    let taken = import(&mut world, 1, &last.bytes);
    assert_eq!((taken.entries, taken.again), (0, false));
}

#[test]
fn a_declined_push_comes_back_in_a_file() {
    let mut world = apart(2);
    let number = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &number);
    world
        .act(1, "agreement.suspend", r#"{"item":"I-02"}"#)
        .unwrap();
    world
        .act(0, "case.push", &format!(r#"{{"case":"{number}"}}"#))
        .unwrap();
    exchange(&mut world, 0, 1);
    let at_home = case(&mut world, 0, &number);
    assert!(at_home.entries.iter().any(|entry| entry.act == "decline"));
}

/// What a store holds beside the books on feeds.
fn kept_of(store: &Memory) -> Memory {
    let mut kept = store.clone();
    kept.0.retain(|(family, _), _| *family != Family::Feeds);
    kept
}

#[test]
fn lost_repeated_and_late_files_change_nothing_in_the_end() {
    let mut world = apart(2);
    let mut kept = Vec::new();
    let mut numbers = Vec::new();
    for round in 0..12 {
        let (from, to) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
        let number = push(&mut world, from, to);
        numbers.push(number);
        kept.push((to, export(&mut world, from, to, false)));
        // Every third file gets lost at first; the others come twice, and an old one with them.
        if round % 3 != 2 {
            let (to, file) = kept[round].clone();
            import(&mut world, to, &file);
            import(&mut world, to, &file);
            let (to, file) = kept[round / 2].clone();
            import(&mut world, to, &file);
        }
        if round == 5 {
            world.restart(0);
        }
        if round == 8 {
            world.restart(1);
        }
    }
    for (to, file) in kept.clone().into_iter().rev() {
        import(&mut world, to, &file);
    }
    exchange(&mut world, 0, 1);
    exchange(&mut world, 0, 1);
    alike(&mut world, 0, 1);
    assert_eq!(
        (waiting(&mut world, 0, 1), waiting(&mut world, 1, 0)),
        (0, 0)
    );
    for number in &numbers {
        let acked = case(&mut world, 0, number);
        assert!(acked.entries.iter().any(|entry| entry.act == "ack"));
    }
    // And now that everything is known, no old file does anything at all.
    let rest = [0, 1].map(|at| world.nodes[at].store.clone());
    for (to, file) in kept {
        let taken = import(&mut world, to, &file);
        assert_eq!((taken.new, taken.open), (0, 0));
    }
    alike(&mut world, 0, 1);
    for (at, before) in rest.iter().enumerate() {
        let after = kept_of(&world.nodes[at].store);
        assert!(kept_of(before).0 == after.0, "{at}");
    }
}

#[test]
fn entries_of_a_third_city_travel_whole() {
    let mut world = apart(3);
    // The third city's page and signature came through the founder alone.
    exchange(&mut world, 0, 1);
    exchange(&mut world, 0, 2);
    exchange(&mut world, 0, 1);
    alike(&mut world, 1, 2);
    for at in 0..3 {
        let status = world.ask(at, |engine, ctx| engine.status(ctx)).unwrap();
        assert!(status.agreements[0].effective, "{at}");
    }
}

#[test]
fn links_and_files_mix_in_any_order() {
    let mut world = apart(2);
    let mut file = None;
    for round in 0..6 {
        push(&mut world, 0, 1);
        match round % 3 {
            0 => file = Some(export(&mut world, 0, 1, false)),
            1 => {
                world.heal();
                world.run();
                assert_eq!(waiting(&mut world, 0, 1), 0);
                if let Some(file) = &file {
                    // The link is up while the old file comes in.
                    let taken = import(&mut world, 1, file);
                    assert_eq!((taken.new, taken.open), (0, 0));
                }
                world.partition(&[0], &[1]);
            }
            _ => {
                exchange(&mut world, 0, 1);
                assert_eq!(waiting(&mut world, 0, 1), 0);
            }
        }
    }
    alike(&mut world, 0, 1);
    world.heal();
    world.run();
    alike(&mut world, 0, 1);
    assert_eq!(
        (waiting(&mut world, 0, 1), waiting(&mut world, 1, 0)),
        (0, 0)
    );
}

#[test]
fn a_receipt_for_an_earlier_start_still_counts() {
    let mut world = apart(2);
    push(&mut world, 0, 1);
    let file = export(&mut world, 0, 1, false);
    world.restart(0);
    import(&mut world, 1, &file);
    push(&mut world, 0, 1);
    let before = waiting(&mut world, 0, 1);
    let receipt = export(&mut world, 1, 0, false);
    import(&mut world, 0, &receipt);
    let after = waiting(&mut world, 0, 1);
    assert!(after < before, "{after} of {before}");
    exchange(&mut world, 0, 1);
    assert_eq!(waiting(&mut world, 0, 1), 0);
    alike(&mut world, 0, 1);
    world.heal();
    world.run();
    alike(&mut world, 0, 1);
}

#[test]
fn a_city_that_lost_its_disk_gets_everything_back_by_file() {
    let mut world = apart(2);
    let early = world.nodes[1].store.clone();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let number = push(&mut world, 0, 1);
        exchange(&mut world, 0, 1);
        let look = format!(r#"{{"case":"{number}","officer":"W2"}}"#);
        world.act(1, "case.first-look", &look).unwrap();
        exchange(&mut world, 1, 0);
        numbers.push(number);
    }
    world.nodes[1].store = early;
    world.restart(1);
    assert!(
        world
            .ask(1, |engine, ctx| engine.case(ctx, &numbers[0]))
            .is_err()
    );
    // The next file shows that something is gone, the answer asks for it, the third file brings it.
    exchange(&mut world, 0, 1);
    exchange(&mut world, 0, 1);
    exchange(&mut world, 0, 1);
    alike(&mut world, 0, 1);
    for number in &numbers {
        let there = case(&mut world, 1, number);
        assert!(there.entries.iter().any(|entry| entry.act == "first-look"));
        assert_eq!(there.applicant.unwrap().name, "程立秋");
    }
    let quiet = part(&mut world, 0, 1, false, None);
    world.commit(0);
    assert_eq!((quiet.entries, quiet.everything), (0, false));
}

#[test]
fn a_long_export_goes_in_parts_and_in_any_order() {
    let mut world = apart(2);
    let number = push(&mut world, 0, 1);
    for nth in 0..190 {
        let value = format!("{nth}{}", "x".repeat(15_000));
        let field = |name| format!(r#"{{"edit":"set-field","name":"{name}","value":"{value}"}}"#);
        let edits = ["a", "b", "c"].map(field).join(",");
        let edit = format!(r#"{{"case":"{number}","edits":[{edits}]}}"#);
        world.act(0, "case.edit", &edit).unwrap();
    }
    for everything in [false, true] {
        let mut files = Vec::new();
        let mut resume = None;
        loop {
            let written = part(&mut world, 0, 1, everything, resume.as_deref());
            world.commit(0);
            assert!(written.bytes.len() <= tongban_sync::bundle::BUNDLE_BYTES_MAX);
            files.push(written.bytes);
            resume = written.next;
            if resume.is_none() {
                break;
            }
        }
        assert!(files.len() > 1, "{}", files.len());
        if !everything {
            let taken = import(&mut world, 1, &files[1]);
            assert!(taken.part_missing);
        }
        for file in &files {
            import(&mut world, 1, file);
        }
        let back = export(&mut world, 1, 0, false);
        import(&mut world, 0, &back);
        assert_eq!(waiting(&mut world, 0, 1), 0);
        exchange(&mut world, 0, 1);
        alike(&mut world, 0, 1);
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused_and_takes_nothing() {
    let mut world = apart(2);
    receive(&mut world, 0, 1, "程立秋");
    let file = export(&mut world, 0, 1, true);
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(Bundle::read(changed).is_err(), "byte {at}");
    }
    for length in 0..file.len() {
        assert!(Bundle::read(file[..length].to_vec()).is_err(), "{length}");
    }
    let mut longer = file.clone();
    longer.push(0);
    assert_eq!(Bundle::read(longer).unwrap_err(), BundleError::Changed);
    assert!(Bundle::read(file).is_ok());
}

#[test]
fn a_bundle_is_for_one_city_and_from_a_member() {
    let mut world = apart(3);
    receive(&mut world, 0, 1, "程立秋");
    let file = export(&mut world, 0, 1, true);
    let refused = |world: &mut World, at: usize, file: &[u8]| {
        let bundle = Bundle::read(file.to_vec()).unwrap();
        let begun = world.ask(at, |engine, ctx| engine.begin_intake(ctx, &bundle));
        match begun {
            Err(CommandError::Refused(refusal)) => Some(refusal.code),
            _ => None,
        }
    };
    assert_eq!(refused(&mut world, 2, &file), Some(Code::NotParty));
    // Forged cities have the same names and other keys.
    let mut strangers = World::new(2);
    assert_eq!(refused(&mut strangers, 1, &file), Some(Code::NotMember));
    // What the third city gets holds nothing of the case.
    let third = export(&mut world, 0, 2, true);
    let bundle = Bundle::read(third).unwrap();
    let contents = world
        .ask(2, |engine, ctx| engine.bundle_contents(ctx, &bundle))
        .unwrap();
    assert!(contents.documents.iter().all(|row| row.kind != "case"));
    let bundle = Bundle::read(file).unwrap();
    let contents = world
        .ask(1, |engine, ctx| engine.bundle_contents(ctx, &bundle))
        .unwrap();
    assert!(contents.new > 0 || contents.entries > 0);
}
