//! Fuzz targets, one for each decoder of foreign bytes; each asserts more than that nothing panics.
//! `cargo xtask fuzz [--seconds N] [TARGET]` runs them for longer than the ordinary tests do.

use std::cell::RefCell;

use minicbor::{Decode, Encode};
use peak_alloc::PeakAlloc;
use tongban_identity::{DecodeError, DeviceKey, Hash32, Signable, Signed};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::{agreement, case, city, consult, meeting, parcel};
use tongban_sim::Scenario;
use tongban_sync::bundle::Bundle;
use tongban_sync::document::{read_act, write_act};
use tongban_sync::entry::{Entry, read_header};
use tongban_sync::frame::Frame;
use tongban_sync::{evidence, founding};
use tongban_tests::fuzz::drive;
use tongban_tests::hostile::Field;
use tongban_tests::world::{World, check, receive};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What decodes is the one encoding of its value, header included.
#[test]
fn fuzz_entry() {
    let seeds: Vec<Vec<u8>> = Field::new().entries.iter().map(Entry::to_wire).collect();
    drive("entry", &seeds, |bytes| {
        let Ok(entry) = Entry::from_wire(bytes) else {
            return false;
        };
        assert_eq!(entry.to_wire(), bytes);
        assert_eq!(
            tongban_identity::encode_canonical(&entry.header),
            entry.header_bytes
        );
        assert_eq!(read_header(&entry.header_bytes).unwrap(), entry.header);
        true
    });
}

/// An act of any kind that is read is written as it was.
#[test]
fn fuzz_act() {
    fn again<A: for<'b> Decode<'b, ()> + Encode<()>>(bytes: &[u8]) -> bool {
        match read_act::<A>(bytes, RULES_VERSION) {
            Ok(act) => {
                assert_eq!(write_act(&act), bytes);
                true
            }
            Err(_) => false,
        }
    }
    let entries = Field::new().entries;
    let seeds: Vec<Vec<u8>> = entries.into_iter().map(|entry| entry.public).collect();
    drive("act", &seeds, |bytes| {
        let taken = [
            again::<agreement::Act>(bytes),
            again::<city::Act>(bytes),
            again::<case::Act>(bytes),
            again::<consult::Act>(bytes),
            again::<meeting::Act>(bytes),
            again::<parcel::Act>(bytes),
        ];
        taken.contains(&true)
    });
}

/// A frame that is read is written as it was.
#[test]
fn fuzz_frame() {
    let frames = Field::new().frames;
    let seeds: Vec<Vec<u8>> = frames.into_iter().map(|(_, _, frame)| frame).collect();
    drive("frame", &seeds, |bytes| match Frame::from_slice(bytes) {
        Ok(frame) => {
            assert_eq!(frame.to_vec(), bytes);
            true
        }
        Err(_) => false,
    });
}

/// What the signature of a bundle covers.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Seal {
    #[n(0)]
    hash: Hash32,
}

impl Signable for Seal {
    const DOMAIN: &'static str = "tongban/bundle/v1";

