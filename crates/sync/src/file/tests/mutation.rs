//! Ten thousand random mutations with repaired checksums, from a fixed seed (A13).

use super::super::{CaseFile, EngineRefusal, FileRefusal};
use super::forge::{chunk, content};
use super::{Edit, append, check, delete, id, insert, sample, set, write};

const SEED: u64 = 0x746f_6e67_6261_6e01;
const MUTATIONS: usize = 10_000;

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// A file with two heads and a conflict, so that changes refer to several actors.
fn busy() -> CaseFile {
    let mut file = sample();
    let side = file
        .prepare(&[set("电话", "009"), insert(2, "旁注")], id(4))
        .unwrap();
    write(&mut file, 5, &[set("电话", "010"), delete(1, 1)]);
    file.admit(id(4), id(4), &side, &|_| true).unwrap();
    file
}

fn mutate(random: &mut Random, honest: &[u8]) -> Vec<u8> {
    let mut content = content(honest);
    for _ in 0..=random.below(3) {
        // The front is dependency hashes and the actor, where every mutation ends alike.
        let skipped = random.below(2) * content.len() / 2;
        let place = skipped + random.below(content.len() - skipped);
        match random.below(8) {
            0..=3 => content[place] ^= 1 << random.below(8),
            4 | 5 => content[place] = random.next() as u8,
            6 => content.insert(place, random.next() as u8),
            _ => drop(content.remove(place)),
        }
    }
    chunk(1, &content)
}

#[test]
fn no_mutation_escapes_the_gate_or_hurts_the_file() {
    let file = busy();
    let edits: [&[Edit]; 3] = [
        &[
            set("电话", "011"),
            set("新栏", "值"),
            check("身份证", false),
        ],
        &[insert(1, "插入一段"), delete(3, 4), append("完")],
        &[
            Edit::RemoveField {
                name: "电话".to_owned(),
            },
            append("甲"),
            check("新项", true),
        ],
    ];
    let honest: Vec<_> = edits
        .iter()
        .map(|edits| file.prepare(edits, id(9)).unwrap())
        .collect();
    let before = (file.view(), file.digest());
    let mut random = Random(SEED);
    let (mut admitted, mut beyond_the_scanner) = (0, 0);
    for number in 0..MUTATIONS {
        let change = mutate(&mut random, &honest[number % honest.len()]);
        let mut copy = file.clone();
        match copy.admit(id(9), id(9), &change, &|_| true) {
            Ok(()) => {
                admitted += 1;
                beyond_the_scanner += 1;
                write(
                    &mut copy,
                    10,
                    &[set("电话", "012"), append("后"), delete(0, 1)],
                );
                let saved = copy.document().save_and_verify().unwrap();
                let loaded = automerge::Automerge::load(&saved).unwrap();
                assert_eq!(loaded.get_heads(), copy.document().get_heads());
            }
            Err(refusal) => {
                // The box is a net: the checks before it already stop every panic known.
                assert_ne!(
                    refusal,
                    FileRefusal::Engine(EngineRefusal::Panicked),
                    "mutation {number}"
                );
                if !matches!(refusal, FileRefusal::Scan(_) | FileRefusal::Actor) {
                    beyond_the_scanner += 1;
                }
                assert_eq!((copy.view(), copy.digest()), before);
            }
        }
    }
    // The generator is worth something only if it gets past the scanner, and sometimes through.
    assert!(admitted > 50, "{admitted} admitted");
    assert!(
        beyond_the_scanner > 1_000,
        "{beyond_the_scanner} beyond the scanner"
    );
}
