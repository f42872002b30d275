//! Evidence files: no changed byte passes, and names prove nothing without a pinned fingerprint.

use crate::world::{World, check, receive};
use tongban_identity::{Fingerprint, Hash32};
use tongban_sync::evidence::{EvidenceError, verify};

fn handed_over(count: usize) -> (World, Vec<u8>) {
    let mut world = World::founded(count);
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world
        .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
        .unwrap();
    world.run();
    let file = world
        .ask(0, |engine, ctx| engine.evidence(ctx, &case))
        .unwrap();
    (world, file)
}

fn fingerprints(world: &World) -> Vec<Fingerprint> {
    (0..world.nodes.len())
        .map(|at| world.city(at).fingerprint())
        .collect()
}

#[test]
fn a_handoff_is_proven_to_whoever_trusts_the_fingerprints() {
    let (world, file) = handed_over(3);
    let trusted = fingerprints(&world);
    let report = verify(&file, &trusted[..2]).unwrap();
    assert!(report.all_trusted);
    assert_eq!(report.pushed_by.name, "衢州市");
    assert_eq!(report.acked_by.name, "南平市");
    assert_eq!(report.founders.len(), 3);
    assert!(report.case_number.starts_with("TB-330800-260907-000001-"));
    // Unpinned it says who signed, and proves nothing.
    assert!(!verify(&file, &[]).unwrap().all_trusted);
    // A pinned fingerprint of another city is no help.
    assert_eq!(verify(&file, &trusted[..1]), Err(EvidenceError::Untrusted));
    assert_eq!(verify(&file, &trusted[2..]), Err(EvidenceError::Untrusted));
    // The applicant is not in it.
    assert!(!file.windows(9).any(|window| window == "程立秋".as_bytes()));
}

#[test]
fn no_changed_byte_passes() {
    let (world, file) = handed_over(2);
    let trusted = fingerprints(&world);
    assert!(verify(&file, &trusted).unwrap().all_trusted);
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(verify(&changed, &trusted).is_err(), "byte {at}");
        // A forger would mend the digest, so the signatures have to hold by themselves.
        let body = changed.len() - 32;
        if at < body {
            let digest = Hash32::hash("tongban/evidence/v1", &[&changed[..body]]);
            changed[body..].copy_from_slice(&digest.0);
            assert!(
                verify(&changed, &trusted).is_err(),
                "byte {at}, digest mended"
            );
        }
    }
    for length in 0..file.len() {
        assert!(
            verify(&file[..length], &trusted).is_err(),
            "cut at {length}"
        );
    }
}

#[test]
fn a_wholly_forged_file_is_refused_when_pinned() {
    let (world, file) = handed_over(2);
    // The same names and codes under other keys: a world whose seeds are the forger's.
    let forged = {
        let mut other = World::forged(2);
        let case = receive(&mut other, 0, 1, "程立秋");
        check(&mut other, 0, &case);
        other
            .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
            .unwrap();
        other.run();
        other
            .ask(0, |engine, ctx| engine.evidence(ctx, &case))
            .unwrap()
    };
    let trusted = fingerprints(&world);
    let unpinned = verify(&forged, &[]).unwrap();
    let honest = verify(&file, &[]).unwrap();
    assert_eq!(unpinned.pushed_by.name, honest.pushed_by.name);
    assert_ne!(unpinned.pushed_by.fingerprint, honest.pushed_by.fingerprint);
    assert_eq!(verify(&forged, &trusted), Err(EvidenceError::Untrusted));
}