    fn encode(&self) -> Vec<u8> {
        tongban_identity::encode_canonical(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        tongban_identity::decode_canonical(bytes)
    }
}

/// Signs bytes as the member that wrote the bundle could, whatever they are.
fn sealed(bytes: &[u8], device: &DeviceKey) -> Vec<u8> {
    let hash = Hash32::hash("tongban/bundle-hash/v1", &[bytes]);
    let seal = Signed::sign(Seal { hash }, device).expect("a seal is small");
    [bytes, &seal.into_signed().to_vec()].concat()
}

/// A member's bundle may hold anything: the node takes it or not, goes on, and holds no more for it than for
/// any input. Unless its signature is made again, no changed file is read.
#[test]
fn fuzz_bundle() {
    let mut world = World::new(3);
    world.found_text();
    let case = receive(&mut world, 0, 1, "程立秋");
    check(&mut world, 0, &case);
    world.partition(&[0], &[1, 2]);
    let push = format!(r#"{{"case":"{case}"}}"#);
    world.act(0, "case.push", &push).unwrap();
    let to = world.city(1);
    let file = world
        .ask(0, |engine, ctx| engine.export_bundle(ctx, &to, true, None))
        .unwrap()
        .bytes;
    world.commit(0);
    let device = DeviceKey::from_seed([101; 32]);
    let signature = sealed(&[], &device).len();
    let body = file[..file.len() - signature].to_vec();
    assert_eq!(sealed(&body, &device), file);
    let world = RefCell::new(world);
    drive("bundle", &[body], |bytes| {
        let mut stale = bytes.to_vec();
        stale.extend(&file[file.len() - signature..]);
        assert_eq!(Bundle::read(stale.clone()).is_ok(), stale == file);
        let Ok(bundle) = Bundle::read(sealed(bytes, &device)) else {
            return false;
        };
        let world = &mut *world.borrow_mut();
        let begun = world.ask(1, |engine, ctx| engine.begin_intake(ctx, &bundle));
        world.commit(1);
        let Ok(mut intake) = begun else {
            return false;
        };
        let sound = (0..bundle.frames()).all(|nth| {
            let taken = world.ask(1, |engine, ctx| {
                engine.take_frame(ctx, &bundle, &mut intake, nth)
            });
            world.commit(1);
            taken.is_ok()
        });
        let ended = world.ask(1, |engine, ctx| engine.end_intake(ctx, &bundle, &intake));
        world.commit(1);
        sound && ended.is_ok()
    });
    // What came whole and first is there, whatever came after it.
    let world = &mut *world.borrow_mut();
    let known = world.ask(1, |engine, ctx| engine.case(ctx, &case)).unwrap();
    assert_eq!(known.row.stage, "S40");
}

/// No changed file passes, not even as another proof.
#[test]
fn fuzz_evidence() {
    let field = Field::new();
    let mut engine = field.engine(&field.store, tongban_sync::entry::BootNonce([9; 16]));
    let mut rng = tongban_tests::world::Counter(1);
    let ctx = tongban_sync::Ctx {
        now: tongban_sync::Now::default(),
        rng: &mut rng,
        store: &field.store,
    };
    let file = engine.evidence(&ctx, &field.case).unwrap();
    let end = file.len() - 32;
    drive("evidence", std::slice::from_ref(&file), |bytes| {
        // The digest is repaired, as who forges a file would.
        let mut forged = bytes.to_vec();
        if forged.len() > 52 {
            let at = forged.len() - 32;
            let sum = tongban_identity::Hash32::hash("tongban/evidence/v1", &[&forged[..at]]);
            forged[at..].copy_from_slice(&sum.0);
        }
        let taken = evidence::verify(&forged, &[]).is_ok();
        assert_eq!(
            taken,
            forged.len() > end && forged[..end] == file[..end] && forged == file
        );
        taken
    });
}

/// A file that is read names what the honest one names: its signatures leave no choice.
#[test]
fn fuzz_founding() {
    let mut world = World::new(2);
    let invitation = world.nodes[0]
        .engine
        .invitation(vec!["127.0.0.1:1".into()])
        .unwrap();
    let founded = world.found_text();
    let honest = founding::read_invitation(&invitation).unwrap();
    drive(
        "invitation",
        &[invitation.into_bytes()],
        |bytes| match std::str::from_utf8(bytes)
            .ok()
            .map(founding::read_invitation)
        {
            Some(Ok(founder)) => {
                assert_eq!(founder, honest);
                true
            }
            _ => false,
        },
    );
    let honest = founding::read_founding(&founded).unwrap();
    let (id, public) = (honest.genesis.id, honest.genesis.public);
    drive(
        "founding",
        &[founded.into_bytes()],
        |bytes| match std::str::from_utf8(bytes).ok().map(founding::read_founding) {
            Some(Ok(read)) => {
                assert_eq!((read.genesis.id, &read.genesis.public), (id, &public));
                true
            }
            _ => false,
        },
    );
}

/// Every mistake has a place within the text, and reading again gives the same.
#[test]
fn fuzz_scenario() {
    let file = include_bytes!("../../scenarios/four-border-cities.toml");
    drive("scenario", &[file.to_vec()], |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().count().max(1) + 1;
        match (
            Scenario::parse(&text, "fuzz"),
            Scenario::parse(&text, "fuzz"),
        ) {
            (Ok(one), Ok(other)) => {
                assert_eq!(format!("{one:?}"), format!("{other:?}"));
                true
            }
            (Err(one), Err(other)) => {
                assert_eq!(format!("{one:?}"), format!("{other:?}"));
                assert!(!one.is_empty());
                for mistake in &one {
                    assert!((1..=lines).contains(&mistake.line), "{mistake}");
                }
                false
            }
            _ => panic!("two readings differ"),
        }
    });
}
